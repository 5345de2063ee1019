--- `reseal run`: what is due now; with --watch for as long as the process lives.

local carry = require "reseal.cli.order.carry"
local setup = require "reseal.cli.order.setup"

local command = {}

--- Runs it.
---@param options table the command line's: names, watch, config, journal, timeout, retries, json, quiet
---@return integer exit code
function command.run(options)
  local made, code = setup.load(options)
  if not made then
    return code
  end
  local _
  _, code = setup.only(made, options.names)
  if code then
    return code
  end
  local names = #options.names > 0 and options.names or nil
  return carry.out(made, options, {names = names, work = function(work)
    return made:run(work)
  end})
end

return command
