--- The configuration of managed certificates: read from a table, a folder of files or JSON lines, checked completely,
--- and made into the shape that the other modules read (`managed`).
---
--- ```lua
--- local configuration, err = config.check({
---   certificates = "/etc/reseal/certificates.d",     -- or a list of tables, or the path of a .jsonl file
---   caps = {shop = {day = "100.00 USD"}},
--- }, {accounts = {shop = {provider = "namecheap"}}})
--- ```
---
--- All faults come at once, in `err.errors`: {code, message, param, name, file, line, entry}. docs/orders.md has every
--- field, its unit and its default. Files of entries are read as data (`reseal.order.data`): nothing of them is run.

local data = require "reseal.order.data"
local entry = require "reseal.order.config.entry"
local json = require "reseal.order.json"
local nearest = require "reseal.nearest"
local read = require "reseal.order.config.read"
local report_of = require "reseal.order.config.report"

local shown = report_of.shown
local CAPS = {"order", "run", "day"}
local AT_ONCE, MOST_AT_ONCE = 50, 10000
local DEFAULT_FIELDS = {} -- of `defaults`: what is the same for many
for _, field in ipairs(entry.FIELDS) do
  if field ~= "name" and field ~= "names" and field ~= "certificate" then
    DEFAULT_FIELDS[field] = true
  end
end
local MERGED = {install = true, params = true} -- member by member; so is `prove`, by names

local config = {}

--- What the configuration has of orders, as top-level names beside the accounts.
config.FIELDS = {"certificates", "defaults", "caps", "at_once", "journal", "keys", "live", "notify"}

---@class reseal.order.Managed
---@field name string
---@field names string[]
---@field account string
---@field provider string
---@field certificate string|nil
---@field product string|nil
---@field key string|nil
---@field years integer
---@field buy boolean
---@field max_price string|nil
---@field currency string|nil
---@field before number|nil
---@field prove table<string, table>
---@field install table
---@field params table<string, table>
---@field enabled boolean
---@field source {file: string|nil, line: integer|nil, entry: integer|nil}

---@class reseal.order.Configuration
---@field managed reseal.order.Managed[] in the order in which they were written
---@field by_name table<string, reseal.order.Managed>
---@field accounts table<string, {provider: string}>
---@field caps table<string, {order: string|nil, run: string|nil, day: string|nil, currency: string}>
---@field at_once integer how many orders of an account are in work at a time
---@field journal string|nil a URL of reseal.sql
---@field keys string|nil a folder
---@field live string|nil a folder
---@field notify string[]|nil a program and its arguments
---@field warnings table[] as faults are

local function sorted(given)
  local names = {}
  for name in pairs(given) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

-- defaults ---------------------------------------------------------------------------------------------------------

--- An entry with what `defaults` has beside it.
local function merged(given, defaults)
  if not defaults or type(given) ~= "table" then
    return given
  end
  local whole = {}
  for field, value in pairs(defaults) do
    if DEFAULT_FIELDS[field] then
      whole[field] = value
    end
  end
  for field, value in pairs(given) do
    local default = whole[field]
    local both = type(default) == "table" and type(value) == "table"
      and (MERGED[field] or field == "prove" and not entry.is_way(value))
    if both then
      if field == "prove" and entry.is_way(default) then
        default = {["*"] = default}
      end
      local inner = {}
      for key, item in pairs(default) do
        inner[key] = item
      end
      for key, item in pairs(value) do
        inner[key] = item
      end
      value = inner
    end
    whole[field] = value
  end
  return whole
end

--- Collects faults of the defaults, which are told once and not for each certificate.
local function check_defaults(defaults, source, report, options)
  if defaults == nil then
    return nil, {}
  elseif type(defaults) ~= "table" then
    report:fault(source, {"defaults"}, "bad_type", "defaults must be a table of what is the same for many certificates")
    return nil, {}
  end
  local muted = {}
  for _, field in ipairs(sorted(defaults)) do
    if not DEFAULT_FIELDS[field] then
      local meant = type(field) == "string" and nearest(field, sorted(DEFAULT_FIELDS))
      report:fault(source, {"defaults", field}, "unknown_param", ("defaults: %s can't be the same for all%s"):format(
        shown(field), meant and ("; did you mean %s?"):format(meant) or ""))
    end
  end
  local own = report_of.new()
  local trial = merged({names = {"example.com"}, certificate = "1", enabled = false}, defaults)
  entry.check(trial, {
    file = source.file, places = source.places, root = source.root, base = {"defaults"},
  }, own, {accounts = options.accounts, now = options.now, live = options.live or "/", foreign_names = true})
  for _, fault in ipairs(own.faults) do
    local field = fault.param:match "^[%w_]+"
    local is_theirs = defaults[field] ~= nil and fault.code ~= "missing" or fault.param:find "[.%[]" ~= nil
      and defaults[field] ~= nil
    if is_theirs then
      fault.message = fault.message:gsub("example%.com: ", "defaults: ", 1)
      fault.name, fault.param = nil, "defaults." .. fault.param
      report.faults[#report.faults + 1], muted[field] = fault, true
    end
  end
  return defaults, muted
end

-- the whole --------------------------------------------------------------------------------------------------------

local function check_caps(caps, source, report, accounts)
  if caps == nil then
    return {}
  elseif type(caps) ~= "table" then
    report:fault(source, {"caps"}, "bad_type", 'caps must be a table by account, such as {shop = {day = "100.00 USD"}}')
    return {}
  end
  local names, made = sorted(accounts), {}
  for _, account in ipairs(sorted(caps)) do
    local given = caps[account]
    if not accounts[account] then
      local meant = type(account) == "string" and nearest(account, names)
      report:fault(source, {"caps", account}, "not_allowed", ("caps: there is no account %s%s"):format(shown(account),
        meant and ("; did you mean %s?"):format(meant) or ""))
    elseif type(given) ~= "table" then
      report:fault(source, {"caps", account}, "bad_type", ("caps.%s must be a table such as {day = \"100.00 USD\"}")
        :format(account))
    else
      local one = {}
      for _, kind in ipairs(sorted(given)) do
        local value = given[kind]
        if kind ~= "order" and kind ~= "run" and kind ~= "day" and kind ~= "currency" then
          local meant = type(kind) == "string" and nearest(kind, CAPS)
          report:fault(source, {"caps", account, kind}, "unknown_param",
            ("caps.%s: %s is none of order, run, day%s"):format(account, shown(kind), meant
              and ("; did you mean %s?"):format(meant) or ""))
        elseif kind ~= "currency" then
          local amount, currency = entry.price_of(value, given.currency)
          if not amount then
            report:fault(source, {"caps", account, kind}, "bad_value",
              ("caps.%s.%s %s"):format(account, kind, currency))
          elseif one.currency and one.currency ~= currency then
            report:fault(source, {"caps", account, kind}, "conflict",
              ("caps.%s has amounts in %s and in %s: one currency is counted"):format(account, one.currency, currency))
          else
            one[kind], one.currency = amount, currency
          end
        end
      end
      made[account] = one
    end
  end
  return made
end

local function check_at_once(value, source, report)
  if value == nil then
    return AT_ONCE
  elseif type(value) ~= "number" or value % 1 ~= 0 or value < 1 or value > MOST_AT_ONCE then
    report:fault(source, {"at_once"}, "bad_value", ("at_once must be a number of orders, 1 to %d, not %s"):format(
      MOST_AT_ONCE, shown(value)))
  end
  return value
end

--- What two certificates may not share, each with words for it.
local function keys_of(managed)
  local keys = {{"name", managed.name, ("the name %s"):format(tostring(managed.name))}}
  if managed.certificate and managed.account then
    keys[#keys + 1] = {"certificate", managed.account .. "\0" .. managed.certificate,
      ("certificate %s of %s"):format(managed.certificate, managed.account)}
  end
  if managed.install and managed.install.folder then
    keys[#keys + 1] = {"install", managed.install.folder, "the folder " .. managed.install.folder}
  end
  if managed.names and managed.account then
    local names = {}
    for i, name in ipairs(managed.names) do
      names[i] = tostring(name)
    end
    table.sort(names)
    keys[#keys + 1] = {"names", managed.account .. "\0" .. tostring(managed.key) .. "\0" .. table.concat(names, "\0"),
      "the same names with the same kind of key"}
  end
  return keys
end

local function where(managed)
  local source = managed.source
  if source.file and source.line then
    return ("%s:%d"):format(source.file, source.line)
  elseif source.entry then
    return ("certificates[%d]"):format(source.entry)
  end
  return source.file or managed.name
end

local function check_doubles(list, sources, report)
  local seen = {}
  for i, managed in ipairs(list) do
    for _, key in ipairs(keys_of(managed)) do
      local kind, value, words = key[1], key[2], key[3]
      seen[kind] = seen[kind] or {}
      local other = value and seen[kind][value]
      if other then
        report:fault(sources[i], {kind}, "twice", ("%s another certificate has: %s (%s)"):format(words,
          tostring(other.name), where(other)), managed.name)
        break
      elseif value then
        seen[kind][value] = managed
      end
    end
  end
end

local function text_of(given, field, source, report, what)
  local value = given[field]
  if value ~= nil and (type(value) ~= "string" or value == "") then
    report:fault(source, {field}, "bad_type", ("%s must be %s, not %s"):format(field, what, shown(value)))
    return nil
  end
  return value
end

local function argv_of(value, source, report)
  local list = type(value) == "string" and {value} or value
  local sound = type(list) == "table" and #list > 0
  for _, word in ipairs(sound and list or {}) do
    sound = sound and type(word) == "string"
  end
  if value ~= nil and not sound then
    report:fault(source, {"notify"}, "bad_type", "notify must be a program and its arguments, such as "
      .. '{"/etc/reseal/notify"}')
  end
  return sound and list or nil
end

--- Where the text of a configuration has its values; nil: it is more than data, so only numbers of entries are known.
local function places_of(options)
  if not options.text then
    return nil, nil
  end
  local root, places = data.lua(options.text)
  if type(root) == "table" and places.of then
    return places, root
  end
  return nil, nil
end

--- Checks a configuration.
---@param given table {certificates, defaults, caps, at_once, journal, keys, live, notify}; docs/orders.md has them all
---@param options? {accounts: table<string, {provider: string}>|nil, file: string|nil, text: string|nil,
---  base: string|nil, live: string|nil, now: integer|nil} accounts: those that entries may name; file, text: of
---  `given`, for the places of faults; base: the folder from which a relative path of `certificates` leads on; live:
---  below which each certificate is put that has no `install.folder`
---@return reseal.order.Configuration|nil
---@return reseal.Failure|nil err with all faults
function config.check(given, options)
  options = options or {}
  local report = report_of.new()
  local accounts = options.accounts or {}
  local source = {file = options.file}
  local live = options.live
  if type(given) == "table" and given.live ~= nil then
    live = text_of(given, "live", source, report, "the path of a folder")
  end
  local now = options.now or os.time()
  source.places, source.root = places_of(options)
  if type(given) ~= "table" then
    report:fault(source, {}, "bad_type", "a configuration must be a table, not " .. shown(given))
    return nil, report:failure()
  end
  local check = {accounts = accounts, now = now, live = live}
  local defaults
  defaults, check.muted = check_defaults(given.defaults, source, report, check)
  local list, sources, by_name = {}, {}, {}
  for _, one in ipairs(read.entries(given.certificates, source, report, options.base)) do
    local its = one.source
    local managed = entry.check(merged(one.value, defaults), its, report, check)
    if managed then
      list[#list + 1], sources[#sources + 1] = managed, its
      local line = its.line
      if its.places and its.base then
        line = data.line(its.places, its.root, its.base)
      end
      managed.source = {file = its.file, line = line, entry = its.number}
      by_name[managed.name or ""] = managed
    end
  end
  check_doubles(list, sources, report)
  local whole = {
    managed = list, by_name = by_name, accounts = accounts, caps = check_caps(given.caps, source, report, accounts),
    at_once = check_at_once(given.at_once, source, report),
    journal = text_of(given, "journal", source, report, "the URL of a journal, or its file"),
    keys = text_of(given, "keys", source, report, "the path of a folder"), live = live,
    notify = argv_of(given.notify, source, report),
    warnings = report.warnings,
  }
  local err = report:failure()
  if err then
    return nil, err
  end
  return whole
end

-- Digests of what plans are made from.
local function hex(bytes)
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

--- What tells whether an entry is another than before: everything of it but where it was written.
---@param managed reseal.order.Managed
---@return string digest
function config.digest(managed)
  -- Field by field: LuaJIT's strings are found by a few of their bytes, so that thousands of long ones that are much
  -- alike would each be compared with all others.
  local digest = require("openssl.digest").new "sha256"
  for _, field in ipairs(sorted(managed)) do
    if field ~= "source" then
      digest:update(field)
      digest:update "="
      digest:update(json.encode(managed[field]))
      digest:update "\n"
    end
  end
  return hex(digest:final())
end

return config
