--- A model of all that can happen to an order, and a walk through the whole of it.
---
--- The product's own parts are walked: `reseal.order.machine` and `reseal.order.run`, on the journal's contract in
--- memory. Of the world there is a seller who charges each purchase that reaches it, however often (so that nothing but
--- the engine prevents a second charge), two processes of which each may stop between any two parts of a step, leases
--- that may be over at any moment, clocks that jump, requests that arrive late (a process may send whenever it likes),
--- lists that lag, and a person who settles what stopped.
---
--- A state is the journal, the seller and what the processes have in their hands. Of times it keeps what the machine
--- asks of them (due or not, fresh or not), so there are finitely many: the walk ends by itself, and leaves nothing
--- out.

local machine = require "reseal.order.machine"
local memory = require "spec.support.order_journal"
local run = require "reseal.order.run"

local DAY, START, NAME = 86400, 1800000000, "example.com"

local model = {}

-- The world: what is now, and which answer the next call gets. Set before each transition.
local W, choice

-- What the walk has counted.
local walk

-- The seller -------------------------------------------------------------------------------------------------------

local function fault(code, retry, outcome, more)
  local err = more or {}
  err.code, err.message, err.retry, err.outcome = code, code, retry, outcome or "refused"
  return nil, err
end

--- Does what a request asks: what the seller does with it when it arrives, whenever that is.
local function execute(kind, target)
  local s = W.seller
  if kind == "create" or kind == "renew" then
    s.sold[target] = (s.sold[target] or 0) + 1
    local id = "n" .. s.sold[target]
    s.status[id] = W.scenario.steps == 2 and "to_activate" or "pending"
    s.found[kind .. target] = id
    return W.scenario.steps == 2 and {bought = id} or {order = {id = "p" .. s.sold[target], kind = "process"}}
  elseif kind == "activate" then
    s.status[target], s.found[kind .. target] = "pending", target
    return {order = {id = target, kind = "certificate"}}
  end
  s.status.r1, s.found[kind .. target] = "pending", "r1" -- all reissues have one id, so that there are few
  return {order = {id = "r1", kind = "certificate"}}
end

local function there(kind, target)
  local id = W.seller.found[kind .. target]
  if not id then
    return nil
  elseif (kind == "create" or kind == "renew") and W.scenario.steps == 1 then
    return {order = {id = "p" .. id:sub(2), kind = "process"}}
  elseif kind == "create" or kind == "renew" then
    return {bought = id}
  end
  return {order = {id = id, kind = "certificate"}}
end

local function target_of(order)
  local data = order.data
  return data.bought or data.for_certificate or NAME
end

local function seller_order_ends(id)
  local bought = next(W.seller.sold) ~= nil and id ~= "old"
  return W.now + (bought and 365 or W.scenario.left) * DAY
end

local function read_error()
  return fault(choice, choice)
end

local seller = {}

function seller.look(_, _, id)
  if choice ~= "ok" and choice ~= "stale" and choice ~= "settled" then
    return read_error()
  elseif choice == "settled" then
    W.seller.status[id] = "issued"
  end
  local status = W.seller.status[id] or "issued"
  local later = W.seller.found["reissue" .. id]
  if choice == "ok" and later and W.seller.status[later] == "issued" then
    id, status = later, "issued"
  end
  return {id = id, status = status, product = "PositiveSSL", order_ends = seller_order_ends(id), names = {NAME}}
end

function seller.successor(_, _, info)
  if choice == "found" then
    return W.seller.found["renew" .. info.id]
  elseif choice == "ok" then
    return false
  end
  return read_error()
end

function seller.price()
  if choice == "dear" then
    return {amount = "99.00", currency = "USD", source = "pricing"}
  elseif choice == "ok" then
    return {amount = "9.00", currency = "USD", source = "pricing"}
  end
  return read_error()
end

function seller.clock()
  if choice == "off" then
    return W.now + 3600
  elseif choice == "ok" then
    return W.now
  end
  return read_error()
end

function seller.before()
  if choice == "ok" then
    return {}
  end
  return read_error()
end

local EXECUTED = {done = true, lost = true, handle = true, senseless = true, raised = true}

function seller.place(_, _, order, kind)
  local target = target_of(order)
  W.sent = {kind = kind, target = target, purchase = kind == "create" or kind == "renew", order = order}
  local value
  if EXECUTED[choice] then
    value = execute(kind, target)
  end
  if choice == "done" then
    value.charged = W.sent.purchase and {amount = "9.00", currency = "USD"} or nil
    return value
  elseif choice == "senseless" then
    return {}
  elseif choice == "raised" then
    error("a fault of the seller's module")
  elseif choice == "handle" then
    local id = value.bought or value.order.id
    return fault("5050900", "never", "unknown", {handle = id})
  elseif choice == "exists" then
    return fault("4028294", "never", "refused", {exists = true})
  elseif choice == "never" or choice == "later" then
    return fault(choice, choice)
  elseif choice == "not_sent" then
    return fault("connect", "later", "not_sent")
  end
  return fault("timeout", "never", "unknown")
end

function seller.find(_, _, _, intent)
  if choice == "found" then
    return {found = there(intent.kind, intent.target)}
  elseif choice == "absent" then
    return {absent = true}
  elseif choice == "unclear" then
    return {unclear = "two fit"}
  end
  return read_error()
end

function seller.challenge()
  if choice == "one" then
    return {{name = NAME, method = "http", file = "f", content = "c"}}
  elseif choice == "none" then
    return {}
  end
  return read_error()
end

function seller.nudge()
  if choice == "ok" then
    return true
  end
  return read_error()
end

function seller.collect(_, _, order)
  local id = order.data.seller_order.id
  id = id:sub(1, 1) == "p" and "n" .. id:sub(2) or id
  if choice == "right" or choice == "wrong" then
    W.seller.status[id] = "issued"
    return {issued = {id = id, certificate = choice}}
  elseif choice == "pending" or choice == "doubt" or choice == "failed" then
    return {[choice] = choice}
  end
  return read_error()
end

-- The host ---------------------------------------------------------------------------------------------------------

local function local_answer(value)
  if choice == "ok" then
    return value
  end
  return nil, {code = "local", message = "it does not work here"}
end

local function ready()
  return local_answer(true)
end

local journal

local engine = {
  sellers = {namecheap = seller},
  client = function()
    return {}
  end,
  keys = {
    make = function(_, _, ref)
      return local_answer("csr of " .. ref)
    end,
    read = function()
      return "key"
    end,
  },
  prove = {
    provable = ready, publish = ready, tidy = ready,
    probe = function()
      return {ready = choice == "ok", why = "not yet"}
    end,
  },
  install = {
    room = ready, verify = ready, rollback = ready,
    served = function()
      local life = W.installed and {W.now - DAY, W.now + 199 * DAY} or {W.now - 195 * DAY, W.now + 5 * DAY}
      return local_answer {not_before = life[1], not_after = life[2], names = {NAME, "www.example.com"}}
    end,
    install = function(_, accepted)
      if not W.accepted[accepted.fingerprint] then
        W.wrong = "installed what was not accepted: " .. accepted.fingerprint
      end
      W.installed = choice == "ok" and accepted.fingerprint or W.installed
      return local_answer(true)
    end,
  },
  accept = function(delivered)
    if delivered.certificate ~= "right" then
      return nil, {code = "other_key", message = "it is for another key"}
    elseif choice ~= "ok" then
      return nil, {code = "not_acceptable", message = "the chain is missing"}
    end
    W.accepted[delivered.id] = true
    return {not_before = W.now, not_after = W.now + 200 * DAY, fingerprint = delivered.id, certificate = "right"}
  end,
  now = function()
    return W.now
  end,
  monotonic = function() -- stands still: who is about to send may do so at any time
    return 0
  end,
  managed = function()
    return W.scenario.managed[W.config]
  end,
  wait = function() end,
  owner = "model", at_once = 1,
}

-- The answers that an action may get.
local CHOICES = {
  served = {"ok", "fails"}, admit = {"ok", "full"}, price = {"ok", "dear", "never"}, clock = {"ok", "off", "later"},
  before = {"ok", "later"}, make_key = {"ok", "fails"}, room = {"ok", "fails"}, provable = {"ok", "fails"},
  challenge = {"one", "none", "later", "never"}, publish = {"ok", "fails"}, probe = {"ok", "not_ready"},
  nudge = {"ok", "never"}, accept = {"ok", "fails"}, install = {"ok", "fails"}, verify = {"ok", "fails"},
  rollback = {"ok", "fails"}, tidy = {"ok", "fails"},
  collect = {"right", "wrong", "pending", "failed", "doubt", "later", "never"},
}

local function choices_of(work)
  local act = work.action.act
  if act == "place" then
    local list = {"done", "lost", "handle", "senseless", "raised", "exists", "never", "later", "not_sent", "unknown"}
    return list
  elseif act == "find" then
    local intent = work.order.intent
    local list = {"absent", "unclear", "later", "never"}
    if there(intent.kind, intent.target) then
      list[#list + 1] = "found"
    end
    return list
  elseif act == "successor" then
    local list = {"ok", "later"}
    if W.scenario.steps == 2 and W.seller.found["renew" .. work.action.certificate] then
      list[#list + 1] = "found"
    end
    return list
  elseif act == "look" and W.seller.status[work.action.certificate] == "pending" then
    return {"ok", "settled", "later", "never"}
  elseif act == "look" then
    local later = W.seller.found["reissue" .. work.action.certificate]
    return later and {"ok", "stale", "later", "never"} or {"ok", "later", "never"}
  end
  return CHOICES[act] or {"ok"}
end

-- Whether others can tell that a process is at this part.
local function is_seen(work)
  return work.action.act == "place" or work.action.act == "install"
end

-- States -----------------------------------------------------------------------------------------------------------

local LIMITS = machine.LIMITS

local function fresh(time, now, age)
  return not time and "-" or (time <= now and now - time <= age) and "y" or "n"
end

local function flag(value)
  return value and "1" or "0"
end

--- What of an order the machine can still ask. What it can't is left out: how fresh a price is, once it is bought.
local function order_key(order, now)
  if not order then
    return "-"
  end
  local d = order.data
  local key = {
    order.action, d.names[2] or "-", d.bought or "-", flag(d.paid), d.for_certificate or "-",
    d.closing and d.closing.result or "-", d.stop and tostring(d.stop.again) or "-", flag(d.exists), flag(d.absent),
    flag(d.recalled), flag(d.handle),
  }
  local function add(...)
    for _, one in ipairs {...} do
      key[#key + 1] = tostring(one)
    end
  end
  if d.closing then
    add(flag(d.published_at))
  elseif d.delivered then
    add(d.delivered.id, d.delivered.certificate, flag(d.accepted), flag(d.installed_at), flag(d.rollback),
      flag(d.published_at))
  elseif d.seller_order then
    local age = now - d.placed_at
    add(d.seller_order.id, d.challenges and #d.challenges or "-", fresh(d.published_at, now, LIMITS.publish),
      age > DAY and 2 or age > LIMITS.probe and not d.probed_at and 1 or 0, flag(d.probed_at),
      fresh(d.nudged_at, now, LIMITS.nudge))
  else
    add(d.bought and "-" or fresh(d.served_at, now, LIMITS.ready), flag(d.csr),
      fresh(d.room_at, now, LIMITS.ready), fresh(d.provable_at, now, LIMITS.ready))
    if not d.bought then
      local price = fresh(d.price_at, now, LIMITS.price)
      add(flag(d.admitted), price == "y" and d.price.amount or price, fresh(d.successor_at, now, LIMITS.known),
        fresh(d.clock_at, now, LIMITS.known), fresh(d.known_at, now, LIMITS.known))
    end
  end
  return table.concat(key, ",")
end

local function intent_of(token)
  for _, intent in ipairs(W.j.intents) do
    if intent.token == token then
      return intent
    end
  end
end

local function work_key(work, now)
  if not work then
    return "-"
  end
  local has, intent = journal:has(work.claim), work.order and work.order.intent
  local known = intent and intent_of(intent.token)
  local parts = {
    work.at, work.action and work.at ~= "next" and work.action.act .. (work.action.kind or "") or "-", flag(has),
    work.choice or "-", work.claim.now == now and "0" or "1",
    not intent and "-" or not known and "none" or known.outcome or "open",
    work.answer and work.answer.unwritten and "unwritten" or "-",
  }
  if not journal.strict or has and work.held then -- in strict journals anything else is as the journal has it
    parts[#parts + 1] = order_key(work.order, now) .. (work.row.certificate or "-") .. flag(work.row.failures > 0)
      .. flag(work.row.next <= now) .. flag(work.row.served) .. flag(work.held)
  elseif not has then -- it can send or install what it has in its hands, and no more
    parts[#parts + 1] = work.action.act == "place" and work.action.intent.target or work.order.data.delivered.id
  end
  return table.concat(parts, ",")
end

local function key_of()
  local now, s = W.now, W.seller
  local row = W.j.rows[NAME]
  local open = journal:open_intent(NAME)
  local a, b = work_key(W.procs[1], now), work_key(W.procs[2], now)
  if a > b then
    a, b = b, a
  end
  local statuses = {}
  for _, id in ipairs {"n1", "n2", "r1"} do
    statuses[#statuses + 1] = s.status[id] or "-"
  end
  for _, at in ipairs {"create" .. NAME, "renewold", "activaten1", "reissueold", "reissuen1", "reissuer1"} do
    statuses[#statuses + 1] = s.found[at] or "-"
  end
  return table.concat({
    row.certificate or "-", flag(row.failures > 0), flag(row.next <= now), flag(row.served),
    W.j.claims[NAME].owner and "c" or "-", order_key(W.j.orders[NAME], now),
    not open and "-" or open.kind .. open.target .. flag(open.deadline + LIMITS.grace <= now)
      .. (open.answer and (open.answer.ok and "ok" or open.answer.err and open.answer.err.outcome or "?") or "-"),
    table.concat(statuses, ","), s.sold.old or 0, s.sold[NAME] or 0,
    a, b, W.config, W.installed or "-",
  }, "|")
end

--- Whether a process can do nothing any more that anybody sees: its claim is lost, and it has nothing in its hands that
--- can be sent or installed, nor an answer that anybody waits for.
local function is_spent(work)
  if journal:has(work.claim) then
    return false
  elseif work.at == "next" or not is_seen(work) then
    return true
  elseif work.at == "absorb" then
    local intent = work.order and work.order.intent
    local known = intent and intent_of(intent.token)
    return not known or known.outcome ~= nil or known.answer ~= nil
  end
  return false
end

--- Forgets what makes no difference: such processes, and settled intents that nobody has in his hands.
local function tidy()
  local used = {}
  for i = 1, 2 do
    local work = W.procs[i]
    if work and journal.strict and is_spent(work) then
      W.procs[i], work = nil, nil
    end
    if work then
      work.limits = nil
      local intent = work.order and work.order.intent
      if intent then
        used[intent.token] = true
      end
    end
  end
  local kept = {}
  for _, intent in ipairs(W.j.intents) do
    if not intent.outcome or used[intent.token] then
      kept[#kept + 1] = intent
    end
  end
  W.j.intents = kept
end

-- Invariants -------------------------------------------------------------------------------------------------------

local function known_to_journal(id)
  local row, order = W.j.rows[NAME], W.j.orders[NAME]
  if row.certificate == id or W.j.held["shop/certificate/" .. id] or W.j.held["shop/order/" .. id] then
    return true
  elseif order and order.data.handle == id then
    return true
  end
  for _, intent in ipairs(W.j.intents) do
    if intent.handle == id then
      return true
    end
  end
  return false
end

local function ids_of(answer)
  local ids = {}
  local value, err = answer.ok, answer.err
  if type(value) == "table" then
    local found = value.found or value
    ids[#ids + 1] = found.bought
    ids[#ids + 1] = type(found.order) == "table" and found.order.id or nil
    ids[#ids + 1] = value.issued and value.issued.id or nil
  elseif type(value) == "string" then
    ids[1] = value
  elseif type(err) == "table" then
    ids[1] = err.handle
  end
  return ids
end

--- What must never be; nil when all is well. `made` is what was just done.
local function violation(made)
  if W.wrong then
    return W.wrong
  end
  local charges = 0 -- all that is walked through is one term of one certificate
  for _, count in pairs(W.seller.sold) do
    charges = charges + count
  end
  if charges > 1 then
    return charges .. " charges"
  end
  if W.sent then
    local intent = W.sent.order.intent and intent_of(W.sent.order.intent.token)
    local purchase = W.sent.purchase
    W.sent = nil
    if journal.options.intents ~= false and (not intent or purchase and intent.outcome) then
      return "a request was sent without a committed intent"
    end
  end
  for _, id in ipairs(made.ids or {}) do
    if not known_to_journal(id) then
      return "the id " .. id .. " was read and is not in the journal"
    end
  end
  local row, order = W.j.rows[NAME], W.j.orders[NAME]
  if row.next > W.now + DAY then
    return "the next step is more than a day away"
  end
  if (W.seller.sold.old or 0) > 0 and not order and not known_to_journal "n1" and not known_to_journal "p1" then
    return "something was bought that no journal knows"
  end
  local following = machine.next(engine.managed(), row, order and setmetatable({intent = journal:open_intent(NAME)},
    {__index = order}), W.now)
  if following.stop then
    if not (#following.stop > 0 and following.command and following.command:find "^reseal ") then
      return "stopped without a reason or a command"
    end
    following.wait = following.wait or 0
  end
  if following.wait and (following.wait <= W.now or following.wait > W.now + DAY) then
    return "waits until " .. following.wait - W.now .. " s from now"
  elseif not following.wait and not following.act then
    return "nothing follows"
  end
end

local function is_done()
  return W.j.last and W.j.last.result == "done"
end

-- The walk ---------------------------------------------------------------------------------------------------------

local function new_world(scenario)
  local list = scenario.managed[1]
  journal.state = memory.new().state
  journal:enroll {list}
  journal.state.rows[NAME].certificate = list.certificate
  return {
    now = START, j = journal.state, seller = {sold = {}, status = {}, found = {}}, procs = {}, accepted = {},
    config = 1, scenario = scenario,
  }
end

local function shallow(from)
  local made = {}
  for name, value in pairs(from) do
    made[name] = value
  end
  return made
end

local function each_shallow(from)
  local made = {}
  for name, value in pairs(from) do
    made[name] = shallow(value)
  end
  return made
end

--- A copy of the world. Rows and orders are only ever replaced, so they are shared.
local function copy_world(from)
  local procs = {}
  for i = 1, 2 do
    local work = from.procs[i]
    if work then
      work = shallow(work)
      work.claim, work.order = shallow(work.claim), work.order and shallow(work.order)
      procs[i] = work
    end
  end
  local j = shallow(from.j)
  j.rows, j.orders, j.held, j.accounts = shallow(j.rows), shallow(j.orders), shallow(j.held), shallow(j.accounts)
  j.claims, j.intents, j.charges = each_shallow(j.claims), each_shallow(j.intents), {}
  return {
    now = from.now, j = j, seller = each_shallow(from.seller), procs = procs, accepted = shallow(from.accepted),
    installed = from.installed, config = from.config, scenario = from.scenario,
  }
end

-- Answers that leave the same in a process' hands; what the seller has done is another matter.
local SAME = {lost = "unknown", raised = "unknown"}

--- One part of a process' step. What nobody else can see is done at once with the part that is seen: a read, and what
--- is written of it. Were the claim lost in between, nothing would be written, and that is as if it had not begun.
local function advance(i, chosen)
  choice = chosen
  local work = W.procs[i]
  local answer
  repeat
    answer = work.answer
    run.advance(engine, work)
  until work.at ~= "act" and work.at ~= "absorb" or is_seen(work)
  work.choice = work.at == "absorb" and (SAME[chosen] or chosen) or nil
  local ids = work.at ~= "absorb" and answer and not answer.unwritten and work.result ~= "error" and ids_of(answer)
    or nil
  if work.at == "next" then
    work.answer, work.action = nil, nil
  elseif work.at == "over" then
    W.procs[i] = nil
  end
  if work.result == "lost" and work.action.act ~= "place" then
    ids = nil -- a read of one who lost its claim: the other reads it again
  end
  return {ids = ids}
end

local function by_person(how)
  local claim = journal:take("person", NAME, W.now, 60)
  if claim.order then
    claim.order.intent = claim.intent
  end
  local row, order, events, writes = machine.settle(engine.managed(), claim.row, claim.order, how, W.now)
  if not row then
    return
  end
  order.intent = nil
  if writes.settle then
    assert(journal:settle(claim, claim.intent, writes.settle, row, order, events, writes))
  else
    assert(journal:save(claim, row, order, events, writes))
  end
  journal:release(claim)
end

--- How far the time may be when somebody looks next. Nothing else sees how late it is.
local function later_times()
  local row, open = W.j.rows[NAME], journal:open_intent(NAME)
  local times, seen, list = {0, 1200, 2 * 3600, 7 * 3600, 9 * DAY}, {}, {}
  times[#times + 1] = row.next - W.now
  times[#times + 1] = open and open.deadline + LIMITS.grace - W.now or nil
  for _, time in ipairs(times) do
    local now = W.now + time
    local key = order_key(W.j.orders[NAME], now) .. flag(row.next <= now)
      .. flag(open and open.deadline + LIMITS.grace <= now)
    if time >= 0 and not seen[key] then
      seen[key], list[#list + 1] = true, time
    end
  end
  return list
end

local function claim(i, time)
  W.now = W.now + time
  local got = journal:take("process " .. i, NAME, W.now, 600)
  W.procs[i] = run.begin(engine, got)
  got.order, got.intent = nil, nil
  return {}
end

local function stop(i)
  walk.held = walk.held + (W.procs[i].held and 1 or 0)
  W.procs[i] = nil
  return {}
end

local function reconfigure()
  W.config = 2
  return {}
end

local function person(how)
  W.now = W.now + (how.by == "absent" and DAY or 0)
  by_person(how)
  return {}
end

-- What a process may be answered in what it does next.
local function choices_ahead(work)
  if work.at == "act" then
    return choices_of(work)
  elseif work.at == "absorb" then
    return {"-"}
  end
  local action = machine.next(engine.managed(), work.row, work.order, work.claim.now)
  if not action.act or action.act == "place" or action.act == "install" then
    return {"-"}
  end
  return choices_of {action = action, order = work.order}
end

--- What a move is, in words.
local function words(move)
  if move[1] == advance then
    return ("%d %s, %s"):format(move[2], move[4], move[3])
  elseif move[1] == stop then
    return move[2] .. " stops"
  elseif move[1] == claim then
    return ("%d claims, %.1f hours later"):format(move[2], move[3] / 3600)
  elseif move[1] == person then
    return "a person: " .. move[2].by
  end
  return "the configuration changes"
end

--- All that can happen now: a list of {function that does it, its arguments}.
local function moves()
  local list = {}
  local function add(does, a, b, c)
    list[#list + 1] = {does, a, b, c}
  end
  local row, order = W.j.rows[NAME], W.j.orders[NAME]
  local idle = not W.procs[1] and not W.procs[2]
  for i = 1, 2 do
    local work = W.procs[i]
    if work then
      for _, one in ipairs(choices_ahead(work)) do
        add(advance, i, one, work.at)
      end
      if work.at ~= "next" or work.held then
        add(stop, i)
      end
    elseif not (i == 2 and (idle or W.scenario.processes == 1)) then -- of two idle ones the first begins
      for _, time in ipairs(later_times()) do
        if W.j.claims[NAME].owner or row.next <= W.now + time then
          add(claim, i, time)
        end
      end
    end
  end
  if W.config == 1 and W.scenario.managed[2] then
    add(reconfigure)
  end
  if idle and order and order.data.stop then
    local open = journal:open_intent(NAME)
    add(person, {by = "again"})
    local found = open and there(open.kind, open.target)
    if found then
      add(person, {by = "found", found = found})
    elseif open then
      add(person, {by = "absent"})
    end
  end
  return list
end

--- Walks through everything that can happen in a scenario.
---@param scenario table {managed = {entry, changed entry|nil}, steps = 1|2, left = days of the order at the seller}
---@param options? {intents: false|nil, epochs: false|nil, most: integer|nil} switches of the journal; most: states
---@return table {states, transitions, violation = text|nil, path = {text, …}, done, stopped, stuck = text|nil, acts,
---  held = how often a process stopped with facts that were not written yet}
function model.walk(scenario, options)
  options = options or {}
  journal = memory.new {intents = options.intents, epochs = options.epochs, silent = true}
  journal.strict = options.epochs ~= false
  engine.journal = journal
  function journal.at_work()
    return choice == "full" and 1 or 0
  end
  local first = new_world(scenario)
  local worlds, keys, came, backward = {first}, {}, {}, {}
  local goal, stats = {}, {states = 1, transitions = 0, done = 0, stopped = 0, held = 0, acts = {}}
  walk = stats
  W = first
  keys[key_of()] = 1
  local function path_to(index, last)
    local path = {last}
    while came[index] do
      table.insert(path, 1, words(came[index][2]))
      index = came[index][1]
    end
    return path
  end
  local at = 0
  while at < #worlds do
    at = at + 1
    local from = worlds[at]
    worlds[at] = true -- not needed any more
    W, journal.state = from, from.j
    for _, move in ipairs(moves()) do
      W = copy_world(from)
      journal.state = W.j
      local made = move[1](move[2], move[3])
      stats.transitions = stats.transitions + 1
      local wrong = violation(made)
      if wrong then
        stats.violation, stats.path = wrong, path_to(at, words(move))
        return stats
      end
      tidy()
      local key = key_of()
      local index = keys[key]
      if not index then
        index = stats.states + 1
        stats.states, keys[key], came[index] = index, index, {at, move}
        local order = W.j.orders[NAME]
        if is_done() then
          worlds[index], goal[#goal + 1] = false, index
          stats.done = stats.done + 1
        else
          worlds[index] = W
          if order and order.data.stop then
            goal[#goal + 1] = index
            stats.stopped = stats.stopped + 1
          end
        end
        if options.most and index > options.most then
          return stats
        end
      end
      backward[index] = backward[index] or {}
      table.insert(backward[index], at)
    end
    while worlds[at + 1] == false do
      at = at + 1
    end
  end
  -- From everywhere there is a way to an end.
  local reached, queue = {}, {}
  for _, index in ipairs(goal) do
    reached[index] = true
    queue[#queue + 1] = index
  end
  local head = 0
  while head < #queue do
    head = head + 1
    for _, before in ipairs(backward[queue[head]] or {}) do
      if not reached[before] then
        reached[before] = true
        queue[#queue + 1] = before
      end
    end
  end
  for index = 1, stats.states do
    if not reached[index] then
      stats.stuck, stats.path = "no end can be reached", path_to(index, "")
      break
    end
  end
  return stats
end

return model
