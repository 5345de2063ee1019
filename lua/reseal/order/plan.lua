--- What is to be done for the managed certificates, when, why and for how much; and what can't be helped. Pure: no
--- seller is asked, no clock is read. What it says is what the machine would do, because the machine is asked.
---
--- ```lua
--- local state = {rows = rows, orders = orders, served = served}   -- by name; of the journal, and of what is installed
--- for _, need in ipairs(plan.needs(configuration, state, now)) do … state.infos[need.name] = seller.look(…) end
--- local p = plan.make(configuration, state, now)
--- local text = plan.write(p)                                      -- and later:
--- local moved = plan.moved(assert(plan.read(text)), plan.make(configuration, state_then, then))
--- ```
---
--- | what | |
--- |---|---|
--- | `reissue`, `activate` | nothing to pay |
--- | `renew`, `create` | a purchase |
--- | `continue` | an order is under way |
--- | `wait` | nothing can be gained now; `when` is the next look |
--- | `blocked` | a person is needed; `why` and `advice` say for what |
--- | `unknown` | the seller has not been asked, or failed: `why` |
--- | `off` | `enabled = false` |
---
--- An item whose `now` is false is a forecast: what will be done at `when`.

local budget = require "reseal.order.budget"
local calendar = require "reseal.order.calendar"
local config = require "reseal.order.config"
local json = require "reseal.order.json"
local machine = require "reseal.order.machine"
local money = require "reseal.order.money"
local sellers = require "reseal.order.sellers"

local DAY = 86400
local POLLS = 4 -- looks at an order until it is issued, as a rule
local FORMAT, VERSION = "reseal plan", 1

local plan = {VERSION = VERSION}

---@class reseal.order.State what is known of the world, by name of the managed certificate
---@field rows? table<string, table> of the journal
---@field orders? table<string, table> its open orders, with `intent` where one is open
---@field served? table<string, table|false> what is installed; false or absent: nothing
---@field infos? table<string, reseal.order.Info> how the seller has it
---@field failures? table<string, string> why there is no info
---@field unreadable? table<string, string> why what is installed can't be read
---@field prices? table<string, {amount: string, currency: string, source: string}>
---@field price_failures? table<string, string>

---@class reseal.order.Item
---@field name string
---@field account string
---@field provider string
---@field what string see the head of this file
---@field when integer epoch seconds
---@field now boolean whether it is to be done now
---@field why string
---@field advice string|nil
---@field person boolean whether it needs one
---@field purchase boolean
---@field amount string|nil
---@field currency string|nil
---@field price_source string|nil
---@field calls integer how many calls it takes, as a rule
---@field day integer on which day from now it comes, 0 being the first, by calls and caps of its account
---@field late integer|nil when its account's calls let it be done, where that is after its end
---@field certificate string|nil the seller's id
---@field product string|nil
---@field served_ends integer|nil epoch seconds
---@field order_ends integer|nil epoch seconds
---@field from table what it was made from, for `plan.moved`

-- one certificate --------------------------------------------------------------------------------------------------

local function row_of(managed, state)
  local known = state.rows and state.rows[managed.name] or {}
  local row = {}
  for field, value in pairs(known) do
    row[field] = value
  end
  row.next, row.failures = nil, row.failures or 0
  row.certificate = row.certificate or managed.certificate
  if known.configured and managed.certificate and known.configured ~= managed.certificate then
    row.certificate = managed.certificate -- the configuration names another one now
  end
  return row
end

local function served_of(managed, state)
  return state.served and state.served[managed.name] or false
end

--- What the machine says before the seller is asked: an order to decide on, or nothing.
local function opened(managed, state, now)
  local row, order = machine.absorb(managed, row_of(managed, state), nil, {act = "served"},
    {ok = served_of(managed, state)}, now)
  return row, order
end

local function is_purchase(what)
  return what == "create" or what == "renew"
end

--- Money: what the machine says when it comes to the price.
local function priced(item, managed, row, order, state, now)
  local data = order.data
  -- What comes before the price is taken for done.
  data.csr, data.room_at, data.provable_at, data.served_at, data.admitted = "", now, now, now, true
  row.next, row.failures = nil, 0
  local following = machine.next(managed, row, order, now)
  if following.act == "block" then
    item.what, item.person, item.why, item.advice = "blocked", true, following.why, following.advice
    return
  end
  local price = state.prices and state.prices[managed.name]
  if not price then
    local failure = state.price_failures and state.price_failures[managed.name]
    item.price_source = failure and "failed" or nil
    item.advice = failure and "Its price could not be asked: " .. failure or item.advice
    return
  end
  item.amount, item.currency, item.price_source = price.amount, price.currency, price.source
  row = machine.absorb(managed, row, order, {act = "price"}, {ok = price}, now)
  if row.state == "blocked" then
    item.what, item.person, item.why, item.advice = "blocked", true, row.error, row.advice
  end
end

local VERBS = {
  reissue = "it is reissued within its order", renew = "its order is used up, and is renewed",
  create = "a certificate is bought", activate = "what was bought is activated",
}

--- What is decided for a certificate at some time.
local function decide(item, managed, state, now, row, order)
  if not order then
    item.what, item.why = "wait", row.error or "it is not due"
    if row.state == "failed" then
      item.what, item.person, item.advice = "blocked", true, row.advice
    end
    return
  end
  local because = ({
    none = "nothing is served", time = "the certificate ends on " .. os.date("!%Y-%m-%d", item.served_ends or 0),
    key = "another kind of key is wanted", names = "other names are wanted",
  })[order.data.reason] or order.data.reason
  if order.action == "decide" then
    local info = state.infos and state.infos[managed.name]
    if not info then
      item.what = "unknown"
      item.why = state.failures and state.failures[managed.name]
        or "the seller has not been asked about certificate " .. tostring(row.certificate)
      return
    end
    item.certificate, item.product, item.order_ends = tostring(info.id), info.product, info.order_ends
    row, order = machine.absorb(managed, row, order, {act = "look"}, {ok = info}, now)
    if order.action == "decide" then
      item.what, item.person = row.state == "blocked" and "blocked" or "wait", row.state == "blocked"
      item.why, item.advice, item.when = row.error or "it is looked at again", row.advice, row.next
      return
    end
  end
  item.what, item.purchase = order.action, is_purchase(order.action)
  item.why = because .. ": " .. (VERBS[order.action] or order.action)
  item.product = order.data.product or item.product
  if item.purchase then
    priced(item, managed, row, order, state, now)
  end
end

local calls_of = {}

--- How many calls it takes, as a rule: those of the seller's module, in the machine's order.
local function calls(provider, what)
  local key = provider .. "\0" .. what
  if not calls_of[key] then
    local seller = sellers.of(provider)
    local of = seller and seller.CALLS or {}
    local count = function(name) return of[name] or 0 end
    local tail = count "challenge" + count "nudge" + POLLS * count "collect" + count "fetch"
    local total = 0
    if what == "reissue" then
      total = count "look" + count "place" + tail
    elseif what == "activate" then
      total = count "look" + (of.activate or count "place") + tail
    elseif is_purchase(what) then
      total = count "price" + count "clock" + count "before" + count "place" + count "activate" + tail
        + (what == "renew" and count "look" + count "successor" or 0)
    elseif what == "continue" then
      total = tail
    end
    calls_of[key] = total
  end
  return calls_of[key]
end

local function sorted(list)
  local copy = {}
  for i, value in ipairs(list or {}) do
    copy[i] = value
  end
  table.sort(copy)
  return copy
end

--- What an item was made from.
local function facts(managed, state)
  local served, info = served_of(managed, state), state.infos and state.infos[managed.name]
  local order = state.orders and state.orders[managed.name]
  local row = row_of(managed, state)
  local price = state.prices and state.prices[managed.name]
  return {
    configuration = config.digest(managed), certificate = info and tostring(info.id) or row.certificate,
    served_ends = served and served.not_after or nil, served = served and served.fingerprint or nil,
    status = info and (info.word or info.status), ends = info and info.ends, order_ends = info and info.order_ends,
    names = info and table.concat(sorted(info.names), " ") or nil,
    price = price and price.amount .. " " .. tostring(price.currency) or nil,
    order = order and order.id and ("%d"):format(order.id) or nil,
  }
end

--- Whether an order under way is a purchase that was not sent yet.
local function is_unpaid(order)
  local data = order.data
  return is_purchase(order.action)
    and not (data.bought or data.seller_order or data.delivered or data.closing or order.intent)
end

local function item_of(managed, state, now)
  local served = served_of(managed, state)
  local order = state.orders and state.orders[managed.name]
  local item = {
    name = managed.name, account = managed.account, provider = managed.provider, what = "wait", when = now, now = false,
    why = "", person = false, purchase = false, calls = 0, day = 0, certificate = row_of(managed, state).certificate,
    product = managed.product, served_ends = served and served.not_after or nil, from = facts(managed, state),
  }
  if order then
    local known = state.rows and state.rows[managed.name] or row_of(managed, state)
    local following = machine.next(managed, known, order, now)
    item.what, item.now = "continue", true
    item.why = ("order %s (%s) is under way: %s"):format(order.id and ("%d"):format(order.id) or "",
      tostring(order.action), tostring(following.stop or following.why or order.phase))
    item.when = following.wait or now
    if is_unpaid(order) then
      local price = state.prices and state.prices[managed.name] or order.data.price
      item.purchase, item.amount, item.currency = true, price and price.amount, price and price.currency
    end
    if following.stop then
      item.purchase, item.amount, item.currency = false, nil, nil
      item.person, item.advice, item.now = true, following.command, false
    end
  elseif managed.enabled == false then
    item.what, item.why = "off", "it is switched off (enabled = false)"
  else
    local unreadable = state.unreadable and state.unreadable[managed.name]
    if unreadable then
      item.what, item.person, item.why = "blocked", true, unreadable
      item.advice = "Put a pair there that can be read, or take it away."
      return item
    end
    local due = served and calendar.due(served.not_before, served.not_after, managed.before)
    local row, opens = opened(managed, state, now)
    if opens or not due then
      decide(item, managed, state, now, row, opens)
      item.now = VERBS[item.what] ~= nil
    else
      decide(item, managed, state, due, opened(managed, state, due))
      item.when = math.max(due, item.when)
      item.person = false
      if item.what == "unknown" then
        item.what, item.why = "wait", "it is due on " .. os.date("!%Y-%m-%d", due)
      end
    end
  end
  item.calls = calls(item.provider, item.what)
  return item
end

-- all of them ------------------------------------------------------------------------------------------------------

--- Which certificates the seller is to be asked about: those for which something is due.
---@param configuration reseal.order.Configuration
---@param state reseal.order.State
---@param now integer epoch seconds
---@return {name: string, account: string, certificate: string}[]
function plan.needs(configuration, state, now)
  local list = {}
  for _, managed in ipairs(configuration.managed) do
    local order = state.orders and state.orders[managed.name]
    if managed.enabled ~= false and not order then
      local row, opens = opened(managed, state, now)
      if opens and opens.action == "decide" then
        list[#list + 1] = {name = managed.name, account = managed.account, certificate = row.certificate}
      end
    end
  end
  return list
end

--- How many seconds pass until the last of so many calls may be made.
---@param provider string
---@param count integer
---@return integer seconds
function plan.takes(provider, count)
  local longest = 0
  for _, window in ipairs(budget.WINDOWS[provider] or {}) do
    longest = math.max(longest, math.floor(math.max(count - 1, 0) / window.limit) * window.seconds)
  end
  return longest
end

local function sooner(a, b)
  if a.now ~= b.now then
    return a.now
  end
  local ends, other = a.now and a.served_ends or a.when, b.now and b.served_ends or b.when
  if ends ~= other then
    return (ends or 0) < (other or 0)
  end
  return a.name < b.name
end

--- Spreads what is to be done over the days that the calls and the caps of its account need.
local function spread(items, configuration, now)
  local accounts = {}
  for _, item in ipairs(items) do
    if item.now then
      local account = accounts[item.account] or {provider = item.provider, calls = 0, spent = 0, days = 0}
      accounts[item.account] = account
      account.calls = account.calls + item.calls
      local seconds = plan.takes(item.provider, account.calls)
      item.day = math.floor(seconds / DAY)
      local caps = configuration.caps and configuration.caps[item.account] or {}
      local cost = item.amount and money.units(item.amount)
      if item.purchase and cost and (not caps.currency or caps.currency == item.currency) then
        local a_day = caps.day and money.units(caps.day)
        local most = caps.order and money.units(caps.order)
        if most and cost > most or a_day and cost > a_day then
          item.what, item.now, item.person, item.purchase = "blocked", false, true, false
          item.why = ("it costs %s %s, more than the account may spend on one order or day"):format(item.amount,
            item.currency)
          item.advice = "Raise the account's caps, or buy it by hand and give its id as `certificate`."
        else
          if a_day and account.spent + cost > a_day then
            account.cap_day, account.spent = (account.cap_day or 0) + 1, 0
          end
          account.spent = account.spent + cost
          item.day = math.max(item.day, account.cap_day or 0)
        end
      end
      local finished = now + math.max(seconds, item.day * DAY)
      if item.served_ends and item.served_ends > now and finished > item.served_ends then
        item.late, item.person = finished, true
        item.why = item.why .. (", but its account's calls and caps let it be done only on %s"):format(
          os.date("!%Y-%m-%d", finished))
      end
      account.seconds, account.days = seconds, math.max(account.days, item.day + 1)
    end
  end
  return accounts
end

local function totals_of(items, accounts)
  local totals = {
    certificates = #items, now = 0, purchases = 0, unpriced = 0, person = 0, late = 0, calls = 0, days = 0, money = {},
    accounts = {},
  }
  local sums = {}
  for _, item in ipairs(items) do
    totals.person = totals.person + (item.person and 1 or 0)
    if item.now then
      totals.now, totals.calls = totals.now + 1, totals.calls + item.calls
      totals.late = totals.late + (item.late and 1 or 0)
      if item.purchase then
        totals.purchases = totals.purchases + 1
        local cost = item.amount and money.units(item.amount)
        if cost then
          sums[item.currency] = (sums[item.currency] or 0) + cost
        else
          totals.unpriced = totals.unpriced + 1
        end
      end
    end
  end
  for currency, sum in pairs(sums) do
    totals.money[currency] = money.text(sum)
  end
  for name, account in pairs(accounts) do
    totals.days = math.max(totals.days, account.days)
    totals.accounts[name] = {calls = account.calls, days = account.days, seconds = account.seconds}
  end
  return totals
end

---@class reseal.order.Plan
---@field made_at integer epoch seconds
---@field items reseal.order.Item[] what is to be done now first, by the certificates' ends; then by time
---@field totals {certificates: integer, now: integer, purchases: integer, unpriced: integer, person: integer,
---  late: integer, calls: integer, days: integer, money: table<string, string>, accounts: table<string, table>}
---@field digest string|nil of one that was written

--- Makes a plan.
---@param configuration reseal.order.Configuration
---@param state reseal.order.State
---@param now integer epoch seconds
---@param only? table<string, boolean> names; nil: all
---@return reseal.order.Plan
function plan.make(configuration, state, now, only)
  local items = {}
  for _, managed in ipairs(configuration.managed) do
    if not only or only[managed.name] then
      items[#items + 1] = item_of(managed, state, now)
    end
  end
  table.sort(items, sooner)
  local accounts = spread(items, configuration, now)
  table.sort(items, sooner)
  return {made_at = now, items = items, totals = totals_of(items, accounts)}
end

-- files ------------------------------------------------------------------------------------------------------------

local function digest_of(p)
  local text = json.encode {made_at = p.made_at, items = p.items, totals = p.totals}
  return (require("openssl.digest").new("sha256"):final(text):gsub(".", function(c)
    return ("%02x"):format(c:byte())
  end))
end

--- A plan as a file has it: JSON, without anything secret.
---@param p reseal.order.Plan
---@return string
function plan.write(p)
  return json.encode {
    format = FORMAT, version = VERSION, made_at = p.made_at, items = p.items, totals = p.totals, digest = digest_of(p),
  } .. "\n"
end

--- Reads a plan that was written.
---@param text string
---@return reseal.order.Plan|nil
---@return string|nil err
function plan.read(text)
  local p = json.decode(text)
  if type(p) ~= "table" or p.format ~= FORMAT then
    return nil, "it is no plan that `reseal plan --out` wrote"
  elseif p.version ~= VERSION then
    return nil, ("it is a plan of version %s, and this program reads version %d"):format(tostring(p.version), VERSION)
  elseif type(p.items) ~= "table" or type(p.made_at) ~= "number" or type(p.totals) ~= "table" then
    return nil, "it is a plan that lacks something"
  end
  local ok, digest = pcall(digest_of, p)
  if not ok or digest ~= p.digest then
    return nil, "it was changed since it was written: make a new plan"
  end
  p.format, p.version = nil, nil
  return p
end

local WORDS = {
  configuration = "its configuration", certificate = "the seller's certificate",
  served = "the certificate that is served", served_ends = "the end of what is served",
  status = "what the seller says of it", ends = "the certificate's end", order_ends = "the order's end",
  names = "the names", price = "the price", order = "the order under way",
}
local ORDER = {
  "configuration", "certificate", "names", "served", "served_ends", "status", "ends", "order_ends", "order", "price",
}
local TIMES = {served_ends = true, ends = true, order_ends = true}
local LONG = {configuration = true, served = true} -- digests say nothing to people

local function words_of(field, value)
  if value == nil then
    return "none"
  elseif TIMES[field] then
    return os.date("!%Y-%m-%d", value)
  end
  return tostring(value)
end

--- What has moved since a plan was made, for what it would do: nothing of it may be carried out then.
---@param p reseal.order.Plan
---@param fresh reseal.order.Plan made from what is now
---@return {name: string, field: string, was: any, is: any, text: string}[] empty: nothing
function plan.moved(p, fresh)
  local by_name, list = {}, {}
  for _, item in ipairs(fresh.items) do
    by_name[item.name] = item
  end
  for _, item in ipairs(p.items) do
    local is = by_name[item.name]
    if item.now and not is then
      list[#list + 1] = {
        name = item.name, field = "configuration", was = item.from.configuration,
        text = item.name .. ": it is not configured any more",
      }
    elseif item.now then
      local before = #list
      for _, field in ipairs(ORDER) do
        local was, now = item.from[field], is.from[field]
        if was ~= now then
          local text = ("%s: %s is another one"):format(item.name, WORDS[field])
          if not LONG[field] then
            text = ("%s: %s was %s, and is %s"):format(item.name, WORDS[field], words_of(field, was),
              words_of(field, now))
          end
          list[#list + 1] = {name = item.name, field = field, was = was, is = now, text = text}
        end
      end
      if #list == before and item.what ~= is.what then
        list[#list + 1] = {
          name = item.name, field = "what", was = item.what, is = is.what,
          text = ("%s: the plan says %s, and now it is %s (%s)"):format(item.name, item.what, is.what, is.why),
        }
      end
    end
  end
  return list
end

return plan
