--- Faults on demand: what goes wrong with the next answers.

local fault = {}

local PAGE = [[
<!DOCTYPE html>
<html><head><title>%s</title></head>
<body><h1>%s</h1><p>The sandbox was asked for this page.</p></body></html>
]]

-- the calls that show a certificate
local SHOWING = { getinfo = true, get = true, download = true }

-- executes: whether the request is carried out before things go wrong; only: the methods that can go wrong so. What
-- is not altered here the provider does when it answers: it finds the fault's name in `request.fault`.
local KINDS = {
  drop_before = { executes = false },
  drop_after_commit = { executes = true },
  truncate = { executes = true },
  slow = { executes = true },
  throttle_405 = { executes = false },
  throttle_500000 = { executes = false },
  html = { executes = false },
  status_5xx = { executes = false },
  trouble = { executes = false },
  duplicate_answer = { executes = true },
  slow_body = { executes = true },
  old_certificate = { executes = true, only = SHOWING },
  wrong_key = { executes = true, only = SHOWING },
  no_chain = { executes = true, only = SHOWING },
  ca_failure = { executes = true, only = { activate = true, reissue = true } },
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
  -- a copy: `times` counts down
  local copy = {}
  for name, value in pairs(wanted) do copy[name] = value end
  copy.times = wanted.times or 1
  waiting[#waiting + 1] = copy
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
    local only = KINDS[wanted.fault].only
    if (wanted.provider or provider) == provider
      and (not wanted.method or wanted.method:lower() == (method or ""):lower())
      and (not only or only[(method or ""):lower()]) then
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

function alter.slow_body(wanted, answer)
  answer.trickle = wanted.seconds or 5
  return answer
end

function alter.duplicate_answer(_, answer)
  answer.body = answer.body .. answer.body
  return answer
end

function alter.throttle_405() return page(405, "Not Allowed") end
function alter.throttle_500000(_, _, provider, request) return provider.throttled(request) end

--- One of the service's own errors.
function alter.trouble(wanted, _, provider, request)
  local kind = provider.TROUBLES.usual or "InternalSRSError"
  for _, known in ipairs(provider.TROUBLES) do
    if known == wanted.type then kind = known end
  end
  return provider.trouble(kind, request)
end

function alter.html() return page(200, "Maintenance") end
function alter.status_5xx(wanted) return page(wanted.status or 502, "Server Error") end

--- The answer with the fault in it: `drop`, `cut` ("closed" or "clean") and `delay` (seconds) tell how to send it.
--- `trickle` (seconds) sends the body in small pieces.
---@param wanted table
---@param answer table|nil the whole answer, when the request was carried out
---@return table answer
function fault.apply(wanted, answer, provider, request)
  local change = alter[wanted.fault]
  return change and change(wanted, answer, provider, request) or answer
end

return fault
