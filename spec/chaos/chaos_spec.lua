-- Orders of both sellers, carried out by three processes at once while they are killed, put to sleep and cut off,
-- answers are lost, the clock is set and the disk is full: nothing is bought twice, and what was bought is not lost.
-- What finds that nothing is must find it where something is: with a journal that forgets what was about to be sent.

local program = require "spec.support.program"
local system = require "reseal.system"

local LUA = os.getenv "RESEAL_LUA" or arg[-1] or "lua"

local function chaos(environment)
  local folder = assert(system.mkdtemp "reseal-spec-")
  os.execute("chmod 755 " .. folder)
  local text = program.output(("env %s TMPDIR=%s %s spec/chaos/main.lua; echo \"code $?\""):format(environment, folder,
    program.quote(LUA)))
  local left = program.output("ls -A " .. folder)
  system.remove_tree(folder)
  assert.equal("", left, "it left something behind")
  local told = {text = text, code = tonumber(text:match "code (%d+)\n$")}
  told.orders, told.done, told.waiting, told.stopped, told.charges, told.doubles, told.pairs, told.issued, told.keys,
    told.faults = text:match("\n(%d+) orders: (%d+) done, (%d+) waiting, (%d+) stopped; (%d+) charges, (%d+) of them "
    .. "too many; (%d+) pairs installed, (%d+) issued, (%d+) keys; (%d+) faults; seed %d+\n")
  for name, value in pairs(told) do
    told[name] = name ~= "text" and tonumber(value) or value
  end
  assert.is_number(told.orders, text)
  return told
end

describe("while all breaks", function()
  it("200 certificates are ordered, and none is paid for twice", function()
    local told = chaos "SEED= ORDERS=200"
    assert.equal(0, told.code, told.text)
    assert.equal(200, told.done + told.waiting + told.stopped, told.text)
    assert.equal(0, told.doubles + told.faults, told.text)
    assert.is_true(told.done >= 100, told.text)
    assert.is_true(told.charges >= 50 and told.issued >= told.done, told.text)
    assert.is_truthy(told.text:find "kill %d", told.text)
  end)

  it("a journal that forgets what was about to be sent is found out", function()
    local told = chaos "SEED= ORDERS=40 UNKEPT=1"
    assert.equal(0, told.code, told.text)
    assert.is_true(told.doubles > 0, told.text)
    assert.is_truthy(told.text:find("was bought twice", 1, true) or told.text:find("not settled", 1, true), told.text)
  end)
end)
