--- A scratch nginx with the Lua module, for tests: own folder, free loopback ports, gone after stop().

local system = require "reseal.system"

local nginx = {}

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local content = file:read("*a")
  file:close()
  return content
end

local function write(path, content)
  local file = assert(io.open(path, "wb"))
  assert(file:write(content))
  assert(file:close())
end

--- The lines that load the Lua module, where it isn't compiled in.
local function modules()
  local pipe = assert(io.popen("nginx -V 2>&1"))
  local folder = pipe:read("*a"):match("modules%-path=(%S+)") or ""
  pipe:close()
  local lines = {}
  for _, name in ipairs { "ndk_http_module", "ngx_http_lua_module" } do
    local path = folder .. "/" .. name .. ".so"
    if read(path) then lines[#lines + 1] = "load_module " .. path .. ";" end
  end
  return table.concat(lines, "\n")
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

--- Waits up to `seconds` for `check` to return a value, and returns it.
local function wait(seconds, check)
  for _ = 1, seconds * 50 do
    local value = check()
    if value then return value end
    system.sleep(0.02)
  end
end

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

  function server.log() return read(dir .. "/error.log") or "" end

  --- Its pid while it listens: nginx writes the file once it does, and removes it at its end.
  local function pid() return (read(dir .. "/nginx.pid") or ""):match("%d+") end
  local function ended() return read(dir .. "/ended") end

  function server.stop()
    if not ended() and pid() then
      os.execute("kill -TERM " .. pid())
      if not wait(5, ended) then os.execute("kill -KILL " .. pid()) end
    end
    assert(system.remove_tree(dir))
  end

  local conf = frame:format(modules(), conf_body):gsub("@dir@", function() return dir end)
  conf = conf:gsub("@port:?(%w*)@", function(name)
    server.ports[name] = server.ports[name] or assert(system.free_port())
    return tostring(server.ports[name])
  end)
  server.port = server.ports[""]
  write(dir .. "/nginx.conf", conf)
  for name, content in pairs(files or {}) do write(dir .. "/" .. name, content) end

  os.execute(("(nginx -p '%s' -c nginx.conf -e '%s/error.log' >'%s/output' 2>&1; echo $? >'%s/ended') &")
    :format(dir, dir, dir, dir))
  wait(10, function() return pid() or ended() end)
  if not pid() then
    local told = server.log() .. (read(dir .. "/output") or "")
    server.stop()
    error("nginx did not start:\n" .. told, 2)
  end
  return server
end

return nginx
