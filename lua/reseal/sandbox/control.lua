--- The control paths under /_sandbox/: JSON in, JSON out.

local ca = require "reseal.sandbox.ca"
local checks = require "reseal.sandbox.checks"
local dcv = require "reseal.sandbox.dcv"
local fault = require "reseal.sandbox.fault"
local json = require "reseal.sandbox.json"
local namecheap = require "reseal.sandbox.namecheap"
local realtimeregister = require "reseal.sandbox.realtimeregister"
local state = require "reseal.sandbox.state"
local throttle = require "reseal.sandbox.throttle"

local control = {}

local providers = { namecheap = namecheap, realtimeregister = realtimeregister }

-- what may come in -------------------------------------------------------------------------------------------------

local DAYS = checks.integer(-3650, 3650)
local ID = checks.integer(1, 999999999)
local PROVIDER = checks.one_of { "namecheap", "realtimeregister" }

local METHOD = checks.text(function() return true end, "a method's name, such as renew")
local SECONDS = checks.number(0, 600)

local FAULT = checks.object_of({
  fault = checks.one_of(fault.names()), provider = PROVIDER, method = METHOD, times = checks.integer(1, 1000),
  seconds = SECONDS, status = checks.integer(500, 599), after_commit = checks.boolean, clean = checks.boolean,
  type = checks.either(checks.one_of(namecheap.TROUBLES), checks.one_of(realtimeregister.TROUBLES)),
}, { "fault" })

local EPOCH = checks.integer(946684800, 2524608000)

local CLOCK = checks.object_of {
  now = EPOCH, advance_seconds = checks.integer(-315360000, 315360000), advance_days = DAYS,
}

local CALLS = checks.integer(1, 1000000)
local THROTTLE = checks.object_of {
  minute = CALLS, hour = CALLS, day = CALLS, form = checks.one_of { "405", "500000", "html" },
}

-- false: nowhere
local ADDRESS = checks.either(checks.text(dcv.read_address, 'a loopback address, such as "127.0.0.1:8080"'),
  checks.one_of { false })
local DCV = checks.object_of { http = ADDRESS, dns = ADDRESS, interval = checks.number(0.05, 3600) }

local RESET = checks.object_of {
  now = EPOCH,
  dcv = DCV,
  throttle = THROTTLE,
  faults = checks.list_of(FAULT),
  namecheap = namecheap.scenario,
  realtimeregister = realtimeregister.scenario,
}

local VALIDATE = checks.object_of({ provider = PROVIDER, certificate = ID, process = ID }, { "provider" })

local APPROVE = checks.object_of({
  provider = PROVIDER, certificate = ID, process = ID, name = checks.host, organization = checks.boolean,
}, { "provider" })

-- answers ----------------------------------------------------------------------------------------------------------

local function answer(object, status)
  return { status = status or 200, headers = { ["Content-Type"] = "application/json" }, body = json.encode(object) }
end

local function refuse(message, status)
  return answer({ error = message }, status or 400)
end

local start_scenario = {}

--- Sets everything back; the authority stays.
---@param options? table a scenario; nil or empty: the one that the sandbox was started with
function control.reset(options)
  if not options or next(options) == nil then options = start_scenario end
  state.clear()
  fault.clear()
  dcv.reset()
  if options.now then state.set_clock(options.now) end
  dcv.configure(options.dcv or {})
  throttle.set(options.throttle or {})
  -- the lists stay usable for the next reset: what is queued is used up
  for _, wanted in ipairs(options.faults or {}) do fault.add(wanted) end
  for name, provider in pairs(providers) do provider.reset(options[name] or {}) end
end

--- Starts with a scenario, to which a reset without one comes back.
---@param text string JSON
---@return boolean|nil done
---@return string|nil message names the place in the scenario
function control.start(text)
  local options, message = json.decode(text)
  if options == nil then return nil, "the scenario is not JSON: " .. message end
  message = checks.explain(RESET, options, "the whole")
  if message then return nil, "the scenario: " .. message end
  start_scenario = options
  control.reset()
  return true
end

local GET, POST = {}, {}

function GET.ledger() return answer { entries = json.array(state.ledger) } end

function GET.requests()
  local requests = {}
  for i, entry in ipairs(state.requests) do
    local copy = {}
    for name, value in pairs(entry) do copy[name] = value end
    copy.parameters = json.array(entry.parameters)
    requests[i] = copy
  end
  return answer { requests = json.array(requests) }
end

function GET.clock() return answer { now = state.now() } end

function GET.fault() return answer { faults = json.array(fault.list()) } end

function GET.throttle() return answer(throttle.settings()) end

function GET.dcv() return answer(dcv.settings()) end

function GET.state()
  local shown = { now = state.now() }
  for name, provider in pairs(providers) do
    local account, certificates, processes = provider.summary()
    shown[name] = { account = account, certificates = json.array(certificates), processes = processes }
  end
  return answer(shown)
end

GET["ca.pem"] = function()
  return { status = 200, headers = { ["Content-Type"] = "application/x-pem-file" }, body = ca.root() }
end

POST.fault = { check = FAULT, run = function(input)
  fault.add(input)
  return GET.fault()
end }

POST.clock = { check = CLOCK, run = function(input)
  if input.now then state.set_clock(input.now) end
  state.clock_offset = state.clock_offset + (input.advance_seconds or 0) + (input.advance_days or 0) * 86400
  return GET.clock()
end }

POST.reset = { check = RESET, run = function(input)
  control.reset(input)
  return GET.state()
end }

POST.throttle = { check = THROTTLE, run = function(input)
  throttle.set(input)
  return GET.throttle()
end }

POST.dcv = { check = DCV, run = function(input)
  dcv.configure(input)
  dcv.soon()
  return GET.dcv()
end }

--- Calls a provider's function with the order that the input names.
local function with_order(input, action)
  local field = input.provider == "namecheap" and "certificate" or "process"
  if not input[field] then return refuse(("field '%s' is missing: which %s is meant"):format(field, field)) end
  local done, message = providers[input.provider][action](input[field], input)
  if not done then return refuse(("field '%s': %s"):format(field, message)) end
  return GET.state()
end

POST.validate = { check = VALIDATE, run = function(input) return with_order(input, "validate") end }

POST.approve = { check = APPROVE, run = function(input) return with_order(input, "approve") end }

--- Serves a control path.
---@param verb string
---@param path string
---@return table answer
function control.answer(verb, path)
  local name = path:match("^/_sandbox/([%w%.]+)/?$") or ""
  if verb == "GET" and GET[name] then return GET[name]() end
  local action = POST[name]
  if verb ~= "POST" or not action then
    return refuse("there are GET ledger, requests, state, clock, fault, throttle, dcv, ca.pem and POST fault, clock, "
      .. "throttle, dcv, reset, validate, approve", 404)
  end
  ngx.req.read_body()
  local text = ngx.req.get_body_data() or "{}"
  local input, message = json.decode(text)
  if input == nil then return refuse("the body is not JSON: " .. message) end
  local wrong = checks.explain(action.check, input, "the body")
  if wrong then return refuse(wrong) end
  return action.run(input)
end

return control
