--- Realtime Register's orders: a renew or reissue becomes a process, and the process a certificate.

local ca = require "reseal.sandbox.ca"
local products = require "reseal.sandbox.products"
local state = require "reseal.sandbox.state"

local DAY = 86400
local APPROVERS = { admin = true, administrator = true, hostmaster = true, postmaster = true, webmaster = true }

local orders = {}

local function bare(name)
  return (name:gsub("^%*%.", ""))
end

--- The names of a certificate: those asked for, or what comes with the product for nothing.
---@param product table
---@param host string common name
---@param extra string[]|nil nil: nothing was said; an empty list leaves the free name out
function orders.names(product, host, extra)
  local names, seen = { host }, { [host] = true }
  if not extra and product.type == "SINGLE_DOMAIN" then
    extra = { host:find("^www%.") and host:sub(5) or "www." .. host }
  end
  if not extra and product.type == "WILDCARD" then extra = { bare(host) } end
  for _, name in ipairs(extra or {}) do
    if not seen[name] then names[#names + 1] = name end
    seen[name] = true
  end
  return names
end

function orders.new_process(account, process)
  process.id = account.next_process
  account.next_process = process.id + 1
  process.created = state.now()
  process.updated = process.created
  account.processes[process.id] = process
  return process
end

--- Makes a certificate object and lets the authority sign it.
function orders.issue(account, certificate)
  certificate.id = certificate.id or account.next_certificate
  account.next_certificate = math.max(account.next_certificate, certificate.id + 1)
  certificate.issued = certificate.issued or state.now()
  certificate.expires = state.expiry(certificate.issued, certificate.subscription_end)
  certificate.leaf = ca.issue(certificate.csr, certificate.names, certificate.issued, certificate.expires)
  certificate.status = "ACTIVE"
  account.certificates[certificate.id] = certificate
  account.certificate_order[#account.certificate_order + 1] = certificate
  return certificate
end

--- Ends a process: the new certificate comes, the old one goes.
function orders.complete(account, process)
  local old = account.certificates[process.certificate]
  local new = orders.issue(account, {
    process = process.id, product = process.product, names = process.names, csr = process.csr,
    csr_pem = process.csr_pem, subscription_end = process.subscription_end,
  })
  old.status = process.action == "renew" and "RENEWED" or "REISSUED"
  old.open_process = nil
  process.status, process.updated = "COMPLETED", state.now()
  for _, entry in ipairs(process.dcv) do entry.status = "VALIDATED" end
  return new
end

--- What must be published for one name.
function orders.instructions(process, entry)
  local csr, host = process.csr, bare(entry.commonName)
  local object = { commonName = entry.commonName, type = entry.type, status = entry.status }
  if entry.type == "EMAIL" then
    object.email = entry.email
  elseif entry.type == "FILE" then
    object.fileLocation = ("http://%s/.well-known/pki-validation/%s.txt"):format(host, csr.md5)
    object.fileContents = ("%s\nsectigo.com\n%s"):format(csr.sha256, process.unique)
  else
    local sha256 = csr.sha256:lower()
    object.dnsRecord = ("_%s.%s"):format(csr.md5:lower(), host)
    object.dnsType = "CNAME"
    object.dnsContents = ("%s.%s.%s.sectigo.com"):format(sha256:sub(1, 32), sha256:sub(33), process.unique)
  end
  return object
end

local function invalid(message)
  return nil, { type = "ValidationError", message = message }
end

local function check_names(product, names)
  local wildcard = names[1]:find("^%*%.") ~= nil
  if product.type == "WILDCARD" and not wildcard then return invalid("The common name must be a wildcard") end
  if product.type ~= "WILDCARD" and wildcard then return invalid("The product does not allow wildcards") end
  if #names > product.max_domains and product.type == "MULTI_DOMAIN" then
    return invalid(("At most %d domains are allowed"):format(product.max_domains))
  end
  if product.type == "MULTI_DOMAIN" then return true end
  local free = orders.names(product, names[1])[2]
  for i = 2, #names do
    if names[i] ~= free then return invalid("The product does not allow additional domains") end
  end
  return true
end

local function is_approver(email, name)
  local user, domain = email:match("^([^@]+)@(.+)$")
  local host = bare(name)
  return APPROVERS[user] and (host == domain or host:sub(-#domain - 1) == "." .. domain)
end

--- One entry for each name: as asked, else by DNS.
local function read_dcv(asked, names)
  local by_name, entries = {}, {}
  for _, entry in ipairs(asked or {}) do
    if entry.type == "FILE" and entry.commonName:find("*", 1, true) then
      return invalid("FILE validation is not possible for wildcards")
    end
    if entry.type == "EMAIL" and not is_approver(entry.email, entry.commonName) then
      return invalid(("%s can not approve %s"):format(entry.email, entry.commonName))
    end
    by_name[entry.commonName] = entry
  end
  for i, name in ipairs(names) do
    local entry = by_name[name] or {}
    by_name[name] = nil
    entries[i] = { commonName = name, type = entry.type or "DNS", email = entry.email, status = "WAITING" }
  end
  local unknown = next(by_name)
  if unknown then return invalid(("dcv names %s, which is not part of the order"):format(unknown)) end
  return entries
end

--- What renewing costs: the product for its term, and the names beyond the included ones.
local function renewal_billables(name, product, period, names)
  local years = period / 12
  local term = name .. (years > 1 and ("_%dyears"):format(years) or "")
  local billables = { {
    product = term, action = "RENEW", quantity = 1, amount = product.price * years, refundable = true,
    total = product.price * years,
  } }
  local extra = product.extra and #names - product.domains or 0
  if extra > 0 then
    billables[2] = {
      product = term, action = "EXTRA_DOMAIN", quantity = extra, amount = product.extra * years, refundable = true,
      total = product.extra * years * extra,
    }
  end
  return billables
end

local function has(list, wanted)
  for _, value in ipairs(list) do
    if value == wanted then return true end
  end
  return false
end

--- Rules of renewing only.
local function check_renewal(old, name, product, period)
  if not product then return nil, { type = "ObjectDoesNotExist", message = "Entity not found" } end
  if product.type ~= products.realtimeregister[old.product].type then
    return invalid(("A certificate of %s can not be renewed to %s"):format(old.product, name))
  end
  if not has(product.periods, period) then
    return invalid("period must be one of " .. table.concat(product.periods, ", "))
  end
  if state.now() < old.subscription_end - product.renewal_window * DAY then
    return invalid(("The certificate can be renewed from %d days before the end of its subscription")
      :format(product.renewal_window))
  end
  return true
end

local function command_of(old, body)
  local command = { certificateId = old.id }
  for name, value in pairs(body) do
    if type(value) ~= "table" then command[name] = value end
  end
  return command
end

--- Places an order, or says what it would cost.
---@param account table
---@param old table certificate
---@param action "renew"|"reissue"
---@param body table checked
---@param quote boolean
---@return table|nil process or quote
---@return table|nil refusal {type, message}
function orders.place(account, old, action, body, quote)
  local name = action == "renew" and body.product or old.product
  local product = products.realtimeregister[name]
  if old.open_process then
    return nil, { type = "ObjectExists",
      message = ("The request already exists: process %d is still open"):format(old.open_process) }
  end
  if action == "renew" then
    local ok, refusal = check_renewal(old, name, product, body.period)
    if not ok then return nil, refusal end
  end
  local csr, reason = ca.read_csr(body.csr)
  if not csr then return nil, { type = "InvalidCSRException", message = "The CSR is invalid. " .. reason } end
  local host = body.domainName or csr.common_name
  if not host then return nil, { type = "InvalidCSRException", message = "The CSR has no common name" } end
  local extra = body.san
  if not extra and product.type == "MULTI_DOMAIN" then extra = csr.names end
  local names = orders.names(product, host, extra)
  local ok, refusal = check_names(product, names)
  if not ok then return nil, refusal end
  local dcv, refused = read_dcv(body.dcv, names)
  if not dcv then return nil, refused end

  local billables, total = {}, 0
  if action == "renew" then billables = renewal_billables(name, product, body.period, names) end
  for _, billable in ipairs(billables) do total = total + billable.total end
  if quote then
    return { command = action, quote = {
      total = total, currency = total > 0 and account.currency or nil, billables = total > 0 and billables or nil,
    } }
  end
  if total > account.credit then
    return nil, { type = "InsufficientCreditException", message = "There is not enough credit for this action" }
  end

  local process = orders.new_process(account, {
    status = "SUSPENDED", action = action, product = name, certificate = old.id, names = names, dcv = dcv, csr = csr,
    csr_pem = body.csr, unique = body.uniqueValue or ca.random(7):sub(1, 13), command = command_of(old, body),
    subscription_end = old.subscription_end, charge = total > 0 and total or nil,
  })
  old.open_process = process.id
  if action == "renew" then
    process.subscription_end = math.max(state.now(), old.subscription_end) + math.floor(body.period * 365 / 12) * DAY
    account.credit = account.credit - total
    state.charge {
      provider = "realtimeregister", account = account.customer, method = action, certificate = old.id,
      process = process.id, amount = total, currency = account.currency, balance = account.credit,
    }
  end
  if body.authKey then process.issued_at_once = orders.complete(account, process).id end
  return process
end

return orders
