-- What describe tells is enough to make a call that encode takes.
local reseal = require "reseal"
local fixture = require "spec.support.fixture"

describe("a call made from the description alone", function()
  -- Good values by form and type: what describe says must be enough to make a call that encode takes.
  local VALUES = {
    csr = fixture.csr, certificate = fixture.certificate, domain = "example.com", host = "example.com",
    email = "a@b.cd",
    voice = "+1.1", phone = "+001.5551234567", country = "NL", date = "2026-11-23", digits = "12",
    approver = "a@b.cd", dcv_method = "a@b.cd", address = "a@b.cd", alphanumeric = "a1", identifier = "a-b",
    segment = "a-b", timestamp = "2026-11-23T09:00:00Z", name = "example.com",
  }
  local make

  local function fill(params, all)
    local call = {}
    for _, param in ipairs(params) do
      if all or param.required then
        call[param.name] = make(param, all)
      end
    end
    return call
  end

  function make(param, all)
    if param.values then
      return param.values[1]
    end
    if param.type == "integer" then
      return math.max(param.low or 1, 1)
    end
    if param.type == "boolean" then
      return false
    end
    if param.type == "object" then
      return fill(param.fields, all)
    end
    if param.type == "list" then
      return {
        param.item == "object" and fill(param.fields, all) or make({
          type = "string", format = param.format, min = param.min,
        }),
      }
    end
    assert(not param.format or VALUES[param.format], param.format)
    return VALUES[param.format] or ("x"):rep(math.max(param.min or 1, 1))
  end

  -- Of what excludes each other only the first is kept, and nothing without its partner.
  local function choose(call, rules)
    for _, rule in ipairs(rules) do
      if rule.kind == "one_of" or rule.kind == "some_of" then
        for i = 2, #rule.params do
          call[rule.params[i]] = nil
        end
      end
    end
    for _, rule in ipairs(rules) do
      if rule.kind == "together" and call[rule.params[2]] == nil then
        call[rule.params[1]] = nil
      end
    end
    return call
  end

  for _, edition in ipairs {"current", "classic"} do
    for _, provider in ipairs(reseal.describe()) do
      for _, method in ipairs(reseal.describe(provider)) do
        if edition == "current" or provider == "namecheap" then
          it(("is taken: %s %s (%s)"):format(provider, method, edition), function()
            local named = provider == "namecheap" and edition or nil
            local client = fixture.client(provider, {edition = named})
            local told = reseal.describe(provider, method, named)
            local request, err = client:encode(method, choose(fill(told.params, true), told.rules))
            assert.is_nil(err and tostring(err))
            assert.equal(told.verb, request.method)
            assert.equal(told.effect, request.effect)
            local call = fill(told.params, false)
            local faults = fixture.faults(client, method, call)
            -- Beyond the required ones only a rule may ask for more, and describe tells it.
            for name, code in pairs(faults) do
              assert.equal("missing", code, name)
              assert.is_true(#told.rules > 0)
            end
          end)
        end
      end
    end
  end
end)
