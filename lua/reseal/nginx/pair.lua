--- PEM to what ngx.ssl takes, with the OpenSSL that nginx itself has: parsed, and what the parsed objects say of each
--- other. Who serves only needs no luaossl; what judges a delivery is reseal.x509.

local ffi = require "ffi"

local pair = {}

-- Under names of our own: another library that declares the same functions would clash.
local DECLARATIONS = [[
int reseal_ssl_sk_num(const void *) __asm__("OPENSSL_sk_num");
void *reseal_ssl_sk_value(const void *, int) __asm__("OPENSSL_sk_value");
int reseal_ssl_check_key(const void *, const void *) __asm__("X509_check_private_key");
const void *reseal_ssl_not_before(const void *) __asm__("X509_get0_notBefore");
const void *reseal_ssl_not_after(const void *) __asm__("X509_get0_notAfter");
int reseal_ssl_time_diff(int *, int *, const void *, const void *) __asm__("ASN1_TIME_diff");
void *reseal_ssl_extension(const void *, int, int *, int *) __asm__("X509_get_ext_d2i");
void *reseal_ssl_general_name(const void *, int *) __asm__("GENERAL_NAME_get0_value");
void reseal_ssl_general_names_free(void *) __asm__("GENERAL_NAMES_free");
const char *reseal_ssl_string(const void *) __asm__("ASN1_STRING_get0_data");
int reseal_ssl_string_length(const void *) __asm__("ASN1_STRING_length");
int reseal_ssl_key_kind_3(const void *) __asm__("EVP_PKEY_get_base_id");
int reseal_ssl_key_kind_1(const void *) __asm__("EVP_PKEY_base_id");
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
if not pcall(function() return ffi.C.reseal_ssl_sk_num end) then
  ffi.cdef(DECLARATIONS)
end
local C = ffi.C

local SUBJECT_ALT_NAME, GEN_DNS = 85, 2
local RSA, EC = 6, 408
local KINDS = {[RSA] = "rsa", [EC] = "ec"}
local CERTIFICATE = "%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-%s+([%w+/=%s]+)%-%-%-%-%-END CERTIFICATE%-%-%-%-%-"
local SHARED = 256 -- certificates of chains that are kept: thousands of names have the same few

-- OpenSSL 3 renamed it.
local ok, key_kind = pcall(function() return C.reseal_ssl_key_kind_3 end)
if not ok then
  key_kind = C.reseal_ssl_key_kind_1
end

local days, seconds = ffi.new("int[1]"), ffi.new("int[1]")

--- Epoch seconds of an ASN.1 time.
local function epoch(time)
  local now = os.time()
  if C.reseal_ssl_time_diff(days, seconds, nil, time) ~= 1 then
    return nil
  end
  return now + days[0] * 86400 + seconds[0]
end

--- The DNS names of a certificate, in lower case.
local function names_of(leaf)
  local list, alt_names = {}, C.reseal_ssl_extension(leaf, SUBJECT_ALT_NAME, nil, nil)
  if alt_names == nil then
    return list
  end
  local kind = ffi.new("int[1]")
  for i = 0, C.reseal_ssl_sk_num(alt_names) - 1 do
    local value = C.reseal_ssl_general_name(C.reseal_ssl_sk_value(alt_names, i), kind)
    if kind[0] == GEN_DNS then
      list[#list + 1] = ffi.string(C.reseal_ssl_string(value), C.reseal_ssl_string_length(value)):lower()
    end
  end
  C.reseal_ssl_general_names_free(alt_names)
  return list
end

---@class reseal.nginx.Parsed
---@field kind "ec"|"rsa"
---@field names string[] what the leaf is for, lower case; empty when it names none
---@field not_before integer epoch seconds
---@field not_after integer epoch seconds
---@field certificates integer how many there are, with the leaf
---@field cert ffi.cdata* as ngx.ssl.set_cert takes it
---@field key ffi.cdata* as ngx.ssl.set_priv_key takes it
---@field key_pem string the key in the format that is parsed fastest

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

--- A key in its own format, which pair.check gives: OpenSSL 3 takes four times as long for one of unknown kind.
local function quick_key(pem)
  local word, text = pem:match("^%s*%-%-%-%-%-BEGIN (%u+) PRIVATE KEY%-%-%-%-%-%s+([%w+/=%s]+)%-%-%-%-%-END")
  local kind = word == "EC" and EC or word == "RSA" and RSA
  local der = kind and from_base64(text)
  if not der then
    return nil
  end
  input[0] = der
  local key = C.reseal_ssl_key(kind, nil, input, #der)
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
---@return ffi.cdata*|nil cert
---@return ffi.cdata*|string key or what is wrong
function pair.parse(chain_pem, key_pem)
  local ssl = require "ngx.ssl"
  local err
  if is_encrypted(chain_pem) then
    return nil, "the certificate's file holds something that is encrypted: leave it out"
  elseif is_encrypted(key_pem) then
    return nil, "the private key " .. ENCRYPTED
  end
  local cert, key = quick_chain(chain_pem), quick_key(key_pem)
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

--- Parses a chain and its key, and checks that they belong together and can be served.
---@param chain_pem string leaf first
---@param key_pem string
---@return reseal.nginx.Parsed|nil
---@return string|nil err
function pair.check(chain_pem, key_pem)
  if type(chain_pem) ~= "string" or type(key_pem) ~= "string" then
    return nil, "certificate and key are PEM text"
  end
  local cert, key = pair.parse(chain_pem, key_pem)
  if not cert then
    return nil, key
  end
  local leaf = C.reseal_ssl_sk_value(cert, 0)
  local kind = KINDS[key_kind(key)]
  if not kind then
    return nil, "the private key is neither RSA nor ECDSA"
  end
  local fits = C.reseal_ssl_check_key(leaf, key) == 1
  C.reseal_ssl_clear_errors()
  if not fits then
    return nil, "the private key is not that of the certificate, which must come first in its file"
  end
  local not_before, not_after = epoch(C.reseal_ssl_not_before(leaf)), epoch(C.reseal_ssl_not_after(leaf))
  if not (not_before and not_after) then
    return nil, "the certificate's dates cannot be read"
  end
  return {
    kind = kind,
    names = names_of(leaf),
    not_before = not_before,
    not_after = not_after,
    certificates = C.reseal_ssl_sk_num(cert),
    cert = cert,
    key = key,
    key_pem = own_format(key, kind),
  }
end

return pair
