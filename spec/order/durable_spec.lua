-- Files that are whole or not there, and never in the place of others; folders for one user alone.

local system = require "reseal.system"

local dir

local function read(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local content = file:read "*a"
  file:close()
  return content
end

local function sh(script, ...)
  return system.run {"sh", "-c", script, "sh", ...}
end

describe("reseal.system", function()
  before_each(function() dir = assert(system.mkdtemp "reseal-spec-") end)
  after_each(function() system.remove_tree(dir) end)

  describe("write_new, new_draft and publish", function()
    it("make files of mode 600, never in the place of anything", function()
      local path = dir .. "/new one"
      assert.is_true(system.write_new(path, "one\0\1"))
      assert.equal("one\0\1", read(path))
      assert.equal(0, sh('test "$(stat -c %a "$1" 2>/dev/null || stat -f %Lp "$1")" = 600', path))
      local none, message, number = system.write_new(path, "two")
      assert.is_nil(none)
      assert.is_truthy(message:find(path, 1, true))
      assert.equal(17, number)
      assert.equal("one\0\1", read(path))
      for _, there in ipairs {"ln -s nowhere", "mkfifo", "mkdir"} do
        local other = dir .. "/" .. there:gsub("%W", "")
        assert.equal(0, sh(there .. ' "$1"', other))
        assert.is_nil((system.write_new(other, "x")))
        assert.is_nil((system.new_draft(other)))
      end
      assert.is_nil((system.write_new(dir .. "/no/folder", "x")))
      assert.is_nil((system.write_new("", "x")))
      assert.has_error(function() system.write_new("a\0b", "x") end)
      assert.equal(0, sh('test "$(ls "$1" | grep -c "new one")" = 1', dir)) -- no draft is left
    end)

    it("publish a draft once its name is free, and leave it where it is not", function()
      local path = dir .. "/it"
      local first, second = assert(system.new_draft(path)), assert(system.new_draft(path))
      assert.not_equal(first, second)
      assert.equal("", read(first))
      assert.is_true(system.publish(first, path))
      assert.is_nil(read(first))
      local none, _, number = system.publish(second, path)
      assert.is_nil(none)
      assert.equal(17, number)
      assert.equal("", read(second))
      assert.is_nil((system.publish(dir .. "/none", dir .. "/other")))
    end)
  end)

  describe("make_folder", function()
    it("makes a folder for its owner alone, and those above it", function()
      local path = dir .. "/a/b/c"
      assert.is_true(system.make_folder(path .. "//"))
      assert.is_true(system.make_folder(path))
      assert.equal(0, sh('test "$(ls -ld "$1" | cut -c1-10)" = drwx------', path))
      assert.equal(0, sh('test "$(ls -ld "$1" | cut -c1-10)" = drwx------', dir .. "/a"))
    end)

    it("refuses what others have permissions on, and what is none", function()
      assert.equal(0, sh('mkdir -m 750 "$1" && touch "$2"', dir .. "/open", dir .. "/file"))
      local none, message = system.make_folder(dir .. "/open")
      assert.is_nil(none)
      assert.is_truthy(message:find("chmod 700", 1, true))
      assert.is_nil((system.make_folder(dir .. "/file")))
      assert.is_nil((system.make_folder(dir .. "/file/below")))
      assert.is_nil((system.make_folder ""))
    end)
  end)

  it("knows its user", function()
    assert.equal(0, sh('test "$(id -u)" = "$1"', ("%d"):format(system.uid())))
  end)
end)
