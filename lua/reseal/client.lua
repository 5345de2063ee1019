--- A client: one account at one provider. It encodes, sends and decodes, and repeats what is safe to repeat.
---
--- It knows no provider's names or numbers: methods, settings and errors come from the codec.

local core = require "reseal.core"
local failure = require "reseal.failure"
local guard = require "reseal.guard"
local listing = require "reseal.listing"
local nearest = require "reseal.nearest"
local precheck = require "reseal.precheck"

--- Every method of the provider is also a function of the client: `client:renew{…}` is `client:call("renew", {…})`.
---@class reseal.Client
---@field call fun(self: reseal.Client, method: string, params?: table): table?, reseal.Failure?
---@field each fun(self: reseal.Client, method: string, params?: table): reseal.List
---@field encode fun(self: reseal.Client, method: string, params?: table): reseal.EncodedRequest?, reseal.Failure?
---@field check fun(self: reseal.Client, method: string, params?: table, certificate?: any): reseal.Warning[]?, table?
---@field decode reseal.Decode
---@field close fun(self: reseal.Client)

---@alias reseal.Decode
---| fun(self: reseal.Client, method: string, answer?: reseal.Answer, request?: table, reason?: table): table?, table?

--- Options of every client, beside the provider's settings.
---@class reseal.ClientOptions
---@field transport? reseal.Transport default: libcurl; its requests are `reseal.EncodedRequest`s
---@field timeout? number seconds for a whole exchange; default 60, at most 3600
---@field connect_timeout? number seconds; default 10, at most 3600
---@field retries? integer repetitions of what is safe to repeat, 0 to 10; default 2
---@field max_body? integer bytes of the largest answer; default 8 MiB, at most 1 GiB, of XML 10,000,000
---@field sleep? fun(seconds: number) waits between repetitions; one that raises ends them
---@field random? fun(): number from 0 to 1, for the spread of pauses
---@field csr_check? "warn"|"refuse"|"off" what a doubtful signing request leads to; default "warn". See `client:check`
---@field on_warning? fun(warning: reseal.Warning, method: string) told of each warning, before the call is sent

--- What belongs to the envelope of an answer.
---@class reseal.Meta
---@field http_status integer
---@field warnings? string[]
---@field server? string
---@field execution_time? string seconds
---@field gmt_time_difference? string
---@field command? string as the answer names it
---@field csr_warnings? reseal.Warning[] what `client:check` says of the call; a failure has it as `err.csr_warnings`

--- It holds the API key, in its body or headers: never log it.
---@class reseal.EncodedRequest: reseal.Request
---@field effect "read"|"change"|"purchase"
---@field csr_warnings? reseal.Warning[] what `client:check` says of the call

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

local CSR_CHECKS = {warn = true, refuse = true, off = true}
local EFFECTS = {read = true, change = true, purchase = true}

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
  {
    name = "csr_check", default = "warn", expected = '"warn", "refuse" (which needs luaossl) or "off"',
    check = function(value)
      return CSR_CHECKS[value] and (value ~= "refuse" or precheck.able()) or false
    end,
  },
  {name = "on_warning", check = is_function, expected = "a function of a warning and the method's name"},
}

-- Jitter of our own: seeding math.random would change the host program's, and unseeded it is the same everywhere.
local seed = (os.time() + (tonumber(tostring({}):match("(%x+)$"), 16) or 0)) % 2147483646 + 1
local seeded_in

local function jitter()
  local loaded, system = pcall(require, "reseal.system")
  local pid = loaded and system.pid()
  if pid and pid ~= seeded_in then -- a forked child has its parent's seed
    seed = (seed + pid * 1103515245) % 2147483646 + 1
    seeded_in = pid
  end
  seed = seed * 16807 % 2147483647
  return seed / 2147483647
end

local function system_sleep(seconds)
  return require("reseal.system").sleep(seconds)
end

--- A number from 0 to 1: the caller's, or ours where that is none.
local function spread(random)
  if random then
    local ok, value = pcall(random)
    if ok and type(value) == "number" and value >= 0 and value <= 1 then
      return value
    end
  end
  return jitter()
end

--- Seconds to wait before repeating: 1, 2, 4, … up to 30, of which at least half; never less than the answer asked for,
--- and a minute at most.
local function pause_before(attempt, retry_after, random)
  local pause = math.min(30, 2 ^ (attempt - 1)) * (1 + spread(random)) / 2
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
  -- A key that stands among the names by mistake is not repeated.
  local function shown(name)
    for _, setting in ipairs(settings) do
      local secret = setting.secret and options[setting.name]
      if type(secret) == "string" and secret ~= "" and name:find(secret, 1, true) then
        return "***"
      end
    end
    return name
  end
  local unknown = {}
  for name in pairs(options) do
    if not known[name] then
      unknown[#unknown + 1] = shown(guard.text(name))
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

local is_status = whole(100, 999)
local is_count = whole(0, 2 ^ 53)

local BROKEN = "The transport returned a response without a proper status, headers or body."

--- A response as the codec takes it; or why there is none, by field: code, message, sent, and of a cut answer status,
--- headers, received. A transport that breaks its word may have sent.
local function checked(response, reason)
  if response == nil or response == false then
    if type(reason) ~= "table" then
      return nil, {message = reason}
    end
    return nil, guard.fields(reason, {"code", "message", "sent", "status", "headers", "received"}) or {}
  end
  if type(response) ~= "table" then
    return nil, {message = "The transport returned a " .. type(response) .. " where a response was due."}
  end
  local fields = guard.fields(response, {"status", "headers", "body"})
  if not fields then
    return nil, {message = "The transport returned a response that can't be read."}
  end
  local status, headers, body = fields.status, fields.headers, fields.body
  if headers == nil then
    headers = {}
  end
  if body == nil then
    body = ""
  end
  if not is_status(status) or type(headers) ~= "table" or type(body) ~= "string" then
    return nil, {message = BROKEN}
  end
  return {status = status, headers = guard.headers(headers), body = body}
end

--- The head of an answer that was cut in its body, where the transport gives one.
local function head_of(reason)
  if is_status(reason.status) and reason.status >= 200 then
    local headers = reason.headers
    return {status = reason.status, headers = type(headers) == "table" and guard.headers(headers) or {}}
  end
end

--- The request as a transport gets it: what it does to it changes no repetition.
local function copy_of(request)
  local copy = {}
  for name, value in pairs(request) do
    copy[name] = value
  end
  copy.headers = {}
  for name, value in pairs(request.headers) do
    copy.headers[name] = value
  end
  return copy
end

--- Makes a client.
---
--- Options are the provider's settings (see `reseal.settings`; a secret may also be a function that returns it, asked
--- before every call) and: `transport` (default: libcurl), `timeout` (60 s for a whole exchange),
--- `connect_timeout` (10 s), `retries` (2, of what is safe to repeat), `max_body` (8 MiB), `sleep` (function of
--- seconds), `random` (function that returns 0 to 1, for the spread of pauses), `csr_check` and `on_warning` (what is
--- done about a signing request that is well formed and yet doubtful: see `client:check`).
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
  local transport, close_transport = own.transport, nil
  local closed, calls = false, 0 -- calls under way
  local secrets = {}
  local effects = {} -- what each method does, once it was asked: describing takes longer than decoding
  local carriers = {} -- the description of each method that carries a signing request; false: it carries none
  for _, setting in ipairs(settings) do
    if setting.secret and type(options[setting.name]) == "string" then
      secrets[setting.name] = options[setting.name]
    end
  end

  --- Text of a foreign transport may quote the request: without its secrets.
  local function masked(text)
    for _, secret in pairs(secrets) do
      local function escaped(as)
        return (secret:gsub("[^%w]", function(c)
          return as:format(c:byte())
        end))
      end
      for _, form in ipairs {secret, escaped("%%%02X"), escaped("%%%02x")} do
        if form ~= "" then
          text = text:gsub(form:gsub("%W", "%%%0"), "***")
        end
      end
    end
    return #text > 500 and text:sub(1, 500) .. "…" or text
  end

  --- A refusal of the codec. A key in the place of a method's name is not repeated.
  local function refusal(refused, method)
    if refused.code ~= "unknown_method" then
      return failure.wrap(refused, provider, method)
    end
    refused.message = masked(refused.message)
    for _, fault in ipairs(refused.errors or {}) do
      fault.message = masked(fault.message)
    end
    return failure.wrap(refused, provider, masked(method))
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

  --- Forgets the secrets and frees what is held, once no call is under way.
  local function free()
    if calls > 0 then
      return
    end
    handle:close()
    secrets, givers = {}, {}
    if close_transport then
      close_transport()
    end
  end

  local function leave(...)
    calls = calls - 1
    if closed then
      free()
    end
    return ...
  end

  --- Does some work with the handle; nothing that is closed meanwhile goes before it ends.
  local function using(work, method, ...)
    if closed then
      local fault = {code = "client_closed", message = "The client is closed."}
      return nil, failure.invalid({fault}, provider, method)
    end
    calls = calls + 1
    return leave(work(method, ...))
  end

  local function refresh_secrets(method)
    for _, giver in ipairs(givers) do
      local ok, value = guard.call(giver.call)
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

  --- What is to be said of the call's signing request.
  local function look_at_csr(method, params, certificate)
    local described = carriers[method]
    if described == nil then
      described = core.describe(provider, method, edition)
      described = described and precheck.carrier(described) and described or false
      carriers[method] = described
    end
    if not described then
      return {}
    end
    local reader = type(certificate) == "table" and certificate[1] == nil
      and precheck.reader(provider, params, edition, described) or nil
    return precheck.look(described, params, certificate, reader)
  end

  local function written(method, params)
    local failed = refresh_secrets(method)
    if failed then
      return nil, failed
    end
    local request, refused = handle:encode(method, params or {})
    if not request then
      return nil, refusal(refused, method)
    end
    -- Some providers take them in another form.
    local authorization = request.headers.Authorization
    secrets.authorization = authorization and authorization:match "%S+$"
    return request
  end

  local function look(method, params, certificate)
    local request, refused = written(method, params)
    if not request then
      return nil, refused
    elseif not precheck.able() then
      local message = "Signing requests are looked at by luaossl, which is not installed."
      return nil, failure.invalid({{code = "unsupported", message = message}}, provider, method)
    end
    return look_at_csr(method, params or {}, certificate)
  end

  local function encode(method, params)
    local request, failed = written(method, params)
    if not request then
      return nil, failed
    end
    local warnings = {}
    if own.csr_check ~= "off" then
      -- Whatever is in the parameters, a call raises nothing; what can't be looked at is doubtful.
      local ok, found = pcall(look_at_csr, method, params or {})
      local carrier = not ok and carriers[method] and precheck.carrier(carriers[method]) or nil
      warnings = ok and found
        or {{code = "bad_request", message = (carrier or "csr") .. ": it could not be looked at.", param = carrier}}
    end
    for _, warning in ipairs(own.on_warning and warnings or {}) do
      guard.call(own.on_warning, warning, method)
    end
    if #warnings > 0 and own.csr_check == "refuse" then
      return nil, failure.invalid(warnings, provider, method)
    end
    request.csr_warnings = #warnings > 0 and warnings or nil
    return request
  end

  --- What a method does unless a parameter says otherwise; nil and the refusal when there is no such method.
  local function effect_of(method)
    if not effects[method] then
      local described, refused = core.describe(provider, method, edition)
      if not described then
        return nil, refusal(refused, method)
      end
      effects[method] = described.effect
    end
    return effects[method]
  end

  --- What a transport says of its failure, without secrets. What it hands on of an answer shows that it had sent.
  local function told(reason, head)
    local code, message = reason.code, reason.message
    return {
      code = type(code) == "string" and masked(code) or nil,
      message = type(message) == "string" and masked(message) or nil,
      sent = head and true or reason.sent,
      received = head and is_count(reason.received) and reason.received or nil,
    }
  end

  local function decode(method, response, reason, effect)
    local answer, problem = checked(response, reason)
    local head = problem and head_of(problem)
    if problem and not head then
      return nil, failure.transport(told(problem), effect, provider, method)
    end
    -- Only for want of memory does this raise; that is no reason to lose what happened.
    local read = answer and handle.decode or handle.decode_cut
    local ok, result, refused = pcall(read, handle, method, answer or head, effect)
    if not ok then
      local message = "The answer could not be decoded: " .. masked(guard.text(result))
      return nil, failure.transport({code = "memory", message = message}, effect, provider, method)
    elseif head then
      return nil, failure.cut(told(problem, head), result, effect, provider, method)
    elseif result == nil then
      return nil, failure.wrap(refused, provider, method)
    end
    return result
  end

  local function exchange(method, request, fresh)
    local effect = request.effect
    if not transport then
      local loaded, make = pcall(require, "reseal.transport.curl")
      if not loaded then
        local message = "The libcurl transport can't be loaded: " .. guard.text(make):match("^[^\n]*")
        return nil, failure.transport({message = message, sent = false}, effect, provider, method)
      end
      transport, close_transport = make()
    end
    local limits = {
      timeout = own.timeout,
      connect_timeout = own.connect_timeout,
      max_body = own.max_body,
      -- A kept connection may have died unnoticed: what is sent on it is then in doubt, which a purchase must not be.
      fresh = fresh,
    }
    local ok, response, reason = guard.call(transport, copy_of(request), limits)
    if not ok then
      response, reason = nil, {message = "The transport raised an error: " .. guard.text(response)}
    end
    return decode(method, response, reason, effect)
  end

  --- A call as asked for. A method that is a read only by a parameter (a quote) is sent once: it goes where orders go.
  local function call(method, params)
    local request, failed = encode(method, params)
    if not request then
      return nil, failed
    end
    local is_read = effect_of(method) == "read"
    local most = (is_read or request.effect ~= "read") and own.retries or 0
    local attempt = 0
    while true do
      attempt = attempt + 1
      local result
      result, failed = exchange(method, request, not is_read)
      if result then
        if request.csr_warnings and type(result.meta) == "table" then
          result.meta.csr_warnings = request.csr_warnings
        end
        return result
      end
      if attempt > most or closed or not repeatable(request.effect, failed) then
        break
      end
      local pause = pause_before(attempt, failed.retry_after, own.random)
      if not guard.call(own.sleep or system_sleep, pause) or closed then
        break
      end
    end
    failed.attempts = attempt > 1 and attempt or nil
    failed.csr_warnings = request.csr_warnings
    return nil, failed
  end

  for _, method in ipairs(core.describe(provider)) do
    methods[method] = function(caller, params)
      check(caller, method, params, 2)
      return using(call, method, params)
    end
  end

  --- Carries out a call: `client:call("getInfo", {CertificateID = 501904})`.
  function methods.call(caller, method, params)
    check(caller, method, params, 2)
    return using(call, method, params)
  end

  --- The rows of a list call, page after page: `for row in client:each("getList", {PageSize = 100}) do … end`.
  --- A page that fails ends the loop: keep the list, look at its `err`, and go on with `for row in list:resume() do`.
  function methods.each(caller, method, params)
    check(caller, method, params, 2)
    local described, refused = core.describe(provider, method, edition)
    if not described then
      error(masked(refused.message), 2)
    elseif not described.paging then
      error(method .. " is not a list call: it has no pages", 2)
    end
    return listing.new(described, params, function(asked)
      return using(call, method, asked)
    end)
  end

  --- The request of a call, for a transport of one's own. It holds the API key.
  function methods.encode(caller, method, params)
    check(caller, method, params, 2)
    return using(encode, method, params)
  end

  --- What is doubtful about a call that carries a signing request, although it is well formed: a weak key, a wrong
  --- signature, names that the certificate to be replaced doesn't have. Nothing is sent.
  ---
  --- `certificate`: the present one, as PEM, as a list of names, or as the call that tells it (getInfo, get) returned
  --- it; without it names are not compared. The warnings are {code, message, param}; codes: weak_key, odd_key,
  --- bad_signature, weak_digest, no_names, bad_name, other_names, missing_names, not_compared, bad_request. Where
  --- luaossl is not installed nothing is looked at: nil and a failure with the code `unsupported`.
  function methods.check(caller, method, params, certificate)
    check(caller, method, params, 2)
    return using(look, method, params, certificate)
  end

  --- What an answer says. No response (nil) is what a lost one is: a change is then `unknown`. `reason` is then what a
  --- transport says of it: {code, message, sent}, and status, headers and received of an answer that was cut.
  --- Give the request too where there is one: a quote, for one, changes nothing although its method does.
  function methods.decode(caller, method, response, request, reason)
    check(caller, method, nil, 2)
    local effect = type(request) == "table" and EFFECTS[request.effect] and request.effect
    if not effect then
      local refused
      effect, refused = effect_of(method)
      if not effect then
        return nil, refused
      end
    end
    local result, failed = using(decode, method, response, reason, effect)
    if not result and failed.code == "client_closed" then
      failed.outcome = effect == "read" and "refused" or "unknown" -- it had been sent
    end
    return result, failed
  end

  --- Frees what the client holds: its secrets, and the connections of its own transport. Calls under way end first;
  --- calls after it are refused, class invalid. More than once is fine. Without it the collector does the same.
  function methods.close(caller)
    check(caller, "close", nil, 2)
    if not closed then
      closed = true
      free()
    end
  end

  return setmetatable(self, {
    __index = methods,
    __metatable = "reseal.client",
    __close = methods.close, -- of Lua 5.4
    __tostring = function()
      return "reseal." .. provider .. " (" .. tostring(endpoint) .. (closed and ", closed)" or ")")
    end,
  })
end

return client
