--- Namecheap's methods that cost money: create, renew, purchasemoresans.
--
-- Each method gets the call {account, accounts, clock, given, edition, …} and answers with a list of result elements,
-- or nil and faults.

local Accounts = require "reseal.sandbox.namecheap.account"
local products = require "reseal.sandbox.namecheap.products"
local xml = require "reseal.sandbox.xml"

local element = xml.element

local DAY = 86400

-- seconds before and after the end in which a certificate may be renewed
local WINDOWS = {current = {90 * DAY, 180 * DAY}, classic = {30 * DAY, 0}}

local NO_FUNDS = "ORDER CREATION FAILED; INSUFFICIENTFUNDS;Insufficient funds in account; Sorry! Your available "
  .. "balance is insufficient to cover the current billing amount;"

local buy = {}

local function no_funds(call)
  return nil, {{"2528166", call.edition == "classic" and "Order creation failed" or NO_FUNDS}}
end

--- The price after a promotion, or nil and faults.
local function promoted(call, price)
  local code = call.given.promotioncode or ""
  if code == "" then
    return price
  end
  local effect = call.accounts:promotion(code)
  if type(effect) == "number" then
    return price - math.floor(price * effect / 100)
  end
  return nil, {{"2011170", call.edition == "classic" and "Promotion code is invalid" or effect}}
end

--- How the product that is bought is called: since July 2026 the older names buy the newer products.
local function type_of(call, product, spelled)
  return call.account.catalogue == "2026" and products.name_in(product, call.account) or spelled
end

--- How many further names are bought, or nil and faults.
local function read_sans(call, product)
  local wanted = tonumber(call.given.sanstoadd) or 0
  if wanted == 0 then
    return 0
  end
  if product.coverage ~= "multi" then
    return nil, {{"2011767", "Addon details is not available for the SSLType"}}
  end
  if wanted + Accounts.INCLUDED_SANS > Accounts.MOST_SANS then
    return nil, {{"2011767", "Number of SANS To add is not within the limit."}}
  end
  return wanted
end

function buy.create(call)
  local product, spelled = products.find(call.given.type)
  local years = tonumber(call.given.years)
  local more, wrong = read_sans(call, product)
  if not more then
    return nil, wrong
  end
  local price, refused = promoted(call, (product.price + (product.extra or 0) * more) * years)
  if not price then
    return nil, refused
  end
  local id = call.accounts.next_id
  local payment = call.accounts:pay(call.account, price, {method = "create", new_certificate = id})
  if not payment then
    return no_funds(call)
  end
  local certificate = call.accounts:add_purchase(call.account, {
    product = product, type = type_of(call, product, spelled), years = years, status = "newpurchase",
    sans = product.coverage == "multi" and Accounts.INCLUDED_SANS + more or 0, order_id = payment.order,
  })
  return {element("SSLCreateResult", {
    {"IsSuccess", "true"}, {"OrderId", payment.order}, {"TransactionId", payment.transaction},
    {"ChargedAmount", payment.amount},
  }, {element("SSLCertificate", {
    {"CertificateID", id}, {"Created", os.date("!%m/%d/%Y", call.clock:now())}, {"SSLType", certificate.type},
    {"Years", years}, {"Status", "NewPurchase"},
  })})}
end

function buy.renew(call)
  local account, given, now = call.account, call.given, call.clock:now()
  local old = account.certificates[tonumber(given.certificateid)]
  if not old then
    return nil, {{"4011294", "CertificateID is invalid"}}
  end
  if old.renewed_by then
    return nil, {{"4028294", "This CertificateID is already queued for Renewal"}}
  end
  if old.status ~= "active" then
    return nil, {{"4011331", "Certificate status is invalid"}}
  end
  local window = WINDOWS[call.edition]
  if now < old.expires - window[1] or now > old.expires + window[2] then
    return nil, {{"4011294", "Certificate not meet the ExpireDate. So cannot Renew"}}
  end
  local product, spelled = products.find(given.ssltype)
  if product ~= old.product then
    return nil, {call.edition == "classic" and {"2011301", "SSLType mismatch"} or {"2012301", "SSLType Mismatch"}}
  end
  local years = tonumber(given.years) or 1
  -- the bought further names are renewed too
  local more = math.max(old.sans - Accounts.INCLUDED_SANS, 0)
  local price, refused = promoted(call, (product.price + (product.extra or 0) * more) * years)
  if not price then
    return nil, refused
  end
  local id = call.accounts.next_id
  local payment = call.accounts:pay(account, price, {method = "renew", certificate = old.id, new_certificate = id})
  if not payment then
    return no_funds(call)
  end
  local renewal = call.accounts:add_purchase(account, {
    product = product, type = type_of(call, product, spelled), years = years, status = "newrenewal", sans = old.sans,
    order_id = payment.order, renews = old.id,
  })
  old.renewed_by = renewal.id
  return {element("SSLRenewResult", {
    {"CertificateID", id}, {"SSLType", renewal.type}, {"Years", years}, {"OrderId", payment.order},
    {"TransactionId", payment.transaction}, {"ChargedAmount", payment.amount},
  })}
end

local EXTENSIBLE = {newpurchase = true, newrenewal = true, active = true}

function buy.purchasemoresans(call)
  local account, more = call.account, tonumber(call.given.numberofsanstoadd)
  local certificate = account.certificates[tonumber(call.given.certificateid)]
  if not certificate then
    return nil, {{"2011294", "CertificateId is not valid"}}
  end
  local product = certificate.product
  if product.coverage ~= "multi" then
    return nil, {{"2011301", "SSLType is invalid"}}
  end
  if not EXTENSIBLE[certificate.status] then
    return nil, {{"4011331", "Certificate status is invalid"}}
  end
  if certificate.sans + more > Accounts.MOST_SANS then
    return nil, {{"2011767", "Number of SANS To add is not within the limit."}}
  end
  local payment = call.accounts:pay(account, product.extra * more * certificate.years,
    {method = "purchasemoresans", certificate = certificate.id})
  if not payment then
    return nil, {{"2528166", "Order creation failed"}}
  end
  certificate.sans = certificate.sans + more
  return {element("SSLPurchaseMoreSANSResult", {
    {"IsSuccess", "true"}, {"OrderId", payment.order}, {"TransactionId", payment.transaction},
    {"ChargedAmount", payment.amount},
  }, {element("SSLCertificate", {
    {"CertificateID", certificate.id}, {"SSLType", certificate.type:lower()}, {"Years", certificate.years},
    {"Status", certificate.status:upper()}, {"SANSCount", certificate.sans},
  })})}
end

return buy
