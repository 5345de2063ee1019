--- What Realtime Register sells in the sandbox. The fields are those of its product page; identifiers other than
--- ssl_sectigo, prices and numbers are made up.
--
-- Beside the page's fields: `price`, `extra` and `extra_wildcard` in euro cents per twelve months (of the product, of
-- a name beyond `includedDomains`, of a wildcard in a multi-domain certificate), and `contract` = false for what this
-- account has no contract for.

local REISSUE, WWW, BARE = "REISSUE", "WWW_INCLUDED", "NON_WWW_INCLUDED"

local YEARS = {12, 24, 36}
local ORGANIZATION = {"organization", "address", "postalCode", "city", "country", "approver"}
local EXTENDED = {"organization", "address", "postalCode", "city", "country", "coc", "approver"}
local COMMON = {"domainName", "dcv", "authKey"}
local COMMON_ORGANIZATION = {"domainName", "dcv", "department", "state", "coc", "saEmail"}

local list = {
  {
    product = "ssl_sectigo", brand = "Sectigo", name = "Sectigo DV SSL", validationType = "DOMAIN_VALIDATION",
    certificateType = "SINGLE_DOMAIN", features = {REISSUE, WWW, BARE}, optionalFields = COMMON, periods = YEARS,
    warranty = 50000, issueTime = "15-30 minutes", renewalWindow = 30, includedDomains = 1, maxDomains = 1,
    renewFrom = {"ssl_sectigo", "ssl_rapidssl"}, price = 900,
  },
  {
    product = "ssl_sectigo_wildcard", brand = "Sectigo", name = "Sectigo DV Wildcard SSL",
    validationType = "DOMAIN_VALIDATION", certificateType = "WILDCARD", features = {REISSUE, BARE},
    optionalFields = COMMON, periods = YEARS, warranty = 50000, issueTime = "15-30 minutes", renewalWindow = 30,
    includedDomains = 1, maxDomains = 1, renewFrom = {"ssl_sectigo_wildcard"}, price = 6500,
  },
  {
    product = "ssl_sectigo_multi", brand = "Sectigo", name = "Sectigo DV Multi-Domain SSL",
    validationType = "DOMAIN_VALIDATION", certificateType = "MULTI_DOMAIN", features = {REISSUE},
    optionalFields = COMMON, periods = YEARS, warranty = 50000, issueTime = "15-30 minutes", renewalWindow = 30,
    includedDomains = 3, maxDomains = 100, renewFrom = {"ssl_sectigo_multi"}, price = 2500, extra = 800,
  },
  {
    product = "ssl_sectigo_ov", brand = "Sectigo", name = "Sectigo OV SSL",
    validationType = "ORGANIZATION_VALIDATION", certificateType = "SINGLE_DOMAIN", features = {REISSUE, WWW, BARE},
    requiredFields = ORGANIZATION, optionalFields = COMMON_ORGANIZATION, periods = YEARS, warranty = 500000,
    issueTime = "1-3 days", renewalWindow = 60, includedDomains = 1, maxDomains = 1,
    renewFrom = {"ssl_sectigo_ov", "ssl_sectigo"}, price = 4900,
  },
  {
    product = "ssl_sectigo_ov_multi", brand = "Sectigo", name = "Sectigo OV Multi-Domain SSL",
    validationType = "ORGANIZATION_VALIDATION", certificateType = "MULTI_DOMAIN", features = {REISSUE, "WILDCARD"},
    requiredFields = ORGANIZATION, optionalFields = COMMON_ORGANIZATION, periods = YEARS, warranty = 500000,
    issueTime = "1-3 days", renewalWindow = 60, includedDomains = 3, maxDomains = 250,
    renewFrom = {"ssl_sectigo_ov_multi", "ssl_sectigo_multi"}, price = 12900, extra = 3500, extra_wildcard = 12000,
  },
  {
    product = "ssl_sectigo_ev", brand = "Sectigo", name = "Sectigo EV SSL",
    validationType = "EXTENDED_VALIDATION", certificateType = "SINGLE_DOMAIN", features = {REISSUE, WWW, BARE},
    requiredFields = EXTENDED, optionalFields = COMMON_ORGANIZATION, periods = YEARS, warranty = 1750000,
    issueTime = "1-5 days", renewalWindow = 60, includedDomains = 1, maxDomains = 1,
    renewFrom = {"ssl_sectigo_ev", "ssl_sectigo_ov"}, price = 14900,
  },
  {
    product = "ssl_rapidssl", brand = "RapidSSL", name = "RapidSSL DV", validationType = "DOMAIN_VALIDATION",
    certificateType = "SINGLE_DOMAIN", features = {REISSUE, WWW}, requiredFields = {"dcv"},
    optionalFields = {"domainName", "authKey"}, periods = {1, 3, 6, 12}, warranty = 10000,
    issueTime = "5-15 minutes", renewalWindow = 14, includedDomains = 1, maxDomains = 1,
    renewFrom = {"ssl_rapidssl"}, price = 1200,
  },
  {
    product = "ssl_thawte", brand = "Thawte", name = "Thawte SSL Webserver",
    validationType = "ORGANIZATION_VALIDATION", certificateType = "SINGLE_DOMAIN", features = {WWW},
    requiredFields = ORGANIZATION, periods = {12}, warranty = 1250000, issueTime = "1-3 days", renewalWindow = 30,
    includedDomains = 1, maxDomains = 1, renewFrom = {"ssl_thawte"}, price = 9900, contract = false,
  },
  {
    product = "ssl_sectigo_acme", brand = "Sectigo", name = "Sectigo DV ACME", validationType = "DOMAIN_VALIDATION",
    certificateType = "ACME_SUBSCRIPTION", features = {"WILDCARD"}, periods = {12, 24}, warranty = 50000,
    issueTime = "1-5 minutes", renewalWindow = 30, includedDomains = 1, maxDomains = 250, price = 1900, extra = 900,
    extra_wildcard = 7000,
  },
  {
    product = "ssl_sectigo_ov_acme", brand = "Sectigo", name = "Sectigo OV ACME",
    validationType = "ORGANIZATION_VALIDATION", certificateType = "ACME_SUBSCRIPTION", features = {"WILDCARD"},
    requiredFields = ORGANIZATION, periods = {12, 24}, warranty = 500000, issueTime = "1-3 days",
    renewalWindow = 30, includedDomains = 1, maxDomains = 250, price = 5900, extra = 3900, extra_wildcard = 14000,
  },
}

local FIELDS = "product brand name validationType certificateType features requiredFields optionalFields periods "
  .. "warranty issueTime renewalWindow includedDomains maxDomains renewFrom"

local products = {list = list, by_name = {}}

for _, product in ipairs(list) do
  product.has = {}
  for _, feature in ipairs(product.features) do
    product.has[feature] = true
  end
  products.by_name[product.product] = product
end

--- The product as the service shows it.
function products.object(product)
  local object = {}
  for field in FIELDS:gmatch("%S+") do
    object[field] = product[field]
  end
  return object
end

return products
