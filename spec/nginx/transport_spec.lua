-- The cosocket transport: what it makes of answers, good and bad, and what it says of each failure.
local cjson = require "cjson"
local curl = require "reseal.curl"
local dns = require "spec.support.dns"
local nginx = require "spec.support.nginx"
local response = require "reseal.transport.http1"
local urls = require "spec.support.urls"
local server = require "spec.support.server"
local system = require "reseal.system"

local SECRET = "0123456789abcdef"
local PAD = ("p"):rep(1000)
local CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

-- Raw answers, and what becomes of them: {raw, status, body, reusable} or {raw, code}. Where the connection stays open
-- `open` is set: the whole answer must be known without its end.
local ANSWERS = {
  ["a body by length"] = {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "abc", true, open = true},
  ["the same length twice"] = {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\na", 200, "a", true},
  ["no reason phrase"] = {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, "", true, open = true},
  ["HTTP/1.0"] = {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 200, "a", false, open = true},
  ["Connection: close"] = {"HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\na", 200, "a", false},
  ["bytes behind the body"] = {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc", 200, "a", false, open = true},
  ["chunks"] = {CHUNKED .. "4\r\nabcd\r\n00002 ;x=y\r\nef\r\n0\r\nX-T: a\r\n\r\n",
    200, "abcdef", true, open = true},
  ["a body until the end"] = {"HTTP/1.1 200 OK\r\n\r\nall of it", 200, "all of it", false},
  ["204 and its bytes"] = {"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc", 204, "", false, open = true},
  ["304"] = {"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", 304, "", true, open = true},
  ["interim answers"] = {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n"
    .. "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok", 201, "ok", true, open = true},
  ["nothing"] = {"", "closed"},
  ["half a status line"] = {"HTTP/1.1 200", "closed"},
  ["half a head"] = {"HTTP/1.1 200 OK\r\nContent-Le", "closed"},
  ["an interim answer alone"] = {"HTTP/1.1 100 Continue\r\n\r\n", "closed"},
  ["half a body"] = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "closed"},
  ["half a chunk"] = {CHUNKED .. "20\r\nhalf", "closed"},
  ["chunks without a last one"] = {CHUNKED .. "1\r\na\r\n", "closed"},
  ["no HTTP"] = {"hello", "protocol", open = true},
  ["HTTP/2"] = {"HTTP/2.0 200 OK\r\n\r\n", "protocol"},
  ["a status of two digits"] = {"HTTP/1.1 99 OK\r\n\r\n", "protocol"},
  ["a status of four digits"] = {"HTTP/1.1 2000 OK\r\n\r\n", "protocol"},
  ["another protocol"] = {"HTTP/1.1 101 Switching Protocols\r\n\r\n", "protocol", open = true},
  ["lines without CR"] = {"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "protocol"},
  ["a CR inside a line"] = {"HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\n", "protocol"},
  ["a NUL inside a line"] = {"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", "protocol"},
  ["a folded header"] = {"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n", "protocol"},
  ["a blank before the colon"] = {"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n", "protocol"},
  ["a header without a colon"] = {"HTTP/1.1 200 OK\r\nnothing\r\n\r\n", "protocol"},
  ["two lengths"] = {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "protocol"},
  ["two lengths in one"] = {"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab", "protocol"},
  ["a negative length"] = {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "protocol"},
  ["a length in hexadecimal"] = {"HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\na", "protocol"},
  ["length and chunks"] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "protocol"},
  ["an unknown coding"] = {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "protocol"},
  ["two codings"] = {
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "protocol"},
  ["chunks in HTTP/1.0"] = {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "protocol"},
  ["a chunk of no size"] = {CHUNKED .. "zz\r\nhalf\r\n0\r\n\r\n", "protocol"},
  ["a chunk of negative size"] = {CHUNKED .. "-1\r\n", "protocol"},
  ["a chunk longer than told"] = {CHUNKED .. "1\r\nab\r\n0\r\n\r\n", "protocol"},
  ["a size beyond numbers"] = {CHUNKED .. ("f"):rep(17) .. "\r\n", "protocol"},
  ["a chunk beyond the limit"] = {CHUNKED .. "fffffff\r\n", "too_large", open = true},
  ["chunks beyond the limit"] = {CHUNKED .. ("1f4\r\n" .. PAD:sub(1, 500)
    .. "\r\n"):rep(5), "too_large", open = true},
  ["long lines of chunks"] = {CHUNKED
    .. ("1;" .. PAD .. "\r\na\r\n"):rep(70), "too_large", open = true},
  ["a length beyond the limit"] = {"HTTP/1.1 200 OK\r\nContent-Length: 2001\r\n\r\n", "too_large", open = true},
  ["a length beyond numbers"] = {"HTTP/1.1 200 OK\r\nContent-Length: " .. ("9"):rep(400) .. "\r\n\r\n",
    "too_large", open = true},
  ["an end beyond the limit"] = {"HTTP/1.1 200 OK\r\n\r\n" .. PAD:rep(3), "too_large", open = true},
  ["headers without end"] = {"HTTP/1.1 200 OK\r\n" .. ("X: " .. PAD .. "\r\n"):rep(70), "too_large", open = true},
  ["a header without end"] = {"HTTP/1.1 200 OK\r\nX: " .. PAD:rep(70), "too_large", open = true},
  ["a trailer without end"] = {CHUNKED .. "0\r\n" .. ("X: " .. PAD .. "\r\n"):rep(70),
    "too_large", open = true},
  ["interim answers without end"] = {("HTTP/1.1 100 Continue\r\n\r\n"):rep(3000), "too_large", open = true},
}

-- What a failed answer's head tells none the less, for those above that have a whole one: {status, bytes of body}.
local CUT = {
  ["half a body"] = {200, 4}, ["half a chunk"] = {200, 4}, ["chunks without a last one"] = {200, 1},
  ["two lengths"] = {200, 0}, ["two lengths in one"] = {200, 0}, ["a negative length"] = {200, 0},
  ["a length in hexadecimal"] = {200, 0}, ["length and chunks"] = {200, 0}, ["an unknown coding"] = {200, 0},
  ["two codings"] = {200, 0}, ["chunks in HTTP/1.0"] = {200, 0}, ["a chunk of no size"] = {200, 0},
  ["a chunk of negative size"] = {200, 0}, ["a chunk longer than told"] = {200, 1},
  ["a size beyond numbers"] = {200, 0}, ["a chunk beyond the limit"] = {200, 0},
  ["chunks beyond the limit"] = {200, 2000}, ["a length beyond the limit"] = {200, 0},
  ["a length beyond numbers"] = {200, 0}, ["a trailer without end"] = {200, 0},
  ["long lines of chunks"] = {200, 66}, ["an end beyond the limit"] = {200, 2001},
}

describe("the reader of answers", function()
  --- Gives `raw` in pieces of `size` bytes, and then `last`.
  local function source(raw, size, last)
    local at = 1
    return function()
      if at > #raw then
        return nil, last
      end
      local piece = raw:sub(at, at + size - 1)
      at = at + size
      return piece
    end
  end

  for name, case in pairs(ANSWERS) do
    it("reads the same of " .. name .. ", however it is cut", function()
      for _, size in ipairs {1, 7, 1000000} do
        local receive = source(case[1], size, case.open and "asked for too much" or "closed")
        local answer, state, why = response.read(receive, "POST", 2000)
        if type(case[2]) == "string" then
          assert.is_nil(answer)
          assert.equal(case[2], state)
          assert.equal(state == "protocol", why ~= nil and why ~= "closed")
        else
          assert.same({case[2], case[3]}, {answer.status, answer.body})
          -- What comes behind the answer is seen only when it comes along with it.
          if size > 1 or case[4] then
            assert.equal(case[4], state)
          end
        end
      end
    end)
  end

  it("hands on the head of an answer that fails behind it, and of no other", function()
    for name, case in pairs(ANSWERS) do
      local _, code, _, cut = response.read(source(case[1], 1, "closed"), "POST", 2000)
      if type(case[2]) == "string" then
        assert.equal(case[2], code)
        assert.same(CUT[name], cut and {cut.status, cut.received}, name)
      end
    end
    local answer = "HTTP/1.1 100 Continue\r\nX-A: no\r\n\r\n"
      .. "HTTP/1.1 202 Accepted\r\nX-Process-Id: 7\r\nX-M: a\r\nx-m: b\r\nContent-Length: 9\r\n\r\nfive!"
    for _, size in ipairs {1, 1000} do
      for _, fault in ipairs {"closed", "timeout", "connection reset by peer"} do
        local _, code, _, cut = response.read(source(answer, size, fault), "POST", 10)
        assert.equal(fault == "timeout" and "timeout" or "closed", code)
        assert.same({status = 202, received = 5, headers = {
          ["X-Process-Id"] = "7", ["X-M"] = {"a", "b"}, ["Content-Length"] = "9",
        }}, cut)
      end
    end
  end)

  it("keeps names as received, and repeated ones as one array", function()
    local head = "HTTP/1.1 200 OK\r\nX-Many: one\r\nX-Empty:\r\nx-many:\ttwo \r\nX-MANY: three\r\n"
    local answer = assert(response.read(source(head .. "Content-Length: 0\r\n\r\n", 9), "GET", 1))
    assert.same({["X-Many"] = {"one", "two", "three"}, ["X-Empty"] = "", ["Content-Length"] = "0"}, answer.headers)
  end)

  it("expects no body of an answer to HEAD", function()
    local receive = source("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 99, "closed")
    local answer, reusable = response.read(receive, "HEAD", 1)
    assert.equal("", answer.body)
    assert.is_true(reusable)
  end)

  it("tells a timeout, and any other fault as closed", function()
    for told, code in pairs {timeout = "timeout", closed = "closed", ["connection reset by peer"] = "closed"} do
      local _, state = response.read(source("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", 99, told), "GET", 10)
      assert.equal(code, state)
    end
    -- A body that lasts until the end is not whole when the connection was broken.
    local _, state = response.read(source("HTTP/1.1 200 OK\r\n\r\nabc", 99, "connection reset by peer"), "GET", 10)
    assert.equal("closed", state)
  end)
end)

-- In nginx, exchanges are asked for by JSON: {request, options} in, {answer, failure} out.
local CONF = [[
lua_ssl_trusted_certificate SITE/ca.pem;
lua_socket_log_errors off;
client_body_buffer_size 32m;
client_max_body_size 32m;
resolver DNS ipv6=off;
init_by_lua_block {
  local cjson = require "cjson"
  local make = require "reseal.transport.cosocket"
  transports = {default = make(), hasty = make {send_timeout = 0.3, read_timeout = 0.3}, alone = make {idle = 0}}
  local _, early = transports.default {method = "GET", url = "http://127.0.0.1/"}

  function exchange(asked)
    if asked.early then return {failure = early} end
    if asked.request.long then asked.request.body = ("x"):rep(asked.request.long) end
    local before = ngx.now()
    local answer, failure = transports[asked.with or "default"](asked.request, asked.options)
    ngx.update_time()
    return {answer = answer, failure = failure, seconds = ngx.now() - before}
  end

  function asked_for()
    ngx.req.read_body()
    return cjson.decode(ngx.req.get_body_data())
  end

  function respond(told) ngx.print(cjson.encode(told)) ngx.exit(200) end

  -- Sends what it was sent, in pieces; then it waits for an end, or makes one.
  function raw()
    ngx.req.read_body()
    local body, arguments = ngx.req.get_body_data() or "", ngx.req.get_uri_args()
    local socket = assert(ngx.req.socket(true))
    local size = tonumber(arguments.size) or #body
    for at = 1, #body, size do
      if not socket:send(body:sub(at, at + size - 1)) then return end
      ngx.sleep(tonumber(arguments.pause) or 0)
    end
    ngx.sleep(tonumber(arguments.hold) or 0)
  end
}
server {
  listen 127.0.0.1:@port@;
  location = /content { content_by_lua_block { respond(exchange(asked_for())) } }
  location = /access { access_by_lua_block { respond(exchange(asked_for())) } }
  location = /rewrite { rewrite_by_lua_block { respond(exchange(asked_for())) } }
  location = /header {
    content_by_lua_block { asked = asked_for() ngx.print("") }
    header_filter_by_lua_block {
      told = exchange(asked)
      ngx.header["X-Code"] = told.failure.code .. " " .. tostring(told.failure.sent)
    }
  }
  location = /timer {
    content_by_lua_block {
      local asked, told = asked_for(), nil
      local done = require("ngx.semaphore").new()
      assert(ngx.timer.at(0, function() told = exchange(asked) done:post() end))
      assert(done:wait(5))
      respond(told)
    }
  }
  location = /many {
    content_by_lua_block {
      local threads, wrong = {}, {}
      local url = asked_for().url
      for i = 1, 50 do
        threads[i] = ngx.thread.spawn(function()
          for j = 1, 5 do
            local body = ("%d-%d:"):format(i, j):rep(i * 40)
            local answer, failure = transports.default {method = "POST", url = url, body = body}
            if not answer or answer.body:match("\r\n\r\n(.*)$") ~= body then
              wrong[#wrong + 1] = failure and failure.message or "mixed up"
            end
          end
        end)
      end
      for i = 1, 50 do assert(ngx.thread.wait(threads[i])) end
      respond({wrong = #wrong, first = wrong[1] or ""})
    }
  }
}
server {
  listen 127.0.0.1:@port:raw@;
  location / { content_by_lua_block { raw() } }
}
server {
  listen 127.0.0.1:@port:sni@ ssl;
  ssl_certificate SITE/other.pem;
  ssl_certificate_key SITE/other.key;
  location / { return 200 $ssl_server_name; }
}
]]

describe("the cosocket transport", function()
  local site, names, gate, frozen, handle
  local http

  setup(function()
    site = server.start()
    names = dns.start("127.0.0.1")
    http = "http://127.0.0.1:" .. site.port
    local conf = CONF:gsub("SITE", (site.dir:gsub("%%", "%%%%"))):gsub("DNS", names.address)
    gate = nginx.start(conf)
    handle = assert(curl.new())
    -- It accepts connections, as its kernel does so, and never says a word.
    frozen = nginx.start("server { listen 127.0.0.1:@port@; }")
    frozen.signal "STOP"
  end)

  teardown(function()
    frozen.signal "CONT"
    frozen.stop()
    handle:close()
    gate.stop()
    names.stop()
    site.stop()
  end)

  --- Has the transport carry out a request, in the given phase of nginx.
  local function ask(asked, phase)
    local answer = assert(handle:perform({
      method = "POST",
      url = ("http://127.0.0.1:%d/%s"):format(gate.port, phase or "content"),
      headers = {["Content-Type"] = "application/json"},
      body = cjson.encode(asked),
    }, {max_body = 50000000}))
    assert.equal(200, answer.status, gate.log())
    return cjson.decode(answer.body)
  end

  local function exchange(request, options, with)
    local told = ask {request = request, options = options, with = with}
    return told.answer, told.failure, told.seconds
  end

  local function get(path, options, with)
    return exchange({method = "GET", url = http .. path}, options, with)
  end

  --- A request that carries a secret wherever one could stand.
  local function post(url, options, body, with)
    local headers = {Authorization = "ApiKey " .. SECRET, ["Content-Type"] = "application/json"}
    return exchange({method = "POST", url = url, headers = headers, body = body or SECRET}, options, with)
  end

  --- The answer to a POST of `bytes` to a server that sends them back as they are. It also ends the connection, which
  --- is not always noticed in time where that is a kept one.
  local function raw(bytes, query, options, with)
    options = options or {}
    options.fresh = options.fresh == nil or options.fresh
    local url = ("http://127.0.0.1:%d/?%s"):format(gate.ports.raw, query or "")
    return exchange({method = "POST", url = url, body = bytes}, options, with)
  end

  local function hits(path)
    return tonumber(assert(get("/hits" .. path)).body)
  end

  local function assert_failure(code, sent, answer, err)
    assert.is_nil(answer)
    assert.equal(code, err.code, err.message)
    assert.equal(sent, err.sent, err.message)
    assert.is_nil(err.message:find(SECRET, 1, true))
    assert.is_nil(err.message:find("[%c]"))
    assert.is_true(#err.message > 10)
    return err
  end

  describe("sends", function()
    it("exactly the method, path, headers and body given", function()
      local r = assert(post(http .. "/echo?a=%20b#fragment", nil, "a=1\0b"))
      assert.equal(200, r.status)
      local lines, body = r.body:match("^(.-)\r\n\r\n(.*)$")
      assert.equal("a=1\0b", body)
      local seen = {}
      for line in lines:gmatch("[^\r\n]+") do
        seen[#seen + 1] = line
      end
      assert.same({
        "POST /echo?a=%20b HTTP/1.1",
        "Host: 127.0.0.1:" .. site.port,
        "Authorization: ApiKey " .. SECRET,
        "Content-Type: application/json",
        "Accept: */*",
        "Content-Length: 5",
      }, seen)
    end)

    it("an empty header, and a path where there is none", function()
      local r = assert(exchange {method = "GET", url = http .. "/echo", headers = {["X-Empty"] = "", Accept = "a/b"}})
      assert.is_truthy(r.body:find("\r\nX-Empty: \r\n", 1, true))
      assert.is_nil(r.body:find("*/*", 1, true))
      assert.equal("other.example", assert(exchange {method = "GET",
        url = "https://other.example:" .. gate.ports.sni .. "?x"}).body)
    end)

    it("a large body whole", function()
      local r = assert(exchange {method = "PUT", url = http .. "/echo", long = 3000000})
      assert.is_nil(r.body:find("Expect", 1, true))
      assert.equal(("x"):rep(3000000), r.body:match("\r\n\r\n(.*)$"))
    end)

    for _, method in ipairs {"GET", "POST", "PUT", "PATCH", "DELETE"} do
      it(method .. " with and without a body", function()
        local request = {method = method, url = http .. "/echo"}
        local r = assert(exchange(request))
        assert.equal(method .. " /echo", r.body:match("^%u+ /echo"))
        assert.equal(method ~= "GET", r.body:find("\r\nContent-Length: 0\r\n", 1, true) ~= nil)
        request.body = "the body"
        assert.equal("the body", assert(exchange(request)).body:match("\r\n\r\n(.*)$"))
      end)
    end

    it("HEAD, and reads no body", function()
      local r = assert(exchange {method = "HEAD", url = http .. "/large-announced"})
      assert.equal("2000", r.headers["Content-Length"])
      assert.equal("", r.body)
    end)
  end)

  describe("receives", function()
    it("headers as named, repeated ones as an array", function()
      local r = assert(get("/repeated"))
      assert.same({"one", "two", "three"}, r.headers["X-Many"])
      assert.equal("a=b", r.headers["Set-Cookie"])
      assert.equal("text/plain", r.headers["Content-Type"])
      assert.equal("ok", r.body)
    end)

    it("chunked bodies, interim answers, bodies until the end, none at all", function()
      -- Afresh: the server closes behind this answer without having said so, which the next request might meet.
      local r = assert(get("/chunked", {fresh = true}))
      assert.equal("abcdef", r.body)
      assert.is_nil(r.headers["X-Trailer"])
      r = assert(get("/early", {fresh = true}))
      assert.same({201, "yes", "ok"}, {r.status, r.headers["X-Final"], r.body})
      assert.is_nil(r.headers["X-Hint"])
      assert.equal("all of it", assert(get("/until-close")).body)
      r = assert(get("/no-content"))
      assert.same({204, ""}, {r.status, r.body})
    end)

    it("a redirect as it is", function()
      local before = hits("/echo")
      local r = assert(get("/redirect"))
      assert.equal(302, r.status)
      assert.equal(before, hits("/echo"))
    end)

    it("a body of exactly max_body bytes, and not one more", function()
      assert.equal(2000, #assert(get("/large", {max_body = 2000})).body)
      assert_failure("too_large", true, get("/large", {max_body = 1999}))
      assert_failure("too_large", true, get("/large-announced", {max_body = 1999}))
    end)

    it("an answer that comes byte by byte", function()
      local answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      local r = assert(raw(answer, "size=1&pause=0.001"))
      assert.same({200, "abc", "y"}, {r.status, r.body, r.headers.X})
    end)
  end)

  describe("fails with", function()
    it("what the answer's fault is, sent", function()
      for name, case in pairs(ANSWERS) do
        if type(case[2]) == "string" then
          local err = assert_failure(case[2], true,
            raw(case[1], case.open and "hold=1" or "", {max_body = 2000, timeout = 5}))
          if CUT[name] then
            assert.equal(CUT[name][1], err.status, name)
            assert.is_true(err.received >= 0 and type(err.headers) == "table", name)
          else
            assert.same({}, {err.status, err.headers, err.received}, name)
          end
        else
          assert.same({case[2], case[3]}, {(raw(case[1])).status, (raw(case[1])).body}, name)
        end
      end
      assert_failure("too_large", true, get("/many-headers"))
      assert_failure("too_large", true, get("/long-header"))
    end)

    it("the head of an answer that was cut in its body, and how much had come", function()
      local err = assert_failure("closed", true, post(http .. "/cut-order", {fresh = true}))
      assert.same({202, 4}, {err.status, err.received})
      assert.same({["X-Process-Id"] = "123456", ["X-Many"] = {"one", "two"}, ["Content-Length"] = "100"}, err.headers)
      err = assert_failure("timeout", true, post(http .. "/slow-body", {timeout = 0.3}))
      assert.same({200, 5}, {err.status, err.received})
      err = assert_failure("closed", true, post(http .. "/early-cut", {fresh = true}))
      assert.same({}, {err.status, err.headers, err.received})
    end)

    it("closed when the peer goes away, having asked once", function()
      local before = hits("/drop")
      assert_failure("closed", true, post(http .. "/drop", {fresh = true}))
      assert.equal(before + 1, hits("/drop"))
      assert_failure("closed", true, exchange {method = "POST", long = 20000000,
        url = "https://localhost:" .. site.ports.good .. "/reset"})
    end)

    it("timeout when the answer takes too long, as a whole", function()
      for _, path in ipairs {"/slow", "/slow-body"} do
        local answer, err, seconds = post(http .. path, {timeout = 0.3})
        assert_failure("timeout", true, answer, err)
        assert.is_true(seconds >= 0.29 and seconds < 1, seconds)
        assert_failure("timeout", true, post(http .. path, {timeout = 30}, nil, "hasty"))
      end
      -- Each byte comes in time; all of them don't.
      local slow = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
      local answer, err, seconds = raw(slow, "size=1&pause=0.1", {timeout = 0.5})
      assert_failure("timeout", true, answer, err)
      assert.is_true(seconds >= 0.45 and seconds < 1, seconds)
    end)

    it("timeout when the peer stops reading", function()
      local answer, err, seconds = exchange({method = "POST", url = "http://127.0.0.1:" .. frozen.port .. "/",
        long = 20000000}, {timeout = 0.5})
      assert_failure("timeout", true, answer, err)
      assert.is_truthy(err.message:find("did not take", 1, true))
      assert.is_true(seconds >= 0.45 and seconds < 1.5, seconds)
      assert_failure("timeout", true, exchange({method = "POST", url = "http://127.0.0.1:" .. frozen.port .. "/",
        long = 20000000}, {timeout = 30}, "hasty"))
    end)

    it("connect, not sent, when nobody listens, answers or is known by the name", function()
      local closed = assert(system.free_port())
      assert_failure("connect", false, post("http://127.0.0.1:" .. closed .. "/"))
      assert_failure("connect", false, post("http://[::1]:" .. closed .. "/"))
      assert_failure("connect", false, post("https://localhost:" .. closed .. "/"))
      local answer, err, seconds = post("https://localhost:" .. frozen.port .. "/", {connect_timeout = 0.3})
      assert_failure("connect", false, answer, err)
      assert.is_truthy(err.message:find("TLS", 1, true))
      assert.is_true(seconds >= 0.29 and seconds < 1, seconds)
      assert_failure("connect", false, post("https://localhost:" .. frozen.port .. "/", {timeout = 0.3}))
    end)

    it("bad_url for what is neither https nor loopback http", function()
      for _, url in ipairs {
        "http://192.0.2.1/", "http://example.com/", "http://127.0.0.1.example.com/", "http://localhost.example.com/",
        "http://127.0.0.256/", "http://127.1/", "http://[::2]/", "ftp://127.0.0.1/", "file:///etc/hostname",
        "example.com",
        "", "https://", "https:///", "https://user:" .. SECRET .. "@localhost/", "https://localhost@example.com/",
        "https://example.com\\@localhost/", http .. "/echo\0x", http .. "/a b", http .. "/\r\nX: y",
        "http://127.0.0.1:99999/", "http://127.0.0.1:0/", "https://[::1/", "https://" .. ("a"):rep(300) .. "/",
      } do
        assert_failure("bad_url", false, post(url))
      end
    end)

    it("bad_url by the rule that holds everywhere", function()
      for _, url in ipairs(urls.refused) do
        assert_failure("bad_url", false, post(url))
      end
      for _, url in ipairs(urls.loopback) do
        assert_failure("connect", false, post(url))
      end
    end)

    it("bad_header and bad_method for what would break the request", function()
      local before = hits("/echo")
      local function with(name, value)
        return exchange {method = "GET", url = http .. "/echo", headers = {[name] = value}}
      end
      for _, value in ipairs {"a\r\nX-B: " .. SECRET, SECRET .. "\n", SECRET .. "\r", SECRET .. "\0",
        ("a"):rep(65537)} do
        assert_failure("bad_header", false, with("X-A", value))
      end
      for _, name in ipairs {"X A", "X:A", "X\0A", "X\r\nA", "", "Content-Length", "transfer-encoding", "Host",
        "Connection", "Expect"} do
        assert_failure("bad_header", false, with(name, "1"))
      end
      for _, method in ipairs {"GET /", "GET\0", "get", "CONNECT", "TRACE", ""} do
        assert_failure("bad_method", false, exchange {method = method, url = http .. "/echo"})
      end
      assert.equal(before, hits("/echo"))
    end)
  end)

  describe("over TLS", function()
    local function https(name)
      return "https://localhost:" .. site.ports[name] .. "/echo"
    end

    it("talks to a certificate of the given authority, and names the host", function()
      local r = assert(post(https("good")))
      assert.equal(SECRET, r.body:match("\r\n\r\n(.*)$"))
      assert.equal("other.example", assert(exchange {method = "GET",
        url = "https://OTHER.example:" .. gate.ports.sni .. "/"}).body)
    end)

    -- ngx_lua's handshake can return success for a certificate that it has refused.
    for _, name in ipairs {"other", "expired", "unknown"} do
      it("sends nothing to a certificate that is bad: " .. name, function()
        local before = hits("/echo")
        for _ = 1, 20 do
          assert_failure("tls", false, post(https(name)))
          assert_failure("tls", false, post(https(name), {fresh = true}))
        end
        assert.equal(before, hits("/echo"))
      end)
    end

    it("checks the name also where an address is asked for, and another name on the same port", function()
      assert_failure("tls", false, post("https://127.0.0.1:" .. site.ports.good .. "/echo"))
      assert(exchange {method = "GET", url = "https://other.example:" .. gate.ports.sni .. "/"})
      assert_failure("tls", false, post("https://another.example:" .. gate.ports.sni .. "/"))
    end)

    it("fails where the peer speaks no TLS", function()
      assert_failure("tls", false, post("https://localhost:" .. site.port .. "/echo"))
    end)
  end)

  describe("with a kept connection", function()
    local function connection(options, url, with)
      return assert(exchange({method = "GET", url = url or http .. "/echo"}, options, with)).headers["X-Connection"]
    end

    it("uses it again, but not when a fresh one is asked for, nor that one again", function()
      local first = connection()
      assert.equal(first, connection())
      local fresh = connection {fresh = true}
      assert.not_equal(first, fresh)
      assert.not_equal(fresh, connection {fresh = true})
      assert.equal(first, connection())
      assert.not_equal(connection(nil, nil, "alone"), connection(nil, nil, "alone"))
    end)

    it("does so over TLS", function()
      local url = "https://localhost:" .. site.ports.good .. "/echo"
      assert.equal(connection(nil, url), connection(nil, url))
      assert.not_equal(connection(nil, url), connection({fresh = true}, url))
    end)

    it("keeps none whose answer was not whole, or was followed by more", function()
      local answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
      local more = answer .. "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
      for _ = 1, 3 do
        assert.equal("a", assert(raw(more, "hold=1", {fresh = false})).body)
        assert.equal("a", assert(raw(more, "hold=1&pause=0.02&size=" .. #answer, {fresh = false})).body)
        system.sleep(0.1)
      end
      local before = connection()
      assert_failure("timeout", true, get("/slow", {timeout = 0.1}))
      assert.not_equal(before, connection())
    end)

    it("sends a request once, when it ends without an answer", function()
      local before = hits("/drop")
      assert(get("/echo"))
      assert_failure("closed", true, get("/drop"))
      assert.equal(before + 1, hits("/drop"))
    end)

    it("notices that the server closed it while idle", function()
      local url = "http://127.0.0.1:" .. site.ports.impatient .. "/echo"
      assert(post(url))
      system.sleep(0.4)
      assert.equal(200, assert(post(url)).status)
    end)
  end)

  describe("in nginx", function()
    for _, phase in ipairs {"content", "access", "rewrite", "timer"} do
      it("works in the phase " .. phase, function()
        local told = ask({request = {method = "POST", url = http .. "/echo", body = phase}}, phase)
        assert.equal(phase, told.answer.body:match("\r\n\r\n(.*)$"))
      end)
    end

    it("says that nothing was sent where there are no sockets", function()
      assert_failure("connect", false, nil, ask({early = true}).failure)
      local answer = assert(handle:perform {method = "POST", url = ("http://127.0.0.1:%d/header"):format(gate.port),
        body = cjson.encode {request = {method = "POST", url = http .. "/echo"}}})
      assert.equal("connect false", answer.headers["X-Code"])
    end)

    it("keeps fifty requests at once apart", function()
      assert.same({wrong = 0, first = ""}, ask({url = http .. "/echo"}, "many"))
    end)
  end)
end)
