-- What Namecheap's orders go through in the sandbox: bought, activated, changed, issued, revoked. Numbers and texts
-- are those of https://www.namecheap.com/support/api/methods/ssl/ and, where said, of the older pages.

local support = require "spec.support.sandbox"

local DAY = 86400

describe("the sandbox's Namecheap orders", function()
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

  local function balance()
    return sandbox.get("/_sandbox/state").json.namecheap.account.balance
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

  local function create(fields)
    return nc.call("create", merged({Years = "1", Type = "PositiveSSL"}, fields))
  end

  local function activate(fields, way)
    return nc.call("activate",
      merged({CertificateID = "501907", CSR = csr, ApproverEmail = "admin@example.com"}, fields), way)
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

  describe("create", function()
    it("charges and makes a purchase that waits for activation, as printed", function()
      local answer = create {Years = "2"}
      assert.matches(([[
  <SSLCreateResult IsSuccess="true" OrderId="@" TransactionId="@" ChargedAmount="18.0000">
   <SSLCertificate CertificateID="501908" Created="@" SSLType="PositiveSSL" Years="2" Status="NewPurchase"/>
  </SSLCreateResult>
]]):gsub("@", "[%%d/]+"), answer.body)
      local entry = sandbox.ledger()[1]
      assert.same({"create", 501908, "18.0000", "482.0000"},
        {entry.method, entry.new_certificate, entry.amount, entry.balance})
      assert.is_nil(entry.certificate)
      local info = nc.info("501908")
      assert.equal("newpurchase", nc.attribute(info, "Status"))
      assert.equal("0", nc.attribute(info, "SANSCount"))
      assert.not_matches("CertificateDetails", info.body, 1, true)
    end)

    it("sells further names of multi-domain products", function()
      local answer = create {Type = "Multi Domain SSL", Years = "2", SANStoAdd = "15"}
      -- 2 years of 89 and of 15 times 29
      assert.is_nil(nc.errors(answer)[2])
      assert.same({"2528166 ORDER CREATION FAILED; INSUFFICIENTFUNDS;Insufficient funds in account; Sorry! Your "
        .. "available balance is insufficient to cover the current billing amount;"}, nc.refused(answer))
      sandbox.reset {namecheap = {balance = "2000.0000"}}
      answer = create {Type = "Multi Domain SSL", Years = "2", SANStoAdd = "15"}
      assert.equal("1048.0000", nc.attribute(answer, "ChargedAmount"))
      assert.equal("17", nc.attribute(nc.info("501908"), "SANSCount"))
      assert.equal("952.0000", balance())
    end)

    it("takes a promotion off", function()
      assert.equal("8.1000", nc.attribute(create {PromotionCode = "TENOFF"}, "ChargedAmount"))
    end)

    refuses("create", create, {
      {{Years = ""}, "2010167 Parameter Years is Missing"},
      {{Type = ""}, "2010298 Parameter Type is Missing"},
      {{Years = "x"}, "2011167 Parameter Years is Invalid"},
      {{Years = "0"}, "2013167 Parameter Years is OutOfRange"},
      {{Years = "3"}, "4080167 Due to revised CA/B Forum regulations, it is no longer possible to purchase 3-, 4- "
        .. "and 5-year certificates after March 1, 2018. Please contact our support team."},
      {{Years = "4"}, "4080167 Due to recent CA/B Forum updates, it is no longer possible to purchase 4- and 5-year "
        .. "certificates after March 1, 2015. Please contact our support team."},
      {{Type = "GreenSSL"}, "2011301 Parameter Type is not valid"},
      {{Type = "rapidssl"}, "2011301 We're sorry, the requested SSL type has been discontinued"},
      {{PromotionCode = ("x"):rep(21)}, "2013170 Parameter PromotionCode is TooLong"},
      {{PromotionCode = "NOSUCH"}, "2011170 Promotion code is not available"},
      {{SANStoADD = "2"}, "2011767 Addon details is not available for the SSLType"},
      {{Type = "PositiveSSL Multi Domain", SANStoADD = "98"},
        "2011767 Number of SANS To add is not within the limit."},
      {{Type = "PositiveSSL Multi Domain", SANStoADD = "x"}, "2011900 Parameter SANSToAdd is Invalid"},
      {{Type = "PositiveSSL Multi Domain", SANStoADD = "100"}, "2013900 Parameter SANSToAdd is OutOfRange"},
    })

    it("fills the result of a failure with zeros", function()
      assert.matches('<SSLCreateResult IsSuccess="false" OrderId="0" TransactionId="0" ChargedAmount="0"/>',
        create {Years = ""}.body, 1, true)
    end)

    it("sells the products of 2026 in place of the older ones when its catalogue is that", function()
      sandbox.reset {namecheap = {catalogue = "2026"}}
      local answer = create()
      assert.equal("Standard SSL SSLcom", nc.attribute(answer, "SSLType"))
      assert.equal("standard ssl sslcom", nc.attribute(nc.info("501908"), "Type"))
      sandbox.reset {namecheap = {catalogue = "2026", odd = {"announced_names"}}}
      assert.equal("Standard SSL", nc.attribute(create(), "SSLType"))
      assert.equal("standard ssl", nc.attribute(nc.info("501908"), "Type"))
    end)
  end)

  describe("activate", function()
    it("submits a purchase, which is issued when its name is approved by mail", function()
      local answer = activate {AdminEmailAddress = "ann@example.com"}
      assert.matches('<SSLActivateResult ID="501907" IsSuccess="true"/>', answer.body, 1, true)
      assert.equal("purchased", nc.status("501907"))
      assert.same({"example.com: waits for POST /_sandbox/approve"}, certificate(501907).waits_for)
      assert.same({"4011331 Status is InValid."}, nc.refused(activate()))
      nc.approve("501907", {name = "example.com"})
      local info = nc.info("501907", {Returncertificate = "true", Returntype = "Individual"})
      assert.equal("active", nc.attribute(info, "Status"))
      assert.matches("<AdministratorEmail>ann@example.com</AdministratorEmail>", info.body, 1, true)
      assert.matches("<OrderID>%d+</OrderID>", info.body)
      assert.matches("BEGIN CERTIFICATE", info.body, 1, true)
      assert.same({}, sandbox.ledger())
    end)

    it("answers three names with three methods as printed", function()
      only {id = 1234567, type = "PositiveSSL Multi Domain", status = "newpurchase"}
      local answer = activate {
        CertificateID = "1234567", ApproverEmail = "HTTPCSRHASH", UniqueValue = "5a955211b1f8c",
        DNSNames = "secure.example.com, login.example.com", DNSApproverEmails = "CNAMECSRHASH, admin@login.example.com",
      }
      assert.matches(([==[
  <SSLActivateResult ID="1234567" IsSuccess="true">
   <HttpDCValidation ValueAvailable="true">
    <DNS domain="example.com">
     <FileName><![CDATA[%x+.txt]]></FileName>
     <FileContent><![CDATA[%x+ comodoca.com 5a955211b1f8c]]></FileContent>
    </DNS>
   </HttpDCValidation>
   <DNSDCValidation ValueAvailable="true">
    <DNS domain="secure.example.com">
     <HostName><![CDATA[_%x+.secure.example.com]]></HostName>
     <Target><![CDATA[%x+.%x+.5a955211b1f8c.comodoca.com]]></Target>
    </DNS>
   </DNSDCValidation>
  </SSLActivateResult>
]==]):gsub("[%[%]%.]", "%%%0"), answer.body)
    end)

    refuses("activate", activate, {
      {{CertificateID = ""}, "2010294 Parameter CertificateID is Missing"},
      {{CertificateID = "x"}, "2011294 Parameter CertificateID is Invalid"},
      {{CertificateID = "12345678901"}, "2013294 Parameter CertificateID is TooLong"},
      {{CertificateID = "77"}, "2011294 CertificateID is invalid"},
      {{CertificateID = "501904"}, "4011331 Status is InValid."},
      {{CSR = ""}, "2010296 Parameter CSR is Missing"},
      {{CSR = "nonsense"}, "3011296 Invalid CSR. It can not be read as PEM"},
      {{ApproverEmail = ""}, "2010295 Approver email is required"},
      {{ApproverEmail = "joe@example.com"}, "3011295 Approver email is not valid"},
      {{HTTPDCValidation = "true", DNSDCValidation = "true"},
        "2011784 Both File-Based and DNS-Based authentication can't be enabled"},
      {{DNSNames = "b.example.com", DNSApproverEmails = "admin@example.com"},
        "2010767 The additional domain names provided in DNSNames exceeded the purchased SANS.Only 0 SANS can be "
        .. "activated for this certificate."},
      {{AdminCountry = "X1"}, "4011297 Parameter AdminCountry X1 is not a valid ISO 3166-1 alpha-2 country"},
      {{OrganizationDUNS = "x"}, "4011900 OrganizationDUNS must be integer"},
      {{CompanyIncorporationDate = "1.2.2020"},
        "2011668 Parameter CompanyIncorporationDate is Invalid. Valid format is YYYY-MM-DD"},
      {{AdminPhone = "555"}, "2011212 Parameter AdminPhone is Invalid"},
      {{OrganizationRepPhone = "555"}, "2011388 Parameter OrganizationRepPhone is Invalid"},
      {{OrganizationRepEmailAddress = "x"}, "2013372 Parameter OrganizationRepEmailAddress is Invalid"},
      {{AdminCity = ("x"):rep(256)}, "2013207 Parameter AdminCity is TooLong"},
    })

    it("keeps the limit of further names, included ones and bought ones", function()
      only {id = 1, type = "PositiveSSL Multi Domain", status = "newpurchase", sans = 1}
      local names, approvers = {}, {}
      for i = 1, 4 do
        names[i], approvers[i] = ("n%d.example.org"):format(i), "admin@example.org"
      end
      local fields = {CertificateID = "1", CSR = multi_csr, ApproverEmail = "admin@example.org",
        DNSNames = table.concat(names, ","), DNSApproverEmails = table.concat(approvers, ",")}
      assert.same({"2010767 The additional domain names provided in DNSNames exceeded the purchased SANS.Only 3 SANS "
        .. "can be activated for this certificate."}, nc.refused(activate(fields)))
      nc.call("purchasemoresans", {CertificateID = "1", NumberOfSANSToAdd = "1"})
      assert.same({}, nc.errors(activate(fields)))
    end)

    it("ends a year after the purchase", function()
      sandbox.post("/_sandbox/clock", {advance_days = 364})
      local again = nc.info("501907")
      assert.matches("^%d+/%d+/%d%d%d%d$", nc.attribute(again, "ActivationExpireDate"))
      sandbox.post("/_sandbox/clock", {advance_days = 2})
      assert.same({"4020294 Activation period for this certificate has expired."}, nc.refused(activate()))
      assert.equal("newpurchase", nc.status("501907"))
    end)

    it("asks OV and EV for the organization, which a person approves", function()
      only({id = 1, type = "InstantSSL", status = "newpurchase"}, {id = 2, type = "EV SSL", status = "newpurchase"})
      assert.same({"2010396 Either CSR Organization or AdminOrganizationName must be specified"},
        nc.refused(activate {CertificateID = "1"}))
      assert.same({
        "2010396 Either CSR Organization or AdminOrganizationName must be specified",
        "2010326 Parameter AdminAddress1 is missing", "2010326 Parameter AdminCity is missing",
        "2010326 Parameter AdminStateProvince is missing", "2010326 Parameter AdminCountry is missing",
        "2010326 Parameter AdminPostalCode is missing",
        "2010667 CompanyIncorporationCountry is Required for EV SSL certificates",
      }, nc.refused(activate {CertificateID = "2"}))
      assert.same({}, nc.errors(activate {CertificateID = "1", AdminOrganizationName = "Example Inc"}))
      nc.approve(1)
      assert.equal("purchased", nc.status(1))
      assert.same({"the organization: waits for POST /_sandbox/approve"}, certificate(1).waits_for)
      nc.approve(1, {organization = true})
      assert.equal("active", nc.status(1))
      assert.same({}, nc.errors(activate {CertificateID = "2", AdminOrganizationName = "Example Inc",
        AdminAddress1 = "1 Main St", AdminCity = "Springfield", AdminStateProvince = "Ohio", AdminCountry = "US",
        AdminPostalCode = "45501", CompanyIncorporationCountry = "us"}))
    end)

    it("takes a renewal for the same name only, and carries the remaining days over", function()
      local start = sandbox.get("/_sandbox/clock").json.now
      local id = nc.attribute(nc.call("renew", {CertificateID = "501904", Years = "1", SSLType = "PositiveSSL"}),
        "CertificateID")
      local left = certificate(501904).expires - start
      assert.same({"2011166 Invalid Renewal Order Domain"}, nc.refused(activate {
        CertificateID = id, CSR = support.csr("www.example.com"), ApproverEmail = "admin@example.com"}))
      assert.equal("newrenewal", nc.status(id))
      assert.same({}, nc.errors(activate {CertificateID = id}))
      nc.validate(id)
      local issued = certificate(id)
      local expected = start + 365 * DAY + left
      assert.is_true(math.abs(issued.expires - expected) < 30, ("%d, not %d"):format(issued.expires, expected))
      assert.equal("active", nc.status(501904))
    end)

    it("ends in purchaseerror when the authority fails", function()
      sandbox.post("/_sandbox/fault", {fault = "ca_failure"})
      assert.same({"3027295 We are unable to process your order. Error Details: Internal error occurred;Invalid "
        .. "Status code: 500"}, nc.refused(activate()))
      assert.equal("purchaseerror", nc.status("501907"))
      assert.same({"4011331 Status is InValid."}, nc.refused(activate()))
      assert.equal("501907", nc.attribute(nc.call("getList", {ListType = "TechnicalProblem"}), "CertificateID"))
    end)

    local CONTACTS = {}
    for _, who in ipairs {"Admin", "Tech", "Billing"} do
      for name, value in pairs {
        FirstName = "Ann", LastName = "Lee", Address1 = "1 Main St", City = "Springfield", StateProvince = "Ohio",
        PostalCode = "45501", Country = "US", Phone = "+1.5555555555", EmailAddress = "ann@example.com",
      } do
        CONTACTS[who .. name] = value
      end
    end

    local function old_activate(fields, way)
      return activate(merged(merged(CONTACTS, {WebServerType = "apache2"}), fields), way or "form")
    end

    it("follows the older page when its contacts come", function()
      local answer = old_activate()
      assert.matches('<SSLActivateResult ID="501907" IsSuccess="true"/>', answer.body, 1, true)
      assert.matches("<AdministratorName>Ann Lee</AdministratorName>", nc.info("501907").body, 1, true)
    end)

    it("tells the file without DNS elements, as the pages of 2014 did", function()
      local answer = old_activate {HTTPDCValidation = "true"}
      assert.matches('<SSLActivateResult ID="501907" IsSuccess="true">%s*<HttpDCValidation ValueAvailable="true">%s*'
        .. "<FileName>.-</FileContent>%s*</HttpDCValidation>%s*</SSLActivateResult>", answer.body)
    end)

    for _, row in ipairs {
      {{AdminCity = ""}, "2010326 Error while validating administrative address"},
      {{TechPhone = "555"}, "2015182 The contact phone is invalid. The phone number format is +NNN.NNNNNNNNNN"},
      {{WebServerType = ""}, "2010297 WebServerType is missing"},
      {{CSR = "nonsense"}, "3011296 The CSR provided is invalid"},
      {{ApproverEmail = "joe@example.com"}, "3011295 ApproverEmail is not valid"},
      {{CertificateID = "501904"}, "4011331 Certificate status is invalid"},
      {{DNSNames = "a.example.com"}, "3011296 The CSR provided is invalid"},
    } do
      it("refuses by the older page with " .. row[2], function()
        assert.same({row[2]}, nc.refused(old_activate(row[1])))
      end)
    end
  end)

  describe("the edition classic of an account", function()
    before_each(function()
      sandbox.reset {namecheap = {edition = "classic", certificates = {
        {id = 1, type = "PositiveSSL", expires_in_days = 29}, {id = 2, type = "PositiveSSL", expires_in_days = 31},
      }}}
    end)

    local function renew(fields)
      return nc.call("renew", merged({CertificateID = "1", SSLType = "PositiveSSL"}, fields))
    end

    it("renews for a year by default, within the last 30 days", function()
      assert.equal("9.0000", nc.attribute(renew(), "ChargedAmount"))
      assert.same({"4011294 Certificate not meet the ExpireDate. So cannot Renew"},
        nc.refused(renew {CertificateID = "2"}))
    end)

    it("has one number for each parameter", function()
      assert.same({"2015167 Number of years should be maximum 10"}, nc.refused(renew {Years = "11"}))
      assert.same({"2011301 SSLType is invalid"}, nc.refused(renew {SSLType = "GreenSSL"}))
      assert.same({"2011301 SSLType mismatch"}, nc.refused(renew {SSLType = "EV SSL"}))
      assert.same({"2011170 Promotion code is invalid"}, nc.refused(renew {PromotionCode = "NOSUCH"}))
      assert.same({"2528166 Order creation failed"}, nc.refused(nc.call("create", {Years = "10", Type = "EV SSL"})))
    end)

    it("reads activations and reissues by POST only", function()
      assert.same({"5050900 Unhandled exceptions"}, nc.refused(nc.call("reissue", {CertificateID = "1"})))
    end)
  end)

  describe("purchasemoresans", function()
    local function more(fields)
      return nc.call("purchasemoresans", merged({CertificateID = "501906", NumberofSANStoADD = "4"}, fields))
    end

    it("charges and answers in the printed shape", function()
      assert.matches(([[
 <RequestedCommand>namecheap.ssl.purchaseMoreSANs</RequestedCommand>
 <CommandResponse Type="namecheap.ssl.purchaseMoreSANs">
  <SSLPurchaseMoreSANSResult IsSuccess="true" OrderId="@" TransactionId="@" ChargedAmount="48.0000">
   <SSLCertificate CertificateID="501906" SSLType="positivessl multi domain" Years="1" Status="ACTIVE" SANSCount="6"/>
  </SSLPurchaseMoreSANSResult>
]]):gsub("@", "%%d+"), more().body)
      assert.same({"purchasemoresans", 501906, "48.0000"},
        {sandbox.ledger()[1].method, sandbox.ledger()[1].certificate, sandbox.ledger()[1].amount})
    end)

    refuses("it", more, {
      {{CertificateID = ""}, "2010294 Parameter CertificateID is Missing"},
      {{NumberofSANStoADD = ""}, "2010900 Parameter NumberOfSANSToAdd is Missing"},
      {{NumberofSANStoADD = "0"}, "2013900 Parameter NumberOfSANSToAdd is OutOfRange"},
      {{NumberofSANStoADD = "98"}, "2011767 Number of SANS To add is not within the limit."},
      {{CertificateID = "77"}, "2011294 CertificateId is not valid"},
      {{CertificateID = "501904"}, "2011301 SSLType is invalid"},
    })

    it("fails without money, and fills with zeros", function()
      sandbox.reset {namecheap = {balance = "1.0000"}}
      local answer = more()
      assert.same({"2528166 Order creation failed"}, nc.refused(answer))
      assert.matches('<SSLPurchaseMoreSANSResult IsSuccess="false" OrderId="0" TransactionId="0" ChargedAmount="0"/>',
        answer.body, 1, true)
    end)
  end)
end)
