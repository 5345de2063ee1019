--- What is known of orders, of the journal and of what is installed: no seller is asked.

local faults = require "reseal.orders.faults"
local files = require "reseal.order.install.files"
local key_files = require "reseal.order.keys"
local machine = require "reseal.order.machine"
local runner = require "reseal.orders.runner"
local standings = require "reseal.orders.standing"

local EVENTS = 500 -- read at once
local SHOWN = 20 -- events, and orders, of one certificate

---@class reseal.Orders
local Known = {}

--- What is known here, without a call: of the journal, and of what is installed.
---@param only table<string, boolean>|nil
---@return reseal.order.State|nil
---@return reseal.Failure|nil err
function Known:state(only)
  local state = {rows = {}, orders = {}, served = {}, unreadable = {}, infos = {}, failures = {}, prices = {},
    price_failures = {}}
  if self.journal then
    local rows, err = self.journal:rows()
    local open, intents
    if rows then
      open, err = self.journal:orders {open = true}
    end
    if open then
      intents, err = self.journal:open_intents()
    end
    if not intents then
      return nil, faults.journal(err)
    end
    for _, row in ipairs(rows) do
      state.rows[row.name] = row
    end
    local by_id = {}
    for _, order in ipairs(open) do
      state.orders[order.name], by_id[order.id] = order, order
      if not state.rows[order.name] then -- it was taken out of the configuration meanwhile
        state.rows[order.name], err = self.journal:row(order.name)
        if err then
          return nil, faults.journal(err)
        end
      end
    end
    for _, intent in ipairs(intents) do
      if by_id[intent.order_id] then
        by_id[intent.order_id].intent = intent
      end
    end
  end
  local installed = files.new()
  for _, managed in ipairs(self.configuration.managed) do
    if not only or only[managed.name] then
      local served, err = installed:served(managed)
      state.served[managed.name] = served or nil
      state.unreadable[managed.name] = served == nil and tostring(err) or nil
    end
  end
  return state
end

--- How the managed certificates stand, what needs a person first; asks no seller. With them come those that are in the
--- configuration no more while an order of theirs is under way.
---@param names string[]|nil only these
---@return reseal.Standing[]|nil
---@return reseal.Failure|nil err
function Known:status(names)
  local ok, err = self:open_journal(false)
  if not ok then
    return nil, err
  end
  local state
  state, err = self:state()
  if not state then
    return nil, err
  end
  local now, by_name, list = self.clock(), self.configuration.by_name, {}
  for _, managed in ipairs(self.configuration.managed) do
    list[#list + 1] = standings.of(managed.name, managed, state, now)
  end
  for name in pairs(state.orders) do
    list[#list + 1] = not by_name[name] and standings.of(name, nil, state, now) or nil
  end
  if names and #names > 0 then
    local there, chosen_ones = {}, {}
    for _, one in ipairs(list) do
      there[one.name] = one
    end
    for i, name in ipairs(names) do
      if not there[name] then
        return self:chosen {name}
      end
      chosen_ones[i], there[name] = there[name], there[name]
    end
    list = chosen_ones
  end
  return standings.sort(list)
end

--- The accounts that buy nothing any more, since they were charged more than they may be.
---@return {name: string, since: integer, reason: string}[]|nil
---@return reseal.Failure|nil err
function Known:halted()
  local ok, err = self:open_journal(false)
  if not ok then
    return nil, err
  end
  local list = {}
  for name in pairs(self.journal and self.accounts or {}) do
    local account
    account, err = self.journal:account(name)
    if not account then
      return nil, faults.journal(err)
    elseif account.halted then
      list[#list + 1] = {name = name, since = account.halted, reason = account.reason}
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

---@class reseal.Row how a certificate stands by the journal alone
---@field name string
---@field row table
---@field order table|nil the open one
---@field how "done"|"person"|"goes on" whether nothing is under way, a person is needed, or it goes on by itself

--- How the certificates of the configuration stand by the journal, by name: quick, also where there are many.
---@return reseal.Row[]|nil
---@return reseal.Failure|nil err
function Known:rows()
  local ok, err = self:open_journal(false)
  local list = {}
  if not ok or not self.journal then
    return ok and list, err
  end
  local rows, under_way
  rows, err = self.journal:rows()
  if rows then
    under_way, err = self.journal:orders {open = true}
  end
  if not under_way then
    return nil, faults.journal(err)
  end
  local open = {}
  for _, order in ipairs(under_way) do
    open[order.name] = order
  end
  for _, row in ipairs(rows) do
    local managed = self.configuration.by_name[row.name]
    if managed and row.source == self.source then
      list[#list + 1] = {
        name = row.name, row = row, order = open[row.name], how = runner.stands(managed, row, open[row.name]),
      }
    end
  end
  return list
end

---@class reseal.Shown all that is known of one certificate; no secret
---@field standing reseal.Standing
---@field intents table[] requests of the open order that are not free to repeat: {kind, target, at, deadline, …}
---@field settled_from integer|nil when the one without an outcome is looked for at the seller
---@field orders table[] the last ones, newest first: {id, action, phase, opened, closed, result, reason, …}
---@field charges table[] {at, amount, currency, order_id, …}, oldest first
---@field events table[] the last ones, oldest first
---@field keys {ref: string, path: string, modified: integer}[] its keys, the oldest first

local function last_of(list, count)
  local last = {}
  for i = math.max(1, #list - count + 1), #list do
    last[#last + 1] = list[i]
  end
  return last
end

--- All that is known of one.
---@param name string
---@return reseal.Shown|nil
---@return reseal.Failure|nil err
function Known:show(name)
  local list, err = self:status {name}
  if not list then
    return nil, err
  end
  local shown = {standing = list[1], intents = {}, orders = {}, charges = {}, events = {}, keys = {}}
  local order = shown.standing.order
  local journal = self.journal
  if journal then
    local found
    found, err = journal:orders {name = name}
    for i = #(found or {}), math.max(1, #(found or {}) - SHOWN + 1), -1 do
      shown.orders[#shown.orders + 1] = found[i]
    end
    shown.charges, err = found and journal:charges {name = name}, err
    shown.intents, err = shown.charges and (order and journal:intents(order.id) or {}), err
    found, err = shown.intents and journal:last_events(name, SHOWN), err
    if not found then
      return nil, faults.journal(err)
    end
    shown.events = found
  end
  if order and order.intent then
    shown.settled_from = order.intent.deadline + machine.grace(order.intent)
  end
  if self.keys_folder then
    shown.keys, err = key_files.open(self.keys_folder).list(name)
    if not shown.keys then
      return nil, faults.invalid("keys", tostring(err.message), "keys")
    end
    shown.keys = last_of(shown.keys, SHOWN)
  end
  return shown
end

--- What happened, oldest first, as an iterator.
---@param filter? {name: string|nil, after: integer|nil} after: only events with a greater `id`
---@return fun(): table|nil event {id, at, kind, text, name, …}; raises when the journal can't be read
function Known:events(filter)
  filter = filter or {}
  local ok, err = self:open_journal(false)
  if not ok then
    error(err, 2)
  end
  local after, portion, i = filter.after, {}, 0
  return function()
    i = i + 1
    if not portion[i] and (i == 1 or #portion == EVENTS) and self.journal then
      portion, err = self.journal:events {after = after, name = filter.name, limit = EVENTS}
      if not portion then
        error(faults.journal(err), 2)
      end
      i = 1
    end
    after = portion[i] and portion[i].id or after
    return portion[i]
  end
end

return Known
