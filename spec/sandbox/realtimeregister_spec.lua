-- The sandbox's Realtime Register, driven by the curl program: names and statuses are those of the provider's pages.

local binding = require "reseal.core"
local cjson = require "cjson"
local support = require "spec.support.sandbox"

-- Base64 of "example/0123456789abcdef0123456789"
local AUTHORIZATION = "Authorization: ApiKey ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ=="
local AUTHORIZED = {"-H", AUTHORIZATION}

describe("the sandbox's Realtime Register", function()
  local sandbox, csr

  setup(function()
    sandbox = support.start()
    csr = support.csr("example.com")
  end)

  teardown(function() assert.equal(0, sandbox.stop()) end)

  before_each(function() sandbox.reset() end)

  local function get(path, ...)
    return sandbox.get("/v2/" .. (select("#", ...) > 0 and path:format(...) or path), AUTHORIZED)
  end

  local function post(path, body)
    return sandbox.post("/v2/" .. path, body, AUTHORIZED)
  end

  local function reissue(fields, path)
    local body = {csr = csr}
    for name, value in pairs(fields or {}) do
      body[name] = value
    end
    return post(path or "ssl/certificates/7/reissue", body)
  end

  local function renew(fields, path)
    local body = {csr = csr, period = 12}
    for name, value in pairs(fields or {}) do
      body[name] = value
    end
    return post(path or "ssl/certificates/7/renew", body)
  end

  local function assert_refused(kind, answer, status)
    assert.equal(status or 400, answer.status, answer.body)
    assert.equal(kind, answer.json.type)
    assert.equal("string", type(answer.json.message))
    assert.is_nil(answer.headers["x-process-id"])
    assert.same({}, sandbox.ledger())
  end

  local function process_of(answer)
    return tonumber(answer.headers["x-process-id"])
  end

  local function validate(process)
    assert.equal(200, sandbox.post("/_sandbox/validate", {provider = "realtimeregister", process = process}).status)
  end

  local function last_request()
    local requests = sandbox.requests()
    return requests[#requests]
  end

  describe("caller", function()
    it("needs the key in its scheme", function()
      for _, header in ipairs {"X: y", "Authorization: ApiKey wrong", (AUTHORIZATION:gsub("ApiKey", "Basic"))} do
        local answer = sandbox.get("/v2/ssl/certificates/7", {"-H", header})
        assert_refused("AuthenticationError", answer, 401)
      end
    end)

    it("gets 404 for a path that isn't there", function()
      assert.equal(404, get("ssl/nonesuch").status)
      assert.equal(404, sandbox.curl("/v2/ssl/certificates/7", {"-X", "PATCH", "-H", AUTHORIZATION}).status)
    end)

    it("finds every described method, with and without a slash at the end", function()
      for _, name in ipairs(binding.describe("realtimeregister")) do
        local method = binding.describe("realtimeregister", name)
        local path = method.path:gsub("{customer}", "example"):gsub("{%w+}", "77")
        local arguments = {"-X", method.verb, "-H", AUTHORIZATION}
        if name == "resendDcv" then -- without a list of names it is resendProcess
          for _, more in ipairs {"--data-binary", '{"dcv":[]}', "-H", "Content-Type: application/json"} do
            arguments[#arguments + 1] = more
          end
        end
        for _, ending in ipairs {"", "/"} do
          local answer = sandbox.curl(path .. ending, arguments)
          assert.is_true(answer.status == 200 or answer.status == 400, name .. ": " .. answer.status)
        end
        assert.equal(name, last_request().method)
      end
    end)

    it("may end the path with a slash", function()
      assert.equal(200, get("ssl/certificates/7/").status)
      assert.equal(200, get("ssl/certificates/").status)
      assert.equal(202, reissue({}, "ssl/certificates/7/reissue/").status)
    end)
  end)

  describe("reissue", function()
    it("is accepted with a process id in the header and what to publish in the body", function()
      local answer = reissue {uniqueValue = "u1", dcv = {
        {commonName = "example.com", type = "DNS", email = cjson.null},
        {commonName = "www.example.com", type = "FILE"},
      }}
      assert.equal(202, answer.status)
      assert.matches("^%d+$", answer.headers["x-process-id"])
      assert.equal("application/json", answer.headers["content-type"])
      assert.equal("example.com", answer.json.commonName)
      assert.is_false(answer.json.requiresAttention)
      assert.is_nil(answer.json.certificateId)

      local md5 = support.openssl("req -in %s -outform DER | openssl md5 -r", csr):match("%x+")
      local sha256 = support.openssl("req -in %s -outform DER | openssl sha256 -r", csr):match("%x+")
      local dns, file = answer.json.validations.dcv[1], answer.json.validations.dcv[2]
      assert.same({
        commonName = "example.com", type = "DNS", status = "WAITING", dnsType = "CNAME",
        dnsRecord = "_" .. md5 .. ".example.com",
        dnsContents = sha256:sub(1, 32) .. "." .. sha256:sub(33) .. ".u1.sectigo.com",
      }, dns)
      assert.same({
        commonName = "www.example.com", type = "FILE", status = "WAITING",
        fileLocation = "http://www.example.com/.well-known/pki-validation/" .. md5:upper() .. ".txt",
        fileContents = sha256:upper() .. "\nsectigo.com\nu1",
      }, file)
      assert.same({}, sandbox.ledger())
    end)

    it("waits SUSPENDED, and ends with a signed certificate of the same process", function()
      local process = process_of(reissue())
      local waiting = get("processes/%d", process).json
      assert.same({"SUSPENDED", "certificate", "reissue", "example.com", "example"},
        {waiting.status, waiting.type, waiting.action, waiting.identifier, waiting.customer})
      assert.same({"PROVIDER", "RESEND", "CANCEL"}, waiting.resumeTypes)
      assert.matches('"entities":[]', get("ssl/certificates?process:eq=%d", process).body, 1, true)
      assert.matches('"total":0[,}]', get("ssl/certificates?process:eq=%d", process).body)

      validate(process)
      assert.equal("COMPLETED", get("processes/%d", process).json.status)
      assert.equal("VALIDATED", get("processes/%d/info", process).json.validations.dcv[1].status)
      local found = get("ssl/certificates?process:eq=%d", process).json
      assert.equal(1, found.pagination.total)
      local new = found.entities[1]
      assert.same({process, "ACTIVE", "ssl_sectigo", "SINGLE_DOMAIN", "DOMAIN_VALIDATION", "example.com"},
        {new.process, new.status, new.product, new.certificateType, new.validationType, new.domainName})
      assert.same({"ECDSA", 256}, {new.publicKeyAlgorithm, new.publicKeySize})
      assert.same({"www.example.com"}, new.san)
      assert.equal("REISSUED", get("ssl/certificates/7").json.status)
      local printed = support.openssl("x509 -in %s -noout -pubkey", new.certificate)
      assert.equal(support.openssl("req -in %s -noout -pubkey", csr), printed)
      assert.equal(new.fingerprint, (support.openssl("x509 -in %s -noout -fingerprint -sha256", new.certificate)
        :match("=(%S+)"):gsub(":", "")))
    end)

    it("sends whole numbers and empty lists as JSON has them", function()
      local answer = reissue {authKey = true, san = cjson.null}
      local id = answer.body:match('"certificateId":(%d+)[,}]')
      assert.is_not_nil(id, answer.body)
      sandbox.reset()
      local process = process_of(post("ssl/certificates/7/reissue", ('{"csr":%s,"san":[]}'):format(cjson.encode(csr))))
      validate(process)
      assert.matches('"san":%[%]', get("ssl/certificates?process:eq=%d", process).body)
    end)

    it("issues at once with an auth key", function()
      local answer = reissue {authKey = true}
      assert.equal(201, answer.status)
      local id = answer.json.certificateId
      assert.equal(("/v2/ssl/certificates/%d"):format(id), answer.headers.location)
      assert.equal(process_of(answer), get("ssl/certificates/%d", id).json.process)
      assert.equal("COMPLETED", get("processes/%d", process_of(answer)).json.status)
    end)

    it("is quoted without being done", function()
      local answer = reissue({}, "ssl/certificates/7/reissue?quote=true")
      assert.equal(200, answer.status)
      assert.same({command = "reissue", quote = {total = 0}}, answer.json)
      assert.is_nil(answer.headers["x-process-id"])
      assert.equal(202, reissue({}, "ssl/certificates/7/reissue?quote=false").status)
    end)

    it("is refused while another order is open", function()
      assert.equal(202, reissue().status)
      assert_refused("ObjectExists", reissue())
      assert_refused("ObjectExists", renew())
    end)

    it("is refused for what is not active, and for what isn't there", function()
      assert_refused("ObjectStatusProhibitsOperation", reissue({csr = support.csr("*.example.net")},
        "ssl/certificates/9/reissue"))
      local missing = reissue({}, "ssl/certificates/77/reissue")
      assert_refused("ObjectDoesNotExist", missing)
      assert.equal("Entity not found", missing.json.message)
    end)

    it("refuses a bad request for a certificate", function()
      assert_refused("InvalidCSRException", reissue {csr = "no request"})
    end)

    it("refuses what can't be parsed", function()
      for _, text in ipairs {"", "{", "[1]", '{"csr":NaN}', "null"} do
        assert_refused("InvalidMessage", post("ssl/certificates/7/reissue", text))
      end
    end)

    for _, row in ipairs {
      {{country = "NL"}, "country"},
      {{period = 12}, "period"},
      {{csr = 5}, "csr"},
      {{authKey = "true"}, "authKey"},
      {{san = "example.com"}, "san"},
      {{approver = {nick = "x"}}, "approver.nick"},
      {{dcv = {{commonName = "example.com", type = "DNS", token = "x"}}}, "dcv[0].token"},
    } do
      it("does not recognise " .. row[2], function()
        local answer = reissue(row[1])
        assert_refused("UnrecognizedPropertyException", answer)
        assert.equal(row[2], answer.json.property)
      end)
    end

    local function violated(fields)
      local answer = reissue(fields)
      assert_refused("ConstraintViolationException", answer)
      local names = {}
      for i, violation in ipairs(answer.json.violations) do
        assert.equal("string", type(violation.message))
        names[i] = violation.field
      end
      table.sort(names)
      return names
    end

    it("lists all violations of constraints at once", function()
      assert.same({"approver.email", "approver.firstName", "approver.voice", "city", "csr", "dcv[0].email",
        "dcv[1].type", "language", "san[1]", "uniqueValue"}, violated {
        csr = cjson.null, language = "XX", uniqueValue = "a-b", city = ("x"):rep(61),
        san = {"a.example.com", "BAD.example.com"},
        approver = {lastName = "Lee", email = "Ann@example.com", voice = "+1 555"},
        dcv = {{commonName = "example.com", type = "EMAIL"}, {commonName = "www.example.com", type = "FAX"}},
      })
    end)

    it("measures lengths in bytes, after trimming", function()
      -- 30 characters of two bytes fit, 31 don't
      assert.equal(202, reissue({city = "  " .. ("é"):rep(30) .. " "}).status)
      sandbox.reset()
      assert.same({"city"}, violated {city = ("é"):rep(31)})
      assert.same({"city"}, violated {city = "   "})
    end)

    it("takes null for an absent optional value", function()
      assert.equal(202, reissue({san = cjson.null, approver = cjson.null, language = cjson.null}).status)
    end)

    for _, row in ipairs {
      {"a name that the product does not cover", {san = {"shop.example.com"}}},
      {"a wildcard for a product without", {domainName = "*.example.com"}},
      {"validation of a name not ordered", {dcv = {{commonName = "example.org", type = "DNS"}}}},
      {"an address that can not approve",
        {dcv = {{commonName = "example.com", type = "EMAIL", email = "joe@example.com"}}}},
    } do
      it("refuses " .. row[1], function() assert_refused("ValidationError", reissue(row[2])) end)
    end

    it("names the mail address in the instructions", function()
      local answer = reissue {dcv = {{commonName = "example.com", type = "EMAIL", email = "admin@example.com"}}}
      assert.equal("admin@example.com", answer.json.validations.dcv[1].email)
    end)
  end)

  describe("renew", function()
    it("charges the credit when ordered, and the new certificate follows the old one", function()
      local answer = renew {period = 24}
      assert.equal(202, answer.status)
      local process = process_of(answer)
      local ledger = sandbox.ledger()
      assert.equal(1, #ledger)
      local entry = ledger[1]
      assert.same({"realtimeregister", "example", "renew", 7, process, 1800, "EUR", 48200}, {
        entry.provider, entry.account, entry.method, entry.certificate, entry.process, entry.amount, entry.currency,
        entry.balance,
      })
      assert.same({EUR = 1800}, get("processes/%d", process).json.transaction)
      validate(process)
      assert.equal("RENEWED", get("ssl/certificates/7").json.status)
      local new = get("ssl/certificates?process=%d", process).json.entities[1]
      -- two years are bought, but a certificate may live 200 days at most
      assert.is_true(new.subscriptionEndDate > new.expiryDate)
    end)

    it("is quoted with its price", function()
      local answer = renew({}, "ssl/certificates/7/renew?quote=true")
      assert.same({command = "renew", quote = {total = 900, currency = "EUR", billables = {{
        product = "ssl_sectigo", action = "RENEW", quantity = 1, amount = 900, refundable = true, total = 900,
      }}}}, answer.json)
      assert.same({}, sandbox.ledger())
    end)

    it("is refused before its window, for other periods and with too little credit", function()
      assert_refused("ValidationError", renew({csr = support.csr("example.org")}, "ssl/certificates/8/renew"))
      assert_refused("ValidationError", renew {period = 13})
      assert_refused("ValidationError", renew {product = "ssl_sectigo_wildcard"})
      assert_refused("ObjectDoesNotExist", renew {product = "nonesuch"})
      sandbox.reset {realtimeregister = {credit = 899}}
      assert_refused("InsufficientCreditException", renew())
      assert.equal(899, sandbox.get("/_sandbox/state").json.realtimeregister.account.credit)
    end)

    it("needs a period", function()
      local answer = post("ssl/certificates/7/renew", {csr = csr})
      assert_refused("ConstraintViolationException", answer)
      assert.equal("period", answer.json.violations[1].field)
    end)
  end)

  describe("reading", function()
    it("shows a certificate", function()
      local shown = get("ssl/certificates/7").json
      assert.same({7, "ACTIVE", "example.com"}, {shown.id, shown.status, shown.domainName})
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", shown.expiryDate)
      assert.same({id = 7, status = "ACTIVE"}, get("ssl/certificates/7?fields=status").json)
    end)

    it("knows that time makes a certificate expire", function()
      sandbox.post("/_sandbox/clock", {advance_days = 11})
      assert.equal("EXPIRED", get("ssl/certificates/7").json.status)
    end)

    it("lists with filters, limit, offset and total", function()
      local listed = get("ssl/certificates?status:ne=REVOKED&limit=1&offset=1").json
      assert.same({limit = 1, offset = 1, total = 2}, listed.pagination)
      assert.equal(8, listed.entities[1].id)
      local counted = get("ssl/certificates?limit=0").json
      assert.is_nil(counted.entities)
      assert.equal(3, counted.pagination.total)
      assert.is_nil(get("ssl/certificates?total=false").json.pagination.total)
      assert.equal(2, #get("ssl/certificates?id:in=7,9").json.entities)
      assert_refused("ValidationError", get("ssl/certificates?colour=red"))
    end)

    it("refuses unknown ids", function()
      for _, path in ipairs {"ssl/certificates/77", "processes/77", "processes/77/info", "ssl/certificates/x"} do
        assert_refused("ObjectDoesNotExist", get(path))
      end
    end)
  end)
end)
