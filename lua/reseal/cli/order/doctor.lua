--- `reseal doctor`: looks whether everything that orders need is as it should be, and says what to do where it is not.
--- Nothing is bought and nothing is changed but that a webroot gets its folder for proofs.

local calendar = require "reseal.order.calendar"
local hook = require "reseal.order.prove.hook"
local lfs = require "lfs"
local money = require "reseal.order.money"
local output = require "reseal.cli.output"
local prove = require "reseal.order.prove"
local setup = require "reseal.cli.order.setup"
local system = require "reseal.system"
local text = require "reseal.cli.text"

local EXIT = output.EXIT
local SKEW = 300 -- seconds after which nothing is bought
local DOUBTFUL_SKEW = 30
local DNS_TIMEOUT = 10
local MOST_RESOLVED = 50
local FIELDS = {{name = "state"}, {name = "what"}, {name = "text"}, {name = "remedy"}}

--- What is found.
local Findings = {}
Findings.__index = Findings

function Findings:add(state, what, said, remedy)
  said = tostring(said)
  -- The same for many certificates is told once.
  local key = table.concat({state, self.certificates[what] and "" or what, said, remedy or ""}, "\0")
  local known = self.known[key]
  if known then
    known.count = known.count + 1
    return
  end
  local one = {state = state, what = what, text = said, remedy = remedy, count = 1}
  self.known[key] = one
  self.list[#self.list + 1] = one
end

function Findings:ok(what, said)
  self:add("ok", what, said)
end
function Findings:warn(what, said, remedy)
  self:add("warn", what, said, remedy)
end
function Findings:fail(what, said, remedy)
  self:add("fail", what, said, remedy)
end

-- the configuration ------------------------------------------------------------------------------------------------

local function check_configuration(found, made)
  if not made.file.found then
    found:fail("configuration", ("there is no file of accounts and certificates (%s)"):format(tostring(made.file.path)),
      "reseal init writes one.")
    return
  end
  found:ok("configuration", made.file.path .. " is its owner's alone")
  if made.failure then
    for _, fault in ipairs(made.failure.errors) do
      found:fail("configuration", fault.message, "See docs/orders.md for what is allowed.")
    end
  elseif #made.configuration.managed == 0 then
    found:warn("configuration", "it has no certificates", "reseal import takes over what is there.")
  else
    found:ok("configuration", ("%d certificates, without fault"):format(#made.configuration.managed))
  end
  for _, warning in ipairs(made.configuration.warnings) do
    found:warn("configuration", warning.message)
  end
end

-- accounts ---------------------------------------------------------------------------------------------------------

local REMEDIES = {
  auth = "Look at the account's name and key, and whether the seller allows calls from this machine's address "
    .. "(Namecheap: Profile, Tools, API Access, Whitelisted IPs; and client_ip is that address).",
  throttle = "Too many calls were made: wait, and let everything use one journal.",
  connect = "Look at the network, the proxy and the firewall.",
  tls = "Look at this machine's CA certificates and clock.",
  timeout = "Look at the network, the proxy and the firewall.",
}

local function check_clock(found, what, theirs)
  local offset = theirs - os.time()
  local said = ("the seller's clock is %d seconds %s ours"):format(math.abs(offset),
    offset < 0 and "behind" or "ahead of")
  if math.abs(offset) > SKEW then
    found:fail(what, said .. ": nothing is bought", "Set this machine's clock (NTP).")
  elseif math.abs(offset) > DOUBTFUL_SKEW then
    found:warn(what, said, "Set this machine's clock (NTP).")
  else
    found:ok(what, said)
  end
end

--- The dearest purchase that the configuration allows for an account, in a currency.
local function dearest(made, account, currency)
  local most
  for _, managed in ipairs(made.configuration.managed) do
    local price = managed.account == account and managed.buy and managed.currency == currency
      and money.units(managed.max_price)
    most = price and (not most or price > most) and price or most
  end
  return most
end

local function check_balance(found, what, made, name, client)
  local balance, err = made:seller(name).balance(client)
  if balance == false then
    found:ok(what, "the seller doesn't tell the balance")
  elseif not balance then
    found:warn(what, "the balance could not be asked: " .. tostring(err.message or err))
  else
    local has, needs = money.units(balance.amount), dearest(made, name, balance.currency)
    local said = ("the balance is %s %s"):format(balance.amount, balance.currency)
    if needs and has and has < needs then
      found:warn(what, ("%s, less than the %s that a purchase may cost"):format(said, money.text(needs)),
        "Add funds before the next purchase.")
    else
      found:ok(what, said)
    end
  end
end

local function check_account(found, made, name)
  local what = "account " .. name
  local client, err = made:client(name)
  local theirs
  if client then
    theirs, err = made:seller(name).clock(client)
  end
  if theirs then
    found:ok(what, "its key works from here")
    check_clock(found, what, theirs)
    return check_balance(found, what, made, name, client)
  end
  found:fail(what, err.message, err.advice or REMEDIES[err.category] or REMEDIES[err.code]
    or "Look at the account's settings.")
end

-- certificates -----------------------------------------------------------------------------------------------------

--- The folder that is there, on the way to one that may not be.
local function nearest_folder(path)
  while path ~= "" and path ~= "/" and lfs.attributes(path, "mode") == nil do
    path = path:match "^(.*)/[^/]*$" or ""
  end
  return path == "" and "/" or path
end

local function check_program(found, what, argv, name)
  local ok, err = hook.ready {hook = argv}
  if ok and not argv[1]:find "/" then
    local there = false
    for folder in (os.getenv "PATH" or ""):gmatch "[^:]+" do
      there = there or lfs.attributes(folder .. "/" .. argv[1], "mode") == "file"
    end
    ok, err = there, ("the %s %s is not along PATH"):format(name, argv[1])
  end
  if ok then
    found:ok(what, ("the %s %s can be run"):format(name, argv[1]))
  else
    found:fail(what, tostring(err):gsub("^the hook", "the " .. name),
      "Install it, name it by its whole path, or make it executable (chmod +x).")
  end
end

local function check_folder(found, what, managed)
  local folder = managed.install.folder
  local place = nearest_folder(folder)
  local ok, err = lfs.attributes(place, "mode") == "directory", place .. " is no folder"
  if ok then
    ok, err = system.write_file(place .. "/.reseal-doctor")
  end
  if not ok then
    found:fail(what, ("no certificate could be put into %s: %s"):format(folder, tostring(err)),
      "Let this user write there, or name another install.folder.")
  else
    found:ok(what, ("%s can be written"):format(place))
  end
  local key = folder .. "/privkey.pem"
  local rights = lfs.attributes(key, "permissions")
  if rights and rights:sub(7, 9) ~= "---" then
    found:fail(what, ("%s can be read by everybody (%s)"):format(key, rights), "chmod 600 " .. key)
  end
end

local function check_served(found, what, managed, state, now)
  local served = state.served[managed.name]
  if state.unreadable[managed.name] then
    found:fail(what, state.unreadable[managed.name], "Put a pair there that can be read, or take it away.")
  elseif not served then
    found:ok(what, "nothing is installed yet")
  elseif not served.matches then
    found:fail(what, "the key that is installed is not the certificate's", "reseal run installs a new pair.")
  elseif served.not_after <= now then
    found:fail(what, "what is installed ended on " .. os.date("!%Y-%m-%d", served.not_after),
      "reseal plan says what helps.")
  elseif calendar.due(served.not_before, served.not_after, managed.before) <= now then
    found:warn(what, ("what is installed ends on %s, and is due"):format(os.date("!%Y-%m-%d", served.not_after)),
      "reseal plan says what is to be done.")
  else
    found:ok(what, "what is installed ends on " .. os.date("!%Y-%m-%d", served.not_after))
  end
end

local function check_name(found, what, name, managed)
  local ok, code, printed = pcall(system.run, {"getent", "ahosts", (name:gsub("^%*%.", ""))}, {
    timeout = DNS_TIMEOUT, output = 65536, stdin = "",
  })
  if not ok or code == nil or code == 127 then
    found:warn(what, "names can't be looked up from here: there is no getent")
  elseif code ~= 0 or (printed or "") == "" then
    local way = managed.prove[name] or managed.prove["*"]
    local told = way.method == "http" and found.fail or found.warn -- a record can prove a name that leads nowhere
    told(found, what, name .. " is not to be found in DNS from here", "Set its records, or correct the name.")
  else
    found:ok(what, "names are found in DNS")
  end
end

local function check_certificates(found, made, only, now, offline)
  local state, message = made:state(only)
  if not state then
    found:fail("journal", message, "reseal journal check says more.")
    return
  end
  local proofs, resolved = prove.new(), {}
  local count = 0
  for _, managed in ipairs(made.configuration.managed) do
    if not only or only[managed.name] then
      local what = managed.name
      if managed.enabled then
        local ok, err = proofs:provable(managed, managed.names, now)
        if ok then
          found:ok(what, "control of its names can be proved")
        else
          found:fail(what, err, "Correct `prove`, or what it names.")
        end
        check_folder(found, what, managed)
        if managed.install.hook then
          check_program(found, what, managed.install.hook, "deploy hook")
        end
      end
      check_served(found, what, managed, state, now)
      for _, name in ipairs(managed.enabled and not offline and managed.names or {}) do
        if not resolved[name] and count < MOST_RESOLVED then
          resolved[name], count = true, count + 1
          check_name(found, what, name, managed)
        end
      end
    end
  end
end

-- the journal ------------------------------------------------------------------------------------------------------

local function check_journal(found, made)
  local ok, message = made:open_journal()
  if not ok then
    found:fail("journal", message, "Name it by --journal, or let this user read it.")
    return
  elseif not made.journal then
    local url = made:journal_url()
    local place = url and not url:find "^%a[%w+.-]*://" and nearest_folder(url:match "^(.*)/[^/]*$" or ".")
    ok, message = true, nil
    if place then
      ok, message = system.write_file(place .. "/.reseal-doctor")
    end
    if ok then
      found:ok("journal", ("there is none yet (%s): the first run makes it"):format(tostring(url)))
    else
      found:fail("journal", ("there is none, and none could be made: %s"):format(tostring(message)),
        "Let this user write there, or name another by --journal.")
    end
    return
  end
  local list, err = made.journal:check()
  if not list then
    found:fail("journal", tostring(err.message or err), "reseal journal check says more.")
    return
  end
  for _, one in ipairs(list) do
    found:fail("journal", one.message, "reseal journal backup FILE keeps it as it is; then ask for help.")
  end
  if #list == 0 then
    found:ok("journal", "it has no contradictions")
  end
  for name in pairs(made.accounts) do
    local account = made.journal:account(name)
    if account and account.halted then
      found:fail("account " .. name, "nothing more is bought: " .. tostring(account.reason or account.halted),
        "Look at what was charged.")
    end
  end
end

local function check_modules(found)
  for module, about in pairs {
    lunbound = {"records can be looked up before the seller is told", "lua-unbound is not installed: records are not "
      .. "looked up before the seller is told", "Install lua-unbound, or set look = false."},
  } do
    if pcall(require, module) then
      found:ok("modules", about[1])
    else
      found:warn("modules", about[2], about[3])
    end
  end
end

local function uses_dns(made)
  for _, managed in ipairs(made.configuration.managed) do
    for _, way in pairs(managed.prove) do
      if way.method == "dns" and way.look ~= false then
        return true
      end
    end
  end
  return false
end

local function shown_list(list)
  local lines = {}
  for i, one in ipairs(list) do
    local more = one.count > 1 and (" (and %d more)"):format(one.count - 1) or ""
    lines[i] = ("%-4s  %s: %s%s"):format(one.state, text.tame(one.what), text.tame(one.text), more)
      .. (one.remedy and one.state ~= "ok" and "\n        " .. text.tame(one.remedy) or "")
  end
  return table.concat(lines, "\n")
end

local doctor = {}

--- Runs it.
---@param options table the command line's: names, offline, config, journal, timeout, retries, json, csv, …
---@return integer exit code 11: something failed
function doctor.run(options)
  local made, code = setup.open(options)
  if not made then
    return code
  end
  local only
  only, code = setup.only(made, options.names)
  if code then
    return code
  end
  local ready, message = output.prepare(options)
  if not ready then
    return output.fault("output", message, EXIT.usage)
  end
  local found = setmetatable({
    list = {}, known = {}, certificates = made.configuration.by_name,
  }, Findings)
  check_configuration(found, made)
  check_journal(found, made)
  local names = {}
  for name in pairs(made.accounts) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(options.offline and {} or names) do
    check_account(found, made, name)
  end
  check_certificates(found, made, only, os.time(), options.offline)
  if made.configuration.notify then
    check_program(found, "notify", made.configuration.notify, "notify program")
  end
  if uses_dns(made) then
    check_modules(found)
  end
  local failed = false
  for _, one in ipairs(found.list) do
    failed = failed or one.state == "fail"
  end
  code = output.show(options, {checks = found.list}, {
    field = {type = "object", fields = {{name = "checks", type = "list", fields = FIELDS}}}, items = found.list,
    fields = FIELDS,
  }, function()
    return shown_list(found.list)
  end)
  return code == EXIT.done and failed and EXIT.person or code
end

return doctor
