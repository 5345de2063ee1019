--- Keys, requests and the check of what a seller delivers, by luaossl, inside a worker of nginx.
---
--- A P-256 key is made in less than a millisecond. A new RSA key takes 50 to 300 ms, in which the worker serves nobody:
--- rounds have an option for a thread of its own.

local altname = require "openssl.x509.altname"
local csr = require "openssl.x509.csr"
local distinguished = require "openssl.x509.name"
local pkey = require "openssl.pkey"
local x509 = require "openssl.x509"

local keys = {}

local BLOCK = "%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-.-%-%-%-%-%-END CERTIFICATE%-%-%-%-%-"
local MOST_LINKS = 10

local function parse(pem)
  local ok, certificate = pcall(x509.new, pem, "PEM")
  return ok and certificate or nil
end

--- A new key and the request to certify it.
---
--- Both are text, so that a thread of `ngx.run_worker_thread` can return them.
---@param kind "ec"|"rsa" P-256, or RSA with 2048 bits
---@param ... string names; the first is the common name, 64 characters at most
---@return string key PEM; a secret
---@return string request PEM
function keys.new(kind, ...)
  local key = kind == "rsa" and pkey.new {type = "RSA", bits = 2048} or pkey.new {type = "EC", curve = "prime256v1"}
  local request, subject, alternatives = csr.new(), distinguished.new(), altname.new()
  for _, name in ipairs {...} do
    alternatives:add("DNS", name)
  end
  subject:add("CN", (...))
  request:setSubject(subject)
  request:setSubjectAlt(alternatives)
  request:setPublicKey(key)
  request:sign(key)
  return key:toPEM("private"), request:toPEM()
end

--- The PEM certificates in a text, one by one.
---@param text string
---@return string[]
function keys.split(text)
  local blocks = {}
  for block in (text or ""):gmatch(BLOCK) do
    blocks[#blocks + 1] = block
  end
  return blocks
end

local function normal(pem)
  return (pem:gsub("%s", ""))
end

--- Whether two PEM texts are the same but for their line ends.
---@param a string|nil
---@param b string|nil
---@return boolean
function keys.same(a, b)
  return type(a) == "string" and type(b) == "string" and normal(a) == normal(b)
end

local function names_of(certificate)
  local names, alternatives = {}, certificate:getSubjectAlt()
  if alternatives then
    -- LuaJIT does not look at __pairs by itself
    for kind, value in getmetatable(alternatives).__pairs(alternatives) do
      if kind == "DNS" then
        names[value:lower()] = true
      end
    end
  end
  return names
end

--- Whether a set of names has this one, or the wildcard that covers it.
local function covers(names, name)
  return names[name] or names[(name:gsub("^[^.]+", "*", 1))] or false
end

local function date(time)
  return os.date("!%Y-%m-%d %H:%M:%S UTC", time)
end

--- The links from a leaf towards the root, as PEM, without the root. A seller's own order is not relied upon.
local function chain_of(leaf, pool, now)
  local links, last = {}, leaf
  while not last:isIssuedBy(last) do
    local found
    for i, candidate in ipairs(pool) do
      if last:isIssuedBy(candidate) then
        found = table.remove(pool, i)
        break
      end
    end
    if not found then
      break
    end
    local _, ends = found:getLifetime()
    if ends <= now then
      return nil, ("the certificate of its issuer, %s, ended at %s"):format(tostring(found:getSubject()), date(ends))
    end
    if not found:isIssuedBy(found) then
      links[#links + 1] = found:toPEM()
    end
    last = found
    if #links > MOST_LINKS then
      return nil, "its chain is too long"
    end
  end
  if last == leaf then
    return nil, ("the chain is missing: the certificate of its issuer, %s, was not delivered, or did not sign it")
      :format(tostring(leaf:getIssuer()))
  end
  return links
end

--- Checks what a seller delivers before it is served: our key, all names, begun, a later end, a chain whose signatures
--- hold.
---@param delivered {certificate: string, chain: string} PEM; the chain in any order, with or without the root
---@param wanted {key: string, names: string[], now: number, after: number|nil} after: the end it must surpass
---@return {certificate: string, not_after: integer}|nil pair certificate: the leaf and its chain, without the root
---@return string|nil err one sentence without anything secret
function keys.check(delivered, wanted)
  local leaf = parse(delivered.certificate)
  if not leaf then
    return nil, "the certificate can't be read as PEM"
  end
  if leaf:getPublicKey():toPEM("public") ~= pkey.new(wanted.key, "PEM"):toPEM("public") then
    return nil, "the certificate is for another key than ours"
  end
  local present = names_of(leaf)
  for _, name in ipairs(wanted.names) do
    if not covers(present, name) then
      return nil, "the certificate doesn't cover " .. name
    end
  end
  local begins, ends = leaf:getLifetime()
  if begins > wanted.now then
    return nil, "the certificate is not valid before " .. date(begins)
  end
  if ends <= wanted.now then
    return nil, "the certificate ended at " .. date(ends)
  end
  if wanted.after and ends <= wanted.after then
    return nil, ("the certificate ends at %s, no later than the one that is served"):format(date(ends))
  end
  local pool = {}
  for _, pem in ipairs(keys.split(delivered.chain)) do
    pool[#pool + 1] = parse(pem)
  end
  local links, why = chain_of(leaf, pool, wanted.now)
  if not links then
    return nil, why
  end
  return {certificate = leaf:toPEM() .. table.concat(links), not_after = ends}
end

return keys
