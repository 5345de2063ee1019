--- What an order does next, and what an answer makes of it. Pure: no input or output, no clock, no random number.
---
---   next(managed, row, order, now)                    -> an action, {wait = …} or {stop = …}
---   absorb(managed, row, order, action, answer, now)  -> row, order, events, writes
---
--- What is done decides what comes next, not the order's phase: that is a label for people. Each fact in `order.data`
--- is written down before the next action, so a process may end anywhere and another goes on from there. The tables
--- that come in are never changed.
---
--- An action that is not free to repeat (`place`) carries an `intent`. While the order has an open one (`order.intent`)
--- nothing is placed: it is settled by its answer, or, after its deadline, by looking (`find`), or by a person.

local calendar = require "reseal.order.calendar"
local hosts = require "reseal.hosts"
local money = require "reseal.order.money"

local DAY, HOUR, MINUTE = 86400, 3600, 60
local DEFAULT_KEY = "P-256"

local machine = {}

--- All in seconds.
machine.LIMITS = {
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
  poll = MINUTE, -- the first pauses while the seller works; then a tenth of the time that it has taken
  longest_poll = HOUR,
  publish = HOUR, -- published again after that: what serves it may have been started anew
  nudge = 6 * HOUR,
  probe = HOUR, -- after that the seller is asked to look, whatever is seen from here
  pending = 7 * DAY, -- a person is told then
  ending = 3 * DAY, -- so long before its end a person is told that nothing has helped
}
local LIMITS = machine.LIMITS

--- Actions that no port carries out: their answer is {ok = true}.
machine.INTERNAL = {block = true, abandon = true, restart = true, close = true, recall = true}

local PHASES = {
  served = "decide", look = "decide", successor = "decide", make_key = "prepare", room = "prepare",
  provable = "prepare", block = "price", price = "price", clock = "price", before = "before", place = "place",
  find = "place", challenge = "prove", publish = "prove", probe = "prove", nudge = "prove", collect = "collect",
  accept = "accept", install = "install", rollback = "install", verify = "verify", tidy = "tidy", close = "tidy",
}

-- small things -----------------------------------------------------------------------------------------------------

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local made = {}
  for key, inner in pairs(value) do
    made[key] = copy(inner)
  end
  return made
end

--- Whether something that was true then still counts. A time that is yet to come is a clock's fault, and counts not.
local function fresh(time, now, age)
  return time ~= nil and time <= now and now - time <= age
end

local function same_names(a, b)
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

local function quoted(name)
  return name:find "^[%w._-]+$" and name or "'" .. name:gsub("'", "'\\''") .. "'"
end

local function command(managed, options)
  return "reseal reconcile " .. quoted(managed.name) .. " " .. options
end

local function date(time)
  return os.date("!%Y-%m-%d", time)
end

--- The look of one day comes between 18 and 24 hours later, for each name at a time of its own.
local function tomorrow(name, now)
  local sum = 0
  for i = 1, #name do
    sum = (sum * 31 + name:byte(i)) % 21600
  end
  return now + DAY - sum
end

local function is_purchase(kind)
  return kind == "create" or kind == "renew"
end

--- Whether the configuration asks for something else than this order does.
local function is_changed(managed, order)
  local data = order.data
  return not same_names(managed.names, data.names) or managed.key ~= nil and managed.key ~= data.key
    or managed.account ~= order.account or managed.provider ~= data.provider
end

--- Why nothing may be bought now; nil when it may.
local function forbidden(managed, price)
  if not managed.buy then
    return "this costs money, which the configuration does not allow", "Allow it by `buy`, with a `max_price`; or buy "
      .. "it by hand and give its id as `certificate`."
  elseif not managed.max_price or not managed.currency then
    return "the configuration does not say what it may cost", "Say it by `max_price` and `currency`."
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
end

-- what comes next --------------------------------------------------------------------------------------------------

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
    elseif not is_known then
      return {act = "price", kind = kind}
    elseif kind == "renew" and not fresh(data.successor_at, now, LIMITS.known) then
      return {act = "successor", certificate = data.for_certificate}
    elseif not fresh(data.clock_at, now, LIMITS.known) then
      return {act = "clock"}
    elseif not fresh(data.known_at, now, LIMITS.known) then
      return {act = "before", kind = kind}
    end
  end
  local target = data.bought or data.for_certificate or managed.name
  return {
    act = "place", kind = kind, purchase = is_purchase(kind),
    intent = {
      kind = kind, target = target, purchase = is_purchase(kind), patience = LIMITS.patience,
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
    local answered, from = order.intent.answer, order.intent.deadline + LIMITS.grace
    local tells = answered and (type(answered.err) == "table"
      or machine.names_something(answered.ok, order.intent.purchase))
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
  elseif order.action == "decide" then
    return {act = "look", certificate = row.certificate}
  end
  return to_place(managed, order, now)
end

--- Whether a seller's answer to an order is one: it names an order of the seller's, or what was bought. Only a purchase
--- buys: an activation that says so again would be placed for ever.
---@param value any
---@param purchase boolean
---@return boolean
function machine.names_something(value, purchase)
  if type(value) ~= "table" then
    return false
  end
  return value.bought ~= nil and purchase or type(value.order) == "table" and value.order.id ~= nil
end

--- What is to be done now.
---@param managed table an entry of the configuration
---@param row table what is known of it
---@param order table|nil its open order, with `intent` when one is open
---@param now integer epoch seconds
---@return table next {act = …, …}; {wait = epoch seconds, why = text}, a day away at most; or {stop = reason,
---  command = text, wait = epoch seconds}
function machine.next(managed, row, order, now)
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

-- what an answer makes of it ---------------------------------------------------------------------------------------

-- What shows that it is in the way no more: a price that may be paid.
local BLOCKED_BY = {block = "price"}

--- What `absorb` works on: copies of row and order, and what it has to tell.
local Work = {}
Work.__index = Work

function Work:tell(kind, text, more)
  local event = more or {}
  event.kind, event.text, event.at, event.name = kind, text, self.now, self.managed.name
  event.state = self.row.state
  self.events[#self.events + 1] = event
end

function Work:state(state)
  if self.row.state ~= state then
    self.row.state, self.row.since = state, self.now
  end
end

--- It goes on at once. What stopped stays so until that which it stopped for is there, and what failed until the step
--- that failed goes well.
function Work:go_on()
  local row, data = self.row, self.order and self.order.data or {}
  row.next = self.now
  if not data.stop and not data.blocked and row.failures == 0 then
    row.error, row.advice = nil, nil
    self:state "working"
  end
end

--- A step went well: if it is the one that failed, its failures count no more. Those of earlier orders do, until one is
--- done: else an order that fails late would be placed anew each minute.
function Work:went_well(act)
  local row, data = self.row, self.order and self.order.data
  if not data then
    if row.failing and row.failing.act == act then
      row.failures, row.failing = row.failing.before, nil
    end
    return
  elseif data.failing == act then
    data.failing, row.failures = nil, data.failed_before or 0
  end
  if data.blocked and data.blocked.act == (BLOCKED_BY[act] or act) then
    self.blocked, data.blocked = data.blocked, nil -- unless it is again
  end
end

function Work:wait(state, till, why, advice)
  local row = self.row
  row.next = math.max(self.now, math.min(till, self.now + DAY))
  if not (self.order and self.order.data.stop) then
    row.error, row.advice = why, advice
    self:state(state)
  end
end

function Work:hold(kind, id)
  if id then
    self.writes.hold[#self.writes.hold + 1] = {kind = kind, id = tostring(id)}
  end
end

--- How long until a failed step is tried again: doubled each time, up to a limit that leaves time before the end.
function Work:pause(err)
  local row, limit = self.row, LIMITS.longest_pause
  if row.served then
    limit = math.min(limit, math.max(LIMITS.shortest_limit, math.floor((row.served.not_after - self.now) / 20)))
  end
  local pause = math.min(LIMITS.first_pause * 2 ^ math.min(row.failures - 1, 20), limit)
  local asked = type(err) == "table" and tonumber(err.retry_after) or 0
  return math.floor(math.max(pause, math.min(asked, limit)))
end

local function words(err)
  if type(err) ~= "table" then
    return tostring(err)
  end
  return getmetatable(err) and tostring(err) or tostring(err.message or err.code or "it failed without a word")
end

--- Nothing more happens until a person says so; with `again`, it is looked at once a day, since that costs nothing.
function Work:stop(reason, told, again, advice)
  local row, data = self.row, self.order.data
  local known = data.stop
  data.stop = {reason = reason, command = told, again = again}
  self.order.reason, self.order.command = reason, told
  row.error, row.advice, row.next = reason, advice or told, tomorrow(self.managed.name, self.now)
  self:state "stopped"
  if not known or known.reason ~= reason then
    self:tell("stopped", reason, {command = told, advice = advice})
  end
end

--- A step failed. A refusal that is final stops the order; anything else is tried again.
function Work:fail(err, act)
  local row, order = self.row, self.order
  local table_like = type(err) == "table" and err or {}
  row.failures = row.failures + 1
  if order then
    order.data.failing = act or self.act
  else
    row.failing = row.failing or {act = self.act, before = row.failures - 1}
  end
  local text = words(err)
  self:tell("failed", text, {code = table_like.code, outcome = table_like.outcome, retry = table_like.retry,
    handle = table_like.handle and tostring(table_like.handle)})
  if order and order.data.stop then
    row.next = tomorrow(self.managed.name, self.now)
  elseif order and table_like.retry == "never" then
    self:stop(text, command(self.managed, "--again"), nil, table_like.advice)
  else
    row.error, row.advice, row.next = text, table_like.advice, self.now + self:pause(err)
    self:state "failed"
  end
end

--- Nothing is wrong with the order, but something else is in its way. Looked at again within a day.
function Work:block(why, advice, till)
  local data, known = self.order.data, self.blocked
  data.blocked = {why = why, act = BLOCKED_BY[self.act] or self.act}
  self:wait("blocked", till or tomorrow(self.managed.name, self.now), why, advice)
  if not known or known.why ~= why then
    self:tell("blocked", why, {advice = advice})
  end
end

function Work:unstop()
  local order = self.order
  order.data.stop, order.reason, order.command = nil, nil, nil
end

--- The order ends, once what was published for it is taken away. With `code` that is a failure, and the next order
--- waits its pause.
function Work:close(result, reason, code)
  self:unstop()
  if code then
    self:fail {code = code, message = reason}
  end
  self.order.data.closing = {result = result, reason = reason}
  self:go_on()
end

function Work:closed()
  local order, closing = self.order, self.order.data.closing
  order.closed, order.result, order.reason, order.command = self.now, closing.result, closing.reason, nil
  self:tell("closed", closing.reason or closing.result, {result = closing.result})
end

-- The seller's certificate that the row is about is another one now.
function Work:follow(id, why)
  local row = self.row
  if id and row.certificate ~= id then
    row.certificate = id
    self:hold("certificate", id)
    self:tell("certificate", ("it is certificate %s now: %s"):format(id, why), {id = id})
  end
end

local absorbers = {}

--- What an order's key is called. The same again after a crash, so that no key lies about that nobody knows.
local function key_ref(managed, kind, opened, restarts)
  local ref = ("%s/%d-%s"):format(managed.name, opened, kind or DEFAULT_KEY)
  return restarts and ref .. "-" .. restarts or ref
end

--- Why something is to be ordered; nil when nothing is.
local function reason_to_order(managed, served, now)
  if not served then
    return "none", "nothing is served"
  elseif now >= calendar.due(served.not_before, served.not_after, managed.before) then
    return "time", "the certificate ends on " .. date(served.not_after)
  elseif managed.key and served.kind and managed.key ~= served.kind then
    return "key", ("the key is %s, and is to be %s"):format(served.kind, managed.key)
  end
  for _, name in ipairs(served.names and managed.names or {}) do
    if not hosts.covers(served.names, name) then
      return "names", "the certificate does not cover " .. name
    end
  end
end

function absorbers.served(w, served)
  local managed, row, now = w.managed, w.row, w.now
  row.served = served or nil
  row.certificate = row.certificate or managed.certificate
  local reason, text = reason_to_order(managed, row.served, now)
  if w.order then
    if not reason then
      return w:close("abandoned", "what is served is not due any more")
    end
    w.order.data.served_at, w.order.data.reason = now, reason
    return w:go_on()
  elseif reason and row.last_success and fresh(row.last_success, now, DAY) and row.issued
    and not reason_to_order(managed, row.issued, now) then
    -- Another order would end the same way.
    return w:fail {code = "not_served", message = "what was installed last is not what is served: " .. text}
  elseif not reason then
    local due = calendar.due(served.not_before, served.not_after, managed.before)
    row.failures = 0
    return w:wait("watch", math.min(due, tomorrow(managed.name, now)))
  end
  if row.certificate then
    w:hold("certificate", row.certificate)
  end
  w.order = {
    name = managed.name, account = managed.account, action = row.certificate and "decide" or "create",
    phase = "decide", opened = now,
    data = {
      reason = reason, names = copy(managed.names), key = managed.key or served and served.kind or DEFAULT_KEY,
      for_certificate = row.certificate, product = managed.product or row.product, years = managed.years,
      key_ref = key_ref(managed, managed.key or served and served.kind, now), failed_before = row.failures,
      provider = managed.provider, served_at = now,
    },
  }
  w:tell("opened", text)
  w:go_on()
end

function absorbers.look(w, info)
  local managed, row, order, now = w.managed, w.row, w.order, w.now
  local data = order.data
  local id = tostring(info.id)
  w:follow(id, "it took the place of " .. tostring(row.certificate))
  row.product, row.order_ends = info.product or row.product, info.order_ends or row.order_ends
  data.for_certificate, data.product = row.certificate, managed.product or info.product
  data.info = {
    id = id, product = info.product, names = copy(info.names), starts = info.starts, ends = info.ends,
    order_ends = info.order_ends,
  }
  if info.status == "to_activate" then
    order.action, data.bought = "activate", id
    w:tell("decided", ("certificate %s is bought, and is to be activated"):format(id), {action = "activate"})
    return w:go_on()
  elseif info.status == "pending" then
    local why = "the seller works at an order for it that is not known here"
    return w:wait("waiting", now + LIMITS.longest_poll, why, "It is reissued for a key of ours when that is done.")
  elseif info.status ~= "issued" and info.status ~= "expired" then
    return w:block(("certificate %s can't be renewed or reissued: the seller says %s"):format(id,
      tostring(info.word or info.status)), "Give the id of another one as `certificate`.")
  end
  local from, till
  if info.order_ends then
    from, till = calendar.window(managed.provider, info.order_ends, info.renewal_days)
  end
  local way, time = calendar.way(now, {
    order_ends = info.order_ends, served_ends = row.served and row.served.not_after,
    from = info.renewable_from or from, till = info.renewable_till or till, buy = managed.buy and true or false,
    same_end = data.reason == "names" or data.reason == "key" or data.reason == "none",
  })
  if way == "wait" then
    local why = "no successor would end later now"
    w:wait("watch", time or now + DAY, why)
  elseif way == "buy" then
    local why, advice = forbidden {buy = false}
    w:block(("the order of certificate %s ends on %s, and a renewal is needed: %s"):format(id,
      date(info.order_ends), why), advice)
  elseif way == "closed" then
    w:block(("the order of certificate %s ended on %s, and the seller renews it no more"):format(id,
      date(info.order_ends)), "Give the id of another one as `certificate`.")
  else
    order.action = way
    w:tell("decided", ("it is to be %s; the new one ends by %s"):format(way == "renew" and "renewed" or "reissued",
      date(time)), {action = way})
    w:go_on()
  end
end

function absorbers.successor(w, id)
  local order = w.order
  local data = order.data
  if id then
    if order.intent then
      w.writes.settle, order.intent = "refused", nil
    end
    w:unstop()
    data.exists, data.absent, data.info, data.handle, data.recalled = nil, nil, nil, nil, nil
    order.action = "decide"
    w:follow(tostring(id), "a renewal that was bought already")
    return w:go_on()
  elseif order.intent then
    return w:stop(data.exists .. ". Nothing that fits is to be found", command(w.managed, "--found ID, or --absent"),
      true, "Look at the seller's list of certificates for what was bought.")
  end
  data.successor_at = w.now
  w:go_on()
end

function absorbers.make_key(w, value)
  w.order.data.csr = value.csr
  w.order.data.key_ref = value.ref or w.order.data.key_ref
  w:go_on()
end

function absorbers.room(w)
  w.order.data.room_at = w.now
  w:go_on()
end

function absorbers.provable(w)
  w.order.data.provable_at = w.now
  w:go_on()
end

function absorbers.block(w, _, action)
  w:block(action.why, action.advice)
end

function absorbers.price(w, price)
  local data = w.order.data
  data.price, data.price_at = {amount = price.amount, currency = price.currency, source = price.source}, w.now
  local why, advice = forbidden(w.managed, data.price)
  if why then
    return w:block(why, advice)
  end
  w:tell("price", price.amount .. " " .. tostring(price.currency))
  w:go_on()
end

function absorbers.clock(w, clock)
  if math.abs(clock.offset) > LIMITS.skew then
    return w:block(("the seller's clock is %d seconds away from ours: nothing is bought until they agree")
      :format(clock.offset), "Set this machine's clock.", w.now + HOUR)
  end
  w.order.data.clock_at = w.now
  w:go_on()
end

function absorbers.before(w, ids)
  w.order.data.known, w.order.data.known_at = copy(ids), w.now
  w:go_on()
end

--- What was ordered is there: bought, or on its way.
local function ordered(w, value, outcome)
  local order, managed = w.order, w.managed
  local data = order.data
  local purchase = order.intent.purchase
  w.writes.settle, order.intent = outcome, nil
  w:unstop()
  data.exists, data.absent, data.busy, data.recalled, data.handle = nil, nil, nil, nil, nil
  data.known = nil -- may be long
  w:went_well "place"
  w:went_well "find"
  if purchase then
    data.paid = true
    local charged = value.charged or data.price
    w.writes.charge = charged and {amount = charged.amount, currency = charged.currency}
    local why = value.charged and forbidden(managed, value.charged)
    if why then
      w.writes.halt = ("%s was charged %s: %s"):format(managed.name, tostring(value.charged.amount), why)
      w:tell("halted", w.writes.halt)
    end
  end
  if value.bought and purchase then
    local id = tostring(value.bought)
    data.bought = id
    w:hold("certificate", id)
    w:tell("bought", "bought as certificate " .. id, {id = id, charged = value.charged})
    w:follow(id, "bought")
  else
    local id = tostring(value.order.id)
    data.seller_order = {id = id, kind = value.order.kind}
    data.placed_at = w.now
    w:hold(value.order.kind == "certificate" and "certificate" or "order", id)
    local challenges = value.challenges
    data.challenges = challenges and #challenges > 0 and copy(challenges) or nil
    w:tell("placed", "the seller's order is " .. id, {id = id, charged = value.charged})
  end
  w:go_on()
end

--- Nothing is known of what was sent: it is looked for, after the deadline.
local function in_doubt(w, err)
  local row, intent, data = w.row, w.order.intent, w.order.data
  local text = err and words(err) or "the process that sent it has ended"
  if err and err.handle then
    data.handle = tostring(err.handle)
  end
  w:state "unknown"
  row.error, row.advice = text, "It is looked for at the seller."
  row.next = math.max(w.now, math.min(intent.deadline + LIMITS.grace, w.now + DAY))
  w:tell("unknown", text, {action = intent.kind, target = intent.target, handle = data.handle,
    code = err and err.code})
end

local function not_placed(w, err)
  local order = w.order
  local outcome = err.outcome
  if outcome == "refused" and err.exists then
    -- The seller says that it exists: by whom, is to be seen. Until then nothing else is sent.
    order.data.exists = words(err)
    return in_doubt(w, err)
  elseif outcome ~= "refused" and outcome ~= "not_sent" or err.handle then
    return in_doubt(w, err) -- a refusal that names what it made is none
  end
  w.writes.settle, order.intent, order.data.recalled = outcome, nil, nil
  w:unstop()
  w:fail(err)
end

function absorbers.place(w, value)
  local purchase = w.order.intent.purchase
  if machine.names_something(value, purchase) then
    return ordered(w, value, "done")
  end
  local handle = type(value) == "table" and value.bought or nil
  in_doubt(w, {code = "no_id", message = "the seller's answer names no order", handle = handle})
end

--- What was answered to a process that had lost its claim: as good as an answer to this one.
function absorbers.recall(w, _, action)
  w.order.data.recalled = true
  w:tell("recalled", "the answer came to a process that was not to go on")
  if machine.names_something(action.answer.ok, w.order.intent.purchase) then
    return ordered(w, action.answer.ok, "found")
  end
  not_placed(w, action.answer.err) -- nothing new of an unknown outcome, but perhaps an id
end

function absorbers.find(w, value)
  local order, managed = w.order, w.managed
  local data, intent = order.data, order.intent
  if value.found then
    return ordered(w, value.found, "found")
  elseif value.absent and data.exists and intent.purchase and data.for_certificate then
    data.absent = true
    return w:go_on()
  elseif value.absent and not intent.purchase then
    local exists = data.exists
    w.writes.settle, order.intent, data.exists, data.handle, data.recalled = "absent", nil, nil, nil, nil
    w:unstop()
    if exists and not data.bought then
      return w:close("abandoned", exists, "exists") -- somebody else's order is in the way
    end
    return w:fail({code = "absent", message = exists or "what was sent did not arrive, and is sent again"}, "place")
  end
  local options = command(managed, intent.purchase and "--found ID, or --absent" or "--found ID, --absent, or --again")
  local what = ("whether the %s of %s was carried out is not known"):format(intent.kind, intent.target)
  if value.absent then
    w:stop(what .. ": the seller shows nothing of it", options, true, "Look at the seller's list of orders and at the "
      .. "account's balance.")
  else
    w:stop(what .. ": " .. tostring(value.unclear), options, true, "Ask the seller.")
  end
end

function absorbers.challenge(w, challenges)
  local data = w.order.data
  data.challenges, data.published_at, data.probed_at = copy(challenges), data.published_at, nil
  if #challenges > 0 then
    w:tell("challenges", ("%d to be published"):format(#challenges))
  end
  w:go_on()
end

function absorbers.publish(w)
  local data = w.order.data
  if not data.published_at then
    w:tell("published", "the proof of control is published")
  end
  data.published_at = w.now
  w:go_on()
end

function absorbers.probe(w, value)
  if not value.ready then
    return w:wait("waiting", w.now + LIMITS.poll, "the proof of control is not to be seen yet: "
      .. tostring(value.why))
  end
  w.order.data.probed_at = w.now
  w:go_on()
end

function absorbers.nudge(w)
  w.order.data.nudged_at = w.now
  w:go_on()
end

local function still_pending(w, text)
  local order, row, now = w.order, w.row, w.now
  local data = order.data
  if #data.challenges == 0 then
    data.challenges = nil -- there may be some by now
  end
  local age = math.max(0, now - (data.placed_at or now))
  local limit = LIMITS.pending
  if row.served and row.served.not_after > now then
    limit = math.min(limit, math.max(DAY, (row.served.not_after - data.placed_at) / 2))
  end
  if age > limit then
    return w:stop(("the seller has worked at it since %s"):format(date(data.placed_at)),
      command(w.managed, "--give-up"), true, text)
  end
  local known = row.state == "waiting" and row.error == text
  w:wait("waiting", now + math.max(LIMITS.poll, math.min(math.floor(age / 10), LIMITS.longest_poll)), text)
  if not known then
    w:tell("pending", text)
  end
end

function absorbers.collect(w, value)
  local order, managed = w.order, w.managed
  local data = order.data
  if value.pending then
    return still_pending(w, tostring(value.pending))
  elseif value.issued then
    data.delivered = copy(value.issued)
    data.delivered.id = tostring(value.issued.id)
    w:unstop()
    w:tell("issued", "issued as certificate " .. data.delivered.id, {id = data.delivered.id})
    w:follow(data.delivered.id, "issued")
    return w:go_on()
  elseif value.doubt then
    return w:stop("the seller is in doubt about its own order: " .. tostring(value.doubt),
      command(managed, "--again"), true, "Ask the seller.")
  elseif data.paid or data.bought then
    return w:stop("something was paid for, and the seller's order failed: " .. tostring(value.failed),
      command(managed, "--again, or --give-up"), true, "Ask the seller.")
  end
  w:close("failed", "the seller's order failed: " .. tostring(value.failed), "failed")
end

function absorbers.accept(w, value)
  w.order.data.accepted = copy(value)
  w:go_on()
end

function absorbers.install(w)
  w.order.data.installed_at = w.now
  w:tell("installed", "installed; it ends on " .. date(w.order.data.accepted.not_after))
  w:go_on()
end

function absorbers.verify(w)
  local order, row = w.order, w.row
  local accepted = order.data.accepted
  row.served = {
    not_before = accepted.not_before, not_after = accepted.not_after, fingerprint = accepted.fingerprint,
    kind = order.data.key, names = copy(order.data.names),
  }
  row.issued = copy(row.served)
  row.last_success, row.failures = w.now, 0
  w:close("done", "the new certificate is served")
end

function absorbers.rollback(w)
  local data = w.order.data
  local why = data.rollback
  data.rollback = nil
  w:fail({code = "not_served", message = why}, "verify")
end

function absorbers.close(w)
  local closing, row = w.order.data.closing, w.row
  w.order.data.published_at = nil
  w:closed()
  if closing.result == "done" then
    w:wait("watch", w.now + MINUTE)
  elseif row.failures > 0 then
    row.next = w.now + w:pause()
    w:state "failed"
  else
    w:go_on()
  end
end

absorbers.tidy = absorbers.close

function absorbers.abandon(w, _, action)
  w:close("abandoned", action.why)
end

function absorbers.restart(w)
  local data, managed = w.order.data, w.managed
  data.names, data.key = copy(managed.names), managed.key or data.key
  data.restarts = (data.restarts or 0) + 1
  data.key_ref = key_ref(managed, data.key, w.order.opened, data.restarts)
  data.csr, data.room_at, data.provable_at = nil, nil, nil
  w:unstop()
  w:tell("restarted", "what was bought is activated for what the configuration asks now")
  w:go_on()
end

-- errors that are no plain failures --------------------------------------------------------------------------------

local failed = {}

failed.place = not_placed

function failed.accept(w, err)
  if err.code ~= "other_key" and err.code ~= "other_names" then
    return w:fail(err)
  end
  -- Delivered, and so ours, but of no use as it is. A reissue costs nothing.
  w:close("failed", words(err), err.code)
end

function failed.verify(w, err)
  local data = w.order.data
  data.installed_at, data.rollback = nil, words(err)
  w:tell("not_served", data.rollback)
  w:go_on()
end

function failed.rollback(w, err)
  local why = w.order.data.rollback
  w.order.data.rollback = nil
  w:fail({code = "not_served", message = why .. "; nor could the old one be put back: " .. words(err)}, "verify")
end

function failed.nudge(w, err)
  w:tell("warning", words(err), {code = err.code})
  absorbers.nudge(w)
end

function failed.challenge(w, err)
  if err.retry ~= "never" then
    return w:fail(err)
  end
  w:tell("warning", words(err), {code = err.code}) -- it may be past that: the seller is asked how it stands
  w.order.data.challenges = {}
  w:go_on()
end

function failed.tidy(w, err)
  w:tell("warning", words(err), {code = err.code})
  absorbers.close(w)
end

-- Why the journal lets nothing be bought now, though the order is as it should be.
local BLOCKING = {halted = true, cap = true, no_price = true, currency = true, amount = true}

--- The intent could not be written down, so nothing was sent.
local function not_intended(w, err)
  if err.code == "account_busy" or err.code == "open_intent" then
    local data = w.order.data
    data.busy = (data.busy or 0) + 1
    local pause = math.min(LIMITS.first_pause * 2 ^ math.min(data.busy - 1, 10), LIMITS.longest_poll)
    return w:wait("waiting", w.now + pause, words(err))
  elseif BLOCKING[err.code] then
    return w:block(words(err), err.advice, w.now + HOUR)
  elseif err.code == "already_paid" then
    return w:stop(words(err), command(w.managed, "--give-up"), nil, "Look at what it has paid for.")
  end
  w:fail(err)
end

-- What an answer must be for anything to be made of it; a seller's page or a host's fault may give anything.
local function is_id(value)
  return type(value) == "string" and value ~= "" or type(value) == "number"
end

local function are_times(...)
  for i = 1, select("#", ...) do
    local time = select(i, ...)
    if time ~= nil and type(time) ~= "number" then
      return false
    end
  end
  return true
end

local function has_life(value)
  return type(value) == "table" and type(value.not_before) == "number" and type(value.not_after) == "number"
end

local function is_list(value)
  return type(value) == "table" and (next(value) == nil or value[1] ~= nil)
end

local MAKES_SENSE = {
  served = function(value)
    return value == false or has_life(value)
  end,
  look = function(value)
    return type(value) == "table" and is_id(value.id)
      and are_times(value.order_ends, value.renewable_from, value.renewable_till, value.renewal_days)
  end,
  successor = function(value)
    return value == false or is_id(value)
  end,
  make_key = function(value)
    return type(value) == "table" and type(value.csr) == "string"
  end,
  price = function(value)
    return type(value) == "table" and money.units(value.amount) ~= nil and type(value.currency) == "string"
  end,
  clock = function(value)
    return type(value) == "table" and type(value.offset) == "number"
  end,
  before = is_list,
  find = function(value, order)
    return type(value) == "table" and (value.found == nil and (value.absent == true or value.unclear ~= nil)
      or machine.names_something(value.found, order.intent.purchase))
  end,
  challenge = is_list,
  probe = function(value)
    return type(value) == "table"
  end,
  collect = function(value)
    return type(value) == "table" and (value.pending or value.failed or value.doubt
      or type(value.issued) == "table" and is_id(value.issued.id) and type(value.issued.certificate) == "string")
  end,
  accept = has_life,
}

local function new_work(managed, row, order, now, act)
  local w = {
    managed = managed, row = copy(row), order = copy(order), now = now, act = act, events = {}, writes = {hold = {}},
  }
  w.row.failures, w.state_before = w.row.failures or 0, w.row.state
  return setmetatable(w, Work)
end

local TOLD = {failed = true, unknown = true, stopped = true, blocked = true}

--- Marks what a person is to be told of: each change to such a state, what was installed, and once that an end is near.
local function mark(w)
  local row, name = w.row, w.managed.name
  local last = w.events[#w.events]
  if TOLD[row.state] and row.state ~= w.state_before then
    if not last then
      w:tell(row.state, row.error or row.state)
      last = w.events[#w.events]
    end
    last.mark = ("%s %s %d"):format(name, row.state, w.now)
  end
  for _, event in ipairs(w.events) do
    if event.kind == "installed" then
      event.mark = ("%s installed %d"):format(name, w.now)
    end
  end
  local ends = row.served and row.served.not_after
  if ends and ends - w.now < LIMITS.ending and TOLD[row.state] and row.told_of ~= ends then
    row.told_of = ends
    w:tell("ending", ("the certificate ends on %s, and nothing has helped: %s"):format(date(ends),
      tostring(row.error)), {mark = ("%s ending %d"):format(name, ends)})
  end
end

local function results(w)
  local order = w.order
  mark(w)
  if order and not order.closed then
    -- The label of what comes next, whenever that will be.
    local row = setmetatable({next = w.now}, {__index = w.row})
    local following = machine.next(w.managed, row, order, w.now)
    order.phase = PHASES[following.act] or order.phase
  end
  return w.row, order, w.events, w.writes
end

--- What an action's answer makes of the row and of the order.
---@param managed table
---@param row table
---@param order table|nil
---@param action table what `next` gave
---@param answer {ok: any}|{err: any}|{gone: true}|{unwritten: table} gone: the process stopped, nothing is known;
---  unwritten: why the intent could not be committed
---@param now integer epoch seconds
---@return table row to be saved
---@return table|nil order to be saved; with `closed`, it is over
---@return table events {kind, text, at, name, state, …}
---@return table writes {hold = {{kind, id}, …}, settle = outcome|nil, charge = {amount, currency}|nil,
---  halt = text|nil}: in the same transaction
function machine.absorb(managed, row, order, action, answer, now)
  local w = new_work(managed, row, order, now, action.act)
  local err = answer.err
  if answer.unwritten then
    w.blocked = w.order.data.blocked
    not_intended(w, answer.unwritten)
  elseif answer.gone or err == nil and answer.ok == nil then
    if action.act == "place" then
      in_doubt(w, nil)
    end
  elseif err ~= nil then
    err = type(err) == "table" and err or {code = "failed", message = tostring(err)}
    if err.code == "budget" and (action.act ~= "place" or err.outcome == "not_sent") then
      if action.act == "place" then
        w.writes.settle, w.order.intent = "not_sent", nil
      end
      w:wait("waiting", tonumber(err.again_at) or now + MINUTE, words(err))
    elseif failed[action.act] then
      failed[action.act](w, err)
    else
      w:fail(err)
    end
  elseif MAKES_SENSE[action.act] and not MAKES_SENSE[action.act](answer.ok, w.order) then
    w:fail {code = "malformed", message = ("the answer to %s makes no sense"):format(action.act)}
  else
    if action.act ~= "place" then -- that is seen by what it names
      w:went_well(action.act)
    end
    absorbers[action.act](w, answer.ok, action)
  end
  return results(w)
end

--- Something raised that never should: a failure like any other. An intent stays open, and is looked for.
---@param act string|nil the action
---@return table row
---@return table|nil order
---@return table events
---@return table writes
function machine.fail(managed, row, order, err, now, act)
  local w = new_work(managed, row, order, now, act)
  w:fail(err)
  return results(w)
end

--- What a person says of an order that stopped.
---@param how {by: "again"|"found"|"absent"|"give_up", id: string|nil, order: boolean|nil} found: `id` is what was
---  bought, or, with `order`, the seller's order; absent: the person has looked, and nothing was carried out
---@return table|nil row
---@return table|string order or what does not fit
---@return table|nil events
---@return table|nil writes
function machine.settle(managed, row, order, how, now)
  if not order then
    return nil, "there is no order under way"
  end
  local w = new_work(managed, row, order, now)
  local intent, data = w.order.intent, w.order.data
  if how.by == "found" then
    if not intent or not how.id then
      return nil, intent and "the id of what was found is missing" or "nothing is looked for"
    end
    local one_step = how.order or intent.kind == "reissue" or intent.kind == "activate"
    local found = one_step and {order = {id = how.id, kind = how.order and "order" or "certificate"}}
      or {bought = how.id}
    ordered(w, found, "by_hand")
  elseif how.by == "absent" then
    if not intent then
      return nil, "nothing is looked for"
    elseif intent.deadline + LIMITS.grace > now and intent.deadline <= now + DAY then
      return nil, "its answer may still come"
    end
    w.writes.settle, w.order.intent, data.exists, data.absent = "by_hand", nil, nil, nil
    data.handle, data.recalled = nil, nil
    w:unstop()
    w:tell("absent", "a person says that nothing was carried out")
    w:go_on()
  elseif how.by == "again" then
    w:unstop()
    w:go_on()
  elseif how.by == "give_up" then
    if intent then
      return nil, "what became of it must be said first, by --found ID or --absent"
    end
    w:close("stopped", "given up by a person")
  else
    return nil, "again, found, absent or give_up"
  end
  return results(w)
end

return machine
