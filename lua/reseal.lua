--- reseal: renews and reissues bought TLS certificates through their sellers' APIs.
---
---     local reseal = require "reseal"
---     local nc = assert(reseal.namecheap {api_user = "…", api_key = "…", client_ip = "192.0.2.1"})
---     local r, err = nc:renew {CertificateID = 501904, Years = 1, SSLType = "PositiveSSL"}
---
--- Calls return a plain table, or nil and a `reseal.Failure`. Only a programmer's mistake raises. What there is stands
--- in lua/reseal/api.lua; this is it with libcurl, for programs of their own.

local api = require "reseal.api"
local guard = require "reseal.guard"
local pause = require "reseal.pause"
local precheck = require "reseal.precheck"

--- libcurl, loaded at the first call: who has a transport of their own needs none.
local function transport()
  local loaded, make = pcall(require, "reseal.transport.curl")
  if not loaded then
    return nil, "The libcurl transport can't be loaded: " .. guard.text(make):match("^[^\n]*")
  end
  return make()
end

local function pid()
  local loaded, system = pcall(require, "reseal.system")
  return loaded and system.pid() or 0
end

local reseal = api {
  transport = transport,
  sleep = function(seconds)
    return require("reseal.system").sleep(seconds)
  end,
  random = pause.spread(pid, os.time),
  precheck = precheck,
}

--- Managed certificates that are kept valid: see `reseal.orders` (lua/reseal/orders.lua) and docs/orders.md.
---@param given string|table|nil the configuration's file; or a table of the same; nil: the shell's
---@param options? table
---@return reseal.Orders|nil
---@return reseal.Failure|nil err
function reseal.orders(given, options)
  return require("reseal.orders").open(reseal, given, options)
end

return reseal
