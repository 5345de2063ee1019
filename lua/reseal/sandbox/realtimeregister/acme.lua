--- Realtime Register's ACME subscriptions. Nobody speaks ACME here: the directory's address leads nowhere.

local answer = require "reseal.sandbox.realtimeregister.answer"
local body_of = require "reseal.sandbox.realtimeregister.body"
local catalogue = require "reseal.sandbox.realtimeregister.products"
local json = require "reseal.sandbox.json"
local list = require "reseal.sandbox.realtimeregister.list"
local names = require "reseal.sandbox.realtimeregister.names"
local orders = require "reseal.sandbox.realtimeregister.orders"
local pki = require "reseal.sandbox.pki"

local DAY = 86400
local DIRECTORIES = {DOMAIN_VALIDATION = "https://acme.invalid/v2/DV", ORGANIZATION_VALIDATION =
  "https://acme.invalid/v2/OV"}
local SHOWN = {"organization", "address", "city", "state", "postalCode", "country", "approver"}
-- fields that begin organization validation again
local ORGANIZATION = {"organization", "address", "city", "state", "postalCode", "country"}

local NO_DOMAIN = answer.invalid("The product needs at least one domain name")

local methods = {}

local function status_of(account, subscription)
  if subscription.status == "ACTIVE" and subscription.expires <= account.clock:now() then
    return "SUSPENDED"
  end
  return subscription.status
end

local function object_of(account, subscription)
  local object = {
    id = subscription.id, product = subscription.product, domainNames = json.array(subscription.names),
    createdDate = answer.timestamp(subscription.created),
    updatedDate = subscription.updated and answer.timestamp(subscription.updated),
    expiryDate = answer.timestamp(subscription.expires), period = subscription.period,
    directoryUrl = subscription.directory, autoRenew = subscription.auto_renew,
    status = status_of(account, subscription), certValidity = subscription.cert_validity,
    orgValidUntil = subscription.valid_until and answer.timestamp(subscription.valid_until),
  }
  for _, field in ipairs(SHOWN) do
    object[field] = subscription.contact[field]
  end
  return object
end

local function credentials_of(subscription)
  return {directoryUrl = subscription.directory, accountKey = subscription.account_key,
    hmacKey = subscription.hmac_key}
end

--- Whether a deleted subscription is no longer shown.
local function is_gone(account, subscription)
  return subscription.status == "REVOKED" and account.odd.acme_deleted_gone
end

local function find(call)
  local subscription = call.account.subscriptions[call.route.ids.acmeSubscriptionId]
  if not subscription or is_gone(call.account, subscription) then
    return nil, answer.MISSING
  end
  return subscription
end

--- The subscription of a call that changes it, and what it says.
local function find_open(call)
  local text = call.request.body
  local body, refusal = body_of.check(call.route.params, text ~= "" and text or "{}")
  if not body then
    return nil, refusal
  end
  local quote
  quote, refusal = call:query_flag("quote")
  if refusal then
    return nil, refusal
  end
  local subscription
  subscription, refusal = find(call)
  if not subscription then
    return nil, refusal
  end
  if subscription.status == "REVOKED" then
    return nil, {type = "ObjectStatusProhibitsOperation",
      message = "The status REVOKED of the subscription prohibits this operation"}
  end
  return subscription, body, quote
end

function methods.getAcmeSubscription(call)
  local subscription, refusal = find(call)
  if not subscription then
    return call:refuse(refusal)
  end
  return answer.json(200, call:select(object_of(call.account, subscription), "id"))
end

function methods.listAcmeSubscriptions(call)
  local account = call.account
  local objects = {}
  for _, subscription in ipairs(account.subscriptions) do
    if not is_gone(account, subscription) then
      objects[#objects + 1] = object_of(account, subscription)
    end
  end
  return list.answer(call, objects, {fields = call.route.filters, identifying = "id", unsortable = {"domainNames"}})
end

--- A process about a subscription; where the organization is to be looked at, it waits for that.
local function begin(account, subscription, action, product, body)
  local command = {acmeSubscriptionId = subscription.id, period = body.period}
  local waits = subscription.status == "PENDING_ORGANIZATION_VALIDATION" and not subscription.open
  local process = orders.new_process(account, {
    type = "acme", action = action, product = product.product, provider = product.brand, names = subscription.names,
    unique = pki.random(6), command = command, checks = waits and {organization = "WAITING"} or {},
    status = waits and "SUSPENDED" or "COMPLETED",
  })
  if waits then
    subscription.open = process.id
    process.on_finish = function()
      subscription.status, subscription.open = "ACTIVE", nil
      subscription.valid_until = account.clock:now() + 365 * DAY
    end
    process.on_give_up = function()
      subscription.status, subscription.open = "REVOKED", nil
    end
  end
  return process
end

local function span(months)
  return math.floor(months * 365 / 12) * DAY
end

function methods.createAcmeSubscription(call)
  local account, route = call.account, call.route
  local unknown = account.odd.no_cert_validity and "certValidity" or nil
  local body, refusal = body_of.check(route.params, call.request.body, unknown)
  if not body then
    return call:refuse(refusal)
  end
  local quote
  quote, refusal = call:query_flag("quote")
  if refusal then
    return call:refuse(refusal)
  end
  if body.customer ~= account.customer then
    return call:refuse(answer.MISSING)
  end
  local product
  product, refusal = orders.product(body.product)
  if not product then
    return call:refuse(refusal)
  end
  if not DIRECTORIES[product.validationType] or product.certificateType ~= "ACME_SUBSCRIPTION" then
    return call:refuse(answer.invalid("The product is no ACME subscription"))
  end
  local domains = body.domainNames or {}
  refusal = orders.wrong_period(product, body.period) or names.missing(product, route.params, body, body)
    or not domains[1] and NO_DOMAIN or nil
  local ok
  if not refusal then
    ok, refusal = names.check(product, domains)
  end
  if not ok then
    return call:refuse(refusal)
  end
  local billables, total = orders.price(product, "REQUEST", body.period, domains)
  if quote then
    return orders.quote(account, "create", billables, total)
  end
  refusal = orders.lacks_credit(account, total)
  if refusal then
    return call:refuse(refusal)
  end

  local organization = product.validationType == "ORGANIZATION_VALIDATION"
  local subscription = {
    id = #account.subscriptions + 1, product = product.product, names = domains, contact = {}, period = body.period,
    created = account.clock:now(), expires = account.clock:now() + span(body.period),
    auto_renew = body.autoRenew == true, cert_validity = body.certValidity,
    directory = DIRECTORIES[product.validationType], account_key = pki.random(8), hmac_key = pki.random(32),
    status = organization and "PENDING_ORGANIZATION_VALIDATION" or "ACTIVE",
  }
  for _, field in ipairs(SHOWN) do
    subscription.contact[field] = body[field]
  end
  account.subscriptions[subscription.id] = subscription
  local process = begin(account, subscription, "create", product, body)
  orders.charge(account, process, total, billables)
  local object = credentials_of(subscription)
  object.id = subscription.id
  local done = call:done(202, process)
  done.headers["Content-Type"], done.body = "application/json", json.encode(object)
  return done
end

function methods.updateAcmeSubscription(call)
  local account = call.account
  local subscription, body, quote = find_open(call)
  if not subscription then
    return call:refuse(body)
  end
  local product = catalogue.by_name[subscription.product]
  local domains = body.domainNames or subscription.names
  local ok, refusal
  if domains[1] then
    ok, refusal = names.check(product, domains)
  else
    refusal = NO_DOMAIN
  end
  refusal = refusal or body.period and orders.wrong_period(product, body.period) or nil
  if not ok or refusal then
    return call:refuse(refusal)
  end
  local billables, total = orders.price(product, nil, 12, domains, subscription.names)
  if quote then
    return orders.quote(account, "update", billables, total)
  end
  refusal = orders.lacks_credit(account, total)
  if refusal then
    return call:refuse(refusal)
  end

  for _, field in ipairs(ORGANIZATION) do
    if body[field] and body[field] ~= subscription.contact[field]
      and product.validationType == "ORGANIZATION_VALIDATION" then
      subscription.status = "PENDING_ORGANIZATION_VALIDATION"
    end
  end
  for _, field in ipairs(SHOWN) do
    if body[field] ~= nil then
      subscription.contact[field] = body[field]
    end
  end
  if body.autoRenew ~= nil then
    subscription.auto_renew = body.autoRenew
  end
  subscription.names, subscription.period = domains, body.period or subscription.period
  subscription.updated = account.clock:now()
  local process = begin(account, subscription, "update", product, body)
  orders.charge(account, process, total, billables)
  return call:done(202, process)
end

function methods.renewAcmeSubscription(call)
  local account = call.account
  local subscription, body, quote = find_open(call)
  if not subscription then
    return call:refuse(body)
  end
  local product = catalogue.by_name[subscription.product]
  local refusal = orders.wrong_period(product, body.period)
  if refusal then
    return call:refuse(refusal)
  end
  local billables, total = orders.price(product, "RENEW", body.period, subscription.names)
  if quote then
    return orders.quote(account, "renew", billables, total)
  end
  refusal = orders.lacks_credit(account, total)
  if refusal then
    return call:refuse(refusal)
  end
  subscription.expires = math.max(account.clock:now(), subscription.expires) + span(body.period)
  subscription.updated = account.clock:now()
  local process = begin(account, subscription, "renew", product, body)
  orders.charge(account, process, total, billables)
  return call:done(202, process)
end

--- The credentials that are there: this brand does not replace them.
function methods.acmeCredentials(call)
  local subscription, refusal = find_open(call)
  if not subscription then
    return call:refuse(refusal)
  end
  return answer.json(200, credentials_of(subscription))
end

function methods.deleteAcmeSubscription(call)
  local account = call.account
  local subscription, body = find_open(call)
  if not subscription then
    return call:refuse(body)
  end
  local open = account.processes[subscription.open]
  if open then
    orders.give_up(account, open, "CANCELLED", "Subscription deleted")
  end
  subscription.status, subscription.updated = "REVOKED", account.clock:now()
  if not account.odd.acme_deleted_process then
    return call:done(204, nil)
  end
  return call:done(202, begin(account, subscription, "delete", catalogue.by_name[subscription.product], body))
end

return {methods = methods}
