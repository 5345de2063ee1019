--- Proving control of names: publishes what a seller asks for, looks from here whether it can be seen, and tidies up.
---
---   prove:provable(managed, names, now) whether each name's way is there, before anything is ordered
---   prove:publish(managed, challenges) everything, in any order, again without harm
---   prove:probe(managed, challenges)   -> {ready = true} | {ready = false, why}: looked up from here
---   prove:tidy(managed, challenges)    takes it away; also after a failure
---
--- Ways are chosen by name in `managed.prove` (`*` for all others): `{method = "http", webroot = "/var/www/html"}`,
--- `{method = "dns", hook = {"/etc/reseal/dns-hook"}}`, `{method = "email", address = "admin@example.com"}`. A hook may
--- stand for `http` too.

local calendar = require "reseal.order.calendar"
local hook = require "reseal.order.prove.hook"
local look = require "reseal.order.prove.look"
local webroot = require "reseal.order.prove.webroot"

---@class reseal.order.Prove
local Prove = {}
Prove.__index = Prove

local function way_of(managed, name)
  local ways = managed.prove or {}
  return ways[name] or ways["*"]
end

--- What does a way's work: webroot or hook; nil and words where nothing does.
local function worker(way, name)
  if not way then
    return nil, ("for %s nothing says how control is proved (prove)"):format(name)
  elseif way.hook then
    return hook
  elseif way.method == "http" and way.webroot then
    return webroot
  elseif way.method == "email" then
    return false
  end
  return nil, ("for %s control is to be proved by %s, but no %s is named"):format(name, tostring(way.method),
    way.method == "http" and "webroot or hook" or "hook")
end

--- Whether control of every name could be proved from here.
---@param managed table
---@param names string[] those of the order
---@param now integer epoch seconds
---@return boolean|nil
---@return string|nil err
function Prove:provable(managed, names, now)
  for _, name in ipairs(names) do
    local way = way_of(managed, name)
    local work, err = worker(way, name)
    if work == nil then
      return nil, err
    elseif way.method == "email" and not calendar.email(now) then
      return nil, ("control of %s can't be proved by e-mail since %s: choose http or dns"):format(name,
        os.date("!%Y-%m-%d", calendar.EMAIL_ENDS))
    elseif way.method == "http" and name:sub(1, 2) == "*." then
      return nil, ("control of %s can't be proved by a file: a wildcard takes dns"):format(name)
    elseif work then
      local ok
      ok, err = work.ready(way, self.options)
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

--- Calls `work` for each challenge that something here does; every one is tried, and the first failure is told.
local function each(self, managed, challenges, work)
  local first
  for _, challenge in ipairs(challenges or {}) do
    local way = way_of(managed, challenge.name)
    local does, err = worker(way, challenge.name)
    local ok = does == false
    if does then
      ok, err = does[work](way, challenge, self.options)
    end
    first = first or not ok and (err or "it failed, and didn't say why") or nil
  end
  if first then
    return nil, first
  end
  return true
end

---@return boolean|nil
---@return string|nil err
function Prove:publish(managed, challenges)
  return each(self, managed, challenges, "publish")
end

---@return boolean|nil
---@return string|nil err
function Prove:tidy(managed, challenges)
  return each(self, managed, challenges, "tidy")
end

--- Looks from here for what was published. Mails can't be seen: they count as seen.
---@return {ready: boolean, why: string|nil} told
function Prove:probe(managed, challenges)
  for _, challenge in ipairs(self.options.look == false and {} or challenges or {}) do
    local way = way_of(managed, challenge.name) or {}
    if way.look ~= false and challenge.method ~= "email" then
      local seen, why = look[challenge.method](challenge, self.options)
      if not seen then
        return {ready = false, why = why}
      end
    end
  end
  return {ready = true}
end

local prove = {}

---@param options? {look?: boolean, timeout?: number, http_at?: string, dns_at?: string, run?: function,
---  page?: function} look: false looks nothing up; http_at, dns_at: where it is looked up instead of where names lead
---  ("host:port");
---  page: what gets a page, as reseal.curl's; run: what runs a program, default reseal.system's
---@return reseal.order.Prove
function prove.new(options)
  return setmetatable({options = options or {}}, Prove)
end

return prove
