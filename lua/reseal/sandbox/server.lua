--- The sandbox: its parts and how they are wired, and the way of one request through them.
--
-- Nothing is kept in modules: two of them in one Lua share nothing.

local Authority = require "reseal.sandbox.ca"
local Clock = require "reseal.sandbox.clock"
local Control = require "reseal.sandbox.control"
local Dcv = require "reseal.sandbox.dcv"
local Faults = require "reseal.sandbox.fault"
local State = require "reseal.sandbox.state"
local Throttle = require "reseal.sandbox.throttle"
local request_of = require "reseal.sandbox.request"

-- One line for each provider: a class with what reseal.sandbox.Provider says. (In parentheses: newer Luas return the
-- module's file too.)
local PROVIDERS = {
  (require "reseal.sandbox.namecheap"),
  (require "reseal.sandbox.realtimeregister"),
}

local Server = {}
Server.__index = Server

---@class reseal.sandbox.Parts
---@field describe fun(provider: string, method?: string, edition?: string): table as of reseal.core
---@field clock reseal.sandbox.Clock
---@field state reseal.sandbox.State
---@field ca reseal.sandbox.Authority
---@field dcv reseal.sandbox.Dcv

---@class reseal.sandbox.Provider
---@field new fun(parts: reseal.sandbox.Parts): reseal.sandbox.Provider
---@field name string
---@field path string pattern of the paths that are its
---@field about string where it is, for people
---@field has_forms boolean|nil whether parameters come in forms too, which then are logged in place of the query
---@field order "certificate"|"process" what the control paths name its orders by
---@field scenario function check of its part of a scenario
---@field troubles string[] its own errors, which a fault on demand brings; `usual` is one of them
---@field hits table<string, table<string, true>> by the faults of some methods: which these are
---@field throttle_forms string[] the ways in which it says "too often", if there are several
---@field throttle_fault fun(form?: string): string the fault that says so
---@field reset fun(self: table, options: table) makes its accounts, as a checked scenario says
---@field summary fun(self: table): table, table, table|nil account, certificates and processes of GET /_sandbox/state
---@field validate fun(self: table, id: integer): boolean|nil, string|nil
---@field approve fun(self: table, id: integer, what: table): boolean|nil, string|nil
---@field look fun(self: table) looks whether control of the names of open orders is proved now
---@field caller fun(request: reseal.sandbox.request): string|nil whose calls are counted
---@field route fun(self: table, request: reseal.sandbox.request): table|nil the method, {name, …}
---@field answer fun(self: table, request: reseal.sandbox.request, route: table|nil): table
---@field trouble fun(self: table, kind: string, request: reseal.sandbox.request): table
---@field throttled fun(self: table, request: reseal.sandbox.request): table

--- Makes a sandbox that has no accounts yet.
---@param given {describe: function, time: (fun(): number), http?: string, dns?: string} describe: reseal.core's; time:
---  the real time, seconds since the epoch; http, dns: where control of domains is looked for
function Server.new(given)
  local clock = Clock.new(given.time)
  local state = State.new(clock)
  local ca = Authority.new(clock:now())
  local dcv = Dcv.new {http = given.http, dns = given.dns}
  local faults = Faults.new()
  local throttle = Throttle.new(clock)

  local providers = {}
  for i, Provider in ipairs(PROVIDERS) do
    providers[i] = Provider.new {describe = given.describe, clock = clock, state = state, ca = ca, dcv = dcv}
    dcv:watch(providers[i])
  end
  local control = Control.new {
    clock = clock, state = state, ca = ca, dcv = dcv, faults = faults, throttle = throttle, providers = providers,
  }
  return setmetatable({
    clock = clock, state = state, dcv = dcv, faults = faults, throttle = throttle, providers = providers,
    control = control,
  }, Server)
end

--- The form or query fields, in sending order, without the key.
local function masked(fields)
  local list = {}
  for i, pair in ipairs(fields) do
    list[i] = {name = pair[1], value = pair[1]:lower() == "apikey" and "***" or pair[2]}
  end
  return list
end

--- A provider's answer, and what went wrong with it.
function Server:ask(provider, request)
  local route = provider:route(request)
  local method = route and route.name
  local wanted, executes
  local throttled = self.throttle:take(provider, tostring(provider.caller(request) or ""))
  if throttled then
    wanted, executes = {fault = throttled}, false
  else
    wanted, executes = self.faults:take(provider, method)
  end
  -- the faults that change what is in the answer are carried out by the provider
  request.fault = wanted and wanted.fault
  local answer = executes and provider:answer(request, route) or nil
  local committed = answer ~= nil and answer.committed == true
  if wanted then
    answer = Faults.apply(wanted, answer, provider, request)
  end
  self.state:log {
    provider = provider.name, method = method, verb = request.verb, path = request.path,
    parameters = masked(provider.has_forms and request.form or request.query),
    body = not provider.has_forms and request.body ~= "" and request.body or nil,
    content_type = request.headers["Content-Type"],
    authorization = request.headers["Authorization"] and "***" or nil,
    committed = committed, status = answer.status, fault = wanted and wanted.fault or nil,
  }
  return answer
end

--- Answers a request to a provider's API or to the control paths.
---@param request reseal.sandbox.request
---@return {status: integer, headers: table, body: string} answer and, for faults, how to send it
function Server:answer(request)
  if request.place:find("^/_sandbox") then
    return self.control:answer(request)
  end
  local known = {}
  for i, provider in ipairs(self.providers) do
    if request.place:find(provider.path) then
      return self:ask(provider, request)
    end
    known[i] = provider.about
  end
  return {status = 404, headers = {["Content-Type"] = "text/plain"},
    body = ("Here are %s and /_sandbox/ (control).\n"):format(table.concat(known, ", "))}
end

-- in nginx ---------------------------------------------------------------------------------------------------------

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

--- The date is the sandbox's own, which may have been moved; nginx would write this machine's.
---@param clock reseal.sandbox.Clock
local function send(answer, clock)
  if answer.delay then
    ngx.sleep(answer.delay)
  end
  if answer.drop then
    return ngx.exit(444)
  end
  local body = answer.body or ""
  ngx.status = answer.status
  ngx.header["Date"] = ngx.http_time(clock:now())
  for name, value in pairs(answer.headers) do
    ngx.header[name] = value
  end
  local part = answer.cut and body:sub(1, math.floor(#body / 2)) or body
  ngx.header["Content-Length"] = answer.cut == "closed" and #body or #part
  if answer.trickle then
    return trickle(body, answer.trickle)
  end
  ngx.print(part)
  if answer.cut == "closed" then
    ngx.flush(true)
    ngx.exit(444)
  end
end

--- Serves the request that came in.
function Server:serve()
  send(self:answer(request_of.read()), self.clock)
end

--- Fills the accounts, and begins to look for what proves control of domains.
---@param scenario string JSON
---@return boolean|nil done
---@return string|nil message
function Server:start(scenario)
  local done, message = self.control:start(scenario)
  if not done then
    return nil, message
  end
  self.dcv:start()
  return true
end

return Server
