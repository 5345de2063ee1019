-- What the official SDKs of Realtime Register send (TypeScript, PHP; the vendor's WHMCS module goes through the
-- latter), typed anew, and what sources disagree about, told either way.

local realtimeregister = require "spec.support.realtimeregister"
local support = require "spec.support.sandbox"

describe("a Realtime Register client", function()
  local rr, csr

  setup(function()
    rr = realtimeregister.start()
    csr = support.csr("example.com")
  end)

  teardown(function() assert.equal(0, rr.stop()) end)

  before_each(function() rr.reset() end)

  local function assert_refused(kind, answer)
    assert.equal(400, answer.status, answer.body)
    assert.equal(kind, answer.json.type, answer.body)
  end

  local function odd(...)
    rr.reset {realtimeregister = {odd = {...}}}
  end

  describe("reads notifications", function()
    local HERE = "customers/example/notifications"

    --- Two of them: an order that was cancelled, and another.
    local function fill()
      rr.reset {realtimeregister = {certificates = {{id = 7, expires_in_days = 40}}}}
      for _ = 1, 2 do
        rr.delete("processes/" .. rr.process(rr.post("ssl/certificates/7/reissue", {csr = csr})))
      end
    end

    it("as a list, with and without a slash at its end", function()
      fill()
      for _, path in ipairs {HERE, HERE .. "/"} do
        local told = rr.get(path).json
        assert.same({limit = 10, offset = 0, total = 2}, told.pagination)
        assert.same({1, 2}, {told.entities[1].id, told.entities[2].id})
        assert.same({"RequestCertificateEvent", "example", "FAILED", "example.com"}, {told.entities[1].eventType,
          told.entities[1].customer, told.entities[1].subjectStatus, told.entities[1].processIdentifier})
      end
    end)

    it("by filter, order, page and field, and all at once", function()
      fill()
      rr.post(HERE .. "/1/ack/", "{}")
      local function ids(query)
        local found = {}
        for i, one in ipairs(rr.get(HERE .. "?" .. query).json.entities or {}) do
          found[i] = one.id
        end
        return found
      end
      assert.same({2}, ids "acknowledgeDate:null=true")
      assert.same({1}, ids "acknowledgeDate:not_null=true")
      assert.same({}, ids "notificationType=test")
      assert.same({2, 1}, ids "order=-id")
      assert.same({2}, ids "limit=1&offset=1")
      assert.same({}, ids "limit=0")
      assert.same({{id = 2, message = "Certificate request cancelled"}},
        rr.get(HERE .. "?export=true&fields=message&id=2").json.entities)
      assert_refused("ValidationError", rr.get(HERE .. "?process=5"))
    end)

    it("one by one", function()
      fill()
      for _, ending in ipairs {"", "/"} do
        local one = rr.get(HERE .. "/2" .. ending).json
        assert.same({2, "Certificate request cancelled", nil}, {one.id, one.message, one.acknowledgeDate})
      end
      assert.same({id = 2, message = "Certificate request cancelled"}, rr.get(HERE .. "/2?fields=message").json)
      assert.equal(200, rr.post(HERE .. "/2/ack", "").status)
      assert.is_string(rr.get(HERE .. "/2").json.acknowledgeDate)
      assert_refused("ObjectDoesNotExist", rr.get(HERE .. "/99"))
      assert_refused("ObjectDoesNotExist", rr.get("customers/someone/notifications/1"))
      assert_refused("ObjectDoesNotExist", rr.get("customers/someone/notifications/"))
    end)

    it("with six fields only, where the service is so", function()
      odd("few_fields")
      rr.delete("processes/" .. rr.process(rr.post("ssl/certificates/7/reissue", {csr = csr})))
      for _, one in ipairs {rr.get(HERE .. "/1").json, rr.get(HERE).json.entities[1]} do
        assert.is_string(one.message)
        assert.is_nil(one.customer)
      end
    end)
  end)

  describe("lists", function()
    it("with arrays as PHP writes them, unless the service knows none", function()
      local query = "ssl/certificates?order%5B0%5D=-id&fields%5B0%5D=status&fields%5B1%5D=domainName&id:lt%5B%5D=9"
      local entities = rr.get(query).json.entities
      assert.same({{id = 8, status = "ACTIVE", domainName = "example.org"},
        {id = 7, status = "ACTIVE", domainName = "example.com"}}, entities)
      assert.same({product = "ssl_sectigo", periods = {12, 24, 36}},
        rr.get("ssl/products/ssl_sectigo?fields%5B0%5D=periods").json)
      odd("no_php_arrays")
      assert_refused("ValidationError", rr.get(query))
    end)

    it("ten entities where no limit is given, or a hundred; a thousand at most, or any number", function()
      local many = {}
      for i = 1, 12 do
        many[i] = {id = i, host = ("n%d.example.com"):format(i)}
      end
      local function reset(...)
        rr.reset {realtimeregister = {certificates = many, odd = {...}}}
      end
      reset()
      assert.equal(10, #rr.get("ssl/certificates").json.entities)
      assert.same({"limit"}, rr.violated(rr.get("ssl/certificates?limit=1001")))
      reset("hundred_entities", "any_limit")
      local told = rr.get("ssl/certificates").json
      assert.same({12, 100}, {#told.entities, told.pagination.limit})
      assert.equal(12, #rr.get("ssl/certificates?limit=1001").json.entities)
    end)
  end)

  it("renews with saEmail, where the service knows it", function()
    local function renew()
      return rr.post("ssl/certificates/7/renew/", {csr = csr, period = 12, saEmail = "a@example.com"})
    end
    local answer = renew()
    assert_refused("UnrecognizedPropertyException", answer)
    assert.equal("saEmail", answer.json.property)
    odd("renew_takes_sa_email")
    assert.equal(202, renew().status)
    assert.equal("a@example.com", rr.get("processes/1004").json.command.saEmail)
  end)

  it("revokes for a reason in its own words, unless the service has five", function()
    local function revoke(reason)
      return rr.delete("ssl/certificates/7", {reason = reason})
    end
    assert.equal(202, revoke("Key was lost").status)
    odd("reason_words")
    assert.same({"reason"}, rr.violated(revoke("Key was lost")))
    assert.same({"reason"}, rr.violated(revoke("KEY COMPROMISE")))
    assert.equal(202, revoke("KEY_COMPROMISE").status)
    odd("reason_words")
    assert.equal(202, rr.delete("ssl/certificates/7").status)
  end)

  it("decodes a post office box", function()
    local pem = support.output("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "
      .. "/dev/null -subj '/C=NL/postOfficeBox=12/CN=example.com' 2>/dev/null")
    assert.equal("12", rr.post("ssl/decodecsr", {csr = pem}).json.postalOfficeBox)
    assert.is_nil(rr.post("ssl/decodecsr", {csr = csr}).json.postalOfficeBox)
  end)

  describe("has ACME subscriptions", function()
    local function create(more)
      local body = {customer = "example", product = "ssl_sectigo_acme", period = 12, domainNames = {"example.com"}}
      for name, value in pairs(more or {}) do
        body[name] = value
      end
      return rr.post("ssl/acme/", body)
    end

    it("with certificates of so many days, unless the service knows that no longer", function()
      local id = create {certValidity = 90}.json.id
      assert.equal(90, rr.get("ssl/acme/%d", id).json.certValidity)
      assert.same({id = id, certValidity = 90}, rr.get("ssl/acme/%d?fields=certValidity", id).json)
      assert.is_nil(rr.get("ssl/acme/%d", create().json.id).json.certValidity)
      for _, days in ipairs {46, 201} do
        assert.same({"certValidity"}, rr.violated(create {certValidity = days}))
      end
      odd("no_cert_validity")
      local answer = create {certValidity = 90}
      assert_refused("UnrecognizedPropertyException", answer)
      assert.equal("certValidity", answer.json.property)
    end)

    it("which are deleted with a process, and gone then, where the service is so", function()
      odd("acme_deleted_process", "acme_deleted_gone")
      local id = create().json.id
      local answer = rr.delete(("ssl/acme/%d"):format(id))
      assert.equal(202, answer.status)
      local process = rr.get("processes/%d", rr.process(answer)).json
      assert.same({"COMPLETED", "acme", "delete"}, {process.status, process.type, process.action})
      assert_refused("ObjectDoesNotExist", rr.get("ssl/acme/%d", id))
      assert.equal(0, rr.get("ssl/acme").json.pagination.total)
    end)
  end)
end)
