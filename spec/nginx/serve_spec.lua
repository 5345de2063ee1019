-- What the handlers serve, by a real nginx with several workers.

local certificates = require "spec.support.certificates"
local nginx = require "spec.support.nginx"
local program = require "spec.support.program"
local wait = require "spec.support.wait"

local output, quote = program.output, program.quote

local conf = [[
  lua_shared_dict reseal 4m;
  lua_shared_dict tiny 64k;
  init_by_lua_block {
    require("reseal.nginx.store").configure {default = "default.test"}
  }
  ssl_certificate @dir@/placeholder.pem;
  ssl_certificate_key @dir@/placeholder.key;
  server {
    listen 127.0.0.1:@port:tls@ ssl http2;
    ssl_certificate_by_lua_block { require("reseal.nginx.certificate").handle() }
    location / { content_by_lua_block { ngx.say(ngx.worker.pid(), " ", ngx.var.server_protocol) } }
  }
  server {
    listen 127.0.0.1:@port:http@;
    location /.well-known/pki-validation/ { content_by_lua_block { require("reseal.nginx.dcv").handle() } }
    location = /run {
      client_max_body_size 1m;
      client_body_buffer_size 1m;
      content_by_lua_block {
        ngx.req.read_body()
        local run = assert(loadstring(ngx.req.get_body_data()))
        ngx.print(tostring(run(require "reseal.nginx.store", require "reseal.nginx.certificate")))
      }
    }
  }
]]

describe("nginx serves from memory", function()
  local server, placeholder, first

  --- Runs Lua inside a worker: its arguments are the store and the certificate module.
  local function inside(code)
    local file = os.tmpname()
    program.write(file, "local store, certificate = ...\n" .. code)
    local answer = output(("curl -s --data-binary @%s http://127.0.0.1:%d/run"):format(file, server.ports.http))
    os.remove(file)
    return answer
  end

  local function install(one, name)
    return inside(("return select(2, certificate.install {name = %s, certificate = %q, key = %q}) or 'installed'")
      :format(name and ("%q"):format(name) or "nil", one.certificate, one.key))
  end

  --- The serial number that a client gets which asks for `name`; nil name asks for none.
  local function served(name, more)
    local text = output(("openssl s_client -connect 127.0.0.1:%d %s %s </dev/null"):format(server.ports.tls,
      name and "-servername " .. quote(name) or "-noservername", more or ""))
    local pem = text:match("%-%-%-%-%-BEGIN CERTIFICATE.-END CERTIFICATE%-%-%-%-%-")
    if not pem then
      return nil, text
    end
    return output(("printf %%s %s | openssl x509 -noout -serial"):format(quote(pem))):match("serial=(%x+)")
  end

  local function get(path, more)
    return output(("curl -s -i --path-as-is %s %s"):format(more or "",
      quote(("http://127.0.0.1:%d%s"):format(server.ports.http, path))))
  end

  setup(function()
    placeholder = certificates.issue {"placeholder.test"}
    server = nginx.start(conf, {workers = 3, files = {
      ["placeholder.pem"] = placeholder.certificate, ["placeholder.key"] = placeholder.key,
    }})
    first = certificates.issue {"example.com", "www.example.com"}
  end)

  teardown(function() server.stop() end)

  it("the placeholder as long as there is nothing else", function()
    assert.equal(placeholder.serial, served("nothing.test"))
    assert.equal(placeholder.serial, served(nil))
  end)

  it("by name, then wildcard, then default, whatever the name looks like", function()
    assert.equal("installed", install(first))
    local wild = certificates.issue {"*.example.net"}
    assert.equal("installed", install(wild))
    local default = certificates.issue {"default.test"}
    assert.equal("installed", install(default))
    assert.equal(first.serial, served("example.com"))
    assert.equal(first.serial, served("WWW.Example.COM"))
    assert.equal(first.serial, served("www.example.com."))
    assert.equal(wild.serial, served("a.example.net"))
    assert.equal(default.serial, served("a.b.example.net"))
    assert.equal(default.serial, served("example.net"))
    for _, odd in ipairs {"127.0.0.1", "::1", "other.test", "*.example.org", ".", "a..b", "-", "%00", "a b",
      ("a"):rep(63) .. "." .. ("b"):rep(63) .. "." .. ("c"):rep(63) .. "." .. ("d"):rep(61), ("x"):rep(255),
      "xn--bcher-kva.test", "ex\195\164mple.com"} do
      assert.equal(default.serial, served(odd), odd)
    end
    assert.equal(default.serial, served(nil))
    assert.is_nil(server.log():find("%[error%]"))
    assert.is_nil(server.log():find("lua"), server.log())
  end)

  it("RSA and ECDSA side by side", function()
    local rsa = certificates.issue({"both.test"}, {kind = "rsa"})
    local ec = certificates.issue {"both.test"}
    assert.equal("installed", install(rsa))
    assert.equal(rsa.serial, served("both.test"))
    assert.equal("installed", install(ec))
    assert.equal(ec.serial, served("both.test"))
    assert.equal(rsa.serial, served("both.test", "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256"))
    assert.equal(rsa.serial, served("both.test", "-sigalgs rsa_pss_rsae_sha256"))
    assert.equal(ec.serial, served("both.test", "-sigalgs ecdsa_secp256r1_sha256"))
  end)

  it("the whole chain, and over HTTP/2", function()
    local chain = certificates.issue {"chain.test"}
    assert.equal("installed", install {certificate = chain.certificate .. certificates.root(), key = chain.key})
    local text = output(("openssl s_client -connect 127.0.0.1:%d -servername chain.test -showcerts </dev/null")
      :format(server.ports.tls))
    assert.equal(2, select(2, text:gsub("BEGIN CERTIFICATE", "")))
    program.write(server.dir .. "/root.pem", certificates.root())
    local url = ("https://chain.test:%d/"):format(server.ports.tls)
    assert.matches("HTTP/2.0", output(("curl -s --http2 --cacert %s/root.pem --resolve chain.test:%d:127.0.0.1 %s")
      :format(server.dir, server.ports.tls, url)))
  end)

  it("nothing that does not fit", function()
    local other = certificates.issue {"example.com"}
    assert.matches("private key is not that of the certificate",
      install {certificate = first.certificate, key = other.key})
    assert.matches("is not for other.test but for example.com, www.example.com", install(first, "other.test"))
    assert.matches("the certificate cannot be read", install {certificate = "-----BEGIN", key = first.key})
    assert.matches("the private key cannot be read", install {certificate = first.certificate, key = "none"})
    local broken = first.certificate:gsub("\n[^\n]+\n", "\nAAAA\n", 1)
    assert.matches("cannot be read: number 2 of its file: %a+", install {certificate = first.certificate .. broken,
      key = first.key})
    assert.matches("the private key cannot be read: unsupported", install {certificate = first.certificate,
      key = first.key:gsub("\n[^\n]+\n", "\nAAAA\n", 1)})
    -- a chain of another's, as an order may bring it
    assert.matches("the chain is missing", inside(([[
      return select(2, require("reseal.x509").check({certificate = %q}, {key = %q, names = {}, now = os.time()}))
    ]]):format(first.certificate, first.key)))
    assert.equal(first.serial, served("example.com"))
    assert.is_nil(server.log():find("SSL error"))
  end)

  it("old pairs when the dict is full, and says what size it needs", function()
    local said = inside(([[
      assert(store.configure {dict = "tiny"})
      local pair = {key_pem = ("k"):rep(241), chain_pem = ("c"):rep(6000), not_after = 1}
      local n, err = 0
      repeat
        n = n + 1
        local ok
        ok, err = store.put(n .. ".test", "ec", pair)
      until not ok
      -- A longer pair for a name that is there: the old one is served on.
      local _, longer = store.put("1.test", "ec", {key_pem = "new", chain_pem = ("n"):rep(20000), not_after = 2})
      local old, none = store.get("1.test", "ec"), store.get(n .. ".test", "ec")
      local same = store.put("1.test", "ec", {key_pem = ("K"):rep(241), chain_pem = ("C"):rep(6000), not_after = 3})
      local new = store.get("1.test", "ec")
      local whole = 0
      for name in store.names() do
        local stored = store.get(name, "ec")
        if #stored.key_pem == 241 and #stored.chain_pem == 6000 then whole = whole + 1 end
      end
      store.configure {default = "default.test"}
      return table.concat({err, longer, old.chain_pem:sub(1, 2), old.not_after, tostring(none), tostring(same),
        new.chain_pem:sub(1, 2) .. new.key_pem:sub(1, 2), tostring(whole == n - 1 and n > 3)}, "\n")
    ]]))
    local lines = {}
    for line in said:gmatch("[^\n]+") do
      lines[#lines + 1] = line
    end
    assert.matches("^lua_shared_dict tiny is full: the certificate of %d+%.test needs 8%.0 KiB, of 64%.0 KiB there are",
      lines[1])
    assert.matches("nothing was changed; make it 2m or more$", lines[1])
    assert.matches("the certificate of 1%.test needs 20%.0 KiB", lines[2])
    assert.equal("cc 1 nil true CCKK true", table.concat(lines, " ", 3))
  end)

  it("files of domain control, byte by byte", function()
    local content = "A1B2\nsectigo.com\n\0\255"
    local path = "/.well-known/pki-validation/"
    assert.equal("true", inside(("return store.publish('A-1_b.txt', %q)"):format(content):gsub("%z", "\\0")))
    local answer = get(path .. "A-1_b.txt")
    assert.equal(content, answer:match("\r\n\r\n(.*)$"))
    assert.matches("^HTTP/1.1 200", answer)
    assert.matches("Content%-Type: text/plain\r\n", answer)
    assert.matches("Cache%-Control: no%-store\r\n", answer)
    assert.matches("Content%-Length: 19\r\n", get(path .. "A-1_b.txt", "-I"))
    assert.matches("^HTTP/1.1 405", get(path .. "A-1_b.txt", "-d x"))
    for _, wrong in ipairs {"", "a-1_b.txt", "..", "...", "x/A-1_b.txt", "A-1_b.txt/", "A-1_b.txt%20", "%2e%2e%2f",
      "A-1_b.txt%0a", ("a"):rep(129)} do
      assert.matches("^HTTP/1.1 40[04]", get(path .. wrong), wrong)
    end
    for _, bad in ipairs {"", ".", "..", "a/b", "a b", "a\\0", ("a"):rep(129)} do
      assert.matches("named by 1 to 128", inside(("return select(2, store.publish(\"%s\", ''))"):format(bad)))
    end
    inside("return store.unpublish('A-1_b.txt')")
    assert.matches("^HTTP/1.1 404", get(path .. "A-1_b.txt"))
    inside("return store.publish('short.txt', 'x', 0.2)")
    assert.matches("^HTTP/1.1 200", get(path .. "short.txt"))
    assert.truthy(wait(3, function() return get(path .. "short.txt"):find("^HTTP/1.1 404") end))
  end)

  it("the same to every worker, and with a lost dict what it knows", function()
    local seen, count = {}, 0
    assert(wait(10, function()
      local text = output(("curl -sk --resolve example.com:%d:127.0.0.1 -w '%%{certs}' https://example.com:%d/")
        :format(server.ports.tls, server.ports.tls))
      local pid = text:match("^(%d+)")
      assert.matches("Subject:%s*CN = example.com", text)
      if not seen[pid] then
        seen[pid], count = true, count + 1
      end
      return count == 3
    end))
    inside("ngx.shared.reseal:flush_all()")
    for _ = 1, 6 do
      assert.equal(first.serial, served("example.com"))
    end
    local again = certificates.issue {"example.com"}
    assert.equal("installed", install(again))
    for _ = 1, 6 do
      assert.equal(again.serial, served("example.com"))
    end
  end)
end)
