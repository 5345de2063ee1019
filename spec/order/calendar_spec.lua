-- Limits by date, and what follows from them.
local calendar = require "reseal.order.calendar"
local dates = require "reseal.dates"

local DAY = 86400

local function at(day, seconds)
  return dates.time(day) + (seconds or 0)
end

describe("what a certificate may be", function()
  for _, case in ipairs {
    {"2026-03-14", 398, 398}, {"2026-03-15", 200, 200}, {"2027-03-14", 200, 200}, {"2027-03-15", 100, 100},
    {"2029-03-14", 100, 100}, {"2029-03-15", 47, 10}, {"2031-01-01", 47, 10},
  } do
    it(("issued on %s: %d days, and a proof counts for %d"):format(case[1], case[2], case[3]), function()
      assert.equal(case[2], calendar.lifetime(at(case[1])))
      assert.equal(case[3], calendar.reuse(at(case[1])))
    end)
  end

  it("to the second", function()
    assert.equal(200, calendar.lifetime(at("2027-03-15", -1)))
    assert.equal(100, calendar.lifetime(at "2027-03-15"))
  end)

  it("is proven by e-mail until 2028-03-15", function()
    assert.is_true(calendar.email(at("2028-03-15", -1)))
    assert.is_false(calendar.email(at "2028-03-15"))
  end)
end)

describe("a certificate is due", function()
  local BEGINS = at "2026-11-01"

  it("when a third of its own life is left", function()
    assert.equal(BEGINS + 120 * DAY, calendar.due(BEGINS, BEGINS + 180 * DAY))
  end)

  it("so many days before its end, where those are less than two thirds of its life", function()
    assert.equal(BEGINS + 170 * DAY, calendar.due(BEGINS, BEGINS + 200 * DAY, 30))
    assert.equal(BEGINS + 200 * DAY, calendar.due(BEGINS, BEGINS + 200 * DAY, 0))
  end)

  for _, before in ipairs {31, 32, 47, 250, 10000, -1} do
    it(("never at once, also not %d days before the end of 47"):format(before), function()
      local due = calendar.due(BEGINS, BEGINS + 47 * DAY, before)
      assert.is_true(due > BEGINS + 15 * DAY, tostring((due - BEGINS) / DAY))
      assert.is_true(due < BEGINS + 47 * DAY)
    end)
  end

  it("at its end, when its times make no sense", function()
    assert.equal(BEGINS, calendar.due(BEGINS + DAY, BEGINS, 30))
  end)
end)

describe("the way to a successor", function()
  local NOW = at "2026-11-25"

  local function way(what)
    what.from, what.till = calendar.window("namecheap", NOW + what.order * DAY)
    what.order_ends = NOW + what.order * DAY
    what.served_ends = NOW + what.served * DAY
    return calendar.way(NOW, what)
  end

  for _, case in ipairs {
    {"a reissue while the order goes on", {order = 300, served = 60, buy = true}, "reissue"},
    {"a reissue that gains a month, before renewals are sold", {order = 99, served = 66, buy = true}, "reissue"},
    {"a renewal when little would be gained", {order = 80, served = 60, buy = true}, "renew"},
    {"the little that is free, when nothing may be bought", {order = 80, served = 60}, "reissue"},
    {"leave to buy, when nothing is free", {order = 20, served = 20}, "buy"},
    {"a renewal of what has ended", {order = -20, served = -20, buy = true}, "renew"},
    {"none, when the seller sells no renewal any more", {order = -181, served = -181, buy = true}, "closed"},
    {"to wait, when no successor would end later", {order = 120, served = 120, buy = true}, "wait"},
    {"a reissue with the same end, when the names are the reason", {order = 120, served = 120, same_end = true},
      "reissue"},
  } do
    it("is " .. case[1], function()
      assert.equal(case[3], (way(case[2])))
    end)
  end

  it("ends with the order or with the longest life", function()
    assert.equal(NOW + 200 * DAY, calendar.successor_ends(NOW, NOW + 300 * DAY))
    assert.equal(NOW + 90 * DAY, calendar.successor_ends(NOW, NOW + 90 * DAY))
    assert.equal(NOW + 200 * DAY, calendar.successor_ends(NOW))
  end)

  it("waits until renewals are sold", function()
    local what = {order = 120, served = 120, buy = true}
    local _, time = way(what)
    assert.equal(NOW + 30 * DAY, time)
  end)

  it("knows a window for a seller who tells none, and takes a product's own", function()
    assert.equal(NOW - 14 * DAY, (calendar.window("realtimeregister", NOW, 14)))
    local from, till = calendar.window("realtimeregister", NOW)
    assert.equal(NOW - 30 * DAY, from)
    assert.equal(NOW, till)
  end)

  -- With `before` near the life of a certificate each new one is due at once, and is reissued without end.
  for _, before in ipairs {47, 90, 199, 250} do
    it(("is gone a few times a year, also %d days before each end"):format(before), function()
      for _, year in ipairs {"2026-04-01", "2027-04-01", "2029-04-01"} do
        local now, count = at(year), 0
        local order_ends, served = now + 365 * DAY, {now, now + calendar.lifetime(now) * DAY}
        while now < at(year) + 330 * DAY do
          now = math.max(now, calendar.due(served[1], served[2], before))
          local ends = calendar.successor_ends(now, order_ends)
          if not calendar.later(ends, served[2]) then
            break
          end
          served, count = {now, ends}, count + 1
        end
        assert.is_true(count <= 14, ("%d in the year from %s"):format(count, year))
      end
    end)
  end
end)
