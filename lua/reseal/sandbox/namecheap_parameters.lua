--- Checks a Namecheap call's parameters, and numbers the faults as the service does.
--
-- A number is made of a kind (2010 missing, 2013 too long, 2011 invalid) and a field. Checks go in steps (missing,
-- too long, invalid); the first step with a fault reports all of its faults.

local products = require "reseal.sandbox.products"

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
}

local LIST_TYPES = "all processing emailsent technicalproblem inprogress completed deactivated active cancelled "
  .. "newpurchase newrenewal"
local SORT_FIELDS = "purchasedate ssltype expiredatetime host_name"
local FOUR_AND_FIVE_YEARS = "Due to recent CA/B Forum updates, it is no longer possible to purchase 4- and 5-year "
  .. "certificates after March 1, 2015. Please contact our support team."

local function fault(kind, name, text)
  local field = FIELDS[name] or "900"
  return { kind .. field, text or ("Parameter %s is %s"):format(name, ({
    ["2010"] = "Missing", ["2011"] = "Invalid", ["2013"] = "TooLong",
  })[kind]) }
end

local function has_word(words, word)
  return (" " .. words .. " "):find(" " .. word:lower() .. " ", 1, true) ~= nil
end

local checks = {}

function checks.Years(value)
  if not value:find("^%d$") then return fault("2011", "Years") end
  local years = tonumber(value)
  if years == 4 or years == 5 then return { "4080167", FOUR_AND_FIVE_YEARS } end
  if years == 3 then
    return fault("2013", "Years", "Parameter Years is OutOfRange. Max Years value for this Type is 2.")
  end
  if years < 1 or years > 5 then return fault("2013", "Years", "Parameter Years is OutOfRange") end
end

function checks.SSLType(value)
  local product, reason = products.find(value)
  if product then return nil end
  return fault("2011", "SSLType", reason and "We're sorry, the requested SSL type has been discontinued"
    or "Parameter SSLType is not valid")
end

function checks.PageSize(value)
  local size = value:find("^%d+$") and tonumber(value)
  if not size or size < 10 or size > 100 then return fault("2013", "PageSize", "Parameter PageSize is OutOfRange") end
end

function checks.ListType(value)
  if not has_word(LIST_TYPES, value) then return fault("2011", "ListType", "ListType is invalid") end
end

function checks.SortBy(value)
  if not has_word(SORT_FIELDS, (value:lower():gsub("_desc$", ""))) then return fault("2011", "SortBy") end
end

function checks.Returntype(value)
  if not has_word("individual pkcs7", value) then return fault("2011", "Returntype") end
end

function checks.Returncertificate(value)
  if not has_word("true false", value) then return fault("2011", "Returncertificate") end
end

function checks.AdminEmailAddress(value)
  if not value:find("^[^@%s]+@[^@%s]+%.[^@%s]+$") then return fault("2011", "AdminEmailAddress") end
end

local function check_flag(name)
  return function(value)
    if not has_word("true false", value) then return { "2013900", ("Parameter %s is Invalid"):format(name) } end
  end
end

checks.HTTPDCValidation = check_flag("HTTPDCValidation")
checks.DNSDCValidation = check_flag("DNSDCValidation")

local function check_number(name)
  return function(value)
    if not value:find("^%d+$") or tonumber(value) == 0 then return fault("2011", name) end
  end
end

checks.CertificateID = check_number("CertificateID")
checks.Page = check_number("Page")

local function check_server(param, value)
  for _, known in ipairs(param.values or {}) do
    if known:lower() == value:lower() then return nil end
  end
  return { "2011297", "WebServerType is invalid" }
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
---@return table|nil faults list of {number, text}
function parameters.check(params, given)
  local missing, too_long, invalid = {}, {}, {}
  for _, param in ipairs(params) do
    local name, value = proper_name(param.name), given[param.name:lower()] or ""
    if value == "" then
      if param.required then missing[#missing + 1] = fault("2010", name) end
    elseif is_too_long(param, value) then
      too_long[#too_long + 1] = fault("2013", name)
    elseif name == "WebServerType" then
      invalid[#invalid + 1] = check_server(param, value)
    elseif checks[name] then
      invalid[#invalid + 1] = checks[name](value)
    end
  end
  return missing[1] and missing or too_long[1] and too_long or invalid[1] and invalid or nil
end

-- the old reissue page has one number for each field, whatever is wrong with it
local OLD_FAULTS = {
  CertificateID = { "2011294", "CertificateID is invalid" },
  ApproverEmail = { "3011295", "ApproverEmail is not valid" },
  CSR = { "3011296", "The CSR provided is invalid" },
  WebServerType = { "2011297", "WebServerType is invalid" },
  AdminPhone = { "2015182", "The contact phone is invalid. The phone number format is +NNN.NNNNNNNNNN" },
}
OLD_FAULTS.AdminFax = OLD_FAULTS.AdminPhone

--- Faults of the old reissue page's kind.
---@return table|nil faults list of {number, text}
function parameters.check_old(params, given)
  local faults, seen = {}, {}
  for _, param in ipairs(params) do
    local name, value = proper_name(param.name), given[param.name:lower()] or ""
    local bad = value == "" and param.required
      or is_too_long(param, value)
      or value ~= "" and (name == "AdminPhone" or name == "AdminFax") and not value:find("^%+%d%d?%d?%.%d+$")
      or value ~= "" and name == "WebServerType" and check_server(param, value)
      or value ~= "" and name == "CertificateID" and checks.CertificateID(value)
    if bad then
      local row = OLD_FAULTS[name] or { "2010326", "Error while validating administrative address" }
      if name == "WebServerType" and value == "" then row = { "2010297", "WebServerType is missing" } end
      if not seen[row[1]] then faults[#faults + 1] = row end
      seen[row[1]] = true
    end
  end
  return faults[1] and faults or nil
end

return parameters
