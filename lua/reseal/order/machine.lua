--- What an order does next, and what an answer makes of it. Pure: no input or output, no clock, no random number.
---
---   next(managed, row, order, now)                    -> an action, {wait = …} or {stop = …}
---   absorb(managed, row, order, action, answer, now)  -> row, order, events, writes
---
--- What is done decides what comes next, not the order's phase: that is a label for people. Each fact in `order.data`
--- is written down before anything rests on it that can't be read again, so a process may end anywhere and another goes
--- on from there. The tables that come in are never changed.
---
--- An action that is not free to repeat (`place`) carries an `intent`. While the order has an open one (`order.intent`)
--- nothing is placed: it is settled by its answer, or, after its deadline, by looking (`find`), or by a person.

local SENSE = require "reseal.order.machine.sense"
local Work = require "reseal.order.machine.work"
local answers = require "reseal.order.machine.answers"
local following = require "reseal.order.machine.next"
local rules = require "reseal.order.machine.rules"

local DAY, MINUTE = 86400, 60
local LIMITS = rules.LIMITS
local date = rules.date

local machine = {
  LIMITS = rules.LIMITS, next = following.next, names_something = following.names_something, quoted = rules.quoted,
  grace = rules.grace,
}

--- Actions that no port carries out: their answer is {ok = true}.
machine.INTERNAL = {block = true, abandon = true, restart = true, close = true, recall = true}

local PHASES = {
  served = "decide", admit = "decide", look = "decide", successor = "decide", make_key = "prepare", room = "prepare",
  provable = "prepare", block = "price", price = "price", clock = "price", before = "before", place = "place",
  find = "place", challenge = "prove", publish = "prove", probe = "prove", nudge = "prove", collect = "collect",
  accept = "accept", install = "install", rollback = "install", verify = "verify", tidy = "tidy", close = "tidy",
}

local TOLD = {failed = true, unknown = true, stopped = true, blocked = true}

--- Marks what a person is to be told of: each change to such a state, what was installed, and once that an end is near.
local function mark(w)
  local row, name = w.row, w.managed.name
  local last = w.events[#w.events]
  if TOLD[row.state] and row.state ~= w.state_before then
    if not last then
      w:tell(row.state, row.error or row.state)
      last = w.events[#w.events]
    end
    last.mark = ("%s %s %d"):format(name, row.state, w.now)
    last.state, last.advice = row.state, last.advice or row.advice -- as it is now, for the one who is told
  end
  for _, event in ipairs(w.events) do
    if event.kind == "installed" then
      event.mark = ("%s installed %d"):format(name, w.now)
    end
  end
  local ends = row.served and row.served.not_after
  local no_help = TOLD[row.state] or row.state == "queued" and row.error
  if ends and ends - w.now < LIMITS.ending and no_help and row.told_of ~= ends then
    row.told_of = ends
    w:tell("ending", ("the certificate ends on %s, and nothing has helped: %s"):format(date(ends),
      tostring(row.error)), {mark = ("%s ending %d"):format(name, ends)})
  end
end

local function results(w)
  local order = w.order
  mark(w)
  if order and not order.closed then
    -- The label of what comes next, whenever that will be.
    local row = setmetatable({next = w.now}, {__index = w.row})
    local action = machine.next(w.managed, row, order, w.now)
    order.phase = PHASES[action.act] or order.phase
  end
  return w.row, order, w.events, w.writes
end

--- What an action's answer makes of the row and of the order.
---@param managed table
---@param row table
---@param order table|nil
---@param action table what `next` gave
---@param answer {ok: any}|{err: any}|{gone: true}|{unwritten: table} gone: the process stopped, nothing is known;
---  unwritten: why the intent could not be committed
---@param now integer epoch seconds
---@return table row to be saved
---@return table|nil order to be saved; with `closed`, it is over
---@return table events {kind, text, at, name, state, …}
---@return table writes {hold = {{kind, id}, …}, settle = outcome|nil, charge = {amount, currency}|nil,
---  halt = text|nil}: in the same transaction
function machine.absorb(managed, row, order, action, answer, now)
  local w = Work.new(managed, row, order, now, action.act)
  local err = answer.err
  if answer.unwritten then
    w.blocked = w.order.data.blocked
    answers.not_intended(w, answer.unwritten)
  elseif answer.gone or err == nil and answer.ok == nil then
    if action.act == "place" then
      answers.in_doubt(w, nil)
    end
  elseif err ~= nil then
    err = type(err) == "table" and err or {code = "failed", message = tostring(err)}
    if err.code == "budget" and (action.act ~= "place" or err.outcome == "not_sent") then
      if action.act == "place" then
        w.writes.settle, w.order.intent = "not_sent", nil
      end
      local again_at = tonumber(err.again_at)
      -- One that is past comes of a clock that was set: asked again at once it would be past again.
      w:wait("waiting", again_at and again_at > now and again_at or now + MINUTE, Work.words(err))
    elseif answers.failed[action.act] then
      answers.failed[action.act](w, err)
    else
      w:fail(err)
    end
  elseif SENSE[action.act] and not SENSE[action.act](answer.ok, w.order) then
    w:fail {code = "malformed", message = ("the answer to %s makes no sense"):format(action.act)}
  else
    if action.act ~= "place" then -- that is seen by what it names
      w:went_well(action.act)
    end
    answers.absorbers[action.act](w, answer.ok, action)
  end
  return results(w)
end

--- Something raised that never should: a failure like any other. An intent stays open, and is looked for.
---@param act string|nil the action
---@return table row
---@return table|nil order
---@return table events
---@return table writes
function machine.fail(managed, row, order, err, now, act)
  local w = Work.new(managed, row, order, now, act)
  w:fail(err)
  return results(w)
end

--- What a person says of an order that stopped.
---@param how {by: "again"|"found"|"absent"|"give_up", found: table|nil} found: as `place` would have answered; absent:
---  the person has looked, and nothing was carried out
---@return table|nil row
---@return table|string order or what does not fit
---@return table|nil events
---@return table|nil writes
function machine.settle(managed, row, order, how, now)
  if not order then
    return nil, "there is no order under way"
  end
  local w = Work.new(managed, row, order, now)
  local intent, data = w.order.intent, w.order.data
  if how.by == "found" then
    if not intent then
      return nil, "nothing is looked for"
    elseif not following.names_something(how.found, intent.purchase) then
      return nil, "the id of what was found is missing"
    end
    answers.ordered(w, how.found, "by_hand")
  elseif how.by == "absent" then
    if not intent then
      return nil, "nothing is looked for"
    elseif intent.deadline + rules.grace(intent) > now and intent.deadline <= now + DAY then
      return nil, "its answer may still come"
    end
    w.writes.settle, w.order.intent, data.exists, data.absent = "by_hand", nil, nil, nil
    data.handle, data.recalled = nil, nil
    w:unstop()
    w:tell("absent", "a person says that nothing was carried out")
    w:go_on()
  elseif how.by == "again" then
    w:unstop()
    w:go_on()
  elseif how.by == "give_up" then
    if intent then
      return nil, "what became of it must be said first, by --found ID or --absent"
    end
    w:close("stopped", "given up by a person")
  else
    return nil, "again, found, absent or give_up"
  end
  return results(w)
end

return machine
