--- A scratch nginx with the Lua module, for specs, examples and benchmarks: own folder, free loopback ports, ready when
--- start() returns, gone with all it made after stop(), or when the process that started it ends.
---
---   local server = nginx.start([[server { listen 127.0.0.1:@port@; return 204; }]], { workers = 2 })
---   server.reload()
---   server.stop()
---
--- Started by root its workers have no rights, as in real life. So what they have to read is put where everybody may:
--- the tree may stand below a home of root's alone.

local frame = require "reseal.sandbox.nginx"
local program = require "spec.support.program"
local system = require "reseal.system"
local wait = require "spec.support.wait"

local nginx = {}

local quote = program.quote
local path, about, modules

--- Finds it once.
local function find()
  if not path then
    path = assert(frame.find(), "nginx is not there")
    about = frame.about(path)
    modules = assert(frame.modules(about))
  end
end

--- The lines that load the Lua module, where it isn't compiled in.
function nginx.modules()
  find()
  return frame.load(modules)
end

local PRELUDE = [[
  ssl_protocols TLSv1.2 TLSv1.3;
  lua_package_path '@dir@/lua/?.lua;@dir@/lua/?/init.lua;;';
  lua_package_cpath '@dir@/lib/?.so;;';
]]

--- A folder of its own; not under TMPDIR where that is root's alone, and its workers could not reach it.
local function new_folder()
  return assert(program.output([[
    dir=${TMPDIR:-/tmp}
    if [ "$(id -u)" = 0 ]; then
      setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$dir" 2>/dev/null || dir=/tmp
    fi
    mktemp -d "$dir/reseal-nginx-XXXXXX"]]):match("^/[^\n]+"))
end

--- What is to be there: reseal for Lua, and the files.
local function fill(dir, files)
  local library = assert(package.cpath:match("([^;]*/lib)/%?%.so"), "libreseal is not along package.cpath")
  local told = program.output(("cp -R lua %s %s && chmod -R a+rX %s/* && chmod 711 %s"):format(quote(library), dir, dir,
    dir))
  assert(told == "", told)
  local made = {}
  for name, content in pairs(files or {}) do
    local folder = name:match("^(.*)/")
    if folder and not made[folder] then
      os.execute("mkdir -p " .. quote(dir .. "/" .. folder))
      made[folder] = true
    end
    program.write(dir .. "/" .. name, content)
  end
end

---@class spec.Nginx
---@field dir string
---@field port integer what @port@ became
---@field ports table<string, integer> by name: what @port:name@ became
---@field pid fun(): string|nil of the master
---@field children fun(): string[] pids of the workers
---@field log fun(): string the error log so far
---@field output fun(): string what it showed
---@field ended fun(): integer|nil the exit code, once it and its workers ended
---@field signal fun(name: string, pid?: string) to the master unless told
---@field reload fun(): boolean|nil lets workers read the configuration again (HUP), and waits until those before are
---  gone and as many new ones there; true when it came so
---@field upgrade fun(): boolean|nil lets another master take over (USR2), and waits until the one before ended;
---  likewise. For one that was started with `upgrades`
---@field pause fun(act: fun()) no worker runs meanwhile: they see all that it changed at once
---@field finish fun(signal?: string): integer|nil ends it, by TERM unless told; the exit code; the folder stays
---@field kill fun() the same as a loss of power does it: by SIGKILL, master and workers
---@field again fun() after finish() or kill(): starts it again, in the same folder and at the same ports
---@field stop fun(signal?: string): integer|nil ends it like finish(), and the folder goes

local IN_USE = "Address already in use"

-- nginx ignores USR2 as long as the process that started it is there.
local ORPHAN = [[sh -c 'sh -c "$2" & while [ ! -s "$1" ] && kill -0 $!; do sleep 0.02; done' sh %s %s]]

--- Starts what stands in the folder, and waits until it listens (then it has written its pid) with all its workers.
---@return string|nil message what it said, when it did not come so far
local function launch(server, opts)
  local words, dir = {}, server.dir
  os.remove(dir .. "/nginx.pid")
  for i, word in ipairs {path, (table.unpack or unpack)(frame.arguments(about, dir))} do
    words[i] = quote(word)
  end
  if opts.whole then
    words[#words + 1] = "-g 'daemon off;'"
  end
  local command = table.concat(words, " ")
  if opts.user then
    command = ("setpriv --reuid %s --regid %s --clear-groups %s"):format(opts.user, opts.group, command)
  end
  if opts.upgrades then
    command = ORPHAN:format(quote(dir .. "/nginx.pid"), quote("exec " .. command))
  end
  if opts.terminal then
    command = ("timeout -k 5 60 script -qec %s /dev/null"):format(quote(command))
  end
  local running = program.start(command, dir)
  running.pid = server.pid -- the program's own may be that of what stands around nginx
  for _, name in ipairs {"ended", "finish", "stop"} do
    server[name] = running[name]
  end
  function server.output()
    return running.out() .. running.err()
  end
  local ready = wait(10, function()
    -- nginx itself would go on trying for seconds
    if running.ended() or server.log():find(IN_USE, 1, true) then
      return "failed"
    end
    return server.pid() and (not opts.workers or #server.children() >= opts.workers)
  end)
  if ready == true then
    return nil
  end
  running.finish()
  return server.log() .. server.output()
end

--- Writes the configuration with ports that are free.
local function write_conf(server, template)
  local ports = {}
  program.write(server.dir .. "/nginx.conf", (template:gsub("@port:?(%w*)@", function(name)
    ports[name] = ports[name] or assert(system.free_port())
    return tostring(ports[name])
  end)))
  server.ports, server.port = ports, ports[""]
end

--- What can be done with an nginx in a folder.
local function new(dir, opts)
  local server = {dir = dir}

  function server.pid()
    return (program.read(dir .. "/nginx.pid") or ""):match("%d+")
  end

  function server.log()
    return program.read(dir .. "/error.log") or ""
  end

  function server.children()
    local list = {}
    for pid in program.output("pgrep -P " .. (server.pid() or 0)):gmatch("%d+") do
      list[#list + 1] = pid
    end
    return list
  end

  function server.signal(name, pid)
    os.execute(("kill -%s %s 2>/dev/null"):format(name, pid or server.pid()))
  end

  function server.reload()
    local before = " " .. table.concat(server.children(), " ") .. " "
    server.signal "HUP"
    return wait(10, function()
      local now = server.children()
      for _, pid in ipairs(now) do
        if before:find(" " .. pid .. " ", 1, true) then
          return nil
        end
      end
      return #now == opts.workers
    end)
  end

  function server.upgrade()
    local before, again_at = server.pid(), 0
    local come = wait(10, function()
      local now = server.pid()
      if now == before and system.now() >= again_at then
        -- nginx passes over one that comes while it looks whether its parent lives; another one harms nothing.
        server.signal("USR2", before)
        again_at = system.now() + 0.5
      end
      return now and now ~= before and #server.children() == opts.workers
    end)
    if not come then
      return nil
    end
    server.signal("QUIT", before)
    return wait(10, function() return not program.runs(before) end)
  end

  function server.pause(act)
    local children = table.concat(server.children(), " ")
    server.signal("STOP", children)
    local ok, message = pcall(act)
    server.signal("CONT", children)
    if not ok then
      error(message, 0)
    end
  end

  function server.kill()
    server.finish "KILL"
  end

  function server.again()
    local told = launch(server, opts)
    if told then
      error("nginx did not start again:\n" .. told, 2)
    end
  end

  return server
end

--- Starts nginx. In `conf`, which stands inside `http {}`, @dir@ becomes its folder, @port@ and @port:name@ free
--- loopback ports. Raises when it does not start, and leaves nothing then.
---@param conf string
---@param opts? {workers?: integer, files?: table<string, string>, level?: string, terminal?: boolean, whole?: boolean,
---  words?: table<string, string>, user?: string, group?: string, upgrades?: boolean} workers: none unless told, and
---  the one process is the master too; files: written to the folder before, by name; level: of the log, info or with
---  workers notice; terminal: it has one for a minute, and what it shows there is in output(); whole: `conf` is all of
---  nginx.conf; words: what further @words@ become, before that; user, group: whose nginx it is, for root; upgrades:
---  whether upgrade() is wanted (its exit code is not known then)
---@return spec.Nginx
function nginx.start(conf, opts)
  opts = opts or {}
  find()
  local server = new(new_folder(), opts)
  local dir = server.dir
  local done, message = pcall(function()
    fill(dir, opts.files)
    local template = opts.whole and conf or frame.conf {
      dir = dir, modules = modules, workers = opts.workers, level = opts.level or opts.workers and "notice" or "info",
      http = PRELUDE .. conf,
    }
    template = template:gsub("@(%l+)@", opts.words or {}):gsub("@dir@", dir)
    if opts.user then
      os.execute(("chown -R %s:%s %s"):format(opts.user, opts.group, dir))
    end
    local told
    for _ = 1, 3 do
      write_conf(server, template)
      told = launch(server, opts)
      -- somebody may have taken a port that was free a moment ago
      if not (told and told:find(IN_USE, 1, true)) then
        break
      end
      os.remove(dir .. "/error.log")
    end
    if told then
      error("nginx did not start:\n" .. told, 0)
    end
  end)
  if not done then
    if server.finish then
      server.finish()
    end
    system.remove_tree(dir)
    error(message, 2)
  end
  return server
end

return nginx
