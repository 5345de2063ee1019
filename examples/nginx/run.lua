--- Runs nginx.conf: see run.sh, which starts this with a round's name and, perhaps, --stay.

package.path = "./?.lua;" .. package.path

local certificates = require "spec.support.certificates"
local dns = require "spec.support.dns"
local nginx = require "spec.support.nginx"
local program = require "spec.support.program"
local sandboxes = require "spec.support.sandbox"
local wait = require "spec.support.wait"

local round, stay = arg[1], arg[2] == "--stay"

local function read(name)
  return assert(program.read("examples/nginx/" .. name))
end

local running = {}

local function show()
  -- The old certificate, of which five days are left; and the one that nginx wants to read itself.
  local old = certificates.issue({"example.com", "www.example.com"}, {
    days = 5, issuer = certificates.authority "example.com",
  })
  local placeholder = certificates.issue {"placeholder"}

  -- The seller: an order that goes on for most of a year.
  local seller = sandboxes.start()
  running[#running + 1] = seller
  seller.reset {
    namecheap = {certificates = {
      {id = 501904, type = "PositiveSSL", host = "example.com", status = "active", expires_in_days = 300},
    }},
    realtimeregister = {certificates = {
      {id = 7, product = "ssl_sectigo", host = "example.com", names = {"www.example.com"}, status = "ACTIVE",
        expires_in_days = 300},
    }},
  }
  local records = round == "cname" and dns.start() or nil
  running[#running + 1] = records

  local bundle = "/etc/ssl/certs/ca-certificates.crt"
  local site = nginx.start(read("nginx.conf"):gsub("@(https?)@", "@port:%1@"), {
    whole = true, workers = 2,
    words = {
      modules = nginx.modules(), round = round, sandbox = seller.url, dns = records and records.management or "",
      ca = program.read(bundle) and bundle or "@dir@/placeholder.pem", lua = "@dir@/lua", lib = "@dir@/lib",
    },
    files = {
      ["certs/example.com.pem"] = old.certificate, ["certs/example.com.key"] = old.key,
      ["placeholder.pem"] = placeholder.certificate, ["placeholder.key"] = placeholder.key,
      ["lua/rounds.lua"] = read "rounds.lua", ["lua/dns_hook.lua"] = read "dns_hook.lua",
    },
  })
  running[#running + 1] = site
  -- It looks for files and records at our own two ports.
  assert(seller.post("/_sandbox/dcv", {
    http = "127.0.0.1:" .. site.ports.http, dns = records and records.address or false,
  }).status == 200)

  local function issuer()
    return program.output(("openssl s_client -connect 127.0.0.1:%d -servername example.com </dev/null 2>/dev/null "
      .. "| openssl x509 -noout -issuer -enddate"):format(site.ports.https))
  end
  local function get(path)
    return program.output(("curl -s http://127.0.0.1:%d%s"):format(site.ports.http, path))
  end

  io.write("served at first:\n", issuer())
  if not wait(20, function() return issuer():find("reseal sandbox intermediate", 1, true) end) then
    error("no new certificate came:\n" .. get "/reseal/status" .. "\n" .. site.log(), 0)
  end
  io.write("served now:\n", issuer(), "how it came:\n")
  for event in site.log():gmatch("(example%.com: %l[%l%d ]*)") do
    io.write("  ", event, "\n")
  end
  io.write("its status:\n", get "/reseal/status", "\n")

  if stay then
    io.write(("https://127.0.0.1:%d and http://127.0.0.1:%d/reseal/status; the seller is %s. Ctrl-C ends it.\n"):format(
      site.ports.https, site.ports.http, seller.url))
    io.flush()
    wait(math.huge, site.ended)
  end
end

local done, message = pcall(show)
for i = #running, 1, -1 do
  running[i].stop()
end
if not done and tostring(message):find "interrupted!" then
  os.exit(130)
end
if not done then
  io.stderr:write(tostring(type(message) == "table" and message.message or message), "\n")
end
os.exit(done and 0 or 1)
