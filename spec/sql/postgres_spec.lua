-- PostgreSQL behind reseal.sql: what is its own. See sql_spec.lua for what both databases do.

local postgres = require "spec.support.postgres"
local program = require "spec.support.process"
local sql = require "reseal.sql"
local system = require "reseal.system"

describe("postgresql", function()
  local server, db, others

  setup(function() server = postgres.start() end)
  teardown(function() server.stop() end)

  local function open(options, parameters)
    local it = assert(sql.open(server.url .. (parameters or ""), options))
    others[#others + 1] = it
    return it
  end

  before_each(function()
    others = {}
    db = open()
    assert(db:run "DROP TABLE IF EXISTS t")
    assert(db:run "CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT, data BYTEA)")
    assert(db:run "INSERT INTO t (id, name) VALUES (1, 'one'), (2, 'two')")
  end)

  after_each(function()
    for _, it in ipairs(others) do
      it:close()
    end
  end)

  local function failure(class, result, err)
    assert.is_nil(result)
    assert.equal(class, err.class, tostring(err))
    return err
  end

  local function show(of, name)
    return assert(of:rows("SELECT current_setting($1) AS it", name))[1].it
  end

  local function names(of)
    local list = {}
    for i, row in ipairs(assert((of or db):rows "SELECT name FROM t ORDER BY id")) do
      list[i] = row.name
    end
    return table.concat(list, " ")
  end

  --- The number of the process that serves this connection.
  local function backend(of)
    return assert(of:rows "SELECT pg_backend_pid() AS it")[1].it
  end

  local function terminate(pid)
    local other = open()
    assert(other:rows("SELECT pg_terminate_backend($1)", pid))
    for _ = 1, 500 do
      if #assert(other:rows("SELECT pid FROM pg_stat_activity WHERE pid = $1", pid)) == 0 then
        return
      end
      system.sleep(0.01)
    end
    error "it does not end"
  end

  describe("a connection", function()
    it("does not depend on others' settings", function()
      assert(db:run "ALTER ROLE postgres SET synchronous_commit = off")
      assert(db:run "ALTER ROLE postgres SET standard_conforming_strings = off")
      assert(db:run "ALTER ROLE postgres SET bytea_output = 'escape'")
      assert(db:run "ALTER ROLE postgres SET extra_float_digits = -10")
      assert(db:run "ALTER ROLE postgres SET DateStyle = 'German'")
      local it = open({busy_timeout = 1.5, timeout = 7, idle_timeout = 20, application_name = "spec"})
      assert(db:run "ALTER ROLE postgres RESET ALL")
      assert.equal("on", show(it, "synchronous_commit"))
      assert.equal("UTF8", show(it, "client_encoding"))
      assert.equal("1500ms 7s 20s spec", table.concat({show(it, "lock_timeout"), show(it, "statement_timeout"),
        show(it, "idle_in_transaction_session_timeout"), show(it, "application_name")}, " "))
      assert.same({{a = "\\", b = "\0\1", c = 1 / 3, d = "2026-03-15"}}, it:rows([[SELECT '\' AS a, $1::bytea AS b,
        1 / 3::float8 AS c, DATE '2026-03-15' AS d]], "\0\1"))
    end)

    it("keeps what is stricter, and what the URL says", function()
      local it = open(nil, "?options=-c%20synchronous_commit%3Dremote_apply&application_name=mine")
      assert.equal("remote_apply", show(it, "synchronous_commit"))
      assert.equal("mine", show(it, "application_name"))
    end)

    it("is to a server that takes writes", function()
      assert(db:run "ALTER DATABASE postgres SET default_transaction_read_only = on")
      local it, err = sql.open(server.url)
      local reader = sql.open(server.url .. "?target_session_attrs=any")
      local refused = {reader:run "DELETE FROM t"}
      reader:close()
      assert.is_true(db:transaction(function()
        assert(db:run "SET LOCAL transaction_read_only = off")
        assert(db:run "ALTER DATABASE postgres SET default_transaction_read_only = off")
        return true
      end))
      failure("connection", it, err)
      assert.equal("25006", failure("full", (table.unpack or unpack)(refused, 1, 2)).code)
      assert.equal("one two", names())
    end)

    it("says why there is none", function()
      for parameters, message in pairs {["?dbname=nothing"] = 'database "nothing" does not exist',
        ["?user=nobody_here"] = 'role "nobody_here" does not exist'} do
        local err = failure("connection", sql.open(server.url .. parameters))
        assert.is_truthy(err.message:find(message, 1, true), err.message)
      end
    end)

    it("writes nothing to the program's output", function()
      local it = program.start([[
        local db = assert(require("reseal.sql").open((...)))
        assert(db:run "DROP TABLE IF EXISTS nothing")
        assert(db:run "DO $$ BEGIN RAISE WARNING 'loud'; END $$")
        db:run "SELECT nonsense"
      ]], server.url)
      assert.equal("", it.finish())
    end)
  end)

  describe("values", function()
    it("of other types come as integers where they are, else as text", function()
      assert.same({{
        small = -7, int = 2147483647, whole = 12, money = "12.50", huge = "9223372036854775808", real = 0.5,
        json = '{"a": [1, null]}', uuid = "00000000-0000-0000-0000-00000000000a", list = "{1,2}",
        at = "2026-03-15 00:00:00+00", inf = math.huge,
      }}, db:rows [[SELECT CAST(-7 AS smallint) AS small, 2147483647 AS int, 12::numeric AS whole, 12.50 AS money,
        9223372036854775808 AS huge, 0.5::float4 AS real, '{"a":[1,null]}'::jsonb AS json,
        '00000000-0000-0000-0000-00000000000A'::uuid AS uuid, ARRAY[1,2] AS list, 'Infinity'::float8 AS inf,
        TIMESTAMPTZ '2026-03-15 00:00:00Z' AT TIME ZONE 'UTC' || '+00' AS at]])
    end)

    it("take the type of the place where they stand", function()
      assert.same({{a = 5, b = 0.25, c = true, d = "00000000-0000-0000-0000-000000000001", e = "7", f = "1.5", g = 1}},
        db:rows([[SELECT $1::int AS a, $2::float8 AS b, $3::boolean AS c, $4::uuid AS d, $5::text AS e,
          $6::numeric AS f, $7::int AS g]], 5, 0.25, true, "00000000-0000-0000-0000-000000000001", 7, 1.5, true))
    end)

    it("of text are UTF-8 without NUL, and nothing else is taken", function()
      local err = failure("misuse", db:run("INSERT INTO t (id, name) VALUES (3, $1)", "a\0b"))
      assert.is_truthy(err.message:find("value 1 has a NUL byte", 1, true))
      err = failure("misuse", db:run("INSERT INTO t (id, name) VALUES (3, $1)", "\255"))
      assert.equal("22021", err.code)
      err = failure("misuse", db:run("INSERT INTO t (id) VALUES ($1)", "9223372036854775808"))
      assert.equal("22003", err.code)
      failure("misuse", db:run("INSERT INTO t (id) VALUES ($1)", "3\0"))
      failure("misuse", db:run("INSERT INTO t (id) VALUES ($1)", 1.5))
      assert.equal("one two", names())
    end)
  end)

  it("refuses what would leave the connection in another state", function()
    for _, statement in ipairs {"COPY t TO STDOUT", "LISTEN x", "DEALLOCATE ALL", "DISCARD ALL",
      "PREPARE TRANSACTION 'x'", "PREPARE a AS SELECT 1"} do
      failure("misuse", db:run(statement))
    end
    assert.equal("one two", names())
  end)

  describe("others", function()
    it("that were faster make a serializable transaction fail, and its retries succeed", function()
      local other, calls = open(), 0
      local function add(limit)
        return function()
          calls = calls + 1
          local n = #assert(db:rows "SELECT id FROM t")
          if calls <= limit then
            assert(other:run("INSERT INTO t (id, name) VALUES ($1, 'theirs')", 100 + calls))
            assert(other:run "UPDATE t SET name = name || '!' WHERE id = 1")
          end
          assert(db:run("UPDATE t SET name = $1 WHERE id = 1", "of " .. n))
          return n
        end
      end
      local err = failure("serialization", db:transaction(add(1)))
      assert.equal("40001", err.code)
      assert.equal("refused", err.outcome)
      assert.equal("one! two theirs", names())
      assert.equal(1, calls)
      assert(db:run "DELETE FROM t WHERE id > 2")
      calls = 0
      assert.equal(4, db:transaction(add(2), {retries = 5}))
      assert.equal(3, calls)
      assert.equal("of 4 two theirs theirs", names())
    end)

    it("that were faster do not matter to read committed", function()
      local other = open()
      assert.equal(1, db:transaction(function()
        assert(db:rows "SELECT id FROM t")
        assert(other:run "UPDATE t SET name = 'theirs' WHERE id = 1")
        return db:run "UPDATE t SET name = name || ' and ours' WHERE id = 1"
      end, {isolation = "read committed"}))
      assert.equal("theirs and ours two", names())
    end)

    it("may be locked in: one of both gives in", function()
      local function code(first, second)
        return ([[
          local db = assert(require("reseal.sql").open((...)))
          local calls = 0
          local done, err = db:transaction(function()
            calls = calls + 1
            assert(db:run "UPDATE t SET name = name || '%s' WHERE id = %d")
            if calls == 1 then
              say "holds"
              pause()
            end
            assert(db:run "UPDATE t SET name = name || '%s' WHERE id = %d")
            return true
          end, {retries = tonumber((select(2, ...)))})
          say(done and "done" or err.class .. " " .. err.code .. " " .. err.outcome)
        ]]):format(first == 1 and "a" or "b", first, first == 1 and "a" or "b", second)
      end
      for _, retries in ipairs {"0", "5"} do
        assert(db:run "UPDATE t SET name = ''")
        local a, b = program.start(code(1, 2), server.url, retries), program.start(code(2, 1), server.url, retries)
        assert.equal("holds", a.line())
        assert.equal("holds", b.line())
        assert(io.open(a.go_file, "w")):close()
        assert(io.open(b.go_file, "w")):close()
        local ends = {a.finish(), b.finish()}
        table.sort(ends)
        if retries == "0" then
          assert.equal("done\n", ends[1])
          assert.is_truthy(ends[2]:find "^serialization 40%w+ refused\n$", ends[2])
        else
          assert.same({"done\n", "done\n"}, ends)
          assert.is_truthy(names() == "ab ab" or names() == "ba ba", names())
        end
      end
    end)

    it("that hold a row are told at once, or passed over", function()
      local other = open()
      assert.is_true(db:transaction(function()
        assert(db:rows "SELECT id FROM t WHERE id = 1 FOR UPDATE")
        assert.equal("55P03", failure("busy", other:rows "SELECT id FROM t FOR UPDATE NOWAIT").code)
        assert.same({{id = 2}}, other:rows "SELECT id FROM t FOR UPDATE SKIP LOCKED")
        return true
      end))
    end)

    it("may change the columns meanwhile: the transaction is repeated", function()
      local other, calls = open(), 0
      assert(db:rows "SELECT * FROM t WHERE id = 1")
      local row = assert(db:transaction(function()
        calls = calls + 1
        if calls == 1 then
          assert(other:run "ALTER TABLE t ADD COLUMN more BIGINT DEFAULT 7")
        end
        return assert(db:rows "SELECT * FROM t WHERE id = 1")[1]
      end, {retries = 1}))
      assert.same({id = 1, name = "one", more = 7}, row)
      assert.equal(2, calls)
    end)
  end)

  describe("a lost connection", function()
    it("before a statement: it was not carried out, and the next call has another", function()
      terminate(backend(db))
      local err = failure("connection", db:run "INSERT INTO t (id, name) VALUES (3, 'three')")
      assert.equal("57P01", err.code)
      assert.equal("refused", err.outcome)
      assert.equal(1, db:run "INSERT INTO t (id, name) VALUES (4, 'four')")
      assert.equal("one two four", names())
    end)

    it("within a transaction: nothing of it stands", function()
      local pid, later
      local err = failure("connection", db:transaction(function()
        assert(db:run "INSERT INTO t (id, name) VALUES (3, 'three')")
        pid = backend(db)
        terminate(pid)
        assert(db:run "INSERT INTO t (id, name) VALUES (4, 'four')")
        later = true
      end, {retries = 5}))
      assert.is_nil(later)
      assert.equal("refused", err.outcome)
      assert.equal("one two", names())
      assert.are_not.equal(pid, backend(db))
    end)

    it("before COMMIT is sent: nothing of it stands, and that is known", function()
      local err = failure("connection", db:transaction(function()
        assert(db:run "INSERT INTO t (id, name) VALUES (3, 'three')")
        terminate(backend(db))
        return true
      end, {retries = 5}))
      assert.equal("57P01", err.code)
      assert.equal("refused", err.outcome)
      assert.equal("one two", names())
    end)

    --- A connection through a proxy that cuts it at `marker`.
    local function cut(marker, when, act)
      local proxy = postgres.proxy(server.port, marker, when)
      local it = assert(sql.open(("postgresql://postgres@127.0.0.1:%d/postgres"):format(proxy.port)))
      local results = {pcall(act, it)}
      it:close()
      proxy.stop()
      assert(results[1], results[2])
      return results[2], results[3]
    end

    for when, after in pairs {before = "one two", after = "one two three"} do
      it("during COMMIT: unknown, whether the server did it or not (cut " .. when .. " it)", function()
        local calls = 0
        local err = failure("connection", cut("COMMIT", when, function(it)
          return it:transaction(function()
            calls = calls + 1
            assert(it:run "INSERT INTO t (id, name) VALUES (3, 'three')")
            return true
          end, {retries = 5})
        end))
        assert.equal("unknown", err.outcome)
        assert.is_truthy(tostring(err):find "unknown")
        assert.equal(1, calls)
        assert.equal(after, names())
      end)

      it("during a write outside of a transaction: unknown (cut " .. when .. " it)", function()
        local err = failure("connection", cut("three", when, function(it)
          return it:run("INSERT INTO t (id, name) VALUES (3, $1)", "three")
        end))
        assert.equal("unknown", err.outcome)
        assert.equal(after, names())
      end)

      it("during a statement of a transaction: nothing of it stands (cut " .. when .. " it)", function()
        local err = failure("connection", cut("three", when, function(it)
          return it:transaction(function()
            assert(it:run("INSERT INTO t (id, name) VALUES (3, $1)", "three"))
          end)
        end))
        assert.equal("refused", err.outcome)
        assert.equal("one two", names())
      end)
    end

    it("by a server that is stopped at once, or killed: what was committed stays", function()
      for i, how in ipairs {"halt", "kill"} do
        assert.is_true(db:transaction(function()
          return db:run("UPDATE t SET name = $1 WHERE id = 1", how) == 1
        end))
        local err = failure("connection", db:transaction(function()
          assert(db:run("INSERT INTO t (id, name) VALUES ($1, 'lost')", 10 + i))
          server[how]()
          assert(db:run("INSERT INTO t (id, name) VALUES ($1, 'lost')", 20 + i))
        end))
        assert.equal("refused", err.outcome)
        failure("connection", db:run "SELECT 1")
        failure("connection", db:transaction(function() error "never called" end))
        failure("connection", db:wait("orders", 1))
        server.start()
        assert.equal(how .. " two", names())
      end
    end)

    it("by idling in a transaction: nothing of it stands, and others go on", function()
      local idle, other = open {idle_timeout = 0.2}, open()
      local err = failure("connection", idle:transaction(function()
        assert(idle:run "UPDATE t SET name = 'idle'")
        assert.equal(2, other:run "UPDATE t SET name = 'other'")
        return true
      end))
      assert.equal("25P03", err.code)
      assert.equal("refused", err.outcome)
      assert.equal("other other", names())
    end)

    it("by a server that no longer answers: given up after the limit", function()
      local it = open {timeout = 0.2}
      local insert = "INSERT INTO t (id, name) VALUES ($1, 'three')"
      assert(it:run(insert, 4)) -- prepared now
      assert(it:run "DELETE FROM t WHERE id = 4")
      local pid = backend(it)
      assert(os.execute("kill -STOP " .. pid))
      local _, err = it:run(insert, 3)
      os.execute("kill -CONT " .. pid)
      failure("connection", nil, err)
      assert.equal("silent", err.code)
      assert.equal("unknown", err.outcome)
      -- The server carries it out when it wakes: it was sent. And it holds nothing for the connection afterwards.
      for _ = 1, 500 do
        if #assert(db:rows("SELECT pid FROM pg_stat_activity WHERE pid = $1", pid)) == 0 then
          break
        end
        system.sleep(0.01)
      end
      assert.same({}, db:rows("SELECT pid FROM pg_stat_activity WHERE pid = $1", pid))
      for _ = 1, 500 do
        if names() == "one two three" then
          break
        end
        system.sleep(0.01)
      end
      assert.equal("one two three", names())
    end)

    it("wakes who waits, once there is another", function()
      local it, other = open(), open()
      assert.is_true(it:wait("orders", 1))
      local pid = backend(it)
      assert.is_false(it:wait("orders", 0.01))
      terminate(pid)
      failure("connection", it:wait("orders", 1))
      assert.is_true(it:wait("orders", 1))
      assert(other:notify "orders")
      assert.is_true(it:wait("orders", 5))
    end)
  end)

  it("waits on one channel, of a plain name", function()
    for _, name in ipairs {"", "a b", "Orders", "1a", 'a"b', ("x"):rep(64)} do
      failure("misuse", db:wait(name, 1))
    end
    assert.is_true(db:wait("orders", 1))
    failure("misuse", db:wait("others", 1))
  end)
end)
