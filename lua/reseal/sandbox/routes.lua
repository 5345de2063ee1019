--- What the sandbox takes from reseal's descriptions: which methods exist, where, and with which parameters.
-- Nothing else of reseal is used here: requests are read and answers written by the sandbox's own code.

local core = require "reseal.ffi"

local routes = {}

-- Realtime Register's paths that are no methods of reseal (yet)
local EXTRA = {
  { name = "list", verb = "GET", path = "/v2/ssl/certificates" },
  { name = "process", verb = "GET", path = "/v2/processes/{processId}" },
}

--- Namecheap's commands, by lower-case command.
---@return table<string, {name: string, command: string}>
function routes.commands()
  local commands = {}
  for _, name in ipairs(core.describe("namecheap")) do
    local method = core.describe("namecheap", name)
    commands[method.command:lower()] = { name = method.name, command = method.command }
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
---@return table list of {name, verb, pattern, params}; the pattern captures the identifier
function routes.paths()
  local list = {}
  local function add(method)
    local escaped = method.path:gsub("[%-%.]", "%%%0")
    list[#list + 1] = {
      name = method.name,
      verb = method.verb,
      pattern = "^" .. escaped:gsub("{%w+}", "([^/]+)") .. "/?$",
      params = method.params or {},
    }
  end
  for _, name in ipairs(core.describe("realtimeregister")) do add(core.describe("realtimeregister", name)) end
  for _, method in ipairs(EXTRA) do add(method) end
  return list
end

return routes
