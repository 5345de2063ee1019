-- The parameters of Namecheap's other methods, to the letter of its pages: the tables are written from these.
local fixture = require "spec.support.fixture"
local page = require "spec.support.page"

local csr, faults = fixture.csr, fixture.faults
local host, mail, pem, names, digits, with, without =
  page.host, page.mail, page.pem, page.names, page.digits, page.with, page.without
local check_table, check_values = page.check_table, page.check_values

-- Requests of an exact length are frames around nothing: the codec takes them, luaossl would look inside.
local function namecheap(options)
  return fixture.client("namecheap", with({csr_check = "off"}, options or {}))
end

local function classic(options)
  return namecheap(with({edition = "classic"}, options or {}))
end

-- https://www.namecheap.com/support/api/methods/ssl/create/
local PRODUCTS = {
  "PositiveSSL", "EssentialSSL", "InstantSSL", "InstantSSL Pro", "PremiumSSL", "EV SSL", "PositiveSSL Wildcard",
  "EssentialSSL Wildcard", "PremiumSSL Wildcard", "PositiveSSL Multi Domain", "Multi Domain SSL",
  "Unified Communications", "EV Multi Domain SSL", "Standard SSL", "High Assurance SSL", "Standard Wildcard SSL",
  "OV Wildcard SSL", "SAN Certificate", "OV Multi-domain SSL", "EV Multi-Domain SSL",
}
local ID = {name = "CertificateID", type = "integer", max = 10, exact = digits, required = true}

describe("namecheap create", function()
  local base = {Years = 1, Type = "PositiveSSL"}
  check_table(namecheap, "create", base, {
    {name = "Years", type = "integer", required = true, missing = 2010167},
    {name = "Type", type = "string", max = 50, required = true, missing = 2010298},
    {name = "SANStoADD", type = "integer"}, {name = "PromotionCode", type = "string", max = 20, too_long = 2013170},
  })
  check_values(namecheap, "create", base, "Type", PRODUCTS, "NegativeSSL")

  it("allows 1 to 5 years", function()
    local client = namecheap()
    for years = 1, 5 do
      assert.same({}, (faults(client, "create", with(base, {Years = years}))))
    end
    for _, years in ipairs {0, 6, -1, "6"} do
      assert.equal("not_allowed", faults(client, "create", with(base, {Years = years})).Years, tostring(years))
    end
  end)

  it("allows 97 names more: every multi-domain product includes 3 of 100", function()
    local client = namecheap()
    for _, count in ipairs {1, 97, "97"} do
      assert.same({}, (faults(client, "create", with(base, {SANStoADD = count}))))
    end
    for _, count in ipairs {98, 99, -1} do
      assert.equal("not_allowed", faults(client, "create", with(base, {SANStoADD = count})).SANStoADD, count)
    end
    assert.equal("too_long", faults(client, "create", with(base, {SANStoADD = 100})).SANStoADD)
  end)

  it("has no Quantity: that went in 2011", function()
    local request = assert(classic():encode("create", with(base, {Quantity = 1})))
    assert.is_truthy(request.body:find("&Quantity=1", 1, true))
    assert.equal("unknown_param", faults(namecheap(), "create", with(base, {Quantity = 1})).Quantity)
  end)

  it("allowed ten years on the older page", function()
    assert.same({}, (faults(classic(), "create", with(base, {Years = 10}))))
    local found, err = faults(classic(), "create", with(base, {Years = 11}))
    assert.is_truthy(found.Years)
    assert.equal(2015167, err.errors[1].provider_code)
  end)

  it("costs money", function()
    assert.equal("purchase", assert(namecheap():encode("create", base)).effect)
    assert.equal("purchase", assert(classic():encode("create", base)).effect)
  end)
end)

-- https://www.namecheap.com/support/api/ssl/namecheap.ssl.renew.aspx
describe("namecheap renew, classic", function()
  local base = {CertificateID = 501904, SSLType = "RapidSSL"}
  check_table(classic, "renew", base, {
    ID, {name = "Years", type = "integer"}, {name = "SSLType", type = "string", max = 50, required = true},
    {name = "PromotionCode", type = "string", max = 20},
  })
  check_values(classic, "renew", base, "SSLType", {
    "QuickSSL", "QuickSSL Premium", "RapidSSL", "RapidSSL Wildcard", "PremiumSSL", "InstantSSL", "PositiveSSL",
    "PositiveSSL Wildcard", "True BusinessID", "True BusinessID Wildcard", "True BusinessID with EV",
    "True BusinessID Multi Domain", "True BusinessID with EV Multi Domain", "Secure Site", "Secure Site Pro",
    "Secure Site with EV", "Secure Site Pro with EV", "EssentialSSL", "EssentialSSL Wildcard", "InstantSSL Pro",
    "Premiumssl wildcard", "EV SSL", "EV SSL SGC", "SSL123", "SSL Web Server", "SGC Supercert", "SGC Super Certs",
    "SSL Webserver EV", "PositiveSSL Multi Domain", "Multi Domain SSL", "EV Multi Domain SSL",
    "Unified Communications",
  }, "NegativeSSL")

  it("takes ids of ten digits, unlike the page of today", function()
    assert.same({}, (faults(classic(), "renew", with(base, {CertificateID = "9999999999"}))))
    local current = with(base, {CertificateID = "9999999999", Years = 1})
    assert.equal("too_long", faults(namecheap(), "renew", current).CertificateID)
  end)

  it("sends no years when none are given: one is the provider's default", function()
    assert.is_nil(assert(classic():encode("renew", base)).body:find("Years", 1, true))
    assert.is_truthy(assert(classic():encode("renew", with(base, {Years = 2}))).body:find("&Years=2", 1, true))
  end)
end)

-- https://www.namecheap.com/support/api/ssl/namecheap.ssl.activate.aspx
describe("namecheap activate, classic", function()
  local base = {
    CertificateID = 123455, ApproverEmail = "admin@example.com", csr = csr, WebServerType = "apache2",
    AdminFirstName = "Ann", AdminLastName = "Lee", AdminAddress1 = "1 High Street", AdminCity = "Town",
    AdminStateProvince = "State", AdminPostalCode = "12345", AdminCountry = "US", AdminPhone = "+001.5551234567",
    AdminEmailAddress = "ann@example.com",
  }
  check_table(classic, "activate", base, {
    ID, {name = "ApproverEmail", type = "string", max = 255, exact = mail, required = true},
    {name = "csr", type = "string", max = 2000, exact = pem, required = true},
    {name = "WebServerType", type = "string", required = true, missing = 2010297},
    {name = "HTTPDCValidation", type = "boolean"},
  })
  for _, who in ipairs {"Admin", "Tech", "Billing"} do
    local admin = who == "Admin"
    check_table(classic, "activate", base, {
      {name = who .. "OrganizationName", type = "string", max = 100},
      {name = who .. "JobTitle", type = "string", max = 100},
      {name = who .. "FirstName", type = "string", max = 100, required = admin},
      {name = who .. "LastName", type = "string", max = 100, required = admin},
      {name = who .. "Address1", type = "string", max = 100, required = admin},
      {name = who .. "Address2", type = "string", max = 100},
      {name = who .. "City", type = "string", max = 100, required = admin},
      {name = who .. "StateProvince", type = "string", max = 100, required = admin},
      {name = who .. "StateProvinceChoice", type = "string", max = 100},
      {name = who .. "PostalCode", type = "string", max = 100, required = admin},
      {name = who .. "Country", type = "string", max = 100, required = admin},
      {name = who .. "Phone", type = "string", required = admin},
      {name = who .. "PhoneExt", type = "string", max = 10, exact = digits}, {name = who .. "Fax", type = "string"},
      {name = who .. "EmailAddress", type = "string", max = 100, exact = mail, required = admin},
    })
  end

  it("takes telephone numbers of every contact as +NNN.NNNNNNNNNN only", function()
    local client = classic()
    for _, name in ipairs {"AdminPhone", "TechPhone", "BillingPhone", "AdminFax", "TechFax", "BillingFax"} do
      assert.same({}, (faults(client, "activate", with(base, {[name] = "+001.5551234567"}))))
      for _, bad in ipairs {"5551234567", "+15551234567", "001.5551234567", "+1.555 123"} do
        assert.equal("bad_format", faults(client, "activate", with(base, {[name] = bad}))[name], bad)
      end
    end
  end)

  it("takes the further names of 2014, as many approvers as names", function()
    local client = classic()
    local function lists(dns_names, approvers)
      return faults(client, "activate", with(base, {DNSNames = dns_names, DNSApproverEmails = approvers}))
    end
    assert.same({}, (lists("a.example.com, b.example.com", "admin@a.example.com, HTTPCSRHASH")))
    local found, err = lists({"a.example.com", "b.example.com"}, {"HTTPCSRHASH"})
    assert.equal("conflict", found.DNSApproverEmails)
    assert.equal(2010767, err.errors[1].provider_code)
  end)

  it("takes the fields of OV and EV types, and knows nothing of the unique value", function()
    local client = classic()
    for _, name in ipairs {
      "OrganizationLegalName", "OrganizationDUNS", "OrganizationAddress1", "OrganizationAddress2", "OrganizationCity",
      "OrganizationStateProvince", "OrganizationPostalCode", "OrganizationCountry", "OrganizationPhone",
      "OrganizationFax", "CompanyIncorporationCountry", "CompanyIncorporationStateProvince",
      "CompanyIncorporationLocality", "CompanyIncorporationDate", "CompanyDBA", "CompanyRegistrationNumber",
      "OrganizationRepFirstName", "OrganizationRepLastName", "OrganizationRepTitle", "OrganizationRepEmailAddress",
      "OrganizationRepPhone", "OrganizationRepFax", "OrganizationRepCallbackMethod",
      "OrganizationRepCallbackDestinationSame", "OrganizationRepLegalName", "OrganizationRepDUNS",
      "OrganizationRepAddress1", "OrganizationRepAddress2", "OrganizationRepCity", "OrganizationRepStateProvince",
      "OrganizationRepPostalCode", "OrganizationRepCountry", "OrganizationRepPostOfficeBox",
    } do
      assert.is_nil(faults(client, "activate", with(base, {[name] = "1"}))[name] == "unknown_param" or nil, name)
      local request = client:encode("activate", with(base, {[name] = "1"}))
      if request then
        assert.is_truthy(request.body:find("&" .. name .. "=1", 1, true), name)
      end
    end
    assert.equal("unknown_param", faults(client, "activate", with(base, {UniqueValue = "true"})).UniqueValue)
  end)
end)

-- https://www.namecheap.com/support/api/methods/ssl/parse-csr/
describe("namecheap parseCSR", function()
  local rows = {
    {name = "csr", type = "string", max = 2000, exact = pem, required = true},
    {name = "CertificateType", type = "string", max = 50},
  }
  check_table(namecheap, "parseCSR", {csr = csr}, rows)
  check_table(classic, "parseCSR", {csr = csr}, rows)
  check_table(classic, "parseCSR", {csr = csr}, {{name = "HTTPDCValidation", type = "boolean"}})

  it("asks for the validation file on the older page only", function()
    local found = faults(namecheap(), "parseCSR", {csr = csr, HTTPDCValidation = true})
    assert.equal("unknown_param", found.HTTPDCValidation)
  end)

  it("is sent by POST and does nothing", function()
    local request = assert(namecheap():encode("parseCSR", {csr = csr}))
    assert.equal("POST", request.method)
    assert.equal("read", request.effect)
  end)
end)

-- https://www.namecheap.com/support/api/methods/ssl/get-approver-email-list/
describe("namecheap getApproverEmailList", function()
  local base = {DomainName = "example.com", CertificateType = "PositiveSSL"}
  check_table(namecheap, "getApproverEmailList", base, {
    {name = "DomainName", type = "string", max = 70, exact = host, required = true},
    {name = "CertificateType", type = "string", max = 50, required = true},
  })
  check_values(namecheap, "getApproverEmailList", base, "CertificateType", PRODUCTS, "NegativeSSL")
end)

-- https://www.namecheap.com/support/api/methods/ssl/edit-dcv-method/
describe("namecheap editDCVMethod", function()
  local base = {CertificateID = 743585, DCVMethod = "HTTP_CSR_HASH"}
  local bare = without(base, "DCVMethod")
  check_table(namecheap, "editDCVMethod", base, {
    with(ID, {missing = 2010294, too_long = 2013294}),
    {
      name = "DCVMethod", type = "string", max = 255, exact = mail, required = true, missing = 2010784,
      too_long = 2013294,
    },
  })

  it("takes its own words for the methods, with underscores, or an address", function()
    local client = namecheap()
    for _, method in ipairs {"HTTP_CSR_HASH", "CNAME_CSR_HASH", "cname_csr_hash", "admin@example.com"} do
      assert.same({}, (faults(client, "editDCVMethod", with(base, {DCVMethod = method}))))
    end
    for _, method in ipairs {"HTTPCSRHASH", "CNAMECSRHASH", "HTTP", "nobody"} do
      assert.equal("bad_format", faults(client, "editDCVMethod", with(base, {DCVMethod = method})).DCVMethod, method)
      local lists = with(bare, {DNSNames = "a.example.com", DCVMethods = method})
      assert.equal("bad_format", faults(client, "editDCVMethod", lists)["DCVMethods[1]"], method)
    end
    for _, method in ipairs {"HTTP_CSR_HASH", "CNAME_CSR_HASH"} do
      local issue = {CertificateID = 953413, CSR = csr, ApproverEmail = method}
      assert.equal("bad_format", faults(client, "reissue", issue).ApproverEmail, method)
    end
  end)

  it("has one method for all, or one for each name", function()
    local client = namecheap()
    local function call(changes)
      return faults(client, "editDCVMethod", with(bare, changes))
    end
    assert.same({}, (call {DNSNames = "a.example.com, b.example.com", DCVMethods = "HTTP_CSR_HASH,a@b.example"}))
    for _, changes in ipairs {
      {DCVMethod = "HTTP_CSR_HASH", DNSNames = {"a.example.com"}, DCVMethods = {"HTTP_CSR_HASH"}},
      {DCVMethod = "HTTP_CSR_HASH", DNSNames = {"a.example.com"}},
      {DCVMethod = "HTTP_CSR_HASH", DCVMethods = {"HTTP_CSR_HASH"}},
    } do
      local found, err = call(changes)
      local codes = {}
      for _, fault in ipairs(err.errors) do
        codes[fault.code .. " " .. tostring(fault.provider_code)] = true
      end
      assert.is_true(codes["conflict 2011784"], tostring(err))
      assert.is_truthy(next(found))
    end
    for _, changes in ipairs {{}, {DNSNames = {"a.example.com"}}, {DCVMethods = {"HTTP_CSR_HASH"}}} do
      local _, err = call(changes)
      assert.equal("missing", err.code)
      assert.equal(2010784, err.errors[1].provider_code)
    end
    local found, err = call {DNSNames = {"a.example.com", "b.example.com"}, DCVMethods = {"HTTP_CSR_HASH"}}
    assert.equal("conflict", found.DCVMethods)
    assert.equal(2010767, err.errors[1].provider_code)
  end)

  it("takes 3500 bytes of names and refuses 3501", function()
    local client = namecheap()
    for bytes, code in pairs {[3500] = false, [3501] = "too_long"} do
      local list, methods = names(bytes), {}
      for i = 1, #list do
        methods[i] = "HTTP_CSR_HASH"
      end
      local found, err = faults(client, "editDCVMethod", with(bare, {DNSNames = list, DCVMethods = methods}))
      assert.equal(code or nil, found.DNSNames)
      if code then
        assert.equal(2013294, err.errors[1].provider_code)
      end
    end
  end)
end)

-- https://www.namecheap.com/support/api/methods/ssl/: resend-approver-email, resend-fulfillment-email,
-- purchase-more-sans, revoke-certificate
describe("namecheap's smaller calls", function()
  check_table(namecheap, "resendApproverEmail", {CertificateID = 500532}, {ID})
  check_table(
    namecheap,
    "resendfulfillmentemail",
    {CertificateID = 501513},
    {with(ID, {missing = 2010294})}
  )
  check_table(namecheap, "purchasemoresans", {CertificateID = 1111, NumberOfSANSToAdd = 4}, {
    ID, {name = "NumberOfSANSToAdd", type = "integer", required = true},
  })
  local revoke = {CertificateID = 8111110, CertificateType = "PositiveSSL"}
  check_table(namecheap, "revokecertificate", revoke, {
    ID, {name = "CertificateType", type = "string", max = 50, required = true},
  })
  check_values(namecheap, "revokecertificate", revoke, "CertificateType", {
    "InstantSSL", "PositiveSSL", "PositiveSSL Wildcard", "EssentialSSL", "EssentialSSL Wildcard", "InstantSSL Pro",
    "PremiumSSL Wildcard", "EV SSL", "EV Multi Domain SSL", "Multi Domain SSL", "PositiveSSL Multi Domain",
    "Unified Communications",
  }, "NegativeSSL")

  it("buy one name at least, of two digits", function()
    local client = namecheap()
    local function add(count)
      return faults(client, "purchasemoresans", {CertificateID = 1, NumberOfSANSToAdd = count}).NumberOfSANSToAdd
    end
    assert.is_nil(add(1))
    assert.is_nil(add("97"))
    for _, count in ipairs {0, -1, "0"} do
      assert.equal("not_allowed", add(count), tostring(count))
    end
    assert.equal("too_long", add(100))
  end)

  it("have the effect that they have", function()
    local client = namecheap()
    for method, effect in pairs {
      purchasemoresans = "purchase", resendApproverEmail = "change", resendfulfillmentemail = "change",
      revokecertificate = "change", getApproverEmailList = "read",
    } do
      local request = assert(client:encode(method, {
        CertificateID = method ~= "getApproverEmailList" and 1 or nil,
        NumberOfSANSToAdd = method == "purchasemoresans" and 1 or nil,
        CertificateType = (method == "revokecertificate" or method == "getApproverEmailList") and "EV SSL" or nil,
        DomainName = method == "getApproverEmailList" and "example.com" or nil,
      }))
      assert.equal(effect, request.effect, method)
    end
  end)

  it("match names in any letter case", function()
    local request = assert(namecheap():encode("purchasemoresans", {certificateid = 1111, NumberofSANStoADD = 4}))
    assert.is_truthy(request.body:find("&CertificateID=1111&NumberOfSANSToAdd=4", 1, true))
  end)
end)

-- From two clients of 2026: parasquid/namecheap (requests) and ISI.Extensions.NameCheap (answers, in lower case).
describe("the product names of July 2026", function()
  local NAMES = {
    "Standard SSL SSLcom", "standard wildcard ssl sslcom", "san certificate ssl sslcom", "HIGH ASSURANCE SSL SSLCOM",
    "ov wildcard ssl sslcom", "OV Multi-domain SSL SSLcom", "ev ssl sslcom", "ev multi domain ssl sslcom",
  }
  for method, call in pairs {
    create = {"Type", {Years = 1}}, renew = {"SSLType", {CertificateID = 1, Years = 1}},
    revokecertificate = {"CertificateType", {CertificateID = 1}},
    getApproverEmailList = {"CertificateType", {DomainName = "example.com"}},
    parseCSR = {"CertificateType", {csr = csr}},
  } do
    it("are known to " .. method .. " in any letter case, also to a strict client", function()
      local client = namecheap {strict = true}
      for _, name in ipairs(NAMES) do
        local request = assert(client:encode(method, with(call[2], {[call[1]] = name})))
        assert.is_truthy(request.body:find("&" .. call[1] .. "=" .. name:gsub(" ", "%%20"), 1, true), name)
      end
      assert.same({[call[1]] = "not_allowed"}, (faults(client, method, with(call[2], {[call[1]] = "DV SSLcom"}))))
    end)
  end
end)
