-- Shows on this machine what reseal is for: a site whose certificate ends in five days, a renewal that is bought but
-- whose answer is lost with the process, which is killed in the middle, and the next run, which ends with the new
-- certificate served and one charge. The seller is the sandbox, the web server nginx.
--
--   . build/env.sh && lua5.4 examples/demo.lua

local folder = arg[0]:match("^(.*)/examples/[^/]*$") or (arg[0]:find("^examples/") and "." or "..")
package.path = folder .. "/?.lua;" .. package.path

local certificates = require "spec.support.certificates"
local cjson = require "cjson"
local nginx = require "spec.support.nginx"
local program = require "spec.support.program"
local system = require "reseal.system"
local transport = require("reseal.transport.curl")()
local wait = require "spec.support.wait"
local x509 = require "reseal.x509"

local quote = program.quote
local LUA = os.getenv "RESEAL_LUA" or arg[-1]
local NAME = "example.com"
local running = {} -- what is to be stopped, the last first

local function title(words)
  print("\n== " .. words)
end

-- The seller -------------------------------------------------------------------------------------------------------

--- The sandbox's control.
local function control(url, path, body)
  local answer, failed = transport({
    method = body and "POST" or "GET",
    url = url .. "/_sandbox/" .. path,
    headers = body and {["Content-Type"] = "application/json"} or {},
    body = body and cjson.encode(body) or nil,
  }, {timeout = 10, connect_timeout = 5, max_body = 2 ^ 20})
  if not answer then
    error(failed.message, 0)
  end
  assert(answer.status == 200, answer.body)
  return cjson.decode(answer.body)
end

--- A seller where the order of this certificate ends in five days too, and that looks for proofs at `site`.
local function start_seller(dir)
  local seller = program.start(("'%s' '%s/bin/reseal' sandbox --listen 127.0.0.1:0"):format(LUA, folder), dir)
  running[#running + 1] = seller
  local url = wait(10, function() return seller.out():match "ready (%S+)" end)
  if not url then
    error("the sandbox did not start: " .. seller.err(), 0)
  end
  control(url, "reset", {namecheap = {certificates = {
    {id = 501904, type = "PositiveSSL", host = NAME, status = "active", expires_in_days = 5},
  }}})
  return url
end

local function charges(url)
  local entries = control(url, "ledger").entries
  for _, entry in ipairs(entries) do
    print(("charge %d: %s of certificate %.0f, %s %s"):format(entry.n, entry.method, entry.certificate, entry.amount,
      entry.currency))
  end
  return #entries
end

-- The site ---------------------------------------------------------------------------------------------------------

local SITE = [[
  server {
    listen 127.0.0.1:@port:https@ ssl;
    ssl_certificate @dir@/pair/fullchain.pem;
    ssl_certificate_key @dir@/pair/privkey.pem;
    return 200 "hello\n";
  }
  server {
    listen 127.0.0.1:@port:http@;
    root @dir@/www;
  }
]]

local function start_site()
  local old = certificates.issue({NAME, "www." .. NAME}, {days = 5, from = -195})
  local site = nginx.start(SITE, {workers = 1, files = {
    ["pair/fullchain.pem"] = old.certificate, ["pair/privkey.pem"] = old.key, ["www/index.html"] = "hello\n",
  }})
  running[#running + 1] = site
  return site
end

--- What a visitor is shown: the certificate's issuer and end.
local function show_served(site)
  local pem = assert(require("reseal.curl").served(NAME, "127.0.0.1:" .. site.ports.https, 10))
  local leaf = assert(x509.certificate(pem))
  print(("https://%s is served with a certificate that ends on %s"):format(NAME, os.date("!%Y-%m-%d", leaf.not_after)))
  return leaf.not_after
end

-- What a person has: a configuration, and the command --------------------------------------------------------------

local CONFIG = [[
namecheap = {
  api_user = "apiexample", api_key = "56b4c87ef4fd49cb96d915c0db68194", -- the sandbox's, not anybody's
  client_ip = "1.2.3.4", endpoint = "%s", timeout = 4,
}
journal, keys = "%s/journal.db", "%s/keys"
certificates = {
  {
    names = {"example.com", "www.example.com"}, account = "namecheap", certificate = "501904",
    buy = true, max_price = "12.00 USD",
    prove = {method = "http", webroot = "%s/www", look = false}, -- example.com's own address is another
    install = {folder = "%s/pair", hook = {"kill", "-HUP", "%s"}, check = "127.0.0.1:%d"},
  },
}
]]

--- Types a command, and shows what it says. The exit code is what `reseal run` ends with.
local function type_in(dir, words)
  print("$ reseal " .. words)
  local pipe = assert(io.popen(("RESEAL_CONFIG=%s %s %s/bin/reseal %s 2>&1; echo exit $?"):format(
    quote(dir .. "/config.lua"), quote(LUA), quote(folder), words)))
  local code
  for line in pipe:lines() do
    code = line:match "^exit (%d+)$"
    if not code then
      print(line)
    end
  end
  pipe:close()
  return tonumber(code)
end

--- Runs it in the background until the seller has charged, and kills it then.
local function run_and_kill(dir, url)
  print "$ reseal run &"
  local run = program.start(("env RESEAL_CONFIG=%s %s %s/bin/reseal run"):format(quote(dir .. "/config.lua"),
    quote(LUA), quote(folder)), dir .. "/run")
  running[#running + 1] = run
  assert(wait(20, function() return #control(url, "ledger").entries > 0 end), "nothing was bought: " .. run.err())
  run.finish "KILL"
  io.write(run.out())
end

local function demonstrate(dir)
  for _, name in ipairs {"seller", "run"} do
    assert(require("lfs").mkdir(dir .. "/" .. name))
  end
  local url, site = start_seller(dir .. "/seller"), start_site()
  control(url, "dcv", {http = "127.0.0.1:" .. site.ports.http, interval = 0.5})
  assert(system.write_file(dir .. "/config.lua", CONFIG:format(url, dir, dir, site.dir, site.dir, site.pid(),
    site.ports.https), "0600"))

  title "A site whose certificate ends in five days, and so does what was paid for it"
  local before = show_served(site)
  assert(type_in(dir, "plan") == 0)

  title "The renewal is bought, and the process is killed before the answer comes (kill -9)"
  control(url, "fault", {fault = "slow", seconds = 60, provider = "namecheap", method = "renew"})
  run_and_kill(dir, url)
  assert(charges(url) == 1, "one renewal, one charge")

  title "What is known of it: that it may have been paid for. Nothing buys it again."
  type_in(dir, "status")

  title "reseal goes on: it looks what became of it, and finds it"
  local code = type_in(dir, "run --within 300")
  assert(code == 0, "the run ended with " .. tostring(code))

  title "The new certificate is served, and was paid for once"
  assert(show_served(site) > before + 100 * 86400, "no new certificate is served")
  assert(charges(url) == 1, "one renewal, one charge")
end

local dir = assert(system.mkdtemp "reseal-demo-")
local ok, message = xpcall(function() demonstrate(dir) end, debug.traceback)
for i = #running, 1, -1 do
  running[i].stop()
end
system.remove_tree(dir)
if not ok then
  io.stderr:write(message, "\n")
  os.exit(1)
end
