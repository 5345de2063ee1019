--- The C API by LuaJIT's FFI: the same functions as the C module `reseal.core.native`, over `libreseal`, which is
--- looked for along package.cpath. For nginx, where C modules of Lua are seldom at hand.
local ffi = require("ffi")

local ITEM_STRING, ITEM_INTEGER, ITEM_BOOLEAN, ITEM_NUMBER, ITEM_LIST, ITEM_OBJECT, ITEM_NULL = 1, 2, 3, 4, 5, 6, 7
local EFFECTS = {read = 1, change = 2, purchase = 3}
local LIMITS = {bytes = 0, depth = 1, items = 2}

-- A second declaration of the same functions is an error, as after a reload of this module.
if not pcall(ffi.typeof, "reseal_account") then
  ffi.cdef(require("reseal.core.cdef"))
end

--- Opens a library for good: once more than the Lua state that closes it. With the last state it would go, and with it
--- libxml2, which has code to run at the end of every thread that used it.
local function open(name, path)
  local library = ffi.load(name)
  pcall(ffi.cdef, "void *dlopen(const char *path, int flags);")
  pcall(function()
    ffi.C.dlopen(path, 2) -- RTLD_NOW
  end)
  return library
end

-- The number is that of the interface which is spoken here. The bare name is there where programs are developed.
local NAMES = {"libreseal.so.0", "libreseal.so"}
if ffi.os == "OSX" then
  NAMES = {"libreseal.0.dylib", "libreseal.dylib"}
end

local function load_library()
  local tried = {}
  for template in package.cpath:gmatch("[^;]+") do
    local path = template:gsub("%?", "libreseal")
    local file = io.open(path, "rb")
    if file then
      file:close()
      return open(path, path)
    end
    tried[#tried + 1] = path
  end
  for _, name in ipairs(NAMES) do
    local ok, library = pcall(open, name, name)
    if ok then
      return library
    end
    tried[#tried + 1] = name .. " (among the system's libraries)"
  end
  error("libreseal was not found; tried:\n\t" .. table.concat(tried, "\n\t"), 0)
end

local lib = load_library()

-- Finalisers are closures that hold `lib`: a C function as finaliser could outlive the library.
local function free_error(err)
  lib.reseal_error_free(err)
end
local function free_account(account)
  lib.reseal_account_free(account)
end
local function free_params(params)
  lib.reseal_params_free(params)
end
local function free_response(response)
  lib.reseal_response_free(response)
end
local function free_request(request)
  lib.reseal_request_free(request)
end
local function free_result(result)
  lib.reseal_result_free(result)
end

-- Almost anything here may run a finaliser, which may use this module: what one call writes to is its own, also `len`.
local LENGTH = ffi.typeof("size_t[1]")

--- The string behind a pointer and the length in `len`; nil for NULL.
local function text(pointer, len)
  if pointer ~= nil then
    return ffi.string(pointer, len[0])
  end
end

local function word(pointer)
  if pointer ~= nil then
    return ffi.string(pointer)
  end
end

local function new_error()
  local out = ffi.new("reseal_error *[1]")
  if lib.reseal_error_new(out, nil, nil) ~= 0 then
    error("out of memory")
  end
  return ffi.gc(out[0], free_error)
end

local function set_fault(t, err, index, len)
  local number = tonumber(lib.reseal_fault_code_number(err, index))
  t.code = number ~= 0 and number or word(lib.reseal_fault_code(err, index))
  t.message = text(lib.reseal_fault_message(err, index, len), len)
  t.param = text(lib.reseal_fault_param(err, index, len), len)
  number = tonumber(lib.reseal_fault_provider_code(err, index))
  if number ~= 0 then
    t.provider_code = number
  end
  return t
end

local function item_value(result, item, len)
  local kind = lib.reseal_result_type(result, item)
  if kind == ITEM_STRING then
    return text(lib.reseal_result_text(result, item, len), len)
  elseif kind == ITEM_INTEGER then
    return tonumber(lib.reseal_result_integer(result, item))
  elseif kind == ITEM_BOOLEAN then
    return lib.reseal_result_integer(result, item) ~= 0
  elseif kind == ITEM_NUMBER then
    return lib.reseal_result_number(result, item)
  elseif kind == ITEM_NULL then
    return false -- nil would end the list
  end
  local t, count = {}, 0
  local at = tonumber(lib.reseal_result_first(result, item))
  while at ~= 0 do
    if kind == ITEM_LIST then
      count = count + 1
      t[count] = item_value(result, at, len)
    else
      local name = text(lib.reseal_result_name(result, at, len), len)
      t[name] = item_value(result, at, len)
    end
    at = tonumber(lib.reseal_result_next(result, at))
  end
  return t
end

local function failure_of(err)
  local len = LENGTH()
  local t = {
    class = word(lib.reseal_class_name(lib.reseal_error_class(err))),
    category = word(lib.reseal_category_name(lib.reseal_error_category(err))),
    retry = word(lib.reseal_retry_name(lib.reseal_error_retry(err))),
    outcome = word(lib.reseal_outcome_name(lib.reseal_error_outcome(err))),
    advice = word(lib.reseal_error_advice(err)),
    errors = {},
  }
  set_fault(t, err, 0, len)
  local status, after = lib.reseal_error_http_status(err), tonumber(lib.reseal_error_retry_after(err))
  if status ~= 0 then
    t.http_status = status
  end
  if after >= 0 then
    t.retry_after = after
  end
  local offset = tonumber(lib.reseal_error_offset(err))
  if offset >= 0 then
    t.offset = offset
  end
  local handle, number = text(lib.reseal_error_handle(err, len), len), tonumber(lib.reseal_error_handle_number(err))
  t.handle = number ~= 0 and number or handle
  local details = lib.reseal_error_details(err)
  if details ~= nil then
    t.details = item_value(details, 0, len)
  end
  for i = 1, tonumber(lib.reseal_error_count(err)) do
    t.errors[i] = set_fault({}, err, i - 1, len)
  end
  return t
end

local function failure(err)
  return nil, failure_of(err)
end

--- The whole of a result as a table. It is freed also when Lua runs out of memory on the way.
local function take(out)
  local result = ffi.gc(out[0], free_result)
  local value = item_value(result, 0, LENGTH())
  free_result(ffi.gc(result, nil))
  return value
end

-- Parameters.

-- These stop at the first value that the codec does not take (too deep, too many, no memory): encode says so. Tables
-- that hold each other many times over are endless for any other walk. They return 0 while all is well.
local add_value
local rawlen = rawlen or function(t) -- luacheck: ignore 113
  return #t
end

--- LuaJIT of 2022 never leaves a compiled loop over `next` that was interrupted by a finaliser that comes there too. So
--- the functions that have one are never compiled.
local function interpreted(loop)
  jit.off(loop)
end

--- A list when its keys are 1 to n, an object when they are all strings, nil otherwise.
local function table_type(t)
  local numbers, strings = 0, 0
  for key in next, t do
    if type(key) == "string" then
      strings = strings + 1
    elseif type(key) == "number" then
      numbers = numbers + 1
    else
      return nil
    end
  end
  if strings > 0 then
    return numbers == 0 and ITEM_OBJECT or nil
  end
  return numbers == rawlen(t) and ITEM_LIST or nil
end
interpreted(table_type)

local function add_other(params, name, name_len, what)
  return lib.reseal_params_other(params, name, name_len, what, #what, nil)
end

local function add_members(params, t)
  for name, value in next, t do
    local status
    if type(name) == "string" then
      status = add_value(params, name, #name, value)
    else -- a positional value: it becomes a parameter that nobody knows
      local shown = type(name) == "number" and "[number]" or "[value]"
      status = add_other(params, shown, #shown, shown)
    end
    if status ~= 0 then
      return status
    end
  end
  return 0
end
interpreted(add_members)

local function add_items(params, t)
  for i = 1, rawlen(t) do
    local status = add_value(params, nil, 0, rawget(t, i))
    if status ~= 0 then
      return status
    end
  end
  return 0
end

local function add_table(params, name, name_len, t)
  local kind = table_type(t)
  if not kind then
    return add_other(params, name, name_len, "a table with gaps or mixed keys")
  end
  local status = lib.reseal_params_open(params, name, name_len, kind, nil)
  if status == 0 then
    status = (kind == ITEM_OBJECT and add_members or add_items)(params, t)
  end
  return status == 0 and lib.reseal_params_close(params, nil) or status
end

function add_value(params, name, name_len, value)
  local kind = type(value)
  if kind == "string" then
    return lib.reseal_params_string(params, name, name_len, value, #value, nil)
  elseif kind == "number" then
    return lib.reseal_params_number(params, name, name_len, value, nil)
  elseif kind == "boolean" then
    return lib.reseal_params_boolean(params, name, name_len, value, nil)
  elseif kind == "table" then
    return add_table(params, name, name_len, value)
  elseif kind == "userdata" and ffi.cast("void *", value) == nil then -- cjson.null and its like
    return lib.reseal_params_null(params, name, name_len, nil)
  end
  return add_other(params, name, name_len, kind)
end

-- Handles.

local handle = {}
handle.__index = handle
handle.__metatable = "reseal.core.account"

local FREE = {params = free_params, response = free_response, account = free_account, err = free_error}

local function release(self)
  for _, name in ipairs({"params", "response", "account", "err"}) do
    local pointer = self[name]
    if pointer then
      self[name] = nil
      FREE[name](ffi.gc(pointer, nil))
    end
  end
end

--- Runs `body` with the handle and what follows. Finalisers and hooks may want the same handle meanwhile: it is looked
--- at last, and is nobody else's until all is done. Whatever happens, no parameter of the call stays behind.
local function run(self, body, ...)
  if not self.account then
    error("the handle is closed", 3)
  elseif self.busy then
    error("the handle is in use", 3)
  end
  self.busy = true
  local ok, a, b = pcall(body, self, ...)
  lib.reseal_params_clear(self.params) -- wiped at once: it may hold what the caller should not have given
  lib.reseal_response_start(self.response, 0)
  self.body = nil
  self.busy = nil
  if self.closing then
    self.closing = nil
    release(self)
  end
  if not ok then
    error(a, 0)
  end
  return a, b
end

function handle:close()
  if self.busy then
    self.closing = true
  else
    release(self)
  end
end

function handle:__tostring()
  local account = self.account
  local state = not account and "closed" or self.busy and "in use" or self:endpoint()
  return "reseal.core.account (" .. state .. ")"
end

local function check_string(value, number, name)
  if type(value) == "number" then
    value = tostring(value)
  end
  if type(value) ~= "string" then
    error(("bad argument #%d to '%s' (string expected, got %s)"):format(number, name, type(value)), 3)
  end
  return value
end

local function do_set(self, name, value)
  if lib.reseal_account_set(self.account, name, #name, value, #value, self.err) ~= 0 then
    return failure(self.err)
  end
  return true
end

function handle:set(name, value)
  name = check_string(name, 1, "set")
  value = check_string(type(value) == "boolean" and tostring(value) or value, 2, "set")
  return run(self, do_set, name, value)
end

local function do_limit(self, limit, value)
  if lib.reseal_account_limit(self.account, limit, value, self.err) ~= 0 then
    return failure(self.err)
  end
  return true
end

function handle:limit(name, value)
  local limit = LIMITS[name] or error("bad argument #1 to 'limit' (bytes, depth or items expected)", 2)
  if type(value) ~= "number" or not (value >= 0 and value <= 2 ^ 53 and value % 1 == 0) then
    error("bad argument #2 to 'limit' (must be a whole number, 0 for the default)", 2)
  end
  return run(self, do_limit, limit, value)
end

local function do_endpoint(self)
  return ffi.string(lib.reseal_account_endpoint(self.account))
end

function handle:endpoint()
  return (run(self, do_endpoint))
end

local function take_request(out)
  local request, len = ffi.gc(out[0], free_request), LENGTH()
  local t = {
    method = word(lib.reseal_request_method(request)),
    url = text(lib.reseal_request_url(request, len), len),
    effect = word(lib.reseal_effect_name(lib.reseal_request_effect(request))),
    headers = {},
  }
  local body = text(lib.reseal_request_body(request, len), len)
  if body ~= "" then
    t.body = body
  end
  for i = 0, tonumber(lib.reseal_request_header_count(request)) - 1 do
    local name = word(lib.reseal_request_header_name(request, i))
    t.headers[name] = text(lib.reseal_request_header_value(request, i, len), len)
  end
  free_request(ffi.gc(request, nil))
  return t
end

local function do_encode(self, method, params)
  lib.reseal_params_clear(self.params)
  if params then
    add_members(self.params, params)
  end
  local out = ffi.new("reseal_request *[1]")
  if lib.reseal_encode(self.account, method, #method, self.params, out, self.err) ~= 0 then
    return failure(self.err)
  end
  return take_request(out)
end

function handle:encode(method, params)
  method = check_string(method, 1, "encode")
  if params ~= nil and type(params) ~= "table" then
    error("bad argument #2 to 'encode' (table expected, got " .. type(params) .. ")", 2)
  end
  return run(self, do_encode, method, params)
end

local function add_header(response, name, value)
  if type(value) == "string" or type(value) == "number" then
    value = value .. ""
    lib.reseal_response_header(response, name, #name, value, #value)
  end
end

--- The headers of an answer, name to value or list of values. What is no text is no header.
local function add_headers(response, headers)
  if type(headers) ~= "table" then
    return
  end
  for name, value in next, headers do
    if type(name) == "string" then
      if type(value) == "table" then
        for i = 1, rawlen(value) do
          add_header(response, name, rawget(value, i))
        end
      else
        add_header(response, name, value)
      end
    end
  end
end
interpreted(add_headers)

--- An HTTP status, also as its digits; nil for anything else.
local function whole_status(status)
  if type(status) == "string" and status:find("^%d%d?%d?$") then
    return tonumber(status)
  elseif type(status) == "number" and status >= 0 and status <= 999 and status % 1 == 0 then
    return status
  end
end

--- The arguments of both ways to decode; `name` is the function's. Gives what is to be handed on.
local function check_answer(name, method, response, effect)
  method = check_string(method, 1, name)
  if type(response) ~= "table" then
    error("bad argument #2 to '" .. name .. "' (table expected, got " .. type(response) .. ")", 3)
  end
  local status = whole_status(response.status)
  if not status then
    error("bad argument #2 to '" .. name .. "' (response.status must be a whole number from 0 to 999)", 3)
  end
  if effect ~= nil and not EFFECTS[effect] then
    error("bad argument #3 to '" .. name .. "' (read, change or purchase expected)", 3)
  end
  return method, status, EFFECTS[effect] or 0, response.headers
end

--- The answer as the handle's own response object.
local function begin_response(self, status, headers)
  lib.reseal_response_start(self.response, status)
  add_headers(self.response, headers)
end

local function do_decode(self, method, status, effect, headers, body)
  begin_response(self, status, headers)
  self.body = body -- kept: the response only points to it
  lib.reseal_response_body(self.response, body, #body)
  local out = ffi.new("reseal_result *[1]")
  if lib.reseal_decode(self.account, method, #method, effect, self.response, out, self.err) ~= 0 then
    return failure(self.err)
  end
  return take(out)
end

function handle:decode(method, response, effect)
  local status, headers
  method, status, effect, headers = check_answer("decode", method, response, effect)
  local body = response.body
  if body == nil then
    body = ""
  elseif type(body) ~= "string" then
    error("bad argument #2 to 'decode' (response.body must be a string)", 2)
  end
  return run(self, do_decode, method, status, effect, headers, body)
end

local function do_decode_cut(self, method, status, effect, headers, received)
  begin_response(self, status, headers)
  lib.reseal_response_cut(self.response, received)
  lib.reseal_decode(self.account, method, #method, effect, self.response, ffi.new("reseal_result *[1]"), self.err)
  return failure_of(self.err)
end

--- An answer of which only the head came, and perhaps `received` bytes of the body: the error that it is, in any case.
function handle:decode_cut(method, response, effect)
  local status, headers
  method, status, effect, headers = check_answer("decode_cut", method, response, effect)
  local received = response.received
  if type(received) ~= "number" or not (received >= 0 and received <= 2 ^ 53) then
    received = -1
  end
  return (run(self, do_decode_cut, method, status, effect, headers, received))
end

-- The module.

local core = {_VERSION = word(lib.reseal_version()), binding = "ffi"}

function core.new(provider)
  provider = check_string(provider, 1, "new")
  local self = setmetatable({err = new_error()}, handle)
  local account = ffi.new("reseal_account *[1]")
  if lib.reseal_account_new(account, provider, #provider, nil, nil, self.err) ~= 0 then
    return failure(self.err)
  end
  self.account = ffi.gc(account[0], free_account)
  local params = ffi.new("reseal_params *[1]")
  if lib.reseal_params_new(params, self.account, self.err) ~= 0 then
    return failure(self.err)
  end
  self.params = ffi.gc(params[0], free_params)
  local response = ffi.new("reseal_response *[1]")
  if lib.reseal_response_new(response, self.account, self.err) ~= 0 then
    return failure(self.err)
  end
  self.response = ffi.gc(response[0], free_response)
  return self
end

--- Runs an introspection function that ends in `out, err`.
local function introspect(call)
  local err = new_error()
  local out = ffi.new("reseal_result *[1]")
  if call(out, err) ~= 0 then
    return failure(err)
  end
  return take(out)
end

function core.describe(provider, method, edition)
  provider = check_string(provider or "", 1, "describe")
  method = check_string(method or "", 2, "describe")
  edition = check_string(edition or "", 3, "describe")
  return introspect(function(out, err)
    return lib.reseal_describe(provider, #provider, method, #method, edition, #edition, out, err)
  end)
end

function core.settings(provider)
  provider = check_string(provider, 1, "settings")
  return introspect(function(out, err)
    return lib.reseal_settings(provider, #provider, out, err)
  end)
end

function core.statuses(provider)
  provider = check_string(provider, 1, "statuses")
  return introspect(function(out, err)
    return lib.reseal_statuses(provider, #provider, out, err)
  end)
end

function core.roles()
  return introspect(function(out, err)
    return lib.reseal_roles(out, err)
  end)
end

function core.limits()
  return introspect(function(out, err)
    return lib.reseal_limits(out, err)
  end)
end

local LEADS = {[1] = "https", [2] = "loopback"}

function core.url(url)
  url = check_string(url, 1, "url")
  return LEADS[lib.reseal_url_check(url, #url)]
end

function core.distance(name, candidate)
  name, candidate = check_string(name, 1, "distance"), check_string(candidate, 2, "distance")
  local distance = lib.reseal_name_distance(name, #name, candidate, #candidate)
  return distance >= 0 and distance or nil
end

function core.errors(provider, code)
  provider = check_string(provider, 1, "errors")
  code = check_string(type(code) == "number" and ("%.17g"):format(code) or code or "", 2, "errors")
  return introspect(function(out, err)
    return lib.reseal_errors(provider, #provider, code, #code, out, err)
  end)
end

return core
