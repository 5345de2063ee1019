--- Who works on what: claims, the soonest end first.

local core = require "reseal.order.journal.core"
local pieces = require "reseal.order.journal.pieces"
local records = require "reseal.order.journal.records"

local CHUNK = 1000 -- rows that one transaction changes

---@class reseal.order.Journal
local Claims = {}


local READY = "SELECT name FROM reseal_certificates WHERE ready"
local DUE = "SELECT name FROM reseal_certificates WHERE NOT ready AND wake <= $1"
-- Further ahead than any step may be: the clock was set back.
local ASTRAY = "SELECT name FROM reseal_certificates WHERE NOT ready AND wake > $1"

--- What there is to claim: "ready"; and "due" or "astray", which are to be marked as ready first.
local function claimable(j, now)
  local rows, err = j.db:rows(("SELECT 'ready' AS what FROM (%s LIMIT 1) a UNION ALL SELECT 'due' FROM (%s LIMIT 1) b "
    .. "UNION ALL SELECT 'astray' FROM (%s LIMIT 1) c"):format(READY, DUE, (ASTRAY:gsub("%$1", "$2"))), now,
    now + core.DAY + core.SLACK)
  if not rows then
    return nil, err
  end
  local there = {}
  for _, row in ipairs(rows) do
    there[row.what] = true
  end
  return there
end

--- Marks a portion of what is due as ready. Each row is so once for each of its steps: a claim need not look for it.
---@return integer how many, CHUNK at most
local function promote(db, which, time)
  return assert(db:run(("UPDATE reseal_certificates SET ready = TRUE WHERE name IN (%s LIMIT %d%s)"):format(which,
    CHUNK, core.FREE_SKIP[db.kind]), time))
end

--- The claim of a row that was just taken, with what is open of it.
local function loaded(db, record, owner, now)
  local row = records.row(record)
  local order = assert(db:rows("SELECT " .. records.ORDER_COLUMNS .. " FROM reseal_orders WHERE name = $1 "
    .. "AND closed IS NULL", row.name))[1]
  local intent
  if order then
    order = records.order(order)
    intent = assert(db:rows("SELECT " .. records.INTENT_COLUMNS .. " FROM reseal_intents WHERE order_id = $1 "
      .. "AND outcome IS NULL", order.id))[1]
  end
  if intent and intent.at > now + core.SLACK then
    -- The clock was set back since: who sent it has from now on as long as it had then.
    intent.at, intent.deadline = now, now + intent.deadline - intent.at
    assert(db:run("UPDATE reseal_intents SET at = $2, deadline = $3 WHERE id = $1", intent.id, now, intent.deadline))
  end
  if row.configured and row.configured ~= row.begun and not order then
    -- The configuration names another one to begin with. One that names none any more forgets nothing: without an id a
    -- first certificate would be bought.
    row.certificate, row.begun = row.configured, row.configured
  end
  return {
    name = row.name, owner = owner, epoch = row.epoch, now = now, expires = row.lease_ends, row = row, order = order,
    intent = intent and records.intent(intent),
  }
end

local TAKE = "UPDATE reseal_certificates SET ready = FALSE, owner = $1, lease_ends = $2, wake = $2, epoch = epoch + 1, "
  .. "stamp = NULL WHERE name = "

local function check_lease(lease)
  if type(lease) ~= "number" or lease < 1 or lease > core.DAY then
    error("a lease is a number of seconds, 1 to 86400", 3)
  end
end

--- A filter as a condition, whose values come behind those that there are.
local function narrowed(filter, values)
  local where = ""
  for _, field in ipairs {"account", "source"} do
    if filter and filter[field] then
      values[#values + 1] = filter[field]
      where = where .. (" AND %s = $%d"):format(field, #values)
    end
  end
  return where, values
end

--- Claims the certificate that is due and ends soonest.
---@param owner string who: unique among those who run, and the same for all that one process claims
---@param now integer|nil see Time
---@param lease integer seconds until others may take it: longer than a step takes
---@param filter? {account?: string, source?: string} source: only what was enrolled with it: what another configuration
---  manages is not ours to work on
---@return reseal.order.Claim|nil claim nil without an error: nothing is due
---@return table|nil err
function Claims:claim(owner, now, lease, filter)
  check_lease(lease)
  local where, values = narrowed(filter, {owner, 0})
  local err
  now, err = self:time(now)
  if not now then
    return nil, err
  end
  local there
  there, err = claimable(self, now)
  if not there or not next(there) then
    return nil, err
  end
  local best = "SELECT name FROM reseal_certificates WHERE ready" .. where .. " ORDER BY deadline, name LIMIT 1"
  values[2] = now + lease
  local claim, more
  local function take_best(db)
    local due = there.due and promote(db, DUE, now) or 0
    local astray = there.astray and promote(db, ASTRAY, now + core.DAY + core.SLACK) or 0
    more = due == CHUNK or astray == CHUNK
    if more then
      return false -- committed as it is: no transaction has more of them
    end
    local take = TAKE .. "(" .. best .. core.FREE_SKIP[db.kind] .. ") RETURNING " .. records.COLUMNS
    local rows = assert(db:rows(take, core.unpack(values)))
    return rows[1] and loaded(db, rows[1], owner, now) or false
  end
  repeat
    claim, err = core.write(self, take_best)
  until claim ~= false or not more
  return claim or nil, err
end

--- Claims one certificate, due or not.
---@param owner string
---@param name string
---@param now integer|nil
---@param lease integer
---@return reseal.order.Claim|nil
---@return table|nil err code claimed (`owner`, `expires`: whose it is, and until when), unknown_name
function Claims:claim_name(owner, name, now, lease)
  check_lease(lease)
  local err
  now, err = self:time(now)
  if not now then
    return nil, err
  end
  return core.write(self, function(db)
    local rows = assert(db:rows(TAKE .. "$3 AND (owner IS NULL OR lease_ends <= $4 OR lease_ends > $5) RETURNING "
      .. records.COLUMNS, owner, now + lease, name, now, now + core.DAY + core.SLACK))
    if rows[1] then
      return loaded(db, rows[1], owner, now)
    end
    local other = assert(db:rows("SELECT owner, lease_ends FROM reseal_certificates WHERE name = $1", name))[1]
    if not other then
      return nil, core.fault("unknown_name", "the journal knows no certificate %s", name)
    end
    local reason = core.fault("claimed", "%s is claimed by %s", name, tostring(other.owner))
    reason.owner, reason.expires = other.owner, other.lease_ends
    return nil, reason
  end)
end

--- Makes a claim last longer.
---@param claim reseal.order.Claim
---@param now integer|nil
---@param lease integer seconds from now
---@return boolean|nil
---@return table|nil err code lost
function Claims:renew_claim(claim, now, lease)
  check_lease(lease)
  local err
  now, err = self:time(now)
  if not now then
    return nil, err
  end
  return core.with_claim(self, claim, function(db)
    assert(db:run("UPDATE reseal_certificates SET lease_ends = $2, wake = CASE WHEN removed IS NULL THEN "
      .. "CAST($2 AS BIGINT) END WHERE name = $1", claim.name, now + lease))
    claim.expires = now + lease
    return true
  end)
end

--- Gives a claim back: the certificate is due again at its row's `next`.
---@param claim reseal.order.Claim
---@param changes? table fields of the row to change, such as next
---@param events? table[]
---@return boolean|nil
---@return table|nil err code lost
function Claims:release(claim, changes, events)
  local row = {}
  for name, value in pairs(claim.row) do
    row[name] = value
  end
  for name, value in pairs(changes or {}) do
    row[name] = value
  end
  local change, err = pieces.prepared(self, row, nil, events, {release = true})
  if not change then
    return nil, err
  end
  return core.with_claim(self, claim, function(db, now)
    local ok, reason = pieces.write_consequences(db, now, claim, change)
    return ok and true, reason
  end, pieces.guard(change))
end

--- Ends the leases of owners that are gone: others need not wait until they are over. That is no more than if they
--- were: who lives nevertheless loses its claim to the next one.
---@param is_gone fun(owner: string): boolean
---@param now? integer
---@return integer|nil ended how many
---@return table|nil err
function Claims:end_leases(is_gone, now)
  local err
  now, err = self:time(now)
  local owners = now and self.db:rows("SELECT DISTINCT owner FROM reseal_certificates WHERE owner IS NOT NULL "
    .. "AND lease_ends > $1", now)
  if not owners then
    return nil, err or core.fault("read", "the journal could not be read")
  end
  local ended = 0
  for _, one in ipairs(owners) do
    if is_gone(one.owner) then
      local count
      count, err = core.write(self, function(db)
        return assert(db:run("UPDATE reseal_certificates SET lease_ends = $2, wake = CASE WHEN removed IS NULL THEN "
          .. "CAST($2 AS BIGINT) END WHERE owner = $1 AND lease_ends > $2", one.owner, now))
      end)
      if not count then
        return nil, err
      end
      ended = ended + count
    end
  end
  return ended
end

--- When the next step is due: a time, which may be past; nil where nothing is managed.
---@param filter? {account?: string, source?: string} as for `claim`
---@return integer|nil
---@return table|nil err
function Claims:due(filter)
  local where, values = narrowed(filter, {})
  local ready, err = self.db:rows("SELECT name FROM reseal_certificates WHERE ready" .. where .. " LIMIT 1",
    core.unpack(values))
  if not ready then
    return nil, err
  elseif #ready > 0 then
    return 0
  end
  local rows
  rows, err = self.db:rows("SELECT min(wake) AS wake FROM reseal_certificates WHERE NOT ready" .. where,
    core.unpack(values))
  return rows and rows[1].wake, err
end

-- What waits for a seller for longer than an hour takes few calls, and is in nobody's way.
local LONG = 3600

--- How many certificates of an account are worked at: whose orders take calls now.
---@param account string
---@param now integer
---@param but? string the name of one that is not counted
---@return integer|nil
---@return table|nil err
function Claims:at_work(account, now, but)
  local rows, err = self.db:rows("SELECT count(*) AS n FROM reseal_certificates WHERE account = $1 "
    .. "AND state IN ('working', 'waiting', 'unknown') AND removed IS NULL AND name <> $2 "
    .. "AND (state <> 'waiting' OR since > $3)", account, but or "", now - LONG)
  return rows and rows[1].n, err
end

--- How many orders of an account wait.
---@param account string
---@return integer|nil
---@return table|nil err
function Claims:waiting(account)
  local rows, err = self.db:rows("SELECT count(*) AS n FROM reseal_certificates WHERE account = $1 "
    .. "AND state IN ('working', 'waiting', 'unknown') AND state = 'waiting' AND removed IS NULL", account)
  return rows and rows[1].n, err
end

--- Makes due the one of an account's queue that ends soonest, if fewer than so many are worked at.
---@param account string
---@param now integer
---@param most integer
---@return boolean|nil called
---@return table|nil err
function Claims:call_queued(account, now, most)
  local rows, err = self.db:rows("SELECT name FROM reseal_certificates WHERE account = $1 AND state = 'queued' "
    .. "AND removed IS NULL AND owner IS NULL AND next > $2 ORDER BY deadline, name LIMIT 1", account, now)
  if not rows or not rows[1] then
    return rows and false, err
  end
  local count
  count, err = self:at_work(account, now)
  if not count or count >= most then
    return count and false, err
  end
  return core.write(self, function(db)
    local called = assert(db:run("UPDATE reseal_certificates SET next = $2, wake = $2 WHERE name = $1 "
      .. "AND state = 'queued' AND removed IS NULL AND owner IS NULL AND next > $2", rows[1].name, now)) > 0
    assert(db:notify "reseal")
    return called
  end)
end

--- Waits until something was written, or for so many seconds. It may return early without a cause.
---@return boolean|nil
---@return table|nil err
function Claims:wait(seconds)
  return self.db:wait("reseal", seconds)
end

return Claims
