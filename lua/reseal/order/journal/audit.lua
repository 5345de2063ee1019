--- The journal as a whole: what can't be true in it, all of it as text, and a copy.

local core = require "reseal.order.journal.core"
local json = require "reseal.order.json"
local money = require "reseal.order.money"
local schema = require "reseal.order.journal.schema"
local sql = require "reseal.sql"
local system = require "reseal.system"

local must = core.must

local audit = {}

local unpack = table.unpack or unpack -- 5.1

local PAGE = 500 -- rows that are read at once

-- Each statement gives the rows that can't be true: name, order_id, and `about`, which the message tells.
local CONTRADICTIONS = {
  {"order_without_row", "order %s is of a certificate that the journal does not know",
    [[SELECT o.name AS name, o.id AS order_id, CAST(o.id AS TEXT) AS about FROM reseal_orders o
      LEFT JOIN reseal_certificates c ON c.name = o.name WHERE c.name IS NULL]]},
  {"order_without_result", "order %s is closed without a result",
    [[SELECT name, id AS order_id, CAST(id AS TEXT) AS about FROM reseal_orders
      WHERE closed IS NOT NULL AND result IS NULL]]},
  {"open_order_of_removed", "order %s is open, and its certificate is no longer in the configuration: list it again, "
    .. "or settle the order",
    [[SELECT o.name AS name, o.id AS order_id, CAST(o.id AS TEXT) AS about FROM reseal_orders o
      JOIN reseal_certificates c ON c.name = o.name WHERE o.closed IS NULL AND c.removed IS NOT NULL]]},
  {"intent_without_order", "request %s belongs to no order",
    [[SELECT i.name AS name, i.order_id AS order_id, CAST(i.id AS TEXT) AS about FROM reseal_intents i
      LEFT JOIN reseal_orders o ON o.id = i.order_id AND o.name = i.name WHERE o.id IS NULL]]},
  {"open_intent_of_closed", "request %s is not settled, and its order is closed",
    [[SELECT i.name AS name, i.order_id AS order_id, CAST(i.id AS TEXT) AS about FROM reseal_intents i
      JOIN reseal_orders o ON o.id = i.order_id WHERE i.outcome IS NULL AND o.closed IS NOT NULL]]},
  {"paid_twice", "order %s has paid more than once",
    [[SELECT name, order_id, CAST(order_id AS TEXT) AS about FROM reseal_intents
      WHERE purchase AND outcome IN ('done', 'found') GROUP BY name, order_id HAVING count(*) > 1]]},
  {"purchase_without_charge", "request %s has bought something, and no charge is noted",
    [[SELECT i.name AS name, i.order_id AS order_id, CAST(i.id AS TEXT) AS about FROM reseal_intents i
      LEFT JOIN reseal_charges h ON h.intent_id = i.id
      WHERE i.purchase AND i.outcome IN ('done', 'found') AND h.id IS NULL]]},
  {"charge_without_intent", "charge %s is of a request that is not there",
    [[SELECT h.name AS name, h.order_id AS order_id, CAST(h.id AS TEXT) AS about FROM reseal_charges h
      LEFT JOIN reseal_intents i ON i.id = h.intent_id WHERE h.intent_id IS NOT NULL AND i.id IS NULL]]},
  {"held_by_nobody", "%s is held by a certificate that the journal does not know",
    [[SELECT h.name AS name, CAST(NULL AS BIGINT) AS order_id, h.account || ' ' || h.kind || ' ' || h.id AS about
      FROM reseal_held h LEFT JOIN reseal_certificates c ON c.name = h.name WHERE c.name IS NULL]]},
  {"held_by_another", "the certificate %s is what one managed certificate goes by, and another holds it",
    [[SELECT c.name AS name, CAST(NULL AS BIGINT) AS order_id,
      c.account || ' ' || c.certificate || ' (' || h.name || ')' AS about FROM reseal_certificates c JOIN reseal_held h
      ON h.account = c.account AND h.kind = 'certificate' AND h.id = c.certificate
      WHERE h.name <> c.name AND c.removed IS NULL]]},
  {"claim", "its claim (%s) has an owner without an end, or an end without an owner",
    [[SELECT name, CAST(NULL AS BIGINT) AS order_id, COALESCE(owner, 'nobody') AS about FROM reseal_certificates
      WHERE (owner IS NULL) <> (lease_ends IS NULL)]]},
  {"never_due", "it is neither due nor ever will be (%s)",
    [[SELECT name, CAST(NULL AS BIGINT) AS order_id, state AS about FROM reseal_certificates
      WHERE removed IS NULL AND NOT ready AND wake IS NULL]]},
  {"notice_without_event", "%s is to be told of an event that is not there",
    [[SELECT CAST(NULL AS TEXT) AS name, CAST(NULL AS BIGINT) AS order_id, n.mark AS about FROM reseal_notices n
      LEFT JOIN reseal_events e ON e.id = n.event_id WHERE e.id IS NULL]]},
}

-- Counters that others than the journal have set back would give numbers twice.
local COUNTED = {
  orders = "reseal_orders", intents = "reseal_intents", charges = "reseal_charges", events = "reseal_events",
}

local INDEXES = {
  sqlite = "SELECT name FROM sqlite_master WHERE type = 'index'",
  postgresql = "SELECT indexname AS name FROM pg_indexes WHERE schemaname = current_schema()",
}

local function check_indexes(db, add)
  local there = {}
  for _, row in ipairs(must(db:rows(INDEXES[db.kind]))) do
    there[row.name] = true
  end
  for _, version in ipairs(schema.VERSIONS) do
    for _, statement in ipairs(version) do
      local name = statement:match "^CREATE %u*%s?INDEX ([%w_]+)"
      if name and not there[name] then
        add("index_missing", ("the index %s is missing: what it forbids is not forbidden, or claims are slow"):format(
          name))
      end
    end
  end
end

local function check_counters(db, add)
  for counter, of in pairs(COUNTED) do
    -- In one statement: both are of one moment.
    local row = must(db:rows(("SELECT (SELECT value FROM reseal_counters WHERE name = $1) AS value, "
      .. "(SELECT COALESCE(max(id), 0) FROM %s) AS last"):format(of), counter))[1]
    if not row.value or row.value < row.last then
      add("counter", ("the counter of %s stands at %s, below the last number %d"):format(counter,
        tostring(row.value or "nothing"), row.last))
    end
  end
end

--- The rows of a table, in portions by its key, so that its size does not matter.
local function each_row(db, of, f)
  local columns = table.concat(of.key, ", ")
  local marks, after = {}, nil
  for i = 1, #of.key do
    marks[i] = "$" .. i
  end
  repeat
    local where = after and (" WHERE (%s) > (%s)"):format(columns, table.concat(marks, ", ")) or ""
    local rows = must(db:rows(("SELECT * FROM %s%s ORDER BY %s LIMIT %d"):format(of.name, where, columns, PAGE),
      unpack(after or {})))
    for _, row in ipairs(rows) do
      f(row)
    end
    local last = rows[#rows]
    after = {}
    for i, name in ipairs(of.key) do
      after[i] = last and last[name]
    end
  until #rows < PAGE
end

local JSON = {
  reseal_certificates = {"data", "served"}, reseal_orders = {"data"}, reseal_intents = {"answer"},
  reseal_events = {"data"},
}

local function check_rows(db, add)
  for _, of in ipairs(schema.TABLES) do
    if JSON[of.name] or of.name == "reseal_charges" then
      each_row(db, of, function(row)
        for _, column in ipairs(JSON[of.name] or {}) do
          if row[column] ~= nil and type(json.decode(row[column])) ~= "table" then
            add("json", ("%s of %s %s can't be read"):format(column, of.name, tostring(row.id or row.name)), row.name,
              row.order_id)
          end
        end
        if of.name == "reseal_charges" and money.units(row.amount) ~= row.units then
          add("amount", ("charge %d says %s and counts as %s"):format(row.id, row.amount, money.text(row.units)),
            row.name, row.order_id)
        end
      end)
    end
  end
end

--- Looks for what can't be true. Each statement is of one moment, and none holds up who writes.
---@param db reseal.sql.Database
---@return {code: string, message: string, name?: string, order_id?: integer}[]|nil
---@return table|nil err
function audit.check(db)
  local found = {}
  local function add(code, message, name, order_id)
    message = (name and name .. ": " or "") .. message
    found[#found + 1] = {code = code, message = message, name = name, order_id = order_id}
  end
  local ok, err = pcall(function()
    if db.kind == "sqlite" then
      for _, row in ipairs(must(db:rows "SELECT integrity_check AS line FROM pragma_integrity_check")) do
        if row.line ~= "ok" then
          add("damaged", "the file is damaged: " .. row.line)
        end
      end
    end
    check_indexes(db, add)
    for _, one in ipairs(CONTRADICTIONS) do
      for _, row in ipairs(must(db:rows(one[3]))) do
        add(one[1], one[2]:format(tostring(row.about)), row.name, row.order_id)
      end
    end
    check_counters(db, add)
    check_rows(db, add)
  end)
  if not ok then
    return nil, core.raised(err)
  end
  return found
end

--- All lines, one by one, to `f`.
local function each_line(db, kind, now, f)
  f(json.encode {journal = "reseal", schema = schema.VERSION, database = kind, at = now} .. "\n")
  for _, of in ipairs(schema.TABLES) do
    local short = of.name:gsub("^reseal_", "")
    each_row(db, of, function(row)
      for name, value in pairs(row) do
        if name == "data" or name == "served" or name == "answer" then
          row[name] = json.decode(value) or value
        end
      end
      f(json.encode {table = short, row = row} .. "\n")
    end)
  end
end

--- An SQLite journal as of one moment, copied so that nobody has to wait: `f` gets the copy.
local function with_copy(db, f)
  local folder, message = system.mkdtemp "reseal-export-"
  if not folder then
    return nil, core.fault("file", "%s", message)
  end
  local result, err
  local draft
  draft, message = system.new_draft(folder .. "/copy.db")
  if not draft then
    err = core.fault("file", "%s", message)
  else
    local done
    done, err = db:run("VACUUM INTO $1", draft)
    local copy
    if done then
      copy, err = sql.open(draft)
    end
    if copy then
      result, err = f(copy)
      copy:close()
    end
  end
  system.remove_tree(folder)
  return result, err
end

--- Writes all tables as JSON lines, as of one moment, and holds nobody up, however slow the reader.
---@param db reseal.sql.Database
---@param now integer
---@param writer fun(line: string): boolean|nil, any
---@return integer|nil lines
---@return any err
function audit.export(db, now, writer)
  local count, refusal = 0, nil
  local function write(line)
    local ok, message = writer(line)
    if not ok then
      refusal = message or core.fault("writer", "the lines could not be written")
      error(refusal, 0)
    end
    count = count + 1
  end
  local function written(f)
    local ok, err = pcall(f)
    if not ok then
      return nil, refusal or core.raised(err)
    end
    return count
  end
  if db.kind == "sqlite" then
    return with_copy(db, function(copy)
      return written(function() each_line(copy, db.kind, now, write) end)
    end)
  end
  local lines, err = db:transaction(function()
    local list = {}
    each_line(db, db.kind, now, function(line) list[#list + 1] = line end)
    return list
  end, {retries = 3})
  if not lines then
    return nil, err
  end
  return written(function()
    for _, line in ipairs(lines) do
      write(line)
    end
  end)
end

--- Copies an SQLite journal into a new file.
---@param db reseal.sql.Database
---@param path string
---@return boolean|nil
---@return table|nil err
function audit.backup(db, path)
  if db.kind ~= "sqlite" then
    return nil, core.fault("not_sqlite", "a journal in PostgreSQL is copied by PostgreSQL's own pg_dump, such as "
      .. "pg_dump --table='reseal_*' DATABASE")
  end
  local draft, message = system.new_draft(path)
  if not draft then
    return nil, core.fault("file", "%s", message)
  end
  -- It takes an empty file, and keeps its owner and mode.
  local done, err = db:run("VACUUM INTO $1", draft)
  local ok = done
  if done then
    ok, message = system.publish(draft, path)
    err = not ok and core.fault("file", "%s", message) or nil
  end
  if not ok then
    os.remove(draft)
    return nil, err
  end
  return true
end

return audit
