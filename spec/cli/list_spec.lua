-- `reseal list`: the certificates of all providers in one table.
local cjson = require "cjson"
local fixture = require "spec.support.fixture"
local reseal = require "reseal"
local sandboxes = require "spec.support.sandbox"
local system = require "reseal.system"
local x509 = require "openssl.x509"

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

  --- What the providers' own calls say, by provider and id; `own` is the end that stands in the certificate.
  local function expected()
    local found, count = {}, 0
    local nc = client("namecheap", sandbox.url)
    for row in nc:each "getList" do
      local info = assert(nc:getInfo {
        CertificateID = row.CertificateID, Returncertificate = row.Status == "active", Returntype = "Individual",
      })
      local given = info.CertificateDetails and info.CertificateDetails.Certificates
      row.own = given and given.Certificate
      found["namecheap " .. row.CertificateID], count = row, count + 1
    end
    for row in client("realtimeregister", sandbox.url):each "list" do
      row.own = row.certificate
      found["realtimeregister " .. row.id], count = row, count + 1
    end
    for _, row in pairs(found) do
      row.own = row.own and math.floor(select(2, x509.new(row.own):getLifetime()))
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
      assert.equal(row.own, reseal.time(one.expires))
      assert.equal(reseal.time(row.ExpireDate or row.subscriptionEndDate), reseal.time(one.order_ends))
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
      local ends = reseal.time(one.expires or one.order_ends) or math.huge
      assert.is_true(ends >= before)
      before = ends
    end
    assert.equal(math.huge, before)
  end)

  it("is a table for people and CSV for programs", function()
    local r = list()
    assert.equal(0, r.code)
    assert.equal("", r.err)
    assert.is_truthy(r.out:find "^PROVIDER +ID +PRODUCT +STATUS +EXPIRES +DAYS +ORDER ENDS +NAMES\n")
    local day = "%d%d%d%d%-%d%d%-%d%d"
    assert.is_truthy(r.out:find("\nnamecheap +501904 +positivessl +issued +" .. day .. " +%d+ +" .. day
      .. " +example%.com www%.example%.com\n"))
    assert.is_truthy(r.out:find "\nrealtimeregister +7 +ssl_sectigo +issued ")
    r = list "--csv"
    assert.equal(0, r.code)
    assert.equal("provider,id,names,product,status,provider_status,expires,days_left,order_ends",
      r.out:match "^[^\n]*")
    assert.is_truthy(r.out:find("\nnamecheap,501904,example%.com www%.example%.com,positivessl,issued,active,"
      .. "[%dT:Z-]+,%d+,[%dT:Z-]+\n"))
    assert.is_nil(r.out:find("\r", 1, true))
  end)

  it("keeps to what is issued and ends in time", function()
    local rows = expected()
    for words, days in pairs {["31d"] = 31, ["4w"] = 28, ["180"] = 180, ["400"] = 400, ["1d"] = 1} do
      local due = {}
      for name, row in pairs(rows) do
        if reseal.status(row) == "issued" and row.own < os.time() + days * DAY then
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

  -- A certificate of a year's order that is half a year old: its list alone says that it has most of a year to go.
  it("tells the certificate's own end from its order's, also for who asks what is due", function()
    local function found(words)
      for _, one in ipairs(list("--json --provider namecheap " .. words).json.certificates) do
        if one.id == 501905 then
          return one
        end
      end
    end
    local one = found "--expiring 180d"
    assert.is_true(reseal.time(one.expires) < reseal.time(one.order_ends) - 100 * DAY)
    assert.equal("issued", one.status)
    one = found "--quick"
    assert.is_nil(one.expires)
    assert.is_true(one.days_left > 290)
    assert.is_nil(found "--quick --expiring 180d")
  end)

  it("calls a certificate expired by its own end, whatever its order's", function()
    sandbox.reset {now = os.time() - 190 * DAY}
    local found = {}
    for _, one in ipairs(list("--json --provider namecheap").json.certificates) do
      found[one.id] = one
    end
    local one = found[501905]
    assert.same({"expired", "active"}, {one.status, one.provider_status})
    assert.is_true(reseal.time(one.expires) < os.time() and reseal.time(one.order_ends) > os.time() + 100 * DAY)
    assert.is_true(one.days_left < 0)
  end)

  it("shows what it has when the calls for the certificates are refused, and asks no further", function()
    sandbox.post("/_sandbox/throttle", {minute = 2})
    local r = list "--json --provider namecheap"
    assert.equal(5, r.code)
    assert.equal(1, #r.json.errors)
    assert.equal("throttle", r.json.errors[1].category)
    local own, order = 0, 0
    for _, one in ipairs(r.json.certificates) do
      own, order = own + (one.expires and 1 or 0), order + (one.order_ends and 1 or 0)
    end
    assert.same({1, 3}, {own, order})
    assert.equal(3, #sandbox.requests())
  end)

  it("asks for no certificate when it is to be quick, nor where the list tells its end", function()
    assert.equal(0, list("--quick").code)
    assert.equal(2, #sandbox.requests())
    sandbox.reset()
    assert.equal(0, list("--provider realtimeregister").code)
    assert.equal(1, #sandbox.requests())
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
