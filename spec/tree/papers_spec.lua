-- What a stranger reads first is there, says the same everywhere, and is true of the tree.

local lfs = require "lfs"
local program = require "spec.support.program"
local rockspec = require "spec.support.rockspec"

local function read(path)
  return assert(program.read(path), "there is no " .. path)
end

local version = read("csrc/include/reseal.h"):match '\n#define RESEAL_VERSION "([^"]+)"'

describe("the license", function()
  it("is MIT's, of the authors, and named so in the rock and for pkg-config", function()
    local text = read "LICENSE"
    assert.matches("^MIT License\n\nCopyright %(c%) 2026 the reseal authors\n\nPermission is hereby granted", text)
    assert.matches('THE SOFTWARE IS PROVIDED "AS IS"', text)
    assert.equal("MIT", rockspec.content.description.license)
    assert.matches("\nLicense: MIT\n", read "tools/reseal.pc.in")
    assert.matches("%[MIT%]%(LICENSE%)", read "README.md")
  end)

  it("and the other papers are in the release archive, and so in the rock's source", function()
    local files = program.output "git archive --prefix=x/ --worktree-attributes HEAD | tar -t"
    if not files:find("x/Makefile", 1, true) then return end -- no checkout, or one of git's older versions
    for _, name in ipairs {"LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "README.md"} do
      assert.is_truthy(("\n" .. files):find("\nx/" .. name .. "\n", 1, true), name)
    end
  end)
end)

describe("the changelog", function()
  local KINDS = {Added = true, Changed = true, Deprecated = true, Removed = true, Fixed = true, Security = true}

  it("has what is not released, then this version, newest first, in the words of Keep a Changelog", function()
    local text = read "CHANGELOG.md"
    local versions, last = {}, nil
    for line in text:gmatch "[^\n]+" do
      local kind, name, date = line:match "^### (.+)$", line:match "^## %[([^%]]+)%](.*)$"
      if kind then
        assert.is_true(KINDS[kind], kind)
      end
      if name == "Unreleased" then
        assert.equal("", date)
      elseif name then
        local day = date:match "^ %- (%d%d%d%d%-%d%d%-%d%d)$"
        assert.is_string(day, line)
        assert.is_true(not last or day <= last, line)
        last = day
      end
      versions[#versions + 1] = name
    end
    assert.equal("Unreleased", versions[1])
    assert.equal(version, versions[2])
  end)
end)

describe("the page for contributors", function()
  local text = read "CONTRIBUTING.md"

  it("is one page", function() assert.is_true(select(2, text:gsub("\n", "")) <= 70) end)

  it("names files and folders that are there", function()
    local named = 0
    for path in text:gmatch "`([%w_./]+/[%w_./]*)`" do
      named = named + 1
      assert.is_string(lfs.attributes(path, "mode"), path)
    end
    assert.is_true(named > 15)
  end)

  it("names targets that make has", function()
    local makefile = read "Makefile"
    local named = 0
    for target in text:gmatch "`make ([%l-]+)" do
      named = named + 1
      assert.is_truthy(("\n" .. makefile):find("\n" .. target:gsub("%-", "%%-") .. ":"), target)
    end
    assert.is_true(named > 8)
  end)

  it("has every kind of file that a fixture may have, and an example that has them", function()
    for name in lfs.dir "spec/fixtures/namecheap/renew/printed" do
      if name:sub(1, 1) ~= "." then
        assert.is_truthy(text:find("`" .. name .. "`", 1, true), name)
      end
    end
  end)
end)
