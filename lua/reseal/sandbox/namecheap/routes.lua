--- What the sandbox takes of Namecheap from reseal's descriptions: which commands exist, and with which parameters.
-- Nothing else of reseal's codec is used here: requests are read and answers written by the sandbox's own code.

local Routes = {}
Routes.__index = Routes

---@param describe fun(provider: string, method?: string, edition?: string): table as of reseal.core
function Routes.new(describe)
  local commands = {}
  for _, name in ipairs(describe("namecheap")) do
    local method = describe("namecheap", name)
    commands[method.command:lower()] = {name = method.name, command = method.command, effect = method.effect}
  end
  return setmetatable({describe = describe, commands = commands}, Routes)
end

--- The method of a command, in any letter case.
---@return {name: string, command: string, effect: string}|nil method
function Routes:find(command)
  return self.commands[command:lower()]
end

--- The parameters of a method, in the order of the provider's page.
---@param name string
---@param edition? string
---@return table params
function Routes:parameters(name, edition)
  return self.describe("namecheap", name, edition).params
end

return Routes
