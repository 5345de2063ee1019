-- Every example runs, and does what it says.
local fixture = require "spec.support.fixture"
local lfs = require "lfs"
local program = require "spec.support.program"
local sandboxes = require "spec.support.sandbox"
local system = require "reseal.system"

local LUA = os.getenv("RESEAL_LUA") or arg[-1] or "lua"
local KEY = "56b4c87ef4fd49cb96d915c0db68194"

describe("the example", function()
  local sandbox, dir
  local ran = {["demo.lua"] = true}

  setup(function()
    sandbox = sandboxes.start()
    dir = assert(system.mkdtemp("reseal-examples-spec-"))
    local command = "openssl req -new -newkey rsa:2048 -nodes -keyout %s/a.key -out %s/a.csr -subj /CN=example.com 2>&1"
    sandboxes.output(command:format(dir, dir))
  end)

  teardown(function()
    sandbox.stop()
    system.remove_tree(dir)
  end)

  it("of the README's Lua part runs as it stands there", function()
    local code = fixture.read("README.md"):match("## From Lua\n\n```lua\n(.-)\n```")
    local function put(name, text)
      local file = assert(io.open(dir .. "/" .. name, "w"))
      file:write(text)
      file:close()
    end
    -- The reader's own account and files; the rest is the README's.
    for name, account in pairs(fixture.accounts) do
      put(name .. ".key", account.api_key .. "\n")
    end
    code = code:gsub("/etc/reseal/", dir .. "/"):gsub('"example.com.csr"', ('"%s/a.csr"'):format(dir))
      :gsub('"ann"', '"apiexample"'):gsub('"192%.0%.2%.1"', '"1.2.3.4"')
      :gsub('"production"', ('"%s"'):format(sandbox.url))
      :gsub('customer = "example",', '%0 endpoint = "' .. sandbox.url .. '",')
    put("readme.lua", code .. "\nprint(r and r.quote and 'quoted' or tostring(err))\n")
    local said = sandboxes.output(("'%s' %s/readme.lua 2>&1"):format(LUA, dir))
    assert.is_truthy(said:find("^%d+%s+9%.0000\nquoted\n$"), said)
  end)

  --- Runs an example; returns its exit code and output.
  local function run(name, arguments, environment)
    ran[name] = true
    local command = "RESEAL_ENDPOINT=%s %s '%s' examples/%s %s 2>&1; echo exit $?"
    local output = sandboxes.output(command:format(sandbox.url, environment or "", LUA, name, arguments or ""))
    return tonumber(output:match("exit (%d+)\n$")), output
  end

  before_each(function()
    sandbox.reset()
  end)

  it("renew_namecheap.lua renews", function()
    local code, output = run("renew_namecheap.lua")
    assert.equal(0, code, output)
    assert.is_truthy(output:find("renewed for 9.0000", 1, true))
    assert.equal(1, #sandbox.ledger())
  end)

  it("renew_namecheap.lua looks before it leaps when the answer is lost", function()
    sandbox.post("/_sandbox/fault", {fault = "drop_after_commit", method = "renew"})
    local code, output = run("renew_namecheap.lua")
    assert.equal(1, code)
    assert.is_truthy(output:find("may have been carried out", 1, true))
    assert.is_truthy(output:find("newrenewal", 1, true), output)
    assert.equal(1, #sandbox.ledger())
  end)

  it("reissue_namecheap.lua prints records", function()
    local code, output = run("reissue_namecheap.lua", dir .. "/a.csr")
    assert.equal(0, code, output)
    assert.is_truthy(output:find("\n_%x+%.example%.com CNAME %x+%.%S+\n"), output)
  end)

  it("reissue_realtimeregister.lua asks the price and orders", function()
    local code, output = run("reissue_realtimeregister.lua", dir .. "/a.csr")
    assert.equal(0, code, output)
    assert.is_truthy(output:find("it costs %d+ cents\nprocess %d+ waits"))
    assert.is_truthy(output:find("example%.com CNAME %S+\n"))
  end)

  it("own_transport.lua sends by a command that gets no key as argument", function()
    local real = sandboxes.output("command -v curl"):match("%S+")
    local file = assert(io.open(dir .. "/curl", "w"))
    file:write(('#!/bin/sh\necho "$@" >>%s/arguments\nexec %s "$@"\n'):format(dir, real))
    file:close()
    os.execute("chmod +x " .. dir .. "/curl")
    local code, output = run("own_transport.lua", "", ("PATH='%s':\"$PATH\""):format(dir))
    assert.equal(0, code, output)
    assert.is_truthy(output:find("active", 1, true))
    local arguments = sandboxes.output("cat " .. dir .. "/arguments")
    assert.is_truthy(arguments:find("--config -", 1, true))
    assert.is_nil(arguments:find(KEY, 1, true))
  end)

  it("own_transport.lua tells what was never sent from what may have been", function()
    local code, output = run("own_transport.lua", "", "RESEAL_ENDPOINT=http://127.0.0.1:" .. system.free_port())
    assert.is_not.equal(0, code)
    assert.is_truthy(output:find("(not_sent)", 1, true), output)
    sandbox.post("/_sandbox/fault", {fault = "drop_before", times = 3})
    code, output = run("own_transport.lua")
    assert.is_not.equal(0, code)
    assert.is_truthy(output:find("closed", 1, true), output)
  end)

  it("list_expiring.lua lists what ends soon, and says when that is not all", function()
    local code, output = run("list_expiring.lua", "60")
    assert.equal(0, code, output)
    local before = ""
    for line in output:gmatch("(%d+%-%d+%-%d+  [^\n]+)\n") do
      assert.is_true(line:sub(1, 10) >= before)
      before = line:sub(1, 10)
    end
    assert.is_truthy(output:find("namecheap 501904 +example%.com\n"), output)
    assert.is_truthy(output:find("realtimeregister 7 +example%.com\n"), output)
    code, output = run("list_expiring.lua", "1")
    assert.equal(0, code, output)
    assert.equal("exit 0\n", output)
    code, output = run("list_expiring.lua", "60", "RESEAL_ENDPOINT=" .. sandbox.url:gsub("^http:", "https:"))
    assert.equal(1, code)
    assert.is_truthy(output:find("not all is shown: namecheap getList: tls", 1, true), output)
    assert.is_truthy(output:find("not all is shown: realtimeregister list: tls", 1, true), output)
  end)

  it("keep_valid.lua plans, does what is due, and says how all stands", function()
    local page = assert(system.mkdtemp "reseal-examples-web-") -- which goes when the server is stopped
    local port = assert(system.free_port())
    local web = program.start(("python3 -m http.server --bind 127.0.0.1 --directory %s %d"):format(page, port), page)
    sandbox.post("/_sandbox/dcv", {http = "127.0.0.1:" .. port, interval = 0.1})
    local account = fixture.accounts.namecheap
    assert(system.write_file(dir .. "/config.lua", ([[
      namecheap = {api_user = %q, api_key = %q, client_ip = %q, endpoint = %q}
      journal, keys, live = %q, %q, %q
      defaults = {prove = {method = "http", webroot = %q, look = false}}
      certificates = {{names = {"example.com", "www.example.com"}, account = "namecheap", certificate = "501904"}}
    ]]):format(account.api_user, account.api_key, account.client_ip, sandbox.url, dir .. "/journal.db", dir .. "/keys",
      dir .. "/live", page), "0600"))
    local code, output = run("keep_valid.lua", dir .. "/config.lua")
    web.stop()
    assert.equal(0, code, output)
    assert.is_truthy(output:find("^example%.com\treissue\t"), output)
    assert.is_truthy(output:find("\nexample%.com\tinstalled\tinstalled; it ends on 20"), output)
    assert.is_truthy(output:find("\nexample%.com\twatch\tit is due on 20"), output)
    assert.equal("file", lfs.attributes(dir .. "/live/example.com/fullchain.pem", "mode"))
  end)

  it("encode_decode.c compiles against the header and library alone", function()
    ran["encode_decode.c"] = true
    local flags = "-std=c11 -Wall -Wextra -Werror -Icsrc/include"
    local output = sandboxes.output(("${CC:-cc} %s examples/encode_decode.c -Lbuild/lib -lreseal -Wl,-rpath,build/lib"
      .. " -o %s/encode_decode 2>&1 && %s/encode_decode; echo exit $?"):format(flags, dir, dir))
    assert.is_truthy(output:find("exit 0\n$"), output)
    assert.is_truthy(output:find("certificate 123456, charged 9.0000", 1, true))
    assert.is_truthy(output:find("missing: .*Years.*missing: .*SSLType"))
    assert.is_truthy(output:find("(unknown)", 1, true))
  end)

  it("is run, each of them that is a program", function()
    for name in lfs.dir("examples") do
      if name:find("%.lua$") or name:find("%.c$") then
        assert.is_true(ran[name], name)
      end
    end
  end)
end)

describe("the demo", function()
  it("shows a renewal that outlives its process and is paid for once, and leaves nothing behind", function()
    local dir = assert(system.mkdtemp("reseal-demo-spec-"))
    os.execute("chmod 755 " .. dir) -- nginx's workers are others
    local output = sandboxes.output(("TMPDIR=%s RESEAL_LUA='%s' '%s' examples/demo.lua 2>&1; echo exit $?"):format(dir,
      LUA, LUA))
    assert.equal("", sandboxes.output("ls " .. dir), "the sandbox's files")
    system.remove_tree(dir)
    assert.is_truthy(output:find("exit 0\n$"), output)
    assert.is_truthy(output:find("example%.com +renew +now +9%.00 USD"))
    local _, charges = output:gsub("\ncharge %d: renew of certificate 501904, 9%.0000 USD", "")
    assert.equal(2, charges) -- the same one, shown twice
    assert.is_nil(output:find("charge 2", 1, true))
    assert.is_truthy(output:find("bought as certificate 501905", 1, true))
    assert.is_truthy(output:find("the new certificate is served", 1, true))
    assert.is_nil(output:find(KEY, 1, true))
  end)
end)
