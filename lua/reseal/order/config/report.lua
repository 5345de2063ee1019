--- What is wrong with a configuration, all of it, each with the place where it stands.

local data = require "reseal.order.data"
local failure = require "reseal.failure"

---@class reseal.order.Source where a table of the configuration was written
---@field file string|nil
---@field line integer|nil that of a line which is the whole entry
---@field number integer|nil the entry's, in its list
---@field list string|nil what the list is called
---@field places reseal.order.Places|nil
---@field root table|nil what `places` are of
---@field base any[]|nil path from `root` to the table

---@class reseal.order.Report
---@field faults table[] {code, message, param, name, file, line, entry}
---@field warnings table[] the same
local Report = {}
Report.__index = Report

local function path_text(path)
  local shown = ""
  for _, step in ipairs(path) do
    if type(step) == "number" then
      shown = ("%s[%d]"):format(shown, step)
    elseif step:find "^[%a_][%w_]*$" then
      shown = shown .. (shown == "" and "" or ".") .. step
    else
      shown = ('%s["%s"]'):format(shown, step)
    end
  end
  return shown
end

local function line_of(source, path)
  if not source.places then
    return source.line
  end
  local whole = {}
  for _, step in ipairs(source.base or {}) do
    whole[#whole + 1] = step
  end
  for _, step in ipairs(path) do
    whole[#whole + 1] = step
  end
  local line = data.line(source.places, source.root, whole)
  return source.line and source.line + (line or 1) - 1 or line
end

--- Text of the configuration as a message shows it: what can't be seen is a question mark, and it is not endless.
---@param value any
---@return string
function Report.shown(value)
  if type(value) == "string" then
    local text = value:gsub("[%c\127]", "?")
    return '"' .. (#text > 60 and text:sub(1, 60) .. "…" or text) .. '"'
  elseif type(value) == "table" then
    return "a table"
  elseif type(value) == "number" and value % 1 == 0 and math.abs(value) < 2 ^ 53 then
    return ("%d"):format(value)
  end
  return tostring(value)
end

local function add(list, source, path, code, message, name)
  local param = path_text(path)
  local line = line_of(source, path)
  local parts = {}
  if source.file then
    parts[1] = source.file .. (line and (":%d"):format(line) or "")
  end
  if source.number and not (line and source.file) then
    parts[#parts + 1] = ("%s[%d]"):format(source.list or "certificates", source.number)
  end
  parts[#parts + 1] = name
  parts[#parts + 1] = message
  list[#list + 1] = {
    code = code, message = table.concat(parts, ": "), param = param, name = name, file = source.file, line = line,
    entry = source.number,
  }
end

---@param source reseal.order.Source
---@param path any[]
---@param code string
---@param message string
---@param name string|nil the certificate's
function Report:fault(source, path, code, message, name)
  add(self.faults, source, path, code, message, name)
end

function Report:warn(source, path, code, message, name)
  add(self.warnings, source, path, code, message, name)
end

--- The failure that tells all faults; nil when there is none.
---@return reseal.Failure|nil
function Report:failure()
  if #self.faults == 0 then
    return nil
  end
  return failure.invalid(self.faults)
end

local report = {shown = Report.shown, path_text = path_text}

---@return reseal.order.Report
function report.new()
  return setmetatable({faults = {}, warnings = {}}, Report)
end

return report
