--- The sandbox in nginx's one process, which keeps it.

local worker = {}

--- Says it on standard output, unless quiet, and to the launcher by an empty file.
local function say_ready(premature, settings)
  if premature then
    return
  end
  assert(io.open(settings.dir .. "/ready", "w")):close()
  if settings.quiet then
    return
  end
  io.stdout:write("ready ", settings.url, "\n")
  io.stdout:flush()
end

local function read(path)
  local file = path and io.open(path, "r")
  local text = file and file:read("*a")
  if file then
    file:close()
  end
  return text
end

local function start(settings)
  local sandbox = require("reseal.sandbox.server").new {
    describe = require("reseal.core.ffi").describe, time = ngx.now, http = settings.http, dns = settings.dns,
  }
  local done, message = sandbox:start(read(settings.scenario) or "{}")
  if not done then
    error(message, 0)
  end
  -- a timer runs only when the worker has begun to serve
  assert(ngx.timer.at(0, say_ready, settings))
  return sandbox
end

--- Starts a sandbox, and says on standard output when it serves. One that can only fail ends; the launcher finds the
--- reason in the log.
---@param settings {url: string, dir: string, quiet: boolean, scenario: string|nil, http: string|nil,
---  dns: string|nil} dir: nginx's folder; quiet: says nothing; scenario: a file of JSON; http, dns: where control of
---  domains is looked for
function worker.start(settings)
  local done, sandbox = pcall(start, settings)
  if done then
    return sandbox
  end
  ngx.log(ngx.EMERG, "reseal: ", (tostring(sandbox):gsub("%s+", " ")))
  os.exit(1)
end

return worker
