-- A program that has set a locale with a decimal comma (or whose host has) gets the numbers that it would get without.

local CHILD = [==[
if os.getenv "RESEAL_BINDING" == "ffi" then
  package.preload["reseal.core.native"] = function() return require "reseal.core.ffi" end
end
local locale = ...
if locale and not os.setlocale(locale, "numeric") then
  io.write "no locale"
  os.exit(0)
end
if locale then assert(("%.1f"):format(1.5) == (jit and "1.5" or "1,5"), "no decimal comma") end
local core = require "reseal.core.native"
local handle = assert(core.new "realtimeregister")
local body = '{"commonName":"a.bc","half":2.25,"thousands":1.5e3,"small":-0.5,"tiny":1e-300,"list":[0.125],'
  .. '"vast":1e999}'
local result = assert(handle:decode("renew", { status = 202, headers = { ["Retry-After"] = 2 }, body = body }))
assert(result.half == 9 / 4 and result.thousands == 1500 and result.small == -1 / 2 and result.list[1] == 1 / 8)
assert(result.tiny > 0 and result.tiny < 2 ^ -990 and result.vast == "1e999")
assert(#core.errors("namecheap", 2011170) > 0 and #core.errors("namecheap", 2011170.5) == 0)
assert(handle:limit("depth", 5))
assert(not pcall(handle.decode, handle, "renew", { status = "200,5", headers = {} }))
io.write "right"
]==]

local function output(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

describe("numbers", function()
  local folder
  setup(function()
    folder = output "mktemp -d":match "%S+"
    local file = assert(io.open(folder .. "/child.lua", "w"))
    file:write(CHILD)
    file:close()
    -- From the sources that the C library's package of locales brings, where no such locale is installed.
    output(("localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8"):format(folder))
  end)
  teardown(function() output("rm -rf " .. folder) end)

  local function child(locale)
    return output(("%s %s/child.lua %s"):format(os.getenv "RESEAL_LUA" or arg[-1] or "lua", folder, locale or ""))
  end

  it("are the same with a decimal comma as without", function()
    assert.equal("right", child())
    local made = io.open(folder .. "/de_DE.UTF-8/LC_NUMERIC", "rb")
    if made then
      made:close()
    end
    local prefix = made and ("LOCPATH=%s "):format(folder) or ""
    local said = output(prefix .. ("%s %s/child.lua de_DE.UTF-8"):format(os.getenv "RESEAL_LUA" or arg[-1], folder))
    if made then
      assert.equal("right", said)
    else
      assert.is_true(said == "right" or said == "no locale", said)
    end
  end)
end)
