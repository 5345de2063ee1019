--- `reseal order`: the whole way of a certificate in one command. First it says what that takes and costs.

local agree = require "reseal.cli.order.agree"
local carry = require "reseal.cli.order.carry"
local output = require "reseal.cli.output"
local setup = require "reseal.cli.order.setup"

local EXIT = output.EXIT

local command = {}

--- Runs it.
---@param options table the command line's: names, yes, within, no_wait, config, journal, timeout, retries, json, quiet
---@return integer exit code
function command.run(options)
  local made, code = setup.chosen(options, "; `reseal init` writes a first configuration, and `reseal import` "
    .. "or an entry in `certificates` adds to one")
  if not made then
    return code
  end
  local plan, err = made:plan {names = options.names, prices = true}
  if not plan then
    return output.failure(err, output.exit_code(err))
  end
  local agreed
  agreed, code = agree.with(plan, options)
  if not agreed then
    return code
  end
  local ok
  ok, err = made:wake(agreed.names)
  if not ok then
    return output.failure(err, output.exit_code(err))
  end
  local carried = carry.out(made, options, {
    names = agreed.names, most = agreed.most, wait = agree.wait(options),
    late = options.within ~= nil, work = function(work)
      return made:run(work)
    end,
  })
  -- What can't be helped was told before the rest was done.
  return carried == EXIT.done and agreed.person and EXIT.person or carried
end

return command
