-- A transport of one's own: here the curl command. Any HTTP client will do in its place.
--
--   reseal sandbox --listen 127.0.0.1:8089 &
--   lua5.4 examples/own_transport.lua                  # the endpoint is RESEAL_ENDPOINT, or that sandbox
--
-- A transport gets {method, url, headers, body} and the limits, and returns {status, headers, body}, or nil and
-- {code, message, sent}. `sent` may be false only where it is certain that nothing of the request has left: after that,
-- an order can be repeated; otherwise it may have been carried out. Of an answer that was cut in its body the failure
-- also has status, headers and received (bytes): a header may name what was ordered.

local reseal = require "reseal"

local function slurp(path)
  local file = assert(io.open(path, "rb"))
  local content = file:read("*a")
  file:close()
  os.remove(path)
  return content
end

-- curl's numbers for what went wrong before any byte of the request left.
local BEFORE = {["6"] = "connect", ["7"] = "connect", ["35"] = "tls", ["60"] = "tls"}

local function curl_command(request, limits)
  -- Headers and body hold the key. On curl's standard input no other user of the machine can see them.
  local config = {}
  local function option(name, value)
    value = tostring(value):gsub('[\\"]', "\\%0"):gsub("\n", "\\n"):gsub("\r", "\\r"):gsub("\t", "\\t")
    config[#config + 1] = name .. ' = "' .. value .. '"'
  end
  local headers_file, body_file, exit_file = os.tmpname(), os.tmpname(), os.tmpname()
  option("url", request.url)
  option("request", request.method)
  option("max-time", limits.timeout)
  option("connect-timeout", limits.connect_timeout)
  option("dump-header", headers_file)
  option("output", body_file)
  for name, value in pairs(request.headers) do
    option("header", name .. ": " .. value)
  end
  if request.body then
    option("data-raw", request.body)
  end

  local curl = assert(io.popen("curl --disable --silent --config -; echo $? >" .. exit_file, "w"))
  curl:write(table.concat(config, "\n"), "\n")
  curl:close()
  local exit, head, body = slurp(exit_file):match("%d+"), slurp(headers_file), slurp(body_file)

  local headers = {}
  for name, value in head:gmatch("\n([^:\r\n]+):[ \t]*([^\r\n]*)") do
    headers[name] = value
  end
  local status = tonumber(head:match("^HTTP/%S+ (%d+)"))
  if exit ~= "0" then
    local code = BEFORE[exit]
    local failure = {code = code or "closed", message = "curl ended with " .. exit .. ".", sent = not code}
    if head:find("\r\n\r\n$") then
      failure.status, failure.headers, failure.received = status, headers, #body
    end
    return nil, failure
  end
  return {status = status, headers = headers, body = body}
end

local nc = assert(reseal.namecheap {
  api_user = "apiexample",
  api_key = "56b4c87ef4fd49cb96d915c0db68194",
  client_ip = "1.2.3.4",
  endpoint = os.getenv("RESEAL_ENDPOINT") or "http://127.0.0.1:8089",
  transport = curl_command,
})

local r, err = nc:getInfo {CertificateID = 501904}
if not r then
  print("no answer: " .. err)
  os.exit(1)
end
print(r.Type .. " is " .. r.Status .. " until " .. r.Expires)
