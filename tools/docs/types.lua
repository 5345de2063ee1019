-- The types of all calls for lua-language-server: lua/reseal/types.lua.

local content_of = require "tools.docs.content"
local core = require "reseal.core"
local editions = require "tools.docs.editions"

local HEAD = [[
---@meta
-- luacheck: ignore 212 241
-- Types for lua-language-server: every call's parameters and results. Made by `make docs` from the descriptions in
-- csrc/providers; not edited by hand, and nothing at run time.
]]

local SCALARS = {
  string = "string", pem = "string", decimal = "string", money = "string", bytes = "string", cents = "integer",
  integer = "integer", boolean = "boolean",
}

local lines, names

--- The name of what has been written with the same content, or `name` and true when nothing has.
local function named(name, content)
  local key = content_of(content)
  if names[key] then
    return names[key], false
  end
  names[key] = name
  return name, true
end

local function add(line)
  lines[#lines + 1] = line
end

--- A comment, broken into lines of at most 120 columns.
local function add_doc(doc)
  local line = "---"
  for word in (doc or ""):gmatch("%S+") do
    if #line + 1 + #word > 120 then
      add(line)
      line = "---"
    end
    line = line .. " " .. word
  end
  if line ~= "---" then
    add(line)
  end
end

local function field_name(name)
  return name:find("^[%a_][%w_]*$") and name or ('["%s"]'):format(name)
end

local add_class

local function list_type(field, inner)
  if inner then
    return inner .. "[]"
  elseif field.item == "string" then
    return field.separator and "string[]|string" or "string[]"
  elseif field.item == "integer" then
    return "integer[]"
  end
  return "any[]"
end

--- A parameter that has values: an alias, a line for each.
local function add_alias(name, field)
  local own, is_new = named(name, {values = field.values, open = field.open})
  if not is_new then
    return own
  end
  add("---@alias " .. name)
  for _, value in ipairs(field.values) do
    add(('---| "%s"'):format(value))
  end
  if field.open then
    add("---| string")
  end
  add("")
  return name
end

local function type_of(field, name, is_param)
  local inner
  if field.fields and #field.fields > 0 then
    inner = add_class(name .. "." .. field.name, nil, field.fields, is_param)
  end
  if field.type == "list" then
    return list_type(field, inner)
  elseif field.type == "object" then
    return inner or "table"
  elseif field.type == "integer" and is_param then
    return "integer|string"
  elseif field.type == "string" and field.values and #field.values > 0 then
    return add_alias(name .. "." .. field.name, field)
  end
  return assert(SCALARS[field.type], field.type)
end

--- Writes a class, and those inside it before; returns its name, or that of one that is the same.
function add_class(name, doc, fields, is_param, more)
  local own, is_new = named(name, {doc = doc, fields = fields, more = more})
  if not is_new then
    return own
  end
  local types = {}
  for i, field in ipairs(fields) do
    types[i] = type_of(field, name, is_param)
  end
  add_doc(doc)
  add("---@class " .. name)
  for i, field in ipairs(fields) do
    add_doc(field.doc)
    add(("---@field %s%s %s"):format(field_name(field.name), field.required and not field.setting and "" or "?",
      types[i]))
  end
  for _, line in ipairs(more or {}) do
    add(line)
  end
  add("")
  return name
end

local function add_params(name, method)
  return add_class(name, method.doc, method.params, true, method.filters and {
    "--- Filters: `field` or `[\"field:operator\"]`.", "---@field [string] any",
  })
end

local function add_result(name, method)
  if method.answer == "list" then
    return "string[]"
  end
  return add_class(name, nil, method.result or {}, false, {"---@field meta reseal.Meta"})
end

--- The same name for every method, even where another's result is the same.
local function add_own_result(name, method)
  local found = add_result(name, method)
  if found ~= name and found ~= "string[]" then
    add(("---@class %s: %s"):format(name, found))
    add("")
    return name
  end
  return found
end

--- The types of a method's parameters and results, in all editions, and whether it needs parameters at all.
local function add_method(provider, name)
  local params, results, seen, required = {}, {}, {}, false
  for i, method in ipairs(editions(provider, name)) do
    local class = ("reseal.%s.%s%s"):format(provider, name, i > 1 and "." .. method.edition or "")
    params[i] = add_params(class .. ".Params", method)
    local result = (i == 1 and add_own_result or add_result)(class .. ".Result", method)
    results[#results + 1] = not seen[result] and result or nil
    seen[result] = true
    for _, param in ipairs(method.params) do
      required = required or param.required and not param.setting
    end
  end
  return {
    name = name, params = table.concat(params, "|"), results = table.concat(results, "|"), optional = not required,
  }
end

local function add_client(provider)
  local methods = {}
  for i, name in ipairs(core.describe(provider)) do
    methods[i] = add_method(provider, name)
  end
  add("---@class reseal." .. provider .. ".Client: reseal.Client")
  add("local " .. provider .. " = {}")
  add("")
  for _, method in ipairs(methods) do
    add_doc(core.describe(provider, method.name).doc)
    add(("---@param params%s %s"):format(method.optional and "?" or "", method.params))
    add(("---@return %s|nil"):format(method.results))
    add("---@return reseal.Failure|nil err")
    add(("function %s:%s(params) end"):format(provider, method.name))
    add("")
  end
end

local function add_options(provider)
  local name = "reseal." .. provider .. ".Options"
  local types = {}
  for i, setting in ipairs(core.settings(provider)) do
    types[i] = setting.secret and "string|fun(): string" or setting.type
    if setting.type == "string" and setting.values then
      types[i] = add_alias(name .. "." .. setting.name, setting)
    end
  end
  add("---@class " .. name .. ": reseal.ClientOptions")
  for i, setting in ipairs(core.settings(provider)) do
    add_doc(setting.doc)
    add(("---@field %s%s %s"):format(setting.name, setting.required and "" or "?", types[i]))
  end
  add("")
end

--- The whole file.
---@return string
return function()
  lines, names = {}, {}
  add(HEAD)
  for _, provider in ipairs(core.describe()) do
    add_options(provider)
    add_client(provider)
  end
  add("---@class reseal")
  add("local reseal = {}")
  for _, provider in ipairs(core.describe()) do
    add("")
    add("--- Makes a client.")
    add(("---@param options reseal.%s.Options"):format(provider))
    add(("---@return reseal.%s.Client|nil"):format(provider))
    add("---@return reseal.Failure|nil err class invalid, with every wrong option in `errors`")
    add(("function reseal.%s(options) end"):format(provider))
  end
  return table.concat(lines, "\n") .. "\n"
end
