--- The options of a client: the provider's settings, which the codec checks, and those of every client.

local guard = require "reseal.guard"
local limits = require "reseal.limits"
local nearest = require "reseal.nearest"

--- Options of every client, beside the provider's settings.
---@class reseal.ClientOptions
---@field transport? reseal.Transport default: libcurl, in nginx cosockets; its requests are `reseal.EncodedRequest`s
---@field timeout? number seconds for a whole exchange; default 60, at most 3600
---@field connect_timeout? number seconds; default 10, at most 3600
---@field retries? integer repetitions of what is safe to repeat, 0 to 10; default 2
---@field max_body? integer bytes of the largest answer; default 8 MiB, at most 1 GiB, of XML 10,000,000
---@field sleep? fun(seconds: number) waits between repetitions; one that raises ends them
---@field random? fun(): number from 0 to 1, for the spread of pauses
---@field csr_check? "warn"|"refuse"|"off" what a doubtful signing request leads to; default "warn". See `client:check`
---@field on_warning? fun(warning: reseal.Warning, method: string) told of each warning, before the call is sent

local CSR_CHECKS = {warn = true, refuse = true, off = true}

local function is_function(value)
  return type(value) == "function"
end

--- An option with a limit of the codec's: its default, its check and how that is told.
local function limited(name, limit, whole, unit)
  return {
    name = name, default = limit.default,
    expected = ("a %s of %s, %s and at most %d"):format(whole and "whole number" or "number", unit,
      whole and "at least 1" or "above 0", limit.max),
    check = function(value)
      return type(value) == "number" and value > 0 and value <= limit.max and (not whole or value % 1 == 0)
    end,
  }
end

local OPTIONS = {
  {name = "transport", check = is_function, expected = "a function"},
  limited("timeout", limits.timeout, false, "seconds"),
  limited("connect_timeout", limits.connect_timeout, false, "seconds"),
  {
    name = "retries", default = 2, expected = "a whole number from 0 to 10",
    check = function(value)
      return type(value) == "number" and value >= 0 and value <= 10 and value % 1 == 0
    end,
  },
  limited("max_body", limits.bytes, true, "bytes"),
  {name = "sleep", check = is_function, expected = "a function that waits the seconds it is given"},
  {name = "random", check = is_function, expected = "a function that returns a number from 0 to 1"},
  {
    name = "csr_check", default = "warn", expected = '"warn", "refuse" (which needs luaossl) or "off"',
    check = function(value, precheck)
      return CSR_CHECKS[value] and (value ~= "refuse" or precheck ~= nil and precheck.able()) or false
    end,
  },
  {name = "on_warning", check = is_function, expected = "a function of a warning and the method's name"},
}

--- Fills the codec's handle with the provider's settings.
local function set(handle, settings, options, faults)
  local givers = {}
  for _, setting in ipairs(settings) do
    local name, value = setting.name, options[setting.name]
    if setting.secret and is_function(value) then
      givers[#givers + 1] = {name = name, call = value}
    elseif value ~= nil then
      local ok, err = handle:set(name, value)
      for _, fault in ipairs(ok and {} or err.errors or {err}) do
        faults[#faults + 1] = {code = fault.code, message = fault.message, param = fault.param or name}
      end
    elseif setting.required then
      faults[#faults + 1] = {code = "missing", message = "The setting " .. name .. " is missing.", param = name}
    end
  end
  return givers
end

--- Blames the options that nobody knows.
local function find_unknown(settings, options, faults)
  local known, names, unknown = {}, {}, {}
  for _, list in ipairs {settings, OPTIONS} do
    for _, one in ipairs(list) do
      known[one.name], names[#names + 1] = true, one.name
    end
  end
  -- A key that stands among the names by mistake is not repeated.
  local function shown(name)
    for _, setting in ipairs(settings) do
      local secret = setting.secret and options[setting.name]
      if type(secret) == "string" and secret ~= "" and name:find(secret, 1, true) then
        return "***"
      end
    end
    return name
  end
  for name in pairs(options) do
    if not known[name] then
      unknown[#unknown + 1] = shown(guard.text(name))
    end
  end
  table.sort(unknown)
  for _, name in ipairs(unknown) do
    local meant = nearest(name, names)
    faults[#faults + 1] = {
      code = "unknown_param",
      message = "There is no option " .. name .. (meant and "; " .. meant .. " is nearest." or "."),
      param = name,
    }
  end
end

--- Looks at all options of a client, and fills the codec's handle.
---@param handle table the codec's
---@param settings table[] the provider's
---@param options table
---@param precheck table|nil what looks at signing requests
---@return table own the options of every client, with their defaults
---@return {name: string, call: function}[] givers functions that give secrets
---@return reseal.Fault[] faults all of them
return function(handle, settings, options, precheck)
  local own, faults = {}, {}
  local givers = set(handle, settings, options, faults)
  for _, option in ipairs(OPTIONS) do
    local name, value = option.name, options[option.name]
    if value == nil then
      value = option.default
    elseif not option.check(value, precheck) then
      faults[#faults + 1] = {code = "bad_type", message = name .. " must be " .. option.expected .. ".", param = name}
    end
    own[name] = value
  end
  find_unknown(settings, options, faults)
  return own, givers, faults
end
