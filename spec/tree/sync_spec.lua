-- What is said in more than one place says the same, and the libraries show no more than they mean to.

local rockspec = require "spec.support.rockspec"
local lines, modules = rockspec.lines, rockspec.content.build.modules

local function set(list)
  local result = {}
  for _, item in ipairs(list) do
    assert(not result[item], item .. " is listed twice")
    result[item] = true
  end
  return result
end

--- What stands in one list but not in the other, or under another value.
local function difference(expected, found)
  local list = {}
  for name, value in pairs(expected) do
    if found[name] ~= value then
      list[#list + 1] = name .. " is missing"
    end
  end
  for name, value in pairs(found) do
    if expected[name] ~= value then
      list[#list + 1] = name .. " is too much"
    end
  end
  table.sort(list)
  return table.concat(list, "\n")
end

--- The file that `require(name)` would take, by package.cpath.
local function library(name)
  for template in package.cpath:gmatch "[^;]+" do
    local path = template:gsub("%?", (name:gsub("%.", "/")))
    local file = io.open(path)
    if file then
      file:close()
      return path
    end
  end
  error(name .. " is not along " .. package.cpath)
end

local function exported(name)
  return lines("nm -D --defined-only " .. library(name) .. " | awk '{ print $NF }'")
end

local function declared()
  local names = lines [[sed -n 's/^RESEAL_API .*[ *]\(reseal_[a-z_]*\)(.*/\1/p' csrc/include/reseal.h]]
  assert.is_true(#names > 30)
  return names
end

describe("exported symbols", function()
  it("of libreseal are exactly the header's functions, of the interface's version", function()
    local expected = {RESEAL_0 = true} -- the version itself
    for _, name in ipairs(declared()) do
      expected[name .. "@@RESEAL_0"] = true
    end
    assert.are.equal("", difference(expected, set(exported "libreseal")))
  end)

  for _, name in ipairs {"core.native", "curl", "system", "sqlite", "postgres"} do
    it("of reseal." .. name .. " are its opener alone", function()
      assert.are.same({"luaopen_reseal_" .. (name:gsub("%.", "_"))}, exported("reseal." .. name))
    end)
  end
end)

describe("a function that takes a handle", function()
  it("is tried with NULL in its place", function()
    local file = assert(io.open "spec/c/test_codec.c")
    local tests = file:read "*a"
    file:close()
    local cdef, tried = require "reseal.core.cdef", 0
    for name in cdef:gmatch "([%l_]+)%(c?o?n?s?t? ?reseal_%l+ %*%l" do
      tried = tried + 1
      assert.is_truthy(tests:find(name .. "(NULL", 1, true), name)
    end
    assert.is_true(tried > 40)
  end)
end)

describe("the declarations for FFI", function()
  it("are the header's", function()
    local file = assert(io.open "lua/reseal/core/cdef.lua")
    local content = file:read "*a"
    file:close()
    assert.are.equal(rockspec.output "tools/cdef.sh", content)
  end)
end)

describe("the version", function()
  local header = lines([[sed -n 's/^#define RESEAL_VERSION "\(.*\)"/\1/p' csrc/include/reseal.h]])[1]

  it("of the Lua API is the header's", function()
    assert.are.equal(header, require("reseal")._VERSION)
    assert.are.equal(header, require("reseal.core.native")._VERSION)
  end)

  it("of the rock is the header's", function()
    assert.are.equal(header, (rockspec.content.version:match "^(.*)%-%d+$"))
    assert.are.equal("rockspec/reseal-" .. rockspec.content.version .. ".rockspec", rockspec.path)
    assert.are.equal("file://reseal-" .. header .. ".tar.gz", rockspec.content.source.url)
  end)
end)

describe("the rock", function()
  it("has every Lua file of the tree, under the name that it has there", function()
    local expected, listed = {}, {}
    for _, path in ipairs(lines "find lua -name '*.lua'") do
      local name = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
      expected[name] = path
    end
    for name, source in pairs(modules) do
      if type(source) == "string" then
        listed[name] = source
      end
    end
    assert.are.equal("", difference(expected, listed))
  end)

  it("has every C file that the Makefile builds", function()
    local codec = "csrc/codec/*.c csrc/providers/*.c csrc/providers/*/*.c"
    for name, files in pairs {
      libreseal = codec,
      ["reseal.core.native"] = "csrc/lua/core.c " .. codec,
      ["reseal.curl"] = "csrc/lua/curl.c csrc/curl/*.c csrc/codec/url.c",
      ["reseal.system"] = "csrc/lua/system.c csrc/system/*.c",
      ["reseal.sqlite"] = "csrc/lua/sqlite.c csrc/sql/sql.c csrc/sql/sqlite.c",
    } do
      assert.are.equal("", difference(set(lines("ls " .. files)), set(modules[name].sources)), name)
    end
  end)
end)

describe("the binding", function()
  it("that the specs run on is the one asked for", function()
    local core = require "reseal.core"
    if os.getenv "RESEAL_BINDING" == "ffi" then
      assert.are.equal(require "reseal.core.ffi", core)
      assert.are.equal("Lua", debug.getinfo(core.new, "S").what)
    else
      assert.are.equal(require "reseal.core.native", core)
      assert.are.equal("C", debug.getinfo(core.new, "S").what)
    end
  end)
end)
