-- What the sandbox's Realtime Register tells: products, files, notifications, its odd shapes and its troubles.
-- Driven by the curl program; names and statuses are those of the provider's pages.

local realtimeregister = require "spec.support.realtimeregister"
local support = require "spec.support.sandbox"

describe("the sandbox's Realtime Register", function()
  local rr, csr

  setup(function()
    rr = realtimeregister.start()
    csr = support.csr("example.com")
  end)

  teardown(function() assert.equal(0, rr.stop()) end)

  before_each(function() rr.reset() end)

  local function assert_refused(kind, answer, status)
    assert.equal(status or 400, answer.status, answer.body)
    assert.equal(kind, answer.json.type, answer.body)
  end

  local function reissue(fields)
    local body = {csr = csr}
    for name, value in pairs(fields or {}) do
      body[name] = value
    end
    return rr.post("ssl/certificates/7/reissue", body)
  end

  describe("products", function()
    it("are described with what they need", function()
      local product = rr.get("ssl/products/ssl_sectigo_ov/").json
      assert.same({"Sectigo", "ORGANIZATION_VALIDATION", "SINGLE_DOMAIN", {12, 24, 36}, 60, 1}, {product.brand,
        product.validationType, product.certificateType, product.periods, product.renewalWindow, product.maxDomains})
      assert.is_true(#product.requiredFields > 3)
      assert.is_nil(product.price)
      assert.same({product = "ssl_sectigo", name = "Sectigo DV SSL"},
        rr.get("ssl/products/ssl_sectigo?fields=name").json)
      assert_refused("ObjectDoesNotExist", rr.get("ssl/products/nonesuch"))
    end)

    it("are listed, with every kind among them", function()
      local function found(query)
        return rr.get("ssl/products?fields=product&" .. query).json.pagination.total
      end
      for _, kind in ipairs {"SINGLE_DOMAIN", "MULTI_DOMAIN", "WILDCARD", "ACME_SUBSCRIPTION"} do
        assert.is_true(found("certificateType=" .. kind) > 0, kind)
      end
      for _, kind in ipairs {"DOMAIN_VALIDATION", "ORGANIZATION_VALIDATION", "EXTENDED_VALIDATION"} do
        assert.is_true(found("validationType=" .. kind) > 0, kind)
      end
      assert.equal(1, found("periods=3"))
      assert.same({{product = "ssl_rapidssl"}}, rr.get("ssl/products?brand=RapidSSL&export=true").json.entities)
      assert_refused("ValidationError", rr.get("ssl/products?order=features"))
    end)
  end)

  describe("tools", function()
    it("read a CSR", function()
      local pem = realtimeregister.csr("/C=NL/ST=Overijssel/L=Zwolle/street=Ceintuurbaan 32/postalCode=8024 AA"
        .. "/O=Example B.V./OU=IT/CN=example.com/emailAddress=ann@example.com", {"example.com", "a.example.com"},
        "rsa:2048")
      local md5 = support.openssl("req -in %s -outform DER | openssl md5 -r", pem):match("%x+")
      local sha256 = support.openssl("req -in %s -outform DER | openssl sha256 -r", pem):match("%x+")
      assert.same({
        subject = "C=NL,ST=Overijssel,L=Zwolle,street=Ceintuurbaan 32,postalCode=8024 AA,O=Example B.V.,OU=IT,"
          .. "CN=example.com,emailAddress=ann@example.com",
        country = "NL", state = "Overijssel", locality = "Zwolle", street = {"Ceintuurbaan 32"},
        postalCode = "8024 AA", organization = "Example B.V.", organizationalUnit = "IT", commonName = "example.com",
        emailAddress = "ann@example.com", publicKeySize = 2048, publicKeyAlgorithm = "RSA",
        altNames = {"example.com", "a.example.com"}, md5 = md5, sha256 = sha256,
      }, rr.post("ssl/decodecsr", {csr = pem}).json)
    end)

    it("leave out what a CSR has not", function()
      local answer = rr.post("ssl/decodecsr/", {csr = csr})
      assert.same({"example.com", "CN=example.com", "ECDSA", 256}, {answer.json.commonName, answer.json.subject,
        answer.json.publicKeyAlgorithm, answer.json.publicKeySize})
      assert.is_nil(answer.json.altNames)
      assert.is_nil(answer.json.country)
      assert.matches('"street":[]', answer.body, 1, true)
      assert_refused("InvalidCSRException", rr.post("ssl/decodecsr", {csr = "none"}))
      assert_refused("UnrecognizedPropertyException", rr.post("ssl/decodecsr", {csr = csr, product = "x"}))
    end)

    it("list addresses that may approve", function()
      local answer = rr.get("ssl/dcvemailaddresslist/shop.example.com?product=ssl_sectigo")
      assert.equal(200, answer.status)
      assert.same({"admin@shop.example.com", "webmaster@example.com", 10}, {answer.json[1], answer.json[10],
        #answer.json})
      for _, name in ipairs {"*.example.com", "localhost", "Example.com"} do
        assert.same({"domainName"}, rr.violated(rr.get("ssl/dcvemailaddresslist/" .. name)))
      end
      assert_refused("ObjectDoesNotExist", rr.get("ssl/dcvemailaddresslist/example.com?product=nonesuch"))
    end)
  end)

  describe("files", function()
    local function download(id, format)
      local answer = rr.get("ssl/certificates/%d/download%s", id, format and "?format=" .. format or "")
      assert.equal("application/octet-stream", answer.headers["content-type"])
      return answer.body
    end

    it("are a ZIP in Base64 when nothing else is asked for", function()
      rr.reset {realtimeregister = {certificates = {{id = 24, host = "*.example.net",
        product = "ssl_sectigo_wildcard"}}}}
      local zip = download(24)
      assert.matches("^[%w+/]+=*$", zip)
      assert.equal(zip, download(24, "ZIP"))
      local file = os.tmpname()
      local handle = assert(io.open(file, "wb"))
      handle:write(zip)
      handle:close()
      local listed = support.output(([[base64 -d <%s >%s.zip; /usr/bin/python3 -c '
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for entry in z.infolist():
    print(entry.filename, z.read(entry).count(b"BEGIN CERTIFICATE"), entry.date_time[0] > 2000)
' %s.zip 2>&1; rm -f %s %s.zip]]):format(file, file, file, file, file))
      assert.equal("Linux/STAR_example_net.ca-bundle 2 True\nLinux/STAR_example_net.crt 1 True\n", listed)
    end)

    it("come one by one, as PEM", function()
      local certificate = rr.get("ssl/certificates/7").json
      assert.equal(certificate.certificate, download(7, "CRT"))
      assert.equal(certificate.csr, download(7, "CSR"))
      local ca, bundle = download(7, "CA"), download(7, "CA_BUNDLE")
      assert.equal(1, select(2, ca:gsub("BEGIN CERTIFICATE", "")))
      assert.equal(ca .. rr.sandbox.get("/_sandbox/ca.pem").body, bundle)
      assert.matches("OK", support.openssl("verify -CAfile %s %s", bundle, certificate.certificate))
      assert.equal(3, select(2, support.openssl("pkcs7 -in %s -print_certs", download(7, "PKCS7"))
        :gsub("BEGIN CERTIFICATE", "")))
    end)

    it("are refused in other formats and for unknown certificates", function()
      assert.same({"format"}, rr.violated(rr.get("ssl/certificates/7/download?format=PEM")))
      assert_refused("ObjectDoesNotExist", rr.get("ssl/certificates/77/download"))
    end)

    it("lack the chain, or are for another key, on demand", function()
      local function fail(name)
        rr.control("fault", {fault = name, provider = "realtimeregister"})
      end
      fail("no_chain")
      assert.equal("", download(7, "CA_BUNDLE"))
      local good = rr.get("ssl/certificates/7").json
      fail("wrong_key")
      local bad = rr.get("ssl/certificates/7").json
      assert.equal(good.csr, bad.csr)
      assert.not_equal(support.openssl("x509 -in %s -noout -pubkey", good.certificate),
        support.openssl("x509 -in %s -noout -pubkey", bad.certificate))
      assert.equal(good.certificate, rr.get("ssl/certificates/7").json.certificate)

      local new = reissue({authKey = true}).json.certificateId
      fail("old_certificate")
      assert.equal(good.certificate, rr.get("ssl/certificates/%d", new).json.certificate)
      assert.not_equal(good.certificate, rr.get("ssl/certificates/%d", new).json.certificate)
    end)
  end)

  describe("revoking", function()
    it("is accepted with and without a reason", function()
      local answer = rr.delete("ssl/certificates/7", {reason = "key lost"})
      assert.same({202, ""}, {answer.status, answer.body})
      assert.equal("REVOKED", rr.get("ssl/certificates/7").json.status)
      local process = rr.get("processes/%d", rr.process(answer)).json
      assert.same({"revoke", "COMPLETED", "key lost"}, {process.action, process.status, process.command.reason})
      assert.equal(202, rr.delete("ssl/certificates/8/").status)
    end)

    it("is refused for what is not active, and with a wrong body", function()
      assert_refused("ObjectStatusProhibitsOperation", rr.delete("ssl/certificates/9"))
      assert_refused("ObjectDoesNotExist", rr.delete("ssl/certificates/77"))
      assert.same({"reason"}, rr.violated(rr.delete("ssl/certificates/7", {reason = ("x"):rep(256)})))
      assert_refused("UnrecognizedPropertyException", rr.delete("ssl/certificates/7", {why = "x"}))
      assert_refused("InvalidMessage", rr.delete("ssl/certificates/7", "{"))
      assert.equal("ACTIVE", rr.get("ssl/certificates/7").json.status)
    end)

    it("leaves a reissue that is under way alone", function()
      local process = rr.process(reissue())
      assert.equal(202, rr.delete("ssl/certificates/7").status)
      rr.prove(process)
      assert.equal("ACTIVE", rr.certificate(process).status)
      assert.equal("REVOKED", rr.get("ssl/certificates/7").json.status)
    end)
  end)

  describe("importing", function()
    local pem, own_csr

    setup(function()
      local key, request = os.tmpname(), os.tmpname()
      pem = support.output(([[openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout %s \
        -days 20 -subj /CN=outside.example.com -addext subjectAltName=DNS:outside.example.com,DNS:b.example.com \
        2>/dev/null; openssl req -new -key %s -subj /CN=outside.example.com -out %s]]):format(key, key, request))
      own_csr = support.output("cat " .. request)
      os.remove(key)
      os.remove(request)
    end)

    local function import(fields)
      local body = {customer = "example", certificate = pem}
      for name, value in pairs(fields or {}) do
        body[name] = value
      end
      return rr.post("ssl/import", body)
    end

    it("makes a certificate with its process", function()
      local answer = import {csr = own_csr, coc = "12345678", domainName = "b.example.com"}
      assert.same({201, ""}, {answer.status, answer.body})
      local shown = rr.certificate(rr.process(answer))
      assert.equal(("/v2/ssl/certificates/%d"):format(shown.id), answer.headers.location)
      assert.same({"ACTIVE", "b.example.com", {"outside.example.com"}, "12345678", pem},
        {shown.status, shown.domainName, shown.san, shown.coc, shown.certificate})
      assert_refused("ObjectExists", import())
      rr.control("clock", {advance_days = 21})
      assert.equal("EXPIRED", rr.get("ssl/certificates/%d", shown.id).json.status)
    end)

    it("lets it be renewed, but not reissued or revoked", function()
      local id = rr.certificate(rr.process(import())).id
      local body = {csr = own_csr, period = 12, san = {"b.example.com"}}
      assert_refused("ValidationError", rr.post(("ssl/certificates/%d/reissue"):format(id), {csr = own_csr}))
      assert_refused("ObjectStatusProhibitsOperation", rr.delete(("ssl/certificates/%d"):format(id)))
      assert_refused("ValidationError", rr.get("ssl/certificates/%d/download?format=CA_BUNDLE", id))
      assert_refused("ValidationError", rr.get("ssl/certificates/%d/download?format=CSR", id))
      local renewed = rr.post(("ssl/certificates/%d/renew"):format(id), body)
      assert.equal(202, renewed.status, renewed.body)
    end)

    it("is refused when something does not fit", function()
      assert_refused("ValidationError", import {certificate = "no certificate"})
      assert_refused("InvalidCSRException", import {csr = "no request"})
      assert_refused("ValidationError", import {csr = csr})
      assert_refused("ValidationError", import {domainName = "c.example.com"})
      assert_refused("ValidationError", import {certificate = rr.sandbox.get("/_sandbox/ca.pem").body})
      assert_refused("ObjectDoesNotExist", import {customer = "someone"})
      assert.same({"certificate", "coc", "customer"}, rr.violated(rr.post("ssl/import/", {coc = ("1"):rep(31)})))
      rr.control("clock", {advance_days = 21})
      assert_refused("ValidationError", import())
    end)
  end)

  describe("notifications", function()
    local function poll()
      return rr.get("customers/example/notifications/poll").json
    end
    local function acknowledge(id)
      return rr.post(("customers/example/notifications/%d/ack"):format(id), "")
    end

    it("come one by one until they are acknowledged", function()
      rr.reset {realtimeregister = {certificates = {{id = 7, expires_in_days = 40}}}}
      assert.same({count = 0}, poll())
      local process = rr.process(reissue())
      rr.prove(process)
      local told = poll()
      local notice = told.notification
      assert.same({1, process, "Certificate request completed", "RequestCertificateEvent",
        "SSLCertificateNotification", "COMPLETED", "example.com", "example"}, {told.count, notice.process,
        notice.message, notice.eventType, notice.notificationType, notice.subjectStatus, notice.processIdentifier,
        notice.customer})
      local certificate = rr.certificate(process)
      assert.same({certificate.id, certificate.id, certificate.expiryDate},
        {notice.certificateId, notice.payload.certificateId, notice.expiryDate})
      -- a number here, a string there
      assert.equal(certificate.providerId, ("%d"):format(notice.providerId))
      assert.equal("string", type(certificate.providerId))
      assert.equal(notice.id, poll().notification.id)
      local answer = acknowledge(notice.id)
      assert.same({200, ""}, {answer.status, answer.body})
      assert.same({count = 0}, poll())
    end)

    it("tell of failures and cancellations", function()
      rr.reset {realtimeregister = {certificates = {{id = 7, expires_in_days = 40}}}}
      local process = rr.process(reissue())
      rr.prove(process, {organization = false})
      assert.same({process, "FAILED"}, {poll().notification.process, poll().notification.subjectStatus})
      rr.delete("processes/" .. rr.process(reissue()))
      assert.equal(2, poll().count)
    end)

    it("tell once of what expires soon", function()
      rr.reset {realtimeregister = {certificates = {{id = 7, expires_in_days = 40}}}}
      assert.equal(0, poll().count)
      rr.control("clock", {advance_days = 11})
      local notice = poll().notification
      assert.same({"SSLCertificateExpiryReportNotification", 7}, {notice.notificationType, notice.certificateId})
      assert.is_true(notice.startDate < notice.endDate)
      acknowledge(notice.id)
      assert.equal(0, poll().count)
    end)

    it("are the customer's own", function()
      assert_refused("ObjectDoesNotExist", rr.get("customers/someone/notifications/poll"))
      assert_refused("ObjectDoesNotExist", acknowledge(99))
    end)
  end)

  describe("odd shapes", function()
    --- The text of an answer with a shape switched on.
    local function with(odd, path, ...)
      rr.reset {realtimeregister = {odd = {odd}}}
      local process = rr.process(reissue {dcv = {
        {commonName = "example.com", type = "FILE"}, {commonName = "www.example.com", type = "DNS"}}})
      return rr.get(path:format(process, ...)).body
    end

    for _, row in ipairs {
      {"null_type", '"type":null', "processes/%d/info"},
      {"null_validations", '"validations":null', "processes/%d/info"},
      {"extra_keys", '"request":"SUSPENDED"', "processes/%d/info"},
      {"no_scheme", '"fileLocation":"example.com', "processes/%d/info"},
    } do
      it("can be " .. row[1], function() assert.matches(row[2], (with(row[1], row[3]):gsub("\\/", "/")), 1, true) end)
    end

    for _, row in ipairs {
      {"no_type", '"type"', "processes/%d/info"},
      {"no_dns_type", '"dnsType"', "processes/%d/info"},
      {"no_attention", '"requiresAttention"', "processes/%d/info"},
      {"no_validations", '"validations"', "processes/%d/info"},
      {"no_identifier", '"identifier"', "processes/%d"},
      {"no_entities", '"entities"', "ssl/certificates?process=%d"},
      {"no_certificate_process", '"process"', "ssl/certificates/7?fields=status,process"},
    } do
      it("can have " .. row[1], function()
        assert.is_nil(with(row[1], row[3]):find(row[2], 1, true))
        assert.is_truthy(with("extra_keys", row[3]):find(row[2], 1, true))
      end)
    end

    it("can leave out bodies and headers", function()
      rr.reset {realtimeregister = {odd = {"empty_resend", "empty_refusal", "no_process_header", "few_fields"}}}
      local process = rr.process(reissue())
      local resent = rr.post(("processes/%d/resend"):format(process),
        {dcv = {{commonName = "example.com", type = "DNS"}}})
      assert.same({200, ""}, {resent.status, resent.body})
      assert.is_nil(rr.delete("ssl/certificates/7").headers["x-process-id"])
      rr.prove(process)
      local notice, count = rr.get("customers/example/notifications/poll").json.notification, 0
      for _ in pairs(notice) do
        count = count + 1
      end
      assert.equal(6, count)
      local refused = rr.sandbox.get("/v2/ssl/certificates/7", {"-H", "Authorization: ApiKey wrong"})
      assert.same({401, ""}, {refused.status, refused.body})
    end)

    it("are named when there is no such shape", function()
      local answer = rr.sandbox.post("/_sandbox/reset", {realtimeregister = {odd = {"purple"}}})
      assert.equal(400, answer.status)
      assert.matches("realtimeregister.odd", answer.json.error, 1, true)
    end)
  end)

  describe("troubles", function()
    it("include calls that the key does not permit", function()
      rr.reset {realtimeregister = {denied = {"process", "revoke"}}}
      assert_refused("AuthorizationError", rr.get("processes/1001"), 403)
      assert_refused("AuthorizationError", rr.delete("ssl/certificates/7"), 403)
      assert.equal(200, rr.get("processes/1001/info").status)
      rr.reset {realtimeregister = {denied = {"process"}, odd = {"empty_refusal"}}}
      local refused = rr.get("processes/1001")
      assert.same({403, ""}, {refused.status, refused.body})
    end)

    it("include another account", function()
      rr.reset {realtimeregister = {customer = "acme-bv", api_key = "c2VjcmV0"}}
      assert.equal(401, rr.get("ssl/certificates/7").status)
      assert.equal("acme-bv", rr.sandbox.get("/v2/processes/1001", {"-H", "Authorization: ApiKey c2VjcmV0"})
        .json.customer)
    end)

    it("include the service's own errors", function()
      for kind, status in pairs {InternalSRSError = 500, ProviderConnectionError = 502, ProviderUnavailable = 503,
        AuthenticationRatelimitedError = 429, ProcessError = 400} do
        rr.control("fault", {fault = "trouble", type = kind, provider = "realtimeregister", method = "reissue"})
        assert_refused(kind, reissue(), status)
      end
      assert.equal(202, reissue().status)
    end)

    it("include too many calls", function()
      rr.control("throttle", {minute = 2})
      assert.equal(200, rr.get("ssl/certificates/7").status)
      assert.equal(200, rr.get("ssl/certificates/7").status)
      assert_refused("TooManyRequests", rr.get("ssl/certificates/7"), 429)
      rr.control("clock", {advance_seconds = 61})
      assert.equal(200, rr.get("ssl/certificates/7").status)
    end)
  end)
end)
