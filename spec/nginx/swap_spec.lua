-- Certificates that change while clients come, workers that come and go, and a directory of certificates.

local certificates = require "spec.support.certificates"
local nginx = require "spec.support.nginx"
local program = require "spec.support.program"
local system = require "reseal.system"
local wait = require "spec.support.wait"

local output, quote = program.output, program.quote

local function server_conf(init, more)
  return [[
  lua_shared_dict reseal 96m;
  lua_shared_dict small 128k;
  init_by_lua_block { ]] .. init .. [[ }
  ssl_certificate @dir@/placeholder.pem;
  ssl_certificate_key @dir@/placeholder.key;
  keepalive_timeout 0;
  server {
    listen 127.0.0.1:@port:tls@ ssl http2;
    ssl_session_cache off;
    ssl_certificate_by_lua_block { require("reseal.nginx.certificate").handle() }
    location / { content_by_lua_block { ngx.say("served by ", ngx.worker.pid()) } }
  }
  server {
    listen 127.0.0.1:@port:http@;
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
]] .. (more or "")
end

local CONFIGURE = [[require("reseal.nginx.store").configure {}]]

-- A client of its own process: verified handshakes, each on a new connection, as fast as they go.
local client_conf = [[
  lua_ssl_trusted_certificate @dir@/root.pem;
  lua_ssl_verify_depth 3;
  lua_socket_log_errors off;
  server {
    listen 127.0.0.1:@port:http@;
    location = /load {
      content_by_lua_block {
        local stop = ngx.now() + tonumber(ngx.var.arg_seconds)
        local good, bad, first = 0, 0, ""
        local function once()
          local socket = ngx.socket.tcp()
          socket:settimeout(5000)
          local ok, err = socket:connect("127.0.0.1", tonumber(ngx.var.arg_port))
          if ok then ok, err = socket:sslhandshake(false, "site.test", true) end
          if ok then ok, err = socket:send("GET / HTTP/1.0\r\nHost: site.test\r\n\r\n") end
          local answer
          if ok then answer, err = socket:receive("*a") end
          socket:close()
          if answer and answer:find("served by", 1, true) then return true end
          return nil, err or answer
        end
        local threads = {}
        for i = 1, 4 do
          threads[i] = ngx.thread.spawn(function()
            while ngx.now() < stop do
              local ok, err = once()
              if ok then good = good + 1 else bad, first = bad + 1, first == "" and tostring(err) or first end
              ngx.update_time()
            end
          end)
        end
        for _, thread in ipairs(threads) do ngx.thread.wait(thread) end
        ngx.print(good, " ", bad, " ", first)
      }
    }
  }
]]

local placeholder = certificates.issue {"placeholder.test"}
local base_files = {["placeholder.pem"] = placeholder.certificate, ["placeholder.key"] = placeholder.key}

local function with(files)
  for name, content in pairs(base_files) do
    files[name] = content
  end
  return files
end

--- Runs Lua inside a worker of `server`.
local function inside(server, code)
  program.write(server.dir .. "/run", "local store, certificate = ...\n" .. code)
  return output(("curl -s --data-binary @%s/run http://127.0.0.1:%d/run"):format(server.dir, server.ports.http))
end

local function install_code(one)
  return ("assert(certificate.install {certificate = %q, key = %q})"):format(one.certificate, one.key)
end

--- The serial number that a client gets which asks for `name`.
local function served(server, name)
  local text = output(("openssl s_client -connect 127.0.0.1:%d -servername %s </dev/null"):format(server.ports.tls,
    quote(name)))
  local pem = text:match("%-%-%-%-%-BEGIN CERTIFICATE.-END CERTIFICATE%-%-%-%-%-")
  return pem and output(("printf %%s %s | openssl x509 -noout -serial"):format(quote(pem))):match("serial=(%x+)")
end

describe("nginx under load", function()
  local server, client, a, b

  --- Verified handshakes for some seconds while `act` runs: how many were good, how many failed, the first failure.
  local function load_during(seconds, act)
    local report = client.dir .. "/report"
    os.remove(report)
    os.execute(("(curl -s 'http://127.0.0.1:%d/load?seconds=%s&port=%d' >%s.part; mv %s.part %s) &"):format(
      client.ports.http, seconds, server.ports.tls, report, report, report))
    system.sleep(0.2)
    act()
    local text
    wait(30, function()
      local file = io.open(report)
      text = file and file:read("*a")
      if file then
        file:close()
      end
      return text
    end)
    local good, bad, first = (text or "0 0 no report"):match("^(%d+) (%d+) ?(.*)$")
    return tonumber(good), tonumber(bad), first
  end

  setup(function()
    server = nginx.start(server_conf(CONFIGURE), {workers = 3, files = with {}})
    client = nginx.start(client_conf, {workers = 1, files = {["root.pem"] = certificates.root()}})
    a, b = certificates.issue {"site.test", "a.test"}, certificates.issue({"site.test", "b.test"}, {kind = "ec"})
    inside(server, install_code(a))
  end)

  teardown(function()
    client.stop()
    server.stop()
  end)

  it("swaps hundreds of times without one failed handshake", function()
    local swapped
    local good, bad, first = load_during(4, function()
      swapped = inside(server, ([[
        for _ = 1, 200 do
          %s
          ngx.sleep(0.005)
          %s
          ngx.sleep(0.005)
        end
        return "swapped"
      ]]):format(install_code(a), install_code(b)))
    end)
    assert.equal("swapped", swapped)
    assert.same({0, ""}, {bad, first})
    assert.is_true(good > 200, good .. " handshakes")
  end)

  it("shows the new certificate at the next handshake, in every worker", function()
    local lines, expected = {}, {}
    for i, one in ipairs {a, b} do
      program.write(server.dir .. "/install" .. i, "local store, certificate = ...\n" .. install_code(one))
    end
    for i = 1, 60 do
      local one = i % 2 + 1
      lines[#lines + 1] = ([[next
silent
data-binary = "@%s/install%d"
url = "http://127.0.0.1:%d/run"
next
silent
insecure
no-sessionid
connect-to = "site.test:443:127.0.0.1:%d"
write-out = "%%{certs}"
url = "https://site.test/"
]]):format(server.dir, one, server.ports.http, server.ports.tls)
      expected[i] = (one == 1 and a or b).serial
    end
    program.write(server.dir .. "/many", table.concat(lines):gsub("^next\n", ""))
    local text = output("curl -K " .. server.dir .. "/many")
    local seen, pids, count = {}, {}, 0
    for serial in text:gmatch("Serial Number:%s*(%x+)") do
      seen[#seen + 1] = (#serial % 2 == 1 and "0" .. serial or serial):upper()
    end
    for pid in text:gmatch("served by (%d+)") do
      if not pids[pid] then
        pids[pid], count = true, count + 1
      end
    end
    assert.same(expected, seen)
    assert.is_true(count > 1, count .. " workers answered")
  end)

  it("reloads without a failed handshake, and keeps what is in memory", function()
    local before = server.children()
    local good, bad, first = load_during(3, function()
      for _ = 1, 3 do
        server.signal "HUP"
        system.sleep(0.6)
      end
    end)
    assert.same({0, ""}, {bad, first})
    assert.is_true(good > 100)
    local last = served(server, "site.test")
    assert.is_true(last == a.serial or last == b.serial)
    assert.is_true(server.reload())
    for _, pid in ipairs(server.children()) do
      for _, old in ipairs(before) do
        assert.not_equal(old, pid)
      end
    end
  end)

  it("elects one worker for a job, and another when that one is killed", function()
    local function elected()
      local found, asked, count = {}, {}, 0
      wait(10, function()
        local pid, is = inside(server, [[return ngx.worker.pid() .. " " .. tostring(store.elect("test", 30))]])
          :match("(%d+) (%a+)")
        if pid and not asked[pid] then
          asked[pid], count = true, count + 1
        end
        if is == "true" then
          found[pid] = true
        end
        return count == 3
      end)
      local list = {}
      for pid in pairs(found) do
        list[#list + 1] = pid
      end
      return list
    end
    local first = elected()
    assert.equal(1, #first)
    server.signal("KILL", first[1])
    assert.is_true(wait(5, function() return #server.children() == 3 end))
    assert.equal("false", inside(server, [[return tostring(store.elect("test", 30))]]), "before its time is over")
    local left = tonumber(inside(server, [[return ngx.shared.reseal:ttl("l:test")]]))
    assert.is_true(left > 0 and left <= 30, left .. " s")
    -- its time is over
    assert.equal("true", inside(server, [[return ngx.shared.reseal:expire("l:test", 0.001)]]))
    system.sleep(0.01)
    local second = elected()
    assert.equal(1, #second)
    assert.not_equal(first[1], second[1])
    local last = served(server, "site.test")
    assert.is_true(last == a.serial or last == b.serial)
  end)

  it("serves through a worker's death", function()
    local good, bad = load_during(2, function() server.signal("KILL", server.children()[1]) end)
    assert.is_true(good > 50)
    assert.is_true(bad <= 4, bad .. " failed: more than were in that worker's hands")
  end)

  it("ends at once, and ends kindly", function()
    for _, signal in ipairs {"TERM", "QUIT"} do
      local short = nginx.start(server_conf(CONFIGURE), {workers = 3, files = with {}})
      inside(short, install_code(a))
      assert.equal(a.serial, served(short, "site.test"))
      local children = short.children()
      short.signal(signal)
      assert.equal(0, wait(5, short.ended))
      assert.is_nil(short.log():find("%[alert%]"))
      for _, pid in ipairs(children) do
        assert.not_equal(0, os.execute("kill -0 " .. pid .. " 2>/dev/null"))
      end
      short.stop()
    end
  end)
end)

describe("a directory of certificates", function()
  local server
  local init = [[
    local store, directory = require "reseal.nginx.store", require "reseal.nginx.directory"
    local opts = {directory = "@dir@/certs", interval = 0.2, dict = "reseal"}
    assert(store.configure(opts))
    local ok, err = directory.load(opts)
    if not ok then ngx.log(ngx.ERR, err) end
  ]]
  -- How often a worker asks the system for a file without letting others run, at most, and in all: under its pid in
  -- "small".
  local more = [[ init_worker_by_lua_block {
    local lfs, sleep = require "lfs", ngx.sleep
    local asked, most, all = 0, 0, 0
    local function count()
      asked, all = asked + 1, all + 1
      if asked > most then
        most = asked
      end
    end
    local function counted(f)
      return function(...)
        count()
        return f(...)
      end
    end
    local dir = lfs.dir
    lfs.attributes, io.open = counted(lfs.attributes), counted(io.open)
    function lfs.dir(...)
      local following, state = dir(...)
      return counted(following), state
    end
    function ngx.sleep(...)
      ngx.shared.small:set(ngx.worker.pid(), most .. " " .. all)
      asked = 0
      return sleep(...)
    end
    assert(require("reseal.nginx.directory").watch {directory = "@dir@/certs", interval = 0.2})
  } ]]

  local function start(files, dict)
    files = with(files)
    local chosen = init:gsub('"reseal"}', '"' .. (dict or "reseal") .. '"}')
    return nginx.start(server_conf(chosen, more), {workers = 3, files = files})
  end

  --- Replaces a pair as a careful program does: chain, then key, each by a rename.
  local function replace(name, one, mode)
    for extension, content in pairs {key = one.key, pem = one.certificate} do
      local path = ("%s/certs/%s.%s"):format(server.dir, name, extension)
      program.write(path .. "~", content)
      os.execute("chmod " .. (extension == "key" and mode or "644") .. " " .. path .. "~")
      assert(os.rename(path .. "~", path))
    end
  end

  local function serves(one, name)
    return wait(5, function() return served(server, name) == one.serial end)
  end

  after_each(function()
    if server then
      server.stop()
    end
    server = nil
  end)

  it("is loaded at start and watched; what is bad is told and left", function()
    local flat = certificates.issue {"flat.test", "also.test"}
    local folder = certificates.issue {"folder.test", "shared.test"}
    local own, other = certificates.issue({"shared.test"}, {days = 5}), certificates.issue {"nobody.test"}
    server = start {
      ["certs/flat.test.pem"] = flat.certificate, ["certs/flat.test.key"] = flat.key,
      ["certs/folder.test/fullchain.pem"] = folder.certificate .. certificates.root(),
      ["certs/folder.test/privkey.pem"] = folder.key,
      ["certs/shared.test.pem"] = own.certificate, ["certs/shared.test.key"] = own.key,
      ["certs/torn.pem"] = other.certificate, ["certs/torn.key"] = flat.key,
      ["certs/empty.pem"] = "", ["certs/lonely.pem"] = other.certificate,
    }
    assert.equal(flat.serial, served(server, "flat.test"))
    assert.equal(flat.serial, served(server, "also.test"))
    assert.equal(folder.serial, served(server, "folder.test"))
    assert.equal(own.serial, served(server, "shared.test"), "the pair that bears the name")
    assert.equal(placeholder.serial, served(server, "nobody.test"))
    local log = server.log()
    assert.matches("skipped: %S+/certs/torn%.pem with torn%.key: the private key is not that of the certificate", log)
    assert.matches("skipped: %S+/certs/empty%.pem: is empty", log)
    assert.matches("skipped: %S+/certs/lonely%.key: No such file", log)

    local newer = certificates.issue {"flat.test", "also.test"}
    replace("flat.test", newer, "644")
    assert.is_true(serves(newer, "flat.test"))
    assert.equal(newer.serial, served(server, "also.test"))
    -- A bad one after a good one: told once, and the good one is served on. (What is seen between the two renames is
    -- bad too.)
    server.pause(function() replace("flat.test", {certificate = newer.certificate, key = other.key}, "644") end)
    assert.truthy(wait(5, function()
      return server.log():find("served on: %S+/flat%.test%.pem with flat%.test%.key: the private key is not")
    end))
    assert.equal(newer.serial, served(server, "flat.test"))
    system.sleep(0.8)
    assert.equal(1, select(2, server.log():gsub("served on: %S+/flat%.test", "")))
    -- A new folder is found too.
    local late = certificates.issue {"late.test"}
    replace("late.test", late, "644")
    assert.is_true(serves(late, "late.test"))
    -- One that goes is served on.
    os.remove(server.dir .. "/certs/late.test.pem")
    system.sleep(0.5)
    assert.equal(late.serial, served(server, "late.test"))
  end)

  it("is loaded again when a file is written once more, in the same second and with the same size", function()
    local first = certificates.issue {"same.test"}
    local second
    repeat second = certificates.issue {"same.test"} until #second.certificate == #first.certificate
      and #second.key == #first.key
    server = start {["certs/unused"] = ""}
    local now = os.time()
    assert.is_true(wait(3, function() return os.time() > now end)) -- a second begins
    for _, one in ipairs {first, second} do
      program.write(server.dir .. "/certs/same.test.key", one.key)
      program.write(server.dir .. "/certs/same.test.pem", one.certificate)
      assert.is_true(serves(one, "same.test"))
    end
  end)

  it("is loaded once, and not again when a file is only touched: what was installed since stays", function()
    local first, installed = certificates.issue {"once.test"}, certificates.issue {"once.test"}
    server = start {["certs/unused"] = ""}
    replace("once.test", first, "644")
    assert.is_true(serves(first, "once.test"))
    inside(server, install_code(installed))
    assert.equal(installed.serial, served(server, "once.test"))
    for _ = 1, 2 do
      system.sleep(1.5)
      assert.equal(installed.serial, served(server, "once.test"))
      os.execute("touch " .. server.dir .. "/certs/once.test.*")
    end
    assert.equal(1, select(2, server.log():gsub("loaded %S+/once%.test%.pem", "")))
  end)

  it("needs LuaFileSystem, and says what to install", function()
    server = start {["certs/unused"] = ""}
    local said = inside(server, [[
      for name in pairs {lfs = 1, ["reseal.nginx.directory"] = 1} do package.loaded[name] = nil end
      package.preload.lfs = function() error "module 'lfs' not found" end
      return select(2, pcall(require("resty.reseal").init, {directory = "/etc"}))
    ]])
    assert.matches("needs LuaFileSystem for nginx's LuaJIT %(Debian, Ubuntu: lua%-filesystem; LuaRocks: luafil", said)
    assert.matches("module 'lfs' not found", said)
  end)

  -- OpenSSL opens the terminal itself to ask for a passphrase, and nginx would wait there.
  it("with encrypted keys is loaded without them, and no terminal is asked", function()
    local good, bad = certificates.issue {"good.test"}, certificates.issue {"bad.test"}
    local function encrypted(command)
      local path = os.tmpname()
      program.write(path, bad.key)
      local pem = program.output(("openssl %s -in %s -passout pass:secret 2>/dev/null"):format(command, path))
      os.remove(path)
      assert(pem:find("ENCRYPTED", 1, true), command)
      return pem
    end
    local header = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
    server = nginx.start(server_conf(init, more), {workers = 3, terminal = true, files = with {
      ["certs/good.test.pem"] = good.certificate, ["certs/good.test.key"] = good.key,
      ["certs/new.pem"] = bad.certificate, ["certs/new.key"] = encrypted "pkcs8 -topk8",
      ["certs/old.pem"] = bad.certificate, ["certs/old.key"] = encrypted "ec -aes128",
      ["certs/odd.pem"] = bad.certificate:gsub("\n", "\n" .. header, 1), ["certs/odd.key"] = bad.key,
    }})
    assert.equal(good.serial, served(server, "good.test"))
    local log = server.log()
    for _, name in ipairs {"new", "old"} do
      assert.matches("skipped: %S+/" .. name .. "%.pem with " .. name .. "%.key: the private key is encrypted", log)
    end
    assert.matches("skipped: %S+/odd%.pem with odd%.key: the certificate's file holds something that is encrypted", log)
    assert.is_nil(server.output():lower():find("pass phrase", 1, true), server.output())
  end)

  it("keeps keys readable to root only, and a reload does not undo what was installed since", function()
    local as_root = output("id -u"):match("%d+") == "0"
    local first = certificates.issue {"key.test"}
    server = start {["certs/unused"] = ""}
    replace("key.test", first, "600")
    assert.is_true(server.reload())
    assert.equal(first.serial, served(server, "key.test"))
    --- How often workers said that they can't read a key. What they see between the two renames they can't read either.
    local function told()
      return select(2, server.log():gsub("not readable by the worker", ""))
    end
    local before = told()
    local second = certificates.issue {"key.test"}
    server.pause(function() replace("key.test", second, "600") end)
    if as_root then
      assert.truthy(wait(5, function() return told() > before end))
      assert.matches("key%.test%.key: Permission denied; workers run without root's rights%. \"nginx %-s reload\"",
        server.log())
      system.sleep(0.6)
      assert.equal(before + 1, told())
      assert.equal(first.serial, served(server, "key.test"))
      assert.is_true(server.reload())
    end
    assert.is_true(serves(second, "key.test"))
    local installed = certificates.issue {"key.test"}
    inside(server, install_code(installed))
    assert.equal(installed.serial, served(server, "key.test"))
    assert.is_true(server.reload())
    assert.equal(installed.serial, served(server, "key.test"))
  end)

  it("loads a key that becomes readable in the second in which it could not be read", function()
    local one = certificates.issue {"soon.test"}
    server = start {["certs/unused"] = ""}
    local path, now = server.dir .. "/certs/soon.test", os.time()
    assert.is_true(wait(3, function() return os.time() > now end)) -- a second begins
    program.write(path .. ".key", one.key)
    os.execute("chmod 600 " .. path .. ".key")
    program.write(path .. ".pem", one.certificate)
    system.sleep(0.5) -- seen
    os.execute("chmod 644 " .. path .. ".key")
    assert.is_true(serves(one, "soon.test"))
  end)

  it("too large for the dict is an error that says what it needs", function()
    local files, key = {["certs/unused"] = ""}, certificates.new_key()
    for i = 1, 60 do
      local one = certificates.issue({i .. ".test"}, {key = key})
      files["certs/" .. i .. ".test.pem"] = one.certificate .. certificates.root():rep(3)
      files["certs/" .. i .. ".test.key"] = one.key
    end
    server = start(files, "small")
    local need = server.log():match("lua_shared_dict small is full: .-; the whole of %S+/certs needs about (%d+)m")
    assert.equal("2", need)
  end)

  it("holds 10,000 certificates, without a stop for others", function()
    local key = certificates.new_key()
    server = start {["certs/0.many.test.pem"] = placeholder.certificate, ["certs/0.many.test.key"] = placeholder.key}
    local pem = key:toPEM "private"
    local last, some
    for i = 1, 10000 do
      local name = i .. ".many.test"
      local one = certificates.issue({name}, {key = key})
      program.write(("%s/certs/%s.pem"):format(server.dir, name), one.certificate)
      program.write(("%s/certs/%s.key"):format(server.dir, name), pem)
      some = i == 1234 and one or some
      last = one
    end
    -- The watching worker finds them all, in slices: the others, and itself, answer meanwhile.
    assert.truthy(wait(60, function()
      return inside(server, [[return store.value("o:10000.many.test:ec") and store.value("o:9999.many.test:ec")
        and 1 or 0]]) == "1"
    end), server.log())
    -- The most that a worker asked for without letting others run, and what it asked for in all.
    local most, all = inside(server, [[
      local most, all = 0, 0
      for _, pid in ipairs(ngx.shared.small:get_keys()) do
        local one, whole = ngx.shared.small:get(pid):match "(%S+) (%S+)"
        most, all = math.max(most, tonumber(one)), math.max(all, tonumber(whole))
      end
      return most .. " " .. all]]):match "^(%d+) (%d+)"
    most, all = tonumber(most), tonumber(all)
    assert.is_true(most >= 100 and most <= 400, most .. " of " .. all .. " without a look at others")
    assert.is_true(all > 40000, all)
    assert.equal(last.serial, served(server, "10000.many.test"))
    assert.equal(some.serial, served(server, "1234.many.test"))
    assert.equal("10001", inside(server, "local n = 0 for _ in store.names() do n = n + 1 end return n"))
    assert.is_true(server.reload())
    assert.equal(some.serial, served(server, "1234.many.test"))
  end)
end)
