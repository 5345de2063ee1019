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
    assert(require("reseal.nginx.store").configure {dcv_dict = "files"})
  }
  server {
    listen 127.0.0.1:@port:http@;
    listen unix:@dir@/socket;
    location = /status {
      allow 127.0.0.1;
      allow 127.0.1.0/24;
      deny all;
      content_by_lua_block { require("reseal.nginx.status").handle() }
    }
    location = /metrics {
      allow 127.0.0.1;
      allow 127.0.1.0/24;
      deny all;
      content_by_lua_block { require("reseal.nginx.metrics").handle() }
    }
    location /open/ {
      set_real_ip_from 127.0.0.1;
      real_ip_header Peer;
      location = /open/status { content_by_lua_block { require("reseal.nginx.status").handle() } }
      location = /open/metrics { content_by_lua_block { require("reseal.nginx.metrics").handle() } }
    }
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
    server = nginx.start(conf, {workers = 2})
    one = certificates.issue({"example.com"}, {days = 10})
    local rsa = certificates.issue({"example.com"}, {days = 40, kind = "rsa"})
    ends = os.time() + 10 * 86400
    assert.equal("done", inside(([[
      assert(certificate.install {certificate = %q, key = %q})
      assert(certificate.install {certificate = %q, key = %q})
      assert(store.set_state("example.com", {state = "failed", since = 1790000000, last_success = 1780000000,
        last_error = "2011170 <script>alert('\"')</script> & more", secret = "hidden-secret", next = 1800000000}))
      assert(store.set_state("waiting.test", {state = "waiting", pending = "control of the domain"}))
      assert(store.set_state("waiting.test", {since = 1790000001}))
      assert(store.set_state("waiting.test", {pending = false}))
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
    assert.same({"reseal", "files"}, {status.dicts[1].name, status.dicts[2].name})
    assert.equal(4 * 2 ^ 20, status.dicts[1].capacity)
    assert.is_true(status.dicts[1].free > 0 and status.dicts[1].free < status.dicts[1].capacity)
    assert.equal(2, #status.names)
    local first, second = status.names[1], status.names[2]
    assert.same({"ec", "rsa"}, {first.certificates[1].type, first.certificates[2].type})
    assert.is_true(math.abs(first.certificates[1].not_after - ends) < 60)
    assert.is_true(math.abs(first.certificates[2].not_after - ends - 30 * 86400) < 60)
    first.certificates = nil
    assert.same({name = "example.com", state = "failed", since = 1790000000, last_success = 1780000000,
      last_error = "2011170 <script>alert('\"')</script> & more", next = 1800000000}, first)
    assert.same({name = "waiting.test", certificates = {}, state = "waiting", since = 1790000001}, second)
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
    for _, text in ipairs {get "/status", get "/metrics", get("/status", "-H 'Accept: text/html'"), server.log()} do
      assert.is_true(#text > 0)
      for _, secret in ipairs {"hidden", "PRIVATE", "token.txt", one.key:match("\n(.-)\n")} do
        assert.is_nil(text:find(secret, 1, true))
      end
    end
  end)

  local OTHER = "-w '%{http_code}' -H 'X-Forwarded-For: 127.0.0.1' -H 'X-Real-IP: 127.0.0.1' --interface "

  it("only to those whom nginx lets in", function()
    for _, path in ipairs {"/status", "/metrics"} do
      for _, allowed in ipairs {"127.0.0.1", "127.0.1.77"} do
        assert.equal("200", get(path, "-o /dev/null -w '%{http_code}' --interface " .. allowed))
      end
      for _, other in ipairs {"127.0.0.2", "127.0.2.1"} do
        local answer = get(path, OTHER .. other)
        assert.matches("403$", answer)
        assert.is_nil(answer:find("example.com", 1, true))
      end
      assert.equal("405", get(path, "-o /dev/null -w '%{http_code}' -d x"))
    end
  end)

  -- The locations below /open have neither allow nor deny; nginx's realip lets a peer of this machine be another's.
  it("nothing to other machines where nobody said who may see it, and tells the operator once", function()
    for _, path in ipairs {"/open/status", "/open/metrics"} do
      for address, code in pairs {
        ["127.0.0.1"] = "200", ["127.9.9.9"] = "200", ["::1"] = "200", ["::ffff:127.0.0.1"] = "200",
        ["192.0.2.7"] = "403", ["1.127.0.1"] = "403", ["::ffff:192.0.2.7"] = "403", ["::2"] = "403",
        ["2001:db8::127.0.0.1"] = "403", ["128.0.0.1"] = "403",
      } do
        local answer = get(path, ("-w '%%{http_code}' -H 'Peer: %s'"):format(address))
        assert.equal(code, answer:match("%d+$"), address)
        assert.equal(code == "200", answer:find("example.com", 1, true) ~= nil, address)
      end
      assert.equal("200", output(("curl -s -o /dev/null -w '%%{http_code}' --unix-socket %s/socket http://x%s"):format(
        server.dir, path)))
    end
    local said = select(2, server.log():gsub("answers to this machine alone", ""))
    assert.is_true(said >= 1 and said <= 2, said) -- once in each worker
  end)

  it("an order goes on that an earlier version stored", function()
    assert.equal("4711", inside [[
      local stored = '{"configured":7,"certificate":7,"phase":"wait","order":{"id":4711}}'
      assert(store.set_value("round:stored.test", stored))
      return require("reseal.nginx.steps").load({name = "stored.test", certificate = 7}).seller_order.id
    ]])
  end)

  it("what init opened to other machines, to those", function()
    assert.matches("^403", get("/open/status", "-o /dev/null -w '%{http_code}' -H 'Peer: 192.0.2.7'"))
    local remote = nginx.start(conf:gsub('dcv_dict = "files"', 'dcv_dict = "files", remote = true'), {workers = 1})
    local code = output(("curl -s -w '%%{http_code}' -H 'Peer: 192.0.2.7' http://127.0.0.1:%d/open/status"):format(
      remote.ports.http))
    local refused = output(("curl -s -w '%%{http_code}' --interface 127.0.0.2 http://127.0.0.1:%d/status"):format(
      remote.ports.http))
    remote.stop()
    assert.matches("200$", code)
    assert.matches("403$", refused)
  end)

  it("what became of an option that it had", function()
    local said = inside [[return select(2, pcall(require("resty.reseal").init, {allow = {"127.0.0.1"}}))]]
    assert.matches("reseal.init: allow is nginx's own: write allow and deny into the locations", said)
  end)
end)
