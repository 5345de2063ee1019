-- The sandbox's parts: to load them does nothing, and what one sandbox does no other one in the same Lua sees.

local Server = require "reseal.sandbox.server"
local cjson = require "cjson"
local describe_api = require("reseal.core").describe
local lfs = require "lfs"
local program = require "spec.support.program"

local FOLDER = "lua/reseal/sandbox"

--- The names of all modules below a folder.
local function modules_of(folder, list)
  list = list or {}
  for name in lfs.dir(folder) do
    local path = folder .. "/" .. name
    if name:sub(1, 1) ~= "." and lfs.attributes(path, "mode") == "directory" then
      modules_of(path, list)
    elseif name:find("%.lua$") then
      list[#list + 1] = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
    end
  end
  table.sort(list)
  return list
end

describe("a module of the sandbox", function()
  it("loads alone, without nginx, and leaves nothing outside itself", function()
    local modules = modules_of(FOLDER)
    assert.is_true(#modules > 30)
    local code = [==[
      local before = {}
      for name in pairs(_G) do before[name] = true end
      assert(ngx == nil, "there is an nginx")
      assert(not package.loaded[arg[1]])
      require(arg[1])
      for name in pairs(_G) do assert(before[name], "a global: " .. name) end
      print "loaded"]==]
    local file = os.tmpname()
    program.write(file, code)
    local lua = program.quote(os.getenv "RESEAL_LUA" or arg[-1])
    local told = program.output(("for one in %s; do echo $one; %s %s $one; done"):format(
      table.concat(modules, " "), lua, file))
    os.remove(file)
    assert.equal(table.concat(modules, "\nloaded\n") .. "\nloaded\n", told)
  end)
end)

--- A request as nginx would hand it over.
local function request(verb, path, more)
  local one = {
    verb = verb, path = path, place = path, headers = {}, query = {}, form = {}, body = "", address = "127.0.0.1",
    took = function() return 0 end,
  }
  for name, value in pairs(more or {}) do
    one[name] = value
  end
  return one
end

local function control(sandbox, verb, name, fields)
  local answer = sandbox:answer(request(verb, "/_sandbox/" .. name, {body = fields and cjson.encode(fields)}))
  assert.equal(200, answer.status, answer.body)
  return name == "ca.pem" and answer.body or cjson.decode(answer.body)
end

local function namecheap(sandbox, command, fields)
  local form = {
    {"ApiUser", "apiexample"}, {"ApiKey", "56b4c87ef4fd49cb96d915c0db68194"}, {"UserName", "apiexample"},
    {"ClientIp", "1.2.3.4"}, {"Command", command},
  }
  for name, value in pairs(fields) do
    form[#form + 1] = {name, value}
  end
  return sandbox:answer(request("GET", "/xml.response", {form = form}))
end

local function realtimeregister(sandbox, verb, path)
  return sandbox:answer(request(verb, path, {
    headers = {Authorization = "ApiKey ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ=="},
  }))
end

describe("two sandboxes in one Lua", function()
  local NOW = 1790000000
  local one, other

  before_each(function()
    local given = {describe = describe_api, time = function() return NOW end}
    one, other = Server.new(given), Server.new(given)
    for _, sandbox in ipairs {one, other} do
      assert.is_true(sandbox.control:start '{"namecheap": {"balance": "50.0000"}}')
    end
  end)

  local function shown(sandbox)
    local all = {}
    for _, name in ipairs {"state", "ledger", "requests", "clock", "fault", "throttle", "dcv"} do
      all[name] = control(sandbox, "GET", name)
    end
    return all
  end

  it("begin alike, each with an authority of its own", function()
    assert.same(shown(one), shown(other))
    assert.not_equal(control(one, "GET", "ca.pem"), control(other, "GET", "ca.pem"))
  end)

  it("share nothing that a call or the control changes", function()
    local before = shown(other)
    local bought = namecheap(one, "namecheap.ssl.renew", {
      CertificateID = "501904", Years = "1", SSLType = "PositiveSSL", PromotionCode = "TENOFF",
    })
    assert.matches('ChargedAmount="8.1000"', bought.body, 1, true)
    local revoked = realtimeregister(one, "DELETE", "/v2/ssl/certificates/7")
    assert.same({202, "1004"}, {revoked.status, revoked.headers["X-Process-Id"]})
    realtimeregister(one, "GET", "/v2/ssl/notifications/poll")
    control(one, "POST", "clock", {advance_days = 3})
    control(one, "POST", "fault", {fault = "html", times = 2})
    control(one, "POST", "throttle", {minute = 1})
    one.dcv:configure {http = "127.0.0.1:1"}

    local after = shown(one)
    assert.equal(1, #after.ledger.entries)
    assert.equal(NOW + 3 * 86400, after.clock.now)
    assert.equal(1, #after.fault.faults)
    assert.equal("41.9000", after.state.namecheap.account.balance)
    assert.same(before, shown(other))
    -- what one has queued and counted hits nobody else
    for _ = 1, 2 do
      assert.matches('<ApiResponse Status="OK"', namecheap(other, "namecheap.ssl.getInfo",
        {CertificateID = "501904"}).body, 1, true)
    end
    assert.equal(200, realtimeregister(other, "GET", "/v2/ssl/certificates/7").status)
    assert.matches('"status":"ACTIVE"', realtimeregister(other, "GET", "/v2/ssl/certificates/7").body, 1, true)
  end)

  it("go back each to the scenario of its own start", function()
    assert.is_true(one.control:start '{"now": 1800000000, "namecheap": {"balance": "7.0000"}}')
    for _, sandbox in ipairs {one, other} do
      control(sandbox, "POST", "reset", {})
    end
    assert.equal(1800000000, control(one, "GET", "clock").now)
    assert.equal("7.0000", control(one, "GET", "state").namecheap.account.balance)
    assert.equal(NOW, control(other, "GET", "clock").now)
    assert.equal("50.0000", control(other, "GET", "state").namecheap.account.balance)
  end)
end)
