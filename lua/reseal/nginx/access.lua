--- Who may see status and metrics: the peer's address against a list of networks.

local bit = require "bit"
local ffi = require "ffi"

local access = {}

if not pcall(function() return ffi.C.reseal_inet_pton end) then
  ffi.cdef [[int reseal_inet_pton(int, const char *, void *) __asm__("inet_pton");]]
end

local INET, INET6 = 2, ffi.os == "OSX" and 30 or 10
local LOCAL = {"127.0.0.0/8", "::1"}
local MAPPED = ("\0"):rep(10) .. "\255\255" -- an IPv4 peer on an IPv6 socket

--- The bytes of an address, 4 or 16; nil when it is none.
local function bytes_of(text)
  local v6 = text:find(":", 1, true)
  local buffer = ffi.new("uint8_t[16]")
  if ffi.C.reseal_inet_pton(v6 and INET6 or INET, text, buffer) ~= 1 then
    return nil
  end
  local bytes = ffi.string(buffer, v6 and 16 or 4)
  return bytes:sub(1, 12) == MAPPED and bytes:sub(13) or bytes
end

--- Reads a list of addresses and networks.
---@param list string[]|nil default: this machine
---@return table|nil networks
---@return string|nil err
function access.networks(list)
  local networks = {}
  for i, text in ipairs(list or LOCAL) do
    local address, length = tostring(text):match("^([^/]+)/?(%d*)$")
    local bytes = address and bytes_of(address)
    local bits = bytes and (tonumber(length) or #bytes * 8)
    if not bits or bits > #bytes * 8 then
      return nil, ("allow: %s is no address or network such as 192.0.2.0/24"):format(tostring(text))
    end
    networks[i] = {bytes = bytes, bits = bits}
  end
  return networks
end

local function inside(bytes, network)
  if #bytes ~= #network.bytes then
    return false
  end
  local whole = math.floor(network.bits / 8)
  if bytes:sub(1, whole) ~= network.bytes:sub(1, whole) then
    return false
  end
  local rest = network.bits % 8
  return rest == 0
    or bit.rshift(bytes:byte(whole + 1), 8 - rest) == bit.rshift(network.bytes:byte(whole + 1), 8 - rest)
end

--- Whether an address is in one of the networks. A Unix socket's peer is local.
---@param address string as ngx.var.remote_addr
---@param networks table
---@return boolean
function access.allowed(address, networks)
  if address == "unix:" then
    return true
  end
  local bytes = bytes_of(address)
  for _, network in ipairs(bytes and networks or {}) do
    if inside(bytes, network) then
      return true
    end
  end
  return false
end

local known

--- Ends the request with 403 unless its peer may see what is here, and with 405 unless it only looks.
---@param options table of the store: `allow`
function access.guard(options)
  known = known or assert(access.networks(options.allow))
  if not access.allowed(ngx.var.remote_addr, known) then
    return ngx.exit(403)
  end
  local method = ngx.req.get_method()
  if method ~= "GET" and method ~= "HEAD" then
    local header = ngx.header
    header["Allow"] = "GET, HEAD"
    return ngx.exit(405)
  end
end

return access
