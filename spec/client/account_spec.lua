-- The account's settings: what a client is made of.
local fixture = require "spec.support.fixture"

-- https://www.namecheap.com/support/api/global-parameters/
describe("the account", function()
  local function refused(provider, options)
    local client, err = fixture.open(provider, options)
    assert.is_nil(client)
    assert.equal("invalid", err.class)
    assert.equal("not_sent", err.outcome)
    return err
  end

  it("has names of 20 bytes and a key of 50 at most", function()
    for name, max in pairs {api_user = 20, user_name = 20, api_key = 50} do
      assert.is_truthy(fixture.open("namecheap", {[name] = ("k"):rep(max)}))
      assert.equal("too_long", refused("namecheap", {[name] = ("k"):rep(max + 1)}).code)
    end
    assert.is_false(fixture.leaks(refused("namecheap", {api_key = ("k"):rep(51)}), "kkkk"))
  end)

  it("sends odd characters of the key escaped, and never two headers", function()
    local request = assert(fixture.client("namecheap", {api_key = "a&b=c+d%e/f~"}):encode("getList", {}))
    assert.is_truthy(request.body:find("&ApiKey=a%26b%3Dc%2Bd%25e%2Ff~&", 1, true), request.body)
    for _, key in ipairs {"a\r\nX-Evil: 1", "a\nb", "a\0b", "a\127b"} do
      local client, err = fixture.open("realtimeregister", {api_key = key})
      if client then
        client, err = client:encode("get", {certificateId = 7})
      end
      assert.is_nil(client, "the key " .. ("%q"):format(key) .. " got through")
      assert.is_false(fixture.leaks(err, "Evil"))
    end
  end)

  it("falls back on the API user for the user name", function()
    local reseal = require "reseal"
    local client = assert(reseal.namecheap {api_user = "somebody", api_key = "k", client_ip = "192.0.2.1"})
    assert.is_truthy(assert(client:encode("getList", {})).body:find("&UserName=somebody&", 1, true))
  end)

  it("wants an IPv4 address", function()
    for _, good in ipairs {"1.2.3.4", "255.255.255.255"} do
      assert.is_truthy(fixture.open("namecheap", {client_ip = good}))
    end
    for _, bad in ipairs {"1.2.3", "1.2.3.256", "::1", "1.2.3.4.5", "1.2.3.4 ", "localhost", "1.2.3.4\n"} do
      assert.equal("bad_format", refused("namecheap", {client_ip = bad}).code, bad)
    end
  end)

  it("is complete before anything is encoded", function()
    local reseal = require "reseal"
    for _, name in ipairs {"api_user", "api_key", "client_ip"} do
      local options = {api_user = "u", api_key = "k", client_ip = "192.0.2.1"}
      options[name] = nil
      local client, err = reseal.namecheap(options)
      if client then
        client, err = client:encode("getList", {})
      end
      assert.is_nil(client)
      assert.equal("missing", err.code)
      assert.equal(name, err.param)
    end
  end)

  local function url(provider, endpoint)
    local client, err = fixture.open(provider, {endpoint = endpoint})
    if not client then
      return nil, err
    end
    return assert(
      client:encode(
        provider == "namecheap" and "getList" or "get",
        provider == "namecheap" and {} or {certificateId = 7}
      )
    ).url
  end

  it("knows the endpoints by name, or takes a URL", function()
    for endpoint, expected in pairs {
      production = "https://api.namecheap.com/xml.response",
      sandbox = "https://api.sandbox.namecheap.com/xml.response",
      ["https://proxy.example"] = "https://proxy.example/xml.response",
      ["https://proxy.example/"] = "https://proxy.example/xml.response",
      ["https://proxy.example:8443/nc"] = "https://proxy.example:8443/nc/xml.response",
      ["https://api.sandbox.namecheap.com/xml.response"] = "https://api.sandbox.namecheap.com/xml.response",
      ["http://127.0.0.1:8089"] = "http://127.0.0.1:8089/xml.response",
      ["http://localhost:8089"] = "http://localhost:8089/xml.response",
      ["http://[::1]:8089"] = "http://[::1]:8089/xml.response",
    } do
      assert.equal(expected, (url("namecheap", endpoint)))
    end
    for endpoint, expected in pairs {
      production = "https://api.yoursrs.com/v2/ssl/certificates/7",
      ote = "https://api.yoursrs-ote.com/v2/ssl/certificates/7",
      ["https://api.yoursrs-ote.com/"] = "https://api.yoursrs-ote.com/v2/ssl/certificates/7",
      ["https://api.yoursrs-ote.com/v2"] = "https://api.yoursrs-ote.com/v2/ssl/certificates/7",
      ["http://127.0.0.1:8089"] = "http://127.0.0.1:8089/v2/ssl/certificates/7",
    } do
      assert.equal(expected, (url("realtimeregister", endpoint)))
    end
  end)

  it("refuses endpoints that would carry the key in the open or elsewhere", function()
    for _, endpoint in ipairs {
      "http://api.namecheap.com", "http://example.com", "http://127.0.0.1.example.com",
      "http://localhost.example.com", "http://127.0.0.1@example.com", "https://user:password@example.com",
      "ftp://example.com", "//example.com", "example.com", "https://", "https:///path", "https://example.com/?a=b",
      "https://example.com/#a", "https://example.com/a b", "https://example.com/\r\nHost: x", "https://example.com:0",
      "https://example.com:99999", "https://example.com:", "https://exa mple.com",
      "https://example.com\\@evil.example", "http://0x7f000001", "http://2130706433", "http://[::1",
      "https://example.com/../x", "nowhere", "", "\0", "https://example.com\0.evil.example",
    } do
      local found, err = url("namecheap", endpoint)
      assert.is_nil(found, endpoint)
      assert.equal("invalid", err.class)
      assert.equal("endpoint", err.param)
    end
  end)

  it("takes the editions by name", function()
    assert.is_truthy(fixture.open("namecheap", {edition = "current"}))
    assert.is_truthy(fixture.open("namecheap", {edition = "classic"}))
    assert.equal("not_allowed", refused("namecheap", {edition = "modern"}).code)
  end)
end)
