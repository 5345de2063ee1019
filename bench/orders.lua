--- Usage: make bench. Checks a configuration of 10,000 certificates, from a table, a folder and JSON lines, and plans
-- for them. Processor time; the configuration has two seconds.

local config = require "reseal.order.config"
local data = require "reseal.order.data"
local json = require "reseal.order.json"
local plan = require "reseal.order.plan"
local system = require "reseal.system"

local COUNT, DAY = 10000, 86400
local ACCOUNTS = {shop = {provider = "namecheap"}}
local NOW = 1795046400
local LINE = [[{"account":"shop","before":20,"buy":true,"certificate":"%d","install":{"check":"127.0.0.1:443",]]
  .. [["folder":"/etc/ssl/h%d","hook":["systemctl","reload","nginx"]},"key":"P-256","max_price":"12.00 USD",]]
  .. [["names":["h%d.example.com","www.h%d.example.com"],"params":{"activate":{"AdminEmailAddress":"a@example.com"}},]]
  .. [["product":"PositiveSSL","prove":{"*":{"method":"http","webroot":"/var/www/html"}}}]]

local function timed(label, f, most)
  local start = os.clock()
  local result = f()
  local seconds = os.clock() - start
  print(("  %-52s %6.2f s"):format(label, seconds))
  assert(not most or seconds < most, label .. " took too long")
  return result
end

local dir = assert(system.mkdtemp "reseal-bench-")
local lines, list = {}, {}
assert(os.execute(("mkdir '%s/entries.d'"):format(dir)))
for i = 1, COUNT do
  lines[i] = LINE:format(i, i, i, i)
  list[i] = assert(data.json(lines[i]))
  local file = assert(io.open(("%s/entries.d/h%d.json"):format(dir, i), "w"))
  file:write(lines[i])
  file:close()
end
local file = assert(io.open(dir .. "/entries.jsonl", "w"))
file:write(table.concat(lines, "\n"), "\n")
file:close()

local function check(certificates)
  return function()
    local configuration, err = config.check({certificates = certificates}, {accounts = ACCOUNTS, now = NOW})
    assert(configuration and #configuration.managed == COUNT, tostring(err))
    return configuration
  end
end

print(("%s: %d certificates"):format(rawget(_G, "jit") and "LuaJIT" or _VERSION, COUNT))
local configuration = timed("checked, from a table", check(list), 2)
timed("checked, from JSON lines", check(dir .. "/entries.jsonl"), 2)
timed("checked, from a folder of files", check(dir .. "/entries.d"), 2)

local state = {served = {}, infos = {}, prices = {}}
for i, managed in ipairs(configuration.managed) do
  local name = managed.name
  state.served[name] = {not_before = NOW - 190 * DAY, not_after = NOW + 10 * DAY, kind = "P-256", fingerprint = name}
  state.infos[name] = {id = managed.certificate, status = "issued", product = "PositiveSSL", names = managed.names,
    order_ends = NOW + (i % 2 == 0 and 175 or 12) * DAY}
  state.prices[name] = {amount = "9.00", currency = "USD", source = "pricing"}
end
local made = timed("planned, all of them due", function() return plan.make(configuration, state, NOW) end)
local text = timed("the plan written", function() return plan.write(made) end)
timed("the plan read", function() return assert(plan.read(text)) end)
assert(#json.encode(made.totals) > 0)
system.remove_tree(dir)
