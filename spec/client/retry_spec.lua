-- What is repeated, and what never is: a purchase sent twice is paid twice.
local fixture = require "spec.support.fixture"

local RENEWAL = {CertificateID = 501904, Years = 1, SSLType = "PositiveSSL"}
local RENEWED = fixture.xml {
  command = "namecheap.ssl.renew",
  result = '<SSLRenewResult CertificateID="123456" SSLType="PositiveSSL" Years="1" OrderId="1234567"'
    .. ' TransactionId="1234567" ChargedAmount="9.0000"/>',
}
local LISTED = fixture.xml {
  command = "namecheap.ssl.getList",
  result = "<SSLListResult/><Paging><TotalItems>0</TotalItems><CurrentPage>1</CurrentPage>"
    .. "<PageSize>20</PageSize></Paging>",
}

local function lost(sent)
  return {nil, {code = "closed", message = "The connection was closed.", sent = sent}}
end

local function api_error(command, code, text)
  return {fixture.xml {command = "namecheap.ssl." .. command, errors = {{code = code, text = text}}}}
end

local PAGE = {{status = 200, headers = {["Content-Type"] = "text/html"}, body = "<html><body>Sorry</body></html>"}}
local BAD_GATEWAY = {{status = 502, headers = {["Content-Type"] = "text/html"}, body = "<html>Bad Gateway</html>"}}
local RATE = {{status = 405, headers = {}, body = ""}}
local CUT = {{status = 200, headers = {}, body = RENEWED.body:sub(1, math.floor(#RENEWED.body / 2))}}

--- A client whose transport answers `answers` in turn, the last one for ever; it counts requests and notes pauses.
local function scripted(answers, options, provider)
  local log = {requests = 0, pauses = {}}
  options = options or {}
  options.transport = function()
    log.requests = log.requests + 1
    local answer = answers[math.min(log.requests, #answers)]
    if type(answer) == "function" then
      answer()
    end
    return answer[1], answer[2]
  end
  options.sleep = function(seconds)
    log.pauses[#log.pauses + 1] = seconds
  end
  return fixture.client(provider or "namecheap", options), log
end

describe("a purchase is sent once", function()
  local CASES = {
    {"when nothing of it had left", lost(false), "not_sent"},
    {"when its answer is lost", lost(true), "unknown"},
    {"when the transport raises", function() error("oops") end, "unknown"},
    {"when the answer is cut", CUT, "unknown"},
    {"when the answer is a web page", PAGE, "unknown"},
    {"when the gateway fails", BAD_GATEWAY, "unknown"},
    {"when an exception was not handled", api_error("renew", 5050900, "Unhandled exceptions"), "unknown"},
    {"when it is not said why it failed", api_error("renew", 2528166, "Order creation failed"), "unknown"},
    {"when it is refused for its code", api_error("renew", 2011170, "Promotion code is expired"), "refused"},
    {"when it is refused for its state", api_error("renew", 4011331, "Certificate status is invalid"), "refused"},
  }
  for _, case in ipairs(CASES) do
    it(case[1], function()
      local nc, log = scripted({case[2], {RENEWED}}, {retries = 10})
      local r, err = nc:renew(RENEWAL)
      assert.is_nil(r)
      assert.equal(1, log.requests)
      assert.equal(case[3], err.outcome)
      assert.is_nil(err.attempts)
      assert.same({}, log.pauses)
    end)
  end

  for name, method in pairs {reissue = "reissue", renew = "renew"} do
    it("at Realtime Register too: " .. name, function()
      local rr, log = scripted({lost(true)}, {retries = 10}, "realtimeregister")
      local _, err = rr:call(method, {certificateId = 7, csr = fixture.csr, period = method == "renew" and 12 or nil})
      assert.equal("transport", err.class)
      assert.equal("unknown", err.outcome)
      assert.equal(1, log.requests)
    end)
  end
end)

describe("what was refused for its rate is repeated", function()
  it("after HTTP 405, a purchase too", function()
    local nc, log = scripted {RATE, RATE, {RENEWED}}
    local r = assert(nc:renew(RENEWAL))
    assert.equal(123456, r.CertificateID)
    assert.equal(3, log.requests)
  end)

  it("after error 500000", function()
    local nc, log = scripted {api_error("renew", 500000, "Too many requests"), {RENEWED}}
    assert(nc:renew(RENEWAL))
    assert.equal(2, log.requests)
  end)

  it("after HTTP 429, and waits as long as that asks for", function()
    local busy = {fixture.json(429, '{"type":"TooManyRequests","message":"Slow down"}', {["Retry-After"] = "17"})}
    local rr, log = scripted({busy, busy}, {retries = 1}, "realtimeregister")
    local r, err = rr:reissue {certificateId = 7, csr = fixture.csr}
    assert.is_nil(r)
    assert.equal("throttle", err.category)
    assert.equal("refused", err.outcome)
    assert.equal(2, err.attempts)
    assert.same({17}, log.pauses)
  end)

  it("but no longer than a minute", function()
    local busy = {fixture.json(429, '{"type":"TooManyRequests","message":"Slow down"}', {["Retry-After"] = "3600"})}
    local rr, log = scripted({busy}, {retries = 1}, "realtimeregister")
    rr:get {certificateId = 7}
    assert.same({60}, log.pauses)
  end)

  it("as often as `retries` says", function()
    for _, retries in ipairs {0, 1, 4} do
      local nc, log = scripted({RATE}, {retries = retries})
      local _, err = nc:renew(RENEWAL)
      assert.equal("refused", err.outcome)
      assert.equal("throttle", err.category)
      assert.equal(retries + 1, log.requests)
      assert.equal(retries > 0 and retries + 1 or nil, err.attempts)
    end
  end)
end)

describe("a read", function()
  local CASES = {
    {"nothing of which had left", lost(false), 2},
    {"whose answer is lost", lost(true), 2},
    {"answered by a web page", PAGE, 2},
    {"answered by half an answer", CUT, 2},
    {"answered by a failing gateway", BAD_GATEWAY, 2},
    {"that met an exception", api_error("getList", 5050900, "Unhandled exceptions"), 2},
    {"that is refused for its key", api_error("getList", 1011102, "Parameter APIKey is missing"), 1},
    {"that met a certificate that can't be verified", {nil, {code = "tls", message = "No.", sent = false}}, 1},
    {"whose transport raises", function() error("oops") end, 1},
  }
  for _, case in ipairs(CASES) do
    it(case[1] .. (case[3] > 1 and " is repeated" or " is not repeated"), function()
      local nc, log = scripted {case[2], {LISTED}}
      local r, err = nc:getList {}
      assert.equal(case[3], log.requests)
      if case[3] > 1 then
        assert.same({}, r.SSL)
      else
        assert.is_nil(r)
        assert.is_not.equal("unknown", err.outcome)
      end
    end)
  end
end)

-- A quote is a POST to the URL of an order: whatever lost its `quote` on the way would make it one.
describe("a quote is sent once", function()
  local CASES = {
    {"when its answer is lost", lost(true)},
    {"when nothing of it had left", lost(false)},
    {"when it is throttled", {fixture.json(429, '{"type":"TooManyRequests","message":"Slow down"}')}},
    {"when the seller fails", {fixture.json(500, '{"type":"InternalError","message":"Oops"}')}},
    {"when the gateway fails", BAD_GATEWAY},
    {"when its answer is cut", {fixture.json(200, '{"quote":')}},
    {"when its answer is an order's", {fixture.json(202, "", {["X-Process-Id"] = "8"})}},
  }
  local CALLS = {
    renew = {certificateId = 7, period = 12, csr = fixture.csr, quote = true},
    reissue = {certificateId = 7, csr = fixture.csr, quote = true},
  }
  for _, case in ipairs(CASES) do
    it(case[1], function()
      for method, params in pairs(CALLS) do
        local rr, log = scripted({case[2]}, {retries = 10}, "realtimeregister")
        assert.equal("read", assert(rr:encode(method, params)).effect)
        local r, err = rr:call(method, params)
        assert.is_nil(r)
        assert.equal(1, log.requests)
        assert.is_nil(err.attempts)
      end
    end)
  end

  it("on a connection of its own, as an order", function()
    local fresh
    local rr = fixture.client("realtimeregister", {transport = function(_, limits)
      fresh = limits.fresh
      return lost(true)[1], lost(true)[2]
    end})
    rr:renew(CALLS.renew)
    assert.is_true(fresh)
  end)
end)

describe("pauses", function()
  it("double from a second up to half a minute, spread over their second half", function()
    for random, factor in pairs {[0] = 0.5, [1] = 1} do
      local nc, log = scripted({lost(true)}, {retries = 7, random = function() return random end})
      nc:getList {}
      local expected = {}
      for i, pause in ipairs {1, 2, 4, 8, 16, 30, 30} do
        expected[i] = pause * factor
      end
      assert.same(expected, log.pauses)
    end
  end)

  it("differ without a `random` of one's own", function()
    local seen, different = {}, 0
    for _ = 1, 20 do
      local nc, log = scripted({lost(true)}, {retries = 1})
      nc:getList {}
      local pause = log.pauses[1]
      assert.is_true(pause >= 0.5 and pause <= 1)
      different = different + (seen[pause] and 0 or 1)
      seen[pause] = true
    end
    assert.is_true(different > 10)
  end)

  if rawget(_G, "jit") then -- the Lua that can fork
    it("differ in two children of one process", function()
      local ffi = require "ffi"
      pcall(ffi.cdef, "int fork(void); int waitpid(int, int *, int); void _exit(int);")
      local nc, log = scripted({lost(true)}, {retries = 1})
      nc:getList {}
      local seen = {}
      for i = 1, 2 do
        local path = os.tmpname()
        local child = ffi.C.fork()
        if child == 0 then
          nc:getList {}
          local file = io.open(path, "w")
          file:write(("%.17g"):format(log.pauses[2]))
          file:close()
          ffi.C._exit(0)
        end
        ffi.C.waitpid(child, ffi.new("int[1]"), 0)
        seen[i] = tonumber(fixture.read(path))
        os.remove(path)
        assert.is_true(seen[i] >= 0.5 and seen[i] <= 1)
      end
      assert.is_true(math.abs(seen[1] - seen[2]) > 1e-6)
    end)
  end
end)

describe("functions between repetitions", function()
  local CALLS = {renew = {RENEWAL, RATE}, getList = {{}, lost(true)}, getInfo = {{CertificateID = 1}, BAD_GATEWAY}}

  it("that raise in their sleep leave the last failure", function()
    for method, case in pairs(CALLS) do
      for raised = 1, 2 do
        local naps = 0
        local sent = 0
        local nc = fixture.client("namecheap", {retries = 5, sleep = function()
          naps = naps + 1
          if naps == raised then
            error("interrupted")
          end
        end, transport = function()
          sent = sent + 1
          return case[2][1], case[2][2]
        end})
        local r, err = nc:call(method, case[1])
        assert.is_nil(r)
        assert.equal(raised, sent)
        assert.equal("refused", err.outcome)
        assert.equal(raised > 1 and raised or nil, err.attempts)
        assert.is_nil(tostring(err):find("interrupted", 1, true))
      end
    end
  end)

  it("that give no proper random number are not asked", function()
    for _, random in ipairs {
      function() end, function() error("no") end, function() return "0.5" end, function() return 0 / 0 end,
      function() return -1 end, function() return 1.5 end, function() return math.huge end, function() return {} end,
    } do
      local nc, log = scripted({RATE, {RENEWED}}, {random = random})
      assert(nc:renew(RENEWAL))
      assert.equal(1, #log.pauses)
      assert.is_true(log.pauses[1] >= 0.5 and log.pauses[1] <= 1)
    end
  end)

  it("that close the client end the repetitions", function()
    local nc, sent
    sent = 0
    nc = fixture.client("namecheap", {retries = 5, sleep = function() nc:close() end, transport = function()
      sent = sent + 1
      return RATE[1]
    end})
    local _, err = nc:renew(RENEWAL)
    assert.same({1, "throttle", "refused"}, {sent, err.category, err.outcome})
  end)
end)
