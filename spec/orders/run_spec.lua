-- orders:run and orders:apply, against the sandbox with a real journal, real files and a web server for the proof.
local certificates = require "spec.support.certificates"
local order_plan = require "reseal.order.plan"
local program = require "spec.support.process"
local support = require "spec.support.orders"
local x509 = require "reseal.x509"

local world

setup(function() world = support.start() end)
teardown(function() world.stop() end)
before_each(function() world.clear() end)

local function methods()
  local list = {}
  for i, request in ipairs(world.sandbox.requests()) do
    list[i] = request.method
  end
  return list
end

local function has(list, value)
  for _, one in ipairs(list) do
    if one == value then
      return true
    end
  end
  return false
end

describe("run", function()
  it("does the whole way, tells each event as it happens, and leaves a pair that matches", function()
    local orders = world.open {certificates = {world.entry()}}
    local kinds, waits = {}, 0
    local counts = assert(orders:run {
      wait = 60,
      on_event = function(event)
        assert.equal("example.com", event.name)
        kinds[#kinds + 1] = event.kind
      end,
      on_wait = function(till, names)
        assert.is_true(till <= os.time() + 86400)
        assert.same({"example.com"}, names)
        waits = waits + 1
      end,
    })
    assert.is_true(counts.steps >= 1)
    assert.same({"opened", "closed"}, {kinds[1], kinds[#kinds]})
    assert.is_true(has(kinds, "installed"))
    assert.same(kinds, world.kinds(orders, "example.com"))
    local folder = world.folder .. "/live/example.com"
    assert.is_true(x509.belongs(world.read(folder .. "/privkey.pem"), world.read(folder .. "/fullchain.pem")))
    local standing = assert(orders:status())[1]
    assert.same({"watch", false}, {standing.state, standing.person})
    assert.is_truthy(standing.why:find "^it is due on 20%d%d%-")
    assert.equal(0, #world.sandbox.ledger())
    assert.is_true(waits >= 0)
  end)

  it("waits no longer than it is told, and goes on the next time", function()
    local orders = world.open {certificates = {world.entry()}}
    world.sandbox.post("/_sandbox/dcv", {http = false})
    local began, going = os.time(), nil
    assert(orders:run {wait = 1, on_wait = function(_, names) going = names end})
    assert.is_true(os.time() - began < 15)
    assert.same({"example.com"}, going)
    local standing = assert(orders:status())[1]
    assert.same({"waiting", false}, {standing.state, standing.person})
    assert.is_truthy(standing.next > os.time() - 30)
    world.issue()
    world.due(orders, "example.com")
    assert(orders:run {wait = 30})
    assert.equal("watch", assert(orders:status())[1].state)
    assert.equal(1, #assert(orders:show "example.com").orders)
  end)

  it("stops where it is told to, between two actions", function()
    local orders = world.open {certificates = {world.entry()}}
    local ordered = false
    assert(orders:run {
      wait = true, stopping = function() return ordered end,
      log = function() end,
      on_event = function(event) ordered = ordered or event.kind == "opened" end,
    })
    assert.is_false(assert(orders:status())[1].person)
    local open = world.open {certificates = {world.entry()}}
    assert(open:run {wait = 60})
    assert.equal("watch", assert(open:status())[1].state)
    local reissued = 0
    for _, method in ipairs(methods()) do
      reissued = reissued + (method == "reissue" and 1 or 0)
    end
    assert.equal(1, reissued)
  end)

  it("watches until it is to stop, and says what it waits for", function()
    local orders = world.open {certificates = {world.entry()}}
    local waited
    assert(orders:run {watch = true, stopping = function() return waited ~= nil end, on_wait = function(till)
      if assert(orders.journal:row "example.com").state == "watch" then
        waited = till
      end
    end})
    assert.is_true(waited > os.time() and waited <= os.time() + 120)
  end)

  it("works on those that are named alone, and tells of them alone", function()
    local orders = world.open {certificates = {
      world.entry(), world.entry {names = {"*.example.net", "example.net"}, name = "net", certificate = "501905",
        prove = {method = "dns", hook = "/nonexistent"}},
    }}
    local seen = {}
    assert(orders:run {names = {"example.com"}, wait = 60, on_event = function(event) seen[event.name] = true end})
    assert.same({["example.com"] = true}, seen)
    assert.equal("new", assert(orders:status {"net"})[1].state)
    assert.is_false(has(world.kinds(orders, "net"), "opened"))
  end)

  it("does not wait for what is switched off, nor for what nothing can be gained of", function()
    local orders = world.open {certificates = {world.entry {enabled = false}}}
    local began = os.time()
    assert(orders:run {wait = true})
    assert.is_true(os.time() - began < 30)
    local standing = assert(orders:status())[1]
    assert.same({"off", false, "it is switched off"}, {standing.state, standing.person, standing.why})
    assert.is_nil(standing.next)
    assert.equal(0, #world.sandbox.requests())
  end)

  it("rests where a successor would not end later, though an order was begun", function()
    local names = {"*.example.net", "example.net"}
    world.put("net", certificates.issue(names, {from = -200, days = 210}))
    local orders = world.open {certificates = {{
      name = "net", names = names, account = "namecheap", certificate = "501905", before = 250,
      prove = {method = "dns", hook = "/nonexistent"},
    }}}
    local began = os.time()
    assert(orders:run {wait = true})
    assert.is_true(os.time() - began < 60)
    local standing = assert(orders:status())[1]
    assert.same({"watch", false, "no successor would end later now"},
      {standing.state, standing.person, standing.why})
    assert.equal("decide", standing.order.action)
  end)

  it("tells what others do meanwhile", function()
    local orders, other = world.open {certificates = {world.entry()}}, world.open {certificates = {world.entry()}}
    local seen, done = {}, false
    assert(orders:run {wait = 0, stopping = function() return true end})
    assert(orders:run {
      wait = 30, on_event = function(event) seen[#seen + 1] = event.kind end,
      stopping = function()
        if not done then
          done = true
          assert(other:run {wait = 60})
        end
        return false
      end,
    })
    assert.is_true(has(seen, "installed"))
  end)

  it("lets two at once, each in a process of its own, order once", function()
    local code = ([[
      local reseal = require "reseal"
      local orders = assert(reseal.orders {
        namecheap = {api_user = "apiexample", api_key = %q, client_ip = "1.2.3.4", endpoint = %q},
        journal = %q, keys = %q, live = %q, caps = {namecheap = {day = "30.00 USD"}},
        defaults = {prove = {method = "http", webroot = %q, look = false}},
        certificates = {
          {names = {"example.com", "www.example.com"}, account = "namecheap", certificate = "501904"},
          {names = {"new.example"}, account = "namecheap", product = "PositiveSSL", buy = true,
            max_price = "12.00 USD"},
        },
      })
      say "ready"
      pause()
      local done, err = orders:run {wait = 90}
      say(done and "done" or tostring(err))
      orders:close()
    ]]):format(world.accounts.namecheap.api_key, world.sandbox.url, world.journal, world.folder .. "/keys",
      world.folder .. "/live", world.webroot)
    local both = {program.start(code), program.start(code)}
    for _, one in ipairs(both) do
      assert.equal("ready", one.line())
    end
    for _, one in ipairs(both) do
      io.open(one.go_file, "w"):close()
    end
    for _, one in ipairs(both) do
      assert.equal("done\n", one.finish())
    end
    local orders = world.open {certificates = {world.entry(), world.purchase()}}
    for _, standing in ipairs(assert(orders:status())) do
      assert.equal("watch", standing.state, standing.why)
    end
    local ledger = world.sandbox.ledger()
    assert.same({1, "create"}, {#ledger, ledger[1].method})
    assert.same({}, assert(orders.journal:check()))
  end)

  it("leaves alone what another configuration on the same journal manages", function()
    local orders = world.open({certificates = {world.entry()}}, {source = "one"})
    local other = world.open({certificates = {world.purchase {enabled = false}}}, {source = "other"})
    world.sandbox.post("/_sandbox/dcv", {http = false})
    assert(orders:run {wait = 1})
    world.due(orders, "example.com")
    local before = assert(orders.journal:row "example.com")
    assert(other:run())
    local row = assert(orders.journal:row "example.com")
    assert.same({before.epoch, before.next, before.state}, {row.epoch, row.next, row.state})
    local list = assert(other:status())
    assert.equal(2, #list)
    for _, standing in ipairs(list) do
      if standing.name == "example.com" then
        assert.same({"elsewhere", false, "it belongs to another configuration: one"},
          {standing.state, standing.person, standing.why})
      end
    end
    assert(orders:run {wait = 0})
    assert.is_nil(orders.journal:row("new.example").removed)
  end)
end)

describe("what may be spent", function()
  local function bought(caps, entries)
    local orders = world.open {certificates = entries, caps = {namecheap = caps}}
    assert(orders:run {wait = 60})
    return orders, #world.sandbox.ledger()
  end

  local TWO

  before_each(function()
    TWO = {world.purchase(), world.purchase {names = {"other.example"}}}
  end)

  it("is not passed for one order", function()
    local orders, count = bought({order = "8.99 USD"}, {world.purchase()})
    local standing = assert(orders:status())[1]
    assert.same({0, "blocked", true}, {count, standing.state, standing.person})
    assert.is_truthy(standing.why:find("its limit is 8.99", 1, true), standing.why)
    assert.is_truthy(standing.advice:find("caps", 1, true))
  end)

  it("is not passed in a day", function()
    local orders, count = bought({day = "17.99 USD"}, TWO)
    local states = {}
    for _, standing in ipairs(assert(orders:status())) do
      states[#states + 1] = standing.state
    end
    assert.same({1, "blocked", "watch"}, {count, states[1], states[2]}) -- what needs a person first
  end)

  it("is not passed in one run, and the next one may spend again", function()
    local orders, count = bought({run = "9.00 USD"}, TWO)
    assert.equal(1, count)
    for _, managed in ipairs(orders.configuration.managed) do
      world.due(orders, managed.name)
    end
    assert(orders:run {wait = 60})
    assert.equal(2, #world.sandbox.ledger())
  end)
end)

describe("apply", function()
  it("does what the plan says, and nothing else", function()
    local orders = world.open {certificates = {world.entry(), world.purchase()}}
    local p = assert(orders:plan {names = {"example.com"}})
    assert(orders:apply(p, {wait = 60}))
    assert.equal("new", assert(orders:status {"new.example"})[1].state)
    assert.equal("watch", assert(orders:status {"example.com"})[1].state)
    assert.equal(0, #world.sandbox.ledger())
  end)

  it("takes a plan of a file", function()
    local orders = world.open {certificates = {world.purchase()}}
    local p = assert(order_plan.read(order_plan.write(assert(orders:plan()))))
    assert.same({"create", "9.00", "USD"}, {p.items[1].what, p.items[1].amount, p.items[1].currency})
    assert(orders:apply(p, {wait = 60}))
    assert.equal(1, #world.sandbox.ledger())
    assert.equal("watch", assert(orders:status())[1].state)
  end)

  it("has nothing to do where the plan has nothing", function()
    local orders = world.open {certificates = {world.entry {enabled = false}}}
    assert.same({steps = 0}, assert(orders:apply(assert(orders:plan()))))
  end)

  it("does nothing where the world has moved, and says all that has", function()
    local orders = world.open {certificates = {world.entry(), world.purchase()}}
    local p = assert(orders:plan())
    orders:close()
    orders = world.open {certificates = {world.entry {key = "P-384"}}}
    local done, err = orders:apply(p)
    assert.is_nil(done)
    local words = {}
    for i, one in ipairs(err.errors) do
      assert.equal("moved", one.code)
      words[i] = one.message
    end
    table.sort(words)
    assert.same({"example.com: its configuration is another one", "new.example: it is not configured any more"}, words)
    assert.same({}, world.kinds(orders))
    assert.equal(0, #world.sandbox.ledger())
  end)

  it("is a failure of the seller's where it can't be seen whether something has moved", function()
    local orders = world.open({certificates = {world.entry()}}, {retries = 0})
    local p = assert(orders:plan())
    world.sandbox.post("/_sandbox/fault", {fault = "status_5xx", times = 5})
    local done, err = orders:apply(p)
    assert.is_nil(done)
    assert.is_not.equal("moved", err.code)
    assert.equal("namecheap", err.provider)
  end)

  it("buys for the agreed price at most, whatever the configuration would allow", function()
    local orders = world.open {certificates = {world.purchase()}}
    local p = assert(orders:plan())
    p.items[1].amount = "8.99"
    p.items[1].from.price = "9.00 USD"
    assert(orders:apply(p, {wait = 5}))
    local standing = assert(orders:status())[1]
    assert.same({"blocked", "it costs 9.00 USD, and 8.99 USD was agreed to", "Make a new plan."},
      {standing.state, standing.why, standing.advice})
    assert.equal(0, #world.sandbox.ledger())
    -- A plan of what is under way has its price; one that has none agrees to nothing.
    p = assert(orders:plan())
    assert.same({"continue", true, "9.00"}, {p.items[1].what, p.items[1].purchase, p.items[1].amount})
    world.due(orders, "new.example")
    p.items[1].amount, p.items[1].currency = nil, nil
    assert(orders:apply(p, {wait = 5}))
    standing = assert(orders:status())[1]
    assert.is_truthy(standing.why:find("no price for it was agreed to", 1, true), standing.why)
    world.due(orders, "new.example")
    assert(orders:apply(assert(orders:plan()), {wait = 60}))
    assert.equal(1, #world.sandbox.ledger())
  end)

  it("takes no other names, and no plan that is none", function()
    local orders = world.open {certificates = {world.entry()}}
    assert.error_matches(function() orders:apply(assert(orders:plan()), {names = {"example.com"}}) end, "the plan's")
    assert.error_matches(function() orders:apply "plan.json" end, "expects a plan")
  end)
end)
