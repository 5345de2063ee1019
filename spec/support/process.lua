--- Another Lua process of the same Lua, for tests of what several do at once.

local system = require "reseal.system"

local program = {}

--- The command of the Lua that runs this.
local function interpreter()
  local command, i = nil, 0
  while arg and arg[i] do
    command, i = arg[i], i - 1
  end
  return assert(os.getenv "RESEAL_LUA" or command)
end

---@class spec.Program
---@field pid string
---@field line fun(): string|nil the next one that it prints
---@field go_file string once it is there, its `pause()` returns
---@field kill fun() kill -9
---@field finish fun(): string what it still prints until it ends

--- Starts `code`, which has `say(text)`, `pause()` (until the file is there) and its arguments as `...`.
---@param code string
---@param ... string|{before?: string, run?: string} shell in front of it; a command that runs it
---@return spec.Program
function program.start(code, ...)
  local dir = assert(system.mkdtemp "reseal-program-")
  local file = assert(io.open(dir .. "/program.lua", "w"))
  assert(file:write(([[
    local go = %q
    local function say(text) io.write(tostring(text), "\n") io.flush() end
    local function pause()
      for _ = 1, 3000 do
        local file = io.open(go)
        if file then
          file:close()
          return
        end
        require("reseal.system").sleep(0.01)
      end
      os.exit(1)
    end
    local function body(...)
      local _ = say, pause
      %s
    end
    body((table.unpack or unpack)(arg))
  ]]):format(dir .. "/go", code)))
  file:close()
  local how, arguments = {}, ""
  for _, argument in ipairs {...} do
    if type(argument) == "table" then
      how = argument
    else
      arguments = arguments .. " '" .. argument .. "'"
    end
  end
  os.execute("chmod 755 " .. dir)
  local command = ("%s echo $$; exec %s '%s' %s/program.lua%s"):format(
    how.before or "", how.run or "", interpreter(), dir, arguments)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local it = {pid = assert(pipe:read "*l"), go_file = dir .. "/go"}

  function it.line()
    return pipe:read "*l"
  end

  function it.kill()
    os.execute("kill -KILL " .. it.pid)
  end

  function it.finish()
    local rest = pipe:read "*a"
    pipe:close()
    system.remove_tree(dir)
    return rest
  end

  return it
end

return program
