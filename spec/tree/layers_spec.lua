-- Arrows point down: nothing knows what stands above it, and nothing stands in a circle.

local layers = require "spec.support.layers"
local program = require "spec.support.program"
local rockspec = require "spec.support.rockspec"

-- The layers of Lua modules, from the bottom up. The C modules among them are those of csrc/lua/.
local LUA = {
  {name = "core", "reseal.core", "reseal.core.*", "reseal.limits", "reseal.nearest", "reseal.system"},
  {
    name = "client", only = {"core"},
    "reseal.account", "reseal.answer", "reseal.api", "reseal.client", "reseal.dates", "reseal.failure", "reseal.guard",
    "reseal.hosts", "reseal.listing", "reseal.options", "reseal.pause", "reseal.realtimeregister.webhook",
    "reseal.roles", "reseal.status", "reseal.types",
  },
  {name = "x509", only = {"core", "reseal.hosts"}, "reseal.x509", "reseal.precheck"},
  {name = "inventory", only = {"core", "client", "x509"}, "reseal.inventory"}, -- all that an account has
  {name = "sql", only = {"core"}, "reseal.sql", "reseal.sqlite", "reseal.postgres"},
  {name = "transport", only = {"core"}, "reseal.transport.*", "reseal.curl"},
  {name = "order", only = {"core", "client", "x509", "inventory", "sql"}, "reseal.order.*"},
  -- Orders in a process of its own, which the client is handed to.
  {name = "credentials", only = {"core", "client"}, "reseal.credentials"},
  {
    name = "orders", only = {"core", "client", "x509", "transport", "order", "credentials"},
    "reseal.orders", "reseal.orders.*",
  },
  {name = "library", only = {"client", "x509", "transport", "core", "orders"}, "reseal"}, -- the client with libcurl
  -- The sellers' double takes from the codec which methods there are, and nothing of what reads and writes their bytes.
  {name = "sandbox", only = {"core", "x509", "reseal.dates"}, "reseal.sandbox", "reseal.sandbox.*"},
  -- The hosts know nothing of each other. What is inside nginx doesn't know libcurl, nor the library that leads to it.
  {
    name = "cli", "reseal.cli.*",
    only = {
      "core", "client", "x509", "inventory", "sql", "transport", "library", "order", "credentials", "orders", "sandbox",
    },
  },
  {
    name = "nginx", only = {"core", "client", "x509", "inventory", "sql", "order"},
    "reseal.nginx", "reseal.nginx.*",
  },
  {
    name = "resty", only = {"core", "client", "x509", "nginx", "reseal.transport.cosocket"},
    "resty.reseal",
  },
  -- The pages about the calls have the words of the command line's own help.
  {name = "tools", only = {"core", "client", "library", "reseal.cli.parameters"}, "tools.*"},
}

-- The layers of C files below csrc/.
local C = {
  {name = "interface", "include/reseal.h"},
  -- The names of formats are part of what a description says; what they match is the codec's.
  {name = "descriptions", "description.h", "providers/*", "codec/formats.h"},
  -- A quirk reads an answer that no column describes: the codec's work, beside the provider whose it is.
  {name = "codec", "codec/*", "providers/quirks.c", "providers/quirks.h"},
  {name = "lint", "lint/*"}, -- asks whether the descriptions say what the codec reads
  {name = "transport", only = {"interface", "codec/limits.h", "codec/url.h"}, "curl/*"},
  {name = "sql", only = {}, "sql/*"},
  {name = "system", only = {}, "system/*"},
  {name = "bindings", only = {"interface", "transport", "sql", "system", "codec/limits.h"}, "lua/*"},
}

-- The codec is pure: of the system's headers it sees these (and the C module of Lua, say, none of them).
local PURE = {
  float = true, limits = true, ["libxml/parser"] = true, stdarg = true, stdbool = true, stddef = true, stdint = true,
  stdlib = true, string = true,
}

local function lua_graph()
  local files, graph, faults = {}, {}, {}
  for name, source in pairs(rockspec.content.build.modules) do
    files[name] = type(source) == "string" and source or false
  end
  files.libreseal, files["reseal.postgres"] = nil, false -- FFI's library is no module; that module is in no rock
  for _, path in ipairs(rockspec.lines "find tools/docs -name '*.lua'") do
    files[(path:gsub("%.lua$", ""):gsub("/", "."))] = path
  end
  for name, path in pairs(files) do
    graph[name] = {}
    if path then
      local fault
      graph[name], fault = layers.lua_requires(assert(program.read(path)), files)
      graph[name][name] = nil
      faults[#faults + 1] = fault and path .. " " .. fault or nil
    end
  end
  return graph, faults
end

local function c_graph()
  local files, graph = {}, {}
  for _, path in ipairs(rockspec.lines "find csrc -name '*.[ch]'") do
    files[path:gsub("^csrc/", "")] = path
  end
  for name, path in pairs(files) do
    graph[name] = layers.c_includes(assert(program.read(path)), name, files)
  end
  return graph
end

local function arrows(graph)
  local count = 0
  for _, known in pairs(graph) do
    for _ in pairs(known) do
      count = count + 1
    end
  end
  return count
end

describe("the layers", function()
  it("of Lua modules: every arrow points down", function()
    local graph, faults = lua_graph()
    assert.is_true(arrows(graph) > 150, arrows(graph))
    assert.is_true(graph["resty.reseal"]["reseal.nginx.round"], "a name that is put together is not followed")
    assert.is_true(graph["reseal.sql"]["reseal.sqlite"], "a name in a table is not followed")
    assert.same({}, faults)
    assert.equal("", table.concat(layers.faults(graph, LUA), "\n"))
  end)

  it("of C files: every arrow points down", function()
    local graph = c_graph()
    assert.is_true(arrows(graph) > 80, arrows(graph))
    assert.equal("", table.concat(layers.faults(graph, C), "\n"))
  end)

  it("keep the codec away from sockets, files, clock, environment, locale, output and Lua", function()
    local files = rockspec.lines "find csrc/codec csrc/providers csrc/description.h csrc/include -name '*.[ch]'"
    assert.is_true(#files > 50)
    for _, path in ipairs(files) do
      for header in program.read(path):gmatch("#include%s*<(.-)%.h>") do
        assert.is_true(PURE[header], ("%s includes <%s.h>"):format(path, header))
      end
    end
  end)
end)

-- A check that finds nothing proves nothing until it was seen to find something.
describe("the check of layers", function()
  local TABLE = {
    {name = "low", "low", "low.*"}, {name = "middle", "middle.*", "low.lifted"},
    {name = "left", only = {"low"}, "left"}, {name = "right", only = {"low", "middle.a"}, "right"},
  }

  local function faults(graph)
    local whole = {}
    for name, targets in pairs(graph) do
      whole[name] = {}
      for _, target in ipairs(targets) do
        whole[name][target] = true
      end
    end
    return layers.faults(whole, TABLE)
  end

  it("takes arrows that point down or stay", function()
    assert.same({}, faults {
      low = {}, ["low.a"] = {"low"}, ["middle.a"] = {"low.a", "low"}, left = {"low"}, right = {"middle.a", "low"},
      ["low.lifted"] = {"middle.a"},
    })
  end)

  it("finds one that points up, the layer being that of the longest name", function()
    assert.same({"low.a (low) knows middle.a (middle), which stands above it"}, faults {
      ["low.a"] = {"middle.a"}, ["middle.a"] = {},
    })
    assert.same({"low.a (low) knows low.lifted (middle), which stands above it"}, faults {
      ["low.a"] = {"low.lifted"}, ["low.lifted"] = {},
    })
  end)

  it("finds who knows what is not for them", function()
    assert.same({
      "left (left) knows middle.a (middle), which is none of those that it may know",
      "right (right) knows left (left), which is none of those that it may know",
      "right (right) knows middle.b (middle), which is none of those that it may know",
    }, faults {left = {"middle.a"}, right = {"left", "middle.a", "middle.b"}, ["middle.a"] = {}, ["middle.b"] = {}})
  end)

  it("finds what has no layer, and what is not there", function()
    assert.same({"new has no layer: say in the table where it stands"}, faults {new = {"low"}, low = {}})
    assert.same({"low (low) knows low.gone (low), which is not there"}, faults {low = {"low.gone"}})
  end)

  it("finds circles of any length within a layer", function()
    assert.same({"a circle: low.a > low.b > low.a"}, faults {["low.a"] = {"low.b"}, ["low.b"] = {"low.a"}})
    assert.same({"a circle: low.b > low.c > low.d > low.b"}, faults {
      ["low.a"] = {"low.b"}, ["low.b"] = {"low.c"}, ["low.c"] = {"low.d"}, ["low.d"] = {"low.b"},
    })
    assert.same({"a circle: low > low"}, faults {low = {"low"}})
  end)

  it("reads every way in which a Lua module is named, and no comment", function()
    local modules = {}
    for name in ("reseal reseal.a reseal.b reseal.c reseal.d reseal.e reseal.p.x reseal.p.y"):gmatch("%S+") do
      modules[name] = name ~= "reseal.d" -- false: a C module
    end
    for source, names in pairs {
      ['local a = require "reseal.a"'] = {"reseal.a"},
      ["local a = require 'reseal.a'"] = {"reseal.a"},
      ["local a = require [[reseal.a]]"] = {"reseal.a"},
      ['return require("reseal.a").f(require ( "reseal" ))'] = {"reseal.a", "reseal"},
      ['local ok, b = pcall(require, "reseal.b")'] = {"reseal.b"},
      ['ngx.run_worker_thread(pool, "reseal.c", "new")'] = {"reseal.c"},
      ['local all = {one = "reseal.d"}'] = {"reseal.d"},
      ['require("reseal.p." .. part)'] = {"reseal.p.x", "reseal.p.y"},
      ['pcall(require, "reseal.p." .. part)'] = {"reseal.p.x", "reseal.p.y"},
      ['local conf = [==[ by_lua { require("reseal.e").go() } ]==]'] = {"reseal.e"},
      ['-- require "reseal.a"\n--- "reseal.b"\nlocal x = "--" require "reseal.c"'] = {"reseal.c"},
      ['--[[ require "reseal.a" ]] require "reseal.b" --[==[ "reseal.c" ]] ]==] return "reseal.d"'] =
        {"reseal.b", "reseal.d"},
      ["local q = '\\'' -- 'reseal.a'\nlocal s = \"\\\\\" require 'reseal.b'"] = {"reseal.b"},
      ['error("reseal." .. provider .. " expects a table")'] = {},
      ['require "reseal.none"'] = {"reseal.none"},
      ['require "cjson" require "reseal.a"'] = {"reseal.a"},
    } do
      local expected = {}
      for _, name in ipairs(names) do
        expected[name] = true
      end
      local found, fault = layers.lua_requires(source, modules)
      assert.same(expected, found, source)
      assert.is_nil(fault, source)
    end
    for _, source in ipairs {'pcall(require, "reseal." .. name)', 'require("reseal.q." .. part)'} do
      local _, fault = layers.lua_requires(source, modules)
      assert.is_truthy(fault and fault:find("write the names out", 1, true), source)
    end
  end)

  it("finds a C file beside the one that includes it, at the root, or among the interface", function()
    local files = {["curl/a.h"] = true, ["codec/a.h"] = true, ["include/reseal.h"] = true, ["sql/b.h"] = true}
    assert.same({["curl/a.h"] = true, ["codec/a.h"] = true, ["include/reseal.h"] = true, ["sql/b.h"] = true},
      layers.c_includes('#include "a.h"\n#include <stdio.h>\n#include "codec/a.h"\n#include "reseal.h"\n'
        .. '#include "../sql/b.h"\n', "curl/x.c", files))
  end)
end)
