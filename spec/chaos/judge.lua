--- What is looked at afterwards: money, orders, pairs, keys, and the journal itself.

local files = require "reseal.order.install.files"
local fleet = require "spec.chaos.fleet"
local hosts = require "reseal.hosts"
local key_files = require "reseal.order.keys"
local pkey = require "openssl.pkey"
local reseal = require "reseal"
local x509 = require "reseal.x509"

local DAY = 86400

local judge = {}

--- How a certificate stands: done, waiting, stopped, or nil and why that is none of them.
local function standing(row, order, now)
  local stop = order and order.data.stop
  if stop then
    return stop.reason and stop.command and "stopped", "it stopped, without a reason or a command"
  elseif row.state == "stopped" or row.state == "blocked" then
    return row.error and "stopped", "it is " .. row.state .. " without a reason"
  elseif row.state == "watch" and row.issued then
    return not order and "done", "it is done, and has an open order"
  end
  local soon = row.next and row.next <= now + DAY + 300
  return soon and (row.error or order or row.state == "watch") and "waiting",
    ("it is %s, and nothing says what for or until when"):format(tostring(row.state))
end

--- The charges of the ledger by whose they are. One whose id nobody holds is an orphan, and is one too many unless a
--- purchase of that account is not settled.
local function charges(found, world, journal, unsettled)
  local by_target, by_owner, orphans, refunds = {}, {}, {}, {}
  local ledger = world.sandbox.ledger()
  for _, entry in ipairs(ledger) do
    if entry.method == "refund" then
      refunds[entry.process] = true
    end
  end
  for _, entry in ipairs(ledger) do
    local is_nc = entry.provider == "namecheap"
    local account = is_nc and entry.account or "rr"
    local id = ("%d"):format(is_nc and entry.new_certificate or entry.process)
    if entry.method ~= "refund" and not refunds[entry.process or false] then
      found.charges = found.charges + 1
      local target = entry.certificate and ("%s %d"):format(account, entry.certificate)
      if target and by_target[target] then
        found:double(("certificate %d of %s was renewed twice"):format(entry.certificate, account))
      end
      by_target[target or false] = true
      local owner, err = journal:holder(account, is_nc and "certificate" or "order", id)
      assert(not err, err)
      if not owner then
        orphans[account] = orphans[account] or {}
        table.insert(orphans[account], id)
      elseif by_owner[owner] then
        found:double(owner .. " was bought twice: " .. by_owner[owner] .. " and " .. id, owner)
      end
      by_owner[owner or false] = id
    end
  end
  for account, list in pairs(orphans) do
    table.sort(list)
    for _ = (unsettled[account] or 0) + 1, #list do
      found:double(("%s paid for %s, and only %d of its purchases are not settled"):format(account,
        table.concat(list, ", "), unsettled[account] or 0))
    end
  end
end

--- The signing requests that a seller has carried out had keys, and those are still there.
local function keys(found, folder)
  local known, store = {}, key_files.open(folder)
  for _, one in ipairs(assert(store.list())) do
    local pem = assert(store.read(one.ref))
    known[pkey.new(pem):toPEM "public"] = one.ref
    found.keys = found.keys + 1
  end
  return known
end

--- The certificate of one of our names that stands anywhere in a result.
local function leaf_in(value)
  for _, pem in ipairs(type(value) == "string" and x509.split(value) or {}) do
    local leaf = x509.certificate(pem)
    if leaf and leaf.names[1] and leaf.names[1]:find("chaos", 1, true) then
      return leaf
    end
  end
  for _, inner in pairs(type(value) == "table" and value or {}) do
    local leaf = leaf_in(inner)
    if leaf then
      return leaf
    end
  end
end

local function issued(found, world, configuration, known)
  local clients, theirs = {}, {}
  for name, profile in pairs(configuration.profiles) do
    for provider, settings in pairs(profile) do
      clients[name] = assert(reseal[provider](settings))
    end
  end
  for _, one in ipairs(world.members) do
    -- What was there before was issued for keys of others.
    theirs[one.id and one.kind ~= "nc_activate" and one.account .. " " .. one.id or false] = true
  end
  local state = world.sandbox.get("/_sandbox/state").json
  local function look(account, certificate, r, err)
    if not r then
      return found:fault(("certificate %d of %s can't be read: %s"):format(certificate.id, account, tostring(err)))
    end
    local leaf = leaf_in(r)
    if not leaf then
      return found:fault(("certificate %d of %s shows none"):format(certificate.id, account))
    end
    found.issued = found.issued + 1
    if not known[leaf.public_key] then
      found:fault(("the key of certificate %d of %s is lost"):format(certificate.id, account), certificate.host)
    end
  end
  for _, certificate in ipairs(state.namecheap.certificates) do
    local account, id = certificate.account, ("%d"):format(certificate.id)
    if clients[account] and not theirs[account .. " " .. id]
      and (certificate.status == "active" or certificate.status == "replaced") then
      look(account, certificate, clients[account]:getInfo {CertificateID = id, Returncertificate = true,
        Returntype = "Individual"})
    end
  end
  for _, certificate in ipairs(state.realtimeregister.certificates) do
    local id = ("%d"):format(certificate.id)
    if clients.rr and not theirs["rr " .. id] and certificate.host:find("chaos", 1, true) then
      look("rr", certificate, clients.rr:get {certificateId = id})
    end
  end
end

local function pair(found, installed, managed, done)
  local served, err = installed:served(managed)
  if served == nil then
    return found:fault(tostring(err), managed.name)
  elseif not served then
    return done and found:fault("it is done, and nothing is installed", managed.name)
  end
  found.pairs = found.pairs + 1
  if not served.matches then
    found:fault("key and certificate that are installed don't match", managed.name)
  end
  for _, name in ipairs(managed.names) do
    if not hosts.covers(served.names, name) then
      found:fault("what is installed doesn't cover " .. name, managed.name)
    end
  end
  local function text(name)
    local file = io.open(managed.install.folder .. "/" .. name, "rb")
    local content = file and file:read "*a"
    return file and file:close() and content or nil
  end
  local leaf, chain, full = text "cert.pem", text "chain.pem", text "fullchain.pem"
  if not leaf or not chain or full ~= leaf .. chain then
    found:fault("cert.pem and chain.pem are not what fullchain.pem is", managed.name)
  elseif done then
    local ok, why = x509.check({certificate = full}, {key = text "privkey.pem", names = managed.names, now = found.now})
    if not ok then
      found:fault("what is installed would not be accepted: " .. tostring(why), managed.name)
    end
  end
end

local Found = {}
Found.__index = Found

function Found:fault(text, name)
  self.faults[#self.faults + 1] = {text = text, name = name}
end

function Found:double(text, name)
  self.doubles = self.doubles + 1
  self.double_texts[#self.double_texts + 1] = {text = text, name = name}
end

--- Looks at all of it.
---@param world table whose runners have ended
---@param journal reseal.order.Journal
---@param configuration table of the fleet
---@param managed table[] the same, checked
---@return table found {charges, doubles, double_texts, done, waiting, stopped, pairs, keys, issued, faults}
function judge.look(world, journal, configuration, managed)
  local found = setmetatable({
    charges = 0, doubles = 0, double_texts = {}, done = 0, waiting = 0, stopped = 0, pairs = 0, keys = 0, issued = 0,
    faults = {}, now = world.clock:now(),
  }, Found)
  local unsettled, installed = {}, files.new()
  local kinds = {}
  for _, one in ipairs(world.members) do
    kinds[one.name] = one.kind
  end
  for _, one in ipairs(managed) do
    local row, order = assert(journal:row(one.name)), journal:order(one.name)
    local how, why = standing(row, order, found.now)
    if how then
      found[how] = found[how] + 1
    else
      found:fault(why, one.name)
    end
    if how ~= "done" and fleet.buys(kinds[one.name]) and order and journal:open_intents({name = one.name})[1] then
      unsettled[one.account] = (unsettled[one.account] or 0) + 1
    end
    pair(found, installed, one, how == "done")
  end
  charges(found, world, journal, unsettled)
  issued(found, world, configuration, keys(found, configuration.keys))
  for _, contradiction in ipairs(assert(journal:check())) do
    found:fault("the journal: " .. contradiction.message, contradiction.name)
  end
  return found
end

return judge
