-- URLs that requests may go to and that they may not: every place that asks has to say the same. Nobody listens at
-- port 1.

return {
  loopback = {
    "http://localhost:1", "HTTP://LOCALHOST:1/", "http://127.0.0.1:1/a/b", "http://127.255.10.254:1/",
    "http://[::1]:1/", "https://127.0.0.1:1/",
  },
  https = {"https://api.example.com", "HTTPS://Example.com:8443/a-b/~c", "https://192.0.2.1/",
    "https://[2001:db8::1]:443/"},
  refused = {
    "http://127.1/", "http://127.0.0.01:1/", "http://127.0.0.010/", "http://0x7f.0.0.1/", "http://2130706433/",
    "http://127.0.0.1.2/", "http://127.0.0./", "http://127..0.1/", "http://1127.0.0.1/", "http://128.0.0.1/",
    "http://127.0.0.256/", "http://127.0.0.1.example.com/", "http://localhost./", "http://localhost.example.com/",
    "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:127.0.0.1]/", "http://[::1%25lo]/", "http://[::1]x/", "http://::1/",
    "http://[]/", "http://0.0.0.0/", "http://192.0.2.1/",
    "http://localhost:/", "http://localhost:0/", "http://localhost:65536/", "http://localhost:080/",
    "http://localhost:8o/",
    "http://localhost:1:1/", "http://a@localhost/", "http://localhost@example.com/", "https://user:word@example.com/",
    "https://example.com:99999/", "https://exam ple.com/", "https://ex\195\164mple.com/", "https://[::\0]/",
    "https://example.com/\0", "https://example.com/a b", "https://example.com/\r\nX: y",
    "https://example.com\\@localhost/",
    "https://", "https:///", "http:/localhost/", "//localhost/", "localhost", "", "ftp://127.0.0.1/",
    "file:///etc/hostname",
    "https://" .. ("a"):rep(256) .. "/",
  },
}
