--- Checks a Namecheap call's parameters, and numbers the faults as the service does.
--
-- A number is made of a kind (2010 missing, 2013 too long, 2011 invalid) and a field. Checks go in steps (missing,
-- too long, invalid); the first step with a fault reports all of its faults.

local names = require "reseal.sandbox.namecheap.names"
local products = require "reseal.sandbox.namecheap.products"

local parameters = {}

-- last three digits of the numbers that name a field; 900 is everything else
local FIELDS = {
  Years = "167", PromotionCode = "170", CertificateID = "294", ApproverEmail = "295", CSR = "296",
  WebServerType = "297", SSLType = "301", PageSize = "275", ListType = "272", AdminOrganizationName = "201",
  AdminJobTitle = "202", AdminFirstName = "203", AdminLastName = "204", AdminCity = "207",
  AdminStateProvince = "208", AdminStateProvinceChoice = "209", AdminPostalCode = "210", AdminCountry = "211",
  AdminPhone = "212", AdminFax = "213", AdminEmailAddress = "214", AdminPhoneExt = "215",
  OrganizationRepEmailAddress = "372", OrganizationRepFirstName = "374", OrganizationRepLastName = "375",
  OrganizationRepTitle = "376", OrganizationRepPhone = "388", CompanyIncorporationCountry = "667",
  CompanyIncorporationDate = "668", Type = "298",
  ProductType = "298", CertificateType = "300", DomainName = "166", DNSNames = "294",
  DCVMethod = "294", DCVMethods = "294",
}

-- where the page's number or text for "too long" is another
local TOO_LONG = {
  SANStoADD = {"2013900", "Parameter SANSToAdd is OutOfRange"},
  OrganizationRepPhone = {"2011388", "Parameter OrganizationRepPhone is TooLong"},
  CompanyIncorporationDate = {"2013900", "Parameter CompanyIncorporationDate is TooLong"},
}

local LIST_TYPES = "all processing emailsent technicalproblem inprogress completed deactivated active cancelled "
  .. "newpurchase newrenewal"
local SORT_FIELDS = "purchasedate ssltype expiredatetime host_name"
local DISCONTINUED = "We're sorry, the requested SSL type has been discontinued"
local THREE_YEARS = "Due to revised CA/B Forum regulations, it is no longer possible to purchase 3-, 4- and 5-year "
  .. "certificates after March 1, 2018. Please contact our support team."
local FOUR_AND_FIVE_YEARS = "Due to recent CA/B Forum updates, it is no longer possible to purchase 4- and 5-year "
  .. "certificates after March 1, 2015. Please contact our support team."

local function fault(kind, name, text)
  local field = FIELDS[name] or "900"
  return {kind .. field, text or ("Parameter %s is %s"):format(name, ({
    ["2010"] = "Missing", ["2011"] = "Invalid", ["2013"] = "TooLong",
  })[kind])}
end

local function has_word(words, word)
  return (" " .. words .. " "):find(" " .. word:lower() .. " ", 1, true) ~= nil
end

local checks = {}

function checks.Years(value, method)
  if not value:find("^%d$") then
    return fault("2011", "Years")
  end
  local years = tonumber(value)
  if years == 4 or years == 5 then
    return {"4080167", FOUR_AND_FIVE_YEARS}
  end
  if years == 3 and method == "create" then
    return {"4080167", THREE_YEARS}
  end
  if years == 3 then
    return fault("2013", "Years", "Parameter Years is OutOfRange. Max Years value for this Type is 2.")
  end
  if years < 1 or years > 5 then
    return fault("2013", "Years", "Parameter Years is OutOfRange")
  end
end

local function check_type(name)
  return function(value)
    local product, reason = products.find(value)
    if product then
      return nil
    end
    return {"2011301", reason and DISCONTINUED or ("Parameter %s is not valid"):format(name)}
  end
end

checks.SSLType = check_type("SSLType")
checks.Type = check_type("Type")

function checks.CertificateType(value, method)
  local product, reason = products.find(value)
  if product then
    return nil
  end
  if reason and method == "getApproverEmailList" then
    return {"2011301", DISCONTINUED}
  end
  return {"2011300", method == "revokecertificate"
    and "Wrong SSL certificate selection. The type provided is not supported by command."
    or "CertificateType is invalid"}
end

local function check_count(name, low)
  return function(value)
    if not value:find("^%-?%d+$") then
      return {"2011900", ("Parameter %s is Invalid"):format(name)}
    end
    if tonumber(value) < low then
      return {"2013900", ("Parameter %s is OutOfRange"):format(name)}
    end
  end
end

checks.SANStoADD = check_count("SANSToAdd", 0)
checks.NumberOfSANSToAdd = check_count("NumberOfSANSToAdd", 1)

function checks.DomainName(value)
  if not names.is_host(value) then
    return {"2011166", "DomainName is invalid"}
  end
end

function checks.PageSize(value)
  local size = value:find("^%d+$") and tonumber(value)
  if not size or size < 10 or size > 100 then
    return fault("2013", "PageSize", "Parameter PageSize is OutOfRange")
  end
end

function checks.ListType(value)
  if not has_word(LIST_TYPES, value) then
    return fault("2011", "ListType", "ListType is invalid")
  end
end

function checks.SortBy(value)
  if not has_word(SORT_FIELDS, (value:lower():gsub("_desc$", ""))) then
    return fault("2011", "SortBy")
  end
end

function checks.Returntype(value)
  if not has_word("individual pkcs7", value) then
    return fault("2011", "Returntype")
  end
end

function checks.Returncertificate(value)
  if not has_word("true false", value) then
    return fault("2011", "Returncertificate")
  end
end

local function check_email(number, name)
  return function(value)
    if not value:find("^[^@%s]+@[^@%s]+%.[^@%s]+$") then
      return {number, ("Parameter %s is Invalid"):format(name)}
    end
  end
end

checks.AdminEmailAddress = check_email("2011214", "AdminEmailAddress")
checks.OrganizationRepEmailAddress = check_email("2013372", "OrganizationRepEmailAddress")

local function is_phone(value)
  return value:find("^%+%d%d?%d?%.%d+$") ~= nil
end

local function check_phone(name)
  return function(value)
    if not is_phone(value) then
      return fault("2011", name)
    end
  end
end

checks.AdminPhone = check_phone("AdminPhone")
checks.OrganizationRepPhone = check_phone("OrganizationRepPhone")

local function check_country(name)
  return function(value)
    if not value:find("^%a%a$") then
      return {"4011297", ("Parameter %s %s is not a valid ISO 3166-1 alpha-2 country"):format(name, value)}
    end
  end
end

checks.AdminCountry = check_country("AdminCountry")
checks.CompanyIncorporationCountry = check_country("CompanyIncorporationCountry")

function checks.OrganizationDUNS(value)
  if not value:find("^%d+$") then
    return {"4011900", "OrganizationDUNS must be integer"}
  end
end

function checks.CompanyIncorporationDate(value)
  if not value:find("^%d%d%d%d%-%d%d%-%d%d$") then
    return {"2011668", "Parameter CompanyIncorporationDate is Invalid. Valid format is YYYY-MM-DD"}
  end
end

local function check_flag(name)
  return function(value)
    if not has_word("true false", value) then
      return {"2013900", ("Parameter %s is Invalid"):format(name)}
    end
  end
end

checks.HTTPDCValidation = check_flag("HTTPDCValidation")
checks.DNSDCValidation = check_flag("DNSDCValidation")

local function check_number(name)
  return function(value)
    if not value:find("^%d+$") or tonumber(value) == 0 then
      return fault("2011", name)
    end
  end
end

function checks.ProductType(value)
  if value:upper() ~= "SSLCERTIFICATE" then
    return {"2011298", "ProductType is invalid"}
  end
end

checks.CertificateID = check_number("CertificateID")
checks.Page = check_number("Page")

local function check_server(param, value)
  for _, known in ipairs(param.values or {}) do
    if known:lower() == value:lower() then
      return nil
    end
  end
  return {"2011297", "WebServerType is invalid"}
end

--- Wire names differ in letter case from page to page (csr, CSR).
local function proper_name(name)
  return name:lower() == "csr" and "CSR" or name
end

local function is_too_long(param, value)
  return (param.max or 0) > 0 and #value > param.max
end

--- Faults of the current pages' kind.
---@param params table descriptions
---@param given table<string, string> by lower-case name
---@param method string
---@return table|nil faults list of {number, text}
function parameters.check(params, given, method)
  local missing, too_long, invalid = {}, {}, {}
  for _, param in ipairs(params) do
    local name, value = proper_name(param.name), given[param.name:lower()] or ""
    if value == "" then
      if param.required then
        missing[#missing + 1] = fault("2010", name)
      end
    elseif is_too_long(param, value) then
      too_long[#too_long + 1] = TOO_LONG[name] or fault("2013", name)
    elseif name == "WebServerType" then
      invalid[#invalid + 1] = check_server(param, value)
    elseif checks[name] then
      invalid[#invalid + 1] = checks[name](value, method)
    end
  end
  return missing[1] and missing or too_long[1] and too_long or invalid[1] and invalid or nil
end

-- the older pages have one number for each field, whatever is wrong with it
local PHONE = {"2015182", "The contact phone is invalid. The phone number format is +NNN.NNNNNNNNNN"}
local ADDRESS = {"2010326", "Error while validating administrative address"}
local ISSUE_FAULTS = {
  CertificateID = {"2011294", "CertificateID is invalid"},
  ApproverEmail = {"3011295", "ApproverEmail is not valid"},
  CSR = {"3011296", "The CSR provided is invalid"},
  WebServerType = {"2011297", "WebServerType is invalid"},
  AdminPhone = PHONE, AdminFax = PHONE, TechPhone = PHONE, TechFax = PHONE, BillingPhone = PHONE, BillingFax = PHONE,
}
local BUY_FAULTS = {
  CertificateID = {"4011294", "Certificateid is invalid"},
  Years = {"2015167", "Number of years should be maximum 10"},
  SSLType = {"2011301", "SSLType is invalid"},
  Type = {"2011301", "SSLType is invalid"},
  PromotionCode = {"2011170", "Promotion code is invalid"},
}

--- Faults of the older pages, by method and parameter.
parameters.OLD = {reissue = ISSUE_FAULTS, activate = ISSUE_FAULTS, renew = BUY_FAULTS, create = BUY_FAULTS}

--- Whether a value that is there is wrong by the older pages.
local function is_wrong(param, name, value)
  if is_too_long(param, value) then
    return true
  end
  if name:find("Phone$") or name:find("Fax$") then
    return not is_phone(value)
  end
  if name == "WebServerType" then
    return check_server(param, value)
  end
  if name == "CertificateID" then
    return checks.CertificateID(value)
  end
  if name == "SSLType" or name == "Type" then
    return not products.find(value)
  end
  if name == "Years" then
    return not value:find("^%d%d?$") or tonumber(value) < 1 or tonumber(value) > 10
  end
  if name == "SANStoADD" then
    return checks.SANStoADD(value)
  end
  return false
end

--- Faults of the older pages' kind.
---@param params table descriptions
---@param given table<string, string> by lower-case name
---@param method string one of parameters.OLD
---@return table|nil faults list of {number, text}
function parameters.check_old(params, given, method)
  local faults, seen = {}, {}
  for _, param in ipairs(params) do
    local name, value = proper_name(param.name), given[param.name:lower()] or ""
    local bad
    if value == "" then
      bad = param.required
    else
      bad = is_wrong(param, name, value)
    end
    if bad then
      local row = parameters.OLD[method][name] or name == "SANStoADD" and checks.SANStoADD(value) or ADDRESS
      if name == "WebServerType" and value == "" then
        row = {"2010297", "WebServerType is missing"}
      end
      if not seen[row[1]] then
        faults[#faults + 1] = row
      end
      seen[row[1]] = true
    end
  end
  return faults[1] and faults or nil
end

return parameters
