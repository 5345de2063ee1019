--- Namecheap's reissue: control-validation choices, the CSR, and the new certificate that waits for validation.

local ca = require "reseal.sandbox.ca"
local parameters = require "reseal.sandbox.namecheap_parameters"
local routes = require "reseal.sandbox.routes"
local state = require "reseal.sandbox.state"
local xml = require "reseal.sandbox.xml"

local element = xml.element

local reissue = {}

local UNSUPPORTED_NAME = "We have detected that either a common name or one of the additional domain fields contain "
  .. "one of the following unsupported elements: an Internet-accessible IP Address, Internal Domain Name or a TLD we "
  .. "do not yet support. If you believe this is a mistake - please contact support. Thank you."
local NOT_WILDCARD = "The CSR provided is invalid to generate a wildcard certificate. Please make sure that you "
  .. "generate a CSR with a Common Name (CN) that starts with '*.' (ex: *.yourdomain.com)"

local HASH_METHODS = { httpcsrhash = "http", cnamecsrhash = "dns" }
local APPROVERS = { admin = true, administrator = true, hostmaster = true, postmaster = true, webmaster = true }

local function split(text)
  local items = {}
  for item in ((text or "") .. ","):gmatch("%s*(.-)%s*,") do
    if item ~= "" then items[#items + 1] = item end
  end
  return items
end

local function flag(value)
  return (value or ""):lower() == "true"
end

--- One of the five addresses, at the name or at a domain above it.
local function is_approver(address, name)
  local user, domain = address:lower():match("^([^@]+)@(.+)$")
  local host = name:gsub("^%*%.", "")
  return user ~= nil and APPROVERS[user] == true and domain:find(".", 1, true) ~= nil
    and (host == domain or host:sub(-#domain - 1) == "." .. domain)
end

--- The choices among control validations, as far as they can be judged without the CSR.
local function check_choice(given)
  local http, dns = flag(given.httpdcvalidation), flag(given.dnsdcvalidation)
  if http and dns then return { "2011784", "Both File-Based and DNS-Based authentication can't be enabled" } end
  if http or dns then return nil end
  if (given.approveremail or "") == "" then return { "2010295", "Approver email is required" } end
  local names, approvers = split(given.dnsnames), split(given.dnsapproveremails)
  if #names > 0 and #approvers == 0 then return { "2010295", "DNSApproverEmails is required" } end
  if #names ~= #approvers then
    return { "2010767", "The additional DNSNames and their corresponding approver emails are not equal" }
  end
end

local function check_names(product, sans, names)
  local seen = {}
  for i, name in ipairs(names) do
    local host = name:gsub("^%*%.", "")
    if not host:find("^[%w%-%.]+%.%a[%w%-]*%w$") then return { "2011767", UNSUPPORTED_NAME } end
    if seen[name] then
      return { "2014296", "Duplicate Values in Common Names detected.Each Common Name should have a unique value." }
    end
    seen[name] = true
    if i == 1 and product.coverage == "wildcard" then
      if host == name then return { "2011296", NOT_WILDCARD } end
    elseif host ~= name then
      return { "2030296", "Invalid CSR - Wildcard not supported with this type of certificate." }
    end
  end
  if #names - 1 > sans then
    return { "2010767", ("The additional domain names provided in DNSNames exceeded the purchased SANS.Only %d SANS "
      .. "can be activated for this certificate."):format(sans) }
  end
end

--- How each name is to be validated.
---@return table|nil methods list of "http", "dns" or an address, one for each name
---@return table|nil fault
local function choose(product, given, names)
  local one = flag(given.httpdcvalidation) and "http" or flag(given.dnsdcvalidation) and "dns" or nil
  local wanted = { given.approveremail }
  for _, approver in ipairs(split(given.dnsapproveremails)) do wanted[#wanted + 1] = approver end
  local methods = {}
  for i, name in ipairs(names) do
    local method = one or HASH_METHODS[wanted[i]:lower()]
    -- the page gives the two words to multi-domain products only
    if method and not one and product.coverage ~= "multi" then
      return nil, { "2011295", "Approver email is invalid" }
    end
    if method == "http" and name:find("*", 1, true) then
      return nil, { "3011784",
        "Due to CA/B Forum regulations, HTTP DCV method is not allowed for Wildcard certificates" }
    end
    if not method and not is_approver(wanted[i], name) then
      return nil, { "3011295", i == 1 and "Approver email is not valid"
        or ("Approver email for the DomainName %s is not valid.Please provide the dnsapprover emails in the same order "
        .. "of dnsnames."):format(name) }
    end
    methods[i] = method or wanted[i]
  end
  return methods
end

local function block(name, used, rows)
  if not used then return nil end
  return element(name, { { "ValueAvailable", tostring(#rows > 0) } }, rows)
end

--- The two blocks with what to publish; none when all names are validated by mail.
local function blocks(certificate)
  local http, dns, sha256 = {}, {}, certificate.csr.sha256
  for i, name in ipairs(certificate.requested) do
    local host = name:gsub("^%*%.", "")
    if certificate.methods[i] == "http" then
      http[#http + 1] = element("DNS", { { "domain", host } }, {
        element("FileName", {}, xml.cdata(certificate.csr.md5 .. ".txt")),
        element("FileContent", {}, xml.cdata(("%s comodoca.com %s"):format(sha256, certificate.unique))),
      })
    elseif certificate.methods[i] == "dns" then
      dns[#dns + 1] = element("DNS", { { "domain", host } }, {
        element("HostName", {}, xml.cdata(("_%s.%s"):format(certificate.csr.md5, host))),
        element("Target", {}, xml.cdata(("%s.%s.%s.comodoca.com"):format(sha256:sub(1, 32), sha256:sub(33),
          certificate.unique))),
      })
    end
  end
  local used = http[1] or dns[1]
  return { block("HttpDCValidation", used, http), block("DNSDCValidation", used, dns) }
end

--- The rules of the page that has been current since 2017.
local function check_current(call, old)
  local given = call.given
  local csr, reason = ca.read_csr(given.csr)
  if not csr then return nil, { "3011296", ("Invalid CSR. %s"):format(reason) } end
  if not csr.common_name then return nil, { "3011296", "Invalid CSR. It has no common name" } end
  local names = { csr.common_name }
  for _, name in ipairs(split(given.dnsnames)) do names[#names + 1] = name:lower() end
  local fault = check_names(old.product, old.sans, names)
  if fault then return nil, fault end
  local methods, refused = choose(old.product, given, names)
  if not methods then return nil, refused end
  return { csr = csr, names = names, methods = methods }
end

--- The rules of the older page, which knows one name and validation by mail only.
local function check_old(call, old)
  local csr = ca.read_csr(call.given.csr)
  if not csr or not csr.common_name or check_names(old.product, old.sans, { csr.common_name }) then
    return nil, { "3011296", "The CSR provided is invalid" }
  end
  if not is_approver(call.given.approveremail, csr.common_name) then
    return nil, { "3011295", "ApproverEmail is not valid" }
  end
  return { csr = csr, names = { csr.common_name }, methods = { call.given.approveremail } }
end

function reissue.run(call)
  local given, account = call.given, call.account
  -- only the older page asks for the administrator's name
  local is_old = given.adminfirstname ~= nil or given.adminlastname ~= nil
  local faults
  if is_old then
    faults = parameters.check_old(routes.parameters("namecheap", "reissue", "classic"), given)
  else
    faults = parameters.check(call.params, given)
    faults = faults or { check_choice(given) }
  end
  if faults and faults[1] then return nil, faults end

  local old = account.certificates[tonumber(given.certificateid)]
  if not old then return nil, { { "2011294", "CertificateID is invalid" } } end
  if old.status ~= "active" or old.reissue then
    return nil, { { "4011331", is_old and "Certificate status is invalid"
      or "Status is invalid or reissue already in progress" } }
  end
  local order, fault = (is_old and check_old or check_current)(call, old)
  if not order then return nil, { fault } end

  local extra = {}
  for i = 2, #order.names do extra[i - 1] = order.names[i] end
  local certificate = call.add(account, {
    id = account.next_id, product = old.product, years = old.years, status = "purchased", host = order.names[1],
    names = extra, requested = order.names, methods = order.methods, sans = old.sans, order_id = old.order_id,
    purchased = state.now(), expires = old.expires, csr = order.csr, csr_pem = given.csr,
    unique = (given.uniquevalue or "") ~= "" and given.uniquevalue or ca.random(7):sub(1, 13),
    approver = given.approveremail or "", provider_order_id = old.provider_order_id, replaces = old.id,
    administrator = is_old and given.adminfirstname .. " " .. given.adminlastname or "",
    administrator_email = given.adminemailaddress or "",
  })
  old.reissue = certificate.id
  if account.classic_shape then
    return { element("SSLActivateResult", { { "ID", certificate.id }, { "IsSuccess", "true" } }) }
  end
  return { element("SSLReissueResult", { { "ID", certificate.id }, { "IsSuccess", "true" } }, blocks(certificate)) }
end

return reissue
