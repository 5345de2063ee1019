-- The reference pages and the types say what the descriptions say.
local fixture = require "spec.support.fixture"
local reseal = require "reseal"
local system = require "reseal.system"

local LUA = os.getenv "RESEAL_LUA" or arg[-1] or "lua"
local PAGES = {
  "docs/reference/namecheap.md", "docs/reference/realtimeregister.md", "docs/reference/roles.md",
  "lua/reseal/types.lua",
}

describe("the reference", function()
  it("is what make docs writes", function()
    local dir = assert(system.mkdtemp "reseal-docs-spec-")
    os.execute(("mkdir -p %s/docs/reference %s/lua/reseal"):format(dir, dir))
    local pipe = io.popen(("'%s' tools/docs.lua %s 2>&1"):format(LUA, dir))
    assert.equal("", pipe:read "*a")
    pipe:close()
    for _, path in ipairs(PAGES) do
      local made, kept = fixture.read(dir .. "/" .. path), fixture.read(path)
      assert.is_true(made ~= nil and made == kept, path .. " is out of step with the descriptions: run make docs")
    end
    system.remove_tree(dir)
  end)

  it("has every method, with its parameters, results and errors", function()
    for _, provider in ipairs(reseal.describe()) do
      local page = fixture.read("docs/reference/" .. provider .. ".md")
      for _, name in ipairs(reseal.describe(provider)) do
        local method = reseal.describe(provider, name)
        local section = page:match("\n## " .. name .. "\n(.-)\n## ")
        assert.is_truthy(section, name)
        assert.is_truthy(section:find(method.source:match "^%S+", 1, true), name)
        for _, list in ipairs {method.params, method.result or {}} do
          for _, one in ipairs(list) do
            assert.is_truthy(section:find("\n| `" .. one.name .. "` | ", 1, true), name .. " " .. one.name)
          end
        end
        for _, row in ipairs(method.errors) do
          local of = row.method == "(global)" and page:match "\n## Errors of every method\n(.*)$" or section
          assert.is_truthy(of:find("\n| " .. row.code .. " | ", 1, true), name .. " " .. row.code)
        end
      end
    end
  end)

  it("never calls a read's outcome unknown", function()
    local page = fixture.read "docs/reference/namecheap.md"
    local section = page:match "\n## getInfo\n(.-)\n## "
    assert.is_truthy(section:find("| refused |", 1, true))
    assert.is_nil(section:find("| unknown |", 1, true))
  end)

  it("has tables whose rows have as many cells as their heading", function()
    for i = 1, 3 do
      local bars
      for line in fixture.read(PAGES[i]):gmatch "([^\n]*)\n" do
        local _, count = line:gsub("\\|", ""):gsub("|", "")
        if line:sub(1, 1) ~= "|" then
          bars = nil
        else
          bars = bars or count
          assert.equal(bars, count, line)
        end
      end
    end
  end)

  it("has links that lead somewhere", function()
    for i = 1, 2 do
      local page = fixture.read(PAGES[i])
      local anchors = {}
      for heading in page:gmatch "\n#+ ([^\n]+)" do
        anchors[heading:lower():gsub("[,.]", ""):gsub(" ", "-")] = true
      end
      for anchor in page:gmatch "%]%(#([^)]+)%)" do
        assert.is_true(anchors[anchor], anchor)
      end
    end
  end)
end)

describe("the types", function()
  local text = fixture.read "lua/reseal/types.lua"

  it("are Lua that does nothing", function()
    assert.is_truthy(text:find "^%-%-%-@meta\n")
    assert.is_function(loadfile "lua/reseal/types.lua")
  end)

  it("have a function for every method, and no class that is missing or there twice", function()
    for _, provider in ipairs(reseal.describe()) do
      for _, name in ipairs(reseal.describe(provider)) do
        assert.is_truthy(text:find(("\nfunction %s:%s(params) end\n"):format(provider, name), 1, true), name)
      end
    end
    local defined = {}
    for kind, name in text:gmatch "%-%-%-@(%a+) (reseal%.[%w_.]+)" do
      if kind == "class" or kind == "alias" then
        defined[name] = (defined[name] or 0) + 1
      end
    end
    for _, module in ipairs {"client", "failure", "options"} do
      for name in fixture.read("lua/reseal/" .. module .. ".lua"):gmatch "%-%-%-@class (reseal%.[%w_.]+)" do
        defined[name] = 1
      end
    end
    for line in text:gmatch "[^\n]+" do
      local used = line:match "^%-%-%-@class [^:]+: (.*)" or line:match "^%-%-%-@field %S+ (.*)"
        or line:match "^%-%-%-@param %S+ (.*)" or line:match "^%-%-%-@return (.*)"
      for name in (used or ""):gmatch "reseal%.[%w_.]+" do
        assert.equal(1, defined[name], name)
      end
    end
  end)

  it("ask for what is required, and no more", function()
    local class = text:match "%-%-%-@class reseal%.namecheap%.renew%.Params\n(.-)\n\n"
    assert.is_truthy(class:find("---@field Years integer|string", 1, true))
    assert.is_truthy(class:find("---@field PromotionCode? string", 1, true))
  end)
end)

describe("the page about orders", function()
  local page = fixture.read "docs/orders.md"

  local function section(title)
    return page:match("\n### " .. title .. "\n(.-)\n##") or ""
  end

  local sources = ""
  for _, name in ipairs {"machine", "machine/answers", "machine/next", "machine/work", "journal/rows"} do
    sources = sources .. fixture.read("lua/reseal/order/" .. name .. ".lua")
  end

  it("has every state that a certificate can have", function()
    local known, states = {}, section "States"
    local standing = fixture.read "lua/reseal/orders/standing.lua"
    for _, found in ipairs {{sources, 'w?:wait%("(%l+)"'}, {sources, ':state%(?%s?"(%l+)"'}, {sources, "'(new)', %$6"},
      {standing, 's%.state = "(%l+)"'}, {standing, 's%.state, s%.person, s%.next = "(%l+)"'}} do
      for state in found[1]:gmatch(found[2]) do
        known[state] = true
      end
    end
    known.off = true
    local count, rows = 0, 0
    for state in pairs(known) do
      count = count + 1
      assert.is_truthy(states:find("\n| `" .. state .. "` | ", 1, true), state)
    end
    for _ in states:gmatch "\n| `" do
      rows = rows + 1
    end
    assert.equal(12, count)
    assert.equal(count, rows)
  end)

  it("has every reason for which an order stops", function()
    local count, words = 0, section("What stops an order"):gsub("`", "")
    for text in sources:gmatch ':stop%(%(?"([^"%%]+)' do
      assert.is_truthy(words:find(text:gsub("[: ]+$", ""), 1, true), text)
      count = count + 1
    end
    assert.equal(4, count)
    -- What is put together, one more than these wants a row too.
    local _, all = sources:gsub(":stop%(", "")
    assert.equal(11, all)
    for _, reason in ipairs {"was carried out is not known", "Nothing that fits is to be found", "has paid already",
      "which is not ours", "the words of the seller"} do
      assert.is_truthy(words:find(reason, 1, true), reason)
    end
  end)
end)
