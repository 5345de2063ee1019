-- The whole round inside a real nginx with three workers, against the sandbox; what is served is seen by handshakes.
local certificates = require "spec.support.certificates"
local cjson = require "cjson"
local nginx = require "spec.support.nginx"
local program = require "spec.support.program"
local reader = require "reseal.x509"
local round = require "reseal.nginx.round"
local sandboxes = require "spec.support.sandbox"
local system = require "reseal.system"
local wait = require "spec.support.wait"

local conf = [[
  lua_shared_dict reseal 2m;
  aio threads;
  init_by_lua_block {
    local reseal = require "resty.reseal"
    reseal.init { default = "example.com", directory = "@dir@/certs" }
    local hooked = ngx.shared.reseal
    assert(reseal.round {
      names = { "example.com", "www.example.com" }, before = 30,
%s
    })
  }
  init_worker_by_lua_block { require("resty.reseal").start() }
  server {
    listen 127.0.0.1:@port:http@;
    location /.well-known/pki-validation/ { content_by_lua_block { require("resty.reseal").dcv() } }
    location = /status { content_by_lua_block { require("resty.reseal").status() } }
    location = /metrics { content_by_lua_block { require("resty.reseal").metrics() } }
    location = /clear { content_by_lua_block { ngx.print((require("resty.reseal").clear("www.example.com"))) } }
    location = /peek { content_by_lua_block { ngx.print(ngx.shared.reseal:get(ngx.var.arg_key)) } }
  }
  server {
    listen 127.0.0.1:@port:tls@ ssl;
    ssl_certificate @dir@/placeholder.pem;
    ssl_certificate_key @dir@/placeholder.key;
    ssl_certificate_by_lua_block { require("resty.reseal").ssl_certificate() }
  }
]]

local CLIENTS = {
  namecheap = [[
    provider = "namecheap", certificate = 501904,
    client = { api_user = "apiexample", api_key = "56b4c87ef4fd49cb96d915c0db68194", client_ip = "1.2.3.4",
      endpoint = "%s", timeout = 20, retries = 0 },]],
  realtimeregister = [[
    provider = "realtimeregister", certificate = 7,
    client = { api_key = "ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ==", endpoint = "%s", timeout = 20,
      retries = 0 },
    params = { approver = { firstName = "Ann", lastName = "Example", email = "ann@example.com",
      voice = "+31.384530759" } },]],
}

describe("a round in nginx", function()
  local sandbox, server, placeholder

  setup(function()
    sandbox = sandboxes.start()
    placeholder = certificates.issue({"placeholder"})
  end)

  teardown(function() sandbox.stop() end)

  after_each(function()
    if server then
      server.stop()
    end
    server = nil
  end)

  --- The seller, with orders that end in `days`.
  local function seller(days)
    sandbox.reset {
      namecheap = {certificates = {{id = 501904, type = "PositiveSSL", host = "example.com", status = "active",
        expires_in_days = days}}},
      realtimeregister = {certificates = {{id = 7, product = "ssl_sectigo", status = "ACTIVE", host = "example.com",
        names = {"www.example.com"}, expires_in_days = days}}},
    }
  end

  --- nginx with a round, and an old certificate. `opts`: provider, days that the old one has left, endpoint.
  local function start(more, opts)
    opts = opts or {}
    local old = certificates.issue({"example.com", "www.example.com"}, {days = opts.days or 5, kind = opts.kind})
    local client = CLIENTS[opts.provider or "namecheap"]:format(opts.endpoint or sandbox.url)
    server = nginx.start(conf:format(client .. (more or "poll = 1, patience = 4,")), {workers = 3, files = {
      ["certs/example.com.pem"] = old.certificate, ["certs/example.com.key"] = old.key,
      ["placeholder.pem"] = placeholder.certificate, ["placeholder.key"] = placeholder.key,
    }})
  end

  --- Control of names is looked for at nginx's own port.
  local function look_at_nginx()
    local answer = sandbox.post("/_sandbox/dcv", {http = "127.0.0.1:" .. server.ports.http, interval = 0.2})
    assert.equal(200, answer.status, answer.body)
  end

  local function get(path)
    return program.output(("curl -s 'http://127.0.0.1:%d%s'"):format(server.ports.http, path))
  end

  local function status()
    for _, row in ipairs(cjson.decode(get("/status")).names) do
      if row.name == "example.com" then
        return row
      end
    end
  end

  local function is(state)
    return function()
      local row = status()
      return row and row.state == state and row
    end
  end

  local function until_is(state, seconds)
    local row = wait(seconds or 15, is(state))
    assert.is_truthy(row, state .. " awaited: " .. get("/status") .. server.log())
    return row
  end

  local function issuer(name)
    return program.output(("openssl s_client -connect 127.0.0.1:%d -servername %s </dev/null 2>/dev/null "
      .. "| openssl x509 -noout -issuer"):format(server.ports.tls, name or "example.com"))
  end

  local function is_new(name)
    return issuer(name):find("reseal sandbox intermediate", 1, true) ~= nil
  end
  local function is_old()
    return issuer():find("test root", 1, true) ~= nil
  end

  local function until_new(seconds)
    assert.is_truthy(wait(seconds or 20, is_new), "no new certificate: " .. get("/status") .. server.log())
    assert.is_true(is_new("www.example.com"))
  end

  --- How often the seller got a call.
  local function calls(method)
    local n = 0
    for _, request in ipairs(sandbox.requests()) do
      if request.method == method then
        n = n + 1
      end
    end
    return n
  end

  local function fault(settings)
    local answer = sandbox.post("/_sandbox/fault", settings)
    assert.equal(200, answer.status, answer.body)
  end

  local function validate(order)
    local answer = sandbox.post("/_sandbox/validate", order)
    assert.equal(200, answer.status, answer.body)
  end

  local NC_ORDER = {provider = "namecheap", certificate = 501905}

  --- The worker that does the round.
  local function elected()
    return (get("/peek?key=l:round:example.com"):match("^%d+"))
  end

  for _, provider in ipairs {"namecheap", "realtimeregister"} do
    it("reissues at " .. provider .. ", proves control by its own handler, and swaps", function()
      seller(300)
      start(nil, {provider = provider})
      assert.is_true(is_old())
      assert.is_truthy(until_is("wait").pending)
      assert.is_true(is_old())
      look_at_nginx()
      until_new()
      local row = until_is("watch")
      assert.is_truthy(row.last_success)
      assert.is_nil(row.last_error)
      assert.equal(1, calls("reissue"))
      assert.equal(0, #sandbox.ledger())
      local verify = program.output(("curl -s %s/_sandbox/ca.pem >%s/ca.pem; openssl s_client -connect 127.0.0.1:%d "
        .. "-servername example.com -CAfile %s/ca.pem -verify_return_error </dev/null"):format(sandbox.url, server.dir,
        server.ports.tls, server.dir))
      assert.is_truthy(verify:find("Verify return code: 0", 1, true), verify)
      for _, request in ipairs(sandbox.requests()) do
        local file = cjson.encode(request):match("(%x+%.txt)")
        if file then
          assert.is_truthy(get("/.well-known/pki-validation/" .. file):find("404", 1, true))
        end
      end
      assert.is_nil(server.log():find("PRIVATE KEY", 1, true))
      assert.is_nil(get("/status"):find("PRIVATE KEY", 1, true))
      assert.is_truthy(get("/metrics"):find('outcome="done"', 1, true))
    end)
  end

  it("asks for what is to be published when the order's answer has none of it", function()
    sandbox.reset {
      realtimeregister = {odd = {"empty_order"}, certificates = {{id = 7, product = "ssl_sectigo",
        status = "ACTIVE", host = "example.com", names = {"www.example.com"}, expires_in_days = 300}}},
    }
    start(nil, {provider = "realtimeregister"})
    until_is("wait")
    look_at_nginx()
    until_new()
    assert.equal(1, calls("reissue"))
  end)

  it("survives a reload in the middle, and keeps the new certificate through the next one", function()
    seller(300)
    start()
    until_is("wait")
    server.signal("HUP")
    system.sleep(1)
    look_at_nginx()
    until_new()
    assert.equal(1, calls("reissue"))
    server.signal("HUP")
    system.sleep(1)
    assert.is_true(is_new())
  end)

  it("renews when the order ends and it is allowed, and activates what it bought", function()
    seller(10)
    start("renew = { Years = 1 }, poll = 1,")
    look_at_nginx()
    until_new()
    assert.equal(1, #sandbox.ledger())
    assert.equal("9.0000", sandbox.ledger()[1].amount)
    assert.equal(1, calls("activate"))
  end)

  it("renews at realtimeregister when the order ends and it is allowed", function()
    seller(10)
    start("renew = { period = 12 }, poll = 1,", {provider = "realtimeregister"})
    look_at_nginx()
    until_new()
    assert.equal(1, #sandbox.ledger())
  end)

  it("buys nothing that is not allowed", function()
    seller(10)
    start(nil, {days = 12})
    local row = until_is("failed")
    assert.is_truthy(row.last_error:find("a renewal costs money", 1, true), row.last_error)
    assert.equal(0, #sandbox.ledger())
    assert.is_true(is_old())
  end)

  it("asks nobody while the certificate lasts", function()
    seller(300)
    start(nil, {days = 60})
    until_is("watch")
    assert.equal(0, #sandbox.requests())
  end)

  it("shows that the seller can't be reached", function()
    start(nil, {endpoint = "http://127.0.0.1:" .. assert(system.free_port())})
    local row = until_is("failed")
    assert.is_truthy(row.last_error:find("getInfo: connect", 1, true), row.last_error)
    assert.is_truthy(row.next > row.since)
    assert.is_true(is_old())
    assert.is_truthy(get("/metrics"):find('outcome="[a-z_]+",code="connect"'), get("/metrics"))
  end)

  it("tries again after a refusal", function()
    seller(300)
    fault {fault = "throttle_500000", method = "reissue"}
    start()
    local row = until_is("failed")
    assert.is_truthy(row.last_error:find("500000", 1, true), row.last_error)
    assert.is_true(is_old())
    look_at_nginx()
    until_new()
    assert.equal(2, calls("reissue"))
  end)

  it("stops when the outcome of a reissue is unknown, and finds it when an operator says so", function()
    seller(300)
    fault {fault = "drop_after_commit", method = "reissue"}
    start()
    look_at_nginx()
    local row = until_is("unknown")
    assert.is_truthy(row.advice:find('reseal.clear("example.com")', 1, true))
    assert.is_truthy(row.last_error:find("(unknown)", 1, true))
    system.sleep(2)
    assert.equal("unknown", status().state)
    assert.equal(1, calls("reissue"))
    assert.is_true(is_old())
    server.signal("HUP")
    system.sleep(2)
    assert.equal("unknown", status().state)
    assert.equal("true", get("/clear"))
    until_new()
    assert.equal(1, calls("reissue"))
    assert.is_nil(until_is("watch").last_error)
  end)

  it("never buys twice: an unknown purchase is found among the seller's orders", function()
    seller(10)
    fault {fault = "drop_after_commit", method = "renew"}
    start("renew = { Years = 1 }, poll = 1,")
    look_at_nginx()
    until_is("unknown")
    system.sleep(2)
    assert.equal(1, #sandbox.ledger())
    get("/clear")
    until_new()
    assert.equal(1, #sandbox.ledger())
    assert.equal(1, calls("renew"))
  end)

  it("begins anew when an operator says so and nothing was ordered", function()
    seller(300)
    fault {fault = "drop_before", method = "reissue"}
    start()
    look_at_nginx()
    until_is("unknown")
    get("/clear")
    until_new()
    assert.equal(2, calls("reissue"))
  end)

  it("finds an unknown reissue at realtimeregister", function()
    seller(300)
    fault {fault = "drop_after_commit", method = "reissue"}
    start(nil, {provider = "realtimeregister"})
    look_at_nginx()
    until_is("unknown")
    get("/clear")
    until_new()
    assert.equal(1, calls("reissue"))
  end)

  for name, text in pairs {wrong_key = "for another key than ours", no_chain = "the chain is missing",
    old_certificate = "for another key than ours"} do
    it("keeps the old certificate when " .. name .. " is delivered", function()
      seller(300)
      start("poll = 2,")
      until_is("wait")
      fault {fault = name, provider = "namecheap", times = 3}
      validate(NC_ORDER)
      local row = until_is("failed")
      assert.is_truthy(row.last_error:find(text, 1, true), row.last_error)
      assert.is_true(is_old())
      until_new(30)
      assert.equal(1, calls("reissue"))
    end)
  end

  it("shows that the order failed, and stops where it was paid for", function()
    seller(10)
    start("renew = { period = 12 }, poll = 1,", {provider = "realtimeregister"})
    until_is("wait")
    local open = sandbox.get("/_sandbox/ledger").json.entries[1].process
    local cancelled = sandboxes.curl({"-X", "DELETE", "-H", "Content-Type: application/json", "-H",
      "Authorization: ApiKey ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ==",
      sandbox.url .. ("/v2/processes/%d"):format(open)})
    assert.equal(200, cancelled.status, cancelled.body)
    local row = until_is("stopped")
    assert.is_truthy(row.last_error:find("CANCELLED", 1, true), row.last_error)
    system.sleep(2)
    assert.equal(1, calls("renew"))
    assert.is_true(is_old())
  end)

  it("goes on in another worker when the elected one is killed while it waits", function()
    seller(300)
    start()
    until_is("wait")
    local first = elected()
    server.signal("KILL", first)
    validate(NC_ORDER)
    until_new(30)
    assert.not_equal(first, elected())
    assert.equal(1, calls("reissue"))
  end)

  it("finds the order of a worker that was killed before it had the answer", function()
    seller(300)
    fault {fault = "slow", seconds = 3, method = "reissue"}
    start()
    look_at_nginx()
    until_is("order")
    assert.is_truthy(wait(5, function() return calls("reissue") == 1 end))
    server.signal("KILL", elected())
    until_new(30)
    assert.equal(1, calls("reissue"))
  end)

  it("stops when nothing tells what a killed worker did", function()
    seller(300)
    fault {fault = "slow", seconds = 3, method = "reissue"}
    start()
    until_is("order")
    assert.is_truthy(wait(5, function() return calls("reissue") == 1 end))
    server.signal("KILL", elected())
    seller(300) -- as if the request had never arrived
    local row = until_is("unknown", 30)
    assert.is_truthy(row.last_error:find("the seller shows no such order", 1, true), row.last_error)
    system.sleep(2)
    assert.equal(0, calls("reissue"))
    assert.is_true(is_old())
  end)

  it("orders once though the seller takes long to answer", function()
    seller(300)
    fault {fault = "slow", seconds = 12, method = "reissue"} -- longer than an election lasts
    start("poll = 1, patience = 20,")
    look_at_nginx()
    until_new(30)
    assert.equal(1, calls("reissue"))
  end)

  it("calls the hook with each record, and again to remove it", function()
    seller(300)
    start([[poll = 1, dcv = function(record, action)
      hooked:set("hook:" .. action, record.type .. " " .. record.name .. " " .. record.target)
      return true
    end,]])
    until_is("wait")
    local added = wait(5, function() return get("/peek?key=hook:add"):match("^CNAME.*") end)
    assert.is_truthy(added:find("^CNAME _%x+%.example%.com %x+%.%x+%..+%.comodoca%.com$"), added)
    assert.equal("nil", get("/peek?key=hook:remove"))
    validate(NC_ORDER)
    until_new()
    assert.equal(added, wait(5, function() return get("/peek?key=hook:remove"):match("^CNAME.*") end))
  end)

  it("shows that the hook fails", function()
    seller(300)
    start([[poll = 1, dcv = function() return nil, "the zone is locked" end,]])
    local row = until_is("failed")
    assert.is_truthy(row.last_error:find("could not add _%x+%.example%.com: the zone is locked"), row.last_error)
  end)

  it("makes RSA keys in a thread, where an RSA certificate was served", function()
    seller(300)
    start('poll = 1, thread_pool = "default",', {kind = "rsa"})
    look_at_nginx()
    until_new(30)
    local text = program.output(("openssl s_client -connect 127.0.0.1:%d -servername example.com </dev/null "
      .. "2>/dev/null | openssl x509 -noout -text"):format(server.ports.tls))
    assert.is_truthy(text:find("Public Key Algorithm: rsaEncryption", 1, true))
  end)
end)

describe("examples/nginx/run.sh", function()
  for _, words in ipairs {"", "cname", "realtimeregister"} do
    it(words .. " shows the old certificate, then the new one, and leaves nothing behind", function()
      local dir = assert(system.mkdtemp("reseal-example-"))
      os.execute("chmod 711 " .. dir)
      local output = program.output(("TMPDIR=%s timeout 120 examples/nginx/run.sh %s; echo exit $?"):format(dir, words))
      local left = program.output("ls " .. dir)
      system.remove_tree(dir)
      assert.is_truthy(output:find("exit 0\n$"), output)
      -- newer versions of openssl put no spaces around the sign
      local before, after = "served at first:\nissuer=CN ?= ?example%.com\n", "served now:\nissuer=O ?= ?reseal sandbox"
      assert.is_truthy(output:find(before .. ".*" .. after), output)
      assert.is_truthy(output:find("example.com: installed as", 1, true), output)
      assert.equal("", left)
    end)
  end

  it("ends with 2 for what it does not know", function()
    assert.is_truthy(program.output("examples/nginx/run.sh carrier-pigeon; echo exit $?"):find("exit 2\n$"))
  end)
end)

describe("reseal.round", function()
  local good = {provider = "namecheap", client = {}, certificate = 1, names = {"a.example"}}

  local function with(changes)
    local options = {}
    for name, value in pairs(good) do
      options[name] = value
    end
    for name, value in pairs(changes) do
      options[name] = value
    end
    return options
  end

  for text, changes in pairs {
    ["provider must be"] = {provider = "somebody"},
    ["there is no option dvc"] = {dvc = "http"},
    ["certificate must be the seller's id"] = {certificate = "7x"},
    ["names must be a list of names"] = {names = {}},
    ["names[2] must be a host name"] = {names = {"a.example", "no name"}},
    ["names[1] has other letters than ASCII: write it in its xn-- form"] = {names = {"b\195\188.example"}},
    ["names[1] is a wildcard: that can't be proved by a file"] = {names = {"*.a.example"}},
    ["64 characters at most"] = {names = {("a"):rep(60) .. ".example"}},
    ["dcv must be"] = {dcv = "dns"},
    ["before must be a number of days"] = {before = 0},
  } do
    it("says that " .. text, function()
      local ok, err = round.add(with(changes))
      assert.is_nil(ok)
      assert.is_truthy(err:find(text, 1, true), err)
    end)
  end

  it("takes one round for a name", function()
    assert.is_true(round.add(good))
    assert.is_truthy(select(2, round.add(good)):find("a round for a.example already", 1, true))
    assert.is_truthy(select(2, round.clear("b.example")):find("no round for b.example", 1, true))
  end)
end)

describe("what a seller delivers", function()
  local issued = certificates.issue({"a.example", "*.b.example"})

  local function check(delivered, wanted)
    delivered = {
      certificate = delivered.certificate or issued.certificate, chain = delivered.chain or certificates.root(),
    }
    return reader.check(delivered, {
      key = wanted.key or issued.key, names = wanted.names or {"a.example", "x.b.example"},
      now = wanted.now or os.time(), after = wanted.after,
    })
  end

  it("is taken, without the root", function()
    local pair = assert(check({}, {}))
    assert.equal(1, #reader.split(pair.certificate))
    assert.is_true(reader.same(issued.certificate, pair.certificate))
  end)

  for text, case in pairs {
    ["can't be read as PEM"] = {{certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}, {}},
    ["for another key"] = {{certificate = certificates.issue({"a.example"}).certificate}, {}},
    ["doesn't cover c.example"] = {{}, {names = {"a.example", "c.example"}}},
    ["doesn't cover x.y.b.example"] = {{}, {names = {"x.y.b.example"}}},
    ["is not valid before"] = {{}, {now = os.time() - 2 * 86400}},
    ["ended at"] = {{}, {now = os.time() + 100 * 86400}},
    ["no later than the one that is served"] = {{}, {after = os.time() + 91 * 86400}},
    ["the chain is missing"] = {{chain = ""}, {}},
  } do
    it("is not when it " .. text, function()
      local pair, err = check(case[1], case[2])
      assert.is_nil(pair)
      assert.is_truthy(err:find(text, 1, true), err)
    end)
  end

  it("is not when its issuer has the right name and another key", function()
    local x509, names = require "openssl.x509", require "openssl.x509.name"
    local key, forged, name = certificates.new_key(), x509.new(), names.new():add("CN", "test root")
    forged:setVersion(3)
    forged:setSubject(name)
    forged:setIssuer(name)
    forged:setPublicKey(key)
    forged:setLifetime(os.time() - 60, os.time() + 86400)
    forged:setBasicConstraints {CA = true}
    forged:sign(key)
    local pair, err = check({chain = forged:toPEM()}, {})
    assert.is_nil(pair)
    assert.is_truthy(err:find("the chain is missing", 1, true), err)
    assert.is_truthy(check({chain = forged:toPEM() .. certificates.root()}, {}), "a right one beside it is found")
  end)
end)
