--- A seller's account as the seller has it: certificates, what was paid for them, and the work at them. Nothing here
--- refuses a second purchase of the same thing unless it is told to: that is what the engine is for.

local calendar = require "reseal.order.calendar"
local network = require "spec.simulate.network"

local DAY = 86400
local YEAR = 365 * DAY
local WINDOWS = {namecheap = {{60, 20}, {3600, 700}, {86400, 8000}}, realtimeregister = {}}

local Account = {}
Account.__index = Account

function Account:now()
  return math.floor(self.scheduler.now + self.offset)
end

-- Calls ------------------------------------------------------------------------------------------------------------

--- Counts a call that comes in so many seconds; more than a window allows are the engine's fault.
local function counted(self, after)
  local time, calls = self.scheduler.now + after, self.calls
  calls.n = calls.n + 1
  calls[calls.n % 8192] = time
  local day = math.floor(time / DAY)
  self.by_day[day] = (self.by_day[day] or 0) + 1
  for _, window in ipairs(WINDOWS[self.provider]) do
    local before = calls.n > window[2] and calls[(calls.n - window[2]) % 8192]
    if before and before > time - window[1] and before > self.world.jumped then
      self.world:fail(("more than %d calls of %s in %d seconds"):format(window[2], self.name, window[1]))
    end
  end
end

-- Certificates -----------------------------------------------------------------------------------------------------

function Account:id()
  self.last_id = self.last_id + 1
  return tostring(self.last_id)
end

--- A new record: bought, or a reissue of `of`.
function Account:add(record)
  record.id = record.id or self:id()
  record.created = self:now()
  self.records[record.id] = record
  if record.name then
    self:name_it(record, record.name)
  end
  return record
end

function Account:name_it(record, name)
  local list = self.by_name[name] or {}
  self.by_name[name], record.name = list, name
  list[#list + 1] = record
end

--- A paid term. Each may have one that follows it.
function Account:sell(request, before)
  local random = self.random
  local double = before and before.followed or not before and self.first[request.name]
  if double and not double.refunded then
    if self.refuses_doubles then
      return nil, {code = "exists", message = "it is renewed already", outcome = "refused", retry = "never",
        exists = true}
    end
    self.world:fail(("a second charge for %s"):format(before and "the term after " .. before.id or "a first purchase"),
      request.name)
  end
  local term = {id = self:id(), before = before, name = request.name, intent = request.intent, amount = self.amount}
  if before then
    before.followed = term
  else
    self.first[request.name] = term
  end
  self.ledger[#self.ledger + 1] = term
  term.at = self.scheduler.now
  self.world:tell("charge", ("%s of %s by intent %s"):format(term.id, self.name, tostring(request.intent)),
    request.name)
  self.lag_until = self.scheduler.now + (random:chance(0.1 * self.measure) and random:between(60, 7200) or 0)
  return term
end

--- Makes the term's end known, once its first certificate is issued.
local function begin(self, term)
  if not term.ends then
    local from = term.before and math.max(term.before.ends or 0, self:now()) or self:now()
    term.ends = from + YEAR
  end
end

local function issue(self, record)
  local now = self:now()
  begin(self, record.term)
  record.status, record.starts = "issued", now
  record.ends = math.min(now + calendar.lifetime(now) * DAY, record.term.ends)
  self.proved[record.name] = now
  local of = record.of and self.records[record.of]
  if of then
    of.replaced_by = record.id
  end
  self.world:tell("issued", record.id .. " until " .. os.date("!%Y-%m-%d", record.ends), record.name)
end

--- Works at what was ordered: looks for the proof, and issues or gives up.
function Account:work(record, seconds)
  self.scheduler:after(seconds, function()
    if record.status ~= "pending" then
      return
    elseif record.needs_proof and not self.world.published[self.name .. record.id] then
      record.looks = record.looks + 1
      if record.looks < 100 then
        return self:work(record, math.min(600 * record.looks, 6 * 3600))
      end
      record.status = "failed"
    elseif record.fails then
      record.status, record.fails = "failed", nil
    else
      return issue(self, record)
    end
    self.world:tell("order failed", record.id, record.name)
    if not record.of and self.provider == "realtimeregister" then
      record.term.refunded = true
    end
  end)
end

--- Takes an order for a certificate with a request.
function Account:begin_work(record, csr)
  local random, now = self.random, self:now()
  record.csr, record.status, record.looks, record.began = csr, "pending", 0, now
  self.at_work[#self.at_work + 1] = record
  local proved = self.proved[record.name]
  record.needs_proof = not (proved and now - proved < (calendar.reuse(now) - 1) * DAY and random:chance(0.5))
  record.fails = random:chance(0.004 * self.measure)
  local draw = random:number()
  local takes = random:between(30, 600)
  if draw < 0.1 * self.measure then
    takes = random:between(3600, DAY)
  elseif draw < 0.11 * self.measure then
    takes = random:between(DAY, 4 * DAY)
  end
  self:work(record, takes)
end

function Account:challenges(record)
  if not record.needs_proof or record.status ~= "pending" then
    return {}
  end
  return {{name = record.name, method = "http", file = self.name .. record.id, content = record.id}}
end

--- How a record stands, as of a time.
function Account:status(record, seen)
  if record.status ~= "issued" then
    return record.status
  elseif record.replaced_by and self.records[record.replaced_by].starts <= seen + self.offset then
    return "replaced"
  end
  return record.ends < self:now() and "expired" or "issued"
end

function Account:info(record, seen)
  local status = self:status(record, seen)
  local term = record.term
  return {
    id = record.id, status = status, word = status, product = "PositiveSSL", names = {record.name}, csr = record.csr,
    starts = record.starts, ends = record.ends, order_ends = term.ends, created = record.created,
    replaced_by = status == "replaced" and record.replaced_by or nil,
    certificate = (status == "issued" or status == "expired") and "cert " .. record.id or nil,
    term = term,
  }
end

--- The records that a list shows at a time.
function Account:list(records, seen)
  local list, from = {}, seen + self.offset
  if self.scheduler.now < self.lag_until then
    from = math.min(from, self:now() - 7200)
  end
  for _, record in ipairs(records) do
    if record.created <= from then
      list[#list + 1] = record
    end
  end
  return list
end

--- What is worked at, as the lists show it: longer than it is true, while they lag.
function Account:under_way(seen)
  local now, kept, list = self.scheduler.now, {}, {}
  local from = now < self.lag_until and math.min(seen, now - 7200) or seen
  for _, record in ipairs(self.at_work) do
    if record.status == "pending" or now - record.began < DAY then
      kept[#kept + 1] = record
      if record.status == "pending" or record.status == "issued" and record.starts > from + self.offset then
        list[#list + 1] = record
      end
    end
  end
  self.at_work = kept
  return list
end

--- Seldom an account's clock is wrong for some days.
local function plan_clock(self)
  if self.measure == 0 then
    return
  end
  self.scheduler:after(self.random:after(200 * DAY / self.measure), function()
    self.offset = self.random:pick {-4000, -400, 400, 4000}
    self.world:tell("clock", ("of %s is off by %d s"):format(self.name, self.offset))
    self.scheduler:after(self.random:between(3600, 3 * DAY), function()
      self.offset = self.random:integer(-3, 3)
      plan_clock(self)
    end)
  end)
end

local account = {}

---@param world table
---@param name string
---@param provider string
function account.new(world, name, provider)
  local self = setmetatable({
    world = world, name = name, provider = provider, scheduler = world.scheduler, random = world.random,
    measure = world.measure, offset = world.random:integer(-3, 3), records = {}, by_name = {}, ledger = {}, first = {},
    proved = {}, calls = {n = 0}, by_day = {}, lag_until = 0, last_id = 100000 * world.random:integer(1, 9),
    amount = "9.00", refuses_doubles = world.refuses_doubles,
  }, Account)
  self.ops = require("spec.simulate." .. provider).ops
  self.network = network.new {
    random = world.random, scheduler = world.scheduler, account = name, measure = world.measure,
    execute = function(request)
      return self.ops[request.op](self, request)
    end,
    counted = function(after)
      counted(self, after)
    end,
    tell = function(kind, text)
      world:tell(kind, text)
    end,
  }
  plan_clock(self)
  return self
end

return account
