-- What `reseal completion` prints makes a shell offer commands, providers, methods and parameters.
local fixture = require "spec.support.fixture"
local reseal = require "reseal"
local system = require "reseal.system"

local LUA = os.getenv "RESEAL_LUA" or arg[-1] or "lua"
local dir

local function output(command)
  local pipe = assert(io.popen(command))
  local printed = pipe:read "*a"
  pipe:close()
  return printed
end

local function script(shell)
  local path = dir .. "/" .. shell
  assert.equal("0\n", output(("'%s' bin/reseal completion %s >%s; echo $?"):format(LUA, shell, path)))
  return path
end

local function has(shell)
  return output("command -v " .. shell) ~= ""
end

setup(function() dir = assert(system.mkdtemp "reseal-completion-spec-") end)

teardown(function() system.remove_tree(dir) end)

describe("completion in bash", function()
  local path

  setup(function() path = script "bash" end)

  --- What is offered after these words, the last of which is being typed: as bash splits them, "=" on its own.
  local function offered(...)
    local words = {"reseal", ...}
    local quoted = {}
    for i, word in ipairs(words) do
      quoted[i] = "'" .. word .. "'"
    end
    local found, count = {}, 0
    local printed = output(([[bash --norc --noprofile -u -c '
      source "$1"; shift
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      _reseal reseal "${COMP_WORDS[COMP_CWORD]}" "" || exit
      for word in ${COMPREPLY[@]+"${COMPREPLY[@]}"}; do echo "$word"; done
      echo end' bash %s %s 2>&1]]):format(path, table.concat(quoted, " ")))
    assert.equal("end\n", printed:match "[^\n]+\n$", printed)
    for word in printed:gmatch "([^\n]+)\n" do
      found[word], count = true, count + 1
    end
    return found, count - 1
  end

  local function assert_all(expected, found, count)
    for _, word in ipairs(expected) do
      assert.is_true(found[word], word)
    end
    assert.equal(#expected, count)
  end

  it("is for the command that it is of", function()
    assert.equal("complete -F _reseal reseal\n", output(("bash -c 'source %s; complete -p reseal'"):format(path)))
  end)

  it("offers commands, and providers among them", function()
    assert_all({
      "apply", "call", "completion", "describe", "doctor", "errors", "help", "import", "init", "journal", "list",
      "manual", "namecheap", "order", "plan", "realtimeregister", "reconcile", "reissue", "remove", "renew", "run",
      "sandbox", "show", "status", "version", "wait",
    }, offered "")
    assert_all({"namecheap"}, offered "n")
    assert_all({"bash", "fish", "zsh"}, offered("completion", ""))
    assert_all({"backup", "check", "export"}, offered("journal", ""))
    assert_all({"account", "certbot", "pairs"}, offered("import", ""))
    assert_all({"--watch"}, offered("run", "--wa"))
    assert_all({"--within"}, offered("order", "--wi"))
    assert_all({"--offline", "--out", "--output"}, (function()
      local found = offered("plan", "--o")
      found["--offline"] = offered("doctor", "--of")["--offline"]
      return found
    end)(), 3)
  end)

  it("offers providers", function()
    for _, command in ipairs {"renew", "reissue", "call", "describe", "errors"} do
      assert_all(reseal.describe(), offered(command, ""))
    end
  end)

  it("offers methods", function()
    for _, provider in ipairs(reseal.describe()) do
      assert_all(reseal.describe(provider), offered(provider, ""))
      assert_all(reseal.describe(provider), offered("call", provider, ""))
      assert_all(reseal.describe(provider), offered("describe", provider, ""))
    end
    assert_all({"renew"}, offered("namecheap", "ren"))
  end)

  it("offers parameters of every method", function()
    for _, provider in ipairs(reseal.describe()) do
      for _, method in ipairs(reseal.describe(provider)) do
        local found = offered(provider, method, "")
        for _, param in ipairs(reseal.describe(provider, method).params) do
          local any = found[param.name .. "="] or found[param.name .. "[1]="]
          for _, field in ipairs(param.fields or {}) do
            local name = "." .. field.name .. "="
            any = any or found[param.name .. name] or found[param.name .. "[1]" .. name]
          end
          assert.is_truthy(any, method .. " " .. param.name)
        end
      end
    end
  end)

  it("offers parameters after others, members, items and filters", function()
    assert_all({"CertificateID=", "Years=", "SSLType=", "PromotionCode="}, offered("renew", "namecheap", ""))
    assert_all({"Years="}, offered("namecheap", "renew", "CertificateID", "=", "501904", "Y"))
    assert_all({"approver.firstName="}, offered("realtimeregister", "reissue", "csr", "=", "@a.csr", "approver.f"))
    assert_all({"dcv[1].commonName="}, offered("call", "realtimeregister", "reissue", "--config", "x", "dcv[1].c"))
    assert_all({"expiryDate="}, offered("realtimeregister", "list", "expi"))
  end)

  it("offers options when they are begun", function()
    local found = offered("namecheap", "renew", "--")
    for _, option in ipairs {"--dry-run", "--config", "--endpoint", "--timeout"} do
      assert.is_true(found[option], option)
    end
    assert.is_nil(found["Years="])
    assert_all({"--expiring"}, offered("list", "--e"))
    assert.is_true(offered "--" ["--json"])
  end)

  it("offers values", function()
    local found = offered("renew", "namecheap", "SSLType", "=", "")
    assert.is_true(found["PositiveSSL"] and found["EV\\ SSL"])
    assert_all({"PositiveSSL\\ Wildcard"}, offered("namecheap", "renew", "Years", "=", "1", "SSLType", "=",
      "PositiveSSL\\ W"))
    assert_all({"PositiveSSL\\ Wildcard"}, offered("call", "namecheap", "renew", "SSLType", "=", "PositiveSSL W"))
    assert_all({"EMAIL", "FILE", "DNS"}, offered("realtimeregister", "reissue", "dcv[1].type", "="))
    assert_all({"true"}, offered("realtimeregister", "renew", "quote", "=", "t"))
    assert_all(reseal.describe(), offered("list", "--provider", ""))
    assert_all({"namecheap"}, offered("list", "--provider", "=", "n"))
    assert_all({"classic", "current"}, offered("namecheap", "--edition", "c"))
    assert_all({"ote"}, offered("realtimeregister", "get", "--endpoint", "o"))
    assert_all({"describe", "doctor"}, offered("help", "d"))
  end)

  it("offers files where the content of one is meant, and no values", function()
    local file = assert(io.open(dir .. "/example.csr", "w"))
    file:close()
    assert_all({"@" .. dir .. "/example.csr"}, offered("namecheap", "reissue", "CSR", "=", "@" .. dir .. "/exa"))
    for _, words in ipairs {
      {"renew", "namecheap", "--config", dir .. "/exa"}, {"list", "--output", "=", dir .. "/exa"},
      {"sandbox", "--scenario", dir .. "/exa"},
    } do
      assert_all({dir .. "/example.csr"}, offered((table.unpack or unpack)(words)))
    end
    assert_all({}, offered("namecheap", "renew", "Years", "="))
    assert_all({}, offered("namecheap", "renew", "Years", "=", "1"))
  end)
end)

describe("completion", function()
  it("has no word that a shell would take for something else", function()
    local words = require("reseal.cli.completion").words {[""] = {"--json"}, renew = {"--dry-run"}}
    for _, one in ipairs(words) do
      for _, word in ipairs(one.words) do
        assert.is_truthy(word:find "^[%w_.%[%]-]+=?$", word)
      end
    end
  end)

  it("has no value that a shell would take for something else", function()
    for _, one in ipairs(require("reseal.cli.completion").values()) do
      assert.is_true(#one.words > 0)
      for _, word in ipairs(one.words) do
        assert.is_truthy(word:find "^[%w _./-]+$", word)
      end
    end
  end)

  it("is made for zsh and fish too, from the same words", function()
    for _, shell in ipairs {"zsh", "fish"} do
      local path = script(shell)
      local text = fixture.read(path)
      for _, word in ipairs {"'purchasemoresans'", "'dcv[1].commonName='", "'namecheap renew'", "'--expiring'",
        "'renew namecheap SSLType='", "'PositiveSSL Wildcard'"} do
        assert.is_truthy(text:find(word, 1, true), shell .. " " .. word)
      end
      if has(shell) then
        assert.equal("0\n", output(("%s -n %s 2>&1; echo $?"):format(shell, path)))
      end
    end
  end)

  it("is refused for other shells", function()
    assert.equal("2\n", output(("'%s' bin/reseal completion tcsh 2>/dev/null; echo $?"):format(LUA)))
    assert.equal("2\n", output(("'%s' bin/reseal completion 2>/dev/null; echo $?"):format(LUA)))
  end)
end)
