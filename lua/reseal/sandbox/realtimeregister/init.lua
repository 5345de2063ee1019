--- Realtime Register's REST API: the account, its routes, and what control does to its orders.

local Call = require "reseal.sandbox.realtimeregister.call"
local Routes = require "reseal.sandbox.realtimeregister.routes"
local answer = require "reseal.sandbox.realtimeregister.answer"
local catalogue = require "reseal.sandbox.realtimeregister.products"
local checks = require "reseal.sandbox.checks"
local json = require "reseal.sandbox.json"
local names = require "reseal.sandbox.realtimeregister.names"
local orders = require "reseal.sandbox.realtimeregister.orders"
local pki = require "reseal.sandbox.pki"
local validation = require "reseal.sandbox.realtimeregister.validation"
local which_resend = require("reseal.sandbox.realtimeregister.processes").which_resend

local DAY = 86400
local API_KEY = "ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ==" -- example/0123456789abcdef0123456789

local methods = {}
for _, part in ipairs {"certificates", "processes", "tools", "notices", "acme"} do
  for name, method in pairs(require("reseal.sandbox.realtimeregister." .. part).methods) do
    methods[name] = method
  end
end

-- the account ------------------------------------------------------------------------------------------------------

local function sorted(map)
  local list = {}
  for name in pairs(map) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

--- What POST /_sandbox/reset and a scenario may say of this account.
local SCENARIO = checks.object_of {
  customer = checks.text(function(text) return text:find("^[%w%-_@.]+$") and #text >= 3 and #text <= 40 end,
    "a customer handle"),
  api_key = checks.name,
  credit = checks.integer(0, 2000000000),
  odd = checks.list_of(checks.one_of(answer.ODD)),
  denied = checks.list_of(checks.one_of(sorted(methods))),
  certificates = checks.list_of(checks.object_of({
    id = checks.integer(1, 999999999), product = checks.one_of(sorted(catalogue.by_name)),
    expires_in_days = checks.integer(-3650, 3650), host = checks.host, names = checks.list_of(checks.host),
    status = checks.one_of {"ACTIVE", "EXPIRED", "REVOKED", "REISSUED", "RENEWED"},
  }, {"id"})),
}

local DEFAULT_CERTIFICATES = {
  {id = 7, product = "ssl_sectigo", host = "example.com", expires_in_days = 10},
  {id = 8, product = "ssl_sectigo_multi", host = "example.org", names = {"shop.example.org"},
    expires_in_days = 264},
  {id = 9, product = "ssl_sectigo_wildcard", host = "*.example.net", status = "REVOKED", expires_in_days = 90},
}

local function set_of(list)
  local set = {}
  for _, name in ipairs(list or {}) do
    set[name] = true
  end
  return set
end

local SHOWS = {get = true, download = true}

local RealtimeRegister = {
  name = "realtimeregister",
  path = "^/v2/",
  about = "/v2/ (Realtime Register)",
  order = "process",
  scenario = SCENARIO,
  -- errors that only a fault on demand brings
  troubles = {"AuthenticationRatelimitedError", "InternalSRSError", "ProcessError", "ProviderConnectionError",
    "ProviderUnavailable", usual = "InternalSRSError"},
  hits = {old_certificate = SHOWS, wrong_key = SHOWS, no_chain = SHOWS},
  throttle_forms = {},
}
RealtimeRegister.__index = RealtimeRegister

---@param parts reseal.sandbox.Parts
---@return reseal.sandbox.Provider
function RealtimeRegister.new(parts)
  return setmetatable({
    clock = parts.clock, state = parts.state, ca = parts.ca, dcv = parts.dcv, routes = Routes.new(parts.describe),
  }, RealtimeRegister)
end

local function add_given(account, given)
  local name = given.product or "ssl_sectigo"
  local list = names.of(catalogue.by_name[name], given.host or "example.com", given.names)
  local csr_pem = account.ca:sample_csr(list)
  local ends = account.clock:now() + (given.expires_in_days or 10) * DAY
  local process = orders.new_process(account, {
    action = "request", product = name, names = list, certificate = given.id, command = {product = name},
  })
  local certificate = orders.issue(account, {
    id = given.id, process = process.id, product = name, names = list, csr_pem = csr_pem,
    csr = assert(pki.read_csr(csr_pem)), subscription_end = ends,
    issued = math.min(account.clock:now(), ends) - 30 * DAY,
  })
  certificate.status = given.status or "ACTIVE"
end

--- Makes the account as it is at start, or as POST /_sandbox/reset says.
---@param options table what the scenario allows
function RealtimeRegister:reset(options)
  local account = {
    clock = self.clock, state = self.state, ca = self.ca, dcv = self.dcv,
    customer = options.customer or "example",
    authorization = "ApiKey " .. (options.api_key or API_KEY),
    credit = options.credit or 50000, currency = "EUR", odd = set_of(options.odd), denied = set_of(options.denied),
    certificates = {}, certificate_order = {}, processes = {}, process_order = {}, subscriptions = {}, notices = {},
    auth_keys = {}, next_certificate = 1, next_process = 1001, next_notice = 1,
  }
  self.account = account
  for _, given in ipairs(options.certificates or DEFAULT_CERTIFICATES) do
    add_given(account, given)
  end
end

--- The account as GET /_sandbox/state shows it.
function RealtimeRegister:summary()
  local account, certificates, processes = self.account, {}, {}
  for i, certificate in ipairs(account.certificate_order) do
    certificates[i] = {
      id = certificate.id, product = certificate.product, status = orders.status_of(account, certificate),
      host = certificate.names[1], expires = certificate.expires, process = certificate.process,
    }
  end
  for i, process in ipairs(account.process_order) do
    processes[i] = {id = process.id, status = process.status, action = process.action,
      certificate = process.certificate, call = process.call}
  end
  return {credit = account.credit, currency = account.currency}, certificates, json.array(processes)
end

-- control ----------------------------------------------------------------------------------------------------------

local function open_process(account, id)
  local process = account.processes[id]
  if not process then
    return nil, "there is no process " .. id
  end
  if process.status ~= "SUSPENDED" then
    return nil, ("process %d is %s; only a SUSPENDED one waits for validation"):format(id, process.status)
  end
  return process
end

--- Control of all names of an order has been proved.
---@return boolean|nil done
---@return string|nil message
function RealtimeRegister:validate(id)
  local account = self.account
  local process, message = open_process(account, id)
  if not process then
    return nil, message
  end
  validation.prove(process, function() return true end)
  orders.finish(account, process)
  return true
end

--- Somebody followed the link in a mail, or the organization was checked.
---@param id integer process
---@param what {name?: string, organization?: boolean} name: whose mail (none: all); organization: whether it is in
---  order, false ends the process
---@return boolean|nil done
---@return string|nil message
function RealtimeRegister:approve(id, what)
  local account = self.account
  local process, message = open_process(account, id)
  if not process then
    return nil, message
  end
  if what.organization == false then
    orders.give_up(account, process, "FAILED", "The organization could not be validated")
  elseif what.organization then
    if not next(process.checks) then
      return nil, ("process %d checks no organization"):format(id)
    end
    for name in pairs(process.checks) do
      process.checks[name] = "VALIDATED"
    end
  else
    local count = validation.prove(process, function(entry)
      return entry.type == "EMAIL" and (not what.name or entry.commonName == what.name)
    end)
    if count == 0 then
      return nil, ("process %d waits for no such mail"):format(id)
    end
  end
  orders.finish(account, process)
  return true
end

--- Looks whether control of the names of open orders is proved now.
function RealtimeRegister:look()
  local account = self.account
  -- looking takes time: the list may grow, and the account be another one afterwards
  for i = 1, #account.process_order do
    local process = account.process_order[i]
    if process.status == "SUSPENDED" then
      validation.look(account, process)
      if account == self.account then
        orders.finish(account, process)
      end
    end
  end
end

-- the call ---------------------------------------------------------------------------------------------------------

--- The query as PHP writes arrays (order[0]=…), with plain names.
local function plain(query)
  local pairs_of = {}
  for i, pair in ipairs(query) do
    pairs_of[i] = {(pair[1]:gsub("%[%d*%]$", "")), pair[2]}
  end
  return pairs_of
end

--- The method that a request asks for.
---@return table|nil route {name, params, filters, ids}
function RealtimeRegister:route(request)
  return self.routes:find(request, which_resend(self.account, request))
end

--- Carries a request out.
---@return {status: integer, headers: table, body: string, committed: boolean|nil} answer
function RealtimeRegister:answer(request, route)
  local account = self.account
  if request.headers["Authorization"] ~= account.authorization then
    return answer.refuse(account, {type = "AuthenticationError", message = "Authentication failed"})
  end
  if not route then
    return answer.json(404, {message = "Not found"})
  end
  if account.denied[route.name] then
    return answer.refuse(account, {type = "AuthorizationError", message = "You have no permission for this request"})
  end
  local customer = route.ids.customer
  if customer and customer ~= account.customer then
    return answer.refuse(account, answer.MISSING)
  end
  if not account.odd.no_php_arrays then
    request.query = plain(request.query)
  end
  return methods[route.name](Call.new(request, account, route))
end

--- The service's own trouble, as one of its errors.
---@param kind string
function RealtimeRegister:trouble(kind)
  return answer.refuse(self.account, {type = kind, message = "The sandbox was asked for this error"})
end

--- The service's way of saying "too often".
function RealtimeRegister:throttled()
  return answer.refuse(self.account, {type = "TooManyRequests", message = "Too many requests"})
end

--- The fault that says "too often": it has one way only (429).
function RealtimeRegister.throttle_fault()
  return "throttle_500000"
end

--- Whose calls are counted: who sends a credential, right or wrong.
function RealtimeRegister.caller(request)
  return request.headers["Authorization"]
end

return RealtimeRegister
