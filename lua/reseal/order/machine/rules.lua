--- What the machine goes by: its limits in time, and small questions that all its parts ask.

local money = require "reseal.order.money"

local DAY, HOUR, MINUTE = 86400, 3600, 60

local rules = {}

--- In seconds, but for `in_the_way`.
rules.LIMITS = {
  day = DAY, -- no next step is further away
  first_pause = MINUTE, -- after a failure; doubled with each
  longest_pause = 6 * HOUR,
  shortest_limit = 10 * MINUTE, -- of the pauses, however near the end is
  patience = 90, -- between the commit of an intent and the last moment at which it may be sent, and answered
  grace = 60, -- between that moment and looking for what became of it
  ready = HOUR, -- how long it holds that there is room and the names are provable
  price = HOUR, -- how long a price holds
  known = 15 * MINUTE, -- how long a look at the account holds before a purchase, and that the clocks agree
  skew = 5 * MINUTE, -- that a seller's clock and ours may differ for a purchase
  first_poll = 15, -- the first look while the seller works; then twice as late each time, until a look comes
  poll = MINUTE, -- each minute; and later after a tenth of the time that it has taken
  longest_poll = HOUR,
  queue = HOUR, -- until an order that nobody has called asks again whether it is its turn
  publish = HOUR, -- published again after that: what serves it may have been started anew
  nudge = 6 * HOUR,
  probe = HOUR, -- after that the seller is asked to look, whatever is seen from here
  pending = 7 * DAY, -- a person is told then
  busy = 6 * HOUR, -- so long another purchase of the account may be in the way before a person is told
  in_the_way = 5, -- failures after which a person is told that somebody else's order is in the way
  ending = 3 * DAY, -- so long before its end a person is told that nothing has helped
}

function rules.copy(value)
  if type(value) ~= "table" then
    return value
  end
  local made = {}
  for key, inner in pairs(value) do
    made[key] = rules.copy(inner)
  end
  return made
end

--- How long after an intent's last moment its answer may still come: what has less patience has less of it.
---@param intent {at: integer|nil, deadline: integer}
---@return integer seconds
function rules.grace(intent)
  local patience = intent.at and math.max(0, intent.deadline - intent.at) or rules.LIMITS.patience
  return math.min(rules.LIMITS.grace, math.ceil(patience * rules.LIMITS.grace / rules.LIMITS.patience))
end

--- Whether something that was true then still counts. A time that is yet to come is a clock's fault, and counts not.
function rules.fresh(time, now, age)
  return time ~= nil and time <= now and now - time <= age
end

function rules.same_names(a, b)
  if #a ~= #b or a[1] ~= b[1] then
    return false
  end
  local has = {}
  for _, name in ipairs(a) do
    has[name] = true
  end
  for _, name in ipairs(b) do
    if not has[name] then
      return false
    end
  end
  return true
end

function rules.quoted(name)
  return name:find "^[%w._-]+$" and name or "'" .. name:gsub("'", "'\\''") .. "'"
end

function rules.command(managed, options)
  return "reseal reconcile " .. rules.quoted(managed.name) .. " " .. options
end

function rules.date(time)
  return os.date("!%Y-%m-%d", time)
end

--- The look of one day comes between 18 and 24 hours later, for each name at a time of its own.
function rules.tomorrow(name, now)
  local sum = 0
  for i = 1, #name do
    sum = (sum * 31 + name:byte(i)) % 21600
  end
  return now + DAY - sum
end

function rules.is_purchase(kind)
  return kind == "create" or kind == "renew"
end

--- Whether the configuration asks for something else than this order does.
function rules.is_changed(managed, order)
  local data = order.data
  return not rules.same_names(managed.names, data.names) or managed.key ~= nil and managed.key ~= data.key
    or managed.account ~= order.account or managed.provider ~= data.provider
end

--- Why nothing may be bought now; nil when it may. `managed.agreed` is what somebody agreed to pay at most beside
--- `max_price`: {amount, currency}, or false for nothing.
function rules.forbidden(managed, price)
  if not managed.buy then
    return "this costs money, which the configuration does not allow", "Allow it by `buy`, with a `max_price`; or buy "
      .. "it by hand and give its id as `certificate`."
  elseif not managed.max_price or not managed.currency then
    return "the configuration does not say what it may cost", "Say it by `max_price` and `currency`."
  elseif managed.agreed == false then
    return "this costs money, and no price for it was agreed to", "Make a plan that has its price."
  elseif not price then
    return nil
  end
  local most, cost = money.units(managed.max_price), money.units(price.amount)
  if not most or not cost then
    return ("the amounts %s and %s can't be compared"):format(tostring(price.amount), tostring(managed.max_price))
  elseif price.currency ~= managed.currency then
    return ("the price is in %s, and max_price in %s"):format(tostring(price.currency), managed.currency)
  elseif cost > most then
    return ("it costs %s %s, more than the %s that it may"):format(price.amount, price.currency, managed.max_price),
      "Raise `max_price`, or buy it by hand and give its id as `certificate`."
  end
  local agreed = managed.agreed
  local bound = agreed and money.units(agreed.amount)
  if agreed and (agreed.currency ~= price.currency or not bound or cost > bound) then
    return ("it costs %s %s, and %s %s was agreed to"):format(price.amount, price.currency, tostring(agreed.amount),
      tostring(agreed.currency)), "Make a new plan."
  end
end

return rules
