--- The transport that uses libcurl: it blocks until the answer is there, and is meant for programs of their own.
-- Connections are kept between calls, and not shared with forked children. Certificates and host names are always
-- verified, redirects are not followed, a request is never sent twice, and nothing is taken from the environment (no
-- proxy, no ~/.netrc, no cookies).

local curl = require "reseal.curl"

---@class reseal.CurlOptions
---@field ca_file? string PEM file of the certificates to trust, instead of the system's
---@field ca_path? string the same as a folder prepared by `openssl rehash`
---@field proxy? string URL of an HTTP or SOCKS proxy; never used for loopback hosts

---@class reseal.Request
---@field method "GET"|"POST"|"PUT"|"PATCH"|"DELETE"
---@field url string https; http only for 127.0.0.0/8, [::1] and localhost; without user and password
---@field headers? table<string, string>
---@field body? string

---@class reseal.TransportOptions
---@field timeout? number seconds for the whole exchange (default 60)
---@field connect_timeout? number seconds until connected, TLS included (default 10)
---@field max_body? integer bytes of body accepted (default 8 MiB)
---@field fresh? boolean open a new connection for this request

---@class reseal.Answer
---@field status integer
---@field headers table<string, string|string[]> names as received; a repeated header is an array
---@field body string

---@class reseal.TransportFailure
---@field code "bad_url"|"bad_header"|"bad_method"|"connect"|"tls"|"timeout"|"closed"|"protocol"|"too_large"|"no_memory"
---@field message string a sentence; it has nothing of the request's or the answer's headers and body
---@field sent boolean false only where it is certain that no byte of the request left
---@field status? integer of an answer that was cut in its body (closed, timeout, too_large, protocol, no_memory)
---@field headers? table<string, string|string[]> of that answer, as in an answer
---@field received? integer bytes of that answer's body that had come; they are not handed on

---@alias reseal.Transport
---| fun(request: reseal.Request, options?: reseal.TransportOptions): reseal.Answer?, reseal.TransportFailure?

--- Makes a transport. The libcurl handle behind it is made at the first request, and closed by `close` or the
--- collector. It raises only for arguments of a wrong type.
---@param opts? reseal.CurlOptions
---@return reseal.Transport
---@return fun() close closes the connections; a request after it opens new ones
return function(opts)
  local handle
  local function transport(request, options)
    if not handle then
      local made, err = curl.new(opts)
      if not made then
        return nil, err
      end
      handle = made
    end
    return handle:perform(request, options)
  end
  local function close()
    local open = handle
    handle = nil
    if open then
      open:close()
    end
  end
  return transport, close
end
