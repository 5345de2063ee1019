local program = require "spec.support.program"
local system = require "reseal.system"
local wait = require "spec.support.wait"

local read, write = program.read, program.write

local function sh(script, ...)
  return system.run {"sh", "-c", script, "sh", ...}
end

--- The interpreter that runs this file.
local function interpreter()
  local first = 0
  while arg[first - 1] do
    first = first - 1
  end
  return arg[first]
end

describe("reseal.system", function()
  local dir

  before_each(function() dir = assert(system.mkdtemp("reseal-spec-")) end)
  after_each(function() assert(system.remove_tree(dir)) end)

  it("knows its process", function()
    local file = dir .. "/parent"
    assert.equal(0, sh('echo "$PPID" > "$1"', file))
    assert.equal(tonumber(read(file)), system.pid())
  end)

  describe("sleep", function()
    it("takes fractions of a second", function()
      sh('(sleep 0.1; touch "$1/before"; sleep 1; touch "$1/after") >/dev/null 2>&1 &', dir)
      system.sleep(0.6)
      assert.equal("", read(dir .. "/before"))
      assert.is_nil(read(dir .. "/after"))
      system.sleep(0)
    end)

    it("goes on after a signal", function()
      -- The interpreter's handler of SIGINT raises an error in Lua, but only once the sleep is over.
      write(dir .. "/child.lua", [[
        local done = pcall(function() require("reseal.system").sleep(1) return 1 end)
        assert(io.open(arg[1] .. "/woke", "w")):write(tostring(done))
      ]])
      assert.equal(0, sh([[
        "$1" "$2/child.lua" "$2" & sleep 0.3
        kill -INT $!; sleep 0.3
        test -e "$2/woke" && exit 1
        wait
      ]], interpreter(), dir))
      assert.equal("false", read(dir .. "/woke"))
    end)

    it("raises for what is no duration", function()
      for _, wrong in ipairs {-1, 0 / 0, "soon"} do assert.has_error(function() system.sleep(wrong) end) end
    end)
  end)

  describe("read_private", function()
    local path

    before_each(function()
      path = dir .. "/key"
      write(path, "a\0secret\n")
      assert.equal(0, system.run {"chmod", "600", path})
    end)

    it("returns the bytes of a file that only its owner may read", function()
      assert.equal("a\0secret\n", system.read_private(path))
      assert.equal(0, system.run {"chmod", "400", path})
      assert.equal("a\0secret\n", system.read_private(path))
      assert.equal(0, system.run {"chmod", "600", path})
      write(path, "")
      assert.equal("", system.read_private(path))
    end)

    it("refuses every permission of group and others", function()
      for _, mode in ipairs {"640", "620", "610", "604", "602", "601", "644"} do
        assert.equal(0, system.run {"chmod", mode, path})
        local content, message = system.read_private(path)
        assert.is_nil(content)
        assert.equal(path .. ": others than its owner have permissions on it (chmod 600 would take them away)", message)
      end
    end)

    it("judges the file behind a link", function()
      assert.equal(0, system.run {"ln", "-s", path, dir .. "/link"})
      assert.equal("a\0secret\n", system.read_private(dir .. "/link"))
      assert.equal(0, system.run {"chmod", "644", path})
      assert.is_nil((system.read_private(dir .. "/link")))
    end)

    it("refuses what is no regular file, without waiting for it", function()
      assert.equal(0, system.run {"mkfifo", "-m", "600", dir .. "/fifo"})
      for _, other in ipairs {dir, dir .. "/fifo"} do
        local content, message = system.read_private(other)
        assert.is_nil(content)
        assert.equal(other .. ": not a regular file", message)
      end
    end)

    it("takes 1 MiB, and not one byte more", function()
      write(path, ("k"):rep(1048576))
      assert.equal(1048576, #assert(system.read_private(path)))
      write(path, ("k"):rep(1048577))
      local content, message = system.read_private(path)
      assert.is_nil(content)
      assert.equal(path .. ": larger than 1 MiB", message)
    end)

    it("says what is missing", function()
      local content, message = system.read_private(dir .. "/none")
      assert.is_nil(content)
      assert.equal(dir .. "/none: No such file or directory", message)
      assert.has_error(function() system.read_private(path .. "\0") end)
    end)

    if sh('test "$(id -u)" = 0') == 0 then -- nobody else can give a file away
      it("refuses the file of a stranger", function()
        assert.equal(0, system.run {"chown", "65534", path})
        local content, message = system.read_private(path)
        assert.is_nil(content)
        assert.equal(path .. ": owned by neither this user nor root", message)
      end)
    end
  end)

  describe("mkdtemp and remove_tree", function()
    it("make a folder of one's own and remove it with all that is in it", function()
      assert.equal(0, sh('test -d "$1" && ls -ld "$1" | grep -q "^drwx------"', dir))
      assert.is_truthy(dir:find("/reseal%-spec%-%w%w%w%w%w%w$"))
      local made = assert(system.mkdtemp("x"))
      assert.equal(0, sh('mkdir -p "$1/a/b/.c" && touch "$1/a/b/.c/d" "$1/-e" && ln -s . "$1/self"', made))
      assert.is_true(system.remove_tree(made .. "//"))
      assert.equal(1, sh('test -e "$1"', made))
      assert.is_true(system.remove_tree(made))
    end)

    it("use TMPDIR", function()
      write(dir .. "/child.lua", [[
        local made = assert(require("reseal.system").mkdtemp("t-"))
        os.exit(made:sub(1, #arg[1] + 3) == arg[1] .. "/t-" and 0 or 1)
      ]])
      assert.equal(0, system.run {"env", "TMPDIR=" .. dir, interpreter(), dir .. "/child.lua", dir})
    end)

    it("refuse a prefix with a slash", function()
      assert.is_nil((system.mkdtemp("../x")))
      assert.is_nil((system.mkdtemp(("x"):rep(2000))))
    end)

    it("do not follow links", function()
      assert.equal(0, sh([[
        cd "$1" && mkdir keep tree && touch keep/file && ln -s ../keep tree/in && ln -s keep out
      ]], dir))
      assert.is_true(system.remove_tree(dir .. "/tree"))
      assert.is_true(system.remove_tree(dir .. "/out/"))
      assert.equal(1, sh('test -L "$1/out"', dir))
      assert.equal("", read(dir .. "/keep/file"))
    end)

    it("remove a single file", function()
      write(dir .. "/file", "")
      assert.is_true(system.remove_tree(dir .. "/file"))
      assert.is_nil(read(dir .. "/file"))
    end)

    it("refuse the root and its other names", function()
      for _, path in ipairs {"", "/", "//", ".", "..", dir .. "/.", dir .. "/..", dir .. "/../"} do
        local done, message = system.remove_tree(path)
        assert.is_nil(done)
        assert.equal(path .. ": Invalid argument", message)
      end
      assert.equal(0, sh('test -d "$1"', dir))
    end)

    it("say what cannot be removed", function()
      write(dir .. "/file", "")
      local done, message = system.remove_tree(dir .. "/file/below")
      assert.is_nil(done)
      assert.equal(dir .. "/file/below: Not a directory", message)
    end)
  end)

  describe("free_port", function()
    it("gives a port above the reserved ones, on loopback only", function()
      for _, address in ipairs {"127.0.0.1", "127.0.0.2"} do
        local port = assert(system.free_port(address))
        assert.is_true(port > 1023 and port < 65536 and port % 1 == 0)
      end
      for _, address in ipairs {"0.0.0.0", "192.0.2.1", "::", "localhost", ""} do
        local port, message = system.free_port(address)
        assert.is_nil(port)
        assert.equal(address .. ": Invalid argument", message)
      end
    end)
  end)

  describe("run", function()
    it("returns the exit code, or 128 + the signal", function()
      assert.equal(0, system.run {"true"})
      assert.equal(7, system.run {"sh", "-c", "exit 7"})
      assert.equal(128 + 9, system.run {"sh", "-c", "kill -KILL $$"})
      assert.equal(128 + 15, system.run {"sh", "-c", "kill -TERM $$"})
    end)

    it("passes arguments as they are", function()
      local odd = {"", "a b", "$HOME", "'\"\\", "é"}
      local path = dir .. "/arguments"
      assert.equal(0, sh('out=$1; shift; printf "<%s>" "$@" >"$out"', path, odd[1], odd[2], odd[3], odd[4], odd[5]))
      assert.equal("<" .. table.concat(odd, "><") .. ">", read(path))
    end)

    it("says when the program cannot be run", function()
      local code, message = system.run {dir .. "/no-such-program"}
      assert.is_nil(code)
      assert.equal(dir .. "/no-such-program: No such file or directory", message)
      write(dir .. "/no-program", "")
      code, message = system.run {dir .. "/no-program"}
      assert.is_nil(code)
      assert.equal(dir .. "/no-program: Permission denied", message)
    end)

    it("raises for a programmer's mistake", function()
      for _, wrong in ipairs {{}, {1}, {"true", {}}, {"tr\0ue"}} do
        assert.has_error(function() system.run(wrong) end)
      end
      assert.has_error(function() system.run("true") end)
    end)

    --- Starts a Lua program that runs a shell script, waits until the script wrote `started`, then does `action` with
    --- the program's pid in $1 and the folder in $2. Returns what the program wrote to `code` at its end.
    local function launch(script, action)
      write(dir .. "/script", script)
      write(dir .. "/launcher.lua", [[
        local system = require "reseal.system"
local wait = require "spec.support.wait"
        local code = system.run { "sh", arg[1] .. "/script", arg[1] }
        local again = system.run { "sh", "-c", "exit 3" }
        local file = assert(io.open(arg[1] .. "/code.new", "w"))
        file:write(code, " ", again)
        file:close()
        os.rename(arg[1] .. "/code.new", arg[1] .. "/code")
      ]])
      assert.equal(0, sh('"$1" "$2/launcher.lua" "$2" >/dev/null 2>&1 & echo $! >"$2/pid"', interpreter(), dir))
      assert.is_truthy(wait(10, function() return read(dir .. "/started") end))
      sh(action, (read(dir .. "/pid"):gsub("%s", "")), dir)
      assert.is_truthy(wait(10, function() return read(dir .. "/code") or read(dir .. "/ended") end))
      return read(dir .. "/code")
    end

    for name, number in pairs {TERM = 15, INT = 2, HUP = 1} do
      it("forwards SIG" .. name .. " to the child, and goes on", function()
        local code = launch(([[
          trap 'echo caught >"$1/caught"; exit 5' %s
          touch "$1/started"
          while :; do sleep 0.05; done
        ]]):format(name), ("kill -%d $1"):format(number))
        assert.equal("5 3", code)
        assert.equal("caught\n", read(dir .. "/caught"))
      end)
    end

    if sh('test "$(uname)" = Linux') == 0 then
      it("leaves no child behind when it is killed", function()
        launch([[
          trap 'touch "$1/ended"; exit' TERM
          touch "$1/started"
          for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.1; done
        ]], "kill -KILL $1")
        assert.equal("", read(dir .. "/ended"))
        assert.is_nil(read(dir .. "/code"))
      end)
    end
  end)

  --- Runs a Lua program of this text under a shell that knows it as `"$lua" "$dir/child.lua" "$dir"`.
  local function child(code, script)
    write(dir .. "/child.lua", "local system, dir = require 'reseal.system', arg[1]\n" .. code)
    return sh('lua=$1 dir=$2; run() { "$lua" "$dir/child.lua" "$dir"; }\n' .. script, interpreter(), dir)
  end

  describe("hold_signals", function()
    local HOLD = [[
      system.begin()
      system.hold_signals("please wait\n")
      assert(system.held_signal() == nil)
      io.open(dir .. "/holding", "w"):close()
      for i = 1, 200 do
        if io.open(dir .. "/enough") then break end
        system.sleep(0.02)
      end
      local file = io.open(dir .. "/held", "w")
      file:write(tostring(system.held_signal()))
      file:close()
      system.release_signals()
      os.exit(50)
    ]]
    local AWAIT = 'while [ ! -e "$dir/holding" ]; do sleep 0.02; done;'

    for name, number in pairs {INT = 2, TERM = 15, HUP = 1, QUIT = 3, ALRM = 14, USR1 = 10, USR2 = 12} do
      if sh("test $(kill -l " .. number .. ") = " .. name) == 0 then
        it("keeps SIG" .. name .. " back, also when others follow, until it is released", function()
          -- Not in the background, where a shell has INT and QUIT ignored.
          local code = child(HOLD, ([[
            (]] .. AWAIT .. [[ pid=$(cat "$dir/pid"); kill -%s $pid; sleep 0.1; kill -%s $pid; kill -TERM $pid
            touch "$dir/enough") &
            sh -c 'echo $$ >"$2/pid"; exec "$0" "$1" "$2" 2>"$2/told"' "$lua" "$dir/child.lua" "$dir"
          ]]):format(name, name))
          assert.equal(128 + number, code)
          assert.equal(tostring(number), read(dir .. "/held"))
          assert.equal("please wait\n", read(dir .. "/told"))
        end)
      end
    end

    it("changes nothing when none comes, and leaves ignored ones ignored", function()
      assert.equal(50, child(HOLD, [[
        (trap '' HUP; exec "$lua" "$dir/child.lua" "$dir") & ]] .. AWAIT .. [[
        kill -HUP $!; touch "$dir/enough"; wait $!]]))
      assert.equal("nil", read(dir .. "/held"))
    end)

    it("can be had again", function()
      assert.equal(0, child([[
        for _ = 1, 2 do
          system.hold_signals()
          system.hold_signals()
          system.release_signals()
          system.release_signals()
        end]], "run"))
    end)
  end)

  describe("take_signal", function()
    it("forgets the first signal, and none that came after it", function()
      assert.equal(0, child([[
        system.begin()
        system.hold_signals()
        assert(system.take_signal() == nil)
        local script = "kill -HUP $PPID; sleep 0.1; kill -HUP $PPID; sleep 0.1; kill -TERM $PPID; sleep 0.1"
        assert(system.run({"sh", "-c", script}, {forward = false}) == 0)
        assert(system.held_signal() == 1)
        assert(system.take_signal() == 1)
        assert(system.held_signal() == 15)
        assert(system.take_signal() == 15)
        assert(system.take_signal() == nil)
        system.release_signals()]], "run"))
    end)
  end)

  describe("a program that is run while signals are held", function()
    it("is left alone by the first, which is kept, and gets those that follow", function()
      assert.equal(0, child([[
        system.begin()
        system.hold_signals()
        local script = "trap 'echo $1 >>$0' TERM; kill -TERM $PPID; sleep 0.2; echo went on >>$0; "
          .. "kill -TERM $PPID; sleep 0.2; true"
        assert(system.run({"sh", "-c", script, dir .. "/told", "came"}, {timeout = 10}) == 0)
        assert(system.held_signal() == 15)
        assert(system.take_signal() == 15)
        system.release_signals()]], "run"))
      assert.equal("went on\ncame\n", read(dir .. "/told"))
    end)
  end)

  describe("notify", function()
    --- What comes to a datagram socket of that address, which Python binds, while `send` runs.
    local function heard(address, send)
      write(dir .. "/listen.py", [[
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1].replace("@", "\0", 1) if sys.argv[1][0] == "@" else sys.argv[1])
listener.settimeout(30)
open(sys.argv[2] + "/bound", "w").close()
print(listener.recv(4096).decode(), end="|")
print(listener.recv(4096).decode(), end="")
]])
      assert.equal(0, sh('python3 "$1/listen.py" "$2" "$1" >"$1/heard" 2>&1 & echo $! >"$1/pid"', dir, address))
      assert.is_truthy(wait(10, function() return read(dir .. "/bound") end))
      send()
      local done = wait(10, function() return not program.runs((read(dir .. "/pid"):match "%d+")) end)
      assert.is_truthy(done, read(dir .. "/heard"))
      return read(dir .. "/heard")
    end

    it("sends datagrams to a socket with a path", function()
      local address = dir .. "/notify"
      assert.equal("READY=1\nSTATUS=all is well|STOPPING=1", heard(address, function()
        assert.is_true(system.notify(address, "READY=1\nSTATUS=all is well"))
        assert.is_true(system.notify(address, "STOPPING=1"))
      end))
    end)

    if sh('test "$(uname)" = Linux') == 0 then
      it("sends them to one with an abstract name", function()
        local address = ("@reseal-spec-%d"):format(system.pid())
        assert.equal("a|b", heard(address, function()
          assert.is_true(system.notify(address, "a"))
          assert.is_true(system.notify(address, "b"))
        end))
      end)
    end

    it("says what is no address, and that nobody listens", function()
      for _, wrong in ipairs {"", "@", "/", "notify"} do
        assert.is_truthy(select(2, system.notify(wrong, "x")):find("Invalid argument", 1, true))
      end
      assert.is_truthy(select(2, system.notify("/" .. ("x"):rep(200), "x")):find("too long", 1, true))
      assert.is_truthy(select(2, system.notify(dir .. "/nobody", "x")):find("No such file", 1, true))
      assert.has_error(function() system.notify(dir .. "/no\0body", "x") end)
    end)
  end)

  describe("begin", function()
    it("keeps a closed descriptor's number from being used, and the descriptor useless", function()
      for fd = 0, 2 do
        local code = child(([[
          system.begin()
          local file = assert(io.open(dir .. "/file", "w"))
          file:write("untouched")
          file:close()
          for number, handle in pairs { [1] = io.stdout, [2] = io.stderr } do
            local ok = handle:write("x") and handle:flush()
            if (not ok) ~= (number == %d) then os.exit(10 + number) end
          end
          if not io.stdin:read("*a") ~= (%d == 0) then os.exit(10) end
        ]]):format(fd, fd), ("run %d%s&- </dev/null >/dev/null 2>/dev/null %d%s&-"):format(fd, fd == 0 and "<" or ">",
          fd, fd == 0 and "<" or ">"))
        assert.equal(0, code, "descriptor " .. fd)
        assert.equal("untouched", read(dir .. "/file"))
      end
    end)

    it("makes a reader's end an error, for this process only", function()
      assert.equal(7, child([[
        system.begin()
        system.sleep(0.3)
        io.stdout:write("x")
        local ok, _, number = io.stdout:flush()
        assert(system.run {"sh", "-c", "kill -PIPE $$"} == 141)
        assert(system.run({"sh", "-c", "kill -PIPE $$"}, {output = 9, forward = false}) == 141)
        os.exit(not ok and number == 32 and 7 or 1)
      ]], '{ run; echo $? >"$dir/code"; } | true; exit "$(cat "$dir/code")"'))
    end)
  end)

  describe("flush_output", function()
    it("tells of a full disk", function()
      if not io.open("/dev/full") then
        return
      end
      local code = [[
        io.stdout:write("x")
        local ok, message, number = system.flush_output()
        os.exit(ok and 40 or number == 28 and #message > 0 and 41 or 1)
      ]]
      assert.equal(41, child(code, "run >/dev/full"))
      assert.equal(40, child(code, "run >/dev/null"))
    end)
  end)

  describe("write_file", function()
    local function mode(path)
      assert.equal(0, sh('ls -ld "$1" | cut -c1-10 >"$2"', path, dir .. "/mode"))
      return read(dir .. "/mode")
    end

    it("puts a file of mode 600 where none is, and in the place of one", function()
      local path = dir .. "/one of them"
      assert.is_true(system.write_file(path, "one\0\1", "0600"))
      assert.equal("one\0\1", read(path))
      assert.equal("-rw-------\n", mode(path))
      assert.equal(0, sh('chmod 644 "$1"; ln "$1" "$2"', path, dir .. "/before"))
      assert.is_true(system.write_file(path, "", "0600"))
      assert.equal("", read(path))
      assert.equal("-rw-------\n", mode(path))
      assert.equal("one\0\1", read(dir .. "/before"))
    end)

    it("follows a link, and leaves nothing else behind", function()
      write(dir .. "/real", "old")
      assert.equal(0, sh('ln -s real "$1/link"', dir))
      assert.is_true(system.write_file(dir .. "/link", "new", "0600"))
      assert.equal("new", read(dir .. "/real"))
      assert.equal("l", mode(dir .. "/link"):sub(1, 1))
      os.remove(dir .. "/mode")
      assert.equal(0, sh('test "$(ls -A "$1" | tr "\n" " ")" = "link real "', dir))
    end)

    it("writes to what is no file as it is", function()
      assert.is_true(system.write_file("/dev/null", "x", "0600"))
      assert.is_true(system.write_file("/dev/null"))
      assert.equal("c", mode("/dev/null"):sub(1, 1))
      if io.open("/dev/full") then
        local ok, message = system.write_file("/dev/full", "x", "0600")
        assert.is_nil(ok)
        assert.is_truthy(message:find("^/dev/full: %a"))
        assert.equal("c", mode("/dev/full"):sub(1, 1))
      end
    end)

    it("keeps the mode of what is there, or gives the one that is asked for", function()
      local path = dir .. "/file"
      assert.is_true(system.write_file(path, "new"))
      assert.equal("-rw-------\n", mode(path))
      for _, case in ipairs {{"640", "-rw-r-----"}, {"755", "-rwxr-xr-x"}, {"200", "--w-------"}} do
        assert.equal(0, sh('chmod "$2" "$1"', path, case[1]))
        assert.is_true(system.write_file(path, "kept"))
        assert.equal(case[2] .. "\n", mode(path))
        assert.is_true(system.write_file(path)) -- tried
        assert.equal(case[2] .. "\n", mode(path))
      end
      local umask = child([[
        assert(system.write_file(dir .. "/asked", "x", "0644"))
        assert(system.write_file(dir .. "/unasked", "x"))
        assert(system.write_file(dir .. "/file", "x", "440"))]], "umask 077; run")
      assert.equal(0, umask)
      assert.same({"-rw-r--r--\n", "-rw-------\n", "-r--r-----\n"}, {mode(dir .. "/asked"), mode(dir .. "/unasked"),
        mode(path)})
      for _, wrong in ipairs {"8", "rw", "64", "06440", "4755", "-600", 640.5} do
        assert.has_error(function() system.write_file(path, "x", wrong) end)
      end
      assert.equal("x", read(path))
    end)

    if sh('test "$(id -u)" = 0') == 0 then
      it("keeps owner and group of what is there, and is refused where it can't", function()
        local path = dir .. "/file"
        write(path, "old")
        assert.equal(0, sh('chown 65534:12 "$1"; chmod 640 "$1"', path))
        assert.is_true(system.write_file(path, "new"))
        assert.equal(0, sh('test "$(stat -c %u:%g:%a "$1")" = 65534:12:640', path))
        -- for somebody else who may write into the folder
        assert.equal(0, sh('chmod 777 "$1"', dir))
        write(dir .. "/child.lua", [[
          package.cpath = arg[2]
          local system = require "reseal.system"
          for _, content in ipairs {"theirs", false} do
            local ok, message = system.write_file(arg[1], content or nil)
            if ok or not message:find("not permitted", 1, true) then os.exit(9) end
          end]])
        write(dir .. "/own", "x")
        local library
        for template in package.cpath:gmatch("[^;]+") do
          local candidate = template:gsub("%?", "reseal/system")
          library = library or read(candidate) and candidate
        end
        assert.equal(0, sh('mkdir -p "$1/lib/reseal"; cp "$2" "$1/lib/reseal/"; cp "$(command -v "$3")" "$1/lua"; '
          .. 'chmod -R a+rX "$1/lib" "$1/lua"', dir, library, interpreter()))
        assert.equal(0, sh('chown 1:1 "$1"', path))
        assert.equal(0, sh('cd / && setpriv --reuid 65534 --regid 65534 --clear-groups "$1/lua" "$1/child.lua" "$2" '
          .. '"$1/lib/?.so"', dir, path))
        assert.equal("new", read(path))
        assert.equal(0, sh('test "$(stat -c %u:%g:%a "$1")" = 1:1:640', path))
        assert.equal(0, sh('test -z "$(ls -A "$1" | grep reseal-)"', dir))
      end)
    end

    it("leaves what is there as it was where there is no room or no right, and nothing beside it", function()
      local path = dir .. "/file"
      write(path, "old")
      local code = child([[
        system.begin() -- SIGXFSZ
        local ok, message = system.write_file(dir .. "/file", ("x"):rep(9000))
        os.exit(not ok and message:find("File too large", 1, true) and 0 or 9)]], "ulimit -f 8; run")
      assert.equal(0, code)
      assert.equal("old", read(path))
      assert.equal(0, sh('test "$(ls -A "$1" | grep -c reseal-)" = 0', dir))
      local mounts = [[command -v mount unshare >/dev/null && mkdir "$1/try" &&
        unshare --mount --propagation private mount -t tmpfs -o size=64k none "$1/try" 2>/dev/null]]
      if sh('test "$(id -u)" = 0') == 0 then
        if sh(mounts, dir) ~= 0 then
          return -- a root that may mount nothing has every right, and no small disk
        end
        -- a file system of 64 KiB
        local full = child([[
          local path = dir .. "/small/file"
          assert(system.write_file(path, "old", "0600"))
          local ok, message = system.write_file(path, ("x"):rep(2 ^ 20))
          assert(not ok and message:find("No space left", 1, true), message)
          local file = assert(io.open(path))
          assert(file:read("*a") == "old")
          local names = io.popen("ls -A " .. dir .. "/small"):read("*a")
          assert(names == "file\n", names)]],
          [[mkdir "$dir/small"; export lua dir
          unshare --mount --propagation private sh -c 'mount -t tmpfs -o size=64k none "$dir/small" &&
            "$lua" "$dir/child.lua" "$dir"']])
        assert.equal(0, full)
      else
        assert.equal(0, sh('mkdir -m 500 "$1/closed"', dir))
        assert.matches("Permission denied", select(2, system.write_file(dir .. "/closed/file", "x")))
      end
    end)

    it("takes a name as long as names can be, and refuses a link that leads nowhere", function()
      local long = dir .. "/" .. ("n"):rep(255)
      assert.is_true(system.write_file(long, "x"))
      assert.equal("x", read(long))
      assert.equal(0, sh('ln -s nowhere "$1/link"; ln -s loop "$1/loop"', dir))
      for _, link in ipairs {"link", "loop"} do
        local ok, message = system.write_file(dir .. "/" .. link, "x")
        assert.is_nil(ok)
        assert.is_string(message)
        assert.equal("l", mode(dir .. "/" .. link):sub(1, 1))
      end
    end)

    it("syncs the file before it takes its name, and then the folder", function()
      if sh('command -v strace >/dev/null') ~= 0 then
        return
      end
      write(dir .. "/child.lua", "require('reseal.system').write_file(arg[1] .. '/file', 'x')")
      assert.equal(0, sh('strace -f -e trace=fsync,rename,renameat,renameat2 -o "$2/trace" "$1" "$2/child.lua" "$2"',
        interpreter(), dir))
      local order = {}
      for call in read(dir .. "/trace"):gmatch("(%a+)%d?%(") do
        order[#order + 1] = call:gsub("at$", "")
      end
      assert.equal("fsync rename fsync", table.concat(order, " "))
    end)

    it("can be tried without doing it", function()
      local path = dir .. "/file"
      assert.is_true(system.write_file(path))
      assert.is_nil(read(path))
      write(path, "kept")
      assert.is_true(system.write_file(path))
      assert.equal("kept", read(path))
      for _, wrong in ipairs {dir, dir .. "/none/file", path .. "/file", ""} do
        for _, content in ipairs {false, "x"} do
          local ok, message = system.write_file(wrong, content or nil)
          assert.is_nil(ok, wrong)
          assert.is_string(message)
        end
      end
    end)
  end)

  describe("run, asked for the output,", function()
    local function output_of(argv)
      return system.run(argv, {output = 65536, forward = false})
    end

    it("gives what a program writes, and how it ended", function()
      assert.same({0, "a'b $HOME"}, {output_of {"printf", "%s", "a'b $HOME"}})
      assert.same({3, ""}, {output_of {"sh", "-c", "exit 3"}})
      assert.same({143, "x"}, {output_of {"sh", "-c", "printf x; kill $$"}})
      assert.equal(65536, #select(2, output_of {"sh", "-c", "head -c 65536 /dev/zero"}))
      assert.same({0, "abc"}, {system.run({"printf", "abc"}, {output = 3})})
      assert.same({0, "a\0b"}, {output_of {"printf", "a\\0b"}})
    end)

    it("refuses what is no program, and what writes too much", function()
      for _, argv in ipairs {{"/nonexistent/program"}, {"sh", "-c", "exec head -c 65537 /dev/zero"}} do
        local code, message = output_of(argv)
        assert.is_nil(code)
        assert.is_truthy(message:find("^" .. argv[1] .. ": %a"))
      end
      assert.is_nil((system.run({"printf", "abcd"}, {output = 3})))
      for _, wrong in ipairs {{}, {1}, {"a\0b"}, {{}}} do
        assert.has_error(function() output_of(wrong) end)
      end
    end)

    it("does not wait for others that hold its output", function()
      local before = system.now()
      local script = 'sleep 30 2>/dev/null & echo $! >"$0/pid"; printf x'
      assert.same({0, "x"}, {output_of {"sh", "-c", script, dir}})
      assert.is_true(system.now() - before < 20)
      sh('kill "$(cat "$1/pid")"', dir)
    end)
  end)

  describe("run, with options,", function()
    it("gives the program its standard input", function()
      assert.same({0, "a\0b\n"}, {system.run({"cat"}, {stdin = "a\0b\n", output = 100})})
      assert.same({0, ""}, {system.run({"cat"}, {stdin = "", output = 100})})
      local large = ("0123456789abcdef"):rep(60000) -- more than a pipe holds, both ways at once
      local code, back = system.run({"cat"}, {stdin = large, output = 1048576})
      assert.equal(0, code)
      assert.is_true(back == large)
      assert.equal(4, system.run({"sh", "-c", "exit 4"}, {stdin = large})) -- nobody reads it
    end)

    it("changes its environment, and no more", function()
      local script = [[printf '%s|%s|%s' "$RESEAL_ONE" "${HOME-none}" "$PATH"]]
      local env = {RESEAL_ONE = "a=b c\n'", HOME = false}
      assert.same({0, "a=b c\n'|none|" .. os.getenv "PATH"}, {system.run({"sh", "-c", script},
        {environment = env, output = 65536})})
      assert.is_nil(os.getenv "RESEAL_ONE")
      assert.is_string(os.getenv "HOME")
      -- the program is looked for along the PATH that it gets
      write(dir .. "/mine", "#!/bin/sh\necho mine\n")
      assert.equal(0, sh('chmod 700 "$1/mine"', dir))
      assert.same({0, "mine\n"}, {system.run({"mine"}, {environment = {PATH = dir .. ":" .. os.getenv "PATH"},
        output = 10})})
      for _, wrong in ipairs {{[1] = "x"}, {A = 1}, {A = true}, {["A=B"] = "x"}, {[""] = "x"}, {A = "\0"},
        {["A\0"] = "x"}} do
        assert.has_error(function() system.run({"true"}, {environment = wrong}) end)
      end
    end)

    it("hands no descriptor on but the first three", function()
      write(dir .. "/child.lua", [[
        local system, opened = require "reseal.system", {}
        for i = 1, 9 do opened[i] = assert(io.open(arg[0])) end
        local options = {output = 99, stdin = arg[1] ~= "" and "x" or nil, timeout = arg[1] ~= "" and 60 or nil}
        local _, shown = system.run({"sh", "-c", arg[2]}, options)
        io.write("<", shown, ">")]])
      local script = "for fd in 3 4 5 6 7 8 9; do if (eval \"true <&$fd\") 2>/dev/null; then printf '%s ' $fd; fi; done"
      for _, more in ipairs {"", "more"} do
        local pipe = io.popen(("'%s' %s/child.lua '%s' '%s' 3</dev/null"):format(interpreter(), dir, more,
          (script:gsub("'", "'\\''"))))
        assert.equal("<>", pipe:read("*a"))
        pipe:close()
      end
    end)

    it("ends a program that takes too long, with what it started", function()
      local script = 'trap "" TERM; sleep 60 & echo $! >"$0/inner"; echo $$ >"$0/outer"; printf x; wait; sleep 60'
      local before = system.now()
      local code, message = system.run({"sh", "-c", script, dir}, {timeout = 0.5, output = 10})
      assert.is_nil(code)
      assert.matches("^sh: .*timed out$", message)
      local took = system.now() - before
      assert.is_true(took >= 0.5 and took < 30, took)
      for _, name in ipairs {"inner", "outer"} do
        local function is_gone()
          return sh('kill -0 "$(cat "$1")" 2>/dev/null', dir .. "/" .. name) ~= 0
        end
        assert.is_truthy(wait(5, is_gone))
      end
      -- one that ends when it is asked to need not be waited for
      before = system.now()
      assert.is_nil((system.run({"sleep", "60"}, {timeout = 0.1})))
      assert.is_true(system.now() - before < 2)
    end)

    it("leaves a program alone that is in time, and lets it read nothing of ours", function()
      assert.same({7, ""}, {system.run({"sh", "-c", "cat; exit 7"}, {timeout = 60, output = 100})})
      assert.same({0, "in"}, {system.run({"cat"}, {timeout = 60, output = 100, stdin = "in"})})
      assert.equal(0, system.run({"true"}, {timeout = 60}))
    end)

    it("raises for options that can't be", function()
      for _, wrong in ipairs {{timeout = 0}, {timeout = -1}, {timeout = 0 / 0}, {timeout = "soon"},
        {timeout = 86401}, {output = 0}, {output = 1048577}, {stdin = {}}, {stdin = 1},
        {environment = "A=B"}, "x"} do
        assert.has_error(function() system.run({"true"}, wrong) end)
      end
    end)
  end)

  it("has a clock that goes on, and knows terminals", function()
    local before = system.now()
    system.sleep(0.05)
    local passed = system.now() - before
    assert.is_true(passed >= 0.05 and passed < 10)
    assert.equal(1, child("os.exit(system.is_terminal(0) and 0 or 1)", "run </dev/null"))
    assert.equal(0, child("os.exit(system.is_terminal(1) and 0 or 1)",
      [[python3 -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' \
        "$lua" "$dir/child.lua" "$dir" </dev/null]]))
  end)
end)
