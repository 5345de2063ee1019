--- Tells on standard error what is sent and what comes back: never a header, a body or anything secret.

local system = require "reseal.system"
local text = require "reseal.cli.text"

--- The URL up to its query, which may hold what is not to be shown.
local function place(url)
  local path, query = url:match("^([^?]*)(.*)$")
  return text.tame(path) .. (query ~= "" and "?…" or "")
end

local function say(...)
  io.stderr:write("reseal: ", ("%s"):rep(select("#", ...)):format(...), "\n")
end

--- Wraps a transport.
---@param transport reseal.Transport
---@param name string the call, in words
---@return reseal.Transport
return function(transport, name)
  local count = 0
  return function(request, options)
    count = count + 1
    say(("> %s %s (%s, attempt %d, %d bytes)"):format(request.method, place(request.url), name, count,
      #(request.body or "")))
    local start = system.now()
    local answer, err = transport(request, options)
    local seconds = system.now() - start
    if type(answer) == "table" then
      say(("< %s in %.3f s, %d bytes"):format(tostring(answer.status), seconds, #(answer.body or "")))
    else
      local code = type(err) == "table" and err.code or "no answer"
      say(("< %s after %.3f s%s"):format(tostring(code), seconds,
        type(err) == "table" and err.sent == false and ", nothing was sent" or ""))
    end
    return answer, err
  end
end
