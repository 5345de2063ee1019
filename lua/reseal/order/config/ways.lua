--- How control of names is proved, and where certificates are installed.

local calendar = require "reseal.order.calendar"
local nearest = require "reseal.nearest"
local report_of = require "reseal.order.config.report"

local shown, text_of = report_of.shown, report_of.path_text

local METHODS = {"http", "dns", "email"}
local WAY_FIELDS = {"method", "webroot", "hook", "address", "timeout", "look"}
local INSTALL_FIELDS = {"folder", "hook", "timeout", "check", "vocabulary"}
local LONGEST_TIMEOUT = 3600

local function set(list)
  local found = {}
  for _, item in ipairs(list) do
    found[item] = true
  end
  return found
end

local WAY = {list = WAY_FIELDS, set = set(WAY_FIELDS)}
local INSTALL = {list = INSTALL_FIELDS, set = set(INSTALL_FIELDS)}

local ways = {}

local function check_way(self, way, path, now)
  if type(way) ~= "table" then
    self:fault(path, "bad_type", ('%s must be a table such as {method = "http", webroot = "/var/www/html"}'):format(
      text_of(path)))
    return nil
  end
  local function at(field)
    local list = {}
    for i, step in ipairs(path) do
      list[i] = step
    end
    list[#list + 1] = field
    return list
  end
  local where = text_of(path)
  self:unknown(way, WAY, path, "a proof of control")
  local method = way.method
  if method ~= "http" and method ~= "dns" and method ~= "email" then
    local meant = type(method) == "string" and nearest(method, METHODS)
    self:fault(at "method", method == nil and "missing" or "not_allowed",
      ("%s.method must be http, dns or email%s"):format(where, meant and ("; did you mean %s?"):format(meant)
        or method ~= nil and ", not " .. shown(method) or ""))
    return nil
  end
  local made = {
    method = method, hook = self:argv(at "hook", way.hook),
    webroot = self:folder(at "webroot", way.webroot, "a folder"), look = way.look,
    timeout = self:number(at "timeout", way.timeout, "seconds", 1, LONGEST_TIMEOUT),
  }
  if way.look ~= nil and type(way.look) ~= "boolean" then
    self:fault(at "look", "bad_type", where .. ".look must be true or false")
  end
  if method == "email" then
    local address = way.address
    made.address = address
    if type(address) ~= "string" or not address:find "^[^%s@]+@[%w.-]+%.[%w-]+$" then
      self:fault(at "address", address == nil and "missing" or "bad_format",
        where .. ".address must be the e-mail address that is asked, such as admin@example.com")
    end
    if not calendar.email(now) then
      self:fault(at "method", "not_allowed",
        ("%s: control is not proved by e-mail any more since %s; choose http or dns"):format(where,
          os.date("!%Y-%m-%d", calendar.EMAIL_ENDS)))
    else
      self:warn(at "method", "ends", ("%s: e-mail waits for a person each time, and proves nothing from %s on"):format(
        where, os.date("!%Y-%m-%d", calendar.EMAIL_ENDS)))
    end
  elseif way.address ~= nil then
    self:fault(at "address", "conflict", ("%s.address goes with the method email"):format(where))
  end
  if method ~= "http" and way.webroot ~= nil then
    self:fault(at "webroot", "conflict", ("%s.webroot goes with the method http"):format(where))
  elseif method == "http" and (way.webroot == nil) == (way.hook == nil) then
    self:fault(path, way.hook and "conflict" or "missing", ("%s: http needs either a webroot, the folder that the web "
      .. "server shows, or a hook, a program that publishes"):format(where))
  elseif method == "dns" and way.hook == nil then
    self:fault(at "hook", "missing", ("%s.hook is missing: dns needs a program that sets the record"):format(where))
  elseif method == "email" and way.hook ~= nil then
    self:fault(at "hook", "conflict", ("%s.hook goes with http or dns"):format(where))
  end
  return made
end

--- One way for all names may be written as it is, in place of {["*"] = way}.
local function is_way(prove)
  if type(prove.method) ~= "string" and prove.method ~= nil then
    return false
  end
  for key in pairs(prove) do
    if WAY.set[key] then
      return true
    end
  end
  return false
end

--- Checks `prove`.
---@param self reseal.order.Check
---@return table<string, table>|nil
function ways.prove(self, entry, names, now)
  local prove = entry.prove
  if prove == nil then
    self:fault({"prove"}, "missing", 'prove is missing: how control of the names is proved, such as {method = "http", '
      .. 'webroot = "/var/www/html"}')
    return nil
  elseif type(prove) ~= "table" then
    self:fault({"prove"}, "bad_type", 'prove must be a table such as {method = "http", webroot = "/var/www/html"}, or '
      .. "one of such tables by name")
    return nil
  end
  local made, single = {}, is_way(prove)
  local by_name = single and {["*"] = prove} or prove
  local keys = {}
  for key in pairs(by_name) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  local has = names and set(names) or {}
  for _, key in ipairs(keys) do
    if key ~= "*" and names and not has[key] and self.strict_names then
      local meant = type(key) == "string" and nearest(key, names)
      self:fault({"prove", key}, "not_allowed", ("prove: %s is none of the names%s"):format(shown(key),
        meant and ("; did you mean %s?"):format(meant) or ""))
    end
    made[key] = check_way(self, by_name[key], single and {"prove"} or {"prove", key}, now)
  end
  for _, name in ipairs(names or {}) do
    local way = by_name[name] or by_name["*"]
    if way == nil then
      self:fault({"prove"}, "missing",
        ('prove: nothing says how control of %s is proved (["*"] is for all other names)'):format(shown(name)))
    elseif type(way) == "table" and way.method == "http" and type(name) == "string" and name:sub(1, 2) == "*." then
      self:fault({"prove"}, "not_allowed",
        ("prove: control of %s can't be proved by a file: a wildcard takes dns or email"):format(name))
    end
  end
  return made
end

local function is_address(text)
  local host, port = text:match "^(.+):(%d+)$"
  port = tonumber(port)
  return host and port >= 1 and port <= 65535 and (host:find "^%[[%x:]+%]$" or host:find "^[%w.-]+$") and true or false
end

--- Checks `install`.
---@param self reseal.order.Check
---@param live string|nil the folder below which a certificate is put that names none
---@return table|nil
function ways.install(self, entry, live)
  local install = entry.install
  if install == nil then
    install = {}
  elseif type(install) ~= "table" then
    self:fault({"install"}, "bad_type", 'install must be a table such as {folder = "/etc/ssl/example.com", hook = '
      .. '{"systemctl", "reload", "nginx"}}')
    return nil
  end
  self:unknown(install, INSTALL, {"install"}, "install")
  local made = {
    folder = self:folder({"install", "folder"}, install.folder, "a folder"),
    hook = self:argv({"install", "hook"}, install.hook),
    timeout = self:number({"install", "timeout"}, install.timeout, "seconds", 1, LONGEST_TIMEOUT),
    check = install.check, vocabulary = install.vocabulary,
  }
  if install.folder == nil then
    made.folder = live and self.name and live .. "/" .. self.name:gsub("%*", "_") or nil
    if not live then
      self:fault({"install", "folder"}, "missing", "install.folder is missing: where key and certificate are put")
    end
  end
  local check = install.check
  if check ~= nil and check ~= false and not (type(check) == "string" and is_address(check)) then
    self:fault({"install", "check"}, "bad_value",
      'install.check must be the "host:port" where the certificate is served, or false, not ' .. shown(check))
  end
  if install.vocabulary ~= nil and install.vocabulary ~= "dehydrated" then
    self:fault({"install", "vocabulary"}, "not_allowed", "install.vocabulary must be dehydrated, or left out, not "
      .. shown(install.vocabulary))
  end
  return made
end

ways.is_way = is_way

return ways
