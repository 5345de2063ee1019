--- Realtime Register's orders: request, renew and reissue become a process, and the process a certificate.

local answer = require "reseal.sandbox.realtimeregister.answer"
local catalogue = require "reseal.sandbox.realtimeregister.products"
local names = require "reseal.sandbox.realtimeregister.names"
local notices = require "reseal.sandbox.realtimeregister.notices"
local pki = require "reseal.sandbox.pki"
local validation = require "reseal.sandbox.realtimeregister.validation"

local DAY = 86400

local products = catalogue.by_name
local orders = {}

-- processes --------------------------------------------------------------------------------------------------------

--- Makes a process; what is not given is that of one which is done at once.
function orders.new_process(account, process)
  process.id = account.next_process
  account.next_process = process.id + 1
  process.status = process.status or "COMPLETED"
  process.type = process.type or "certificate"
  process.names, process.dcv, process.checks = process.names or {}, process.dcv or {}, process.checks or {}
  process.command = process.command or {}
  process.created = account.clock:now()
  process.updated = process.created
  account.processes[process.id] = process
  account.process_order[#account.process_order + 1] = process
  return process
end

--- Makes a certificate object and lets the authority sign it, unless it is signed.
function orders.issue(account, certificate)
  certificate.id = certificate.id or account.next_certificate
  account.next_certificate = math.max(account.next_certificate, certificate.id + 1)
  certificate.provider_id = 33000000 + certificate.id
  certificate.issued = certificate.issued or account.clock:now()
  certificate.expires = certificate.expires or pki.expiry(certificate.issued, certificate.subscription_end)
  certificate.contact = certificate.contact or {}
  if not certificate.leaf then
    certificate.leaf = account.ca:issue(certificate.csr, certificate.names, certificate.issued, certificate.expires)
  end
  certificate.status = "ACTIVE"
  account.certificates[certificate.id] = certificate
  account.certificate_order[#account.certificate_order + 1] = certificate
  return certificate
end

--- The status that a certificate has now.
function orders.status_of(account, certificate)
  if certificate.status == "ACTIVE" and certificate.expires < account.clock:now() then
    return "EXPIRED"
  end
  return certificate.status
end

local function close(account, process, status)
  process.status, process.updated = status, account.clock:now()
  local old = account.certificates[process.certificate]
  if old and old.open_process == process.id then
    old.open_process = nil
  end
  return old
end

--- Ends a process well: the new certificate comes, the old one goes.
function orders.complete(account, process)
  local old = close(account, process, "COMPLETED")
  for _, entry in ipairs(process.dcv) do
    entry.status = "VALIDATED"
  end
  local new = orders.issue(account, {
    process = process.id, product = process.product, names = process.names, csr = process.csr,
    csr_pem = process.csr_pem, subscription_end = process.subscription_end, contact = process.contact,
    replaces = process.certificate,
  })
  if old and old.status == "ACTIVE" then
    old.status = process.action == "renew" and "RENEWED" or "REISSUED"
  end
  notices.ended(account, process, new, "Certificate request completed")
  return new
end

--- Ends a process without a certificate; what was paid comes back.
---@param status "CANCELLED"|"FAILED"
---@param message string
function orders.give_up(account, process, status, message)
  close(account, process, status)
  process.reason = message
  if status == "FAILED" then
    process.error = {type = "ProcessError", message = message}
  end
  if process.charge then
    process.refund = process.charge
    account.credit = account.credit + process.charge
    account.state:charge {
      provider = "realtimeregister", account = account.customer, method = "refund", certificate = process.certificate,
      process = process.id, amount = -process.charge, currency = account.currency, balance = account.credit,
    }
  end
  if process.on_give_up then
    return process.on_give_up()
  end
  notices.ended(account, process, nil, message)
end

--- Ends a process if nothing is waited for any more.
---@return table|nil certificate
function orders.finish(account, process)
  if process.status ~= "SUSPENDED" or not validation.is_complete(process) then
    return nil
  end
  if process.on_finish then
    close(account, process, "COMPLETED")
    return process.on_finish()
  end
  return orders.complete(account, process)
end

-- prices -----------------------------------------------------------------------------------------------------------

local function line(product, months, action, quantity, yearly)
  local years = months / 12
  local amount = math.floor(yearly * years + 0.5)
  return {
    product = product.product .. (years > 1 and ("_%dyears"):format(years) or ""), action = action,
    quantity = quantity, amount = amount, refundable = true, total = amount * quantity,
  }
end

--- What an order costs.
---@param action "REQUEST"|"RENEW"|nil nil: the product itself is paid
---@param months integer
---@param list string[] names
---@param paid string[]|nil names whose extras are paid
---@return table[] billables
---@return integer total cents
function orders.price(product, action, months, list, paid)
  local plain, wildcards = names.extra(product, list)
  if paid then
    local had_plain, had_wildcards = names.extra(product, paid)
    plain, wildcards = math.max(0, plain - had_plain), math.max(0, wildcards - had_wildcards)
  end
  local billables, total = {}, 0
  if action then
    billables[1] = line(product, months, action, 1, product.price)
  end
  if plain > 0 then
    billables[#billables + 1] = line(product, months, "EXTRA_DOMAIN", plain, product.extra)
  end
  if wildcards > 0 then
    billables[#billables + 1] = line(product, months, "EXTRA_WILDCARD", wildcards, product.extra_wildcard)
  end
  for _, billable in ipairs(billables) do
    total = total + billable.total
  end
  return billables, total
end

--- The answer to a call with ?quote=true.
function orders.quote(account, command, billables, total)
  return answer.json(200, {command = command, quote = {
    total = total, currency = total > 0 and account.currency or nil, billables = total > 0 and billables or nil,
  }})
end

--- Whether the credit suffices.
---@return table|nil refusal
function orders.lacks_credit(account, total)
  if total <= account.credit then
    return nil
  end
  return {type = "InsufficientCreditException", message = "There is not enough credit for this action"}
end

--- Takes the money of a process and writes it down.
function orders.charge(account, process, total, billables)
  process.billables = billables
  if total == 0 then
    return
  end
  process.charge = total
  account.credit = account.credit - total
  account.state:charge {
    provider = "realtimeregister", account = account.customer, method = process.action,
    certificate = process.certificate, process = process.id, amount = total, currency = account.currency,
    balance = account.credit,
  }
end

-- orders -----------------------------------------------------------------------------------------------------------

local function contains(list, wanted)
  for _, value in ipairs(list or {}) do
    if value == wanted then
      return true
    end
  end
  return false
end

--- The product, if this account may buy it.
---@return table|nil product
---@return table|nil refusal
function orders.product(name)
  local product = products[name]
  if not product then
    return nil, answer.MISSING
  end
  if product.contract == false then
    return nil, {type = "NoContractException", message = "There is no active contract for " .. name}
  end
  return product
end

--- Whether a period is one of the product's.
---@return table|nil refusal
function orders.wrong_period(product, period)
  if contains(product.periods, period) then
    return nil
  end
  return answer.invalid("period must be one of %s", table.concat(product.periods, ", "))
end

--- Rules of renewing and reissuing.
local function check_old(account, old, action, product)
  if action == "reissue" then
    if old.imported or not product.has.REISSUE then
      return answer.invalid("The certificate can not be reissued")
    end
    if old.subscription_end <= account.clock:now() then
      return answer.invalid("The subscription has ended")
    end
    return nil
  end
  if not contains(product.renewFrom, old.product) then
    return answer.invalid("A certificate of %s can not be renewed to %s", old.product, product.product)
  end
  if account.clock:now() < old.subscription_end - product.renewalWindow * DAY then
    return answer.invalid("The certificate can be renewed from %d days before the end of its subscription",
      product.renewalWindow)
  end
end

--- What the state of things forbids: the old certificate's status, or an open order for the same thing.
local function blocked(account, old, product, host)
  local status = old and orders.status_of(account, old) or "ACTIVE"
  if status ~= "ACTIVE" then
    return {type = "ObjectStatusProhibitsOperation",
      message = ("The status %s of the certificate prohibits this operation"):format(status)}
  end
  local open = old and old.open_process
  for _, process in ipairs(not old and account.process_order or {}) do
    if process.status == "SUSPENDED" and process.action == "request" and process.product == product.product
      and process.names[1] == host then open = process.id end
  end
  return open and {type = "ObjectExists",
    message = ("The request already exists: process %d is still open"):format(open)} or nil
end

--- An order with an auth key is believed as long as nothing says where to look; else the key must be published.
local function check_auth_key(account, product, csr, list)
  local settings = account.dcv.settings
  if not settings.http and not settings.dns then
    return nil
  end
  local key = account.auth_keys[product.product .. csr.sha256]
  if not key or key.validity < account.clock:now() then
    return answer.invalid("There is no valid auth key for this product and CSR")
  end
  local found, why = validation.find_auth_key(account, list, key.key)
  if not found then
    return answer.invalid("The auth key was not found: %s", why)
  end
end

--- Reads what the order says, whatever the state of things.
---@return table|nil order {csr, contact, names, dcv}
---@return table|nil refusal
local function read_order(product, params, body)
  local csr, reason = pki.read_csr(body.csr)
  if not csr then
    return nil, {type = "InvalidCSRException", message = "The CSR is invalid. " .. reason}
  end
  local host = body.domainName or csr.common_name
  if not host then
    return nil, {type = "InvalidCSRException", message = "The CSR has no common name"}
  end
  local contact = names.contact(body, csr)
  local refusal = names.missing(product, params, body, contact)
  if refusal then
    return nil, refusal
  end
  local extra = body.san
  if not extra and product.certificateType == "MULTI_DOMAIN" then
    extra = csr.names
  end
  local list = names.of(product, host, extra)
  local ok, forbidden = names.check(product, list)
  if not ok then
    return nil, forbidden
  end
  local entries
  entries, refusal = validation.entries(body.dcv, list, product.certificateType ~= "MULTI_DOMAIN" and list[2] or nil)
  if not entries then
    return nil, refusal
  end
  return {csr = csr, contact = contact, names = list, dcv = entries}
end

local function command_of(old, body)
  local command = {certificateId = old and old.id}
  for name, value in pairs(body) do
    if type(value) ~= "table" then
      command[name] = value
    end
  end
  return command
end

--- Months that are bought, and the end of the subscription.
local function term(account, action, old, body)
  if action == "reissue" then
    return 12, old.subscription_end
  end
  local start = old and math.max(account.clock:now(), old.subscription_end) or account.clock:now()
  return body.period, start + math.floor(body.period * 365 / 12) * DAY
end

--- Places an order, or says what it would cost. May yield.
---@param call reseal.sandbox.realtimeregister.Call
---@param old table|nil certificate; nil for a request
---@param action "request"|"renew"|"reissue"
---@param body table checked
---@param quote boolean
---@return table answer
function orders.place(call, old, action, body, quote)
  local account = call.account
  local product, refusal = orders.product(body.product or old.product)
  if not product then
    return call:refuse(refusal)
  end
  if product.certificateType == "ACME_SUBSCRIPTION" then
    return call:refuse(answer.invalid("The product is an ACME subscription"))
  end
  refusal = blocked(account, old, product, body.domainName)
    or old and check_old(account, old, action, product)
    or body.period and orders.wrong_period(product, body.period)
  if refusal then
    return call:refuse(refusal)
  end
  local order
  order, refusal = read_order(product, call.route.params, body)
  if not order then
    return call:refuse(refusal)
  end
  if body.authKey then
    refusal = check_auth_key(account, product, order.csr, order.names)
    if refusal then
      return call:refuse(refusal)
    end
  end

  local action_word = action ~= "reissue" and action:upper() or nil
  local months, subscription_end = term(account, action, old, body)
  local billables, total = orders.price(product, action_word, months, order.names, not action_word and old.names or nil)
  -- looking for the auth key took time, so the state of things is asked again
  refusal = blocked(account, old, product, order.names[1]) or not quote and orders.lacks_credit(account, total)
  if refusal then
    return call:refuse(refusal)
  end
  if quote then
    return orders.quote(account, action, billables, total)
  end

  local process = orders.new_process(account, {
    status = "SUSPENDED", action = action, product = product.product, validation_type = product.validationType,
    provider = product.brand, certificate = old and old.id, names = order.names, dcv = order.dcv, csr = order.csr,
    csr_pem = body.csr, contact = order.contact, checks = validation.checks(product), command = command_of(old, body),
    unique = body.uniqueValue or pki.random(7):sub(1, 13), subscription_end = subscription_end,
    -- the other brands work with a random value
    random = product.brand ~= "Sectigo" and pki.random(16) or nil,
  })
  if old then
    old.open_process = process.id
  end
  orders.charge(account, process, total, billables)
  if body.authKey then validation.prove(process, function() return true end) end
  local new = orders.finish(account, process)
  process.issued_at_once = new and new.id
  local headers = {["X-Process-Id"] = tostring(process.id), Location = new and "/v2/ssl/certificates/" .. new.id}
  local done = account.odd.empty_order and answer.empty(202, headers)
    or answer.json(new and 201 or 202, validation.info(account, process), headers)
  done.committed = true
  return done
end

return orders
