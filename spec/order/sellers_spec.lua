-- What an order asks of its seller, against the sandbox: on all pages, and nothing of somebody else's is taken.
local certificates = require "spec.support.certificates"
local cjson = require "cjson"
local reseal = require "reseal"
local sandboxes = require "spec.support.sandbox"
local sellers = require "reseal.order.sellers"
local x509 = require "reseal.x509"

local unpack = table.unpack or unpack -- 5.1

local DAY = 86400
local OURS = {"example.com", "www.example.com"}

local sandbox, clients

local function nobody()
  return false
end

setup(function()
  sandbox = sandboxes.start()
  clients = {
    namecheap = assert(reseal.namecheap {
      api_user = "apiexample", api_key = "56b4c87ef4fd49cb96d915c0db68194", client_ip = "192.0.2.1",
      endpoint = sandbox.url, retries = 0,
    }),
    realtimeregister = assert(reseal.realtimeregister {
      api_key = "ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ==", endpoint = sandbox.url, customer = "example",
      retries = 0,
    }),
  }
end)

teardown(function() sandbox.stop() end)

before_each(function() sandbox.reset() end)

local function request(names)
  local key, csr = x509.new("P-256", unpack(names))
  return assert(csr), key
end

local function x509_of(name)
  return certificates.issue({name}).certificate
end

local function managed(provider, more)
  local m = {
    names = OURS, provider = provider, product = provider == "namecheap" and "PositiveSSL" or "ssl_sectigo", years = 1,
    prove = {["*"] = {method = "http"}}, params = {},
  }
  if provider == "realtimeregister" then
    local approver = {firstName = "Ann", lastName = "Example", email = "ann@example.com", voice = "+31.384530759"}
    m.params = {create = {approver = approver}, renew = {approver = approver}, reissue = {approver = approver}}
  end
  for name, value in pairs(more or {}) do
    m[name] = value
  end
  return m
end

local function order_of(action, data)
  data = data or {}
  data.csr = data.csr or request(OURS)
  return {action = action, data = data}
end

local IDS = {namecheap = "501904", realtimeregister = "7"}

describe("looking at a certificate", function()
  for provider, id in pairs(IDS) do
    it("tells its own end beside the order's, at " .. provider, function()
      local info = assert(sellers.of(provider).look(clients[provider], managed(provider), id))
      assert.equal(id, info.id)
      assert.equal("issued", info.status)
      assert.same(OURS, info.names)
      local leaf = assert(x509.certificate(info.certificate))
      assert.equal(leaf.not_after, info.ends)
      assert.equal(leaf.not_before, info.starts)
      assert.is_true(info.order_ends > info.ends - DAY) -- some sellers tell days alone
      assert.equal("string", type(info.product))
    end)

    it("that is not there fails in the seller's words, at " .. provider, function()
      local info, err = sellers.of(provider).look(clients[provider], managed(provider), "999999")
      assert.is_nil(info)
      assert.equal("provider", err.class)
    end)
  end

  it("that was replaced gives its successor", function()
    local client, nc = clients.namecheap, sellers.of "namecheap"
    local order = order_of("reissue", {for_certificate = "501904"})
    local placed = assert(nc.place(client, managed "namecheap", order, "reissue"))
    sandbox.post("/_sandbox/validate", {provider = "namecheap", certificate = tonumber(placed.order.id)})
    local info = assert(nc.look(client, managed "namecheap", "501904"))
    assert.equal("issued", info.status)
    assert.equal(placed.order.id, info.id)
  end)

  it("of Realtime Register that was replaced gives the one that can be, and none of several", function()
    local client, rr, m = clients.realtimeregister, sellers.of "realtimeregister", managed "realtimeregister"
    local placed = assert(rr.place(client, m, order_of("reissue", {for_certificate = "7"}), "reissue"))
    sandbox.post("/_sandbox/validate", {provider = "realtimeregister", process = tonumber(placed.order.id)})
    local info = assert(rr.look(client, m, "7"))
    assert.equal("issued", info.status)
    assert.not_equal("7", info.id)
    local bought = assert(rr.place(client, m, order_of "create", "create"))
    sandbox.post("/_sandbox/validate", {provider = "realtimeregister", process = tonumber(bought.order.id)})
    info = assert(rr.look(client, m, "7"))
    assert.equal("7", info.id)
    assert.equal("replaced", info.status)
  end)
end)

describe("what is there in a certificate's place", function()
  local function with_neighbours(extra, count)
    local list = {{id = 501904, type = "PositiveSSL", host = "example.com", expires_in_days = 20}}
    for i = 1, count or 0 do
      local host = ("h%d.example.com"):format(i)
      list[#list + 1] = {id = 510000 + i, type = "PositiveSSL", host = host, expires_in_days = 300}
    end
    for _, one in ipairs(extra) do
      list[#list + 1] = one
    end
    sandbox.reset {namecheap = {certificates = list}}
  end

  local function successor(is_held)
    local nc = sellers.of "namecheap"
    local info = assert(nc.look(clients.namecheap, managed "namecheap", "501904"))
    return nc.successor(clients.namecheap, managed "namecheap", info, is_held or nobody)
  end

  it("is found on the second page too", function()
    with_neighbours({{id = 520000, type = "PositiveSSL", host = "example.com", expires_in_days = 380}}, 130)
    assert.equal("520000", assert(successor()))
  end)

  it("is no other product, no other name, and nothing that another order holds", function()
    with_neighbours {
      {id = 520000, type = "EssentialSSL", host = "example.com", expires_in_days = 380},
      {id = 520001, type = "PositiveSSL", host = "shop.example.com", expires_in_days = 380},
      {id = 520002, type = "PositiveSSL", host = "example.com", expires_in_days = 380},
    }
    assert.is_false(successor(function(id, kind) return kind == nil and id == "520002" end))
    assert.equal("520002", successor())
  end)

  it("is what the seller sells under the name today", function()
    with_neighbours {{id = 520000, type = "Standard SSL", host = "example.com", expires_in_days = 380}}
    assert.equal("520000", successor())
  end)

  -- Two machines, each with a certificate for the name: the other's, taken over and reissued, would be revoked.
  it("is not what was bought before renewals were sold, at both sellers", function()
    with_neighbours {{id = 520000, type = "PositiveSSL", host = "example.com", expires_in_days = 200}}
    assert.is_false(successor())
    local rr, client, m = sellers.of "realtimeregister", clients.realtimeregister, managed "realtimeregister"
    local now = sandbox.get("/_sandbox/clock").json.now
    for ahead, found in pairs {[60] = false, [20] = true} do
      -- 7 ends in ten days; the other one was bought so long before
      sandbox.reset {now = now, realtimeregister = {certificates = {{id = 7, expires_in_days = ahead}}}}
      local bought = assert(rr.place(client, m, order_of "create", "create"))
      sandbox.post("/_sandbox/validate", {provider = "realtimeregister", process = tonumber(bought.order.id)})
      sandbox.post("/_sandbox/clock", {advance_days = ahead - 10})
      local info = assert(rr.look(client, m, "7"))
      local id = rr.successor(client, m, info, nobody)
      assert.equal(found, type(id) == "string", ("%d: %s"):format(ahead, tostring(id)))
    end
  end)

  it("is known to be no other entry's when it takes a replaced one's place", function()
    local rr, client, m = sellers.of "realtimeregister", clients.realtimeregister, managed "realtimeregister"
    local placed = assert(rr.place(client, m, order_of("reissue", {for_certificate = "7"}), "reissue"))
    sandbox.post("/_sandbox/validate", {provider = "realtimeregister", process = tonumber(placed.order.id)})
    local theirs = assert(rr.look(client, m, "7", nobody)).id
    local info = assert(rr.look(client, m, "7", function(id) return id == theirs end))
    assert.same({"7", "replaced"}, {info.id, info.status})
  end)

  it("can't be told when two fit, or when a renewal waits that has no name", function()
    with_neighbours {
      {id = 520000, type = "PositiveSSL", host = "example.com", expires_in_days = 380},
      {id = 520001, type = "PositiveSSL", host = "example.com", expires_in_days = 380},
    }
    local found, err = successor()
    assert.is_nil(found)
    assert.equal("ambiguous", err.code)
    assert.equal("never", err.retry)
    assert.is_truthy(err.message:find("520000, 520001", 1, true))
    with_neighbours {{id = 520000, type = "PositiveSSL", status = "newrenewal", renews = 501904}}
    found, err = successor()
    assert.is_nil(found)
    assert.is_truthy(err.message:find("wait for their activation: 520000", 1, true))
  end)

  it("is not known while a page fails", function()
    with_neighbours({}, 130)
    local info = assert(sellers.of "namecheap".look(clients.namecheap, managed "namecheap", "501904"))
    sandbox.post("/_sandbox/fault", {fault = "status_5xx", provider = "namecheap", method = "getList"})
    local found, err = sellers.of "namecheap".successor(clients.namecheap, managed "namecheap", info, nobody)
    assert.is_nil(found)
    assert.equal("string", type(err.code))
  end)

  it("at Realtime Register is an order under way, too", function()
    local client, rr = clients.realtimeregister, sellers.of "realtimeregister"
    local m = managed "realtimeregister"
    local info = assert(rr.look(client, m, "7"))
    assert.is_false(rr.successor(client, m, info, nobody))
    local placed = assert(rr.place(client, m, order_of("renew", {for_certificate = "7"}), "renew"))
    local found, err = rr.successor(client, m, info, nobody)
    assert.is_nil(found)
    assert.is_truthy(err.message:find(placed.order.id, 1, true))
    assert.is_false(rr.successor(client, m, info, function(id, kind)
      return kind == "order" and id == placed.order.id
    end))
    sandbox.post("/_sandbox/validate", {provider = "realtimeregister", process = tonumber(placed.order.id)})
    assert.is_truthy(rr.successor(client, m, info, nobody))
  end)
end)

describe("the price", function()
  it("is what is charged afterwards, at both sellers", function()
    local nc, rr = sellers.of "namecheap", sellers.of "realtimeregister"
    local order = order_of("renew", {for_certificate = "501904"})
    local price = assert(nc.price(clients.namecheap, managed "namecheap", "renew", order))
    assert.equal("USD", price.currency)
    assert.equal("pricing", price.source)
    order.data.price = price
    local placed = assert(nc.place(clients.namecheap, managed "namecheap", order, "renew"))
    assert.equal(tonumber(sandbox.ledger()[1].amount), tonumber(price.amount))
    assert.equal(tonumber(placed.charged.amount), tonumber(price.amount))
    assert.equal("USD", placed.charged.currency)

    sandbox.reset()
    order = order_of("renew", {for_certificate = "7"})
    price = assert(rr.price(clients.realtimeregister, managed "realtimeregister", "renew", order))
    assert.same({amount = "9.00", currency = "EUR", source = "quote"}, price)
    assert.equal(0, #sandbox.ledger())
    assert(rr.place(clients.realtimeregister, managed "realtimeregister", order, order.action))
    assert.equal(900, tonumber(sandbox.ledger()[1].amount))
  end)

  it("that the list doesn't have is an error, not zero", function()
    local price, err = sellers.of "namecheap".price(clients.namecheap, managed("namecheap", {product = "Gold SSL"}),
      "create", order_of "create")
    assert.is_nil(price)
    assert.equal("incomplete", err.code)
    assert.is_truthy(tostring(err):find("Gold SSL", 1, true))
  end)

  it("can be set against the balance, where the seller tells it", function()
    assert.same({amount = "500.00", currency = "USD"}, sellers.of "namecheap".balance(clients.namecheap))
    assert.is_false(sellers.of "realtimeregister".balance(clients.realtimeregister))
  end)
end)

--- Asks until the answer of the order is there, as an order whose answer was lost does.
local function lost(provider, method, work)
  sandbox.post("/_sandbox/fault", {fault = "drop_after_commit", provider = provider, method = method})
  local placed, err = work()
  assert.is_nil(placed)
  assert.equal("unknown", err.outcome)
end

describe("a lost answer", function()
  it("of a purchase is settled by the one new certificate that fits", function()
    for _, action in ipairs {"create", "renew"} do
      sandbox.reset()
      local nc, m = sellers.of "namecheap", managed "namecheap"
      local order = order_of(action, {for_certificate = action == "renew" and "501904" or nil})
      order.data.known = assert(nc.before(clients.namecheap, m, order))
      local intent = {kind = action, target = order.data.for_certificate or "example.com", at = os.time()}
      assert.same({absent = true}, nc.find(clients.namecheap, m, order, intent, nobody))
      lost("namecheap", action, function() return nc.place(clients.namecheap, m, order, order.action) end)
      local found = assert(nc.find(clients.namecheap, m, order, intent, nobody))
      assert.equal(("%.0f"):format(sandbox.ledger()[1].new_certificate), found.found.bought)
      -- what another order holds, another product, and two that fit, are not ours
      assert.same({absent = true}, nc.find(clients.namecheap, m, order, intent, function() return true end))
      local other = managed("namecheap", {product = "EssentialSSL"})
      assert.same({absent = true}, nc.find(clients.namecheap, other, order, intent, nobody))
      if action == "create" then
        assert(nc.place(clients.namecheap, m, order, order.action))
        found = assert(nc.find(clients.namecheap, m, order, intent, nobody))
        assert.is_nil(found.found)
        assert.is_truthy(found.unclear:find("more than one", 1, true))
        -- an answer that failed, and named what it made, decides
        intent.handle = tostring(sandbox.ledger()[2].new_certificate):gsub("%.0$", "")
        assert.equal(intent.handle, nc.find(clients.namecheap, m, order, intent, nobody).found.bought)
      end
    end
  end)

  it("of an activation or a reissue is settled by the signing request", function()
    local nc, m = sellers.of "namecheap", managed "namecheap"
    local activation = order_of("create", {bought = "501907"})
    local reissue = order_of("reissue", {for_certificate = "501904"})
    for kind, order in pairs {activate = activation, reissue = reissue} do
      local target = order.data.bought or order.data.for_certificate
      local intent = {kind = kind, target = target, at = os.time()}
      assert.same({absent = true}, nc.find(clients.namecheap, m, order, intent, nobody))
      lost("namecheap", kind, function() return nc.place(clients.namecheap, m, order, kind) end)
      local found = assert(nc.find(clients.namecheap, m, order, intent, nobody))
      assert.equal("certificate", found.found.order.kind)
      local info = assert(nc.look(clients.namecheap, m, found.found.order.id))
      assert.is_true(x509.same(info.csr, order.data.csr))
    end
  end)

  it("at Realtime Register is settled by the process with our request, wherever it stands in the list", function()
    local rr, m = sellers.of "realtimeregister", managed "realtimeregister"
    for _, action in ipairs {"create", "renew", "reissue"} do
      sandbox.reset()
      local target = action ~= "create" and "7" or nil
      local order = order_of(action, {for_certificate = target})
      order.data.known = assert(rr.before(clients.realtimeregister, m, order))
      local intent = {kind = action, target = target or "example.com", at = os.time()}
      assert.same({absent = true}, rr.find(clients.realtimeregister, m, order, intent, nobody))
      local method = action == "create" and "request" or action
      lost("realtimeregister", method, function() return rr.place(clients.realtimeregister, m, order, order.action) end)
      local found = assert(rr.find(clients.realtimeregister, m, order, intent, nobody))
      assert.equal("process", found.found.order.kind)
      local charge = sandbox.ledger()[1]
      assert.is_true(charge == nil or ("%.0f"):format(charge.process) == found.found.order.id)
      local stranger = order_of(action, {for_certificate = target, csr = request {"example.com"},
        known = order.data.known})
      assert.same({absent = true}, rr.find(clients.realtimeregister, m, stranger, intent, nobody))
    end
  end)

  -- A reissue was sent while the machine's clock was a day ahead, and its answer was lost. The process that came of it
  -- was older than the request, so it was sent again, and refused: what was there kept the certificate from being
  -- reissued for good.
  it("at Realtime Register is found, too, when our clock was a day ahead as it was sent", function()
    local rr, m = sellers.of "realtimeregister", managed "realtimeregister"
    local order = order_of("reissue", {for_certificate = "7"})
    local intent = {kind = "reissue", target = "7", at = os.time() + DAY}
    lost("realtimeregister", "reissue", function() return rr.place(clients.realtimeregister, m, order, "reissue") end)
    local found = assert(rr.find(clients.realtimeregister, m, order, intent, nobody))
    assert.equal("process", found.found.order.kind)
    local stranger = order_of("reissue", {for_certificate = "7"})
    assert.same({absent = true}, rr.find(clients.realtimeregister, m, stranger, intent, nobody))
  end)

  it("that names no process is unknown", function()
    sandbox.reset {realtimeregister = {odd = {"empty_order"}}}
    local rr, m = sellers.of "realtimeregister", managed "realtimeregister"
    local placed = assert(rr.place(clients.realtimeregister, m, order_of("renew", {for_certificate = "7"}), "renew"))
    assert.equal("string", type(placed.order.id))
    assert.same({}, placed.challenges)
    local asked = assert(rr.challenge(clients.realtimeregister, m, {data = {seller_order = placed.order}}))
    assert.equal("http", asked[1].method)
  end)
end)

-- A list gives a hundred rows at a time. What stood behind them was "not there", and paid for again.
describe("behind the first page", function()
  it("a purchase whose answer was lost is found, at Namecheap", function()
    local list = {{id = 501904, type = "PositiveSSL", host = "example.com", expires_in_days = 20}}
    for i = 1, 130 do
      list[#list + 1] = {id = 400000 + i, type = "PositiveSSL", status = "newpurchase"}
    end
    sandbox.reset {namecheap = {certificates = list}}
    local nc, m = sellers.of "namecheap", managed "namecheap"
    local order = order_of "create"
    order.data.known = assert(nc.before(clients.namecheap, m, order))
    assert.equal(130, #order.data.known)
    local intent = {kind = "create", target = "example.com", at = os.time()}
    lost("namecheap", "create", function() return nc.place(clients.namecheap, m, order, "create") end)
    local found = assert(nc.find(clients.namecheap, m, order, intent, nobody))
    assert.equal(("%.0f"):format(sandbox.ledger()[1].new_certificate), found.found.bought)
  end)

  --- A Realtime Register whose lists have these rows, page by page; `lacks`: so many more in its total.
  local function paged(rows, lacks)
    return assert(reseal.realtimeregister {
      api_key = "k", endpoint = "http://127.0.0.1:1", retries = 0,
      transport = function(wanted)
        local limit, offset = tonumber(wanted.url:match "limit=(%d+)"), tonumber(wanted.url:match "offset=(%d+)" or 0)
        local page = {unpack(rows, offset + 1, math.min(#rows, offset + limit))}
        local body = {entities = #page > 0 and page or nil, pagination = {limit = limit, offset = offset,
          total = #rows + (lacks or 0)}}
        return {status = 200, headers = {["Content-Type"] = "application/json"}, body = cjson.encode(body)}
      end,
    })
  end

  local function processes(order)
    local rows = {}
    for i = 1, 130 do
      rows[i] = {id = i, createdDate = "2026-11-25T12:00:00Z", status = "COMPLETED", identifier = "example.com",
        action = "renew", command = {csr = request {"example.com"}}}
    end
    rows[131] = {id = "9007199254740993", createdDate = "2026-11-25T12:00:00Z", status = "SUSPENDED",
      identifier = "example.com", action = "renew", command = {csr = order.data.csr}}
    return rows
  end

  it("a process with our request is found, at Realtime Register, and a list with less than all is no answer", function()
    local rr, m = sellers.of "realtimeregister", managed "realtimeregister"
    local order = order_of("renew", {for_certificate = "7"})
    local intent = {kind = "renew", target = "7", at = 1795600000}
    local rows = processes(order)
    assert.equal("9007199254740993", rr.find(paged(rows), m, order, intent, nobody).found.order.id)
    assert.equal(131, #rr.before(paged(rows), m, order))
    rows[131] = nil
    assert.same({absent = true}, rr.find(paged(rows), m, order, intent, nobody))
    local found, err = rr.find(paged(rows, 1), m, order, intent, nobody)
    assert.is_nil(found)
    assert.equal("incomplete", err.code)
  end)

  it("a successor is found, at Realtime Register", function()
    local rr, m = sellers.of "realtimeregister", managed "realtimeregister"
    local function certificate(id, starts, ends)
      return {id = id, product = "ssl_sectigo", domainName = "example.com", san = {"www.example.com"},
        status = "ACTIVE", startDate = starts .. "T00:00:00Z", expiryDate = ends .. "T00:00:00Z",
        subscriptionEndDate = ends .. "T00:00:00Z"}
    end
    local rows = {}
    for i = 1, 130 do
      rows[i] = certificate(1000 + i, "2026-01-01", "2026-12-31")
    end
    rows[131] = certificate(2000, "2026-12-10", "2027-12-20")
    local starts, ends = os.time {year = 2026, month = 1, day = 1}, os.time {year = 2026, month = 12, day = 20}
    local info = {id = "7", product = "ssl_sectigo", starts = starts, ends = ends, order_ends = ends + 20 * DAY}
    local id, err = rr.successor(paged(rows), m, info, nobody)
    assert.equal("2000", id, tostring(err))
  end)
end)

-- Where all numbers are floats, a long id that is printed as one is another's: 9.007199254741e+15.
describe("an id", function()
  it("is text, however long, wherever it comes from", function()
    local rr = sellers.of "realtimeregister"
    local answers = {
      ["/ssl/certificates/7/renew"] = {status = 202, headers = {["X-Process-Id"] = "9007199254740991"}, body = ""},
      ["/processes/9007199254740991"] = {status = 200, body = '{"id": 9007199254740991, "status": "COMPLETED", '
        .. '"action": "renew"}'},
      ["/ssl/certificates"] = {status = 200, body = '{"entities": [{"id": 9007199254740990, "product": "ssl_sectigo", '
        .. '"status": "ACTIVE", "domainName": "example.com"}], "pagination": {"limit": 100, "offset": 0, "total": 1}}'},
      ["/ssl/certificates/9007199254740990"] = {status = 200, body = '{"id": 9007199254740990, "certificate": '
        .. cjson.encode(x509_of("example.com")) .. '}'},
      ["/ssl/certificates/9007199254740990/download"] = {status = 200, body = '{"content": ""}'},
    }
    local client = assert(reseal.realtimeregister {
      api_key = "k", endpoint = "http://127.0.0.1:1", retries = 0,
      transport = function(wanted)
        local answer = answers[wanted.url:match "^http://[^/]+/v2(/[^?]*)"]
        assert(answer, wanted.url)
        answer.headers = answer.headers or {["Content-Type"] = "application/json"}
        return answer
      end,
    })
    local m = managed "realtimeregister"
    local order = order_of("renew", {for_certificate = "7"})
    local placed = assert(rr.place(client, m, order, "renew"))
    assert.equal("9007199254740991", placed.order.id)
    order.data.seller_order = placed.order
    local got = assert(rr.collect(client, m, order))
    assert.equal("9007199254740990", (got.issued or {}).id, got.pending or got.failed)
  end)
end)

describe("a process that tells little", function()
  local rr, order = sellers.of "realtimeregister", nil

  local function found(rows, more, opened)
    local client = assert(reseal.realtimeregister {
      api_key = "k", endpoint = "http://127.0.0.1:1", retries = 0,
      transport = function()
        local body = {entities = rows, pagination = {limit = 100, offset = 0, total = #rows}}
        return {status = 200, headers = {["Content-Type"] = "application/json"}, body = cjson.encode(body)}
      end,
    })
    order = order_of("renew", {for_certificate = "7", product = "ssl_sectigo", csr = more and more.csr})
    order.opened = opened
    local intent = {kind = "renew", target = "7", at = 1795600000}
    for name, value in pairs(more or {}) do
      intent[name] = value
    end
    return assert(rr.find(client, managed "realtimeregister", order, intent, nobody))
  end

  local function process(id, more)
    local one = {id = id, createdDate = "2026-11-25T12:00:00Z", status = "SUSPENDED"}
    for name, value in pairs(more) do
      one[name] = value
    end
    return one
  end

  it("is taken when its name, action and certificate fit, and it alone", function()
    local fits = {identifier = "example.com", action = "renew", command = {certificateId = 7}}
    assert.equal("31", found({process(31, fits)}).found.order.id)
    assert.is_truthy(found({process(31, fits), process(32, fits)}).unclear)
  end)

  it("is ours by its request since the order was opened, and by what it tells since the intent", function()
    local csr = request(OURS)
    local later = {csr = csr, at = 1795600000 + 3 * 86400} -- our clock is two days ahead at most
    local early = {identifier = "example.com", action = "renew", command = {certificateId = 7, csr = csr}}
    assert.same({absent = true}, found({process(31, early)}, later))
    assert.equal("31", found({process(31, early)}, later, 1795600000).found.order.id)
    early.command.csr = nil
    assert.same({absent = true}, found({process(31, early)}, later, 1795600000))
  end)

  it("is nobody's when it names nothing, or does something that we don't know", function()
    for _, odd in ipairs {{}, {action = "renew"}, {identifier = "example.com"},
      {identifier = "example.com", action = "revoke"}} do
      local told = found {process(31, odd)}
      assert.is_nil(told.found)
      assert.is_nil(told.absent)
      assert.is_truthy(told.unclear:find("31", 1, true))
    end
    assert.equal("31", found({process(31, {})}, {handle = "31"}).found.order.id)
  end)

  it("is another's when what it tells is another's", function()
    for _, odd in ipairs {{identifier = "example.org"}, {identifier = "example.com", action = "reissue"},
      {identifier = "example.com", action = "renew", command = {certificateId = 8}},
      {identifier = "example.com", action = "renew", command = {product = "ssl_other"}}} do
      assert.same({absent = true}, found {process(31, odd)})
    end
  end)
end)

describe("what exists already", function()
  it("is told apart from other refusals", function()
    local nc, rr = sellers.of "namecheap", sellers.of "realtimeregister"
    local order = order_of("renew", {for_certificate = "501904"})
    assert(nc.place(clients.namecheap, managed "namecheap", order, "renew"))
    local placed, err = nc.place(clients.namecheap, managed "namecheap", order, "renew")
    assert.is_nil(placed)
    assert.equal("refused", err.outcome)
    assert.is_true(err.exists)
    order = order_of("reissue", {for_certificate = "501904"})
    assert(nc.place(clients.namecheap, managed "namecheap", order, "reissue"))
    placed, err = nc.place(clients.namecheap, managed "namecheap", order, "reissue")
    assert.is_nil(placed)
    assert.is_true(err.exists)
    placed, err = nc.place(clients.namecheap, managed "namecheap", order_of("renew", {for_certificate = "501905"}),
      "renew")
    assert.is_nil(placed)
    assert.is_nil(err.exists)
    order = order_of("reissue", {for_certificate = "7"})
    assert(rr.place(clients.realtimeregister, managed "realtimeregister", order, "reissue"))
    placed, err = rr.place(clients.realtimeregister, managed "realtimeregister", order, "reissue")
    assert.is_nil(placed)
    assert.is_true(err.exists)
  end)
end)

describe("the seller's clock", function()
  it("is the Date of a cheap answer", function()
    for provider in pairs(IDS) do
      local theirs = assert(sellers.of(provider).clock(clients[provider]))
      assert.is_true(math.abs(theirs - os.time()) <= 2)
    end
    assert.equal(2, #sandbox.requests())
    sandbox.post("/_sandbox/clock", {advance_days = 40})
    for provider in pairs(IDS) do
      local theirs = assert(sellers.of(provider).clock(clients[provider]))
      assert.is_true(math.abs(theirs - os.time() - 40 * DAY) <= 2)
    end
  end)
end)

describe("proof of control", function()
  it("is told by name, file and record", function()
    local nc = sellers.of "namecheap"
    local m = managed("namecheap", {
      names = {"example.org", "shop.example.org", "mail.example.org"}, product = "PositiveSSL Multi Domain",
      prove = {["*"] = {method = "dns"}, ["shop.example.org"] = {method = "http"}},
    })
    local order = order_of("reissue", {for_certificate = "501906", csr = request(m.names)})
    local placed = assert(nc.place(clients.namecheap, m, order, order.action))
    local by_name = {}
    for _, one in ipairs(placed.challenges) do
      by_name[one.name] = one
    end
    assert.equal("http", by_name["shop.example.org"].method)
    assert.is_truthy(by_name["shop.example.org"].file:find("%.txt$"))
    assert.equal("dns", by_name["mail.example.org"].method)
    assert.equal("CNAME", by_name["mail.example.org"].type)
    order.data.seller_order = placed.order
    -- asked again, the seller tells one record and no domains
    local again = {}
    for _, one in ipairs(assert(nc.challenge(clients.namecheap, m, order))) do
      again[one.name] = one
    end
    assert.same(by_name["shop.example.org"], again["shop.example.org"])
    local told = again["mail.example.org"] or again["example.org"]
    assert.same(by_name[told.name], told)
  end)

  it("is told by Realtime Register's answer or its process", function()
    local rr = sellers.of "realtimeregister"
    local m = managed("realtimeregister", {prove = {["*"] = {method = "dns"}}})
    local reissue = order_of("reissue", {for_certificate = "7"})
    local placed = assert(rr.place(clients.realtimeregister, m, reissue, "reissue"))
    assert.equal("dns", placed.challenges[1].method)
    local order = {data = {seller_order = placed.order}}
    assert.same(placed.challenges, rr.challenge(clients.realtimeregister, m, order))
    assert.is_true(rr.nudge(clients.realtimeregister, m, order))
  end)

  it("by mail names the address", function()
    local nc = sellers.of "namecheap"
    local m = managed("namecheap", {names = {"example.com"}, prove = {["*"] = {method = "email",
      address = "admin@example.com"}}})
    local order = order_of("reissue", {for_certificate = "501904", csr = request {"example.com"}})
    local placed = assert(nc.place(clients.namecheap, m, order, order.action))
    assert.same({{name = "example.com", method = "email", address = "admin@example.com"}}, placed.challenges)
    order.data.seller_order = placed.order
    assert.is_true(nc.nudge(clients.namecheap, m, order))
  end)
end)

describe("collecting", function()
  for provider, id in pairs(IDS) do
    it("waits, then gives certificate and chain that fit the key, at " .. provider, function()
      local seller, m = sellers.of(provider), managed(provider)
      local csr, key = request(OURS)
      local order = order_of("reissue", {for_certificate = id, csr = csr})
      local placed = assert(seller.place(clients[provider], m, order, order.action))
      order.data.seller_order = placed.order
      assert.equal("string", type(seller.collect(clients[provider], m, order).pending))
      local validated = {provider = provider}
      validated[provider == "namecheap" and "certificate" or "process"] = tonumber(placed.order.id)
      sandbox.post("/_sandbox/validate", validated)
      local got = assert(seller.collect(clients[provider], m, order))
      assert.equal("string", type(got.issued.id))
      local accepted, why = x509.check(got.issued, {key = key, names = OURS, now = os.time() + 5})
      assert.is_truthy(accepted, why)
    end)
  end

  it("tells what failed, and who took its place", function()
    local nc, m = sellers.of "namecheap", managed "namecheap"
    local order = order_of("reissue", {for_certificate = "501904"})
    order.data.seller_order = assert(nc.place(clients.namecheap, m, order, order.action)).order
    sandbox.post("/_sandbox/validate", {provider = "namecheap", certificate = tonumber(order.data.seller_order.id)})
    local next_one = order_of("reissue", {for_certificate = order.data.seller_order.id})
    local taken = assert(nc.place(clients.namecheap, m, next_one, next_one.action)).order
    sandbox.post("/_sandbox/validate", {provider = "namecheap", certificate = tonumber(taken.id)})
    local got = assert(nc.collect(clients.namecheap, m, order))
    assert.is_truthy(got.failed:find(taken.id, 1, true), got.failed)

    local rr = sellers.of "realtimeregister"
    local process = assert(rr.place(clients.realtimeregister, managed "realtimeregister",
      order_of("reissue", {for_certificate = "7"}), "reissue")).order
    assert(clients.realtimeregister:cancelProcess {processId = process.id})
    got = assert(rr.collect(clients.realtimeregister, m, {data = {seller_order = process}}))
    assert.is_truthy(got.failed:find("CANCELLED", 1, true))
  end)
end)

describe("what is under way", function()
  for provider, id in pairs(IDS) do
    it("is in the lists of " .. provider, function()
      local seller, m = sellers.of(provider), managed(provider)
      assert.same({}, assert(seller.under_way(clients[provider])))
      local order = order_of("reissue", {for_certificate = id})
      local placed = assert(seller.place(clients[provider], m, order, order.action)).order
      local words = assert(seller.under_way(clients[provider]))
      assert.equal("string", type(words[placed.id]))
      words[placed.id] = nil
      assert.is_nil(next(words))
      local validated = {provider = provider}
      validated[provider == "namecheap" and "certificate" or "process"] = tonumber(placed.id)
      sandbox.post("/_sandbox/validate", validated)
      assert.same({}, assert(seller.under_way(clients[provider])))
    end)
  end
end)

describe("what a person says that an intent has made", function()
  local function refused(provider, order, intent, id, is_order)
    local value, err = sellers.of(provider).recognise(clients[provider], managed(provider), order, intent, id, is_order)
    assert.is_nil(value)
    assert.equal("not_it", err.code)
    return err.message
  end

  it("is what was bought, at namecheap", function()
    local nc, m, client = sellers.of "namecheap", managed "namecheap", clients.namecheap
    local order, intent = order_of("create", {product = "PositiveSSL"}), {kind = "create", target = "example.com"}
    local bought = assert(nc.place(client, m, order, "create")).bought
    assert.same({bought = bought}, nc.recognise(client, m, order, intent, bought))
    local other = assert(nc.place(client, m, order_of("create", {product = "EssentialSSL"}), "create")).bought
    assert.is_truthy(refused("namecheap", order, intent, other):find("it is ", 1, true))
    order.data.known = {bought}
    assert.is_truthy(refused("namecheap", order, intent, bought):find("it was there before", 1, true))
    local value, err = nc.recognise(client, m, order, intent, "999999999")
    assert.is_nil(value)
    assert.equal("provider", err.class)
    assert.same({bought = "999999999"}, nc.recognise(nil, m, order, intent, "999999999"))
  end)

  it("has our request, at namecheap", function()
    local nc, m, client = sellers.of "namecheap", managed "namecheap", clients.namecheap
    local order, intent = order_of("reissue", {for_certificate = "501904"}), {kind = "reissue", target = "501904"}
    local placed = assert(nc.place(client, m, order, "reissue")).order
    assert.same({order = placed}, nc.recognise(client, m, order, intent, placed.id))
    order.data.csr = request(OURS)
    assert.is_truthy(refused("namecheap", order, intent, placed.id):find("signing request", 1, true))
    m.names = {"other.example"}
    local value, err = nc.recognise(client, m, order, intent, placed.id)
    assert.is_nil(value)
    assert.is_truthy(err.message:find("it is for example.com, and not for other.example", 1, true))
  end)

  it("is a process, or the certificate of one, at realtimeregister", function()
    local rr, m, client = sellers.of "realtimeregister", managed "realtimeregister", clients.realtimeregister
    local order, intent = order_of("reissue", {for_certificate = "7"}), {kind = "reissue", target = "7", at = os.time()}
    local placed = assert(rr.place(client, m, order, "reissue")).order
    assert.same({order = placed}, rr.recognise(client, m, order, intent, placed.id, true))
    sandbox.post("/_sandbox/validate", {provider = "realtimeregister", process = tonumber(placed.id)})
    local issued = assert(rr.collect(client, m, {data = {seller_order = placed}})).issued.id
    assert.same({order = placed}, rr.recognise(client, m, order, intent, issued))
    m.names = {"other.example"}
    local value, err = rr.recognise(client, m, order, intent, issued)
    assert.same({nil, "not_it"}, {value, err.code})
    m.names = OURS
    order.data.csr = request(OURS)
    assert.is_truthy(refused("realtimeregister", order, intent, placed.id, true):find("process " .. placed.id, 1, true))
    assert.same({order = {id = "4711", kind = "process"}}, rr.recognise(nil, m, order, intent, "4711"))
  end)
end)

describe("a sweep", function()
  it("sees the whole account in as few calls as there are pages", function()
    local list = {}
    for i = 1, 230 do
      list[i] = {id = 510000 + i, type = "PositiveSSL", host = ("h%d.example.com"):format(i), expires_in_days = 300}
    end
    sandbox.reset {namecheap = {certificates = list}}
    local rows = assert(sellers.of "namecheap".sweep(clients.namecheap))
    assert.equal(230, #rows)
    assert.equal(3, #sandbox.requests())
    assert.equal("issued", rows[1].status)
    assert.is_true(rows[1].order_ends > os.time() + 298 * DAY)
    sandbox.reset()
    rows = assert(sellers.of "realtimeregister".sweep(clients.realtimeregister))
    assert.equal(3, #rows)
    assert.is_truthy(rows[1].ends and rows[1].order_ends)
  end)
end)
