-- The rock is built without a network from a copy of the tree, by the command that README gives, and used from outside
-- of it. LuaRocks is as it comes: told nothing but which Lua is meant, and what a network would bring.

local rockspec = require "spec.support.rockspec"
local output = rockspec.output

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- The command of the Lua that runs this.
local function interpreter()
  local command, i = nil, 0
  while arg and arg[i] do
    command, i = arg[i], i - 1
  end
  return assert(os.getenv "RESEAL_LUA" or command)
end

describe("the rock", function()
  local version = _VERSION:match "%d%.%d"
  local lua = interpreter()
  local folder, root, run, make

  setup(function()
    folder = output("mktemp -d"):gsub("\n", "")
    root = folder .. "/root"
    output("mkdir " .. folder .. "/tree && cp -R csrc lua bin rockspec LICENSE *.md " .. folder .. "/tree")
    local package_name = package.loaded.jit and "luajit" or "lua" .. version
    local headers = output("pkg-config --cflags-only-I " .. package_name):match "%-I(%S+)"
    local config = assert(io.open(folder .. "/config.lua", "w"))
    config:write(([[
      rocks_servers = {}
      rocks_provided = { ["lua-cjson"] = "2.1.0-1", luaossl = "20220711-0", argparse = "0.7.1-1",
        luafilesystem = "1.8.0-1" }
      lua_interpreter = %q
      variables = { LUA_INCDIR = %q, LUA_BINDIR = %q, CFLAGS = "-O0 -fPIC" }
    ]]):format(lua:match "[^/]+$", headers, lua:match "^(.*)/"))
    config:close()
    local readme = assert(io.open "README.md")
    local command = readme:read("*a"):match "`luarocks (make [^`\n]*%.rockspec[^`\n]*)`"
    readme:close()
    -- make(options): the command, with some more before it
    make = function(tree, options)
      return output(("cd %s/tree && LUAROCKS_CONFIG=%s/config.lua luarocks --lua-version %s --tree %s %s %s 2>&1")
        :format(folder, folder, version, tree, command, options or ""))
    end
    make(root)
    local share, lib = root .. "/share/lua/" .. version, root .. "/lib/lua/" .. version
    -- run(code): what that Lua prints, with nothing on its paths but the rock and what the system has.
    run = function(code)
      local environment = "env LUA_PATH=" .. quote(share .. "/?.lua;" .. share .. "/?/init.lua;;")
      for _, suffix in ipairs {"", "_5_2", "_5_3", "_5_4", "_5_5"} do
        environment = environment .. " LUA_CPATH" .. suffix .. "=" .. quote(lib .. "/?.so;;")
      end
      return output("cd / && " .. environment .. " " .. lua .. " -e " .. quote(code) .. " 2>&1")
    end
  end)

  teardown(function()
    if folder then
      output("rm -rf " .. folder)
    end
  end)

  it("passes luarocks' own check", function()
    output("luarocks lint " .. rockspec.path .. " 2>&1")
  end)

  local encode = [[
    local reseal = require "reseal"
    local client = assert(reseal.namecheap { api_user = "apiexample", api_key = "key", client_ip = "192.0.2.1" })
    local request = assert(client:encode("renew", { CertificateID = 501904, Years = 1, SSLType = "PositiveSSL" }))
    io.write(request.method, " ", request.url, "\n", request.body, "\n")
  ]]
  local encoded = "POST https://api.namecheap.com/xml.response\n"
    .. "ApiUser=apiexample&ApiKey=key&UserName=apiexample&Command=namecheap.ssl.renew&ClientIp=192.0.2.1"
    .. "&CertificateID=501904&Years=1&SSLType=PositiveSSL\n"

  it("encodes a call", function()
    assert.are.equal(encoded, run(encode))
  end)

  it("brings the transport and the small helpers of the system", function()
    assert.are.equal("function function\n", run [[
      io.write(type(require "reseal.transport.curl"), " ", type(require("reseal.system").sleep), "\n")
    ]])
  end)

  it("brings SQLite, and says that PostgreSQL is not in it", function()
    assert.are.equal("9007199254740991 no_module\n", run(([[
      local sql = require "reseal.sql"
      local db = assert(sql.open "%s/rock.db")
      local row = assert(db:rows("SELECT $1 AS it", 9007199254740991))[1]
      local _, err = sql.open "postgresql://127.0.0.1/x"
      io.write(string.format("%%.0f", row.it), " ", err.code, "\n")
    ]]):format(folder)))
  end)

  it("brings a library for LuaJIT's FFI", function()
    if package.loaded.jit then
      local preload = [[package.preload["reseal.core.native"] = function() return require "reseal.core.ffi" end]]
      assert.are.equal(encoded, run(preload .. encode))
    else
      local file = assert(io.open(root .. "/lib/lua/" .. version .. "/libreseal.so", "rb"))
      file:close()
    end
  end)

  it("brings its license and what changed", function()
    local docs = root .. "/lib/luarocks/rocks-" .. version .. "/reseal/" .. rockspec.content.version .. "/doc/"
    for _, name in ipairs {"LICENSE", "CHANGELOG.md", "README.md"} do
      output("cmp " .. name .. " " .. docs .. name)
    end
  end)

  it("brings the command", function()
    local page = output("cd / && " .. root .. "/bin/reseal describe namecheap renew 2>&1")
    assert.is_truthy(page:find("CertificateID", 1, true))
  end)

  it("brings the command also where LuaRocks leaves the dependencies to others", function()
    local tree = folder .. "/alone"
    make(tree, "--deps-mode none")
    local environment = "env"
    for _, suffix in ipairs {"", "_5_2", "_5_3", "_5_4", "_5_5"} do
      environment = environment .. " -u LUA_PATH" .. suffix .. " -u LUA_CPATH" .. suffix
    end
    local shown = output("cd / && " .. environment .. " " .. tree .. "/bin/reseal --version 2>&1")
    assert.are.equal("reseal " .. rockspec.content.version:match "^[^-]+" .. "\n", shown)
  end)
end)
