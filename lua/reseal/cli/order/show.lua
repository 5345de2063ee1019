--- `reseal show NAME`: all that is known of one managed certificate, and what helps. Never a secret.

local output = require "reseal.cli.output"
local setup = require "reseal.cli.order.setup"
local status = require "reseal.cli.order.status"
local text = require "reseal.cli.text"

local EXIT = output.EXIT
local stamp = status.stamp

local function money(amount, currency)
  return amount and amount .. " " .. tostring(currency) or nil
end

--- An entry without its programs' arguments and the parameters of calls: they may be nobody's business.
local function entry_of(managed)
  if not managed then
    return nil
  end
  local proofs, seen = {}, {}
  for _, way in pairs(managed.prove) do
    proofs[#proofs + 1] = not seen[way.method] and way.method or nil
    seen[way.method] = true
  end
  table.sort(proofs)
  local install, source = managed.install, managed.source or {}
  return {
    names = table.concat(managed.names, " "), account = managed.account, certificate = managed.certificate,
    product = managed.product, key = managed.key, years = managed.years, before = managed.before,
    buy = managed.buy and true or false, max_price = money(managed.max_price, managed.currency),
    enabled = managed.enabled ~= false, proof = table.concat(proofs, " "), folder = install.folder,
    hook = type(install.hook) == "table" and install.hook[1] or install.hook, check = install.check or nil,
    from = source.file and source.file .. (source.line and ":" .. ("%d"):format(source.line) or "")
      or source.entry and ("certificates[%d]"):format(source.entry) or nil,
  }
end

local function order_of(order)
  local data = order and order.data
  return order and {
    id = order.id, action = order.action, phase = order.phase, opened = stamp(order.opened),
    because = data.reason, seller_order = data.seller_order and tostring(data.seller_order.id), bought = data.bought,
    price = data.price and money(data.price.amount, data.price.currency), placed = stamp(data.placed_at),
    issued = data.delivered and data.delivered.id, installed = stamp(data.installed_at),
    stopped = data.stop and data.stop.reason,
  } or nil
end

local function each(list, make)
  local made = {}
  for i, one in ipairs(list) do
    made[i] = make(one)
  end
  return made
end

--- What programs get.
local function value_of(shown)
  local s = shown.standing
  local row, served = s.row or {}, s.served
  local value = status.row(s)
  value.order = order_of(s.order)
  value.entry = entry_of(s.managed)
  value.served = served and {
    from = stamp(served.not_before), ends = stamp(served.not_after), key = served.kind,
    fingerprint = served.fingerprint, names = table.concat(served.names or {}, " "),
  }
  value.seller = row.certificate and {
    certificate = row.certificate, product = row.product, paid_until = stamp(row.order_ends),
  } or nil
  value.last_success = stamp(row.last_success)
  value.requests = each(shown.intents, function(one)
    return {
      kind = one.kind, target = one.target, at = stamp(one.at), sent_until = stamp(one.deadline),
      price = money(one.amount, one.currency), outcome = one.outcome, handle = one.handle,
      settled_from = not one.outcome and stamp(shown.settled_from) or nil,
    }
  end)
  value.orders = each(shown.orders, function(one)
    return {
      id = one.id, action = one.action, opened = stamp(one.opened), closed = stamp(one.closed), result = one.result,
      reason = one.reason,
    }
  end)
  value.charges = each(shown.charges, function(one)
    return {at = stamp(one.at), amount = one.amount, currency = one.currency, order = one.order_id}
  end)
  value.events = each(shown.events, function(one)
    return {at = stamp(one.at), kind = one.kind, text = one.text, order = one.order_id}
  end)
  value.keys = each(shown.keys, function(one)
    return {path = one.path, written = stamp(one.modified)}
  end)
  return value
end

local LISTS = {}
for name in ("requests orders charges events keys"):gmatch "%S+" do
  LISTS[#LISTS + 1] = {name = name, type = "list"}
end

-- What people see of the entry, of the certificate here and there, and of the order, in this order.
local PARTS = {
  {"entry", "names account certificate product key years before buy max_price enabled proof folder hook check from"},
  {"served", "names key from ends fingerprint"},
  {"seller", "certificate product paid_until"},
  {"order", "id action phase because opened price bought seller_order placed issued installed stopped"},
}

local function day(time)
  return (tostring(time or ""):gsub("T", " "):gsub(":%d%dZ$", ""))
end

local function add_table(lines, title, list, make)
  if #list > 0 then
    lines[#lines + 1] = title
    for line in text.columns(each(list, make)):gmatch "[^\n]+" do
      lines[#lines + 1] = "  " .. line
    end
  end
end

local function shown_text(value, s, now)
  local lines = {("%s: %s%s"):format(s.name, s.state, s.why and ", " .. s.why or "")}
  for _, line in ipairs(status.help(s)) do
    lines[#lines + 1] = "  " .. line
  end
  local following = status.next(s, now)
  lines[#lines + 1] = following ~= "" and "  the next step is due " .. following or nil
  for _, part in ipairs(PARTS) do
    local from, cells = value[part[1]], {}
    for field in part[2]:gmatch "%S+" do
      local one = from and from[field]
      cells[#cells + 1] = one ~= nil and {(field:gsub("_", " ")), tostring(one)} or nil
    end
    add_table(lines, part[1], cells, function(cell) return cell end)
  end
  add_table(lines, "requests", value.requests, function(one)
    local outcome = one.outcome
      or ("not known; it is looked for at the seller from %s on"):format(day(one.settled_from))
    return {day(one.at), one.kind, tostring(one.target), one.price or "", outcome}
  end)
  add_table(lines, "charges", value.charges, function(one)
    return {day(one.at), one.amount .. " " .. one.currency, one.order and ("order %d"):format(one.order) or ""}
  end)
  add_table(lines, "orders", value.orders, function(one)
    return {("%d"):format(one.id), one.action, day(one.opened), one.result or "under way", one.reason or ""}
  end)
  add_table(lines, "events", value.events, function(one)
    return {day(one.at), one.kind, tostring(one.text or "")}
  end)
  add_table(lines, "keys", value.keys, function(one) return {day(one.written), one.path} end)
  return table.concat(lines, "\n")
end

local command = {}

--- Runs it.
---@param options table the command line's: name, config, journal, json, …
---@return integer exit code 11: it needs a person
function command.run(options)
  local made, code = setup.load(options)
  if not made then
    return code
  end
  local ready, message = output.prepare(options)
  if not ready then
    return output.fault("output", message, EXIT.usage)
  end
  local shown, err = made:show(options.name)
  made:close()
  if not shown then
    return setup.failed(made, err)
  end
  local value = value_of(shown)
  code = output.show(options, value, {field = {type = "object", fields = LISTS}, items = {status.row(shown.standing)}},
    function()
      return shown_text(value, shown.standing, os.time())
    end)
  return code == EXIT.done and shown.standing.person and EXIT.person or code
end

return command
