-- Usage: lua tools/docs.lua [FOLDER]: writes the reference pages and the types, made from the descriptions, under that
-- folder (default: the tree's root, which must be the current folder). With another one: to compare.

local reference = require "tools.docs.reference"
local reseal = require "reseal"
local roles = require "tools.docs.roles"
local types = require "tools.docs.types"

local folder = arg[1] or "."

local function write(path, content)
  local file = assert(io.open(folder .. "/" .. path, "wb"))
  assert(file:write(content))
  assert(file:close())
end

for _, provider in ipairs(reseal.describe()) do
  write("docs/reference/" .. provider .. ".md", reference(provider))
end
write("docs/reference/roles.md", roles())
write("lua/reseal/types.lua", types())
