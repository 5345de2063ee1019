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
  it("are not repeated where the key stands among their names", function()
    local key = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    local none, err = reseal.namecheap {
      api_user = "u", api_key = key, client_ip = "192.0.2.1", [key] = true, ["x" .. key] = 1, api_kye = "y",
    }
    assert.is_nil(none)
    assert.equal(3, #err.errors)
    for _, fault in ipairs(err.errors) do
      assert.equal("unknown_param", fault.code)
      assert.is_nil((fault.message .. fault.param):find(key, 1, true))
    end
    assert.is_truthy(tostring(err):find("api_kye; api_key is nearest", 1, true))
  end)

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

describe("close", function()
  it("may come twice; what is called after it is refused, and not sent", function()
    local sent = 0
    local nc = client(function()
      sent = sent + 1
      return RENEWED
    end)
    assert(nc:renew(RENEWAL))
    nc:close()
    nc:close()
    local list = nc:each("getList", {})
    assert.has_no_error(function() for _ in list do error("a row") end end)
    for _, refused in ipairs {
      {nc:renew(RENEWAL)}, {nc:call("getInfo", {CertificateID = 1})}, {nc:encode("renew", RENEWAL)}, {nil, list.err},
    } do
      assert.is_nil(refused[1])
      local err = refused[2]
      assert.same({"invalid", "client_closed", "not_sent", "never", "namecheap"},
        {err.class, err.code, err.outcome, err.retry, err.provider})
    end
    assert.equal(1, sent)
    assert.is_truthy(tostring(nc):find("closed", 1, true))
  end)

  it("says of an answer that comes after it only what is certain", function()
    local nc = client(function() end)
    nc:close()
    local _, err = nc:decode("renew", RENEWED)
    assert.same({"client_closed", "unknown"}, {err.code, err.outcome})
    _, err = nc:decode("getInfo", RENEWED)
    assert.same({"client_closed", "refused"}, {err.code, err.outcome})
  end)

  it("lets calls end that are under way", function()
    local nc
    nc = client(function(request)
      nc:close()
      assert(request.body:find(KEY, 1, true))
      return RENEWED
    end)
    assert.equal(123456, assert(nc:renew(RENEWAL)).CertificateID)
    local _, err = nc:renew(RENEWAL)
    assert.equal("client_closed", err.code)

    local other, given = nil, 0
    other = fixture.client("namecheap", {transport = function() return RENEWED end, api_key = function()
      given = given + 1
      other:close()
      return KEY
    end})
    assert(other:renew(RENEWAL))
    _, err = other:renew(RENEWAL)
    assert.same({"client_closed", 1}, {err.code, given})
  end)

  it("is called with a colon", function()
    local nc = client(function() end)
    assert.has_error(function() nc.close() end)
    assert(nc:encode("renew", RENEWAL))
  end)

  if _VERSION >= "Lua 5.4" then
    it("comes by itself at the end of a block of Lua 5.4", function()
      local nc = client(function() end)
      local block = assert(load("local nc <close> = ...; assert(nc:encode('getInfo', {CertificateID = 1}))"))
      block(nc)
      local _, err = nc:encode("getInfo", {CertificateID = 1})
      assert.equal("client_closed", err.code)
    end)
  end
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
    nc:close()
    assert.is_truthy(tostring(nc):find("http://127.0.0.1:8089, closed", 1, true))
    assert.is_truthy(tostring(fixture.client("realtimeregister")):find("https://api.yoursrs.com", 1, true))
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
      function(request) return nil, {code = request.body, message = "lost", sent = true} end,
      function() return nil, "lost " .. key:gsub("%W", function(c) return ("%%%02x"):format(c:byte()) end) end,
      function() error(setmetatable({}, {__tostring = function() return "bad " .. key end})) end,
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
  -- A table that raises whatever is done with it.
  local function refuse()
    error("no")
  end
  local RAISING = setmetatable({}, {
    __index = refuse, __newindex = refuse, __len = refuse, __pairs = refuse, __tostring = refuse, __concat = refuse,
    __eq = refuse, __call = refuse,
  })

  --- A table whose fields can be read once.
  local function once(fields)
    return setmetatable({}, {__index = function(_, name)
      local value = fields[name]
      fields[name] = nil
      return value
    end})
  end

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
    {"that returns a status beyond all", answering {status = 1e300}, "transport", "unknown", "refused"},
    {"that returns a status that is no number", answering {status = 0 / 0}, "transport", "unknown", "refused"},
    {"that returns a status of text", answering {status = "200"}, "transport", "unknown", "refused"},
    {"that returns true", answering(true), "transport", "unknown", "refused"},
    {"whose response can't be read", answering(RAISING), "transport", "unknown", "refused"},
    {"whose response has a status that is read once", function() return once {status = 200} end, "empty", "unknown",
      "refused"},
    {"whose failure can't be read", answering(nil, RAISING), "transport", "unknown", "refused"},
    {"whose failure is a number", answering(nil, 5), "transport", "unknown", "refused"},
    {"whose failure has odd fields", answering(nil, {code = {}, message = 5, sent = 0}), "transport", "unknown",
      "refused"},
    {"that raises what can't be shown", function() error(RAISING) end, "transport", "unknown", "refused"},
    {"that raises what shows no text", function() error(setmetatable({}, {__tostring = function() return 5 end})) end,
      "transport", "unknown", "refused"},
    {"that raises a coroutine", function() error(coroutine.create(print)) end, "transport", "unknown", "refused"},
    {"that raises false", function() error(false) end, "transport", "unknown", "refused"},
    {"with the standing of a failure that was not sent, and an answer's head",
      answering(nil, {code = "closed", message = "Lost.", sent = false, status = 200, headers = {}}), "closed",
      "unknown", "refused"},
  }
  for _, case in ipairs(CASES) do
    it(case[1], function()
      local nc = client(case[2], {retries = 0})
      for method, outcome in pairs {renew = case[4], getInfo = case[5]} do
        local r, err = nc:call(method, method == "renew" and RENEWAL or {CertificateID = 501904})
        assert.is_nil(r)
        assert.equal(case[3] == "empty" and "protocol" or "transport", err.class)
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

  it("that hands on odd headers leads to the result all the same", function()
    for _, headers in ipairs {
      {"X-Process-Id: 5", [2.5] = "x", [true] = "y", [{}] = {}},
      {X = RAISING, Y = {RAISING}, Z = refuse, N = 0 / 0},
      setmetatable({["Content-Type"] = "text/xml"}, getmetatable(RAISING)),
      {["X-Many"] = setmetatable({"a", "b"}, getmetatable(RAISING))},
    } do
      local answer = {status = 200, headers = headers, body = RENEWED.body}
      local r = assert(client(function() return answer end):renew(RENEWAL))
      assert.equal(123456, r.CertificateID)
    end
  end)

  it("can't change what a request does", function()
    local sent = 0
    local nc = client(function(request)
      sent = sent + 1
      request.effect = "read"
      return nil, {code = "closed", message = "Lost.", sent = true}
    end, {retries = 3})
    local _, err = nc:renew(RENEWAL)
    assert.same({1, "unknown", "never"}, {sent, err.outcome, err.retry})
  end)

  it("can't change what is sent the next time", function()
    local seen = {}
    local nc = client(function(request, limits)
      local headers = {}
      for name, value in pairs(request.headers) do
        headers[name] = value
      end
      seen[#seen + 1] = {request.method, request.url, request.body, request.effect, headers, limits.max_body,
        limits.timeout, limits.fresh}
      request.method, request.url, request.body, request.effect = "PUT", "http://127.0.0.1:1/", "nothing", "purchase"
      for name in pairs(request.headers) do
        request.headers[name] = "changed"
      end
      limits.max_body, limits.timeout, limits.fresh = 1, 1, true
      request.headers = nil
      return nil, {code = "closed", message = "Lost.", sent = true}
    end)
    nc:getInfo {CertificateID = 501904}
    assert.equal(3, #seen)
    assert.same(seen[1], seen[2])
    assert.same(seen[1], seen[3])
    assert.is_truthy(next(seen[1][5]))
  end)

  it("that returned a whole answer leads to the result", function()
    local r = assert(client(function() return RENEWED end):renew(RENEWAL))
    assert.equal(123456, r.CertificateID)
    assert.equal(200, r.meta.http_status)
  end)
end)

describe("an answer that is cut in its body", function()
  local function cut(fields)
    local reason = {code = "closed", message = "The peer went away", sent = true, status = 202, received = 4,
      headers = {["X-Process-Id"] = "31337"}}
    for name, value in pairs(fields or {}) do
      reason[name] = value
    end
    return reason
  end

  local function lost(reason, options)
    options = options or {}
    options.transport, options.sleep = function() return nil, reason end, function() end
    return fixture.client("realtimeregister", options)
  end

  local ORDER = {certificateId = 7, period = 12, csr = fixture.csr}

  it("names the order all the same", function()
    local r, err = lost(cut()):renew(ORDER)
    assert.is_nil(r)
    assert.same({"transport", "closed", "unknown", "never", 202, 31337, 4},
      {err.class, err.code, err.outcome, err.retry, err.http_status, err.handle, err.received})
    assert.equal(4, err.offset)
    assert.is_truthy(err.message:find("^The peer went away: .* at byte 4 .*31337"))
    assert.is_truthy(tostring(err):find("31337", 1, true))
    assert.equal(err.message, err.errors[1].message)
    assert.equal("closed", err.errors[1].code)
    for _, headers in ipairs {
      {["x-process-id"] = "31337"}, {["X-PROCESS-ID"] = {"31337"}}, {["X-Process-Id"] = 31337},
    } do
      err = select(2, lost(cut {headers = headers}):renew(ORDER))
      assert.equal(31337, err.handle)
    end
  end)

  it("is a read's failure like another, which is repeated", function()
    local reason = cut {code = "timeout", status = 503, headers = {["Retry-After"] = "17"}}
    local sent = 0
    local rr = fixture.client("realtimeregister", {retries = 1, sleep = function() end, transport = function()
      sent = sent + 1
      return nil, reason
    end})
    local _, err = rr:get {certificateId = 7}
    assert.same({"transport", "timeout", "refused", "later", 503, 17, 2},
      {err.class, err.code, err.outcome, err.retry, err.http_status, err.retry_after, err.attempts})
    assert.equal(2, sent)
    reason.code = "too_large"
    _, err = rr:get {certificateId = 7}
    assert.same({"too_large", "never", 3}, {err.code, err.retry, sent})
    assert.is_nil(err.advice)
  end)

  it("may be told in odd ways, which are ignored", function()
    for _, odd in ipairs {
      {status = "202"}, {status = 202.5}, {status = 1e300}, {status = 0 / 0}, {status = 99}, {status = 103},
      {status = 1000}, {status = true}, {status = {}},
    } do
      local _, err = lost(cut(odd)):renew(ORDER)
      assert.same({"transport", "closed", "unknown", "never"}, {err.class, err.code, err.outcome, err.retry})
      assert.same({}, {err.http_status, err.handle, err.received})
    end
    for _, odd in ipairs {{headers = "X-Process-Id: 5"}, {headers = 5}, {headers = {"X-Process-Id: 5", [{}] = "x"}}} do
      local _, err = lost(cut(odd)):renew(ORDER)
      assert.same({"closed", "unknown", 202}, {err.code, err.outcome, err.http_status})
      assert.is_nil(err.handle)
    end
    for _, received in ipairs {"4", -1, 0.5, 0 / 0, 1 / 0, {}} do
      local _, err = lost(cut {received = received}):renew(ORDER)
      assert.equal(31337, err.handle)
      assert.is_nil(err.received)
    end
    local _, err = lost(cut {code = {}, message = {}}):renew(ORDER)
    assert.same({"transport", 31337}, {err.code, err.handle})
    assert.equal("string", type(err.message))
  end)

  it("is told to decode as the transport tells it", function()
    local rr = fixture.client("realtimeregister")
    local _, err = rr:decode("renew", nil, nil, cut())
    assert.same({"transport", "closed", "unknown", 31337}, {err.class, err.code, err.outcome, err.handle})
    local request = assert(rr:encode("renew", {certificateId = 7, period = 12, csr = fixture.csr, quote = true}))
    _, err = rr:decode("renew", nil, request, cut {headers = {}})
    assert.same({"refused", 202}, {err.outcome, err.http_status})
    _, err = rr:decode("renew", nil, {effect = "none"}, {code = "connect", message = "No.", sent = false})
    assert.same({"connect", "not_sent"}, {err.code, err.outcome})
  end)
end)

-- In schedulers of coroutines. pcall of Lua 5.1 lets nothing yield.
describe("what yields", function()
  --- Runs `act` in a coroutine; what it yields, and what it returns.
  local function run(act)
    local yielded, thread, given = {}, coroutine.create(act), nil
    while true do
      local told = {coroutine.resume(thread, given)}
      assert(told[1], told[2])
      if coroutine.status(thread) == "dead" then
        return yielded, told[2], told[3]
      end
      yielded[#yielded + 1] = told[2]
      given = "answer " .. #yielded
    end
  end

  it("may be a transport, the giver of a secret and the sleep between", function()
    local heard, sent = {}, 0
    local nc = fixture.client("namecheap", {
      api_key = function()
        heard[#heard + 1] = coroutine.yield("key")
        return KEY
      end,
      transport = function()
        heard[#heard + 1] = coroutine.yield("send")
        heard[#heard + 1] = coroutine.yield("receive")
        sent = sent + 1
        if sent == 1 then
          return {status = 405, headers = {}, body = ""}
        end
        return RENEWED
      end,
      sleep = function()
        heard[#heard + 1] = coroutine.yield("sleep")
      end,
    })
    local yielded, r, err = run(function() return nc:renew(RENEWAL) end)
    assert.is_nil(err)
    assert.equal(123456, r.CertificateID)
    assert.same({"key", "send", "receive", "sleep", "send", "receive"}, yielded)
    assert.same({"answer 1", "answer 2", "answer 3", "answer 4", "answer 5", "answer 6"}, heard)
  end)

  it("may raise as well", function()
    local nc = client(function()
      coroutine.yield("send")
      error("oops")
    end)
    local yielded, r, err = run(function() return nc:renew(RENEWAL) end)
    assert.same({"send"}, yielded)
    assert.is_nil(r)
    assert.same({"transport", "unknown"}, {err.class, err.outcome})
    assert.is_truthy(err.message:find("oops", 1, true))
  end)

  it("keeps calls at the same time apart, and is waited for by close", function()
    local nc = client(function(request)
      local id = request.body:match("CertificateID=(%d+)")
      coroutine.yield(id)
      return {status = 200, headers = {}, body = (RENEWED.body:gsub("123456", id, 1))}
    end)
    local threads, results = {}, {}
    for id = 1, 20 do
      threads[id] = coroutine.create(function()
        results[id] = assert(nc:renew {CertificateID = id, Years = 1, SSLType = "PositiveSSL"}).CertificateID
      end)
      assert(coroutine.resume(threads[id]))
    end
    nc:close()
    for id = 20, 1, -1 do
      assert(coroutine.resume(threads[id]))
      assert.equal(id, results[id])
    end
    local _, err = nc:renew(RENEWAL)
    assert.equal("client_closed", err.code)
  end)

  it("need not run in a coroutine", function()
    local nc = client(function() return RENEWED end)
    assert(nc:renew(RENEWAL))
    local r, err = client(function() coroutine.yield() end):renew(RENEWAL)
    assert.is_nil(r)
    assert.equal("unknown", err.outcome)
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
