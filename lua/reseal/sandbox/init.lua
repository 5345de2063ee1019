--- Starts the sandbox: both providers' APIs on one loopback port, served by nginx with Lua.

local Dcv = require "reseal.sandbox.dcv"
local config = require "reseal.sandbox.config"
local nginx_of = require "reseal.sandbox.nginx"
local system = require "reseal.system"

local sandbox = {}

local function shell_quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function output_of(command)
  local pipe = io.popen(command)
  local text = pipe and pipe:read("*a") or ""
  if pipe then
    pipe:close()
  end
  return text
end

--- Checks the addresses where control of domains is looked for.
---@return boolean|nil ok
---@return string|nil message
local function check_dcv(options)
  for _, name in ipairs {"dcv_http", "dcv_dns"} do
    local address = options[name]
    if address and not Dcv.read_address(address) then
      return nil, ("'%s' is not a loopback address with a port; an example is 127.0.0.1:8080"):format(address)
    end
  end
  return true
end

local function exists(path)
  local file = io.open(path, "r")
  if file then
    file:close()
  end
  return file ~= nil
end

local function absolute(path)
  if path:find("^/") then
    return path
  end
  return output_of("pwd -P"):gsub("\n$", "") .. "/" .. path:gsub("^%./", "")
end

--- The file that `require name` would find along a path such as package.path (Lua 5.1 has no package.searchpath).
local function search(name, path)
  local file = name:gsub("%.", "/")
  for template in path:gmatch("[^;]+") do
    local candidate = template:gsub("%?", (file:gsub("%%", "%%%%")))
    if exists(candidate) then
      return candidate
    end
  end
end

--- Splits "127.0.0.1:8089". Anything but this machine's loopback is refused: whoever reaches the sandbox controls it.
---@return string|nil address
---@return integer|string port or message
local function read_listen(listen)
  local address, port = listen:match("^(.+):(%d+)$")
  port = tonumber(port)
  if not port or port > 65535 then
    return nil, ("'%s' is not an address to listen on; an example is 127.0.0.1:8089"):format(listen)
  end
  if address == "localhost" then
    address = "127.0.0.1"
  end
  if address ~= "[::1]" and not address:find("^127%.%d+%.%d+%.%d+$") then
    return nil, ("the sandbox listens on the loopback interface only, not on %s"):format(address)
  end
  return address, port
end

--- The variables that nginx must not inherit: Lua's search paths where they are meant for the Lua that runs this, and
--- that one is of another kind than the LuaJIT inside nginx, which could not bear its C modules.
---@return string names with spaces between them
local function foreign_paths()
  if _VERSION == "Lua 5.1" then
    return ""
  end
  local names, suffix = {}, _VERSION:gsub("^Lua (%d+)%.(%d+)$", "_%1_%2")
  for _, name in ipairs {"LUA_PATH", "LUA_CPATH"} do
    -- with a variable of its own it does not use the common one
    if not os.getenv(name .. suffix) then
      names[#names + 1] = name
    end
  end
  return table.concat(names, " ")
end

-- What is needed for LuaJIT, by the module: its package in Debian, and in LuaRocks.
local NEEDED = {cjson = {"lua-cjson", "lua-cjson"}, openssl = {"lua-luaossl", "luaossl"}}

--- Puts links to reseal's own files into folders of their own below `dir`, lua and lib: beside the files themselves may
--- stand, as in a tree of LuaRocks, what is made for another Lua than nginx's.
local function link(dir, lua_dir, library)
  local words = {"mkdir", dir .. "/lua", dir .. "/lib", "&& ln -s", lua_dir .. "/reseal", lua_dir .. "/reseal.lua",
    dir .. "/lua"}
  if library then
    for _, word in ipairs {"&& ln -s", library, dir .. "/lib"} do
      words[#words + 1] = word
    end
  end
  for i, word in ipairs(words) do
    words[i] = word:find("^/") and shell_quote(word) or word
  end
  return output_of(table.concat(words, " ") .. " 2>&1 && echo done"):match("^done") ~= nil
end

--- Why nginx ended, from its log.
local function explain(log_path, listen)
  local file = io.open(log_path, "r")
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  -- what our own code found wrong
  local ours = text:match("%[emerg%] [^\n]-reseal: ([^\n]*)")
  if ours then
    ours = ours:gsub(", context: ngx%.timer$", ""):gsub(", context: init_worker_by_lua%*$", "")
    local what = ours:match("module '_?(%a+)")
    if not NEEDED[what] then
      return ours
    end
    return ("nginx's LuaJIT can't load %s (Debian, Ubuntu: the package %s; else luarocks --lua-version 5.1 install "
      .. "%s): %s"):format(what, NEEDED[what][1], NEEDED[what][2], (ours:gsub(" no field .*", "")))
  end
  if text:find("Address already in use", 1, true) then
    return listen .. " is already in use; choose another port"
  end
  return "nginx ended: " .. (text:match("%[emerg%] [^\n]*") or text:match("%[alert%] [^\n]*")
    or text:match("%[error%] [^\n]*") or text:match("[^\n]+") or "its log is empty")
end

local function read(path)
  local file, message = io.open(path, "r")
  if not file then
    return nil, message
  end
  local text = file:read("*a")
  file:close()
  return text, not text and path .. " can not be read" or nil
end

local function write(path, text)
  local file, message = io.open(path, "w")
  if not file then
    return nil, message
  end
  file:write(text)
  file:close()
  return true
end

--- Runs the sandbox until it is told to end by SIGTERM or SIGINT.
---@param options {listen?: string, nginx?: string, quiet?: boolean, scenario?: string, dcv_http?: string,
---  dcv_dns?: string} listen: default 127.0.0.1:8089, port 0 takes a free one; nginx: name or path of the program;
---  quiet: no ready line on standard output; scenario: a file of JSON, as for POST /_sandbox/reset; dcv_http, dcv_dns:
---  loopback addresses with ports where control of domains is looked for
---@return integer|nil code exit code of nginx, 0 when it was told to end
---@return string|nil message
function sandbox.run(options)
  local address, port = read_listen(options.listen or "127.0.0.1:8089")
  if not address then
    return nil, port
  end
  local good, wrong = check_dcv(options)
  if not good then
    return nil, wrong
  end
  local scenario
  if options.scenario then
    scenario, wrong = read(options.scenario)
    if not scenario then
      return nil, "the scenario: " .. wrong
    end
  end
  local nginx = nginx_of.find(options.nginx)
  if not nginx then
    return nil, ("%s is not there; install nginx with its Lua module (Debian, Ubuntu: nginx libnginx-mod-http-lua)")
      :format(options.nginx or "nginx")
  end
  local about = nginx_of.about(nginx)
  local modules, message = nginx_of.modules(about)
  if not modules then
    return nil, message
  end
  local server_file = search("reseal.sandbox.server", package.path)
  if not server_file then
    return nil, "reseal.sandbox.server is not on package.path"
  end
  local library = search("libreseal", package.cpath)
  if port == 0 then
    port, message = system.free_port((address:gsub("[%[%]]", "")))
    if not port then
      return nil, message
    end
  end
  local dir
  dir, message = system.mkdtemp("reseal-sandbox-")
  if not dir then
    return nil, message
  end

  local listen, log = ("%s:%d"):format(address, port), dir .. "/error.log"
  local code, written
  local scenario_path = scenario and dir .. "/scenario.json"
  if scenario then
    write(scenario_path, scenario)
  end
  written, message = write(dir .. "/nginx.conf", config.text {
    dir = dir, listen = listen, url = "http://" .. listen, modules = modules, quiet = options.quiet or false,
    scenario = scenario_path, dcv_http = options.dcv_http, dcv_dns = options.dcv_dns,
  })
  local lua_dir = absolute((server_file:gsub("/?reseal/sandbox/server%.lua$", "")))
  if not link(dir, lua_dir, library and absolute(library)) then
    written, message = nil, "no links could be made in " .. dir
  end
  if written then
    -- what nginx has to say goes into the log, from where explain() takes the one line that matters
    local argv = {"sh", "-c", 'log=$1; unset x $2; shift 2; exec "$@" 2>>"$log"', "sh", log, foreign_paths(), nginx}
    for _, word in ipairs(nginx_of.arguments(about, dir)) do
      argv[#argv + 1] = word
    end
    code, message = system.run(argv)
  end
  if code and code ~= 0 then
    local what = exists(dir .. "/ready") and "the sandbox ended: " or "the sandbox did not get ready: "
    code, message = nil, what .. explain(log, listen)
  end
  system.remove_tree(dir)
  return code, message
end

return sandbox
