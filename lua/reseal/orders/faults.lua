--- The failures of orders, in the shape of all others.

local failure = require "reseal.failure"

local faults = {}

--- What the journal could not do.
---@param err any
---@return reseal.Failure
function faults.journal(err)
  local is_table = type(err) == "table"
  return failure.wrap({
    class = "journal", code = is_table and err.code or "journal",
    message = "the journal: " .. tostring(is_table and err.message or err), outcome = "not_sent", retry = "later",
  })
end

--- What is wrong with what was given.
---@param code string
---@param message string
---@param param string|nil
---@return reseal.Failure
function faults.invalid(code, message, param)
  return failure.invalid {{code = code, message = message, param = param}}
end

--- A name that is none of the configuration's.
---@param name any
---@return reseal.Failure err with `unknown`, the name
function faults.unknown(name)
  local err = faults.invalid("not_allowed", ("no certificate is called %s"):format(tostring(name)), "names")
  err.unknown = tostring(name)
  return err
end

return faults
