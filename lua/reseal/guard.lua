--- Calls of what others gave us (transports, functions that sleep or give secrets), whatever they do.

local guard = {}

--- Passes on what a coroutine yields until it ends; as pcall's results.
local function pass(thread, ok, ...)
  if not ok then
    return false, ...
  elseif coroutine.status(thread) == "dead" then
    return true, ...
  end
  return pass(thread, coroutine.resume(thread, coroutine.yield(...)))
end

--- As pcall; what it calls may yield, in Lua 5.1 too, where it then runs in a coroutine of its own. (There, nothing can
--- yield inside a pcall of the caller's.)
---@param call function
---@param ... any its arguments
---@return boolean ok
---@return any ... its results, or the error
guard.call = pcall

if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
  function guard.call(call, ...)
    if not coroutine.running() then
      return pcall(call, ...)
    end
    local thread = coroutine.create(function(...) -- 5.1 makes none of a C function
      return call(...)
    end)
    return pass(thread, coroutine.resume(thread, ...))
  end
end

--- Any value as text; what it has to say about that may raise.
---@param value any
---@return string
function guard.text(value)
  local ok, text = pcall(tostring, value)
  return ok and type(text) == "string" and text or "a " .. type(value) .. " that can't be shown"
end

--- The named fields of a table. Nil when reading them raises.
---@param from table
---@param names string[]
---@return table|nil
function guard.fields(from, names)
  local fields = {}
  local ok = guard.call(function()
    for _, name in ipairs(names) do
      fields[name] = from[name]
    end
  end)
  return ok and fields or nil
end

--- Headers of any origin in a table of their own: strings and numbers by name, or lists of them.
---@param headers table
---@return table<string, string|number|table>
function guard.headers(headers)
  local own = {}
  for name, value in next, headers do
    if type(name) == "string" then
      if type(value) == "table" then
        local list, i = {}, 1
        while rawget(value, i) ~= nil do
          list[i], i = rawget(value, i), i + 1
        end
        value = list
      end
      own[name] = value
    end
  end
  return own
end

return guard
