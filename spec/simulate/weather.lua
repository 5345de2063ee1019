--- What befalls the machines: clocks that are set, a database that is away.

local DAY = 86400

local weather = {}

local function plan_database(world)
  world.scheduler:after(world.random:after(60 * DAY / world.measure), function()
    local seconds = world.random:between(10, 6 * 3600)
    local now = world.scheduler.now
    world.database_out = now + seconds
    world.away[#world.away + 1] = {from = now, till = world.database_out}
    world:tell("fault", ("the database is away for %.0f s"):format(seconds))
    plan_database(world)
  end)
end

--- The clock is wrong for a while, and then right again.
local function plan_clock(world)
  local random, scheduler = world.random, world.scheduler
  local function jump(by)
    world.clock_offset = by
    world.jumped = scheduler.now
    world:tell("clock", ("of the journal is off by %d s"):format(by))
  end
  scheduler:after(random:after(120 * DAY / world.measure), function()
    jump(random:pick {-7200, -3600, -290, 290, 3600, 7200, 2 * DAY, -2 * DAY})
    scheduler:after(random:between(600, 2 * DAY), function()
      jump(0)
      plan_clock(world)
    end)
  end)
end

--- Begins with it, where there are faults at all.
function weather.begin(world)
  world.away = {}
  if world.measure > 0 then
    plan_database(world)
    plan_clock(world)
  end
end

return weather
