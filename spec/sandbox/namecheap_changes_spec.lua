-- What else Namecheap's sandbox does with orders: other ways of validation, mails, revocation; and what it only tells.
-- Numbers, texts and answers are those of https://www.namecheap.com/support/api/methods/ssl/

local support = require "spec.support.sandbox"

describe("the sandbox's Namecheap", function()
  local sandbox, nc, csr, multi_csr

  setup(function()
    sandbox = support.start()
    nc = support.namecheap(sandbox)
    csr = support.csr("example.com")
    multi_csr = support.csr("example.org")
  end)

  teardown(function() assert.equal(0, sandbox.stop()) end)

  before_each(function() sandbox.reset() end)

  local function merged(base, fields)
    local all = {}
    for name, value in pairs(base) do
      all[name] = value
    end
    for name, value in pairs(fields or {}) do
      all[name] = value
    end
    return all
  end

  --- Refusals of a method: {fields, "number text"} each; nothing may be charged.
  local function refuses(name, call, rows)
    for _, row in ipairs(rows) do
      it(("refuses %s with %s"):format(name, row[2]:sub(1, 100)), function()
        assert.same({row[2]}, nc.refused(call(row[1])))
        assert.same({}, sandbox.ledger())
      end)
    end
  end

  local function activate(fields)
    return nc.call("activate",
      merged({CertificateID = "501907", CSR = csr, ApproverEmail = "admin@example.com"}, fields))
  end

  --- Certificates with given ids and nothing else.
  local function only(...)
    return sandbox.reset {namecheap = {certificates = {...}}}
  end

  local function certificate(id)
    for _, row in ipairs(sandbox.get("/_sandbox/state").json.namecheap.certificates) do
      if row.id == tonumber(id) then
        return row
      end
    end
  end

  describe("revokecertificate", function()
    local function revoke(fields)
      return nc.call("revokecertificate",
        merged({CertificateID = "8111110", CertificateType = "positivessl"}, fields))
    end

    before_each(function()
      only({id = 8111110, type = "PositiveSSL", status = "replaced"}, {id = 2, type = "PositiveSSL"})
    end)

    it("revokes what a reissue has replaced", function()
      local answer = revoke()
      assert.matches('<RevokeCertificateResult ID="8111110" IsSuccess="true"/>', answer.body, 1, true)
      assert.matches("<RequestedCommand>namecheap.ssl.revokeCertificate</RequestedCommand>", answer.body, 1, true)
      assert.equal("revoked", nc.status(8111110))
      assert.same({"4011331 Status is invalid"}, nc.refused(revoke()))
    end)

    refuses("it", revoke, {
      {{CertificateID = "77"}, "2011294 CertificateId is not valid"},
      {{CertificateID = "2"}, "4011331 Status is invalid"},
      {{CertificateType = ""}, "2010300 Parameter CertificateType is Missing"},
      {{CertificateType = "GreenSSL"},
        "2011300 Wrong SSL certificate selection. The type provided is not supported by command."},
      {{CertificateType = "EV SSL"},
        "2011300 Wrong SSL certificate selection. The type provided is not supported by command."},
    })

    it("keeps the id under errors, as the service does", function()
      assert.matches('<RevokeCertificateResult ID="77" IsSuccess="false"/>', revoke {CertificateID = "77"}.body,
        1, true)
    end)
  end)

  describe("the mails", function()
    it("are sent again while an order waits, and after it is issued", function()
      local function approver(id)
        return nc.call("resendApproverEmail", {CertificateID = id})
      end
      local function fulfillment(id)
        return nc.call("resendfulfillmentemail", {CertificateID = id})
      end
      assert.same({"2011331 Status is invalid"}, nc.refused(approver("501904")))
      assert.same({"2011294 CertificateID is not Valid"}, nc.refused(approver("77")))
      assert.same({"2010294 Parameter CertificateID is Missing"}, nc.refused(approver("")))
      assert.same({"2011331 Status is invalid"}, nc.refused(fulfillment("501907")))
      assert.same({"2011294 CertificateID is not Valid"}, nc.refused(fulfillment("77")))
      assert.matches('<SSLResendFulfillmentEmailResult ID="501904" IsSuccess="true" />', fulfillment("501904").body,
        1, true)
      activate()
      assert.matches('<SSLResendApproverEmailResult ID="501907" IsSuccess="true"/>', approver("501907").body, 1, true)
      nc.approve("501907")
      assert.same({"3011299 No administrator email is on file for this certificate"},
        nc.refused(fulfillment("501907")))
    end)

    it("of an issued certificate come from the older back end", function()
      local answer = nc.call("resendfulfillmentemail", {CertificateID = "501904"})
      assert.matches('^<%?xml version="1.0" encoding="utf%-8"%?>\r\n<ApiResponse Status="OK" xmlns="[^"]+">\r\n'
        .. "  <Errors />\r\n  <Warnings />\r\n"
        .. "  <RequestedCommand>namecheap%.ssl%.resendfulfillmentemail</RequestedCommand>\r\n"
        .. '  <CommandResponse Type="namecheap%.ssl%.resendFulfillmentEmail">\r\n', answer.body)
      assert.matches("<Server>PHX01SBAPI02</Server>", answer.body, 1, true)
    end)
  end)

  describe("editDCVMethod", function()
    local function edit(fields)
      return nc.call("editDCVMethod", merged({CertificateID = "1"}, fields))
    end

    before_each(function()
      only({id = 1, type = "PositiveSSL", status = "newpurchase"},
        {id = 2, type = "PositiveSSL Multi Domain", status = "newpurchase"},
        {id = 3, type = "PositiveSSL"},
        {id = 4, type = "PositiveSSL Wildcard", status = "newpurchase"})
      activate {CertificateID = "1"}
      activate {CertificateID = "2", CSR = multi_csr, ApproverEmail = "admin@example.org", DNSNames = "example.net",
        DNSApproverEmails = "admin@example.net"}
    end)

    it("of one name answers in the printed shape", function()
      local answer = edit {DCVMethod = "HTTP_CSR_HASH"}
      assert.matches(([==[
  <SSLEditDCVMethodResult ID="1" IsSuccess="true">
   <HttpDCValidation ValueAvailable="true">
    <FileName><![CDATA[%x+.txt]]></FileName>
    <FileContent><![CDATA[%x+ comodoca.com %x+]]></FileContent>
   </HttpDCValidation>
   <DNSDCValidation ValueAvailable="false">
    <HostName><![CDATA[]]></HostName>
    <Target><![CDATA[]]></Target>
   </DNSDCValidation>
   <Domains/>
  </SSLEditDCVMethodResult>
]==]):gsub("[%[%]%.]", "%%%0"), answer.body)
      assert.same({"example.com: no web server is configured (POST /_sandbox/dcv)",
        "www.example.com: no web server is configured (POST /_sandbox/dcv)"}, support.wait(2, function()
          local waits = certificate(1).waits_for
          return waits[1]:find("configured", 1, true) and waits
        end))
    end)

    it("of several names answers in the printed shape", function()
      local answer = edit {CertificateID = "2", DNSNames = "example.org,example.net",
        DCVMethods = "CNAME_CSR_HASH,HTTP_CSR_HASH"}
      assert.matches('<HttpDCValidation ValueAvailable="true">%s*<FileName><!%[CDATA%[%x+.txt', answer.body)
      assert.matches('<DNSDCValidation ValueAvailable="true">%s*<HostName><!%[CDATA%[_%x+.example.org%]', answer.body)
      assert.matches([[
   <Domains>
    <Domains Name="example.org" IsSuccess="true" DCVMethodSet="CNAME_CSR_HASH"/>
    <Domains Name="example.net" IsSuccess="true" DCVMethodSet="HTTP_CSR_HASH"/>
   </Domains>
]], answer.body, 1, true)
    end)

    it("goes back to mail, which a person approves", function()
      edit {DCVMethod = "CNAME_CSR_HASH"}
      assert.equal(400, sandbox.post("/_sandbox/approve", {provider = "namecheap", certificate = 1}).status)
      edit {DCVMethod = "webmaster@example.com"}
      nc.approve(1)
      assert.equal("active", nc.status(1))
    end)

    local MISMATCH = "2011767 There is no dnsnames or mismatch in the dnsnames provided during previous activation."
      .. "Please check dnsnames and try again."
    refuses("it", edit, {
      {{}, "2010784 Insufficient data to edit dcvalidation method"},
      {{DCVMethod = "HTTP_CSR_HASH", DNSNames = "example.com"},
        "2011784 DNSNames or DCVMethods cannot be sent along with DCVMethod"},
      {{DNSNames = "example.com", DCVMethods = "HTTP_CSR_HASH"},
        "2010784 DCVMethod is missing to edit dcv method for this single domain certificate"},
      {{CertificateID = "2", DCVMethod = "HTTP_CSR_HASH"},
        "2010784 DNSNames or DCVMethods is missing to edit dcv method for this multi domain certificate"},
      {{CertificateID = "2", DNSNames = "example.org,example.net", DCVMethods = "HTTP_CSR_HASH"},
        "2010767 The DNSNames and their corresponding DCVMethods are not equal"},
      {{CertificateID = "2", DNSNames = "example.com", DCVMethods = "HTTP_CSR_HASH"}, MISMATCH},
      {{CertificateID = "2", DNSNames = "example.org", DCVMethods = "HTTPCSRHASH"},
        "3011784 DCVMethod for the DomainName example.org is not valid.Please provide valid DCVMethod in DCVMethods "
        .. "parameter for this DomainName"},
      {{DCVMethod = "HTTPCSRHASH"}, "3011295 DCVMethod is invalid"},
      {{DCVMethod = "joe@example.com"}, "3011295 DCVMethod is invalid"},
      {{CertificateID = "3", DCVMethod = "HTTP_CSR_HASH"}, "2011331 Status is Invalid"},
      {{CertificateID = "77", DCVMethod = "HTTP_CSR_HASH"}, "2011294 CertificateID is not Valid"},
      {{CertificateID = "", DCVMethod = "HTTP_CSR_HASH"}, "2010294 Parameter CertificateID is Missing"},
      {{DCVMethod = ("x"):rep(256)}, "2013294 Parameter DCVMethod is TooLong"},
    })

    it("refuses a file for a wildcard", function()
      activate {CertificateID = "4", CSR = support.csr("*.example.com"), ApproverEmail = "admin@example.com"}
      assert.same({"3011784 Due to CA/B Forum regulations, HTTP DCV method is not allowed for Wildcard certificates"},
        nc.refused(edit {CertificateID = "4", DCVMethod = "HTTP_CSR_HASH"}))
    end)

    it("has no blocks under errors", function()
      assert.matches('<SSLEditDCVMethodResult ID="0" IsSuccess="false">%s*<Domains/>%s*</SSLEditDCVMethodResult>',
        edit().body)
    end)
  end)

  describe("parseCSR", function()
    it("says what the request says, as printed", function()
      local request = support.csr("/C=US/ST=California/L=Los Angeles/O=Company/OU=IT/CN=www.yourdomain.com"
        .. "/emailAddress=example@yourdomain.com", {"yourdomain.com", "www.yourdomain.com"})
      assert.matches([[
  <SSLParseCSRResult>
   <CSRDetails>
    <CommonName>www.yourdomain.com</CommonName>
    <DomainName>yourdomain.com</DomainName>
    <Country>US</Country>
    <OrganisationUnit>IT</OrganisationUnit>
    <Organisation>Company</Organisation>
    <ValidTrueDomain>false</ValidTrueDomain>
    <State>California</State>
    <Locality>Los Angeles</Locality>
    <Email>example@yourdomain.com</Email>
    <DNSNames>yourdomain.com,www.yourdomain.com</DNSNames>
   </CSRDetails>
  </SSLParseCSRResult>
]], nc.call("parseCSR", {csr = request, CertificateType = "PositiveSSL"}, "form").body, 1, true)
    end)

    it("is refused by GET, and with what is no request or no type", function()
      assert.same({"5050900 Unhandled exceptions"}, nc.refused(nc.call("parseCSR", {csr = csr})))
      assert.same({"2010296 Parameter CSR is Missing"}, nc.refused(nc.call("parseCSR", {}, "form")))
      assert.same({"3022296 Failed to retrive CSR details from provider"},
        nc.refused(nc.call("parseCSR", {csr = "nonsense"}, "form")))
      assert.same({"2011300 CertificateType is invalid"},
        nc.refused(nc.call("parseCSR", {csr = csr, CertificateType = "GreenSSL"}, "empty")))
    end)

    it("tells the file too, by the older page", function()
      sandbox.reset {namecheap = {edition = "classic"}}
      local answer = nc.call("parseCSR", {csr = csr, HTTPDCValidation = "true"}, "form")
      assert.matches("</CSRDetails>%s*<HttpDCValidation ValueAvailable=\"true\">%s*<FileName>", answer.body)
      assert.not_matches("DNSNames", answer.body, 1, true)
    end)
  end)

  describe("getApproverEmailList", function()
    local function list(fields)
      return nc.call("getApproverEmailList",
        merged({DomainName = "domain.com", CertificateType = "PositiveSSL"}, fields))
    end

    it("names five addresses for each domain up to the registered one", function()
      assert.matches([[
  <GetApproverEmailListResult Domain="domain.com">
   <Domainemails/>
   <Genericemails>
    <email>admin@domain.com</email>
    <email>administrator@domain.com</email>
    <email>hostmaster@domain.com</email>
    <email>postmaster@domain.com</email>
    <email>webmaster@domain.com</email>
   </Genericemails>
  </GetApproverEmailListResult>
]], list().body, 1, true)
      local _, count = list {DomainName = "shop.domain.com"}.body:gsub("<email>", "")
      assert.equal(10, count)
    end)

    it("is empty under errors", function()
      for _, row in ipairs {
        {{DomainName = "nonsense"}, "2011166 DomainName is invalid"},
        {{CertificateType = "GreenSSL"}, "2011300 CertificateType is invalid"},
        {{CertificateType = "rapidssl"}, "2011301 We're sorry, the requested SSL type has been discontinued"},
        {{DomainName = ""}, "2010166 Parameter DomainName is Missing"},
      } do
        local answer = list(row[1])
        assert.same({row[2]}, nc.refused(answer))
        assert.matches('<CommandResponse Type="namecheap.ssl.getApproverEmailList"/>', answer.body, 1, true)
      end
    end)
  end)

  it("the list knows all types of the page", function()
    only({id = 1, type = "PositiveSSL"}, {id = 2, type = "PositiveSSL", status = "newpurchase"},
      {id = 3, type = "PositiveSSL", status = "newrenewal"}, {id = 4, type = "PositiveSSL", status = "purchased"},
      {id = 5, type = "PositiveSSL", status = "purchaseerror"},
      {id = 6, type = "PositiveSSL", status = "cancelled"},
      {id = 7, type = "PositiveSSL", status = "revoked"}, {id = 8, type = "PositiveSSL", status = "replaced"})
    for word, expected in pairs {
      ALL = "12345678", Active = "1", NewPurchase = "2", NewRenewal = "3", Processing = "4", InProgress = "4",
      EmailSent = "4", TechnicalProblem = "5", Cancelled = "6", Deactivated = "67", Completed = "18",
    } do
      local ids = ""
      for id in nc.call("getList", {ListType = word}).body:gmatch('CertificateID="(%d+)"') do
        ids = ids .. id
      end
      assert.equal(expected, ids, word)
    end
  end)
end)
