--- Certificates to serve, and authorities that sign them.

local altname = require "openssl.x509.altname"
local bignum = require "openssl.bignum"
local extension = require "openssl.x509.extension"
local new_key = require("openssl.pkey").new
local new_name = require("openssl.x509.name").new
local x509 = require "openssl.x509"

local certificates = {}

local DAY = 86400
local serial = 0
local root

---@param kind? "ec"|"rsa" ec unless told
function certificates.new_key(kind)
  return kind == "rsa" and new_key {type = "RSA", bits = 2048} or new_key {type = "EC", curve = "prime256v1"}
end

local function new_certificate(common_name, issuer, key, from, to)
  serial = serial + 1
  local made = x509.new()
  made:setVersion(3)
  made:setSerial(bignum.new(serial))
  made:setSubject(new_name():add("CN", common_name))
  made:setIssuer(issuer)
  made:setPublicKey(key)
  made:setLifetime(from, to)
  return made
end

---@class spec.Authority
---@field name table its name
---@field key table
---@field pem string

--- A new authority.
---@param common_name string
---@return spec.Authority
function certificates.authority(common_name)
  local name, key = new_name():add("CN", common_name), certificates.new_key()
  local made = new_certificate(common_name, name, key, os.time() - DAY, os.time() + 3650 * DAY)
  made:setBasicConstraints {CA = true}
  made:setBasicConstraintsCritical(true)
  made:sign(key, "sha256")
  return {name = name, key = key, pem = made:toPEM()}
end

local function usual()
  root = root or certificates.authority "test root"
  return root
end

--- The root that signs all certificates unless told, PEM.
function certificates.root()
  return usual().pem
end

---@param names string[] the first is the common name
---@param opts? {kind?: "ec"|"rsa", key?: table, days?: number, from?: number, issuer?: spec.Authority} days: when it
---  ends, from now, 90 unless told; from: when it begins, likewise, an hour ago unless told
---@return {certificate: string, key: string, serial: string, names: string[]} PEM; the serial in hexadecimal
function certificates.issue(names, opts)
  opts = opts or {}
  local key, issuer, now = opts.key or certificates.new_key(opts.kind), opts.issuer or usual(), os.time()
  local made = new_certificate(names[1], issuer.name, key, now + math.floor((opts.from or -1 / 24) * DAY),
    now + math.floor((opts.days or 90) * DAY))
  local alternatives = altname.new()
  for _, name in ipairs(names) do
    alternatives:add("DNS", name)
  end
  made:setSubjectAlt(alternatives)
  made:addExtension(extension.new("extendedKeyUsage", "serverAuth"))
  made:sign(issuer.key, "sha256")
  return {
    certificate = made:toPEM(),
    key = key:toPEM("private"),
    serial = ("%02X"):format(serial):gsub("^(.)(..)$", "0%1%2"),
    names = names,
  }
end

return certificates
