--- A client: one account at one provider. It encodes, sends and decodes, and repeats what is safe to repeat.
---
--- It knows no provider's names or numbers: methods, settings and errors come from the codec.

local core = require "reseal.binding"
local failure = require "reseal.failure"
local listing = require "reseal.listing"
local nearest = require "reseal.nearest"

--- Every method of the provider is also a function of the client: `client:renew{…}` is `client:call("renew", {…})`.
---@class reseal.Client
---@field call fun(self: reseal.Client, method: string, params?: table): table?, reseal.Failure?
---@field each fun(self: reseal.Client, method: string, params?: table): reseal.List
---@field encode fun(self: reseal.Client, method: string, params?: table): reseal.EncodedRequest?, reseal.Failure?
---@field decode fun(self: reseal.Client, method: string, answer?: reseal.Answer, request?: table): table?, table?

--- Options of every client, beside the provider's settings.
---@class reseal.ClientOptions
---@field transport? fun(request: reseal.EncodedRequest, options: table): reseal.Answer?, table? default: libcurl
---@field timeout? number seconds for a whole exchange; default 60, at most 3600
---@field connect_timeout? number seconds; default 10, at most 3600
---@field retries? integer repetitions of what is safe to repeat, 0 to 10; default 2
---@field max_body? integer bytes of the largest answer; default 8 MiB, at most 1 GiB
---@field sleep? fun(seconds: number) waits between repetitions
---@field random? fun(): number from 0 to 1, for the spread of pauses

--- What belongs to the envelope of an answer.
---@class reseal.Meta
---@field http_status integer
---@field warnings? string[]
---@field server? string
---@field execution_time? string seconds
---@field gmt_time_difference? string
---@field command? string as the answer names it

--- It holds the API key, in its body or headers: never log it.
---@class reseal.EncodedRequest: reseal.Request
---@field effect "read"|"change"|"purchase"

local client = {}

local function is_function(value)
  return type(value) == "function"
end

local function is_seconds(value)
  return type(value) == "number" and value > 0 and value <= 3600
end

local function whole(low, high)
  return function(value)
    return type(value) == "number" and value >= low and value <= high and value % 1 == 0
  end
end

local SECONDS = "a number of seconds, above 0 and at most 3600"

-- Options beyond the provider's settings.
local OPTIONS = {
  {name = "transport", check = is_function, expected = "a function"},
  {name = "timeout", check = is_seconds, expected = SECONDS, default = 60},
  {name = "connect_timeout", check = is_seconds, expected = SECONDS, default = 10},
  {name = "retries", check = whole(0, 10), expected = "a whole number from 0 to 10", default = 2},
  {name = "max_body", check = whole(1, 2 ^ 30), expected = "a number of bytes, at most 1 GiB", default = 8388608},
  {name = "sleep", check = is_function, expected = "a function that waits the seconds it is given"},
  {name = "random", check = is_function, expected = "a function that returns a number from 0 to 1"},
}

-- Jitter of our own: seeding math.random would change the host program's, and unseeded it is the same everywhere.
local seed = (os.time() + (tonumber(tostring({}):match("(%x+)$"), 16) or 0)) % 2147483646 + 1

local function jitter()
  seed = seed * 16807 % 2147483647
  return seed / 2147483647
end

local function system_sleep(seconds)
  return require("reseal.system").sleep(seconds)
end

--- Seconds to wait before repeating: 1, 2, 4, … up to 30, of which at least half; never less than the answer asked for.
local function pause_before(attempt, retry_after, random)
  local pause = math.min(30, 2 ^ (attempt - 1)) * (1 + random()) / 2
  return math.max(pause, math.min(retry_after or 0, 60))
end

--- What may be repeated: a read that met trouble, and what was refused for its rate before it was executed.
--- A change or a purchase is otherwise sent once, whatever happened to it.
local function repeatable(effect, err)
  if err.retry == "never" then
    return false
  end
  if err.category == "throttle" and err.outcome == "refused" then
    return true
  end
  local trouble = err.class == "transport" or err.class == "protocol"
  return effect == "read" and (trouble or err.category == "upstream" or err.category == "internal")
end

--- Fills the codec's handle; returns the client's own options, the functions that give secrets, and all faults.
local function configure(handle, settings, options)
  local faults, known, names, own, givers = {}, {}, {}, {}, {}
  for _, setting in ipairs(settings) do
    local name, value = setting.name, options[setting.name]
    known[name], names[#names + 1] = true, name
    if setting.secret and is_function(value) then
      givers[#givers + 1] = {name = name, call = value}
    elseif value ~= nil then
      local ok, err = handle:set(name, value)
      for _, fault in ipairs(ok and {} or err.errors or {err}) do
        faults[#faults + 1] = {code = fault.code, message = fault.message, param = fault.param or name}
      end
    elseif setting.required then
      faults[#faults + 1] = {code = "missing", message = "The setting " .. name .. " is missing.", param = name}
    end
  end
  for _, option in ipairs(OPTIONS) do
    local name, value = option.name, options[option.name]
    known[name], names[#names + 1] = true, name
    if value == nil then
      value = option.default
    elseif not option.check(value) then
      faults[#faults + 1] = {code = "bad_type", message = name .. " must be " .. option.expected .. ".", param = name}
    end
    own[name] = value
  end
  local unknown = {}
  for name in pairs(options) do
    if not known[name] then
      unknown[#unknown + 1] = tostring(name)
    end
  end
  table.sort(unknown)
  for _, name in ipairs(unknown) do
    local meant = nearest(name, names)
    faults[#faults + 1] = {
      code = "unknown_param",
      message = "There is no option " .. name .. (meant and "; " .. meant .. " is nearest." or "."),
      param = name,
    }
  end
  return own, givers, faults
end

--- A response as the codec takes it, or what is wrong with it. A transport that breaks its word may have sent.
local function received(response, reason)
  if response == nil or response == false then
    if type(reason) == "table" then
      return nil, reason
    end
    return nil, {message = type(reason) == "string" and reason or nil}
  end
  if type(response) ~= "table" then
    return nil, {message = "The transport returned a " .. type(response) .. " where a response was due."}
  end
  local status, headers, body = response.status, response.headers, response.body
  if headers == nil then
    headers = {}
  end
  if body == nil then
    body = ""
  end
  if not whole(100, 999)(status) or type(headers) ~= "table" or type(body) ~= "string" then
    return nil, {message = "The transport returned a response without a proper status, headers or body."}
  end
  return {status = status, headers = headers, body = body}
end

--- Makes a client.
---
--- Options are the provider's settings (see `reseal.settings`; a secret may also be a function that returns it, asked
--- before every call) and: `transport` (default: libcurl), `timeout` (60 s for a whole exchange),
--- `connect_timeout` (10 s), `retries` (2, of what is safe to repeat), `max_body` (8 MiB), `sleep` (function of
--- seconds), `random` (function that returns 0 to 1, for the spread of pauses).
---@param provider string
---@param options table
---@return reseal.Client|nil
---@return reseal.Failure|nil err class invalid, with every wrong option in `errors`
function client.new(provider, options)
  if type(options) ~= "table" then
    error("reseal." .. provider .. " expects a table of options", 3)
  end
  local handle, err = core.new(provider)
  if not handle then
    return nil, failure.wrap(err, provider)
  end
  local settings = core.settings(provider)
  local own, givers, faults = configure(handle, settings, options)
  if #faults > 0 then
    handle:close()
    return nil, failure.invalid(faults, provider)
  end

  assert(handle:limit("bytes", own.max_body)) -- for answers of other transports too

  local endpoint, edition = options.endpoint, options.edition
  for _, setting in ipairs(settings) do
    if setting.name == "endpoint" and endpoint == nil then
      endpoint = setting.default
    end
  end

  -- Secrets live in the handle and in these closures; the client's table is empty.
  local self = {}
  local methods = {}
  local secrets = {}
  local effects = {} -- what each method does, once it was asked: describing takes longer than decoding
  for _, setting in ipairs(settings) do
    if setting.secret and type(options[setting.name]) == "string" then
      secrets[setting.name] = options[setting.name]
    end
  end

  --- Text of a foreign transport may quote the request: without its secrets.
  local function masked(text)
    for _, secret in pairs(secrets) do
      local escaped = secret:gsub("[^%w]", function(c)
        return ("%%%02X"):format(c:byte())
      end)
      for _, form in ipairs {secret, escaped} do
        if form ~= "" then
          text = text:gsub(form:gsub("%W", "%%%0"), "***")
        end
      end
    end
    return #text > 500 and text:sub(1, 500) .. "…" or text
  end

  --- Guards against `client.call("renew")` and against parameters that can't be any.
  local function check(caller, method, params, level)
    if caller ~= self then
      error("call it with a colon, as in client:call(…)", level + 1)
    end
    if type(method) ~= "string" then
      error("the method must be a string, not a " .. type(method), level + 1)
    end
    if params ~= nil and type(params) ~= "table" then
      error("the parameters must be a table, not a " .. type(params), level + 1)
    end
  end

  local function refresh_secrets(method)
    for _, giver in ipairs(givers) do
      local ok, value = pcall(giver.call)
      if not ok or type(value) ~= "string" then
        -- Its own words are not repeated: they may hold what it was to give.
        local message = "The function that gives " .. giver.name .. " failed."
        return failure.invalid({{code = "missing", message = message, param = giver.name}}, provider, method)
      end
      local set, refused = handle:set(giver.name, value)
      if not set then
        return failure.wrap(refused, provider, method)
      end
      secrets[giver.name] = value
    end
  end

  local function encode(method, params)
    local failed = refresh_secrets(method)
    if failed then
      return nil, failed
    end
    local request, refused = handle:encode(method, params or {})
    if not request then
      return nil, failure.wrap(refused, provider, method)
    end
    return request
  end

  local function decode(method, response, reason, effect)
    local answer, problem = received(response, reason)
    if not answer then
      local code, message = problem.code, problem.message
      return nil, failure.transport({
        code = code,
        message = type(message) == "string" and masked(message) or nil,
        sent = problem.sent,
      }, effect, provider, method)
    end
    local result, refused = handle:decode(method, answer, effect)
    if result == nil then
      return nil, failure.wrap(refused, provider, method)
    end
    return result
  end

  local transport = own.transport

  local function exchange(method, request)
    if not transport then
      transport = require("reseal.transport.curl")()
    end
    local limits = {
      timeout = own.timeout,
      connect_timeout = own.connect_timeout,
      max_body = own.max_body,
      -- A kept connection may have died unnoticed: what is sent on it is then in doubt, which a purchase must not be.
      fresh = request.effect ~= "read",
    }
    local ok, response, reason = pcall(transport, request, limits)
    if not ok then
      response, reason = nil, {message = "The transport raised an error: " .. tostring(response)}
    end
    return decode(method, response, reason, request.effect)
  end

  local function call(method, params)
    local request, failed = encode(method, params)
    if not request then
      return nil, failed
    end
    local attempt = 0
    while true do
      attempt = attempt + 1
      local result
      result, failed = exchange(method, request)
      if result then
        return result
      end
      if attempt > own.retries or not repeatable(request.effect, failed) then
        break
      end
      local wait = own.sleep or system_sleep
      wait(pause_before(attempt, failed.retry_after, own.random or jitter))
    end
    failed.attempts = attempt > 1 and attempt or nil
    return nil, failed
  end

  for _, method in ipairs(core.describe(provider)) do
    methods[method] = function(caller, params)
      check(caller, method, params, 2)
      return call(method, params)
    end
  end

  --- Carries out a call: `client:call("getInfo", {CertificateID = 501904})`.
  function methods.call(caller, method, params)
    check(caller, method, params, 2)
    return call(method, params)
  end

  --- The rows of a list call, page after page: `for row in client:each("getList", {PageSize = 100}) do … end`.
  --- A page that fails ends the loop: keep the list, look at its `err`, and go on with `for row in list:resume() do`.
  function methods.each(caller, method, params)
    check(caller, method, params, 2)
    local described, refused = core.describe(provider, method, edition)
    if not described then
      error(refused.message, 2)
    elseif not described.paging then
      error(method .. " is not a list call: it has no pages", 2)
    end
    return listing.new(described, params, function(asked)
      return call(method, asked)
    end)
  end

  --- The request of a call, for a transport of one's own. It holds the API key.
  function methods.encode(caller, method, params)
    check(caller, method, params, 2)
    return encode(method, params)
  end

  --- What an answer says. No response (nil) is what a lost one is: a change is then `unknown`.
  --- Give the request too where there is one: a quote, for one, changes nothing although its method does.
  function methods.decode(caller, method, response, request)
    check(caller, method, nil, 2)
    local effect = type(request) == "table" and request.effect or effects[method]
    if not effect then
      local described, refused = core.describe(provider, method, edition)
      if not described then
        return nil, failure.wrap(refused, provider, method)
      end
      effect = described.effect
      effects[method] = effect
    end
    return decode(method, response, nil, effect)
  end

  return setmetatable(self, {
    __index = methods,
    __metatable = "reseal.client",
    __tostring = function()
      return "reseal." .. provider .. " (" .. tostring(endpoint) .. ")"
    end,
  })
end

return client
