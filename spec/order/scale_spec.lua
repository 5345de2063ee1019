-- 100,000 certificates: what the journal asks often reads a few rows by an index, however many there are.

local journals = require "spec.support.journal"

local COUNT = 100000
local NOW = 1800000000

journals.each({describe = describe, setup = setup, teardown = teardown, before_each = before_each,
  after_each = after_each}, function(database)
  local j, asked

  --- 100,000 certificates that are known, of which 300 are due; three accounts, orders, intents, events and calls.
  local function fill(db)
    assert(db:run([[WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ]] .. COUNT .. [[)
      INSERT INTO reseal_certificates (name, account, source, certificate, state, since, next, failures, data, deadline,
        ready, wake, epoch)
      SELECT 'n' || CAST(i AS TEXT) || '.example', 'shop' || CAST(i % 3 AS TEXT), '', CAST(i AS TEXT), 'watching', 0,
        1800000000, 0, '{}', 1900000000 - i, FALSE,
        CASE WHEN i <= 300 THEN 1800000000 - i ELSE 1800000000 + i % 80000 + 1 END, 0 FROM n]]))
    assert(db:run([[INSERT INTO reseal_orders (id, name, account, action, phase, data, opened)
      SELECT CAST(certificate AS BIGINT), name, account, 'renew', 'prove', '{}', 0 FROM reseal_certificates]]))
    assert(db:run([[INSERT INTO reseal_intents (id, order_id, name, account, kind, target, purchase, at, deadline,
      token, outcome, settled)
      SELECT id, id, name, account, 'renew', name, TRUE, 0, 0, name, 'done', 0 FROM reseal_orders]]))
    assert(db:run([[INSERT INTO reseal_charges (id, account, name, order_id, intent_id, amount, units, currency, run,
      at) SELECT id, account, name, id, id, '1', 10000, 'USD', name, id FROM reseal_orders]]))
    assert(db:run([[INSERT INTO reseal_events (id, at, name, account, kind, data)
      SELECT id, 0, name, account, 'x', '{}' FROM reseal_orders]]))
    assert(db:run([[INSERT INTO reseal_notices (event_id, mark, due, tries, delivered)
      SELECT id, name, 0, 1, 0 FROM reseal_orders]]))
    assert(db:run("UPDATE reseal_counters SET value = " .. COUNT))
    if db.kind == "postgresql" then
      assert(db:run "ANALYZE")
    end
  end

  --- From here on every statement's plan is kept.
  local function explain(db)
    asked = {}
    local prefix = db.kind == "sqlite" and "EXPLAIN QUERY PLAN " or "EXPLAIN "
    local rows, run = db.rows, db.run
    local function watched(original)
      return function(self, statement, ...)
        if statement:find "^%u+ " and not statement:find "pg_notify" and not asked[statement] then
          local plan = {}
          for _, line in ipairs(assert(rows(self, prefix .. statement, ...))) do
            plan[#plan + 1] = line.detail or line["QUERY PLAN"]
          end
          asked[statement] = table.concat(plan, "\n")
        end
        return original(self, statement, ...)
      end
    end
    db.rows, db.run = watched(rows), watched(run)
  end

  --- What no plan may have: a walk through all rows of a table that grows, or a sort of many of them. (What is open of
  --- one certificate or order is one row.)
  local function walks(plan)
    local many = not plan:find "reseal_orders_open" and not plan:find "reseal_intents"
    for line in plan:gmatch "[^\n]+" do
      local large = line:find "reseal_" and not line:find "reseal_counters" and not line:find "reseal_accounts"
        and not line:find "reseal_held" and not line:find "reseal_calls"
      -- SQLite calls a walk along an index that only has the wanted rows a SCAN, too.
      local partial = line:find "USING [%u ]*INDEX reseal_certificates_ready" or line:find "reseal_notices_due"
        or line:find "reseal_certificates_wake"
      if large and (line:find "^SCAN" and not partial or line:find "Seq Scan") then
        return line
      elseif many and (line:find "TEMP B%-TREE FOR ORDER BY" or line:find "^%s*%->  Sort " or line:find "^Sort ") then
        return line
      end
    end
  end

  it("costs what it costs with a hundred", function()
    j = database.open {clock = function() return NOW end}
    fill(j.db)
    explain(j.db)
    local claims = {}
    for i = 1, 5 do
      claims[i] = assert(j:claim("me", NOW, 600))
    end
    -- The soonest end of those 300 that are due.
    assert.equal("n300.example", claims[1].name)
    assert.equal("n299.example", claims[2].name)
    assert.is_truthy(j:claim("me", NOW, 600, {account = "shop1"}))
    assert.equal(0, j:due())
    for i, claim in ipairs(claims) do
      local order = claim.order
      order.closed, order.result = NOW, "done"
      assert(j:save(claim, claim.row, order, {{kind = "x", mark = "m" .. i}}))
      local again = {action = "renew", phase = "place", data = {}}
      local intent = assert(j:intend(claim, again, {kind = "renew", target = "t" .. i, purchase = true, patience = 60,
        amount = "1", currency = "USD"}, {caps = {order = "5", run = "5", day = "5"}, run = "r" .. i}))
      assert(j:settle(claim, intent, "done", claim.row, again, {{kind = "y"}},
        {hold = {{kind = "certificate", id = "c" .. i}}}))
      assert(j:renew_claim(claim, NOW, 600))
      assert(j:release(claim, {next = NOW + 100}))
    end
    assert(j:claim_name("me", "n7.example", NOW, 600))
    assert.is_truthy(j:row "n8.example")
    assert.is_truthy(j:order "n8.example")
    assert(j:rows {after = "n5", limit = 10})
    assert(j:rows {account = "shop1", limit = 10})
    assert(j:orders {after = 50, limit = 10})
    assert(j:events {after = COUNT - 5})
    assert(j:events {name = "n5.example"})
    assert(j:open_intents {name = "n5.example", order_id = 5})
    assert(j:notices(NOW, 60))
    assert.equal("n300.example", j:holder("shop0", "certificate", "c1"))
    local count = 0
    for statement, plan in pairs(asked) do
      count = count + 1
      assert.is_nil(walks(plan), statement .. "\n" .. plan)
    end
    assert.is_true(count > 30, "only " .. count .. " statements were looked at")
  end)
end)
