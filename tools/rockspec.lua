-- Usage: lua tools/rockspec.lua FILE, from the tree's root: rewrites the rockspec's lists of files from what is there.

local path = assert(arg[1], "which rockspec?")

local function files(command)
  local pipe = assert(io.popen(command))
  local list = {}
  for line in pipe:lines() do
    list[#list + 1] = line
  end
  pipe:close()
  table.sort(list)
  assert(#list > 0, command .. " finds nothing")
  return list
end

local function quoted(list, indent)
  return indent .. '"' .. table.concat(list, '",\n' .. indent .. '"') .. '",\n'
end

local function lua_modules()
  local list = {}
  for i, source in ipairs(files "find lua -name '*.lua'") do
    local name = source:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
    list[i] = ('    ["%s"] = "%s",\n'):format(name, source)
  end
  return table.concat(list)
end

local file = assert(io.open(path))
local content = file:read "*a"
file:close()

--- Puts `list` between two texts, each of which stands there once.
local function put(before, after, list)
  local _, start = content:find(before, 1, true)
  assert(start, "no " .. before)
  local stop = assert(content:find(after, start, true), "no " .. after)
  content = content:sub(1, start) .. list .. content:sub(stop)
end

put("local codec = {\n", "}\n", quoted(files "ls csrc/codec/*.c csrc/providers/*.c csrc/providers/*/*.c", "  "))
put('"csrc/lua/curl.c",\n', "      },\n", quoted(files "ls csrc/curl/*.c csrc/codec/url.c", "        "))
put('"csrc/lua/system.c",\n', "      },\n", quoted(files "ls csrc/system/*.c", "        "))
put("    -- Lua modules\n", "  },\n  install", lua_modules())

file = assert(io.open(path, "w"))
file:write(content)
file:close()
