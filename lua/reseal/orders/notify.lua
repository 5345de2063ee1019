--- Tells a program what happened: one event as JSON on its standard input, until it ends with 0.

local json = require "reseal.order.json"
local system = require "reseal.system"

local LEASE = 300 -- seconds until one that was not delivered is tried again, here or by another process
local TIMEOUT = 60
local MOST_AGE = 7 * 86400 -- what is older is no news: a program that is named later is not told of years

---@class reseal.orders.Notify
local Notify = {}
Notify.__index = Notify

function Notify:failed(text)
  -- The same program would fail, or hang, for all others too: they wait.
  self.again_at = system.now() + LEASE
  self.log("warning", text)
end

--- Delivers what is to be told. After one that can't be delivered, nothing is for a while: it holds nothing up.
---@return integer delivered
function Notify:deliver()
  local delivered = 0
  while self.argv and system.now() >= self.again_at do
    -- One at a time, so that its lease outlasts it.
    local notices, err = self.journal:notices(nil, LEASE, 1)
    local notice = notices and notices[1]
    if not notices then
      self:failed("the journal gave no events to be told: " .. tostring(err.message or err))
    end
    if not notice then
      break
    end
    local event = notice.event
    local code, why
    if os.time() - event.at > MOST_AGE then
      self.log("warning", ("nobody was told of event %d of %s in a week: it is left out"):format(event.id,
        tostring(event.name)))
      code = 0
    else
      code, why = system.run(self.argv, {stdin = json.encode(event) .. "\n", timeout = self.timeout})
      delivered = delivered + (code == 0 and 1 or 0)
    end
    local ok = true
    if code == 0 then
      ok, err = self.journal:delivered(event.id)
    end
    if not ok then
      self:failed("the journal could not be told of a delivery: " .. tostring(err.message or err))
    elseif code ~= 0 then
      self:failed(("the notify program was not told of event %d: %s"):format(event.id,
        code and ("it ended with status %d"):format(code) or tostring(why)))
    end
  end
  return delivered
end

local notify = {}

---@param journal reseal.order.Journal
---@param argv string[]|nil the program and its arguments; nil: nobody is told, and nothing is taken
---@param log fun(level: string, text: string)
---@param timeout? number seconds; default 60
---@return reseal.orders.Notify
function notify.new(journal, argv, log, timeout)
  return setmetatable({journal = journal, argv = argv, log = log, timeout = timeout or TIMEOUT, again_at = 0}, Notify)
end

return notify
