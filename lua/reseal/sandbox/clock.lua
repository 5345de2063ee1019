--- The sandbox's time, which POST /_sandbox/clock moves.

local Clock = {}
Clock.__index = Clock

---@class reseal.sandbox.Clock
---@field time fun(): integer the real time
---@field offset integer seconds that the sandbox is ahead of it

---@param time fun(): integer the real time, seconds since the epoch
---@return reseal.sandbox.Clock
function Clock.new(time)
  return setmetatable({time = time, offset = 0}, Clock)
end

---@return integer seconds since the epoch
function Clock:now()
  return self.time() + self.offset
end

---@param now integer seconds since the epoch
function Clock:set(now)
  self.offset = now - self.time()
end

---@param seconds integer backwards, when below 0
function Clock:advance(seconds)
  self.offset = self.offset + seconds
end

--- Back to the real time.
function Clock:reset()
  self.offset = 0
end

return Clock
