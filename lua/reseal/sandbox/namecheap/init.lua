--- Namecheap's XML API: callers, the envelope, and which method is called.

local Accounts = require "reseal.sandbox.namecheap.account"
local Routes = require "reseal.sandbox.namecheap.routes"
local buy = require "reseal.sandbox.namecheap.buy"
local issue = require "reseal.sandbox.namecheap.issue"
local names = require "reseal.sandbox.namecheap.names"
local parameters = require "reseal.sandbox.namecheap.parameters"
local pki = require "reseal.sandbox.pki"
local products = require "reseal.sandbox.namecheap.products"
local request_of = require "reseal.sandbox.request"
local show = require "reseal.sandbox.namecheap.show"
local xml = require "reseal.sandbox.xml"

local element = xml.element

-- how the service says "too often", by the words of POST /_sandbox/throttle, and the faults that do it
local THROTTLES = {["405"] = "throttle_405", ["500000"] = "throttle_500000", html = "html"}

local SHOWS = {getInfo = true}

local Namecheap = {
  name = "namecheap",
  path = "^/xml%.response/?$",
  about = "/xml.response (Namecheap)",
  has_forms = true,
  order = "certificate",
  scenario = Accounts.scenario,
  troubles = {"3050750", "3050900", "4050900", "5050900", usual = "5050900"},
  hits = {
    old_certificate = SHOWS, wrong_key = SHOWS, no_chain = SHOWS, ca_failure = {activate = true, reissue = true},
  },
  throttle_forms = {"405", "500000", "html"},
}
Namecheap.__index = Namecheap

---@param parts reseal.sandbox.Parts
---@return reseal.sandbox.Provider
function Namecheap.new(parts)
  return setmetatable({
    clock = parts.clock, ca = parts.ca, dcv = parts.dcv, accounts = Accounts.new(parts),
    routes = Routes.new(parts.describe), server = pki.random(6),
  }, Namecheap)
end

function Namecheap:reset(options)
  self.accounts:reset(options)
end
function Namecheap:summary()
  return self.accounts:summary()
end
function Namecheap:validate(id)
  return self.accounts:validate(id)
end
function Namecheap:approve(id, wanted)
  return self.accounts:approve(id, wanted)
end
function Namecheap:look()
  self.accounts:look()
end

local methods = {}
for _, group in ipairs {buy, issue, show} do
  for name, method in pairs(group) do
    methods[name] = method
  end
end

local function zero(name, attributes)
  return function() return {element(name, attributes)} end
end

local NO_CHARGE = {{"IsSuccess", "false"}, {"OrderId", 0}, {"TransactionId", 0}, {"ChargedAmount", 0}}
local NO_ID = {{"ID", 0}, {"IsSuccess", "false"}}

-- its own errors, which come now and then
local TROUBLE_TEXTS = {
  ["3050750"] = "The agent is stopped or has been stopped, no additional provocateurs can be created.",
  ["4050900"] = "Unhandled exception from database error",
}

--- What the service sends under Status="ERROR".
local ZEROS = {
  create = zero("SSLCreateResult", NO_CHARGE),
  renew = zero("SSLRenewResult", {{"CertificateID", 0}, {"Years", 0}, {"OrderId", 0}, {"TransactionId", 0},
    {"ChargedAmount", 0}}),
  purchasemoresans = zero("SSLPurchaseMoreSANSResult", NO_CHARGE),
  activate = zero("SSLActivateResult", NO_ID),
  reissue = zero("SSLReissueResult", NO_ID),
  editDCVMethod = function() return {element("SSLEditDCVMethodResult", NO_ID, {element("Domains")})} end,
  resendApproverEmail = zero("SSLResendApproverEmailResult", NO_ID),
  resendfulfillmentemail = zero("SSLResendFulfillmentEmailResult", NO_ID),
  -- the only one that keeps the id
  revokecertificate = function(given)
    local id = given.certificateid or ""
    return {element("RevokeCertificateResult", {{"ID", id ~= "" and id or 0}, {"IsSuccess", "false"}})}
  end,
  getInfo = zero("SSLGetInfoResult", {{"Years", 0}, {"OrderId", 0}, {"SANSCount", 0}}),
  getList = function()
    return {
      element("SSLListResult"),
      element("Paging", {}, {element("TotalItems", {}, "0"), element("CurrentPage", {}, "0"),
        element("PageSize", {}, "0")}),
    }
  end,
  parseCSR = zero("SSLParseCSRResult"),
  getPricing = zero("UserGetPricingResult"),
  getBalances = zero("UserGetBalancesResult"),
  getApproverEmailList = function() return {} end,
}

-- as the service spells them in answers, where that differs from the page's name
local COMMANDS = {
  purchasemoresans = "namecheap.ssl.purchaseMoreSANs",
  revokecertificate = "namecheap.ssl.revokeCertificate",
  resendfulfillmentemail = "namecheap.ssl.resendFulfillmentEmail",
}

-- what the older back end still answers
local LEGACY = {resendfulfillmentemail = true, getPricing = true, getBalances = true}

--- Faults before the command is looked at.
---@return table|nil account
---@return table|nil fault
function Namecheap:find_caller(given, address)
  local function missing(name)
    return (given[name] or "") == ""
  end
  if missing("command") then
    return nil, {"1010104", "Parameter Command is missing"}
  end
  if missing("apiuser") then
    return nil, {"1010101", "Parameter APIUser is missing"}
  end
  if missing("apikey") then
    return nil, {"1010102", "Parameter APIKey is missing"}
  end
  if missing("clientip") then
    return nil, {"1010105", "Parameter ClientIP is missing"}
  end
  local account = self.accounts:find(given.apiuser, given.apikey)
  if not account then
    return nil, {"1011102", "API Key is invalid or API access has not been enabled"}
  end
  if account.allowed_addresses then
    local allowed = false
    for _, good in ipairs(account.allowed_addresses) do
      allowed = allowed or good == address
    end
    if not allowed then
      return nil, {"1011150", "Invalid request IP: " .. address}
    end
  end
  if given.username ~= account.user_name then
    return nil, {"1019103", "Parameter UserName is not available"}
  end
  return account
end

function Namecheap:envelope(request, name, command, faults, results)
  local legacy, errors = LEGACY[name], {}
  for _, fault in ipairs(faults or {}) do
    errors[#errors + 1] = element("Error", {{"Number", fault[1]}}, fault[2])
  end
  local children = {
    element("Errors", {}, errors), element("Warnings"),
    element("RequestedCommand", {}, command and (legacy and command:lower() or command)),
  }
  if command then
    children[#children + 1] = element("CommandResponse", {{"Type", command}}, results)
  end
  children[#children + 1] = element("Server", {}, legacy and "PHX01SBAPI02" or self.server)
  children[#children + 1] = element("GMTTimeDifference", {}, "--5:00")
  children[#children + 1] = element("ExecutionTime", {}, ("%.3f"):format(math.max(request.took(), 0.001)))
  return {
    status = 200,
    headers = {["Content-Type"] = "text/xml; charset=utf-8"},
    body = xml.document(element("ApiResponse", {{"Status", faults and "ERROR" or "OK"},
      {"xmlns", "http://api.namecheap.com/xml.response"}}, children), legacy),
  }
end

--- The method that a request asks for.
---@return {name: string, command: string, effect: string}|nil method
function Namecheap:route(request)
  return self.routes:find(request_of.by_name(request.form).command or "")
end

--- Which page's rules a call follows: the account's, and where only the older page asks for the administrator's name,
--- that page's when it comes.
local function edition_of(account, method, given)
  if (method.name == "reissue" or method.name == "activate")
    and (given.adminfirstname ~= nil or given.adminlastname ~= nil) then
    return "classic"
  end
  return account.edition
end

--- A product's name without the suffix of 2026, where the account knows no other.
---@return table|nil fault
local function older_name(call)
  if not call.account.odd.only_sslcom_names then
    return nil
  end
  for _, name in ipairs {"Type", "SSLType", "CertificateType"} do
    local product, _, kind = products.find(call.given[name:lower()] or "")
    if product and product.sslcom and kind ~= "sslcom" then
      if name == "CertificateType" then
        return {"2011300", "CertificateType is invalid"}
      end
      return {"2011301", ("Parameter %s is not valid"):format(name)}
    end
  end
end

--- Faults that the parameters alone show.
function Namecheap:check(call, method, verb)
  local needs_post = method.name == "parseCSR" and not call.account.odd.parse_csr_by_get
    or call.account.edition == "classic" and (method.name == "activate" or method.name == "reissue")
  -- the pages say that these are POST only, but not what happens otherwise
  if needs_post and verb ~= "POST" then
    return {{"5050900", "Unhandled exceptions"}}
  end
  local params = self.routes:parameters(method.name, call.edition)
  local is_order = method.name == "activate" or method.name == "reissue"
  if call.edition == "classic" and parameters.OLD[method.name] then
    local faults = parameters.check_old(params, call.given, method.name) or {}
    faults[#faults + 1] = is_order and names.check_choice_old(call.given) or nil
    return faults[1] and faults
  end
  local faults = parameters.check(params, call.given, method.name)
  if faults then
    return faults
  end
  local fault = older_name(call) or is_order and names.check_choice(call.given) or nil
  return fault and {fault}
end

--- Carries a request out.
---@return {status: integer, headers: table, body: string, committed: boolean|nil} answer
function Namecheap:answer(request, method)
  local given = request_of.by_name(request.form)
  local account, refused = self:find_caller(given, request.address)
  if not account then
    return self:envelope(request, nil, nil, {refused})
  end
  if not method then
    return self:envelope(request, nil, nil, {{"4", "Parameter Command is Invalid"}})
  end
  local call = {
    account = account, accounts = self.accounts, clock = self.clock, ca = self.ca, dcv = self.dcv, given = given,
    edition = edition_of(account, method, given), fault = request.fault,
  }
  local faults, results = self:check(call, method, request.verb)
  if not faults then
    results, faults = methods[method.name](call)
  end
  local answer = self:envelope(request, method.name, COMMANDS[method.name] or method.command, faults,
    results or ZEROS[method.name](given))
  answer.committed = results ~= nil and method.effect ~= "read"
  return answer
end

--- One of the service's own errors.
function Namecheap:trouble(number, request)
  local method = self:route(request)
  local faults = {{number, TROUBLE_TEXTS[number] or "Unhandled exceptions"}}
  if not method then
    return self:envelope(request, nil, nil, faults)
  end
  return self:envelope(request, method.name, COMMANDS[method.name] or method.command, faults,
    ZEROS[method.name](request_of.by_name(request.form)))
end

--- The service's way of saying "too often".
function Namecheap:throttled(request)
  return self:envelope(request, nil, nil, {{"500000", "Too many requests"}})
end

--- The fault that says "too often" in one of the throttle_forms, the first unless told.
function Namecheap.throttle_fault(form)
  return THROTTLES[form or "405"]
end

--- Whose calls are counted: who sends a user's name, right or wrong.
function Namecheap.caller(request)
  return request_of.by_name(request.form).apiuser or request.headers["Authorization"]
end

return Namecheap
