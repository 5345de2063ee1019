--- Pauses before a repetition, and the chance that spreads them, so that many who failed together don't return
--- together.

local guard = require "reseal.guard"

local pause = {}

--- Makes a source of numbers from 0 to 1, of our own: seeding math.random would change the host program's, and
--- unseeded it is the same everywhere. A forked process, which has its parent's numbers, begins anew.
---@param pid fun(): integer this process
---@param now fun(): number seconds
---@return fun(): number
function pause.spread(pid, now)
  local seed, seeded_in
  return function()
    local own = pid()
    if own ~= seeded_in then
      local address = tonumber(tostring({}):match("(%x+)$"), 16) or 0
      seed = math.floor((now() * 1000 + own * 7919 + address) % 2147483646) + 1
      seeded_in = own
    end
    seed = seed * 16807 % 2147483647
    return seed / 2147483647
  end
end

--- Seconds to wait before repeating: 1, 2, 4, … up to 30, of which at least half; never less than the answer asked
--- for, and a minute at most.
---@param attempt integer how many there were
---@param retry_after number|nil seconds that the answer asked for
---@param ... fun(): number sources of numbers from 0 to 1: the first that gives one counts
---@return number
function pause.before(attempt, retry_after, ...)
  local spread = 1
  for _, random in ipairs {...} do
    local ok, value = guard.call(random)
    if ok and type(value) == "number" and value >= 0 and value <= 1 then
      spread = value
      break
    end
  end
  local seconds = math.min(30, 2 ^ (attempt - 1)) * (1 + spread) / 2
  return math.max(seconds, math.min(retry_after or 0, 60))
end

return pause
