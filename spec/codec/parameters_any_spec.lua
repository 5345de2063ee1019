-- What holds for the parameters of every call.
local fixture = require "spec.support.fixture"
local page = require "spec.support.page"

local csr, faults = fixture.csr, fixture.faults
local with = page.with

local function namecheap(options)
  return fixture.client("namecheap", options)
end

local function classic(options)
  return fixture.client("namecheap", with({edition = "classic"}, options or {}))
end

local function realtimeregister(options)
  return fixture.client("realtimeregister", options)
end

describe("a signing request", function()
  local KEY =
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIFfakekeyfakekeyfakekeyfakekey\n-----END PRIVATE KEY-----\n"
  local RSA = KEY:gsub("PRIVATE", "RSA PRIVATE")

  local calls = {
    {namecheap, "reissue", "CSR", {CertificateID = 953413, HTTPDCValidation = true}},
    {classic, "reissue", "csr", {CertificateID = 953413}},
    {realtimeregister, "reissue", "csr", {certificateId = 7}},
    {realtimeregister, "renew", "csr", {certificateId = 7, period = 12}},
  }

  for _, call in ipairs(calls) do
    local open, method, name, base = call[1], call[2], call[3], call[4]

    it(("is no private key, and a key is not repeated in the error (%s, %s)"):format(method, name), function()
      for _, value in ipairs {KEY, RSA, csr .. "\n" .. KEY, KEY .. csr} do
        local found, err = faults(open(), method, with(base, {[name] = value}))
        assert.equal("bad_format", found[name])
        assert.is_false(fixture.leaks(err, "fakekey"))
        assert.is_false(fixture.leaks(err, "MC4CAQ"))
      end
    end)

    it(("has real line breaks and its frame (%s, %s)"):format(method, name), function()
      local found, err = faults(open(), method, with(base, {[name] = csr:gsub("\n", "\\n")}))
      assert.equal("bad_format", found[name])
      assert.is_truthy(err.message:find("line break", 1, true) or err.errors[#err.errors].message, err.message)
      for _, value in ipairs {
        "x",
        csr:gsub("BEGIN", "BEGUN"),
        csr:gsub("REQUEST", "REQUEST", 1):sub(1, -10),
        csr:sub(37),
      } do
        assert.equal("bad_format", faults(open(), method, with(base, {[name] = value}))[name], value)
      end
      assert.is_nil(faults(open(), method, with(base, {[name] = csr .. "\n"}))[name])
      assert.is_nil(faults(open(), method, with(base, {[name] = csr:gsub("\n", "\r\n")}))[name])
      local new = csr:gsub("BEGIN CERT", "BEGIN NEW CERT"):gsub("END CERT", "END NEW CERT")
      assert.is_nil(faults(open(), method, with(base, {[name] = new}))[name])
    end)
  end
end)

describe("parameters of any call", function()
  it("may be no table at all: nothing is sent", function()
    for _, provider in ipairs {"namecheap", "realtimeregister"} do
      local request, err = fixture.client(provider):encode("renew", {})
      assert.is_nil(request)
      assert.equal("missing", err.code)
    end
  end)

  it("are refused when nested too deeply or in a circle, without a crash", function()
    local client = realtimeregister()
    local circle = {}
    circle[1] = circle
    local ring = {firstName = "Ann"}
    ring.lastName = ring
    local deep = {}
    for _ = 1, 10000 do
      deep = {deep}
    end
    -- Walked to the end of every way these would take for ever.
    local fan, rings = {}, {a = 1}
    fan[1], fan[2] = fan, fan
    rings.b, rings.c = rings, rings
    for name, value in pairs {san = circle, approver = ring, dcv = deep, city = fan, language = rings} do
      local request, err = client:encode("reissue", {certificateId = 7, csr = csr, [name] = value})
      assert.is_nil(request)
      assert.equal("invalid", err.class)
      assert.equal("not_sent", err.outcome)
    end
  end)

  it("are refused with holes or mixed keys in a list", function()
    local client = realtimeregister()
    for _, san in ipairs {
      {[2] = "example.com"}, {"example.com", [3] = "example.org"}, {"example.com", extra = "example.org"},
      {[0] = "example.com"}, {[1.5] = "example.com"}, {[true] = "example.com"},
    } do
      local request, err = client:encode("reissue", {certificateId = 7, csr = csr, san = san})
      assert.is_nil(request)
      assert.equal("invalid", err.class)
    end
  end)

  it("have names: a table without them is refused", function()
    for _, provider in ipairs {"namecheap", "realtimeregister"} do
      local client = fixture.client(provider)
      for _, params in ipairs {{"x"}, {[true] = "y"}, {[1] = "x", Years = 1}, {[1.5] = 1}} do
        local request, err = client:encode("renew", params)
        assert.is_nil(request)
        assert.equal("invalid", err.class)
        assert.equal("not_sent", err.outcome)
      end
    end
  end)

  it("may be many and long: each is told, none is repeated", function()
    local params = {}
    for i = 1, 500 do
      params["nonsense" .. i] = ("x"):rep(1000)
    end
    params[("n"):rep(5000)] = "x"
    local request, err = fixture.client("namecheap"):encode("renew", params)
    assert.is_nil(request)
    assert.equal(504, #err.errors)
    for _, fault in ipairs(err.errors) do
      assert.is_true(#fault.message < 300, fault.message)
    end
  end)

  it("that share a table many times over are refused before all of it is walked", function()
    local list = {"example.com"}
    for _ = 1, 25 do
      list = {list, list}
    end
    local started = os.clock()
    local request, err = realtimeregister():encode("reissue", {certificateId = 7, csr = csr, san = list})
    assert.is_nil(request)
    assert.equal("too_large", err.code)
    assert.is_true(os.clock() - started < 2)
  end)

  it("of an unknown method are refused with the nearest one", function()
    local request, err = fixture.client("namecheap"):encode("renw", {})
    assert.is_nil(request)
    assert.equal("invalid", err.class)
    assert.equal("unknown_method", err.code)
    assert.is_truthy(err.message:find("renew", 1, true))
  end)
end)
