--- Carries out one call, and shows what came of it.

local arguments = require "reseal.cli.arguments"
local output = require "reseal.cli.output"
local reseal = require "reseal"
local text = require "reseal.cli.text"

local EXIT = output.EXIT

local function has_status(fields)
  for _, field in ipairs(fields or {}) do
    if field.name:lower() == "status" or has_status(field.fields) then
      return true
    end
  end
  return false
end

--- The command that makes a read which can tell what became of a call with these parameters; nil: it can't.
local function look_with(method, params)
  if method.effect ~= "read" or not has_status(method.result) then
    return nil
  end
  local words = {"reseal " .. method.provider .. " " .. method.name}
  for _, param in ipairs(method.params) do
    local given = params[param.name]
    if param.required and type(given) ~= "string" then
      return nil
    elseif param.required then
      words[#words + 1] = param.name .. "=" .. given
    end
  end
  return (method.paging or #words > 1) and table.concat(words, " ") or nil
end

--- What to look at when the answer of a call is lost.
local function what_to_check(provider, params)
  local lines = {"It may have been carried out, and paid for. Before repeating it, look with:"}
  for _, name in ipairs(reseal.describe(provider) or {}) do
    local command = look_with(reseal.describe(provider, name), params)
    lines[#lines + 1] = command and "  " .. command or nil
  end
  return table.concat(lines, "\n")
end

--- A call that was broken off, by Ctrl-C for one, after it may have been sent.
local function interrupted(provider, method, params, message)
  output.complain(message)
  if (reseal.describe(provider, method) or {}).effect == "read" then
    return EXIT.internal
  end
  io.stderr:write(what_to_check(provider, params), "\n")
  return EXIT.unknown
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

local function request_text(request)
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
  return table.concat(lines, "\n")
end

local function find(fields, name)
  for _, field in ipairs(fields or {}) do
    if field.name == name then
      return field
    end
  end
end

--- What the description knows of a result, for `output.show`.
local function known_of(result, method)
  local fields = {{name = "meta", type = "object", fields = {{name = "warnings", type = "list"}}}}
  for _, field in ipairs(method.result or {}) do
    fields[#fields + 1] = field
  end
  local about = {field = {type = method.answer == "list" and "list" or "object", fields = fields}}
  if method.paging then
    about.items = result[method.paging.items] or {}
    about.fields = (find(method.result, method.paging.items) or {}).fields
  elseif method.answer ~= "list" then
    local row = {}
    for name, value in pairs(result) do
      row[name] = name ~= "meta" and value or nil
    end
    about.items, about.fields = {row}, method.result
  end
  return about
end

--- Makes the call.
---@param provider string
---@param method string
---@param options table the command line's
---@return integer exit code
return function(provider, method, options)
  local params, message = arguments.parse(options.params)
  if not params then
    return output.usage(message)
  end
  local settings
  settings, message = client_options(provider, options)
  if not settings then
    output.complain(message)
    return EXIT.usage
  end
  settings.csr_check = "off" -- it is looked at here, with the certificate that it is to replace
  local client, err = reseal[provider](settings)
  if not client then
    return output.failure(err, options, EXIT.usage)
  end
  local stopped = require("reseal.cli.precheck")(client, provider, method, params, options)
  if stopped then
    return stopped
  end
  if options.dry_run then
    local request
    request, err = client:encode(method, params)
    if not request then
      return output.failure(err, options, output.exit_code(err))
    end
    return output.show(options, {request = request}, {items = {request}}, function()
      return request_text(request)
    end)
  end
  local ok, result
  ok, result, err = pcall(client.call, client, method, params)
  if not ok then
    return interrupted(provider, method, params, result)
  elseif not result then
    local code = output.failure(err, options, output.exit_code(err))
    if code == EXIT.unknown and not options.json then
      io.stderr:write(what_to_check(provider, params), "\n")
    end
    return code
  end
  local described = reseal.describe(provider, method, settings.edition) or {}
  return output.show(options, result, known_of(result, described), function()
    return text.tree(result)
  end)
end
