--- The journal's rows as Lua tables, and back. What a table has beyond the columns is kept as JSON, so that the machine
--- may remember what it likes; what looks like a secret is refused, wherever it stands.

local core = require "reseal.order.journal.core"
local json = require "reseal.order.json"

local records = {}

-- The machine's columns of a certificate, in the order in which they are written.
local OWN = {"begun", "certificate", "product", "served", "order_ends", "state", "since", "next", "failures", "error",
  "advice", "last_success", "data", "deadline"}
local IDS = {certificate = true}
local TEXTS = {error = true, advice = true}

-- The journal's, which the machine reads at most: they are not written with the rest.
local OTHERS = {"name", "account", "source", "configured", "removed", "owner", "lease_ends", "epoch"}

local KNOWN = {}
for _, list in ipairs {OWN, OTHERS} do
  for _, name in ipairs(list) do
    KNOWN[name] = true
  end
end

records.COLUMNS = table.concat(OTHERS, ", ") .. ", " .. table.concat(OWN, ", ")

local assignments = {}
for i, name in ipairs(OWN) do
  assignments[i] = name .. " = $" .. i
  records.NEXT = name == "next" and i or records.NEXT
end
--- `certificate = $1, …`, for the values of `records.of_row`, where $`records.NEXT` is `next`; what follows begins at
--- $`records.OWN_COUNT` + 1.
records.ASSIGNMENTS = table.concat(assignments, ", ")
records.OWN_COUNT = #OWN

-- Secrets ----------------------------------------------------------------------------------------------------------

local SECRET_NAMES = {}
for name in ("api_key apikey private_key privatekey key_pem password passphrase secret authorization credentials")
  :gmatch "%S+" do
  SECRET_NAMES[name] = true
end

local function refuse(what)
  error(core.fault("secret", "%s looks like a secret, and the journal holds none", what), 0)
end

local function check(value, path)
  if type(value) == "string" then
    if value:find("PRIVATE KEY-----", 1, true) then
      refuse(path)
    end
  elseif type(value) == "table" then
    for key, inner in pairs(value) do
      local at = path .. "." .. tostring(key)
      if type(key) == "string" and SECRET_NAMES[key:lower()] then
        refuse(at)
      end
      check(inner, at)
    end
  end
end

--- JSON of what has no secret in it; raises an error table otherwise.
local function encode(value, path)
  check(value, path)
  return json.encode(value)
end

--- A text as the journal takes it: an error may be a table that reads as one.
local function text(value, path)
  if value == nil then
    return nil
  end
  local shown = tostring(value)
  check(shown, path)
  return shown
end

--- A seller's id: always text, also where it came as a number.
function records.id(value)
  if type(value) == "number" and value % 1 == 0 then
    return ("%d"):format(value)
  end
  return value ~= nil and tostring(value) or nil
end

--- Carries out what may raise an error of `check`, or of what JSON can't hold.
local function guarded(f, ...)
  local ok, value = pcall(f, ...)
  if ok then
    return value
  elseif type(value) == "table" then
    return nil, value
  end
  return nil, core.fault("value", "%s", tostring(value))
end

-- Certificates -----------------------------------------------------------------------------------------------------

--- The certificate's row of a database's row.
---@return table row
function records.row(record)
  local row = json.decode(record.data) or {}
  for name in pairs(KNOWN) do
    row[name] = record[name]
  end
  row.data = nil
  row.served = record.served and json.decode(record.served) or nil
  return row
end

local function row_values(row, now)
  local rest = {}
  for name, value in pairs(row) do
    if not KNOWN[name] then
      rest[name] = value
    end
  end
  local given = {
    served = row.served and encode(row.served, "served") or nil,
    data = encode(rest, "row"),
    -- No answer moves the next look further than a day.
    next = math.min(row.next or now, now + 86400),
    since = row.since or now,
    failures = row.failures or 0,
    state = row.state or "new",
    -- 0: when it ends is not known yet, so it comes first.
    deadline = row.served and row.served.not_after or 0,
  }
  local values = {}
  for i, name in ipairs(OWN) do
    local value = given[name]
    if value == nil then
      value = row[name]
    end
    if IDS[name] then
      value = records.id(value)
    elseif TEXTS[name] then
      value = text(value, name)
    end
    values[i] = value
  end
  return values
end

--- The values of a certificate's row, in the order of `ASSIGNMENTS`; `OWN_COUNT` of them, some nil.
---@return table|nil values
---@return table|nil err
function records.of_row(row, now)
  return guarded(row_values, row, now)
end

-- Orders -----------------------------------------------------------------------------------------------------------

records.ORDER_COLUMNS = "id, name, account, action, phase, data, opened, closed, result, reason, command"

---@return table order
function records.order(record)
  record.data = json.decode(record.data) or {}
  return record
end

--- A copy of an order with its data as text.
---@return table|nil
---@return table|nil err
function records.of_order(order)
  return guarded(function()
    return {
      id = order.id, action = order.action, phase = order.phase, data = encode(order.data or {}, "order"),
      opened = order.opened, closed = order.closed, result = order.result, reason = text(order.reason, "reason"),
      command = text(order.command, "command"), account = order.account,
    }
  end)
end

-- Intents ----------------------------------------------------------------------------------------------------------

records.INTENT_COLUMNS = "id, order_id, name, account, kind, target, purchase, amount, currency, run, at, deadline, "
  .. "token, outcome, settled, handle, answer"

---@return table intent
function records.intent(record)
  record.answer = record.answer and json.decode(record.answer) or nil
  return record
end

--- What a seller answered, as text.
function records.of_answer(answer)
  return guarded(encode, answer, "answer")
end

-- Events -----------------------------------------------------------------------------------------------------------

local EVENT = {}
for name in ("id at name account order_id kind text mark"):gmatch "%S+" do
  EVENT[name] = true
end

---@return table event
function records.event(record)
  local event = json.decode(record.data) or {}
  for name in pairs(EVENT) do
    if record[name] ~= nil then
      event[name] = record[name]
    end
  end
  return event
end

--- The events' columns: what they have beyond them is their data.
---@return table[]|nil
---@return table|nil err
function records.of_events(events)
  return guarded(function()
    local list = {}
    for i, event in ipairs(events or {}) do
      local rest = {}
      for name, value in pairs(event) do
        if not EVENT[name] then
          rest[name] = value
        end
      end
      list[i] = {
        name = event.name, account = event.account, order_id = event.order_id, kind = event.kind or "note",
        text = text(event.text, "text"), data = encode(rest, "event"), mark = event.mark,
      }
    end
    return list
  end)
end

return records
