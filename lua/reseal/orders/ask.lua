--- Asks the sellers what a plan has to know, as little as that takes.

local plan = require "reseal.order.plan"
local x509 = require "reseal.x509"

local MOST_LOOKED_AT = 10 -- of an account; where more are due, its list is read
local unpack = table.unpack or unpack -- 5.1

local ask = {}

local function fail_all(state, needs, err, errors)
  for _, need in ipairs(needs) do
    state.failures[need.name] = tostring(err.message or err)
  end
  errors[#errors + 1] = err
end

--- Asks one seller how things stand: by its list where many are due, and one by one where few are, or where the list
--- says that a certificate has a successor.
local function look(orders, account, needs, state, errors)
  local client, err = orders:client(account)
  if not client then
    return fail_all(state, needs, err, errors)
  end
  local seller, listed = orders:seller(account), {}
  if #needs > MOST_LOOKED_AT then
    local rows
    rows, err = seller.sweep(client)
    if not rows then
      return fail_all(state, needs, err, errors)
    end
    for _, row in ipairs(rows) do
      listed[row.id] = row
    end
  end
  for i, need in ipairs(needs) do
    local info = listed[need.certificate]
    if not info and #needs > MOST_LOOKED_AT then
      state.infos[need.name] = {id = need.certificate, status = "failed", word = "nothing of such a certificate"}
    elseif info and info.status ~= "replaced" then
      state.infos[need.name] = info
    else
      info, err = seller.look(client, orders.configuration.by_name[need.name], need.certificate)
      state.infos[need.name] = info or nil
      if not info and err.class == "provider" and err.retry == "never" and err.category ~= "auth" then
        state.infos[need.name] = {id = need.certificate, status = "failed", word = err.message}
      elseif not info then
        local rest = {}
        for j = i, #needs do
          rest[#rest + 1] = needs[j]
        end
        return fail_all(state, rest, err, errors)
      end
    end
  end
end

--- The prices of what is to be bought: those of a list once for each product, those of a quote for each certificate.
local function ask_prices(orders, first, state, errors, quotes)
  local known = {}
  for _, item in ipairs(first.items) do
    local managed = orders.configuration.by_name[item.name]
    local seller = orders:seller(item.account)
    if item.now and item.purchase and (not seller.QUOTES or quotes) then
      local order = {action = item.what, data = {
        product = item.product, years = managed.years, for_certificate = item.certificate,
      }}
      local open = state.orders[item.name] -- one that is under way knows what it buys
      if open then
        order.action, item.product = open.action, open.data.product
        order.data.product, order.data.for_certificate = open.data.product, open.data.for_certificate
      end
      local key = table.concat({item.account, order.action, tostring(item.product), tostring(managed.years),
        seller.QUOTES and item.name or ""}, "\0")
      if known[key] == nil then
        local client, err = orders:client(item.account)
        local price
        if client and seller.QUOTES then
          local _, csr = x509.new(managed.key or "P-256", unpack(managed.names))
          order.data.csr = csr
        end
        if client then
          price, err = seller.price(client, managed, order.action, order)
        end
        known[key] = price or {failure = tostring(err.message or err)}
        errors[#errors + 1] = not price and err or nil
      end
      state.prices[item.name] = not known[key].failure and known[key] or nil
      state.price_failures[item.name] = known[key].failure
    end
  end
end

--- Makes a plan of what is configured.
---@param orders reseal.Orders
---@param only table<string, boolean>|nil
---@param options {prices: boolean|nil}
---@return reseal.order.Plan|nil with `errors`: reseal.Failure[], of sellers that could not be asked
---@return reseal.Failure|nil err
function ask.plan(orders, only, options)
  local now = orders.clock()
  local state, err = orders:state(only)
  if not state then
    return nil, err
  end
  local by_account, accounts, errors = {}, {}, {}
  for _, need in ipairs(plan.needs(orders.configuration, state, now)) do
    if not only or only[need.name] then
      if not by_account[need.account] then
        by_account[need.account] = {}
        accounts[#accounts + 1] = need.account
      end
      table.insert(by_account[need.account], need)
    end
  end
  table.sort(accounts)
  for _, account in ipairs(accounts) do
    look(orders, account, by_account[account], state, errors)
  end
  ask_prices(orders, plan.make(orders.configuration, state, now, only), state, errors, options.prices)
  local made = plan.make(orders.configuration, state, now, only)
  made.errors = errors
  return made
end

return ask
