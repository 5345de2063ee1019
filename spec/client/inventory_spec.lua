-- The list of an account's certificates, at sellers that exist nowhere: what their descriptions leave out is left out.
local fixture = require "spec.support.fixture"

local NOW = 1795392000 -- 2026-11-23T00:00:00Z
local DAY = 86400
-- Of example.crt, as `openssl x509 -enddate` shows it.
local LEAF_ENDS = 2110957868 -- 2036-11-22T09:11:08Z

--- The module over a core that describes one seller, `methods` being its descriptions by name, and a client of it that
--- answers with `answers[method](params)`; `asked` are the calls it got.
local function open(methods, answers, statuses)
  local kept = {}
  for _, name in ipairs {"core", "roles", "status", "inventory"} do
    name = "reseal." .. name
    kept[name], package.loaded[name] = package.loaded[name], nil
  end
  package.loaded["reseal.core"] = {
    describe = function(provider, name)
      local names = {}
      for _, method in ipairs(methods) do
        names[#names + 1] = method.name
        if method.name == name then
          return method
        end
      end
      return provider and names or {"third"}
    end,
    statuses = function()
      return statuses or {{word = "live", status = "issued"}, {word = "gone", status = "revoked"}}
    end,
  }
  local inventory = require "reseal.inventory"
  for name, module in pairs(kept) do
    package.loaded[name] = module
  end
  package.loaded["reseal.inventory"] = kept["reseal.inventory"]
  local asked = {}
  local client = {}
  function client.call(_, name, params)
    asked[#asked + 1] = {name, params}
    return answers[name](params)
  end
  function client.each(_, name, params)
    asked[#asked + 1] = {name, params}
    local rows, i = answers[name](params), 0
    return setmetatable({}, {__call = function()
      i = i + 1
      return rows[i]
    end})
  end
  return inventory, client, asked
end

local function rows_of(inventory, client)
  local rows = {}
  for row in assert(inventory.each(client, "third", nil, NOW)) do
    rows[#rows + 1] = row
  end
  return rows
end

local ROW = {
  {name = "ref", type = "string", role = "certificate_id"}, {name = "cn", type = "string", role = "common_name"},
  {name = "alt", type = "list", item = "string", role = "names"},
  {name = "state", type = "object", fields = {{name = "code", type = "string", role = "status"}}},
  {name = "note", type = "string"},
}

local function list_of(...)
  local fields = {}
  for _, more in ipairs {ROW, {...}} do
    for _, field in ipairs(more) do
      fields[#fields + 1] = field
    end
  end
  return {
    name = "certs", provider = "third", effect = "read",
    paging = {style = "offset", position = "skip", size = "take", items = "data"},
    params = {{name = "skip", type = "integer"}, {name = "take", type = "integer", high = 50}},
    result = {{name = "data", type = "list", role = "certificates", fields = fields}},
  }
end

describe("inventory", function()
  it("reads what a list tells, be it nested and its ids text", function()
    local inventory, client, asked = open({
      list_of({name = "until", type = "string", role = "certificate_ends"},
        {name = "paid", type = "string", role = "order_ends"}, {name = "what", type = "string", role = "product"}),
    }, {certs = function()
      return {
        {ref = "c-1", cn = "a.example", alt = {"a.example", "b.example"}, state = {code = "live"}, what = "dv",
          ["until"] = "2027-01-01T00:00:00Z", paid = "2027-06-01"},
        {ref = "c-2", state = {code = "live"}, ["until"] = "2026-11-22"},
        {ref = "c-3", cn = "", state = "broken"},
      }
    end})
    assert.same({
      {
        id = "c-1", names = {"a.example", "b.example"}, product = "dv", status = "issued", word = "live",
        certificate_ends = NOW + 39 * DAY, order_ends = NOW + 190 * DAY,
      },
      {id = "c-2", names = {}, status = "expired", word = "live", certificate_ends = NOW - DAY},
      {id = "c-3", names = {}},
    }, rows_of(inventory, client))
    assert.same({{"certs", {take = 50}}}, asked)
  end)

  it("has rows without what the seller never tells", function()
    local inventory, client = open({list_of()}, {certs = function()
      return {{ref = "c-1", state = {code = "live"}}}
    end}, {})
    local row = rows_of(inventory, client)[1]
    assert.same({id = "c-1", names = {}, word = "live"}, row)
    assert.is_false(inventory.lacks("third", row))
  end)

  it("asks for one certificate where that tells its end", function()
    local one = {
      name = "cert", provider = "third", effect = "read",
      params = {{name = "key", type = "string", required = true, role = "certificate_id"}},
      result = {
        {name = "valid", type = "object", fields = {{name = "to", type = "string", role = "certificate_ends"}}},
      },
    }
    local inventory, client, asked = open({list_of(), one}, {
      certs = function()
        return {{ref = "c-1", state = {code = "live"}}, {ref = "c-2", state = {code = "gone"}}}
      end,
      cert = function()
        return {valid = {to = "2026-12-03"}}
      end,
    })
    local rows = rows_of(inventory, client)
    assert.is_true(inventory.lacks("third", rows[1]))
    assert.is_false(inventory.lacks("third", rows[2]))
    assert.equal(rows[1], inventory.complete(client, "third", rows[1], nil, NOW))
    assert.equal(NOW + 10 * DAY, rows[1].certificate_ends)
    assert.is_false(inventory.lacks("third", rows[1]))
    assert.same({"cert", {key = "c-1"}}, asked[2])
  end)

  it("reads the end out of the certificate itself, in its list or in the call about it", function()
    local pem = {name = "pem", type = "pem", role = "certificate"}
    local inventory, client = open({list_of(pem)}, {certs = function()
      return {{ref = "c-1", state = {code = "live"}, pem = fixture.certificate}}
    end})
    assert.equal(LEAF_ENDS, rows_of(inventory, client)[1].certificate_ends)
    local asked
    inventory, client, asked = open({list_of(), {
      name = "cert", provider = "third", effect = "read", result = {pem},
      params = {
        {name = "key", type = "string", required = true, role = "certificate_id"},
        {name = "full", type = "boolean", role = "with_certificate"},
        {name = "as", type = "string", role = "certificate_form", values = {"text", "der"}},
      },
    }}, {
      certs = function()
        return {{ref = "c-1", state = {code = "live"}}}
      end,
      cert = function()
        return {pem = fixture.certificate}
      end,
    })
    local row = rows_of(inventory, client)[1]
    assert(inventory.complete(client, "third", row, nil, NOW))
    assert.equal(LEAF_ENDS, row.certificate_ends)
    assert.same({"cert", {key = "c-1", full = true, as = "text"}}, asked[2])
  end)

  it("leaves a row as it is when the call about it fails", function()
    local inventory, client = open({list_of(), {
      name = "cert", provider = "third", effect = "read",
      params = {{name = "key", type = "string", required = true, role = "certificate_id"}},
      result = {{name = "to", type = "string", role = "certificate_ends"}},
    }}, {
      certs = function()
        return {{ref = "c-1", state = {code = "live"}}}
      end,
      cert = function()
        return nil, {code = "gone"}
      end,
    })
    local row = rows_of(inventory, client)[1]
    local done, err = inventory.complete(client, "third", row, nil, NOW)
    assert.is_nil(done)
    assert.equal("gone", err.code)
    assert.same({id = "c-1", names = {}, status = "issued", word = "live"}, row)
  end)

  it("asks for many at a pace, and stops where the next ones would fail too", function()
    local answer
    local inventory, client, asked = open({list_of(), {
      name = "cert", provider = "third", effect = "read",
      params = {{name = "key", type = "string", required = true, role = "certificate_id"}},
      result = {{name = "to", type = "string", role = "certificate_ends"}},
    }}, {
      certs = function()
        local rows = {}
        for i = 1, 14 do
          rows[i] = {ref = "c-" .. i, state = {code = i > 2 and "live" or "gone"}}
        end
        return rows
      end,
      cert = function(params)
        return answer(params)
      end,
    })
    local function fill()
      local rows, waits, told = rows_of(inventory, client), {}, nil
      local err = inventory.fill(client, "third", rows, {
        now = NOW,
        wait = function(seconds)
          waits[#waits + 1] = seconds
        end,
        begin = function(count, seconds)
          told = {count, seconds}
        end,
      })
      return rows, waits, told, err
    end
    function answer()
      return {to = "2026-12-03"}
    end
    local rows, waits, told, err = fill()
    assert.same({{4, 4}, {12, 8}}, {waits, told})
    assert.is_nil(err)
    assert.equal(NOW + 10 * DAY, rows[14].certificate_ends)
    assert.equal(1 + 12, #asked)
    function answer(params)
      if params.key == "c-3" then
        return nil, {code = "state", class = "provider", category = "state"}
      elseif params.key == "c-6" then
        return nil, {code = "slow", class = "provider", category = "throttle"}
      end
      return {to = "2026-12-03"}
    end
    rows, waits, told, err = fill()
    assert.same({{}, {12, 8}, "state"}, {waits, told, err.code})
    assert.equal(13 + 1 + 4, #asked)
    for i, row in ipairs(rows) do
      assert.equal((i == 4 or i == 5) and NOW + 10 * DAY or nil, row.certificate_ends)
    end
  end)

  it("says which seller has no list of certificates", function()
    local other = list_of()
    other.result[1].role = nil
    local inventory, client = open({other}, {})
    local list, err = inventory.each(client, "third")
    assert.is_nil(list)
    assert.equal("third has no call that lists certificates.", err.message)
    assert.equal("unsupported", err.code)
  end)
end)
