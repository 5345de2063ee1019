--- `reseal wait`: goes on with what is under way, until it is done or a person is needed.

local carry = require "reseal.cli.order.carry"
local json = require "reseal.order.json"
local output = require "reseal.cli.output"
local setup = require "reseal.cli.order.setup"

local EXIT = output.EXIT

local command = {}

--- Runs it.
---@param options table the command line's: names, within, config, journal, timeout, retries, json, quiet
---@return integer exit code
function command.run(options)
  local made, code, only = setup.chosen(options)
  if not made then
    return code
  end
  local list, err = made:rows()
  if not list then
    return output.failure(err, output.exit_code(err))
  end
  local names = {}
  for _, one in ipairs(list) do
    if one.order and (not only or only[one.name]) then
      names[#names + 1] = one.name
    end
  end
  if #names == 0 then
    local shown = EXIT.done
    if options.json then
      shown = output.print(json.encode {kind = "end", counts = {steps = 0}, exit = EXIT.nothing_to_do})
    elseif not options.quiet then
      shown = output.print "nothing is under way"
    end
    return shown == EXIT.done and EXIT.nothing_to_do or shown
  end
  return carry.out(made, options, {
    names = names, wait = options.within or true, late = options.within ~= nil, done = true, work = function(work)
      return made:run(work)
    end,
  })
end

return command
