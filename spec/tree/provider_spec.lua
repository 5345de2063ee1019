-- docs/provider.md shows the third seller's own files, and names every column that a seller has.
local fixture = require "spec.support.fixture"

local page = fixture.read "docs/provider.md"

--- The code between fences that begin with that word.
local function blocks(kind)
  local found, open = {}, nil
  for line in page:gmatch "([^\n]*)\n" do
    local fence = line:match "^```(%l*)$"
    if fence and not open then
      open = {kind = fence}
    elseif fence then
      found[#found + 1] = open.kind == kind and table.concat(open, "\n") or nil
      open = nil
    elseif open then
      open[#open + 1] = line
    end
  end
  return found
end

describe("the page on adding a seller", function()
  it("shows code that stands so in the seller's files", function()
    local files = fixture.read "spec/providers/third/third.c" .. fixture.read "spec/providers/sellers.c"
    local shown = blocks "c"
    assert.is_true(#shown >= 10)
    for _, body in ipairs(shown) do
      assert.is_truthy(("\n" .. files):find("\n" .. body .. "\n", 1, true), body)
    end
  end)

  it("has every column of a seller", function()
    local header = fixture.read "csrc/description.h"
    local count = 0
    for line in header:match "typedef struct reseal__provider {(.-)\n} reseal__provider;":gsub("/%*.-%*/", "")
      :gsub("struct {.-}", "struct"):gmatch "[^;\n]+;" do
      for name in line:gsub("^.*[%s*]([%w_]+,)", "%1"):gmatch "([%w_]+)%s*[,;]" do
        count = count + 1
        assert.is_truthy(page:find("`" .. name .. "`", 1, true) or page:find("%." .. name .. " ="), name)
      end
    end
    assert.is_true(count >= 15, "only " .. count)
  end)

  it("names values that there are", function()
    local header = fixture.read "csrc/description.h" .. fixture.read "csrc/include/reseal.h"
    for name in page:gmatch "`(RESEAL_[%u_]+)`" do
      assert.is_truthy(header:find(name .. "%f[^%w_]"), name)
    end
  end)

  it("shows what the lint says", function()
    local lint = fixture.read "csrc/lint/lint.c"
    local shown = 0
    for kind, sentence in blocks ""[1]:gmatch "third[^\n]-: (%l+): ([^\n]+)" do
      shown = shown + 1
      assert.is_truthy(lint:find(kind:upper(), 1, true))
      assert.is_truthy(lint:find('"' .. sentence:gsub(" contact$", " "), 1, true), sentence)
    end
    assert.equal(3, shown)
  end)

  it("links to files that are there", function()
    for path in page:gmatch "%]%(([^)]+)%)" do
      assert.is_truthy(fixture.read(("docs/" .. path):gsub("docs/%.%./", "")), path)
    end
  end)
end)
