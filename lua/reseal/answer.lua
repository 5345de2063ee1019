--- What passes between a client and its transport, which may be anybody's: requests out, answers in, each as it should
--- be.

local dates = require "reseal.dates"
local guard = require "reseal.guard"

local answer = {}

local BROKEN = "The transport returned a response without a proper status, headers or body."

local function is_whole(value, low, high)
  return type(value) == "number" and value >= low and value <= high and value % 1 == 0
end

--- The request as a transport gets it: what it does to it changes no repetition.
---@param request reseal.EncodedRequest
---@return reseal.EncodedRequest
function answer.copy_of(request)
  local copy = {}
  for name, value in pairs(request) do
    copy[name] = value
  end
  copy.headers = {}
  for name, value in pairs(request.headers) do
    copy.headers[name] = value
  end
  return copy
end

--- A response as the codec takes it; or why there is none, by field: code, message, sent, and of a cut answer status,
--- headers, received. A transport that breaks its word may have sent.
---@param response any
---@param reason any
---@return reseal.Answer|nil
---@return table|nil why
function answer.checked(response, reason)
  if response == nil or response == false then
    if type(reason) ~= "table" then
      return nil, {message = reason}
    end
    return nil, guard.fields(reason, {"code", "message", "sent", "status", "headers", "received"}) or {}
  end
  if type(response) ~= "table" then
    return nil, {message = "The transport returned a " .. type(response) .. " where a response was due."}
  end
  local fields = guard.fields(response, {"status", "headers", "body"})
  if not fields then
    return nil, {message = "The transport returned a response that can't be read."}
  end
  local status, headers, body = fields.status, fields.headers, fields.body
  if headers == nil then
    headers = {}
  end
  if body == nil then
    body = ""
  end
  if not is_whole(status, 100, 999) or type(headers) ~= "table" or type(body) ~= "string" then
    return nil, {message = BROKEN}
  end
  return {status = status, headers = guard.headers(headers), body = body}
end

--- When an answer was given, by its Date header: the other side's clock.
---@param received reseal.Answer of `checked`
---@return integer|nil epoch seconds
function answer.date(received)
  for name, value in pairs(received.headers) do
    if name:lower() == "date" then
      return dates.time(type(value) == "table" and value[1] or value)
    end
  end
end

--- The head of an answer that was cut in its body, where the transport gives one.
---@param why table of `checked`
---@return {status: integer, headers: table}|nil
function answer.head_of(why)
  if is_whole(why.status, 200, 999) then
    return {
      status = why.status,
      headers = type(why.headers) == "table" and guard.headers(why.headers) or {},
      received = is_whole(why.received, 0, 2 ^ 53) and why.received or nil,
    }
  end
end

--- What a transport says of its failure, its texts by way of `masked`. What it hands on of an answer shows that it had
--- sent.
---@param why table of `checked`
---@param head table|nil of `head_of`
---@param masked fun(text: string): string
---@return table reason as `failure.transport` takes it
function answer.told(why, head, masked)
  local function text(value)
    return type(value) == "string" and masked(value) or nil
  end
  return {
    code = text(why.code),
    message = text(why.message),
    sent = head and true or why.sent,
    received = head and is_whole(why.received, 0, 2 ^ 53) and why.received or nil,
  }
end

return answer
