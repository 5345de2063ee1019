--- What the sandbox takes of Realtime Register from reseal's descriptions: which methods exist, where, and with which
--- parameters. Nothing else of reseal's codec is used here: requests are read and answers written by the sandbox's own
--- code.

local unescape = require("reseal.sandbox.request").unescape

local Routes = {}
Routes.__index = Routes

local function path_of(method)
  local escaped, placeholders = method.path:gsub("[%-%.]", "%%%0"), {}
  for name in method.path:gmatch("{(%w+)}") do
    placeholders[#placeholders + 1] = name
  end
  return {
    name = method.name,
    verb = method.verb,
    pattern = "^" .. escaped:gsub("{%w+}", "([^/]+)") .. "/?$",
    placeholders = placeholders,
    params = method.params or {},
    filters = method.filters or {},
  }
end

---@param describe fun(provider: string, method?: string): table as of reseal.core
function Routes.new(describe)
  local paths = {}
  for _, name in ipairs(describe("realtimeregister")) do
    local path = path_of(describe("realtimeregister", name))
    paths[#paths + 1] = path
    if name == "list" then
      -- it has a second address
      paths[#paths + 1] = {name = path.name, verb = path.verb, params = path.params, filters = path.filters,
        pattern = "^/v2/customers/([^/]+)/certificates/?$", placeholders = {"customer"}}
    end
  end
  return setmetatable({paths = paths}, Routes)
end

--- The method at an address. Two have the same one: those that resend.
---@param request reseal.sandbox.request
---@param resend string which of the two is meant
---@return {name: string, params: table, filters: table, ids: table<string, string|number>}|nil route filters: the
---  fields that a list call filters by; ids: what stands in the path
function Routes:find(request, resend)
  for _, path in ipairs(self.paths) do
    local found = request.verb == path.verb and {request.path:match(path.pattern)} or {}
    if found[1] and (not path.name:find("^resend") or path.name == resend) then
      local ids = {}
      for i, name in ipairs(path.placeholders) do
        local text = unescape(found[i])
        ids[name] = name:find("Id$") and text:find("^%d+$") and tonumber(text) or text
      end
      return {name = path.name, params = path.params, filters = path.filters, ids = ids}
    end
  end
end

return Routes
