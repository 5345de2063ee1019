-- Shows the whole of it on this machine: starts the sandbox, renews and reissues with each provider over HTTP, has one
-- order refused, and loses the answer of another one.
--
--   . build/env.sh && lua5.4 examples/demo.lua

local reseal = require "reseal"
local cjson = require "cjson"
local text = require "reseal.cli.text"
local transport = require("reseal.transport.curl")()

-- The sandbox's, not anybody's.
local KEYS = {
  namecheap = "56b4c87ef4fd49cb96d915c0db68194",
  realtimeregister = "ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ==",
}

local function title(words)
  print("\n== " .. words)
end

--- Starts `reseal sandbox` with the Lua that runs this; returns its URL, and how to stop it.
local function start_sandbox()
  local folder = arg[0]:match("^(.*)/examples/[^/]*$") or (arg[0]:find("^examples/") and "." or "..")
  local run = ("exec '%s' '%s/bin/reseal' sandbox --listen 127.0.0.1:0"):format(arg[-1], folder)
  local pipe = assert(io.popen("echo $$; " .. run))
  local pid = assert(pipe:read("*l"):match("^%d+$"))
  local url = (pipe:read("*l") or ""):match("^ready (%S+)$")
  local function stop()
    os.execute("kill " .. pid .. " 2>/dev/null")
    pipe:close()
  end
  if not url then
    stop()
    error("the sandbox did not start", 0)
  end
  return url, stop
end

--- A new key (kept by nobody here) and the request to certify it.
local function make_csr(name)
  local command = "openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=%s 2>/dev/null"
  local pipe = assert(io.popen(command:format(name)))
  local csr = pipe:read("*a")
  pipe:close()
  return assert(csr:match("%-%-%-%-%-BEGIN.*"), "openssl made no request")
end

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

local function show(result, err)
  print(result and text.tree(result) or tostring(err))
end

local function show_ledger(url)
  local entries = control(url, "ledger").entries
  for _, entry in ipairs(entries) do
    print(("%2d  %-17s %-8s of certificate %-8s %10s %s"):format(entry.n, entry.provider, entry.method,
      tostring(entry.certificate):gsub("%.0$", ""), tostring(entry.amount):gsub("%.0$", ""), entry.currency))
  end
  return #entries
end

local function demonstrate(url)
  local nc = assert(reseal.namecheap {
    api_user = "apiexample", api_key = KEYS.namecheap, client_ip = "1.2.3.4", endpoint = url,
  })
  local rr = assert(reseal.realtimeregister {api_key = KEYS.realtimeregister, endpoint = url})
  local renewal = {CertificateID = 501904, Years = 1, SSLType = "PositiveSSL"}
  local csr, dcv = make_csr("example.com"), {{commonName = "example.com", type = "DNS"}}

  title("Namecheap: renewal of certificate 501904")
  show(nc:renew(renewal))

  title("Namecheap: the same renewal again is refused")
  local r, err = nc:renew(renewal)
  show(r, err)
  assert(not r and err.outcome == "refused", "a second renewal is refused")

  title("Namecheap: reissue of 501904 for a new key")
  show(nc:reissue {CertificateID = 501904, CSR = csr, WebServerType = "nginx", DNSDCValidation = true})

  title("Realtime Register: renewal of certificate 7")
  show(rr:renew {certificateId = 7, period = 12, csr = csr, dcv = dcv})

  title("The ledger: what was paid for")
  assert(show_ledger(url) == 2, "two renewals, two charges")

  control(url, "reset", {})
  title("The sandbox is reset. Realtime Register: reissue of 7 for a new key")
  show(rr:reissue {certificateId = 7, csr = csr, dcv = dcv})

  title("Namecheap: a renewal whose answer is lost on the way")
  control(url, "fault", {fault = "drop_after_commit", provider = "namecheap", method = "renew"})
  r, err = nc:renew(renewal)
  show(r, err)
  assert(not r and err.outcome == "unknown", "a lost answer is an unknown outcome")

  title("The ledger: it had been carried out. Trying again by itself could have paid twice.")
  assert(show_ledger(url) == 1, "one renewal, one charge")
end

local url, stop = start_sandbox()
local ok, message = xpcall(function()
  demonstrate(url)
end, debug.traceback)
stop()
if not ok then
  io.stderr:write(message, "\n")
  os.exit(1)
end
