--- The windows in which an account may call only so often. Off until a scenario or POST /_sandbox/throttle sets them.

local state = require "reseal.sandbox.state"

local throttle = {}

local WINDOWS = { minute = 60, hour = 3600, day = 86400 }

-- how Namecheap says no; Realtime Register has one way only (429)
local FORMS = { ["405"] = "throttle_405", ["500000"] = "throttle_500000", html = "html" }

local settings, calls = {}, {}

---@param wanted {minute?: integer, hour?: integer, day?: integer, form?: "405"|"500000"|"html"} calls in each window,
---  absent: no limit; form: default 405
function throttle.set(wanted)
  settings, calls = wanted, {}
end

function throttle.settings()
  return settings
end

--- Counts a call of an account by the sandbox's clock. One that is refused isn't counted.
---@param provider string
---@param account string
---@return string|nil fault the fault that tells how the call is refused; nil: it isn't
function throttle.take(provider, account)
  if not (settings.minute or settings.hour or settings.day) then return nil end
  local key, now = provider .. " " .. account, state.now()
  local kept = {}
  local counts = { minute = 0, hour = 0, day = 0 }
  for _, time in ipairs(calls[key] or {}) do
    local age = now - time
    -- calls of the future: the clock was set back
    if age >= 0 and age < WINDOWS.day then
      kept[#kept + 1] = time
      for name, length in pairs(WINDOWS) do
        if age < length then counts[name] = counts[name] + 1 end
      end
    end
  end
  calls[key] = kept
  for name, count in pairs(counts) do
    if settings[name] and count >= settings[name] then
      return provider == "namecheap" and FORMS[settings.form or "405"] or "throttle_500000"
    end
  end
  kept[#kept + 1] = now
  return nil
end

return throttle
