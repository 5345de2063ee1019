-- The commands about managed certificates that run no order: init, plan, import, doctor. With the sandbox, with files
-- and programs that are there, and with a terminal.
local cjson = require "cjson"
local clis = require "spec.support.cli"
local data = require "reseal.order.data"
local journals = require "reseal.order.journal"
local lfs = require "lfs"
local order_plan = require "reseal.order.plan"
local reseal = require "reseal"
local system = require "reseal.system"
local x509 = require "reseal.x509"

local cli, sandbox, dir

setup(function()
  cli = clis.start()
  sandbox, dir = cli.sandbox, cli.dir
  assert(lfs.mkdir(dir .. "/www"))
end)

teardown(function() cli.stop() end)

before_each(function()
  sandbox.reset()
  os.remove(dir .. "/journal.db")
end)

--- A configuration with the sandbox's accounts and more, as text.
local function configure(more, name)
  return cli.write(name or "managed.lua", clis.config(sandbox.url) .. ('live = "%s/live"\n'):format(dir)
    .. ('defaults = {prove = {method = "http", webroot = "%s/www"}}\n'):format(dir) .. (more or ""))
end

local EXAMPLE = 'certificates = {{names = {"example.com", "www.example.com"}, account = "namecheap", '
  .. 'certificate = "501904", buy = true, max_price = "12.00 USD"}}\n'

--- Runs a command with that configuration and a journal of its own.
local function run(words, with)
  local all = {}
  for i, word in ipairs(words) do
    all[i] = word
  end
  for _, word in ipairs {"--config", dir .. "/managed.lua", "--journal", dir .. "/journal.db"} do
    all[#all + 1] = word
  end
  return cli.run(all, with)
end

local function client()
  local section = data.lua(clis.config(sandbox.url)).namecheap
  return assert(reseal.namecheap(section))
end

--- A certificate of the sandbox for a key of ours: the example is reissued for it.
local function pair()
  local key, csr = x509.new("P-384", "example.com", "www.example.com")
  local nc = client()
  local r = assert(nc:reissue {CertificateID = 501904, CSR = csr, WebServerType = "nginx", HTTPDCValidation = true})
  local id = ("%.0f"):format(r.ID)
  assert.equal(200, sandbox.post("/_sandbox/validate", {provider = "namecheap", certificate = r.ID}).status)
  local info = assert(nc:getInfo {CertificateID = id, Returncertificate = true, Returntype = "Individual"})
  local chain = {info.CertificateDetails.Certificates.Certificate}
  for _, ca in ipairs(info.CertificateDetails.Certificates.CaCertificates or {}) do
    chain[#chain + 1] = ca.Certificate
  end
  return {key = key, chain = table.concat(chain, "\n") .. "\n", id = id}
end

local function put(folder, one)
  local path = dir
  for part in folder:gmatch "[^/]+" do
    path = path .. "/" .. part
    lfs.mkdir(path)
  end
  assert(system.write_file(path .. "/privkey.pem", one.key, "0600"))
  assert(system.write_file(path .. "/fullchain.pem", one.chain, "0644"))
  return path
end

describe("reseal plan", function()
  it("shows what is to be done, with its totals, and writes the plan", function()
    configure(EXAMPLE)
    local r = run {"plan", "--out", dir .. "/plan.json"}
    assert.equal(0, r.code, r.err .. r.out)
    assert.is_truthy(r.out:find("NAME         WHAT     WHEN  PRICE  WHY\nexample.com  reissue  now   0 ", 1, true),
      r.out)
    assert.is_truthy(r.out:find("1 certificate: 1 to be done now, 7 calls, 1 day, nothing to pay", 1, true), r.out)
    local p = assert(order_plan.read(clis.read(dir .. "/plan.json")))
    assert.equal("501904", p.items[1].from.certificate)
    assert.equal("rw-------", lfs.attributes(dir .. "/plan.json", "permissions"))
    assert.same({"getInfo"}, (function()
      local methods = {}
      for i, request in ipairs(sandbox.requests()) do
        methods[i] = request.method
      end
      return methods
    end)())
  end)

  it("knows the price of a purchase, and refuses one that costs more than it may", function()
    for price, code in pairs {["9.00 USD"] = 0, ["8.99 USD"] = 11, ["20.00 EUR"] = 11} do
      configure(('certificates = {{names = "new.example", account = "namecheap", buy = true, max_price = "%s", '
        .. 'product = "PositiveSSL"}}'):format(price))
      local r = run {"plan", "--json"}
      assert.equal(code, r.code, r.out)
      local item = cjson.decode(r.out).certificates[1]
      assert.same({"9.00", "USD", code == 0 and "create" or "blocked"}, {item.amount, item.currency, item.what})
    end
    assert.equal(0, #sandbox.ledger())
  end)

  it("asks for a quote only where that is wished", function()
    configure('certificates = {{names = "new.example", account = "realtimeregister", buy = true, max_price = '
      .. '"500.00 EUR", product = "ssl_sectigo", params = {create = {customer = "example", approver = {'
      .. 'firstName = "Ann", lastName = "Example", email = "ann@example.com", voice = "+31.384530759"}}}}}')
    local r = run {"plan", "--json"}
    assert.equal(0, r.code, r.out .. r.err)
    assert.is_nil(cjson.decode(r.out).certificates[1].amount)
    assert.equal(0, #sandbox.requests())
    r = run {"plan", "--json", "--prices"}
    assert.equal(0, r.code, r.out .. r.err)
    assert.is_truthy(cjson.decode(r.out).certificates[1].amount:find "^%d+%.%d%d$")
    assert.equal("EUR", cjson.decode(r.out).certificates[1].currency)
    assert.equal(0, #sandbox.ledger())
  end)

  it("has nothing to do while what is installed lasts", function()
    local one = pair()
    put("live/example.com", one)
    configure((EXAMPLE:gsub("501904", one.id):gsub("buy = true", 'key = "P-256", buy = true')))
    local r = run {"plan"}
    assert.equal(0, r.code, r.out) -- its key is P-384
    configure((EXAMPLE:gsub("501904", one.id)))
    r = run {"plan", "--csv"}
    assert.equal(10, r.code, r.out)
    assert.is_truthy(r.out:find("\nexample.com,namecheap,wait,false,", 1, true), r.out)
    system.remove_tree(dir .. "/live")
  end)

  it("needs a person where a pair can't be read, or nothing helps", function()
    put("live/example.com", {key = "no key", chain = "no certificate"})
    configure(EXAMPLE)
    local r = run {"plan"}
    assert.equal(11, r.code)
    assert.is_truthy(r.out:find("example.com  blocked", 1, true), r.out)
    assert.is_truthy(r.out:find("1 needs a person", 1, true), r.out)
    system.remove_tree(dir .. "/live")
    configure((EXAMPLE:gsub("501904", "77777")))
    assert.equal(11, run({"plan"}).code)
  end)

  it("goes on with an order that the journal knows, and with the certificate that it knows", function()
    configure(EXAMPLE)
    local j = assert(journals.open(dir .. "/journal.db"))
    assert(j:enroll {{name = "example.com", account = "namecheap", certificate = "501904"}})
    local claim = assert(j:claim("spec", nil, 60))
    local order = {name = "example.com", account = "namecheap", action = "reissue", phase = "collect",
      opened = os.time(), data = {names = {"example.com"}, csr = "x", for_certificate = "501904"}}
    assert(j:intend(claim, order, {kind = "reissue", target = "501904", purchase = false, patience = 60}))
    assert(j:release(claim))
    local r = run {"plan"}
    assert.equal(0, r.code, r.err)
    assert.is_truthy(r.out:find("example.com  continue", 1, true), r.out)
    assert.is_truthy(r.out:find("order 1 (reissue) is under way", 1, true), r.out)
    assert.equal(0, #sandbox.requests())
    j:close()
  end)

  it("asks a list where many are due", function()
    local lines = {}
    for i = 1, 30 do
      lines[i] = ('  {name = "c%d", names = "h%d.example", account = "namecheap", certificate = "%d"},'):format(i, i,
        i == 1 and 501904 or 700000 + i)
    end
    configure("certificates = {\n" .. table.concat(lines, "\n") .. "\n}")
    local r = run {"plan", "--json"}
    assert.equal(11, r.code, r.err)
    assert.equal("reissue", cjson.decode(r.out).certificates[1].what)
    for _, request in ipairs(sandbox.requests()) do
      assert.equal("getList", request.method)
    end
  end)

  it("tells what a seller could not be asked, and writes no plan then", function()
    configure(EXAMPLE)
    sandbox.post("/_sandbox/fault", {fault = "status_5xx", times = 5})
    local r = run {"plan", "--retries", "0", "--out", dir .. "/none.json"}
    assert.equal(6, r.code, r.out .. r.err)
    assert.is_truthy(r.out:find("example.com  unknown", 1, true), r.out)
    assert.is_truthy(r.err:find("not all could be asked", 1, true), r.err)
    assert.is_nil(lfs.attributes(dir .. "/none.json"))
  end)

  it("is for those that are named", function()
    configure('certificates = {{names = "a.example", account = "namecheap", certificate = "501904"}, '
      .. '{names = "b.example", account = "namecheap", certificate = "501905"}}')
    local r = run {"plan", "b.example", "--query", "certificates[*].name"}
    assert.equal("b.example\n", r.out, r.err)
    r = run {"plan", "c.exmple"}
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("did you mean", 1, true), r.err)
  end)

  it("tells all that is wrong with the configuration, with lines", function()
    local path = configure('certificates = {\n  {names = "a.example", account = "namecheap", certificate = 5},\n'
      .. '  {names = "A.example", acount = "namecheap", account = "namechep"},\n}')
    local r = run {"plan"}
    assert.equal(2, r.code)
    for _, words in ipairs {
      path .. ":6: a.example: certificate must be text", path .. ":7: A.example: \"acount\" is no parameter",
      "did you mean namecheap?", "must be in lower case: a.example",
    } do
      assert.is_truthy(r.err:find(words, 1, true), words .. "\n" .. r.err)
    end
    r = cli.call {"plan", "--json"}
    assert.same({2, "configuration"}, {r.code, cjson.decode(r.out).error.code})
    assert.is_truthy(r.out:find("reseal init", 1, true))
  end)

  it("takes accounts of profiles, and those in the environment", function()
    cli.write("managed.lua", 'profiles = {shop = {' .. clis.config(sandbox.url):match "[^\n]+" .. '}}\n'
      .. ('live = "%s/live"\n'):format(dir) .. 'certificates = {{names = {"example.com"}, account = "shop", '
      .. 'certificate = "501904", prove = {method = "dns", hook = "/h"}}}')
    local r = run {"plan", "--json"}
    assert.equal(0, r.code, r.err)
    assert.equal("shop", cjson.decode(r.out).certificates[1].account)
  end)
end)

describe("reseal init", function()
  local function init(words, with)
    local all = {"init", "--config", dir .. "/new/config.lua"}
    for _, word in ipairs(words) do
      all[#all + 1] = word
    end
    return cli.run(all, with)
  end

  before_each(function() system.remove_tree(dir .. "/new") end)

  local WORDS = {"--provider", "namecheap", "--set", "api_user=apiexample", "--set", "client_ip=1.2.3.4",
    "--name", "example.com", "--name", "www.example.com", "--webroot", "/var/www/html"}

  local function with_words(...)
    local all = {}
    for _, list in ipairs {WORDS, {...}} do
      for _, word in ipairs(list) do
        all[#all + 1] = word
      end
    end
    return all
  end

  it("writes a commented configuration that holds, from its options", function()
    local r = init(with_words("--key-stdin", "--set", "endpoint=" .. sandbox.url, "--certificate", "501904", "--hook",
      "systemctl reload nginx", "--folder", dir .. "/ssl", "--max-price", "12.00 USD"), {
      input = "56b4c87ef4fd49cb96d915c0db68194\n"})
    assert.equal(0, r.code, r.err)
    assert.is_truthy(r.out:find("is written", 1, true))
    local text = clis.read(dir .. "/new/config.lua")
    assert.is_truthy(text:find("-- the seller's id to begin with", 1, true))
    assert.equal("rw-------", lfs.attributes(dir .. "/new/config.lua", "permissions"))
    local written = assert(data.lua(text))
    assert.equal("56b4c87ef4fd49cb96d915c0db68194", written.namecheap.api_key)
    assert.same({{
      names = {"example.com", "www.example.com"}, account = "namecheap", certificate = "501904", buy = true,
      max_price = "12.00 USD", prove = {method = "http", webroot = "/var/www/html"},
      install = {folder = dir .. "/ssl", hook = {"systemctl", "reload", "nginx"}},
    }}, written.certificates)
    assert.same({namecheap = {day = "12.00 USD"}}, written.caps)
    r = cli.run {"plan", "--config", dir .. "/new/config.lua", "--journal", dir .. "/journal.db"}
    assert.equal(0, r.code, r.err)
  end)

  it("never writes over what is there", function()
    local before = clis.read(dir .. "/config.lua")
    local r = cli.run {"init", "--config", dir .. "/config.lua", "--json"}
    assert.same({2, "exists"}, {r.code, cjson.decode(r.out).error.code})
    assert.equal(before, clis.read(dir .. "/config.lua"))
    lfs.mkdir(dir .. "/new")
    assert(lfs.link("nowhere", dir .. "/new/config.lua", true))
    assert.equal(2, init(with_words("--key-command", "pass nc")).code)
    assert.is_nil(lfs.attributes(dir .. "/new/nowhere"))
  end)

  it("tells all that is missing where nobody can be asked", function()
    local r = init {"--provider", "namecheap"}
    assert.equal(2, r.code)
    for _, words in ipairs {"--set api_user=…", "--set client_ip=…", "--key-command or --key-stdin",
      "--name is missing", "--webroot, --dns-hook or --email"} do
      assert.is_truthy(r.err:find(words, 1, true), words)
    end
    assert.is_nil(lfs.attributes(dir .. "/new"))
  end)

  it("takes no key from the command line", function()
    local r = init(with_words("--set", "api_key=topsecret"))
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("--set api_key: it is secret", 1, true))
    assert.is_nil(r.err:find("topsecret", 1, true))
  end)

  it("checks before it writes", function()
    local r = init(with_words("--key-command", "pass nc", "--key", "P-257", "--max-price", "12"))
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("did you mean P-256?", 1, true), r.err)
    assert.is_truthy(r.err:find("needs a currency", 1, true), r.err)
    assert.is_nil(lfs.attributes(dir .. "/new/config.lua"))
  end)

  it("asks on a terminal, again where an answer won't do", function()
    local r = init({}, {terminal = table.concat({"realtimeregister", "pass show rtr", "Example.com",
      "example.com, www.example.com", "7", "dns", "/etc/reseal/dns-hook", "", "nginx -s reload", "localhost:443", "yes",
      "12", "12.00 EUR", ""}, "\n")})
    assert.equal(0, r.code, r.out)
    assert.is_truthy(r.out:find("Example.com must be in lower case", 1, true), r.out)
    local written = assert(data.lua(clis.read(dir .. "/new/config.lua")))
    assert.same({"pass", "show", "rtr"}, written.realtimeregister.api_key_command)
    assert.same({
      names = {"example.com", "www.example.com"}, account = "realtimeregister", certificate = "7", buy = true,
      max_price = "12.00 EUR", prove = {method = "dns", hook = {"/etc/reseal/dns-hook"}},
      install = {folder = "/etc/ssl/example.com", hook = {"nginx", "-s", "reload"}, check = "localhost:443"},
    }, written.certificates[1])
  end)

  it("writes nothing when the answers end", function()
    local r = init({}, {terminal = "namecheap\nme\n\4"})
    assert.equal(6, r.code, r.out)
    assert.is_truthy(r.out:find("nothing was written", 1, true), r.out)
    assert.is_nil(lfs.attributes(dir .. "/new/config.lua"))
  end)
end)

describe("reseal import", function()
  it("makes entries of certbot's tree, with the seller's ids", function()
    configure()
    local one = pair()
    local folder = put("letsencrypt/live/example.com", one)
    lfs.mkdir(dir .. "/letsencrypt/renewal")
    cli.write("letsencrypt/renewal/example.com.conf", "[renewalparams]\nauthenticator = webroot\n"
      .. "webroot_path = /srv/www,\nrenew_hook = systemctl reload nginx\n")
    local key, csr = x509.new("P-256", "other.example")
    assert.is_truthy(csr)
    put("letsencrypt/live/broken.example", {key = key, chain = one.chain})
    local r = run {"import", "certbot", dir .. "/letsencrypt", "--out", dir .. "/entries.jsonl"}
    assert.equal(0, r.code, r.err)
    assert.is_truthy(r.err:find("broken.example: .*is not its key"), r.err)
    local entry = assert(data.json(clis.read(dir .. "/entries.jsonl")))
    assert.equal("example.com", entry.names[1])
    assert.same({"namecheap", one.id, "P-384", "/srv/www", folder},
      {entry.account, entry.certificate, entry.key, entry.prove.webroot, entry.install.folder})
    assert.same({"systemctl", "reload", "nginx"}, entry.install.hook)
    -- What it writes is a configuration.
    configure(('certificates = "%s/entries.jsonl"'):format(dir))
    assert.equal(10, run({"plan", "--json"}).code)
    -- It is never written over, and what is configured already is left out.
    r = run {"import", "certbot", dir .. "/letsencrypt", "--out", dir .. "/entries.jsonl"}
    assert.equal(2, r.code)
    r = run {"import", "certbot", dir .. "/letsencrypt"}
    assert.equal(10, r.code)
    assert.is_truthy(r.err:find("it is configured already, as example.com", 1, true), r.err)
    system.remove_tree(dir .. "/letsencrypt")
  end)

  it("says what could not be matched", function()
    configure()
    local key = x509.new("P-256", "example.com")
    local one = pair()
    put("pairs/example.com", one)
    -- A certificate with a name that no account has.
    local foreign = dir .. "/pairs/foreign.example"
    lfs.mkdir(foreign)
    os.execute(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj "
      .. "/CN=foreign.example -addext subjectAltName=DNS:foreign.example -keyout %s/privkey.pem -out %s/fullchain.pem "
      .. "2>/dev/null"):format(foreign, foreign))
    assert.is_truthy(key)
    local r = run {"import", "pairs", dir .. "/pairs", "--out", dir .. "/entries.d", "--webroot", "/srv/www"}
    assert.equal(11, r.code, r.err)
    assert.is_truthy(r.err:find("foreign.example: not matched: no account has a certificate of this name", 1, true),
      r.err)
    local entry = assert(data.lua(clis.read(dir .. "/entries.d/example.com.lua")))
    assert.same({one.id, "/srv/www"}, {entry.certificate, entry.prove.webroot})
    entry = assert(data.lua(clis.read(dir .. "/entries.d/foreign.example.lua")))
    assert.is_nil(entry.certificate)
    assert.equal(foreign, entry.install.folder)
    -- Written once more, nothing is written over.
    local before = clis.read(dir .. "/entries.d/example.com.lua")
    r = run {"import", "pairs", dir .. "/pairs", "--out", dir .. "/entries.d", "--offline"}
    assert.equal(11, r.code)
    assert.is_truthy(r.err:find("is there already, and is left as it is", 1, true))
    assert.equal(before, clis.read(dir .. "/entries.d/example.com.lua"))
    system.remove_tree(dir .. "/pairs")
  end)

  it("makes entries of a seller's account", function()
    configure()
    local r = run {"import", "account", "namecheap"}
    assert.equal(0, r.code, r.err)
    local found = {}
    for _, entry in ipairs(assert(data.lua(r.out)).certificates) do
      found[entry.certificate] = entry
    end
    assert.same({"example.com", "www.example.com"}, found["501904"].names)
    assert.same({"example.org", "shop.example.org", "mail.example.org"}, found["501906"].names)
    r = run {"import", "account", "realtimeregister", "--json"}
    assert.equal(0, r.code, r.err)
    assert.is_true(#cjson.decode(r.out).certificates > 0)
    for _, request in ipairs(sandbox.requests()) do
      assert.is_false(request.committed)
    end
    r = run {"import", "account", "shop"}
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("namecheap, realtimeregister", 1, true))
    assert.equal(2, run({"import", "pairs", dir .. "/nowhere"}).code)
    assert.equal(2, run({"import", "pairs"}).code)
  end)
end)

describe("reseal doctor", function()
  local function states(r)
    local found = {}
    for _, check in ipairs(cjson.decode(r.out).checks) do
      found[check.what] = (found[check.what] or "") .. check.state .. " " .. check.text .. "\n"
    end
    return found
  end

  local LOCAL = 'certificates = {{name = "example", names = {"localhost.localdomain"}, account = "namecheap", '
    .. 'certificate = "501904", %s}}'

  it("finds all well, with names that lead somewhere", function()
    configure(LOCAL:format('install = {hook = {"true"}}'))
    cli.write("hosts", "")
    local r = run {"doctor", "--json", "--offline"}
    assert.equal(0, r.code, r.out)
    r = run {"doctor", "--json"}
    local found = states(r)
    assert.is_truthy(found["account namecheap"]:find("ok its key works from here", 1, true))
    assert.is_truthy(found["account namecheap"]:find("seconds", 1, true))
    assert.is_truthy(found["account namecheap"]:find("ok the balance is %d+%.%d%d USD"))
    assert.is_truthy(found["account realtimeregister"]:find("ok its key works", 1, true))
    assert.is_truthy(found.example:find("the deploy hook true can be run", 1, true))
    assert.is_truthy(found.journal:find("the first run makes it", 1, true))
    for _, request in ipairs(sandbox.requests()) do
      assert.is_false(request.committed)
    end
  end)

  it("names what is wrong, and what helps", function()
    cli.write("hook", "#!/bin/sh\n", "644")
    cli.write("managed.lua", clis.config(sandbox.url):gsub("56b4c87ef4fd49cb96d915c0db68194", "0000")
      .. ('live = "%s/live"\n'):format(dir)
      .. 'certificates = {{names = {"a.example"}, account = "namecheap", certificate = "501904", '
      .. ('prove = {method = "dns", hook = "%s/hook"}, install = {folder = "%s/www/x", hook = "%s/none"}},'):format(dir,
        dir, dir)
      .. ('{names = {"b.example"}, account = "namecheap", certificate = "1", prove = {method = "http", '
        .. 'webroot = "%s/w"}, install = {folder = "%s/hook/x"}}}'):format(dir, dir))
    local r = run {"doctor", "--json"}
    assert.equal(11, r.code)
    local found = states(r)
    assert.is_truthy(found["account namecheap"]:find("^fail "), found["account namecheap"])
    assert.is_truthy(found["a.example"]:find("fail the hook " .. dir .. "/hook can't be executed", 1, true),
      found["a.example"])
    assert.is_truthy(found["a.example"]:find("fail the deploy hook " .. dir .. "/none is no file", 1, true),
      found["a.example"])
    assert.is_truthy(found["b.example"]:find("fail webroot .- is no folder"), found["b.example"])
    assert.is_truthy(found["b.example"]:find("hook is no folder", 1, true), found["b.example"])
    local text = run({"doctor"}).out
    assert.is_truthy(text:find("fail  a.example: the hook .-\n        Correct `prove`"), text)
    assert.is_truthy(text:find("fail  account namecheap: .-\n        %S"), text)
  end)

  it("tells the seller's clock, and a balance that won't do", function()
    configure(LOCAL:format 'buy = true, max_price = "9999.00 USD"')
    sandbox.post("/_sandbox/clock", {advance = 3600})
    local r = run {"doctor", "--json"}
    assert.equal(11, r.code)
    local found = states(r)
    assert.is_truthy(found["account namecheap"]:find("warn the balance is .- less than the 9999.00"))
  end)

  it("looks at the key that is installed, and at the journal", function()
    local one = pair()
    local folder = put("live/example", one)
    os.execute("chmod 644 '" .. folder .. "/privkey.pem'")
    configure(LOCAL:format 'key = "P-384"')
    local r = run {"doctor", "--offline", "--json"}
    assert.equal(11, r.code)
    assert.is_truthy(states(r).example:find("can be read by everybody", 1, true))
    os.execute("chmod 600 '" .. folder .. "/privkey.pem'")
    cli.write("journal.db", "this is no database, but it is there and long enough to be looked at" .. ("."):rep(4096))
    r = run {"doctor", "--offline", "--json"}
    assert.equal(11, r.code)
    assert.is_truthy(states(r).journal:find("^fail "))
    os.remove(dir .. "/journal.db")
    assert(journals.open(dir .. "/journal.db")):close()
    r = run {"doctor", "--offline", "--json"}
    assert.is_truthy(states(r).journal:find("ok it has no contradictions", 1, true), r.out)
    system.remove_tree(dir .. "/live")
  end)

  it("shows what is wrong with the configuration as well", function()
    configure 'certificates = {{names = "A.example", certificate = 5}}'
    local r = run {"doctor", "--offline"}
    assert.equal(11, r.code)
    assert.is_truthy(r.out:find("fail  configuration: .-:%d+: A.example: names: \"A.example\" must be in lower case"),
      r.out)
    r = cli.run {"doctor", "--offline", "--journal", dir .. "/journal.db"}
    assert.equal(11, r.code)
    assert.is_truthy(r.out:find("reseal init writes one", 1, true), r.out)
  end)
end)
