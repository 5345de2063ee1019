--- An account's certificates in common words, for every provider whose descriptions have the roles for it.
---
--- Sellers tell a certificate's own end in different places: in their lists, in the call about one certificate, or in
--- the certificate alone. `inventory.each` gives what the list tells, one call a page; `inventory.complete` asks for
--- one certificate what the list left out, `inventory.fill` for all that lack it, one call each. Certificates are read
--- by luaossl, and not without it.

local dates = require "reseal.dates"
local failure = require "reseal.failure"
local roles = require "reseal.roles"
local status = require "reseal.status"

local MOST_ROWS = 100 -- of a page

-- So many certificates are asked for at once, and then one in so many seconds: that leaves to others some of the calls
-- which the strictest seller grants, 20 a minute.
local AT_ONCE, PAUSE = 10, 4

-- What is asked for where a list can leave fields out.
local WANTED = {
  certificate_id = true, common_name = true, names = true, product = true, status = true, expired = true,
  certificate_ends = true, order_ends = true,
}

---@class reseal.inventory.Row
---@field id integer|string|nil the seller's id
---@field names string[] the common name first, each once; all of them where the seller tells them
---@field product string|nil the seller's word
---@field status string|nil as `reseal.status` has it
---@field word string|nil the seller's own word for that
---@field certificate_ends integer|nil seconds since 1970: when the certificate itself ends; nil: not told so far
---@field order_ends integer|nil seconds since 1970: until when the order is paid for; nil: the seller doesn't tell

local inventory = {}

local x509

--- What can be read from certificates here; false where luaossl is not installed.
local function certificates()
  if x509 == nil then
    local found, module = pcall(require, "reseal.x509")
    x509 = found and module or false
  end
  return x509
end

--- Names that are none are left out: what is not activated has an empty one.
local function add_names(names, more)
  local seen = {}
  for _, name in ipairs(names) do
    seen[name] = true
  end
  for _, name in ipairs(type(more) == "table" and more or {more}) do
    if name ~= "" and not seen[name] then
      seen[name] = true
      names[#names + 1] = name
    end
  end
end

--- Puts into the row what is told of it, and what its certificate says.
local function add(row, told, now)
  local read = told.certificate and certificates() and certificates().certificate(told.certificate)
  row.certificate_ends = read and read.not_after or dates.time(told.certificate_ends) or row.certificate_ends
  row.order_ends = row.order_ends or dates.time(told.order_ends)
  add_names(row.names, told.common_name)
  add_names(row.names, told.names)
  add_names(row.names, read and read.names)
  if row.status == "issued" and row.certificate_ends and row.certificate_ends <= now then
    row.status = "expired"
  end
  return row
end

--- The list call, and how it is asked for as much as it gives in one page.
local function list_call(provider, edition)
  for _, method in ipairs(roles.methods(provider, "certificates", edition)) do
    local paging = method.paging
    if method.effect == "read" and paging then
      local params = {}
      for _, param in ipairs(method.params) do
        if param.name == paging.size then
          params[param.name] = math.min(param.high or MOST_ROWS, MOST_ROWS)
        elseif param.role == "fields" then
          params[param.name] = {}
          for _, field in ipairs(method.result) do
            for _, inner in ipairs(field.role == "certificates" and field.fields or {}) do
              table.insert(params[param.name], WANTED[inner.role] and inner.name or nil)
            end
          end
        end
      end
      return method, params
    end
  end
end

--- Every certificate of the account, as its list tells it: `for row in list do … end`; then `list.err` says what kept
--- it from being all, if anything did.
---@param client table the account's
---@param provider string
---@param edition string|nil
---@param now number|nil seconds since 1970; default: this machine's clock
---@return table|nil list call it for the next row
---@return reseal.Failure|nil err the provider has no call that lists certificates
function inventory.each(client, provider, edition, now)
  local method, params = list_call(provider, edition)
  if not method then
    local message = provider .. " has no call that lists certificates."
    return nil, failure.invalid({{code = "unsupported", message = message}}, provider)
  end
  local read = assert(roles.of(provider, method.name, edition, "certificates"))
  local walk = client:each(method.name, params)
  local list = {}
  return setmetatable(list, {__call = function()
    local one = walk()
    list.err = walk.err
    if not one then
      return nil
    end
    local told, at = read(one), now or os.time()
    local row = {id = told.certificate_id, names = {}, product = told.product}
    row.status, row.word = status(one, provider, at)
    return add(row, told, at)
  end})
end

local function is_about_one(method)
  local asks = false
  for _, param in ipairs(method.params) do
    if param.required and param.role ~= "certificate_id" then
      return false
    end
    asks = asks or param.required
  end
  return asks and method.effect == "read" and not method.paging
end

--- The call about one certificate that tells its end, or holds it where it can be read here; false: there is none.
local function find_one_call(provider, edition)
  for _, role in ipairs {"certificate_ends", certificates() and "certificate" or nil} do
    for _, method in ipairs(roles.methods(provider, role, edition)) do
      if is_about_one(method) then
        return method
      end
    end
  end
  return false
end

local one_calls = {}

local function one_call(provider, edition)
  local key = provider .. "\0" .. (edition or "")
  if one_calls[key] == nil then
    one_calls[key] = find_one_call(provider, edition)
  end
  return one_calls[key]
end

--- Whether `inventory.complete` can tell more of a row: it is issued, and its certificate's own end is not known.
---@param provider string
---@param row reseal.inventory.Row
---@param edition string|nil
---@return boolean
function inventory.lacks(provider, row, edition)
  return row.status == "issued" and row.id ~= nil and row.certificate_ends == nil
    and one_call(provider, edition) ~= false
end

--- Asks for one certificate, and puts into its row what its list left out: the certificate's own end, and all names.
---@param client table
---@param provider string
---@param row reseal.inventory.Row one that `inventory.lacks` something
---@param edition string|nil
---@param now number|nil
---@return reseal.inventory.Row|nil the same row
---@return reseal.Failure|nil err
function inventory.complete(client, provider, row, edition, now)
  local method = one_call(provider, edition)
  local params, known = {}, assert(roles.params(provider, method.name, edition))
  params[known.certificate_id.name] = row.id
  if known.with_certificate and certificates() then
    params[known.with_certificate.name] = true
    if known.certificate_form then
      params[known.certificate_form.name] = known.certificate_form.values[1]
    end
  end
  local result, err = client:call(method.name, params)
  if not result then
    return nil, err
  end
  return add(row, roles.of(provider, method.name, edition)(result), now or os.time())
end

--- Whether a failed call about one certificate means that the next ones would fail as well.
local function is_general(err)
  return err.class == "transport" or err.category == "throttle" or err.category == "auth"
end

--- Completes all rows that lack something, at a pace that a seller bears.
---@param client table
---@param provider string
---@param rows reseal.inventory.Row[]
---@param options {wait: fun(seconds: number), begin: nil|fun(count: integer, seconds: integer), edition: string|nil,
---  now: number|nil} wait: pauses; begin: is told how many calls there will be, and the pauses between them in all
---@return reseal.Failure|nil err the first failure; what would meet every call ends it, other rows are gone on with
function inventory.fill(client, provider, rows, options)
  local lacking, failed = {}, nil
  for _, row in ipairs(rows) do
    lacking[#lacking + 1] = inventory.lacks(provider, row, options.edition) and row or nil
  end
  if options.begin then
    options.begin(#lacking, math.max(#lacking - AT_ONCE, 0) * PAUSE)
  end
  for i, row in ipairs(lacking) do
    if i > AT_ONCE then
      options.wait(PAUSE)
    end
    local done, err = inventory.complete(client, provider, row, options.edition, options.now)
    if not done then
      failed = failed or err
      if is_general(err) then
        break
      end
    end
  end
  return failed
end

return inventory
