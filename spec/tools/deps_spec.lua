-- tools/deps.sh, where apt-get is a stand-in that prints what the real one does: installing is no business of a test.
-- (`make fresh` has the real one, on machines of its own.)

local program = require "spec.support.program"
local system = require "reseal.system"

-- What deps.sh may find besides the stand-ins: no git, which is what it shall miss.
local COMMANDS = "awk cat chmod cut date dirname env grep head ln make mkdir mktemp rm sed sh sleep sort tail touch tr "
  .. "wc"

local REAL = {
  lock = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)\n"
    .. "E: Unable to lock directory /var/lib/apt/lists/",
  -- of `apt-get -s install luajit2` on Debian 12 with luajit installed
  conflict = "NOTE: This is only a simulation!\nThe following packages will be REMOVED:\n  luajit\n"
    .. "Remv luajit [2.1.0~beta3+git20220320+dfsg-4.1+deb12u1]\n"
    .. "Inst luajit2 (2.1-20230119-1 Debian:12.11/oldstable [amd64])\nConf luajit2 (2.1-20230119-1 [amd64])",
  plan = "NOTE: This is only a simulation!\nInst git (1:2.39.5-0+deb12u2 Debian:12.11/oldstable [amd64])\n"
    .. "Conf git (1:2.39.5-0+deb12u2 [amd64])",
}

describe("tools/deps.sh", function()
  local dir

  local function stand_in(name, script)
    program.write(dir .. "/bin/" .. name, "#!/bin/sh\necho \"" .. name .. " $*\" >>" .. dir .. "/calls\n" .. script)
    program.output("chmod +x " .. dir .. "/bin/" .. name)
  end

  before_each(function()
    dir = assert(system.mkdtemp("reseal-deps-"))
    program.output(("mkdir %s/bin && for c in %s; do ln -s $(command -v $c) %s/bin/; done"):format(dir, COMMANDS, dir))
    stand_in("id", "echo 1000")
    stand_in("apt-cache", "echo '  Candidate: 1.0'")
    stand_in("apt-get", ([[
      case "$*" in
      *update*)
        [ -e %s/unlocked ] || { touch %s/unlocked; echo '%s' >&2; exit 100; } ;;
      *print-uris*) echo "'http://deb.example/git.deb' git.deb 10234567 SHA256:0" ;;
      *-s*) cat %s/plan ;;
      esac]]):format(dir, dir, REAL.lock, dir))
    -- asks for no password, and installs nothing: git is there afterwards
    stand_in("sudo", ([[
      case $1 in
      env) exec "$@" ;;
      sh)
        [ "$3" != : ] || exit 0
        echo 'After this operation, 34.5 MB of additional disk space will be used.'
        [ ! -e %s/broken ] || { echo 'dpkg: error: no space left'; exit 100; }
        ln -s %s/bin/make %s/bin/git ;;
      esac]]):format(dir, dir, dir))
    program.write(dir .. "/plan", REAL.plan)
  end)

  after_each(function() system.remove_tree(dir) end)

  --- Returns what it says, with how it ends, and what the stand-ins were told.
  local function deps(set)
    local command = "env -i PATH=%s/bin BUILD=%s/build tools/deps.sh %s; echo ends $?"
    return program.output(command:format(dir, dir, set)), program.read(dir .. "/calls") or ""
  end

  it("waits for another package manager, and says so once", function()
    local said = deps "make"
    local words = "another package manager is at work %(its lock is held by process 4711 %(apt%-get%)%)"
    assert.equal(1, select(2, said:gsub(words, "")), said)
    assert.matches("ends 0\n$", said)
  end)

  it("says what is missing, how much is fetched and what it takes, and nothing of apt's own words", function()
    program.write(dir .. "/unlocked", "")
    local said = deps "make"
    assert.equal("missing:\n  command git\napt-get update (its words go into " .. dir .. "/build/deps.log)\n"
      .. "apt-get install: 1 packages, 10 MB to fetch\ninstalled in 0 s: 34.5 MB more on disk\nends 0\n", said)
  end)

  it("removes nothing: it shows what apt would, and the command for it", function()
    program.write(dir .. "/unlocked", "")
    program.write(dir .. "/plan", REAL.conflict)
    local said, calls = deps "make"
    assert.matches("Nothing was installed: .- would remove\n  luajit \n", said)
    assert.matches("\n  sudo apt%-get install %-%-no%-install%-recommends make git ca%-certificates\n", said)
    assert.matches("ends 1\n$", said)
    assert.is_nil(calls:find("sudo sh -c \n", 1, true))
  end)

  it("never lets apt remove anything on its own", function()
    local _, calls = deps "make"
    assert.matches("install %-y %-%-no%-install%-recommends %-%-no%-remove", calls)
  end)

  it("shows the end of the log when installing fails", function()
    program.write(dir .. "/unlocked", "")
    program.write(dir .. "/broken", "")
    local said = deps "make"
    assert.matches("apt%-get failed; the end of " .. dir:gsub("%p", "%%%0") .. "/build/deps.log:\n", said)
    assert.matches("  dpkg: error: no space left\n", said)
    assert.matches("ends 1\n$", said)
  end)

  it("says nothing and asks nobody where nothing is missing", function()
    program.output(("ln -s %s/bin/make %s/bin/git"):format(dir, dir))
    local said, calls = deps "make"
    assert.equal("ends 0\n", said)
    assert.equal("", calls:gsub("id [^\n]*\n", ""))
  end)

  it("tells who has no sudo what root has to type", function()
    program.output("rm " .. dir .. "/bin/sudo")
    local said = deps "make"
    assert.matches("apt%-get install %-%-no%-install%-recommends make git ca%-certificates", said)
    assert.matches("ends 1\n$", said)
  end)

  it("takes luajit2 where there is one, else luajit, which is OpenResty's branch then", function()
    program.write(dir .. "/unlocked", "")
    local _, calls = deps "test"
    assert.matches("luajit2 libluajit2%-5%.1%-dev", calls)
    assert.is_nil(calls:find(" luajit ", 1, true))
    stand_in("apt-cache", "case $2 in *luajit2*) ;; *) echo '  Candidate: 1.0' ;; esac")
    program.write(dir .. "/calls", "")
    _, calls = deps "test"
    assert.matches(" luajit libluajit%-5%.1%-dev", calls)
    assert.is_nil(calls:match("apt%-get [^\n]*luajit2"))
  end)

  it("names a package that this release does not have, and installs the others", function()
    program.write(dir .. "/unlocked", "")
    stand_in("apt-cache", "case $2 in ca-*) echo '  Candidate: (none)' ;; *) echo '  Candidate: 1.0' ;; esac")
    local said, calls = deps "make"
    assert.matches("there is no package ca%-certificates here", said)
    assert.matches("install %-%-no%-install%-recommends make git\n", calls)
    assert.matches("ends 0\n$", said)
  end)

  it("needs far less for the demo than for the tests", function()
    program.write(dir .. "/unlocked", "")
    deps "demo"
    local _, calls = deps "demo"
    for _, name in ipairs {"clang", "python3", "lua5.1", "lua-busted", "shellcheck", "luarocks", "pebble"} do
      assert.is_nil(calls:find("apt%-get [^\n]* " .. name:gsub("%p", "%%%0") .. "[ \n]"), name)
    end
    for _, name in ipairs {
      "gcc", "libxml2-dev", "libsqlite3-dev", "lua-filesystem", "libnginx-mod-http-lua", "lua-luaossl", "lua5.4",
    } do
      assert.is_truthy(calls:find("apt%-get [^\n]* " .. name:gsub("%p", "%%%0") .. "[ \n]"), name)
    end
  end)
end)
