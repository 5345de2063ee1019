--- The journal of orders: where it is, and what can be done with all of it.

local output = require "reseal.cli.output"
local credentials = require "reseal.credentials"
local order_journal = require "reseal.order.journal"

local EXIT = output.EXIT

local LONGEST = 3600 -- seconds that one look at all of it may take

local journal = {}

local function failed(err)
  return output.fault("journal", "the journal: " .. tostring(err.message or err), EXIT.nothing_done)
end

local function check(j, options)
  local list, err = j:check()
  if not list then
    return failed(err)
  end
  local shown = {contradictions = list}
  local code = output.show(options, shown, {
    field = {type = "object", fields = {{name = "contradictions", type = "list"}}}, items = list,
    fields = {{name = "code"}, {name = "name"}, {name = "order_id"}, {name = "message"}},
  }, function()
    if #list == 0 then
      return "the journal has no contradictions"
    end
    local lines = {}
    for i, one in ipairs(list) do
      lines[i] = one.code .. "  " .. one.message
    end
    return table.concat(lines, "\n")
  end)
  return code == EXIT.done and #list > 0 and EXIT.person or code
end

local function export(j, options)
  if options.csv or options.query then
    return output.usage("an export is JSON lines: there is no --csv and no --query of it")
  end
  local lines = {}
  local count, err = j:export(function(line)
    lines[#lines + 1] = line
    return true
  end)
  if not count then
    return failed(err)
  end
  local content = table.concat(lines):gsub("\n$", "")
  return output.show({output = options.output}, {}, {}, function() return content end)
end

local function backup(j, options)
  local ok, err = j:backup(options.file)
  if not ok then
    return failed(err)
  end
  return output.show(options, {file = options.file}, {}, function() return "copied to " .. options.file end)
end

local ACTIONS = {check = check, export = export, backup = backup}

--- `reseal journal check|export|backup`.
---@param options table the command line's
---@return integer exit code
function journal.run(options)
  if (options.action == "backup") ~= (options.file ~= nil) then
    return output.usage(options.action == "backup" and "to which file? reseal journal backup FILE"
      or "only a backup has a file; export takes --output")
  end
  local url, problem = credentials.journal_url(options)
  if not url then
    return output.usage(problem)
  end
  local j, err = order_journal.open(url, {create = false, timeout = LONGEST})
  if not j then
    return failed(err)
  end
  local code = ACTIONS[options.action](j, options)
  j:close()
  return code
end

return journal
