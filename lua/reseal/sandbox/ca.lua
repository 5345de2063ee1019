--- The sandbox's certification authority, which really signs.
--
-- Root and intermediate are made anew with each authority. Their own life spans decades, so that the movable clock
-- stays inside it.

local bignum = require "openssl.bignum"
local digest = require "openssl.digest"
local extension = require "openssl.x509.extension"
local new_altname = require("openssl.x509.altname").new
local new_csr = require("openssl.x509.csr").new
local new_key = require("openssl.pkey").new
local new_name = require("openssl.x509.name").new
local new_x509 = require("openssl.x509").new
local pki = require "reseal.sandbox.pki"
local rand = require "openssl.rand"

local DAY = 86400

local Authority = {}
Authority.__index = Authority

local function subject(common_name)
  return new_name():add("O", "reseal sandbox"):add("CN", common_name)
end

local function serial()
  return bignum.fromBinary("\1" .. rand.bytes(15))
end

local function ec_key()
  return new_key {type = "EC", curve = "prime256v1"}
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

local function new_issuer(common_name, issuer, now)
  local key = ec_key()
  local name = subject(common_name)
  local certificate = new_certificate(name, issuer and issuer.name or name, key, now - 7300 * DAY, now + 14600 * DAY)
  certificate:setBasicConstraints {CA = true, pathLen = issuer and 0 or 1}
  certificate:setBasicConstraintsCritical(true)
  certificate:addExtension(extension.new("keyUsage", "critical,keyCertSign,cRLSign"))
  certificate:sign(issuer and issuer.key or key)
  return {key = key, name = name, certificate = certificate, pem = certificate:toPEM()}
end

---@class reseal.sandbox.Authority
---@field root {pem: string}
---@field intermediate {pem: string}

--- Makes the root and the intermediate.
---@param now integer seconds since the epoch
---@return reseal.sandbox.Authority
function Authority.new(now)
  local root = new_issuer("reseal sandbox root", nil, now)
  return setmetatable({
    root = root,
    intermediate = new_issuer("reseal sandbox intermediate", root, now),
    sample_key = ec_key(),
    wrong_key = ec_key(),
  }, Authority)
end

--- A request of the sandbox's own, for the certificates that exist from the start.
---@param names string[] the first is the common name
---@return string pem
function Authority:sample_csr(names)
  local csr, alternatives = new_csr(), new_altname()
  for _, name in ipairs(names) do
    alternatives:add("DNS", name)
  end
  csr:setSubject(new_name():add("CN", names[1]))
  csr:setSubjectAlt(alternatives)
  csr:setPublicKey(self.sample_key)
  csr:sign(self.sample_key)
  return csr:toPEM()
end

--- Signs a certificate for the key of a request.
---@param csr reseal.sandbox.csr
---@param names string[] all become the subjectAltName, the first the common name
---@param not_before integer seconds since the epoch
---@param not_after integer
---@return {pem: string, der: string, fingerprint: string} certificate fingerprint: SHA-256, upper-case hex
function Authority:issue(csr, names, not_before, not_after)
  local alternatives = new_altname()
  for _, name in ipairs(names) do
    alternatives:add("DNS", name)
  end
  local name = new_name()
  -- a common name has at most 64 characters; the alternative names carry the longer ones
  if #names[1] <= 64 then
    name:add("CN", names[1])
  end
  local certificate = new_certificate(name, self.intermediate.name, csr.key, not_before, not_after)
  certificate:setBasicConstraints {CA = false}
  certificate:setSubjectAlt(alternatives)
  certificate:addExtension(extension.new("keyUsage", "critical,digitalSignature,keyEncipherment"))
  certificate:addExtension(extension.new("extendedKeyUsage", "serverAuth"))
  certificate:sign(self.intermediate.key)
  local der = certificate:tostring("DER")
  return {pem = certificate:toPEM(), der = der, fingerprint = pki.hex(digest.new("sha256"):final(der))}
end

--- The same certificate for a key that nobody has.
---@param names string[] as for issue
function Authority:issue_wrong(names, not_before, not_after)
  return self:issue({key = self.wrong_key}, names, not_before, not_after)
end

--- One DER element.
local function der(tag, ...)
  local content = table.concat {...}
  local length, bytes = #content, ""
  if length < 128 then
    return string.char(tag, length) .. content
  end
  while length > 0 do
    bytes, length = string.char(length % 256) .. bytes, math.floor(length / 256)
  end
  return string.char(tag, 128 + #bytes) .. bytes .. content
end

--- The PKCS#7 bundle (RFC 2315, SignedData without signers) of a leaf, the intermediate and the root.
---@param leaf {der: string}
---@return string pem
function Authority:pkcs7(leaf)
  local oid = "\42\134\72\134\247\13\1\7"
  local certificates = leaf.der .. self.intermediate.certificate:tostring("DER")
    .. self.root.certificate:tostring("DER")
  local bundle = der(0x30, der(0x06, oid .. "\2"), der(0xA0, der(0x30,
    der(0x02, "\1"), der(0x31), der(0x30, der(0x06, oid .. "\1")), der(0xA0, certificates), der(0x31))))
  local lines = ngx.encode_base64(bundle):gsub(("."):rep(64), "%0\n"):gsub("\n$", "")
  return "-----BEGIN PKCS7-----\n" .. lines .. "\n-----END PKCS7-----\n"
end

return Authority
