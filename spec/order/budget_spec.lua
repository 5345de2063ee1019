-- The windows of an account's calls: never passed, whoever calls and dies, and used well.

local budget = require "reseal.order.budget"
local fixture = require "spec.support.fixture"
local lfs = require "lfs"
local journals = require "spec.support.journal"
local program = require "spec.support.process"
local sandboxes = require "spec.support.sandbox"
local system = require "reseal.system"

local NOW = 1800000000
local HOUR, DAY = 3600, 86400

journals.each({describe = describe, setup = setup, teardown = teardown, before_each = before_each,
  after_each = after_each}, function(database)
  describe("a budget", function()
    local now, b

    before_each(function()
      now = NOW
      b = budget.new(database.open {clock = function() return now end}, {windows = {
        namecheap = {{seconds = 10, limit = 3}, {seconds = 100, limit = 5}},
      }})
    end)

    local function call()
      local ok, ticket = b:take("shop", "namecheap", nil, {patience = 5})
      if ok then
        assert(b:done(ticket))
        return true
      end
      return ok, ticket
    end

    it("lets through as many as each window takes, and tells when to ask again", function()
      for _ = 1, 3 do
        assert.is_true(call())
      end
      local ok, again = call()
      assert.is_false(ok)
      assert.equal(NOW + 11, again) -- a second more, since times are whole seconds
      now = again - 1
      assert.is_false((call()))
      now = again
      assert.is_true(call())
      assert.is_true(call())
      ok, again = call()
      assert.is_false(ok)
      assert.equal(NOW + 101, again)
      now = again
      assert.is_true(call())
      assert.same({{seconds = 10, limit = 3, left = 2}, {seconds = 100, limit = 5, left = 2}},
        b:left("shop", "namecheap"))
    end)

    it("is an account's own", function()
      for _ = 1, 3 do
        call()
      end
      assert.is_false((call()))
      assert.is_true((b:take("other", "namecheap")))
      for _ = 1, 50 do
        assert.is_true((b:take("shop at the other seller", "realtimeregister")))
      end
    end)

    it("counts a call until it has surely ended", function()
      local _, slow = b:take("shop", "namecheap", nil, {patience = 50})
      now = NOW + 30 -- the seller may get it now
      assert.is_true(call())
      assert.is_true(call())
      local ok, again = call()
      assert.is_false(ok)
      assert.equal(NOW + 41, again) -- worth a look: most likely it ends at once
      now = again
      assert.is_true(call())
      assert.is_true(call())
      assert.is_false((call()))
      now = NOW + 62 -- its patience was over at 50
      assert.is_false((call())) -- five in a hundred seconds
      assert(b:done(slow))
      now = NOW + 131
      assert.is_true(call())
      assert.is_true(call())
      assert.is_false((call())) -- slow is one of five until 163
      now = NOW + 142
      assert.is_true(call())
      assert.is_true(call())
      ok, again = call()
      assert.is_false(ok)
      assert.equal(NOW + 163, again)
    end)

    it("does not forget the calls of one that died", function()
      local worker = program.start([[
        local b = require("reseal.order.budget").new(assert(require("reseal.order.journal").open((...), {
          clock = function() return 1800000000 end})), {windows = {namecheap = {{seconds = 10, limit = 3}}}})
        for _ = 1, 3 do
          assert(b:take("shop", "namecheap", nil, {patience = 30}))
        end
        say "sent"
        pause()
      ]], database.url())
      assert.equal("sent", worker.line())
      worker.kill()
      worker.finish()
      now = NOW + 39
      assert.is_false((call()))
      now = NOW + 41
      assert.is_true(call())
    end)

    it("leaves others what a sweep is to leave them", function()
      local take = {patience = 5, reserve = 2}
      local ok, ticket = b:take("shop", "namecheap", nil, take)
      assert.is_true(ok)
      assert(b:done(ticket))
      assert.is_false((b:take("shop", "namecheap", nil, take)))
      assert.is_true(call())
      assert.is_true(call())
      assert.is_false((call()))
      assert.is_false((b:take("shop", "namecheap", nil, {reserve = 100})))
    end)

    it("pauses after a refusal, longer after each", function()
      assert.equal(NOW + 60, b:throttled "shop")
      assert.equal(NOW + 60, b:throttled "shop") -- two who were refused at once
      local ok, again = call()
      assert.is_false(ok)
      assert.equal(NOW + 60, again)
      now = NOW + 60
      assert.is_true(call())
      assert.equal(now + 120, b:throttled "shop")
      now = now + 120
      assert.equal(now + 500, b:throttled("shop", nil, 500))
      now = now + 500
      for _ = 1, 8 do
        local till = b:throttled "shop"
        assert.is_true(till <= now + HOUR)
        now = till
      end
      assert.equal(now + DAY, b:throttled("shop", nil, 99999999))
      now = now + 3 * DAY
      assert.equal(now + 60, b:throttled "shop")
    end)

    it("is not stopped by a clock that was ahead for a while", function()
      now = NOW + 365 * DAY
      for _ = 1, 3 do
        call()
      end
      b:throttled "shop"
      now = NOW
      local ok, again = call()
      assert.is_true(ok or again <= NOW + 102)
      now = NOW + 102
      assert.is_true(call())
    end)

    it("knows Namecheap's windows", function()
      local plain = budget.new(database.open {clock = function() return now end})
      assert.same({{seconds = 60, limit = 20, left = 20}, {seconds = HOUR, limit = 700, left = 700},
        {seconds = DAY, limit = 8000, left = 8000}}, plain:left("shop", "namecheap"))
    end)

    it("is asked by a transport before each request, and tells why nothing is sent", function()
      local sent = 0
      local transport = b:transport("shop", "namecheap", function()
        sent = sent + 1
        if sent == 2 then
          error "broken"
        end
        return {status = 200, headers = {}, body = ""}
      end)
      assert.equal(200, transport({}, {timeout = 5}).status)
      assert.has_error(function() transport({}, {timeout = 5}) end)
      assert.equal(200, transport({}, {timeout = 5}).status)
      local none, reason = transport({}, {timeout = 5})
      assert.is_nil(none)
      assert.is_false(reason.sent)
      assert.equal("budget", reason.code)
      assert.equal(NOW + 11, reason.wait_until)
      assert.equal(3, sent)
    end)
  end)

  -- How long the three go on, in virtual seconds, and how many calls must be made at least. A whole day is 8,000 calls,
  -- so it is gone through once: on one Lua, and on a file in memory where there is such a place.
  local whole = database.kind == "sqlite" and _VERSION == "Lua 5.4"
  local SPAN = whole and DAY + 300 or HOUR + 300
  local LEAST = whole and 8015 or 770
  local MEMORY = "/dev/shm"

  it("of three processes never passes 20, 700 and 8,000 as the seller counts, and uses them", function()
    local sandbox = sandboxes.start()
    local url = database.url()
    if whole and lfs.attributes(MEMORY, "mode") == "directory" then
      url = ("%s/reseal-budget-%d.db"):format(MEMORY, system.pid())
    end
    sandbox.reset {throttle = {minute = 20, hour = 700, day = 8000}}
    local clock = os.tmpname()
    finally(function()
      sandbox.stop()
      os.remove(clock)
      os.execute(("rm -f %s/reseal-budget-%d.db*"):format(MEMORY, system.pid()))
    end)
    local offset = 0
    local function write_clock()
      local file = assert(io.open(clock .. ".new", "w"))
      file:write(("%d"):format(offset))
      file:close()
      os.rename(clock .. ".new", clock)
    end
    write_clock()
    local account = fixture.accounts.namecheap
    local workers = {}
    for i = 1, 3 do
      workers[i] = program.start([[
        local system = require "reseal.system"
        local url, endpoint, clock, user, key, ip = ...
        local text
        local function offset()
          local file = assert(io.open(clock))
          text = file:read "*a"
          file:close()
          return tonumber(text)
        end
        local function time() return os.time() + offset() end
        local j = assert(require("reseal.order.journal").open(url, {clock = time}))
        local b = require("reseal.order.budget").new(j)
        local curl = require("reseal.transport.curl") {}
        local client = assert(require("reseal").namecheap {api_user = user, api_key = key, client_ip = ip,
          endpoint = endpoint, retries = 0, transport = b:transport("shop", "namecheap", curl)})
        local calls = 0
        say "ready"
        while text ~= "-1" do
          local answer, err = client:call("getInfo", {CertificateID = 501904})
          if answer then
            calls = calls + 1
          elseif err.code == "budget" then
            local before = text
            local _, again = b:take("shop", "namecheap")
            if type(again) == "number" then
              say("wait " .. again .. " " .. calls)
              repeat
                offset()
                system.sleep(0.002)
              until text ~= before
            elseif again then
              b:done(again)
            end
          else
            say("refused " .. tostring(err))
            os.exit(1)
          end
        end
      ]], url, sandbox.url, clock, account.api_user, account.api_key, account.client_ip)
    end
    for _, worker in ipairs(workers) do
      assert.equal("ready", worker.line())
    end
    local began = os.time()
    local made
    repeat
      local earliest
      made = 0
      for _, worker in ipairs(workers) do
        local line = worker.line() or ""
        local again, calls = line:match "^wait (%d+) (%d+)$"
        assert(again, line)
        earliest = math.min(earliest or math.huge, tonumber(again))
        made = made + tonumber(calls)
      end
      local step = math.max(1, earliest - os.time() - offset)
      if os.time() + offset + step - began > SPAN then
        break
      end
      offset = offset + step
      local answer = sandbox.post("/_sandbox/clock", {advance_seconds = step})
      assert(answer.status == 200, answer.body)
      write_clock()
    until false
    offset = -1
    write_clock()
    for _, worker in ipairs(workers) do
      worker.kill()
      worker.finish()
    end
    assert.is_true(made >= LEAST, "only " .. made)
  end)
end)
