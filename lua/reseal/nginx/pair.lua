--- PEM to what ngx.ssl takes, with the OpenSSL that nginx itself has. What certificates and keys say is read by
--- reseal.x509; what is parsed here is what a handshake sets.
---
--- The quick parsing by FFI is there for the first handshake of a name in each worker, and for all of them where there
--- are more names than a worker keeps parsed: `make bench-nginx` finds 230 µs where ngx.ssl's parsers take 460, and
--- 5.6 KiB for a parsed pair instead of 9.8 (OpenSSL 3.0, ECDSA, one intermediate).

local ffi = require "ffi"

local pair = {}

-- Under names of our own: another library that declares the same functions would clash.
local DECLARATIONS = [[
void reseal_ssl_clear_errors(void) __asm__("ERR_clear_error");
void *reseal_ssl_sk_new(void) __asm__("OPENSSL_sk_new_null");
int reseal_ssl_sk_push(void *, const void *) __asm__("OPENSSL_sk_push");
void reseal_ssl_sk_free(void *, void (*)(void *)) __asm__("OPENSSL_sk_pop_free");
void *reseal_ssl_cert(void *, const char **, long) __asm__("d2i_X509");
int reseal_ssl_cert_keep(void *) __asm__("X509_up_ref");
void reseal_ssl_cert_free(void *) __asm__("X509_free");
void *reseal_ssl_key(int, void *, const char **, long) __asm__("d2i_PrivateKey");
void reseal_ssl_key_free(void *) __asm__("EVP_PKEY_free");
int reseal_ssl_key_der(const void *, unsigned char **) __asm__("i2d_PrivateKey");
]]
-- A second declaration is an error, as after a reload of this module.
if not pcall(function() return ffi.C.reseal_ssl_sk_new end) then
  ffi.cdef(DECLARATIONS)
end
local C = ffi.C

local KINDS = {rsa = 6, ec = 408} -- OpenSSL's numbers
local CERTIFICATE = "%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-%s+([%w+/=%s]+)%-%-%-%-%-END CERTIFICATE%-%-%-%-%-"
local SHARED = 256 -- certificates of chains that are kept: thousands of names have the same few

-- Finalisers are closures: a C function as finaliser of a type of its own could not be told apart.
local function free_certificates(stack)
  C.reseal_ssl_sk_free(stack, C.reseal_ssl_cert_free)
end
local function free_certificate(cert)
  C.reseal_ssl_cert_free(cert)
end
local function free_key(key)
  C.reseal_ssl_key_free(key)
end

local function from_base64(text)
  return ngx.decode_base64((text:gsub("%s+", "")))
end

local input = ffi.new("const char *[1]")

--- A certificate from its Base64 text; nil when it is none.
local function certificate_of(text)
  local der = from_base64(text)
  if not der then
    return nil
  end
  input[0] = der
  local cert = C.reseal_ssl_cert(nil, input, #der)
  if cert == nil then
    C.reseal_ssl_clear_errors()
    return nil
  end
  return cert
end

local shared

--- A certificate of a chain, which the stack that gets it owns too.
local function link(text)
  shared = shared or assert(require("resty.lrucache").new(SHARED))
  local cert = shared:get(text)
  if not cert then
    cert = certificate_of(text)
    if not cert then
      return nil
    end
    ffi.gc(cert, free_certificate)
    shared:set(text, cert)
  end
  C.reseal_ssl_cert_keep(cert)
  return cert
end

--- A chain as ngx.ssl makes it; but what follows the leaf is parsed once for all names.
local function quick_chain(pem)
  local stack = ffi.gc(C.reseal_ssl_sk_new(), free_certificates)
  local leaf = true
  for text in pem:gmatch(CERTIFICATE) do
    local cert = (leaf and certificate_of or link)(text)
    if not cert then
      return nil
    end
    leaf = false
    C.reseal_ssl_sk_push(stack, cert)
  end
  return not leaf and stack or nil
end

--- A key whose kind is known, by its own format, which pair.check gives, or from who calls: OpenSSL 3 takes four times
--- as long for one of unknown kind.
local function quick_key(pem, kind)
  local word, text = pem:match("^%s*%-%-%-%-%-BEGIN (%u*) ?PRIVATE KEY%-%-%-%-%-%s+([%w+/=%s]+)%-%-%-%-%-END")
  local number = KINDS[word == "" and kind or word and word:lower()]
  local der = number and from_base64(text)
  if not der then
    return nil
  end
  input[0] = der
  local key = C.reseal_ssl_key(number, nil, input, #der)
  if key == nil then
    C.reseal_ssl_clear_errors()
    return nil
  end
  return ffi.gc(key, free_key)
end

--- A key in its own format, PEM.
local function own_format(key, kind)
  local size = C.reseal_ssl_key_der(key, nil)
  local buffer = ffi.new("unsigned char[?]", size)
  C.reseal_ssl_key_der(key, ffi.new("unsigned char *[1]", buffer))
  local text = ngx.encode_base64(ffi.string(buffer, size)):gsub(("."):rep(64), "%0\n")
  local word = kind:upper()
  return ("-----BEGIN %s PRIVATE KEY-----\n%s\n-----END %s PRIVATE KEY-----\n"):format(word, text, word)
end

-- OpenSSL asks the terminal for the passphrase of what is encrypted, a certificate too, and waits.
local ENCRYPTED = "is encrypted, and nobody is asked for its passphrase: decrypt it by openssl pkey -in FILE -out FILE"

local function is_encrypted(pem)
  return pem:find("ENCRYPTED", 1, true) ~= nil
end

--- Parses a chain and its key, for ngx.ssl. What is encrypted is refused.
---@param chain_pem string leaf first
---@param key_pem string
---@param kind? "ec"|"rsa" of the key, where it is known
---@return ffi.cdata*|nil cert
---@return ffi.cdata*|string key or what is wrong
function pair.parse(chain_pem, key_pem, kind)
  local ssl = require "ngx.ssl"
  local err
  if is_encrypted(chain_pem) then
    return nil, "the certificate's file holds something that is encrypted: leave it out"
  elseif is_encrypted(key_pem) then
    return nil, "the private key " .. ENCRYPTED
  end
  local cert, key = quick_chain(chain_pem), quick_key(key_pem, kind)
  if not cert then
    cert, err = ssl.parse_pem_cert(chain_pem)
  end
  if not cert then
    C.reseal_ssl_clear_errors()
    return nil, "the certificate cannot be read: " .. tostring(err)
  end
  if not key then
    key, err = ssl.parse_pem_priv_key(key_pem)
  end
  if not key then
    C.reseal_ssl_clear_errors()
    return nil, "the private key cannot be read: " .. tostring(err)
  end
  return cert, key
end

---@class reseal.nginx.Parsed: reseal.x509.Pair
---@field key_pem string the key in the format that is parsed fastest

--- Checks that a chain and its key belong together and can be served: see `reseal.x509.pair`.
---@param chain_pem string leaf first
---@param key_pem string
---@return reseal.nginx.Parsed|nil
---@return string|nil err
function pair.check(chain_pem, key_pem)
  local parsed, err = require("reseal.x509").pair(chain_pem, key_pem)
  if not parsed then
    return nil, err
  end
  local cert, key = pair.parse(chain_pem, key_pem, parsed.kind)
  if not cert then
    return nil, key
  end
  parsed.key_pem = own_format(key, parsed.kind)
  return parsed
end

return pair
