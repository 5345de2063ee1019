-- How things stand, and what a person says of them: status, show, events, reconcile, resume, remove.
local certificates = require "spec.support.certificates"
local lfs = require "lfs"
local reseal = require "reseal"
local support = require "spec.support.orders"

local world

setup(function() world = support.start() end)
teardown(function() world.stop() end)
before_each(function() world.clear() end)

local DAY = 86400

--- A purchase whose answer was lost, and of which the seller shows nothing.
local function stopped_purchase()
  local orders = world.open {certificates = {world.purchase()}}
  world.sandbox.post("/_sandbox/fault", {fault = "drop_before", provider = "namecheap", method = "create"})
  assert(orders:run())
  world.later(orders, 300)
  world.due(orders, "new.example")
  assert(orders:run())
  assert.equal("stopped", assert(orders:status())[1].state)
  return orders
end

--- A reissue that the seller works at.
local function waiting(more)
  world.sandbox.post("/_sandbox/dcv", {http = false})
  local orders = world.open {certificates = {world.entry(more)}}
  assert(orders:run())
  assert.equal("waiting", assert(orders:status())[1].state)
  return orders
end

local function creates()
  local count = 0
  for _, request in ipairs(world.sandbox.requests()) do
    count = count + (request.method == "create" and 1 or 0)
  end
  return count
end

describe("status", function()
  it("has what needs a person first, then what ends first", function()
    local names = {"a.example", "b.example", "c.example"}
    local entries = {}
    for i, name in ipairs(names) do
      world.put(name, certificates.issue({name}, {days = 90 - i}))
      entries[i] = {names = {name}, account = "namecheap", certificate = tostring(501903 + i)}
    end
    entries[4] = world.purchase {max_price = "1.00 USD"}
    local orders = world.open {certificates = entries}
    assert(orders:run())
    local order = {}
    for i, standing in ipairs(assert(orders:status())) do
      order[i] = standing.name .. (standing.person and "!" or "")
    end
    assert.same({"new.example!", "c.example", "b.example", "a.example"}, order)
    assert.equal("b.example", assert(orders:status {"b.example"})[1].name)
    assert.equal(2, #assert(orders:status {"b.example", "a.example"}))
  end)

  it("says when a step is long due: nothing calls run", function()
    local orders = waiting()
    assert.is_false(assert(orders:status())[1].person)
    assert(orders.journal.db:run("UPDATE reseal_certificates SET next = next - $1", 2 * DAY + 7200))
    local standing = assert(orders:status())[1]
    assert.is_true(standing.person)
    assert.is_true(os.time() - standing.overdue > 2 * DAY)
    assert.is_truthy(standing.advice:find("reseal run", 1, true))
  end)

  it("says that the end is near, or past, whatever else is", function()
    world.put("a.example", certificates.issue({"a.example"}, {days = 2, from = -1}))
    world.put("b.example", certificates.issue({"b.example"}, {days = -1, from = -30}))
    local orders = world.open {certificates = {
      {names = {"a.example"}, account = "namecheap", certificate = "1"},
      {names = {"b.example"}, account = "namecheap", certificate = "2"},
      {names = {"c.example"}, account = "namecheap", certificate = "3", enabled = false},
    }}
    local list = assert(orders:status())
    assert.same({"b.example", true, "a.example", true, "c.example", false},
      {list[1].name, list[1].person, list[2].name, list[2].person, list[3].name, list[3].person})
  end)

  it("says what can't be read", function()
    world.put("example.com", {key = "no key", certificate = "no certificate"})
    local standing = assert(world.open({certificates = {world.entry()}}):status())[1]
    assert.is_true(standing.person)
    assert.is_truthy(standing.why:find("fullchain.pem", 1, true))
  end)
end)

describe("an entry that is deleted while its order is under way", function()
  it("is shown as such, its order rests, and it goes on when it is listed again", function()
    local orders = waiting()
    orders:close()
    orders = world.open {certificates = {}}
    assert(orders:run())
    local standing = assert(orders:status())[1]
    assert.same({"example.com", "removed", true, "reseal remove example.com --force"},
      {standing.name, standing.state, standing.person, standing.command})
    assert.is_nil(standing.next)
    assert.equal("reissue", assert(orders:show "example.com").standing.order.action)
    local done, err = orders:run {names = {"example.com"}}
    assert.is_nil(done)
    assert.equal("not_allowed", err.code)
    orders:close()
    orders = world.open {certificates = {world.entry()}}
    world.issue()
    assert(orders:ready())
    world.due(orders, "example.com")
    assert(orders:run {wait = 60})
    assert.equal("watch", assert(orders:status())[1].state)
    assert.equal(1, #assert(orders:show "example.com").orders)
  end)

  it("can be settled and ended without it", function()
    stopped_purchase():close()
    local orders = world.open {certificates = {}}
    assert(orders:run())
    local standing = assert(orders:status())[1]
    assert.same({"removed", "reseal reconcile new.example --found ID, or --absent"}, {standing.state, standing.command})
    local removed, err = orders:remove("new.example", {force = true})
    assert.is_nil(removed)
    assert.equal("under_way", err.code)
    assert(orders:reconcile("new.example", {by = "absent"}))
    removed, err = orders:remove "new.example"
    assert.is_nil(removed)
    assert.is_truthy(err.message:find("--force", 1, true), err.message)
    removed = assert(orders:remove("new.example", {force = true}))
    assert.equal("stopped", removed.ended.result)
    assert.same({}, assert(orders:status()))
    assert.same({}, assert(orders.journal:check()))
    assert.equal(1, creates())
  end)
end)

describe("show", function()
  it("has all that is known of one, and no secret", function()
    local orders = stopped_purchase()
    local shown = assert(orders:show "new.example")
    assert.equal("stopped", shown.standing.state)
    assert.same({1, "create", "9.00", "USD"},
      {#shown.intents, shown.intents[1].kind, shown.intents[1].amount, shown.intents[1].currency})
    assert.is_nil(shown.intents[1].outcome)
    assert.equal(shown.intents[1].deadline + 60, shown.settled_from)
    assert.equal(1, #shown.orders)
    assert.equal(0, #shown.charges)
    assert.equal("stopped", shown.events[#shown.events].kind)
    assert.is_truthy(shown.keys[1].path:find(world.folder .. "/keys/new.example/", 1, true))
    local function walk(value)
      if type(value) == "table" then
        for key, inner in pairs(value) do
          walk(key)
          walk(inner)
        end
      elseif type(value) == "string" then
        assert.is_nil(value:find("PRIVATE KEY", 1, true))
        assert.is_nil(value:find(world.accounts.namecheap.api_key, 1, true))
      end
    end
    walk(shown)
  end)

  it("has what was paid, and the last events alone", function()
    local orders = world.open {certificates = {world.purchase()}}
    assert(orders:run {wait = 60})
    local shown = assert(orders:show "new.example")
    assert.same({1, "9.0000", "USD"}, {#shown.charges, shown.charges[1].amount, shown.charges[1].currency})
    local list = {}
    for i = 1, 40 do
      list[i] = {kind = "note", text = tostring(i), name = "new.example"}
    end
    assert(orders.journal:append(list))
    shown = assert(orders:show "new.example")
    assert.same({20, "21", "40"}, {#shown.events, shown.events[1].text, shown.events[20].text})
  end)
end)

describe("events", function()
  it("come in their order, each once, over all portions", function()
    local orders = world.open {certificates = {world.entry()}}
    assert(orders:run {stopping = function() return true end})
    for _ = 1, 3 do
      local list = {}
      for i = 1, 500 do
        list[i] = {kind = "note", text = "x", name = i % 2 == 0 and "a.example" or "b.example"}
      end
      assert(orders.journal:append(list))
    end
    local count, last = 0, 0
    local iterator = orders:events()
    for event in iterator do
      assert.is_true(event.id > last)
      count, last = count + 1, event.id
    end
    assert.equal(1500, count)
    assert.is_nil(iterator())
    count = 0
    for event in orders:events {name = "a.example", after = last - 900} do
      assert.equal("a.example", event.name)
      count = count + 1
    end
    assert.equal(450, count)
    assert.is_nil(orders:events({name = "none"})())
  end)
end)

describe("reconcile", function()
  it("absent: the purchase is sent again, and charged once", function()
    local orders = stopped_purchase()
    local row = assert(orders:reconcile("new.example", {by = "absent"}))
    assert.equal("working", row.state)
    assert(orders:run {wait = 60})
    assert.equal("watch", assert(orders:status())[1].state)
    assert.equal(1, #world.sandbox.ledger())
    assert.equal(2, creates())
    assert.same({}, assert(orders.journal:check()))
  end)

  it("found: goes on with what was bought, and counts the charge", function()
    local orders = stopped_purchase()
    local section = world.accounts.namecheap
    local bought = assert(assert(reseal.namecheap(section)):create {Type = "PositiveSSL", Years = 1})
    local list = bought.SSLCertificate or bought
    local id = tostring((list[1] or list).CertificateID):gsub("%.0$", "")
    assert(orders:reconcile("new.example", {by = "found", id = id}))
    assert(orders:run {wait = 60})
    assert.equal("watch", assert(orders:status())[1].state)
    assert.equal(1, #world.sandbox.ledger())
    assert.equal("9.00", assert(orders:show "new.example").charges[1].amount)
    assert.same({}, assert(orders.journal:check()))
  end)

  it("found: refuses what can't be it, and takes a person's word where the seller can't be asked", function()
    local orders = stopped_purchase()
    local row, err = orders:reconcile("new.example", {by = "found", id = "501904"}) -- example.com's
    assert.is_nil(row)
    assert.equal("not_it", err.code)
    assert.is_truthy(err.message:find("501904", 1, true))
    world.sandbox.post("/_sandbox/fault", {fault = "drop_before", provider = "namecheap", method = "getInfo",
      times = 9})
    row, err = orders:reconcile("new.example", {by = "found", id = "600001"})
    assert.is_nil(row)
    assert.is_truthy(tostring(err.advice):find("--unseen", 1, true))
    assert.equal("stopped", assert(orders:status())[1].state)
    row = assert(orders:reconcile("new.example", {by = "found", id = "600001", unseen = true}))
    assert.equal("600001", row.certificate)
  end)

  it("give_up: only when nothing is open; then the order ends", function()
    local orders = stopped_purchase()
    local done, err = orders:reconcile("new.example", {by = "give_up"})
    assert.is_nil(done)
    assert.same({"reconcile", "invalid"}, {err.code, err.class})
    assert.is_truthy(err.message:find("--found ID or --absent", 1, true))
    assert.equal("stopped", assert(orders:status())[1].state)
    assert(orders:reconcile("new.example", {by = "absent"}))
    assert(orders:reconcile("new.example", {by = "give_up"}))
    assert(orders:run {stopping = (function()
      local steps = 0
      return function()
        steps = steps + 1
        return steps > 2
      end
    end)()})
    assert.equal("stopped", assert(orders:show "new.example").orders[1].result)
    assert.equal(0, #world.sandbox.ledger())
  end)

  it("again: what was stopped for is looked at anew", function()
    local orders = waiting()
    local order = assert(orders.journal:order "example.com")
    order.data.placed_at = order.data.placed_at - 30 * DAY
    local claim = assert(orders.journal:claim_name("spec", "example.com", nil, 60))
    assert(orders.journal:save(claim, claim.row, order))
    claim.row.next = os.time()
    assert(orders.journal:release(claim))
    assert(orders:run())
    local standing = assert(orders:status())[1]
    assert.same({"stopped", "reseal reconcile example.com --give-up"}, {standing.state, standing.command})
    world.issue()
    assert(orders:reconcile("example.com", {by = "again"}))
    assert(orders:run {wait = 60})
    assert.equal("watch", assert(orders:status())[1].state)
  end)

  it("says what does not fit, and changes nothing", function()
    local orders = world.open {certificates = {world.entry()}}
    local done, err = orders:reconcile("example.com", {by = "again"})
    assert.is_nil(done)
    assert.same({"reconcile", "example.com: there is no order under way"}, {err.code, err.message})
    done, err = orders:reconcile("none.example", {by = "again"})
    assert.is_nil(done)
    assert.equal("not_allowed", err.code)
    done, err = orders:reconcile("example.com", {by = "found"})
    assert.is_nil(done)
    assert.same({"missing", "id"}, {err.code, err.param})
    orders:close()
    orders = waiting()
    local before = assert(orders.journal:row "example.com")
    for _, how in ipairs {{by = "absent"}, {by = "found", id = "7"}} do
      done, err = orders:reconcile("example.com", how)
      assert.is_nil(done)
      assert.is_truthy(err.message:find("nothing is looked for", 1, true))
    end
    assert.same({before.state, before.next}, {orders.journal:row("example.com").state,
      orders.journal:row("example.com").next})
    assert.error_matches(function() orders:reconcile("example.com", {by = "magic"}) end, "give_up")
    assert.error_matches(function() orders:reconcile(7, {by = "again"}) end, "must be a string")
  end)

  it("waits until the answer can't come any more", function()
    local orders = world.open {certificates = {world.purchase()}}
    world.sandbox.post("/_sandbox/fault", {fault = "drop_before", provider = "namecheap", method = "create"})
    assert(orders:run())
    assert.equal("unknown", assert(orders:status())[1].state)
    local done, err = orders:reconcile("new.example", {by = "absent"})
    assert.is_nil(done)
    assert.is_truthy(err.message:find("its answer may still come", 1, true))
  end)

  it("says who works at it just now", function()
    local orders = waiting()
    local claim = assert(orders.journal:claim_name("4711-other", "example.com", nil, 60))
    local done, err = orders:reconcile("example.com", {by = "again"})
    assert.is_nil(done)
    assert.same({"claimed", "later"}, {err.code, err.retry})
    assert.is_truthy(err.message:find "another process works at example%.com just now; .* ends at %d%d:%d%d:%d%d UTC")
    assert(orders.journal:release(claim))
  end)

  it("refuses an id that another certificate of ours has", function()
    local orders = stopped_purchase()
    assert(orders.journal:enroll({{name = "other.example", account = "namecheap"}}, {source = "other"}))
    assert(orders.journal:hold("namecheap", "certificate", "777", "other.example"))
    local done, err = orders:reconcile("new.example", {by = "found", id = "777"})
    assert.is_nil(done)
    assert.same({"held", "id"}, {err.code, err.param})
    assert.is_truthy(err.message:find("held by other.example", 1, true))
    assert.equal("stopped", assert(orders:status())[1].state)
  end)
end)

describe("an account that was stopped for what it was charged", function()
  it("buys nothing, says what helps, and goes on when a person resumes it", function()
    local orders = world.open {certificates = {world.purchase()}}
    assert(orders:open_journal(true))
    assert(orders.journal:set_account("namecheap", {halted = os.time(), reason = "x was charged 99.00"}))
    assert(orders:run())
    local standing = assert(orders:status())[1]
    assert.equal("blocked", standing.state)
    assert.is_truthy(standing.why:find("x was charged 99.00", 1, true))
    assert.is_truthy(standing.advice:find("reseal reconcile --account namecheap --resume", 1, true))
    local halted = assert(orders:halted())
    assert.same({1, "namecheap", "x was charged 99.00"}, {#halted, halted[1].name, halted[1].reason})
    assert.is_true(assert(orders:resume "namecheap") > 0)
    assert.same({}, assert(orders:halted()))
    assert.equal(0, assert(orders:resume "namecheap"))
    assert(orders:run {wait = 60})
    assert.equal("watch", assert(orders:status())[1].state)
  end)

  it("must be one", function()
    local done, err = world.open({certificates = {world.entry()}}):resume "namechep"
    assert.is_nil(done)
    assert.same({"not_allowed", "account"}, {err.code, err.param})
  end)
end)

describe("remove", function()
  it("refuses while an order is under way, and says what is", function()
    local orders = waiting()
    local removed, err = orders:remove "example.com"
    assert.is_nil(removed)
    assert.same({"under_way", "not_sent"}, {err.code, err.outcome})
    assert.is_truthy(err.message:find("its order 1 (reissue) is under way, and the seller works at it; --force", 1,
      true), err.message)
    removed, err = orders:remove("example.com", {force = true, files = true})
    assert.is_nil(removed)
    assert.is_truthy(err.message:find("without --files", 1, true))
    assert.equal("waiting", assert(orders:status())[1].state)
  end)

  it("by force ends the order here, and takes the proof of control away", function()
    local orders = waiting()
    local proofs = world.webroot .. "/.well-known/pki-validation"
    local function count()
      local files = 0
      for name in lfs.dir(proofs) do
        files = files + (name:find "^[^.]" and 1 or 0)
      end
      return files
    end
    local before = count()
    local removed = assert(orders:remove("example.com", {force = true}))
    assert.equal(before - 1, count())
    assert.equal("stopped", removed.ended.result)
    assert.is_truthy(removed.keys:find("/keys/example.com", 1, true))
    assert.is_not_nil(lfs.attributes(removed.keys))
    assert.same({}, assert(orders:status()))
    assert.same({}, assert(orders.journal:check()))
    local kinds = world.kinds(orders, "example.com")
    assert.equal("closed", kinds[#kinds]) -- the history stays
    orders:close()
    -- The table lists it still: it is managed again.
    orders = world.open {certificates = {world.entry()}}
    assert(orders:run {stopping = function() return true end})
    assert.is_nil(assert(orders.journal:row "example.com").removed)
  end)

  it("never ends what may have been paid for", function()
    local orders = stopped_purchase()
    local removed, err = orders:remove("new.example", {force = true})
    assert.is_nil(removed)
    assert.is_truthy(err.message:find("may have been paid for", 1, true), err.message)
    assert.equal("stopped", assert(orders:status())[1].state)
  end)

  it("frees what it held for another name, and keeps files and keys unless they are to go", function()
    local orders = world.open {certificates = {world.entry()}}
    assert(orders:run {wait = 60})
    local certificate = assert(orders.journal:row "example.com").certificate
    local folder = world.folder .. "/live/example.com"
    local removed = assert(orders:remove "example.com")
    assert.same({folder, world.folder .. "/keys/example.com"}, {removed.folder, removed.keys})
    assert.is_truthy(world.read(folder .. "/privkey.pem"))
    assert.same({}, assert(orders.journal:holdings "namecheap"))
    orders:close()
    orders = world.open {certificates = {world.entry {name = "shop", certificate = certificate}}}
    assert(orders:run {wait = 60})
    assert.equal("watch", assert(orders:status())[1].state)
    world.write("live/shop/notes.txt", "mine")
    removed = assert(orders:remove("shop", {files = true}))
    assert.is_nil(removed.folder)
    assert.is_nil(removed.keys)
    local left = {}
    for name in lfs.dir(world.folder .. "/live/shop") do
      left[#left + 1] = name:find "^%.%.?$" == nil and name or nil
    end
    assert.same({"notes.txt"}, left)
    assert.is_nil(lfs.attributes(world.folder .. "/keys/shop"))
  end)

  it("puts an entry's own file aside, and says where another one stands", function()
    local base = world.config {certificates = "certificates.d"}
    assert(lfs.mkdir(world.folder .. "/certificates.d"))
    local text = 'names = {"a.example"}\naccount = "namecheap"\ncertificate = "501904"\n'
    local path = world.write("certificates.d/a.lua", text)
    world.write("certificates.d/b.json", '{"names": ["b.example"], "account": "namecheap", "certificate": "501905"}')
    world.write("certificates.d/a.lua.removed", "an older one")
    local file = {found = true, values = base, path = world.folder .. "/config.lua"}
    local orders = assert(require("reseal.orders").of(reseal, file))
    local removed = assert(orders:remove "a.example")
    assert.same({path .. ".removed-2", nil}, {removed.aside, removed.entry})
    assert.equal(text, world.read(removed.aside))
    assert.is_nil(lfs.attributes(path))
    assert.is_nil(orders.configuration.by_name["a.example"])
    assert(orders:run {stopping = function() return true end})
    assert.is_not_nil(assert(orders.journal:row "a.example").removed)
    orders:close()
    local lines = world.write("list.jsonl", '{"names": ["c.example"], "account": "namecheap", "certificate": "1"}\n'
      .. '{"names": ["d.example"], "account": "namecheap", "certificate": "2"}\n')
    orders = world.open {certificates = lines}
    removed = assert(orders:remove "d.example")
    assert.same({lines, 2}, {removed.entry.file, removed.entry.line})
    assert.is_nil(removed.aside)
  end)

  it("knows names of the journal, and no others", function()
    local orders = world.open {certificates = {world.entry()}}
    local removed, err = orders:remove "none.example"
    assert.is_nil(removed)
    assert.equal("not_allowed", err.code)
    assert(orders:run {stopping = function() return true end})
    orders:close()
    orders = world.open {certificates = {}}
    assert(orders:run())
    assert(orders:remove "example.com")
  end)
end)
