-- Amounts and JSON as the journal keeps them: exact, and the same on every Lua.

local json = require "reseal.order.json"
local money = require "reseal.order.money"

describe("an amount", function()
  it("is a whole number of ten-thousandths", function()
    for text, units in pairs {["9"] = 90000, ["9.0"] = 90000, ["9.0000"] = 90000, ["0.0001"] = 1, ["0"] = 0,
      ["000.10"] = 1000, ["8.88"] = 88800, ["1.10000000"] = 11000, ["99999999999.9999"] = 999999999999999} do
      assert.equal(units, money.units(text), text)
    end
  end)

  it("is never guessed", function()
    for _, wrong in ipairs {"", ".5", "9.", "-1", "+1", "1e3", "0x10", "1,000", "9,00", " 9", "9 ", "USD 9", "0.00001",
      "100000000000", "nan", "inf", "٣", "9\0"} do
      local none, err = money.units(wrong)
      assert.is_nil(none, wrong)
      assert.is_string(err)
    end
    assert.is_nil((money.units(9)))
    assert.is_nil((money.units(nil)))
  end)

  it("is text with two decimals, or as many as it takes", function()
    for units, text in pairs {[90000] = "9.00", [0] = "0.00", [1] = "0.0001", [88850] = "8.885", [123400] = "12.34",
      [999999999999999] = "99999999999.9999"} do
      assert.equal(money.units(text), units)
      assert.equal(units, money.units(money.text(units)))
      assert.is_truthy(money.text(units):find "^%d+%.%d%d+$")
    end
    assert.equal("9.00", money.text(90000))
    assert.equal("0.0001", money.text(1))
  end)

  it("adds up where floats do not", function()
    local sum = 0
    for _ = 1, 10 do
      sum = sum + money.units "0.1"
    end
    assert.equal("1.00", money.text(sum))
  end)

  it("has a currency of three capitals", function()
    assert.is_true(money.is_currency "USD")
    for _, wrong in ipairs {"usd", "US", "USDT", "U$D", ""} do
      assert.is_false(money.is_currency(wrong))
    end
    assert.is_false(money.is_currency(nil))
  end)
end)

describe("JSON", function()
  it("is one line, the same for the same", function()
    assert.equal('{"a":[1,2,{"x":true}],"b":"\\u0000\\n\\"\\\\/ü\\u007f","c":-0.5,"d":4294967296}', json.encode {
      d = 4294967296, c = -0.5, a = {1, 2, {x = true}}, b = '\0\n"\\/ü\127'})
    assert.equal("{}", json.encode {})
    assert.equal("9007199254740991", json.encode(9007199254740991))
    assert.equal("2.5", json.encode(2.5))
  end)

  it("comes back as it was", function()
    local value = {list = {"a", "b"}, n = 1e15, deep = {{{x = {1.5, -3}}}}, no = false, text = ("ü\0"):rep(50)}
    assert.same(value, json.decode(json.encode(value)))
    if math.type then
      assert.equal("integer", math.type(json.decode('{"n":3.0}').n))
    end
    assert.is_nil(json.decode('{"a":null}').a)
    assert.is_nil((json.decode "{"))
  end)

  it("has nothing that it can't hold", function()
    local loop = {}
    loop.loop = loop
    for _, wrong in ipairs {{[1] = 1, [3] = 3}, {1, 2, x = 3}, {f = print}, {0 / 0}, {math.huge}, loop, {[true] = 1}} do
      assert.is_false((pcall(json.encode, wrong)))
    end
  end)
end)
