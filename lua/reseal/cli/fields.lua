--- What the writers of results (JSON, CSV, one value) ask of a description's fields and of values.

local fields = {}

--- The field of that name among those of a description.
---@param list table[]|nil
---@param name string
---@return table|nil field
---@return integer|nil position
function fields.find(list, name)
  for i, field in ipairs(list or {}) do
    if field.name == name then
      return field, i
    end
  end
end

--- Whether a table is a list of values that are no tables; an empty one is.
---@param value table
---@return boolean
function fields.is_scalars(value)
  for key, item in pairs(value) do
    if type(key) ~= "number" or type(item) == "table" then
      return false
    end
  end
  return true
end

return fields
