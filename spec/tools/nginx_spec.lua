-- The scratch nginx on which specs, examples and benchmarks stand.

local nginx = require "spec.support.nginx"
local program = require "spec.support.program"
local system = require "reseal.system"
local wait = require "spec.support.wait"

local CONF = [[
  lua_shared_dict kept 64k;
  init_by_lua_block { loaded = 0 }
  server {
    listen 127.0.0.1:@port@;
    location = /who { content_by_lua_block { ngx.print(ngx.worker.pid(), " ", type(require "reseal.x509")) } }
    location = /add { content_by_lua_block { ngx.print((ngx.shared.kept:incr("n", 1, 0))) } }
    location / { root @dir@; }
  }
  server { listen 127.0.0.1:@port:other@; return 200 "@greeting@"; }
]]

local function start(opts)
  opts.words = {greeting = "hello"}
  return nginx.start(CONF, opts)
end

describe("a scratch nginx", function()
  local server

  after_each(function()
    if server then
      server.stop()
    end
    server = nil
  end)

  local function get(path, port)
    return program.output(("curl -s http://127.0.0.1:%d%s"):format(port or server.port, path))
  end

  --- What another process of the same Lua says that runs `code`.
  local function by_another(code, environment)
    return program.output(("%s %s -e %s"):format(environment or "", program.quote(os.getenv "RESEAL_LUA" or arg[-1]),
      program.quote(code)))
  end

  local function is_there(dir)
    return program.output("test -e " .. dir .. " && echo yes"):find "yes" ~= nil
  end

  --- The pids of a server's processes, and those of them that run.
  local function pids()
    return server.pid() .. " " .. table.concat(server.children(), " ")
  end
  local function running(list)
    local still = {}
    for pid in list:gmatch("%d+") do
      if program.runs(pid) then
        still[#still + 1] = pid
      end
    end
    return table.concat(still, " ")
  end

  it("is ready when it has started, and gone when it is stopped", function()
    for _, workers in ipairs {0, 2} do
      server = start {workers = workers > 0 and workers or nil, files = {["some/where/file"] = "content"}}
      assert.equal(workers, #server.children())
      assert.equal("content", get "/some/where/file")
      assert.equal("hello", get("/", server.ports.other))
      local dir, before = server.dir, pids()
      assert.equal(0, server.stop())
      assert.is_false(is_there(dir))
      assert.equal("", running(before))
      server = nil
    end
  end)

  it("serves with workers that have no rights, whoever started it", function()
    local as_root = program.output "id -u":match "%d+" == "0"
    for _, user in ipairs(as_root and {"root", "nobody"} or {"me"}) do
      server = start {workers = 1, user = user == "nobody" and "nobody" or nil, group = "nogroup"}
      local whose = program.output("ps -o user= -p " .. server.children()[1]):match "%S+"
      if as_root then
        assert.equal("nobody", whose)
      end
      assert.matches("^%d+ table$", get "/who")
      server.stop()
      server = nil
    end
  end)

  it("that can not start says why, and leaves nothing", function()
    local folder = assert(system.mkdtemp "reseal-nginx-spec-")
    os.execute("chmod 711 " .. folder)
    local told = by_another([[
      local nginx = require "spec.support.nginx"
      print(pcall(nginx.start, "nonsense_here on;"))
      print(pcall(nginx.start, "", { files = { ["file/below"] = "x", file = "y" } }))]], "TMPDIR=" .. folder)
    local left = program.output("ls " .. folder)
    system.remove_tree(folder)
    assert.matches('false%s.*unknown directive "nonsense_here" in ' .. folder:gsub("%p", "%%%0"), told)
    assert.matches("\nfalse\t[^\n]*\n$", told)
    assert.equal("", left)
  end)

  it("takes other ports when somebody was faster", function()
    local free_port, taken = system.free_port, start {}
    local asked = 0
    system.free_port = function() -- luacheck: ignore
      asked = asked + 1
      return asked == 1 and taken.port or free_port()
    end
    local ok, message = pcall(start, {workers = 1})
    system.free_port = free_port -- luacheck: ignore
    taken.stop()
    assert.is_true(ok, message)
    server = message
    assert.equal("hello", get("/", server.ports.other))
    assert.is_true(asked > 2)
  end)

  it("reloads, and keeps what is in memory", function()
    server = start {workers = 2}
    assert.equal("1", get "/add")
    local before = server.children()
    assert.is_true(server.reload())
    local now = server.children()
    assert.equal(2, #now)
    for _, pid in ipairs(before) do
      assert.is_false(pid == now[1] or pid == now[2])
    end
    assert.equal("2", get "/add")
  end)

  it("is upgraded: another master serves, and it is the one that is stopped", function()
    server = start {workers = 2, upgrades = true}
    local before = server.pid()
    assert.is_true(server.upgrade())
    assert.not_equal(before, server.pid())
    assert.equal(2, #server.children())
    assert.is_nil(server.ended())
    assert.equal("1", get "/add")
    assert.equal("", running(before))
    local after = pids()
    server.stop()
    server = nil
    assert.equal("", running(after))
  end)

  it("is killed with all its workers, and starts again with its files at its ports", function()
    server = start {workers = 2}
    program.write(server.dir .. "/written", "before")
    local port, pid, before = server.port, server.pid(), pids()
    server.kill()
    assert.equal(137, server.ended())
    assert.equal("", running(before))
    assert.equal("", get "/written")
    server.again()
    assert.equal(port, server.port)
    assert.not_equal(pid, server.pid())
    assert.equal("before", get "/written")
    assert.equal(0, server.finish "QUIT")
    server.again()
    assert.equal("before", get "/written")
  end)

  it("stands still while something is changed", function()
    server = start {workers = 1}
    local file = server.dir .. "/answer"
    local request = ("(curl -s http://127.0.0.1:%d/add >%s.part; mv %s.part %s) &")
      :format(server.port, file, file, file)
    server.pause(function()
      os.execute(request)
      system.sleep(0.2)
      assert.is_nil(program.read(file))
    end)
    assert.equal("1", wait(5, function() return program.read(file) end))
  end)

  it("ends, and its folder goes, when the specs are killed", function()
    local code = [[
      local one = require("spec.support.nginx").start("server { listen 127.0.0.1:@port@; }",
        { workers = 2, upgrades = true })
      assert(one.upgrade())
      print(one.dir, one.pid(), table.concat(one.children(), " "))
      io.stdout:flush()
      os.execute "kill -KILL $PPID"]]
    local dir, list = by_another(code):match "(/%S+/reseal%-nginx%-%w+)%s+([%d%s]+)"
    assert.is_true(wait(5, function() return not is_there(dir) and running(list) == "" end))
  end)
end)
