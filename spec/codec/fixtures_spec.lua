-- Every folder under spec/fixtures: request bytes, and what becomes of answers.
local fixture = require "spec.support.fixture"
local reseal = require "reseal"

local is_integer = math.type and function(n) return math.type(n) == "integer" end or function(n) return n % 1 == 0 end

describe("fixture", function()
  local seen = {}

  -- What the case shows counts for its method, in the edition that its client speaks.
  local function count(case, options, kind)
    local name = ("%s %s %s"):format(case.provider, case.method, options and options.edition or "current")
    seen[name] = seen[name] or {good = 0, refused = 0}
    seen[name][kind] = seen[name][kind] + 1
  end

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
          if type(value) == "number" then
            assert.is_true(is_integer(value), path)
          end
        end)
        count(case, given.options, "good")
      elseif given.refused then
        assert.is_nil(result)
        assert.is_nil(fixture.difference(given.refused, err))
        assert.is_false(fixture.leaks(err, fixture.accounts[case.provider].api_key))
        -- A refusal of ours proves something of the provider only where it has a number for the same.
        if err.class ~= "invalid" or err.errors[1].provider_code then
          count(case, given.options, "refused")
        end
      end
    end)
  end

  for _, provider in ipairs(reseal.describe()) do
    for _, method in ipairs(reseal.describe(provider)) do
      for _, edition in ipairs {"current", provider == "namecheap" and "classic" or nil} do
        local told = reseal.describe(provider, method, provider == "namecheap" and edition or nil)
        -- A method that is the same in both editions, by the same page, counts once.
        if edition == "current" or told.source ~= reseal.describe(provider, method).source then
          it(("is there for %s %s (%s): a good one and two refused ones"):format(provider, method, edition), function()
            local found = seen[("%s %s %s"):format(provider, method, edition)]
            assert.is_truthy(found, "none")
            local count_of = ("%d good, %d refused"):format(found.good, found.refused)
            assert.is_true(found.good >= 1 and found.refused >= 2, count_of)
          end)
        end
      end
    end
  end

  it("is for a described method", function()
    local known = {}
    for _, provider in ipairs(reseal.describe()) do
      for _, method in ipairs(reseal.describe(provider)) do
        known[provider .. " " .. method] = true
      end
    end
    for _, case in ipairs(fixture.cases()) do
      assert.is_true(known[case.provider .. " " .. case.method], case.path)
    end
  end)
end)

-- Example requests of https://www.namecheap.com/support/api/methods/ssl/, without their global parameters' values: the
-- pairs that we send, whatever their order, and names in whatever case.
describe("a printed example request has the pairs that we send, and no other:", function()
  local ADDRESS = "https://api.namecheap.com/xml.response"
  local PRINTED = {
    {
      "renew", {CertificateID = 501904, SSLType = "positivessl", Years = 1},
      "?ApiUser=apiexample&ApiKey=56b4c87ef4fd49cb96d915c0db68194&UserName=apiexample&command=namecheap.ssl.renew"
        .. "&clientip=1.2.3.4&certificateid=501904&ssltype=positivessl&years=1",
    },
    {
      "resendApproverEmail", {CertificateID = 500532},
      "?ApiUser=apiexample&ApiKey=56b4c87ef4fd49cb96d915c0db68194&UserName=apiexample"
        .. "&Command=namecheap.ssl.resendapproveremail&ClientIp=192.168.1.109&CertificateID=500532",
    },
    {
      "purchasemoresans", {CertificateID = 1111, NumberOfSANSToAdd = 4},
      "?NumberofSANStoADD=4&command=namecheap.ssl.purchasemoresans&CertificateID=1111"
        .. "&ApiKey=7hssab16davvv45511135fccea87&ApiUser=apiexample&UserName=apiexample&ClientIp=192.168.1.1",
    },
    {
      "editDCVMethod", {CertificateID = 743585, DCVMethod = "HTTP_CSR_HASH"},
      "?ApiUser=apiexample&ApiKey=abcdef16ddaa4451113320f3446456ceaf7&UserName=apiexample&ClientIp=192.168.1.1"
        .. "&Command=namecheap.ssl.editdcvmethod&certificateID=743585&DCVMethod=HTTP_CSR_HASH",
    },
    {
      "editDCVMethod",
      {
        CertificateID = 743585, DNSNames = {"example.com", "example.net", "example.org"},
        DCVMethods = {"CNAME_CSR_HASH", "HTTP_CSR_HASH", "admin@example.org"},
      },
      "?ApiUser=apiexample&ApiKey=abcdef16ddaa4451113320f3446456ceaf7&UserName=apiexample&ClientIp=192.168.1.1"
        .. "&Command=namecheap.ssl.editdcvmethod&certificateID=743585&DNSNames=example.com,example.net,example.org"
        .. "&DCVMethods=CNAME_CSR_HASH,HTTP_CSR_HASH,admin@example.org",
    },
    {
      "revokecertificate", {CertificateID = 8111110, CertificateType = "positivessl"},
      "?ApiUser=apiexample&ApiKey=123456123456&UserName=apiexample&Command=namecheap.ssl.revokecertificate"
        .. "&certificatetype=positivessl&ClientIp=192.168.1.1&CertificateID=8111110",
    },
    {
      "parseCSR", {csr = fixture.csr},
      "?ApiUser=apiuser&ApiKey=8a81d0b4124042459582746f6d575408&UserName=username&Command=namecheap.ssl.parseCSR"
        .. "&ClientIp=127.0.0.1&csr=" .. fixture.csr
          :gsub("[+=]", function(char) return ("%%%02X"):format(char:byte()) end)
          :gsub(" ", "+")
          :gsub("\n", "%%0A"),
    },
  }
  -- What the account says in these examples.
  local SETTINGS = {apiuser = "api_user", apikey = "api_key", username = "user_name", clientip = "client_ip"}

  local function pairs_of(form)
    local found, count = {}, 0
    for name, value in form:gmatch "([^&=?]+)=([^&]*)" do
      found[name:lower()] = value
        :gsub("+", " ")
        :gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
      count = count + 1
    end
    return found, count
  end

  for _, example in ipairs(PRINTED) do
    local method, params, query = example[1], example[2], example[3]
    it(method, function()
      local printed, printed_count = pairs_of(query)
      local options = {}
      for name, setting in pairs(SETTINGS) do
        options[setting] = printed[name]
      end
      local request = assert(fixture.client("namecheap", options):encode(method, params))
      assert.equal(ADDRESS, request.url)
      local sent, sent_count = pairs_of(request.body)
      -- The service matches commands without regard to case too.
      printed.command, sent.command = printed.command:lower(), sent.command:lower()
      assert.same(printed, sent)
      assert.equal(printed_count, sent_count)
    end)
  end
end)

describe("the key", function()
  it("stays out of the URL and the headers of a form", function()
    local key = fixture.accounts.namecheap.api_key
    local client = fixture.client "namecheap"
    for _, method in ipairs(reseal.describe "namecheap") do
      for _, case in ipairs(fixture.cases()) do
        local given = case.provider == "namecheap" and case.method == method and fixture.load(case)
        local request = given and given.params and not given.options and client:encode(method, given.params)
        if request then
          assert.is_nil(request.url:find(key, 1, true))
          fixture.walk(request.headers, function(value) assert.is_nil(value:find(key, 1, true)) end)
          assert.is_truthy(request.body:find("&ApiKey=" .. key .. "&", 1, true))
        end
      end
    end
  end)

  it("stays out of the URL and the body of JSON", function()
    local key = fixture.accounts.realtimeregister.api_key
    local client = fixture.client "realtimeregister"
    for _, case in ipairs(fixture.cases()) do
      local given = case.provider == "realtimeregister" and fixture.load(case)
      local request = given and given.params and client:encode(case.method, given.params)
      if request then
        assert.is_nil(request.url:find(key, 1, true))
        assert.is_nil((request.body or ""):find(key, 1, true))
        assert.equal("ApiKey " .. key, request.headers.Authorization)
      end
    end
  end)
end)
