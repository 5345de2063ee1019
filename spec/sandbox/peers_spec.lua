-- The sandbox against callers that reseal has no part in: the requests that Namecheap's pages print, as they stand,
-- sent by curl; Debian's Python client; a form as PHP sends it. The answers are compared with what is printed.

local support = require "spec.support.sandbox"

-- another python3 than the distribution's may come first on the path
local PYTHON = "$(for p in python3 \"${PYTHON:-/usr/bin/python3}\"; do \"$p\" -c 'import namecheap' 2>/dev/null && "
  .. "echo \"$p\" && break; done)"

-- accounts of the printed requests, besides the sandbox's own
local ACCOUNTS = {
  {api_user = "apiuser", user_name = "username", api_key = "8a81d0b4124042459582746f6d575408"},
  {api_user = "apiexample", api_key = "abcdef16ddaa4451113320f3446456ceaf7"},
  {api_user = "apiexample", api_key = "7hssab16davvv45511135fccea87"},
  {api_user = "apiexample", api_key = "123456123456"},
}

local EXAMPLE = "ApiUser=apiexample&ApiKey=56b4c87ef4fd49cb96d915c0db68194&UserName=apiexample"
local SECOND = "ApiUser=apiexample&ApiKey=abcdef16ddaa4451113320f3446456ceaf7&UserName=apiexample"
local USER = "ApiUser=apiuser&ApiKey=8a81d0b4124042459582746f6d575408&UserName=username"

-- of the pages of activate and parseCSR
local PRINTED_CSR = "-----BEGIN+CERTIFICATE+REQUEST-----"
  .. "%0AMIIDADCCAegCAQAwWzEUMBIGA1UEAwwLZXhhbXBsZS5jb20xFDASBgNVBAcMC0xv"
  .. "%0AcyBBbmdlbGVzMRMwEQYDVQQIDApDYWxpZm9ybmlhMQswCQYDVQQKDAJOQTELMAkG%0AA1UEBhMCVVMwggEiMA0GCSqGSIb3DQEBAQUAA4"
  .. "IBDwAwggEKAoIBAQDSCTC4mDLR%0AryXqhDrp9h30p6XHyhTXEjiLolcOCyhHa1Eokzp%2BnyhmE2SKtKL6Zf0xJmcUWr0T%0Auhd/VPbAcRg"
  .. "p/YuyipzOR1y1EWJoYKQT1UVp8yw7hcIPprReLoiWQM8dUigt1NNr%0AJlMP40RUZju8nEZWJoM%2B1D523vlhTIn/DojIfn0SvjF6riP/n4l"
  .. "raID6lbGmDVKv%0ALv4Fil41n/IQ5CcmNG6ROouw4VxOu4ltys0CSeV0dce33KVmiqosCMrqRTi8os0D%0AWF/LLmfXNzRg6Moi05Hw6SaZL4"
  .. "x2vz%2BR2u6C6fY9xKnePF5bsiKDgF41CrtfzhXA%0AeoM8IDQHAqg1AgMBAAGgYDBeBgkqhkiG9w0BCQ4xUTBPMAkGA1UdEwQCMAAwCwYD%0"
  .. "AVR0PBAQDAgWgMB0GA1UdJQQWMBQGCCsGAQUFBwMBBggrBgEFBQcDAjAWBgNVHREE%0ADzANggtleGFtcGxlLmNvbTANBgkqhkiG9w0BAQsFA"
  .. "AOCAQEAz8uyWS%2BCFbg0JYy1%0A0uLE6GlBgCsj1QZJQFd%2B9ftrToMp%2BPnsaK7O9FDKOARpF9dTzfqw3zvdjqcBteuY%0AcD3jbuN0QJ"
  .. "xKF%2BtzbOBVtfNwlyC1T786ii36v3VHd10Si2mtZFdkZMJDjLXgoPBb%0Aiy%2BVrV%2B5sn2V5tfO15jW2/fHtGU5oaP60w0oJxBkaBnspb"
  .. "%2BQDgvTZAY8TFgoc5Oh%0A5MAJ48oJi79yAMeFf9e/vJrtBaR9vTFCP/4gKIIpl0I7a8CUR4L%2Bzr1k7ke2AANI%0As5IMg%2BcZpKmo2A8"
  .. "fWcueW/FCv9HHHqOb%2BlUYVtlKeDQxBShj5IPDI8Jv%2Bxv/ZeO9%0AOT98hQ%3D%3D%0A-----END+CERTIFICATE+REQUEST-----"

-- the second one of activate: spaces stand where line ends belong
local SPACED_CSR = "-----BEGIN+CERTIFICATE+REQUEST-----"
  .. "+MIIDOjCCAiICAQAwgZ4xFDASBgNVBAMTC2dldC1yZWt0LnVzMQswCQYDVQQGEwJV+Q"
  .. "TEUMBIGA1UECxMLU1NMIFN1cHBvcnQxEzARBgNVBAgTCktoYXJraXZza2ExJjAk+BgkqhkiG9w0BCQEWF2V4YW1wbGUuY29tQGV4YW1wbGUuY"
  .. "29tMRQwEgYDVQQKEwtF+eGFtcGxlIEluYzEQMA4GA1UEBxMHS2hhcmtpdjCCASIwDQYJKoZIhvcNAQEBBQAD+ggEPADCCAQoCggEBALZbEHVm"
  .. "INDE8y8W2gsM3KunAhGi4URNaKLsJ1FZiaeqjqy6+kLZdJyLlBR%2BCfRmJ98uX%2BMfevLmxcBCR6KWxkQ6GxBgPBAipWqVbLWk2ROYwEuKg"
  .. "+bvcFV7lZBJXXg6PugH3517y%2F6EAGhGnSE965NHXzdED6wHx49atUlEge5aDl2OiC+pxCepGwKf%2FYNT2IgNO0MCafLosWN78c6YKlILJw"
  .. "bcZbQhtj3kOg1jNRB32vXxYdZ+gCJBkrGWi6jnXJkwo9UC7mFyy9H5ckcFv1Psir88VsxmOJWYs6AYIopZIxVvv42m+tWa%2Fv0CdBhhY4iZt"
  .. "Gb7ak1260Fapl2SumSAIcSMCAwEAAaBWMFQGCSqGSIb3DQEJ+DjFHMEUwCQYDVR0TBAIwADALBgNVHQ8EBAMCBeAwEwYDVR0lBAwwCgYIKwYB"
  .. "BQUH+AwEwFgYDVR0RBA8wDYILZ2V0LXJla3QudXMwDQYJKoZIhvcNAQELBQADggEBAH%2FE+trn0oDiFzGtaguMIlF7PSfy%2F%2B9e0iP8Jy"
  .. "stU1b013%2BE1xe2hZtxvW54voB2qJP1v+1W7uyZdPq4SBKsep192Z2appCTDy9PfjhcobKoCeNtpEACMC52UcnOfJeAg1NugX+%2FHu5X%2F"
  .. "F%2FCKMM4eqtYeu%2BVTJirDBSgTGGL9RhVVxDLoxJVH%2Fg0cOozr5Uwiux6bkh+ynmRUpAa0%2FRJQnFA1ojyep7J0NUKbxl5OnerSOjOZe"
  .. "ksFtGrgrRrIpCLSGivDOUt+chYQ4Z4%2B9KQtpeaXV4Y09mr1R6htPk%2F8oWidlnW93lYm227DN4dmgf5MnfehhDXx+%2FCUN01oggVmgyMy"
  .. "oxr4%3D+-----END+CERTIFICATE+REQUEST-----"

local THREE_METHODS = "&AdminEmailAddress=email%40example.com&WebServerType=apacheopenssl&ApproverEmail=HTTPCSRHASH"
  .. "&DNSNames=secure.example.com%2C+login.example.com&DNSApproverEmails=CNAMECSRHASH%2C+admin%40login.example.com"

--- Each: what is printed after "xml.response?"; the certificates that it needs; the printed answer; what the service's
--- answers have beyond it.
local PRINTED = {
  {
    name = "create", query = EXAMPLE .. "&Command=namecheap.ssl.create&ClientIp=192.168.1.109&Years=2&Type=PositiveSSL",
    answer = "create/live",
  },
  {
    name = "create (multi-domain)", query = EXAMPLE .. "&Command=namecheap.ssl.create&ClientIp=192.168.1.109&Years=2"
      .. "&Type=Multi%20Domain%20SSL&SANStoAdd=15",
    answer = "create/live",
  },
  {
    name = "activate", query = USER .. "&Command=namecheap.ssl.activate&ClientIp=127.0.0.1&CertificateID=1234567&csr="
      .. PRINTED_CSR .. THREE_METHODS,
    needs = {account = 1, {id = 1234567, type = "PositiveSSL Multi Domain", status = "newpurchase"}},
    answer = "activate/printed",
  },
  {
    name = "activate (three methods)", query = USER .. "&ClientIp=127.0.0.1&Command=namecheap.ssl.activate"
      .. "&CertificateID=1234567&csr=" .. SPACED_CSR .. THREE_METHODS,
    needs = {account = 1, {id = 1234567, type = "PositiveSSL Multi Domain", status = "newpurchase"}},
    answer = "activate/printed",
  },
  {
    name = "reissue", query = USER .. "&ClientIp=127.0.0.1&Command=namecheap.ssl.reissue&CertificateID=1234567&csr="
      .. PRINTED_CSR .. THREE_METHODS,
    needs = {account = 1, {id = 1234567, type = "PositiveSSL Multi Domain"}},
    answer = "reissue/dcv-wrapped",
  },
  {
    name = "renew", query = EXAMPLE
      .. "&command=namecheap.ssl.renew&clientip=1.2.3.4&certificateid=501904&ssltype=positivessl&years=1",
    answer = "renew/printed",
  },
  {
    name = "getInfo", query = SECOND .. "&Command=namecheap.ssl.getinfo&certificateID=743585&ClientIp=192.168.1.1"
      .. "&returncertificate=true&returntype=individual",
    needs = {account = 2, reissue = "743585", {id = 743585, type = "PositiveSSL"}},
    answer = "getInfo/printed-repaired", more = {"/CommandResponse/SSLGetInfoResult Years"},
  },
  {
    name = "getList", query = EXAMPLE .. "&Command=namecheap.ssl.getList&ClientIp=192.168.1.109",
    answer = "getList/printed",
    more = {"/CommandResponse/SSLListResult/SSL ProviderOrderID", "/CommandResponse/SSLListResult/SSL Years"},
  },
  {
    name = "getApproverEmailList", query = EXAMPLE .. "&Command=namecheap.ssl.getApproverEmailList"
      .. "&ClientIp=192.168.1.109&domainname=domain.com&CertificateType=positivessl",
    answer = "getApproverEmailList/printed",
  },
  {
    name = "parseCSR", verb = "POST", query = USER .. "&Command=namecheap.ssl.parseCSR&ClientIp=127.0.0.1&csr="
      .. PRINTED_CSR,
    answer = "parseCSR/printed",
  },
  {
    name = "resendApproverEmail", query = EXAMPLE .. "&Command=namecheap.ssl.resendapproveremail"
      .. "&ClientIp=192.168.1.109&CertificateID=500532",
    needs = {{id = 500532, type = "PositiveSSL", status = "purchased"}},
    answer = "resendApproverEmail/printed",
  },
  {
    name = "resendfulfillmentemail", query = EXAMPLE .. "&Command=namecheap.ssl.resendfulfillmentemail"
      .. "&ClientIp=192.168.1.109&CertificateID=501513",
    needs = {{id = 501513, type = "PositiveSSL"}},
    answer = "resendfulfillmentemail/printed",
  },
  {
    name = "purchasemoresans", query = "NumberofSANStoADD=4&command=namecheap.ssl.purchasemoresans&CertificateID=1111"
      .. "&ApiKey=7hssab16davvv45511135fccea87&ApiUser=apiexample&UserName=apiexample&ClientIp=192.168.1.1",
    needs = {account = 3, {id = 1111, type = "PositiveSSL Multi Domain", status = "newpurchase"}},
    answer = "purchasemoresans/printed",
  },
  {
    name = "revokecertificate", query = "ApiUser=apiexample&ApiKey=123456123456&UserName=apiexample&Command=namecheap."
      .. "ssl.revokecertificate&certificatetype=positivessl&ClientIp=192.168.1.1&CertificateID=8111110",
    needs = {account = 4, {id = 8111110, type = "PositiveSSL", status = "replaced"}},
    answer = "revokecertificate/printed",
  },
  {
    name = "editDCVMethod (multi-domain)", query = SECOND .. "&ClientIp=192.168.1.1&Command=namecheap.ssl.editdcvmethod"
      .. "&certificateID=743585&DNSNames=example.com,example.net,example.org"
      .. "&DCVMethods=CNAME_CSR_HASH,HTTP_CSR_HASH,admin@example.org",
    needs = {account = 2, {id = 743585, type = "PositiveSSL Multi Domain", status = "purchased", host = "example.com",
      names = {"example.net", "example.org"}}},
    answer = "editDCVMethod/printed-multi",
  },
  {
    name = "editDCVMethod", query = SECOND .. "&ClientIp=192.168.1.1&Command=namecheap.ssl.editdcvmethod"
      .. "&certificateID=743585&DCVMethod=HTTP_CSR_HASH",
    needs = {account = 2, {id = 743585, type = "PositiveSSL", status = "purchased"}},
    answer = "editDCVMethod/printed-single",
  },
}

--- Paths of all elements and attributes of an XML text, below its root.
---@return table<string, true>
local function shape_of(text)
  local shape, stack = {}, {}
  text = text:gsub("<!%[CDATA%[.-%]%]>", "x"):gsub("<%?.-%?>", "")
  for close, name, attributes, empty in text:gmatch("<(/?)([%w]+)(.-)(/?)>") do
    if close == "/" then
      assert(table.remove(stack) == name, "not well-formed at </" .. name .. ">")
    else
      stack[#stack + 1] = name
      local path = "/" .. table.concat(stack, "/", 2)
      if #stack > 1 then
        shape[path] = true
      end
      for attribute in attributes:gmatch("([%w:]+)%s*=") do
        if #stack > 1 then
          shape[path .. " " .. attribute] = true
        end
      end
      if empty == "/" then
        stack[#stack] = nil
      end
    end
  end
  assert(#stack == 0, "not well-formed at its end")
  return shape
end

local function read_printed(path)
  local file = assert(io.open(("spec/fixtures/namecheap/%s/answer"):format(path), "rb"))
  local text = file:read("*a")
  file:close()
  return (text:match("\n\r?\n(.*)$"))
end

local function sorted(set)
  local list = {}
  for name in pairs(set) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

describe("a foreign caller", function()
  local sandbox, nc

  setup(function()
    sandbox = support.start()
    nc = support.namecheap(sandbox)
  end)

  teardown(function() assert.equal(0, sandbox.stop()) end)

  before_each(function() sandbox.reset() end)

  --- A world with the accounts and certificates of the printed requests.
  local function prepare(needs)
    local accounts = {}
    for i, account in ipairs(ACCOUNTS) do
      accounts[i] = {api_user = account.api_user, user_name = account.user_name, api_key = account.api_key,
        balance = "2000.0000"}
    end
    local first = {accounts = accounts, balance = "2000.0000"}
    if needs and needs[1] then
      (needs.account and accounts[needs.account] or first).certificates = {needs[1]}
    end
    sandbox.reset {namecheap = first}
    if needs and needs.reissue then
      local account = ACCOUNTS[needs.account]
      local id = nc.attribute(nc.call("reissue", {ApiKey = account.api_key, CertificateID = needs.reissue,
        CSR = support.csr("example.com"), ApproverEmail = "admin@example.com"}), "ID")
      nc.validate(id)
    end
  end

  for _, row in ipairs(PRINTED) do
    it("sends the printed request of " .. row.name .. " and is answered as printed", function()
      prepare(row.needs)
      local answer = sandbox.curl("/xml.response?" .. row.query, row.verb and {"-X", row.verb})
      assert.equal(200, answer.status)
      assert.matches('<ApiResponse Status="OK"', answer.body, 1, true)
      local printed, actual = shape_of(read_printed(row.answer)), shape_of(answer.body)
      -- older examples lack what every capture of the service has
      printed["/Warnings"] = true
      for _, path in ipairs(row.more or {}) do
        printed[path] = true
      end
      assert.same(sorted(printed), sorted(actual))
    end)
  end

  it("is told as the live service does that the printed type of getApproverEmailList is no longer sold", function()
    local answer = sandbox.get("/xml.response?" .. EXAMPLE .. "&Command=namecheap.ssl.getApproverEmailList"
      .. "&ClientIp=192.168.1.109&domainname=domain.com&CertificateType=rapidssl")
    assert.same({"2011301 We're sorry, the requested SSL type has been discontinued"}, nc.refused(answer))
  end)

  it("is answered as the older reissue page prints, when the account is so", function()
    sandbox.reset {namecheap = {classic_shape = true}}
    local answer = nc.call("reissue", {
      CertificateID = "501904", csr = support.csr("example.com"), ApproverEmail = "admin@example.com",
      WebServerType = "apacheopenssl", AdminFirstName = "Ann", AdminLastName = "Lee", AdminAddress1 = "1 Main St",
      AdminCity = "Springfield", AdminStateProvince = "Ohio", AdminPostalCode = "45501", AdminCountry = "US",
      AdminPhone = "+1.5555555555", AdminEmailAddress = "ann@example.com",
    }, "form")
    local printed = shape_of(read_printed("reissue/old-example"))
    printed["/Warnings"] = true
    assert.same(sorted(printed), sorted(shape_of(answer.body)))
  end)

  it("sends a form as PHP does from WHMCS", function()
    local fields = {}
    for _, field in ipairs {
      "ApiUser=apiexample", "ApiKey=56b4c87ef4fd49cb96d915c0db68194", "UserName=apiexample", "ClientIp=127.0.0.1",
      "Command=namecheap.ssl.create", "Type=PositiveSSL", "Years=1", "Quantity=1", "PromotionCode=",
    } do
      fields[#fields + 1] = "--form-string"
      fields[#fields + 1] = field
    end
    local answer = sandbox.curl("/xml.response?SourceOfCall=WHMCS", fields)
    assert.equal("9.0000", nc.attribute(answer, "ChargedAmount"))
    local request = sandbox.requests()[1]
    assert.matches("^multipart/form%-data", request.content_type)
    assert.same({name = "SourceOfCall", value = "WHMCS"}, request.parameters[1])
  end)

  it("is Debian's Python client, which understands results and errors", function()
    local program = ([[
import namecheap
api = namecheap.Api("apiexample", "56b4c87ef4fd49cb96d915c0db68194", "apiexample", "127.0.0.1", debug=False)
api.endpoint = "%s/xml.response"
ns = "{http://api.namecheap.com/xml.response}"
def call(method, **fields):
    return api._call("namecheap.ssl." + method, fields)
def result(xml, name):
    return xml.find(".//" + ns + name)
created = result(call("create", Years=1, Type="PositiveSSL"), "SSLCertificate")
print("created", created.attrib["Status"], result(call("create", Years=1, Type="EssentialSSL"),
    "SSLCreateResult").attrib["ChargedAmount"])
csr = open("%s").read()
activated = call("activate", CertificateID=created.attrib["CertificateID"], CSR=csr, DNSDCValidation="true")
print("activated", result(activated, "SSLActivateResult").attrib["IsSuccess"], result(activated, "Target").text[-13:])
reissued = call("reissue", CertificateID=501904, CSR=csr, HTTPDCValidation="true")
print("reissued", result(reissued, "FileName").text[-4:])
info = result(call("getInfo", CertificateID=501904, Returncertificate="true", Returntype="Individual"),
    "SSLGetInfoResult")
print("info", info.attrib["Status"], info.attrib["Type"], info.find(".//" + ns + "Certificates/" + ns
    + "Certificate").text.strip()[:27])
print("list", len(call("getList", PageSize=10).findall(".//" + ns + "SSL")))
print("parsed", result(call("parseCSR", csr=csr), "CommonName").text)
print("approvers", len(call("getApproverEmailList", DomainName="example.com",
    CertificateType="PositiveSSL").findall(".//" + ns + "email")))
print("renewed", result(call("renew", CertificateID=501904, Years=1, SSLType="PositiveSSL"),
    "SSLRenewResult").attrib["ChargedAmount"])
for method, fields in (("renew", {"CertificateID": 501904, "Years": 1, "SSLType": "PositiveSSL"}),
                       ("revokecertificate", {"CertificateID": 501904, "CertificateType": "PositiveSSL"})):
    try:
        call(method, **fields)
    except namecheap.ApiError as error:
        print("refused", error.number, error.text)
]])
    local paths = {os.tmpname(), os.tmpname()}
    for i, text in ipairs {support.csr("example.com"), (program:format(sandbox.url, paths[1]))} do
      local file = assert(io.open(paths[i], "w"))
      file:write(text)
      file:close()
    end
    local output = support.output(("%s %s 2>&1"):format(PYTHON, paths[2]))
    for _, path in ipairs(paths) do
      os.remove(path)
    end
    assert.equal([[
created NewPurchase 12.0000
activated true .comodoca.com
reissued .txt
info active positivessl -----BEGIN CERTIFICATE-----
list 7
parsed example.com
approvers 5
renewed 9.0000
refused 4028294 This CertificateID is already queued for Renewal
refused 4011331 Status is invalid
]], output)
  end)

  it("sends what Realtime Register's reissue page prints", function()
    local cjson = require "cjson"
    local answer = sandbox.post("/v2/ssl/certificates/7/reissue", cjson.encode {csr = support.csr("example.com")}, {
      "-H", "Authorization: ApiKey ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ==",
    })
    assert.equal(202, answer.status, answer.body)
    assert.matches("^%d+$", answer.headers["x-process-id"])
  end)
end)
