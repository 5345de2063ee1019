local system = require "reseal.system"
local wait = require "spec.support.wait"

local function write(path, content)
  local file = assert(io.open(path, "wb"))
  assert(file:write(content))
  assert(file:close())
end

local function read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local content = file:read("*a")
  file:close()
  return content
end

local function sh(script, ...) return system.run { "sh", "-c", script, "sh", ... } end

--- The interpreter that runs this file.
local function interpreter()
  local first = 0
  while arg[first - 1] do first = first - 1 end
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
      for _, wrong in ipairs { -1, 0 / 0, "soon" } do assert.has_error(function() system.sleep(wrong) end) end
    end)
  end)

  describe("read_private", function()
    local path

    before_each(function()
      path = dir .. "/key"
      write(path, "a\0secret\n")
      assert.equal(0, system.run { "chmod", "600", path })
    end)

    it("returns the bytes of a file that only its owner may read", function()
      assert.equal("a\0secret\n", system.read_private(path))
      assert.equal(0, system.run { "chmod", "400", path })
      assert.equal("a\0secret\n", system.read_private(path))
      assert.equal(0, system.run { "chmod", "600", path })
      write(path, "")
      assert.equal("", system.read_private(path))
    end)

    it("refuses every permission of group and others", function()
      for _, mode in ipairs { "640", "620", "610", "604", "602", "601", "644" } do
        assert.equal(0, system.run { "chmod", mode, path })
        local content, message = system.read_private(path)
        assert.is_nil(content)
        assert.equal(path .. ": others than its owner have permissions on it (chmod 600 would take them away)", message)
      end
    end)

    it("judges the file behind a link", function()
      assert.equal(0, system.run { "ln", "-s", path, dir .. "/link" })
      assert.equal("a\0secret\n", system.read_private(dir .. "/link"))
      assert.equal(0, system.run { "chmod", "644", path })
      assert.is_nil((system.read_private(dir .. "/link")))
    end)

    it("refuses what is no regular file, without waiting for it", function()
      assert.equal(0, system.run { "mkfifo", "-m", "600", dir .. "/fifo" })
      for _, other in ipairs { dir, dir .. "/fifo" } do
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
        assert.equal(0, system.run { "chown", "65534", path })
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
      assert.equal(0, system.run { "env", "TMPDIR=" .. dir, interpreter(), dir .. "/child.lua", dir })
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
      for _, path in ipairs { "", "/", "//", ".", "..", dir .. "/.", dir .. "/..", dir .. "/../" } do
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
      for _, address in ipairs { "127.0.0.1", "127.0.0.2" } do
        local port = assert(system.free_port(address))
        assert.is_true(port > 1023 and port < 65536 and port % 1 == 0)
      end
      for _, address in ipairs { "0.0.0.0", "192.0.2.1", "::", "localhost", "" } do
        local port, message = system.free_port(address)
        assert.is_nil(port)
        assert.equal(address .. ": Invalid argument", message)
      end
    end)
  end)

  describe("run", function()
    it("returns the exit code, or 128 + the signal", function()
      assert.equal(0, system.run { "true" })
      assert.equal(7, system.run { "sh", "-c", "exit 7" })
      assert.equal(128 + 9, system.run { "sh", "-c", "kill -KILL $$" })
      assert.equal(128 + 15, system.run { "sh", "-c", "kill -TERM $$" })
    end)

    it("passes arguments as they are", function()
      local odd = { "", "a b", "$HOME", "'\"\\", "é" }
      local path = dir .. "/arguments"
      assert.equal(0, sh('out=$1; shift; printf "<%s>" "$@" >"$out"', path, odd[1], odd[2], odd[3], odd[4], odd[5]))
      assert.equal("<" .. table.concat(odd, "><") .. ">", read(path))
    end)

    it("says when the program cannot be run", function()
      local code, message = system.run { dir .. "/no-such-program" }
      assert.is_nil(code)
      assert.equal(dir .. "/no-such-program: No such file or directory", message)
      write(dir .. "/no-program", "")
      code, message = system.run { dir .. "/no-program" }
      assert.is_nil(code)
      assert.equal(dir .. "/no-program: Permission denied", message)
    end)

    it("raises for a programmer's mistake", function()
      for _, wrong in ipairs { {}, { 1 }, { "true", {} }, { "tr\0ue" } } do
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

    for name, number in pairs { TERM = 15, INT = 2, HUP = 1 } do
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
  local function child(program, script)
    write(dir .. "/child.lua", "local system, dir = require 'reseal.system', arg[1]\n" .. program)
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

    for name, number in pairs { INT = 2, TERM = 15, HUP = 1, QUIT = 3, ALRM = 14, USR1 = 10, USR2 = 12 } do
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
        assert(select(2, system.output_of {"sh", "-c", "kill -PIPE $$"}) == 141)
        os.exit(not ok and number == 32 and 7 or 1)
      ]], '{ run; echo $? >"$dir/code"; } | true; exit "$(cat "$dir/code")"'))
    end)
  end)

  describe("flush_output", function()
    it("tells of a full disk", function()
      if not io.open("/dev/full") then return end
      local program = [[
        io.stdout:write("x")
        local ok, message, number = system.flush_output()
        os.exit(ok and 40 or number == 28 and #message > 0 and 41 or 1)
      ]]
      assert.equal(41, child(program, "run >/dev/full"))
      assert.equal(40, child(program, "run >/dev/null"))
    end)
  end)

  describe("write_private", function()
    local function mode(path)
      assert.equal(0, sh('ls -ld "$1" | cut -c1-10 >"$2"', path, dir .. "/mode"))
      return read(dir .. "/mode")
    end

    it("puts a file of mode 600 where none is, and in the place of one", function()
      local path = dir .. "/one of them"
      assert.is_true(system.write_private(path, "one\0\1"))
      assert.equal("one\0\1", read(path))
      assert.equal("-rw-------\n", mode(path))
      assert.equal(0, sh('chmod 644 "$1"; ln "$1" "$2"', path, dir .. "/before"))
      assert.is_true(system.write_private(path, ""))
      assert.equal("", read(path))
      assert.equal("-rw-------\n", mode(path))
      assert.equal("one\0\1", read(dir .. "/before"))
    end)

    it("follows a link, and leaves nothing else behind", function()
      write(dir .. "/real", "old")
      assert.equal(0, sh('ln -s real "$1/link"', dir))
      assert.is_true(system.write_private(dir .. "/link", "new"))
      assert.equal("new", read(dir .. "/real"))
      assert.equal("l", mode(dir .. "/link"):sub(1, 1))
      os.remove(dir .. "/mode")
      assert.equal(0, sh('test "$(ls -A "$1" | tr "\n" " ")" = "link real "', dir))
    end)

    it("writes to what is no file as it is", function()
      assert.is_true(system.write_private("/dev/null", "x"))
      assert.is_true(system.write_private("/dev/null"))
      assert.equal("c", mode("/dev/null"):sub(1, 1))
      if io.open("/dev/full") then
        local ok, message = system.write_private("/dev/full", "x")
        assert.is_nil(ok)
        assert.is_truthy(message:find("^/dev/full: %a"))
        assert.equal("c", mode("/dev/full"):sub(1, 1))
      end
    end)

    it("can be tried without doing it", function()
      local path = dir .. "/file"
      assert.is_true(system.write_private(path))
      assert.is_nil(read(path))
      write(path, "kept")
      assert.is_true(system.write_private(path))
      assert.equal("kept", read(path))
      for _, wrong in ipairs { dir, dir .. "/none/file", path .. "/file", "" } do
        for _, content in ipairs { false, "x" } do
          local ok, message = system.write_private(wrong, content or nil)
          assert.is_nil(ok, wrong)
          assert.is_string(message)
        end
      end
    end)
  end)

  describe("output_of", function()
    it("gives what a program writes, and how it ended", function()
      assert.same({ "a'b $HOME", 0 }, { system.output_of { "printf", "%s", "a'b $HOME" } })
      assert.same({ "", 3 }, { system.output_of { "sh", "-c", "exit 3" } })
      assert.same({ "x", 143 }, { system.output_of { "sh", "-c", "printf x; kill $$" } })
      assert.equal(65536, #system.output_of { "sh", "-c", "head -c 65536 /dev/zero" })
    end)

    it("refuses what is no program, and what writes too much", function()
      for _, argv in ipairs { { "/nonexistent/program" }, { "sh", "-c", "exec head -c 65537 /dev/zero" } } do
        local output, message = system.output_of(argv)
        assert.is_nil(output)
        assert.is_truthy(message:find("^" .. argv[1] .. ": %a"))
      end
      for _, wrong in ipairs { {}, { 1 }, { "a\0b" }, { {} } } do
        assert.has_error(function() system.output_of(wrong) end)
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
