--- Realtime Register: an order takes the signing request at once and is a process; its certificate comes when that is
--- completed. See reseal.order.sellers for what each function answers.

local calendar = require "reseal.order.calendar"
local common = require "reseal.order.sellers.common"
local dates = require "reseal.dates"
local failure = require "reseal.failure"
local status = require "reseal.status"

local PROVIDER = "realtimeregister"
local ROWS = 100 -- of a page
local MOST_STEPS = 10 -- reissues of reissues that are followed
local DAY = 86400
local BACKDATED = DAY -- that a certificate may begin before it was ordered
local SKEW = 600 -- seconds that the seller's clock may differ, and an answer may take to be sent
local AHEAD = 2 * DAY -- that our clock may have been ahead when something was sent: it can be set right since

local rr = {}

-- reading ----------------------------------------------------------------------------------------------------------

--- All certificates of a name in one state, as infos.
local function certificates_of(client, params)
  params.limit = ROWS
  local rows, err = common.all(client, PROVIDER, "list", "certificates", params)
  if not rows then
    return nil, err
  end
  for i, row in ipairs(rows) do
    rows[i] = common.info(PROVIDER, "get", nil, row.raw, common.id(row.certificate_id))
  end
  return rows
end

--- Whether a certificate can stand in another's place: product, all names, begun no earlier.
local function fits(managed, info, one, is_held)
  return one.id ~= info.id and one.product == (info.product or managed.product)
    and common.covers(one.names, managed.names)
    and not (one.starts and info.starts and one.starts < info.starts)
    and not (is_held and is_held(one.id))
end

local function in_place_of(client, managed, info, is_held)
  local rows, err = certificates_of(client, {["domainName:eq"] = managed.names[1], ["status:eq"] = "ACTIVE"})
  if not rows then
    return nil, err
  end
  local found = {}
  for _, one in ipairs(rows) do
    if fits(managed, info, one, is_held) then
      found[#found + 1] = one
    end
  end
  return found
end

-- What a client was told of products: they hardly ever change, and are asked for once.
local windows = setmetatable({}, {__mode = "k"})

--- The days before its end in which a product's renewals are sold; nil: not told.
local function window_of(client, product)
  local known = windows[client] or {}
  windows[client] = known
  if product and known[product] == nil then
    local r = client:product {product = product, fields = {"product", "renewalWindow"}}
    known[product] = r and r.renewalWindow or nil
  end
  return known[product]
end

local function look_at(client, managed, id, is_held)
  local r, err = client:get {certificateId = id}
  if not r then
    return nil, err
  end
  local info = common.info(PROVIDER, "get", nil, r, common.id(id))
  info.order_ends = info.order_ends or info.ends
  if info.status == "replaced" and not info.replaced_by then
    -- The seller doesn't tell by which: it is told where there is only one that can be.
    local found
    found, err = in_place_of(client, managed, info, is_held)
    if not found then
      return nil, err
    end
    info.replaced_by = #found == 1 and found[1].id or nil
  elseif info.status == "issued" or info.status == "expired" then
    info.renewal_days = window_of(client, info.product)
  end
  return info
end

function rr.look(client, managed, id, is_held)
  for _ = 1, MOST_STEPS do
    local info, err = look_at(client, managed, id, is_held)
    if not info then
      return nil, err
    elseif info.status ~= "replaced" or not info.replaced_by then
      return info
    end
    id = info.replaced_by
  end
  return common.incomplete(PROVIDER, "get", ("A certificate was replaced more than %d times, the last one is %s.")
    :format(MOST_STEPS, id))
end

function rr.clock(client)
  return common.clock(PROVIDER, "list", client:list {limit = 1, fields = {"id"}})
end

function rr.successor(client, managed, info, is_held)
  local rows, err = in_place_of(client, managed, info, is_held)
  if not rows then
    return nil, err
  end
  -- What began before renewals were sold is none, but another one of this name: somebody else's machine has it.
  local from = info.order_ends and calendar.window(PROVIDER, info.order_ends, info.renewal_days) or 0
  local found = {}
  for _, one in ipairs(rows) do
    local ends = one.order_ends or one.ends
    if ends and info.order_ends and ends > info.order_ends + DAY and (one.starts or from) >= from - BACKDATED then
      found[#found + 1] = one.id
    end
  end
  if #found > 0 then
    return common.successor(PROVIDER, found, "More than one certificate could be its successor")
  end
  -- An order that somebody else has under way for this certificate.
  rows, err = common.all(client, PROVIDER, "listProcesses", "processes",
    {["identifier:eq"] = managed.names[1], limit = ROWS})
  if not rows then
    return nil, err
  end
  for _, row in ipairs(rows) do
    local id, command = common.id(row.process_id), row.raw.command or {}
    local open = status(row.raw, PROVIDER) == "pending"
    if open and common.id(command.certificateId) == info.id and not is_held(id, "order") then
      found[#found + 1] = id
    end
  end
  if #found == 0 then
    return false
  end
  return common.ambiguous(PROVIDER, "Orders for this certificate are under way: " .. table.concat(found, ", "))
end

function rr.sweep(client)
  local rows, err = common.all(client, PROVIDER, "list", "certificates", {limit = ROWS})
  if not rows then
    return nil, err
  end
  for i, row in ipairs(rows) do
    rows[i] = common.seen(PROVIDER, row)
    rows[i].order_ends = rows[i].order_ends or rows[i].ends
  end
  return rows
end

-- ordering ---------------------------------------------------------------------------------------------------------

local METHODS = {create = "request", renew = "renew", reissue = "reissue"}
rr.METHODS = METHODS
rr.OWN = {"certificateId", "csr", "product", "period", "quote", "domainName", "san", "dcv"}
rr.QUOTES = true -- a price is a quote of the call itself, which takes a signing request
-- Of a process that is completed, its certificate is listed, read, and downloaded with its chain.
rr.CALLS = {
  look = 2, successor = 2, price = 1, clock = 1, before = 1, place = 1, challenge = 1, nudge = 1, collect = 1,
  fetch = 3,
}
local TYPES = {http = "FILE", dns = "DNS", email = "EMAIL"}

local function proofs(managed)
  local list = {}
  for i, name in ipairs(managed.names) do
    local proof = common.proof(managed, name)
    list[i] = {commonName = name, type = TYPES[proof.method]}
    list[i].email = proof.method == "email" and proof.address or nil
  end
  return list
end

local function params_of(managed, order, kind)
  local params = {csr = order.data.csr, san = {}, dcv = proofs(managed)}
  for i = 2, #managed.names do
    params.san[i - 1] = managed.names[i]
  end
  if kind == "create" then
    params.product = order.data.product or managed.product
  else
    params.certificateId = order.data.for_certificate
  end
  if kind ~= "reissue" then
    params.period = 12 * (order.data.years or managed.years or 1)
  end
  return common.with(params, managed, kind)
end

--- By a quote: the call itself, checked and priced and not carried out (page quotes).
function rr.price(client, managed, kind, order)
  local params = params_of(managed, order, kind)
  params.quote = true
  local r, err = client:call(METHODS[kind], params)
  if not r then
    return nil, err
  end
  local quote = r.quote or {}
  local amount = common.cents(quote.total)
  if not amount or not quote.currency and amount ~= "0.00" then
    return common.incomplete(PROVIDER, METHODS[kind], "The quote has no total, or no currency.")
  end
  return {amount = amount, currency = quote.currency or managed.currency, source = "quote"}
end

--- What an account may spend is in none of the calls for certificates.
function rr.balance()
  return false
end

function rr.before(client, managed)
  local rows, err = common.all(client, PROVIDER, "listProcesses", "processes",
    {["identifier:eq"] = managed.names[1], limit = ROWS})
  if not rows then
    return nil, err
  end
  for i, row in ipairs(rows) do
    rows[i] = common.id(row.process_id)
  end
  return rows
end

--- What is still to be proved. An answer may lack the validations.
local function challenges_of(managed, validations)
  local list, seen = {}, {}
  for _, row in ipairs(validations and validations.dcv or {}) do
    local key = (row.fileLocation or row.dnsRecord or row.email or "") .. "\0" .. (row.commonName or "")
    if row.status ~= "VALIDATED" and not seen[key] then
      seen[key] = true
      local challenge = {name = row.commonName, status = row.status}
      if row.fileLocation then
        challenge.method, challenge.file = "http", row.fileLocation:match "[^/]+$"
        challenge.content = row.fileContents
      elseif row.dnsRecord then
        challenge.method, challenge.record = "dns", row.dnsRecord:gsub("%.$", "")
        challenge.type, challenge.target = row.dnsType or "CNAME", row.dnsContents
      elseif row.type == "EMAIL" or row.email then
        challenge.method = "email"
        challenge.address = row.email or common.proof(managed, row.commonName or managed.names[1]).address
      end
      list[#list + 1] = challenge.method and challenge or nil
    end
  end
  return list
end

function rr.place(client, managed, order, kind)
  local r, err = client:call(METHODS[kind], params_of(managed, order, kind))
  if not r then
    return common.refused(err, err.code == "ObjectExists")
  end
  local id = common.id(r.processId)
  if not id then
    return nil, failure.wrap({
      class = "protocol", code = "incomplete", message = "The answer names no process.", outcome = "unknown",
      retry = "never",
    }, PROVIDER, METHODS[kind])
  end
  return {order = {id = id, kind = "process"}, challenges = challenges_of(managed, r.validations)}
end

--- What a process tells of an intent. Proof is the request that we signed, or the id that an answer named. Without them
--- its name, its action and its certificate must fit; what tells too little fits nothing, and may yet be it.
---@return "ours"|"fits"|"untold"|"other"
local function judge(row, managed, order, intent)
  local command, word = row.raw.command or {}, METHODS[intent.kind]
  local action = type(row.action) == "string" and row.action:lower() or nil
  local name = type(row.raw.identifier) == "string" and row.raw.identifier:lower() or nil
  if type(command.csr) == "string" then
    return common.same_request(command.csr, order.data.csr) and "ours" or "other"
  elseif intent.handle ~= nil and common.id(row.process_id) == common.id(intent.handle) then
    return "ours"
  elseif name and name ~= managed.names[1] then
    return "other"
  elseif intent.kind ~= "create" and command.certificateId ~= nil
    and common.id(command.certificateId) ~= common.id(intent.target) then
    return "other"
  elseif type(command.product) == "string" and order.data.product and command.product ~= order.data.product then
    return "other"
  elseif action and action ~= word then
    for _, known in pairs(METHODS) do
      if action == known then
        return "other"
      end
    end
    return "untold" -- which words there are the pages don't say
  end
  return name and action and "fits" or "untold"
end

function rr.find(client, managed, order, intent, is_held)
  -- An earlier request of this order may have come late, and be what is in this one's way: its own by what it signed.
  local from = math.floor(math.min(intent.at, order.opened or intent.at) - AHEAD)
  local since = os.date("!%Y-%m-%dT%H:%M:%SZ", from)
  -- Not by name: a process need not have one.
  local rows, err = common.all(client, PROVIDER, "listProcesses", "processes",
    {["createdDate:gte"] = since, limit = ROWS})
  if not rows then
    return nil, err
  end
  local known, by = {}, {ours = {}, fits = {}, untold = {}, other = {}}
  for _, id in ipairs(order.data.known or {}) do
    known[common.id(id)] = true
  end
  for _, row in ipairs(rows) do
    local id, created = common.id(row.process_id), dates.time(row.created)
    if id and not known[id] and not is_held(id, "order") and (not created or created >= from) then
      local word = judge(row, managed, order, intent)
      local in_time = not created or created >= intent.at - SKEW
      local list = by[(in_time or word == "ours") and word or "other"]
      list[#list + 1] = id
    end
  end
  if #by.ours == 0 and #by.untold > 0 then
    return {unclear = "processes that don't tell what they are for: " .. table.concat(by.untold, ", ")}
  end
  return common.found(#by.ours > 0 and by.ours or by.fits, "process", function(id)
    return {order = {id = id, kind = "process"}}
  end)
end

--- The process that a certificate came of.
local function process_of(client, managed, id)
  local r, err = client:get {certificateId = id}
  if not r then
    return nil, err
  end
  local info = common.info(PROVIDER, "get", nil, r, id)
  if not common.covers(info.names, {managed.names[1]}) then
    return common.unfit(PROVIDER, "certificate %s is for %s, and not for %s", id, tostring(info.names[1]),
      managed.names[1])
  elseif not r.process then
    return common.unfit(PROVIDER, "certificate %s does not tell of which process it is: give the process's id", id)
  end
  return common.id(r.process)
end

--- An id is a certificate's, unless `is_order`; where nothing is asked, it can only be a process's.
function rr.recognise(client, managed, order, intent, id, is_order)
  local process, r, err = id, nil, nil
  if client and not is_order then
    process, err = process_of(client, managed, id)
  end
  if client and process then
    r, err = client:process {processId = process}
  end
  if client and not r then
    return nil, err
  elseif r and judge({process_id = process, action = r.action, raw = r}, managed, order, intent) == "other" then
    return common.unfit(PROVIDER, "process %s can't be what the %s has made: it is %s of %s", process, intent.kind,
      tostring(r.action), tostring(r.identifier or (r.command or {}).certificateId))
  elseif r and (status(r, PROVIDER) == "failed" or status(r, PROVIDER) == "cancelled") then
    return common.unfit(PROVIDER, "process %s can't be it: the seller says %s", process, tostring(r.status))
  end
  return {order = {id = process, kind = "process"}}
end

-- until it is issued -----------------------------------------------------------------------------------------------

function rr.challenge(client, managed, order)
  local r, err = client:processInfo {processId = order.data.seller_order.id}
  if not r then
    return nil, err
  end
  return challenges_of(managed, r.validations)
end

function rr.nudge(client, managed, order)
  local r, err = client:resendDcv {processId = order.data.seller_order.id, dcv = proofs(managed)}
  return r and true, err
end

-- The words for a process that goes on (page processes/list).
local AT_WORK = "NEW,VALIDATED,RUNNING,SCHEDULED,SUSPENDED"

function rr.under_way(client)
  local rows, err = common.all(client, PROVIDER, "listProcesses", "processes", {["status:in"] = AT_WORK, limit = ROWS})
  if not rows then
    return nil, err
  end
  local words = {}
  for _, row in ipairs(rows) do
    local state, word = status(row.raw, PROVIDER)
    local id = common.id(row.process_id)
    if id and state == "pending" then
      words[id] = ("process %s is %s in the seller's list"):format(id, word)
    end
  end
  return words
end

function rr.collect(client, _, order)
  local process = order.data.seller_order.id
  local r, err = client:process {processId = process}
  if not r then
    return nil, err
  end
  local state, word = status(r, PROVIDER)
  local said = ("process %s is %s"):format(process, tostring(word)) .. (r.statusDetail and ": " .. r.statusDetail or "")
  if word == "IN_DOUBT" or not state then
    return {doubt = said}
  elseif state == "failed" or state == "cancelled" then
    return {failed = said}
  elseif state ~= "issued" then
    return {pending = said}
  end
  local rows
  rows, err = certificates_of(client, {["process:eq"] = process})
  if not rows then
    return nil, err
  elseif #rows == 0 then
    return {pending = said .. ", but its certificate is not listed yet"}
  elseif #rows > 1 then
    return {doubt = said .. ", and more than one certificate is listed for it"}
  end
  local id = rows[1].id
  local certificate, chain
  certificate, err = client:get {certificateId = id}
  if not certificate then
    return nil, err
  elseif not certificate.certificate then
    return {pending = ("certificate %s is issued, but not in the answer yet"):format(id)}
  end
  chain, err = client:download {certificateId = id, format = "CA_BUNDLE"}
  if not chain then
    return nil, err
  end
  return {issued = {id = id, certificate = certificate.certificate, chain = chain.content}}
end

return rr
