-- What the library tells of itself: providers, methods, parameters, results, settings.
local reseal = require "reseal"
local fixture = require "spec.support.fixture"

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
    if one.name == name then return one end
  end
end

-- From the pages, in the order of their tables.
local METHODS = {
  namecheap = {
    renew = {
      command = "namecheap.ssl.renew", verb = "POST", path = "/xml.response", effect = "purchase",
      params = "CertificateID Years SSLType PromotionCode", required = "CertificateID Years SSLType",
    },
    reissue = {
      command = "namecheap.ssl.reissue",
      verb = "POST",
      path = "/xml.response",
      effect = "change",
      params = "CertificateID CSR AdminEmailAddress WebServerType UniqueValue ApproverEmail HTTPDCValidation "
        .. "DNSDCValidation DNSNames DNSApproverEmails AdminOrganizationName OrganizationDepartment AdminCountry "
        .. "AdminStateProvince AdminCity AdminAddress1 AdminAddress2 AdminPostalCode AdminPhone OrganizationDUNS "
        .. "CompanyIncorporationCountry CompanyIncorporationStateProvince CompanyIncorporationLocality "
        .. "CompanyIncorporationDate CompanyDBA CompanyRegistrationNumber OrganizationRepFirstName "
        .. "OrganizationRepLastName OrganizationRepTitle OrganizationRepPhone OrganizationRepEmailAddress",
      required = "CertificateID CSR",
    },
    getInfo = {
      command = "namecheap.ssl.getInfo", verb = "POST", path = "/xml.response", effect = "read",
      params = "CertificateID Returncertificate Returntype", required = "CertificateID",
    },
    getList = {
      command = "namecheap.ssl.getList", verb = "POST", path = "/xml.response", effect = "read",
      params = "ListType SearchTerm Page PageSize SortBy", required = "",
    },
  },
  realtimeregister = {
    renew = {
      verb = "POST",
      path = "/v2/ssl/certificates/{certificateId}/renew",
      effect = "purchase",
      params = "certificateId quote period csr product domainName san organization department state address postalCode "
        .. "city coc language uniqueValue authKey approver dcv",
      required = "certificateId period csr",
    },
    reissue = {
      verb = "POST",
      path = "/v2/ssl/certificates/{certificateId}/reissue",
      params = "certificateId quote csr domainName san organization department state address postalCode city coc "
        .. "language uniqueValue authKey approver dcv",
      required = "certificateId csr",
    },
    get = { verb = "GET", path = "/v2/ssl/certificates/{certificateId}", effect = "read", required = "certificateId" },
    processInfo = { verb = "GET", path = "/v2/processes/{processId}/info", effect = "read", required = "processId" },
  },
}

local TYPES = { string = true, integer = true, boolean = true, list = true, object = true }
local PLACES = { form = true, path = true, query = true, body = true }

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
  if param.type == "list" then assert.is_truthy(param.item == "string" or param.item == "object", path) end
  if param.values then assert.is_true(#param.values > 0, path) end
end

describe("describe", function()
  it("lists the providers and their methods", function()
    assert.same({ "namecheap", "realtimeregister" }, reseal.describe())
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
        for _, name in ipairs { "command", "verb", "path" } do
          assert.equal(expected[name], told[name])
        end
        if expected.effect then assert.equal(expected.effect, told.effect) end
        assert.is_truthy(told.effect == "read" or told.effect == "change" or told.effect == "purchase")
        if expected.params then assert.same(words(expected.params), names(told.params)) end
        local required = {}
        for _, param in ipairs(told.params) do
          check_param(param, param.name)
          assert.is_true(PLACES[param.place], param.name)
          if param.required then required[#required + 1] = param.name end
        end
        assert.same(words(expected.required), required)
        assert.is_truthy(told.source:find "^https://")
        assert.is_truthy(told.checked:find "^%d%d%d%d%-%d%d%-%d%d$")
        assert.is_true(#told.doc > 0)
        assert.is_true(#told.result > 0)
        assert.is_table(told.rules)
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
    assert.same({ "firstName", "lastName", "jobTitle", "email", "voice" }, names(find(reissue, "approver").fields))
    assert.same({ "commonName", "type", "email" }, names(find(reissue, "dcv").fields))
    assert.same({ "EMAIL", "FILE", "DNS" }, find(find(reissue, "dcv").fields, "type").values)
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
    assert.equal(19, #classic.params)
    assert.equal("csr", classic.params[3].name)
    assert.equal(2000, classic.params[3].max)
    assert.equal(28, #find(classic.params, "WebServerType").values)
    local required = 0
    for _, param in ipairs(classic.params) do
      required = required + (param.required and 1 or 0)
    end
    assert.equal(13, required)
    assert.same(reseal.describe("namecheap", "reissue"), reseal.describe("namecheap", "reissue", "current"))
  end)

  it("tells result fields", function()
    local renew = reseal.describe("namecheap", "renew").result
    for _, name in ipairs { "CertificateID", "SSLType", "Years", "OrderId", "TransactionId", "ChargedAmount" } do
      assert.is_truthy(find(renew, name), name)
    end
    local reissue = reseal.describe("realtimeregister", "reissue").result
    for _, name in ipairs { "commonName", "requiresAttention", "certificateId", "validations" } do
      assert.is_truthy(find(reissue, name), name)
    end
    assert.equal("list", find(find(reissue, "validations").fields, "dcv").type)
    assert.equal("list", find(reseal.describe("namecheap", "getList").result, "SSL").type)
  end)

  it("refuses what it doesn't know, and names the nearest", function()
    for _, case in ipairs {
      { { "namecheep" }, "unknown_provider", "namecheap" },
      { { "namecheap", "renw" }, "unknown_method", "renew" },
      { { "realtimeregister", "Reissue" }, "unknown_method", "reissue" },
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

describe("a call made from the description alone", function()
  -- Good values by form and type: what describe says must be enough to make a call that encode takes.
  local VALUES = {
    csr = fixture.csr, domain = "example.com", email = "a@b.cd", voice = "+1.1", phone = "+001.5551234567",
    country = "NL", date = "2026-11-23", digits = "12", approver = "a@b.cd", address = "a@b.cd", alphanumeric = "a1",
  }
  local make

  local function fill(params, all)
    local call = {}
    for _, param in ipairs(params) do
      if all or param.required then call[param.name] = make(param, all) end
    end
    return call
  end

  function make(param, all)
    if param.values then return param.values[1] end
    if param.type == "integer" then return math.max(param.low or 1, 1) end
    if param.type == "boolean" then return false end
    if param.type == "object" then return fill(param.fields, all) end
    if param.type == "list" then
      return {
        param.item == "object" and fill(param.fields, all) or make({
          type = "string", format = param.format, min = param.min,
        }),
      }
    end
    return VALUES[param.format] or ("x"):rep(math.max(param.min or 1, 1))
  end

  for provider, methods in pairs(METHODS) do
    for method in pairs(methods) do
      it(("is taken: %s %s"):format(provider, method), function()
        local client = fixture.client(provider)
        local told = reseal.describe(provider, method)
        assert.is_truthy(client:encode(method, fill(told.params, true)))
        local call = fill(told.params, false)
        local faults = fixture.faults(client, method, call)
        -- Beyond the required ones only a rule may ask for more, and describe tells it.
        for name, code in pairs(faults) do
          assert.equal("missing", code, name)
          assert.is_true(#told.rules > 0)
        end
      end)
    end
  end
end)
