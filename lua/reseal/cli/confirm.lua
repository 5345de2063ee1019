--- Asks before something is bought, where somebody can answer.

local parameters = require "reseal.cli.parameters"
local system = require "reseal.system"
local text = require "reseal.cli.text"

local LONGEST = 60

--- A parameter's value in one line.
local function brief(value)
  local first = value:match("^[^\r\n]*")
  return #first > LONGEST and first:sub(1, LONGEST) .. "…" or first ~= value and first .. " …" or first
end

local function briefly(params, secret)
  local shown = {}
  for name, value in pairs(params) do
    if secret[name] then
      shown[name] = "…"
    elseif type(value) == "table" then
      shown[name] = briefly(value, secret)
    else
      shown[name] = type(value) == "string" and brief(value) or value
    end
  end
  return shown
end

--- The account's settings that are no secrets, over them what applies when they aren't set.
local function account_of(settings, given)
  local shown = {}
  for _, setting in ipairs(settings) do
    local value = given[setting.name]
    if value == nil and setting.name == "endpoint" then
      value = setting.default
    end
    shown[setting.name] = not setting.secret and value or nil
  end
  return shown
end

--- What is to be bought, and where.
---@param provider string
---@param described table the method
---@param params table
---@param settings table[] the provider's
---@param given table the account's
---@return string
local function offer(provider, described, params, settings, given)
  local secret = {}
  for _, one in ipairs(parameters.flat(described)) do
    secret[one.param.name] = one.param.secret or nil
  end
  local shown = text.tree({account = account_of(settings, given), parameters = briefly(params, secret)})
  return ("This is a purchase: %s at %s.\n%s\n"):format(described.name, provider, shown)
end

--- Asks, when standard input and standard error are a terminal; elsewhere a purchase is as wanted as it was typed.
---@return boolean wanted
return function(...)
  if not (system.is_terminal(0) and system.is_terminal(2)) then
    return true
  end
  io.stderr:write(offer(...), "Buy it? [y/N] ")
  local answer = io.stdin:read("*l")
  if not answer then
    io.stderr:write("\n")
  end
  answer = (answer or ""):lower():match("^%s*(%a*)%s*$")
  return answer == "y" or answer == "yes"
end
