--- The certificates of every provider that is configured, in one table.

local credentials = require "reseal.credentials"
local output = require "reseal.cli.output"
local failure = require "reseal.failure"
local inventory = require "reseal.inventory"
local reseal = require "reseal"
local system = require "reseal.system"
local text = require "reseal.cli.text"

local EXIT = output.EXIT

-- Columns of CSV and of JSON.
local FIELDS = {
  {name = "provider"}, {name = "id"}, {name = "names", type = "list"}, {name = "product"}, {name = "status"},
  {name = "provider_status"}, {name = "expires"}, {name = "days_left"}, {name = "order_ends"},
}

local function stamp(time)
  return time and os.date("!%Y-%m-%dT%H:%M:%SZ", time)
end

--- What it ends by: the certificate's own end, or its order's where the own is not known.
local function end_of(row)
  return row.certificate_ends or row.order_ends
end

local function shown_row(provider, row, now)
  local ends = end_of(row)
  return {
    provider = provider,
    id = row.id,
    names = row.names,
    product = row.product,
    status = row.status,
    provider_status = row.word,
    expires = stamp(row.certificate_ends),
    days_left = ends and math.floor((ends - now) / 86400),
    order_ends = stamp(row.order_ends),
  }
end

--- Adds the provider's certificates to `found`; returns what kept it from adding all.
local function collect(account, options, now, wanted, found)
  local provider, edition = account.provider, account.settings.edition
  local err = credentials.lacking(account, reseal.settings(provider), options.profile)
  if err then
    return err, EXIT.usage
  end
  local fetched, message = credentials.fetch(account)
  if not fetched then
    return failure.invalid({{code = "configuration", message = message}}, provider), EXIT.usage
  end
  local client
  client, err = reseal[provider](account.settings)
  if not client then
    return err, EXIT.usage
  end
  local list
  list, err = inventory.each(client, provider, edition, now)
  if not list then
    return err, output.exit_code(err)
  end
  local rows = {}
  for row in list do
    rows[#rows + 1] = row
  end
  err = list.err
  if not err and not options.quick then
    err = inventory.fill(client, provider, rows, {
      edition = edition, now = now, wait = system.sleep,
      begin = function(count, seconds)
        if seconds > 0 then
          output.warn(("%s tells a certificate's end in that alone: %d are fetched, in %d s at least (--quick: none)")
            :format(provider, count, seconds))
        end
      end,
    })
  end
  for _, row in ipairs(rows) do
    local shown = shown_row(provider, row, now)
    found[#found + 1] = wanted(shown) and shown or nil
  end
  return err, err and output.exit_code(err)
end

--- The accounts of the providers that the file and the environment say something of.
local function configured(options)
  local found, lacking = {}, {}
  for _, provider in ipairs(options.provider and {options.provider} or reseal.describe()) do
    local settings = reseal.settings(provider)
    local account, message = credentials.load(provider, settings, options)
    if not account then
      return nil, output.fault("configuration", message, EXIT.usage)
    elseif next(account.settings) ~= nil or next(account.commands) ~= nil then
      account.settings.timeout = options.timeout or account.settings.timeout
      account.settings.retries = options.retries or account.settings.retries
      found[#found + 1] = account
    else
      lacking[#lacking + 1] = {credentials.lacking(account, settings, options.profile)}
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

--- Soonest first, by the certificate's own end or else by its order's; what has no end last.
local function sooner(a, b)
  local ends, other = a.expires or a.order_ends, b.expires or b.order_ends
  if ends ~= other then
    return other == nil or ends ~= nil and ends < other
  elseif a.provider ~= b.provider then
    return a.provider < b.provider
  end
  return tostring(a.id) < tostring(b.id)
end

local function day(shown)
  return shown and shown:sub(1, 10) or ""
end

local function shown_table(rows)
  local cells = {{"PROVIDER", "ID", "PRODUCT", "STATUS", "EXPIRES", "DAYS", "ORDER ENDS", "NAMES"}}
  for _, row in ipairs(rows) do
    cells[#cells + 1] = {
      row.provider, row.id and text.scalar(row.id) or "", row.product or "", row.status or row.provider_status or "",
      day(row.expires), row.days_left and ("%d"):format(row.days_left) or "", day(row.order_ends),
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
---@param options table the command line's: expiring (days), provider, quick, config, timeout, retries, json, csv
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
