--- Everything the sandbox remembers. It lives in the Lua tables of the one nginx worker, and ends with it.

local DAY = 86400
local KEPT_REQUESTS = 1000

-- how long a public certificate may live when issued on or after a date (CA/Browser Forum ballot SC-081v3)
local LIFETIMES = {
  { from = 1868227200, days = 47 },   -- 2029-03-15
  { from = 1805068800, days = 100 },  -- 2027-03-15
  { from = 1773532800, days = 200 },  -- 2026-03-15
  { from = 0, days = 398 },
}

local state = {
  clock_offset = 0,
  ledger = {},
  requests = {},
  request_count = 0,
  accounts = {},
}

--- The sandbox's time, which POST /_sandbox/clock moves.
---@return integer seconds since the epoch
function state.now()
  return ngx.time() + state.clock_offset
end

---@param now integer seconds since the epoch
function state.set_clock(now)
  state.clock_offset = now - ngx.time()
end

--- Last second of a certificate's life: as long as is permitted, but not beyond the order.
---@param issued integer seconds since the epoch
---@param order_end integer likewise
---@return integer
function state.expiry(issued, order_end)
  for _, row in ipairs(LIFETIMES) do
    if issued >= row.from then return math.min(issued + row.days * DAY - 1, order_end) end
  end
end

--- Writes a charge into the ledger.
---@param entry table provider, account, method, certificate, new_certificate, amount, currency, balance
function state.charge(entry)
  entry.n = #state.ledger + 1
  entry.time = state.now()
  state.ledger[entry.n] = entry
end

--- Writes a request into the log, which keeps the newest thousand.
function state.log(entry)
  state.request_count = state.request_count + 1
  entry.n = state.request_count
  entry.time = state.now()
  local requests = state.requests
  requests[#requests + 1] = entry
  if #requests > KEPT_REQUESTS then table.remove(requests, 1) end
end

--- Forgets everything and sets the clock right. The accounts are made by the providers.
function state.clear()
  state.clock_offset = 0
  state.ledger, state.requests, state.request_count, state.accounts = {}, {}, 0, {}
end

return state
