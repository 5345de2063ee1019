-- What was paid for is shown, whatever becomes of the output and whatever signal comes; and the exit code says what
-- became of the call. Against the sandbox, with real signals, full disks and readers that are gone.
local cjson = require "cjson"
local clis = require "spec.support.cli"
local sandboxes = require "spec.support.sandbox"
local system = require "reseal.system"

local cli, sandbox, call
local renew, quote = clis.renew, clis.quote

setup(function()
  cli = clis.start()
  sandbox, call = cli.sandbox, cli.call
end)

teardown(function()
  cli.stop()
end)

before_each(function()
  sandbox.reset()
end)

--- The certificate that the ledger says was bought; exactly one.
local function bought()
  local ledger = sandbox.ledger()
  assert.equal(1, #ledger)
  return ("%d"):format(ledger[1].new_certificate)
end

local function slow(seconds, method)
  assert.equal(200, sandbox.post("/_sandbox/fault", {fault = "slow", seconds = seconds or 1, method = method}).status)
end

--- A signing request for all names of the sandbox's certificate 8.
local function csr_of_8()
  return sandboxes.csr("example.org", {"example.org", "shop.example.org"})
end

local NUMBERS = {INT = 2, TERM = 15, HUP = 1, QUIT = 3, ALRM = 14, USR1 = 10}

describe("a signal while a purchase is out", function()
  for _, signals in ipairs {
    {"INT"}, {"TERM"}, {"HUP"}, {"QUIT"}, {"ALRM"}, {"USR1"}, {"INT", "INT"}, {"TERM", "INT", "HUP"},
  } do
    it("is obeyed when the answer is shown: " .. table.concat(signals, ", "), function()
      slow()
      local r = call(renew("--json"), {kill = signals})
      assert.equal(128 + NUMBERS[signals[1]], r.code, r.err)
      assert.equal(bought(), ("%d"):format(cjson.decode(r.out).CertificateID))
      assert.is_truthy(r.err:find("^reseal: waiting for the answer to what was sent, 60 s at most\n"))
    end)
  end

  it("needs no word with --quiet", function()
    slow()
    local r = call(renew("--quiet"), {kill = {"TERM"}})
    assert.equal(143, r.code)
    assert.is_truthy(r.out:find(bought(), 1, true))
    assert.equal("", (r.err:gsub("Terminated\n", "")))
  end)

  it("is obeyed after a refusal too, which is shown", function()
    assert.equal(0, call(renew()).code)
    slow()
    local r = call(renew(), {kill = {"TERM"}})
    assert.equal(143, r.code)
    assert.is_truthy(r.err:find("4028294", 1, true))
    bought()
  end)

  it("does not hide that the outcome is unknown", function()
    slow(5)
    local r = call(renew("--timeout", "2"), {kill = {"INT", "TERM"}})
    assert.equal(7, r.code)
    assert.is_truthy(r.err:find("timeout", 1, true))
    assert.is_truthy(r.err:find("getInfo CertificateID=501904", 1, true))
  end)

  it("does not keep a stuck exchange beyond its time", function()
    slow(20)
    local start = system.now()
    local r = call(renew("--timeout", "1.5"), {kill = {"TERM"}})
    assert.equal(7, r.code)
    assert.is_true(system.now() - start < 10)
    assert.is_truthy(r.err:find("2 s at most", 1, true))
  end)

  it("is held back for changes and quotes as well", function()
    slow()
    local r = call({"realtimeregister", "revoke", "certificateId=7", "reason=cessationOfOperation"}, {kill = {"TERM"}})
    assert.equal(143, r.code, r.err)
    assert.is_truthy(r.out:find("http_status +20%d"), r.err)
    slow(1, "renew")
    r = call({"realtimeregister", "renew", "certificateId=8", "period=12", "quote=true", "csr=@-"},
      {kill = {"TERM"}, during = "renew", input = csr_of_8()})
    assert.equal(143, r.code)
    assert.is_truthy(r.out:find("http_status +200") or r.err:find("outcome %w+"), r.out .. r.err)
  end)

  it("ends a pause before a repetition, when nothing is out", function()
    sandbox.post("/_sandbox/fault", {fault = "throttle_405", times = 9})
    local start = system.now()
    local r = call(renew("--retries", "9"), {kill = {"TERM"}})
    assert.equal(143, r.code)
    assert.is_true(system.now() - start < 10)
    assert.same({}, sandbox.ledger())
    assert.is_truthy(r.err:find("refused", 1, true))
  end)
end)

describe("a signal while a read is out", function()
  for _, signal in ipairs {"INT", "TERM", "HUP"} do
    it("ends it at once: " .. signal, function()
      slow(6)
      local start = system.now()
      local r = call({"namecheap", "getInfo", "CertificateID=501904"}, {kill = {signal}})
      assert.equal(128 + NUMBERS[signal], r.code)
      assert.equal("", r.out)
      assert.is_true(system.now() - start < 5)
    end)
  end
end)

local FULL = io.open("/dev/full") and true

describe("an output that can't be written", function()
  for name, redirect in pairs {
    ["full"] = ">/dev/full", ["closed"] = ">&-", ["without a reader"] = "| true", ["of the wrong kind"] = ">&0",
  } do
    if FULL or name ~= "full" then
      for _, form in ipairs {"", "--json", "--csv"} do
        it("is told on standard error with the result: " .. name .. " " .. form, function()
          local words = renew(form ~= "" and form or nil)
          -- A reader that is gone for sure when the answer comes.
          if name == "without a reader" then
            slow(1)
          end
          local r = call(words, {redirect = redirect})
          assert.equal(8, r.code, r.err)
          assert.is_truthy(r.err:find("it is done, but the output could not be written", 1, true))
          assert.is_truthy(r.err:find(bought(), 1, true))
          assert.is_truthy(r.err:find("9.0000", 1, true))
        end)
      end

      it("does not hide what became of a failed call: " .. name, function()
        sandbox.post("/_sandbox/fault", {fault = "drop_after_commit", times = 2, method = "renew"})
        for _, form in ipairs {"--json", "--csv"} do
          local r = call({"realtimeregister", "renew", "certificateId=8", "period=12", "csr=@-", form},
            {redirect = redirect, input = csr_of_8()})
          assert.equal(7, r.code, r.err)
          assert.is_truthy(r.err:find("outcome unknown, retry never", 1, true))
          assert.is_truthy(r.err:find("\n  reseal realtimeregister list ", 1, true))
        end
        assert.equal(3, call({"renew", "namecheap", "--json"}, {redirect = redirect}).code)
        assert.equal(2, call({"renew", "--json"}, {redirect = redirect}).code)
        assert.equal(2, cli.run({"list", "--json", "--config", "nowhere"}, {redirect = redirect}).code)
      end)
    end
  end

  it("is told by the exit code alone when standard error is no better", function()
    local r = call(renew(), {redirect = ">&-", errors = "&-"})
    assert.equal(8, r.code)
    bought()
    sandbox.reset()
    sandbox.post("/_sandbox/fault", {fault = "drop_after_commit", times = 1})
    assert.equal(7, call(renew("--json"), {redirect = ">&-", errors = "&-"}).code)
    if FULL then
      sandbox.reset()
      assert.equal(8, call(renew(), {redirect = ">/dev/full", errors = "/dev/full"}).code)
      bought()
    end
  end)

  it("does not let a connection take its place", function()
    for _, with in ipairs {
      {input = false}, {input = false, redirect = ">&-"}, {input = false, redirect = ">&-", errors = "&-"},
      {redirect = ">&-", errors = "&-"}, {errors = "&-"},
    } do
      sandbox.reset()
      assert.equal(with.redirect and 8 or 0, call(renew(), with).code)
      assert.equal(1, #sandbox.requests())
      bought()
    end
  end)

  it("comes with what a read gave, too", function()
    if not FULL then
      return
    end
    local r = call({"namecheap", "getInfo", "CertificateID=501904"}, {output = "/dev/full"})
    assert.equal(8, r.code)
    assert.is_truthy(r.err:find("\nStatus +active\n"))
    for _, words in ipairs {
      {"list", "--config", cli.dir .. "/config.lua"}, {"describe"}, {"errors", "namecheap"}, {"--help"}, {"list", "-h"},
      {"renew", "--help"}, {"--version"}, {"version"}, {"completion", "bash"}, {"manual"}, {"help"},
    } do
      r = cli.run(words, {output = "/dev/full"})
      assert.equal(8, r.code, table.concat(words, " "))
      assert.is_truthy(r.err:find("^reseal: the output could not be written: %a"))
    end
  end)

  it("is no signal when files may not grow", function()
    local limited = {env = "sh -c 'ulimit -f 0; exec \"$@\"' sh"}
    assert.equal(8, call(renew(), limited).code)
    bought()
    sandbox.reset()
    assert.equal(8, call(renew("--output", cli.dir .. "/file"), limited).code)
    bought()
    assert.is_nil(io.open(cli.dir .. "/file"))
  end)

  it("is quiet when a reader of what costs nothing has seen enough", function()
    for _, words in ipairs {
      {"errors", "namecheap"}, {"--help"}, {"completion", "zsh"}, {"describe", "namecheap"},
      {"namecheap", "getList", "--config", cli.dir .. "/config.lua"}, {"list", "--config", cli.dir .. "/config.lua"},
    } do
      local r = cli.run(words, {redirect = "| { exec <&-; sleep 0.5; }"})
      assert.equal(8, r.code)
      assert.equal("", r.err)
    end
  end)

  it("can be a disk that is full although it took a part", function()
    if not FULL then
      return
    end
    local r = call({"realtimeregister", "products", "--json"}, {output = "/dev/full"})
    assert.equal(8, r.code)
    assert.is_truthy(r.err:find('"entities": %['))
  end)
end)

describe("--output", function()
  local function mode(path)
    return sandboxes.output("ls -l " .. quote(path)):match("^%S%S%S%S%S%S%S%S%S%S")
  end

  it("puts the result into a file for its owner alone, before it says that it is done", function()
    local path = cli.dir .. "/result.json"
    cli.write("result.json", "old", "644")
    local r = call(renew("--json", "--output", path))
    assert.equal(0, r.code, r.err)
    assert.equal("", r.out .. r.err)
    assert.equal("-rw-------", mode(path))
    assert.equal(bought(), ("%d"):format(cjson.decode(clis.read(path)).CertificateID))
  end)

  it("is tried before anything is sent", function()
    for _, path in ipairs {"/nonexistent/folder/result", cli.dir, cli.dir .. "/config.lua/x"} do
      local r = call(renew("--output", path))
      assert.equal(2, r.code)
      assert.is_truthy(r.err:find(path, 1, true))
    end
    local r = call(renew("--json", "--output", "/nonexistent/result"))
    assert.equal("output", cjson.decode(r.out).error.code)
    assert.same({}, sandbox.requests())
  end)

  it("leaves a file as it was when the call fails", function()
    local path = cli.write("kept", "old")
    assert.equal(3, call({"renew", "namecheap", "--output", path}).code)
    assert.equal(0, call(renew()).code)
    assert.equal(4, call(renew("--output", path)).code)
    assert.equal("old", clis.read(path))
  end)

  it("gives the result on standard error when the file can't be written after all", function()
    if not FULL then
      return
    end
    local r = call(renew("--output", "/dev/full"))
    assert.equal(8, r.code)
    assert.is_truthy(r.err:find(bought(), 1, true))
    assert.is_truthy(sandboxes.output("ls -l /dev/full"):find("^c"))
  end)

  it("is standard output as '-'", function()
    local r = call(renew("--output", "-"))
    assert.equal(0, r.code)
    assert.is_truthy(r.out:find(bought(), 1, true))
  end)
end)

describe("a purchase on a terminal", function()
  local function typed(text, ...)
    return call(renew(...), {terminal = text})
  end

  it("is asked for, and is bought when somebody agrees", function()
    for _, yes in ipairs {"y\n", "yes\n", "Y\n"} do
      sandbox.reset()
      local r = typed(yes)
      assert.equal(0, r.code, r.out)
      for _, shown in ipairs {"This is a purchase: renew at namecheap", "501904", "PositiveSSL", "apiexample",
        sandbox.url, "Buy it%? %[y/N%]"} do
        assert.is_truthy(r.out:find(shown), shown)
      end
      assert.is_truthy(r.out:find(bought(), 1, true))
    end
  end)

  it("is not bought otherwise", function()
    for _, no in ipairs {"n\n", "\n", "yesno\n", "\4", "ja\n"} do
      local r = typed(no)
      assert.equal(6, r.code, r.out)
      assert.is_truthy(r.out:find("nothing was sent", 1, true))
    end
    assert.same({}, sandbox.requests())
  end)

  it("is not asked for with --yes, for reads and quotes, and for what is only shown", function()
    assert.is_nil(typed("", "--yes").out:find("Buy it", 1, true))
    bought()
    for _, words in ipairs {
      renew("--dry-run"), {"namecheap", "getInfo", "CertificateID=501904"},
      {"realtimeregister", "renew", "certificateId=8", "period=12", "quote=true",
        "csr=" .. csr_of_8()},
    } do
      assert.is_nil(call(words, {terminal = ""}).out:find("Buy it", 1, true))
    end
  end)

  it("shows no secret and no endless text", function()
    local csr = csr_of_8()
    local r = call({"realtimeregister", "renew", "certificateId=8", "period=12", "csr=" .. csr}, {terminal = "n\n"})
    assert.is_truthy(r.out:find("csr +%-%-%-%-%-BEGIN CERTIFICATE REQUEST%-%-%-%-%- …"))
    assert.is_nil(r.out:find(csr:sub(60, 100), 1, true))
  end)

  it("is as it was where nobody can answer", function()
    assert.equal(0, call(renew(), {input = "n\n"}).code)
    bought()
  end)
end)
