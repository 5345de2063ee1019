--- Reads one HTTP request. Parsed here and not by nginx, so that query and body may come in any mixture.

local request = {}

--- Undoes the escapes of URLs and forms.
function request.unescape(text)
  return (text:gsub("%+", " "):gsub("%%(%x%x)", function(code)
    return string.char(tonumber(code, 16))
  end))
end

local unescape = request.unescape

--- Appends the pairs of `a=1&b=2`.
local function read_pairs(into, text)
  for piece in text:gmatch("[^&]+") do
    local name, value = piece:match("^([^=]*)=?(.*)$")
    into[#into + 1] = {unescape(name), unescape(value)}
  end
end

--- Appends the fields of a multipart/form-data body.
local function read_multipart(into, body, boundary)
  body = "\r\n" .. body
  local delimiter = "\r\n--" .. boundary
  local _, stop = body:find(delimiter, 1, true)
  while stop do
    local next_start, next_stop = body:find(delimiter, stop + 1, true)
    if not next_start then
      return
    end
    local head, value = body:sub(stop + 1, next_start - 1):match("^\r\n(.-)\r\n\r\n(.*)$")
    local name = head and (head:match('[;%s]name="([^"]*)"') or head:match("[;%s]name=([^;%s]+)"))
    if name then
      into[#into + 1] = {name, value}
    end
    stop = next_stop
  end
end

---@class reseal.sandbox.request
---@field verb string
---@field path string as it was sent, without query
---@field place string the same, unescaped and made simple by nginx
---@field address string of who asks
---@field headers table<string, string>
---@field query table list of {name, value}
---@field form table list of {name, value}: the query's, then the body's
---@field body string
---@field took fun(): number seconds that it has taken so far
---@field fault string|nil what is to go wrong with the answer, as of reseal.sandbox.fault

--- The request that nginx is serving.
---@return reseal.sandbox.request
function request.read()
  ngx.req.read_body()
  local body = ngx.req.get_body_data() or ""
  local headers = ngx.req.get_headers()
  local content_type = headers["Content-Type"]
  if type(content_type) == "table" then
    content_type = content_type[1]
  end
  local path, query_text = ngx.var.request_uri:match("^([^?]*)%??(.*)$")

  local start = ngx.req.start_time()
  local query, form = {}, {}
  read_pairs(query, query_text)
  read_pairs(form, query_text)
  local kind = (content_type or ""):lower()
  if kind:find("^multipart/form%-data") then
    local boundary = content_type:match('[Bb][Oo][Uu][Nn][Dd][Aa][Rr][Yy]="?([^";%s]+)')
    if boundary then
      read_multipart(form, body, boundary)
    end
  elseif not kind:find("json", 1, true) then
    read_pairs(form, body)
  end
  return {
    verb = ngx.req.get_method(),
    path = path,
    headers = headers,
    query = query,
    form = form,
    body = body,
    place = ngx.var.uri,
    address = ngx.var.remote_addr,
    took = function()
      ngx.update_time()
      return ngx.now() - start
    end,
  }
end

--- The values of a list of {name, value} by lower-case name; the last one wins.
---@return table<string, string>
function request.by_name(list)
  local values = {}
  for _, pair in ipairs(list) do
    values[pair[1]:lower()] = pair[2]
  end
  return values
end

return request
