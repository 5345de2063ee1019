-- make simulate SEED= YEARS= CERTS= SEEDS=: see spec/simulate/init.lua. It prints what happened; where something is
-- not as it must be, the seed, the time, the certificate and the last events, and ends with 1.
--
-- A large fleet is several of 250, each with its own accounts, journal and seed. They, or many seeds, are shared by as
-- many processes as there are processors: what comes of a seed does not depend on that.

package.path = "./?.lua;./?/init.lua;" .. package.path

local json = require "reseal.order.json"
local simulate = require "spec.simulate"

local FLEET = 250
local APART = 1000003 -- between the seeds of a large fleet's parts

local function number(name, default)
  local given = os.getenv(name)
  if not given or given == "" then
    return default
  end
  local value = tonumber(given)
  if not value or value < 0 or value % 1 ~= 0 and name ~= "YEARS" and name ~= "FAULTS" then
    io.stderr:write(name, " must be a number, not ", given, "\n")
    os.exit(2)
  end
  return value
end

local function line(format, ...)
  io.write(format:format(...), "\n")
  io.flush()
end

-- One process ------------------------------------------------------------------------------------------------------

--- Runs every so manieth job, each on a line of its own.
local function work(jobs, first, step)
  collectgarbage("setpause", 400) -- much is made and thrown away, and there is room
  local file = os.tmpname()
  os.remove(file)
  local shared = io.open("/dev/shm/.", "r")
  local path = shared and file:gsub("^.*/", "/dev/shm/") or file
  for i = first, #jobs, step do
    local began = os.clock()
    local job = {path = path}
    for field, value in pairs(jobs[i]) do
      job[field] = value
    end
    local ok, report = pcall(simulate.run, job)
    report = ok and report or {failure = tostring(report)}
    report.seconds = os.clock() - began
    line("%s", json.encode(report))
  end
end

-- All of it --------------------------------------------------------------------------------------------------------

local function jobs_of()
  local seeds, seed = number("SEEDS", 1), number("SEED", os.time() % 1000000)
  local certs = number("CERTS", seeds > 1 and 6 or 1000)
  local looks = number("LOOKS", certs > 100 and 30 or seeds > 1 and 3 or 1)
  local jobs = {}
  for i = 0, seeds - 1 do
    local parts = math.max(1, math.ceil(certs / FLEET))
    for part = 1, parts do
      jobs[#jobs + 1] = {
        seed = seed + i + (part - 1) * APART, years = number("YEARS", 4), faults = number("FAULTS", nil),
        certs = math.floor(certs * part / parts) - math.floor(certs * (part - 1) / parts),
        looks = looks > 1 and looks or nil,
      }
    end
  end
  return jobs
end

local function tell(job, report)
  local c = report.counts
  line("seed %d: %d certificates, %g years, faults %g: %d charges (%d given back), %.1f calls a day, %d at most; "
    .. "closest to its end: %s", job.seed, job.certs, job.years, report.measure, report.charges, report.refunded,
    report.average, report.most, report.closest and ("%.1f days (%s)"):format(report.closest / 86400,
    report.closest_name) or "-")
  line("  %d steps, %d orders sent, %d unknown, %d stopped, %d blocked, %d queued, a person came %d times, %d ended; "
    .. "%d kills, %d pauses; digest %s; %.1f s", c.steps, c.placed, c.unknown or 0, c.stops, c.blocked or 0,
    c.queued or 0, c.person, c.ended, c.kills, c.pauses, report.digest, report.seconds)
end

--- The processes that share the jobs; what they print comes job by job.
local function start(count, seed)
  local list = {}
  for i = 1, count do
    list[i] = assert(io.popen(("SIMULATE_SHARE='%d %d' SEED=%d exec %s spec/simulate/main.lua"):format(i, count, seed,
      os.getenv "SIMULATE_LUA" or "lua5.4")))
  end
  return list
end

local function all(jobs)
  local workers = start(math.min(#jobs, number("PROCESSES", 1)), jobs[1].seed)
  local charges, failed = 0, false
  for i, job in ipairs(jobs) do
    local said = workers[(i - 1) % #workers + 1]:read "*l"
    local report = said and json.decode(said) or {failure = "the process of this seed has ended"}
    if report.failure then
      failed = true
      io.stderr:write(report.failure, "\n")
      line("seed %d failed: make simulate SEED=%d YEARS=%g CERTS=%d%s", job.seed, job.seed, job.years, job.certs,
        job.looks and " LOOKS=" .. job.looks or "")
    else
      charges = charges + report.charges
      tell(job, report)
    end
  end
  for _, worker in ipairs(workers) do
    worker:close()
  end
  if #jobs > 1 then
    line("%d runs: %d charges%s", #jobs, charges, failed and ", and what is wrong above" or ", none too many")
  end
  os.exit(failed and 1 or 0)
end

local first, step = (os.getenv "SIMULATE_SHARE" or ""):match "^(%d+) (%d+)$"
local jobs = jobs_of()
if first then
  work(jobs, tonumber(first), tonumber(step))
else
  all(jobs)
end
