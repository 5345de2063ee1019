--- `reseal import`: entries for certificates that are there already: of certbot's tree, of a folder of pairs, of a
--- seller's account. Which of the sellers' certificates a pair is, is told by the certificate itself, or by its names
--- where only one can be meant; what could not be told is said.

local budget = require "reseal.order.budget"
local entries = require "reseal.order.config.entry"
local json = require "reseal.cli.json"
local lfs = require "lfs"
local order_json = require "reseal.order.json"
local output = require "reseal.cli.output"
local setup = require "reseal.cli.order.setup"
local system = require "reseal.system"
local text = require "reseal.cli.text"
local ways = require "reseal.cli.order.ways"
local x509 = require "reseal.x509"

local EXIT = output.EXIT
local EEXIST = 17
local MOST_LOOKED_AT = 10 -- certificates of one name
local CERTBOT = "/etc/letsencrypt"

local IS_KEY = {}
for _, kind in ipairs(entries.KEYS) do
  IS_KEY[kind] = true
end

local function content_of(path)
  local file = io.open(path, "rb")
  local content = file and file:read "*a"
  if file then
    file:close()
  end
  return content
end

local function folders_in(path)
  local list = {}
  for name in lfs.dir(path) do
    if name:sub(1, 1) ~= "." and lfs.attributes(path .. "/" .. name, "mode") == "directory" then
      list[#list + 1] = name
    end
  end
  table.sort(list)
  return list
end

-- what is there ----------------------------------------------------------------------------------------------------

--- What certbot noted about a lineage: the webroot, and what is run after a renewal.
local function certbot_notes(path)
  local notes = {}
  for line in (content_of(path) or ""):gmatch "[^\n]+" do
    local name, value = line:match "^%s*([%w_.*-]+)%s*=%s*(.-)%s*$"
    if name == "webroot_path" then
      notes.webroot = value:match "^(/[^,]*)"
    elseif name == "renew_hook" or name == "deploy_hook" then
      notes.hook = value
    end
  end
  return notes
end

local function kind_of(leaf)
  local kind = leaf.key.curve or ("%s-%s"):format(leaf.key.type:upper(), tostring(leaf.key.bits))
  return IS_KEY[kind] and kind or nil
end

--- A pair that stands somewhere, as the beginning of an entry; nil and words where there is none that can be managed.
local function pair(name, key_path, certificate_path)
  local key, pem = content_of(key_path), content_of(certificate_path)
  if not pem then
    return nil, certificate_path .. " can't be read"
  elseif not key then
    return nil, key_path .. " can't be read"
  end
  local leaf, err = x509.certificate(pem)
  if not leaf then
    return nil, certificate_path .. ": " .. err
  elseif not x509.belongs(key, pem) then
    return nil, certificate_path .. ": " .. key_path .. " is not its key"
  elseif #leaf.names == 0 then
    return nil, certificate_path .. ": the certificate is for no name"
  end
  local names, first = {}, leaf.common_name
  for _, one in ipairs(leaf.names) do
    if one == first then
      table.insert(names, 1, one)
    else
      names[#names + 1] = one
    end
  end
  return {name = name, entry = {names = names, key = kind_of(leaf)}, leaf = leaf}
end

local function certbot(root, found, notes)
  local live = root .. "/live"
  if lfs.attributes(live, "mode") ~= "directory" then
    return nil, live .. " is no folder: it is no tree of certbot, or not to be read by this user"
  end
  for _, name in ipairs(folders_in(live)) do
    local folder = live .. "/" .. name
    local one, err = pair(name, folder .. "/privkey.pem", folder .. "/fullchain.pem")
    if one then
      local known = certbot_notes(root .. "/renewal/" .. name .. ".conf")
      one.entry.prove = known.webroot and {method = "http", webroot = known.webroot} or nil
      one.entry.install = {folder = folder, hook = ways.words(known.hook)}
      one.authority = one.leaf.issuer
      found[#found + 1] = one
    else
      notes[#notes + 1] = {name = name, note = err}
    end
  end
  return true
end

local ENDINGS = {"crt", "cer", "cert", "pem"}

local function pairs_in(root, found, notes)
  if lfs.attributes(root, "mode") ~= "directory" then
    return nil, root .. " is no folder"
  end
  for _, name in ipairs(folders_in(root)) do
    local folder = root .. "/" .. name
    if lfs.attributes(folder .. "/fullchain.pem", "mode") then
      local one, err = pair(name, folder .. "/privkey.pem", folder .. "/fullchain.pem")
      if one then
        one.entry.install = {folder = folder}
        found[#found + 1] = one
      else
        notes[#notes + 1] = {name = name, note = err}
      end
    end
  end
  local keys = {}
  for file in lfs.dir(root) do
    keys[#keys + 1] = file:match "^([^.].*)%.key$"
  end
  table.sort(keys)
  for _, name in ipairs(keys) do
    local certificate
    for _, ending in ipairs(ENDINGS) do
      local path = ("%s/%s.%s"):format(root, name, ending)
      certificate = certificate or lfs.attributes(path, "mode") == "file" and path or nil
    end
    local one, err = nil, "there is no certificate beside its key"
    if certificate then
      one, err = pair(name, ("%s/%s.key"):format(root, name), certificate)
    end
    found[#found + 1] = one
    notes[#notes + 1] = {
      name = name,
      note = err or "it will be put into a folder of its own (install.folder): let the server read it there",
    }
  end
  return true
end

-- whose it is ------------------------------------------------------------------------------------------------------

--- Waits as the account's windows ask, when many are looked at.
local function pacer(provider)
  local window, count = (budget.WINDOWS[provider] or {})[1], 0
  return function()
    count = count + 1
    if window and count > window.limit / 2 then
      system.sleep(window.seconds / window.limit + 0.1)
    end
  end
end

--- The certificates of the accounts that are issued, as rows with their account.
local function rows_of(made, notes, only)
  local list = {}
  for name in pairs(made.accounts) do
    list[#list + 1] = (not only or name == only) and name or nil
  end
  table.sort(list)
  local rows = {}
  for _, account in ipairs(list) do
    local client, err = made:client(account)
    local seen
    if client then
      seen, err = made:seller(account).sweep(client)
    end
    if not seen then
      notes[#notes + 1] = {name = account, note = "the account could not be asked: " .. tostring(err.message or err),
        failure = err}
    end
    for _, row in ipairs(seen or {}) do
      if row.status == "issued" or row.status == "expired" then
        row.account = account
        rows[#rows + 1] = row
      end
    end
  end
  return rows
end

local function same_names(a, b)
  local has = {}
  for _, name in ipairs(a) do
    has[name] = true
  end
  for _, name in ipairs(b) do
    if not has[name] then
      return false
    end
  end
  return #a == #b
end

--- Which of the rows a pair is: its id, or nil and words.
local function match(made, one, rows, pace)
  local candidates = {}
  for _, row in ipairs(rows) do
    for _, name in ipairs(one.entry.names) do
      if row.names[1] == name then
        candidates[#candidates + 1] = row
        break
      end
    end
  end
  if #candidates == 0 then
    return nil, "no account has a certificate of this name"
  elseif #candidates > MOST_LOOKED_AT then
    return nil, ("%d certificates of the accounts have this name: give the right one's id"):format(#candidates)
  end
  local alike = {}
  for _, row in ipairs(candidates) do
    local client, err = made:client(row.account)
    pace()
    local info
    if client then
      info, err = made:seller(row.account).look(client, one.entry, row.id)
    end
    if not info then
      return nil, "the account could not be asked: " .. tostring(err.message or err), err
    end
    local leaf = info.certificate and x509.certificate(info.certificate)
    if leaf and leaf.fingerprint == one.leaf.fingerprint then
      return {account = row.account, certificate = row.id, product = info.product}
    elseif same_names(info.names, one.entry.names) then
      alike[#alike + 1] = {account = row.account, certificate = row.id, product = info.product}
    end
  end
  if #alike == 1 then
    alike[1].doubt = ("certificate %s of %s has the same names, and is not the one that is there"):format(
      alike[1].certificate, alike[1].account)
    return alike[1]
  end
  local ids = {}
  for i, row in ipairs(candidates) do
    ids[i] = row.account .. " " .. row.id
  end
  return nil, "none of the certificates of this name is the one that is there: " .. table.concat(ids, ", ")
end

local function of_account(made, account, found, notes)
  local rows = rows_of(made, notes, account)
  local pace = pacer(made.accounts[account].provider)
  for _, row in ipairs(rows) do
    local info, err = row, nil
    if not row.ends then -- a list that doesn't tell all of it
      pace()
      info, err = made:seller(account).look(made:client(account), {names = row.names, product = row.product}, row.id)
    end
    if not info then
      notes[#notes + 1] = {name = row.names[1] or row.id, note = tostring(err.message or err), failure = err}
    elseif #info.names == 0 then
      notes[#notes + 1] = {name = row.id, note = "the seller tells no name of it"}
    else
      local leaf = info.certificate and x509.certificate(info.certificate)
      found[#found + 1] = {name = info.names[1], entry = {
        names = info.names, account = account, certificate = row.id, product = info.product,
        key = leaf and kind_of(leaf) or nil,
      }}
    end
  end
end

-- what is written --------------------------------------------------------------------------------------------------

local function lua_text(entry)
  local lines = {}
  for _, field in ipairs(ways.fields(entry)) do
    lines[#lines + 1] = ("%s = %s"):format(field[1], ways.lua(field[2]))
  end
  return table.concat(lines, "\n") .. "\n"
end

local function table_text(found)
  local lines = {"certificates = {"}
  for _, one in ipairs(found) do
    lines[#lines + 1] = "  {"
    for _, field in ipairs(ways.fields(one.entry)) do
      lines[#lines + 1] = ("    %s = %s,"):format(field[1], ways.lua(field[2]))
    end
    lines[#lines + 1] = "  },"
  end
  lines[#lines + 1] = "}"
  return table.concat(lines, "\n")
end

--- Writes the entries; what is there already stays as it is.
local function write(path, found, notes)
  if path:find "%.jsonl$" then
    local lines = {}
    for i, one in ipairs(found) do
      lines[i] = order_json.encode(one.entry)
    end
    local ok, message, number = system.write_new(path, table.concat(lines, "\n") .. (#lines > 0 and "\n" or ""))
    return ok, number == EEXIST and path .. " is there already" or message
  end
  path = path:gsub("(.)/+$", "%1")
  if lfs.attributes(path, "mode") ~= "directory" then
    local made, message = system.make_folder(path)
    if not made then
      return nil, message
    end
  end
  for _, one in ipairs(found) do
    local file = ("%s/%s.lua"):format(path, (one.entry.name or one.entry.names[1]):gsub("^%*", "_"))
    local ok, message, number = system.write_new(file, lua_text(one.entry))
    if not ok and number ~= EEXIST then
      return nil, message
    elseif not ok then
      notes[#notes + 1] = {name = one.name, note = file .. " is there already, and is left as it is", open = true}
    end
  end
  return true
end

--- Names that are unique among the entries, as names of certificates must be.
local function name_all(found, configuration)
  local seen = {}
  for _, managed in ipairs(configuration.managed) do
    seen[managed.name] = true
  end
  for _, one in ipairs(found) do
    local name, count = one.entry.names[1], 1
    while seen[name] do
      count = count + 1
      name = ("%s-%d"):format(one.entry.names[1], count)
    end
    seen[name] = true
    one.entry.name = count > 1 and name or nil
  end
end

--- Leaves out what is configured already.
local function new_ones(found, configuration, notes)
  local held, list = {}, {}
  for _, managed in ipairs(configuration.managed) do
    held[managed.account .. "\0" .. tostring(managed.certificate)] = managed.name
    held["\0" .. managed.install.folder] = managed.name
  end
  for _, one in ipairs(found) do
    local entry = one.entry
    local by = entry.certificate and held[tostring(entry.account) .. "\0" .. entry.certificate]
      or entry.install and held["\0" .. entry.install.folder]
    if by then
      notes[#notes + 1] = {name = one.name, note = "it is configured already, as " .. by}
    else
      list[#list + 1] = one
    end
  end
  return list
end

local import = {}

local SOURCES = {certbot = certbot, pairs = pairs_in}

local function finish(options, found, notes)
  local written, message = true, nil
  if options.out then
    written, message = write(options.out, found, notes)
  end
  if not written then
    return output.fault("output", message, EXIT.usage)
  end
  local is_open, code = false, EXIT.done
  for _, note in ipairs(notes) do
    is_open = is_open or note.open or note.failure ~= nil
    code = note.failure and note.failure.class and output.exit_code(note.failure) or code
  end
  if options.json or options.json_after then
    local list, told = {}, {}
    for i, one in ipairs(found) do
      list[i] = one.entry
    end
    for i, note in ipairs(notes) do
      told[i] = {name = note.name, note = note.note}
    end
    local shown = output.print(json.encode({certificates = list, notes = told}, {type = "object", fields = {
      {name = "certificates", type = "list"}, {name = "notes", type = "list"},
    }}))
    code = shown ~= EXIT.done and shown or code
  else
    if not options.out and #found > 0 then
      code = output.print(table_text(found))
    elseif options.out then
      output.print(("%d written to %s"):format(#found, options.out))
    end
    for _, note in ipairs(notes) do
      io.stderr:write(text.tame(("%s: %s"):format(note.name, note.note)), "\n")
    end
  end
  if code ~= EXIT.done then
    return code
  end
  return is_open and EXIT.person or #found == 0 and EXIT.nothing_to_do or EXIT.done
end

--- Runs it.
---@param options table the command line's: kind, source, out, account, offline, webroot, dns_hook, email, hook, …
---@return integer exit code
function import.run(options)
  output.set {json = options.json or options.json_after}
  local proof, message = ways.proof(options)
  if message then
    return output.usage(message)
  end
  local made, code = setup.open(options)
  if not made then
    return code
  end
  local account = options.kind == "account" and options.source or options.account
  if options.kind == "account" and not account then
    return output.usage("which account? " .. setup.account_names(made))
  elseif account and not made.accounts[account] then
    return output.usage(("there is no account %s; %s"):format(account, setup.account_names(made)))
  end
  local found, notes = {}, {}
  if options.kind == "account" then
    if options.offline then
      return output.usage "an account can't be read with --offline"
    end
    of_account(made, account, found, notes)
  else
    local source = options.source or options.kind == "certbot" and CERTBOT
    if not source then
      return output.usage "which folder? reseal import pairs FOLDER"
    end
    local ok
    ok, message = SOURCES[options.kind](source:gsub("(.)/+$", "%1") .. "", found, notes)
    if not ok then
      return output.fault("source", message, EXIT.usage)
    end
    local rows = not options.offline and #found > 0 and rows_of(made, notes, account) or {}
    local pace = pacer "namecheap"
    for _, one in ipairs(found) do
      local known, words, err
      if options.offline then
        words = "its id is to be added (certificate), and its account"
      else
        known, words, err = match(made, one, rows, pace)
      end
      one.entry.account = known and known.account or account
      one.entry.certificate, one.entry.product = known and known.certificate, known and known.product
      if known and known.doubt or words then
        notes[#notes + 1] = {name = one.name, note = words and "not matched: " .. words or known.doubt, failure = err,
          open = true}
      end
    end
  end
  for _, one in ipairs(found) do
    local entry = one.entry
    entry.prove = proof or entry.prove
    if options.hook or options.check then
      entry.install = entry.install or {}
      entry.install.hook = ways.words(options.hook) or entry.install.hook
      entry.install.check = options.check or entry.install.check
    end
    if not entry.prove and not made.has_default_proof then
      notes[#notes + 1] = {name = one.name, open = true,
        note = "how control of its names is proved is to be added (prove, here or in defaults)"}
    end
  end
  found = new_ones(found, made.configuration, notes)
  name_all(found, made.configuration)
  return finish(options, found, notes)
end

return import
