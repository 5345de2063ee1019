--- Who requires whom, and whether that is allowed: arrows point down.
--
-- A layer is {name, a list of what belongs to it}, the lowest first. What belongs is the name of a node, or what its
-- name begins with and a "*"; the longest that fits counts. A node may know its own layer and lower ones; where the
-- layer has `only`, of others those layers and nodes alone.

local layers = {}

--- A Lua source without its comments. What stands in strings stays: a configuration in one may require modules too.
local function without_comments(source)
  local parts, at = {}, 1
  while at <= #source do
    local start = source:find("[-\"'%[]", at)
    if not start then
      break
    end
    parts[#parts + 1] = source:sub(at, start - 1)
    local level = source:match("^%-%-%[(=*)%[", start)
    local open = source:match("^%[(=*)%[", start)
    local quote = source:match("^[\"']", start)
    local stop
    if level then
      stop = select(2, source:find("]" .. level .. "]", start, true)) or #source
    elseif source:find("^%-%-", start) then
      stop = (source:find("\n", start, true) or #source + 1) - 1
    elseif open then
      stop = select(2, source:find("]" .. open .. "]", start, true)) or #source
      parts[#parts + 1] = source:sub(start, stop)
    elseif quote then
      stop = start + 1
      while stop <= #source and source:sub(stop, stop) ~= quote do
        stop = stop + (source:sub(stop, stop) == "\\" and 2 or 1)
      end
      parts[#parts + 1] = source:sub(start, stop)
    else
      stop = start
      parts[#parts + 1] = source:sub(start, stop)
    end
    at = stop + 1
  end
  parts[#parts + 1] = source:sub(at)
  return table.concat(parts)
end

--- The modules that a Lua source names: in a require, by a string that is a module's name (a table of drivers, a
--- thread's task), or by the beginning of a name that is put together, which may become any module that begins so.
---@param source string
---@param modules table<string, any> by name: those of the tree
---@return table<string, true> names
---@return string|nil fault a name of which nobody can say where it leads
function layers.lua_requires(source, modules)
  local code, names, fault = without_comments(source), {}, nil
  for quoted in code:gmatch("[\"'%[]([%w_]+%.[%w_.]+)[\"'%]]") do -- one word alone is many things
    if modules[quoted] ~= nil then
      names[quoted] = true
    end
  end
  for _, name, joined in code:gmatch("require%s*[,(]?%s*([\"'])([%w_.]+)%1%s*(%.?%.?)") do
    if joined == ".." then
      local found = false
      for module in pairs(modules) do
        if name:find(".", 1, true) ~= #name and module:sub(1, #name) == name then
          names[module], found = true, true
        end
      end
      fault = fault or not found and ("requires a name that begins with %q: write the names out"):format(name) or nil
    elseif name:find("^reseal") or name:find("^resty%.reseal") then
      names[name] = true
    end
  end
  return names, fault
end

--- The files that a C source includes by quotes, as paths below `root`.
---@param source string
---@param path string the source's own
---@param files table<string, any> by path
---@return table<string, true>
function layers.c_includes(source, path, files)
  local names = {}
  for included in source:gmatch('#include%s*"([^"]+)"') do
    local beside = path:gsub("[^/]*$", "") .. included
    beside = beside:gsub("[^/]+/%.%./", "")
    local known = files[beside] and beside or files[included] and included or "include/" .. included
    names[known] = true
  end
  return names
end

local function layer_of(node, table_of_layers)
  local best, rank, length
  for i, layer in ipairs(table_of_layers) do
    for _, member in ipairs(layer) do
      local start = member:match("^(.*)%*$")
      if (member == node or start and node:sub(1, #start) == start) and not (length and length >= #member) then
        best, rank, length = layer, i, #member
      end
    end
  end
  return best, rank
end

local function is_among(node, layer, only)
  for _, allowed in ipairs(only) do
    if allowed == layer.name or allowed == node then
      return true
    end
  end
  return false
end

local function find_circles(graph, faults)
  local state, path = {}, {}
  local function visit(node)
    state[node], path[#path + 1] = "open", node
    local targets = {}
    for target in pairs(graph[node] or {}) do
      targets[#targets + 1] = target
    end
    table.sort(targets)
    for _, target in ipairs(targets) do
      if state[target] == "open" then
        local from = #path
        while path[from] ~= target do
          from = from - 1
        end
        faults[#faults + 1] = "a circle: " .. table.concat(path, " > ", from) .. " > " .. target
      elseif not state[target] then
        visit(target)
      end
    end
    state[node], path[#path] = "done", nil
  end
  local nodes = {}
  for node in pairs(graph) do
    nodes[#nodes + 1] = node
  end
  table.sort(nodes)
  for _, node in ipairs(nodes) do
    if not state[node] then
      visit(node)
    end
  end
end

--- Everything that is wrong, as sentences in the order of the alphabet.
---@param graph table<string, table<string, true>> from each node to what it knows
---@param table_of_layers table[]
---@return string[]
function layers.faults(graph, table_of_layers)
  local faults = {}
  for node, known in pairs(graph) do
    local own, rank = layer_of(node, table_of_layers)
    if not own then
      faults[#faults + 1] = node .. " has no layer: say in the table where it stands"
    end
    for target in pairs(own and known or {}) do
      local other, height = layer_of(target, table_of_layers)
      local arrow = ("%s (%s) knows %s (%s)"):format(node, own.name, target, other and other.name or "no layer")
      if not graph[target] then
        faults[#faults + 1] = arrow .. ", which is not there"
      elseif other and height > rank then
        faults[#faults + 1] = arrow .. ", which stands above it"
      elseif other and other ~= own and own.only and not is_among(target, other, own.only) then
        faults[#faults + 1] = arrow .. ", which is none of those that it may know"
      end
    end
  end
  find_circles(graph, faults)
  table.sort(faults)
  return faults
end

return layers
