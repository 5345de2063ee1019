--- Namecheap: a purchase gives an empty certificate, which is then activated with the signing request; a reissue gives
--- a certificate of its own id. See reseal.order.sellers for what each function answers.

local common = require "reseal.order.sellers.common"
local failure = require "reseal.failure"

local PROVIDER = "namecheap"
local PAGE = {PageSize = 100} -- the most that getList gives
local DAY = 86400
local INCLUDED_NAMES = 3 -- further names in the price of a multi-domain product (pages of create and reissue)
local MOST_STEPS = 10 -- reissues of reissues that are followed
local MOST_LOOKED_AT = 50 -- certificates of one name that are asked for their requests
local WINDOW = 90 * DAY -- before the order's end in which renewals are sold (page of renew)
-- The service's days begin at some American midnight.
local DATE_SLACK = 2 * DAY

-- What is bought since 2026-07-11 when an older name is asked for. The pages have two tables and no word on which
-- stands for which: by class they line up.
local TODAY = {
  positivessl = "standardssl", essentialssl = "standardssl",
  positivesslwildcard = "standardwildcardssl", essentialsslwildcard = "standardwildcardssl",
  positivesslmultidomain = "sancertificate",
  instantssl = "highassurancessl", instantsslpro = "highassurancessl", premiumssl = "highassurancessl",
  premiumsslwildcard = "ovwildcardssl", multidomainssl = "ovmultidomainssl", unifiedcommunications = "ovmultidomainssl",
}

local nc = {}

nc.METHODS = {create = "create", activate = "activate", renew = "renew", reissue = "reissue"}
nc.OWN = {
  "CertificateID", "CSR", "Years", "Type", "SSLType", "SANStoADD", "DNSNames", "DNSApproverEmails", "ApproverEmail",
  "HTTPDCValidation", "DNSDCValidation",
}
-- A purchase is placed by two calls; a certificate is in the answer that says that it is issued.
nc.CALLS = {
  look = 1, successor = 2, price = 1, clock = 1, before = 1, place = 1, activate = 1, challenge = 0, nudge = 1,
  collect = 1, fetch = 0,
}

-- products ---------------------------------------------------------------------------------------------------------

--- A product's name without what differs between calls: letter case, blanks, hyphens, the new authority's name.
local function plain(product)
  local name = tostring(product or ""):lower():gsub("[^%w]", "")
  return (name:gsub("sslcom$", ""))
end

--- Whether a row's product is the one that was asked for, or what the seller sells under that name now.
local function same_product(asked, row)
  asked, row = plain(asked), plain(row)
  return asked ~= "" and (asked == row or TODAY[asked] == row)
end

-- reading ----------------------------------------------------------------------------------------------------------

local function look_at(client, id)
  local r, err = client:getInfo {CertificateID = id, Returncertificate = true, Returntype = "Individual"}
  if not r then
    return nil, err
  end
  return common.info(PROVIDER, "getInfo", nil, r, id), r
end

function nc.look(client, _, id)
  for _ = 1, MOST_STEPS do
    local info, err = look_at(client, id)
    if not info then
      return nil, err
    elseif info.status ~= "replaced" or not info.replaced_by then
      return info
    end
    id = info.replaced_by
  end
  return common.incomplete(PROVIDER, "getInfo", ("A certificate was replaced more than %d times, the last one is %s.")
    :format(MOST_STEPS, id))
end

function nc.clock(client)
  return common.clock(PROVIDER, "getBalances", client:getBalances {})
end

local function listed(client, params)
  for name, value in pairs(PAGE) do
    params[name] = value
  end
  return common.all(client, PROVIDER, "getList", "certificates", params)
end

function nc.sweep(client)
  local rows, err = listed(client, {ListType = "ALL"})
  if not rows then
    return nil, err
  end
  for i, row in ipairs(rows) do
    rows[i] = common.seen(PROVIDER, row)
  end
  return rows
end

--- What waits for its activation has no name yet; it is told by its product, its day and its years.
local function waiting(client, list_type)
  local rows, err = listed(client, {ListType = list_type})
  if not rows then
    return nil, err
  end
  for i, row in ipairs(rows) do
    local seen = common.seen(PROVIDER, row)
    seen.years, rows[i] = row.years, seen
  end
  return rows
end

-- Errors that say that it was done already, by whomever: a second renewal; an activation of what is active or waits, a
-- reissue beside another one.
local QUEUED, WRONG_STATUS = 4028294, 4011331

local LISTS = {create = "NewPurchase", renew = "NewRenewal"}

function nc.successor(client, managed, info, is_held)
  local found, product = {}, info.product or managed.product
  local since = info.order_ends and info.order_ends - WINDOW - DATE_SLACK
  local function fits(row)
    return row.id ~= info.id and same_product(product, row.product) and not is_held(row.id)
      and (not since or not row.created or row.created >= since)
  end
  local rows, err = listed(client, {ListType = "ALL", SearchTerm = managed.names[1]})
  if not rows then
    return nil, err
  end
  for _, listed_row in ipairs(rows) do
    local row = common.seen(PROVIDER, listed_row)
    local later = not row.order_ends and row.status == "pending"
      or row.order_ends and info.order_ends and row.order_ends > info.order_ends + DAY
    if row.names[1] == managed.names[1] and fits(row) and later
      and (row.status == "issued" or row.status == "pending") then
      local known
      known, err = look_at(client, row.id)
      if not known then
        return nil, err
      elseif common.covers(known.names, managed.names) then
        found[#found + 1] = row.id
      end
    end
  end
  if #found > 0 then
    return common.successor(PROVIDER, found, "More than one certificate could be its successor")
  end
  -- A renewal that nobody activated has no name: whose it is can't be told, and another beside it may be a double.
  rows, err = waiting(client, LISTS.renew)
  if not rows then
    return nil, err
  end
  for _, row in ipairs(rows) do
    if fits(row) then
      found[#found + 1] = row.id
    end
  end
  if #found == 0 then
    return false
  end
  return common.ambiguous(PROVIDER, "The account has renewals of this product that wait for their activation: "
    .. table.concat(found, ", "))
end

-- money ------------------------------------------------------------------------------------------------------------

local ACTIONS = {create = "PURCHASE", renew = "RENEW"}

--- The sum of two decimal texts.
local function sum(a, b)
  local money = require "reseal.order.money"
  local one, other = money.units(a or ""), money.units(b or "0")
  return one and other and money.text(one + other) or nil
end

--- Of getPricing (page users/get-pricing): your price and the cost beside it.
function nc.price(client, managed, kind, order)
  local product = order.data.product or managed.product
  local years = order.data.years or managed.years or 1
  local r, err = client:getPricing {ProductType = "SSLCERTIFICATE", ActionName = ACTIONS[kind]}
  if not r then
    return nil, err
  end
  for _, product_type in ipairs(r.ProductType or {}) do
    for _, category in ipairs(product_type.ProductCategory or {}) do
      local right = category.Name == nil or category.Name:upper() == ACTIONS[kind]
      for _, one in ipairs(right and category.Product or {}) do
        for _, price in ipairs(plain(one.Name) == plain(product) and one.Price or {}) do
          if price.Duration == years and (price.DurationType or "YEAR"):upper() == "YEAR" then
            local amount = sum(price.YourPrice or price.Price, price.YourAdditonalCost or price.AdditionalCost)
            if amount and price.Currency then
              return {amount = amount, currency = price.Currency, source = "pricing"}
            end
          end
        end
      end
    end
  end
  return common.incomplete(PROVIDER, "getPricing", ("The price list has no price of %s for %d year%s (%s)."):format(
    tostring(product), years, years == 1 and "" or "s", ACTIONS[kind]))
end

function nc.balance(client)
  local r, err = client:getBalances {}
  if not r then
    return nil, err
  elseif not (r.AvailableBalance and r.Currency) then
    return common.incomplete(PROVIDER, "getBalances", "The answer has no balance.")
  end
  return {amount = r.AvailableBalance, currency = r.Currency}
end

-- ordering ---------------------------------------------------------------------------------------------------------

function nc.before(client, _, order)
  if not LISTS[order.action] then
    return {}
  end
  local rows, err = waiting(client, LISTS[order.action])
  if not rows then
    return nil, err
  end
  for i, row in ipairs(rows) do
    rows[i] = row.id
  end
  return rows
end

--- How control of each name is proved, in the words of activate and reissue.
local ON_ORDER = {http = "HTTPCSRHASH", dns = "CNAMECSRHASH"}
--- … and of editDCVMethod.
local AFTERWARDS = {http = "HTTP_CSR_HASH", dns = "CNAME_CSR_HASH"}

local function approver(managed, name, words)
  local proof = common.proof(managed, name)
  return words[proof.method] or proof.address
end

--- Whether all names are proved in one way; the word for it.
local function one_way(managed, words)
  local first = approver(managed, managed.names[1], words)
  for _, name in ipairs(common.further(managed.names)) do
    if approver(managed, name, words) ~= first then
      return nil
    end
  end
  return first
end

--- The names that a proof is for of which only the values are told: of the file's all that are proved by one, of the
--- record's the one that it stands below.
local function names_of(managed, challenge)
  local list, longest = {}, nil
  for _, name in ipairs(managed.names) do
    if common.proof(managed, name).method == challenge.method then
      list[#list + 1] = name
      local below = challenge.record and ("." .. challenge.record:lower()):sub(-#name - 1) == "." .. name
      longest = below and (not longest or #name > #longest) and name or longest
    end
  end
  return challenge.record and {longest or list[1]} or list
end

--- What proves control, of an answer of activate, reissue or editDCVMethod. The last names no domains.
local function challenges_of(managed, r)
  local list, seen = {}, {}
  local function add(domain, challenge)
    local key = challenge.file or challenge.record
    for _, name in ipairs(key and key ~= "" and (domain and {domain} or names_of(managed, challenge)) or {}) do
      if not seen[key .. "\0" .. name] then
        seen[key .. "\0" .. name] = true
        local one = {name = name}
        for field, value in pairs(challenge) do
          one[field] = value
        end
        list[#list + 1] = one
      end
    end
  end
  local http, dns = r.HttpDCValidation or {}, r.DNSDCValidation or {}
  for _, row in ipairs(http.DNS or {}) do
    add(row.domain, {method = "http", file = row.FileName, content = row.FileContent})
  end
  for _, row in ipairs(dns.DNS or {}) do
    add(row.domain, {method = "dns", record = row.HostName, type = "CNAME", target = row.Target})
  end
  return list
end

--- Beside what the answer names: who is asked by mail.
local function with_mails(managed, list)
  for _, name in ipairs(managed.names) do
    local proof = common.proof(managed, name)
    if proof.method == "email" then
      list[#list + 1] = {name = name, method = "email", address = proof.address}
    end
  end
  return list
end

--- What was charged; the answer leaves the currency out, which is the account's.
local function charged(amount, order)
  local currency = order.data.price and order.data.price.currency
  return amount and currency and {amount = amount, currency = currency} or nil
end

local function buy(client, managed, order, kind)
  local params = {Years = order.data.years or managed.years or 1}
  local product = order.data.product or managed.product
  if kind == "renew" then
    params.CertificateID, params.SSLType = order.data.for_certificate, product
  else
    params.Type = product
    local more = #common.further(managed.names) - INCLUDED_NAMES
    params.SANStoADD = more > 0 and more or nil
  end
  local r, err = client:call(kind, common.with(params, managed, kind))
  if not r then
    return common.refused(err, err.code == QUEUED)
  end
  local id = common.id(kind == "renew" and r.CertificateID or (r.SSLCertificate or {}).CertificateID)
  if not id then
    return nil, failure.wrap({
      class = "protocol", code = "incomplete", message = "The answer names no certificate.", outcome = "unknown",
      retry = "never",
    }, PROVIDER, kind)
  end
  return {bought = id, charged = charged(r.ChargedAmount, order)}
end

function nc.place(client, managed, order, kind)
  if LISTS[kind] then
    return buy(client, managed, order, kind)
  end
  local target = kind == "activate" and order.data.bought or order.data.for_certificate
  local params = {CertificateID = target, CSR = order.data.csr, WebServerType = "nginx"}
  local way = one_way(managed, ON_ORDER)
  params.HTTPDCValidation = way == ON_ORDER.http or nil
  params.DNSDCValidation = way == ON_ORDER.dns or nil
  if not (params.HTTPDCValidation or params.DNSDCValidation) then
    params.ApproverEmail = approver(managed, managed.names[1], ON_ORDER)
  end
  local more = common.further(managed.names)
  if #more > 0 then
    params.DNSNames, params.DNSApproverEmails = more, {}
    for i, name in ipairs(more) do
      params.DNSApproverEmails[i] = approver(managed, name, ON_ORDER)
    end
  end
  local r, err = client:call(kind, common.with(params, managed, kind))
  if not r then
    return common.refused(err, err.code == WRONG_STATUS)
  end
  return {
    order = {id = common.id(r.ID) or target, kind = "certificate"},
    challenges = with_mails(managed, challenges_of(managed, r)),
  }
end

--- The seller shows the request that it was given: ours is known by it.
local function find_by_request(client, managed, order, target, is_held)
  local queue, queued, found = {target}, {[target] = true}, {}
  local rows, err = listed(client, {ListType = "ALL", SearchTerm = managed.names[1]})
  if not rows then
    return nil, err
  end
  local function add(id)
    if id and not queued[id] then
      queued[id] = true
      queue[#queue + 1] = id
    end
  end
  table.sort(rows, function(a, b) -- the newest first
    return tonumber(a.certificate_id) > tonumber(b.certificate_id)
  end)
  for _, row in ipairs(rows) do
    local seen = common.seen(PROVIDER, row)
    if seen.names[1] == managed.names[1] and not is_held(seen.id) then
      add(seen.id)
    end
  end
  local at = 1
  while queue[at] do
    if at > MOST_LOOKED_AT then
      return {unclear = ("%d certificates have this name, and the request was not among the first %d"):format(
        #queue, MOST_LOOKED_AT)}
    end
    local info
    info, err = look_at(client, queue[at])
    if not info then
      return nil, err
    elseif common.same_request(info.csr, order.data.csr) then
      found[#found + 1] = info.id
    end
    add(info.replaced_by)
    at = at + 1
  end
  return common.found(found, "certificate with our request", function(id)
    return {order = {id = id, kind = "certificate"}}
  end)
end

function nc.find(client, managed, order, intent, is_held)
  if not LISTS[intent.kind] then
    return find_by_request(client, managed, order, common.id(intent.target), is_held)
  end
  local rows, err = waiting(client, LISTS[intent.kind])
  if not rows then
    return nil, err
  end
  local known, found = {}, {}
  for _, id in ipairs(order.data.known or {}) do
    known[common.id(id)] = true
  end
  local product, years = order.data.product or managed.product, order.data.years or managed.years or 1
  local named = common.id(intent.handle)
  for _, row in ipairs(rows) do
    if row.id == named and not known[row.id] and not is_held(row.id) then
      return {found = {bought = row.id}} -- an answer told it, though it failed
    elseif not known[row.id] and not is_held(row.id) and same_product(product, row.product)
      and (row.years == nil or row.years == years)
      and (row.created == nil or row.created >= intent.at - DATE_SLACK) then
      found[#found + 1] = row.id
    end
  end
  return common.found(found, "new certificate", function(id)
    return {bought = id}
  end)
end

--- Why a certificate can't be what an order has bought, or was reissued or activated as; nil when it can.
local function unlike(managed, order, intent, info)
  local product = order.data.product or managed.product
  if product and info.product and not same_product(product, info.product) then
    return ("it is %s, and not %s"):format(info.product, product)
  elseif info.names[1] and not common.covers(info.names, {managed.names[1]}) then
    return ("it is for %s, and not for %s"):format(info.names[1], managed.names[1])
  elseif info.status == "failed" or info.status == "cancelled" or info.status == "revoked" then
    return "the seller says " .. tostring(info.word)
  elseif LISTS[intent.kind] then
    local existed = {[common.id(order.data.for_certificate) or ""] = true}
    for _, known in ipairs(order.data.known or {}) do
      existed[common.id(known)] = true
    end
    return existed[info.id] and "it was there before" or nil
  end
  return info.csr and not common.same_request(info.csr, order.data.csr) and "its signing request is another one" or nil
end

function nc.recognise(client, managed, order, intent, id)
  if client then
    local info, err = look_at(client, id)
    local why = info and unlike(managed, order, intent, info)
    if not info then
      return nil, err
    elseif why then
      return common.unfit(PROVIDER, "certificate %s can't be what the %s has made: %s", id, intent.kind, why)
    end
  end
  if LISTS[intent.kind] then
    return {bought = id}
  end
  return {order = {id = id, kind = "certificate"}}
end

-- until it is issued -----------------------------------------------------------------------------------------------

--- Sets the methods that are set already, since the answer to that has the values; it makes the seller look, too.
function nc.challenge(client, managed, order)
  local params, more = {CertificateID = order.data.seller_order.id}, common.further(managed.names)
  if #more > 0 then
    params.DNSNames, params.DCVMethods = {managed.names[1]}, {approver(managed, managed.names[1], AFTERWARDS)}
    for i, name in ipairs(more) do
      params.DNSNames[i + 1], params.DCVMethods[i + 1] = name, approver(managed, name, AFTERWARDS)
    end
  else
    params.DCVMethod = approver(managed, managed.names[1], AFTERWARDS)
  end
  local r, err = client:editDCVMethod(params)
  if not r then
    return nil, err
  end
  return with_mails(managed, challenges_of(managed, r))
end

function nc.nudge(client, managed, order)
  local by_mail = one_way(managed, {}) ~= nil
  if by_mail then
    local r, err = client:resendApproverEmail {CertificateID = order.data.seller_order.id}
    return r and true, err
  end
  local list, err = nc.challenge(client, managed, order)
  return list and true, err
end

-- Lists in which an order may be while it is worked at. The page only has their names.
local AT_WORK = {"Processing", "InProgress", "EmailSent"}

function nc.under_way(client)
  local words = {}
  for _, list_type in ipairs(AT_WORK) do
    local rows, err = listed(client, {ListType = list_type})
    if not rows then
      return nil, err
    end
    for _, row in ipairs(rows) do
      local seen = common.seen(PROVIDER, row)
      if seen.id and seen.status == "pending" then
        words[seen.id] = "the seller's list says " .. tostring(seen.word)
      end
    end
  end
  return words
end

function nc.collect(client, _, order)
  local id = order.data.seller_order.id
  local info, r = look_at(client, id)
  if not info then
    return nil, r
  end
  local said = ("the seller says %s"):format(tostring(info.word))
    .. (r.StatusDescription and r.StatusDescription ~= "" and ": " .. r.StatusDescription or "")
  if info.status == "pending" or info.status == "to_activate" then
    return {pending = said}
  elseif info.status == "replaced" then
    return {failed = ("%s; somebody reissued it as %s"):format(said, info.replaced_by or "another certificate")}
  elseif info.status ~= "issued" and info.status ~= "expired" then
    return info.status and {failed = said} or {doubt = said}
  elseif not info.certificate then
    return {pending = "the certificate is issued, but not in the answer yet"}
  end
  local chain = {}
  for i, ca in ipairs(r.CertificateDetails.Certificates.CaCertificates or {}) do
    chain[i] = ca.Certificate
  end
  return {issued = {id = id, certificate = info.certificate, chain = table.concat(chain, "\n")}}
end

return nc
