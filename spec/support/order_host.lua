--- A host for orders whose parts answer as they are told, with a clock that can be moved. For specs.
---
---   local host = order_host.new {managed = {…}, place = {{nil, err}, {{bought = "600001"}}}}
---   host:run()                         -- all steps that are due
---   host:pass(3600)                    -- an hour later
---   host.calls.place                   -- how often, and host.log: every call, in turn
---
--- An answer is {value} or {nil, err} or a function that returns either; of a list of them the last one stays.

local memory = require "spec.support.order_journal"
local run = require "reseal.order.run"

local DAY = 86400

local order_host = {START = 1800000000, NAME = "example.com"}

local Host = {}
Host.__index = Host

local function entry(more)
  local made = {
    name = order_host.NAME, names = {"example.com", "www.example.com"}, account = "shop", provider = "namecheap",
    certificate = "501904", buy = true, max_price = "12.00", currency = "USD", key = "P-256",
  }
  for name, value in pairs(more or {}) do
    if value == "none" then
      value = nil
    end
    made[name] = value
  end
  return made
end

-- What is answered unless a spec says otherwise: a certificate that ends in five days, and an order that goes well.
local function defaults(host)
  local function at(days)
    return host.now + days * DAY
  end
  return {
    served = function()
      return host.served or {not_before = at(-195), not_after = at(5), names = {"example.com", "www.example.com"},
        kind = "P-256"}
    end,
    look = function(id)
      return {id = id, status = "issued", product = "PositiveSSL", names = {"example.com"},
        order_ends = at(id == "501904" and host.left or 365)}
    end,
    successor = {{false}}, price = {{{amount = "9.00", currency = "USD", source = "pricing"}}},
    clock = function()
      return host.now
    end,
    before = {{{"500000"}}},
    place = function(_, kind)
      if kind == "renew" or kind == "create" then
        return {bought = "600001", charged = {amount = "9.0000", currency = "USD"}}
      end
      return {order = {id = kind == "reissue" and "700001" or "600001", kind = "certificate"},
        challenges = {{name = "example.com", method = "http", file = "F.txt", content = "C"}}}
    end,
    find = {{{absent = true}}},
    challenge = {{{{name = "example.com", method = "http", file = "F.txt", content = "C"}}}},
    nudge = {{true}},
    collect = function(order)
      return {issued = {id = order.data.seller_order.id, certificate = "PEM", chain = ""}}
    end,
    make_key = function(_, _, ref)
      return "csr of " .. ref
    end,
    room = {{true}}, provable = {{true}}, publish = {{true}}, probe = {{{ready = true}}}, tidy = {{true}},
    accept = function()
      return {not_before = host.now, not_after = at(200), fingerprint = "F", certificate = "PEM"}
    end,
    install = function()
      host.served = {not_before = host.now, not_after = at(200), kind = host.managed.key or "P-256",
        names = {(unpack or table.unpack)(host.managed.names)}}
      return true
    end,
    verify = {{true}}, rollback = {{true}},
  }
end

--- Answers a call as the spec has said.
function Host:answer(act, ...)
  self.calls[act] = (self.calls[act] or 0) + 1
  self.log[#self.log + 1] = act
  if self.on_call then
    self.on_call(act, ...)
  end
  local script = self.script[act]
  if type(script) == "function" then
    return script(...)
  end
  local one = script[math.min(self.calls[act], #script)]
  if type(one) == "function" then
    return one(...)
  end
  return one[1], one[2]
end

local function engine_of(host)
  local function port(act, skip)
    return function(...)
      return host:answer(act, select(skip, ...))
    end
  end
  local seller = {clock = port("clock", 2), look = port("look", 3)}
  for _, act in ipairs {"successor", "price", "before", "place", "find", "challenge", "nudge", "collect"} do
    seller[act] = port(act, 3) -- without client and managed
  end
  local engine = {
    journal = host.journal, owner = host.owner or "spec", sellers = {namecheap = seller, realtimeregister = seller},
    client = function(_, limits)
      host.limits = limits
      return {}
    end,
    keys = {
      make = port("make_key", 1),
      read = function()
        return "key"
      end,
    },
    prove = {
      provable = port("provable", 1), publish = port("publish", 2), probe = port("probe", 2), tidy = port("tidy", 2),
    },
    install = {
      room = port("room", 1), served = port("served", 1), install = port("install", 1), verify = port("verify", 1),
      rollback = port("rollback", 1),
    },
    accept = port("accept", 1),
    now = function()
      return host.now
    end,
    monotonic = function()
      return host.mono
    end,
    managed = function(name)
      return name == host.managed.name and host.managed or nil
    end,
    wait = function(seconds)
      host.waited = (host.waited or 0) + seconds
    end,
    log = function(_, text)
      host.lines[#host.lines + 1] = text
    end,
    budget = host.budget,
  }
  return engine
end

--- A host with its journal, and one managed certificate in it.
---@param script table answers by action; `managed`: what differs from a usual entry ("none": not there); `left`: days
---  that the seller's order goes on (default 20); `journal`, `budget`
function order_host.new(script)
  local host = setmetatable({
    now = order_host.START, mono = 0, calls = {}, log = {}, lines = {}, left = script.left or 20,
    managed = entry(script.managed), budget = script.budget, script = {},
  }, Host)
  host.journal = script.journal or memory.new()
  for act, answers in pairs(defaults(host)) do
    host.script[act] = script[act] or answers
  end
  host.journal:enroll({host.managed}, {now = host.now})
  host.engine = engine_of(host)
  return host
end

--- Does all that is due.
function Host:run()
  local counts = assert(run.once(self.engine, {most = 50}))
  return counts
end

--- Lets time pass, by both clocks.
function Host:pass(seconds)
  self.now, self.mono = self.now + seconds, self.mono + seconds
end

--- Runs for so many days, whenever something is due.
function Host:live(days)
  local till = self.now + days * DAY
  self:run()
  while self.now < till do
    local row = self:row()
    self:pass(math.max(1, math.min(till, row.next) - self.now))
    self:run()
  end
end

function Host:row()
  return self.journal:row(self.managed.name)
end

function Host:order()
  return self.journal:order(self.managed.name)
end

function Host:called(act)
  return self.calls[act] or 0
end

--- The events of a kind.
function Host:events(kind)
  local list = {}
  local events = self.journal.state and self.journal.state.events or assert(self.journal:events {limit = 5000})
  for _, event in ipairs(events) do
    if event.kind == kind then
      list[#list + 1] = event
    end
  end
  return list
end

function order_host.failure(code, retry, outcome, more)
  local err = more or {}
  err.code, err.message, err.retry, err.outcome = code, "it says " .. code, retry, outcome or "refused"
  return err
end

return order_host
