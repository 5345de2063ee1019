--- One of several processes that carry orders out: `lua spec/chaos/runner.lua FOLDER PORT`. As `reseal run --watch`,
--- but for the clock, which all processes have from FOLDER/clock, and for the sellers' address.

local clock = require("spec.chaos.clock").open(arg[1] .. "/clock")
local fleet = require "spec.chaos.fleet"
local lfs = require "lfs"
local orders = require "reseal.orders"
local reseal = require "reseal"
local system = require "reseal.system"

local LOOK = 0.05 -- seconds between looks whether to end

local folder, port = arg[1], arg[2]
local settings = dofile(folder .. "/settings.lua")

--- libcurl, whose seconds are the machine's.
local function transport()
  local send = require "reseal.transport.curl"()
  return function(request, options)
    local given = {}
    for name, value in pairs(options or {}) do
      given[name] = value
    end
    given.timeout = math.max(0.05, (given.timeout or 60) / settings.rate)
    given.connect_timeout = math.max(0.05, (given.connect_timeout or 10) / settings.rate)
    return send(request, given)
  end
end

--- Makes a journal promise intents without keeping them: what the proof of the proof is made with.
local function forgetful(journal)
  local numbers = 0
  function journal:intend(claim, order, intent, _, events)
    local ok, err = self:save(claim, nil, order, events)
    if not ok then
      return nil, err
    end
    numbers = numbers + 1
    local now = self:time()
    return {
      id = numbers, order_id = order.id, name = claim.name, account = order.account, kind = intent.kind,
      target = intent.target, purchase = intent.purchase, amount = intent.amount, currency = intent.currency,
      at = now, deadline = now + intent.patience, token = "none",
    }
  end
  function journal:settle(claim, _, _, row, order, events, writes)
    return self:save(claim, row, order, events, writes)
  end
  function journal.witness()
    return true
  end
end

local looked_at, over = 0, false
local function stopping()
  local now = system.now()
  if now - looked_at > LOOK then
    looked_at, over = now, lfs.attributes(folder .. "/stop", "mode") ~= nil
  end
  return over
end

local function log(level, text)
  io.stderr:write(("%d %s %s\n"):format(clock:now(), level, text))
end

local function wait(seconds)
  clock:wait(seconds)
end

local function now()
  return clock:now()
end

local function monotonic()
  return clock:monotonic()
end

local values = fleet.configuration(fleet.members(settings.seed, settings.orders), settings, {
  url = "http://127.0.0.1:" .. port, more = {transport = transport(), sleep = wait},
})
local made = assert(orders.of(reseal, {found = true, values = values}, {
  clock = now, monotonic = monotonic, wait = wait, log = log, source = "fleet",
}))
assert(made:open_journal(true))
if settings.unkept then
  forgetful(made.journal)
end
local counts, err = made:run {watch = true, stopping = stopping, log = log}
made:close()
if not counts then
  io.stderr:write(tostring(err), "\n")
  os.exit(1)
end
