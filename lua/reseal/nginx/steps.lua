--- The steps of a round, and how far it is: what stands in the shared dict, and what status shows of it.
---
--- A job is {configured, certificate, phase, next, failures, …} and, while something is ordered, the key and its
--- request, the action, the intent, the order. It holds a private key: status gets a few fields of it, and no more.

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
  local job = cjson.decode(store.value("round:" .. managed.name) or "")
  if type(job) ~= "table" or job.configured ~= managed.certificate then
    job = {configured = managed.certificate, certificate = managed.certificate, phase = "watch", failures = 0, next = 0}
  end
  return job
end

local function write(managed, job)
  return store.set_value("round:" .. managed.name, assert(cjson.encode(job)))
end

local function tell(managed, job, event)
  if not managed.on_event then
    return
  end
  local told = {event = event, name = managed.name, names = managed.names, provider = managed.provider}
  told.error = job.error
  told.order = job.order and job.order.id
  local ok, why = pcall(managed.on_event, told)
  if not ok then
    ngx.log(ngx.ERR, "reseal: on_event of ", managed.name, ": ", why)
  end
end

--- Writes down where the job is, and shows it.
local function save(managed, job)
  local state = job.halted or job.error and "failed" or job.phase
  if state ~= job.state then
    job.state, job.since = state, ngx.time()
  end
  local ok, err = write(managed, job)
  for _, name in ipairs(managed.names) do
    local noted, why = store.set_state(name, {
      state = state,
      since = job.since,
      last_error = job.error or not ok and err or false,
      last_success = job.last_success,
      next = not job.halted and job.next or false,
      advice = job.advice or false,
      pending = job.detail or false,
      provider = managed.provider,
      certificate = job.certificate,
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
local function fail(managed, job, err)
  job.error, job.advice = tostring(err), type(err) == "table" and err.advice or nil
  job.failures = job.failures + 1
  local pause = math.min(managed.poll * 2 ^ (job.failures - 1), LONGEST_PAUSE)
  job.next = ngx.time() + math.max(pause, type(err) == "table" and err.retry_after or 0)
  ngx.log(ngx.ERR, "reseal: the round of ", managed.name, ": ", job.error)
  save(managed, job)
  tell(managed, job, "failed")
end

--- Nothing more happens until an operator calls `clear`.
local function halt(managed, job, state, err, advice)
  job.halted, job.error, job.advice = state, tostring(err), advice
  ngx.log(ngx.ERR, "reseal: the round of ", managed.name, " is ", state, ": ", job.error, ". ", advice)
  save(managed, job)
  tell(managed, job, state)
end

--- Ready to look again, at another order.
local function forget_order(job)
  for _, field in ipairs {"key", "csr", "kind", "action", "intent", "order", "published", "detail"} do
    job[field] = nil
  end
  job.phase = "watch"
end

local function settled(job)
  job.failures, job.error, job.advice = 0, nil, nil
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

function step.watch(managed, job, client, seller)
  local now = ngx.time()
  local kind, ends = served(managed)
  local due = ends and ends - managed.before * DAY
  if due and now < due then
    settled(job)
    job.next = math.min(due, now + LOOK_AGAIN)
    return save(managed, job) and false
  end
  local info, err = seller.look(client, managed, job.certificate)
  if not info then
    return fail(managed, job, err)
  end
  job.certificate, job.product = info.id, info.product
  local action, why = decide(managed, info, ends, now)
  if action == "renew" then
    local later
    later, err = seller.successor(client, managed, info)
    if later == nil then
      return fail(managed, job, err)
    elseif later then -- it has been renewed already
      job.certificate = later
      return true
    end
  elseif not action then
    return fail(managed, job, why)
  end
  job.key, job.csr = new_key(managed, kind)
  if not job.key then
    return fail(managed, job, job.csr)
  end
  job.kind, job.action, job.phase = kind, action, "order"
  return true
end

--- Takes over what was ordered.
local function adopt(managed, job, order)
  job.intent, job.halted = nil, nil
  settled(job)
  if order.bought then
    job.certificate, job.action, job.paid = order.bought, "activate", true
  else
    job.order, job.phase, job.published = order, "wait", nil
  end
  save(managed, job)
  tell(managed, job, "ordered")
  return true
end

local NOT_FOUND = "Look at the seller's list of orders and at the account's balance. When nothing was ordered, or what "
  .. 'was is known there, call reseal.clear("%s"): the round then looks for the order once more, and else begins anew.'

--- An intent without an outcome: the worker that ordered is gone, or its answer was lost and an operator has looked.
local function reconcile(managed, job, client, seller)
  if ngx.time() < job.intent.deadline and not job.cleared then
    job.next = job.intent.deadline
    return save(managed, job) and false
  end
  local order, err = seller.find(client, managed, job)
  if order == nil then
    return fail(managed, job, err)
  elseif order then
    job.cleared = nil
    return adopt(managed, job, order)
  elseif job.cleared then
    forget_order(job)
    job.cleared, job.halted = nil, nil
    settled(job)
    return true
  end
  local why = "the worker that was to order (%s) has ended, and the seller shows no such order"
  return halt(managed, job, "unknown", job.error or why:format(job.action), NOT_FOUND:format(managed.name))
end

function step.order(managed, job, client, seller)
  if job.intent then
    return reconcile(managed, job, client, seller)
  end
  local known, err = seller.before(client, managed, job)
  if not known then
    return fail(managed, job, err)
  end
  -- From here to the call nothing yields: whoever is elected now is who orders.
  if not store.elect("round:" .. managed.name, steps.LEASE) then
    return false
  end
  local token = ngx.worker.pid() .. ":" .. ngx.now()
  job.intent = {at = ngx.time(), deadline = ngx.time() + managed.patience, known = known, token = token}
  local ok
  ok, err = save(managed, job)
  if not ok then
    forget_order(job)
    return fail(managed, job, err)
  end
  tell(managed, job, "ordering")
  local order
  order, err = seller.place(client, managed, job)
  local now = steps.load(managed)
  if not now.intent or now.intent.token ~= token then
    ngx.log(ngx.ERR, "reseal: the round of ", managed.name, " went on in another worker while an answer was awaited")
    return false
  end
  if order then
    return adopt(managed, job, order)
  elseif err.outcome == "unknown" then
    return halt(managed, job, "unknown", err, NOT_FOUND:format(managed.name))
  end
  if job.paid then -- the renewal is bought; only its activation was refused
    job.intent = nil
  else
    forget_order(job)
  end
  return fail(managed, job, err)
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

local function publish(managed, job)
  for _, file in ipairs(job.order.files or {}) do
    local ok, err = store.publish(file.file, file.content, PUBLISHED)
    if not ok then
      return nil, err
    end
  end
  for _, record in ipairs(not job.published and job.order.records or {}) do
    local ok, err = tell_hook(managed, record, "add")
    if not ok then
      return nil, err
    end
  end
  job.published = job.order.files ~= nil
  return true
end

--- Takes away what was published. What can't be is no reason to stop.
local function tidy(managed, job)
  for _, file in ipairs(job.order.files or {}) do
    store.unpublish(file.file)
  end
  for _, record in ipairs(managed.hook and job.order.records or {}) do
    local ok, err = tell_hook(managed, record, "remove")
    if not ok then
      ngx.log(ngx.WARN, "reseal: the round of ", managed.name, ": ", err)
    end
  end
end

--- Checks what was delivered, and swaps it in.
local function install(managed, job, delivered)
  local _, ends = served(managed)
  ngx.update_time()
  local wanted = {key = job.key, names = managed.names, now = ngx.now(), after = ends}
  local pair, err = require("reseal.x509").check(delivered, wanted)
  if not pair then
    return nil, ("certificate %s is not installed: %s"):format(delivered.id, err)
  end
  local given = {names = managed.names, certificate = pair.certificate, key = job.key}
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

function step.wait(managed, job, client, seller)
  local known = job.order.files
  local ok, err = true, nil
  if known then
    ok, err = publish(managed, job)
  end
  if not ok then
    return fail(managed, job, err)
  end
  local state, found = seller.collect(client, managed, job.order)
  if state == "pending" and not known then -- found again, or an answer without what is to be published
    ok, err = seller.validation(client, managed, job.order)
    ok, err = ok and publish(managed, job), err
    if not ok then
      return fail(managed, job, err)
    end
  end
  if not state then
    return fail(managed, job, found)
  elseif state == "pending" then
    settled(job)
    job.detail, job.next = found, ngx.time() + managed.poll
    return save(managed, job) and false
  elseif state == "doubt" then
    return halt(managed, job, "unknown", found, NOT_FOUND:format(managed.name))
  elseif state == "failed" then
    local paid = job.paid or job.action == "renew"
    tidy(managed, job)
    if paid then
      local advice = 'Something was paid for. Ask the seller, then call reseal.clear("%s").'
      return halt(managed, job, "stopped", found, advice:format(managed.name))
    end
    forget_order(job)
    return fail(managed, job, found)
  end
  ok, err = install(managed, job, found)
  if not ok then
    return fail(managed, job, err)
  end
  tidy(managed, job)
  tell(managed, job, "installed")
  forget_order(job)
  settled(job)
  job.certificate, job.paid = found.id, nil
  job.last_success, job.next = ngx.time(), ngx.time() + LOOK_AGAIN
  return save(managed, job) and false
end

--- What an operator's `clear` does: what stopped goes on.
function steps.clear(job)
  -- An order whose answer is still awaited is not looked for.
  job.next, job.cleared = 0, job.halted and job.intent and true or nil
  if job.halted and not job.intent then
    forget_order(job)
  end
  job.halted, job.paid = nil, job.phase == "order" and job.paid or nil
  settled(job)
end

--- One step.
---@param managed reseal.nginx.Round
---@param job table of load
---@param client table
---@return boolean|nil on go on at once
function steps.step(managed, job, client)
  return step[job.phase](managed, job, client, sellers[managed.provider])
end

steps.fail = fail

return steps
