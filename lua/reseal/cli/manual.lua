--- The manual page, from what can be typed.

local parser = require "reseal.cli.parser"
local reseal = require "reseal"

--- Text as troff shows it, line by line.
local function literal(shown)
  shown = shown:gsub("\n+$", ""):gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("\n%s*\n", "\n\n")
  return (shown:gsub("[^\n]+", function(line)
    return line:find("^[.']") and "\\&" .. line or line
  end))
end

local function block(shown)
  return ".nf\n" .. literal(shown) .. "\n.fi"
end

--- Writes it.
---@param root table of `parser.build`
---@param commands table<string, table>
---@return string roff
return function(root, commands)
  local names = {}
  for name in pairs(commands) do
    names[#names + 1] = name
  end
  table.sort(names)
  local lines = {
    '.TH RESEAL 1 "" "reseal ' .. reseal._VERSION .. '" "User Commands"',
    ".SH NAME", "reseal \\- renew and reissue bought TLS certificates",
    ".SH SYNOPSIS", ".B reseal", "COMMAND [PROVIDER] [METHOD] [NAME=VALUE ...] [OPTIONS]",
    ".SH DESCRIPTION",
    "reseal calls the sellers of TLS certificates. Every call is checked before it is sent, none that costs money is",
    "repeated by itself, and a failure says whether it may have been carried out.",
    "A signal that comes while a purchase or a change is out is obeyed when its answer has been shown.",
    ".SH OPTIONS", block(root:get_help():match("\nOptions:\n(.-)\n\n")), ".SH COMMANDS",
  }
  for _, name in ipairs(names) do
    lines[#lines + 1] = ".SS " .. literal(name)
    lines[#lines + 1] = block((commands[name]:get_help():gsub("^Usage: ", "")))
  end
  local chapters = {"PARAMETERS", "CREDENTIALS", "EXIT STATUS"}
  local at = 0
  for paragraph in (parser.EPILOG .. "\n\n"):gmatch("(.-)\n\n") do
    at = at + 1
    lines[#lines + 1] = ".SH " .. chapters[at]
    lines[#lines + 1] = block(paragraph)
  end
  return table.concat(lines, "\n")
end
