--- A process that runs the engine: from its start until it is killed, and then anew. It may end or stand still between
--- any two things that somebody else could see.

local budget = require "reseal.order.budget"
local network = require "spec.simulate.network"
local run = require "reseal.order.run"

local DAY = 86400

-- Moments around what money rests on are the likely ones.
local DANGEROUS = {intend = true, settle = true, save = true}

--- Where a process may end or stand still: before and after whatever it does.
local function moment_of(world, runner)
  local random, scheduler = world.random, world.scheduler
  return function(where, more)
    local measure = world.measure * (more or 1)
    if random:chance(0.0015 * measure) then
      world:tell("killed", ("%s %s"):format(runner.owner, where), runner.at)
      world.counts.kills = world.counts.kills + 1
      scheduler:after(random:between(5, 900), runner.start)
      scheduler:die()
    elseif random:chance(0.0015 * measure) then
      local seconds = random:chance(0.5) and random:between(60, 1200) or random:between(1200, 4 * 3600)
      world:tell("paused", ("%s %s for %.0f s"):format(runner.owner, where, seconds), runner.at)
      world.counts.pauses = world.counts.pauses + 1
      scheduler.running.paused_until = scheduler.now + seconds
      scheduler:sleep(0)
    end
  end
end

--- A journal that isn't there at times, and around whose transactions a process may end.
local function faulty(world, runner, real)
  local journal = setmetatable({}, {__index = real})
  local random = world.random
  local function lost()
    return nil, {class = "connection", code = "connection", message = "the database is away", outcome = "refused"}
  end
  for _, name in ipairs {"save", "settle", "intend", "witness", "release", "renew_claim"} do
    local method = real[name]
    journal[name] = function(_, ...)
      local more = DANGEROUS[name] and 4 or 1
      world:moment("before " .. name, more)
      if world.database_out > world.scheduler.now or random:chance(0.001 * world.measure) then
        return lost()
      end
      local value, err = method(real, ...)
      if value then
        world:moment("after " .. name, more)
      end
      return value, err
    end
  end
  function journal.claim(_, owner, now, lease, filter)
    if world.database_out > world.scheduler.now then
      return lost()
    end
    local claim, err = real:claim(owner, now, lease, filter)
    runner.at = claim and claim.name
    return claim, err
  end
  function journal.holder(_, ...)
    if world.database_out > world.scheduler.now then
      return lost()
    end
    return real:holder(...)
  end
  if not world.options.intents then
    -- For the proof that the simulation finds a second charge: what is about to be sent is not written down.
    function journal.intend(_, claim, order, intent)
      local ok, err = real:save(claim, nil, order)
      if not ok then
        return nil, err
      end
      world.made = (world.made or 0) + 1
      return {
        id = world.made, order_id = order.id, kind = intent.kind, target = intent.target, purchase = intent.purchase,
        at = world:clock(), deadline = world:clock() + intent.patience, token = tostring(world.made),
      }
    end
    function journal.settle(_, claim, _, _, row, order, events, writes)
      return real:save(claim, row, order, events, writes)
    end
  end
  return journal
end

local function engine_of(world, runner, journal)
  local scheduler = world.scheduler
  local ports = world.host:ports()
  local began = scheduler.now
  local engine = {
    journal = journal, owner = runner.owner, budget = budget.new(world.journal), sellers = world.sellers,
    managed = function(name)
      return world.managed[name]
    end,
    now = function()
      return math.floor(world:clock())
    end,
    monotonic = function()
      return scheduler.now - began
    end,
    wait = function(seconds)
      scheduler:sleep(seconds)
    end,
    random = function()
      return world.random:number()
    end,
    log = function(_, text)
      world:tell("log", text, runner.at)
    end,
    keys = ports.keys, prove = ports.prove, install = ports.install, accept = ports.accept, caps = world.caps,
    at_once = world.at_once, many = world.many,
  }
  local function moment(where)
    return world:moment(where)
  end
  function engine.client(account, limits)
    local transport = world.accounts[account].network:transport(moment, function(request)
      world.invariants:sent(account, request)
    end)
    return {send = network.client(run.limited(function(request, options)
      return transport(request, options)
    end, limits))}
  end
  return engine
end

--- Watches what the sellers' answers to orders name, so that nothing of it is forgotten.
local function watched(world, sellers)
  local list = {}
  for provider, seller in pairs(sellers) do
    local port = setmetatable({}, {__index = seller})
    function port.place(client, managed, order, kind)
      local value, err = seller.place(client, managed, order, kind)
      world.invariants:answered(managed, order, value)
      return value, err
    end
    list[provider] = port
  end
  return list
end

local runner = {watched = watched}

local function live(world, self)
  local scheduler, random = world.scheduler, world.random
  world.starts = world.starts + 1
  self.owner = ("%s %d"):format(self.name, world.starts)
  local engine = engine_of(world, self, faulty(world, self, world.journal))
  while true do
    local now = engine.now()
    local claim = engine.journal:claim(engine.owner, now, 600)
    if claim then
      local began, result = scheduler.now, run.step(engine, claim)
      world.counts.steps = world.counts.steps + 1
      world:tell("step", result, claim.name)
      world:stepped(claim.name, began, result)
    elseif world.database_out > scheduler.now then
      scheduler:sleep(60)
    else
      local due = world.journal:due()
      local seconds = due and due - now + random:between(0, 1) or DAY
      local least = self.eager and 1 or random:between(600, DAY)
      scheduler:sleep(math.max(least, math.min(seconds, DAY)))
    end
  end
end

--- Starts a runner that is started again whenever it was killed.
---@param world table
---@param name string
---@param eager boolean whether it is there as soon as something is due, or comes now and then
function runner.start(world, name, eager)
  local self = {name = name, eager = eager}
  self.moment = moment_of(world, self)
  function self.start()
    world.scheduler:spawn(name, function()
      return live(world, self)
    end).runner = self
  end
  self.start()
  return self
end

return runner
