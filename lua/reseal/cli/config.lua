--- Where the command line gets its credentials: a private file, and the environment. Never its own arguments.

local failure = require "reseal.failure"
local nearest = require "reseal.nearest"
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

--- The file that is read: the one that is named (`--config`, RESEAL_CONFIG), or the default one where it exists.
---@return string|nil path
---@return boolean|nil found false: it isn't there, and needn't be
local function file_of(options)
  local named = options.config or os.getenv("RESEAL_CONFIG")
  if named and named ~= "" then
    return named, true
  end
  local path = config.default_path()
  return path, path ~= nil and exists(path)
end

local function names_of(value)
  local names = {}
  for name in pairs(value) do
    names[#names + 1] = type(name) == "string" and name or nil
  end
  table.sort(names)
  return names
end

--- The part of a file that --profile names; all of it without.
local function profile_of(file, path, name)
  if not name then
    return file
  end
  local profiles = type(file.profiles) == "table" and file.profiles or {}
  if type(profiles[name]) ~= "table" then
    local names = names_of(profiles)
    local has = #names > 0 and "it has " .. table.concat(names, ", ") or "it has none (profiles = {NAME = {…}})"
    return nil, path .. ": there is no profile " .. name .. "; " .. has
  end
  return profiles[name]
end

--- Takes `<name>_command` of every secret out of the settings.
local function take_commands(settings, found, path)
  local commands = {}
  for _, setting in ipairs(settings) do
    local name = setting.name .. "_command"
    local argv = setting.secret and found[name]
    if argv then
      for i = 1, math.max(1, type(argv) == "table" and #argv or 1) do
        if type(argv) ~= "table" or type(argv[i]) ~= "string" or argv[i]:find("%z") then
          return nil, path .. ": " .. name .. ' must be a list of words, such as {"pass", "show", "reseal"}'
        end
      end
      if found[setting.name] ~= nil then
        return nil, ("%s: %s and %s are both there; one of them is enough"):format(path, setting.name, name)
      end
      commands[setting.name], found[name] = argv, nil
    end
  end
  return commands
end

---@class reseal.cli.Account
---@field provider string
---@field settings table the options of a client, as far as they are known
---@field commands table<string, string[]> programs that print the secrets which are not in `settings`
---@field path string|nil the file that was read, or would have been
---@field meant string|nil what the file has in place of the provider's name

--- The variable that holds a setting.
local function variable(provider, name)
  return ("RESEAL_" .. provider .. "_" .. name):upper()
end

--- An account: the file's part for the provider, over which the environment's RESEAL_<PROVIDER>_<SETTING> win. A
--- profile is one account of the file, and nothing is mixed into it.
---@param provider string
---@param settings table[] the provider's (see `reseal.settings`)
---@param options {config: string|nil, profile: string|nil} the command line's
---@return reseal.cli.Account|nil
---@return string|nil message
function config.load(provider, settings, options)
  local account = {provider = provider, settings = {}, commands = {}}
  local path, found = file_of(options)
  account.path = path
  if options.profile and not found then
    return nil, "--profile needs a file that has it" .. (path and "; there is no " .. path or "")
  end
  if found then
    local file, message = read(path)
    if not file then
      return nil, message
    end
    file, message = profile_of(file, path, options.profile)
    if not file then
      return nil, message
    end
    local section = file[provider]
    if section ~= nil and type(section) ~= "table" then
      return nil, path .. ": " .. provider .. " must be a table"
    end
    for name, value in pairs(section or {}) do
      account.settings[name] = value
    end
    account.meant = section == nil and nearest(provider, names_of(file)) or nil
    account.commands, message = take_commands(settings, account.settings, path)
    if not account.commands then
      return nil, message
    end
  end
  for _, setting in ipairs(options.profile and {} or settings) do
    local value = os.getenv(variable(provider, setting.name))
    if value and value ~= "" then
      account.settings[setting.name], account.commands[setting.name] = value, nil
    end
  end
  return account
end

--- What an account lacks, and where to put it; nil when it is complete.
---@param account reseal.cli.Account
---@param settings table[] the provider's
---@param profile string|nil
---@param without_secrets boolean|nil secrets need not be there
---@return reseal.Failure|nil
---@return string|nil example a line of the file, for people
function config.lacking(account, settings, profile, without_secrets)
  local provider = account.provider
  local faults, example = {}, {}
  for _, setting in ipairs(settings) do
    local name = setting.name
    if setting.required then
      example[#example + 1] = name .. ' = "…"'
    end
    if setting.required and account.settings[name] == nil and not account.commands[name]
      and not (setting.secret and without_secrets) then
      faults[#faults + 1] = {
        code = "missing", param = name, message = "The setting " .. name .. " of " .. provider .. " is missing"
          .. (profile and "." or " (in the environment: " .. variable(provider, name) .. ")."),
      }
    end
  end
  if #faults == 0 then
    return nil
  end
  local err = failure.invalid(faults, provider)
  err.advice = ("Put it into %s, which only you may read (chmod 600), as below%s%s"):format(
    account.path or "a file, named by --config or RESEAL_CONFIG", profile and ", in profiles." .. profile or "",
    account.meant and (". It has %s there; is %s meant?"):format(account.meant, provider) or ".")
  return err, "    " .. provider .. " = {" .. table.concat(example, ", ") .. "}"
end

--- Asks the account's programs for the secrets that they keep: the first line of what they print.
---@param account reseal.cli.Account
---@return boolean|nil
---@return string|nil message never what was printed
function config.fetch(account)
  for name, argv in pairs(account.commands) do
    local shown = name .. "_command (" .. argv[1] .. ")"
    local code, printed = system.run(argv, {output = 65536, forward = false})
    if not code then
      return nil, name .. "_command: " .. printed
    elseif code ~= 0 then
      return nil, ("%s ended with exit code %d"):format(shown, code)
    end
    local secret = printed:match("^%s*([^\r\n]*)"):gsub("%s+$", "")
    if secret == "" then
      return nil, shown .. " printed nothing"
    end
    account.settings[name] = secret
  end
  return true
end

return config
