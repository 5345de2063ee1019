--- Random numbers that are the same on every Lua: two multiplicative generators, whose difference is drawn (L'Ecuyer
--- 1988). All products stay below 2^53, so doubles hold them exactly.

local M1, A1, M2, A2 = 2147483563, 40014, 2147483399, 40692

local Random = {}
Random.__index = Random

--- A number from 0 up to, but not, 1.
function Random:number()
  self.a = self.a * A1 % M1
  self.b = self.b * A2 % M2
  return (self.a - self.b) % (M1 - 1) / (M1 - 1)
end

--- Whether something happens that happens with this probability.
function Random:chance(probability)
  return probability > 0 and self:number() < probability
end

--- A number of a range; a whole one.
function Random:integer(low, high)
  return low + math.floor(self:number() * (high - low + 1))
end

function Random:between(low, high)
  return low + self:number() * (high - low)
end

--- One of a list.
function Random:pick(list)
  return list[self:integer(1, #list)]
end

--- A time until something that happens once in so many seconds on average.
function Random:after(mean)
  return -math.log(1 - self:number()) * mean
end

local random = {}

---@param seed integer
function random.new(seed)
  local self = setmetatable({a = seed % (M1 - 1) + 1, b = math.floor(seed / 7) * 31 % (M2 - 1) + 1}, Random)
  for _ = 1, 20 do -- near seeds begin alike
    self:number()
  end
  return self
end

return random
