--- The whole round of a certificate inside nginx: look, order, prove control, fetch, check, swap.
---
--- How far a round is stands in the shared dict, so that it outlives a reload and a killed worker (not a stop of
--- nginx). One elected worker does it, by short steps in timers. Before anything is ordered the intent is written down:
--- the successor of a killed worker reads what became of it, and never orders again what may have been ordered. What it
--- can't find out stops the round in the state `unknown`, until an operator has looked and calls `clear`.
---
---   watch  the served certificate lasts longer than `before` days   wait     domain control, and the seller's work
---   order  about to order, or the answer is awaited                 unknown  an order may have been carried out
---   failed the last step failed; it is tried again at `next`        stopped  an order that cost money has failed

local hosts = require "reseal.hosts"
local sellers = require "reseal.nginx.sellers"
local steps = require "reseal.nginx.steps"
local store = require "reseal.nginx.store"

local round = {}

local rounds, by_name = {}, {}
local running = {}

---@class reseal.nginx.Round
---@field provider "namecheap"|"realtimeregister"
---@field client table|fun(): reseal.Client options of a client, or a function that returns one
---@field certificate integer the seller's id; reissues and renewals of it are followed
---@field names string[] all names that the certificate is to cover, the common name first; installed under each
---@field before? number days before the end of the served certificate; default 30
---@field dcv? "http"|fun(record: table, action: string): any, string? "http" (default): files, served by `dcv()`; a
---  function: called with {type, name, target} and "add", later "remove", for each DNS record; false or nil with a
---  message is a failure. It may be called again with the same record
---@field key? "ec"|"rsa" default: as the served one, else ec
---@field thread_pool? string name of an nginx thread_pool that makes RSA keys, so that no request waits
---@field params? table further parameters of reissue, activate (Namecheap), or reissue and renew (Realtime Register)
---@field renew? table allows to buy a renewal when the order itself ends; its parameters, such as {Years = 1}
---@field poll? number seconds between questions to the seller; default 60
---@field patience? number seconds after which an order without an answer is looked for; default 300, and more than the
---  client waits
---@field on_event? fun(event: table) {event, name, names, provider, order, error}; event: ordering, ordered, installed,
---  failed, unknown, stopped
---@field keep? fun(pair: {names: string[], certificate: string, key: string}) called after the swap, to store the pair

local function is_function(value)
  return type(value) == "function"
end

local function positive(value)
  return type(value) == "number" and value > 0
end

local function is_table(value)
  return type(value) == "table"
end

local OPTIONS = {
  provider = {function(value) return sellers[value] ~= nil end, '"namecheap" or "realtimeregister"', true},
  client = {function(value) return is_table(value) or is_function(value) end, "a table of options or a function", true},
  certificate = {function(value) return positive(value) and value % 1 == 0 end, "the seller's id, a number", true},
  names = {is_table, "a list of names", true},
  before = {positive, "a number of days"},
  dcv = {function(value) return value == "http" or is_function(value) end, '"http" or a function'},
  key = {function(value) return value == "ec" or value == "rsa" end, '"ec" or "rsa"'},
  thread_pool = {function(value) return type(value) == "string" end, "a name"},
  params = {is_table, "a table"},
  renew = {is_table, "a table"},
  poll = {positive, "a number of seconds"},
  patience = {positive, "a number of seconds"},
  on_event = {is_function, "a function"},
  keep = {is_function, "a function"},
}

local function check_names(names, http)
  if #names == 0 then
    return "names must be a list of names"
  end
  for i, name in ipairs(names) do
    if type(name) == "string" and name:find("[\128-\255]") then
      return ("names[%d] %s"):format(i, hosts.wrong(name))
    elseif type(name) ~= "string" or not name:find("^[%l%d*_][%l%d._-]*%.[%l%d-]+$") or name:find("*", 2, true) then
      return ("names[%d] must be a host name in lower case"):format(i)
    elseif http and name:find("*", 1, true) then
      return ("names[%d] is a wildcard: that can't be proved by a file; give a function as dcv"):format(i)
    end
  end
  return #names[1] > 64 and "names[1] is the common name, and may have 64 characters at most" or nil
end

local function check(options)
  for name, value in pairs(options) do
    local rule = OPTIONS[name]
    if not rule then
      return "there is no option " .. tostring(name)
    elseif not rule[1](value) then
      return name .. " must be " .. rule[2]
    end
  end
  for name, rule in pairs(OPTIONS) do
    if rule[3] and options[name] == nil then
      return name .. " is missing"
    end
  end
  return check_names(options.names, not is_function(options.dcv))
    or by_name[options.names[1]] and "there is a round for " .. options.names[1] .. " already"
end

--- Adds a round, in init_by_lua. `start` sets it going.
---@param options reseal.nginx.Round
---@param open fun(provider: string, options: table): reseal.Client|nil, any makes a client of options
---@return true|nil ok
---@return string|nil err what is wrong with the options
function round.add(options, open)
  if not is_table(options) then
    error("reseal.round expects a table of options", 2)
  end
  local wrong = check(options)
  if wrong then
    return nil, "reseal.round: " .. wrong
  end
  local managed = {}
  for name, value in pairs(options) do
    managed[name] = value
  end
  managed.name, managed.open = options.names[1], open
  managed.hook = is_function(options.dcv) and options.dcv or nil
  managed.before, managed.poll, managed.patience = options.before or 30, options.poll or 60, options.patience or 300
  rounds[#rounds + 1], by_name[managed.name] = managed, managed
  return true
end

-- running ----------------------------------------------------------------------------------------------------------

--- The client, with every call counted.
local function client_of(managed)
  if not managed.made then
    local made, err
    if is_function(managed.client) then
      made, err = managed.client()
    else
      made, err = managed.open(managed.provider, managed.client)
    end
    if not made then
      return nil, err or "the function that gives the client gave none"
    end
    managed.made = setmetatable({}, {__index = function(_, method)
      return function(_, params)
        local r, failed = made:call(method, params)
        store.count(r and "done" or failed.outcome, r and "" or failed.code)
        return r, failed
      end
    end})
  end
  return managed.made
end

local function run(managed)
  local order = steps.load(managed)
  if store.value("clear:" .. managed.name) == "yes" then
    store.set_value("clear:" .. managed.name, "no")
    steps.clear(order)
  end
  if order.halted or ngx.time() < order.next then
    return
  end
  local client, err = client_of(managed)
  if not client then
    return steps.fail(managed, order, err)
  end
  repeat
    local on = steps.step(managed, order, client)
  until not on or ngx.worker.exiting() or not store.elect("round:" .. managed.name, steps.LEASE)
end

local function in_timer(premature, managed)
  if not premature then
    local ok, why = xpcall(run, debug.traceback, managed)
    if not ok then
      ngx.log(ngx.ERR, "reseal: the round of ", managed.name, ": ", why)
    end
  end
  running[managed.name] = nil
end

--- Renews this worker's elections, and starts what is due. A step that takes long does not hold it up.
local function tick(premature)
  for _, managed in ipairs(premature and {} or rounds) do
    if store.elect("round:" .. managed.name, steps.LEASE) and not running[managed.name] then
      running[managed.name] = true
      local ok, err = ngx.timer.at(0, in_timer, managed)
      if not ok then
        running[managed.name] = nil
        ngx.log(ngx.ERR, "reseal: the round of ", managed.name, ": no timer: ", err)
      end
    end
  end
end

--- Sets the rounds going, in init_worker_by_lua of every worker.
function round.start()
  if #rounds > 0 then
    assert(ngx.timer.every(1, tick))
  end
end

--- An operator has looked: a round that stopped goes on, one that failed tries again at once.
---
--- After an unknown outcome it looks for the order once more, and takes it over when it finds it; else it begins anew.
---@param name string the first of a round's names, or any other of them
---@return true|nil ok
---@return string|nil err
function round.clear(name)
  for _, managed in ipairs(rounds) do
    for _, covered in ipairs(managed.names) do
      if covered == name then
        return store.set_value("clear:" .. managed.name, "yes")
      end
    end
  end
  return nil, "there is no round for " .. tostring(name)
end

return round
