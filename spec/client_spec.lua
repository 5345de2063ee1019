-- The client: its options, its secrets, and what it makes of transports of every kind.
local reseal = require "reseal"
local fixture = require "spec.support.fixture"

local function answering(...)
  local answers = {...}
  return function()
    return answers[1], answers[2]
  end
end

local RENEWAL = {CertificateID = 501904, Years = 1, SSLType = "PositiveSSL"}
local KEY = fixture.accounts.namecheap.api_key

-- The answer that https://www.namecheap.com/support/api/methods/ssl/renew/ prints.
local RENEWED = fixture.xml {
  command = "namecheap.ssl.renew",
  result = '<SSLRenewResult CertificateID="123456" SSLType="PositiveSSL" Years="1" OrderId="1234567"'
    .. ' TransactionId="1234567" ChargedAmount="9.0000"/>',
}

local function client(transport, options)
  options = options or {}
  options.transport, options.sleep = transport, options.sleep or function() end
  return fixture.client("namecheap", options)
end

describe("a client's options", function()
  it("are all checked at once, and the nearest names suggested", function()
    local nc, err = reseal.namecheap {
      api_user = "apiexample", api_kee = "x", client_ip = "not an address", timeout = 0, connect_timout = 5,
      retries = 1.5, transport = "curl",
    }
    assert.is_nil(nc)
    assert.equal("invalid", err.class)
    assert.equal("not_sent", err.outcome)
    assert.equal("never", err.retry)
    local faults = {}
    for _, fault in ipairs(err.errors) do
      faults[fault.param] = fault.code .. ": " .. fault.message
    end
    assert.equal("missing", faults.api_key:match("^[^:]+"))
    assert.equal("bad_format", faults.client_ip:match("^[^:]+"))
    assert.equal("bad_type", faults.timeout:match("^[^:]+"))
    assert.equal("bad_type", faults.retries:match("^[^:]+"))
    assert.equal("bad_type", faults.transport:match("^[^:]+"))
    assert.is_truthy(faults.api_kee:find("^unknown_param.*api_key"))
    assert.is_truthy(faults.connect_timout:find("^unknown_param.*connect_timeout"))
    assert.equal(7, #err.errors)
  end)

  it("refuse what can't be a time", function()
    for _, timeout in ipairs {-1, 0, 0 / 0, math.huge, "60", true} do
      local nc, err = fixture.open("namecheap", {timeout = timeout})
      assert.is_nil(nc)
      assert.equal("timeout", err.param)
    end
  end)

  it("reach the transport", function()
    local seen
    local nc = client(function(_, limits)
      seen = limits
      return RENEWED
    end, {timeout = 7, connect_timeout = 0.5, max_body = 1000})
    assert(nc:renew(RENEWAL))
    assert.same({timeout = 7, connect_timeout = 0.5, max_body = 1000, fresh = true}, seen)
  end)

  it("let a read use a kept connection", function()
    local fresh
    local nc = client(function(_, limits)
      fresh = limits.fresh
      return nil, {code = "closed", message = "lost", sent = true}
    end, {retries = 0})
    nc:getInfo {CertificateID = 501904}
    assert.is_false(fresh)
  end)

  it("raise only when they are no table", function()
    assert.has_error(function()
      reseal.namecheap()
    end)
  end)
end)

describe("a key", function()
  it("is nowhere in the client", function()
    local nc = client(function() end)
    assert.is_nil(nc.api_key)
    assert.is_nil(next(nc))
    assert.equal("string", type(getmetatable(nc)))
    assert.is_nil(tostring(nc):find(KEY, 1, true))
    assert.is_truthy(tostring(nc):find("namecheap", 1, true))
  end)

  it("shows the endpoint with the client's name", function()
    local nc = fixture.client("namecheap", {endpoint = "http://127.0.0.1:8089"})
    assert.is_truthy(tostring(nc):find("http://127.0.0.1:8089", 1, true))
  end)

  it("may be given by a function, asked before every call", function()
    local asked = 0
    local nc = fixture.client("namecheap", {api_key = function()
      asked = asked + 1
      return "key" .. asked .. "00000000000000000000"
    end})
    assert.equal(0, asked)
    assert.is_truthy(assert(nc:encode("renew", RENEWAL)).body:find("key100000000000000000000", 1, true))
    assert.is_truthy(assert(nc:encode("renew", RENEWAL)).body:find("key200000000000000000000", 1, true))
  end)

  it("is missing when its function fails, whose words are not repeated", function()
    for _, giver in ipairs {
      function() error("can't give " .. KEY) end,
      function() return nil, KEY end,
      function() return {KEY} end,
      function() return KEY .. ("x"):rep(100) end,
    } do
      local nc = fixture.client("namecheap", {api_key = giver, transport = function()
        error("must not be sent")
      end})
      local r, err = nc:renew(RENEWAL)
      assert.is_nil(r)
      assert.equal("invalid", err.class)
      assert.equal("not_sent", err.outcome)
      assert.equal("api_key", err.param)
      assert.is_false(fixture.leaks(err, KEY))
    end
  end)

  it("is masked in what a transport says", function()
    local key = "0+/" .. KEY
    for _, transport in ipairs {
      function(request) error("I choked on " .. request.body) end,
      function(request) return nil, {code = "closed", message = "lost " .. request.body, sent = true} end,
      function() return nil, "lost " .. key end,
    } do
      local nc = client(transport, {api_key = key})
      local _, err = nc:renew(RENEWAL)
      assert.equal("transport", err.class)
      assert.is_false(fixture.leaks(err, KEY))
    end
  end)
end)

describe("a client's methods", function()
  it("are those of the description", function()
    for _, provider in ipairs(reseal.describe()) do
      local account = fixture.client(provider)
      for _, method in ipairs(reseal.describe(provider)) do
        assert.equal("function", type(account[method]), provider .. " " .. method)
      end
      assert.is_nil(account.renewal)
    end
  end)

  it("go by name too", function()
    local nc = client(function(request)
      assert.equal("purchase", request.effect)
      return RENEWED
    end)
    local r = assert(nc:call("renew", RENEWAL))
    assert.equal(123456, r.CertificateID)
    assert.equal("9.0000", r.ChargedAmount)
  end)

  it("are refused with the nearest name when there is no such method", function()
    local nc = client(function()
      error("must not be sent")
    end)
    local r, err = nc:call("reisue", {})
    assert.is_nil(r)
    assert.equal("invalid", err.class)
    assert.equal("unknown_method", err.code)
    assert.is_truthy(err.message:find("reissue", 1, true))
    r, err = nc:decode("reisue", {status = 200, body = ""})
    assert.is_nil(r)
    assert.equal("unknown_method", err.code)
  end)

  it("report every fault and send nothing", function()
    local nc = client(function()
      error("must not be sent")
    end)
    local r, err = nc:renew {CertificateId = 1, Yaers = 1}
    assert.is_nil(r)
    assert.equal("invalid", err.class)
    assert.is_true(#err.errors >= 3)
    assert.equal("namecheap", err.provider)
    assert.equal("renew", err.method)
    for _, fault in ipairs(err.errors) do
      assert.is_truthy(tostring(err):find(fault.message, 1, true))
    end
  end)

  it("raise for a programmer's mistake", function()
    local nc = client(function() end)
    assert.has_error(function() nc.renew(RENEWAL) end)
    assert.has_error(function() nc:renew("501904") end)
    assert.has_error(function() nc:call(nil, RENEWAL) end)
    assert.has_error(function() nc:renewal(RENEWAL) end)
  end)
end)

describe("a failure", function()
  it("reads as text", function()
    local nc = client(function()
      return fixture.xml {
        command = "namecheap.ssl.renew", errors = {{code = 2011170, text = "Promotion code is expired"}},
        result = '<SSLRenewResult CertificateID="0" Years="0" OrderId="0" TransactionId="0" ChargedAmount="0"/>',
      }
    end)
    local _, err = nc:renew(RENEWAL)
    assert.equal("namecheap renew: 2011170 Promotion code is expired (refused)", tostring(err))
    assert.equal("so: " .. tostring(err) .. "!", "so: " .. err .. "!")
  end)

  it("is one for unknown providers and methods too", function()
    local r, err = reseal.describe("godaddy")
    assert.is_nil(r)
    assert.equal("invalid", err.class)
    assert.is_truthy(tostring(err):find("godaddy", 1, true))
    r, err = reseal.describe("namecheap", "nothing")
    assert.is_nil(r)
    assert.equal("invalid", err.class)
    r, err = reseal.errors("godaddy")
    assert.is_nil(r)
    assert.equal("invalid", err.class)
  end)
end)

describe("a transport", function()
  local function lost(sent)
    return function()
      return nil, {code = "closed", message = "The connection was closed.", sent = sent}
    end
  end
  local CASES = {
    {"lost before anything left", lost(false), "closed", "not_sent", "not_sent"},
    {"lost after something left", lost(true), "closed", "unknown", "refused"},
    {"lost without saying when", lost(nil), "closed", "unknown", "refused"},
    {"lost with a `sent` that is no boolean", lost("no"), "closed", "unknown", "refused"},
    {"that raises", function() error("oops") end, "transport", "unknown", "refused"},
    {"that raises nothing", function() error() end, "transport", "unknown", "refused"},
    {"that returns nothing", answering(), "transport", "unknown", "refused"},
    {"that returns a text for an error", answering(nil, "timeout"), "transport", "unknown", "refused"},
    {"that returns a number", answering(200), "transport", "unknown", "refused"},
    {"that returns no status", answering {headers = {}, body = ""}, "transport", "unknown", "refused"},
    {"that returns half a status", answering {status = 200.5}, "transport", "unknown", "refused"},
    {"that returns headers of text", answering {status = 200, headers = "x"}, "transport", "unknown", "refused"},
    {"that returns a body of numbers", answering {status = 200, body = 5}, "transport", "unknown", "refused"},
  }
  for _, case in ipairs(CASES) do
    it(case[1], function()
      local nc = client(case[2], {retries = 0})
      for method, outcome in pairs {renew = case[4], getInfo = case[5]} do
        local r, err = nc:call(method, method == "renew" and RENEWAL or {CertificateID = 501904})
        assert.is_nil(r)
        assert.equal("transport", err.class)
        assert.equal(case[3], err.code)
        assert.equal(outcome, err.outcome)
        assert.equal("string", type(err.message))
        if outcome == "unknown" then
          assert.equal("never", err.retry)
        end
      end
    end)
  end

  it("may leave out headers and body", function()
    local _, err = client(function() return {status = 200} end):renew(RENEWAL)
    assert.equal("protocol", err.class)
    assert.equal("empty", err.code)
    assert.equal("unknown", err.outcome)
  end)

  it("that returned a whole answer leads to the result", function()
    local r = assert(client(function() return RENEWED end):renew(RENEWAL))
    assert.equal(123456, r.CertificateID)
    assert.equal(200, r.meta.http_status)
  end)
end)

describe("decode", function()
  it("takes no answer for what a lost one is", function()
    local nc = client(function() end)
    local r, err = nc:decode("renew", nil)
    assert.is_nil(r)
    assert.equal("transport", err.class)
    assert.equal("unknown", err.outcome)
    r, err = nc:decode("getInfo", nil)
    assert.is_nil(r)
    assert.equal("refused", err.outcome)
  end)

  it("knows from the request that a quote changes nothing", function()
    local rr = fixture.client("realtimeregister")
    local request = assert(rr:encode("reissue", {certificateId = 7, csr = fixture.csr, quote = true}))
    assert.equal("read", request.effect)
    local _, err = rr:decode("reissue", fixture.json(200, "{"), request)
    assert.equal("refused", err.outcome)
    _, err = rr:decode("reissue", fixture.json(200, "{"))
    assert.equal("unknown", err.outcome)
  end)
end)
