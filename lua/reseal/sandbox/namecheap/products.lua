--- What Namecheap sells in the sandbox. Names are its own, prices are made up.

local products = {}

-- `renamed`: the name announced for 2026-07-11, when the CA changed; `sslcom`: the same as clients of 2026 have it from
-- the service; price, and that of one more name (`extra`), in ten-thousandths of a dollar per year
products.list = {
  {name = "PositiveSSL", renamed = "Standard SSL", sslcom = "Standard SSL SSLcom",
    validation = "dv", coverage = "single", price = 90000},
  {name = "EssentialSSL", validation = "dv", coverage = "single", price = 120000},
  {name = "InstantSSL", renamed = "High Assurance SSL", sslcom = "High Assurance SSL SSLcom",
    validation = "ov", coverage = "single", price = 330000},
  {name = "InstantSSL Pro", validation = "ov", coverage = "single", price = 420000},
  {name = "PremiumSSL", validation = "ov", coverage = "single", price = 790000},
  {name = "EV SSL", sslcom = "EV SSL SSLcom", validation = "ev", coverage = "single", price = 780000},
  {name = "PositiveSSL Wildcard", renamed = "Standard Wildcard SSL", sslcom = "Standard Wildcard SSL SSLcom",
    validation = "dv", coverage = "wildcard", price = 760000},
  {name = "EssentialSSL Wildcard", validation = "dv", coverage = "wildcard", price = 830000},
  {name = "PremiumSSL Wildcard", renamed = "OV Wildcard SSL", sslcom = "OV Wildcard SSL SSLcom",
    validation = "ov", coverage = "wildcard", price = 1690000},
  {name = "PositiveSSL Multi Domain", renamed = "SAN Certificate", sslcom = "SAN Certificate SSL SSLcom",
    validation = "dv", coverage = "multi", price = 290000, extra = 120000},
  {name = "Multi Domain SSL", renamed = "OV Multi-domain SSL", sslcom = "OV Multi-domain SSL SSLcom",
    validation = "ov", coverage = "multi", price = 890000, extra = 290000},
  {name = "Unified Communications", validation = "ov", coverage = "multi", price = 890000, extra = 290000},
  {name = "EV Multi Domain SSL", renamed = "EV Multi-Domain SSL", sslcom = "EV Multi Domain SSL SSLcom",
    validation = "ev", coverage = "multi", price = 1690000, extra = 890000},
}

-- sold until 2017, refused since
local DISCONTINUED = {
  "QuickSSL", "QuickSSL Premium", "RapidSSL", "RapidSSL Wildcard", "True BusinessID", "True BusinessID Wildcard",
  "True BusinessID with EV", "True BusinessID Multi Domain", "True BusinessID with EV Multi Domain", "Secure Site",
  "Secure Site Pro", "Secure Site with EV", "Secure Site Pro with EV", "EV SSL SGC", "SSL123", "SSL Web Server",
  "SGC Supercert", "SSL Webserver EV",
}

local by_name, discontinued = {}, {}
for _, product in ipairs(products.list) do
  for _, field in ipairs {"name", "renamed", "sslcom"} do
    local name = product[field]
    if name then
      by_name[name:lower()] = {product = product, name = name, kind = field}
    end
  end
end
for _, name in ipairs(DISCONTINUED) do
  discontinued[name:lower()] = true
end

--- A product by its name in any letter case, old or new.
---@return table|nil product
---@return string|nil name as the catalogue spells it; without a product: "discontinued" or nil
---@return "name"|"renamed"|"sslcom"|nil kind which of the product's names it is
function products.find(name)
  local found = by_name[name:lower()]
  if found then
    return found.product, found.name, found.kind
  end
  return nil, discontinued[name:lower()] and "discontinued" or nil
end

--- How an account's catalogue calls a product. What was announced for 2026 has no suffix; what clients then had from
--- the service has one.
---@param account {catalogue: string, odd: table<string, boolean>}
function products.name_in(product, account)
  if account.catalogue ~= "2026" then
    return product.name
  end
  return not account.odd.announced_names and product.sslcom or product.renamed or product.name
end

return products
