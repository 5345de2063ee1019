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
--- It blocks. Several processes may have the same journal open, and do this at once: each step is one's alone.

local alive = require "reseal.orders.alive"
local ask = require "reseal.orders.ask"
local budget = require "reseal.order.budget"
local credentials = require "reseal.credentials"
local failure = require "reseal.failure"
local faults = require "reseal.orders.faults"
local files = require "reseal.order.install.files"
local lfs = require "lfs"
local machine = require "reseal.order.machine"
local order_config = require "reseal.order.config"
local order_journal = require "reseal.order.journal"
local plans = require "reseal.order.plan"
local run = require "reseal.order.run"
local runner = require "reseal.orders.runner"
local sellers = require "reseal.order.sellers"
local system = require "reseal.system"

local EVENTS = 500 -- read at once

---@class reseal.Orders
---@field configuration reseal.order.Configuration
---@field accounts table<string, reseal.Account>
---@field journal reseal.order.Journal|nil once it is open
---@field keys_folder string|nil
---@field file {path: string|nil, found: boolean, values: table, text: string|nil}
---@field options table
---@field failure reseal.Failure|nil what is wrong with the certificates, of one that was opened `lenient`
local Orders = {}
Orders.__index = Orders

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

--- The orders of a configuration that was read.
---@param reseal reseal
---@param file {path: string|nil, found: boolean, values: table, text: string|nil} see `reseal.credentials`
---@param options? {journal: string|nil, timeout: number|nil, retries: integer|nil, lenient: boolean|nil,
---  source: string|nil, log: function|nil} lenient: faulty or missing certificates are none, and `failure` says why
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
    state_folder = credentials.state_folder(),
  }, Orders)
  local configuration, err
  if file.values.certificates ~= nil then
    configuration, err = order_config.check(file.values, {
      accounts = accounts, file = file.path, text = file.text, base = folder_of(file.path),
      live = self.state_folder and self.state_folder .. "/live",
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
  if not names or #names == 0 then
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

--- As `only`, for callers of this module: an unknown name is a failure.
local function chosen(self, names)
  local only, unknown = self:only(names)
  if unknown then
    return nil, faults.invalid("not_allowed", ("no certificate is called %s"):format(tostring(unknown)), "names")
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

local function is_file(url)
  return not url:find "^%a[%w+.-]*://"
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
  elseif is_file(url) and not create and not lfs.attributes(url, "mode") then
    return true
  elseif default and create then
    local ok, message = system.make_folder(folder_of(url))
    if not ok then
      return nil, faults.journal(message)
    end
  end
  local journal, err = order_journal.open(url, {create = create})
  if not journal then
    return nil, faults.journal(err)
  end
  self.journal = journal
  return true
end

--- The name by which this process claims what it works on.
---@return string
function Orders:owner()
  if not self.claims_as then
    local url = self:journal_url()
    self.claims_as = alive.owner(is_file(url) and url or nil, system.pid(), self.journal.nonce)
  end
  return self.claims_as
end

--- Lets go of what processes of this machine have claimed that are gone.
---@return boolean|nil
---@return reseal.Failure|nil err
function Orders:release_gone()
  local url = self:journal_url()
  if is_file(url) then
    local ended, err = self.journal:end_leases(function(owner)
      return alive.is_gone(url, owner)
    end)
    if not ended then
      return nil, faults.journal(err)
    end
  end
  return true
end

--- The journal, with all that the configuration manages in it.
local function ready(self)
  local ok, err = self:open_journal(true)
  if not ok then
    return nil, err
  elseif not self.keys_folder then
    return invalid "there is no HOME to keep keys in: name a folder by `keys`"
  end
  local counts
  counts, err = self.journal:enroll(self.configuration.managed, {
    source = self.options.source or self.file.path or "lua",
  })
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

-- What is known ----------------------------------------------------------------------------------------------------

--- What is known here, without a call: of the journal, and of what is installed.
---@param only table<string, boolean>|nil
---@return reseal.order.State|nil
---@return reseal.Failure|nil err
function Orders:state(only)
  local state = {rows = {}, orders = {}, served = {}, unreadable = {}, infos = {}, failures = {}, prices = {},
    price_failures = {}}
  if self.journal then
    local rows, err = self.journal:rows()
    local open, intents
    if rows then
      open, err = self.journal:orders {open = true}
    end
    if open then
      intents, err = self.journal:open_intents()
    end
    if not intents then
      return nil, faults.journal(err)
    end
    for _, row in ipairs(rows) do
      state.rows[row.name] = row
    end
    local by_id = {}
    for _, order in ipairs(open) do
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

---@class reseal.Standing how a managed certificate stands
---@field name string
---@field managed reseal.order.Managed|nil nil: it is not configured any more
---@field row table|nil of the journal: state, since, next, error, advice, failures, certificate, …; nil: not known yet
---@field order table|nil the open one, with `intent` where one is open
---@field served table|nil what is installed: {not_before, not_after, kind, names, fingerprint}
---@field unreadable string|nil why what is installed can't be read

--- How the managed certificates stand, by name; asks no seller.
---@param names string[]|nil only these
---@return reseal.Standing[]|nil
---@return reseal.Failure|nil err
function Orders:status(names)
  local only, err = chosen(self, names)
  local ok
  if err then
    return nil, err
  end
  ok, err = self:open_journal(false)
  if not ok then
    return nil, err
  end
  local state
  state, err = self:state(only)
  if not state then
    return nil, err
  end
  local list = {}
  for _, managed in ipairs(self.configuration.managed) do
    local name = managed.name
    if not only or only[name] then
      list[#list + 1] = {
        name = name, managed = managed, row = state.rows[name], order = state.orders[name],
        served = state.served[name] or nil, unreadable = state.unreadable[name],
      }
    end
  end
  for name, row in pairs(state.rows) do
    if not only and not self.configuration.by_name[name] and state.orders[name] then
      list[#list + 1] = {name = name, row = row, order = state.orders[name]} -- an order that goes on without its entry
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

---@class reseal.Row how a certificate stands by the journal alone
---@field name string
---@field row table
---@field order table|nil the open one
---@field how "done"|"person"|"goes on" whether nothing is under way, a person is needed, or it goes on by itself

--- How the certificates of the configuration stand by the journal, by name: quick, also where there are many.
---@return reseal.Row[]|nil
---@return reseal.Failure|nil err
function Orders:rows()
  local ok, err = self:open_journal(false)
  local list = {}
  if not ok or not self.journal then
    return ok and list, err
  end
  local rows, under_way
  rows, err = self.journal:rows()
  if rows then
    under_way, err = self.journal:orders {open = true}
  end
  if not under_way then
    return nil, faults.journal(err)
  end
  local open = {}
  for _, order in ipairs(under_way) do
    open[order.name] = order
  end
  for _, row in ipairs(rows) do
    local managed = self.configuration.by_name[row.name]
    if managed then
      list[#list + 1] = {
        name = row.name, row = row, order = open[row.name], how = runner.stands(managed, row, open[row.name]),
      }
    end
  end
  return list
end

--- What happened, oldest first, as an iterator.
---@param filter? {name: string|nil, after: integer|nil} after: only events with a greater `id`
---@return fun(): table|nil event {id, at, kind, text, name, …}; raises when the journal can't be read
function Orders:events(filter)
  filter = filter or {}
  local ok, err = self:open_journal(false)
  if not ok then
    error(err, 2)
  end
  local after, portion, i = filter.after, {}, 0
  return function()
    i = i + 1
    if not portion[i] and (i == 1 or #portion == EVENTS) and self.journal then
      portion, err = self.journal:events {after = after, name = filter.name, limit = EVENTS}
      if not portion then
        error(faults.journal(err), 2)
      end
      i = 1
    end
    after = portion[i] and portion[i].id or after
    return portion[i]
  end
end

--- Makes a plan, asking the sellers as little as that takes.
---@param options? {names: string[]|nil, prices: boolean|nil} prices: ask for quotes too
---@return reseal.order.Plan|nil with `errors`: reseal.Failure[], of sellers that could not be asked
---@return reseal.Failure|nil err
function Orders:plan(options)
  options = options or {}
  local only, err = chosen(self, options.names)
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

-- Carrying out -----------------------------------------------------------------------------------------------------

--- Carries out what is due.
---@param work? reseal.orders.Work
---@return table|nil counts {steps, and each result of a step: waiting, stopped, failed, lost, error, …}
---@return reseal.Failure|nil err the journal could not be asked, or a name is unknown
function Orders:run(work)
  work = work or {}
  local _, err = chosen(self, work.names)
  if err then
    return nil, err
  end
  local made
  made, err = ready(self)
  made, err = made and runner.new(self, work), err
  if not made then
    return nil, err
  end
  local ok
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

local WAKES = {watch = true, blocked = true, failed = true}

--- Makes due what is not yet, where that helps: for a person who knows that it does. What a seller works at, and what
--- stopped, stays as it is.
---@param names string[]
---@return boolean|nil
---@return reseal.Failure|nil err
function Orders:wake(names)
  local _, err = chosen(self, names)
  local ok
  if not err then
    ok, err = ready(self)
  end
  if not ok then
    return nil, err
  end
  for _, name in ipairs(names) do
    local row, claim
    row, err = self.journal:row(name)
    if row and WAKES[row.state] and row.next > os.time() then
      claim, err = self.journal:claim_name(self:owner(), name, nil, run.LEASE)
    end
    if claim then
      _, err = self.journal:release(claim, WAKES[claim.row.state] and {next = claim.now} or nil)
    end
    if err and err.code ~= "claimed" and err.code ~= "lost" then -- another works on it: it was due
      return nil, faults.journal(err)
    end
  end
  return true
end

-- What a person says -----------------------------------------------------------------------------------------------

--- Works on one certificate while nobody else does.
local function with_claim(self, name, act)
  local ok, err = ready(self)
  if not ok then
    return nil, err
  end
  ok, err = self:release_gone()
  if not ok then
    return nil, err
  end
  local claim
  claim, err = self.journal:claim_name(self:owner(), name, nil, run.LEASE)
  if not claim then
    return nil, faults.journal(err)
  end
  local done, result, problem = pcall(act, claim)
  if not done then
    self.journal:release(claim)
    error(result, 0)
  end
  ok, err = self.journal:release(claim)
  if result == nil then
    return nil, problem
  elseif not ok then
    return nil, faults.journal(err)
  end
  return result
end

--- Says what became of an order that stopped, and lets it go on.
---@param name string
---@param how {by: "again"|"found"|"absent"|"give_up", id: string|nil, order: boolean|nil} see `machine.settle`
---@return table|nil row as it stands then
---@return reseal.Failure|nil err what doesn't fit: code `reconcile`
function Orders:reconcile(name, how)
  local managed = self.configuration.by_name[name]
  if not managed then
    local _, err = chosen(self, {name})
    return nil, err
  end
  return with_claim(self, name, function(claim)
    local intent = claim.intent
    if claim.order then
      claim.order.intent = intent
    end
    local row, order, events, writes = machine.settle(managed, claim.row, claim.order, how, claim.now)
    if not row then
      return nil, faults.invalid("reconcile", name .. ": " .. tostring(order), name)
    end
    order.intent = nil
    local settle = writes.settle
    writes.settle = nil
    local ok, err
    if settle then
      ok, err = self.journal:settle(claim, intent, settle, row, order, events, writes)
    else
      ok, err = self.journal:save(claim, row, order, events, writes)
    end
    if not ok then
      return nil, faults.journal(err)
    end
    return row
  end)
end

--- Lets an account buy again that was stopped for what it was charged.
---@param account string
---@return boolean|nil
---@return reseal.Failure|nil err
function Orders:resume(account)
  if not self.accounts[account] then
    return invalid(("there is no account %s"):format(tostring(account)))
  end
  local ok, err = self:open_journal(true)
  if not ok then
    return nil, err
  end
  ok, err = self.journal:set_account(account, {halted = false, reason = false})
  if not ok then
    return nil, faults.journal(err)
  end
  return true
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
    self.journal, self.claims_as = nil, nil
  end
end

return orders
