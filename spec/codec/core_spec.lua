-- The binding itself, C module or FFI: what runs while a handle is in use, what it is given, and what stays behind.
local core = require "reseal.core.native"

local GOOD = {status = 202, headers = {["X-Process-Id"] = "42"}, body = '{"commonName":"a.bc"}'}
local BAD = {status = 400, headers = {}, body = '{"type":"ValidationError","message":"words","more":{"a":[1,2]}}'}

local function open(provider)
  local handle = assert(core.new(provider or "realtimeregister"))
  if not provider then
    assert(handle:set("api_key", "ZXhhbXBsZS8wMTIz"))
  end
  return handle
end

--- An object whose finaliser is `run`.
local function finalised(run)
  if newproxy then -- luacheck: ignore 113
    local proxy = newproxy(true) -- luacheck: ignore 113
    getmetatable(proxy).__gc = run
    return proxy
  end
  return setmetatable({}, {__gc = run})
end

-- LuaJIT of 2022 can spin for ever in a compiled loop that a finaliser interrupts, in this spec's own and in luassert's
-- too: where finalisers meddle nothing is compiled.
local function interpreted()
  if jit then -- luacheck: ignore 113
    jit.off() -- luacheck: ignore 113
    jit.flush() -- luacheck: ignore 113
  end
end

describe("a handle", function()
  after_each(function()
    if jit then jit.on() end -- luacheck: ignore 113
  end)

  it("that an answer's own code closes is closed, and nothing worse", function()
    for _, field in ipairs {"status", "headers", "body"} do
      for _, method in ipairs {"decode", "decode_cut"} do
        local handle = open()
        local sly = setmetatable({}, {
          __index = function(_, key)
            if key == field then
              handle:close()
            end
            return GOOD[key]
          end,
        })
        local ok, message = pcall(handle[method], handle, "renew", sly)
        if field == "body" and method == "decode_cut" then
          assert.is_true(ok)
        else
          assert.is_false(ok)
          assert.truthy(message:find("closed", 1, true), message)
        end
        handle:close()
      end
    end
  end)

  it("is not given away while it works, whoever asks in between", function()
    interpreted()
    local handle = open()
    local asked, refused = 0, 0
    local done = false
    local function meddle()
      if done then
        return
      end
      asked = asked + 1
      for _, ask in ipairs {
        function() return handle:decode("renew", BAD) end,
        function() return handle:decode_cut("renew", BAD) end,
        function() return handle:encode("get", {certificateId = 1}) end,
        function() return handle:set("api_key", "YW5vdGhlcg") end,
        function() return handle:limit("depth", 64) end,
        function() return handle:endpoint() end,
      } do
        local ok, message = pcall(ask)
        if not ok and message:find("in use", 1, true) then
          refused = refused + 1
        end
      end
      assert(tostring(handle))
    end
    local list = {}
    for i = 1, 2000 do
      list[i] = ('{"i":%d,"s":"%s","l":[%d.5]}'):format(i, ("x"):rep(40) .. i, i)
    end
    local body = '{"commonName":"a.bc","list":[' .. table.concat(list, ",") .. "]}"
    collectgarbage("setpause", 100)
    collectgarbage("setstepmul", 400)
    for round = 1, 40 do
      for _ = 1, 50 do
        finalised(meddle)
      end
      local result = assert(handle:decode("renew", {status = 202, headers = GOOD.headers, body = body}))
      assert.equal(2000, #result.list)
      for i = 1, 2000 do
        local row = result.list[i]
        if row.s ~= ("x"):rep(40) .. i or row.l[1] ~= i + 1 / 2 then
          error("row " .. i)
        end
      end
      local none, err = handle:decode("renew", BAD)
      assert.is_nil(none)
      assert.same({a = {1, 2}}, err.details.more)
      assert.equal(7, assert(handle:encode("get", {certificateId = 7})).url:match "(%d+)$" + 0, round)
    end
    collectgarbage("setpause", 200)
    collectgarbage("setstepmul", 200)
    done = true
    assert.is_true(asked > 100 and refused > 100)
    handle:close()
  end)

  it("is closed when its call is done, if a finaliser closed it meanwhile", function()
    interpreted()
    local list = {}
    for i = 1, 3000 do
      list[i] = ('"%s%d"'):format(("y"):rep(50), i)
    end
    local body = '{"commonName":"a.bc","list":[' .. table.concat(list, ",") .. "]}"
    local answer = {status = 202, headers = {}, body = body}
    collectgarbage("setpause", 100)
    collectgarbage("setstepmul", 400)
    for _ = 1, 100 do
      local handle = open()
      finalised(function() handle:close() end)
      local ok, result = pcall(handle.decode, handle, "renew", answer)
      if ok then
        assert.equal(3000, #result.list)
        assert.equal(("y"):rep(50) .. "3000", result.list[3000])
      else
        assert.truthy(result:find("closed", 1, true), result)
      end
      collectgarbage()
      assert.is_false(pcall(handle.endpoint, handle))
    end
    collectgarbage("setpause", 200)
    collectgarbage("setstepmul", 200)
  end)

  it("never calls a metamethod of parameters or headers", function()
    local calls = 0
    local function called()
      calls = calls + 1
    end
    local meta = {}
    for _, event in ipairs {"index", "newindex", "len", "pairs", "ipairs", "call", "tostring", "concat", "eq"} do
      meta["__" .. event] = called
    end
    local function odd(t)
      return setmetatable(t, meta)
    end
    local handle = open()
    assert(handle:encode("list", odd {limit = 5, fields = odd {"status"}, other = odd {}}) == nil)
    assert(handle:decode("renew", {status = 202, headers = odd {["X-Process-Id"] = odd {"42"}}, body = ""}))
    assert.equal(0, calls)
  end)

  it("keeps nothing of a call that an error ended", function()
    local handle = open()
    local deep = {csr = "not to be sent", certificateId = 8}
    for _ = 1, 40 do
      deep = {csr = "not to be sent", san = {"not.to.be.sent", deep}}
    end
    deep.certificateId = 9
    local function depth()
      local level = 1
      while debug.getinfo(level, "l") do
        level = level + 1
      end
      return level
    end
    interpreted()
    for steps = 1, 400, 3 do
      pcall(function()
        local here = depth()
        debug.sethook(function()
          -- Well inside: the FFI binding walks in Lua.
          if depth() > here + 7 then
            error "stopped"
          end
        end, "", steps)
        handle:encode("reissue", deep)
      end)
      debug.sethook()
      local request = assert(handle:encode("get", {certificateId = 7}))
      assert.truthy(request.url:find("/certificates/7$"))
      assert.is_nil(request.body)
    end
  end)

  it("is closed as often as one likes, and by its finaliser, which takes nothing else", function()
    local handle = open()
    local finaliser = (debug.getmetatable(handle) or {}).__gc
    if type(handle) == "userdata" then
      for _, wrong in ipairs {io.stdout, {}, "text", 7, finalised(function() end)} do
        assert.is_false(pcall(finaliser, wrong))
      end
      assert.is_false(pcall(finaliser))
      finaliser(handle)
      finaliser(handle)
    end
    handle:close()
    handle:close()
    for _, method in ipairs {"set", "limit", "encode", "decode", "decode_cut", "endpoint"} do
      local ok, message = pcall(handle[method], handle, method == "limit" and "bytes" or "renew",
        method == "limit" and 1 or method == "set" and "x" or GOOD)
      assert.is_false(ok, method)
      assert.truthy(message:find("closed", 1, true), message)
    end
    assert.truthy(tostring(handle):find("closed", 1, true))
  end)
end)

describe("a number given to a handle", function()
  local handle = open()
  local NAN = 0 / 0

  it("is a limit only when it is whole", function()
    for _, value in ipairs {1.5, -1, NAN, 1 / 0, -1 / 0, 2 ^ 60, 1e300, "5", "x"} do
      assert.is_false(pcall(handle.limit, handle, "bytes", value), tostring(value))
    end
    local done, err = handle:limit("depth", 2 ^ 53)
    assert.same({nil, "not_allowed"}, {done, err.code})
    assert.is_true(handle:limit("depth", 64))
    assert.is_true(handle:limit("depth", 0))
  end)

  it("is an HTTP status only when it is one", function()
    for _, method in ipairs {"decode", "decode_cut"} do
      for _, status in ipairs {
        200.7, -1, 1000, NAN, 1 / 0, 1e300, 2 ^ 32 + 200, "200.0", " 200", "0xC8", "2e2", "", "2000", true,
      } do
        assert.is_false(pcall(handle[method], handle, "renew", {status = status, headers = {}}), tostring(status))
      end
      for _, status in ipairs {"404", 404, 404.0} do
        local a, b = handle[method](handle, "renew", {status = status, headers = {}})
        assert.equal(404, (a or b).http_status)
      end
    end
  end)

  it("is an error's code only when it is that code", function()
    assert.is_true(#core.errors("namecheap", 2011170) > 0)
    assert.same(core.errors("namecheap", 2011170), core.errors("namecheap", "2011170"))
    for _, code in ipairs {2011170.5, NAN, 1 / 0, 1e300, 2 ^ 40, 2011170 + 2 ^ 32, -2011170} do
      assert.same({}, core.errors("namecheap", code), tostring(code))
    end
  end)
end)
