--- A DNS server on a free loopback port whose answers tests set: pebble-challtestsrv (Debian: pebble).

local program = require "spec.support.program"
local system = require "reseal.system"
local wait = require "spec.support.wait"

local dns = {}

--- Starts it; raises when it does not get ready.
---@param everything? string IPv4 address that every name has; none unless told
---@return {address: string, management: string, cname: fun(host: string, target: string),
---  txt: fun(host: string, value: string), stop: fun()} server management: the address of its own API
function dns.start(everything)
  local port, management = assert(system.free_port()), assert(system.free_port())
  local command = "pebble-challtestsrv -dns01 127.0.0.1:%d -management 127.0.0.1:%d -http01 '' -https01 '' "
    .. "-tlsalpn01 '' -defaultIPv4 '%s' -defaultIPv6 ''"
  local dir = assert(system.mkdtemp("reseal-dns-"))
  local running = program.start(command:format(port, management, everything or ""), dir)
  local server = {address = "127.0.0.1:" .. port, management = "127.0.0.1:" .. management}

  local function tell(path, body)
    return program.output(("curl -s -o /dev/null -w '%%{http_code}' -d '%s' http://127.0.0.1:%d/%s")
      :format(body, management, path)) == "200"
  end

  function server.cname(host, target)
    assert(tell("set-cname", ('{"host":"%s","target":"%s"}'):format(host, target)))
  end

  function server.txt(host, value)
    assert(tell("set-txt", ('{"host":"%s.","value":"%s"}'):format(host, value)))
  end

  server.stop = running.stop

  wait(5, function() return running.ended() or tell("clear-txt", '{"host":"nothing.example."}') end)
  if running.ended() or not tell("clear-txt", '{"host":"nothing.example."}') then
    local told = running.err()
    server.stop()
    error("pebble-challtestsrv did not start (Debian: the package pebble): " .. told, 2)
  end
  return server
end

return dns
