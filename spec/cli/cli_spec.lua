-- The command line, run as a program against the sandbox.
local cjson = require "cjson"
local clis = require "spec.support.cli"
local fixture = require "spec.support.fixture"
local system = require "reseal.system"

local KEY = fixture.accounts.namecheap.api_key
local cli, dir, sandbox, run, call, write, renew
local quote = clis.quote

setup(function()
  cli = clis.start()
  dir, sandbox, run, call, write, renew = cli.dir, cli.sandbox, cli.run, cli.call, cli.write, clis.renew
end)

teardown(function()
  cli.stop()
end)

describe("the exit code", function()
  before_each(function()
    sandbox.reset()
  end)

  it("is 0 when it is done, and the result is shown", function()
    local r = call(renew())
    assert.equal("", r.err)
    assert.equal(0, r.code)
    assert.is_truthy(r.out:find("ChargedAmount +9%.0000"))
    assert.equal(1, #sandbox.ledger())
  end)

  it("is 8 when the result can't be shown", function()
    if not io.open("/dev/full") then
      return
    end
    local r = run({"describe", "namecheap"}, {output = "/dev/full"})
    assert.equal(8, r.code)
  end)

  it("is 2 for wrong usage", function()
    for _, words in ipairs {
      {}, {"renew"}, {"renew", "godaddy"}, {"frobnicate"}, {"--frob"}, {"call", "namecheap"}, {"errors"},
      {"renew", "namecheap", "Years"}, {"renew", "namecheap", "Years=1", "Years=2"},
      {"describe", "namecheap", "nothing"}, {"renew", "namecheap", "Years=@/nonexistent"},
      {"renew", "namecheap", "Years:=[1"}, {"renew", "namecheap", "a[2]=x"},
      renew("--timeout", "soon"), renew("--api-key", "x"), renew("--endpoint", "http://example.com"),
      {"renew", "namecheap", "Years:=12345678901234567890"}, {"namecheap"}, {"namecheap", "frobnicate", "Years"},
      {"describe", "--json", "--csv"}, {"renew", "namecheap", "=1"}, {"renew", "namecheap", ":=1"},
    } do
      local r = call(words)
      assert.equal(2, r.code, table.concat(words, " ") .. ": " .. r.err)
      if table.concat(words, " "):find("--json", 1, true) then
        assert.equal("usage", cjson.decode(r.out).error.code)
      else
        assert.is_truthy(r.err:find("^reseal: "))
        assert.equal("", r.out)
      end
    end
  end)

  it("is 2 without credentials, which are named", function()
    local r = run(renew())
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("api_key", 1, true))
    assert.is_truthy(r.err:find("api_user", 1, true))
  end)

  it("is 3 for what is refused here", function()
    local r = call {"renew", "namecheap", "CertificateID=501904", "Years=9"}
    assert.equal(3, r.code)
    assert.is_truthy(r.err:find("Years", 1, true))
    assert.is_truthy(r.err:find("SSLType", 1, true))
    r = call(renew("ApiKey=" .. KEY))
    assert.equal(3, r.code)
    assert.same({}, sandbox.requests())
  end)

  it("is 4 for what the provider refuses", function()
    assert.equal(0, call(renew()).code)
    local r = call(renew())
    assert.equal(4, r.code)
    assert.is_truthy(r.err:find("4028294", 1, true))
    assert.equal(1, #sandbox.ledger())
  end)

  it("is 5 for too many requests", function()
    sandbox.post("/_sandbox/fault", {fault = "throttle_405", times = 1})
    local r = call(renew("--retries", "0"))
    assert.equal(5, r.code)
    assert.same({}, sandbox.ledger())
  end)

  it("is 6 when nothing was sent, or only a read is lost", function()
    local nowhere = "http://127.0.0.1:" .. system.free_port()
    assert.equal(6, call(renew("--endpoint", nowhere)).code)
    sandbox.post("/_sandbox/fault", {fault = "drop_before", times = 1})
    assert.equal(6, call({"call", "namecheap", "getInfo", "CertificateID=501904", "--retries", "0"}).code)
  end)

  it("is 7 when it may have been paid for, and says where to look", function()
    sandbox.post("/_sandbox/fault", {fault = "drop_after_commit", times = 1})
    local r = call(renew())
    assert.equal(7, r.code)
    local named = " --config " .. dir .. "/config.lua\n"
    assert.is_truthy(r.err:find("\n  reseal namecheap getList" .. named, 1, true))
    assert.is_truthy(r.err:find("\n  reseal namecheap getInfo CertificateID=501904" .. named, 1, true))
    -- Only what can tell: not what reads signing requests.
    local _, count = r.err:gsub("\n  reseal ", "")
    assert.equal(2, count)
    assert.equal(1, #sandbox.ledger())
  end)

  it("stands in the help, each of them", function()
    local r = run {"--help"}
    assert.equal(0, r.code)
    for code = 0, 8 do
      assert.is_truthy(r.out:find("\n   " .. code .. "  ", 1, true))
    end
  end)
end)

describe("--json", function()
  before_each(function()
    sandbox.reset()
  end)

  it("gives the result with integers as integers and empty lists as lists", function()
    local r = call(renew("--json"))
    assert.equal(0, r.code)
    local result = cjson.decode(r.out)
    assert.equal("9.0000", result.ChargedAmount)
    assert.is_truthy(r.out:find('"CertificateID": %d+,'))
    assert.is_truthy(r.out:find('"warnings": []', 1, true))
  end)

  it("gives the failure", function()
    local r = call({"renew", "namecheap", "CertificateID=501904", "--json"})
    assert.equal(3, r.code)
    local err = cjson.decode(r.out).error
    assert.equal("invalid", err.class)
    assert.equal("not_sent", err.outcome)
    assert.equal(2, #err.errors)
  end)

  it("gives descriptions, the same every time", function()
    local first, second = run {"describe", "realtimeregister", "reissue", "--json"}, run {
      "describe", "realtimeregister", "reissue", "--json",
    }
    assert.equal(0, first.code)
    assert.equal(first.out, second.out)
    local described = cjson.decode(first.out)
    assert.equal("/v2/ssl/certificates/{certificateId}/reissue", described.path)
    assert.same({"namecheap", "realtimeregister"}, cjson.decode(run({"--json", "describe"}).out))
  end)
end)

describe("--csv", function()
  before_each(function()
    sandbox.reset()
  end)

  it("gives a result as a row under its names", function()
    local r = call(renew("--csv"))
    assert.equal(0, r.code, r.err)
    local heading, row = r.out:match("^([^\r\n]+)\n([^\r\n]+)\n$")
    assert.equal("CertificateID,SSLType,Years,OrderId,TransactionId,ChargedAmount", heading)
    assert.is_truthy(row:find("^%d+,PositiveSSL,1,%d+,%d+,9%.0000$"))
  end)

  it("gives a list's rows", function()
    local r = call {"namecheap", "getList", "--csv"}
    assert.equal(0, r.code, r.err)
    assert.is_truthy(r.out:find("^CertificateID,HostName,SSLType,"))
    assert.is_truthy(r.out:find("\n501904,", 1, true))
  end)

  it("puts errors where they belong: not among the rows", function()
    local r = call {"renew", "namecheap", "--csv"}
    assert.equal(3, r.code)
    assert.equal("", r.out)
    assert.is_truthy(r.err:find("Years", 1, true))
  end)

  it("gives descriptions and errors", function()
    assert.equal("name,type,required,limits,values,doc\n",
      run({"describe", "namecheap", "renew", "--csv"}).out:match("^[^\n]*\n"))
    assert.is_truthy(run({"describe", "namecheap", "--csv"}).out:find("\nrenew,purchase,", 1, true))
    assert.equal("value\nnamecheap\nrealtimeregister\n", run({"describe", "--csv"}).out)
    local errors = run({"errors", "namecheap", "2011170", "--csv"}).out
    assert.is_truthy(errors:find("^code,method,category,outcome,retry,text,advice,source\n2011170,"))
  end)
end)

describe("csv", function()
  local csv = require "reseal.cli.csv"

  it("quotes as RFC 4180 says, and ends lines as other programs do", function()
    assert.equal('a,"b ""c"""\n"x,y","two\nlines"\n,1\n', csv.encode({"a", 'b "c"'}, {
      {a = "x,y", ['b "c"'] = "two\nlines"}, {['b "c"'] = 1},
    }))
    assert.equal('a\n"cr\rhere"\n', csv.encode({"a"}, {{a = "cr\rhere"}}))
    assert.equal("a\n9007199254740991\n-0.5\ntrue\n", csv.encode({"a"}, {
      {a = 9007199254740991}, {a = -0.5}, {a = true},
    }))
  end)

  it("gives nested values columns of their own, in the described order", function()
    local rows = {
      {id = 1, san = {"a.example", "b.example"}, dcv = {{type = "DNS", name = "x"}, {type = "FILE"}}, empty = {}},
      {id = 2, extra = "e", approver = {email = "a@b.cd"}},
    }
    local fields = {
      {name = "id"}, {name = "approver"}, {name = "dcv", type = "list", fields = {{name = "name"}, {name = "type"}}},
      {name = "san"},
    }
    assert.equal("id,approver.email,dcv[1].name,dcv[1].type,dcv[2].type,san,empty,extra\n"
      .. "1,,x,DNS,FILE,a.example b.example,,\n2,a@b.cd,,,,,,e\n", csv.of(rows, fields))
  end)

  it("has a heading although there is no row", function()
    assert.equal("id,name\n", csv.of({}, {{name = "id"}, {name = "name"}}))
  end)
end)

describe("a provider as the command", function()
  before_each(function()
    sandbox.reset()
  end)

  it("carries out any of its methods", function()
    local r = call {"namecheap", "getInfo", "CertificateID=501904"}
    assert.equal(0, r.code, r.err)
    assert.is_truthy(r.out:find("\nStatus +active\n"))
    assert.equal(0, call({"namecheap", "renew", "CertificateID=501904", "Years=1", "SSLType=PositiveSSL"}).code)
    assert.equal(1, #sandbox.ledger())
    assert.equal(0, call({"realtimeregister", "get", "certificateId=7"}).code)
  end)

  it("refuses a method that it doesn't have, and names the nearest", function()
    local r = call {"namecheap", "getinfos", "CertificateID=501904"}
    assert.equal(3, r.code)
    assert.is_truthy(r.err:find("getInfo", 1, true))
  end)

  it("has help for itself and for each method", function()
    local r = run {"namecheap", "--help"}
    assert.equal(0, r.code)
    for _, method in ipairs(require("reseal").describe("namecheap")) do
      assert.is_truthy(r.out:find("\n" .. method .. " +%l+ "), method)
    end
    r = run {"realtimeregister", "list", "--help"}
    assert.equal(0, r.code)
    assert.is_truthy(r.out:find("expiryDate", 1, true))
    assert.is_truthy(r.out:find("not_null", 1, true))
    local current = run {"namecheap", "renew", "--help"}
    local classic = run {"namecheap", "renew", "--help", "--edition", "classic"}
    assert.equal(0, classic.code)
    assert.is_true(current.out ~= classic.out)
  end)

  it("sends filters with their operators", function()
    local r = call {
      "realtimeregister", "list", "status:in=ACTIVE,EXPIRED", "expiryDate:lt=2027-01-01T00:00:00Z",
      "domainName=a.example", 'certificateType:in:=["WILDCARD"]', "--dry-run",
    }
    assert.equal(0, r.code, r.err)
    for _, part in ipairs {"status:in=ACTIVE,EXPIRED", "expiryDate:lt=2027-01-01T00:00:00Z", "domainName=a.example",
      "certificateType:in=WILDCARD"} do
      local url = r.out:gsub("%%3A", ":"):gsub("%%2C", ",")
      assert.is_truthy(url:find(part, 1, true), r.out)
    end
    assert.equal(3, call({"realtimeregister", "list", "status:near=ACTIVE", "--dry-run"}).code)
  end)
end)

describe("--dry-run", function()
  it("shows the customer that stands in the settings, and another one that a call names", function()
    local env = {env = "RESEAL_REALTIMEREGISTER_API_KEY=k RESEAL_REALTIMEREGISTER_CUSTOMER=janedoe"}
    local words = {"realtimeregister", "listNotifications", "limit=5", "--dry-run"}
    assert.matches("/v2/customers/janedoe/notifications?limit=5\n", run(words, env).out, 1, true)
    words[#words + 1] = "customer=other"
    assert.matches("/v2/customers/other/notifications?limit=5\n", run(words, env).out, 1, true)
    env.env = "RESEAL_REALTIMEREGISTER_API_KEY=k"
    words[#words] = nil
    assert.equal(3, run(words, env).code)
    local help = run({"realtimeregister", "import", "--help"}).out
    assert.matches("required unless the setting customer is there", help, 1, true)
  end)

  it("shows the request without the key, and sends nothing", function()
    sandbox.reset()
    local r = call(renew("--dry-run"))
    assert.equal(0, r.code)
    assert.is_truthy(r.out:find("^POST " .. sandbox.url:gsub("%p", "%%%0") .. "/xml.response\n"))
    assert.is_truthy(r.out:find("ApiKey=REDACTED", 1, true))
    assert.is_truthy(r.out:find("CertificateID=501904", 1, true))
    assert.same({}, sandbox.requests())
  end)

  it("checks as the call does, and needs no key", function()
    assert.equal(3, call({"renew", "namecheap", "--dry-run"}).code)
    local r = run({"reissue", "realtimeregister", "certificateId=7", "csr=@-", "--dry-run"}, {input = fixture.csr})
    assert.equal(0, r.code)
    assert.is_truthy(r.out:find("Authorization: ApiKey REDACTED", 1, true))
  end)

  it("shows what nested names, files and JSON become", function()
    local csr = write("a.csr", fixture.csr .. "\n")
    local r = call {
      "reissue", "realtimeregister", "certificateId=7", "csr=@" .. csr, "approver.firstName=Ann",
      "approver.lastName=@@x", "approver.email=ann@example.com", "approver.voice=+31.384530759",
      "dcv[1].commonName=example.com", "dcv[1].type=DNS",
      "dcv[2].commonName=www.example.com", "dcv[2].type=FILE", "san:=[]", "authKey=true", "--dry-run", "--json",
    }
    assert.equal(0, r.code, r.err)
    local body = cjson.decode(cjson.decode(r.out).request.body)
    assert.equal(fixture.csr, body.csr)
    assert.same({firstName = "Ann", lastName = "@x", email = "ann@example.com", voice = "+31.384530759"}, body.approver)
    assert.same({{commonName = "example.com", type = "DNS"}, {commonName = "www.example.com", type = "FILE"}}, body.dcv)
    assert.is_true(body.authKey)
    assert.is_truthy(cjson.decode(r.out).request.body:find('"san":[]', 1, true))
  end)
end)

describe("credentials", function()
  local function with_config(content, mode)
    return run({"renew", "namecheap", "--dry-run", "CertificateID=501904", "Years=1", "SSLType=PositiveSSL",
      "--config", write("other.lua", content, mode)})
  end

  it("are refused from a file that others can read", function()
    for _, mode in ipairs {"644", "640", "604", "660"} do
      local r = with_config(clis.config(sandbox.url), mode)
      assert.equal(2, r.code)
      assert.is_truthy(r.err:find("other.lua", 1, true))
    end
    assert.equal(0, with_config(clis.config(sandbox.url), "400").code)
  end)

  it("are refused from what is no plain text of values, without quoting it", function()
    for _, content in ipairs {
      "\27Lua", ("namecheap = {api_key = '%s"):format(KEY), ("namecheap = {api_key = %sx y}"):format(KEY),
      "os.exit(0)", ("error('%s')"):format(KEY), "namecheap = 5", "namecheap = {api_kee = 1}",
    } do
      local r = with_config(content)
      assert.equal(2, r.code, content)
      assert.is_truthy(r.err:find("^reseal: "))
    end
  end)

  it("come from the default place", function()
    os.execute("mkdir -p " .. quote(dir .. "/xdg/reseal"))
    local path = write("xdg/reseal/config.lua", clis.config(sandbox.url))
    assert.equal(0, run(renew("--dry-run")).code)
    write("xdg/reseal/config.lua", clis.config(sandbox.url), "644")
    assert.equal(2, run(renew("--dry-run")).code)
    os.remove(path)
  end)

  it("come from the environment, which wins over the file", function()
    local env = "RESEAL_NAMECHEAP_CLIENT_IP=192.0.2.77 RESEAL_NAMECHEAP_API_USER=someone"
    local r = call(renew("--dry-run"), {env = env})
    assert.equal(0, r.code)
    assert.is_truthy(r.out:find("192.0.2.77", 1, true))
    assert.is_truthy(r.out:find("ApiUser=someone", 1, true))
    r = run(renew("--dry-run"), {env = env})
    assert.equal(0, r.code)
    assert.is_truthy(r.out:find("POST https://", 1, true))
  end)
end)

describe("help", function()
  it("lists parameters from the descriptions", function()
    local r = run {"renew", "--help"}
    assert.equal(0, r.code)
    assert.is_truthy(r.out:find("Parameters of renew at namecheap", 1, true))
    assert.is_truthy(r.out:find("Parameters of renew at realtimeregister", 1, true))
    assert.is_truthy(r.out:find("PositiveSSL Wildcard", 1, true))
    r = run {"reissue", "realtimeregister", "--help"}
    assert.is_nil(r.out:find("namecheap:", 1, true))
    assert.is_truthy(r.out:find("approver.firstName", 1, true))
    assert.is_truthy(r.out:find("dcv[1].commonName", 1, true))
    r = run {"call", "namecheap", "getInfo", "--help"}
    assert.is_truthy(r.out:find("Returncertificate", 1, true))
  end)

  it("has a page for every method", function()
    local reseal = require "reseal"
    for _, provider in ipairs(reseal.describe()) do
      for _, method in ipairs(reseal.describe(provider)) do
        local r = run {"describe", provider, method}
        assert.equal(0, r.code)
        for _, param in ipairs(reseal.describe(provider, method).params) do
          assert.is_truthy(r.out:find("\n  " .. param.name .. "  (", 1, true), param.name)
        end
      end
    end
  end)

  it("explains errors", function()
    local r = run {"errors", "namecheap", "2011170"}
    assert.equal(0, r.code)
    assert.is_truthy(r.out:find("Promotion code is expired", 1, true))
    assert.is_true(#run({"errors", "realtimeregister"}).out > 500)
  end)

  it("tells the version", function()
    assert.equal("reseal " .. require("reseal")._VERSION .. "\n", run({"--version"}).out)
  end)
end)

describe("json", function()
  local json = require "reseal.cli.json"

  it("writes the same text for the same table", function()
    assert.equal('{\n  "a": [\n    1,\n    2\n  ],\n  "b": {},\n  "c": true\n}',
      json.encode {c = true, b = {}, a = {1, 2}})
  end)

  it("writes integers as integers and refuses what is no number", function()
    assert.equal('{\n  "n": 9007199254740991\n}', json.encode {n = 9007199254740991})
    assert.equal('{\n  "n": -3\n}', json.encode {n = -3.0})
    assert.equal('{\n  "n": 0.5\n}', json.encode {n = 0.5})
    assert.has_error(function() json.encode {n = 0 / 0} end)
    assert.has_error(function() json.encode {n = 1 / 0} end)
  end)

  it("escapes what must be, so that another reader gets the same", function()
    local text = 'a"b\\c\n\r\t\0\1\127é'
    assert.equal(text, cjson.decode(json.encode {text}) [1])
  end)

  it("writes a described list as one though it is empty", function()
    assert.equal('{\n  "outer": [\n    {\n      "inner": []\n    }\n  ]\n}', json.encode({outer = {{inner = {}}}}, {
      type = "object", fields = {{name = "outer", type = "list", fields = {{name = "inner", type = "list"}}}},
    }))
    assert.equal("[]", json.encode({}, {type = "list"}))
  end)

  it("reads without rounding", function()
    assert.same({a = {1, "x"}}, (json.decode('{"a": [1, "x"], "b": null}')))
    assert.is_nil((json.decode("null")))
    for _, text in ipairs {"", "1,2", "[", "9007199254740993", '{"a": [null]}', "nope"} do
      local value, message = json.decode(text)
      assert.is_nil(value)
      assert.is_string(message)
    end
  end)
end)
