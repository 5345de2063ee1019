--- Realtime Register's process calls.

local answer = require "reseal.sandbox.realtimeregister.answer"
local body_of = require "reseal.sandbox.realtimeregister.body"
local json = require "reseal.sandbox.json"
local list = require "reseal.sandbox.realtimeregister.list"
local orders = require "reseal.sandbox.realtimeregister.orders"
local validation = require "reseal.sandbox.realtimeregister.validation"

local UNSORTABLE = {"detailStatus", "updatedDate", "startedDate", "identifier", "billableAction", "billableProduct",
  "billableProvider", "billableQuantity"}

local methods = {}

local function object_of(account, process)
  local function money(cents)
    return cents and {[account.currency] = cents} or nil
  end
  local waiting
  for _, entry in ipairs(process.dcv) do
    waiting = waiting or entry.why
  end
  return {
    id = process.id, user = account.customer .. "/api", customer = account.customer, status = process.status,
    statusDetail = process.reason or process.status == "SUSPENDED" and waiting or nil,
    createdDate = answer.timestamp(process.created), updatedDate = answer.timestamp(process.updated),
    startedDate = answer.timestamp(process.created), type = process.type,
    identifier = not account.odd.no_identifier and process.names[1] or nil, action = process.action,
    command = process.command,
    resumeTypes = process.status == "SUSPENDED" and {"PROVIDER", "RESEND", "CANCEL"} or nil,
    transaction = money(process.charge), refund = money(process.refund), error = process.error,
  }
end

function methods.process(call)
  local process = call.account.processes[call.route.ids.processId]
  if not process then
    return call:refuse(answer.MISSING)
  end
  return answer.json(200, call:select(object_of(call.account, process), "id"))
end

function methods.processInfo(call)
  local process = call.account.processes[call.route.ids.processId]
  if not process then
    return call:refuse(answer.MISSING)
  end
  return answer.json(200, validation.info(call.account, process))
end

local BILLABLE = {billableAction = "action", billableProduct = "product", billableQuantity = "quantity"}

function methods.listProcesses(call)
  local account = call.account
  local objects = {}
  for i, process in ipairs(account.process_order) do
    objects[i] = object_of(account, process)
  end
  local function hidden(object, field)
    local process = account.processes[object.id]
    if field == "detailStatus" then
      local attention = process.status == "SUSPENDED" and validation.needs_attention(process)
      return attention and "SSL_REQUIRES_ATTENTION" or nil
    end
    if field == "billableProvider" then
      return process.billables and process.provider
    end
    local values = {}
    for i, billable in ipairs(process.billables or {}) do
      values[i] = billable[BILLABLE[field]]
    end
    return values[1] and values or nil
  end
  return list.answer(call, objects, {fields = call.route.filters, identifying = "id", unsortable = UNSORTABLE,
    hidden = hidden})
end

--- The open order that a call is about, and its body.
---@param text string|nil nil: it has none
---@return table|nil process
---@return table body, or the refusal
local function open_order(call, text)
  local body, refusal = {}, nil
  if text then
    body, refusal = body_of.check(call.route.params, text)
  end
  if not body then
    return nil, refusal
  end
  local process = call.account.processes[call.route.ids.processId]
  if not process then
    return nil, answer.MISSING
  end
  if process.status ~= "SUSPENDED" then
    return nil, {type = "ObjectStatusProhibitsOperation",
      message = ("The status %s of the process prohibits this operation"):format(process.status)}
  end
  return process, body
end

--- Looks at once for what a process waits for.
---@return string|nil warning why something is not proved
local function look_again(account, process)
  process.updated = account.clock:now()
  local warning = validation.look(account, process)
  orders.finish(account, process)
  return warning
end

function methods.resendDcv(call)
  local process, body = open_order(call, call.request.body)
  if not process then
    return call:refuse(body)
  end
  local ok, refusal = validation.switch(process, body.dcv)
  if not ok then
    return call:refuse(refusal)
  end
  local warning = look_again(call.account, process)
  local done = call.account.odd.empty_resend and answer.empty(200) or answer.json(200, {warning = warning})
  done.committed = true
  return done
end

--- Whether a resend's body names no domains, so that it is the call which resends any process: the page knows no body,
--- one SDK sends none, the other `{}`.
local function is_whole(account, text)
  if text == "" then
    return true
  end
  local body = not account.odd.resend_needs_dcv and json.decode(text)
  if type(body) ~= "table" then
    return false
  end
  for name, value in pairs(body) do
    if name ~= "dcv" or value ~= json.null then
      return false
    end
  end
  return true
end

function methods.resendProcess(call)
  local process, refusal = open_order(call)
  if not process then
    return call:refuse(refusal)
  end
  look_again(call.account, process)
  return call:done(200)
end

--- Which of the two methods at a process's `resend` a request is for.
local function which_resend(account, request)
  return is_whole(account, request.body) and "resendProcess" or "resendDcv"
end

function methods.sendSubscriberAgreement(call)
  local process, body = open_order(call, call.request.body)
  if not process then
    return call:refuse(body)
  end
  if not process.checks.agreement then
    return call:refuse(answer.invalid("The order needs no subscriber agreement"))
  end
  if process.checks.agreement ~= "VALIDATED" then
    process.checks.agreement = "WAITING"
  end
  return call:done(200)
end

--- Hours that the Netherlands are ahead: two from the last Sunday of March to the last one of October.
local function dutch_offset(time)
  local date = os.date("!*t", time)
  if date.month < 3 or date.month > 10 then
    return 1
  end
  if date.month > 3 and date.month < 10 then
    return 2
  end
  -- 31 days each; the change is at 01:00 UTC
  local days_to_end = 31 - date.day
  local last_sunday_came = date.wday - 1 + days_to_end < 7 and (date.wday > 1 or date.hour >= 1)
  return last_sunday_came == (date.month == 3) and 2 or 1
end

function methods.scheduleValidationCall(call)
  local process, body = open_order(call, call.request.body)
  if not process then
    return call:refuse(body)
  end
  local time = answer.read_timestamp(body.date)
  if not time or not body.date:find("T", 1, true) then
    return call:refuse(answer.violates {{field = "date", message = "must be a timestamp", value = body.date}})
  end
  if not process.checks.voice or process.provider ~= "Sectigo" then
    return call:refuse(answer.invalid("The order needs no validation call"))
  end
  local there = os.date("!*t", time + dutch_offset(time) * 3600)
  if time <= call.account.clock:now() or there.wday == 1 or there.wday == 7 or there.hour < 9 or there.hour >= 17 then
    return call:refuse(answer.invalid("The date must be in the future, within Dutch office hours"))
  end
  process.call = time
  return call:done(200)
end

function methods.addNote(call)
  local process, body = open_order(call, call.request.body)
  if not process then
    return call:refuse(body)
  end
  process.notes = process.notes or {}
  process.notes[#process.notes + 1] = {createdDate = answer.timestamp(call.account.clock:now()), type = "OUTGOING",
    message = body.message}
  return call:done(200)
end

function methods.cancelProcess(call)
  local text = call.request.body
  local process, refusal = open_order(call, text ~= "" and text or nil)
  if not process then
    return call:refuse(refusal)
  end
  orders.give_up(call.account, process, "CANCELLED", "Certificate request cancelled")
  return call:done(200)
end

return {methods = methods, which_resend = which_resend}
