--- What bounds an exchange, by name: bytes, depth, items, timeout, connect_timeout, head, header. Rows {name, default,
--- max, doc}, as the codec has them.

local core = require "reseal.core"

---@type table<string, {name: string, default: integer, max: integer, doc: string}>
local limits = {}
for _, row in ipairs(core.limits()) do
  limits[row.name] = row
end

return limits
