--- What each action's answer makes of an order, and what its failure.

local Work = require "reseal.order.machine.work"
local calendar = require "reseal.order.calendar"
local hosts = require "reseal.hosts"
local rules = require "reseal.order.machine.rules"
local names_something = require("reseal.order.machine.next").names_something

local DAY, HOUR, MINUTE = 86400, 3600, 60
local DEFAULT_KEY = "P-256"
local LIMITS = rules.LIMITS
local copy = rules.copy
local fresh = rules.fresh
local command = rules.command
local date = rules.date
local tomorrow = rules.tomorrow
local forbidden = rules.forbidden

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
  if row.failures == 0 then
    w:state "queued"
  end
end

--- Whether it is this order's turn: so many of an account are in work at once, and those that end soonest come first.
function absorbers.admit(w, value)
  if not value.admitted then
    return w:wait("queued", w.now + LIMITS.queue, ("it is not its turn yet: %d orders of the account are at work")
      :format(value.at_once))
  end
  w.order.data.admitted = true
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
    order_ends = info.order_ends, renewal_days = info.renewal_days,
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
  data.exists, data.absent, data.recalled, data.handle = nil, nil, nil, nil
  data.busy, data.busy_since = nil, nil
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
    w:tell("bought", "bought as certificate " .. id, {seller_id = id, charged = value.charged})
    w:follow(id, "bought")
  else
    local id = tostring(value.order.id)
    data.seller_order = {id = id, kind = value.order.kind}
    data.placed_at = w.now
    w:hold(value.order.kind == "certificate" and "certificate" or "order", id)
    local challenges = value.challenges
    data.challenges = challenges and #challenges > 0 and copy(challenges) or nil
    w:tell("placed", "the seller's order is " .. id, {seller_id = id, charged = value.charged})
  end
  w:go_on()
end

--- Nothing is known of what was sent: it is looked for, after the deadline.
local function in_doubt(w, err)
  local row, intent, data = w.row, w.order.intent, w.order.data
  local text = err and Work.words(err) or "the process that sent it has ended"
  if err and err.handle then
    data.handle = tostring(err.handle)
  end
  if not data.stop then
    w:state "unknown"
    row.error, row.advice = text, "It is looked for at the seller."
  end
  row.next = math.max(w.now, math.min(intent.deadline + rules.grace(intent), w.now + DAY))
  w:tell("unknown", text, {action = intent.kind, target = intent.target, handle = data.handle,
    code = err and err.code})
end

local function not_placed(w, err)
  local order = w.order
  local outcome = err.outcome
  if outcome == "refused" and err.exists then
    -- The seller says that it exists: by whom, is to be seen. Until then nothing else is sent.
    order.data.exists = Work.words(err)
    return in_doubt(w, err)
  elseif outcome ~= "refused" and outcome ~= "not_sent" or err.handle then
    return in_doubt(w, err) -- a refusal that names what it made is none
  end
  w.writes.settle, order.intent, order.data.recalled = outcome, nil, nil
  order.data.known_at = nil -- what somebody buys until it is sent again is theirs
  w:unstop()
  w:fail(err)
end

function absorbers.place(w, value)
  local purchase = w.order.intent.purchase
  if names_something(value, purchase) then
    return ordered(w, value, "done")
  end
  local handle = type(value) == "table" and value.bought or nil
  in_doubt(w, {code = "no_id", message = "the seller's answer names no order", handle = handle})
end

--- What was answered to a process that had lost its claim: as good as an answer to this one.
function absorbers.recall(w, _, action)
  w.order.data.recalled = true
  w:tell("recalled", "the answer came to a process that was not to go on")
  if names_something(action.answer.ok, w.order.intent.purchase) then
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
    if exists and not data.bought then -- somebody else's order is in the way
      if w.row.failures < LIMITS.in_the_way then
        return w:close("abandoned", exists, "exists")
      end
      order.action, data.info = "decide", nil -- looked at anew each day
      return w:stop(exists .. ". The seller has another order for this certificate, which is not ours",
        command(managed, "--again"), true, "Finish or cancel that order at the seller.")
    end
    w:unstop()
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
    local age = math.max(0, w.now - (w.order.data.published_at or w.now))
    return w:wait("waiting", w.now + w:poll(age), "the proof of control is not to be seen yet: "
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
  w:wait("waiting", now + w:poll(age), text)
  if not known then
    w:tell("pending", text)
  end
end

function absorbers.collect(w, value)
  local order, managed = w.order, w.managed
  local data = order.data
  if value.pending then
    data.collected_at = not value.listed and w.now or data.collected_at
    return still_pending(w, tostring(value.pending))
  elseif value.issued then
    data.delivered = copy(value.issued)
    data.delivered.id = tostring(value.issued.id)
    w:unstop()
    w:tell("issued", "issued as certificate " .. data.delivered.id, {seller_id = data.delivered.id})
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
    row.error, row.next = row.error or closing.reason or closing.result, w.now + w:pause()
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

--- A quote that was taken for the order itself has bought something: that is looked for before another is asked for.
function failed.price(w, err)
  if err.handle == nil then
    return w:fail(err)
  end
  local id = tostring(err.handle)
  w.order.data.successor_at = nil
  w:tell("unknown", Work.words(err), {code = err.code, handle = id})
  w:stop(("asking for the price may have bought something: the seller's order is %s"):format(id),
    command(w.managed, "--again, or --give-up"), nil, "Look at the seller's list of orders: cancel it, or give "
    .. "the id of its certificate as `certificate`.")
end

function failed.accept(w, err)
  if err.code == "not_begun" and tonumber(err.at) and err.at - w.now <= DAY then
    return w:wait("waiting", err.at + 1, Work.words(err)) -- the clocks differ, or it was made this very second
  elseif err.code ~= "other_key" and err.code ~= "other_names" then
    w.order.data.delivered = nil -- asked for again: an answer may have been cut, or came too early for the chain
    return w:fail(err)
  end
  -- Delivered, and so ours, but of no use as it is. A reissue costs nothing.
  w:close("failed", Work.words(err), err.code)
end

function failed.verify(w, err)
  local data = w.order.data
  data.installed_at, data.rollback = nil, Work.words(err)
  w:tell("not_served", data.rollback)
  w:go_on()
end

function failed.rollback(w, err)
  local why = w.order.data.rollback
  w.order.data.rollback = nil
  w:fail({code = "not_served", message = why .. "; nor could the old one be put back: " .. Work.words(err)}, "verify")
end

function failed.nudge(w, err)
  w:tell("warning", Work.words(err), {code = err.code})
  absorbers.nudge(w)
end

function failed.challenge(w, err)
  if err.retry ~= "never" then
    return w:fail(err)
  end
  w:tell("warning", Work.words(err), {code = err.code}) -- it may be past that: the seller is asked how it stands
  w.order.data.challenges = {}
  w:go_on()
end

function failed.tidy(w, err)
  w:tell("warning", Work.words(err), {code = err.code})
  absorbers.close(w)
end

-- Why the journal lets nothing be bought now, though the order is as it should be.
local BLOCKING = {halted = true, cap = true, no_price = true, currency = true, amount = true}

--- The intent could not be written down, so nothing was sent.
local function not_intended(w, err)
  if err.code == "account_busy" or err.code == "open_intent" then
    local data = w.order.data
    data.busy, data.busy_since, data.known_at = (data.busy or 0) + 1, data.busy_since or w.now, nil
    local pause = math.min(LIMITS.first_pause * 2 ^ math.min(data.busy - 1, 10), LIMITS.longest_poll)
    if w.now - data.busy_since > LIMITS.busy then
      -- The other one may wait for a person, who must know that this one waits for it.
      return w:block(Work.words(err), "See `reseal status`: the other one may be stopped, and wait for a person.",
        w.now + pause)
    end
    return w:wait("waiting", w.now + pause, Work.words(err))
  elseif BLOCKING[err.code] then
    return w:block(Work.words(err), err.advice, w.now + HOUR)
  elseif err.code == "already_paid" then
    return w:stop(Work.words(err), command(w.managed, "--give-up"), nil, "Look at what it has paid for.")
  end
  w:fail(err)
end

function failed.successor(w, err)
  if err.code == "account_busy" then
    return not_intended(w, err)
  end
  w:fail(err)
end

return {absorbers = absorbers, failed = failed, not_intended = not_intended, in_doubt = in_doubt, ordered = ordered}
