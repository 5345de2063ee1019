--- Finds nginx and its Lua module, and writes the frame of a configuration in which it keeps to one folder.

local nginx = {}

local NEEDS_LUA = "nginx has no Lua module; install libnginx-mod-http-lua (Debian, Ubuntu), nginx-mod-http-lua "
  .. "(Alpine) or OpenResty"

local FRAME = [[
${modules}daemon off;
${processes};
pid "${dir}/nginx.pid";
error_log "${dir}/error.log" ${level};
events {
  worker_connections 512;
}
http {
  access_log off;
  default_type text/plain;
  server_tokens off;
  client_body_temp_path "${dir}/body";
  proxy_temp_path "${dir}/proxy";
  fastcgi_temp_path "${dir}/fastcgi";
  uwsgi_temp_path "${dir}/uwsgi";
  scgi_temp_path "${dir}/scgi";
${http}}
]]

local function shell_quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function output_of(command)
  local pipe = io.popen(command)
  local text = pipe and pipe:read("*a") or ""
  if pipe then
    pipe:close()
  end
  return text
end

local function exists(path)
  local file = io.open(path, "r")
  if file then
    file:close()
  end
  return file ~= nil
end

--- Where it is; the folders for daemons are not on everybody's PATH.
---@param name? string name or path of the program; nginx or openresty unless told
---@return string|nil path
function nginx.find(name)
  local command = 'PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" command -v %s 2>&1'
  for _, candidate in ipairs(name and {name} or {"nginx", "openresty"}) do
    local path = output_of(command:format(shell_quote(candidate))):match("^[^\n]+")
    if path and exists(path) then
      return path
    end
  end
end

--- What it says of itself: version and how it was built.
---@param path string
---@return string
function nginx.about(path)
  return output_of(shell_quote(path) .. " -V 2>&1")
end

--- The modules to load; none when Lua is built in.
---@param about string
---@return string[]|nil files
---@return string|nil message
function nginx.modules(about)
  local folder = about:match("%-%-modules%-path=([^%s]+)") or ""
  local lua_module = folder .. "/ngx_http_lua_module.so"
  if exists(lua_module) then
    local ndk_module = folder .. "/ndk_http_module.so"
    return exists(ndk_module) and {ndk_module, lua_module} or {lua_module}
  end
  if about:find("%-%-add%-module=[^%s]*lua") then
    return {}
  end
  return nil, NEEDS_LUA
end

--- The arguments to start it with: all that it writes goes into `dir`, where nginx.conf stands.
---@param about string
---@param dir string
---@return string[]
function nginx.arguments(about, dir)
  local arguments = {"-p", dir, "-c", dir .. "/nginx.conf"}
  -- without it older versions complain about the log of the system's nginx
  local major, minor, patch = about:match("nginx/(%d+)%.(%d+)%.(%d+)")
  if major and tonumber(major) * 1e6 + tonumber(minor) * 1e3 + tonumber(patch) >= 1019005 then
    arguments[#arguments + 1] = "-e"
    arguments[#arguments + 1] = dir .. "/error.log"
  end
  return arguments
end

--- A text as it stands between double quotes of a configuration.
function nginx.escape(text)
  return (text:gsub('[\\"]', "\\%0"))
end

--- The lines that load modules.
---@param modules string[]
function nginx.load(modules)
  local lines = {}
  for i, file in ipairs(modules) do
    lines[i] = ('load_module "%s";\n'):format(nginx.escape(file))
  end
  return table.concat(lines)
end

--- A configuration, to be served in the foreground.
---@param settings {dir: string, modules: string[], workers?: integer, level?: string, http: string} workers: nil for
---  one process that is master and worker in one; level: of the log, warn unless told; http: what stands in `http {}`
---@return string
function nginx.conf(settings)
  local values = {
    modules = nginx.load(settings.modules),
    processes = settings.workers and ("worker_processes %d"):format(settings.workers) or "master_process off",
    dir = nginx.escape(settings.dir),
    level = settings.level or "warn",
    http = settings.http,
  }
  return (FRAME:gsub("%${(%w+)}", values))
end

return nginx
