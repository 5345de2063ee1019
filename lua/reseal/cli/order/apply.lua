--- `reseal apply`: carries out a plan that `reseal plan --out` wrote, exactly that; nothing where the world has moved.

local agree = require "reseal.cli.order.agree"
local carry = require "reseal.cli.order.carry"
local output = require "reseal.cli.output"
local plan = require "reseal.order.plan"
local setup = require "reseal.cli.order.setup"

local EXIT = output.EXIT
local LARGEST = 64 * 1024 * 1024

local command = {}

local function read(path)
  local file, message = io.open(path, "rb")
  local text
  if file then
    text, message = file:read(LARGEST)
    file:close()
  end
  if not text then
    return nil, ("%s: %s"):format(path, message and message:gsub("^.*: ", "") or "it is empty")
  end
  local p
  p, message = plan.read(text)
  return p, message and path .. ": " .. message
end

--- Runs it.
---@param options table the command line's: file, yes, within, no_wait, config, journal, timeout, retries, json, quiet
---@return integer exit code
function command.run(options)
  local p, message = read(options.file)
  if not p then
    return output.fault("plan", message, EXIT.usage)
  end
  for _, item in ipairs(p.items) do
    if item.now and item.purchase and not item.amount then
      return output.fault("no_price", ("%s: the plan has no price for it: make one by `reseal plan --prices`"):format(
        item.name), EXIT.invalid)
    end
  end
  local made, code = setup.load(options)
  if not made then
    return code
  end
  local ok, err = made:unmoved(p) -- before anybody is asked
  if not ok then
    return output.failure(err, output.exit_code(err))
  end
  local agreed
  agreed, code = agree.with(p, options)
  if not agreed then
    return code
  end
  local carried = carry.out(made, options, {
    names = agreed.names, wait = agree.wait(options), late = options.within ~= nil, work = function(work)
      work.names = nil -- they are the plan's
      return made:apply(p, work)
    end,
  })
  return carried == EXIT.done and agreed.person and EXIT.person or carried
end

return command
