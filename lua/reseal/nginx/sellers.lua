--- What the two sellers' calls mean for a managed certificate: the same five questions, asked in each one's words.
---
---   look(client, managed, id)       -> {id, status, ends, product}: the newest certificate in the place of `id`
---   place(client, managed, order)   -> the seller's order: reissues, activates or buys, as order.action says
---   find(client, managed, order)    -> the seller's order | nil: whether what order.intent was about has come to be
---   validation(client, managed, seller_order) -> adds to it what is to be published
---   collect(client, managed, seller_order) -> "pending" | "issued" | "failed" | "doubt", detail or the certificate
---
--- The seller's order is {id, files = {{file, content}}, records = {{type, name, target}}}; of a Namecheap renewal just
--- bought it is {bought = id}. All fail with nil and a reseal.Failure; finding nothing is false.

local dates = require "reseal.dates"
local failure = require "reseal.failure"
local status = require "reseal.status"
local x509 = require "reseal.x509"

local MOST_STEPS = 10 -- reissues of reissues that are followed
local MOST_ROWS = 50
local SKEW = 600 -- seconds that the clocks may differ

local sellers = {namecheap = {}, realtimeregister = {}}

local function wrong(message)
  return nil, failure.wrap {
    class = "protocol",
    code = "incomplete",
    message = message,
    outcome = "refused",
    retry = "later",
  }
end

local function with(params, more)
  for name, value in pairs(more or {}) do
    params[name] = value
  end
  return params
end

-- The names beyond the first and the one that comes with it.
local function further(names)
  local list = {}
  for i = 2, #names do
    if names[i] ~= "www." .. names[1] and "www." .. names[i] ~= names[1] and "*." .. names[i] ~= names[1] then
      list[#list + 1] = names[i]
    end
  end
  return list
end

-- Namecheap --------------------------------------------------------------------------------------------------------

local nc = sellers.namecheap

local function info_of(client, id)
  local r, err = client:getInfo {CertificateID = id}
  if not r then
    return nil, err
  end
  return {
    id = id,
    status = status(r, "namecheap"),
    word = r.Status,
    ends = dates.time(r.Expires),
    product = r.Type,
    replaced_by = r.ReplacedBy,
    csr = r.CertificateDetails and r.CertificateDetails.CSR,
  }
end

function nc.look(client, _, id)
  for _ = 1, MOST_STEPS do
    local info, err = info_of(client, id)
    if not info then
      return nil, err
    elseif info.status ~= "replaced" or not info.replaced_by then
      return info
    end
    id = info.replaced_by
  end
  return wrong(("certificate %s was replaced more than %d times"):format(id, MOST_STEPS))
end

--- Whether it was renewed already, by somebody else or before the memory of this was lost.
function nc.successor(client, managed, info)
  local list, err = client:getList {ListType = "Active", SearchTerm = managed.names[1], PageSize = MOST_ROWS}
  if not list then
    return nil, err
  end
  local found = false
  for _, row in ipairs(list.SSL) do
    local ends = dates.time(row.ExpireDate)
    if row.HostName == managed.names[1] and row.CertificateID > info.id and ends and ends > info.ends + 86400 then
      found = row.CertificateID
    end
  end
  return found
end

local function nc_publishable(seller_order, r)
  local http, dns = r.HttpDCValidation or {}, r.DNSDCValidation or {}
  local seen = {}
  seller_order.files, seller_order.records = {}, {}
  for _, row in ipairs(http.DNS or {}) do
    if (row.FileName or "") ~= "" and not seen[row.FileName] then
      seen[row.FileName] = true
      seller_order.files[#seller_order.files + 1] = {file = row.FileName, content = row.FileContent}
    end
  end
  for _, row in ipairs(dns.DNS or {}) do
    if (row.HostName or "") ~= "" and not seen[row.HostName] then
      seen[row.HostName] = true
      seller_order.records[#seller_order.records + 1] = {type = "CNAME", name = row.HostName, target = row.Target}
    end
  end
  return seller_order
end

local function waiting_renewals(client)
  local list, err = client:getList {ListType = "NewRenewal", PageSize = 100, SortBy = "PURCHASEDATE_DESC"}
  if not list then
    return nil, err
  end
  local ids = {}
  for i, row in ipairs(list.SSL) do
    ids[i] = row.CertificateID
  end
  return ids
end

--- What must be read before a purchase, so that its traces can be told from older ones.
function nc.before(client, _, order)
  if order.action == "renew" then
    return waiting_renewals(client)
  end
  return {}
end

function nc.place(client, managed, order)
  if order.action == "renew" then
    local params = {CertificateID = order.certificate, Years = 1, SSLType = order.product}
    local r, err = client:renew(with(params, managed.renew))
    return r and {bought = r.CertificateID}, err
  end
  local params = {CertificateID = order.certificate, CSR = order.csr, WebServerType = "nginx"}
  params[managed.hook and "DNSDCValidation" or "HTTPDCValidation"] = true
  local more = further(managed.names)
  if #more > 0 then
    params.DNSNames, params.DNSApproverEmails = more, {}
    for i = 1, #more do
      params.DNSApproverEmails[i] = managed.hook and "CNAMECSRHASH" or "HTTPCSRHASH"
    end
  end
  local r, err = client[order.action](client, with(params, managed.params))
  if not r then
    return nil, err
  end
  return nc_publishable({id = r.ID or order.certificate}, r)
end

function nc.find(client, managed, order)
  if order.action == "renew" then
    local ids, err = waiting_renewals(client)
    if not ids then
      return nil, err
    end
    local known, new = {}, {}
    for _, id in ipairs(order.intent.known) do
      known[id] = true
    end
    for _, id in ipairs(ids) do
      if not known[id] then
        new[#new + 1] = id
      end
    end
    return #new == 1 and {bought = new[1]} or false
  end
  -- The seller shows the request that it was given: ours is known by it.
  local candidates, seen = {order.certificate}, {}
  local list, err = client:getList {SearchTerm = managed.names[1], PageSize = MOST_ROWS, SortBy = "PURCHASEDATE_DESC"}
  if not list then
    return nil, err
  end
  for _, row in ipairs(list.SSL) do
    if row.CertificateID > order.certificate then
      candidates[#candidates + 1] = row.CertificateID
    end
  end
  local n = 1
  while candidates[n] do
    local id = candidates[n]
    local info
    if not seen[id] then
      seen[id] = true
      info, err = info_of(client, id)
      if not info then
        return nil, err
      elseif x509.same(info.csr, order.csr) then
        return {id = id}
      end
      candidates[#candidates + 1] = info.replaced_by
    end
    n = n + 1
  end
  return false
end

--- Sets the method that is set already, since the answer to that has the values.
function nc.validation(client, managed, seller_order)
  local method = managed.hook and "CNAME_CSR_HASH" or "HTTP_CSR_HASH"
  local params = {CertificateID = seller_order.id}
  if #further(managed.names) > 0 then
    params.DNSNames, params.DCVMethods = {managed.names[1]}, {method}
    for i, name in ipairs(further(managed.names)) do
      params.DNSNames[i + 1], params.DCVMethods[i + 1] = name, method
    end
  else
    params.DCVMethod = method
  end
  local r, err = client:editDCVMethod(params)
  if not r then
    return nil, err
  end
  return nc_publishable(seller_order, r)
end

function nc.collect(client, _, seller_order)
  local id = seller_order.id
  for _ = 1, MOST_STEPS do
    local r, err = client:getInfo {CertificateID = id, Returncertificate = true, Returntype = "Individual"}
    if not r then
      return nil, err
    end
    local now, word = status(r, "namecheap")
    local given = r.CertificateDetails and r.CertificateDetails.Certificates or {}
    if now == "replaced" and r.ReplacedBy then
      id = r.ReplacedBy
    elseif now == "pending" or now == "to_activate" then
      return "pending", ("the seller says %s: %s"):format(word, r.StatusDescription or "")
    elseif now ~= "issued" then
      return "failed", ("the seller says %s: %s"):format(tostring(word), r.StatusDescription or "")
    elseif not given.Certificate then
      return "pending", "the certificate is issued, but not in the answer yet"
    else
      local chain = {}
      for i, ca in ipairs(given.CaCertificates or {}) do
        chain[i] = ca.Certificate
      end
      return "issued", {id = id, certificate = given.Certificate, chain = table.concat(chain, "\n")}
    end
  end
  return wrong(("certificate %s was replaced more than %d times"):format(id, MOST_STEPS))
end

-- Realtime Register ------------------------------------------------------------------------------------------------

local rr = sellers.realtimeregister

--- The newest active certificate for the same name, or false.
local function newest(client, managed, than)
  local list, err = client:list {
    ["domainName:eq"] = managed.names[1],
    ["status:eq"] = "ACTIVE",
    limit = MOST_ROWS,
  }
  if not list then
    return nil, err
  end
  local found = false
  for _, row in ipairs(list.entities) do
    if row.id > than.id and row.product == than.product and (not found or row.id > found) then
      found = row.id
    end
  end
  return found
end

function rr.look(client, managed, id)
  for _ = 1, 2 do
    local r, err = client:get {certificateId = id}
    if not r then
      return nil, err
    end
    local now, word = status(r, "realtimeregister")
    local info = {
      id = id,
      status = now,
      word = word,
      product = r.product,
      ends = dates.time(r.subscriptionEndDate or r.expiryDate),
    }
    if now ~= "replaced" then
      return info
    end
    local later
    later, err = newest(client, managed, info)
    if later == nil then
      return nil, err
    elseif not later then
      return info
    end
    id = later
  end
  return wrong("the certificate is replaced while it is looked for")
end

function rr.successor(client, managed, info)
  return newest(client, managed, info)
end

function rr.before()
  return {}
end

--- Without validations in the answer `files` stays nil: then they are asked for, until there are any.
local function rr_publishable(seller_order, validations)
  local files, records, seen = {}, {}, {}
  for _, row in ipairs(validations and validations.dcv or {}) do
    local what = row.fileLocation or row.dnsRecord
    if what and row.status ~= "VALIDATED" and not seen[what] then
      seen[what] = true
      if row.fileLocation then
        files[#files + 1] = {file = what:match("[^/]+$"), content = row.fileContents}
      else
        records[#records + 1] = {type = row.dnsType or "CNAME", name = what, target = row.dnsContents}
      end
    end
  end
  if #files + #records > 0 then
    seller_order.files, seller_order.records = files, records
  end
  return seller_order
end

function rr.place(client, managed, order)
  local params = {certificateId = order.certificate, csr = order.csr, san = {}, dcv = {}}
  for i, name in ipairs(managed.names) do
    params.san[i - 1] = i > 1 and name or nil
    params.dcv[i] = {commonName = name, type = managed.hook and "DNS" or "FILE"}
  end
  with(params, managed.params)
  if order.action == "renew" then
    with(params, managed.renew)
    params.period = params.period or 12
  end
  local r, err = client[order.action](client, params)
  if not r then
    return nil, err
  elseif not r.processId then
    return nil, failure.wrap {
      class = "protocol",
      code = "incomplete",
      message = "The answer names no process.",
      outcome = "unknown",
      retry = "never",
    }
  end
  return rr_publishable({id = r.processId}, r.validations)
end

function rr.find(client, managed, order)
  local list, err = client:listProcesses {
    ["identifier:eq"] = managed.names[1],
    ["action:eq"] = order.action,
    order = "-createdDate",
    limit = MOST_ROWS,
  }
  if not list then
    return nil, err
  end
  local found = {}
  for _, process in ipairs(list.entities) do
    local command, created = process.command or {}, dates.time(process.createdDate)
    local ours = created and created >= order.intent.at - SKEW
    if command.certificateId ~= nil then
      ours = ours and tonumber(command.certificateId) == order.certificate
    end
    if type(command.csr) == "string" then
      ours = ours and x509.same(command.csr, order.csr)
    end
    found[#found + 1] = ours and process.id or nil
  end
  return #found == 1 and {id = found[1]} or false
end

function rr.validation(client, _, seller_order)
  local r, err = client:processInfo {processId = seller_order.id}
  if not r then
    return nil, err
  end
  return rr_publishable(seller_order, r.validations)
end

function rr.collect(client, _, seller_order)
  local r, err = client:process {processId = seller_order.id}
  if not r then
    return nil, err
  end
  local now, word = status(r, "realtimeregister")
  local detail = ("process %s is %s"):format(seller_order.id, tostring(word))
  detail = detail .. (r.statusDetail and ": " .. r.statusDetail or "")
  if word == "IN_DOUBT" then
    return "doubt", detail
  elseif now == "failed" or now == "cancelled" then
    return "failed", detail
  elseif now ~= "issued" then
    return "pending", detail
  end
  local list
  list, err = client:list {["process:eq"] = seller_order.id}
  if not list then
    return nil, err
  elseif not list.entities[1] then
    return "pending", detail .. ", but its certificate is not listed yet"
  end
  local id = list.entities[1].id
  local certificate, chain
  certificate, err = client:get {certificateId = id}
  if not certificate then
    return nil, err
  end
  chain, err = client:download {certificateId = id, format = "CA_BUNDLE"}
  if not chain then
    return nil, err
  end
  return "issued", {id = id, certificate = certificate.certificate, chain = chain.content}
end

return sellers
