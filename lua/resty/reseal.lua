--- reseal inside nginx and OpenResty: all of `reseal` by cosockets, and nginx's handlers.
---
---     init_by_lua_block { require("resty.reseal").init {default = "example.com", directory = "/etc/reseal/certs"} }
---     init_worker_by_lua_block { require("resty.reseal").start() }
---     ssl_certificate_by_lua_block { require("resty.reseal").ssl_certificate() }
---     location /.well-known/pki-validation/ { content_by_lua_block { require("resty.reseal").dcv() } }
---     location = /reseal/status { content_by_lua_block { require("resty.reseal").status() } }
---     location = /reseal/metrics { content_by_lua_block { require("resty.reseal").metrics() } }
---
--- A client may be made in init_by_lua and used by every request and timer of every worker, by many at once.

-- Through FFI also where a C module for Lua is at hand: nginx then needs libreseal and nothing else.
package.loaded["reseal.core"] = package.loaded["reseal.core"] or require "reseal.core.ffi"

local core = require "reseal.core"
local nginx = require "reseal.nginx"
local plain = require "reseal"
local transport = require("reseal.transport.cosocket")()

---@class resty.reseal: reseal
local reseal = {}
for name, value in pairs(plain) do
  reseal[name] = value
end

--- The spread of pauses; seeded in each worker, since all of them are copies of one process.
local seed, seeded_in
local function random()
  local pid = ngx.worker.pid()
  if pid ~= seeded_in then
    seed, seeded_in = (ngx.now() * 1000 + pid * 7919) % 2147483646 + 1, pid
  end
  seed = math.floor(seed) * 16807 % 2147483647
  return seed / 2147483647
end

for _, provider in ipairs(core.describe()) do
  local new = plain[provider]
  --- As `reseal.<provider>`; `transport` is cosockets, `sleep` is ngx.sleep, unless given.
  reseal[provider] = function(options)
    if type(options) ~= "table" then
      error("reseal." .. provider .. " expects a table of options", 2)
    end
    local all = {}
    for name, value in pairs(options) do
      all[name] = value
    end
    all.transport = all.transport or transport
    all.sleep = all.sleep or ngx.sleep
    all.random = all.random or random
    return new(all)
  end
end

reseal.init, reseal.start = nginx.init, nginx.start

-- What the modules below give, by its name here. They are loaded by init, or when first used.
local PARTS = {
  ssl_certificate = {"certificate", "handle"},
  install = {"certificate", "install"},
  dcv = {"dcv", "handle"},
  publish = {"dcv", "publish"},
  unpublish = {"dcv", "unpublish"},
  metrics = {"metrics", "handle"},
  round = {"round", "add"},
  clear = {"round", "clear"},
}

for name, part in pairs(PARTS) do
  reseal[name] = function(...)
    return require("reseal.nginx." .. part[1])[part[2]](...)
  end
end

--- Without arguments: the handler that shows what is served. With a result: its status, as in `reseal.status`.
---@param ... any
---@return any
function reseal.status(...)
  if select("#", ...) == 0 then
    return require("reseal.nginx.status").handle()
  end
  return plain.status(...)
end

return reseal
