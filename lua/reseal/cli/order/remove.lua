--- `reseal remove NAME`: a certificate is managed no more.

local output = require "reseal.cli.output"
local question = require "reseal.cli.order.question"
local setup = require "reseal.cli.order.setup"

local EXIT = output.EXIT

--- What was done, and what is left to do, in words.
local function told(name, removed, files)
  local lines = {name .. " is managed no more; the journal keeps what happened."}
  local function add(shown, ...)
    lines[#lines + 1] = shown:format(...)
  end
  local ended, entry = removed.ended, removed.entry
  if ended then
    local data = ended.data
    local at_seller = data.seller_order and tostring(data.seller_order.id) or data.bought
    add("Its order %d (%s) was ended here.%s", ended.id, ended.action, at_seller
      and (" At the seller %s goes on: cancel it there if it is not wanted."):format(at_seller) or "")
  end
  if removed.aside then
    add("Its entry was put aside: %s", removed.aside)
  elseif entry then
    add("Its entry still stands in the configuration%s: delete it there, or the next run takes it in again.",
      entry.file and (" (%s%s)"):format(entry.file, entry.line and (":%d"):format(entry.line)
        or entry.entry and (", certificates[%d]"):format(entry.entry) or "") or "")
  end
  if files then
    add "Its installed files and keys were deleted."
  end
  if removed.folder then
    add("What is installed stays: %s", removed.folder)
  end
  if removed.keys then
    add("Its keys stay: %s", removed.keys)
  end
  return table.concat(lines, "\n")
end

local command = {}

--- Runs it.
---@param options table the command line's: name, force, files, yes, …
---@return integer exit code
function command.run(options)
  local made, code = setup.load(options)
  if not made then
    return code
  end
  local name = options.name
  local managed = made.configuration.by_name[name]
  if options.files and managed and not question(options, ("All keys of %s and what is installed in %s are deleted; a "
    .. "server that uses them can't start again."):format(name, tostring(managed.install.folder)), "Delete them?") then
    return EXIT.nothing_done
  end
  local removed, err = made:remove(name, {force = options.force, files = options.files})
  made:close()
  if not removed then
    return setup.failed(made, err)
  end
  local files = options.files and managed ~= nil
  local entry = removed.entry
  return output.show(options, {
    name = name, ended = removed.ended and removed.ended.id, aside = removed.aside, folder = removed.folder,
    keys = removed.keys, configured = entry and {file = entry.file, line = entry.line, entry = entry.entry} or nil,
    deleted = files or nil,
  }, {kept = true}, function()
    return told(name, removed, files)
  end)
end

return command
