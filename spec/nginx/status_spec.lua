-- What people and Prometheus see, and who may see it.

local certificates = require "spec.support.certificates"
local cjson = require "cjson"
local nginx = require "spec.support.nginx"
local program = require "spec.support.program"

local output = program.output

local conf = [[
  lua_shared_dict reseal 4m;
  lua_shared_dict files 256k;
  init_by_lua_block {
    assert(require("reseal.nginx.store").configure {dcv_dict = "files", allow = {"127.0.0.1", "127.0.1.0/24"}})
  }
  server {
    listen 127.0.0.1:@port:http@;
    location = /status { content_by_lua_block { require("reseal.nginx.status").handle() } }
    location = /metrics { content_by_lua_block { require("reseal.nginx.metrics").handle() } }
    location = /run {
      client_max_body_size 1m;
      client_body_buffer_size 1m;
      content_by_lua_block {
        ngx.req.read_body()
        local run = assert(loadstring(ngx.req.get_body_data()))
        ngx.print(tostring(run(require "reseal.nginx.store", require "reseal.nginx.certificate")))
      }
    }
  }
]]

describe("nginx shows", function()
  local server, one, ends

  local function inside(code)
    program.write(server.dir .. "/run", "local store, certificate = ...\n" .. code)
    return output(("curl -s --data-binary @%s/run http://127.0.0.1:%d/run"):format(server.dir, server.ports.http))
  end

  local function get(path, more)
    return output(("curl -s %s http://127.0.0.1:%d%s"):format(more or "", server.ports.http, path))
  end

  setup(function()
    server = nginx.start(conf, { workers = 2 })
    one = certificates.issue({ "example.com" }, { days = 10 })
    local rsa = certificates.issue({ "example.com" }, { days = 40, kind = "rsa" })
    ends = os.time() + 10 * 86400
    assert.equal("done", inside(([[
      assert(certificate.install {certificate = %q, key = %q})
      assert(certificate.install {certificate = %q, key = %q})
      assert(store.note("example.com", {state = "failed", since = 1790000000, last_success = 1780000000,
        last_error = "2011170 <script>alert('\"')</script> & more", secret = "hidden-secret", next = 1800000000}))
      assert(store.note("waiting.test", {state = "waiting", pending = "control of the domain"}))
      assert(store.note("waiting.test", {since = 1790000001}))
      assert(store.note("waiting.test", {pending = false}))
      assert(store.publish("token.txt", "hidden-content"))
      store.count("done")
      store.count("refused", 2011170)
      store.count("refused", 2011170)
      store.count("unknown", 'a"b\\c\nd')
      return "done"
    ]]):format(one.certificate, one.key, rsa.certificate, rsa.key)))
  end)

  teardown(function() server.stop() end)

  it("as JSON what is served, until when, and what happened", function()
    local text = get "/status"
    local status = cjson.decode(text)
    assert.is_true(math.abs(status.time - os.time()) < 5)
    assert.same({ "reseal", "files" }, { status.dicts[1].name, status.dicts[2].name })
    assert.equal(4 * 2 ^ 20, status.dicts[1].capacity)
    assert.is_true(status.dicts[1].free > 0 and status.dicts[1].free < status.dicts[1].capacity)
    assert.equal(2, #status.names)
    local first, second = status.names[1], status.names[2]
    assert.same({ "ec", "rsa" }, { first.certificates[1].type, first.certificates[2].type })
    assert.is_true(math.abs(first.certificates[1].not_after - ends) < 60)
    assert.is_true(math.abs(first.certificates[2].not_after - ends - 30 * 86400) < 60)
    first.certificates = nil
    assert.same({ name = "example.com", state = "failed", since = 1790000000, last_success = 1780000000,
      last_error = "2011170 <script>alert('\"')</script> & more", next = 1800000000 }, first)
    assert.same({ name = "waiting.test", certificates = {}, state = "waiting", since = 1790000001 }, second)
    assert.matches("application/json", get("/status", "-I"))
  end)

  it("as a page, when that is preferred, with nothing of it as markup", function()
    local browser = "-H 'Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8'"
    local page = get("/status", browser)
    assert.matches("^<!DOCTYPE html>", page)
    assert.matches("2011170 &lt;script&gt;alert%(&#39;&quot;&#39;%)&lt;/script&gt; &amp; more", page)
    assert.is_nil(page:find("<script", 1, true))
    assert.truthy(page:find("EC " .. os.date("!%Y-%m-%d", ends - 10), 1, true))
    assert.matches("2026%-09%-21T14:13:20Z", page) -- 1790000000
    assert.matches("nothing served", page)
    assert.matches("text/html; charset=utf%-8", get("/status", browser .. " -I"))
    assert.matches("^{", get("/status", "-H 'Accept: application/json, text/html;q=0.5'"))
    assert.matches("^{", get("/status", "-H 'Accept: */*'"))
  end)

  it("as metrics", function()
    local text = get "/metrics"
    local at = tonumber(text:match('\nreseal_certificate_not_after_seconds{name="example.com",type="ec"} (%d+)\n'))
    assert.is_true(math.abs(at - ends) < 60)
    assert.matches('\nreseal_certificate_not_after_seconds{name="example.com",type="rsa"} %d+\n', text)
    assert.matches('\nreseal_last_success_timestamp_seconds{name="example.com"} 1780000000\n', text)
    assert.matches('\nreseal_state{name="waiting.test",state="waiting"} 1\n', text)
    assert.matches('\nreseal_calls_total{outcome="done",code=""} 1\n', text)
    assert.matches('\nreseal_calls_total{outcome="refused",code="2011170"} 2\n', text)
    assert.truthy(text:find('\nreseal_calls_total{outcome="unknown",code="a\\"b\\\\c\\nd"} 1\n', 1, true))
    assert.matches('\nreseal_store_free_bytes{dict="reseal"} %d+\n', text)
    assert.matches('\nreseal_store_capacity_bytes{dict="files"} 262144\n', text)
    -- Every line is a comment or a sample, and each family is declared once, before its samples.
    local declared = {}
    for line in text:gmatch("[^\n]+") do
      local family = line:match("^# TYPE ([%l_]+) %l+$")
      if family then
        assert.is_nil(declared[family])
        declared[family] = true
      elseif not line:find("^# HELP [%l_]+ [%u%d]") then
        assert.is_true(declared[line:match("^([%l_]+){.*} %d+$")], line)
      end
    end
    assert.matches("text/plain; version=0.0.4", get("/metrics", "-I"))
  end)

  it("no secret", function()
    for _, text in ipairs { get "/status", get "/metrics", get("/status", "-H 'Accept: text/html'"), server.log() } do
      assert.is_true(#text > 0)
      for _, secret in ipairs { "hidden", "PRIVATE", "token.txt", one.key:match("\n(.-)\n") } do
        assert.is_nil(text:find(secret, 1, true))
      end
    end
  end)

  it("nothing to others, whatever they say of themselves", function()
    for _, path in ipairs { "/status", "/metrics" } do
      assert.equal("200", get(path, "-o /dev/null -w '%{http_code}'"))
      assert.equal("200", get(path, "-o /dev/null -w '%{http_code}' --interface 127.0.1.77"))
      for _, other in ipairs { "127.0.0.2", "127.0.2.1" } do
        local more = "-w '%{http_code}' -H 'X-Forwarded-For: 127.0.0.1' -H 'X-Real-IP: 127.0.0.1' --interface " .. other
        local answer = get(path, more)
        assert.matches("403$", answer)
        assert.is_nil(answer:find("example.com", 1, true))
      end
      assert.equal("405", get(path, "-o /dev/null -w '%{http_code}' -d x"))
    end
  end)

  it("only to the networks it is told", function()
    local cases = inside [[
      local access = require "reseal.nginx.access"
      local lines = {}
      local function try(address, ...)
        local networks = assert(access.networks(select("#", ...) > 0 and {...} or nil))
        lines[#lines + 1] = tostring(access.allowed(address, networks))
      end
      try("127.255.0.1") try("::1") try("::ffff:127.0.0.1") try("unix:")
      try("10.1.2.3", "10.0.0.0/8") try("192.0.2.130", "192.0.2.128/25") try("2001:db8::5", "2001:db8::/33")
      try("128.0.0.1") try("::2") try("11.1.2.3", "10.0.0.0/8") try("192.0.2.127", "192.0.2.128/25")
      try("2001:db8:8000::5", "2001:db8::/33") try("::ffff:10.0.0.1") try("nonsense") try("127.0.0.1", "::/0")
      return table.concat(lines, " ")
    ]]
    assert.equal(("true "):rep(7) .. ("false "):rep(7) .. "false", cases)
    for _, bad in ipairs { "localhost", "10.0.0.0/33", "::1/129", "10.0.0", "" } do
      assert.matches("is no address or network",
        inside(("return select(2, require('reseal.nginx.access').networks {%q})"):format(bad)))
    end
  end)
end)
