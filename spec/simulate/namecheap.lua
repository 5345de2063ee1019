--- Namecheap's side of an account, and the engine's port to it: a purchase gives an empty certificate, which is then
--- activated with the signing request; a reissue gives one of its own id.

local DAY = 86400
local SLACK = 2 * DAY

local function refused(code, more)
  local err = more or {}
  err.code, err.message, err.outcome, err.retry = code, "it says " .. code, "refused", err.retry or "never"
  return nil, err
end

-- The seller -------------------------------------------------------------------------------------------------------

local ops = {}

function ops.balances(account)
  return {date = account:now()}
end

function ops.pricing(account)
  return {amount = account.amount, currency = "USD", source = "pricing"}
end

function ops.buy(account, request)
  local before = request.target and account.records[request.target]
  local term, err = account:sell(request, before and before.term)
  if not term then
    return nil, err
  end
  local record = account:add {status = "to_activate", term = term, list = request.target and "renewals" or "firsts"}
  account.waiting[#account.waiting + 1] = record
  term.record = record
  return {bought = record.id, charged = {amount = term.amount, currency = "USD"}}
end

local function not_waiting(account, record)
  for i, one in ipairs(account.waiting) do
    if one == record then
      table.remove(account.waiting, i)
      return
    end
  end
end

function ops.activate(account, request)
  local record = account.records[request.target]
  if record.status ~= "to_activate" then
    return refused("4011331", {exists = true})
  end
  not_waiting(account, record)
  account:name_it(record, request.name)
  account:begin_work(record, request.csr)
  return {order = {id = record.id, kind = "certificate"}, challenges = account:challenges(record)}
end

function ops.reissue(account, request)
  local of = account.records[request.target]
  local status = account:status(of, account.scheduler.now)
  local open = of.reissue and account.records[of.reissue].status == "pending"
  if open or status ~= "issued" and status ~= "expired" then
    return refused("4011331", {exists = true})
  elseif of.term.ends <= account:now() then
    return refused "4011294"
  end
  local record = account:add {name = request.name, term = of.term, of = of.id}
  of.reissue = record.id
  account:begin_work(record, request.csr)
  return {order = {id = record.id, kind = "certificate"}, challenges = account:challenges(record)}
end

function ops.info(account, request)
  local record = account.records[request.id]
  return record and account:info(record, request.seen) or refused "2011166"
end

local function infos(account, records, seen)
  local list = account:list(records, seen)
  for i, record in ipairs(list) do
    list[i] = account:info(record, seen)
  end
  return list
end

function ops.named(account, request)
  return infos(account, account.by_name[request.name] or {}, request.seen)
end

function ops.waiting(account, request)
  local list = {}
  for _, record in ipairs(account:list(account.waiting, request.seen)) do
    if record.list == request.list then
      list[#list + 1] = account:info(record, request.seen)
    end
  end
  return list
end

function ops.under_way(account, request)
  local words = {}
  for _, record in ipairs(account:under_way(request.seen)) do
    words[record.id] = "the list says pending"
  end
  return words
end

function ops.set_proof(account, request)
  local record = account.records[request.id]
  if record.status ~= "pending" then
    return refused("3011295", {retry = "never"})
  end
  account:work(record, 60)
  return account:challenges(record)
end

-- The engine's port ------------------------------------------------------------------------------------------------

local port = {}

local function first_of(value, err, field)
  if not value then
    return nil, err
  end
  return value[field]
end

function port.clock(client)
  local value, err = client.send {op = "balances"}
  return first_of(value, err, "date")
end

function port.price(client)
  return client.send {op = "pricing"}
end

function port.balance()
  return false
end

function port.look(client, _, id)
  for _ = 1, 10 do
    local info, err = client.send {op = "info", id = id}
    if not info or info.status ~= "replaced" then
      return info, err
    end
    id = info.replaced_by
  end
  return refused("incomplete", {retry = "later"})
end

local LISTS = {create = "firsts", renew = "renewals"}

function port.successor(client, managed, info, is_held)
  local rows, err = client.send {op = "named", name = managed.names[1]}
  if not rows then
    return nil, err
  end
  local found = {}
  for _, row in ipairs(rows) do
    local later = not row.order_ends and row.status == "pending"
      or row.order_ends and info.order_ends and row.order_ends > info.order_ends + DAY
    if row.id ~= info.id and later and not is_held(row.id) and (row.status == "issued" or row.status == "pending") then
      found[#found + 1] = row.id
    end
  end
  if #found == 1 then
    return found[1]
  elseif #found == 0 then
    rows, err = client.send {op = "waiting", list = "renewals"}
    if not rows then
      return nil, err
    end
    for _, row in ipairs(rows) do
      found[#found + 1] = not is_held(row.id) and row.id or nil
    end
    if #found == 0 then
      return false
    end
  end
  return refused("ambiguous", {successors = found})
end

function port.before(client, _, order)
  if not LISTS[order.action] then
    return {}
  end
  local rows, err = client.send {op = "waiting", list = LISTS[order.action]}
  for i, row in ipairs(rows or {}) do
    rows[i] = row.id
  end
  return rows, err
end

function port.place(client, managed, order, kind)
  local request = {change = true, name = managed.name, csr = order.data.csr, intent = order.intent.id, kind = kind}
  if LISTS[kind] then
    request.op, request.purchase = "buy", true
    request.target = kind == "renew" and order.data.for_certificate or nil
  else
    request.op, request.twice = kind, true
    request.target = kind == "activate" and order.data.bought or order.data.for_certificate
  end
  return client.send(request)
end

local function found_of(found, as)
  if #found == 0 then
    return {absent = true}
  elseif #found == 1 then
    return {found = as(found[1])}
  end
  return {unclear = "more than one fits"}
end

local function find_request(client, managed, order, target, is_held)
  local rows, err = client.send {op = "named", name = managed.names[1]}
  if not rows then
    return nil, err
  end
  local own
  own, err = client.send {op = "info", id = target}
  if not own then
    return nil, err
  end
  local found, seen = {}, {}
  rows[#rows + 1] = own
  for _, row in ipairs(rows) do
    if row.csr == order.data.csr and not seen[row.id] and (row == own or not is_held(row.id)) then
      seen[row.id], found[#found + 1] = true, row.id
    end
  end
  return found_of(found, function(id)
    return {order = {id = id, kind = "certificate"}}
  end)
end

function port.find(client, managed, order, intent, is_held)
  if not LISTS[intent.kind] then
    return find_request(client, managed, order, intent.target, is_held)
  end
  local rows, err = client.send {op = "waiting", list = LISTS[intent.kind]}
  if not rows then
    return nil, err
  end
  local known, found = {}, {}
  for _, id in ipairs(order.data.known or {}) do
    known[id] = true
  end
  for _, row in ipairs(rows) do
    if not known[row.id] and not is_held(row.id) then
      if row.id == intent.handle then
        return {found = {bought = row.id}}
      elseif row.created >= intent.at - SLACK then
        found[#found + 1] = row.id
      end
    end
  end
  return found_of(found, function(id)
    return {bought = id}
  end)
end

function port.challenge(client, _, order)
  return client.send {op = "set_proof", id = order.data.seller_order.id}
end

function port.nudge(client, _, order)
  local list, err = port.challenge(client, nil, order)
  return list and true, err
end

function port.under_way(client)
  return client.send {op = "under_way"}
end

function port.collect(client, _, order)
  local info, err = client.send {op = "info", id = order.data.seller_order.id}
  if not info then
    return nil, err
  elseif info.status == "pending" or info.status == "to_activate" then
    return {pending = "the seller says " .. info.word}
  elseif info.certificate then
    return {issued = {id = info.id, certificate = info.certificate, chain = ""}}
  end
  return {failed = "the seller says " .. info.word}
end

return {ops = ops, port = port}
