-- What an order does, rule by rule. That nothing else can happen is shown by spec/order/model_spec.lua.
local machine = require "reseal.order.machine"
local order_host = require "spec.support.order_host"
local run = require "reseal.order.run"

local DAY, HOUR = 86400, 3600
local failure = order_host.failure

local LOST = {nil, failure("timeout", "never", "unknown")}
local LATER = {nil, failure("3050750", "later")}
local NEVER = {nil, failure("2011170", "never")}

local function count(list, what)
  local n = 0
  for _, one in ipairs(list) do
    n = n + (one == what and 1 or 0)
  end
  return n
end

local function position(list, what)
  for i, one in ipairs(list) do
    if one == what then
      return i
    end
  end
  return math.huge
end

describe("an order that goes well", function()
  it("renews, activates, proves, installs and looks at what is served", function()
    local host = order_host.new {}
    host:run()
    assert.equal("watch", host:row().state)
    assert.is_nil(host:order())
    assert.equal("600001", host:row().certificate)
    assert.equal(2, host:called "place")
    assert.same({
      "served", "look", "make_key", "room", "provable", "clock", "successor", "price", "before", "place", "place",
      "publish", "probe", "nudge", "collect", "accept", "install", "verify", "tidy",
    }, host.log)
    assert.equal("done", host:events("closed")[1].result)
  end)

  it("reissues for nothing while the seller's order goes on", function()
    local host = order_host.new {left = 300, managed = {buy = "none"}}
    host:run()
    assert.equal("700001", host:row().certificate)
    assert.equal(0, host:called "price")
    assert.equal(1, host:called "place")
  end)

  it("waits for its turn, and asks again in an hour unless it is called", function()
    local host = order_host.new {}
    local full = true
    host.engine.at_once = 3
    function host.journal.at_work()
      return full and 3 or 2
    end
    host:run()
    assert.same({"queued", host.now + HOUR, 0}, {host:row().state, host:row().next, host:called "look"})
    assert.equal("it is not its turn yet: 3 orders of the account are at work", host:row().error)
    full = false
    host:live(1)
    assert.equal("watch", host:row().state)
    assert.is_nil(host:row().error)
  end)

  it("buys a first certificate", function()
    local host = order_host.new {managed = {certificate = "none", product = "PositiveSSL"}, served = {{false}}}
    host:run()
    assert.equal("600001", host:row().certificate)
    assert.equal(0, host:called "look")
    assert.equal(2, host:called "place")
  end)

  it("activates what is bought already, and buys nothing", function()
    local host = order_host.new {look = function(id)
      return {id = id, status = "to_activate", product = "PositiveSSL"}
    end, place = function(_, kind)
      assert.equal("activate", kind)
      return {order = {id = "501904", kind = "certificate"}}
    end}
    host:run()
    assert.equal(1, host:called "place")
    assert.equal("watch", host:row().state)
  end)

  it("is not begun while the certificate is young", function()
    local host = order_host.new {managed = {before = 250}}
    host.served = {not_before = host.now - DAY, not_after = host.now + 199 * DAY, names = {"example.com",
      "www.example.com"}, kind = "P-256"}
    host:live(30)
    assert.equal(0, host:called "look")
    assert.is_true(host:called "served" >= 30 and host:called "served" <= 45)
  end)
end)

describe("before anything is sent", function()
  it("the intent is committed", function()
    local host = order_host.new {}
    local seen = {}
    function host.on_call(act)
      if act == "place" then
        local open = host.journal:open_intent "example.com"
        seen[#seen + 1] = open.kind .. " " .. open.target .. " " .. tostring(open.purchase)
      end
    end
    host:run()
    assert.same({"renew 501904 true", "activate 600001 false"}, seen)
  end)

  it("there is a key, room, names that can be proven, a price and an agreed clock", function()
    for _, act in ipairs {"make_key", "room", "provable", "price", "clock", "before", "successor"} do
      local host = order_host.new {[act] = {{nil, {code = "x", message = "it does not work"}}}}
      host:live(2)
      assert.equal(0, host:called "place", act)
      assert.equal("failed", host:row().state, act)
      assert.is_true(host:called(act) > 3, act)
    end
  end)

  it("all of that is looked at anew when it has waited", function()
    local host = order_host.new {place = {LATER, LATER, LATER, LATER, LATER, LATER, {{bought = "600001"}}, {{order =
      {id = "600001", kind = "certificate"}}}}}
    host:live(1)
    assert.equal("600001", host:row().certificate)
    assert.is_true(host:called "room" > 1 and host:called "clock" > 1 and host:called "before" > 1)
    assert.equal(1, host:called "make_key")
  end)

  it("it is seen whether somebody has installed another one meanwhile", function()
    local host = order_host.new {price = {LATER}}
    host:run()
    host.served = {not_before = host.now, not_after = host.now + 200 * DAY, kind = "P-256", names = {"example.com",
      "www.example.com"}}
    host.script.price = {{{amount = "9.00", currency = "USD"}}}
    host:pass(2 * HOUR)
    host:run()
    assert.equal(0, host:called "place")
    assert.equal("abandoned", host:events("closed")[1].result)
    host:live(2)
    assert.equal("watch", host:row().state)
  end)

  it("it is asked whether it was renewed already", function()
    local host = order_host.new {successor = {{"600900"}}, look = function(id)
      return {id = id, status = id == "600900" and "to_activate" or "issued", product = "PositiveSSL",
        order_ends = order_host.START + 20 * DAY}
    end, place = {{{order = {id = "600900", kind = "certificate"}}}}}
    host:run()
    assert.equal(1, host:called "place")
    assert.equal("600900", host:row().certificate)
    assert.equal("example.com", host.journal:holder("shop", "certificate", "600900"))
    assert.equal("600900", host:events("certificate")[1].seller_id)
  end)
end)

describe("nothing is bought", function()
  local function blocked(script, words)
    local host = order_host.new(script)
    host:live(3)
    assert.equal(0, host:called "place")
    assert.equal("blocked", host:row().state)
    assert.truthy(host:row().error:find(words), host:row().error)
    assert.is_true(host:row().next <= host.now + DAY)
    assert.equal(1, #host:events "blocked")
    return host
  end

  it("without leave", function()
    local host = blocked({managed = {buy = "none"}, look = function(id)
      return {id = id, status = "issued", order_ends = order_host.START + 5 * DAY}
    end, served = {{{not_before = order_host.START - 195 * DAY, not_after = order_host.START + 5 * DAY}}}},
      "does not allow")
    host.script.served = function()
      return host.served or {not_before = host.now - 195 * DAY, not_after = host.now + 5 * DAY}
    end
    assert.truthy(host:row().advice:find "max_price")
    host.managed.buy = true
    host:live(1)
    assert.equal("watch", host:row().state)
    assert.equal(2, host:called "place")
  end)

  it("when it is not said what it may cost", function()
    blocked({managed = {max_price = "none"}}, "what it may cost")
  end)

  it("that costs more", function()
    blocked({managed = {max_price = "8.9999"}}, "it costs 9.00 USD, more than the 8.9999")
  end)

  it("in another currency", function()
    blocked({managed = {currency = "EUR"}}, "in USD, and max_price in EUR")
  end)

  it("for more than somebody agreed to", function()
    blocked({managed = {agreed = {amount = "8.9999", currency = "USD"}}}, "it costs 9.00 USD, and 8.9999 USD was")
    blocked({managed = {agreed = {amount = "100.00", currency = "EUR"}}}, "and 100.00 EUR was agreed to")
    blocked({managed = {agreed = false}}, "no price for it was agreed to")
    blocked({managed = {agreed = {amount = "100.00", currency = "USD"}, max_price = "8.00"}}, "more than the 8.00")
  end)

  it("while the seller's clock differs from ours by more than five minutes", function()
    local host
    host = order_host.new {clock = function()
      return host.now - 40 * DAY
    end}
    host:live(1)
    assert.equal(0, host:called "place")
    assert.equal("blocked", host:row().state)
    assert.truthy(host:row().error:find "clock")
    host.script.clock = function()
      return host.now + 290
    end
    host:live(1)
    assert.equal(2, host:called "place")
  end)

  it("by an account that was charged more than it may", function()
    local host = order_host.new {place = {{{bought = "600001", charged = {amount = "90.0000", currency = "USD"}}},
      {{order = {id = "600001", kind = "certificate"}}}}}
    host:run()
    assert.equal("watch", host:row().state) -- what is paid for is used
    assert.truthy(host.journal.state.accounts.shop:find "90.0000")
    host.served, host.script.look = nil, function(id)
      return {id = id, status = "issued", order_ends = host.now + 5 * DAY}
    end
    host:pass(2 * DAY)
    host:run()
    assert.equal(2, host:called "place")
    assert.equal("blocked", host:row().state)
  end)
end)

describe("what became of a request that nobody answered", function()
  it("is looked for after its deadline, and what is found is adopted", function()
    local host = order_host.new {
      place = {LOST, {{order = {id = "600001", kind = "certificate"}}}}, find = {{{found = {bought = "600001"}}}},
    }
    host:run()
    assert.equal("unknown", host:row().state)
    assert.equal(0, host:called "find")
    assert.is_true(host:row().next <= host.now + 180)
    host:pass(180)
    host:run()
    assert.equal(1, host:called "find")
    assert.equal(2, host:called "place")
    assert.equal("600001", host:row().certificate)
    assert.same({{name = "example.com", amount = "9.00", currency = "USD"}}, host.journal.state.charges)
  end)

  it("is looked for sooner where less patience was had, and never before its answer can't come any more", function()
    for patience, grace in pairs {[90] = 60, [45] = 30, [10] = 7, [3] = 2, [600] = 60} do
      local host = order_host.new {managed = {patience = patience}, place = {LOST}}
      host:run()
      local intent = host.journal:open_intent "example.com"
      assert.equal(patience, intent.deadline - intent.at)
      assert.equal(intent.deadline + grace, host:row().next)
      host:pass(patience + grace - 1)
      host:run()
      assert.equal(0, host:called "find")
      assert.is_nil((machine.settle(host.managed, host:row(), host:order(), {by = "absent"}, host.now)))
      host:pass(1)
      host:run()
      assert.equal(1, host:called "find")
    end
  end)

  it("stops a purchase that is not to be found, with the command that settles it", function()
    local host = order_host.new {place = {LOST}}
    host:live(5)
    assert.equal(1, host:called "place")
    assert.equal("stopped", host:row().state)
    local order = host:order()
    assert.truthy(order.reason:find "the renew of 501904")
    assert.equal("reseal reconcile example.com --found ID, or --absent", order.command)
    assert.equal(1, #host:events "stopped")
    assert.is_true(host:called "find" >= 4 and host:called "find" <= 7) -- looked for each day: lists lag
    host.script.find = {{{found = {bought = "600001"}}}}
    host.script.place = {{{order = {id = "600001", kind = "certificate"}}}}
    host:live(1)
    assert.equal("watch", host:row().state)
    assert.equal(2, host:called "place")
  end)

  it("lets a change be sent again that has not arrived", function()
    local host = order_host.new {left = 300, place = {LOST, {{order = {id = "700001", kind = "certificate"}}}}}
    host:live(1)
    assert.equal(2, host:called "place")
    assert.equal("watch", host:row().state)
  end)

  it("stops when it can't be told", function()
    local host = order_host.new {left = 300, place = {LOST}, find = {{{unclear = "two orders fit"}}}}
    host:live(2)
    assert.equal(1, host:called "place")
    assert.equal("stopped", host:row().state)
    assert.truthy(host:order().reason:find "two orders fit")
  end)

  it("is not taken for nothing because the list could not be read", function()
    local host = order_host.new {left = 300, place = {LOST}, find = {LATER}}
    host:live(2)
    assert.equal(1, host:called "place")
    assert.equal("failed", host:row().state)
  end)

  it("keeps the id that an answer named although it failed", function()
    local host = order_host.new {place = {{nil, failure("5050900", "never", "unknown", {handle = 600001})}},
      find = {{{absent = true}}}}
    local asked
    function host.on_call(act, _, intent)
      asked = act == "find" and intent.handle or asked
    end
    host:live(1)
    assert.equal("600001", host:order().data.handle)
    assert.equal("600001", asked)
    assert.equal("600001", host:events("unknown")[1].handle)
  end)

  it("is doubted when a refusal names what it made, and when an answer names nothing", function()
    for _, answer in ipairs {{nil, failure("2011170", "never", "refused", {handle = "600001"})}, {{}},
      {nil, "words of a foreign module"}, {{order = {}}}} do
      local host = order_host.new {place = {answer}}
      host:live(1)
      assert.equal(1, host:called "place")
      assert.equal("stopped", host:row().state)
      assert.truthy(host:order().reason:find "whether")
    end
  end)

  it("is doubted when an activation says that it bought something", function()
    local host = order_host.new {place = {{{bought = "600001"}}, {{bought = "600002"}}}}
    host:live(1)
    assert.equal("600002", host:events("unknown")[1].handle)
    assert.is_true(host:called "place" < 20)
    assert.is_true(host:called "find" > 0)
  end)

  it("is taken from who had lost its claim when the answer came", function()
    local host
    host = order_host.new {place = function(_, kind)
      if kind == "renew" then
        host:pass(700) -- the lease is over, and somebody else takes the certificate
        host.other = host.journal:claim("other", host.now, 600)
        return {bought = "600001"}
      end
      return {order = {id = "600001", kind = "certificate"}}
    end}
    host:run()
    assert.is_true(host.journal:release(host.other))
    assert.equal("600001", host.journal:open_intent("example.com").handle)
    assert.equal("501904", host:row().certificate) -- nothing else was written
    host:run()
    assert.equal("600001", host:row().certificate)
    assert.equal(0, host:called "find")
    assert.equal(2, host:called "place")
    assert.equal(1, #host:events "recalled")
  end)

  it("is settled by the seller's refusal of a double", function()
    local host = order_host.new {
      place = {{nil, failure("4028294", "never", "refused", {exists = true})},
        {{order = {id = "600900", kind = "certificate"}}}},
      successor = {{false}, {"600900"}},
      look = function(id)
        return {id = id, status = id == "600900" and "to_activate" or "issued",
          order_ends = order_host.START + 20 * DAY}
      end,
    }
    host:live(1)
    assert.equal("600900", host:row().certificate)
    assert.equal(2, host:called "place")
    assert.equal("watch", host:row().state)
  end)

  it("stops where such a refusal has no cause that can be found", function()
    local host = order_host.new {place = {{nil, failure("4028294", "never", "refused", {exists = true})}}}
    host:live(2)
    assert.equal(1, host:called "place")
    assert.equal("stopped", host:row().state)
    assert.truthy(host:order().command:find "--found ID")
  end)

  it("tells a person when another's order stays in the way of a change, and goes on when it is gone", function()
    local host = order_host.new {left = 300, place = {{nil, failure("busy", "never", "refused", {exists = true})}}}
    host:live(3)
    assert.equal("stopped", host:row().state)
    assert.equal("reseal reconcile example.com --again", host:order().command)
    assert.truthy(host:order().reason:find "another order")
    assert.equal(1, #host:events "stopped")
    assert.is_true(host:called "place" >= 6 and host:called "place" <= 10) -- then once a day
    host.script.place = {{{order = {id = "700001", kind = "certificate"}}}}
    host:live(1)
    assert.equal("watch", host:row().state)
    assert.equal("700001", host:row().certificate)
  end)

  it("may be told by a person", function()
    local host = order_host.new {place = {LOST, {{order = {id = "600001", kind = "certificate"}}}}}
    host:live(1)
    local order = host:order()
    order.intent = host.journal:open_intent "example.com"
    local found = {by = "found", found = {bought = "600001"}}
    local row, settled, _, writes = machine.settle(host.managed, host:row(), order, found, host.now)
    assert.equal("600001", row.certificate)
    assert.equal("600001", settled.data.bought)
    assert.equal("by_hand", writes.settle)
    assert.is_nil(machine.settle(host.managed, host:row(), order, {by = "give_up"}, host.now))
    row, settled, _, writes = machine.settle(host.managed, host:row(), order, {by = "absent"}, host.now)
    assert.equal("by_hand", writes.settle)
    assert.is_nil(settled.data.stop)
    assert.equal(host.now, row.next)
  end)

  it("that a person has given up after failures says so until it is begun anew", function()
    local host = order_host.new {place = {{nil, failure("connect", "later", "not_sent")}, NEVER}}
    host:live(1)
    assert.equal("stopped", host:row().state)
    assert.is_true(host:row().failures > 0)
    local claim = assert(host.journal:take("person", "example.com", host.now, 60))
    local row, order, events, writes = machine.settle(host.managed, claim.row, claim.order, {by = "give_up"}, host.now)
    assert.truthy(host.journal:save(claim, row, order, events, writes))
    assert.truthy(host.journal:release(claim, {next = host.now}))
    host:run()
    assert.same({"failed", "given up by a person"}, {host:row().state, host:row().error})
  end)

  it("that a person has settled is not stopped any more, though something had failed before it", function()
    local host = order_host.new {place = {{nil, failure("connect", "later", "not_sent")}, LOST}}
    host:live(2)
    assert.equal("stopped", host:row().state)
    assert.is_true(host:row().failures > 0)
    local order = host:order()
    order.intent = host.journal:open_intent "example.com"
    local row, settled = machine.settle(host.managed, host:row(), order, {by = "absent"}, host.now)
    assert.is_nil(settled.command)
    assert.equal("working", row.state)
    assert.is_nil(row.error)
    assert.is_nil(row.advice)
  end)
end)

describe("a refusal", function()
  for _, act in ipairs {"look", "successor", "price", "before", "place", "collect"} do
    it("that is final is not asked for again: " .. act, function()
      local host = order_host.new {[act] = {NEVER}}
      host:live(20)
      assert.equal(1, host:called(act))
      assert.equal("stopped", host:row().state)
      assert.truthy(host:order().command:find "^reseal reconcile example.com %-%-again")
      assert.truthy(host:order().reason:find "2011170")
      assert.equal(1, #host:events "stopped")
    end)
  end

  it("that is not final is tried again, at pauses that grow to a limit", function()
    local host = order_host.new {left = 300, place = {LATER}}
    host.served = {not_before = host.now - 130 * DAY, not_after = host.now + 65 * DAY, kind = "P-256",
      names = {"example.com", "www.example.com"}}
    local times = {}
    function host.on_call(act)
      times[#times + 1] = act == "place" and host.now or nil
    end
    host:live(5)
    assert.equal(60, times[2] - times[1])
    for i = 3, #times do
      assert.is_true(times[i] - times[i - 1] >= times[i - 1] - times[i - 2])
    end
    assert.equal(6 * HOUR, times[#times] - times[#times - 1])
    assert.equal("failed", host:row().state)
  end)

  it("leaves time before the end", function()
    local host = order_host.new {place = {LATER}}
    host.served = {not_before = host.now - 195 * DAY, not_after = host.now + DAY, kind = "P-256",
      names = {"example.com", "www.example.com"}}
    host:live(1)
    assert.is_true(host:called "place" > 20, tostring(host:called "place"))
    assert.is_true(host:called "place" < 150)
  end)

  it("asks for no longer pause than that limit", function()
    local host = order_host.new {look = {{nil, failure("throttled", "later", "refused", {retry_after = 31536000})}}}
    host:run()
    assert.is_true(host:row().next <= host.now + 6 * HOUR)
    local less = order_host.new {look = {{nil, failure("throttled", "later", "refused", {retry_after = 1800})}}}
    less:run()
    assert.equal(less.now + 1800, less:row().next)
  end)

  it("of an activation does not lead to a second purchase", function()
    local kinds = {}
    local host = order_host.new {place = function(_, kind)
      kinds[#kinds + 1] = kind
      if kind == "renew" then
        return {bought = "600001"}
      end
      return nil, failure("3050750", "later")
    end}
    host:live(3)
    assert.equal(1, count(kinds, "renew"))
    assert.is_true(count(kinds, "activate") > 5)
    assert.equal("600001", host:row().certificate)
  end)

  it("of each order anew does not make a new one each minute", function()
    local host = order_host.new {left = 300, collect = {{{failed = "the CA says no"}}}}
    host:live(2)
    assert.is_true(host:called "place" < 20, tostring(host:called "place"))
    assert.is_true(host:called "place" > 5)
    assert.equal(host:called "publish", host:called "tidy")
  end)
end)

describe("the next step", function()
  it("is never more than a day away", function()
    local host = order_host.new {}
    host:live(300)
    assert.is_true(host:row().next <= host.now + DAY)
    for _, event in ipairs(host:events "closed") do
      assert.equal("done", event.result)
    end
  end)

  it("is now, when it stands further away than that", function()
    local host = order_host.new {}
    host:run()
    local row = host:row()
    row.next = host.now + 365 * DAY
    assert.equal("served", machine.next(host.managed, row, nil, host.now).act)
    row.next = host.now + DAY
    assert.equal(host.now + DAY, machine.next(host.managed, row, nil, host.now).wait)
  end)

  it("changes nothing of what it is asked with", function()
    local host = order_host.new {place = {LATER}}
    host:run()
    local row, order = host:row(), host:order()
    local row_again, order_again = host:row(), host:order()
    row.next, row_again.next = host.now, host.now
    local action = machine.next(host.managed, row, order, host.now)
    order.intent = {kind = "renew", target = "501904", purchase = true, deadline = host.now + 90}
    order_again.intent = {kind = "renew", target = "501904", purchase = true, deadline = host.now + 90}
    machine.absorb(host.managed, row, order, action, {ok = {bought = "600001"}}, host.now)
    machine.absorb(host.managed, row, order, action, {err = LATER[2]}, host.now)
    assert.same(row_again, row)
    assert.same(order_again, order)
  end)
end)

describe("a step that raises", function()
  for _, act in ipairs {"served", "look", "make_key", "collect", "install", "publish", "accept"} do
    it("is a failure with state, event and pause: " .. act, function()
      local host = order_host.new {[act] = function()
        error("attempt to index a nil value")
      end}
      host:live(1)
      assert.equal("failed", host:row().state)
      assert.truthy(host:row().error:find "attempt to index")
      assert.is_true(#host:events "failed" > 2 and #host:events "failed" < 100)
      assert.is_true(host:called(act) < 100)
    end)
  end

  it("is forgotten when it goes well again", function()
    for act, answers in pairs {served = {function()
      error "oops"
    end, function()
      error "oops"
    end, {{not_before = order_host.START - 195 * DAY, not_after = order_host.START + 5 * DAY}}}, look = {{5}, {5},
      function(id)
        return {id = id, status = "issued", order_ends = order_host.START + 20 * DAY}
      end}} do
      local host = order_host.new {[act] = answers, price = {{nil, failure("x", "later")}}}
      local seen
      function host.on_call(called)
        if called == "price" and host:called "price" == 2 then -- by then it is written what the first one made of it
          seen = {host:order().data.failed_before, host:row().failures, host:row().state}
        end
      end
      host:live(0.01)
      assert.same({0, 1, "failed"}, seen, act)
    end
  end)

  it("is a request of unknown outcome, if it was sending one", function()
    local host = order_host.new {place = function()
      error("out of memory")
    end}
    host:live(3)
    assert.equal(1, host:called "place")
    assert.equal("stopped", host:row().state)
  end)

  it("is a request that was not sent, if there was no client for it", function()
    local host = order_host.new {left = 300}
    local client, sealed = host.engine.client, true
    function host.engine.client(...)
      if sealed and host:called "provable" > 0 then
        error("the vault is sealed")
      end
      return client(...)
    end
    host:run()
    assert.equal(0, host:called "place")
    assert.equal("failed", host:row().state)
    assert.truthy(host:row().error:find "the vault is sealed")
    assert.is_nil(host.journal:open_intent "example.com")
    sealed = false
    host:live(1)
    assert.equal(1, host:called "place")
    assert.equal(0, host:called "find")
    assert.equal("watch", host:row().state)
  end)

  it("is one, too, when the machine itself does", function()
    local host = order_host.new {}
    setmetatable(host.managed, {__index = function(_, name)
      return name == "years" and error "an odd configuration" or nil
    end})
    host:live(1)
    assert.equal("failed", host:row().state)
    assert.truthy(host:row().error:find "internal fault.*an odd configuration")
  end)

  it("is like an answer that makes no sense", function()
    local host = order_host.new {look = {{5}}}
    host:live(1)
    assert.equal("failed", host:row().state)
    assert.truthy(host:row().error:find "the answer to look makes no sense")
  end)

  it("is one when there is no client", function()
    local host = order_host.new {}
    function host.engine.client()
      return nil, "the key can't be read"
    end
    host:live(1)
    assert.equal("failed", host:row().state)
    assert.truthy(host:row().error:find "the key can't be read")
  end)
end)

describe("a person is told", function()
  local function marks(host)
    local list = {}
    for _, event in ipairs(host.journal.state.events) do
      list[#list + 1] = event.mark and event.kind or nil
    end
    return list
  end

  it("once of each change of state", function()
    local host = order_host.new {left = 300, look = {LATER, LATER, LATER, function(id)
      return {id = id, status = "issued", order_ends = order_host.START + 300 * DAY}
    end}, place = {NEVER}}
    host:live(1)
    assert.same({"failed", "stopped"}, marks(host))
  end)

  it("of what was installed", function()
    local host = order_host.new {}
    host:run()
    assert.same({"installed"}, marks(host))
  end)

  it("once that an end is near and nothing has helped", function()
    local host = order_host.new {look = {LATER}}
    host.served = {not_before = host.now - 195 * DAY, not_after = host.now + 5 * DAY, kind = "P-256",
      names = {"example.com", "www.example.com"}}
    host:live(6)
    assert.same({"failed", "ending"}, marks(host))
    assert.truthy(host:events("ending")[1].text:find "nothing has helped")
  end)
end)

describe("a quote that turns out to be an order", function()
  -- A proxy that loses the query of a quote's address makes an order of it, and of the next one, too.
  it("stops, names it, and is not asked for again before it was looked for", function()
    local host = order_host.new {price = {{nil, failure("not_a_quote", "never", "unknown", {handle = 1004})}}}
    host:live(3)
    assert.equal(1, host:called "price")
    assert.equal("stopped", host:row().state)
    assert.truthy(host:row().error:find("the seller's order is 1004", 1, true))
    assert.truthy(host:order().command:find("--again", 1, true))
    assert.equal("1004", host:events("unknown")[1].handle)
    host.script.successor = {{nil, failure("ambiguous", "never")}}
    local claim = host.journal:take("person", host.managed.name, host.now, 60)
    local row, order, events, writes = machine.settle(host.managed, claim.row, claim.order, {by = "again"}, host.now)
    assert.truthy(host.journal:save(claim, row, order, events, writes))
    assert.truthy(host.journal:release(claim))
    host:live(1)
    assert.equal(2, host:called "successor")
    assert.equal(1, host:called "price")
    assert.equal("stopped", host:row().state)
  end)
end)

describe("proof of control", function()
  it("is asked for when an order's answer has none, and again while it has none", function()
    local host = order_host.new {
      place = {{{bought = "600001"}}, {{order = {id = "600001", kind = "certificate"}}}},
      challenge = {{{}}, {{}}, {{{name = "example.com", method = "http", file = "F", content = "C"}}}},
      collect = {{{pending = "waits"}}, {{pending = "waits"}}, {{issued = {id = "600001", certificate = "PEM"}}}},
    }
    host:live(1)
    assert.equal(3, host:called "challenge")
    assert.equal(1, host:called "publish")
    assert.equal("watch", host:row().state)
  end)

  it("is seen from here before the seller is asked to look", function()
    local host = order_host.new {probe = {{{ready = false, why = "404"}}, {{ready = false, why = "404"}},
      {{ready = true}}}}
    host:run()
    assert.equal(0, host:called "nudge")
    assert.equal("waiting", host:row().state)
    assert.truthy(host:row().error:find "404")
    host:live(1)
    assert.equal(3, host:called "probe")
    assert.is_true(position(host.log, "nudge") > position(host.log, "probe"))
    assert.equal("watch", host:row().state)
  end)

  it("that is never seen from here is left to the seller after an hour", function()
    local host = order_host.new {probe = {{{ready = false, why = "split view"}}}}
    host:live(1)
    assert.equal("watch", host:row().state)
    assert.is_true(host:called "probe" < 70)
  end)

  it("is published again, since what serves it may have been started anew, and the seller reminded", function()
    local host = order_host.new {collect = {{{pending = "waits"}}}}
    host:live(2)
    assert.is_true(host:called "publish" > 20)
    assert.is_true(host:called "nudge" >= 7 and host:called "nudge" <= 9)
    assert.equal("waiting", host:row().state)
    assert.is_true(host:called "collect" < 130)
  end)

  it("is taken away after a failure, too", function()
    local host = order_host.new {left = 300, collect = {{{failed = "the CA says no"}}}}
    host:run()
    assert.equal(1, host:called "tidy")
    assert.equal("failed", host:row().state)
  end)

  it("that can't be taken away is no reason to stop", function()
    local host = order_host.new {tidy = {{nil, {message = "read-only"}}}}
    host:run()
    assert.equal("watch", host:row().state)
    assert.truthy(host:events("warning")[1].text:find "read%-only")
  end)
end)

describe("what a seller delivers", function()
  it("for another key is not installed; it is reissued", function()
    local host = order_host.new {accept = {{nil, {code = "other_key", message = "it is for another key"}},
      {{not_before = order_host.START, not_after = order_host.START + 200 * DAY, fingerprint = "F"}}}}
    local placed = {}
    host.script.place = function(_, kind)
      placed[#placed + 1] = kind
      if kind == "renew" then
        return {bought = "600001"}
      end
      return {order = {id = kind == "activate" and "600001" or "700001", kind = "certificate"}}
    end
    host.script.look = function(id)
      return {id = id, status = "issued", order_ends = host.now + (id == "501904" and 20 or 365) * DAY}
    end
    host:run()
    assert.equal(0, host:called "install")
    assert.equal("600001", host:row().certificate)
    host:live(1)
    assert.same({"renew", "activate", "reissue"}, placed)
    assert.equal(1, host:called "install")
    assert.equal("watch", host:row().state)
  end)

  it("and begins a moment later is waited for, which is no failure", function()
    local host
    host = order_host.new {accept = {{nil, {code = "not_begun", message = "it begins soon", at = order_host.START + 3}},
      function()
        return {not_before = host.now, not_after = host.now + 200 * DAY, fingerprint = "F", certificate = "PEM"}
      end}}
    host:run()
    assert.equal("waiting", host:row().state)
    assert.equal(order_host.START + 4, host:row().next)
    host:pass(4)
    host:run()
    assert.equal(0, #host:events "failed")
    assert.equal(1, #host:events "installed")
  end)

  it("and can't be accepted yet is asked about again, and never paid for again", function()
    local host = order_host.new {accept = {{nil, {code = "not_acceptable", message = "the chain is missing"}}}}
    host:live(1)
    assert.equal(2, host:called "place")
    assert.equal(0, host:called "install")
    assert.truthy(host:row().error:find "the chain is missing")
  end)

  -- What an answer had shown once was kept, and refused again and again, though the seller had it whole since.
  it("and can't be accepted is asked for again before it is looked at again", function()
    local lacking = {code = "not_acceptable", message = "the chain is missing"}
    local host = order_host.new {accept = {{nil, lacking}, function()
      return {not_before = order_host.START, not_after = order_host.START + 200 * 86400, fingerprint = "F",
        certificate = "PEM"}
    end}}
    host:live(1)
    assert.equal(2, host:called "collect")
    assert.equal(2, host:called "accept")
    assert.equal(2, host:called "place")
    assert.equal("watch", host:row().state)
  end)

  it("and can't be installed is installed later, without a new order", function()
    local host = order_host.new {}
    local install = host.script.install
    host.script.install = {{nil, {message = "no space left"}}, {nil, {message = "no space left"}}, install}
    host:live(1)
    assert.equal(2, host:called "place")
    assert.equal(3, host:called "install")
    assert.equal("watch", host:row().state)
  end)

  it("and was installed, but is not to be seen, is not ordered again and again", function()
    local host = order_host.new {left = 300, install = {{true}}} -- and `served` goes on showing the old one
    host:live(3)
    assert.is_true(host:called "place" <= 4, tostring(host:called "place"))
    assert.truthy(host:events("failed")[1].text:find "is not what is served")
  end)

  it("and is not served then is taken back, and installed again", function()
    local host = order_host.new {verify = {{nil, {message = "the old one is served"}}, {true}}}
    host:run()
    assert.equal(1, host:called "rollback")
    assert.equal("failed", host:row().state)
    assert.truthy(host:row().error:find "the old one is served")
    host:live(1)
    assert.equal(2, host:called "install")
    assert.equal(2, host:called "place")
    assert.equal("watch", host:row().state)
  end)

  it("never, although it was paid for, stops with a command", function()
    local host = order_host.new {collect = {{{failed = "REJECTED"}}}}
    host:live(3)
    assert.equal("stopped", host:row().state)
    assert.equal(2, host:called "place")
    assert.truthy(host:order().command:find "--give%-up")
  end)

  it("in doubt stops, is looked at each day, and goes on when the doubt is over", function()
    local host = order_host.new {collect = {{{doubt = "IN_DOUBT"}}}}
    host:live(3)
    assert.equal("stopped", host:row().state)
    assert.is_true(host:called "collect" >= 3 and host:called "collect" <= 5)
    assert.equal(1, #host:events "stopped")
    host.script.collect = {{{issued = {id = "600001", certificate = "PEM"}}}}
    host:live(1)
    assert.equal("watch", host:row().state)
  end)

  it("after more than half of the time that is left is told to a person, and looked at further", function()
    local host = order_host.new {collect = {{{pending = "validation"}}}}
    host.served = {not_before = host.now - 195 * DAY, not_after = host.now + 5 * DAY, kind = "P-256",
      names = {"example.com", "www.example.com"}}
    host:live(2)
    assert.equal("waiting", host:row().state)
    host:live(2)
    assert.equal("stopped", host:row().state)
    assert.truthy(host:order().command:find "--give%-up")
    host.script.collect = {{{issued = {id = "600001", certificate = "PEM"}}}}
    host:live(1)
    assert.equal("watch", host:row().state)
  end)
end)

describe("a configuration that changes", function()
  local MORE = {"example.com", "www.example.com", "api.example.com"}

  it("before anything is ordered leads to another order", function()
    local host = order_host.new {provable = {{nil, {message = "no record"}}}}
    host:run()
    host.managed.names, host.script.provable = MORE, {{true}}
    local asked
    function host.on_call(act, _, names)
      asked = act == "make_key" and names or asked
    end
    host:live(1)
    assert.same(MORE, asked)
    assert.equal(2, host:called "place")
    assert.equal("abandoned", host:events("closed")[1].result)
    assert.equal("watch", host:row().state)
  end)

  it("between purchase and activation is what the activation asks for", function()
    local host = order_host.new {}
    host.script.place = function(order, kind)
      if kind == "renew" then
        host.managed.names = MORE
        return {bought = "600001"}
      end
      assert.same(MORE, order.data.names)
      assert.truthy(order.data.csr:find("%-1$"))
      return {order = {id = "600001", kind = "certificate"}}
    end
    host:run()
    assert.equal(2, host:called "place")
    assert.equal(2, host:called "make_key")
    assert.equal("watch", host:row().state)
  end)

  it("while the seller works is met by a reissue afterwards", function()
    local host = order_host.new {left = 300, collect = {{{pending = "waits"}}}}
    host:run()
    host.managed.names = MORE
    local seen = {}
    function host.on_call(act, delivered, wanted)
      seen[#seen + 1] = act == "accept" and #wanted.names or nil
      host.delivered = delivered
    end
    host.script.collect = {{{issued = {id = "700001", certificate = "PEM"}}}}
    host.script.install = function()
      host.served = {not_before = host.now, not_after = host.now + 200 * DAY, kind = "P-256",
        names = #seen == 1 and {"example.com", "www.example.com"} or MORE}
      return true
    end
    host:live(1)
    assert.same({2, 3}, seen)
    assert.equal(2, host:called "place")
    assert.equal("watch", host:row().state)
  end)

  it("to another account finishes at the old one what is paid for there", function()
    local accounts = {}
    local host = order_host.new {}
    local client = host.engine.client
    function host.engine.client(account, limits)
      accounts[#accounts + 1] = account
      return client(account, limits)
    end
    host.script.place = function(_, kind)
      host.managed.account = "other"
      return kind == "renew" and {bought = "600001"} or {order = {id = "600001", kind = "certificate"}}
    end
    host:run()
    assert.equal(1, host:called "install")
    assert.equal(#accounts, count(accounts, "shop"))
  end)

  it("of the key's kind leads to a reissue for the new kind", function()
    local host = order_host.new {left = 300, managed = {key = "RSA-2048"}}
    host.served = {not_before = host.now - DAY, not_after = host.now + 199 * DAY, kind = "P-256",
      names = {"example.com", "www.example.com"}}
    local kind
    function host.on_call(act, first)
      kind = act == "make_key" and first or kind
    end
    host:run()
    assert.equal("RSA-2048", kind)
    assert.equal(1, host:called "place")
    host:live(3)
    assert.equal(1, host:called "place")
  end)

  it("by switching it off begins nothing, and finishes what is paid for", function()
    local host = order_host.new {managed = {enabled = false}}
    host:live(2)
    assert.equal(0, #host.log)
    local paid = order_host.new {}
    paid.script.place = function(_, kind)
      paid.managed.enabled = false
      return kind == "renew" and {bought = "600001"} or {order = {id = "600001", kind = "certificate"}}
    end
    paid:run()
    assert.equal(1, paid:called "install")
  end)
end)

describe("several orders of one account", function()
  local function busy()
    local host = order_host.new {}
    local other = {name = "other.example", account = "shop"}
    host.journal:enroll {other}
    host.journal.state.rows["other.example"].next = host.now + DAY
    local claim = host.journal:take("other", "other.example", host.now, 600)
    local order = {name = "other.example", account = "shop", action = "renew", phase = "place", data = {}}
    host.journal:save(claim, claim.row, order, {})
    local intent = assert(host.journal:intend(claim, order, {kind = "renew", target = "7", purchase = true,
      patience = 90, amount = "9.00", currency = "USD"}))
    return host, claim, order, intent
  end

  it("are bought one at a time", function()
    local host, claim, order, intent = busy()
    host:live(0.2)
    assert.equal(0, host:called "place")
    assert.equal("waiting", host:row().state)
    assert.truthy(host:row().error:find "another purchase")
    assert.equal(0, host:row().failures)
    assert.is_true(host:called "before" < 20, tostring(host:called "before"))
    assert.truthy(host.journal:settle(claim, intent, "done", claim.row, order, {}, {hold = {{kind = "certificate",
      id = "600000"}}}))
    host:live(0.2)
    assert.equal(2, host:called "place")
  end)

  -- One whose answer was lost waits for a person, and so do all that wait for it: their ends would come in silence.
  it("that wait for long are told to a person, once, and before their ends", function()
    local host, _, order, intent = busy()
    host.served = {not_before = host.now - 195 * DAY, not_after = host.now + 4 * DAY, kind = "P-256",
      names = {"example.com", "www.example.com"}}
    host:live(3.5)
    assert.equal(0, host:called "place")
    assert.equal("blocked", host:row().state)
    assert.equal(1, #host:events "blocked")
    assert.truthy(host:events("blocked")[1].advice:find "reseal status")
    assert.equal(1, #host:events "ending")
    local claim = host.journal:take("person", "other.example", host.now, 600)
    assert.truthy(host.journal:settle(claim, intent, "by_hand", claim.row, order, {}, {}))
    host:live(0.2)
    assert.equal(2, host:called "place")
    assert.equal("watch", host:row().state)
    assert.is_nil(host:row().error)
  end)

  -- The names of what waits for its activation are not told: only what was there just before tells what is ours.
  it("take nothing that somebody bought by hand before they were sent again", function()
    for _, again in ipairs {"refused", "busy"} do
      local host, claim, order, intent
      if again == "busy" then
        host, claim, order, intent = busy()
      else
        host = order_host.new {}
      end
      host.script.before = function()
        return {"500000", host.by_hand}
      end
      local sent = 0
      host.script.place = function()
        sent = sent + 1
        if again == "refused" and sent == 1 then
          return nil, failure("3050750", "later")
        end
        return LOST[1], LOST[2]
      end
      local known
      host.script.find = function(with)
        known = with.data.known
        return {absent = true}
      end
      host:run()
      host.by_hand = "600900"
      if again == "busy" then
        assert.truthy(host.journal:settle(claim, intent, "refused", claim.row, order, {}, {}))
      end
      host:pass(61)
      host:run()
      host:pass(200)
      host:run()
      assert.same({"500000", "600900"}, known, again)
    end
  end)

  it("do not take what another has", function()
    local host, claim, order, intent = busy()
    assert.truthy(host.journal:settle(claim, intent, "done", claim.row, order, {}, {hold = {{kind = "certificate",
      id = "600001"}}}))
    local free
    host.script.find = function(_, _, is_held)
      free = not is_held "600001"
      return {found = {bought = "600001"}} -- a module that does not ask
    end
    host.script.place = {LOST}
    host:live(2)
    assert.is_false(free)
    assert.equal("stopped", host:row().state)
    assert.truthy(host:order().reason:find "held by other.example")
    assert.equal("501904", host:row().certificate)
    assert.equal(1, host:called "place")
  end)
end)

describe("a request", function()
  it("is not sent when its moment has passed", function()
    local host = order_host.new {left = 300}
    local intend = host.journal.intend
    function host.journal:intend(...)
      local intent, err = intend(self, ...)
      host.mono = host.mono + 88 -- the disk was slow
      return intent, err
    end
    host:run()
    assert.equal(0, host:called "place")
    assert.equal("failed", host:row().state)
    assert.truthy(host:row().error:find "too late")
    assert.is_nil(host.journal:open_intent "example.com") -- not sent, and so settled
  end)

  local function limited(limits, options)
    local seen
    local send = run.limited(function(_, given)
      seen = given
      return {status = 200}
    end, limits)
    local answer, err = send({}, options)
    return answer, err, seen
  end

  it("takes no longer than until then", function()
    local limits = {deadline = 1000, monotonic = function()
      return 970
    end}
    local answer, _, given = limited(limits, {timeout = 60, connect_timeout = 10})
    assert.equal(200, answer.status)
    assert.equal(30, given.timeout)
    assert.equal(10, given.connect_timeout)
    limits.monotonic = function()
      return 999.5
    end
    local refused, err, none = limited(limits, {})
    assert.is_nil(refused)
    assert.same({"deadline", false}, {err.code, err.sent})
    assert.is_nil(none)
  end)

  -- A budget whose booking takes that long, or that has nothing left.
  local function budget(on_take)
    return {transport = function(_, account, provider, inner)
      assert.same({"shop", "namecheap"}, {account, provider})
      return function(request, options)
        local till = on_take()
        if till then
          return nil, {code = "budget", sent = false, message = "used up", wait_until = till}
        end
        return inner(request, options)
      end
    end}
  end

  it("is booked first, and time that passes in booking counts", function()
    local time = 900
    local answer, err = limited({deadline = 1000, account = "shop", provider = "namecheap", monotonic = function()
      return time
    end, budget = budget(function()
      time = 1001
    end)}, {})
    assert.is_nil(answer)
    assert.equal("deadline", err.code)
  end)

  it("that the budget does not allow waits, and is no failure", function()
    local host = order_host.new {budget = budget(function()
      return order_host.START + 1234
    end)}
    host.script.look = function()
      local send = run.limited(error, host.limits)
      local _, err = send({}, {})
      return nil, failure(err.code, "later", "not_sent")
    end
    host:run()
    assert.equal(order_host.START + 1234, host:row().next)
    assert.equal(0, host:row().failures)
    assert.equal("waiting", host:row().state)
  end)

  -- The clock was set back while a step was under way: that one has the claim's time, and the budget the new one. It
  -- asked sixty times in a row, and was then taken for a fault.
  it("that the budget allows again in the past waits a minute", function()
    local host = order_host.new {look = {{nil, failure("budget", "later", "not_sent", {again_at =
      order_host.START - 500})}}}
    host:run()
    assert.equal(1, host:called "look")
    assert.equal(order_host.START + 60, host:row().next)
    assert.equal("waiting", host:row().state)
    assert.equal(0, host:row().failures)
  end)

  it("that was refused for the rate is told to the budget", function()
    local told
    local host = order_host.new {look = {{nil, failure("429", "later", "refused", {category = "throttle",
      retry_after = 30})}}, budget = {throttled = function(_, account, _, seconds)
        told = account .. " " .. seconds
      end}}
    host:run()
    assert.equal("shop 30", told)
  end)

  it("that the budget does not allow is settled as not sent", function()
    local host = order_host.new {left = 300, place = {{nil, failure("budget", "later", "not_sent", {again_at =
      order_host.START + 99})}, {{order = {id = "700001", kind = "certificate"}}}}}
    host:run()
    assert.is_nil(host.journal:open_intent "example.com")
    assert.equal(0, host:row().failures)
    host:live(1)
    assert.equal(2, host:called "place")
  end)
end)

-- A renewal that waits for its activation has no name. While another certificate's purchase is under way, what stands
-- in the list may be that one's: it was taken for somebody else's, and the order stopped for a person.
describe("a successor that can't be told", function()
  local function host_with(buyer)
    local host = order_host.new {successor = {{nil, failure("ambiguous", "never")}, {false}}}
    host.journal.open_intents = function(_, filter)
      assert.equal("shop", filter.account)
      return host:called "successor" < 2 and {{name = buyer, purchase = buyer ~= nil, account = "shop"}} or {}
    end
    return host
  end

  it("while another purchase is under way is asked about later", function()
    local host = host_with "example.org"
    host:run()
    assert.equal("waiting", host:row().state)
    assert.equal(order_host.START + 60, host:row().next)
    assert.truthy(host:row().error:find "another purchase of the account is under way: it says ambiguous")
    host:live(1)
    assert.equal("watch", host:row().state)
    assert.equal(2, host:called "place")
  end)

  it("while none is stops, and is not bought", function()
    local host = host_with(nil)
    host:run()
    assert.equal("stopped", host:row().state)
    assert.equal(0, host:called "place")
  end)
end)

describe("a claim", function()
  it("that is lost is written for no more", function()
    local host
    host = order_host.new {price = function()
      host:pass(700)
      host.other = host.journal:claim("other", host.now, 600)
      return {amount = "9.00", currency = "USD"}
    end}
    local counts = host:run()
    assert.same({steps = 1, lost = 1}, counts)
    assert.is_nil(host:order().data.price)
    assert.equal(0, host:called "place")
  end)

  it("is given back when an order goes in circles", function()
    local host = order_host.new {left = 300}
    local save = host.journal.save
    function host.journal:save(claim, row, order, ...)
      if order and order.data.published_at and not order.data.nudged_at then
        order.data.published_at = nil -- as a fault of the machine would
      end
      return save(self, claim, row, order, ...)
    end
    host:run()
    assert.is_true(host:called "publish" < 70)
    assert.equal("failed", host:row().state)
    assert.truthy(host:row().error:find "in circles")
    assert.is_true(host:row().next > host.now)
  end)

  it("is given back when the process is to end", function()
    local host = order_host.new {}
    function host.engine.stopping()
      return host:called "look" > 0
    end
    host:run()
    assert.equal(0, host:called "make_key")
    host.engine.stopping = nil
    host:run()
    assert.equal("watch", host:row().state)
    assert.equal(1, host:called "look")
  end)

  it("is kept while an outcome can't be written yet", function()
    local host = order_host.new {left = 300}
    local settle, refused = host.journal.settle, 0
    function host.journal:settle(...)
      if refused < 3 then
        refused = refused + 1
        return nil, {class = "busy", code = 5, message = "database is locked"}
      end
      return settle(self, ...)
    end
    host:run()
    assert.equal(1, host:called "place")
    assert.equal("watch", host:row().state)
    assert.equal(7, host.waited)
    assert.equal(3, #host.lines)
  end)
end)

-- Answers that no module should give, mixed with those that it may, by a seed that is shown.
describe("whatever a host's parts answer", function()
  local ODD = {
    {}, {false}, {true}, {5}, {"words"}, {{}}, {{found = {}}}, {{found = {order = {}}}}, {{order = {id = 7}}},
    {{bought = 600001}}, {{pending = "waits"}}, {{issued = {}}}, {{failed = "no"}}, {{doubt = "IN_DOUBT"}},
    {{absent = true}}, {{amount = "9.00", currency = 7}}, {{not_before = "x", not_after = 7}},
    {{unclear = "two"}}, {nil, "words"}, {nil, {}}, {nil, 5}, {nil, {code = "x", retry = "never"}},
    {nil, {code = "x", retry = "later", retry_after = 1e9}}, {nil, {code = "x", retry = "later", retry_after = "soon"}},
    {nil, {code = "x", outcome = "refused", retry = "later"}},
    {nil, {code = "x", outcome = "refused", retry = "never"}},
    {nil, {code = "x", outcome = "refused", retry = "never", exists = true}},
    {nil, {code = "x", outcome = "not_sent"}},
    {nil, {code = "x", outcome = "unknown", handle = 600001}}, {nil, {code = "budget", again_at = 9e15}},
    {nil, {code = "held"}}, {nil, {code = "other_key"}}, {{amount = "x", currency = "USD"}}, {{id = "501904"}},
    {{id = "501904", status = "pending"}}, {{id = "501904", status = "to_activate"}}, {{id = "7", status = "issued"}},
    {function() error {code = "odd"} end},
  }

  -- Whether a purchase may have been carried out that was answered so.
  local function may_be_paid(value, err)
    return value ~= nil or type(err) ~= "table" or err.outcome ~= "refused" and err.outcome ~= "not_sent"
      or err.exists ~= nil or err.handle ~= nil
  end

  it("each order goes on, waits a day at most, or stops with reason and command; nothing is paid twice", function()
    for seed = 1, 300 do
      local state = seed * 7919 + 17
      local function random(n)
        state = (state * 16807) % 2147483647
        return state % n + 1
      end
      local host = order_host.new {left = random(2) == 1 and 20 or 300}
      local paid = {}
      local answer = host.answer
      function host:answer(act, ...)
        local value, err
        if random(4) > 1 then
          value, err = answer(self, act, ...)
        else
          local one = ODD[random(#ODD)]
          if type(one[1]) == "function" then
            if act == "place" then
              paid[#paid + 1] = select(2, ...)
            end
            one[1]()
          end
          value, err = one[1], one[2]
        end
        if act == "place" and may_be_paid(value, err) then
          paid[#paid + 1] = select(2, ...)
        end
        return value, err
      end
      for _ = 1, 40 do
        host:run()
        local row, order = host:row(), host:order()
        local shown = ("seed %d: %s, %s"):format(seed, tostring(row.state), tostring(row.error))
        assert.is_true(row.next <= host.now + DAY, shown)
        if row.state == "stopped" then
          assert.truthy(order and #order.reason > 0 and order.command:find "^reseal reconcile", shown)
        end
        assert.is_true(count(paid, "renew") + count(paid, "create") <= 1, shown)
        assert.same({}, host.lines, shown)
        host:pass(math.max(1, row.next - host.now))
      end
    end
  end)
end)
