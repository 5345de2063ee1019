--- Keys, signing requests and certificates: made, read, compared, and accepted when a seller delivers.
---
--- The only module that knows how. It stands on luaossl, which is an optional dependency: `require` fails without it.
--- PEM goes in and comes out; nothing is printed, and no function asks a terminal for a passphrase: an encrypted key is
--- refused with words.

local altname = require "openssl.x509.altname"
local certificate = require "openssl.x509"
local chain = require "openssl.x509.chain"
local csr = require "openssl.x509.csr"
local digest = require "openssl.digest"
local distinguished = require "openssl.x509.name"
local hosts = require "reseal.hosts"
local pkey = require "openssl.pkey"
local store = require "openssl.x509.store"

---@class reseal.x509.Key
---@field type "rsa"|"ec"|"ed25519"|"other"
---@field bits integer|nil of the modulus or of the curve's numbers
---@field curve string|nil of an EC key: P-256, P-384, P-521, or the curve's object identifier

---@class reseal.x509.Request
---@field names string[] DNS names it asks for, lower case: the common name, where it has one, then the alternatives
---@field common_name string|nil lower case
---@field alternatives string[] those of its extension alone
---@field subject table<string, string> first value of each part by its short name: CN, O, OU, C, ST, L, emailAddress
---@field parts {sn: string, blob: string}[] all parts of the subject, in their order
---@field key reseal.x509.Key
---@field digest string|nil of its signature: md5, sha1, sha256, sha384, sha512; nil when the algorithm names none
---@field public_key string PEM
---@field signature_valid boolean|nil whether it was signed by its own key; nil when luaossl can't tell (Ed25519, PSS)
---@field der string

---@class reseal.x509.Certificate
---@field names string[] DNS names it is for, lower case; a common name alone counts for nothing
---@field common_name string|nil lower case
---@field subject string
---@field issuer string
---@field key reseal.x509.Key
---@field public_key string PEM
---@field not_before integer epoch seconds
---@field not_after integer epoch seconds
---@field fingerprint string SHA-256 of the DER, upper-case hex
---@field der string
---@field pem string

local unpack = table.unpack or unpack -- 5.1

local x509 = {}

local MOST_CANDIDATES = 100 -- certificates of a chain that are looked at

-- DER --------------------------------------------------------------------------------------------------------------

--- The element at a place: its tag, where its content begins and ends, in a text that OpenSSL has taken.
local function element(der, at)
  local tag, length = der:byte(at, at + 1)
  local first = at + 2
  if length >= 128 then
    local bytes = length - 128
    length = 0
    for i = first, first + bytes - 1 do
      length = length * 256 + der:byte(i)
    end
    first = first + bytes
  end
  return tag, first, first + length - 1
end

--- The elements inside the one at a place: {tag, first, last, at}.
local function inside(der, at)
  local list = {}
  local _, first, last = element(der, at)
  while first <= last do
    local tag, from, to = element(der, first)
    list[#list + 1] = {tag = tag, first = from, last = to, at = first}
    first = to + 1
  end
  return list
end

local function content(der, one)
  return der:sub(one.first, one.last)
end

--- An object identifier in figures.
local function identifier(bytes)
  local figures, number = {}, 0
  for i = 1, #bytes do
    local byte = bytes:byte(i)
    number = number * 128 + byte % 128
    if byte < 128 then
      figures[#figures + 1] = number
      number = 0
    end
  end
  local first = figures[1] or 0
  local root = math.min(math.floor(first / 40), 2)
  figures[1] = ("%d.%d"):format(root, first - root * 40)
  for i = 2, #figures do
    figures[i] = ("%.0f"):format(figures[i])
  end
  return table.concat(figures, ".")
end

local CURVES = {
  ["1.2.840.10045.3.1.7"] = {"P-256", 256}, ["1.3.132.0.34"] = {"P-384", 384}, ["1.3.132.0.35"] = {"P-521", 521},
}
local RSA, EC, ED25519 = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "1.3.101.112"

-- Algorithms of signatures by their digest. PSS (1.2.840.113549.1.1.10) and Ed25519 name none of their own.
local DIGESTS = {
  ["1.2.840.113549.1.1.2"] = "md2", ["1.2.840.113549.1.1.4"] = "md5", ["1.2.840.113549.1.1.5"] = "sha1",
  ["1.2.840.113549.1.1.14"] = "sha224", ["1.2.840.113549.1.1.11"] = "sha256", ["1.2.840.113549.1.1.12"] = "sha384",
  ["1.2.840.113549.1.1.13"] = "sha512", ["1.2.840.10045.4.1"] = "sha1", ["1.2.840.10045.4.3.1"] = "sha224",
  ["1.2.840.10045.4.3.2"] = "sha256", ["1.2.840.10045.4.3.3"] = "sha384", ["1.2.840.10045.4.3.4"] = "sha512",
}

--- Kind and size of the public key whose SubjectPublicKeyInfo stands at a place.
local function key_at(der, at)
  local parts = inside(der, at)
  local algorithm = inside(der, parts[1].at)
  local kind = identifier(content(der, algorithm[1]))
  if kind == RSA then
    -- One byte of the bit string tells its unused bits; then {modulus, exponent}.
    local modulus = content(der, inside(der, parts[2].first + 1)[1]):gsub("^%z+", "")
    local top, bits = modulus:byte(1) or 0, (#modulus - 1) * 8
    while top >= 1 do
      top, bits = math.floor(top / 2), bits + 1
    end
    return {type = "rsa", bits = bits}
  elseif kind == EC then
    local named = algorithm[2] and algorithm[2].tag == 6 and identifier(content(der, algorithm[2]))
    local known = CURVES[named] or {named or "explicit parameters", (parts[2].last - parts[2].first - 1) * 4}
    return {type = "ec", bits = known[2], curve = known[1]} -- a point is one byte and two numbers
  elseif kind == ED25519 then
    return {type = "ed25519", bits = 256}
  end
  return {type = "other"}
end

-- PEM --------------------------------------------------------------------------------------------------------------

local BLOCK = "%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-\r?\n[%w+/=%s]+%-%-%-%-%-END CERTIFICATE%-%-%-%-%-"

--- The PEM certificates in a text, one by one. What else stands there, keys for one, is left out.
---@param text string|nil
---@return string[]
function x509.split(text)
  local blocks = {}
  for block in (text or ""):gmatch(BLOCK) do
    blocks[#blocks + 1] = block
  end
  return blocks
end

--- Whether two PEM texts are the same but for their line ends.
---@param a string|nil
---@param b string|nil
---@return boolean
function x509.same(a, b)
  return type(a) == "string" and type(b) == "string" and a:gsub("%s", "") == b:gsub("%s", "")
end

--- Whether a PEM text needs a passphrase to be read: OpenSSL would ask the terminal for it.
---@param pem string
---@return boolean
function x509.encrypted(pem)
  return pem:find("ENCRYPTED", 1, true) ~= nil
end

-- reading ----------------------------------------------------------------------------------------------------------

--- OpenSSL's reason for an error of luaossl. It comes from OpenSSL's own tables and holds no byte of what was given.
local function reason(message)
  return tostring(message):match("error:%x+:[^:]*:[^:]*:([%w ()'/_-]+)") or "OpenSSL does not say why"
end

local function hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02X"):format(c:byte()) end))
end

local function dns_names(alternatives)
  local names = {}
  if alternatives then
    -- LuaJIT does not look at __pairs by itself
    for kind, value in getmetatable(alternatives).__pairs(alternatives) do
      if kind == "DNS" then
        names[#names + 1] = value:lower()
      end
    end
  end
  return names
end

--- The first value of each part of a name, by its short name; and all parts.
local function parts_of(name)
  local first, parts = {}, name:all()
  for _, part in ipairs(parts) do
    first[part.sn] = first[part.sn] or part.blob
  end
  return first, parts
end

--- Whether the request whose DER this is was signed by its own key; nil: can't be told.
local function verified(der, key, name)
  local parts = inside(der, 1)
  local ok, hash = pcall(digest.new, name)
  if not (name and ok) then
    return nil
  end
  hash:update(der:sub(parts[1].at, parts[1].last))
  local known, valid = pcall(key.verify, key, der:sub(parts[3].first + 1, parts[3].last), hash)
  return known and valid == true -- a signature that is no number at all raises an error
end

local function read_request(pem)
  local request = csr.new(pem, "PEM")
  local der = request:tostring("DER")
  local parts = inside(der, 1)
  local name = DIGESTS[identifier(content(der, inside(der, parts[2].at)[1]))]
  local subject, all = parts_of(request:getSubject())
  local alternatives, common_name = dns_names(request:getSubjectAlt()), subject.CN and subject.CN:lower()
  local names = {common_name}
  for _, alternative in ipairs(alternatives) do
    if alternative ~= common_name then
      names[#names + 1] = alternative
    end
  end
  return {
    names = names,
    alternatives = alternatives,
    common_name = common_name,
    subject = subject,
    parts = all,
    key = key_at(der, inside(der, parts[1].at)[3].at),
    public_key = request:getPublicKey():toPEM("public"),
    digest = name,
    signature_valid = verified(der, request:getPublicKey(), name),
    der = der,
  }
end

--- Reads a signing request (PKCS#10).
---@param pem string
---@return reseal.x509.Request|nil
---@return string|nil err without a byte of what was given
function x509.request(pem)
  if type(pem) ~= "string" or x509.encrypted(pem) then
    return nil, "it is no signing request in PEM"
  end
  local ok, request = pcall(read_request, pem)
  if not ok then
    return nil, "the signing request can't be read as PEM: " .. reason(request)
  end
  return request
end

--- The first certificate in a text; nil and why not. It is taken out of the text here, so that OpenSSL sees no header
--- that would make it ask for a passphrase.
local function parse(pem)
  local block = type(pem) == "string" and x509.split(pem)[1]
  if not block then
    return nil, "there is none in the text"
  end
  local ok, parsed = pcall(certificate.new, block, "PEM")
  if not ok then
    return nil, reason(parsed)
  end
  return parsed
end

--- Reads the first certificate in a text.
---@param pem string
---@return reseal.x509.Certificate|nil
---@return string|nil err
function x509.certificate(pem)
  local parsed, why = parse(pem)
  if not parsed then
    return nil, "the certificate can't be read as PEM: " .. why
  end
  local der = parsed:tostring("DER")
  local not_before, not_after = parsed:getLifetime()
  local subject = parts_of(parsed:getSubject())
  return {
    names = dns_names(parsed:getSubjectAlt()),
    common_name = subject.CN and subject.CN:lower(),
    subject = tostring(parsed:getSubject()),
    issuer = tostring(parsed:getIssuer()),
    key = key_at(parsed:getPublicKey():tostring("DER"), 1),
    public_key = parsed:getPublicKey():toPEM("public"),
    not_before = math.floor(not_before),
    not_after = math.floor(not_after),
    fingerprint = hex(digest.new("sha256"):final(der)),
    der = der,
    pem = parsed:toPEM(),
  }
end

--- A private key; nil, a sentence, and why it can't be read where that is all that is wrong.
local function open_key(pem)
  if type(pem) ~= "string" then
    return nil, "the private key is PEM text"
  elseif x509.encrypted(pem) then
    return nil, "the private key is encrypted, and nobody is asked for its passphrase: decrypt it by openssl pkey -in "
      .. "FILE -out FILE"
  elseif not pem:find("PRIVATE KEY-----", 1, true) then
    return nil, "there is no private key in PEM", "there is none in the text"
  end
  local ok, key = pcall(pkey.new, pem, "PEM", "private") -- else a public one is tried first, which takes as long again
  if not ok then
    return nil, "the private key can't be read as PEM: " .. reason(key), reason(key)
  end
  return key
end

--- Whether a certificate or request is for a key.
local function same_key(one, other)
  return one:getPublicKey():toPEM("public") == other:toPEM("public")
end

--- Reads a private key.
---@param pem string a secret
---@return reseal.x509.Key|nil
---@return string|nil err also for an encrypted key: no terminal is asked for its passphrase
function x509.key(pem)
  local key, err = open_key(pem)
  if not key then
    return nil, err
  end
  return key_at(key:tostring("DER"), 1)
end

--- Whether a private key is the one that a request or a certificate is for.
---@param key string PEM; a secret
---@param pem string a certificate or a signing request
---@return boolean|nil
---@return string|nil err what can't be read
function x509.belongs(key, pem)
  local own, err = open_key(key)
  if not own then
    return nil, err
  end
  local other = parse(pem)
  if not other then
    local ok, request = pcall(csr.new, pem, "PEM")
    other = ok and request or nil
  end
  if not other then
    return nil, "neither a certificate nor a signing request in PEM"
  end
  return same_key(other, own)
end

-- making -----------------------------------------------------------------------------------------------------------

local LEAST_RSA, MOST_RSA = 2048, 4096

local KINDS = {
  ["p-256"] = {type = "EC", curve = "prime256v1"}, ["p-384"] = {type = "EC", curve = "secp384r1"},
  ["ed25519"] = {type = "ED25519"}, rsa = {type = "RSA", bits = LEAST_RSA},
}
KINDS.ec = KINDS["p-256"]

--- What luaossl makes a kind of key from; nil: there is no such kind.
local function options_of(kind)
  kind = type(kind) == "string" and kind:lower() or ""
  local bits = tonumber(kind:match("^rsa%-(%d%d%d%d)$"))
  if bits and bits >= LEAST_RSA and bits <= MOST_RSA and bits % 8 == 0 then -- whole bytes: what authorities take
    return {type = "RSA", bits = bits}
  end
  return KINDS[kind]
end

--- A new private key.
---
--- P-256 takes less than a millisecond; RSA takes 50 ms to seconds, in which the caller waits. Ed25519 is for
--- authorities of one's own: no public one certifies such keys.
---@param kind string P-256 (or ec), P-384, RSA-2048 (or rsa) to RSA-4096, Ed25519; in any letter case
---@return string|nil key PEM, PKCS#8; a secret
---@return string|nil err
function x509.new_key(kind)
  local options = options_of(kind)
  if not options then
    return nil, "there is no such kind of key; it is one of P-256, P-384, RSA-2048, RSA-3072, RSA-4096 (or another "
      .. "number of bits between, in whole bytes), Ed25519"
  end
  local ok, made = pcall(pkey.new, options)
  if not ok then
    return nil, "the key can't be made: " .. reason(made)
  end
  return made:toPEM("private")
end

--- A request to certify a key for names, signed with SHA-256 (P-384: SHA-384).
---@param key string PEM; a secret
---@param names string[] the first is the common name too, unless it is longer than 64 characters
---@param subject? {O?: string, OU?: string, C?: string, ST?: string, L?: string} ASCII
---@return string|nil request PEM
---@return string|nil err
function x509.new_request(key, names, subject)
  local own, err = open_key(key)
  if not own then
    return nil, err
  elseif #names == 0 then
    return nil, "a request needs a name"
  end
  local alternatives, full = altname.new(), distinguished.new()
  for i, name in ipairs(names) do
    local wrong = hosts.wrong(name)
    if wrong then
      return nil, ("names[%d] %s"):format(i, wrong)
    end
    alternatives:add("DNS", name:lower())
  end
  for _, part in ipairs {"C", "ST", "L", "O", "OU"} do
    local text = subject and subject[part]
    if text and text:find("[\128-\255]") then
      return nil, part .. " has other letters than ASCII, which luaossl can't write" -- it takes them for Latin-1
    elseif text then
      full:add(part, text)
    end
  end
  if #names[1] <= 64 then
    full:add("CN", names[1]:lower())
  end
  local kind = key_at(own:tostring("DER"), 1)
  if kind.type ~= "rsa" and kind.type ~= "ec" then
    -- Signing by them takes the whole message at once, for which luaossl has no call.
    return nil, "the key is neither RSA nor EC: no public authority certifies it, and luaossl can't sign by it; "
      .. "openssl req -new -key FILE can"
  end
  local request = csr.new()
  request:setSubject(full)
  request:setSubjectAlt(alternatives)
  request:setPublicKey(own)
  local ok, wrong = pcall(request.sign, request, own, kind.curve == "P-384" and "sha384" or "sha256")
  if not ok then
    return nil, "the request can't be signed: " .. reason(wrong)
  end
  return request:toPEM()
end

--- A new key and the request to certify it: text, so that a thread of `ngx.run_worker_thread` can return them.
---@param kind string as for `new_key`
---@param ... string names
---@return string|nil key PEM; a secret
---@return string request PEM; or what is wrong
function x509.new(kind, ...)
  local key, err = x509.new_key(kind)
  if not key then
    return nil, err
  end
  local request
  request, err = x509.new_request(key, {...})
  return request and key, request or err
end

-- comparing --------------------------------------------------------------------------------------------------------

x509.covers = hosts.covers

local function date(time)
  return os.date("!%Y-%m-%d %H:%M:%S UTC", time)
end

-- serving ----------------------------------------------------------------------------------------------------------

---@class reseal.x509.Pair
---@field kind "ec"|"rsa" of the key
---@field names string[] what the leaf is for, lower case; empty when it names none
---@field not_before integer epoch seconds
---@field not_after integer epoch seconds
---@field certificates integer how many there are, with the leaf

--- Checks that a chain and a key belong together, as an operator gives them to be served. Dates and chain are the
--- operator's own business: what `check` asks of a delivery is not asked here.
---@param chain_pem string leaf first
---@param key_pem string a secret
---@return reseal.x509.Pair|nil
---@return string|nil err one sentence without anything secret
function x509.pair(chain_pem, key_pem)
  if type(chain_pem) ~= "string" or type(key_pem) ~= "string" then
    return nil, "certificate and key are PEM text"
  elseif x509.encrypted(chain_pem) then
    return nil, "the certificate's file holds something that is encrypted: leave it out"
  end
  local blocks = x509.split(chain_pem)
  local leaf
  for i = 1, math.max(#blocks, 1) do
    local parsed, why = parse(blocks[i])
    if not parsed then
      return nil, "the certificate cannot be read: " .. (i > 1 and ("number %d of its file: "):format(i) or "") .. why
    end
    leaf = leaf or parsed
  end
  local key, err, why = open_key(key_pem)
  if not key then
    return nil, why and "the private key cannot be read: " .. why or err
  end
  local kind = key_at(key:tostring("DER"), 1).type
  if kind ~= "rsa" and kind ~= "ec" then
    return nil, "the private key is neither RSA nor ECDSA"
  elseif not same_key(leaf, key) then
    return nil, "the private key is not that of the certificate, which must come first in its file"
  end
  local begins, ends = leaf:getLifetime()
  return {
    kind = kind, names = dns_names(leaf:getSubjectAlt()), not_before = math.floor(begins), not_after = math.floor(ends),
    certificates = #blocks,
  }
end

-- accepting --------------------------------------------------------------------------------------------------------

--- What is known of a candidate for a chain.
local function candidate(pem, now)
  local parsed = parse(pem)
  if not parsed then
    return nil
  end
  local begins, ends = parsed:getLifetime()
  return {
    parsed = parsed, der = parsed:tostring("DER"), ends = ends, begun = begins <= now, over = ends <= now,
    root = parsed:isIssuedBy(parsed),
  }
end

--- Whether the machine's own trusted certificates complete a chain. They may know a root that was not delivered.
local function trusted_here(leaf, links)
  local ok, trusted = pcall(function()
    local known, between = store.new(), chain.new()
    pcall(known.add, known, store.CERT_FILE)
    pcall(known.add, known, store.CERT_DIR)
    for _, link in ipairs(links) do
      between:add(link.parsed)
    end
    return known:verify(leaf, between)
  end)
  return ok and trusted == true
end

--- The links between a leaf and what clients trust, without the root: the shortest way among the candidates to a root,
--- or else the longest, by signatures and not by the order in which they came.
---
--- Of several certificates of one issuer, one that is valid is taken. Where there is none, an authority whose
--- certificate has ended is still no reason to refuse when that certificate was a cross-signature: a root that an older
--- one had signed, which clients trust by itself by now. It is taken for one when it stands above the leaf's issuer,
--- and the one that signed it has ended too or was not delivered; else the machine's own trusted certificates decide.
--- What stands above is left out.
local function chain_of(leaf, pool)
  local seen, found_open, ended = {}, nil, nil
  local level = {{parsed = leaf, links = {}}}
  local function issuers_of(one)
    local valid, over = {}, {}
    for _, other in ipairs(pool) do
      if other.der ~= one.der and other.begun and one.parsed:isIssuedBy(other.parsed) then
        local list = other.over and over or valid
        list[#list + 1] = other
      end
    end
    return valid, over
  end
  --- Whether an authority that has ended is one that clients need: it was signed by one that goes on, or is a root.
  local function is_needed(one)
    return one.root or #issuers_of(one) > 0
  end
  while #level > 0 do
    local next_level = {}
    for _, path in ipairs(level) do
      local valid, over = issuers_of(path)
      for _, issuer in ipairs(valid) do
        if issuer.root then
          return path.links
        elseif not seen[issuer.der] then
          seen[issuer.der] = true
          local links = {unpack(path.links)}
          links[#links + 1] = issuer
          next_level[#next_level + 1] = {parsed = issuer.parsed, der = issuer.der, links = links}
        end
      end
      if #valid == 0 and #path.links > 0 then
        local needed
        for _, one in ipairs(over) do
          needed = needed or is_needed(one) and one
        end
        if not needed or trusted_here(leaf, path.links) then
          found_open = path.links -- of those that end in the open, the longest
        end
      end
      ended = ended or #valid == 0 and over[1] or nil
    end
    level = next_level
  end
  if found_open then
    return found_open
  elseif ended then
    return nil, ("the certificate of its issuer, %s, ended at %s"):format(tostring(ended.parsed:getSubject()),
      date(ended.ends))
  end
  return nil, ("the chain is missing: the certificate of its issuer, %s, was not delivered, or did not sign it")
    :format(tostring(leaf:getIssuer()))
end

--- Checks what a seller delivers before it is served: our key, all names, begun, a later end, a chain whose signatures
--- hold.
---@param delivered {certificate: string, chain: string|nil} PEM; the chain in any order, with or without the root, and
---  with ended or foreign certificates among it
---@param wanted {key: string, names: string[], now: number, after: number|nil} key: PEM, a secret; after: the end that
---  the new one must surpass
---@return {certificate: string, not_after: integer}|nil pair certificate: the leaf and its chain, without the root
---@return string|nil err one sentence without anything secret
function x509.check(delivered, wanted)
  local leaf, unread = parse(delivered.certificate)
  if not leaf then
    return nil, "the certificate can't be read as PEM: " .. unread
  end
  local key, err = open_key(wanted.key)
  if not key then
    return nil, err
  elseif not same_key(leaf, key) then
    return nil, "the certificate is for another key than ours"
  end
  local names = dns_names(leaf:getSubjectAlt())
  for _, name in ipairs(wanted.names) do
    if not x509.covers(names, name) then
      return nil, "the certificate doesn't cover " .. name
    end
  end
  local begins, ends = leaf:getLifetime()
  if begins > wanted.now then
    return nil, "the certificate is not valid before " .. date(begins)
  elseif ends <= wanted.now then
    return nil, "the certificate ended at " .. date(ends)
  elseif wanted.after and ends <= wanted.after then
    return nil, ("the certificate ends at %s, no later than the one that is served"):format(date(ends))
  end
  local pool, known = {}, {[leaf:tostring("DER")] = true}
  for _, pem in ipairs(x509.split((delivered.certificate or "") .. "\n" .. (delivered.chain or ""))) do
    local one = #pool < MOST_CANDIDATES and candidate(pem, wanted.now)
    if one and not known[one.der] then
      known[one.der], pool[#pool + 1] = true, one
    end
  end
  local links, why = chain_of(leaf, pool)
  if not links then
    return nil, why
  end
  local served = {leaf:toPEM()}
  for i, link in ipairs(links) do
    served[i + 1] = link.parsed:toPEM()
  end
  return {certificate = table.concat(served), not_after = math.floor(ends)}
end

return x509
