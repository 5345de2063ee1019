--- What the commands about managed certificates begin with: the orders of the configuration, with what is wrong shown.

local credentials = require "reseal.credentials"
local nearest = require "reseal.nearest"
local orders = require "reseal.orders"
local output = require "reseal.cli.output"
local reseal = require "reseal"

local EXIT = output.EXIT

local setup = {state_folder = credentials.state_folder}

--- Whether a file of credentials names certificates at all.
function setup.has_certificates(file)
  return file.values.certificates ~= nil
end

--- Checks the configuration that a file has.
---@param file table of `credentials.read`
---@param options table the command line's
---@return reseal.Orders|nil
---@return reseal.Failure|nil err
function setup.check(file, options)
  return orders.of(reseal, file, {journal = options.journal, timeout = options.timeout, retries = options.retries})
end

local function read(options)
  local file, message = credentials.read(options)
  if not file then
    return nil, output.fault("configuration", message, EXIT.usage)
  end
  return file
end

--- Loads it; what is wrong is shown.
---@param options table the command line's
---@return reseal.Orders|nil
---@return integer|nil exit code without it
function setup.load(options)
  local file, code = read(options)
  if not file then
    return nil, code
  end
  local made, err = setup.check(file, options)
  if not made and (err.code == "configuration" or err.param == "certificates" and not setup.has_certificates(file)) then
    return nil, output.fault("configuration", err.message, EXIT.usage)
  elseif not made then
    return nil, output.failure(err, EXIT.usage)
  end
  for _, warning in ipairs(made.configuration.warnings) do
    output.warn(warning.message)
  end
  return made
end

--- The accounts, and the certificates where there are any: for commands that a configuration without certificates, or
--- with faults, need not stop.
---@param options table the command line's
---@return reseal.Orders|nil
---@return integer|nil exit code without it
function setup.open(options)
  local file, code = read(options)
  if not file then
    return nil, code
  end
  local made, err = orders.of(reseal, file, {
    journal = options.journal, timeout = options.timeout, retries = options.retries, lenient = true,
  })
  if not made then
    return nil, output.fault("configuration", err.message, EXIT.usage)
  end
  return made
end

--- The accounts in words.
---@param made reseal.Orders
---@return string
function setup.account_names(made)
  local names = {}
  for name in pairs(made.accounts) do
    names[#names + 1] = name
  end
  table.sort(names)
  return #names == 0 and "none is configured" or "it is one of " .. table.concat(names, ", ")
end

--- Complains of a name that there is not.
---@return integer exit code
local function unknown_name(made, unknown, advice)
  local known = {}
  for _, managed in ipairs(made.configuration.managed) do
    known[#known + 1] = managed.name
  end
  local meant = nearest(unknown, known)
  local there = #known <= 10 and #known > 0 and "; there are " .. table.concat(known, ", ") or ""
  return output.usage(("no certificate is called %s%s"):format(unknown, meant
    and "; did you mean " .. meant .. "?" or there) .. (advice or ""))
end

--- Those of the configuration that are named; nil: all.
---@param made reseal.Orders
---@param names string[] as typed
---@param advice? string more words for a name that there is not
---@return table<string, boolean>|nil
---@return integer|nil exit code for a name that there is not
function setup.only(made, names, advice)
  local only, unknown = made:only(names)
  if not unknown then
    return only
  end
  return nil, unknown_name(made, unknown, advice)
end

--- Loads it, with a look at the names that were typed; what is wrong is shown.
---@param options table the command line's, with `names`
---@param advice string|nil more words for a name that there is not
---@return reseal.Orders|nil
---@return integer|nil exit code without it
---@return table<string, boolean>|nil only those that are named; nil: all
function setup.chosen(options, advice)
  local made, code = setup.load(options)
  local only
  if made then
    only, code = setup.only(made, options.names, advice)
  end
  if code then
    return nil, code
  end
  return made, nil, only
end

--- Shows why something could not be done.
---@param made reseal.Orders
---@param err reseal.Failure
---@return integer exit code
function setup.failed(made, err)
  if err.param == "names" and err.unknown then
    return unknown_name(made, err.unknown)
  end
  return output.failure(err, output.exit_code(err))
end

return setup
