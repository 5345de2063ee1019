--- What the commands about managed certificates begin with: the configuration, its accounts, and the journal where
--- there is one.

local budget = require "reseal.order.budget"
local config = require "reseal.cli.config"
local failure = require "reseal.failure"
local files = require "reseal.order.install.files"
local journals = require "reseal.cli.journal"
local lfs = require "lfs"
local nearest = require "reseal.nearest"
local order_config = require "reseal.order.config"
local order_journal = require "reseal.order.journal"
local output = require "reseal.cli.output"
local reseal = require "reseal"
local sellers = require "reseal.order.sellers"

local EXIT = output.EXIT

---@class reseal.cli.Setup
---@field configuration reseal.order.Configuration
---@field accounts table<string, reseal.cli.Account>
---@field file {path: string|nil, found: boolean, values: table, text: string|nil}
---@field options table the command line's
---@field journal reseal.order.Journal|nil only where there is one
local Setup = {}
Setup.__index = Setup

local setup = {}

--- The settings of each provider.
local function providers()
  local found = {}
  for _, name in ipairs(reseal.describe()) do
    found[name] = reseal.settings(name)
  end
  return found
end

local function folder_of(path)
  return path and (path:match "^(.*)/[^/]*$" or ".") or "."
end

--- The folder in which things are that have no other place: keys, certificates, the journal.
---@return string|nil
function setup.state_folder()
  return journals.state_folder()
end

--- Whether a file of credentials names certificates at all.
function setup.has_certificates(file)
  return file.values.certificates ~= nil
end

--- Checks the configuration that a file has.
---@param file table of `cli.config.read`
---@param options table the command line's
---@return reseal.cli.Setup|nil
---@return reseal.Failure|nil err
function setup.check(file, options)
  local accounts, message = config.accounts(providers(), file)
  if not accounts then
    return nil, failure.invalid {{code = "configuration", message = message}}
  end
  for _, account in pairs(accounts) do
    account.settings.timeout = options.timeout or account.settings.timeout
    account.settings.retries = options.retries or account.settings.retries
  end
  local state = setup.state_folder()
  local configuration, err = order_config.check(file.values, {
    accounts = accounts, file = file.path, text = file.text, base = folder_of(file.path),
    live = state and state .. "/live",
  })
  if not configuration then
    return nil, err
  end
  return setmetatable({configuration = configuration, accounts = accounts, file = file, options = options}, Setup)
end

--- Loads it; what is wrong is shown.
---@param options table the command line's
---@return reseal.cli.Setup|nil
---@return integer|nil exit code without it
function setup.load(options)
  local file, message = config.read(options)
  if not file then
    return nil, output.fault("configuration", message, EXIT.usage)
  elseif not setup.has_certificates(file) then
    return nil, output.fault("configuration", ("no certificates are configured (%s has no certificates = …): "
      .. "`reseal init` writes a first one, `reseal import` takes over what is there"):format(file.path or "no file"),
      EXIT.usage)
  end
  local made, err = setup.check(file, options)
  if not made then
    return nil, output.failure(err, EXIT.usage)
  end
  for _, warning in ipairs(made.configuration.warnings) do
    output.warn(warning.message)
  end
  return made
end

--- The accounts, and the certificates where there are any: for commands that a configuration without certificates, or
--- with faults, need not stop.
---@param options table the command line's
---@return reseal.cli.Setup|nil
---@return integer|nil exit code without it
function setup.open(options)
  local file, message = config.read(options)
  local accounts
  if file then
    accounts, message = config.accounts(providers(), file)
  end
  if not accounts then
    return nil, output.fault("configuration", message, EXIT.usage)
  end
  local made, err
  if setup.has_certificates(file) then
    made, err = setup.check(file, options)
  end
  made = made or setmetatable({
    configuration = {managed = {}, by_name = {}, accounts = accounts, caps = {}, warnings = {}}, accounts = accounts,
    file = file, options = options, failure = err,
  }, Setup)
  local defaults = file.values.defaults
  made.has_default_proof = type(defaults) == "table" and defaults.prove ~= nil
  return made
end

--- The accounts in words.
---@return string
function Setup:account_names()
  local names = {}
  for name in pairs(self.accounts) do
    names[#names + 1] = name
  end
  table.sort(names)
  return #names == 0 and "none is configured" or "it is one of " .. table.concat(names, ", ")
end

--- Those of the configuration that are named; nil: all.
---@param names string[] as typed
---@return table<string, boolean>|nil
---@return integer|nil exit code for a name that there is not
function Setup:only(names)
  if not names or #names == 0 then
    return nil
  end
  local known, only = {}, {}
  for _, managed in ipairs(self.configuration.managed) do
    known[#known + 1] = managed.name
  end
  for _, name in ipairs(names) do
    if not self.configuration.by_name[name] then
      local meant = nearest(name, known)
      local there = #known <= 10 and "; there are " .. table.concat(known, ", ") or ""
      return nil, output.usage(("no certificate is called %s%s"):format(name, meant
        and "; did you mean " .. meant .. "?" or there))
    end
    only[name] = true
  end
  return only
end

--- Where the journal is.
---@return string|nil url
---@return boolean|string default or what is wrong
function Setup:journal_url()
  if not self.options.journal and self.configuration.journal and (os.getenv "RESEAL_JOURNAL" or "") == "" then
    return self.configuration.journal, false
  end
  return journals.url(self.options)
end

--- Opens the journal if there is one. A default one that is not there yet is none.
---@return boolean|nil ok also without one
---@return string|nil message
function Setup:open_journal()
  local url, default = self:journal_url()
  if not url then
    return default and true or nil
  elseif not url:find "^%a[%w+.-]*://" and not lfs.attributes(url, "mode") then
    return true
  end
  local err
  self.journal, err = order_journal.open(url, {create = false})
  if not self.journal then
    return nil, "the journal: " .. tostring(err.message or err)
  end
  return true
end

--- A client of an account. With a journal its calls are counted with those of all others.
---@param name string
---@return table|nil client
---@return reseal.Failure|nil err
function Setup:client(name)
  self.clients = self.clients or {}
  if self.clients[name] then
    return self.clients[name]
  end
  local account = self.accounts[name]
  local err = config.lacking(account, reseal.settings(account.provider), account.profile)
  if err then
    return nil, err
  end
  local ok, message = config.fetch(account)
  if not ok then
    return nil, failure.invalid({{code = "configuration", message = message}}, account.provider)
  end
  local settings = {}
  for field, value in pairs(account.settings) do
    settings[field] = value
  end
  local transport = settings.transport or require("reseal.transport.curl")()
  if self.journal then
    transport = budget.new(self.journal):transport(name, account.provider, transport)
  end
  settings.transport = transport
  self.clients[name], err = reseal[account.provider](settings)
  return self.clients[name], err
end

--- The seller's module of an account.
---@param name string
---@return table
function Setup:seller(name)
  return assert(sellers.of(self.accounts[name].provider))
end

--- What is known here, without a call: of the journal, and of what is installed.
---@param only table<string, boolean>|nil
---@return reseal.order.State|nil
---@return string|nil message
function Setup:state(only)
  local state = {rows = {}, orders = {}, served = {}, unreadable = {}, infos = {}, failures = {}, prices = {},
    price_failures = {}}
  if self.journal then
    local rows, err = self.journal:rows()
    local orders, intents
    if rows then
      orders, err = self.journal:orders {open = true}
    end
    if orders then
      intents, err = self.journal:open_intents()
    end
    if not intents then
      return nil, "the journal: " .. tostring(err.message or err)
    end
    for _, row in ipairs(rows) do
      state.rows[row.name] = row
    end
    local by_id = {}
    for _, order in ipairs(orders) do
      state.orders[order.name], by_id[order.id] = order, order
    end
    for _, intent in ipairs(intents) do
      if by_id[intent.order_id] then
        by_id[intent.order_id].intent = intent
      end
    end
  end
  local installed = files.new()
  for _, managed in ipairs(self.configuration.managed) do
    if not only or only[managed.name] then
      local served, err = installed:served(managed)
      state.served[managed.name] = served or nil
      state.unreadable[managed.name] = served == nil and tostring(err) or nil
    end
  end
  return state
end

return setup
