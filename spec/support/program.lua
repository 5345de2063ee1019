--- Programs that run beside the specs. None outlives the process that started it, however that one ends.

local system = require "reseal.system"
local wait = require "spec.support.wait"

local program = {}

function program.quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end
local quote = program.quote

function program.read(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local content = file:read("*a")
  file:close()
  return content
end
local read = program.read

function program.write(path, content)
  local file = assert(io.open(path, "wb"))
  assert(file:write(content))
  assert(file:close())
end

--- Output of a shell command, its errors with it unless it puts them elsewhere. It is ended when it takes five minutes
--- (where there is such a program as timeout).
function program.output(command)
  local pipe = assert(io.popen(("{ $(command -v timeout >/dev/null && echo timeout 300) sh -c %s; } 2>&1")
    :format(quote(command))))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

--- Whether a process runs. One that has ended and waits to be buried does not.
---@param pid string
function program.runs(pid)
  return program.output("ps -o stat= -p " .. pid):find("^%s*[^Z%s]") ~= nil
end

-- Where there is such a program as setsid, it and all that it starts are one group, which can be ended as a whole.
local GROUP = [[$(command -v setsid)]]

---@class spec.Running
---@field pid fun(): string|nil
---@field out fun(): string what it wrote so far
---@field err fun(): string likewise
---@field ended fun(): integer|nil the exit code, once there is one; what it started in its group has ended then too
---@field signal fun(name: string)
---@field finish fun(signal?: string): integer|nil ends it by a signal (TERM unless told), by SIGKILL when that does not
---  do it, and returns the exit code; a second time it does nothing
---@field stop fun(signal?: string): integer|nil the same, and the folder goes

--- Starts a program. A shell stays around it, to learn the exit code; when the process of the specs ends, the shell's
--- standard input does too, and it ends the program (a master's workers as well) and removes `dir`.
---@param command string one program with its arguments, for the shell
---@param dir string its folder: `out`, `err`, `pid` and `ended` are written there
---@return spec.Running
function program.start(command, dir)
  for _, name in ipairs {"pid", "ended"} do
    os.remove(dir .. "/" .. name)
  end
  local shell = assert(io.popen(([[
    dir=%s
    exec 3<&0 >/dev/null 2>&1
    %s %s >"$dir/out" 2>"$dir/err" 3<&- &
    pid=$!
    echo $pid >"$dir/pid.new" && mv "$dir/pid.new" "$dir/pid"
    (cat <&3
      trap '' TERM
      workers=$(pgrep -P $pid)
      kill $pid $workers; kill -TERM -$pid
      for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
        kill -0 -$pid || kill -0 $pid || break
        sleep 0.1
      done
      kill -KILL $pid $workers; kill -KILL -$pid
      rm -rf "$dir") &
    watcher=$!
    wait $pid
    code=$?
    # orphans that have ended may wait a while to be buried
    while kill -0 -$pid && ps -e -o pgid= -o stat= | grep -q "^ *$pid  *[^Z ]"; do sleep 0.05; done
    echo $code >"$dir/ended.new" && mv "$dir/ended.new" "$dir/ended"
    kill $watcher]]):format(quote(dir), GROUP, command), "w"))

  local one = {}

  function one.out()
    return read(dir .. "/out") or ""
  end
  function one.err()
    return read(dir .. "/err") or ""
  end
  function one.pid()
    return (read(dir .. "/pid") or ""):match("%d+")
  end
  function one.ended()
    return tonumber((read(dir .. "/ended") or ""):match("%d+"))
  end
  local group = wait(5, one.pid)

  function one.signal(name)
    os.execute(("kill -%s %s 2>/dev/null"):format(name, one.pid()))
  end

  function one.finish(signal)
    if not shell then
      return nil
    end
    if one.pid() and not one.ended() then
      local workers = program.output("pgrep -P " .. one.pid()):gsub("%s+", " ")
      one.signal(signal or "TERM")
      if signal == "KILL" or not wait(5, one.ended) then
        os.execute(("{ kill -KILL -%s; kill -KILL %s %s; } 2>/dev/null"):format(group, one.pid(), workers))
        wait(5, one.ended)
      end
    end
    shell:close()
    shell = nil
    return one.ended()
  end

  function one.stop(signal)
    local code = one.finish(signal)
    assert(system.remove_tree(dir))
    return code
  end

  return one
end

return program
