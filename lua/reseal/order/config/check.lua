--- The checks that parameters of many kinds share.

local nearest = require "reseal.nearest"
local report_of = require "reseal.order.config.report"

local shown, text_of = report_of.shown, report_of.path_text

--- One entry while it is checked.
---@class reseal.order.Check
local Check = {}
Check.__index = Check

function Check:fault(path, code, message)
  if not self.muted[path[1] or ""] then
    self.report:fault(self.source, path, code, message, self.name)
  end
end

function Check:warn(path, code, message)
  if not self.muted[path[1] or ""] then
    self.report:warn(self.source, path, code, message, self.name)
  end
end

--- "x is no field of y; did you mean z?"
function Check:unknown(given, known, path, what)
  local list
  for key in pairs(given) do
    if not known.set[key] then
      list = list or {}
      list[#list + 1] = key
    end
  end
  if not list then
    return
  end
  table.sort(list, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(list) do
    local meant = type(key) == "string" and nearest(key, known.list)
    local at = {}
    for i, step in ipairs(path) do
      at[i] = step
    end
    at[#at + 1] = key
    self:fault(at, "unknown_param", ("%s is no parameter of %s%s"):format(shown(key), what,
      meant and ("; did you mean %s?"):format(meant) or ", which has " .. table.concat(known.list, ", ")))
  end
end

--- Whether a value is a list without gaps, and nothing else.
local function is_list(value)
  if type(value) ~= "table" then
    return false
  end
  local count = 0
  for _ in pairs(value) do
    count = count + 1
  end
  return count == #value
end

function Check:text(entry, field, what)
  local value = entry[field]
  if value ~= nil and (type(value) ~= "string" or value == "" or value:find "[%c]") then
    self:fault({field}, "bad_type", ("%s must be %s, not %s"):format(field, what, shown(value)))
    return nil
  end
  return value
end

function Check:boolean(entry, field, default)
  local value = entry[field]
  if value == nil then
    return default
  elseif type(value) ~= "boolean" then
    self:fault({field}, "bad_type", ("%s must be true or false, not %s"):format(field, shown(value)))
    return default
  end
  return value
end

--- A number of something within limits; nil where none is given.
function Check:number(path, value, what, low, high, whole)
  if value == nil then
    return nil
  elseif type(value) ~= "number" or value < low or value > high or value ~= value or whole and value % 1 ~= 0 then
    self:fault(path, "bad_value", ("%s must be %s, from %d to %d, not %s"):format(text_of(path), what, low,
      high, shown(value)))
    return nil
  end
  return value
end

--- A program and its arguments, as a list.
function Check:argv(path, value)
  if value == nil then
    return nil
  end
  local list = type(value) == "string" and {value} or value
  local sound = is_list(list) and #list > 0
  for _, word in ipairs(sound and list or {}) do
    sound = sound and type(word) == "string" and not word:find "%z"
  end
  if not sound or list[1] == "" then
    self:fault(path, "bad_type", ('%s must be a program and its arguments, such as {"systemctl", "reload", "nginx"}')
      :format(text_of(path)))
    return nil
  elseif type(value) == "string" and value:find "%s" then
    self:fault(path, "bad_value", ('%s is run without a shell: write its words one by one, {"program", "argument"}')
      :format(text_of(path)))
    return nil
  elseif list[1]:find "/" and list[1]:sub(1, 1) ~= "/" then
    self:fault(path, "bad_value", ("%s: the path of a program begins with /, and %s does not"):format(
      text_of(path), shown(list[1])))
    return nil
  end
  local words = {}
  for i, word in ipairs(list) do
    words[i] = word
  end
  return words
end

function Check:folder(path, value, what)
  if value == nil then
    return nil
  elseif type(value) ~= "string" or value:sub(1, 1) ~= "/" or value:find "%c"
    or (value .. "/"):find("/../", 1, true) then
    self:fault(path, "bad_value", ("%s must be the path of %s that begins with /, not %s"):format(
      text_of(path), what, shown(value)))
    return nil
  end
  return (value:gsub("(.)/+$", "%1"))
end

Check.is_list = is_list

return Check
