-- A value in a result has the type that `describe` says, or the answer is refused with the field's name.
local reseal = require "reseal"
local answer = require "spec.support.answer"
local fixture = require "spec.support.fixture"

local assert_senseless, decoder, is_integer = answer.assert_senseless, answer.decoder, answer.is_integer
local JSON = answer.JSON

describe("realtimeregister's values", function()
  local get = decoder("realtimeregister", "get", 200, JSON)
  local renew = decoder("realtimeregister", "renew", 202, {["X-Process-Id"] = "4711"})
  local client = fixture.client "realtimeregister"

  local function quote(json)
    local response = {status = 200, headers = JSON, body = '{"command":"RENEW","quote":' .. json .. "}"}
    return client:decode("renew", response, {effect = "read"})
  end

  -- The value of a field of a certificate; `false` beside an error stands for none.
  local function field(name, json)
    local result, err = get(name == "id" and '{"id":' .. json .. "}" or ('{"id":1,"%s":%s}'):format(name, json))
    if not result then
      return nil, assert_senseless(result, err, json, "refused")
    end
    return result[name]
  end

  local function assert_misfit(name, json, path, words)
    local value, err = field(name, json)
    assert.is_nil(value)
    assert.equal("malformed", err.code, json)
    assert.equal(("the answer's %s is not %s at byte %d"):format(path or name, words, err.offset), err.message)
  end

  it("are integers where integers are described", function()
    for json, value in pairs {
      ["7"] = 7, ['"7"'] = 7, ['" 7 "'] = 7, ["7.0"] = 7, ["70e-1"] = 7, ["0.07e2"] = 7, ["7e0"] = 7, ["-7"] = -7,
      ["0"] = 0, ["-0"] = 0, ["0.000"] = 0, ["0e9"] = 0, ["12e3"] = 12000, ["1.25E+2"] = 125, ["0.5e1"] = 5,
      ["9007199254740992"] = 9007199254740992,
    } do
      local found = field("process", json)
      assert.equal(value, found, json)
      assert.is_true(is_integer(found), json)
    end
    for _, json in ipairs {
      '"seven"', '"7x"', '"7.0"', '"+7"', '"0x7"', "7.5", "7.01", "1e-1", "1e400", "7e-400", "true", "false", "[]",
      "[7]", "{}", '{"a":7}', '"7 8"', '"1e3"', '"-"',
    } do
      assert_misfit("process", json, nil, "an integer")
      assert_misfit("id", json, nil, "an integer")
    end
    -- As everywhere: too large for a number of every Lua, its digits.
    assert.equal("9007199254740993", field("process", "9007199254740993"))
    assert.equal("9007199254740993", field("process", '"9007199254740993"'))
    assert.is_nil(field("process", "null"))
    assert.is_nil(field("process", '""'))
    local result, err = get '{"id":""}'
    assert.equal("incomplete", assert_senseless(result, err, nil, "refused").code)
  end)

  it("are whole cents", function()
    for json, value in pairs {
      ["900"] = 900, ["900.0"] = 900, ["9e2"] = 900, ['"900"'] = 900, ["0"] = 0, ["-5"] = -5,
    } do
      local total = assert(quote('{"total":' .. json .. "}")).quote.total
      assert.equal(value, total, json)
      assert.is_true(is_integer(total), json)
    end
    for _, json in ipairs {"900.5", "0.1", '"9.00"', '"900.0"', '"EUR 9"', "true", "[900]", '{"EUR":900}', "1e-2"} do
      local result, err = quote('{"total":' .. json .. "}")
      assert_senseless(result, err, json, "refused")
      assert.equal("the answer's quote.total is not a whole number of cents at byte " .. err.offset, err.message)
      result, err = quote('{"total":1,"billables":[{"product":"p","total":1},{"product":"p","amount":' .. json .. "}]}")
      assert_senseless(result, err, json, "refused")
      local words = "the answer's quote.billables[2].amount is not a whole number of cents at byte "
      assert.equal(words .. err.offset, err.message)
    end
  end)

  it("are booleans", function()
    local function attention(json)
      local result, err = renew('{"commonName":"a.bc","requiresAttention":' .. json .. "}")
      if result then
        return result.requiresAttention
      end
      return nil, err
    end
    for json, value in pairs {["true"] = true, ["false"] = false, ['"true"'] = true, ['"False"'] = false} do
      assert.equal(value, attention(json))
    end
    assert.is_nil(attention "null")
    for _, json in ipairs {"1", "0", '"yes"', '"1"', "[]", "{}", '"truth"'} do
      local value, err = attention(json)
      assert_senseless(value, err, json)
      assert.equal(4711, err.handle)
      assert.is_truthy(err.message:find("requiresAttention is not true or false", 1, true), err.message)
    end
  end)

  it("are texts, a number as it was written", function()
    for json, value in pairs {
      ['"a"'] = "a", ['""'] = "", ["7"] = "7", ["7.50"] = "7.50", ["1e300"] = "1e300", ["-0"] = "-0", ["true"] = "true",
      ["12345678901234567890"] = "12345678901234567890", ['" a "'] = " a ",
    } do
      assert.equal(value, field("providerId", json), json)
    end
    for _, json in ipairs {"[]", "{}", '["a"]', '{"a":"b"}'} do
      assert_misfit("providerId", json, nil, "a text")
    end
    assert_misfit("certificate", "7", nil, "a text in PEM")
    assert.equal("A\nB", field("certificate", '"\\nA\\nB\\n\\n"'))
  end)

  it("are lists of what is described", function()
    assert.same({"a.bc", "7", "true"}, field("san", '["a.bc",7,true]'))
    assert.same({}, field("san", "[]"))
    for json, path in pairs {['"a.bc"'] = "san", ["{}"] = "san", ["7"] = "san", ["true"] = "san"} do
      assert_misfit("san", json, path, "a list")
    end
    for json, path in pairs {['["a",{}]'] = "san[2]", ["[[]]"] = "san[1]", ['["a","b",null]'] = "san[3]"} do
      assert_misfit("san", json, path, "a text")
    end
    local product = decoder("realtimeregister", "product", 200, JSON)
    local periods = assert(product '{"product":"p","periods":[1,"3",12.0]}').periods
    assert.same({1, 3, 12}, periods)
    assert.is_true(is_integer(periods[3]))
    local result, err = product '{"product":"p","periods":[1,"x"]}'
    assert_senseless(result, err, nil, "refused")
    assert.equal("the answer's periods[2] is not an integer at byte " .. err.offset, err.message)
    local list = decoder("realtimeregister", "list", 200, JSON)
    for json, path in pairs {
      ['{"entities":[{"id":1},null,{"id":2}]}'] = "entities[2] is not an object",
      ['{"entities":[{"id":1},7]}'] = "entities[2] is not an object",
      ['{"entities":{"id":1}}'] = "entities is not a list", ['{"pagination":[]}'] = "pagination is not an object",
      ['{"entities":[{"id":1},{"id":"x"}]}'] = "entities[2].id is not an integer",
      ['{"entities":[{"id":1,"san":[{}]}]}'] = "entities[1].san[1] is not a text",
    } do
      result, err = list(json)
      assert_senseless(result, err, json, "refused")
      assert.equal("the answer's " .. path .. " at byte " .. err.offset, err.message)
    end
    local addresses = decoder("realtimeregister", "dcvEmailAddressList", 200, JSON)
    assert.same({"a@b.cd", "7"}, (addresses '["a@b.cd",7]'))
    for _, json in ipairs {'["a@b.cd",null]', "[{}]", '["a@b.cd",["x"]]'} do
      result, err = addresses(json)
      assert_senseless(result, err, json, "refused")
    end
  end)

  it("are objects with what is described in them", function()
    for json, message in pairs {
      ['{"commonName":"a.bc","validations":[]}'] = "validations is not an object",
      ['{"commonName":"a.bc","validations":"x"}'] = "validations is not an object",
      ['{"commonName":"a.bc","validations":{"dcv":{}}}'] = "validations.dcv is not a list",
      ['{"commonName":"a.bc","validations":{"dcv":[{"type":"DNS"},{"dnsRecord":[]}]}}'] =
        "validations.dcv[2].dnsRecord is not a text",
      ['{"commonName":{}}'] = "commonName is not a text",
    } do
      local result, err = renew(json)
      assert_senseless(result, err, json)
      assert.equal("the answer's " .. message .. " at byte " .. err.offset .. " (X-Process-Id: 4711)", err.message)
      assert.equal(4711, err.handle)
    end
  end)

  it("that nobody describes are as they came, null in a list keeping its place", function()
    local result = assert(get '{"id":1,"x":[null,1,null,[null],{"a":null,"b":2.5},null],"y":{"a":[7,null]}}')
    assert.same({false, 1, false, {false}, {b = 2.5}, false}, result.x)
    assert.same({a = {7, false}}, result.y)
  end)

  it("of an error's details are left out where they are of another type", function()
    local body = '{"type":"BillableAcknowledgmentNeededException","message":"m","quote":{"total":900.5,"currency":'
      .. '"EUR","billables":{"product":"p"}},"startDate":{"x":[1]},"endDate":7}'
    local _, err = client:decode("renew", {status = 400, headers = JSON, body = body})
    assert.same({quote = {currency = "EUR"}, endDate = "7"}, err.details)
    assert.equal("refused", err.outcome)
  end)

  it("name the field also deep down, as far as there is room", function()
    local result, err = renew('{"validations":{"dcv":[' .. ("{},"):rep(99999) .. '{"status":[]}]}}')
    assert_senseless(result, err)
    assert.is_truthy(err.message:find("validations.dcv[100000].status is not a text", 1, true), err.message)
  end)
end)

describe("namecheap's values", function()
  local client = fixture.client "namecheap"

  local function renewed(attributes)
    return client:decode("renew", fixture.xml {
      command = "namecheap.ssl.renew", result = '<SSLRenewResult CertificateID="5" ' .. attributes .. "/>",
    })
  end

  it("are integers where integers are described", function()
    assert.equal(2, assert(renewed 'Years=" 2 "').Years)
    assert.is_nil(assert(renewed 'Years=""').Years)
    for _, value in ipairs {"two", "2.0", "2 3", "0x2", "+2", "2e0", "true"} do
      local result, err = renewed(('Years="%s"'):format(value))
      assert.equal("malformed", assert_senseless(result, err).code)
      assert.is_truthy(err.message:find("the answer's Years is not an integer", 1, true), err.message)
      assert.equal(5, err.handle)
    end
  end)

  it("are booleans where booleans are described", function()
    local function listed(value)
      return client:decode("getList", fixture.xml {
        command = "namecheap.ssl.getList",
        result = ('<SSLListResult><SSL CertificateID="1" IsExpiredYN="%s"/></SSLListResult>'):format(value),
      })
    end
    assert.is_true(assert(listed "True").SSL[1].IsExpiredYN)
    assert.is_false(assert(listed " false ").SSL[1].IsExpiredYN)
    assert.is_nil(assert(listed "").SSL[1].IsExpiredYN)
    for _, value in ipairs {"1", "perhaps"} do
      local result, err = listed(value)
      assert_senseless(result, err, value, "refused")
      assert.is_truthy(err.message:find("IsExpiredYN is not true or false", 1, true), err.message)
    end
  end)

  it("are no elements where a value is described", function()
    local result, err = client:decode("getInfo", fixture.xml {
      command = "namecheap.ssl.getInfo",
      result = '<SSLGetInfoResult><Status><b>active</b></Status></SSLGetInfoResult>',
    })
    assert_senseless(result, err, nil, "refused")
    assert.is_truthy(err.message:find("Status is not a text", 1, true), err.message)
  end)
end)

describe("a described result", function()
  -- What a Lua value may be, by the type that describe gives.
  local KINDS = {
    string = "string", money = "string", pem = "string", integer = "number", cents = "number", boolean = "boolean",
    object = "table", list = "table",
  }

  local function check(fields, values, path)
    for _, told in ipairs(fields) do
      local value = values[told.name]
      -- Integers beyond 2^53 are their digits.
      local is_huge = KINDS[told.type] == "number" and type(value) == "string" and value:find "^%d+$" and #value > 15
      if value ~= nil and not is_huge then
        assert.equal(KINDS[told.type], type(value), path .. told.name)
        if KINDS[told.type] == "number" then
          assert.is_true(is_integer(value), path .. told.name)
        end
        if told.type == "object" and told.fields then
          check(told.fields, value, path .. told.name .. ".")
        end
        for i, item in ipairs(told.type == "list" and value or {}) do
          local kind = told.item == "integer" and "number" or told.item or told.fields and "table"
          if kind then
            assert.equal(kind, type(item), path .. told.name .. i)
          end
          if told.fields then
            check(told.fields, item, path .. told.name .. i .. ".")
          end
        end
      end
    end
  end

  it("is of its types in every fixture", function()
    local count = 0
    for _, provider in ipairs(reseal.describe()) do
      answer.each(provider, function(given, client, method, path)
        local request = given.params and client:encode(method, given.params)
        local result = assert(client:decode(method, given.answer, request))
        check(reseal.describe(provider, method).result, result, path .. " ")
        count = count + 1
      end)
    end
    assert.is_true(count > 80, tostring(count))
  end)
end)
