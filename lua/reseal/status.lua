--- One vocabulary for what the providers say of a certificate or of an order under way.
---
---   to_activate  bought, and waits for its CSR      replaced   a reissue or a renewal took its place
---   pending      waits for checks or for the CA     cancelled  ended before it was issued
---   issued       can be fetched and used            revoked    withdrawn by the CA
---   expired      was issued, and its time is over   failed     ended by a fault; nothing more will come
---
--- Which word of a provider means which is a table of the codec: `reseal.statuses(provider)`.

local core = require "reseal.core"
local dates = require "reseal.dates"
local roles = require "reseal.roles"

--- What the result says in that role by the names of the providers, the first of them that has it.
local function told(r, role, providers)
  for _, name in ipairs(providers) do
    local value = roles.anywhere(name)(r, role)
    if value ~= nil then
      return value
    end
  end
end

local vocabularies = {}

--- A provider's words, as it writes them and in lower case: letter case differs between its own calls.
local function vocabulary(provider)
  if not vocabularies[provider] then
    local rows, err = core.statuses(provider)
    if not rows then
      error(err.message, 3)
    end
    local words = {exact = {}, lower = {}}
    for _, row in ipairs(rows) do
      words.exact[row.word] = row.status
      words.lower[row.word:lower()] = row.status
    end
    vocabularies[provider] = words
  end
  return vocabularies[provider]
end

local function meaning(word, provider)
  if provider then
    return vocabulary(provider).lower[word:lower()]
  end
  -- Where two providers share a word, its letter case tells them apart.
  for _, form in ipairs {"exact", "lower"} do
    for _, name in ipairs(core.describe()) do
      local found = vocabulary(name)[form][form == "lower" and word:lower() or word]
      if found then
        return found
      end
    end
  end
end

--- What became of a certificate or of an order, in one word for all providers, and in the provider's own.
---
--- An issued certificate whose end has passed is `expired`, whatever the provider still calls it: its own end where the
--- result tells that, else its order's. A date without a time counts from its midnight in UTC on.
---@param r table a certificate (what getInfo and get return, a row of a list) or a process
---@param provider string|nil whose words they are; nil: found by the words
---@param now number|nil seconds since 1970; default: this machine's clock
---@return string|nil status to_activate, pending, issued, replaced, cancelled, revoked, expired or failed; nil: unknown
---@return string|nil original the provider's word; nil when there is none
return function(r, provider, now)
  if type(r) ~= "table" then
    error("expected a result, not a " .. type(r), 2)
  end
  local every = core.describe()
  local providers = provider and {provider} or every
  if provider then
    vocabulary(provider) -- raises for one that is none
  end
  local original = told(r, "status", providers)
  if original == nil then
    original = told(r, "status", every) -- another provider's result: its word means nothing here, but is shown
  end
  if type(original) ~= "string" then
    return nil
  end
  local status = meaning(original, provider)
  if status == "issued" then
    local ends = dates.time(told(r, "certificate_ends", providers)) or dates.time(told(r, "order_ends", providers))
    if told(r, "expired", providers) == true or ends and ends <= (now or os.time()) then
      status = "expired"
    end
  end
  return status, original
end
