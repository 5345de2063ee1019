--- What the holder of a claim writes: steps, requests before they are sent, and what became of them.

local core = require "reseal.order.journal.core"
local money = require "reseal.order.money"
local pieces = require "reseal.order.journal.pieces"
local records = require "reseal.order.journal.records"

---@class reseal.order.Journal
local Changes = {}

--- Writes a step's results: the row, the order (a new one without id; `order.id` is then set), events, and what else is
--- true with them. `row.next` is at most a day away.
---@param claim reseal.order.Claim
---@param row table|nil
---@param order table|nil one with `closed` is closed, unless a request of it is not settled
---@param events table[]|nil {kind, text, mark, …}: mark: somebody is told of it, once for each mark
---@param writes reseal.order.Writes|nil
---@return boolean|nil
---@return table|nil err code lost, open_order, open_intent, closed_order, held, secret
function Changes:save(claim, row, order, events, writes)
  local change, err = pieces.prepared(self, row, order, events, writes)
  if not change then
    return nil, err
  end
  change.charge = change.writes.charge
  local id
  id, err = core.with_claim(self, claim, function(db, now)
    return pieces.write_consequences(db, now, claim, change)
  end, pieces.guard(change))
  if not id then
    return nil, err
  end
  pieces.note(claim, row, order, id)
  return true
end

--- Whether a purchase stays within what may be spent; in the transaction that has the account's lock.
local function check_caps(db, now, purchase, caps)
  local units = purchase.units
  local limits = {
    {"order", "WHERE order_id = $2", purchase.order_id or 0},
    {"run", "WHERE account = $2 AND run = $3", purchase.account, purchase.run or ""},
    {"day", "WHERE account = $2 AND at > $3", purchase.account, now - core.DAY},
  }
  for _, limit in ipairs(limits) do
    local cap = caps[limit[1]]
    if cap ~= nil then
      local most, reason = money.units(cap)
      if not most then
        return nil, core.fault("amount", "the limit for each %s: %s", limit[1], reason)
      elseif caps.currency and caps.currency ~= purchase.currency then
        return nil, core.fault("currency", "the price is in %s, and the limits are in %s", purchase.currency,
          caps.currency)
      end
      local others = assert(db:rows("SELECT COALESCE(sum(units), 0) AS spent FROM reseal_charges " .. limit[2]
        .. " AND currency = $1", purchase.currency, core.unpack(limit, 3)))[1].spent
      if others + units > most then
        local err = core.fault("cap", "%s %s more would make %s for this %s, and its limit is %s", money.text(units),
          purchase.currency, money.text(others + units), limit[1], money.text(most))
        err.cap, err.spent = limit[1], money.text(others)
        err.advice = "Raise it in `caps`, or wait until there is room again."
        return nil, err
      end
    end
  end
  return true
end

--- Writes down, before anything is sent, that something not free to repeat is about to be. The order goes with it.
--- It is committed when this returns; nothing may be sent without it, nor after its deadline.
---@param claim reseal.order.Claim
---@param order table
---@param intent {kind: string, target: string, purchase?: boolean, patience: integer, amount?: string,
---  currency?: string} patience: seconds in which it is sent, or not at all; amount, currency: a purchase's price
---@param options? {caps?: {order?: string, run?: string, day?: string, currency?: string}, run?: string, row?: table}
---  caps: what may be spent at most, for one order, one run (by its name), and in 24 hours by the account; row: the
---  certificate's, where it is not written yet
---@param events? table[]
---@return table|nil intent {id, order_id, kind, target, purchase, at, deadline, token, …}
---@return table|nil err code lost, open_intent, account_busy, already_paid, cap, no_price, halted, currency, amount
function Changes:intend(claim, order, intent, options, events)
  options = options or {}
  local purchase = intent.purchase or false
  if type(intent.patience) ~= "number" or intent.patience < 1 or intent.patience > 3600 then
    error("an intent's patience is a number of seconds, 1 to 3600", 2)
  end
  local units, reason
  if intent.amount ~= nil then
    units, reason = money.units(intent.amount)
    if not units then
      return nil, core.fault("amount", "%s", reason)
    end
  end
  if purchase and not (units and money.is_currency(intent.currency)) then
    return nil, core.fault("no_price", "nothing is bought whose price is not known")
  end
  local change, err = pieces.prepared(self, options.row, order, events)
  if not change then
    return nil, err
  end
  local account = order.account or claim.row.account
  local patience, made = math.floor(intent.patience), nil
  local id
  id, err = core.with_claim(self, claim, function(db, now, stamp)
    if purchase then
      local state = pieces.lock_account(db, account)
      if state.halted then
        local halted = core.fault("halted", "account %s buys nothing any more: %s", account, tostring(state.reason))
        halted.advice = ("Look at what it was charged; then: reseal reconcile --account %s --resume"):format(account)
        return nil, halted
      end
    end
    local order_id, why = pieces.write_order(db, now, claim, change.order)
    if not order_id then
      return nil, why
    end
    if purchase then
      local paid = assert(db:rows("SELECT id FROM reseal_intents WHERE order_id = $1 AND purchase AND outcome IN "
        .. "('done', 'found')", order_id))
      if #paid > 0 then
        return nil, core.fault("already_paid", "order %d has paid already", order_id)
      end
      local ok
      ok, why = check_caps(db, now, {
        units = units, currency = intent.currency, account = account, order_id = order_id, run = options.run,
      }, options.caps or {})
      if not ok then
        return nil, why
      end
    end
    made = {
      id = core.count_up(db, "intents", 1), order_id = order_id, name = claim.name, account = account,
      kind = intent.kind, target = records.id(intent.target), purchase = purchase, amount = intent.amount,
      currency = intent.currency, run = options.run, at = now, deadline = now + patience, token = stamp,
    }
    assert(db:run("INSERT INTO reseal_intents (id, order_id, name, account, kind, target, purchase, amount, units, "
      .. "currency, run, at, deadline, token) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
      made.id, order_id, claim.name, account, made.kind, made.target, purchase, made.amount, units, made.currency,
      made.run, now, made.deadline, stamp))
    pieces.append_events(db, now, change.events, {name = claim.name, account = account, order_id = order_id})
    return order_id
  end, pieces.guard(change))
  if not id then
    return nil, err
  end
  pieces.note(claim, options.row, order, id)
  claim.intent = made
  return made
end

local OUTCOMES = {done = true, refused = true, not_sent = true, found = true, absent = true, by_hand = true}

--- Writes what became of a request, with all that follows of it, in one transaction. A purchase that is done or found
--- is a charge: `writes.charge`, or else the price that was known before.
---@param claim reseal.order.Claim
---@param intent table
---@param outcome "done"|"refused"|"not_sent"|"found"|"absent"|"by_hand"
---@param row table|nil
---@param order table|nil
---@param events table[]|nil
---@param writes reseal.order.Writes|nil
---@return boolean|nil
---@return table|nil err code lost, settled (it has an outcome already), and those of save
function Changes:settle(claim, intent, outcome, row, order, events, writes)
  if not OUTCOMES[outcome] then
    error("an intent has no outcome " .. tostring(outcome), 2)
  end
  local change, err = pieces.prepared(self, row, order, events, writes)
  if not change then
    return nil, err
  end
  local charge = change.writes.charge
  if not charge and intent.purchase and (outcome == "done" or outcome == "found") then
    charge = {amount = intent.amount, currency = intent.currency}
  end
  change.charge = charge and {
    amount = charge.amount, currency = charge.currency, intent_id = intent.id, order_id = intent.order_id,
    run = intent.run,
  }
  local id
  id, err = core.with_claim(self, claim, function(db, now)
    local settled = assert(db:rows("UPDATE reseal_intents SET outcome = $3, settled = $4, "
      .. "handle = COALESCE($5, handle) WHERE id = $1 AND name = $2 AND outcome IS NULL RETURNING id", intent.id,
      claim.name, outcome, now, records.id(change.writes.handle)))
    if #settled == 0 then
      -- Only this claim's holder can have done so: an earlier attempt of its own stands, whose commit was not known.
      local known = assert(db:rows("SELECT outcome FROM reseal_intents WHERE id = $1 AND name = $2", intent.id,
        claim.name))[1]
      if known and known.outcome == outcome and claim.intent and claim.intent.id == intent.id then
        return order and order.id or true
      end
      return nil, core.fault("settled", "request %d of %s has an outcome already", intent.id, claim.name)
    end
    return pieces.write_consequences(db, now, claim, change)
  end, pieces.guard(change))
  if not id then
    return nil, err
  end
  pieces.note(claim, row, order, id)
  claim.intent = nil
  return true
end

--- Keeps what a seller answered to a sender who has lost its claim meanwhile: evidence for the one who settles the
--- request, and an event. It changes nothing else, so it needs no claim; the first answer stays.
---@param intent table
---@param answer table without secrets: {handle, outcome, …}
---@return boolean|nil
---@return table|nil err
function Changes:witness(intent, answer)
  local text, err = records.of_answer(answer)
  if not text then
    return nil, err
  end
  local list
  list, err = records.of_events {{kind = "late_answer", name = intent.name, account = intent.account,
    order_id = intent.order_id, intent_id = intent.id, answer = answer}}
  if not list then
    return nil, err
  end
  local now
  now, err = self:time()
  if not now then
    return nil, err
  end
  return core.write(self, function(db)
    assert(db:run("UPDATE reseal_intents SET answer = COALESCE(answer, $2), handle = COALESCE(handle, $3) "
      .. "WHERE token = $1", intent.token, text, records.id(answer.handle)))
    pieces.append_events(db, now, list, {})
    assert(db:notify "reseal")
    return true
  end)
end

return Changes
