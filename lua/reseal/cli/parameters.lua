--- A method's parameters as one flat list, for help, completion and tables.

local parameters = {
  OPERATORS = "eq, ne, like, not_like, gt, gte, lt, lte, in, not_in, null, not_null",
}

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

return parameters
