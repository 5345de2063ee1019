-- Many orders of one account: so many in work at once, those that end soonest first, and read by lists while they wait.
local order_shop = require "spec.support.order_shop"
local sandboxes = require "spec.support.sandbox"

local PROVIDERS = {"namecheap", "realtimeregister"}
-- The methods by which one order is looked at, those by which lists are read, and how often one reading asks.
local ONE = {namecheap = "getInfo", realtimeregister = "process"}
local LIST = {namecheap = "getList", realtimeregister = "listProcesses"}
local LISTS = {namecheap = 3, realtimeregister = 1}

local sandbox, shop

setup(function() sandbox = sandboxes.start() end)

teardown(function() sandbox.stop() end)

after_each(function()
  if shop then
    shop:close()
    shop = nil
  end
end)

local function name_of(i)
  return ("n%02d.example"):format(i)
end

local function names(...)
  local list = {}
  for i, number in ipairs {...} do
    list[i] = name_of(number)
  end
  return list
end

--- So many certificates of which control is not proved until the spec says so: the later ones end the sooner, the first
--- one in so many days (40 unless told).
local function fleet(provider, count, engine, days)
  local entries, owned, left = {}, {}, {}
  for i = 1, count do
    local name = name_of(i)
    owned[i] = {
      id = 510000 + i, type = provider == "namecheap" and "PositiveSSL" or nil,
      product = provider == "realtimeregister" and "ssl_sectigo" or nil, host = name, expires_in_days = 300,
    }
    entries[i] = order_shop.entry(provider, {names = {name}, certificate = tostring(510000 + i)})
    left[name] = (days or 40) - i + 1
  end
  shop = order_shop.new(sandbox, {entries = entries, left = left, scenario = {[provider] = {certificates = owned}}})
  function shop.engine.prove.probe()
    return {ready = true}
  end
  for field, value in pairs(engine) do
    shop.engine[field] = value
  end
end

local function in_state(state)
  local list = {}
  for _, row in ipairs(assert(shop.journal:rows {state = state})) do
    list[#list + 1] = row.name
  end
  return list
end

local function placed_of(name)
  return assert(shop:order(name)).data.seller_order
end

--- The seller issues what was ordered for some.
local function issue(provider, ...)
  for _, name in ipairs(names(...)) do
    local id = tonumber(placed_of(name).id)
    local wanted = {provider = provider, certificate = provider == "namecheap" and id or nil,
      process = provider == "realtimeregister" and id or nil}
    assert.equal(200, sandbox.post("/_sandbox/validate", wanted).status)
  end
end

--- All of them are due now.
local function wake(...)
  for _, name in ipairs(names(...)) do
    local claim = assert(shop.journal:claim_name("spec", name, shop:now(), 60))
    assert(shop.journal:release(claim, {next = shop:now()}))
  end
end

describe("so many orders of an account at once", function()
  it("are those that end soonest, and the next one whenever one is done", function()
    fleet("namecheap", 8, {at_once = 3})
    shop:run()
    assert.same(names(6, 7, 8), in_state "waiting")
    assert.same(names(1, 2, 3, 4, 5), in_state "queued")
    assert.equal(3, shop:asked "reissue")
    assert.equal("it is not its turn yet: 3 orders of the account are at work", shop:row(name_of(1)).error)
    shop:pass(700)
    shop:run() -- nothing changes while nothing is done
    assert.equal(3, shop:asked "reissue")
    issue("namecheap", 6, 7)
    wake(6, 7)
    shop:run()
    assert.same(names(6, 7), in_state "watch")
    assert.same(names(4, 5, 8), in_state "waiting")
    assert.same(names(1, 2, 3), in_state "queued")
    assert.same({}, assert(shop.journal:check()))
  end)

  it("are all done in the end", function()
    fleet("realtimeregister", 7, {at_once = 2})
    local most = 0
    function shop.engine.prove.probe()
      most = math.max(most, #in_state "waiting" + #in_state "working")
      for _, name in ipairs(in_state "waiting") do
        issue("realtimeregister", tonumber(name:match "%d+"))
      end
      return {ready = true}
    end
    for _ = 1, 30 do
      shop:live(0.01)
      for _, name in ipairs(in_state "waiting") do
        issue("realtimeregister", tonumber(name:match "%d+"))
      end
    end
    assert.equal(7, #in_state "watch")
    assert.is_true(most <= 2, most)
  end)

  it("don't count those that have waited for their seller for more than an hour", function()
    fleet("namecheap", 2, {at_once = 1})
    shop:run()
    assert.same(names(1), in_state "queued")
    shop:live(0.1)
    assert.same(names(1, 2), in_state "waiting")
  end)

  it("begin though one is stopped or fails", function()
    fleet("namecheap", 3, {at_once = 1})
    local room = shop.engine.install.room
    function shop.engine.install.room(managed)
      if managed.name == name_of(3) then
        return nil, {code = "local", message = "no room"}
      end
      return room(managed)
    end
    shop:run()
    assert.same({names(3), names(2), names(1)}, {in_state "failed", in_state "waiting", in_state "queued"})
  end)

  it("are told of when one ends in three days and still is in the queue", function()
    fleet("namecheap", 2, {at_once = 1}, 2)
    shop:run()
    assert.same(names(1), in_state "queued")
    local kinds = {}
    for _, event in ipairs(assert(shop.journal:events {name = name_of(1)})) do
      kinds[event.kind] = true
    end
    assert.is_true(kinds.ending)
  end)
end)

for _, provider in ipairs(PROVIDERS) do
  describe("orders that wait at " .. provider, function()
    local all = {1, 2, 3, 4, 5, 6}
    local unpack = table.unpack or unpack -- 5.1

    it("are looked at by lists where they are many, and each for itself now and then", function()
      fleet(provider, 6, {many = 5})
      shop:run()
      assert.equal(6, #in_state "waiting")
      local one, list = shop:asked(ONE[provider]), shop:asked(LIST[provider])
      shop:pass(61)
      shop:run()
      assert.same({one, list + LISTS[provider]}, {shop:asked(ONE[provider]), shop:asked(LIST[provider])})
      issue(provider, 5)
      shop:pass(61)
      wake(unpack(all))
      shop:run() -- what is not listed any more is asked for itself
      assert.same({one + 1, list + 2 * LISTS[provider]}, {shop:asked(ONE[provider]), shop:asked(LIST[provider])})
      assert.same(names(5), in_state "watch")
      shop.engine.many = 1
      shop:pass(601)
      shop:run()
      assert.same({one + 1 + 5, list + 2 * LISTS[provider]}, {shop:asked(ONE[provider]), shop:asked(LIST[provider])})
    end)

    it("are asked for themselves where they are few", function()
      fleet(provider, 3, {many = 4})
      shop:run()
      local one, list = shop:asked(ONE[provider]), shop:asked(LIST[provider])
      shop:pass(61)
      shop:run()
      assert.same({one + 3, list}, {shop:asked(ONE[provider]), shop:asked(LIST[provider])})
    end)

    it("go on waiting when the lists can't be read", function()
      fleet(provider, 3, {many = 2})
      shop:run()
      sandbox.post("/_sandbox/fault", {fault = "drop_before", provider = provider, method = LIST[provider], times = 9})
      shop:pass(61)
      shop:run()
      assert.same({}, in_state "stopped")
      shop:live(0.02)
      assert.equal(3, #in_state "waiting")
    end)
  end)
end
