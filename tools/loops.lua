--- Usage: lua tools/loops.lua FILE…: fails when a file assigns to the variable of a for loop, which Lua 5.5 refuses to
--- load. Needs luacheck, whose parser it asks.

local decode = require("luacheck.decoder").decode
local parse = require("luacheck.parser").parse

local found = 0

--- Whether `node` is that name; a scope below that declares it anew is looked into as well: better one name too many.
local function assigned(node, name, visit)
  if type(node) ~= "table" then
    return
  end
  if node.tag == "Set" or node.tag == "OpSet" then
    for _, target in ipairs(node[1]) do
      if target.tag == "Id" and target[1] == name then
        visit(target)
      end
    end
  end
  for _, child in ipairs(node) do
    assigned(child, name, visit)
  end
end

local function loops(node, path)
  if type(node) ~= "table" then
    return
  end
  if node.tag == "Fornum" or node.tag == "Forin" then
    local variable = node.tag == "Fornum" and node[1] or node[1][1]
    assigned(node[#node], variable[1], function(target)
      found = found + 1
      io.stderr:write(("%s:%d: %s is the variable of a for loop\n"):format(path, target.line, variable[1]))
    end)
  end
  for _, child in ipairs(node) do
    loops(child, path)
  end
end

for _, path in ipairs(arg) do
  local file = assert(io.open(path))
  local source = file:read("*a"):gsub("^#[^\n]*", "")
  file:close()
  loops(parse(decode(source)), path)
end
os.exit(found == 0 and 0 or 1)
