-- What the specs stand on: programs beside them, and waiting.

local program = require "spec.support.program"
local system = require "reseal.system"
local wait = require "spec.support.wait"

describe("a program beside the specs", function()
  it("ends, and its folder goes, when the specs are killed", function()
    local dir = assert(system.mkdtemp("reseal-program-"))
    local lua = program.quote(os.getenv "RESEAL_LUA" or arg[-1])
    local code = ([[
      local one = require("spec.support.program").start("sleep 600", "%s")
      print(one.pid())
      io.stdout:flush()
      os.execute "kill -KILL $PPID"]]):format(dir)
    local pid = program.output(lua .. " -e " .. program.quote(code)):match("%d+")
    local function gone()
      return program.output("kill -0 " .. pid .. " || echo gone"):find "gone"
    end
    assert.is_truthy(wait(5, gone))
    assert.is_true(wait(5, function() return program.read(dir .. "/pid") == nil end))
  end)

  it("is waited for by the clock, however long a look takes", function()
    local looks = 0
    assert.is_nil(wait(0.1, function()
      looks = looks + 1
      system.sleep(0.3)
    end))
    assert.is_true(looks <= 4, looks .. " looks") -- 30 turns of a fiftieth of a second
  end)
end)
