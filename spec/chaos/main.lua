--- Orders of both sellers are carried out by three runners at once, while whatever can break does: `make chaos`.
---
---   SEED=N     what is drawn: the members, and what is done to them when (a new one unless told, printed)
---   ORDERS=N   certificates to order (2000)
---   RATE=N     seconds that pass for each of the machine's (150)
---   KEEP=1     the folder stays: journal, keys, certificates, and what the runners said
---   UNKEPT=1   the journal forgets what was about to be sent: certificates are then bought twice, which must be found
---
--- It ends with 0 when nothing is wrong; with UNKEPT=1, when something is bought twice.

local Chance = require "spec.chaos.chance"
local fleet = require "spec.chaos.fleet"
local journals = require "reseal.order.journal"
local judge = require "spec.chaos.judge"
local mischief = require "spec.chaos.mischief"
local orders = require "reseal.orders"
local program = require "spec.support.program"
local reseal = require "reseal"
local system = require "reseal.system"
local worlds = require "spec.chaos.world"

local quote = program.quote
local LUA = arg[-1] or os.getenv "RESEAL_LUA" or "lua"
local DISK = os.getenv "RESEAL_CHAOS_DISK" -- set by this program for itself
local BETWEEN = 0.25 -- seconds between two mischiefs, on average
local NO_CHANGE = 12 -- seconds of calm in which nothing comes to its end, until what waits is only said
local MOST_TOLD = 2 -- how often a person lets an order of which nothing is unclear go on
local SHOWN = 5 -- faults of which the events are shown

local function number(name, default)
  local text = os.getenv(name)
  if text == nil or text == "" then
    return default
  end
  return assert(tonumber(text), name .. " must be a number")
end

local function set(name)
  local text = os.getenv(name)
  return text ~= nil and text ~= "" and text ~= "0"
end

local function say(text, ...)
  io.stdout:write(text:format(...), "\n")
  io.stdout:flush()
end

-- A small disk -----------------------------------------------------------------------------------------------------

--- Runs this program again where a small disk is mounted that nobody else sees: by root, or by a user in a namespace of
--- its own. Nil where neither can be done.
local function on_small_disk(settings)
  local uid, gid = program.output("id -u"):match "%d+", program.output("id -g"):match "%d+"
  local size = 24 * 1024 + settings.orders * 160
  local mount = ("mount -t tmpfs -o size=%dk,mode=755 none %s"):format(size, quote(settings.disk))
  local again = ("RESEAL_CHAOS_DISK=%s SEED=%d %s spec/chaos/main.lua"):format(quote(settings.folder), settings.seed,
    quote(LUA))
  local frames = {
    {"unshare --mount --propagation private sh -c %s", mount, "exec env " .. again},
    {"unshare --user --map-root-user --mount --propagation private sh -c %s", mount,
      ("exec unshare --user --map-user=%s --map-group=%s env %s"):format(uid, gid, again)},
  }
  for _, frame in ipairs(uid == "0" and {frames[1]} or {frames[2]}) do
    local function framed(command)
      return frame[1]:format(quote(command))
    end
    local try = frame[2] .. " && " .. frame[3]:gsub("env RESEAL_CHAOS_DISK.*$", "true")
    if program.output(framed(try) .. " >/dev/null 2>&1; echo $?"):find "^0" then
      local status, _, code = os.execute(framed(frame[2] .. " && " .. frame[3]))
      return type(status) == "number" and (status == 0 and 0 or 1) or code or (status and 0 or 1)
    end
  end
end

-- The run ----------------------------------------------------------------------------------------------------------

local Run = {}
Run.__index = Run

--- How many stand how.
function Run:standing()
  local counts, open = {}, 0
  for _, row in ipairs(assert(self.journal.db:rows("SELECT state, count(*) AS n FROM reseal_certificates "
    .. "GROUP BY state"))) do
    counts[row.state] = row.n
    if row.state ~= "watch" and row.state ~= "stopped" then
      open = open + row.n
    end
  end
  return counts, open
end

--- Hours in which everybody waits pass at once.
function Run:skip_ahead()
  local clock, pids = self.world.clock, self.world:pids()
  if clock:state().shift ~= 0 then
    return
  end
  local now = clock:now()
  for _, row in ipairs(assert(self.journal.db:rows("SELECT DISTINCT owner FROM reseal_certificates "
    .. "WHERE owner IS NOT NULL"))) do
    if pids[tostring(row.owner):match "^%d+"] then
      return
    end
  end
  local soonest = assert(self.journal.db:rows("SELECT min(wake) AS wake FROM reseal_certificates WHERE state NOT IN "
    .. "('watch', 'stopped')"))[1].wake
  local ready = assert(self.journal.db:rows "SELECT count(*) AS n FROM reseal_certificates WHERE ready")[1].n
  if soonest and ready == 0 and soonest - now > 20 then
    self.world:set_clock {ahead = math.min(soonest - now - 5, 3600)}
    self.skipped = self.skipped + 1
  end
end

function Run:progress(counts, phase)
  local list = {}
  for _, state in ipairs {"new", "working", "waiting", "failed", "unknown", "blocked", "stopped", "watch"} do
    if counts[state] then
      list[#list + 1] = ("%s %d"):format(state == "watch" and "done" or state, counts[state])
    end
  end
  say("%4.0f s, %s: %s", system.now() - self.began, phase, table.concat(list, ", "))
end

--- Nothing of the journal may be contradictory at any moment.
function Run:check()
  for _, contradiction in ipairs(assert(self.journal:check())) do
    local text = contradiction.message
    self.contradictions[text] = contradiction
  end
end

--- Goes on until nothing is open any more, for some seconds at most.
function Run:go_on(phase, most, act)
  local till, next_act, next_look, next_word, next_skip = system.now() + most, 0, 0, 0, 0
  local last_open, changed_at
  while system.now() < till do
    local now = system.now()
    self.mischief:undo()
    if act and now >= next_act then
      act()
      next_act = now + self.chance:between(0, 2) * BETWEEN
    end
    if now >= next_look then
      next_look = now + 0.2
      for place = 1, mischief.RUNNERS do
        local running = self.world.places[place].running
        if running and running.ended() then
          self.mischief:revive(place) -- it could not begin, as on a full disk
        end
      end
      local counts, open = self:standing()
      if open ~= last_open then
        last_open, changed_at = open, now
      end
      if now >= next_word then
        next_word = now + 5
        self:progress(counts, phase)
        self:check()
        self:reconcile()
      end
      if act and open < self.settings.orders / 50 or not act and now - changed_at > NO_CHANGE
        or open == 0 and not self:reconcile() then
        break
      end
    end
    if now >= next_skip then
      next_skip = now + (act and 0.2 or 0.05)
      self:skip_ahead()
    end
    system.sleep(0.01)
  end
end

--- What a seller's list shows of a purchase that is not settled: the id, and whether it is an order's; nil: nothing.
function Run:bought(intent)
  local is_rr = intent.account == "rr"
  for _, entry in ipairs(self.world.sandbox.ledger()) do
    local id = ("%d"):format(is_rr and entry.process or entry.new_certificate or 0)
    if (is_rr and entry.provider == "realtimeregister" or entry.account == intent.account)
      and (entry.certificate == nil) == (intent.kind == "create")
      and (entry.certificate == nil or ("%d"):format(entry.certificate) == intent.target)
      and not self.journal:holder(intent.account, is_rr and "order" or "certificate", id) then
      return id, is_rr
    end
  end
end

--- What a person does about orders that have stopped: looks at the seller's lists, and says what is there.
---@return boolean told something
function Run:reconcile()
  local before = self.reconciled
  for _, row in ipairs(assert(self.journal:rows {state = "stopped"})) do
    local intent = self.journal:open_intents({name = row.name})[1]
    local told = self.told[row.name] or 0
    local how
    if intent and intent.purchase then
      local id, is_order = self:bought(intent)
      how = id and {by = "found", id = id, order = is_order or nil} or {by = "absent"}
    elseif told < MOST_TOLD then
      how = {by = "again"}
    end
    if how and self.person:reconcile(row.name, how) then
      self.told[row.name], self.reconciled = told + 1, self.reconciled + 1
    end
  end
  return self.reconciled > before
end

function Run:show(texts)
  for i, one in ipairs(texts) do
    say("  %s%s", one.name and one.name .. ": " or "", one.text)
    if one.name and i <= SHOWN then
      for _, event in ipairs(self.journal:events {name = one.name, limit = 500} or {}) do
        say("    %s %s %s", os.date("!%H:%M:%S", event.at), event.kind, tostring(event.text))
      end
    end
  end
end

function Run:verdict(found)
  local done = {}
  for name, count in pairs(self.mischief.counts) do
    done[#done + 1] = ("%s %d"):format(name, count)
  end
  table.sort(done)
  say("done to them: %s; %d runners started; hours were skipped %d times; a person was asked %d times",
    table.concat(done, ", "), self.world.started, self.skipped, self.reconciled)
  say("%d orders: %d done, %d waiting, %d stopped; %d charges, %d of them too many; %d pairs installed, %d issued, "
    .. "%d keys; %d faults; seed %d", self.settings.orders, found.done, found.waiting, found.stopped, found.charges,
    found.doubles, found.pairs, found.issued, found.keys, #found.faults, self.settings.seed)
  self:show(found.faults)
  self:show(found.double_texts)
  if self.settings.unkept then
    return found.doubles > 0
  end
  return found.doubles == 0 and #found.faults == 0
end

local function carry_out(settings)
  local began = system.now()
  local values = fleet.configuration(fleet.members(settings.seed, settings.orders),
    {disk = settings.disk, hooks = settings.folder .. "/hooks"}, {url = "http://127.0.0.1:9"})
  local world = worlds.start(settings)
  local self = setmetatable({
    world = world, began = began, settings = settings, skipped = 0, contradictions = {}, told = {},
    reconciled = 0,
    chance = Chance.new(settings.seed + 1),
  }, Run)
  self.mischief = mischief.new {
    world = world, chance = self.chance, rate = settings.rate, mounted = settings.mounted, now = system.now,
    sleep = system.sleep,
  }
  local ok, good = pcall(function()
    self.mischief:sow()
    for place = 1, mischief.RUNNERS do
      world:start_runner(place)
    end
    self.journal = assert(journals.open(values.journal))
    self.person = assert(orders.of(reseal, {found = true, values = values}, {
      source = "fleet", clock = function() return world.clock:now() end,
    }))
    self:go_on("all breaks", 5 + settings.orders * 0.13, function()
      self.mischief:act()
    end)
    self.mischief:undo(true)
    world:empty_disk()
    world:drain_faults()
    world:set_clock {shift = 0}
    self:go_on("calm", settings.unkept and 3 or 10 + settings.orders * 0.05)
    self:progress(self:standing(), "over")
    world:finish_runners()
    for _, profile in pairs(values.profiles) do
      for _, account in pairs(profile) do
        account.endpoint = world.sandbox.url
      end
    end
    local found = judge.look(world, self.journal, values, self.person.configuration.managed)
    for _, one in pairs(self.contradictions) do
      found:fault("the journal, meanwhile: " .. one.message, one.name)
    end
    if not world.ended_well then
      found:fault "a runner did not end well when it was told to"
    end
    return self:verdict(found)
  end)
  if self.journal then
    self.journal:close()
  end
  if self.person then
    self.person:close()
  end
  local stopped, message = pcall(world.stop, world)
  if not ok or not stopped then
    say("%s", tostring(not ok and good or message))
  end
  return ok and stopped and good
end

--- Takes a folder away when it is closed, or when this process ends, however that is.
local function guard(folder)
  return assert(io.popen(("trap '' INT TERM HUP; cat >/dev/null; rm -rf %s 2>/dev/null || { sleep 2; rm -rf %s; }")
    :format(quote(folder), quote(folder)), "w"))
end

local function main()
  local settings = {
    orders = number("ORDERS", 2000), rate = number("RATE", 150), unkept = set "UNKEPT",
    seed = number("SEED", nil) or os.time() % 1000000, folder = DISK, mounted = DISK ~= nil,
  }
  local is_inner = DISK ~= nil
  if not is_inner then
    settings.folder = assert(system.mkdtemp "reseal-chaos-")
    os.execute("chmod 755 " .. quote(settings.folder))
  end
  settings.disk = settings.folder .. "/disk"
  if not is_inner then
    say("seed %d, %d orders%s", settings.seed, settings.orders,
      settings.unkept and ", with a journal that forgets" or "")
    assert(system.make_folder(settings.disk))
    local guarded = not set "KEEP" and guard(settings.folder)
    local code = on_small_disk(settings)
    if code == nil then
      say "no small disk can be mounted here: files are bounded instead"
      code = carry_out(settings) and 0 or 1
    end
    if set "KEEP" then
      say("kept: %s", settings.folder)
    else
      guarded:close()
    end
    return code
  end
  local good = carry_out(settings)
  if set "KEEP" then
    os.execute(("cp -a %s %s"):format(quote(settings.disk), quote(settings.folder .. "/kept")))
  end
  return good and 0 or 1
end

os.exit(main())
