--- Asks on a terminal before something that can't be undone; elsewhere it is as wanted as it was typed.

local system = require "reseal.system"

---@param options {yes: boolean|nil}
---@param told string|nil what is about to happen
---@param question string
---@return boolean
return function(options, told, question)
  if options.yes or not (system.is_terminal(0) and system.is_terminal(2)) then
    return true
  end
  io.stderr:write(told and told .. "\n" or "", question, " [y/N] ")
  local answer = io.stdin:read "*l"
  if not answer then
    io.stderr:write "\n"
  end
  answer = (answer or ""):lower():match "^%s*(%a*)%s*$"
  return answer == "y" or answer == "yes"
end
