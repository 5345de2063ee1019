--- What a program would use in reseal's place: lua-expat for XML, lua-cjson for JSON, and a form encoder in plain Lua.
-- None of them checks a parameter, knows an answer's fields or looks for errors.

local lxp = require "lxp"
local cjson = require "cjson"

local peers = {}

--- An answer as nested tables: attributes by name, children by name (of several, a list), text under "text".
function peers.decode_xml(body)
  local stack = {{}}
  local parser = lxp.new {
    StartElement = function(_, name, attributes)
      local element = {}
      for i = 1, #attributes do
        element[attributes[i]] = attributes[attributes[i]]
      end
      local parent = stack[#stack]
      local before = parent[name]
      if before == nil then
        parent[name] = element
      elseif before[1] then
        before[#before + 1] = element
      else
        parent[name] = {before, element}
      end
      stack[#stack + 1] = element
    end,
    CharacterData = function(_, text)
      if text:find "%S" then
        local element = stack[#stack]
        element.text = (element.text or "") .. text
      end
    end,
    EndElement = function()
      stack[#stack] = nil
    end,
  }
  assert(parser:parse(body))
  assert(parser:parse())
  parser:close()
  return stack[1].ApiResponse
end

peers.decode_json = cjson.decode
peers.encode_json = cjson.encode

local function escaped(character)
  return ("%%%02X"):format(character:byte())
end

--- `pairs_in_order`: {{name, value}, ...}
function peers.encode_form(pairs_in_order)
  local parts = {}
  for i, pair in ipairs(pairs_in_order) do
    parts[i] = pair[1] .. "=" .. tostring(pair[2]):gsub("[^%w%-._~]", escaped)
  end
  return table.concat(parts, "&")
end

return peers
