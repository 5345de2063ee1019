--- Tells who started a daemon how it goes, where somebody asks: systemd's protocol, by datagrams to NOTIFY_SOCKET.

local system = require "reseal.system"

---@class reseal.cli.Daemon
local Daemon = {}
Daemon.__index = Daemon

--- Sends a message. That nobody hears it is no reason to end.
function Daemon:send(message)
  if self.socket then
    system.notify(self.socket, message)
  end
end

--- It lives: sent as often as the watchdog asks, half of its time apart.
function Daemon:tick()
  if not self.is_ready then
    self.is_ready = true
    self:send "READY=1"
  end
  local now = system.now()
  if self.every and now >= (self.sent or 0) + self.every then
    self.sent = now
    self:send "WATCHDOG=1"
  end
end

--- In what state it is, for people.
---@param words string
function Daemon:status(words)
  if self.words ~= words then
    self.words = words
    self:send("STATUS=" .. words:gsub("%s+", " "))
  end
end

--- The configuration is read again; `tick` says when it is done.
function Daemon:reloading()
  self:send(("RELOADING=1\nMONOTONIC_USEC=%.0f"):format(system.now() * 1e6))
  self.is_ready = false
end

function Daemon:stopping()
  self:send "STOPPING=1"
end

local daemon = {}

--- Makes one from the environment.
---@return reseal.cli.Daemon
function daemon.new()
  local socket = os.getenv "NOTIFY_SOCKET"
  local time, pid = tonumber(os.getenv "WATCHDOG_USEC" or nil), os.getenv "WATCHDOG_PID"
  local is_ours = not pid or pid == "" or tonumber(pid) == system.pid()
  return setmetatable({
    socket = socket ~= "" and socket or nil, every = time and time > 0 and is_ours and time / 2e6 or nil,
  }, Daemon)
end

return daemon
