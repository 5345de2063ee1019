--- Which commands can tell what became of a call whose answer is lost, ready to be typed.

local reseal = require "reseal"
local text = require "reseal.cli.text"

--- A word as a shell reads it.
local function quoted(word)
  return word:find("^[%w_@%%+=:,./-]+$") and word or "'" .. word:gsub("'", "'\\''") .. "'"
end

-- What tells how something stands.
local STATUS = {status = true, validation_status = true}

local function has_status(fields)
  for _, field in ipairs(fields or {}) do
    if STATUS[field.role] or has_status(field.fields) then
      return true
    end
  end
  return false
end

--- The words of a read that can tell what became of a call, `known` being what is known of it; nil: it can't.
local function words_of(method, known)
  if method.effect ~= "read" or not has_status(method.result) then
    return nil
  end
  local words = {"reseal", method.provider, method.name}
  for _, param in ipairs(method.params) do
    local given = param.role and known[param.role] or known[param.name:lower()]
    if param.required and not given then
      return nil
    elseif param.required then
      words[#words + 1] = param.name .. "=" .. given
    end
  end
  return (method.paging or #words > 3) and words or nil
end

--- What to look at before such a call is repeated.
---@param provider string
---@param params table the call's parameters
---@param options table the command line's: what names the account is repeated
---@param err reseal.Failure|nil
---@param described table|nil the call's method: what the same thing is called in other methods is then found as well
---@return string
return function(provider, params, options, err, described)
  local known = {}
  for name, value in pairs(params) do
    known[name:lower()] = type(value) == "string" and value or nil
  end
  for _, param in ipairs(described and described.params or {}) do
    if param.role then
      known[param.role] = known[param.name:lower()]
    end
  end
  if err and err.handle then
    known.process_id = text.scalar(err.handle) -- no provider has processes and another handle on an order
  end
  local lines = {"It may have been carried out, and paid for. Before repeating it, look with:"}
  for _, name in ipairs(reseal.describe(provider) or {}) do
    local words = words_of(reseal.describe(provider, name), known)
    if words then
      for _, option in ipairs {"config", "profile", "endpoint", "edition"} do
        if options[option] then
          words[#words + 1] = "--" .. option
          words[#words + 1] = options[option]
        end
      end
      for i, word in ipairs(words) do
        words[i] = quoted(word)
      end
      lines[#lines + 1] = "  " .. table.concat(words, " ")
    end
  end
  return table.concat(lines, "\n")
end
