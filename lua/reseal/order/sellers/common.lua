--- What the sellers have in common: ids, names, requests, and reading what is there on every page.

local dates = require "reseal.dates"
local failure = require "reseal.failure"
local hosts = require "reseal.hosts"
local roles = require "reseal.roles"
local status = require "reseal.status"
local x509 = require "reseal.x509"

local common = {}

--- An id as text: "501904". nil stays nil.
---@param id any
---@return string|nil
function common.id(id)
  if type(id) == "number" then
    return ("%.0f"):format(id)
  end
  return id ~= nil and id ~= "" and tostring(id) or nil
end

--- An answer that lacks what it must have. Nothing was done by what asked, which is a read.
---@param provider string
---@param method string
---@param message string
---@return nil
---@return reseal.Failure
function common.incomplete(provider, method, message)
  return nil, failure.wrap({
    class = "protocol", code = "incomplete", message = message, outcome = "refused", retry = "later",
  }, provider, method)
end

--- Adds what the configuration says for one kind of call (`params = {activate = {…}}`), over what stands there.
---@param params table
---@param managed table
---@param kind string
---@return table params
function common.with(params, managed, kind)
  for name, value in pairs(managed.params and managed.params[kind] or {}) do
    params[name] = value
  end
  return params
end

--- How control of a name is proved: {method, address, …}.
---@param managed table
---@param name string
---@return table
function common.proof(managed, name)
  local prove = managed.prove or {}
  return prove[name] or prove["*"] or {method = "http"}
end

--- The names beyond the first and the one that comes with it.
---@param names string[]
---@return string[]
function common.further(names)
  local list, first = {}, names[1]
  for i = 2, #names do
    local name = names[i]
    if name ~= "www." .. first and "www." .. name ~= first and "*." .. name ~= first then
      list[#list + 1] = name
    end
  end
  return list
end

--- Each name once, in lower case and in order.
---@param ... string[]|string|false|nil
---@return string[]
function common.names(...)
  local list, seen = {}, {}
  for i = 1, select("#", ...) do
    local names = select(i, ...)
    for _, name in ipairs(type(names) == "table" and names or {names or nil}) do
      name = tostring(name):lower()
      if name ~= "" and not seen[name] then
        seen[name], list[#list + 1] = true, name
      end
    end
  end
  return list
end

--- Whether all names that are wanted are among some.
---@param has string[]
---@param wanted string[]
---@return boolean
function common.covers(has, wanted)
  for _, name in ipairs(wanted) do
    if not hosts.covers(has, name) then
      return false
    end
  end
  return true
end

--- Whether two signing requests are one, however they are laid out.
---@param a string|nil PEM
---@param b string|nil PEM
---@return boolean
function common.same_request(a, b)
  if type(a) ~= "string" or type(b) ~= "string" then
    return false
  elseif x509.same(a, b) then
    return true
  end
  local one, other = x509.request(a), x509.request(b)
  return one ~= nil and other ~= nil and one.der == other.der
end

--- What an answer about one certificate tells, by roles, and by the certificate or the request in it.
---@param provider string
---@param method string
---@param edition string|nil
---@param result table
---@param id string|nil
---@return reseal.order.Info
function common.info(provider, method, edition, result, id)
  local told = assert(roles.of(provider, method, edition))(result)
  local leaf = told.certificate and x509.certificate(told.certificate)
  local request = not leaf and told.csr and x509.request(told.csr)
  local state, word = status(result, provider)
  return {
    id = common.id(told.certificate_id) or id,
    status = state,
    word = word,
    product = told.product,
    names = common.names(told.common_name, told.names, leaf and leaf.names, request and request.names),
    starts = leaf and leaf.not_before or dates.time(told.certificate_starts),
    ends = leaf and leaf.not_after or dates.time(told.certificate_ends),
    order_ends = dates.time(told.order_ends),
    created = dates.time(told.created),
    activate_by = dates.time(told.activate_by),
    replaced_by = common.id(told.replaced_by),
    csr = told.csr,
    certificate = told.certificate,
  }
end

--- All rows of a list call, page after page; nil and the failure of a page, which is no end.
---@param client table
---@param provider string
---@param method string
---@param list string role of the list
---@param params table of the call
---@param edition string|nil
---@return table[]|nil rows by roles; `row.raw` is the seller's own
---@return reseal.Failure|nil err
function common.all(client, provider, method, list, params, edition)
  local read = assert(roles.of(provider, method, edition, list))
  local walk, rows = client:each(method, params), {}
  for raw in walk do
    local row = read(raw)
    row.raw = raw
    rows[#rows + 1] = row
  end
  if walk.err then
    return nil, walk.err
  elseif walk.total and walk.total > #rows then
    -- Rows that moved while the pages were read. Less than all is not "there is none".
    return common.incomplete(provider, method, ("The list has %s rows, and only %d of them could be read.")
      :format(common.id(walk.total), #rows))
  end
  return rows
end

--- A row of a list of certificates in common words.
---@param provider string
---@param row table by roles, of `common.all`
---@return reseal.order.Seen
function common.seen(provider, row)
  local state, word = status(row.raw, provider)
  return {
    id = common.id(row.certificate_id),
    names = common.names(row.common_name, row.names),
    product = row.product,
    status = state,
    word = word,
    ends = dates.time(row.certificate_ends),
    order_ends = dates.time(row.order_ends),
    created = dates.time(row.created),
  }
end

--- A decimal amount of a whole number of hundredths.
---@param cents integer|string|nil
---@return string|nil
function common.cents(cents)
  local digits = common.id(cents)
  if not digits or not digits:find "^%d+$" then
    return nil
  end
  digits = ("0"):rep(3 - #digits) .. digits
  return digits:sub(1, -3) .. "." .. digits:sub(-2)
end

--- What a search has found of an intent: the one that fits, none, or words on what can't be told.
---@param found string[] ids
---@param what string what each of them is, for the words
---@param as fun(id: string): table what `place` would have given
---@return table
function common.found(found, what, as)
  if #found == 0 then
    return {absent = true}
  elseif #found == 1 then
    return {found = as(found[1])}
  end
  return {unclear = ("more than one %s fits: %s"):format(what, table.concat(found, ", "))}
end

--- The one of several successors; what fits in two ways is nobody's to choose but a person's.
---@param provider string
---@param found string[] ids
---@param what string
---@return string|false|nil
---@return reseal.Failure|nil
function common.successor(provider, found, what)
  if #found <= 1 then
    return found[1] or false
  end
  return common.ambiguous(provider, ("%s: %s"):format(what, table.concat(found, ", ")))
end

---@return nil
---@return reseal.Failure
function common.ambiguous(provider, message)
  return nil, failure.wrap({
    class = "provider", code = "ambiguous", message = message .. ".", outcome = "refused", retry = "never",
    advice = "Give the id of the one that is to go on as `certificate`.",
  }, provider)
end

--- What a person says is ours, and can't be.
---@return nil
---@return reseal.Failure
function common.unfit(provider, message, ...)
  return nil, failure.wrap({
    class = "invalid", code = "not_it", message = message:format(...), outcome = "not_sent", retry = "never",
  }, provider)
end

--- The seller's clock, by what one of its answers says.
---@param provider string
---@param method string
---@param r table|nil a result
---@param err any
---@return integer|nil epoch seconds
---@return reseal.Failure|nil err
function common.clock(provider, method, r, err)
  if not r then
    return nil, err
  elseif not (r.meta and r.meta.date) then
    return common.incomplete(provider, method, "The answer has no Date, so that the clocks can't be compared.")
  end
  return r.meta.date
end

--- A refusal that says that it was done already, marked as one.
---@param err reseal.Failure
---@param exists boolean
---@return nil
---@return reseal.Failure
function common.refused(err, exists)
  err.exists = exists and err.outcome == "refused" or nil
  return nil, err
end

return common
