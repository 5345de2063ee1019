--- The command line: who carries out what was typed.

local output = require "reseal.cli.output"
local parameters = require "reseal.cli.parameters"
local parser = require "reseal.cli.parser"
local reseal = require "reseal"
local text = require "reseal.cli.text"

local EXIT = output.EXIT

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
local function help(command, provider, method, edition)
  local _, commands = parser.build(function() end)
  if provider and method then
    local _, err = reseal.describe(provider, method, edition)
    if err then
      return output.failure(err, EXIT.usage)
    end
  end
  local lines = {commands[command]:get_help()}
  for _, name in ipairs(provider and {provider} or reseal.describe()) do
    local described = method and reseal.describe(name, method, edition)
    if described then
      lines[#lines + 1] = ("%s at %s: %s\n\nParameters of %s at %s:\n%s\n"):format(method, name, described.doc or "",
        method, name, text.parameters(described))
    elseif not method then
      lines[#lines + 1] = "Methods of " .. name .. ":\n" .. text.methods(methods_of(name)) .. "\n"
    end
  end
  return output.print(table.concat(lines, "\n"))
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
    return output.failure(err, EXIT.usage)
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
    return output.failure(err, EXIT.usage)
  elseif #rows == 0 and not options.json then
    return output.fault("unknown_code", "no page of " .. provider .. " lists " .. options.code, EXIT.usage)
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
  return code or output.fault("sandbox", message, EXIT.internal)
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

local function journal(options)
  return require("reseal.cli.journal").run(options)
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

local function completion(options)
  local root, commands = parser.build(function() end)
  local words = {[""] = option_words(root)}
  for name, command in pairs(commands) do
    words[name] = option_words(command)
  end
  return output.print(require("reseal.cli.completion").script(options.shell, words))
end

local function version()
  return output.print("reseal " .. reseal._VERSION)
end

local function manual()
  return output.print(require("reseal.cli.manual")(parser.build(function() end)))
end

--- The commands about managed certificates, each a module with `run`.
local ORDER_COMMANDS = {
  apply = function() return require "reseal.cli.order.apply" end,
  doctor = function() return require "reseal.cli.order.doctor" end,
  import = function() return require "reseal.cli.order.import" end,
  init = function() return require "reseal.cli.order.begin" end,
  order = function() return require "reseal.cli.order.order" end,
  plan = function() return require "reseal.cli.order.plan" end,
  reconcile = function() return require "reseal.cli.order.reconcile" end,
  remove = function() return require "reseal.cli.order.remove" end,
  run = function() return require "reseal.cli.order.run" end,
  show = function() return require "reseal.cli.order.show" end,
  status = function() return require "reseal.cli.order.status" end,
  wait = function() return require "reseal.cli.order.wait" end,
}

local HANDLERS = {
  completion = completion, describe = describe, errors = errors, journal = journal, list = list, manual = manual,
  sandbox = sandbox, version = version,
}

local function dispatch(argv)
  output.set {json = parser.wants_json(argv)}
  local options, message, asked = parser.parse(argv)
  if asked then
    return output.print((asked:get_help():gsub("\n$", "")))
  elseif not options then
    return output.usage(message)
  end
  output.set {json = options.json, quiet = options.quiet}
  if options.version then
    return version()
  elseif not options.command then
    return output.usage("which command?")
  elseif HANDLERS[options.command] then
    return HANDLERS[options.command](options)
  elseif ORDER_COMMANDS[options.command] then
    return ORDER_COMMANDS[options.command]().run(options)
  end
  local command = options.command
  local provider, method = options.provider, options.method
  if command == "renew" or command == "reissue" then
    method = command
  elseif command ~= "call" then
    provider = command
  end
  if options.wants_help and not provider then
    return help(command, nil, method)
  end
  local code
  provider, code = known_provider(provider)
  if not provider then
    return code
  elseif options.wants_help then
    return help(command, provider, method, options.edition)
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
    return output.fault("internal", "internal fault: " .. tostring(code), EXIT.internal)
  end
  return code
end

return main
