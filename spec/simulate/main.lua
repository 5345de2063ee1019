--- make simulate SEED= YEARS= CERTS= SEEDS=: see spec/simulate/init.lua. It prints what happened; where something is
--- not as it must be, the seed, the time, the certificate and the last events, and ends with 1.

package.path = "./?.lua;./?/init.lua;" .. package.path

local simulate = require "spec.simulate"

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

local seeds = number("SEEDS", 1)
local first = number("SEED", os.time() % 1000000)
local years = number("YEARS", 4)
local certs = number("CERTS", seeds > 1 and 6 or 1000)
local faults = number("FAULTS", nil)
local looks = number("LOOKS", certs > 100 and 7 or seeds > 1 and 3 or 1)

-- Much is made and thrown away, and there is room.
collectgarbage("setpause", 400)

local function line(format, ...)
  io.write(format:format(...), "\n")
  io.flush()
end

local file = os.tmpname()
os.remove(file)
local shared = io.open("/dev/shm/.", "r")
local path = shared and file:gsub("^.*/", "/dev/shm/") or file

local function once(seed)
  local began = os.clock()
  local ok, report = pcall(simulate.run, {seed = seed, years = years, certs = certs, path = path, faults = faults,
    looks = looks > 1 and looks or nil})
  if not ok then
    io.stderr:write(tostring(report), "\n")
    line("seed %d failed: make simulate SEED=%d YEARS=%g CERTS=%d", seed, seed, years, certs)
    os.exit(1)
  end
  local c = report.counts
  line("seed %d: %d certificates, %g years, faults %g: %d charges (%d given back), %.1f calls a day, %d at most; "
    .. "closest to its end: %s", seed, certs, years, report.measure, report.charges, report.refunded, report.average,
    report.most, report.closest and ("%.1f days (%s)"):format(report.closest / 86400, report.closest_name) or "-")
  line("  %d steps, %d orders sent, %d unknown, %d stopped, %d blocked, a person came %d times, %d ended; %d kills, "
    .. "%d pauses; digest %s; %.1f s", c.steps, c.placed, c.unknown or 0, c.stops, c.blocked or 0, c.person, c.ended,
    c.kills, c.pauses, report.digest, os.clock() - began)
end

for i = 0, seeds - 1 do
  once(first + i)
end
