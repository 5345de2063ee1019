-- What results say by the roles of their fields, of both sellers: answers of pages and captures, read without a name of
-- a field.
local fixture = require "spec.support.fixture"
local reseal = require "reseal"
local roles = require "reseal.roles"

--- The case's answer, decoded as that to its call.
local function decoded(provider, method, case)
  local client = fixture.client(provider, case.options)
  return assert(client:decode(method, case.answer, case.params and assert(client:encode(method, case.params))))
end

local function result_of(provider, method, name)
  local path = ("spec/fixtures/%s/%s/%s"):format(provider, method, name)
  return decoded(provider, method, fixture.load {path = path})
end

local function row_of(provider, method, name)
  return assert(roles.of(provider, method))(result_of(provider, method, name))
end

local FILE = "6694010FAC8ED8F806F1EAD56A1A0478DE6620A256BB8C356A8DD2146B00E884 comodoca.com 5a955211b1f8c"
local TARGET = "6694010FAC8ED8F806F1EAD56A1A0478.DE6620A256BB8C356A8DD2146B00E884.5a955211b1f8c.comodoca.com"

describe("roles", function()
  it("read what was bought", function()
    assert.same({
      order_id = 1095893, payment_id = 1590801, amount = "17.9000", certificate_id = 930836, created = "10/20/2017",
      product = "PositiveSSL", years = 2, status = "NewPurchase",
    }, row_of("namecheap", "create", "live"))
    assert.same({
      common_name = "commonname.com", process_id = 20, validations = {{
        validation_name = "example.com", validation_type = "EMAIL", validation_address = "admin@example.com",
        validation_status = "ATTENTION",
      }},
    }, row_of("realtimeregister", "request", "accepted"))
    assert.same({price = 995, currency = "EUR", validations = {}}, row_of("realtimeregister", "renew", "quote"))
  end)

  it("read a certificate, its chain as a list", function()
    local result = result_of("namecheap", "getInfo", "printed-repaired")
    local read = assert(roles.of("namecheap", "getInfo"))
    local row = read(result)
    local certificates = result.CertificateDetails.Certificates
    assert.equal(certificates.Certificate, row.certificate)
    assert.equal(2, #row.chain)
    assert.equal(certificates.CaCertificates[2].Certificate, row.chain[2])
    assert.same(row.chain, read(result, "chain"))
    row.certificate, row.chain, row.csr = nil, nil, nil
    assert.same({
      status = "active", status_detail = "Certificate is Active.", product = "positivessl",
      certificate_starts = "1/20/2014", order_ends = "1/20/2015", order_id = 10439081, replaced_by = 747253,
      common_name = "domain.com", authority_order_id = "111111",
    }, row)
    assert.is_nil(read(result, "certificate_ends")) -- it stands in the certificate alone
    row = row_of("realtimeregister", "get", "certificate")
    assert.same({1234567, 1, "2022-03-18T13:37:20Z", "2023-03-18T13:37:20Z", "2023-03-18T13:37:20Z"}, {
      row.certificate_id, row.process_id, row.certificate_starts, row.certificate_ends, row.order_ends,
    })
    assert.same({"www.testingasslrequest.com", {"test.com"}}, {row.common_name, row.names})
  end)

  it("take an empty text for nothing told", function()
    local row = row_of("namecheap", "getList", "live")
    assert.same({certificates = {{
      certificate_id = 930836, product = "positivessl", created = "10/20/2017", expired = false, status = "newpurchase",
      years = 2,
    }}}, row)
  end)

  it("gather what is to be published, files and records alike", function()
    local expected = {
      {validation_name = "secure.example.com", file_name = "4E3324A380B58813D5A2F32AA13A96F0.txt", file_content = FILE},
      {
        validation_name = "login.example.com", record_name = "_4E3324A380B58813D5A2F32AA13A96F0.login.example.com",
        record_value = TARGET,
      },
    }
    local result = result_of("namecheap", "reissue", "dcv-wrapped")
    assert.same(expected, roles.of("namecheap", "reissue")(result, "validations"))
    assert.same({certificate_id = 953413, validations = expected}, roles.of("namecheap", "reissue")(result))
  end)

  it("keep the roles of a row to the row", function()
    local result = result_of("realtimeregister", "list", "printed")
    local read = assert(roles.of("realtimeregister", "list"))
    assert.is_nil(read(result, "status"))
    assert.equal("ACTIVE", read(result, "certificates")[1].status)
    local one = assert(roles.of("realtimeregister", "list", nil, "certificates"))
    assert.same(read(result, "certificates")[1], one(result.entities[1]))
    assert.equal(1234567, one(result.entities[1], "certificate_id"))
    local process = row_of("realtimeregister", "listProcesses", "attention").processes[1]
    assert.same({
      process_id = 46069000, status = "FAILED", created = "2021-08-11T06:17:15Z", action = "update",
      common_name = "rtr-handle123", charges = {USD = 1000000},
    }, process)
  end)

  it("are lists by their description, whatever the answer", function()
    local read = assert(roles.of("realtimeregister", "get"))
    assert.same({}, read({}, "names"))
    assert.is_nil(read({}, "common_name"))
    assert.is_nil(read({}, "amount"))
    for _, odd in ipairs {"text", 5, false, {{}}} do
      assert.same({}, roles.of("namecheap", "getInfo")({CertificateDetails = odd}, "chain"))
    end
    assert.is_false(roles.of("namecheap", "getList", nil, "certificates")({IsExpiredYN = false}, "expired"))
  end)

  it("hold for every answer of the fixtures, which says all that they give", function()
    local seen = 0
    for _, case in ipairs(fixture.cases()) do
      local loaded = fixture.load(case)
      if loaded.expected and loaded.answer then
        local edition = (loaded.options or {}).edition
        local result = decoded(case.provider, case.method, loaded)
        local said = {}
        fixture.walk(result, function(value)
          said[value] = true
        end)
        for role, value in pairs(assert(roles.of(case.provider, case.method, edition))(result)) do
          seen = seen + 1
          fixture.walk(value, function(inner)
            assert.is_true(said[inner], case.path .. " " .. role)
          end)
        end
      end
    end
    assert.is_true(seen > 200)
  end)

  it("are named once, with what each means", function()
    local known, used = {}, {}
    for _, row in ipairs(reseal.roles()) do
      assert.is_nil(known[row.role], row.role)
      assert.is_truthy(row.role:find "^%l[%l_]+%l$")
      assert.is_truthy(row.doc:find "%.$")
      known[row.role] = true
    end
    local function look(fields, where)
      for _, field in ipairs(fields or {}) do
        assert.is_true(field.role == nil or known[field.role], where .. "." .. field.name)
        used[field.role or ""] = true
        look(field.fields, where .. "." .. field.name)
      end
    end
    for _, provider in ipairs(reseal.describe()) do
      for _, name in ipairs(reseal.describe(provider)) do
        local method = reseal.describe(provider, name)
        look(method.params, name)
        look(method.result, name)
      end
    end
    for role in pairs(known) do
      assert.is_true(used[role], role .. " is a role of nothing")
    end
  end)

  it("of parameters are found too", function()
    local params = assert(roles.params("namecheap", "renew"))
    assert.equal("CertificateID", params.certificate_id.name)
    assert.equal("SSLType", params.product.name)
    assert.equal("csr", roles.params("namecheap", "reissue", "classic").csr.name)
    assert.equal("CSR", roles.params("namecheap", "reissue").csr.name)
    assert.equal("period", roles.params("realtimeregister", "renew").months.name)
    assert.is_nil(params.csr)
  end)

  it("say what there is not", function()
    for _, words in ipairs {{"godaddy", "renew"}, {"namecheap", "melt"}, {"namecheap", "renew", "baroque"}} do
      local read, err = roles.of(words[1], words[2], words[3])
      assert.is_nil(read)
      assert.equal("invalid", err.class)
      assert.is_nil((roles.params(words[1], words[2], words[3])))
    end
    local read, err = roles.of("namecheap", "getInfo", nil, "certificates")
    assert.is_nil(read)
    assert.equal("The results of getInfo have no list of certificates.", err.message)
  end)
end)
