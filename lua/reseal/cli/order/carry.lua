--- Carries orders out for a command: shows what goes on, lets a signal end it between two steps, and says how all
--- stands afterwards.

local json = require "reseal.order.json"
local output = require "reseal.cli.output"
local progress = require "reseal.cli.order.progress"
local system = require "reseal.system"
local text = require "reseal.cli.text"

local EXIT = output.EXIT
local NOTICE = "reseal: it ends after the step under way; `reseal run` goes on with it\n"

local carry = {}

--- What a certificate waits for, in words.
local function waits_for(row, order)
  return row.error or order and ("order %d: %s"):format(order.id, tostring(order.phase)) or row.state
end

--- How the certificates stand that a command is about.
---@param made reseal.Orders
---@param names string[]|nil nil: all
---@return table[]|nil list {name, row, order, how = "done"|"person"|"goes on"}
---@return reseal.Failure|nil err
function carry.standing(made, names)
  local only = names and made:only(names)
  local rows, err = made:rows()
  if not rows then
    return nil, err
  end
  local list = {}
  for _, one in ipairs(rows) do
    if not only or only[one.name] then
      list[#list + 1] = one
    end
  end
  return list
end

--- What a person has to know and do.
local function complaint(one)
  local row, order = one.row, one.order
  local lines = {("reseal: %s is %s: %s"):format(one.name, row.state, text.tame(row.error or order and order.reason
    or "it says no reason"))}
  local told = order and order.command
  if row.advice and row.advice ~= told then
    lines[#lines + 1] = "  " .. text.tame(row.advice)
  end
  lines[#lines + 1] = "  " .. (told or "reseal order " .. one.name .. "    # once that is done")
  return table.concat(lines, "\n")
end

local function ended(one)
  local served = one.row.served
  return served and ("%s: what is served ends on %s"):format(one.name, os.date("!%Y-%m-%d", served.not_after))
    or ("%s: %s"):format(one.name, one.row.state)
end

local function seconds(count)
  return ("%g second%s"):format(count, count == 1 and "" or "s")
end

--- Says how all stands at the end.
local function conclude(shown, options, list, about)
  local certificates = {}
  for _, one in ipairs(list) do
    local row, order = one.row, one.order
    if options.json then
      certificates[#certificates + 1] = {
        name = one.name, state = row.state, next = row.next, error = row.error, advice = row.advice,
        command = order and order.command, order = order and order.id, phase = order and order.phase,
        ends = row.served and row.served.not_after or nil,
      }
    elseif one.how == "person" then
      shown:clear()
      io.stderr:write(complaint(one), "\n")
    elseif not options.quiet and one.how == "goes on" and one.order
      and (about.told[one.name] or not about.brief) then
      shown:line(("%s goes on at %s: %s"):format(one.name, progress.stamp(one.row.next),
        progress.one_line(waits_for(one.row, one.order))))
    elseif not options.quiet and one.how == "done" and about.told[one.name] then
      shown:line(ended(one))
    end
  end
  if options.json then
    shown:line(json.encode {kind = "end", counts = about.counts, certificates = certificates, exit = about.code})
  end
end

--- What a pause is for.
local function waiting(made, till, names)
  local name = names[1]
  local words = till < math.huge and "next look at " .. os.date("%H:%M:%S", math.max(till, os.time()))
    or "nothing is under way"
  local row = name and made.journal:row(name)
  if not row then
    return "reseal: " .. words
  end
  local order = made.journal:order(name)
  local more = #names > 1 and (" (and %d more)"):format(#names - 1) or ""
  return ("%s%s: %s: %s"):format(name, more, words, waits_for(row, order or nil))
end

--- The exit code of what was done.
local function code_of(list, counts, happened, about)
  local going = false
  for _, one in ipairs(list) do
    if one.how == "person" then
      return EXIT.person
    end
    going = going or one.how == "goes on" and one.order ~= nil
  end
  if (counts.error or 0) > 0 or about.late and going then
    return EXIT.nothing_done
  elseif happened == 0 and not about.done and not (counts.steps > 0 and going) then
    return EXIT.nothing_to_do
  end
  return EXIT.done
end

--- Carries out `work`, and shows it.
---@param made reseal.Orders
---@param options table the command line's: json, quiet
---@param about {names: string[]|nil, work: fun(work: table): table|nil, any, wait: boolean|number|nil, most: table|nil,
---  watch: boolean|nil, late: boolean|nil, done: boolean|nil, brief: boolean|nil, on_wait: function|nil,
---  on_tick: function|nil, on_end: function|nil} work: calls `run` or `apply`; late: what is not done when the time is
---  over is a failure; done: that nothing happened is no reason to say that nothing was to be done; brief: nothing is
---  said of what goes on and to which nothing happened
---@return integer exit code
function carry.out(made, options, about)
  local shown = progress.new(options)
  local told, happened = {}, 0
  system.hold_signals(not options.quiet and not about.watch and (system.is_terminal(2) and "\n" or "") .. NOTICE or nil)
  local ok, counts, err = pcall(about.work, {
    names = about.names, wait = about.wait, watch = about.watch, most = about.most,
    stopping = function() return system.held_signal() ~= nil end,
    on_event = function(event)
      happened = happened + 1
      if event.name then
        told[event.name] = true
      end
      shown:event(event)
    end,
    on_act = function(name, act)
      shown:act(name, act)
    end,
    on_wait = function(till, names, trouble)
      if about.on_wait then
        about.on_wait(till, names, trouble)
      end
      shown:say(trouble and "reseal waits: " .. trouble or waiting(made, till, names))
    end,
    on_tick = about.on_tick,
    log = function(level, words)
      shown:clear()
      if level == "error" or level == "info" and not options.quiet then
        io.stderr:write("reseal: ", text.tame(words), "\n")
      elseif level ~= "info" then
        output.warn(words)
      end
    end,
  })
  if about.on_end then
    about.on_end()
  end
  shown:clear()
  local list
  if ok and counts then
    list, err = carry.standing(made, about.names)
  end
  local code
  if not ok then
    code = output.fault("internal", "internal fault: " .. tostring(counts), EXIT.internal)
  elseif not list then
    code = output.failure(err, output.exit_code(err))
  else
    code = code_of(list, counts, happened, about)
    if about.late and code == EXIT.nothing_done and (counts.error or 0) == 0 then
      io.stderr:write(("reseal: not done within %s\n"):format(seconds(about.wait)))
    end
    conclude(shown, options, list, {counts = counts, told = told, code = code, brief = about.brief})
    if shown.failed then
      code = EXIT.unwritten
    end
  end
  system.flush_output()
  system.release_signals() -- whoever was told to end ends now, by that signal
  return code
end

return carry
