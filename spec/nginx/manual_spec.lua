-- What the manual of nginx gives to be copied does what it says.
local fixture = require "spec.support.fixture"
local system = require "reseal.system"

local LUA = os.getenv "RESEAL_LUA" or arg[-1] or "lua"

describe("the manual's keep", function()
  local dir

  before_each(function() dir = assert(system.mkdtemp "reseal-keep-") end)
  after_each(function() system.remove_tree(dir) end)

  local function write(name, text)
    local file = assert(io.open(dir .. "/" .. name, "w"))
    assert(file:write(text))
    assert(file:close())
  end

  --- Runs the manual's function in a process of its own, in which no file may grow beyond `blocks` of 512 bytes.
  local function keep(blocks)
    local code = fixture.read("docs/nginx.md"):match "```lua\n(keep = function%(pair%).-\nend),\n```"
    assert.is_truthy(code)
    local found
    code, found = code:gsub("/var/lib/reseal/certs/", dir .. "/")
    assert.equal(1, found)
    write("keep.lua", code .. "\nkeep { names = { 'example.com' }, key = ('new key '):rep(200), "
      .. "certificate = ('new pem '):rep(1000) }\nprint 'kept'\n")
    local pipe = io.popen(("trap '' XFSZ; ulimit -f %s; '%s' %s/keep.lua 2>&1"):format(blocks, LUA, dir))
    local said = pipe:read "*a"
    pipe:close()
    return said
  end

  it("stores both files", function()
    assert.equal("kept\n", keep "unlimited")
    assert.equal(("new key "):rep(200), fixture.read(dir .. "/example.com.key"))
    assert.equal(("new pem "):rep(1000), fixture.read(dir .. "/example.com.pem"))
  end)

  it("leaves the stored pair whole when there is no room for the new one, and says so", function()
    write("example.com.key", "old key")
    write("example.com.pem", "old pem")
    for _, blocks in ipairs {1, 6} do -- too little for either, for one of them
      local said = keep(blocks)
      assert.is_nil(said:find("kept", 1, true))
      assert.is_truthy(said:lower():find("file too large", 1, true), said)
      assert.equal("old key", fixture.read(dir .. "/example.com.key"))
      assert.equal("old pem", fixture.read(dir .. "/example.com.pem"))
    end
  end)
end)
