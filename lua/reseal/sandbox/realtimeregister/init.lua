--- Realtime Register's REST API: the account, its routes, and what control does to its orders.

local answer = require "reseal.sandbox.realtimeregister.answer"
local ca = require "reseal.sandbox.ca"
local catalogue = require "reseal.sandbox.realtimeregister.products"
local checks = require "reseal.sandbox.checks"
local dcv = require "reseal.sandbox.dcv"
local json = require "reseal.sandbox.json"
local names = require "reseal.sandbox.realtimeregister.names"
local orders = require "reseal.sandbox.realtimeregister.orders"
local routes = require "reseal.sandbox.routes"
local state = require "reseal.sandbox.state"
local validation = require "reseal.sandbox.realtimeregister.validation"
local which_resend = require("reseal.sandbox.realtimeregister.processes").which_resend

local DAY = 86400
local API_KEY = "example/0123456789abcdef0123456789"

local realtimeregister = {
  name = "realtimeregister",
  -- errors that only a fault on demand brings
  TROUBLES = { "AuthenticationRatelimitedError", "InternalSRSError", "ProcessError", "ProviderConnectionError",
    "ProviderUnavailable" },
}

local methods = {}
for _, part in ipairs { "certificates", "processes", "tools", "notices", "acme" } do
  for name, method in pairs(require("reseal.sandbox.realtimeregister." .. part).methods) do methods[name] = method end
end

local paths = routes.paths()
for _, path in ipairs(paths) do
  -- the list of certificates has a second address
  if path.name == "list" then
    paths[#paths + 1] = { name = path.name, verb = path.verb, params = path.params, filters = path.filters,
      pattern = "^/v2/customers/([^/]+)/certificates/?$", placeholders = { "customer" } }
    break
  end
end

-- the account ------------------------------------------------------------------------------------------------------

local function sorted(map)
  local list = {}
  for name in pairs(map) do list[#list + 1] = name end
  table.sort(list)
  return list
end

--- What POST /_sandbox/reset and a scenario may say of this account.
realtimeregister.scenario = checks.object_of {
  customer = checks.text(function(text) return text:find("^[%w%-_@.]+$") and #text >= 3 and #text <= 40 end,
    "a customer handle"),
  api_key = checks.name,
  credit = checks.integer(0, 2000000000),
  odd = checks.list_of(checks.one_of(answer.ODD)),
  denied = checks.list_of(checks.one_of(sorted(methods))),
  certificates = checks.list_of(checks.object_of({
    id = checks.integer(1, 999999999), product = checks.one_of(sorted(catalogue.by_name)),
    expires_in_days = checks.integer(-3650, 3650), host = checks.host, names = checks.list_of(checks.host),
    status = checks.one_of { "ACTIVE", "EXPIRED", "REVOKED", "REISSUED", "RENEWED" },
  }, { "id" })),
}

local DEFAULT_CERTIFICATES = {
  { id = 7, product = "ssl_sectigo", host = "example.com", expires_in_days = 10 },
  { id = 8, product = "ssl_sectigo_multi", host = "example.org", names = { "shop.example.org" },
    expires_in_days = 264 },
  { id = 9, product = "ssl_sectigo_wildcard", host = "*.example.net", status = "REVOKED", expires_in_days = 90 },
}

local function add_given(account, given)
  local name = given.product or "ssl_sectigo"
  local list = names.of(catalogue.by_name[name], given.host or "example.com", given.names)
  local csr_pem = ca.sample_csr(list)
  local ends = state.now() + (given.expires_in_days or 10) * DAY
  local process = orders.new_process(account, {
    action = "request", product = name, names = list, certificate = given.id, command = { product = name },
  })
  local certificate = orders.issue(account, {
    id = given.id, process = process.id, product = name, names = list, csr_pem = csr_pem,
    csr = assert(ca.read_csr(csr_pem)), subscription_end = ends, issued = math.min(state.now(), ends) - 30 * DAY,
  })
  certificate.status = given.status or "ACTIVE"
end

local function set_of(list)
  local set = {}
  for _, name in ipairs(list or {}) do set[name] = true end
  return set
end

--- Makes the account as it is at start, or as POST /_sandbox/reset says.
---@param options table what realtimeregister.scenario allows
function realtimeregister.reset(options)
  local account = {
    customer = options.customer or "example",
    authorization = "ApiKey " .. (options.api_key or ngx.encode_base64(API_KEY)),
    credit = options.credit or 50000, currency = "EUR", odd = set_of(options.odd), denied = set_of(options.denied),
    certificates = {}, certificate_order = {}, processes = {}, process_order = {}, subscriptions = {}, notices = {},
    auth_keys = {}, next_certificate = 1, next_process = 1001, next_notice = 1,
  }
  state.accounts.realtimeregister = account
  for _, given in ipairs(options.certificates or DEFAULT_CERTIFICATES) do add_given(account, given) end
end

--- The account as GET /_sandbox/state shows it.
function realtimeregister.summary()
  local account, certificates, processes = state.accounts.realtimeregister, {}, {}
  for i, certificate in ipairs(account.certificate_order) do
    certificates[i] = {
      id = certificate.id, product = certificate.product, status = orders.status_of(certificate),
      host = certificate.names[1], expires = certificate.expires, process = certificate.process,
    }
  end
  for i, process in ipairs(account.process_order) do
    processes[i] = { id = process.id, status = process.status, action = process.action,
      certificate = process.certificate, call = process.call }
  end
  return { credit = account.credit, currency = account.currency }, certificates, json.array(processes)
end

-- control ----------------------------------------------------------------------------------------------------------

local function open_process(account, id)
  local process = account.processes[id]
  if not process then return nil, "there is no process " .. id end
  if process.status ~= "SUSPENDED" then
    return nil, ("process %d is %s; only a SUSPENDED one waits for validation"):format(id, process.status)
  end
  return process
end

--- Control of all names of an order has been proved.
---@return boolean|nil done
---@return string|nil message
function realtimeregister.validate(id)
  local account = state.accounts.realtimeregister
  local process, message = open_process(account, id)
  if not process then return nil, message end
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
function realtimeregister.approve(id, what)
  local account = state.accounts.realtimeregister
  local process, message = open_process(account, id)
  if not process then return nil, message end
  if what.organization == false then
    orders.give_up(account, process, "FAILED", "The organization could not be validated")
  elseif what.organization then
    if not next(process.checks) then return nil, ("process %d checks no organization"):format(id) end
    for name in pairs(process.checks) do process.checks[name] = "VALIDATED" end
  else
    local count = validation.prove(process, function(entry)
      return entry.type == "EMAIL" and (not what.name or entry.commonName == what.name)
    end)
    if count == 0 then return nil, ("process %d waits for no such mail"):format(id) end
  end
  orders.finish(account, process)
  return true
end

dcv.watch(function()
  local account = state.accounts.realtimeregister
  -- looking takes time: the list may grow, and the account be another one afterwards
  for i = 1, #account.process_order do
    local process = account.process_order[i]
    if process.status == "SUSPENDED" then
      validation.look(process)
      if account == state.accounts.realtimeregister then orders.finish(account, process) end
    end
  end
end)

-- the call ---------------------------------------------------------------------------------------------------------

--- The query as PHP writes arrays (order[0]=…), with plain names.
local function plain(query)
  local pairs_of = {}
  for i, pair in ipairs(query) do pairs_of[i] = { (pair[1]:gsub("%[%d*%]$", "")), pair[2] } end
  return pairs_of
end

--- The method that a request asks for.
---@return table|nil route {name, verb, params, filters, ids}
function realtimeregister.route(request)
  local resend = which_resend(request)
  for _, path in ipairs(paths) do
    local found = request.verb == path.verb and { request.path:match(path.pattern) } or {}
    -- two methods have the same address
    if found[1] and (not path.name:find("^resend") or path.name == resend) then
      local ids = {}
      for i, name in ipairs(path.placeholders) do
        local text = ngx.unescape_uri(found[i])
        ids[name] = name:find("Id$") and text:find("^%d+$") and tonumber(text) or text
      end
      return { name = path.name, params = path.params, filters = path.filters, ids = ids }
    end
  end
end

--- Carries a request out.
---@return {status: integer, headers: table, body: string, committed: boolean|nil} answer
function realtimeregister.answer(request, route)
  local account = state.accounts.realtimeregister
  if request.headers["Authorization"] ~= account.authorization then
    return answer.refuse { type = "AuthenticationError", message = "Authentication failed" }
  end
  if not route then return answer.json(404, { message = "Not found" }) end
  if account.denied[route.name] then
    return answer.refuse { type = "AuthorizationError", message = "You have no permission for this request" }
  end
  if route.ids.customer and route.ids.customer ~= account.customer then return answer.refuse(answer.MISSING) end
  if not account.odd.no_php_arrays then request.query = plain(request.query) end
  return methods[route.name](request, account, route)
end

--- The service's own trouble, as one of its errors.
---@param kind string
function realtimeregister.trouble(kind)
  return answer.refuse { type = kind, message = "The sandbox was asked for this error" }
end

--- The service's way of saying "too often".
function realtimeregister.throttled()
  return answer.refuse { type = "TooManyRequests", message = "Too many requests" }
end

return realtimeregister
