-- Rounds of nginx.conf: one certificate each, and how it is kept. Real ones leave out the endpoint, and `poll` too.

local function log(event)
  ngx.log(ngx.NOTICE, event.name, ": ", event.event, event.order and " as " .. event.order or "")
end

local rounds = {}

--- At Namecheap, with a file as proof: nginx serves it itself.
function rounds.http(at)
  return {
    provider = "namecheap",
    client = {
      api_user = "apiexample",
      api_key = "56b4c87ef4fd49cb96d915c0db68194", -- the sandbox's; keep yours in a file that only root can read
      client_ip = "1.2.3.4",
      endpoint = at.sandbox,
    },
    certificate = 501904,
    names = {"example.com", "www.example.com"},
    before = 30,
    poll = 1,
    on_event = log,
  }
end

--- At Namecheap, with a CNAME as proof.
function rounds.cname(at)
  local round = rounds.http(at)
  round.dcv = require("dns_hook")(at.dns)
  return round
end

--- At Realtime Register, with a file.
function rounds.realtimeregister(at)
  return {
    provider = "realtimeregister",
    client = {api_key = "ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ==", endpoint = at.sandbox},
    certificate = 7,
    names = {"example.com", "www.example.com"},
    params = {
      approver = {firstName = "Ann", lastName = "Example", email = "ann@example.com", voice = "+31.384530759"},
    },
    before = 30,
    poll = 1,
    on_event = log,
  }
end

return rounds
