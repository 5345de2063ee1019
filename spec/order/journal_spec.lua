-- The journal, on a real SQLite and a real PostgreSQL: what stands in it whatever happens, and what it forbids.

local journals = require "spec.support.journal"
local program = require "spec.support.process"
local schema = require "reseal.order.journal.schema"
local system = require "reseal.system"
local wait = require "spec.support.wait"

local DAY = 86400
local NOW = 1800000000

journals.each({describe = describe, setup = setup, teardown = teardown, before_each = before_each,
  after_each = after_each}, function(database)
  local j, now

  --- A journal with a clock of the test's.
  local function open()
    return database.open {clock = function() return now end}
  end

  before_each(function()
    now = NOW
    j = open()
  end)

  local function fails(code, result, err)
    assert.is_nil(result)
    assert.equal(code, err.code, tostring(err.message))
    assert.is_true(#err.message > 0)
    return err
  end

  local function entry(name, more)
    local one = {name = name, account = "shop"}
    for field, value in pairs(more or {}) do
      one[field] = value
    end
    return one
  end

  --- Claims a certificate, and opens an order of it.
  local function begin(name, owner)
    local claim = assert(j:claim_name(owner or "me", name, now, 600))
    local order = {action = "renew", phase = "place", data = {}}
    assert(j:save(claim, claim.row, order))
    return claim, order
  end

  local function purchase(more)
    local intent = {kind = "renew", target = "501904", purchase = true, patience = 60, amount = "9.00",
      currency = "USD"}
    for field, value in pairs(more or {}) do
      intent[field] = value
    end
    return intent
  end

  local function healthy()
    assert.same({}, (assert(j:check())))
  end

  describe("enroll", function()
    it("adds what is new, changes what is other, and marks what is gone", function()
      assert.same({added = 2, updated = 0, restored = 0, removed = 0},
        j:enroll {entry("a.example", {certificate = "501904", product = "PositiveSSL"}), entry "b.example"})
      assert.same({added = 0, updated = 0, restored = 0, removed = 0},
        j:enroll {entry("a.example", {certificate = "501904"}), entry "b.example"})
      assert.same({added = 1, updated = 1, restored = 0, removed = 1},
        j:enroll {entry("a.example", {certificate = "501904", account = "other"}), entry "c.example"})
      local row = assert(j:row "a.example")
      assert.equal("other", row.account)
      assert.equal("501904", row.certificate)
      assert.equal("PositiveSSL", row.product)
      assert.equal("new", row.state)
      assert.is_nil(j:row "x.example")
      local names = {}
      for _, one in ipairs(assert(j:rows())) do
        names[#names + 1] = one.name
      end
      assert.same({"a.example", "c.example"}, names)
      assert.equal(3, #assert(j:rows {removed = true}))
      assert.equal(NOW, assert(j:row "b.example").removed)
      assert.same({added = 0, updated = 0, restored = 1, removed = 1}, j:enroll {entry("a.example",
        {certificate = "501904", account = "other"}), entry "b.example"})
      assert.is_nil(assert(j:row "b.example").removed)
      healthy()
    end)

    it("leaves alone what another configuration lists", function()
      assert(j:enroll({entry "a.example"}, {source = "shell"}))
      assert.same({added = 1, updated = 0, restored = 0, removed = 0},
        j:enroll({entry "b.example"}, {source = "nginx"}))
      assert.equal(2, #assert(j:rows()))
      assert.same({added = 0, updated = 0, restored = 0, removed = 1}, j:enroll({}, {source = "nginx"}))
      assert.is_nil(assert(j:row "a.example").removed)
    end)

    it("takes over what another configuration listed before", function()
      assert(j:enroll({entry "a.example"}, {source = "old.lua"}))
      assert.same({added = 0, updated = 1, restored = 0, removed = 0},
        j:enroll({entry "a.example"}, {source = "new.lua"}))
      assert(j:enroll({}, {source = "old.lua"}))
      assert.is_nil(assert(j:row "a.example").removed)
    end)

    it("tells of what is gone while its order is under way, once", function()
      assert(j:enroll {entry "a.example", entry "b.example"})
      local claim = begin "a.example"
      assert(j:release(claim))
      assert(j:enroll {})
      assert(j:enroll {})
      local list = assert(j:notices(now, 60))
      assert.equal(1, #list)
      assert.same({"removed", "a.example", "a.example removed " .. NOW},
        {list[1].event.kind, list[1].event.name, list[1].event.mark})
      assert.equal(claim.order.id, list[1].event.order_id)
    end)

    it("refuses a name that is there twice, and changes nothing then", function()
      fails("twice", j:enroll {entry "a.example", entry "a.example"})
      assert.same({}, j:rows())
    end)

    it("spreads the first looks as it is told", function()
      assert(j:enroll({entry "a.example", entry "b.example"}, {spread = function(one)
        return one.name == "a.example" and 100 or 50.7
      end}))
      assert.is_nil(j:claim("me", now, 60))
      assert.equal(NOW + 50, j:due())
      now = NOW + 50
      assert.equal("b.example", assert(j:claim("me", now, 60)).name)
      assert.is_nil(j:claim("me", now, 60))
    end)

    it("lets another id to begin with count once no order is open", function()
      assert(j:enroll {entry("a.example", {certificate = "1"})})
      local claim, order = begin "a.example"
      claim.row.certificate = "2"
      assert(j:save(claim, claim.row, order))
      assert(j:release(claim))
      assert(j:enroll {entry("a.example", {certificate = 7})})
      claim = assert(j:claim_name("me", "a.example", now, 60))
      assert.equal("2", claim.row.certificate)
      claim.order.closed, claim.order.result = now, "done"
      assert(j:save(claim, claim.row, claim.order))
      assert(j:release(claim))
      claim = assert(j:claim_name("me", "a.example", now, 60))
      assert.equal("7", claim.row.certificate)
      claim.row.certificate = "8"
      assert(j:release(claim))
      assert.equal("8", assert(j:claim_name("me", "a.example", now, 60)).row.certificate)
    end)

    -- Else the successor that is looked for under one entry's names could be the other entry's certificate.
    it("holds the ids that entries begin with, each for one", function()
      assert(j:enroll {entry("b.example", {certificate = 9}), entry("c.example", {certificate = "9"})})
      assert.equal("b.example", j:holder("shop", "certificate", "9"))
      local err = fails("held", j:hold("shop", "certificate", "9", "a.example"))
      assert.equal("b.example", err.holder)
      assert.equal(1, #j:holdings "shop")
    end)

    it("lets an entry that gets another name go on with what it had", function()
      assert(j:enroll {entry("z.example", {certificate = "501904"})})
      local claim, order = begin "z.example"
      assert(j:save(claim, nil, order, nil, {hold = {{kind = "certificate", id = "600001"}}}))
      assert(j:enroll {entry("a.example", {certificate = "501904"})})
      -- What its order bought is found, and not free to take while the order is under way.
      assert.is_nil(j:holder("shop", "certificate", "600001"))
      fails("held", j:hold("shop", "certificate", "600001", "a.example"))
      order.closed, order.result = now, "done"
      assert(j:save(claim, claim.row, order))
      assert(j:release(claim))
      assert.is_true(j:hold("shop", "certificate", "600001", "a.example"))
      assert(j:enroll {entry("b.example", {certificate = "501904"})})
      assert.equal("b.example", j:holder("shop", "certificate", "501904"))
      healthy()
    end)

    it("forgets no id where the configuration names none any more", function()
      assert(j:enroll {entry("a.example", {certificate = "501904"})})
      local claim = assert(j:claim_name("me", "a.example", now, 60))
      claim.row.certificate = "600001" -- its renewal
      assert(j:save(claim, claim.row))
      assert(j:release(claim))
      assert(j:enroll {entry "a.example"})
      claim = assert(j:claim_name("me", "a.example", now, 60))
      assert.equal("600001", claim.row.certificate)
    end)
  end)

  describe("retire", function()
    it("takes one out, and frees what it held; what happened stays", function()
      assert(j:enroll {entry("a.example", {certificate = "1"}), entry "b.example"})
      assert(j:hold("shop", "certificate", "1", "a.example"))
      assert(j:append {{kind = "note", name = "a.example", text = "x"}})
      assert.is_true(j:retire "a.example")
      assert.is_true(j:retire "a.example")
      assert.equal(NOW, assert(j:row "a.example").removed)
      assert.is_nil(j:holder("shop", "certificate", "1"))
      assert.equal(1, #assert(j:last_events("a.example", 5)))
      assert.equal("b.example", assert(j:claim("me", now, 60)).name)
      assert.is_nil(j:claim("me", now, 60))
      assert.equal(1, assert(j:enroll {entry("a.example", {certificate = "1"}), entry "b.example"}).restored)
      healthy()
    end)

    it("refuses one with an order under way, and one that is not known", function()
      assert(j:enroll {entry "a.example"})
      local claim, order = begin "a.example"
      fails("open_order", j:retire "a.example")
      assert.is_nil(assert(j:row "a.example").removed)
      fails("unknown_name", j:retire "x.example")
      order.closed, order.result = now, "done"
      assert(j:save(claim, claim.row, order))
      assert(j:retire "a.example") -- somebody works at it still: its claim is given back, and it stays out
      assert(j:release(claim))
      assert.is_nil(j:claim("me", now + 3600, 60))
      healthy()
    end)
  end)

  it("has the last events of one, the oldest of them first", function()
    local list = {}
    for i = 1, 6 do
      list[i] = {kind = "note", name = i % 2 == 0 and "a.example" or "b.example", text = tostring(i)}
    end
    assert(j:append(list))
    local texts = {}
    for i, event in ipairs(assert(j:last_events("a.example", 2))) do
      texts[i] = event.text
    end
    assert.same({"4", "6"}, texts)
  end)

  describe("a claim", function()
    it("is of one configuration's, where that is asked for", function()
      assert(j:enroll({entry "a.example", entry("b.example", {account = "other"})}, {source = "one"}))
      assert(j:enroll({entry "c.example"}, {source = "two", spread = function() return 500 end}))
      assert.is_nil(j:claim("me", now, 60, {source = "two"}))
      assert.equal(NOW + 500, j:due {source = "two"})
      assert.equal(0, j:due {source = "one"})
      assert.is_nil(j:due {source = "three"})
      assert.equal("b.example", assert(j:claim("me", now, 60, {source = "one", account = "other"})).name)
      assert.is_nil(j:claim("me", now, 60, {source = "one", account = "other"}))
      assert.equal("a.example", assert(j:claim("me", now, 60, {source = "one"})).name)
      now = NOW + 500
      assert.equal("c.example", assert(j:claim("me", now, 60, {source = "two"})).name)
    end)

    local function known(name, ends)
      local claim = assert(j:claim_name("setup", name, now, 60))
      claim.row.served = {not_after = ends, not_before = NOW - DAY, kind = "ec", fingerprint = "AB"}
      assert(j:release(claim, {next = now}))
    end

    it("is of what is due, the soonest end first, and what is not known before all", function()
      assert(j:enroll {entry "a.example", entry "b.example", entry "c.example", entry "d.example"})
      known("a.example", NOW + 30 * DAY)
      known("b.example", NOW + 10 * DAY)
      known("c.example", NOW + 20 * DAY)
      local order = {}
      for i = 1, 4 do
        order[i] = assert(j:claim("me", now, 60)).name
      end
      assert.same({"d.example", "b.example", "c.example", "a.example"}, order)
      local none, err = j:claim("me", now, 60)
      assert.is_nil(none)
      assert.is_nil(err)
    end)

    it("is of one account, where that is wanted", function()
      assert(j:enroll {entry "a.example", entry("b.example", {account = "other"})})
      assert.equal("b.example", assert(j:claim("me", now, 60, {account = "other"})).name)
      assert.is_nil(j:claim("me", now, 60, {account = "other"}))
      assert.equal("a.example", assert(j:claim("me", now, 60)).name)
    end)

    it("ends with its lease, and the next has another epoch", function()
      assert(j:enroll {entry "a.example"})
      local first = assert(j:claim("one", now, 60))
      assert.equal(NOW + 60, first.expires)
      now = NOW + 59
      assert.is_nil(j:claim("two", now, 60))
      now = NOW + 60
      local second = assert(j:claim("two", now, 60))
      assert.is_true(second.epoch > first.epoch)
      local order = {action = "renew", phase = "place", data = {}}
      fails("lost", j:save(first, first.row))
      fails("lost", j:save(first, first.row, order))
      fails("lost", j:intend(first, order, purchase()))
      fails("lost", j:renew_claim(first, now, 60))
      fails("lost", j:release(first, {next = now + 1}))
      assert.is_nil(order.id)
      assert.same({}, j:orders())
      assert.same({}, j:open_intents())
      assert(j:save(second, second.row, order))
      local intent = assert(j:intend(second, order, purchase()))
      fails("lost", j:settle(first, intent, "done"))
      assert.equal(1, #assert(j:open_intents()))
      assert(j:settle(second, intent, "done"))
      healthy()
    end)

    it("lasts longer when it is renewed, and until then is still its holder's who is late alone", function()
      assert(j:enroll {entry "a.example"})
      local claim = assert(j:claim("one", now, 60))
      now = NOW + 50
      assert(j:renew_claim(claim, now, 60))
      now = NOW + 100
      assert.is_nil(j:claim("two", now, 60))
      now = NOW + 500
      assert(j:save(claim, claim.row)) -- nobody took it
      assert(j:release(claim, {next = now}))
      fails("lost", j:save(claim, claim.row))
      assert.equal("a.example", assert(j:claim("one", now, 60)).name)
    end)

    it("that was given back and taken again by the same process is another", function()
      assert(j:enroll {entry "a.example"})
      local first = assert(j:claim("one", now, 60))
      assert(j:release(first, {next = now}))
      assert(j:claim("one", now, 60))
      fails("lost", j:save(first, first.row))
    end)

    it("of one that was removed is not to be had, until it comes back", function()
      assert(j:enroll {entry "a.example"})
      local claim = assert(j:claim("one", now, 60))
      assert(j:enroll {})
      assert(j:release(claim, {next = now}))
      now = NOW + 2 * DAY
      assert.is_nil(j:claim("one", now, 60))
      assert(j:enroll {entry "a.example"})
      assert.equal("a.example", assert(j:claim("one", now, 60)).name)
    end)

    it("ends with the change that says so, which is nobody else's", function()
      assert(j:enroll {entry "a.example"})
      local claim = assert(j:claim("one", now, 60))
      local row = claim.row
      row.next, row.state = now + 50, "watch"
      assert(j:save(claim, row, nil, {{kind = "x"}}, {release = true}))
      local there = assert(j:row "a.example")
      assert.same({NOW + 50, "watch"}, {there.next, there.state})
      assert.is_nil(there.owner)
      fails("lost", j:save(claim, row, nil, {{kind = "y"}}, {release = true}))
      assert.equal(1, #assert(j:events {}))
      assert.is_nil(j:claim("two", now, 60))
      now = NOW + 50
      assert.equal("a.example", assert(j:claim("two", now, 60)).name)
    end)

    it("takes the row along with a request, or nothing of both", function()
      assert(j:enroll {entry "a.example"})
      local claim = assert(j:claim("one", now, 60))
      local order = {action = "renew", phase = "place", data = {}}
      local row = claim.row
      row.state = "working"
      local intent = {kind = "renew", target = "1", purchase = true, patience = 60, amount = "9", currency = "USD"}
      fails("cap", j:intend(claim, order, intent, {caps = {day = "1"}, row = row}))
      assert.equal("new", assert(j:row "a.example").state)
      assert(j:intend(claim, order, intent, {row = row}))
      assert.equal("working", assert(j:row "a.example").state)
      assert.equal(1, #assert(j:open_intents()))
    end)

    it("of one that is not due can be had by its name, if nobody has it", function()
      assert(j:enroll {entry "a.example"})
      assert(j:release(assert(j:claim("one", now, 60)), {next = now + 1000}))
      assert.is_nil(j:claim("one", now, 60))
      local claim = assert(j:claim_name("one", "a.example", now, 60))
      local err = fails("claimed", j:claim_name("two", "a.example", now, 60))
      assert.equal("one", err.owner)
      assert.equal(claim.expires, err.expires)
      fails("unknown_name", j:claim_name("two", "b.example", now, 60))
      now = NOW + 60
      assert.is_true(assert(j:claim_name("two", "a.example", now, 60)).epoch > claim.epoch)
    end)

    it("is never more than a day away, also after a clock that was ahead", function()
      assert(j:enroll {entry "a.example", entry "b.example"})
      assert(j:release(assert(j:claim_name("one", "a.example", now, 60)), {next = now + 1000 * DAY}))
      assert.equal(NOW + DAY, assert(j:row "a.example").next)
      now = NOW + 365 * DAY -- for a while
      assert(j:release(assert(j:claim_name("one", "a.example", now, 60)), {next = now + 3600}))
      assert(j:claim_name("one", "b.example", now, 60)) -- and dies
      now = NOW
      local names = {}
      for _ = 1, 2 do
        names[assert(j:claim("two", now, 60)).name] = true
      end
      assert.same({["a.example"] = true, ["b.example"] = true}, names)
    end)

    it("is counted with those of its account that are worked at, and called from the queue", function()
      local list = {}
      for i = 1, 7 do
        list[i] = entry(("n%d.example"):format(i))
      end
      list[8] = entry "other.example"
      list[8].account = "second"
      assert(j:enroll(list))
      local function put(name, state, ends, since)
        local claim = assert(j:claim_name("one", name, now, 60))
        claim.row.state, claim.row.since, claim.row.served = state, since or NOW, {not_before = 1, not_after = ends}
        assert(j:release(claim, {next = now + 3600}))
      end
      put("n1.example", "working", NOW + 9)
      put("n2.example", "waiting", NOW + 9)
      put("n3.example", "waiting", NOW + 9, NOW - 3601)
      put("n4.example", "unknown", NOW + 9)
      put("n5.example", "queued", NOW + 50 * DAY)
      put("n6.example", "queued", NOW + 40 * DAY)
      put("n7.example", "failed", NOW + 9)
      put("other.example", "working", NOW + 9)
      local account = list[1].account
      assert.same({3, 2, 1}, {j:at_work(account, now), j:at_work(account, now, "n1.example"), j:at_work("second", now)})
      assert.same({2, 0}, {j:waiting(account), j:waiting "second"})
      assert.is_false(j:call_queued(account, now, 3))
      assert.is_false(j:call_queued("second", now, 9))
      assert.is_nil((j:claim("two", now, 60)))
      assert.is_true(j:call_queued(account, now, 4))
      assert.equal("n6.example", assert(j:claim("two", now, 60)).name) -- it ends first
      assert.is_true(j:call_queued(account, now, 4))
      assert.is_false(j:call_queued(account, now, 4)) -- nobody is left
      assert.equal("n5.example", assert(j:claim("two", now, 60)).name)
      assert(j:enroll {list[8]}) -- the others are managed no more
      assert.same({0, 0}, {j:at_work(account, now), j:waiting(account)})
    end)

    it("keeps whatever the machine knows, exactly", function()
      assert(j:enroll {entry "a.example"})
      local claim = assert(j:claim("one", now, 60))
      local row = claim.row
      row.state, row.failures, row.error, row.advice = "waiting", 3, 'it said "no"\n', "look"
      row.served = {not_before = 1, not_after = NOW + 5, fingerprint = "AA", kind = "rsa"}
      row.certificate, row.product, row.order_ends, row.last_success = 9007199254740991, "EV", NOW, NOW - 1
      row.look = {info = {status = "issued", list = {"a", "b"}, big = 4294967296}, due = true}
      assert(j:release(claim, {since = NOW - 7}))
      local read = assert(j:claim("one", now, 60)).row
      assert.equal("9007199254740991", read.certificate)
      assert.same(row.look, read.look)
      assert.same(row.served, read.served)
      for field, value in pairs {state = "waiting", failures = 3, error = 'it said "no"\n', advice = "look",
        product = "EV", order_ends = NOW, last_success = NOW - 1, since = NOW - 7} do
        assert.equal(value, read[field], field)
      end
      assert.equal(4294967296, read.look.info.big)
      if math.type then
        assert.equal("integer", math.type(read.look.info.big))
      end
    end)

    it("is let go when its owner is gone, and lost as soon as the next one has it", function()
      assert(j:enroll {entry "a.example", entry "b.example", entry "c.example"})
      local claims = {}
      for name, owner in pairs {["a.example"] = "gone", ["b.example"] = "lives", ["c.example"] = "gone"} do
        claims[name] = assert(j:claim_name(owner, name, now, 600))
      end
      assert.is_nil((j:claim("me", now, 60)))
      local asked = {}
      local function is_gone(owner)
        asked[#asked + 1] = owner
        return owner == "gone"
      end
      assert.equal(2, j:end_leases(is_gone, now))
      table.sort(asked)
      assert.same({"gone", "lives"}, asked)
      assert.equal(0, j:end_leases(is_gone, now))
      assert.is_true(assert(j:due()) <= now)
      -- Who was taken for gone and is not goes on, unless another one has come.
      assert(j:save(claims["a.example"], claims["a.example"].row, nil, {{kind = "note", text = "x"}}))
      local first, second = assert(j:claim("me", now, 60)), assert(j:claim_name("me", "c.example", now, 60))
      assert.equal("a.example", first.name)
      assert.is_true(first.epoch > claims["a.example"].epoch and second.epoch > claims["c.example"].epoch)
      fails("lost", j:save(claims["a.example"], claims["a.example"].row, nil, {}))
      fails("lost", j:release(claims["c.example"]))
      fails("claimed", j:claim_name("me", "b.example", now, 60))
      assert.is_nil((j:claim("me", now, 60)))
    end)

    it("wants a lease that makes sense", function()
      for _, lease in ipairs {0, -1, DAY + 1, "x"} do
        assert.has_error(function() j:claim("me", now, lease) end)
      end
    end)

    it("goes to one of several processes, each in its turn", function()
      local list = {}
      for i = 1, 30 do
        list[i] = entry(("n%02d.example"):format(i))
      end
      assert(j:enroll(list))
      local workers = {}
      for i = 1, 3 do
        workers[i] = program.start([[
          local url, owner = ...
          local j = assert(require("reseal.order.journal").open(url))
          say "ready"
          pause()
          while true do
            local claim, err = j:claim(owner, nil, 600)
            assert(not err, tostring(err))
            if not claim then break end
            say(claim.name .. " " .. claim.epoch)
          end
          say "end"
        ]], database.url(), "w" .. i)
      end
      for _, worker in ipairs(workers) do
        assert.equal("ready", worker.line())
      end
      for _, worker in ipairs(workers) do
        os.execute("touch " .. worker.go_file)
      end
      local seen, count = {}, 0
      for _, worker in ipairs(workers) do
        for line in worker.finish():gmatch "[^\n]+" do
          if line ~= "end" then
            assert.is_nil(seen[line], line)
            assert.is_truthy(line:find "^n%d%d%.example 1$", line)
            seen[line], count = true, count + 1
          end
        end
      end
      assert.equal(30, count)
      healthy()
    end)
  end)

  describe("an order", function()
    before_each(function() assert(j:enroll {entry "a.example", entry "b.example"}) end)

    it("is one at a time for a certificate", function()
      local claim, order = begin "a.example"
      assert.equal("number", type(order.id))
      fails("open_order", j:save(claim, claim.row, {action = "reissue", phase = "decide", data = {}}))
      order.closed, order.result = now, "failed"
      assert(j:save(claim, claim.row, order))
      assert.is_nil(claim.order)
      local second = {action = "reissue", phase = "decide", data = {}}
      assert(j:save(claim, claim.row, second))
      assert.is_true(second.id > order.id)
      assert.equal(second.id, assert(j:order "a.example").id)
      assert.equal("failed", assert(j:order(order.id)).result)
      fails("closed_order", j:save(claim, claim.row, order))
      assert.equal(2, #assert(j:orders {name = "a.example"}))
      assert.equal(1, #assert(j:orders {open = true}))
      healthy()
    end)

    it("keeps its data as it was", function()
      local claim, order = begin "a.example"
      order.data = {known = {"1", "22"}, csr = "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n", n = 1e15, yes = true,
        challenges = {{name = "a.example", method = "http", content = "ü\0\31\127\\\"/"}}, empty = {},
        price = {amount = "9.0000"}}
      order.phase, order.reason, order.command = "prove", "because", "reseal reconcile a.example"
      assert(j:save(claim, claim.row, order))
      local read = assert(j:order "a.example")
      assert.same(order.data, read.data)
      assert.equal("prove", read.phase)
      assert.equal("because", read.reason)
      assert.equal("reseal reconcile a.example", read.command)
    end)
  end)

  describe("an intent", function()
    before_each(function()
      assert(j:enroll {entry "a.example", entry "b.example", entry("c.example", {account = "other"})})
    end)

    it("is committed before anything can be sent, with the order", function()
      local claim = assert(j:claim_name("me", "a.example", now, 60))
      local order = {action = "renew", phase = "place", data = {known = {"1"}}}
      local intent = assert(j:intend(claim, order, purchase {target = 501904}, {run = "r1"}))
      assert.equal(NOW, intent.at)
      assert.equal(NOW + 60, intent.deadline)
      local other = open()
      local read = assert(other:open_intents())[1]
      assert.equal("501904", read.target)
      assert.equal(order.id, read.order_id)
      for _, field in ipairs {"id", "token", "kind", "purchase", "amount", "currency", "run", "at", "deadline"} do
        assert.equal(intent[field], read[field], field)
      end
      assert.same({"1"}, assert(other:order "a.example").data.known)
      healthy()
    end)

    it("is one for a kind and a certificate of an account", function()
      local a, first = begin "a.example"
      local b, second = begin "b.example"
      local c, third = begin "c.example"
      local change = {kind = "reissue", target = "7", patience = 60}
      assert(j:intend(a, first, change))
      fails("open_intent", j:intend(b, second, change))
      fails("open_intent", j:intend(a, first, {kind = "activate", target = "8", patience = 60}))
      assert(j:intend(b, second, {kind = "reissue", target = "8", patience = 60}))
      assert(j:intend(c, third, change)) -- another account's
      assert.equal(3, #assert(j:open_intents()))
    end)

    it("to buy is one for an account, and one for an order", function()
      local a, first = begin "a.example"
      local b, second = begin "b.example"
      local c, third = begin "c.example"
      local intent = assert(j:intend(a, first, purchase()))
      fails("account_busy", j:intend(b, second, purchase {target = "7"}))
      assert(j:intend(c, third, purchase()))
      assert(j:settle(a, intent, "found", a.row, first, nil, {hold = {{kind = "certificate", id = 600001}}}))
      fails("already_paid", j:intend(a, first, purchase {target = "600001"}))
      local again = assert(j:intend(b, second, purchase {target = "7"}))
      assert(j:settle(b, again, "refused"))
      assert(j:intend(b, second, purchase {target = "7"})) -- nothing was paid
      assert.equal("9.00", assert(j:spent "shop").USD)
      healthy()
    end)

    it("keeps to what may be spent, to the last ten-thousandth", function()
      local claim, order = begin "a.example"
      local function try(amount, caps)
        return j:intend(claim, order, purchase {amount = amount}, {caps = caps, run = "r1"})
      end
      local err = fails("cap", try("0.3001", {order = "0.3"}))
      assert.equal("order", err.cap)
      assert(j:spend("shop", "x.example", "0.1", "USD", NOW - 10, {run = "r1"}))
      assert(j:spend("shop", "x.example", "0.1", "USD", NOW - DAY + 1))
      assert(j:spend("shop", "x.example", "5", "USD", NOW - DAY))
      assert(j:spend("shop", "x.example", "5", "EUR", NOW))
      assert(j:spend("other", "x.example", "5", "USD", NOW, {run = "r1"}))
      fails("cap", try("0.1001", {day = "0.3", currency = "USD"}))
      err = fails("cap", try("0.2001", {run = "0.3"}))
      assert.equal("0.10", err.spent)
      fails("currency", try("0.1", {day = "100", currency = "EUR"}))
      fails("amount", try("0.1", {day = "much"}))
      assert.same({}, j:open_intents())
      assert(try("0.1", {order = "0.1", day = "0.3", run = "0.2"}))
    end)

    it("to buy needs a price", function()
      local claim, order = begin "a.example"
      for _, wrong in ipairs {{amount = false, code = "no_price"}, {currency = false, code = "no_price"},
        {currency = "usd", code = "no_price"}, {amount = "9,00", code = "amount"}, {amount = "-1", code = "amount"},
        {amount = "1e3", code = "amount"}, {amount = "0.00001", code = "amount"}, {amount = 9, code = "amount"}} do
        local intent = purchase()
        if wrong.amount ~= nil then
          intent.amount = wrong.amount or nil
        end
        if wrong.currency ~= nil then
          intent.currency = wrong.currency or nil
        end
        fails(wrong.code, j:intend(claim, order, intent))
      end
      assert.same({}, j:open_intents())
    end)

    it("to buy is refused once the account is halted", function()
      local claim, order = begin "a.example"
      local intent = assert(j:intend(claim, order, purchase()))
      assert(j:settle(claim, intent, "done", claim.row, order, nil, {charge = {amount = "99.0000", currency = "USD"},
        halt = "99 in place of 9"}))
      local b, second = begin "b.example"
      local err = fails("halted", j:intend(b, second, purchase()))
      assert.is_truthy(err.message:find("99 in place of 9", 1, true))
      assert(j:intend(b, second, {kind = "reissue", target = "7", patience = 60})) -- a change is no purchase
      local account = assert(j:account "shop")
      assert.equal(NOW, account.halted)
      assert.equal("99.00", assert(j:spent "shop").USD)
      assert(j:set_account("shop", {halted = false, reason = false, clock_offset = -3, clock_checked = NOW}))
      account = assert(j:account "shop")
      assert.is_nil(account.halted)
      assert.is_nil(account.reason)
      assert.equal(-3, account.clock_offset)
      assert.same({name = "unheard"}, j:account "unheard")
    end)

    it("is settled once, with what follows from it, or not at all", function()
      local claim, order = begin "a.example"
      assert(j:hold("shop", "certificate", "1", "b.example"))
      local intent = assert(j:intend(claim, order, purchase()))
      -- What another holds is not free to take: nothing of it is written.
      local err = fails("held", j:settle(claim, intent, "found", {state = "changed"}, order, {{kind = "x"}},
        {hold = {{kind = "certificate", id = "2"}, {kind = "certificate", id = 1}}}))
      assert.equal("b.example", err.holder)
      assert.equal(1, #assert(j:open_intents()))
      assert.is_nil(j:holder("shop", "certificate", "2"))
      assert.same({}, j:events())
      assert.same({}, j:charges())
      assert.equal("new", assert(j:row "a.example").state)
      order.phase = "bought"
      assert(j:settle(claim, intent, "done", claim.row, order, {{kind = "bought", text = "600001"}},
        {hold = {{kind = "certificate", id = "600001"}}, handle = 600001}))
      assert.equal("a.example", j:holder("shop", "certificate", 600001))
      assert.equal("bought", assert(j:order "a.example").phase)
      local settled = assert(j:intents(order.id))[1]
      assert.equal("done", settled.outcome)
      assert.equal("600001", settled.handle)
      assert.same({{id = 1, account = "shop", name = "a.example", order_id = order.id, intent_id = intent.id,
        amount = "9.00", currency = "USD", at = NOW}}, j:charges())
      fails("settled", j:settle(claim, intent, "absent"))
      assert.has_error(function() j:settle(claim, intent, "perhaps") end)
      assert(j:hold("shop", "certificate", "600001", "a.example")) -- what one holds, one may hold
      healthy()
    end)

    it("lets go of ids that are no longer its certificate's, and only of its own", function()
      local claim, order = begin "a.example"
      assert(j:hold("shop", "order", "5", "b.example"))
      assert(j:save(claim, nil, order, nil, {hold = {{kind = "certificate", id = "1"}, {kind = "order", id = "4"}}}))
      assert.same({{kind = "certificate", id = "1", name = "a.example"}, {kind = "order", id = "4", name = "a.example"},
        {kind = "order", id = "5", name = "b.example"}}, j:holdings "shop")
      assert(j:save(claim, nil, order, nil, {unhold = {{kind = "order", id = 4}, {kind = "order", id = 5}}}))
      assert.is_nil(j:holder("shop", "order", "4"))
      assert.equal("b.example", j:holder("shop", "order", "5"))
      assert.is_nil(j:holder("other", "order", "5"))
    end)

    it("keeps its order open", function()
      local claim, order = begin "a.example"
      local intent = assert(j:intend(claim, order, purchase()))
      order.closed, order.result = now, "failed"
      fails("open_intent", j:save(claim, claim.row, order))
      assert(j:settle(claim, intent, "refused", claim.row, order))
      assert.is_nil(j:order "a.example")
      assert.same({}, j:charges())
      healthy()
    end)

    it("comes with the next claim, and with its deadline set anew where the clock was set back", function()
      local claim, order = begin "a.example"
      now = NOW + 365 * DAY
      local intent = assert(j:intend(claim, order, purchase()))
      now = NOW
      assert(j:release(claim))
      local next_claim = assert(j:claim_name("two", "a.example", now, 60))
      assert.equal(intent.id, next_claim.intent.id)
      assert.equal(NOW + 60, next_claim.intent.deadline)
      now = NOW + 61
      next_claim = assert(j:claim_name("three", "a.example", now, 60))
      assert.equal(NOW + 60, next_claim.intent.deadline)
      assert.equal(NOW + 60, assert(j:open_intents())[1].deadline)
    end)

    it("gets the answer of a sender who has lost its claim, as evidence and nothing more", function()
      local claim, order = begin "a.example"
      local intent = assert(j:intend(claim, order, purchase()))
      now = NOW + 601
      local second = assert(j:claim("two", now, 60))
      fails("lost", j:settle(claim, intent, "done"))
      assert(j:witness(intent, {handle = 600001, ok = {bought = "600001"}}))
      assert(j:witness(intent, {handle = 600002}))
      assert(j:save(second, second.row)) -- whose claim stands
      now = NOW + 2000
      local third = assert(j:claim("three", now, 60))
      assert.equal("600001", third.intent.handle)
      assert.same({bought = "600001"}, third.intent.answer.ok)
      assert.equal("late_answer", assert(j:events())[1].kind)
    end)

    it("of several processes that want it at once is one's", function()
      local names = {}
      for i = 1, 6 do
        names[i] = entry(("n%d.example"):format(i))
      end
      assert(j:enroll(names))
      local workers = {}
      for i = 1, 3 do
        workers[i] = program.start([[
          local url, first = ...
          local j = assert(require("reseal.order.journal").open(url))
          say "ready"
          pause()
          for n = first, first + 1 do
            local claim = assert(j:claim_name("w" .. first, "n" .. ("%d"):format(n) .. ".example", nil, 60))
            local intent, err = j:intend(claim, {action = "renew", phase = "place", data = {}}, {kind = "renew",
              target = "7", purchase = true, patience = 60, amount = "1", currency = "USD"})
            say(intent and "sends" or err.code)
          end
        ]], database.url(), tostring(2 * i - 1))
      end
      for _, worker in ipairs(workers) do
        assert.equal("ready", worker.line())
      end
      for _, worker in ipairs(workers) do
        os.execute("touch " .. worker.go_file)
      end
      local counts = {}
      for _, worker in ipairs(workers) do
        for line in worker.finish():gmatch "[^\n]+" do
          counts[line] = (counts[line] or 0) + 1
        end
      end
      assert.equal(1, counts.sends)
      assert.equal(5, (counts.open_intent or 0) + (counts.account_busy or 0))
      healthy()
    end)
  end)

  describe("a process that is killed", function()
    it("between its intent and its request leaves an intent that forbids another", function()
      assert(j:enroll {entry "a.example"})
      local worker = program.start([[
        local j = assert(require("reseal.order.journal").open((...), {clock = function() return 1800000000 end}))
        local claim = assert(j:claim("w", nil, 60))
        assert(j:intend(claim, {action = "renew", phase = "place", data = {}}, {kind = "renew", target = "501904",
          purchase = true, patience = 60, amount = "9", currency = "USD"}))
        say "committed"
        pause()
      ]], database.url())
      assert.equal("committed", worker.line())
      worker.kill()
      worker.finish()
      now = NOW + 59
      assert.is_nil(j:claim("me", now, 60))
      now = NOW + 60
      local claim = assert(j:claim("me", now, 60))
      assert.equal("renew", claim.intent.kind)
      assert.equal(NOW + 60, claim.intent.deadline)
      fails("open_intent", j:intend(claim, claim.order, {kind = "renew", target = "501904", patience = 60}))
      assert(j:settle(claim, claim.intent, "absent", claim.row, claim.order))
      assert.same({}, j:charges())
      healthy()
    end)

    it("at any moment leaves a journal without contradictions", function()
      local list = {}
      for i = 1, 20 do
        list[i] = entry(("n%02d.example"):format(i))
      end
      assert(j:enroll(list))
      local real = database.open()
      for round = 1, 8 do
        local worker = program.start([[
          local url, owner = ...
          local j = assert(require("reseal.order.journal").open(url))
          say "ready"
          while true do
            local claim = j:claim(owner, nil, 1)
            if claim then
              local order = claim.order or {action = "renew", phase = "place", data = {}}
              local intent = claim.intent or j:intend(claim, order, {kind = "renew", target = claim.name,
                purchase = true, patience = 1, amount = "1", currency = "USD"}, {}, {{kind = "ordering",
                mark = claim.name .. claim.epoch}})
              if intent then
                order.closed, order.result = 1, "done"
                j:settle(claim, intent, "done", claim.row, order, {{kind = "bought"}}, {hold = {{kind = "certificate",
                  id = claim.name .. "/" .. intent.id}}})
              end
              -- Another's purchase may be open: it is due before this one.
              j:release(claim, {next = intent and 0 or os.time() + 1})
            end
          end
        ]], database.url(), "w" .. round)
        assert.equal("ready", worker.line())
        local works = wait(10, function() return #assert(real:charges()) >= 2 * round end)
        system.sleep(0.01 * round)
        worker.kill()
        worker.finish()
        assert.is_true(works, "the worker does nothing")
        assert.same({}, (assert(real:check())))
      end
      local done = 0
      for _, order in ipairs(assert(real:orders())) do
        local paid = 0
        for _, intent in ipairs(assert(real:intents(order.id))) do
          paid = paid + (intent.outcome == "done" and 1 or 0)
        end
        assert.is_true(paid <= 1)
        done = done + paid
      end
      assert.equal(done, #assert(real:charges()))
      assert.is_true(done >= 16)
    end)

    it("that only sleeps, for longer than its claim, finds that it has lost it", function()
      local real = database.open()
      assert(real:enroll {entry "a.example"})
      local worker = program.start([[
        local j = assert(require("reseal.order.journal").open((...)))
        local claim = assert(j:claim("w", nil, 1))
        local order = {action = "renew", phase = "place", data = {}}
        local intent = assert(j:intend(claim, order, {kind = "renew", target = "501904", purchase = true, patience = 1,
          amount = "9", currency = "USD"}))
        say "sent"
        pause()
        local ok, err = j:settle(claim, intent, "done", {state = "mine"}, order)
        say(ok and "wrote" or err.code)
        say(j:witness(intent, {handle = "600001"}))
      ]], database.url())
      assert.equal("sent", worker.line())
      os.execute("kill -STOP " .. worker.pid)
      local claim
      local taken = wait(10, function()
        claim = real:claim("me", nil, 60)
        return claim
      end)
      os.execute("touch " .. worker.go_file)
      os.execute("kill -CONT " .. worker.pid)
      assert.equal("lost\ntrue\n", worker.finish())
      assert.is_truthy(taken)
      assert.equal("renew", claim.intent.kind)
      assert.equal("600001", assert(real:open_intents())[1].handle)
      assert.equal("new", assert(real:row "a.example").state)
    end)
  end)

  describe("events", function()
    it("are in the order of their commits, whoever writes them", function()
      local workers = {}
      for i = 1, 3 do
        workers[i] = program.start([[
          local j = assert(require("reseal.order.journal").open((...)))
          say "ready"
          pause()
          for n = 1, 40 do
            assert(j:append {{kind = "one", n = n}, {kind = "two", n = n}})
          end
        ]], database.url())
      end
      for _, worker in ipairs(workers) do
        assert.equal("ready", worker.line())
      end
      for _, worker in ipairs(workers) do
        os.execute("touch " .. worker.go_file)
      end
      local last = 0
      local all = wait(10, function()
        for _, event in ipairs(assert(j:events {after = last})) do
          assert.equal(last + 1, event.id) -- none comes later with a lower number
          last = event.id
        end
        return last == 240
      end)
      for _, worker in ipairs(workers) do
        assert.equal("", worker.finish())
      end
      assert.is_true(all, "only " .. last)
    end)

    it("are told once for each mark", function()
      assert(j:append {{kind = "failed", mark = "a failed", name = "a.example", text = "no", data = {x = 1}},
        {kind = "failed", mark = "a failed"}, {kind = "quiet"}})
      assert(j:append {{kind = "failed", mark = "a failed"}, {kind = "installed", mark = "a installed"}})
      local list = assert(j:notices(now, 60))
      assert.equal(2, #list)
      assert.same({"failed", "installed"}, {list[1].event.kind, list[2].event.kind})
      assert.equal("no", list[1].event.text)
      assert.same({x = 1}, list[1].event.data)
      assert.equal(1, list[1].tries)
      assert.same({}, j:notices(now, 60)) -- they are being delivered
      assert(j:delivered(list[1].event.id))
      now = NOW + 60
      list = assert(j:notices(now, 60))
      assert.equal(1, #list) -- whoever wanted to tell it, died
      assert.equal("installed", list[1].event.kind)
      assert.equal(2, list[1].tries)
      assert(j:delivered(list[1].event.id))
      now = NOW + 1000
      assert.same({}, j:notices(now, 60))
      assert.equal(5, #assert(j:events()))
      assert.equal(2, #assert(j:events {after = 3}))
      assert.equal(1, #assert(j:events {name = "a.example"}))
      healthy()
    end)

    it("wake who waits for them", function()
      local real = database.open()
      j:wait(0.05)
      local worker = program.start([[
        local j = assert(require("reseal.order.journal").open((...)))
        pause()
        assert(j:append {{kind = "one"}})
      ]], database.url())
      while real:wait(0.05) do end -- what was before it
      os.execute("touch " .. worker.go_file)
      assert.is_true(real:wait(10))
      worker.finish()
    end)
  end)

  it("holds no secret", function()
    assert(j:enroll {entry("a.example", {api_key = "M4RKER-enroll", key_pem = "M4RKER-enroll"})})
    local claim, order = begin "a.example"
    local key = "-----BEGIN PRIVATE KEY-----\nM4RKER\n-----END PRIVATE KEY-----\n"
    local function with(field, value)
      return {state = "new", next = now, [field] = value}
    end
    for _, wrong in ipairs {
      function() return j:save(claim, with("error", key)) end,
      function() return j:save(claim, with("anything", {deep = {key}})) end,
      function() return j:save(claim, with("anything", {api_key = "M4RKER"})) end,
      function() return j:save(claim, with("advice", "x " .. key)) end,
      function() order.data = {password = "M4RKER"} return j:save(claim, nil, order) end,
      function() order.data = {list = {{Passphrase = "M4RKER"}}} return j:intend(claim, order, purchase()) end,
      function() order.data, order.reason = {}, key return j:save(claim, nil, order) end,
      function() order.reason = nil return j:save(claim, nil, nil, {{kind = "x", text = key}}) end,
      function() return j:append {{kind = "x", about = {key_pem = "M4RKER"}}} end,
      function() return j:witness({token = "x"}, {ok = {secret = "M4RKER"}}) end,
    } do
      local err = fails("secret", wrong())
      assert.is_nil(err.message:find("M4RKER", 1, true))
    end
    local text = {}
    assert(j:export(function(line) text[#text + 1] = line return true end))
    assert.is_nil(table.concat(text):find("M4RKER", 1, true))
    if database.kind == "sqlite" then
      for _, suffix in ipairs {"", "-wal"} do
        local file = assert(io.open(database.url() .. suffix, "rb"))
        assert.is_nil(file:read("*a"):find("M4RKER", 1, true))
        file:close()
      end
    end
  end)

  describe("the schema", function()
    --- A journal of version 1, with a certificate in the middle of a purchase.
    local function version_1()
      j:close()
      database.clear()
      local db = database.raw()
      assert.equal(1, schema.migrate(db, NOW, 1))
      assert(db:run [[INSERT INTO reseal_certificates (name, account, source, certificate, state, since, next,
        failures, data, deadline, ready, wake, epoch) VALUES ('a.example', 'shop', '', '501904', 'ordering', 5, 6, 0,
        '{"x":1}', 0, FALSE, 6, 3)]])
      assert(db:run [[INSERT INTO reseal_orders (id, name, account, action, phase, data, opened)
        VALUES (1, 'a.example', 'shop', 'renew', 'place', '{"known":["7"]}', 5)]])
      assert(db:run [[INSERT INTO reseal_intents (id, order_id, name, account, kind, target, purchase, amount, units,
        currency, at, deadline, token) VALUES (1, 1, 'a.example', 'shop', 'renew', '501904', TRUE, '9.00', 90000,
        'USD', 5, 65, 'token')]])
      assert(db:run "UPDATE reseal_counters SET value = 1 WHERE name IN ('orders', 'intents')")
      return db
    end

    it("of an earlier version is carried over with what stands there", function()
      local db = version_1()
      assert.equal(1, assert(db:rows "SELECT max(version) AS v FROM reseal_schema")[1].v)
      j = open()
      assert.equal(schema.VERSION, assert(db:rows "SELECT max(version) AS v FROM reseal_schema")[1].v)
      local claim = assert(j:claim("me", now, 60))
      assert.equal("501904", claim.row.certificate)
      assert.equal(1, claim.row.x)
      assert.equal(4, claim.epoch)
      assert.same({"7"}, claim.order.data.known)
      assert.is_true(claim.intent.purchase)
      assert(j:witness(claim.intent, {handle = "9"})) -- what only the new version can
      assert(j:settle(claim, claim.intent, "found", claim.row, claim.order, {{kind = "x", mark = "x"}}))
      assert.equal(1, #assert(j:notices(now, 60)))
      healthy()
    end)

    it("is made, and carried over, by several processes at once", function()
      for _, prepare in ipairs {function() j:close() database.clear() end, version_1} do
        prepare()
        local workers = {}
        for i = 1, 4 do
          workers[i] = program.start([[
            say "ready"
            pause()
            local j = assert(require("reseal.order.journal").open((...)))
            assert(j:append {{kind = "here"}})
            say(#assert(j:check()))
          ]], database.url())
        end
        for _, worker in ipairs(workers) do
          assert.equal("ready", worker.line())
        end
        for _, worker in ipairs(workers) do
          os.execute("touch " .. worker.go_file)
        end
        for _, worker in ipairs(workers) do
          assert.equal("0\n", worker.finish())
        end
        j = open()
        assert.equal(4, #assert(j:events()))
        local versions = assert(database.raw():rows "SELECT version FROM reseal_schema ORDER BY version")
        assert.equal(schema.VERSION, #versions)
      end
    end)

    it("of a newer version is refused in words, and left as it is", function()
      local db = database.raw()
      assert(db:run("INSERT INTO reseal_schema (version, since) VALUES (99, 1)"))
      local err = fails("newer_schema", require("reseal.order.journal").open(database.url()))
      assert.is_truthy(err.message:find("99", 1, true))
      assert.is_truthy(err.message:find(("up to %d"):format(schema.VERSION), 1, true))
      assert.equal(99, assert(db:rows "SELECT max(version) AS v FROM reseal_schema")[1].v)
    end)
  end)
end)
