--- Carries orders out: claims a certificate, asks the machine what is next, writes the intent, acts, writes the
--- outcome.
---
--- A step is made of parts (`run.advance`), and a process may end between any two of them, or within: what another
--- finds in the journal then is enough to go on. The parts are
---
---   next    the machine's answer; an intent is committed here, before anything is sent
---   act     a port or the seller is called
---   absorb  what came of it is written, with all that follows, in one transaction, or held back for the next one
---
--- What can be read again is held back: it is written with an intent, before anything outside is changed, and when the
--- claim is given back. Whoever ends before that has lost nothing but the time that reading takes. Never held back are
--- ids that are new, and all that money rests on.
---
--- Nothing is kept between steps but what the journal has. Whoever lost its claim writes no more; what it was answered
--- meanwhile is left as evidence (`journal:witness`) for the one that goes on.

local calendar = require "reseal.order.calendar"
local machine = require "reseal.order.machine"

local DAY = calendar.DAY
local MARGIN = 5 -- seconds before an intent's last moment after which nothing is begun any more
local LEASE = 600
local STEP = 120
local MOST_ACTIONS = 60 -- of one step: an order that goes well takes some twenty
local LISTED = 45 -- seconds that a seller's list of what it has under way holds
local SURE = 600 -- seconds after which an order is asked for itself, whatever a list says
local LONGEST_CALL = 60 -- of one request of an intent
local WRITE_AGAIN = {1, 2, 4, 8, 15, 30} -- pauses until an outcome that could not be written is tried again

-- What changes something outside: all is written before it, and what came of it at once.
local CHANGES = {publish = true, install = true, rollback = true, tidy = true}

local run = {LEASE = LEASE} -- seconds of a claim, unless told

---@class reseal.order.Ports what a host gives; all may yield, none may raise for what the world does
---@field journal table see reseal.order.journal
---@field managed fun(name: string): table|nil the configuration's entry
---@field sellers table<string, table> by provider; see docs of reseal.order.sellers
---@field client fun(account: string, limits: table): table|nil, any a client of the account whose transport went
---  through `run.limited(transport, limits)`: so the budget is asked before each request, and no request outlives its
---  intent
---@field keys {make: function, read: function} make(kind, names, ref) -> signing request (PEM) of the key `ref`,
---  which is made, written and synced unless it is there; read(ref) -> PEM
---@field prove {provable: function, publish: function, probe: function, tidy: function} provable(managed, names) ->
---  true; publish(managed, challenges) -> true, also when it stands there already; probe(managed, challenges) ->
---  {ready, why}; tidy(managed, challenges) -> true
---@field install {room: function, served: function, install: function, verify: function, rollback: function}
---  room(managed) -> true; served(managed) -> {not_before, not_after, kind, names, fingerprint}|false;
---  install(managed, accepted, key_ref) -> true, or nothing is changed; verify(managed, accepted) -> true;
---  rollback(managed) -> true
---@field accept? fun(delivered: table, wanted: table): table|nil, any default: reseal.order.accept
---@field budget? table see reseal.order.budget
---@field now fun(): integer this machine's clock
---@field monotonic fun(): number seconds, of a clock that nobody sets
---@field wait fun(seconds: number)
---@field log? fun(level: string, text: string)
---@field random? fun(): number 0 to 1; default: no jitter
---@field on_act? fun(name: string, act: string) before each action
---@field stopping? fun(): boolean whether the process is to end
---@field owner string unique among those who run
---@field run? string what caps for a run count together; default: the owner
---@field caps? table<string, table> by account, see journal:intend
---@field at_once? integer how many orders of an account are in work at a time; default: any number
---@field many? integer from so many waiting orders of an account on their seller's lists are read; default: never
---@field lease? integer seconds; default 600
---@field step? integer seconds after which a claim is given back at the next opportunity; default 120

local function log(engine, level, text)
  if engine.log then
    engine.log(level, text)
  end
end

local function text_of(err)
  if type(err) ~= "table" then
    return tostring(err)
  end
  return getmetatable(err) and tostring(err) or tostring(err.message or err.code)
end

--- Calls something that must not raise, and makes an answer of it.
local function answer_of(f, ...)
  local ok, value, err = pcall(f, ...)
  if not ok then
    local message = "internal fault: " .. text_of(value)
    return {err = {code = "raised", message = message, outcome = "unknown", retry = "later"}}
  elseif value == nil then
    return {err = err or {code = "no_answer", message = "a port answered nothing"}}
  end
  return {ok = value}
end

-- Time -------------------------------------------------------------------------------------------------------------

--- The time of the claim's clock: the journal's, which went on as the monotonic clock did. Setting this machine's clock
--- in between changes nothing.
local function now_of(engine, work)
  return work.claim.now + math.floor(engine.monotonic() - work.began)
end

--- What each request of an account goes through: it is booked in the budget, and what belongs to an intent is over
--- before its last moment.
---@param transport function see reseal
---@param limits table of `client`
---@return function transport
function run.limited(transport, limits)
  local function in_time(request, options)
    if limits.deadline then
      -- Asked last: whatever took long before this counts.
      local left = math.min(limits.deadline - limits.monotonic(), LONGEST_CALL)
      if left < 1 then
        return nil, {code = "deadline", message = "It is too late to send it.", sent = false}
      end
      local given = {}
      for name, value in pairs(options or {}) do
        given[name] = value
      end
      given.timeout = math.min(given.timeout or left, left)
      given.connect_timeout = math.min(given.connect_timeout or left, left)
      options = given
    end
    return transport(request, options)
  end
  local send = in_time
  if limits.budget then
    send = limits.budget:transport(limits.account, limits.provider, in_time)
  end
  return function(request, options)
    local answer, err = send(request, options)
    if type(err) == "table" and err.code == "budget" then
      limits.again_at = err.wait_until -- a failure has no room for it
    end
    return answer, err
  end
end

-- Acting -----------------------------------------------------------------------------------------------------------

local perform = {}

--- The account and the seller of an order are those that it was begun with.
local function account_of(work)
  local order, managed = work.order, work.managed
  return order and order.account or managed.account, order and order.data.provider or managed.provider
end

local function seller_of(engine, work)
  local account, provider = account_of(work)
  local limits = {
    deadline = work.last_moment, monotonic = engine.monotonic, budget = engine.budget, account = account,
    provider = provider,
  }
  work.limits = limits
  local ok, client, err = pcall(engine.client, account, limits)
  if not ok or not client then
    -- Nothing is sent without one.
    return nil, {code = "client", message = text_of(ok and err or client), outcome = "not_sent", retry = "later"}
  end
  return engine.sellers[provider], client
end

--- Calls the seller's module: `with` gets it and the client.
local function ask(engine, work, with)
  local seller, client = seller_of(engine, work)
  if not seller then
    return nil, client
  end
  return with(seller, client)
end

--- Whether another certificate of the configuration has an id.
local function is_held(engine, work)
  local account = account_of(work)
  return function(id, kind)
    local name, err = engine.journal:holder(account, kind or "certificate", tostring(id))
    if err then
      error(text_of(err), 0) -- an unreadable journal is no answer
    end
    return name ~= nil and name ~= work.managed.name
  end
end

function perform.served(engine, work)
  return engine.install.served(work.managed)
end

function perform.admit(engine, work)
  local most = engine.at_once
  if not most then
    return {admitted = true}
  end
  local count, err = engine.journal:at_work((account_of(work)), now_of(engine, work), work.claim.name)
  if not count then
    return nil, err
  end
  return {admitted = count < most, at_once = most}
end

function perform.look(engine, work, action)
  return ask(engine, work, function(seller, client)
    return seller.look(client, work.managed, action.certificate, is_held(engine, work))
  end)
end

--- Whether another certificate's purchase by this account is not settled.
local function is_buying(engine, work)
  local intents, err = engine.journal:open_intents {account = (account_of(work))}
  if not intents then
    error(text_of(err), 0) -- an unreadable journal is no answer
  end
  for _, intent in ipairs(intents) do
    if intent.purchase and intent.name ~= work.managed.name then
      return true
    end
  end
  return false
end

function perform.successor(engine, work)
  local busy = is_buying(engine, work)
  local id, err = ask(engine, work, function(seller, client)
    return seller.successor(client, work.managed, work.order.data.info, is_held(engine, work))
  end)
  if id == nil and type(err) == "table" and err.code == "ambiguous" and (busy or is_buying(engine, work)) then
    -- What is there without a name may be what the other one is about to hold.
    return nil, {
      code = "account_busy", outcome = "refused", retry = "later",
      message = "another purchase of the account is under way: " .. text_of(err),
    }
  end
  return id, err
end

function perform.price(engine, work, action)
  return ask(engine, work, function(seller, client)
    return seller.price(client, work.managed, action.kind, work.order)
  end)
end

function perform.clock(engine, work)
  return ask(engine, work, function(seller, client)
    local theirs, err = seller.clock(client)
    if not theirs then
      return nil, err
    end
    return {offset = theirs - now_of(engine, work)}
  end)
end

function perform.before(engine, work)
  return ask(engine, work, function(seller, client)
    return seller.before(client, work.managed, work.order)
  end)
end

function perform.place(engine, work, action)
  if work.last_moment - engine.monotonic() < math.min(MARGIN, action.intent.patience / 3) then
    return nil, {code = "deadline", message = "it is too late to send it", outcome = "not_sent", retry = "later"}
  end
  return ask(engine, work, function(seller, client)
    return seller.place(client, work.managed, work.order, action.kind)
  end)
end

function perform.find(engine, work)
  local intent = {}
  for name, value in pairs(work.order.intent) do
    intent[name] = value
  end
  intent.handle = intent.handle or work.order.data.handle
  return ask(engine, work, function(seller, client)
    return seller.find(client, work.managed, work.order, intent, is_held(engine, work))
  end)
end

for _, name in ipairs {"challenge", "nudge"} do
  perform[name] = function(engine, work)
    return ask(engine, work, function(seller, client)
      return seller[name](client, work.managed, work.order)
    end)
  end
end

--- What an account's seller has under way, by its lists: asked once for all orders that wait.
local function under_way(engine, work, account)
  local now = engine.monotonic()
  local known = engine.lists and engine.lists[account]
  if not known or now - known.at >= LISTED then
    local words, err = ask(engine, work, function(seller, client)
      return seller.under_way(client)
    end)
    if not words then
      return nil, err
    end
    known = {at = now, words = words}
    engine.lists = engine.lists or {}
    engine.lists[account] = known
  end
  return known.words
end

--- Where many wait, the seller's lists tell of most of them that they still do. Nothing else is taken from there; and
--- now and then each is asked for itself.
local function listed_as_pending(engine, work)
  local data, account = work.order.data, account_of(work)
  local asked = data.collected_at or data.placed_at
  if not engine.many or not asked or math.abs(now_of(engine, work) - asked) >= SURE then
    return false
  end
  local count, err = engine.journal:waiting(account)
  if not count or count < engine.many then
    return count and false, err
  end
  local words
  words, err = under_way(engine, work, account)
  return words and (words[data.seller_order.id] or false), err
end

function perform.collect(engine, work)
  local said, err = listed_as_pending(engine, work)
  if said then
    return {pending = said, listed = true}
  elseif said == nil then
    return nil, err
  end
  return ask(engine, work, function(seller, client)
    return seller.collect(client, work.managed, work.order)
  end)
end

function perform.make_key(engine, _, action)
  local csr, err = engine.keys.make(action.kind, action.names, action.ref)
  if not csr then
    return nil, err
  end
  return {csr = csr, ref = action.ref}
end

function perform.room(engine, work)
  return engine.install.room(work.managed)
end

function perform.provable(engine, work)
  return engine.prove.provable(work.managed, work.order.data.names)
end

for _, name in ipairs {"publish", "probe", "tidy"} do
  perform[name] = function(engine, work)
    return engine.prove[name](work.managed, work.order.data.challenges or {})
  end
end

function perform.accept(engine, work, action)
  local data = work.order.data
  local key, err = engine.keys.read(data.key_ref)
  if not key then
    return nil, err
  end
  local served = work.row.served
  local accept = engine.accept or require "reseal.order.accept"
  return accept(action.delivered, {
    key = key, names = data.names, now = now_of(engine, work),
    after = data.reason == "time" and served and served.not_after or nil,
  })
end

function perform.install(engine, work)
  return engine.install.install(work.managed, work.order.data.accepted, work.order.data.key_ref)
end

function perform.verify(engine, work)
  return engine.install.verify(work.managed, work.order.data.accepted)
end

function perform.rollback(engine, work)
  return engine.install.rollback(work.managed)
end

-- Parts ------------------------------------------------------------------------------------------------------------

local function over(work, result)
  work.at, work.result = "over", result
end

--- The order as the machine sees it: with its open intent.
local function with_intent(order, intent)
  if order then
    order.intent = intent
  end
  return order
end

--- Begins to work on a claim.
---@param engine reseal.order.Ports
---@param claim table of journal:claim
---@return table work {claim, at = "next"|"act"|"absorb"|"over", result, row, order, held, …} held: the events of what
---  of row and order is not written yet; nil: all is written
function run.begin(engine, claim)
  return {
    claim = claim, row = claim.row, order = with_intent(claim.order, claim.intent), at = "next",
    began = engine.monotonic(),
  }
end

--- Writes a step's results; the outcome of what was sent is tried again while the journal can't be written.
local function write(engine, work, row, order, events, writes)
  local journal, claim, intent = engine.journal, work.claim, work.order and work.order.intent
  local settle = writes.settle
  writes.settle = nil
  local open = order and order.intent
  if order then
    order.intent = nil -- a row of its own
  end
  local ok, err
  for again = 0, intent and #WRITE_AGAIN or 0 do
    if again > 0 then
      log(engine, "error", ("%s: what came of a request can't be written yet: %s"):format(claim.name, text_of(err)))
      engine.wait(WRITE_AGAIN[again])
    end
    if settle then
      ok, err = journal:settle(claim, intent, settle, row, order, events, writes)
    else
      ok, err = journal:save(claim, row, order, events, writes)
    end
    if ok or err.code == "lost" or err.code == "held" or err.class ~= "busy" and err.class ~= "connection"
      and err.class ~= "timeout" and err.class ~= "full" and err.class ~= "serialization" then
      break
    end
  end
  if order then
    order.intent = open
  end
  return ok, err
end

--- Ends a step whose results could not be written.
local function unwritten(engine, work, err)
  if err.code ~= "lost" then
    log(engine, "error", ("%s: a step could not be written: %s"):format(work.claim.name, text_of(err)))
  end
  over(work, err.code == "lost" and "lost" or "error")
end

--- The row as it is given back: due at a time, with some jitter, and a day from now at most.
local function due_at(engine, row, at, now)
  local given = {}
  for name, value in pairs(row) do
    given[name] = value
  end
  if engine.random and at > now then
    at = at + math.floor(engine.random() * math.min(at - now, 600) / 10)
  end
  given.next = math.min(at, now + DAY)
  return given
end

--- Gives the claim back, with all that was held back.
local function give_back(engine, work, next_at, result)
  local row = due_at(engine, work.row, next_at, now_of(engine, work))
  if work.held then
    local ok, err = write(engine, work, row, work.order, work.held, {release = true})
    if not ok then
      return unwritten(engine, work, err)
    end
    return over(work, result)
  end
  local ok, err = engine.journal:release(work.claim, {next = row.next})
  if not ok and err and err.code ~= "lost" then
    log(engine, "error", ("%s: the claim could not be given back: %s"):format(work.claim.name, text_of(err)))
  end
  over(work, result)
end

--- The events of what is not written yet, and more.
local function with_held(work, events)
  local list = {}
  for _, event in ipairs(work.held or {}) do
    list[#list + 1] = event
  end
  for _, event in ipairs(events) do
    list[#list + 1] = event
  end
  return list
end

--- Whether what came of an action must be written at once: it changed something, it may not be read again, or the next
--- one rests on it (a key's name is known before it is made).
local function is_pressing(work, order, writes)
  local act, err = work.action.act, work.answer.err
  return CHANGES[act] or act == "place" or act == "restart" or order and (order.closed or not order.id)
    or writes.settle or writes.charge or writes.halt or #writes.hold > 0 or type(err) == "table" and err.handle ~= nil
end

-- What may be kept of an answer to a sender who is not to go on.
local function evidence(answer, purchase)
  local value, err = answer.ok, answer.err
  if machine.names_something(value, purchase) then
    return {ok = value, handle = value.bought or value.order.id}
  elseif value ~= nil then
    err = {code = "no_id", message = "the seller's answer names nothing", outcome = "unknown"}
  end
  return {
    handle = err.handle and tostring(err.handle),
    err = {
      code = err.code, message = text_of(err), outcome = err.outcome, retry = err.retry, exists = err.exists,
      handle = err.handle and tostring(err.handle),
    },
  }
end

--- Leaves what was answered for the one that goes on.
local function witness(engine, work, answer)
  local intent = work.order and work.order.intent
  if work.action.act == "place" and intent and answer and not answer.unwritten then
    local kept = evidence(answer, intent.purchase)
    local ok, err = engine.journal:witness(intent, kept)
    if not ok then
      log(engine, "error", ("%s: what came of a request could not be written: %s (%s)"):format(work.claim.name,
        tostring(kept.handle or kept.err and kept.err.message), text_of(err)))
    end
  end
end

local parts = {}

function parts.next(engine, work)
  local managed = engine.managed(work.claim.name)
  local now = now_of(engine, work)
  if not managed then
    return give_back(engine, work, now + DAY, "unknown")
  end
  work.managed = managed
  local action = machine.next(managed, work.row, work.order, now)
  if action.stop then
    return give_back(engine, work, action.wait, "stopped")
  elseif action.wait then
    return give_back(engine, work, action.wait, "waiting")
  end
  if work.held and CHANGES[action.act] then
    local ok, err = write(engine, work, work.row, work.order, work.held, {})
    if not ok then
      return unwritten(engine, work, err)
    end
    work.held = nil
  end
  work.action, work.answer, work.at = action, nil, "act"
  if engine.on_act then
    engine.on_act(managed.name, action.act)
  end
  local lease = engine.lease or LEASE
  if work.claim.expires and work.claim.expires - now < lease / 2 then
    local ok, err = engine.journal:renew_claim(work.claim, now, lease)
    if not ok then
      return err.code == "lost" and over(work, "lost") or give_back(engine, work, now, "error")
    end
  end
  if action.intent then
    local began = engine.monotonic()
    local order = work.order
    local account = account_of(work)
    local intent, err = engine.journal:intend(work.claim, order, action.intent, {
      caps = engine.caps and engine.caps[account], run = engine.run or engine.owner, row = work.held and work.row,
    }, with_held(work, {
      {kind = "ordering", text = ("%s of %s"):format(action.kind, action.intent.target), name = managed.name},
    }))
    if not intent then
      if err.code == "lost" or err.class and err.class ~= "order" then
        -- Nothing was sent. What stands in the journal is seen by the next claim.
        log(engine, "error", ("%s: the intent could not be written: %s"):format(managed.name, text_of(err)))
        return over(work, err.code == "lost" and "lost" or "error")
      end
      work.answer, work.at = {unwritten = err}, "absorb"
      return
    end
    order.intent, work.held = intent, nil
    work.last_moment = began + action.intent.patience
  end
end

function parts.act(engine, work)
  local action = work.action
  local answer
  if machine.INTERNAL[action.act] then
    answer = {ok = true}
  else
    answer = answer_of(perform[action.act], engine, work, action)
    local err = answer.err
    if type(err) == "table" and err.code == "budget" and work.limits then
      err.again_at = work.limits.again_at
    elseif type(err) == "table" and err.category == "throttle" and engine.budget then
      engine.budget:throttled((account_of(work)), nil, err.retry_after)
    end
  end
  work.answer, work.last_moment, work.at = answer, nil, "absorb"
end

function parts.absorb(engine, work)
  local now = now_of(engine, work)
  local answer = work.answer
  local function absorb(with)
    return machine.absorb(work.managed, work.row, work.order, work.action, with, now)
  end
  local row, order, events, writes = absorb(answer)
  local ok, err, given
  -- One that nobody had looked at before: now that its end is known it is claimed in its turn.
  local first = engine.at_once and order and not work.order and not work.row.served and row.served
  if not is_pressing(work, order, writes) then
    ok, work.held = true, with_held(work, events)
  else
    -- Where it has to wait now, the claim ends with it; not with what came of a request, which is written again where
    -- it is not known whether it stands.
    local sent = work.order and work.order.intent
    local following = not sent and machine.next(work.managed, row, order and not order.closed and order or nil, now)
      or {}
    if first and not following.wait then
      following = {wait = now}
    end
    given = following.wait and (following.stop and "stopped" or "waiting")
    writes.release = given and true
    ok, err = write(engine, work, given and due_at(engine, row, following.wait, now) or row, order,
      with_held(work, events), writes)
    work.held = not ok and work.held or nil
  end
  if not ok and err.code == "held" then
    -- What was read belongs to another certificate of ours: a person must look. What was bought is not forgotten.
    local value = answer.ok
    local id = type(value) == "table" and (value.bought or value.order and value.order.id
      or value.found and (value.found.bought or value.found.order and value.found.order.id)) or nil
    row, order, events, writes = absorb {err = {
      code = "held", message = text_of(err), outcome = "unknown", retry = "never", handle = id,
      advice = err.holder and ("If %s is managed no more: reseal remove %s"):format(err.holder,
        machine.quoted(err.holder)) or nil,
    }}
    given = nil
    ok, err = write(engine, work, row, order, with_held(work, events), writes)
    work.held = nil
  end
  if not ok then
    witness(engine, work, answer)
    return unwritten(engine, work, err)
  elseif given then
    return over(work, given)
  end
  work.row, work.order, work.at, work.result = row, order, "next", row.state
  if order and order.closed then
    work.order = nil
  end
end

--- Does one part of a step.
---@param engine reseal.order.Ports
---@param work table of `begin`
function run.advance(engine, work)
  parts[work.at](engine, work)
end

--- A part raised, which it never should: that is a failure of the certificate's, with state, event and pause.
local function raised(engine, work, err)
  local text = "internal fault: " .. text_of(err)
  log(engine, "error", work.claim.name .. ": " .. text)
  if work.at == "absorb" then
    witness(engine, work, work.answer)
  end
  local managed = work.managed or engine.managed(work.claim.name) or {name = work.claim.name}
  local now = now_of(engine, work)
  local row, order, events = machine.fail(managed, work.row, work.order, {code = "raised", message = text}, now,
    work.action and work.action.act)
  work.row, work.order, work.held = row, order, with_held(work, events)
  give_back(engine, work, row.next, "failed")
end

--- Calls the next one in the queue of the account whose order this was, where there is room now.
local function call_next(engine, work)
  local order = work.claim.order or work.order
  if not engine.at_once or not order or work.row.state == "queued" then
    return
  end
  local ok, err = engine.journal:call_queued(order.account, now_of(engine, work), engine.at_once)
  if ok == nil then -- it asks by itself in a while
    log(engine, "error", ("the next order of account %s could not be called: %s"):format(order.account, text_of(err)))
  end
end

--- One step: works on a claim until it has to wait, stops, is lost, or has taken its time. The claim is given back.
---@param engine reseal.order.Ports
---@param claim table
---@return string result waiting, stopped, lost, error (the journal could not be written), failed, unknown (not in the
---  configuration)
function run.step(engine, claim)
  local work = run.begin(engine, claim)
  local till, actions = work.began + (engine.step or STEP), 0
  while work.at ~= "over" do
    actions = actions + (work.at == "next" and 1 or 0)
    if actions > MOST_ACTIONS and work.at == "next" then
      raised(engine, work, "it goes in circles: " .. work.action.act)
    elseif work.at == "next" and (engine.monotonic() >= till or engine.stopping and engine.stopping()) then
      give_back(engine, work, now_of(engine, work), work.result or "waiting")
    else
      local ok, err = pcall(run.advance, engine, work)
      if not ok then
        local at = work.at
        ok, err = pcall(raised, engine, work, err)
        if not ok then
          log(engine, "error", ("%s: %s, after a fault in %s"):format(claim.name, text_of(err), at))
          over(work, "error")
        end
      end
    end
  end
  call_next(engine, work)
  return work.result
end

--- All that is due now, the one that ends soonest first.
---@param engine reseal.order.Ports
---@param filter? {account?: string, most?: integer} most: steps at most
---@return table<string, integer>|nil counts of results, and `steps`
---@return any err the journal could not be asked
function run.once(engine, filter)
  local counts = {steps = 0}
  while counts.steps < (filter and filter.most or math.huge) and not (engine.stopping and engine.stopping()) do
    local claim, err = engine.journal:claim(engine.owner, engine.now(), engine.lease or LEASE, filter)
    if not claim then
      if err then
        return nil, err
      end
      break
    end
    local result = run.step(engine, claim)
    counts.steps = counts.steps + 1
    counts[result] = (counts[result] or 0) + 1
  end
  return counts
end

return run
