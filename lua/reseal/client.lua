--- A client: one account at one provider. Every method of the provider is a function of it, made once per provider;
--- what a client holds is in no table that it leads to.

local account = require "reseal.account"
local core = require "reseal.core"
local listing = require "reseal.listing"

--- Every method of the provider is also a function of the client: `client:renew{…}` is `client:call("renew", {…})`.
---@class reseal.Client
---@field call fun(self: reseal.Client, method: string, params?: table): table?, reseal.Failure?
---@field each fun(self: reseal.Client, method: string, params?: table): reseal.List
---@field encode fun(self: reseal.Client, method: string, params?: table): reseal.EncodedRequest?, reseal.Failure?
---@field check fun(self: reseal.Client, method: string, params?: table, certificate?: any): reseal.Warning[]?, table?
---@field decode reseal.Decode
---@field close fun(self: reseal.Client)

---@alias reseal.Decode
---| fun(self: reseal.Client, method: string, answer?: reseal.Answer, request?: any, reason?: table): table?, table?

--- What belongs to the envelope of an answer.
---@class reseal.Meta
---@field http_status integer
---@field date? integer epoch seconds: the answer's Date, which is the seller's clock
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

local EFFECTS = {read = true, change = true, purchase = true}

-- A client's account. Both are weak: the metatable of a client keeps its account alive. A key alone that is weak would
-- do from Lua 5.2 on; in 5.1 and LuaJIT it keeps a client for good whose options lead back to it.
local accounts = setmetatable({}, {__mode = "kv"})

--- The account behind a client of that provider. Guards against `client.call("renew")` and against parameters that
--- can't be any.
local function account_of(caller, provider, method, params)
  local own = accounts[caller]
  if not own or provider and own.provider ~= provider then
    error("call it with a colon, as in client:call(…)", 3)
  end
  if type(method) ~= "string" then
    error("the method must be a string, not a " .. type(method), 3)
  end
  if params ~= nil and type(params) ~= "table" then
    error("the parameters must be a table, not a " .. type(params), 3)
  end
  return own
end

local Client = {}

--- Carries out a call: `client:call("getInfo", {CertificateID = 501904})`.
function Client:call(method, params)
  return account_of(self, nil, method, params):using("call", method, params)
end

--- The rows of a list call, page after page: `for row in client:each("getList", {PageSize = 100}) do … end`.
--- A page that fails ends the loop: keep the list, look at its `err`, and go on with `for row in list:resume() do`.
function Client:each(method, params)
  local own = account_of(self, nil, method, params)
  local described, refused = core.describe(own.provider, method, own.edition)
  if not described then
    error(own:masked(refused.message), 2)
  elseif not described.paging then
    error(method .. " is not a list call: it has no pages", 2)
  end
  return listing.new(described, params, function(asked)
    return own:using("call", method, asked)
  end)
end

--- The request of a call, for a transport of one's own. It holds the API key.
function Client:encode(method, params)
  return account_of(self, nil, method, params):using("encode", method, params)
end

--- What is doubtful about a call that carries a signing request, although it is well formed: a weak key, a wrong
--- signature, names that the certificate to be replaced doesn't have. Nothing is sent.
---
--- `certificate`: the present one, as PEM, as a list of names, or as the call that tells it (getInfo, get) returned
--- it; without it names are not compared. The warnings are {code, message, param}; codes: weak_key, odd_key,
--- bad_signature, weak_digest, no_names, bad_name, other_names, missing_names, not_compared, bad_request. Where
--- luaossl is not installed nothing is looked at: nil and a failure with the code `unsupported`.
function Client:check(method, params, certificate)
  return account_of(self, nil, method, params):using("look", method, params, certificate)
end

--- What an answer says. No response (nil) is what a lost one is: a change is then `unknown`. `reason` is then what a
--- transport says of it: {code, message, sent}, and status, headers and received of an answer that was cut.
--- Give the request too where there is one, or its effect: a quote, for one, changes nothing although its method does.
function Client:decode(method, response, request, reason)
  local own = account_of(self, nil, method)
  local effect = type(request) == "table" and request.effect or request
  if not EFFECTS[effect] then
    local refused
    effect, refused = own:effect_of(method)
    if not effect then
      return nil, refused
    end
  end
  local result, failed = own:using("decode", method, response, reason, effect)
  if not result and failed.code == "client_closed" then
    failed.outcome = effect == "read" and "refused" or "unknown" -- it had been sent
  end
  return result, failed
end

--- Ends the client: wipes its key, and closes the connections of its own libcurl (those that nginx keeps are nginx's; a
--- transport that was given is its giver's). Calls under way end first; later ones are refused, class invalid and code
--- `client_closed`. More than once is fine. Without it the collector does the same.
function Client:close()
  account_of(self, nil, "close"):close()
end

local classes = {}

--- The functions of a provider's clients, and those of every client, which none of its methods is called like.
local function class_of(provider)
  if not classes[provider] then
    local class = {}
    for _, method in ipairs(assert(core.describe(provider))) do
      class[method] = function(self, params)
        return account_of(self, provider, method, params):using("call", method, params)
      end
    end
    for name, own in pairs(Client) do
      class[name] = own
    end
    classes[provider] = class
  end
  return classes[provider]
end

--- Makes a client.
---
--- Options are the provider's settings (see `reseal.settings`; a secret may also be a function that returns it, asked
--- before every call) and `reseal.ClientOptions`: `transport`, `timeout` (60 s for a whole exchange),
--- `connect_timeout` (10 s), `retries` (2, of what is safe to repeat), `max_body` (8 MiB), `sleep` (function of
--- seconds), `random` (function that returns 0 to 1, for the spread of pauses), `csr_check` and `on_warning` (what is
--- done about a signing request that is well formed and yet doubtful: see `client:check`).
---@param provider string
---@param options table
---@param ports reseal.Ports
---@return reseal.Client|nil
---@return reseal.Failure|nil err class invalid, with every wrong option in `errors`
function client.new(provider, options, ports)
  local own, err = account.open(provider, options, ports)
  if not own then
    return nil, err
  end
  local self = setmetatable({}, {
    __index = class_of(provider),
    __metatable = "reseal.client",
    __close = Client.close, -- of Lua 5.4
    __tostring = function()
      return ("reseal.%s (%s%s)"):format(provider, own.endpoint, own.closed and ", closed" or "")
    end,
  })
  accounts[self] = own
  return self
end

return client
