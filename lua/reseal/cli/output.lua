--- Where the commands' words go, and the exit codes.

local csv = require "reseal.cli.csv"
local json = require "reseal.cli.json"
local text = require "reseal.cli.text"

local output = {
  EXIT = {done = 0, internal = 1, usage = 2, invalid = 3, refused = 4, throttled = 5, nothing_done = 6, unknown = 7},
}

local EXIT = output.EXIT

local function write(shown)
  if not (io.stdout:write(shown) and io.stdout:flush()) then
    error("the output could not be written", 0)
  end
end

--- Prints text, and ends its last line.
function output.print(shown)
  write(shown .. "\n")
end

--- Prints a table: as JSON, as CSV, or as `plain`, a function, writes it.
---@param options table the command line's
---@param value table
---@param about {field: table|nil, items: table[]|nil, fields: table[]|nil} for JSON what is known of the value; for CSV
---  its rows (default: the value's items) and what is known of those
---@param plain fun(): string
---@return integer exit code
function output.show(options, value, about, plain)
  if options.json then
    output.print(json.encode(value, about.field))
  elseif options.csv then
    write(csv.of(about.items or value, about.fields))
  else
    output.print(plain())
  end
  return EXIT.done
end

function output.complain(message)
  io.stderr:write("reseal: ", tostring(message), "\n")
end

--- Complains of wrong usage.
---@return integer exit code
function output.usage(message)
  output.complain(message)
  io.stderr:write("Try 'reseal --help'.\n")
  return EXIT.usage
end

--- The exit code of a failed call.
---@param err reseal.Failure
---@return integer
function output.exit_code(err)
  if err.class == "invalid" then
    return EXIT.invalid
  elseif err.outcome == "unknown" then
    return EXIT.unknown
  elseif err.category == "throttle" then
    return EXIT.throttled
  elseif err.class == "provider" then
    return EXIT.refused
  end
  return EXIT.nothing_done
end

-- What is known of an error: its list of faults.
output.ERROR = {type = "object", fields = {{name = "errors", type = "list"}}}

--- Shows a failure.
---@return integer exit code the one that is given
function output.failure(err, options, code)
  if options.json then
    output.print(json.encode({error = err}, {type = "object", fields = {
      {name = "error", type = "object", fields = output.ERROR.fields},
    }}))
  else
    io.stderr:write(text.failure(err), "\n")
  end
  return code
end

return output
