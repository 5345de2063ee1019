--- What is durably known of managed certificates, their orders, and what was sent and paid: the same for SQLite, which
--- serves the processes of one machine, and PostgreSQL, which serves several.
---
--- ```lua
--- local journal = require "reseal.order.journal"
--- local j = assert(journal.open "/var/lib/reseal/journal.db")
--- assert(j:enroll {{name = "example.com", account = "shop", certificate = "501904"}})
--- local claim = assert(j:claim("host 4711", nil, 600))           -- nothing is due: nil, nil
--- local intent = assert(j:intend(claim, order, {kind = "renew", target = "501904", purchase = true, patience = 90,
---   amount = "9.00", currency = "USD"}, {caps = {day = "100.00"}, run = "4711"}))
--- -- only now the request may leave, and not after `intent.deadline`
--- assert(j:settle(claim, intent, "done", row, order, events, {hold = {{kind = "certificate", id = "600001"}}}))
--- assert(j:release(claim))
--- ```
---
--- **Claims.** Who works on a certificate holds its claim: a lease with an epoch that grows with each one. Every write
--- of the holder is a transaction that begins with that certificate's row, by name, epoch and owner; when another has
--- claimed it since, or it was released, nothing is written, and `err.code` is "lost".
---
--- **Unknown commits.** When the connection is lost in a COMMIT, the row is locked, which waits for the end of what was
--- under way, and its stamp tells whether the transaction stands. Where not even that can be asked, `err.outcome` is
--- "unknown": nothing may be sent then, and the next claim shows what there is.
---
--- **Time.** Integer epoch seconds. What is compared between machines is read from PostgreSQL's clock, and a `now` that
--- is given to a method counts for SQLite alone (default: this machine's). With `options.clock` it counts for both.
---
--- **Errors** are `nil, err` with `code` and `message`, or a `reseal.sql.Error`. Losing the database means waiting:
--- class "connection". Methods must not be called inside a transaction of the same database. They block.

local audit = require "reseal.order.journal.audit"
local core = require "reseal.order.journal.core"
local schema = require "reseal.order.journal.schema"
local sql = require "reseal.sql"

---@class reseal.order.Claim
---@field name string
---@field owner string
---@field epoch integer
---@field now integer when it was claimed, by the clock that counts
---@field expires integer
---@field row table the certificate's
---@field order table|nil the open one
---@field intent table|nil the open one: settle it before anything else

---@class reseal.order.Writes what else is true with a change, all in its transaction
---@field hold? {kind: "certificate"|"order", id: string}[] ids that are this certificate's from now on
---@field unhold? {kind: string, id: string}[]
---@field charge? {amount: string, currency: string} what was paid (settle: default the intent's price)
---@field halt? string why the account buys nothing any more
---@field handle? string|integer the id that the seller gave
---@field release? boolean the claim ends with it, as by `release`; with a row only

---@class reseal.order.Journal
local Journal = {time = core.time}
Journal.__index = Journal

for _, part in ipairs {"rows", "claims", "changes", "accounts", "events"} do
  for name, method in pairs(require("reseal.order.journal." .. part)) do
    Journal[name] = method
  end
end

--- Looks for what can't be true.
---@return {code: string, message: string, name?: string, order_id?: integer}[]|nil list empty: all is well
---@return table|nil err
function Journal:check()
  return audit.check(self.db)
end

--- Writes all there is as JSON lines, as of one moment (see docs/journal.md).
---@param writer fun(line: string): boolean|nil, any gets each line with its end; false or nil ends it
---@return integer|nil lines
---@return any err
function Journal:export(writer)
  local now, err = self:time()
  if not now then
    return nil, err
  end
  return audit.export(self.db, now, writer)
end

--- Copies an SQLite journal, while others may go on writing, into a new file of mode 0600.
---@param path string never one that is there
---@return boolean|nil
---@return table|nil err PostgreSQL: code not_sqlite, and the message names what does it
function Journal:backup(path)
  return audit.backup(self.db, path)
end

--- Closes it. Twice is no error.
---@return boolean|nil
---@return table|nil err
function Journal:close()
  return self.db:close()
end

local journal = {VERSION = schema.VERSION}

--- What no other process has, for the stamps of transactions.
local function new_nonce()
  local file = io.open("/dev/urandom", "rb")
  local bytes = file and file:read(16)
  if file then
    file:close()
  end
  if not bytes or #bytes < 16 then
    return nil, core.fault("random", "/dev/urandom gives no bytes")
  end
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

--- Opens the journal; makes its tables, or carries them over from an earlier version.
---@param url string see `reseal.sql`
---@param options? table those of `reseal.sql`, and for tests and simulations `clock` (fun(): number), in place of the
---  database's or this machine's, and `nonce` (string), in place of a random one
---@return reseal.order.Journal|nil
---@return table|nil err code newer_schema: a newer reseal has made it; foreign: the file is another program's
function journal.open(url, options)
  local given = {}
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  local clock, nonce = given.clock, given.nonce
  local db, err
  given.clock, given.nonce = nil, nil
  if not nonce then
    nonce, err = new_nonce()
    if not nonce then
      return nil, err
    end
  end
  db, err = sql.open(url, given)
  if not db then
    return nil, err
  end
  local self = setmetatable({db = db, clock = clock, nonce = nonce, writes = 0}, Journal)
  local version
  version, err = schema.migrate(db, os.time())
  if not version then
    db:close()
    return nil, err
  end
  return self
end

return journal
