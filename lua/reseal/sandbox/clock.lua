--- The sandbox's time, which POST /_sandbox/clock moves, and lets run faster.

local Clock = {}
Clock.__index = Clock

---@class reseal.sandbox.Clock
---@field time fun(): number the real time
---@field since number the real time at which the sandbox's was `from`
---@field from number
---@field rate number seconds of the sandbox's time for a real one

---@param time fun(): number the real time, seconds since the epoch
---@return reseal.sandbox.Clock
function Clock.new(time)
  local clock = setmetatable({time = time}, Clock)
  clock:reset()
  return clock
end

local function exact(clock)
  return clock.from + (clock.time() - clock.since) * clock.rate
end

---@return integer seconds since the epoch
function Clock:now()
  return math.floor(exact(self))
end

---@param now number seconds since the epoch
function Clock:set(now)
  self.since, self.from = self.time(), now
end

---@param seconds integer backwards, when below 0
function Clock:advance(seconds)
  self.from = self.from + seconds
end

--- From now on it runs so many times as fast.
---@param rate number
function Clock:run(rate)
  self:set(exact(self))
  self.rate = rate
end

--- Back to the real time.
function Clock:reset()
  self.rate = 1
  self:set(self.time())
end

return Clock
