--- A scratch nginx with the Lua module, for tests: own folder, free loopback ports, gone after stop().

local program = require "spec.support.program"
local system = require "reseal.system"
local wait = require "spec.support.wait"

local nginx = {}

--- The lines that load the Lua module, where it isn't compiled in.
function nginx.modules()
  local folder = program.output("nginx -V"):match("modules%-path=(%S+)") or ""
  local lines = {}
  for _, name in ipairs { "ndk_http_module", "ngx_http_lua_module" } do
    local path = folder .. "/" .. name .. ".so"
    if program.read(path) then lines[#lines + 1] = "load_module " .. path .. ";" end
  end
  return table.concat(lines, "\n")
end

--- Starts nginx by the nginx.conf that stands in `dir`, and waits until it listens: then it has written its pid. Raises
--- when it ends instead, and with it goes the folder.
---@param dir string
---@param terminal? boolean nginx has one, for a minute at most
---@return table program as of spec.support.program, with pid: nginx's own; log: fun(): string, the error log so far;
---  output: fun(): string, what it showed
function nginx.run(dir, terminal)
  local command = ("nginx -p %s -c nginx.conf -e %s"):format(program.quote(dir), program.quote(dir .. "/error.log"))
  if terminal then command = ("timeout -k 5 60 script -qec %s /dev/null"):format(program.quote(command)) end
  local one = program.start(command, dir)
  function one.log() return program.read(dir .. "/error.log") or "" end
  function one.output() return one.out() .. one.err() end
  function one.pid() return (program.read(dir .. "/nginx.pid") or ""):match("%d+") end
  wait(10, function() return one.pid() or one.ended() end)
  if not one.pid() then
    local told = one.log() .. one.output()
    one.stop()
    error("nginx did not start:\n" .. told, 3)
  end
  return one
end

local frame = [[
%s
daemon off;
master_process off;
pid @dir@/nginx.pid;
error_log @dir@/error.log info;
events { worker_connections 256; }
http {
  access_log off;
  default_type text/plain;
  client_body_temp_path @dir@/body;
  proxy_temp_path @dir@/proxy;
  fastcgi_temp_path @dir@/fastcgi;
  uwsgi_temp_path @dir@/uwsgi;
  scgi_temp_path @dir@/scgi;
%s
}
]]

---@class spec.Nginx
---@field port integer what @port@ became
---@field ports table<string, integer> by name: what @port:name@ became
---@field dir string the folder
---@field stop fun() ends it and removes the folder
---@field log fun(): string the error log so far

--- Starts nginx. In `conf_body`, which stands inside `http {}`, @dir@ becomes its folder, @port@ and @port:name@ free
--- loopback ports. `files` are written to the folder before.
---@param conf_body string
---@param files? table<string, string> name to content
---@return spec.Nginx
function nginx.start(conf_body, files)
  local dir = assert(system.mkdtemp("reseal-nginx-"))
  local server = { dir = dir, ports = {} }

  local conf = frame:format(nginx.modules(), conf_body):gsub("@dir@", function() return dir end)
  conf = conf:gsub("@port:?(%w*)@", function(name)
    server.ports[name] = server.ports[name] or assert(system.free_port())
    return tostring(server.ports[name])
  end)
  server.port = server.ports[""]
  program.write(dir .. "/nginx.conf", conf)
  for name, content in pairs(files or {}) do program.write(dir .. "/" .. name, content) end
  local running = nginx.run(dir)
  server.log, server.stop = running.log, running.stop
  return server
end

return nginx
