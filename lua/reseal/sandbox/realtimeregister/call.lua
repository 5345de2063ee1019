--- One call to Realtime Register: who calls, what is asked, and the answers that depend on it.

local answer = require "reseal.sandbox.realtimeregister.answer"

local Call = {}
Call.__index = Call

---@class reseal.sandbox.realtimeregister.Call
---@field request reseal.sandbox.request
---@field account table
---@field route {name: string, params: table, filters: table, ids: table}

---@return reseal.sandbox.realtimeregister.Call
function Call.new(request, account, route)
  return setmetatable({request = request, account = account, route = route}, Call)
end

--- Refuses: {type, message} and what else belongs to the type.
function Call:refuse(refusal)
  return answer.refuse(self.account, refusal)
end

--- Says that a thing was done, in an empty answer with its process.
function Call:done(status, process)
  local headers = {}
  if process and not self.account.odd.no_process_header then
    headers["X-Process-Id"] = tostring(process.id)
  end
  local done = answer.empty(status, headers)
  done.committed = true
  return done
end

--- The last value of a query parameter.
function Call:query(name)
  local value
  for _, pair in ipairs(self.request.query) do
    if pair[1] == name then
      value = pair[2]
    end
  end
  return value
end

--- A boolean of the query.
---@return boolean|nil value false when it isn't there
---@return table|nil refusal
function Call:query_flag(name)
  local value = self:query(name)
  if value == nil or value == "false" then
    return false
  end
  if value == "true" then
    return true
  end
  return nil, {type = "UnrecognizedPropertyException", property = name,
    message = ("Property '%s' must be true or false"):format(name)}
end

--- Leaves only the fields that the query asks for; the identifying one stays.
---@param identifying string
---@param nothing? boolean without a wish, only the identifying one stays
function Call:select(object, identifying, nothing)
  local wanted = nothing and {[identifying] = object[identifying]} or nil
  for _, pair in ipairs(self.request.query) do
    if pair[1] == "fields" then
      wanted = wanted or {[identifying] = object[identifying]}
      for field in pair[2]:gmatch("[^,%s]+") do
        wanted[field] = object[field]
      end
    end
  end
  return wanted or object
end

return Call
