--- JSON as the journal keeps it: one line, the same bytes for the same table on every Lua, integers exact.

local cjson = require "cjson.safe"

local json = {}

local ESCAPES = {['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t"}
local LARGEST = 2 ^ 53

local function escaped(c)
  return ESCAPES[c] or ("\\u%04x"):format(c:byte())
end

local function quoted(text)
  if text:find '[%c"\\]' then
    text = text:gsub('[%c"\\]', escaped)
  end
  return '"' .. text .. '"'
end

local function number(value)
  if value ~= value or value == math.huge or value == -math.huge then
    error("JSON has no such number", 0)
  elseif value % 1 == 0 and value > -LARGEST and value < LARGEST then
    return ("%d"):format(value)
  end
  return (("%.17g"):format(value):gsub(",", "."))
end

local function is_list(value)
  if value[1] == nil then
    return false
  end
  local count = 0
  for _ in pairs(value) do
    count = count + 1
  end
  return count == #value
end

local function write(value, depth)
  local kind = type(value)
  if kind == "string" then
    return quoted(value)
  elseif kind == "number" then
    return number(value)
  elseif kind == "boolean" then
    return tostring(value)
  elseif kind ~= "table" or depth > 50 then
    error("JSON has no " .. (kind == "table" and "tables that are nested so deeply" or kind), 0)
  end
  local parts = {}
  if is_list(value) then
    for i, item in ipairs(value) do
      parts[i] = write(item, depth + 1)
    end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  local keys = {}
  for key in pairs(value) do
    if type(key) ~= "string" then
      error("JSON has no objects with a " .. type(key) .. " for a name", 0)
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for i, key in ipairs(keys) do
    parts[i] = quoted(key) .. ":" .. write(value[key], depth + 1)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- The value as one line of JSON, names sorted. An empty table is `{}`. What JSON can't hold raises.
---@param value any
---@return string
function json.encode(value)
  return write(value, 1)
end

--- Numbers as they were: whole ones are integers, in every Lua.
local function plain(value)
  if value == cjson.null then
    return nil
  elseif type(value) == "number" and value % 1 == 0 and value > -LARGEST and value < LARGEST then
    return math.type and math.floor(value) or value
  elseif type(value) == "table" then
    for key, inner in pairs(value) do
      value[key] = plain(inner)
    end
  end
  return value
end

--- The value of a JSON text; null is nil.
---@param text string
---@return any
---@return string|nil message
function json.decode(text)
  local value, message = cjson.decode(text)
  if value == nil then
    return nil, message
  end
  return plain(value)
end

return json
