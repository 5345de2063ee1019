--- Finds the name that a mistyped one was probably meant to be, by the codec's measure.

local core = require "reseal.core"

--- The candidate nearest to `name`; nil when none is near enough to be worth suggesting.
---@param name string
---@param candidates string[]
---@return string|nil
return function(name, candidates)
  local best, least
  for _, candidate in ipairs(candidates) do
    local distance = core.distance(name, candidate)
    if distance and not (least and least <= distance) then
      best, least = candidate, distance
    end
  end
  return best
end
