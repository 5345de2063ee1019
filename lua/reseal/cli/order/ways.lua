--- What the options of `init` and `import` say of proof and installation, and how entries are written down.

local ways = {}

--- A command's words: no shell reads them, so quotes and $ are nothing special.
---@param shown string|nil
---@return string[]|nil
function ways.words(shown)
  if not shown then
    return nil
  end
  local list = {}
  for word in shown:gmatch "%S+" do
    list[#list + 1] = word
  end
  return list
end

--- How control is proved; nil: the options don't say.
---@param options table the command line's: webroot, dns_hook, email
---@return table|nil way
---@return string|nil message more than one is said
function ways.proof(options)
  local given = {}
  for _, name in ipairs {"webroot", "dns_hook", "email"} do
    given[#given + 1] = options[name] and name or nil
  end
  if #given > 1 then
    return nil, ("--%s and --%s are both there; one of them is enough"):format((given[1]:gsub("_", "-")),
      (given[2]:gsub("_", "-")))
  elseif options.webroot then
    return {method = "http", webroot = options.webroot}
  elseif options.dns_hook then
    return {method = "dns", hook = ways.words(options.dns_hook)}
  elseif options.email then
    return {method = "email", address = options.email}
  end
end

local RANK = {}
for i, field in ipairs {
  "name", "names", "account", "certificate", "product", "key", "years", "buy", "max_price", "before", "prove", "method",
  "webroot", "hook", "address", "install", "folder", "timeout", "check", "params", "enabled",
} do
  RANK[field] = i
end

--- A value in Lua's notation, in one line.
---@param value any
---@return string
function ways.lua(value)
  if type(value) == "table" then
    local parts = {}
    if #value > 0 then
      for i, item in ipairs(value) do
        parts[i] = ways.lua(item)
      end
    else
      local keys = {}
      for key in pairs(value) do
        keys[#keys + 1] = key
      end
      table.sort(keys, function(a, b)
        local one, other = RANK[a] or 99, RANK[b] or 99
        return one < other or one == other and a < b
      end)
      for i, key in ipairs(keys) do
        parts[i] = (key:find "^[%a_][%w_]*$" and key or ("[%s]"):format(ways.lua(key))) .. " = " .. ways.lua(value[key])
      end
    end
    return "{" .. table.concat(parts, ", ") .. "}"
  elseif type(value) == "string" then
    return '"' .. value:gsub('["\\]', "\\%0"):gsub("%c", function(c) return ("\\%03d"):format(c:byte()) end) .. '"'
  elseif type(value) == "number" then
    return ("%.14g"):format(value)
  end
  return tostring(value)
end

--- The fields of an entry, in the order in which people read them, each {name, value}.
---@param entry table
---@return {[1]: string, [2]: any}[]
function ways.fields(entry)
  local list = {}
  for name, value in pairs(entry) do
    list[#list + 1] = {name, value}
  end
  table.sort(list, function(a, b) return (RANK[a[1]] or 99) < (RANK[b[1]] or 99) end)
  return list
end

return ways
