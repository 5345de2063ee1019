--- Where the commands' words go, and the exit codes.
---
--- What was paid for must be seen: what can't be written to where it was to go is written to standard error, and the
--- exit code tells.

local csv = require "reseal.cli.csv"
local json = require "reseal.cli.json"
local query = require "reseal.cli.query"
local system = require "reseal.system"
local text = require "reseal.cli.text"

local output = {
  EXIT = {
    done = 0, internal = 1, usage = 2, invalid = 3, refused = 4, throttled = 5, nothing_done = 6, unknown = 7,
    unwritten = 8, nothing_to_do = 10, person = 11,
  },
}

local EXIT = output.EXIT
local EPIPE = 32

-- How this run shows its failures and warnings; see `output.set`.
local manner = {}

--- Sets how failures and warnings are shown from now on.
---@param options {json: boolean|nil, quiet: boolean|nil}
function output.set(options)
  manner = options
end

local function say(shown)
  io.stderr:write(shown, "\n")
end

--- Writes to a file, whole or not at all, or to standard output.
local function write(shown, path)
  if path and path ~= "-" then
    return system.write_file(path, shown, "0600")
  end
  local ok, message, number = io.stdout:write(shown)
  if ok then
    ok, message, number = system.flush_output()
  end
  return ok, message, number
end

--- Writes what a command is for.
---@param shown string
---@param path string|nil a file instead of standard output
---@param about table|nil see `output.show`
---@return integer exit code
local function deliver(shown, path, about)
  about = about or {}
  local ok, message, number = write(shown, path)
  if ok then
    return EXIT.done
  elseif about.kept and (number ~= EPIPE or not about.free) then
    say("reseal: it is done, but the output could not be written (" .. message .. "). The result is:")
    io.stderr:write(shown)
  elseif number ~= EPIPE then -- a reader that has seen enough needs no word
    say("reseal: the output could not be written: " .. message)
  end
  return EXIT.unwritten
end

--- Prints text, and ends its last line.
---@return integer exit code
function output.print(shown)
  return deliver(shown .. "\n")
end

--- Finds out whether the file that the result is to go to can be written, before there is a result.
---@return boolean|nil
---@return string|nil message
function output.prepare(options)
  if not options.output or options.output == "-" then
    return true
  end
  return system.write_file(options.output)
end

local function decoded(content)
  local bytes = query.base64(content)
  return bytes or content .. (content:sub(-1) == "\n" and "" or "\n")
end

--- The part of a value that was asked for, as text.
local function part(options, value, about)
  local found, field, message = query.select(value, options.query, about.field)
  if message then
    error(message, 0)
  elseif options.json then
    return json.encode(found, field) .. "\n"
  elseif options.csv then
    local items = type(found) == "table" and (#found > 0 and found or {found}) or {{value = found}}
    return csv.of(items, field and field.fields)
  end
  local shown = query.text(found)
  if not options.output and system.is_terminal(1) then
    shown = text.tame(shown)
  end
  return shown
end

local function rendered(options, value, about, plain)
  if options.query then
    return part(options, value, about)
  elseif options.json then
    return json.encode(value, about.field) .. "\n"
  elseif options.csv then
    return csv.of(about.items or value, about.fields)
  elseif about.content then
    return options.output and decoded(about.content) or about.content .. "\n"
  end
  return plain() .. "\n"
end

--- Shows a table: as JSON, as CSV, or as `plain`, a function, writes it; or one value of it.
---@param options table the command line's: json, csv, query, output
---@param value table
---@param about {field: table|nil, items: table[]|nil, fields: table[]|nil, content: string|nil, kept: boolean|nil,
---  free: boolean|nil} for JSON what is known of the value; for CSV its rows (default: the value's items) and what is
---  known of those; content: a file that the value stands for; kept: standard error gets what can't be written; free:
---  but not what a reader did not want, since it can be had again
---@param plain fun(): string
---@return integer exit code
function output.show(options, value, about, plain)
  local ok, shown = pcall(rendered, options, value, about, plain)
  if ok then
    return deliver(shown, options.output, about)
  end
  if about.kept then
    say("reseal: it is done, but " .. tostring(shown) .. ". The result is:\n" .. text.tree(value))
  else
    say("reseal: " .. tostring(shown))
  end
  return EXIT.unwritten
end

--- Warns of what need not stop anybody; --quiet leaves it out.
function output.warn(message)
  if not manner.quiet then
    say("warning: " .. text.tame(message))
  end
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

--- Shows a failure: as JSON on standard output, else as text on standard error.
---@param err reseal.Failure
---@param code integer
---@param more string|nil further lines for people
---@return integer exit code the one that is given
function output.failure(err, code, more)
  local encoded, shown = pcall(json.encode, {error = err}, {type = "object", fields = {
    {name = "error", type = "object", fields = output.ERROR.fields},
  }})
  if not manner.json or not encoded or not write(shown .. "\n") then
    say(text.failure(err))
    if more then
      say(more)
    end
  end
  return code
end

--- Shows what is wrong with the command, its configuration or this program.
---@param kind string the failure's code: usage, configuration, internal, …
---@param message string
---@param code integer
---@return integer exit code the one that is given
function output.fault(kind, message, code)
  message = tostring(message)
  if manner.json then
    local fault = {code = kind, message = message}
    return output.failure({
      class = "invalid", code = kind, message = message, outcome = "not_sent", retry = "never", errors = {fault},
    }, code)
  end
  say("reseal: " .. text.tame(message))
  return code
end

--- Complains of wrong usage.
---@return integer exit code
function output.usage(message)
  output.fault("usage", message, EXIT.usage)
  if not manner.json then
    say("Try 'reseal --help'.")
  end
  return EXIT.usage
end

return output
