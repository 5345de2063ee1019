--- A scratch PostgreSQL, for tests: own folder, a free loopback port, gone after stop(). It does not sync: what its
-- processes are killed with survives without that, and the machine is not switched off.
-- The server refuses to run as root: then it runs as `postgres`, whom the package makes, or `nobody`.

local read = require("spec.support.program").read
local system = require "reseal.system"

local postgres = {}

local function output(command)
  local pipe = assert(io.popen(command .. " 2>&1; echo $?"))
  local text, code = pipe:read("*a"):match "^(.-)\n?(%d+)\n$"
  pipe:close()
  return text, tonumber(code)
end

local function must(command)
  local text, code = output(command)
  assert(code == 0, command .. " failed: " .. text)
  return text
end

--- The command that runs what follows as an ordinary user, and that user.
local function ordinary()
  local user = must "id -un"
  if must "id -u" ~= "0" then
    return "", user
  end
  local _, code = output "id postgres"
  user = code == 0 and "postgres" or "nobody"
  return "runuser -u " .. user .. " -- ", user
end

--- Ends the server when this process has ended without doing so (killed, say).
local GUARD = [[
  {
    while kill -0 "$2" && [ -d "$1/data" ]; do sleep 1; done
    kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"
    sleep 1
    rm -rf "$1"
  } >/dev/null 2>&1 </dev/null &
]]

---@class spec.Postgres
---@field port integer
---@field url string of the database, for user postgres
---@field pid fun(): string|nil of the postmaster
---@field start fun() again, after kill or halt
---@field kill fun() kill -9 of the postmaster; its backends see that and end
---@field halt fun() at once, without ending what runs
---@field log fun(): string
---@field stop fun() ends it and removes the folder

---@return spec.Postgres
function postgres.start()
  local bin = must "pg_config --bindir"
  local as, user = ordinary()
  local dir = assert(system.mkdtemp "reseal-postgres-")
  must("chmod 755 " .. dir .. " && mkdir -m 700 " .. dir .. "/data")
  if as ~= "" then
    must("chown -R " .. user .. " " .. dir)
  end
  local server = {dir = dir, port = assert(system.free_port())}
  local data = dir .. "/data"
  server.url = ("postgresql://postgres@127.0.0.1:%d/postgres"):format(server.port)
  as = "cd / && " .. as .. "env -u LD_PRELOAD LC_ALL=C "
  must(("%s%s/initdb -D %s -A trust -U postgres -E UTF8 --locale=C --no-sync"):format(as, bin, data))
  local file = assert(io.open(dir .. "/settings", "w"))
  assert(file:write(([[
listen_addresses = '127.0.0.1'
port = %d
unix_socket_directories = ''
max_connections = 20
shared_buffers = '16MB'
fsync = off
deadlock_timeout = '100ms'
]]):format(server.port)))
  file:close()
  must(("cat %s/settings >> %s/postgresql.conf"):format(dir, data))

  --- What a killed one has left running holds the data for a moment.
  function server.start()
    for attempt = 1, 50 do
      local _, code = output(("%s%s/pg_ctl -D %s -w -t 60 -l %s/log start"):format(as, bin, data, dir))
      if code == 0 then
        return
      end
      assert(attempt < 50, "PostgreSQL does not start: " .. server.log())
      system.sleep(0.1)
    end
  end

  function server.pid()
    return (read(data .. "/postmaster.pid") or ""):match "^(%d+)"
  end

  function server.kill()
    local pid = server.pid()
    must("kill -KILL " .. pid)
    while select(2, output("kill -0 " .. pid)) == 0 do
      system.sleep(0.02)
    end
    os.remove(data .. "/postmaster.pid")
  end

  function server.halt()
    must(("%s%s/pg_ctl -D %s -w -m immediate stop"):format(as, bin, data))
  end

  function server.log()
    return read(dir .. "/log") or ""
  end

  function server.stop()
    if server.pid() then
      output(("%s%s/pg_ctl -D %s -w -m immediate stop"):format(as, bin, data))
    end
    system.remove_tree(dir)
  end

  local guard = assert(io.open(dir .. "/guard", "w"))
  assert(guard:write(GUARD))
  guard:close()
  local ok, message = pcall(server.start)
  if not ok then
    server.stop()
    error(message, 0)
  end
  must(("sh %s/guard %s $PPID"):format(dir, dir))
  return server
end

--- A proxy that cuts one connection at a chosen moment.
-- `when` "before": as soon as `marker` comes from the client, which the server then never sees; "after": once the
-- server has answered to it, which the client then never sees. Later connections pass, unless `then_none`.
---@param port integer the server's
---@param marker string a regular expression
---@param when "before"|"after"
---@param then_none? boolean
---@return {port: integer, stop: fun()}
function postgres.proxy(port, marker, when, then_none)
  local own = assert(system.free_port())
  local command = "env -u LD_PRELOAD python3 spec/support/cutting_proxy.py %d %d '%s' %s %s"
  local pipe = assert(io.popen(command:format(own, port, marker, when, then_none and "then-none" or ""), "w"))
  for _ = 1, 500 do
    local try = "python3 -c 'import socket as s; s.create_connection((\"127.0.0.1\", %d))'"
    local _, code = output(try:format(own))
    if code == 0 then
      break
    end
    system.sleep(0.02)
  end
  return {port = own, stop = function() pipe:close() end}
end

return postgres
