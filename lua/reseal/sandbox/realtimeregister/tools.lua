--- Realtime Register's calls around an order: products, CSR, approver addresses, auth keys.

local answer = require "reseal.sandbox.realtimeregister.answer"
local body_of = require "reseal.sandbox.realtimeregister.body"
local catalogue = require "reseal.sandbox.realtimeregister.products"
local json = require "reseal.sandbox.json"
local list = require "reseal.sandbox.realtimeregister.list"
local names = require "reseal.sandbox.realtimeregister.names"
local orders = require "reseal.sandbox.realtimeregister.orders"
local pki = require "reseal.sandbox.pki"

local AUTH_KEY_LIFE = 30 * 86400
local URL_DOMAIN = [[\A(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z][a-z0-9-]{0,61}[a-z0-9])\z]]

local methods = {}

function methods.products(call)
  local objects = {}
  for i, product in ipairs(catalogue.list) do
    objects[i] = catalogue.object(product)
  end
  return list.answer(call, objects, {fields = call.route.filters, identifying = "product",
    unsortable = {"certificateType", "features", "periods"}})
end

function methods.product(call)
  local product = catalogue.by_name[call.route.ids.product]
  if not product then
    return call:refuse(answer.MISSING)
  end
  return answer.json(200, call:select(catalogue.object(product), "product"))
end

function methods.dcvEmailAddressList(call)
  local name, product = call.route.ids.domainName, call:query("product")
  if #name < 3 or #name > 255 or not ngx.re.find(name, URL_DOMAIN, "jo") then
    return call:refuse(answer.violates {{field = "domainName", message = "must be a domain name", value = name}})
  end
  if product and not catalogue.by_name[product] then
    return call:refuse(answer.MISSING)
  end
  return answer.json(200, names.approvers(name))
end

--- Reads the body, and the CSR in it.
local function read(call)
  local body, refusal = body_of.check(call.route.params, call.request.body)
  if not body then
    return nil, refusal
  end
  local csr, reason = pki.read_csr(body.csr)
  if not csr then
    return nil, {type = "InvalidCSRException", message = "The CSR is invalid. " .. reason}
  end
  return body, csr
end

function methods.decodeCsr(call)
  local body, csr = read(call)
  if not body then
    return call:refuse(csr)
  end
  local parts, texts, street = csr.subject, {}, {}
  for i, part in ipairs(csr.subject_list) do
    texts[i] = part.sn .. "=" .. part.blob
    if part.sn == "street" then
      street[#street + 1] = part.blob
    end
  end
  return answer.json(200, {
    subject = texts[1] and table.concat(texts, ",") or nil, country = parts.C, state = parts.ST, locality = parts.L,
    organization = parts.O, organizationalUnit = parts.OU, commonName = parts.CN, street = json.array(street),
    postalCode = parts.postalCode, postalOfficeBox = parts.postOfficeBox, emailAddress = parts.emailAddress,
    publicKeySize = csr.bits, publicKeyAlgorithm = csr.algorithm, md5 = csr.md5:lower(), sha256 = csr.sha256:lower(),
    -- missing, not empty, when there are none
    altNames = csr.names[1] and csr.names or nil,
  })
end

function methods.authKey(call)
  local account = call.account
  local body, csr = read(call)
  if not body then
    return call:refuse(csr)
  end
  local product, refusal = orders.product(body.product)
  if not product then
    return call:refuse(refusal)
  end
  local offered = false
  for _, field in ipairs(product.optionalFields or {}) do
    offered = offered or field == "authKey"
  end
  if not offered then
    return call:refuse(answer.invalid("The product does not work with auth keys"))
  end
  local key = {key = pki.random(16), validity = account.clock:now() + AUTH_KEY_LIFE}
  account.auth_keys[product.product .. csr.sha256] = key
  local done = answer.json(200, {authKey = key.key, validity = answer.timestamp(key.validity)})
  done.committed = true
  return done
end

return {methods = methods}
