-- The page of roles, in Markdown: what each means, and which fields of which seller have it.

local core = require "reseal.core"

local HEAD = [[
# Roles

<!-- Made by `make docs` from the descriptions in csrc/providers, not by hand. -->

Sellers call one thing by many names. A role says what a parameter or a result's field means, whatever its name: it
stands as `role` in what `reseal.describe` gives, and `reseal.roles()` lists them all. What works for every seller asks
for roles:

```lua
local roles = require "reseal.roles"
local told = assert(roles.of("namecheap", "getInfo"))
print(told(r, "order_ends"), #told(r, "chain"))
```

Dates are the seller's text (`reseal.time` reads them), money and ids are as the field has them.
]]

--- Adds the names of the fields with a role to that role's list, each once.
local function add(found, fields)
  for _, field in ipairs(fields or {}) do
    local list = field.role and found[field.role] or {}
    if not list[field.name] then
      list[field.name] = true
      list[#list + 1] = "`" .. field.name .. "`"
    end
    add(found, field.fields)
  end
end

--- The names that have each role at a seller.
local function names_of(provider)
  local found = {}
  for _, row in ipairs(core.roles()) do
    found[row.role] = {}
  end
  for _, name in ipairs(core.describe(provider)) do
    local method = core.describe(provider, name)
    add(found, method.params)
    add(found, method.result)
  end
  return found
end

--- The whole page.
---@return string
return function()
  local providers, names, lines = core.describe(), {}, {HEAD}
  for i, provider in ipairs(providers) do
    names[i] = names_of(provider)
  end
  lines[#lines + 1] = "| role | meaning | " .. table.concat(providers, " | ") .. " |"
  lines[#lines + 1] = "|---|---" .. ("|---"):rep(#providers) .. "|"
  for _, row in ipairs(core.roles()) do
    local cells = {"`" .. row.role .. "`", (row.doc:gsub("<", "&lt;"))}
    for i = 1, #providers do
      cells[#cells + 1] = table.concat(names[i][row.role], ", ")
    end
    lines[#lines + 1] = "| " .. table.concat(cells, " | ") .. " |"
  end
  return table.concat(lines, "\n") .. "\n"
end
