--- The library's face over what a host gives: `reseal` over libcurl and this machine, `resty.reseal` over nginx.

local client = require "reseal.client"
local core = require "reseal.core"
local dates = require "reseal.dates"
local failure = require "reseal.failure"
local status = require "reseal.status"
local webhook = require "reseal.realtimeregister.webhook"

local function checked(provider, result, err)
  if result == nil then
    return nil, failure.wrap(err, provider)
  end
  return result
end

---@param ports reseal.Ports
---@return reseal
return function(ports)
  -- The providers' functions, clients and methods are annotated in reseal/types.lua, which is made from the
  -- descriptions.
  ---@class reseal
  ---@field _VERSION string
  local reseal = {_VERSION = core._VERSION, status = status, time = dates.time, verify_webhook = webhook.verify}

  --- The providers; or one provider's methods; or one method as a table: params, result, errors, effect, …
  ---@param provider string|nil
  ---@param method string|nil
  ---@param edition string|nil one of the provider's editions; default: its current one
  ---@return table|nil
  ---@return reseal.Failure|nil err when there is no such provider, method or edition
  function reseal.describe(provider, method, edition)
    return checked(provider, core.describe(provider, method, edition))
  end

  --- The providers' names.
  ---@return string[]
  function reseal.providers()
    return assert(core.describe())
  end

  --- The names of a provider's methods.
  ---@param provider string
  ---@param edition string|nil one of the provider's editions; default: its current one
  ---@return string[]|nil
  ---@return reseal.Failure|nil err when there is no such provider or edition
  function reseal.methods(provider, edition)
    if type(provider) ~= "string" or provider == "" then
      error("reseal.methods expects the name of a provider", 2)
    end
    return checked(provider, core.describe(provider, nil, edition))
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

  --- What parameters and fields of results mean, whatever their provider calls them: rows {role, doc}. The `role`
  --- that `reseal.describe` shows is one of these; `reseal.roles` (lua/reseal/roles.lua) reads results by them.
  ---@return table[]
  function reseal.roles()
    return assert(core.roles())
  end

  --- What bounds an exchange, its answer and its parameters: rows {name, default, max, doc}. `timeout` and
  --- `connect_timeout` (seconds) and `bytes` (`max_body`) are options of a client; transports of one's own find there
  --- what ours keep to.
  ---@return table[]
  function reseal.limits()
    return assert(core.limits())
  end

  --- A client of a provider whose name is a value: `reseal.client("namecheap", {…})` is `reseal.namecheap {…}`.
  ---@param provider string
  ---@param options table
  ---@return reseal.Client|nil
  ---@return reseal.Failure|nil err class invalid: every wrong option in `errors`, or there is no such provider
  function reseal.client(provider, options)
    if type(provider) ~= "string" or type(options) ~= "table" then
      error("reseal.client expects the name of a provider and a table of options", 2)
    end
    return client.new(provider, options, ports)
  end

  for _, provider in ipairs(reseal.providers()) do
    reseal[provider] = function(options)
      if type(options) ~= "table" then
        error("reseal." .. provider .. " expects a table of options", 2)
      end
      return client.new(provider, options, ports)
    end
  end

  return reseal
end
