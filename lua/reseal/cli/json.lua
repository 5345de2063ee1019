--- Writes JSON: the same bytes for the same table, integers as integers on every Lua, and lists that are known to be
--- lists even when empty. lua-cjson can't do these three, and reads well enough.

local cjson = require "cjson"
local known_fields = require "reseal.cli.fields"

local json = {}

local ESCAPES = {['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t"}

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(c)
    return ESCAPES[c] or ("\\u%04x"):format(c:byte())
  end) .. '"'
end

local function number(value)
  if value ~= value or value == math.huge or value == -math.huge then
    error("JSON has no such number", 0)
  end
  if value % 1 == 0 and value > -2 ^ 53 and value < 2 ^ 53 then
    return ("%d"):format(value)
  end
  return (("%.17g"):format(value):gsub(",", "."))
end

local function is_array(value)
  local count = 0
  for _ in pairs(value) do
    count = count + 1
  end
  return count > 0 and count == #value
end

local write

local function write_items(value, field, indent)
  local deeper = indent .. "  "
  local parts = {}
  if is_array(value) or (field and field.type == "list" and next(value) == nil) then
    for i, item in ipairs(value) do
      parts[i] = deeper .. write(item, field and {fields = field.fields}, deeper)
    end
    return #parts == 0 and "[]" or "[\n" .. table.concat(parts, ",\n") .. "\n" .. indent .. "]"
  end
  local keys = {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    return tostring(a) < tostring(b)
  end)
  for i, key in ipairs(keys) do
    local inner = known_fields.find(field and field.fields, key)
    parts[i] = deeper .. quoted(tostring(key)) .. ": " .. write(value[key], inner, deeper)
  end
  return #parts == 0 and "{}" or "{\n" .. table.concat(parts, ",\n") .. "\n" .. indent .. "}"
end

function write(value, field, indent)
  local kind = type(value)
  if kind == "table" then
    return write_items(value, field, indent)
  elseif kind == "string" then
    return quoted(value)
  elseif kind == "number" then
    return number(value)
  elseif kind == "boolean" then
    return tostring(value)
  end
  error("JSON has no " .. kind, 0)
end

--- The table as JSON text, keys sorted.
---@param value table
---@param field table|nil what is known of it: {type = "list"|"object", fields = {{name=, type=, fields=}, …}}
---@return string
function json.encode(value, field)
  return write(value, field, "")
end

--- A JSON text as a Lua value: null is nil, and lists may hold none.
---@param text string
---@return any
---@return string|nil message what is wrong; nothing is rounded
function json.decode(text)
  local ok, value = pcall(cjson.decode, "[" .. text .. "]")
  if not ok or #value ~= 1 then
    return nil, "is not JSON"
  end
  local function plain(item)
    if item == cjson.null then
      return nil
    elseif type(item) == "number" and (item >= 2 ^ 53 or item <= -2 ^ 53) then
      error("holds a number too large to be exact: write it as a string", 0)
    elseif type(item) == "table" then
      for key, inner in pairs(item) do
        if inner == cjson.null and type(key) == "number" then
          error("holds a null in a list", 0)
        end
        item[key] = plain(inner)
      end
    end
    return item
  end
  local message
  ok, message = pcall(function()
    value = plain(value[1])
  end)
  if not ok then
    return nil, message
  end
  return value
end

return json
