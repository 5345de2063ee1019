-- Everything that can happen to an order, by a walk through all of it (see spec/support/order_model.lua).
local model = require "spec.support.order_model"

local function entry(more)
  local made = {
    name = "example.com", names = {"example.com", "www.example.com"}, account = "shop", provider = "namecheap",
    certificate = "old", buy = true, max_price = "12.00", currency = "USD",
  }
  for name, value in pairs(more or {}) do
    made[name] = value or nil
  end
  return made
end

local SCENARIOS = {
  {"a renewal that is bought and then activated", {managed = {entry()}, steps = 2, left = 20}},
  {"a renewal in one step", {managed = {entry()}, steps = 1, left = 20}},
  {"a reissue", {managed = {entry()}, steps = 2, left = 300}},
  {"a first purchase, by one process that may stop anywhere",
    {managed = {entry {certificate = false}}, steps = 2, left = 20, processes = 1}},
  {"a configuration that changes under way", {
    managed = {entry(), entry {names = {"example.com", "api.example.com"}}}, steps = 2, left = 20, processes = 1,
  }},
}

local function path_of(found)
  return (found.violation or found.stuck or "") .. "\n" .. table.concat(found.path or {}, "\n")
end

describe("whatever a seller answers, and wherever a process stops", function()
  for _, scenario in ipairs(SCENARIOS) do
    it(("nothing is paid twice, lost, installed unseen or left hanging: %s"):format(scenario[1]), function()
      local found = model.walk(scenario[2])
      io.write(("\n%s: %d states, %d transitions, %d ends, %d stops with facts in hand\n"):format(scenario[1],
        found.states, found.transitions, found.done + found.stopped, found.held))
      assert.is_nil(found.violation, path_of(found))
      assert.is_nil(found.stuck, path_of(found))
      assert.is_true(found.done > 0 and found.stopped > 0 and found.states > 1000 and found.held > 100)
    end)
  end
end)

describe("the walk finds a second charge", function()
  local RENEWAL = SCENARIOS[1][2]

  it("when intents are not written down", function()
    local found = model.walk(RENEWAL, {intents = false})
    assert.equal("2 charges", found.violation)
  end)

  it("when intents are not written down and there is but one process, which stops", function()
    local alone = {managed = RENEWAL.managed, steps = 2, left = 20, processes = 1}
    local found = model.walk(alone, {intents = false})
    assert.equal("2 charges", found.violation)
    assert.truthy(table.concat(found.path, "\n"):find("stops", 1, true))
  end)

  it("when who lost its claim goes on writing", function()
    local found = model.walk(RENEWAL, {epochs = false})
    assert.equal("2 charges", found.violation)
  end)
end)
