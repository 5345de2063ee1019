-- What people who live in a shell expect of a program: errors for programs and for them, one value out, files,
-- accounts, keys kept elsewhere, traces without secrets.
local cjson = require "cjson"
local clis = require "spec.support.cli"
local fixture = require "spec.support.fixture"
local sandboxes = require "spec.support.sandbox"
local system = require "reseal.system"

local KEY = fixture.accounts.namecheap.api_key
local cli, sandbox, run, call
local renew, quote = clis.renew, clis.quote

setup(function()
  cli = clis.start()
  sandbox, run, call = cli.sandbox, cli.run, cli.call
end)

teardown(function()
  cli.stop()
end)

before_each(function()
  sandbox.reset()
end)

describe("--json", function()
  it("holds for wrong usage and configuration", function()
    for code, all in pairs {
      usage = {
        {"--json"}, {"frobnicate", "--json"}, {"--json", "renew"}, {"call", "namecheap", "--json"},
        {"errors", "--json"},
        {"renew", "namecheap", "Years", "--json"}, {"list", "--provider", "godaddy", "--json"}, {"--json", "--frob"},
        {"renew", "namecheap", "--retries", "many", "--json"}, {"list", "--json", "--query", "a..b"},
      },
      configuration = {
        {"list", "--json", "--config", "nowhere"}, renew("--json", "--config", cli.write("c.lua", "x =")),
        renew("--json", "--config", cli.write("open.lua", "", "644")),
        renew("--json", "--config", cli.write("empty.lua", ""), "--profile", "shop"),
      },
      missing = {renew("--json"), {"list", "--json"}, {"list", "--json", "--provider", "realtimeregister"}},
      unknown_code = {{"errors", "namecheap", "1", "--csv"}},
    } do
      for _, words in ipairs(all) do
        local r = run(words)
        local shown = table.concat(words, " ")
        assert.equal(2, r.code, shown .. r.err)
        if code ~= "unknown_code" then
          assert.equal("", r.err, shown)
          local err = cjson.decode(r.out).error
          assert.same({"invalid", code, "not_sent", "never"}, {err.class, err.code, err.outcome, err.retry}, shown)
          assert.equal(err.message, err.errors[1].message)
        else
          assert.equal("", r.out)
        end
      end
    end
  end)

  it("is what a value of a parameter is not taken for", function()
    local r = run {"renew", "namecheap", "Years", "--", "--json"}
    assert.equal(2, r.code)
    assert.equal("", r.out)
  end)
end)

describe("a failure in words", function()
  it("has its outcome, and whether to try again", function()
    assert.equal(0, call(renew()).code)
    local r = call(renew())
    assert.is_truthy(r.err:find("4028294", 1, true))
    assert.is_truthy(r.err:find("\n  outcome refused, retry never", 1, true))
    assert.is_truthy(call({"renew", "namecheap"}).err:find("\n  outcome not_sent, retry never", 1, true))
    r = call({"namecheap", "getInfo", "CertificateID=501904", "--retries", "0", "--endpoint",
      "http://127.0.0.1:" .. system.free_port()})
    assert.is_truthy(r.err:find("\n  outcome not_sent, retry later", 1, true))
    sandbox.post("/_sandbox/fault", {fault = "throttle_405", times = 2})
    r = call {"namecheap", "getInfo", "CertificateID=501904", "--retries", "1"}
    assert.is_truthy(r.err:find("outcome refused, retry later.*; sent 2 times"), r.err)
  end)

  it("has what else the answer told", function()
    local text = require "reseal.cli.text"
    local err = {errors = {{code = "Billable", message = "acknowledge"}}, outcome = "refused", retry = "never",
      details = {quote = {total = 1250, currency = "EUR"}, startDate = "2026-12-01"}}
    assert.equal("reseal: Billable acknowledge\n  outcome refused, retry never\n  quote\n    currency  EUR\n"
      .. "    total     1250\n  startDate  2026-12-01", text.failure(err))
  end)

  it("names what the answer named", function()
    local text = require "reseal.cli.text"
    for handle, shown in pairs {[123456789012] = "123456789012", ["9007199254740993"] = "9007199254740993"} do
      local err = {errors = {{code = "closed", message = "cut"}}, outcome = "unknown", retry = "never", handle = handle}
      assert.equal("reseal: closed cut\n  outcome unknown, retry never; the answer named " .. shown, text.failure(err))
    end
    local look = require "reseal.cli.look"
    local advice = look("realtimeregister", {certificateId = "7"}, {}, {handle = 123456789012})
    assert.is_truthy(advice:find("\n  reseal realtimeregister processInfo processId=123456789012\n", 1, true))
  end)

  it("finds the same thing under the name that another method has for it", function()
    local look = require "reseal.cli.look"
    local called = {params = {{name = "subject", role = "certificate_id"}, {name = "id"}}}
    local advice = look("realtimeregister", {subject = "7", id = "8"}, {}, nil, called)
    assert.is_truthy(advice:find("\n  reseal realtimeregister get certificateId=7\n", 1, true))
    assert.is_nil(advice:find("=8", 1, true))
  end)
end)

describe("what to look at", function()
  local function lost(words, with)
    sandbox.post("/_sandbox/fault", {fault = "drop_after_commit", times = 1})
    local r = call(words, with)
    assert.equal(7, r.code, r.err)
    return r.err
  end

  it("can be typed as it is shown", function()
    local config = cli.write("it's mine.lua", clis.config("http://127.0.0.1:1")
      .. ("profiles = {['my shop'] = {%s}}"):format(clis.config(sandbox.url):gsub("\n", ",")))
    sandbox.post("/_sandbox/fault", {fault = "drop_after_commit", times = 1})
    local r = run(renew("--config", config, "--profile", "my shop", "--endpoint", sandbox.url, "--edition", "current"))
    assert.equal(7, r.code, r.err)
    local count = 0
    for command in r.err:gmatch("\n  (reseal [^\n]+)") do
      count = count + 1
      local typed = command:gsub("^reseal", function()
        return quote(clis.LUA) .. " bin/reseal"
      end)
      local shown = sandboxes.output(("env HOME=/nonexistent XDG_CONFIG_HOME= sh -c %s 2>&1"):format(quote(typed)))
      assert.is_truthy(shown:find("http_status +200"), command .. "\n" .. shown)
    end
    assert.equal(2, count)
  end)

  it("finds parameters in whatever letter case", function()
    local err = lost {"renew", "namecheap", "certificateid=501904", "years=1", "ssltype=PositiveSSL"}
    assert.is_truthy(err:find("getInfo CertificateID=501904 ", 1, true))
  end)
end)

describe("missing credentials", function()
  it("come with the place where they belong", function()
    local r = run(renew())
    assert.equal(2, r.code)
    for _, shown in ipairs {cli.dir .. "/xdg/reseal/config.lua", "chmod 600", "RESEAL_NAMECHEAP_API_KEY",
      "RESEAL_NAMECHEAP_CLIENT_IP", 'namecheap = {api_user = "…", api_key = "…", client_ip = "…"}'} do
      assert.is_truthy(r.err:gsub("%s+", " "):find(shown, 1, true), shown)
    end
    local path = cli.write("part.lua", "realtimeregistr = {api_key = 'x'}")
    r = run {"realtimeregister", "get", "certificateId=7", "--config", path}
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find(path, 1, true))
    assert.is_truthy(r.err:find("realtimeregistr there", 1, true))
  end)

  it("are told after what is wrong with the call", function()
    for words, shown in pairs {
      [{"namecheap", "getlst"}] = "getList",
      [{"realtimeregister", "get", "certificatId=7"}] = "certificateId",
      [{"renew", "namecheap", "CertificateID=501904", "Years=9"}] = "from 1 to 5",
    } do
      local r = run(words)
      assert.equal(3, r.code)
      assert.is_truthy(r.err:find(shown, 1, true), r.err)
      assert.is_nil(r.err:find("api_key", 1, true))
    end
  end)

  it("don't hide what else is wrong with them", function()
    local r = run(renew("--config", cli.write("other.lua", "namecheap = {api_kee = 'x', api_user = 'y'}")))
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("api_kee; api_key is nearest", 1, true))
    assert.is_truthy(r.err:find("client_ip", 1, true))
  end)
end)

describe("a file of the working folder", function()
  it("is not taken for a module", function()
    local folder = cli.dir .. "/here"
    os.execute("mkdir -p " .. quote(folder) .. "/reseal")
    cli.write("here/reseal.lua", clis.config(sandbox.url))
    for _, name in ipairs {"argparse.lua", "cjson.lua", "reseal/system.lua", "reseal/cli.lua", "reseal/core.lua"} do
      cli.write("here/" .. name, "io.open('ran', 'w'):close()")
    end
    for _, env in ipairs {"", "LUA_PATH='./?.lua;?.lua;.//?.lua;'\"$LUA_PATH\""} do
      local r = run(renew("--config", "reseal.lua"), {folder = folder, env = env})
      assert.equal(0, r.code, r.err)
      assert.is_nil(io.open(folder .. "/ran"))
      sandbox.reset()
    end
  end)
end)

describe("numbers of options", function()
  it("are refused with the option's name and what is allowed", function()
    for _, one in ipairs {
      {"--timeout", "abc", "a number of seconds, above 0 and at most 3600"}, {"--timeout", "0", "above 0"},
      {"--timeout", "-3", "above 0"}, {"--timeout", "1e9", "at most 3600"}, {"--retries", "-1", "from 0 to 10"},
      {"--retries", "1.5", "a whole number"}, {"--retries", "11", "from 0 to 10"}, {"--retries", "nan", "from 0 to 10"},
    } do
      local r = call(renew(one[1], one[2]))
      assert.equal(2, r.code, one[2])
      local line = r.err:match("^[^\n]*")
      assert.equal(1, line:find("reseal: " .. one[1] .. " must be ", 1, true))
      assert.is_truthy(line:find(one[3], 1, true))
      assert.equal("not '" .. one[2] .. "'", line:match("not '.*$"))
    end
    assert.is_truthy(call({"list", "--expiring", "-1d"}).err:find("'-1d' is not", 1, true))
    assert.equal(0, call(renew("--retries", "0", "--timeout", "2.5")).code)
  end)
end)

describe("help", function()
  it("is there in every way that people try", function()
    local general = run({"--help"}).out
    assert.is_true(#general > 1000)
    for _, words in ipairs {{"help"}, {"-h"}, {"help", "--help"}} do
      assert.equal(general, run(words).out)
    end
    for _, words in ipairs {{"renew"}, {"namecheap", "getInfo"}, {"list"}, {"describe"}, {"completion"}, {"sandbox"}} do
      local asked = {"help"}
      for i, word in ipairs(words) do
        asked[i + 1] = word
      end
      local r = run(asked)
      words[#words + 1] = "--help"
      assert.equal(0, r.code)
      assert.equal(run(words).out, r.out)
    end
    assert.is_truthy(run({"help", "namecheap", "getInfo"}).out:find("Returncertificate", 1, true))
    assert.equal(2, run({"help", "frobnicate"}).code)
    assert.is_truthy(run({"help", "namecheap", "getInfos"}).err:find("getInfo?", 1, true))
  end)

  it("has the options for output at each command that shows something", function()
    for _, command in ipairs {
      "renew", "reissue", "namecheap", "realtimeregister", "call", "list", "describe", "errors",
    } do
      local shown = run({command, "--help"}).out
      for _, option in ipairs {"--json", "--csv", "--query", "--output", "--quiet"} do
        assert.is_truthy(shown:find("\n   [^\n]*" .. option:gsub("%-", "%%-")), command .. option)
      end
    end
  end)

  it("keeps to its width", function()
    for line in run({"--help"}).out:gmatch("[^\n]+") do
      assert.is_true(#line:gsub("[\128-\191]", "") <= 100, line)
    end
  end)

  it("tells the version in every way", function()
    local expected = "reseal " .. require("reseal")._VERSION .. "\n"
    for _, words in ipairs {{"version"}, {"-V"}, {"--version"}} do
      assert.equal(expected, run(words).out)
    end
  end)

  it("is a manual page too", function()
    local page = run({"manual"}).out
    assert.is_truthy(page:find("^%.TH RESEAL 1 "))
    for command in pairs {renew = 1, list = 1, help = 1} do
      assert.is_truthy(page:find("\n.SS " .. command .. "\n", 1, true))
    end
    assert.is_truthy(page:find("\n.SH EXIT STATUS\n", 1, true))
    assert.is_truthy(page:find("8  done, but the output could not be written", 1, true))
    for line in page:gmatch("[^\n]+") do
      local request = line:match("^[.'](.*)")
      assert.is_truthy(not request or request:find("^[TS][HS] ") or request == "nf" or request == "fi"
        or request == "B reseal", line)
    end
    if sandboxes.output("command -v man") ~= "" then
      local path = cli.write("reseal.1", page)
      local man = "man --warnings -l -P cat " .. quote(path)
      assert.is_truthy(sandboxes.output(man .. " 2>&1"):find("EXIT STATUS", 1, true))
      assert.equal("", sandboxes.output(man .. " 2>&1 >/dev/null"))
    end
  end)
end)

describe("--query", function()
  it("gives a value as it is", function()
    local r = call(renew("--query", "CertificateID"))
    assert.equal(0, r.code, r.err)
    assert.equal(("%d\n"):format(sandbox.ledger()[1].new_certificate), r.out)
    local status = call {"namecheap", "getInfo", "CertificateID=501904", "--query", "Status"}
    assert.equal("active\n", status.out)
    assert.equal("200\n", call({"realtimeregister", "get", "certificateId=7", "--query", "meta.http_status"}).out)
  end)

  it("gives certificates that other programs read", function()
    for path, words in pairs {
      ["CertificateDetails.Certificates.Certificate"] = {
        "namecheap", "getInfo", "CertificateID=501904", "Returncertificate=true", "Returntype=Individual",
      },
      certificate = {"realtimeregister", "get", "certificateId=7"},
    } do
      words[#words + 1] = "--query"
      words[#words + 1] = path
      local pem = call(words).out
      assert.is_truthy(pem:find("^%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-\n.*\n%-%-%-%-%-END CERTIFICATE%-%-%-%-%-\n$"))
      assert.is_truthy(sandboxes.openssl("x509 -noout -subject -in %s", pem):find("example.com", 1, true))
    end
    local chain = call({"namecheap", "getInfo", "CertificateID=501904", "Returncertificate=true",
      "Returntype=Individual", "--query", "CertificateDetails.Certificates.CaCertificates[*].Certificate"}).out
    local _, count = chain:gsub("\n?%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-\n", "")
    assert.equal(2, count)
  end)

  it("gives items and lists", function()
    assert.equal("www.example.com\n", call({"realtimeregister", "get", "certificateId=7", "--query", "san[1]"}).out)
    local ids = call({"namecheap", "getList", "--query", "SSL[*].CertificateID"}).out
    assert.is_truthy(ids:find("^%d+\n%d+\n") and ids:find("501904\n", 1, true))
    assert.is_truthy(call({"list", "--query", "certificates[*].id"}).out:find("501904\n", 1, true))
    local json = call({"namecheap", "getList", "--query", "SSL[*].CertificateID", "--json"}).out
    assert.is_true(#cjson.decode(json) >= 3)
    assert.equal('"active"\n', call({"namecheap", "getInfo", "CertificateID=501904", "--query", "Status",
      "--json"}).out)
    local csv = call({"namecheap", "getList", "--query", "SSL", "--csv"}).out
    assert.is_truthy(csv:find("^CertificateID,") and csv:find("\n501904,", 1, true))
    assert.is_truthy(call({"namecheap", "getList", "--query", "Paging"}).out:find("TotalItems +%d"))
  end)

  it("loses nothing when there is no such value", function()
    local r = call(renew("--query", "CertificatID"))
    assert.equal(8, r.code)
    assert.equal("", r.out)
    assert.is_truthy(r.err:find("the result has no CertificatID; CertificateID is nearest", 1, true))
    assert.is_truthy(r.err:find(("%d"):format(sandbox.ledger()[1].new_certificate), 1, true))
    for _, path in ipairs {"", "a..b", ".a", "a[0]", "a[", "a]", "a[x]"} do
      assert.equal(2, call({"namecheap", "getList", "--query", path}).code, path)
    end
    assert.equal(8, call({"realtimeregister", "get", "certificateId=7", "--query", "san[9]"}).code)
    assert.equal(8, call({"realtimeregister", "get", "certificateId=7", "--query", "status.word"}).code)
  end)

  it("writes a value to a file", function()
    local path = cli.dir .. "/cert.pem"
    assert.equal(0, call({"realtimeregister", "get", "certificateId=7", "--query", "certificate", "--output",
      path}).code)
    assert.is_truthy(sandboxes.output("openssl x509 -noout -subject -in " .. quote(path)):find("example.com", 1, true))
  end)
end)

describe("a download", function()
  it("is a file that can be used", function()
    local path = cli.dir .. "/files.zip"
    local r = call {"realtimeregister", "download", "certificateId=7", "--output", path}
    assert.equal(0, r.code, r.err)
    assert.equal("PK\3\4", clis.read(path):sub(1, 4))
    local listed = sandboxes.output("python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); "
      .. "print(z.testzip(), z.namelist())' " .. quote(path))
    assert.is_truthy(listed:find("^None .*example_com%.crt"), listed)
    assert.equal(0, call({"realtimeregister", "download", "certificateId=7", "format=CRT", "--output", path}).code)
    assert.is_truthy(sandboxes.output("openssl x509 -noout -subject -in " .. quote(path)):find("example.com", 1, true))
  end)

  it("is shown as it was sent", function()
    local r = call {"realtimeregister", "download", "certificateId=7", "format=CRT"}
    assert.is_truthy(r.out:find("^%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-\n"))
    assert.is_truthy(call({"realtimeregister", "download", "certificateId=7"}).out:find("^UEsD[%w+/]+=*\n$"))
  end)

  it("is decoded exactly", function()
    local base64 = require("reseal.cli.query").base64
    -- RFC 4648, section 10.
    for encoded, plain in pairs {["Zg=="] = "f", ["Zm8="] = "fo", Zm9v = "foo", ["Zm9vYg=="] = "foob",
      ["Zm9v\r\nYmE="] = "fooba", Zm9vYmFy = "foobar", ["//79"] = "\255\254\253"} do
      assert.equal(plain, base64(encoded))
    end
    for _, other in ipairs {"", "Zg=", "Zg", "Zm9v-", "-----BEGIN X-----\nZm9v\n-----END X-----", "Z===", "Zg==Zg=="} do
      assert.is_nil(base64(other))
    end
  end)
end)

describe("an account", function()
  local function account(user, key)
    return ("{namecheap = {api_user = '%s', api_key = %s, client_ip = '192.0.2.1', endpoint = '%s'}}"):format(user, key,
      sandbox.url)
  end

  it("can be one of several", function()
    local path = cli.write("many.lua", clis.config(sandbox.url) .. ("profiles = {shop = %s, blog = %s, none = {}}")
      :format(account("shopuser", "'k1'"), account("bloguser", "'k2'")))
    local function user(...)
      return run(renew("--dry-run", "--config", path, ...)).out:match("ApiUser=(%w+)")
    end
    assert.equal("apiexample", user())
    assert.equal("shopuser", user("--profile", "shop"))
    assert.equal("bloguser", user("--profile", "blog"))
    local r = run(renew("--config", path, "--profile", "none"))
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("in profiles.none", 1, true))
    r = run(renew("--config", path, "--profile", "sho"))
    assert.equal(2, r.code)
    assert.is_truthy(r.err:find("there is no profile sho; it has blog, none, shop", 1, true))
    assert.equal(2, run(renew("--profile", "shop")).code)
  end)

  it("is not mixed with another's when it is named", function()
    local path = cli.write("many.lua", ("profiles = {shop = %s}"):format(account("shopuser", "'k1'")))
    local env = "RESEAL_NAMECHEAP_API_USER=other RESEAL_NAMECHEAP_API_KEY=otherkey"
    assert.equal("shopuser", run(renew("--dry-run", "--config", path, "--profile", "shop"), {env = env}).out
      :match("ApiUser=(%w+)"))
    assert.equal(0, call({"list", "--provider", "namecheap"}).code)
    local r = run({"list", "--config", path, "--profile", "shop", "--provider", "namecheap"}, {env = env})
    assert.equal(4, r.code, r.err) -- k1 is no key
  end)

  it("can be in a file that the environment names", function()
    local path = cli.write("named.lua", clis.config(sandbox.url))
    local env = "RESEAL_CONFIG=" .. quote(path)
    assert.equal(0, run(renew(), {env = env}).code)
    assert.equal(2, run(renew("--config", "/nonexistent"), {env = env}).code)
    assert.equal(2, run(renew(), {env = "RESEAL_CONFIG=/nonexistent"}).code)
  end)

  local function with_command(command)
    return cli.write("command.lua", ("namecheap = {api_user = 'apiexample', client_ip = '1.2.3.4', endpoint = '%s', "
      .. "api_key_command = %s}"):format(sandbox.url, command))
  end

  it("can have its key elsewhere", function()
    for _, printed in ipairs {KEY, KEY .. "\n", "  " .. KEY .. " \r\nnote: mine\n"} do
      sandbox.reset()
      local secret = cli.write("se$cret 'file", printed)
      local r = run(renew("--config", with_command(("{'cat', %q}"):format(secret))))
      assert.equal(0, r.code, r.err)
    end
    local r = run({"list", "--config", with_command(("{'printf', '%%s', '%s'}"):format(KEY))})
    assert.equal(0, r.code, r.err)
    assert.is_truthy(r.out:find("501904", 1, true))
  end)

  it("does not ask for the key when the call is wrong, only shown, or the environment has it", function()
    local path = with_command("{'touch', '" .. cli.dir .. "/asked'}")
    assert.equal(3, run({"renew", "namecheap", "--config", path}).code)
    assert.equal(0, run(renew("--dry-run", "--config", path)).code)
    assert.equal(0, run(renew("--config", path), {env = "RESEAL_NAMECHEAP_API_KEY=" .. KEY}).code)
    assert.is_nil(io.open(cli.dir .. "/asked"))
  end)

  it("tells what is wrong with the program, and nothing that it printed", function()
    for command, shown in pairs {
      ["{'sh', '-c', 'echo " .. KEY .. "; exit 3'}"] = "api_key_command (sh) ended with exit code 3",
      ["{'true'}"] = "api_key_command (true) printed nothing",
      ["{'/nonexistent/pass'}"] = "api_key_command: /nonexistent/pass: No such file",
      ["'pass show x'"] = "must be a list of words",
      ["{}"] = "must be a list of words",
      ["{'pass', 3}"] = "must be a list of words",
      ["{'true'}, api_key = '" .. KEY .. "'"] = "api_key and api_key_command are both there",
      ["{'printf', '" .. ("x"):rep(60) .. "'}"] = "api_key",
    } do
      local path = with_command(command)
      local r = run(renew("--config", path))
      assert.equal(2, r.code, command)
      assert.is_truthy(r.err:find(shown, 1, true), r.err)
      assert.is_nil(r.err:find("xxxx", 1, true))
      r = run {"list", "--json", "--config", path, "--provider", "namecheap"}
      assert.equal(2, r.code, command)
      assert.is_truthy(r.out:find('"error', 1, true))
    end
    assert.same({}, sandbox.requests())
  end)
end)

describe("--trace", function()
  it("tells what is sent when, and what comes back, without secrets", function()
    for _, option in ipairs {"--trace", "--verbose", "-v"} do
      local r = call {"namecheap", "getInfo", "CertificateID=501904", option}
      assert.equal(0, r.code)
      local sent, received = r.err:match("^reseal: > ([^\n]+)\nreseal: < ([^\n]+)\n$")
      assert.is_truthy(sent, r.err)
      assert.is_truthy(sent:find("POST " .. sandbox.url .. "/xml.response (namecheap getInfo, attempt 1, ", 1, true))
      assert.is_truthy(received:find("^200 in %d+%.%d%d%d s, %d+ bytes$"))
    end
    local r = call {"realtimeregister", "list", "status:in=ACTIVE", "--trace"}
    assert.is_truthy(r.err:find("GET " .. sandbox.url .. "/v2/ssl/certificates?… (", 1, true), r.err)
    sandbox.post("/_sandbox/fault", {fault = "throttle_405", times = 1})
    r = call {"namecheap", "getList", "--trace"}
    assert.equal(0, r.code)
    assert.is_truthy(r.err:find("reseal: < 405 in", 1, true))
    assert.is_truthy(r.err:find("attempt 2", 1, true))
    r = call(renew("--trace", "--endpoint", "http://127.0.0.1:" .. system.free_port()))
    assert.is_truthy(r.err:find("reseal: < connect after %d+%.%d+ s, nothing was sent\n"))
  end)
end)

describe("a value that is nearly a known one", function()
  it("is doubted, and sent", function()
    local r = call(renew("--dry-run"))
    assert.equal("", r.err)
    for given, meant in pairs {PositivSSL = "PositiveSSL", ["PositiveSSL Wildcart"] = "PositiveSSL Wildcard"} do
      r = call {"renew", "namecheap", "CertificateID=501904", "Years=1", "ssltype=" .. given, "--dry-run"}
      assert.equal(0, r.code)
      assert.is_truthy(r.err:find("^warning: SSLType: '" .. given .. "' is none of the values that namecheap lists; "
        .. "did you mean '" .. meant .. "'%?"), r.err)
      assert.is_truthy(r.out:find("SSLType=" .. given:match("^%w+"), 1, true))
      assert.equal("", call({"renew", "namecheap", "CertificateID=501904", "Years=1", "SSLType=" .. given, "--dry-run",
        "--quiet"}).err)
    end
    for _, given in ipairs {"positivessl", "positivessl wildcard", "SomethingNew"} do
      assert.equal("", call({"renew", "namecheap", "CertificateID=501904", "Years=1", "SSLType=" .. given,
        "--dry-run"}).err)
    end
  end)
end)

describe("two proofs of control where one is expected", function()
  local function activate(...)
    local words = {"namecheap", "activate", "CertificateID=501907", "CSR=@spec/fixtures/example.csr",
      "AdminEmailAddress=ann@example.com", "ApproverEmail=admin@example.com", "--dry-run", "--any-names", ...}
    return call(words)
  end

  it("are doubted, and sent", function()
    local r = activate("DNSDCValidation=true")
    assert.equal(0, r.code, r.err)
    assert.is_truthy(r.err:find("warning: ApproverEmail and DNSDCValidation are chosen together, and one is expected",
      1, true), r.err)
    assert.is_truthy(r.out:find("DNSDCValidation=true", 1, true))
    for _, none in ipairs {"DNSDCValidation=false", "WebServerType=nginx"} do
      assert.is_nil(activate(none).err:find("chosen together", 1, true))
    end
  end)

  it("are refused by --strict", function()
    local r = activate("HTTPDCValidation=true", "--strict")
    assert.equal(3, r.code, r.err)
    assert.is_truthy(r.err:find("only one may be chosen", 1, true), r.err)
  end)
end)

describe("what is written about the shell", function()
  local page = clis.read("docs/shell.md")

  it("has every command, option and exit code", function()
    local parser = require "reseal.cli.parser"
    local root, commands = parser.build(function() end)
    local shown = {root:get_help()}
    for name, command in pairs(commands) do
      assert.is_truthy(page:find("reseal " .. name, 1, true) or page:find("PROVIDER METHOD", 1, true), name)
      shown[#shown + 1] = name ~= "sandbox" and command:get_help() or nil
    end
    -- What stands in the commands' own help, and needs no more words.
    local plain = {["--help"] = 1, ["--version"] = 1, ["--dry-run"] = 1, ["--endpoint"] = 1, ["--edition"] = 1,
      ["--retries"] = 1, ["--expiring"] = 1, ["--provider"] = 1}
    for option in table.concat(shown):gmatch("\n   [^\n]-(%-%-[%a-]+)") do
      assert.is_truthy(plain[option] or page:find("`" .. option, 1, true), option)
    end
    for code in parser.EPILOG:match("Exit codes:\n(.*)"):gmatch("   (%d%S*)  ") do
      assert.is_truthy(page:find("\n| " .. code .. " | ", 1, true), code)
    end
  end)

  it("can be typed in a plain sh", function()
    local block = clis.read("README.md"):match("## From the shell\n.-```sh\n(.-)```")
    local port = ("%d"):format(system.free_port())
    block = block:gsub("8089", port):gsub("&\n", "& echo $! >pid; until curl -s 127.0.0.1:" .. port
      .. "/_sandbox/ledger >ledger; do sleep 0.1; done\n", 1)
    local path = cli.write("readme.sh", "set -e\ntrap 'kill $(cat pid)' EXIT\n" .. block)
    os.execute("mkdir -p " .. quote(cli.dir .. "/bin"))
    cli.write("bin/reseal", '#!/bin/sh\nexec "$LUA" "$TREE/bin/reseal" "$@"\n', "755")
    local printed = sandboxes.output(([[
      export TREE="$PWD" LUA=%s HOME=%s
      cd "$HOME" && PATH="$HOME/bin:$PATH" sh %s 2>&1
      echo exit $?]]):format(quote(clis.LUA), quote(cli.dir), quote(path)))
    assert.is_truthy(printed:find("\nexit 0\n$"), printed)
    for _, shown in ipairs {"ChargedAmount +9%.0000", "Parameters of renew at namecheap", '"Status": "active"',
      "\nactive\n", "\nnamecheap +501904 "} do
      assert.is_truthy(printed:find(shown), shown)
    end
  end)
end)
