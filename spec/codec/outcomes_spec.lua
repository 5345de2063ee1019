-- Refused needs proof that nothing was done; everything else of a change or a purchase is unknown.
local reseal = require "reseal"
local answer = require "spec.support.answer"
local fixture = require "spec.support.fixture"

local JSON, XML = answer.JSON, answer.XML

describe("namecheap: a refusal", function()
  local client = fixture.client "namecheap"

  local function errors(method, elements, result, status)
    local body = fixture.xml {command = "namecheap.ssl." .. method:lower(), errors = {}, result = result}.body
    body = body:gsub("<Errors></Errors>", function() return "<Errors>" .. elements .. "</Errors>" end)
    local found, err = client:decode(method, {status = status or 200, headers = XML, body = body})
    assert.is_nil(found)
    return err
  end

  local function decode(method, code, text)
    return errors(method, ('<Error Number="%s">%s</Error>'):format(code, text or ""))
  end

  local function assert_unknown(err, what)
    assert.same({"unknown", "never"}, {err.outcome, err.retry}, what)
    assert.is_truthy(err.advice:find("look at the provider's list", 1, true), what)
  end

  it("for its rate is that number with that text", function()
    for _, text in ipairs {
      "", "Internal server error", "Too many requests.", "Too many requests; try later", "Too many request",
      "Error: Too many requests", "Toomany requests",
    } do
      for _, method in ipairs {"renew", "create", "reissue", "activate"} do
        assert_unknown(decode(method, 500000, text), text)
        assert.not_equal("throttle", decode(method, 500000, text).category)
      end
      assert.equal("refused", decode("getInfo", 500000, text).outcome)
    end
    for _, text in ipairs {"Too many requests", "too many  Requests", " Too\nmany requests "} do
      local err = decode("renew", 500000, text)
      assert.same({"throttle", "refused", "later"}, {err.category, err.outcome, err.retry}, text)
    end
  end)

  it("for its rate is a status, never the number of that status in a body", function()
    for _, text in ipairs {"", "Too many requests", "Too many requests (HTTP status 405)", "Method not allowed"} do
      local err = decode("renew", 405, text)
      assert_unknown(err, text)
      assert.equal(405, err.code)
      assert.not_equal("throttle", err.category)
    end
  end)

  it("for its rate is no answer of the service", function()
    local whole = answer.of("namecheap/renew/printed").body
    local function under_405(body, method)
      local result, err = client:decode(method or "renew", {status = 405, headers = {}, body = body})
      assert.is_nil(result)
      return err
    end
    -- A whole result under a status that says no: neither is believed, and the id is kept.
    local err = under_405(whole)
    assert_unknown(err)
    assert.equal(123456, err.handle)
    assert.is_truthy(err.message:find("CertificateID: 123456", 1, true), err.message)
    -- What may be a part of one.
    for _, length in ipairs {60, 150, 400, #whole - 20} do
      assert_unknown(under_405(whole:sub(1, length)), tostring(length))
    end
    assert_unknown(under_405((whole:gsub(".", "%0\0"))))
    -- An error is the error that it is.
    local body = answer.of("namecheap/renew/error-live").body
    local _, expected = client:decode("renew", {status = 200, headers = {}, body = body})
    err = under_405(body)
    assert.same({expected.code, expected.outcome, expected.category}, {err.code, err.outcome, err.category})
    assert_unknown(errors("renew", '<Error Number="5050900">Unhandled exceptions</Error>', nil, 405))
    assert.equal("refused", under_405("<html>slow down</html>", "create").outcome)
    assert.equal("refused", under_405(whole, "getInfo").outcome)
  end)

  it("by a listed text is that text, not one like it", function()
    for _, case in ipairs {
      {"reissue", 3011295, "ApproverEmail is not valid"}, {"reissue", 4011331, "Certificate status is invalid"},
      {"activate", 4011331, "Status is InValid."}, {"editDCVMethod", 3011295, "DCVMethod is invalid"},
      {"renew", 4028294, "This CertificateID is already queued for Renewal"},
      {"renew", 4011294, "CertificateID is invalid"}, {"activate", 3011296, "Invalid CSR. Key too small"},
      {
        "create",
        2528166,
        "ORDER CREATION FAILED; INSUFFICIENTFUNDS;Insufficient funds in account; Sorry! Your available "
          .. "balance is insufficient to cover the current billing amount;",
      },
    } do
      local method, code, text = case[1], case[2], case[3]
      for _, same in ipairs {text, text:upper(), text:lower(), text:gsub(" ", " \n\t "), "\r\n " .. text .. "\n"} do
        assert.equal("refused", decode(method, code, same).outcome, same)
      end
      for _, other in ipairs {"", text .. ".", text .. " x", "x " .. text, text:sub(2), text:gsub(" ", "", 1)} do
        if other ~= "Invalid CSR. Key too small." and other ~= "Invalid CSR. Key too small x" then
          assert_unknown(decode(method, code, other), method .. " " .. code .. " " .. other)
        end
      end
    end
  end)

  it("has words where the page leaves some open, and the rest of the text after them", function()
    local COUNTRY = "Parameter AdminCountry %s is not a valid ISO 3166-1 alpha-2 country"
    assert.equal("refused", decode("activate", 4011297, COUNTRY:format "XX").outcome)
    for _, text in ipairs {
      COUNTRY:format "", COUNTRY:format "X X", COUNTRY:format("XX") .. ", record created", "Parameter AdminCountry XX",
      COUNTRY:gsub("%%s", "%%1$s is"), COUNTRY:format(("x"):rep(300)),
    } do
      assert_unknown(decode("activate", 4011297, text), text)
    end
    assert_unknown(decode("activate", 3011296, "Invalid CSR. "))
    assert_unknown(decode("activate", 3011296, "Invalid CSR. " .. ("x "):rep(300)))
  end)

  it("is none where one number means both, and the text neither", function()
    for _, case in ipairs {
      {"reissue", 3011295, "Error From Certificate Provider: timeout"},
      {"reissue", 3011295, "Error From Certificate Provider."}, {"editDCVMethod", 3011295, ""},
      {"activate", 4011331, "Unable to update DCV file records in database"},
      {"reissue", 4011331, "Unable to update DCV file records in database"}, {"renew", 4011331, "Status unclear"},
      {"create", 2528166, "Order creation failed!"}, {"renew", 2528166, ""},
      {"create", 2032409, "Some error occurred"}, {"renew", 2033409, "Order chargeable is not found"},
      {"create", 4011299, ""},
    } do
      assert_unknown(decode(case[1], case[2], case[3]), case[1] .. " " .. case[2] .. " " .. case[3])
    end
  end)

  it("gives the advice of its row, or of all rows where they agree", function()
    local advice = decode("renew", 4011294, "Something about dates").advice
    assert.is_nil(advice:find("90 days", 1, true), advice)
    advice = decode("renew", 4011294, "certificate not meet the ExpireDate. So cannot Renew").advice
    assert.is_truthy(advice:find("90 days", 1, true), advice)
    assert.is_truthy(decode("renew", 1011102, "Something about keys").advice:find("four causes", 1, true))
    assert.is_truthy(decode("renew", 2012301, "Types differ").advice:find("own product", 1, true))
    assert.is_nil(decode("renew", 2011301, "Types differ").advice:find("own product", 1, true))
  end)

  it("is none by a number of a deeper layer that no page lists", function()
    for layer = 3, 5 do
      for _, kind in ipairs {10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 22, 24, 30, 50, 77} do
        for _, topic in ipairs {"167", "294", "301", "901"} do
          local code = tonumber(("%d%03d%s"):format(layer, kind, topic))
          if #reseal.errors("namecheap", code) == 1 then
            for _, method in ipairs {"renew", "create", "purchasemoresans", "reissue", "activate"} do
              assert_unknown(decode(method, code, "Something new"), tostring(code))
            end
            assert.equal("refused", decode("getList", code, "Something new").outcome)
          end
        end
      end
    end
    assert.equal("refused", decode("renew", 1019999, "Something new").outcome)
    assert.equal("refused", decode("renew", 2014901, "Something new").outcome)
  end)

  it("is none where the service itself isn't sure, or where a record could not be written", function()
    for _, row in ipairs(reseal.errors "namecheap") do
      local told = row.method ~= "(global)" and reseal.describe("namecheap", row.method)
      local text = row.text:lower()
      for _, word in ipairs {
        "database", "possibly", "some error", "unable to", "exception", "failed to", "cannot create",
      } do
        if told and told.effect ~= "read" and text:find(word, 1, true) then
          assert.equal("unknown", row.outcome, row.code .. " " .. row.text)
          assert.not_equal("state", row.category, row.code .. " " .. row.text)
        end
      end
    end
    for code, text in pairs {
      [4011299] = "The Purchasevalidationid already exists.The certificate cannot be created",
      [2032409] = "Some error occurred during authentication phase",
      [2033409] = "Possibly a logical error in authentication phase. Order chargeable for Username is not found",
    } do
      assert_unknown(decode("create", code, text), text)
      assert_unknown(decode("purchasemoresans", code, text), text)
    end
    assert.equal("internal", decode("reissue", 4024331, "Unable to update status in database").category)
    assert.equal("internal", decode("reissue", 4024331, "Unable to update the status").category)
    assert_unknown(decode("activate", 2011333, "xmlfile is missing error while getting xml form from filepath and "
      .. "xmlstring from config file"))
  end)

  it("for too many logins may be tried later", function()
    local err = decode("getInfo", 1017411, "Too many login attempts")
    assert.same({"auth", "refused", "later"}, {err.category, err.outcome, err.retry})
  end)

  it("is none beside a result that names what the call makes", function()
    local REFUSAL = '<Error Number="2011170">Promotion code is expired</Error>'
    local RENEW = '<SSLRenewResult CertificateID="%s" Years="1" OrderId="%s" TransactionId="%s" ChargedAmount="%s"/>'
    for _, case in ipairs {
      {{77, 0, 0, 0}, 77, "CertificateID: 77"}, {{0, 78, 0, 0}, 78, "OrderId: 78"},
      {{0, 0, 79, 0}, nil, "TransactionId: 79"}, {{0, 0, 0, "9.0000"}, nil, "ChargedAmount: 9.0000"},
      {{77, 78, 79, "9.0000"}, 77, "CertificateID: 77, OrderId: 78, TransactionId: 79, ChargedAmount: 9.0000"},
      {{" 77 ", "", "", "0.0000"}, 77, "CertificateID: 77"}, {{0, 0, 0, "0.01"}, nil, "ChargedAmount: 0.01"},
      {{"9007199254740993", 0, 0, 0}, "9007199254740993", "CertificateID: 9007199254740993"},
      {{"77x", 78, 0, 0}, 78, "CertificateID: 77x, OrderId: 78"}, {{"-1", 0, 0, 0}, nil, "CertificateID: -1"},
    } do
      local result = RENEW:format(case[1][1], case[1][2], case[1][3], case[1][4])
      local err = errors("renew", REFUSAL, result)
      assert_unknown(err, result)
      assert.equal(2011170, err.code)
      assert.equal(case[2], err.handle, result)
      assert.is_truthy(err.message:find("Promotion code is expired (" .. case[3] .. ")", 1, true), err.message)
    end
    for _, zeros in ipairs {{0, 0, 0, 0}, {"", "", "", ""}, {"00", " 0 ", "0", "0.0000"}} do
      local err = errors("renew", REFUSAL, RENEW:format(zeros[1], zeros[2], zeros[3], zeros[4]))
      assert.same({"refused", nil}, {err.outcome, err.handle})
      assert.equal("Promotion code is expired", err.message)
    end
  end)

  it("is none beside a certificate that was created, renamed or said to be a success", function()
    local REFUSAL = '<Error Number="2011301">Parameter Type is not valid</Error>'
    local created = '<SSLCreateResult IsSuccess="false" OrderId="0" TransactionId="0" ChargedAmount="0">'
      .. '<SSLCertificate CertificateID="%d"/></SSLCreateResult>'
    assert.equal("refused", errors("create", REFUSAL, created:format(0)).outcome)
    local err = errors("create", REFUSAL, created:format(88))
    assert_unknown(err)
    assert.equal(88, err.handle)
    assert_unknown(errors("reissue", '<Error Number="4011331">Status is invalid</Error>',
      '<SSLReissueResult ID="89" IsSuccess="false"/>'))
    -- The id that was asked is no contradiction; that it succeeded is.
    for method, element in pairs {
      revokecertificate = "RevokeCertificateResult", activate = "SSLActivateResult",
      resendApproverEmail = "SSLResendApproverEmailResult", editDCVMethod = "SSLEditDCVMethodResult",
    } do
      local refusal = '<Error Number="2011294">CertificateId is not valid</Error>'
      local result = "<" .. element .. ' ID="8111110" IsSuccess="%s"/>'
      err = errors(method, refusal, result:format "false")
      assert.same({"refused", nil}, {err.outcome, err.handle}, method)
      err = errors(method, refusal, result:format "true")
      assert_unknown(err, method)
      assert.is_truthy(err.message:find("IsSuccess: true", 1, true), err.message)
    end
    -- A read makes nothing.
    assert.equal("refused", errors("getInfo", '<Error Number="2011294">CertificateId is not valid</Error>',
      '<SSLGetInfoResult Status="active" OrderId="7"/>').outcome)
  end)

  it("keeps the id of a result that makes no sense otherwise", function()
    local function refused(method, result)
      local found, err = client:decode(method, fixture.xml {command = "namecheap.ssl." .. method, result = result})
      assert.is_nil(found)
      assert_unknown(err, result)
      return err
    end
    local err = refused("create", '<SSLCreateResult IsSuccess="true" OrderId="66" ChargedAmount="9.00"/>')
    assert.equal(66, err.handle)
    assert.is_truthy(err.message:find("ChargedAmount: 9.00", 1, true), err.message)
    assert.equal(67, refused("create", '<SSLCreateResult IsSuccess="maybe" OrderId="67"/>').handle)
    assert.equal(68, refused("renew", '<SSLRenewResult CertificateID="68" Years="two"/>').handle)
    assert.equal(69, refused("reissue", '<SSLReissueResult ID="69" IsSuccess="false"/>').handle)
  end)
end)

describe("namecheap: IsSuccess", function()
  local client = fixture.client "namecheap"
  local RESULT = '<SSLReissueResult ID="7"%s/>'

  local function decode(attribute, method, result)
    return client:decode(method or "reissue", fixture.xml {
      command = "namecheap.ssl." .. (method or "reissue"):lower(), result = (result or RESULT):format(attribute),
    })
  end

  it("is a success when it is true, or absent", function()
    for _, attribute in ipairs {
      ' IsSuccess="true"', ' IsSuccess="TRUE"', ' IsSuccess=" True\n"', ' issuccess="true"', "",
    } do
      assert.equal(7, assert(decode(attribute)).ID, attribute)
    end
  end)

  it("is anything else: not known to be one", function()
    for _, value in ipairs {"false", " false ", "0", "1", "no", "yes", "", " ", "maybe", "truetrue", "t", "wahr"} do
      local result, err = decode((' IsSuccess="%s"'):format(value))
      assert.is_nil(result, value)
      assert.same({"provider", "not_successful", "unknown", "never", 7}, {
        err.class, err.code, err.outcome, err.retry, err.handle,
      }, value)
    end
    local result, err = decode("", "reissue", '<SSLReissueResult ID="7" IsSuccess="true"><IsSuccess>false</IsSuccess>'
      .. "</SSLReissueResult>%s")
    assert.is_nil(result)
    assert.equal("unknown", err.outcome)
  end)

  it("of a read is a failure of it", function()
    local result, err = decode(' IsSuccess="no"', "getInfo", '<SSLGetInfoResult Status="active"%s/>')
    assert.is_nil(result)
    assert.same({"not_successful", "refused"}, {err.code, err.outcome})
  end)
end)

describe("realtimeregister: an order", function()
  local client = fixture.client "realtimeregister"
  local INFO = answer.of("realtimeregister/reissue/accepted").body

  local function decode(method, status, process, body, effect)
    local headers = {["Content-Type"] = JSON["Content-Type"], ["X-Process-Id"] = process}
    return client:decode(method, {status = status, headers = headers, body = body}, effect and {effect = effect})
  end

  local function assert_unknown(handle, what, result, err)
    assert.is_nil(result, what)
    assert.same({"unknown", "never", handle}, {err.outcome, err.retry, err.handle}, what)
    if handle then
      assert.is_truthy(err.message:find(tostring(handle), 1, true), err.message)
    end
    return err
  end

  it("is what has a process, whatever its status says", function()
    for _, method in ipairs {"request", "renew", "reissue", "revoke", "import", "createAcmeSubscription"} do
      for status, body in pairs {
        [400] = '{"type":"ValidationError","message":"m"}', [401] = "", [403] = '{"type":"AuthorizationError"}',
        [404] = "<html>", [429] = '{"type":"TooManyRequests","message":"slow"}', [500] = "", [302] = "",
        [503] = '{"type":"ProviderUnavailable","message":"m"}',
      } do
        assert_unknown(4711, method .. " " .. status, decode(method, status, "4711", body))
      end
    end
    -- A status that refuses, over what an order is answered with, is no proof either.
    for _, status in ipairs {401, 403, 404, 429} do
      assert_unknown(nil, tostring(status), decode("renew", status, nil, INFO))
      local _, plain = decode("renew", status, nil, '{"note":"no"}')
      assert.equal("refused", plain.outcome)
    end
    -- Not so where the method makes none.
    local _, err = decode("get", 400, "4711", '{"type":"ObjectDoesNotExist","message":"m"}')
    assert.same({"refused", nil}, {err.outcome, err.handle})
  end)

  it("keeps its process when its body is cut, another, or too large", function()
    for _, body in ipairs {INFO:sub(1, 30), "<html>Bad gateway</html>", "[]", '{"a":1,"a":2}', '{"commonName":7'} do
      assert_unknown(4711, body, decode("renew", 202, "4711", body))
    end
    local small = fixture.client("realtimeregister", {max_body = 10})
    local whole = {status = 202, headers = {["X-Process-Id"] = "4711"}, body = INFO}
    assert_unknown(4711, nil, small:decode("renew", whole))
  end)

  it("is not one by an id that is none", function()
    for _, process in ipairs {"abc", "0", "-1", "12, 12", "1.5", "0x1", "007", "12 13"} do
      for _, method in ipairs {"renew", "reissue", "revoke", "import"} do
        for _, body in ipairs {"", "{}", INFO} do
          if method ~= "import" or body ~= INFO then
            local _, err = decode(method, 202, process, body)
            assert_unknown(nil, process .. body, _, err)
            assert.is_truthy(err.message:find(process, 1, true), err.message)
          end
        end
      end
      -- Nor is such an answer proof of the contrary.
      assert_unknown(nil, process, decode("renew", 429, process, ""))
    end
    assert_unknown(nil, "two", decode("renew", 202, {"12", "12"}, ""))
    assert.equal(12, assert(decode("renew", 202, "12", "")).processId)
    for _, id in ipairs {"0", "-4", '"x"'} do
      local result = decode("renew", 202, nil, '{"processId":' .. id .. "}")
      assert.is_nil(result, id)
    end
  end)

  it("is named once, or by two that agree", function()
    assert.equal(5, assert(decode("renew", 202, "5", '{"commonName":"a.bc","processId":5}')).processId)
    assert.equal(6, assert(decode("renew", 202, nil, '{"commonName":"a.bc","processId":"6"}')).processId)
    local err = assert_unknown(5, nil, decode("renew", 202, "5", '{"commonName":"a.bc","processId":6}'))
    assert.is_truthy(err.message:find("processId: 6", 1, true), err.message)
  end)

  it("is not done by an error object under a success", function()
    for _, method in ipairs {"renew", "reissue", "revoke", "import", "resendDcv", "cancelProcess", "addNote"} do
      for _, status in ipairs {200, 201, 202} do
        local body = '{"type":"ObjectExists","message":"The request already exists","x":{"y":1}}'
        local err = assert_unknown(nil, method, decode(method, status, nil, body))
        assert.is_truthy(err.message:find("ObjectExists: The request already exists", 1, true), err.message)
        assert.same({x = {y = 1}}, err.details)
        assert_unknown(31, method, decode(method, status, "31", body))
      end
    end
    local result, err = decode("product", 200, nil, '{"type":"ObjectDoesNotExist","message":"m"}')
    assert.is_nil(result)
    assert.equal("refused", err.outcome)
    -- What a call answers with may have such members beside its own.
    assert.equal("certificate", assert(decode("process", 200, nil, '{"id":1,"type":"certificate","message":"m"}')).type)
    assert.is_table(decode("revoke", 200, nil, '{"message":"revoked"}'))
  end)

  it("is not what is answered by a price", function()
    local quote = answer.of("realtimeregister/renew/quote").body
    for _, method in ipairs {"request", "renew", "reissue", "createAcmeSubscription", "renewAcmeSubscription"} do
      assert_unknown(nil, method, decode(method, 200, nil, quote))
      assert.equal(8, assert(decode(method, 202, "8", quote)).processId)
    end
  end)

  it("keeps the process that an error's body names", function()
    assert_unknown(9, nil, decode("renew", 400, nil, '{"type":"ValidationError","message":"m","processId":9}'))
    assert_unknown(10, nil, decode("renew", 400, "10", '{"type":"ValidationError","message":"m","processId":9}'))
  end)
end)

describe("realtimeregister: a quote", function()
  local client = fixture.client "realtimeregister"
  local QUOTE = answer.of("realtimeregister/renew/quote").body
  local INFO = answer.of("realtimeregister/reissue/accepted").body

  local function decode(status, process, body, method)
    local response = {status = status, headers = {["X-Process-Id"] = process}, body = body}
    return client:decode(method or "renew", response, {effect = "read"})
  end

  local function assert_unknown(handle, what, result, err)
    assert.is_nil(result, what)
    assert.same({"unknown", "never", handle}, {err.outcome, err.retry, err.handle}, what)
    return err
  end

  it("is a price and nothing else", function()
    assert.is_table(assert(decode(200, nil, QUOTE)).quote)
    assert.is_table(assert(decode(202, nil, QUOTE)).quote)
    assert.is_nil(decode(200, nil, QUOTE).processId)
  end)

  it("that names a process is an order", function()
    for _, body in ipairs {QUOTE, INFO, "", "{", "<html>", '{"type":"X","message":"m"}'} do
      for _, status in ipairs {200, 201, 202, 400, 429, 500, 503} do
        local err = assert_unknown(4711, status .. body, decode(status, "4711", body))
        assert.is_truthy(err.message:find("X-Process-Id: 4711", 1, true), err.message)
      end
    end
    assert_unknown(12, nil, decode(200, nil, '{"processId":12,"quote":{"total":0}}'))
    local body = '{"commonName":"a.bc","certificateId":13,"quote":{"total":0}}'
    local err = assert_unknown(nil, nil, decode(200, nil, body))
    assert.is_truthy(err.message:find("certificateId: 13", 1, true), err.message)
  end)

  it("without a price was perhaps carried out", function()
    for _, status in ipairs {200, 201, 202, 204} do
      for _, body in ipairs {INFO, "", "{}", '{"quote":null}', '{"command":"RENEW"}'} do
        assert_unknown(nil, status .. body, decode(status, nil, body))
        assert_unknown(nil, status .. body, decode(status, nil, body, "renewAcmeSubscription"))
      end
    end
    for _, body in ipairs {"{", "<html>", INFO:sub(1, 40)} do
      assert_unknown(nil, body, decode(202, nil, body))
    end
  end)

  it("that is refused, or lost on its way, did nothing", function()
    for status, body in pairs {
      [400] = '{"type":"ValidationError","message":"m"}', [429] = "", [401] = "", [502] = "<html>", [200] = "{",
    } do
      local result, err = decode(status, nil, body)
      assert.is_nil(result)
      assert.same({"refused"}, {err.outcome, err.handle}, tostring(status))
    end
  end)
end)

describe("a purchase that has no quote", function()
  it("is none because somebody says that it was a read", function()
    local client = fixture.client "namecheap"
    for _, body in ipairs {"", "<html/>", "x"} do
      local result, err = client:decode("renew", {status = 200, headers = XML, body = body}, {effect = "read"})
      assert.is_nil(result)
      assert.equal("unknown", err.outcome)
    end
  end)
end)

describe("the reference and a failure", function()
  local function expected_retry(row)
    return row.outcome == "unknown" and "never" or row.retry
  end

  it("say the same of namecheap's errors", function()
    local client = fixture.client "namecheap"
    local effects, checked = {}, 0
    for _, method in ipairs(reseal.describe "namecheap") do
      local told = reseal.describe("namecheap", method)
      effects[method] = told.effect
      for _, row in ipairs(told.errors) do
        if not row.http_status and not row.text:find "[%%<]" then
          local xml = fixture.xml {command = told.command, errors = {{code = row.code, text = row.text}}}
          xml.body = xml.body:gsub(row.text:gsub("%W", "%%%0"), (row.text:gsub("[&<>]", {
            ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;",
          }):gsub("%%", "%%%%")))
          local _, err = client:decode(method, xml)
          assert.same(
            {row.category, row.retry, row.outcome, row.advice},
            {err.category, err.retry, err.outcome, err.advice},
            method .. " " .. row.code .. " " .. row.text
          )
          checked = checked + 1
        end
      end
    end
    assert.is_true(checked > 500, tostring(checked))
    for _, row in ipairs(reseal.errors "namecheap") do
      assert.equal(expected_retry(row), row.retry, row.code .. " " .. row.text)
      if effects[row.method] == "read" then
        assert.equal("refused", row.outcome, row.code .. " " .. row.text)
      end
    end
    for _, code in ipairs {3019999, 4014900, 5011294, 2528999, 1019999, 2014999} do
      local row = reseal.errors("namecheap", code)[1]
      local _, err = client:decode("renew", fixture.xml {
        command = "namecheap.ssl.renew", errors = {{code = code, text = "Something new"}},
      })
      assert.same({row.category, row.retry, row.outcome}, {err.category, err.retry, err.outcome}, tostring(code))
    end
  end)

  it("say the same of realtimeregister's errors", function()
    local client = fixture.client "realtimeregister"
    for _, method in ipairs {"renew", "reissue", "get", "revoke"} do
      for _, row in ipairs(reseal.describe("realtimeregister", method).errors) do
        local body = ('{"type":"%s","message":"m"}'):format(row.code)
        local _, err = client:decode(method, {status = 400, headers = JSON, body = body})
        assert.same(
          {row.category, row.retry, row.outcome, row.advice},
          {err.category, err.retry, err.outcome, err.advice},
          method .. " " .. row.code
        )
      end
    end
    for _, row in ipairs(reseal.errors "realtimeregister") do
      assert.equal(expected_retry(row), row.retry, row.code)
    end
  end)
end)

describe("an error with very many faults", function()
  local client = fixture.client "realtimeregister"

  local function refused(violations, message)
    local body = ('{"type":"ConstraintViolationException","message":"%s","violations":[%s]}'):format(
      message or "Constraint violation",
      table.concat(violations, ",")
    )
    local result, err = client:decode("renew", {status = 400, headers = JSON, body = body})
    assert.is_nil(result)
    assert.equal("refused", err.outcome)
    return err
  end

  it("keeps the first hundred, and says how many it leaves out", function()
    local violations = {}
    for i = 1, 5000 do
      violations[i] = ('{"field":"san[%d]","message":"is wrong"}'):format(i)
    end
    local err = refused(violations)
    assert.equal(101, #err.errors)
    assert.equal("san[100]: is wrong", err.errors[100].message)
    assert.is_truthy(err.errors[101].message:find("4900", 1, true), err.errors[101].message)
    assert.is_truthy(tostring(err):find("more", 1, true))
  end)

  it("says its own words once", function()
    local words = ("words "):rep(100)
    local err = refused({'{"field":"csr"}', "{}", '{"field":"san","message":"x"}', '{"message":""}'}, words)
    assert.is_truthy(err.message:find(words, 1, true))
    assert.equal("san: x", err.errors[3].message)
    for _, i in ipairs {2, 4} do
      assert.is_true(#err.errors[i].message > 0 and #err.errors[i].message < 60, err.errors[i].message)
    end
  end)

  it("keeps a thousand bytes of a text, and says that it was cut, not within a character", function()
    local err = refused({'{"field":"' .. ("f"):rep(5000) .. '","message":"' .. ("é"):rep(5000) .. '"}'})
    assert.is_true(#err.message < 2100, tostring(#err.message))
    assert.is_truthy(err.message:find("(cut)", 1, true))
    assert.is_truthy(err.message:gsub("é", ""):find("^[%w%p ]*$"), err.message:sub(-20))
    assert.is_true(#err.param < 1100)
  end)

  it("is bounded in XML too", function()
    local errors = {}
    for i = 1, 300 do
      errors[i] = {code = 2011170, text = "Promotion code is expired"}
    end
    errors[300] = {code = 5050900, text = "Unhandled exceptions"}
    local xml = fixture.xml {command = "namecheap.ssl.renew", errors = errors}
    local _, err = fixture.client("namecheap"):decode("renew", xml)
    assert.equal(101, #err.errors)
    -- What is left out counts all the same.
    assert.equal("unknown", err.outcome)
  end)
end)
