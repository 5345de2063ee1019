-- Proof of control: files under a webroot, a hook in dehydrated's words, and a look from here at what can be seen.
local curl = require "reseal.curl"
local dns = require "spec.support.dns"
local lfs = require "lfs"
local program = require "spec.support.program"
local proving = require "reseal.order.prove"
local system = require "reseal.system"
local wait = require "spec.support.wait"

local NOW = 1795600000 -- 2026-11-25

local dir, root

local function managed(way, names)
  return {name = "example.com", names = names or {"example.com"}, prove = {["*"] = way}}
end

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then
    file:close()
  end
  return text
end

before_each(function()
  dir = assert(system.mkdtemp "reseal-prove-")
  root = dir .. "/www"
  assert(lfs.mkdir(root))
end)

after_each(function() system.remove_tree(dir) end)

local FILE = {name = "example.com", method = "http", file = "C1A2.txt", content = "ABC comodoca.com 12ab"}
local RECORD = {
  name = "example.com", method = "dns", record = "_c1a2.example.com", type = "CNAME", target = "9f8e.7d6c.comodoca.com",
}

describe("a webroot", function()
  it("gets the file where authorities look, readable to its server, and loses it again", function()
    local prove, m = proving.new(), managed {method = "http", webroot = root}
    assert.is_true(prove:provable(m, m.names, NOW))
    assert.is_true(prove:publish(m, {FILE}))
    assert.is_true(prove:publish(m, {FILE}))
    local path = root .. "/.well-known/pki-validation/C1A2.txt"
    assert.equal(FILE.content, read(path))
    assert.equal("rw-r--r--", lfs.attributes(path, "permissions"))
    assert.is_true(prove:tidy(m, {FILE}))
    assert.is_true(prove:tidy(m, {FILE}))
    assert.is_nil(read(path))
  end)

  it("that isn't there, or takes no files, is told before anything is ordered", function()
    local prove = proving.new()
    local ok, err = prove:provable(managed {method = "http", webroot = dir .. "/wwww"}, {"example.com"}, NOW)
    assert.is_nil(ok)
    assert.is_truthy(err:find(dir .. "/wwww is no folder", 1, true))
    assert.is_nil(lfs.attributes(dir .. "/wwww"))
    program.write(root .. "/.well-known", "a file in the way")
    ok, err = prove:provable(managed {method = "http", webroot = root}, {"example.com"}, NOW)
    assert.is_nil(ok)
    assert.is_truthy(err:find("can't be made", 1, true))
  end)

  it("takes no file whose name leads elsewhere", function()
    local prove, m = proving.new(), managed {method = "http", webroot = root}
    for _, name in ipairs {"../../evil.txt", ".hidden", "a/b.txt", "", "a\0b"} do
      local ok, err = prove:publish(m, {{name = "example.com", method = "http", file = name, content = "x"}})
      assert.is_nil(ok)
      assert.is_truthy(err:find("can't be one", 1, true))
    end
    assert.is_nil(read(dir .. "/evil.txt"))
  end)
end)

--- In the style of published hooks: the words choose a function.
local HOOK = [[#!/bin/sh
deploy_challenge() {
  local DOMAIN="$1" TOKEN_FILENAME="$2" TOKEN_VALUE="$3"
  printf 'update add %s 60 %s %s\n' "$TOKEN_FILENAME" "$RESEAL_TYPE" "$TOKEN_VALUE" >> "$LOG"
  printf '%s|%s|%s|%s\n' "$DOMAIN" "$RESEAL_METHOD" "$RESEAL_RECORD" "${RESEAL_FILE-none}" >> "$LOG"
}
clean_challenge() {
  local DOMAIN="$1" TOKEN_FILENAME="$2" TOKEN_VALUE="$3"
  printf 'update delete %s\n' "$TOKEN_FILENAME" >> "$LOG"
}
HANDLER="$1"; shift
case "$HANDLER" in
deploy_challenge | clean_challenge) "$HANDLER" "$@" ;;
esac
]]

local function hook(text)
  local path = dir .. "/hook"
  program.write(path, (text:gsub("%$LOG", dir .. "/log")))
  os.execute("chmod 755 " .. path)
  return path
end

describe("a hook", function()
  it("is told in dehydrated's words, with all that a record needs", function()
    local prove, m = proving.new(), managed {method = "dns", hook = {hook(HOOK)}}
    assert.is_true(prove:provable(m, m.names, NOW))
    assert.is_true(prove:publish(m, {RECORD}))
    assert.is_true(prove:tidy(m, {RECORD}))
    assert.equal("update add _c1a2.example.com 60 CNAME 9f8e.7d6c.comodoca.com\n"
      .. "example.com|dns|_c1a2.example.com|none\nupdate delete _c1a2.example.com\n", read(dir .. "/log"))
  end)

  it("gets words of a seller as one argument, whatever is in them", function()
    local prove, m = proving.new(), managed {method = "dns", hook = {hook(HOOK)}}
    local odd = {name = "example.com", method = "dns", record = "_a.example.com", type = "TXT",
      target = "x'; touch " .. dir .. "/owned; $(touch " .. dir .. "/owned)"}
    assert.is_true(prove:publish(m, {odd}))
    assert.is_nil(read(dir .. "/owned"))
    assert.is_truthy(read(dir .. "/log"):find(odd.target, 1, true))
  end)

  it("fails by its status and its time, and the others are told all the same", function()
    local prove = proving.new()
    local m = {name = "example.com", names = {"example.com", "example.org"}, prove = {
      ["example.com"] = {method = "dns", hook = hook "#!/bin/sh\nexit 3\n"},
      ["example.org"] = {method = "http", webroot = root},
    }}
    local file = {name = "example.org", method = "http", file = "x.txt", content = "y"}
    local ok, err = prove:publish(m, {RECORD, file})
    assert.is_nil(ok)
    assert.is_truthy(err:find("deploy_challenge for example.com ended with status 3", 1, true))
    assert.equal("y", read(root .. "/.well-known/pki-validation/x.txt"))
    m.prove["example.com"] = {method = "dns", hook = hook "#!/bin/sh\nsleep 60\n", timeout = 0.2}
    ok, err = prove:publish(m, {RECORD})
    assert.is_nil(ok)
    assert.is_truthy(err:find("deploy_challenge for example.com failed", 1, true), err)
  end)

  it("that can't be run is told before anything is ordered", function()
    local path = dir .. "/plain"
    program.write(path, "#!/bin/sh\n")
    for at, words in pairs {[path] = "can't be executed", [dir .. "/none"] = "is no file", [""] = "names no program"} do
      local ok, err = proving.new():provable(managed {method = "dns", hook = {at}}, {"example.com"}, NOW)
      assert.is_nil(ok)
      assert.is_truthy(err:find(words, 1, true), err)
    end
  end)
end)

describe("a way of proof", function()
  local function refused(way, names, now)
    local ok, err = proving.new():provable(managed(way, names), names or {"example.com"}, now or NOW)
    assert.is_nil(ok)
    return err
  end

  it("that can't lead there is refused", function()
    assert.is_truthy(refused({method = "http", webroot = root}, {"*.example.com"}):find("wildcard", 1, true))
    assert.is_truthy(refused({method = "http"}):find("no webroot or hook is named", 1, true))
    assert.is_truthy(refused({method = "dns"}):find("no hook is named", 1, true))
    assert.is_truthy(refused(nil):find("nothing says how", 1, true))
  end)

  it("by e-mail ends in March 2028", function()
    local way = {method = "email", address = "admin@example.com"}
    assert.is_true(proving.new():provable(managed(way), {"example.com"}, NOW))
    assert.is_truthy(refused(way, nil, 1836691200):find("since 2028-03-15", 1, true)) -- that day, UTC
  end)
end)

describe("a look from here", function()
  it("sees the file as the world does, and says what it sees instead", function()
    local m, port = managed {method = "http", webroot = root}, assert(system.free_port())
    local prove = proving.new {http_at = "127.0.0.1:" .. port, timeout = 5, page = curl.page}
    local told = prove:probe(m, {FILE})
    assert.is_false(told.ready)
    assert.is_truthy(told.why:find("example.com", 1, true))
    local server = program.start(("python3 -m http.server --bind 127.0.0.1 --directory %s %d"):format(root, port), dir)
    assert.is_truthy(wait(10, function()
      told = prove:probe(m, {FILE})
      return told.why:find("answers 404", 1, true)
    end), told.why)
    assert.is_true(prove:publish(m, {FILE}))
    assert.same({ready = true}, prove:probe(m, {FILE}))
    program.write(root .. "/.well-known/pki-validation/C1A2.txt", "ABC\ncomodoca.com\n12ab\n")
    assert.same({ready = true}, prove:probe(m, {FILE}))
    program.write(root .. "/.well-known/pki-validation/C1A2.txt", "something else")
    assert.is_truthy(prove:probe(m, {FILE}).why:find("another content", 1, true))
    server.stop()
  end)

  it("sees records, and tells a wrong one from none and from a failed look", function()
    local server = dns.start()
    local m, prove = managed {method = "dns", hook = {"true"}}, proving.new {dns_at = server.address}
    assert.is_truthy(prove:probe(m, {RECORD}).why:find("has no CNAME record", 1, true))
    server.cname(RECORD.record, "other.comodoca.com")
    assert.is_truthy(prove:probe(m, {RECORD}).why:find("another value", 1, true))
    server.cname(RECORD.record, RECORD.target)
    assert.same({ready = true}, prove:probe(m, {RECORD}))
    server.txt("_dnsauth.example.com", "key of today")
    local text = {name = "example.com", method = "dns", record = "_dnsauth.example.com", type = "TXT"}
    text.target = "key of today"
    assert.same({ready = true}, prove:probe(m, {text}))
    server.stop()
    text.record = ("a"):rep(70) .. ".example.com" -- longer than a label can be
    assert.is_truthy(prove:probe(m, {text}).why:find("can't be looked up", 1, true))
  end)

  it("can be switched off, for all or for one name", function()
    local prove = proving.new {look = false}
    assert.same({ready = true}, prove:probe(managed {method = "http", webroot = root}, {FILE}))
    prove = proving.new {http_at = "127.0.0.1:1"}
    assert.is_truthy(prove:probe(managed {method = "http", webroot = root}, {FILE}).why:find("can get a page", 1, true))
    assert.same({ready = true}, prove:probe(managed {method = "http", webroot = root, look = false}, {FILE}))
  end)
end)
