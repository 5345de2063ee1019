--- What the sandbox takes from reseal's descriptions: which methods exist, where, and with which parameters.
-- Nothing else of reseal is used here: requests are read and answers written by the sandbox's own code.

local core = require "reseal.core.ffi"

local routes = {}

--- Namecheap's commands, by lower-case command.
---@return table<string, {name: string, command: string, effect: string}>
function routes.commands()
  local commands = {}
  for _, name in ipairs(core.describe("namecheap")) do
    local method = core.describe("namecheap", name)
    commands[method.command:lower()] = { name = method.name, command = method.command, effect = method.effect }
  end
  return commands
end

--- The parameters of a method, in the order of the provider's page.
---@param provider string
---@param name string
---@param edition? string
---@return table params
function routes.parameters(provider, name, edition)
  return core.describe(provider, name, edition).params
end

--- Realtime Register's paths.
---@return table list of {name, verb, pattern, placeholders, params, filters}; the pattern captures the placeholders'
---  values, filters are the fields that a list call filters by
function routes.paths()
  local list = {}
  local function add(method)
    local escaped, placeholders = method.path:gsub("[%-%.]", "%%%0"), {}
    for name in method.path:gmatch("{(%w+)}") do placeholders[#placeholders + 1] = name end
    list[#list + 1] = {
      name = method.name,
      verb = method.verb,
      pattern = "^" .. escaped:gsub("{%w+}", "([^/]+)") .. "/?$",
      placeholders = placeholders,
      params = method.params or {},
      filters = method.filters or {},
    }
  end
  for _, name in ipairs(core.describe("realtimeregister")) do add(core.describe("realtimeregister", name)) end
  return list
end

return routes
