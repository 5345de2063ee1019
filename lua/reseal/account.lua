--- What a client keeps to itself: the codec's handle, the secrets, the transport; and the way of a call through them.
---
--- It knows no provider's names or numbers: methods, settings and errors come from the codec.

local answer = require "reseal.answer"
local configure = require "reseal.options"
local core = require "reseal.core"
local failure = require "reseal.failure"
local guard = require "reseal.guard"
local pause = require "reseal.pause"

--- What a host gives to its clients.
---@class reseal.Ports
---@field transport fun(): reseal.Transport?, any makes a client's transport, and what closes it; or nil and why not
---@field sleep fun(seconds: number)
---@field random fun(): number from 0 to 1
---@field precheck table|nil looks at signing requests (reseal.precheck)

local account = {}

local Account = {}
Account.__index = Account

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

--- Opens an account.
---@param provider string
---@param options table
---@param ports reseal.Ports
---@return table|nil
---@return reseal.Failure|nil err class invalid, with every wrong option in `errors`
function account.open(provider, options, ports)
  local handle, err = core.new(provider)
  if not handle then
    return nil, failure.wrap(err, provider)
  end
  local settings = core.settings(provider)
  local own, givers, faults = configure(handle, settings, options, ports.precheck)
  if #faults > 0 then
    handle:close()
    return nil, failure.invalid(faults, provider)
  end
  assert(handle:limit("bytes", own.max_body)) -- for answers of other transports too
  local self = setmetatable({
    provider = provider, handle = handle, own = own, givers = givers, ports = ports, edition = options.edition,
    endpoint = handle:endpoint(), -- its URL
    transport = own.transport,
    secrets = {}, -- those in use, for what has to be kept out of messages
    effects = {}, -- what each method does, once it was asked: describing takes longer than decoding
    carriers = {}, -- the description of each method that carries a signing request; false: it carries none
    calls = 0, -- under way
    closed = false,
  }, Account)
  for _, setting in ipairs(settings) do
    if setting.secret and type(options[setting.name]) == "string" then
      self.secrets[setting.name] = options[setting.name]
    end
  end
  return self
end

-- its end ----------------------------------------------------------------------------------------------------------

--- Forgets the secrets and frees what is held, once no call is under way.
local function free(self)
  if self.calls > 0 then
    return
  end
  self.handle:close()
  self.secrets, self.givers, self.transport = {}, {}, nil
  local close = self.close_transport
  self.close_transport = nil
  if close then
    close()
  end
end

function Account:close()
  if not self.closed then
    self.closed = true
    free(self)
  end
end

local function leave(self, ...)
  self.calls = self.calls - 1
  if self.closed then
    free(self)
  end
  return ...
end

--- Does some work by name; nothing that is closed meanwhile goes before it ends.
---@param work string one of the methods below
---@param method string
---@param ... any
function Account:using(work, method, ...)
  if self.closed then
    local fault = {code = "client_closed", message = "The client is closed."}
    return nil, failure.invalid({fault}, self.provider, method)
  end
  self.calls = self.calls + 1
  return leave(self, self[work](self, method, ...))
end

-- the way out ------------------------------------------------------------------------------------------------------

--- Text of a foreign transport may quote the request: without its secrets.
local function masked(self, text)
  for _, secret in pairs(self.secrets) do
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

--- Text for a message, without the account's secrets.
function Account:masked(text)
  return masked(self, text)
end

--- A refusal of the codec. A key in the place of a method's name is not repeated.
local function refusal(self, refused, method)
  if refused.code ~= "unknown_method" then
    return failure.wrap(refused, self.provider, method)
  end
  refused.message = masked(self, refused.message)
  for _, fault in ipairs(refused.errors or {}) do
    fault.message = masked(self, fault.message)
  end
  return failure.wrap(refused, self.provider, masked(self, method))
end

local function refresh_secrets(self, method)
  for _, giver in ipairs(self.givers) do
    local ok, value = guard.call(giver.call)
    if not ok or type(value) ~= "string" then
      -- Its own words are not repeated: they may hold what it was to give.
      local message = "The function that gives " .. giver.name .. " failed."
      return failure.invalid({{code = "missing", message = message, param = giver.name}}, self.provider, method)
    end
    local set, refused = self.handle:set(giver.name, value)
    if not set then
      return failure.wrap(refused, self.provider, method)
    end
    self.secrets[giver.name] = value
  end
end

local function written(self, method, params)
  local failed = refresh_secrets(self, method)
  if failed then
    return nil, failed
  end
  local request, refused = self.handle:encode(method, params or {})
  if not request then
    return nil, refusal(self, refused, method)
  end
  -- Some providers take them in another form.
  local authorization = request.headers.Authorization
  self.secrets.authorization = authorization and authorization:match "%S+$"
  return request
end

--- What is to be said of the call's signing request.
local function look_at_csr(self, method, params, certificate)
  local precheck = self.ports.precheck
  local described = self.carriers[method]
  if described == nil then
    described = core.describe(self.provider, method, self.edition)
    described = described and precheck.carrier(described) and described or false
    self.carriers[method] = described
  end
  if not described then
    return {}
  end
  local reader = type(certificate) == "table" and certificate[1] == nil
    and precheck.reader(self.provider, params, self.edition, described) or nil
  return precheck.look(described, params, certificate, reader)
end

function Account:look(method, params, certificate)
  local request, refused = written(self, method, params)
  if not request then
    return nil, refused
  elseif not (self.ports.precheck and self.ports.precheck.able()) then
    local message = "Signing requests are looked at by luaossl, which is not installed."
    return nil, failure.invalid({{code = "unsupported", message = message}}, self.provider, method)
  end
  return look_at_csr(self, method, params or {}, certificate)
end

--- Whatever is in the parameters, a call raises nothing; what can't be looked at is doubtful.
local function warnings_of(self, method, params)
  local precheck = self.ports.precheck
  if self.own.csr_check == "off" or not precheck then
    return {}
  end
  local ok, found = pcall(look_at_csr, self, method, params or {})
  if ok then
    return found
  end
  local carrier = self.carriers[method] and precheck.carrier(self.carriers[method]) or nil
  return {{code = "bad_request", message = (carrier or "csr") .. ": it could not be looked at.", param = carrier}}
end

function Account:encode(method, params)
  local request, failed = written(self, method, params)
  if not request then
    return nil, failed
  end
  local warnings = warnings_of(self, method, params)
  for _, warning in ipairs(self.own.on_warning and warnings or {}) do
    guard.call(self.own.on_warning, warning, method)
  end
  if #warnings > 0 and self.own.csr_check == "refuse" then
    return nil, failure.invalid(warnings, self.provider, method)
  end
  request.csr_warnings = #warnings > 0 and warnings or nil
  return request
end

-- the way back -----------------------------------------------------------------------------------------------------

--- What a method does unless a parameter says otherwise; nil and the refusal when there is no such method.
function Account:effect_of(method)
  if not self.effects[method] then
    local described, refused = core.describe(self.provider, method, self.edition)
    if not described then
      return nil, refusal(self, refused, method)
    end
    self.effects[method] = described.effect
  end
  return self.effects[method]
end

function Account:decode(method, response, reason, effect)
  local function mask(text)
    return masked(self, text)
  end
  local received, why = answer.checked(response, reason)
  local head = why and answer.head_of(why)
  if why and not head then
    return nil, failure.transport(answer.told(why, nil, mask), effect, self.provider, method)
  end
  -- Only for want of memory does this raise; that is no reason to lose what happened.
  local read = received and self.handle.decode or self.handle.decode_cut
  local ok, result, refused = pcall(read, self.handle, method, received or head, effect)
  if not ok then
    local message = "The answer could not be decoded: " .. mask(guard.text(result))
    return nil, failure.transport({code = "no_memory", message = message}, effect, self.provider, method)
  elseif head then
    return nil, failure.cut(answer.told(why, head, mask), result, effect, self.provider, method)
  elseif result == nil then
    return nil, failure.wrap(refused, self.provider, method)
  end
  local date = answer.date(received)
  if date then
    result.meta = result.meta or {}
    result.meta.date = date
  end
  return result
end

local function exchange(self, method, request, fresh)
  local effect = request.effect
  if not self.transport then
    local made, close = self.ports.transport()
    if not made then
      return nil, failure.transport({message = close, sent = false}, effect, self.provider, method)
    end
    self.transport, self.close_transport = made, close
  end
  local bounds = {
    timeout = self.own.timeout,
    connect_timeout = self.own.connect_timeout,
    max_body = self.own.max_body,
    -- A kept connection may have died unnoticed: what is sent on it is then in doubt, which a purchase must not be.
    fresh = fresh,
  }
  local ok, response, reason = guard.call(self.transport, answer.copy_of(request), bounds)
  if not ok then
    response, reason = nil, {message = "The transport raised an error: " .. guard.text(response)}
  end
  return self:decode(method, response, reason, effect)
end

--- A call as asked for. A method that is a read only by a parameter (a quote) is sent once: it goes where orders go.
function Account:call(method, params)
  local request, failed = self:encode(method, params)
  if not request then
    return nil, failed
  end
  local is_read = self:effect_of(method) == "read"
  local most = (is_read or request.effect ~= "read") and self.own.retries or 0
  local attempt = 0
  while true do
    attempt = attempt + 1
    local result
    result, failed = exchange(self, method, request, not is_read)
    if result then
      if request.csr_warnings and type(result.meta) == "table" then
        result.meta.csr_warnings = request.csr_warnings
      end
      return result
    end
    if attempt > most or self.closed or not repeatable(request.effect, failed) then
      break
    end
    local own, port = self.own.random, self.ports.random
    local seconds = own and pause.before(attempt, failed.retry_after, own, port)
      or pause.before(attempt, failed.retry_after, port)
    if not guard.call(self.own.sleep or self.ports.sleep, seconds) or self.closed then
      break
    end
  end
  failed.attempts = attempt > 1 and attempt or nil
  failed.csr_warnings = request.csr_warnings
  return nil, failed
end

return account
