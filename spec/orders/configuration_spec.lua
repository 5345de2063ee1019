-- reseal.orders: what it is opened with, and what is said of a configuration that does not hold.
local lfs = require "lfs"
local reseal = require "reseal"
local support = require "spec.support.orders"
local system = require "reseal.system"

local LUA = os.getenv "RESEAL_LUA" or arg[-1] or "lua"
local world

setup(function() world = support.start() end)
teardown(function() world.stop() end)
before_each(function() world.clear() end)

local ENTRY = '{names = {"example.com"}, account = "namecheap", certificate = "501904"}'

local function file_text(certificates)
  return ('namecheap = {api_user = "apiexample", api_key = %q, client_ip = "1.2.3.4", endpoint = %q}\n'):format(
    world.accounts.namecheap.api_key, world.sandbox.url)
    .. ('journal = %q\nlive = %q\nkeys = %q\n'):format(world.journal, world.folder .. "/live", world.folder .. "/keys")
    .. ('defaults = {prove = {method = "http", webroot = %q, look = false}}\n'):format(world.webroot)
    .. "certificates = " .. certificates .. "\n"
end

describe("orders are opened", function()
  it("with a table", function()
    local orders = world.open {certificates = {world.entry()}}
    assert.equal("reissue", assert(orders:plan()).items[1].what)
    assert.is_nil(lfs.attributes(world.journal), "a plan needs no journal")
    assert.equal("new", assert(orders:status())[1].state)
  end)

  it("with a file, which has one name in the journal wherever it is called from", function()
    local path = world.write("config.lua", file_text("{" .. ENTRY .. "}"))
    local orders = assert(reseal.orders(path))
    assert.equal("reissue", assert(orders:plan()).items[1].what)
    assert.equal(path, orders.source)
    local here = lfs.currentdir()
    assert(lfs.chdir(world.folder))
    local same = reseal.orders "config.lua"
    local dotted = reseal.orders "./config.lua"
    assert(lfs.chdir(here))
    assert.equal(path, same.source)
    assert.equal(path, dotted.source)
  end)

  it("with a folder of entries, beside the file", function()
    local path = world.write("config.lua", file_text '"certificates.d"')
    assert(lfs.mkdir(world.folder .. "/certificates.d"))
    world.write("certificates.d/a.lua", 'names = {"a.example"}\naccount = "namecheap"\ncertificate = "501904"\n')
    local orders = assert(reseal.orders(path))
    assert.same({"a.example"}, {orders.configuration.managed[1].name})
  end)

  it("with the shell's own file when nothing is said", function()
    assert(system.make_folder(world.folder .. "/xdg"))
    assert(system.make_folder(world.folder .. "/xdg/reseal"))
    world.write("xdg/reseal/config.lua", file_text("{" .. ENTRY .. "}"))
    local pipe = io.popen(("XDG_CONFIG_HOME=%s '%s' -e 'print(require(\"reseal\").orders().configuration.managed[1]."
      .. "name)' 2>&1"):format(world.folder .. "/xdg", LUA))
    assert.equal("example.com\n", pipe:read "*a")
    pipe:close()
  end)

  it("not with anything else", function()
    assert.error_matches(function() reseal.orders(7) end, "a file's path, or a table")
  end)
end)

describe("a configuration that does not hold", function()
  it("is refused with all its faults, in a file with their lines", function()
    local path = world.write("config.lua", file_text('{\n'
      .. '  {names = {"A.example"}, acount = "x", account = "namecheap"},\n'
      .. '  {names = {"b.example"}, account = "namechep", certificate = 7},\n}'))
    local orders, err = reseal.orders(path)
    assert.is_nil(orders)
    assert.same({"invalid", "not_sent"}, {err.class, err.outcome})
    local all = {}
    for i, fault in ipairs(err.errors) do
      all[i] = fault.message
    end
    all = table.concat(all, "\n")
    for _, words in ipairs {
      ":7: A.example", "acount", ":8: b.example", "did you mean namecheap", "certificate must be",
    } do
      assert.is_truthy(all:find(words, 1, true), words .. "\n" .. all)
    end
  end)

  it("is refused where a table has it, too", function()
    local orders, err = reseal.orders(world.config {certificates = {
      world.entry {buy = true}, world.entry {name = "other", key = "P-257"},
    }})
    assert.is_nil(orders)
    assert.is_true(#err.errors >= 3, tostring(err)) -- max_price, key, and what both share
  end)

  it("says what is missing", function()
    local orders, err = reseal.orders {}
    assert.is_nil(orders)
    assert.same({"missing", "certificates"}, {err.code, err.param})
    orders, err = reseal.orders(world.folder .. "/none.lua")
    assert.is_nil(orders)
    assert.is_truthy(err.message:find("none.lua", 1, true), err.message)
  end)

  it("says what is wrong with accounts in a table", function()
    for _, accounts in ipairs {
      {namecheap = "x"}, {namecheap = {api_key_command = "pass"}},
      {profiles = {namecheap = {namecheap = {api_key = "x"}}}, namecheap = {api_key = "x"}},
    } do
      accounts.certificates = {world.entry()}
      local orders, err = reseal.orders(accounts)
      assert.is_nil(orders)
      assert.same({"configuration", "not_sent"}, {err.code, err.outcome})
      assert.is_truthy(err.message:find("^the configuration: "), err.message)
    end
  end)

  it("takes nothing out of the journal", function()
    local orders = world.open {certificates = {world.entry()}}
    assert(orders:run {stopping = function() return true end})
    local file = {found = true, values = world.config {certificates = {{names = "x"}}}}
    local lenient = assert(require("reseal.orders").of(reseal, file, {lenient = true}))
    local done, err = lenient:run()
    lenient:close()
    assert.is_nil(done)
    assert.equal("invalid", err.class)
    assert.is_nil(orders.journal:row("example.com").removed)
  end)
end)

describe("a journal that can't be opened", function()
  it("is said by what needs it, and nothing was asked", function()
    world.write("file", ("no database\n"):rep(100))
    local orders = world.open {certificates = {world.entry()}, journal = world.folder .. "/file/journal.db"}
    local done, err = orders:run()
    assert.is_nil(done)
    assert.same({"journal", "not_sent", "later"}, {err.class, err.outcome, err.retry})
    assert.is_truthy(err.message:find("^the journal: "), err.message)
    orders = world.open {certificates = {world.entry()}, journal = world.folder .. "/file"}
    for _, method in ipairs {"run", "status", "plan", "halted"} do
      done, err = orders[method](orders)
      assert.is_nil(done, method)
      assert.equal("journal", err.class)
    end
    assert.error_matches(function() orders:events() end, "the journal")
    assert.equal(0, #world.sandbox.requests())
  end)

  it("is none for those who only look, as long as there is none", function()
    for _, url in ipairs {world.journal, "sqlite://" .. world.journal} do
      local orders = world.open {certificates = {world.entry()}, journal = url}
      assert.equal("new", assert(orders:status())[1].state)
      assert.same({}, assert(orders:halted()))
      assert.is_nil(orders:events()())
      assert.same({}, assert(orders:show "example.com").orders)
      assert.is_nil(lfs.attributes(world.journal))
    end
  end)

  it("is another one where an option says so", function()
    local orders = world.open({certificates = {world.entry()}}, {journal = world.folder .. "/other.db"})
    assert(orders:run {stopping = function() return true end})
    assert.is_nil(lfs.attributes(world.journal))
    assert.equal("file", lfs.attributes(world.folder .. "/other.db", "mode"))
  end)

  it("is closed once and again, and opened anew when it is needed", function()
    local orders = world.open {certificates = {world.entry()}}
    assert(orders:run {stopping = function() return true end})
    orders:close()
    orders:close()
    assert.equal("new", assert(orders:status())[1].state)
    assert(orders:plan())
  end)
end)

describe("names", function()
  it("must be those of the configuration", function()
    local orders = world.open {certificates = {world.entry()}}
    for _, method in ipairs {"plan", "run"} do
      local done, err = orders[method](orders, {names = {"none.example"}})
      assert.is_nil(done)
      assert.same({"not_allowed", "names"}, {err.code, err.param})
      assert.error_matches(function() orders[method](orders, {names = "example.com"}) end, "list of names")
    end
    local done, err = orders:status {"none.example"}
    assert.is_nil(done)
    assert.equal("not_allowed", err.code)
    done, err = orders:show "none.example"
    assert.is_nil(done)
    assert.equal("not_allowed", err.code)
  end)

  it("that are none mean all", function()
    local orders = world.open {certificates = {world.entry()}}
    assert.equal(1, #assert(orders:plan {names = {}}).items)
    assert.is_true(assert(orders:run {names = {}}).steps > 0)
  end)
end)

describe("at_once", function()
  it("bounds what is begun, but not what a person orders by name", function()
    world.sandbox.post("/_sandbox/dcv", {http = false})
    local second = {names = {"second.example"}, account = "namecheap", product = "PositiveSSL", buy = true,
      max_price = "12.00 USD"}
    local orders = world.open {at_once = 1, certificates = {world.entry(), second}}
    assert(orders:run())
    local function states()
      local list = {}
      for _, row in ipairs(assert(orders.journal:rows())) do
        list[row.name] = row.state
      end
      return list
    end
    assert.same({["example.com"] = "waiting", ["second.example"] = "queued"}, states())
    local standing = assert(orders:status {"second.example"})[1]
    assert.is_false(standing.person)
    assert.is_truthy(standing.why:find("it is not its turn yet", 1, true))
    assert(orders:wake {"second.example"})
    assert(orders:run {names = {"second.example"}})
    assert.same({["example.com"] = "waiting", ["second.example"] = "waiting"}, states())
  end)
end)
