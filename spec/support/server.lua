--- A loopback server that misbehaves on request, over http and, with good and bad certificates, over https.

local certificates = require "spec.support.certificates"
local nginx = require "spec.support.nginx"

local server = {}

--- PEM files by name: ca.pem, and NAME.pem with NAME.key for each of the https servers.
local function pem_files()
  local ca, stranger = certificates.authority "Test CA", certificates.authority "Another CA"
  local pairs_of = {
    good = certificates.issue({"localhost"}, {issuer = ca}),
    other = certificates.issue({"other.example"}, {issuer = ca}),
    expired = certificates.issue({"localhost"}, {issuer = ca, from = -9, days = -2}),
    unknown = certificates.issue({"localhost"}, {issuer = stranger}),
  }
  local files = {["ca.pem"] = ca.pem}
  for file, made in pairs(pairs_of) do
    files[file .. ".pem"] = made.certificate
    files[file .. ".key"] = made.key
  end
  return files
end

local function tls_server(file)
  return ([[
server {
  listen 127.0.0.1:@port:NAME@ ssl;
  ssl_certificate @dir@/NAME.pem;
  ssl_certificate_key @dir@/NAME.key;
  location / { content_by_lua_block { behave() } }
}
]]):gsub("NAME", file)
end

-- What a path answers. Each request is counted by its path; /hits/x tells how often /x was asked for.
local behaviour = [[
lua_shared_dict hits 64k;
client_max_body_size 32m;
client_body_buffer_size 32m;
init_by_lua_block {
  local raw = {
    ["/garbage"] = "hello, this is no HTTP\r\n",
    ["/cut-head"] = "HTTP/1.1 200 OK\r\nContent-Le",
    ["/cut-body"] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
    ["/cut-chunk"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nhalf",
    ["/bad-chunk"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n0\r\n\r\n",
    ["/chunked"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      .. "4\r\nabcd\r\n2;x=y\r\nef\r\n0\r\nX-Trailer: late\r\n\r\n",
    ["/early"] = "HTTP/1.1 103 Early Hints\r\nX-Hint: early\r\n\r\n"
      .. "HTTP/1.1 201 Created\r\nX-Final:  yes \r\nContent-Length: 2\r\n\r\nok",
    ["/many-headers"] = "HTTP/1.1 200 OK\r\n"
      .. ("X-Pad: " .. ("p"):rep(1000) .. "\r\n"):rep(70) .. "Content-Length: 0\r\n\r\n",
    ["/long-header"] = "HTTP/1.1 200 OK\r\nX-Long: " .. ("p"):rep(200000) .. "\r\nContent-Length: 0\r\n\r\n",
    ["/cut-order"] = "HTTP/1.1 202 Accepted\r\nX-Process-Id: 123456\r\nX-Many: one\r\nX-Many: two\r\n"
      .. "Content-Length: 100\r\n\r\nhalf",
    ["/cut-trailer"] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\nX-Trailer: la",
    ["/early-cut"] = "HTTP/1.1 103 Early Hints\r\nX-Hint: early\r\n\r\n",
    ["/early-cut-body"] = "HTTP/1.1 103 Early Hints\r\nX-Hint: early\r\n\r\n"
      .. "HTTP/1.1 201 Created\r\nX-Final: yes\r\nContent-Length: 2\r\n\r\no",
    ["/until-close"] = "HTTP/1.1 200 OK\r\n\r\nall of it",
  }
  local paths = {}
  function paths.echo()
    ngx.header["X-Connection"] = ngx.var.connection
    ngx.print(ngx.req.raw_header(), ngx.req.get_body_data() or "")
  end
  function paths.repeated()
    ngx.header["X-Many"] = { "one", "two", "three" }
    ngx.header["Set-Cookie"] = "a=b"
    ngx.print("ok")
  end
  function paths.drop() ngx.exit(444) end
  function paths.slow() ngx.sleep(3) ngx.print("late") end
  function paths.redirect() ngx.redirect("/echo", 302) end
  function paths.large() ngx.print(("x"):rep(2000)) end
  paths["large-announced"] = function() ngx.header["Content-Length"] = 2000 ngx.print(("x"):rep(2000)) end
  paths["no-content"] = function() ngx.exit(204) end
  paths["slow-body"] = function() ngx.print("first") ngx.flush(true) ngx.sleep(3) end

  function behave()
    local path, hits = ngx.var.uri, ngx.shared.hits
    local asked = path:match("^/hits(/.*)")
    if asked then return ngx.print(hits:get(asked) or 0) end
    hits:incr(path, 1, 0)
    if path == "/reset" then return ngx.exit(444) end -- before its body is read
    ngx.req.read_body()
    if raw[path] then
      local socket = assert(ngx.req.socket(true))
      assert(socket:send(raw[path]))
      return
    end
    return paths[path:sub(2)]()
  end
}
server {
  listen 127.0.0.1:@port@;
  location / { content_by_lua_block { behave() } }
}
server {
  listen 127.0.0.1:@port:impatient@;
  keepalive_timeout 100ms;
  location / { content_by_lua_block { behave() } }
}
]]

--- Starts it. Ports by name: "" is http; "impatient" closes idle connections after 0.1 s; the https ones are "good",
--- "other" (for another host name), "expired" and "unknown" (from a CA that ca.pem isn't).
---@return spec.Nginx
function server.start()
  local conf = {behaviour}
  for _, file in ipairs {"good", "other", "expired", "unknown"} do
    conf[#conf + 1] = tls_server(file)
  end
  return nginx.start(table.concat(conf), {files = pem_files()})
end

return server
