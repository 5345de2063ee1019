-- resty.reseal in nginx: the clients, against the sandbox and against a seller that answers by itself.
local cjson = require "cjson"
local curl = require "reseal.curl"
local fixture = require "spec.support.fixture"
local nginx = require "spec.support.nginx"
local sandboxes = require "spec.support.sandbox"

local KEY = "56b4c87ef4fd49cb96d915c0db68194"

-- The answer that https://www.namecheap.com/support/api/methods/ssl/renew/ prints.
local RENEWED = fixture.xml {
  command = "namecheap.ssl.renew",
  result = '<SSLRenewResult CertificateID="123456" SSLType="PositiveSSL" Years="1" OrderId="1234567"'
    .. ' TransactionId="1234567" ChargedAmount="9.0000"/>',
}.body

local INFO = fixture.xml {
  command = "namecheap.ssl.getInfo",
  result = '<SSLGetInfoResult Status="active" StatusDescription="x" Type="PositiveSSL" IssuedOn="6/1/2026"'
    .. ' Expires="@id@" ActivationExpireDate="" OrderId="@id@" SANSCount="0"><CertificateDetails/></SSLGetInfoResult>',
}.body

local CONF = [[
lua_shared_dict reseal 1m;
lua_socket_log_errors off;
init_by_lua_block {
  cjson = require "cjson"
  reseal = require "resty.reseal"
  reseal.init {}
  local function account(provider, endpoint, options)
    local all = {endpoint = endpoint}
    for name, value in pairs(ACCOUNTS[provider]) do all[name] = value end
    for name, value in pairs(options or {}) do all[name] = value end
    return assert(reseal[provider](all))
  end
  ACCOUNTS = cjson.decode [=[ACCOUNT]=]
  clients = {
    namecheap = account("namecheap", "SANDBOX"),
    realtimeregister = account("realtimeregister", "SANDBOX"),
    hasty = account("namecheap", "SANDBOX", {timeout = 0.5, retries = 0}),
    own = account("namecheap", "http://127.0.0.1:@port:own@"),
    nowhere = account("namecheap", "http://127.0.0.1:1", {retries = 0}),
    cut = account("realtimeregister", "http://127.0.0.1:@port:cut@"),
    careful = account("realtimeregister", "SANDBOX", {csr_check = "refuse"}),
  }
  function respond(told) ngx.header["Content-Type"] = "application/json" ngx.print(cjson.encode(told)) end
  function call(asked)
    local result, err = clients[asked.client][asked.method](clients[asked.client], asked.params)
    return {
      result = result, status = result and reseal.status(result),
      err = err and {
        class = err.class, code = err.code, outcome = err.outcome, retry = err.retry, text = tostring(err),
        handle = err.handle, http_status = err.http_status, received = err.received, attempts = err.attempts,
      },
    }
  end
  early = call {client = "own", method = "getInfo", params = {CertificateID = 1}}
}
init_worker_by_lua_block { reseal.start() }
server {
  listen 127.0.0.1:@port@;
  location = /call {
    content_by_lua_block {
      ngx.req.read_body()
      respond(call(cjson.decode(ngx.req.get_body_data())))
    }
  }
  location = /quick { return 200 quick; }
  location = /early { content_by_lua_block { respond(early) } }
  location = /about {
    content_by_lua_block {
      respond {core = package.loaded["reseal.core.native"] ~= nil, curl = package.loaded["reseal.curl"] ~= nil,
        system = package.loaded["reseal.system"] ~= nil, binding = require("reseal.core").binding,
        methods = #reseal.describe("namecheap"), errors = #reseal.errors("namecheap"), time = reseal.time("2026-11-23"),
        version = reseal._VERSION, plain = require("reseal")._VERSION}
    }
  }
  location = /maps {
    content_by_lua_block {
      local file = assert(io.open "/proc/self/maps")
      ngx.print(file:read "*a")
      file:close()
    }
  }
  location = /status { content_by_lua_block { reseal.status() } }
  location = /metrics { content_by_lua_block { reseal.metrics() } }
  location /.well-known/pki-validation/ { content_by_lua_block { reseal.dcv() } }
  location = /publish {
    content_by_lua_block {
      assert(reseal.publish {file = "A1.txt", content = "exact\n", expires = 60})
      assert(reseal.publish {file = "A2.txt", content = "gone"})
      reseal.unpublish("A2.txt")
    }
  }
  location = /one {
    content_by_lua_block {
      local id = tonumber(ngx.var.arg_id)
      local info, err = clients.own:getInfo {CertificateID = id}
      ngx.print(info and info.OrderId .. " " .. info.Expires .. " " .. info.meta.command or tostring(err))
    }
  }
  location = /fifty {
    content_by_lua_block {
      local asked, wrong = {}, {}
      for round = 1, 4 do
        for i = 1, 50 do asked[i] = {"/one", {args = {id = round * 1000 + i}}} end
        for i, answer in ipairs {ngx.location.capture_multi(asked)} do
          local id = round * 1000 + i
          if answer.body ~= id .. " " .. id .. " namecheap.ssl.getInfo" then wrong[#wrong + 1] = answer.body end
        end
      end
      respond {wrong = #wrong, first = wrong[1] or ""}
    }
  }
  location = /decode {
    content_by_lua_block {
      ngx.req.read_body()
      local answer = {status = 200, headers = {["Content-Type"] = "text/xml"}, body = ngx.req.get_body_data()}
      local request = {effect = "purchase"}
      local refused = {status = 200, headers = {}, body = "<html>no</html>"}
      local function run(times)
        for i = 1, times do
          assert(clients.own:decode("renew", answer, request).ChargedAmount == "9.0000")
          if i % 10 == 0 then assert(select(2, clients.own:decode("renew", refused)).outcome == "unknown") end
          if i % 1000 == 0 then ngx.sleep(0) end
        end
        collectgarbage() collectgarbage()
        local status = assert(io.open("/proc/self/status")):read("*a")
        return {heap = collectgarbage("count"), resident = tonumber(status:match("VmRSS:%s*(%d+)"))}
      end
      local before = run(10000)
      local after = run(100000)
      respond {heap = after.heap - before.heap, resident = after.resident - before.resident}
    }
  }
}
server {
  listen 127.0.0.1:@port:cut@;
  location / {
    content_by_lua_block {
      ngx.req.read_body()
      cut_count = (cut_count or 0) + 1
      assert(ngx.req.socket(true)):send("HTTP/1.1 202 Accepted\r\nX-Process-Id: 4711\r\nContent-Length: 9\r\n\r\n{")
    }
  }
  location = /count { content_by_lua_block { ngx.print(cut_count) cut_count = nil } }
}
server {
  listen 127.0.0.1:@port:own@;
  location = /xml.response {
    content_by_lua_block {
      ngx.req.read_body()
      local id = ngx.req.get_post_args().CertificateID
      ngx.sleep(tonumber(id) % 7 / 100)
      ngx.header["Content-Type"] = "text/xml"
      ngx.print((([=[INFO]=]):gsub("@id@", id)))
    }
  }
}
]]

local RENEWAL = {CertificateID = 501904, Years = 1, SSLType = "PositiveSSL"}

describe("resty.reseal", function()
  local sandbox, site, handle
  local values = {INFO = INFO, ACCOUNT = cjson.encode(fixture.accounts)}

  setup(function()
    sandbox = sandboxes.start()
    values.SANDBOX = sandbox.url
    site = nginx.start((CONF:gsub("%u%u%u%u+", values)))
    handle = assert(curl.new())
  end)
  teardown(function()
    handle:close()
    site.stop()
    sandbox.stop()
  end)
  before_each(function() sandbox.reset() end)

  local function url(path)
    return "http://127.0.0.1:" .. site.port .. path
  end

  local function get(path, headers)
    return assert(handle:perform({method = "GET", url = url(path), headers = headers}))
  end

  local function post(path, body)
    local answer = assert(handle:perform({method = "POST", url = url(path), body = body}))
    assert.equal(200, answer.status, site.log())
    return cjson.decode(answer.body)
  end

  local function call(client, method, params)
    return post("/call", cjson.encode {client = client, method = method, params = params or cjson.null})
  end

  local function fault(fields)
    assert.equal(200, sandbox.post("/_sandbox/fault", fields).status)
  end

  it("is the whole of reseal, over FFI, without a C module", function()
    local about = cjson.decode(get("/about").body)
    local plain = require "reseal"
    assert.same({
      core = false, curl = false, system = false, binding = "ffi", methods = #plain.describe("namecheap"),
      errors = #plain.errors("namecheap"), time = plain.time("2026-11-23"), version = plain._VERSION,
      plain = plain._VERSION,
    }, about)
  end)

  it("maps libreseal into its workers, and never libcurl", function()
    assert.equal("9.0000", call("namecheap", "renew", RENEWAL).result.ChargedAmount)
    local maps = get("/maps").body
    assert.is_truthy(maps:find("/libreseal.so.0", 1, true), maps)
    assert.is_truthy(maps:find("/libxml2", 1, true), maps)
    assert.is_nil(maps:find("libcurl", 1, true))
  end)

  it("calls both providers", function()
    local told = call("namecheap", "getInfo", {CertificateID = 501904})
    assert.equal("active", told.result.Status)
    assert.equal("issued", told.status)
    told = call("namecheap", "renew", RENEWAL)
    assert.equal("9.0000", told.result.ChargedAmount)
    assert.equal(1, #sandbox.ledger())
    told = call("realtimeregister", "get", {certificateId = 7})
    assert.equal("example.com", told.result.domainName)
    told = call("realtimeregister", "reissue", {
      certificateId = 7, csr = sandboxes.csr("example.com"), dcv = {{commonName = "example.com", type = "DNS"}},
      approver = {firstName = "Ann", lastName = "Example", email = "ann@example.com", voice = "+31.384530759"},
    })
    assert.is_number(told.result and told.result.processId, told.err and told.err.text)
  end)

  it("refuses before sending, and says what the provider refused", function()
    local told = call("namecheap", "renew", {Years = 1})
    assert.same({"invalid", "not_sent"}, {told.err.class, told.err.outcome})
    told = call("namecheap", "getInfo", {CertificateID = 999})
    assert.same({"provider", "refused"}, {told.err.class, told.err.outcome})
    local sent = #sandbox.requests()
    told = call("careful", "reissue", {certificateId = 7, csr = sandboxes.csr("localhost")})
    assert.same({"invalid", "bad_name", "not_sent"}, {told.err.class, told.err.code, told.err.outcome})
    told = call("careful", "reissue", {certificateId = 7, csr = "-----BEGIN PRIVATE KEY-----\nMC4CAQA\n"})
    assert.same({"invalid", "bad_format", "not_sent"}, {told.err.class, told.err.code, told.err.outcome})
    assert.equal(sent, #sandbox.requests())
  end)

  it("tells what became of a purchase for every way of losing its answer", function()
    for _, case in ipairs {
      {{fault = "drop_before"}, "transport", "closed", "unknown", 0},
      {{fault = "drop_after_commit"}, "transport", "closed", "unknown", 1},
      {{fault = "truncate"}, "transport", "closed", "unknown", 1},
      {{fault = "truncate", clean = true}, "protocol", "malformed", "unknown", 1},
      {{fault = "html", after_commit = true}, "protocol", "html", "unknown", 1},
      {{fault = "status_5xx", after_commit = true}, "protocol", nil, "unknown", 1},
    } do
      sandbox.reset()
      case[1].method = "renew"
      fault(case[1])
      local err = call("namecheap", "renew", RENEWAL).err
      assert.same({case[2], case[3] or err.code, case[4]}, {err.class, err.code, err.outcome}, case[1].fault)
      assert.is_nil(err.text:find(KEY, 1, true))
      assert.equal(case[5], #sandbox.ledger(), case[1].fault)
      assert.equal(1, #sandbox.requests(), case[1].fault)
    end
    fault {fault = "slow", seconds = 2, method = "renew"}
    local err = call("hasty", "renew", RENEWAL).err
    assert.same({"transport", "timeout", "unknown"}, {err.class, err.code, err.outcome})
    err = call("nowhere", "renew", RENEWAL).err
    assert.same({"transport", "connect", "not_sent", "later"}, {err.class, err.code, err.outcome, err.retry})
  end)

  it("knows an order by its id although its answer was cut, and sends it once, as a quote", function()
    local function count()
      local asked = {method = "GET", url = ("http://127.0.0.1:%d/count"):format(site.ports.cut)}
      return tonumber(assert(handle:perform(asked)).body)
    end
    for _, quote in ipairs {false, true} do
      local err = call("cut", "reissue", {certificateId = 7, csr = fixture.csr, quote = quote}).err
      assert.same({"transport", "closed", "unknown", "never", 4711, 202, 1},
        {err.class, err.code, err.outcome, err.retry, err.handle, err.http_status, err.received})
      assert.equal(1, count())
    end
  end)

  it("fails, and does not raise, where it can neither connect nor wait", function()
    local err = cjson.decode(get("/early").body).err
    assert.same({"transport", "connect", "not_sent", "later"}, {err.class, err.code, err.outcome, err.retry})
  end)

  it("repeats reads and what was throttled, waiting without blocking", function()
    fault {fault = "drop_before", method = "getInfo"}
    fault {fault = "throttle_405", method = "renew"}
    assert.equal("active", call("namecheap", "getInfo", {CertificateID = 501904}).result.Status)
    assert.equal("9.0000", call("namecheap", "renew", RENEWAL).result.ChargedAmount)
    assert.equal(1, #sandbox.ledger())
  end)

  it("serves other requests at full speed while a provider is slow", function()
    fault {fault = "slow", seconds = 3, method = "getInfo"}
    local body = os.tmpname()
    local file = assert(io.open(body, "w"))
    file:write(cjson.encode {client = "namecheap", method = "getInfo", params = {CertificateID = 501904}})
    file:close()
    local started = os.time()
    local slow = assert(io.popen(("curl -s --data-binary @%s %s"):format(body, url("/call"))))
    repeat
      assert.is_true(os.time() - started < 3)
    until #sandbox.get("/_sandbox/fault").json.faults == 0 -- the slow call is under way
    local measure = "-w '%{time_total}\n' -o /dev/null -s '" .. url("/quick?[1-200]") .. "'"
    local output, slowest, count = sandboxes.output("curl " .. measure), 0, 0
    for seconds in output:gmatch("[%d.]+") do
      slowest, count = math.max(slowest, tonumber(seconds)), count + 1
    end
    assert.equal(200, count)
    assert.is_true(slowest < 1, "a request took " .. slowest .. " s")
    assert.is_truthy(slow:read("*a"):find('"Status":"active"', 1, true))
    slow:close()
    assert.is_true(os.time() - started >= 2)
    os.remove(body)
  end)

  it("keeps fifty subrequests at once apart, with one client", function()
    assert.same({wrong = 0, first = ""}, cjson.decode(get("/fifty").body))
  end)

  it("keeps its memory over 100,000 answers", function()
    local grown = post("/decode", RENEWED)
    assert.is_true(grown.heap < 256, "Lua's heap grew by " .. grown.heap .. " KiB")
    assert.is_true(grown.resident < 4096, "the process grew by " .. grown.resident .. " KiB")
  end)

  it("has the handlers", function()
    get("/publish")
    local answer = get("/.well-known/pki-validation/A1.txt")
    assert.same({200, "exact\n"}, {answer.status, answer.body})
    assert.equal(404, get("/.well-known/pki-validation/A2.txt").status)
    assert.equal(200, get("/status").status, site.log())
    assert.equal(200, get("/metrics").status, site.log())
  end)

  it("takes lua-resty-http as its transport", function()
    -- What the example uses of that module, in its place.
    local stand_in = [[
      local http = {}
      function http.new() return setmetatable({}, {__index = http}) end
      function http:request_uri(uri, params)
        local answer, err = require("reseal.transport.cosocket")() {
          method = params.method, url = uri, headers = params.headers, body = params.body,
        }
        return answer, err and "connection refused"
      end
      return http
    ]]
    local example = assert(fixture.read("examples/nginx/lua-resty-http.conf"))
      :gsub('endpoint = "sandbox"', 'endpoint = "@where@"'):gsub("127%.0%.0%.1:8080", "127.0.0.1:@port@")
    assert.is_truthy(example:find("@where@", 1, true) and example:find("@port@", 1, true))
    for where, told in pairs {[sandbox.url] = "^positivessl until %d+/", ["http://127.0.0.1:1"] = "refused"} do
      local conf = example:gsub("@where@", where)
        :gsub("init_by_lua_block {", "%0 package.preload['resty.http'] = loadfile('@dir@/http.lua')")
      local other = nginx.start(conf, {files = {["http.lua"] = stand_in}})
      local answer = handle:perform {method = "GET", url = ("http://127.0.0.1:%d/expires"):format(other.port)}
      other.stop()
      assert.is_truthy(answer.body:find(told), answer.body)
    end
  end)

  it("refuses wrong options where nginx starts", function()
    for wrong, told in pairs {
      ["reseal.init {dict = 'nothing'}"] = "lua_shared_dict nothing",
      ["reseal.init {direktory = '/x'}"] = "there is no option direktory",
      ["reseal.init {interval = 0}"] = "interval must be",
      ["reseal.namecheap 'x'"] = "expects a table of options",
    } do
      local conf = CONF:match("^(.-)init_by_lua_block"):gsub("%u%u%u%u+", values)
        .. "init_by_lua_block { reseal = require 'resty.reseal' " .. wrong .. " }"
      local ok, err = pcall(nginx.start, conf)
      assert.is_false(ok)
      assert.is_truthy(err:find(told, 1, true), err)
    end
  end)
end)
