--- `reseal init`: writes a first configuration, with what it means beside it, and checks it before that.
---
--- What the options leave open is asked for on a terminal; elsewhere what can't be done without is told, all of it. A
--- file that is there is never written over, and a key never comes from the command line.

local credentials = require "reseal.credentials"
local data = require "reseal.order.data"
local entries = require "reseal.order.config.entry"
local failure = require "reseal.failure"
local lfs = require "lfs"
local output = require "reseal.cli.output"
local reseal = require "reseal"
local setup = require "reseal.cli.order.setup"
local system = require "reseal.system"
local text = require "reseal.cli.text"
local ways = require "reseal.cli.order.ways"

local EXIT = output.EXIT
local EEXIST = 17

-- What ends the questions.
local STOPPED = {}

-- asking -----------------------------------------------------------------------------------------------------------

local function is_interactive()
  return system.is_terminal(0) and system.is_terminal(2)
end

--- One line from the terminal; `secret` isn't shown.
local function line(question, secret)
  io.stderr:write(question)
  if secret then
    system.run {"stty", "-echo"}
  end
  local answer = io.stdin:read "*l"
  if secret then
    system.run {"stty", "echo"}
    io.stderr:write "\n"
  end
  if not answer then
    io.stderr:write "\n"
    error(STOPPED, 0)
  end
  return (answer:gsub("^%s+", ""):gsub("%s+$", ""))
end

--- Asks until the answer will do. `check` gives what it makes of it, or nil and words.
local function ask(question, default, check, secret)
  local shown = question .. (default and default ~= "" and (" [%s]"):format(default) or "") .. ": "
  while true do
    local answer = line(shown, secret)
    if answer == "" and default then
      answer = default
    end
    local value, words = answer, nil
    if check then
      value, words = check(answer)
    elseif answer == "" then
      value, words = nil, "something must stand here"
    end
    if value ~= nil then
      return value
    end
    io.stderr:write("  ", text.tame(words), "\n")
  end
end

local function anything(answer)
  return answer
end

local function names_of(answer)
  local list = {}
  for name in answer:gmatch "[^%s,]+" do
    local words = entries.wrong_name(name)
    if words then
      return nil, name .. " " .. words
    end
    list[#list + 1] = name
  end
  if #list == 0 then
    return nil, "a name such as example.com"
  end
  return list
end

local function path_of(answer)
  if answer:sub(1, 1) ~= "/" then
    return nil, "a path that begins with /"
  end
  return answer
end

local function id_of(answer)
  if answer ~= "" and not answer:find "^[1-9]%d*$" then
    return nil, "the seller's number of the certificate, or nothing"
  end
  return answer
end

local function yes_or_no(answer)
  local word = answer:lower()
  if word == "y" or word == "yes" then
    return true
  elseif word == "n" or word == "no" or word == "" then
    return false
  end
  return nil, "yes or no"
end

local function price_of(answer)
  local amount, words = entries.price_of(answer)
  return amount and answer, not amount and "it " .. words or nil
end

local function choice(list)
  return function(answer)
    for i, name in ipairs(list) do
      if answer == name or answer == ("%d"):format(i) then
        return name
      end
    end
    return nil, "one of " .. table.concat(list, ", ")
  end
end

-- answers ----------------------------------------------------------------------------------------------------------

--- What the options say; and what is missing, as faults.
local function of_options(options)
  local answers, faults = {settings = {}, entry = {}}, {}
  local function fault(code, option, message)
    faults[#faults + 1] = {code = code, param = option, message = message}
  end
  local providers = reseal.describe()
  answers.provider = options.provider
  if options.provider and not choice(providers)(options.provider) then
    fault("not_allowed", "--provider", "--provider must be one of " .. table.concat(providers, ", "))
    answers.provider = nil
  end
  for _, given in ipairs(options.set or {}) do
    local name, value = given:match "^([%w_]+)=(.*)$"
    local found
    for _, setting in ipairs(answers.provider and reseal.settings(answers.provider) or {}) do
      found = found or setting.name == name and setting
    end
    if not name then
      fault("bad_format", "--set", "--set takes name=value")
    elseif answers.provider and not found then
      fault("unknown_param", "--set", ("--set %s: %s has no such setting"):format(name, answers.provider))
    elseif found and found.secret then
      fault("not_allowed", "--set",
        ("--set %s: it is secret, and others see command lines: --key-command or --key-stdin"):format(name))
    else
      answers.settings[name] = value
    end
  end
  answers.key_command = ways.words(options.key_command)
  local proof, message = ways.proof(options)
  if message then
    fault("conflict", "--webroot", message)
  end
  answers.entry = {
    names = options.names and #options.names > 0 and options.names or nil, certificate = options.certificate,
    key = options.key, product = options.product, buy = options.max_price and true or nil,
    max_price = options.max_price, prove = proof,
    install = {folder = options.folder, hook = ways.words(options.hook), check = options.check},
  }
  return answers, faults, fault
end

local function lacking(answers, options, fault)
  if not answers.provider then
    fault("missing", "--provider", "--provider is missing: one of " .. table.concat(reseal.describe(), ", "))
  else
    for _, setting in ipairs(reseal.settings(answers.provider)) do
      if setting.required and not setting.secret and not answers.settings[setting.name] then
        fault("missing", "--set", ("--set %s=… is missing"):format(setting.name))
      elseif setting.required and setting.secret and not answers.key_command and not options.key_stdin then
        fault("missing", "--key-command",
          "--key-command or --key-stdin is missing: where the account's key comes from")
      end
    end
  end
  if not answers.entry.names then
    fault("missing", "--name", "--name is missing: a name of the certificate")
  end
  if not answers.entry.prove then
    fault("missing", "--webroot", "--webroot, --dns-hook or --email is missing: how control of the names is proved")
  end
end

--- Asks for the account.
local function ask_account(answers, options)
  local providers = reseal.describe()
  answers.provider = answers.provider
    or ask("Whose account is it: " .. table.concat(providers, " or "), providers[1], choice(providers))
  for _, setting in ipairs(reseal.settings(answers.provider)) do
    local name = setting.name
    if setting.required and setting.secret and not answers.key_command and not options.key_stdin then
      local command = ask(("A program that prints %s, with its words (none: type the key)"):format(name), "", anything)
      answers.key_command = command ~= "" and ways.words(command) or nil
      answers.secrets = answers.secrets or {}
      answers.secrets[name] = not answers.key_command and ask(name .. " (not shown)", nil, nil, true) or nil
    elseif setting.required and not setting.secret and not answers.settings[name] then
      answers.settings[name] = ask(("%s (%s)"):format(name, setting.doc or "a setting"))
    end
  end
end

--- Asks for the certificate.
local function ask_certificate(entry)
  entry.names = entry.names or ask("The certificate's names, such as example.com www.example.com", nil, names_of)
  if entry.certificate == nil and not entry.product then
    local id = ask("The seller's id of the certificate that is there (none: a new one is bought)", "", id_of)
    entry.certificate = id ~= "" and id or nil
  end
  if not entry.prove then
    local method = ask("How control of the names is proved: http, dns or email", "http",
      choice {"http", "dns", "email"})
    if method == "http" then
      entry.prove = {method = method, webroot = ask("The folder that the web server shows", "/var/www/html", path_of)}
    elseif method == "dns" then
      entry.prove = {method = method, hook = ways.words(ask("The program that sets a record (dehydrated's words)", nil,
        path_of))}
    else
      entry.prove = {method = method, address = ask "The address that is asked"}
    end
  end
  local install = entry.install
  if not install.folder then
    local folder = ask("Where key and certificate are put", "/etc/ssl/" .. entry.names[1]:gsub("^%*%.", ""), path_of)
    install.folder = folder
  end
  if not install.hook then
    install.hook = ways.words(ask("What is run then, such as: systemctl reload nginx (none: nothing)", "", anything))
    install.hook = install.hook and #install.hook > 0 and install.hook or nil
  end
  if install.check == nil then
    local check = ask("Where it is served, host:port (none: it is not looked at)", "", anything)
    install.check = check ~= "" and check or nil
  end
  if entry.buy == nil then
    entry.buy = ask("May money be spent on it, when its order is used up: yes or no", "no", yes_or_no)
    if entry.buy then
      entry.max_price = ask("For how much at most, such as 12.00 USD", nil, price_of)
      if not entry.certificate then
        entry.product = entry.product or ask "The seller's name of the product, such as PositiveSSL"
      end
    end
  end
end

-- the file ---------------------------------------------------------------------------------------------------------

local NOTES = {
  names = "lower case; the first is the common name", account = "or the name of a profile",
  certificate = "the seller's id to begin with",
  key = "P-256, P-384, RSA-2048, RSA-3072, RSA-4096; left out: as before", product = "the seller's name of it",
  buy = "whether money may be spent on it", max_price = "a purchase costs no more",
  prove = "how control of the names is proved", install = "where key and certificate are put, and what is run then",
}

local function file_of(answers, key)
  local provider, entry = answers.provider, answers.entry
  local lines = {
    "-- reseal's accounts and the certificates that it manages. It has keys: chmod 600.",
    "-- `reseal doctor` looks whether all is as it should be, `reseal plan` what is to be done.",
    "-- All fields, units and defaults: docs/orders.md.",
    "",
    ("-- What is set in the environment wins: RESEAL_%s_…"):format(provider:upper()),
    provider .. " = {",
  }
  for _, setting in ipairs(reseal.settings(provider)) do
    local name = setting.name
    local secret = setting.secret and setting.required
    if secret and answers.key_command then
      lines[#lines + 1] = ("  %s_command = %s,"):format(name, ways.lua(answers.key_command))
    elseif secret then
      lines[#lines + 1] = ("  %s = %s,"):format(name, ways.lua(key or answers.secrets[name]))
    elseif answers.settings[name] ~= nil then
      local value = answers.settings[name]
      if setting.type == "boolean" then
        value = value == "true"
      end
      lines[#lines + 1] = ("  %s = %s,"):format(name, ways.lua(value))
    end
  end
  local limit = entry.max_price and ("%s = {day = %s}"):format(provider, ways.lua(entry.max_price))
  lines[#lines + 1] = "}"
  lines[#lines + 1] = ""
  lines[#lines + 1] = "-- What an account may spend on an order, in a run, in a day; nothing more is bought then."
  lines[#lines + 1] = limit and ("caps = {%s}"):format(limit)
    or ('-- caps = {%s = {day = "50.00 USD"}}'):format(provider)
  lines[#lines + 1] = ""
  lines[#lines + 1] = "-- What is the same for many: defaults = {key = …, prove = …, install = …}"
  lines[#lines + 1] = "-- The certificates; or a folder with a file for each: "
    .. 'certificates = "/etc/reseal/certificates.d"'
  lines[#lines + 1] = "certificates = {"
  lines[#lines + 1] = "  {"
  entry.account = provider
  entry.install = next(entry.install) and entry.install or nil
  for _, field in ipairs(ways.fields(entry)) do
    local note = NOTES[field[1]]
    lines[#lines + 1] = ("    %s = %s,%s"):format(field[1], ways.lua(field[2]), note and " -- " .. note or "")
  end
  lines[#lines + 1] = "  },"
  lines[#lines + 1] = "}"
  return table.concat(lines, "\n") .. "\n"
end

local function exists(path)
  return lfs.symlinkattributes(path, "mode") ~= nil
end

local function written(path, content)
  local folder = path:match "^(.+)/[^/]*$"
  if folder and not lfs.attributes(folder, "mode") then
    local made, message = system.make_folder(folder)
    if not made then
      return nil, message
    end
  end
  local ok, message, number = system.write_new(path, content)
  return ok, number == EEXIST and path .. " is there already" or message
end

local begin = {}

local function target(options)
  local named = options.config or os.getenv "RESEAL_CONFIG"
  return named and named ~= "" and named or credentials.default_path()
end

local function key_from_stdin()
  local key = (io.stdin:read "*l" or ""):gsub("^%s+", ""):gsub("%s+$", "")
  return key ~= "" and key or nil
end

local function answered(options)
  local answers, faults, fault = of_options(options)
  if #faults == 0 and is_interactive() and not options.key_stdin then
    ask_account(answers, options)
    ask_certificate(answers.entry)
  elseif #faults == 0 then
    lacking(answers, options, fault)
  end
  if #faults > 0 then
    return nil, failure.invalid(faults)
  end
  return answers
end

--- Runs it.
---@param options table the command line's
---@return integer exit code
function begin.run(options)
  output.set {json = options.json or options.json_after}
  local path = target(options)
  if not path then
    return output.usage "where to? there is no HOME: name the file by --config"
  elseif exists(path) then
    return output.fault("exists", path .. " is there already, and is left as it is", EXIT.usage)
  end
  local ok, answers, err = pcall(answered, options)
  if not ok and answers ~= STOPPED then
    error(answers, 0)
  elseif not ok then
    return output.fault("stopped", "nothing was written", EXIT.nothing_done)
  elseif not answers then
    return output.failure(err, EXIT.usage)
  end
  local key
  if options.key_stdin then
    key = key_from_stdin()
    if not key then
      return output.usage "standard input has no key"
    end
  end
  local content = file_of(answers, key)
  local values, places = data.lua(content)
  if not values then
    error(places.message)
  end
  local made
  made, err = setup.check({path = path, found = true, values = values, text = content}, {})
  if not made then
    return output.failure(err, EXIT.usage, "Nothing was written.")
  end
  for _, warning in ipairs(made.configuration.warnings) do
    output.warn(warning.message)
  end
  local message
  ok, message = written(path, content)
  if not ok then
    return output.fault("output", message, EXIT.usage)
  end
  local more = options.config and " --config " .. path or ""
  return output.print(("%s is written.\nreseal doctor%s looks whether all is as it should be, reseal plan%s what is to "
    .. "be done."):format(path, more, more))
end

return begin
