--- Managed certificates in a process of its own, the shell's or a script's: the configuration, the journal, and what
--- carries orders out with libcurl, files and programs.
---
--- ```lua
--- local reseal = require "reseal"
--- local orders = assert(reseal.orders "/etc/reseal/config.lua")   -- or a table of the same, or nothing: the shell's
--- for _, item in ipairs(assert(orders:plan()).items) do print(item.name, item.what, item.why) end
--- local done = assert(orders:run {on_event = function(event) print(event.name, event.text) end})
--- orders:close()
--- ```
---
---   orders:plan {names, prices}          what is to be done, when, for how much
---   orders:apply(plan, work)             exactly that, or nothing where the world has moved
---   orders:run {names, wait, watch, …}   what is due; until all of it is done; or for ever
---   orders:status(names)                 how they stand, what needs a person first
---   orders:show(name)                    all that is known of one
---   orders:events {name, after}          what happened, an iterator
---   orders:reconcile(name, how)          what became of an order that stopped
---   orders:resume(account)               an account that was stopped may buy again
---   orders:remove(name, {force, files})  it is managed no more
---   orders:close()
---
--- What fails gives nil and a `reseal.Failure`, all faults of a configuration in its `errors`; only a mistake in the
--- program raises. It blocks. Several processes may have the same journal open, and do this at once: each step is
--- one's alone. Several configurations may share a journal too, each known by its file's path, or, where it is a table,
--- by the option `source`; what another one manages is not touched.

local alive = require "reseal.orders.alive"
local ask = require "reseal.orders.ask"
local budget = require "reseal.order.budget"
local credentials = require "reseal.credentials"
local failure = require "reseal.failure"
local faults = require "reseal.orders.faults"
local known = require "reseal.orders.known"
local lfs = require "lfs"
local order_config = require "reseal.order.config"
local order_journal = require "reseal.order.journal"
local person = require "reseal.orders.person"
local plans = require "reseal.order.plan"
local runner = require "reseal.orders.runner"
local sellers = require "reseal.order.sellers"
local system = require "reseal.system"

---@class reseal.Orders
---@field configuration reseal.order.Configuration
---@field accounts table<string, reseal.Account>
---@field journal reseal.order.Journal|nil once it is open
---@field keys_folder string|nil
---@field file {path: string|nil, found: boolean, values: table, text: string|nil}
---@field options table
---@field source string what the journal calls the configuration
---@field clock fun(): integer this machine's time, unless told
---@field monotonic fun(): number
---@field wait fun(seconds: number)
---@field failure reseal.Failure|nil what is wrong with the certificates, of one that was opened `lenient`
local Orders = {}
Orders.__index = Orders

for _, part in ipairs {known, person} do
  for name, method in pairs(part) do
    Orders[name] = method
  end
end

local orders = {}

local function invalid(message)
  return nil, faults.invalid("configuration", message)
end

-- Configuration ----------------------------------------------------------------------------------------------------

--- Each provider's settings.
local function providers(reseal)
  local found = {}
  for _, name in ipairs(reseal.describe()) do
    found[name] = reseal.settings(name)
  end
  return found
end

local function folder_of(path)
  return path and (path:match "^(.*)/[^/]*$" or ".") or "."
end

--- One file has one name, wherever it is called from: by it the journal knows whose entries are whose.
local function absolute(path)
  return path and path:sub(1, 1) ~= "/" and lfs.currentdir() .. "/" .. path:gsub("^%./", "") or path
end

--- The orders of a configuration that was read.
---@param reseal reseal
---@param file {path: string|nil, found: boolean, values: table, text: string|nil} see `reseal.credentials`
---@param options? {journal: string|nil, timeout: number|nil, retries: integer|nil, lenient: boolean|nil,
---  source: string|nil, log: function|nil, clock: function|nil, monotonic: function|nil, wait: function|nil} journal:
---  wins over the configuration's; source: what the journal calls the configuration (default: the file's path, or
---  "lua"); log: gets (level, text) of what goes on behind; lenient: faulty or missing certificates are none, and
---  `failure` says why; clock, monotonic, wait: for tests and simulations, in place of this machine's clocks (seconds)
---  and of sleeping
---@return reseal.Orders|nil
---@return reseal.Failure|nil err
function orders.of(reseal, file, options)
  options = options or {}
  local accounts, message = credentials.accounts(providers(reseal), file)
  if not accounts then
    return invalid(message)
  end
  for _, account in pairs(accounts) do
    account.settings.timeout = options.timeout or account.settings.timeout
    account.settings.retries = options.retries or account.settings.retries
  end
  local self = setmetatable({
    reseal = reseal, accounts = accounts, file = file, options = options, clients = {},
    state_folder = credentials.state_folder(), source = options.source or absolute(file.path) or "lua",
    clock = options.clock or os.time, monotonic = options.monotonic or system.now, wait = options.wait or system.sleep,
  }, Orders)
  local configuration, err
  if file.values.certificates ~= nil then
    configuration, err = order_config.check(file.values, {
      accounts = accounts, file = file.path, text = file.text, base = folder_of(file.path),
      live = self.state_folder and self.state_folder .. "/live", now = self.clock(),
    })
  else
    err = failure.invalid {{
      code = "missing", param = "certificates",
      message = ("no certificates are configured (%s has no certificates = …): `reseal init` writes a first one, "
        .. "`reseal import` takes over what is there"):format(file.path or "no file"),
    }}
  end
  if not configuration and not options.lenient then
    return nil, err
  end
  self.configuration = configuration
    or {managed = {}, by_name = {}, accounts = accounts, caps = {}, warnings = {}}
  self.failure = file.values.certificates ~= nil and err or nil
  local defaults = file.values.defaults
  self.has_default_proof = type(defaults) == "table" and defaults.prove ~= nil
  self.keys_folder = self.configuration.keys or self.state_folder and self.state_folder .. "/keys"
  return self
end

--- Opens the orders of a configuration; `reseal.orders` is this.
---@param reseal reseal
---@param given string|table|nil the configuration's file; or a table of the same; nil: the shell's
---@param options? table see `of`
---@return reseal.Orders|nil
---@return reseal.Failure|nil err with all faults of the configuration in `errors`
function orders.open(reseal, given, options)
  if given ~= nil and type(given) ~= "string" and type(given) ~= "table" then
    error("reseal.orders expects a configuration: a file's path, or a table", 3)
  end
  local file, message
  if type(given) == "table" then
    file = {found = true, values = given}
  else
    file, message = credentials.read {config = given}
    if not file then
      return invalid(message)
    end
  end
  return orders.of(reseal, file, options)
end

--- The entries that are named; nil: all.
---@param names string[]|nil
---@return table<string, boolean>|nil
---@return string|nil unknown the first name that there is not
function Orders:only(names)
  if names ~= nil and type(names) ~= "table" then
    error("names must be a list of names", 2)
  elseif not names or #names == 0 then
    return nil
  end
  local only = {}
  for _, name in ipairs(names) do
    if not self.configuration.by_name[name] then
      return nil, name
    end
    only[name] = true
  end
  return only
end

--- As `only`, where an unknown name is a failure.
---@param names string[]|nil
---@return table<string, boolean>|nil
---@return reseal.Failure|nil err
function Orders:chosen(names)
  local only, unknown = self:only(names)
  if unknown then
    return nil, faults.unknown(unknown)
  end
  return only
end

-- The journal ------------------------------------------------------------------------------------------------------

--- Where the journal is.
---@return string|nil url
---@return boolean|string default or what is wrong
function Orders:journal_url()
  return credentials.journal_url(self.options, self.configuration.journal)
end

--- The path of a journal that is a file.
local function path_of(url)
  return url:match "^sqlite://(/.*)" or not url:find "^%a[%w+.-]*://" and url or nil
end

--- Opens the journal.
---@param create boolean whether one is made where there is none; otherwise that is no failure, and there is none
---@return boolean|nil
---@return reseal.Failure|nil err
function Orders:open_journal(create)
  if self.journal then
    return true
  end
  local url, default = self:journal_url()
  if not url then
    if not create then
      return true
    end
    return invalid(default)
  elseif path_of(url) and not create and not lfs.attributes(path_of(url), "mode") then
    return true
  elseif default and create then
    local ok, message = system.make_folder(folder_of(url))
    if not ok then
      return nil, faults.journal(message)
    end
  end
  local journal, err = order_journal.open(url, {create = create, clock = self.options.clock})
  if not journal then
    return nil, faults.journal(err)
  end
  self.journal, self.clients = journal, {} -- from now on calls are counted
  return true
end

--- The name by which this process claims what it works on.
---@return string
function Orders:owner()
  if not self.claims_as then
    local url = self:journal_url()
    self.claims_as = alive.owner(path_of(url), system.pid(), self.journal.nonce)
  end
  return self.claims_as
end

--- Lets go of what processes of this machine have claimed that are gone.
---@return boolean|nil
---@return reseal.Failure|nil err
function Orders:release_gone()
  local path = path_of(self:journal_url())
  if path then
    local ended, err = self.journal:end_leases(function(owner)
      return alive.is_gone(path, owner)
    end)
    if not ended then
      return nil, faults.journal(err)
    end
  end
  return true
end

--- The journal, with all that the configuration manages in it.
---@return table|nil counts {added, updated, restored, removed}
---@return reseal.Failure|nil err
function Orders:ready()
  -- With a configuration that could not be read, everything would be taken out of the journal.
  if self.failure or self.file.values.certificates == nil then
    return nil, self.failure or faults.invalid("missing", "no certificates are configured", "certificates")
  end
  local ok, err = self:open_journal(true)
  if not ok then
    return nil, err
  elseif not self.keys_folder then
    return invalid "there is no HOME to keep keys in: name a folder by `keys`"
  end
  local counts
  counts, err = self.journal:enroll(self.configuration.managed, {source = self.source})
  if not counts then
    return nil, faults.journal(err)
  end
  return counts
end

-- Sellers ----------------------------------------------------------------------------------------------------------

--- A client of an account whose transport is what `wrap` makes of the usual one.
---@param name string
---@param wrap fun(transport: reseal.Transport): reseal.Transport
---@return table|nil client
---@return reseal.Failure|nil err
function Orders:new_client(name, wrap)
  local account = self.accounts[name]
  if not account then
    return invalid(("there is no account %s"):format(tostring(name)))
  end
  local err = credentials.lacking(account, self.reseal.settings(account.provider), account.profile)
  if err then
    return nil, err
  end
  local ok, message = credentials.fetch(account)
  if not ok then
    return nil, failure.invalid({{code = "configuration", message = message}}, account.provider)
  end
  local settings = {}
  for field, value in pairs(account.settings) do
    settings[field] = value
  end
  settings.transport = wrap(settings.transport or require "reseal.transport.curl"())
  return self.reseal[account.provider](settings)
end

--- A client of an account, for reading. With a journal its calls are counted with those of all others.
---@param name string
---@return table|nil client
---@return reseal.Failure|nil err
function Orders:client(name)
  if not self.clients[name] then
    local client, err = self:new_client(name, function(transport)
      return self.journal and budget.new(self.journal):transport(name, self.accounts[name].provider, transport)
        or transport
    end)
    if not client then
      return nil, err
    end
    self.clients[name] = client
  end
  return self.clients[name]
end

--- The seller's module of an account.
---@param name string
---@return table
function Orders:seller(name)
  return assert(sellers.of(self.accounts[name].provider))
end

-- Carrying out -----------------------------------------------------------------------------------------------------

--- Makes a plan, asking the sellers as little as that takes.
---@param options? {names: string[]|nil, prices: boolean|nil} prices: ask for quotes too
---@return reseal.order.Plan|nil with `errors`: reseal.Failure[], of sellers that could not be asked
---@return reseal.Failure|nil err
function Orders:plan(options)
  options = options or {}
  local only, err = self:chosen(options.names)
  if err then
    return nil, err
  end
  local ok
  ok, err = self:open_journal(false)
  if not ok then
    return nil, err
  end
  return ask.plan(self, only, options)
end

--- Carries out what is due.
---@param work? reseal.orders.Work
---@return table|nil counts {steps, and each result of a step: waiting, stopped, failed, lost, error, …}
---@return reseal.Failure|nil err the journal could not be asked, or a name is unknown
function Orders:run(work)
  work = work or {}
  local _, err = self:chosen(work.names)
  if err then
    return nil, err
  end
  local ok, seen
  ok, err = self:open_journal(true)
  if ok then
    seen, err = self.journal:last_event()
    if not seen then
      return nil, faults.journal(err)
    end
    ok, err = self:ready()
  end
  if not ok then
    return nil, err
  end
  local made = runner.new(self, work, seen)
  if work.watch then
    ok, err = made:watch()
  elseif work.wait then
    ok, err = made:finish()
  else
    ok, err = made:pass()
  end
  if not ok then
    return nil, err
  end
  return made.counts
end

--- Whether the world is still what a plan was made from, for what it would do.
---@param plan reseal.order.Plan one of `plan`, or of a file
---@return boolean|nil
---@return reseal.Failure|nil err code moved: with `errors`, what has moved
function Orders:unmoved(plan)
  local configured, prices = {}, false
  for _, item in ipairs(plan.items) do
    if item.now then
      configured[#configured + 1] = self.configuration.by_name[item.name] and item.name or nil
      prices = prices or item.amount ~= nil
    end
  end
  local fresh, err
  if #configured > 0 then
    fresh, err = self:plan {names = configured, prices = prices}
    if not fresh then
      return nil, err
    elseif fresh.errors[1] then
      return nil, fresh.errors[1] -- what can't be seen has not moved
    end
  end
  local moved = {}
  for _, one in ipairs(plans.moved(plan, fresh or {items = {}})) do
    moved[#moved + 1] = {code = "moved", param = one.name, message = one.text}
  end
  if #moved > 0 then
    return nil, failure.invalid(moved)
  end
  return true
end

--- Carries out a plan, exactly that: when the world has moved since it was made, nothing is done.
---@param plan reseal.order.Plan one of `plan`, or of a file
---@param work? reseal.orders.Work without `names` and `most`, which are the plan's
---@return table|nil counts
---@return reseal.Failure|nil err code moved: with `errors`, what has moved
function Orders:apply(plan, work)
  if type(plan) ~= "table" or type(plan.items) ~= "table" then
    error("apply expects a plan: one of orders:plan(), or of reseal.order.plan's read()", 2)
  elseif work and (work.names or work.most) then
    error("what is applied is the plan's: neither names nor most can be given", 2)
  end
  local names, most = {}, {}
  for _, item in ipairs(plan.items) do
    if item.now then
      names[#names + 1] = item.name
      most[item.name] = item.purchase and item.amount and {amount = item.amount, currency = item.currency} or false
    end
  end
  local ok, err = self:unmoved(plan)
  if not ok then
    return nil, err
  elseif #names == 0 then
    return {steps = 0}
  end
  ok, err = self:wake(names)
  if not ok then
    return nil, err
  end
  local given = {names = names, most = most}
  for field, value in pairs(work or {}) do
    given[field] = given[field] == nil and value or given[field]
  end
  return self:run(given)
end

--- Goes on with the configuration of others, which are no more of use.
---@param other reseal.Orders of the same journal, unless that is to be another
function Orders:become(other)
  local same = self:journal_url() == other:journal_url()
  if not same then
    self:close()
  end
  for field, value in pairs(other) do
    self[field] = value
  end
  self.failure = other.failure
end

--- Closes the journal. Twice is no error.
function Orders:close()
  if self.journal then
    self.journal:close()
    self.journal, self.clients, self.claims_as = nil, {}, nil
  end
end

return orders
