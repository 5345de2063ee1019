--- What nginx calls: serves one request of a provider's API or of the control paths.
--
-- luacheck: globals ngx

local ca = require "reseal.sandbox.ca"
local request_of = require "reseal.sandbox.request"
local state = require "reseal.sandbox.state"

-- before anything makes certificates
ca.start(ngx.time())

local control = require "reseal.sandbox.control"
local fault = require "reseal.sandbox.fault"
local namecheap = require "reseal.sandbox.namecheap"
local realtimeregister = require "reseal.sandbox.realtimeregister"

local server = {}

local function send(answer)
  if answer.delay then ngx.sleep(answer.delay) end
  if answer.drop then return ngx.exit(444) end
  local body = answer.body or ""
  ngx.status = answer.status
  for name, value in pairs(answer.headers) do ngx.header[name] = value end
  local part = answer.cut and body:sub(1, math.floor(#body / 2)) or body
  ngx.header["Content-Length"] = answer.cut == "closed" and #body or #part
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

local function serve(provider)
  local request = request_of.read()
  local route = provider.route(request)
  local method = route and route.name
  local wanted, executes = fault.take(provider.name, method)
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

--- Fills the accounts, then says on standard output that the sandbox serves.
---@param url string
---@param quiet boolean says nothing
function server.start(url, quiet)
  control.reset {}
  -- a timer runs only when the worker has begun to serve
  assert(ngx.timer.at(0, function(premature)
    if premature or quiet then return end
    io.stdout:write("ready ", url, "\n")
    io.stdout:flush()
  end))
end

return server
