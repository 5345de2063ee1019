--- Handshakes with certificates from memory against static ones, of the same nginx, in turns. From the tree's root:
---
---   . build/env.sh && lua5.4 bench/nginx/run.lua [rounds, default 5] [seconds of each, default 1]
---
--- One worker serves, another nginx is the client (TLS 1.3, P-256, no resumption, a leaf and an intermediate, nothing
--- is sent after the handshake). What counts is the CPU time that the worker takes for a handshake: the client
--- needs more of it than the server and would hide what the server does. The rate of the same rounds stands beside it.

package.path = "./?.lua;" .. package.path

local certificates = require "spec.support.certificates"
local nginx = require "spec.support.nginx"
local program = require "spec.support.program"

local rounds, seconds = tonumber(arg[1] or 5), tonumber(arg[2] or 1)
local MANY, MOST = 1000, 100000

local leaf = certificates.issue {"*.bench.test", "bench.test"}
local chain = leaf.certificate .. certificates.issue({"intermediate"}).certificate

local function static_servers(port, count)
  local list = {}
  for i = 1, count do
    list[i] = ("server { listen 127.0.0.1:@port:%s@ ssl; server_name n%d.bench.test; ssl_session_cache off;\n"
      .. "ssl_certificate @dir@/leaf.pem; ssl_certificate_key @dir@/leaf.key; return 204; }\n"):format(port, i)
  end
  return table.concat(list)
end

local server_conf = [[
  lua_shared_dict reseal 512m;
  server_names_hash_max_size 16384;
  server_names_hash_bucket_size 128;
  ssl_certificate @dir@/leaf.pem;
  ssl_certificate_key @dir@/leaf.key;
  init_by_lua_block {
    local store = require "reseal.nginx.store"
    assert(store.configure {default = "n1.bench.test"})
    certificate = require "reseal.nginx.certificate"
    spent, asked = 0, 0
  }
]] .. static_servers("one", 1) .. static_servers("many", MANY) .. [[
  server {
    listen 127.0.0.1:@port:lua@ ssl;
    ssl_session_cache off;
    ssl_certificate_by_lua_block { certificate.handle() }
    return 204;
  }
  server {
    listen 127.0.0.1:@port:empty@ ssl;
    ssl_session_cache off;
    ssl_certificate_by_lua_block { local _ = nil }
    return 204;
  }
  server {
    listen 127.0.0.1:@port:timed@ ssl;
    ssl_session_cache off;
    ssl_certificate_by_lua_block {
      local start = os.clock()
      certificate.handle()
      spent, asked = spent + os.clock() - start, asked + 1
    }
    return 204;
  }
  server {
    listen 127.0.0.1:@port:http@;
    location = /run {
      client_max_body_size 1m;
      client_body_buffer_size 1m;
      content_by_lua_block {
        ngx.req.read_body()
        local run = assert(loadstring(ngx.req.get_body_data()))
        ngx.print(tostring(run(require "reseal.nginx.store", certificate)))
      }
    }
  }
]]

local client_conf = [[
  lua_socket_log_errors off;
  server {
    listen 127.0.0.1:@port:http@;
    location = /load {
      content_by_lua_block {
        local arg = ngx.req.get_uri_args()
        local port, names, stop = tonumber(arg.port), tonumber(arg.names), ngx.now() + tonumber(arg.seconds)
        local good, bad, random = 0, 0, math.random
        local threads = {}
        for i = 1, 8 do
          threads[i] = ngx.thread.spawn(function()
            while ngx.now() < stop do
              local socket = ngx.socket.tcp()
              socket:settimeout(5000)
              local ok = socket:connect("127.0.0.1", port)
                and socket:sslhandshake(false, "n" .. random(names) .. ".bench.test", false)
              socket:close()
              if ok then good = good + 1 else bad = bad + 1 end
            end
          end)
        end
        for _, thread in ipairs(threads) do ngx.thread.wait(thread) end
        ngx.print(good, " ", bad)
      }
    }
  }
]]

local server = nginx.start(server_conf, {workers = 1, files = {["leaf.pem"] = chain, ["leaf.key"] = leaf.key}})
local client = nginx.start(client_conf, {workers = 1})
local worker = server.children()[1]

local function inside(code)
  program.write(server.dir .. "/run", "local store, certificate = ...\n" .. code)
  return program.output(("curl -s --data-binary @%s/run http://127.0.0.1:%d/run"):format(server.dir, server.ports.http))
end

local function median(list)
  table.sort(list)
  return list[math.ceil(#list / 2)]
end

--- Nanoseconds that the worker has run.
local function cpu()
  local file = assert(io.open("/proc/" .. worker .. "/schedstat"))
  local text = file:read("*a")
  file:close()
  return tonumber(text:match("^%d+"))
end

local function resident()
  return tonumber(program.output("cat /proc/" .. worker .. "/status"):match("VmRSS:%s*(%d+)")) / 1024
end

--- One turn: handshakes per second, and microseconds of the worker's CPU time for each.
local function turn(port, names, time)
  local before = cpu()
  local good, bad = program.output(("curl -s 'http://127.0.0.1:%d/load?port=%d&names=%d&seconds=%s'"):format(
    client.ports.http, server.ports[port], names, time or seconds)):match("^(%d+) (%d+)")
  good = tonumber(good)
  assert(bad == "0" and good > 0, "handshakes failed: " .. tostring(bad))
  return good / (time or seconds), (cpu() - before) / 1000 / good
end

--- Turns of several ports, alternating; the first is the measure of the others.
local function compare(title, cases)
  print(("\n%s (medians of %d)\n%-44s %12s %16s %7s"):format(title, rounds, "", "handshakes/s", "worker's µs each",
    "ratio"))
  for _, case in ipairs(cases) do
    turn(case.port, case.names, case.warm or 0.5)
    case.rates, case.costs, case.ratios = {}, {}, {}
  end
  for round = 1, rounds do
    for i = 1, #cases do -- in the other direction every second time
      local case = cases[round % 2 == 0 and #cases + 1 - i or i]
      case.rates[round], case.costs[round] = turn(case.port, case.names)
    end
    for _, case in ipairs(cases) do
      case.ratios[round] = cases[1].costs[round] / case.costs[round]
    end
  end
  for _, case in ipairs(cases) do
    print(("%-44s %12.0f %16.0f %7.3f"):format(case.name, median(case.rates), median(case.costs), median(case.ratios)))
  end
end

--- Lets the handler look up the first names as for handshakes, but without these; returns the CPU seconds.
local function warm(names)
  return inside(([[
    local ssl = require "ngx.ssl"
    local real, name = {}, nil
    for key, value in pairs(ssl) do real[key] = value end
    ssl.server_name = function() return name end
    ssl.clear_certs = function() return true end
    ssl.set_cert, ssl.set_priv_key = ssl.clear_certs, ssl.clear_certs
    local start = os.clock()
    for i = 1, %d do
      name = "n" .. i .. ".bench.test"
      certificate.handle()
    end
    local took = os.clock() - start
    for key, value in pairs(real) do ssl[key] = value end
    return took
  ]]):format(names))
end

--- Fills the store up to `last` names; returns what it took of the dict, bytes.
local function fill(first, last)
  local took = inside(([[
    local before = store.space()[1].free
    local chain, key = %q, %q
    local parsed = assert(require("reseal.nginx.pair").check(chain, key))
    local pair = {key_pem = parsed.key_pem, chain_pem = chain, not_after = parsed.not_after}
    for i = %d, %d do assert(store.put("n" .. i .. ".bench.test", "ec", pair)) end
    return before - store.space()[1].free
  ]]):format(chain, leaf.key, first, last))
  return assert(tonumber(took), took)
end

--- How long it takes to check and store a new pair.
local function swaps()
  return inside(([[
    local list = {}
    for i = 1, 200 do
      local start = os.clock()
      assert(certificate.install {names = {"n1.bench.test"}, certificate = %q, key = %q})
      list[i] = (os.clock() - start) * 1e6
    end
    table.sort(list)
    return ("%%.0f µs median, %%.0f at worst of 200"):format(list[100], list[200])
  ]]):format(chain, leaf.key))
end

local ok, failed = pcall(function()
  fill(1, 1)
  compare("1 name", {
    {name = "static", port = "one", names = 1},
    {name = "from memory", port = "lua", names = 1},
    {name = "static, and a handler that does nothing", port = "empty", names = 1},
  })
  fill(2, MANY)
  local before = resident()
  local parsing = tonumber(warm(MANY))
  local grown = resident() - before
  local static = {name = "static, 1,000 server blocks", port = "many", names = MANY}
  compare("1,000 names", {static, {name = "from memory", port = "lua", names = MANY}})
  local swap = swaps()
  local bytes = fill(MANY + 1, MOST)
  warm(MANY)
  compare("100,000 names, against 1,000 static ones (each of these takes a server block)", {
    static,
    {name = "from memory, 1,000 of them asked for", port = "lua", names = MANY},
  })
  compare("100,000 names, all asked for alike, of which a worker keeps 4,096 parsed", {
    static,
    {name = "from memory, most parsed anew", port = "lua", names = MOST},
  })
  print(("\nbytes of the dict per certificate: %.0f (key %d, chain %d)"):format(bytes / (MOST - MANY), #leaf.key,
    #chain))
  print(("parsed, in a worker: %.1f KiB each; the first handshake of a name takes %.0f µs more"):format(
    grown * 1024 / MANY, parsing / MANY * 1e6))
  inside "spent, asked = 0, 0"
  turn("timed", 1, 1)
  print(("handler: %.1f µs of a handshake"):format(tonumber(inside "return spent / asked * 1e6")))
  print(("swap with 1,000 names: %s; with 100,000: %s; the next handshake has the new one"):format(swap, swaps()))
end)
client.stop()
server.stop()
assert(ok, failed)
