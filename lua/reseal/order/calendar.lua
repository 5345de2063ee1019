--- What holds from which day on, and what follows from it for one certificate. Pure: no clock, no seller's words.
---
--- Sources. Lifetimes, reuse of validation: CA/Browser Forum, ballot SC081v3 (2025-04-11; Baseline Requirements 6.3.2
--- and 4.2.1). The end of e-mail: ballot SC-090 (2025; Baseline Requirements 3.2.2.4). Namecheap's window of renewal:
--- its page of namecheap.ssl.renew and the errors 4011294 and 4028294. Realtime Register's: `renewalWindow` of a
--- product, in days (ssl/products/get).

local dates = require "reseal.dates"

local DAY = 86400
local NOTICEABLE = DAY -- an end that is later by less than this is not later: orders end at midnight, somewhere

local calendar = {}

calendar.DAY = DAY

--- Newest first: what a certificate may be that is issued from `from` on.
calendar.LIMITS = {
  {from = dates.time "2029-03-15", lifetime = 47, reuse = 10},
  {from = dates.time "2027-03-15", lifetime = 100, reuse = 100},
  {from = dates.time "2026-03-15", lifetime = 200, reuse = 200},
  {from = dates.time "2020-09-01", lifetime = 398, reuse = 398},
}

--- From then on nobody proves control by e-mail.
calendar.EMAIL_ENDS = dates.time "2028-03-15"

--- When a seller sells renewals: days before the order's end and after it. Realtime Register has no such rule after the
--- end on its pages, and days before it for each product: those below are for a product that tells none.
calendar.WINDOWS = {
  namecheap = {before = 90, after = 180},
  realtimeregister = {before = 30, after = 0},
}

local function limit_of(issued)
  for _, limit in ipairs(calendar.LIMITS) do
    if issued >= limit.from then
      return limit
    end
  end
  return calendar.LIMITS[#calendar.LIMITS]
end

--- How long a certificate may live that is issued then.
---@param issued integer epoch seconds
---@return integer days
function calendar.lifetime(issued)
  return limit_of(issued).lifetime
end

--- For how long a proof of control serves further certificates that are issued then.
---@param issued integer epoch seconds
---@return integer days
function calendar.reuse(issued)
  return limit_of(issued).reuse
end

--- Whether control may still be proven by e-mail.
---@param when integer epoch seconds
---@return boolean
function calendar.email(when)
  return when < calendar.EMAIL_ENDS
end

--- When a certificate is due: when less than a third of its own life is left, or `before` days if those are less than
--- two thirds of it. So a new certificate is never due at once, whatever `before` says.
---@param not_before integer epoch seconds
---@param not_after integer epoch seconds
---@param before number|nil days
---@return integer due epoch seconds
function calendar.due(not_before, not_after, before)
  local life = math.max(not_after - not_before, 0)
  local left = life / 3
  if before and before >= 0 and before * DAY < life * 2 / 3 then
    left = before * DAY
  end
  return math.floor(not_after - left)
end

--- The latest end that a certificate can have that is issued now.
---@param now integer epoch seconds
---@param order_ends integer|nil the end of what was paid for; nil: not known
---@return integer ends epoch seconds
function calendar.successor_ends(now, order_ends)
  local ends = now + calendar.lifetime(now) * DAY
  return order_ends and math.min(ends, order_ends) or ends
end

--- Whether one end is later than another by as much as matters.
---@param ends integer epoch seconds
---@param than integer|nil epoch seconds; nil: later than nothing
---@return boolean
function calendar.later(ends, than)
  return not than or ends >= than + NOTICEABLE
end

--- When a seller sells the renewal of an order.
---@param provider string
---@param order_ends integer epoch seconds
---@param days integer|nil what the product says of the days before; nil: the seller's rule
---@return integer from epoch seconds
---@return integer till epoch seconds
function calendar.window(provider, order_ends, days)
  local rule = calendar.WINDOWS[provider] or {before = 30, after = 0}
  return order_ends - (days or rule.before) * DAY, order_ends + rule.after * DAY
end

--- Which way leads to a successor: a reissue (nothing to pay, within the order's time) or a renewal (paid).
---
--- Renewed is in the window of renewals, when a reissue would gain less than a third of a lifetime: so an order is used
--- nearly up, and nothing is bought that is free. Without leave to buy, any gain is worth a reissue.
---@param now integer epoch seconds
---@param what {order_ends: integer|nil, served_ends: integer|nil, from: integer|nil, till: integer|nil,
---  buy: boolean, same_end: boolean|nil} from, till: the window of renewals; same_end: an equal end will do, since
---  something else than time is the reason
---@return "reissue"|"renew"|"wait"|"buy"|"closed" way buy: a renewal would do it, and may not be bought
---@return integer|nil time of wait: when it can go on; of reissue and renew: the end to be expected
function calendar.way(now, what)
  local reissued = calendar.successor_ends(now, what.order_ends)
  local can_reissue = reissued > now + NOTICEABLE and (what.same_end or calendar.later(reissued, what.served_ends))
  if not what.order_ends then
    return can_reissue and "reissue" or "wait", can_reissue and reissued or nil
  end
  local gain = reissued - math.max(what.served_ends or now, now)
  local open = now >= (what.from or what.order_ends) and now <= (what.till or what.order_ends)
  local small = gain < calendar.lifetime(now) * DAY / 3
  if open and what.buy and (not can_reissue or small and not what.same_end) then
    return "renew", now + calendar.lifetime(now) * DAY
  elseif can_reissue then
    return "reissue", reissued
  elseif open then
    return "buy"
  elseif now > (what.till or what.order_ends) then
    return "closed"
  end
  return "wait", what.from
end

return calendar
