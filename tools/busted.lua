-- The busted command, run by the Lua that runs this file; where the `busted` script stands, and what it is, differs.
require "busted.runner" {standalone = false}
