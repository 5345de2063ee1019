-- The journal as a whole: contradictions are named, all of it is exported, and SQLite's is copied while it is in use.

local cjson = require "cjson"
local journals = require "spec.support.journal"
local program = require "spec.support.process"
local sandboxes = require "spec.support.sandbox"
local system = require "reseal.system"

local NOW = 1800000000
local LUA = os.getenv "RESEAL_LUA" or arg[-1] or "lua"

--- Runs `reseal journal` with these words (text): what it prints, its errors, its exit code.
local function command(words, environment)
  local errors = os.tmpname()
  local out = sandboxes.output(("env %s '%s' bin/reseal journal %s 2>%s; echo exit $?"):format(environment or "", LUA,
    words, errors))
  local file = assert(io.open(errors))
  local err = file:read "*a"
  file:close()
  os.remove(errors)
  local shown, code = out:match "^(.-)exit (%d+)\n$"
  return {out = shown, err = err, code = tonumber(code)}
end

journals.each({describe = describe, setup = setup, teardown = teardown, before_each = before_each,
  after_each = after_each}, function(database)
  local j, dir

  before_each(function()
    dir = assert(system.mkdtemp "reseal-audit-")
    j = database.open {clock = function() return NOW end}
    assert(j:enroll {{name = "a.example", account = "shop", certificate = "1"}, {name = "b.example", account = "shop"}})
    local claim = assert(j:claim_name("me", "a.example", NOW, 600))
    local order = {action = "renew", phase = "place", data = {known = {"9"}}}
    local intent = assert(j:intend(claim, order, {kind = "renew", target = "1", purchase = true, patience = 60,
      amount = "9.00", currency = "USD"}, {run = "r"}, {{kind = "ordering", text = "renew", mark = "a 1"}}))
    assert(j:settle(claim, intent, "done", claim.row, order, nil, {hold = {{kind = "certificate", id = "2"}}}))
  end)

  after_each(function() system.remove_tree(dir) end)

  local WRONG = {
    order_without_row = "INSERT INTO reseal_orders (id, name, account, action, phase, data, opened) VALUES (900, "
      .. "'x.example', 'shop', 'renew', 'place', '{}', 1)",
    order_without_result = "UPDATE reseal_orders SET closed = 5",
    open_order_of_removed = "UPDATE reseal_certificates SET removed = 5 WHERE name = 'a.example'",
    intent_without_order = "INSERT INTO reseal_intents (id, order_id, name, account, kind, target, purchase, at, "
      .. "deadline, token) VALUES (900, 900, 'a.example', 'shop', 'reissue', '5', FALSE, 1, 2, 'x')",
    open_intent_of_closed = "INSERT INTO reseal_intents (id, order_id, name, account, kind, target, purchase, at, "
      .. "deadline, token) SELECT 900, id, name, 'shop', 'reissue', '5', FALSE, 1, 2, 'x' FROM reseal_orders",
    purchase_without_charge = "DELETE FROM reseal_charges",
    charge_without_intent = "UPDATE reseal_charges SET intent_id = 77",
    held_by_nobody = "INSERT INTO reseal_held (account, kind, id, name, since) VALUES ('shop', 'order', '5', 'y', 1)",
    held_by_another = "UPDATE reseal_held SET name = 'b.example' WHERE id = '1'",
    claim = "UPDATE reseal_certificates SET lease_ends = NULL WHERE name = 'a.example'",
    never_due = "UPDATE reseal_certificates SET wake = NULL, ready = FALSE WHERE name = 'b.example'",
    notice_without_event = "DELETE FROM reseal_events",
    counter = "UPDATE reseal_counters SET value = 0 WHERE name = 'intents'",
    index_missing = "DROP INDEX reseal_intents_purchase",
    json = "UPDATE reseal_orders SET data = '{'",
    amount = "UPDATE reseal_charges SET units = 5",
  }
  local ALSO = {open_intent_of_closed = "UPDATE reseal_orders SET closed = 5, result = 'done'"}

  it("has no contradictions", function()
    assert.same({}, j:check())
  end)

  for code, statement in pairs(WRONG) do
    it("is found to contradict itself: " .. code, function()
      local db = database.raw()
      assert(db:run(statement))
      if ALSO[code] then
        assert(db:run(ALSO[code]))
      end
      local found = {}
      for _, one in ipairs(assert(j:check())) do
        found[one.code] = one.message
      end
      assert.is_string(found[code])
      local r = command("check --json --journal '" .. database.url() .. "'")
      assert.equal(11, r.code, r.err)
      local codes = {}
      for _, one in ipairs(cjson.decode(r.out).contradictions) do
        codes[one.code] = true
      end
      assert.is_true(codes[code])
    end)
  end

  it("can't pay twice for one order, and says so if it has", function()
    local db = database.raw()
    assert(db:run "DROP INDEX reseal_intents_paid")
    assert(db:run [[INSERT INTO reseal_intents (id, order_id, name, account, kind, target, purchase, at, deadline,
      token, outcome, settled) SELECT 900, id, name, 'shop', 'renew', '1', TRUE, 1, 2, 'x', 'found', 3
      FROM reseal_orders]])
    local found = {}
    for _, one in ipairs(assert(j:check())) do
      found[one.code] = true
    end
    assert.is_true(found.paid_twice)
  end)

  it("is exported, all of it, as JSON lines", function()
    local lines = {}
    local count = assert(j:export(function(line)
      lines[#lines + 1] = line
      return true
    end))
    assert.equal(#lines, count)
    local head = cjson.decode(lines[1])
    assert.equal("reseal", head.journal)
    assert.equal(NOW, head.at)
    assert.equal(database.kind, head.database)
    local tables = {}
    for i = 2, #lines do
      assert.is_truthy(lines[i]:find "^[^\n]+\n$")
      local one = cjson.decode(lines[i])
      tables[one.table] = tables[one.table] or {}
      table.insert(tables[one.table], one.row)
    end
    assert.equal(2, #tables.certificates)
    assert.same({"9"}, tables.orders[1].data.known)
    assert.equal("9.00", tables.charges[1].amount)
    assert.equal(90000, tables.charges[1].units)
    assert.equal("done", tables.intents[1].outcome)
    assert.equal(true, tables.intents[1].purchase)
    assert.same({"1", "2"}, {tables.held[1].id, tables.held[2].id})
    assert.equal("ordering", tables.events[1].kind)
    assert.equal("a 1", tables.notices[1].mark)
    assert.equal("shop", tables.accounts[1].name)
    local r = command("export --journal '" .. database.url() .. "'")
    assert.equal(0, r.code, r.err)
    local _, printed = r.out:gsub("\n", "")
    assert.equal(count, printed)
    assert.equal(lines[#lines], r.out:match "([^\n]*\n)$")
  end)

  it("is exported in portions, and a writer that has enough ends it", function()
    local events = {}
    for i = 1, 1203 do
      events[i] = {kind = "k", n = i}
    end
    assert(j:append(events))
    local seen = {}
    assert(j:export(function(line)
      local one = cjson.decode(line)
      if one.table == "events" then
        seen[#seen + 1] = one.row.id
      end
      return true
    end))
    assert.equal(1204, #seen)
    for i, id in ipairs(seen) do
      assert.equal(i, id)
    end
    local none, err = j:export(function() return nil, "enough" end)
    assert.is_nil(none)
    assert.equal("enough", err)
  end)

  if database.kind == "postgresql" then
    it("is not copied by reseal, which says what does", function()
      local ok, err = j:backup(dir .. "/copy.db")
      assert.is_nil(ok)
      assert.equal("not_sqlite", err.code)
      assert.is_truthy(err.message:find("pg_dump", 1, true))
      local r = command(("backup %s/copy.db --journal '%s'"):format(dir, database.url()))
      assert.equal(6, r.code)
      assert.is_truthy(r.err:find("pg_dump", 1, true))
    end)
    return
  end

  it("is copied while another writes, and never over anything", function()
    local worker = program.start([[
      local j = assert(require("reseal.order.journal").open((...)))
      say "ready"
      for n = 1, 100000 do
        j:append {{kind = "n", n = n}}
      end
    ]], database.url())
    assert.equal("ready", worker.line())
    local copy = dir .. "/copy.db"
    assert.is_true(j:backup(copy))
    worker.kill()
    worker.finish()
    assert.equal("600", sandboxes.output("stat -c %a " .. copy):match "%d+")
    assert.equal("copy.db\n", sandboxes.output("ls " .. dir))
    local other = assert(require("reseal.order.journal").open(copy))
    assert.same({}, other:check())
    assert.equal("1", assert(other:row "a.example").certificate)
    other:close()
    local content = sandboxes.output("sha256sum " .. copy)
    for _ = 1, 2 do
      local ok, err = j:backup(copy)
      assert.is_nil(ok)
      assert.is_truthy(err.message:find(copy, 1, true))
      assert.equal(content, sandboxes.output("sha256sum " .. copy))
    end
    os.execute(("ln -s elsewhere %s/link"):format(dir))
    assert.is_nil(j:backup(dir .. "/link"))
    assert.is_nil(j:backup(dir .. "/no/folder"))
    local r = command(("backup %s/second.db --journal %s"):format(dir, database.url()))
    assert.equal(0, r.code, r.err)
    assert.equal(6, command(("backup %s/second.db --journal %s"):format(dir, database.url())).code)
  end)

  it("that is damaged is found out", function()
    local path = database.url()
    j:close()
    -- Its schema stays readable; a page in the middle does not.
    os.execute(("python3 -c \"f = open('%s', 'r+b'); f.seek(4096 * 9); f.write(bytes(range(256)) * 12)\""):format(path))
    local r = command("check --journal " .. path)
    assert.is_true(r.code == 11 or r.code == 6, r.code .. r.out .. r.err)
    assert.is_true((r.out .. r.err) ~= "the journal has no contradictions\n")
  end)

  it("is looked for where it is said to be, and not made there", function()
    local r = command("check", "RESEAL_JOURNAL=" .. database.url())
    assert.equal(0, r.code, r.err)
    assert.equal("the journal has no contradictions\n", r.out)
    r = command("check", "RESEAL_JOURNAL=" .. dir .. "/none.db")
    assert.equal(6, r.code)
    assert.is_truthy(r.err:find(dir .. "/none.db", 1, true))
    assert.equal("", sandboxes.output("ls " .. dir))
    assert.equal(2, command("backup").code)
    assert.equal(2, command("check x").code)
    assert.equal(2, command("mend").code)
    assert.equal(0, command("--help").code)
  end)

  it("of another program is refused", function()
    local db = assert(require("reseal.sql").open(dir .. "/theirs.db"))
    assert(db:run "CREATE TABLE theirs (x BIGINT)")
    local ok, err = require("reseal.order.journal").open(dir .. "/theirs.db")
    assert.is_nil(ok)
    assert.equal("foreign", err.code)
    assert.same({{name = "theirs"}}, db:rows "SELECT name FROM sqlite_master")
    db:close()
  end)
end)
