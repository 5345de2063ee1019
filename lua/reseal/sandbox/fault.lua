--- Faults on demand: what goes wrong with the next answers.

local fault = {}

local PAGE = [[
<!DOCTYPE html>
<html><head><title>%s</title></head>
<body><h1>%s</h1><p>The sandbox was asked for this page.</p></body></html>
]]

-- executes: whether the request is carried out before things go wrong
local KINDS = {
  drop_before = { executes = false },
  drop_after_commit = { executes = true },
  truncate = { executes = true },
  slow = { executes = true },
  throttle_405 = { executes = false },
  throttle_500000 = { executes = false },
  html = { executes = false },
  status_5xx = { executes = false },
}

local waiting = {}

--- Names of all faults, sorted.
function fault.names()
  local names = {}
  for name in pairs(KINDS) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- Queues a fault for the next `times` requests that fit.
---@param wanted {fault: string, provider?: string, method?: string, times?: integer, seconds?: number,
---  status?: integer, after_commit?: boolean, clean?: boolean}
function fault.add(wanted)
  wanted.times = wanted.times or 1
  waiting[#waiting + 1] = wanted
end

function fault.clear()
  waiting = {}
end

--- The faults still waiting.
function fault.list()
  return waiting
end

--- The fault that hits this request, if any; it is used up by one.
---@param provider string
---@param method string|nil
---@return table|nil fault
---@return boolean executes whether the request is to be carried out
function fault.take(provider, method)
  for i, wanted in ipairs(waiting) do
    if (wanted.provider or provider) == provider
      and (not wanted.method or wanted.method:lower() == (method or ""):lower()) then
      wanted.times = wanted.times - 1
      if wanted.times == 0 then table.remove(waiting, i) end
      return wanted, KINDS[wanted.fault].executes or wanted.after_commit == true
    end
  end
  return nil, true
end

local function page(status, title)
  return { status = status, headers = { ["Content-Type"] = "text/html" }, body = PAGE:format(title, title) }
end

local alter = {}

function alter.drop_before() return { status = 0, drop = true } end
alter.drop_after_commit = alter.drop_before

function alter.truncate(wanted, answer)
  answer.cut = wanted.clean and "clean" or "closed"
  return answer
end

function alter.slow(wanted, answer)
  answer.delay = wanted.seconds or 5
  return answer
end

function alter.throttle_405() return page(405, "Not Allowed") end
function alter.throttle_500000(_, _, provider, request) return provider.throttled(request) end
function alter.html() return page(200, "Maintenance") end
function alter.status_5xx(wanted) return page(wanted.status or 502, "Server Error") end

--- The answer with the fault in it: `drop`, `cut` ("closed" or "clean") and `delay` (seconds) tell how to send it.
---@param wanted table
---@param answer table|nil the whole answer, when the request was carried out
---@return table answer
function fault.apply(wanted, answer, provider, request)
  return alter[wanted.fault](wanted, answer, provider, request)
end

return fault
