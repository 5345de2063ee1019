--- Realtime Register's generic listing: filters, search, order, selection of fields, pages.

local answer = require "reseal.sandbox.realtimeregister.answer"
local json = require "reseal.sandbox.json"

local LARGEST = 1000

local list = {}

-- comparison -------------------------------------------------------------------------------------------------------

--- A value as it is compared: numbers and times as numbers, the rest as text in one letter case.
local function comparable(value)
  if type(value) == "number" then
    return value
  end
  local text = tostring(value)
  return text:find("^%d%d%d%d%-%d%d%-%d%dT") and answer.read_timestamp(text) or text:lower()
end

--- What was given, as a value of the same kind; nil when it can not be one.
local function alike(given, value)
  if type(value) == "number" then
    return tonumber(given) or answer.read_timestamp(given)
  end
  return given:lower()
end

local function escape(text)
  return (text:gsub("%p", "%%%0"))
end

--- `%` stands for any text; without one, the words may stand anywhere.
local function is_like(value, given)
  local text, wanted = tostring(value):lower(), given:lower()
  if not wanted:find("%", 1, true) then
    return text:find(wanted, 1, true) ~= nil
  end
  return text:find("^" .. escape(wanted):gsub("%%%%", ".*") .. "$") ~= nil
end

local function any(value, test, given)
  if type(value) ~= "table" then
    return test(value, given)
  end
  for _, item in ipairs(value) do
    if test(item, given) then
      return true
    end
  end
  return false
end

local function equals(value, given)
  local left = comparable(value)
  return left == alike(given, left)
end

local function among(value, given)
  for word in given:gmatch("[^,]+") do
    if equals(value, word) then
      return true
    end
  end
  return false
end

local function ordered(test)
  return function(value, given)
    local left = comparable(value)
    local right = alike(given, left)
    return right ~= nil and test(left, right)
  end
end

local TESTS = {
  eq = equals, like = is_like, ["in"] = among,
  gt = ordered(function(a, b) return a > b end), gte = ordered(function(a, b) return a >= b end),
  lt = ordered(function(a, b) return a < b end), lte = ordered(function(a, b) return a <= b end),
}
local OPPOSITES = {ne = "eq", not_like = "like", not_in = "in"}
local OPERATORS = {null = true, not_null = true}
for name in pairs(TESTS) do
  OPERATORS[name] = true
end
for name in pairs(OPPOSITES) do
  OPERATORS[name] = true
end

local function passes(value, operator, given)
  if operator == "null" then
    return value == nil
  end
  if operator == "not_null" then
    return value ~= nil
  end
  local opposite = OPPOSITES[operator]
  if opposite then
    return value == nil or not any(value, TESTS[opposite], given)
  end
  return value ~= nil and any(value, TESTS[operator], given)
end

-- the query --------------------------------------------------------------------------------------------------------

local function contains(names, wanted)
  for _, name in ipairs(names) do
    if name == wanted then
      return true
    end
  end
  return false
end

local read = {}

local function whole(name, high)
  return function(asked, value, report, odd)
    local number = value:find("^%d+$") and tonumber(value)
    if not number or number > high and not (name == "limit" and odd.any_limit) then
      report[#report + 1] = {field = name, message = ("must be an integer from 0 to %d"):format(high), value = value}
    end
    asked[name] = number
  end
end

local function flag(name)
  return function(asked, value, report)
    if value ~= "true" and value ~= "false" then
      report[#report + 1] = {field = name, message = "must be true or false", value = value}
    end
    asked[name] = value == "true"
  end
end

read.limit = whole("limit", LARGEST)
read.offset = whole("offset", 2 ^ 31)
read.total = flag("total")
read.export = flag("export")
function read.q(asked, value)
  asked.q = value:lower()
end
function read.fields() end
function read.order(asked, value)
  asked.order[#asked.order + 1] = value
end

--- What the query asks for.
---@return table|nil asked
---@return table|nil refusal
local function read_query(call, fields, unsortable)
  local asked, report = {order = {}, filters = {}}, {}
  for _, pair in ipairs(call.request.query) do
    local name, value = pair[1], pair[2]
    local field, operator = name:match("^(%w+):?([%w_]*)$")
    if read[name] then
      read[name](asked, value, report, call.account.odd)
    elseif not field or not contains(fields, field) then
      return nil, answer.invalid("There is no filter '%s'; the fields are %s", name, table.concat(fields, ", "))
    elseif operator ~= "" and not OPERATORS[operator] then
      return nil, answer.invalid("There is no operator '%s'", operator)
    else
      asked.filters[#asked.filters + 1] = {field = field, operator = operator == "" and "eq" or operator,
        value = value}
    end
  end
  for _, name in ipairs(asked.order) do
    local field = name:gsub("^%-", "")
    if not contains(fields, field) or contains(unsortable, field) then
      return nil, answer.invalid("The list can not be ordered by '%s'", field)
    end
  end
  if report[1] then
    return nil, answer.violates(report)
  end
  if asked.export and (asked.limit or asked.offset) then
    return nil, answer.invalid("export can not be combined with limit or offset")
  end
  return asked
end

local function found_in(object, words)
  for _, value in pairs(object) do
    if type(value) == "table" and #value > 0 and found_in(value, words) then
      return true
    end
    if type(value) ~= "table" and tostring(value):lower():find(words, 1, true) then
      return true
    end
  end
  return false
end

local function sort(rows, order)
  if not order[1] then
    return
  end
  local function value(row, field)
    local found = row.object[field]
    return found ~= nil and comparable(found) or nil
  end
  table.sort(rows, function(a, b)
    for _, name in ipairs(order) do
      local field, count = name:gsub("^%-", "")
      local left, right = value(a, field), value(b, field)
      if left ~= right then
        if left == nil or right == nil then
          return (left == nil) == (count == 0)
        end
        if count == 1 then
          return left > right
        end
        return left < right
      end
    end
    return a.n < b.n
  end)
end

--- Answers a list call.
---@param call reseal.sandbox.realtimeregister.Call
---@param objects table[] as the single call shows them, in the list's own order
---@param options {fields: string[], identifying: string, unsortable?: string[], hidden?: fun(object: table,
---  field: string): any} fields: names that filter; hidden: values of those that objects do not show
function list.answer(call, objects, options)
  local asked, refusal = read_query(call, options.fields, options.unsortable or {})
  if not asked then
    return call:refuse(refusal)
  end
  local rows = {}
  for _, object in ipairs(objects) do
    local fits = not asked.q or found_in(object, asked.q)
    for _, filter in ipairs(asked.filters) do
      local value = object[filter.field]
      if value == nil and options.hidden then
        value = options.hidden(object, filter.field)
      end
      fits = fits and passes(value, filter.operator, filter.value)
    end
    if fits then
      rows[#rows + 1] = {n = #rows, object = object}
    end
  end
  sort(rows, asked.order)
  local usual = call.account.odd.hundred_entities and 100 or 10
  local limit, offset = asked.limit or (asked.export and #rows or usual), asked.offset or 0
  local entities = {}
  for i = offset + 1, math.min(offset + limit, #rows) do
    entities[#entities + 1] = call:select(rows[i].object, options.identifying, asked.export)
  end
  local total
  if asked.total ~= false then
    total = #rows
  end
  -- with limit 0 the list is missing, not empty
  local shown = limit > 0 or asked.export
  if call.account.odd.no_entities and not entities[1] then
    shown = false
  end
  return answer.json(200, {
    entities = shown and json.array(entities) or nil,
    pagination = {limit = limit, offset = offset, total = total},
  })
end

return list
