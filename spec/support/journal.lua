--- The journal's two databases, each a real one.

local journal = require "reseal.order.journal"
local postgres = require "spec.support.postgres"
local sql = require "reseal.sql"
local system = require "reseal.system"

local support = {}

local function sqlite()
  local it = {kind = "sqlite"}
  function it.start()
    it.folder = assert(system.mkdtemp "reseal-journal-")
  end
  function it.stop()
    system.remove_tree(it.folder)
  end
  function it.url()
    return it.folder .. "/journal.db"
  end
  function it.clear()
    os.execute("rm -f " .. it.folder .. "/*.db*")
  end
  return it
end

local function postgresql()
  local it = {kind = "postgresql"}
  function it.start()
    it.server = postgres.start()
  end
  function it.stop()
    it.server.stop()
  end
  function it.url()
    return it.server.url
  end
  function it.clear()
    local db = assert(sql.open(it.server.url))
    assert(db:run "DROP SCHEMA public CASCADE")
    assert(db:run "CREATE SCHEMA public")
    db:close()
  end
  return it
end

--- Describes the same of both: `body(database)` gets start, stop, url, clear, kind, and `open(options)`, whose journals
--- are closed after each test; there is no journal yet before each.
function support.each(busted, body)
  for _, database in ipairs {sqlite(), postgresql()} do
    busted.describe("on " .. database.kind, function()
      local opened
      busted.setup(database.start)
      busted.teardown(database.stop)
      busted.before_each(function()
        opened = {}
        database.clear()
      end)
      busted.after_each(function()
        for _, one in ipairs(opened) do
          one:close()
        end
      end)

      function database.open(options)
        local j = assert(journal.open(database.url(), options))
        opened[#opened + 1] = j
        return j
      end

      --- The database itself, for what the journal has no method for.
      function database.raw()
        local db = assert(sql.open(database.url()))
        opened[#opened + 1] = db
        return db
      end

      body(database)
    end)
  end
end

return support
