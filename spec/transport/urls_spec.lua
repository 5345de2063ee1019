-- Where requests may go is one rule: the account's endpoint, the binding and the transports give the same answers. (The
-- cosockets are asked in spec/nginx/transport_spec.lua.)

local core = require "reseal.core"
local fixture = require "spec.support.fixture"
local transport = require("reseal.transport.curl")()
local urls = require "spec.support.urls"

local function shown(url)
  return ("%q"):format(url)
end

local function as_endpoint(url)
  local client, err = fixture.open("realtimeregister", {endpoint = url})
  if not client then
    assert.equal("endpoint", err.param, shown(url))
  end
  return client ~= nil
end

local function sent(url)
  local _, err = transport({method = "GET", url = url}, {timeout = 1, connect_timeout = 1})
  return err.code
end

describe("a URL", function()
  for _, kind in ipairs {"loopback", "https"} do
    it("that is allowed (" .. kind .. ") is so everywhere", function()
      for _, url in ipairs(urls[kind]) do
        assert.equal(kind, core.url(url), shown(url))
        assert.is_true(as_endpoint(url), shown(url))
        if kind == "loopback" then
          assert.equal("connect", sent(url), shown(url))
        end
      end
    end)
  end

  it("that is refused is so everywhere", function()
    for _, url in ipairs(urls.refused) do
      assert.is_nil(core.url(url), shown(url))
      assert.is_false(as_endpoint(url), shown(url))
      assert.equal("bad_url", sent(url), shown(url))
    end
  end)

  it("may have a query for a request, and none as an endpoint", function()
    for _, url in ipairs {"http://localhost:1?a=b", "http://localhost:1/?a=b#c", "https://example.com/a?b=%20c"} do
      assert.is_truthy(core.url(url), shown(url))
      assert.is_false(as_endpoint(url), shown(url))
    end
    for _, url in ipairs {"http://localhost:1/?a=b c", "http://localhost:1/?a={b}", "http://localhost:1/?\127"} do
      assert.is_nil(core.url(url), shown(url))
      assert.equal("bad_url", sent(url), shown(url))
    end
  end)
end)
