--- What the sandbox remembers beside the sellers' accounts: charges and requests. It lives in the Lua tables of the one
--- nginx worker, and ends with it.

local KEPT_REQUESTS = 1000

local State = {}
State.__index = State

---@class reseal.sandbox.State
---@field ledger table[] all charges
---@field requests table[] the newest thousand requests

---@param clock reseal.sandbox.Clock
---@return reseal.sandbox.State
function State.new(clock)
  local state = setmetatable({clock = clock}, State)
  state:clear()
  return state
end

--- Writes a charge into the ledger.
---@param entry table provider, account, method, certificate, new_certificate, amount, currency, balance
function State:charge(entry)
  entry.n = #self.ledger + 1
  entry.time = self.clock:now()
  self.ledger[entry.n] = entry
end

--- Writes a request into the log.
function State:log(entry)
  self.request_count = self.request_count + 1
  entry.n = self.request_count
  entry.time = self.clock:now()
  local requests = self.requests
  requests[#requests + 1] = entry
  if #requests > KEPT_REQUESTS then
    table.remove(requests, 1)
  end
end

--- Forgets everything.
function State:clear()
  self.ledger, self.requests, self.request_count = {}, {}, 0
end

return State
