--- The journal's contract in memory: claims with epochs, one open intent, one open purchase of an account. For specs
--- that walk through what may happen: its whole state is one table, `state`, which may be copied and put back.
---
--- Switches, for proofs that what they switch off is needed: `options.intents = false`: an intent is promised and not
--- kept; `options.epochs = false`: whoever once had a claim goes on writing.

local memory = {}

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local made = {}
  for key, inner in pairs(value) do
    made[key] = copy(inner)
  end
  return made
end

memory.copy = copy

local Journal = {}
Journal.__index = Journal

local function fault(code, message)
  return nil, {class = "order", code = code, message = message}
end

function memory.new(options)
  return setmetatable({
    options = options or {},
    state = {rows = {}, claims = {}, orders = {}, intents = {}, held = {}, accounts = {}, charges = {}, events = {},
      number = 0},
  }, Journal)
end

function Journal:next_number()
  self.state.number = self.state.number + 1
  return self.state.number
end

function Journal:enroll(list)
  for _, entry in ipairs(list) do
    local s = self.state
    s.rows[entry.name] = s.rows[entry.name] or {
      name = entry.name, account = entry.account, certificate = entry.certificate, product = entry.product,
      state = "new", since = 0, next = 0, failures = 0,
    }
    s.claims[entry.name] = s.claims[entry.name] or {epoch = 0}
    local held = entry.certificate and entry.account .. "/certificate/" .. entry.certificate
    if held then
      s.held[held] = s.held[held] or entry.name
    end
  end
  return true
end

function Journal:row(name)
  return copy(self.state.rows[name])
end

function Journal:order(name)
  return copy(self.state.orders[name])
end

function Journal:open_intent(name)
  for _, intent in ipairs(self.state.intents) do
    if intent.name == name and not intent.outcome then
      return intent
    end
  end
end

function Journal:open_intents(filter)
  local list = {}
  for _, intent in ipairs(self.state.intents) do
    if not intent.outcome and intent.account == filter.account then
      list[#list + 1] = copy(intent)
    end
  end
  return list
end

local function claimed(self, owner, name, now, lease)
  local s = self.state
  local claim = s.claims[name]
  claim.epoch, claim.owner, claim.expires = claim.epoch + 1, owner, now + lease
  return {
    name = name, owner = owner, epoch = claim.epoch, now = now, expires = claim.expires, row = copy(s.rows[name]),
    order = copy(s.orders[name]), intent = copy(self:open_intent(name)),
  }
end

function Journal:claim(owner, now, lease)
  local names = {}
  for name in pairs(self.state.rows) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local row, claim = self.state.rows[name], self.state.claims[name]
    if (not claim.owner or claim.expires <= now) and (row.next <= now or row.next > now + 86400) then
      return claimed(self, owner, name, now, lease)
    end
  end
end

--- Claims it although another may have it: its lease is over.
function Journal:take(owner, name, now, lease)
  return claimed(self, owner, name, now, lease)
end

function Journal:at_work(account, _, but)
  local count = 0
  for name, row in pairs(self.state.rows) do
    local counts = row.state == "working" or row.state == "waiting" or row.state == "unknown"
    count = count + (counts and row.account == account and name ~= but and 1 or 0)
  end
  return count
end

function Journal:waiting(account)
  local count = 0
  for _, row in pairs(self.state.rows) do
    count = count + (row.state == "waiting" and row.account == account and 1 or 0)
  end
  return count
end

function Journal.call_queued()
  return false
end

function Journal:has(claim)
  local now = self.state.claims[claim.name]
  return self.options.epochs == false or now.epoch == claim.epoch and now.owner == claim.owner
end

function Journal:renew_claim(claim, now, lease)
  if not self:has(claim) then
    return fault("lost", "another has the claim")
  end
  claim.expires, self.state.claims[claim.name].expires = now + lease, now + lease
  return true
end

function Journal:release(claim, changes)
  if not self:has(claim) then
    return fault("lost", "another has the claim")
  end
  local row = copy(claim.row)
  for name, value in pairs(changes or {}) do
    row[name] = value
  end
  self.state.rows[claim.name] = row
  local now = self.state.claims[claim.name]
  now.owner, now.expires = nil, nil
  return true
end

function Journal:holder(account, kind, id)
  return self.state.held[account .. "/" .. kind .. "/" .. id]
end

local function write(self, claim, row, order, events, writes)
  local s = self.state
  if not self:has(claim) then
    return fault("lost", "another has the claim")
  end
  local account = s.rows[claim.name].account
  for _, one in ipairs(writes and writes.hold or {}) do
    local other = self:holder(account, one.kind, one.id)
    if other and other ~= claim.name then
      return fault("held", ("%s %s is held by %s"):format(one.kind, one.id, other))
    end
  end
  local known = s.orders[claim.name]
  if order and not order.id and known and self.options.epochs ~= false then
    return fault("open_order", "there is an open order")
  elseif order and order.closed and self:open_intent(claim.name) then
    return fault("open_intent", "a request of it is not settled")
  end
  for _, one in ipairs(writes and writes.hold or {}) do
    s.held[account .. "/" .. one.kind .. "/" .. one.id] = claim.name
  end
  if writes and writes.halt then
    s.accounts[account] = writes.halt
  end
  if writes and writes.charge then
    s.charges[#s.charges + 1] = {name = claim.name, amount = writes.charge.amount, currency = writes.charge.currency}
  end
  s.rows[claim.name] = copy(row)
  claim.row = row
  if order then
    if not order.id then
      order.id = self:next_number()
    end
    s.orders[claim.name] = not order.closed and copy(order) or nil
    s.last = order.closed and copy(order) or s.last
  end
  if not self.options.silent then
    for _, event in ipairs(events or {}) do
      s.events[#s.events + 1] = event
    end
  end
  if writes and writes.release then
    s.claims[claim.name].owner, s.claims[claim.name].expires = nil, nil
  end
  return true
end

function Journal:save(claim, row, order, events, writes)
  return write(self, claim, row, order, events, writes)
end

function Journal:intend(claim, order, intent, options, events)
  local s = self.state
  if not self:has(claim) then
    return fault("lost", "another has the claim")
  elseif intent.purchase and not (intent.amount and intent.currency) then
    return fault("no_price", "nothing is bought whose price is not known")
  elseif intent.purchase and s.accounts[order.account] then
    return fault("halted", s.accounts[order.account])
  end
  local made = {
    id = self:next_number(), order_id = order.id, name = claim.name, account = order.account, kind = intent.kind,
    target = intent.target, purchase = intent.purchase, amount = intent.amount, currency = intent.currency,
    at = claim.now, deadline = claim.now + intent.patience,
  }
  made.token = ("%s %d"):format(claim.owner, made.id)
  local function with_row()
    if options and options.row then
      s.rows[claim.name] = copy(options.row)
      claim.row = options.row
    end
    s.orders[claim.name] = copy(order)
  end
  if self.options.intents == false then
    with_row()
    return made
  end
  for _, other in ipairs(s.intents) do
    if not other.outcome and other.account == made.account then
      if other.kind == made.kind and other.target == made.target or other.order_id == made.order_id then
        return fault("open_intent", "an earlier one is not settled")
      elseif other.purchase and made.purchase then
        return fault("account_busy", "another purchase of the account is under way")
      end
    end
  end
  with_row()
  s.intents[#s.intents + 1] = copy(made)
  if not self.options.silent then
    for _, event in ipairs(events or {}) do
      s.events[#s.events + 1] = event
    end
  end
  return made
end

function Journal:settle(claim, intent, outcome, row, order, events, writes)
  local mine
  for _, other in ipairs(self.state.intents) do
    if other.token == intent.token then
      mine = other
    end
  end
  if not self:has(claim) then
    return fault("lost", "another has the claim")
  elseif self.options.intents ~= false and (not mine or mine.outcome) and self.options.epochs ~= false then
    return fault("settled", "it has an outcome already")
  end
  local before = mine and mine.outcome
  if mine then
    mine.outcome = outcome
  end
  local charge = intent.purchase and (outcome == "done" or outcome == "found")
    and (writes.charge or {amount = intent.amount, currency = intent.currency})
  writes.charge = charge or writes.charge
  local ok, err = write(self, claim, row, order, events, writes)
  if not ok and mine then
    mine.outcome = before
  end
  return ok, err
end

function Journal:witness(intent, answer)
  for _, other in ipairs(self.state.intents) do
    if other.token == intent.token then
      other.answer, other.handle = other.answer or copy(answer), other.handle or answer.handle
    end
  end
  return true
end

return memory
