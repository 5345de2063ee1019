--- Programs that run beside the specs. None outlives the process that started it, however that one ends.

local system = require "reseal.system"
local wait = require "spec.support.wait"

local program = {}

function program.quote(text) return "'" .. tostring(text):gsub("'", "'\\''") .. "'" end
local quote = program.quote

function program.read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
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

--- Starts a program. A shell stays around it, to learn the exit code; when the process of the specs ends, the shell's
--- standard input does too, and it ends the program (a master's workers as well) and removes `dir`.
---@param command string one program with its arguments, for the shell
---@param dir string its folder: `out`, `err`, `pid` and `ended` are written there
---@return {pid: fun(): string|nil, out: fun(): string, err: fun(): string, ended: fun(): integer|nil,
---  signal: fun(name: string), stop: fun(signal?: string): integer|nil} program
---  ended: the exit code, once there is one; stop: ends it (by SIGKILL when the signal, TERM unless told, does not do
---  it), removes the folder, and returns the exit code; a second time it does nothing
function program.start(command, dir)
  local shell = assert(io.popen(([[
    dir=%s
    exec 3<&0 >/dev/null 2>&1
    %s >"$dir/out" 2>"$dir/err" 3<&- &
    pid=$!
    echo $pid >"$dir/pid.new" && mv "$dir/pid.new" "$dir/pid"
    (cat <&3
      trap '' TERM
      workers=$(pgrep -P $pid)
      kill $pid $workers; sleep 3; kill -KILL $pid $workers
      rm -rf "$dir") &
    watcher=$!
    wait $pid
    echo $? >"$dir/ended.new" && mv "$dir/ended.new" "$dir/ended"
    kill $watcher]]):format(quote(dir), command), "w"))

  local one = {}

  function one.out() return read(dir .. "/out") or "" end
  function one.err() return read(dir .. "/err") or "" end
  function one.pid() return (read(dir .. "/pid") or ""):match("%d+") end
  function one.ended() return tonumber((read(dir .. "/ended") or ""):match("%d+")) end

  function one.signal(name) os.execute(("kill -%s %s 2>/dev/null"):format(name, one.pid())) end

  function one.stop(signal)
    if not shell then return nil end
    if one.pid() and not one.ended() then
      local workers = program.output("pgrep -P " .. one.pid()):gsub("%s+", " ")
      one.signal(signal or "TERM")
      if not wait(5, one.ended) then
        os.execute(("kill -KILL %s %s 2>/dev/null"):format(one.pid(), workers))
        wait(5, one.ended)
      end
    end
    local code = one.ended()
    shell:close()
    shell = nil
    assert(system.remove_tree(dir))
    return code
  end

  wait(5, one.pid)
  return one
end

return program
