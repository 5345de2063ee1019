--- How often an account may call its seller: sliding windows that all processes on one journal share.
---
--- ```lua
--- local b = budget.new(journal)
--- local ok, ticket = b:take("shop", "namecheap", nil, {patience = 60})
--- if not ok then wait until the time `ticket` and take again end
--- …the call…
--- b:done(ticket)
--- ```
---
--- A call is booked before it is sent, in one transaction with the count, so no window is ever passed: not by several
--- processes, nor by one that died. When the seller gets it is known only within bounds: not before it was booked, nor
--- after it ended. So it stands for the end of its patience until `done` tells when it really ended.
---
--- An account without windows has nothing to count: it is only asked whether the seller wants a pause.
---
--- What a list answers need not be asked one by one: a sweep of an account takes a hundredth of the calls.

local core = require "reseal.order.journal.core"
local pieces = require "reseal.order.journal.pieces"

local LONGEST_PATIENCE = 3600
local FIRST_PAUSE, LONGEST_PAUSE = 60, 3600 -- seconds after a refusal, twice as long each time

-- Calls in so many seconds. Namecheap: 20 a minute, 700 an hour, 8,000 a day, for the account (its API FAQ). Realtime
-- Register names no numbers: there only its refusals tell.
local WINDOWS = {
  namecheap = {{seconds = 60, limit = 20}, {seconds = 3600, limit = 700}, {seconds = 86400, limit = 8000}},
  realtimeregister = {},
}

---@class reseal.order.Ticket
---@field account string
---@field n integer|nil nil: it is not counted

---@class reseal.order.Budget
local Budget = {}
Budget.__index = Budget

--- Drops what no window counts any more, and sets right what lies further ahead than any patience: the clock was set
--- back.
local function tidy(db, account, now, longest)
  assert(db:run("DELETE FROM reseal_calls WHERE account = $1 AND at <= $2", account, now - longest))
  assert(db:run("UPDATE reseal_calls SET at = $2 WHERE account = $1 AND at > $3", account, now + 1,
    now + LONGEST_PATIENCE + core.SLACK))
end

--- When the call that stands `limit`-th from the newest one leaves the window, and when that is to be expected: nil
--- where there are fewer.
local function leaves(db, account, now, window, limit)
  if limit < 1 then
    return now + window.seconds, now + window.seconds
  end
  local rows = assert(db:rows("SELECT at FROM reseal_calls WHERE account = $1 AND at > $2 ORDER BY at DESC LIMIT 1 "
    .. "OFFSET CAST($3 AS BIGINT)", account, now - window.seconds, limit - 1))
  if rows[1] then
    -- What is under way stands for the end of its patience, and will most likely end at once.
    return rows[1].at + window.seconds, math.min(rows[1].at, now + 1) + window.seconds
  end
end

--- When the account may be called again after a refusal; 0: it was not refused.
local function paused(state, now)
  local till = state and state.paused_until or 0
  return till > now + core.DAY + core.SLACK and 0 or till -- no refusal asks for so much: the clock was set back
end

--- Writes when calls have ended that `transport` told of since.
local function write_ended(db, account, list)
  for _, one in ipairs(list or {}) do
    assert(db:run("UPDATE reseal_calls SET at = $3 WHERE account = $1 AND n = $2", account, one.n, one.at + 1))
  end
end

--- Books a call, or tells when it is worth asking again.
---@param account string
---@param provider string
---@param now integer|nil see `reseal.order.journal`
---@param options? {patience?: integer, reserve?: integer} patience: seconds in which the call ends for sure (default
---  60, at most 3600); reserve: so many calls of each window are left to others, as a sweep should do (default 0)
---@return boolean|nil booked
---@return reseal.order.Ticket|integer|table ticket when booked: for `done`; false: the time to ask again; nil: an
---  error, after which nothing may be sent
function Budget:take(account, provider, now, options)
  local patience = options and options.patience or 60
  local reserve = options and options.reserve or 0
  if patience < 0 or patience > LONGEST_PATIENCE then
    error("a call's patience is a number of seconds, 0 to 3600", 2)
  end
  local windows = self.windows[provider] or {}
  local longest = 0
  for _, window in ipairs(windows) do
    longest = math.max(longest, window.seconds)
  end
  if longest == 0 then
    local states, err = self.journal.db:rows("SELECT paused_until FROM reseal_accounts WHERE name = $1", account)
    now = states and core.time(self.journal, now)
    if not now then
      return nil, err or core.fault("time", "the time could not be read")
    end
    local wait = paused(states[1], now)
    return wait <= now, wait > now and wait or {account = account}
  end
  local given, ended = now, self.journal.ended_calls
  local result, err = core.write(self.journal, function(db)
    local state = pieces.lock_account(db, account)
    now = assert(core.time(self.journal, given)) -- once the account is ours
    write_ended(db, account, ended and ended[account])
    tidy(db, account, now, longest)
    local wait = paused(state, now)
    for _, window in ipairs(windows) do
      local leave, expected = leaves(db, account, now, window, window.limit - reserve)
      if leave and leave > now then
        wait = math.max(wait, expected)
      end
    end
    if wait > now then
      return {wait = wait}
    end
    local counted = assert(db:rows("UPDATE reseal_accounts SET calls = calls + 1 WHERE name = $1 RETURNING calls",
      account))
    local n = counted[1].calls
    -- Times are whole seconds, rounded down: it may be a second later.
    assert(db:run("INSERT INTO reseal_calls (account, n, at) VALUES ($1, $2, $3)", account, n,
      now + math.ceil(patience) + 1))
    return {ticket = {account = account, n = n}}
  end)
  if not result then
    return nil, err
  end
  if ended then
    ended[account] = nil
  end
  if result.wait then
    return false, result.wait
  end
  return true, result.ticket
end

--- Tells that a call has ended, well or not: it leaves the windows that much sooner. One that is never done leaves them
--- when its patience is over.
---@param ticket reseal.order.Ticket
---@param now integer|nil
---@return boolean|nil
---@return table|nil err
function Budget:done(ticket, now)
  if not ticket.n then
    return true -- it is not counted
  end
  local given = now
  return core.write(self.journal, function(db)
    now = assert(core.time(self.journal, given))
    assert(db:run("UPDATE reseal_calls SET at = $3 WHERE account = $1 AND n = $2", ticket.account, ticket.n, now + 1))
    return true
  end)
end

--- Tells that the seller refused a call for its rate: somebody else calls, too, or its windows are others than ours.
--- Nobody calls for the seconds that it asked for, or a minute, and twice as long after each further refusal.
---@param account string
---@param now integer|nil
---@param retry_after number|nil seconds; a day at most
---@return integer|nil until when
---@return table|nil err
function Budget:throttled(account, now, retry_after)
  local given = now
  return core.write(self.journal, function(db)
    local state = pieces.lock_account(db, account)
    now = assert(core.time(self.journal, given))
    local last = state.paused_until or 0
    local again = last > now - LONGEST_PAUSE and last <= now + core.DAY + core.SLACK
    local times = again and state.throttled + 1 or 1
    local pause = math.min(FIRST_PAUSE * 2 ^ math.min(times - 1, 10), LONGEST_PAUSE)
    pause = math.max(pause, math.min(math.ceil(retry_after or 0), core.DAY))
    -- Several processes may be refused at once: that is one refusal.
    if again and last > now then
      times, pause = state.throttled, math.max(last - now, math.min(math.ceil(retry_after or 0), core.DAY))
    end
    assert(db:run("UPDATE reseal_accounts SET paused_until = $2, throttled = $3 WHERE name = $1", account, now + pause,
      times))
    return math.floor(now + pause)
  end)
end

--- How many calls each window still allows.
---@param account string
---@param provider string
---@param now integer|nil
---@return {seconds: integer, limit: integer, left: integer}[]|nil
---@return table|nil err
function Budget:left(account, provider, now)
  local err
  now, err = core.time(self.journal, now)
  if not now then
    return nil, err
  end
  local list = {}
  for i, window in ipairs(self.windows[provider] or {}) do
    local rows
    rows, err = self.journal.db:rows("SELECT count(*) AS n FROM reseal_calls WHERE account = $1 AND at > $2", account,
      now - window.seconds)
    if not rows then
      return nil, err
    end
    list[i] = {seconds = window.seconds, limit = window.limit, left = math.max(0, window.limit - rows[1].n)}
  end
  return list
end

--- As `done`, but it is written with the next call that this process books: until then the call counts for longer.
local function end_soon(self, ticket)
  local now = ticket.n and core.time(self.journal)
  if now then
    local journal = self.journal
    journal.ended_calls = journal.ended_calls or {}
    local list = journal.ended_calls[ticket.account] or {}
    journal.ended_calls[ticket.account] = list
    list[#list + 1] = {n = ticket.n, at = now}
  end
end

--- A transport that books each request, a client's repetitions as well, before it hands it on. What can't be booked is
--- not sent: `nil, {code = "budget", sent = false, wait_until = …}`.
---@param account string
---@param provider string
---@param inner reseal.Transport
---@return reseal.Transport
function Budget:transport(account, provider, inner)
  return function(request, options)
    local booked, ticket = self:take(account, provider, nil, {
      patience = math.min(options and options.timeout or 60, LONGEST_PATIENCE),
    })
    if booked == nil then
      return nil, {code = "budget", sent = false, message = "The call could not be booked: " .. tostring(ticket)}
    elseif not booked then
      return nil, {
        code = "budget", sent = false, wait_until = ticket,
        message = ("The calls of account %s are used up until %s."):format(account,
          os.date("!%Y-%m-%dT%H:%M:%SZ", ticket)),
      }
    end
    local ok, response, reason = pcall(inner, request, options)
    end_soon(self, ticket)
    if not ok then
      error(response, 0)
    end
    return response, reason
  end
end

local budget = {WINDOWS = WINDOWS}

--- Makes the budget of a journal's accounts.
---@param journal reseal.order.Journal
---@param options? {windows?: table<string, {seconds: integer, limit: integer}[]>} by provider, in place of those known
---@return reseal.order.Budget
function budget.new(journal, options)
  local windows = {}
  for provider, list in pairs(WINDOWS) do
    windows[provider] = options and options.windows and options.windows[provider] or list
  end
  for provider, list in pairs(options and options.windows or {}) do
    windows[provider] = list
  end
  return setmetatable({journal = journal, windows = windows}, Budget)
end

return budget
