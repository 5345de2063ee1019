--- The nginx configuration of the sandbox, as text.

local config = {}

local TEMPLATE = [[
${modules}daemon off;
master_process off;
pid "${dir}/nginx.pid";
error_log "${dir}/error.log" warn;
events {
  worker_connections 256;
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
  client_max_body_size 1m;
  client_body_buffer_size 1m;
  large_client_header_buffers 4 64k;
  # where control of domains is looked for, nobody may be there yet
  lua_socket_log_errors off;
  lua_package_path ${path};
  lua_package_cpath ${cpath};
  init_worker_by_lua_block {
    local done, message = pcall(function()
      require("reseal.sandbox.server").start {
        url = "${url}", dir = ${folder}, quiet = ${quiet}, scenario = ${scenario}, http = ${http}, dns = ${dns},
      }
    end)
    if not done then
      -- a sandbox that can only fail ends; the launcher finds the line in the log
      ngx.log(ngx.EMERG, "reseal: ", (tostring(message):gsub("%s+", " ")))
      os.exit(1)
    end
  }
  server {
    listen ${listen};
    location / {
      content_by_lua_block { require("reseal.sandbox.server").serve() }
    }
  }
}
]]

local function escape(text)
  return (text:gsub('[\\"]', "\\%0"))
end

local function quote(text)
  return '"' .. escape(text) .. '"'
end

--- A word of Lua for a checked address or a path of ours.
local function literal(text)
  return text and ("%q"):format(text) or "nil"
end

--- Fills the configuration in. One process serves and keeps the state: no master, so nothing can be left behind.
---@param settings {dir: string, listen: string, url: string, modules: string[], quiet: boolean, scenario: string|nil,
---  dcv_http: string|nil, dcv_dns: string|nil} dir: nginx's folder, with our files in lua and lib
---@return string
function config.text(settings)
  local modules = {}
  for i, file in ipairs(settings.modules) do modules[i] = ("load_module %s;\n"):format(quote(file)) end
  local values = {
    modules = table.concat(modules),
    dir = escape(settings.dir),
    listen = settings.listen,
    url = settings.url,
    path = quote(settings.dir .. "/lua/?.lua;" .. settings.dir .. "/lua/?/init.lua;;"),
    cpath = quote(settings.dir .. "/lib/?.so;;"),
    folder = literal(settings.dir),
    quiet = tostring(settings.quiet),
    scenario = literal(settings.scenario),
    http = literal(settings.dcv_http),
    dns = literal(settings.dcv_dns),
  }
  return (TEMPLATE:gsub("%${(%w+)}", values))
end

return config
