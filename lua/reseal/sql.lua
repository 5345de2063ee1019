--- One face over SQLite and PostgreSQL: bound values in, exact rows out.
--
-- ```lua
-- local sql = require "reseal.sql"
-- local db = assert(sql.open "/var/lib/reseal/journal.db")    -- or "sqlite:///…", "postgresql://user@host/database"
-- assert(db:run("INSERT INTO intents (account, kind) VALUES ($1, $2)", "shop", "renew"))
-- for _, row in ipairs(assert(db:rows("SELECT id, kind FROM intents WHERE account = $1", "shop"))) do
--   print(row.id, row.kind)
-- end
-- local id, err = db:transaction(function()
--   assert(db:run("UPDATE orders SET epoch = epoch + 1 WHERE id = $1", 7))
--   return 7
-- end, {retries = 3})
-- ```
--
-- **Values.** nil is NULL; booleans; numbers, of which the whole ones are integers in every Lua; strings with any
-- bytes; `{bytes = string}`. An integer beyond 2^53 that may have been rounded is refused: Lua 5.1, 5.2 and LuaJIT
-- give it as a decimal string, and get it as one. NaN is refused. A string is TEXT to SQLite and a BLOB as `{bytes =
-- …}`, which matters only in comparisons with a BLOB and in STRICT tables. For PostgreSQL both are what stands there:
-- bytea takes any bytes, text takes UTF-8 without NUL. PostgreSQL chooses a placeholder's type from where it stands;
-- where nothing tells it, it is text: `CAST($1 AS bigint)`, which both understand (`$1::bigint` is refused by SQLite).
-- Columns for text, integers, booleans are `TEXT`, `BIGINT`, `BOOLEAN` in both, for bytes `BLOB` and `bytea`; never
-- `bytea` in SQLite, which would take its text for numbers. A row's NULL is nil. PostgreSQL's numeric is an integer
-- where it is whole and fits, else its decimal text; its other types are their text.
--
-- **Statements** are carried out one at a time and whole, and finished before the call returns, also after an error.
-- BEGIN, COMMIT and their kind are refused: `db:transaction` does that. The last 64 statements stay prepared, so their
-- texts should be few (PostgreSQL: through a pooler in transaction mode that does not work).
--
-- **Durable.** SQLite: WAL, synchronous=FULL, foreign keys on, a file of mode 0600 that belongs to this user, made if
-- it is not there. PostgreSQL: synchronous_commit on (or remote_apply, where that is set), a server that takes writes.
--
-- **It blocks**, for as long as its limits say: inside nginx it belongs in `ngx.run_worker_thread`. A connection is
-- one process's: after a fork the child gets an error, and may open another (of SQLite none, while the parent's was
-- open).

local system = require "reseal.system"

---@class reseal.sql.Options all times in seconds
---@field busy_timeout? number how long to wait for what others hold (default 5)
---@field timeout? number how long one statement may take (default 30)
---@field connect_timeout? number how long to wait for a server, of each address (default 10; whole seconds, 2 at least)
---@field idle_timeout? number after how long a server ends a transaction that is not gone on with (default 60)
---@field create? boolean false: an SQLite file that is not there is an error (default true)
---@field application_name? string what PostgreSQL calls this program (default "reseal")

---@class reseal.sql.Error reads as text, too
---@field class string what to do about it:
---| "busy"          # others held what was wanted, until the busy time-out
---| "serialization" # the transaction must be repeated: others were faster (PostgreSQL), or it was a deadlock
---| "constraint"    # a constraint forbids it
---| "connection"    # there is no connection, or none any more; the next call opens one
---| "misuse"        # the statement, its values or the call are wrong, however often they are tried
---| "full"          # nothing can be written: no room, or read-only
---| "corrupt"       # the database is damaged, or is none
---| "timeout"       # the statement took longer than it may
---| "memory"        # out of memory, here or at the server
---| "other"         # the rest: I/O errors, faults of the database
---@field code integer|string SQLite's extended result code, PostgreSQL's SQLSTATE, or a word of ours
---@field message string one sentence; it has neither the URL's password nor the statement's values
---@field outcome "refused"|"unknown" refused: nothing of the statement, or of the transaction, stands. unknown: it may
---stand, as the answer to COMMIT, or to a statement outside of a transaction, did not come
---@field unique boolean|nil true for a constraint that wants something once
---@field constraint string|nil its name, or its index's, where known
---@field table string|nil its table, where known
---@field columns string[]|nil its columns, where known (SQLite)

local DEFAULTS = {busy_timeout = 5, timeout = 30, connect_timeout = 10, idle_timeout = 60}

-- What would end or change the transaction, or the connection, behind our back.
local REFUSED = {}
for word in ("BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE PREPARE COPY DISCARD DEALLOCATE LISTEN UNLISTEN")
  :gmatch "%a+" do
  REFUSED[word] = true
end

local Error = {}

function Error.__tostring(err)
  return ("%s (%s %s%s)"):format(err.message, err.class, tostring(err.code),
    err.outcome == "unknown" and ", unknown whether it was carried out" or "")
end

function Error.__concat(a, b)
  return tostring(a) .. tostring(b)
end

--- Makes an error of what a C module gave.
---@return reseal.sql.Error
local function wrap(fault)
  if fault.columns then
    local list = {}
    for column in fault.columns:gmatch "[^,]+" do
      list[#list + 1] = column
    end
    fault.columns = list
  end
  return setmetatable(fault, Error)
end

local function misuse(code, message, ...)
  return wrap {class = "misuse", code = code, message = message:format(...), outcome = "refused"}
end

local function is_error(value)
  return type(value) == "table" and getmetatable(value) == Error
end

--- The statement's first word, in capitals; "" where it begins otherwise.
local function first_word(statement)
  local at = 1
  while true do
    local _, stop = statement:find("^[%s;(]+", at)
    if not stop then
      _, stop = statement:find("^%-%-[^\n]*", at)
    end
    if not stop then
      _, stop = statement:find("^/%*.-%*/", at)
    end
    if not stop then
      return (statement:match("^%a*", at):upper())
    end
    at = stop + 1
  end
end

local function pack(...)
  return {n = select("#", ...), ...}
end

local unpack = table.unpack or unpack

---@class reseal.sql.Database
---@field kind "sqlite"|"postgresql"
local Database = {}
Database.__index = Database
Database.__metatable = "reseal.sql"

function Database:__tostring()
  return "reseal.sql (" .. self.kind .. (self.connection and ")" or ", closed)")
end

--- Notes what went wrong: within a transaction nothing works after the first fault, whichever the database.
local function fail(db, err)
  if db.inside then
    db.failed = db.failed or err
  end
  return nil, err
end

--- The connection, opened anew where it was lost: nothing has been sent yet, so nothing is done twice.
local function connect(db)
  if not db.connection then
    return nil, misuse("closed", "the database is closed")
  end
  if db.failed then
    return nil, db.failed
  end
  if not db.inside and db.connection:lost() then
    local made, fault = db.reopen()
    if not made then
      return nil, wrap(fault)
    end
    db.connection:close()
    db.connection = made
  end
  return db.connection
end

--- A quoted value in the server's message is none of the message's readers' business.
local function without_values(message, ...)
  for i = 1, select("#", ...) do
    local value = select(i, ...)
    if type(value) == "table" then
      value = rawget(value, "bytes")
    end
    if type(value) == "string" and value ~= "" then
      local start, stop = message:find('"' .. value .. '"', 1, true)
      if start then
        message = message:sub(1, start) .. "…" .. message:sub(stop)
      end
    end
  end
  return message
end

-- SQLite tells the columns of what must be unique, not the index; PostgreSQL the index.
local INDEX = [[
  SELECT il.name FROM pragma_index_list($1) AS il WHERE il."unique" AND $2 =
  (SELECT group_concat(ii.name) FROM (SELECT name FROM pragma_index_info(il.name) ORDER BY seqno) AS ii)]]

local function name_index(connection, fault)
  if fault.unique and not fault.constraint and fault.table and fault.columns then
    local rows = connection:execute(true, INDEX, fault.table, fault.columns)
    fault.constraint = rows and #rows == 1 and rows[1].name or nil
  end
end

local MOST_KNOWN = 256

--- Remembers that a statement is none of those that are refused; not of all that ever were.
local function know(db, statement)
  if db.count_known == MOST_KNOWN then
    db.known, db.count_known = {}, 0
  end
  db.known[statement], db.count_known = true, db.count_known + 1
end

local function execute(db, want_rows, statement, ...)
  if type(statement) ~= "string" then
    error("the statement must be a string, not a " .. type(statement), 3)
  end
  local connection, err = connect(db)
  if not connection then
    return fail(db, err)
  end
  if not db.known[statement] then
    if REFUSED[first_word(statement)] then
      return fail(db, misuse("statement", "%s is not for statements: db:transaction does it", first_word(statement)))
    end
    know(db, statement)
  end
  local result, fault = connection:execute(want_rows, statement, ...)
  if not result then
    fault.message = without_values(fault.message, ...)
    name_index(connection, fault)
    return fail(db, wrap(fault))
  end
  return result
end

--- Carries out one statement and gives its rows.
---@param statement string with $1, $2, … for values
---@param ... nil|boolean|number|string|{bytes: string} one for each
---@return table<string, nil|boolean|number|string>[]|nil rows by the columns' names, of which no two may be equal
---@return reseal.sql.Error|nil err
function Database:rows(statement, ...)
  return execute(self, true, statement, ...)
end

--- Carries out one statement without rows.
---@param statement string with $1, $2, … for values
---@param ... nil|boolean|number|string|{bytes: string} one for each
---@return integer|nil changed how many rows were inserted, changed or deleted; 0 for what does none of that
---@return reseal.sql.Error|nil err
function Database:run(statement, ...)
  return execute(self, false, statement, ...)
end

--- Runs `f`: its results, or nil, an error, and the statement's fault where there was one. Else it raises what `f` did.
-- In a coroutine of its own, so that a yield comes back here instead of leaving the transaction open in others' hands.
local function carry_out(db, f)
  local thread = coroutine.create(f)
  db.inside = true
  local results = pack(coroutine.resume(thread, db))
  local failed = db.failed
  local yielded = coroutine.status(thread) ~= "dead" and misuse("yield", "the function of a transaction must not yield")
  if coroutine.close and (yielded or not results[1]) then
    -- What is to be closed within may be so with statements.
    db.failed = failed or yielded or misuse("raised", "the function of the transaction has raised an error")
    coroutine.close(thread)
  end
  db.inside, db.failed = false, nil
  if results[1] and not yielded and not failed and (results[2] or not results[3]) then
    return results
  end
  db.connection:rollback()
  if yielded then
    return nil, yielded
  end
  if results[1] then
    return nil, not results[2] and results[3] or failed, failed
  end
  -- assert raises the error itself, or (5.1, 5.2) a complaint about its being a table.
  if failed or is_error(results[2]) then
    return nil, failed or results[2], failed
  end
  error(results[2], 0)
end

--- One attempt. Besides the error: whether it is sure that another one may follow.
local function attempt(db, f, serializable)
  local connection, err = connect(db)
  if not connection then
    return nil, err
  end
  local begun, fault = connection:begin(serializable)
  if not begun then
    return nil, wrap(fault), fault.class == "busy" or fault.class == "serialization"
  end
  local results, reason, failed = carry_out(db, f)
  if results then
    local committed
    committed, fault = connection:commit()
    if committed then
      return results
    end
    reason = wrap(fault)
    failed = reason
  end
  return nil, reason, failed and failed.class == "serialization" and failed.outcome == "refused"
end

local LONGEST_PAUSE = 1 -- seconds between two attempts

--- Carries out what `f` does as a whole, or nothing of it. SQLite's write lock is taken at the beginning.
---
--- It is committed when `f` returns; rolled back when `f` returns nil (or false) and an error, raises, or yields (which
--- it must not). An error of a statement within cannot be overlooked: what follows it is refused, and so is the commit.
--- `f` may `assert` statements: the error of the first that failed is returned, whatever `f` raised after it; what it
--- raises without one goes on up.
---
--- With `retries`, `f` is called again where nothing can have happened: the write lock was busy, or others were faster
--- (see class "serialization"). So `f` must do nothing but statements then.
---@generic T
---@param f fun(db: reseal.sql.Database): T
---@param options? {retries?: integer, isolation?: "serializable"|"read committed"} isolation: PostgreSQL's (default
---serializable); SQLite has only the stronger one
---@return T results what `f` returned, or true where that is nothing; nil and the error
---@return reseal.sql.Error|any err the first statement's that failed, or what `f` returned
function Database:transaction(f, options)
  if self.inside then
    return fail(self, misuse("nested", "a transaction can't be within another"))
  end
  local retries = options and options.retries or 0
  local isolation = options and options.isolation or "serializable"
  if isolation ~= "serializable" and isolation ~= "read committed" then
    error('isolation must be "serializable" or "read committed"', 2)
  end
  local tried = 0
  while true do
    local results, err, again = attempt(self, f, isolation == "serializable")
    if results then
      if results.n < 2 then
        return true
      end
      return unpack(results, 2, results.n)
    end
    if not again or tried >= retries then
      return nil, err
    end
    tried = tried + 1
    system.sleep(math.min(LONGEST_PAUSE, 0.005 * 2 ^ tried) * (0.5 + math.random()))
  end
end

--- Waits until another connection did `notify` on the channel (SQLite: has changed the database), for `seconds` at
--- most.
---
--- It may return true without a cause, and does so the first time and after a lost connection: what came before is not
--- known. So: `repeat look() until not db:wait("orders", 30)`. A connection waits on one channel; not within a
--- transaction.
---@param channel string a to z, 0 to 9 and _
---@param seconds number
---@return boolean|nil woken false: the time passed, or a signal came
---@return reseal.sql.Error|nil err
function Database:wait(channel, seconds)
  if self.inside then
    return fail(self, misuse("nested", "wait can't be within a transaction"))
  end
  local connection, err = connect(self)
  if not connection then
    return nil, err
  end
  local woken, fault = connection:wait(channel, seconds)
  if woken == nil then
    return nil, wrap(fault)
  end
  return woken
end

--- Wakes those who `wait` on the channel: at the commit when within a transaction. (SQLite: every commit does so.)
---@param channel string
---@return boolean|nil done
---@return reseal.sql.Error|nil err
function Database:notify(channel)
  if self.kind == "sqlite" then
    local connection, err = connect(self)
    if not connection then
      return fail(self, err)
    end
    return true
  end
  local rows, err = self:rows("SELECT pg_notify($1, '')", channel)
  if not rows then
    return nil, err
  end
  return true
end

--- Closes it, as the collector does, too. Closing twice is no error; not within a transaction.
---@return boolean|nil closed
---@return reseal.sql.Error|nil err
function Database:close()
  if self.inside then
    return fail(self, misuse("nested", "a database can't be closed within a transaction"))
  end
  if self.connection then
    self.connection:close()
    self.connection = nil
  end
  return true
end

Database.__close = Database.close

--- The module and what it opens, by the URL.
local function choose(url)
  local scheme = url:match "^(%a[%w+.-]*):"
  if scheme == "postgresql" or scheme == "postgres" then
    return "postgres", url
  end
  if scheme == "sqlite" then
    local path = url:match "^sqlite://(/[^?#]+)$"
    if not path or path:find "%%%X" or path:find "%%.?$" or path:find "%%.%X" then
      return nil, misuse("url", "an SQLite URL is sqlite:///path, with %% before the hexadecimal code of special bytes")
    end
    return "sqlite", (path:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
  end
  if url:find "^%a[%w+.-]*://" then
    return nil, misuse("url", "%s:// is no database here: sqlite:///path, a path, or postgresql://user@host/database",
      scheme)
  end
  return "sqlite", url
end

local DRIVERS = {
  sqlite = {module = "reseal.sqlite", library = "SQLite (libsqlite3)"},
  postgres = {module = "reseal.postgres", library = "PostgreSQL (libpq)"},
}

local function load(name)
  local driver = DRIVERS[name]
  local ok, module = pcall(require, driver.module)
  if ok then
    return module
  end
  return nil, misuse("no_module", "%s is not built in: %s, which the build makes where pkg-config knows the "
    .. "library, can't be loaded: %s", driver.library, driver.module, tostring(module))
end

local function settings_of(options)
  local given = {create = true, application_name = "reseal"}
  for name, default in pairs(DEFAULTS) do
    given[name] = default
  end
  for name, value in pairs(options or {}) do
    local default = given[name]
    if default == nil then
      return nil, misuse("option", "there is no option %s", tostring(name))
    end
    if type(value) ~= type(default) or type(value) == "number" and not (value > 0 and value <= 86400) then
      return nil, misuse("option", "%s must be a %s%s", name, type(default),
        type(default) == "number" and " of seconds, above 0 and up to 86400" or "")
    end
    given[name] = value
  end
  return given
end

local sql = {}

--- Opens a database.
---@param url string `sqlite:///path` or a path; `postgresql://user@host:port/database?name=value`, which libpq reads
---@param options? reseal.sql.Options
---@return reseal.sql.Database|nil
---@return reseal.sql.Error|nil err
function sql.open(url, options)
  if type(url) ~= "string" then
    error("the URL must be a string, not a " .. type(url), 2)
  end
  local name, target = choose(url)
  if not name then
    return nil, target
  end
  local given, err = settings_of(options)
  if not given then
    return nil, err
  end
  local module
  module, err = load(name)
  if not module then
    return nil, err
  end
  -- The URL, which may have a password in it, stands in no field.
  local function reopen()
    return module.open {
      target = target,
      name = given.application_name,
      create = given.create,
      busy = given.busy_timeout,
      limit = given.timeout,
      connect = given.connect_timeout,
      idle = given.idle_timeout,
    }
  end
  local connection, fault = reopen()
  if not connection then
    return nil, wrap(fault)
  end
  return setmetatable({
    kind = module.kind, connection = connection, reopen = reopen, inside = false, known = {}, count_known = 0,
  }, Database)
end

return sql
