-- The commands that carry orders out: order, apply, run, wait. With the sandbox, a web server for the proof of control,
-- files, signals, and a terminal where somebody is asked.
local alive = require "reseal.orders.alive"
local cjson = require "cjson"
local clis = require "spec.support.cli"
local journals = require "reseal.order.journal"
local lfs = require "lfs"
local nginx = require "spec.support.nginx"
local postgres = require "spec.support.postgres"
local process = require "spec.support.process"
local program = require "spec.support.program"
local reseal = require "reseal"
local sql = require "reseal.sql"
local system = require "reseal.system"
local wait = require "spec.support.wait"

local WEB = [[
  server {
    listen 127.0.0.1:@port@;
    root @dir@/www;
  }
]]

local cli, sandbox, dir, web

setup(function()
  cli = clis.start()
  sandbox, dir = cli.sandbox, cli.dir
  web = nginx.start(WEB)
  assert(lfs.mkdir(web.dir .. "/www"))
  os.execute("chmod 755 '" .. web.dir .. "/www'")
end)

teardown(function()
  cli.stop()
  web.stop()
end)

local NEW = '{names = "new.example", account = "namecheap", buy = true, max_price = "%s", product = "PositiveSSL", '
  .. 'params = {activate = {AdminEmailAddress = "ann@example.com"}}}'
local EXAMPLE = '{names = {"example.com", "www.example.com"}, account = "namecheap", certificate = "501904"}'

--- A configuration with these entries, and more in its text.
local function configure(entries, more)
  return cli.write("orders.lua", clis.config(sandbox.url) .. ('live = "%s/live"\nkeys = "%s/keys"\n'):format(dir, dir)
    .. ('defaults = {prove = {method = "http", webroot = "%s/www", look = false}}\n'):format(web.dir)
    .. ("certificates = {%s}\n"):format(entries) .. (more or ""))
end

before_each(function()
  sandbox.reset {dcv = {http = "127.0.0.1:" .. web.port, interval = 0.05}}
  os.execute(("rm -rf '%s'/journal.db* '%s/live' '%s/keys'"):format(dir, dir, dir))
  configure(NEW:format "12.00 USD")
end)

local function words(list)
  local all = {}
  for i, word in ipairs(list) do
    all[i] = word
  end
  for _, word in ipairs {"--config", dir .. "/orders.lua", "--journal", dir .. "/journal.db"} do
    all[#all + 1] = word
  end
  return all
end

local function run(list, with)
  return cli.run(words(list), with)
end

local function has(text, ...)
  for _, part in ipairs {...} do
    assert.is_truthy(text:find(part, 1, true), part .. " is not in:\n" .. text)
  end
end

--- What the journal has of a certificate, and the open order.
local function known(name)
  if not lfs.attributes(dir .. "/journal.db") then
    return nil
  end
  local j = assert(journals.open(dir .. "/journal.db", {create = false}))
  local row, order = j:row(name), j:order(name)
  j:close()
  return row, order
end

--- Changes the journal by SQL: what only time could.
local function change(...)
  local db = assert(sql.open(dir .. "/journal.db"))
  assert(db:run(...))
  db:close()
end

--- Whatever waits is due now.
local function due_now()
  change "UPDATE reseal_certificates SET next = 0, wake = CASE WHEN owner IS NULL THEN 0 ELSE wake END"
end

--- JSON lines.
local function lines(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    list[#list + 1] = cjson.decode(line)
  end
  return list
end

local function fault(about)
  assert.equal(200, sandbox.post("/_sandbox/fault", about).status)
end

local function charges(count)
  assert.equal(count, #sandbox.ledger(), "charges")
end

local function count_of(method)
  local count = 0
  for _, request in ipairs(sandbox.requests()) do
    count = count + (request.method == method and 1 or 0)
  end
  return count
end

--- What is installed of a name fits together.
local function is_installed(name)
  local folder = dir .. "/live/" .. name
  local out = program.output(("openssl x509 -in '%s/fullchain.pem' -noout -pubkey; openssl pkey -in '%s/privkey.pem' "
    .. "-pubout"):format(folder, folder))
  local first, second = out:match "^(.-END PUBLIC KEY%-%-%-%-%-\n)(.*)$"
  return first and first == second
end

describe("reseal order", function()
  it("goes the whole way, says what it does, and has nothing to do afterwards", function()
    configure(NEW:format "12.00 USD" .. ", " .. EXAMPLE, ('notify = {"sh", "-c", "cat >>%s/told"}\n'):format(dir))
    local r = run {"order", "new.example"}
    assert.equal(0, r.code, r.out .. r.err)
    has(r.out, "new.example: create, 9.00 USD (nothing is served: a certificate is bought)\n",
      "  new.example  price: 9.00 USD\n", "  new.example  ordering: create of new.example\n",
      "  new.example  bought: bought as certificate ", "  new.example  installed: installed; it ends on ",
      "\nnew.example: what is served ends on ")
    assert.is_nil(r.out:find("[\r\27]"), r.out)
    assert.is_truthy(r.out:match "\n%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ  new%.example  opened: ")
    assert.equal("", r.err)
    charges(1)
    assert.is_true(is_installed "new.example")
    assert.is_nil(lfs.attributes(dir .. "/live/example.com"), "the other one was not asked for")
    assert.equal("installed", cjson.decode(clis.read(dir .. "/told"):match "[^\n]+").kind)
    local before = #sandbox.requests()
    r = run {"order", "new.example"}
    assert.equal(10, r.code, r.out .. r.err)
    has(r.out, "new.example: nothing to do: it is due on ", "what is installed lasts until ")
    assert.equal(before, #sandbox.requests())
    r = run {"order", "new.example", "--json"}
    assert.same({10, 10}, {r.code, lines(r.out)[1].exit})
    assert.same({"new.example", "wait"}, {lines(r.out)[1].certificates[1].name, lines(r.out)[1].certificates[1].what})
  end)

  it("asks on a terminal before it buys, and shows there in one line what goes on", function()
    local r = run({"order", "new.example"}, {terminal = "n\n"})
    assert.equal(6, r.code, r.out)
    has(r.out, "create, 9.00 USD", "Buy it? [y/N] ", "nothing was done")
    charges(0)
    assert.is_nil((known "new.example"))
    r = run({"order", "new.example"}, {terminal = "y\n"})
    assert.equal(0, r.code, r.out)
    has(r.out, "\rnew.example: makes a key", "\rnew.example: places the order")
    charges(1)
    for line in r.out:gmatch "[^\n]+" do
      for part in line:gmatch "[^\r]+" do
        assert.is_true(part:find "^%d%d%d%d%-" ~= nil or #part <= 100, part)
      end
    end
  end)

  it("asks nothing with --yes, and nothing where there is nothing to pay", function()
    assert.equal(0, run({"order", "new.example", "--yes"}, {terminal = ""}).code)
    charges(1)
    configure(EXAMPLE)
    local r = run({"order", "example.com", "--no-wait"}, {terminal = ""})
    assert.equal(0, r.code, r.out)
    has(r.out, "example.com: reissue, nothing to pay")
    assert.is_nil(r.out:find("Buy it?", 1, true))
    charges(1)
  end)

  it("buys for no more than was agreed to", function()
    local o = assert(reseal.orders(dir .. "/orders.lua", {journal = dir .. "/journal.db"}))
    assert(o:run {names = {"new.example"}, wait = true, most = {["new.example"] = {amount = "8.99", currency = "USD"}}})
    assert.equal("blocked", o:status({"new.example"})[1].row.state)
    assert(o:wake {"new.example"})
    assert(o:run {names = {"new.example"}, wait = true, most = {["new.example"] = false}})
    assert.equal("blocked", o:status({"new.example"})[1].row.state)
    charges(0)
    assert(o:wake {"new.example"})
    assert(o:run {names = {"new.example"}, wait = true, most = {["new.example"] = {amount = "9.00", currency = "USD"}}})
    assert.equal("watch", o:status({"new.example"})[1].row.state)
    o:close()
    charges(1)
  end)

  it("says why a person is needed, and what to do", function()
    configure(NEW:format "8.99 USD")
    local r = run {"order", "new.example"}
    assert.equal(11, r.code, r.out .. r.err)
    has(r.err, "new.example: it costs 9.00 USD, more than the 8.99 that it may\n", "Raise `max_price`")
    charges(0)
    configure((NEW:format("12.00 USD"):gsub("buy = true, ", "")))
    r = run {"order", "new.example"}
    assert.equal(11, r.code, r.out .. r.err)
    has(r.err, "this costs money, which the configuration does not allow", "Allow it by `buy`")
  end)

  it("tries again at once what was in the way when the person has mended it", function()
    configure(NEW:format "8.00 USD")
    local r = run {"run"}
    assert.equal(11, r.code, r.out .. r.err)
    has(r.err, "reseal: new.example is blocked: it costs 9.00 USD", "Raise `max_price`", "  reseal order new.example")
    assert.is_true((known "new.example").next > os.time() + 3600)
    configure(NEW:format "12.00 USD")
    r = run {"order", "new.example"}
    assert.equal(0, r.code, r.out .. r.err)
    charges(1)
  end)

  it("knows no name that is not configured", function()
    local r = run {"order", "nev.example"}
    assert.equal(2, r.code)
    has(r.err, "no certificate is called nev.example; did you mean new.example?", "`reseal init`", "`reseal import`")
    r = run {"order"}
    assert.equal(2, r.code)
    r = cli.call {"order", "new.example"}
    assert.equal(2, r.code)
    has(r.err, "reseal init")
    charges(0)
  end)

  it("does nothing while the seller can't be asked", function()
    fault {fault = "status_5xx", times = 9}
    local r = run {"order", "new.example", "--retries", "0"}
    assert.equal(6, r.code, r.out .. r.err)
    assert.is_nil((known "new.example"))
  end)

  it("waits no longer than it may", function()
    sandbox.reset()
    local r = run {"order", "new.example", "--within", "1"}
    assert.equal(6, r.code, r.out .. r.err)
    has(r.err, "not done within 1 second")
    has(r.out, "new.example goes on at ")
    charges(1)
    for _, wrong in ipairs {"-1", "soon", "9999999"} do
      r = run {"order", "new.example", "--within", wrong}
      assert.equal(2, r.code, r.out .. r.err)
      has(r.err, "--within must be a number of seconds")
    end
  end)

  it("shows a purchase that was interrupted before it was sent, and asks for it again", function()
    -- It stands before the price: the first look for it failed.
    fault {fault = "status_5xx", times = 1, method = "getPricing"}
    assert.equal(0, run({"run", "--retries", "0"}).code)
    assert.equal("create", select(2, known "new.example").action)
    local r = run({"order", "new.example"}, {terminal = "n\n"})
    assert.equal(6, r.code, r.out)
    has(r.out, "new.example: continue, 9.00 USD", "Buy it?")
    charges(0)
  end)
end)

describe("reseal apply", function()
  local plan

  before_each(function()
    plan = dir .. "/plan.json"
    assert.equal(0, run({"plan", "--out", plan}).code)
  end)

  it("does what the plan says, once", function()
    local r = run {"apply", plan}
    assert.equal(0, r.code, r.out .. r.err)
    has(r.out, "new.example: create, 9.00 USD")
    charges(1)
    assert.is_true(is_installed "new.example")
    r = run {"apply", plan}
    assert.equal(3, r.code, r.out .. r.err)
    has(r.err, "new.example: the certificate that is served is another one")
    charges(1)
  end)

  it("asks on a terminal", function()
    assert.equal(6, run({"apply", plan}, {terminal = "\n"}).code)
    charges(0)
    assert.equal(0, run({"apply", plan, "--yes"}, {terminal = ""}).code)
    charges(1)
  end)

  it("refuses when the world has moved, and says all that has", function()
    configure((NEW:format("12.00 USD"):gsub('"new.example"', '{"new.example", "www.new.example"}')))
    local r = run {"apply", plan}
    assert.equal(3, r.code, r.out .. r.err)
    has(r.err, "new.example: its configuration is another one")
    configure(EXAMPLE)
    r = run {"apply", plan, "--json"}
    assert.equal(3, r.code, r.out .. r.err)
    assert.equal("moved", cjson.decode(r.out).error.errors[1].code)
    charges(0)
  end)

  it("takes no plan that was changed, has no prices, or is none", function()
    local text = clis.read(plan)
    cli.write("changed.json", (text:gsub("9%.00", "8.00")))
    cli.write("none.json", "{}")
    for name, why in pairs {
      ["changed.json"] = "it was changed since it was written", ["none.json"] = "it is no plan",
      ["nowhere.json"] = "No such file",
    } do
      local r = run {"apply", dir .. "/" .. name}
      assert.equal(2, r.code, r.out .. r.err)
      has(r.err, why)
    end
    configure('{names = "new.example", account = "realtimeregister", buy = true, max_price = "500.00 EUR", product = '
      .. '"ssl_sectigo", params = {create = {customer = "example", approver = {firstName = "Ann", '
      .. 'lastName = "Example", email = "ann@example.com", voice = "+31.384530759"}}}}')
    assert.equal(0, run({"plan", "--out", plan}).code)
    local r = run {"apply", plan}
    assert.equal(3, r.code, r.out .. r.err)
    has(r.err, "reseal plan --prices")
    charges(0)
    assert.equal(0, run({"plan", "--prices", "--out", plan}).code)
    r = run {"apply", plan, "--no-wait"}
    assert.equal(0, r.code, r.out .. r.err)
    charges(1)
  end)
end)

describe("reseal run", function()
  it("does what is due, and then has nothing to do", function()
    local r = run {"run", "--json"}
    assert.equal(0, r.code, r.out .. r.err)
    local list = lines(r.out)
    assert.same({"opened", "new.example"}, {list[1].kind, list[1].name})
    assert.equal("end", list[#list].kind)
    due_now()
    wait(5, function()
      due_now()
      r = run {"run"}
      return (known "new.example").state == "watch"
    end)
    assert.equal("watch", (known "new.example").state)
    r = run {"run", "--json"}
    assert.equal(10, r.code, r.out)
    assert.same({"end", 10, {steps = 0}}, {lines(r.out)[1].kind, lines(r.out)[1].exit, lines(r.out)[1].counts})
    r = run {"run"}
    assert.same({10, "", ""}, {r.code, r.out, r.err})
    charges(1)
  end)

  it("goes on with what is under way as long as it may, also when it has not come to its end", function()
    local r = run {"run", "--within", "60"}
    assert.equal(0, r.code, r.out .. r.err)
    assert.is_true(is_installed "new.example")
    charges(1)
    os.execute(("rm -rf '%s'/journal.db* '%s/live'"):format(dir, dir))
    sandbox.reset() -- nothing is proved
    r = run {"run", "--within", "1"}
    assert.equal(0, r.code, r.out .. r.err)
    assert.is_falsy(is_installed "new.example")
    assert.equal(2, run({"run", "--within", "1", "--watch"}).code)
  end)

  it("says each time what needs a person, with the reason and a command", function()
    configure((EXAMPLE:gsub("501904", "77777")))
    for _ = 1, 2 do
      local r = run {"run", "--quiet"}
      assert.equal(11, r.code, r.out .. r.err)
      assert.equal("", r.out)
      has(r.err, "reseal: example.com is ", "  reseal ")
    end
  end)

  it("is quiet when asked, but not of failures", function()
    local r = run {"run", "--quiet"}
    assert.same({0, "", ""}, {r.code, r.out, r.err})
  end)

  it("ends with 6 when the journal can't be had, and does nothing", function()
    cli.write("journal.db", "this is no database, but it is there and long enough to be looked at" .. ("."):rep(4096))
    for _, command in ipairs {"run", "order", "wait"} do
      local r = run {command, "new.example"}
      assert.equal(6, r.code, r.out .. r.err)
      has(r.err, "the journal: ")
    end
    assert.equal(0, count_of "create")
  end)

  it("is told what is wrong with the configuration", function()
    configure '{names = "A.example"}'
    assert.equal(2, run({"run"}).code)
    assert.equal(2, run({"run", "--watch", "new.example"}).code)
  end)

  it("tells who can't read its output", function()
    local r = run({"run"}, {redirect = ">/dev/full"})
    assert.equal(8, r.code, r.err)
    has(r.err, "the output could not be written")
    charges(1) -- what is under way goes on nevertheless
  end)
end)

describe("reseal wait", function()
  it("knows a journal by its URL too", function()
    local url = "sqlite://" .. dir .. "/journal.db"
    local function with(command)
      return cli.run {command, "--config", dir .. "/orders.lua", "--journal", url}
    end
    assert.equal(10, with("wait").code)
    assert.is_nil(lfs.attributes(dir .. "/journal.db"), "nothing is made by looking")
    assert.equal(0, with("run").code)
    assert.is_truthy(lfs.attributes(dir .. "/journal.db-alive"))
  end)

  it("has nothing to wait for where nothing is under way, and begins nothing", function()
    local r = run {"wait"}
    assert.equal(10, r.code, r.err)
    has(r.out, "nothing is under way")
    assert.same({kind = "end", exit = 10, counts = {steps = 0}}, lines(run({"wait", "--json"}).out)[1])
    configure(EXAMPLE)
    assert.equal(10, run({"wait", "example.com"}).code)
    assert.equal(0, #sandbox.requests())
  end)

  it("goes on with what is under way until it is done", function()
    sandbox.reset() -- nothing is proved
    assert.equal(0, run({"run"}).code)
    local r = run({"wait", "--within", "1"}, {terminal = ""})
    assert.equal(6, r.code, r.out)
    has(r.out, "next look at ", "not done within 1 second")
    local id = assert(select(2, known "new.example").data.bought)
    assert.equal(200, sandbox.post("/_sandbox/validate", {provider = "namecheap", certificate = tonumber(id)}).status)
    due_now()
    r = run {"wait", "new.example"}
    assert.equal(0, r.code, r.out .. r.err)
    assert.is_true(is_installed "new.example")
    charges(1)
  end)

  it("ends where a person is needed", function()
    configure((EXAMPLE:gsub("501904", "77777")))
    assert.equal(11, run({"run"}).code)
    local r = run {"wait"}
    assert.equal(11, r.code, r.out .. r.err)
    has(r.err, "reseal: example.com is ")
  end)
end)

describe("a signal", function()
  for signal, number in pairs {INT = 2, TERM = 15} do
    it("SIG" .. signal .. " ends a run after the step under way; the next one goes on", function()
      fault {fault = "slow", seconds = 1, method = "create"}
      local r = run({"order", "new.example"}, {kill = {signal}, during = "create"})
      assert.equal(128 + number, r.code, r.out .. r.err)
      has(r.err, "it ends after the step under way")
      charges(1)
      local row, order = known "new.example"
      assert.is_truthy(order.data.bought, "what was bought stands in the journal")
      assert.is_nil(row.owner)
      r = run {"order", "new.example"}
      assert.equal(0, r.code, r.out .. r.err)
      charges(1)
      assert.is_true(is_installed "new.example")
    end)
  end

  it("lets a hook come to its end", function()
    cli.write("hook", ("#!/bin/sh\ntouch %s/hook-began\nsleep 1\ntouch %s/hook-ended\n"):format(dir, dir), "700")
    configure(NEW:format "12.00 USD", ('defaults.install = {hook = {"%s/hook"}}\n'):format(dir))
    local running = program.start(("%s bin/reseal order new.example --config %s/orders.lua --journal %s/journal.db")
      :format(clis.LUA, dir, dir), assert(system.mkdtemp "reseal-spec-"))
    assert.is_truthy(wait(15, function() return lfs.attributes(dir .. "/hook-began") end), running.err())
    local code = running.finish "TERM"
    running.stop()
    assert.equal(143, code)
    assert.is_truthy(lfs.attributes(dir .. "/hook-ended"))
    local row, order = known "new.example"
    assert.same({0, true}, {row.failures, order.data.installed_at ~= nil})
    assert.equal(0, run({"wait"}).code)
    charges(1)
  end)

  it("ends a pause at once", function()
    sandbox.reset()
    assert.equal(0, run({"run"}).code)
    change "UPDATE reseal_certificates SET next = next + 3600"
    local running = program.start(("%s bin/reseal wait --config %s/orders.lua --journal %s/journal.db"):format(clis.LUA,
      dir, dir), assert(system.mkdtemp "reseal-spec-"))
    system.sleep(0.5)
    local began = system.now()
    local code = running.finish "TERM"
    running.stop()
    assert.equal(143, code)
    assert.is_true(system.now() - began < 4)
  end)
end)

describe("a process that was killed", function()
  it("leaves its claim to the next one at once, and nothing is paid twice", function()
    fault {fault = "slow", seconds = 2, method = "create"}
    local r = run({"run", "--timeout", "2"}, {kill = {"KILL"}, during = "create"})
    assert.equal(137, r.code)
    local row = known "new.example"
    assert.is_truthy(row.owner)
    assert.is_true(row.lease_ends > os.time() + 300)
    -- It goes on at once: with looking for what became of the request, once its answer can't come any more.
    r = run {"run", "--timeout", "2", "--json"}
    assert.equal(0, r.code, r.out .. r.err)
    local list = lines(r.out)
    assert.equal(1, list[#list].counts.steps)
    assert.is_nil((known "new.example").owner)
    local intent = (function()
      local j = assert(journals.open(dir .. "/journal.db"))
      local open = assert(j:open_intents())
      j:close()
      return open[1]
    end)()
    assert.equal(3, intent.deadline - intent.at)
    r = run {"order", "new.example", "--timeout", "2", "--within", "60"}
    assert.equal(0, r.code, r.out .. r.err)
    charges(1)
    assert.equal(1, count_of "create")
    assert.is_true(is_installed "new.example")
  end)

  it("is no other than one whose answer was lost", function()
    fault {fault = "drop_after_commit", method = "create"}
    local r = run {"order", "new.example", "--timeout", "2", "--retries", "0"}
    assert.equal(0, r.code, r.out .. r.err)
    has(r.out, "  new.example  unknown: ", "  new.example  installed: ")
    charges(1)
    assert.equal(1, count_of "create")
  end)

  it("is told from one that lives", function()
    fault {fault = "slow", seconds = 2, method = "create"}
    local folder = assert(system.mkdtemp "reseal-spec-")
    local running = program.start(("%s bin/reseal run --config %s/orders.lua --journal %s/journal.db"):format(clis.LUA,
      dir, dir), folder)
    assert.is_truthy(wait(10, function() return count_of "create" > 0 end))
    local r = run {"run"}
    assert.same({10, ""}, {r.code, r.out})
    assert.is_truthy(wait(10, running.ended))
    running.stop()
    charges(1)
  end)
end)

describe("who is alive", function()
  local folder
  local function path() return folder .. "/journal.db" end

  before_each(function() folder = assert(system.mkdtemp "reseal-spec-") end)
  after_each(function() system.remove_tree(folder) end)

  local NONCE = "0123456789abcdef0123456789abcdef"

  it("is told by a lock that another process holds, and ends with it", function()
    local one = process.start([[
      say(require("reseal.orders.alive").owner(arg[1], 4711, arg[2]))
      pause()
    ]], path(), NONCE)
    local owner = one.line()
    assert.equal("4711-" .. NONCE .. "+", owner)
    for _ = 1, 2 do -- looking changes nothing
      assert.is_false(alive.is_gone(path(), owner))
    end
    assert.is_true(alive.is_gone(path(), (owner:gsub("0123", "1123"))))
    one.kill()
    one.finish()
    assert.is_true(wait(5, function() return alive.is_gone(path(), owner) end))
    assert.equal("rw-------", lfs.attributes(path() .. "-alive", "permissions"))
  end)

  it("is not asked of oneself, and not of names of another kind", function()
    local owner = alive.owner(path(), system.pid(), NONCE)
    assert.equal(owner, alive.owner(path(), system.pid(), NONCE))
    assert.is_false(alive.is_gone(path(), owner))
    local other = process.start([[
      say(require("reseal.orders.alive").is_gone(arg[1], arg[2]))
    ]], path(), owner)
    assert.equal("false", other.line())
    other.finish()
    assert(os.remove(path() .. "-alive"))
    assert.is_false(alive.is_gone(path(), "1-1123456789abcdef+") and alive.is_gone(path(), owner))
    other = process.start([[
      say(require("reseal.orders.alive").is_gone(arg[1], arg[2]))
    ]], path(), owner)
    assert.equal("false", other.line(), "the file was taken away")
    other.finish()
    for _, name in ipairs {"spec", "4711-" .. NONCE, "host 4711", "4711-123+", ""} do
      assert.is_false(alive.is_gone(path(), name), name)
    end
  end)

  it("is not known where there is no place for locks", function()
    assert.equal("1-" .. NONCE, alive.owner(dir .. "/nowhere/journal.db", 1, NONCE))
    assert.equal("1-" .. NONCE, alive.owner(nil, 1, NONCE))
    assert.is_false(alive.is_gone(dir .. "/nowhere/journal.db", "1-" .. NONCE .. "+"))
  end)
end)

describe("an idle run", function()
  it("asks the journal once, and sleeps until something is due", function()
    local o = assert(reseal.orders(dir .. "/orders.lua", {journal = dir .. "/journal.db"}))
    assert(o:run {names = {"new.example"}, wait = true})
    local queries, waits, ticks = 0, 0, 0
    local db = o.journal.db
    o.journal.db = setmetatable({}, {__index = function(_, name)
      local value = db[name]
      return type(value) == "function" and function(_, ...)
        queries = queries + 1
        return value(db, ...)
      end or value
    end})
    local counts = assert(o:run {
      watch = true, stopping = function() return ticks >= 5 end, on_tick = function() ticks = ticks + 1 end,
      on_wait = function(till)
        waits = waits + 1
        assert.is_true(till > os.time() + 30, tostring(till - os.time()))
      end,
    })
    assert.same({steps = 0}, counts)
    assert.equal(1, waits)
    assert.is_true(queries < 20, tostring(queries))
    o.journal.db = db
    o:close()
  end)
end)

describe("reseal run --watch", function()
  local LISTEN = [[
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
while True:
    told = listener.recv(4096).decode()
    sys.stdout.write(told.replace("\n", " ") + "\n")
    sys.stdout.flush()
]]
  local listener, daemon

  local function start(environment, journal)
    cli.write("listen.py", LISTEN)
    local address = dir .. "/notify.sock"
    os.remove(address)
    listener = program.start(("python3 %s/listen.py %s"):format(dir, address), assert(system.mkdtemp "reseal-spec-"))
    assert.is_truthy(wait(5, function() return lfs.attributes(address, "mode") end))
    daemon = program.start(("env NOTIFY_SOCKET=%s %s %s bin/reseal run --watch --config %s/orders.lua %s")
      :format(address, environment or "", clis.LUA, dir, journal or "--journal " .. dir .. "/journal.db"),
      assert(system.mkdtemp "reseal-spec-"))
  end

  after_each(function()
    daemon.stop()
    listener.stop()
  end)

  local function told(part, count)
    local found = wait(10, function()
      return select(2, listener.out():gsub(part, "%0")) >= (count or 1)
    end)
    assert.is_truthy(found, part .. "\n" .. listener.out() .. daemon.out() .. daemon.err())
  end

  it("works on until it is told to end, and tells its supervisor how it goes", function()
    start "WATCHDOG_USEC=400000"
    told "READY=1"
    assert.is_truthy(wait(20, function() return daemon.out():find("closed: ", 1, true) end), daemon.out())
    assert.is_true(is_installed "new.example")
    told("WATCHDOG=1", 4)
    told "STATUS=next look at %d%d%d%d%-"
    local before = #sandbox.requests()
    assert.equal(143, daemon.finish "TERM")
    told "STOPPING=1"
    assert.equal(before, #sandbox.requests())
    charges(1)
    assert.equal(10, run({"run"}).code)
  end)

  it("reads its configuration again at SIGHUP, and keeps the old one where the new one is faulty", function()
    configure((NEW:format("12.00 USD"):gsub("names", "enabled = false, names", 1)))
    start()
    told "STATUS="
    configure '{names = "A.example"}'
    daemon.signal "HUP"
    told "RELOADING=1 MONOTONIC_USEC=%d+"
    told("READY=1", 2)
    assert.is_truthy(wait(10, function() return daemon.err():find("stays as it was", 1, true) end), daemon.err())
    configure((NEW:format("12.00 USD"):gsub("new%.example", "second.example")))
    daemon.signal "HUP"
    assert.is_truthy(wait(20, function() return daemon.out():find("second.example  closed: ", 1, true) end),
      daemon.out() .. daemon.err())
    assert.equal(143, daemon.finish "TERM")
  end)

  it("waits for a journal that it has lost, says so, and goes on", function()
    local server = postgres.start()
    finally(server.stop)
    local j = assert(journals.open(server.url))
    assert(j:enroll({{name = "new.example", account = "namecheap"}}, {
      source = dir .. "/orders.lua", spread = function() return 4 end,
    }))
    j:close()
    start("RESEAL_JOURNAL=" .. server.url, "")
    told "READY=1"
    server.halt()
    assert.is_truthy(wait(15, function() return daemon.err():find("it waits: the journal: ", 1, true) end),
      daemon.err())
    told "STATUS=the journal: "
    assert.equal(0, #sandbox.ledger())
    server.start()
    assert.is_truthy(wait(20, function() return daemon.out():find("new.example  closed: ", 1, true) end),
      daemon.out() .. daemon.err())
    has(daemon.err(), "the journal is back")
    assert.equal(143, daemon.finish "TERM")
    charges(1)
  end)
end)
