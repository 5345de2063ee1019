--- What is held, paid and known of accounts.

local core = require "reseal.order.journal.core"
local money = require "reseal.order.money"
local pieces = require "reseal.order.journal.pieces"
local records = require "reseal.order.journal.records"

---@class reseal.order.Journal
local Accounts = {}


--- Notes that an id of an account is a certificate's; what another holds is not free to take.
---@param account string
---@param kind "certificate"|"order"
---@param id string
---@param name string
---@return boolean|nil
---@return table|nil err code held, with `holder`
function Accounts:hold(account, kind, id, name)
  local now, err = self:time()
  if not now then
    return nil, err
  end
  return core.write(self, function(db) return pieces.hold(db, now, account, kind, id, name) end)
end

--- Who holds an id, or nil. Not whoever was removed from the configuration: what it had is there to be found.
---@return string|nil name
---@return table|nil err
function Accounts:holder(account, kind, id)
  local rows, err = self.db:rows("SELECT h.name AS name FROM reseal_held h LEFT JOIN reseal_certificates c "
    .. "ON c.name = h.name WHERE h.account = $1 AND h.kind = $2 AND h.id = $3 AND c.removed IS NULL", account, kind,
    records.id(id))
  return rows and rows[1] and rows[1].name, err
end

--- All ids of an account that are held.
---@return {kind: string, id: string, name: string}[]|nil
---@return table|nil err
function Accounts:holdings(account)
  return self.db:rows("SELECT kind, id, name FROM reseal_held WHERE account = $1 ORDER BY kind, id", account)
end

--- Notes a charge that no request of ours stands for: one that a person has found.
---@param account string
---@param name string
---@param amount string
---@param currency string
---@param at integer|nil
---@param more? {order_id?: integer, run?: string}
---@return boolean|nil
---@return table|nil err code amount, currency
function Accounts:spend(account, name, amount, currency, at, more)
  local now, err = self:time()
  if not now then
    return nil, err
  end
  return core.write(self, function(db)
    pieces.lock_account(db, account)
    local id, reason = pieces.insert_charge(db, now, {
      account = account, name = name, amount = amount, currency = currency, at = at,
      order_id = more and more.order_id, run = more and more.run,
    })
    if not id then
      return nil, reason
    end
    return true
  end)
end

--- What an account has spent, by currency.
---@param account string
---@param since integer|nil only later charges
---@param run string|nil only those of the run
---@return table<string, string>|nil amounts
---@return table|nil err
function Accounts:spent(account, since, run)
  local where, values = core.conditions {{"account = ?", account}, {"at > ?", since}, {"run = ?", run}}
  local rows, err = self.db:rows("SELECT currency, sum(units) AS units FROM reseal_charges" .. where
    .. " GROUP BY currency", core.unpack(values))
  if not rows then
    return nil, err
  end
  local amounts = {}
  for _, row in ipairs(rows) do
    amounts[row.currency] = money.text(row.units)
  end
  return amounts
end

--- The charges, oldest first.
---@param filter? {account?: string, name?: string, order_id?: integer}
---@return table[]|nil
---@return table|nil err
function Accounts:charges(filter)
  filter = filter or {}
  return core.select_rows(self, "id, account, name, order_id, intent_id, amount, currency, run, at", "reseal_charges", {
    {"account = ?", filter.account}, {"name = ?", filter.name}, {"order_id = ?", filter.order_id},
  }, "id", nil, function(record) return record end)
end

local ACCOUNT = "name, clock_offset, clock_checked, halted, reason, paused_until"

--- What is known of an account.
---@return {name: string, clock_offset: integer?, clock_checked: integer?, halted: integer?, reason: string?,
---  paused_until: integer?}|nil
---@return table|nil err
function Accounts:account(name)
  local rows, err = self.db:rows("SELECT " .. ACCOUNT .. " FROM reseal_accounts WHERE name = $1", name)
  return rows and (rows[1] or {name = name}), err
end

--- Changes what is known of an account.
---@param name string
---@param changes {clock_offset?: integer, clock_checked?: integer, halted?: integer|false, reason?: string|false}
---  false: none any more
---@return boolean|nil
---@return table|nil err
function Accounts:set_account(name, changes)
  local known = {clock_offset = true, clock_checked = true, halted = true, reason = true}
  for field in pairs(changes) do
    if not known[field] then
      error("an account has no field " .. tostring(field) .. " to change", 2)
    end
  end
  return core.write(self, function(db)
    pieces.lock_account(db, name)
    for field in pairs(known) do
      local value = changes[field]
      if value ~= nil then
        assert(db:run(("UPDATE reseal_accounts SET %s = $2 WHERE name = $1"):format(field), name, value or nil))
      end
    end
    return true
  end)
end

return Accounts
