--- A program that publishes, in dehydrated's words, so that hooks written for it serve here too:
---
---   HOOK deploy_challenge DOMAIN TOKEN_FILENAME TOKEN_VALUE
---   HOOK clean_challenge  DOMAIN TOKEN_FILENAME TOKEN_VALUE
---
--- For a file these are its name and content. For a record: its full name, and what it holds. dehydrated's hooks set a
--- TXT record `_acme-challenge.DOMAIN`; the sellers ask for others, mostly CNAME. So the environment says it in full:
--- RESEAL_METHOD (http, dns), RESEAL_NAME (the name of the certificate), and RESEAL_FILE, RESEAL_CONTENT, or
--- RESEAL_RECORD (the record's full name), RESEAL_TYPE (CNAME, TXT), RESEAL_VALUE.
---
--- The program is started without a shell, and its exit status decides.

local lfs = require "lfs"
local system = require "reseal.system"

local TIMEOUT = 120 -- DNS services take their time

local hook = {}

local function argv_of(way)
  return type(way.hook) == "table" and way.hook or {way.hook}
end

function hook.ready(way)
  local program = argv_of(way)[1]
  if type(program) ~= "string" or program == "" then
    return nil, "the hook names no program"
  elseif program:find("/", 1, true) then
    local mode, rights = lfs.attributes(program, "mode"), lfs.attributes(program, "permissions")
    if mode ~= "file" then
      return nil, ("the hook %s is no file"):format(program)
    elseif not rights:find("x", 1, true) then
      return nil, ("the hook %s can't be executed (chmod +x)"):format(program)
    end
  end
  return true
end

local function tell(way, challenge, word, options)
  local argv = {}
  for i, part in ipairs(argv_of(way)) do
    argv[i] = part
  end
  local dns = challenge.method == "dns"
  local name, value = dns and challenge.record or challenge.file, dns and challenge.target or challenge.content
  for _, part in ipairs {word, challenge.name:gsub("^%*%.", "") .. "", name or "", value or ""} do
    argv[#argv + 1] = part
  end
  local environment = {
    RESEAL_METHOD = challenge.method, RESEAL_NAME = challenge.name,
    RESEAL_FILE = not dns and name or false, RESEAL_CONTENT = not dns and value or false,
    RESEAL_RECORD = dns and name or false, RESEAL_TYPE = dns and challenge.type or false,
    RESEAL_VALUE = dns and value or false,
  }
  local run = options.run or system.run
  local code, why = run(argv, {environment = environment, stdin = "", timeout = way.timeout or TIMEOUT})
  if not code then
    return nil, ("the hook %s for %s failed: %s"):format(word, challenge.name, tostring(why))
  elseif code ~= 0 then
    return nil, ("the hook %s for %s ended with status %d"):format(word, challenge.name, code)
  end
  return true
end

function hook.publish(way, challenge, options)
  return tell(way, challenge, "deploy_challenge", options)
end

function hook.tidy(way, challenge, options)
  return tell(way, challenge, "clean_challenge", options)
end

return hook
