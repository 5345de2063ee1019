--- bin/reseal as a program: run in a folder of its own, with a sandbox and an account there.

local fixture = require "spec.support.fixture"
local sandboxes = require "spec.support.sandbox"
local system = require "reseal.system"

local support = {}

local LUA = os.getenv("RESEAL_LUA") or arg[-1] or "lua"
support.LUA = LUA

function support.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local quote = support.quote

function support.read(path)
  local file = assert(io.open(path, "rb"))
  local content = file:read("*a")
  file:close()
  return content
end

local read = support.read

--- What a file of credentials says of the sandbox's accounts.
function support.config(url)
  return ([[
namecheap = {api_user = "apiexample", api_key = "%s", client_ip = "1.2.3.4", endpoint = "%s"}
realtimeregister = {api_key = "%s", endpoint = "%s"}
]]):format(fixture.accounts.namecheap.api_key, url, fixture.accounts.realtimeregister.api_key, url)
end

local RENEW = {"renew", "namecheap", "CertificateID=501904", "Years=1", "SSLType=PositiveSSL"}

--- The words of a purchase, and further ones.
function support.renew(...)
  local words = {}
  for i, word in ipairs(RENEW) do
    words[i] = word
  end
  for _, word in ipairs {...} do
    words[#words + 1] = word
  end
  return words
end

--- Starts it: a folder, a sandbox, an account in `config.lua`.
function support.start()
  local cli = {dir = assert(system.mkdtemp("reseal-cli-spec-")), sandbox = sandboxes.start()}
  local dir = cli.dir

  --- Writes a file in the folder, for its owner alone.
  function cli.write(name, content, mode)
    local path = dir .. "/" .. name
    os.remove(path) -- who is not root can't write where the mode says so
    local file = assert(io.open(path, "wb"))
    file:write(content)
    file:close()
    os.execute(("chmod %s %s"):format(mode or "600", quote(path)))
    return path
  end

  --- Runs bin/reseal with the words of a list. `with`:
  ---   env         text before the command
  ---   input       what standard input holds; false: it is closed
  ---   output      a file for standard output; or `redirect`, text of the shell's in its place: ">&-", "| true"
  ---   errors      the same for standard error
  ---   kill        signals, the first sent when a request has come to the sandbox, and 0.1 s between them
  ---   during      for `kill`: only a request of this method counts
  ---   folder      the working folder (default: the tree's)
  ---   terminal    standard input, output and error are a terminal, where this is typed
  function cli.run(words, with)
    with = with or {}
    local parts = {}
    for i, word in ipairs(words) do
      parts[i] = quote(word)
    end
    local input = with.input == false and "&-" or quote(with.input and cli.write("in", with.input) or "/dev/null")
    local tree = sandboxes.output("pwd"):match("[^\n]+")
    for _, name in ipairs {"out", "err", "code", "pid"} do
      os.remove(dir .. "/" .. name)
    end
    local killer = {}
    if with.kill then
      killer[1] = ([[
        for i in $(seq 300); do
          [ $(curl -s %s/_sandbox/requests | grep -o '"method":"%s' | wc -l) -gt %d ] && break
          sleep 0.05
        done;]]):format(cli.sandbox.url, with.during or "", with.during and 0 or #cli.sandbox.requests())
    end
    for _, signal in ipairs(with.kill or {}) do
      killer[#killer + 1] = ("sleep 0.1; kill -%s $(cat %s);"):format(signal, quote(dir .. "/pid"))
    end
    local command = ("env HOME=%s XDG_CONFIG_HOME=%s %s %s %s/bin/reseal %s"):format(quote(dir), quote(dir .. "/xdg"),
      with.env or "", quote(LUA), quote(tree), table.concat(parts, " "))
    if with.terminal then
      command = ("python3 %s/spec/support/terminal.py %s %s"):format(quote(tree), quote(with.terminal), command)
    end
    -- In the foreground, where INT and QUIT aren't ignored; a pipe's reader does not change the exit code.
    local script = ([[
      %s
      { %s true; } >/dev/null 2>&1 &
      { sh -c 'echo $$ >%s; exec "$@"' sh %s <%s 2>%s; echo $? >%s; } %s
      wait]]):format(with.folder and "cd " .. quote(with.folder) or ":", table.concat(killer, " "),
      quote(dir .. "/pid"), command, input, with.errors or quote(dir .. "/err"), quote(dir .. "/code"),
      with.redirect or ">" .. quote(with.output or dir .. "/out"))
    os.execute(script)
    local result = {
      code = tonumber(read(dir .. "/code"):match("%d+")), err = with.errors and "" or read(dir .. "/err"),
      out = (with.output or with.redirect) and "" or read(dir .. "/out"),
    }
    for _, account in pairs(fixture.accounts) do
      assert((result.out .. result.err):find(account.api_key, 1, true) == nil, "the key is shown")
    end
    assert(result.err:find("traceback", 1, true) == nil, result.err)
    return result
  end

  --- The same with the sandbox's account.
  function cli.call(words, with)
    local all = {}
    for i, word in ipairs(words) do
      all[i] = word
    end
    all[#all + 1] = "--config"
    all[#all + 1] = dir .. "/config.lua"
    return cli.run(all, with)
  end

  function cli.stop()
    cli.sandbox.stop()
    system.remove_tree(dir)
  end

  cli.write("config.lua", support.config(cli.sandbox.url))
  return cli
end

return support
