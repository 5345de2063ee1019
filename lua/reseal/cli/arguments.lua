--- Turns the command line's name=value into a call's parameters.
---
---     CertificateID=501904      a string; the codec reads integers and booleans out of strings
---     csr=@example.com.csr      the content of a file, without its last line end; @- is standard input, @@x is "@x"
---     approver.firstName=Ann    a member of an object
---     dcv[1].type=DNS           an item of a list, counted from 1
---     san:='["example.com"]'    JSON
---     status:in=ACTIVE,EXPIRED  a filter of a list call: field:operator=value, or field:operator:=JSON

local json = require "reseal.cli.json"

local arguments = {}

local function content_of(path)
  local content, message
  if path == "-" then
    content, message = io.stdin:read("*a")
  else
    local file
    file, message = io.open(path, "rb")
    if file then
      content, message = file:read("*a")
      file:close()
    end
  end
  if not content then
    return nil, message
  end
  return (content:gsub("\r?\n$", ""))
end

--- "dcv[1].type" as {"dcv", 1, "type"}; nil when it is no path.
local function steps_of(path)
  local name, rest = path:match("^([^%.%[%]]+)(.*)$")
  if not name then
    return nil
  end
  local steps = {name}
  while rest ~= "" do
    local index, after = rest:match("^%[([1-9]%d?%d?%d?)%](.*)$")
    if index then
      steps[#steps + 1] = tonumber(index)
    else
      name, after = rest:match("^%.([^%.%[%]]+)(.*)$")
      if not name then
        return nil
      end
      steps[#steps + 1] = name
    end
    rest = after
  end
  return steps
end

local function place(params, steps, value)
  local at = params
  for i = 1, #steps - 1 do
    if at[steps[i]] == nil then
      at[steps[i]] = {}
    end
    at = at[steps[i]]
    if type(at) ~= "table" then
      return false
    end
  end
  local last = steps[#steps]
  if at[last] ~= nil then
    return false
  end
  at[last] = value
  return true
end

--- The path of a table that has items both by number and by name, or misses an item; nil when there is none.
local function broken(value, path)
  if type(value) ~= "table" then
    return nil
  end
  local count, numbered = 0, 0
  for key, item in pairs(value) do
    count = count + 1
    numbered = numbered + (type(key) == "number" and 1 or 0)
    local inside = type(key) == "number" and path .. "[" .. key .. "]" or path == "" and key or path .. "." .. key
    local found = broken(item, inside)
    if found then
      return found
    end
  end
  return numbered > 0 and (numbered ~= count or numbered ~= #value) and path or nil
end

local function value_of(name, operator, text)
  if operator == ":=" then
    local value, message = json.decode(text)
    if message then
      return nil, name .. " " .. message
    end
    return value
  elseif text:sub(1, 2) == "@@" then
    return text:sub(2)
  elseif text:sub(1, 1) == "@" then
    local content, message = content_of(text:sub(2))
    if not content then
      return nil, name .. ": " .. message
    end
    return content
  end
  return text
end

--- The parameters.
---@param list string[] name=value or name:=JSON
---@return table|nil
---@return string|nil message what can't be read; the values are the codec's to check
function arguments.parse(list)
  local params = {}
  for _, argument in ipairs(list) do
    local name, text = argument:match("^([^=]+)=(.*)$")
    local operator = name and name:sub(-1) == ":" and ":=" or "="
    name = operator == ":=" and name:sub(1, -2) or name
    local steps = name and steps_of(name)
    if not steps then
      return nil, "'" .. argument:sub(1, 40) .. "' is not of the form name=value or name:=JSON"
    end
    local value, message = value_of(name, operator, text)
    if message then
      return nil, message
    end
    if value ~= nil and not place(params, steps, value) then
      return nil, name .. " is given twice"
    end
  end
  local path = broken(params, "")
  if path then
    return nil, path .. " is not numbered from [1] on without gaps"
  end
  return params
end

return arguments
