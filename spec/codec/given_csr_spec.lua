-- What people give where a signing request is due, made by openssl as they make it: refused, told what it is, and not
-- repeated.
local fixture = require "spec.support.fixture"

local faults = fixture.faults

local function output(command)
  local pipe = assert(io.popen(command .. " 2>/dev/null"))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local CALLS = {
  {"namecheap", "activate", "CSR", {CertificateID = 7, HTTPDCValidation = true}},
  {"realtimeregister", "reissue", "csr", {certificateId = 7}},
}

describe("in place of a signing request", function()
  local dir, csr, key, crt

  setup(function()
    dir = os.tmpname()
    os.remove(dir)
    assert(output("mkdir " .. dir .. " && echo made") == "made\n")
    output("cd " .. dir .. " && openssl ecparam -name secp384r1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out key"
      .. " && openssl req -new -key key -out csr -subj /O=Example/CN=given.example"
      .. " && openssl req -x509 -key key -out crt -subj /CN=given.example")
    csr, key, crt = fixture.read(dir .. "/csr"), fixture.read(dir .. "/key"), fixture.read(dir .. "/crt")
  end)
  teardown(function() output("rm -r " .. dir) end)

  local function openssl(command)
    local text = output("cd " .. dir .. " && openssl " .. command)
    assert(#text > 20, command)
    return text
  end

  local function message_of(call, value)
    local params = {[call[3]] = value}
    for name, given in pairs(call[4]) do
      params[name] = given
    end
    local found, err = faults(fixture.client(call[1]), call[2], params)
    if not found[call[3]] then
      return nil
    end
    assert.equal("bad_format", found[call[3]])
    assert.equal("not_sent", err.outcome)
    for _, secret in ipairs {key, crt, csr} do
      assert.is_false(fixture.leaks(err, secret:match("\n(%w%w%w%w%w%w%w%w%w%w%w%w)")))
    end
    return err.message
  end

  local function told(value)
    local first = message_of(CALLS[1], value)
    local second = message_of(CALLS[2], value)
    assert.equal(first and first:gsub("^CSR", "csr"), second)
    return first
  end

  local function assert_told(words, value)
    local message = told(value)
    assert.is_truthy(message and message:find(words, 1, true), ("%s: %s"):format(words, tostring(message)))
  end

  it("requests of every kind of key pass", function()
    assert.is_nil(told(csr))
    local curve = "EC -pkeyopt ec_paramgen_curve:P-521"
    for _, kind in ipairs {"RSA -pkeyopt rsa_keygen_bits:1024", "ED25519", curve, "RSA-PSS"} do
      output(("cd %s && openssl genpkey -algorithm %s -out other"):format(dir, kind))
      local subject = "-subj /C=NL/O=a/CN=x.example -addext subjectAltName=DNS:x.example"
      assert.is_nil(told(openssl("req -new -key other " .. subject)))
      assert.is_nil(told(openssl("req -new -newhdr -key other -subj /")))
    end
  end)

  it("white space around it, ends of lines as Windows writes them, and other line lengths pass", function()
    assert.is_nil(told("\r\n\n" .. csr:gsub("\n", "\r\n") .. "\n \t\n"))
    assert.is_nil(told((csr:gsub("\n", " \t\n"))))
    assert.is_nil(told((csr:gsub("([%w+/])\n([%w+/=])", "%1%2"))))
    assert.is_nil(told((csr:gsub("(\n%w%w%w)(%w+)", "%1\n%2"))))
  end)

  it("a private key is told, of whatever kind, and wherever it stands", function()
    assert_told("private key (PKCS#8)", key)
    assert_told("private key (EC)", openssl("ec -in key"))
    assert_told("private key (encrypted)", openssl("pkcs8 -topk8 -in key -passout pass:secret"))
    assert_told("private key (encrypted)", openssl("ec -in key -aes128 -passout pass:secret"))
    assert_told("private key (RSA)", openssl("genrsa -traditional 1024"))
    for _, value in ipairs {csr .. key, key .. csr, "  " .. key, key:sub(1, 60)} do
      assert_told("private key", value)
    end
    assert_told("private key", (key:gsub("\n", "\\n")))
    assert_told("private key", (key:gsub("\n", " ")))
  end)

  it("other blocks are told by their name", function()
    assert_told("this is a certificate", crt)
    assert_told("this is a certificate", openssl("x509 -in crt -text"))
    assert_told("this is a public key", openssl("pkey -in key -pubout"))
    assert_told("this is PKCS#7", openssl("crl2pkcs7 -nocrl -certfile crt"))
    assert_told("PEM of another kind", openssl("ecparam -name prime256v1"))
  end)

  it("DER is told, with the way to PEM, and what it holds when that is no request", function()
    assert_told("openssl req -inform DER", openssl("req -in csr -outform DER"))
    assert_told("DER, not PEM, and holds a certificate", openssl("x509 -in crt -outform DER"))
    assert_told("DER, not PEM, and holds a private key", openssl("pkey -in key -outform DER"))
    assert_told("DER, not PEM, and holds a private key", openssl("ec -in key -outform DER"))
    assert_told("DER, not PEM, and holds a public key", openssl("pkey -in key -pubout -outform DER"))
    assert_told("DER, not PEM, and holds an encrypted private key",
      openssl("pkcs8 -topk8 -in key -passout pass:secret -outform DER"))
    assert_told("DER, not PEM, and holds PKCS#7", openssl("crl2pkcs7 -nocrl -certfile crt -outform DER"))
    assert_told("DER, not PEM, and holds PKCS#12", openssl("pkcs12 -export -in crt -inkey key -passout pass:secret"))
    assert_told("this is no text", openssl("req -in csr -outform DER"):sub(1, -2))
  end)

  it("what a block calls a request is looked into", function()
    local function dressed(pem)
      return (pem:gsub("(%-%-%-%-%-%u+) [%u ]+(%-%-%-%-%-)", "%1 CERTIFICATE REQUEST%2"))
    end
    assert_told("called a request, but holds a certificate", dressed(crt))
    assert_told("called a request, but holds a public key", dressed(openssl("pkey -in key -pubout")))
    local params = {CertificateID = 7, HTTPDCValidation = true, CSR = dressed(key)}
    local found, err = faults(fixture.client("namecheap"), "activate", params)
    assert.equal("bad_format", found.CSR)
    assert.is_truthy(err.message:find("called a request, but holds a private key", 1, true), err.message)
  end)

  it("several blocks, and text around one, are told", function()
    assert_told("there are 2 PEM blocks in it", csr .. csr)
    assert_told("there are 2 PEM blocks in it, among them a certificate", csr .. crt)
    assert_told("other text stands before", openssl("req -in csr -text"))
    assert_told("other text stands before", "Subject: given.example\n" .. csr)
    assert_told("other text stands after", csr .. "that was it\n")
    assert_told("byte order mark", "\239\187\191" .. csr)
    assert_told("UTF-16", "\255\254" .. csr:gsub(".", "%0\0"))
  end)

  it("damage is told, with the line where it stands", function()
    local lines = {}
    for line in csr:gmatch("[^\n]+") do
      lines[#lines + 1] = line
    end
    local function with(number, line)
      local changed = {}
      for i, one in ipairs(lines) do
        changed[i] = i == number and line or one
      end
      return table.concat(changed, "\n")
    end
    assert_told("line 3 has a character that is not Base64", with(3, lines[3]:sub(1, 20) .. "!" .. lines[3]:sub(22)))
    assert_told("line 4 has a character that is not Base64", "\n" .. with(3, "-" .. lines[3]:sub(2)))
    assert_told("line 4 is empty", with(3, lines[3] .. "\n"))
    assert_told("line 2 is a header", with(1, lines[1] .. "\nComment: made by hand\n"))
    assert_told("line 3 has = where Base64 does not end", with(2, lines[2] .. "\n="))
    assert_told("wrong length", with(3, lines[3]:sub(2)))
    assert_told("damaged or cut off", with(3, lines[3]:sub(5)))
    assert_told("nothing between", lines[1] .. "\n" .. lines[#lines])
    assert_told("cut off: its -----END line", csr:sub(1, 200))
    assert_told("cut off: its -----END line", csr:sub(1, -8))
    assert_told("its -----BEGIN line is missing", csr:sub(#lines[1] + 2))
    assert_told("does not end what", with(#lines, "-----END NEW CERTIFICATE REQUEST-----"))
    assert_told("line breaks are lost", (csr:gsub("\n", " ")))
    assert_told("line breaks are not real", (csr:gsub("\n", "\\n")))
    assert_told("Base64 without", (csr:gsub("%-%-%-%-%-[^\n]+\n", "")))
    assert_told("there is no -----BEGIN line", "given.csr")
    assert_told("this is empty", " \n")
  end)
end)

-- The Punycode is that of RFC 3492, 7.1, of the test domains of IANA's root zone, and of the registries' own examples.
describe("a name in its own letters", function()
  local NAMES = {
    ["müller.example"] = "xn--mller-kva.example",
    ["*.BÜCHER.Example"] = "*.xn--bcher-kva.example",
    ["www.münchen.de"] = "www.xn--mnchen-3ya.de",
    ["straße.de"] = "xn--strae-oqa.de",
    ["Παράδειγμα.δοκιμή"] =
      "xn--hxajbheg2az3al.xn--jxalpdlp",
    ["ПРИМЕР.испытание"] =
      "xn--e1afmkfd.xn--80akhbyknj4f",
    ["例え.テスト"] = "xn--r8jz45g.xn--zckzah",
    -- the samples (B), (C) and (I) of the RFC
    ["他们为什么不说中文.example"] =
      "xn--ihqwcrb4cv8a8dqg056pqjye.example",
    ["למההםפשוטלאמדבריםעברית.example"] =
      "xn--4dbcagdahymbxekheh6e0a7fei0b.example",
  }
  -- Combining marks, full width, a symbol, a capital without a table, a space, an empty label, a label too long.
  local OTHERS = {
    "mu\204\136ller.example", "\239\189\141.example", "☃.example", "İ.example", "mü l.example",
    "mü..example", ("ä"):rep(64) .. ".example", "-mü.example",
  }

  local function message_of(provider, method, params)
    local _, err = fixture.client(provider):encode(method, params)
    return err.message
  end

  local function reissue(more)
    more.certificateId, more.csr = 7, fixture.csr
    return message_of("realtimeregister", "reissue", more)
  end

  it("is told the form in which it travels, in every parameter that takes names", function()
    for own, ascii in pairs(NAMES) do
      local wanted = "write it as " .. ascii
      local function check(provider, method, params)
        local message = message_of(provider, method, params)
        assert.equal(wanted, message:match("write it as .*$"), message)
      end
      check("realtimeregister", "reissue", {certificateId = 7, csr = fixture.csr, san = {"a.example", own}})
      check("realtimeregister", "reissue", {certificateId = 7, csr = fixture.csr, domainName = own})
      check("realtimeregister", "reissue",
        {certificateId = 7, csr = fixture.csr, dcv = {{commonName = own, type = "DNS"}}})
      if not own:find("*", 1, true) then
        check("realtimeregister", "dcvEmailAddressList", {domainName = own})
      end
      check("namecheap", "getApproverEmailList", {DomainName = own, CertificateType = "PositiveSSL"})
      check("namecheap", "activate",
        {CertificateID = 7, CSR = fixture.csr, DNSNames = {own}, DNSApproverEmails = {"HTTPCSRHASH"}})
      check("namecheap", "editDCVMethod",
        {CertificateID = 7, DNSNames = "a.example," .. own, DCVMethods = "HTTP_CSR_HASH,HTTP_CSR_HASH"})
    end
  end)

  it("is told that it needs an ASCII form where that takes more than this library knows", function()
    for _, own in ipairs(OTHERS) do
      local message = reissue {domainName = own}
      assert.is_truthy(message:find("in its xn-- form (Punycode, IDNA 2008)", 1, true), message)
    end
  end)

  it("is not spoken of where the fault is another", function()
    assert.is_nil(reissue({domainName = "A.example"}):find("xn--", 1, true))
  end)

  it("behind an @ is told likewise", function()
    local approver = {firstName = "A", lastName = "B", voice = "+1.1", email = "admin@müller.example"}
    local message = reissue {approver = approver}
    assert.is_truthy(message:find("write it as admin@xn--mller-kva.example", 1, true), message)
  end)
end)
