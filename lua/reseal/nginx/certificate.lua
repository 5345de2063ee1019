--- Serves certificates from the shared dict: for ssl_certificate_by_lua.

local hosts = require "reseal.hosts"
local pair = require "reseal.nginx.pair"
local store = require "reseal.nginx.store"

local certificate = {}

local KINDS = store.kinds()

-- Names whose parsed certificates a worker keeps, unless `cache` says otherwise; each takes about 10 KiB.
local CACHED = 4096

local cache, ssl

--- What a worker keeps of a name: per kind the parsed objects and their version, and the generation of the store in
--- which that was looked up. As long as nothing in the store changes, a handshake costs one look at a number.
local function look_up(name)
  local generation = store.generation()
  local kept = cache:get(name)
  if kept and kept.generation == generation then
    return kept
  end
  local found
  for _, kind in ipairs(KINDS) do
    local old = kept and kept[kind]
    local stored = store.get(name, kind)
    if stored and not (old and old.version == stored.version) then
      local cert, key = pair.parse(stored.chain_pem, stored.key_pem)
      if cert then
        old = {version = stored.version, cert = cert, key = key}
      else
        ngx.log(ngx.ERR, "reseal: ", name, " (", kind, "): ", key)
      end
    end
    -- What is not in the dict any more was lost with it: better served on than not at all.
    if old then
      found = found or {generation = generation}
      found[kind] = old
    end
  end
  if found then
    cache:set(name, found)
  end
  return found
end

--- What to serve for the name that a client asks for: exact, then wildcard, then default.
local function choose(asked)
  -- Nearly always it is a stored name, letter by letter, that this worker has served before.
  local found = asked and cache:get(asked)
  if found and found.generation == store.generation() then
    return found
  end
  local name = hosts.normal(asked)
  if name then
    found = look_up(name)
    if not found and name:find(".", 1, true) then
      found = look_up((name:gsub("^[^.]*", "*", 1)))
    end
  end
  local default = store.options().default
  return found or default and look_up(default)
end

--- Gives a connection the certificates that were found.
local function set(found)
  local ok, err = ssl.clear_certs()
  for _, kind in ipairs(KINDS) do
    local one = found[kind]
    if ok and one then
      ok, err = ssl.set_cert(one.cert)
      if ok then
        ok, err = ssl.set_priv_key(one.key)
      end
    end
  end
  return ok, err
end

--- ssl_certificate_by_lua. Where nothing fits, what `ssl_certificate` names in nginx.conf is served.
function certificate.handle()
  if not cache then
    ssl = require "ngx.ssl"
    cache = assert(require("resty.lrucache").new(store.options().cache or CACHED))
  end
  local found = choose((ssl.server_name()))
  if not found then
    return
  end
  local ok, err = set(found)
  if not ok then
    ngx.log(ngx.ERR, "reseal: a certificate could not be set: ", err)
  end
end

---@class reseal.nginx.Install
---@field certificate string PEM, leaf first, then its chain
---@field key string PEM
---@field name? string
---@field names? string[] default: all names of the certificate

--- Makes a certificate the one that every worker serves from the next handshake on. It is checked first: that the key
--- is its own, and that it is for the names.
---@param opts reseal.nginx.Install
---@return true|nil ok
---@return string|nil err the old certificate stays in place; with several names, that of the name that `err` tells
function certificate.install(opts)
  local parsed, err = pair.check(opts.certificate, opts.key)
  if not parsed then
    return nil, err
  end
  local names = {}
  for i, given in ipairs(opts.names or {opts.name} or parsed.names) do
    local name = hosts.normal(given)
    if not name then
      return nil, "not a name to serve: " .. tostring(given)
    elseif not hosts.covers(parsed.names, name) then
      return nil, ("the certificate is not for %s but for %s"):format(name, table.concat(parsed.names, ", "))
    end
    names[i] = name
  end
  if #names == 0 then
    names = parsed.names
  end
  if #names == 0 then
    return nil, "the certificate names no host"
  end
  for _, name in ipairs(names) do
    local ok
    ok, err = store.put(name, parsed.kind, {
      key_pem = parsed.key_pem,
      chain_pem = opts.certificate,
      not_after = parsed.not_after,
    })
    if not ok then
      return nil, err
    end
  end
  return true
end

return certificate
