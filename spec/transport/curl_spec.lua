local curl = require "reseal.curl"
local new_transport = require "reseal.transport.curl"
local server = require "spec.support.server"
local system = require "reseal.system"

local SECRET = "0123456789abcdef"

describe("the libcurl transport", function()
  local site, http, handle

  local function get(path, options)
    return handle:perform({method = "GET", url = http .. path}, options)
  end

  --- A request that carries a secret wherever one could stand.
  local function post(url, options, body)
    return handle:perform({
      method = "POST",
      url = url,
      headers = {Authorization = "ApiKey " .. SECRET, ["Content-Type"] = "application/json"},
      body = body or SECRET,
    }, options)
  end

  local function hits(path)
    return tonumber(assert(get("/hits" .. path)).body)
  end

  --- Runs a program (a format for `url`) by the Lua that runs this, with more in its environment; its exit code.
  local function run_child(program, url, ...)
    local path = site.dir .. "/child.lua"
    local file = assert(io.open(path, "w"))
    file:write(program:format(url))
    file:close()
    local words, first = _G.arg, 0 -- `arg` is another thing in a function of Lua 5.1 that has `...`
    while words[first - 1] do
      first = first - 1
    end
    local command = {"env", ...}
    command[#command + 1] = words[first]
    command[#command + 1] = path
    return system.run(command)
  end

  --- Checks a failure: its code, whether the request may have left, and that its message is a clean sentence.
  local function assert_failure(code, sent, answer, err)
    assert.is_nil(answer)
    assert.equal(code, err.code, err.message)
    assert.equal(sent, err.sent, err.message)
    assert.is_nil(err.message:find(SECRET, 1, true))
    assert.is_nil(err.message:find("[%c]"))
    assert.is_true(#err.message > 10)
    return err
  end

  setup(function()
    site = server.start()
    http = "http://127.0.0.1:" .. site.port
  end)
  teardown(function() site.stop() end)
  before_each(function() handle = assert(curl.new()) end)
  after_each(function() handle:close() end)

  describe("sends", function()
    it("exactly the method, path, headers and body given", function()
      local r = assert(post(http .. "/echo?a=%20b", nil, "a=1\0b"))
      assert.equal(200, r.status)
      local lines, body = r.body:match("^(.-)\r\n\r\n(.*)$")
      assert.equal("a=1\0b", body)
      local seen = {}
      for line in lines:gmatch("[^\r\n]+") do
        seen[#seen + 1] = line
      end
      assert.equal("POST /echo?a=%20b HTTP/1.1", table.remove(seen, 1))
      table.sort(seen)
      assert.same({
        "Accept: */*",
        "Authorization: ApiKey " .. SECRET,
        "Content-Length: 5",
        "Content-Type: application/json",
        "Host: 127.0.0.1:" .. site.port,
      }, seen)
    end)

    it("no content type that was not given, and an empty header", function()
      local request = {method = "POST", url = http .. "/echo", headers = {["X-Empty"] = ""}, body = "b"}
      local r = assert(handle:perform(request))
      assert.is_nil(r.body:find("Content-Type", 1, true))
      assert.is_truthy(r.body:find("\r\nX-Empty:\r\n", 1, true))
    end)

    it("nothing of an earlier request", function()
      assert(post(http .. "/echo"))
      local r = assert(get("/echo"))
      assert.equal("GET /echo HTTP/1.1", r.body:match("^[^\r]*"))
      assert.is_nil(r.body:find(SECRET, 1, true))
      assert.is_nil(r.body:find("Content-", 1, true))
    end)

    it("a large body without waiting for 100 Continue", function()
      local r = assert(post(http .. "/echo", nil, ("x"):rep(3000000)))
      assert.is_nil(r.body:find("Expect", 1, true))
      assert.is_true(#r.body > 3000000)
    end)

    for _, method in ipairs {"GET", "POST", "PUT", "PATCH", "DELETE"} do
      it(method .. " with and without a body", function()
        local request = {method = method, url = http .. "/echo"}
        assert.equal(method .. " /echo", assert(handle:perform(request)).body:match("^%u+ /echo"))
        request.body = "the body"
        assert.equal("the body", assert(handle:perform(request)).body:match("\r\n\r\n(.*)$"))
      end)
    end

    it("no cookie back", function()
      assert(get("/repeated"))
      assert.is_nil(assert(get("/echo")).body:find("Cookie", 1, true))
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

    it("a chunked body; its trailer is no header", function()
      local r = assert(get("/chunked"))
      assert.equal("abcdef", r.body)
      assert.is_nil(r.headers["X-Trailer"])
    end)

    it("the final answer after an interim one", function()
      local r = assert(get("/early"))
      assert.equal(201, r.status)
      assert.equal("yes", r.headers["X-Final"])
      assert.is_nil(r.headers["X-Hint"])
      assert.equal("ok", r.body)
    end)

    it("an answer without a body, and one that ends with the connection", function()
      local r = assert(get("/no-content"))
      assert.equal(204, r.status)
      assert.equal("", r.body)
      assert.equal("all of it", assert(get("/until-close")).body)
    end)

    it("a redirect as it is", function()
      local before = hits("/echo")
      local r = assert(get("/redirect"))
      assert.equal(302, r.status)
      assert.equal("/echo", r.headers.Location)
      assert.equal(before, hits("/echo"))
    end)

    it("a body of exactly max_body bytes, and not one more", function()
      assert.equal(2000, #assert(get("/large", {max_body = 2000})).body)
      assert_failure("too_large", true, get("/large", {max_body = 1999}))
      assert_failure("too_large", true, get("/large-announced", {max_body = 1999}))
    end)

    it("no more than 64 KiB of headers", function()
      assert_failure("too_large", true, get("/many-headers"))
      assert_failure("too_large", true, get("/long-header"))
    end)
  end)

  describe("fails with", function()
    it("closed when the peer goes away", function()
      for _, path in ipairs {"/drop", "/cut-head", "/cut-body", "/cut-chunk", "/bad-chunk"} do
        local before = hits(path)
        local err = assert_failure("closed", true, post(http .. path, {fresh = true}))
        assert.is_truthy(err.message:find("127.0.0.1", 1, true))
        assert.equal(before + 1, hits(path), path)
      end
    end)

    it("protocol when the answer is not HTTP", function()
      assert_failure("protocol", true, post(http .. "/garbage"))
    end)

    it("timeout when the answer, or the rest of it, takes too long", function()
      assert_failure("timeout", true, post(http .. "/slow", {timeout = 0.3}))
      assert_failure("timeout", true, post(http .. "/slow-body", {timeout = 0.3}))
    end)

    it("connect, not sent, when nobody listens or the name is unknown", function()
      local closed = assert(system.free_port())
      assert_failure("connect", false, post("http://127.0.0.1:" .. closed .. "/"))
      local err = assert_failure("connect", false, post("https://x.invalid/"))
      assert.is_truthy(err.message:find("x.invalid", 1, true))
    end)

    it("bad_url for what is neither https nor loopback http", function()
      for _, url in ipairs {
        "http://192.0.2.1/", "http://example.com/", "http://127.0.0.1.example.com/", "http://localhost.example.com/",
        "ftp://127.0.0.1/", "file:///etc/hostname", "example.com", "", "https://",
        "https://user:" .. SECRET .. "@localhost/", http .. "/echo\0x", "http://127.0.0.1:99999/",
      } do
        assert_failure("bad_url", false, post(url))
      end
    end)

    it("bad_header and bad_method for what would break the request", function()
      local before = hits("/echo")
      local function with(name, value)
        return handle:perform {method = "GET", url = http .. "/echo", headers = {[name] = value}}
      end
      assert_failure("bad_header", false, with("X-A", "a\r\nX-B: " .. SECRET))
      assert_failure("bad_header", false, with("X-A", SECRET .. "\n"))
      assert_failure("bad_header", false, with("X-A", SECRET .. "\0"))
      assert_failure("bad_header", false, with("X-A", ("a"):rep(65537)))
      assert_failure("bad_header", false, with("X A", "a"))
      assert_failure("bad_header", false, with("X:A", "a"))
      assert_failure("bad_header", false, with("X\0A", "a"))
      assert_failure("bad_header", false, with("", "a"))
      assert_failure("bad_method", false, handle:perform {method = "GET /", url = http .. "/echo"})
      assert_failure("bad_method", false, handle:perform {method = "GET\0", url = http .. "/echo"})
      assert_failure("bad_method", false, handle:perform {method = "HEAD", url = http .. "/echo"})
      assert.equal(before, hits("/echo"))
    end)
  end)

  -- The head of an answer may name what was ordered: it must not be lost with the body.
  describe("of an answer that is cut", function()
    it("in its body hands on the status, the headers, and how much had come", function()
      local _, err = post(http .. "/cut-order")
      assert_failure("closed", true, nil, err)
      assert.same({202, 4}, {err.status, err.received})
      assert.same({["X-Process-Id"] = "123456", ["X-Many"] = {"one", "two"}, ["Content-Length"] = "100"},
        err.headers)
      for path, told in pairs {
        ["/cut-chunk"] = {"closed", 200, 4, "chunked"},
        ["/bad-chunk"] = {"closed", 200, 0, "chunked"},
        ["/cut-trailer"] = {"closed", 200, 4, "chunked"},
        ["/slow-body"] = {"timeout", 200, 5, "chunked"},
      } do
        _, err = post(http .. path, {timeout = 0.5})
        assert.same(told, {err.code, err.status, err.received, err.headers["Transfer-Encoding"]}, path)
      end
      for _, path in ipairs {"/large", "/large-announced"} do
        err = select(2, get(path, {max_body = 1999}))
        assert.same({"too_large", 200, 2000}, {err.code, err.status, err.received})
      end
    end)

    it("after an interim one hands on the final one's head only", function()
      local _, err = get("/early-cut-body")
      assert.same({201, 1, "yes"}, {err.status, err.received, err.headers["X-Final"]})
      assert.is_nil(err.headers["X-Hint"])
      _, err = get("/early-cut")
      assert.same({"closed"}, {err.code, err.status, err.headers, err.received})
    end)

    it("before its head was whole hands on nothing, also not of an earlier one", function()
      for _, path in ipairs {"/cut-head", "/drop", "/garbage", "/many-headers", "/slow"} do
        assert(get("/repeated"))
        local _, err = get(path, {timeout = 0.3, fresh = true})
        assert.is_true(err.sent)
        assert.same({}, {err.status, err.headers, err.received}, path)
      end
      local _, err = get("/echo\0")
      assert.same({"bad_url"}, {err.code, err.status, err.headers, err.received})
    end)
  end)

  describe("over TLS", function()
    local function https(name)
      return "https://localhost:" .. site.ports[name] .. "/echo"
    end

    before_each(function()
      handle:close()
      handle = assert(curl.new {ca_file = site.dir .. "/ca.pem"})
    end)

    it("talks to a certificate of the given authority", function()
      local r = assert(post(https("good")))
      assert.equal(SECRET, r.body:match("\r\n\r\n(.*)$"))
    end)

    it("takes the authority from a hashed folder too", function()
      local pipe = assert(io.popen("openssl x509 -subject_hash -noout -in '" .. site.dir .. "/ca.pem'"))
      local hash = assert(pipe:read("*l"))
      pipe:close()
      local folder = assert(system.mkdtemp("reseal-ca-"))
      finally(function() system.remove_tree(folder) end)
      assert.equal(0, system.run {"cp", site.dir .. "/ca.pem", folder .. "/" .. hash .. ".0"})
      handle:close()
      handle = assert(curl.new {ca_path = folder})
      assert.equal(200, assert(post(https("good"))).status)
      assert_failure("tls", false, post(https("unknown")))
    end)

    for _, name in ipairs {"other", "expired", "unknown"} do
      it("sends nothing to a certificate that is bad: " .. name, function()
        local before = hits("/echo")
        assert_failure("tls", false, post(https(name)))
        assert.equal(before, hits("/echo"))
      end)
    end

    it("trusts the system's authorities only, unless told otherwise", function()
      handle:close()
      handle = assert(curl.new())
      assert_failure("tls", false, post(https("good")))
      handle:close()
      handle = assert(curl.new {ca_file = site.dir .. "/missing.pem"})
      assert_failure("tls", false, post(https("good")))
    end)

    it("checks the name also where an address is asked for", function()
      assert_failure("tls", false, post("https://127.0.0.1:" .. site.ports.good .. "/echo"))
    end)

    it("fails where the peer speaks no TLS", function()
      assert_failure("tls", false, post("https://localhost:" .. site.port .. "/echo"))
    end)

    it("survives a peer that resets while the body is on its way", function()
      local err = assert_failure("closed", true, post(
        "https://localhost:" .. site.ports.good .. "/reset", nil, ("x"):rep(20000000)))
      assert.is_truthy(err.message:find("localhost", 1, true))
    end)
  end)

  describe("with a kept connection", function()
    local function connection(options)
      return assert(get("/echo", options)).headers["X-Connection"]
    end

    it("uses it again, or not when asked for a fresh one", function()
      local first = connection()
      assert.equal(first, connection())
      assert.not_equal(first, connection {fresh = true})
    end)

    -- libcurl repeats a request, also a POST, when a kept connection ends without an answer. What costs money
    -- would then be bought twice.
    it("sends a request once, when it ends without an answer", function()
      local before = hits("/drop")
      assert(get("/echo"))
      assert_failure("closed", true, post(http .. "/drop"))
      assert.equal(before + 1, hits("/drop"))
      assert(get("/echo"))
      assert_failure("closed", true, get("/drop"))
      assert.equal(before + 2, hits("/drop"))
      assert.equal(200, assert(get("/echo")).status)
    end)

    it("notices that the server closed it while idle", function()
      local url = "http://127.0.0.1:" .. site.ports.impatient .. "/echo"
      assert(post(url))
      system.sleep(0.4)
      assert.equal(200, assert(post(url)).status)
    end)

    it("does not hand it to programs started later", function()
      -- The TCP sockets that a child has; none where there is no /proc.
      local count = [[
        inodes=$(ls -l /proc/self/fd 2>/dev/null | sed -n 's/.*socket:.\([0-9]*\).*/ \1 /p')
        exit "$(for i in $inodes; do grep " $i " /proc/net/tcp; done | wc -l)"
      ]]
      local before = system.run {"sh", "-c", count}
      assert(get("/echo"))
      assert.equal(before, system.run {"sh", "-c", count})
    end)
  end)

  -- Two processes that read from one connection get each other's answers; and what one says on it, even a farewell, the
  -- other has to live with. (Of the Luas here only LuaJIT can fork.)
  if rawget(_G, "jit") then
    it("shares no connection with a forked child, nor ends its parent's there", function()
      assert.equal(0, run_child([[
        local ffi = require "ffi"
        ffi.cdef "int fork(void); int waitpid(int, int *, int); void _exit(int);"
        local curl = require "reseal.curl"
        local function fork(act)
          local pid = ffi.C.fork()
          if pid == 0 then
            local ok, err = pcall(act)
            if not ok then io.stderr:write(tostring(err), "\n") end
            ffi.C._exit(ok and 0 or 1)
          end
          local state = ffi.new("int[1]")
          assert(ffi.C.waitpid(pid, state, 0) == pid and state[0] == 0, "the child failed")
        end
        local function sockets()
          local pipe = assert(io.popen("ls -l /proc/$PPID/fd 2>/dev/null | grep -c socket:"))
          local count = pipe:read("*n")
          pipe:close()
          return count
        end
        local t = assert(curl.new { ca_file = os.getenv("CA") })
        local function connection()
          return assert(t:perform { method = "GET", url = %q }).headers["X-Connection"]
        end
        local own, open = connection(), sockets()
        fork(function()
          local first = connection()
          assert(first ~= own, "one connection for both")
          assert(connection() == first, "the child's connection is not kept")
          assert(sockets() == open, "the child holds its parent's connection")
        end)
        assert(connection() == own, "the child's first request ended its parent's connection")
        fork(function() t:close() end)
        assert(connection() == own, "the child's close ended its parent's connection")
        fork(function()
          t = nil
          collectgarbage() collectgarbage()
        end)
        assert(connection() == own, "the child's collector ended its parent's connection")
      ]], "https://localhost:" .. site.ports.good .. "/echo", "CA=" .. site.dir .. "/ca.pem"))
    end)
  end

  describe("and proxies:", function()
    it("one that refuses means that nothing was sent", function()
      handle:close()
      handle = assert(curl.new {proxy = http})
      assert_failure("connect", false, post("https://x.invalid/"))
      assert.is_truthy(site.log():find("CONNECT x.invalid:443", 1, true))
    end)

    it("loopback goes around it", function()
      handle:close()
      handle = assert(curl.new {proxy = "http://127.0.0.1:" .. assert(system.free_port())})
      assert.equal(200, assert(get("/echo")).status)
    end)

    it("the environment's are not used", function()
      local nowhere = "http://127.0.0.1:" .. assert(system.free_port())
      assert.equal(0, run_child([[
        local t = assert(require("reseal.curl").new())
        local r = assert(t:perform { method = "GET", url = %q })
        os.exit(r.status == 200 and 0 or 1)
      ]], http .. "/echo", "http_proxy=" .. nowhere, "ALL_PROXY=" .. nowhere))
    end)
  end)

  describe("as a Lua object", function()
    it("closes more than once, and then refuses to work", function()
      local t = assert(curl.new())
      t:close()
      t:close()
      assert.has_error(function() t:perform {method = "GET", url = http} end)
    end)

    it("raises for a programmer's mistake", function()
      for _, arguments in ipairs {
        {}, {"url"}, {{}}, {{method = "GET"}}, {{method = "GET", url = 1}},
        {{method = "GET", url = http, headers = "x"}}, {{method = "GET", url = http, headers = {"x"}}},
        {{method = "GET", url = http, headers = {a = 1}}}, {{method = "GET", url = http, body = {}}},
        {{method = "GET", url = http}, {timeout = -1}}, {{method = "GET", url = http}, {timeout = "1"}},
        {{method = "GET", url = http}, {max_body = 0}}, {{method = "GET", url = http}, 5},
        {{method = "GET", url = http}, {connect_timeout = 0 / 0}},
      } do
        assert.has_error(function() handle:perform(arguments[1], arguments[2]) end)
      end
      assert.has_error(function() curl.new("x") end)
      assert.has_error(function() curl.new {ca_file = true} end)
      assert.has_error(function() curl.new {ca_file = "a\0b"} end)
      assert.equal(200, assert(get("/echo")).status)
    end)

    it("closed by a metamethod of the request or its options refuses to work", function()
      for _, name in ipairs {"timeout", "fresh", "method", "url", "body", "headers"} do
        local t = assert(curl.new())
        local function closing(fields)
          return setmetatable({}, {__index = function(_, key)
            if key == name then
              t:close()
            end
            return fields[key]
          end})
        end
        local ok, err = pcall(function()
          return t:perform(closing {method = "GET", url = http .. "/echo", headers = {A = "b"}}, closing {})
        end)
        assert.is_false(ok)
        assert.is_truthy(err:find("closed", 1, true))
      end
    end)

    -- In a program of its own, whose heap is small: the collector then runs while an answer is being converted.
    it("is not disturbed by finalisers that use or close it", function()
      assert.equal(0, run_child([[
        local handle = assert(require("reseal.curl").new())
        local url = %q
        local newproxy = rawget(_G, "newproxy") -- what has finalisers on 5.1
        local busy, nested, closing = false, 0, false
        local function litter()
          local function finish()
            if busy then
              busy, nested = false, nested + 1
              assert(handle:perform { method = "GET", url = url .. "/repeated" })
              if closing then handle:close() end
            end
          end
          if newproxy then
            getmetatable(newproxy(true)).__gc = finish
          else
            setmetatable({}, { __gc = finish })
          end
        end
        collectgarbage("setpause", 1)
        collectgarbage("setstepmul", 1000)
        for i = 1, 100 do
          closing = i == 100
          local body = ("%%d,"):format(i):rep(9000)
          for _ = 1, 10 do litter() end
          -- With some help, and without, the end of a cycle comes at every place in turn.
          if i > 50 then collectgarbage("step", i %% 50) end
          busy = true
          local ok, r = pcall(handle.perform, handle, { method = "POST", url = url .. "/echo", body = body })
          busy = false
          if ok then
            assert(r.status == 200 and r.headers["Content-Type"] == "text/plain")
            assert(r.body:match("\r\n\r\n(.*)$") == body)
          else
            assert(closing and r:find("closed", 1, true), r)
          end
        end
        assert(nested > 0)
      ]], http))
    end)

    it("does not take another object for one of its own", function()
      local meta = debug.getmetatable(handle)
      for _, other in ipairs {io.stdout, 5, {}} do
        assert.is_false((pcall(meta.__gc, other)))
        assert.is_false((pcall(meta.__index.close, other)))
      end
      assert.is_false((pcall(meta.__gc)))
      assert.equal(200, assert(get("/echo")).status)
    end)

    it("hides its metatable", function() assert.equal("string", type(getmetatable(handle))) end)
  end)

  describe("as a transport function", function()
    it("answers like the handle", function()
      local transport = new_transport {ca_file = site.dir .. "/ca.pem"}
      local r = assert(transport {method = "GET", url = "https://localhost:" .. site.ports.good .. "/echo"})
      assert.equal("GET /echo HTTP/1.1", r.body:match("^[^\r]*"))
      assert_failure("timeout", true, transport({method = "GET", url = http .. "/slow"}, {timeout = 0.2}))
      assert_failure("bad_url", false, transport {method = "GET", url = "http://example.com/"})
    end)

    it("closes its connections, and opens new ones when asked again", function()
      local transport, close = new_transport()
      local function connection()
        return assert(transport {method = "GET", url = http .. "/echo"}).headers["X-Connection"]
      end
      close()
      local first = connection()
      assert.equal(first, connection())
      close()
      close()
      assert.not_equal(first, connection())
    end)
  end)
end)
