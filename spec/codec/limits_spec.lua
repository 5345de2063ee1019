-- Limits and their defaults stand once, and are told to whoever has to keep them.

local core = require "reseal.core"
local fixture = require "spec.support.fixture"
local limits = require "reseal.limits"

describe("the limits", function()
  it("are told with what they are without a wish, and at most", function()
    local told = {}
    for _, row in ipairs(core.limits()) do
      assert.is_true(row.default >= 1 and row.default <= row.max, row.name)
      assert.is_true(#row.doc > 10, row.name)
      assert.is_nil(told[row.name], row.name)
      told[row.name] = {row.default, row.max}
    end
    assert.same({
      bytes = {8388608, 1073741824}, depth = {64, 512}, items = {1000000, 16000000}, timeout = {60, 3600},
      connect_timeout = {10, 3600}, head = {65536, 65536}, header = {65536, 65536},
    }, told)
  end)

  it("of a handle are those", function()
    local handle = assert(core.new("namecheap"))
    for _, name in ipairs {"bytes", "depth", "items"} do
      assert.is_true(handle:limit(name, limits[name].max))
      local done, err = handle:limit(name, limits[name].max + 1)
      assert.is_nil(done)
      assert.is_truthy(err.message:find(("%d"):format(limits[name].max), 1, true), err.message)
    end
  end)

  it("of a client are those", function()
    for option, name in pairs {timeout = "timeout", connect_timeout = "connect_timeout", max_body = "bytes"} do
      assert.is_truthy(fixture.open("namecheap", {[option] = limits[name].max}))
      local client, err = fixture.open("namecheap", {[option] = limits[name].max + 1})
      assert.is_nil(client)
      assert.equal(option, err.param)
      assert.is_truthy(err.message:find(("%d"):format(limits[name].max), 1, true), err.message)
    end
  end)

  it("reach the transport as they are without a wish", function()
    local seen
    local nc = fixture.client("namecheap", {transport = function(_, options)
      seen = options
      return nil, {code = "connect", message = "no", sent = false}
    end, retries = 0})
    nc:getInfo {CertificateID = 1}
    assert.same({limits.timeout.default, limits.connect_timeout.default, limits.bytes.default},
      {seen.timeout, seen.connect_timeout, seen.max_body})
  end)
end)

describe("the distance of two names", function()
  it("counts letters more, less, other and swapped, whatever their case", function()
    for _, case in ipairs {
      {"api_key", "api_key", 0}, {"API_Key", "api_key", 0}, {"api_kye", "api_key", 1}, {"apikey", "api_key", 1},
      {"api__key", "api_key", 1}, {"api-key", "api_key", 1}, {"ap_kye", "api_key", 2},
    } do
      assert.equal(case[3], core.distance(case[1], case[2]), case[1])
    end
  end)

  it("is none where a name can't have been meant", function()
    assert.is_nil(core.distance("colour", "api_key"))
    assert.is_nil(core.distance("", "api"))
    assert.is_nil(core.distance(("a"):rep(49), ("a"):rep(49)))
    assert.is_nil(core.distance("a\0b", "cde"))
  end)
end)
