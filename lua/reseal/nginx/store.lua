--- What nginx's workers share: certificates, files of domain control, states and counts, in one lua_shared_dict.
---
--- Everything is written so that nothing else is evicted: a full dict is an error that says what size it needs.
--- Keys of the dict:
---
---   c:<name>:<rsa|ec>    version, end, private key and chain, in ONE value: a pair is never half written
---   v                    counts the changes of certificates, so that a worker knows when to look again
---   d:<file>             a file of domain control (in the dict for these, when there is one)
---   e:<name>             state of a name, for status: JSON
---   n:<outcome>:<code>   how many calls ended so
---   l:<job>              the worker elected for a job
---   i:<list>:<n>         the n-th item of a list; listing the dict itself would lock it

local cjson = require "cjson.safe"

local store = {}

local KINDS = {"ec", "rsa"}
local ENTRY = "^(%d+) (%d+) (%d+) (%d+)\n()"
local PAGE = 4096 -- of nginx's slabs; what is larger than half of one takes whole ones
local NODE = 96 -- bytes that the dict and its slabs add to key and value, at most

local dict, dcv_dict
local options = {}
local identity

--- Chooses the dicts. Call it from init_by_lua; every other function needs it.
---@param opts? {dict?: string, dcv_dict?: string, default?: string, remote?: boolean} `dict`: name of a
---  lua_shared_dict, default "reseal"; `dcv_dict`: one for the files of domain control alone, default the same
---@return true|nil ok
---@return string|nil err
function store.configure(opts)
  opts = opts or {}
  local name = opts.dict or "reseal"
  local main = ngx.shared[name]
  if not main then
    return nil, ('there is no lua_shared_dict "%s": add "lua_shared_dict %s 10m;" to http {}'):format(name, name)
  end
  local other = opts.dcv_dict
  if other and not ngx.shared[other] then
    return nil, ('there is no lua_shared_dict "%s": add "lua_shared_dict %s 1m;" to http {}'):format(other, other)
  end
  dict, dcv_dict = main, other and ngx.shared[other] or main
  options = {dict = name, dcv_dict = other or name}
  for key, value in pairs(opts) do
    options[key] = value
  end
  return true
end

--- The options that configure was given, with defaults.
---@return table
function store.options()
  return options
end

local function size_text(bytes)
  if bytes < 2 ^ 20 then
    return ("%.1f KiB"):format(bytes / 1024)
  end
  return ("%.1f MiB"):format(bytes / 2 ^ 20)
end

--- Bytes of the dict that a key and its value take.
---@param key_length integer
---@param value_length integer
---@return integer
function store.cost(key_length, value_length)
  local bytes = key_length + value_length + NODE
  if bytes > PAGE / 2 then
    return math.ceil(bytes / PAGE) * PAGE
  end
  local slot = 64
  while slot < bytes do
    slot = slot * 2
  end
  return slot
end

--- The size to give a dict that must hold `bytes` more than now, as nginx.conf takes it.
local function advised(target, bytes)
  local used = target:capacity() - target:free_space()
  return math.ceil((used + bytes) * 1.25 / 2 ^ 20) + 1
end

--- What a refused write means, in words for the operator.
local function refused(target, name, what, need, err)
  if err ~= "no memory" then
    return ("%s cannot be stored in lua_shared_dict %s: %s"):format(what, name, err)
  end
  return ("lua_shared_dict %s is full: %s needs %s, of %s there are %s free in whole pages; nothing was changed; "
    .. "make it %dm or more"):format(name, what, size_text(need), size_text(target:capacity()),
    size_text(target:free_space()), advised(target, need))
end

--- Writes a value, or leaves the old one as it is. The dict frees an old value before it looks for room for a new one
--- of another length, so that room is made sure of first.
local function write(target, key, value, ttl)
  local old = target:get(key)
  if type(old) == "string" and #old ~= #value then
    local probe = "t:" .. key
    local ok, err = target:safe_set(probe, value)
    target:delete(probe)
    if not ok then
      return nil, err
    end
  end
  local ok, err = target:safe_set(key, value, ttl)
  if not ok and old ~= nil then
    target:safe_set(key, old, ttl)
  end
  return ok, err
end

--- Adds one to a counter, which is never evicted and evicts nothing. `start` is where a new one begins.
local function count(key, start)
  for _ = 1, 3 do
    local value, err = dict:incr(key, 1)
    if value then
      return value
    elseif err ~= "not found" then
      return nil, err
    end
    local ok
    ok, err = dict:safe_add(key, start)
    if ok then
      return start
    elseif err ~= "exists" then
      return nil, err
    end
  end
  return nil, "busy"
end

--- Appends to a list. Two workers may append the same item at once: readers drop what comes twice.
local function enlist(list, item)
  local n, err = count("i:" .. list, 1)
  if not n then
    return nil, err
  end
  return dict:safe_set("i:" .. list .. ":" .. n, item)
end

--- Goes through a list without locking the dict for long; where it may, it lets other requests run in between.
local function each(list)
  local n, seen = 0, {}
  local last = dict:get("i:" .. list) or 0
  local phase = ngx.get_phase()
  local yields = phase == "content" or phase == "timer" or phase == "access" or phase == "rewrite"
  return function()
    while n < last do
      n = n + 1
      if yields and n % 500 == 0 then
        ngx.sleep(0.001) -- a sleep of 0 lets nothing else in, on nginx without OpenResty's patches
      end
      local item = dict:get("i:" .. list .. ":" .. n)
      if item and not seen[item] then
        seen[item] = true
        return item
      end
    end
  end
end

--- Where versions begin: above those of a dict that was lost, so that no worker takes a new pair for the old one.
local function beginning()
  return math.floor(ngx.now() * 1000)
end

---@class reseal.nginx.Pair
---@field key_pem string the private key, PEM
---@field chain_pem string the leaf certificate and its chain, PEM
---@field not_after integer when the leaf ends, epoch seconds
---@field version integer|nil of what was read: another one after every change

--- Makes `pair` the certificate of a name; every worker serves it from the next handshake on. It is not checked here.
---@param name string as it is served: lower case, "*.example.com" for a wildcard
---@param kind "ec"|"rsa"
---@param pair reseal.nginx.Pair
---@return true|nil ok
---@return string|nil err with the size that the dict needs, when it is full; the old pair is served on
function store.put(name, kind, pair)
  local key = "c:" .. name .. ":" .. kind
  local version, err = count("s", beginning())
  if not version then
    return nil, refused(dict, options.dict, "a counter", 64, err)
  end
  local value = ("%d %d %d %d\n%s%s"):format(version, pair.not_after or 0, #pair.key_pem, #pair.chain_pem,
    pair.key_pem, pair.chain_pem)
  local known = dict:get("c:" .. name .. ":ec") or dict:get("c:" .. name .. ":rsa") or dict:get("e:" .. name)
  local ok
  ok, err = write(dict, key, value)
  if not ok then
    return nil, refused(dict, options.dict, "the certificate of " .. name, store.cost(#key, #value), err)
  end
  if not known then
    ok, err = enlist("names", name)
    if not ok then
      dict:delete(key)
      return nil, refused(dict, options.dict, "the name " .. name, store.cost(24, #name), err)
    end
  end
  ok, err = count("v", beginning())
  if not ok then
    return nil, refused(dict, options.dict, "a counter", 64, err)
  end
  return true
end

--- The pair of a name, or nil where there is none.
---@param name string
---@param kind "ec"|"rsa"
---@return reseal.nginx.Pair|nil
function store.get(name, kind)
  local value = dict:get("c:" .. name .. ":" .. kind)
  if not value then
    return nil
  end
  local version, not_after, key_length, chain_length, start = value:match(ENTRY)
  local middle = start + key_length
  return {
    version = tonumber(version),
    not_after = tonumber(not_after),
    key_pem = value:sub(start, middle - 1),
    chain_pem = value:sub(middle, middle + chain_length - 1),
  }
end

--- When the certificate of a name ends, epoch seconds, without making its key a string; nil where there is none.
---@param name string
---@param kind "ec"|"rsa"
---@return integer|nil
function store.not_after(name, kind)
  local value = dict:get("c:" .. name .. ":" .. kind)
  return value and tonumber((select(2, value:match(ENTRY))))
end

--- Changes whenever a certificate does; nil before the first, and when the dict was lost.
---@return integer|nil
function store.generation()
  return dict:get("v")
end

--- Every name that has a certificate or a state: an iterator.
---@return fun(): string|nil
function store.names()
  return each("names")
end

--- The kinds of certificates, in the order of preference.
---@return string[]
function store.kinds()
  return KINDS
end

--- Sets the state of a name, for status; what is not given stays as it was, `false` takes a field away.
--- Fields that status shows: state, pending, last_error, advice (text), since, last_success, next (epoch seconds), and
--- provider, certificate (text or number); others are kept.
---@param name string
---@param fields table of what JSON can hold; never a secret
---@return true|nil ok
---@return string|nil err
function store.set_state(name, fields)
  local key = "e:" .. name
  local old = dict:get(key)
  local noted = cjson.decode(old or "") or {}
  for field, value in pairs(fields) do
    noted[field] = value ~= false and value or nil
  end
  local value, err = cjson.encode(noted)
  if not value then
    return nil, "the state of " .. name .. ": " .. err
  end
  local known = old or dict:get("c:" .. name .. ":ec") or dict:get("c:" .. name .. ":rsa")
  local ok
  ok, err = write(dict, key, value)
  if ok and not known then
    ok, err = enlist("names", name)
  end
  if not ok then
    return nil, refused(dict, options.dict, "the state of " .. name, store.cost(#key, #value), err)
  end
  return true
end

--- The state of a name; an empty table when none was set.
---@param name string
---@return table
function store.state(name)
  return cjson.decode(dict:get("e:" .. name) or "") or {}
end

--- Counts how a call ended: `store.count("done", "")`, `store.count("refused", 2011170)`.
---@param outcome string done, not_sent, refused, unknown
---@param code string|integer|nil the provider's code, or ours
---@return true|nil ok
---@return string|nil err
function store.count(outcome, code)
  local item = outcome .. ":" .. tostring(code or ""):sub(1, 64)
  local n, err = count("n:" .. item, 1)
  if n == 1 then
    n, err = enlist("counts", item)
  end
  if not n then
    return nil, refused(dict, options.dict, "a counter", 64, err)
  end
  return true
end

--- All counts: an iterator of outcome, code, number.
---@return fun(): string|nil, string, integer
function store.counts()
  local items = each("counts")
  return function()
    local item = items()
    if item then
      local outcome, code = item:match("^([^:]*):(.*)$")
      return outcome, code, dict:get("n:" .. item) or 0
    end
  end
end

--- Whether this worker is the one that does a job. Ask again well before `ttl` is over: that renews it, and when the
--- elected worker dies another is elected after `ttl`. A worker that is about to end gives its job up.
---@param job string
---@param ttl number seconds
---@return boolean
function store.elect(job, ttl)
  identity = identity or ngx.worker.pid() .. "@" .. ngx.now()
  local key = "l:" .. job
  if ngx.worker.exiting() then
    if dict:get(key) == identity then
      dict:delete(key)
    end
    return false
  end
  local ok, err = dict:safe_add(key, identity, ttl)
  if ok then
    return true
  elseif err == "no memory" then
    return ngx.worker.id() == 0 -- a full dict must not stop the work that could report it
  end
  if dict:get(key) ~= identity then
    return false
  end
  -- It may have ended, and been given to another, in between.
  return dict:expire(key, ttl) ~= nil and dict:get(key) == identity
end

--- Publishes a file of domain control, for dcv() to serve.
---@param file string 1 to 128 of [A-Za-z0-9._-], not dots alone
---@param content string its exact bytes
---@param expires? number seconds after which it is gone; default never
---@return true|nil ok
---@return string|nil err
function store.publish(file, content, expires)
  if not store.is_file(file) then
    return nil, "a file of domain control is named by 1 to 128 of A-Z a-z 0-9 . _ -, and not by dots alone"
  elseif type(content) ~= "string" then
    return nil, "the content of a file of domain control is a string"
  end
  local ok, err = write(dcv_dict, "d:" .. file, content, expires)
  if not ok then
    return nil, refused(dcv_dict, options.dcv_dict, "the file " .. file, store.cost(#file + 2, #content), err)
  end
  return true
end

--- Takes a file of domain control away; one that is not there is no error.
---@param file string
---@return true
function store.unpublish(file)
  dcv_dict:delete("d:" .. file)
  return true
end

--- The bytes of a file of domain control, or nil.
---@param file string
---@return string|nil
function store.published(file)
  return dcv_dict:get("d:" .. file)
end

--- Whether a file of domain control may have this name.
---@param file any
---@return boolean
function store.is_file(file)
  return type(file) == "string" and #file <= 128 and file:find("^[%w._-]+$") ~= nil and file:find("[^.]") ~= nil
end

--- A value that outlives a reload, such as what a file held when it was last loaded.
---@param key string
---@return string|nil
function store.value(key)
  return dict:get("f:" .. key)
end

---@param key string
---@param value string
---@return true|nil ok
---@return string|nil err
function store.set_value(key, value)
  return write(dict, "f:" .. key, value)
end

--- How much the dicts hold: name, capacity and free bytes (of whole pages) of each.
---@return {name: string, capacity: integer, free: integer}[]
function store.space()
  local list = {{name = options.dict, capacity = dict:capacity(), free = dict:free_space()}}
  if dcv_dict ~= dict then
    list[2] = {name = options.dcv_dict, capacity = dcv_dict:capacity(), free = dcv_dict:free_space()}
  end
  return list
end

return store
