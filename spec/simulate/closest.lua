--- How near each certificate comes to its end, and whether anything ends that nobody was told of.

local calendar = require "reseal.order.calendar"

local DAY = 86400

local Closest = {}
Closest.__index = Closest

--- A successor was installed so long before the end.
function Closest:saw(name, left)
  if not self.left or left < self.left then
    self.left, self.name, self.at = left, name, self.world.scheduler.now
  end
end

--- A person was told that one is needed, from now on; or is not needed any more.
function Closest:needs_person(name, needed)
  local list, now = self.told[name] or {}, self.world.scheduler.now
  self.told[name] = list
  local last = list[#list]
  if last and not last.till then
    last.till = not needed and now or nil
  elseif needed then
    list[#list + 1] = {from = now}
  end
end

--- How much of the time between two others the intervals of a list have.
local function share(list, from, till)
  local sum, last = 0, from
  for _, one in ipairs(list or {}) do
    local ends = math.min(one.till or till, till)
    sum = sum + math.max(0, ends - math.max(one.from, last))
    last = math.max(last, ends)
  end
  return sum
end

--- Why an end is nobody's fault here: for more than half of the time that there was, somebody had been told, or the
--- seller or the database was away.
local function excuse(self, name, served)
  local world = self.world
  local now = world.scheduler.now
  local row = assert(world.journal:row(name))
  local seller = world.accounts_of[name]
  local due = math.max(calendar.due(served.not_before, served.not_after), world.begins)
  local term_ends = seller.records[served.fingerprint].term.ends
  if served.not_after >= term_ends - DAY then -- nothing can be gained before renewals are sold
    due = math.max(due, (calendar.window(seller.provider, term_ends)))
  end
  local told, out, away = share(self.told[name], due, now), share(seller.network.outages, due, now),
    share(world.away, due, now)
  local words = ("%s; told for %.1f days, out for %.1f, away for %.1f of %.1f"):format(row.state, told / DAY,
    out / DAY, away / DAY, (now - due) / DAY)
  return told + out + away > (now - due) / 2, words
end

--- Looks at a certificate's end.
function Closest:watch(name)
  local world = self.world
  local served = world.host.installed[name]
  world.scheduler:at(served.not_after, function()
    if world.host.installed[name] ~= served then
      return
    end
    local excused, words = excuse(self, name, served)
    if not excused then
      world:fail("it ended, and nobody knows why: " .. words, name)
    end
    world.counts.ended = world.counts.ended + 1
    world:tell("ended", words, name)
  end)
end

local closest = {}

function closest.new(world)
  return setmetatable({world = world, told = {}}, Closest)
end

return closest
