--- What must be true at every moment. The first thing that isn't ends the simulation.

local DAY = 86400
local SLACK = 400 -- what a waiting date may be beyond a day: jitter

local Invariants = {}
Invariants.__index = Invariants

--- Nothing that is not free to repeat is sent without a committed intent.
function Invariants:sent(account, request)
  local world = self.world
  if not request.intent then
    return
  end
  world.counts.placed = world.counts.placed + 1
  world:tell("send", ("%s %s"):format(request.kind, tostring(request.target)), request.name)
  if world.options.intents then
    local rows = assert(world.journal.db:rows("SELECT kind, account FROM reseal_intents WHERE id = $1 AND outcome IS "
      .. "NULL AND name = $2", request.intent, request.name))
    if #rows ~= 1 or rows[1].kind ~= request.kind or rows[1].account ~= account then
      world:fail("sent without an open intent: " .. request.kind, request.name)
    end
  end
end

--- What an answer to an order named, until it is in the journal.
function Invariants:answered(managed, order, value)
  if value then
    self.read[managed.name] = {
      process = self.world.scheduler.running, intent = order.intent.id, id = value.bought or value.order.id,
      kind = value.order and value.order.kind == "process" and "order" or "certificate",
    }
  end
end

local function check_read(self, name)
  local read, world = self.read[name], self.world
  if not read or read.process ~= world.scheduler.running or not world.options.intents then
    return
  end
  self.read[name] = nil
  local holder = assert(world.journal.db:rows("SELECT name FROM reseal_held WHERE account = $1 AND kind = $2 "
    .. "AND id = $3", world.managed[name].account, read.kind, read.id))[1]
  local intent = assert(world.journal.db:rows("SELECT handle, outcome FROM reseal_intents WHERE id = $1",
    read.intent))[1]
  if not holder and not (intent and intent.handle == read.id) and not world.unwritten[name] then
    world:fail("an id that was read is nowhere: " .. read.id, name)
  end
end

--- After each step of a certificate, which began at some time and had some result.
---@return table row {name, owner, state, error, next, served: string|nil}
function Invariants:stepped(name, began, result)
  local world = self.world
  check_read(self, name)
  -- What is asked here and by the world; a whole row is dearer than some steps.
  local row = assert(world.journal.db:rows("SELECT name, owner, state, error, next, served FROM reseal_certificates "
    .. "WHERE name = $1", name))[1]
  if row.owner then
    return row
  end
  local now = world:clock()
  -- Who writes no more leaves what was written; and a clock that was set back makes it further away.
  local own = result ~= "lost" and result ~= "error" and world.jumped < began
  if own and row.next > now + DAY + SLACK then
    world:fail(("it waits until %.0f, in %.1f days"):format(row.next, (row.next - now) / DAY), name)
  end
  if row.state == "stopped" then
    local order = assert(world.journal:order(name))
    if not (order.reason and order.command) then
      world:fail("it is stopped without a reason or a command", name)
    end
  elseif row.state == "blocked" or row.state == "failed" then
    if not row.error then
      world:fail("it is " .. row.state .. " without a word", name)
    end
  end
  return row
end

--- At the end: what the seller charged and what the journal knows are the same.
function Invariants:finish()
  local world = self.world
  if not world.options.intents then
    return
  end
  local faults = assert(world.journal:check())
  if #faults > 0 then
    world:fail("the journal contradicts itself: " .. tostring(faults[1].message), faults[1].name)
  end
  local known, open = {}, {}
  for _, charge in ipairs(assert(world.journal:charges())) do
    known[charge.intent_id] = true
  end
  for _, intent in ipairs(assert(world.journal:open_intents())) do
    open[intent.id] = true
  end
  for _, account in ipairs(world.list_of_accounts) do
    for _, term in ipairs(account.ledger) do
      if not known[term.intent] and not open[term.intent] then
        world:fail("the journal doesn't know the charge of " .. term.id, term.name)
      end
    end
  end
end

local invariants = {}

function invariants.new(world)
  return setmetatable({world = world, read = {}}, Invariants)
end

return invariants
