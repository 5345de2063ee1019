--- What an order does next.

local rules = require "reseal.order.machine.rules"

local DAY = 86400
local LIMITS = rules.LIMITS
local fresh = rules.fresh
local same_names = rules.same_names
local is_purchase = rules.is_purchase
local is_changed = rules.is_changed
local forbidden = rules.forbidden

--- Whether a seller's answer to an order is one: it names an order of the seller's, or what was bought. Only a purchase
--- buys: an activation that says so again would be placed for ever.
---@param value any
---@param purchase boolean
---@return boolean
local function names_something(value, purchase)
  if type(value) ~= "table" then
    return false
  end
  return value.bought ~= nil and purchase or type(value.order) == "table" and value.order.id ~= nil
end

--- From "to be ordered" to the order: whatever is not fresh is asked (again), the dearest last.
local function to_place(managed, order, now)
  local data = order.data
  local kind = data.bought and "activate" or order.action
  if not data.csr then
    return {act = "make_key", kind = data.key, names = data.names, ref = data.key_ref}
  elseif not fresh(data.room_at, now, LIMITS.ready) then
    return {act = "room"}
  elseif not fresh(data.provable_at, now, LIMITS.ready) then
    return {act = "provable"}
  end
  if is_purchase(kind) then
    local is_known = fresh(data.price_at, now, LIMITS.price)
    local why, advice = forbidden(managed, is_known and data.price or nil)
    if why then
      return {act = "block", why = why, advice = advice}
    elseif not fresh(data.clock_at, now, LIMITS.known) then
      return {act = "clock"} -- before all that a seller may refuse for the time that it is
    elseif kind == "renew" and not fresh(data.successor_at, now, LIMITS.known) then
      return {act = "successor", certificate = data.for_certificate}
    elseif not is_known then
      return {act = "price", kind = kind}
    elseif not fresh(data.known_at, now, LIMITS.known) then
      return {act = "before", kind = kind}
    end
  end
  local target = data.bought or data.for_certificate or managed.name
  return {
    act = "place", kind = kind, purchase = is_purchase(kind),
    intent = {
      kind = kind, target = target, purchase = is_purchase(kind), patience = managed.patience or LIMITS.patience,
      amount = is_purchase(kind) and data.price.amount or nil,
      currency = is_purchase(kind) and data.price.currency or nil,
    },
  }
end

--- From the seller's order to what it delivers.
local function to_collect(order, now)
  local data = order.data
  if not data.challenges then
    return {act = "challenge"}
  elseif #data.challenges > 0 then
    if not fresh(data.published_at, now, LIMITS.publish) then
      return {act = "publish"}
    elseif not data.probed_at and fresh(data.placed_at, now, LIMITS.probe) then
      return {act = "probe"}
    elseif not fresh(data.nudged_at, now, LIMITS.nudge) then
      return {act = "nudge"}
    end
  end
  return {act = "collect"}
end

local function to_install(order)
  local data = order.data
  if not data.accepted then
    return {act = "accept", delivered = data.delivered}
  elseif data.rollback then
    return {act = "rollback"}
  elseif not data.installed_at then
    return {act = "install"}
  end
  return {act = "verify"}
end

local function of_order(managed, row, order, now)
  local data = order.data
  if order.intent then
    local answered, from = order.intent.answer, order.intent.deadline + rules.grace(order.intent)
    local tells = answered and (type(answered.err) == "table"
      or names_something(answered.ok, order.intent.purchase))
    if tells and not data.recalled then
      return {act = "recall", answer = answered} -- to a process that was not to go on
    elseif data.exists and data.absent then
      return {act = "successor", certificate = data.for_certificate}
    elseif from > now and from <= now + DAY then
      return {wait = from, why = row.error or "its answer may still come"}
    end
    return {act = "find"}
  elseif data.closing then
    return {act = data.published_at and "tidy" or "close"}
  elseif data.delivered then
    return to_install(order)
  elseif data.seller_order then
    return to_collect(order, now)
  elseif managed.enabled == false and not data.bought then
    return {act = "abandon", why = "it was switched off"}
  elseif is_changed(managed, order) then
    if not data.bought then
      return {act = "abandon", why = "the configuration asks for something else now"}
    elseif managed.account == order.account and (order.action ~= "renew" or managed.names[1] == data.names[1])
      and not (same_names(managed.names, data.names) and (managed.key or data.key) == data.key) then
      return {act = "restart"} -- what was bought is empty as yet
    end
  end
  if not data.bought and not fresh(data.served_at, now, LIMITS.ready) then
    return {act = "served"} -- somebody may have installed another one meanwhile
  elseif not data.bought and not data.admitted then
    return {act = "admit"}
  elseif order.action == "decide" then
    return {act = "look", certificate = row.certificate}
  end
  return to_place(managed, order, now)
end

--- What is to be done now.
---@param managed table an entry of the configuration
---@param row table what is known of it
---@param order table|nil its open order, with `intent` when one is open
---@param now integer epoch seconds
---@return table next {act = …, …}; {wait = epoch seconds, why = text}, a day away at most; or {stop = reason,
---  command = text, wait = epoch seconds}
local function next_of(managed, row, order, now)
  local stop = order and order.data.stop
  local later = row.next and row.next > now and row.next <= now + DAY and row.next
  if stop and (later or not stop.again) then
    return {stop = stop.reason, command = stop.command, wait = later or now + DAY}
  elseif later then
    return {wait = later, why = row.error or row.state}
  elseif order then
    return of_order(managed, row, order, now)
  elseif managed.enabled == false then
    return {wait = now + DAY, why = "it is switched off"}
  end
  return {act = "served"}
end

return {next = next_of, names_something = names_something}
