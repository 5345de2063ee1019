--- The nginx configuration of the sandbox, as text.

local nginx = require "reseal.sandbox.nginx"

local config = {}

local TEMPLATE = [[
  client_max_body_size 1m;
  client_body_buffer_size 1m;
  large_client_header_buffers 4 64k;
  # where control of domains is looked for, nobody may be there yet
  lua_socket_log_errors off;
  lua_package_path "${dir}/lua/?.lua;${dir}/lua/?/init.lua;;";
  lua_package_cpath "${dir}/lib/?.so;;";
  init_worker_by_lua_block {
    sandbox = require("reseal.sandbox.worker").start {
      url = "${url}", dir = ${folder}, quiet = ${quiet}, scenario = ${scenario}, http = ${http}, dns = ${dns},
    }
  }
  server {
    listen ${listen};
    location / {
      content_by_lua_block { sandbox:serve() }
    }
  }
]]

--- A word of Lua for a checked address or a path of ours.
local function literal(text)
  return text and ("%q"):format(text) or "nil"
end

--- Fills the configuration in. One process serves and keeps the state: no master, so nothing can be left behind.
---@param settings {dir: string, listen: string, url: string, modules: string[], quiet: boolean, scenario: string|nil,
---  dcv_http: string|nil, dcv_dns: string|nil} dir: nginx's folder, with our files in lua and lib
---@return string
function config.text(settings)
  local values = {
    dir = nginx.escape(settings.dir),
    listen = settings.listen,
    url = settings.url,
    folder = literal(settings.dir),
    quiet = tostring(settings.quiet),
    scenario = literal(settings.scenario),
    http = literal(settings.dcv_http),
    dns = literal(settings.dcv_dns),
  }
  return nginx.conf {
    dir = settings.dir, modules = settings.modules, http = TEMPLATE:gsub("%${(%w+)}", values),
  }
end

return config
