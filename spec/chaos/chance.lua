--- What is drawn from a seed: the same on every Lua.

local Chance = {}
Chance.__index = Chance

--- From 0 to 1.
function Chance:number()
  self.state = self.state * 16807 % 2147483647
  return self.state / 2147483647
end

function Chance:between(low, high)
  return low + self:number() * (high - low)
end

function Chance:whole(low, high)
  return math.min(high, math.floor(self:between(low, high + 1)))
end

function Chance:of(list)
  return list[self:whole(1, #list)]
end

--- One of a list of {weight, value}.
function Chance:weighted(list)
  local sum = 0
  for _, one in ipairs(list) do
    sum = sum + one[1]
  end
  local left = self:number() * sum
  for _, one in ipairs(list) do
    left = left - one[1]
    if left <= 0 then
      return one[2]
    end
  end
  return list[#list][2]
end

function Chance.new(seed)
  local chance = setmetatable({state = seed % 2147483646 + 1}, Chance)
  for _ = 1, 3 do
    chance:number()
  end
  return chance
end

return Chance
