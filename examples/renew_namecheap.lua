-- Renews a certificate bought at Namecheap, and says what came of it.
--
--   reseal sandbox --listen 127.0.0.1:8089 &
--   lua5.4 examples/renew_namecheap.lua                # the endpoint is RESEAL_ENDPOINT, or that sandbox
--
-- For a real account: endpoint = "production", and a key that does not stand in a program.

local reseal = require "reseal"

local nc = assert(reseal.namecheap {
  api_user = "apiexample",
  api_key = "56b4c87ef4fd49cb96d915c0db68194",
  client_ip = "1.2.3.4",
  endpoint = os.getenv("RESEAL_ENDPOINT") or "http://127.0.0.1:8089",
})

local r, err = nc:renew {CertificateID = 501904, Years = 1, SSLType = "PositiveSSL"}

if r then
  print("renewed for " .. r.ChargedAmount .. "; the new certificate is " .. r.CertificateID .. ", to be activated")
elseif err.outcome == "unknown" then
  -- The answer was lost: it may have been paid for. Never just try again; look first.
  print("it may have been carried out: " .. err)
  local list, problem = nc:getList {ListType = "NewRenewal"}
  print(list and "renewals bought and not activated yet:" or "and looking failed too: " .. problem)
  for _, certificate in ipairs(list and list.SSL or {}) do
    print(certificate.CertificateID, certificate.SSLType, certificate.Status)
  end
  os.exit(1)
else
  print("not renewed: " .. err)
  os.exit(1)
end
