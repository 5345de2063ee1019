--- What is done to those who carry orders out. Each is drawn, done, and undone after a while.

local program = require "spec.support.program"

local RUNNERS = 3
local LEASE = 600 -- seconds of a claim

-- Faults at the sellers, and how often. `after`: also ones of them where it was carried out.
local FAULTS = {
  {10, {fault = "drop_after_commit"}}, {5, {fault = "drop_before"}}, {5, {fault = "truncate"}},
  {3, {fault = "truncate", clean = true}}, {3, {fault = "duplicate_answer"}},
  {3, {fault = "html", after_commit = true}}, {2, {fault = "html"}},
  {3, {fault = "status_5xx", after_commit = true}}, {2, {fault = "status_5xx", status = 503}},
  {3, {fault = "slow", seconds = 0.4}}, {2, {fault = "slow", seconds = 1}}, {2, {fault = "slow_body", seconds = 0.4}},
  {2, {fault = "throttle_405"}}, {2, {fault = "throttle_500000"}},
  {3, {fault = "trouble", after_commit = true}}, {2, {fault = "trouble"}},
  {2, {fault = "old_certificate"}}, {2, {fault = "wrong_key"}}, {1, {fault = "no_chain"}},
}
-- What they hit: what is paid for, more often than not.
local METHODS = {
  {6, {"namecheap", "create"}}, {4, {"namecheap", "renew"}}, {3, {"namecheap", "activate"}},
  {3, {"namecheap", "reissue"}}, {4, {"realtimeregister", "request"}}, {4, {"realtimeregister", "renew"}},
  {3, {"realtimeregister", "reissue"}}, {3, {"namecheap"}}, {3, {"realtimeregister"}}, {2, {}},
}
local MOST_FAULTS = 12 -- that wait for a call which they fit
local OF_CERTIFICATES = {old_certificate = true, wrong_key = true, no_chain = true}

-- What stands in a request that is paid for; a connection is cut when it passes.
local MARKERS = {"command=namecheap.ssl.create", "namecheap.ssl.renew", "POST /v2/ssl/certificates", "namecheap.ssl"}

local Mischief = {}
Mischief.__index = Mischief

local acts = {}

--- The sellers answer as they should not.
function acts.fault(m, chance)
  local fault, method = chance:weighted(FAULTS), chance:weighted(METHODS)
  local wanted = {provider = method[1], method = method[2], times = chance:whole(1, 2)}
  for name, value in pairs(fault) do
    wanted[name] = value
  end
  if OF_CERTIFICATES[fault.fault] then
    wanted.method = nil
  end
  if #m.world:faults() > MOST_FAULTS then
    return "none"
  end
  local answer = m.world.sandbox.post("/_sandbox/fault", wanted)
  assert(answer.status == 200, answer.body)
  return fault.fault
end

--- A runner ends by kill -9, and comes again.
function acts.kill(m, chance)
  local number = chance:whole(1, RUNNERS)
  m.world:kill_runner(number)
  m:later(chance:between(0, 0.5), function()
    m:revive(number)
  end)
end

--- A runner sleeps for longer than its claim lasts, and wakes with whatever it was about to do.
function acts.sleep(m, chance)
  local number = chance:whole(1, RUNNERS)
  local place = m.world.places[number]
  local running = place and place.running
  if not running or place.stopped then
    return "none"
  end
  m.world.signal("STOP", running.pid())
  place.stopped = true
  m:later(chance:between(0.5, 1.6) * LEASE / m.rate, function()
    if place.running == running then
      m.world.signal("CONT", running.pid())
      place.stopped = false
    end
  end)
end

--- The seller is slow to answer anybody.
function acts.pause(m, chance)
  m.world.signal("STOP", m.world.sandbox_pids)
  m:blocking(chance:between(0.05, 0.8))
  m.world.signal("CONT", m.world.sandbox_pids)
end

--- A runner's connections are cut: whatever is under way, or a request that is paid for, before or after.
function acts.cut(m, chance)
  local when, marker = chance:of {"before", "after", "now"}, chance:of(MARKERS)
  if when == "now" then
    m.world:cut(chance:whole(1, RUNNERS))
  else
    m.world:cut(chance:whole(1, RUNNERS), marker, when)
  end
  return "cut " .. when
end

--- The machine's date is set, and set right again.
function acts.clock(m, chance)
  local shift = math.floor(chance:of {-1, 1} * chance:of {200, 1000, 4000, 15000} * chance:between(0.5, 2))
  m.world.clock:set {shift = shift}
  m:later(chance:between(0.05, 1.5), function()
    m.world.clock:set {shift = 0}
  end)
end

--- The disk of journal, keys, proofs and certificates is full.
function acts.disk(m, chance)
  if not m.mounted then
    return acts.narrow(m, chance)
  end
  m.world:fill_disk()
  m:later(chance:between(0.05, 1.2), function()
    m.world:empty_disk()
  end)
end

--- A runner can write no large file any more: for it the disk is full.
function acts.narrow(m, chance)
  local number = RUNNERS + 1
  m.world:kill_runner(number)
  m.world:start_runner(number, true)
  m:later(chance:between(0.5, 2), function()
    m.world:kill_runner(number)
  end)
  return "narrow"
end

--- One more process, for a while.
function acts.another(m, chance)
  local number = RUNNERS + 2
  if m.world.places[number] and m.world.places[number].running then
    return "none"
  end
  m.world:start_runner(number)
  m:later(chance:between(1, 3), function()
    m.world:kill_runner(number)
  end)
end

--- The next hook that runs fails, or hangs.
function acts.hook(m, chance)
  local mood = chance:of {"fail", "fail", "hang"}
  program.write(m.world.moods .. "/" .. mood, "")
  return "hook " .. mood
end

local WHAT = {
  {40, "fault"}, {13, "kill"}, {5, "sleep"}, {5, "pause"}, {10, "cut"}, {4, "clock"}, {5, "disk"}, {2, "narrow"},
  {3, "another"}, {6, "hook"},
}

--- Something is to be done in so many seconds.
function Mischief:later(seconds, act)
  table.insert(self.undone, {at = self.now() + seconds, act = act})
end

function Mischief:blocking(seconds)
  self.sleep(seconds)
end

--- Starts a runner where none is.
function Mischief:revive(number)
  local place = self.world.places[number]
  if not place or not place.running or place.running.ended() then
    self.world:kill_runner(number)
    self.world:start_runner(number)
  end
end

--- Does what is due of what was put off; `all`: everything.
function Mischief:undo(all)
  local rest, due = {}, {}
  for _, one in ipairs(self.undone) do
    table.insert((all or one.at <= self.now()) and due or rest, one)
  end
  self.undone = rest
  for _, one in ipairs(due) do
    one.act()
  end
end

--- So that no seed goes without: some answers to what is paid for are lost in any case.
function Mischief:sow()
  local times = math.max(3, math.floor(#self.world.members / 40))
  for _, fault in ipairs {"drop_after_commit", "drop_before"} do
    assert(self.world.sandbox.post("/_sandbox/fault", {
      fault = fault, provider = "namecheap", method = "create", times = times,
    }).status == 200)
  end
end

--- Draws one, and does it.
function Mischief:act()
  local what = self.chance:weighted(WHAT)
  local name = acts[what](self, self.chance) or what
  if name ~= "none" then
    self.counts[name] = (self.counts[name] or 0) + 1
  end
end

local mischief = {RUNNERS = RUNNERS}

---@param given {world: table, chance: table, rate: number, mounted: boolean, now: (fun(): number),
---  sleep: fun(seconds: number)}
function mischief.new(given)
  given.undone, given.counts = {}, {}
  return setmetatable(given, Mischief)
end

return mischief
