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

--- Where the round of `self` is.
function steps.recall(self)
  local job = cjson.decode(store.remember("round:" .. self.name) or "")
  if type(job) ~= "table" or job.configured ~= self.certificate then
    job = {configured = self.certificate, certificate = self.certificate, phase = "watch", failures = 0, next = 0}
  end
  return job
end

local function remember(self, job)
  return store.remember("round:" .. self.name, assert(cjson.encode(job)))
end

local function tell(self, job, event)
  if not self.on_event then
    return
  end
  local told = {event = event, name = self.name, names = self.names, provider = self.provider, error = job.error}
  told.order = job.order and job.order.id
  local ok, why = pcall(self.on_event, told)
  if not ok then
    ngx.log(ngx.ERR, "reseal: on_event of ", self.name, ": ", why)
  end
end

--- Writes down where the job is, and shows it.
local function save(self, job)
  local state = job.halted or job.error and "failed" or job.phase
  if state ~= job.state then
    job.state, job.since = state, ngx.time()
  end
  local ok, err = remember(self, job)
  for _, name in ipairs(self.names) do
    local noted, why = store.note(name, {
      state = state,
      since = job.since,
      last_error = job.error or not ok and err or false,
      last_success = job.last_success,
      next = not job.halted and job.next or false,
      advice = job.advice or false,
      pending = job.detail or false,
      provider = self.provider,
      certificate = job.certificate,
    })
    err = err or why
    ok = ok and noted
  end
  if not ok then
    ngx.log(ngx.ERR, "reseal: the round of ", self.name, ": ", err)
  end
  return ok, err
end

--- The step failed. It is tried again, after pauses that grow.
local function fail(self, job, err)
  job.error, job.advice = tostring(err), type(err) == "table" and err.advice or nil
  job.failures = job.failures + 1
  local pause = math.min(self.poll * 2 ^ (job.failures - 1), LONGEST_PAUSE)
  job.next = ngx.time() + math.max(pause, type(err) == "table" and err.retry_after or 0)
  ngx.log(ngx.ERR, "reseal: the round of ", self.name, ": ", job.error)
  save(self, job)
  tell(self, job, "failed")
end

--- Nothing more happens until an operator calls `clear`.
local function halt(self, job, state, err, advice)
  job.halted, job.error, job.advice = state, tostring(err), advice
  ngx.log(ngx.ERR, "reseal: the round of ", self.name, " is ", state, ": ", job.error, ". ", advice)
  save(self, job)
  tell(self, job, state)
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
local function served(self)
  local kind = self.key
  for _, known in ipairs(kind and {} or {"ec", "rsa"}) do
    kind = kind or store.not_after(self.name, known) and known
  end
  kind = kind or "ec"
  local first = math.huge
  for _, name in ipairs(self.names) do
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
local function decide(self, info, ends, now)
  if info.status == "to_activate" then
    return "activate"
  elseif info.status ~= "issued" and info.status ~= "expired" then
    return nil, ("certificate %s can't be reissued, the seller says %s"):format(info.id, tostring(info.word))
  elseif not info.ends or info.ends > now + self.before * DAY then
    return "reissue"
  elseif self.renew then
    return "renew"
  elseif info.ends > now + DAY and info.ends > (ends or 0) + DAY then
    return "reissue"
  end
  return nil, ("the order of certificate %s ends on %s, and a renewal costs money: allow it by the option renew, or "
    .. "renew it and give its new id"):format(info.id, date(info.ends))
end

local function new_key(self, kind)
  if kind == "rsa" and self.thread_pool then
    local ok, key, csr = ngx.run_worker_thread(self.thread_pool, "reseal.x509", "new", kind, unpack(self.names))
    if not ok then
      return nil, "no key could be made in thread_pool " .. self.thread_pool .. ": " .. tostring(key)
    end
    return key, csr
  end
  return require("reseal.x509").new(kind, unpack(self.names))
end

function step.watch(self, job, client, seller)
  local now = ngx.time()
  local kind, ends = served(self)
  local due = ends and ends - self.before * DAY
  if due and now < due then
    settled(job)
    job.next = math.min(due, now + LOOK_AGAIN)
    return save(self, job) and false
  end
  local info, err = seller.look(client, self, job.certificate)
  if not info then
    return fail(self, job, err)
  end
  job.certificate, job.product = info.id, info.product
  local action, why = decide(self, info, ends, now)
  if action == "renew" then
    local later
    later, err = seller.successor(client, self, info)
    if later == nil then
      return fail(self, job, err)
    elseif later then -- it has been renewed already
      job.certificate = later
      return true
    end
  elseif not action then
    return fail(self, job, why)
  end
  job.key, job.csr = new_key(self, kind)
  if not job.key then
    return fail(self, job, job.csr)
  end
  job.kind, job.action, job.phase = kind, action, "order"
  return true
end

--- Takes over what was ordered.
local function adopt(self, job, order)
  job.intent, job.halted = nil, nil
  settled(job)
  if order.bought then
    job.certificate, job.action, job.paid = order.bought, "activate", true
  else
    job.order, job.phase, job.published = order, "wait", nil
  end
  save(self, job)
  tell(self, job, "ordered")
  return true
end

local NOT_FOUND = "Look at the seller's list of orders and at the account's balance. When nothing was ordered, or what "
  .. 'was is known there, call reseal.clear("%s"): the round then looks for the order once more, and else begins anew.'

--- An intent without an outcome: the worker that ordered is gone, or its answer was lost and an operator has looked.
local function reconcile(self, job, client, seller)
  if ngx.time() < job.intent.deadline and not job.cleared then
    job.next = job.intent.deadline
    return save(self, job) and false
  end
  local order, err = seller.find(client, self, job)
  if order == nil then
    return fail(self, job, err)
  elseif order then
    job.cleared = nil
    return adopt(self, job, order)
  elseif job.cleared then
    forget_order(job)
    job.cleared, job.halted = nil, nil
    settled(job)
    return true
  end
  local why = "the worker that was to order (%s) has ended, and the seller shows no such order"
  return halt(self, job, "unknown", job.error or why:format(job.action), NOT_FOUND:format(self.name))
end

function step.order(self, job, client, seller)
  if job.intent then
    return reconcile(self, job, client, seller)
  end
  local known, err = seller.before(client, self, job)
  if not known then
    return fail(self, job, err)
  end
  -- From here to the call nothing yields: whoever is elected now is who orders.
  if not store.elect("round:" .. self.name, steps.LEASE) then
    return false
  end
  local token = ngx.worker.pid() .. ":" .. ngx.now()
  job.intent = {at = ngx.time(), deadline = ngx.time() + self.patience, known = known, token = token}
  local ok
  ok, err = save(self, job)
  if not ok then
    forget_order(job)
    return fail(self, job, err)
  end
  tell(self, job, "ordering")
  local order
  order, err = seller.place(client, self, job)
  local now = steps.recall(self)
  if not now.intent or now.intent.token ~= token then
    ngx.log(ngx.ERR, "reseal: the round of ", self.name, " went on in another worker while an answer was awaited")
    return false
  end
  if order then
    return adopt(self, job, order)
  elseif err.outcome == "unknown" then
    return halt(self, job, "unknown", err, NOT_FOUND:format(self.name))
  end
  if job.paid then -- the renewal is bought; only its activation was refused
    job.intent = nil
  else
    forget_order(job)
  end
  return fail(self, job, err)
end

local function tell_hook(self, record, action)
  local ok, done, why = pcall(self.hook, record, action)
  if not ok then
    return nil, "the dcv function failed: " .. tostring(done)
  elseif why ~= nil or done == false then
    return nil, ("the dcv function could not %s %s: %s"):format(action, record.name, tostring(why))
  end
  return true
end

local function publish(self, job)
  for _, file in ipairs(job.order.files or {}) do
    local ok, err = store.publish(file.file, file.content, PUBLISHED)
    if not ok then
      return nil, err
    end
  end
  for _, record in ipairs(not job.published and job.order.records or {}) do
    local ok, err = tell_hook(self, record, "add")
    if not ok then
      return nil, err
    end
  end
  job.published = job.order.files ~= nil
  return true
end

--- Takes away what was published. What can't be is no reason to stop.
local function tidy(self, job)
  for _, file in ipairs(job.order.files or {}) do
    store.unpublish(file.file)
  end
  for _, record in ipairs(self.hook and job.order.records or {}) do
    local ok, err = tell_hook(self, record, "remove")
    if not ok then
      ngx.log(ngx.WARN, "reseal: the round of ", self.name, ": ", err)
    end
  end
end

--- Checks what was delivered, and swaps it in.
local function install(self, job, delivered)
  local _, ends = served(self)
  ngx.update_time()
  local wanted = {key = job.key, names = self.names, now = ngx.now(), after = ends}
  local pair, err = require("reseal.x509").check(delivered, wanted)
  if not pair then
    return nil, ("certificate %s is not installed: %s"):format(delivered.id, err)
  end
  local given = {names = self.names, certificate = pair.certificate, key = job.key}
  local ok
  ok, err = require("reseal.nginx.certificate").install(given)
  if not ok then
    return nil, err
  end
  if self.keep then
    local kept, why = pcall(self.keep, given)
    if not kept then
      ngx.log(ngx.ERR, "reseal: keep of ", self.name, ": ", why)
    end
  end
  return true
end

function step.wait(self, job, client, seller)
  local known = job.order.files
  local ok, err = true, nil
  if known then
    ok, err = publish(self, job)
  end
  if not ok then
    return fail(self, job, err)
  end
  local state, found = seller.collect(client, self, job.order)
  if state == "pending" and not known then -- found again, or an answer without what is to be published
    ok, err = seller.validation(client, self, job.order)
    ok, err = ok and publish(self, job), err
    if not ok then
      return fail(self, job, err)
    end
  end
  if not state then
    return fail(self, job, found)
  elseif state == "pending" then
    settled(job)
    job.detail, job.next = found, ngx.time() + self.poll
    return save(self, job) and false
  elseif state == "doubt" then
    return halt(self, job, "unknown", found, NOT_FOUND:format(self.name))
  elseif state == "failed" then
    local paid = job.paid or job.action == "renew"
    tidy(self, job)
    if paid then
      return halt(self, job, "stopped", found, ('Something was paid for. Ask the seller, then call reseal.clear("%s").')
        :format(self.name))
    end
    forget_order(job)
    return fail(self, job, found)
  end
  ok, err = install(self, job, found)
  if not ok then
    return fail(self, job, err)
  end
  tidy(self, job)
  tell(self, job, "installed")
  forget_order(job)
  settled(job)
  job.certificate, job.paid = found.id, nil
  job.last_success, job.next = ngx.time(), ngx.time() + LOOK_AGAIN
  return save(self, job) and false
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
---@param self reseal.nginx.Round
---@param job table of recall
---@param client table
---@return boolean|nil on go on at once
function steps.step(self, job, client)
  return step[job.phase](self, job, client, sellers[self.provider])
end

steps.fail = fail

return steps
