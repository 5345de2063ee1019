-- After a new certificate: the deploy hook, what is really served then, and the program that is told what happened.
local certificates = require "spec.support.certificates"
local cjson = require "cjson"
local nginx = require "spec.support.nginx"
local support = require "spec.support.orders"
local system = require "reseal.system"
local x509 = require "reseal.x509"

local world

setup(function() world = support.start() end)
teardown(function() world.stop() end)
before_each(function() world.clear() end)

--- The lines of a file.
local function lines(path)
  local list = {}
  for line in (world.read(path) or ""):gmatch "[^\n]+" do
    list[#list + 1] = line
  end
  return list
end

--- Runs until the certificate is in a state: how soon the seller issues is the seller's affair.
local function run_until(orders, state)
  assert(orders:run {wait = 60, stopping = function()
    return orders.journal:row("example.com").state == state
  end})
end

describe("the deploy hook", function()
  it("runs once after a new certificate, with its names and its folder", function()
    local hook = world.hook("deploy", 'echo "$1 $RESEAL_NAME $RESEAL_FOLDER" >> "$2"\n')
    local orders = world.open {certificates = {
      world.entry {install = {hook = {hook, "new", world.folder .. "/hooked"}}},
    }}
    assert(orders:run {wait = 60})
    assert.same({("new example.com %s/live/example.com"):format(world.folder)}, lines(world.folder .. "/hooked"))
    world.due(orders, "example.com")
    assert(orders:run())
    assert.equal(1, #lines(world.folder .. "/hooked"))
  end)

  it("that fails is seen, told of, and tried again without another order", function()
    local hook = world.hook("deploy", ('echo x >> "%s/hooked"\n[ -e "%s/good" ]\n'):format(world.folder, world.folder))
    local orders = world.open {certificates = {world.entry {install = {hook = {hook}}}}}
    run_until(orders, "failed")
    local standing = assert(orders:status())[1]
    assert.same({"failed", "the deploy hook ended with status 1", false},
      {standing.state, standing.why, standing.person})
    assert.is_true(standing.next > os.time() and standing.next <= os.time() + 90)
    -- When it lasts, somebody has to look.
    assert(orders.journal.db:run "UPDATE reseal_certificates SET since = since - 25000")
    assert.is_true(assert(orders:status())[1].person)
    world.write("good", "")
    world.due(orders, "example.com")
    assert(orders:run {wait = 60})
    assert.equal("watch", assert(orders:status())[1].state)
    assert.equal(2, #lines(world.folder .. "/hooked"))
    local reissues = 0
    for _, request in ipairs(world.sandbox.requests()) do
      reissues = reissues + (request.method == "reissue" and 1 or 0)
    end
    assert.equal(1, reissues)
  end)

  it("that hangs is ended by its time-out", function()
    local hook = world.hook("deploy", "exec sleep 100\n")
    local orders = world.open {certificates = {world.entry {install = {hook = {hook}, timeout = 1}}}}
    local began = os.time()
    run_until(orders, "failed")
    assert.is_true(os.time() - began < 60)
    local standing = assert(orders:status())[1]
    assert.equal("failed", standing.state)
    assert.is_truthy(standing.why:find("the deploy hook failed", 1, true), standing.why)
  end)

  it("that can't be run is a failure like any other", function()
    local orders = world.open {certificates = {world.entry {install = {hook = {world.folder .. "/none"}}}}}
    run_until(orders, "failed")
    assert.is_truthy(assert(orders:status())[1].why:find("the deploy hook", 1, true))
  end)
end)

describe("what is served", function()
  local SERVER = [[
    server { listen 127.0.0.1:@port@ ssl; ssl_certificate %s/fullchain.pem; ssl_certificate_key %s/privkey.pem;
      return 204; }]]
  local server, folder

  local function serve(from)
    server = nginx.start(SERVER:format(from, from), {workers = 1})
  end

  before_each(function()
    folder = world.put("example.com", certificates.issue({"example.com", "www.example.com"}, {from = -80, days = 10}))
  end)

  after_each(function()
    if server then
      server.stop()
      server = nil
    end
  end)

  it("is the new certificate, once the hook's reload has come to the server", function()
    serve(folder)
    local hook = world.hook("reload", ('kill -HUP "$(cat %s/nginx.pid)"\n'):format(server.dir))
    local orders = world.open {certificates = {
      world.entry {install = {hook = {hook}, check = "127.0.0.1:" .. server.port}},
    }}
    assert(orders:run {wait = 60})
    local standing = assert(orders:status())[1]
    assert.equal("watch", standing.state, standing.why)
    local pem = assert(require("reseal.curl").served("example.com", "127.0.0.1:" .. server.port, 10))
    assert.equal(x509.certificate(world.read(folder .. "/fullchain.pem")).fingerprint,
      x509.certificate(pem).fingerprint)
  end)

  it("is not what was installed: the old pair comes back, and it is said", function()
    local other = world.folder .. "/other"
    assert(system.make_folder(other))
    local pair = certificates.issue {"example.com", "www.example.com"}
    assert(system.write_file(other .. "/privkey.pem", pair.key, "0600"))
    assert(system.write_file(other .. "/fullchain.pem", pair.certificate, "0644"))
    serve(other)
    local before = world.read(folder .. "/fullchain.pem")
    local hook = world.hook("count", ('echo x >> "%s/hooked"\n'):format(world.folder))
    local orders = world.open {certificates = {
      world.entry {install = {hook = {hook}, check = "127.0.0.1:" .. server.port}},
    }}
    run_until(orders, "failed")
    local standing = assert(orders:status())[1]
    assert.equal("failed", standing.state)
    assert.is_truthy(standing.why:find("serves another certificate for example.com", 1, true), standing.why)
    assert.equal(before, world.read(folder .. "/fullchain.pem"))
    assert.is_true(x509.belongs(world.read(folder .. "/privkey.pem"), before))
    assert.equal(2, #lines(world.folder .. "/hooked")) -- after the new one, and after the old one
    local kinds = world.kinds(orders, "example.com")
    assert.equal("not_served", kinds[#kinds - 1])
  end)
end)

describe("the notify program", function()
  --- What it was told, each a line of JSON.
  local function told()
    local list = {}
    for i, line in ipairs(lines(world.folder .. "/told")) do
      list[i] = cjson.decode(line)
    end
    return list
  end

  local function collector(more)
    return {world.hook("notify", (more or "") .. ('cat >> "%s/told"\n'):format(world.folder))}
  end

  it("gets what was installed as one line of JSON", function()
    local orders = world.open {certificates = {world.entry()}, notify = collector()}
    assert(orders:run {wait = 60})
    local list = told()
    assert.equal(1, #list)
    assert.same({"example.com", "installed", "namecheap"}, {list[1].name, list[1].kind, list[1].account})
    assert.is_truthy(list[1].text:find "^installed; it ends on 20")
    assert.is_true(math.abs(list[1].at - os.time()) < 120)
    assert(orders:run())
    assert.equal(1, #told())
  end)

  it("is told once for each change of state: failed, then nothing while it goes on failing", function()
    local orders = world.open({certificates = {world.entry()}, notify = collector()}, {retries = 0})
    for _ = 1, 3 do
      world.sandbox.post("/_sandbox/fault", {fault = "status_5xx", times = 1})
      assert(orders:run())
      world.due(orders, "example.com")
    end
    local list = told()
    assert.same({1, "failed", "failed"}, {#list, list[1].kind, list[1].state})
    assert(orders:run {wait = 60})
    list = told()
    assert.same({2, "installed"}, {#list, list[2].kind})
  end)

  it("is told of what is blocked, unknown and stopped, with what helps", function()
    local orders = world.open {certificates = {world.purchase {max_price = "5.00 USD"}}, notify = collector()}
    assert(orders:run())
    local list = told()
    assert.same({1, "blocked"}, {#list, list[1].kind})
    assert.is_truthy(list[1].advice:find("max_price", 1, true))
    orders:close()
    orders = world.open {certificates = {world.purchase()}, notify = collector()}
    assert(orders:ready())
    world.due(orders, "new.example")
    world.sandbox.post("/_sandbox/fault", {fault = "drop_before", provider = "namecheap", method = "create"})
    assert(orders:run())
    list = told()
    assert.same({2, "unknown"}, {#list, list[2].kind})
    world.later(orders, 300)
    world.due(orders, "new.example")
    assert(orders:run())
    list = told()
    assert.same({3, "stopped"}, {#list, list[3].kind})
    assert.equal("reseal reconcile new.example --found ID, or --absent", list[3].command)
  end)

  it("is told once that the end is near and nothing has helped", function()
    world.put("example.com", certificates.issue({"example.com", "www.example.com"}, {from = -80, days = 2}))
    local orders = world.open({certificates = {world.entry()}, notify = collector()}, {retries = 0})
    for _ = 1, 2 do
      world.sandbox.post("/_sandbox/fault", {fault = "status_5xx", times = 1})
      assert(orders:run())
      world.due(orders, "example.com")
    end
    local kinds = {}
    for i, event in ipairs(told()) do
      kinds[i] = event.kind
    end
    assert.same({"failed", "ending"}, kinds)
    assert.is_true(assert(orders:status())[1].person)
  end)

  it("is told that an entry was deleted while its order was under way", function()
    world.sandbox.post("/_sandbox/dcv", {http = false})
    local orders = world.open {certificates = {world.entry()}, notify = collector()}
    assert(orders:run {wait = 0})
    orders:close()
    orders = world.open {certificates = {}, notify = collector()}
    assert(orders:run())
    local list = told()
    assert.same({1, "removed", "example.com"}, {#list, list[1].kind, list[1].name})
    assert.is_truthy(list[1].text:find("its order 1 (reissue) is under way", 1, true))
  end)

  it("that fails is told again later, and nothing is held up", function()
    local log = {}
    local orders = world.open({
      certificates = {world.entry()}, notify = collector(('[ -e "%s/good" ] || exit 3\n'):format(world.folder)),
    }, {log = function(_, text) log[#log + 1] = text end})
    assert(orders:run {wait = 60})
    assert.equal("watch", assert(orders:status())[1].state)
    assert.same({}, told())
    assert.is_truthy(table.concat(log, "\n"):find("it ended with status 3", 1, true))
    world.write("good", "")
    assert(orders:run())
    assert.same({}, told()) -- its time has not come
    assert(orders.journal.db:run "UPDATE reseal_notices SET due = due - 400")
    assert(orders:run())
    assert.equal("installed", told()[1].kind)
  end)

  it("that reads nothing, hangs, or is not there, is ended and said", function()
    for name, argv in pairs {
      hangs = {world.hook("hangs", "exec sleep 100\n")}, missing = {world.folder .. "/none"},
      reads_nothing = {world.hook("deaf", "exec <&-\nexit 0\n")},
    } do
      local log = {}
      local orders = world.open {certificates = {world.entry()}, journal = ("%s/%s.db"):format(world.folder, name)}
      assert(orders:open_journal(true))
      assert(orders.journal:append {{kind = "note", text = ("x"):rep(200000), mark = name, name = "example.com"}})
      local notifier = require("reseal.orders.notify").new(orders.journal, argv, function(_, text)
        log[#log + 1] = text
      end, 1)
      local began = system.now()
      local delivered = notifier:deliver()
      assert.is_true(system.now() - began < 30, name)
      assert.equal(0, notifier:deliver())
      if name == "reads_nothing" then
        assert.equal(1, delivered)
      else
        assert.same({0, 1}, {delivered, #log}, name)
        assert.is_truthy(log[1]:find("^the notify program was not told of event 1: "), log[1])
      end
    end
  end)

  it("is not told of what is a week old, and old news are not kept for one that is named later", function()
    local orders = world.open {certificates = {world.entry()}}
    assert(orders:run {wait = 60})
    assert(orders.journal.db:run "UPDATE reseal_events SET at = at - 700000")
    orders:close()
    orders = world.open {certificates = {world.entry()}, notify = collector()}
    assert(orders:run())
    assert.same({}, told())
    assert.same({}, assert(orders.journal:notices(os.time() + 1000, 60)))
  end)
end)
