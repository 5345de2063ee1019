-- Realtime Register's parameters to the letter of its pages, which the tables are written from.
local fixture = require "spec.support.fixture"
local page = require "spec.support.page"
local cjson = require "cjson"

local csr, faults = fixture.csr, fixture.faults
local two_byte, host, mail, digits, with = page.two_byte, page.host, page.mail, page.digits, page.with
local check_table, check_values = page.check_table, page.check_values

local function realtimeregister(options)
  return fixture.client("realtimeregister", options)
end

-- https://dm.realtimeregister.com/docs/api/ssl/reissue
describe("realtimeregister reissue", function()
  local base = {certificateId = 7, csr = csr}
  local STRINGS = {
    {name = "organization", type = "string", max = 64, min = 1},
    {name = "department", type = "string", max = 60, min = 1},
    {name = "state", type = "string", max = 60, min = 1}, {name = "address", type = "string", max = 60, min = 1},
    {name = "postalCode", type = "string", max = 10, min = 1},
    {name = "city", type = "string", max = 60, min = 1}, {name = "coc", type = "string", max = 32, min = 1},
    {name = "uniqueValue", type = "string", max = 20, min = 1, exact = digits},
    {name = "domainName", type = "string", max = 255, exact = host},
  }
  check_table(realtimeregister, "reissue", base, {
    {name = "certificateId", type = "integer", required = true}, {name = "csr", type = "string", required = true},
    {name = "quote", type = "boolean"}, {name = "san", type = "list"}, {name = "language", type = "enum"},
    {name = "authKey", type = "boolean"}, {name = "approver", type = "object"}, {name = "dcv", type = "list"},
  })
  check_table(realtimeregister, "reissue", base, STRINGS)
  check_table(realtimeregister, "renew", {certificateId = 7, csr = csr, period = 12}, STRINGS)
  local LANGUAGES = {"EN", "NL", "FR", "CN", "DE", "IT", "JP", "KR", "PT", "RU", "ES", "DK", "SE", "TR"}
  check_values(realtimeregister, "reissue", base, "language", LANGUAGES, "PL")

  it("has no parameters of the other calls", function()
    for _, name in ipairs {"customer", "period", "product", "country", "saEmail", "billables"} do
      assert.equal("unknown_param", faults(realtimeregister(), "reissue", with(base, {[name] = "1"}))[name])
    end
  end)

  it("matches names exactly", function()
    local found, err = faults(realtimeregister(), "reissue", with(base, {domainname = "example.com"}))
    assert.equal("unknown_param", found.domainname)
    assert.is_truthy(err.message:find("domainName", 1, true))
    assert.equal("missing", faults(realtimeregister(), "reissue", {certificateid = 7, csr = csr}).certificateId)
    assert.equal(
      "not_allowed",
      faults(realtimeregister {strict = true}, "reissue", with(base, {language = "en"})).language
    )
  end)

  it("checks each name of san, 4 to 255 bytes", function()
    local client = realtimeregister()
    local function san(...)
      return faults(client, "reissue", with(base, {san = {...}}))
    end
    assert.same({}, san("example.com", "*.example.com", "a.bc", host(255)))
    assert.equal("too_long", san("example.com", host(256))["san[2]"])
    assert.equal("bad_format", san("EXAMPLE.com")["san[1]"])
    assert.is_truthy(san("example.com", "")["san[2]"])
    assert.equal("bad_type", san("example.com", 5)["san[2]"])
    assert.equal("bad_type", san("example.com", "example.org", {"example.net"})["san[3]"])
    assert.is_truthy(faults(client, "reissue", with(base, {san = "example.com"})).san)
  end)

  it("sends an empty san as an empty list, and none when there is none", function()
    local client = realtimeregister()
    local function body(params)
      return assert(client:encode("reissue", with(base, params))).body
    end
    assert.is_truthy(body({san = {}}):find(',"san":[]', 1, true))
    assert.is_nil(body({}):find("san", 1, true))
    assert.is_nil(body({san = cjson.null}):find("san", 1, true))
  end)

  it("sends booleans as booleans", function()
    local client = realtimeregister()
    for given, sent in pairs {[true] = "true", [false] = "false", ["true"] = "true", ["false"] = "false"} do
      local request = assert(client:encode("reissue", with(base, {authKey = given})))
      assert.equal(',"authKey":' .. sent .. "}", request.body:match(',"authKey".*$'))
    end
  end)

  it("asks for a quote in the query, and knows that a quote does nothing", function()
    local client = realtimeregister()
    local quote = assert(client:encode("reissue", with(base, {quote = true})))
    assert.equal("https://api.yoursrs.com/v2/ssl/certificates/7/reissue?quote=true", quote.url)
    assert.is_nil(quote.body:find("quote", 1, true))
    assert.equal("read", quote.effect)
    local order = assert(client:encode("reissue", with(base, {quote = false})))
    assert.is_truthy(order.effect == "change" or order.effect == "purchase", order.effect)
    assert.equal("read", assert(client:encode("renew", with(base, {period = 12, quote = "true"}))).effect)
    assert.equal("purchase", assert(client:encode("renew", with(base, {period = 12}))).effect)
  end)

  it("puts certificateId into the path, and nothing that is not a positive integer", function()
    local client = realtimeregister()
    for given, sent in pairs {[7] = "7", ["7"] = "7", ["9007199254740992"] = "9007199254740992"} do
      local request = assert(client:encode("reissue", {certificateId = given, csr = csr}))
      assert.equal("https://api.yoursrs.com/v2/ssl/certificates/" .. sent .. "/reissue", request.url)
      assert.is_nil(request.body:find("certificateId", 1, true))
    end
    for _, id in ipairs {
      0,
      -1,
      "-7",
      1.5,
      "1.5",
      2 ^ 64,
      "18446744073709551616",
      ("9"):rep(40),
      "7/../8",
      "7?x=1",
      "",
      "seven",
      true,
      {7},
    } do
      assert.is_truthy(faults(client, "reissue", {certificateId = id, csr = csr}).certificateId, tostring(id))
    end
  end)

  it("checks the approver", function()
    local client = realtimeregister()
    local ann = {firstName = "Ann", lastName = "Lee", email = "ann@example.com", voice = "+1.5551234"}
    local function approver(changes, drop)
      local changed = with(ann, changes)
      if drop then
        changed[drop] = nil
      end
      return faults(client, "reissue", with(base, {approver = changed}))
    end
    assert.same({}, approver {})
    for _, name in ipairs {"firstName", "lastName", "email", "voice"} do
      assert.equal("missing", approver({}, name)["approver." .. name])
    end
    for _, name in ipairs {"firstName", "lastName", "jobTitle"} do
      assert.same({}, approver {[name] = two_byte(40)})
      assert.equal("too_long", approver({[name] = two_byte(41)})["approver." .. name])
      assert.equal("too_short", approver({[name] = ""})["approver." .. name])
    end
    assert.same({}, approver {email = mail(255), voice = "+1.12345678901234"})
    assert.same({}, approver {email = "a@b.cd", voice = "+1.1"})
    assert.equal("too_long", approver({email = mail(256)})["approver.email"])
    assert.equal("too_long", approver({voice = "+12.12345678901234"})["approver.voice"])
    assert.equal("bad_format", approver({voice = "+1.555 1234"})["approver.voice"])
    assert.same({}, approver {jobTitle = cjson.null})
    local found, err = approver({phone = "+1.5551234"})
    assert.equal("unknown_param", found["approver.phone"])
    assert.equal("approver.phone", err.param)
    assert.equal("missing", faults(client, "reissue", with(base, {approver = {}}))["approver.email"])
  end)

  it("checks each dcv entry, and wants an address for EMAIL", function()
    local client = realtimeregister()
    local function dcv(...)
      return faults(client, "reissue", with(base, {dcv = {...}}))
    end
    assert.same(
      {},
      dcv({commonName = "example.com", type = "DNS"}, {commonName = "a.bc", type = "FILE", email = cjson.null})
    )
    assert.same({}, dcv({commonName = "*.example.com", type = "EMAIL", email = "admin@example.com"}))
    assert.same(
      {["dcv[2].email"] = "missing"},
      dcv({commonName = "example.com", type = "DNS"}, {commonName = "www.example.com", type = "EMAIL"})
    )
    assert.same({["dcv[1].commonName"] = "missing", ["dcv[1].type"] = "missing"}, dcv({}))
    assert.equal("not_allowed", dcv({commonName = "example.com", type = "HTTP"})["dcv[1].type"])
    assert.equal("bad_format", dcv({commonName = "Example.com", type = "DNS"})["dcv[1].commonName"])
    assert.equal("too_long", dcv({commonName = host(256), type = "DNS"})["dcv[1].commonName"])
    assert.equal("too_long", dcv({commonName = "example.com", type = "EMAIL", email = mail(256)})["dcv[1].email"])
    assert.equal(
      "unknown_param",
      dcv({commonName = "example.com", type = "DNS", status = "WAITING"})["dcv[1].status"]
    )
    assert.equal("bad_type", dcv("example.com")["dcv[1]"])
  end)

  it("escapes JSON strings, and nothing else", function()
    local client = realtimeregister()
    local function department(value)
      local body = assert(client:encode("reissue", with(base, {department = value}))).body
      return body:match('"department":(.*)}$')
    end
    assert.equal([["a\"b\\c/d"]], department('a"b\\c/d'))
    assert.equal('"é€\240\159\152\128<>&\127"', department("é€\240\159\152\128<>&\127"))
    for byte = 1, 31 do
      local sent = department("a" .. string.char(byte) .. "b")
      assert.equal("a" .. string.char(byte) .. "b", cjson.decode("[" .. sent .. "]")[1])
      assert.is_nil(sent:find("%c"))
    end
  end)
end)

-- https://dm.realtimeregister.com/docs/api/ssl/renew
describe("realtimeregister renew", function()
  local base = {certificateId = 7, csr = csr, period = 12}
  check_table(realtimeregister, "renew", base, {
    {name = "certificateId", type = "integer", required = true},
    {name = "period", type = "integer", required = true}, {name = "csr", type = "string", required = true},
    {name = "product", type = "string"}, {name = "quote", type = "boolean"},
  })

  it("counts the period in whole months", function()
    for _, period in ipairs {0, -12, "0"} do
      assert.is_truthy(faults(realtimeregister(), "renew", with(base, {period = period})).period, tostring(period))
    end
    local request = assert(realtimeregister():encode("renew", with(base, {period = "36"})))
    assert.is_truthy(request.body:find('"period":36', 1, true))
  end)

  it("knows neither customer nor country", function()
    for _, name in ipairs {"customer", "country"} do
      assert.equal("unknown_param", faults(realtimeregister(), "renew", with(base, {[name] = "NL"}))[name])
    end
  end)
end)

describe("realtimeregister get and processInfo", function()
  check_table(
    realtimeregister,
    "get",
    {certificateId = 7},
    {{name = "certificateId", type = "integer", required = true}}
  )
  check_table(
    realtimeregister,
    "processInfo",
    {processId = 7},
    {{name = "processId", type = "integer", required = true}}
  )
end)
