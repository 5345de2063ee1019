--- Writes tables as CSV (quoted as RFC 4180 says, with LF for line ends), what is nested in columns of its own.

local known_fields = require "reseal.cli.fields"

local csv = {}

local function cell(value)
  if value == nil then
    return ""
  elseif type(value) == "number" and value % 1 == 0 and math.abs(value) < 2 ^ 53 then
    return ("%d"):format(value)
  end
  local text = tostring(value)
  return text:find('[",\r\n]') and '"' .. text:gsub('"', '""') .. '"' or text
end

local function line(cells)
  return table.concat(cells, ",") .. "\n"
end

--- Rows under a heading; lines end with LF, which `cut` and `awk` expect.
---@param columns string[]
---@param rows table[] by column
---@return string
function csv.encode(columns, rows)
  local lines = {}
  for at = 0, #rows do
    local cells = {}
    for i, column in ipairs(columns) do
      cells[i] = cell(at == 0 and column or rows[at] and rows[at][column])
    end
    lines[#lines + 1] = line(cells)
  end
  return table.concat(lines)
end

--- Puts the value's scalars into `row` by their paths, and into `order` what sorts those as the description does.
local function flatten(value, path, key, fields, row, order)
  if path ~= "" and (type(value) ~= "table" or known_fields.is_scalars(value)) then
    local shown = value
    if type(value) == "table" then
      shown = {}
      for i, item in ipairs(value) do
        shown[i] = cell(item)
      end
      shown = table.concat(shown, " ")
    end
    row[path], order[path] = shown, key
    return
  end
  for name, item in pairs(value) do
    local field, at, inside
    if type(name) == "number" then
      inside = path .. "[" .. ("%d"):format(name) .. "]"
      field, at = {fields = fields}, name
    else
      inside = path == "" and name or path .. "." .. name
      field, at = known_fields.find(fields, name)
    end
    flatten(item, inside, key .. ("%06d %s\1"):format(at or 999999, name), field and field.fields, row, order)
  end
end

--- Any tables as CSV: a column for every path that occurs, such as `dcv[1].type`; lists of scalars with blanks between.
---@param items table[]
---@param fields table[]|nil as described by the codec: their order, and the heading when there is no item
---@return string
function csv.of(items, fields)
  local rows, order, columns = {}, {}, {}
  for i, item in ipairs(items) do
    rows[i] = {}
    flatten(type(item) == "table" and item or {value = item}, "", "", fields, rows[i], order)
  end
  for path in pairs(order) do
    columns[#columns + 1] = path
  end
  table.sort(columns, function(a, b)
    return order[a] < order[b]
  end)
  for _, field in ipairs(#items == 0 and fields or {}) do
    columns[#columns + 1] = field.name
  end
  return csv.encode(columns, rows)
end

return csv
