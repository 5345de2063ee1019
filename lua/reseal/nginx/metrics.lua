--- The same in numbers, as Prometheus reads them. Times are timestamps, so that an alert subtracts `time()`.

local status = require "reseal.nginx.status"
local store = require "reseal.nginx.store"

local metrics = {}

local ESCAPES = {["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n"}

local function label(value)
  return '"' .. tostring(value):gsub('[\\"\n]', ESCAPES) .. '"'
end

local function family(name, kind, help)
  ngx.print("# HELP ", name, " ", help, "\n# TYPE ", name, " ", kind, "\n")
end

--- content_by_lua: Prometheus text. For this machine, unless `remote` is set.
function metrics.handle()
  status.guard()
  local header = ngx.header
  header["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
  header["Cache-Control"] = "no-store"
  family("reseal_certificate_not_after_seconds", "gauge", "When a served certificate ends, Unix time.")
  for name in store.names() do
    for _, kind in ipairs(store.kinds()) do
      local ends = store.not_after(name, kind)
      if ends then
        ngx.print("reseal_certificate_not_after_seconds{name=", label(name), ",type=", label(kind), "} ", ends, "\n")
      end
    end
  end
  family("reseal_last_success_timestamp_seconds", "gauge", "When a certificate was last installed, Unix time.")
  for name in store.names() do
    local last = store.state(name).last_success
    if type(last) == "number" then
      ngx.print("reseal_last_success_timestamp_seconds{name=", label(name), "} ", ("%.0f"):format(last), "\n")
    end
  end
  family("reseal_state", "gauge", "1 for the state that a name is in.")
  for name in store.names() do
    local word = store.state(name).state
    if type(word) == "string" then
      ngx.print("reseal_state{name=", label(name), ",state=", label(word), "} 1\n")
    end
  end
  family("reseal_calls_total", "counter", "Calls of the provider, by outcome and the provider's code.")
  for outcome, code, n in store.counts() do
    ngx.print("reseal_calls_total{outcome=", label(outcome), ",code=", label(code), "} ", n, "\n")
  end
  family("reseal_store_capacity_bytes", "gauge", "Size of a shared dict.")
  for _, space in ipairs(store.space()) do
    ngx.print("reseal_store_capacity_bytes{dict=", label(space.name), "} ", space.capacity, "\n")
  end
  family("reseal_store_free_bytes", "gauge", "What is free in a shared dict, in whole pages.")
  for _, space in ipairs(store.space()) do
    ngx.print("reseal_store_free_bytes{dict=", label(space.name), "} ", space.free, "\n")
  end
end

return metrics
