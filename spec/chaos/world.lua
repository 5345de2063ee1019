--- All that runs while all breaks: the sandbox, a web server and a DNS server for the proofs, runners, and before each
--- of these a proxy whose death cuts its connections. Gone with all it made after `stop`, or when the driver ends.

local clocks = require "spec.chaos.clock"
local dns = require "spec.support.dns"
local fleet = require "spec.chaos.fleet"
local nginx = require "spec.support.nginx"
local program = require "spec.support.program"
local sandboxes = require "spec.support.sandbox"
local system = require "reseal.system"
local wait = require "spec.support.wait"

local quote, write = program.quote, program.write
local LUA = arg[-1] or os.getenv "RESEAL_LUA" or "lua"

-- What a hook does first: what it is told once by a file.
local MOODS = [[
#!/bin/sh
if mv %s/fail %s/fail.$$ 2>/dev/null; then rm -f %s/fail.$$; exit 3; fi
if mv %s/hang %s/hang.$$ 2>/dev/null; then rm -f %s/hang.$$; exec sleep 60; fi
]]

local DNS_HOOK = [[
[ "$1" = deploy_challenge ] || exit 0
case $RESEAL_TYPE in
CNAME) way=set-cname body="{\"host\":\"$RESEAL_RECORD\",\"target\":\"$RESEAL_VALUE\"}" ;;
TXT) way=set-txt body="{\"host\":\"$RESEAL_RECORD.\",\"value\":\"$RESEAL_VALUE\"}" ;;
esac
exec curl -sf -o /dev/null -d "$body" http://%s/$way
]]

local World = {}
World.__index = World

local function signal(name, pids)
  os.execute(("kill -%s %s 2>/dev/null"):format(name, pids))
end
World.signal = signal

local function write_hooks(self, management)
  local hooks, moods = self.folder .. "/hooks", self.moods
  assert(system.make_folder(hooks))
  assert(system.make_folder(moods))
  local moody = MOODS:gsub("%%s", (quote(moods):gsub("%%", "%%%%")))
  write(hooks .. "/deploy", moody)
  write(hooks .. "/dns", moody .. DNS_HOOK:format(management))
  os.execute(("chmod 755 %s/deploy %s/dns"):format(quote(hooks), quote(hooks)))
end

--- A proxy to the sandbox: one connection whose request matches is cut, `before` the request goes on or `after`.
---@param port integer
---@param marker? string a regular expression; none: nothing is cut
function World:start_proxy(port, marker, when)
  local pid = ("%s/proxy.%d"):format(self.folder, port)
  local pipe = assert(io.popen(("echo $$ >%s; exec env -u LD_PRELOAD python3 spec/support/cutting_proxy.py %d %d %s %s "
    .. ">/dev/null 2>&1"):format(quote(pid), port, self.sandbox.port, quote(marker or "(?!)"), when or "before"), "w"))
  return {
    ready = function()
      local command = "curl -s -o /dev/null http://127.0.0.1:%d/_sandbox/clock && echo yes"
      return program.output(command:format(port)):find "yes"
    end,
    kill = function()
      signal("KILL", program.read(pid) or "")
      pipe:close()
    end,
    stop = function()
      pipe:close() -- it ends with its input
    end,
  }
end

--- Starts a runner at a place, with a proxy of its own.
---@param number integer the place
---@param narrow? boolean no file of it may grow beyond some kilobytes: as on a full disk
function World:start_runner(number, narrow)
  local place = self.places[number] or {port = assert(system.free_port())}
  self.places[number] = place
  if not place.proxy then
    place.proxy = self:start_proxy(place.port)
    wait(5, place.proxy.ready)
  end
  self.started = self.started + 1
  local dir = ("%s/runner.%d"):format(self.folder, self.started)
  assert(system.make_folder(dir))
  local command = ("%s spec/chaos/runner.lua %s %d"):format(quote(LUA), quote(self.folder), place.port)
  if narrow then
    command = "sh -c " .. quote("trap '' XFSZ; ulimit -f 20; exec " .. command)
  end
  place.running, place.narrow, place.stopped = program.start(command, dir), narrow or false, false
end

--- Ends a runner by kill -9, and keeps what it said.
function World:kill_runner(number)
  local place = self.places[number]
  local running = place and place.running
  if running then
    place.running, place.stopped = nil, false
    running.finish "KILL"
    self:keep_words(running)
    running.stop()
  end
end

function World:keep_words(running)
  local words = running.err()
  if words ~= "" then
    local file = assert(io.open(self.folder .. "/words", "a"))
    file:write(words)
    file:close()
  end
end

--- Cuts a runner's connections; a new proxy takes the next ones.
function World:cut(number, marker, when)
  local place = self.places[number]
  if place and place.proxy then
    place.proxy.kill()
    place.proxy = self:start_proxy(place.port, marker, when)
  end
end

--- The pids of runners that run.
---@return table<string, integer> place by pid
function World:pids()
  local pids = {}
  for number, place in pairs(self.places) do
    local pid = place.running and not place.stopped and place.running.pid()
    if pid then
      pids[pid] = number
    end
  end
  return pids
end

--- The sandbox's clock is that of all.
function World:set_clock(change)
  self.clock:set(change)
  assert(self.sandbox.post("/_sandbox/clock", {now = self.clock:true_now()}).status == 200)
end

--- The faults that wait for a call.
function World:faults()
  return self.sandbox.get("/_sandbox/fault").json.faults
end

-- A call that no account makes, of the methods that faults are for: it uses one up.
local EMPTY_CALLS = {
  "/xml.response?command=namecheap.ssl.create", "/xml.response?command=namecheap.ssl.renew",
  "/xml.response?command=namecheap.ssl.activate", "/xml.response?command=namecheap.ssl.reissue",
  "/xml.response?command=namecheap.ssl.getinfo", "/v2/ssl/certificates", "/v2/ssl/certificates/1/renew",
  "/v2/ssl/certificates/1/reissue", "/v2/ssl/certificates/1", "/v2/ssl/certificates/1/download?format=CRT",
}

--- No fault waits any more.
function World:drain_faults()
  for _ = 1, 20 do
    if #self:faults() == 0 then
      return
    end
    for _, path in ipairs(EMPTY_CALLS) do
      local is_post = path == "/v2/ssl/certificates" or path:find "renew$" or path:find "reissue$"
      self.sandbox.curl(path, is_post and not path:find "^/xml" and {"-d", "{}"} or {})
    end
  end
end

--- Fills the small disk to its last byte; `empty` takes that away.
function World:fill_disk()
  os.execute(("cat /dev/zero >%s 2>/dev/null"):format(quote(self.disk .. "/ballast")))
end

function World:empty_disk()
  os.remove(self.disk .. "/ballast")
end

--- Lets the runners end by themselves, what they have in hand carried out.
function World:finish_runners()
  write(self.folder .. "/stop", "")
  for number, place in pairs(self.places) do
    local running = place.running
    if running then
      if place.stopped then
        signal("CONT", running.pid())
      end
      place.running = nil
      local till = system.now() + 20
      while not running.ended() and system.now() < till do
        system.sleep(0.02)
      end
      self.ended_well = self.ended_well and running.ended() == 0
      running.finish "KILL"
      self:keep_words(running)
      running.stop()
    end
    if place.proxy then
      place.proxy.stop()
    end
    self.places[number] = nil
  end
end

function World:stop()
  if self.sandbox then
    signal("CONT", self.sandbox_pids)
  end
  for number, place in pairs(self.places) do
    self:kill_runner(number)
    if place.proxy then
      place.proxy.stop()
    end
    self.places[number] = nil
  end
  for _, name in ipairs {"sandbox", "web", "dns"} do
    if self[name] then
      self[name].stop()
      self[name] = nil
    end
  end
end

local world = {}

--- Starts what the runners need; they themselves come by `start_runner`.
---@param given {seed: integer, orders: integer, rate: number, folder: string, disk: string, unkept: boolean}
---@return table world
function world.start(given)
  local self = setmetatable({
    folder = given.folder, disk = given.disk, moods = given.folder .. "/moods", places = {}, started = 0,
    ended_well = true, members = fleet.members(given.seed, given.orders),
  }, World)
  os.execute(("chmod 755 %s %s"):format(quote(self.folder), quote(self.disk)))
  assert(system.make_folder(self.disk .. "/webroot"))
  os.execute("chmod 755 " .. quote(self.disk .. "/webroot"))
  local ok, err = pcall(function()
    self.web = nginx.start(("server { listen 127.0.0.1:@port@; root %s/webroot; }"):format(self.disk), {workers = 1})
    self.dns = dns.start()
    self.sandbox = sandboxes.start()
    write_hooks(self, self.dns.management)
    local pid = self.sandbox.pid
    self.sandbox_pids = pid .. " " .. program.output("pgrep -P " .. pid):gsub("%s+", " ")
    self.clock = clocks.make(self.folder .. "/clock", given.rate, os.time())
    self.sandbox.reset(fleet.scenario(self.members, {
      now = self.clock:true_now(), http = "127.0.0.1:" .. self.web.port, dns = self.dns.address,
    }))
    assert(self.sandbox.post("/_sandbox/clock", {rate = given.rate, now = self.clock:true_now()}).status == 200)
    fleet.install(self.members, self.disk .. "/live", self.clock:true_now())
    write(self.folder .. "/settings.lua", ("return {seed = %d, orders = %d, rate = %g, disk = %q, hooks = %q, "
      .. "unkept = %s}\n"):format(given.seed, given.orders, given.rate, self.disk, self.folder .. "/hooks",
      tostring(given.unkept)))
  end)
  if not ok then
    self:stop()
    error(err, 0)
  end
  return self
end

return world
