--- Carries out one call, and shows what came of it.

local arguments = require "reseal.cli.arguments"
local credentials = require "reseal.credentials"
local confirm = require "reseal.cli.confirm"
local known_fields = require "reseal.cli.fields"
local look = require "reseal.cli.look"
local output = require "reseal.cli.output"
local parameters = require "reseal.cli.parameters"
local precheck = require "reseal.cli.precheck"
local reseal = require "reseal"
local system = require "reseal.system"
local text = require "reseal.cli.text"
local trace = require "reseal.cli.trace"

local EXIT = output.EXIT

-- What a pause raises when a signal ends it.
local INTERRUPTED = {}

--- The account, with what the command line says over it.
local function account_of(provider, options)
  local account, message = credentials.load(provider, reseal.settings(provider), options)
  if not account then
    return nil, message
  end
  for _, name in ipairs {"endpoint", "edition", "strict", "timeout", "retries"} do
    if options[name] ~= nil then
      account.settings[name] = options[name]
    end
  end
  account.settings.csr_check = "off" -- it is looked at here, with the certificate that it is to replace
  return account
end

--- A client of that account that can encode, but not call: without its secrets, and with something in place of what the
--- account lacks, so that a call's own faults are told although credentials are missing.
local function rehearsing(account, settings)
  local filled, given = {}, {}
  for name, value in pairs(account.settings) do
    filled[name], given[name] = value, value
  end
  for _, setting in ipairs(settings) do
    local name = setting.name
    if setting.secret and (given[name] ~= nil or account.commands[name]) then
      filled[name], given[name] = "REDACTED", given[name] or "REDACTED"
    elseif setting.secret then
      filled[name] = "REDACTED"
    elseif setting.required and filled[name] == nil then
      filled[name] = "192.0.2.1" -- passes for an address as well as for a name
    end
  end
  local client, err = reseal[account.provider](filled)
  if not client then
    local _, all = reseal[account.provider](given) -- with what is missing among its faults
    return nil, all or err
  end
  return client
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

--- What the description knows of a result, for `output.show`.
local function known_of(result, method)
  local fields = {{name = "meta", type = "object", fields = {{name = "warnings", type = "list"}}}}
  for _, field in ipairs(method.result or {}) do
    fields[#fields + 1] = field
  end
  local about = {
    field = {type = method.answer == "list" and "list" or "object", fields = fields},
    kept = true,
    free = method.effect == "read",
  }
  if method.answer == "bytes" then
    about.content = result.content
  end
  if method.paging then
    about.items = result[method.paging.items] or {}
    about.fields = (known_fields.find(method.result, method.paging.items) or {}).fields
  elseif method.answer ~= "list" then
    local row = {}
    for name, value in pairs(result) do
      row[name] = name ~= "meta" and value or nil
    end
    about.items, about.fields = {row}, method.result
  end
  return about
end

--- Waits before a repetition; a signal that is held back ends it, since nothing is out meanwhile.
local function pause(seconds)
  repeat
    if system.held_signal() then
      error(INTERRUPTED, 0)
    end
    local slice = math.min(seconds, 0.1)
    system.sleep(slice)
    seconds = seconds - slice
  until seconds <= 0
end

--- A call that ended in an error of the program's own, after it may have been sent.
local function broken(provider, described, params, options, reason)
  if reason == INTERRUPTED then
    return output.fault("interrupted", "it was refused for now, and is not repeated because of a signal",
      EXIT.throttled)
  end
  local message = "internal fault: " .. tostring(reason)
  if described.effect == "read" then
    return output.fault("internal", message, EXIT.internal)
  end
  local fault = {code = "internal", message = message}
  return output.failure({
    class = "protocol", code = fault.code, message = message, outcome = "unknown", retry = "never", errors = {fault},
    provider = provider, method = described.name,
  }, EXIT.unknown, look(provider, params, options, nil, described))
end

--- Makes the call with a client that can, and shows what came of it.
local function carry_out(client, described, params, options)
  local provider = described.provider
  local ok, result, err = pcall(client.call, client, described.name, params)
  if not ok then
    return broken(provider, described, params, options, result)
  elseif not result then
    local code = output.exit_code(err)
    local advice = code == EXIT.unknown and look(provider, params, options, err, described) or nil
    return output.failure(err, code, advice)
  end
  local known, about = pcall(known_of, result, described)
  return output.show(options, result, known and about or {kept = true}, function()
    return text.tree(result)
  end)
end

--- The same for what must not be lost: until its answer is shown, no signal ends the program. One that came is obeyed
--- then, unless the exit code has more to say.
local function carry_out_whole(client, described, params, options, timeout)
  local notice = ("%sreseal: waiting for the answer to what was sent, %d s at most\n"):format(
    system.is_terminal(2) and "\n" or "", math.ceil(timeout))
  system.hold_signals(not options.quiet and notice or nil)
  local ok, code = pcall(carry_out, client, described, params, options)
  if not ok then
    code = broken(described.provider, described, params, options, code)
  end
  if code ~= EXIT.unknown and code ~= EXIT.unwritten then
    system.release_signals()
  end
  return code
end

local function dry_run(request, options)
  return output.show(options, {request = request}, {items = {request}}, function()
    return request_text(request)
  end)
end

--- A client that can call.
local function calling(account, described, options)
  local ok, message = credentials.fetch(account)
  if not ok then
    return nil, output.fault("configuration", message, EXIT.usage)
  end
  local settings = {}
  for name, value in pairs(account.settings) do
    settings[name] = value
  end
  if described.effect ~= "read" then
    settings.sleep = pause
  end
  local tracer = options.verbose and trace(settings.transport or require("reseal.transport.curl")())
  settings.transport = tracer and tracer.transport or settings.transport
  local client, err = reseal[described.provider](settings)
  if not client then
    return nil, output.failure(err, EXIT.usage)
  end
  return tracer and tracer.watch(client, described.provider) or client
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
  local settings = reseal.settings(provider)
  local account
  account, message = account_of(provider, options)
  if not account then
    return output.fault("configuration", message, EXIT.usage)
  end
  local rehearsal, err = rehearsing(account, settings)
  if not rehearsal then
    return output.failure(err, EXIT.usage)
  end
  local request
  request, err = rehearsal:encode(method, params)
  if not request then
    return output.failure(err, output.exit_code(err))
  end
  local lacking, example = credentials.lacking(account, settings, options.profile, options.dry_run)
  if lacking then
    return output.failure(lacking, EXIT.usage, example)
  end
  local described = assert(reseal.describe(provider, method, account.settings.edition))
  for _, warning in ipairs(parameters.doubts(described, params)) do
    output.warn(warning)
  end
  if options.dry_run then
    return precheck(rehearsal, provider, method, params, options) or dry_run(request, options)
  end
  local ready
  ready, message = output.prepare(options)
  if not ready then
    return output.fault("output", message, EXIT.usage)
  end
  local client, code = calling(account, described, options)
  if not client then
    return code
  end
  code = precheck(client, provider, method, params, options)
  if code then
    return code
  end
  if request.effect == "purchase" and not options.yes
    and not confirm(provider, described, params, settings, account.settings) then
    return output.fault("not_confirmed", "nothing was sent", EXIT.nothing_done)
  end
  if described.effect == "read" then
    return carry_out(client, described, params, options)
  end
  return carry_out_whole(client, described, params, options, account.settings.timeout or 60)
end
