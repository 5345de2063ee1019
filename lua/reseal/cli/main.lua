--- The command line: what can be typed, and who carries it out.

local argparse = require "argparse"
local output = require "reseal.cli.output"
local parameters = require "reseal.cli.parameters"
local reseal = require "reseal"
local text = require "reseal.cli.text"

local EXIT = output.EXIT

local EPILOG = [[
Parameters have the provider's own names:
   CertificateID=501904        a value
   csr=@example.com.csr        the content of a file (@-: standard input; @@x: the text "@x")
   approver.firstName=Ann      a member of an object
   dcv[1].type=DNS             an item of a list
   san:='["example.com"]'      JSON
   status:in=ACTIVE,EXPIRED    a filter of a list call, with its operator

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

--- The provider's name, or nil and an exit code.
local function known_provider(provider)
  local providers = reseal.describe()
  for _, name in ipairs(providers) do
    if name == provider then
      return name
    end
  end
  local choice = "one of " .. table.concat(providers, ", ")
  local wrong = provider and "there is no provider " .. provider .. "; it is " or "which provider? "
  return nil, output.usage(wrong .. choice)
end

local function methods_of(provider)
  local found = {}
  for i, name in ipairs(reseal.describe(provider)) do
    found[i] = reseal.describe(provider, name)
  end
  return found
end

--- Help of a call: the options, then the parameters of the method at the provider, or at each that has it.
local function help(parser, provider, method, edition)
  local lines = {parser:get_help()}
  for _, name in ipairs(provider and {provider} or reseal.describe()) do
    local described = method and reseal.describe(name, method, edition)
    if described then
      lines[#lines + 1] = ("%s at %s: %s\n\nParameters of %s at %s:\n%s\n"):format(method, name, described.doc or "",
        method, name, text.parameters(described))
    elseif not method then
      lines[#lines + 1] = "Methods of " .. name .. ":\n" .. text.methods(methods_of(name)) .. "\n"
    end
  end
  output.print(table.concat(lines, "\n"))
  return EXIT.done
end

-- What a described method looks like where lists must be known although they are empty.
local FIELDS = {}
for _, name in ipairs {"params", "fields", "result", "rules", "errors", "values", "names", "filters"} do
  FIELDS[#FIELDS + 1] = {name = name, type = "list", fields = FIELDS}
end

--- Columns of CSV.
local function columns(names)
  local fields = {}
  for i, name in ipairs(names) do
    fields[i] = {name = name}
  end
  return fields
end

--- A method's parameters as rows, for CSV.
local function parameter_rows(method)
  local rows = {}
  for i, one in ipairs(parameters.flat(method)) do
    local param = one.param
    rows[i] = {
      name = one.path, type = parameters.type(param), required = param.required, limits = parameters.limits(param),
      values = param.values and table.concat(param.values, ", "), doc = param.doc,
    }
  end
  return rows, columns {"name", "type", "required", "limits", "values", "doc"}
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
    return output.failure(err, options, EXIT.usage)
  end
  local about = {field = {type = method and "object" or "list", fields = FIELDS}}
  if method then
    about.items, about.fields = parameter_rows(described)
  elseif provider then
    about.items = {}
    for i, one in ipairs(methods_of(provider)) do
      about.items[i] = {name = one.name, effect = one.effect, doc = one.doc}
    end
    about.fields = columns {"name", "effect", "doc"}
  end
  return output.show(options, described, about, function()
    if method then
      return text.page(described)
    end
    return provider and text.methods(methods_of(provider)) or table.concat(described, "\n")
  end)
end

local function errors(options)
  local provider, code = known_provider(options.provider)
  if not provider then
    return code
  end
  local rows, err = reseal.errors(provider, options.code)
  if not rows then
    return output.failure(err, options, EXIT.usage)
  elseif #rows == 0 and not options.json then
    output.complain("no page of " .. provider .. " lists " .. options.code)
    return EXIT.usage
  end
  local fields = columns {"code", "method", "category", "outcome", "retry", "text", "advice", "source"}
  return output.show(options, rows, {field = {type = "list"}, fields = fields}, function()
    return text.errors(rows)
  end)
end

local function sandbox(options)
  local code, message = require("reseal.sandbox").run {
    listen = options.listen, nginx = options.nginx, scenario = options.scenario, dcv_http = options.dcv_http,
    dcv_dns = options.dcv_dns,
  }
  if not code then
    output.complain(message)
    return EXIT.internal
  end
  return code
end

local function list(options)
  if options.provider then
    local _, code = known_provider(options.provider)
    if code then
      return code
    end
  end
  return require("reseal.cli.list").run(options)
end

local function add_credential_options(command)
  command:option("--config", "The file of credentials."):argname("<file>")
  command:option("--timeout", "Seconds for a whole exchange."):convert(tonumber):argname("<s>")
  command:option("--retries", "Repetitions of what is safe to repeat."):convert(tonumber):argname("<n>")
  return command
end

local function add_call_options(command)
  command:add_help(false)
  command:flag("-h --help", "Show this help, with the parameters."):target("wants_help")
  command:flag("--dry-run", "Show the request, without secrets, and send nothing.")
  command:option("--endpoint", "A name the provider has for its endpoints, or a URL."):argname("<url>")
  command:option("--edition", "The edition of the provider's rules."):argname("<name>")
  command:flag("--strict", "Refuse what is else warned of, and values that the provider's pages don't list.")
  command:flag("--any-names", "Take a signing request for other names than those of the certificate.")
  return add_credential_options(command)
end

local function build_parser()
  local parser = argparse("reseal", "Renews and reissues bought TLS certificates.", EPILOG)
  parser:command_target("command"):require_command(false):help_max_width(100):help_description_margin(28)
  parser:mutex(
    parser:flag("--json", "Print JSON, errors too."),
    parser:flag("--csv", "Print CSV (RFC 4180).")
  )
  parser:flag("--version", "Print the version.")
  local commands = {}
  local function command(name, description)
    commands[name] = parser:command(name, description)
    return commands[name]
  end
  for _, method in ipairs {"renew", "reissue"} do
    local one = add_call_options(command(method, "Carry out a " .. method .. "."))
    one:argument("provider"):args("?")
    one:argument("params", "name=value …"):args("*")
  end
  for _, provider in ipairs(reseal.describe()) do
    local one = add_call_options(command(provider, "Carry out any method of " .. provider .. "."))
    one:argument("method"):args("?")
    one:argument("params", "name=value …"):args("*")
  end
  local one = add_call_options(command("call", "Carry out any method."))
  one:argument("provider"):args("?")
  one:argument("method"):args("?")
  one:argument("params", "name=value …"):args("*")
  one = add_credential_options(command("list", "Show the certificates of all providers in one table."))
  one:option("--expiring", "Only issued ones that end within so many days (30d) or weeks (4w)."):argname("<time>")
    :convert(function(shown)
      return require("reseal.cli.list").days(shown)
    end)
  one:option("--provider", "Only this provider's."):argname("<name>")
  one = command("describe", "Show providers, methods, or what a method takes and gives.")
  one:argument("provider"):args("?")
  one:argument("method"):args("?")
  one:option("--edition", "The edition of the provider's rules."):argname("<name>")
  one = command("errors", "Show what a provider's error codes mean.")
  one:argument("provider"):args("?")
  one:argument("code"):args("?")
  one = command("completion", "Print what completes these commands in bash, fish or zsh.")
  one:argument("shell"):choices {"bash", "fish", "zsh"}
  one = command("sandbox", "Serve both providers' APIs on this machine, for trying things out.")
  one:option("--listen", "Loopback address and port; port 0: any free one."):default("127.0.0.1:8089")
    :argname("<address>")
  one:option("--scenario", "The accounts, certificates and faults to start with, as JSON."):argname("<file>")
  one:option("--dcv-http", "Loopback address and port of the web server that stands for all names.")
    :argname("<address>")
  one:option("--dcv-dns", "Loopback address and port of the DNS server that is asked."):argname("<address>")
  one:option("--nginx", "The nginx to run (default: nginx, or openresty)."):argname("<program>")
  return parser, commands
end

--- The options that a command's help lists.
local function option_words(command)
  local words, seen = {}, {}
  for option in command:get_help():gmatch("%-%-%a[%a-]*") do
    words[#words + 1] = not seen[option] and option or nil
    seen[option] = true
  end
  return words
end

local function completion(options, parser, commands)
  local words = {[""] = option_words(parser)}
  for name, command in pairs(commands) do
    words[name] = option_words(command)
  end
  output.print(require("reseal.cli.completion").script(options.shell, words))
  return EXIT.done
end

local HANDLERS = {describe = describe, errors = errors, sandbox = sandbox, list = list, completion = completion}

local function dispatch(argv)
  local parser, commands = build_parser()
  local ok, options = parser:pparse(argv)
  if not ok then
    return output.usage(options)
  elseif options.version then
    output.print("reseal " .. reseal._VERSION)
    return EXIT.done
  elseif not options.command then
    return output.usage("which command?")
  elseif HANDLERS[options.command] then
    return HANDLERS[options.command](options, parser, commands)
  end
  local command = options.command
  local provider, method = options.provider, options.method
  if command == "renew" or command == "reissue" then
    method = command
  elseif command ~= "call" then
    provider = command
  end
  if options.wants_help and not provider then
    return help(commands[command], nil, method)
  end
  local code
  provider, code = known_provider(provider)
  if not provider then
    return code
  elseif options.wants_help then
    return help(commands[command], provider, method, options.edition)
  elseif not method then
    return output.usage("which method? one of " .. table.concat(reseal.describe(provider), ", "))
  end
  return require("reseal.cli.call")(provider, method, options)
end

local main = {EXIT = EXIT}

--- Runs the command line.
---@param argv string[]
---@return integer exit code
function main.run(argv)
  local ok, code = pcall(dispatch, argv)
  if not ok then
    output.complain("internal fault: " .. tostring(code))
    return EXIT.internal
  end
  return code
end

return main
