--- A DNS server on a free loopback port whose answers tests set: pebble-challtestsrv (Debian: pebble).

local system = require "reseal.system"

local dns = {}

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

--- Starts it; raises when it does not get ready.
---@param everything? string IPv4 address that every name has; none unless told
---@return {address: string, cname: fun(host: string, target: string), txt: fun(host: string, value: string),
---  stop: fun()} server
function dns.start(everything)
  local port, management = assert(system.free_port()), assert(system.free_port())
  local command = "pebble-challtestsrv -dns01 127.0.0.1:%d -management 127.0.0.1:%d -http01 '' -https01 '' "
    .. "-tlsalpn01 '' -defaultIPv4 '%s' -defaultIPv6 '' >/dev/null 2>&1 & echo $!"
  local pid = output(command:format(port, management, everything or "")):match("%d+")
  local server = { address = "127.0.0.1:" .. port }

  local function tell(path, body)
    return output(("curl -s -o /dev/null -w '%%{http_code}' -d '%s' http://127.0.0.1:%d/%s")
      :format(body, management, path)) == "200"
  end

  function server.cname(host, target)
    assert(tell("set-cname", ('{"host":"%s","target":"%s"}'):format(host, target)))
  end

  function server.txt(host, value)
    assert(tell("set-txt", ('{"host":"%s.","value":"%s"}'):format(host, value)))
  end

  function server.stop()
    os.execute("kill " .. pid)
  end

  for _ = 1, 100 do
    if tell("clear-txt", '{"host":"nothing.example."}') then return server end
    system.sleep(0.05)
  end
  server.stop()
  error("pebble-challtestsrv did not start (Debian: the package pebble)", 2)
end

return dns
