--- Extra parameters of the sellers' calls: checked against the descriptions, as a call would be.

local client = require "reseal.client"
local core = require "reseal.core"
local nearest = require "reseal.nearest"
local report_of = require "reseal.order.config.report"
local sellers = require "reseal.order.sellers"

local shown = report_of.shown
local KINDS = {"create", "activate", "renew", "reissue"}
local IS_KIND = {create = true, activate = true, renew = true, reissue = true}

local params = {}

local PORTS = {
  transport = function()
    return function()
      return nil, {code = "transport", message = "nothing is sent here", sent = false}
    end
  end,
  sleep = function() end,
  random = function() return 0 end,
}

--- A client that encodes and sends nothing.
local function rehearsing(provider)
  local settings = {csr_check = "off"}
  for _, setting in ipairs(core.settings(provider)) do
    if setting.required then
      settings[setting.name] = "192.0.2.1" -- passes for an address as well as for a name
    end
  end
  return assert(client.new(provider, settings, PORTS))
end

local clients, folds = {}, {}

local function client_of(provider)
  clients[provider] = clients[provider] or rehearsing(provider)
  return clients[provider]
end

--- Whether a provider takes its parameters' names in any letter case.
local function folded(provider, method, name)
  if folds[provider] == nil then
    local other = name:upper() ~= name and name:upper() or name:lower()
    local _, err = client_of(provider):encode(method, {[other] = "1"})
    folds[provider] = true
    for _, fault in ipairs(err and err.errors or {}) do
      folds[provider] = folds[provider] and fault.code ~= "unknown_param"
    end
  end
  return folds[provider]
end

-- By provider and kind: the method, its parameters' names, which of them are the order's own. Nothing of it changes.
local tables = {}

local function table_of(provider, kind)
  local key = provider .. "\0" .. kind
  if tables[key] == nil then
    local seller = sellers.of(provider)
    local method = seller and seller.METHODS[kind]
    if not method then
      tables[key] = false
      return false
    end
    local made = {method = method, names = {}, by_name = {}, own = {}}
    for _, param in ipairs(core.describe(provider, method).params) do
      made.names[#made.names + 1] = param.name
      made.folded = folded(provider, method, param.name)
      made.by_name[made.folded and param.name:lower() or param.name] = param
    end
    for _, name in ipairs(seller.OWN) do
      made.own[name:lower()] = true
    end
    tables[key] = made
  end
  return tables[key]
end

local function param_of(of, name)
  return type(name) == "string" and of.by_name[of.folded and name:lower() or name] or nil
end

--- The faults of parameters that are not all there.
local function faults_of(provider, of, given)
  local copy = {}
  for name, value in pairs(given) do
    local param = param_of(of, name)
    if param and not of.own[param.name:lower()] then
      copy[name] = value
    end
  end
  local _, err = client_of(provider):encode(of.method, copy)
  local found = {}
  for _, fault in ipairs(err and err.errors or {}) do
    local root = type(fault.param) == "string" and fault.param:match "^[^.%[]+" or ""
    -- What is missing comes from the order, but not within what is given here.
    local inside = fault.param ~= root
    for name in pairs(copy) do
      if name:lower() == root:lower() and (fault.code ~= "missing" or inside) and fault.code ~= "conflict" then
        found[#found + 1] = {name = name, code = fault.code, message = fault.message}
        break
      end
    end
  end
  return found
end

local function sorted(given)
  local names = {}
  for name in pairs(given) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

--- Checks the parameters of one kind of call.
local function check_kind(check, kind, given, provider)
  local of = table_of(provider, kind)
  if not of then
    return check:fault({"params", kind}, "not_allowed", ("params.%s: %s has no such call"):format(kind, provider))
  end
  for _, name in ipairs(sorted(given)) do
    local param = param_of(of, name)
    if not param then
      local meant = type(name) == "string" and nearest(name, of.names)
      check:fault({"params", kind, name}, "unknown_param", ("params.%s: %s is no parameter of %s at %s%s"):format(kind,
        shown(name), of.method, provider, meant and ("; did you mean %s?"):format(meant) or ""))
    elseif of.own[param.name:lower()] then
      check:fault({"params", kind, name}, "not_allowed", ("params.%s: %s follows from the order, and can't be set here")
        :format(kind, param.name))
    end
  end
  for _, fault in ipairs(faults_of(provider, of, given)) do
    check:fault({"params", kind, fault.name}, fault.code, ("params.%s: %s"):format(kind, fault.message))
  end
end

--- Checks `params`, by kind of call.
---@param check reseal.order.Check
---@param given any
---@param provider string|nil
---@return table|nil
function params.check(check, given, provider)
  if given == nil then
    return {}
  elseif type(given) ~= "table" then
    check:fault({"params"}, "bad_type", "params must be a table by kind of call, such as {activate = {WebServerType = "
      .. '"nginx"}}')
    return nil
  end
  check:unknown(given, {list = KINDS, set = IS_KIND}, {"params"}, "params")
  local made = {}
  for _, kind in ipairs(KINDS) do
    local one = given[kind]
    if one ~= nil and type(one) ~= "table" then
      check:fault({"params", kind}, "bad_type", ("params.%s must be a table of parameters"):format(kind))
    elseif one ~= nil and provider then
      made[kind] = one
      check_kind(check, kind, one, provider)
    end
  end
  return made
end

local products = {}

--- What a provider lists as its products; empty: it doesn't.
local function products_of(provider)
  if not products[provider] then
    local list = {}
    local of = table_of(provider, "create")
    for _, param in ipairs(of and core.describe(provider, of.method).params or {}) do
      if param.role == "product" then
        list = param.values or {}
      end
    end
    products[provider] = {list = list, by_name = {}}
    for _, name in ipairs(list) do
      products[provider].by_name[name:lower():gsub("[%s_-]", "")] = name
    end
  end
  return products[provider]
end

--- Doubts a product that is nearly one that the seller lists: the lists grow, so it may be right.
---@param check reseal.order.Check
---@param managed table
function params.product(check, managed)
  local product, provider = managed.product, managed.provider
  if not (product and provider) then
    return
  end
  local known = products_of(provider)
  if #known.list > 0 and not known.by_name[product:lower():gsub("[%s_-]", "") .. ""] then
    local meant = nearest(product, known.list)
    check:warn({"product"}, "doubtful", ("product: %s is none of the products that %s lists%s"):format(shown(product),
      provider, meant and ("; did you mean %s?"):format(meant) or ""))
  end
end

return params
