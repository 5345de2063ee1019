--- What a person says of orders: what became of one that stopped, that an account may buy again, that a certificate is
--- managed no more.

local failure = require "reseal.failure"
local faults = require "reseal.orders.faults"
local files = require "reseal.order.install.files"
local key_files = require "reseal.order.keys"
local lfs = require "lfs"
local machine = require "reseal.order.machine"
local ports = require "reseal.orders.ports"
local run = require "reseal.order.run"
local sellers = require "reseal.order.sellers"
local system = require "reseal.system"

local HOWS = {again = true, found = true, absent = true, give_up = true}

---@class reseal.Orders
local Person = {}

--- The entry of a name; of one that is configured no more what its order was begun with, which may buy nothing.
local function entry_of(self, name, order)
  local managed = self.configuration.by_name[name]
  if managed or not order then
    return managed or {name = name, names = {}, buy = false}
  end
  local data = order.data
  return {
    name = name, account = order.account, provider = data.provider, names = data.names or {}, key = data.key,
    buy = false, enabled = false,
  }
end

--- Works on one certificate while nobody else does.
local function with_claim(self, name, act)
  local claim, err
  claim, err = self:release_gone()
  if not claim then
    return nil, err
  end
  claim, err = self.journal:claim_name(self:owner(), name, nil, run.LEASE)
  if not claim and err.code == "claimed" then
    local message = ("another process works at %s just now; if it has died, its claim ends at %s"):format(name,
      os.date("!%H:%M:%S UTC", err.expires or 0))
    return nil, failure.wrap {class = "journal", code = "claimed", message = message, outcome = "not_sent",
      retry = "later"}
  elseif not claim then
    return nil, faults.journal(err)
  elseif claim.order then
    claim.order.intent = claim.intent
  end
  local done, result, problem = pcall(act, claim)
  local ok
  ok, err = self.journal:release(claim)
  if not done then
    error(result, 0)
  elseif result == nil then
    return nil, problem
  elseif not ok then
    return nil, faults.journal(err)
  end
  return result
end

--- Whether the journal knows a name that the configuration has not; opens it.
local function known(self, name)
  if type(name) ~= "string" then
    error("the name of a certificate must be a string", 3)
  end
  local managed = self.configuration.by_name[name]
  local ok, err = self:open_journal(managed ~= nil)
  if not ok then
    return nil, err
  elseif managed then
    ok, err = self:ready()
    return ok, err
  end
  local row
  if self.journal then
    row, err = self.journal:row(name)
  end
  if err then
    return nil, faults.journal(err)
  elseif not row then
    return nil, faults.unknown(name)
  end
  return true
end

--- Writes what the machine makes of it.
local function write(self, claim, row, order, events, writes)
  local intent = claim.intent
  order.intent = nil -- a row of its own
  local settle = writes.settle
  writes.settle = nil
  local ok, err
  if settle then
    ok, err = self.journal:settle(claim, intent, settle, row, order, events, writes)
  else
    ok, err = self.journal:save(claim, row, order, events, writes)
  end
  if not ok and err.code == "held" then
    return nil, faults.invalid("held", tostring(err.message), "id")
  elseif not ok then
    return nil, faults.journal(err)
  end
  return true
end

--- What a person has found, as the seller shows it: what another order has, or can't be this one's, is not taken.
local function recognised(self, managed, claim, how)
  local order, id = claim.order, tostring(how.id)
  local holder = self.journal:holder(order.account, how.order and "order" or "certificate", id)
  if holder and holder ~= managed.name then
    return nil, faults.invalid("held", ("%s %s of account %s is held by %s"):format(how.order and "order"
      or "certificate", id, order.account, holder), "id")
  end
  local client, found, err
  local seller = sellers.of(order.data.provider)
  if not seller then
    return nil, faults.invalid("reconcile", ("%s: orders of %s are not known"):format(managed.name,
      tostring(order.data.provider)), managed.name)
  elseif not how.unseen then
    client, err = self:client(order.account)
    if not client then
      return nil, err
    end
  end
  local wanted = setmetatable({names = order.data.names}, {__index = managed})
  found, err = seller.recognise(client, wanted, order, order.intent, id, how.order)
  if not found and err.code ~= "not_it" then
    err.advice = err.advice or "Try again when the seller answers; --unseen takes the id at your word."
  end
  return found, err
end

--- Says what became of an order that stopped, and lets it go on: with the next `run`.
---@param name string of the configuration, or of one that was taken out of it while its order was under way
---@param how {by: "again"|"found"|"absent"|"give_up", id: string|nil, order: boolean|nil, unseen: boolean|nil} found:
---  it was carried out, and `id` is the certificate's, or with `order` the seller's order's; the seller is asked for
---  it, unless `unseen`; absent: it was looked for at the seller, and nothing was carried out, so that it may be sent
---  again; again: what it stopped for is mended; give_up: the order ends here
---@return table|nil row of the journal, as it stands then
---@return reseal.Failure|nil err what doesn't fit: code `reconcile`; `not_it`: what has that id can't be what was made;
---  `claimed`: another process works at it
function Person:reconcile(name, how)
  if type(how) ~= "table" or not HOWS[how.by] then
    error("what became of an order is {by = \"found\" (with id), \"absent\", \"again\" or \"give_up\"}", 2)
  end
  local ok, err = known(self, name)
  if not ok then
    return nil, err
  elseif how.by == "found" and (how.id == nil or tostring(how.id) == "") then
    return nil, faults.invalid("missing", name .. ": the id of what was found is missing", "id")
  end
  return with_claim(self, name, function(claim)
    local given, managed = {by = how.by}, entry_of(self, name, claim.order)
    if how.by == "found" and claim.order and claim.order.intent then
      given.found, err = recognised(self, managed, claim, how)
      if not given.found then
        return nil, err
      end
    end
    local row, order, events, writes = machine.settle(managed, claim.row, claim.order, given, claim.now)
    if not row then
      return nil, faults.invalid("reconcile", name .. ": " .. tostring(order), name)
    end
    ok, err = write(self, claim, row, order, events, writes)
    return ok and row, err
  end)
end

--- Lets an account buy again that was stopped for what it was charged, and those go on that waited for it.
---@param account string
---@return integer|nil since when it was stopped; 0: it was not
---@return reseal.Failure|nil err
function Person:resume(account)
  if not self.accounts[account] then
    return nil, faults.invalid("not_allowed", ("there is no account %s"):format(tostring(account)), "account")
  end
  local ok, err = self:open_journal(true)
  local before, rows
  if ok then
    before, err = self.journal:account(account)
    ok = before ~= nil
    if ok and before.halted then
      ok, err = self.journal:set_account(account, {halted = false, reason = false})
    end
    if ok then
      rows, err = self.journal:rows {account = account, state = "blocked"}
    end
    err = not rows and faults.journal(err) or nil
  end
  if err then
    return nil, err
  end
  for _, row in ipairs(rows) do
    -- Who works at it just now, looks anyway.
    with_claim(self, row.name, function(claim)
      claim.row.next = claim.now
      return true
    end)
  end
  return before.halted or 0
end

-- Removal ----------------------------------------------------------------------------------------------------------

--- Why an order can't be ended here; nil when it can.
local function in_the_way(name, order, force)
  local shown = machine.quoted(name)
  if order.intent then
    return ("what became of its %s is not known yet, and it may have been paid for: `reseal run` looks for it; or say "
      .. "it by `reseal reconcile %s --found ID`, or --absent"):format(order.intent.kind, shown)
  elseif not force then
    local paid = order.data.bought and (", and certificate %s was bought for it"):format(tostring(order.data.bought))
      or order.data.paid and ", and was paid for"
      or order.data.seller_order and ", and the seller works at it" or ""
    return ("its order %d (%s) is under way%s; --force ends it here"):format(order.id, order.action, paid)
  end
end

--- Ends an order: the proof of control is taken away where that can be done, and nothing follows.
local function end_order(self, managed, claim)
  local order = claim.order
  local row, ended, events, writes = machine.settle(managed, claim.row, order, {by = "give_up"}, claim.now)
  if not row then
    return nil, faults.invalid("under_way", managed.name .. ": " .. tostring(ended), managed.name)
  end
  local ok, err = write(self, claim, row, ended, events, writes)
  if not ok then
    return nil, err
  end
  local act, answer = "close", {ok = true}
  if ended.data.published_at and managed.prove then
    local done, value, why = pcall(ports.of(self, {}).prove.tidy, managed, ended.data.challenges or {})
    act, answer = "tidy", done and value and {ok = true} or {err = {code = "tidy", message = tostring(why or value)}}
  end
  row, ended, events, writes = machine.absorb(managed, row, ended, {act = act}, answer, claim.now)
  ok, err = write(self, claim, row, ended, events, writes)
  return ok and ended, err
end

--- The file that an entry has for itself, in a folder of them; nil where others are beside it.
local function own_file(self, managed)
  local source = managed.source or {}
  if source.file and source.file ~= self.file.path and not source.line and not source.entry then
    return source.file
  end
end

--- Takes the file away from those that are read; it stays under another name.
local function put_aside(path)
  local aside, n = path .. ".removed", 1
  while lfs.symlinkattributes(aside, "mode") do
    n = n + 1
    aside = ("%s.removed-%d"):format(path, n)
  end
  local ok, err = os.rename(path, aside)
  if ok then
    ok, err = system.sync_folder(path:match "^(.*)/[^/]+$" or ".")
  end
  if not ok then
    return nil, failure.wrap {class = "invalid", code = "file", message = ("%s could not be put aside: %s"):format(path,
      tostring(err)), outcome = "not_sent", retry = "later"}
  end
  return aside
end

--- Takes the files and keys away.
local function take_files(self, managed)
  local ok, err = files.new():remove(managed)
  if ok and self.keys_folder then
    ok, err = key_files.open(self.keys_folder).remove(managed.name)
  end
  if not ok then
    return nil, failure.wrap {class = "invalid", code = "file", outcome = "not_sent", retry = "later",
      message = tostring(type(err) == "table" and err.message or err)}
  end
  return true
end

local function forget(self, managed)
  for i, one in ipairs(self.configuration.managed) do
    if one == managed then
      table.remove(self.configuration.managed, i)
      break
    end
  end
  self.configuration.by_name[managed.name] = nil
end

---@class reseal.Removed
---@field ended table|nil the order that was ended
---@field aside string|nil what the entry's own file is called now
---@field entry {file: string|nil, line: integer|nil, entry: integer|nil}|nil where the entry still stands: the next run
---  takes it in again
---@field folder string|nil where its files still are
---@field keys string|nil where its keys still are

--- Takes a certificate out of what is managed. The seller's certificate stays what it is, and the journal keeps what
--- happened. An entry that has a file of its own in a folder is put aside (`NAME.lua.removed`); another one stays, and
--- is taken in again by the next run unless it is deleted there.
---@param name string of the configuration, or of one that was taken out of it before
---@param options? {force: boolean|nil, files: boolean|nil} force: an order under way ends here, unless what became of a
---  request is not known; files: the installed files and all keys of it are deleted, unless something was ordered for
---  which one is needed
---@return reseal.Removed|nil
---@return reseal.Failure|nil err code under_way
function Person:remove(name, options)
  options = options or {}
  local ok, err = known(self, name)
  if not ok then
    return nil, err
  end
  local configured = self.configuration.by_name[name]
  local removed = {}
  ok, err = with_claim(self, name, function(claim)
    local order = claim.order
    if not order then
      return true
    end
    local why = in_the_way(name, order, options.force)
    local data = order.data
    if not why and options.files and (data.bought or data.paid or data.seller_order) then
      why = "something was ordered for a key of it: remove it without --files"
    end
    if why then
      return nil, faults.invalid("under_way", name .. ": " .. why, name)
    end
    local problem
    removed.ended, problem = end_order(self, entry_of(self, name, order), claim)
    return removed.ended, problem
  end)
  if not ok then
    return nil, err
  end
  local path = configured and own_file(self, configured)
  if path then
    removed.aside, err = put_aside(path)
    if not removed.aside then
      return nil, err
    end
  end
  ok, err = self.journal:retire(name)
  if not ok and err.code == "open_order" then
    return nil, faults.invalid("under_way", ("%s: another process has begun an order for it"):format(name), name)
  elseif not ok then
    return nil, faults.journal(err)
  elseif configured then
    forget(self, configured)
    removed.entry = not path and (configured.source or {}) or nil
    if options.files then
      ok, err = take_files(self, configured)
      return ok and removed, err
    end
    removed.folder = configured.install and configured.install.folder
  end
  local keys = self.keys_folder and key_files.open(self.keys_folder).list(name)
  removed.keys = keys and keys[1] and keys[1].path:match "^(.*)/" or nil
  return removed
end

local WAKES = {watch = true, queued = true, blocked = true, failed = true}

--- Makes due what is not yet, where that helps: for a person who knows that it does. What a seller works at, and what
--- stopped, stays as it is.
---@param names string[]
---@return boolean|nil
---@return reseal.Failure|nil err
function Person:wake(names)
  local _, err = self:chosen(names)
  local ok
  if not err then
    ok, err = self:ready()
  end
  if ok then
    ok, err = self:release_gone()
  end
  if not ok then
    return nil, err
  end
  for _, name in ipairs(names) do
    local row, claim
    row, err = self.journal:row(name)
    if row and WAKES[row.state] and row.next > self.clock() then
      claim, err = self.journal:claim_name(self:owner(), name, nil, run.LEASE)
    end
    if claim then
      err = select(2, self.journal:release(claim, WAKES[claim.row.state] and {next = claim.now} or nil))
    end
    if err and err.code ~= "claimed" and err.code ~= "lost" then -- another works on it: it was due
      return nil, faults.journal(err)
    end
  end
  return true
end

return Person
