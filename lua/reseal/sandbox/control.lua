--- The control paths under /_sandbox/: JSON in, JSON out.

local Dcv = require "reseal.sandbox.dcv"
local Faults = require "reseal.sandbox.fault"
local checks = require "reseal.sandbox.checks"
local json = require "reseal.sandbox.json"

local Control = {}
Control.__index = Control

-- what may come in -------------------------------------------------------------------------------------------------

local DAYS = checks.integer(-3650, 3650)
local ID = checks.integer(1, 999999999)

local METHOD = checks.text(function() return true end, "a method's name, such as renew")
local SECONDS = checks.number(0, 600)

local EPOCH = checks.integer(946684800, 2524608000)

local CLOCK = checks.object_of {
  now = EPOCH, advance_seconds = checks.integer(-315360000, 315360000), advance_days = DAYS,
  rate = checks.number(0.001, 100000),
}

local CALLS = checks.integer(1, 1000000)

-- false: nowhere
local ADDRESS = checks.either(checks.text(Dcv.read_address, 'a loopback address, such as "127.0.0.1:8080"'),
  checks.one_of {false})
local DCV = checks.object_of {http = ADDRESS, dns = ADDRESS, interval = checks.number(0.05, 3600)}

--- The checks of the bodies in which providers take part, by control path.
---@param providers reseal.sandbox.Provider[]
local function checks_with(providers)
  local names, forms, trouble, scenario = {}, {}, nil, {}
  for i, provider in ipairs(providers) do
    names[i] = provider.name
    for _, form in ipairs(provider.throttle_forms) do
      forms[#forms + 1] = form
    end
    local one = checks.one_of(provider.troubles)
    trouble = trouble and checks.either(trouble, one) or one
    scenario[provider.name] = provider.scenario
  end
  local which = checks.one_of(names)
  local throttle = checks.object_of {minute = CALLS, hour = CALLS, day = CALLS, form = checks.one_of(forms)}
  local fault = checks.object_of({
    fault = checks.one_of(Faults.names()), provider = which, method = METHOD, times = checks.integer(1, 1000),
    seconds = SECONDS, status = checks.integer(500, 599), after_commit = checks.boolean, clean = checks.boolean,
    type = trouble,
  }, {"fault"})
  scenario.now, scenario.dcv, scenario.throttle, scenario.faults = EPOCH, DCV, throttle, checks.list_of(fault)
  return {
    clock = CLOCK, dcv = DCV, fault = fault, throttle = throttle, reset = checks.object_of(scenario),
    validate = checks.object_of({provider = which, certificate = ID, process = ID}, {"provider"}),
    approve = checks.object_of({
      provider = which, certificate = ID, process = ID, name = checks.host, organization = checks.boolean,
    }, {"provider"}),
  }
end

---@param parts {clock: reseal.sandbox.Clock, state: reseal.sandbox.State, ca: reseal.sandbox.Authority,
---  faults: reseal.sandbox.Faults, throttle: reseal.sandbox.Throttle, dcv: reseal.sandbox.Dcv,
---  providers: reseal.sandbox.Provider[]}
function Control.new(parts)
  local control = {checks = checks_with(parts.providers), scenario = {}, by_name = {}}
  for name, part in pairs(parts) do
    control[name] = part
  end
  for _, provider in ipairs(parts.providers) do
    control.by_name[provider.name] = provider
  end
  return setmetatable(control, Control)
end

-- answers ----------------------------------------------------------------------------------------------------------

local function answer(object, status)
  return {status = status or 200, headers = {["Content-Type"] = "application/json"}, body = json.encode(object)}
end

local function refuse(message, status)
  return answer({error = message}, status or 400)
end

--- Sets everything back; the authority stays.
---@param options? table a scenario; nil or empty: the one that the sandbox was started with
function Control:reset(options)
  if not options or next(options) == nil then
    options = self.scenario
  end
  self.clock:reset()
  self.state:clear()
  self.faults:clear()
  self.dcv:reset()
  if options.now then
    self.clock:set(options.now)
  end
  self.dcv:configure(options.dcv or {})
  self.throttle:set(options.throttle or {})
  -- the lists stay usable for the next reset: what is queued is used up
  for _, wanted in ipairs(options.faults or {}) do
    self.faults:add(wanted)
  end
  for _, provider in ipairs(self.providers) do
    provider:reset(options[provider.name] or {})
  end
end

--- Starts with a scenario, to which a reset without one comes back.
---@param text string JSON
---@return boolean|nil done
---@return string|nil message names the place in the scenario
function Control:start(text)
  local options, message = json.decode(text)
  if options == nil then
    return nil, "the scenario is not JSON: " .. message
  end
  message = checks.explain(self.checks.reset, options, "the whole")
  if message then
    return nil, "the scenario: " .. message
  end
  self.scenario = options
  self:reset()
  return true
end

local GET, POST = {}, {}

function GET.ledger(control)
  return answer {entries = json.array(control.state.ledger)}
end

function GET.requests(control)
  local requests = {}
  for i, entry in ipairs(control.state.requests) do
    local copy = {}
    for name, value in pairs(entry) do
      copy[name] = value
    end
    copy.parameters = json.array(entry.parameters)
    requests[i] = copy
  end
  return answer {requests = json.array(requests)}
end

function GET.clock(control)
  return answer {now = control.clock:now()}
end

function GET.fault(control)
  return answer {faults = json.array(control.faults.waiting)}
end

function GET.throttle(control)
  return answer(control.throttle.settings)
end

function GET.dcv(control)
  return answer(control.dcv.settings)
end

function GET.state(control)
  local shown = {now = control.clock:now()}
  for _, provider in ipairs(control.providers) do
    local account, certificates, processes = provider:summary()
    shown[provider.name] = {account = account, certificates = json.array(certificates), processes = processes}
  end
  return answer(shown)
end

GET["ca.pem"] = function(control)
  return {
    status = 200, headers = {["Content-Type"] = "application/x-pem-file"}, body = control.ca.root.pem,
  }
end

function POST.fault(control, input)
  control.faults:add(input)
  return GET.fault(control)
end

function POST.clock(control, input)
  if input.rate then
    control.clock:run(input.rate)
  end
  if input.now then
    control.clock:set(input.now)
  end
  control.clock:advance((input.advance_seconds or 0) + (input.advance_days or 0) * 86400)
  return GET.clock(control)
end

function POST.reset(control, input)
  control:reset(input)
  return GET.state(control)
end

function POST.throttle(control, input)
  control.throttle:set(input)
  return GET.throttle(control)
end

function POST.dcv(control, input)
  control.dcv:configure(input)
  control.dcv:soon()
  return GET.dcv(control)
end

--- Calls a provider's function with the order that the input names.
local function with_order(control, input, action)
  local provider = control.by_name[input.provider]
  local field = provider.order
  if not input[field] then
    return refuse(("field '%s' is missing: which %s is meant"):format(field, field))
  end
  local done, message = provider[action](provider, input[field], input)
  if not done then
    return refuse(("field '%s': %s"):format(field, message))
  end
  return GET.state(control)
end

function POST.validate(control, input)
  return with_order(control, input, "validate")
end

function POST.approve(control, input)
  return with_order(control, input, "approve")
end

--- Serves a control path.
---@param request reseal.sandbox.request
---@return table answer
function Control:answer(request)
  local name = request.place:match("^/_sandbox/([%w%.]+)/?$") or ""
  if request.verb == "GET" and GET[name] then
    return GET[name](self)
  end
  local action = POST[name]
  if request.verb ~= "POST" or not action then
    return refuse("there are GET ledger, requests, state, clock, fault, throttle, dcv, ca.pem and POST fault, clock, "
      .. "throttle, dcv, reset, validate, approve", 404)
  end
  local input, message = json.decode(request.body ~= "" and request.body or "{}")
  if input == nil then
    return refuse("the body is not JSON: " .. message)
  end
  local wrong = checks.explain(self.checks[name], input, "the body")
  if wrong then
    return refuse(wrong)
  end
  return action(self, input)
end

return Control
