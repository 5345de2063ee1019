--- What the command line says before a call with a signing request is sent, and what it doesn't send.

local failure = require "reseal.failure"
local output = require "reseal.cli.output"
local precheck = require "reseal.precheck"
local reseal = require "reseal"

local EXIT = output.EXIT

-- Calls that replace a certificate: its names are read first.
local REPLACES = {reissue = true, renew = true}
-- Names that don't fit are refused unless somebody says that they are meant.
local NAMES = {other_names = true, missing_names = true}

--- The certificate as the seller tells it; the words of a failure when it doesn't.
local function present(client, described, params, carrier, edition)
  local reader, own = precheck.reader(described.provider, params, edition, described)
  if not reader then
    return nil
  end
  local ok, result, err = pcall(client.call, client, reader.name, own)
  if ok and result then
    return result
  end
  return nil, ("%s: its names were not compared with the certificate's, for the call that tells them failed: %s")
    :format(carrier, tostring(ok and err or result))
end

--- Looks at the signing request of a call, warns on standard error, and refuses: with --strict whatever is warned of;
--- without, names that are not those of the certificate, unless --any-names is given. A certificate that can't be read
--- is warned of and stops nothing (but with --strict).
---@param client table
---@param provider string
---@param method string
---@param params table
---@param options table the command line's
---@return integer|nil exit code nil: go on
return function(client, provider, method, params, options)
  local described = reseal.describe(provider, method, options.edition)
  local carrier = described and precheck.carrier(described)
  if not carrier then
    return nil
  elseif not precheck.able() then
    output.warn("luaossl is not installed, so key, signature and names of the signing request were not looked at")
    return nil
  end
  local certificate, unread
  if REPLACES[method] and not options.dry_run and not options.any_names and client:encode(method, params) then
    certificate, unread = present(client, described, params, carrier, options.edition)
  end
  local warnings = client:check(method, params, certificate) or {} -- what the codec refuses, the call itself tells
  if unread then
    warnings[#warnings + 1] = {code = "not_compared", message = unread, param = carrier}
  end
  local refused = {}
  for _, warning in ipairs(warnings) do
    if options.strict or NAMES[warning.code] then
      refused[#refused + 1] = warning
    else
      output.warn(warning.message)
    end
  end
  if #refused == 0 then
    return nil
  elseif not options.strict then
    refused[#refused].message = refused[#refused].message .. " If that is meant, say --any-names."
  end
  return output.failure(failure.invalid(refused, provider, method), EXIT.invalid)
end
