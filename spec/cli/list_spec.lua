-- `reseal list`: the certificates of all providers in one table.
local cjson = require "cjson"
local fixture = require "spec.support.fixture"
local reseal = require "reseal"
local sandboxes = require "spec.support.sandbox"
local system = require "reseal.system"

local LUA = os.getenv "RESEAL_LUA" or arg[-1] or "lua"
local DAY = 86400
local dir, sandbox, nowhere

local function config(endpoints)
  local path = dir .. "/config.lua"
  local file = assert(io.open(path, "w"))
  for _, provider in ipairs(reseal.describe()) do
    local settings = {}
    for name, value in pairs(fixture.accounts[provider]) do
      settings[#settings + 1] = ("%s = %q"):format(name, value)
    end
    if endpoints[provider] then
      file:write(("%s = {endpoint = %q, retries = 0, %s}\n"):format(provider, endpoints[provider],
        table.concat(settings, ", ")))
    end
  end
  file:close()
  os.execute("chmod 600 " .. path)
end

--- Runs `reseal list` with these words (text), as one with that file of credentials and nothing else.
local function list(words)
  local command = "env HOME=%s XDG_CONFIG_HOME=%s '%s' bin/reseal list --config %s/config.lua %s 2>%s/err; echo exit $?"
  local out = sandboxes.output(command:format(dir, dir, LUA, dir, words or "", dir))
  local err = fixture.read(dir .. "/err")
  for _, account in pairs(fixture.accounts) do
    assert.is_nil((out .. err):find(account.api_key, 1, true))
  end
  local shown, code = out:match "^(.-)exit (%d+)\n$"
  return {code = tonumber(code), out = shown, err = err, json = shown:find "^{" and cjson.decode(shown) or nil}
end

local function client(provider, endpoint)
  return fixture.client(provider, {endpoint = endpoint})
end

setup(function()
  dir = assert(system.mkdtemp "reseal-cli-list-spec-")
  sandbox = sandboxes.start()
  nowhere = "http://127.0.0.1:" .. system.free_port()
end)

teardown(function()
  sandbox.stop()
  system.remove_tree(dir)
end)

describe("list", function()
  before_each(function()
    sandbox.reset()
    config {namecheap = sandbox.url, realtimeregister = sandbox.url}
  end)

  --- What the providers' own lists say, by provider and id.
  local function expected()
    local found, count = {}, 0
    for row in client("namecheap", sandbox.url):each "getList" do
      found["namecheap " .. row.CertificateID], count = row, count + 1
    end
    for row in client("realtimeregister", sandbox.url):each "list" do
      found["realtimeregister " .. row.id], count = row, count + 1
    end
    return found, count
  end

  it("has every certificate of both, with what the provider says of it", function()
    local r = list "--json"
    assert.equal(0, r.code, r.err)
    assert.same({}, r.json.errors)
    local rows, count = expected()
    assert.is_true(count >= 5)
    assert.equal(count, #r.json.certificates)
    for _, one in ipairs(r.json.certificates) do
      local row = assert(rows[("%s %d"):format(one.provider, one.id)])
      assert.equal(row.SSLType or row.product, one.product)
      assert.equal(row.Status or row.status, one.provider_status)
      assert.equal((reseal.status(row)), one.status)
      assert.equal(reseal.time(row.ExpireDate or row.expiryDate), reseal.time(one.expires))
      local name = row.HostName or row.domainName
      assert.equal(name ~= "" and name or nil, one.names[1])
      for _, other in ipairs(row.san or {}) do
        assert.is_truthy((" " .. table.concat(one.names, " ") .. " "):find(" " .. other .. " ", 1, true))
      end
    end
  end)

  it("has the soonest first, and what has no end last", function()
    local before = 0
    for _, one in ipairs(list("--json").json.certificates) do
      local ends = reseal.time(one.expires) or math.huge
      assert.is_true(ends >= before)
      before = ends
    end
    assert.equal(math.huge, before)
  end)

  it("is a table for people and CSV for programs", function()
    local r = list()
    assert.equal(0, r.code)
    assert.equal("", r.err)
    assert.is_truthy(r.out:find "^PROVIDER +ID +PRODUCT +STATUS +EXPIRES +DAYS +NAMES\n")
    assert.is_truthy(r.out:find "\nnamecheap +501904 +positivessl +issued +%d%d%d%d%-%d%d%-%d%d +%d+ +example%.com\n")
    assert.is_truthy(r.out:find "\nrealtimeregister +7 +ssl_sectigo +issued ")
    r = list "--csv"
    assert.equal(0, r.code)
    assert.equal("provider,id,names,product,status,provider_status,expires,days_left",
      r.out:match "^[^\n]*")
    assert.is_truthy(r.out:find "\nnamecheap,501904,example%.com,positivessl,issued,active,[%dT:Z-]+,%d+\n")
    assert.is_nil(r.out:find("\r", 1, true))
  end)

  it("keeps to what is issued and ends in time", function()
    local rows = expected()
    for words, days in pairs {["30d"] = 30, ["4w"] = 28, ["400"] = 400, ["1d"] = 1} do
      local due = {}
      for name, row in pairs(rows) do
        local ends = reseal.time(row.ExpireDate or row.expiryDate)
        if reseal.status(row) == "issued" and ends < os.time() + days * DAY then
          due[name] = true
        end
      end
      local r = list("--json --expiring " .. words)
      assert.equal(0, r.code)
      for _, one in ipairs(r.json.certificates) do
        local name = ("%s %d"):format(one.provider, one.id)
        assert.is_true(due[name], name)
        assert.is_true(one.days_left < days)
        due[name] = nil
      end
      assert.same({}, due)
    end
    assert.is_true(#list("--json --expiring 400d").json.certificates >= 3)
  end)

  it("can be of one provider", function()
    for _, provider in ipairs(reseal.describe()) do
      for _, one in ipairs(list("--json --provider " .. provider).json.certificates) do
        assert.equal(provider, one.provider)
      end
    end
  end)

  it("shows the other provider's when one fails, and says so", function()
    config {namecheap = sandbox.url, realtimeregister = nowhere}
    local r = list()
    assert.equal(6, r.code)
    assert.is_truthy(r.out:find("501904", 1, true))
    assert.is_truthy(r.err:find("not all of realtimeregister is shown", 1, true))
    assert.is_truthy(r.err:find("connect", 1, true))
    r = list "--json"
    assert.equal(6, r.code)
    assert.equal(1, #r.json.errors)
    assert.equal("realtimeregister", r.json.errors[1].provider)
    assert.equal("connect", r.json.errors[1].code)
    assert.is_true(#r.json.certificates > 0)
    assert.equal(0, list("--provider namecheap").code)
  end)

  it("tells a provider's refusal by its exit code", function()
    sandbox.post("/_sandbox/fault", {fault = "throttle_405", times = 1})
    local r = list "--retries 0"
    assert.equal(5, r.code)
    assert.is_truthy(r.out:find("realtimeregister", 1, true))
  end)

  it("leaves out a provider without credentials, but not all", function()
    config {realtimeregister = sandbox.url}
    local r = list "--json"
    assert.equal(0, r.code)
    assert.equal("realtimeregister", r.json.certificates[1].provider)
    assert.equal(2, list("--provider namecheap").code)
    config {}
    r = list()
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("no credentials", 1, true))
  end)

  it("shows the complete one when the other's credentials are not", function()
    config {namecheap = sandbox.url}
    local file = assert(io.open(dir .. "/config.lua", "a"))
    file:write("realtimeregister = {endpoint = 'ote'}\n")
    file:close()
    local r = list()
    assert.equal(2, r.code)
    assert.is_truthy(r.out:find("501904", 1, true))
    assert.is_truthy(r.err:find("api_key", 1, true))
  end)

  it("refuses times and providers that are none", function()
    for _, words in ipairs {
      "--expiring soon", "--expiring 30m", "--expiring -1d", "--expiring 1.5d", "--expiring ''", "--provider godaddy",
      "--json --csv", "extra",
    } do
      local r = list(words)
      assert.equal(2, r.code, words)
      if words:find("--json", 1, true) then
        assert.equal("usage", r.json.error.code)
      else
        assert.equal("", r.out)
      end
    end
  end)

  it("knows how to read every provider's list", function()
    for _, provider in ipairs(reseal.describe()) do
      assert.equal(0, list("--provider " .. provider).code)
    end
  end)
end)
