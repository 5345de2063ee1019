-- Sets and removes DNS records for a round, at pebble-challtestsrv, which has one call for each. Your DNS service has
-- an API of its own; what counts is that nothing blocks: cosockets, or a library that uses them.

local cjson = require "cjson"

local PATHS = {CNAME = {add = "set-cname", remove = "clear-cname"}, TXT = {add = "set-txt", remove = "clear-txt"}}

--- POSTs JSON by a cosocket; true when the answer is 200.
local function post(address, path, object)
  local host, port = address:match("^(.*):(%d+)$")
  local socket, body = ngx.socket.tcp(), cjson.encode(object)
  socket:settimeout(5000)
  local ok, err = socket:connect(host, tonumber(port))
  if not ok then
    return nil, err
  end
  local head = "POST /%s HTTP/1.0\r\nHost: %s\r\nContent-Length: %d\r\n\r\n"
  socket:send(head:format(path, address, #body) .. body)
  local line
  line, err = socket:receive("*l")
  socket:close()
  if not line or not line:find("^HTTP/1%.%d 200") then
    return nil, line or err
  end
  return true
end

--- A function for a round's option dcv.
---@param address string host and port of the server's management
return function(address)
  ---@param record {type: "CNAME"|"TXT", name: string, target: string}
  ---@param action "add"|"remove"
  ---@return boolean|nil done
  ---@return string|nil err
  return function(record, action)
    local host = record.name .. (record.type == "TXT" and "." or "")
    return post(address, PATHS[record.type][action], {
      host = host,
      target = record.type == "CNAME" and record.target or nil,
      value = record.type == "TXT" and record.target or nil,
    })
  end
end
