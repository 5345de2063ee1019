-- Namecheap's parameters to the letter of its pages: the tables are written from the pages, not from our descriptions.
local fixture = require "spec.support.fixture"
local page = require "spec.support.page"
local cjson = require "cjson"

local csr, faults = fixture.csr, fixture.faults
local pem, mail, names, digits, with, without, check_table, check_values =
  page.pem, page.mail, page.names, page.digits, page.with, page.without, page.check_table, page.check_values

-- Requests of an exact length are frames around nothing: the codec takes them, luaossl would look inside.
local function namecheap(options)
  return fixture.client("namecheap", with({csr_check = "off"}, options or {}))
end

local function classic(options)
  return namecheap(with({edition = "classic"}, options or {}))
end

-- https://www.namecheap.com/support/api/methods/ssl/renew/
describe("namecheap renew", function()
  local base = {CertificateID = 501904, Years = 1, SSLType = "PositiveSSL"}
  local PRODUCTS = {
    "PositiveSSL", "EssentialSSL", "InstantSSL", "InstantSSL Pro", "PremiumSSL", "EV SSL", "PositiveSSL Wildcard",
    "EssentialSSL Wildcard", "PremiumSSL Wildcard", "PositiveSSL Multi Domain", "Multi Domain SSL",
    "Unified Communications", "EV Multi Domain SSL",
  }
  check_table(namecheap, "renew", base, {
    {
      name = "CertificateID", type = "integer", max = 9, exact = digits, required = true, missing = 2010294,
      too_long = 2013294,
    },
    {name = "Years", type = "integer", required = true, missing = 2010167},
    {name = "SSLType", type = "string", max = 50, required = true, missing = 2010301, too_long = 2013301},
    {name = "PromotionCode", type = "string", max = 20, too_long = 2013170},
  })
  check_values(namecheap, "renew", base, "SSLType", PRODUCTS, "NegativeSSL")

  it("allows 1 to 5 years", function()
    local client = namecheap()
    for years = 1, 5 do
      assert.same({}, (faults(client, "renew", with(base, {Years = years}))))
      assert.same({}, (faults(client, "renew", with(base, {Years = tostring(years)}))))
    end
    for _, years in ipairs {0, 6, 9, -1, "0", "6", "-1"} do
      assert.equal("not_allowed", faults(client, "renew", with(base, {Years = years})).Years, tostring(years))
    end
    assert.equal("too_long", faults(client, "renew", with(base, {Years = 10})).Years)
  end)

  it("refuses certificate numbers below 1", function()
    for _, id in ipairs {0, -1, "-501904", "0"} do
      assert.is_truthy(faults(namecheap(), "renew", with(base, {CertificateID = id})).CertificateID, tostring(id))
    end
  end)

  it("takes a product of any letter case, and one that is newer than the page", function()
    local client, strict = namecheap(), namecheap {strict = true}
    for _, name in ipairs {"positivessl", "POSITIVESSL WILDCARD"} do
      assert.same({}, (faults(strict, "renew", with(base, {SSLType = name}))))
    end
    for _, name in ipairs {"Standard SSL", "OV Multi-domain SSL"} do
      assert.same({}, (faults(client, "renew", with(base, {SSLType = name}))))
    end
  end)

  it("takes a float that is whole as the integer it is", function()
    local a = assert(namecheap():encode("renew", with(base, {Years = 2.0, CertificateID = 501904.0})))
    assert.is_truthy(a.body:find("&CertificateID=501904&Years=2&", 1, true), a.body)
  end)

  it("reports every fault at once", function()
    local found, err = faults(namecheap(), "renew", {
      CertificateID = "x", Years = 7, PromotionCode = ("p"):rep(21), Yeers = 1, ApiKey = "k",
    })
    assert.same({
      CertificateID = "bad_type", Years = "not_allowed", SSLType = "missing", PromotionCode = "too_long",
      Yeers = "unknown_param", ApiKey = "not_allowed",
    }, found)
    assert.equal(6, #err.errors)
    assert.equal(err.errors[1].code, err.code)
    assert.equal(err.errors[1].param, err.param)
    assert.equal(err.errors[1].message, err.message)
    assert.equal("never", err.retry)
    for _, fault in ipairs(err.errors) do
      assert.is_truthy(fault.message:find(fault.param, 1, true), fault.message)
    end
  end)

  it("suggests the nearest name for an unknown one", function()
    for wrong, right in pairs {
      Yeers = "Years", CertificatID = "CertificateID", ssl_type = "SSLType", PromoCode = "PromotionCode",
    } do
      local found, err = faults(namecheap(), "renew", with(base, {[wrong] = "1"}))
      assert.equal("unknown_param", found[wrong])
      if right ~= "PromotionCode" then
        assert.is_truthy(err.message:find(right, 1, true), err.message)
      end
    end
    local _, err = faults(namecheap(), "renew", with(base, {Zzzzzz = "1"}))
    assert.is_nil(err.message:find("mean"))
  end)

  it("matches names in any letter case, and refuses one given twice", function()
    local client = namecheap()
    assert.same({}, (faults(client, "renew", {CERTIFICATEID = 1, years = 1, sslTYPE = "PositiveSSL"})))
    local found, err = faults(client, "renew", with(base, {years = 2}))
    assert.equal("conflict", found.years or found.Years)
    assert.equal(1, #err.errors)
  end)

  it("never takes the account's parameters from a call", function()
    local client = namecheap()
    for _, name in ipairs {
      "ApiUser", "ApiKey", "UserName", "Command", "ClientIp", "apiuser", "APIKEY", "username", "command", "ClientIP",
    } do
      local found, err = faults(client, "renew", with(base, {[name] = "intruder"}))
      assert.equal("not_allowed", found[name])
      assert.is_false(fixture.leaks(err, "intruder"))
    end
  end)

  it("takes null for an absent parameter", function()
    local client = namecheap()
    local plain = assert(client:encode("renew", base))
    assert.same(plain, assert(client:encode("renew", with(base, {PromotionCode = cjson.null}))))
    assert.equal("missing", faults(client, "renew", with(base, {Years = cjson.null})).Years)
  end)

  it("escapes everything but the unreserved characters", function()
    local all = {}
    for byte = 1, 127 do
      all[#all + 1] = string.char(byte)
    end
    local client = namecheap()
    for _, char in ipairs(all) do
      local request = assert(client:encode("renew", with(base, {PromotionCode = "a" .. char .. "b"})))
      local expected = char:match("[A-Za-z0-9._~-]") and char or ("%%%02X"):format(char:byte())
      assert.equal("&PromotionCode=a" .. expected .. "b", request.body:match("&PromotionCode=.*$"))
    end
  end)
end)

-- https://www.namecheap.com/support/api/ssl/namecheap.ssl.reissue.aspx
describe("namecheap reissue, classic", function()
  local base = {
    CertificateID = 123455, ApproverEmail = "admin@example.com", csr = csr, WebServerType = "apache2",
    AdminFirstName = "Ann", AdminLastName = "Lee", AdminAddress1 = "1 High Street", AdminCity = "Town",
    AdminStateProvince = "State", AdminPostalCode = "12345", AdminCountry = "US", AdminPhone = "+001.5551234567",
    AdminEmailAddress = "ann@example.com",
  }
  local SERVERS = {
    "apacheopenssl", "apachessl", "apacheraven", "apachessleay", "c2net", "ibmhttp", "iplanet", "domino",
    "dominogo4625", "dominogo4626", "netscape", "zeusv3", "apache2", "apacheapachessl", "cobaltseries", "cpanel",
    "ensim", "hsphere", "ipswitch", "plesk", "tomcat", "weblogic", "website", "webstar", "iis", "other", "iis4",
    "iis5",
  }
  check_table(classic, "reissue", base, {
    {name = "CertificateID", type = "integer", max = 10, exact = digits, required = true},
    {name = "ApproverEmail", type = "string", max = 255, exact = mail, required = true},
    {name = "csr", type = "string", max = 2000, exact = pem, required = true},
    {name = "WebServerType", type = "string", required = true, missing = 2010297},
    {name = "AdminOrganizationName", type = "string", max = 255},
    {name = "AdminJobTitle", type = "string", max = 255},
    {name = "AdminFirstName", type = "string", max = 70, required = true},
    {name = "AdminLastName", type = "string", max = 70, required = true},
    {name = "AdminAddress1", type = "string", max = 255, required = true},
    {name = "AdminAddress2", type = "string", max = 255},
    {name = "AdminCity", type = "string", max = 255, required = true},
    {name = "AdminStateProvince", type = "string", max = 255, required = true},
    {name = "AdminStateProvinceChoice", type = "string", max = 255},
    {name = "AdminPostalCode", type = "string", max = 255, required = true},
    {name = "AdminCountry", type = "string", max = 255, required = true},
    {name = "AdminPhone", type = "string", required = true},
    {name = "AdminPhoneExt", type = "string", max = 10, exact = digits}, {name = "AdminFax", type = "string"},
    {name = "AdminEmailAddress", type = "string", max = 255, exact = mail, required = true},
  })
  check_values(classic, "reissue", base, "WebServerType", SERVERS, "nginx")

  it("counts 28 server types", function() assert.equal(28, #SERVERS) end)

  it("takes telephone numbers as +NNN.NNNNNNNNNN only", function()
    local client = classic()
    for _, name in ipairs {"AdminPhone", "AdminFax"} do
      for _, good in ipairs {"+001.5551234567", "+1.5551234567", "+49.2211234567"} do
        assert.same({}, (faults(client, "reissue", with(base, {[name] = good}))))
      end
      for _, bad in ipairs {
        "5551234567", "+15551234567", "001.5551234567", "+1.555 123", "+1.", "+.1", "+1.a", "+1.1\n",
      } do
        assert.equal("bad_format", faults(client, "reissue", with(base, {[name] = bad}))[name], bad)
      end
    end
  end)

  it("knows nothing of the unique value that came in 2025", function()
    assert.equal("unknown_param", faults(classic(), "reissue", with(base, {UniqueValue = "a1"})).UniqueValue)
  end)
end)

-- The vendor's WHMCS module, Salt's module and ncssl send contacts with each of the three proofs, and with one alone.
local function check_proofs(open, method, base, number)
  describe(("the three proofs of %s, with contacts"):format(method), function()
    it("stand alone", function()
      for _, proof in ipairs {
        {ApproverEmail = "webmaster@example.com"}, {HTTPDCValidation = "True"}, {DNSDCValidation = true},
        {ApproverEmail = "", HTTPDCValidation = true}, {HTTPDCValidation = false, DNSDCValidation = "TRUE"},
      } do
        assert.same({}, (faults(open(), method, with(base, proof))))
      end
    end)

    it("are missing when none of them is chosen", function()
      for _, none in ipairs {{}, {ApproverEmail = ""}, {HTTPDCValidation = false, DNSDCValidation = "false"}} do
        local found, err = faults(open(), method, with(base, none))
        assert.same({ApproverEmail = "missing"}, found)
        assert.equal(number, err.errors[1].provider_code)
      end
    end)

    it("go with another as far as the page lets them, and not with a strict client", function()
      local both = {ApproverEmail = "webmaster@example.com", DNSDCValidation = true}
      assert.same({}, (faults(open(), method, with(base, both))))
      assert.same({ApproverEmail = "conflict"}, (faults(open {strict = true}, method, with(base, both))))
      local flags = with(base, {HTTPDCValidation = true, DNSDCValidation = true})
      local found, err = faults(open(), method, flags)
      assert.same({DNSDCValidation = "conflict"}, found)
      assert.equal(2011784, err.errors[1].provider_code)
    end)

    it("need no approvers of further names when a flag says how, or as many as there are names", function()
      local function further(proof, approvers)
        return (faults(open(), method, with(base, with(proof, {
          DNSNames = "a.example.org, b.example.org", DNSApproverEmails = approvers,
        }))))
      end
      assert.same({}, further {HTTPDCValidation = true})
      assert.same({}, further {DNSDCValidation = true})
      assert.same({}, further({ApproverEmail = "webmaster@example.com"}, "admin@a.example.org,admin@b.example.org"))
      assert.same({DNSApproverEmails = "conflict"}, further({DNSDCValidation = true}, "admin@a.example.org"))
    end)
  end)
end
local CONTACTS = {
  CertificateID = 501907, WebServerType = "apachessl", AdminFirstName = "Jo", AdminLastName = "Doe",
  AdminAddress1 = "Lane 2", AdminCity = "Deventer", AdminStateProvince = "O", AdminPostalCode = "7411AA",
  AdminCountry = "NL", AdminPhone = "+31.570123456", AdminEmailAddress = "jo@example.com", AdminJobTitle = "Admin",
  AdminFax = "+31.570123457", AdminPhoneExt = "12", AdminStateProvinceChoice = "P",
}
for _, method in ipairs {"activate", "reissue"} do
  check_proofs(classic, method, with(CONTACTS, {csr = csr}), 3011295)
  check_proofs(namecheap, method, with(CONTACTS, {CSR = csr}), 2010295)
end

-- https://www.namecheap.com/support/api/methods/ssl/activate/ (reissue takes the same parameters)
local function check_issue(method)
  local base = {CertificateID = 953413, CSR = csr, ApproverEmail = "admin@example.com"}
  local SERVERS = {
    "apacheopenssl", "apachessl", "apacheraven", "apachessleay", "apache2", "apacheapachessl", "tomcat", "cpanel",
    "ipswitch", "plesk", "weblogic", "website", "webstar", "nginx", "iis", "iis4", "iis5", "c2net", "ibmhttp",
    "iplanet", "domino", "dominogo4625", "dominogo4626", "netscape", "zeusv3", "cobaltseries", "ensim", "hsphere",
    "other",
  }
  check_table(namecheap, method, base, {
    {
      name = "CertificateID", type = "integer", max = 10, exact = digits, required = true, missing = 2010294,
      too_long = 2013294,
    },
    {name = "CSR", type = "string", max = 32767, exact = pem, required = true, missing = 2010296, too_long = 2013296},
    {name = "AdminEmailAddress", type = "string", max = 255, exact = mail, too_long = 2013214},
    {name = "WebServerType", type = "string"},
    {name = "UniqueValue", type = "string", max = 20, exact = digits},
    {name = "HTTPDCValidation", type = "boolean"},
    {name = "DNSDCValidation", type = "boolean"},
    {name = "AdminOrganizationName", type = "string", max = 255, too_long = 2013201},
    {name = "OrganizationDepartment", type = "string", max = 255},
    {name = "AdminStateProvince", type = "string", max = 255, too_long = 2013208},
    {name = "AdminCity", type = "string", max = 255, too_long = 2013207},
    {name = "AdminAddress1", type = "string", max = 255, too_long = 2013900},
    {name = "AdminAddress2", type = "string", max = 255, too_long = 2013900},
    {name = "AdminPostalCode", type = "string", max = 255, too_long = 2013210},
    {name = "OrganizationDUNS", type = "string", max = 20, exact = digits},
    {name = "CompanyIncorporationStateProvince", type = "string", max = 255, too_long = 2013900},
    {name = "CompanyIncorporationLocality", type = "string", max = 100, too_long = 2013900},
    {name = "CompanyDBA", type = "string", max = 100, too_long = 2013900},
    {name = "CompanyRegistrationNumber", type = "string", max = 100, too_long = 2013900},
    {name = "OrganizationRepFirstName", type = "string", max = 60, too_long = 2013374},
    {name = "OrganizationRepLastName", type = "string", max = 60, too_long = 2013375},
    {name = "OrganizationRepTitle", type = "string", max = 60, too_long = 2013376},
    {name = "OrganizationRepEmailAddress", type = "string", max = 128, exact = mail, too_long = 2013372},
  })
  check_values(namecheap, method, base, "WebServerType", SERVERS, "lighttpd")

  it("counts 29 server types", function() assert.equal(29, #SERVERS) end)

  it("wants countries of two letters and dates as YYYY-MM-DD", function()
    local client = namecheap()
    for _, name in ipairs {"AdminCountry", "CompanyIncorporationCountry"} do
      assert.is_nil(faults(client, method, with(base, {[name] = "NL"}))[name])
      for _, bad in ipairs {"NLD", "N", "N1", "é"} do
        assert.is_truthy(faults(client, method, with(base, {[name] = bad}))[name], bad)
      end
    end
    local name = "CompanyIncorporationDate"
    assert.is_nil(faults(client, method, with(base, {[name] = "1999-12-31"}))[name])
    for _, bad in ipairs {"31.12.1999", "1999-13-01", "1999-1-1", "1999-12-31T00:00", "19991231"} do
      assert.equal("bad_format", faults(client, method, with(base, {[name] = bad}))[name], bad)
    end
  end)

  it("wants exactly one way of proving control", function()
    local client = namecheap()
    local bare = without(base, "ApproverEmail")
    local found, err = faults(client, method, bare)
    assert.equal("missing", found.ApproverEmail)
    assert.equal(2010295, err.errors[1].provider_code)
    for _, choice in ipairs {
      {HTTPDCValidation = true}, {DNSDCValidation = true},
      {HTTPDCValidation = "TRUE", DNSDCValidation = "False"}, {ApproverEmail = "HTTPCSRHASH"},
      {ApproverEmail = "CNAMECSRHASH"}, {ApproverEmail = "Admin@Example.com"},
      {ApproverEmail = "admin@example.com", HTTPDCValidation = false},
    } do
      assert.same({}, (faults(client, method, with(bare, choice))))
    end
    assert.is_truthy(
      next((faults(client, method, with(bare, {HTTPDCValidation = false, DNSDCValidation = false}))))
    )
    local both, both_err = faults(client, method, with(bare, {HTTPDCValidation = true, DNSDCValidation = true}))
    local _, code = next(both)
    assert.equal("conflict", code)
    assert.equal(2011784, both_err.errors[1].provider_code)
    assert.equal("bad_format", faults(client, method, with(bare, {ApproverEmail = "nobody"})).ApproverEmail)
  end)

  it("takes DNSNames as a list or as the page's own text, and sends the same", function()
    local client = namecheap()
    for _, names_given in ipairs {
      {"secure.example.com", "login.example.com"}, "secure.example.com, login.example.com",
      " secure.example.com ,login.example.com",
    } do
      local call = with(base, {DNSNames = names_given, DNSApproverEmails = " CNAMECSRHASH ,admin@login.example.com"})
      local request = assert(client:encode(method, call))
      local sent = "&DNSNames=secure.example.com%2Clogin.example.com"
        .. "&DNSApproverEmails=CNAMECSRHASH%2Cadmin%40login.example.com"
      assert.equal(sent, request.body:match "&DNSNames=.*")
    end
  end)

  it("refuses lists that don't fit together", function()
    local client = namecheap()
    local function lists(dns_names, approvers)
      return faults(client, method, with(base, {DNSNames = dns_names, DNSApproverEmails = approvers}))
    end
    assert.same({}, (lists({"a.example.com"}, {"HTTPCSRHASH"})))
    assert.equal("missing", lists({"a.example.com"}).DNSApproverEmails)
    local found, err = lists({"a.example.com", "b.example.com"}, {"HTTPCSRHASH"})
    assert.equal("conflict", found.DNSApproverEmails)
    assert.equal(2010767, err.errors[1].provider_code)
    assert.equal("conflict", lists("a.example.com,b.example.com", {"HTTPCSRHASH"}).DNSApproverEmails)
    assert.equal("bad_format", lists({"a.example.com,b.example.com"}, {"HTTPCSRHASH"})["DNSNames[1]"])
    assert.equal("bad_format", lists({"a.example.com"}, {"nobody"})["DNSApproverEmails[1]"])
    assert.is_truthy(next((lists({""}, {"HTTPCSRHASH"}))))
    assert.is_truthy(next((lists("a.example.com,", "HTTPCSRHASH,"))))
    assert.is_truthy(lists({}, {}).DNSNames)
    assert.equal("bad_type", lists({1}, {"HTTPCSRHASH"})["DNSNames[1]"])
  end)

  it("takes 32767 bytes of names and refuses 32768", function()
    local client = namecheap()
    for bytes, code in pairs {[32767] = false, [32768] = "too_long"} do
      local list = names(bytes)
      assert.equal(bytes, #table.concat(list, ","))
      local approvers = {}
      for i = 1, #list do
        approvers[i] = "HTTPCSRHASH"
      end
      local found = faults(client, method, with(base, {DNSNames = list, DNSApproverEmails = approvers}))
      assert.equal(code or nil, found.DNSNames)
    end
  end)
end
for _, method in ipairs {"reissue", "activate"} do
  describe(("namecheap %s, current"):format(method), function() check_issue(method) end)
end

-- https://www.namecheap.com/support/api/methods/ssl/get-info/ and get-list/
describe("namecheap getInfo and getList", function()
  check_table(namecheap, "getInfo", {CertificateID = 1}, {
    {name = "CertificateID", type = "integer", max = 10, exact = digits, required = true},
  })
  check_table(namecheap, "getList", {}, {
    {name = "SearchTerm", type = "string", max = 70}, {name = "Page", type = "integer", max = 10, exact = digits},
    {name = "PageSize", type = "integer"},
  })
  check_values(namecheap, "getList", {}, "ListType", {
    "ALL", "Processing", "EmailSent", "TechnicalProblem", "InProgress", "Completed", "Deactivated", "Active",
    "Cancelled", "NewPurchase", "NewRenewal",
  }, "Expired")
  check_values(namecheap, "getList", {}, "SortBy", {
    "PURCHASEDATE", "PURCHASEDATE_DESC", "SSLTYPE", "SSLTYPE_DESC", "EXPIREDATETIME", "EXPIREDATETIME_DESC",
    "Host_Name", "Host_Name_DESC",
  }, "STATUS")
  check_values(
    namecheap,
    "getInfo",
    {CertificateID = 1, Returncertificate = true},
    "Returntype",
    {"Individual", "PKCS7"},
    "DER"
  )

  it("wants Returntype with Returncertificate", function()
    local client = namecheap()
    assert.equal("missing", faults(client, "getInfo", {CertificateID = 1, Returncertificate = true}).Returntype)
    assert.equal("missing", faults(client, "getInfo", {CertificateID = 1, Returncertificate = "true"}).Returntype)
    assert.same({}, (faults(client, "getInfo", {CertificateID = 1, Returncertificate = false})))
    assert.same(
      {},
      (faults(client, "getInfo", {CertificateID = 1, returncertificate = "True", returntype = "individual"}))
    )
  end)

  it("allows 10 to 100 rows of a page", function()
    for size, good in pairs {[10] = true, [100] = true, [9] = false, [101] = false, [0] = false} do
      assert.equal(not good and "not_allowed" or nil, faults(namecheap(), "getList", {PageSize = size}).PageSize)
    end
  end)
end)
