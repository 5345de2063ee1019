-- Every folder under spec/fixtures: request bytes, and what becomes of answers.
local fixture = require "spec.support.fixture"

local is_integer = math.type and function(n) return math.type(n) == "integer" end or function(n) return n % 1 == 0 end

describe("fixture", function()
  local seen = {}

  for _, case in ipairs(fixture.cases()) do
    it(("%s %s: %s"):format(case.provider, case.method, case.name), function()
      local given = fixture.load(case)
      assert.is_truthy(given.source and #given.source > 0)
      assert.is_truthy(given.request or given.answer or given.refused, "the folder tests nothing")
      assert.is_false(given.expected ~= nil and given.refused ~= nil, "either expected.lua or refused.lua")
      local client = fixture.client(case.provider, given.options)

      local request, err
      if given.params then
        request, err = client:encode(case.method, given.params)
      end
      if given.request then
        assert.is_nil(err and tostring(err))
        assert.equal(given.request.body, request.body or "")
        assert.equal(given.request.method, request.method)
        assert.equal(given.request.url, request.url)
        assert.same(given.request.headers, request.headers)
      end

      local result
      if given.answer then
        assert.is_truthy(given.expected or given.refused, "an answer, and nothing said of it")
        result, err = client:decode(case.method, given.answer, request)
      end
      if given.expected then
        assert.is_nil(err and tostring(err))
        assert.same(given.expected, result)
        fixture.walk(result, function(value, path)
          if type(value) == "number" then assert.is_true(is_integer(value), path) end
        end)
      elseif given.refused then
        assert.is_nil(result)
        assert.is_nil(fixture.difference(given.refused, err))
        assert.is_false(fixture.leaks(err, fixture.accounts[case.provider].api_key))
      end

      local method = case.provider .. " " .. case.method
      seen[method] = seen[method] or {}
      if given.expected then seen[method].good = true end
      if given.refused then seen[method].refused = true end
    end)
  end

  it("exists for every method: an answer that is understood and one that refuses", function()
    local reseal = require "reseal"
    for _, provider in ipairs(reseal.describe()) do
      for _, method in ipairs(reseal.describe(provider)) do
        assert.same({ good = true, refused = true }, seen[provider .. " " .. method], provider .. " " .. method)
      end
    end
  end)
end)

describe("the printed example of renew", function()
  -- https://www.namecheap.com/support/api/methods/ssl/renew/
  local PRINTED = "https://api.namecheap.com/xml.response?ApiUser=apiexample&ApiKey=56b4c87ef4fd49cb96d915c0db68194"
    .. "&UserName=apiexample&command=namecheap.ssl.renew&clientip=1.2.3.4&certificateid=501904"
    .. "&ssltype=positivessl&years=1"

  local function pairs_of(form)
    local found, count = {}, 0
    for name, value in form:gmatch("([^&=]+)=([^&]*)") do
      found[name:lower()] = value
        :gsub("+", " ")
        :gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
      count = count + 1
    end
    return found, count
  end

  it("has the pairs that we send, and no other", function()
    local request = assert(fixture.client("namecheap"):encode("renew", {
      CertificateID = 501904, SSLType = "positivessl", Years = 1,
    }))
    local address, query = PRINTED:match("^([^?]+)%?(.*)$")
    assert.equal(address, request.url)
    local printed, printed_count = pairs_of(query)
    local sent, sent_count = pairs_of(request.body)
    assert.same(printed, sent)
    assert.equal(8, printed_count)
    assert.equal(8, sent_count)
  end)

  it("keeps the key out of the URL and the headers", function()
    local request = assert(fixture.client("namecheap"):encode("renew", {
      CertificateID = 501904, SSLType = "positivessl", Years = 1,
    }))
    local key = fixture.accounts.namecheap.api_key
    assert.is_nil(request.url:find(key, 1, true))
    fixture.walk(request.headers, function(value) assert.is_nil(value:find(key, 1, true)) end)
    assert.equal("purchase", request.effect)
  end)
end)
