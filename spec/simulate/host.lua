--- A machine's keys, its web server and its certificates: the engine's ports that are no seller, with the faults of a
--- machine. What is installed is seen by all runners.

local Host = {}
Host.__index = Host

-- Faults that last: a full disk, a broken hook, a server that goes on with the old certificate.
local LASTING = {disk = {90, 2}, hook = {60, 1}, server = {60, 1}, dns = {60, 1}} -- days between, days that it lasts

local function plan(self, what)
  local days, lasts = LASTING[what][1], LASTING[what][2]
  if self.world.measure == 0 then
    return
  end
  local random, scheduler = self.world.random, self.world.scheduler
  scheduler:after(random:after(days * 86400 / self.world.measure), function()
    local seconds = random:between(600, lasts * 86400)
    self.broken[what] = scheduler.now + seconds
    self.world:tell("fault", ("%s is broken for %.1f hours"):format(what, seconds / 3600))
    plan(self, what)
  end)
end

function Host:is_broken(what)
  return (self.broken[what] or 0) > self.world.scheduler.now
end

--- Takes its time, at which the process may end; fails now and then.
function Host:does(what, often)
  local random = self.world.random
  self.world:moment("before " .. what)
  self.world.scheduler:sleep(random:between(0.01, 0.3))
  if random:chance((often or 0.005) * self.world.measure) then
    return nil, {code = "local", message = what .. " does not work now"}
  end
  return true
end

local function fails(message)
  return nil, {code = "local", message = message}
end

--- The ports `keys`, `prove`, `install` and `accept` of an engine.
function Host:ports()
  local world, ports = self.world, {}

  local function done(what, f)
    return function(...)
      local ok, err = self:does(what)
      if not ok then
        return nil, err
      end
      local value
      value, err = f(...)
      if value ~= nil then
        world:moment("after " .. what)
      end
      return value, err
    end
  end

  ports.keys = {
    make = done("make key", function(_, _, ref)
      if self:is_broken "disk" then
        return fails "no room"
      end
      self.keys[ref] = true
      return "csr of " .. ref
    end),
    read = function(ref)
      if not self.keys[ref] then
        world:fail("the key " .. tostring(ref) .. " is lost")
      end
      return ref
    end,
  }
  ports.prove = {
    provable = done("provable", function()
      return true
    end),
    publish = done("publish", function(_, challenges)
      if self:is_broken "hook" then
        return fails "the hook fails"
      end
      for _, challenge in ipairs(challenges) do
        world.published[challenge.file] = true
      end
      return true
    end),
    probe = done("probe", function()
      return {ready = not self:is_broken "dns" and world.random:chance(0.95), why = "nothing is seen"}
    end),
    tidy = done("tidy", function(_, challenges)
      for _, challenge in ipairs(challenges) do
        world.published[challenge.file] = nil
      end
      return true
    end),
  }
  ports.accept = function(delivered, wanted)
    local id = delivered.certificate:match "^cert (.*)$"
    local record = world.accounts_of[wanted.names[1]].records[id]
    local now = wanted.now
    if record.csr ~= "csr of " .. wanted.key then
      return nil, {code = "other_key", message = "it is for another key"}
    elseif record.starts > now or record.ends <= now or wanted.after and record.ends <= wanted.after then
      return nil, {code = "not_acceptable", message = "it is not valid now, or ends no later"}
    end
    world.accepted[wanted.names[1] .. " " .. id] = true
    return {not_before = record.starts, not_after = record.ends, fingerprint = id, certificate = delivered.certificate}
  end
  ports.install = {
    room = done("room", function()
      if self:is_broken "disk" then
        return fails "no room"
      end
      return true
    end),
    served = function(managed)
      local ok, err = self:does("served", 0.001)
      if not ok then
        return nil, err
      end
      return self.installed[managed.name] or false
    end,
    install = done("install", function(managed, accepted, key)
      if self:is_broken "disk" then
        return fails "no room"
      end
      self:put(managed, accepted, key)
      return true
    end),
    verify = done("verify", function()
      if self:is_broken "server" then
        return fails "the old one is served"
      end
      return true
    end),
    rollback = done("rollback", function(managed)
      local name = managed.name
      self.installed[name] = self.previous[name] or self.installed[name]
      return true
    end),
  }
  return ports
end

--- Puts a certificate where it is served.
function Host:put(managed, accepted, key)
  local name, world = managed.name, self.world
  if not world.accepted[name .. " " .. accepted.fingerprint] then
    world:fail("installed what was not accepted: " .. accepted.fingerprint, name)
  elseif world.accounts_of[name].records[accepted.fingerprint].csr ~= "csr of " .. tostring(key) then
    world:fail("installed with another key: " .. tostring(key), name)
  end
  local before = self.installed[name]
  if before and before.fingerprint == accepted.fingerprint then
    return
  end
  if before then
    world.closest:saw(name, before.not_after - world.scheduler.now)
  end
  self.previous[name] = before
  self.installed[name] = {
    not_before = accepted.not_before, not_after = accepted.not_after, fingerprint = accepted.fingerprint,
    kind = managed.key, names = managed.names,
  }
  world:tell("installed", accepted.fingerprint, name)
  world.closest:watch(name)
end

local host = {}

---@param world table
function host.new(world)
  local self = setmetatable({world = world, broken = {}, keys = {}, installed = {}, previous = {}}, Host)
  for _, what in ipairs {"disk", "hook", "server", "dns"} do
    plan(self, what)
  end
  return self
end

return host
