--- Faults on demand: what goes wrong with the next answers.

local Faults = {}
Faults.__index = Faults

local PAGE = [[
<!DOCTYPE html>
<html><head><title>%s</title></head>
<body><h1>%s</h1><p>The sandbox was asked for this page.</p></body></html>
]]

-- executes: whether the request is carried out before things go wrong; some: only those methods can go wrong so that
-- the provider names in its `hits`. What is not altered here the provider does when it answers: it finds the fault's
-- name in `request.fault`.
local KINDS = {
  drop_before = {executes = false},
  drop_after_commit = {executes = true},
  truncate = {executes = true},
  slow = {executes = true},
  throttle_405 = {executes = false},
  throttle_500000 = {executes = false},
  html = {executes = false},
  status_5xx = {executes = false},
  trouble = {executes = false},
  duplicate_answer = {executes = true},
  slow_body = {executes = true},
  old_certificate = {executes = true, some = true},
  wrong_key = {executes = true, some = true},
  no_chain = {executes = true, some = true},
  ca_failure = {executes = true, some = true},
}

---@class reseal.sandbox.Faults
---@field waiting table[]

---@return reseal.sandbox.Faults
function Faults.new()
  return setmetatable({waiting = {}}, Faults)
end

--- Names of all faults, sorted.
function Faults.names()
  local names = {}
  for name in pairs(KINDS) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- Queues a fault for the next `times` requests that fit.
---@param wanted {fault: string, provider?: string, method?: string, times?: integer, seconds?: number,
---  status?: integer, after_commit?: boolean, clean?: boolean}
function Faults:add(wanted)
  -- a copy: `times` counts down
  local copy = {}
  for name, value in pairs(wanted) do
    copy[name] = value
  end
  copy.times = wanted.times or 1
  self.waiting[#self.waiting + 1] = copy
end

function Faults:clear()
  self.waiting = {}
end

local function fits(wanted, provider, method)
  if (wanted.provider or provider.name) ~= provider.name then
    return false
  end
  if wanted.method and wanted.method:lower() ~= (method or ""):lower() then
    return false
  end
  return not KINDS[wanted.fault].some or (provider.hits[wanted.fault] or {})[method] == true
end

--- The fault that hits this request, if any; it is used up by one.
---@param provider reseal.sandbox.Provider
---@param method string|nil
---@return table|nil fault
---@return boolean executes whether the request is to be carried out
function Faults:take(provider, method)
  for i, wanted in ipairs(self.waiting) do
    if fits(wanted, provider, method) then
      wanted.times = wanted.times - 1
      if wanted.times == 0 then
        table.remove(self.waiting, i)
      end
      return wanted, KINDS[wanted.fault].executes or wanted.after_commit == true
    end
  end
  return nil, true
end

local function page(status, title)
  return {status = status, headers = {["Content-Type"] = "text/html"}, body = PAGE:format(title, title)}
end

local alter = {}

function alter.drop_before()
  return {status = 0, drop = true}
end
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

function alter.throttle_405()
  return page(405, "Not Allowed")
end
function alter.throttle_500000(_, _, provider, request)
  return provider:throttled(request)
end

--- One of the service's own errors.
function alter.trouble(wanted, _, provider, request)
  local kind = provider.troubles.usual
  for _, known in ipairs(provider.troubles) do
    if known == wanted.type then
      kind = known
    end
  end
  return provider:trouble(kind, request)
end

function alter.html()
  return page(200, "Maintenance")
end
function alter.status_5xx(wanted)
  return page(wanted.status or 502, "Server Error")
end

--- The answer with the fault in it: `drop`, `cut` ("closed" or "clean") and `delay` (seconds) tell how to send it.
--- `trickle` (seconds) sends the body in small pieces.
---@param wanted table
---@param answer table|nil the whole answer, when the request was carried out
---@return table answer
function Faults.apply(wanted, answer, provider, request)
  local change = alter[wanted.fault]
  return change and change(wanted, answer, provider, request) or answer
end

return Faults
