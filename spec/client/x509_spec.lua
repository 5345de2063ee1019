-- Keys, requests and certificates as luaossl and the openssl program make them.
local altname, bignum = require "openssl.x509.altname", require "openssl.bignum"
local certificates, distinguished = require "openssl.x509", require "openssl.x509.name"
local pkey = require "openssl.pkey"
local fixture = require "spec.support.fixture"
local program = require "spec.support.program"
local x509 = require "reseal.x509"

local NOW, DAY = os.time(), 86400
local LUA = os.getenv("RESEAL_LUA") or arg[-1] or "lua"

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local dir
setup(function() dir = output("mktemp -d"):gsub("%s+$", "") end)
teardown(function() output("rm -r " .. dir) end)

local function openssl(command)
  return output("cd " .. dir .. " && openssl " .. command .. " 2>/dev/null")
end

local function write(name, text)
  program.write(dir .. "/" .. name, text)
  return dir .. "/" .. name
end

describe("a key", function()
  for kind, told in pairs {
    ["P-256"] = "256 bit", ec = "256 bit", ["p-384"] = "384 bit", rsa = "2048 bit", ["RSA-3072"] = "3072 bit",
    ["rsa-4096"] = "4096 bit", ["RSA-2056"] = "2056 bit",
  } do
    it(kind .. " is made, and a request for it that openssl finds right", function()
      local key, request = x509.new(kind, "www.example.com", "*.shop.example.com")
      write("key", key)
      write("csr", request)
      local text = openssl("req -in csr -noout -verify -text -config /dev/null") .. openssl("req -in csr -noout -text")
      assert.is_truthy(text:find(told, 1, true), text)
      assert.is_truthy(text:find("DNS:www.example.com, DNS:*.shop.example.com", 1, true), text)
      assert.equal(openssl("pkey -in key -pubout"), openssl("req -in csr -noout -pubkey"))
      assert.is_true(x509.belongs(key, request))
      assert.is_false(x509.belongs(x509.new_key("ec"), request))
      assert.is_true(x509.request(request).signature_valid)
    end)
  end

  it("is read for what it is", function()
    for curve, bits in pairs {["P-256"] = 256, ["P-384"] = 384, ["P-521"] = 521} do
      local key = openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:" .. curve)
      assert.same({type = "ec", bits = bits, curve = curve}, x509.key(key))
    end
    assert.same({type = "ec", bits = 256, curve = "1.3.132.0.10"},
      x509.key(openssl("ecparam -name secp256k1 -genkey -noout")))
    assert.same({type = "rsa", bits = 1536}, x509.key(openssl("genrsa 1536")))
    assert.same({type = "rsa", bits = 1023}, x509.key(openssl("genrsa -traditional 1023")))
    assert.same({type = "ed25519", bits = 256}, x509.key(openssl("genpkey -algorithm ED25519")))
  end)

  it("of no kind, and names that no certificate can have, are refused with words", function()
    for _, kind in ipairs {"RSA-1024", "RSA-2047", "RSA-2050", "RSA-4104", "rsa-", "P-521", "", "RSA-2048x", false} do
      assert.is_truthy(select(2, x509.new_key(kind)):find("one of P-256, P-384, RSA-2048", 1, true))
    end
    local key = x509.new_key("ec")
    local long = ("a."):rep(130) .. "b"
    for _, name in ipairs {"example", "a b.example", "a..example", "x*.example", "*a.example", long} do
      local request, err = x509.new_request(key, {"ok.example", name})
      assert.is_nil(request)
      assert.is_truthy(err:find("names[2] must be a host name", 1, true), err)
    end
    assert.is_truthy(select(2, x509.new_request(key, {"m\195\188ller.example"})):find("xn--", 1, true))
    assert.is_truthy(select(2, x509.new_request(key, {})):find("needs a name", 1, true))
    assert.is_truthy(select(2, x509.new_request(key, {"a.example"}, {O = "M\195\188ller"})):find("O has", 1, true))
  end)

  -- Certified by authorities of one's own alone; and luaossl signs no request by it.
  it("of Ed25519 is made, and a request for it is openssl's business", function()
    local key = assert(x509.new_key("Ed25519"))
    assert.same({type = "ed25519", bits = 256}, x509.key(key))
    write("key", key)
    assert.is_truthy(openssl("pkey -in key -noout -text"):find("ED25519 Private-Key", 1, true))
    assert.is_true(x509.belongs(key, openssl("req -new -key key -subj /CN=a.example")))
    local request, err = x509.new_request(key, {"a.example"})
    assert.is_nil(request)
    assert.is_truthy(err:find("openssl req -new", 1, true), err)
    local none, why = x509.new("Ed25519", "a.example")
    assert.is_nil(none)
    assert.equal(err, why)
  end)

  it("has a name too long for a common name among the alternatives alone", function()
    local long = ("a"):rep(60) .. ".example.com"
    local request = x509.request(assert(x509.new_request(x509.new_key("ec"), {long}, {O = "Example", C = "NL"})))
    assert.is_nil(request.common_name)
    assert.same({long}, request.names)
    assert.equal("Example", request.subject.O)
  end)

  -- OpenSSL opens the terminal itself, whatever standard input is, and waits there: script makes one.
  it("that is encrypted is refused, and no terminal is asked", function()
    for _, command in ipairs {
      "pkcs8 -topk8 -in plain -passout pass:secret", "ec -in plain -aes128 -passout pass:secret",
    } do
      write("plain", openssl("ecparam -name prime256v1 -genkey -noout"))
      local path = write("encrypted", openssl(command))
      local key, err = x509.key(fixture.read(path))
      assert.is_nil(key)
      assert.is_truthy(err:find("encrypted", 1, true), err)
      local script = write("program.lua", ([[
        local x509 = require "reseal.x509"
        local pem = assert(io.open(%q)):read("*a")
        print(x509.key(pem))
        print(x509.new_request(pem, {"a.example"}))
        print(x509.belongs(pem, pem))
        print(x509.certificate(pem))
        print(x509.request(pem))
        print(x509.pair(pem, pem))
        print(x509.check({certificate = pem, chain = pem}, {key = pem, names = {}, now = 0}))
      ]]):format(path))
      local shown = output(("timeout 20 script -qec %q /dev/null </dev/null"):format(LUA .. " " .. script))
      assert.is_nil(shown:lower():find("pass phrase", 1, true), shown)
      assert.equal(7, select(2, shown:gsub("nil", "")), shown)
    end
  end)

  it("is not repeated when it can't be read", function()
    local pem = x509.new_key("ec")
    local key, err = x509.key((pem:gsub("(%-\n....)....", "%1AAAA")))
    assert.is_nil(key)
    assert.matches("^the private key can't be read as PEM: [%a ]+$", err) -- OpenSSL's reason, and nothing of the key
    assert.is_nil(err:find("AAAA", 1, true))
    assert.is_nil(x509.key(fixture.csr))
    assert.is_nil(x509.key(nil))
  end)
end)

describe("a request", function()
  local function made(key, more)
    write("key", openssl(key))
    return x509.request(openssl("req -new -key key " .. more))
  end

  it("of Namecheap's page is read as openssl reads it", function()
    local request = assert(x509.request(fixture.csr))
    assert.same({"example.com"}, request.names)
    assert.same({CN = "example.com", L = "Los Angeles", ST = "California", O = "NA", C = "US"}, request.subject)
    assert.same({type = "rsa", bits = 2048}, request.key)
    assert.equal("sha256", request.digest)
    assert.is_true(request.signature_valid)
  end)

  it("tells its digest, its names and whether its key signed it", function()
    local san = "-addext subjectAltName=DNS:B.example,DNS:a.example,IP:192.0.2.1 -subj /O=x/CN=A.example"
    for _, name in ipairs {"sha1", "md5", "sha384", "sha512"} do
      local request = made("genrsa 2048", san .. " -" .. name)
      assert.equal(name, request.digest)
      assert.is_true(request.signature_valid)
      assert.same({"a.example", "b.example"}, request.names)
      assert.same({"b.example", "a.example"}, request.alternatives)
    end
    local ed = made("genpkey -algorithm ED25519", "-subj /")
    assert.is_nil(ed.digest)
    assert.is_nil(ed.signature_valid)
    assert.same({}, ed.names)
    local pss = made("genrsa 2048", "-subj /CN=a.example -sigopt rsa_padding_mode:pss")
    assert.is_nil(pss.signature_valid)
  end)

  it("whose bytes were changed is told", function()
    local key, request = x509.new("ec", "a.example")
    assert.is_string(key)
    write("csr", request)
    openssl("req -in csr -outform DER -out der")
    local der = fixture.read(dir .. "/der")
    local at = der:find("a.example", 1, true)
    write("der", der:sub(1, at - 1) .. "b" .. der:sub(at + 1))
    assert.is_false(x509.request(openssl("req -in der -inform DER")).signature_valid)
    write("der", der:sub(1, -2) .. string.char((der:byte(-1) + 1) % 256))
    assert.is_false(x509.request(openssl("req -in der -inform DER")).signature_valid)
    write("csr", (fixture.csr:gsub("z8uyWS", "z8uyWT")) .. "\n") -- RSA's signature
    assert.is_false(x509.request(fixture.read(dir .. "/csr")).signature_valid)
  end)

  it("that is none gives words", function()
    for _, text in ipairs {"", "x", fixture.certificate, fixture.csr:sub(1, 200), x509.new_key("ec")} do
      local request, err = x509.request(text)
      assert.is_nil(request)
      assert.is_string(err)
    end
  end)
end)

describe("a certificate", function()
  it("that can't be read is told with OpenSSL's reason", function()
    for text, reason in pairs {AAAA = "wrong tag", MIIB = "header too long", ["="] = "bad base64 decode"} do
      local pem = "-----BEGIN CERTIFICATE-----\n" .. text .. "\n-----END CERTIFICATE-----\n"
      local certificate, err = x509.certificate(pem)
      assert.is_nil(certificate)
      assert.equal("the certificate can't be read as PEM: " .. reason, err)
      assert.equal(err, select(2, x509.check({certificate = pem}, {key = "", names = {}, now = 0})))
    end
    assert.equal("the certificate can't be read as PEM: there is none in the text", select(2, x509.certificate("")))
  end)

  it("is read as openssl reads it", function()
    local certificate = x509.certificate(fixture.certificate)
    assert.same({"www.example.com"}, certificate.names)
    assert.same({type = "ec", bits = 256, curve = "P-256"}, certificate.key)
    local told = output("openssl x509 -in spec/fixtures/example.crt -noout -fingerprint -sha256")
    assert.equal(told:match("=(.-)%s*$"):gsub(":", ""), certificate.fingerprint)
    local ends = output("date +%s -d \"$(openssl x509 -in spec/fixtures/example.crt -noout -enddate | cut -d= -f2)\"")
    assert.equal(ends:match("%d+"), ("%d"):format(certificate.not_after))
  end)
end)

-- Authorities and a leaf as the openssl program makes them: with identifiers of keys, serial numbers and extensions.
describe("what openssl signed", function()
  local CURVE = "-newkey ec -pkeyopt ec_paramgen_curve:"

  local function sign(name, by, days, extensions)
    write(name .. ".ext", extensions)
    openssl(("x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -CAcreateserial -days %d -extfile %s.ext -out %s.pem")
      :format(name, by, by, days, name, name))
    return fixture.read(dir .. "/" .. name .. ".pem")
  end

  for title, kinds in pairs {
    RSA = {"-newkey rsa:2048", "-newkey rsa:2048", "RSA-3072"},
    ECDSA = {CURVE .. "P-384", CURVE .. "P-256", "P-256"},
    ["P-384 below RSA"] = {"-newkey rsa:4096", CURVE .. "P-384", "P-384"},
  } do
    it("is accepted, and openssl finds the chain right: " .. title, function()
      local AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
        .. "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid,issuer\n"
      openssl(("req -x509 %s -nodes -days 900 -subj /O=Test/CN=Root -keyout root.key -out root.pem"):format(kinds[1]))
      openssl(("req -new %s -nodes -subj /O=Test/CN=Middle -keyout middle.key -out middle.csr"):format(kinds[2]))
      local middle = sign("middle", "root", 400, AUTHORITY)
      local key, request = x509.new(kinds[3], "example.com", "*.example.com")
      write("leaf.csr", request)
      local leaf = sign("leaf", "middle", 90, "basicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\n"
        .. "authorityKeyIdentifier=keyid\nextendedKeyUsage=serverAuth\n"
        .. "subjectAltName=DNS:example.com,DNS:*.example.com\n")
      local root = fixture.read(dir .. "/root.pem")
      local wanted = {key = key, names = {"example.com", "www.example.com"}, now = os.time() + 60}
      for _, chain in ipairs {middle, root .. middle, middle .. root .. fixture.certificate} do
        local pair = assert(x509.check({certificate = leaf, chain = chain}, wanted))
        assert.equal(2, #x509.split(pair.certificate))
        write("served.pem", pair.certificate)
        assert.equal("served.pem: OK\n", openssl("verify -CAfile root.pem -untrusted served.pem served.pem"))
        local served = assert(x509.pair(pair.certificate, key))
        assert.equal(pair.not_after, served.not_after)
        assert.same({"example.com", "*.example.com"}, served.names)
        assert.equal(kinds[3]:find("RSA") and "rsa" or "ec", served.kind)
        assert.equal(2, served.certificates)
      end
      local pair, err = x509.check({certificate = leaf, chain = root}, wanted)
      assert.is_nil(pair)
      assert.is_truthy(err:find("the chain is missing", 1, true), err)
      wanted.names = {"a.b.example.com"}
      assert.matches("doesn't cover", select(2, x509.check({certificate = leaf, chain = middle}, wanted)))
    end)
  end
end)

describe("a pair to be served", function()
  local function self_signed(options)
    openssl("req -x509 " .. options .. " -nodes -days 30 -subj /CN=Own -keyout own.key -out own.pem "
      .. "-addext subjectAltName=DNS:A.example,IP:192.0.2.1")
    return fixture.read(dir .. "/own.pem"), fixture.read(dir .. "/own.key")
  end
  local EC = "-newkey ec -pkeyopt ec_paramgen_curve:P-256"

  it("is read for its kind, names and dates", function()
    for options, kind in pairs {[EC] = "ec", ["-newkey rsa:2048"] = "rsa"} do
      local certificate, key = self_signed(options)
      local pair = assert(x509.pair(certificate .. "words\n" .. fixture.certificate .. key, key))
      assert.same({kind, {"a.example"}, 2}, {pair.kind, pair.names, pair.certificates})
      assert.is_true(math.abs(pair.not_before - os.time()) < 100)
      assert.equal(30 * DAY, pair.not_after - pair.not_before)
    end
    -- with its parameters before it, as openssl ecparam writes one
    local key = openssl("ecparam -name prime256v1 -genkey")
    write("own.key", key)
    assert.is_truthy(key:find("EC PARAMETERS", 1, true))
    assert.equal("ec", x509.pair(openssl("req -x509 -key own.key -subj /CN=Own"), key).kind)
  end)

  it("is refused with words for what can't be served", function()
    local certificate, key = self_signed(EC)
    local broken = certificate:gsub("\n[^\n]+\n", "\nAAAA\n", 1)
    local ed, ed_key = self_signed("-newkey ed25519")
    for _, case in ipairs {
      {fixture.certificate .. certificate, key, "is not that of the certificate, which must come first in its file"},
      {"", key, "the certificate cannot be read: there is none in the text"},
      {broken, key, "the certificate cannot be read: %a"},
      {certificate .. broken, key, "the certificate cannot be read: number 2 of its file: %a"},
      {certificate, "none", "the private key cannot be read: there is none in the text"},
      {certificate, key:gsub("\n[^\n]+\n", "\nAAAA\n", 1), "the private key cannot be read: unsupported"},
      {certificate, openssl("pkey -in own.key -aes128 -passout pass:x"), "key is encrypted"},
      {certificate .. openssl("pkey -in own.key -aes128 -passout pass:x"), key, "something that is encrypted"},
      {ed, ed_key, "neither RSA nor ECDSA"},
      {false, key, "PEM text"},
    } do
      local pair, err = x509.pair(case[1], case[2])
      assert.is_nil(pair)
      assert.matches(case[3], err)
    end
  end)
end)

-- A small world of authorities.
local serial = 0
local function issue(subject, own, issuer, signing, from, till, hosts)
  serial = serial + 1
  local certificate = certificates.new()
  certificate:setVersion(3)
  certificate:setSerial(bignum.new(serial))
  certificate:setSubject(distinguished.new():add("CN", subject))
  certificate:setIssuer(distinguished.new():add("CN", issuer))
  certificate:setPublicKey(own)
  certificate:setLifetime(NOW + from * DAY, NOW + till * DAY)
  if hosts then
    local names = altname.new()
    for _, host in ipairs(hosts) do
      names:add("DNS", host)
    end
    certificate:setSubjectAlt(names)
  else
    certificate:setBasicConstraints {CA = true}
    certificate:setBasicConstraintsCritical(true)
  end
  certificate:sign(signing, "sha256")
  return certificate:toPEM()
end

describe("what is delivered", function()
  local function key()
    return pkey.new {type = "EC", curve = "secp384r1"}
  end
  local old_key, root_key, one_key, two_key, own = key(), key(), key(), key(), key()
  local root = issue("Root", root_key, "Root", root_key, -900, 900)
  local old = issue("Old", old_key, "Old", old_key, -900, 900)
  local old_ended = issue("Old", old_key, "Old", old_key, -900, -10)
  local root_ended = issue("Root", root_key, "Root", root_key, -900, -10)
  local cross = issue("Root", root_key, "Old", old_key, -900, 100)
  local cross_ended = issue("Root", root_key, "Old", old_key, -900, -10)
  local two = issue("Two", two_key, "Root", root_key, -900, 900)
  local two_ended = issue("Two", two_key, "Root", root_key, -900, -1)
  local one = issue("One", one_key, "Two", two_key, -900, 900)
  local one_ended = issue("One", one_key, "Two", two_key, -900, -1)
  local one_later = issue("One", one_key, "Two", two_key, 10, 900)
  local one_other = issue("One", key(), "Two", two_key, -900, 900)
  local one_by_stranger = issue("One", one_key, "Two", key(), -900, 900)
  local leaf = issue("a.example", own, "One", one_key, -1, 90, {"a.example", "*.b.example"})

  local function check(chain, more)
    local wanted = {key = own:toPEM("private"), names = {"a.example", "x.b.example"}, now = NOW}
    for name, value in pairs(more or {}) do
      wanted[name] = value
    end
    return x509.check({certificate = wanted.leaf or leaf, chain = chain}, wanted)
  end

  local function served(chain)
    local pair = assert(check(chain))
    assert.equal(NOW + 90 * DAY, pair.not_after)
    local subjects = {}
    for i, pem in ipairs(x509.split(pair.certificate)) do
      subjects[i] = x509.certificate(pem).subject:gsub("^/?CN=", "")
    end
    return table.concat(subjects, " ")
  end

  it("is put in order, whatever order it has, and without the root", function()
    for _, chain in ipairs {
      one .. two, two .. one, one .. two .. root, root .. two .. one, root .. one .. two .. root .. one,
      one .. two .. root .. cross .. old, "some words\n" .. one .. fixture.certificate .. two,
    } do
      assert.equal("a.example One Two", served(chain))
    end
    -- all in one text
    local pair = assert(x509.check({certificate = leaf .. two .. one},
      {key = own:toPEM("private"), names = {}, now = NOW}))
    assert.equal(3, #x509.split(pair.certificate))
  end)

  it("has a cross-signed root where its own certificate is not at hand", function()
    assert.equal("a.example One Two Root", served(one .. two .. cross))
    assert.equal("a.example One Two Root", served(old .. cross .. two .. one))
  end)

  it("loses an ended cross-signed root and what stands above it", function()
    for _, chain in ipairs {
      one .. two .. cross_ended, one .. two .. cross_ended .. old_ended, cross_ended .. one .. two .. root,
      root .. cross_ended .. old .. two .. one, one .. root_ended .. root .. two,
    } do
      assert.equal("a.example One Two", served(chain))
    end
    assert.equal("a.example One Two Root", served(cross_ended .. one .. two .. cross))
    assert.equal("a.example One Two Root", served(root_ended .. one .. two .. cross))
  end)

  it("finds the right one of several issuers of one name", function()
    for _, chain in ipairs {
      one_other .. one .. two, one_ended .. one .. two, one_by_stranger .. one .. two,
      one_later .. one_ended .. two_ended .. two .. one, two_ended .. two .. one,
    } do
      assert.equal("a.example One Two", served(chain))
    end
  end)

  it("is refused for an intermediate that has ended", function()
    for _, chain in ipairs {one_ended .. two .. root, one_ended, one .. two_ended .. root} do
      local pair, err = check(chain)
      assert.is_nil(pair)
      assert.is_truthy(err:find("ended at", 1, true), err)
    end
    local pair, err = check(one .. two .. root_ended)
    assert.is_nil(pair)
    assert.is_truthy(err:find("CN=Root, ended at", 1, true), err)
  end)

  it("is refused for a chain that is missing or another's", function()
    local no_certificate = one:gsub("CERTIFICATE", "X509 CRL")
    for _, chain in ipairs {"", two .. root, one_other .. two, one_later .. two, no_certificate} do
      local pair, err = check(chain)
      assert.is_nil(pair)
      assert.is_truthy(err:find("the chain is missing", 1, true), err)
    end
  end)

  it("is looked at in time that does not explode", function()
    -- 40 authorities in 20 levels of two, each signed by both above: a million ways
    local keys, names, chain = {}, {}, {}
    for level = 1, 20 do
      keys[level], names[level] = key(), "Level " .. level
    end
    for level = 1, 19 do
      for _ = 1, 2 do
        chain[#chain + 1] = issue(names[level], keys[level], names[level + 1], keys[level + 1], -10, 90)
      end
    end
    local low = issue("a.example", own, names[1], keys[1], -1, 90, {"a.example"})
    local looked, method = 0, getmetatable(certificates.new()).__index
    local original = method.isIssuedBy
    method.isIssuedBy = function(...)
      looked = looked + 1
      return original(...)
    end
    local pair, err = check(table.concat(chain), {leaf = low, names = {"a.example"}})
    method.isIssuedBy = original
    assert(pair, err)
    assert.equal(20, #x509.split(pair.certificate))
    assert.is_true(looked <= 40 * 40 + 40, looked .. " looks")
  end)

  for text, case in pairs {
    ["for another key than ours"] = {key = key():toPEM("private")},
    ["doesn't cover c.example"] = {names = {"a.example", "c.example"}},
    ["doesn't cover y.x.b.example"] = {names = {"y.x.b.example"}},
    ["not valid before"] = {now = NOW - 3 * DAY},
    ["the certificate ended at"] = {now = NOW + 91 * DAY},
    ["no later than"] = {after = NOW + 90 * DAY},
  } do
    it("is refused: " .. text, function()
      local pair, err = check(one .. two, case)
      assert.is_nil(pair)
      assert.is_truthy(err:find(text, 1, true), err)
    end)
  end
end)
