-- reseal.time reads every way in which the providers write a date.
local reseal = require "reseal"

-- The seconds were computed with Python's datetime and calendar.timegm.
local KNOWN = {
  -- Namecheap: create, getList; getInfo's example has no leading zeros.
  ["10/20/2017"] = 1508457600,
  ["1/20/2014"] = 1390176000,
  ["11/3/2026"] = 1793664000,
  ["02/29/2028"] = 1835395200,
  ["12/31/2099"] = 4102358400,
  -- Realtime Register.
  ["2020-09-09T09:18:57Z"] = 1599643137,
  ["2020-09-09T09:18:57+02:00"] = 1599635937,
  ["2020-09-09T09:18:57-05:30"] = 1599662937,
  ["2020-09-09T09:18:57+00:00"] = 1599643137,
  ["2020-09-09T09:18:57.000Z"] = 1599643137,
  ["2020-09-09T09:18:57.999+01:00"] = 1599639537,
  ["2020-09-09 09:18:57"] = 1599643137,
  ["2020-09-09"] = 1599609600,
  ["1970-01-01T00:00:00Z"] = 0,
  ["1969-12-31T23:59:59Z"] = -1,
  ["2000-02-29T00:00:00Z"] = 951782400,
  ["2100-03-01T00:00:00Z"] = 4107542400,
  ["2027-01-01T00:30:00+01:00"] = 1798759800,
}

describe("time", function()
  it("reads what the providers write", function()
    for text, seconds in pairs(KNOWN) do
      local found, message = reseal.time(text)
      assert.equal(seconds, found, text .. ": " .. tostring(message))
      if math.type then
        assert.equal("integer", math.type(found), text)
      end
    end
  end)

  it("takes no date for none", function()
    assert.equal(0, select("#", reseal.time(nil)) - 1)
    for _, nothing in ipairs {"", false} do
      local seconds, message = reseal.time(nothing or nil)
      assert.is_nil(seconds)
      assert.is_nil(message)
    end
  end)

  it("refuses what is no date, and dates that don't exist", function()
    for _, text in ipairs {
      "02/30/2026", "02/29/2027", "02/29/2100", "13/01/2026", "00/10/2026", "04/31/2026", "1/0/2026", "20/1/2014",
      "01/20/14", "2026-02-30T00:00:00Z", "2026-00-10", "2026-13-01", "2026-11-31", "2026-11-23T24:00:00Z",
      "2026-11-23T23:60:00Z", "2026-11-23T23:59:60Z", "2026-11-23T10:00:00+24:00", "2026-11-23T10:00:00+01:60",
      "2026-11-23T10:00:00+0100", "2026-11-23T10:00:00z ", "2026-11-23T10:00Z", "2026-11-23T10:00:00.Z", "2026-1-2",
      " 10/20/2017", "10/20/2017 ", "tomorrow", "1599643137", "--5:00", ("9"):rep(1000),
    } do
      local seconds, message = reseal.time(text)
      assert.is_nil(seconds, text)
      assert.is_string(message)
      assert.is_true(#message < 100)
    end
    for _, value in ipairs {5, true, {}} do
      local seconds, message = reseal.time(value)
      assert.is_nil(seconds)
      assert.is_string(message)
    end
  end)

  it("does not depend on the machine's zone", function()
    local lua = os.getenv "RESEAL_LUA" or arg[-1] or "lua"
    for _, zone in ipairs {"UTC", "America/New_York", "Pacific/Auckland", "XYZ+11:30"} do
      local pipe = io.popen(([[TZ=%s '%s' -e 'print((require "reseal".time("7/1/2026")))']]):format(zone, lua))
      local printed = pipe:read "*a"
      pipe:close()
      assert.equal("1782864000", printed:match "%d+", zone)
    end
  end)

  it("agrees with the machine's calendar on every day of 130 years", function()
    for day = 0, 47482, 1 do
      local text = os.date("!%m/%d/%Y", day * 86400)
      if reseal.time(text) ~= day * 86400 then
        assert.equal(day * 86400, reseal.time(text), text)
      end
    end
  end)
end)

describe("the date of an HTTP answer", function()
  it("is read, and nothing that only looks like one", function()
    -- RFC 9110, 5.6.7
    assert.equal(784111777, reseal.time "Sun, 06 Nov 1994 08:49:37 GMT")
    for _, odd in ipairs {"Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nuv 1994 08:49:37 GMT", "06 Nov 1994 08:49:37 GMT",
      "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT"} do
      assert.is_nil(reseal.time(odd))
    end
  end)
end)
