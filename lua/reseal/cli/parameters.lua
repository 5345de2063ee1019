--- A method's parameters as one flat list, for help, completion and tables.

local nearest = require "reseal.nearest"

local parameters = {}

local function add(found, params, prefix)
  for _, param in ipairs(params) do
    local path = prefix .. param.name
    found[#found + 1] = {path = path, param = param}
    if param.fields and #param.fields > 0 then
      add(found, param.fields, path .. (param.type == "list" and "[1]." or "."))
    end
  end
end

--- Every parameter with its path as on the command line: "approver", "approver.firstName", "dcv[1].type".
---@param method table as described by the codec
---@return {path: string, param: table}[]
function parameters.flat(method)
  local found = {}
  add(found, method.params, "")
  return found
end

--- Its type in words: "integer", "list of strings".
---@param param table a described parameter or result field
---@return string
function parameters.type(param)
  if param.type == "list" then
    return "list of " .. (param.item or "object") .. "s"
  end
  return param.type
end

local function number(value)
  return ("%d"):format(value)
end

--- What limits its value, in words: "from 1 to 5"; nil when nothing does.
---@param param table
---@return string|nil
function parameters.limits(param)
  local unit = param.type == "integer" and "digits" or "bytes"
  if param.low and param.high and param.high < 2 ^ 53 then
    return ("from %s to %s"):format(number(param.low), number(param.high))
  elseif param.min and param.max then
    return ("%s to %s %s"):format(number(param.min), number(param.max), unit)
  elseif param.max then
    return ("at most %s %s"):format(number(param.max), unit)
  end
end

--- A value without what people write differently.
local function plain(value)
  return value:lower():gsub("[%s_-]", "")
end

--- What is doubtful and yet sent unless the client is strict, as sentences: values that are almost one of those that
--- the provider lists, where it takes others too; more than one choice where one is expected.
---@param method table as described by the codec
---@param params table<string, any>
---@return string[]
function parameters.doubts(method, params)
  local given, found = {}, {}
  for name, value in pairs(params) do
    given[name:lower()] = value
  end
  for _, param in ipairs(method.params) do
    local value = given[param.name:lower()]
    if param.open and type(value) == "string" then
      local known = false
      for _, listed in ipairs(param.values or {}) do
        known = known or plain(listed) == plain(value)
      end
      local meant = not known and nearest(value, param.values or {})
      if meant then
        found[#found + 1] = ("%s: '%s' is none of the values that %s lists; did you mean '%s'? (--strict refuses it)")
          :format(param.name, value, method.provider, meant)
      end
    end
  end
  for _, rule in ipairs(method.rules or {}) do
    local chosen = {}
    for _, name in ipairs(rule.kind == "some_of" and rule.params or {}) do
      local value = tostring(given[name:lower()] or "")
      chosen[#chosen + 1] = value ~= "" and value:lower() ~= "false" and name or nil
    end
    if #chosen > 1 then
      found[#found + 1] = ("%s are chosen together, and one is expected: %s (--strict refuses it)")
        :format(table.concat(chosen, " and "), rule.doc)
    end
  end
  return found
end

return parameters
