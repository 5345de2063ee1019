-- Oddities of Namecheap's answers, for every method: survived, never guessed at.
local reseal = require "reseal"
local answer = require "spec.support.answer"
local fixture = require "spec.support.fixture"

local assert_senseless, XML = answer.assert_senseless, answer.XML
local each, respond = answer.each, answer.respond

describe("every good answer of Namecheap", function()
  it("means the same from the other back end: CRLF, wider tags, another prolog", function()
    each("namecheap", function(given, client, method, path)
      local body = given.answer.body:gsub("\r\n", "\n")
      -- Inside CDATA a line end is part of the value, which XML gives back as LF.
      local legacy = body:gsub("/>", " />"):gsub('encoding="UTF%-8"', 'encoding="utf-8"'):gsub("\n", "\r\n")
      assert.same(given.expected, (client:decode(method, respond(given, legacy))), path)
    end)
  end)

  it("means the same without a prolog, a namespace or warnings", function()
    each("namecheap", function(given, client, method, path)
      if next(given.expected.meta.warnings) then
        return
      end
      local body = given.answer.body
        :gsub("^\239\187\191", "")
        :gsub("^<%?xml.-%?>%s*", "")
        :gsub(' xmlns="[^"]*"', "")
        :gsub("<Warnings ?/>", "")
      assert.same(given.expected, (client:decode(method, respond(given, body))), path)
    end)
  end)

  it("means the same whatever command it says it answers", function()
    each("namecheap", function(given, client, method, path)
      local command = ""
      local body = given.answer.body
        :gsub("(<RequestedCommand>)(.-)(</RequestedCommand>)", function(open, name, close)
          command = name:lower()
          return open .. command .. close
        end)
        :gsub("<CommandResponse[^/>]*>", "<CommandResponse>")
      local result = assert(client:decode(method, respond(given, body)))
      assert.equal(command, result.meta.command, path)
      result.meta, given.expected.meta = nil, nil
      assert.same(given.expected, result, path)
    end)
  end)

  it("has its dates untouched", function()
    local client = fixture.client "namecheap"
    for _, date in ipairs {"1/20/2014", "01/20/2014", "", "20.01.2014", "2014-01-20T00:00:00Z", "0"} do
      local info = fixture.xml {
        command = "namecheap.ssl.getInfo", result = ('<SSLGetInfoResult Status="active" Expires="%s"/>'):format(date),
      }
      assert.equal(date, assert(client:decode("getInfo", info)).Expires)
      local created = fixture.xml {
        command = "namecheap.ssl.create",
        result = '<SSLCreateResult IsSuccess="true" OrderId="1"><SSLCertificate CertificateID="2" Created="'
          .. date
          .. '"/></SSLCreateResult>',
      }
      assert.equal(date, assert(client:decode("create", created)).SSLCertificate.Created)
    end
  end)

  it("has its status words untouched, in whatever case", function()
    local client = fixture.client "namecheap"
    for _, word in ipairs {"newpurchase", "NewPurchase", "NEWPURCHASE", "Newpurchase", "somethingnew"} do
      local list = fixture.xml {
        command = "namecheap.ssl.getList",
        result = ('<SSLListResult><SSL CertificateID="1" Status="%s"/></SSLListResult>'):format(word),
      }
      assert.equal(word, assert(client:decode("getList", list)).SSL[1].Status)
    end
  end)

  it("is none as soon as a byte is missing", function()
    each("namecheap", function(given, client, method, path)
      local body = given.answer.body:gsub("%s+$", "")
      local effect = reseal.describe("namecheap", method).effect
      for length = 0, #body - 1, 37 do
        local result, err = client:decode(method, respond(given, body:sub(1, length)))
        assert_senseless(result, err, path, effect == "read" and "refused" or "unknown")
      end
    end)
  end)
end)

describe("IsSuccess=false under Status=OK", function()
  -- The result elements, with what a success would have.
  local ELEMENTS = {
    create = '<SSLCreateResult IsSuccess="%s" OrderId="1" TransactionId="1" ChargedAmount="1.0000">'
      .. '<SSLCertificate CertificateID="1"/></SSLCreateResult>',
    activate = '<SSLActivateResult ID="1" IsSuccess="%s"/>',
    reissue = '<SSLReissueResult ID="1" IsSuccess="%s"/>',
    resendApproverEmail = '<SSLResendApproverEmailResult ID="1" IsSuccess="%s"/>',
    resendfulfillmentemail = '<SSLResendFulfillmentEmailResult ID="1" IsSuccess="%s"/>',
    purchasemoresans = '<SSLPurchaseMoreSANSResult IsSuccess="%s" OrderId="1" TransactionId="1" ChargedAmount="1"/>',
    revokecertificate = '<RevokeCertificateResult ID="1" IsSuccess="%s"/>',
    editDCVMethod = '<SSLEditDCVMethodResult ID="1" IsSuccess="%s"><Domains/></SSLEditDCVMethodResult>',
  }
  for method, element in pairs(ELEMENTS) do
    it("is a failure of " .. method, function()
      local client = fixture.client "namecheap"
      local command = reseal.describe("namecheap", method).command
      for _, word in ipairs {"false", "False", "FALSE"} do
        local result, err = client:decode(method, fixture.xml {command = command, result = element:format(word)})
        assert.is_nil(result, word)
        assert.equal("provider", err.class)
        assert.equal("not_successful", err.code)
        assert.is_true(#err.message > 0)
      end
      for _, word in ipairs {"true", "True"} do
        local result = assert(client:decode(method, fixture.xml {command = command, result = element:format(word)}))
        assert.is_true(result.IsSuccess)
      end
    end)
  end

  it("leaves open what was done and paid", function()
    local client = fixture.client "namecheap"
    for method, element in pairs(ELEMENTS) do
      local command = reseal.describe("namecheap", method).command
      local _, err = client:decode(method, fixture.xml {command = command, result = element:format "false"})
      assert.same({"unknown", "never"}, {err.outcome, err.retry}, method)
    end
  end)
end)

describe("an error of Namecheap", function()
  it("is an error for every method, whatever comes with it, and a refusal unless that was made by the call", function()
    local client = fixture.client "namecheap"
    for _, method in ipairs(reseal.describe "namecheap") do
      local told = reseal.describe("namecheap", method)
      for _, result in ipairs {
        "", '<SSLGetInfoResult Years="0" OrderId="0" SANSCount="0"/>', "<SSLListResult/>", "<Domains/>",
        '<SSLCreateResult IsSuccess="true" OrderId="1"><SSLCertificate CertificateID="1"/></SSLCreateResult>',
        '<SSLActivateResult ID="1" IsSuccess="true"/>',
        '<SSLCreateResult IsSuccess="false" OrderId="0"><SSLCertificate CertificateID="0"/></SSLCreateResult>',
      } do
        local done = result:find('IsSuccess="true"', 1, true) and told.effect ~= "read"
        local body = fixture.xml {
          command = told.command, result = result, errors = {{code = 2011294, text = "CertificateId is not valid"}},
        }
        local found, err = client:decode(method, body)
        assert.is_nil(found, method)
        assert.equal(2011294, err.code)
        assert.equal(done and "unknown" or "refused", err.outcome, method .. " " .. result)
      end
    end
  end)

  it("before any dispatch has no response element and an empty command", function()
    local client = fixture.client "namecheap"
    local body = [[
<?xml version="1.0" encoding="utf-8"?>
<ApiResponse Status="ERROR" xmlns="http://api.namecheap.com/xml.response">
  <Errors>
    <Error Number="1010104">Parameter Command is missing</Error>
  </Errors>
  <Warnings />
  <RequestedCommand />
  <Server>PHX01SBAPI02</Server>
  <GMTTimeDifference>--5:00</GMTTimeDifference>
  <ExecutionTime>0</ExecutionTime>
</ApiResponse>]]
    for _, method in ipairs(reseal.describe "namecheap") do
      local _, err = client:decode(method, {status = 200, headers = XML, body = body})
      assert.equal(1010104, err.code, method)
      assert.equal("refused", err.outcome, method)
    end
  end)

  it("is throttling under 405 for every method", function()
    local client = fixture.client "namecheap"
    for _, method in ipairs(reseal.describe "namecheap") do
      local _, err = client:decode(method, {status = 405, headers = {}, body = "<html>slow down</html>"})
      assert.same({"throttle", "refused", "later"}, {err.category, err.outcome, err.retry}, method)
    end
  end)
end)

describe("nested names of Namecheap's answers", function()
  local client = fixture.client "namecheap"

  local function decode(method, result)
    local command = reseal.describe("namecheap", method).command
    return assert(client:decode(method, fixture.xml {command = command, result = result}))
  end

  it("are lists where the element lists itself: Domains in Domains", function()
    local OPEN, CLOSE = '<SSLEditDCVMethodResult ID="1" IsSuccess="true">', "</SSLEditDCVMethodResult>"
    local function domains(xml)
      return decode("editDCVMethod", OPEN .. xml .. CLOSE).Domains
    end
    assert.same({}, domains "<Domains/>")
    assert.same({}, domains "<Domains></Domains>")
    assert.same({}, domains "<Domains>\n</Domains>")
    assert.same({{Name = "a.bc"}}, domains '<Domains><Domains Name="a.bc"/></Domains>')
    assert.same(
      {{Name = "a.bc", IsSuccess = true}, {Name = "b.cd", IsSuccess = false, DCVMethodSet = "x"}},
      domains(
        '<Domains><Domains Name="a.bc" IsSuccess="true"/>'
          .. '<Domains Name="b.cd" IsSuccess="False" DCVMethodSet="x"/></Domains>'
      )
    )
  end)

  it("keep Certificate and Certificate apart", function()
    local function certificates(xml)
      return decode("getInfo", '<SSLGetInfoResult Status="active"><CertificateDetails><Certificates '
        .. 'CertificateReturned="true">' .. xml .. "</Certificates></CertificateDetails></SSLGetInfoResult>")
        .CertificateDetails.Certificates
    end
    local chain = "<CaCertificates><Certificate Type=\"INTERMEDIATE\"><Certificate><![CDATA[\nB\n]]></Certificate>"
      .. "</Certificate></CaCertificates>"
    local both = certificates("<Certificate><![CDATA[\nA\n]]></Certificate>" .. chain)
    assert.equal("A", both.Certificate)
    assert.same({{Type = "INTERMEDIATE", Certificate = "B"}}, both.CaCertificates)
    -- In the other order the chain is still no leaf.
    local turned = certificates(chain .. "<Certificate>A</Certificate>")
    assert.equal("A", turned.Certificate)
    assert.same({{Type = "INTERMEDIATE", Certificate = "B"}}, turned.CaCertificates)
    assert.same({}, certificates "<Certificate>A</Certificate><CaCertificates/>".CaCertificates)
    assert.is_nil(certificates("<Certificate>A</Certificate>").CaCertificates)
  end)

  it("take an address whether its element is email or Email", function()
    for _, name in ipairs {"email", "Email", "EMAIL"} do
      local xml = ("<%s>a@b.cd</%s>"):format(name, name)
      local result = decode("getApproverEmailList", '<GetApproverEmailListResult Domain="b.cd"><Domainemails>' .. xml
        .. "</Domainemails><Genericemails>" .. xml:rep(3) .. "</Genericemails></GetApproverEmailListResult>")
      assert.same({"a@b.cd"}, result.Domainemails)
      assert.same({"a@b.cd", "a@b.cd", "a@b.cd"}, result.Genericemails)
      assert.is_nil(result.Manualemails)
    end
  end)

  it("have white space around their values in CDATA, which is no part of them", function()
    local xml = '<SSLReissueResult ID="1" IsSuccess="true"><HttpDCValidation ValueAvailable="true"><DNS domain="a.bc">'
      .. "<FileName><![CDATA[\n4E33.txt\n]]></FileName><FileContent>\n<![CDATA[\nA1\ncomodoca.com\n]]>\n</FileContent>"
      .. '</DNS></HttpDCValidation><DNSDCValidation ValueAvailable="true"><DNS domain="b.cd">'
      .. "<HostName><![CDATA[ _4e.b.cd ]]></HostName><Target>\r\n<![CDATA[a.b.comodoca.com]]></Target>"
      .. "</DNS></DNSDCValidation></SSLReissueResult>"
    local result = decode("reissue", xml)
    local files, records = result.HttpDCValidation.DNS, result.DNSDCValidation.DNS
    assert.same({{domain = "a.bc", FileName = "4E33.txt", FileContent = "A1\ncomodoca.com"}}, files)
    assert.same({{domain = "b.cd", HostName = "_4e.b.cd", Target = "a.b.comodoca.com"}}, records)
  end)

  -- XML 1.0, 2.11: what ends a line is LF for whoever reads, CDATA or not. The legacy back end sends CRLF.
  it("have LF in their values, also in CDATA, whatever ended the lines on the wire", function()
    local function content(xml)
      return decode("reissue", '<SSLReissueResult ID="1" IsSuccess="true"><HttpDCValidation ValueAvailable="true"><DNS>'
        .. "<FileContent>" .. xml .. "</FileContent></DNS></HttpDCValidation></SSLReissueResult>")
        .HttpDCValidation.DNS[1].FileContent
    end
    for _, line_end in ipairs {"\n", "\r\n"} do
      assert.equal("A1\ncomodoca.com", content("A1" .. line_end .. "comodoca.com"))
      assert.equal("A1\ncomodoca.com", content("<![CDATA[A1" .. line_end .. "comodoca.com]]>"))
    end
  end)

  it("are a list of one without an element of its own, and of none when that is empty", function()
    for _, method in ipairs {"activate", "reissue", "editDCVMethod"} do
      local element = ({
        activate = "SSLActivateResult", reissue = "SSLReissueResult", editDCVMethod = "SSLEditDCVMethodResult",
      })[method]
      local function http(xml)
        local block = '<HttpDCValidation ValueAvailable="' .. xml .. "</HttpDCValidation>"
        local result = ('<%s ID="1" IsSuccess="true">%s</%s>'):format(element, block, element)
        return decode(method, result).HttpDCValidation.DNS
      end
      assert.same(
        {{FileName = "a.txt", FileContent = "b"}},
        http 'true"><FileName>a.txt</FileName><FileContent>b</FileContent>'
      )
      assert.same({}, http 'false"><FileName/><FileContent></FileContent>')
      assert.same({}, http 'false"><FileName><![CDATA[]]></FileName><FileContent><![CDATA[ ]]></FileContent>')
      assert.same({}, http 'false">')
      assert.same(
        {{domain = "a.bc", FileName = "a.txt"}, {domain = "b.cd", FileName = "a.txt"}},
        http(
          'true"><DNS domain="a.bc"><FileName>a.txt</FileName></DNS>'
            .. '<DNS domain="b.cd"><FileName>a.txt</FileName></DNS>'
        )
      )
    end
  end)
end)
