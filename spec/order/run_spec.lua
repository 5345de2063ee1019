-- Orders on a real journal, in both databases: what one process leaves, another takes up.
local journals = require "spec.support.journal"
local order_host = require "spec.support.order_host"
local run = require "reseal.order.run"

local DAY = 86400
local failure = order_host.failure

journals.each({describe = describe, setup = setup, teardown = teardown, before_each = before_each,
  after_each = after_each}, function(database)
  local host

  local function open()
    return database.open {clock = function()
      return host and host.now or order_host.START
    end}
  end

  -- A host whose process has ended and was started anew.
  local function restart()
    host.journal:close()
    host.journal = open()
    host.engine.journal = host.journal
  end

  local function new(script)
    host = nil
    script.journal = open()
    host = order_host.new(script)
    return host
  end

  it("an order goes its whole way, and is known afterwards", function()
    new {}
    host:run()
    assert.equal("watch", host:row().state)
    assert.equal("600001", host:row().certificate)
    assert.is_nil(host:order())
    local charges = assert(host.journal:charges())
    assert.equal(1, #charges)
    assert.same({"9.0000", "USD", "example.com"}, {charges[1].amount, charges[1].currency, charges[1].name})
    assert.same({}, assert(host.journal:check()))
    assert.equal("example.com", host.journal:holder("shop", "certificate", "600001"))
    restart()
    host:live(30)
    assert.equal(2, host:called "place")
    assert.equal("watch", host:row().state)
  end)

  --- Counts the transactions that write, from here on.
  local function counted()
    local db, count = host.journal.db, {n = 0}
    local transaction = db.transaction
    function db.transaction(...)
      count.n = count.n + 1
      return transaction(...)
    end
    return count
  end

  it("a look at what is not due writes twice: the claim, and its end with all that was seen", function()
    new {}
    host.served = {not_before = host.now, not_after = host.now + 200 * DAY, names = host.managed.names,
      kind = "P-256"}
    local count = counted()
    host:run()
    assert.equal("watch", host:row().state)
    assert.equal(1, host:called "served")
    assert.equal(2, count.n)
    host:pass(DAY)
    host:run()
    assert.equal(2, host:called "served")
    assert.equal(4, count.n)
    host:run() -- nothing is due
    assert.equal(4, count.n)
  end)

  it("an order writes for what must not be lost, and not for each thing that is read", function()
    new {}
    local count = counted()
    host:run()
    assert.equal(1, #host:events "installed")
    local calls = 0
    for _, n in pairs(host.calls) do
      calls = calls + n
    end
    assert.equal(19, calls)
    -- The claim, the order, two intents and two outcomes, the challenge's place, the installation (before and after),
    -- and the end (before what was published is taken away, and after).
    assert.equal(11, count.n)
    count.n = 0
    host:live(0.01)
    assert.equal(2, count.n)
  end)

  it("facts that were read are written with a failure that follows, in their order", function()
    new {price = {{nil, failure("503", "later")}}}
    local count = counted()
    host:run()
    local order = host:order()
    assert.equal("failed", host:row().state)
    assert.same({"string", "number", "number", "number"}, {type(order.data.csr), type(order.data.room_at),
      type(order.data.provable_at), type(order.data.clock_at)})
    local kinds = {}
    for i, event in ipairs(assert(host.journal:events {})) do
      kinds[i] = event.kind
    end
    assert.same({"opened", "decided", "failed"}, kinds)
    assert.equal(3, count.n)
  end)

  it("nothing that was read is written by a process that lost its claim", function()
    local other
    new {price = function()
      host:pass(700)
      other = assert(host.journal:claim("other", host.now, 600))
      return {amount = "9.00", currency = "USD"}
    end}
    assert.same({steps = 1, lost = 1}, assert(run.once(host.engine, {most = 1})))
    assert.is_nil(host:order().data.csr)
    assert.equal(0, host:called "place")
    assert.equal(1, #assert(host.journal:events {}))
    assert(host.journal:release(other))
  end)

  it("what a purchase's price rests on is written with its intent, or with why there is none", function()
    new {}
    host.engine.caps = {shop = {day = "5.00"}}
    host:run()
    assert.equal("blocked", host:row().state)
    assert.equal("9.00", host:order().data.price.amount)
    assert.equal(0, #assert(host.journal:open_intents()))
    host.engine.caps = nil
    host.script.place = function()
      host.seen = {host:order().data.known[1], host:row().state, #assert(host.journal:open_intents())}
      return nil, failure("timeout", "never", "unknown")
    end
    host:pass(DAY)
    host:run()
    assert.same({"500000", "blocked", 1}, host.seen)
  end)

  -- The process ends at each call of a port in turn, before it is carried out and after it was.
  for _, when in ipairs {"before", "after"} do
    it(("a process may end %s any call"):format(when), function()
      local n, ended_at = 0, {}
      repeat
        n = n + 1
        database.clear()
        new {}
        local bought, activated = 0, 0
        host.script.place = function(_, kind)
          bought, activated = bought + (kind == "renew" and 1 or 0), activated + (kind == "activate" and 1 or 0)
          return kind == "renew" and {bought = "600001"} or {order = {id = "600001", kind = "certificate"}}
        end
        host.script.find = function(_, intent)
          if intent.kind == "renew" then
            return bought > 0 and {found = {bought = "600001"}} or {absent = true}
          end
          return activated > 0 and {found = {order = {id = "600001", kind = "certificate"}}} or {absent = true}
        end
        local calls, ended = 0, false
        local answer = host.answer
        function host:answer(act, ...)
          calls = calls + 1
          local ends = calls == n
          if ends then
            ended, ended_at[#ended_at + 1] = true, act
          end
          if ends and when == "before" then
            error "the process ends"
          end
          local value, err = answer(self, act, ...)
          if ends then
            error "the process ends"
          end
          return value, err
        end
        local claim = assert(host.journal:claim("first", host.now, 600))
        local work = run.begin(host.engine, claim)
        while work.at ~= "over" and not ended do
          run.advance(host.engine, work)
        end
        host.answer = nil -- the process that follows lives
        restart()
        host:pass(700)
        host:live(1)
        local order = host:order()
        if order and order.data.stop then
          -- Of a purchase that may have been sent, and is not to be seen, only a person knows.
          assert.same({"place", "before"}, {ended_at[#ended_at], when})
          assert.equal(0, bought)
        elseif ended then
          assert.equal("watch", host:row().state, ended_at[#ended_at])
          assert.equal(1, bought, ended_at[#ended_at])
          assert.equal("600001", host:row().certificate)
        end
        assert.is_true(bought <= 1)
        assert.same({}, assert(host.journal:check()))
        host.journal:close()
      until not ended or n > 40
      assert.equal(21, n) -- an order takes 20 calls
    end)
  end

  it("who lost its claim leaves what it was answered, and the next takes it from there", function()
    new {}
    host.script.place = function(_, kind)
      if kind == "renew" then
        host:pass(700)
        host.other = assert(host.journal:claim("other", host.now, 600))
        return {bought = "600001", charged = {amount = "9.0000", currency = "USD"}}
      end
      return {order = {id = "600001", kind = "certificate"}}
    end
    local counts = assert(run.once(host.engine, {most = 1}))
    assert.equal(1, counts.lost)
    assert.is_nil(host.journal:holder("shop", "certificate", "600001"))
    assert.truthy(host.journal:release(host.other))
    host:live(1)
    assert.equal("600001", host:row().certificate)
    assert.equal(2, host:called "place")
    assert.equal(0, host:called "find")
    assert.equal(1, #assert(host.journal:charges()))
  end)

  it("two orders of one account are bought one after the other", function()
    new {}
    local other = {name = "other.example", account = "shop", certificate = "7"}
    assert(host.journal:enroll({host.managed, other}, {now = host.now}))
    local claim = assert(host.journal:claim_name("other", "other.example", host.now, 600))
    local order = {name = "other.example", account = "shop", action = "renew", phase = "place", data = {}}
    local intent = assert(host.journal:intend(claim, order, {kind = "renew", target = "7", purchase = true,
      patience = 90, amount = "9.00", currency = "USD"}))
    host:run()
    assert.equal(0, host:called "place")
    assert.equal("waiting", host:row().state)
    assert(host.journal:settle(claim, intent, "refused", claim.row, order, {}))
    assert(host.journal:release(claim, {next = host.now + DAY}))
    host:pass(60)
    host:run()
    assert.equal(2, host:called "place")
  end)

  it("caps hold a purchase back, and say so", function()
    new {}
    host.engine.caps = {shop = {day = "5.00"}}
    host:live(1)
    assert.equal(0, host:called "place")
    assert.equal("blocked", host:row().state)
    assert.truthy(host:row().error:find "limit is 5.00")
    host.engine.caps = {shop = {day = "50.00"}}
    host:live(1)
    assert.equal(2, host:called "place")
  end)

  it("a stopped order is shown with reason and command by whoever opens the journal", function()
    new {place = {{nil, failure("timeout", "never", "unknown")}}}
    host:live(1)
    restart()
    local order = host:order()
    assert.truthy(order.reason:find "the renew of 501904")
    assert.truthy(order.command:find "^reseal reconcile example.com")
    assert.equal("stopped", host:row().state)
    assert.equal(1, #assert(host.journal:open_intents()))
    assert.equal(1, #host:events "stopped")
  end)
end)
