-- ACME subscriptions at the sandbox's Realtime Register, driven by the curl program: names and statuses are those of
-- the provider's pages.

local realtimeregister = require "spec.support.realtimeregister"

local APPROVER = {firstName = "Ann", lastName = "Lee", email = "ann@example.com", voice = "+31.384530759"}

describe("an ACME subscription at the sandbox's Realtime Register", function()
  local rr

  setup(function() rr = realtimeregister.start() end)
  teardown(function() assert.equal(0, rr.stop()) end)
  before_each(function() rr.reset() end)

  local function create(fields, query)
    local body = {customer = "example", product = "ssl_sectigo_acme", period = 12, domainNames = {"example.com"}}
    for name, value in pairs(fields or {}) do
      body[name] = value
    end
    return rr.post("ssl/acme" .. (query or ""), body)
  end

  local function create_ov(fields)
    local body = {product = "ssl_sectigo_ov_acme", organization = "Example B.V.", address = "Ceintuurbaan 32",
      postalCode = "8024 AA", city = "Zwolle", country = "NL", approver = APPROVER}
    for name, value in pairs(fields or {}) do
      body[name] = value
    end
    return create(body)
  end

  local function change(id, call, body)
    return rr.post(("ssl/acme/%d/%s"):format(id, call), body)
  end

  local function assert_refused(kind, answer)
    assert.equal(400, answer.status, answer.body)
    assert.equal(kind, answer.json.type, answer.body)
    assert.is_nil(answer.headers["x-process-id"])
  end

  it("is charged and answers with its credentials", function()
    local answer = create {domainNames = {"example.com", "www.example.com", "*.example.org"}, autoRenew = true}
    assert.equal(202, answer.status, answer.body)
    local names = {}
    for name in pairs(answer.json) do
      names[#names + 1] = name
    end
    table.sort(names)
    assert.same({"accountKey", "directoryUrl", "hmacKey", "id"}, names)
    assert.same({"create", 9800, rr.process(answer)},
      {rr.ledger()[1].method, rr.ledger()[1].amount, rr.ledger()[1].process})
    local process = rr.get("processes/%d", rr.process(answer)).json
    assert.same({"acme", "create", "COMPLETED"}, {process.type, process.action, process.status})

    local shown = rr.get("ssl/acme/%d/", answer.json.id).json
    assert.same({"ACTIVE", "ssl_sectigo_acme", 12, true, answer.json.directoryUrl},
      {shown.status, shown.product, shown.period, shown.autoRenew, shown.directoryUrl})
    assert.same({"example.com", "www.example.com", "*.example.org"}, shown.domainNames)
    assert.is_nil(shown.hmacKey)
    assert.is_nil(shown.accountKey)
  end)

  it("is quoted", function()
    local answer = create({period = 24, domainNames = {"example.com", "www.example.com"}}, "?quote=true")
    assert.equal(200, answer.status)
    assert.same({5600, {"REQUEST", "EXTRA_DOMAIN"}}, {answer.json.quote.total,
      {answer.json.quote.billables[1].action, answer.json.quote.billables[2].action}})
    assert.same({}, rr.ledger())
    assert.equal(0, rr.get("ssl/acme").json.pagination.total)
  end)

  it("is refused when something is wrong", function()
    assert_refused("ValidationError", create {product = "ssl_sectigo"})
    assert_refused("ObjectDoesNotExist", create {product = "nonesuch"})
    assert_refused("ObjectDoesNotExist", create {customer = "someone"})
    assert_refused("ValidationError", create {period = 36})
    assert_refused("ValidationError", rr.post("ssl/acme/", {customer = "example", product = "ssl_sectigo_acme",
      period = 12}))
    assert.same({"customer", "domainNames[0]", "product"},
      rr.violated(rr.post("ssl/acme", {period = 12, domainNames = {"my_host.example.com"}})))
    assert.same({"address", "approver", "city", "country", "organization", "postalCode"},
      rr.violated(create {product = "ssl_sectigo_ov_acme"}))
    rr.reset {realtimeregister = {credit = 1899}}
    assert_refused("InsufficientCreditException", create())
    assert.same({}, rr.ledger())
  end)

  it("is listed", function()
    create()
    create_ov {domainNames = {"b.example.com"}}
    local listed = rr.get("ssl/acme?order=-id&fields=product").json
    assert.same({{id = 2, product = "ssl_sectigo_ov_acme"}, {id = 1, product = "ssl_sectigo_acme"}},
      listed.entities)
    assert.equal(2, rr.get("ssl/acme?status=PENDING_ORGANIZATION_VALIDATION").json.entities[1].id)
    assert_refused("ValidationError", rr.get("ssl/acme?colour=red"))
    assert_refused("ObjectDoesNotExist", rr.get("ssl/acme/7"))
  end)

  it("waits for the organization's validation, which a change begins again", function()
    local answer = create_ov()
    local id, process = answer.json.id, rr.process(answer)
    assert.equal("PENDING_ORGANIZATION_VALIDATION", rr.get("ssl/acme/%d", id).json.status)
    assert.equal("SUSPENDED", rr.get("processes/%d", process).json.status)
    assert.equal("WAITING", rr.get("processes/%d/info", process).json.validations.organization)
    rr.prove(process, {organization = true})
    local shown = rr.get("ssl/acme/%d", id).json
    assert.same({"ACTIVE", "Example B.V.", "Lee"}, {shown.status, shown.organization, shown.approver.lastName})
    assert.matches("Z$", shown.orgValidUntil)

    process = rr.process(change(id, "update", {organization = "Other B.V."}))
    assert.equal("PENDING_ORGANIZATION_VALIDATION", rr.get("ssl/acme/%d", id).json.status)
    rr.prove(process, {organization = true})
    assert.equal("ACTIVE", rr.get("ssl/acme/%d", id).json.status)
  end)

  it("is revoked when the organization is not found or the order cancelled", function()
    local answer = create_ov()
    rr.prove(rr.process(answer), {organization = false})
    assert.equal("REVOKED", rr.get("ssl/acme/%d", answer.json.id).json.status)
    assert.equal(50000, rr.ledger()[2].balance)
    answer = create_ov()
    assert.equal(200, rr.delete("processes/" .. rr.process(answer)).status)
    assert.equal("REVOKED", rr.get("ssl/acme/%d", answer.json.id).json.status)
  end)

  it("is changed, for more names at a price", function()
    local id = create().json.id
    local answer = change(id, "update", {autoRenew = true, city = "Zwolle"})
    assert.same({202, ""}, {answer.status, answer.body})
    assert.equal(1, #rr.ledger())
    local shown = rr.get("ssl/acme/%d", id).json
    assert.same({true, "Zwolle"}, {shown.autoRenew, shown.city})

    local wider = {domainNames = {"example.com", "a.example.com"}}
    assert.equal(900, change(id, "update?quote=true", wider).json.quote.total)
    assert.equal(202, change(id, "update/", wider).status)
    assert.same({"update", 900}, {rr.ledger()[2].method, rr.ledger()[2].amount})
    assert.same(wider.domainNames, rr.get("ssl/acme/%d", id).json.domainNames)
    assert_refused("ValidationError", change(id, "update", '{"domainNames":[]}'))
    assert_refused("UnrecognizedPropertyException", change(id, "update", {product = "x"}))
    assert_refused("ObjectDoesNotExist", change(77, "update", wider))
    assert.equal(2, #rr.ledger())
  end)

  it("is renewed", function()
    local id = create().json.id
    local ended = rr.get("ssl/acme/%d", id).json.expiryDate
    assert.equal(1900, change(id, "renew?quote=true", {period = 12}).json.quote.total)
    assert.equal(ended, rr.get("ssl/acme/%d", id).json.expiryDate)
    local answer = change(id, "renew", {period = 12})
    assert.same({202, ""}, {answer.status, answer.body})
    assert.is_true(rr.get("ssl/acme/%d", id).json.expiryDate > ended)
    assert.same({"renew", 1900, rr.process(answer)},
      {rr.ledger()[2].method, rr.ledger()[2].amount, rr.ledger()[2].process})
    assert.same({"period"}, rr.violated(change(id, "renew", {})))
    assert_refused("ValidationError", change(id, "renew", {period = 5}))
  end)

  it("ends by the clock", function()
    local id = create().json.id
    rr.control("clock", {advance_days = 366})
    assert.equal("SUSPENDED", rr.get("ssl/acme/%d", id).json.status)
    change(id, "renew", {period = 12})
    assert.equal("ACTIVE", rr.get("ssl/acme/%d", id).json.status)
  end)

  it("gives its credentials again, the same ones", function()
    local made = create().json
    local given = change(made.id, "credentials", "").json
    assert.same({made.accountKey, made.hmacKey, made.directoryUrl},
      {given.accountKey, given.hmacKey, given.directoryUrl})
    assert_refused("ObjectDoesNotExist", change(77, "credentials", ""))
  end)

  it("is deleted once", function()
    local id = create().json.id
    local answer = rr.delete(("ssl/acme/%d"):format(id))
    assert.same({204, ""}, {answer.status, answer.body})
    assert.equal("REVOKED", rr.get("ssl/acme/%d", id).json.status)
    for _, refused in ipairs {rr.delete(("ssl/acme/%d"):format(id)), change(id, "renew", {period = 12}),
      change(id, "credentials", "")} do
      assert_refused("ObjectStatusProhibitsOperation", refused)
    end
    local pending = create_ov()
    rr.delete(("ssl/acme/%d"):format(pending.json.id))
    assert.equal("CANCELLED", rr.get("processes/%d", rr.process(pending)).json.status)
  end)
end)
