-- Private keys as files: durable before a request leaves, never one in the place of another, nobody else's.

local keys = require "reseal.order.keys"
local lfs = require "lfs"
local program = require "spec.support.process"
local system = require "reseal.system"
local x509 = require "reseal.x509"

local dir, folder, store

local function mode(path)
  return lfs.attributes(path, "permissions")
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local content = file:read "*a"
  file:close()
  return content
end

before_each(function()
  dir = assert(system.mkdtemp "reseal-keys-")
  folder = dir .. "/state/keys"
  store = keys.open(folder)
end)

after_each(function() system.remove_tree(dir) end)

local function fails(code, result, err)
  assert.is_nil(result)
  assert.equal(code, err.code, err.message)
  return err
end

describe("keys", function()
  it("are made with their requests, for their owner alone", function()
    local csr = assert(store.make("P-256", {"example.com", "www.example.com"}, "example.com/17"))
    local path = folder .. "/example.com/17.key"
    assert.equal(path, store.path "example.com/17")
    local pem = assert(store.read "example.com/17")
    assert.equal(pem, read(path))
    assert.is_true(x509.belongs(pem, csr))
    assert.same({"example.com", "www.example.com"}, assert(x509.request(csr)).names)
    assert.equal("rw-------", mode(path))
    assert.equal("rwx------", mode(folder))
    assert.equal("rwx------", mode(folder .. "/example.com"))
    -- Nothing else is left there.
    local count = 0
    for _ in lfs.dir(folder .. "/example.com") do
      count = count + 1
    end
    assert.equal(3, count)
  end)

  it("stay: a second request has the same key, and another reference another", function()
    local first = assert(store.make("P-256", {"example.com"}, "example.com/1"))
    local pem = store.read "example.com/1"
    local second = assert(store.make("P-256", {"example.com", "b.example.com"}, "example.com/1"))
    assert.equal(pem, store.read "example.com/1")
    assert.is_true(x509.belongs(pem, first) and x509.belongs(pem, second))
    assert(store.make("P-384", {"example.com"}, "example.com/2"))
    assert.equal(pem, store.read "example.com/1")
    assert.not_equal(pem, store.read "example.com/2")
    fails("exists", store.write("example.com/1", assert(x509.new_key "P-256")))
    assert.equal(pem, store.read "example.com/1")
  end)

  it("are not made for a request that can't be", function()
    fails("request", store.make("P-256", {"not a name"}, "example.com/1"))
    fails("key", store.make("P-1", {"example.com"}, "example.com/1"))
    fails("key", store.write("example.com/1", "no key"))
    assert.is_false(store.exists "example.com/1")
    assert.is_nil(lfs.attributes(folder))
    fails("no_key", store.read "example.com/1")
  end)

  it("have references that can't leave the folder", function()
    for _, wrong in ipairs {"", "x", "/x", "x/", ("x"):rep(256) .. "/1", "a\0/b", 7} do
      fails("reference", store.path(wrong))
      fails("reference", store.make("P-256", {"example.com"}, wrong))
    end
    for _, ref in ipairs {"../../etc/1", "*.example.com/1", ".hidden/..", "a b%/%41", "../.."} do
      assert(store.make("P-256", {"example.com"}, ref))
      local path = store.path(ref)
      assert.equal(folder, (path:match "^(.*)/[^/]+/[^/]+$"))
      assert.is_nil(path:sub(#folder + 1):find "/%.")
      assert.is_truthy(store.read(ref))
    end
    local refs = {}
    for _, one in ipairs(assert(store.list())) do
      refs[one.ref] = true
    end
    assert.same({["../../etc/1"] = true, ["*.example.com/1"] = true, [".hidden/.."] = true, ["a b%/%41"] = true,
      ["../.."] = true}, refs)
  end)

  it("are listed, the oldest first, of one name or all", function()
    assert.same({}, store.list())
    for _, ref in ipairs {"b.example/2", "b.example/1", "a.example/1"} do
      assert(store.make("P-256", {"example.com"}, ref))
    end
    lfs.touch(store.path "b.example/2", 1000, 1000)
    local refs = {}
    for i, one in ipairs(assert(store.list())) do
      refs[i] = one.ref
    end
    assert.same({"a.example/1", "b.example/2", "b.example/1"}, refs)
    assert.equal(1000, store.list "b.example"[1].modified)
    assert.equal(2, #store.list "b.example")
    assert.same({}, store.list "c.example")
  end)

  it("that others may read are refused", function()
    assert(store.make("P-256", {"example.com"}, "example.com/1"))
    for _, wrong in ipairs {"640", "604", "660"} do
      os.execute(("chmod %s %s"):format(wrong, store.path "example.com/1"))
      local err = fails("file", store.read "example.com/1")
      assert.is_truthy(err.message:find("chmod 600", 1, true))
      fails("file", store.make("P-256", {"example.com"}, "example.com/1"))
    end
  end)

  it("of another user, and links, are refused", function()
    assert(store.make("P-256", {"example.com"}, "example.com/1"))
    local path = store.path "example.com/1"
    if system.uid() == 0 then
      os.execute("chown 65534 " .. path)
      fails("owner", store.read "example.com/1")
      os.execute("chown 0 " .. path .. "; chown 65534 " .. folder .. "/example.com")
      fails("folder", store.make("P-256", {"example.com"}, "example.com/2"))
    end
    os.execute(("ln -s nowhere %s/dangling"):format(dir))
    assert.is_nil(system.write_new(dir .. "/dangling", "x"))
    assert.is_nil(lfs.attributes(dir .. "/nowhere"))
  end)

  it("go into no folder that others can look into", function()
    os.execute(("mkdir -p %s && chmod 755 %s"):format(folder, folder))
    local err = fails("folder", store.make("P-256", {"example.com"}, "example.com/1"))
    assert.is_truthy(err.message:find("chmod 700", 1, true))
  end)

  it("made at once by several processes are one", function()
    local workers = {}
    for i = 1, 3 do
      workers[i] = program.start([[
        local store = require("reseal.order.keys").open((...))
        say "ready"
        pause()
        local csr, err = store.make("P-256", {"example.com"}, "example.com/1")
        say(csr and "made" or err.code)
      ]], folder)
    end
    for _, worker in ipairs(workers) do
      assert.equal("ready", worker.line())
    end
    for _, worker in ipairs(workers) do
      os.execute("touch " .. worker.go_file)
    end
    local made = 0
    for _, worker in ipairs(workers) do
      local said = worker.finish():match "%a+"
      assert.is_true(said == "made" or said == "exists", said)
      made = made + (said == "made" and 1 or 0)
    end
    assert.is_true(made >= 1)
    assert.equal(1, #assert(store.list()))
  end)

  it("are taken away all at once, of one certificate alone", function()
    for _, ref in ipairs {"a.example/1", "a.example/2", "b.example/1"} do
      assert(store.make("P-256", {"a.example"}, ref))
    end
    assert.is_true(store.remove "a.example")
    assert.is_true(store.remove "a.example")
    assert.is_true(store.remove "")
    assert.is_true(store.remove "..")
    local left = {}
    for i, key in ipairs(assert(store.list())) do
      left[i] = key.ref
    end
    assert.same({"b.example/1"}, left)
  end)

  it("are whole or not there, where the disk is full", function()
    -- A limit of the shell's stands for it; what is cut is never given its name.
    local long = ("x"):rep(100000)
    local worker = program.start([[
      local system = require "reseal.system"
      system.begin()
      say(tostring((system.write_new(..., ("x"):rep(100000)))))
    ]], dir .. "/file", {before = "ulimit -f 8;"})
    assert.is_truthy(worker.finish():find "nil")
    assert.is_nil(lfs.attributes(dir .. "/file"))
    assert.is_true(system.write_new(dir .. "/file", long))
    assert.equal(long, read(dir .. "/file"))
  end)
end)
