--- Waiting by the clock.

local system = require "reseal.system"

-- Times are those of a quiet machine; a busy one is given a multiple, which costs nothing where all goes well.
local PATIENCE = 6

--- Calls `check` again and again until it returns a value, and returns it; nil when none came in time.
---@param seconds number what it takes at most on a quiet machine
---@param check fun(): any
---@return any
return function(seconds, check)
  local began = system.now()
  local stop = began + seconds * PATIENCE
  while true do
    local late = system.now() >= stop -- looked at before: whoever was kept from running may look once more
    local value = check()
    if value or late then
      return value or nil
    end
    -- What takes long is looked at less often: looking costs, too.
    system.sleep(math.min(0.02 + (system.now() - began) / 20, 0.25))
  end
end
