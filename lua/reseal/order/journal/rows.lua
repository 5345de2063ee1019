--- What is managed: taken over from the configuration, and read.

local core = require "reseal.order.journal.core"
local pieces = require "reseal.order.journal.pieces"
local records = require "reseal.order.journal.records"

local CHUNK = 1000 -- rows that one transaction changes

---@class reseal.order.Journal
local Rows = {}

-- The configuration ------------------------------------------------------------------------------------------------

--- What changes a row that is there into what the configuration says; nil: nothing.
local function difference(old, entry, source)
  if not old then
    return "added"
  elseif old.removed then
    return "restored"
  elseif old.account ~= entry.account or old.configured ~= records.id(entry.certificate) or old.source ~= source then
    return "updated"
  end
end

local function write_entry(db, now, entry, spread)
  -- What the machine knows stays; an entry that comes back goes on where it was.
  return assert(db:run([[INSERT INTO reseal_certificates (name, account, source, configured, begun, certificate,
      product, state, since, next, failures, data, deadline, ready, wake, epoch)
    VALUES ($1, $2, $3, $4, $4, $4, $5, 'new', $6, $7, 0, '{}', 0, FALSE, $7, 0)
    ON CONFLICT (name) DO UPDATE SET account = excluded.account, source = excluded.source,
      configured = excluded.configured, removed = NULL,
      wake = COALESCE(reseal_certificates.wake, reseal_certificates.lease_ends, excluded.wake)]],
    entry.name, entry.account, entry.source or "", records.id(entry.certificate), entry.product, now, now + spread))
end

--- Takes a certificate out of what is managed: nobody claims it until it is listed again. Its open order rests, and a
--- person is told.
---@return table|nil event to be appended, when all rows of the transaction are written
local function take_out(db, now, name)
  assert(db:run("UPDATE reseal_certificates SET removed = $2, ready = FALSE, wake = NULL WHERE name = $1", name, now))
  local order = assert(db:rows("SELECT id, action FROM reseal_orders WHERE name = $1 AND closed IS NULL", name))[1]
  return order and {
    kind = "removed", name = name, order_id = order.id, mark = ("%s removed %d"):format(name, now), data = "{}",
    text = ("it is configured no more, and its order %d (%s) is under way"):format(order.id, order.action),
  }
end

--- Makes the journal know what the configuration manages: adds, updates, and marks as removed what it lists no more.
--- What was removed keeps its row, and its orders: nobody claims it until it is listed again. The id that an entry
--- begins with is held by it, unless another one has it; that is told when its order is opened.
---@param list table[] {name, account, certificate, product} of each
---@param options? {source?: string, spread?: fun(entry: table): integer, now?: integer} source: only what came from the
---  same one is removed, for several configurations on one journal (default ""); spread: seconds until a new one is
---  first looked at (default 0)
---@return {added: integer, updated: integer, restored: integer, removed: integer}|nil
---@return table|nil err
function Rows:enroll(list, options)
  options = options or {}
  local now, err = self:time(options.now)
  local known = now and self.db:rows "SELECT name, account, source, configured, removed FROM reseal_certificates"
  if not known then
    return nil, err or core.fault("read", "the journal could not be read")
  end
  local source, olds, listed = options.source or "", {}, {}
  for _, old in ipairs(known) do
    olds[old.name] = old
  end
  local work, counts = {}, {added = 0, updated = 0, restored = 0, removed = 0}
  for _, entry in ipairs(list) do
    if listed[entry.name] then
      return nil, core.fault("twice", "%s is there twice", entry.name)
    end
    listed[entry.name] = true
    local what = difference(olds[entry.name], entry, source)
    work[#work + 1] = what and {what = what, name = entry.name, entry = entry} or nil
  end
  for _, old in ipairs(known) do
    if not listed[old.name] and old.source == source and not old.removed then
      work[#work + 1] = {what = "removed", name = old.name}
    end
  end
  table.sort(work, function(a, b) return a.name < b.name end) -- two who do this at once take the locks in one order
  for first = 1, #work, CHUNK do
    local done
    done, err = core.write(self, function(db)
      local events = {}
      for i = first, math.min(first + CHUNK - 1, #work) do
        local one = work[i]
        if one.entry then
          local entry = {name = one.name, account = one.entry.account, certificate = one.entry.certificate,
            product = one.entry.product, source = source}
          write_entry(db, now, entry, options.spread and math.floor(options.spread(one.entry)) or 0)
        else
          events[#events + 1] = take_out(db, now, one.name)
        end
      end
      pieces.append_events(db, now, events, {})
      assert(db:notify "reseal")
      return true
    end)
    if not done then
      return nil, err
    end
  end
  -- Now that what was removed has left: nobody else takes a certificate that an entry begins with.
  for first = 1, #work, CHUNK do
    local done
    done, err = core.write(self, function(db)
      for i = first, math.min(first + CHUNK - 1, #work) do
        local entry = work[i].entry
        if entry and entry.certificate then
          pieces.hold(db, now, entry.account, "certificate", entry.certificate, entry.name) -- else its order will tell
        end
      end
      return true
    end)
    if not done then
      return nil, err
    end
  end
  for _, one in ipairs(work) do
    counts[one.what] = counts[one.what] + 1
  end
  return counts
end

--- Takes one certificate out of what is managed, and frees the ids that it held; its row, orders and events stay. Where
--- it is listed still, the next `enroll` takes it in again.
---@param name string one without an open order
---@return boolean|nil
---@return table|nil err code open_order, unknown_name
function Rows:retire(name)
  local now, err = self:time()
  if not now then
    return nil, err
  end
  return core.write(self, function(db)
    -- The row's lock first, as everybody does.
    local rows = assert(db:rows("UPDATE reseal_certificates SET stamp = stamp WHERE name = $1 RETURNING removed", name))
    if not rows[1] then
      return nil, core.fault("unknown_name", "the journal knows no certificate %s", name)
    elseif #assert(db:rows("SELECT id FROM reseal_orders WHERE name = $1 AND closed IS NULL", name)) > 0 then
      return nil, core.fault("open_order", "%s has an order under way", name)
    elseif not rows[1].removed then
      take_out(db, now, name)
    end
    assert(db:run("DELETE FROM reseal_held WHERE name = $1", name))
    assert(db:notify "reseal")
    return true
  end)
end

-- Reading ----------------------------------------------------------------------------------------------------------

--- The row of a managed certificate, or nil.
---@return table|nil row
---@return table|nil err
function Rows:row(name)
  return core.first(core.select_rows(self, records.COLUMNS, "reseal_certificates", {{"name = ?", name}}, "name", 1,
    records.row))
end

--- The rows, by name.
---@param filter? {account?: string, state?: string, removed?: boolean, after?: string, limit?: integer} removed: those
---  too; after: only names that come later
---@return table[]|nil
---@return table|nil err
function Rows:rows(filter)
  filter = filter or {}
  return core.select_rows(self, records.COLUMNS, "reseal_certificates", {
    {"account = ?", filter.account}, {"state = ?", filter.state}, {"removed IS NULL", nil, not filter.removed},
    {"name > ?", filter.after},
  }, "name", filter.limit, records.row)
end

--- The open order of a certificate, or nil; by a number the order that has it.
---@param name string|integer
---@return table|nil order
---@return table|nil err
function Rows:order(name)
  local by = type(name) == "number" and {{"id = ?", name}} or {{"name = ?", name}, {"closed IS NULL", nil, true}}
  return core.first(core.select_rows(self, records.ORDER_COLUMNS, "reseal_orders", by, "id", 1, records.order))
end

--- Orders, oldest first.
---@param filter? {name?: string, account?: string, open?: boolean, after?: integer, limit?: integer}
---@return table[]|nil
---@return table|nil err
function Rows:orders(filter)
  filter = filter or {}
  return core.select_rows(self, records.ORDER_COLUMNS, "reseal_orders", {
    {"name = ?", filter.name}, {"account = ?", filter.account}, {"closed IS NULL", nil, filter.open},
    {"id > ?", filter.after},
  }, "id", filter.limit, records.order)
end

--- Requests that were about to be sent, and whose outcome is not written.
---@param filter? {name?: string, account?: string, order_id?: integer}
---@return table[]|nil
---@return table|nil err
function Rows:open_intents(filter)
  filter = filter or {}
  return core.select_rows(self, records.INTENT_COLUMNS, "reseal_intents", {
    {"outcome IS NULL", nil, true}, {"name = ?", filter.name}, {"account = ?", filter.account},
    {"order_id = ?", filter.order_id},
  }, "id", nil, records.intent)
end

--- All intents of an order, oldest first.
---@return table[]|nil
---@return table|nil err
function Rows:intents(order_id)
  return core.select_rows(self, records.INTENT_COLUMNS, "reseal_intents", {{"order_id = ?", order_id}}, "id", nil,
    records.intent)
end

return Rows
