-- The parameters of Realtime Register's other methods, to the letter of its pages: the tables are written from these.
local fixture = require "spec.support.fixture"
local page = require "spec.support.page"
local cjson = require "cjson"

local csr, faults = fixture.csr, fixture.faults
local host, mail, digits, with, without, two_byte =
  page.host, page.mail, page.digits, page.with, page.without, page.two_byte
local check_table, check_values = page.check_table, page.check_values

local function realtimeregister(options)
  return fixture.client("realtimeregister", options)
end

local function method_of(method, params)
  return assert(realtimeregister():encode(method, params))
end

local ORDER_TEXTS = {
  {name = "organization", type = "string", max = 64, min = 1}, {name = "state", type = "string", max = 60, min = 1},
  {name = "address", type = "string", max = 60, min = 1}, {name = "postalCode", type = "string", max = 10, min = 1},
  {name = "city", type = "string", max = 60, min = 1},
}
local LANGUAGES = {"EN", "NL", "FR", "CN", "DE", "IT", "JP", "KR", "PT", "RU", "ES", "DK", "SE", "TR"}

-- A customer's handle, wherever a call has one.
local function check_customer(method, base)
  it("has a customer of 3 to 40 letters, digits and -_@.", function()
    local client = realtimeregister()
    local function customer(value)
      return faults(client, method, with(base, {customer = value})).customer
    end
    for _, good in ipairs {"abc", "john.doe@x_y-z", ("a"):rep(40)} do
      assert.is_nil(customer(good), good)
    end
    assert.equal("too_short", customer "ab")
    assert.equal("too_long", customer(("a"):rep(41)))
    for _, bad in ipairs {"a b", "a/b", "ab?", "äbc", "ab\n", "../a", "a%2f"} do
      assert.equal("bad_format", customer(bad), bad)
    end
    assert.equal("missing", faults(client, method, without(base, "customer")).customer)
  end)
end

-- https://dm.realtimeregister.com/docs/api/ssl/request
describe("realtimeregister request", function()
  local base = {customer = "johndoe", product = "ssl_sectigo", period = 12, csr = csr}
  check_table(realtimeregister, "request", base, {
    {name = "product", type = "string", required = true}, {name = "period", type = "integer", required = true},
    {name = "csr", type = "string", required = true}, {name = "quote", type = "boolean"},
    {name = "san", type = "list"}, {name = "authKey", type = "boolean"}, {name = "approver", type = "object"},
    {name = "dcv", type = "list"}, {name = "billables", type = "list"},
    {name = "domainName", type = "string", max = 255, exact = host},
    {name = "department", type = "string", max = 60, min = 1}, {name = "coc", type = "string", max = 32, min = 1},
    {name = "uniqueValue", type = "string", max = 20, min = 1, exact = digits}, {name = "saEmail", type = "string"},
  })
  check_table(realtimeregister, "request", base, ORDER_TEXTS)
  check_values(realtimeregister, "request", base, "language", LANGUAGES, "PL")
  check_customer("request", base)

  it("takes a country of two letters", function()
    local client = realtimeregister()
    assert.same({}, (faults(client, "request", with(base, {country = "NL"}))))
    for _, bad in ipairs {"N", "NLD", "N1", ""} do
      assert.is_truthy(faults(client, "request", with(base, {country = bad})).country, bad)
    end
  end)

  it("counts the period in whole months, from 1", function()
    local client = realtimeregister()
    for _, period in ipairs {1, 12, 36, "60"} do
      assert.same({}, (faults(client, "request", with(base, {period = period}))))
    end
    for _, period in ipairs {0, -12, "0"} do
      assert.is_truthy(faults(client, "request", with(base, {period = period})).period, tostring(period))
    end
  end)

  it("checks each billable", function()
    local client = realtimeregister()
    local function billables(...)
      return faults(client, "request", with(base, {billables = {...}}))
    end
    assert.same({}, (billables {product = "p", action = "REQUEST"}))
    assert.same({}, (billables {product = "p", action = "EXTRA_DOMAIN", quantity = 2}))
    assert.equal("missing", billables({product = "p"})["billables[1].action"])
    assert.equal("bad_type", billables({product = "p", action = "REQUEST", quantity = "x"})["billables[1].quantity"])
    local found = billables({product = "p", action = "REQUEST"}, {product = "p", action = "R", amount = 1})
    assert.same({["billables[2].amount"] = "unknown_param"}, found)
  end)

  it("checks dcv and approver as reissue does", function()
    local client = realtimeregister()
    local found = faults(client, "request", with(base, {
      dcv = {{commonName = "example.com", type = "EMAIL"}}, approver = {firstName = "A", lastName = "B"},
    }))
    assert.same({
      ["dcv[1].email"] = "missing", ["approver.email"] = "missing", ["approver.voice"] = "missing",
    }, found)
  end)

  it("leaves out what is null, and an order's path has no id", function()
    local nulls = with(base, {san = cjson.null, organization = cjson.null, approver = cjson.null})
    local plain = method_of("request", base)
    assert.equal(plain.body, method_of("request", nulls).body)
    assert.equal("https://api.yoursrs.com/v2/ssl/certificates", plain.url)
    assert.equal("purchase", plain.effect)
  end)
end)

-- https://dm.realtimeregister.com/docs/api/ssl/revoke, download, import
describe("realtimeregister revoke", function()
  local ID = {{name = "certificateId", type = "integer", required = true}}
  check_table(realtimeregister, "revoke", {certificateId = 7}, ID)
  check_table(realtimeregister, "revoke", {certificateId = 7}, {{name = "reason", type = "string", max = 255}})

  it("takes any words for a reason, and sends no body without one", function()
    for _, reason in ipairs {"keyCompromise", "the dog ate it"} do
      local request = method_of("revoke", {certificateId = 7, reason = reason})
      assert.equal("DELETE", request.method)
      assert.equal(('{"reason":"%s"}'):format(reason), request.body)
      assert.equal("application/json", request.headers["Content-Type"])
    end
    local request = method_of("revoke", {certificateId = 7})
    assert.equal("", request.body or "")
    assert.is_nil(request.headers["Content-Type"])
    assert.equal("change", request.effect)
  end)
end)

describe("realtimeregister download", function()
  local base = {certificateId = 7}
  check_table(realtimeregister, "download", base, {{name = "certificateId", type = "integer", required = true}})
  check_values(realtimeregister, "download", base, "format", {"CSR", "CRT", "ZIP", "PKCS7", "CA", "CA_BUNDLE"}, "PEM")

  it("knows six formats, in capitals", function()
    for _, bad in ipairs {"PEM", "P7B", "crt", "zip"} do
      assert.equal("not_allowed", faults(realtimeregister(), "download", with(base, {format = bad})).format, bad)
    end
    assert.equal("https://api.yoursrs.com/v2/ssl/certificates/7/download", method_of("download", base).url)
  end)
end)

describe("realtimeregister import", function()
  local CERTIFICATE = fixture.certificate .. "\n"
  local base = {customer = "johndoe", certificate = CERTIFICATE}
  check_table(realtimeregister, "import", base, {
    {name = "certificate", type = "string", required = true}, {name = "csr", type = "string"},
    {name = "domainName", type = "string", max = 255, exact = host},
    -- 32 in orders
    {name = "coc", type = "string", max = 30, min = 1},
  })
  check_customer("import", base)

  it("takes a certificate that is whole, and its chain behind it", function()
    local function told(value)
      return faults(realtimeregister(), "import", with(base, {certificate = value}))
    end
    assert.is_nil(told(CERTIFICATE:gsub("\n", "\r\n")).certificate)
    assert.is_nil(told(CERTIFICATE .. "\n" .. CERTIFICATE).certificate)
    for words, value in pairs {
      ["damaged or cut off"] = CERTIFICATE:gsub("(\n%S%S%S%S%S%S%S%S)%S%S%S%S", "%1", 1),
      ["line 3 has a character that is not Base64"] = CERTIFICATE:gsub("(%-\n%S+\n)%S", "%1!", 1),
      ["but holds a certificate signing request"] = csr:gsub("CERTIFICATE REQUEST", "CERTIFICATE"),
      ["other text stands after"] = CERTIFICATE .. "x",
      ["this is a certificate signing request"] = csr,
      ["among them a certificate signing request"] = CERTIFICATE .. csr,
    } do
      local found, err = told(value)
      assert.equal("bad_format", found.certificate)
      assert.is_truthy(err.message:find(words, 1, true), err.message)
    end
  end)

  it("is no place for a private key", function()
    local key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAfakekey\n-----END PRIVATE KEY-----\n"
    for _, value in ipairs {key, CERTIFICATE .. key, key .. CERTIFICATE, csr} do
      local found, err = faults(realtimeregister(), "import", with(base, {certificate = value}))
      assert.equal("bad_format", found.certificate)
      assert.is_false(fixture.leaks(err, "fakekey"))
    end
  end)
end)

-- https://dm.realtimeregister.com/docs/api/ssl: dcvemailaddresslist, products/get, decocdecsr, generate-authkey
describe("realtimeregister dcvEmailAddressList", function()
  local base = {domainName = "example.com"}
  check_table(realtimeregister, "dcvEmailAddressList", base, {
    {name = "domainName", type = "string", max = 255, exact = host, required = true},
    {name = "product", type = "string"},
  })

  it("is of a domain without wildcard, in lower case", function()
    local client = realtimeregister()
    for _, good in ipairs {"a.bc", "xn--bcher-kva.example", "www.example.com"} do
      assert.same({}, (faults(client, "dcvEmailAddressList", {domainName = good})))
    end
    for _, bad in ipairs {"*.example.com", "Example.com", "example", "a..bc", "a.bc/", "a.bc?x=1", "../a.bc", ""} do
      assert.is_truthy(faults(client, "dcvEmailAddressList", {domainName = bad}).domainName, bad)
    end
  end)
end)

describe("realtimeregister product, decodeCsr and authKey", function()
  check_table(realtimeregister, "product", {product = "ssl"}, {
    {name = "product", type = "string", required = true},
  })
  check_table(realtimeregister, "decodeCsr", {csr = csr}, {{name = "csr", type = "string", required = true}})
  check_table(realtimeregister, "authKey", {product = "ssl", csr = csr}, {
    {name = "product", type = "string", required = true}, {name = "csr", type = "string", required = true},
  })

  it("never leave their path", function()
    for _, product in ipairs {"..", ".", "a/b", "a/../b", "a?b", "a#b", "", "a\0b"} do
      local request = realtimeregister():encode("product", {product = product})
      if request then
        local last = request.url:match "^https://api%.yoursrs%.com/v2/ssl/products/([^/?#]+)$"
        assert.is_truthy(last and last ~= "." and last ~= "..", request.url)
      end
    end
  end)
end)

-- https://dm.realtimeregister.com/docs/api/ssl and /processes
describe("realtimeregister's process calls", function()
  local DCV = {{commonName = "example.com", type = "DNS"}}
  local ID = {{name = "processId", type = "integer", required = true}}
  local CALLS = {
    resendDcv = {dcv = DCV}, sendSubscriberAgreement = {email = "admin@example.com"},
    scheduleValidationCall = {date = "2026-12-01T10:00:00Z"}, addNote = {message = "x"}, process = {},
    processInfo = {}, cancelProcess = {}, resendProcess = {},
  }
  for method, params in pairs(CALLS) do
    describe(method, function()
      check_table(realtimeregister, method, with(params, {processId = 30}), ID)

      it("puts the id into the path", function()
        local request = method_of(method, with(params, {processId = "9007199254740992"}))
        assert.is_truthy(request.url:find("/v2/processes/9007199254740992", 1, true))
        assert.is_nil((request.body or ""):find("processId", 1, true))
        for _, id in ipairs {0, -1, "7/..", "x"} do
          assert.is_truthy(faults(realtimeregister(), method, with(params, {processId = id})).processId)
        end
      end)
    end)
  end

  check_table(realtimeregister, "resendDcv", {processId = 30, dcv = DCV}, {
    {name = "dcv", type = "list", required = true},
  })
  check_table(realtimeregister, "sendSubscriberAgreement", {processId = 30, email = "admin@example.com"}, {
    {name = "email", type = "string", max = 255, exact = mail, required = true},
  })
  check_table(realtimeregister, "addNote", {processId = 30, message = "x"}, {
    {name = "message", type = "string", required = true},
  })
  check_table(realtimeregister, "scheduleValidationCall", {processId = 30, date = "2026-12-01T10:00:00Z"}, {
    {name = "date", type = "string", required = true},
  })
  check_values(
    realtimeregister,
    "sendSubscriberAgreement",
    {processId = 30, email = "admin@example.com"},
    "language",
    {"EN", "NL", "FR", "DE"},
    "IT"
  )

  it("are sent again as a whole without a body, or by a list of names", function()
    local whole, listed = method_of("resendProcess", {processId = 31}), method_of("resendDcv", {
      processId = 31, dcv = {},
    })
    assert.same({"POST", "https://api.yoursrs.com/v2/processes/31/resend", ""},
      {whole.method, whole.url, whole.body or ""})
    assert.is_nil(whole.headers["Content-Type"])
    assert.same({"POST", whole.url, '{"dcv":[]}'}, {listed.method, listed.url, listed.body})
    assert.same({dcv = "unknown_param"}, (faults(realtimeregister(), "resendProcess", {processId = 31, dcv = DCV})))
  end)

  it("want an address for each EMAIL entry that is sent again", function()
    local found = faults(realtimeregister(), "resendDcv", {
      processId = 30, dcv = {DCV[1], {commonName = "www.example.com", type = "EMAIL"}},
    })
    assert.same({["dcv[2].email"] = "missing"}, found)
  end)

  it("have four languages of an agreement where orders have fourteen", function()
    for _, language in ipairs(LANGUAGES) do
      local found = faults(realtimeregister(), "sendSubscriberAgreement", {
        processId = 30, email = "admin@example.com", language = language,
      })
      local four = language == "EN" or language == "NL" or language == "FR" or language == "DE"
      assert.equal(not four and "not_allowed" or nil, found.language, language)
    end
  end)

  it("take a timestamp with its zone, with or without a fraction", function()
    local client = realtimeregister()
    local function date(value)
      return faults(client, "scheduleValidationCall", {processId = 30, date = value}).date
    end
    for _, good in ipairs {
      "2026-12-01T10:00:00Z", "2026-12-01T10:00:00+01:00", "2026-12-01T10:00:00-05:30", "2026-12-01T10:00:00.000Z",
    } do
      assert.is_nil(date(good), good)
    end
    for _, bad in ipairs {
      "2026-12-01", "2026-12-01T10:00:00", "2026-12-01 10:00:00Z", "2026-13-01T10:00:00Z", "2026-12-01T24:00:00Z",
      "2026-12-01T10:60:00Z", "2026-12-01T10:00:00+0100", "2026-12-01T10:00:00.Z", "tomorrow",
      "2026-12-01T10:00:00Z\n", "2026-12-32T10:00:00Z",
    } do
      assert.equal("bad_format", date(bad), bad)
    end
  end)

  it("have the effect that they have", function()
    local effects = {process = "read", processInfo = "read"}
    for method, params in pairs(CALLS) do
      assert.equal(effects[method] or "change", method_of(method, with(params, {processId = 1})).effect, method)
    end
  end)
end)

-- https://dm.realtimeregister.com/docs/api/notifications
describe("realtimeregister's notifications", function()
  check_customer("pollNotifications", {customer = "johndoe"})
  check_customer("ackNotification", {customer = "johndoe", notificationId = 1})
  check_table(realtimeregister, "ackNotification", {customer = "johndoe", notificationId = 1}, {
    {name = "notificationId", type = "integer", required = true},
  })

  for _, method in ipairs {"listNotifications", "getNotification"} do
    local id = method == "getNotification" and 1 or nil
    check_customer(method, {customer = "johndoe", notificationId = id})
  end
  check_table(realtimeregister, "getNotification", {customer = "johndoe", notificationId = 1}, {
    {name = "notificationId", type = "integer", required = true},
  })

  it("are found by what they lack, and read one by one with some fields", function()
    local request = method_of("listNotifications", {customer = "johndoe", ["acknowledgeDate:null"] = true})
    assert.equal("https://api.yoursrs.com/v2/customers/johndoe/notifications?acknowledgeDate:null=true", request.url)
    assert.equal("unknown_param", faults(realtimeregister(), "listNotifications", {customer = "johndoe", process = 1})
      .process)
    request = method_of("getNotification",
      {customer = "johndoe", notificationId = 9, fields = {"message", "reason"}})
    assert.equal("https://api.yoursrs.com/v2/customers/johndoe/notifications/9?fields=message%2Creason", request.url)
  end)

  it("are acknowledged without a body", function()
    local request = method_of("ackNotification", {customer = "johndoe", notificationId = 5})
    assert.equal("POST", request.method)
    assert.equal("", request.body or "")
    assert.equal("read", method_of("pollNotifications", {customer = "johndoe"}).effect)
  end)
end)

-- https://dm.realtimeregister.com/docs/api/ssl/acme
describe("realtimeregister's ACME subscriptions", function()
  local ID = {{name = "acmeSubscriptionId", type = "integer", required = true}}
  local create = {customer = "johndoe", product = "acme", period = 12}
  local FIELDS = {{name = "domainNames", type = "list"}, {name = "autoRenew", type = "boolean"}}
  for _, method in ipairs {
    "getAcmeSubscription", "updateAcmeSubscription", "acmeCredentials", "deleteAcmeSubscription",
  } do
    check_table(realtimeregister, method, {acmeSubscriptionId = 1}, ID)
  end
  check_table(realtimeregister, "renewAcmeSubscription", {acmeSubscriptionId = 1, period = 12}, ID)
  check_table(realtimeregister, "renewAcmeSubscription", {acmeSubscriptionId = 1, period = 12}, {
    {name = "period", type = "integer", required = true}, {name = "quote", type = "boolean"},
  })
  check_customer("createAcmeSubscription", create)
  check_table(realtimeregister, "createAcmeSubscription", create, {
    {name = "product", type = "string", required = true}, {name = "period", type = "integer", required = true},
    {name = "quote", type = "boolean"}, {name = "approver", type = "object"},
  })
  for _, rows in ipairs {ORDER_TEXTS, FIELDS} do
    check_table(realtimeregister, "createAcmeSubscription", create, rows)
    check_table(realtimeregister, "updateAcmeSubscription", {acmeSubscriptionId = 1}, rows)
  end

  it("check each name, 4 to 255 bytes, wildcards too", function()
    local client = realtimeregister()
    local function domains(...)
      return faults(client, "updateAcmeSubscription", {acmeSubscriptionId = 1, domainNames = {...}})
    end
    assert.same({}, (domains("example.com", "*.example.com", host(255))))
    assert.equal("too_long", domains(host(256))["domainNames[1]"])
    assert.equal("bad_format", domains("example.com", "Example.com")["domainNames[2]"])
  end)

  it("check the approver as orders do", function()
    local approver = {firstName = two_byte(41), lastName = "B", email = "a@b.cd", voice = "1"}
    local found = faults(realtimeregister(), "createAcmeSubscription", with(create, {approver = approver}))
    assert.equal("too_long", found["approver.firstName"])
    assert.is_truthy(found["approver.voice"])
  end)

  -- The page and the TS SDK have it, the specification with these bounds; the PHP SDK removed it in July 2026.
  it("have a certValidity of 47 to 200 days, when they are created", function()
    local function validity(value)
      return faults(realtimeregister(), "createAcmeSubscription", with(create, {certValidity = value})).certValidity
    end
    for _, good in ipairs {47, "100", 200} do
      assert.is_nil(validity(good))
    end
    for _, bad in ipairs {46, 201, 0} do
      assert.equal("not_allowed", validity(bad))
    end
    assert.equal("bad_type", validity "a year")
    local request = method_of("createAcmeSubscription", with(create, {certValidity = "90"}))
    assert.is_truthy(request.body:find('"certValidity":90', 1, true), request.body)
    assert.equal("unknown_param", faults(realtimeregister(), "renewAcmeSubscription", {
      acmeSubscriptionId = 1, period = 12, certValidity = 90,
    }).certValidity)
  end)

  it("have the effect that they have", function()
    for method, params in pairs {
      createAcmeSubscription = create, renewAcmeSubscription = {acmeSubscriptionId = 1, period = 12},
    } do
      assert.equal("purchase", method_of(method, params).effect)
      local quote = method_of(method, with(params, {quote = true}))
      assert.equal("read", quote.effect)
      assert.is_truthy(quote.url:find("?quote=true", 1, true))
    end
    assert.not_equal("read", method_of("acmeCredentials", {acmeSubscriptionId = 1}).effect)
    assert.equal("read", method_of("updateAcmeSubscription", {acmeSubscriptionId = 1, quote = true}).effect)
    assert.equal("change", method_of("deleteAcmeSubscription", {acmeSubscriptionId = 1}).effect)
  end)
end)

-- A handle that stands in the client's settings is every call's.
describe("realtimeregister's customer", function()
  local SELF_SIGNED = [[
-----BEGIN CERTIFICATE-----
MIIBQDCB86ADAgECAhRYWhVwkVcswVregr/DAvKDWr5JQDAFBgMrZXAwFjEUMBIG
A1UEAwwLZXhhbXBsZS5jb20wHhcNMjYxMTI1MDkzMTQxWhcNMjcwNjEzMDkzMTQx
WjAWMRQwEgYDVQQDDAtleGFtcGxlLmNvbTAqMAUGAytlcAMhAANdT48FGvZnQMpp
pAS1KOod05KTI3XGzqTh14W8UtGAo1MwUTAdBgNVHQ4EFgQUo/Kgom9SVUiT+2JT
Rk5xUzYYpg4wHwYDVR0jBBgwFoAUo/Kgom9SVUiT+2JTRk5xUzYYpg4wDwYDVR0T
AQH/BAUwAwEB/zAFBgMrZXADQQC3jK9Ubl7SbO5Y23ipgthxQVhJA7WyBApzRED3
0cnAOL512dxPTWGjJv1kOqXBlDEkvgnXwNo/llS/cELI1tkP
-----END CERTIFICATE-----]]
  local CALLS = {
    request = {product = "ssl_sectigo", period = 12, csr = csr}, pollNotifications = {}, listNotifications = {},
    createAcmeSubscription = {product = "acme", period = 12}, ackNotification = {notificationId = 4},
    getNotification = {notificationId = 4},
    import = {certificate = SELF_SIGNED},
  }

  for method, params in pairs(CALLS) do
    it("is the client's where a call names none: " .. method, function()
      local request = assert(realtimeregister {customer = "jane.doe@x_y-z"}:encode(method, params))
      local named = assert(realtimeregister():encode(method, with(params, {customer = "jane.doe@x_y-z"})))
      assert.same(named, request)
      local call = with(params, {customer = "other"})
      local other = assert(realtimeregister {customer = "janedoe"}:encode(method, call))
      assert.is_nil((other.url .. (other.body or "")):find("janedoe", 1, true))
      local null = assert(realtimeregister {customer = "jane.doe@x_y-z"}:encode(method,
        with(params, {customer = cjson.null})))
      assert.same(named, null)
      assert.same({customer = "missing"}, (faults(realtimeregister(), method, params)))
    end)
  end

  it("goes into no call that asks for none", function()
    local client = realtimeregister {customer = "janedoe"}
    local request = assert(client:encode("reissue", {certificateId = 7, csr = csr}))
    assert.is_nil((request.url .. request.body):find("janedoe", 1, true))
    assert.same({customer = "unknown_param"},
      (faults(client, "reissue", {certificateId = 7, csr = csr, customer = "x"})))
  end)

  it("is a proper handle already as a setting", function()
    for value, code in pairs {ab = "too_short", [("a"):rep(41)] = "too_long", ["a b"] = "bad_format"} do
      local client, err = fixture.open("realtimeregister", {customer = value})
      assert.is_nil(client)
      assert.same({code, "customer", "invalid"}, {err.code, err.param, err.class})
      assert.is_truthy(err.message:find("customer", 1, true), err.message)
    end
    assert.is_truthy(fixture.open("realtimeregister", {customer = "abc"}))
  end)

  it("is told by the descriptions", function()
    local reseal = require "reseal"
    local found
    for _, setting in ipairs(reseal.settings "realtimeregister") do
      found = setting.name == "customer" and setting or found
    end
    assert.same({false, false, 3, 40}, {found.required, found.secret, found.min, found.max})
    for method in pairs(CALLS) do
      for _, param in ipairs(reseal.describe("realtimeregister", method).params) do
        assert.equal(param.name == "customer" and "customer" or nil, param.setting)
      end
    end
  end)
end)
