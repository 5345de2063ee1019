--- What an answer is made into: a row and an order that are copies, what there is to tell, and what is to be written.

local rules = require "reseal.order.machine.rules"

local DAY = 86400
local LIMITS = rules.LIMITS
local copy = rules.copy
local command = rules.command
local tomorrow = rules.tomorrow

-- What shows that it is in the way no more: a price that may be paid.
local BLOCKED_BY = {block = "price"}

--- What `absorb` works on: copies of row and order, and what it has to tell.
local Work = {}
Work.__index = Work

--- Something to tell. What it has of its own is not called as the journal's fields of an event are: id, at, account.
function Work:tell(kind, text, more)
  local event = more or {}
  event.kind, event.text, event.at, event.name = kind, text, self.now, self.managed.name
  event.state = self.row.state
  self.events[#self.events + 1] = event
end

function Work:state(state)
  if self.row.state ~= state then
    self.row.state, self.row.since = state, self.now
  end
end

--- It goes on at once. What stopped stays so until that which it stopped for is there, and what failed until the step
--- that failed goes well.
function Work:go_on()
  local row, data = self.row, self.order and self.order.data or {}
  row.next = self.now
  if not data.stop and not data.blocked and row.failures == 0 then
    row.error, row.advice = nil, nil
    self:state "working"
  end
end

--- A step went well: if it is the one that failed, its failures count no more. Those of earlier orders do, until one is
--- done: else an order that fails late would be placed anew each minute.
function Work:went_well(act)
  local row, data = self.row, self.order and self.order.data
  if not data then
    if row.failing and row.failing.act == act then
      row.failures, row.failing = row.failing.before, nil
    end
    return
  elseif data.failing == act then
    data.failing, row.failures = nil, data.failed_before or 0
  end
  if data.blocked and data.blocked.act == (BLOCKED_BY[act] or act) then
    self.blocked, data.blocked = data.blocked, nil -- unless it is again
  end
end

function Work:wait(state, till, why, advice)
  local row = self.row
  row.next = math.max(self.now, math.min(till, self.now + DAY))
  if not (self.order and self.order.data.stop) then
    row.error, row.advice = why, advice
    self:state(state)
  end
end

function Work:hold(kind, id)
  if id then
    self.writes.hold[#self.writes.hold + 1] = {kind = kind, id = tostring(id)}
  end
end

--- How long until a failed step is tried again: doubled each time, up to a limit that leaves time before the end.
function Work:pause(err)
  local row, limit = self.row, LIMITS.longest_pause
  if row.served then
    limit = math.min(limit, math.max(LIMITS.shortest_limit, math.floor((row.served.not_after - self.now) / 20)))
  end
  local pause = math.min(LIMITS.first_pause * 2 ^ math.min(row.failures - 1, 20), limit)
  local asked = type(err) == "table" and tonumber(err.retry_after) or 0
  return math.floor(math.max(pause, math.min(asked, limit)))
end

--- How long until it is looked again at what takes its time, and has taken `age` seconds so far.
function Work.poll(_, age)
  local first = math.min(LIMITS.poll, math.max(LIMITS.first_poll, age))
  return math.max(first, math.min(math.floor(age / 10), LIMITS.longest_poll))
end

--- A failure in words.
function Work.words(err)
  if type(err) ~= "table" then
    return tostring(err)
  end
  return getmetatable(err) and tostring(err) or tostring(err.message or err.code or "it failed without a word")
end

--- Nothing more happens until a person says so; with `again`, it is looked at once a day, since that costs nothing.
function Work:stop(reason, told, again, advice)
  local row, data = self.row, self.order.data
  local known = data.stop
  data.stop = {reason = reason, command = told, again = again}
  self.order.reason, self.order.command = reason, told
  row.error, row.advice, row.next = reason, advice or told, tomorrow(self.managed.name, self.now)
  self:state "stopped"
  if not known or known.reason ~= reason then
    self:tell("stopped", reason, {command = told, advice = advice})
  end
end

--- A step failed. A refusal that is final stops the order; anything else is tried again.
function Work:fail(err, act)
  local row, order = self.row, self.order
  local table_like = type(err) == "table" and err or {}
  row.failures = row.failures + 1
  if order then
    order.data.failing = act or self.act
  else
    row.failing = row.failing or {act = self.act, before = row.failures - 1}
  end
  local text = Work.words(err)
  self:tell("failed", text, {code = table_like.code, outcome = table_like.outcome, retry = table_like.retry,
    handle = table_like.handle and tostring(table_like.handle)})
  if order and order.data.stop then
    row.next = tomorrow(self.managed.name, self.now)
  elseif order and table_like.retry == "never" then
    self:stop(text, command(self.managed, "--again"), nil, table_like.advice)
  else
    row.error, row.advice, row.next = text, table_like.advice, self.now + self:pause(err)
    self:state "failed"
  end
end

--- Nothing is wrong with the order, but something else is in its way. Looked at again within a day.
function Work:block(why, advice, till)
  local data, known = self.order.data, self.blocked
  data.blocked = {why = why, act = BLOCKED_BY[self.act] or self.act}
  self:wait("blocked", till or tomorrow(self.managed.name, self.now), why, advice)
  if not known or known.why ~= why then
    self:tell("blocked", why, {advice = advice})
  end
end

function Work:unstop()
  local order = self.order
  order.data.stop, order.reason, order.command = nil, nil, nil
  if self.row.state == "stopped" then -- whatever failed before it
    self.row.error, self.row.advice = nil, nil
    self:state "working"
  end
end

--- The order ends, once what was published for it is taken away. With `code` that is a failure, and the next order
--- waits its pause.
function Work:close(result, reason, code)
  self:unstop()
  if code then
    self:fail {code = code, message = reason}
  end
  self.order.data.closing = {result = result, reason = reason}
  self:go_on()
end

function Work:closed()
  local order, closing = self.order, self.order.data.closing
  order.closed, order.result, order.reason, order.command = self.now, closing.result, closing.reason, nil
  self:tell("closed", closing.reason or closing.result, {result = closing.result})
end

-- The seller's certificate that the row is about is another one now.
function Work:follow(id, why)
  local row = self.row
  if id and row.certificate ~= id then
    row.certificate = id
    self:hold("certificate", id)
    self:tell("certificate", ("it is certificate %s now: %s"):format(id, why), {seller_id = id})
  end
end

--- Begins to work: on copies, what comes in is never changed.
function Work.new(managed, row, order, now, act)
  local w = {
    managed = managed, row = copy(row), order = copy(order), now = now, act = act, events = {}, writes = {hold = {}},
  }
  w.row.failures, w.state_before = w.row.failures or 0, w.row.state
  return setmetatable(w, Work)
end

return Work
