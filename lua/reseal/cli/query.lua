--- One value out of a result: `CertificateDetails.Certificates.Certificate`, `SSL[1].HostName`, `SSL[*].CertificateID`.

local known_fields = require "reseal.cli.fields"
local nearest = require "reseal.nearest"
local text = require "reseal.cli.text"

local query = {}

--- A path as steps; "*" stands for all items of a list.
---@param path string
---@return (string|integer)[]|nil
---@return string|nil message
function query.parse(path)
  local steps, rest = {}, path
  while rest ~= "" do
    local index, after = rest:match("^%[(%*)%](.*)$")
    if not index then
      index, after = rest:match("^%[([1-9]%d?%d?%d?%d?%d?)%](.*)$")
    end
    local name
    if not index then
      name, after = rest:match(#steps == 0 and "^([^%.%[%]]+)(.*)$" or "^%.([^%.%[%]]+)(.*)$")
    end
    if not after then
      return nil, "'" .. path .. "' is not a path such as dcv[1].type or SSL[*].CertificateID"
    end
    steps[#steps + 1] = name or tonumber(index) or "*"
    rest = after
  end
  if #steps == 0 then
    return nil, "an empty path names no value"
  end
  return steps
end

local function shown_path(steps, count)
  local shown = ""
  for i = 1, count do
    local step = steps[i]
    if type(step) == "number" or step == "*" then
      shown = shown .. "[" .. (step == "*" and step or ("%d"):format(step)) .. "]"
    else
      shown = shown .. (shown == "" and "" or ".") .. step
    end
  end
  return shown
end

local function absent(value, steps, at)
  local names = {}
  for name in pairs(type(value) == "table" and value or {}) do
    names[#names + 1] = type(name) == "string" and name or nil
  end
  table.sort(names)
  local meant = type(steps[at]) == "string" and nearest(steps[at], names)
  return "the result has no " .. shown_path(steps, at) .. (meant and "; " .. meant .. " is nearest" or "")
end

local function follow(value, steps, at, field)
  local step = steps[at]
  if step == nil then
    return value, field
  elseif type(value) ~= "table" then
    return nil, nil, absent(value, steps, at)
  elseif step ~= "*" then
    local inner = value[step]
    if inner == nil then
      return nil, nil, absent(value, steps, at)
    end
    local known = type(step) == "string" and known_fields.find(field and field.fields, step)
    return follow(inner, steps, at + 1, known or type(step) == "number" and field and {fields = field.fields} or nil)
  end
  local all = {}
  for i, item in ipairs(value) do
    local found, _, message = follow(item, steps, at + 1, field and {fields = field.fields})
    if message then
      return nil, nil, message
    end
    all[i] = found
  end
  return all, {type = "list"}
end

--- The value at a path.
---@param value table
---@param steps (string|integer)[] of `query.parse`
---@param field table|nil what is known of the value
---@return any
---@return table|nil field what is known of that one
---@return string|nil message when there is none
function query.select(value, steps, field)
  return follow(value, steps, 1, field)
end

--- A value as it is, its last line ended; a list of such: one after the other.
---@param value any
---@return string
function query.text(value)
  if type(value) ~= "table" then
    local shown = text.scalar(value)
    return shown:sub(-1) == "\n" and shown or shown .. "\n"
  elseif not known_fields.is_scalars(value) then
    return text.tree(value) .. "\n"
  end
  local lines = {}
  for i, item in ipairs(value) do
    lines[i] = query.text(item)
  end
  return table.concat(lines)
end

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local VALUES = {}
for i = 1, #ALPHABET do
  VALUES[ALPHABET:byte(i)] = i - 1
end

--- The bytes that a text of nothing but Base64 stands for; nil when it is anything else.
---@param content string
---@return string|nil
function query.base64(content)
  local digits, padding = content:gsub("%s+", ""):match("^([%w+/]+)(=?=?)$")
  if not digits or (#digits + #padding) % 4 ~= 0 then
    return nil
  end
  local bytes = {}
  for at = 1, #digits, 4 do
    local a, b, c, d = digits:byte(at, at + 3)
    local number = (VALUES[a] * 64 + VALUES[b]) * 4096 + (VALUES[c] or 0) * 64 + (VALUES[d] or 0)
    local three = string.char(math.floor(number / 65536), math.floor(number / 256) % 256, number % 256)
    bytes[#bytes + 1] = three:sub(1, d and 3 or c and 2 or 1)
  end
  return table.concat(bytes)
end

return query
