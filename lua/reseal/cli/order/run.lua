--- `reseal run`: what is due now; with --within also what follows; with --watch for as long as the process lives.

local carry = require "reseal.cli.order.carry"
local daemons = require "reseal.cli.order.daemon"
local output = require "reseal.cli.output"
local setup = require "reseal.cli.order.setup"
local system = require "reseal.system"

local SIGHUP = 1

local command = {}

--- Until a signal comes; HUP has the configuration read again, and the old one goes on where the new one is faulty.
local function watch(made, options)
  local daemon = daemons.new()
  return carry.out(made, options, {
    watch = true, brief = true,
    on_tick = function() daemon:tick() end,
    on_wait = function(till, _, trouble)
      daemon:status(trouble or till < math.huge and "next look at " .. os.date("!%Y-%m-%dT%H:%M:%SZ", till)
        or "nothing is managed")
      daemon:tick()
    end,
    on_end = function() daemon:stopping() end,
    work = function(work)
      while true do
        local counts, err = made:run(work)
        if not counts or system.held_signal() ~= SIGHUP then
          return counts, err
        end
        system.take_signal()
        daemon:reloading()
        local fresh, code = setup.load(options)
        if fresh then
          made:become(fresh)
        else
          output.warn(("the configuration stays as it was (%d)"):format(code))
        end
      end
    end,
  })
end

--- Runs it.
---@param options table the command line's: names, watch, within, config, journal, timeout, retries, json, quiet
---@return integer exit code
function command.run(options)
  local names = #options.names > 0 and options.names or nil
  if options.watch and names then
    return output.usage "--watch is for all certificates: names have no place beside it"
  end
  local made, code = setup.chosen(options)
  if not made then
    return code
  elseif options.watch then
    return watch(made, options)
  end
  return carry.out(made, options, {
    names = names, brief = true, wait = options.within, work = function(work)
      return made:run(work)
    end,
  })
end

return command
