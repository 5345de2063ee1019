--- Namecheap's methods from a bought certificate to an issued one, and what follows: activate, reissue, editDCVMethod,
--- the two mails, revokecertificate.
--
-- Each method gets the call {account, accounts, clock, dcv, given, edition, fault, …} and answers with a list of result
-- elements, or nil and faults.

local names = require "reseal.sandbox.namecheap.names"
local products = require "reseal.sandbox.namecheap.products"
local xml = require "reseal.sandbox.xml"

local element = xml.element

local issue = {}

local PROVIDER_FAILURE = "We are unable to process your order. Error Details: Internal error occurred;Invalid Status "
  .. "code: 500"
local EV_ADDRESS = {"AdminAddress1", "AdminCity", "AdminStateProvince", "AdminCountry", "AdminPostalCode"}

local function refuse(number, text)
  return nil, {{number, text}}
end

local function find(call)
  return call.account.certificates[tonumber(call.given.certificateid)]
end

--- What the current page asks for besides with OV and EV products.
---@return table|nil faults
local function check_organization(product, given, csr)
  if product.validation == "dv" then
    return nil
  end
  local faults = {}
  if (given.adminorganizationname or "") == "" and not csr.subject.O then
    faults[1] = {"2010396", "Either CSR Organization or AdminOrganizationName must be specified"}
  end
  for _, name in ipairs(product.validation == "ev" and EV_ADDRESS or {}) do
    if (given[name:lower()] or "") == "" then
      faults[#faults + 1] = {"2010326", ("Parameter %s is missing"):format(name)}
    end
  end
  if product.validation == "ev" and (given.companyincorporationcountry or "") == "" then
    faults[#faults + 1] = {"2010667", "CompanyIncorporationCountry is Required for EV SSL certificates"}
  end
  return faults[1] and faults or nil
end

--- The order in a call's parameters, by the rules of its edition.
local function read_order(call, certificate)
  local order, fault
  if call.edition == "classic" then
    order, fault = names.read_old(certificate, call.given)
  else
    order, fault = names.read(certificate, call.given)
  end
  if not order then
    return nil, {fault}
  end
  local faults = call.edition ~= "classic" and check_organization(certificate.product, call.given, order.csr)
  if faults then
    return nil, faults
  end
  order.unique = call.given.uniquevalue
  return order
end

--- Submits an order to the authority: from now on the certificate waits for validation.
local function submit(certificate, order, given)
  certificate.status, certificate.csr, certificate.csr_pem = "purchased", order.csr, given.csr
  certificate.approver = given.approveremail or ""
  certificate.administrator = (given.adminfirstname or "") ~= ""
    and given.adminfirstname .. " " .. (given.adminlastname or "") or ""
  certificate.administrator_email = given.adminemailaddress or ""
  names.request(certificate, order)
end

local function activate_result(call, certificate, name)
  if call.account.classic_shape then
    return {element("SSLActivateResult", {{"ID", certificate.id}, {"IsSuccess", "true"}})}
  end
  return {element(name, {{"ID", certificate.id}, {"IsSuccess", "true"}},
    names.blocks(certificate, call.edition == "classic"))}
end

function issue.activate(call)
  local is_old, certificate = call.edition == "classic", find(call)
  if not certificate then
    return refuse("2011294", "CertificateID is invalid")
  end
  if certificate.status ~= "newpurchase" and certificate.status ~= "newrenewal" then
    return refuse("4011331", is_old and "Certificate status is invalid" or "Status is InValid.")
  end
  if call.clock:now() > certificate.activation_ends then
    return refuse("4020294", is_old and "Activation period for this certificate is over"
      or "Activation period for this certificate has expired.")
  end
  local order, faults = read_order(call, certificate)
  if not order then
    return nil, faults
  end
  local renewed = call.account.certificates[certificate.renews]
  if renewed and renewed.host ~= order.names[1] then
    return refuse(is_old and "3011166" or "2011166", is_old and "Invalid renewal order domain"
      or "Invalid Renewal Order Domain")
  end
  submit(certificate, order, call.given)
  certificate.provider_order_id = tostring(certificate.id + 88000000)
  if call.fault == "ca_failure" then
    certificate.status = "purchaseerror"
    return refuse("3027295", PROVIDER_FAILURE)
  end
  return activate_result(call, certificate, "SSLActivateResult")
end

function issue.reissue(call)
  local account, old = call.account, find(call)
  if not old then
    return refuse("2011294", "CertificateID is invalid")
  end
  while account.odd.reissue_from_first and old.status == "replaced" and account.certificates[old.replaced_by] do
    old = account.certificates[old.replaced_by]
  end
  if old.status ~= "active" or old.reissue then
    return refuse("4011331", call.edition == "classic" and "Certificate status is invalid"
      or "Status is invalid or reissue already in progress")
  end
  local order, faults = read_order(call, old)
  if not order then
    return nil, faults
  end
  if call.fault == "ca_failure" then
    return refuse("4035900", "Cannot create certificate for reissue")
  end
  local certificate = {
    product = old.product, type = old.type, years = old.years, sans = old.sans, order_id = old.order_id,
    purchased = call.clock:now(), expires = old.expires, provider_order_id = old.provider_order_id, replaces = old.id,
    organization_approved = true,
  }
  submit(certificate, order, call.given)
  call.accounts:add(account, certificate)
  old.reissue = certificate.id
  if account.odd.replaced_at_once then
    old.status, old.replaced_by = "replaced", certificate.id
  end
  return activate_result(call, certificate, "SSLReissueResult")
end

-- editDCVMethod ----------------------------------------------------------------------------------------------------

--- One method for a product with one name.
---@return table|nil wanted list of {name, method, word}
---@return table|nil faults
local function read_one(certificate, given)
  local name = certificate.requested[1]
  if (given.dcvmethod or "") == "" then
    return refuse("2010784", "DCVMethod is missing to edit dcv method for this single domain certificate")
  end
  local method, fault = names.read_edit(name, given.dcvmethod)
  if not method then
    return nil, {fault or {"3011295", "DCVMethod is invalid"}}
  end
  return {{name = name, method = method}}
end

--- Lists of names and methods, for multi-domain products.
local function read_lists(certificate, given)
  local hosts, words = names.split(given.dnsnames), names.split(given.dcvmethods)
  if not hosts[1] or not words[1] then
    return refuse("2010784", "DNSNames or DCVMethods is missing to edit dcv method for this multi domain certificate")
  end
  if #hosts ~= #words then
    return refuse("2010767", "The DNSNames and their corresponding DCVMethods are not equal")
  end
  local known, wanted = {}, {}
  for _, name in ipairs(certificate.requested) do
    known[name] = true
  end
  for i, host in ipairs(hosts) do
    local name = host:lower()
    if not known[name] then
      return refuse("2011767", "There is no dnsnames or mismatch in the dnsnames provided during previous "
        .. "activation.Please check dnsnames and try again.")
    end
    local method, fault = names.read_edit(name, words[i])
    if not method then
      return nil, {fault or {"3011784", ("DCVMethod for the DomainName %s is not valid.Please provide valid "
        .. "DCVMethod in DCVMethods parameter for this DomainName"):format(host)}}
    end
    wanted[i] = {name = name, method = method, word = words[i]}
  end
  return wanted
end

function issue.editDCVMethod(call)
  local given, certificate = call.given, find(call)
  local one = (given.dcvmethod or "") ~= ""
  local lists = (given.dnsnames or "") ~= "" or (given.dcvmethods or "") ~= ""
  if one and lists then
    return refuse("2011784", "DNSNames or DCVMethods cannot be sent along with DCVMethod")
  end
  if not one and not lists then
    return refuse("2010784", "Insufficient data to edit dcvalidation method")
  end
  if not certificate then
    return refuse("2011294", "CertificateID is not Valid")
  end
  if certificate.status ~= "purchased" then
    return refuse("2011331", "Status is Invalid")
  end
  local wanted, faults
  if certificate.product.coverage == "multi" then
    wanted, faults = read_lists(certificate, given)
  else
    wanted, faults = read_one(certificate, given)
  end
  if not wanted then
    return nil, faults
  end
  local methods, rows = {}, {}
  for _, row in ipairs(wanted) do
    methods[row.name] = row.method
    if row.word then
      rows[#rows + 1] = element("Domains",
        {{"Name", row.name}, {"IsSuccess", "true"}, {"DCVMethodSet", row.word}})
    end
  end
  names.edit(certificate, methods)
  call.dcv:soon()
  local http, dns = names.edit_blocks(certificate)
  return {element("SSLEditDCVMethodResult", {{"ID", certificate.id}, {"IsSuccess", "true"}},
    {http, dns, element("Domains", {}, rows)})}
end

-- what else can be done --------------------------------------------------------------------------------------------

--- A result that says no more than that it is done.
local function done(name, certificate)
  return {element(name, {{"ID", certificate.id}, {"IsSuccess", "true"}})}
end

function issue.resendApproverEmail(call)
  local certificate = find(call)
  if not certificate then
    return refuse("2011294", "CertificateID is not Valid")
  end
  if certificate.status ~= "purchased" then
    return refuse("2011331", "Status is invalid")
  end
  call.dcv:soon()
  return done("SSLResendApproverEmailResult", certificate)
end

function issue.resendfulfillmentemail(call)
  local certificate = find(call)
  if not certificate then
    return refuse("2011294", "CertificateID is not Valid")
  end
  if certificate.status ~= "active" then
    return refuse("2011331", "Status is invalid")
  end
  if (certificate.administrator_email or "") == "" then
    return refuse("3011299", "No administrator email is on file for this certificate")
  end
  return done("SSLResendFulfillmentEmailResult", certificate)
end

function issue.revokecertificate(call)
  local certificate = find(call)
  if not certificate then
    return refuse("2011294", "CertificateId is not valid")
  end
  if products.find(call.given.certificatetype) ~= certificate.product then
    return refuse("2011300", "Wrong SSL certificate selection. The type provided is not supported by command.")
  end
  if certificate.status ~= "replaced" then
    return refuse("4011331", "Status is invalid")
  end
  certificate.status = "revoked"
  return {element("RevokeCertificateResult", {{"ID", certificate.id}, {"IsSuccess", "true"}})}
end

return issue
