--- Realtime Register's side of an account, and the engine's port to it: an order takes the signing request at once and
--- is a process; its certificate comes when that is completed.

local DAY = 86400
local SKEW = 600

local function refused(code, more)
  local err = more or {}
  err.code, err.message, err.outcome, err.retry = code, "it says " .. code, "refused", err.retry or "never"
  return nil, err
end

-- The seller -------------------------------------------------------------------------------------------------------

local ops = {}

function ops.list(account)
  return {date = account:now()}
end

function ops.quote(account)
  return {amount = account.amount, currency = "USD", source = "quote"}
end

--- Whether a process for a certificate or a name is open.
local function open_process(account, request)
  for _, process in ipairs(account.open) do
    if process.name == request.name and process.target == request.target and process.record.status == "pending" then
      return true
    end
  end
end

function ops.order(account, request)
  local of = request.target and account.records[request.target]
  if open_process(account, request) and (request.kind == "reissue" or account.refuses_doubles) then
    return refused("ObjectExists", {exists = true})
  end
  local term, err
  if request.kind == "reissue" then
    if account:status(of, account.scheduler.now) == "replaced" then
      return refused("ObjectStatusProhibitsOperation", {retry = "later"})
    elseif of.term.ends <= account:now() then
      return refused "ObjectStatusProhibitsOperation"
    end
    term = of.term
  else
    term, err = account:sell(request, of and of.term)
    if not term then
      return nil, err
    end
  end
  local record = account:add {name = request.name, term = term, of = request.kind == "reissue" and of.id or nil}
  local process = {id = account:id(), name = request.name, kind = request.kind, target = request.target,
    record = record, created = account:now(), told = not account.random:chance(0.1 * account.measure)}
  record.process = process.id
  term.record, term.process = term.record or record, term.process or process
  account.processes[process.id], account.by_id[#account.by_id + 1] = process, process
  account.open[#account.open + 1] = process
  account:begin_work(record, request.csr)
  return {process = process.id, challenges = account.random:chance(0.8) and account:challenges(record) or nil}
end

local function forget_done(account)
  local open = {}
  for _, process in ipairs(account.open) do
    if process.record.status == "pending" then
      open[#open + 1] = process
    end
  end
  account.open = open
end

local function shown(process)
  return {id = process.id, name = process.name, kind = process.kind, target = process.target,
    csr = process.told and process.record.csr or nil, open = process.record.status == "pending",
    created = process.created}
end

function ops.processes(account, request)
  forget_done(account)
  local list = {}
  for i = #account.by_id, 1, -1 do
    local process = account.by_id[i]
    if request.since and process.created < request.since - DAY then
      break
    elseif (not request.since or process.created >= request.since) and (not request.open or process.record.status
      == "pending") and (not request.name or process.name == request.name) then
      list[#list + 1] = process
    end
  end
  list = account:list(list, request.seen)
  for i, process in ipairs(list) do
    list[i] = shown(process)
  end
  return list
end

function ops.under_way(account, request)
  local words = {}
  for _, record in ipairs(account:under_way(request.seen)) do
    words[record.process] = "the list says pending"
  end
  return words
end

function ops.process(account, request)
  local process = account.processes[request.id]
  if not process then
    return refused "ObjectDoesNotExist"
  end
  local record = process.record
  return {status = record.status, issued = record.status == "issued" and account:info(record, request.seen) or nil,
    challenges = account:challenges(record), doubt = record.doubt}
end

function ops.get(account, request)
  local record = account.records[request.id]
  return record and account:info(record, request.seen) or refused "ObjectDoesNotExist"
end

function ops.named(account, request)
  local list = {}
  for _, record in ipairs(account:list(account.by_name[request.name] or {}, request.seen)) do
    local info = account:info(record, request.seen)
    list[#list + 1] = info.status == "issued" and info or nil
  end
  return list
end

function ops.resend(account, request)
  local record = account.processes[request.id].record
  if record.status ~= "pending" then
    return refused "ObjectStatusProhibitsOperation"
  end
  account:work(record, 60)
  return {}
end

-- The engine's port ------------------------------------------------------------------------------------------------

local port = {}

function port.clock(client)
  local value, err = client.send {op = "list"}
  if not value then
    return nil, err
  end
  return value.date
end

function port.price(client)
  return client.send {op = "quote"}
end

function port.balance()
  return false
end

function port.look(client, _, id)
  for _ = 1, 10 do
    local info, err = client.send {op = "get", id = id}
    if not info or info.status ~= "replaced" then
      return info, err
    end
    id = info.replaced_by
  end
  return refused("incomplete", {retry = "later"})
end

function port.successor(client, managed, info, is_held)
  local rows, err = client.send {op = "named", name = managed.names[1]}
  if not rows then
    return nil, err
  end
  local found = {}
  for _, row in ipairs(rows) do
    if row.id ~= info.id and not is_held(row.id) and info.order_ends and row.order_ends > info.order_ends + DAY then
      found[#found + 1] = row.id
    end
  end
  if #found == 1 then
    return found[1]
  elseif #found == 0 then
    rows, err = client.send {op = "processes", name = managed.names[1], open = true}
    if not rows then
      return nil, err
    end
    for _, row in ipairs(rows) do
      found[#found + 1] = row.target == info.id and not is_held(row.id, "order") and row.id or nil
    end
    if #found == 0 then
      return false
    end
  end
  return refused("ambiguous", {successors = found})
end

function port.before(client, managed)
  local rows, err = client.send {op = "processes", name = managed.names[1]}
  for i, row in ipairs(rows or {}) do
    rows[i] = row.id
  end
  return rows, err
end

function port.place(client, managed, order, kind)
  local value, err = client.send {
    op = "order", change = true, purchase = kind ~= "reissue", twice = kind == "reissue", kind = kind,
    name = managed.name, csr = order.data.csr, intent = order.intent.id,
    target = kind ~= "create" and order.data.for_certificate or nil,
  }
  if not value then
    return nil, err
  end
  return {order = {id = value.process, kind = "process"}, challenges = value.challenges}
end

function port.find(client, managed, order, intent, is_held)
  local rows, err = client.send {op = "processes", since = math.min(order.opened, intent.at) - SKEW}
  if not rows then
    return nil, err
  end
  local known, ours, fits = {}, {}, {}
  for _, id in ipairs(order.data.known or {}) do
    known[id] = true
  end
  for _, row in ipairs(rows) do
    if not known[row.id] and not is_held(row.id, "order") then
      if row.csr == order.data.csr or row.id == intent.handle then
        ours[#ours + 1] = row.id
      elseif not row.csr and row.created >= intent.at - SKEW and row.name == managed.names[1]
        and row.kind == intent.kind and (intent.kind == "create" or row.target == intent.target) then
        fits[#fits + 1] = row.id
      end
    end
  end
  local found = #ours > 0 and ours or fits
  if #found == 0 then
    return {absent = true}
  elseif #found == 1 then
    return {found = {order = {id = found[1], kind = "process"}}}
  end
  return {unclear = "more than one process fits"}
end

function port.challenge(client, _, order)
  local value, err = client.send {op = "process", id = order.data.seller_order.id}
  if not value then
    return nil, err
  end
  return value.challenges
end

function port.nudge(client, _, order)
  local value, err = client.send {op = "resend", id = order.data.seller_order.id, change = true, twice = true}
  return value and true, err
end

function port.under_way(client)
  return client.send {op = "under_way"}
end

function port.collect(client, _, order)
  local value, err = client.send {op = "process", id = order.data.seller_order.id}
  if not value then
    return nil, err
  elseif value.doubt then
    return {doubt = "the process is in doubt"}
  elseif value.status == "failed" then
    return {failed = "the process failed"}
  elseif value.status ~= "issued" then
    return {pending = "the process is " .. value.status}
  end
  local info
  info, err = client.send {op = "get", id = value.issued.id}
  if not info then
    return nil, err
  elseif not info.certificate then
    return {pending = "the certificate is not in the answer yet"}
  end
  return {issued = {id = info.id, certificate = info.certificate, chain = ""}}
end

return {ops = ops, port = port}
