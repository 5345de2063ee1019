--- Namecheap's methods that only look: getInfo, getList, parseCSR, getApproverEmailList, getPricing, getBalances.
--
-- Each method gets the call {account, accounts, ca, clock, given, fault, …} and answers with a list of result elements,
-- or nil and faults.

local names = require "reseal.sandbox.namecheap.names"
local pki = require "reseal.sandbox.pki"
local products = require "reseal.sandbox.namecheap.products"
local xml = require "reseal.sandbox.xml"

local element = xml.element

local show = {}

local STATUS_TEXTS = {
  active = "Certificate has been issued.",
  newpurchase = "Certificate has been purchased and is waiting for activation.",
  newrenewal = "Renewal has been purchased and is waiting for activation.",
  purchased = "Certificate is being processed by the Certificate Authority.",
  purchaseerror = "The Certificate Authority could not process the order.",
  replaced = "Certificate has been replaced by a reissue.",
  cancelled = "Certificate has been cancelled.",
  revoked = "Certificate has been revoked.",
}

local function date(time)
  return time and os.date("!%m/%d/%Y", time) or ""
end

--- The getInfo page doesn't pad its dates.
local function short_date(time)
  return (date(time):gsub("^0", ""):gsub("/0", "/"))
end

-- getInfo ----------------------------------------------------------------------------------------------------------

--- The leaf to show; faults show another one.
local function leaf_of(call, certificate)
  local before = call.account.certificates[certificate.replaces or certificate.renews]
  if call.fault == "old_certificate" and before and before.leaf then
    return before.leaf
  end
  if call.fault == "wrong_key" then
    return call.accounts:wrong_leaf(certificate)
  end
  return certificate.leaf
end

local function certificates_element(call, certificate)
  local returned = certificate.leaf and (call.given.returncertificate or ""):lower() == "true"
  if not returned then
    return element("Certificates", {{"CertificateReturned", "false"}})
  end
  local leaf = leaf_of(call, certificate)
  if (call.given.returntype or ""):lower() == "pkcs7" then
    return element("Certificates", {{"CertificateReturned", "true"}, {"ReturnType", "PKCS7"}},
      {element("Certificate", {}, xml.cdata("\n" .. call.ca:pkcs7(leaf)))})
  end
  local chain = {}
  for _, pem in ipairs(call.fault == "no_chain" and {} or {call.ca.intermediate.pem, call.ca.root.pem}) do
    chain[#chain + 1] = element("Certificate", {{"Type", "INTERMEDIATE"}},
      {element("Certificate", {}, xml.cdata("\n" .. pem))})
  end
  return element("Certificates", {{"CertificateReturned", "true"}, {"ReturnType", "Individual"}}, {
    element("Certificate", {}, xml.cdata("\n" .. leaf.pem)),
    element("CaCertificates", {}, chain),
  })
end

function show.getInfo(call)
  local certificate = call.account.certificates[tonumber(call.given.certificateid)]
  if not certificate then
    return nil, {{"2011294", "CertificateID is invalid"}}
  end
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
  local waits = certificate.status == "newpurchase" or certificate.status == "newrenewal"
  return {element("SSLGetInfoResult", {
    {"Status", certificate.status}, {"StatusDescription", STATUS_TEXTS[certificate.status]},
    {"Type", certificate.type:lower()}, {"IssuedOn", short_date(certificate.issued)},
    {"Years", certificate.years}, {"Expires", short_date(certificate.expires)},
    {"ActivationExpireDate", waits and short_date(certificate.activation_ends) or ""},
    {"OrderId", certificate.order_id}, {"ReplacedBy", certificate.replaced_by},
    {"SANSCount", certificate.sans},
  }, children)}
end

-- getList ----------------------------------------------------------------------------------------------------------

local function has_mail(certificate)
  for _, challenge in ipairs(certificate.challenges) do
    if challenge.method == "email" and not challenge.proved then
      return true
    end
  end
  return false
end

local function status_is(...)
  local wanted = {}
  for _, status in ipairs {...} do
    wanted[status] = true
  end
  return function(certificate) return wanted[certificate.status] end
end

-- the page lists the words only; those that are no status of today are taken for what comes nearest
local LIST_TYPES = {
  all = function() return true end,
  active = status_is "active",
  newpurchase = status_is "newpurchase",
  newrenewal = status_is "newrenewal",
  cancelled = status_is "cancelled",
  completed = status_is("active", "replaced"),
  deactivated = status_is("cancelled", "revoked"),
  technicalproblem = status_is "purchaseerror",
  processing = status_is "purchased",
  inprogress = status_is "purchased",
  emailsent = function(certificate) return certificate.status == "purchased" and has_mail(certificate) end,
}

local SORTS = {
  purchasedate = function(certificate) return certificate.purchased end,
  ssltype = function(certificate) return certificate.type:lower() end,
  expiredatetime = function(certificate) return certificate.expires or 0 end,
  host_name = function(certificate) return certificate.host or "" end,
}

local function sort(list, by)
  local field, descending = by:lower():gsub("_desc$", "")
  local key = SORTS[field]
  table.sort(list, function(a, b)
    local x, y = key(a), key(b)
    if x == y then
      return a.id < b.id
    end
    if descending == 1 then
      return x > y
    end
    return x < y
  end)
end

local function row(certificate, now)
  return element("SSL", {
    {"CertificateID", certificate.id}, {"HostName", certificate.host or ""},
    {"SSLType", certificate.type:lower()}, {"PurchaseDate", date(certificate.purchased)},
    {"ExpireDate", date(certificate.expires)}, {"ActivationExpireDate", ""},
    {"IsExpiredYN", tostring(certificate.expires ~= nil and certificate.expires < now)},
    {"Status", certificate.status}, {"ProviderOrderID", certificate.provider_order_id or ""},
    {"Years", certificate.years},
  })
end

function show.getList(call)
  local given, now, chosen, rows = call.given, call.clock:now(), {}, {}
  local fits = LIST_TYPES[(given.listtype or ""):lower()] or LIST_TYPES.all
  local term = (given.searchterm or ""):lower()
  for _, certificate in ipairs(call.account.order) do
    if fits(certificate) and (certificate.host or ""):find(term, 1, true) then
      chosen[#chosen + 1] = certificate
    end
  end
  if (given.sortby or "") ~= "" then
    sort(chosen, given.sortby)
  end
  local page, size = tonumber(given.page) or 1, tonumber(given.pagesize) or 20
  for i = (page - 1) * size + 1, math.min(page * size, #chosen) do
    rows[#rows + 1] = row(chosen[i], now)
  end
  return {
    element("SSLListResult", {}, rows),
    element("Paging", {}, {element("TotalItems", {}, tostring(#chosen)),
      element("CurrentPage", {}, ("%d"):format(page)), element("PageSize", {}, ("%d"):format(size))}),
  }
end

-- parseCSR, getApproverEmailList -----------------------------------------------------------------------------------

function show.parseCSR(call)
  local csr = pki.read_csr(call.given.csr)
  if not csr then
    return nil, {{"3022296", "Failed to retrive CSR details from provider"}}
  end
  local subject, host = csr.subject, csr.common_name or ""
  local children = {element("CSRDetails", {}, {
    element("CommonName", {}, subject.CN),
    element("DomainName", {}, (host:gsub("^%*%.", ""):gsub("^www%.", ""))),
    element("Country", {}, subject.C),
    element("OrganisationUnit", {}, subject.OU),
    element("Organisation", {}, subject.O),
    -- concerns an authority that is no longer sold
    element("ValidTrueDomain", {}, "false"),
    element("State", {}, subject.ST),
    element("Locality", {}, subject.L),
    element("Email", {}, subject.emailAddress),
    call.edition ~= "classic" and element("DNSNames", {}, table.concat(csr.names, ",")) or nil,
  })}
  if call.edition == "classic" and (call.given.httpdcvalidation or ""):lower() == "true" then
    children[2] = element("HttpDCValidation", {{"ValueAvailable", "true"}}, {
      element("FileName", {}, xml.cdata(csr.md5 .. ".txt")),
      element("FileContent", {}, xml.cdata(csr.sha256 .. "\ncomodoca.com")),
    })
  end
  return {element("SSLParseCSRResult", {}, children)}
end

function show.getApproverEmailList(call)
  local emails = {}
  for _, address in ipairs(names.approvers(call.given.domainname)) do
    emails[#emails + 1] = element("email", {}, address)
  end
  return {element("GetApproverEmailListResult", {{"Domain", call.given.domainname}},
    {element("Domainemails"), element("Genericemails", {}, emails)})}
end

-- prices and money ----------------------------------------------------------------------------------------------------

local YEARS = 2 -- the longest that can be bought

--- Ten-thousandths of a dollar with two decimals, as these calls write money.
local function cents(amount)
  return ("%d.%02d"):format(math.floor(amount / 10000), math.floor(amount % 10000 / 100))
end

local function hyphened(name)
  return (name:lower():gsub(" ", "-"))
end

local function price_elements(product, percent)
  local list = {}
  for years = 1, YEARS do
    local price = product.price * years
    list[years] = element("Price", {
      {"Duration", years}, {"DurationType", "YEAR"}, {"Price", cents(price)}, {"PricingType", "ABSOLUTE"},
      {"AdditionalCost", "0.00"}, {"RegularPrice", cents(price)}, {"YourPrice", cents(price)},
      {"YourPriceType", "ABSOLUTE"}, {"YourAdditonalCost", "0.00"}, {"YourAdditonalCostType", "MULTIPLE"},
      {"CouponPrice", percent and cents(price - math.floor(price * percent / 100)) or ""}, {"Currency", "USD"},
    })
  end
  return list
end

function show.getPricing(call)
  local given, percent = call.given, nil
  if (given.promotioncode or "") ~= "" then
    percent = call.accounts:promotion(given.promotioncode)
    if type(percent) ~= "number" then
      return nil, {{"2011170", "PromotionCode is invalid"}}
    end
  end
  local wanted, rows = hyphened(given.productname or ""), {}
  for _, product in ipairs(products.list) do
    local name = hyphened(products.name_in(product, call.account))
    if wanted == "" or wanted == name then
      rows[#rows + 1] = element("Product", {{"Name", name}}, price_elements(product, percent))
    end
  end
  local categories, action = {}, (given.actionname or ""):lower()
  for _, name in ipairs {"purchase", "renew"} do
    if action == "" or action == name then
      categories[#categories + 1] = element("ProductCategory", {{"Name", name}}, rows)
    end
  end
  return {element("UserGetPricingResult", {}, {element("ProductType", {{"Name", "ssl"}}, categories)})}
end

function show.getBalances(call)
  local balance = cents(call.account.balance)
  return {element("UserGetBalancesResult", {
    {"Currency", "USD"}, {"AvailableBalance", balance}, {"AccountBalance", balance}, {"EarnedAmount", "0.00"},
    {"WithdrawableAmount", balance}, {"FundsRequiredForAutoRenew", "0.00"},
  })}
end

return show
