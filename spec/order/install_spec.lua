-- A pair as files: whole sets that change at once, whatever stood there, whatever fails; and what is then served.
local installing = require "reseal.order.install.files"
local lfs = require "lfs"
local program = require "spec.support.program"
local system = require "reseal.system"
local wait = require "spec.support.wait"
local x509 = require "reseal.x509"

local NAMES = {"privkey.pem", "cert.pem", "chain.pem", "fullchain.pem"}

local dir, folder, pairs_made

--- A pair that signs itself.
local function pair(name)
  local key, cert = os.tmpname(), os.tmpname()
  program.output(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj /CN=%s "
    .. "-addext subjectAltName=DNS:%s -keyout %s -out %s 2>/dev/null"):format(name, name, key, cert))
  local made = {key = program.read(key), certificate = program.read(cert), chain = ""}
  os.remove(key)
  os.remove(cert)
  return made
end

setup(function()
  pairs_made = {pair "example.com", pair "example.com", pair "example.com"}
  pairs_made[2].chain = pairs_made[3].certificate
end)

before_each(function()
  dir = assert(system.mkdtemp "reseal-install-")
  folder = dir .. "/live/example.com"
end)

after_each(function() system.remove_tree(dir) end)

local function managed(more)
  local m = {name = "example.com", names = {"example.com"}, install = {folder = folder}}
  for name, value in pairs(more or {}) do
    m.install[name] = value
  end
  return m
end

local function read(name)
  return program.read(folder .. "/" .. name)
end

local function assert_shows(one)
  assert.equal(one.key, read "privkey.pem")
  assert.equal(one.certificate, read "cert.pem")
  assert.equal(one.chain, read "chain.pem")
  assert.equal(one.certificate .. one.chain, read "fullchain.pem")
end

local function count(path)
  local n = 0
  for name in lfs.dir(path) do
    n = n + (name:find "^%." and 0 or 1)
  end
  return n
end

describe("a folder of files", function()
  it("shows a new pair under certbot's names, its key to nobody else", function()
    local files, m = installing.new(), managed()
    assert.is_true(files:room(m))
    assert.is_false(files:served(m))
    assert.is_true(files:install(m, pairs_made[1]))
    assert_shows(pairs_made[1])
    assert.equal("rw-------", lfs.attributes(folder .. "/privkey.pem", "permissions"))
    assert.equal("rw-r--r--", lfs.attributes(folder .. "/fullchain.pem", "permissions"))
    local served = assert(files:served(m))
    assert.equal(x509.certificate(pairs_made[1].certificate).fingerprint, served.fingerprint)
    assert.is_true(served.matches)
    assert.equal("P-256", served.kind)
    assert.is_true(files:install(m, pairs_made[1]))
    assert.is_nil(files:rollback(m)) -- there was none before
  end)

  it("changes all at once, goes back at once, and keeps a few", function()
    local files, m = installing.new(), managed()
    assert(files:install(m, pairs_made[1]))
    assert.is_true(files:install(m, pairs_made[2]))
    assert_shows(pairs_made[2])
    for _, name in ipairs(NAMES) do
      assert.equal("current/" .. name, lfs.symlinkattributes(folder .. "/" .. name, "target"))
    end
    assert.is_true(files:rollback(m))
    assert_shows(pairs_made[1])
    for i = 1, 6 do
      assert(files:install(m, pairs_made[i % 3 + 1]))
    end
    assert_shows(pairs_made[1])
    assert.is_true(count(folder .. "/.versions") <= 4)
  end)

  it("takes over what stood there as files, with modes and owners", function()
    local files, m = installing.new(), managed()
    program.output("mkdir -p " .. folder)
    program.write(folder .. "/privkey.pem", pairs_made[1].key)
    program.write(folder .. "/fullchain.pem", pairs_made[1].certificate)
    os.execute(("chmod 640 %s/privkey.pem"):format(folder))
    local group = program.output("id -u"):match "^0" and 33 or lfs.attributes(folder, "gid")
    os.execute(("chgrp %d %s/privkey.pem"):format(group, folder))
    assert.is_true(files:install(m, pairs_made[2]))
    assert_shows(pairs_made[2])
    assert.equal("rw-r-----", lfs.attributes(folder .. "/privkey.pem", "permissions"))
    assert.equal(group, lfs.attributes(folder .. "/privkey.pem", "gid"))
    assert.is_true(files:rollback(m))
    assert.equal(pairs_made[1].key, read "privkey.pem")
    assert.equal(pairs_made[1].certificate, read "fullchain.pem")
  end)

  it("is not touched by a key that isn't the certificate's", function()
    local files, m = installing.new(), managed()
    assert(files:install(m, pairs_made[1]))
    local ok, err = files:install(m, {key = pairs_made[2].key, certificate = pairs_made[3].certificate, chain = ""})
    assert.is_nil(ok)
    assert.is_truthy(tostring(err):find("key", 1, true))
    assert_shows(pairs_made[1])
  end)

  it("never shows halves of two, wherever the process is killed", function()
    local m = managed()
    assert(installing.new():install(m, pairs_made[1]))
    for i = 1, 3 do
      program.write(dir .. "/pair" .. i .. ".key", pairs_made[i].key)
      program.write(dir .. "/pair" .. i .. ".pem", pairs_made[i].certificate)
    end
    local script = ([[
      local program = require "spec.support.program"
      local files = require("reseal.order.install.files").new()
      local m = {name = "example.com", names = {"example.com"}, install = {folder = %q}}
      while true do
        for i = 1, 3 do
          assert(files:install(m, {key = program.read(%q .. i .. ".key"), certificate = program.read(%q .. i .. ".pem"),
            chain = ""}))
        end
      end]]):format(folder, dir .. "/pair", dir .. "/pair")
    program.write(dir .. "/loop.lua", script)
    for turn = 1, 12 do
      local own = assert(system.mkdtemp "reseal-kill-")
      local runner = program.start(("%s %s"):format(os.getenv "RESEAL_LUA", dir .. "/loop.lua"), own)
      local before = lfs.symlinkattributes(folder .. "/current", "target")
      assert.is_truthy(wait(10, function()
        return runner.ended() or lfs.symlinkattributes(folder .. "/current", "target") ~= before
      end))
      system.sleep(0.003 * turn)
      assert.is_nil(runner.ended(), runner.err())
      runner.stop "KILL"
      assert.is_true(x509.belongs(read "privkey.pem", read "fullchain.pem"))
      assert.equal(read "cert.pem" .. read "chain.pem", read "fullchain.pem")
    end
    assert(installing.new():install(m, pairs_made[2])) -- what was left half done is no hindrance
    assert_shows(pairs_made[2])
  end)
end)

-- Needs a file system of its own: root, and no container that forbids it.
local function small_disk(path)
  return program.output(("mkdir -p %s && mount -t tmpfs -o size=96k,mode=700 none %s && echo good"):format(path, path))
    :find "good" ~= nil
end

describe("no room", function()
  it("is told before the order, and leaves the old pair whole afterwards", function()
    local files, m = installing.new(), managed()
    local blocked = dir .. "/live"
    if small_disk(blocked) then
      assert(files:install(m, pairs_made[1]))
      program.output(("dd if=/dev/zero of=%s/fill bs=1k count=200"):format(blocked))
      local ok, err = files:room(m)
      local installed = files:install(m, pairs_made[2])
      local shows_old = read "privkey.pem" == pairs_made[1].key and read "cert.pem" == pairs_made[1].certificate
      program.output("umount " .. blocked)
      assert.is_nil(ok)
      assert.is_truthy(err:find("no certificate could be installed", 1, true))
      assert.is_nil(installed)
      assert.is_true(shows_old)
    else -- the same kind without a mount: nothing can be written there at all
      program.write(dir .. "/live", "a file in the way")
      local ok, err = files:room(m)
      assert.is_nil(ok)
      assert.is_truthy(err:find("no certificate could be installed", 1, true))
      assert.is_nil(files:install(m, pairs_made[2]))
    end
  end)
end)

describe("a deploy hook", function()
  local function hook(text)
    program.write(dir .. "/hook", "#!/bin/sh\n" .. text)
    os.execute("chmod 755 " .. dir .. "/hook")
    return {dir .. "/hook"}
  end

  it("knows what was installed, and its status and time count", function()
    local files = installing.new {now = function() return 1795600000 end}
    assert.is_true(files:deploy(managed()))
    local m = managed {hook = hook(('echo "$RESEAL_NAME $RENEWED_LINEAGE $#" > %s/told'):format(dir))}
    assert.is_true(files:deploy(m))
    assert.equal(("example.com %s 0\n"):format(folder), program.read(dir .. "/told"))
    m = managed {hook = hook(('echo "$@" > %s/told'):format(dir)), vocabulary = "dehydrated"}
    assert.is_true(files:deploy(m))
    assert.equal(("deploy_cert example.com %s/privkey.pem %s/cert.pem %s/fullchain.pem %s/chain.pem 1795600000\n")
      :format(folder, folder, folder, folder), program.read(dir .. "/told"))
    local ok, err = files:deploy(managed {hook = hook "exit 4"})
    assert.is_nil(ok)
    assert.is_truthy(err:find("status 4", 1, true))
    ok, err = files:deploy(managed {hook = hook "sleep 60", timeout = 0.2})
    assert.is_nil(ok)
    assert.is_truthy(err:find("the deploy hook failed", 1, true))
  end)
end)

describe("what was installed", function()
  it("is taken away with all its versions, and the folder where nothing else is in it", function()
    local files = installing.new()
    assert(files:install(managed(), pairs_made[1]))
    assert(files:install(managed(), pairs_made[2]))
    assert.is_true(files:remove(managed()))
    assert.is_nil(lfs.attributes(folder))
    assert.is_true(files:remove(managed()))
    assert(files:install(managed(), pairs_made[1]))
    program.write(folder .. "/mine", "x")
    assert.is_true(files:remove(managed()))
    local left = {}
    for name in lfs.dir(folder) do
      left[#left + 1] = not name:find "^%.%.?$" and name or nil
    end
    assert.same({"mine"}, left)
  end)
end)

describe("what is served", function()
  it("is looked at again for as long as a server may need", function()
    local looks = 0
    local files = installing.new {patience = 30, served = function()
      looks = looks + 1
      return looks < 3 and pairs_made[2].certificate or pairs_made[1].certificate
    end}
    assert.is_true(files:verify(managed {check = "localhost:443"}, pairs_made[1]))
    assert.is_true(looks >= 3)
  end)

  it("is seen by a handshake, and another certificate told", function()
    local files, port = installing.new {timeout = 5, served = require("reseal.curl").served}, assert(system.free_port())
    local m = managed {check = "127.0.0.1:" .. port}
    assert(files:install(m, pairs_made[1]))
    local ok, err = files:verify(m, pairs_made[1])
    assert.is_nil(ok)
    assert.is_truthy(err:find("can't be seen", 1, true))
    local server = program.start(("openssl s_server -quiet -accept 127.0.0.1:%d -key %s/privkey.pem -cert %s/cert.pem")
      :format(port, folder, folder), dir)
    assert.is_truthy(wait(10, function() return files:verify(m, pairs_made[1]) end))
    ok, err = files:verify(m, pairs_made[2])
    assert.is_nil(ok)
    assert.is_truthy(err:find("serves another certificate for example.com", 1, true))
    assert.is_true(files:verify(managed(), pairs_made[2]))
    server.stop()
  end)
end)
