--- lua-cjson with what its plain 2.1.0 lacks: empty arrays, and refusal of numbers that JSON does not have.

local cjson = require("cjson").new()

cjson.decode_invalid_numbers(false)

local json = {null = cjson.null}

-- nobody who talks to the sandbox can know this word, so no value of theirs can turn into []
local EMPTY_ARRAY = "[]" .. tostring({}):gsub("%W", "")

--- Marks a table as an array, so that an empty one is written `[]`.
function json.array(list)
  return #list > 0 and list or EMPTY_ARRAY
end

---@return string
function json.encode(value)
  local text = cjson.encode(value):gsub('"%[%]' .. EMPTY_ARRAY:sub(3) .. '"', "[]")
  return text
end

---@return any|nil value
---@return string|nil message
function json.decode(text)
  local ok, value = pcall(cjson.decode, text)
  if not ok then
    return nil, (tostring(value):gsub("^.-: ", ""))
  end
  return value
end

--- An object of JSON: a table without array items. An empty array passes too, lua-cjson can't tell.
function json.is_object(value)
  return type(value) == "table" and #value == 0
end

function json.is_array(value)
  return type(value) == "table" and (#value > 0 or next(value) == nil)
end

return json
