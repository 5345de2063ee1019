--- reseal inside nginx and OpenResty: all of `reseal` by cosockets, and nginx's handlers.
---
---     init_by_lua_block { require("resty.reseal").init {default = "example.com", directory = "/etc/reseal/certs"} }
---     init_worker_by_lua_block { require("resty.reseal").start() }
---     ssl_certificate_by_lua_block { require("resty.reseal").ssl_certificate() }
---     location /.well-known/pki-validation/ { content_by_lua_block { require("resty.reseal").dcv() } }
---     location /reseal/ {
---       allow 127.0.0.1;
---       deny all;
---       location = /reseal/status { content_by_lua_block { require("resty.reseal").status() } }
---       location = /reseal/metrics { content_by_lua_block { require("resty.reseal").metrics() } }
---     }
---
--- A client may be made in init_by_lua and used by every request and timer of every worker, by many at once.

local api = require "reseal.api"
local nginx = require "reseal.nginx"
local pause = require "reseal.pause"
local precheck = require "reseal.precheck"

-- It holds nothing of a client's: one serves all.
local transport = require("reseal.transport.cosocket")()

---@class resty.reseal: reseal
local reseal = api {
  transport = function()
    return transport
  end,
  sleep = function(seconds)
    return ngx.sleep(seconds)
  end,
  random = pause.spread(function()
    return ngx.worker.pid()
  end, function()
    return ngx.now()
  end),
  precheck = precheck,
}
local status = reseal.status

reseal.init, reseal.start = nginx.init, nginx.start

-- What the modules below give, by its name here. They are loaded by init, or when first used.
local PARTS = {
  ssl_certificate = {"certificate", "handle"},
  install = {"certificate", "install"},
  dcv = {"dcv", "handle"},
  publish = {"dcv", "publish"},
  unpublish = {"dcv", "unpublish"},
  metrics = {"metrics", "handle"},
  clear = {"round", "clear"},
}

for name, part in pairs(PARTS) do
  reseal[name] = function(...)
    return require("reseal.nginx." .. part[1])[part[2]](...)
  end
end

--- Adds a round, in init_by_lua; `start` sets it going. Its client is one of these.
---@param options reseal.nginx.Round
---@return true|nil ok
---@return string|nil err what is wrong with the options
function reseal.round(options)
  return require("reseal.nginx.round").add(options, reseal.client)
end

--- Without arguments: the handler that shows what is served. With a result: its status, as in `reseal.status`.
---@param ... any
---@return any
function reseal.status(...)
  if select("#", ...) == 0 then
    return require("reseal.nginx.status").handle()
  end
  return status(...)
end

return reseal
