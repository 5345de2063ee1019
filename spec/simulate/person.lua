--- The person whom a stopped order waits for: looks at the seller's own books some days later, and says what is there.

local machine = require "reseal.order.machine"

local DAY = 86400

local person = {}

--- What the seller's books have of a request.
local function executed(world, intent)
  local account = world.accounts[intent.account]
  if intent.purchase then
    for i = #account.ledger, 1, -1 do
      local term = account.ledger[i]
      if term.intent == intent.id then
        return {by = "found", found = term.process and {order = {id = term.process.id, kind = "process"}}
          or {bought = term.record.id}}
      end
    end
  end
  for _, process in ipairs(account.open) do
    if process.name == intent.name and process.kind == intent.kind then
      return {by = "found", found = {order = {id = process.id, kind = "process"}}}
    end
  end
  return {by = "absent"}
end

--- The seller's support makes good what failed there.
local function ask_support(world, order)
  local account = world.accounts[order.account]
  local id = order.data.seller_order and order.data.seller_order.id
  local process = id and account.processes[id]
  local record = process and process.record or account.records[id or ""]
  if record and record.status == "failed" and account.provider == "namecheap" then
    record.status, record.looks = "pending", 0
    account:work(record, 600)
  end
  return record
end

local function answer(world, order, intent)
  if intent then
    return executed(world, intent)
  end
  local record = ask_support(world, order)
  if record and record.status == "failed" then
    return {by = "give_up"}
  end
  return {by = "again"}
end

--- Settles what a certificate's order stopped for, as `reseal reconcile` does.
local function settle(world, name)
  local journal, now = world.journal, math.floor(world:clock())
  local claim, err = journal:claim_name("person", name, now, 600)
  if not claim then
    return nil, err
  end
  local order, intent = claim.order, claim.intent
  if order and order.data.stop then
    order.intent = intent
    local how = answer(world, order, intent)
    local row, after, events, writes = machine.settle(world.managed[name], claim.row, order, how, now)
    local id = how.found and (how.found.bought or how.found.order.id) or "-"
    world:tell("person", ("%s %s: %s"):format(how.by, id, row and row.state or tostring(after)), name)
    world.counts.person = world.counts.person + 1
    if row then
      local outcome = writes.settle
      writes.settle, after.intent = nil, nil
      local ok
      if outcome and world.options.intents then
        ok, err = journal:settle(claim, intent, outcome, row, after, events, writes)
      else
        ok, err = journal:save(claim, row, after, events, writes)
      end
      if not ok then
        world:fail("what a person says can't be written: " .. tostring(err), name)
      end
    end
  end
  assert(journal:release(claim, {next = now}))
  return true
end

--- Is told of a stop, and comes within some days.
function person.called(world, name)
  if world.called[name] then
    return
  end
  world.called[name] = true
  world.counts.stops = world.counts.stops + 1
  local function come()
    world.called[name] = nil
    local order = world.journal:order(name)
    if order and order.data.stop and not settle(world, name) then
      world.called[name] = true
      world.scheduler:after(600, come)
    end
  end
  world.scheduler:after(world.random:between(DAY, 3 * DAY), come)
end

return person
