--- `reseal plan`: what is to be done for the managed certificates, when, for how much, and why.

local output = require "reseal.cli.output"
local plan = require "reseal.order.plan"
local setup = require "reseal.cli.order.setup"
local system = require "reseal.system"
local text = require "reseal.cli.text"

local EXIT = output.EXIT

local FIELDS = {
  {name = "name"}, {name = "account"}, {name = "what"}, {name = "now"}, {name = "when"}, {name = "amount"},
  {name = "currency"}, {name = "purchase"}, {name = "person"}, {name = "why"}, {name = "advice"}, {name = "calls"},
  {name = "day"}, {name = "certificate"}, {name = "product"}, {name = "ends"}, {name = "order_ends"}, {name = "late"},
}

local function stamp(time)
  return time and os.date("!%Y-%m-%dT%H:%M:%SZ", time) or nil
end

local function shown_rows(p)
  local rows = {}
  for i, item in ipairs(p.items) do
    rows[i] = {
      name = item.name, account = item.account, what = item.what, now = item.now, when = stamp(item.when),
      amount = item.amount, currency = item.currency, purchase = item.purchase, person = item.person, why = item.why,
      advice = item.advice, calls = item.calls, day = item.day, certificate = item.certificate, product = item.product,
      ends = stamp(item.served_ends), order_ends = stamp(item.order_ends), late = stamp(item.late),
    }
  end
  return rows
end

local function price_words(item)
  if item.amount then
    return item.amount .. " " .. item.currency
  elseif item.purchase and item.now then
    return "not known"
  end
  return item.now and "0" or ""
end

local function plural(count, word)
  return ("%d %s%s"):format(count, word, count == 1 and "" or "s")
end

--- The totals in words.
local function summary(p)
  local totals, sums = p.totals, {}
  for currency, amount in pairs(totals.money) do
    sums[#sums + 1] = amount .. " " .. currency
  end
  table.sort(sums)
  local parts = {("%s: %d to be done now"):format(plural(totals.certificates, "certificate"), totals.now)}
  if totals.now > 0 then
    parts[#parts + 1] = plural(totals.calls, "call")
    parts[#parts + 1] = plural(totals.days, "day")
    parts[#parts + 1] = totals.purchases == 0 and "nothing to pay"
      or plural(totals.purchases, "purchase") .. (#sums > 0 and " for " .. table.concat(sums, " and ") or "")
        .. (totals.unpriced > 0 and (" (%d of unknown price)"):format(totals.unpriced) or "")
  end
  if totals.person > 0 then
    parts[#parts + 1] = ("%d %s a person"):format(totals.person, totals.person == 1 and "needs" or "need")
  end
  return table.concat(parts, ", ")
end

local function shown_table(p)
  local cells = {{"NAME", "WHAT", "WHEN", "PRICE", "WHY"}}
  for _, item in ipairs(p.items) do
    local when = item.now and (item.day == 0 and "now" or ("in %s"):format(plural(item.day, "day")))
      or os.date("!%Y-%m-%d", item.when)
    cells[#cells + 1] = {
      item.name, item.what, (item.what == "blocked" or item.what == "off") and "" or when, price_words(item),
      item.why .. (item.advice and ". " .. item.advice or ""),
    }
  end
  return text.columns(cells) .. "\n\n" .. summary(p)
end

local command = {summary = summary}

--- Runs it.
---@param options table the command line's: names, out, prices, config, journal, timeout, retries, json, csv, …
---@return integer exit code
function command.run(options)
  local made, code = setup.chosen(options)
  if not made then
    return code
  end
  local ready, message = output.prepare(options)
  if ready and options.out then
    ready, message = system.write_file(options.out)
  end
  if not ready then
    return output.fault("output", message, EXIT.usage)
  end
  local p, err = made:plan {names = options.names, prices = options.prices}
  if not p then
    return output.failure(err, EXIT.nothing_done)
  end
  code = output.show(options, {certificates = shown_rows(p), totals = p.totals}, {
    field = {type = "object", fields = {{name = "certificates", type = "list", fields = FIELDS}}},
    items = shown_rows(p), fields = FIELDS,
  }, function()
    return shown_table(p)
  end)
  if code ~= EXIT.done then
    return code
  end
  for _, failed in ipairs(p.errors) do
    io.stderr:write("reseal: not all could be asked:\n", text.failure(failed), "\n")
    code = code == EXIT.done and output.exit_code(failed) or code
  end
  if code ~= EXIT.done then
    return code
  elseif options.out then
    ready, message = system.write_file(options.out, plan.write(p), "0600")
    if not ready then
      return output.fault("output", message, EXIT.unwritten)
    end
  end
  return p.totals.person > 0 and EXIT.person or p.totals.now == 0 and EXIT.nothing_to_do or EXIT.done
end

return command
