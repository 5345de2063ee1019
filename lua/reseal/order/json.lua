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

--- Adds the pieces of a value to a list of `n` pieces.
---@return integer n
local function write(value, depth, out, n)
  local kind = type(value)
  if kind == "string" then
    out[n + 1] = quoted(value)
    return n + 1
  elseif kind == "number" then
    out[n + 1] = number(value)
    return n + 1
  elseif kind == "boolean" then
    out[n + 1] = tostring(value)
    return n + 1
  elseif kind ~= "table" or depth > 50 then
    error("JSON has no " .. (kind == "table" and "tables that are nested so deeply" or kind), 0)
  elseif is_list(value) then
    for i, item in ipairs(value) do
      out[n + 1] = i == 1 and "[" or ","
      n = write(item, depth + 1, out, n + 1)
    end
    out[n + 1] = "]"
    return n + 1
  end
  local keys, count = {}, 0
  for key in pairs(value) do
    if type(key) ~= "string" then
      error("JSON has no objects with a " .. type(key) .. " for a name", 0)
    end
    count = count + 1
    keys[count] = key
  end
  table.sort(keys)
  for i = 1, count do
    local key = keys[i]
    out[n + 1], out[n + 2], out[n + 3] = i == 1 and "{" or ",", quoted(key), ":"
    n = write(value[key], depth + 1, out, n + 3)
  end
  out[n + 1] = count == 0 and "{}" or "}"
  return n + 1
end

--- The value as one line of JSON, names sorted. An empty table is `{}`. What JSON can't hold raises.
---@param value any
---@return string
function json.encode(value)
  local out = {}
  return table.concat(out, "", 1, write(value, 1, out, 0))
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
