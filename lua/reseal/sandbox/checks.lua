--- Checks of control input.
--
-- A check takes a value and its path, and returns nothing when the value is good, else what is allowed ("an integer
-- from 1 to 5"), or a whole sentence after "!".

local json = require "reseal.sandbox.json"

local checks = {}

function checks.integer(low, high)
  return function(value)
    if type(value) ~= "number" or value ~= math.floor(value) or value < low or value > high then
      return ("an integer from %.0f to %.0f"):format(low, high)
    end
  end
end

function checks.number(low, high)
  return function(value)
    if type(value) ~= "number" or value < low or value > high then
      return ("a number from %s to %s"):format(low, high)
    end
  end
end

function checks.one_of(list)
  return function(value)
    local names = {}
    for i, allowed in ipairs(list) do
      if allowed == value then
        return nil
      end
      names[i] = tostring(allowed)
    end
    return names[2] and "one of " .. table.concat(names, ", ") or names[1]
  end
end

function checks.boolean(value)
  if type(value) ~= "boolean" then
    return "true or false"
  end
end

--- A text that `good` accepts; `example` says how it looks.
function checks.text(good, example)
  return function(value)
    if type(value) ~= "string" or not good(value) then
      return example
    end
  end
end

checks.host = checks.text(function(value) return value:find("^%*?%.?[%w%-]+%.[%w%-%.]*%w$") end, "a domain name")

checks.name = checks.text(function(value) return #value > 0 and #value <= 64 end, "a text of 1 to 64 characters")

function checks.list_of(check)
  return function(value, path)
    if not json.is_array(value) then
      return "an array"
    end
    for i, item in ipairs(value) do
      local allowed = check(item, ("%s[%d]"):format(path, i - 1))
      if allowed then
        return allowed:sub(1, 1) == "!" and allowed or "an array; each item is " .. allowed
      end
    end
  end
end

local function sorted_names(map)
  local names = {}
  for name in pairs(map) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function joined(path, name)
  return path == "" and name or path .. "." .. name
end

local function complain(allowed, path)
  return allowed:sub(1, 1) == "!" and allowed or ("!field '%s' must be %s"):format(path, allowed)
end

--- An object's fields: {name = check}; those in `required` must be there.
function checks.object_of(fields, required)
  return function(value, path)
    if not json.is_object(value) then
      return "an object"
    end
    for _, name in ipairs(sorted_names(value)) do
      if not fields[name] then
        return ("!unknown field '%s'; known are %s"):format(joined(path, name),
          table.concat(sorted_names(fields), ", "))
      end
      local allowed = fields[name](value[name], joined(path, name))
      if allowed then
        return complain(allowed, joined(path, name))
      end
    end
    for _, name in ipairs(required or {}) do
      if value[name] == nil then
        return ("!field '%s' is missing"):format(joined(path, name))
      end
    end
  end
end

--- An object with any names, whose values `check` accepts.
function checks.map_of(check)
  return function(value, path)
    if not json.is_object(value) then
      return "an object"
    end
    for _, name in ipairs(sorted_names(value)) do
      local allowed = check(value[name], joined(path, name))
      if allowed then
        return complain(allowed, joined(path, name))
      end
    end
  end
end

--- Either check.
function checks.either(one, other)
  return function(value, path)
    local first, second = one(value, path), other(value, path)
    if first and second then
      return first .. " or " .. second
    end
  end
end

--- The sentence about a wrong value; nil when it is good.
---@param whole string how the value as a whole is called: "the body"
function checks.explain(check, value, whole)
  local wrong = check(value, "")
  if not wrong then
    return nil
  end
  return wrong:sub(1, 1) == "!" and wrong:sub(2) or ("%s must be %s"):format(whole, wrong)
end

return checks
