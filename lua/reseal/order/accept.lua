--- Whether what a seller delivers may be installed. The one place that says yes.

local hosts = require "reseal.hosts"
local x509 = require "reseal.x509"

--- Checks a delivered certificate against what was ordered: our key, all names, begun, a later end, a chain that holds.
---@param delivered {id: string, certificate: string, chain: string|nil} PEM
---@param wanted {key: string, names: string[], now: integer, after: integer|nil} key: PEM, a secret; after: the end
---  that the new one must surpass, where time is the reason for it
---@return {certificate: string, not_before: integer, not_after: integer, fingerprint: string}|nil accepted certificate:
---  the leaf and its chain, without the root
---@return {code: string, message: string, at: integer|nil}|nil err code other_key, other_names (it is for something
---  else than was asked for: a reissue mends it), not_begun (`at` says when it begins), or not_acceptable (it may be,
---  later)
return function(delivered, wanted)
  local function refuse(code, why)
    return nil, {code = code, message = ("certificate %s is not installed: %s"):format(tostring(delivered.id), why)}
  end
  local leaf, err = x509.certificate(delivered.certificate or "")
  if not leaf then
    return refuse("not_acceptable", tostring(err))
  end
  local ours
  ours, err = x509.belongs(wanted.key, delivered.certificate)
  if ours == nil then
    return refuse("not_acceptable", tostring(err))
  elseif not ours then
    return refuse("other_key", "it is for another key than ours")
  end
  for _, name in ipairs(wanted.names) do
    if not hosts.covers(leaf.names, name) then
      return refuse("other_names", "it doesn't cover " .. name)
    end
  end
  if leaf.not_before > wanted.now then
    local begins = os.date("!%Y-%m-%d %H:%M:%S UTC", leaf.not_before)
    local _, fault = refuse("not_begun", "it is not valid before " .. begins)
    fault.at = leaf.not_before
    return nil, fault
  end
  local pair
  pair, err = x509.check(delivered, wanted)
  if not pair then
    return refuse("not_acceptable", tostring(err))
  end
  return {
    certificate = pair.certificate, not_before = leaf.not_before, not_after = leaf.not_after,
    fingerprint = leaf.fingerprint,
  }
end
