--- reseal: renews and reissues bought TLS certificates through their sellers' APIs.
---
---     local reseal = require "reseal"
---     local nc = assert(reseal.namecheap {api_user = "…", api_key = "…", client_ip = "192.0.2.1"})
---     local r, err = nc:renew {CertificateID = 501904, Years = 1, SSLType = "PositiveSSL"}
---
--- Calls return a plain table, or nil and a `reseal.Failure`. Only a programmer's mistake raises.

local client = require "reseal.client"
local core = require "reseal.core"
local dates = require "reseal.dates"
local failure = require "reseal.failure"
local status = require "reseal.status"
local webhook = require "reseal.realtimeregister.webhook"

-- The providers' functions, clients and methods are annotated in reseal/types.lua, which is made from the descriptions.
---@class reseal
---@field _VERSION string
local reseal = {_VERSION = core._VERSION, status = status, time = dates.time, verify_webhook = webhook.verify}

local function checked(provider, result, err)
  if result == nil then
    return nil, failure.wrap(err, provider)
  end
  return result
end

--- The providers; or one provider's methods; or one method as a table: params, result, errors, effect, …
---@param provider string|nil
---@param method string|nil
---@param edition string|nil one of the provider's editions; default: its current one
---@return table|nil
---@return reseal.Failure|nil err when there is no such provider, method or edition
function reseal.describe(provider, method, edition)
  return checked(provider, core.describe(provider, method, edition))
end

--- What a provider's error codes mean: rows {code, method, text, category, retry, outcome, advice, source}.
--- Each is told as a failure of its method is; those of all methods (`(global)`) as one of a change or a purchase.
---@param provider string
---@param code string|integer|nil only this code's rows
---@return table[]|nil
---@return reseal.Failure|nil err when there is no such provider
function reseal.errors(provider, code)
  return checked(provider, core.errors(provider, code))
end

--- The settings of a provider's client: rows {name, type, required, max, secret, doc, values, default}.
---@param provider string
---@return table[]|nil
---@return reseal.Failure|nil err when there is no such provider
function reseal.settings(provider)
  return checked(provider, core.settings(provider))
end

--- What a provider's words for the state of a certificate or an order mean: rows {word, status}; see `reseal.status`.
---@param provider string
---@return table[]|nil
---@return reseal.Failure|nil err when there is no such provider
function reseal.statuses(provider)
  return checked(provider, core.statuses(provider))
end

--- What parameters and fields of results mean, whatever their seller calls them: rows {role, doc}. The `role` that
--- `reseal.describe` shows is one of these; `reseal.roles` (lua/reseal/roles.lua) reads results by them.
---@return table[]
function reseal.roles()
  return assert(core.roles())
end

for _, provider in ipairs(core.describe()) do
  reseal[provider] = function(options)
    return client.new(provider, options)
  end
end

return reseal
