--- Where the command line gets its credentials: a private file, and the environment. Never its own arguments.

local system = require "reseal.system"

local config = {}

--- The file that is read when none is named.
---@return string|nil
function config.default_path()
  local base = os.getenv("XDG_CONFIG_HOME")
  if not base or base == "" then
    local home = os.getenv("HOME")
    base = home and home .. "/.config"
  end
  return base and base .. "/reseal/config.lua"
end

--- The chunk in an empty environment: it can set names, and call nothing.
local function compile(text, path, environment)
  if text:sub(1, 1) == "\27" then
    return nil, path .. " is compiled code, not text"
  end
  local set_environment = rawget(_G, "setfenv")
  if not set_environment then
    return load(text, "=config", "t", environment)
  end
  local chunk, message = rawget(_G, "loadstring")(text, "=config")
  return chunk and set_environment(chunk, environment), message
end

--- Only the line of a Lua error: the rest quotes the file, and so perhaps a key.
local function line_of(message)
  return tostring(message):match("^config:(%d+):") or "?"
end

local function read(path)
  local text, message = system.read_private(path)
  if not text then
    return nil, message
  end
  local environment = {}
  local chunk
  chunk, message = compile(text, path, environment)
  if not chunk then
    return nil, path .. ": line " .. line_of(message) .. " is not Lua"
  end
  local ok, returned = pcall(chunk)
  if not ok then
    return nil, path .. ": line " .. line_of(returned) .. " fails (only values can be set there)"
  end
  return type(returned) == "table" and returned or environment
end

local function exists(path)
  local file, _, number = io.open(path)
  if file then
    file:close()
  end
  -- 2 is ENOENT, 20 is ENOTDIR. A file that can't be opened is one to complain about.
  return file ~= nil or (number ~= 2 and number ~= 20)
end

--- A provider's options: of the file, over which the environment's RESEAL_<PROVIDER>_<SETTING> win.
---@param provider string
---@param settings table[] the provider's (see `reseal.settings`)
---@param path string|nil the file; nil: the default one, where it exists
---@return table|nil options
---@return string|nil message
function config.load(provider, settings, path)
  local options = {}
  if not path then
    path = config.default_path()
    if path and not exists(path) then
      path = nil
    end
  end
  if path then
    local file, message = read(path)
    if not file then
      return nil, message
    end
    local section = file[provider]
    if section ~= nil and type(section) ~= "table" then
      return nil, path .. ": " .. provider .. " must be a table"
    end
    for name, value in pairs(section or {}) do
      options[name] = value
    end
  end
  for _, setting in ipairs(settings) do
    local value = os.getenv(("RESEAL_" .. provider .. "_" .. setting.name):upper())
    if value and value ~= "" then
      options[setting.name] = value
    end
  end
  return options
end

return config
