-- What an error tells besides its words: the order that it names, what else the seller's error carries; and an answer
-- of which only the head came.
local core = require "reseal.core"
local fixture = require "spec.support.fixture"

local KEY = fixture.accounts.realtimeregister.api_key

local function handle(provider)
  local codec = assert(core.new(provider))
  for name, value in pairs(fixture.accounts[provider]) do
    assert(codec:set(name, value))
  end
  return codec
end

describe("an answer of which only the head came", function()
  local rr, nc = handle "realtimeregister", handle "namecheap"

  it("is an error, with what the head told", function()
    local err = rr:decode_cut("renew", {status = 202, headers = {["X-Process-Id"] = "4711"}}, "purchase")
    assert.same({"protocol", "cut", "unknown", "never"}, {err.class, err.code, err.outcome, err.retry})
    assert.equal(202, err.http_status)
    assert.equal(4711, err.handle)
    assert.is_truthy(err.message:find("X-Process-Id: 4711", 1, true), err.message)
    assert.same({{code = "cut", message = err.message}}, err.errors)
    err = rr:decode_cut("get", {status = 503, headers = {["retry-after"] = "7"}})
    assert.same({"refused", "later", 503, 7}, {err.outcome, err.retry, err.http_status, err.retry_after})
    assert.is_nil(err.handle)
  end)

  it("leaves a change or a purchase in doubt, whatever its status", function()
    for _, status in ipairs {200, 202, 400, 401, 405, 429, 500} do
      for codec, methods in pairs {[rr] = {"renew", "revoke"}, [nc] = {"renew", "reissue"}} do
        for _, method in ipairs(methods) do
          local err = codec:decode_cut(method, {status = status, headers = {}})
          assert.same({"unknown", "never"}, {err.outcome, err.retry}, method .. " " .. status)
          assert.is_nil(err.handle)
        end
      end
    end
  end)

  it("leaves a quote refused, unless it names an order", function()
    local err = rr:decode_cut("renew", {status = 200}, "read")
    assert.equal("refused", err.outcome)
    err = rr:decode_cut("reissue", {status = 200, headers = {["x-process-id"] = "12"}}, "read")
    assert.same({"unknown", "never", 12}, {err.outcome, err.retry, err.handle})
  end)

  it("of a plain read is nobody's order", function()
    local err = rr:decode_cut("processInfo", {status = 200, headers = {["X-Process-Id"] = "12"}})
    assert.same({"refused", "later"}, {err.outcome, err.retry})
    assert.is_nil(err.handle)
  end)

  it("says no more than that where there is no such method", function()
    local err = rr:decode_cut("reneww", {status = 200, headers = {}})
    assert.same({"invalid", "unknown_method", "not_sent"}, {err.class, err.code, err.outcome})
  end)

  it("is checked as decode checks it", function()
    assert.has_error(function() rr:decode_cut("renew", "text") end)
    assert.has_error(function() rr:decode_cut("renew", {}) end)
    assert.has_error(function() rr:decode_cut("renew", {status = 200}, "gift") end)
    assert.has_error(function() rr:decode_cut({}, {status = 200}) end)
    assert.is_table(rr:decode_cut("renew", {status = 200, headers = "none"}))
  end)
end)

describe("a handle", function()
  local rr = handle "realtimeregister"

  local function cut(value)
    return rr:decode_cut("renew", {status = 202, headers = {["X-Process-Id"] = value}})
  end

  it("is an integer as long as that is exact, else its digits", function()
    assert.equal("9007199254740992", ("%d"):format(cut("9007199254740992").handle))
    assert.equal("9007199254740993", cut("9007199254740993").handle)
    assert.equal(("9"):rep(40), cut(("9"):rep(40)).handle)
  end)

  it("is one positive number in digits; what else stands in its place is shown, but is none", function()
    for _, value in ipairs {
      "abc", "0", "-1", "+7", "07", "7.0", "1e3", "12, 12", "12 13", "0x10", "7x", ("9"):rep(41), "\194\178",
    } do
      local err = cut(value)
      assert.is_nil(err.handle, value)
      assert.equal("unknown", err.outcome, value)
      assert.is_truthy(err.message:find(value, 1, true), err.message)
    end
    local twice = cut {"12", "13"}
    assert.is_nil(twice.handle)
    assert.equal("unknown", twice.outcome)
    assert.is_nil(cut("").handle)
    assert.equal(7, cut(" 7 ").handle)
  end)
end)

describe("the key of an account", function()
  local SHORT = "a1B2c3D4"

  local function keyed(provider, key)
    local codec = handle(provider)
    assert(codec:set("api_key", key))
    return codec
  end

  it("is in no error that repeats a header", function()
    local rr = keyed("realtimeregister", SHORT)
    for _, body in ipairs {"", "<html>", '{"commonName":', '{"type":"X","message":"m"}'} do
      for _, status in ipairs {202, 400, 429, 500} do
        local _, err = rr:decode("renew", {status = status, headers = {["X-Process-Id"] = SHORT}, body = body})
        assert.is_false(fixture.leaks(err, SHORT), body)
        assert.is_nil(err.handle)
        assert.equal("unknown", err.outcome)
      end
    end
    assert.is_false(
      fixture.leaks(rr:decode_cut("renew", {status = 202, headers = {["X-Process-Id"] = "7" .. SHORT}}), SHORT)
    )
    local digits = keyed("realtimeregister", "123456789")
    local err = digits:decode_cut("renew", {status = 202, headers = {["X-Process-Id"] = "123456789"}})
    assert.is_false(fixture.leaks(err, "123456789"))
    assert.is_nil(err.handle)
  end)

  it("is in no error that repeats a name", function()
    for _, provider in ipairs {"namecheap", "realtimeregister"} do
      for _, key in ipairs {SHORT, (SHORT):rep(5)} do
        local codec = keyed(provider, key)
        local tries = {
          {codec:encode(key, {})}, {codec:set(key, "x")}, {codec:set("x" .. key, "x")},
          {codec:encode("renew", {[key] = 1})}, {codec:encode("renew", {["x" .. key .. "y"] = 1})},
          {codec:encode("renew", {[("x"):rep(60) .. key] = 1})}, {codec:decode(key, {status = 200})},
          {nil, codec:decode_cut(key .. key, {status = 200})},
        }
        for i, given in ipairs(tries) do
          assert.is_nil(given[1])
          assert.is_false(fixture.leaks(given[2], key), provider .. " " .. i)
        end
        assert.is_false(fixture.leaks(select(2, codec:encode("renew", {[("x"):rep(60) .. key] = 1})), key:sub(1, 4)))
      end
    end
    local rr = handle "realtimeregister"
    -- Every other name is a path as it was given.
    local _, err = rr:encode("list", {["status:eq\n"] = "x"})
    assert.equal("status:eq\n", err.param)
    _, err = rr:encode("reissue", {dcv = {{[KEY] = "x"}}})
    assert.is_false(fixture.leaks(err, KEY))
  end)

  it("is in no error that repeats it escaped", function()
    local rr = handle "realtimeregister"
    local escaped = KEY:gsub("%W", function(c) return ("%%%02X"):format(c:byte()) end)
    assert.is_truthy(escaped:find("%3D", 1, true))
    local body = ('{"type":"ValidationError","message":"%s %s","property":"%s","x":"%s","%s":1}'):format(
      KEY, escaped, escaped:gsub("%%3D", "%%%%3d"):gsub("%%%%", "%%"), KEY, KEY
    )
    local _, err = rr:decode("renew", {status = 400, headers = {}, body = body})
    assert.is_false(fixture.leaks(err, KEY))
    assert.is_false(fixture.leaks(err, escaped))
    assert.equal("***", err.details.x)
    assert.equal(1, err.details["***"])
  end)
end)

describe("an error's details", function()
  local rr = handle "realtimeregister"

  local function refused(body, method, effect)
    local result, err = rr:decode(method or "renew", {status = 400, headers = {}, body = body}, effect)
    assert.is_nil(result)
    return err
  end

  it("are what it carries besides type, message, parameter and violations", function()
    local err = refused [[{"type":"BillableAcknowledgmentNeededException","message":"Please acknowledge",
      "quote":{"total":1530,"currency":"EUR","billables":[{"product":"ssl_x","action":"RENEW","quantity":1,
      "amount":1530,"refundable":false,"total":1530}]}}]]
    assert.same({
      quote = {
        total = 1530,
        currency = "EUR",
        billables = {
          {product = "ssl_x", action = "RENEW", quantity = 1, amount = 1530, refundable = false, total = 1530},
        },
      },
    }, err.details)
    assert.same({"funds", "refused", "Please acknowledge"}, {err.category, err.outcome, err.message})
    err = refused [[{"type":"ProviderUnavailable","message":"m","startDate":"2026-03-01T00:00:00Z",
      "endDate":"2026-03-01T06:00:00Z"}]]
    assert.same({startDate = "2026-03-01T00:00:00Z", endDate = "2026-03-01T06:00:00Z"}, err.details)
    err = refused '{"type":"DnsConfigurationException","message":"m","conflicts":{"0":[1,2]},"none":null}'
    assert.same({conflicts = {["0"] = {1, 2}}}, err.details)
  end)

  it("are none where there is nothing else", function()
    assert.is_nil(refused('{"type":"ObjectExists","message":"m"}').details)
    assert.is_nil(refused('{"type":"UnrecognizedPropertyException","message":"m","property":"x"}').details)
    assert.is_nil(
      refused('{"type":"ConstraintViolationException","message":"m","violations":[{"field":"csr"}]}').details
    )
    assert.is_nil(refused("").details)
    -- What another error told is not kept for the next.
    assert.is_table(refused('{"type":"ObjectExists","message":"m","x":1}').details)
    assert.is_nil(refused('{"type":"ObjectExists","message":"m"}').details)
  end)
end)
