-- Prints what ends within so many days (30, or the first argument), at both sellers, soonest first.
--
--   reseal sandbox --listen 127.0.0.1:8089 &
--   lua5.4 examples/list_expiring.lua 60               # the endpoint is RESEAL_ENDPOINT, or that sandbox
--
-- The same from the shell: reseal list --expiring 60d

local reseal = require "reseal"

local endpoint = os.getenv("RESEAL_ENDPOINT") or "http://127.0.0.1:8089"
local days = tonumber(arg[1] or 30)
local now = os.time()
local found, complete = {}, true

--- Walks a list, a page at a time, and keeps what is issued and ends soon.
local function collect(list, read)
  for row in list do
    local id, name, ends = read(row)
    ends = reseal.time(ends)
    if reseal.status(row) == "issued" and ends and ends < now + days * 86400 then
      found[#found + 1] = {id = id, name = name, ends = ends}
    end
  end
  -- A page that failed, although the client has repeated what can be: the rows before it are there, and
  -- `for row in list:resume() do` would go on with that page.
  if list.err then
    complete = false
    io.stderr:write("not all is shown: " .. list.err .. "\n")
  end
end

local nc = assert(reseal.namecheap {
  api_user = "apiexample", api_key = "56b4c87ef4fd49cb96d915c0db68194", client_ip = "1.2.3.4", endpoint = endpoint,
})
collect(nc:each("getList", {PageSize = 100}), function(row)
  return "namecheap " .. row.CertificateID, row.HostName, row.ExpireDate
end)

local rr = assert(reseal.realtimeregister {
  api_key = "ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ==", endpoint = endpoint,
})
collect(rr:each("list", {fields = {"domainName", "status", "expiryDate"}}), function(row)
  return "realtimeregister " .. row.id, row.domainName, row.expiryDate
end)

table.sort(found, function(a, b)
  return a.ends < b.ends
end)
for _, one in ipairs(found) do
  print(("%s  %3d days  %-25s %s"):format(os.date("!%Y-%m-%d", one.ends), math.floor((one.ends - now) / 86400), one.id,
    one.name))
end
os.exit(complete and 0 or 1)
