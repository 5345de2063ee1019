--- Shows what is about to be done, and asks before money is spent.

local json = require "reseal.order.json"
local output = require "reseal.cli.output"
local question = require "reseal.cli.order.question"
local text = require "reseal.cli.text"

local EXIT = output.EXIT

local agree = {}

local function day(time)
  return os.date("!%Y-%m-%d", time)
end

--- What is to be done for one, in words.
local function words_of(item)
  local cost = item.amount and item.amount .. " " .. item.currency or "nothing to pay"
  if item.purchase and not item.amount then
    cost = "of unknown price"
  end
  return ("%s: %s, %s (%s)"):format(item.name, item.what, cost, text.tame(item.why))
end

--- Why nothing is to be done for one.
local function rest_of(item)
  local words = ("%s: nothing to do: %s"):format(item.name, text.tame(item.why))
  if item.served_ends then
    words = ("%s; what is installed lasts until %s"):format(words, day(item.served_ends))
  end
  return words
end

local function complaint(item)
  local lines = {("reseal: %s: %s"):format(item.name, text.tame(item.why))}
  if item.advice then
    lines[#lines + 1] = "  " .. text.tame(item.advice)
  end
  return table.concat(lines, "\n")
end

--- The last line of JSON where nothing is to be done.
local function told(plan, code)
  local certificates = {}
  for i, item in ipairs(plan.items) do
    certificates[i] = {
      name = item.name, what = item.what, next = item.when, error = item.person and item.why or nil,
      advice = item.advice, ends = item.served_ends,
    }
  end
  local shown = output.print(json.encode {kind = "end", counts = {steps = 0}, certificates = certificates, exit = code})
  return shown == EXIT.done and code or shown
end

--- What of a plan is to be done, once it is agreed.
---@param plan reseal.order.Plan
---@param options table the command line's: yes, json, quiet
---@return {names: string[], most: table, person: boolean}|nil agreed
---@return integer|nil exit code without it
function agree.with(plan, options)
  local failed = plan.errors and plan.errors[1]
  if failed then
    return nil, output.failure(failed, output.exit_code(failed))
  end
  local names, most, person, buys = {}, {}, false, false
  local function say(line)
    if not options.json and not options.quiet then
      output.print(line)
    end
  end
  for _, item in ipairs(plan.items) do
    if item.now then
      names[#names + 1] = item.name
      if item.purchase then
        most[item.name] = item.amount and {amount = item.amount, currency = item.currency} or nil
        buys = true
      elseif item.what ~= "continue" then
        most[item.name] = false
      end
      say(words_of(item))
    elseif item.person then
      io.stderr:write(complaint(item), "\n")
    else
      say(rest_of(item))
    end
    person = person or item.person
  end
  if #names == 0 then
    local code = person and EXIT.person or EXIT.nothing_to_do
    return nil, options.json and told(plan, code) or code
  elseif buys and not question(options, nil, "Buy it?") then
    return nil, output.fault("not_confirmed", "nothing was done", EXIT.nothing_done)
  end
  return {names = names, most = most, person = person}
end

--- How long a command waits, by its options.
---@param options table
---@return boolean|number|nil
function agree.wait(options)
  if options.no_wait then
    return nil
  end
  return options.within or true
end

return agree
