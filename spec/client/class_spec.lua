-- What a client is: functions that all clients of a provider share, and a state that nobody finds. And what the
-- library's face offers for providers whose names are values.

local fixture = require "spec.support.fixture"
local listing = require "reseal.listing"
local nginx = require "spec.support.nginx"
local pause = require "reseal.pause"
local reseal = require "reseal"
local system = require "reseal.system"

local KEY = fixture.accounts.namecheap.api_key

--- Every table and string that a value leads to, by its members and the metatables that only a debugger sees.
local function reach(value, visit, seen)
  seen = seen or {}
  visit(value)
  if type(value) == "table" and not seen[value] then
    seen[value] = true
    for key, member in next, value do
      reach(key, visit, seen)
      reach(member, visit, seen)
    end
    reach(debug.getmetatable(value), visit, seen)
  end
end

--- LuaJIT's compiled code holds on to what it was made with.
local function collect()
  local jit = rawget(_G, "jit")
  if jit then
    jit.flush()
  end
  for _ = 1, 4 do
    collectgarbage()
  end
end

describe("a client", function()
  it("has the functions of all clients of its provider", function()
    local a, b = fixture.client("namecheap"), fixture.client("namecheap", {api_key = "another"})
    for _, name in ipairs(reseal.methods("namecheap")) do
      assert.is_function(a[name], name)
      assert.equal(a[name], b[name], name)
    end
    local other = fixture.client("realtimeregister")
    for _, name in ipairs {"call", "each", "encode", "decode", "check", "close"} do
      assert.equal(a[name], b[name], name)
      assert.equal(a[name], other[name], name)
    end
    assert.is_nil(other.getInfo)
    assert.are_not.equal(a.renew, other.renew)
  end)

  it("takes the functions of its own provider only, and of no copy", function()
    local nc, rr = fixture.client("namecheap"), fixture.client("realtimeregister")
    for _, caller in ipairs {rr, {}, setmetatable({}, {__index = nc}), "nc"} do
      local ok, message = pcall(nc.renew, caller, {})
      assert.is_false(ok)
      assert.is_truthy(message:find("colon", 1, true), message)
      assert.is_false(pcall(nc.close, caller ~= rr and caller or nil))
    end
  end)

  it("leads to no secret, whoever follows its tables", function()
    local nc = fixture.client("namecheap", {transport = function() end})
    nc:getInfo {CertificateID = 1}
    local tables = 0
    reach(nc, function(value)
      tables = tables + (type(value) == "table" and 1 or 0)
      assert.are_not.equal("userdata", type(value))
      assert.is_nil(type(value) == "string" and value:find(KEY, 1, true) or nil)
    end)
    assert.is_true(tables >= 3, tables) -- itself, its metatable, its functions
  end)

  it("goes with the collector, also where its options lead back to it", function()
    local kept = setmetatable({}, {__mode = "k"})
    local function make() -- what stands in the slots of a function that runs is not collected
      local nc
      nc = fixture.client("namecheap", {
        transport = function() return nc end, api_key = function() return nc and KEY end,
        on_warning = function() return nc end,
      })
      assert(nc:encode("getList", {}))
      kept[nc] = true
    end
    for _ = 1, 20 do
      make()
    end
    collect()
    assert.is_nil(next(kept))
  end)

  it("lives as long as somebody has it or its list", function()
    local answer = fixture.xml {
      command = "namecheap.ssl.getList",
      result = '<SSLListResult><SSL CertificateID="7" HostName="" SSLType="positivessl" PurchaseDate="10/20/2017"'
        .. ' ExpireDate="" ActivationExpireDate="" IsExpiredYN="false" Status="newpurchase"/></SSLListResult>',
    }
    local list = fixture.client("namecheap", {transport = function() return answer end}):each("getList")
    collectgarbage()
    collectgarbage()
    assert.equal(7, list().CertificateID)
    local nc = fixture.client("namecheap", {transport = function() return answer end})
    collectgarbage()
    collectgarbage()
    assert(nc:getList {})
  end)

  it("decodes by an effect as by a request that has it", function()
    local nc = fixture.client("namecheap")
    for _, case in ipairs {{"read", "refused"}, {"change", "unknown"}, {"purchase", "unknown"}} do
      local _, by_word = nc:decode("renew", nil, case[1])
      local _, by_request = nc:decode("renew", nil, {effect = case[1]})
      assert.same({case[2], case[2]}, {by_word.outcome, by_request.outcome})
    end
    local _, err = nc:decode("renew", nil, "nothing")
    assert.equal("unknown", err.outcome)
  end)
end)

describe("a client's end", function()
  local site

  setup(function() site = nginx.start "server { listen 127.0.0.1:@port@; location / { return 200 '{}'; } }" end)
  teardown(function() site.stop() end)

  --- This process' TCP connections to the site.
  local function connections()
    local command = "ls -l /proc/%d/fd | sed -n 's/.*socket:.\\([0-9]*\\).*/\\1/p' | while read -r inode; do "
      .. "grep -E ':[0-9A-F]{4} 0100007F:%04X .* '$inode' ' /proc/net/tcp; done"
    local pipe = assert(io.popen(command:format(system.pid(), site.port)))
    local count = select(2, pipe:read("*a"):gsub("\n", ""))
    pipe:close()
    return count
  end

  --- In a function of its own: what stands in the slots of one that runs is not collected.
  local function use(finish)
    local rr = fixture.client("realtimeregister", {endpoint = "http://127.0.0.1:" .. site.port, retries = 0})
    rr:get {certificateId = 7}
    assert.equal(1, connections())
    finish(rr)
  end

  it("by close ends its connections", function()
    use(function(rr)
      rr:close()
      assert.equal(0, connections())
    end)
  end)

  it("by the collector ends its connections", function()
    use(function() end)
    collect()
    assert.equal(0, connections())
  end)
end)

describe("a list", function()
  it("that fails says so where it is called, and once more in its field", function()
    local failed = {code = "timeout"}
    local paging = {style = "page", position = "p", size = "s", items = "i", totals = "t"}
    local method = {provider = "x", name = "y", paging = paging}
    local pages = {{i = {{1}, {2}}, t = {s = 2}}, false}
    local page = 0
    local list = listing.new(method, {}, function()
      page = page + 1
      return pages[page] or nil, failed
    end)
    for id = 1, 2 do
      local row, err = list()
      assert.same({{id}}, {row, err})
    end
    local row, err = list()
    assert.is_nil(row)
    assert.equal(failed, err)
    assert.equal(failed, list.err)
    pages[3] = {i = {}, t = {}}
    list:resume()
    row, err = list()
    assert.is_nil(row)
    assert.is_nil(err)
  end)
end)

describe("the library", function()
  it("lists providers and methods, each as names", function()
    assert.same(reseal.describe(), reseal.providers())
    for _, provider in ipairs(reseal.providers()) do
      assert.same(reseal.describe(provider), reseal.methods(provider))
    end
    assert.same(reseal.describe("namecheap", nil, "classic"), reseal.methods("namecheap", "classic"))
    local methods, err = reseal.methods("namecheep")
    assert.is_nil(methods)
    assert.is_truthy(tostring(err):find("did you mean namecheap?", 1, true))
    assert.is_false(pcall(reseal.methods))
    assert.is_false(pcall(reseal.methods, ""))
  end)

  it("makes the client of a provider that is named by a value", function()
    for provider, options in pairs(fixture.accounts) do
      local one = assert(reseal.client(provider, options))
      assert.equal(reseal[provider](options).encode, one.encode)
      assert.is_truthy(tostring(one):find("reseal." .. provider, 1, true))
    end
    local none, err = reseal.client("namecheep", {})
    assert.is_nil(none)
    assert.same({"invalid", "unknown_provider"}, {err.class, err.code})
    none, err = reseal.client("status", {})
    assert.is_nil(none)
    assert.equal("unknown_provider", err.code)
    assert.is_false(pcall(reseal.client, "namecheap"))
    assert.is_false(pcall(reseal.client, {}))
  end)

  it("tells the limits that clients and transports keep to", function()
    for _, row in ipairs(reseal.limits()) do
      assert.is_true(row.default <= row.max)
    end
  end)
end)

describe("the pauses", function()
  it("are spread by numbers from 0 to 1 that differ, and begin anew in a forked process", function()
    local pid = 1
    local function now()
      return 1764072000
    end
    local random = pause.spread(function() return pid end, now)
    local seen, low, high = {}, 0, 0
    for _ = 1, 1000 do
      local value = random()
      assert.is_true(value >= 0 and value <= 1, value)
      seen[value] = true
      low, high = low + (value < 0.5 and 1 or 0), high + (value >= 0.5 and 1 or 0)
    end
    local count = 0
    for _ in pairs(seen) do
      count = count + 1
    end
    assert.is_true(count > 990 and low > 300 and high > 300)
    -- Two processes that were one: without a new seed the next numbers were the same.
    local state = pause.spread(function() return pid end, now)
    local first = state()
    pid = 2
    assert.are_not.equal(first * 2147483647 * 16807 % 2147483647 / 2147483647, state())
  end)

  it("grow, are half chance, and heed what an answer asked for", function()
    local function zero()
      return 0
    end
    local function one()
      return 1
    end
    local shortest, longest = {}, {}
    for attempt = 1, 7 do
      shortest[attempt], longest[attempt] = pause.before(attempt, nil, zero), pause.before(attempt, nil, one)
    end
    assert.same({0.5, 1, 2, 4, 8, 15, 15}, shortest)
    assert.same({1, 2, 4, 8, 16, 30, 30}, longest)
    assert.equal(45, pause.before(1, 45, zero))
    assert.equal(60, pause.before(1, 86400, one))
  end)

  it("ask the next source where one gives no such number", function()
    for _, broken in ipairs {
      function() error("no") end, function() return 2 end, function() return "1" end, function() end,
      function() return 0 / 0 end,
    } do
      assert.equal(0.75, pause.before(1, nil, broken, function() return 0.5 end))
      assert.equal(1, pause.before(1, nil, broken))
    end
  end)
end)

if package.loaded.jit then
  describe("the binding that is chosen", function()
    local function chosen(before)
      local first = {"luajit", "-e", before .. ' io.write(require("reseal.core").binding, " ", '
        .. 'tostring(package.loaded["reseal.core.native"] ~= nil))'}
      local words, at = _G.arg, 0
      while words[at - 1] do
        at = at - 1
      end
      first[1] = words[at]
      for i, word in ipairs(first) do
        first[i] = "'" .. word:gsub("'", "'\\''") .. "'"
      end
      local pipe = assert(io.popen(table.concat(first, " ")))
      local told = pipe:read("*a")
      pipe:close()
      return told
    end

    it("is the C module outside nginx, and inside it FFI, also where the C module is at hand", function()
      assert.equal("c true", chosen(""))
      assert.equal("ffi false", chosen("ngx = {}"))
    end)
  end)
end
