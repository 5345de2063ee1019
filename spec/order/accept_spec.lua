-- What may be installed, of real certificates: and whether a reissue would mend what may not.
local altname, bignum = require "openssl.x509.altname", require "openssl.bignum"
local certificates, distinguished = require "openssl.x509", require "openssl.x509.name"
local pkey = require "openssl.pkey"
local accept = require "reseal.order.accept"

local NOW, DAY = os.time(), 86400

local function issue(subject, own, issuer, signing, from, till, hosts)
  local certificate = certificates.new()
  certificate:setVersion(3)
  certificate:setSerial(bignum.new(7))
  certificate:setSubject(distinguished.new():add("CN", subject))
  certificate:setIssuer(distinguished.new():add("CN", issuer))
  certificate:setPublicKey(own)
  certificate:setLifetime(NOW + from * DAY, NOW + till * DAY)
  if hosts then
    local names = altname.new()
    for _, host in ipairs(hosts) do
      names:add("DNS", host)
    end
    certificate:setSubjectAlt(names)
  else
    certificate:setBasicConstraints {CA = true}
    certificate:setBasicConstraintsCritical(true)
  end
  certificate:sign(signing, "sha256")
  return certificate:toPEM()
end

describe("what a seller delivers", function()
  local function key()
    return pkey.new {type = "EC", curve = "prime256v1"}
  end
  local root_key, between_key, own = key(), key(), key()
  local root = issue("Root", root_key, "Root", root_key, -900, 900)
  local between = issue("Between", between_key, "Root", root_key, -900, 900)
  local HOSTS = {"example.com", "*.example.com"}

  local function leaf(from, till, hosts, of)
    return issue("example.com", of or own, "Between", between_key, from or -1, till or 199, hosts or HOSTS)
  end

  local function try(certificate, more)
    local wanted = {key = own:toPEM "private", names = {"example.com", "www.example.com"}, now = NOW,
      after = NOW + 5 * DAY}
    for name, value in pairs(more or {}) do
      wanted[name] = value
    end
    return accept({id = "600001", certificate = certificate, chain = wanted.chain or root .. between}, wanted)
  end

  it("is accepted with its chain, without the root, and known by its times", function()
    local accepted = assert(try(leaf()))
    assert.equal(NOW - DAY, accepted.not_before)
    assert.equal(NOW + 199 * DAY, accepted.not_after)
    assert.truthy(accepted.fingerprint:find("^%x+$"))
    local _, blocks = accepted.certificate:gsub("BEGIN CERTIFICATE", "")
    assert.equal(2, blocks)
  end)

  it("for another key, or without a name, is for a reissue to mend", function()
    for code, certificate in pairs {
      other_key = leaf(-1, 199, HOSTS, key()), other_names = leaf(-1, 199, {"example.com"}),
    } do
      local accepted, err = try(certificate)
      assert.is_nil(accepted)
      assert.equal(code, err.code)
      assert.truthy(err.message:find("^certificate 600001 is not installed: "))
    end
  end)

  it("that has not begun may be right when it has", function()
    local accepted, err = try(leaf(1, 200))
    assert.is_nil(accepted)
    assert.equal("not_begun", err.code)
    assert.equal(NOW + DAY, err.at)
    assert.truthy(err.message:find "^certificate 600001 is not installed: it is not valid before %d%d%d%d%-")
  end)

  it("that is too late, no later, without a chain or no certificate may be right later", function()
    for _, case in ipairs {
      {leaf(-300, -1)}, {leaf(-1, 4)}, {leaf(), {chain = root}}, {"no PEM"}, {nil},
    } do
      local accepted, err = try(case[1], case[2])
      assert.is_nil(accepted)
      assert.equal("not_acceptable", err.code)
    end
  end)

  it("with the same end is accepted where time is not the reason", function()
    local accepted = accept({id = "1", certificate = leaf(-1, 4), chain = between}, {key = own:toPEM "private",
      names = {"example.com"}, now = NOW})
    assert.equal(NOW + 4 * DAY, accepted.not_after)
  end)

  it("is refused without a word of the key", function()
    local _, err = try(leaf(), {key = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n"})
    assert.equal("not_acceptable", err.code)
    assert.is_nil(err.message:find "hunter2")
  end)
end)
