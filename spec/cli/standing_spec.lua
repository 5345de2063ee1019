-- The commands about how managed certificates stand, and what a person says of them: status, show, reconcile, remove.
-- With the sandbox and a real journal.
local certificates = require "spec.support.certificates"
local cjson = require "cjson"
local clis = require "spec.support.cli"
local lfs = require "lfs"
local reseal = require "reseal"
local system = require "reseal.system"

local cli, sandbox, dir, folder, number

setup(function()
  cli = clis.start()
  sandbox, dir, number = cli.sandbox, cli.dir, 0
end)

teardown(function() cli.stop() end)

before_each(function()
  sandbox.reset()
  number = number + 1
  folder = ("%s/%d"):format(dir, number)
  for _, name in ipairs {"", "/www", "/live", "/certificates.d"} do
    assert(lfs.mkdir(folder .. name))
  end
end)

--- A configuration with the sandbox's accounts and more.
local function configure(more)
  return cli.write("managed.lua", clis.config(sandbox.url) .. ('live = "%s/live"\nkeys = "%s/keys"\n'):format(folder,
    folder) .. ('defaults = {prove = {method = "http", webroot = "%s/www", look = false}}\n'):format(folder) .. more
    .. "\n")
end

local EXAMPLE = '{names = {"example.com", "www.example.com"}, account = "namecheap", certificate = "501904"}'
local PURCHASE = '{names = {"new.example"}, account = "namecheap", product = "PositiveSSL", buy = true, '
  .. 'max_price = "12.00 USD"}'

local function run(words, with)
  local all = {}
  for i, word in ipairs(words) do
    all[i] = word
  end
  for _, word in ipairs {"--config", dir .. "/managed.lua", "--journal", folder .. "/journal.db"} do
    all[#all + 1] = word
  end
  return cli.run(all, with)
end

--- The orders of what is configured, in this process.
local function with_orders(act)
  local orders = assert(reseal.orders(dir .. "/managed.lua", {journal = folder .. "/journal.db"}))
  local ok, message = pcall(act, orders)
  orders:close()
  if not ok then
    error(message, 0)
  end
end

--- A purchase whose answer was lost, and of which the seller shows nothing.
local function stopped_purchase(more)
  configure("certificates = {" .. PURCHASE .. (more or "") .. "}")
  sandbox.post("/_sandbox/fault", {fault = "drop_before", provider = "namecheap", method = "create"})
  with_orders(function(orders)
    assert(orders:run {names = {"new.example"}})
    assert(orders.journal.db:run "UPDATE reseal_intents SET at = at - 300, deadline = deadline - 300")
    local claim = assert(orders.journal:claim_name("spec", "new.example", nil, 60))
    assert(orders.journal:release(claim, {next = os.time()}))
    assert(orders:run {names = {"new.example"}})
  end)
end

--- A reissue that the seller works at.
local function waiting(more)
  configure("certificates = {" .. EXAMPLE .. (more or "") .. "}")
  with_orders(function(orders)
    assert(orders:run {names = {"example.com"}})
  end)
end

local function finds(shown, words)
  assert.is_truthy(shown:find(words, 1, true), words .. "\n" .. shown)
end

describe("reseal status", function()
  it("says that nothing has run yet, without a journal", function()
    configure("certificates = {" .. EXAMPLE .. "}")
    local r = run {"status"}
    assert.equal(0, r.code, r.err)
    finds(r.out, "NAME         STATE  ENDS  NEXT  WHAT\nexample.com  new                no run has come to it yet\n")
    finds(r.out, "1 certificate: none needs a person\nNothing has run yet: `reseal run`")
    assert.is_nil(lfs.attributes(folder .. "/journal.db"))
    assert.equal(0, #sandbox.requests())
  end)

  it("has what needs a person first, with what helps, and ends with 11", function()
    stopped_purchase(", " .. EXAMPLE)
    local r = run {"status"}
    assert.equal(11, r.code, r.err)
    local lines = {}
    for line in r.out:gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    finds(lines[2], "new.example  stopped")
    finds(lines[2], "whether the create of new.example was carried out is not known")
    finds(lines[3], "Look at the seller's list of orders")
    finds(lines[4], "reseal reconcile new.example --found ID, or --absent")
    finds(lines[5], "example.com  new")
    finds(r.out, "2 certificates: 1 needs a person")
    assert.equal(0, run({"status", "example.com"}).code)
    assert.equal(11, run({"status", "new.example", "example.com"}).code)
  end)

  it("is for programs, too", function()
    waiting()
    local r = run {"status", "--json"}
    assert.equal(0, r.code, r.err)
    local value = cjson.decode(r.out)
    assert.is_false(value.person)
    assert.same({"example.com", "waiting", "reissue", "namecheap", 1}, {
      value.certificates[1].name, value.certificates[1].state, value.certificates[1].action,
      value.certificates[1].account, value.certificates[1].order,
    })
    assert.is_truthy(value.certificates[1].next:find "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$")
    assert.equal("waiting\n", run({"status", "--query", "certificates[1].state"}).out)
    finds(run({"status", "--csv"}).out, "name,state,person,next,why")
    r = run {"status", "--output", folder .. "/status.json", "--json"}
    assert.equal(0, r.code)
    assert.equal("waiting", cjson.decode(clis.read(folder .. "/status.json")).certificates[1].state)
  end)

  it("says when nothing has called run for long", function()
    waiting()
    with_orders(function(orders)
      assert(orders:open_journal(true))
      assert(orders.journal.db:run "UPDATE reseal_certificates SET next = next - 270000")
    end)
    local r = run {"status"}
    assert.equal(11, r.code)
    finds(r.out, "Nothing has been done for 3 days that was due: does a timer or cron call `reseal run`?")
  end)

  it("says which account buys nothing any more", function()
    waiting()
    with_orders(function(orders)
      assert(orders:open_journal(true))
      assert(orders.journal:set_account("namecheap", {halted = os.time(), reason = "x was charged 99.00"}))
    end)
    local r = run {"status"}
    assert.equal(11, r.code)
    finds(r.out, "x was charged 99.00. When that is settled: reseal reconcile --account namecheap --resume")
    assert.equal("namecheap\n", run({"status", "--query", "halted[1].name"}).out)
  end)

  it("knows its names", function()
    configure("certificates = {" .. EXAMPLE .. "}")
    for _, words in ipairs {{"status", "exampel.com"}, {"show", "exampel.com"}, {"reconcile", "exampel.com", "--again"},
      {"remove", "exampel.com"}} do
      local r = run(words)
      assert.equal(2, r.code, words[1])
      finds(r.err, "no certificate is called exampel.com; did you mean example.com?")
    end
  end)

  it("says that the journal can't be opened", function()
    configure("certificates = {" .. EXAMPLE .. "}")
    cli.write(number .. "/journal.db", ("no database\n"):rep(100))
    for _, words in ipairs {{"status"}, {"show", "example.com"}, {"reconcile", "example.com", "--again"},
      {"remove", "example.com"}} do
      local r = run(words)
      assert.equal(6, r.code, words[1])
      finds(r.err, "the journal: ")
    end
  end)
end)

describe("reseal show", function()
  it("shows all that is known of one, and no secret", function()
    stopped_purchase()
    local r = run {"show", "new.example"}
    assert.equal(11, r.code, r.err)
    for _, words in ipairs {
      "new.example: stopped, whether the create of new.example",
      "  reseal reconcile new.example --found ID, or --absent\n",
      "\nentry\n", "  max price  12.00 USD", "  proof      http", ("  from       %s/managed.lua:6"):format(dir),
      "\norder\n", "  price    9.00 USD", "\nrequests\n", "9.00 USD  not known; it is looked for at the seller from 20",
      "\norders\n", "  1  create  ", "\nevents\n", "  stopped  ", "\nkeys\n", folder .. "/keys/new.example/",
    } do
      finds(r.out, words)
    end
    assert.is_nil(r.out:find("PRIVATE KEY", 1, true))
    r = run {"show", "new.example", "--json"}
    assert.equal(11, r.code)
    local value = cjson.decode(r.out)
    assert.same({"stopped", "create", "9.00 USD"}, {value.state, value.order.action, value.requests[1].price})
    assert.same({}, value.charges)
    assert.equal("new.example\n", run({"show", "new.example", "--query", "entry.names"}).out)
    finds(run({"show", "new.example", "--csv"}).out, "new.example")
  end)

  it("shows what is installed and what was paid", function()
    configure("certificates = {" .. PURCHASE .. "}")
    sandbox.post("/_sandbox/dcv", {http = false})
    assert(lfs.mkdir(folder .. "/live/new.example"))
    local pair = certificates.issue({"new.example"}, {from = -80, days = 9})
    assert(system.write_file(folder .. "/live/new.example/privkey.pem", pair.key, "0600"))
    assert(system.write_file(folder .. "/live/new.example/fullchain.pem", pair.certificate, "0644"))
    with_orders(function(orders) assert(orders:run()) end)
    local r = run {"show", "new.example"}
    assert.equal(0, r.code, r.out .. r.err)
    for _, words in ipairs {"\nserved\n", "  key          P-256", "\ncharges\n", "9.0000 USD  order 1",
      "  the next step is due in ", "seller order  "} do
      finds(r.out, words)
    end
  end)
end)

describe("reseal reconcile", function()
  it("does as the message says: --found ID", function()
    stopped_purchase()
    local section = require("reseal.order.data").lua(clis.config(sandbox.url)).namecheap
    local bought = assert(assert(reseal.namecheap(section)):create {Type = "PositiveSSL", Years = 1})
    local list = bought.SSLCertificate or bought
    local id = tostring((list[1] or list).CertificateID):gsub("%.0$", "")
    local r = run {"reconcile", "new.example", "--found", id}
    assert.equal(0, r.code, r.err)
    assert.equal("new.example: noted. `reseal run` goes on with it\n", r.out)
    r = run {"status"}
    assert.equal(0, r.code, r.out)
    with_orders(function(orders)
      assert.equal("activate", assert(orders:run()) and orders:show("new.example").intents[2].kind)
    end)
    assert.equal(1, #sandbox.ledger())
  end)

  it("does as the message says: --absent, for which a terminal is asked", function()
    stopped_purchase()
    local r = run({"reconcile", "new.example", "--absent"}, {terminal = "n\n"})
    assert.equal(6, r.code, r.out)
    finds(r.out, "The create of new.example for 9.00 USD is then sent again.")
    assert.equal(11, run({"status"}).code)
    r = run({"reconcile", "new.example", "--absent"}, {terminal = "y\n"})
    assert.equal(0, r.code, r.out)
    with_orders(function(orders) assert(orders:run()) end)
    assert.equal(1, #sandbox.ledger())
  end)

  it("asks nothing with --yes, nor where nobody can answer", function()
    stopped_purchase()
    local r = run({"reconcile", "new.example", "--absent", "--yes", "--json"}, {terminal = ""})
    assert.equal(0, r.code, r.out)
    r = run {"reconcile", "new.example", "--give-up"}
    assert.equal(0, r.code, r.err)
    r = run {"reconcile", "new.example", "--absent"}
    assert.equal(3, r.code)
    finds(r.err, "nothing is looked for")
  end)

  it("says what doesn't fit", function()
    stopped_purchase()
    local r = run {"reconcile", "new.example", "--give-up"}
    assert.equal(3, r.code)
    finds(r.err, "what became of it must be said first, by --found ID or --absent")
    for words, complaint in pairs {
      [""] = "which certificate?", ["new.example"] = "what became of it?",
      ["new.example --absent --again"] = "one of them", ["--account namecheap"] = "--account NAME --resume",
      ["new.example --again --order"] = "are about the id", ["--resume"] = "--account NAME --resume",
      ["new.example --account namecheap --resume"] = "alone",
    } do
      local all = {"reconcile"}
      for word in words:gmatch "%S+" do
        all[#all + 1] = word
      end
      r = run(all)
      assert.equal(2, r.code, words)
      finds(r.err, complaint)
    end
    assert.equal(11, run({"status"}).code)
  end)

  it("lets an account buy again", function()
    waiting()
    local r = run {"reconcile", "--account", "namecheap", "--resume"}
    assert.equal(10, r.code, r.err)
    finds(r.out, "account namecheap was not stopped")
    with_orders(function(orders)
      assert(orders:open_journal(true))
      assert(orders.journal:set_account("namecheap", {halted = os.time(), reason = "x"}))
    end)
    r = run {"reconcile", "--account", "namecheap", "--resume"}
    assert.equal(0, r.code, r.err)
    finds(r.out, "account namecheap may buy again")
    assert.equal(0, run({"status"}).code)
    r = run {"reconcile", "--account", "namechep", "--resume"}
    assert.equal(2, r.code)
    finds(r.err, "there is no account namechep")
  end)
end)

describe("reseal remove", function()
  it("refuses while an order is under way, and ends it by force", function()
    waiting()
    local r = run {"remove", "example.com"}
    assert.equal(3, r.code)
    finds(r.err, "its order 1 (reissue) is under way, and the seller works at it; --force ends it here")
    r = run {"remove", "example.com", "--force"}
    assert.equal(0, r.code, r.err)
    finds(r.out, "example.com is managed no more; the journal keeps what happened.\nIts order 1 (reissue) was ended "
      .. "here. At the seller 5019")
    finds(r.out, ("Its entry still stands in the configuration (%s/managed.lua:6): delete it there, or the next run "
      .. "takes it in again.\n"):format(dir))
    finds(r.out, "Its keys stay: " .. folder .. "/keys/example.com")
    assert.equal("new\n", run({"status", "--query", "certificates[1].state"}).out)
  end)

  it("never ends what may have been paid for", function()
    stopped_purchase()
    local r = run {"remove", "new.example", "--force", "--json"}
    assert.equal(3, r.code)
    assert.equal("under_way", cjson.decode(r.out).error.code)
    finds(cjson.decode(r.out).error.message, "reseal reconcile new.example --found ID")
  end)

  it("puts the entry's own file aside, and deletes files and keys only when it is told to, on a terminal once more",
    function()
      configure(('certificates = "%s/certificates.d"'):format(folder))
      local path = folder .. "/certificates.d/example.lua"
      local text = EXAMPLE:gsub("^{", "return {")
      assert(system.write_file(path, text, "0600"))
      sandbox.post("/_sandbox/dcv", {http = false})
      with_orders(function(orders)
        assert(orders:run())
        assert.equal(200, sandbox.post("/_sandbox/validate", {provider = "namecheap", certificate = 501908}).status)
        local claim = assert(orders.journal:claim_name("spec", "example.com", nil, 60))
        assert(orders.journal:release(claim, {next = os.time()}))
        assert(orders:run {wait = 30})
        assert.equal("watch", assert(orders:status())[1].state)
      end)
      local r = run({"remove", "example.com", "--files"}, {terminal = "n\n"})
      assert.equal(6, r.code, r.out)
      finds(r.out, "All keys of example.com and what is installed in " .. folder .. "/live/example.com are deleted")
      assert.equal("file", lfs.attributes(path, "mode"))
      r = run {"remove", "example.com", "--files"}
      assert.equal(0, r.code, r.err)
      finds(r.out, "Its entry was put aside: " .. path .. ".removed\nIts installed files and keys were deleted.")
      assert.is_nil(lfs.attributes(path))
      assert.is_nil(lfs.attributes(folder .. "/live/example.com"))
      assert.is_nil(lfs.attributes(folder .. "/keys/example.com"))
      finds(run({"status"}).out, "0 certificates: none needs a person")
      -- Its file back in its place, and it is managed again.
      assert(os.rename(path .. ".removed", path))
      finds(run({"status"}).out, "example.com")
    end)

  it("ends what an entry left behind that is not there any more", function()
    waiting()
    configure "certificates = {}"
    with_orders(function(orders) assert(orders:run()) end)
    local r = run {"status"}
    assert.equal(11, r.code)
    finds(r.out, "example.com  removed")
    finds(r.out, "reseal remove example.com --force")
    assert.equal(11, run({"show", "example.com"}).code)
    r = run {"remove", "example.com", "--force"}
    assert.equal(0, r.code, r.err)
    assert.equal(0, run({"status"}).code)
  end)
end)
