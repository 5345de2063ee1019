-- The sandbox's control paths, its faults, and how it starts and ends.

local program = require "spec.support.program"
local support = require "spec.support.sandbox"
local system = require "reseal.system"

local KEY = "56b4c87ef4fd49cb96d915c0db68194"
local RENEW = "/xml.response?ApiUser=apiexample&ApiKey=" .. KEY .. "&UserName=apiexample&Command=namecheap.ssl.renew"
  .. "&ClientIp=1.2.3.4&CertificateID=501904&SSLType=PositiveSSL&Years=1"
local INFO = RENEW:gsub("%.renew", ".getInfo")
local AUTHORIZED = {"-H", "Authorization: ApiKey ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ=="}

describe("the sandbox", function()
  local sandbox

  setup(function() sandbox = support.start() end)

  teardown(function() assert.equal(0, sandbox.stop()) end)

  before_each(function() sandbox.reset() end)

  local function fault(wanted)
    local answer = sandbox.post("/_sandbox/fault", wanted)
    assert.equal(200, answer.status, answer.body)
  end

  describe("faults", function()
    it("drop_before: nothing is done and nothing answered", function()
      fault {fault = "drop_before"}
      local answer = sandbox.get(RENEW)
      assert.same({52, 0, ""}, {answer.code, answer.status, answer.body})
      assert.same({}, sandbox.ledger())
      assert.equal(200, sandbox.get(RENEW).status)
      assert.equal(1, #sandbox.ledger())
    end)

    it("drop_after_commit: the charge is made, but nothing answered", function()
      fault {fault = "drop_after_commit"}
      local answer = sandbox.get(RENEW)
      assert.same({52, 0, ""}, {answer.code, answer.status, answer.body})
      assert.equal(1, #sandbox.ledger())
      assert.equal(501904, sandbox.ledger()[1].certificate)
    end)

    it("truncate: the charge is made, and half of the answer comes", function()
      fault {fault = "truncate"}
      local answer = sandbox.get(RENEW)
      assert.equal(18, answer.code)
      assert.equal(200, answer.status)
      assert.equal(math.floor(tonumber(answer.headers["content-length"]) / 2), #answer.body)
      assert.equal(1, #sandbox.ledger())
    end)

    it("truncate, clean: half of the answer looks whole to HTTP", function()
      fault {fault = "truncate", clean = true}
      local answer = sandbox.get(RENEW)
      assert.equal(0, answer.code)
      assert.equal(tonumber(answer.headers["content-length"]), #answer.body)
      assert.not_matches("</ApiResponse>", answer.body, 1, true)
      assert.equal(1, #sandbox.ledger())
    end)

    it("slow: the charge is made, the answer comes late", function()
      fault {fault = "slow", seconds = 1}
      assert.equal(28, sandbox.get(RENEW, {"--max-time", "0.3"}).code)
      assert.equal(1, #sandbox.ledger())
      fault {fault = "slow", seconds = 0.2}
      local answer = sandbox.get(INFO)
      assert.same({0, 200}, {answer.code, answer.status})
    end)

    it("throttle_405: refused before anything is done", function()
      fault {fault = "throttle_405"}
      local answer = sandbox.get(RENEW)
      assert.equal(405, answer.status)
      assert.is_nil(answer.headers["retry-after"])
      assert.same({}, sandbox.ledger())
    end)

    it("throttle_500000: each provider's way of refusing", function()
      fault {fault = "throttle_500000", times = 2}
      local answer = sandbox.get(RENEW)
      assert.equal(200, answer.status)
      assert.matches('<Error Number="500000">Too many requests</Error>', answer.body, 1, true)
      answer = sandbox.get("/v2/ssl/certificates/7", AUTHORIZED)
      assert.equal(429, answer.status)
      assert.equal("TooManyRequests", answer.json.type)
      assert.same({}, sandbox.ledger())
    end)

    it("html and status_5xx: a page instead of an answer, before or after the work", function()
      fault {fault = "html"}
      local answer = sandbox.get(RENEW)
      assert.same({200, "text/html"}, {answer.status, answer.headers["content-type"]})
      assert.matches("^<!DOCTYPE html>", answer.body)
      fault {fault = "status_5xx"}
      assert.equal(502, sandbox.get(RENEW).status)
      fault {fault = "status_5xx", status = 503}
      assert.equal(503, sandbox.get(RENEW).status)
      assert.same({}, sandbox.ledger())
      fault {fault = "html", after_commit = true}
      assert.matches("^<!DOCTYPE html>", sandbox.get(RENEW).body)
      assert.equal(1, #sandbox.ledger())
    end)

    it("slow_body: the answer trickles in over some seconds", function()
      fault {fault = "slow_body", seconds = 1}
      assert.same({28, 200}, {sandbox.get(RENEW, {"--max-time", "0.4"}).code, sandbox.get(INFO).status})
      assert.equal(1, #sandbox.ledger())
      fault {fault = "slow_body", seconds = 0.2}
      local answer = sandbox.get(INFO)
      assert.equal(0, answer.code)
      assert.matches("</ApiResponse>%s*$", answer.body)
    end)

    it("duplicate_answer: the body comes twice", function()
      fault {fault = "duplicate_answer"}
      local answer = sandbox.get(INFO)
      assert.equal(tonumber(answer.headers["content-length"]), #answer.body)
      local half = #answer.body / 2
      assert.equal(answer.body:sub(1, half), answer.body:sub(half + 1))
      assert.matches("^<%?xml", answer.body)
    end)

    it("trouble: an error of the service's own, before or after the work", function()
      fault {fault = "trouble"}
      local answer = sandbox.get(RENEW)
      assert.equal(200, answer.status)
      assert.matches('<Error Number="5050900">Unhandled exceptions</Error>', answer.body, 1, true)
      assert.matches('<SSLRenewResult CertificateID="0"', answer.body, 1, true)
      assert.same({}, sandbox.ledger())
      fault {fault = "trouble", type = "3050750", after_commit = true}
      assert.matches('<Error Number="3050750">The agent is stopped', sandbox.get(RENEW).body, 1, true)
      assert.equal(1, #sandbox.ledger())
    end)

    describe("of the certificate that is shown", function()
      local namecheap, new_csr, info

      before_each(function()
        namecheap = support.namecheap(sandbox)
        new_csr = new_csr or support.csr("example.com")
        local id = namecheap.attribute(namecheap.call("reissue",
          {CertificateID = "501904", CSR = new_csr, ApproverEmail = "admin@example.com"}), "ID")
        namecheap.validate(id)
        info = function() return namecheap.info(id, {Returncertificate = "true", Returntype = "Individual"}).body end
      end)

      local function leaf_of(body)
        return body:match("%-+BEGIN CERTIFICATE%-+.-END CERTIFICATE%-+")
      end
      local function key_of(pem)
        return support.openssl("x509 -in %s -noout -pubkey", pem)
      end

      it("no_chain: the intermediates are left out, once", function()
        fault {fault = "no_chain"}
        -- not hit: it shows no certificate
        sandbox.get((RENEW:gsub("%.renew", ".getList")))
        local body = info()
        assert.matches("<CaCertificates/>", body, 1, true)
        assert.matches("BEGIN CERTIFICATE-", body, 1, true)
        assert.matches('Type="INTERMEDIATE"', info(), 1, true)
      end)

      it("wrong_key: the leaf is for another key", function()
        local key = support.openssl("req -in %s -noout -pubkey", new_csr)
        assert.equal(key, key_of(leaf_of(info())))
        fault {fault = "wrong_key", provider = "namecheap", method = "getInfo"}
        local leaf = leaf_of(info())
        assert.not_equal(key, key_of(leaf))
        assert.matches("DNS:example.com, DNS:www.example.com",
          support.openssl("x509 -in %s -noout -ext subjectAltName", leaf), 1, true)
        assert.equal(key, key_of(leaf_of(info())))
      end)

      it("old_certificate: the one before the reissue is shown", function()
        local old = leaf_of(namecheap.info(501904, {Returncertificate = "true"}).body)
        assert.not_equal(old, leaf_of(info()))
        fault {fault = "old_certificate"}
        assert.equal(old, leaf_of(info()))
      end)

      it("ca_failure: a reissue is not made, and the old certificate can be reissued again", function()
        sandbox.reset()
        fault {fault = "ca_failure"}
        local fields = {CertificateID = "501904", CSR = new_csr, ApproverEmail = "admin@example.com"}
        assert.same({"4035900 Cannot create certificate for reissue"},
          namecheap.refused(namecheap.call("reissue", fields)))
        assert.same({}, namecheap.errors(namecheap.call("reissue", fields)))
      end)
    end)

    it("hit only the provider and method they name, as often as they say", function()
      fault {fault = "status_5xx", provider = "namecheap", method = "renew", times = 2}
      assert.equal(200, sandbox.get(INFO).status)
      assert.equal(200, sandbox.get("/v2/ssl/certificates/7", AUTHORIZED).status)
      assert.equal(502, sandbox.get(RENEW).status)
      assert.equal(502, sandbox.get(RENEW).status)
      assert.equal(200, sandbox.get(RENEW).status)
      assert.same({}, sandbox.get("/_sandbox/fault").json.faults)
    end)

    it("are forgotten by a reset", function()
      fault {fault = "drop_before", times = 5}
      sandbox.reset()
      assert.equal(200, sandbox.get(INFO).status)
    end)
  end)

  describe("request log", function()
    it("says what came, what was done and what was answered", function()
      sandbox.get(RENEW)
      fault {fault = "drop_before"}
      sandbox.get(INFO)
      sandbox.post("/v2/ssl/certificates/7/reissue?quote=true", '{"csr":5}', AUTHORIZED)
      local requests = sandbox.requests()
      assert.equal(3, #requests)
      local first, second, third = requests[1], requests[2], requests[3]
      assert.same({1, "namecheap", "renew", "GET", "/xml.response", true, 200},
        {first.n, first.provider, first.method, first.verb, first.path, first.committed, first.status})
      assert.same({name = "CertificateID", value = "501904"}, first.parameters[6])
      assert.same({"getInfo", "drop_before", false, 0},
        {second.method, second.fault, second.committed, second.status})
      assert.same({"realtimeregister", "reissue", "POST", "/v2/ssl/certificates/7/reissue", false, 400, '{"csr":5}'},
        {third.provider, third.method, third.verb, third.path, third.committed, third.status, third.body})
      assert.same({{name = "quote", value = "true"}}, third.parameters)
    end)

    it("never shows a key", function()
      sandbox.get(RENEW)
      sandbox.curl("/xml.response", {"-F", "apikey=" .. KEY})
      sandbox.get("/v2/ssl/certificates/7", AUTHORIZED)
      local shown = sandbox.get("/_sandbox/requests").body
      assert.not_matches(KEY, shown, 1, true)
      assert.not_matches("ZXhhbXBsZS8w", shown, 1, true)
      local _, count = shown:gsub('"%*%*%*"', "")
      assert.equal(3, count)
    end)
  end)

  describe("clock", function()
    it("moves by seconds and days, and to a time", function()
      local start = sandbox.get("/_sandbox/clock").json.now
      local later = sandbox.post("/_sandbox/clock", {advance_days = 2, advance_seconds = 30}).json.now
      assert.is_true(later - start >= 172830 and later - start <= 172840)
      assert.equal(1800000000, sandbox.post("/_sandbox/clock", {now = 1800000000}).json.now)
    end)

    it("runs as fast as it is told, from where it is", function()
      local before = sandbox.post("/_sandbox/clock", {now = 1800000000, rate = 1000}).json.now
      assert.equal(1800000000, before)
      local began = system.now()
      system.sleep(0.2)
      local passed = sandbox.get("/_sandbox/clock").json.now - before
      assert.is_true(passed >= 190 and passed <= (system.now() - began + 1) * 1000, passed)
      sandbox.post("/_sandbox/clock", {rate = 1})
      local now = sandbox.post("/_sandbox/clock", {advance_days = 1}).json.now
      assert.is_true(now - before >= passed + 86400)
      assert.is_true(sandbox.get("/_sandbox/clock").json.now - now <= 10)
      sandbox.post("/_sandbox/clock", {rate = 100000})
      assert.is_true(math.abs(sandbox.reset().now - os.time()) <= 10)
    end)

    -- Who compares clocks before it buys must see that of the sandbox, not of the machine below it.
    it("is the Date of every answer", function()
      local function is_dated(answer, now)
        local days = {}
        for second = now, now + 5 do
          days[os.date("!%a, %d %b %Y %H:%M:%S GMT", second)] = true
        end
        assert.is_true(days[answer.headers.date], tostring(answer.headers.date))
      end
      is_dated(sandbox.get(INFO), os.time() - 2)
      for _, now in ipairs {1800000000, 1000000000, 2500000000} do
        is_dated(sandbox.post("/_sandbox/clock", {now = now}), now)
        is_dated(sandbox.get(INFO), now)
        is_dated(sandbox.get("/v2/ssl/certificates/7", AUTHORIZED), now)
        fault {fault = "status_5xx"}
        is_dated(sandbox.get(INFO), now)
        fault {fault = "truncate"}
        is_dated(sandbox.get(INFO), now)
      end
    end)

    it("opens and closes the renewal window", function()
      sandbox.post("/_sandbox/clock", {advance_days = -70})
      assert.matches("Certificate not meet the ExpireDate", sandbox.get(RENEW).body, 1, true)
      sandbox.post("/_sandbox/clock", {advance_days = 70})
      assert.matches('Status="OK"', sandbox.get(RENEW).body, 1, true)
    end)

    it("decides how long an issued certificate may live", function()
      local csr = support.csr("example.com"):gsub("\n", "\\n")
      -- the longest permitted life, by date of issue
      for now, days in pairs {[1780000000] = 200, [1810000000] = 100, [1870000000] = 47} do
        sandbox.reset {now = now, realtimeregister = {certificates = {{id = 5, expires_in_days = 800}}}}
        local answer = sandbox.post("/v2/ssl/certificates/5/reissue", ('{"authKey":true,"csr":"%s"}'):format(csr),
          AUTHORIZED)
        local shown = sandbox.get(answer.headers.location, AUTHORIZED).json
        local last = os.date("!%Y-%m-%d", now + days * 86400 - 1)
        assert.equal(last, shown.expiryDate:sub(1, 10))
        assert.matches("notAfter=" .. last, support.openssl("x509 -in %s -noout -enddate -dateopt iso_8601",
          shown.certificate), 1, true)
      end
    end)
  end)

  describe("reset", function()
    it("makes the accounts that it is given, and clears what happened", function()
      sandbox.get(RENEW)
      local shown = sandbox.reset {
        namecheap = {balance = "1.5", certificates = {
          {id = 11, type = "positivessl", status = "purchased", host = "a.example.com"}}},
        realtimeregister = {credit = 3, certificates = {{id = 12, status = "REVOKED"}}},
      }
      assert.equal("1.5000", shown.namecheap.account.balance)
      assert.same({11, "purchased", "a.example.com"}, {shown.namecheap.certificates[1].id,
        shown.namecheap.certificates[1].status, shown.namecheap.certificates[1].host})
      assert.same({12, "REVOKED"}, {shown.realtimeregister.certificates[1].id,
        shown.realtimeregister.certificates[1].status})
      assert.equal(3, shown.realtimeregister.account.credit)
      assert.same({}, sandbox.ledger())
      assert.same({}, sandbox.requests())
      local validated = sandbox.post("/_sandbox/validate", {provider = "namecheap", certificate = 11})
      assert.equal("active", validated.json.namecheap.certificates[1].status)
    end)

    it("keeps the authority", function()
      local before = sandbox.get("/_sandbox/ca.pem").body
      assert.matches("^%-%-%-%-%-BEGIN CERTIFICATE", before)
      sandbox.reset()
      assert.equal(before, sandbox.get("/_sandbox/ca.pem").body)
    end)
  end)

  describe("control input", function()
    for _, row in ipairs {
      {"fault", '{"fault":"explode"}', "field 'fault' must be one of ca_failure, drop_after_commit, drop_before, "
        .. "duplicate_answer, html, no_chain, old_certificate, slow, slow_body, status_5xx, throttle_405, "
        .. "throttle_500000, trouble, truncate, wrong_key"},
      {"fault", "{}", "field 'fault' is missing"},
      {"fault", '{"fault":"slow","seconds":"5"}', "field 'seconds' must be a number from 0 to 600"},
      {"fault", '{"fault":"html","time":2}', "unknown field 'time'; known are after_commit, clean, fault, method, "
        .. "provider, seconds, status, times, type"},
      {"clock", '{"now":1.5}', "field 'now' must be an integer from 946684800 to 2524608000"},
      {"clock", '{"rate":0}', "field 'rate' must be a number from 0.001 to 100000"},
      {"clock", "{", "the body is not JSON: "},
      {"clock", "[1]", "the body must be an object"},
      {"reset", '{"namecheap":{"balance":50}}', "field 'namecheap.balance' must be an amount as a string, such as"},
      {"reset", '{"namecheap":{"certificates":[{"id":1}]}}', "field 'namecheap.certificates[0].type' is missing"},
      {"reset", '{"realtimeregister":{"certificates":[{"id":1,"product":"x"}]}}',
        "field 'realtimeregister.certificates[0].product' must be one of ssl_"},
      {"validate", '{"provider":"namecheap"}', "field 'certificate' is missing"},
      {"validate", '{"provider":"namecheap","certificate":501904}',
        "certificate 501904 is active; only a purchased one"},
      {"validate", '{"provider":"realtimeregister","process":5}', "there is no process 5"},
      {"approve", '{"provider":"namecheap"}', "field 'certificate' is missing: which certificate is meant"},
      {"approve", '{"provider":"namecheap","certificate":501907}',
        "certificate 501907 is newpurchase; only a purchased one"},
      {"approve", '{"provider":"namecheap","certificate":77,"name":"x"}', "field 'name' must be a domain name"},
      {"dcv", '{"interval":0}', "field 'interval' must be a number from 0.05 to 3600"},
      {"throttle", '{"second":1}', "unknown field 'second'; known are day, form, hour, minute"},
      {"throttle", '{"day":1.5}', "field 'day' must be an integer from 1 to 1000000"},
    } do
      it(row[1] .. " " .. row[2] .. " is explained", function()
        local answer = sandbox.post("/_sandbox/" .. row[1], row[2])
        assert.equal(400, answer.status)
        assert.matches(row[3], answer.json.error, 1, true)
      end)
    end

    it("names what there is when the path is wrong", function()
      local answer = sandbox.get("/_sandbox/nonesuch")
      assert.equal(404, answer.status)
      assert.matches("ledger", answer.json.error, 1, true)
      assert.equal(404, sandbox.get("/_sandbox/reset").status)
    end)
  end)

  describe("start and end", function()
    local folder

    before_each(function() folder = assert(system.mkdtemp("reseal-sandbox-spec-")) end)

    after_each(function() assert(system.remove_tree(folder)) end)

    --- What stands in the folder for temporary things.
    local function left()
      return support.output("ls " .. folder)
    end

    for _, signal in ipairs {"TERM", "INT"} do
      it("ends cleanly on SIG" .. signal .. ", with an order under way", function()
        local other = support.start {tmpdir = folder}
        assert.not_equal(sandbox.port, other.port)
        assert.matches("^reseal%-sandbox%-", left())
        other.post("/_sandbox/fault", {fault = "slow", seconds = 60})
        os.execute(("curl -s '%s' >/dev/null &"):format(other.url .. INFO))
        support.wait(5, function() return #other.requests() == 1 end)
        assert.equal(0, other.stop(signal))
        assert.equal("", left())
        assert.equal(7, support.curl({other.url .. "/_sandbox/clock"}).code)
      end)
    end

    it("says that the port is in use", function()
      local ok, failure = pcall(support.start, {listen = "127.0.0.1:" .. sandbox.port, tmpdir = folder})
      assert.is_false(ok)
      assert.matches(("127.0.0.1:%d is already in use"):format(sandbox.port), failure.message, 1, true)
      assert.is_true(failure.code ~= 0)
      assert.equal("", left())
    end)

    for _, address in ipairs {"0.0.0.0:0", "192.0.2.1:8089", "example.com:80", "8089", "127.0.0.1:99999"} do
      it("does not listen on " .. address, function()
        local ok, failure = pcall(support.start, {listen = address})
        assert.is_false(ok)
        assert.matches("listen", failure.message, 1, true)
        assert.is_true(failure.code ~= 0)
      end)
    end

    describe("along LUA_PATH and LUA_CPATH", function()
      local suffix = _VERSION:gsub("^Lua (%d)%.(%d)$", "_%1_%2")
      local is_51 = suffix == "_5_1"

      --- What the launcher says, or nginx, with these for its environment.
      local function said(variables)
        local words = {"env -u LUA_PATH" .. suffix .. " -u LUA_CPATH" .. suffix}
        for name, value in pairs(variables) do
          words[#words + 1] = name .. "=" .. program.quote(value)
        end
        words[#words + 1] = program.quote(os.getenv "RESEAL_LUA" or arg[-1])
        words[#words + 1] = "-e " .. program.quote [[
          print("ended:", require("reseal.sandbox").run {listen = "127.0.0.1:0"})]]
        local running = program.start(table.concat(words, " "), assert(system.mkdtemp("reseal-spec-")))
        support.wait(10, function() return running.out():find("\n") end)
        local out = running.out()
        running.stop()
        return out
      end

      -- A module of another Lua, as LuaRocks' trees have them: here it is no library at all.
      local broken
      before_each(function()
        program.write(folder .. "/_openssl.so", "made for another Lua")
        broken = folder .. "/?.so;" .. package.cpath
      end)

      it("loads nothing that is there for another Lua", function()
        local out = said {LUA_PATH = package.path, LUA_CPATH = is_51 and package.cpath or broken}
        assert.matches("^ready http://", out)
      end)

      if not is_51 then
        it("loads nothing that stands beside reseal's own files either", function()
          program.output(("cp -R lua/* %s; mkdir %s/openssl"):format(folder, folder))
          program.write(folder .. "/openssl/x509.lua", "error 'for another Lua'")
          assert.matches("^ready http://", said {
            LUA_PATH = folder .. "/?.lua;" .. folder .. "/?/init.lua;" .. package.path, LUA_CPATH = package.cpath})
        end)
      end

      it("says what can't be loaded when it is there for LuaJIT", function()
        local out = said {LUA_PATH = package.path, LUA_CPATH = broken, ["LUA_CPATH" .. suffix] = package.cpath}
        assert.matches("^ended:\tnil\tthe sandbox did not get ready: nginx's LuaJIT can't load openssl "
          .. "%(Debian, Ubuntu: the package lua%-luaossl; else luarocks [^)]+%): ", out)
        assert.matches("error loading module '_openssl[%w.]*' from file '" .. folder:gsub("%p", "%%%0"), out)
      end)
    end)

    it("says what to install when nginx is not there", function()
      local code, message = require("reseal.sandbox").run {listen = "127.0.0.1:0", nginx = "no-such-nginx"}
      assert.is_nil(code)
      assert.matches("no-such-nginx is not there; install nginx with its Lua module", message, 1, true)
    end)
  end)
end)
