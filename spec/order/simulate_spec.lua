-- Years of orders in virtual time (see spec/simulate/init.lua). `make simulate` runs more of it, and larger.
local simulate = require "spec.simulate.init"

local path

local function run(given)
  given.path = path
  return simulate.run(given)
end

describe("small fleets over years", function()
  setup(function()
    path = os.tmpname()
  end)

  teardown(function()
    os.remove(path)
  end)

  it("pay once for each term, lose nothing, and end only where somebody was told", function()
    local charges, kills, placed = 0, 0, 0
    for seed = 1, 3 do
      local report = run {seed = seed, years = 3, certs = 3, faults = 2, looks = 3}
      charges, kills = charges + report.charges, kills + report.counts.kills
      assert.is_true(report.closest > 0)
      placed = placed + report.counts.placed
    end
    assert.is_true(placed > 3 * 3 * 15, placed) -- a life of 47 days from 2029-03-15 on; one in twenty may not be bought
    assert.is_true(charges >= 3 * 3 and kills > 30, ("%d charges, %d kills"):format(charges, kills))
  end)

  it("are the same again by their seed", function()
    local one = run {seed = 7, years = 0.5, certs = 4, faults = 2}
    local again = run {seed = 7, years = 0.5, certs = 4, faults = 2}
    local other = run {seed = 8, years = 0.5, certs = 4, faults = 2}
    assert.same(one, again)
    assert.not_equal(one.digest, other.digest)
  end)

  it("pay twice when nothing is written down before it is sent: the simulation finds it", function()
    local found
    for seed = 1, 20 do
      local ok, err = pcall(run, {seed = seed, years = 2, certs = 4, faults = 4, looks = 7, intents = false})
      found = not ok and err
      if found then
        break
      end
    end
    assert.truthy(found, "no seed found a second charge")
    assert.truthy(tostring(found):find "a second charge", tostring(found))
    assert.truthy(tostring(found):find "^seed %d+, %d+%-%d+%-%d+ %d+:%d+:%d+, n%d+%.example: ")
  end)
end)
