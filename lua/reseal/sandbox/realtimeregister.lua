--- Realtime Register's REST API: routes, the account, processes and certificates.

local body_of = require "reseal.sandbox.realtimeregister_body"
local ca = require "reseal.sandbox.ca"
local json = require "reseal.sandbox.json"
local orders = require "reseal.sandbox.realtimeregister_orders"
local products = require "reseal.sandbox.products"
local routes = require "reseal.sandbox.routes"
local state = require "reseal.sandbox.state"

local DAY = 86400

local paths = routes.paths()

local realtimeregister = { name = "realtimeregister" }

local function timestamp(time)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", time)
end

local function answer(status, object, headers)
  headers = headers or {}
  headers["Content-Type"] = "application/json"
  return { status = status, headers = headers, body = json.encode(object) }
end

local STATUSES = { AuthenticationError = 401, TooManyRequests = 429 }

local function refuse(refusal)
  return answer(STATUSES[refusal.type] or 400, refusal)
end

-- accounts ---------------------------------------------------------------------------------------------------------

local DEFAULT_CERTIFICATES = {
  { id = 7, product = "ssl_sectigo", host = "example.com", expires_in_days = 10 },
  { id = 8, product = "ssl_sectigo_multi", host = "example.org", names = { "shop.example.org" },
    expires_in_days = 264 },
  { id = 9, product = "ssl_sectigo_wildcard", host = "*.example.net", status = "REVOKED", expires_in_days = 90 },
}

local function add_given(account, given)
  local name = given.product or "ssl_sectigo"
  local host = given.host or "example.com"
  local names = orders.names(products.realtimeregister[name], host, given.names)
  local csr_pem = ca.sample_csr(names)
  local ends = state.now() + (given.expires_in_days or 10) * DAY
  local process = orders.new_process(account, {
    status = "COMPLETED", action = "request", product = name, names = names, dcv = {}, certificate = given.id,
    command = { product = name },
  })
  local certificate = orders.issue(account, {
    id = given.id, process = process.id, product = name, names = names, csr_pem = csr_pem,
    csr = assert(ca.read_csr(csr_pem)), subscription_end = ends, issued = math.min(state.now(), ends) - 30 * DAY,
  })
  certificate.status = given.status or "ACTIVE"
end

--- Makes the account as it is at start, or as POST /_sandbox/reset says.
---@param options {credit?: integer, certificates?: table}
function realtimeregister.reset(options)
  local account = {
    customer = "example", authorization = "ApiKey " .. ngx.encode_base64("example/0123456789abcdef0123456789"),
    credit = options.credit or 50000, currency = "EUR", certificates = {}, certificate_order = {}, processes = {},
    next_certificate = 1, next_process = 1001,
  }
  state.accounts.realtimeregister = account
  for _, given in ipairs(options.certificates or DEFAULT_CERTIFICATES) do add_given(account, given) end
end

--- Control of all names of an order has been proved: it is issued.
---@return boolean|nil done
---@return string|nil message
function realtimeregister.validate(id)
  local account = state.accounts.realtimeregister
  local process = account.processes[id]
  if not process then return nil, "there is no process " .. id end
  if process.status ~= "SUSPENDED" then
    return nil, ("process %d is %s; only a SUSPENDED one waits for validation"):format(id, process.status)
  end
  orders.complete(account, process)
  return true
end

local function status_of(certificate)
  if certificate.status == "ACTIVE" and certificate.expires < state.now() then return "EXPIRED" end
  return certificate.status
end

--- The account as GET /_sandbox/state shows it.
function realtimeregister.summary()
  local account, certificates, processes = state.accounts.realtimeregister, {}, {}
  for _, certificate in ipairs(account.certificate_order) do
    certificates[#certificates + 1] = {
      id = certificate.id, product = certificate.product, status = status_of(certificate), host = certificate.names[1],
      expires = certificate.expires, process = certificate.process,
    }
  end
  for id, process in pairs(account.processes) do
    processes[#processes + 1] = { id = id, status = process.status, action = process.action,
      certificate = process.certificate }
  end
  table.sort(processes, function(a, b) return a.id < b.id end)
  return { credit = account.credit, currency = account.currency }, certificates, json.array(processes)
end

-- answers ----------------------------------------------------------------------------------------------------------

local function certificate_object(certificate)
  local product = products.realtimeregister[certificate.product]
  local san = {}
  for i = 2, #certificate.names do san[i - 1] = certificate.names[i] end
  return {
    id = certificate.id, process = certificate.process, product = certificate.product,
    validationType = "DOMAIN_VALIDATION", certificateType = product.type, domainName = certificate.names[1],
    san = json.array(san), status = status_of(certificate), providerId = tostring(33000000 + certificate.id),
    startDate = timestamp(certificate.issued), expiryDate = timestamp(certificate.expires),
    subscriptionEndDate = timestamp(certificate.subscription_end),
    publicKeyAlgorithm = certificate.csr.algorithm, publicKeySize = certificate.csr.bits,
    csr = certificate.csr_pem, certificate = certificate.leaf.pem, fingerprint = certificate.leaf.fingerprint,
  }
end

local function process_object(account, process)
  local waiting = process.status == "SUSPENDED"
  return {
    id = process.id, user = account.customer .. "/api", customer = account.customer, status = process.status,
    createdDate = timestamp(process.created), updatedDate = timestamp(process.updated),
    startedDate = timestamp(process.created), type = "certificate", identifier = process.names[1],
    action = process.action, command = process.command,
    resumeTypes = waiting and { "PROVIDER", "RESEND", "CANCEL" } or nil,
    transaction = process.charge and { [account.currency] = process.charge } or nil,
  }
end

local function info_object(process)
  local dcv = {}
  for i, entry in ipairs(process.dcv) do dcv[i] = orders.instructions(process, entry) end
  return {
    commonName = process.names[1], requiresAttention = false, certificateId = process.issued_at_once,
    validations = { dcv = json.array(dcv) },
  }
end

--- Leaves only the asked fields; the identifying ones stay.
local function select_fields(request, object)
  local wanted
  for _, pair in ipairs(request.query) do
    if pair[1] == "fields" then
      wanted = wanted or { id = object.id }
      for field in pair[2]:gmatch("[^,%s]+") do wanted[field] = object[field] end
    end
  end
  return wanted or object
end

local NOT_FOUND = { type = "ObjectDoesNotExist", message = "Entity not found" }

local methods = {}

local function order(action)
  return function(request, account, id, route)
    local clean, refusal = body_of.check(route.params, request.body)
    if not clean then return refuse(refusal) end
    local quote = false
    for _, pair in ipairs(request.query) do
      if pair[1] == "quote" then quote = pair[2] == "true" end
    end
    local certificate = account.certificates[id]
    if not certificate then return refuse(NOT_FOUND) end
    if status_of(certificate) ~= "ACTIVE" then
      return refuse { type = "ObjectStatusProhibitsOperation",
        message = ("The status %s of the certificate prohibits this operation"):format(status_of(certificate)) }
    end
    local result, refused = orders.place(account, certificate, action, clean, quote)
    if not result then return refuse(refused) end
    if quote then return answer(200, result) end
    local headers = { ["X-Process-Id"] = tostring(result.id) }
    if result.issued_at_once then headers.Location = "/v2/ssl/certificates/" .. result.issued_at_once end
    local done = answer(result.issued_at_once and 201 or 202, info_object(result), headers)
    done.committed = true
    return done
  end
end

methods.renew = order("renew")
methods.reissue = order("reissue")

function methods.get(request, account, id)
  local certificate = account.certificates[id]
  if not certificate then return refuse(NOT_FOUND) end
  return answer(200, select_fields(request, certificate_object(certificate)))
end

function methods.process(request, account, id)
  local process = account.processes[id]
  if not process then return refuse(NOT_FOUND) end
  return answer(200, select_fields(request, process_object(account, process)))
end

function methods.processInfo(_, account, id)
  local process = account.processes[id]
  if not process then return refuse(NOT_FOUND) end
  return answer(200, info_object(process))
end

local FILTERS = {
  eq = function(value, given) return value == given end,
  ne = function(value, given) return value ~= given end,
  like = function(value, given) return value:find(given, 1, true) ~= nil end,
  ["in"] = function(value, given) return ("," .. given .. ","):find("," .. value .. ",", 1, true) ~= nil end,
}
local FILTER_FIELDS = "id process product domainName status certificateType validationType"
local LIST_PARAMETERS = { limit = true, offset = true, total = true, fields = true }

local function passes(object, filters)
  for _, filter in ipairs(filters) do
    if not FILTERS[filter.operator](tostring(object[filter.field]), filter.value) then return false end
  end
  return true
end

local function read_filters(query)
  local filters, options = {}, {}
  for _, pair in ipairs(query) do
    local field, operator = pair[1]:match("^(%w+):?(%w*)$")
    if LIST_PARAMETERS[pair[1]] then
      options[pair[1]] = pair[2]
    elseif field and (" " .. FILTER_FIELDS .. " "):find(" " .. field .. " ", 1, true)
      and (operator == "" or FILTERS[operator]) then
      filters[#filters + 1] = { field = field, operator = operator == "" and "eq" or operator, value = pair[2] }
    else
      return nil, { type = "ValidationError", message = ("The sandbox knows no parameter '%s'; it filters by %s with "
        .. "eq, ne, like and in, and knows limit, offset, total and fields"):format(pair[1],
        (FILTER_FIELDS:gsub(" ", ", "))) }
    end
  end
  return filters, options
end

function methods.list(request, account)
  local filters, options = read_filters(request.query)
  if not filters then return refuse(options) end
  local limit, offset = tonumber(options.limit) or 10, tonumber(options.offset) or 0
  local found, total = {}, 0
  for _, certificate in ipairs(account.certificate_order) do
    local object = certificate_object(certificate)
    if passes(object, filters) then
      total = total + 1
      if total > offset and #found < limit then found[#found + 1] = select_fields(request, object) end
    end
  end
  return answer(200, {
    -- with limit 0 the list is missing, not empty
    entities = limit > 0 and json.array(found) or nil,
    pagination = { limit = limit, offset = offset, total = options.total ~= "false" and total or nil },
  })
end

-- the call ---------------------------------------------------------------------------------------------------------

--- The method that a request asks for.
---@return table|nil route {name, verb, params, id}
function realtimeregister.route(request)
  for _, path in ipairs(paths) do
    local id = request.path:match(path.pattern)
    if id and request.verb == path.verb then
      return { name = path.name, params = path.params, id = id:find("^%d+$") and tonumber(id) or 0 }
    end
  end
end

--- Carries a request out.
---@return {status: integer, headers: table, body: string, committed: boolean|nil} answer
function realtimeregister.answer(request, route)
  local account = state.accounts.realtimeregister
  if request.headers["Authorization"] ~= account.authorization then
    return refuse { type = "AuthenticationError", message = "Authentication failed" }
  end
  if not route then return answer(404, { message = "Not found" }) end
  return methods[route.name](request, account, route.id, route)
end

--- The service's way of saying "too often".
function realtimeregister.throttled()
  return refuse { type = "TooManyRequests", message = "Too many requests" }
end

return realtimeregister
