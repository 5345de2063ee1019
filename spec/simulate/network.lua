--- What lies between a process and a seller: requests and answers that are lost, late or doubled, answers that show
--- what was, refusals for the rate, and times in which nothing is there.

local DAY = 86400

-- How often, in one request, at the usual measure of faults. A purchase's answer is lost more often than it ever is.
local FAULTS = {
  {"refused", 0.01}, {"lost", 0.006}, {"lost_answer", 0.012}, {"late", 0.004}, {"garbage", 0.003}, {"broken", 0.006},
  {"throttled", 0.003}, {"doubled", 0.005}, {"stale", 0.02}, {"slow", 0.02},
}
local OF_A_PURCHASE = {lost = 0.03, lost_answer = 0.06, late = 0.03, garbage = 0.03, doubled = 0}

local Network = {}
Network.__index = Network

--- What becomes of a request.
function Network:fate(request)
  local drawn = self.random:number()
  for _, fault in ipairs(FAULTS) do
    local often = (request.purchase and OF_A_PURCHASE[fault[1]] or fault[2]) * self.measure
    if drawn < often then
      return fault[1]
    end
    drawn = drawn - often
  end
  return "whole"
end

--- Whether nobody answers now.
function Network:is_out()
  return self.scheduler.now < self.out_until
end

--- From time to time a seller is not there, for minutes mostly and for days seldom.
local function plan_outages(self)
  if self.measure == 0 then
    return
  end
  self.scheduler:after(self.random:after(40 * DAY / self.measure), function()
    local long = self.random:chance(0.15)
    local lasts = long and self.random:between(DAY, 5 * DAY) or self.random:between(300, 6 * 3600)
    self.out_until = math.max(self.out_until, self.scheduler.now + lasts)
    self.outages[#self.outages + 1] = {from = self.scheduler.now, till = self.out_until}
    self.tell("outage", ("%s is out for %.1f hours"):format(self.account, lasts / 3600))
    plan_outages(self)
  end)
end

--- A transport as `run.limited` takes one: request = {op, purchase, change, …}, an answer is {value} or {err}.
---@param moment fun(where: string) where the process may end or stand still
---@param sent fun(request: table) called when a request leaves
function Network:transport(moment, sent)
  local random, scheduler = self.random, self.scheduler
  return function(request, options)
    local timeout = options and options.timeout or 60
    local began = scheduler.now
    moment "before a request"
    if scheduler.now - began >= timeout then
      return nil, {code = "timeout", message = "nothing could be sent in time", sent = false}
    elseif self:is_out() and random:chance(0.7) then
      scheduler:sleep(math.min(timeout, 5))
      return nil, {code = "connect", message = "nobody answers", sent = false}
    end
    local fate = self:is_out() and "broken" or self:fate(request)
    if fate == "refused" then
      scheduler:sleep(1)
      return nil, {code = "connect", message = "the connection was refused", sent = false}
    end
    sent(request)
    local up, down = random:between(0.1, 1), random:between(0.1, 1.5)
    if fate == "slow" then
      down = random:between(5, 70)
    elseif fate == "late" then
      up = timeout + random:between(1, 840)
    end
    request.seen = scheduler.now - (fate == "stale" and random:between(60, 3600) or 0)
    local answer = {}
    local function arrive()
      answer.value, answer.err = self.execute(request)
      answer.came = true
    end
    if fate ~= "lost" and fate ~= "broken" and fate ~= "throttled" then
      scheduler:after(up, arrive)
    end
    if fate == "doubled" and (not request.change or request.twice) then
      scheduler:after(up + random:between(0, 5), function()
        self.execute(request)
      end)
    end
    if fate ~= "late" then
      self.counted(up)
    end
    local unheard = fate == "lost" or fate == "lost_answer" or fate == "late"
    scheduler:sleep(unheard and timeout or math.min(timeout, up + down))
    moment "after a request"
    if fate == "broken" then
      return {err = {code = "503", message = "the service is out of order", outcome = request.change and "unknown"
        or "refused", retry = request.purchase and "never" or "later"}}
    elseif fate == "throttled" then
      return {err = {code = "throttled", message = "too many requests", outcome = "refused", retry = "later",
        category = "throttle", retry_after = random:chance(0.5) and random:integer(1, 600) or nil}}
    elseif unheard or not answer.came or up + down > timeout then
      return nil, {code = "timeout", message = "no answer came in time", sent = true}
    elseif fate == "garbage" then
      return {err = {code = "malformed", message = "the answer can't be read", outcome = "unknown",
        retry = request.change and "never" or "later",
        handle = request.purchase and random:chance(0.3) and type(answer.value) == "table"
          and (answer.value.bought or answer.value.process) or nil}}
    end
    return answer
  end
end

local network = {}

---@param given {random: table, scheduler: table, account: string, measure: number, execute: function,
---  counted: fun(after: number), tell: function}
function network.new(given)
  local self = setmetatable(given, Network)
  self.out_until, self.outages = 0, {}
  plan_outages(self)
  return self
end

--- What a client makes of a transport: `send(request)` gives a value, or nil and a failure in the engine's words.
function network.client(transport)
  return function(request)
    local answer, reason = transport(request, {})
    if not answer then
      local sent = reason.sent ~= false
      return nil, {
        code = reason.code, message = reason.message, outcome = sent and "unknown" or "not_sent",
        retry = sent and request.change and "never" or "later",
      }
    elseif answer.err then
      return nil, answer.err
    end
    return answer.value
  end
end

return network
