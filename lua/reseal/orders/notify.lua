--- Tells a program what happened: one event as JSON on its standard input, until it ends with 0.

local json = require "reseal.order.json"
local system = require "reseal.system"

local LEASE = 300 -- seconds until one that was not delivered is another's to deliver
local TIMEOUT = 60

local notify = {}

--- Delivers what is to be told. What can't be delivered is tried again, when its lease is over; it holds nothing up.
---@param journal reseal.order.Journal
---@param argv string[]|nil the program and its arguments; nil: nobody is told, and nothing is taken
---@param log fun(level: string, text: string)
---@return integer delivered
function notify.deliver(journal, argv, log)
  if not argv then
    return 0
  end
  local delivered = 0
  local notices, err = journal:notices(nil, LEASE)
  if not notices then
    log("error", "the journal gave no events to be told: " .. tostring(err.message or err))
    return 0
  end
  for _, notice in ipairs(notices) do
    local code, why = system.run(argv, {stdin = json.encode(notice.event) .. "\n", timeout = TIMEOUT})
    if code == 0 then
      delivered = delivered + (journal:delivered(notice.event.id) and 1 or 0)
    else
      log("warning", ("the notify program was not told of event %d: %s"):format(notice.event.id,
        code and ("it ended with status %d"):format(code) or tostring(why)))
    end
  end
  return delivered
end

return notify
