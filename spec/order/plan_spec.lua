-- What is to be done, when and for how much; what has moved since; and that it is what the machine then does.
local config = require "reseal.order.config"
local json = require "reseal.order.json"
local machine = require "reseal.order.machine"
local plan = require "reseal.order.plan"

local DAY = 86400
local NOW = 1795046400 -- 2026-11-19: certificates live 200 days
local ACCOUNTS = {shop = {provider = "namecheap"}, office = {provider = "realtimeregister"}}

local function configured(list, caps)
  for i, entry in ipairs(list) do
    entry.name = entry.name or ("c%d"):format(i)
    entry.names = entry.names or {entry.name .. ".example"}
    entry.account = entry.account or "shop"
    entry.prove = entry.prove or {method = "dns", hook = "/h"}
    if entry.certificate == nil then
      entry.certificate = ("%d"):format(100 + i)
    end
    if entry.certificate == false then
      entry.certificate = nil
    end
  end
  local c, err = config.check({certificates = list, live = "/l", caps = caps}, {accounts = ACCOUNTS, now = NOW})
  return assert(c, tostring(err))
end

--- What is served, by the days until it ends; of 200 in all.
local function served(days, more)
  local s = {not_before = NOW + (days - 200) * DAY, not_after = NOW + days * DAY, kind = "P-256", fingerprint = "F"}
  for field, value in pairs(more or {}) do
    s[field] = value
  end
  return s
end

local function info(id, order_days, more)
  local i = {id = id, status = "issued", product = "PositiveSSL", names = {"c1.example"},
    order_ends = NOW + order_days * DAY}
  for field, value in pairs(more or {}) do
    i[field] = value
  end
  return i
end

--- The plan's item for one certificate.
local function of_one(entry, state, now)
  local c = configured {entry}
  local s = {}
  for field, value in pairs(state) do
    s[field] = {c1 = value}
  end
  return plan.make(c, s, now or NOW).items[1], c, s
end

local BUYS = {buy = true, max_price = "12.00 USD", product = "PositiveSSL"}

local function entry_with(...)
  local e = {}
  for _, fields in ipairs {...} do
    for field, value in pairs(fields) do
      e[field] = value
    end
  end
  return e
end

describe("what is to be done", function()
  it("is nothing while most of the time is left, and then a forecast", function()
    local item = of_one({}, {served = served(100), infos = info("101", 300)})
    assert.same({"reissue", false, false}, {item.what, item.now, item.person})
    assert.equal(math.floor(NOW + 100 * DAY - 200 * DAY / 3), item.when)
    item = of_one({}, {served = served(100)})
    assert.same({"wait", false}, {item.what, item.now})
    item = of_one({before = 20}, {served = served(100), infos = info("101", 300)})
    assert.equal(NOW + 80 * DAY, item.when)
  end)

  it("is a reissue while the order lasts, which costs nothing", function()
    local item = of_one(entry_with(BUYS), {served = served(30), infos = info("101", 250)})
    assert.same({"reissue", true, false}, {item.what, item.now, item.purchase})
    assert.is_nil(item.amount)
    assert.equal(NOW, item.when)
  end)

  it("is a renewal when the order is nearly used up, for its price", function()
    local state = {served = served(20), infos = info("101", 25),
      prices = {amount = "9.00", currency = "USD", source = "pricing"}}
    local item = of_one(entry_with(BUYS), state)
    assert.same({"renew", true, true, "9.00", "USD", "pricing"}, {item.what, item.now, item.purchase, item.amount,
      item.currency, item.price_source})
    state.prices = nil
    item = of_one(entry_with(BUYS), state)
    assert.same({"renew", true}, {item.what, item.now})
    assert.is_nil(item.amount)
  end)

  it("needs a person where it costs too much, or may not be bought", function()
    local state = {served = served(20), infos = info("101", 20),
      prices = {amount = "12.01", currency = "USD", source = "pricing"}}
    local item = of_one(entry_with(BUYS), state)
    assert.same({"blocked", false, true, false}, {item.what, item.now, item.person, item.purchase and item.now})
    assert.is_truthy(item.why:find("12.01 USD, more than the 12.00", 1, true), item.why)
    state.prices.amount, state.prices.currency = "9.00", "EUR"
    item = of_one(entry_with(BUYS), state)
    assert.is_truthy(item.why:find("the price is in EUR", 1, true), item.why)
    item = of_one({}, state)
    assert.same({"blocked", true}, {item.what, item.person})
    assert.is_truthy(item.advice:find("`buy`", 1, true))
    item = of_one({certificate = false}, {})
    assert.same({"blocked", true}, {item.what, item.person})
  end)

  it("is the first purchase where there is no certificate yet", function()
    local item = of_one(entry_with(BUYS, {certificate = false}), {prices = {amount = "9", currency = "USD"}})
    assert.same({"create", true, true, "9"}, {item.what, item.now, item.purchase, item.amount})
  end)

  it("is an activation of what was bought", function()
    local item = of_one({}, {infos = info("101", 365, {status = "to_activate", order_ends = false or nil})})
    assert.same({"activate", true, false}, {item.what, item.now, item.purchase})
  end)

  it("can't be helped where the seller says so", function()
    for _, status in ipairs {"cancelled", "revoked", "failed"} do
      local item = of_one({}, {served = served(20), infos = info("101", 300, {status = status, word = status})})
      assert.same({"blocked", true}, {item.what, item.person})
      assert.is_truthy(item.why:find(status, 1, true) and item.advice)
    end
    local item = of_one(entry_with(BUYS), {served = served(1), infos = info("101", -190)})
    assert.same({"blocked", true}, {item.what, item.person})
    assert.is_truthy(item.why:find("renews it no more", 1, true), item.why)
  end)

  it("is not known while the seller was not asked, or failed", function()
    local item = of_one({}, {served = served(20)})
    assert.same({"unknown", false, false}, {item.what, item.now, item.person})
    item = of_one({}, {served = served(20), failures = "no answer"})
    assert.same({"unknown", false, "no answer"}, {item.what, item.person, item.why})
    item = of_one({}, {unreadable = "fullchain.pem: not a certificate"})
    assert.same({"blocked", true, "fullchain.pem: not a certificate"}, {item.what, item.person, item.why})
  end)

  it("is what another key or name asks for", function()
    local item = of_one({key = "P-384"}, {served = served(150), infos = info("101", 200)})
    assert.same({"reissue", true}, {item.what, item.now})
    assert.is_truthy(item.why:find("another kind of key", 1, true))
    item = of_one({names = {"c1.example", "new.example"}}, {served = served(150, {names = {"c1.example"}}),
      infos = info("101", 200)})
    assert.is_truthy(item.why:find("other names", 1, true))
  end)

  it("is nothing for what is switched off, and to go on with an order", function()
    local item = of_one({enabled = false}, {served = served(2)})
    assert.same({"off", false}, {item.what, item.now})
    local order = {id = 7, name = "c1", account = "shop", action = "renew", phase = "collect", opened = NOW, data = {
      names = {"c1.example"}, csr = "x", seller_order = {id = "9"}, challenges = {}, placed_at = NOW - 50}}
    item = of_one({}, {served = served(2), orders = order})
    assert.same({"continue", true, false}, {item.what, item.now, item.person})
    item = of_one({}, {served = served(2), orders = order, rows = {name = "c1", next = NOW + 600, error = "not yet"}})
    assert.same({"continue", NOW + 600}, {item.what, item.when})
    assert.is_truthy(item.why:find("not yet", 1, true))
    order.data.stop = {reason = "not known", command = "reseal reconcile c1 --absent"}
    item = of_one({}, {served = served(2), orders = order})
    assert.same({"continue", false, true, "reseal reconcile c1 --absent"}, {item.what, item.now, item.person,
      item.advice})
  end)

  it("knows what an order under way will cost that was not sent yet", function()
    local order = {id = 7, name = "c1", account = "shop", action = "renew", phase = "price", opened = NOW, data = {
      names = {"c1.example"}, for_certificate = "101"}}
    local item, c, s = of_one(entry_with(BUYS), {served = served(2), orders = order})
    assert.same({"continue", true}, {item.what, item.purchase})
    assert.is_nil(item.amount)
    assert.equal(1, plan.make(c, s, NOW).totals.unpriced)
    order.data.price = {amount = "9.00", currency = "USD"}
    item = of_one(entry_with(BUYS), {served = served(2), orders = order})
    assert.same({true, "9.00", "USD"}, {item.purchase, item.amount, item.currency})
    item = of_one(entry_with(BUYS), {served = served(2), orders = order, prices = {amount = "10.00", currency = "USD"}})
    assert.equal("10.00", item.amount)
    for field, value in pairs {bought = "600001", seller_order = {id = "9"}, closing = {result = "x"}} do
      order.data[field] = value
      item = of_one(entry_with(BUYS), {served = served(2), orders = order})
      assert.is_false(item.purchase, field)
      order.data[field] = nil
    end
    order.intent = {kind = "renew", target = "101", purchase = true, deadline = NOW + 90, at = NOW}
    assert.is_false(of_one(entry_with(BUYS), {served = served(2), orders = order}).purchase)
    order.intent, order.data.stop = nil, {reason = "not known", command = "reseal reconcile c1 --again"}
    assert.is_false(of_one(entry_with(BUYS), {served = served(2), orders = order}).purchase)
  end)

  -- Whatever is drawn: the plan's word is the machine's.
  it("is what the machine decides", function()
    local seen = {}
    for left = -5, 195, 10 do
      for order_left = -200, 360, 20 do
        for _, buys in ipairs {false, true} do
          local entry = buys and entry_with(BUYS) or {}
          local s, i = served(left), info("101", order_left)
          local item, c = of_one(entry, {served = s, infos = i})
          local row, order = machine.absorb(c.managed[1], {name = "c1", failures = 0}, nil, {act = "served"}, {ok = s},
            NOW)
          local expected = "wait"
          if order then
            row, order = machine.absorb(c.managed[1], row, order, {act = "look"}, {ok = i}, NOW)
            expected = order.action ~= "decide" and order.action or row.state == "blocked" and "blocked" or "wait"
          end
          local is = (item.now or item.what == "blocked" and order) and item.what or "wait"
          assert.equal(expected, is, ("%d %d %s"):format(left, order_left, tostring(buys)))
          seen[is] = true
        end
      end
    end
    assert.same({wait = true, reissue = true, renew = true, blocked = true}, seen)
  end)
end)

describe("who is asked", function()
  it("are those that are due and have a certificate", function()
    local c = configured {{}, {}, {certificate = false}, {enabled = false}, {}}
    local order = {id = 1, action = "reissue", data = {}}
    local needs = plan.needs(c, {served = {c1 = served(20), c2 = served(190), c5 = served(10)}, orders = {c5 = order}},
      NOW)
    assert.same({{name = "c1", account = "shop", certificate = "101"}}, needs)
    needs = plan.needs(c, {served = {c1 = served(20), c2 = served(190), c5 = served(100)},
      rows = {c1 = {certificate = "777", configured = "101"}}}, NOW)
    assert.equal("777", needs[1].certificate) -- its successor, as the journal knows
    needs = plan.needs(c, {served = {c1 = served(20), c2 = served(190), c5 = served(100)},
      rows = {c1 = {certificate = "777", configured = "99"}}}, NOW)
    assert.equal("101", needs[1].certificate) -- the configuration names another one by now
  end)
end)

describe("how long it takes", function()
  it("follows from the windows of the account", function()
    assert.equal(0, plan.takes("namecheap", 20))
    assert.equal(60, plan.takes("namecheap", 21))
    assert.equal(34 * 60, plan.takes("namecheap", 700))
    assert.equal(3600, plan.takes("namecheap", 701))
    assert.equal(11 * 3600, plan.takes("namecheap", 8000))
    assert.equal(DAY, plan.takes("namecheap", 8001))
    assert.equal(0, plan.takes("realtimeregister", 100000))
  end)

  it("counts calls, days and money, and what comes too late", function()
    local list, state = {}, {served = {}, infos = {}, prices = {}}
    for i = 1, 2000 do
      list[i] = entry_with(BUYS)
      local name = ("c%d"):format(i)
      local buys = i % 2 == 0
      state.served[name] = served(i > 1990 and 0.5 or 10)
      state.infos[name] = info(("%d"):format(100 + i), buys and 12 or 300)
      state.prices[name] = buys and {amount = "9.1250", currency = "USD", source = "pricing"} or nil
    end
    local p = plan.make(configured(list), state, NOW)
    assert.same({2000, 2000, 1000, 0}, {p.totals.certificates, p.totals.now, p.totals.purchases, p.totals.unpriced})
    assert.equal("9125.00", p.totals.money.USD)
    assert.equal(p.totals.calls, p.totals.accounts.shop.calls)
    assert.equal(math.floor((p.totals.calls - 1) / 8000) + 1, p.totals.days)
    assert.is_true(p.totals.days >= 2)
    assert.equal("c1991", p.items[1].name) -- what ends first comes first
    assert.equal(0, p.totals.late)
    for i = 1, 2000 do
      state.served[("c%d"):format(i)] = served(0.5)
    end
    p = plan.make(configured(list), state, NOW)
    assert.is_true(p.totals.late > 0)
    local last = p.items[2000]
    assert.is_true(last.late > last.served_ends and last.person)
  end)

  it("obeys what the account may spend", function()
    local list, state = {}, {served = {}, infos = {}, prices = {}}
    for i = 1, 5 do
      list[i] = entry_with(BUYS)
      local name = ("c%d"):format(i)
      state.served[name], state.infos[name] = served(10), info(("%d"):format(100 + i), 12)
      state.prices[name] = {amount = "9.00", currency = "USD", source = "pricing"}
    end
    local p = plan.make(configured(list, {shop = {day = "20.00 USD"}}), state, NOW)
    local days = {}
    for i, item in ipairs(p.items) do
      days[i] = item.day
    end
    assert.same({0, 0, 1, 1, 2}, days)
    assert.equal(3, p.totals.days)
    list = {}
    for i = 1, 5 do
      list[i] = entry_with(BUYS)
    end
    p = plan.make(configured(list, {shop = {order = "8.00 USD"}}), state, NOW)
    assert.same({0, 5}, {p.totals.now, p.totals.person})
  end)
end)

describe("a plan's file", function()
  local function example()
    local c = configured {entry_with(BUYS), {account = "office"}}
    local state = {served = {c1 = served(20), c2 = served(150)}, infos = {c1 = info("101", 25)},
      prices = {c1 = {amount = "9.00", currency = "USD", source = "pricing"}}}
    return plan.make(c, state, NOW), c, state
  end

  it("is read as it was written, and has a version", function()
    local p = example()
    local text = plan.write(p)
    local read = assert(plan.read(text))
    assert.equal(text, plan.write(read))
    assert.same(p.items, read.items)
    assert.is_truthy(text:find('"format":"reseal plan"', 1, true))
  end)

  it("is refused when it is another's, newer, or was changed", function()
    local text = plan.write((example()))
    for words, other in pairs {
      ["no plan"] = "{}", ["is no plan that"] = "reissue everything",
      ["version 2"] = text:gsub('"version":1', '"version":2'),
      ["was changed"] = text:gsub('"9.00"', '"90.00"'),
      ["changed since"] = text:gsub('"account":"shop"', '"account":"s"'),
    } do
      local read, err = plan.read(other)
      assert.is_nil(read)
      assert.is_truthy(err:find(words, 1, true), err)
    end
  end)

  it("holds when nothing moved, whatever the time", function()
    local p, c, state = example()
    p = assert(plan.read(plan.write(p)))
    assert.same({}, plan.moved(p, plan.make(c, state, NOW + 3600)))
  end)

  it("tells everything that moved, for what it would do", function()
    local p = assert(plan.read(plan.write((example()))))
    for field, change in pairs {
      certificate = function(s) s.infos.c1.id = "102" end,
      order_ends = function(s) s.infos.c1.order_ends = NOW + 26 * DAY end,
      served_ends = function(s) s.served.c1.not_after = NOW + 21 * DAY end,
      served = function(s) s.served.c1.fingerprint = "G" end,
      status = function(s) s.infos.c1.word = "CANCELLED" end,
      names = function(s) s.infos.c1.names = {"c1.example", "www.c1.example"} end,
      price = function(s) s.prices.c1.amount = "9.01" end,
      order = function(s) s.orders = {c1 = {id = 4, action = "decide", data = {names = {"c1.example"}}}} end,
      configuration = function(_, c) c.managed[1].max_price = "13.00" end,
    } do
      local _, c, state = example()
      change(state, c)
      local moved = plan.moved(p, plan.make(c, state, NOW))
      assert.equal(1, #moved, field)
      assert.equal(field, moved[1].field)
      assert.is_truthy(moved[1].text:find("^c1: "), moved[1].text)
    end
    local _, c, state = example()
    state.served.c2 = served(120) -- nothing was to be done for it
    assert.same({}, plan.moved(p, plan.make(c, state, NOW)))
    c.managed[1].enabled = false
    assert.equal(1, #plan.moved(p, plan.make(c, state, NOW)))
    table.remove(c.managed, 1)
    assert.is_truthy(plan.moved(p, plan.make(c, state, NOW))[1].text:find("not configured any more", 1, true))
  end)

  it("has no secrets: only a digest of the configuration", function()
    local c = configured {entry_with(BUYS, {params = {activate = {AdminEmailAddress = "ann@example.com"}}})}
    local text = plan.write(plan.make(c, {}, NOW))
    assert.is_nil(text:find("ann@", 1, true))
    assert.equal(64, #json.decode(text).items[1].from.configuration)
  end)
end)
