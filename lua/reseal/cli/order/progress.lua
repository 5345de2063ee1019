--- Shows what goes on: on a terminal one line that is written over and over beneath what happened; elsewhere a line for
--- each event, or JSON lines.

local json = require "reseal.order.json"
local output = require "reseal.cli.output"
local system = require "reseal.system"
local text = require "reseal.cli.text"

local WIDTH = 79

---@class reseal.cli.Progress
---@field failed boolean|nil what happens could not be written
local Progress = {}
Progress.__index = Progress

local ACTS = {
  served = "looks at what is installed", look = "asks the seller about it", successor = "looks for a successor",
  make_key = "makes a key", room = "looks for room", provable = "looks whether control can be proved",
  price = "asks for the price", clock = "compares the clocks", before = "notes what the account has",
  place = "places the order", find = "looks for what became of the order", challenge = "asks what is to be proved",
  publish = "publishes the proof", probe = "looks for the proof from here", nudge = "tells the seller to look",
  collect = "asks whether it is issued", accept = "checks what was issued", install = "installs it",
  verify = "looks at what is served", rollback = "puts back what was there", tidy = "takes the proof away",
}

--- A time as the commands show it.
---@param time integer epoch seconds
---@return string
local function stamp(time)
  return (os.date("!%Y-%m-%dT%H:%M:%SZ", time))
end

local function cut(shown)
  if #shown <= WIDTH then
    return shown
  end
  return (shown:sub(1, WIDTH - 3):gsub("[\192-\255][\128-\191]*$", "")) .. "..."
end

local function one_line(shown)
  return (text.tame(shown):gsub("%s+", " "))
end

--- Takes the line away that is written over.
function Progress:clear()
  if self.shown then
    io.stdout:write("\r", (" "):rep(self.shown), "\r")
    io.stdout:flush()
    self.shown = nil
  end
end

--- The line that is written over; nothing where it would not be.
---@param words string
function Progress:say(words)
  if not self.live then
    return
  end
  local line = cut(one_line(words))
  local length = select(2, line:gsub("[^\128-\191]", ""))
  io.stdout:write("\r", line, (" "):rep(math.max(0, (self.shown or 0) - length)))
  io.stdout:flush()
  self.shown = length
end

--- A line that stays.
---@param line string
function Progress:line(line)
  self:clear()
  self.failed = output.print(line) ~= output.EXIT.done or self.failed
end

--- What happened.
---@param event table of the journal
function Progress:event(event)
  if self.json then
    self:line(json.encode(event))
  elseif not self.quiet then
    self:line(("%s  %s  %s: %s"):format(stamp(event.at), one_line(event.name or event.account or "-"), event.kind,
      one_line(event.text or "")))
  end
end

--- What is being done.
function Progress:act(name, act)
  if ACTS[act] then
    self:say(("%s: %s"):format(name, ACTS[act]))
  end
end

local progress = {stamp = stamp, one_line = one_line}

--- Makes one.
---@param options table the command line's: json, quiet
---@return reseal.cli.Progress
function progress.new(options)
  return setmetatable({
    json = options.json, quiet = options.quiet,
    live = not options.json and not options.quiet and system.is_terminal(1),
  }, Progress)
end

return progress
