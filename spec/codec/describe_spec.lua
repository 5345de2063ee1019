-- What the library tells of itself: providers, methods, parameters, results, settings.
local reseal = require "reseal"

local function names(list)
  local found = {}
  for i, one in ipairs(list) do
    found[i] = one.name
  end
  return found
end

local function words(text)
  local found = {}
  for word in text:gmatch "%S+" do
    found[#found + 1] = word
  end
  return found
end

local function find(list, name)
  for _, one in ipairs(list) do
    if one.name == name then
      return one
    end
  end
end

-- From the pages, in the order of their tables.
local ISSUE = "CertificateID CSR AdminEmailAddress WebServerType UniqueValue ApproverEmail HTTPDCValidation "
  .. "DNSDCValidation DNSNames DNSApproverEmails AdminOrganizationName OrganizationDepartment AdminCountry "
  .. "AdminStateProvince AdminCity AdminAddress1 AdminAddress2 AdminPostalCode AdminPhone OrganizationDUNS "
  .. "CompanyIncorporationCountry CompanyIncorporationStateProvince CompanyIncorporationLocality "
  .. "CompanyIncorporationDate CompanyDBA CompanyRegistrationNumber OrganizationRepFirstName "
  .. "OrganizationRepLastName OrganizationRepTitle OrganizationRepPhone OrganizationRepEmailAddress "
  -- of the older pages; the current one still numbers their faults
  .. "AdminJobTitle AdminFirstName AdminLastName AdminStateProvinceChoice AdminPhoneExt AdminFax"
local ORDER = "state address postalCode city coc language uniqueValue authKey approver dcv"
local LISTING = "limit offset order total q fields export"
local SUBSCRIPTION = "domainNames organization country state address postalCode city autoRenew approver"

local function form(effect, command, params, required, result)
  return {
    command = "namecheap." .. (command:find("%.") and command or "ssl." .. command), verb = "POST",
    path = "/xml.response", effect = effect, params = params, required = required, result = result, answer = "object",
  }
end

local function rest(effect, verb, path, params, required, answer)
  return {
    verb = verb, path = path, effect = effect, params = params, required = required, answer = answer or "object",
  }
end

local METHODS = {
  namecheap = {
    create = form(
      "purchase", "create", "Years Type SANStoADD PromotionCode", "Years Type",
      "IsSuccess OrderId TransactionId ChargedAmount SSLCertificate"
    ),
    getList = form("read", "getList", "ListType SearchTerm Page PageSize SortBy", "", "SSL Paging"),
    getInfo = form(
      "read", "getInfo", "CertificateID Returncertificate Returntype", "CertificateID",
      "Status StatusDescription Type IssuedOn Years Expires ActivationExpireDate OrderId ReplacedBy SANSCount "
        .. "CertificateDetails Provider"
    ),
    parseCSR = form("read", "parseCSR", "csr CertificateType", "csr", "CSRDetails"),
    getApproverEmailList = form(
      "read", "getApproverEmailList", "DomainName CertificateType", "DomainName CertificateType",
      "Domain Domainemails Genericemails Manualemails"
    ),
    activate = form(
      "change", "activate", ISSUE, "CertificateID CSR", "ID IsSuccess HttpDCValidation DNSDCValidation"
    ),
    renew = form(
      "purchase", "renew", "CertificateID Years SSLType PromotionCode", "CertificateID Years SSLType",
      "CertificateID SSLType Years OrderId TransactionId ChargedAmount"
    ),
    reissue = form("change", "reissue", ISSUE, "CertificateID CSR", "ID IsSuccess HttpDCValidation DNSDCValidation"),
    resendApproverEmail = form("change", "resendApproverEmail", "CertificateID", "CertificateID", "ID IsSuccess"),
    resendfulfillmentemail = form("change", "resendfulfillmentemail", "CertificateID", "CertificateID", "ID IsSuccess"),
    purchasemoresans = form(
      "purchase", "purchasemoresans", "CertificateID NumberOfSANSToAdd", "CertificateID NumberOfSANSToAdd",
      "IsSuccess OrderId TransactionId ChargedAmount SSLCertificate"
    ),
    revokecertificate = form(
      "change", "revokecertificate", "CertificateID CertificateType", "CertificateID CertificateType",
      "ID IsSuccess Description"
    ),
    editDCVMethod = form(
      "change", "editDCVMethod", "CertificateID DCVMethod DNSNames DCVMethods", "CertificateID",
      "ID IsSuccess HttpDCValidation DNSDCValidation Domains"
    ),
    getPricing = form(
      "read", "users.getPricing", "ProductType ProductCategory PromotionCode ActionName ProductName", "ProductType",
      "ProductType"
    ),
    getBalances = form(
      "read", "users.getBalances", "", "",
      "Currency AvailableBalance AccountBalance EarnedAmount WithdrawableAmount FundsRequiredForAutoRenew"
    ),
  },
  realtimeregister = {
    request = rest(
      "purchase", "POST", "/v2/ssl/certificates",
      "quote customer product period csr domainName san organization department country state address postalCode city "
        .. "coc saEmail saLanguage language uniqueValue authKey approver dcv billables",
      "customer product period csr"
    ),
    renew = rest(
      "purchase", "POST", "/v2/ssl/certificates/{certificateId}/renew",
      "certificateId quote period csr product domainName san organization department state address postalCode city coc "
        .. "saEmail language uniqueValue authKey approver dcv billables",
      "certificateId period csr"
    ),
    reissue = rest(
      "change", "POST", "/v2/ssl/certificates/{certificateId}/reissue",
      "certificateId quote csr domainName san organization department " .. ORDER, "certificateId csr"
    ),
    get = rest("read", "GET", "/v2/ssl/certificates/{certificateId}", "certificateId fields", "certificateId"),
    list = rest("read", "GET", "/v2/ssl/certificates", LISTING, ""),
    revoke = rest(
      "change", "DELETE", "/v2/ssl/certificates/{certificateId}", "certificateId reason", "certificateId", "empty"
    ),
    download = rest(
      "read", "GET", "/v2/ssl/certificates/{certificateId}/download", "certificateId format", "certificateId", "bytes"
    ),
    import = rest(
      "change", "POST", "/v2/ssl/import", "customer certificate csr coc domainName", "customer certificate", "empty"
    ),
    dcvEmailAddressList = rest(
      "read", "GET", "/v2/ssl/dcvemailaddresslist/{domainName}", "domainName product", "domainName", "list"
    ),
    products = rest("read", "GET", "/v2/ssl/products", LISTING, ""),
    product = rest("read", "GET", "/v2/ssl/products/{product}", "product fields", "product"),
    decodeCsr = rest("read", "POST", "/v2/ssl/decodecsr", "csr", "csr"),
    authKey = rest("change", "POST", "/v2/ssl/authkey", "product csr", "product csr"),
    resendDcv = rest("change", "POST", "/v2/processes/{processId}/resend", "processId dcv", "processId dcv", "empty"),
    resendProcess = rest("change", "POST", "/v2/processes/{processId}/resend", "processId", "processId", "empty"),
    sendSubscriberAgreement = rest(
      "change", "POST", "/v2/processes/{processId}/send-subscriber-agreement", "processId email language",
      "processId email", "empty"
    ),
    scheduleValidationCall = rest(
      "change", "POST", "/v2/processes/{processId}/schedule-validation-call", "processId date", "processId date",
      "empty"
    ),
    addNote = rest(
      "change", "POST", "/v2/processes/{processId}/add-note", "processId message", "processId message", "empty"
    ),
    process = rest("read", "GET", "/v2/processes/{processId}", "processId fields", "processId"),
    processInfo = rest("read", "GET", "/v2/processes/{processId}/info", "processId", "processId"),
    listProcesses = rest("read", "GET", "/v2/processes", LISTING, ""),
    cancelProcess = rest("change", "DELETE", "/v2/processes/{processId}", "processId", "processId", "empty"),
    pollNotifications = rest("read", "GET", "/v2/customers/{customer}/notifications/poll", "customer", "customer"),
    ackNotification = rest(
      "change", "POST", "/v2/customers/{customer}/notifications/{notificationId}/ack", "customer notificationId",
      "customer notificationId", "empty"
    ),
    listNotifications = rest(
      "read", "GET", "/v2/customers/{customer}/notifications", "customer " .. LISTING, "customer"
    ),
    getNotification = rest(
      "read", "GET", "/v2/customers/{customer}/notifications/{notificationId}", "customer notificationId fields",
      "customer notificationId"
    ),
    listAcmeSubscriptions = rest("read", "GET", "/v2/ssl/acme", LISTING, ""),
    getAcmeSubscription = rest(
      "read", "GET", "/v2/ssl/acme/{acmeSubscriptionId}", "acmeSubscriptionId fields", "acmeSubscriptionId"
    ),
    createAcmeSubscription = rest(
      "purchase", "POST", "/v2/ssl/acme", "quote customer product period " .. SUBSCRIPTION .. " certValidity",
      "customer product period"
    ),
    updateAcmeSubscription = rest(
      nil, "POST", "/v2/ssl/acme/{acmeSubscriptionId}/update", "acmeSubscriptionId quote period " .. SUBSCRIPTION,
      "acmeSubscriptionId", "empty"
    ),
    renewAcmeSubscription = rest(
      "purchase", "POST", "/v2/ssl/acme/{acmeSubscriptionId}/renew", "acmeSubscriptionId quote period",
      "acmeSubscriptionId period", "empty"
    ),
    acmeCredentials = rest(
      "change", "POST", "/v2/ssl/acme/{acmeSubscriptionId}/credentials", "acmeSubscriptionId", "acmeSubscriptionId"
    ),
    deleteAcmeSubscription = rest(
      "change", "DELETE", "/v2/ssl/acme/{acmeSubscriptionId}", "acmeSubscriptionId", "acmeSubscriptionId", "empty"
    ),
  },
}

-- Fields of Realtime Register's answers, from its pages and the official SDKs.
local INFO = "commonName requiresAttention certificateId oneTimeLink validations notes"
local NOTIFICATION = "id fireDate readDate acknowledgeDate deliveryDate message reason customer process eventType "
  .. "notificationType payload isAsync processIdentifier processType subjectStatus statusDetail provider product "
  .. "validationType providerId expiryDate certificateId"
local ANSWERS = {
  request = INFO .. " processId command quote",
  renew = INFO .. " processId command quote",
  reissue = INFO .. " processId command quote",
  processInfo = INFO,
  get = "id process product validationType certificateType domainName organization department city state postalCode "
    .. "country coc addressLine providerId startDate expiryDate subscriptionEndDate san status publicKeyAlgorithm "
    .. "publicKeySize csr certificate fingerprint contact",
  process = "id user customer status statusDetail createdDate updatedDate startedDate type identifier action "
    .. "reservation transaction refund command resumeTypes error billables",
  product = "product brand name validationType certificateType features requiredFields optionalFields periods warranty "
    .. "issueTime renewalWindow includedDomains maxDomains renewFrom",
  decodeCsr = "subject country state locality organization organizationalUnit commonName publicKeySize "
    .. "publicKeyAlgorithm street postalCode postalOfficeBox emailAddress altNames md5 sha256",
  authKey = "authKey validity",
  resendDcv = "warning",
  resendProcess = "warning",
  download = "content",
  pollNotifications = "count notification",
  getNotification = NOTIFICATION,
  getAcmeSubscription = "id product status domainNames organization address city state postalCode country createdDate "
    .. "updatedDate expiryDate period directoryUrl autoRenew certValidity approver orgValidUntil",
  createAcmeSubscription = "id directoryUrl accountKey hmacKey processId command quote",
  updateAcmeSubscription = "processId command quote",
  renewAcmeSubscription = "processId command quote",
  deleteAcmeSubscription = "processId",
  acmeCredentials = "directoryUrl accountKey hmacKey",
  revoke = "processId",
  import = "processId",
}
local LISTS = {
  list = "get", products = "product", listProcesses = "process", listAcmeSubscriptions = "getAcmeSubscription",
  listNotifications = "getNotification",
}
local TYPES = {string = true, integer = true, boolean = true, list = true, object = true}
local PLACES = {form = true, path = true, query = true, body = true}

local function check_param(param, path)
  assert.is_true(TYPES[param.type], path)
  assert.is_true(#param.doc > 0 and not param.doc:find("\n"), path)
  assert.is_boolean(param.required, path)
  if param.type == "object" or (param.type == "list" and param.item == "object") then
    assert.is_true(#param.fields > 0, path)
    for _, field in ipairs(param.fields) do
      check_param(field, path .. "." .. field.name)
    end
  end
  if param.type == "list" then
    assert.is_truthy(param.item == "string" or param.item == "object", path)
  end
  if param.values then
    assert.is_true(#param.values > 0, path)
  end
end

local RESULTS = {
  string = true, integer = true, boolean = true, money = true, cents = true, pem = true, object = true, list = true,
}

local function check_field(field, path)
  assert.is_true(RESULTS[field.type], path .. ": " .. tostring(field.type))
  assert.is_true(#field.doc > 0 and not field.doc:find("\n"), path)
  for _, inner in ipairs(field.fields or {}) do
    check_field(inner, path .. "." .. inner.name)
  end
end

describe("describe", function()
  it("lists the providers and their methods", function()
    assert.same({"namecheap", "realtimeregister"}, reseal.describe())
    for provider, methods in pairs(METHODS) do
      local listed = reseal.describe(provider)
      for _, method in ipairs(listed) do
        assert.is_truthy(methods[method], method)
      end
      local count = 0
      for _ in pairs(methods) do
        count = count + 1
      end
      assert.equal(count, #listed)
    end
  end)

  for provider, methods in pairs(METHODS) do
    for method, expected in pairs(methods) do
      it(("tells all of %s %s"):format(provider, method), function()
        local told = assert(reseal.describe(provider, method))
        assert.equal(provider, told.provider)
        assert.equal(method, told.name)
        for _, name in ipairs {"command", "verb", "path", "answer"} do
          assert.equal(expected[name], told[name])
        end
        if expected.effect then
          assert.equal(expected.effect, told.effect)
        end
        assert.is_truthy(told.effect == "read" or told.effect == "change" or told.effect == "purchase")
        if expected.params then
          assert.same(words(expected.params), names(told.params))
        end
        local required = {}
        for _, param in ipairs(told.params) do
          check_param(param, param.name)
          assert.is_true(PLACES[param.place], param.name)
          if param.required then
            required[#required + 1] = param.name
          end
        end
        assert.same(words(expected.required), required)
        assert.is_truthy(told.source:find "^https://")
        assert.is_truthy(told.checked:find "^%d%d%d%d%-%d%d%-%d%d$")
        assert.is_true(#told.doc > 0)
        if told.answer == "object" then
          assert.is_true(#told.result > 0)
        end
        if expected.result then
          for _, name in ipairs(words(expected.result)) do
            assert.is_truthy(find(told.result, name), name)
          end
        end
        for _, field in ipairs(told.result) do
          check_field(field, field.name)
        end
        for name in told.path:gmatch "{(%w+)}" do
          local param = find(told.params, name)
          assert.equal("path", param.place)
          assert.is_true(param.required)
        end
        assert.is_table(told.rules)
        for _, rule in ipairs(told.rules) do
          assert.is_true(#rule.doc > 0)
        end
        assert.is_true(#told.errors > 0)
        for _, row in ipairs(told.errors) do
          assert.is_truthy(row.method == method or row.method == "(global)", row.method)
        end
      end)
    end
  end

  it("places each parameter", function()
    local params = reseal.describe("realtimeregister", "reissue").params
    assert.equal("path", find(params, "certificateId").place)
    assert.equal("query", find(params, "quote").place)
    assert.equal("body", find(params, "csr").place)
    assert.equal("form", find(reseal.describe("namecheap", "renew").params, "Years").place)
  end)

  it("tells limits, values and forms", function()
    local renew = reseal.describe("namecheap", "renew").params
    assert.equal(9, find(renew, "CertificateID").max)
    assert.equal(1, find(renew, "Years").low)
    assert.equal(5, find(renew, "Years").high)
    assert.equal(50, find(renew, "SSLType").max)
    assert.equal("PositiveSSL", find(renew, "SSLType").values[1])
    assert.equal("EV Multi Domain SSL", find(renew, "SSLType").values[13])
    assert.is_true(find(renew, "SSLType").open)
    assert.equal(2010167, find(renew, "Years").codes.missing)
    local reissue = reseal.describe("realtimeregister", "reissue").params
    assert.equal(14, #find(reissue, "language").values)
    assert.is_true(find(reissue, "department").deprecated)
    assert.same({"firstName", "lastName", "jobTitle", "email", "voice"}, names(find(reissue, "approver").fields))
    assert.same({"commonName", "type", "email"}, names(find(reissue, "dcv").fields))
    assert.same({"EMAIL", "FILE", "DNS"}, find(find(reissue, "dcv").fields, "type").values)
    assert.equal("string", find(reissue, "san").item)
    assert.equal(4, find(reissue, "san").min)
    assert.equal(255, find(reissue, "san").max)
    local current = reseal.describe("namecheap", "reissue").params
    assert.equal(",", find(current, "DNSNames").separator)
    assert.equal(29, #find(current, "WebServerType").values)
  end)

  it("tells the edition that is asked for", function()
    local classic = assert(reseal.describe("namecheap", "reissue", "classic"))
    assert.equal("classic", classic.edition)
    assert.equal(19 + 4, #classic.params)
    assert.equal("csr", classic.params[3].name)
    assert.equal(2000, classic.params[3].max)
    assert.equal(28, #find(classic.params, "WebServerType").values)
    local required = 0
    for _, param in ipairs(classic.params) do
      required = required + (param.required and 1 or 0)
    end
    -- the page marks 13; of these ApproverEmail gives way to another proof
    assert.equal(12, required)
    assert.equal("some_of", classic.rules[1].kind)
    assert.same({"ApproverEmail", "HTTPDCValidation", "DNSDCValidation"}, classic.rules[1].params)
    assert.same(reseal.describe("namecheap", "reissue"), reseal.describe("namecheap", "reissue", "current"))
  end)

  it("tells the older pages of five methods", function()
    local CLASSIC = {
      create = {"Years Type", "Quantity"}, renew = {"CertificateID SSLType", "Years"},
      parseCSR = {"csr", "HTTPDCValidation"}, reissue = {nil, "AdminJobTitle"},
      activate = {
        "CertificateID csr WebServerType AdminFirstName AdminLastName AdminAddress1 AdminCity "
          .. "AdminStateProvince AdminPostalCode AdminCountry AdminPhone AdminEmailAddress",
        "BillingStateProvinceChoice",
      },
    }
    for _, method in ipairs(reseal.describe "namecheap") do
      local told = reseal.describe("namecheap", method, "classic")
      local current = reseal.describe("namecheap", method)
      if CLASSIC[method] then
        assert.equal("classic", told.edition)
        assert.equal("current", current.edition)
        assert.not_equal(current.source, told.source)
        assert.equal(current.effect, told.effect)
        assert.equal(current.command, told.command)
        assert.is_truthy(find(told.params, CLASSIC[method][2]), method)
        local required = {}
        for _, param in ipairs(told.params) do
          check_param(param, param.name)
          if param.required then
            required[#required + 1] = param.name
          end
        end
        if CLASSIC[method][1] then
          assert.same(words(CLASSIC[method][1]), required)
        end
      else
        told.edition, current.edition = nil, nil
        assert.same(current, told)
      end
    end
    local activate = reseal.describe("namecheap", "activate", "classic").params
    for _, who in ipairs {"Admin", "Tech", "Billing"} do
      local fields = 0
      for _, param in ipairs(activate) do
        if param.name:sub(1, #who) == who then
          fields = fields + 1
        end
      end
      assert.equal(15, fields, who)
    end
  end)

  it("tells result fields", function()
    local renew = reseal.describe("namecheap", "renew").result
    for _, name in ipairs {"CertificateID", "SSLType", "Years", "OrderId", "TransactionId", "ChargedAmount"} do
      assert.is_truthy(find(renew, name), name)
    end
    local reissue = reseal.describe("realtimeregister", "reissue").result
    for _, name in ipairs {"commonName", "requiresAttention", "certificateId", "validations"} do
      assert.is_truthy(find(reissue, name), name)
    end
    assert.equal("list", find(find(reissue, "validations").fields, "dcv").type)
    assert.equal("list", find(reseal.describe("namecheap", "getList").result, "SSL").type)
  end)

  it("tells every field of Realtime Register's answers, also inside its lists", function()
    for method, fields in pairs(ANSWERS) do
      local told = reseal.describe("realtimeregister", method).result
      for _, name in ipairs(words(fields)) do
        assert.is_truthy(find(told, name), method .. "." .. name)
      end
    end
    for method, of in pairs(LISTS) do
      local told = reseal.describe("realtimeregister", method).result
      assert.same(names(reseal.describe("realtimeregister", of).result), names(find(told, "entities").fields))
      assert.same({"limit", "offset", "total"}, names(find(told, "pagination").fields))
    end
    local notification = find(reseal.describe("realtimeregister", "pollNotifications").result, "notification")
    for _, name in ipairs(words(NOTIFICATION)) do
      assert.is_truthy(find(notification.fields, name), name)
    end
  end)

  it("tells what lies inside Namecheap's results", function()
    local function inner(method, ...)
      local fields = reseal.describe("namecheap", method).result
      for _, name in ipairs {...} do
        fields = find(fields, name).fields
      end
      return names(fields)
    end
    assert.same({"CertificateID", "Created", "SSLType", "Years", "Status"}, inner("create", "SSLCertificate"))
    assert.same(
      {"CertificateID", "SSLType", "Years", "Status", "SANSCount"},
      inner("purchasemoresans", "SSLCertificate")
    )
    assert.same({"Name", "IsSuccess", "DCVMethodSet"}, inner("editDCVMethod", "Domains"))
    for _, method in ipairs {"activate", "reissue", "editDCVMethod"} do
      assert.same({"domain", "FileName", "FileContent"}, inner(method, "HttpDCValidation", "DNS"))
      assert.same({"domain", "HostName", "Target"}, inner(method, "DNSDCValidation", "DNS"))
    end
    local details = "CommonName DomainName Country OrganisationUnit Organisation ValidTrueDomain State Locality Email "
    assert.same(words(details .. "DNSNames"), inner("parseCSR", "CSRDetails"))
  end)

  it("refuses what it doesn't know, and names the nearest", function()
    for _, case in ipairs {
      {{"namecheep"}, "unknown_provider", "namecheap"},
      {{"namecheap", "renw"}, "unknown_method", "renew"},
      {{"realtimeregister", "Reissue"}, "unknown_method", "reissue"},
    } do
      local told, err = reseal.describe((table.unpack or unpack)(case[1]))
      assert.is_nil(told)
      assert.equal("invalid", err.class)
      assert.equal(case[2], err.code)
      assert.is_truthy(err.message:find(case[3], 1, true), err.message)
    end
    assert.is_nil((reseal.describe("namecheap", "reissue", "modern")))
    assert.is_nil((reseal.errors "namecheep"))
  end)

  it("hands out copies", function()
    local told = reseal.describe("namecheap", "renew")
    told.params[1].name = "changed"
    told.effect = "read"
    assert.equal("CertificateID", reseal.describe("namecheap", "renew").params[1].name)
    assert.equal("purchase", reseal.describe("namecheap", "renew").effect)
  end)

  it("has a version", function() assert.equal("0.1.0", reseal._VERSION) end)
end)

describe("status words", function()
  local VOCABULARY = {
    to_activate = true, pending = true, issued = true, replaced = true, cancelled = true, revoked = true,
    expired = true, failed = true,
  }
  -- What they mean for whoever waits, from the pages of getInfo, getList, ssl/get and processes/get.
  local MEANINGS = {
    namecheap = {
      newpurchase = "to_activate", newrenewal = "to_activate", purchased = "pending", inprogress = "pending",
      processing = "pending", emailsent = "pending", purchaseerror = "failed", technicalproblem = "failed",
      active = "issued", replaced = "replaced", cancelled = "cancelled", revoked = "revoked",
    },
    realtimeregister = {
      ACTIVE = "issued", EXPIRED = "expired", REVOKED = "revoked", REISSUED = "replaced", RENEWED = "replaced",
      NEW = "pending", VALIDATED = "pending", RUNNING = "pending", SCHEDULED = "pending", SUSPENDED = "pending",
      COMPLETED = "issued", INVALID = "failed", FAILED = "failed", IN_DOUBT = "failed", CANCELLED = "cancelled",
      PENDING_ORGANIZATION_VALIDATION = "pending",
    },
  }

  for provider, meanings in pairs(MEANINGS) do
    it("of " .. provider .. " are all known, each with one meaning", function()
      local known = {}
      for _, row in ipairs(reseal.statuses(provider)) do
        assert.is_nil(known[row.word:lower()], row.word)
        known[row.word:lower()] = row.status
        assert.is_true(VOCABULARY[row.status], row.status)
      end
      for word, status in pairs(meanings) do
        assert.equal(status, known[word:lower()], word)
      end
      for _, word in ipairs {"new", "completed", "deactivated"} do
        if provider == "namecheap" then
          assert.is_truthy(known[word], word)
        end
      end
    end)
  end

  it("of nobody are refused", function()
    local told, err = reseal.statuses "namecheep"
    assert.is_nil(told)
    assert.equal("unknown_provider", err.code)
  end)
end)
