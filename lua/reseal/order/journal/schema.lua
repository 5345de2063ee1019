--- The journal's tables: what makes them, version by version. The statements are the same for SQLite and PostgreSQL.
---
--- A version is never edited once it was released: what comes later is the next one, and what stands in the tables is
--- carried over. All versions that are lacking are made in one transaction, so a journal is of one version or another.
---
--- Numbers of rows come from `reseal_counters`, not from the database's sequences: those are given out before the
--- commit, so that a reader who goes on "after event 7" would miss an event 6 that is committed later.

local core = require "reseal.order.journal.core"

local schema = {}

local VERSIONS = {}

VERSIONS[1] = {
  "CREATE TABLE reseal_counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
  "INSERT INTO reseal_counters (name, value) VALUES ('orders', 0), ('intents', 0), ('charges', 0), ('events', 0)",

  -- `ready`: due, and free to be claimed. `wake`: when it becomes so (the next step's time, or the lease's end while it
  -- is claimed); NULL: not while it is removed from the configuration.
  [[CREATE TABLE reseal_certificates (
    name TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    source TEXT NOT NULL,
    configured TEXT,
    begun TEXT,
    certificate TEXT,
    product TEXT,
    served TEXT,
    order_ends BIGINT,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    next BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    error TEXT,
    advice TEXT,
    last_success BIGINT,
    data TEXT NOT NULL,
    deadline BIGINT NOT NULL,
    removed BIGINT,
    ready BOOLEAN NOT NULL,
    wake BIGINT,
    owner TEXT,
    lease_ends BIGINT,
    epoch BIGINT NOT NULL,
    stamp TEXT
  )]],
  "CREATE INDEX reseal_certificates_ready ON reseal_certificates (deadline, name) WHERE ready",
  "CREATE INDEX reseal_certificates_ready_of ON reseal_certificates (account, deadline, name) WHERE ready",
  "CREATE INDEX reseal_certificates_wake ON reseal_certificates (wake) WHERE NOT ready",
  "CREATE INDEX reseal_certificates_account ON reseal_certificates (account, name)",

  [[CREATE TABLE reseal_orders (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    account TEXT NOT NULL,
    action TEXT NOT NULL,
    phase TEXT NOT NULL,
    data TEXT NOT NULL,
    opened BIGINT NOT NULL,
    closed BIGINT,
    result TEXT,
    reason TEXT,
    command TEXT
  )]],
  "CREATE UNIQUE INDEX reseal_orders_open ON reseal_orders (name) WHERE closed IS NULL",
  "CREATE INDEX reseal_orders_name ON reseal_orders (name, id)",
  "CREATE INDEX reseal_orders_account ON reseal_orders (account, id)",

  [[CREATE TABLE reseal_intents (
    id BIGINT PRIMARY KEY,
    order_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    purchase BOOLEAN NOT NULL,
    amount TEXT,
    units BIGINT,
    currency TEXT,
    run TEXT,
    at BIGINT NOT NULL,
    deadline BIGINT NOT NULL,
    token TEXT NOT NULL,
    outcome TEXT,
    settled BIGINT,
    handle TEXT,
    CHECK ((outcome IS NULL) = (settled IS NULL))
  )]],
  "CREATE UNIQUE INDEX reseal_intents_token ON reseal_intents (token)",
  "CREATE UNIQUE INDEX reseal_intents_open ON reseal_intents (account, kind, target) WHERE outcome IS NULL",
  "CREATE UNIQUE INDEX reseal_intents_purchase ON reseal_intents (account) WHERE outcome IS NULL AND purchase",
  "CREATE UNIQUE INDEX reseal_intents_order ON reseal_intents (order_id) WHERE outcome IS NULL",
  -- An order pays once.
  [[CREATE UNIQUE INDEX reseal_intents_paid ON reseal_intents (order_id, purchase)
    WHERE purchase AND outcome IN ('done', 'found')]],
  "CREATE INDEX reseal_intents_of ON reseal_intents (order_id, id)",

  [[CREATE TABLE reseal_held (
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (account, kind, id)
  )]],
  "CREATE INDEX reseal_held_name ON reseal_held (name)",

  [[CREATE TABLE reseal_charges (
    id BIGINT PRIMARY KEY,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    order_id BIGINT,
    intent_id BIGINT,
    amount TEXT NOT NULL,
    units BIGINT NOT NULL,
    currency TEXT NOT NULL,
    run TEXT,
    at BIGINT NOT NULL
  )]],
  "CREATE INDEX reseal_charges_at ON reseal_charges (account, at)",
  "CREATE INDEX reseal_charges_run ON reseal_charges (account, run)",
  "CREATE INDEX reseal_charges_order ON reseal_charges (order_id)",
  "CREATE UNIQUE INDEX reseal_charges_intent ON reseal_charges (intent_id)",

  [[CREATE TABLE reseal_accounts (
    name TEXT PRIMARY KEY,
    clock_offset BIGINT,
    clock_checked BIGINT,
    halted BIGINT,
    reason TEXT,
    paused_until BIGINT,
    throttled BIGINT NOT NULL,
    calls BIGINT NOT NULL
  )]],

  -- Calls that the windows still count; `at`: when the seller has them at the latest.
  [[CREATE TABLE reseal_calls (
    account TEXT NOT NULL,
    n BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (account, n)
  )]],
  "CREATE INDEX reseal_calls_at ON reseal_calls (account, at)",

  [[CREATE TABLE reseal_events (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    name TEXT,
    account TEXT,
    order_id BIGINT,
    kind TEXT NOT NULL,
    text TEXT,
    data TEXT NOT NULL
  )]],
  "CREATE INDEX reseal_events_name ON reseal_events (name, id)",
}

-- Events that somebody is told of, once for each mark; and what a seller answered to a sender who had lost its claim.
VERSIONS[2] = {
  [[CREATE TABLE reseal_notices (
    event_id BIGINT PRIMARY KEY,
    mark TEXT NOT NULL,
    due BIGINT,
    tries BIGINT NOT NULL,
    delivered BIGINT
  )]],
  "CREATE UNIQUE INDEX reseal_notices_mark ON reseal_notices (mark)",
  "CREATE INDEX reseal_notices_due ON reseal_notices (due, event_id) WHERE delivered IS NULL",
  "ALTER TABLE reseal_intents ADD COLUMN answer TEXT",
}

-- Who is worked at and who waits for that, by account.
VERSIONS[3] = {
  [[CREATE INDEX reseal_certificates_at_work ON reseal_certificates (account)
    WHERE state IN ('working', 'waiting', 'unknown')]],
  "CREATE INDEX reseal_certificates_queued ON reseal_certificates (account, deadline, name) WHERE state = 'queued'",
}

schema.VERSIONS = VERSIONS
schema.VERSION = #VERSIONS

-- In the order in which they are exported, each with what orders its rows.
schema.TABLES = {
  {name = "reseal_accounts", key = {"name"}}, {name = "reseal_certificates", key = {"name"}},
  {name = "reseal_orders", key = {"id"}}, {name = "reseal_intents", key = {"id"}},
  {name = "reseal_held", key = {"account", "kind", "id"}}, {name = "reseal_charges", key = {"id"}},
  {name = "reseal_calls", key = {"account", "n"}}, {name = "reseal_events", key = {"id"}},
  {name = "reseal_notices", key = {"event_id"}}, {name = "reseal_counters", key = {"name"}},
}

local LOCK = 7236837 -- any number: those who make tables at once meet at it ("res" as a number)

local function mismatch(version)
  return nil, core.fault("newer_schema", "the journal has schema version %d, and this reseal knows versions up to %d: "
    .. "a newer reseal wrote it, so use one", version, schema.VERSION)
end

--- The version that stands in the database, 0: none. Asked without a transaction, so that opening waits for nobody.
local function version_of(db)
  local rows, err = db:rows "SELECT max(version) AS version FROM reseal_schema"
  if rows then
    return rows[1].version or 0
  elseif err.class == "misuse" then -- there is no such table
    return 0
  end
  return nil, err
end

--- SQLite's file is the journal's alone: one with tables of another program is none.
local function is_foreign(db)
  if db.kind ~= "sqlite" then
    return false
  end
  return assert(db:rows [[SELECT count(*) AS n FROM sqlite_master
    WHERE name NOT LIKE 'reseal%' AND name NOT LIKE 'sqlite%']])[1].n > 0
end

--- Makes the tables, or carries them over to this version.
---@param db reseal.sql.Database
---@param now integer
---@param target? integer the version to stop at: for specs
---@return integer|nil version
---@return table|nil err code newer_schema: another reseal's
function schema.migrate(db, now, target)
  target = target or schema.VERSION
  local version, err = version_of(db)
  if not version then
    return nil, err
  elseif version > schema.VERSION then
    return mismatch(version)
  elseif version >= target then
    return version
  end
  return db:transaction(function()
    if db.kind == "postgresql" then
      assert(db:rows("SELECT pg_advisory_xact_lock($1)", LOCK))
    end
    if is_foreign(db) then
      return nil, core.fault("foreign", "the file has tables of another program: the journal wants one of its own")
    end
    assert(db:run "CREATE TABLE IF NOT EXISTS reseal_schema (version BIGINT PRIMARY KEY, since BIGINT NOT NULL)")
    version = assert(db:rows "SELECT max(version) AS version FROM reseal_schema")[1].version or 0
    if version > schema.VERSION then
      return mismatch(version)
    end
    for step = version + 1, target do
      for _, statement in ipairs(VERSIONS[step]) do
        assert(db:run(statement))
      end
      assert(db:run("INSERT INTO reseal_schema (version, since) VALUES ($1, $2)", step, now))
    end
    return math.max(version, target)
  end, {retries = 5, isolation = "read committed"})
end

return schema
