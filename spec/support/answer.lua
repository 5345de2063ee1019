--- Decoding answers, within busted: what the specs of XML and JSON share.
local assert = require "luassert"
local fixture = require "spec.support.fixture"

local answer = {
  XML = {["Content-Type"] = "text/xml; charset=utf-8"},
  JSON = {["Content-Type"] = "application/json"},
}

answer.is_integer = math.type and function(n) return math.type(n) == "integer" end or function(n) return n % 1 == 0 end

---The answer of a fixture, such as "namecheap/renew/printed".
function answer.of(name)
  return fixture.load({path = "spec/fixtures/" .. name}).answer
end

---A client, as a function that decodes a body under that status and those headers.
---@return fun(body: string): table|nil, table|nil
function answer.decoder(provider, method, status, headers, options)
  local client = fixture.client(provider, options)
  return function(body) return client:decode(method, {status = status, headers = headers, body = body}) end
end

---Visits a provider's fixtures that have an answer and a result.
---@param visit fun(given: table, client: table, method: string, path: string)
function answer.each(provider, visit)
  for _, case in ipairs(fixture.cases()) do
    local given = case.provider == provider and fixture.load(case)
    if given and given.answer and given.expected then
      visit(given, fixture.client(provider, given.options), case.method, case.path)
    end
  end
end

---A fixture's answer with another body.
function answer.respond(given, body)
  return {status = given.answer.status, headers = given.answer.headers, body = body}
end

---No result; the answer is to blame; what it said cannot be known.
---@param outcome? string default: "unknown"
---@return table err
function answer.assert_senseless(result, err, what, outcome)
  outcome = outcome or "unknown"
  assert.is_nil(result, what)
  assert.equal("protocol", err.class, what)
  assert.equal(outcome, err.outcome, what)
  if outcome == "unknown" then
    assert.equal("never", err.retry, what)
  end
  assert.is_true(#err.message > 0, what)
  return err
end

return answer
