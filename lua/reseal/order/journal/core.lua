--- What all parts of the journal stand on: transactions, the claim that guards
--- them, and statements with conditions.

local core = {DAY = 86400, SLACK = 300}

-- Rows that another process has locked are left to it.
core.FREE_SKIP = {sqlite = "", postgresql = " FOR UPDATE SKIP LOCKED"}
core.unpack = table.unpack or unpack -- 5.1

local Fault = {}

function Fault.__tostring(err)
  return err.message
end

--- An error of the journal's own: nothing was written.
function core.fault(code, message, ...)
  return setmetatable({class = "order", code = code, message = message:format(...), outcome = "refused"}, Fault)
end

--- As assert, which in Lua 5.1 and 5.2 raises no tables.
function core.must(value, err)
  if value == nil then
    error(err, 0)
  end
  return value
end

--- What `must` raised, as the error that is returned; anything else goes on up.
function core.raised(err)
  if type(err) == "table" then
    return err
  end
  error(err, 0)
end

local function lost(claim)
  return core.fault("lost", "another process has claimed %s since, or this one has released it", claim.name)
end

-- What a unique index says when it forbids.
local FORBIDDEN = {
  reseal_intents_open = {"open_intent", "an earlier request of the same kind for the same certificate is not settled"},
  reseal_intents_order = {"open_intent", "the order's earlier request is not settled"},
  reseal_intents_purchase = {"account_busy", "another purchase of the account is under way, and they are placed one at "
    .. "a time"},
  reseal_intents_paid = {"already_paid", "the order has paid already"},
  reseal_orders_open = {"open_order", "the certificate has an open order"},
}

local function explained(err)
  local known = type(err) == "table" and FORBIDDEN[err.constraint]
  return known and core.fault(known[1], "%s", known[2]) or err
end

-- Transactions -----------------------------------------------------------------------------------------------------

--- Carries out `f` in a transaction; again where it is sure that nothing stands.
function core.write(j, f)
  local result, err
  for _ = 1, 2 do
    result, err = j.db:transaction(f, {retries = 8, isolation = "read committed"})
    if result ~= nil or type(err) ~= "table" or err.class ~= "connection" or err.outcome ~= "refused" then
      break
    end
  end
  if result == nil then
    return nil, explained(err)
  end
  return result
end

--- The time that counts, in epoch seconds: PostgreSQL's, or the given one, or this machine's.
---@param now integer|nil
---@return integer|nil
---@return table|nil err
function core.time(self, now)
  if self.clock or self.db.kind == "sqlite" then
    return math.floor(now or (self.clock or os.time)())
  end
  local rows, err = self.db:rows "SELECT CAST(floor(extract(epoch FROM clock_timestamp())) AS BIGINT) AS now"
  return rows and rows[1].now, err
end

--- Whether a transaction with this stamp stands; nil where it can't be found out.
local function stands(j, claim, stamp)
  local row, err
  for _ = 1, 3 do
    row, err = core.write(j, function(db)
      -- The lock waits for whatever is still under way for this row, its own commit among them.
      local rows = assert(db:rows("UPDATE reseal_certificates SET stamp = stamp WHERE name = $1 "
        .. "RETURNING epoch, owner, stamp", claim.name))
      return rows[1] or {}
    end)
    if row then
      return row.stamp == stamp and row.epoch == claim.epoch
    end
  end
  return nil, err
end

local function guard_by_stamp(db, claim, stamp)
  return assert(db:run("UPDATE reseal_certificates SET stamp = $4 WHERE name = $1 AND epoch = $2 AND owner = $3",
    claim.name, claim.epoch, claim.owner, stamp))
end

--- A transaction of the claim's holder. `f` gets the database, the time and the stamp. `guard` begins it: it changes
--- the row where the claim still holds, with the stamp, and gives how many rows it changed; default: nothing but the
--- stamp.
function core.with_claim(j, claim, f, guard)
  local values, err
  for _ = 1, 3 do
    j.writes = j.writes + 1
    local stamp = ("%s %d"):format(j.nonce, j.writes)
    values = nil
    local result
    result, err = core.write(j, function(db)
      if (guard or guard_by_stamp)(db, claim, stamp) == 0 then
        return nil, lost(claim)
      end
      local reason
      values, reason = f(db, assert(core.time(j)), stamp)
      if values == nil then
        return nil, reason
      end
      assert(db:notify "reseal")
      return values
    end)
    if result ~= nil or type(err) ~= "table" or err.outcome ~= "unknown" then
      return result, err
    end
    local done, reason = stands(j, claim, stamp)
    if done then
      return values
    elseif done == nil then
      err.reason = reason
      return nil, err
    end
  end
  return nil, err
end

function core.count_up(db, counter, by)
  return assert(db:rows("UPDATE reseal_counters SET value = value + $2 WHERE name = $1 RETURNING value", counter,
    by))[1].value
end

-- Reading ----------------------------------------------------------------------------------------------------------

--- The conditions of a filter, with their values.
function core.conditions(pairs_of)
  local texts, values = {}, {}
  for _, one in ipairs(pairs_of) do
    if one[2] ~= nil then
      values[#values + 1] = one[2]
      texts[#texts + 1] = one[1]:gsub("%?", "$" .. #values)
    elseif one[3] then
      texts[#texts + 1] = one[1]
    end
  end
  return #texts > 0 and " WHERE " .. table.concat(texts, " AND ") or "", values
end

function core.select_rows(j, columns, from, pairs_of, order, limit, read)
  local where, values = core.conditions(pairs_of)
  local list, err = j.db:rows(("SELECT %s FROM %s%s ORDER BY %s%s"):format(columns, from, where, order,
    limit and (" LIMIT %d"):format(limit) or ""), core.unpack(values))
  if not list then
    return nil, err
  end
  for i, record in ipairs(list) do
    list[i] = read(record)
  end
  return list
end

function core.first(list, err)
  return list and list[1], err
end

return core
