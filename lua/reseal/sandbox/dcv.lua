--- Domain control validation: looks whether what a certification authority would look for is really published.
--
-- Nothing outside this machine is asked. All names are taken to be at one web server and in one DNS server, both on
-- loopback addresses that POST /_sandbox/dcv (or a scenario) names; while these are unset, nothing is proved.
--
-- luacheck: globals ngx

local Dcv = {
  -- why control that is proved by mail is not proved
  MAIL = "waits for POST /_sandbox/approve",
}
Dcv.__index = Dcv

local TIMEOUT = 2000        -- milliseconds for each step
local LARGEST = 16384       -- bytes of an answer
local FOLDER = "/.well-known/pki-validation/"
local NO_LIBRARY = "no DNS library is there; install lua-nginx-dns (Debian, Ubuntu) or lua-resty-dns"

--- Splits "127.0.0.1:5353".
---@return string|nil address nil when it is not a loopback address with a port
---@return integer|nil port
function Dcv.read_address(text)
  local address, port = tostring(text):match("^(.+):(%d+)$")
  port = tonumber(port)
  if not port or port < 1 or port > 65535 then
    return nil
  end
  if address == "localhost" then
    address = "127.0.0.1"
  end
  if address ~= "[::1]" and not address:find("^127%.%d+%.%d+%.%d+$") then
    return nil
  end
  return address, port
end

---@class reseal.sandbox.Dcv
---@field settings {http: string|nil, dns: string|nil, interval: number} addresses; seconds (of real time) between two
---  looks at all open orders
---@field rounds integer how often the regular looks were started; earlier ones end

--- Nobody looks before start().
---@param at {http?: string, dns?: string} where to look at first, and after reset()
---@return reseal.sandbox.Dcv
function Dcv.new(at)
  local dcv = setmetatable({first = {http = at.http, dns = at.dns, interval = 1}, watched = {}, rounds = 0}, Dcv)
  dcv:reset()
  return dcv
end

--- Says where to look.
---@param wanted {http?: string|false, dns?: string|false, interval?: number} addresses such as "127.0.0.1:8080",
---  false: nowhere; what is not told stays
function Dcv:configure(wanted)
  local now = {}
  for _, name in ipairs {"http", "dns", "interval"} do
    now[name] = self.settings[name]
    if wanted[name] ~= nil then
      now[name] = wanted[name] or nil
    end
  end
  self.settings = now
  if self.rounds > 0 then
    self:start()
  end
end

--- Back to what new() was told.
function Dcv:reset()
  self.settings = self.first
end

local function words(text)
  local list = {}
  for word in text:gmatch("%S+") do
    list[#list + 1] = word
  end
  return table.concat(list, " ")
end

local function bare(name)
  return (name:lower():gsub("%.$", ""))
end

--- Reads until the other side closes.
local function receive_all(socket)
  local parts, size = {}, 0
  while true do
    local part, message = socket:receiveany(LARGEST)
    if not part then
      return message == "closed" and table.concat(parts) or nil, message
    end
    parts[#parts + 1], size = part, size + #part
    if size > LARGEST then
      return nil, ("it is larger than %d bytes"):format(LARGEST)
    end
  end
end

local function fetch(server, name, path)
  local address, port = Dcv.read_address(server)
  local socket = ngx.socket.tcp()
  socket:settimeout(TIMEOUT)
  local ok, message = socket:connect(address, port)
  local answer
  if ok then
    -- HTTP/1.0: the answer comes in one piece
    ok, message = socket:send(("GET %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: reseal-sandbox\r\n\r\n"):format(path, name))
    if ok then
      answer, message = receive_all(socket)
    end
    socket:close()
  end
  if not answer then
    return nil, message
  end
  local status, rest = answer:match("^HTTP/1%.%d (%d%d%d)[^\r\n]*\r?\n(.*)$")
  if not status then
    return nil, "it is no HTTP answer"
  end
  if status ~= "200" then
    return nil, "it answers " .. status
  end
  local body = ("\n" .. rest):match("\r?\n\r?\n(.*)$")
  if not body then
    return nil, "it ends within its head"
  end
  return body
end

local look_for = {}

--- A file at http://<name>/.well-known/pki-validation/<expected.file>, word for word expected.content.
function look_for.http(settings, name, expected)
  if not settings.http then
    return false, "no web server is configured (POST /_sandbox/dcv)"
  end
  local path = FOLDER .. expected.file
  local body, message = fetch(settings.http, name, path)
  local url = ("http://%s%s"):format(name, path)
  if not body then
    return false, ("%s: %s"):format(url, message)
  end
  if words(body) ~= words(expected.content) then
    return false, url .. ": its content is another"
  end
  return true
end

local function new_resolver(server)
  local found, library = pcall(require, "nginx.dns.resolver")
  if not found then
    found, library = pcall(require, "resty.dns.resolver")
  end
  if not found then
    return nil, NO_LIBRARY
  end
  local address, port = Dcv.read_address(server)
  return library:new {nameservers = {{address, port}}, retrans = 1, timeout = TIMEOUT}
end

--- The values of all records of a kind at a name.
local function look_up(server, name, kind)
  local resolver, message = new_resolver(server)
  if not resolver then
    return nil, message
  end
  local answers
  answers, message = resolver:query(name, {qtype = resolver["TYPE_" .. kind]})
  if not answers then
    return nil, message
  end
  if answers.errcode then
    return nil, answers.errstr
  end
  local values = {}
  for _, record in ipairs(answers) do
    if record.type == resolver["TYPE_" .. kind] and bare(record.name) == bare(name) then
      local value = kind == "CNAME" and record.cname or record.txt
      -- the strings of one TXT record belong together
      values[#values + 1] = type(value) == "table" and table.concat(value) or value
    end
  end
  if not values[1] then
    return nil, "there is none"
  end
  return values
end

local function check_record(settings, name, kind, expected, normal)
  if not settings.dns then
    return false, "no DNS server is configured (POST /_sandbox/dcv)"
  end
  local values, message = look_up(settings.dns, name, kind)
  if not values then
    return false, ("%s of %s: %s"):format(kind, name, message)
  end
  for _, value in ipairs(values) do
    if normal(value) == normal(expected) then
      return true
    end
  end
  return false, ("%s of %s: it is %s"):format(kind, name, table.concat(values, ", "))
end

--- A CNAME record at `name` that points to `expected`, in any letter case, with or without a last dot.
function look_for.cname(settings, name, expected)
  return check_record(settings, name, "CNAME", expected, bare)
end

--- A TXT record at `name` that says `expected`.
function look_for.txt(settings, name, expected)
  return check_record(settings, name, "TXT", expected, words)
end

function look_for.email()
  return false, Dcv.MAIL
end

--- Looks once. May yield.
---@param method "http"|"cname"|"txt"|"email"
---@param name string http: the domain; cname, txt: the record's whole name; email: the domain
---@param expected {file: string, content: string}|string http: the file's name and content; cname, txt: the value
---@return boolean proved
---@return string|nil why not
function Dcv:check(method, name, expected)
  return look_for[method](self.settings, name, expected)
end

---@class reseal.sandbox.challenge
---@field method "http"|"cname"|"txt"|"email"
---@field name string as in check
---@field expected any as in check
---@field proved boolean|nil
---@field why string|nil the reason of the last look

--- Looks at those of an order's challenges that are not proved yet, and notes in each what was seen. May yield.
---@param challenges reseal.sandbox.challenge[]
---@return boolean all_proved
function Dcv:prove(challenges)
  local all = true
  for _, challenge in ipairs(challenges) do
    if not challenge.proved then
      challenge.proved, challenge.why = self:check(challenge.method, challenge.name, challenge.expected)
      all = all and challenge.proved
    end
  end
  return all
end

--- From now on looks at a provider's open orders, by its look().
---@param provider {look: fun(self: table)}
function Dcv:watch(provider)
  self.watched[#self.watched + 1] = provider
end

--- Looks at all open orders. May yield.
function Dcv:look()
  for _, provider in ipairs(self.watched) do
    local ok, message = pcall(provider.look, provider)
    if not ok then
      ngx.log(ngx.ERR, message)
    end
  end
end

--- Looks at all open orders at once, besides the regular times and after the present call.
function Dcv:soon()
  ngx.timer.at(0, function(premature)
    if not premature then
      self:look()
    end
  end)
end

--- Starts the regular looks, or starts them anew with another interval.
function Dcv:start()
  self.rounds = self.rounds + 1
  local mine = self.rounds
  local function run(premature)
    if premature or mine ~= self.rounds then
      return
    end
    self:look()
    if mine == self.rounds then
      assert(ngx.timer.at(self.settings.interval, run))
    end
  end
  assert(ngx.timer.at(self.settings.interval, run))
end

return Dcv
