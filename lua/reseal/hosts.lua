--- Names of hosts, as certificates have them and as they are stored. A handshake needs these, and no luaossl.

local hosts = {}

--- A name as it is stored: lower case, without the dot at its end; nil when it is none (an address is one, a harmless
--- one). Only the first label may be a "*".
---@param name any
---@return string|nil
function hosts.normal(name)
  if type(name) ~= "string" or #name > 254 then
    return nil
  end
  name = name:lower():gsub("%.$", "")
  local odd = name:gsub("^%*%.", ""):find("[^%w_.-]")
  if odd or #name > 253 or ("." .. name .. "."):find("..", 1, true) then
    return nil
  end
  return name
end

--- What is wrong with a name that a certificate is to have; nil: nothing.
---@param name any
---@return string|nil words to stand behind the name, or behind its place in a list
function hosts.wrong(name)
  if type(name) ~= "string" then
    return "is no text"
  elseif name:find("[\128-\255]") then
    return "has other letters than ASCII: write it in its xn-- form (Punycode, IDNA 2008)"
  elseif not name:find("^[%w*_][%w._-]*%.[%w-]+$") or name:find("*", 2, true) or name:find("^%*[^.]")
    or hosts.normal(name) ~= name:lower() then
    return "must be a host name such as www.example.com, perhaps with *. before it"
  end
end

--- Whether names (of a certificate, say) cover one: by itself, or by the wildcard for its first label.
---@param names string[] lower case
---@param name string
---@return boolean
function hosts.covers(names, name)
  name = name:lower()
  local wildcard = name:gsub("^[^.]*", "*", 1)
  for _, one in ipairs(names) do
    if one == name or one == wildcard then
      return true
    end
  end
  return false
end

return hosts
