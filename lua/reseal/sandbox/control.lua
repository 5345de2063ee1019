--- The control paths under /_sandbox/: JSON in, JSON out.

local ca = require "reseal.sandbox.ca"
local fault = require "reseal.sandbox.fault"
local json = require "reseal.sandbox.json"
local namecheap = require "reseal.sandbox.namecheap"
local products = require "reseal.sandbox.products"
local realtimeregister = require "reseal.sandbox.realtimeregister"
local state = require "reseal.sandbox.state"

local control = {}

local providers = { namecheap = namecheap, realtimeregister = realtimeregister }

-- input checks -----------------------------------------------------------------------------------------------------
-- A check returns nothing when the value is good, else what is allowed, or a whole sentence after "!".

local function integer(low, high)
  return function(value)
    if type(value) ~= "number" or value ~= math.floor(value) or value < low or value > high then
      return ("an integer from %.0f to %.0f"):format(low, high)
    end
  end
end

local function one_of(list)
  return function(value)
    for _, allowed in ipairs(list) do
      if allowed == value then return nil end
    end
    return "one of " .. table.concat(list, ", ")
  end
end

local function seconds(value)
  if type(value) ~= "number" or value < 0 or value > 600 then return "a number from 0 to 600" end
end

local function boolean(value)
  if type(value) ~= "boolean" then return "true or false" end
end

local function host(value)
  if type(value) ~= "string" or not value:find("^%*?%.?[%w%-]+%.[%w%-%.]*%w$") then return "a domain name" end
end

local function method(value)
  if type(value) ~= "string" then return "a method's name, such as renew" end
end

local function amount(value)
  if type(value) ~= "string" or not namecheap.read_money(value) then
    return 'an amount as a string, such as "50.0000"'
  end
end

local function product_name(value)
  if type(value) ~= "string" or not products.find(value) then return "a product of the renew page" end
end

local function list_of(check)
  return function(value, path)
    if not json.is_array(value) then return "an array" end
    for i, item in ipairs(value) do
      local allowed = check(item, ("%s[%d]"):format(path, i - 1))
      if allowed then return allowed:sub(1, 1) == "!" and allowed or "an array; each item is " .. allowed end
    end
  end
end

--- Checks an object's fields: {name = check}; those in `required` must be there.
local function object_of(fields, required)
  return function(value, path)
    if not json.is_object(value) then return "an object" end
    local prefix, names = path == "" and "" or path .. ".", {}
    for name in pairs(fields) do names[#names + 1] = name end
    table.sort(names)
    for name, item in pairs(value) do
      if not fields[name] then
        return ("!unknown field '%s%s'; known are %s"):format(prefix, name, table.concat(names, ", "))
      end
      local allowed = fields[name](item, prefix .. name)
      if allowed then
        return allowed:sub(1, 1) == "!" and allowed or ("!field '%s%s' must be %s"):format(prefix, name, allowed)
      end
    end
    for _, name in ipairs(required or {}) do
      if value[name] == nil then return ("!field '%s%s' is missing"):format(prefix, name) end
    end
  end
end

local DAYS = integer(-3650, 3650)
local ID = integer(1, 999999999)
local PROVIDER = one_of { "namecheap", "realtimeregister" }
local RR_PRODUCTS = {}
for name in pairs(products.realtimeregister) do RR_PRODUCTS[#RR_PRODUCTS + 1] = name end
table.sort(RR_PRODUCTS)

local FAULT = object_of({
  fault = one_of(fault.names()), provider = PROVIDER, method = method, times = integer(1, 1000), seconds = seconds,
  status = integer(500, 599), after_commit = boolean, clean = boolean,
}, { "fault" })

local EPOCH = integer(946684800, 2524608000)

local CLOCK = object_of {
  now = EPOCH, advance_seconds = integer(-315360000, 315360000), advance_days = DAYS,
}

local RESET = object_of {
  now = EPOCH,
  namecheap = object_of {
    balance = amount, classic_shape = boolean,
    certificates = list_of(object_of({
      id = ID, type = product_name, expires_in_days = DAYS, host = host, names = list_of(host),
      status = one_of { "active", "newpurchase", "newrenewal", "purchased", "replaced", "cancelled" },
    }, { "id", "type" })),
  },
  realtimeregister = object_of {
    credit = integer(0, 2000000000),
    certificates = list_of(object_of({
      id = ID, product = one_of(RR_PRODUCTS), expires_in_days = DAYS, host = host, names = list_of(host),
      status = one_of { "ACTIVE", "EXPIRED", "REVOKED", "REISSUED", "RENEWED" },
    }, { "id" })),
  },
}

local VALIDATE = object_of({ provider = PROVIDER, certificate = ID, process = ID }, { "provider" })

-- answers ----------------------------------------------------------------------------------------------------------

local function answer(object, status)
  return { status = status or 200, headers = { ["Content-Type"] = "application/json" }, body = json.encode(object) }
end

local function refuse(message, status)
  return answer({ error = message }, status or 400)
end

--- Sets everything back; the authority stays.
function control.reset(options)
  state.clear()
  fault.clear()
  if options.now then state.set_clock(options.now) end
  for name, provider in pairs(providers) do provider.reset(options[name] or {}) end
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

POST.validate = { check = VALIDATE, run = function(input)
  local field = input.provider == "namecheap" and "certificate" or "process"
  if not input[field] then return refuse(("field '%s' is missing: which %s is validated"):format(field, field)) end
  local done, message = providers[input.provider].validate(input[field])
  if not done then return refuse(("field '%s': %s"):format(field, message)) end
  return GET.state()
end }

--- Serves a control path.
---@param verb string
---@param path string
---@return table answer
function control.answer(verb, path)
  local name = path:match("^/_sandbox/([%w%.]+)/?$") or ""
  if verb == "GET" and GET[name] then return GET[name]() end
  local action = POST[name]
  if verb ~= "POST" or not action then
    return refuse("there are GET ledger, requests, state, clock, fault, ca.pem and POST fault, clock, reset, validate",
      404)
  end
  ngx.req.read_body()
  local text = ngx.req.get_body_data() or "{}"
  local input, message = json.decode(text)
  if input == nil then return refuse("the body is not JSON: " .. message) end
  local wrong = action.check(input, "")
  if wrong then return refuse(wrong:sub(1, 1) == "!" and wrong:sub(2) or "the body must be " .. wrong) end
  return action.run(input)
end

return control
