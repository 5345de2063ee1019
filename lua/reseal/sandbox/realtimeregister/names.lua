--- The names of a Realtime Register order: which come with the product, which are allowed, how many are extra, and
--- what the product demands beside them.

local answer = require "reseal.sandbox.realtimeregister.answer"

local DOMAIN = [[\A(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z][a-z0-9-]{0,61}[a-z0-9])\z]]
local APPROVERS = {"admin", "administrator", "hostmaster", "postmaster", "webmaster"}

local names = {}

function names.is_domain(name)
  return ngx.re.find(name, DOMAIN, "jo") ~= nil
end

--- A name without its wildcard.
function names.bare(name)
  return (name:gsub("^%*%.", ""))
end

--- The name that comes with another one for nothing.
local function free_name(product, host)
  if host:find("^%*%.") then
    return product.has.NON_WWW_INCLUDED and names.bare(host) or nil
  end
  if host:find("^www%.") then
    return product.has.NON_WWW_INCLUDED and host:sub(5) or nil
  end
  return product.has.WWW_INCLUDED and "www." .. host or nil
end

--- The names of a certificate: those asked for, or what comes with the product for nothing.
---@param product table
---@param host string common name
---@param extra string[]|nil nil: nothing was said; an empty list leaves the free name out
---@return string[]
function names.of(product, host, extra)
  if not extra and product.certificateType ~= "MULTI_DOMAIN" then
    extra = {free_name(product, host)}
  end
  local list, seen = {host}, {[host] = true}
  for _, name in ipairs(extra or {}) do
    if not seen[name] then
      list[#list + 1] = name
    end
    seen[name] = true
  end
  return list
end

--- Whether the product can hold these names.
---@return boolean|nil ok
---@return table|nil refusal
function names.check(product, list)
  local kind = product.certificateType
  local wildcard = list[1]:find("^%*%.") ~= nil
  if kind == "WILDCARD" and not wildcard then
    return nil, answer.invalid("The common name must be a wildcard")
  end
  for _, name in ipairs(list) do
    if not names.is_domain(name) then
      return nil, answer.invalid("'%s' is not a domain name", name)
    end
    if name:find("*", 1, true) and kind ~= "WILDCARD" and not product.has.WILDCARD then
      return nil, answer.invalid("The product does not allow wildcards")
    end
  end
  if kind == "SINGLE_DOMAIN" or kind == "WILDCARD" then
    local free = free_name(product, list[1])
    for i = 2, #list do
      if list[i] ~= free then
        return nil, answer.invalid("The product does not allow additional domains")
      end
    end
  elseif #list > product.maxDomains then
    return nil, answer.invalid("At most %d domains are allowed", product.maxDomains)
  end
  return true
end

--- How many names are beyond those that the product's price includes.
---@return integer plain
---@return integer wildcards
function names.extra(product, list)
  if not product.extra then
    return 0, 0
  end
  local plain, wildcards = 0, 0
  for _, name in ipairs(list) do
    if name:find("*", 1, true) then
      wildcards = wildcards + 1
    else
      plain = plain + 1
    end
  end
  return math.max(0, plain - product.includedDomains), wildcards
end

--- Addresses that may approve a name: the usual ones at the name and at the domains above it.
---@return string[]
function names.approvers(name)
  local list, domain = {}, names.bare(name)
  while domain and domain:find(".", 1, true) do
    for _, user in ipairs(APPROVERS) do
      list[#list + 1] = user .. "@" .. domain
    end
    domain = domain:match("^[^.]+%.(.+)$")
  end
  return list
end

function names.is_approver(address, name)
  for _, allowed in ipairs(names.approvers(name)) do
    if allowed == address then
      return true
    end
  end
  return false
end

-- what a CSR's subject can say instead of the order
local IN_SUBJECT = {organization = "O", city = "L", country = "C", postalCode = "postalCode", address = "street",
  state = "ST", department = "OU"}

--- What the order or else the CSR says about the organization.
---@return table<string, any>
function names.contact(body, csr)
  local contact = {}
  for field, part in pairs(IN_SUBJECT) do
    contact[field] = body[field] or csr.subject[part]
  end
  contact.coc = body.coc
  return contact
end

--- The product's required fields that are missing.
---@param product table
---@param params table[] the call's parameters; what it does not know, it can not demand
---@param body table
---@param contact table of names.contact
---@return table|nil refusal
function names.missing(product, params, body, contact)
  local known, report = {}, {}
  for _, param in ipairs(params) do
    known[param.name] = true
  end
  for _, field in ipairs(product.requiredFields or {}) do
    local given = contact[field] or body[field]
    if known[field] and (given == nil or type(given) == "table" and next(given) == nil) then
      report[#report + 1] = {field = field, message = "is required for this product"}
    end
  end
  return report[1] and answer.violates(report) or nil
end

return names
