--- Requests and certificates as the sandbox sees them, and random bytes.

local digest = require "openssl.digest"
local new_key = require("openssl.pkey").new
local rand = require "openssl.rand"
local x509 = require "reseal.x509"

local DAY = 86400

-- how long a public certificate may live when issued on or after a date (CA/Browser Forum ballot SC-081v3)
local LIFETIMES = {
  {from = 1868227200, days = 47},   -- 2029-03-15
  {from = 1805068800, days = 100},  -- 2027-03-15
  {from = 1773532800, days = 200},  -- 2026-03-15
  {from = 0, days = 398},
}

local ALGORITHMS = {rsa = "RSA", ec = "ECDSA"}

local pki = {}

--- Upper-case hex.
function pki.hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02X"):format(c:byte()) end))
end

local hex = pki.hex

--- Random bytes as lower-case hex.
---@param bytes integer
function pki.random(bytes)
  return hex(rand.bytes(bytes)):lower()
end

--- Last second of a certificate's life: as long as is permitted, but not beyond the order.
---@param issued integer seconds since the epoch
---@param order_end integer likewise
---@return integer
function pki.expiry(issued, order_end)
  for _, row in ipairs(LIFETIMES) do
    if issued >= row.from then
      return math.min(issued + row.days * DAY - 1, order_end)
    end
  end
end

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
  if not label then
    return pem
  end
  local lines = content:gsub("%s", ""):gsub(("."):rep(64), "%0\n"):gsub("\n$", "")
  return ("-----BEGIN %s-----\n%s\n-----END %s-----\n"):format(label, lines, label)
end

--- Reads a PKCS#10 request.
---@param pem string
---@return reseal.sandbox.csr|nil csr
---@return string|nil reason
function pki.read_csr(pem)
  local csr = x509.request(rewrap(pem))
  if not csr then
    return nil, "It can not be read as PEM"
  end
  local algorithm = ALGORITHMS[csr.key.type]
  if not algorithm then
    return nil, "Its key is neither RSA nor EC"
  end
  if algorithm == "RSA" and csr.key.bits < 2048 then
    return nil, "Its RSA key has less than 2048 bits"
  end
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

--- Reads a certificate that somebody else has signed.
---@param pem string
---@return {pem: string, der: string, fingerprint: string, common_name: string|nil, names: string[], algorithm: string,
---  bits: integer, public_key: string, not_before: integer, not_after: integer}|nil certificate
function pki.read_certificate(pem)
  local certificate = x509.certificate(pem)
  if not certificate then
    return nil
  end
  return {
    pem = certificate.pem, der = certificate.der, fingerprint = certificate.fingerprint,
    common_name = certificate.common_name, names = certificate.names,
    algorithm = ALGORITHMS[certificate.key.type], bits = certificate.key.bits, public_key = certificate.public_key,
    not_before = certificate.not_before, not_after = certificate.not_after,
  }
end

return pki
