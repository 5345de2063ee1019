--- Realtime Register's certificate calls: orders, reading, download, revoking, importing.

local answer = require "reseal.sandbox.realtimeregister.answer"
local body_of = require "reseal.sandbox.realtimeregister.body"
local catalogue = require "reseal.sandbox.realtimeregister.products"
local json = require "reseal.sandbox.json"
local list = require "reseal.sandbox.realtimeregister.list"
local names = require "reseal.sandbox.realtimeregister.names"
local orders = require "reseal.sandbox.realtimeregister.orders"
local pki = require "reseal.sandbox.pki"
local zip = require "reseal.sandbox.zip"

local UNSORTABLE = {"providerId", "addressLine", "contact", "coc", "san"}
local REASONS = {"UNSPECIFIED", "KEY_COMPROMISE", "AFFILIATION_CHANGED", "SUPERSEDED", "CESSATION_OF_OPERATION"}
local FORMATS = {"CSR", "CRT", "ZIP", "PKCS7", "CA", "CA_BUNDLE"}

local function contains(list_of_words, word)
  return (" " .. table.concat(list_of_words, " ") .. " "):find(" " .. word .. " ", 1, true) ~= nil
end

local function object_of(account, certificate)
  local product = catalogue.by_name[certificate.product]
  local contact = certificate.contact
  local facts = certificate.csr or certificate.leaf
  local san = {}
  for i = 2, #certificate.names do
    san[i - 1] = certificate.names[i]
  end
  return {
    id = certificate.id, product = certificate.product, validationType = product.validationType,
    process = not account.odd.no_certificate_process and certificate.process or nil,
    certificateType = product.certificateType, domainName = certificate.names[1],
    organization = contact.organization, department = contact.department, city = contact.city, state = contact.state,
    postalCode = contact.postalCode, country = contact.country, coc = contact.coc,
    addressLine = contact.address and {contact.address},
    providerId = not certificate.imported and tostring(certificate.provider_id) or nil,
    startDate = answer.timestamp(certificate.issued), expiryDate = answer.timestamp(certificate.expires),
    subscriptionEndDate = answer.timestamp(certificate.subscription_end), san = json.array(san),
    status = orders.status_of(account, certificate), publicKeyAlgorithm = facts.algorithm, publicKeySize = facts.bits,
    csr = certificate.csr_pem, certificate = certificate.leaf.pem, fingerprint = certificate.leaf.fingerprint,
  }
end

--- The certificate as it is shown; a fault shows the one before, or one for another key.
local function find(call)
  local account, fault = call.account, call.request.fault
  local certificate = account.certificates[call.route.ids.certificateId]
  local before = certificate and account.certificates[certificate.replaces]
  local shown = {}
  if certificate and fault == "wrong_key" then
    shown.leaf = account.ca:issue_wrong(certificate.names, certificate.issued, certificate.expires)
  elseif before and fault == "old_certificate" then
    shown.leaf, shown.issued, shown.expires = before.leaf, before.issued, before.expires
  end
  return certificate and setmetatable(shown, {__index = certificate})
end

local methods = {}

local function order(action)
  return function(call)
    local account, route = call.account, call.route
    local unknown = action == "renew" and not account.odd.renew_takes_sa_email and "saEmail" or nil
    local body, refusal = body_of.check(route.params, call.request.body, unknown)
    if not body then
      return call:refuse(refusal)
    end
    local quote
    quote, refusal = call:query_flag("quote")
    if refusal then
      return call:refuse(refusal)
    end
    local old
    if action == "request" then
      if body.customer ~= account.customer then
        return call:refuse(answer.MISSING)
      end
    else
      old = account.certificates[route.ids.certificateId]
      if not old then
        return call:refuse(answer.MISSING)
      end
    end
    return orders.place(call, old, action, body, quote)
  end
end

methods.request = order("request")
methods.renew = order("renew")
methods.reissue = order("reissue")

function methods.get(call)
  local certificate = find(call)
  if not certificate then
    return call:refuse(answer.MISSING)
  end
  return answer.json(200, call:select(object_of(call.account, certificate), "id"))
end

function methods.list(call)
  local objects = {}
  for i, certificate in ipairs(call.account.certificate_order) do
    objects[i] = object_of(call.account, certificate)
  end
  return list.answer(call, objects, {fields = call.route.filters, identifying = "id", unsortable = UNSORTABLE})
end

function methods.revoke(call)
  local request, account, route = call.request, call.account, call.route
  -- the body may be left out
  local body, refusal = body_of.check(route.params, request.body ~= "" and request.body or "{}")
  if not body then
    return call:refuse(refusal)
  end
  if body.reason and account.odd.reason_words and not contains(REASONS, body.reason) then
    return call:refuse(answer.violates {{field = "reason", value = body.reason,
      message = "must be one of " .. table.concat(REASONS, ", ")}})
  end
  local certificate = account.certificates[route.ids.certificateId]
  if not certificate then
    return call:refuse(answer.MISSING)
  end
  local status = orders.status_of(account, certificate)
  if status ~= "ACTIVE" or certificate.imported then
    return call:refuse {type = "ObjectStatusProhibitsOperation", message =
      certificate.imported and "An imported certificate can not be revoked here"
      or ("The status %s of the certificate prohibits this operation"):format(status)}
  end
  certificate.status = "REVOKED"
  local process = orders.new_process(account, {
    action = "revoke", product = certificate.product, certificate = certificate.id, names = certificate.names,
    command = {certificateId = certificate.id, reason = body.reason},
  })
  return call:done(202, process)
end

-- download ---------------------------------------------------------------------------------------------------------

-- What a format holds: from the certificate, the authority, and whether the chain is cut off.

local function chain(certificate, ca, cut)
  if certificate.imported then
    return nil
  end
  return cut and "" or ca.intermediate.pem .. ca.root.pem
end

local function archive(certificate, ca, cut)
  local base = "Linux/" .. certificate.names[1]:gsub("%*", "STAR"):gsub("%.", "_")
  local files = {{name = base .. ".crt", content = certificate.leaf.pem}}
  local bundle = chain(certificate, ca, cut)
  if bundle then
    table.insert(files, 1, {name = base .. ".ca-bundle", content = bundle})
  end
  -- as text: that is how the service sends it
  return ngx.encode_base64(zip.pack(files, certificate.issued))
end

local contents = {
  CSR = function(certificate) return certificate.csr_pem end,
  CRT = function(certificate) return certificate.leaf.pem end,
  ZIP = archive,
  PKCS7 = function(certificate, ca) return not certificate.imported and ca:pkcs7(certificate.leaf) or nil end,
  CA = function(certificate, ca) return not certificate.imported and ca.intermediate.pem or nil end,
  CA_BUNDLE = chain,
}

function methods.download(call)
  local format = call:query("format") or "ZIP"
  if not contents[format] then
    return call:refuse(answer.violates {{field = "format", value = format,
      message = "must be one of " .. table.concat(FORMATS, ", ")}})
  end
  local certificate = find(call)
  if not certificate then
    return call:refuse(answer.MISSING)
  end
  local content = contents[format](certificate, call.account.ca, call.request.fault == "no_chain")
  if not content then
    return call:refuse(answer.invalid("The certificate was imported without %s", format))
  end
  return {status = 200, headers = {["Content-Type"] = "application/octet-stream"}, body = content}
end

-- import -----------------------------------------------------------------------------------------------------------

--- The names of a certificate, the wanted or else its common name first.
local function ordered_names(leaf, wanted)
  local first = wanted or leaf.common_name or leaf.names[1]
  local all, seen = {first}, {[first or ""] = true}
  local known = leaf.common_name == first
  for _, name in ipairs {leaf.common_name or leaf.names[1], (table.unpack or unpack)(leaf.names)} do
    known = known or name == first
    if not seen[name] then
      all[#all + 1] = name
    end
    seen[name] = true
  end
  return known and all or nil
end

--- The product that an imported certificate counts as.
local function product_like(all)
  if all[1]:find("*", 1, true) then
    return "ssl_sectigo_wildcard"
  end
  local single = catalogue.by_name.ssl_sectigo
  return names.check(single, all) and "ssl_sectigo" or "ssl_sectigo_multi"
end

methods["import"] = function(call)
  local request, account, route = call.request, call.account, call.route
  local body, refusal = body_of.check(route.params, request.body)
  if not body then
    return call:refuse(refusal)
  end
  if body.customer ~= account.customer then
    return call:refuse(answer.MISSING)
  end
  local leaf = pki.read_certificate(body.certificate)
  if not leaf then
    return call:refuse(answer.invalid("The certificate can not be read as PEM"))
  end
  local csr, reason
  if body.csr then
    csr, reason = pki.read_csr(body.csr)
    if not csr then
      return call:refuse {type = "InvalidCSRException", message = "The CSR is invalid. " .. reason}
    end
    if csr.key:toPEM("public") ~= leaf.public_key then
      return call:refuse(answer.invalid("The CSR is not for the certificate's key"))
    end
  end
  local all = ordered_names(leaf, body.domainName)
  if not all or not all[1] then
    return call:refuse(answer.invalid("The certificate is not for that name"))
  end
  for _, name in ipairs(all) do
    if not names.is_domain(name) then
      return call:refuse(answer.invalid("'%s' is not a domain name", name))
    end
  end
  if leaf.not_after <= account.clock:now() then
    return call:refuse(answer.invalid("The certificate has expired"))
  end
  for _, certificate in ipairs(account.certificate_order) do
    if certificate.leaf.fingerprint == leaf.fingerprint then
      return call:refuse {type = "ObjectExists",
        message = ("The certificate is already there as %d"):format(certificate.id)}
    end
  end
  local product = product_like(all)
  local process = orders.new_process(account, {
    action = "import", product = product, names = all, command = {customer = body.customer, coc = body.coc},
  })
  local certificate = orders.issue(account, {
    process = process.id, product = product, names = all, csr = csr, csr_pem = body.csr, leaf = leaf, imported = true,
    issued = leaf.not_before, expires = leaf.not_after, subscription_end = leaf.not_after,
    contact = {coc = body.coc},
  })
  process.certificate = certificate.id
  local done = call:done(201, process)
  done.headers.Location = "/v2/ssl/certificates/" .. certificate.id
  return done
end

return {methods = methods}
