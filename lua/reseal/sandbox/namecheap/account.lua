--- Namecheap's accounts: money, certificates, and how an order moves from bought to issued.

local checks = require "reseal.sandbox.checks"
local names = require "reseal.sandbox.namecheap.names"
local pki = require "reseal.sandbox.pki"
local products = require "reseal.sandbox.namecheap.products"

local Accounts = {}
Accounts.__index = Accounts

local DAY = 86400
local YEAR = 365 * DAY

-- a purchase must be activated within this time; the pages don't say how long it is
local ACTIVATION = YEAR

-- domains that every multi-domain product includes, and the most that one may have
local INCLUDED_SANS, MOST_SANS = 2, 99

Accounts.INCLUDED_SANS, Accounts.MOST_SANS = INCLUDED_SANS, MOST_SANS

local DEFAULT_CERTIFICATES = {
  {id = 501904, type = "PositiveSSL", host = "example.com", expires_in_days = 30},
  {id = 501905, type = "PositiveSSL Wildcard", host = "*.example.net", expires_in_days = 300},
  {id = 501906, type = "PositiveSSL Multi Domain", host = "example.org", expires_in_days = 45,
    names = {"shop.example.org", "mail.example.org"}},
  {id = 501907, type = "PositiveSSL", status = "newpurchase"},
}

-- any other code is not available
local DEFAULT_PROMOTIONS = {
  TENOFF = 10,
  EXPIRED = "Promotion code is expired",
  USEDUP = "Promotion code usage exceeded",
  NOTSTARTED = "Promotion code is not started yet.",
  INACTIVE = "Promotion code is not active",
  DENIED = "Access denied for the promotion code",
}

---@class reseal.sandbox.namecheap.Accounts
---@field list table[] the accounts
---@field promotions table<string, integer|string> by code: percent off, or the text of the refusal
---@field next_id integer of a certificate

--- Without accounts until reset().
---@param parts {clock: reseal.sandbox.Clock, state: reseal.sandbox.State, ca: reseal.sandbox.Authority,
---  dcv: reseal.sandbox.Dcv}
---@return reseal.sandbox.namecheap.Accounts
function Accounts.new(parts)
  return setmetatable({
    clock = parts.clock, state = parts.state, ca = parts.ca, dcv = parts.dcv, list = {}, promotions = {}, next_id = 1,
  }, Accounts)
end

-- money ------------------------------------------------------------------------------------------------------------

--- Ten-thousandths of a dollar as the service writes money.
---@param amount integer
function Accounts.money(amount)
  return ("%d.%04d"):format(math.floor(amount / 10000), amount % 10000)
end

--- The ten-thousandths of a dollar that `"50.0000"` stands for; nil when it is no amount.
function Accounts.read_money(text)
  local whole, fraction = tostring(text):match("^(%d+)%.?(%d*)$")
  if not whole or #whole > 9 or #fraction > 4 then
    return nil
  end
  return tonumber(whole) * 10000 + tonumber((fraction .. "0000"):sub(1, 4))
end

--- Takes a price from the balance and writes the ledger.
---@param entry table method, certificate, new_certificate
---@return {order: integer, transaction: integer, amount: string}|nil payment nil: the balance is too small
function Accounts:pay(account, price, entry)
  if price > account.balance then
    return nil
  end
  account.balance = account.balance - price
  entry.provider, entry.account, entry.currency = "namecheap", account.user_name, "USD"
  entry.amount, entry.balance = Accounts.money(price), Accounts.money(account.balance)
  self.state:charge(entry)
  local payment = {order = account.next_order, transaction = account.next_transaction, amount = entry.amount}
  account.next_order, account.next_transaction = account.next_order + 1, account.next_transaction + 1
  return payment
end

-- certificates -----------------------------------------------------------------------------------------------------

--- Adds a certificate; without an id it gets the next one.
function Accounts:add(account, certificate)
  certificate.id = certificate.id or self.next_id
  certificate.type = certificate.type or certificate.product.name
  account.certificates[certificate.id] = certificate
  account.order[#account.order + 1] = certificate
  self.next_id = math.max(self.next_id, certificate.id + 1)
  return certificate
end

--- A certificate that is bought and waits for activation.
---@param fields table product, years, status (newpurchase or newrenewal), …
function Accounts:add_purchase(account, fields)
  local now = self.clock:now()
  fields.names, fields.purchased, fields.activation_ends = {}, now, now + ACTIVATION
  return self:add(account, fields)
end

--- The names that an issued certificate has: the requested ones, and what the product adds to them.
local function covered_names(certificate)
  local host = certificate.host
  local covered = {host}
  if certificate.product.coverage == "multi" then
    for _, name in ipairs(certificate.names) do
      covered[#covered + 1] = name
    end
  elseif certificate.product.coverage == "wildcard" then
    covered[2] = host:gsub("^%*%.", "")
  else
    covered[2] = host:find("^www%.") and host:sub(5) or "www." .. host
  end
  return covered
end

--- What the authority's certificate says beside the key: names, begin and end.
local function terms(certificate)
  return covered_names(certificate), certificate.issued, pki.expiry(certificate.issued, certificate.expires)
end

--- The leaf of a certificate, but for a key that isn't the request's.
function Accounts:wrong_leaf(certificate)
  return self.ca:issue_wrong(terms(certificate))
end

function Accounts:sign_leaf(certificate)
  certificate.leaf = self.ca:issue(certificate.csr, terms(certificate))
end

--- Lets the authority sign; the certificate that it replaces ends.
function Accounts:issue(account, certificate)
  local now = self.clock:now()
  local renewed = account.certificates[certificate.renews]
  if not certificate.expires then
    -- a renewal adds to what is left of the certificate that it renews
    local left = renewed and math.max(renewed.expires - now, 0) or 0
    certificate.expires = now + certificate.years * YEAR + left
  end
  certificate.status, certificate.issued = "active", now
  self:sign_leaf(certificate)
  local replaced = account.certificates[certificate.replaces]
  if replaced then
    if replaced.status ~= "revoked" then
      replaced.status = "replaced"
    end
    replaced.replaced_by, replaced.reissue = certificate.id, nil
  end
end

--- Issues an order for which everything is proved.
function Accounts:progress(account, certificate)
  if certificate.status ~= "purchased" then
    return
  end
  for _, challenge in ipairs(certificate.challenges) do
    if not challenge.proved then
      return
    end
  end
  if certificate.product.validation == "dv" or certificate.organization_approved then
    self:issue(account, certificate)
  end
end

--- What an order still waits for.
---@return string[]
local function waits_for(certificate)
  local list = {}
  for _, challenge in ipairs(certificate.status == "purchased" and certificate.challenges or {}) do
    if not challenge.proved then
      list[#list + 1] = ("%s: %s"):format(challenge.name, challenge.why or "not looked at yet")
    end
  end
  if certificate.status == "purchased" and certificate.product.validation ~= "dv"
    and not certificate.organization_approved then
    list[#list + 1] = "the organization: waits for POST /_sandbox/approve"
  end
  return list
end

--- Looks whether control of the names of open orders is proved now.
function Accounts:look()
  for _, account in ipairs(self.list) do
    for _, certificate in ipairs(account.order) do
      if certificate.status == "purchased" then
        self.dcv:prove(certificate.challenges)
        names.inherit(certificate.challenges)
        self:progress(account, certificate)
      end
    end
  end
end

-- Where sources disagree about the service: what reset and scenario can switch on.
local ODD = {
  "announced_names",     -- catalogue of 2026: answers name products as announced, without SSLcom at the end
  "only_sslcom_names",   -- catalogue of 2026: requests must name them with it
  "parse_csr_by_get",    -- parseCSR is read by GET too
  "reissue_from_first",  -- reissue takes the id of a certificate that was replaced, and goes on from its last successor
  "replaced_at_once",    -- a certificate becomes replaced when its reissue is accepted, not when that is issued
}

-- the scenario -----------------------------------------------------------------------------------------------------

local CERTIFICATES = checks.list_of(checks.object_of({
  id = checks.integer(1, 999999999), type = checks.text(products.find, "a product of the renew page"),
  expires_in_days = checks.integer(-3650, 3650), host = checks.host, names = checks.list_of(checks.host),
  years = checks.integer(1, 5), sans = checks.integer(0, 97), renews = checks.integer(1, 999999999),
  admin_email = checks.text(function() return true end, "an address, or empty"),
  status = checks.one_of {"active", "newpurchase", "newrenewal", "purchased", "purchaseerror", "replaced",
    "cancelled", "revoked"},
}, {"id", "type"}))

local function account_fields(more)
  local fields = {
    balance = checks.text(Accounts.read_money, 'an amount as a string, such as "50.0000"'),
    edition = checks.one_of {"current", "classic"}, catalogue = checks.one_of {"2017", "2026"},
    classic_shape = checks.boolean, odd = checks.list_of(checks.one_of(ODD)), certificates = CERTIFICATES,
    allowed_addresses = checks.list_of(checks.name),
  }
  for name, check in pairs(more) do
    fields[name] = check
  end
  return fields
end

--- Checks the part of a scenario that belongs to Namecheap.
Accounts.scenario = checks.object_of(account_fields {
  promotions = checks.map_of(checks.either(checks.integer(1, 100),
    checks.text(function(text) return #text > 0 end, "the text of a refusal"))),
  accounts = checks.list_of(checks.object_of(account_fields {
    api_user = checks.name, api_key = checks.name, user_name = checks.name,
  }, {"api_user", "api_key"})),
})

function Accounts:add_given(account, given)
  local now = self.clock:now()
  local product, spelled = products.find(given.type)
  local status = given.status or "active"
  local certificate = {
    id = given.id, product = product, type = spelled, years = given.years or 1, status = status,
    sans = product.coverage == "multi" and INCLUDED_SANS + (given.sans or 0) or 0, order_id = given.id + 500000,
    renews = given.renews,
  }
  if status == "newpurchase" or status == "newrenewal" then
    return self:add_purchase(account, certificate)
  end
  local expires = now + (given.expires_in_days or 30) * DAY
  local host = given.host or "example.com"
  local bare = host:gsub("^%*%.", "")
  certificate.names, certificate.host, certificate.purchased = given.names or {}, host, expires - YEAR
  certificate.csr_pem = self.ca:sample_csr(covered_names(certificate))
  certificate.csr = assert(pki.read_csr(certificate.csr_pem))
  certificate.approver = "admin@" .. bare
  certificate.administrator_email = given.admin_email or "admin@" .. bare
  certificate.provider_order_id = tostring(given.id + 88000000)
  names.request(certificate, {})
  self:add(account, certificate)
  if status == "purchased" or status == "purchaseerror" then
    return
  end
  certificate.expires, certificate.issued = expires, math.min(now, expires) - 30 * DAY
  self:sign_leaf(certificate)
end

function Accounts:add_account(given)
  local account = {
    api_user = given.api_user, api_key = given.api_key, user_name = given.user_name or given.api_user,
    balance = Accounts.read_money(given.balance or "500.0000"), edition = given.edition or "current",
    catalogue = given.catalogue or "2017", classic_shape = given.classic_shape or false,
    allowed_addresses = given.allowed_addresses, odd = {}, certificates = {}, order = {}, next_order = 1234567,
    next_transaction = 7654321,
  }
  for _, name in ipairs(given.odd or {}) do
    account.odd[name] = true
  end
  table.insert(self.list, account)
  for _, certificate in ipairs(given.certificates or DEFAULT_CERTIFICATES) do
    self:add_given(account, certificate)
  end
end

--- Makes the accounts as they are at start, or as a scenario says.
---@param options table checked by Accounts.scenario
function Accounts:reset(options)
  local promotions = {}
  for code, effect in pairs(DEFAULT_PROMOTIONS) do
    promotions[code] = effect
  end
  for code, effect in pairs(options.promotions or {}) do
    promotions[code:upper()] = effect
  end
  self.list, self.promotions, self.next_id = {}, promotions, 1
  local first = {api_user = "apiexample", api_key = "56b4c87ef4fd49cb96d915c0db68194"}
  for name, value in pairs(options) do
    first[name] = value
  end
  self:add_account(first)
  for _, given in ipairs(options.accounts or {}) do
    given.certificates = given.certificates or {}
    self:add_account(given)
  end
end

--- The account of a user and a key.
function Accounts:find(api_user, api_key)
  for _, account in ipairs(self.list) do
    if account.api_user == api_user and account.api_key == api_key then
      return account
    end
  end
end

--- What a promotion code does: percent off, or the text of the refusal.
---@return integer|string
function Accounts:promotion(code)
  return self.promotions[code:upper()] or "Promotion code is not available"
end

-- control ----------------------------------------------------------------------------------------------------------

--- A certificate that waits for validation, and its account.
function Accounts:find_waiting(id)
  for _, account in ipairs(self.list) do
    local certificate = account.certificates[id]
    if certificate and certificate.status == "purchased" then
      return account, certificate
    end
    if certificate then
      return nil, ("certificate %d is %s; only a purchased one waits for validation"):format(id, certificate.status)
    end
  end
  return nil, "there is no certificate " .. id
end

--- Everything is proved: the order is issued.
---@return boolean|nil done
---@return string|nil message
function Accounts:validate(id)
  local account, certificate = self:find_waiting(id)
  if not account then
    return nil, certificate
  end
  self:issue(account, certificate)
  return true
end

--- Approves by mail (all names, or one), or the organization.
---@param wanted {name?: string, organization?: boolean}
---@return boolean|nil done
---@return string|nil message
function Accounts:approve(id, wanted)
  local account, certificate = self:find_waiting(id)
  if not account then
    return nil, certificate
  end
  local approved = wanted.organization == true
  certificate.organization_approved = certificate.organization_approved or approved
  if not wanted.organization or wanted.name then
    for _, challenge in ipairs(certificate.challenges) do
      if challenge.method == "email" and (wanted.name or challenge.name) == challenge.name then
        challenge.proved, challenge.why, approved = true, nil, true
      end
    end
  end
  if not approved then
    return nil, ("certificate %d has no %s to be approved by mail"):format(id, wanted.name or "name")
  end
  self:progress(account, certificate)
  return true
end

--- The first account, the other ones' balances, and all certificates, as GET /_sandbox/state shows them.
---@return table account
---@return table certificates
function Accounts:summary()
  local list, certificates, others = self.list, {}, nil
  for i, account in ipairs(list) do
    if i > 1 then
      others = others or {}
      others[account.user_name] = Accounts.money(account.balance)
    end
    for _, certificate in ipairs(account.order) do
      local waiting = waits_for(certificate)
      certificates[#certificates + 1] = {
        id = certificate.id, account = account.user_name, type = certificate.type, status = certificate.status,
        host = certificate.host, expires = certificate.expires, replaced_by = certificate.replaced_by,
        waits_for = waiting[1] and waiting or nil,
      }
    end
  end
  return {balance = Accounts.money(list[1].balance), currency = "USD", others = others}, certificates
end

return Accounts
