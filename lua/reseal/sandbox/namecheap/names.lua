--- The names of a Namecheap order: which are allowed, how control of each is to be proved, and what to publish.

local pki = require "reseal.sandbox.pki"
local waits_for_mail = require("reseal.sandbox.dcv").MAIL
local xml = require "reseal.sandbox.xml"

local element = xml.element

local names = {}

local UNSUPPORTED_NAME = "We have detected that either a common name or one of the additional domain fields contain "
  .. "one of the following unsupported elements: an Internet-accessible IP Address, Internal Domain Name or a TLD we "
  .. "do not yet support. If you believe this is a mistake - please contact support. Thank you."
local NOT_WILDCARD = "The CSR provided is invalid to generate a wildcard certificate. Please make sure that you "
  .. "generate a CSR with a Common Name (CN) that starts with '*.' (ex: *.yourdomain.com)"
local NO_HTTP = {"3011784",
  "Due to CA/B Forum regulations, HTTP DCV method is not allowed for Wildcard certificates"}

local BOTH_FLAGS = {"2011784", "Both File-Based and DNS-Based authentication can't be enabled"}
local NO_APPROVER = {"3011295", "ApproverEmail is not valid"}

local APPROVERS = {"admin", "administrator", "hostmaster", "postmaster", "webmaster"}

-- the same two methods, as activate and reissue spell them and as editDCVMethod does
local ORDER_TOKENS = {httpcsrhash = "http", cnamecsrhash = "dns"}
local EDIT_TOKENS = {http_csr_hash = "http", cname_csr_hash = "dns"}

--- The items of a list with commas, trimmed.
function names.split(text)
  local items = {}
  for item in ((text or "") .. ","):gmatch("%s*(.-)%s*,") do
    if item ~= "" then
      items[#items + 1] = item
    end
  end
  return items
end

local function flag(value)
  return (value or ""):lower() == "true"
end

local function bare(name)
  return (name:gsub("^%*%.", ""))
end

--- Whether a text has the form of a public host name; a leading `*.` counts.
function names.is_host(name)
  return #name <= 253 and bare(name):find("^[%w%-%.]+%.%a[%w%-]*%w$") ~= nil and not name:find("..", 1, true)
end

--- The addresses that may approve a name: five at the name, and five at each domain above it.
---@return string[]
function names.approvers(name)
  local list, domain = {}, bare(name:lower())
  while domain:find(".", 1, true) do
    for _, user in ipairs(APPROVERS) do
      list[#list + 1] = user .. "@" .. domain
    end
    domain = domain:gsub("^[^.]*%.", "", 1)
  end
  return list
end

local function is_approver(address, name)
  for _, approver in ipairs(names.approvers(name)) do
    if approver == address:lower() then
      return true
    end
  end
  return false
end

--- The choices among control validations, as far as they can be judged without the CSR.
---@return table|nil fault
function names.check_choice(given)
  local http, dns = flag(given.httpdcvalidation), flag(given.dnsdcvalidation)
  if http and dns then
    return BOTH_FLAGS
  end
  if http or dns then
    return nil
  end
  if (given.approveremail or "") == "" then
    return {"2010295", "Approver email is required"}
  end
  local extra, approvers = names.split(given.dnsnames), names.split(given.dnsapproveremails)
  if #extra > 0 and #approvers == 0 then
    return {"2010295", "DNSApproverEmails is required"}
  end
  if #extra ~= #approvers then
    return {"2010767", "The additional DNSNames and their corresponding approver emails are not equal"}
  end
end

--- The same by the older pages: some proof must be chosen.
---@return table|nil fault
function names.check_choice_old(given)
  local http, dns = flag(given.httpdcvalidation), flag(given.dnsdcvalidation)
  if http and dns then
    return BOTH_FLAGS
  end
  if not http and not dns and (given.approveremail or "") == "" then
    return NO_APPROVER
  end
end

local function check(product, sans, list)
  local seen = {}
  for i, name in ipairs(list) do
    if not names.is_host(name) then
      return {"2011767", UNSUPPORTED_NAME}
    end
    if seen[name] then
      return {"2014296", "Duplicate Values in Common Names detected.Each Common Name should have a unique value."}
    end
    seen[name] = true
    local is_wildcard = bare(name) ~= name
    if i == 1 and product.coverage == "wildcard" then
      if not is_wildcard then
        return {"2011296", NOT_WILDCARD}
      end
    elseif is_wildcard then
      return {"2030296", "Invalid CSR - Wildcard not supported with this type of certificate."}
    end
  end
  if #list - 1 > sans then
    return {"2010767", ("The additional domain names provided in DNSNames exceeded the purchased SANS.Only %d SANS "
      .. "can be activated for this certificate."):format(sans)}
  end
end

--- How each name is to be validated.
---@return table|nil methods list of "http", "dns" or an address, one for each name
---@return table|nil fault
local function choose(product, given, list)
  local one = flag(given.httpdcvalidation) and "http" or flag(given.dnsdcvalidation) and "dns" or nil
  local wanted = {given.approveremail}
  for _, approver in ipairs(names.split(given.dnsapproveremails)) do
    wanted[#wanted + 1] = approver
  end
  local methods = {}
  for i, name in ipairs(list) do
    local method = one or ORDER_TOKENS[wanted[i]:lower()]
    -- the page gives the two words to multi-domain products only
    if method and not one and product.coverage ~= "multi" then
      return nil, {"2011295", "Approver email is invalid"}
    end
    if method == "http" and name:find("*", 1, true) then
      return nil, NO_HTTP
    end
    if not method and not is_approver(wanted[i], name) then
      return nil, {"3011295", i == 1 and "Approver email is not valid"
        or ("Approver email for the DomainName %s is not valid.Please provide the dnsapprover emails in the same order "
        .. "of dnsnames."):format(name)}
    end
    methods[i] = method or wanted[i]
  end
  return methods
end

--- Reads what activate and reissue are asked for, by the rules of the page that has been current since 2017.
---@param certificate table product, sans
---@return {csr: table, names: string[], methods: string[]}|nil order
---@return table|nil fault
function names.read(certificate, given)
  local csr, reason = pki.read_csr(given.csr)
  if not csr then
    return nil, {"3011296", ("Invalid CSR. %s"):format(reason)}
  end
  if not csr.common_name then
    return nil, {"3011296", "Invalid CSR. It has no common name"}
  end
  local list = {csr.common_name}
  for _, name in ipairs(names.split(given.dnsnames)) do
    list[#list + 1] = name:lower()
  end
  local fault = check(certificate.product, certificate.sans, list)
  if fault then
    return nil, fault
  end
  local methods, refused = choose(certificate.product, given, list)
  if not methods then
    return nil, refused
  end
  return {csr = csr, names = list, methods = methods}
end

--- The same by the older pages' numbers. What came after them (file, CNAME, further names) clients send beside the old
--- contacts too.
function names.read_old(certificate, given)
  local csr = pki.read_csr(given.csr)
  local list = {csr and csr.common_name}
  for _, name in ipairs(names.split(given.dnsnames)) do
    list[#list + 1] = name:lower()
  end
  if not csr or not csr.common_name or check(certificate.product, certificate.sans, list) then
    return nil, {"3011296", "The CSR provided is invalid"}
  end
  local flagged = flag(given.httpdcvalidation) or flag(given.dnsdcvalidation)
  if not flagged and #names.split(given.dnsapproveremails) ~= #list - 1 then
    return nil, {"2010767", "The additional DNSNames and their corresponding approver emails are not equal"}
  end
  local methods, refused = choose(certificate.product, given, list)
  if not methods then
    return nil, refused == NO_HTTP and refused or NO_APPROVER
  end
  return {csr = csr, names = list, methods = methods}
end

-- what to publish --------------------------------------------------------------------------------------------------

local function file_name(certificate)
  return certificate.csr.md5 .. ".txt"
end

local function file_content(certificate)
  return ("%s comodoca.com %s"):format(certificate.csr.sha256, certificate.unique)
end

local function record_name(certificate, name)
  return ("_%s.%s"):format(certificate.csr.md5, bare(name))
end

local function record_target(certificate)
  local sha256 = certificate.csr.sha256
  return ("%s.%s.%s.comodoca.com"):format(sha256:sub(1, 32), sha256:sub(33), certificate.unique)
end

--- The hosts where the file must be: a single-domain product needs it with and without "www.".
local function file_hosts(certificate, name)
  if certificate.product.coverage ~= "single" then
    return {name}
  end
  return {name, name:find("^www%.") and name:sub(5) or "www." .. name}
end

local function new_challenges(certificate)
  local list = {}
  for i, name in ipairs(certificate.requested) do
    local method = certificate.methods[i]
    if method == "http" then
      for _, host in ipairs(file_hosts(certificate, name)) do
        list[#list + 1] = {method = "http", name = host, domain = name,
          expected = {file = file_name(certificate), content = file_content(certificate)}}
      end
    elseif method == "dns" then
      list[#list + 1] = {method = "cname", name = record_name(certificate, name), domain = bare(name),
        expected = record_target(certificate)}
    else
      list[#list + 1] = {method = "email", name = bare(name), domain = bare(name), why = waits_for_mail}
    end
  end
  return list
end

--- Notes what an order asks for in its certificate, with the challenges that follow.
---@param certificate table csr, host and names when the order has none of its own
---@param order {names?: string[], methods?: string[], unique?: string}
function names.request(certificate, order)
  if not order.names then
    order.names, order.methods = {certificate.host}, {certificate.approver}
    for _, name in ipairs(certificate.names) do
      order.names[#order.names + 1] = name
      order.methods[#order.names] = "admin@" .. name
    end
  end
  certificate.requested, certificate.methods = order.names, order.methods
  certificate.host, certificate.names = order.names[1], {(table.unpack or unpack)(order.names, 2)}
  certificate.unique = (order.unique or "") ~= "" and order.unique or pki.random(7):sub(1, 13)
  certificate.challenges = new_challenges(certificate)
end

--- A record at a domain also proves control of the names below it.
function names.inherit(challenges)
  for _, below in ipairs(challenges) do
    for _, above in ipairs(challenges) do
      if below.method == "cname" and above.method == "cname" and above.proved
        and below.domain:sub(-#above.domain - 1) == "." .. above.domain then
        below.proved, below.why = true, nil
      end
    end
  end
end

local function block(name, used, rows)
  if not used then
    return nil
  end
  return element(name, {{"ValueAvailable", tostring(#rows > 0)}}, rows)
end

--- The two blocks of activate and reissue with what to publish; none when all names are validated by mail.
---@param unwrapped? boolean as the pages of 2014 to 2017 print it: the file without DNS elements; CNAMEs came later
function names.blocks(certificate, unwrapped)
  local http, dns = {}, {}
  for i, name in ipairs(certificate.requested) do
    local host = bare(name)
    if certificate.methods[i] == "http" then
      http[#http + 1] = element("DNS", {{"domain", host}}, {
        element("FileName", {}, xml.cdata(file_name(certificate))),
        element("FileContent", {}, xml.cdata(file_content(certificate))),
      })
    elseif certificate.methods[i] == "dns" then
      dns[#dns + 1] = element("DNS", {{"domain", host}}, {
        element("HostName", {}, xml.cdata(record_name(certificate, host))),
        element("Target", {}, xml.cdata(record_target(certificate))),
      })
    end
  end
  if unwrapped then
    local file = http[1] and block("HttpDCValidation", true, http[1].content)
    return {file or block("DNSDCValidation", dns[1], dns)}
  end
  local used = http[1] or dns[1]
  return {block("HttpDCValidation", used, http), block("DNSDCValidation", used, dns)}
end

-- editDCVMethod ----------------------------------------------------------------------------------------------------

--- The method that a word of editDCVMethod means for a name.
---@return string|nil method "http", "dns" or an address
---@return table|nil fault
function names.read_edit(name, word)
  local method = EDIT_TOKENS[word:lower()]
  if method == "http" and name:find("*", 1, true) then
    return nil, NO_HTTP
  end
  if method or is_approver(word, name) then
    return method or word
  end
  return nil
end

--- Gives names other methods; what was proved of the others stays so.
---@param certificate table
---@param methods table<string, string> by name
function names.edit(certificate, methods)
  local proved = {}
  for _, challenge in ipairs(certificate.challenges) do
    proved[challenge.method .. " " .. challenge.name] = challenge.proved
  end
  for i, name in ipairs(certificate.requested) do
    certificate.methods[i] = methods[name] or certificate.methods[i]
  end
  certificate.challenges = new_challenges(certificate)
  for _, challenge in ipairs(certificate.challenges) do
    challenge.proved = proved[challenge.method .. " " .. challenge.name]
  end
end

--- The two blocks of editDCVMethod: always there, without DNS elements, empty when unused.
function names.edit_blocks(certificate)
  local http, host
  for i, name in ipairs(certificate.requested) do
    http = http or certificate.methods[i] == "http"
    host = host or certificate.methods[i] == "dns" and name
  end
  local function value(used, text)
    return xml.cdata(used and text or "")
  end
  return element("HttpDCValidation", {{"ValueAvailable", tostring(http == true)}}, {
    element("FileName", {}, value(http, file_name(certificate))),
    element("FileContent", {}, value(http, file_content(certificate))),
  }), element("DNSDCValidation", {{"ValueAvailable", tostring(host ~= nil and host ~= false)}}, {
    element("HostName", {}, value(host, host and record_name(certificate, host))),
    element("Target", {}, value(host, record_target(certificate))),
  })
end

return names
