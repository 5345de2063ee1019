-- What holds for every seller, whatever it is like: one whose tables pass needs no code of its own. It runs over all
-- sellers, one of which exists nowhere and is in no library that anybody gets: hence a process of its own, with another
-- build of the codec.
local fixture = require "spec.support.fixture"
local program = require "spec.support.program"
local sellers = require "spec.support.sellers"

local LUA = os.getenv "RESEAL_LUA" or arg[-1]

local is_here = false
for _, provider in ipairs(require("reseal").describe()) do
  is_here = is_here or provider == "third"
end

if not is_here then
  describe("every seller, in a process of its own", function()
    local command = ("%s RESEAL_LUA=%s %s tools/busted.lua -o TAP spec/providers/conformance_spec.lua")
      :format(sellers.environment(), program.quote(LUA), program.quote(LUA))
    local told = program.output(command)
    local count = 0
    for bad, name in ("\n" .. told):gmatch "\n(n?o?t? ?)ok %d+ %- ([^\n]*)" do
      count = count + 1
      it(name, function()
        assert(bad == "", told)
      end)
    end
    it("has tests", function()
      assert(count > 100, told)
    end)

    it("is one that people get, but for the one that exists nowhere", function()
      assert.same({"namecheap", "realtimeregister"}, require("reseal").describe())
      for _, path in ipairs(sellers.libraries()) do
        local bytes = program.read(path)
        assert.is_nil(bytes:find("third.example", 1, true), path)
        assert.is_nil(bytes:find("nothing reads this setting", 1, true), path) -- of the lint
      end
    end)
  end)
  return
end

local reseal = require "reseal"

fixture.accounts.third = sellers.accounts.third

local cases = {}
for _, case in ipairs(sellers.cases()) do
  local key = case.provider .. " " .. case.method
  cases[key] = cases[key] or {}
  table.insert(cases[key], {path = case.path, given = fixture.load(case)})
end

local KINDS = {string = true, integer = true, boolean = true, list = true, object = true}
local FIELDS = {
  string = true, integer = true, boolean = true, money = true, cents = true, decimal = true, pem = true, object = true,
  list = true,
}
local EFFECTS = {read = true, change = true, purchase = true}

local function is_text(value)
  return type(value) == "string" and value ~= ""
end

--- A value that the description allows, from nothing but the description.
local EXAMPLES = {
  csr = fixture.csr, certificate = fixture.certificate, email = "admin@example.com", address = "admin@example.com",
  approver = "admin@example.com", dcv_method = "admin@example.com", domain = "www.example.com",
  host = "www.example.com", name = "www.example.com", voice = "+31.384530759", phone = "+31.3845307590",
  country = "NL", date = "2026-11-25", timestamp = "2026-11-25T12:00:00Z", digits = "1234", ipv4 = "192.0.2.1",
  identifier = "example", alphanumeric = "abc", segment = "abc", printable = "abc",
}

local members

local function value_of(param, kind, all)
  if param.values then
    return param.values[1]
  elseif kind == "boolean" then
    return true
  elseif kind == "integer" then
    return math.max(param.low or 1, 1)
  elseif kind == "object" then
    return members(param.fields, {}, all)
  elseif kind == "list" then
    return {value_of(param, param.item, all)}
  end
  local text = param.format and assert(EXAMPLES[param.format], "no example of " .. param.format) or "abc"
  return param.min and #text < param.min and text .. ("x"):rep(param.min - #text) or text
end

--- What a call of these parameters needs: the required ones, or all, without what rules keep apart.
function members(params, rules, all)
  local given, by_name = {}, {}
  for _, param in ipairs(params) do
    by_name[param.name] = param
    if param.required or all and not param.deprecated and not param.makes_read then
      given[param.name] = value_of(param, param.type, all)
    end
  end
  for _, rule in ipairs(rules) do
    if rule.kind == "one_of" or rule.kind == "some_of" then
      for i, name in ipairs(rule.params) do
        given[name] = i == 1 and value_of(by_name[name], by_name[name].type, all) or nil
      end
    end
  end
  for _, rule in ipairs(rules) do
    local first = rule.params[1]
    if rule.within then
      local value = given[rule.within]
      for _, row in ipairs(value or {}) do
        for _, field in ipairs(by_name[rule.within].fields) do
          if field.name == rule.params[2] and row[first] == rule.value then
            row[field.name] = value_of(field, field.type, all)
          end
        end
      end
    elseif rule.kind == "not_with" and given[first] ~= nil then
      for i = 2, #rule.params do
        given[rule.params[i]] = nil
      end
    elseif rule.kind == "when_value" and tostring(given[first]) == rule.value then
      given[rule.params[2]] = value_of(by_name[rule.params[2]], by_name[rule.params[2]].type, all)
    elseif rule.kind == "together" and given[first] ~= nil then
      given[rule.params[2]] = value_of(by_name[rule.params[2]], by_name[rule.params[2]].type, all)
    end
  end
  for _, rule in ipairs(rules) do
    if rule.kind == "same_count" and (given[rule.params[1]] == nil) ~= (given[rule.params[2]] == nil) then
      given[rule.params[1]], given[rule.params[2]] = nil, nil
    end
  end
  return given
end

local function client_of(provider, options)
  return assert(fixture.open(provider, options))
end

--- Every edition in which the provider has the method, each described.
local function each_method(visit)
  for _, provider in ipairs(reseal.describe()) do
    local editions = {false}
    for _, setting in ipairs(reseal.settings(provider)) do
      editions = setting.name == "edition" and setting.values or editions
    end
    for _, edition in ipairs(editions) do
      for _, name in ipairs(assert(reseal.describe(provider))) do
        local method = reseal.describe(provider, name, edition or nil)
        if method then
          visit(provider, method, edition and {edition = edition} or nil)
        end
      end
    end
  end
end

--- The bytes of a request in which a parameter can stand.
local function carries(request, param)
  local body = request.body or ""
  if param.place == "path" then
    return true -- no brace is left: see below
  elseif param.place == "query" then
    return request.url:find("[?&]" .. param.name .. "=") ~= nil
  elseif param.place == "form" then
    return ("&" .. body):find("&" .. param.name .. "=", 1, true) ~= nil
  end
  return body:find('"' .. param.name .. '":', 1, true) ~= nil
end

--- Every secret of the account, and both together as they travel.
local function secrets_of(provider)
  local found = {}
  for _, setting in ipairs(reseal.settings(provider)) do
    found[#found + 1] = setting.secret and sellers.accounts[provider][setting.name] or nil
  end
  local client = client_of(provider)
  local method = reseal.describe(provider, reseal.describe(provider)[1])
  local request = assert(client:encode(method.name, members(method.params, method.rules)))
  for _, value in pairs(request.headers) do
    local credentials = value:match "^Basic (.+)$"
    found[#found + 1] = credentials
  end
  return found
end

local function escaped(secret)
  return (secret:gsub("[^%w]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

local function assert_no_secret(provider, err, what)
  for _, secret in ipairs(secrets_of(provider)) do
    assert.is_false(fixture.leaks(err, secret), what)
    assert.is_false(fixture.leaks(err, escaped(secret)), what)
  end
end

--- What nobody can tell the outcome of: nothing done by a read, anything by the rest.
local function assert_lost(effect, result, err, what)
  assert.is_nil(result, what)
  assert.equal(effect == "read" and "refused" or "unknown", err.outcome, what)
  assert.equal(effect == "read" and "later" or "never", err.retry, what)
  assert.is_true(is_text(err.message), what)
end

--- A good answer to the method, as its fixtures have one.
local function good_answer(provider, method)
  for _, case in ipairs(cases[provider .. " " .. method.name] or {}) do
    local edition = case.given.options and case.given.options.edition or nil
    local fits = case.given.expected and case.given.answer and not (case.given.params and case.given.params.quote)
    if fits and edition ~= "classic" and not case.given.expected.quote then
      return case.given.answer
    end
  end
end

describe("a description", function()
  local function check_params(params, where)
    for _, param in ipairs(params) do
      local what = where .. " " .. tostring(param.name)
      assert.is_true(is_text(param.name) and is_text(param.doc), what)
      assert.is_true(KINDS[param.type], what)
      assert.is_boolean(param.required, what)
      assert.is_true(param.type ~= "list" or KINDS[param.item], what)
      assert.is_true(not param.format or is_text(param.expected), what)
      check_params(param.fields or {}, what)
    end
  end
  local function check_fields(fields, where)
    for _, field in ipairs(fields) do
      local what = where .. " " .. tostring(field.name)
      assert.is_true(is_text(field.name) and is_text(field.doc) and FIELDS[field.type], what)
      check_fields(field.fields or {}, what)
    end
  end

  each_method(function(provider, method, options)
    local name = provider .. " " .. method.name .. (options and " (" .. options.edition .. ")" or "")
    it("of " .. name .. " is complete", function()
      assert.equal(provider, method.provider)
      assert.is_true(is_text(method.doc) and is_text(method.source) and EFFECTS[method.effect])
      assert.is_truthy(method.checked:find "^%d%d%d%d%-%d%d%-%d%d$")
      assert.is_truthy(method.verb:find "^%u+$")
      check_params(method.params, name)
      check_fields(method.result, name)
      local names = {}
      for _, param in ipairs(method.params) do
        names[param.name] = true
      end
      for _, rule in ipairs(method.rules) do
        assert.is_true(is_text(rule.doc))
        for _, one in ipairs(rule.within and {} or rule.params) do
          assert.is_true(names[one], one)
        end
      end
      assert.is_true(#method.errors > 0)
      for _, row in ipairs(method.errors) do
        assert.is_true(is_text(row.text) and is_text(row.advice) and is_text(row.source), tostring(row.code))
        assert.is_true(is_text(row.category) and is_text(row.outcome) and is_text(row.retry), tostring(row.code))
      end
    end)
  end)

  for _, provider in ipairs(reseal.describe()) do
    it("of " .. provider .. "'s settings is complete, and the account is made by it alone", function()
      local account, secret = {}, false
      for _, setting in ipairs(assert(reseal.settings(provider))) do
        assert.is_true(is_text(setting.name) and is_text(setting.doc), setting.name)
        secret = secret or setting.secret
        if setting.required then
          account[setting.name] = sellers.accounts[provider][setting.name]
        end
      end
      assert.is_true(secret)
      assert(reseal[provider](account))
      local client, err = reseal[provider] {}
      assert.is_nil(client)
      local missing = {}
      for _, fault in ipairs(err.errors) do
        missing[fault.param] = fault.code
      end
      for name in pairs(account) do
        assert.equal("missing", missing[name], name)
      end
    end)

    it("of " .. provider .. " has no status word that means nothing", function()
      local member
      for _, method in ipairs(reseal.describe(provider)) do
        for _, field in ipairs(reseal.describe(provider, method).result) do
          member = field.role == "status" and field.name or member
        end
      end
      for _, row in ipairs(assert(reseal.statuses(provider))) do
        local status, word = reseal.status({[member] = row.word}, provider)
        assert.equal(row.status, status)
        assert.equal(row.word, word)
      end
    end)

    it("of " .. provider .. " makes its pages and types", function()
      local page = require "tools.docs.reference"(provider)
      for _, method in ipairs(reseal.describe(provider)) do
        assert.is_truthy(page:find("\n## " .. method .. "\n", 1, true), method)
      end
      assert.is_truthy(require "tools.docs.types"():find("reseal." .. provider .. ".Client", 1, true))
    end)
  end
end)

describe("parameters", function()
  each_method(function(provider, method, options)
    local name = provider .. " " .. method.name .. (options and " (" .. options.edition .. ")" or "")
    local client = client_of(provider, options)

    for _, all in ipairs {false, true} do
      it(("of %s are sent, %s"):format(name, all and "all of them" or "the required ones alone"), function()
        local given = members(method.params, method.rules, all)
        local request, err = client:encode(method.name, given)
        assert.is_nil(err and tostring(err))
        assert.equal(method.verb, request.method)
        assert.is_truthy(request.url:find("^https://[%w.]+/"))
        assert.is_nil(request.url:find "[{}]")
        assert.equal(method.effect, request.effect)
        assert.equal((request.body or "") ~= "", request.headers["Content-Type"] ~= nil)
        for _, param in ipairs(method.params) do
          if given[param.name] ~= nil and type(given[param.name]) ~= "table" then
            assert.is_true(carries(request, param), param.name)
          end
        end
        for _, secret in ipairs(secrets_of(provider)) do
          assert.is_nil(request.url:find(secret, 1, true))
          assert.is_nil(request.url:find(escaped(secret), 1, true))
        end
      end)
    end

    it("of " .. name .. " are all told when they are wrong", function()
      local wanted = {}
      for _, param in ipairs(method.params) do
        wanted[param.name] = param.required and not param.setting and "missing" or nil
      end
      local found = fixture.faults(client, method.name, {})
      for param, code in pairs(wanted) do
        assert.equal(code, found[param], param)
      end
      assert.equal("unknown_param", fixture.faults(client, method.name, {["no such"] = 1})["no such"])
      for _, param in ipairs(method.params) do
        local wrong = {[param.name] = function() end}
        assert.equal("bad_type", fixture.faults(client, method.name, wrong)[param.name], param.name)
        if param.type == "string" and param.max and not param.values and not param.format then
          wrong = {[param.name] = ("x"):rep(param.max + 1)}
          assert.equal("too_long", fixture.faults(client, method.name, wrong)[param.name], param.name)
        end
        if param.type == "integer" and param.high and param.high < 2 ^ 53 then
          wrong = {[param.name] = param.high + 1}
          assert.is_truthy(fixture.faults(client, method.name, wrong)[param.name], param.name)
        end
      end
    end)
  end)
end)

describe("answers", function()
  for _, case in ipairs(fixture.cases(sellers.FIXTURES, "third")) do
    it(("of third %s are read: %s"):format(case.method, case.name), function()
      local given = fixture.load(case)
      local client = client_of("third", given.options)
      local request, result, err
      if given.params then
        request = assert(client:encode(case.method, given.params))
      end
      if given.request then
        assert.same(given.request, {
          method = request.method, url = request.url, headers = request.headers, body = request.body or "",
        })
      end
      result, err = client:decode(case.method, given.answer, request)
      if given.expected then
        assert.is_nil(err and tostring(err))
        assert.same(given.expected, result)
      else
        assert.is_nil(result)
        assert.is_nil(fixture.difference(given.refused, err))
        assert_no_secret("third", err)
      end
    end)
  end

  for _, provider in ipairs(reseal.describe()) do
    for _, name in ipairs(reseal.describe(provider)) do
      local method = reseal.describe(provider, name)
      local client = client_of(provider)

      it(("to %s %s have a good fixture and a refused one"):format(provider, name), function()
        local good, refused = 0, 0
        for _, case in ipairs(cases[provider .. " " .. name] or {}) do
          good = good + (case.given.expected and case.given.answer and 1 or 0)
          refused = refused + (case.given.refused and case.given.answer and 1 or 0)
        end
        assert.is_true(good > 0 and refused > 0)
      end)

      it(("to %s %s that are an error mean what its row says"):format(provider, name), function()
        for _, row in ipairs(method.errors) do
          local by_status = row.http_status and (row.code == row.http_status or provider == "realtimeregister")
          local answer = by_status and {status = row.http_status, headers = {}, body = ""}
            or sellers.refuse(provider, row)
          -- A text with gaps is none that anybody sends.
          if not row.text:find "[%%<]" then
            local result, err = client:decode(name, answer)
            local what = tostring(row.code) .. " " .. row.text
            assert.is_nil(result, what)
            assert.equal("provider", err.class, what)
            assert.equal(row.code, err.code, what)
            -- Codes that several pages list with one text are told by the nearest.
            if row.method == "(global)" and method.effect ~= "read" then
              assert.equal(row.outcome, err.outcome, what)
            end
            assert.is_true(err.outcome ~= "refused" or method.effect ~= "read" or err.retry ~= nil, what)
          end
        end
      end)

      it(("to %s %s that throttle are refusals that pass"):format(provider, name), function()
        local count = 0
        for _, row in ipairs(method.errors) do
          if row.category == "throttle" then
            count = count + 1
            local answer = row.http_status and {status = row.http_status, headers = {}, body = ""}
              or sellers.refuse(provider, row)
            answer.headers["Retry-After"] = "7"
            local result, err = client:decode(name, answer)
            assert.is_nil(result)
            assert.equal("throttle", err.category)
            assert.equal("refused", err.outcome)
            assert.equal("later", err.retry)
            assert.equal(7, err.retry_after)
          end
        end
        assert.is_true(count > 0)
      end)

      it(("to %s %s that make no sense prove nothing"):format(provider, name), function()
        local bodies = {
          "garbage", "<html><body>Bad gateway</body></html>", "<x/>", "[1", '{"a":', "\255\254", ("a"):rep(70000),
          '{"error":"no"}', "null", "<ApiResponse/>", "{\"fault\":{}}",
        }
        for _, status in ipairs {200, 302, 500, 502, 503} do
          for _, body in ipairs(bodies) do
            local bytes = method.answer == "bytes" and status == 200
            local loose = method.answer == "empty" and status == 200 and body:find "^{.*}$"
            if not bytes and not loose then
              local result, err = client:decode(name, {status = status, headers = {}, body = body})
              assert_lost(method.effect, result, err, status .. " " .. body:sub(1, 30))
            end
          end
          if not (method.answer == "empty" and status == 200) then
            local result, err = client:decode(name, {status = status, headers = {}, body = ""})
            assert_lost(method.effect, result, err, status .. " and no body")
          end
        end
        local result, err = client:decode(name, nil, nil, {code = "closed", message = "closed", sent = true})
        assert_lost(method.effect, result, err, "no answer")
      end)

      it(("to %s %s that are cut prove nothing"):format(provider, name), function()
        local answer = good_answer(provider, method)
        if not answer or method.answer == "bytes" then
          return
        end
        local body = answer.body:gsub("%s+$", "")
        local step = math.max(1, math.floor(#body / 97))
        for len = method.answer == "empty" and 1 or 0, #body - 1, step do
          local cut = {status = answer.status, headers = {}, body = body:sub(1, len)}
          local result, err = client:decode(name, cut)
          assert_lost(method.effect, result, err, len .. " of " .. #body .. " bytes")
        end
        if method.effect ~= "read" then
          local _, err = client:decode(name, nil, nil, {
            code = "closed", message = "cut", sent = true, received = 3,
            status = answer.status, headers = answer.headers,
          })
          assert.equal("unknown", err.outcome)
        end
      end)

      it(("to %s %s have no secret in what is told of them"):format(provider, name), function()
        local row = method.errors[1]
        assert(client:encode(name, members(method.params, method.rules))) -- what travels is known once it does
        for _, secret in ipairs(secrets_of(provider)) do
          local function hides(told, ...)
            assert.is_falsy(told)
            assert_no_secret(provider, ...)
          end
          for _, text in ipairs {secret, escaped(secret), "key " .. secret .. " and " .. secret} do
            hides(client:decode(name, sellers.refuse(provider, row, text)))
            hides(client:decode(name, {status = 500, headers = {}, body = text}))
          end
          hides(client:encode(name, {[secret] = 1}))
          hides(client:call(secret, {}))
          hides(client:decode(secret, {status = 200, headers = {}, body = ""}))
          hides(pcall(client.each, client, secret))
          local loud = client_of(provider, {retries = 0, transport = function()
            return nil, {code = "tls", message = "said " .. secret .. " and " .. escaped(secret), sent = false}
          end})
          hides(loud:call(name, members(method.params, method.rules)))
        end
        assert_no_secret(provider, tostring(client))
      end)
    end
  end
end)

describe("a change and a purchase", function()
  each_method(function(provider, method, options)
    if method.effect == "read" then
      return
    end
    it(("of %s are sent once: %s%s"):format(provider, method.name, options and " " .. options.edition or ""), function()
      local sent = 0
      local settings = {sleep = function() end, transport = function()
        sent = sent + 1
        return nil, {code = "timeout", message = "no answer came", sent = true}
      end}
      for name, value in pairs(options or {}) do
        settings[name] = value
      end
      local client = client_of(provider, settings)
      local result, err = client:call(method.name, members(method.params, method.rules))
      assert.is_nil(result)
      assert.equal("unknown", err.outcome)
      assert.equal("never", err.retry)
      assert.equal(1, sent)
    end)
  end)
end)

describe("a list", function()
  each_method(function(provider, method, options)
    local shown = sellers.page(provider, method, {1}, 1, 1, 1)
    local is_known = method.paging and select(2, pcall(function()
      local result = client_of(provider, options):decode(method.name, shown)
      return result and #result[method.paging.items] == 1
    end)) == true
    if not is_known then
      return
    end
    local paging = method.paging
    it(("of %s is walked to its end: %s%s"):format(provider, method.name, options and " " .. options.edition or ""),
      function()
        for _, size in ipairs {10, 20} do
          for _, total in ipairs {0, 1, size - 1, size, size + 1, 2 * size + 5} do
            local asked = {}
            local settings = {transport = function(request)
              local text = request.url .. "&" .. (request.body or "")
              local by_page = paging.style == "page"
              local position = tonumber(text:match("[?&]" .. paging.position .. "=(%d+)") or by_page and 1 or 0)
              assert(tonumber(text:match("[?&]" .. paging.size .. "=(%d+)")) == size)
              asked[#asked + 1] = position
              local rows, first = {}, by_page and (position - 1) * size or position
              for id = first + 1, math.min(first + size, total) do
                rows[#rows + 1] = id
              end
              return sellers.page(provider, method, rows, total, position, size)
            end}
            for name, value in pairs(options or {}) do
              settings[name] = value
            end
            local client, count = client_of(provider, settings), 0
            local params = members(method.params, method.rules)
            params[paging.size] = size
            local list = client:each(method.name, params)
            for row in list do
              count = count + 1
              if sellers.id(row) then
                assert.equal(count, sellers.id(row))
              end
            end
            assert.is_nil(list.err and tostring(list.err))
            assert.equal(total, count)
            assert.equal(total, list.total)
            assert.equal(math.max(1, math.ceil(total / size)), #asked)
          end
        end
      end)
  end)

  it("is there for every seller's certificates", function()
    local inventory = require "reseal.inventory"
    for _, provider in ipairs(reseal.describe()) do
      local method
      local client = client_of(provider, {transport = function()
        return sellers.page(provider, method, {5, 6}, 2, provider == "namecheap" and 1 or 0, 100)
      end})
      for _, name in ipairs(reseal.describe(provider)) do
        local one = reseal.describe(provider, name)
        method = method or one.paging and one
      end
      local rows = {}
      local list = assert(inventory.each(client, provider))
      for row in list do
        rows[#rows + 1] = row.id
      end
      assert.is_nil(list.err and tostring(list.err))
      assert.same({5, 6}, rows)
    end
  end)
end)

--- The third seller over HTTP, by nginx: it asks for the account, and has what its page says.
describe("the command line", function()
  local nginx = require "spec.support.nginx"
  local system = require "reseal.system"
  local server, dir

  setup(function()
    dir = assert(system.mkdtemp "reseal-sellers-")
    server = nginx.start [[
      server {
        listen 127.0.0.1:@port@;
        default_type application/json;
        location / {
          content_by_lua_block {
            local user, token = ngx.decode_base64((ngx.var.http_authorization or ""):match "^Basic (.+)$" or "")
              :match "^([^:]*):(.*)$"
            if user ~= "shop-1" or token ~= "s3cret/Token+1" then
              ngx.status = 401
              return ngx.say '{"fault":{"number":1,"text":"account or token is wrong"}}'
            end
            local call = ngx.req.get_method() .. " " .. ngx.var.uri
            if call == "GET /v1/certificates" then
              local start, count = tonumber(ngx.var.arg_start) or 0, tonumber(ngx.var.arg_count) or 20
              local rows = {}
              for id = start + 1, math.min(start + count, 205) do
                rows[#rows + 1] = ('{"certificate":%d,"product":"basic","names":["n%d.example.com"],"state":"valid",'
                  .. '"until":"2099-05-01T00:00:00Z","paid_until":"2099-11-25T00:00:00Z"}'):format(id, id)
              end
              return ngx.say('{"certificates":[' .. table.concat(rows, ",") .. '],"found":205}')
            elseif call == "POST /v1/certificates/7/renewal" then
              ngx.status = 201
              return ngx.say '{"order":90,"state":"open","charged":"12.50","currency":"EUR"}'
            end
            ngx.status = 404
            ngx.say '{"fault":{"number":30,"text":"there is no such object"}}'
          }
        }
      }]]
    local account = 'third = {account = "shop-1", token = "%s", endpoint = "http://127.0.0.1:%d"}\n'
    program.write(dir .. "/config.lua", account:format(sellers.accounts.third.token, server.port))
    program.write(dir .. "/csr.pem", fixture.csr)
    os.execute("chmod 600 " .. program.quote(dir .. "/config.lua"))
  end)
  teardown(function()
    server.stop()
    os.execute("rm -rf " .. program.quote(dir))
  end)

  local function run(words, account)
    local config = account or dir .. "/config.lua"
    local output = program.output(("HOME=%s RESEAL_CONFIG=%s %s bin/reseal %s; echo \"code $?\"")
      :format(program.quote(dir), program.quote(config), program.quote(LUA), words))
    assert.is_nil(output:find("traceback", 1, true), output)
    assert.is_nil(output:find(sellers.accounts.third.token, 1, true), output)
    return output, tonumber(output:match "code (%d+)%s*$")
  end

  it("lists the certificates of a seller that it knows by tables alone", function()
    local output, code = run "list --json"
    assert.equal(0, code, output)
    local _, count = output:gsub('"provider":%s*"third"', "")
    assert.equal(205, count)
    assert.is_truthy(output:find('"status":%s*"issued"'))
    assert.is_truthy(output:find('"expires":%s*"2099%-05%-01'))
    assert.is_truthy(output:find('"order_ends":%s*"2099%-11%-25'))
    assert.is_truthy(output:find("n205.example.com", 1, true))
  end)

  it("buys from it, and shows what was charged", function()
    local output, code = run("renew third certificate=7 months=12 csr=@" .. dir .. "/csr.pem --yes --json")
    assert.equal(0, code, output)
    assert.is_truthy(output:find('"charged":%s*"12.50"'), output)
  end)

  it("tells its errors and helps with its calls", function()
    local output, code = run "call third order order=4"
    assert.is_true(code ~= 0, output)
    assert.is_truthy(output:find("there is no such object", 1, true), output)
    output, code = run "help third buy"
    assert.equal(0, code, output)
    assert.is_truthy(output:find("proofs", 1, true), output)
  end)
end)
