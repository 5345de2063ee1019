--- Where a process of its own (the shell, a script) gets its credentials: a private file, and the environment. Never
--- its own arguments.

local failure = require "reseal.failure"
local nearest = require "reseal.nearest"
local system = require "reseal.system"

local credentials = {}

--- The file that is read when none is named.
---@return string|nil
function credentials.default_path()
  local base = os.getenv("XDG_CONFIG_HOME")
  if not base or base == "" then
    local home = os.getenv("HOME")
    base = home and home .. "/.config"
  end
  return base and base .. "/reseal/config.lua"
end

local function set(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

--- The folder of what lasts: the journal, keys, certificates.
---@return string|nil path nil: there is no home
function credentials.state_folder()
  if system.uid() == 0 then
    return "/var/lib/reseal"
  end
  local base = set "XDG_STATE_HOME"
  if not base then
    local home = set "HOME"
    base = home and home .. "/.local/state"
  end
  return base and base .. "/reseal"
end

--- Which journal: the named one (`journal`, RESEAL_JOURNAL), the configuration's, or the default one.
---@param options {journal: string|nil}
---@param configured string|nil the configuration's
---@return string|nil url
---@return boolean|string default whether it is the default one; without a URL what is wrong
function credentials.journal_url(options, configured)
  local named = options.journal or set "RESEAL_JOURNAL" or configured
  if named then
    return named, false
  end
  local folder = credentials.state_folder()
  if not folder then
    return nil, "there is no HOME to find the journal in: name it by --journal or RESEAL_JOURNAL"
  end
  return folder .. "/journal.db", true
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

local function values_of(path)
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
  return type(returned) == "table" and returned or environment, text
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
  local path = credentials.default_path()
  return path, path ~= nil and exists(path)
end

--- Reads the configuration's file once, for all who want something of it.
---@param options {config: string|nil} the command line's
---@return {path: string|nil, found: boolean, values: table, text: string|nil}|nil
---@return string|nil message
function credentials.read(options)
  local path, found = file_of(options)
  if not found then
    return {path = path, found = false, values = {}}
  end
  local values, text = values_of(path)
  if not values then
    return nil, text
  end
  return {path = path, found = true, values = values, text = text}
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

---@class reseal.Account
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
---@param options {config: string|nil, profile: string|nil, read: table|nil} the command line's; read: what
---  `credentials.read` gave
---@return reseal.Account|nil
---@return string|nil message
function credentials.load(provider, settings, options)
  local account = {provider = provider, settings = {}, commands = {}}
  local whole, message
  if options.read then
    whole = options.read
  else
    whole, message = credentials.read(options)
  end
  if not whole then
    return nil, message
  end
  local path = whole.path or "the configuration"
  account.path = whole.path
  if options.profile and not whole.found then
    return nil, "--profile needs a file that has it" .. (whole.path and "; there is no " .. whole.path or "")
  end
  if whole.found then
    local file
    file, message = profile_of(whole.values, path, options.profile)
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

--- All accounts, by the names that certificates have for them: that of the profile (`shop`, or `shop/namecheap` where
--- it has several sellers), or the seller's for what stands in no profile.
---@param providers table<string, table[]> the settings of each provider
---@param read table of `credentials.read`
---@return table<string, reseal.Account>|nil
---@return string|nil message
function credentials.accounts(providers, read)
  local accounts = {}
  local function add(name, provider, profile)
    if accounts[name] then
      return nil, ("%s: the profile %s has the name of a seller's own section: call it something else"):format(
        read.path or "the configuration", name)
    end
    local account, message = credentials.load(provider, providers[provider], {read = read, profile = profile})
    if not account then
      return nil, message
    elseif next(account.settings) ~= nil or next(account.commands) ~= nil then
      account.profile, accounts[name] = profile, account
    end
    return true
  end
  for provider in pairs(providers) do
    local ok, message = add(provider, provider)
    if not ok then
      return nil, message
    end
  end
  local profiles = type(read.values.profiles) == "table" and read.values.profiles or {}
  for _, profile in ipairs(names_of(profiles)) do
    local has = {}
    for provider in pairs(providers) do
      has[#has + 1] = type(profiles[profile]) == "table" and profiles[profile][provider] ~= nil and provider or nil
    end
    for _, provider in ipairs(has) do
      local ok, message = add(#has == 1 and profile or profile .. "/" .. provider, provider, profile)
      if not ok then
        return nil, message
      end
    end
  end
  return accounts
end

--- What an account lacks, and where to put it; nil when it is complete.
---@param account reseal.Account
---@param settings table[] the provider's
---@param profile string|nil
---@param without_secrets boolean|nil secrets need not be there
---@return reseal.Failure|nil
---@return string|nil example a line of the file, for people
function credentials.lacking(account, settings, profile, without_secrets)
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
---@param account reseal.Account
---@return boolean|nil
---@return string|nil message never what was printed
function credentials.fetch(account)
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

return credentials
