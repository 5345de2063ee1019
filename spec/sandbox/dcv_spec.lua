-- Control of domains: the sandbox really fetches files and asks for records, of servers on this machine.

local dns = require "spec.support.dns"
local nginx = require "spec.support.nginx"
local support = require "spec.support.sandbox"

-- serves what the test writes to @dir@/<name>/<file>; "moved.example.com" redirects, "large.example.com" never ends
local WEB = [[
  server {
    listen 127.0.0.1:@port@;
    root @dir@/$host;
    location = /.well-known/pki-validation { return 404; }
    location /.well-known/pki-validation/ { alias @dir@/$host/; }
  }
  server {
    listen 127.0.0.1:@port@;
    server_name moved.example.com;
    return 302 http://example.com$request_uri;
  }
  server {
    listen 127.0.0.1:@port@;
    server_name large.example.com;
    location / { content_by_lua_block { ngx.print(("x "):rep(20000)) } }
  }
]]

describe("the sandbox's domain control validation", function()
  local sandbox, nc, web, names

  setup(function()
    sandbox = support.start()
    nc = support.namecheap(sandbox)
    web = nginx.start(WEB)
    names = dns.start()
  end)

  teardown(function()
    assert.equal(0, sandbox.stop())
    web.stop()
    names.stop()
  end)

  --- Publishes a file on a name.
  local function publish(name, file, content)
    os.execute(("mkdir -p '%s/%s'"):format(web.dir, name))
    local out = assert(io.open(("%s/%s/%s"):format(web.dir, name, file), "w"))
    out:write(content)
    out:close()
  end

  local function http_address()
    return "127.0.0.1:" .. web.port
  end

  --- A sandbox with one order waiting for activation; looks every twentieth of a second.
  local function reset(dcv, certificates)
    dcv = dcv or {http = http_address(), dns = names.address}
    dcv.interval = dcv.interval or 0.05
    sandbox.reset {dcv = dcv, namecheap = {certificates = certificates
      or {{id = 1, type = "PositiveSSL", status = "newpurchase"}}}}
  end

  local function activate(csr, fields)
    local all = {CertificateID = "1", CSR = csr}
    for name, value in pairs(fields) do
      all[name] = value
    end
    local answer = nc.call("activate", all)
    assert.same({}, nc.errors(answer))
    return {
      file = answer.body:match("<FileName><!%[CDATA%[(.-)%]%]"),
      content = answer.body:match("<FileContent><!%[CDATA%[(.-)%]%]"),
      host = answer.body:match("<HostName><!%[CDATA%[(.-)%]%]"),
      target = answer.body:match("<Target><!%[CDATA%[(.-)%]%]"),
    }
  end

  local function becomes(status)
    return support.wait(5, function() return nc.status(1) == status end)
  end

  --- What the order waits for, once it says `pattern`.
  local function waits_for(pattern)
    local last
    return support.wait(5, function()
      local certificate = sandbox.get("/_sandbox/state").json.namecheap.certificates[1]
      last = table.concat(certificate.waits_for or {}, "; ")
      return last:find(pattern, 1, true) and last
    end) or last
  end

  it("issues when the file is on both names, however its words are separated", function()
    reset()
    local dcv = activate(support.csr("one.example.com"), {HTTPDCValidation = "true"})
    local url = "http://one.example.com/.well-known/pki-validation/" .. dcv.file
    assert.matches(url .. ": it answers 404", waits_for("404"), 1, true)
    publish("one.example.com", dcv.file, (dcv.content:gsub(" ", "\r\n")))
    local left = support.wait(5, function()
      local waits = waits_for("404")
      return not waits:find("; ", 1, true) and waits
    end)
    assert.matches("^www.one.example.com: ", left)
    assert.equal("purchased", nc.status(1))
    publish("www.one.example.com", dcv.file, dcv.content .. "\n")
    assert.is_true(becomes("active"))
    local leaf = nc.info(1, {Returncertificate = "true"}).body:match("%-+BEGIN CERT.-END CERTIFICATE%-+")
    assert.matches("DNS:one.example.com, DNS:www.one.example.com",
      support.openssl("x509 -in %s -noout -ext subjectAltName", leaf), 1, true)
  end)

  it("does not take another content, a redirect, or what does not end", function()
    reset()
    local dcv = activate(support.csr("two.example.com"), {HTTPDCValidation = "true"})
    publish("two.example.com", dcv.file, "almost " .. dcv.content)
    assert.matches("its content is another", waits_for("content"), 1, true)
    for name, why in pairs {
      ["moved.example.com"] = "it answers 302", ["large.example.com"] = "larger than 16384 bytes",
    } do
      reset()
      activate(support.csr(name), {HTTPDCValidation = "true"})
      assert.matches(why, waits_for(why), 1, true)
      assert.equal("purchased", nc.status(1))
    end
  end)

  it("issues when the CNAME is there, in any letter case, with or without a last dot", function()
    reset()
    local dcv = activate(support.csr("three.example.com"), {DNSDCValidation = "true"})
    assert.matches(("CNAME of %s: there is none"):format(dcv.host), waits_for("there is none"), 1, true)
    names.cname(dcv.host, "wrong.comodoca.com")
    assert.matches("it is wrong.comodoca.com", waits_for("it is wrong"), 1, true)
    names.cname(dcv.host, dcv.target:lower() .. ".")
    assert.is_true(becomes("active"))
  end)

  it("takes a record at a domain for the names below it, and each method by itself", function()
    reset(nil, {{id = 1, type = "PositiveSSL Multi Domain", status = "newpurchase"}})
    local dcv = activate(support.csr("four.example.com"), {
      ApproverEmail = "CNAMECSRHASH", DNSNames = "a.four.example.com,b.four.example.com",
      DNSApproverEmails = "CNAMECSRHASH,admin@four.example.com",
    })
    names.cname(dcv.host, dcv.target)
    assert.equal("b.four.example.com: waits for POST /_sandbox/approve", (support.wait(5, function()
      local waits = waits_for("b.four")
      return not waits:find("; ", 1, true) and waits
    end)))
    nc.approve(1)
    assert.equal("active", nc.status(1))
  end)

  it("looks at once when a retry is asked for", function()
    reset {http = http_address(), interval = 600}
    local dcv = activate(support.csr("five.example.com"), {HTTPDCValidation = "true"})
    publish("five.example.com", dcv.file, dcv.content)
    publish("www.five.example.com", dcv.file, dcv.content)
    assert.equal("purchased", nc.status(1))
    nc.call("resendApproverEmail", {CertificateID = "1"})
    assert.is_true(becomes("active"))
    reset {dns = names.address, interval = 600}
    activate(support.csr("six.example.com"), {HTTPDCValidation = "true"})
    local edited = nc.call("editDCVMethod", {CertificateID = "1", DCVMethod = "CNAME_CSR_HASH"}).body
    names.cname(edited:match("<HostName><!%[CDATA%[(.-)%]%]"), edited:match("<Target><!%[CDATA%[(.-)%]%]"))
    nc.call("editDCVMethod", {CertificateID = "1", DCVMethod = "CNAME_CSR_HASH"})
    assert.is_true(becomes("active"))
  end)

  it("proves nothing while no server is configured, and says so", function()
    reset {http = false, dns = false}
    activate(support.csr("seven.example.com"), {HTTPDCValidation = "true"})
    assert.matches("no web server is configured", waits_for("configured"), 1, true)
    local answer = sandbox.post("/_sandbox/dcv", {http = http_address()})
    assert.equal(http_address(), answer.json.http)
    assert.matches("it answers 404", waits_for("404"), 1, true)
    assert.equal(http_address(), sandbox.get("/_sandbox/dcv").json.http)
    nc.call("editDCVMethod", {CertificateID = "1", DCVMethod = "CNAME_CSR_HASH"})
    assert.matches("no DNS server is configured", waits_for("configured"), 1, true)
  end)

  it("says that a server is not there", function()
    -- port 1 is nobody's
    reset {http = "127.0.0.1:1", dns = "127.0.0.1:1"}
    activate(support.csr("eight.example.com"), {HTTPDCValidation = "true"})
    assert.matches("connection refused", waits_for("refused"), 1, true)
    nc.call("editDCVMethod", {CertificateID = "1", DCVMethod = "CNAME_CSR_HASH"})
    assert.matches("CNAME of .*connection refused", waits_for("refused"))
  end)

  it("asks nobody but this machine", function()
    for _, address in ipairs {"192.0.2.1:80", "example.com:80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000"} do
      local answer = sandbox.post("/_sandbox/dcv", {http = address})
      assert.equal(400, answer.status)
      assert.equal('field \'http\' must be a loopback address, such as "127.0.0.1:8080" or false', answer.json.error)
    end
    local code, message = require("reseal.sandbox").run {listen = "127.0.0.1:0", dcv_dns = "192.0.2.1:53"}
    assert.is_nil(code)
    assert.equal("'192.0.2.1:53' is not a loopback address with a port; an example is 127.0.0.1:8080", message)
  end)

  it("takes the addresses at its start, and goes back to them", function()
    local other = support.start {run = {dcv_http = http_address(), dcv_dns = names.address}}
    assert.same({http = http_address(), dns = names.address, interval = 1}, other.get("/_sandbox/dcv").json)
    other.post("/_sandbox/dcv", {http = false, interval = 5})
    assert.same({dns = names.address, interval = 5}, other.get("/_sandbox/dcv").json)
    other.reset()
    assert.same({http = http_address(), dns = names.address, interval = 1}, other.get("/_sandbox/dcv").json)
    assert.equal(0, other.stop())
  end)
end)
