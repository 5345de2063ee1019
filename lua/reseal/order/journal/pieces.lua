--- Pieces of transactions: they raise the error of a statement, or return nil and a fault. All take their locks in one
--- order: the certificate's row, the account's, what is held, then the counters of orders, intents, charges and events.

local core = require "reseal.order.journal.core"
local money = require "reseal.order.money"
local records = require "reseal.order.journal.records"

local pieces = {}

--- Locks the account's row, which is made if it is not there.
function pieces.lock_account(db, account)
  local lock = "UPDATE reseal_accounts SET calls = calls WHERE name = $1 RETURNING halted, reason, paused_until, "
    .. "throttled"
  local rows = assert(db:rows(lock, account))
  if #rows == 0 then
    assert(db:run("INSERT INTO reseal_accounts (name, calls, throttled) VALUES ($1, 0, 0) "
      .. "ON CONFLICT (name) DO NOTHING", account))
    rows = assert(db:rows(lock, account))
  end
  return rows[1]
end

function pieces.append_events(db, now, list, about)
  if #list == 0 then
    return
  end
  -- The counter's row is held until the commit, so events are seen in the order of their numbers.
  local last = core.count_up(db, "events", #list)
  for i, event in ipairs(list) do
    local id = last - #list + i
    assert(db:run("INSERT INTO reseal_events (id, at, name, account, order_id, kind, text, data) VALUES "
      .. "($1, $2, $3, $4, $5, $6, $7, $8)", id, now, event.name or about.name, event.account or about.account,
      event.order_id or about.order_id, event.kind, event.text, event.data))
    if event.mark then
      assert(db:run("INSERT INTO reseal_notices (event_id, mark, due, tries) VALUES ($1, $2, $3, 0) "
        .. "ON CONFLICT (mark) DO NOTHING", id, event.mark, now))
    end
  end
end

-- Whoever was removed from the configuration and has no order under way needs nothing any more: an entry that was given
-- another name goes on with what it had under the old one.
local LEFT = "EXISTS (SELECT 1 FROM reseal_certificates c WHERE c.name = reseal_held.name AND c.removed IS NOT NULL) "
  .. "AND NOT EXISTS (SELECT 1 FROM reseal_orders o WHERE o.name = reseal_held.name AND o.closed IS NULL)"

--- Notes who goes by an id of an account. It is its holder's, unless that has left.
---@return boolean|nil
---@return table|nil err code held
function pieces.hold(db, now, account, kind, id, name)
  local rows = assert(db:rows("INSERT INTO reseal_held (account, kind, id, name, since) VALUES ($1, $2, $3, $4, $5) "
    .. "ON CONFLICT (account, kind, id) DO UPDATE SET name = excluded.name, "
    .. "since = CASE WHEN reseal_held.name = excluded.name THEN reseal_held.since ELSE excluded.since END "
    .. "WHERE reseal_held.name = excluded.name OR (" .. LEFT .. ") RETURNING name", account, kind, records.id(id), name,
    now))
  if #rows > 0 then
    return true
  end
  local holder = assert(db:rows("SELECT name FROM reseal_held WHERE account = $1 AND kind = $2 AND id = $3", account,
    kind, records.id(id)))[1]
  local err = core.fault("held", "%s %s of account %s is held by %s", kind, tostring(records.id(id)), account,
    holder and holder.name or "another")
  err.holder = holder and holder.name
  return nil, err
end

function pieces.insert_charge(db, now, charge)
  local units, reason = money.units(charge.amount)
  if not units then
    return nil, core.fault("amount", "%s", reason)
  elseif not money.is_currency(charge.currency) then
    return nil, core.fault("currency", "a currency has three capitals, such as USD")
  end
  local id = core.count_up(db, "charges", 1)
  assert(db:run("INSERT INTO reseal_charges (id, account, name, order_id, intent_id, amount, units, currency, run, at) "
    .. "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (intent_id) DO NOTHING", id, charge.account,
    charge.name, charge.order_id, charge.intent_id, charge.amount, units, charge.currency, charge.run,
    charge.at or now))
  return id
end

function pieces.write_order(db, now, claim, order)
  if order.id == nil then
    local id = core.count_up(db, "orders", 1)
    assert(db:run("INSERT INTO reseal_orders (" .. records.ORDER_COLUMNS .. ") VALUES "
      .. "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)", id, claim.name, order.account or claim.row.account,
      order.action, order.phase, order.data, order.opened or now, order.closed, order.result, order.reason,
      order.command))
    return id
  end
  if order.closed then
    local open = assert(db:rows("SELECT id FROM reseal_intents WHERE order_id = $1 AND outcome IS NULL", order.id))
    if #open > 0 then
      return nil, core.fault("open_intent", "order %d can't be closed while a request of it is not settled", order.id)
    end
  end
  local changed = assert(db:run("UPDATE reseal_orders SET action = $3, phase = $4, data = $5, closed = $6, "
    .. "result = $7, reason = $8, command = $9 WHERE id = $1 AND name = $2 AND closed IS NULL", order.id, claim.name,
    order.action, order.phase, order.data, order.closed, order.result, order.reason, order.command))
  if changed == 0 then
    return nil, core.fault("closed_order", "%s has no open order %d", claim.name, order.id)
  end
  return order.id
end

local OWN = records.OWN_COUNT
local GUARDED = ("UPDATE reseal_certificates SET %s, stamp = $%d%%s WHERE name = $%d AND epoch = $%d AND owner = $%d")
  :format(records.ASSIGNMENTS, OWN + 4, OWN + 1, OWN + 2, OWN + 3)
local SAVE = GUARDED:format ""
-- The claim ends with it: the certificate is due again at its row's `next`.
local RELEASE = GUARDED:format(", owner = NULL, lease_ends = NULL, ready = FALSE, "
  .. "wake = CASE WHEN removed IS NULL THEN CAST($" .. records.NEXT .. " AS BIGINT) END")

--- What begins the transaction of a change, see `core.with_claim`: the row is written with it, where it changes.
function pieces.guard(change)
  local values = change.values
  return values and function(db, claim, stamp)
    values[OWN + 1], values[OWN + 2], values[OWN + 3], values[OWN + 4] = claim.name, claim.epoch, claim.owner, stamp
    return assert(db:run(change.writes.release and RELEASE or SAVE, core.unpack(values, 1, OWN + 4)))
  end or nil
end

--- What comes with a change beside the row, in the order in which everybody takes the locks: account, orders,
--- charges, events.
function pieces.write_consequences(db, now, claim, change)
  local writes = change.writes
  local account = change.order and change.order.account or claim.order and claim.order.account or claim.row.account
  if writes.halt or change.charge then
    pieces.lock_account(db, account)
  end
  if writes.halt then
    assert(db:run("UPDATE reseal_accounts SET halted = $2, reason = $3 WHERE name = $1 AND halted IS NULL", account,
      now, tostring(writes.halt)))
  end
  for _, one in ipairs(writes.hold or {}) do
    local ok, err = pieces.hold(db, now, account, one.kind, one.id, claim.name)
    if not ok then
      return nil, err
    end
  end
  for _, one in ipairs(writes.unhold or {}) do
    assert(db:run("DELETE FROM reseal_held WHERE account = $1 AND kind = $2 AND id = $3 AND name = $4", account,
      one.kind, records.id(one.id), claim.name))
  end
  local order_id = change.order and change.order.id
  if change.order then
    local err
    order_id, err = pieces.write_order(db, now, claim, change.order)
    if not order_id then
      return nil, err
    end
  end
  if change.charge then
    local charge = change.charge
    local id, err = pieces.insert_charge(db, now, {
      account = account, name = claim.name, order_id = charge.order_id or order_id, intent_id = charge.intent_id,
      amount = charge.amount, currency = charge.currency, run = charge.run,
    })
    if not id then
      return nil, err
    end
  end
  pieces.append_events(db, now, change.events, {name = claim.name, account = account, order_id = order_id})
  return order_id or true
end

--- A change as the database takes it, before any transaction; nil and what can't be written.
function pieces.prepared(j, row, order, events, writes)
  local change = {writes = writes or {}}
  local err
  if row then
    local now
    now, err = j:time()
    if not now then
      return nil, err
    end
    change.values, err = records.of_row(row, now)
    if err then
      return nil, err
    end
  end
  if order then
    change.order, err = records.of_order(order)
    if err then
      return nil, err
    end
  end
  change.events, err = records.of_events(events)
  if err then
    return nil, err
  end
  return change
end

--- What the claim knows after a change.
function pieces.note(claim, row, order, id)
  if row then
    claim.row = row
  end
  if order then
    if order.id == nil and type(id) == "number" then
      order.id, order.name = id, claim.name
      order.account = order.account or claim.row.account
    end
    claim.order = not order.closed and order or nil
  end
end

return pieces
