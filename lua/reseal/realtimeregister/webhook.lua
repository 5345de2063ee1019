--- Whether a notification really comes from Realtime Register, the one seller here that sends any.

local webhook = {}

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(bytes)
  local encoded = bytes:gsub("..?.?", function(group)
    local a, b, c = group:byte(1, 3)
    local bits = a * 65536 + (b or 0) * 256 + (c or 0)
    local digits = ""
    for i = 1, 4 do
      local at = math.floor(bits / 64 ^ (4 - i)) % 64 + 1
      digits = digits .. (i <= #group + 1 and ALPHABET:sub(at, at) or "=")
    end
    return digits
  end)
  return encoded
end

--- Compares without telling by its duration where the first difference is.
local function equal(a, b)
  if #a ~= #b then
    return false
  end
  local difference = 0
  for i = 1, #a do
    difference = difference + math.abs(a:byte(i) - b:byte(i))
  end
  return difference == 0
end

--- Checks the `Signature` header of a notification: HMAC-SHA-256 over the raw body, as hex text, and that in Base64.
---
--- The provider's printed example has a space before the hex text; with and without it counts.
--- See https://dm.realtimeregister.com/docs/api/notifications/webhook
---@param body string the raw body, as it was received
---@param signature string|nil the header's value; nil when there is none
---@param secret string the account's HMAC key
---@return boolean genuine
---@return string|nil reason why it is not
function webhook.verify(body, signature, secret)
  if type(body) ~= "string" then
    error("the body must be a string, not a " .. type(body), 2)
  end
  -- With an empty key anybody could sign.
  if type(secret) ~= "string" or secret == "" then
    error("the secret must be a string that is not empty", 2)
  end
  signature = type(signature) == "string" and signature:match("^%s*(.-)%s*$") or ""
  if signature == "" then
    return false, "there is no signature"
  end
  -- Loaded here: only whoever gets webhooks needs luaossl.
  local digest = require("openssl.hmac").new(secret, "sha256"):final(body)
  local hex = digest:gsub(".", function(c)
    return ("%02x"):format(c:byte())
  end)
  local plain, spaced = equal(signature, base64(hex)), equal(signature, base64(" " .. hex))
  if plain or spaced then
    return true
  end
  return false, "the signature is not that of this body and secret"
end

return webhook
