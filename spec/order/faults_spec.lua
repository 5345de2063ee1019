-- What once went wrong, here or in others' tools, told as orders of real parts: the sellers' modules against a sandbox,
-- a journal in SQLite, keys and pairs in files. Each test's head has the story.
local order_shop = require "spec.support.order_shop"
local program = require "spec.support.program"
local sandboxes = require "spec.support.sandbox"
local x509 = require "reseal.x509"

local DAY, HOUR, MINUTE = 86400, 3600, 60
local PROVIDERS = {"namecheap", "realtimeregister"}
local NAME = "example.com"

local sandbox, shop

setup(function() sandbox = sandboxes.start() end)

teardown(function() sandbox.stop() end)

after_each(function()
  if shop then
    shop:close()
    shop = nil
  end
end)

--- One entry, or those that are given, ten days before their certificates' end.
local function open(provider, options)
  options = options or {}
  shop = order_shop.new(sandbox, {
    entries = options.entries or {order_shop.entry(provider, options.entry)}, scenario = options.scenario,
    now = options.now, left = options.left,
  })
  return shop
end

--- A scenario with these certificates of a provider.
local function having(provider, ...)
  return {[provider] = {certificates = {...}}}
end

local function fault(wanted)
  local answer = sandbox.post("/_sandbox/fault", wanted)
  assert.equal(200, answer.status, answer.body)
end

local function charges(method)
  local n = 0
  for _, one in ipairs(sandbox.ledger()) do
    n = n + ((not method or one.method == method) and 1 or 0)
  end
  return n
end

--- Does something once, just before an order is placed. (A quote asks the same method.)
local function before_place(provider, kind, work)
  local seller, done = shop.engine.sellers[provider], false
  shop.engine.sellers[provider] = setmetatable({place = function(client, managed, order, what)
    if what == kind and not done then
      done = true
      work()
    end
    return seller.place(client, managed, order, what)
  end}, {__index = seller})
end

--- What is installed is whole, and not the old one.
local function assert_served(name)
  local folder = shop.managed[name].install.folder
  local key, chain = program.read(folder .. "/privkey.pem"), program.read(folder .. "/fullchain.pem")
  assert.is_true(x509.belongs(key, chain))
  assert.is_true(x509.certificate(chain).not_after > shop:now() + 30 * DAY)
  return chain
end

local function assert_done(name)
  local row = shop:row(name)
  assert.equal("watch", row.state, row.error)
  assert_served(name)
  assert.same({}, assert(shop.journal:check()))
  assert.same({}, shop.lines)
end

local function told(kind)
  local list = {}
  for _, event in ipairs(assert(shop.journal:events {limit = 5000})) do
    list[#list + 1] = event.kind == kind and event or nil
  end
  return list
end

for _, provider in ipairs(PROVIDERS) do
  describe("at " .. provider, function()
    it("an order goes its whole way, and nothing more is bought afterwards", function()
      open(provider)
      shop:run()
      assert_done(NAME)
      assert.equal(1, charges())
      shop:live(30)
      assert_done(NAME)
      assert.equal(1, charges())
    end)

    -- The answer of each request that is not free to repeat, lost before it was carried out and after.
    for _, lost in ipairs {"drop_before", "drop_after_commit", "truncate", "status_5xx", "html"} do
      it("an answer is lost once (" .. lost .. "), and nothing is paid twice", function()
        local calls = provider == "namecheap" and {"renew", "activate"} or {"renew"}
        for _, method in ipairs(calls) do
          open(provider)
          before_place(provider, method, function()
            fault {fault = lost, provider = provider, method = method,
              after_commit = (lost == "status_5xx" or lost == "html") and true or nil}
          end)
          shop:live(0.1)
          assert.is_true(charges() <= 1)
          if method == "renew" and lost == "drop_before" then
            -- A purchase that is nowhere to be seen is a person's to judge.
            assert.equal("stopped", shop:row(NAME).state)
            assert.equal(0, charges())
            assert.truthy(shop:order(NAME).command:find("--found ID, or --absent", 1, true))
            shop:settle(NAME, {by = "absent"})
            shop:run()
          end
          assert_done(NAME)
          assert.equal(1, charges(), method)
          shop:close()
          shop = nil
        end
      end)
    end

    -- A clock that was forty days ahead bought renewals; one that is wrong by minutes breaks what the sellers time.
    it("nothing is bought while the clocks differ by more than five minutes", function()
      for _, ahead in ipairs {-40 * DAY, -6 * MINUTE, 6 * MINUTE} do
        open(provider)
        sandbox.post("/_sandbox/clock", {advance_seconds = ahead})
        shop:run()
        assert.equal(0, charges())
        local row = shop:row(NAME)
        assert.equal("blocked", row.state)
        assert.truthy(row.error:find "clock")
        assert.is_true(row.next <= shop:now() + HOUR)
        sandbox.post("/_sandbox/clock", {advance_seconds = -ahead})
        shop:live(0.1)
        assert_done(NAME)
        shop:close()
        shop = nil
      end
    end)

    it("clocks that differ by less are no hindrance", function()
      open(provider)
      sandbox.post("/_sandbox/clock", {advance_seconds = -4 * MINUTE})
      shop:run()
      assert_done(NAME)
    end)

    -- A certificate for another key is the seller's fault; a new one costs nothing, and is no reason to buy again.
    it("what is delivered for another key is never installed, and paid for once", function()
      open(provider)
      fault {fault = "wrong_key", provider = provider, times = 1000}
      shop:live(3)
      assert.equal(1, charges())
      assert.is_true(shop.engine.install.served(shop.managed[NAME]).not_after < shop:now() + 10 * DAY)
      assert.is_true(shop:asked "reissue" <= 20, tostring(shop:asked "reissue"))
    end)
  end)
end

describe("an order", function()
  -- A `before` as long as a certificate lives made each new one due at once: a reissue a minute, for ever.
  it("a new certificate is not reissued again, whatever `before` says", function()
    for now, most in pairs {[1800000000] = 1, [1870000000] = 3} do
      open("namecheap", {now = now, entry = {before = 250}, scenario = having("namecheap",
        {id = 501904, type = "PositiveSSL", host = NAME, expires_in_days = 300})})
      shop:live(80)
      assert.is_true(shop:asked "reissue" >= 1 and shop:asked "reissue" <= most, tostring(shop:asked "reissue"))
      assert.equal(0, charges())
      shop:close()
      shop = nil
    end
  end)

  -- A gateway's "Retry-After: 31536000" put a certificate to sleep for a year.
  it("no answer moves the next look further than a day", function()
    open("realtimeregister")
    shop.transport = function()
      return {status = 429, headers = {["Retry-After"] = "31536000", ["Content-Type"] = "application/json"},
        body = '{"type":"TooManyRequests","message":"x"}'}
    end
    shop:run()
    assert.equal("failed", shop:row(NAME).state)
    assert.is_true(shop:row(NAME).next <= shop:now() + DAY)
    shop.transport = nil
    shop:live(1)
    assert_done(NAME)
  end)

  -- A disk that is full only when the certificate comes: it was paid for, and its key is here.
  it("what can't be installed is kept, told, and installed later, without another order", function()
    open("namecheap")
    local folder = shop.managed[NAME].install.folder
    local old = program.read(folder .. "/fullchain.pem")
    local probe = shop.engine.prove.probe
    function shop.engine.prove.probe(...)
      os.execute(("mv '%s/.versions' '%s/.aside' && touch '%s/.versions'"):format(folder, folder, folder))
      return probe(...)
    end
    shop:live(0.1)
    local row = shop:row(NAME)
    assert.equal("failed", row.state)
    assert.truthy(row.error:find(folder, 1, true), row.error)
    assert.is_true(#told "failed" > 1)
    assert.equal(shop:order(NAME).data.delivered.id, row.certificate)
    os.execute(("rm '%s/.versions' && mv '%s/.aside' '%s/.versions'"):format(folder, folder, folder))
    assert.equal(old, program.read(folder .. "/fullchain.pem"))
    shop:live(0.3)
    assert_done(NAME)
    assert.equal(1, charges())
  end)

  -- A deploy hook that failed was forgotten, and reported as success: the old certificate was served to its end.
  it("a deploy hook that fails is told, and called again until it does not", function()
    open("namecheap", {entry = {install = {hook = {"/bin/false"}}}})
    shop:live(0.05)
    local row = shop:row(NAME)
    assert.equal("failed", row.state)
    assert.truthy(row.error:find "the deploy hook ended with status 1")
    assert_served(NAME)
    shop.managed[NAME].install.hook = {"/bin/true"}
    shop:live(0.3)
    assert_done(NAME)
    assert.equal(1, charges())
  end)

  -- Timers that nginx had dropped left certificates "in work" for ever, in silence.
  it("whoever takes work and never comes back delays it, and no more", function()
    local entries, list = {}, {}
    for i = 1, 8 do
      local host, id = ("n%d.example"):format(i), 600000 + i
      entries[i] = order_shop.entry("namecheap", {names = {host}, certificate = tostring(id)})
      list[i] = {id = id, type = "PositiveSSL", host = host, expires_in_days = 20}
    end
    open("namecheap", {entries = entries, scenario = {namecheap = {certificates = list}}})
    for i = 1, 8 do
      assert.is_truthy(shop.journal:claim("gone " .. i, shop:now(), 600))
    end
    assert.same({steps = 0}, shop:run())
    shop:live(0.1)
    for i = 1, 8 do
      assert_done(("n%d.example"):format(i))
    end
    assert.equal(8, charges())
  end)
end)

-- A proxy that loses the query of an address makes an order of each quote.
describe("a quote that was taken for an order", function()
  it("is paid for once, named, and looked for before another is asked for", function()
    open("realtimeregister")
    local curl = require("reseal.transport.curl")()
    function shop.transport(request, options)
      request.url = request.url:gsub("%?quote=true", "")
      return curl(request, options)
    end
    shop:live(2)
    assert.equal(1, charges())
    local id = ("%.0f"):format(sandbox.ledger()[1].process)
    assert.equal("stopped", shop:row(NAME).state)
    assert.truthy(shop:row(NAME).error:find("the seller's order is " .. id, 1, true), shop:row(NAME).error)
    shop:settle(NAME, {by = "again"})
    shop:live(1)
    assert.equal(1, charges())
    assert.equal("stopped", shop:row(NAME).state)
    assert.truthy(shop:row(NAME).error:find("under way: " .. id, 1, true), shop:row(NAME).error)
  end)
end)

-- The first page of a list has a hundred certificates; what was bought already stood on the second.
describe("a renewal that is there already, on the second page,", function()
  it("is taken, and no other bought", function()
    local list = {{id = 501904, type = "PositiveSSL", host = NAME, expires_in_days = 20}}
    for i = 1, 110 do
      list[#list + 1] = {id = 510000 + i, type = "PositiveSSL", host = ("h%d.example.com"):format(i),
        expires_in_days = 200}
    end
    list[#list + 1] = {id = 520000, type = "PositiveSSL", host = NAME, names = {"www.example.com"},
      expires_in_days = 350}
    open("namecheap", {scenario = {namecheap = {certificates = list}}})
    shop:run()
    assert_done(NAME)
    assert.equal(0, charges())
    local adopted = told "certificate"
    assert.equal("520000", adopted[1].seller_id)
    assert.truthy(adopted[1].text:find "bought already")
    assert.equal(NAME, shop.journal:holder("namecheap", "certificate", "520000"))
  end)
end)

-- Two rounds of one account: the renewal of one was lost before it arrived, and it took the other's, which was paid for
-- and waited for its activation: with its own key and its own names.
describe("two orders of one account", function()
  local function two()
    open("namecheap", {
      entries = {
        order_shop.entry("namecheap", {names = {"a.example"}, certificate = "600001"}),
        order_shop.entry("namecheap", {names = {"b.example"}, certificate = "600002"}),
      },
      scenario = having("namecheap", {id = 600001, type = "PositiveSSL", host = "a.example", expires_in_days = 20},
        {id = 600002, type = "PositiveSSL", host = "b.example", expires_in_days = 20}),
    })
  end

  local function only(name, days)
    local claim = shop.journal.claim
    function shop.journal:claim(owner, now, lease)
      local row = assert(self:row(name))
      return row.next <= now and self:claim_name(owner, name, now, lease) or nil
    end
    shop:live(days)
    shop.journal.claim = claim
  end

  it("never take each other's purchase", function()
    two()
    -- b's is bought, and waits for its activation
    fault {fault = "trouble", type = "3050750", provider = "namecheap", method = "activate", times = 1000}
    only("b.example", 0.02)
    local bought = shop:order("b.example").data.bought
    assert.equal("string", type(bought))
    assert.equal("b.example", shop.journal:holder("namecheap", "certificate", bought))
    -- a's is lost on its way
    fault {fault = "drop_before", provider = "namecheap", method = "renew"}
    only("a.example", 0.02)
    assert.equal("stopped", shop:row("a.example").state)
    assert.equal("600001", shop:row("a.example").certificate)
    assert.is_nil(shop:order("a.example").data.bought)
    assert.equal(1, charges())
  end)

  it("buy one after the other, and the second only when the first is settled", function()
    two()
    fault {fault = "drop_before", provider = "namecheap", method = "renew"}
    shop:live(0.02)
    local stopped = shop:row("a.example").state == "stopped" and "a.example" or "b.example"
    local other = stopped == "a.example" and "b.example" or "a.example"
    assert.equal("stopped", shop:row(stopped).state)
    assert.equal("waiting", shop:row(other).state)
    assert.truthy(shop:row(other).error:find "another purchase of the account")
    assert.equal(1, shop:asked "renew")
    shop:settle(stopped, {by = "absent"})
    shop:live(0.3)
    assert_done(stopped)
    assert_done(other)
    assert.equal(2, charges())
    local ids = {}
    for _, one in ipairs(sandbox.ledger()) do
      local id = ("%.0f"):format(one.new_certificate)
      ids[#ids + 1] = shop.journal:holder("namecheap", "certificate", id)
    end
    table.sort(ids)
    assert.same({"a.example", "b.example"}, ids)
  end)

  it("of the same names, for two kinds of key, keep to their own", function()
    open("namecheap", {
      entries = {
        order_shop.entry("namecheap", {name = "ec", certificate = "501904", key = "P-256"}),
        order_shop.entry("namecheap", {name = "rsa", certificate = "520000", key = "RSA-2048"}),
      },
      -- The other's was bought a few days ago, with the same names and product, as a successor would have been.
      scenario = having("namecheap", {id = 501904, type = "PositiveSSL", host = NAME, expires_in_days = 20},
        {id = 520000, type = "PositiveSSL", host = NAME, names = {"www.example.com"}, expires_in_days = 350}),
      left = {rsa = 190},
    })
    shop:live(0.1)
    assert_done "ec"
    assert.equal(1, charges())
    assert.equal("520000", shop:row("rsa").certificate)
    for _, event in ipairs(told "certificate") do
      assert.is_true(event.name ~= "ec" or event.seller_id ~= "520000")
    end
  end)
end)

-- The answer to an order had no `validations`, or nothing but its id: it was paid for, and never proved, in silence.
describe("an order that is answered without validations", function()
  for _, odd in ipairs {"no_validations", "null_validations", "empty_order"} do
    it("asks for them: " .. odd, function()
      open("realtimeregister", {scenario = {realtimeregister = {odd = {odd}}}})
      local published
      local publish = shop.engine.prove.publish
      function shop.engine.prove.publish(managed, challenges)
        published = challenges
        return publish(managed, challenges)
      end
      if odd ~= "empty_order" then
        -- the process has them when it is asked a little later
        local probe, asked = shop.engine.sellers.realtimeregister.challenge, 0
        shop.engine.sellers.realtimeregister = setmetatable({challenge = function(...)
          asked = asked + 1
          if asked == 2 then
            sandbox.post("/_sandbox/validate", {provider = "realtimeregister",
              process = tonumber(shop:order(NAME).data.seller_order.id)})
          end
          return probe(...)
        end}, {__index = shop.engine.sellers.realtimeregister})
        shop:live(0.1)
        assert.is_true(asked >= 2)
      else
        shop:live(0.1)
        assert.equal("http", published[1].method)
      end
      assert_done(NAME)
      assert.equal(1, charges())
    end)
  end
end)
