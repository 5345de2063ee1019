--- What the command line shows to people.

local parameters = require "reseal.cli.parameters"

local text = {}

--- Text of a provider or a file, unable to steer a terminal.
local function tame(value)
  return (tostring(value):gsub("\r\n", "\n"):gsub("[%c\127]", function(c)
    return (c == "\n" or c == "\t") and c or "?"
  end))
end

local function number(value)
  return value % 1 == 0 and math.abs(value) < 2 ^ 53 and ("%d"):format(value) or tostring(value)
end

local function scalar(value)
  return type(value) == "number" and number(value) or tame(value)
end

text.tame = tame

--- A string, number or boolean as text, as it is.
function text.scalar(value)
  return type(value) == "number" and number(value) or tostring(value)
end

local function sorted_keys(value)
  local keys = {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    if type(a) == type(b) then
      return a < b
    end
    return type(a) == "number"
  end)
  return keys
end

local function add(lines, value, indent)
  local keys = sorted_keys(value)
  local width = 0
  for _, key in ipairs(keys) do
    width = math.max(width, type(value[key]) ~= "table" and #scalar(key) or 0)
  end
  for _, key in ipairs(keys) do
    local item = value[key]
    local name = type(key) == "number" and "[" .. number(key) .. "]" or tame(key)
    if type(item) == "table" then
      lines[#lines + 1] = indent .. name .. (next(item) == nil and "  (none)" or "")
      add(lines, item, indent .. "  ")
    else
      local shown = scalar(item)
      if shown:find("\n", 1, true) then
        lines[#lines + 1] = indent .. name
        shown:gsub("[^\n]+", function(line)
          lines[#lines + 1] = indent .. "  " .. line
        end)
      else
        lines[#lines + 1] = indent .. name .. (" "):rep(width - #name) .. "  " .. shown
      end
    end
  end
end

--- A table as aligned `name  value` lines, what is inside it indented.
---@param value table
---@return string
function text.tree(value)
  local lines = {}
  add(lines, value, "")
  return table.concat(lines, "\n")
end

--- Words broken into lines of at most 100 columns, all indented.
local function wrapped(words, indent)
  local lines, line = {}, ""
  for word in tame(words):gmatch("%S+") do
    if line ~= "" and #indent + #line + 1 + #word > 100 then
      lines[#lines + 1] = indent .. line
      line = ""
    end
    line = line == "" and word or line .. " " .. word
  end
  lines[#lines + 1] = line ~= "" and indent .. line or nil
  return lines
end

local function append(lines, more)
  for _, line in ipairs(more) do
    lines[#lines + 1] = line
  end
end

--- "integer, required, from 1 to 5"
local function traits(param)
  local parts = {parameters.type(param), param.required and "required" or nil}
  if param.required and param.setting then
    parts[2] = "required unless the setting " .. param.setting .. " is there"
  end
  parts[#parts + 1] = parameters.limits(param)
  parts[#parts + 1] = param.format and "format " .. param.format or nil
  parts[#parts + 1] = param.role and "role " .. param.role or nil
  parts[#parts + 1] = param.deprecated and "deprecated" or nil
  return table.concat(parts, ", ")
end

--- A method's parameters, and what holds between them.
---@param method table as described by the codec
---@return string
function text.parameters(method)
  local lines = {}
  for _, one in ipairs(parameters.flat(method)) do
    local param = one.param
    lines[#lines + 1] = "  " .. one.path .. "  (" .. traits(param) .. ")"
    append(lines, wrapped(param.doc or "", "      "))
    if param.values and #param.values > 0 then
      local allowed = (param.open and "Known values: " or "One of: ") .. table.concat(param.values, ", ")
      append(lines, wrapped(allowed, "      "))
    end
  end
  if method.filters and #method.filters > 0 then
    append(lines, wrapped("Filters, as field=value or field:operator=value ("
      .. table.concat(method.operators, ", ") .. "): "
      .. table.concat(method.filters, ", "), "  "))
  end
  for _, rule in ipairs(method.rules or {}) do
    append(lines, wrapped(rule.doc or "", "  "))
  end
  return table.concat(lines, "\n")
end

--- A provider's methods, a line each.
---@param methods table[] as described by the codec
---@return string
function text.methods(methods)
  local rows = {}
  for i, method in ipairs(methods) do
    rows[i] = {method.name, method.effect, method.doc or ""}
  end
  return text.columns(rows)
end

--- Rows of cells, each column as wide as its widest cell.
---@param rows string[][]
---@return string
function text.columns(rows)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, shown in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, #tame(shown))
    end
  end
  for i, row in ipairs(rows) do
    local cells = {}
    for j, shown in ipairs(row) do
      local cell = tame(shown):gsub("[\n\t]", " ")
      cells[j] = j == #row and cell or cell .. (" "):rep(widths[j] - #cell)
    end
    lines[i] = (table.concat(cells, "  "):gsub(" +$", ""))
  end
  return table.concat(lines, "\n")
end

local function add_fields(lines, fields, indent)
  for _, field in ipairs(fields or {}) do
    local doc = field.doc and field.doc ~= "" and "  " .. tame(field.doc) or ""
    local traits_of = field.type .. (field.role and ", role " .. field.role or "")
    append(lines, wrapped(field.name .. "  (" .. traits_of .. ")" .. doc, indent))
    add_fields(lines, field.fields, indent .. "  ")
  end
end

--- A table of errors: code, whether it may have been carried out, and the seller's text.
---@param rows table[]
---@return string
function text.errors(rows)
  local lines = {}
  local function line(row)
    return ("%-20s %-10s %-8s %-10s %s"):format(scalar(row.code), row.category or "", row.outcome or "",
      row.method or "", tame(row.text or ""))
  end
  for _, row in ipairs(rows) do
    local shown = line(row)
    if #rows == 1 and row.advice and row.advice ~= "" then
      shown = shown .. "\n" .. table.concat(wrapped(row.advice, "    "), "\n")
    end
    if lines[#lines] ~= shown then
      lines[#lines + 1] = shown
    end
  end
  return table.concat(lines, "\n")
end

--- One page about a method.
---@param method table as described by the codec
---@return string
function text.page(method)
  local lines = {method.provider .. " " .. method.name .. "  (" .. method.effect .. ")"}
  append(lines, wrapped(method.doc or "", "  "))
  append(lines, {"", "Request: " .. (method.command or (method.verb .. " " .. method.path))})
  append(lines, {"", "Parameters:", text.parameters(method), "", "Result:"})
  add_fields(lines, method.result, "  ")
  if #(method.errors or {}) > 0 then
    append(lines, {"", "Errors:", (("\n" .. text.errors(method.errors)):gsub("\n", "\n  "):sub(2))})
  end
  append(lines, {"", "Source: " .. (method.source or "") .. " (read " .. (method.checked or "?") .. ")"})
  return table.concat(lines, "\n")
end

--- What became of a call, and whether the same one can succeed: "outcome refused, retry later (after 30 s)".
local function verdict(err)
  local shown = "outcome " .. tostring(err.outcome) .. ", retry " .. tostring(err.retry)
  if err.retry_after then
    shown = shown .. " (after " .. number(err.retry_after) .. " s)"
  end
  if err.attempts then
    shown = shown .. "; sent " .. number(err.attempts) .. " times"
  end
  return err.handle and shown .. "; the answer named " .. scalar(err.handle) or shown
end

--- A failure, every fault on its own line.
---@param err reseal.Failure
---@return string
function text.failure(err)
  local lines = {}
  for _, fault in ipairs(err.errors) do
    lines[#lines + 1] = "reseal: " .. scalar(fault.code) .. " " .. tame(fault.message)
  end
  append(lines, wrapped(verdict(err), "  "))
  if type(err.details) == "table" then
    add(lines, err.details, "  ")
  end
  if err.advice and err.advice ~= "" then
    append(lines, wrapped(err.advice, "  "))
  end
  return table.concat(lines, "\n")
end

return text
