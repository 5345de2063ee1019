--- The windows in which an account may call only so often. Off until a scenario or POST /_sandbox/throttle sets them.

local Throttle = {}
Throttle.__index = Throttle

local WINDOWS = {minute = 60, hour = 3600, day = 86400}

---@class reseal.sandbox.Throttle
---@field settings {minute?: integer, hour?: integer, day?: integer, form?: string}

---@param clock reseal.sandbox.Clock
---@return reseal.sandbox.Throttle
function Throttle.new(clock)
  return setmetatable({clock = clock, settings = {}, calls = {}}, Throttle)
end

---@param wanted {minute?: integer, hour?: integer, day?: integer, form?: string} calls in each window, absent: no
---  limit; form: one of a provider's `throttle_forms`, its first one unless told
function Throttle:set(wanted)
  self.settings, self.calls = wanted, {}
end

--- Counts a call of an account by the sandbox's clock. One that is refused isn't counted.
---@param provider reseal.sandbox.Provider
---@param account string
---@return string|nil fault the fault that tells how the call is refused; nil: it isn't
function Throttle:take(provider, account)
  local settings = self.settings
  if not (settings.minute or settings.hour or settings.day) then
    return nil
  end
  local key, now = provider.name .. " " .. account, self.clock:now()
  local kept = {}
  local counts = {minute = 0, hour = 0, day = 0}
  for _, time in ipairs(self.calls[key] or {}) do
    local age = now - time
    -- calls of the future: the clock was set back
    if age >= 0 and age < WINDOWS.day then
      kept[#kept + 1] = time
      for name, length in pairs(WINDOWS) do
        if age < length then
          counts[name] = counts[name] + 1
        end
      end
    end
  end
  self.calls[key] = kept
  for name, count in pairs(counts) do
    if settings[name] and count >= settings[name] then
      return provider.throttle_fault(settings.form)
    end
  end
  kept[#kept + 1] = now
  return nil
end

return Throttle
