--- Reads one HTTP request. Parsed here and not by nginx, so that query and body may come in any mixture.

local request = {}

local function unescape(text)
  return (text:gsub("%+", " "):gsub("%%(%x%x)", function(code)
    return string.char(tonumber(code, 16))
  end))
end

--- Appends the pairs of `a=1&b=2`.
local function read_pairs(into, text)
  for piece in text:gmatch("[^&]+") do
    local name, value = piece:match("^([^=]*)=?(.*)$")
    into[#into + 1] = { unescape(name), unescape(value) }
  end
end

--- Appends the fields of a multipart/form-data body.
local function read_multipart(into, body, boundary)
  body = "\r\n" .. body
  local delimiter = "\r\n--" .. boundary
  local _, stop = body:find(delimiter, 1, true)
  while stop do
    local next_start, next_stop = body:find(delimiter, stop + 1, true)
    if not next_start then return end
    local head, value = body:sub(stop + 1, next_start - 1):match("^\r\n(.-)\r\n\r\n(.*)$")
    local name = head and (head:match('[;%s]name="([^"]*)"') or head:match("[;%s]name=([^;%s]+)"))
    if name then into[#into + 1] = { name, value } end
    stop = next_stop
  end
end

---@class reseal.sandbox.request
---@field verb string
---@field path string without query
---@field headers table<string, string>
---@field query table list of {name, value}
---@field form table list of {name, value}: the query's, then the body's
---@field body string
---@field time number seconds since the epoch

--- The request that nginx is serving.
---@return reseal.sandbox.request
function request.read()
  ngx.req.read_body()
  local body = ngx.req.get_body_data() or ""
  local headers = ngx.req.get_headers()
  local content_type = headers["Content-Type"]
  if type(content_type) == "table" then content_type = content_type[1] end
  local path, query_text = ngx.var.request_uri:match("^([^?]*)%??(.*)$")

  local query, form = {}, {}
  read_pairs(query, query_text)
  read_pairs(form, query_text)
  local kind = (content_type or ""):lower()
  if kind:find("^multipart/form%-data") then
    local boundary = content_type:match('[Bb][Oo][Uu][Nn][Dd][Aa][Rr][Yy]="?([^";%s]+)')
    if boundary then read_multipart(form, body, boundary) end
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
    time = ngx.req.start_time(),
  }
end

--- The values of a list of {name, value} by lower-case name; the last one wins.
---@return table<string, string>
function request.by_name(list)
  local values = {}
  for _, pair in ipairs(list) do values[pair[1]:lower()] = pair[2] end
  return values
end

return request
