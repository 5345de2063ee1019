-- What is said before a call with a signing request is sent: by the client, and by the command line.
local cjson = require "cjson"
local fixture = require "spec.support.fixture"
local sandboxes = require "spec.support.sandbox"

local LUA = os.getenv("RESEAL_LUA") or arg[-1] or "lua"
local unpack = table.unpack or unpack -- luacheck: ignore 143

local output = sandboxes.output
local dir, sandbox

setup(function()
  dir = output("mktemp -d"):gsub("%s+$", "")
  sandbox = sandboxes.start()
end)
teardown(function()
  sandbox.stop()
  output("rm -r " .. dir)
end)

--- A request of the openssl program: for a key made by `key`, with further words.
local function request(key, more)
  local command = "cd %s && openssl %s >key 2>/dev/null && openssl req -new -key key %s 2>/dev/null"
  return (assert(output(command:format(dir, key, more)):match("%-%-%-%-%-BEGIN.*"), key .. " " .. more))
end

local P256 = "ecparam -name prime256v1 -genkey -noout"

local function names(...)
  local list = {}
  for i, name in ipairs {...} do
    list[i] = "DNS:" .. name
  end
  return "-subj /CN=" .. (...) .. " -addext subjectAltName=" .. table.concat(list, ",")
end

local function codes(warnings)
  local list = {}
  for i, warning in ipairs(warnings) do
    list[i] = warning.code
    assert.is_string(warning.message)
    assert.equal(warning.param .. ":", warning.message:match("^%S+"))
  end
  return table.concat(list, " ")
end

local SELLERS = {
  namecheap = {"reissue", "CSR", {CertificateID = 7, HTTPDCValidation = true}},
  realtimeregister = {"reissue", "csr", {certificateId = 7}},
}

local function check(seller, csr, more, certificate)
  local case, params = SELLERS[seller], {[SELLERS[seller][2]] = csr}
  for _, given in ipairs {case[3], more or {}} do
    for name, value in pairs(given) do
      params[name] = value
    end
  end
  return assert(fixture.client(seller):check(case[1], params, certificate))
end

describe("a doubtful signing request", function()
  local function told(csr, ...)
    local first = codes(check("namecheap", csr, ...))
    assert.equal(first, codes(check("realtimeregister", csr, ...)))
    return first
  end

  it("is none of these", function()
    assert.equal("", told(fixture.csr))
    assert.equal("", told(request("genrsa 2048", names("a.example", "*.a.example"))))
    for _, curve in ipairs {"prime256v1", "secp384r1", "secp521r1"} do
      assert.equal("", told(request("ecparam -genkey -noout -name " .. curve, names("xn--mller-kva.example"))))
    end
  end)

  it("has a key that authorities don't take", function()
    assert.equal("weak_key", told(request("genrsa 2047", names("a.example"))))
    assert.equal("odd_key", told(request("ecparam -genkey -noout -name secp256k1", names("a.example"))))
    assert.equal("odd_key", told(request("genpkey -algorithm ED25519", names("a.example"))))
    local weak = check("realtimeregister", request("genrsa 1024", names("a.example")))[1]
    assert.equal("csr: its RSA key has 1024 bits; authorities ask for 2048 at least.", weak.message)
  end)

  it("is not signed by its key, or by a digest that is broken", function()
    assert.equal("bad_signature", told((fixture.csr:gsub("z8uyWS", "z8uyWT"))))
    assert.equal("weak_digest", told(request("genrsa 2048", names("a.example") .. " -sha1")))
    assert.equal("weak_digest", told(request(P256, names("a.example") .. " -sha1")))
    assert.equal("weak_key weak_digest", told(request("genrsa 1024", names("a.example") .. " -md5")))
  end)

  it("names nobody, or nobody that can be", function()
    assert.equal("no_names", told(request(P256, "-subj /O=Example")))
    assert.equal("bad_name", told(request(P256, "-utf8 -subj /CN=m\195\188ller.example")))
    assert.equal("bad_name", told(request(P256, "-subj /CN=localhost")))
    assert.equal("bad_name", told(request(P256, names("a.example", "a..example"))))
    local csr = request(P256, "-subj /O=Example")
    assert.equal("", codes(check("realtimeregister", csr, {domainName = "a.example"})))
    assert.equal("", codes(check("namecheap", csr, {
      DNSNames = "a.example", DNSApproverEmails = "HTTPCSRHASH", HTTPDCValidation = false,
      ApproverEmail = "HTTPCSRHASH",
    })))
  end)

  it("asks for other names than the certificate has, or leaves some out", function()
    local own = {"a.example", "b.example"}
    assert.equal("", told(request(P256, names("a.example", "b.example")), nil, own))
    assert.equal("", told(request(P256, names("B.example", "www.a.example")), nil, own))
    assert.equal("other_names", told(request(P256, names("a.example", "b.example", "evil.example")), nil, own))
    assert.equal("missing_names", told(request(P256, names("a.example")), nil, own))
    assert.equal("other_names missing_names", told(request(P256, names("evil.example")), nil, own))
    assert.equal("", told(request(P256, names("*.a.example")), nil, {"a.example", "*.a.example"}))
    assert.equal("missing_names", told(request(P256, names("x.a.example", "a.example")), nil, {"*.a.example"}))
    assert.equal("other_names", told(request(P256, names("*.a.example", "a.example")), nil, {"a.example"}))
    assert.equal("other_names missing_names", told(fixture.csr, nil, {"www.example.org"}))
    -- a certificate, PEM: that of www.example.com
    assert.equal("", told(fixture.csr, nil, fixture.certificate))
    assert.equal("not_compared", told(fixture.csr, nil, {}))
  end)

  it("is judged with what the call says in place of its names, or beside them", function()
    local csr = request(P256, names("evil.example"))
    local own = {"a.example", "b.example"}
    local given = {domainName = "a.example", san = {"b.example"}}
    assert.equal("", codes(check("realtimeregister", csr, given, own)))
    given = {domainName = "a.example"}
    assert.equal("other_names missing_names", codes(check("realtimeregister", csr, given, own)))
    csr = request(P256, names("a.example"))
    given = {dnsnames = "b.example", DNSApproverEmails = "HTTPCSRHASH", HTTPDCValidation = false,
      ApproverEmail = "HTTPCSRHASH"}
    assert.equal("", codes(check("namecheap", csr, given, own)))
    given.dnsnames = {"c.example"}
    assert.equal("other_names missing_names", codes(check("namecheap", csr, given, own)))
  end)

  it("is compared with what the seller's own call tells", function()
    local told_by = {id = 7, domainName = "a.example", san = {"www.a.example", "b.example"}, status = "ACTIVE"}
    assert.equal("", codes(check("realtimeregister", request(P256, names("a.example", "b.example")), nil, told_by)))
    assert.equal("missing_names", codes(check("realtimeregister", request(P256, names("a.example")), nil, told_by)))
    -- One name of perhaps several: others prove nothing, its absence does.
    local info = {Status = "active", CertificateDetails = {CommonName = "a.example"}}
    assert.equal("", codes(check("namecheap", request(P256, names("a.example", "b.example")), nil, info)))
    assert.equal("other_names missing_names", codes(check("namecheap", request(P256, names("b.example")), nil, info)))
    info.CertificateDetails.Certificates = {Certificate = fixture.certificate}
    assert.equal("other_names missing_names", codes(check("namecheap", request(P256, names("a.example")), nil, info)))
    assert.equal("", codes(check("namecheap", fixture.csr, nil, info)))
    assert.equal("not_compared", codes(check("namecheap", fixture.csr, nil, {Status = "purchased"})))
  end)

  it("is not looked for in calls without one, nor in what the codec refuses", function()
    local client = fixture.client("namecheap")
    assert.same({}, client:check("getInfo", {CertificateID = 7}))
    local warnings, err = client:check("reissue", {CertificateID = 7, CSR = "x", HTTPDCValidation = true})
    assert.is_nil(warnings)
    assert.equal("bad_format", err.code)
    assert.has_error(function() client.check("getInfo", {}) end)
  end)
end)

describe("a client's csr_check", function()
  local weak

  setup(function() weak = request("genrsa 1024", names("example.com")) end)

  local function client(options)
    options.endpoint = sandbox.url
    return fixture.open("realtimeregister", options)
  end

  local function quote(options)
    return assert(client(options)):reissue {certificateId = 7, csr = weak, quote = true}
  end

  it("warns by default: the hook is told, and result or failure has the warnings", function()
    local heard = {}
    local result, err = quote {on_warning = function(warning, method) heard[#heard + 1] = {warning, method} end}
    assert.equal(1, #heard)
    assert.equal("weak_key", heard[1][1].code)
    assert.equal("reissue", heard[1][2])
    -- the sandbox takes no such key, as the authorities don't
    assert.is_nil(result)
    assert.equal("weak_key", err.csr_warnings[1].code)
    assert.equal("InvalidCSRException", err.code)
    weak = request(P256, names("example.com") .. " -sha1")
    result = assert(quote {on_warning = function() error("deaf") end})
    assert.equal("weak_digest", codes(result.meta.csr_warnings))
  end)

  it("refuses when it is told to, and says nothing when it is off", function()
    weak = request("genrsa 1024", names("example.com"))
    local before = #sandbox.requests()
    local result, err = quote {csr_check = "refuse"}
    assert.is_nil(result)
    assert.equal("invalid", err.class)
    assert.equal("not_sent", err.outcome)
    assert.equal("weak_key", err.code)
    assert.equal("csr", err.param)
    assert.equal(before, #sandbox.requests())
    local request_of = assert(client {csr_check = "off", on_warning = error})
      :encode("reissue", {certificateId = 7, csr = weak})
    assert.is_nil(request_of.csr_warnings)
    request_of = assert(client {}):encode("reissue", {certificateId = 7, csr = weak})
    assert.equal("weak_key", request_of.csr_warnings[1].code)
  end)

  it("raises nothing, whatever the parameters' metatables do", function()
    local function raise()
      error("odd")
    end
    local odd = setmetatable({certificateId = 7, csr = weak}, {__index = raise, __pairs = raise, __len = raise})
    local request_of = assert(client {}):encode("reissue", odd)
    assert.equal("weak_key", request_of.csr_warnings[1].code)
    local warnings = assert(client {}):check("reissue", odd)
    assert.equal("weak_key", codes(warnings))
  end)

  it("doubts what can't be looked at", function()
    local x509 = require "reseal.x509"
    local read = x509.request
    x509.request = function() error "no memory" end -- what luaossl may do at any time
    finally(function() x509.request = read end)
    local request_of = assert(client {}):encode("reissue", {certificateId = 7, csr = weak})
    assert.equal("bad_request", codes(request_of.csr_warnings))
    local none, err = assert(client {csr_check = "refuse"}):encode("reissue", {certificateId = 7, csr = weak})
    assert.is_nil(none)
    assert.same({"bad_request", "not_sent"}, {err.code, err.outcome})
    assert.is_nil(tostring(err):find("no memory", 1, true))
  end)

  it("is one of three words", function()
    for _, value in ipairs {"on", true, 1} do
      local _, err = client {csr_check = value}
      assert.equal("csr_check", err.param)
    end
    local _, err = client {on_warning = "loud"}
    assert.equal("on_warning", err.param)
  end)
end)

describe("the command line", function()
  local function write(name, text)
    local file = assert(io.open(dir .. "/" .. name, "wb"))
    file:write(text)
    file:close()
    output("chmod 600 " .. dir .. "/" .. name)
    return dir .. "/" .. name
  end

  local config

  setup(function()
    config = write("config.lua", ([[
      namecheap = {api_user = "apiexample", api_key = %q, client_ip = "1.2.3.4", endpoint = %q}
      realtimeregister = {api_key = %q, endpoint = %q}
    ]]):format(fixture.accounts.namecheap.api_key, sandbox.url, fixture.accounts.realtimeregister.api_key, sandbox.url))
  end)

  before_each(function() sandbox.reset {} end)

  local function run(csr, ...)
    local words = {LUA, "bin/reseal"}
    for _, word in ipairs {...} do
      words[#words + 1] = "'" .. word .. "'"
    end
    local command = table.concat(words, " ") .. " --config " .. config .. " >%s/out 2>%s/err </dev/null; echo $?"
    if csr then
      write("given.csr", csr)
    end
    local code = tonumber(output(command:format(dir, dir)))
    return {code = code, out = fixture.read(dir .. "/out"), err = fixture.read(dir .. "/err")}
  end

  local function nc(csr, ...)
    return run(csr, "reissue", "namecheap", "CertificateID=501904", "CSR=@" .. dir .. "/given.csr",
      "ApproverEmail=admin@example.com", "WebServerType=nginx", ...)
  end

  local function rtr(csr, ...)
    return run(csr, "realtimeregister", "reissue", "certificateId=7", "csr=@" .. dir .. "/given.csr",
      "approver.firstName=Ann", "approver.lastName=Lee", "approver.email=ann@example.com", "approver.voice=+31.1",
      "dcv[1].commonName=example.com", "dcv[1].type=DNS", ...)
  end

  local function changes()
    local count = 0
    for _, one in ipairs(sandbox.requests()) do
      if one.method == "reissue" then
        count = count + 1
      end
    end
    return count
  end

  it("refuses a reissue for other names than the certificate's, and sends it when they are meant", function()
    for _, reissue in ipairs {nc, rtr} do
      local evil = request(P256, names("evil.org"))
      local r = reissue(evil)
      assert.equal(3, r.code, r.out .. r.err)
      assert.is_truthy(r.err:find("it asks for evil.org, and the certificate is for", 1, true), r.err)
      assert.is_truthy(r.err:find("--any-names", 1, true), r.err)
      assert.equal(0, changes())
      r = reissue(evil, "--json")
      assert.equal(3, r.code)
      assert.equal("other_names", cjson.decode(r.out).error.errors[1].code)
      assert.equal("not_sent", cjson.decode(r.out).error.outcome)
      reissue(evil, "--any-names")
      assert.equal(1, changes())
      sandbox.reset {}
    end
  end)

  it("sends a reissue for the certificate's own names without a word", function()
    local r = nc(request(P256, names("example.com")))
    assert.equal(0, r.code, r.err)
    assert.equal("", r.err)
    assert.equal(1, changes())
    local shown = cjson.decode(run(nil, "realtimeregister", "get", "certificateId=7", "--json").out)
    sandbox.reset {}
    r = rtr(request(P256, names(shown.domainName, unpack(shown.san or {}))))
    assert.is_nil(r.err:find("warning", 1, true), r.err)
    assert.equal(1, changes())
  end)

  it("warns of the rest on standard error, and refuses it with --strict", function()
    local doubtful = request(P256, names("example.com") .. " -sha1")
    local r = nc(doubtful)
    assert.equal(0, r.code, r.err)
    assert.equal("warning: CSR: it is signed by means of SHA1, which is broken.\n", r.err)
    sandbox.reset {}
    r = nc(doubtful, "--strict")
    assert.equal(3, r.code)
    assert.is_truthy(r.err:find("weak_digest", 1, true), r.err)
    assert.equal(0, changes())
  end)

  it("goes on with a warning when the certificate can't be read, and refuses that with --strict", function()
    local fault = {provider = "namecheap", method = "getInfo", fault = "html"}
    sandbox.post("/_sandbox/fault", fault)
    local csr = request(P256, names("example.com"))
    local r = nc(csr, "--retries", "0")
    assert.is_truthy(r.err:find("warning: CSR: its names were not compared", 1, true), r.err)
    assert.equal(0, r.code, r.err)
    assert.equal(1, changes())
    sandbox.reset {}
    sandbox.post("/_sandbox/fault", fault)
    r = nc(csr, "--retries", "0", "--strict")
    assert.equal(3, r.code, r.err)
    assert.is_truthy(r.err:find("not_compared", 1, true), r.err)
    assert.equal(0, changes())
  end)

  it("reads nothing in a dry run", function()
    local r = nc(request("genrsa 1024", names("evil.org")), "--dry-run")
    assert.equal(0, r.code)
    assert.is_truthy(r.err:find("warning: CSR: its RSA key has 1024 bits", 1, true), r.err)
    assert.equal(0, #sandbox.requests())
  end)

  it("never shows a key that was given", function()
    local key = output("openssl genpkey -algorithm ED25519")
    for _, more in ipairs {"--json", "--dry-run", "--strict"} do
      local r = nc(key, more)
      assert.equal(3, r.code)
      assert.is_truthy((r.out .. r.err):find("private key", 1, true))
      assert.is_nil((r.out .. r.err):find(key:match("\n(%S+)"):sub(1, 12), 1, true))
    end
  end)
end)
