-- SQLite behind reseal.sql: what is its own. See sql_spec.lua for what both databases do.

local program = require "spec.support.process"
local sql = require "reseal.sql"
local system = require "reseal.system"

local function output(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("*a"):gsub("%s+$", "")
  pipe:close()
  return text
end

local root = output "id -u" == "0"

describe("sqlite", function()
  local folder, path, db

  before_each(function()
    folder = assert(system.mkdtemp "reseal-sqlite-")
    path = folder .. "/a.db"
    db = assert(sql.open(path))
    assert(db:run "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
  end)

  after_each(function()
    db:close()
    system.remove_tree(folder)
  end)

  local function failure(class, result, err)
    assert.is_nil(result)
    assert.equal(class, err.class, tostring(err))
    return err
  end

  local function pragma(name, of)
    local row = assert((of or db):rows("PRAGMA " .. name))[1]
    return row and row[next(row)]
  end

  describe("opening", function()
    it("makes a file that only its owner can read, and so are its logs", function()
      assert(db:run "INSERT INTO t (name) VALUES ('x')")
      local modes = output("stat -c %a " .. path .. " " .. path .. "-wal " .. path .. "-shm")
      assert.equal("600\n600\n600", modes)
    end)

    it("sees to it that what was committed stays", function()
      assert.equal("wal", pragma "journal_mode")
      assert.equal(2, pragma "synchronous")
      assert.equal(1, pragma "foreign_keys")
      assert.equal(0, pragma "trusted_schema")
    end)

    it("takes URLs and paths, all of them names of files", function()
      for url, name in pairs {
        ["sqlite://" .. folder .. "/url.db"] = "url.db",
        ["sqlite://" .. folder .. "/a%20b%25%3fc.db"] = "a b%?c.db",
        [folder .. "/a%20b?c#d.db"] = "a%20b?c#d.db",
        ["relative.db"] = "relative.db",
        [":memory:"] = ":memory:",
        ["file:x.db?mode=memory"] = "file:x.db?mode=memory",
      } do
        local it = program.start([[
          local db = assert(require("reseal.sql").open((...)))
          assert(db:run "CREATE TABLE t (id INTEGER)")
        ]], url, {before = "cd " .. folder .. ";"})
        assert.equal("", it.finish())
        local file = io.open(folder .. "/" .. name)
        assert.is_truthy(file, name)
        file:close()
      end
    end)

    it("makes no file when told so", function()
      local err = failure("connection", sql.open(folder .. "/no.db", {create = false}))
      assert.equal(folder .. "/no.db: No such file or directory", err.message)
      assert.is_nil(io.open(folder .. "/no.db"))
      assert(sql.open(path, {create = false})):close()
    end)

    it("says what is wrong with a place", function()
      for place, message in pairs {
        ["/none/x.db"] = "No such file or directory",
        ["/a.db/x.db"] = "Not a directory",
        [""] = "not a regular file",
        ["/" .. ("x"):rep(300)] = "File name too long",
      } do
        local err = failure("connection", sql.open(folder .. place))
        assert.is_truthy(err.message:find(message, 1, true), err.message)
      end
      failure("misuse", sql.open("/" .. ("x"):rep(5000)))
    end)

    it("refuses a file that others may read or write", function()
      for _, mode in ipairs {"644", "640", "602", "610"} do
        assert(os.execute("chmod " .. mode .. " " .. path))
        local err = failure("connection", sql.open(path))
        assert.is_truthy(err.message:find("chmod 600", 1, true))
      end
      assert(os.execute("chmod 600 " .. path))
      assert(sql.open(path)):close()
    end)

    if root then
      it("refuses another's file", function()
        assert(os.execute("chown nobody " .. path))
        local err = failure("connection", sql.open(path))
        assert.is_truthy(err.message:find("belongs to user", 1, true))
      end)
    end

    it("refuses a file that is no database, and leaves it as it is", function()
      local content = ("no database "):rep(1000)
      local file = assert(io.open(folder .. "/text", "w"))
      file:write(content)
      file:close()
      assert(os.execute("chmod 600 " .. folder .. "/text"))
      local err = failure("corrupt", sql.open(folder .. "/text"))
      assert.equal(26, err.code)
      file = assert(io.open(folder .. "/text"))
      assert.equal(content, file:read "*a")
      file:close()
    end)

    it("of a new file by many at once works for all", function()
      local programs = {}
      for i = 1, 8 do
        programs[i] = program.start([[
          local path, id, go = ...
          while not io.open(go) do end
          local db = assert(require("reseal.sql").open(path))
          assert(db:run "CREATE TABLE IF NOT EXISTS u (id INTEGER PRIMARY KEY)")
          assert(db:run("INSERT INTO u (id) VALUES ($1)", id))
          say "done"
        ]], folder .. "/new.db", tostring(i), folder .. "/go")
      end
      assert(io.open(folder .. "/go", "w")):close()
      for i = 1, 8 do
        assert.equal("done\n", programs[i].finish())
      end
      local it = assert(sql.open(folder .. "/new.db"))
      assert.same({{n = 8}}, it:rows "SELECT count(*) AS n FROM u")
      it:close()
    end)

    it("does not free what this process has locked", function()
      -- POSIX locks go with the first close of the file, by anybody in the process; and whoever closes a database that
      -- nobody has locked takes its log away.
      assert(db:run "INSERT INTO t (id) VALUES (1)")
      assert(sql.open(path)):close()
      local it = program.start([[
        local db = assert(require("reseal.sql").open((...)))
        assert(db:run "INSERT INTO t (id) VALUES (2)")
        db:close()
      ]], path)
      assert.equal("", it.finish())
      local log = io.open(path .. "-wal")
      assert.is_truthy(log)
      log:close()
      assert.same({{n = 2}}, db:rows "SELECT count(*) AS n FROM t")
    end)
  end)

  describe("values", function()
    it("are TEXT, or a BLOB where that is said", function()
      local types = {a = "text", b = "blob", c = "integer", d = "real", e = "null", f = "integer", g = "blob"}
      assert.same({types}, db:rows([[
        SELECT typeof($1) AS a, typeof($2) AS b, typeof($3) AS c, typeof($4) AS d, typeof($5) AS e, typeof($6) AS f,
        typeof($7) AS g]], "x", {bytes = "x"}, 3, 0.5, nil, true, {bytes = ""}))
      assert(db:run "CREATE TABLE s (b BLOB, t TEXT) STRICT")
      assert.equal(1, db:run("INSERT INTO s VALUES ($1, $2)", {bytes = "\0"}, "x"))
      failure("constraint", db:run("INSERT INTO s VALUES ($1, $2)", "x", "x"))
    end)

    it("of $2 before $1 are not mixed up", function()
      assert.same({{a = "second", b = "first"}}, db:rows("SELECT $2 AS a, $1 AS b", "first", "second"))
    end)

    it("have no other placeholders", function()
      for _, placeholder in ipairs {"?", "?1", ":a", "@a", "$a", "$1::bigint", "$01", "$1x", "$99999"} do
        local err = failure("misuse", db:rows("SELECT " .. placeholder .. " AS it", 1))
        assert.equal("placeholder", err.code, placeholder)
      end
    end)
  end)

  it("reads a word in double quotes as a name, never as text", function()
    failure("misuse", db:rows [[SELECT "nothing" AS it]])
    failure("misuse", db:run [[CREATE TABLE u (a TEXT CHECK (a <> "x"))]])
  end)

  describe("no room", function()
    local big = ("x"):rep(20000)

    it("is said, and ends the transaction", function()
      pragma("max_page_count = " .. pragma "page_count" + 2)
      local err = failure("full", db:run("INSERT INTO t (name) VALUES ($1)", big))
      assert.equal(13, err.code)
      assert.equal("refused", err.outcome)
      err = failure("full", db:transaction(function()
        assert(db:run "INSERT INTO t (name) VALUES ('small')")
        assert(db:run("INSERT INTO t (name) VALUES ($1)", big))
      end))
      assert.equal(13, err.code)
      assert.same({}, db:rows "SELECT * FROM t")
      assert.equal(1, db:run "INSERT INTO t (name) VALUES ('small')")
      pragma "max_page_count = 1000"
      assert.equal(1, db:run("INSERT INTO t (name) VALUES ($1)", big))
    end)

    it("at the system's own limit loses nothing that was said to be there", function()
      db:close()
      local it = program.start([[
        local db = assert(require("reseal.sql").open((...)))
        for i = 1, 10000 do
          local done, err = db:transaction(function()
            assert(db:run("INSERT INTO t (id, name) VALUES ($1, $2)", i, ("x"):rep(5000)))
            return true
          end)
          if not done then
            say(err.class .. " " .. err.code .. " " .. err.outcome)
            os.exit(0)
          end
          say(i)
        end
      ]], path, {before = "trap '' XFSZ; ulimit -f 600;"})
      local lines, last = {}, 0
      for line in it.finish():gmatch "[^\n]+" do
        lines[#lines + 1] = line
        last = tonumber(line) or last
      end
      assert.is_true(last > 10, lines[#lines])
      -- A failed write to the log: whether its last record is there is not known.
      assert.is_truthy(lines[#lines]:find "^other %d+ unknown$", lines[#lines])
      db = assert(sql.open(path))
      assert.equal("ok", pragma "integrity_check")
      local row = assert(db:rows "SELECT count(*) AS n, max(id) AS most FROM t")[1]
      assert.is_true(row.most == last or row.most == last + 1)
      assert.equal(row.most, row.n)
    end)
  end)

  describe("what can't be written", function()
    it("says so", function()
      pragma "query_only = 1"
      local err = failure("full", db:run "INSERT INTO t (id) VALUES (1)")
      assert.equal(8, err.code)
      failure("full", db:transaction(function()
        assert(db:run "INSERT INTO t (id) VALUES (1)")
      end))
      pragma "query_only = 0"
      assert.equal(1, db:run "INSERT INTO t (id) VALUES (1)")
    end)

    it("is not opened", function()
      -- As an ordinary user, for whom modes count; with copies of the modules, as the tree may be in root's home.
      local function copy(name)
        local from = assert((package.searchpath or function(wanted, along)
          for template in along:gmatch "[^;]+" do
            local file_name = template:gsub("%?", (wanted:gsub("%.", "/")))
            local file = io.open(file_name)
            if file then
              file:close()
              return file_name
            end
          end
        end)(name, name == "reseal.sql" and package.path or package.cpath))
        local to = folder .. "/reseal/" .. name:match "[^.]+$" .. from:match "%.%w+$"
        assert(os.execute("cp " .. from .. " " .. to))
      end
      db:close()
      assert(os.execute("mkdir " .. folder .. "/reseal && chmod 755 " .. folder .. " " .. folder .. "/reseal"))
      copy "reseal.sql"
      copy "reseal.sqlite"
      copy "reseal.system"
      assert(os.execute("chmod 400 " .. path))
      if root then
        assert(os.execute("chown -R nobody " .. folder))
      end
      local it = program.start([[
        package.path, package.cpath = arg[1] .. "/?.lua", arg[1] .. "/?.so"
        local db, err = require("reseal.sql").open(arg[1] .. "/a.db")
        say(db or err.class .. " " .. err.message)
      ]], folder, {run = root and "runuser -u nobody --" or ""})
      assert.equal("full " .. path .. ": it can't be written\n", it.finish())
      db = assert(sql.open(folder .. "/other.db"))
    end)
  end)

  it("says when the file is damaged, and gives nothing of it", function()
    assert.is_true(db:transaction(function()
      for i = 1, 500 do
        assert(db:run("INSERT INTO t (id, name) VALUES ($1, $2)", i, ("row "):rep(100)))
      end
    end))
    pragma "wal_checkpoint(TRUNCATE)"
    local size = pragma "page_size"
    db:close()
    local file = assert(io.open(path, "r+b"))
    file:seek("set", size * 4)
    file:write(("\255"):rep(size * 8))
    file:close()
    db = assert(sql.open(path))
    local err = failure("corrupt", db:rows "SELECT * FROM t")
    assert.equal(11, err.code % 256)
    failure("corrupt", db:transaction(function()
      assert(db:run "UPDATE t SET name = 'x'")
    end))
  end)

  describe("a statement that fails", function()
    --- Whether nobody has a transaction open: only then the log can be put back to its beginning.
    local function nothing_open()
      local other = assert(sql.open(path, {busy_timeout = 0.1}))
      local row = assert(other:rows "PRAGMA wal_checkpoint(TRUNCATE)")[1]
      assert.equal(1, other:run "INSERT INTO t (name) VALUES ('free')")
      other:close()
      return row.busy == 0
    end

    it("is finished", function()
      for i = 1, 20 do
        assert(db:run("INSERT INTO t (id, name) VALUES ($1, $2)", i, "n" .. i))
      end
      assert.is_true(nothing_open())
      -- Each fails after some rows.
      failure("misuse", db:rows "SELECT abs(-9223372036854775807 - (id > 9)) AS it FROM t")
      assert.is_true(nothing_open())
      failure("misuse", db:run "SELECT abs(-9223372036854775807 - (id > 9)) AS it FROM t")
      assert.is_true(nothing_open())
      failure("constraint", db:rows "UPDATE t SET id = 12 WHERE id IN (11, 13) RETURNING id")
      assert.is_true(nothing_open())
      failure("constraint", db:transaction(function()
        assert(db:rows "SELECT * FROM t")
        assert(db:run "INSERT INTO t (id) VALUES (21), (21)")
      end))
      assert.is_true(nothing_open())
      assert.same({}, db:rows "SELECT id FROM t WHERE name IS NULL")
    end)
  end)

  describe("retries", function()
    it("wait for the write lock again, without calling the function", function()
      local other = program.start([[
        local db = assert(require("reseal.sql").open((...)))
        db:transaction(function()
          assert(db:run "INSERT INTO t (id) VALUES (1)")
          say "holds"
          require("reseal.system").sleep(0.5)
        end)
      ]], path)
      assert.equal("holds", other.line())
      local hasty = assert(sql.open(path, {busy_timeout = 0.02}))
      local calls = 0
      local function insert()
        calls = calls + 1
        assert(hasty:run "INSERT INTO t (id) VALUES (2)")
        return "done"
      end
      failure("busy", hasty:transaction(insert))
      assert.equal("done", hasty:transaction(insert, {retries = 50}))
      assert.equal(1, calls)
      other.finish()
      hasty:close()
    end)

    it("do not follow what the function itself has met", function()
      local calls = 0
      failure("constraint", db:transaction(function()
        calls = calls + 1
        assert(db:run "INSERT INTO t (id) VALUES (1), (1)")
      end, {retries = 5}))
      assert.equal(1, calls)
    end)
  end)
end)
