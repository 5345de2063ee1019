-- Asks Realtime Register what a reissue costs, then orders it, and prints what proves control of its names.
--
--   openssl req -new -newkey rsa:2048 -nodes -keyout example.com.key -out example.com.csr -subj /CN=example.com
--   reseal sandbox --listen 127.0.0.1:8089 &
--   lua5.4 examples/reissue_realtimeregister.lua example.com.csr     # the endpoint is RESEAL_ENDPOINT, or that sandbox

local reseal = require "reseal"

local path = assert(arg[1], "which CSR? see the head of this file")
local file = assert(io.open(path))
local csr = file:read("*a")
file:close()

local rr = assert(reseal.realtimeregister {
  api_key = "ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ==",
  endpoint = os.getenv("RESEAL_ENDPOINT") or "http://127.0.0.1:8089",
})

local order = {
  certificateId = 7,
  csr = csr,
  approver = {firstName = "Ann", lastName = "Example", email = "ann@example.com", voice = "+31.384530759"},
  dcv = {{commonName = "example.com", type = "DNS"}},
}

local function reissue(quote)
  order.quote = quote
  local r, err = rr:reissue(order)
  if not r then
    print("not reissued: " .. err)
    os.exit(1)
  end
  return r
end

-- The same call, but nothing is ordered.
print("it costs " .. reissue(true).quote.total .. " cents")

local r = reissue(false)
print("process " .. r.processId .. " waits for:")
for _, check in ipairs(r.validations.dcv) do
  print(check.dnsRecord .. " " .. check.dnsType .. " " .. check.dnsContents)
end
