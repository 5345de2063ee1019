--- Years of orders in seconds: the real engine on a real journal, in virtual time, against sellers, machines and people
--- that fail as they do. A seed replays its run exactly.

local account = require "spec.simulate.account"
local calendar = require "reseal.order.calendar"
local closest = require "spec.simulate.closest"
local dates = require "reseal.dates"
local host = require "spec.simulate.host"
local invariants = require "spec.simulate.invariants"
local journals = require "reseal.order.journal"
local json = require "reseal.order.json"
local person = require "spec.simulate.person"
local random = require "spec.simulate.random"
local runner = require "spec.simulate.runner"
local scheduler = require "spec.simulate.scheduler"
local weather = require "spec.simulate.weather"

local DAY = 86400
local BEGINS = dates.time "2026-09-01"
local MOST_LET = 4 -- days between looks at what is due
local KEPT = 50 -- last events of each certificate, and of what befalls all, for a report

local World = {}
World.__index = World

--- The clock that counts for the journal: this machine's, or the database's.
function World:clock()
  return self.scheduler.now + self.clock_offset
end

-- What happens -----------------------------------------------------------------------------------------------------

local function digest(self, text)
  local sum = self.digest
  for i = 1, #text do
    sum = (sum * 31 + text:byte(i)) % 281474976710597
  end
  self.digest = sum
end

--- Notes that something happened. All of it makes the digest.
function World:tell(kind, text, name)
  local line = ("%.3f %s %s %s"):format(self.scheduler.now, name or "-", kind, text)
  digest(self, line)
  self.told = self.told + 1
  local kept = self.lines[name or "-"]
  if not kept then
    kept = {n = 0}
    self.lines[name or "-"] = kept
  end
  kept.n = kept.n + 1
  kept[kept.n % KEPT] = {self.told, line}
end

--- Something is not as it must be: the simulation ends.
function World:fail(what, name)
  local lines = {}
  for _, of in ipairs {name or "", "-"} do
    local kept = self.lines[of] or {n = 0}
    for i = math.max(0, kept.n - KEPT + 1), kept.n do
      lines[#lines + 1] = kept[i % KEPT]
    end
  end
  table.sort(lines, function(a, b)
    return a[1] < b[1]
  end)
  for i, line in ipairs(lines) do
    lines[i] = line[2]
  end
  error(setmetatable({what = what, name = name, at = self.scheduler.now, seed = self.options.seed,
    lines = lines}, {__tostring = function(err)
    return ("seed %d, %s, %s: %s\n  %s"):format(err.seed, os.date("!%Y-%m-%d %H:%M:%S", math.floor(err.at)),
      err.name or "-", err.what, table.concat(err.lines, "\n  "))
  end}), 0)
end

--- A moment at which the process that runs may end, or stand still.
function World:moment(where, more)
  local process = self.scheduler.running
  if process and process.runner then
    process.runner.moment(where, more)
  end
end

--- A certificate's step is over.
function World:stepped(name, began, result)
  local row = self.invariants:stepped(name, began, result)
  if row.state ~= self.states[name] then
    self.states[name] = row.state
    self:tell("state", row.state .. " " .. tostring(row.error), name)
    self.counts[row.state] = (self.counts[row.state] or 0) + 1
    self.closest:needs_person(name, row.state == "stopped" or row.state == "blocked")
  end
  if row.state == "stopped" then
    person.called(self, name)
  elseif self.options.looks and row.served and (row.state == "watch" or row.state == "blocked") then
    self:let_sleep(row)
  end
end

--- Of a certificate that is served, watched and not due, each day's look ends as the last one did, and mostly so where
--- nothing can be gained yet or a person is needed. In a large fleet they are looked at every so many days.
function World:let_sleep(row)
  local db, name, till = self.journal.db, row.name, row.next + (math.min(self.options.looks, MOST_LET) - 1) * DAY
  if row.state == "watch" and not row.error then
    local served = json.decode(row.served)
    till = math.min(calendar.due(served.not_before, served.not_after, nil), row.next + (self.options.looks - 1) * DAY)
  elseif row.next - self:clock() < DAY / 2 then
    return -- it is not the look of each day
  end
  if till > row.next then
    assert(db:run("UPDATE reseal_certificates SET wake = NULL WHERE name = $1 AND owner IS NULL", name))
    self.scheduler:at(till, function()
      assert(db:run("UPDATE reseal_certificates SET wake = $2 WHERE name = $1 AND wake IS NULL", name,
        math.floor(self:clock())))
    end)
  end
end

-- The fleet --------------------------------------------------------------------------------------------------------

--- What is there before: a certificate of some age within an order of some age, installed.
local function begin_with(self, managed, seller)
  local r, now = self.random, BEGINS
  local term = {id = seller:id(), name = managed.name, ends = now + r:integer(40, 360) * DAY}
  local age = r:integer(0, 120) * DAY
  local ends = math.min(now - age + calendar.lifetime(now - age) * DAY, term.ends)
  local record = seller:add {
    name = managed.name, term = term, status = "issued", starts = now - age, ends = math.max(ends, now + 30 * DAY),
    csr = "csr of before",
  }
  record.created = now - age
  managed.certificate = record.id
  self.host.installed[managed.name] = {
    not_before = record.starts, not_after = record.ends, fingerprint = record.id, names = managed.names,
    kind = managed.key,
  }
  self.closest:watch(managed.name)
end

local function make_fleet(self)
  local r, options, entries = self.random, self.options, {}
  local most = math.max(2, math.ceil(options.certs / 250))
  for i = 1, most do
    local provider = i % 2 == 1 and "namecheap" or "realtimeregister"
    local one = account.new(self, "shop" .. i, provider)
    one.processes, one.by_id, one.open, one.waiting, one.at_work = {}, {}, {}, {}, {}
    self.accounts[one.name], self.list_of_accounts[i] = one, one
  end
  for i = 1, options.certs do
    local seller = self.list_of_accounts[(i - 1) % most + 1]
    local name = ("n%d.example"):format(i)
    local managed = {
      name = name, names = {name}, account = seller.name, provider = seller.provider, key = "P-256",
      product = "PositiveSSL", max_price = "12.00", currency = "USD", buy = not r:chance(0.05),
    }
    self.accounts_of[name], self.managed[name], entries[i] = seller, managed, managed
    if r:chance(0.9) or not managed.buy then
      begin_with(self, managed, seller)
    end
  end
  local spread = options.certs > 50 and DAY or 60
  assert(self.journal:enroll(entries, {now = BEGINS, spread = function()
    return r:integer(0, spread)
  end}))
end

local function remove_journal(path)
  for _, ending in ipairs {"", "-wal", "-shm", "-journal"} do
    os.remove(path .. ending)
  end
end

local function open_journal(self, path)
  remove_journal(path)
  local journal = assert(journals.open(path, {
    clock = function()
      return self:clock()
    end,
    nonce = "simulation",
  }))
  -- What the machine does when it loses its power is another test's business.
  for _, pragma in ipairs {"synchronous=OFF", "locking_mode=EXCLUSIVE", "journal_mode=MEMORY"} do
    assert(journal.db:rows("PRAGMA " .. pragma))
  end
  assert(journal.db:run "UPDATE reseal_counters SET value = value") -- from here on it needs its files' names no more
  remove_journal(path) -- and nothing is left of it, however this process ends
  return journal
end

local function count_calls(self)
  local days, sum, most = {}, 0, 0
  for _, one in ipairs(self.list_of_accounts) do
    for day, calls in pairs(one.by_day) do
      days[day] = (days[day] or 0) + calls
    end
  end
  for _, calls in pairs(days) do
    sum, most = sum + calls, math.max(most, calls)
  end
  return sum / (self.options.years * 365.25), most
end

local function count_charges(self)
  local charges, refunded = 0, 0
  for _, one in ipairs(self.list_of_accounts) do
    charges = charges + #one.ledger
    for _, term in ipairs(one.ledger) do
      refunded = refunded + (term.refunded and 1 or 0)
    end
  end
  return charges, refunded
end

local simulate = {}

---@param options {seed: integer, years: number, certs: integer, path: string, runners: integer|nil,
---  faults: number|nil, looks: integer|nil, intents: boolean|nil} path: of the journal's file; faults: 0 for none, 1
---  for the usual measure (default: by the seed); looks: at what is not due every so many days (default 1); intents:
---  false: nothing is written down before it is sent
---@return table report
function simulate.run(options)
  local self = setmetatable({
    options = options, begins = BEGINS, clock_offset = 0, digest = 7, told = 0, lines = {}, states = {}, called = {},
    unwritten = {}, accounts = {}, accounts_of = {}, list_of_accounts = {}, managed = {}, published = {},
    accepted = {}, database_out = 0, jumped = 0, starts = 0, sellers = {},
    counts = {steps = 0, kills = 0, pauses = 0, placed = 0, stops = 0, person = 0, ended = 0},
  }, World)
  if options.intents == nil then
    options.intents = true
  end
  self.random = random.new(options.seed)
  self.scheduler = scheduler.new(BEGINS)
  self.at_once, self.many = self.random:integer(2, 60), self.random:integer(1, 6)
  self.measure = options.faults or self.random:pick {0, 0.3, 1, 1, 2}
  self.refuses_doubles = options.intents and self.random:chance(0.5)
  self.journal = open_journal(self, options.path)
  self.host, self.invariants, self.closest = host.new(self), invariants.new(self), closest.new(self)
  for _, provider in ipairs {"namecheap", "realtimeregister"} do
    self.sellers[provider] = require("spec.simulate." .. provider).port
  end
  self.sellers = runner.watched(self, self.sellers)
  make_fleet(self)
  weather.begin(self)
  for i = 1, options.runners or 3 do
    runner.start(self, "runner " .. i, i == 1)
  end
  local ok, err = pcall(function()
    self.scheduler:run(BEGINS + math.floor(options.years * 365.25 * DAY))
    assert(self.journal.db:run "UPDATE reseal_certificates SET wake = next WHERE wake IS NULL AND owner IS NULL")
    self.invariants:finish()
  end)
  self.journal:close()
  if not ok then
    error(err, 0)
  end
  local average, most = count_calls(self)
  local charges, refunded = count_charges(self)
  return {
    seed = options.seed, digest = ("%.0f"):format(self.digest), told = self.told, counts = self.counts,
    charges = charges, refunded = refunded, average = average, most = most, closest = self.closest.left,
    closest_name = self.closest.name, measure = self.measure, accounts = #self.list_of_accounts,
  }
end

return simulate
