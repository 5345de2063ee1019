-- List calls: where they stand, how many, in which order, and which. https://dm.realtimeregister.com/docs/api/listings
local reseal = require "reseal"
local cjson = require "cjson"
local answer = require "spec.support.answer"
local fixture = require "spec.support.fixture"
local page = require "spec.support.page"

local faults = fixture.faults

-- The customer that some lists stand under.
local function client(options)
  return fixture.client("realtimeregister", page.with({customer = "johndoe"}, options or {}))
end

-- From the pages ssl/list, ssl/products/list, processes/list, ssl/acme/list, and for notifications from the TS SDK.
local LISTS = {
  list = {
    path = "/v2/ssl/certificates",
    filters = {
      "id", "process", "domainName", "validationType", "certificateType", "product", "organization", "department",
      "providerId", "postalCode", "addressLine", "city", "state", "country", "startDate", "expiryDate",
      "subscriptionEndDate", "contact", "coc", "san", "status", "publicKeyAlgorithm", "publicKeySize", "fingerprint",
    },
  },
  products = {
    path = "/v2/ssl/products",
    filters = {
      "product", "brand", "name", "validationType", "certificateType", "features", "periods", "warranty", "issueTime",
      "renewalWindow", "includedDomains", "maxDomains",
    },
  },
  listProcesses = {
    path = "/v2/processes",
    filters = {
      "id", "status", "detailStatus", "createdDate", "updatedDate", "startedDate", "type", "identifier", "action",
      "billableAction", "billableProduct", "billableProvider", "billableQuantity",
    },
  },
  listAcmeSubscriptions = {
    path = "/v2/ssl/acme",
    filters = {
      "id", "domainNames", "product", "organization", "postalCode", "address", "city", "state", "country",
      "createdDate", "updatedDate", "expiryDate", "status",
    },
  },
  listNotifications = {
    path = "/v2/customers/johndoe/notifications",
    filters = {
      "id", "fireDate", "readDate", "acknowledgeDate", "deliveryDate", "message", "reason", "eventType",
      "notificationType", "processType", "processIdentifier",
    },
  },
}
local OPERATORS = {
  "eq", "ne", "like", "not_like", "gt", "gte", "lt", "lte", "in", "not_in", "null", "not_null",
}

-- The query's pairs, in order; sorted when the order of a Lua table stands behind them.
local function query(params, method, sorted)
  local request, err = client():encode(method or "list", params)
  assert.is_nil(err and tostring(err))
  assert.equal("GET", request.method)
  assert.equal("read", request.effect)
  assert.equal("", request.body or "")
  assert.is_nil(request.headers["Content-Type"])
  local address, text = request.url:match "^https://api%.yoursrs%.com([^?]*)%??(.*)$"
  assert.equal(LISTS[method or "list"].path, address)
  local found = {}
  for pair in text:gmatch "[^&]+" do
    found[#found + 1] = pair
  end
  if sorted then
    table.sort(found)
  end
  return found
end

describe("a list call", function()
  for method, expected in pairs(LISTS) do
    describe(method, function()
      page.check_table(client, method, {}, {
        {name = "limit", type = "integer"}, {name = "offset", type = "integer"},
        {name = "total", type = "boolean"}, {name = "export", type = "boolean"}, {name = "q", type = "string"},
      })

      it("is asked for nothing by default: the server's own limit holds", function()
        assert.same({}, query({}, method))
      end)

      it("tells its filters and how it is paged", function()
        local told = reseal.describe("realtimeregister", method)
        local listed = {}
        for i, name in ipairs(told.filters) do
          listed[i] = name
        end
        table.sort(listed)
        local wanted = page.with(expected.filters, {})
        table.sort(wanted)
        assert.same(wanted, listed)
        assert.same({
          style = "offset", position = "offset", size = "limit", items = "entities", totals = "pagination",
          total = "total",
        }, told.paging)
      end)

      it("is filtered by each of its fields, with every operator", function()
        for _, field in ipairs(expected.filters) do
          assert.same({field .. "=x"}, query({[field] = "x"}, method))
          for _, operator in ipairs(OPERATORS) do
            local name = field .. ":" .. operator
            assert.same({name .. "=x"}, query({[name] = "x"}, method))
          end
        end
      end)

      it("knows no other field and no other operator", function()
        local found = faults(client(), method, {nonsense = "x", ["nonsense:eq"] = "x"})
        assert.same({nonsense = "unknown_param", ["nonsense:eq"] = "unknown_param"}, found)
        for _, operator in ipairs {"equals", "EQ", "", "eq:eq", "gte ", "between"} do
          local name = expected.filters[1] .. ":" .. operator
          assert.is_truthy(faults(client(), method, {[name] = "x"})[name], name)
        end
        assert.is_truthy(faults(client(), method, {["limit:eq"] = "1"})["limit:eq"])
      end)

      it("refuses an export with limit or offset", function()
        local one = client()
        for _, params in ipairs {{export = true, limit = 10}, {export = "true", offset = 0}} do
          local found, err = faults(one, method, params)
          local name, code = next(found)
          assert.equal("conflict", code)
          assert.is_truthy(params[name], name)
          assert.is_truthy(err.message:find("export", 1, true), err.message)
        end
        assert.same({}, (faults(one, method, {export = false, limit = 10, offset = 20})))
        assert.same({}, (faults(one, method, {export = true, fields = "id"})))
        local found = faults(one, method, {export = true, limit = 1, offset = 0})
        assert.same({limit = "conflict", offset = "conflict"}, found)
      end)

      it("always has entities in its result, as a list", function()
        local decode = answer.decoder("realtimeregister", method, 200, answer.JSON)
        for _, body in ipairs {
          '{"pagination":{"limit":0,"offset":0,"total":3}}',
          '{"entities":null,"pagination":{"limit":0,"offset":0,"total":3}}',
          '{"entities":[],"pagination":{"limit":0,"offset":0,"total":3}}',
        } do
          assert.same({
            entities = {}, pagination = {limit = 0, offset = 0, total = 3}, meta = {http_status = 200},
          }, (decode(body)))
        end
        local one = assert(decode '{"entities":[{"id":1,"product":"p"}],"pagination":{"limit":10,"offset":0}}')
        assert.equal(1, #one.entities)
        assert.is_nil(one.pagination.total)
        assert.same({{id = 1}}, assert(decode '{"entities":[{"id":1}]}').entities)
      end)

      it("makes no sense with something else in the place of entities", function()
        local decode = answer.decoder("realtimeregister", method, 200, answer.JSON)
        for _, body in ipairs {"[]", '"x"', "{}", '{"type":"X","message":"m"}'} do
          local result, err = decode(body)
          answer.assert_senseless(result, err, body, "refused")
        end
      end)
    end)
  end

  it("sends its parameters in the order of the page", function()
    assert.same(
      {"limit=0", "offset=5", "order=-expiryDate", "total=false", "q=a%20b%26c%3Dd", "fields=id%2Cstatus"},
      query {fields = {"id", "status"}, q = "a b&c=d", total = false, order = "-expiryDate", offset = 5, limit = 0}
    )
  end)

  it("counts from 0, and no further than an integer goes", function()
    for _, name in ipairs {"limit", "offset"} do
      assert.same({name .. "=0"}, query {[name] = 0})
      assert.same({name .. "=1000"}, query {[name] = "1000"})
      for _, value in ipairs {-1, "-1", 1.5, 2 ^ 64, "18446744073709551616"} do
        assert.is_truthy(faults(client(), "list", {[name] = value})[name], tostring(value))
      end
    end
  end)

  it("repeats order, in the order given", function()
    assert.same({"order=-status", "order=id"}, query {order = {"-status", "id"}})
    assert.same({"order=id"}, query {order = "id"})
    assert.same({"order=id"}, query {order = {"id"}})
    assert.is_truthy(faults(client(), "list", {order = {{"id"}}})["order[1]"])
  end)

  it("takes fields as a list or as one text with commas, and sends the same", function()
    for _, fields in ipairs {{"id", "domainName"}, "id,domainName", "id, domainName", " id ,domainName"} do
      assert.same({"fields=id%2CdomainName"}, query {fields = fields})
    end
  end)

  it("joins the list of in and not_in", function()
    for _, operator in ipairs {"in", "not_in"} do
      local name = "status:" .. operator
      assert.same({name .. "=ACTIVE%2CEXPIRED"}, query {[name] = {"ACTIVE", "EXPIRED"}})
      assert.same({name .. "=ACTIVE%2CEXPIRED"}, query {[name] = "ACTIVE,EXPIRED"})
      assert.same({name .. "=ACTIVE"}, query {[name] = {"ACTIVE"}})
      assert.same({"id:" .. operator .. "=1%2C2"}, query {["id:" .. operator] = {1, "2"}})
      -- A comma inside would be two.
      assert.equal("bad_format", faults(client(), "list", {[name] = {"a,b"}})[name .. "[1]"])
    end
  end)

  it("repeats a filter for each item of another list", function()
    assert.same(
      {"domainName:like=a", "domainName:like=b%2Cc"},
      query {["domainName:like"] = {"a", "b,c"}}
    )
    assert.same({"status=ACTIVE", "status=EXPIRED"}, query {status = {"ACTIVE", "EXPIRED"}})
  end)

  it("combines filters of one field and of several", function()
    assert.same(
      {"certificateType:ne=ACME_SUBSCRIPTION", "expiryDate:gte=2026-01-01T00%3A00%3A00Z",
        "expiryDate:lt=2026-02-01T00%3A00%3A00Z", "limit=100", "process:eq=123", "san=%2A.example.com"},
      query({
        ["expiryDate:gte"] = "2026-01-01T00:00:00Z", ["expiryDate:lt"] = "2026-02-01T00:00:00Z", limit = 100,
        ["process:eq"] = 123, ["certificateType:ne"] = "ACME_SUBSCRIPTION", san = "*.example.com",
      }, "list", true)
    )
  end)

  it("takes strings, integers and booleans for a filter's value, and leaves null out", function()
    assert.same({"id=7"}, query {id = 7})
    assert.same({"id=7"}, query {id = 7.0})
    assert.same({"product:null=true"}, query {["product:null"] = true})
    assert.same({"product:not_null="}, query {["product:not_null"] = ""})
    assert.same({}, query {status = cjson.null})
    assert.same({"status=active"}, query {status = "active"})
    for _, value in ipairs {{a = 1}, {{1}}, print, {}} do
      local found = faults(client(), "list", {status = value})
      local path, code = next(found)
      assert.equal("status", (path or ""):sub(1, 6))
      assert.is_truthy(code)
    end
  end)

  it("escapes filters, whose names can't carry anything", function()
    assert.same({"city:like=K%C3%B6ln%26x%3Dy%0A%23"}, query {["city:like"] = "Köln&x=y\n#"})
    for _, name in ipairs {"status&x", "status:eq&x=y", "status=1", "status:eq\n", "status ", "#status", "status?"} do
      assert.is_truthy(faults(client(), "list", {[name] = "1"})[name], name)
    end
    for _, value in ipairs {"a\0b", "\255"} do
      assert.equal("bad_format", faults(client(), "list", {status = value}).status)
    end
  end)

  it("suggests the nearest field", function()
    local _, err = faults(client(), "list", {["domianName"] = "x"})
    assert.is_truthy(err.message:find("domainName", 1, true), err.message)
    _, err = faults(client(), "list", {["status:equal"] = "x"})
    assert.is_truthy(err.message:find("eq", 1, true), err.message)
  end)
end)

describe("Namecheap's getList", function()
  it("is paged by numbers from 1", function()
    local told = reseal.describe("namecheap", "getList")
    assert.same({
      style = "page", position = "Page", size = "PageSize", items = "SSL", totals = "Paging", total = "TotalItems",
    }, told.paging)
    assert.is_nil(told.filters and told.filters[1])
    local one = fixture.client "namecheap"
    assert.is_truthy(faults(one, "getList", {Page = 0}).Page)
    assert.same({}, (faults(one, "getList", {Page = 1})))
  end)

  it("has no filters of the other provider's kind", function()
    assert.equal("unknown_param", faults(fixture.client "namecheap", "getList", {["Status:eq"] = "x"})["Status:eq"])
  end)
end)

describe("paging", function()
  it("is told of list calls, and of these only", function()
    for _, provider in ipairs(reseal.describe()) do
      for _, method in ipairs(reseal.describe(provider)) do
        local told = reseal.describe(provider, method)
        local is_list = LISTS[method] ~= nil and provider == "realtimeregister" or method == "getList"
        assert.equal(is_list, told.paging ~= nil, provider .. " " .. method)
        if told.paging then
          local params, fields = {}, {}
          for _, param in ipairs(told.params) do
            params[param.name] = true
          end
          for _, field in ipairs(told.result) do
            fields[field.name] = field
          end
          assert.is_true(params[told.paging.position] and params[told.paging.size])
          assert.equal("list", fields[told.paging.items].type)
          assert.equal("object", fields[told.paging.totals].type)
        end
      end
    end
  end)
end)

describe("a quote", function()
  -- https://dm.realtimeregister.com/docs/api/quotes
  local csr = fixture.csr
  local ORDERS = {
    request = {customer = "johndoe", product = "p", period = 12, csr = csr},
    renew = {certificateId = 7, period = 12, csr = csr},
    reissue = {certificateId = 7, csr = csr},
    createAcmeSubscription = {customer = "johndoe", product = "p", period = 12},
    updateAcmeSubscription = {acmeSubscriptionId = 7, organization = "x"},
    renewAcmeSubscription = {acmeSubscriptionId = 7, period = 12},
  }
  local FULL = '{"command":"x","quote":{"total":2985,"currency":"EUR","billables":[{"product":"p","action":"REQUEST",'
    .. '"quantity":3,"amount":995,"refundable":false,"total":2985}]}}'

  for method, params in pairs(ORDERS) do
    it("of " .. method .. " is asked for in the query, changes nothing, and costs what it says", function()
      local one = client()
      local order = assert(one:encode(method, params))
      local quote = assert(one:encode(method, page.with(params, {quote = true})))
      assert.equal(order.url .. "?quote=true", quote.url)
      assert.equal(order.body, quote.body)
      assert.equal("read", quote.effect)
      assert.not_equal("read", order.effect)
      assert.equal(order.effect, assert(one:encode(method, page.with(params, {quote = false}))).effect)

      local result = assert(one:decode(method, fixture.json(200, FULL), quote))
      assert.equal(2985, result.quote.total)
      assert.equal("EUR", result.quote.currency)
      assert.equal(995, result.quote.billables[1].amount)
      assert.is_false(result.quote.billables[1].refundable)
      assert.is_nil(result.processId)
      result = assert(one:decode(method, fixture.json(200, '{"command":"x","quote":{"total":0}}'), quote))
      assert.same({total = 0}, result.quote)

      -- Lost on its way it cost nothing; the order itself would be unknown.
      for _, lost in ipairs {fixture.json(502, ""), fixture.json(200, "{")} do
        assert.equal("refused", select(2, one:decode(method, lost, quote)).outcome)
        assert.equal("unknown", select(2, one:decode(method, lost, order)).outcome)
      end
    end)
  end

  it("is known to no other call", function()
    for _, method in ipairs(reseal.describe "realtimeregister") do
      if not ORDERS[method] then
        assert.equal("unknown_param", faults(client(), method, {quote = true}).quote, method)
      end
    end
  end)
end)
