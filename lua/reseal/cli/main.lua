--- The command line: reads arguments and credentials, makes one call, and shows what came of it.

local argparse = require "argparse"
local arguments = require "reseal.cli.arguments"
local json = require "reseal.cli.json"
local reseal = require "reseal"
local text = require "reseal.cli.text"

local EXIT = {done = 0, internal = 1, usage = 2, invalid = 3, refused = 4, throttled = 5, nothing_done = 6, unknown = 7}

local EPILOG = [[
Parameters have the provider's own names:
   CertificateID=501904        a value
   csr=@example.com.csr        the content of a file (@-: standard input; @@x: the text "@x")
   approver.firstName=Ann      a member of an object
   dcv[1].type=DNS             an item of a list
   san:='["example.com"]'      JSON

Credentials come from a Lua file that only you may read, as in
   namecheap = {api_user = "…", api_key = "…", client_ip = "192.0.2.1"}
(default: ${XDG_CONFIG_HOME:-~/.config}/reseal/config.lua), and from the environment, which wins:
RESEAL_NAMECHEAP_API_KEY and so on, for every setting. Never from the command line.

Exit codes:
   0  done
   1  internal fault
   2  wrong usage, configuration or credentials
   3  invalid: refused here, nothing was sent
   4  refused by the provider
   5  refused for too many requests: later
   6  no proper answer, but nothing was done: a read, or not sent
   7  unknown: it may have been carried out, and paid for. Look before you repeat it.]]

local function out(shown)
  if not (io.stdout:write(shown, "\n") and io.stdout:flush()) then
    error("the output could not be written", 0)
  end
end

local function complain(message)
  io.stderr:write("reseal: ", tostring(message), "\n")
end

local function exit_code(err)
  if err.class == "invalid" then
    return EXIT.invalid
  elseif err.outcome == "unknown" then
    return EXIT.unknown
  elseif err.category == "throttle" then
    return EXIT.throttled
  elseif err.class == "provider" then
    return EXIT.refused
  end
  return EXIT.nothing_done
end

--- The reads that tell what became of a call whose answer was lost.
local function what_to_check(provider, params)
  local lines = {"It may have been carried out, and paid for. Before repeating it, look with:"}
  for _, name in ipairs(reseal.describe(provider) or {}) do
    local method = reseal.describe(provider, name)
    if method and method.effect == "read" then
      local words = {"  reseal call " .. provider .. " " .. name}
      for _, param in ipairs(method.params) do
        if param.required then
          local given = params[param.name]
          words[#words + 1] = param.name .. "=" .. (type(given) == "string" and given or "…")
        end
      end
      lines[#lines + 1] = table.concat(words, " ")
    end
  end
  return table.concat(lines, "\n")
end

local function report(err, options, code, params)
  if options.json then
    out(json.encode({error = err}, {type = "object", fields = {{name = "error", type = "object", fields = {
      {name = "errors", type = "list"},
    }}}}))
  else
    io.stderr:write(text.failure(err), "\n")
    if code == EXIT.unknown then
      io.stderr:write(what_to_check(err.provider, params or {}), "\n")
    end
  end
  return code
end

local function usage(message)
  complain(message)
  io.stderr:write("Try 'reseal --help'.\n")
  return EXIT.usage
end

--- The provider's name, or nil and an exit code.
local function known_provider(provider)
  local providers = reseal.describe()
  for _, name in ipairs(providers) do
    if name == provider then
      return name
    end
  end
  local choice = "one of " .. table.concat(providers, ", ")
  return nil, usage((provider and "there is no provider " .. provider .. "; it is " or "which provider? ") .. choice)
end

--- The options of a client: the credentials, over them the command line's.
local function client_options(provider, options)
  local settings = reseal.settings(provider)
  -- Loaded here, so that help and descriptions work without the system module.
  local found, message = require("reseal.cli.config").load(provider, settings, options.config)
  if not found then
    return nil, message
  end
  for _, name in ipairs {"endpoint", "edition", "strict", "timeout", "retries"} do
    if options[name] ~= nil then
      found[name] = options[name]
    end
  end
  if options.dry_run then
    for _, setting in ipairs(settings) do
      if setting.secret then
        found[setting.name] = "REDACTED"
      end
    end
  end
  return found
end

--- A call that was broken off, by Ctrl-C for one, after it may have been sent.
local function interrupted(provider, method, params, message)
  complain(message)
  if (reseal.describe(provider, method) or {}).effect == "read" then
    return EXIT.internal
  end
  io.stderr:write(what_to_check(provider, params), "\n")
  return EXIT.unknown
end

local function show_request(request, options)
  if options.json then
    out(json.encode {request = request})
    return EXIT.done
  end
  local names, lines = {}, {request.method .. " " .. request.url}
  for name in pairs(request.headers) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    lines[#lines + 1] = name .. ": " .. request.headers[name]
  end
  if request.body and request.body ~= "" then
    lines[#lines + 1] = "\n" .. request.body
  end
  out(table.concat(lines, "\n"))
  return EXIT.done
end

local function call(provider, method, options)
  local params, message = arguments.parse(options.params)
  if not params then
    return usage(message)
  end
  local settings
  settings, message = client_options(provider, options)
  if not settings then
    complain(message)
    return EXIT.usage
  end
  local client, err = reseal[provider](settings)
  if not client then
    return report(err, options, EXIT.usage)
  end
  local result
  if options.dry_run then
    result, err = client:encode(method, params)
  else
    local ok
    ok, result, err = pcall(client.call, client, method, params)
    if not ok then
      return interrupted(provider, method, params, result)
    end
  end
  if not result then
    return report(err, options, exit_code(err), params)
  elseif options.dry_run then
    return show_request(result, options)
  elseif options.json then
    local described = reseal.describe(provider, method, settings.edition) or {}
    local fields = {{name = "meta", type = "object", fields = {{name = "warnings", type = "list"}}}}
    for _, field in ipairs(described.result or {}) do
      fields[#fields + 1] = field
    end
    out(json.encode(result, {type = "object", fields = fields}))
  else
    out(text.tree(result))
  end
  return EXIT.done
end

--- Help of a call: the options, then the parameters of the method at the provider, or at each that has it.
local function help(parser, provider, method)
  local lines = {parser:get_help()}
  for _, name in ipairs(provider and {provider} or reseal.describe()) do
    local described = method and reseal.describe(name, method)
    if described then
      lines[#lines + 1] = "Parameters of " .. method .. " at " .. name .. ":\n" .. text.parameters(described) .. "\n"
    elseif not method then
      lines[#lines + 1] = "Methods of " .. name .. ": " .. table.concat(reseal.describe(name), ", ") .. "\n"
    end
  end
  out(table.concat(lines, "\n"))
  return EXIT.done
end

-- What a described method looks like where lists must be known although they are empty.
local FIELDS = {}
for _, name in ipairs {"params", "fields", "result", "rules", "errors", "values", "names"} do
  FIELDS[#FIELDS + 1] = {name = name, type = "list", fields = FIELDS}
end

local function describe(options)
  local provider, method = options.provider, options.method
  if provider then
    local _, code = known_provider(provider)
    if code then
      return code
    end
  end
  local described, err = reseal.describe(provider, method, options.edition)
  if not described then
    return report(err, options, EXIT.usage)
  end
  if options.json then
    out(json.encode(described, {type = method and "object" or "list", fields = FIELDS}))
  elseif method then
    out(text.page(described))
  elseif provider then
    for _, name in ipairs(described) do
      local one = reseal.describe(provider, name)
      out(("%-12s %-9s %s"):format(name, one.effect, one.doc or ""))
    end
  else
    out(table.concat(described, "\n"))
  end
  return EXIT.done
end

local function errors(options)
  local provider, code = known_provider(options.provider)
  if not provider then
    return code
  end
  local rows, err = reseal.errors(provider, options.code)
  if not rows then
    return report(err, options, EXIT.usage)
  end
  if options.json then
    out(json.encode(rows, {type = "list"}))
  elseif #rows == 0 then
    complain("no page of " .. provider .. " lists " .. options.code)
    return EXIT.usage
  else
    out(text.errors(rows))
  end
  return EXIT.done
end

local function sandbox(options)
  local code, message = require("reseal.sandbox").run {listen = options.listen, nginx = options.nginx}
  if not code then
    complain(message)
    return EXIT.internal
  end
  return code
end

local function add_call_options(command)
  command:add_help(false)
  command:flag("-h --help", "Show this help, with the parameters."):target("wants_help")
  command:flag("--dry-run", "Show the request, without secrets, and send nothing.")
  command:option("--config", "The file of credentials."):argname("<file>")
  command:option("--endpoint", "A name the provider has for its endpoints, or a URL."):argname("<url>")
  command:option("--edition", "The edition of the provider's rules."):argname("<name>")
  command:flag("--strict", "Refuse values that the provider's pages don't list.")
  command:option("--timeout", "Seconds for a whole exchange."):convert(tonumber):argname("<s>")
  command:option("--retries", "Repetitions of what is safe to repeat."):convert(tonumber):argname("<n>")
  return command
end

local function build_parser()
  local parser = argparse("reseal", "Renews and reissues bought TLS certificates.", EPILOG)
  parser:command_target("command"):require_command(false):help_max_width(100):help_description_margin(28)
  parser:flag("--json", "Print JSON, errors too.")
  parser:flag("--version", "Print the version.")
  local commands = {}
  for _, method in ipairs {"renew", "reissue"} do
    commands[method] = add_call_options(parser:command(method, "Carry out a " .. method .. "."))
    commands[method]:argument("provider"):args("?")
    commands[method]:argument("params", "name=value …"):args("*")
  end
  commands.call = add_call_options(parser:command("call", "Carry out any method."))
  commands.call:argument("provider"):args("?")
  commands.call:argument("method"):args("?")
  commands.call:argument("params", "name=value …"):args("*")
  local one = parser:command("describe", "Show providers, methods, or what a method takes and gives.")
  one:argument("provider"):args("?")
  one:argument("method"):args("?")
  one:option("--edition", "The edition of the provider's rules."):argname("<name>")
  one = parser:command("errors", "Show what a provider's error codes mean.")
  one:argument("provider"):args("?")
  one:argument("code"):args("?")
  one = parser:command("sandbox", "Serve both providers' APIs on this machine, for trying things out.")
  one:option("--listen", "Loopback address and port; port 0: any free one."):default("127.0.0.1:8089")
    :argname("<address>")
  one:option("--nginx", "The nginx to run (default: nginx, or openresty)."):argname("<program>")
  return parser, commands
end

local HANDLERS = {describe = describe, errors = errors, sandbox = sandbox}

local function dispatch(argv)
  local parser, commands = build_parser()
  local ok, options = parser:pparse(argv)
  if not ok then
    return usage(options)
  elseif options.version then
    out("reseal " .. reseal._VERSION)
    return EXIT.done
  elseif not options.command then
    return usage("which command?")
  elseif HANDLERS[options.command] then
    return HANDLERS[options.command](options)
  end
  local method = options.method
  if options.command ~= "call" then
    method = options.command
  end
  if options.wants_help and not options.provider then
    return help(commands[options.command], nil, method)
  end
  local provider, code = known_provider(options.provider)
  if not provider then
    return code
  elseif options.wants_help then
    return help(commands[options.command], provider, method)
  elseif not method then
    return usage("which method? one of " .. table.concat(reseal.describe(provider), ", "))
  end
  return call(provider, method, options)
end

local main = {EXIT = EXIT}

--- Runs the command line.
---@param argv string[]
---@return integer exit code
function main.run(argv)
  local ok, code = pcall(dispatch, argv)
  if not ok then
    complain("internal fault: " .. tostring(code))
    return EXIT.internal
  end
  return code
end

return main
