--- The steps of a round, and how far it is: what stands in the shared dict, and what status shows of it.
---
--- An order is {configured, certificate, phase, next, failures, …} and, while something is ordered, the key and its
--- request, the action, the intent, the seller's order. It holds a private key: status gets a few fields of it, and no
--- more.

local cjson = require "cjson.safe"
local sellers = require "reseal.nginx.sellers"
local store = require "reseal.nginx.store"

local DAY = 86400
local LONGEST_PAUSE = 6 * 3600
local LOOK_AGAIN = 60
local PUBLISHED = 30 * DAY

local steps = {
  LEASE = 10, -- seconds until the successor of a killed worker is elected
}

-- memory -----------------------------------------------------------------------------------------------------------

--- Where the round of `managed` is.
function steps.load(managed)
  local order = cjson.decode(store.value("round:" .. managed.name) or "")
  if type(order) ~= "table" or order.configured ~= managed.certificate then
    order = {configured = managed.certificate, certificate = managed.certificate, phase = "watch"}
    order.failures, order.next = 0, 0
  end
  if order.order then -- stored before a reload, when it had this name
    order.seller_order, order.order = order.order, nil
  end
  return order
end

local function write(managed, order)
  return store.set_value("round:" .. managed.name, assert(cjson.encode(order)))
end

local function tell(managed, order, event)
  if not managed.on_event then
    return
  end
  local told = {event = event, name = managed.name, names = managed.names, provider = managed.provider}
  told.error = order.error
  told.order = order.seller_order and order.seller_order.id
  local ok, why = pcall(managed.on_event, told)
  if not ok then
    ngx.log(ngx.ERR, "reseal: on_event of ", managed.name, ": ", why)
  end
end

--- Writes down how far the order is, and shows it.
local function save(managed, order)
  local state = order.halted or order.error and "failed" or order.phase
  if state ~= order.state then
    order.state, order.since = state, ngx.time()
  end
  local ok, err = write(managed, order)
  for _, name in ipairs(managed.names) do
    local noted, why = store.set_state(name, {
      state = state,
      since = order.since,
      last_error = order.error or not ok and err or false,
      last_success = order.last_success,
      next = not order.halted and order.next or false,
      advice = order.advice or false,
      pending = order.detail or false,
      provider = managed.provider,
      certificate = order.certificate,
    })
    err = err or why
    ok = ok and noted
  end
  if not ok then
    ngx.log(ngx.ERR, "reseal: the round of ", managed.name, ": ", err)
  end
  return ok, err
end

--- The step failed. It is tried again, after pauses that grow.
local function fail(managed, order, err)
  order.error, order.advice = tostring(err), type(err) == "table" and err.advice or nil
  order.failures = order.failures + 1
  local pause = math.min(managed.poll * 2 ^ (order.failures - 1), LONGEST_PAUSE)
  order.next = ngx.time() + math.max(pause, type(err) == "table" and err.retry_after or 0)
  ngx.log(ngx.ERR, "reseal: the round of ", managed.name, ": ", order.error)
  save(managed, order)
  tell(managed, order, "failed")
end

--- Nothing more happens until an operator calls `clear`.
local function halt(managed, order, state, err, advice)
  order.halted, order.error, order.advice = state, tostring(err), advice
  ngx.log(ngx.ERR, "reseal: the round of ", managed.name, " is ", state, ": ", order.error, ". ", advice)
  save(managed, order)
  tell(managed, order, state)
end

--- Ready to look again, at another order.
local function forget_order(order)
  for _, field in ipairs {"key", "csr", "kind", "action", "intent", "seller_order", "published", "detail"} do
    order[field] = nil
  end
  order.phase = "watch"
end

local function settled(order)
  order.failures, order.error, order.advice = 0, nil, nil
end

-- steps: each returns true to go on at once -----------------------------------------------------------------------

local step = {}

--- The kind of key that is served now, and when the first of the names loses its certificate; nil when one has none.
local function served(managed)
  local kind = managed.key
  for _, known in ipairs(kind and {} or {"ec", "rsa"}) do
    kind = kind or store.not_after(managed.name, known) and known
  end
  kind = kind or "ec"
  local first = math.huge
  for _, name in ipairs(managed.names) do
    local ends = store.not_after(name, kind)
    if not ends then
      return kind, nil
    end
    first = math.min(first, ends)
  end
  return kind, first
end

local function date(time)
  return os.date("!%Y-%m-%d", time)
end

--- What is to be ordered, as the certificate and the money stand; nil and words when nothing can be.
local function decide(managed, info, ends, now)
  if info.status == "to_activate" then
    return "activate"
  elseif info.status ~= "issued" and info.status ~= "expired" then
    return nil, ("certificate %s can't be reissued, the seller says %s"):format(info.id, tostring(info.word))
  elseif not info.ends or info.ends > now + managed.before * DAY then
    return "reissue"
  elseif managed.renew then
    return "renew"
  elseif info.ends > now + DAY and info.ends > (ends or 0) + DAY then
    return "reissue"
  end
  return nil, ("the order of certificate %s ends on %s, and a renewal costs money: allow it by the option renew, or "
    .. "renew it and give its new id"):format(info.id, date(info.ends))
end

local function new_key(managed, kind)
  if kind == "rsa" and managed.thread_pool then
    local ok, key, csr = ngx.run_worker_thread(managed.thread_pool, "reseal.x509", "new", kind, unpack(managed.names))
    if not ok then
      return nil, "no key could be made in thread_pool " .. managed.thread_pool .. ": " .. tostring(key)
    end
    return key, csr
  end
  return require("reseal.x509").new(kind, unpack(managed.names))
end

function step.watch(managed, order, client, seller)
  local now = ngx.time()
  local kind, ends = served(managed)
  local due = ends and ends - managed.before * DAY
  if due and now < due then
    settled(order)
    order.next = math.min(due, now + LOOK_AGAIN)
    return save(managed, order) and false
  end
  local info, err = seller.look(client, managed, order.certificate)
  if not info then
    return fail(managed, order, err)
  end
  order.certificate, order.product = info.id, info.product
  local action, why = decide(managed, info, ends, now)
  if action == "renew" then
    local later
    later, err = seller.successor(client, managed, info)
    if later == nil then
      return fail(managed, order, err)
    elseif later then -- it has been renewed already
      order.certificate = later
      return true
    end
  elseif not action then
    return fail(managed, order, why)
  end
  order.key, order.csr = new_key(managed, kind)
  if not order.key then
    return fail(managed, order, order.csr)
  end
  order.kind, order.action, order.phase = kind, action, "order"
  return true
end

--- Takes over what was ordered.
local function adopt(managed, order, seller_order)
  order.intent, order.halted = nil, nil
  settled(order)
  if seller_order.bought then
    order.certificate, order.action, order.paid = seller_order.bought, "activate", true
  else
    order.seller_order, order.phase, order.published = seller_order, "wait", nil
  end
  save(managed, order)
  tell(managed, order, "ordered")
  return true
end

local NOT_FOUND = "Look at the seller's list of orders and at the account's balance. When nothing was ordered, or what "
  .. 'was is known there, call reseal.clear("%s"): the round then looks for the order once more, and else begins anew.'

--- An intent without an outcome: the worker that ordered is gone, or its answer was lost and an operator has looked.
local function reconcile(managed, order, client, seller)
  if ngx.time() < order.intent.deadline and not order.cleared then
    order.next = order.intent.deadline
    return save(managed, order) and false
  end
  local seller_order, err = seller.find(client, managed, order)
  if seller_order == nil then
    return fail(managed, order, err)
  elseif seller_order then
    order.cleared = nil
    return adopt(managed, order, seller_order)
  elseif order.cleared then
    forget_order(order)
    order.cleared, order.halted = nil, nil
    settled(order)
    return true
  end
  local why = "the worker that was to order (%s) has ended, and the seller shows no such order"
  return halt(managed, order, "unknown", order.error or why:format(order.action), NOT_FOUND:format(managed.name))
end

function step.order(managed, order, client, seller)
  if order.intent then
    return reconcile(managed, order, client, seller)
  end
  local known, err = seller.before(client, managed, order)
  if not known then
    return fail(managed, order, err)
  end
  -- From here to the call nothing yields: whoever is elected now is who orders.
  if not store.elect("round:" .. managed.name, steps.LEASE) then
    return false
  end
  local token = ngx.worker.pid() .. ":" .. ngx.now()
  order.intent = {at = ngx.time(), deadline = ngx.time() + managed.patience, known = known, token = token}
  local ok
  ok, err = save(managed, order)
  if not ok then
    forget_order(order)
    return fail(managed, order, err)
  end
  tell(managed, order, "ordering")
  local seller_order
  seller_order, err = seller.place(client, managed, order)
  local now = steps.load(managed)
  if not now.intent or now.intent.token ~= token then
    ngx.log(ngx.ERR, "reseal: the round of ", managed.name, " went on in another worker while an answer was awaited")
    return false
  end
  if seller_order then
    return adopt(managed, order, seller_order)
  elseif err.outcome == "unknown" then
    return halt(managed, order, "unknown", err, NOT_FOUND:format(managed.name))
  end
  if order.paid then -- the renewal is bought; only its activation was refused
    order.intent = nil
  else
    forget_order(order)
  end
  return fail(managed, order, err)
end

local function tell_hook(managed, record, action)
  local ok, done, why = pcall(managed.hook, record, action)
  if not ok then
    return nil, "the dcv function failed: " .. tostring(done)
  elseif why ~= nil or done == false then
    return nil, ("the dcv function could not %s %s: %s"):format(action, record.name, tostring(why))
  end
  return true
end

local function publish(managed, order)
  for _, file in ipairs(order.seller_order.files or {}) do
    local ok, err = store.publish(file.file, file.content, PUBLISHED)
    if not ok then
      return nil, err
    end
  end
  for _, record in ipairs(not order.published and order.seller_order.records or {}) do
    local ok, err = tell_hook(managed, record, "add")
    if not ok then
      return nil, err
    end
  end
  order.published = order.seller_order.files ~= nil
  return true
end

--- Takes away what was published. What can't be is no reason to stop.
local function tidy(managed, order)
  for _, file in ipairs(order.seller_order.files or {}) do
    store.unpublish(file.file)
  end
  for _, record in ipairs(managed.hook and order.seller_order.records or {}) do
    local ok, err = tell_hook(managed, record, "remove")
    if not ok then
      ngx.log(ngx.WARN, "reseal: the round of ", managed.name, ": ", err)
    end
  end
end

--- Checks what was delivered, and swaps it in.
local function install(managed, order, delivered)
  local _, ends = served(managed)
  ngx.update_time()
  local wanted = {key = order.key, names = managed.names, now = ngx.now(), after = ends}
  local pair, err = require("reseal.x509").check(delivered, wanted)
  if not pair then
    return nil, ("certificate %s is not installed: %s"):format(delivered.id, err)
  end
  local given = {names = managed.names, certificate = pair.certificate, key = order.key}
  local ok
  ok, err = require("reseal.nginx.certificate").install(given)
  if not ok then
    return nil, err
  end
  if managed.keep then
    local kept, why = pcall(managed.keep, given)
    if not kept then
      ngx.log(ngx.ERR, "reseal: keep of ", managed.name, ": ", why)
    end
  end
  return true
end

function step.wait(managed, order, client, seller)
  local known = order.seller_order.files
  local ok, err = true, nil
  if known then
    ok, err = publish(managed, order)
  end
  if not ok then
    return fail(managed, order, err)
  end
  local state, found = seller.collect(client, managed, order.seller_order)
  if state == "pending" and not known then -- found again, or an answer without what is to be published
    ok, err = seller.validation(client, managed, order.seller_order)
    ok, err = ok and publish(managed, order), err
    if not ok then
      return fail(managed, order, err)
    end
  end
  if not state then
    return fail(managed, order, found)
  elseif state == "pending" then
    settled(order)
    order.detail, order.next = found, ngx.time() + managed.poll
    return save(managed, order) and false
  elseif state == "doubt" then
    return halt(managed, order, "unknown", found, NOT_FOUND:format(managed.name))
  elseif state == "failed" then
    local paid = order.paid or order.action == "renew"
    tidy(managed, order)
    if paid then
      local advice = 'Something was paid for. Ask the seller, then call reseal.clear("%s").'
      return halt(managed, order, "stopped", found, advice:format(managed.name))
    end
    forget_order(order)
    return fail(managed, order, found)
  end
  ok, err = install(managed, order, found)
  if not ok then
    return fail(managed, order, err)
  end
  tidy(managed, order)
  tell(managed, order, "installed")
  forget_order(order)
  settled(order)
  order.certificate, order.paid = found.id, nil
  order.last_success, order.next = ngx.time(), ngx.time() + LOOK_AGAIN
  return save(managed, order) and false
end

--- What an operator's `clear` does: what stopped goes on.
function steps.clear(order)
  -- An order whose answer is still awaited is not looked for.
  order.next, order.cleared = 0, order.halted and order.intent and true or nil
  if order.halted and not order.intent then
    forget_order(order)
  end
  order.halted, order.paid = nil, order.phase == "order" and order.paid or nil
  settled(order)
end

--- One step.
---@param managed reseal.nginx.Round
---@param order table of load
---@param client table
---@return boolean|nil on go on at once
function steps.step(managed, order, client)
  return step[order.phase](managed, order, client, sellers[managed.provider])
end

steps.fail = fail

return steps
