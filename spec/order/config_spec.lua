-- The configuration of managed certificates: everything that is wrong with it at once, each with its place, and nothing
-- of it is run.
local config = require "reseal.order.config"
local data = require "reseal.order.data"
local lfs = require "lfs"
local system = require "reseal.system"

local ACCOUNTS = {shop = {provider = "namecheap"}, office = {provider = "realtimeregister"}}
local NOW = 1795000000 -- 2026-11-18

--- An entry as people write it, with changes; `false` takes a field away.
local function entry(changes)
  local e = {
    names = {"example.com", "www.example.com"}, account = "shop", certificate = "501904",
    prove = {method = "http", webroot = "/var/www/html"}, install = {folder = "/etc/ssl/example.com"},
  }
  for field, value in pairs(changes or {}) do
    if value == false then
      e[field] = nil
    else
      e[field] = value
    end
  end
  return e
end

local function check(list, more)
  local given, options = {certificates = list}, {accounts = ACCOUNTS, now = NOW}
  for field, value in pairs(more or {}) do
    given[field] = value
  end
  return config.check(given, options)
end

--- The faults of one entry, each as "param code".
local function faults_of(changes)
  local c, err = check {entry(changes)}
  assert.is_nil(c)
  local list = {}
  for i, fault in ipairs(err.errors) do
    list[i] = fault.param .. " " .. fault.code
  end
  return list, err
end

local function message_of(changes)
  local list, err = faults_of(changes)
  assert.equal(1, #list, table.concat(list, "; "))
  return err.errors[1].message
end

describe("an entry", function()
  it("becomes the shape that the other modules read", function()
    local c, err = check {entry {
      key = "rsa-3072", buy = true, product = "PositiveSSL", max_price = "12 USD", before = 20, years = 2,
      prove = {["*"] = {method = "http", hook = {"/etc/reseal/hook", "x"}, timeout = 30},
        ["www.example.com"] = {method = "dns", hook = "/etc/reseal/dns", look = false}},
      install = {folder = "/etc/ssl/example.com/", hook = {"systemctl", "reload", "nginx"}, timeout = 60,
        check = "[::1]:443"},
      params = {activate = {AdminEmailAddress = "ann@example.com"}},
    }}
    assert.is_truthy(c, tostring(err))
    local managed = c.managed[1]
    managed.source = nil
    assert.same({
      name = "example.com", names = {"example.com", "www.example.com"}, account = "shop", provider = "namecheap",
      certificate = "501904", product = "PositiveSSL", key = "RSA-3072", years = 2, buy = true, max_price = "12.00",
      currency = "USD", before = 20, enabled = true,
      prove = {["*"] = {method = "http", hook = {"/etc/reseal/hook", "x"}, timeout = 30},
        ["www.example.com"] = {method = "dns", hook = {"/etc/reseal/dns"}, look = false}},
      install = {folder = "/etc/ssl/example.com", hook = {"systemctl", "reload", "nginx"}, timeout = 60,
        check = "[::1]:443"},
      params = {activate = {AdminEmailAddress = "ann@example.com"}},
    }, managed)
    assert.equal(managed, c.by_name["example.com"])
  end)

  it("has defaults that spend nothing", function()
    local c = assert(check {entry()})
    local managed = c.managed[1]
    assert.same({false, 1, true}, {managed.buy, managed.years, managed.enabled})
    assert.is_nil(managed.key)
    assert.same({["*"] = {method = "http", webroot = "/var/www/html"}}, managed.prove)
  end)

  it("that was checked is checked again with the same result", function()
    local first = assert(check {entry {max_price = {amount = "9.5", currency = "EUR"}, buy = true}}).managed[1]
    first.source = nil
    local second = assert(check {first}).managed[1]
    second.source = nil
    assert.same(first, second)
    assert.same({"9.50", "EUR"}, {second.max_price, second.currency})
  end)

  it("tells all its faults at once", function()
    local list = faults_of {
      names = {"Example.com", "example.com", "example.com"}, certificate = 501904, key = "P-257", years = 1.5,
      buy = "yes", max_price = 12, before = -1, enabled = 0, account = "shp", certificat = "5",
      install = {folder = "ssl", check = "localhost", hook = {}}, prove = {method = "htpp"},
    }
    table.sort(list)
    assert.same({
      "account not_allowed", "before bad_value", "buy bad_type", "certificat unknown_param", "certificate bad_type",
      "enabled bad_type", "install.check bad_value", "install.folder bad_value", "install.hook bad_type",
      "key not_allowed", "max_price bad_value", "names[1] bad_format", "names[3] twice", "prove.method not_allowed",
      "years bad_value",
    }, list)
  end)

  it("names what was meant", function()
    assert.is_truthy(message_of({certificat = "5"}):find("did you mean certificate?", 1, true))
    assert.is_truthy(message_of({account = "sho"}):find("did you mean shop?", 1, true))
    assert.is_truthy(message_of({key = "p256"}):find("did you mean P-256?", 1, true))
    assert.is_truthy(message_of({install = {folder = "/x", hok = "/y"}}):find("did you mean hook?", 1, true))
    assert.is_truthy(message_of({params = {activate = {WebServerTyp = "nginx"}}}):find("did you mean WebServerType?", 1,
      true))
    assert.is_truthy(message_of({params = {renews = {}}}):find("did you mean renew?", 1, true))
  end)

  it("has names in lower case, with xn-- for other letters", function()
    for name, words in pairs {
      ["bücher.example"] = "xn%-%- form", ["WWW.example.com"] = "lower case: www%.example%.com",
      ["example.com."] = "with a dot: example%.com", ["192.0.2.7"] = "is an address", ["2001:db8::1"] = "is an address",
      ["a..example"] = "must be a host name", ["localhost"] = "must be a host name",
      ["a_b.example"] = "\"a_b\" is none",
      ["-a.example"] = "must be a host name", ["*.*.example"] = "must be a host name",
      [("a"):rep(64) .. ".example"] = "63 at most", ["exa mple.com"] = "must be a host name",
    } do
      local message = message_of {names = {name}, prove = {method = "dns", hook = "/h"}}
      assert.is_truthy(message:find(words), message)
    end
    assert.is_truthy(check {entry {names = {"xn--bcher-kva.example", "*.xn--bcher-kva.example"},
      prove = {method = "dns", hook = "/h"}}})
  end)

  it("says how each name is proved", function()
    local wildcard = {"*.example.com", "example.com"}
    assert.is_truthy(message_of({names = wildcard}):find("a wildcard takes dns or email", 1, true))
    assert.is_truthy(check {entry {names = wildcard, prove = {["*"] = {method = "http", webroot = "/w"},
      ["*.example.com"] = {method = "dns", hook = {"/h"}}}}})
    local _, err = check {entry {prove = {["example.com"] = {method = "http", webroot = "/w"}}}}
    assert.is_truthy(err.message:find('control of "www.example.com" is proved', 1, true), err.message)
    assert.same({"prove missing"}, faults_of {prove = false})
    assert.same({"prove missing"}, faults_of {prove = {method = "http"}})
    assert.same({"prove conflict"}, faults_of {prove = {method = "http", webroot = "/w", hook = "/h"}})
    assert.same({"prove.hook missing"}, faults_of {prove = {method = "dns"}})
    assert.same({"prove.address missing"}, faults_of {prove = {method = "email"}})
    assert.same({"prove.hook bad_value"}, faults_of {prove = {method = "dns", hook = "/etc/hook --fast"}})
    assert.same({'prove["ww.example.com"] not_allowed'}, faults_of {prove = {["*"] = {method = "dns", hook = "/h"},
      ["ww.example.com"] = {method = "dns", hook = "/h"}}})
  end)

  it("can be proved by e-mail until that ends", function()
    local given = {certificates = {entry {prove = {method = "email", address = "admin@example.com"}}}}
    local c = assert(config.check(given, {accounts = ACCOUNTS, now = NOW}))
    assert.is_truthy(c.warnings[1].message:find("2028-03-15", 1, true))
    local _, err = config.check(given, {accounts = ACCOUNTS, now = 1836691200}) -- 2028-03-15
    assert.is_truthy(err.message:find("not proved by e%-mail any more since 2028%-03%-15"), err.message)
  end)

  it("that may buy says for how much, and in which currency", function()
    assert.same({"max_price missing"}, faults_of {buy = true})
    for _, price in ipairs {"12", "twelve USD", "12 usd", "-1 USD", "1e3 USD", "12.00001 USD", 12, {"9"}, true} do
      assert.same({"max_price bad_value"}, faults_of {buy = true, max_price = price})
    end
    assert.same({"product missing"}, faults_of {buy = true, max_price = "12 USD", certificate = false})
    local c = assert(check {entry {certificate = false}})
    assert.equal("nothing_to_begin_with", c.warnings[1].code)
  end)

  it("is doubted where its product is nearly one that the seller lists", function()
    local c = assert(check {entry {product = "PositivSSL"}})
    assert.is_truthy(c.warnings[1].message:find("did you mean PositiveSSL?", 1, true))
    assert.same({}, assert(check {entry {product = "positivessl"}}).warnings)
  end)

  it("has parameters as the call has them, but none that follow from the order", function()
    local list, err = faults_of {params = {
      renew = {CertificateID = "1", SSLType = "X", PromotionCode = "SUMMER"},
      activate = {AdminEmailAddress = "nobody", csr = "x", adminfirstname = ("x"):rep(101)},
    }}
    table.sort(list)
    assert.same({
      "params.activate.AdminEmailAddress bad_format", "params.activate.adminfirstname too_long",
      "params.activate.csr not_allowed", "params.renew.CertificateID not_allowed", "params.renew.SSLType not_allowed",
    }, list)
    assert.is_nil(tostring(err):find("is required", 1, true)) -- what the order adds is not missing
    list = faults_of {account = "office", params = {
      reissue = {approver = {firstName = "Ann"}, Language = "en"}, activate = {},
    }}
    table.sort(list)
    assert.same({
      "params.activate not_allowed", "params.reissue.Language unknown_param", "params.reissue.approver missing",
      "params.reissue.approver missing", "params.reissue.approver missing",
    }, list)
  end)
end)

describe("several entries", function()
  it("share neither name, certificate, folder nor names with one kind of key", function()
    local function twice(changes)
      local _, err = check {entry(), entry(changes)}
      assert.equal(1, #err.errors)
      assert.equal("twice", err.errors[1].code)
      assert.is_truthy(err.message:find("certificates[1]", 1, true), err.message)
      return err.errors[1].param
    end
    assert.equal("name", twice {certificate = "2", install = {folder = "/b"}})
    assert.equal("certificate", twice {name = "b", names = {"b.example"}, install = {folder = "/b"}})
    assert.equal("install", twice {name = "b", names = {"b.example"}, certificate = "2"})
    assert.equal("names", twice {name = "b", names = {"www.example.com", "example.com"}, certificate = "2",
      install = {folder = "/b"}})
    assert.is_truthy(check {entry(), entry {name = "b", key = "RSA-2048", certificate = "2",
      install = {folder = "/b"}}})
    assert.is_truthy(check {entry(), entry {names = {"b.example"}, account = "office", install = {folder = "/b"}}})
  end)

  it("take from the defaults what they lack, member by member", function()
    local c, err = check({
      {names = {"a.example"}, certificate = "1"},
      {names = {"*.b.example", "b.example"}, certificate = "2", account = "office", key = "P-384",
        prove = {["*.b.example"] = {method = "dns", hook = "/h"}}, install = {folder = "/b"}},
    }, {
      live = "/var/lib/reseal/live",
      defaults = {account = "shop", key = "P-256", prove = {method = "http", webroot = "/w"},
        install = {hook = {"/reload"}}},
    })
    assert.is_truthy(c, tostring(err))
    local a, b = c.managed[1], c.managed[2]
    assert.same({"shop", "P-256", "/var/lib/reseal/live/a.example"}, {a.account, a.key, a.install.folder})
    assert.same({"office", "P-384"}, {b.account, b.key})
    c = assert(check({entry {names = {"*.a.example"}, prove = {method = "dns", hook = "/h"}, install = false}},
      {live = "/l"}))
    assert.equal("/l/_.a.example", c.managed[1].install.folder)
    assert.same({folder = "/b", hook = {"/reload"}}, b.install)
    assert.equal("/w", b.prove["*"].webroot)
    assert.equal("dns", b.prove["*.b.example"].method)
  end)

  it("don't repeat what is wrong with the defaults", function()
    local list = {}
    for i = 1, 5 do
      list[i] = {names = {("h%d.example"):format(i)}, certificate = ("%d"):format(i), account = "shop"}
    end
    local _, err = check(list, {live = "/l", defaults = {key = "RSA", prove = {method = "http", webroot = "here"},
      certificate = "5"}})
    local found = {}
    for i, fault in ipairs(err.errors) do
      found[i] = fault.param .. " " .. fault.code
    end
    assert.same({"defaults.certificate unknown_param", "defaults.prove.webroot bad_value"}, found)
  end)
end)

describe("what an account may spend", function()
  it("is an amount by order, run and day, in one currency", function()
    local c = assert(check({entry()}, {caps = {shop = {order = "20 USD", day = {"100.50", "USD"}}}}))
    assert.same({shop = {order = "20.00", day = "100.50", currency = "USD"}}, c.caps)
    assert.equal(50, c.at_once)
    assert.equal(7, assert(check({entry()}, {at_once = 7})).at_once)
    for _, wrong in ipairs {0, 1.5, "7", 10001} do
      local none, why = check({entry()}, {at_once = wrong})
      assert.is_nil(none)
      assert.is_truthy(why.message:find("at_once must be a number of orders, 1 to 10000", 1, true))
    end
    local _, err = check({entry()}, {caps = {
      shop = {order = "20 USD", run = "5 EUR", dai = "1 USD", day = 5}, shopp = {day = "1 USD"}, office = 7,
    }})
    local list = {}
    for i, fault in ipairs(err.errors) do
      list[i] = fault.param .. " " .. fault.code
    end
    assert.same({"caps.office bad_type", "caps.shop.dai unknown_param", "caps.shop.day bad_value",
      "caps.shop.run conflict", "caps.shopp not_allowed"}, list)
    assert.is_truthy(tostring(err.errors[5].message):find("did you mean shop?", 1, true))
  end)
end)

describe("files", function()
  local dir

  before_each(function() dir = assert(system.mkdtemp "reseal-config-spec-") end)
  after_each(function() system.remove_tree(dir) end)

  local function write(name, text, mode)
    assert(system.write_file(dir .. "/" .. name, text, mode or "0644"))
    return dir .. "/" .. name
  end

  local function read(path)
    return config.check({certificates = path, live = dir}, {accounts = ACCOUNTS, now = NOW})
  end

  it("of a folder are a certificate each, in Lua's notation or JSON", function()
    write("b.json", [[{"names": ["b.example"], "account": "shop", "certificate": "2",
      "prove": {"method": "http", "webroot": "/w"}}]])
    write("a.lua", [[
      -- the shop's
      local web = {method = "http", webroot = "/var/www/html"}
      names = {"a.example", "www.a.example"}
      account = 'shop'; certificate = "1"
      prove = {["*"] = web, ["www.a.example"] = web}
    ]])
    write("c.lua", [[return {names = "c.example", account = "shop", certificate = "3", prove = {method = "dns",
      hook = {"/h"}}}]])
    write("README", "no entry")
    write(".d.lua.swp", "no entry")
    local c, err = read(dir)
    assert.is_truthy(c, tostring(err))
    local names = {}
    for i, managed in ipairs(c.managed) do
      names[i] = managed.name .. " " .. managed.certificate
    end
    assert.same({"a.example 1", "b.example 2", "c.example 3"}, names)
    assert.equal(dir .. "/a.lua", c.managed[1].source.file)
  end)

  it("tell the line of each fault", function()
    write("a.lua", 'names = {\n  "a.example",\n  "B.example",\n}\naccount = "shop"\n\ncertificate = 5\n'
      .. 'prove = {\n  ["*"] = {\n    method = "http",\n    webroot = "w",\n  },\n}\n')
    write("b.json", '{\n  "names": ["c.example"],\n  "account": "shop",\n  "certificate": "6",\n  "years": 0,\n'
      .. '  "prove": {"method": "http", "webroot": "/w"}\n}')
    local _, err = read(dir)
    local found = {}
    for i, fault in ipairs(err.errors) do
      found[i] = fault.file:match "[^/]*$" .. (":%d %s"):format(fault.line, fault.param)
      assert.equal(1, (fault.message:find(fault.file .. ":" .. ("%d"):format(fault.line) .. ": ", 1, true)))
    end
    table.sort(found)
    assert.same({'a.lua:11 prove["*"].webroot', "a.lua:3 names[2]", "a.lua:7 certificate", "b.json:5 years"}, found)
  end)

  it("are not run", function()
    for i, text in ipairs {
      'names = os.execute("touch ' .. dir .. '/run")', "while true do end", 'x = ("x"):rep(1000000000)',
      "return (function() end)()", 'names = "a" .. "b"', 'return require "os"', "names = _G", "a = 1 + 1", "\27Lua",
      "names = {f()}", 'x = "a" x = x.y', "goto again", "return {#'a'}", "a.b = 1",
    } do
      write("a.lua", text)
      local c, err = read(dir)
      assert.is_nil(c, i)
      assert.equal("syntax", err.errors[1].code, text)
      assert.is_nil(lfs.attributes(dir .. "/run"))
    end
  end)

  it("of JSON lines are an entry each", function()
    local line = '{"names":["h%d.example"],"account":"shop","certificate":"%d",'
      .. '"prove":{"method":"http","webroot":"/w"}}'
    local path = write("all.jsonl", line:format(1, 1) .. "\n\n" .. line:format(2, 2) .. "\r\n")
    local c = assert(read(path))
    assert.equal(2, #c.managed)
    assert.same({file = path, line = 3}, c.managed[2].source)
    write("all.jsonl", line:format(1, 1) .. "\n" .. line:format(2, 1) .. "\n" .. '{"names":["x.example"],}' .. "\n"
      .. '{"names":["y.example"],"names":["z.example"]}\n')
    local _, err = read(path)
    local found = {}
    for i, fault in ipairs(err.errors) do
      found[i] = ("%d %s"):format(fault.line, fault.code)
    end
    assert.same({"3 syntax", "4 syntax", "2 twice"}, found)
    assert.is_truthy(err.errors[2].message:find("names is there twice", 1, true))
    assert.is_truthy(err.errors[3].message:find("all.jsonl:1", 1, true))
  end)

  it("that others may write are refused, since they can name programs", function()
    write("a.lua", 'return {names = "c.example", account = "shop", certificate = "3", prove = {method = "dns", '
      .. 'hook = {"/h"}}}', "0664")
    local _, err = read(dir)
    assert.equal("writable", err.errors[1].code)
    assert.is_truthy(err.message:find("chmod go-w", 1, true))
  end)

  it("that are not there are told", function()
    for _, path in ipairs {dir .. "/none", write("x.txt", "")} do
      local _, err = read(path)
      assert.equal("certificates", err.errors[1].code)
      assert.is_truthy(err.message:find(path, 1, true), err.message)
    end
  end)
end)

describe("the lines of a configuration", function()
  it("are those of its text, where that is data", function()
    local text = 'caps = {\n  shop = {day = 5},\n}\ncertificates = {\n  {names = {"example.com"}, account = "shop",\n'
      .. '    certificate = 7},\n}\n'
    local given = assert(data.lua(text))
    local _, err = config.check(given, {accounts = ACCOUNTS, file = "/etc/reseal.lua", text = text, live = "/l"})
    local found = {}
    for i, fault in ipairs(err.errors) do
      found[i] = fault.param .. (" %d"):format(fault.line)
    end
    assert.same({"certificate 6", "prove 5", "caps.shop.day 2"}, found)
    _, err = config.check(given, {accounts = ACCOUNTS, file = "/etc/reseal.lua", text = "x = f()", live = "/l"})
    assert.is_truthy(err.message:find("^/etc/reseal.lua: certificates%[1%]: example.com: "), err.message)
  end)
end)

describe("data in Lua's notation", function()
  it("has the values that Lua gives it", function()
    local text = [==[
      local one, two = 1
    ]==]
    assert.is_nil((data.lua(text)))
    text = [==[--[[ a
      comment ]] a = "tab\tnew\nquote\"\65\x42\\" --[=[ another ]=]
      b = 'it''s' ]==]
    assert.is_nil((data.lua(text)))
    text = '--[[ a\ncomment ]] a = "tab\\tnew\\nquote\\"\\65\\66\\\\" --[=[ b ]=]\nlocal t = {1; 2, x = -1.5e2,}\n'
      .. 'b = {t, ["k y"] = true, [3] = false}\nc = [==[\nline ]] 1\nline 2]==];d = nil'
    local load_in = rawget(_G, "setfenv") and function(chunk, env)
      return rawget(_G, "setfenv")(rawget(_G, "loadstring")(chunk), env)
    end or function(chunk, env) return load(chunk, "=text", "t", env) end
    local wanted = {}
    load_in(text, wanted)()
    assert.same(wanted, (data.lua(text)))
  end)

  it("and in JSON is exact and strict", function()
    assert.same({a = {1, -2.5, "é\n\240\159\148\145/"}, b = {}, c = false},
      (data.json '{"a": [1, -2.5, "\\u00e9\\n\\ud83d\\udd11\\/"], "b": {}, "c": false, "d": null}'))
    for _, text in ipairs {
      "{'a': 1}", "[1,]", '{"a": 01}', '{"a": 1.}', '{"a" = 1}', '{"a": "x\ty"}', '{"a": "\\x41"}', "{a: 1}", "[1] 2",
      "", '{"a": 12345678901234567890}',
      '{"a": "\\ud800"}', "[nil]", "// x\n1", ("["):rep(60) .. ("]"):rep(60), '{"a": 1',
    } do
      local value, err = data.json(text)
      assert.is_nil(value, text)
      assert.is_truthy(err.line >= 1 and err.message)
    end
  end)
end)

-- Growth is counted, not timed: instructions that it takes.
describe("ten times as many entries", function()
  local function list_of(count, wrong)
    local list = {}
    for i = 1, count do
      list[i] = entry {
        names = {("h%d.example.com"):format(i)}, certificate = ("%d"):format(i), buy = true, max_price = "12.00 USD",
        install = {folder = ("/etc/ssl/%d"):format(i), check = "127.0.0.1:443"}, key = wrong and "P-257" or "P-256",
        params = {activate = {AdminEmailAddress = "ann@example.com"}},
      }
    end
    return list
  end

  local function instructions(f)
    local jit = rawget(_G, "jit")
    local count = 0
    if jit then
      jit.off()
    end
    debug.sethook(function() count = count + 1 end, "", 1000)
    f()
    debug.sethook()
    if jit then
      jit.on()
    end
    return count
  end

  for _, wrong in ipairs {false, true} do
    it("take ten times the work" .. (wrong and ", also when all are wrong" or ""), function()
      check(list_of(10, wrong)) -- what is made once
      local few, many = list_of(100, wrong), list_of(1000, wrong)
      local one = instructions(function() check(few) end)
      local ten = instructions(function() check(many) end)
      assert.is_true(ten < 13 * one, ("%d, %d"):format(one, ten))
      assert.is_true(ten < 20000, ("%d thousand instructions"):format(ten)) -- 20,000 an entry
    end)
  end
end)

describe("the page about it", function()
  local file = assert(io.open "docs/orders.md")
  local page = file:read "*a"
  file:close()

  it("has an example that is without fault", function()
    local text = page:match "```lua\n(%-%- ~/.config.-)```"
    local given = assert(data.lua(text))
    local c, err = config.check(given, {now = NOW, live = "/l",
      accounts = {namecheap = {provider = "namecheap"}, shop = {provider = "realtimeregister"}}})
    assert.is_truthy(c, tostring(err))
    assert.equal(2, #c.managed)
    assert.same({day = "100.00", order = "20.00", currency = "USD"}, c.caps.namecheap)
    local one = assert(data.lua(page:match "```lua\n(%-%- /etc/reseal.-)```"))
    assert.equal("501904", one.certificate)
  end)

  it("has every field", function()
    local fields = {}
    for _, list in ipairs {require("reseal.order.config.entry").FIELDS, config.FIELDS,
      {"folder", "hook", "timeout", "check", "vocabulary", "webroot", "address", "look", "method"}} do
      for _, field in ipairs(list) do
        fields[#fields + 1] = field
      end
    end
    for _, field in ipairs(fields) do
      -- The seller follows from the account, and a currency stands in the amount.
      if field ~= "provider" and field ~= "currency" then
        assert.is_truthy(page:find("`" .. field .. "[` ]"), field)
      end
    end
  end)
end)
