-- The editions in which a method differs.

local content_of = require "tools.docs.content"
local core = require "reseal.core"

--- What a caller sees of a method.
local function content(method)
  return content_of {params = method.params, rules = method.rules, result = method.result, doc = method.doc}
end

---@param provider string
---@param name string a method
---@return table[] described methods: as in the default edition, then as in each other one that says something else
return function(provider, name)
  local default = core.describe(provider, name)
  local found = {default}
  for _, setting in ipairs(core.settings(provider)) do
    for _, value in ipairs(setting.name == "edition" and setting.values or {}) do
      local other = core.describe(provider, name, value)
      if content(other) ~= content(default) then
        found[#found + 1] = other
      end
    end
  end
  return found
end
