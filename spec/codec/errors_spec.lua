-- Every error row of the providers' pages: known by reseal.errors, and what decode makes of it.
-- The tables are spec/fixtures/<provider>/errors.tsv; the page of each row stands in it.
local reseal = require "reseal"
local fixture = require "spec.support.fixture"

local function set(...)
  local found = {}
  for _, value in ipairs {...} do
    found[value] = true
  end
  return found
end

local CATEGORIES = set("auth", "funds", "promotion", "parameter", "state", "throttle", "upstream", "internal")
local RETRIES = set("now", "later", "never")
local OUTCOMES = set("refused", "unknown")

-- The method of a row: that of its command, or all.
local function method_of(command)
  if command == "(global)" then
    return command
  end
  if command:find "^%(paging" then
    return "getList"
  end
  return command:match "^namecheap%.ssl%.(%w+)$"
end

local function check_row(row)
  assert.is_true(CATEGORIES[row.category], tostring(row.category))
  assert.is_true(RETRIES[row.retry], tostring(row.retry))
  assert.is_true(OUTCOMES[row.outcome], tostring(row.outcome))
  assert.is_string(row.advice)
  assert.is_true(#row.advice > 10, row.advice)
  assert.is_string(row.text)
  assert.is_string(row.method)
  assert.is_true(#row.source > 0)
  if row.category == "throttle" then
    assert.equal("later", row.retry)
  end
end

-- The row of ours with that text, of the method or of all methods.
local function find(rows, method, text)
  for _, row in ipairs(rows) do
    if row.text == text and (row.method == method or row.method == "(global)") then
      return row
    end
  end
end

describe("namecheap's errors", function()
  local client = fixture.client("namecheap")
  local ALL, TOLD, EFFECTS = reseal.describe "namecheap", {}, {}
  for _, method in ipairs(ALL) do
    TOLD[method] = reseal.describe("namecheap", method)
    EFFECTS[method] = TOLD[method].effect
  end

  local function decode(method, code, text)
    local result, err = client:decode(
      method,
      fixture.xml {
        command = TOLD[method].command,
        errors = {{code = code, text = text}},
      }
    )
    assert.is_nil(result)
    return err
  end

  local rows = fixture.rows "spec/fixtures/namecheap/errors.tsv"
  for i, row in ipairs(rows) do
    local method, code, text = method_of(row[1]), tonumber(row[2]), row[3]
    it(("row %d, %s %d: %s"):format(i, method, code, text:sub(1, 40)), function()
      local known = find(assert(reseal.errors("namecheap", code)), method, text)
      assert.is_truthy(known, "not known")
      assert.equal(code, known.code)
      check_row(known)
      for _, called in ipairs(method == "(global)" and ALL or {method}) do
        local err = decode(called, code, text)
        assert.equal("provider", err.class)
        assert.equal(code, err.code)
        assert.equal(200, err.http_status)
        assert.equal(known.category, err.category)
        assert.equal(EFFECTS[called] == "read" and "refused" or known.outcome, err.outcome)
        -- What may have been paid for is not to be sent again.
        if err.outcome == "unknown" then
          assert.equal("never", err.retry)
        end
        assert.is_string(err.advice)
        assert.is_truthy(err.errors[1].message:find(text, 1, true), err.errors[1].message)
      end
    end)
  end

  it("are all there", function() assert.equal(323, #rows) end)

  it("stand with the description of their method", function()
    for _, row in ipairs(rows) do
      local method, code, text = method_of(row[1]), tonumber(row[2]), row[3]
      for _, called in ipairs(method == "(global)" and ALL or {method}) do
        local found = false
        for _, one in ipairs(TOLD[called].errors) do
          found = found or one.code == code and one.text == text
        end
        assert.is_true(found, called .. " " .. code .. " " .. text)
      end
    end
  end)

  it("are nothing else than the pages' rows", function()
    local listed = {}
    for _, row in ipairs(fixture.rows("spec/fixtures/namecheap/errors.tsv")) do
      listed[row[2] .. " " .. row[3]] = true
    end
    for _, row in ipairs(assert(reseal.errors("namecheap"))) do
      -- 405 is no number of an answer but its HTTP status.
      assert.is_true(row.code == 405 or listed[row.code .. " " .. row.text], row.code .. " " .. row.text)
      check_row(row)
    end
  end)

  -- Written down by hand: what these mean for whoever pays.
  for _, row in ipairs {
    {"renew", 1011102, "Parameter APIKey is missing", "auth", "refused", "never"},
    {"renew", 1011150, "Invalid request IP: 203.0.113.9", "auth", "refused", "never"},
    {"renew", 1017101, "Parameter ApiUser is disabled or locked", "auth", "refused", "never"},
    {"renew", 500000, "Too many requests", "throttle", "refused", "later"},
    {"getInfo", 500000, "Too many requests", "throttle", "refused", "later"},
    {"renew", 2010167, "Parameter Years is Missing", "parameter", "refused", "never"},
    {
      "renew", 2013167, "Parameter Years is OutOfRange. Max Years value for this Type is 2.", "parameter", "refused",
      "never",
    },
    {"renew", 2011170, "Promotion code is expired", "promotion", "refused", "never"},
    {"renew", 2011170, "Promotion code usage exceeded", "promotion", "refused", "never"},
    {
      "renew",
      2528166,
      "ORDER CREATION FAILED; INSUFFICIENTFUNDS;Insufficient funds in account; Sorry! Your available "
        .. "balance is insufficient to cover the current billing amount;",
      "funds",
      "refused",
    },
    {"renew", 4011331, "Certificate status is invalid", "state", "refused", "never"},
    {"renew", 4028294, "This CertificateID is already queued for Renewal", "state", "refused", "never"},
    {"renew", 5050900, "Unhandled exceptions", "internal", "unknown", "never"},
    {"reissue", 5050900, "Unhandled exceptions", "internal", "unknown", "never"},
    {"reissue", 4050900, "Unhandled exception from database error", "internal", "unknown", "never"},
    {"reissue", 4011331, "Status is invalid or reissue already in progress", "state", "refused", "never"},
    {"reissue", 2010297, "WebServerType is missing", "parameter", "refused", "never"},
    {"getInfo", 5050900, "Unhandled exceptions", "internal", "refused"},
    {"create", 5050900, "Unhandled exceptions", "internal", "unknown", "never"},
    {"create", 2011170, "Promotion code is invalid", "promotion", "refused", "never"},
    {"create", 2010298, "Parameter Type is Missing", "parameter", "refused", "never"},
    {"create", 2528166, "Order creation failed", "internal", "unknown", "never"},
    {
      "create",
      4080167,
      "Due to revised CA/B Forum regulations, it is no longer possible to purchase 3-, 4- and 5-year certificates "
        .. "after March 1, 2018. Please contact our support team.",
      "parameter",
      "refused",
      "never",
    },
    {"activate", 4011331, "Status is InValid.", "state", "refused", "never"},
    {"activate", 4020294, "Activation period for this certificate has expired.", "state", "refused", "never"},
    {"activate", 2010295, "Approver email is required", "parameter", "refused", "never"},
    {"activate", 3011296, "Invalid CSR. Key too small", "parameter", "refused", "never"},
    {"activate", 4024510, "Unable to update records.", "internal", "unknown", "never"},
    {
      "activate",
      3027295,
      "We are unable to process your order. Error Details: Internal error occurred;Invalid Status code: 500",
      "upstream",
      "unknown",
      "never",
    },
    {"purchasemoresans", 2528166, "Order creation failed", "internal", "unknown", "never"},
    {"purchasemoresans", 2011294, "CertificateId is not valid", "parameter", "refused", "never"},
    {"purchasemoresans", 5050900, "Unhandled exceptions", "internal", "unknown", "never"},
    {"editDCVMethod", 2011331, "Status is Invalid", "state", "refused", "never"},
    {
      "editDCVMethod",
      4011331,
      "Unable to update DCV filerecords in database. Please try again.",
      "internal",
      "unknown",
      "never",
    },
    {"resendApproverEmail", 2011331, "Status is invalid", "state", "refused", "never"},
    {"resendfulfillmentemail", 3022334, "Failed to resend fulfillment email", "upstream", "unknown", "never"},
    {"revokecertificate", 4011331, "Status is invalid", "state", "refused", "never"},
    {"getApproverEmailList", 3022295, "Failed to retrive ApproverEmail", "upstream", "refused", "later"},
    {"parseCSR", 3022296, "Failed to retrive CSR details from provider", "upstream", "refused", "later"},
    {"getList", 2011272, "ListType is invalid", "parameter", "refused", "never"},
  } do
    local method, code, text, category, outcome, retry = row[1], row[2], row[3], row[4], row[5], row[6]
    it(("mean: %s %d is %s, %s"):format(method, code, category, outcome), function()
      local err = decode(method, code, text)
      assert.equal(category, err.category)
      assert.equal(outcome, err.outcome)
      if retry then
        assert.equal(retry, err.retry)
      end
    end)
  end

  it("leave a purchase unknown whenever it may have been carried out before the error", function()
    -- An update that failed behind the order, or an exception: the reissue itself may stand at the CA.
    for code, text in pairs {
      [4024294] = "Failed to update CertificateID", [4024295] = "Unable to update ApproverEmail in database",
      [4024331] = "Unable to update status in database", [4027295] = "Failed to send ApproverEmail",
    } do
      assert.equal("unknown", decode("reissue", code, text).outcome, text)
    end
  end)

  it("name all four causes of 1011102, which has one text for them", function()
    for _, method in ipairs(ALL) do
      local err = decode(method, 1011102, "API Key is invalid or API access has not been enabled")
      local advice = err.advice:lower()
      for _, cause in ipairs {"wrong", "access", "sandbox", "production", "address"} do
        assert.is_truthy(advice:find(cause, 1, true), advice)
      end
      assert.same({"auth", "refused", "never"}, {err.category, err.outcome, err.retry})
    end
  end)

  it("keep the address that 1011150 tells", function()
    for _, address in ipairs {"203.0.113.9", "1.2.3.4"} do
      for _, method in ipairs(ALL) do
        local err = decode(method, 1011150, "Invalid request IP: " .. address)
        assert.is_truthy(err.message:find(address, 1, true), err.message)
        assert.is_truthy(err.errors[1].message:find(address, 1, true))
        assert.is_truthy(err.advice:find("address", 1, true))
      end
    end
  end)

  it("have placeholders filled in what comes, and are known by the rest", function()
    for text, code in pairs {
      ["Parameter AdminCountry XX is not a valid ISO 3166-1 alpha-2 country"] = 4011297,
      ["Approver email for the DomainName a.bc is not valid.Please provide the dnsapprover emails in the same order "
        .. "of dnsnames."] = 3011295,
    } do
      local err = decode("activate", code, text)
      assert.same({"parameter", "refused"}, {err.category, err.outcome}, text)
      assert.is_truthy(err.message:find(text, 1, true), err.message)
    end
  end)

  it("of several: the most uncertain one decides the outcome", function()
    local result, err = client:decode(
      "renew",
      fixture.xml {
        command = "namecheap.ssl.renew",
        errors = {
          {code = 2010167, text = "Parameter Years is Missing"}, {code = 5050900, text = "Unhandled exceptions"},
        },
      }
    )
    assert.is_nil(result)
    assert.equal("unknown", err.outcome)
    assert.equal(2, #err.errors)
    assert.equal(2010167, err.errors[1].code)
    assert.equal(5050900, err.errors[2].code)
  end)

  it("of the input layer are refusals only when their kind is a check's", function()
    for code, expected in pairs {[2011999] = "refused", [2528999] = "unknown", [2099167] = "unknown"} do
      assert.equal(expected, decode("renew", code, "Something new").outcome, tostring(code))
      assert.equal("refused", decode("getInfo", code, "Something new").outcome, tostring(code))
    end
  end)

  it("without a row are explained by the structure of their number", function()
    for code, expected in pairs {
      [2013999] = {"parameter", "refused", "too long"},
      [2010999] = {"parameter", "refused", "missing"},
      [1017999] = {"auth", "refused", "locked"},
      [4050123] = {"internal", "unknown", "unhandled"},
      [5050901] = {"internal", "unknown", "unhandled"},
      [2013167] = {"parameter", "refused", "years"},
    } do
      local known = assert(reseal.errors("namecheap", code))
      assert.is_true(#known >= 1)
      assert.equal(code, known[1].code)
      local err = decode("renew", code, "Something new")
      assert.equal(code, err.code)
      assert.equal(expected[1], err.category, tostring(code))
      assert.equal(expected[2], err.outcome, tostring(code))
      local said = (err.message .. " " .. (err.advice or "") .. " " .. known[1].text):lower()
      assert.is_truthy(said:find(expected[3], 1, true), said)
    end
  end)

  it("of no known shape leave a purchase unknown, and a read refused", function()
    for _, code in ipairs {7, 99999999, 9999999} do
      local err = decode("renew", code, "Something new")
      assert.equal("provider", err.class)
      assert.equal(code, err.code)
      assert.equal("unknown", err.outcome)
      assert.equal("never", err.retry)
      assert.equal("refused", decode("getInfo", code, "Something new").outcome)
    end
  end)

  it("without a text, or without a number, still have a message", function()
    for _, element in ipairs {
      '<Error Number="2011170"></Error>', '<Error Number="77"/>', "<Error/>", '<Error Number="x">words</Error>',
      '<Error Number="2011170"><b>x</b></Error>', '<Error Number="99999999999999999999">words</Error>',
    } do
      local answer = fixture.xml {command = "namecheap.ssl.renew", errors = {}}
      answer.body = answer.body:gsub("<Errors></Errors>", "<Errors>" .. element .. "</Errors>")
      local result, err = client:decode("renew", answer)
      assert.is_nil(result)
      assert.equal("provider", err.class)
      assert.is_true(#err.message > 0, element)
    end
  end)

  it("never repeat the key, even if the provider does", function()
    local key = fixture.accounts.namecheap.api_key
    local err = decode("renew", 1011102, "API Key " .. key .. " is invalid")
    assert.is_false(fixture.leaks(err, key))
  end)

  it(
    "are one row or none for a code that is no number",
    function() assert.same({}, reseal.errors("namecheap", "ObjectExists") or {}) end
  )
end)

describe("realtimeregister's errors", function()
  local client = fixture.client("realtimeregister")

  local function decode(method, status, type_, effect)
    local body = ('{"type":"%s","message":"Some words"}'):format(type_)
    local result, err = client:decode(method, fixture.json(status, body), effect and {effect = effect})
    assert.is_nil(result)
    return err
  end

  for _, row in ipairs(fixture.rows("spec/fixtures/realtimeregister/errors.tsv")) do
    local type_, status = row[1], tonumber(row[2]:match("^%d+"))
    if row[2]:find("do not use", 1, true) then
      it(type_ .. " is no name of the provider's", function()
        for _, known in ipairs(assert(reseal.errors("realtimeregister"))) do
          assert.not_equal(type_, known.code)
        end
        assert.same({}, reseal.errors("realtimeregister", type_) or {})
      end)
    elseif type_:find("no type", 1, true) then
      it("404 without a type is understood", function()
        for _, method in ipairs(reseal.describe "realtimeregister") do
          for _, body in ipairs {"", "<html>Not found</html>", "{}"} do
            local result, err = client:decode(method, {status = 404, headers = {}, body = body})
            assert.is_nil(result)
            assert.equal("provider", err.class)
            assert.equal(404, err.http_status)
            assert.equal("refused", err.outcome)
            assert.equal("never", err.retry)
          end
        end
      end)
    else
      it(type_, function()
        local rows = assert(reseal.errors("realtimeregister", type_))
        assert.equal(1, #rows)
        assert.equal(type_, rows[1].code)
        check_row(rows[1])
        for _, method in ipairs(reseal.describe "realtimeregister") do
          local err = decode(method, status, type_)
          local is_read = reseal.describe("realtimeregister", method).effect == "read"
          assert.equal("provider", err.class)
          assert.equal(type_, err.code)
          assert.equal(status, err.http_status)
          assert.equal(rows[1].category, err.category)
          assert.equal(is_read and "refused" or rows[1].outcome, err.outcome)
          if err.outcome == "unknown" then
            assert.equal("never", err.retry)
          end
          assert.is_truthy(err.message:find("Some words", 1, true), err.message)
        end
      end)
    end
  end

  for _, row in ipairs {
    {"AuthenticationError", 401, "auth", "refused", "never"},
    {"AuthorizationError", 403, "auth", "refused", "never"},
    {"TooManyRequests", 429, "throttle", "refused", "later"},
    {"InsufficientCreditException", 400, "funds", "refused"},
    {"ConstraintViolationException", 400, "parameter", "refused", "never"},
    {"ObjectExists", 400, "state", "refused", "never"},
    {"ObjectStatusProhibitsOperation", 400, "state", "refused"},
    {"InvalidCSRException", 400, "parameter", "refused", "never"},
    {"ProviderConnectionError", 502, "upstream", "unknown", "never"},
    {"InternalSRSError", 500, "internal", "unknown", "never"},
    {"InvalidMessage", 400, "parameter", "refused", "never"},
    {"ValidationError", 400, "parameter", "refused", "never"},
  } do
    it(("mean: %s is %s, %s"):format(row[1], row[3], row[4]), function()
      local err = decode("renew", row[2], row[1])
      assert.equal(row[3], err.category)
      assert.equal(row[4], err.outcome)
      if row[5] then
        assert.equal(row[5], err.retry)
      end
    end)
  end

  it("leave a quote refused: it does nothing", function()
    assert.equal("unknown", decode("renew", 502, "ProviderConnectionError").outcome)
    assert.equal("refused", decode("renew", 502, "ProviderConnectionError", "read").outcome)
  end)

  it("of a new type speak by their status", function()
    for status, expected in pairs {
      [400] = {"unknown", "never"}, -- ProcessError, which fails while executing, is a 400 too
      [401] = {"refused", "never"},
      [403] = {"refused", "never"},
      [404] = {"refused", "never"},
      [429] = {"refused", "later"},
      [500] = {"unknown", "never"},
      [502] = {"unknown", "never"},
    } do
      local err = decode("renew", status, "SomethingNewException")
      assert.equal("SomethingNewException", err.code)
      assert.equal("provider", err.class)
      assert.equal(expected[1], err.outcome, tostring(status))
      assert.equal(expected[2], err.retry, tostring(status))
      assert.is_true(CATEGORIES[err.category], tostring(err.category))
    end
  end)

  it("without a body speak by their status", function()
    for status, expected in pairs {
      [401] = {"auth", "refused"},
      [403] = {"auth", "refused"},
      [429] = {"throttle", "refused"},
    } do
      local result, err = client:decode("renew", {status = status, headers = {}, body = ""})
      assert.is_nil(result)
      assert.equal("provider", err.class)
      assert.equal(expected[1], err.category, tostring(status))
      assert.equal(expected[2], err.outcome, tostring(status))
    end
    for _, status in ipairs {500, 502, 503, 504} do
      local result, err = client:decode("renew", {status = status, headers = {}, body = ""})
      assert.is_nil(result)
      assert.equal("unknown", err.outcome, tostring(status))
      assert.equal("never", err.retry, tostring(status))
    end
  end)

  it("never repeat the key, even if the provider does", function()
    local key = fixture.accounts.realtimeregister.api_key
    local _, err =
      client:decode("get", fixture.json(401, ('{"type":"AuthenticationError","message":"bad %s"}'):format(key)))
    assert.is_false(fixture.leaks(err, key))
  end)

  it("survive odd shapes", function()
    for _, body in ipairs {
      "{}",
      "[]",
      '"text"',
      "null",
      '{"type":null}',
      '{"type":7,"message":[]}',
      '{"message":"no type"}',
      '{"type":"X"}',
      '{"type":"ConstraintViolationException","message":"m","violations":null}',
      '{"type":"ConstraintViolationException","message":"m","violations":[1,{"field":2},{"message":"x"},[]]}',
      '{"type":"UnrecognizedPropertyException","message":"m","property":{}}',
    } do
      local result, err = client:decode("renew", fixture.json(400, body))
      assert.is_nil(result)
      assert.is_true(#err.message > 0, body)
      assert.is_truthy(err.class == "provider" or err.class == "protocol")
      assert.equal(400, err.http_status)
    end
  end)
end)
