--- Checks a JSON body as Realtime Register does: unknown properties and wrong types first, then every rule at once.

local json = require "reseal.sandbox.json"

local body = {}

-- the provider's own expressions, by property
local DOMAIN = [[(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z][a-z0-9-]{0,61}[a-z0-9])]]
local PATTERNS = {
  domainName = DOMAIN,
  san = DOMAIN,
  domainNames = DOMAIN,
  customer = [[[a-zA-Z0-9\-_@\.]+]],
  commonName = DOMAIN,
  email = [[(?=.{1,64}@)[a-z0-9_\-+]+(?:\.[a-z0-9_\-+]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+]]
    .. [[(?:[a-z][a-z0-9-]{0,61}[a-z0-9])]],
  voice = [[\+[0-9]{1,3}\.[0-9]{1,14}]],
  uniqueValue = [[[a-zA-Z0-9]+]],
}

local function trim(text)
  return text:match("^%s*(.-)%s*$")
end

local is_type = {
  string = function(value) return type(value) == "string" end,
  integer = function(value) return type(value) == "number" and value % 1 == 0 end,
  boolean = function(value) return type(value) == "boolean" end,
  object = json.is_object,
  list = json.is_array,
}

local check_object

local function violate(report, path, message, value)
  report[#report + 1] = {field = path, message = message, value = type(value) ~= "table" and value or nil}
end

local function check_string(rule, value, path, report)
  local min, max = rule.min or 0, (rule.max or 0) > 0 and rule.max or math.huge
  if #value < min or #value > max then
    violate(report, path, ("length must be between %d and %s"):format(min, max), value)
  end
  local pattern = PATTERNS[rule.name]
  if pattern and not ngx.re.find(value, "\\A(?:" .. pattern .. ")\\z", "jo") then
    violate(report, path, 'must match "' .. pattern .. '"', value)
  end
  if rule.values and not rule.open then
    for _, allowed in ipairs(rule.values) do
      if allowed == value then
        return
      end
    end
    violate(report, path, "must be one of " .. table.concat(rule.values, ", "), value)
  end
end

--- Checks one value and returns it cleaned; a wrong type ends the whole check.
local function check_value(rule, kind, value, path, report)
  if not is_type[kind](value) then
    error({property = path}, 0)
  end
  if kind == "string" then
    value = trim(value)
    check_string(rule, value, path, report)
  elseif kind == "integer" and rule.low and (value < rule.low or value > rule.high) then
    violate(report, path, ("must be an integer from %.0f to %.0f"):format(rule.low, rule.high), value)
  elseif kind == "object" then
    return check_object(rule.fields, value, path .. ".", report)
  elseif kind == "list" then
    local list = {}
    for i, item in ipairs(value) do
      list[i] = check_value(rule, rule.item or (rule.fields and "object" or "string"), item,
        ("%s[%d]"):format(path, i - 1), report)
    end
    return list
  end
  return value
end

function check_object(rules, object, prefix, report)
  local known, clean = {}, {}
  for _, rule in ipairs(rules) do
    known[rule.name] = true
  end
  for name in pairs(object) do
    if not known[name] then
      error({property = prefix .. name}, 0)
    end
  end
  for _, rule in ipairs(rules) do
    local name, value = rule.name, object[rule.name]
    -- null is as good as absent
    if value == nil or value == json.null then
      if rule.required then
        violate(report, prefix .. name, "is required")
      end
    else
      clean[name] = check_value(rule, rule.type, value, prefix .. name, report)
    end
  end
  if clean.type == "EMAIL" and clean.commonName and not clean.email then
    violate(report, prefix .. "email", "is required when type is EMAIL")
  end
  return clean
end

--- Checks a body against the described parameters of a method.
---@param params table descriptions; only those whose place is the body count
---@param text string
---@param unknown? string a described property that this service doesn't know
---@return table|nil clean values, strings trimmed, nulls left out
---@return table|nil refusal {type, message, property?, violations?}
function body.check(params, text, unknown)
  local object, message = json.decode(text)
  if not json.is_object(object) then
    return nil, {type = "InvalidMessage", message = "Message could not be parsed: " .. (message or "not an object")}
  end
  local rules, report = {}, {}
  for _, param in ipairs(params) do
    if param.place == "body" and param.name ~= unknown then
      rules[#rules + 1] = param
    end
  end
  local ok, clean = pcall(check_object, rules, object, "", report)
  if not ok then
    if type(clean) ~= "table" then
      error(clean, 0)
    end
    return nil, {
      type = "UnrecognizedPropertyException", property = clean.property,
      message = ("Property '%s' is unknown or has a value of the wrong type"):format(clean.property),
    }
  end
  if report[1] then
    return nil, {
      type = "ConstraintViolationException", message = "The request violates constraints", violations = report,
    }
  end
  return clean
end

return body
