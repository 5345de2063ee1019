--- Failures: the tables that calls return as `err`, which also read as text.

---@class reseal.Fault
---@field code string|integer the provider's own code, or one of ours
---@field message string one English sentence; never holds a secret
---@field param string|nil path of the parameter or option, such as `dcv[2].email`
---@field provider_code integer|nil the number with which the provider would have answered the same fault

---@class reseal.Failure
---@field class string invalid (refused here), transport (no whole answer), protocol (senseless), provider (its no)
---@field code string|integer the provider's own (`2011170`, `"ObjectExists"`), or ours (`"missing"`, `"timeout"`, …)
---@field message string one English sentence; never holds a secret
---@field outcome string not_sent, refused (nothing was done) or unknown: it may have been carried out, and paid for
---@field retry string now, later or never: whether the same call can succeed
---@field param string|nil path of the parameter or option at fault
---@field errors reseal.Fault[] every fault, the first being the one above
---@field category string|nil auth, funds, promotion, parameter, state, throttle, upstream, internal
---@field http_status integer|nil
---@field retry_after number|nil seconds, when the answer asked for a pause; a day at most
---@field offset integer|nil bytes of the body before the place where the answer stops making sense, or breaks off
---@field handle integer|string|nil the order or certificate that the answer named although it failed: keep it
---@field details table|nil what else the provider's error carries, such as the `quote` to be acknowledged
---@field received integer|nil bytes of the body that had come, of an answer that was cut in it
---@field advice string|nil what to do about it
---@field attempts integer|nil how many times it was sent, when more than once
---@field provider string|nil
---@field method string|nil

local failure = {}

local MOST_SHOWN = 10 -- faults in the text of a failure; `errors` has all

local Failure = {}

function Failure.__tostring(err)
  local where = {}
  where[#where + 1] = err.provider
  where[#where + 1] = err.method
  local faults, all = {}, #(err.errors or {}) > 0 and err.errors or {err}
  for i = 1, math.min(#all, MOST_SHOWN) do
    faults[i] = tostring(all[i].code) .. " " .. tostring(all[i].message)
  end
  if #all > MOST_SHOWN then
    faults[#faults + 1] = "and " .. #all - MOST_SHOWN .. " more"
  end
  local text = table.concat(faults, "; ") .. " (" .. tostring(err.outcome) .. ")"
  return #where > 0 and table.concat(where, " ") .. ": " .. text or text
end

function Failure.__concat(a, b)
  return tostring(a) .. tostring(b)
end

--- Makes a failure of a plain table, in place.
---@param err table
---@param provider string|nil
---@param method string|nil
---@return reseal.Failure
function failure.wrap(err, provider, method)
  err.provider = provider
  err.method = method
  err.errors = err.errors or {{code = err.code, message = err.message, param = err.param}}
  return setmetatable(err, Failure)
end

--- What was refused before anything was sent.
---@param faults reseal.Fault[] one at least
---@param provider string|nil
---@param method string|nil
---@return reseal.Failure
function failure.invalid(faults, provider, method)
  local first = faults[1]
  return failure.wrap({
    class = "invalid",
    code = first.code,
    message = first.message,
    param = first.param,
    errors = faults,
    outcome = "not_sent",
    retry = "never",
  }, provider, method)
end

-- Trying again doesn't mend these by itself.
local PERMANENT = {
  tls = true, bad_url = true, bad_header = true, bad_method = true, too_large = true, transport = true,
}

--- What a transport could not do. The outcome follows from what may have left and from what the call does:
---
---   nothing sent            -> not_sent;  retry later
---   sent, effect read       -> refused;   retry later
---   sent, change, purchase  -> unknown;   retry never
---
--- The provider need not have said no to a read that was sent: `refused`, since a read does nothing. `retry` is never,
--- too, for codes that stay (tls, bad_url, bad_header, bad_method, too_large, transport).
---@param reason table {code=, message=, sent=}; `sent` other than false counts as sent
---@param effect "read"|"change"|"purchase"
---@param provider string
---@param method string
---@return reseal.Failure
function failure.transport(reason, effect, provider, method)
  local code = type(reason.code) == "string" and reason.code or "transport"
  local outcome = "not_sent"
  if reason.sent ~= false then
    outcome = effect == "read" and "refused" or "unknown"
  end
  return failure.wrap({
    class = "transport",
    code = code,
    message = type(reason.message) == "string" and reason.message or "The transport failed without saying why.",
    outcome = outcome,
    retry = (outcome == "unknown" or PERMANENT[code]) and "never" or "later",
  }, provider, method)
end

--- An answer that was cut in its body: the codec tells what its head means, the transport what happened.
---@param reason table as for `transport`; also `received`
---@param told table what the codec makes of the head
---@param effect "read"|"change"|"purchase"
---@param provider string
---@param method string
---@return reseal.Failure
function failure.cut(reason, told, effect, provider, method)
  local plain = failure.transport({code = reason.code, message = reason.message}, effect, provider, method)
  told.class, told.code, told.errors = "transport", plain.code, nil
  told.message = plain.message .. ": " .. told.message
  told.received = reason.received
  if told.outcome == "unknown" then
    told.retry = "never"
  elseif PERMANENT[plain.code] then
    told.retry, told.advice = "never", nil
  end
  return failure.wrap(told, provider, method)
end

return failure
