--- The time of all processes: it runs many times as fast as the machine's, jumps over hours in which nothing happens,
--- and its date can be set like a machine's by hand. One file has it, which the driver writes.

local system = require "reseal.system"

local READ_AGAIN = 0.005 -- seconds, the machine's

local Clock = {}
Clock.__index = Clock

local function read(path)
  local file = io.open(path)
  local text = file and file:read "*a" or ""
  if file then
    file:close()
  end
  local since, from, rate, base, shift = text:match "^(%S+) (%S+) (%S+) (%S+) (%S+)\n$"
  return since and {
    since = tonumber(since), from = tonumber(from), rate = tonumber(rate), base = tonumber(base),
    shift = tonumber(shift),
  }
end

function Clock:state()
  local real = system.now()
  if not self.read_at or real - self.read_at > READ_AGAIN then
    self.known, self.read_at = read(self.path) or self.known, real
  end
  return self.known, real
end

--- Seconds of a clock that nobody sets.
function Clock:monotonic()
  local state, real = self:state()
  return state.from + (real - state.since) * state.rate
end

--- What a machine's clock tells.
function Clock:now()
  return math.floor(self.known.base + self.known.shift + self:monotonic())
end

--- What it is.
function Clock:true_now()
  return math.floor(self.known.base + self:monotonic())
end

function Clock:wait(seconds)
  system.sleep(math.max(0.002, seconds / self.known.rate))
end

--- Changes it for everybody: `ahead` seconds pass at once; `shift`: so far is the date from the true one.
---@param change {ahead: number|nil, shift: number|nil}
function Clock:set(change)
  self.read_at = nil
  local state, real = self:state()
  state.from, state.since = state.from + (real - state.since) * state.rate + (change.ahead or 0), real
  state.shift = change.shift or state.shift
  self:write(state)
end

function Clock:write(state)
  local file = assert(io.open(self.path .. ".new", "w"))
  assert(file:write(("%.6f %.6f %.6f %d %d\n"):format(state.since, state.from, state.rate, state.base, state.shift)))
  assert(file:close())
  assert(os.rename(self.path .. ".new", self.path))
  self.known = state
end

local clock = {}

--- The one that a file has.
function clock.open(path)
  local self = setmetatable({path = path}, Clock)
  assert(self:state(), path .. " has no clock")
  return self
end

--- Makes one.
---@param rate number seconds for each of the machine's
---@param base integer epoch seconds at its begin
function clock.make(path, rate, base)
  local self = setmetatable({path = path}, Clock)
  self:write {since = system.now(), from = 1000, rate = rate, base = base - 1000, shift = 0}
  return self
end

return clock
