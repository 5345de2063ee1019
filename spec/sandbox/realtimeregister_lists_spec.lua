-- Lists of the sandbox's Realtime Register: filters, order, pages, fields. Driven by the curl program; names and
-- operators are those of the provider's pages.

local realtimeregister = require "spec.support.realtimeregister"
local support = require "spec.support.sandbox"

--- Five certificates for lists; ids are not in the order of their ends.
local CERTIFICATES = {
  {id = 21, host = "a.example.com", expires_in_days = 40},
  {id = 22, host = "b.example.com", expires_in_days = 5},
  {id = 23, host = "c.example.org", names = {"x.example.org"}, product = "ssl_sectigo_multi", expires_in_days = 20},
  {id = 24, host = "*.example.net", names = {}, product = "ssl_sectigo_wildcard", expires_in_days = 90},
  {id = 25, host = "d.example.com", expires_in_days = 60, status = "REVOKED"},
}

describe("lists of the sandbox's Realtime Register", function()
  local rr

  local function fill()
    -- 2026-11-23 12:00 UTC
    rr.reset {now = 1795435200, realtimeregister = {certificates = CERTIFICATES}}
  end

  setup(function()
    rr = realtimeregister.start()
    fill()
  end)

  teardown(function() assert.equal(0, rr.stop()) end)

  local function assert_refused(kind, answer)
    assert.equal(400, answer.status, answer.body)
    assert.equal(kind, answer.json.type, answer.body)
  end

  local function ids(query, path)
    local answer = rr.get((path or "ssl/certificates") .. "?" .. query)
    assert.equal(200, answer.status, answer.body)
    local list = {}
    for i, entity in ipairs(answer.json.entities) do
      list[i] = ("%d"):format(entity.id)
    end
    return table.concat(list, " "), answer.json
  end

  for _, row in ipairs {
    {"status=ACTIVE", "21 22 23 24"},
    {"status=active", "21 22 23 24"},
    {"status:eq=REVOKED", "25"},
    {"status:ne=ACTIVE", "25"},
    {"id:in=21,23,99", "21 23"},
    {"id:not_in=21,23", "22 24 25"},
    {"id:gt=23", "24 25"},
    {"id:gte=23&id:lt=25", "23 24"},
    {"id:lte=21", "21"},
    {"domainName:like=EXAMPLE.com", "21 22 25"},
    {"domainName:like=%25.example.org", "23"},
    {"domainName:like=example%25", ""},
    {"domainName:not_like=example.com", "23 24"},
    {"san=x.example.org", "23"},
    {"san:in=x.example.org,www.a.example.com", "21 23"},
    {"san:ne=x.example.org", "21 22 24 25"},
    {"organization:null=", "21 22 23 24 25"},
    {"organization:not_null=", ""},
    {"expiryDate:lt=2026-12-14T00:00:00Z", "22 23"},
    {"expiryDate:lt=2026-12-13T14:00:00.000%2B02:00", "22"},
    {"expiryDate:lt=2026-12-13T14:00:01%2B02:00", "22 23"},
    {"expiryDate:gte=2027-01-01", "21 24 25"},
    {"publicKeySize=256&certificateType=WILDCARD", "24"},
    {"status=ACTIVE&q=b.example", "22"},
    {"q=nowhere", ""},
  } do
    it("filter by " .. row[1], function() assert.equal(row[2], (ids(row[1]))) end)
  end

  for _, row in ipairs {
    {"order=expiryDate", "22 23 21 25 24"},
    {"order=-expiryDate", "24 25 21 23 22"},
    {"order=status&order=-id", "24 23 22 21 25"},
    {"order=-product&order=domainName", "24 23 21 22 25"},
    {"order=id&limit=2&offset=1", "22 23"},
    {"order=-id&offset=9", ""},
  } do
    it("come with " .. row[1], function() assert.equal(row[2], (ids(row[1]))) end)
  end

  it("tell page and total", function()
    local _, json = ids("id:gt=21&limit=2")
    assert.same({limit = 2, offset = 0, total = 4}, json.pagination)
    _, json = ids("total=false")
    assert.same({limit = 10, offset = 0}, json.pagination)
  end)

  it("leave the entities out at limit 0, and have an empty list when there are none", function()
    local answer = rr.get("ssl/certificates?limit=0")
    assert.same({pagination = {limit = 0, offset = 0, total = 5}}, answer.json)
    assert.matches('"entities":[]', rr.get("ssl/certificates?id=1").body, 1, true)
  end)

  it("show the fields that are asked for, and the identifying one", function()
    local _, json = ids("fields=status,domainName&limit=1")
    assert.same({{id = 21, status = "ACTIVE", domainName = "a.example.com"}}, json.entities)
    _, json = ids("fields=status&fields=product&limit=1")
    assert.same({{id = 21, status = "ACTIVE", product = "ssl_sectigo"}}, json.entities)
    _, json = ids("limit=1")
    assert.equal(json.entities[1].certificate, rr.get("ssl/certificates/21").json.certificate)
  end)

  it("export all at once, with identifying fields only", function()
    finally(fill)
    local many = {}
    for i = 1, 12 do
      many[i] = {id = i, host = ("n%d.example.com"):format(i)}
    end
    rr.reset {realtimeregister = {certificates = many}}
    local _, json = ids("export=true")
    assert.same({12, {id = 12}}, {#json.entities, json.entities[12]})
    _, json = ids("export=true&fields=domainName&order=-id")
    assert.same({id = 12, domainName = "n12.example.com"}, json.entities[1])
    assert.equal(10, #rr.get("ssl/certificates").json.entities)
    assert_refused("ValidationError", rr.get("ssl/certificates?export=true&limit=5"))
    assert_refused("ValidationError", rr.get("ssl/certificates?export=true&offset=5"))
  end)

  it("refuse what they do not know", function()
    for _, query in ipairs {"colour=red", "id:near=5", "order=colour", "order=san", "certificate=x"} do
      assert_refused("ValidationError", rr.get("ssl/certificates?" .. query))
    end
    assert.same({"export", "limit", "offset", "total"},
      rr.violated(rr.get("ssl/certificates?limit=1001&offset=-1&total=1&export=no")))
  end)

  it("are found under the customer too", function()
    assert.equal("21 22 23 24 25", (ids("", "customers/example/certificates/")))
    assert_refused("ObjectDoesNotExist", rr.get("customers/someone/certificates"))
  end)

  it("hold processes", function()
    finally(fill)
    local first = rr.process(rr.post("ssl/certificates/22/renew", {csr = support.csr("b.example.com"),
      period = 12}))
    local second = rr.process(rr.post("ssl/certificates/23/reissue", {csr = support.csr("c.example.org")}))
    assert.equal(("%d %d"):format(second, first), (ids("status=SUSPENDED&order=-id", "processes")))
    assert.equal(("%d"):format(first), (ids("billableAction=RENEW", "processes/")))
    assert.equal(("%d"):format(first), (ids("billableProduct:like=ssl_&billableQuantity:gte=1", "processes")))
    assert.equal(("%d"):format(second), (ids("action=reissue&billableAction:null=", "processes")))
    assert.equal(("%d"):format(first),
      (ids("identifier=b.example.com&type=certificate&action:ne=request", "processes")))
    assert_refused("ValidationError", rr.get("processes?order=identifier"))
    assert_refused("ValidationError", rr.get("processes?domainName=b.example.com"))
  end)
end)
