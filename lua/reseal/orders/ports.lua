--- What the engine is given by a process of its own: libcurl, files, programs, this machine's clocks.

local budgets = require "reseal.order.budget"
local files = require "reseal.order.install.files"
local key_files = require "reseal.order.keys"
local prove = require "reseal.order.prove"
local run = require "reseal.order.run"
local sellers = require "reseal.order.sellers"

local LONGEST_TIMEOUT = 60 -- seconds; a longer one gives an order no more patience
local SHORTEST_PATIENCE = 3
local PATIENCE = 15 -- seconds that a server has to serve what was installed, after the deploy hook

local MANY = 10 -- orders of an account that wait, from which on their seller's lists are read: three, at Namecheap

local ports = {}

--- `reseal.curl`, which is loaded by the first who needs it.
local function curl(name)
  return function(...)
    return require("reseal.curl")[name](...)
  end
end

--- Clients by account, each with one transport, which goes by the limits of the request that is being made: there is
--- but one at a time in a process.
local function clients_of(orders, budget)
  local known = {}
  return function(name, limits)
    local one = known[name]
    if not one then
      one = {limits = limits}
      local client, err = orders:new_client(name, function(transport)
        return function(request, options)
          return run.limited(transport, one.limits)(request, options)
        end
      end)
      if not client then
        return nil, err
      end
      one.client = client
      known[name] = one
    end
    limits.budget = limits.budget or budget
    one.limits = limits
    return one.client
  end
end

--- The key of a request, installed with what was delivered for it, and the deploy hook after it. When the hook fails,
--- all of it comes again.
local function installation(keys, now)
  local installed = files.new {served = curl "served", now = now, patience = PATIENCE}
  local port = {}
  for _, name in ipairs {"room", "served", "verify"} do
    port[name] = function(...)
      return installed[name](installed, ...)
    end
  end
  function port.install(managed, accepted, key_ref)
    local key, err = keys.read(key_ref)
    if not key then
      return nil, err
    end
    local ok
    ok, err = installed:install(managed, {key = key, certificate = accepted.certificate})
    if not ok then
      return nil, err
    end
    return installed:deploy(managed)
  end
  function port.rollback(managed)
    local ok, err = installed:rollback(managed)
    if not ok then
      return nil, err
    end
    return installed:deploy(managed)
  end
  return port
end

local function proof(now)
  local proving = prove.new {page = curl "page"}
  local port = {}
  for _, name in ipairs {"publish", "probe", "tidy"} do
    port[name] = function(...)
      return proving[name](proving, ...)
    end
  end
  function port.provable(managed, names)
    return proving:provable(managed, names, now())
  end
  return port
end

--- An entry, with the time that a request of its account has: half as much again as the account's `timeout`.
local function patient(orders, managed)
  local account = managed and orders.accounts[managed.account]
  local timeout = account and account.settings.timeout
  if not timeout or timeout >= LONGEST_TIMEOUT then
    return managed
  end
  return setmetatable({patience = math.max(SHORTEST_PATIENCE, math.ceil(1.5 * timeout))}, {__index = managed})
end

--- The ports of `reseal.order.run`.
---@param orders reseal.Orders with its journal open
---@param options {log: function|nil, stopping: function|nil, managed: function|nil, random: function|nil,
---  on_act: function|nil, run: integer|nil, at_once: integer|nil} run: which one of this process it is, for caps
---@return reseal.order.Ports
function ports.of(orders, options)
  local keys = key_files.open(orders.keys_folder)
  local budget = budgets.new(orders.journal)
  local by_provider = {}
  for _, account in pairs(orders.accounts) do
    by_provider[account.provider] = by_provider[account.provider] or assert(sellers.of(account.provider))
  end
  local managed = options.managed or function(name)
    return orders.configuration.by_name[name]
  end
  return {
    journal = orders.journal, sellers = by_provider, budget = budget, keys = keys, owner = orders:owner(),
    client = clients_of(orders, budget), prove = proof(orders.clock), install = installation(keys, orders.clock),
    managed = function(name)
      return patient(orders, managed(name))
    end,
    caps = orders.configuration.caps, at_once = options.at_once, many = MANY, now = orders.clock,
    monotonic = orders.monotonic, wait = orders.wait, log = options.log, stopping = options.stopping,
    random = options.random, on_act = options.on_act,
    run = options.run and ("%s-%d"):format(orders:owner(), options.run) or nil,
  }
end

return ports
