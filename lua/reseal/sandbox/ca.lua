--- The sandbox's certification authority: it reads CSRs and really signs them.
--
-- Root and intermediate are made anew at every start. Their own life spans decades, so that the movable clock
-- stays inside it.

local bignum = require "openssl.bignum"
local digest = require "openssl.digest"
local extension = require "openssl.x509.extension"
local new_altname = require("openssl.x509.altname").new
local new_csr = require("openssl.x509.csr").new
local new_name = require("openssl.x509.name").new
local new_x509 = require("openssl.x509").new
local new_key = require("openssl.pkey").new
local rand = require "openssl.rand"
local x509 = require "reseal.x509"

local DAY = 86400

local ca = {}

local root, intermediate, sample_key, wrong_key

local function hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02X"):format(c:byte()) end))
end

local function subject(common_name)
  return new_name():add("O", "reseal sandbox"):add("CN", common_name)
end

local function serial()
  return bignum.fromBinary("\1" .. rand.bytes(15))
end

local function new_certificate(name, issuer, key, not_before, not_after)
  local certificate = new_x509()
  certificate:setVersion(3)
  certificate:setSerial(serial())
  certificate:setSubject(name)
  certificate:setIssuer(issuer)
  certificate:setPublicKey(key)
  certificate:setLifetime(not_before, not_after)
  return certificate
end

local function new_authority(common_name, issuer, now)
  local key = new_key { type = "EC", curve = "prime256v1" }
  local name = subject(common_name)
  local certificate = new_certificate(name, issuer and issuer.name or name, key, now - 7300 * DAY, now + 14600 * DAY)
  certificate:setBasicConstraints { CA = true, pathLen = issuer and 0 or 1 }
  certificate:setBasicConstraintsCritical(true)
  certificate:addExtension(extension.new("keyUsage", "critical,keyCertSign,cRLSign"))
  certificate:sign(issuer and issuer.key or key)
  return { key = key, name = name, certificate = certificate, pem = certificate:toPEM() }
end

--- Makes the root and the intermediate.
---@param now integer seconds since the epoch
function ca.start(now)
  root = new_authority("reseal sandbox root", nil, now)
  intermediate = new_authority("reseal sandbox intermediate", root, now)
  sample_key = new_key { type = "EC", curve = "prime256v1" }
  wrong_key = new_key { type = "EC", curve = "prime256v1" }
end

local ALGORITHMS = { rsa = "RSA", ec = "ECDSA" }

---@class reseal.sandbox.csr
---@field common_name string|nil lower case
---@field subject table<string, string> by short name: CN, O, OU, C, ST, L, emailAddress
---@field names string[] DNS names of the subjectAltName extension, lower case
---@field algorithm string RSA or ECDSA
---@field bits integer
---@field md5 string upper-case hex of the DER form's digest
---@field sha256 string likewise
---@field subject_list {sn: string, blob: string}[] all parts of the subject, in their order

--- The same PEM with line ends where they belong: callers who encode badly send spaces.
local function rewrap(pem)
  local label, content = pem:match("^%s*%-%-%-%-%-BEGIN ([%u ]-)%-%-%-%-%-(.-)%-%-%-%-%-END")
  if not label then return pem end
  local lines = content:gsub("%s", ""):gsub(("."):rep(64), "%0\n"):gsub("\n$", "")
  return ("-----BEGIN %s-----\n%s\n-----END %s-----\n"):format(label, lines, label)
end

--- Reads a PKCS#10 request.
---@param pem string
---@return reseal.sandbox.csr|nil csr
---@return string|nil reason
function ca.read_csr(pem)
  local csr = x509.request(rewrap(pem))
  if not csr then return nil, "It can not be read as PEM" end
  local algorithm = ALGORITHMS[csr.key.type]
  if not algorithm then return nil, "Its key is neither RSA nor EC" end
  if algorithm == "RSA" and csr.key.bits < 2048 then return nil, "Its RSA key has less than 2048 bits" end
  return {
    common_name = csr.common_name,
    subject = csr.subject,
    subject_list = csr.parts,
    names = csr.alternatives,
    key = new_key(csr.public_key),
    algorithm = algorithm,
    bits = csr.key.bits,
    md5 = hex(digest.new("md5"):final(csr.der)),
    sha256 = hex(digest.new("sha256"):final(csr.der)),
  }
end

--- A request of the sandbox's own, for the certificates that exist from the start.
---@param names string[] the first is the common name
---@return string pem
function ca.sample_csr(names)
  local csr, alternatives = new_csr(), new_altname()
  for _, name in ipairs(names) do alternatives:add("DNS", name) end
  csr:setSubject(new_name():add("CN", names[1]))
  csr:setSubjectAlt(alternatives)
  csr:setPublicKey(sample_key)
  csr:sign(sample_key)
  return csr:toPEM()
end

--- Signs a certificate for the key of a request.
---@param csr reseal.sandbox.csr
---@param names string[] all become the subjectAltName, the first the common name
---@param not_before integer seconds since the epoch
---@param not_after integer
---@return {pem: string, der: string, fingerprint: string} certificate fingerprint: SHA-256, upper-case hex
function ca.issue(csr, names, not_before, not_after)
  local alternatives = new_altname()
  for _, name in ipairs(names) do alternatives:add("DNS", name) end
  local name = new_name()
  -- a common name has at most 64 characters; the alternative names carry the longer ones
  if #names[1] <= 64 then name:add("CN", names[1]) end
  local certificate = new_certificate(name, intermediate.name, csr.key, not_before, not_after)
  certificate:setBasicConstraints { CA = false }
  certificate:setSubjectAlt(alternatives)
  certificate:addExtension(extension.new("keyUsage", "critical,digitalSignature,keyEncipherment"))
  certificate:addExtension(extension.new("extendedKeyUsage", "serverAuth"))
  certificate:sign(intermediate.key)
  local der = certificate:tostring("DER")
  return { pem = certificate:toPEM(), der = der, fingerprint = hex(digest.new("sha256"):final(der)) }
end

--- The same certificate for a key that nobody has.
---@param names string[] as for ca.issue
function ca.issue_wrong(names, not_before, not_after)
  return ca.issue({ key = wrong_key }, names, not_before, not_after)
end

--- Reads a certificate that somebody else has signed.
---@param pem string
---@return {pem: string, der: string, fingerprint: string, common_name: string|nil, names: string[], algorithm: string,
---  bits: integer, public_key: string, not_before: integer, not_after: integer}|nil certificate
function ca.read_certificate(pem)
  local certificate = x509.certificate(pem)
  if not certificate then return nil end
  return {
    pem = certificate.pem, der = certificate.der, fingerprint = certificate.fingerprint,
    common_name = certificate.common_name, names = certificate.names,
    algorithm = ALGORITHMS[certificate.key.type], bits = certificate.key.bits, public_key = certificate.public_key,
    not_before = certificate.not_before, not_after = certificate.not_after,
  }
end

---@return string pem
function ca.root()
  return root.pem
end

---@return string pem
function ca.intermediate()
  return intermediate.pem
end

--- One DER element.
local function der(tag, ...)
  local content = table.concat { ... }
  local length, bytes = #content, ""
  if length < 128 then return string.char(tag, length) .. content end
  while length > 0 do
    bytes, length = string.char(length % 256) .. bytes, math.floor(length / 256)
  end
  return string.char(tag, 128 + #bytes) .. bytes .. content
end

--- The PKCS#7 bundle (RFC 2315, SignedData without signers) of a leaf, the intermediate and the root.
---@param leaf {der: string}
---@return string pem
function ca.pkcs7(leaf)
  local oid = "\42\134\72\134\247\13\1\7"
  local certificates = leaf.der .. intermediate.certificate:tostring("DER") .. root.certificate:tostring("DER")
  local bundle = der(0x30, der(0x06, oid .. "\2"), der(0xA0, der(0x30,
    der(0x02, "\1"), der(0x31), der(0x30, der(0x06, oid .. "\1")), der(0xA0, certificates), der(0x31))))
  local lines = ngx.encode_base64(bundle):gsub(("."):rep(64), "%0\n"):gsub("\n$", "")
  return "-----BEGIN PKCS7-----\n" .. lines .. "\n-----END PKCS7-----\n"
end

--- Random bytes as lower-case hex.
---@param bytes integer
function ca.random(bytes)
  return hex(rand.bytes(bytes)):lower()
end

return ca
