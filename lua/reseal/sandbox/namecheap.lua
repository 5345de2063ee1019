--- Namecheap's XML API: the envelope, the account, and the methods renew, getInfo and getList.

local ca = require "reseal.sandbox.ca"
local parameters = require "reseal.sandbox.namecheap_parameters"
local products = require "reseal.sandbox.products"
local reissue = require "reseal.sandbox.namecheap_reissue"
local request_of = require "reseal.sandbox.request"
local routes = require "reseal.sandbox.routes"
local state = require "reseal.sandbox.state"
local xml = require "reseal.sandbox.xml"

local element = xml.element

local DAY = 86400
local RENEW_BEFORE, RENEW_AFTER = 90 * DAY, 180 * DAY

local NO_FUNDS = "ORDER CREATION FAILED; INSUFFICIENTFUNDS;Insufficient funds in account; Sorry! Your available "
  .. "balance is insufficient to cover the current billing amount;"

-- any other code is not available
local PROMOTIONS = {
  TENOFF = 10,
  EXPIRED = "Promotion code is expired",
  USEDUP = "Promotion code usage exceeded",
  NOTSTARTED = "Promotion code is not started yet.",
  INACTIVE = "Promotion code is not active",
  DENIED = "Access denied for the promotion code",
}

local STATUS_TEXTS = {
  active = "Certificate has been issued.",
  newpurchase = "Certificate has been purchased and is waiting for activation.",
  newrenewal = "Renewal has been purchased and is waiting for activation.",
  purchased = "Certificate is being processed by the Certificate Authority.",
  replaced = "Certificate has been replaced by a reissue.",
  cancelled = "Certificate has been cancelled.",
}

local server = ca.random(6)
local commands = routes.commands()

local namecheap = { name = "namecheap", has_forms = true }

--- Ten-thousandths of a dollar as the service writes money.
local function money(amount)
  return ("%d.%04d"):format(math.floor(amount / 10000), amount % 10000)
end

--- The balance that `"50.0000"` stands for; nil when it is no amount.
function namecheap.read_money(text)
  local whole, fraction = tostring(text):match("^(%d+)%.?(%d*)$")
  if not whole or #whole > 9 or #fraction > 4 then return nil end
  return tonumber(whole) * 10000 + tonumber((fraction .. "0000"):sub(1, 4))
end

local function date(time, pattern)
  return time and os.date(pattern or "!%m/%d/%Y", time) or ""
end

--- The getInfo page doesn't pad its dates.
local function short_date(time)
  return (date(time, "!%m/%d/%Y"):gsub("^0", ""):gsub("/0", "/"))
end

-- accounts ---------------------------------------------------------------------------------------------------------

local DEFAULT_CERTIFICATES = {
  { id = 501904, type = "PositiveSSL", host = "example.com", expires_in_days = 30 },
  { id = 501905, type = "PositiveSSL Wildcard", host = "*.example.net", expires_in_days = 300 },
  { id = 501906, type = "PositiveSSL Multi Domain", host = "example.org", expires_in_days = 45,
    names = { "shop.example.org", "mail.example.org" } },
  { id = 501907, type = "PositiveSSL", status = "newpurchase" },
}

--- The names that a certificate of this product covers, given the common name and the extra names.
local function covered_names(product, host, extra)
  local names = { host }
  if product.coverage == "multi" then
    for _, name in ipairs(extra) do names[#names + 1] = name end
  elseif product.coverage == "wildcard" then
    names[2] = host:gsub("^%*%.", "")
  else
    names[2] = host:find("^www%.") and host:sub(5) or "www." .. host
  end
  return names
end

--- Lets the authority sign; the certificate that it replaces ends.
local function issue(account, certificate)
  local now = state.now()
  local names = covered_names(certificate.product, certificate.host, certificate.names)
  certificate.status = "active"
  certificate.issued = now
  certificate.leaf = ca.issue(certificate.csr, names, now, state.expiry(now, certificate.expires))
  local replaced = account.certificates[certificate.replaces]
  if replaced then
    replaced.status, replaced.replaced_by, replaced.reissue = "replaced", certificate.id, nil
  end
end

local function add(account, certificate)
  account.certificates[certificate.id] = certificate
  account.order[#account.order + 1] = certificate
  account.next_id = math.max(account.next_id, certificate.id + 1)
  return certificate
end

local function add_given(account, given)
  local now = state.now()
  local product = products.find(given.type)
  local status = given.status or "active"
  local expires = now + (given.expires_in_days or 30) * DAY
  local certificate = add(account, {
    id = given.id, product = product, years = 1, status = status, names = given.names or {},
    sans = product.coverage == "multi" and 2 or 0, order_id = given.id + 500000, purchased = expires - 365 * DAY,
  })
  if status == "newpurchase" or status == "newrenewal" then
    certificate.purchased = now
    return
  end
  local host = given.host or "example.com"
  local names = covered_names(product, host, certificate.names)
  certificate.host, certificate.expires = host, expires
  certificate.csr_pem = ca.sample_csr(names)
  certificate.csr = assert(ca.read_csr(certificate.csr_pem))
  certificate.approver = "admin@" .. host:gsub("^%*%.", "")
  certificate.provider_order_id = tostring(given.id + 88000000)
  if status == "purchased" then return end
  certificate.issued = math.min(now, expires) - 30 * DAY
  certificate.leaf = ca.issue(certificate.csr, names, certificate.issued,
    state.expiry(certificate.issued, expires))
end

--- Makes the account as it is at start, or as POST /_sandbox/reset says.
---@param options {balance?: string, classic_shape?: boolean, certificates?: table}
function namecheap.reset(options)
  local account = {
    api_user = "apiexample", api_key = "56b4c87ef4fd49cb96d915c0db68194", user_name = "apiexample",
    balance = namecheap.read_money(options.balance or "500.0000"), classic_shape = options.classic_shape or false,
    certificates = {}, order = {}, next_id = 1, next_order = 1234567, next_transaction = 7654321,
  }
  state.accounts.namecheap = account
  for _, given in ipairs(options.certificates or DEFAULT_CERTIFICATES) do add_given(account, given) end
end

--- Control of a domain has been proved: the order is issued.
---@return boolean|nil done
---@return string|nil message
function namecheap.validate(id)
  local account = state.accounts.namecheap
  local certificate = account.certificates[id]
  if not certificate then return nil, "there is no certificate " .. id end
  if certificate.status ~= "purchased" then
    return nil, ("certificate %d is %s; only a purchased one waits for validation"):format(id, certificate.status)
  end
  issue(account, certificate)
  return true
end

--- The account as GET /_sandbox/state shows it.
function namecheap.summary()
  local account, certificates = state.accounts.namecheap, {}
  for _, certificate in ipairs(account.order) do
    certificates[#certificates + 1] = {
      id = certificate.id, type = certificate.product.name, status = certificate.status, host = certificate.host,
      expires = certificate.expires, replaced_by = certificate.replaced_by,
    }
  end
  return { balance = money(account.balance), currency = "USD" }, certificates
end

-- methods ----------------------------------------------------------------------------------------------------------
-- Each gets the call {account, given, params} and answers with a list of result elements, or nil and faults.

local methods = { reissue = reissue.run }

--- What the service sends under Status="ERROR".
local ZEROS = {
  renew = function()
    return { element("SSLRenewResult", { { "CertificateID", 0 }, { "Years", 0 }, { "OrderId", 0 },
      { "TransactionId", 0 }, { "ChargedAmount", 0 } }) }
  end,
  reissue = function() return { element("SSLReissueResult", { { "ID", 0 }, { "IsSuccess", "false" } }) } end,
  getInfo = function()
    return { element("SSLGetInfoResult", { { "Years", 0 }, { "OrderId", 0 }, { "SANSCount", 0 } }) }
  end,
  getList = function()
    return {
      element("SSLListResult"),
      element("Paging", {}, { element("TotalItems", {}, "0"), element("CurrentPage", {}, "0"),
        element("PageSize", {}, "0") }),
    }
  end,
}

local function find(call)
  return call.account.certificates[tonumber(call.given.certificateid)]
end

--- The price after a promotion, or nil and a fault.
local function price_of(product, years, code)
  local price = product.price * years
  if not code or code == "" then return price end
  local effect = PROMOTIONS[code:upper()]
  if type(effect) == "number" then return price - math.floor(price * effect / 100) end
  return nil, { { "2011170", effect or "Promotion code is not available" } }
end

function methods.renew(call)
  local faults = parameters.check(call.params, call.given)
  if faults then return nil, faults end
  local account, old, now = call.account, find(call), state.now()
  if not old then return nil, { { "4011294", "CertificateID is invalid" } } end
  if old.renewed_by then return nil, { { "4028294", "This CertificateID is already queued for Renewal" } } end
  if old.status ~= "active" then return nil, { { "4011331", "Certificate status is invalid" } } end
  if now < old.expires - RENEW_BEFORE or now > old.expires + RENEW_AFTER then
    return nil, { { "4011294", "Certificate not meet the ExpireDate. So cannot Renew" } }
  end
  local product, spelled = products.find(call.given.ssltype)
  if product ~= old.product then return nil, { { "2012301", "SSLType Mismatch" } } end
  local years = tonumber(call.given.years)
  local price, refused = price_of(product, years, call.given.promotioncode)
  if not price then return nil, refused end
  if price > account.balance then return nil, { { "2528166", NO_FUNDS } } end

  local renewal = add(account, {
    id = account.next_id, product = product, years = years, status = "newrenewal", names = {}, sans = old.sans,
    order_id = account.next_order, purchased = now, renews = old.id,
  })
  old.renewed_by = renewal.id
  account.balance = account.balance - price
  state.charge {
    provider = "namecheap", account = account.user_name, method = "renew", certificate = old.id,
    new_certificate = renewal.id, amount = money(price), currency = "USD", balance = money(account.balance),
  }
  local transaction = account.next_transaction
  account.next_order, account.next_transaction = account.next_order + 1, transaction + 1
  return { element("SSLRenewResult", {
    { "CertificateID", renewal.id }, { "SSLType", spelled }, { "Years", years }, { "OrderId", renewal.order_id },
    { "TransactionId", transaction }, { "ChargedAmount", money(price) },
  }) }
end

local function certificates_element(call, certificate)
  local returned = certificate.leaf and (call.given.returncertificate or ""):lower() == "true"
  if not returned then return element("Certificates", { { "CertificateReturned", "false" } }) end
  if (call.given.returntype or ""):lower() == "pkcs7" then
    return element("Certificates", { { "CertificateReturned", "true" }, { "ReturnType", "PKCS7" } },
      { element("Certificate", {}, xml.cdata("\n" .. ca.pkcs7(certificate.leaf))) })
  end
  local chain = {}
  for _, pem in ipairs { ca.intermediate(), ca.root() } do
    chain[#chain + 1] = element("Certificate", { { "Type", "INTERMEDIATE" } },
      { element("Certificate", {}, xml.cdata("\n" .. pem)) })
  end
  return element("Certificates", { { "CertificateReturned", "true" }, { "ReturnType", "Individual" } }, {
    element("Certificate", {}, xml.cdata("\n" .. certificate.leaf.pem)),
    element("CaCertificates", {}, chain),
  })
end

function methods.getInfo(call)
  local faults = parameters.check(call.params, call.given)
  if faults then return nil, faults end
  local certificate = find(call)
  if not certificate then return nil, { { "2011294", "CertificateID is invalid" } } end
  local children = {}
  if certificate.csr then
    children = {
      element("CertificateDetails", {}, {
        element("CSR", {}, xml.cdata("\n" .. certificate.csr_pem)),
        element("ApproverEmail", {}, certificate.approver),
        element("CommonName", {}, certificate.host),
        element("AdministratorName", {}, certificate.administrator),
        element("AdministratorEmail", {}, certificate.administrator_email),
        certificates_element(call, certificate),
      }),
      element("Provider", {}, {
        element("OrderID", {}, certificate.provider_order_id),
        element("Name", {}, "COMODO"),
      }),
    }
  end
  return { element("SSLGetInfoResult", {
    { "Status", certificate.status }, { "StatusDescription", STATUS_TEXTS[certificate.status] },
    { "Type", certificate.product.name:lower() }, { "IssuedOn", short_date(certificate.issued) },
    { "Years", certificate.years }, { "Expires", short_date(certificate.expires) }, { "ActivationExpireDate", "" },
    { "OrderId", certificate.order_id }, { "ReplacedBy", certificate.replaced_by },
    { "SANSCount", certificate.sans },
  }, children) }
end

local SORTS = {
  purchasedate = function(certificate) return certificate.purchased end,
  ssltype = function(certificate) return certificate.product.name:lower() end,
  expiredatetime = function(certificate) return certificate.expires or 0 end,
  host_name = function(certificate) return certificate.host or "" end,
}

local function sort(list, by)
  local field, descending = by:lower():gsub("_desc$", "")
  local key = SORTS[field]
  table.sort(list, function(a, b)
    local x, y = key(a), key(b)
    if x == y then return a.id < b.id end
    if descending == 1 then return x > y end
    return x < y
  end)
end

function methods.getList(call)
  local faults = parameters.check(call.params, call.given)
  if faults then return nil, faults end
  local given, now, chosen, rows = call.given, state.now(), {}, {}
  local status, term = (given.listtype or "all"):lower(), (given.searchterm or ""):lower()
  for _, certificate in ipairs(call.account.order) do
    if (status == "all" or status == "" or certificate.status == status)
      and (certificate.host or ""):find(term, 1, true) then
      chosen[#chosen + 1] = certificate
    end
  end
  if (given.sortby or "") ~= "" then sort(chosen, given.sortby) end
  local page, size = tonumber(given.page) or 1, tonumber(given.pagesize) or 20
  for i = (page - 1) * size + 1, math.min(page * size, #chosen) do
    local certificate = chosen[i]
    rows[#rows + 1] = element("SSL", {
      { "CertificateID", certificate.id }, { "HostName", certificate.host or "" },
      { "SSLType", certificate.product.name:lower() }, { "PurchaseDate", date(certificate.purchased) },
      { "ExpireDate", date(certificate.expires) }, { "ActivationExpireDate", "" },
      { "IsExpiredYN", tostring(certificate.expires ~= nil and certificate.expires < now) },
      { "Status", certificate.status }, { "ProviderOrderID", certificate.provider_order_id or "" },
      { "Years", certificate.years },
    })
  end
  return {
    element("SSLListResult", {}, rows),
    element("Paging", {}, { element("TotalItems", {}, tostring(#chosen)),
      element("CurrentPage", {}, tostring(page)), element("PageSize", {}, tostring(size)) }),
  }
end

-- the call ---------------------------------------------------------------------------------------------------------

--- Faults before the command is looked at.
local function refuse_caller(given)
  local account = state.accounts.namecheap
  local function missing(name) return (given[name] or "") == "" end
  if missing("command") then return { "1010104", "Parameter Command is missing" } end
  if missing("apiuser") then return { "1010101", "Parameter APIUser is missing" } end
  if missing("apikey") then return { "1010102", "Parameter APIKey is missing" } end
  if missing("clientip") then return { "1010105", "Parameter ClientIP is missing" } end
  if given.apiuser ~= account.api_user or given.apikey ~= account.api_key then
    return { "1011102", "API Key is invalid or API access has not been enabled" }
  end
  if given.username ~= account.user_name then return { "1019103", "Parameter UserName is not available" } end
end

local function envelope(request, command, faults, results)
  local errors = {}
  for _, fault in ipairs(faults or {}) do
    errors[#errors + 1] = element("Error", { { "Number", fault[1] } }, fault[2])
  end
  local children = {
    element("Errors", {}, errors), element("Warnings"), element("RequestedCommand", {}, command),
  }
  if command then
    children[#children + 1] = element("CommandResponse", { { "Type", command } }, results)
  end
  ngx.update_time()
  children[#children + 1] = element("Server", {}, server)
  children[#children + 1] = element("GMTTimeDifference", {}, "--5:00")
  children[#children + 1] = element("ExecutionTime", {}, ("%.3f"):format(math.max(ngx.now() - request.time, 0.001)))
  return {
    status = 200,
    headers = { ["Content-Type"] = "text/xml; charset=utf-8" },
    body = xml.document(element("ApiResponse", { { "Status", faults and "ERROR" or "OK" },
      { "xmlns", "http://api.namecheap.com/xml.response" } }, children)),
  }
end

--- The method that a request asks for.
---@return {name: string, command: string}|nil method
function namecheap.route(request)
  local given = request_of.by_name(request.form)
  return commands[(given.command or ""):lower()]
end

--- Carries a request out.
---@return {status: integer, headers: table, body: string, committed: boolean|nil} answer
function namecheap.answer(request, method)
  local given = request_of.by_name(request.form)
  local refused = refuse_caller(given)
  if refused then return envelope(request, nil, { refused }) end
  if not method then return envelope(request, nil, { { "4", "Parameter Command is Invalid" } }) end
  local account = state.accounts.namecheap
  local results, faults = methods[method.name] {
    account = account, given = given, params = routes.parameters("namecheap", method.name), add = add,
  }
  local answer = envelope(request, method.command, faults, results or ZEROS[method.name]())
  answer.committed = results ~= nil and (method.name == "renew" or method.name == "reissue")
  return answer
end

--- The service's way of saying "too often".
function namecheap.throttled(request)
  return envelope(request, nil, { { "500000", "Too many requests" } })
end

return namecheap
