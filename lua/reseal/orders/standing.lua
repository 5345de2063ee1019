--- How managed certificates stand: what the journal knows of them, what is installed, and whether a person is needed.

local calendar = require "reseal.order.calendar"
local machine = require "reseal.order.machine"

local DAY, HOUR = 86400, 3600
local LONG = 6 * HOUR -- that something fails again and again before a person is needed
local OVERDUE = DAY -- no step is further away than that

---@class reseal.Standing how a managed certificate stands
---@field name string
---@field state string of the machine: new, queued, working, waiting, failed, unknown, watch, blocked, stopped; or off
---  (switched off), removed (not configured any more, and its order rests), elsewhere (another configuration's)
---@field person boolean whether it needs one
---@field why string|nil
---@field advice string|nil
---@field command string|nil what is to be typed, of an order that stopped
---@field next integer|nil when the next step is due; nil: none is
---@field ends integer|nil the end of what is installed
---@field overdue integer|nil since when a step is due that nobody has done
---@field managed reseal.order.Managed|nil nil: it is not configured any more
---@field row table|nil of the journal: state, since, next, error, advice, failures, certificate, …; nil: not known yet
---@field order table|nil the open one, with `intent` where one is open
---@field served table|nil what is installed: {not_before, not_after, kind, names, fingerprint}
---@field unreadable string|nil why what is installed can't be read

local standing = {}

local function plural(count, word)
  return ("%d %s%s"):format(count, word, count == 1 and "" or "s")
end

--- A span in words, roughly.
---@param seconds number
---@return string
function standing.span(seconds)
  if seconds >= 2 * DAY then
    return plural(math.floor(seconds / DAY), "day")
  elseif seconds >= 2 * HOUR then
    return plural(math.floor(seconds / HOUR), "hour")
  end
  return plural(math.max(1, math.floor(seconds / 60)), "minute")
end

--- Of one whose entry is not in the configuration.
local function of_stranger(s, row, order)
  local name = machine.quoted(s.name)
  if not row.removed then
    s.state = "elsewhere"
    s.why = ("it belongs to another configuration: %s"):format(tostring(row.source))
    return
  end
  s.state, s.person, s.next = "removed", true, nil
  if order.intent then
    s.why = ("it is configured no more, and what became of its %s is not known"):format(order.intent.kind)
    s.advice = "List it again; or look at the seller, say what became of it, and remove it."
    s.command = ("reseal reconcile %s --found ID, or --absent"):format(name)
  else
    s.why = ("it is configured no more, and its order %d (%s) is under way"):format(order.id, order.action)
    s.advice = "List it again, and it goes on; or end the order here."
    s.command = ("reseal remove %s --force"):format(name)
  end
end

local function of_entry(s, managed, row, order, now)
  local served = s.served
  local ends = served and served.not_after
  s.state = managed.enabled == false and not order and "off" or row and row.state or "new"
  s.next = s.state ~= "off" and row and row.next or nil
  s.person = s.state == "stopped" or s.state == "blocked"
  if row and s.state ~= "off" then
    s.why, s.advice = row.error, row.advice
    s.command = order and order.command
    local is_claimed = row.owner and (row.lease_ends or 0) > now
    s.overdue = row.next and now - row.next > OVERDUE and not is_claimed and row.next or nil
    if row.state == "failed" and now - (row.since or now) > LONG then
      s.person = true
    end
  elseif s.state == "off" then
    s.why = "it is switched off"
  end
  if s.state == "new" and not s.why then
    s.why = "no run has come to it yet"
  end
  if s.unreadable and s.state ~= "off" then
    s.person, s.why, s.advice = true, s.unreadable, "Put a pair there that can be read, or take it away."
  elseif ends and ends <= now and s.state ~= "off" then
    s.person, s.why = true, s.why or "the certificate has ended"
  elseif ends and ends - now < machine.LIMITS.ending and s.state ~= "off" then
    s.person = true
  end
  if s.overdue then
    s.person = true
    s.advice = s.advice or "Let a timer or cron call `reseal run`, or run `reseal run --watch`."
    s.why = s.why or ("nothing has worked at it for %s"):format(standing.span(now - s.overdue))
  elseif not s.why and s.state == "watch" and served then
    s.why = ("it is due on %s"):format(os.date("!%Y-%m-%d", calendar.due(served.not_before, ends, managed.before)))
  end
end

--- How one stands.
---@param name string
---@param managed table|nil its entry
---@param state reseal.order.State
---@param now integer epoch seconds
---@return reseal.Standing
function standing.of(name, managed, state, now)
  local row, order = state.rows[name], state.orders[name]
  local s = {
    name = name, managed = managed, row = row, order = order, served = state.served[name] or nil,
    unreadable = state.unreadable[name], person = false,
  }
  s.ends = s.served and s.served.not_after or not managed and row and row.served and row.served.not_after or nil
  if managed then
    of_entry(s, managed, row, order, now)
  else
    of_stranger(s, row or {removed = now}, order)
  end
  return s
end

-- The one that needs a person first, then the one that ends first.
local function sooner(a, b)
  if a.person ~= b.person then
    return a.person
  elseif a.ends ~= b.ends then
    return (a.ends or 0) < (b.ends or 0)
  end
  return a.name < b.name
end

--- Sorts: what needs a person comes first, and of those and of the others what ends first.
---@param list reseal.Standing[]
---@return reseal.Standing[] list
function standing.sort(list)
  table.sort(list, sooner)
  return list
end

return standing
