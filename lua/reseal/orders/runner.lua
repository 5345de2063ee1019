--- Works on what is due: once, until nothing is under way, or for as long as the process lives.

local faults = require "reseal.orders.faults"
local notify = require "reseal.orders.notify"
local pause = require "reseal.pause"
local ports = require "reseal.orders.ports"
local run = require "reseal.order.run"
local system = require "reseal.system"

local EVENTS = 500 -- read at once
local SLICE = 0.2 -- seconds of a sleep, between looks whether the process is to end
local LONGEST_SLEEP = 60
local MOST_STEPS = 20 -- of one certificate, in one pass
local AGAIN = 5 -- seconds until a journal that could not be had is asked again

---@class reseal.orders.Work
---@field names? string[] only these, however many of their accounts are in work; default: all
---@field wait? boolean|number until nothing is under way any more for the named (all) certificates; a number: so many
---  seconds at most
---@field watch? boolean goes on until `stopping`
---@field stopping? fun(): any whether to end soon; an order under way goes on in the next run
---@field on_event? fun(event: table) what happens, as it happens
---@field on_wait? fun(till: integer, names: string[], trouble: string|nil) before a pause; trouble: why the journal
---  can't be had, which `watch` waits for
---@field on_act? fun(name: string, act: string) before each action of a step
---@field on_tick? fun() again and again, several times a second in a pause
---@field log? fun(level: string, text: string)
---@field most? table<string, {amount: string, currency: string}|false> by name, what somebody agreed to pay at most,
---  which `max_price` bounds too; false: nothing may be bought

--- What the machine is to see of an entry: with a price that somebody agreed to, that is the most.
local function agreed(orders, most)
  return most and function(name)
    local managed = orders.configuration.by_name[name]
    if not managed or most[name] == nil then
      return managed
    end
    return setmetatable({agreed = most[name]}, {__index = managed})
  end or nil
end

local PERSON = {stopped = true, blocked = true}

--- Where a certificate stands between two steps: whether something is under way.
local function stands(managed, row, order)
  if PERSON[row.state] then
    return "person"
  elseif row.state == "watch" or managed.enabled == false and not order then
    return "done" -- also with an order under way, where nothing could be gained now
  end
  return "goes on"
end

--- What a run does again and again: steps, telling of what happened.
local Runner = {}
Runner.__index = Runner

--- Hands on the events since the last time. What the journal does not give now is handed on later.
function Runner:hand_on()
  local on_event = self.work.on_event
  while on_event do
    local list, err = self.orders.journal:events {after = self.seen, limit = EVENTS}
    for _, event in ipairs(list or {}) do
      self.seen = event.id
      if not self.wanted or self.wanted[event.name] then
        on_event(event)
      end
    end
    if not list then
      self.log("error", "the journal gave no events: " .. tostring(err.message or err))
    end
    if not list or #list < EVENTS then
      break
    end
  end
end

function Runner:tell()
  self:hand_on()
  self.notify:deliver()
end

function Runner:count(result)
  self.counts.steps = self.counts.steps + 1
  self.counts[result] = (self.counts[result] or 0) + 1
  self:tell()
end

function Runner:tick()
  if self.work.on_tick then
    self.work.on_tick()
  end
end

--- Sleeps until a time, or until the process is to end.
function Runner:sleep(till)
  local stop = self.orders.monotonic() + math.min(LONGEST_SLEEP, till - self.orders.clock())
  while self.orders.monotonic() < stop and not self.stopping() do
    self:tick()
    self.orders.wait(math.min(SLICE, math.max(0, stop - self.orders.monotonic())))
  end
end

--- All steps of one certificate that are due now.
function Runner:steps_of(name)
  local journal = self.orders.journal
  for _ = 1, MOST_STEPS do
    local row, err = journal:row(name)
    if not row then
      return nil, faults.journal(err or "it knows nothing of " .. name)
    elseif self.stopping() or row.next > self.orders.clock() then
      return true
    end
    local claim
    claim, err = journal:claim_name(self.engine.owner, name, nil, run.LEASE)
    if not claim then
      return err.code == "claimed" and true or nil, faults.journal(err)
    end
    self:count(run.step(self.engine, claim))
  end
  return true
end

--- All that is due now; of the named ones, whatever of them is due.
function Runner:pass()
  local released, fault = self.orders:release_gone()
  if not released then
    return nil, fault
  elseif self.names then
    for _, name in ipairs(self.names) do
      local ok, err = self:steps_of(name)
      if not ok then
        return nil, err
      end
    end
  else
    while not self.stopping() do
      local claim, err = self.orders.journal:claim(self.engine.owner, nil, run.LEASE, self.filter)
      if err then
        return nil, faults.journal(err)
      elseif not claim then
        break
      end
      self:count(run.step(self.engine, claim))
    end
  end
  self:tell() -- of what others did, and what could not be told before
  return true
end

--- Those that are under way, and when the next of them is due.
function Runner:under_way()
  local going, soonest = {}, math.huge
  local list, err = self.orders:rows()
  if not list then
    return nil, err
  end
  for _, one in ipairs(list) do
    if one.how == "goes on" and (not self.wanted or self.wanted[one.name]) then
      going[#going + 1] = one.name
      soonest = math.min(soonest, one.row.next)
    end
  end
  return going, soonest
end

--- Until nothing is under way, or the time is over.
function Runner:finish()
  local wait = self.work.wait
  local till = self.orders.monotonic() + (type(wait) == "number" and wait or math.huge)
  while true do
    local ok, err = self:pass()
    if not ok then
      return nil, err
    end
    local going, soonest = self:under_way()
    if not going then
      return nil, soonest
    elseif #going == 0 or self.stopping() or self.orders.monotonic() >= till then
      return true
    end
    if self.work.on_wait then
      self.work.on_wait(soonest, going)
    end
    -- One that another process works at is due already: a second is soon enough.
    local now = self.orders.clock()
    self:sleep(math.max(now + 1, math.min(soonest, now + math.max(0, till - self.orders.monotonic()))))
  end
end

--- Until the process is to end. Losing the journal means waiting.
function Runner:watch()
  while not self.stopping() do
    local ok, err = self:pass()
    local soonest
    if ok then
      soonest, err = self.orders.journal:due(self.filter)
      err = err and faults.journal(err)
    end
    local trouble = err and tostring(err.message) or nil
    if trouble then
      soonest = self.orders.clock() + AGAIN
    end
    if trouble ~= self.trouble then
      self.log(trouble and "error" or "info", trouble and "it waits: " .. trouble or "the journal is back")
      self.trouble = trouble
    end
    soonest = math.max(self.orders.clock() + 1, soonest or self.orders.clock() + LONGEST_SLEEP)
    if self.work.on_wait and not self.stopping() then
      self.work.on_wait(soonest, {}, trouble)
    end
    self:sleep(soonest)
  end
  return true
end

local runner = {stands = stands}

--- Makes one.
---@param orders reseal.Orders with the journal open, and all of the configuration in it
---@param work reseal.orders.Work
---@param seen integer the number of the last event before it
---@return table runner methods `pass`, `finish`, `watch`; `counts`
function runner.new(orders, work, seen)
  local log = work.log or orders.options.log or function() end
  local stopping = work.stopping or function() return false end
  local names = work.names and #work.names > 0 and work.names or nil
  orders.runs = (orders.runs or 0) + 1
  local made = setmetatable({
    orders = orders, work = work, names = names, wanted = names and orders:only(names), log = log, stopping = stopping,
    seen = seen, counts = {steps = 0}, filter = {source = orders.source},
    notify = notify.new(orders.journal, orders.configuration.notify, log),
  }, Runner)
  made.engine = ports.of(orders, {
    log = log, stopping = stopping, managed = agreed(orders, work.most), random = pause.spread(system.pid, os.time),
    at_once = not names and orders.configuration.at_once or nil, run = orders.runs, on_act = function(name, act)
      made:tick()
      made:hand_on()
      if work.on_act then
        work.on_act(name, act)
      end
    end,
  })
  return made
end

return runner
