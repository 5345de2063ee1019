-- `make install` as a packager uses it, in a folder of the spec's own: what it puts there is enough for a C program,
-- linked with the shared or with the static library, and `make uninstall` takes all of it back.
local system = require "reseal.system"

local BUILD = assert(package.cpath:match("([^;]*)/lib/%?%.so"), "libreseal is not along package.cpath")

local function quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- A command's output, both streams; asserts that it succeeded.
local function output(command)
  local pipe = assert(io.popen(command .. "\necho exit $?", "r"))
  local text = pipe:read("*a")
  pipe:close()
  local said, code = text:match("^(.*)exit (%d+)\n$")
  assert.equal("0", code, command .. "\n" .. said)
  return said
end

local function sorted(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do
    lines[#lines + 1] = line
  end
  table.sort(lines)
  return lines
end

local version = output("tools/version.sh"):match("%S+")

local LAYOUTS = {
  {
    name = "a prefix", prefix = "/opt/reseal", variables = "",
    lib = "/opt/reseal/lib", include = "/opt/reseal/include",
  },
  {
    name = "folders of its own", prefix = "/usr", variables = " LIBDIR=/usr/lib/some INCLUDEDIR=/usr/some/include",
    lib = "/usr/lib/some", include = "/usr/some/include",
  },
}

for _, layout in ipairs(LAYOUTS) do
  describe("make install under " .. layout.name, function()
    local dir, root, lib

    local function make(target)
      return output(("make %s BUILD=%s DESTDIR=%s PREFIX=%s%s 2>&1"):format(target, quote(BUILD), quote(root),
        layout.prefix, layout.variables))
    end

    --- What pkg-config says of it where it stands now.
    local function flags(options)
      return (output(("PKG_CONFIG_PATH=%s pkg-config --define-variable=prefix=%s %s reseal"):format(
        quote(lib .. "/pkgconfig"), quote(root .. layout.prefix), options)):gsub("\n", ""))
    end

    --- Every file and link, with what it points to.
    local function files()
      local shown = [[find . ! -type d -exec sh -c 'echo "$1 $(readlink "$1")"' - {} ';']]
      return sorted(output(("cd %s && %s"):format(quote(root), shown)))
    end

    setup(function()
      dir = assert(system.mkdtemp("reseal-install-spec-"))
      root = dir .. "/root"
      lib = root .. layout.lib
      output("mkdir -p " .. quote(lib) .. " && touch " .. quote(lib .. "/another"))
      make("install")
      -- As where only what programs need to run is installed.
      output(("mkdir %s && cp -P %s/libreseal.so.* %s"):format(quote(dir .. "/run"), quote(lib), quote(dir .. "/run")))
    end)

    teardown(function()
      system.remove_tree(dir)
    end)

    it("puts the library under its three names, the static one, header and pkg-config file", function()
      local full = "libreseal.so." .. version
      local expected = {
        "." .. layout.include .. "/reseal.h ",
        "." .. layout.lib .. "/another ",
        "." .. layout.lib .. "/libreseal.a ",
        "." .. layout.lib .. "/libreseal.so " .. full,
        "." .. layout.lib .. "/libreseal.so.0 " .. full,
        "." .. layout.lib .. "/" .. full .. " ",
        "." .. layout.lib .. "/pkgconfig/reseal.pc ",
      }
      table.sort(expected)
      assert.same(expected, files())
      local readable = "find . -type f ! -name another -perm -644 ! -perm -022 | wc -l"
      local modes = output(("cd %s && %s"):format(quote(root), readable))
      assert.equal(4, tonumber(modes))
    end)

    it("is linked with by pkg-config, shared, and then runs with the interface's number alone", function()
      local program = dir .. "/shared"
      output(("${CC:-cc} -std=c11 -Wall -Wextra -Werror examples/encode_decode.c -o %s %s 2>&1"):format(
        quote(program), flags("--cflags --libs")))
      local needs = output("readelf -d " .. quote(program))
      assert.is_truthy(needs:find("%[libreseal%.so%.0%]"))
      assert.is_nil(needs:find("libxml2", 1, true), "the library's own dependency is nobody else's")
      local said = output(("LD_LIBRARY_PATH=%s %s 2>&1"):format(quote(dir .. "/run"), quote(program)))
      assert.is_truthy(said:find("certificate 123456, charged 9.0000", 1, true), said)
    end)

    it("is linked with by pkg-config, statically", function()
      local program, alone = dir .. "/static", dir .. "/alone"
      local said = flags("--static --libs")
      assert.is_truthy(said:find("%-lreseal .*%-lxml2"), said)
      -- What libxml2 itself depends on need not be there to be linked with: then without it.
      local link = "echo 'int main(void) { return 0; }' | ${CC:-cc} -x c - -o /dev/null "
      local whole = output(link .. "$(pkg-config --static --libs libxml-2.0) 2>/dev/null && echo whole || true")
      if whole ~= "whole\n" then
        said = flags("--libs") .. " " .. output("pkg-config --libs libxml-2.0"):gsub("\n", "")
      end
      output(("mkdir %s && cp %s/libreseal.a %s"):format(quote(alone), quote(lib), quote(alone)))
      output(("${CC:-cc} -std=c11 -Wall -Wextra -Werror examples/encode_decode.c -o %s %s -L%s %s 2>&1"):format(
        quote(program), flags("--cflags"), quote(alone), said))
      assert.is_nil(output("readelf -d " .. quote(program)):find("libreseal", 1, true))
      said = output(quote(program) .. " 2>&1")
      assert.is_truthy(said:find("certificate 123456, charged 9.0000", 1, true), said)
    end)

    it("says the header's version, and needs libxml2 and the C library alone", function()
      assert.equal(version, (flags("--modversion")))
      local needs = 0
      for name in output("readelf -d " .. quote(lib .. "/libreseal.so")):gmatch("%(NEEDED%)[^%[]*%[([%w_+-]+)") do
        needs = needs + 1
        assert.is_true(name == "libxml2" or name == "libc" or name == "libm" or name:find("^ld%-") ~= nil, name)
      end
      assert.is_true(needs >= 2)
    end)

    it("shows the header's functions and nothing else", function()
      local library, header = quote(lib .. "/libreseal.so"), quote(root .. layout.include .. "/reseal.h")
      local shown = output("nm -D --defined-only " .. library .. " | awk '{ print $NF }'")
      local declared = output([[sed -n 's/^RESEAL_API .*[ *]\(reseal_[a-z_]*\)(.*/\1@@RESEAL_0/p' ]] .. header)
      assert.is_truthy(declared:find("reseal_decode@@", 1, true))
      assert.same(sorted(declared .. "RESEAL_0\n"), sorted(shown))
    end)

    it("is found by LuaJIT's FFI among the system's libraries", function()
      local luajit = io.popen("tools/lua.sh luajit 2>/dev/null"):read("*l")
      local script = [[package.cpath = "/nowhere/?.so" io.write(require("reseal.core.ffi")._VERSION)]]
      if luajit then
        local environment = ("LD_LIBRARY_PATH=%s LUA_PATH='lua/?.lua;lua/?/init.lua' "):format(quote(dir .. "/run"))
        assert.equal(version, output(environment .. quote(luajit) .. " -e " .. quote(script) .. " 2>&1"))
      end
    end)

    it("is taken back whole by make uninstall, which leaves what others have there", function()
      make("uninstall")
      assert.same({"." .. layout.lib .. "/another "}, files())
    end)
  end)
end
