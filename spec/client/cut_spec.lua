-- Answers that are cut in their body, and quotes, over a real connection: what reaches the caller, and how often it was
-- asked.
local curl = require "reseal.curl"
local fixture = require "spec.support.fixture"
local nginx = require "spec.support.nginx"

-- Answers every request by the bytes that were put to /script, and ends the connection; or waits before that.
local CONF = [[
lua_shared_dict kept 64k;
client_body_buffer_size 1m;
server {
  listen 127.0.0.1:@port@;
  location / {
    content_by_lua_block {
      local kept = ngx.shared.kept
      ngx.req.read_body()
      if ngx.var.uri == "/script" then
        kept:set("answer", ngx.req.get_body_data())
        kept:set("hold", tonumber(ngx.var.arg_hold) or 0)
        kept:set("count", 0)
        return ngx.print("")
      elseif ngx.var.uri == "/count" then
        return ngx.print(kept:get("count"))
      end
      kept:incr("count", 1)
      if kept:get("answer") == "nothing" then return ngx.print("{}") end -- and the connection is kept
      local socket = assert(ngx.req.socket(true))
      socket:send(kept:get("answer"))
      if kept:get("hold") > 0 then ngx.sleep(kept:get("hold")) end
    }
  }
}
]]

local ORDERS = {
  renew = {certificateId = 7, period = 12, csr = fixture.csr},
  reissue = {certificateId = 7, csr = fixture.csr},
}

local function quote_of(method)
  local params = {quote = true}
  for name, value in pairs(ORDERS[method]) do
    params[name] = value
  end
  return params
end

describe("over a connection", function()
  local site, handle, http

  setup(function()
    site = nginx.start(CONF)
    http = "http://127.0.0.1:" .. site.port
    handle = assert(curl.new())
  end)
  teardown(function()
    handle:close()
    site.stop()
  end)

  local function script(answer, hold)
    assert(handle:perform {method = "POST", url = http .. "/script?hold=" .. (hold or 0), body = answer})
  end
  local function count()
    return tonumber(assert(handle:perform {method = "GET", url = http .. "/count"}).body)
  end

  local function client(provider, options)
    options = options or {}
    options.endpoint, options.sleep, options.retries = http, function() end, 3
    return fixture.client(provider or "realtimeregister", options)
  end

  local HEAD = "HTTP/1.1 202 Accepted\r\nX-Process-Id: 4711\r\nContent-Type: application/json\r\n"
  local CUTS = {
    closed = HEAD .. 'Content-Length: 100\r\n\r\n{"certificateId":',
    timeout = HEAD .. 'Content-Length: 100\r\n\r\n{"certificateId":',
    too_large = HEAD .. "Content-Length: 5000\r\n\r\n" .. (" "):rep(5000),
  }

  it("an order whose answer is cut is known by its id, and sent once", function()
    for code, answer in pairs(CUTS) do
      for method, params in pairs(ORDERS) do
        local rr = client(nil, {timeout = code == "timeout" and 0.5 or 5, max_body = 1000})
        script(answer, code == "timeout" and 2 or 0)
        local r, err = rr:call(method, params)
        assert.is_nil(r)
        assert.same({"transport", code, "unknown", "never", 202, 4711},
          {err.class, err.code, err.outcome, err.retry, err.http_status, err.handle})
        assert.is_truthy(tostring(err):find("4711", 1, true))
        assert.is_true(err.received > 0)
        assert.is_nil(err.attempts)
        assert.equal(1, count())
        rr:close()
      end
    end
  end)

  it("a quote that turns out to be an order is sent once, and in doubt", function()
    for name, answer in pairs {
      ["an order's answer"] = HEAD .. "Content-Length: 0\r\n\r\n",
      ["an order's answer, cut"] = CUTS.closed,
      ["a failure of the seller's"] = "HTTP/1.1 500 Error\r\nX-Process-Id: 4711\r\nContent-Length: 2\r\n\r\n{}",
      ["a refusal for its rate"] = "HTTP/1.1 429 Slow\r\nX-Process-Id: 4711\r\nContent-Length: 2\r\n\r\n{}",
    } do
      for method in pairs(ORDERS) do
        script(answer)
        local r, err = client():call(method, quote_of(method))
        assert.is_nil(r)
        assert.same({"unknown", "never", 4711, 1}, {err.outcome, err.retry, err.handle, count()}, name)
      end
    end
  end)

  it("a quote that fails is sent once", function()
    for _, answer in ipairs {
      "", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
      'HTTP/1.1 429 Slow\r\nContent-Length: 43\r\n\r\n{"type":"TooManyRequests","message":"Slow."}',
    } do
      script(answer)
      local r, err = client():reissue(quote_of("reissue"))
      assert.is_nil(r)
      assert.equal("refused", err.outcome)
      assert.equal(1, count())
    end
  end)

  it("a read whose answer is cut is asked again", function()
    script("HTTP/1.1 503 Away\r\nRetry-After: 17\r\nContent-Length: 100\r\n\r\nhalf")
    local r, err = client():get {certificateId = 7}
    assert.is_nil(r)
    assert.same({"transport", "closed", "refused", 503, 17, 4, 4},
      {err.class, err.code, err.outcome, err.http_status, err.retry_after, err.attempts, count()})
    script("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<ApiResponse>")
    r, err = client("namecheap"):getInfo {CertificateID = 501904}
    assert.is_nil(r)
    assert.same({"closed", "refused", 200, 4}, {err.code, err.outcome, err.http_status, count()})
  end)

  it("close ends what the client's own transport kept, and nothing else", function()
    local function sockets()
      local pipe = assert(io.popen("ls -l /proc/$PPID/fd 2>/dev/null | grep -c socket:"))
      local open = pipe:read("*n")
      pipe:close()
      return open
    end
    script("nothing")
    local first, second = client(), client()
    local before = sockets()
    first:get {certificateId = 7}
    second:get {certificateId = 7}
    local both = sockets()
    first:close()
    local one = sockets()
    first:close()
    second:close()
    if both > 0 then -- where there is a /proc
      assert.is_true(one > before) -- libcurl has sockets beside the connection
      assert.same({2 * (one - before), before}, {both - before, sockets()})
    end
  end)

  it("a purchase whose answer is cut is sent once where no header names it", function()
    script("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 100\r\n\r\n<ApiResponse>")
    local _, err = client("namecheap"):renew {CertificateID = 501904, Years = 1, SSLType = "PositiveSSL"}
    assert.same({"transport", "closed", "unknown", "never", 200, 1},
      {err.class, err.code, err.outcome, err.retry, err.http_status, count()})
    assert.is_nil(err.handle)
  end)
end)
