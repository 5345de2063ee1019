-- The journal on a PostgreSQL that goes away: what was committed is found out by reading, and never guessed.

local journal = require "reseal.order.journal"
local postgres = require "spec.support.postgres"
local program = require "spec.support.process"
local sql = require "reseal.sql"

describe("a journal whose connection is cut", function()
  local server, j

  setup(function() server = postgres.start() end)
  teardown(function() server.stop() end)

  before_each(function()
    local db = assert(sql.open(server.url))
    assert(db:run "DROP SCHEMA public CASCADE")
    assert(db:run "CREATE SCHEMA public")
    db:close()
    j = assert(journal.open(server.url))
    assert(j:enroll {{name = "a.example", account = "shop"}})
  end)

  after_each(function() j:close() end)

  local PURCHASE = {kind = "renew", target = "1", purchase = true, patience = 60, amount = "9", currency = "USD"}

  --- What `act` returns with a journal whose connection is cut at its first COMMIT.
  local function cut(when, then_none, act)
    local proxy = postgres.proxy(server.port, "COMMIT(?!TED)", when, then_none)
    local url = ("postgresql://postgres@127.0.0.1:%d/postgres"):format(proxy.port)
    local other = assert(journal.open(url, {connect_timeout = 2}))
    local results = {pcall(act, other)}
    other:close()
    proxy.stop()
    assert(results[1], results[2])
    return results[2], results[3]
  end

  local function order()
    return {action = "renew", phase = "place", data = {}}
  end

  for _, when in ipairs {"before", "after"} do
    it("in the COMMIT of an intent, " .. when .. " it, has the intent once, and says so", function()
      local claim = assert(j:claim("me", nil, 60))
      local own = order()
      local intent, err = cut(when, false, function(other) return other:intend(claim, own, PURCHASE) end)
      assert.is_table(intent, tostring(err))
      local open = assert(j:open_intents())
      assert.equal(1, #open)
      assert.equal(intent.token, open[1].token)
      assert.equal(intent.id, open[1].id)
      assert.equal(own.id, assert(j:order "a.example").id)
      assert.equal(1, #assert(j:orders()))
      assert.same({}, j:check())
    end)

    it("in the COMMIT of an outcome, " .. when .. " it, has one charge", function()
      local claim = assert(j:claim("me", nil, 60))
      local own = order()
      local intent = assert(j:intend(claim, own, PURCHASE))
      assert.is_true(cut(when, false, function(other)
        return other:settle(claim, intent, "done", claim.row, own, {{kind = "bought"}})
      end))
      assert.equal(1, #assert(j:charges()))
      assert.equal(1, #assert(j:events()))
      assert.same({}, j:open_intents())
    end)

    it("in the COMMIT of an intent, " .. when .. " it, and for good, says that it is not known", function()
      local claim = assert(j:claim("me", nil, 60))
      local own = order()
      local intent, err = cut(when, true, function(other) return other:intend(claim, own, PURCHASE) end)
      assert.is_nil(intent)
      assert.equal("unknown", err.outcome)
      assert.equal("connection", err.class)
      assert.is_nil(claim.intent)
      assert.is_nil(own.id)
      -- What there is, is seen by whoever claims it next.
      local stands = #assert(j:open_intents())
      assert.equal(when == "after" and 1 or 0, stands)
      assert(j:release(claim, {next = 0}))
      local again = assert(j:claim("me", nil, 60))
      assert.equal(stands == 1, again.intent ~= nil)
      assert.same({}, j:check())
    end)

    it("in the COMMIT of an outcome, " .. when .. " it, and for good, can be told again", function()
      local claim = assert(j:claim("me", nil, 60))
      local own = order()
      local intent = assert(j:intend(claim, own, PURCHASE))
      local ok, err = cut(when, true, function(other) return other:settle(claim, intent, "done", claim.row, own) end)
      assert.is_nil(ok)
      assert.equal("unknown", err.outcome)
      assert.is_true(j:settle(claim, intent, "done", claim.row, own))
      assert.equal(1, #assert(j:charges()))
      assert.same({}, j:open_intents())
    end)
  end

  it("by a server that is killed waits, and goes on when there is one again", function()
    local claim = assert(j:claim("me", nil, 60))
    local own = order()
    assert(j:save(claim, claim.row, own))
    server.kill()
    for _, try in ipairs {
      function() return j:intend(claim, own, PURCHASE) end,
      function() return j:claim("other", nil, 60) end,
      function() return j:row "a.example" end,
      function() return j:release(claim) end,
      function() return j:time() end,
      function() return j:check() end,
    } do
      local none, err = try()
      assert.is_nil(none)
      assert.equal("connection", err.class)
    end
    server.start()
    assert.same({}, j:open_intents())
    assert(j:intend(claim, own, PURCHASE))
    assert.equal(1, #assert(j:open_intents()))
    assert(j:release(claim))
    assert.same({}, j:check())
  end)

  it("by a server that is killed while several work has no contradictions afterwards", function()
    local list = {}
    for i = 1, 20 do
      list[i] = {name = ("n%02d.example"):format(i), account = "shop" .. i % 3}
    end
    assert(j:enroll(list))
    local workers = {}
    for i = 1, 3 do
      workers[i] = program.start([[
        local system = require "reseal.system"
        local url, owner = ...
        local j = assert(require("reseal.order.journal").open(url, {connect_timeout = 2}))
        local done = 0
        say "ready"
        local till = system.now() + 4
        while system.now() < till do
          local claim = j:claim(owner, nil, 1)
          if claim then
            local order = claim.order or {action = "renew", phase = "place", data = {}}
            local intent = claim.intent or j:intend(claim, order, {kind = "renew", target = claim.name, purchase = true,
              patience = 1, amount = "1", currency = "USD"})
            if intent then
              order.closed, order.result = 1, "done"
              done = done + (j:settle(claim, intent, "done", claim.row, order) and 1 or 0)
            end
            j:release(claim, {next = 0})
          else
            system.sleep(0.02)
          end
        end
        say(done)
      ]], server.url, "w" .. i)
    end
    for _, worker in ipairs(workers) do
      assert.equal("ready", worker.line())
    end
    for _ = 1, 3 do
      require("reseal.system").sleep(0.4)
      server.kill()
      server.start()
    end
    local done = 0
    for _, worker in ipairs(workers) do
      local said = worker.finish()
      assert.is_truthy(said:find "^%d+\n$", said)
      done = done + tonumber(said:match "%d+")
    end
    assert.is_true(done > 10, "only " .. done)
    assert.same({}, j:check() or j:check()) -- its own connection was cut, too
    -- What a process was told that it stands, stands; what it could not be told may stand, too.
    assert.is_true(#assert(j:charges()) >= done)
    for _, one in ipairs(assert(j:orders())) do
      local paid = 0
      for _, intent in ipairs(assert(j:intents(one.id))) do
        paid = paid + (intent.outcome == "done" and 1 or 0)
      end
      assert.is_true(paid <= 1)
    end
  end)

  it("trusts no clock but the database's", function()
    local claim = assert(j:claim("me", 5, 60)) -- a runner whose clock stands at 1970
    assert.is_true(math.abs(claim.now - os.time()) < 60)
    assert.equal(claim.now + 60, claim.expires)
    assert.is_nil(j:claim("other", os.time() + 365 * 86400, 60)) -- and one that is a year ahead
    local none, err = j:claim_name("other", "a.example", os.time() + 365 * 86400, 60)
    assert.is_nil(none)
    assert.equal("claimed", err.code)
    local intent = assert(j:intend(claim, order(), PURCHASE))
    assert.is_true(math.abs(intent.at - os.time()) < 60)
    assert.is_true(math.abs(j:time(5) - os.time()) < 60)
  end)
end)
