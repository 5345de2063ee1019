--- `reseal status`: how the managed certificates stand, what needs a person first. Asks no seller.

local output = require "reseal.cli.output"
local setup = require "reseal.cli.order.setup"
local standings = require "reseal.orders.standing"
local text = require "reseal.cli.text"

local EXIT = output.EXIT

local FIELDS = {}
for name in ("name state person ends next why advice command account certificate order action phase since failures "
  .. "overdue"):gmatch "%S+" do
  FIELDS[#FIELDS + 1] = {name = name}
end

local command = {}

--- A time as JSON and CSV have it.
---@param time integer|nil
---@return string|nil
function command.stamp(time)
  return time and os.date("!%Y-%m-%dT%H:%M:%SZ", time) or nil
end

local stamp = command.stamp

--- One as programs get it.
---@param s reseal.Standing
---@return table
function command.row(s)
  local row, order = s.row or {}, s.order or {}
  return {
    name = s.name, state = s.state, person = s.person, ends = stamp(s.ends), next = stamp(s.next), why = s.why,
    advice = s.advice, command = s.command, account = order.account or s.managed and s.managed.account,
    certificate = row.certificate or s.managed and s.managed.certificate, order = order.id, action = order.action,
    phase = order.phase, since = stamp(row.since), failures = row.failures, overdue = stamp(s.overdue),
  }
end

--- When the next step is, in words.
---@param s reseal.Standing
---@param now integer
---@return string
function command.next(s, now)
  if not s.next or s.state == "stopped" then
    return ""
  end
  return s.next <= now and "now" or "in " .. standings.span(s.next - now)
end

--- What is to be done about it, line by line.
---@param s reseal.Standing
---@return string[]
function command.help(s)
  local lines = {}
  for _, line in ipairs {s.advice or false, s.command or false} do
    lines[#lines + 1] = line and line ~= lines[1] and line or nil
  end
  return lines
end

local function plural(count, word)
  return ("%d %s%s"):format(count, word, count == 1 and "" or "s")
end

--- Beneath the table: the sum, and what is not about one certificate.
local function summary(list, halted, now)
  local persons, overdue, runs = 0, nil, false
  for _, s in ipairs(list) do
    persons = persons + (s.person and 1 or 0)
    overdue = s.overdue and math.min(overdue or math.huge, s.overdue) or overdue
    runs = runs or s.row ~= nil and s.row.epoch > 0
  end
  local needs = persons == 0 and "none needs a person"
    or ("%d %s a person"):format(persons, persons == 1 and "needs" or "need")
  local lines = {plural(#list, "certificate") .. ": " .. needs}
  if overdue then
    lines[#lines + 1] = ("Nothing has been done for %s that was due: does a timer or cron call `reseal run`?"):format(
      standings.span(now - overdue))
  elseif not runs and #list > 0 then
    lines[#lines + 1] = "Nothing has run yet: `reseal run` carries out what is due, and a timer or cron should call it."
  end
  for _, account in ipairs(halted) do
    lines[#lines + 1] = ("Account %s buys nothing since %s: %s. When that is settled: reseal reconcile --account %s "
      .. "--resume"):format(account.name, os.date("!%Y-%m-%d", account.since), tostring(account.reason), account.name)
  end
  return table.concat(lines, "\n")
end

local function shown_table(list, halted, now)
  local cells = {{"NAME", "STATE", "ENDS", "NEXT", "WHAT"}}
  for _, s in ipairs(list) do
    cells[#cells + 1] = {
      s.name, s.state, s.ends and os.date("!%Y-%m-%d", s.ends) or "", command.next(s, now), s.why or "",
    }
    for _, line in ipairs(s.person and command.help(s) or {}) do
      cells[#cells + 1] = {"", "", "", "", line}
    end
  end
  return text.columns(cells) .. "\n\n" .. summary(list, halted, now)
end

--- Runs it.
---@param options table the command line's: names, config, journal, json, csv, …
---@return integer exit code 11: something needs a person
function command.run(options)
  local made, code = setup.load(options)
  if not made then
    return code
  end
  local ready, message = output.prepare(options)
  if not ready then
    return output.fault("output", message, EXIT.usage)
  end
  local list, err = made:status(options.names)
  local halted
  if list then
    halted, err = made:halted()
  end
  if not halted then
    made:close()
    return setup.failed(made, err)
  end
  local rows, accounts, persons = {}, {}, #halted
  for i, s in ipairs(list) do
    rows[i] = command.row(s)
    persons = persons + (s.person and 1 or 0)
  end
  for i, account in ipairs(halted) do
    accounts[i] = {name = account.name, since = stamp(account.since), reason = account.reason}
  end
  code = output.show(options, {certificates = rows, halted = accounts, person = persons > 0}, {
    field = {type = "object", fields = {
      {name = "certificates", type = "list", fields = FIELDS}, {name = "halted", type = "list"},
    }},
    items = rows, fields = FIELDS,
  }, function()
    return shown_table(list, halted, os.time())
  end)
  made:close()
  return code == EXIT.done and persons > 0 and EXIT.person or code
end

return command
