-- One face over SQLite and PostgreSQL: the same is asked of both, each a real one.

local postgres = require "spec.support.postgres"
local program = require "spec.support.process"
local sql = require "reseal.sql"
local system = require "reseal.system"

-- This Lua's own; the specs' is another.
local original_assert = (loadstring or load) "return assert"()

local BYTES = {sqlite = "BLOB", postgresql = "BYTEA"}
-- Lua 5.3 and later have integers of 64 bits, the others get decimal strings beyond 2^53.
local exact = math.type ~= nil
local function integer(text)
  return exact and tonumber(text) or text
end

local function every_byte()
  local bytes = {}
  for i = 0, 255 do
    bytes[i + 1] = string.char(i)
  end
  return table.concat(bytes)
end

local server, folder

local databases = {
  sqlite = {
    start = function() folder = assert(system.mkdtemp "reseal-sql-") end,
    stop = function() system.remove_tree(folder) end,
    url = function() return "sqlite://" .. folder .. "/a.db" end,
    clear = function() os.execute("rm -f " .. folder .. "/a.db*") end,
  },
  postgresql = {
    start = function() server = postgres.start() end,
    stop = function() server.stop() end,
    url = function() return server.url end,
    clear = function()
      local db = assert(sql.open(server.url))
      assert(db:run "DROP SCHEMA public CASCADE")
      assert(db:run "CREATE SCHEMA public")
      db:close()
    end,
  },
}

for kind, database in pairs(databases) do
  describe(kind, function()
    local db, others

    setup(database.start)
    teardown(database.stop)

    local function open(options)
      local another = assert(sql.open(database.url(), options))
      others[#others + 1] = another
      return another
    end

    before_each(function()
      others = {}
      database.clear()
      db = open()
      assert(db:run("CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT, data " .. BYTES[kind]
        .. ", flag BOOLEAN, size DOUBLE PRECISION)"))
    end)

    after_each(function()
      for _, it in ipairs(others) do
        assert(it:close())
      end
    end)

    --- What comes back of a value of `column`.
    local function round(column, value)
      assert(db:run "DELETE FROM t")
      assert.equal(1, db:run("INSERT INTO t (id, " .. column .. ") VALUES (1, $1)", value))
      return assert(db:rows("SELECT " .. column .. " AS it FROM t"))[1].it
    end

    local function count()
      return assert(db:rows "SELECT count(*) AS n FROM t")[1].n
    end

    local function failure(class, result, err)
      assert.is_nil(result)
      assert.equal(class, err.class, tostring(err))
      assert.is_truthy(err.code)
      assert.is_true(#err.message > 0)
      assert.is_truthy(tostring(err):find(err.message, 1, true))
      return err
    end

    describe("values", function()
      it("of integers are exact to 64 bits", function()
        for _, text in ipairs {"0", "1", "-1", "2147483647", "2147483648", "-2147483649", "4294967296",
          "9007199254740991", "9007199254740992", "-9007199254740992"} do
          assert(db:run "DELETE FROM t")
          assert(db:run("INSERT INTO t (id) VALUES ($1)", tonumber(text)))
          local row = assert(db:rows("SELECT id, CAST(id AS TEXT) AS text FROM t WHERE id = $1", tonumber(text)))[1]
          assert.equal(tonumber(text), row.id)
          assert.equal("number", type(row.id))
          assert.equal(text, row.text)
        end
        for _, text in ipairs {"9007199254740993", "-9007199254740993", "1234567890123456789",
          "9223372036854775807", "-9223372036854775808"} do
          for _, given in ipairs {text, integer(text)} do
            assert(db:run "DELETE FROM t")
            assert(db:run("INSERT INTO t (id) VALUES ($1)", given))
            local row = assert(db:rows("SELECT id, CAST(id AS TEXT) AS text FROM t WHERE id = $1", given))[1]
            assert.equal(integer(text), row.id)
            assert.equal(exact and "number" or "string", type(row.id))
            assert.equal(text, row.text)
          end
        end
      end)

      it("of numbers are integers where they are whole, in every Lua", function()
        assert.equal("3", assert(db:rows("SELECT CAST(CAST($1 AS BIGINT) AS TEXT) AS it", 3.0))[1].it)
        assert.equal("3", round("name", 3.0))
        assert.equal(-12, round("size", -12))
      end)

      it("of numbers come back to the last bit", function()
        for _, value in ipairs {0.1, -2.25, 1 / 3, 1e300, 5e-324, 1.7976931348623157e308, 2 ^ 63, math.huge,
          -math.huge} do
          assert.equal(value, round("size", value))
        end
      end)

      it("that are no number, or may have been rounded, are refused", function()
        local err = failure("misuse", db:run("INSERT INTO t (id, size) VALUES (1, $1)", 0 / 0))
        assert.equal("value 1 is not a number (NaN)", err.message)
        for _, rounded in ipairs {2 ^ 53 + 2, -2 ^ 60} do
          err = failure("misuse", db:run("INSERT INTO t (id, name) VALUES ($2, $1)", "x", rounded))
          assert.is_truthy(err.message:find("value 2 is an integer beyond 2^53", 1, true))
        end
        assert.equal(0, count())
      end)

      it("of text are as they were", function()
        for _, value in ipairs {"", " ", "a", "'", '"', "\\", "\\x41", "$1", "%s", "NULL", "123", "1e5", "0x10", "007",
          "ü", "漢字", "😀", "e\204\129", "\r\n\t", ("long "):rep(100000)} do
          assert.equal(value, round("name", value))
        end
      end)

      it("of bytes are as they were", function()
        for _, value in ipairs {"", "\0", "a\0b", "\0\0\0", "\255\254", "\\x00", "\\", "123", "1e5", every_byte(),
          every_byte():rep(1000)} do
          assert.equal(value, round("data", value))
          assert.equal(value, round("data", {bytes = value}))
        end
      end)

      it("of booleans are booleans", function()
        for _, value in ipairs {true, false} do
          assert.equal(value, round("flag", value))
          assert.equal(value, assert(db:rows("SELECT flag FROM t WHERE flag = $1", value))[1].flag)
          assert.equal(value, assert(db:rows("UPDATE t SET flag = $1 RETURNING flag", value))[1].flag)
        end
      end)

      it("of nil are NULL, and not empty text", function()
        for _, column in ipairs {"name", "data", "flag", "size"} do
          assert.is_nil(round(column, nil))
          assert.equal(1, #assert(db:rows("SELECT 1 AS it FROM t WHERE " .. column .. " IS NULL")))
        end
        round("name", "")
        assert.equal(0, #assert(db:rows "SELECT id FROM t WHERE name IS NULL"))
        assert(db:run("UPDATE t SET name = $1, size = $2, data = $3", nil, 2, nil))
        assert.same({{id = 1, size = 2}}, db:rows "SELECT * FROM t")
      end)

      it("of other types are refused", function()
        for _, value in ipairs {{}, print, {bytes = 1}, coroutine.create(function() end), {"x"}} do
          local err = failure("misuse", db:run("INSERT INTO t (id, name) VALUES (1, $1)", value))
          assert.is_truthy(err.message:find "^value 1 is ")
        end
        assert.equal(0, count())
      end)

      it("come in any order, any number of times, and many", function()
        assert.same({{a = "y", b = "x", c = "y"}},
          db:rows("SELECT CAST($2 AS TEXT) AS a, CAST($1 AS TEXT) AS b, CAST($2 AS TEXT) AS c", "x", "y"))
        local rows, values = {}, {}
        for i = 1, 1000 do
          rows[i], values[i] = "($" .. i .. ")", i
        end
        local statement = "INSERT INTO t (id) VALUES " .. table.concat(rows, ", ")
        assert.equal(1000, db:run(statement, (table.unpack or unpack)(values)))
        assert.same({{n = 500500}}, db:rows "SELECT sum(id) AS n FROM t")
      end)

      it("are as many as the statement has placeholders", function()
        for _, n in ipairs {0, 1, 3, 4} do
          local values = {1, "a", "b", "c"}
          local err = failure("misuse", db:run("INSERT INTO t (id, name) VALUES ($1, $2)",
            (table.unpack or unpack)(values, 1, n)))
          assert.equal("the statement has 2 placeholders, but " .. n .. " values came", err.message)
        end
        assert.equal(0, count())
        -- nil at the end counts.
        assert.equal(1, db:run("INSERT INTO t (id, name) VALUES ($1, $2)", 1, nil))
        failure("misuse", db:run("INSERT INTO t (id, name) VALUES ($1, $3)", 2, "x", "y"))
      end)

      it("are not in the message of an error", function()
        assert(db:run "INSERT INTO t (id) VALUES (1)")
        for _, statement in ipairs {"SELECT nothing FROM t WHERE name = $1", "UPDATE t SET id = CAST($1 AS BIGINT) + 0",
          "INSERT INTO t (id, name) VALUES (1, $1)"} do
          local _, err = db:run(statement, "topsecret")
          assert.is_nil(tostring(err):find "topsecret")
        end
      end)
    end)

    describe("rows", function()
      it("come in order, under their columns' names", function()
        assert.is_true(db:transaction(function()
          for i = 1, 300 do
            assert(db:run("INSERT INTO t (id, name) VALUES ($1, $2)", i, "n" .. i))
          end
        end))
        local rows = assert(db:rows "SELECT id, name AS other FROM t ORDER BY id DESC")
        assert.equal(300, #rows)
        assert.same({id = 300, other = "n300"}, rows[1])
        assert.same({id = 1, other = "n1"}, rows[300])
        assert.same({}, db:rows "SELECT id FROM t WHERE id < 0")
      end)

      it("of INSERT, UPDATE and DELETE come by RETURNING", function()
        assert.same({{id = 1}, {id = 2}}, db:rows("INSERT INTO t (id) VALUES (1), (2) RETURNING id"))
        assert.same({{name = "x"}, {name = "x"}}, db:rows("UPDATE t SET name = $1 RETURNING name", "x"))
        assert.same({{id = 2}}, db:rows "DELETE FROM t WHERE id = 2 RETURNING id")
        assert.same({}, db:rows "INSERT INTO t (id) VALUES (1) ON CONFLICT DO NOTHING RETURNING id")
        assert.equal(1, count())
      end)

      it("have no two fields of one name", function()
        assert(db:run "INSERT INTO t (id) VALUES (1)")
        local err = failure("misuse", db:rows "SELECT a.id, b.id FROM t AS a, t AS b")
        assert.is_truthy(err.message:find("two columns are called id", 1, true))
      end)

      it("follow a schema that changed", function()
        assert(db:run "INSERT INTO t (id) VALUES (1)")
        assert.same({{id = 1}}, db:rows "SELECT * FROM t")
        assert(open():run "ALTER TABLE t ADD COLUMN more BIGINT DEFAULT 7")
        assert.same({{id = 1, more = 7}}, db:rows "SELECT * FROM t")
      end)

      it("of sums and counts are integers", function()
        assert(db:run "INSERT INTO t (id) VALUES (4000000000), (5000000000)")
        assert.same({{n = 2, s = 9000000000, most = 5000000000}},
          db:rows "SELECT count(*) AS n, sum(id) AS s, max(id) AS most FROM t")
      end)
    end)

    describe("run", function()
      it("says how many rows were changed", function()
        assert.equal(2, db:run "INSERT INTO t (id) VALUES (1), (2)")
        assert.equal(2, db:run "UPDATE t SET name = 'x'")
        assert.equal(0, db:run "UPDATE t SET name = 'x' WHERE id = 9")
        assert.equal(0, db:run "SELECT id FROM t")
        assert.equal(0, db:run "CREATE TABLE u (id BIGINT)")
        assert.equal(0, db:run "INSERT INTO t (id) VALUES (1) ON CONFLICT DO NOTHING")
        assert.equal(1, db:run "INSERT INTO t (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = 'y'")
        assert.equal(1, db:run "DELETE FROM t WHERE id = 1")
        assert.equal(0, db:run "DROP TABLE u")
      end)

      it("refuses what is no single statement", function()
        for _, statement in ipairs {"", "  ", ";", "-- nothing",
          "INSERT INTO t (id) VALUES (1); INSERT INTO t (id) VALUES (2)", "INSERT INTO t (id) VALUES (1)\0"} do
          failure("misuse", db:run(statement))
        end
        assert.equal(0, count())
        assert.equal(1, db:run "INSERT INTO t (id) VALUES (1);")
        assert.equal(1, db:run "/* one */ INSERT INTO t (id) VALUES (2) -- two")
        assert.has_error(function() db:run(nil) end)
        assert.has_error(function() db:rows {} end)
      end)

      it("refuses wrong statements, and goes on", function()
        for _, statement in ipairs {"SELEC 1", "SELECT nothing FROM t", "SELECT 1 FROM nothing", "INSERT INTO t (id",
          [[SELECT "literal"]], "SELECT 'open", "INSERT INTO t (id) VALUES (?)", "INSERT INTO t (id) VALUES (:id)"} do
          local err = failure("misuse", db:run(statement, statement:find "[?:]" and 1 or nil))
          assert.equal("refused", err.outcome)
        end
        assert.equal(1, db:run "INSERT INTO t (id) VALUES (1)")
      end)

      it("leaves transactions to db:transaction", function()
        for _, statement in ipairs {"BEGIN", "begin immediate", "COMMIT", " ; rollback", "-- x\nEND",
          "/* x\n */ SAVEPOINT a", "START TRANSACTION", "RELEASE a", "ABORT"} do
          local err = failure("misuse", db:run(statement))
          assert.is_truthy(err.message:find("db:transaction", 1, true))
        end
      end)

      it("keeps a bounded number of statements prepared", function()
        assert.is_true(db:transaction(function()
          for i = 1, 300 do
            assert(db:run("INSERT INTO t (id) VALUES (" .. i .. ")"))
          end
        end))
        for i = 1, 300 do
          assert.same({{id = i}}, db:rows("SELECT id FROM t WHERE id = " .. i))
        end
        if kind == "postgresql" then
          local n = assert(db:rows "SELECT count(*) AS n FROM pg_prepared_statements")[1].n
          assert.is_true(n > 32 and n <= 64, tostring(n))
        end
      end)
    end)

    describe("constraints", function()
      before_each(function()
        assert(db:run [[CREATE TABLE c (a BIGINT NOT NULL, b TEXT, t BIGINT REFERENCES t (id),
          CONSTRAINT small CHECK (a < 10))]])
        assert(db:run "CREATE UNIQUE INDEX one_open ON c (a, b) WHERE t IS NULL")
      end)

      it("that want something once are told apart, by their index", function()
        assert(db:run "INSERT INTO c (a, b) VALUES (1, 'x')")
        local err = failure("constraint", db:run("INSERT INTO c (a, b) VALUES ($1, $2)", 1, "x"))
        assert.is_true(err.unique)
        assert.equal("one_open", err.constraint)
        assert.equal("c", err.table)
        assert.equal("refused", err.outcome)
        if kind == "sqlite" then
          assert.same({"a", "b"}, err.columns)
          assert.equal(2067, err.code)
        else
          assert.equal("23505", err.code)
        end
        assert(db:run "INSERT INTO t (id) VALUES (1)")
        assert.is_true(failure("constraint", db:run "INSERT INTO t (id) VALUES (1)").unique)
      end)

      it("of other kinds are not unique", function()
        local err = failure("constraint", db:run "INSERT INTO c (a) VALUES (11)")
        assert.equal("small", err.constraint)
        assert.is_nil(err.unique)
        err = failure("constraint", db:run "INSERT INTO c (a) VALUES (NULL)")
        assert.same({"a"}, err.columns)
        assert.is_nil(err.unique)
        err = failure("constraint", db:run "INSERT INTO c (a, t) VALUES (1, 99)")
        assert.is_nil(err.unique)
        assert.same({{n = 0}}, db:rows "SELECT count(*) AS n FROM c")
      end)
    end)

    describe("a transaction", function()
      it("is committed when its function returns, and gives what that did", function()
        local function four(...)
          assert.equal(4, select("#", ...))
          assert.same({1, nil, 3}, {(...), nil, (select(3, ...))})
        end
        four(db:transaction(function(it)
          assert.equal(db, it)
          assert(it:run "INSERT INTO t (id) VALUES (1)")
          return 1, nil, 3, nil
        end))
        assert.is_true(db:transaction(function() assert(db:run "INSERT INTO t (id) VALUES (2)") end))
        assert.equal(2, count())
        assert.same({{n = 2}}, open():rows "SELECT count(*) AS n FROM t")
      end)

      it("is rolled back when its function returns nil and an error", function()
        for _, first in ipairs {"nil", "false"} do
          local result, err = db:transaction(function()
            assert(db:run "INSERT INTO t (id) VALUES (1)")
            if first == "nil" then
              return nil, "no"
            end
            return false, "no"
          end)
          assert.is_nil(result)
          assert.equal("no", err)
          assert.equal(0, count())
        end
        -- nil alone is a result.
        assert.is_nil(db:transaction(function()
          assert(db:run "INSERT INTO t (id) VALUES (1)")
          return nil
        end))
        assert.equal(1, count())
      end)

      it("is rolled back when its function raises, and goes on raising", function()
        for _, raised in ipairs {"text", {}, 7} do
          local ok, err = pcall(db.transaction, db, function()
            assert(db:run "INSERT INTO t (id) VALUES (1)")
            error(raised, 0)
          end)
          assert.is_false(ok)
          assert.equal(raised, err)
          assert.equal(0, count())
        end
        assert.is_false((pcall(db.transaction, db, function()
          assert(db:run "INSERT INTO t (id) VALUES (1)")
          error(nil)
        end)))
        assert.equal(0, count())
      end)

      it("returns the error of a statement that is asserted", function()
        local err = failure("misuse", db:transaction(function()
          assert(db:run "INSERT INTO t (id) VALUES (1)")
          assert(db:run "nonsense")
        end))
        assert.equal("refused", err.outcome)
        assert.equal(0, count())
        -- Also with the assert of this Lua itself, and of another database's.
        failure("misuse", db:transaction(function()
          original_assert(db:run "nonsense")
        end))
        local other = open()
        failure("misuse", db:transaction(function()
          assert(db:run "INSERT INTO t (id) VALUES (1)")
          local _, other_err = other:run "nonsense"
          error(other_err, 0)
        end))
        assert.equal(0, count())
      end)

      it("ends with the first statement that fails, overlooked or not", function()
        assert(db:run "INSERT INTO t (id) VALUES (1)")
        local first, second
        local err = failure("constraint", db:transaction(function()
          assert(db:run "INSERT INTO t (id) VALUES (2)")
          first = select(2, db:run "INSERT INTO t (id) VALUES (1)")
          second = select(2, db:run "INSERT INTO t (id) VALUES (3)")
          return "fine"
        end))
        assert.equal(first, err)
        assert.equal(first, second)
        assert.equal(1, count())
        -- What never reached the database counts as well.
        failure("misuse", db:transaction(function()
          assert(db:run "INSERT INTO t (id) VALUES (2)")
          db:run("INSERT INTO t (id) VALUES ($1)")
        end))
        assert.equal(1, count())
      end)

      it("that its commit refuses is rolled back", function()
        assert(db:run [[CREATE TABLE d (t BIGINT REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)]])
        local err = failure("constraint", db:transaction(function()
          assert(db:run "INSERT INTO d (t) VALUES (5)")
          return true
        end))
        assert.equal("refused", err.outcome)
        assert.same({}, db:rows "SELECT * FROM d")
        assert.is_true(db:transaction(function()
          assert(db:run "INSERT INTO d (t) VALUES (5)")
          assert(db:run "INSERT INTO t (id) VALUES (5)")
          return true
        end))
        assert.same({{t = 5}}, open():rows "SELECT * FROM d")
      end)

      it("is not within another", function()
        local inner
        local err = failure("misuse", db:transaction(function()
          assert(db:run "INSERT INTO t (id) VALUES (1)")
          inner = {db:transaction(function() error "never called" end)}
          return true
        end))
        assert.equal("nested", err.code)
        assert.equal(err, inner[2])
        assert.equal(0, count())
        failure("misuse", db:transaction(function() db:close() end))
        failure("misuse", db:transaction(function() db:wait("x", 1) end))
        assert.equal(0, count())
      end)

      it("is rolled back when its function yields", function()
        local thread = coroutine.wrap(function()
          return db:transaction(function()
            assert(db:run "INSERT INTO t (id) VALUES (1)")
            coroutine.yield "left"
            assert(db:run "INSERT INTO t (id) VALUES (2)")
          end)
        end)
        local err = failure("misuse", thread())
        assert.equal("yield", err.code)
        assert.equal(0, count())
        -- But may be in a coroutine, and have some.
        thread = coroutine.wrap(function()
          return db:transaction(function()
            for id in coroutine.wrap(function() coroutine.yield(1) coroutine.yield(2) end) do
              assert(db:run("INSERT INTO t (id) VALUES ($1)", id))
            end
            return "done"
          end)
        end)
        assert.equal("done", thread())
        assert.equal(2, count())
      end)

      it("is not seen by others before it is committed", function()
        local other = open()
        db:transaction(function()
          assert(db:run "INSERT INTO t (id) VALUES (1)")
          assert.same({}, other:rows "SELECT id FROM t")
        end)
        assert.same({{id = 1}}, other:rows "SELECT id FROM t")
      end)

      it("wants known options", function()
        assert.has_error(function() db:transaction(function() end, {isolation = "none"}) end)
        assert.is_true(db:transaction(function() end, {isolation = "read committed"}))
        assert.is_true(db:transaction(function() end, {isolation = "serializable", retries = 2}))
      end)

      it("of one with prepared statements that are given back goes on", function()
        assert.is_true(db:transaction(function()
          for i = 1, 200 do
            assert(db:run("INSERT INTO t (id) VALUES (" .. i .. ")"))
          end
        end))
        assert.equal(200, count())
      end)
    end)

    describe("others", function()
      before_each(function() assert(db:run "INSERT INTO t (id) VALUES (1)") end)

      it("that hold what is wanted make it busy, for as long as one waits", function()
        local other = open {busy_timeout = 0.2}
        assert.is_true(db:transaction(function()
          assert(db:run "UPDATE t SET name = 'a' WHERE id = 1")
          local err = failure("busy", other:run "UPDATE t SET name = 'b' WHERE id = 1")
          assert.equal("refused", err.outcome)
          err = failure("busy", other:transaction(function()
            assert(other:run "UPDATE t SET name = 'b' WHERE id = 1")
          end))
          assert.equal("refused", err.outcome)
        end))
        assert.same({{name = "a"}}, other:rows "SELECT name FROM t")
        assert.equal(1, other:run "UPDATE t SET name = 'b' WHERE id = 1")
      end)

      it("in another process do, too, and are waited for", function()
        local it = program.start([[
          local db = assert(require("reseal.sql").open((...)))
          say(db:transaction(function()
            assert(db:run("UPDATE t SET name = 'theirs' WHERE id = 1"))
            say "holds"
            pause()
            return "committed"
          end))
        ]], database.url())
        assert.equal("holds", it.line())
        failure("busy", open {busy_timeout = 0.2}:run "UPDATE t SET name = 'ours' WHERE id = 1")
        -- Go comes while somebody waits: a third process gives it.
        os.execute("(sleep 0.3; touch " .. it.go_file .. ") >/dev/null 2>&1 &")
        assert.equal(1, db:run "UPDATE t SET name = name || ' and ours' WHERE id = 1")
        assert.equal("committed\n", it.finish())
        assert.same({{name = "theirs and ours"}}, db:rows "SELECT name FROM t")
      end)

      it("that are killed leave nothing held, and what they had committed", function()
        local it = program.start([[
          local db = assert(require("reseal.sql").open((...)))
          for i = 2, 1e9 do
            assert(db:transaction(function()
              assert(db:run("INSERT INTO t (id, name) VALUES ($1, 'whole')", i))
              assert(db:run("UPDATE t SET size = $1 WHERE id = 1", i))
              return true
            end))
            say(i)
          end
        ]], database.url())
        local last
        for _ = 1, 50 do
          last = tonumber((assert(it.line())))
        end
        it.kill()
        for line in it.finish():gmatch "[^\n]+" do
          last = tonumber(line) or last
        end
        assert.is_true(last >= 51)
        local row = assert(db:rows "SELECT count(*) AS n, max(id) AS most FROM t")[1]
        -- The last may have been committed without having been said.
        assert.is_true(row.most == last or row.most == last + 1, row.most .. " after " .. last)
        assert.equal(row.most, row.n)
        assert.same({{size = row.most}}, db:rows "SELECT size FROM t WHERE id = 1")
        assert.equal(1, db:run "UPDATE t SET name = 'free' WHERE id = 1")
      end)

      it("can be waited for", function()
        local other = open()
        assert.is_true(db:wait("orders", 5)) -- what came before is not known
        assert.is_false(db:wait("orders", 0.1))
        assert(db:run "UPDATE t SET name = 'own'")
        assert(db:notify "orders")
        assert.is_false(db:wait("orders", 0.1))
        assert(other:run "UPDATE t SET name = 'other'")
        assert(other:notify "orders")
        assert.is_true(db:wait("orders", 5))
        assert.is_false(db:wait("orders", 0.1))
        assert(other:transaction(function()
          assert(other:run "UPDATE t SET name = 'later'")
          assert(other:notify "orders")
          assert.is_false(db:wait("orders", 0.1))
          return true
        end))
        assert.is_true(db:wait("orders", 5))
      end)
    end)

    describe("a limit", function()
      it("ends a statement that takes longer, and leaves nothing of it", function()
        local hasty = open {timeout = 0.3}
        local endless = [[WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000)
          INSERT INTO t (id) SELECT CAST(count(*) AS BIGINT) FROM n]]
        local err = failure("timeout", hasty:run(endless))
        assert.equal("refused", err.outcome)
        failure("timeout", hasty:transaction(function()
          assert(hasty:run "INSERT INTO t (id) VALUES (1)")
          hasty:run(endless)
          return true
        end))
        assert.equal(0, count())
        assert.equal(1, hasty:run "INSERT INTO t (id) VALUES (1)")
      end)
    end)

    describe("a handle", function()
      it("can be closed twice, and then refuses everything", function()
        local other = open()
        assert.is_true(other:close())
        assert.is_true(other:close())
        for _, call in ipairs {
          function() return other:rows "SELECT 1" end,
          function() return other:run "SELECT 1" end,
          function() return other:transaction(function() error "never called" end) end,
          function() return other:wait("x", 1) end,
          function() return other:notify "x" end,
        } do
          assert.equal("closed", failure("misuse", call()).code)
        end
      end)

      it("shows what it is, and no URL", function()
        local other = open()
        assert.equal(kind, other.kind)
        assert.equal("reseal.sql (" .. kind .. ")", tostring(other))
        other:close()
        assert.equal("reseal.sql (" .. kind .. ", closed)", tostring(other))
      end)

      local new_proxy = (loadstring or load) "return newproxy" ()

      --- Leaves something to the collector that calls `finaliser`.
      local function litter(finaliser)
        if new_proxy then -- 5.1: tables have no finalisers
          getmetatable(new_proxy(true)).__gc = finaliser
        else
          setmetatable({}, {__gc = finaliser})
        end
      end

      it("can be closed by a finaliser, whenever that runs", function()
        local other, closed = open(), 0
        for i = 1, 300 do
          local it = other
          litter(function() it:close() end)
          local rows, err = other:rows("SELECT CAST($1 AS TEXT) AS it", ("x"):rep(1000) .. i)
          if rows then
            assert.equal(("x"):rep(1000) .. i, rows[1].it)
          else
            assert.equal("closed", failure("misuse", rows, err).code)
            closed = closed + 1
          end
          if tostring(other):find "closed" then
            other = open()
          end
        end
        assert.is_true(closed < 300)
      end)

      it("can be used by a finaliser, whenever that runs", function()
        local seen = 0
        local function finaliser()
          local rows = db:rows("SELECT CAST($1 AS BIGINT) AS it", 7)
          if rows and rows[1].it == 7 then
            seen = seen + 1
          end
        end
        for i = 1, 200 do
          litter(finaliser)
          assert.equal(1, db:run("INSERT INTO t (id, name) VALUES ($1, $2)", i, ("x"):rep(100) .. i))
          assert.equal(i, #assert(db:rows "SELECT id, name FROM t"))
        end
        collectgarbage()
        collectgarbage()
        assert.is_true(seen >= 190)
      end)

      if package.loaded.jit then
        it("is of no use in a forked process, and is not hurt there", function()
          local ffi = require "ffi"
          ffi.cdef "int fork(void); int waitpid(int, int *, int); void _exit(int);"
          assert(db:run "INSERT INTO t (id) VALUES (1)")
          local report = os.tmpname()
          local pid = ffi.C.fork()
          if pid == 0 then
            local file = io.open(report, "w")
            pcall(function()
              for _, call in ipairs {
                function() return db:rows "SELECT 1" end,
                function() return db:transaction(function() return true end) end,
                function() return db:wait("x", 0.1) end,
              } do
                local result, err = call()
                file:write(tostring(result), " ", err and err.code or "", "\n")
              end
              db:close()
              db = nil -- luacheck: ignore
              collectgarbage()
              local another, err = sql.open(database.url())
              file:write(another and "opened" or err.code, "\n")
            end)
            file:close()
            ffi.C._exit(0)
          end
          ffi.C.waitpid(pid, nil, 0)
          local file = assert(io.open(report))
          -- An SQLite of which a process has inherited open files can't be opened safely in it.
          assert.equal("nil forked\nnil forked\nnil forked\n" .. (kind == "sqlite" and "forked\n" or "opened\n"),
            file:read "*a")
          file:close()
          os.remove(report)
          assert.same({{id = 1}}, db:rows "SELECT id FROM t")
          assert.equal(1, db:run "UPDATE t SET name = 'still here'")
        end)
      end
    end)
  end)
end

describe("opening", function()
  it("refuses what is no database's URL, without repeating it", function()
    for _, url in ipairs {"mysql://u:topsecret@host/db", "sqlite://host/topsecret", "sqlite:topsecret",
      "sqlite:///a?topsecret", "sqlite:///a%2", "sqlite:///a%zz", "", "postgresql://u:topsec@ret@host/db",
      "postgresql://u:top/secret@host/db", "postgresql://u:top?secret@host/db", "postgresql://u:topsecret:5432/db",
      "postgresql://u:topsecret%zz@127.0.0.1/db",
      "postgresql://u:x@127.0.0.1/db?topsecret", "postgresql://u:x@127.0.0.1/db?topsecret=1", "a\0b"} do
      local db, err = sql.open(url)
      assert.is_nil(db)
      assert.equal("misuse", err.class, url)
      assert.is_nil(tostring(err):find "secret", url)
    end
    assert.has_error(function() sql.open(nil) end)
  end)

  it("does not repeat the password of a server that is not there", function()
    local port = assert(system.free_port())
    for _, url in ipairs {"postgresql://u:topsecret@127.0.0.1:%d/db",
      "postgresql://127.0.0.1:%d/db?user=u&password=topsecret", "postgresql://u:127.0.0.1@127.0.0.1:%d/db"} do
      local db, err = sql.open(url:format(port))
      assert.is_nil(db)
      assert.equal("connection", err.class)
      assert.equal("refused", err.outcome)
      assert.is_nil(tostring(err):find "topsecret")
      if url:find "u:127" then
        assert.is_nil(err.message:find("127.0.0.1", 1, true))
      end
    end
  end)

  it("refuses options that are none", function()
    for name, value in pairs {nothing = 1, timeout = "1", busy_timeout = 0, connect_timeout = -1, idle_timeout = 1e9,
      create = 1, application_name = true} do
      local db, err = sql.open("postgresql://127.0.0.1/x", {[name] = value})
      assert.is_nil(db)
      assert.equal("misuse", err.class)
      assert.is_truthy(err.message:find(name, 1, true))
    end
  end)

  it("says which module is not there", function()
    for name, url in pairs {postgres = "postgresql://127.0.0.1/x", sqlite = "/nowhere/x.db"} do
      local loaded, cpath = package.loaded["reseal." .. name], package.cpath
      package.loaded["reseal." .. name], package.cpath = nil, ""
      local db, err = sql.open(url)
      package.loaded["reseal." .. name], package.cpath = loaded, cpath
      assert.is_nil(db)
      assert.equal("no_module", err.code)
      assert.is_truthy(err.message:find("reseal." .. name, 1, true))
    end
  end)
end)
