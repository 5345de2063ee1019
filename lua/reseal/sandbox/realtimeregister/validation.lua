--- What a Realtime Register order waits for: control of every name, and for OV and EV the organization.

local answer = require "reseal.sandbox.realtimeregister.answer"
local json = require "reseal.sandbox.json"
local names = require "reseal.sandbox.realtimeregister.names"

local FOLDER = "/.well-known/pki-validation/"

local validation = {}

--- Refuses entries that can not prove what they are for.
local function check_entries(entries, ordered)
  local known = {}
  for _, name in ipairs(ordered) do
    known[name] = true
  end
  for _, entry in ipairs(entries) do
    local name = entry.commonName
    if not known[name] then
      return nil, answer.invalid("dcv names %s, which is not part of the order", name)
    end
    if entry.type == "FILE" and name:find("*", 1, true) then
      return nil, answer.invalid("FILE validation is not possible for wildcards")
    end
    if entry.type == "EMAIL" and not names.is_approver(entry.email, name) then
      return nil, answer.invalid("%s can not approve %s", entry.email, name)
    end
  end
  return true
end

--- One entry for each name: as asked, else by DNS. The free name that comes with the first one is proved as that is: a
--- customer who asked for one name only, by file or mail, would wait for a record that nobody thinks of (inferred).
---@param asked table[]|nil
---@param ordered string[] names
---@param free string|nil the one of them that comes with the first
---@return table[]|nil entries
---@return table|nil refusal
function validation.entries(asked, ordered, free)
  local ok, refusal = check_entries(asked or {}, ordered)
  if not ok then
    return nil, refusal
  end
  local by_name, entries = {}, {}
  for _, entry in ipairs(asked or {}) do
    by_name[entry.commonName] = entry
  end
  local first = by_name[ordered[1]]
  if free and first and not by_name[free] and (first.type ~= "EMAIL" or names.is_approver(first.email, free)) then
    by_name[free] = first
  end
  for i, name in ipairs(ordered) do
    local entry = by_name[name] or {}
    entries[i] = {commonName = name, type = entry.type or "DNS", email = entry.email, status = "WAITING"}
  end
  return entries
end

--- Changes the method of the names that are asked for.
---@return boolean|nil ok
---@return table|nil refusal
function validation.switch(process, asked)
  local ok, refusal = check_entries(asked, process.names)
  if not ok then
    return nil, refusal
  end
  for _, wanted in ipairs(asked) do
    for _, entry in ipairs(process.dcv) do
      if entry.commonName == wanted.commonName and entry.status ~= "VALIDATED" then
        entry.type, entry.email, entry.why = wanted.type, wanted.email, nil
      end
    end
  end
  return true
end

--- What is to be published for a name, and how it is looked for.
---@return table shown fields of validations.dcv[]
---@return string method of Dcv:check
---@return string name likewise
---@return any expected likewise
local function challenge(account, process, entry)
  local csr, host = process.csr, names.bare(entry.commonName)
  if entry.type == "EMAIL" then
    return {email = entry.email}, "email", host
  end
  if entry.type == "FILE" then
    local file, content = csr.md5 .. ".txt", ("%s\nsectigo.com\n%s"):format(csr.sha256, process.unique)
    if process.random then
      file, content = "fileauth.txt", process.random
    end
    return {
      fileLocation = (account.odd.no_scheme and "" or "http://") .. host .. FOLDER .. file,
      fileContents = content,
    }, "http", host, {file = file, content = content}
  end
  local sha256 = csr.sha256:lower()
  local record = ("_%s.%s"):format(csr.md5:lower(), host)
  local target = ("%s.%s.%s.sectigo.com"):format(sha256:sub(1, 32), sha256:sub(33), process.unique)
  if process.random then
    record, target = "_dnsauth." .. host, process.random .. ".dcv.digicert.com"
  end
  local kind = not account.odd.no_dns_type and "CNAME" or nil
  return {dnsRecord = record, dnsType = kind, dnsContents = target}, "cname", record, target
end

--- Looks for what is to be published. May yield.
---@return string|nil why the first reason why a name is not proved
function validation.look(account, process)
  local reason
  for _, entry in ipairs(process.dcv) do
    if entry.status ~= "VALIDATED" then
      local _, method, name, expected = challenge(account, process, entry)
      local kind = entry.type
      local proved, why = account.dcv:check(method, name, expected)
      -- while it looked, the method may have been changed or control declared proved
      if entry.type == kind and entry.status ~= "VALIDATED" then
        entry.status, entry.why = proved and "VALIDATED" or "WAITING", why
        reason = reason or why
      end
    end
  end
  return reason
end

--- Whether nothing is waited for any more.
function validation.is_complete(process)
  for _, entry in ipairs(process.dcv) do
    if entry.status ~= "VALIDATED" then
      return false
    end
  end
  for _, status in pairs(process.checks) do
    if status ~= "VALIDATED" then
      return false
    end
  end
  return true
end

--- Declares control proved: of one name, of those that wait for a mail, or of all.
---@param which fun(entry: table): boolean
---@return integer count
function validation.prove(process, which)
  local count = 0
  for _, entry in ipairs(process.dcv) do
    if entry.status ~= "VALIDATED" and which(entry) then
      entry.status, entry.why, count = "VALIDATED", nil, count + 1
    end
  end
  return count
end

--- The checks beside domain control that a product's orders begin with.
---@return table<string, string>
function validation.checks(product)
  if product.validationType == "DOMAIN_VALIDATION" then
    return {}
  end
  local extended = product.validationType == "EXTENDED_VALIDATION"
  return {organization = "WAITING", voice = "WAITING", agreement = "ATTENTION", docs = extended and "WAITING" or nil,
    whois = extended and "WAITING" or nil}
end

--- Whether somebody must act.
function validation.needs_attention(process)
  for _, status in pairs(process.checks) do
    if status == "ATTENTION" then
      return true
    end
  end
  return false
end

local function validations_of(account, process)
  if account.odd.null_validations then
    return json.null
  end
  if account.odd.no_validations then
    return nil
  end
  local shown, entries = {}, {}
  for name, status in pairs(process.checks) do
    shown[name] = status
  end
  for i, entry in ipairs(process.dcv) do
    local object = challenge(account, process, entry)
    object.commonName, object.status, object.type = entry.commonName, entry.status, entry.type
    if account.odd.null_type then
      object.type = json.null
    end
    if account.odd.no_type then
      object.type = nil
    end
    entries[i] = object
  end
  shown.dcv = json.array(entries)
  if account.odd.extra_keys then
    shown.request = process.status
  end
  return shown
end

--- The info of a process, which is also the answer to its order.
function validation.info(account, process)
  local attention = process.status == "SUSPENDED" and validation.needs_attention(process)
  local info = {
    commonName = process.names[1], certificateId = process.issued_at_once,
    validations = validations_of(account, process), notes = process.notes,
    oneTimeLink = attention and "https://onetime.invalid/" .. process.unique or nil,
  }
  if not account.odd.no_attention then
    info.requiresAttention = attention
  end
  return info
end

--- Whether the key stands in a TXT record: at `_dnsauth.<host>` as the page says, or at the host itself, where the
--- vendor's own module sets it.
local function has_txt(account, host, key)
  if not account.odd.auth_key_at_name and account.dcv:check("txt", "_dnsauth." .. host, key) then
    return true
  end
  return not account.odd.auth_key_at_dnsauth and account.dcv:check("txt", host, key)
end

--- Whether a key is published for every name (without www): as TXT record, or as file. May yield.
---@return boolean found
---@return string|nil why
function validation.find_auth_key(account, ordered, key)
  for _, name in ipairs(ordered) do
    local host = names.bare(name):gsub("^www%.", "")
    if not has_txt(account, host, key) then
      local found, why = account.dcv:check("http", host, {file = "fileauth.txt", content = key})
      if not found then
        return false, why
      end
    end
  end
  return true
end

return validation
