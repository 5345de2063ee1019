-- The units for systemd: what they start is there, and systemd takes them.

local program = require "spec.support.program"
local rockspec = require "spec.support.rockspec"

local FOLDER = "packaging/systemd/"

local function values(unit, field)
  local found = {}
  for value in assert(program.read(FOLDER .. unit)):gmatch("\n" .. field .. "=([^\n]*)") do
    found[#found + 1] = value
  end
  return found
end

describe("the units for systemd", function()
  it("start commands that there are", function()
    local parser = require "reseal.cli.parser"
    local units = rockspec.lines("ls " .. FOLDER .. "*.service")
    assert.equal(2, #units)
    for _, path in ipairs(units) do
      local command = values(path:sub(#FOLDER + 1), "ExecStart")
      assert.equal(1, #command)
      local words = {}
      for word in command[1]:gmatch "%S+" do
        words[#words + 1] = word
      end
      assert.equal("reseal", table.remove(words, 1))
      local options, message = parser.parse(words)
      assert.is_table(options, message)
      assert.equal("run", options.command)
    end
  end)

  it("agree: the timer's service runs once, and the daemon takes its place", function()
    assert.same({"oneshot"}, values("reseal.service", "Type"))
    assert.same({"10"}, values("reseal.service", "SuccessExitStatus"))
    assert.same({"30min"}, values("reseal.timer", "RandomizedDelaySec"))
    assert.same({"notify"}, values("reseal-watch.service", "Type"))
    assert.same({"reseal.timer"}, values("reseal-watch.service", "Conflicts"))
    for _, field in ipairs {"LoadCredential", "StateDirectory", "StateDirectoryMode", "UMask", "TimeoutStopSec"} do
      assert.equal(1, #values("reseal.service", field))
      assert.same(values("reseal.service", field), values("reseal-watch.service", field))
    end
  end)

  it("are taken by systemd, where it is there", function()
    local told = program.output([[
      command -v systemd-analyze >/dev/null || exit 0
      dir=$(mktemp -d) && cp ]] .. FOLDER .. [[* "$dir" &&
        sed -i 's,^ExecStart=reseal,ExecStart=/bin/true,' "$dir"/*.service &&
        systemd-analyze verify --man=no "$dir"/*.service "$dir"/*.timer 2>&1
      rm -rf "$dir"]])
    assert.equal("", told)
  end)
end)
