-- What a scenario file sets: accounts, certificates, promotions, faults, throttling, the clock.

local read = require("spec.support.program").read
local support = require "spec.support.sandbox"

local EXAMPLE = "examples/scenario.json"

local AUTHORIZED = {"-H", "Authorization: ApiKey ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ=="}

describe("a scenario", function()
  local sandbox, nc

  setup(function()
    sandbox = support.start {run = {scenario = EXAMPLE}}
    nc = support.namecheap(sandbox)
  end)

  teardown(function() assert.equal(0, sandbox.stop()) end)

  local function renew(fields)
    local all = {CertificateID = "501904", Years = "1", SSLType = "PositiveSSL"}
    for name, value in pairs(fields or {}) do
      all[name] = value
    end
    return nc.call("renew", all)
  end

  local function errors(answer)
    return nc.errors(answer)
  end

  describe("of the example file", function()
    before_each(function() sandbox.reset() end)

    it("is there from the start, and again after an empty reset", function()
      for _ = 1, 2 do
        local shown = sandbox.get("/_sandbox/state").json
        assert.is_true(shown.now >= 1795412976 and shown.now < 1795412976 + 30)
        assert.same({balance = "20.0000", currency = "USD", others = {reseller = "0.0000"}},
          shown.namecheap.account)
        assert.equal(5000, shown.realtimeregister.account.credit)
        assert.same({http = "127.0.0.1:8080", dns = "127.0.0.1:5353", interval = 1},
          sandbox.get("/_sandbox/dcv").json)
        assert.same({minute = 20, hour = 700, day = 8000, form = "500000"}, sandbox.get("/_sandbox/throttle").json)
        assert.equal("drop_after_commit", sandbox.get("/_sandbox/fault").json.faults[1].fault)
        sandbox.post("/_sandbox/clock", {advance_days = 3})
        assert.equal(52, renew().code)
        assert.same({}, sandbox.get("/_sandbox/fault").json.faults)
        assert.equal(1, #sandbox.ledger())
        sandbox.reset()
        assert.same({}, sandbox.ledger())
      end
    end)

    it("sets what promotion codes do", function()
      renew {PromotionCode = "NOSUCH"}
      assert.same({"2011170 Promotion code is expired"}, errors(renew {PromotionCode = "SPRING"}))
      assert.equal("6.7500", nc.attribute(renew {PromotionCode = "autumn"}, "ChargedAmount"))
    end)

    it("gives each account its own key, money and certificates", function()
      local other = {ApiUser = "reseller", UserName = "reseller", ApiKey = "0123456789abcdef0123456789abcdef"}
      local function as_other(method, fields)
        for name, value in pairs(other) do
          fields[name] = value
        end
        return nc.call(method, fields)
      end
      assert.matches("<TotalItems>0</TotalItems>", as_other("getList", {}).body, 1, true)
      assert.same({"2011294 CertificateID is invalid"}, errors(as_other("getInfo", {CertificateID = "501904"})))
      assert.matches("INSUFFICIENTFUNDS", errors(as_other("create", {Years = "1", Type = "PositiveSSL"}))[1], 1, true)
      other.UserName = "apiexample"
      assert.same({"1019103 Parameter UserName is not available"}, errors(as_other("getList", {})))
      other.ApiUser = "apiexample"
      assert.same({"1011102 API Key is invalid or API access has not been enabled"}, errors(as_other("getList", {})))
    end)

    it("is replaced whole by the next one", function()
      sandbox.reset {namecheap = {balance = "1.0000"}}
      assert.same({interval = 1}, sandbox.get("/_sandbox/dcv").json)
      assert.same({}, sandbox.get("/_sandbox/fault").json.faults)
      assert.equal("1.0000", sandbox.get("/_sandbox/state").json.namecheap.account.balance)
      sandbox.post("/_sandbox/reset", read(EXAMPLE))
      assert.equal("20.0000", sandbox.get("/_sandbox/state").json.namecheap.account.balance)
    end)
  end)

  it("lets only the listed addresses call", function()
    sandbox.reset {namecheap = {allowed_addresses = {"192.0.2.1"}}}
    assert.same({"1011150 Invalid request IP: 127.0.0.1"}, errors(nc.call("getList", {})))
    sandbox.reset {namecheap = {allowed_addresses = {"192.0.2.1", "127.0.0.1"}}}
    assert.same({}, errors(nc.call("getList", {})))
  end)

  describe("with throttling", function()
    local function get_list()
      return nc.call("getList", {})
    end

    it("refuses the call after the last one of a minute, by the sandbox's clock", function()
      for form, sign in pairs {
        ["405"] = "405 Not Allowed", ["500000"] = "500000 Too many requests", html = "<html>",
      } do
        sandbox.reset {throttle = {minute = 3, form = form}}
        for _ = 1, 3 do
          assert.equal("4", get_list().body:match("<TotalItems>(%d+)"))
        end
        local answer = get_list()
        assert.equal(form == "405" and 405 or 200, answer.status)
        assert.is_nil(answer.headers["retry-after"])
        local shown = form == "500000" and errors(answer)[1]
          or form == "405" and answer.status .. " " .. answer.body:match("<h1>(.-)</h1>") or answer.body
        assert.matches(sign, shown, 1, true)
        sandbox.post("/_sandbox/clock", {advance_seconds = 61})
        assert.equal("4", get_list().body:match("<TotalItems>(%d+)"))
      end
    end)

    it("counts hours and days too, and what it refuses does not count", function()
      sandbox.reset {throttle = {hour = 2, day = 3}}
      local function statuses(count)
        local list = {}
        for i = 1, count do
          list[i] = get_list().status
        end
        return list
      end
      assert.same({200, 200, 405, 405}, statuses(4))
      sandbox.post("/_sandbox/clock", {advance_seconds = 3601})
      assert.same({200, 405}, statuses(2))
      sandbox.post("/_sandbox/clock", {advance_seconds = 3601})
      assert.same({405}, statuses(1))
      sandbox.post("/_sandbox/clock", {advance_days = 1})
      assert.same({200, 200, 405}, statuses(3))
    end)

    it("counts each account and provider by itself, and carries nothing out beyond", function()
      sandbox.reset {throttle = {minute = 1}}
      assert.equal(200, renew().status)
      assert.equal(405, renew().status)
      assert.equal(1, #sandbox.ledger())
      assert.equal(200, nc.call("getList", {ApiUser = "somebody"}).status)
      assert.equal(200, sandbox.get("/v2/ssl/certificates/7", AUTHORIZED).status)
      local answer = sandbox.get("/v2/ssl/certificates/7", AUTHORIZED)
      assert.same({429, "TooManyRequests"}, {answer.status, answer.json.type})
      sandbox.post("/_sandbox/throttle", {})
      assert.equal(200, get_list().status)
    end)
  end)

  describe("that is wrong", function()
    for _, row in ipairs {
      {"{", "the scenario is not JSON: "},
      {"[1]", "the scenario: the whole must be an object"},
      {'{"namecheap":{"certificates":[{"id":1,"type":"PositiveSSL"},{"id":2,"type":"GreenSSL"}]}}',
        "the scenario: field 'namecheap.certificates[1].type' must be a product of the renew page"},
      {'{"namecheap":{"accounts":[{"api_user":"x"}]}}',
        "the scenario: field 'namecheap.accounts[0].api_key' is missing"},
      {'{"namecheap":{"promotions":{"TEN":101}}}', "the scenario: field 'namecheap.promotions.TEN' must be an integer "
        .. "from 1 to 100 or the text of a refusal"},
      {'{"dcv":{"http":"192.0.2.1:80"}}', "the scenario: field 'dcv.http' must be a loopback address"},
      {'{"throttle":{"form":"429"}}', "the scenario: field 'throttle.form' must be one of 405, 500000, html"},
      {'{"faults":[{"fault":"boom"}]}', "the scenario: field 'faults[0].fault' must be one of "},
      {'{"speed":1}', "the scenario: unknown field 'speed'; known are dcv, faults, namecheap, now"},
    } do
      it(("is refused at the start: %s"):format(row[1]), function()
        local path = os.tmpname()
        local file = assert(io.open(path, "w"))
        file:write(row[1])
        file:close()
        local ok, failure = pcall(support.start, {run = {scenario = path}})
        os.remove(path)
        assert.is_false(ok)
        assert.matches(row[2], failure.message, 1, true)
        assert.is_true(failure.code ~= 0)
      end)
    end

    it("is refused by a reset, which changes nothing then", function()
      sandbox.reset {namecheap = {balance = "7.0000"}}
      local answer = sandbox.post("/_sandbox/reset", '{"namecheap":{"balance":"1.0000"},"throttle":{"minute":0}}')
      assert.equal(400, answer.status)
      assert.equal("field 'throttle.minute' must be an integer from 1 to 1000000", answer.json.error)
      assert.equal("7.0000", sandbox.get("/_sandbox/state").json.namecheap.account.balance)
    end)

    it("is refused when it can not be read", function()
      local ok, failure = pcall(support.start, {run = {scenario = "examples/no-such-scenario.json"}})
      assert.is_false(ok)
      assert.matches("the scenario: examples/no-such-scenario.json: ", failure.message, 1, true)
    end)
  end)

  it("can be as odd as the page about the sandbox says, and no odder", function()
    local documented = {}
    for line in read("docs/sandbox.md"):gmatch("[^\n]+") do
      for name in (line:match("^| (`[^|]+`) |") or ""):gmatch("`([%l_]+)`") do
        documented[name] = true
      end
    end
    for _, provider in ipairs {"namecheap", "realtimeregister"} do
      local answer = sandbox.post("/_sandbox/reset", {[provider] = {odd = {"purple"}}})
      local names, count = answer.json.error:match("each item is one of (.*)$"), 0
      for name in assert(names, answer.json.error):gmatch("[%l_]+") do
        assert.is_true(documented[name], name)
        count = count + 1
      end
      assert.is_true(count >= 5)
    end
  end)

  it("of the example file is what the page about the sandbox shows", function()
    assert.matches(read(EXAMPLE), read("docs/sandbox.md"), 1, true)
  end)
end)
