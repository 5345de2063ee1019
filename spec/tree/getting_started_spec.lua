-- docs/getting-started.md, line by line: what a newcomer types, with the sandbox in the seller's place, and folders of
-- the spec's own in those of the machine.

local certificates = require "spec.support.certificates"
local clis = require "spec.support.cli"
local nginx = require "spec.support.nginx"
local program = require "spec.support.program"
local system = require "reseal.system"
local x509 = require "reseal.x509"

local PAGE = "docs/getting-started.md"
local SITE = "server { listen 127.0.0.1:@port@; root @dir@/www; }"

local cli, site, dir

--- What a page's blocks of a language hold, in their order.
local function blocks(language)
  local list = {}
  for block in assert(program.read(PAGE)):gmatch("\n```" .. language .. "\n(.-)```") do
    list[#list + 1] = block
  end
  return list
end

--- A line as it is typed here.
local function here(line)
  local places = {
    {"/etc/reseal", dir .. "/etc"}, {"/etc/ssl/example.com", dir .. "/ssl"}, {"/var/www/html", site.dir .. "/www"},
    {"/etc/systemd/system", dir .. "/systemd"}, {"namecheap.key /", dir .. "/namecheap.key /"},
    {"api_user=ann", "api_user=apiexample"}, {"packaging/", program.output("pwd"):gsub("%s+$", "") .. "/packaging/"},
  }
  for _, place in ipairs(places) do
    local at, stop = line:find(place[1], 1, true)
    while at do
      line = line:sub(1, at - 1) .. place[2] .. line:sub(stop + 1)
      at, stop = line:find(place[1], at + #place[2], true)
    end
  end
  return line
end

--- Types a line; its exit code, and what it said.
local function type_in(line)
  local lua = os.getenv "RESEAL_LUA" or arg[-1]
  local said = program.output(([[
    cd %s && PATH=%s/bin:$PATH
    export RESEAL_CONFIG=%s/etc/config.lua RESEAL_NAMECHEAP_ENDPOINT=%s
    export HOME=%s XDG_STATE_HOME=%s/state RESEAL_JOURNAL=%s/journal.db
    export RESEAL_LUA=%s
    %s
    echo "exit $?"]]):format(dir, dir, dir, cli.sandbox.url, dir, dir, dir, program.quote(lua), here(line)))
  return tonumber(said:match "exit (%d+)%s*$"), said
end

setup(function()
  cli = clis.start()
  dir = cli.dir
  site = nginx.start(SITE)
  for _, folder in ipairs {dir .. "/bin", dir .. "/systemd", dir .. "/ssl", site.dir .. "/www"} do
    os.execute("mkdir -p " .. folder .. " && chmod 755 " .. folder)
  end
  local tree = program.output("pwd"):gsub("%s+$", "")
  cli.write("bin/reseal", ('#!/bin/sh\nexec "$RESEAL_LUA" %s/bin/reseal "$@"\n'):format(tree), "755")
  cli.write("bin/systemctl", ('#!/bin/sh\necho "$@" >>%s/systemctl\n'):format(dir), "755")
  cli.write("namecheap.key", "56b4c87ef4fd49cb96d915c0db68194\n", "600")
  -- The certificate that ends next week, and whose order goes on.
  local old = certificates.issue({"example.com", "www.example.com"}, {days = 7, from = -193})
  assert(system.write_file(dir .. "/ssl/privkey.pem", old.key, "0600"))
  assert(system.write_file(dir .. "/ssl/fullchain.pem", old.certificate, "0644"))
  cli.sandbox.reset {
    dcv = {http = "127.0.0.1:" .. site.port, interval = 0.05},
    namecheap = {certificates = {
      {id = 501904, type = "PositiveSSL", host = "example.com", status = "active", expires_in_days = 300},
    }},
  }
end)

teardown(function()
  site.stop()
  cli.stop()
end)

-- Exit codes of the lines that end with another one than 0: here the names lead nowhere, and after the order nothing is
-- due.
local CODES = {["reseal doctor"] = 11, ["reseal run"] = 10}

describe("docs/getting-started.md", function()
  it("goes from an account to a certificate that is kept valid, line by line", function()
    local typed = {}
    for _, block in ipairs(blocks "sh") do
      for line in block:gmatch "[^\n]+" do
        if line == "reseal order example.com" then
          -- example.com itself is elsewhere, so the proof can't be looked up from here.
          local path = dir .. "/etc/config.lua"
          local text, changes = assert(program.read(path)):gsub('prove = {method = "http"', "%0, look = false")
          assert.equal(1, changes)
          assert(system.write_file(path, text, "0600"))
        end
        local code, said = type_in(line)
        assert.equal(CODES[line] or 0, code, line .. "\n" .. said)
        typed[line] = said
      end
    end
    assert.is_truthy(typed["reseal doctor"]:find("ok +account namecheap", 1), typed["reseal doctor"])
    assert.is_truthy(typed["reseal plan"]:find "example%.com +reissue +now +0 ")
    assert.is_truthy(typed["reseal order example.com"]:find("the new certificate is served", 1, true))
    assert.is_truthy(typed["reseal status"]:find "example%.com +watch")
    local leaf = x509.certificate(program.read(dir .. "/ssl/fullchain.pem"))
    assert.is_true(leaf.not_after > os.time() + 150 * 86400)
    assert.is_true(x509.belongs(program.read(dir .. "/ssl/privkey.pem"), program.read(dir .. "/ssl/fullchain.pem")))
    local asked = program.read(dir .. "/systemctl")
    assert.equal("reload nginx\nenable --now reseal.timer\n", asked)
    assert.same({}, cli.sandbox.get("/_sandbox/ledger").json.entries)
    assert.is_nil(table.concat({program.read(dir .. "/etc/config.lua")}):find("56b4c87e", 1, true))
  end)
end)
