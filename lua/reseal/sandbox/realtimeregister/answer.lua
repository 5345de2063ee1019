--- How Realtime Register's answers are written: JSON, empty ones, refusals, timestamps, and the odd shapes that were
--- seen from the service.

local dates = require "reseal.dates"
local json = require "reseal.sandbox.json"

local answer = {}

--- What reset and scenario can switch on: odd shapes that were seen, and the other word where sources disagree.
answer.ODD = {
  "acme_deleted_gone",     -- an ACME subscription that was deleted is no longer there
  "acme_deleted_process",  -- deleting one answers 202 with a process, not 204
  "any_limit",             -- lists take a limit above 1000
  "auth_key_at_dnsauth",   -- the auth key's TXT record is looked for at _dnsauth.<name> only
  "auth_key_at_name",      -- or at the name only
  "empty_order",           -- an order is answered by its header alone
  "empty_refusal",         -- 401 and 403 without a body
  "empty_resend",          -- resend answers without a body
  "extra_keys",            -- validations hold one key more, of another kind
  "few_fields",            -- notifications have six fields only
  "hundred_entities",      -- lists have 100 entities where no limit is given, not 10
  "no_attention",          -- requiresAttention is missing
  "no_cert_validity",      -- ACME subscriptions know no certValidity
  "no_certificate_process", -- certificates don't name their process
  "no_dns_type",           -- dnsType is missing
  "no_entities",           -- an empty list is missing
  "no_identifier",         -- processes have no identifier
  "no_php_arrays",         -- order[0] is no way to write order
  "no_process_header",     -- revoke, import and ACME calls name no process
  "no_scheme",             -- fileLocation begins with the name
  "no_type",               -- dcv[].type is missing
  "no_validations",        -- validations are missing
  "null_type",             -- dcv[].type is null
  "null_validations",      -- validations are null
  "reason_words",          -- the reason of a revocation is one of five words
  "renew_takes_sa_email",  -- renew knows saEmail
  "resend_needs_dcv",      -- a resend with a body needs a dcv list in it
}

---@param time integer seconds since the epoch
---@return string
function answer.timestamp(time)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", time)
end

--- Reads a timestamp, with a zone and a fraction if it has one, or a date.
---@return number|nil time seconds since the epoch
function answer.read_timestamp(text)
  if text:find("^%d%d%d%d%-%d%d%-%d%d$") then
    return (dates.time(text))
  end
  text = text:gsub("([+-]%d%d)(%d%d)$", "%1:%2")
  local has_zone = text:find("^[%d-]+T.*Z$") or text:find("^[%d-]+T.*[+-]%d%d:%d%d$")
  return has_zone and (dates.time(text)) or nil
end

function answer.json(status, object, headers)
  headers = headers or {}
  headers["Content-Type"] = "application/json"
  return {status = status, headers = headers, body = json.encode(object)}
end

function answer.empty(status, headers)
  return {status = status, headers = headers or {}, body = ""}
end

local STATUSES = {
  AuthenticationError = 401, AuthorizationError = 403, TooManyRequests = 429, AuthenticationRatelimitedError = 429,
  InternalSRSError = 500, ProviderConnectionError = 502, ProviderUnavailable = 503,
}

--- Refuses: {type, message} and what else belongs to the type.
function answer.refuse(account, refusal)
  local status = STATUSES[refusal.type] or 400
  if (status == 401 or status == 403) and account.odd.empty_refusal then
    return answer.empty(status)
  end
  return answer.json(status, refusal)
end

--- A refusal that breaks a rule of the service.
function answer.invalid(message, ...)
  return {type = "ValidationError", message = select("#", ...) > 0 and message:format(...) or message}
end

--- A refusal that names fields.
---@param violations {field: string, message: string, value: any}[]
function answer.violates(violations)
  return {type = "ConstraintViolationException", message = "The request violates constraints",
    violations = violations}
end

answer.MISSING = {type = "ObjectDoesNotExist", message = "Entity not found"}

return answer
