-- Oddities of Realtime Register's answers, for every method: survived, never guessed at.
local reseal = require "reseal"
local answer = require "spec.support.answer"

local decoder, assert_senseless, JSON = answer.decoder, answer.assert_senseless, answer.JSON
local each, respond = answer.each, answer.respond

-- Realtime Register's methods that may answer with nothing.
local WITHOUT_BODY = {
  revoke = true, import = true, resendDcv = true, sendSubscriberAgreement = true, scheduleValidationCall = true,
  addNote = true, cancelProcess = true, ackNotification = true, updateAcmeSubscription = true,
  renewAcmeSubscription = true, deleteAcmeSubscription = true, resendProcess = true,
}

describe("every answer of Realtime Register", function()
  it("may have no body where the page says so, and nowhere else", function()
    for _, method in ipairs(reseal.describe "realtimeregister") do
      local effect = reseal.describe("realtimeregister", method).effect
      for _, status in ipairs {200, 201, 202, 204} do
        for _, body in ipairs {"", "\r\n", " "} do
          local result, err = decoder("realtimeregister", method, status, {})(body)
          if WITHOUT_BODY[method] then
            assert.same({meta = {http_status = status}}, result, method)
          elseif method == "download" and body ~= "" then
            assert.is_truthy(result or err)
          else
            assert_senseless(result, err, method, effect == "read" and "refused" or "unknown")
          end
        end
      end
    end
  end)

  it("names its process in whatever case, also without a body", function()
    for method in pairs(WITHOUT_BODY) do
      for _, name in ipairs {"X-Process-Id", "x-process-id", "X-PROCESS-ID"} do
        local result = assert(decoder("realtimeregister", method, 202, {[name] = "4711"})(""))
        assert.same({processId = 4711, meta = {http_status = 202}}, result, method)
      end
      local result = assert(decoder("realtimeregister", method, 202, {["X-Process-Id"] = ""})(""))
      assert.is_nil(result.processId, method)
    end
  end)

  it("may have a body where none is due", function()
    for method in pairs(WITHOUT_BODY) do
      local decode = decoder("realtimeregister", method, 200, JSON)
      assert.same({meta = {http_status = 200}}, (decode "{}"), method)
      assert.same({note = {a = 1}, meta = {http_status = 200}}, (decode '{"note":{"a":1},"x":null}'), method)
    end
  end)

  it("is never half a body, a page or something else", function()
    for _, method in ipairs(reseal.describe "realtimeregister") do
      if method ~= "download" then
        local effect = reseal.describe("realtimeregister", method).effect
        for _, body in ipairs {"{", '{"id":', "null", '"text"', "7", "<html></html>", "\255", "{}x"} do
          local result, err = decoder("realtimeregister", method, 200, JSON)(body)
          assert_senseless(result, err, method .. " " .. body, effect == "read" and "refused" or "unknown")
        end
      end
    end
  end)

  it("is none as soon as a byte is missing", function()
    each("realtimeregister", function(given, client, method, path)
      local body = given.answer.body:gsub("%s+$", "")
      local request = given.params and client:encode(method, given.params)
      local effect = request and request.effect or reseal.describe("realtimeregister", method).effect
      for length = 1, method == "download" and 0 or #body - 1, 3 do
        local result, err = client:decode(method, respond(given, body:sub(1, length)), request)
        assert_senseless(result, err, path, effect == "read" and "refused" or "unknown")
      end
    end)
  end)

  it("keeps members that no page lists, and loses null ones", function()
    each("realtimeregister", function(given, client, method, path)
      local body = given.answer.body
      if body:sub(1, 1) ~= "{" or #body < 3 then
        return
      end
      local changed = body:gsub("^{", '{"unheardOf":{"a":[1,null,"x"],"b":null},"gone":null,')
      local request = given.params and client:encode(method, given.params)
      local result, err = client:decode(method, respond(given, changed), request)
      assert.is_nil(err and tostring(err), path)
      -- In a list null keeps its place.
      assert.same({1, false, "x"}, result.unheardOf.a, path)
      assert.is_nil(result.unheardOf.b)
      assert.is_nil(result.gone)
    end)
  end)

  it("has its dates and words untouched", function()
    for _, text in ipairs {
      "2020-09-09T09:18:57Z", "2020-09-09 09:18:57", "2020-09-09T11:18:57.123+02:00", "", "soon",
    } do
      local decode = decoder("realtimeregister", "process", 200, JSON)
      local result = assert(decode(('{"id":1,"createdDate":"%s","status":"%s"}'):format(text, text)))
      assert.equal(text, result.createdDate)
      assert.equal(text, result.status)
    end
  end)
end)

describe("a download", function()
  local FILE = {["Content-Type"] = "application/octet-stream"}

  local function download(body, headers, status)
    return decoder("realtimeregister", "download", status or 200, headers or FILE)(body)
  end

  it("is the bytes that came, whatever they are", function()
    local all = {}
    for byte = 0, 255 do
      all[#all + 1] = string.char(byte)
    end
    for _, body in ipairs {
      "UEsDBAoAAAAAAA==", "UEsDBAoAAAAAAA==\r\n", table.concat(all), "PK\3\4\0\0", '{"type":"X","message":"m"}', "[]",
      "-----BEGIN CERTIFICATE-----\r\nMIIC\r\n-----END CERTIFICATE-----\r\n", "\239\187\191x", "0", "null",
    } do
      local result = assert(download(body))
      assert.equal(body, result.content)
      assert.same({http_status = 200}, result.meta)
    end
  end)

  it("is no page of HTML and not nothing", function()
    for _, body in ipairs {"<html>Back soon</html>", "<!DOCTYPE html><p>x"} do
      local result, err = download(body)
      assert.equal("html", assert_senseless(result, err, body, "refused").code)
    end
    local result, err = download ""
    assert.equal("empty", assert_senseless(result, err, nil, "refused").code)
  end)

  it("is refused as every other call is", function()
    local result, err = download('{"type":"ObjectDoesNotExist","message":"Entity not found"}', JSON, 400)
    assert.is_nil(result)
    assert.equal("ObjectDoesNotExist", err.code)
  end)

  it("has a largest size", function()
    local decode = decoder("realtimeregister", "download", 200, {}, {max_body = 100})
    assert.equal(100, #assert(decode(("x"):rep(100))).content)
    local result, err = decode(("x"):rep(101))
    assert.equal("too_large", assert_senseless(result, err, nil, "refused").code)
  end)
end)

describe("the list of approvers' addresses", function()
  local decode = decoder("realtimeregister", "dcvEmailAddressList", 200, JSON)

  it("is a plain list of strings", function()
    assert.same({}, (decode "[]"))
    assert.same({"a@b.cd"}, (decode '["a@b.cd"]'))
    assert.same({"a@b.cd", "é@b.cd"}, (decode ' [ "a@b.cd" , "\\u00e9@b.cd" ] '))
  end)

  it("is nothing else", function()
    for _, body in ipairs {"{}", '{"entities":["a@b.cd"]}', '"a@b.cd"', "null", "", "[", '["a"'} do
      local result, err = decode(body)
      assert_senseless(result, err, body, "refused")
    end
  end)
end)

describe("odd orders and processes of Realtime Register", function()
  it("lack what the page promises", function()
    local decode = decoder("realtimeregister", "processInfo", 200, JSON)
    local result = assert(decode '{"commonName":"a.bc","validations":null}')
    assert.is_nil(result.validations)
    assert.is_nil(result.requiresAttention)
    result = assert(decode '{"commonName":"a.bc","validations":{"dcv":null,"organization":"WAITING"}}')
    assert.same({organization = "WAITING"}, result.validations)
    local dcv = '[{"commonName":"a.bc","type":null,"dnsRecord":"_x.a.bc"}]'
    result = assert(decode('{"commonName":"a.bc","validations":{"dcv":' .. dcv .. "}}"))
    assert.same({{commonName = "a.bc", dnsRecord = "_x.a.bc"}}, result.validations.dcv)
    result = assert(decode '{"commonName":"a.bc","validations":{"request":"SUSPENDED","dcv":[]}}')
    assert.same({request = "SUSPENDED", dcv = {}}, result.validations)
  end)

  it("lack an identifier, or have words that no page lists", function()
    local decode = decoder("realtimeregister", "process", 200, JSON)
    local result = assert(decode '{"id":1,"status":"NEWER","action":"deposit","type":"billing","resumeTypes":["WAVE"]}')
    assert.is_nil(result.identifier)
    assert.equal("NEWER", result.status)
    assert.same({"WAVE"}, result.resumeTypes)
  end)

  it("give an authority's order as a string here and as a number there", function()
    local certificate = assert(decoder("realtimeregister", "get", 200, JSON) '{"id":1,"providerId":"1029384756"}')
    assert.equal("1029384756", certificate.providerId)
    local poll = decoder("realtimeregister", "pollNotifications", 200, JSON)
    local result = assert(poll '{"count":1,"notification":{"id":2,"providerId":1029384756}}')
    assert.equal("1029384756", tostring(result.notification.providerId):gsub("%.0$", ""))
    assert.is_nil(assert(poll '{"count":0}').notification)
    assert.is_nil(assert(poll '{"count":0,"notification":null}').notification)
  end)

  it("write an address as a list where an order has one string", function()
    local result = assert(decoder("realtimeregister", "get", 200, JSON) '{"id":1,"addressLine":["a","b"],"san":[]}')
    assert.same({"a", "b"}, result.addressLine)
    assert.same({}, result.san)
  end)

  it("count periods in integers", function()
    local decode = decoder("realtimeregister", "product", 200, JSON)
    local result = assert(decode '{"product":"p","periods":[1,3,12],"features":[]}')
    assert.same({1, 3, 12}, result.periods)
    assert.is_true(answer.is_integer(result.periods[1]))
    assert.same({}, result.features)
  end)
end)
