--- What can be bought in the sandbox. Names are the providers'; prices, and Realtime Register's identifiers other
--- than ssl_sectigo, are made up.

local products = {}

-- `renamed`: the name from 2026-07-11 on, when the CA changed; price in ten-thousandths of a dollar per year
products.namecheap = {
  { name = "PositiveSSL", renamed = "Standard SSL", coverage = "single", price = 90000 },
  { name = "EssentialSSL", coverage = "single", price = 120000 },
  { name = "InstantSSL", renamed = "High Assurance SSL", coverage = "single", price = 330000 },
  { name = "InstantSSL Pro", coverage = "single", price = 420000 },
  { name = "PremiumSSL", coverage = "single", price = 790000 },
  { name = "EV SSL", coverage = "single", price = 780000 },
  { name = "PositiveSSL Wildcard", renamed = "Standard Wildcard SSL", coverage = "wildcard", price = 760000 },
  { name = "EssentialSSL Wildcard", coverage = "wildcard", price = 830000 },
  { name = "PremiumSSL Wildcard", renamed = "OV Wildcard SSL", coverage = "wildcard", price = 1690000 },
  { name = "PositiveSSL Multi Domain", renamed = "SAN Certificate", coverage = "multi", price = 290000 },
  { name = "Multi Domain SSL", renamed = "OV Multi-domain SSL", coverage = "multi", price = 890000 },
  { name = "Unified Communications", coverage = "multi", price = 890000 },
  { name = "EV Multi Domain SSL", renamed = "EV Multi-Domain SSL", coverage = "multi", price = 1690000 },
}

-- sold until 2017, refused since
local DISCONTINUED = {
  "QuickSSL", "QuickSSL Premium", "RapidSSL", "RapidSSL Wildcard", "True BusinessID", "True BusinessID Wildcard",
  "True BusinessID with EV", "True BusinessID Multi Domain", "True BusinessID with EV Multi Domain", "Secure Site",
  "Secure Site Pro", "Secure Site with EV", "Secure Site Pro with EV", "EV SSL SGC", "SSL123", "SSL Web Server",
  "SGC Supercert", "SSL Webserver EV",
}

-- price in euro cents per twelve months; periods in months; renewalWindow in days
products.realtimeregister = {
  ssl_sectigo = {
    type = "SINGLE_DOMAIN", price = 900, periods = { 12, 24, 36 }, renewal_window = 30, domains = 1, max_domains = 1,
  },
  ssl_sectigo_multi = {
    type = "MULTI_DOMAIN", price = 2500, extra = 800, periods = { 12, 24, 36 }, renewal_window = 30, domains = 3,
    max_domains = 100,
  },
  ssl_sectigo_wildcard = {
    type = "WILDCARD", price = 6500, periods = { 12, 24, 36 }, renewal_window = 30, domains = 1, max_domains = 1,
  },
}

local by_name, discontinued = {}, {}
for _, product in ipairs(products.namecheap) do
  by_name[product.name:lower()] = { product = product, name = product.name }
  if product.renamed then by_name[product.renamed:lower()] = { product = product, name = product.renamed } end
end
for _, name in ipairs(DISCONTINUED) do discontinued[name:lower()] = true end

--- A Namecheap product by its name in any letter case, old or new.
---@return table|nil product
---@return string|nil name as the catalogue spells it; without a product: "discontinued" or nil
function products.find(name)
  local found = by_name[name:lower()]
  if found then return found.product, found.name end
  return nil, discontinued[name:lower()] and "discontinued" or nil
end

return products
