--- Orders by the parts that run in earnest: the sellers' modules against a sandbox, a journal in SQLite, keys and pairs
--- in files. Only the time is the spec's, here and at the sellers.
---
---   local shop = order_shop.new(sandbox, {entries = {order_shop.entry "namecheap"}, scenario = {…}})
---   shop:run()         -- all that is due
---   shop:live(3)       -- three days, by both clocks
---   shop:row "example.com"
---   shop:close()

local certificates = require "spec.support.certificates"
local config = require "reseal.order.config"
local files = require "reseal.order.install.files"
local journal = require "reseal.order.journal"
local keys = require "reseal.order.keys"
local machine = require "reseal.order.machine"
local reseal = require "reseal"
local run = require "reseal.order.run"
local sellers = require "reseal.order.sellers"
local system = require "reseal.system"

local DAY = 86400
local APPROVER = {firstName = "Ann", lastName = "Example", email = "ann@example.com", voice = "+31.384530759"}

local order_shop = {NOW = 1800000000}

local Shop = {}
Shop.__index = Shop

--- An entry of the configuration, for the sandbox's certificate of example.com.
---@param provider "namecheap"|"realtimeregister"
---@param more? table
---@return table
function order_shop.entry(provider, more)
  local entry = {
    names = {"example.com", "www.example.com"}, account = provider, certificate = "501904", buy = true,
    max_price = "12.00 USD", prove = {method = "http", webroot = "/nowhere"},
  }
  if provider == "realtimeregister" then
    entry.certificate, entry.max_price = "7", "12.00 EUR"
    entry.params = {create = {approver = APPROVER}, renew = {approver = APPROVER}, reissue = {approver = APPROVER}}
  end
  for name, value in pairs(more or {}) do
    entry[name] = value
  end
  return entry
end

--- Everything that an order waits for at the sellers is proved.
local function prove_all(sandbox)
  local state = sandbox.get("/_sandbox/state").json
  for _, one in ipairs(state.namecheap.certificates) do
    if one.status == "purchased" then
      sandbox.post("/_sandbox/validate", {provider = "namecheap", certificate = one.id})
    end
  end
  for _, one in ipairs(state.realtimeregister.processes) do
    if one.status == "SUSPENDED" then
      sandbox.post("/_sandbox/validate", {provider = "realtimeregister", process = one.id})
    end
  end
end

local function engine_of(shop)
  local transport = require("reseal.transport.curl")()
  local pairs_of = files.new {now = function() return shop:now() end}
  local store = keys.open(shop.dir .. "/keys")
  local endpoint = shop.sandbox.url
  local settings = {
    namecheap = {api_user = "apiexample", api_key = "56b4c87ef4fd49cb96d915c0db68194", client_ip = "192.0.2.1"},
    realtimeregister = {api_key = "ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ==", customer = "example"},
  }
  return {
    journal = shop.journal, owner = "shop", keys = store,
    sellers = {namecheap = sellers.of "namecheap", realtimeregister = sellers.of "realtimeregister"},
    client = function(account, limits)
      local own = {endpoint = endpoint, retries = 0, timeout = 10}
      for name, value in pairs(settings[account]) do
        own[name] = value
      end
      own.transport = run.limited(shop.transport or transport, limits)
      return reseal[account](own)
    end,
    prove = {
      provable = function() return true end,
      publish = function() return true end,
      probe = function()
        prove_all(shop.sandbox)
        return {ready = true}
      end,
      tidy = function() return true end,
    },
    install = {
      room = function(managed) return pairs_of:room(managed) end,
      served = function(managed) return pairs_of:served(managed) end,
      install = function(managed, accepted, ref)
        local key, err = store.read(ref)
        local ok = key
        if ok then
          ok, err = pairs_of:install(managed, {key = key, certificate = accepted.certificate})
        end
        if ok then
          ok, err = pairs_of:deploy(managed)
        end
        return ok, err
      end,
      verify = function(managed, accepted) return pairs_of:verify(managed, accepted) end,
      rollback = function(managed) return pairs_of:rollback(managed) end,
    },
    now = function() return shop:now() end,
    monotonic = function() return shop:now() end,
    managed = function(name) return shop.managed[name] end,
    wait = function(seconds) shop:pass(seconds) end,
    log = function(_, text) shop.lines[#shop.lines + 1] = text end,
  }
end

--- Puts a pair where it is served from, that ends in so many days.
local function install_old(shop, managed, days)
  local ahead = (shop:now() - os.time()) / DAY
  local pair = certificates.issue(managed.names, {
    kind = managed.key and managed.key:find "^RSA" and "rsa" or "ec", from = ahead + days - 200, days = ahead + days,
  })
  assert(files.new():install(managed, pair))
end

--- Managed certificates and their world.
---@param sandbox table of spec.support.sandbox; it is set back
---@param options {entries: table[], scenario?: table, now?: integer, left?: table<string, number>} left: days that the
---  pair lasts that is served now, by the entry's name; 10 unless told
function order_shop.new(sandbox, options)
  local shop = setmetatable({sandbox = sandbox, lines = {}, managed = {}, dir = assert(system.mkdtemp "reseal-shop-")},
    Shop)
  local scenario = {now = options.now or order_shop.NOW}
  for name, value in pairs(options.scenario or {}) do
    scenario[name] = value
  end
  sandbox.reset(scenario)
  -- A little ahead, so that what is issued has begun.
  shop.shift = scenario.now - os.time() + 2
  local checked, err = config.check({certificates = options.entries, live = shop.dir .. "/live"}, {
    accounts = {namecheap = {provider = "namecheap"}, realtimeregister = {provider = "realtimeregister"}},
  })
  assert(checked, tostring(err))
  for _, managed in ipairs(checked.managed) do
    shop.managed[managed.name] = managed
    install_old(shop, managed, options.left and options.left[managed.name] or 10)
  end
  shop.journal = assert(journal.open(shop.dir .. "/journal.db", {clock = function() return shop:now() end}))
  assert(shop.journal:enroll(checked.managed, {now = shop:now()}))
  shop.engine = engine_of(shop)
  return shop
end

function Shop:now()
  return os.time() + self.shift
end

--- Lets time pass, here and at the sellers.
function Shop:pass(seconds)
  self.shift = self.shift + seconds
  self.sandbox.post("/_sandbox/clock", {advance_seconds = seconds})
end

--- Does all that is due.
function Shop:run()
  return assert(run.once(self.engine, {most = 50}))
end

--- Runs for so many days, whenever something is due.
function Shop:live(days)
  local till = self:now() + math.floor(days * DAY)
  self:run()
  while self:now() < till do
    local due = assert(self.journal:due())
    self:pass(math.max(1, math.min(till, due) - self:now()))
    self:run()
  end
end

function Shop:row(name)
  return self.journal:row(name)
end

function Shop:order(name)
  return self.journal:order(name)
end

--- How often the sellers were asked to do something, refused or not.
function Shop:asked(method)
  local n = 0
  for _, one in ipairs(self.sandbox.requests()) do
    n = n + (one.method == method and 1 or 0)
  end
  return n
end

--- What a person says of a certificate's order that stopped.
function Shop:settle(name, how)
  local claim = assert(self.journal:claim_name("person", name, self:now(), 60))
  local intent = claim.intent
  claim.order.intent = intent
  local row, order, events, writes = machine.settle(self.managed[name], claim.row, claim.order, how, self:now())
  assert(row, order)
  order.intent = nil
  if writes.settle then
    assert(self.journal:settle(claim, intent, writes.settle, row, order, events, writes))
  else
    assert(self.journal:save(claim, row, order, events, writes))
  end
  assert(self.journal:release(claim))
end

function Shop:close()
  self.journal:close()
  system.remove_tree(self.dir)
end

return order_shop
