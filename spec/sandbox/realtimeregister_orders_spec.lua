-- Ordering at the sandbox's Realtime Register: requests, their prices, what they wait for, and how they end. Driven by
-- the curl program; names and statuses are those of the provider's pages.

local dns_server = require "spec.support.dns"
local nginx = require "spec.support.nginx"
local realtimeregister = require "spec.support.realtimeregister"
local support = require "spec.support.sandbox"

local OV_SUBJECT = "/C=NL/L=Zwolle/O=Example B.V./CN=example.com"
local APPROVER = {firstName = "Ann", lastName = "Lee", email = "ann@example.com", voice = "+31.384530759"}

describe("an order at the sandbox's Realtime Register", function()
  local rr, csr, ov_csr, web, dns

  setup(function()
    rr = realtimeregister.start()
    csr = support.csr("shop.example.com")
    ov_csr = realtimeregister.csr(OV_SUBJECT)
    dns = dns_server.start()
    web = nginx.start("server { listen 127.0.0.1:@port@; location /.well-known/pki-validation/ { alias @dir@/; } }")
  end)

  teardown(function()
    web.stop()
    dns.stop()
    assert.equal(0, rr.stop())
  end)

  before_each(function() rr.reset() end)

  --- A web server that serves what the sandbox looks for, and a sandbox that looks often.
  local function look_at_web()
    rr.reset {dcv = {http = "127.0.0.1:" .. web.port, interval = 0.05}}
  end

  local function look_at_dns()
    rr.reset {dcv = {dns = dns.address, interval = 0.05}}
  end

  local function publish(file, content)
    local handle = assert(io.open(web.dir .. "/" .. file, "wb"))
    handle:write(content)
    handle:close()
  end

  local function request(fields, query)
    local body = {customer = "example", product = "ssl_sectigo", period = 12, csr = csr}
    for name, value in pairs(fields or {}) do
      body[name] = value
    end
    return rr.post("ssl/certificates" .. (query or ""), body)
  end

  local function request_ov(fields, query)
    local body = {product = "ssl_sectigo_ov", csr = ov_csr, address = "Ceintuurbaan 32", postalCode = "8024 AA",
      approver = APPROVER}
    for name, value in pairs(fields or {}) do
      body[name] = value
    end
    return request(body, query)
  end

  local function assert_refused(kind, answer)
    assert.equal(400, answer.status, answer.body)
    assert.equal(kind, answer.json.type, answer.body)
    assert.is_nil(answer.headers["x-process-id"])
    assert.same({}, rr.ledger())
  end

  local function names_of(answer)
    local names = {}
    for i, entry in ipairs(answer.json.validations.dcv) do
      names[i] = entry.commonName
    end
    return names
  end

  describe("for a new certificate", function()
    it("is charged when it is placed, and ends with the certificate", function()
      local answer = request()
      assert.equal(202, answer.status, answer.body)
      assert.same({"shop.example.com", "www.shop.example.com"}, names_of(answer))
      local process = rr.process(answer)
      local entry = rr.ledger()[1]
      assert.same({"request", process, 900, "EUR", 49100},
        {entry.method, entry.process, entry.amount, entry.currency, entry.balance})
      assert.is_nil(entry.certificate)
      local shown = rr.get("processes/%d", process).json
      assert.same({"SUSPENDED", "request", {EUR = 900}}, {shown.status, shown.action, shown.transaction})

      rr.prove(process)
      assert.equal("COMPLETED", rr.get("processes/%d", process).json.status)
      local certificate = rr.certificate(process)
      assert.same({"ACTIVE", "ssl_sectigo", "shop.example.com", {"www.shop.example.com"}},
        {certificate.status, certificate.product, certificate.domainName, certificate.san})
      assert.equal(support.openssl("req -in %s -noout -pubkey", csr),
        support.openssl("x509 -in %s -noout -pubkey", certificate.certificate))
    end)

    it("buys a subscription when it is for years", function()
      local answer = request {period = 36}
      rr.prove(rr.process(answer))
      local certificate = rr.certificate(rr.process(answer))
      assert.is_true(certificate.subscriptionEndDate > certificate.expiryDate)
      assert.equal(2700, rr.ledger()[1].amount)
    end)

    it("may end the path with a slash", function()
      assert.equal(202, rr.post("ssl/certificates/",
        {customer = "example", product = "ssl_sectigo", period = 12, csr = csr}).status)
    end)

    for _, row in ipairs {
      {"adds the www name", {domainName = "example.com"}, {"example.com", "www.example.com"}},
      {"adds the name without www", {domainName = "www.example.com"}, {"www.example.com", "example.com"}},
      {"adds no www name to an empty san", {domainName = "example.com", san = {}}, {"example.com"}},
      {"takes the free name that is asked for", {domainName = "example.com", san = {"www.example.com"}},
        {"example.com", "www.example.com"}},
      {"adds what the product includes only", {domainName = "www.example.com", product = "ssl_rapidssl",
        dcv = {{commonName = "www.example.com", type = "DNS"}}}, {"www.example.com"}},
      {"adds the bare name to a wildcard", {domainName = "*.example.com", product = "ssl_sectigo_wildcard"},
        {"*.example.com", "example.com"}},
      {"adds nothing to several names", {domainName = "example.com", product = "ssl_sectigo_multi",
        san = {"a.example.com"}}, {"example.com", "a.example.com"}},
    } do
      it(row[1], function()
        -- an empty table is [] here
        local body = {customer = "example", product = "ssl_sectigo", period = 12, csr = csr}
        for name, value in pairs(row[2]) do
          body[name] = value
        end
        local text = require("cjson").encode(body):gsub('"san":{}', '"san":[]')
        local answer = rr.post("ssl/certificates", text)
        assert.equal(202, answer.status, answer.body)
        assert.same(row[3], names_of(answer))
      end)
    end

    it("takes the names of the CSR for several names", function()
      local several = support.csr("example.com", {"example.com", "a.example.com", "b.example.com"})
      assert.same({"example.com", "a.example.com", "b.example.com"},
        names_of(request {product = "ssl_sectigo_multi", csr = several}))
    end)

    for _, row in ipairs {
      {"customer", "ObjectDoesNotExist", {customer = "someone"}},
      {"product", "ObjectDoesNotExist", {product = "nonesuch"}},
      {"product without a contract", "NoContractException", {product = "ssl_thawte"}},
      {"product for ACME", "ValidationError", {product = "ssl_sectigo_acme"}},
      {"period", "ValidationError", {period = 6}},
      {"CSR", "InvalidCSRException", {csr = "-----BEGIN CERTIFICATE REQUEST-----"}},
      {"second name", "ValidationError", {san = {"other.example.com"}}},
      {"wildcard", "ValidationError", {domainName = "*.example.com"}},
      {"plain name for a wildcard", "ValidationError", {product = "ssl_sectigo_wildcard"}},
      {"file for a wildcard", "ValidationError", {product = "ssl_sectigo_wildcard", domainName = "*.example.com",
        dcv = {{commonName = "*.example.com", type = "FILE"}}}},
      {"wildcard among several names", "ValidationError", {product = "ssl_sectigo_multi",
        san = {"*.example.com"}}},
    } do
      it("refuses a wrong " .. row[1], function() assert_refused(row[2], request(row[3])) end)
    end

    it("refuses a common name that is no domain", function()
      assert_refused("ValidationError", request {csr = support.csr("my_host.example.com")})
    end)

    it("refuses more names than the product has", function()
      local san = {}
      for i = 1, 100 do
        san[i] = ("n%d.example.com"):format(i)
      end
      assert_refused("ValidationError", request {product = "ssl_sectigo_multi", san = san})
      san[100] = nil
      assert.equal(200, request({product = "ssl_sectigo_multi", san = san}, "?quote=true").status)
    end)

    it("names everything that is missing", function()
      local answer = rr.post("ssl/certificates", {})
      assert.same({"csr", "customer", "period", "product"}, rr.violated(answer))
      assert.same({"customer", "period"}, rr.violated(request {customer = "a b", period = 0}))
      assert.same({}, rr.ledger())
    end)

    it("is refused while the same is open, and with too little credit", function()
      assert.equal(202, request().status)
      assert.equal("ObjectExists", request().json.type)
      assert.equal(202, request({domainName = "other.example.com"}).status)
      assert.equal(2, #rr.ledger())
      rr.reset {realtimeregister = {credit = 899}}
      assert_refused("InsufficientCreditException", request())
    end)

    it("shows other brands' values", function()
      local answer = request {product = "ssl_rapidssl", period = 6, dcv = {
        {commonName = "shop.example.com", type = "DNS"}, {commonName = "www.shop.example.com", type = "FILE"}}}
      local record, file = answer.json.validations.dcv[1], answer.json.validations.dcv[2]
      assert.same({"_dnsauth.shop.example.com", "CNAME"}, {record.dnsRecord, record.dnsType})
      assert.equal(record.dnsContents, file.fileContents .. ".dcv.digicert.com")
      assert.equal("http://www.shop.example.com/.well-known/pki-validation/fileauth.txt", file.fileLocation)
      assert.equal(600, rr.ledger()[1].amount)
    end)
  end)

  describe("as a quote", function()
    local function quote(fields)
      return request(fields, "?quote=true")
    end

    it("has a line for each price", function()
      assert.same({command = "request", quote = {total = 4100, currency = "EUR", billables = {
        {product = "ssl_sectigo_multi", action = "REQUEST", quantity = 1, amount = 2500, refundable = true,
          total = 2500},
        {product = "ssl_sectigo_multi", action = "EXTRA_DOMAIN", quantity = 2, amount = 800, refundable = true,
          total = 1600},
      }}}, quote({product = "ssl_sectigo_multi", san = {"a.example.com", "b.example.com", "c.example.com",
        "d.example.com"}}).json)
    end)

    it("counts wildcards by themselves, and years by the term", function()
      local answer = request_ov({product = "ssl_sectigo_ov_multi", period = 24, san = {"*.example.com"}},
        "?quote=true")
      assert.same({{"ssl_sectigo_ov_multi_2years", "REQUEST", 25800},
        {"ssl_sectigo_ov_multi_2years", "EXTRA_WILDCARD", 24000}}, {
        {answer.json.quote.billables[1].product, answer.json.quote.billables[1].action,
          answer.json.quote.billables[1].total},
        {answer.json.quote.billables[2].product, answer.json.quote.billables[2].action,
          answer.json.quote.billables[2].total},
      })
    end)

    it("orders nothing, and refuses what an order would", function()
      local answer = quote()
      assert.equal(200, answer.status)
      assert.is_nil(answer.headers["x-process-id"])
      assert.same({}, rr.ledger())
      assert_refused("ValidationError", quote {period = 7})
      assert.equal(202, request().status)
      assert.equal("ObjectExists", quote().json.type)
    end)

    it("is either true or false", function()
      local answer = request({}, "?quote=yes")
      assert_refused("UnrecognizedPropertyException", answer)
      assert.equal("quote", answer.json.property)
    end)

    it("charges names that a reissue adds", function()
      local several = support.csr("example.org", {"example.org", "shop.example.org", "b.example.org",
        "c.example.org"})
      local answer = rr.post("ssl/certificates/8/reissue?quote=true", {csr = several})
      assert.same({800, "EXTRA_DOMAIN", 1}, {answer.json.quote.total, answer.json.quote.billables[1].action,
        answer.json.quote.billables[1].quantity})
      assert.equal(202, rr.post("ssl/certificates/8/reissue", {csr = several}).status)
      assert.same({"reissue", 8, 800}, {rr.ledger()[1].method, rr.ledger()[1].certificate, rr.ledger()[1].amount})
    end)

    it("prices a renewal to another product that allows it", function()
      local body = {csr = ov_csr, period = 12, product = "ssl_sectigo_ov", address = "A 1", postalCode = "1000 AA",
        approver = APPROVER}
      assert.equal(4900, rr.post("ssl/certificates/7/renew?quote=true", body).json.quote.total)
      body.product = "ssl_sectigo_ev"
      assert.equal("ValidationError", rr.post("ssl/certificates/7/renew?quote=true", body).json.type)
    end)
  end)

  describe("with an organization", function()
    it("needs the product's fields, from the order or the CSR", function()
      local plain = realtimeregister.csr("/CN=example.com")
      assert.same({"address", "approver", "city", "country", "organization", "postalCode"},
        rr.violated(request {product = "ssl_sectigo_ov", csr = plain}))
      assert.same({"address", "approver", "postalCode"},
        rr.violated(request {product = "ssl_sectigo_ov", csr = ov_csr}))
      assert.same({"coc"}, rr.violated(request_ov {product = "ssl_sectigo_ev"}))
      assert.same({"dcv"}, rr.violated(request {product = "ssl_rapidssl"}))
      assert.same({}, rr.ledger())
      assert.equal(202, request_ov({product = "ssl_sectigo_ev", coc = "12345678"}).status)
    end)

    it("waits for its validation after control of the names is proved", function()
      local answer = request_ov()
      local info = answer.json
      assert.is_true(info.requiresAttention)
      assert.matches("^https://", info.oneTimeLink)
      assert.same({"WAITING", "WAITING", "ATTENTION"},
        {info.validations.organization, info.validations.voice, info.validations.agreement})
      local process = rr.process(answer)
      rr.prove(process)
      assert.equal("SUSPENDED", rr.get("processes/%d", process).json.status)
      assert.equal("VALIDATED", rr.get("processes/%d/info", process).json.validations.dcv[1].status)
      rr.prove(process, {organization = true})
      assert.equal("COMPLETED", rr.get("processes/%d", process).json.status)
      local certificate = rr.certificate(process)
      assert.same({"ORGANIZATION_VALIDATION", "Example B.V.", "Zwolle", "NL", "8024 AA", {"Ceintuurbaan 32"}},
        {certificate.validationType, certificate.organization, certificate.city, certificate.country,
          certificate.postalCode, certificate.addressLine})
      info = rr.get("processes/%d/info", process).json
      assert.same({false, "VALIDATED"}, {info.requiresAttention, info.validations.agreement})
      assert.is_nil(info.oneTimeLink)
    end)

    it("waits for the names after the organization is validated, with an auth key only for it", function()
      local process = rr.process(request_ov())
      rr.prove(process, {organization = true})
      assert.equal("SUSPENDED", rr.get("processes/%d", process).json.status)
      rr.prove(process)
      assert.equal("COMPLETED", rr.get("processes/%d", process).json.status)
      assert.equal(202, request_ov({authKey = true, domainName = "b.example.com"}).status)
    end)

    it("fails when it is not found, and gives the money back", function()
      local process = rr.process(request_ov())
      rr.prove(process, {organization = false})
      local shown = rr.get("processes/%d", process).json
      assert.same({"FAILED", "ProcessError", {EUR = 4900}}, {shown.status, shown.error.type, shown.refund})
      assert.equal(-4900, rr.ledger()[2].amount)
      assert.equal(50000, rr.ledger()[2].balance)
      assert.equal(0, rr.get("ssl/certificates?process=%d", process).json.pagination.total)
    end)

    it("is found by what needs attention, until the agreement is sent", function()
      local process = rr.process(request_ov())
      assert.equal(202, request().status)
      local found = rr.get("processes?detailStatus=SSL_REQUIRES_ATTENTION").json
      assert.same({1, process}, {found.pagination.total, found.entities[1].id})
      local path = ("processes/%d/send-subscriber-agreement"):format(process)
      assert.same({"email", "language"}, rr.violated(rr.post(path, {email = "ann.example.com", language = "SE"})))
      local answer = rr.post(path .. "/", {email = "ann@example.com", language = "NL"})
      assert.same({200, ""}, {answer.status, answer.body})
      assert.equal("WAITING", rr.get("processes/%d/info", process).json.validations.agreement)
      assert.equal(0, rr.get("processes?detailStatus=SSL_REQUIRES_ATTENTION").json.pagination.total)
    end)

    it("can be called within Dutch office hours", function()
      -- Friday, 2026-10-23 at noon UTC; summer time ends on Sunday, the 25th
      rr.reset {now = 1792756800}
      local process = rr.process(request_ov())
      local path = ("processes/%d/schedule-validation-call"):format(process)
      local function call(date)
        return rr.post(path, {date = date})
      end
      for _, date in ipairs {"2026-10-23T14:59:00Z", "2026-10-26T08:00:00.000Z", "2026-10-26T09:00:00+01:00"} do
        assert.same({200, ""}, {call(date).status, call(date).body})
      end
      for _, date in ipairs {"2026-10-23T15:00:00Z", "2026-10-24T10:00:00Z", "2026-10-26T07:59:00Z",
        "2026-10-26T16:00:00Z", "2026-10-22T10:00:00Z"} do
        assert.equal("ValidationError", call(date).json.type, date)
      end
      for _, date in ipairs {"tomorrow", "2026-10-26", "2026-13-26T08:00:00Z", "2026-10-26T08:00:00"} do
        assert.same({"date"}, rr.violated(call(date)))
      end
    end)

    it("is what a domain order has not", function()
      local process = rr.process(request())
      for path, body in pairs {
        ["schedule-validation-call"] = {date = "2099-01-05T10:00:00Z"},
        ["send-subscriber-agreement"] = {email = "ann@example.com"},
      } do
        assert.equal("ValidationError", rr.post(("processes/%d/%s"):format(process, path), body).json.type)
      end
      local refused = rr.sandbox.post("/_sandbox/approve",
        {provider = "realtimeregister", process = process, organization = true})
      assert.same({400, ("field 'process': process %d checks no organization"):format(process)},
        {refused.status, refused.json.error})
    end)
  end)

  describe("that waits", function()
    it("is issued when its file is found", function()
      look_at_web()
      local answer = request {san = {"www.shop.example.com"}, dcv = {
        {commonName = "shop.example.com", type = "FILE"}, {commonName = "www.shop.example.com", type = "FILE"}}}
      local process, entry = rr.process(answer), answer.json.validations.dcv[1]
      assert.is_truthy(support.wait(5, function()
        return (rr.get("processes/%d", process).json.statusDetail or ""):find("404", 1, true)
      end))
      publish(entry.fileLocation:match("[^/]+$"), entry.fileContents)
      assert.is_truthy(support.wait(5, function()
        return rr.get("processes/%d", process).json.status == "COMPLETED"
      end))
      assert.equal("shop.example.com", rr.certificate(process).domainName)
    end)

    it("is issued when its records are found", function()
      look_at_dns()
      local answer = request {domainName = "*.example.com", product = "ssl_sectigo_wildcard"}
      local process, entries = rr.process(answer), answer.json.validations.dcv
      -- both names are proved by the same record
      assert.same({entries[1].dnsRecord, entries[1].dnsContents}, {entries[2].dnsRecord, entries[2].dnsContents})
      dns.cname(entries[1].dnsRecord, entries[1].dnsContents)
      assert.is_truthy(support.wait(5, function()
        return rr.get("processes/%d", process).json.status == "COMPLETED"
      end))
    end)

    it("is looked at when it is resent, by the method that is given", function()
      local process = rr.process(request())
      local path = ("processes/%d/resend"):format(process)
      local answer = rr.post(path .. "/", {dcv = {{commonName = "shop.example.com", type = "FILE"}}})
      assert.equal(200, answer.status)
      assert.matches("no web server is configured", answer.json.warning, 1, true)
      local dcv = rr.get("processes/%d/info", process).json.validations.dcv
      assert.same({"FILE", "DNS"}, {dcv[1].type, dcv[2].type})
      publish(dcv[1].fileLocation:match("[^/]+$"), dcv[1].fileContents)

      -- the interval is long, so only the call looks
      rr.control("dcv", {http = "127.0.0.1:" .. web.port, interval = 3600})
      answer = rr.post(path, {dcv = {{commonName = "www.shop.example.com", type = "FILE"}}})
      assert.same({}, answer.json)
      assert.equal("COMPLETED", rr.get("processes/%d", process).json.status)
      assert.equal("ObjectStatusProhibitsOperation", rr.post(path, {dcv = {
        {commonName = "shop.example.com", type = "DNS"}}}).json.type)
    end)

    -- one official SDK sends no body, the other an empty object, and PHP's empty array is []
    it("is resent as any process, without a body or with one that names nothing", function()
      local process = rr.process(request())
      local path = ("processes/%d/resend"):format(process)
      for _, body in ipairs {"", "{}", "[]", '{"dcv":null}'} do
        local answer = rr.post(path, body)
        assert.same({200, ""}, {answer.status, answer.body}, body)
      end
      local answer = rr.post(path .. "/", '{"dcv":[]}')
      assert.equal(200, answer.status)
      assert.matches("no DNS server is configured", answer.json.warning, 1, true)
      assert.equal("ObjectDoesNotExist", rr.post("processes/77/resend", "{}").json.type)
      rr.prove(process)
      assert.equal("ObjectStatusProhibitsOperation", rr.post(path, "{}").json.type)
    end)

    it("needs names in a body, where the service is so", function()
      rr.reset {realtimeregister = {odd = {"resend_needs_dcv"}}}
      local path = ("processes/%d/resend"):format(rr.process(request()))
      assert.same({"dcv"}, rr.violated(rr.post(path, "{}")))
      assert.same({"dcv"}, rr.violated(rr.post(path, '{"dcv":null}')))
      assert.equal(200, rr.post(path, "").status)
    end)

    it("is proved by the same method for the free name as for the name it comes with", function()
      local function types(fields)
        local found = {}
        for i, entry in ipairs(request(fields).json.validations.dcv) do
          found[i] = entry.commonName .. " " .. entry.type .. (entry.email and " " .. entry.email or "")
        end
        rr.reset()
        return found
      end
      local function dcv(name, kind, email)
        return {{commonName = name, type = kind, email = email}}
      end
      assert.same({"shop.example.com FILE", "www.shop.example.com FILE"},
        types {dcv = dcv("shop.example.com", "FILE")})
      assert.same({"www.shop.example.com FILE", "shop.example.com FILE"},
        types {domainName = "www.shop.example.com", dcv = dcv("www.shop.example.com", "FILE")})
      assert.same({"shop.example.com EMAIL admin@example.com", "www.shop.example.com EMAIL admin@example.com"},
        types {dcv = dcv("shop.example.com", "EMAIL", "admin@example.com")})
      -- that address can't approve the shorter name
      local www = "www.shop.example.com"
      assert.same({"www.shop.example.com EMAIL admin@www.shop.example.com", "shop.example.com DNS"},
        types {domainName = www, dcv = dcv(www, "EMAIL", "admin@www.shop.example.com")})
      assert.same({"shop.example.com DNS", "www.shop.example.com FILE"},
        types {dcv = dcv("www.shop.example.com", "FILE")})
      assert.same({"shop.example.com DNS", "www.shop.example.com DNS"}, types {})
    end)

    it("refuses to resend what is wrong", function()
      local process = rr.process(request())
      local function resend(body)
        return rr.post(("processes/%d/resend"):format(process), body)
      end
      assert.equal("UnrecognizedPropertyException", resend({fax = 1}).json.type)
      assert.equal("InvalidMessage", resend("[1]").json.type)
      assert.same({"dcv[0].type"},
        rr.violated(resend {dcv = {{commonName = "shop.example.com", type = "FAX"}}}))
      assert.equal("ValidationError",
        resend({dcv = {{commonName = "other.example.com", type = "DNS"}}}).json.type)
      assert.equal("ValidationError", resend({dcv = {
        {commonName = "shop.example.com", type = "EMAIL", email = "joe@example.com"}}}).json.type)
      assert.equal("ObjectDoesNotExist", rr.post("processes/77/resend", {dcv = {
        {commonName = "shop.example.com", type = "DNS"}}}).json.type)
    end)

    it("is approved by mail, name by name", function()
      local process = rr.process(request {dcv = {
        {commonName = "shop.example.com", type = "EMAIL", email = "admin@example.com"},
        {commonName = "www.shop.example.com", type = "EMAIL", email = "webmaster@shop.example.com"},
      }})
      rr.prove(process, {name = "shop.example.com"})
      local dcv = rr.get("processes/%d/info", process).json.validations.dcv
      assert.same({"VALIDATED", "WAITING"}, {dcv[1].status, dcv[2].status})
      local again = rr.sandbox.post("/_sandbox/approve",
        {provider = "realtimeregister", process = process, name = "shop.example.com"})
      assert.equal(400, again.status)
      rr.prove(process, {})
      assert.equal("COMPLETED", rr.get("processes/%d", process).json.status)
    end)

    it("takes notes", function()
      local process = rr.process(request())
      local path = ("processes/%d/add-note"):format(process)
      assert.same({"message"}, rr.violated(rr.post(path, {})))
      local answer = rr.post(path, {message = "please hurry"})
      assert.same({200, ""}, {answer.status, answer.body})
      local note = rr.get("processes/%d/info", process).json.notes[1]
      assert.same({"OUTGOING", "please hurry"}, {note.type, note.message})
    end)

    it("can be cancelled, which gives the money back", function()
      local answer = rr.post("ssl/certificates/7/renew", {csr = support.csr("example.com"), period = 12})
      local process = rr.process(answer)
      local cancelled = rr.delete("processes/" .. process)
      assert.same({200, ""}, {cancelled.status, cancelled.body})
      local shown = rr.get("processes/%d", process).json
      assert.same({"CANCELLED", {EUR = 900}}, {shown.status, shown.refund})
      assert.is_nil(shown.resumeTypes)
      assert.same({"refund", -900, 50000},
        {rr.ledger()[2].method, rr.ledger()[2].amount, rr.ledger()[2].balance})
      assert.equal("ObjectStatusProhibitsOperation", rr.delete("processes/" .. process).json.type)
      assert.equal("ObjectDoesNotExist", rr.delete("processes/77").json.type)
      assert.equal("ACTIVE", rr.get("ssl/certificates/7").json.status)
      assert.equal(202, rr.post("ssl/certificates/7/reissue", {csr = support.csr("example.com")}).status)
    end)
  end)

  describe("with an auth key", function()
    local function auth_key(product, other_csr)
      return rr.post("ssl/authkey", {product = product or "ssl_rapidssl", csr = other_csr or csr})
    end

    it("gets a key that is valid for a while", function()
      local answer = auth_key()
      assert.equal(200, answer.status)
      assert.matches("^%x+$", answer.json.authKey)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", answer.json.validity)
      assert.not_equal(answer.json.authKey, auth_key("ssl_sectigo").json.authKey)
    end)

    it("gets none for a wrong product or CSR", function()
      assert_refused("ObjectDoesNotExist", auth_key("nonesuch"))
      assert_refused("ValidationError", auth_key("ssl_sectigo_ov"))
      assert_refused("InvalidCSRException", auth_key(nil, "no request"))
      assert.same({"csr", "product"}, rr.violated(rr.post("ssl/authkey", {})))
    end)

    local function order()
      return request {product = "ssl_rapidssl", authKey = true, dcv = {
        {commonName = "shop.example.com", type = "FILE"}}}
    end

    it("is issued at once when it is published, and rejected when not", function()
      look_at_web()
      os.remove(web.dir .. "/fileauth.txt")
      assert_refused("ValidationError", order())
      local key = auth_key().json.authKey
      local answer = order()
      assert_refused("ValidationError", answer)
      assert.matches("fileauth.txt: it answers 404", answer.json.message, 1, true)
      publish("fileauth.txt", "something else")
      assert_refused("ValidationError", order())
      publish("fileauth.txt", key .. "\n")
      answer = order()
      assert.equal(201, answer.status, answer.body)
      assert.equal("shop.example.com", rr.get("ssl/certificates/%d", answer.json.certificateId).json.domainName)
      assert.equal(1, #rr.ledger())
    end)

    it("may be published as TXT records", function()
      look_at_dns()
      local key = auth_key().json.authKey
      assert_refused("ValidationError", order())
      dns.txt("_dnsauth.shop.example.com", key)
      local answer = order()
      assert.equal(201, answer.status, answer.body)
    end)

    -- the page has _dnsauth.<name>, the vendor's WHMCS module the name itself
    for name, forbidden in pairs {
      ["_dnsauth.shop.example.com"] = "auth_key_at_name", ["shop.example.com"] = "auth_key_at_dnsauth",
    } do
      it("may be published at " .. name .. ", unless the service looks elsewhere", function()
        rr.reset {realtimeregister = {odd = {forbidden}}, dcv = {dns = dns.address, interval = 0.05}}
        dns.txt(name, auth_key().json.authKey)
        assert_refused("ValidationError", order())
        rr.reset()
        look_at_dns()
        dns.txt(name, auth_key().json.authKey)
        assert.equal(201, order().status)
      end)
    end

    it("is rejected when the key has run out", function()
      look_at_web()
      publish("fileauth.txt", auth_key().json.authKey)
      rr.control("clock", {advance_days = 31})
      assert_refused("ValidationError", order())
    end)

    it("is believed as long as nothing says where to look", function()
      local answer = order()
      assert.equal(201, answer.status)
      assert.equal("COMPLETED", rr.get("processes/%d", rr.process(answer)).json.status)
    end)
  end)
end)
