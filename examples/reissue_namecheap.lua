-- Reissues a certificate bought at Namecheap for a new key, and prints the DNS records that prove control of its names.
--
--   openssl req -new -newkey rsa:2048 -nodes -keyout example.com.key -out example.com.csr -subj /CN=example.com
--   reseal sandbox --listen 127.0.0.1:8089 &
--   lua5.4 examples/reissue_namecheap.lua example.com.csr     # the endpoint is RESEAL_ENDPOINT, or that sandbox

local reseal = require "reseal"

local path = assert(arg[1], "which CSR? see the head of this file")
local file = assert(io.open(path))
local csr = file:read("*a")
file:close()

local nc = assert(reseal.namecheap {
  api_user = "apiexample",
  api_key = "56b4c87ef4fd49cb96d915c0db68194",
  client_ip = "1.2.3.4",
  endpoint = os.getenv("RESEAL_ENDPOINT") or "http://127.0.0.1:8089",
})

local r, err = nc:reissue {CertificateID = 501904, CSR = csr, WebServerType = "nginx", DNSDCValidation = true}
if not r then
  print("not reissued: " .. err)
  os.exit(1)
end

print("the new certificate will be " .. r.ID .. " (it was 501904) once these records are there:")
for _, record in ipairs(r.DNSDCValidation.DNS) do
  print(record.HostName .. " CNAME " .. record.Target)
end
