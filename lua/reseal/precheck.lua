--- What is worth a word before a call with a signing request is sent: the request itself, and its names against those
--- of the certificate that it is to replace. What can't be right at all is refused by the codec; these are the things
--- that a seller might take, and that cost time or money.
---
---   weak_key       RSA with less than 2048 bits           bad_name       a name that no certificate can have
---   odd_key        one that public authorities refuse     other_names    names that the certificate doesn't have
---   bad_signature  not signed by its own key              missing_names  names of the certificate are left out
---   weak_digest    signed by means of MD5 or SHA-1        not_compared   the certificate's names can't be told
---   no_names       none in it, and none in the call       bad_request    OpenSSL can't read it
---
--- Where luaossl is not installed nothing is looked at, which `precheck.able` tells.

local core = require "reseal.core"
local hosts = require "reseal.hosts"

---@class reseal.Warning
---@field code string see the head of lua/reseal/precheck.lua
---@field message string one English sentence that begins with the parameter
---@field param string the parameter with the signing request

local precheck = {}

local CURVES = {["P-256"] = true, ["P-384"] = true, ["P-521"] = true}
local WEAK = {md2 = true, md5 = true, sha1 = true}
local MOST_NAMED = 5
local NAMES = {common_name = true, names = true} -- roles

local x509

--- Whether signing requests can be looked at here: luaossl is installed.
---@return boolean
function precheck.able()
  if x509 == nil then
    local found, module = pcall(require, "reseal.x509")
    x509 = found and module or false
  end
  return x509 and true or false
end

local function same(a, b)
  return a:lower() == b:lower()
end

--- The value of a described parameter, as the codec's bindings find it: some providers match names in any letter case.
local function value_of(params, param)
  local value = rawget(params, param.name)
  if value == nil then
    for name, other in next, params do
      if type(name) == "string" and same(name, param.name) then
        return other
      end
    end
  end
  return value
end

--- The parameter that carries a signing request; nil when the call has none.
---@param method table as `describe` gives it
---@return string|nil name
function precheck.carrier(method)
  for _, param in ipairs(method.params) do
    if param.format == "csr" then
      return param.name
    end
  end
end

local function list_of(value, separator)
  if type(value) == "table" then
    return value
  end
  local list = {}
  for item in tostring(value):gmatch("[^" .. (separator or ",") .. "]+") do
    list[#list + 1] = item:match("^%s*(.-)%s*$")
  end
  return list
end

--- A list without doubles, in lower case and in its order.
local function set(...)
  local list, seen = {}, {}
  for _, names in ipairs {...} do
    for _, name in ipairs(names) do
      name = tostring(name):lower()
      if not seen[name] then
        seen[name], list[#list + 1] = true, name
      end
    end
  end
  return list
end

--- The names that a call asks for: those of its request, as far as its parameters don't replace them, and further ones.
local function asked_for(method, params, request)
  local common, names, further = {request.common_name}, request.alternatives, {}
  for _, param in ipairs(method.params) do
    local value = param.role and value_of(params, param)
    if value ~= nil and value ~= false then
      local list = list_of(value, param.separator)
      if param.role == "common_name" then
        common = list
      elseif param.role == "names" then
        names = list
      elseif param.role == "further_names" then
        further = list
      end
    end
  end
  return set(common, names, further)
end

--- What the fields with roles say: {names, certificate, whole}; whole: a list of names was among them.
local function told(fields, result, facts)
  for _, field in ipairs(fields or {}) do
    local value = type(result) == "table" and result[field.name] or nil
    if NAMES[field.role] and type(value) == "table" then
      facts.names, facts.whole = set(facts.names, value), true
    elseif NAMES[field.role] and type(value) == "string" and value ~= "" then
      facts.names = set(facts.names, {value})
    elseif field.role == "certificate" and type(value) == "string" then
      facts.certificate = value
    elseif field.fields and field.type == "object" then
      told(field.fields, value, facts)
    end
  end
  return facts
end

local function has_names(fields)
  for _, field in ipairs(fields or {}) do
    if NAMES[field.role] or field.type == "object" and has_names(field.fields) then
      return true
    end
  end
  return false
end

--- Whether a read is about one certificate.
local function asks_for_one(method)
  for _, param in ipairs(method.params) do
    if param.required and param.role == "certificate_id" then
      return true
    end
  end
  return false
end

--- What a call says where a parameter of another call is asked: by its role, else by its name.
local function said_for(param, method, params)
  for _, own in ipairs(param.role and method and method.params or {}) do
    if own.role == param.role then
      return value_of(params, own)
    end
  end
  return value_of(params, param)
end

--- The read that tells the names of the certificate which a call is about, and its parameters; nil when there is none.
---@param provider string
---@param params table the call's
---@param edition string|nil
---@param called table|nil the call's method, as `describe` gives it
---@return table|nil method as `describe` gives it
---@return table|nil params
function precheck.reader(provider, params, edition, called)
  for _, name in ipairs(core.describe(provider, nil, edition) or {}) do
    local method = core.describe(provider, name, edition)
    if method.effect == "read" and not method.paging and asks_for_one(method) and has_names(method.result) then
      local own, complete = {}, true
      for _, param in ipairs(method.params) do
        if param.required then
          own[param.name] = said_for(param, called, params)
          complete = complete and own[param.name] ~= nil
        end
      end
      if complete then
        return method, own
      end
    end
  end
end

--- The names of a certificate, given as PEM, as a list, or as what the read returned; whole: none is left unsaid.
local function names_of(certificate, reader)
  if type(certificate) == "table" and reader then
    local facts = told(reader.result, certificate, {names = {}})
    local read = facts.certificate and x509.certificate(facts.certificate)
    if read and #read.names > 0 then
      return read.names, true
    end
    return facts.names, facts.whole
  elseif type(certificate) == "table" then
    return set(certificate), true
  end
  local read = x509.certificate(certificate)
  return read and read.names or {}, true
end

--- Both sellers add the www name to the bare one, and the bare one to www, for nothing.
local function is_among(name, names)
  return hosts.covers(names, name) or hosts.covers(names, "www." .. name)
    or name:find("^www%.") and hosts.covers(names, (name:gsub("^www%.", ""))) or false
end

local function named(names)
  local shown = {}
  for i = 1, math.min(#names, MOST_NAMED) do
    shown[i] = names[i]:gsub("[^%w.*_-]", "?")
  end
  return table.concat(shown, ", ") .. (#names > MOST_NAMED and (" and %d more"):format(#names - MOST_NAMED) or "")
end

local function lacking(names, others)
  local list = {}
  for _, name in ipairs(names) do
    if not is_among(name, others) then
      list[#list + 1] = name
    end
  end
  return list
end

local function compare(warn, asked, certificate, reader)
  local own, whole = names_of(certificate, reader)
  if #own == 0 then
    return warn("not_compared", "the certificate's names are not told, so the request's were not compared with them")
  end
  local other, missing = lacking(asked, own), lacking(own, asked)
  -- Where the seller tells but one of several names, further ones prove nothing.
  if #other > 0 and (whole or #missing > 0) then
    warn("other_names", ("it asks for %s, and the certificate is for %s"):format(named(other), named(own)))
  end
  if #missing > 0 then
    warn("missing_names", ("it leaves out %s, which the certificate is for"):format(named(missing)))
  end
end

--- Looks at the signing request of a call that the codec has taken.
---@param method table as `describe` gives it
---@param params table
---@param certificate string|table|nil the one that it is to replace: PEM, a list of names, or what `reader` returned
---@param reader table|nil the described read that returned it
---@return reseal.Warning[] warnings none for a call without a request, and none without luaossl
function precheck.look(method, params, certificate, reader)
  local warnings, carrier = {}, precheck.carrier(method)
  local pem = carrier and value_of(params, {name = carrier})
  if type(pem) ~= "string" or not precheck.able() then
    return warnings
  end
  local function warn(code, words)
    warnings[#warnings + 1] = {code = code, message = carrier .. ": " .. words .. ".", param = carrier}
  end
  local request = x509.request(pem)
  if not request then
    warn("bad_request", "OpenSSL can't read it")
    return warnings
  end
  local key = request.key
  if key.type == "rsa" and key.bits < 2048 then
    warn("weak_key", ("its RSA key has %d bits; authorities ask for 2048 at least"):format(key.bits))
  elseif key.type == "ec" and not CURVES[key.curve] then
    warn("odd_key", "its EC key is on none of the curves P-256, P-384 and P-521, which authorities take")
  elseif key.type ~= "rsa" and key.type ~= "ec" then
    warn("odd_key", "its key is neither RSA nor EC; authorities take no others")
  end
  if request.signature_valid == false then
    warn("bad_signature", "it is not signed by its own key: it was changed, or damaged")
  end
  if WEAK[request.digest] then
    warn("weak_digest", ("it is signed by means of %s, which is broken"):format(request.digest:upper()))
  end
  local asked = asked_for(method, params, request)
  local odd = {}
  for _, name in ipairs(asked) do
    odd[#odd + 1] = hosts.wrong(name) and name or nil
  end
  if #asked == 0 then
    warn("no_names", "there is no name in it, and none in the call")
  elseif #odd > 0 then
    warn("bad_name", ("no certificate can be for %s (names with other letters stand there in their xn-- form)")
      :format(named(odd)))
  end
  if certificate ~= nil and #asked > 0 then
    compare(warn, asked, certificate, reader)
  end
  return warnings
end

return precheck
