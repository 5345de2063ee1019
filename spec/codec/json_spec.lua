-- Realtime Register's JSON: strict, exact, and never a guess.
local cjson = require "cjson"
local answer = require "spec.support.answer"

local decoder, assert_senseless, is_integer = answer.decoder, answer.assert_senseless, answer.is_integer
local JSON = answer.JSON

describe("realtimeregister's JSON", function()
  local GET = '{"id":7,"product":"p","validationType":"DOMAIN_VALIDATION","certificateType":"WILDCARD",'
    .. '"domainName":"a.bc",'
    .. '"startDate":"2026-01-01T00:00:00Z","expiryDate":"2026-07-01T00:00:00Z","status":"ACTIVE"%s}'
  local get = decoder("realtimeregister", "get", 200, JSON)
  local reissue = decoder("realtimeregister", "reissue", 202, JSON)

  -- The value of one more member of a certificate: unknown members are kept.
  local function member(json)
    local result, err = get(GET:format(',"x":' .. json))
    return result and result.x, err
  end

  local function assert_refused(json)
    local result, err = get(GET:format(',"x":' .. json))
    assert_senseless(result, err, json, "refused")
    assert_senseless(reissue('{"commonName":"a.bc","x":' .. json .. "}"))
  end

  it("is strict", function()
    for _, json in ipairs {
      "",
      "NaN",
      "nan",
      "Infinity",
      "-Infinity",
      "01",
      "-01",
      "+1",
      ".5",
      "5.",
      "1e",
      "1e+",
      "0x10",
      "--1",
      "1 2",
      "tru",
      "True",
      "nulll",
      "undefined",
      "'a'",
      "a",
      "[1,]",
      "[,1]",
      "[1 2]",
      "[",
      "]",
      '{"a":1,}',
      '{"a"}',
      "{a:1}",
      '{"a":}',
      "{,}",
      "{1:2}",
      '"a',
      '"\\x41"',
      '"\\u12"',
      '"\\u00g0"',
      '"\\"',
      '"a\nb"',
      '"a\tb"',
      '"a\0b"',
      '"\31"',
      "// x\n1",
      "/* x */1",
      "[1}",
      '{"a":1]',
    } do
      assert_refused(json)
    end
  end)

  it("has every name once", function()
    for _, json in ipairs {
      '{"a":1,"a":1}',
      '{"a":1,"b":2,"a":3}',
      '{"a":{"b":1,"b":2}}',
      '[{"a":1,"a":2}]',
      '{"ab":1,"a\\u0062":2}',
      '{"":1,"":2}',
    } do
      assert_refused(json)
    end
    assert_senseless(reissue('{"commonName":"a.bc","commonName":"b.cd"}'))
    assert.same({a = 1, A = 2, [""] = 3}, member '{"a":1,"A":2,"":3}')
  end)

  it("is UTF-8 with whole surrogate pairs", function()
    for _, text in ipairs {
      "\\ud800", "\\udc00", "\\ud800x", "\\ud800\\ud800", "\\udc00\\ud800", "\\ud800\\u0041", "\255", "\192\175",
      "\193\191", "\224\128\175", "\240\128\128\175", "\237\160\128", "\244\144\128\128", "\226\130", "\128", "a\195",
    } do
      assert_refused('"' .. text .. '"')
    end
    assert.equal("\240\159\152\128", member '"\\ud83d\\ude00"')
    assert.equal("é€\240\159\152\128", member '"é€\240\159\152\128"')
    assert.equal('"\\/\8\12\n\r\té€', member [["\"\\\/\b\f\n\r\t\u00e9\u20AC"]])
  end)

  it("keeps integers exact, and too large ones as their digits", function()
    for text, whole in pairs {
      ["0"] = true, ["-1"] = true, ["9007199254740992"] = true, ["-9007199254740992"] = true,
      ["9007199254740993"] = false, ["-9007199254740993"] = false, ["9223372036854775807"] = false,
      ["9223372036854775808"] = false, ["-9223372036854775809"] = false, [("9"):rep(60)] = false,
    } do
      local value = member(text)
      if whole then
        assert.is_true(type(value) == "number" and is_integer(value), text)
        assert.equal(text, ("%d"):format(value))
      else
        assert.equal(text, value)
      end
    end
  end)

  it("takes fractions for numbers, and those beyond any number for their text", function()
    for _, text in ipairs {"1.50", "-0.1", "1e3", "1E-7", "0.1000000000000000055511151231257827", "-1.5e30"} do
      assert.equal(tonumber(text), member(text))
    end
    for _, text in ipairs {"1e400", "-1e999999999999"} do
      assert.equal(text, member(text))
    end
  end)

  it("takes null for absence", function()
    local result = assert(get(GET:format ',"organization":null,"x":{"a":null,"b":1}'))
    assert.is_nil(result.organization)
    assert.same({b = 1}, result.x)
    assert.is_nil(member "null")
  end)

  it("nests 64 deep at most", function()
    local function nest(depth)
      return ("["):rep(depth) .. ("]"):rep(depth)
    end
    assert.is_table(member(nest(60)))
    local result, err = get(GET:format(',"x":' .. nest(70)))
    assert.equal("too_deep", assert_senseless(result, err, nil, "refused").code)
    assert.equal("too_deep", assert_senseless(reissue('{"commonName":"a.bc","x":' .. nest(100000))).code)
    assert.equal("too_deep", assert_senseless(reissue(('{"a":'):rep(100000))).code)
  end)

  it("has a largest size", function()
    local body = '{"commonName":"a.bc"}'
    local small = decoder("realtimeregister", "reissue", 202, JSON, {max_body = #body})
    assert.is_truthy(small(body))
    assert.equal("too_large", assert_senseless(small(body .. " ")).code)
  end)

  it("is an object of the right shape", function()
    for _, body in ipairs {"[]", "[{}]", "1", '"text"', "null", "true"} do
      assert_senseless(reissue(body))
      local result, err = get(body)
      assert_senseless(result, err, body, "refused")
    end
    local result, err = get '{"product":"p"}'
    assert.equal("incomplete", assert_senseless(result, err, nil, "refused").code)
  end)

  it("of an order has something of what an order answers with", function()
    for _, body in ipairs {"{}", '{"commonName":null}', '{"type":"X","message":"Some words"}'} do
      assert.equal("incomplete", assert_senseless(reissue(body)).code)
    end
    -- A price is not what an order is answered with.
    assert_senseless(reissue '{"quote":{"total":0}}')
  end)

  it("is the process id's only place: its header, in any case", function()
    for _, name in ipairs {"X-Process-Id", "x-process-id", "X-PROCESS-ID", "X-Process-ID"} do
      local headers = {["Content-Type"] = "application/json", [name] = "4711"}
      local result = assert(decoder("realtimeregister", "reissue", 202, headers)('{"commonName":"a.bc"}'))
      assert.equal(4711, result.processId)
      assert.is_true(is_integer(result.processId))
    end
    assert.is_nil(assert(reissue('{"commonName":"a.bc"}')).processId)
  end)

  it("is nothing at all under a success: unknown", function()
    for _, status in ipairs {200, 201, 202, 204} do
      local result, err = decoder("realtimeregister", "reissue", status, {})("")
      assert.equal("empty", assert_senseless(result, err).code)
      assert.equal(status, err.http_status)
    end
    assert.equal("refused", select(2, decoder("realtimeregister", "get", 200, {})("")).outcome)
  end)

  it("is no success under a redirection or an unknown status", function()
    for _, status in ipairs {100, 301, 302, 304, 307} do
      local result, err = decoder("realtimeregister", "reissue", status, JSON)('{"commonName":"a.bc"}')
      assert.is_nil(result)
      assert.equal("unknown", err.outcome, tostring(status))
    end
  end)

  it("waits as long as Retry-After says, when that is a number or there is a Date beside it", function()
    local function after(value)
      local headers = {["Retry-After"] = value}
      local decode = decoder("realtimeregister", "reissue", 429, headers)
      return select(2, decode('{"type":"TooManyRequests","message":"x"}')).retry_after
    end
    assert.equal(120, after "120")
    assert.equal(0, after "0")
    for _, value in ipairs {"-5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "", "1.5", "+5", "5 s", "0x5", "5, 5"} do
      assert.is_nil(after(value))
    end
  end)

  it("asks for no longer pause than a day", function()
    local function after(headers, body)
      return select(2, decoder("realtimeregister", "reissue", 503, headers)(body or "")).retry_after
    end
    for _, value in ipairs {"86400", "86401", "99999999", ("9"):rep(30), "Thu, 21 Oct 2027 07:28:00 GMT"} do
      assert.equal(86400, after {["Retry-After"] = value, Date = "Wed, 21 Oct 2026 07:28:00 GMT"}, value)
    end
    assert.equal(86399, after {["Retry-After"] = "086399"})
  end)

  it("asks to wait until a time, by the answer's own clock", function()
    local NOW = "Wed, 21 Oct 2026 07:28:00 GMT"
    local function after(value, date)
      local headers = {["retry-after"] = value, date = date or NOW}
      return select(2, decoder("realtimeregister", "reissue", 503, headers)("")).retry_after
    end
    assert.equal(90, after "Wed, 21 Oct 2026 07:29:30 GMT")
    assert.equal(90, after "Wednesday, 21-Oct-26 07:29:30 GMT")
    assert.equal(90, after "Wed Oct 21 07:29:30 2026")
    assert.equal(90, after("Wed, 21 Oct 2026 07:29:30 GMT", "Wed Oct 21 07:28:00 2026"))
    assert.equal(90, after("Wednesday, 21-Oct-26 07:29:30 GMT", "Wednesday, 21-Oct-26 07:28:00 GMT"))
    assert.equal(0, after(NOW))
    assert.equal(3600, after "Wed, 21 Oct 2026 08:28:00 GMT")
    for _, value in ipairs {
      "Wed, 21 Oct 2026 07:27:59 GMT", "Thu, 21 Oct 2026 08:28:00 GMT", "Wed, 21 Oct 2026 08:28:00",
      "2026-10-21T08:28:00Z",
    } do
      assert.is_nil(after(value), value)
    end
    assert.is_nil(after("Wed, 21 Oct 2026 08:28:00 GMT", "now"))
    assert.is_nil(after("Wed, 21 Oct 2026 08:28:00 GMT", ""))
  end)

  it("asks to wait until the end of a downtime, where nothing else asks", function()
    local function after(body, headers)
      headers.Date = headers.Date or "Wed, 21 Oct 2026 07:28:00 GMT"
      return select(2, decoder("realtimeregister", "reissue", 503, headers)(body)).retry_after
    end
    local BODY = '{"type":"ProviderUnavailable","message":"m","startDate":"2026-10-21T07:00:00Z","endDate":"%s"}'
    assert.equal(1920, after(BODY:format "2026-10-21T08:00:00Z", {}))
    assert.equal(1920, after(BODY:format "2026-10-21T10:00:00+02:00", {}))
    assert.equal(86400, after(BODY:format "2026-10-29T08:00:00Z", {}))
    assert.equal(5, after(BODY:format "2026-10-21T08:00:00Z", {["Retry-After"] = "5"}))
    assert.is_nil(after(BODY:format "2026-10-21T07:00:00Z", {}))
    assert.is_nil(after(BODY:format "tomorrow", {}))
    assert.is_nil(after(BODY:format "2026-10-21T08:00:00Z", {Date = "none"}))
  end)

  -- Documents from a generator of fixed sequence, read by lua-cjson and by us.
  describe("is read as lua-cjson reads it:", function()
    local state = 4711
    local function random(n)
      state = state * 16807 % 2147483647
      return state % n + 1
    end
    local PIECES = {
      "a", " ", "é", "€", "\240\159\152\128", [[\"]], [[\\]], [[\/]], [[\n]], [[\t]], [[\b]], [[\f]], [[\r]],
      [[\u0041]], [[\u00e9]], [[\ud83d\ude00]], [[\uFFFD]], "{", "]", ",", ":", "null", "\127",
    }
    local function text()
      local pieces = {}
      for i = 1, random(6) - 1 do
        pieces[i] = PIECES[random(#PIECES)]
      end
      return '"' .. table.concat(pieces) .. '"'
    end
    local function space()
      return ({"", "", "", " ", "\n", "\r\n\t"})[random(6)]
    end
    local document
    local function list(depth)
      local items = {}
      for i = 1, random(4) - 1 do
        items[i] = space() .. document(depth - 1) .. space()
      end
      return "[" .. table.concat(items, ",") .. "]"
    end
    local function object(depth)
      local items = {}
      for i = 1, random(4) - 1 do
        items[i] = ('%s"k%d%s%s:%s'):format(space(), i, text():sub(2), space(), document(depth - 1))
      end
      return "{" .. table.concat(items, ",") .. "}"
    end
    function document(depth)
      local kind = random(depth > 0 and 7 or 4)
      if kind == 1 then
        return text()
      end
      if kind == 2 then
        return ("%d"):format(random(2147483646) - 1073741823)
      end
      if kind == 3 then
        return ({"true", "false"})[random(2)]
      end
      if kind == 4 then
        return ({"0", "-1", "9007199254740991", "-9007199254740991"})[random(4)]
      end
      return space() .. (kind == 5 and list or object)(depth) .. space()
    end

    it("400 documents", function()
      for _ = 1, 400 do
        local json = document(5)
        local expected = cjson.decode("[" .. json .. "]")[1]
        assert.same(expected, (member(json)), json)
      end
    end)
  end)
end)
