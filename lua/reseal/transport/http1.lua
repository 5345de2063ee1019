--- Reads one HTTP/1.1 answer from whatever gives its bytes. What two readers could read in two ways is refused.

local limits = require "reseal.limits"

local MAX_HEAD = limits.head.max -- bytes of status lines, headers and trailers together, interim answers included
local MAX_CHUNK_LINE = 1024
local CHUNK_LINE = 20 -- bytes that no chunk's line is blamed for; more of it counts like a header

local reader = {}
reader.__index = reader

--- Asks for more bytes. They come behind those that are not yet taken, which then stand first.
---@return true|nil
---@return string|nil code closed or timeout
function reader:more()
  local bytes, err = self.receive()
  if not bytes then
    return nil, err == "timeout" and "timeout" or "closed", err
  end
  self.buffer = self.buffer:sub(self.at) .. bytes
  self.at = 1
  return true
end

function reader:available()
  return #self.buffer - self.at + 1
end

--- A line without its end, of at most `most` bytes.
function reader:line(most)
  local from = self.at
  while true do
    local feed = self.buffer:find("\n", from, true)
    local length = (feed or #self.buffer + 1) - self.at
    if length > most then
      return nil, "too_large"
    end
    if feed then
      local line = self.buffer:sub(self.at, feed - 1)
      self.at = feed + 1
      if line:sub(-1) ~= "\r" then
        return nil, "protocol", "a line does not end with CR LF"
      end
      line = line:sub(1, -2)
      if line:gsub("\t", ""):find("%c") then
        return nil, "protocol", "a line has a control character"
      end
      return line
    end
    local ok, code, why = self:more()
    if not ok then
      return nil, code, why
    end
    from = length + 1
  end
end

--- A line of the head or the trailer, all of which share one allowance.
function reader:head_line()
  local line, code, why = self:line(self.allowance)
  if not line then
    return nil, code, why
  end
  self.allowance = self.allowance - #line - 2
  if self.allowance < 0 then
    return nil, "too_large"
  end
  return line
end

--- Exactly `count` bytes, put behind `parts`.
function reader:bytes(count, parts)
  while count > 0 do
    if self:available() == 0 then
      local ok, code, why = self:more()
      if not ok then
        return nil, code, why
      end
    end
    local part = self.buffer:sub(self.at, self.at + count - 1)
    self.at = self.at + #part
    count = count - #part
    parts[#parts + 1] = part
  end
  return true
end

--- The status, and whether it is HTTP/1.1. What is no HTTP is told by its first bytes, without waiting for a line.
function reader:status()
  local start
  repeat
    if self:available() < 5 then
      local ok, code, why = self:more()
      if not ok then
        return nil, code, why
      end
    end
    start = self.buffer:sub(self.at, self.at + 4)
    if start ~= ("HTTP/"):sub(1, #start) then
      return nil, "protocol", "it does not begin with HTTP/"
    end
  until #start == 5
  local line, code, why = self:head_line()
  if not line then
    return nil, code, why
  end
  local minor, status, rest = line:match("^HTTP/1%.([01]) ([1-9]%d%d)(.*)$")
  if not status or (rest ~= "" and rest:sub(1, 1) ~= " ") then
    return nil, "protocol", "its status line is not one of HTTP/1.1"
  end
  return tonumber(status), minor == "1"
end

--- The headers as received, and the values by lower-case name: `fields[name]` is an array.
function reader:headers()
  local headers, fields, spelling = {}, {}, {}
  while true do
    local line, code, why = self:head_line()
    if not line then
      return nil, code, why
    end
    if line == "" then
      return headers, fields
    end
    local name, value = line:match("^([%w!#$%%&'*+%-.^_`|~]+):[ \t]*(.-)[ \t]*$")
    if not name then
      return nil, "protocol", "a header line is malformed"
    end
    local key = name:lower()
    local values = fields[key] or {}
    fields[key], spelling[key] = values, spelling[key] or name
    values[#values + 1] = value
    headers[spelling[key]] = #values == 1 and value or values
  end
end

--- How the body ends: {length = n}, {chunked = true}, or {} with the connection.
local function framing(fields, modern)
  local codings, lengths = fields["transfer-encoding"], fields["content-length"]
  if codings then
    if lengths then
      return nil, "protocol", "it has both Transfer-Encoding and Content-Length"
    end
    if #codings ~= 1 or codings[1]:lower() ~= "chunked" or not modern then
      return nil, "protocol", "its Transfer-Encoding is not chunked"
    end
    return {chunked = true}
  end
  if not lengths then
    return {}
  end
  for _, length in ipairs(lengths) do
    if length ~= lengths[1] or not length:find("^%d+$") then
      return nil, "protocol", "its Content-Length is not one number"
    end
  end
  return {length = #lengths[1] > 15 and math.huge or tonumber(lengths[1])}
end

--- The body, part by part, behind `parts`; true when it is whole.
function reader:chunks(max_body, parts)
  local total = 0
  while true do
    local line, code, why = self:line(MAX_CHUNK_LINE)
    if not line then
      return nil, code, why
    end
    local digits, rest = line:match("^(%x+)[ \t]*(.*)$")
    if not digits or #digits > 15 or (rest ~= "" and rest:sub(1, 1) ~= ";") then
      return nil, "protocol", "the size of a chunk is malformed"
    end
    self.allowance = self.allowance - math.max(0, #line - CHUNK_LINE)
    local size = tonumber(digits, 16)
    total = total + size
    if total > max_body or self.allowance < 0 then
      return nil, "too_large"
    end
    if size == 0 then
      break
    end
    local ok
    ok, code, why = self:bytes(size, parts)
    if ok then
      line, code, why = self:line(MAX_CHUNK_LINE)
    end
    if not ok or not line then
      return nil, code, why
    end
    if line ~= "" then
      return nil, "protocol", "a chunk is longer than it said"
    end
  end
  local line, code, why
  repeat -- the trailer stands behind the body, and is no header
    line, code, why = self:head_line()
    if not line then
      return nil, code, why
    end
  until line == ""
  return true
end

function reader:until_closed(max_body, parts)
  local total = 0
  while true do
    local part = self.buffer:sub(self.at)
    self.at = #self.buffer + 1
    parts[#parts + 1] = part
    total = total + #part
    if total > max_body then
      return nil, "too_large"
    end
    local ok, code, why = self:more()
    if not ok then
      if code == "closed" and why == "closed" then
        return true
      end
      return nil, code, why
    end
  end
end

local function read_body(self, ending, max_body, parts)
  if ending.chunked then
    return self:chunks(max_body, parts)
  elseif not ending.length then
    return self:until_closed(max_body, parts)
  elseif ending.length > max_body then
    return nil, "too_large"
  end
  return self:bytes(ending.length, parts)
end

local function length_of(parts)
  local length = 0
  for _, part in ipairs(parts) do
    length = length + #part
  end
  return length
end

local function says_close(fields)
  for _, value in ipairs(fields.connection or {}) do
    if value:lower():find("close", 1, true) then
      return true
    end
  end
  return false
end

local response = {}

--- Reads an answer. Interim ones (100, 103) are skipped.
---@param receive fun(): string|nil, string|nil gives some bytes, or nil and "closed", "timeout" or another fault
---@param method string of the request: the answer to HEAD has no body
---@param max_body integer bytes
---@return reseal.Answer|nil
---@return boolean|string reusable whether the connection can carry another exchange; for nil the code: closed,
---  timeout, protocol or too_large
---@return string|nil why what is wrong, for protocol; the fault `receive` told, for closed; nothing of the answer
---@return table|nil cut {status, headers, received} of an answer that failed behind its head
function response.read(receive, method, max_body)
  local self = setmetatable({receive = receive, buffer = "", at = 1, allowance = MAX_HEAD}, reader)
  local status, modern, headers, fields, why
  repeat
    status, modern, why = self:status()
    if not status then
      return nil, modern, why
    end
    headers, fields, why = self:headers()
    if not headers then
      return nil, fields, why
    end
    if status == 101 then
      return nil, "protocol", "it changes the protocol, which was not asked for"
    end
  until status >= 200

  local parts = {}
  local function cut(code, told)
    return nil, code, told, {status = status, headers = headers, received = length_of(parts)}
  end
  local ending, code
  ending, code, why = framing(fields, modern)
  if not ending then
    return cut(code, why)
  end
  if method == "HEAD" or status == 204 or status == 304 then
    ending = {length = 0}
  end
  local ok
  ok, code, why = read_body(self, ending, max_body, parts)
  if not ok then
    return cut(code, why)
  end
  local delimited = ending.chunked or ending.length ~= nil
  local reusable = modern and delimited and self:available() == 0 and not says_close(fields)
  return {status = status, headers = headers, body = table.concat(parts)}, reusable
end

return response
