--- What nginx calls: serves one request of a provider's API or of the control paths.
--
-- luacheck: globals ngx

local ca = require "reseal.sandbox.ca"
local request_of = require "reseal.sandbox.request"
local state = require "reseal.sandbox.state"

-- before anything makes certificates
ca.start(ngx.time())

local control = require "reseal.sandbox.control"
local dcv = require "reseal.sandbox.dcv"
local fault = require "reseal.sandbox.fault"
local namecheap = require "reseal.sandbox.namecheap"
local realtimeregister = require "reseal.sandbox.realtimeregister"
local throttle = require "reseal.sandbox.throttle"

local server = {}

--- Sends a body in small pieces over some seconds.
local function trickle(body, seconds)
  local pieces = math.max(1, math.min(#body, 20))
  local size = math.ceil(#body / pieces)
  for from = 1, #body, size do
    ngx.print(body:sub(from, from + size - 1))
    ngx.flush(true)
    ngx.sleep(seconds / pieces)
  end
end

local function send(answer)
  if answer.delay then ngx.sleep(answer.delay) end
  if answer.drop then return ngx.exit(444) end
  local body = answer.body or ""
  ngx.status = answer.status
  for name, value in pairs(answer.headers) do ngx.header[name] = value end
  local part = answer.cut and body:sub(1, math.floor(#body / 2)) or body
  ngx.header["Content-Length"] = answer.cut == "closed" and #body or #part
  if answer.trickle then return trickle(body, answer.trickle) end
  ngx.print(part)
  if answer.cut == "closed" then
    ngx.flush(true)
    ngx.exit(444)
  end
end

--- The form or query fields, in sending order, without the key.
local function masked(fields)
  local list = {}
  for i, pair in ipairs(fields) do
    list[i] = { name = pair[1], value = pair[1]:lower() == "apikey" and "***" or pair[2] }
  end
  return list
end

--- Whose calls are counted: who sends a credential, right or wrong.
local function caller(provider, request)
  local values = provider.has_forms and request_of.by_name(request.form) or {}
  return values.apiuser or request.headers["Authorization"] or ""
end

local function serve(provider)
  local request = request_of.read()
  local route = provider.route(request)
  local method = route and route.name
  local wanted, executes
  local throttled = throttle.take(provider.name, tostring(caller(provider, request)))
  if throttled then
    wanted, executes = { fault = throttled }, false
  else
    wanted, executes = fault.take(provider.name, method)
  end
  -- the faults that change what is in the answer are carried out by the provider
  request.fault = wanted and wanted.fault
  local answer = executes and provider.answer(request, route) or nil
  local committed = answer ~= nil and answer.committed == true
  if wanted then answer = fault.apply(wanted, answer, provider, request) end
  state.log {
    provider = provider.name, method = method, verb = request.verb, path = request.path,
    parameters = masked(provider.has_forms and request.form or request.query),
    body = not provider.has_forms and request.body ~= "" and request.body or nil,
    content_type = request.headers["Content-Type"],
    authorization = request.headers["Authorization"] and "***" or nil,
    committed = committed, status = answer.status, fault = wanted and wanted.fault or nil,
  }
  send(answer)
end

--- Serves whatever came in.
function server.serve()
  local path = ngx.var.uri
  if path:find("^/_sandbox") then
    send(control.answer(ngx.req.get_method(), path))
  elseif path:find("^/xml%.response/?$") then
    serve(namecheap)
  elseif path:find("^/v2/") then
    serve(realtimeregister)
  else
    send { status = 404, headers = { ["Content-Type"] = "text/plain" },
      body = "Here are /xml.response (Namecheap), /v2/ (Realtime Register) and /_sandbox/ (control).\n" }
  end
end

--- Says it on standard output, unless quiet, and to the launcher by an empty file.
local function say_ready(premature, settings)
  if premature then return end
  assert(io.open(settings.dir .. "/ready", "w")):close()
  if settings.quiet then return end
  io.stdout:write("ready ", settings.url, "\n")
  io.stdout:flush()
end

local function read(path)
  local file = path and io.open(path, "r")
  local text = file and file:read("*a")
  if file then file:close() end
  return text
end

--- Fills the accounts, then says on standard output that the sandbox serves.
---@param settings {url: string, dir: string, quiet: boolean, scenario: string|nil, http: string|nil,
---  dns: string|nil} dir: nginx's folder; quiet: says nothing; scenario: a file of JSON; http, dns: where control of
---  domains is looked for
function server.start(settings)
  dcv.configure { http = settings.http, dns = settings.dns }
  dcv.keep()
  local done, message = control.start(read(settings.scenario) or "{}")
  if not done then
    -- the launcher finds the line in the log
    ngx.log(ngx.EMERG, "reseal: ", message)
    os.exit(1)
  end
  dcv.start()
  -- a timer runs only when the worker has begun to serve
  assert(ngx.timer.at(0, say_ready, settings))
end

return server
