--- The certificates of every provider that is configured, in one table.

local config = require "reseal.cli.config"
local output = require "reseal.cli.output"
local failure = require "reseal.failure"
local reseal = require "reseal"
local text = require "reseal.cli.text"

local EXIT = output.EXIT

--- How a provider lists its certificates, and what its rows say in common words.
local VIEWS = {
  namecheap = {
    method = "getList",
    params = {PageSize = 100},
    row = function(one)
      return {id = one.CertificateID, names = {one.HostName}, product = one.SSLType, ends = one.ExpireDate}
    end,
  },
  realtimeregister = {
    method = "list",
    params = {limit = 100, fields = {"id", "domainName", "san", "product", "status", "expiryDate"}},
    row = function(one)
      return {id = one.id, names = {one.domainName}, more = one.san, product = one.product, ends = one.expiryDate}
    end,
  },
}

-- Columns of the table, of CSV and of JSON.
local FIELDS = {
  {name = "provider"}, {name = "id"}, {name = "names", type = "list"}, {name = "product"}, {name = "status"},
  {name = "provider_status"}, {name = "expires"}, {name = "days_left"},
}

--- Each name once; a certificate that is not activated has an empty one.
local function distinct(names, more)
  local found, seen = {}, {}
  for _, list in ipairs {names, more or {}} do
    for _, name in ipairs(list) do
      if name ~= "" and not seen[name] then
        seen[name] = true
        found[#found + 1] = name
      end
    end
  end
  return found
end

local function certificate(provider, one, now)
  local row = VIEWS[provider].row(one)
  local status, original = reseal.status(one, provider, now)
  local ends = reseal.time(row.ends)
  return {
    provider = provider,
    id = row.id,
    names = distinct(row.names, row.more),
    product = row.product,
    status = status,
    provider_status = original,
    expires = ends and os.date("!%Y-%m-%dT%H:%M:%SZ", ends),
    days_left = ends and math.floor((ends - now) / 86400),
  }
end

--- Adds the provider's certificates to `found`; returns what kept it from adding all.
local function collect(account, options, now, wanted, found)
  local provider = account.provider
  local err = config.lacking(account, reseal.settings(provider), options.profile)
  if err then
    return err, EXIT.usage
  end
  local fetched, message = config.fetch(account)
  if not fetched then
    return failure.invalid({{code = "configuration", message = message}}, provider), EXIT.usage
  end
  local client
  client, err = reseal[provider](account.settings)
  if not client then
    return err, EXIT.usage
  end
  local view = VIEWS[provider]
  local list = client:each(view.method, view.params)
  for one in list do
    local row = certificate(provider, one, now)
    if wanted(row) then
      found[#found + 1] = row
    end
  end
  return list.err, list.err and output.exit_code(list.err)
end

--- The accounts of the providers that the file and the environment say something of.
local function configured(options)
  local found, lacking = {}, {}
  for _, provider in ipairs(options.provider and {options.provider} or reseal.describe()) do
    local settings = reseal.settings(provider)
    local account, message = config.load(provider, settings, options)
    if not account then
      return nil, output.fault("configuration", message, EXIT.usage)
    elseif next(account.settings) ~= nil or next(account.commands) ~= nil then
      account.settings.timeout = options.timeout or account.settings.timeout
      account.settings.retries = options.retries or account.settings.retries
      found[#found + 1] = account
    else
      lacking[#lacking + 1] = {config.lacking(account, settings, options.profile)}
    end
  end
  if #found == 0 then
    local err, example = lacking[1][1], lacking[1][2]
    err.message = "no credentials for " .. (options.provider or "any provider")
    err.errors = {{code = err.code, message = err.message}}
    return nil, output.failure(err, EXIT.usage, example)
  end
  return found
end

--- Soonest first; what has no end last.
local function sooner(a, b)
  if a.expires ~= b.expires then
    return b.expires == nil or a.expires ~= nil and a.expires < b.expires
  elseif a.provider ~= b.provider then
    return a.provider < b.provider
  end
  return tostring(a.id) < tostring(b.id)
end

local function shown_table(rows)
  local cells = {{"PROVIDER", "ID", "PRODUCT", "STATUS", "EXPIRES", "DAYS", "NAMES"}}
  for _, row in ipairs(rows) do
    cells[#cells + 1] = {
      row.provider, ("%d"):format(row.id), row.product or "", row.status or row.provider_status or "",
      row.expires and row.expires:sub(1, 10) or "", row.days_left and ("%d"):format(row.days_left) or "",
      table.concat(row.names, " "),
    }
  end
  return text.columns(cells)
end

local list = {}

--- "30d" or "4w" as days; nil when it is neither.
---@param shown string
---@return integer|nil
---@return string|nil message
function list.days(shown)
  local count, unit = shown:match("^(%d%d?%d?%d?)([dw]?)$")
  if not count then
    return nil, "'" .. shown .. "' is not a number of days (30d) or weeks (4w)"
  end
  return tonumber(count) * (unit == "w" and 7 or 1)
end

--- Lists them. What one provider can't give doesn't keep the other's from being shown; the exit code tells.
---@param options table the command line's: expiring (days), provider, config, timeout, retries, json, csv
---@return integer exit code
function list.run(options)
  local accounts, refused = configured(options)
  if not accounts then
    return refused
  end
  local ready, message = output.prepare(options)
  if not ready then
    return output.fault("output", message, EXIT.usage)
  end
  local now = os.time()
  local function wanted(row)
    return not options.expiring or row.status == "issued" and row.days_left and row.days_left < options.expiring
  end
  local rows, errors, code = {}, {}, EXIT.done
  for _, account in ipairs(accounts) do
    local err, its_code = collect(account, options, now, wanted, rows)
    if err then
      errors[#errors + 1] = err
      code = code == EXIT.done and its_code or code
    end
  end
  table.sort(rows, sooner)
  local shown = output.show(options, {certificates = rows, errors = errors}, {
    field = {type = "object", fields = {
      {name = "certificates", type = "list", fields = FIELDS},
      {name = "errors", type = "list", fields = output.ERROR.fields},
    }},
    items = rows,
    fields = FIELDS,
  }, function()
    return shown_table(rows)
  end)
  for _, err in ipairs(options.json and {} or errors) do
    io.stderr:write("reseal: not all of ", err.provider, " is shown:\n", text.failure(err), "\n")
  end
  return code ~= EXIT.done and code or shown
end

return list
