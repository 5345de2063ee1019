--- What happened, in its order, and whom to tell.

local core = require "reseal.order.journal.core"
local pieces = require "reseal.order.journal.pieces"
local records = require "reseal.order.journal.records"

local MOST_EVENTS = 1000 -- of one answer, unless told

---@class reseal.order.Journal
local Events = {}

--- Events, in the order in which they were committed: who has seen all up to a number misses none after it.
---@param filter? {after?: integer, name?: string, limit?: integer} limit: default 1000
---@return table[]|nil
---@return table|nil err
function Events:events(filter)
  filter = filter or {}
  return core.select_rows(self, "id, at, name, account, order_id, kind, text, data", "reseal_events", {
    {"id > ?", filter.after}, {"name = ?", filter.name},
  }, "id", filter.limit or MOST_EVENTS, records.event)
end

--- The last events of a certificate, the oldest of them first.
---@param name string
---@param count integer
---@return table[]|nil
---@return table|nil err
function Events:last_events(name, count)
  local list, err = core.select_rows(self, "id, at, name, account, order_id, kind, text, data", "reseal_events", {
    {"name = ?", name},
  }, "id DESC", count, records.event)
  if not list then
    return nil, err
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

--- The number of the last event; 0 where there is none.
---@return integer|nil
---@return table|nil err
function Events:last_event()
  local rows, err = self.db:rows "SELECT max(id) AS id FROM reseal_events"
  return rows and (rows[1].id or 0), err
end

--- Appends events that belong to no change.
---@param events table[] {kind, name, account, text, mark, …}
---@return boolean|nil
---@return table|nil err
function Events:append(events)
  local list, err = records.of_events(events)
  if not list then
    return nil, err
  end
  local now
  now, err = self:time()
  if not now then
    return nil, err
  end
  return core.write(self, function(db)
    pieces.append_events(db, now, list, {})
    assert(db:notify "reseal")
    return true
  end)
end

--- Takes events that somebody is to be told of: for `lease` seconds they are this process's to deliver.
---@param now integer|nil
---@param lease integer seconds
---@param limit? integer default 10
---@return {event: table, tries: integer}[]|nil
---@return table|nil err
function Events:notices(now, lease, limit)
  local err
  now, err = self:time(now)
  if not now then
    return nil, err
  end
  local due = "SELECT event_id FROM reseal_notices WHERE delivered IS NULL AND due <= $1"
  local waiting
  waiting, err = self.db:rows(due .. " LIMIT 1", now)
  if not waiting or #waiting == 0 then
    return waiting, err
  end
  return core.write(self, function(db)
    local take = "UPDATE reseal_notices SET due = $2, tries = tries + 1 WHERE event_id IN (%s ORDER BY due, event_id "
      .. "LIMIT %d%s) RETURNING event_id, mark, tries"
    local taken = assert(db:rows(take:format(due, limit or 10, core.FREE_SKIP[db.kind]), now, now + lease))
    local list = {}
    for i, notice in ipairs(taken) do
      local event = assert(db:rows("SELECT id, at, name, account, order_id, kind, text, data FROM reseal_events "
        .. "WHERE id = $1", notice.event_id))[1]
      list[i] = {event = records.event(event), tries = notice.tries}
      list[i].event.mark = notice.mark
    end
    table.sort(list, function(a, b) return a.event.id < b.event.id end)
    return list
  end)
end

--- Notes that an event was delivered: it is not given out again.
---@param id integer the event's
---@param now integer|nil
---@return boolean|nil
---@return table|nil err
function Events:delivered(id, now)
  local err
  now, err = self:time(now)
  if not now then
    return nil, err
  end
  return core.write(self, function(db)
    assert(db:run("UPDATE reseal_notices SET delivered = $2 WHERE event_id = $1 AND delivered IS NULL", id, now))
    return true
  end)
end

return Events
