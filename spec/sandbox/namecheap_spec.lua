-- The sandbox's Namecheap, driven by the curl program: numbers and texts are those of the provider's pages.

local support = require "spec.support.sandbox"

-- https://www.namecheap.com/support/api/methods/ssl/renew/ prints this, with another host
local PRINTED_EXAMPLE = "/xml.response?ApiUser=apiexample&ApiKey=56b4c87ef4fd49cb96d915c0db68194&UserName=apiexample"
  .. "&command=namecheap.ssl.renew&clientip=1.2.3.4&certificateid=501904&ssltype=positivessl&years=1"

describe("the sandbox's Namecheap", function()
  local sandbox, nc, csr, info, attribute, validate

  setup(function()
    sandbox = support.start()
    nc = support.namecheap(sandbox)
    info, attribute, validate = nc.info, nc.attribute, nc.validate
    csr = support.csr("example.com", {"example.com"})
  end)

  teardown(function() assert.equal(0, sandbox.stop()) end)

  before_each(function() sandbox.reset() end)

  local function renew(fields, way)
    local all = {CertificateID = "501904", Years = "1", SSLType = "PositiveSSL"}
    for name, value in pairs(fields or {}) do
      all[name] = value
    end
    return nc.call("renew", all, way)
  end

  local function reissue(fields, way)
    local all = {CertificateID = "501904", CSR = csr, ApproverEmail = "admin@example.com"}
    for name, value in pairs(fields or {}) do
      all[name] = value
    end
    return nc.call("reissue", all, way)
  end

  local function assert_refused(expected, answer)
    assert.same(expected, nc.refused(answer))
  end

  describe("envelope", function()
    it("answers the printed example call in the printed form", function()
      local answer = sandbox.get(PRINTED_EXAMPLE)
      assert.equal(200, answer.status)
      local id, order, transaction, server, seconds = answer.body:match("^" .. ([[
<?xml version="1.0" encoding="UTF-8"?>
<ApiResponse Status="OK" xmlns="http://api.namecheap.com/xml.response">
 <Errors/>
 <Warnings/>
 <RequestedCommand>namecheap.ssl.renew</RequestedCommand>
 <CommandResponse Type="namecheap.ssl.renew">
  <SSLRenewResult CertificateID="@" SSLType="PositiveSSL" Years="1" OrderId="@" TransactionId="@" #="9.0000"/>
 </CommandResponse>
 <Server>@</Server>
 <GMTTimeDifference>--5:00</GMTTimeDifference>
 <ExecutionTime>@</ExecutionTime>
</ApiResponse>
]]):gsub("[%-%.%?]", "%%%0"):gsub("@", "([%%x.]+)"):gsub("#", "ChargedAmount") .. "$")
      assert.is_not_nil(id, answer.body)
      assert.not_equal("501904", id)
      assert.matches("^%d+$", order)
      assert.matches("^%d+$", transaction)
      assert.matches("^%x%x%x%x%x%x%x%x%x%x%x%x$", server)
      assert.matches("^%d+%.%d%d%d$", seconds)
    end)

    it("is reached with and without a slash at the end", function()
      assert.equal(200, sandbox.get((PRINTED_EXAMPLE:gsub("response%?", "response/?"))).status)
    end)

    for _, way in ipairs {"query", "form", "multipart", "empty"} do
      it("reads fields sent by way of: " .. way, function()
        local answer = reissue({UniqueValue = "a b&c=d+e"}, way)
        assert.matches('Status="OK"', answer.body, 1, true)
        local sent = {}
        for _, pair in ipairs(sandbox.requests()[1].parameters) do
          sent[pair.name] = pair.value
        end
        assert.equal("a b&c=d+e", sent.UniqueValue)
        assert.equal(csr, sent.CSR)
      end)
    end

    it("merges query and body, and ignores fields it doesn't know", function()
      local answer = sandbox.curl("/xml.response?ApiUser=apiexample&SourceOfCall=WHMCS&Command=NAMECHEAP.SSL.GETINFO", {
        "-F", "apikey=56b4c87ef4fd49cb96d915c0db68194", "-F", "USERNAME=apiexample", "-F", "clientip=1.2.3.4",
        "-F", "certificateID=501904",
      })
      assert.matches("<RequestedCommand>namecheap.ssl.getInfo</RequestedCommand>", answer.body, 1, true)
      assert.equal("active", attribute(answer, "Status"))
    end)

    for _, row in ipairs {
      {{Command = ""}, "1010104 Parameter Command is missing"},
      {{ApiUser = ""}, "1010101 Parameter APIUser is missing"},
      {{ApiKey = ""}, "1010102 Parameter APIKey is missing"},
      {{ClientIp = ""}, "1010105 Parameter ClientIP is missing"},
      {{ApiKey = "wrong"}, "1011102 API Key is invalid or API access has not been enabled"},
      {{ApiUser = "nobody"}, "1011102 API Key is invalid or API access has not been enabled"},
      {{UserName = "nobody"}, "1019103 Parameter UserName is not available"},
      {{Command = "namecheap.ssl.toggle"}, "4 Parameter Command is Invalid"},
    } do
      it("refuses a caller: " .. row[2], function()
        local answer = renew(row[1])
        assert_refused({row[2]}, answer)
        assert.matches("<RequestedCommand/>", answer.body, 1, true)
        assert.not_matches("CommandResponse", answer.body, 1, true)
        assert.same({}, sandbox.ledger())
      end)
    end

    for _, row in ipairs {
      {"renew", '<SSLRenewResult CertificateID="0" Years="0" OrderId="0" TransactionId="0" ChargedAmount="0"/>'},
      {"reissue", '<SSLReissueResult ID="0" IsSuccess="false"/>'},
      {"getInfo", '<SSLGetInfoResult Years="0" OrderId="0" SANSCount="0"/>'},
    } do
      it("fills the result of a failed " .. row[1] .. " with zeros", function()
        local answer = nc.call(row[1]:lower())
        assert.matches(row[2], answer.body, 1, true)
        assert.matches('<CommandResponse Type="namecheap.ssl.' .. row[1] .. '">', answer.body, 1, true)
      end)
    end
  end)

  describe("renew", function()
    it("charges the balance once and makes a renewal that waits for activation", function()
      sandbox.reset {namecheap = {balance = "50.0000", certificates = {
        {id = 501904, type = "PositiveSSL", host = "example.com", expires_in_days = 20},
      }}}
      local answer = renew {Years = "2"}
      assert.equal("18.0000", attribute(answer, "ChargedAmount"))
      local ledger = sandbox.ledger()
      assert.equal(1, #ledger)
      local entry = ledger[1]
      assert.same({"namecheap", "apiexample", "renew", 501904, "18.0000", "32.0000", "USD"}, {
        entry.provider, entry.account, entry.method, entry.certificate, entry.amount, entry.balance, entry.currency,
      })
      assert.equal(tonumber(attribute(answer, "CertificateID")), entry.new_certificate)
      local renewal = info(entry.new_certificate)
      assert.equal("newrenewal", attribute(renewal, "Status"))
      assert.matches("Renewal", attribute(renewal, "StatusDescription"))
      assert.equal("2", attribute(renewal, "Years"))
      assert_refused({"4028294 This CertificateID is already queued for Renewal"}, renew())
      assert.equal(1, #sandbox.ledger())
    end)

    for _, row in ipairs {
      {{Years = ""}, "2010167 Parameter Years is Missing"},
      {{CertificateID = ""}, "2010294 Parameter CertificateID is Missing"},
      {{SSLType = ""}, "2010301 Parameter SSLType is Missing"},
      {{Years = "x"}, "2011167 Parameter Years is Invalid"},
      {{Years = "12"}, "2013167 Parameter Years is TooLong"},
      {{Years = "0"}, "2013167 Parameter Years is OutOfRange"},
      {{Years = "6"}, "2013167 Parameter Years is OutOfRange"},
      {{Years = "3"}, "2013167 Parameter Years is OutOfRange. Max Years value for this Type is 2."},
      {{Years = "4"}, "4080167 Due to recent CA/B Forum updates, it is no longer possible to purchase 4- and 5-year "
        .. "certificates after March 1, 2015. Please contact our support team."},
      {{CertificateID = "12x"}, "2011294 Parameter CertificateID is Invalid"},
      {{CertificateID = "1234567890"}, "2013294 Parameter CertificateID is TooLong"},
      {{CertificateID = "77"}, "4011294 CertificateID is invalid"},
      {{SSLType = "GreenSSL"}, "2011301 Parameter SSLType is not valid"},
      {{SSLType = ("x"):rep(51)}, "2013301 Parameter SSLType is TooLong"},
      {{SSLType = "RapidSSL"}, "2011301 We're sorry, the requested SSL type has been discontinued"},
      {{SSLType = "EV SSL"}, "2012301 SSLType Mismatch"},
      {{PromotionCode = ("x"):rep(21)}, "2013170 Parameter PromotionCode is TooLong"},
      {{PromotionCode = "NOSUCH"}, "2011170 Promotion code is not available"},
      {{PromotionCode = "EXPIRED"}, "2011170 Promotion code is expired"},
      {{PromotionCode = "USEDUP"}, "2011170 Promotion code usage exceeded"},
      {{CertificateID = "501907"}, "4011331 Certificate status is invalid"},
      {{CertificateID = "501905", SSLType = "PositiveSSL Wildcard"},
        "4011294 Certificate not meet the ExpireDate. So cannot Renew"},
    } do
      local given = {}
      for name, value in pairs(row[1]) do
        given[#given + 1] = name .. "=" .. value:sub(1, 20)
      end
      it("refuses " .. table.concat(given, " ") .. " with " .. row[2]:sub(1, 60), function()
        assert_refused({row[2]}, renew(row[1]))
        assert.same({}, sandbox.ledger())
      end)
    end

    it("reports all faults of one step together", function()
      assert_refused({"2010167 Parameter Years is Missing", "2010301 Parameter SSLType is Missing"},
        renew {Years = "", SSLType = ""})
    end)

    it("has a window from 90 days before to 180 days after expiry", function()
      for days, inside in pairs {[91] = false, [89] = true, [-179] = true, [-181] = false} do
        sandbox.reset {namecheap = {certificates = {{id = 5, type = "PositiveSSL", expires_in_days = days}}}}
        local answer = renew {CertificateID = "5"}
        assert.equal(inside and "OK" or "ERROR", answer.body:match('<ApiResponse Status="(%u+)"'), "days: " .. days)
      end
    end)

    it("refuses when the balance is too small, and takes nothing", function()
      sandbox.reset {namecheap = {balance = "8.9999"}}
      assert_refused({"2528166 ORDER CREATION FAILED; INSUFFICIENTFUNDS;Insufficient funds in account; Sorry! Your "
        .. "available balance is insufficient to cover the current billing amount;"}, renew())
      assert.equal("8.9999", sandbox.get("/_sandbox/state").json.namecheap.account.balance)
    end)

    it("takes a promotion off the price", function()
      assert.equal("8.1000", attribute(renew {PromotionCode = "tenoff"}, "ChargedAmount"))
    end)

    it("accepts the names of 2026 and answers with them", function()
      assert.equal("Standard SSL", attribute(renew {SSLType = "standard ssl"}, "SSLType"))
    end)
  end)

  describe("reissue", function()
    it("makes a new certificate that replaces the old one once control is proved", function()
      local answer = reissue()
      local id = attribute(answer, "ID")
      assert.matches(('<SSLReissueResult ID="%s" IsSuccess="true"/>'):format(id), answer.body, 1, true)
      assert.equal("purchased", nc.status(id))
      assert_refused({"4011331 Status is invalid or reissue already in progress"}, reissue())
      validate(id)
      assert.equal("active", nc.status(id))
      local old = info(501904)
      assert.equal("replaced", attribute(old, "Status"))
      assert.equal(id, attribute(old, "ReplacedBy"))
      assert.same({}, sandbox.ledger())
    end)

    it("tells what to publish for HTTP, as hashes of the DER request", function()
      local answer = reissue {ApproverEmail = "", HTTPDCValidation = "true", UniqueValue = "u1"}
      local md5 = support.openssl("req -in %s -outform DER | openssl md5 -r", csr):match("%x+"):upper()
      local sha256 = support.openssl("req -in %s -outform DER | openssl sha256 -r", csr):match("%x+"):upper()
      assert.matches(([==[
   <HttpDCValidation ValueAvailable="true">
    <DNS domain="example.com">
     <FileName><![CDATA[%s.txt]]></FileName>
     <FileContent><![CDATA[%s comodoca.com u1]]></FileContent>
    </DNS>
   </HttpDCValidation>
   <DNSDCValidation ValueAvailable="false"/>
]==]):format(md5, sha256), answer.body, 1, true)
    end)

    it("mixes the methods of a multi-domain certificate", function()
      local answer = reissue {
        CertificateID = "501906", CSR = support.csr("example.org"), ApproverEmail = "HTTPCSRHASH",
        DNSNames = "secure.example.org, login.example.org", DNSApproverEmails = "CNAMECSRHASH, admin@login.example.org",
      }
      assert.matches('<HttpDCValidation ValueAvailable="true">%s*<DNS domain="example.org">', answer.body)
      local host, target = answer.body:match("<HostName><!%[CDATA%[(.-)%]%].-<Target><!%[CDATA%[(.-)%]%]")
      assert.matches("^_%x+%.secure%.example%.org$", host)
      assert.equal(32, #host:match("%x+"))
      local first, second, unique = target:match("^(%x+)%.(%x+)%.(%x+)%.comodoca%.com$")
      assert.same({32, 32, 13}, {#first, #second, #unique})
      assert.not_matches('domain="login', answer.body, 1, true)
      local id = attribute(answer, "ID")
      validate(id)
      local leaf = info(id, {Returncertificate = "true"}).body:match("%-+BEGIN CERT.-END CERTIFICATE%-+")
      assert.matches("DNS:example.org, DNS:secure.example.org, DNS:login.example.org",
        support.openssl("x509 -in %s -noout -ext subjectAltName", leaf), 1, true)
    end)

    local approver_message = "Approver email for the DomainName b.example.org is not valid.Please provide the "
      .. "dnsapprover emails in the same order of dnsnames."
    for _, row in ipairs {
      {{CSR = ""}, "2010296 Parameter CSR is Missing"},
      {{CSR = ("x"):rep(32768)}, "2013296 Parameter CSR is TooLong", "form"},
      {{CSR = "no request"}, "3011296 Invalid CSR. It can not be read as PEM"},
      {{ApproverEmail = ""}, "2010295 Approver email is required"},
      {{ApproverEmail = "joe@example.com"}, "3011295 Approver email is not valid"},
      {{ApproverEmail = "HTTPCSRHASH"}, "2011295 Approver email is invalid"},
      {{HTTPDCValidation = "true", DNSDCValidation = "True"},
        "2011784 Both File-Based and DNS-Based authentication can't be enabled"},
      {{DNSDCValidation = "yes"}, "2013900 Parameter DNSDCValidation is Invalid"},
      {{WebServerType = "nonesuch"}, "2011297 WebServerType is invalid"},
      {{AdminEmailAddress = "nobody"}, "2011214 Parameter AdminEmailAddress is Invalid"},
      {{CertificateID = "77"}, "2011294 CertificateID is invalid"},
      {{CertificateID = "501907"}, "4011331 Status is invalid or reissue already in progress"},
      {{DNSNames = "b.example.com"}, "2010295 DNSApproverEmails is required"},
      {{DNSNames = "b.example.com,c.example.com", DNSApproverEmails = "admin@example.com"},
        "2010767 The additional DNSNames and their corresponding approver emails are not equal"},
      {{DNSNames = "b.example.com", DNSApproverEmails = "admin@example.com"},
        "2010767 The additional domain names provided in DNSNames exceeded the purchased SANS.Only 0 SANS can be "
        .. "activated for this certificate."},
      {{CertificateID = "501906", DNSNames = "b.example.org", DNSApproverEmails = "admin@example.net",
        ApproverEmail = "admin@example.com"}, "3011295 " .. approver_message},
      {{CertificateID = "501906", DNSNames = "example.com", DNSApproverEmails = "admin@example.com"},
        "2014296 Duplicate Values in Common Names detected.Each Common Name should have a unique value."},
      {{CertificateID = "501905", DNSDCValidation = "true"}, "2011296 The CSR provided is invalid to generate a "
        .. "wildcard certificate. Please make sure that you generate a CSR with a Common Name (CN) that starts with "
        .. "'*.' (ex: *.yourdomain.com)"},
    } do
      it("refuses with " .. row[2]:sub(1, 90), function()
        assert_refused({row[2]}, reissue(row[1], row[3]))
        assert.not_matches("purchased", sandbox.get("/_sandbox/state").body, 1, true)
      end)
    end

    it("refuses HTTP validation of a wildcard", function()
      assert_refused(
        {"3011784 Due to CA/B Forum regulations, HTTP DCV method is not allowed for Wildcard certificates"},
        reissue {CertificateID = "501905", CSR = support.csr("*.example.net"), HTTPDCValidation = "true"})
    end)

    it("refuses a name inside the network", function()
      assert.matches("^2011767 ", nc.errors(reissue {CSR = support.csr("10.0.0.1")})[1])
    end)

    local OLD_FIELDS = {
      WebServerType = "apache2", AdminFirstName = "Ann", AdminLastName = "Lee", AdminAddress1 = "1 Main St",
      AdminCity = "Springfield", AdminStateProvince = "Ohio", AdminPostalCode = "45501", AdminCountry = "US",
      AdminPhone = "+1.5555555555", AdminEmailAddress = "ann@example.com",
    }

    local function old_reissue(fields)
      local all = {}
      for name, value in pairs(OLD_FIELDS) do
        all[name] = value
      end
      for name, value in pairs(fields or {}) do
        all[name] = value
      end
      return reissue(all, "form")
    end

    it("follows the older page when the administrator's name comes", function()
      local id = attribute(old_reissue(), "ID")
      local waiting = info(id)
      assert.matches("<AdministratorName>Ann Lee</AdministratorName>", waiting.body, 1, true)
      assert.matches("<AdministratorEmail>ann@example.com</AdministratorEmail>", waiting.body, 1, true)
    end)

    for _, row in ipairs {
      {{AdminCity = ""}, "2010326 Error while validating administrative address"},
      {{AdminPhone = "555"}, "2015182 The contact phone is invalid. The phone number format is +NNN.NNNNNNNNNN"},
      {{WebServerType = ""}, "2010297 WebServerType is missing"},
      {{WebServerType = "nonesuch"}, "2011297 WebServerType is invalid"},
      {{CSR = "no request"}, "3011296 The CSR provided is invalid"},
      {{ApproverEmail = "joe@example.com"}, "3011295 ApproverEmail is not valid"},
      {{CertificateID = "77"}, "2011294 CertificateID is invalid"},
      {{CertificateID = "501907"}, "4011331 Certificate status is invalid"},
    } do
      it("refuses by the older page with " .. row[2], function()
        assert_refused({row[2]}, old_reissue(row[1]))
      end)
    end

    it("answers in the older page's shape when asked to", function()
      sandbox.reset {namecheap = {classic_shape = true}}
      assert.matches('<SSLActivateResult ID="501908" IsSuccess="true"/>', old_reissue().body, 1, true)
    end)
  end)

  describe("getInfo", function()
    it("returns the leaf and the chain, which openssl verifies", function()
      local id = attribute(reissue(), "ID")
      local waiting = info(id, {Returncertificate = "true"})
      assert.matches('<Certificates CertificateReturned="false"/>', waiting.body, 1, true)
      validate(id)
      local answer = info(id, {Returncertificate = "true", Returntype = "Individual"})
      local leaf = answer.body:match('ReturnType="Individual">%s*<Certificate><!%[CDATA%[(.-)%]%]')
      local chain = {}
      for pem in answer.body:gmatch('<Certificate Type="INTERMEDIATE">%s*<Certificate><!%[CDATA%[(.-)%]%]') do
        chain[#chain + 1] = pem
      end
      assert.equal(2, #chain)
      local root = sandbox.get("/_sandbox/ca.pem").body
      assert.matches(": OK", support.openssl("verify -CAfile %s -untrusted %s %s", root, chain[1], leaf), 1, true)
      local key = support.openssl("req -in %s -noout -pubkey", csr)
      assert.equal(key, support.openssl("x509 -in %s -noout -pubkey", leaf))
      local names = support.openssl("x509 -in %s -noout -ext subjectAltName", leaf)
      assert.matches("DNS:example.com, DNS:www.example.com", names, 1, true)
    end)

    it("returns a PKCS7 bundle that openssl reads", function()
      local answer = info(501904, {Returncertificate = "true", Returntype = "PKCS7"})
      local bundle = answer.body:match('ReturnType="PKCS7">%s*<Certificate><!%[CDATA%[%s*(.-)%]%]')
      assert.not_matches("CaCertificates", answer.body, 1, true)
      local _, count = support.openssl("pkcs7 -in %s -print_certs -noout", bundle):gsub("subject=", "")
      assert.equal(3, count)
    end)

    it("has no details of what is not activated", function()
      local answer = info(501907)
      assert.equal("newpurchase", attribute(answer, "Status"))
      assert.equal("", attribute(answer, "Expires"))
      assert.not_matches("CertificateDetails", answer.body, 1, true)
    end)

    it("refuses an unknown certificate and a bad id", function()
      assert_refused({"2011294 CertificateID is invalid"}, info(77))
      assert_refused({"2011294 Parameter CertificateID is Invalid"}, info("x"))
      assert_refused({"2010294 Parameter CertificateID is Missing"}, info(""))
    end)
  end)

  describe("getList", function()
    local function list(fields)
      local answer = nc.call("getList", fields)
      local ids = {}
      for id in answer.body:gmatch('<SSL CertificateID="(%d+)"') do
        ids[#ids + 1] = tonumber(id)
      end
      return ids, answer
    end

    it("lists all, twenty to a page", function()
      local ids, answer = list()
      assert.same({501904, 501905, 501906, 501907}, ids)
      assert.matches("<Paging>%s*<TotalItems>4</TotalItems>%s*<CurrentPage>1</CurrentPage>%s*<PageSize>20</PageSize>",
        answer.body)
      assert.matches('HostName="" SSLType="positivessl" PurchaseDate="%d%d/%d%d/%d%d%d%d" ExpireDate="" '
        .. 'ActivationExpireDate="" IsExpiredYN="false" Status="newpurchase" ProviderOrderID="" Years="1"/>',
        answer.body)
    end)

    it("filters, searches, sorts and pages", function()
      assert.same({501907}, (list {ListType = "NewPurchase"}))
      assert.same({501905}, (list {SearchTerm = "EXAMPLE.NET"}))
      assert.same({501905, 501906, 501904, 501907}, (list {SortBy = "EXPIREDATETIME_DESC"}))
      assert.same({}, (list {Page = "2"}))
      local many = {}
      for i = 1, 25 do
        many[i] = {id = i, type = "PositiveSSL", expires_in_days = i}
      end
      sandbox.reset {namecheap = {certificates = many}}
      assert.same({21, 22, 23, 24, 25}, (list {Page = "3", PageSize = "10"}))
    end)

    it("refuses what its page doesn't allow", function()
      assert_refused({"2011272 ListType is invalid"}, select(2, list {ListType = "Old"}))
      local _, answer = list {PageSize = "9"}
      assert_refused({"2013275 Parameter PageSize is OutOfRange"}, answer)
      assert.matches("<SSLListResult/>%s*<Paging>%s*<TotalItems>0</TotalItems>", answer.body)
    end)
  end)
end)
