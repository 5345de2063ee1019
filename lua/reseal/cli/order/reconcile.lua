--- `reseal reconcile`: a person says what became of an order that stopped, or that an account may buy again.

local output = require "reseal.cli.output"
local question = require "reseal.cli.order.question"
local setup = require "reseal.cli.order.setup"

local EXIT = output.EXIT

local HOWS = {"found", "absent", "again", "give_up"}

--- What was typed; nil and what is wrong with it.
local function said(options)
  local given = {}
  for _, by in ipairs(HOWS) do
    given[#given + 1] = options[by] and by or nil
  end
  if options.account or options.resume then
    if not (options.account and options.resume) or options.name or #given > 0 then
      return nil, "an account is resumed by --account NAME --resume alone"
    end
    return {resume = options.account}
  elseif not options.name then
    return nil, "which certificate? reseal reconcile NAME --found ID, or --absent, --again, --give-up"
  elseif #given ~= 1 then
    return nil, (#given == 0 and "what became of it?" or "one of them can be true:")
      .. " --found ID (it was carried out), --absent (it was not), --again (what it stopped for is mended) or --give-up"
  elseif (options.order or options.unseen) and given[1] ~= "found" then
    return nil, "--order and --unseen are about the id of --found"
  end
  return {by = given[1], id = options.found, order = options.order, unseen = options.unseen}
end

--- What may be paid for twice is asked for.
local function agreed(made, options, how)
  if how.by ~= "absent" then
    return true
  end
  local shown, err = made:show(options.name)
  local intent = shown and shown.standing.order and shown.standing.order.intent
  if not shown then
    return nil, setup.failed(made, err)
  elseif not intent or not intent.purchase then
    return true
  end
  return question(options, ("The %s of %s for %s %s is then sent again. If the first one was carried out, it is paid "
    .. "for twice: look at the seller's list and at the balance first."):format(intent.kind, options.name,
    tostring(intent.amount), tostring(intent.currency)), "Was nothing carried out?")
end

local function resume(made, account, options)
  local since, err = made:resume(account)
  if not since then
    return output.failure(err, err.param == "account" and EXIT.usage or output.exit_code(err))
  end
  local done = since > 0
  local code = output.show(options, {account = account, resumed = done}, {}, function()
    return done and ("account %s may buy again: `reseal run` goes on"):format(account)
      or ("account %s was not stopped"):format(account)
  end)
  return code == EXIT.done and not done and EXIT.nothing_to_do or code
end

local command = {}

--- Runs it.
---@param options table the command line's: name, found, order, unseen, absent, again, give_up, account, resume, yes, …
---@return integer exit code
function command.run(options)
  local how, wrong = said(options)
  if not how then
    return output.usage(wrong)
  end
  local made, code = setup.load(options)
  if not made then
    return code
  elseif how.resume then
    code = resume(made, how.resume, options)
    made:close()
    return code
  end
  local wanted
  wanted, code = agreed(made, options, how)
  if not wanted then
    made:close()
    return code or EXIT.nothing_done
  end
  local row, err = made:reconcile(options.name, how)
  made:close()
  if not row then
    return setup.failed(made, err)
  end
  return output.show(options, {name = options.name, said = how.by, state = row.state}, {}, function()
    return ("%s: noted. `reseal run` goes on with it"):format(options.name)
  end)
end

return command
