--- The name under which `reseal.x509` was known while only nginx had it.
return require "reseal.x509"
