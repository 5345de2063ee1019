--- The certificates that are managed while all breaks: those of a seed, and what the sellers have of them at first.

local Chance = require "spec.chaos.chance"
local certificates = require "spec.support.certificates"
local program = require "spec.support.program"
local system = require "reseal.system"

local RR_KEY = "ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ=="
local PER_ACCOUNT = 60
local ENDS_IN = 5 -- days, of what is to be renewed
local APPROVER = {firstName = "Ann", lastName = "Example", email = "ann@example.com", voice = "+31.384530759"}

-- How often each kind is there. A create is what nothing but the journal keeps from being bought twice.
local KINDS = {
  {30, "nc_create"}, {18, "nc_renew"}, {14, "nc_reissue"}, {6, "nc_activate"},
  {12, "rr_create"}, {10, "rr_renew"}, {10, "rr_reissue"},
}

local fleet = {}

--- Whether something is bought for a kind.
function fleet.buys(kind)
  return kind:find "create" ~= nil or kind:find "renew" ~= nil
end

--- The members: {name, kind, account, id, dns}.
---@param seed integer
---@param orders integer
function fleet.members(seed, orders)
  local chance, members = Chance.new(seed), {}
  local accounts = math.max(2, math.ceil(orders / PER_ACCOUNT))
  for i = 1, orders do
    local kind = chance:weighted(KINDS)
    local is_nc = kind:find "^nc" ~= nil
    members[i] = {
      name = ("c%04d.chaos.test"):format(i), kind = kind,
      account = is_nc and "fleet" .. chance:whole(1, accounts) or "rr",
      dns = chance:number() < 0.15, wide = chance:number() < 0.4 and kind:find "renew" == nil,
      id = kind:find "create" == nil and (is_nc and 700000 or 5000) + i or nil,
    }
  end
  return members
end

--- A user's key at Namecheap, made up.
local function key_of(user)
  return (user .. ("0"):rep(32)):sub(1, 32)
end

--- What the sandbox begins with (POST /_sandbox/reset).
function fleet.scenario(members, given)
  local users, accounts, at_rr = {}, {}, {}
  for _, one in ipairs(members) do
    local user = users[one.account]
    if one.account ~= "rr" and not user then
      user = {api_user = one.account, user_name = one.account, api_key = key_of(one.account), balance = "900000.0000"}
      users[one.account], accounts[#accounts + 1] = user, user
    end
    if one.id and user then
      user.certificates = user.certificates or {}
      table.insert(user.certificates, {
        id = one.id, type = "PositiveSSL", host = one.kind ~= "nc_activate" and one.name or nil,
        expires_in_days = one.kind == "nc_renew" and ENDS_IN or 300,
        status = one.kind == "nc_activate" and "newpurchase" or nil,
      })
    elseif one.id then
      at_rr[#at_rr + 1] = {
        id = one.id, product = "ssl_sectigo", host = one.name,
        expires_in_days = one.kind == "rr_renew" and ENDS_IN or 300,
      }
    end
  end
  return {
    now = given.now, dcv = {http = given.http, dns = given.dns, interval = 0.2},
    namecheap = {accounts = accounts[1] and accounts or nil},
    realtimeregister = {credit = 1900000000, certificates = at_rr[1] and at_rr or nil},
  }
end

--- The configuration of the runners.
---@param members table[]
---@param folders {disk: string, hooks: string}
---@param settings {url: string, more: table} more: settings of every client
function fleet.configuration(members, folders, settings)
  local function with(own)
    for name, value in pairs(settings.more or {}) do
      own[name] = value
    end
    own.endpoint, own.timeout, own.retries = settings.url, 60, 1
    return own
  end
  local values = {
    journal = folders.disk .. "/journal.db", keys = folders.disk .. "/keys", live = folders.disk .. "/live",
    defaults = {
      prove = {method = "http", webroot = folders.disk .. "/webroot", look = false},
      install = {hook = {folders.hooks .. "/deploy"}, timeout = 2, check = false},
    },
    certificates = {}, profiles = {rr = {realtimeregister = with {api_key = RR_KEY, customer = "example"}}},
  }
  for i, one in ipairs(members) do
    if one.account ~= "rr" and not values.profiles[one.account] then
      values.profiles[one.account] = {
        namecheap = with {api_user = one.account, api_key = key_of(one.account), client_ip = "192.0.2.1"},
      }
    end
    local is_nc = one.account ~= "rr"
    values.certificates[i] = {
      name = one.name, names = one.wide and {one.name, "www." .. one.name} or {one.name}, account = one.account,
      certificate = one.id and ("%d"):format(one.id) or nil, product = is_nc and "PositiveSSL" or "ssl_sectigo",
      buy = fleet.buys(one.kind), max_price = is_nc and "20.00 USD" or "20.00 EUR", key = "P-256",
      prove = one.dns and {method = "dns", hook = {folders.hooks .. "/dns"}, timeout = 2, look = false} or nil,
      params = is_nc and {activate = {AdminEmailAddress = "ann@example.com"}} or {
        create = {approver = APPROVER}, renew = {approver = APPROVER}, reissue = {approver = APPROVER},
      },
    }
  end
  return values
end

--- What is to be renewed is served, and ends soon: installed as certbot would have done it.
function fleet.install(members, live, now)
  local days = (now - os.time()) / 86400
  local pair = certificates.issue({"*.chaos.test"}, {from = days - 195, days = days + ENDS_IN})
  for _, one in ipairs(members) do
    if one.kind:find "renew" then
      local folder = live .. "/" .. one.name
      assert(system.make_folder(folder))
      program.write(folder .. "/privkey.pem", pair.key)
      for _, name in ipairs {"cert.pem", "fullchain.pem"} do
        program.write(folder .. "/" .. name, pair.certificate)
      end
      program.write(folder .. "/chain.pem", "")
    end
  end
end

return fleet
