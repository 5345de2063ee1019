-- tools/test.sh, on specs of its own.

local program = require "spec.support.program"
local system = require "reseal.system"

describe("tools/test.sh", function()
  local dir

  before_each(function()
    dir = assert(system.mkdtemp("reseal-test-"))
    for _, name in ipairs {"one", "two"} do
      program.write(("%s/%s_spec.lua"):format(dir, name), ("describe('%s', function() it('is', function() end) end)")
        :format(name))
    end
  end)

  after_each(function() system.remove_tree(dir) end)

  local build = assert(package.cpath:match("([^;]*)/lib/%?%.so"), "the tree's library is not along package.cpath")

  local function run(arguments, environment)
    return program.output(("env %s MAKE=make BUILD=%s tools/test.sh %s; echo ends $?"):format(environment or "",
      program.quote(build), arguments))
  end

  it("runs several files", function()
    local said = run(("quick lua5.4 %s/one_spec.lua %s/two_spec.lua"):format(dir, dir))
    assert.matches("^lua5%.4: 2 passed %(%d+ s%)\n2 passed, 0 failed\nends 0\n$", said)
  end)

  it("runs a folder", function()
    assert.matches("\n2 passed, 0 failed\n", run("quick lua5.4 " .. dir))
  end)

  it("says that there is no such file, and runs none of the others", function()
    assert.equal(("SPEC: there is no %s/three_spec.lua\n0 passed, 1 failed\nends 1\n"):format(dir),
      run(("quick lua5.4 %s/one_spec.lua %s/three_spec.lua"):format(dir, dir)))
  end)

  it("says that a step ran into its limit, with what had passed", function()
    program.write(dir .. "/two_spec.lua",
      "describe('two', function() it('hangs', function() require('reseal.system').sleep(60) end) end)")
    local said = run(("quick lua5.4 %s/one_spec.lua %s/two_spec.lua"):format(dir, dir), "LIMIT=2")
    assert.matches("lua5%.4: stopped after 2 s %(LIMIT= allows more%): 1 passed, 1 FAILED\n1 passed, 1 failed\nends 1",
      said)
  end)

  it("counts no finding of a formatter of another version", function()
    program.output("mkdir " .. dir .. "/bin")
    for name, version in pairs {
      ["clang-format"] = "Debian clang-format version 19.1.7 (3+b1)", shellcheck = "version: 9.9.0",
      luacheck = "Luacheck: 9.0.0",
    } do
      program.write(dir .. "/bin/" .. name,
        ("#!/bin/sh\ncase $1 in --version) echo '%s' ;; *) exit 1 ;; esac"):format(version))
      program.output("chmod +x " .. dir .. "/bin/" .. name)
    end
    local said = run("lint lua5.4", ('PATH=%s/bin:"$PATH"'):format(dir))
    assert.matches("note: clang%-format 19%.1%.7 was not asked: others find other things than clang%-format 14\n", said)
    assert.matches("note: shellcheck 9%.9%.0 was not asked", said)
    assert.matches("note: luacheck 9%.0%.0 was not asked", said)
    assert.matches("\n2 passed, 0 failed\nends 0\n$", said)
  end)
end)

describe("tools/loops.lua", function()
  it("finds what Lua 5.5 refuses to load", function()
    local path = os.tmpname()
    program.write(path, "for i = 1, 3 do\n  i = i + 1\nend\nfor k, v in pairs {} do\n  v = 1\n  if v then\n    k = nil "
      .. "end\nend\n")
    local said = program.output("luajit tools/loops.lua " .. path .. "; echo ends $?")
    os.remove(path)
    assert.equal(("%s:2: i is the variable of a for loop\n%s:7: k is the variable of a for loop\nends 1\n")
      :format(path, path), said)
  end)
end)
