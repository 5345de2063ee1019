--- Checks one managed certificate as it was written, and makes the shape of it that the other modules read.
---
--- Everything is looked at, whatever is wrong before it: who corrects a configuration wants to see all of it.

local Check = require "reseal.order.config.check"
local hosts = require "reseal.hosts"
local money = require "reseal.order.money"
local nearest = require "reseal.nearest"
local params_of = require "reseal.order.config.params"
local report_of = require "reseal.order.config.report"
local ways = require "reseal.order.config.ways"

local shown = report_of.shown

local FIELDS = {
  "name", "names", "account", "provider", "certificate", "product", "key", "years", "buy", "max_price", "currency",
  "before", "prove", "install", "params", "enabled",
}
local KEYS = {"P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"} -- what reseal.x509 makes, and authorities certify
local ALSO_KEYS = {EC = "P-256", RSA = "RSA-2048"}
local MOST_YEARS = 5
local MOST_BEFORE = 397

local function set(list)
  local found = {}
  for _, item in ipairs(list) do
    found[item] = true
  end
  return found
end

--- What is wrong with a name, as words that stand behind it.
local function wrong_name(name)
  if type(name) ~= "string" then
    return "is no text"
  elseif name:find "[\128-\255]" then
    return "has other letters than ASCII: write it in its xn-- form (Punycode; `idn2` prints it)"
  elseif name:find "%u" then
    return ("must be in lower case: %s"):format(name:lower())
  elseif name:find "%.$" then
    return ("must not end with a dot: %s"):format((name:gsub("%.+$", "")))
  elseif name:find "^%d+%.%d+%.%d+%.%d+$" or name:find ":" then
    return "is an address: only names of hosts are certified here"
  end
  local words = hosts.wrong(name)
  if words then
    return words
  end
  for label in name:gsub("^%*%.", ""):gmatch "[^.]+" do
    if #label > 63 or not label:find "^[%w-]+$" or label:find "^%-" or label:find "%-$" then
      return "must be a host name whose parts have letters, digits and hyphens between them, 63 at most: "
        .. shown(label) .. " is none"
    end
  end
end

local function names_of(self, entry)
  local names = entry.names
  if names == nil then
    self:fault({"names"}, "missing", 'names is missing: the certificate\'s names, such as {"example.com", '
      .. '"www.example.com"}')
    return nil
  elseif type(names) == "string" then
    names = {names}
  elseif not Check.is_list(names) or #names == 0 then
    self:fault({"names"}, "bad_type", "names must be a list of host names, one at least")
    return nil
  end
  local list, seen = {}, {}
  for i, name in ipairs(names) do
    local words = wrong_name(name)
    if words then
      self:fault({"names", i}, "bad_format", ("names: %s %s"):format(shown(name), words))
    elseif seen[name] then
      self:fault({"names", i}, "twice", ("names: %s is there twice"):format(name))
    else
      seen[name] = true
    end
    list[i] = name
  end
  return list
end

local function account_of(self, entry, accounts)
  local account, provider = self:text(entry, "account", "the name of an account"), entry.provider
  local names = {}
  for name in pairs(accounts) do
    names[#names + 1] = name
  end
  table.sort(names)
  if account == nil and entry.account == nil and #names == 1 then
    account = names[1]
  elseif account == nil and entry.account == nil then
    self:fault({"account"}, "missing", #names == 0 and "account is missing, and no account is configured"
      or "account is missing: one of " .. table.concat(names, ", "))
  elseif account and not accounts[account] then
    local meant = nearest(account, names)
    self:fault({"account"}, "not_allowed", ("account: there is no %s; %s"):format(shown(account),
      meant and ("did you mean %s?"):format(meant) or #names == 0 and "no account is configured"
        or "it is one of " .. table.concat(names, ", ")))
    account = nil
  end
  local its = account and accounts[account].provider
  if provider ~= nil and its and provider ~= its then
    self:fault({"provider"}, "conflict", ("provider is %s, and the account %s is one of %s"):format(shown(provider),
      account, its))
  end
  return account, its
end

--- "12.00 USD", or {amount = "12.00", currency = "USD"}, or {"12.00", "USD"}; `currency` may stand beside it.
---@return string|nil amount
---@return string currency or what is wrong
local function price_of(value, beside)
  local amount, currency = value, beside
  if type(value) == "table" then
    amount, currency = value.amount or value[1], value.currency or value[2]
  elseif type(value) == "string" and value:find "%s" then
    amount, currency = value:match "^%s*(%S+)%s+(%S+)%s*$"
  end
  if type(amount) == "number" then
    return nil, 'must be text with its currency, such as "12.00 USD": a number could be rounded'
  end
  local units, why = money.units(amount)
  if not units then
    return nil, ('must be an amount and a currency, such as "12.00 USD": %s'):format(why)
  elseif not money.is_currency(currency) then
    return nil, ('needs a currency of three capital letters, as in "%s USD"'):format(amount)
  end
  return money.text(units), currency
end

local function limit_of(self, entry, buy)
  if entry.max_price == nil then
    if buy then
      self:fault({"max_price"}, "missing", "max_price is missing: what a purchase may cost at most, such as "
        .. '"12.00 USD"')
    end
    return nil
  end
  local amount, currency = price_of(entry.max_price, entry.currency)
  if not amount then
    self:fault({"max_price"}, "bad_value", "max_price " .. currency)
    return nil
  end
  return amount, currency
end

local function key_of(self, entry)
  local key = entry.key
  if key == nil then
    return nil
  end
  local upper = type(key) == "string" and key:upper() or ""
  upper = ALSO_KEYS[upper] or upper
  for _, kind in ipairs(KEYS) do
    if kind == upper then
      return kind
    end
  end
  local meant = upper ~= "" and nearest(upper, KEYS)
  self:fault({"key"}, "not_allowed", ("key must be one of %s, not %s%s"):format(table.concat(KEYS, ", "), shown(key),
    meant and ("; did you mean %s?"):format(meant) or ""))
end

local function certificate_of(self, entry)
  local id = entry.certificate
  if id == nil then
    return nil
  elseif type(id) == "number" then
    self:fault({"certificate"}, "bad_type", ('certificate must be text, between quotes: "%s"'):format(shown(id)))
    return nil
  elseif type(id) ~= "string" or not id:find "^[1-9]%d*$" or #id > 19 then
    self:fault({"certificate"}, "bad_format", "certificate must be the seller's id of a certificate, such as "
      .. '"501904", not ' .. shown(id))
    return nil
  end
  return id
end

local KNOWN = {list = FIELDS, set = set(FIELDS)}

local function name_of(entry)
  local names = entry.names
  local name = entry.name
  if name == nil then
    name = type(names) == "table" and names[1] or names
  end
  return type(name) == "string" and name or nil
end

local entry = {FIELDS = FIELDS, KEYS = KEYS, price_of = price_of, is_way = ways.is_way, wrong_name = wrong_name}

--- Checks one.
---@param given any
---@param source reseal.order.Source where it was written
---@param report reseal.order.Report
---@param options {accounts: table<string, {provider: string}>, now: integer, live: string|nil,
---  muted: table<string, boolean>|nil, foreign_names: boolean|nil} muted: fields whose faults are told already;
---  foreign_names: `prove` may have others than the entry's
---@return table|nil managed whole only when nothing was wrong with it
function entry.check(given, source, report, options)
  local self = setmetatable({
    report = report, source = source, muted = options.muted or {},
    strict_names = not options.foreign_names,
  }, Check)
  if type(given) ~= "table" then
    self:fault({}, "bad_type", 'a certificate must be a table such as {names = {"example.com"}, …}, not '
      .. shown(given))
    return nil
  end
  self.name = name_of(given)
  if self.name then
    self.name = #self.name <= 253 and not self.name:find "%c" and self.name or nil
  end
  self:unknown(given, KNOWN, {}, "a certificate")
  local name = given.name
  if name ~= nil and (type(name) ~= "string" or #name > 200 or not name:find "^[%w*][%w._*+-]*$") then
    self:fault({"name"}, "bad_format", "name must have letters, digits and . _ - + * alone, at most 200, not "
      .. shown(name))
  end
  local names = names_of(self, given)
  local account, provider = account_of(self, given, options.accounts)
  local buy = self:boolean(given, "buy", false)
  local max_price, currency = limit_of(self, given, buy)
  local managed = {
    name = self.name, names = names, account = account, provider = provider, certificate = certificate_of(self, given),
    product = self:text(given, "product", "the seller's name of a product"), key = key_of(self, given),
    years = self:number({"years"}, given.years, "a whole number of years", 1, MOST_YEARS, true) or 1, buy = buy,
    max_price = max_price, currency = currency,
    before = self:number({"before"}, given.before, "days before the certificate's end", 1, MOST_BEFORE),
    prove = ways.prove(self, given, names, options.now), install = ways.install(self, given, options.live),
    enabled = self:boolean(given, "enabled", true),
  }
  managed.params = params_of.check(self, given.params, provider)
  params_of.product(self, managed)
  if managed.enabled and given.certificate == nil then
    if buy and given.product == nil then
      self:fault({"product"}, "missing", "product is missing: there is no certificate to begin with, so one is bought")
    elseif not buy then
      self:warn({"certificate"}, "nothing_to_begin_with",
        "there is neither a certificate to begin with nor leave to buy one (buy, max_price, product)")
    end
  end
  return managed
end

return entry
