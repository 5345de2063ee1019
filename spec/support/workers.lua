--- A scratch nginx with several workers that serves TLS, for tests: started as root its workers have no rights, as in
--- real life. So what they have to read is put where everybody may: the tree may stand below a home of root's alone.
--- And certificates to serve.

local altname = require "openssl.x509.altname"
local bignum = require "openssl.bignum"
local extension = require "openssl.x509.extension"
local new_key = require("openssl.pkey").new
local new_name = require("openssl.x509.name").new
local nginx = require "spec.support.nginx"
local program = require "spec.support.program"
local system = require "reseal.system"
local wait = require "spec.support.wait"
local x509 = require "openssl.x509"

local workers = {}

local quote, write = program.quote, program.write
workers.write, workers.output, workers.wait = write, program.output, wait

local serial = 0
local authority

function workers.new_key(kind)
  return kind == "rsa" and new_key { type = "RSA", bits = 2048 } or new_key { type = "EC", curve = "prime256v1" }
end

local function certificate(common_name, issuer, key, days)
  serial = serial + 1
  local made = x509.new()
  made:setVersion(3)
  made:setSerial(bignum.new(serial))
  made:setSubject(new_name():add("CN", common_name))
  made:setIssuer(issuer)
  made:setPublicKey(key)
  made:setLifetime(os.time() - 3600, os.time() + days * 86400)
  return made
end

local function root()
  if not authority then
    local name, key = new_name():add("CN", "test root"), workers.new_key("ec")
    local made = certificate("test root", name, key, 3650)
    made:setBasicConstraints { CA = true }
    made:setBasicConstraintsCritical(true)
    made:sign(key, "sha256")
    authority = { name = name, key = key, pem = made:toPEM() }
  end
  return authority
end

--- The root that signs all certificates, PEM.
function workers.root() return root().pem end

---@param names string[] the first is the common name
---@param opts? {kind?: "ec"|"rsa", days?: integer, key?: table}
---@return {certificate: string, key: string, serial: string, names: string[]} PEM; the serial in hexadecimal
function workers.issue(names, opts)
  opts = opts or {}
  local key = opts.key or workers.new_key(opts.kind)
  local made = certificate(names[1], root().name, key, opts.days or 90)
  local alternatives = altname.new()
  for _, name in ipairs(names) do alternatives:add("DNS", name) end
  made:setSubjectAlt(alternatives)
  made:addExtension(extension.new("extendedKeyUsage", "serverAuth"))
  made:sign(root().key, "sha256")
  return {
    certificate = made:toPEM(),
    key = key:toPEM("private"),
    serial = ("%02X"):format(serial):gsub("^(.)(..)$", "0%1%2"),
    names = names,
  }
end

local frame = [[
%s
daemon off;
worker_processes @workers@;
pid @dir@/nginx.pid;
error_log @dir@/error.log notice;
events { worker_connections 512; }
http {
  access_log off;
  default_type text/plain;
  client_body_temp_path @dir@/body;
  proxy_temp_path @dir@/proxy;
  fastcgi_temp_path @dir@/fastcgi;
  uwsgi_temp_path @dir@/uwsgi;
  scgi_temp_path @dir@/scgi;
  ssl_protocols TLSv1.2 TLSv1.3;
  lua_package_path '@dir@/lua/?.lua;@dir@/lua/?/init.lua;;';
  lua_package_cpath '@dir@/lib/?.so;;';
%s
}
]]

---@class spec.Workers
---@field dir string
---@field ports table<string, integer> by name: what @port:name@ became
---@field pid fun(): string of the master
---@field children fun(): string[] pids of the workers
---@field signal fun(name: string, pid?: string)
---@field log fun(): string
---@field output fun(): string
---@field stop fun(signal?: string)
---@field ended fun(): integer|nil the exit code, once it ended

--- Starts nginx. In `conf`, which stands inside `http {}`, @dir@ becomes its folder, @port:name@ a free loopback port.
---@param conf string
---@param opts? {workers?: integer, files?: table<string, string>, terminal?: boolean} terminal: nginx has one, and what
---  it shows there is in `output()`
---@return spec.Workers
function workers.start(conf, opts)
  opts = opts or {}
  -- not under TMPDIR, which may be one's own
  local dir = workers.output("mktemp -d /tmp/reseal-workers-XXXXXX"):match("[^\n]+")
  local server = { dir = dir, ports = {} }
  local library = assert(package.cpath:match("([^;]*/lib)/%?%.so"), "libreseal is not along package.cpath")
  -- workers reach what is theirs
  workers.output(("cp -R lua %s %s && chmod -R a+rX %s/* && chmod 711 %s"):format(quote(library), dir, dir, dir))

  local values = { dir = dir, workers = tostring(opts.workers or 3) }
  local text = frame:format(nginx.modules(), conf):gsub("@(%l+)@", values):gsub("@port:(%w+)@", function(name)
    server.ports[name] = server.ports[name] or assert(system.free_port())
    return tostring(server.ports[name])
  end)
  write(dir .. "/nginx.conf", text)
  for name, content in pairs(opts.files or {}) do
    local folder = name:match("^(.*)/")
    if folder then os.execute(("mkdir -p '%s/%s'"):format(dir, folder)) end
    write(dir .. "/" .. name, content)
  end

  local running = nginx.run(dir, opts.terminal)
  for _, name in ipairs { "pid", "log", "output", "stop", "ended" } do server[name] = running[name] end

  function server.children()
    local list = {}
    for pid in workers.output("pgrep -P " .. server.pid()):gmatch("%d+") do list[#list + 1] = pid end
    return list
  end

  function server.signal(name, pid) os.execute(("kill -%s %s"):format(name, pid or server.pid())) end

  return server
end

return workers
