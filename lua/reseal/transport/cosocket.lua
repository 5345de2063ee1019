--- The transport for nginx: cosockets, so that nothing waits but the caller.
-- It works wherever cosockets do: content, rewrite, access, ssl_certificate and timers. Certificates are verified
-- against `lua_ssl_trusted_certificate` to the depth of `lua_ssl_verify_depth` (nginx's default, 1, is too little for
-- most chains); host names need `resolver`, whose own `resolver_timeout` counts apart. Redirects are not followed, no
-- proxy is used, and a request is never sent twice.

local core = require "reseal.core"
local limits = require "reseal.limits"
local response = require "reseal.transport.http1"

---@class reseal.CosocketOptions
---@field send_timeout? number seconds in which some of the request must leave; default: the whole exchange's
---@field read_timeout? number seconds in which some of the answer must come; default: the whole exchange's
---@field idle? number seconds that a connection is kept for the next request (default 30); 0: none is kept
---@field pool_size? integer connections kept per worker and host (default 4)

local PIECE = 16384 -- bytes handed to the socket at once; between pieces the clock is looked at
local METHODS = {GET = true, HEAD = true, POST = true, PUT = true, PATCH = true, DELETE = true}

-- How the request is framed is decided here alone.
local OWN_HEADERS = {
  connection = true, ["content-length"] = true, expect = true, host = true, ["keep-alive"] = true, te = true,
  trailer = true, ["transfer-encoding"] = true, upgrade = true,
}

--- Takes an URL apart: {scheme, host (as in the URL, lower-case), port, path, authority}; nil when it isn't allowed.
local function parse_url(url)
  if not core.url(url) then
    return nil
  end
  local scheme, authority, path = url:match("^(%a+)://([^/?#]*)([^#]*)")
  scheme, authority = scheme:lower(), authority:lower()
  local host, port = authority:match("^(.-):?(%d*)$")
  if authority:sub(1, 1) == "[" then
    host, port = authority:match("^(%[.*%]):?(%d*)$")
  end
  if path:sub(1, 1) ~= "/" then
    path = "/" .. path
  end
  return {
    scheme = scheme, host = host, port = tonumber(port) or (scheme == "https" and 443 or 80), path = path,
    authority = authority,
  }
end

local function sorted_names(headers)
  local names = {}
  for name, value in pairs(headers) do
    if type(name) ~= "string" or type(value) ~= "string" then
      error("headers must be strings with string names", 4)
    end
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- The bytes before the body; or nil and why a header can't be sent.
local function head_of(request, url, fresh)
  local lines = {request.method .. " " .. url.path .. " HTTP/1.1", "Host: " .. url.authority}
  local has_accept = false
  for _, name in ipairs(sorted_names(request.headers or {})) do
    local value = request.headers[name]
    if #name > 256 or not name:find("^[%w!#$%%&'*+%-.^_`|~]+$") then
      return nil, "a header's name is not a token"
    elseif OWN_HEADERS[name:lower()] then
      return nil, "header " .. name .. " is set by the transport"
    elseif #value > limits.header.max then
      return nil, "header " .. name .. " is too long"
    elseif value:gsub("\t", ""):find("%c") then
      return nil, "the value of header " .. name .. " has a control character"
    end
    has_accept = has_accept or name:lower() == "accept"
    lines[#lines + 1] = name .. ": " .. value
  end
  if not has_accept then
    lines[#lines + 1] = "Accept: */*"
  end
  if request.body or (request.method ~= "GET" and request.method ~= "HEAD") then
    lines[#lines + 1] = "Content-Length: " .. #(request.body or "")
  end
  if fresh then
    lines[#lines + 1] = "Connection: close"
  end
  lines[#lines + 1] = "\r\n"
  return table.concat(lines, "\r\n")
end

local function failure(code, sent, message, ...)
  return nil, {code = code, sent = sent, message = message:format(...)}
end

--- nginx's own words; they hold host names and OpenSSL's texts, nothing of the request.
local function plain(text)
  return (tostring(text):gsub("[^\32-\126]", "?"):sub(1, 200))
end

local TLS_HINTS = {
  ["20:"] = " (is lua_ssl_trusted_certificate set?)",
  ["21:"] = " (is lua_ssl_trusted_certificate set?)",
  ["22:"] = " (lua_ssl_verify_depth is too small)",
}

--- The option `name` in seconds: at most what its limit allows, and without it the limit's default or none.
local function seconds(value, name, limit)
  if value == nil then
    return limit and limit.default
  end
  if type(value) ~= "number" or value ~= value or value <= 0 then
    error(name .. " must be a number of seconds above 0", 4)
  end
  return math.min(value, (limit or limits.timeout).max)
end

--- Lets the next operation of the socket last until `deadline`, and `most` seconds at most.
local function limit(sock, deadline, most)
  local left = math.min(deadline - ngx.now(), most or limits.timeout.max)
  if left <= 0 then
    return false
  end
  sock:settimeout(math.ceil(left * 1000))
  return true
end

--- Connects, by TLS where the URL says so. A fresh connection's pool has another name, and nothing ever enters it.
local function connect(sock, url, fresh, deadline)
  local address = url.host == "localhost" and "127.0.0.1" or url.host -- nginx's resolver does not read /etc/hosts
  local pool = table.concat({fresh and "reseal-fresh" or "reseal", url.scheme, url.host, url.port}, ":")
  limit(sock, deadline)
  local ok, err = sock:connect(address, url.port, {pool = pool})
  if not ok then
    return failure("connect", false, "no connection to %s: %s", url.host, plain(err))
  end
  if url.scheme == "http" or sock:getreusedtimes() > 0 then
    return true
  end
  local name = url.host:gsub("^%[(.*)%]$", "%1"):gsub("%.$", "")
  ok, err = nil, "timeout"
  if limit(sock, deadline) then
    ok, err = sock:sslhandshake(false, name, true)
  end
  -- A handshake that ends at once is called good by ngx_lua up to 0.10.30 also where the certificate is not; it has
  -- then closed the socket: https://github.com/openresty/lua-nginx-module/pull/2506
  if ok and not sock:getreusedtimes() then
    ok, err = nil, "the certificate is not valid for this host, or not trusted"
  end
  if ok then
    return true
  end
  sock:close()
  err = plain(err)
  if err:find("timeout", 1, true) or err:find("timed out", 1, true) then
    return failure("connect", false, "no connection to %s: the TLS handshake took too long", url.host)
  end
  return failure("tls", false, "no trusted TLS connection to %s: %s%s", url.host, err,
    TLS_HINTS[err:match("^%d+:") or ""] or "")
end

local function send(sock, bytes, deadline, most)
  for from = 1, #bytes, PIECE do
    if not limit(sock, deadline, most) then
      return nil, "timeout"
    end
    local ok, err = sock:send(bytes:sub(from, from + PIECE - 1))
    if not ok then
      return nil, err
    end
  end
  return true
end

local FAULTS = {
  timeout = "%s gave no whole answer in time",
  closed = "the connection to %s ended before the whole answer had come",
  too_large = "the answer of %s is larger than allowed",
  protocol = "the answer of %s is not proper HTTP: %s",
}

--- Makes a transport. It holds no connection and no buffer of its own: any number of requests may run at once.
--- It raises only for arguments of a wrong type.
---@param opts? reseal.CosocketOptions
---@return reseal.Transport
return function(opts)
  opts = opts or {}
  local send_timeout = seconds(opts.send_timeout, "send_timeout")
  local read_timeout = seconds(opts.read_timeout, "read_timeout")
  local idle, pool_size = opts.idle or 30, opts.pool_size or 4

  return function(request, options)
    options = options or {}
    if type(request) ~= "table" or type(request.method) ~= "string" or type(request.url) ~= "string" then
      error("the request must be a table with method and url", 2)
    end
    if type(request.body or "") ~= "string" then
      error("the body must be a string", 2)
    end
    if not METHODS[request.method] then
      return failure("bad_method", false, "the method must be GET, HEAD, POST, PUT, PATCH or DELETE")
    end
    local url = parse_url(request.url)
    if not url then
      return failure("bad_url", false,
        "the URL must be https (http for a loopback host only), without user and password")
    end
    local fresh = options.fresh or idle == 0
    local head, wrong = head_of(request, url, fresh)
    if not head then
      return failure("bad_header", false, "%s", wrong)
    end

    ngx.update_time()
    local now = ngx.now()
    local deadline = now + seconds(options.timeout, "timeout", limits.timeout)
    local connected = now + seconds(options.connect_timeout, "connect_timeout", limits.connect_timeout)
    connected = math.min(deadline, connected)
    local possible, sock = pcall(ngx.socket.tcp)
    if not possible then
      return failure("connect", false, "no connection to %s: nginx has no sockets in this phase", url.host)
    end
    local ok, err = connect(sock, url, fresh, connected)
    if not ok then
      return nil, err
    end

    ok, err = send(sock, head .. (request.body or ""), deadline, send_timeout)
    if not ok then
      sock:close()
      local code = err == "timeout" and "timeout" or "closed"
      return failure(code, true, code == "timeout" and "%s did not take the request in time"
        or "the connection to %s ended while the request was being sent", url.host)
    end

    local function receive()
      if not limit(sock, deadline, read_timeout) then
        return nil, "timeout"
      end
      return sock:receiveany(65536)
    end
    local most = math.min(options.max_body or limits.bytes.default, limits.bytes.max)
    local answer, state, why, cut = response.read(receive, request.method, most)
    -- Closing by ourselves where anything is in doubt: bytes that come late would be read as the next answer.
    if not (answer and state and not fresh and sock:setkeepalive(math.ceil(idle * 1000), pool_size)) then
      sock:close()
    end
    if not answer then
      local _, fault = failure(state, true, FAULTS[state], url.host, why)
      if cut then
        fault.status, fault.headers, fault.received = cut.status, cut.headers, cut.received
      end
      return nil, fault
    end
    return answer
  end
end
