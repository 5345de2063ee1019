--- Tells on standard error what is sent and what comes back: never a header, a body or anything secret.

local system = require "reseal.system"
local text = require "reseal.cli.text"

--- The URL up to its query, which may hold what is not to be shown.
local function place(url)
  local path, query = url:match("^([^?]*)(.*)$")
  return text.tame(path) .. (query ~= "" and "?…" or "")
end

local function say(...)
  io.stderr:write("reseal: ", (...):format(select(2, ...)), "\n")
end

--- Wraps a transport, and a client that uses it.
---@param transport reseal.Transport
---@return {transport: reseal.Transport, watch: fun(client: table, provider: string): table}
return function(transport)
  local tracer = {}
  local name, count = "", 0

  function tracer.transport(request, options)
    count = count + 1
    say("> %s %s (%s, attempt %d, %d bytes)", request.method, place(request.url), name, count, #(request.body or ""))
    local start = system.now()
    local answer, err = transport(request, options)
    local seconds = system.now() - start
    if type(answer) == "table" then
      say("< %s in %.3f s, %d bytes", tostring(answer.status), seconds, #(answer.body or ""))
    else
      local known = type(err) == "table" and err or {}
      say("< %s after %.3f s%s", tostring(known.code or "no answer"), seconds,
        known.sent == false and ", nothing was sent" or "")
    end
    return answer, err
  end

  --- The client, with the names of its calls known.
  function tracer.watch(client, provider)
    local watched = {}
    function watched.call(_, method, params)
      name, count = provider .. " " .. method, 0
      return client:call(method, params)
    end
    return setmetatable(watched, {
      __index = function(_, key)
        return function(_, ...)
          return client[key](client, ...)
        end
      end,
    })
  end

  return tracer
end
