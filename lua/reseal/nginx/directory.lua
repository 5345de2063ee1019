--- A directory of certificates: loaded at start, watched afterwards.
---
---   <directory>/<name>.pem and <name>.key        chain and key, or
---   <directory>/<name>/fullchain.pem and privkey.pem
---
--- A pair is served under all names of its certificate, or under <name> when it has none. Where two pairs are for the
--- same name, the one whose files bear it wins, else the one that ends later. What was served is served on when its
--- files go or turn bad.

local hosts = require "reseal.hosts"
local pair = require "reseal.nginx.pair"
local store = require "reseal.nginx.store"

local found, lfs = pcall(require, "lfs")
if not found then
  error("a directory of certificates needs LuaFileSystem for nginx's LuaJIT (Debian, Ubuntu: lua-filesystem; LuaRocks: "
    .. "luafilesystem): " .. lfs, 0)
end

local directory = {}

local INTERVAL = 10 -- seconds between looks, unless `interval` says otherwise
-- How much a look does before it lets requests run: a pair that is looked at counts as one, one that is loaded as ten.
local SLICE, LOADED = 50, 10
local LISTED = 200 -- entries of the directory that are read, or looked for, before others run
local LARGEST = 2 ^ 20 -- bytes of a file

--- What lets others run after every so many calls; at the start of nginx, where nobody waits, nothing.
---@return fun()
local function breathing()
  local n = 0
  return function()
    n = n + 1
    if n % LISTED == 0 then
      ngx.sleep(0.001) -- 0 would let nothing else in, on nginx without OpenResty's patches
    end
  end
end

local function at_start()
end

--- What stands in a folder, sorted, without what is hidden; nothing where it can't be read.
local function list_of(folder, breathe)
  local list = {}
  local ok, following, state = pcall(lfs.dir, folder)
  for name in ok and following or function() end, state do
    breathe()
    if name:sub(1, 1) ~= "." then
      list[#list + 1] = name
    end
  end
  table.sort(list)
  return list
end

--- What changes when a file is replaced or written; nil when there is none. LuaFileSystem tells whole seconds: a file
--- that was changed in this one may be changed once more without a sign, so it is young, and looked at again.
local function mark(path)
  local about = lfs.attributes(path)
  if not about then
    return nil
  end
  return ("%.0f:%.0f:%.0f:%.0f"):format(about.ino, about.size, about.modification, about.change),
    math.abs(os.time() - about.change) <= 1
end

--- The mark of a pair, and whether one of its files is young.
local function mark_of(files)
  local chain, young = mark(files.chain)
  local key, also = mark(files.key)
  return (chain or "-") .. " " .. (key or "-"), young or also or false
end

local function read(path)
  local file, err = io.open(path, "rb")
  if not file then
    return nil, err
  end
  local content = file:read(LARGEST + 1)
  file:close()
  if not content or content == "" then
    return nil, path .. ": is empty, or not a file"
  elseif #content > LARGEST then
    return nil, path .. ": is larger than 1 MiB"
  end
  return content
end

---@class reseal.nginx.Files
---@field name string
---@field chain string path
---@field key string path

--- What was loaded from a pair, in few bytes: a file that was only touched does not undo what was installed since.
local function digest_of(loaded)
  return ngx.md5(loaded.chain_pem .. loaded.key_pem)
end

---@class reseal.nginx.Remark what is known of a pair
---@field mark string at the last look
---@field young boolean it has to be looked at once more
---@field bad boolean it could not be loaded, and that was told
---@field digest string of what was loaded last; empty when nothing was

---@param files reseal.nginx.Files
---@return reseal.nginx.Remark
local function remark_of(files)
  local flags, known, digest = (store.value(files.chain) or ""):match("^([!~]*)(.*)#(%x*)$")
  flags = flags or ""
  return {
    mark = known or "", young = flags:find("~", 1, true) ~= nil, bad = flags:find("!", 1, true) ~= nil,
    digest = digest or "",
  }
end

---@param files reseal.nginx.Files
---@param remark reseal.nginx.Remark
local function set_remark(files, remark)
  store.set_value(files.chain, (remark.bad and "!" or "") .. (remark.young and "~" or "") .. remark.mark .. "#"
    .. remark.digest)
end

--- The pairs of files in a directory.
---@return reseal.nginx.Files[]
local function pairs_in(path, breathe)
  path = path:gsub("/+$", "")
  local list, entries = {}, list_of(path .. "/", breathe)
  for _, entry in ipairs(entries) do
    local name = entry:match("^(.+)%.pem$")
    if name then
      list[#list + 1] = {name = name, chain = path .. "/" .. entry, key = path .. "/" .. name .. ".key"}
    end
  end
  for _, entry in ipairs(entries) do
    local folder = path .. "/" .. entry
    breathe()
    if lfs.attributes(folder .. "/fullchain.pem", "mode") then
      list[#list + 1] = {name = entry, chain = folder .. "/fullchain.pem", key = folder .. "/privkey.pem"}
    end
  end
  return list
end

--- Reads a pair of files and checks it.
local function load_pair(files)
  local chain, key, err
  chain, err = read(files.chain)
  if not chain then
    return nil, err
  end
  key, err = read(files.key)
  if not key then
    return nil, err, err:find("Permission denied", 1, true) ~= nil
  end
  local parsed
  parsed, err = pair.check(chain, key)
  if not parsed then
    return nil, ("%s with %s: %s"):format(files.chain, files.key:match("[^/]+$"), err)
  end
  local names, seen = {}, {}
  for _, given in ipairs(#parsed.names > 0 and parsed.names or {files.name}) do
    local name = hosts.normal(given)
    if name and not seen[name] then
      seen[name], names[#names + 1] = true, name
    end
  end
  if #names == 0 then
    return nil, ("%s: neither the certificate nor the file has a name to serve"):format(files.chain)
  end
  return {kind = parsed.kind, names = names, key_pem = parsed.key_pem, chain_pem = chain, not_after = parsed.not_after}
end

--- Whether a pair is the one for a name: see the head of this file. `present` are the pairs there are.
local function wins(files, name, loaded, present)
  local owner = store.value("o:" .. name .. ":" .. loaded.kind)
  if files.name == name or not owner or owner == files.name or not present[owner] then
    return true
  end
  return owner ~= name and loaded.not_after > (store.not_after(name, loaded.kind) or 0)
end

--- Puts a pair under its names.
local function put(files, loaded, present)
  for _, name in ipairs(loaded.names) do
    if wins(files, name, loaded, present) then
      local ok, err = store.put(name, loaded.kind, loaded)
      if ok then
        ok, err = store.set_value("o:" .. name .. ":" .. loaded.kind, files.name)
      end
      if not ok then
        return nil, err
      end
    end
  end
  return true
end

local function present_in(list)
  local present = {}
  for _, files in ipairs(list) do
    present[files.name] = true
  end
  return present
end

--- What the whole directory takes in the dict, for the operator to whom it is too small.
local function whole_cost(list)
  local bytes = 0
  for _, files in ipairs(list) do
    local loaded = load_pair(files)
    for _, name in ipairs(loaded and loaded.names or {}) do
      bytes = bytes + store.cost(#name + 6, #loaded.key_pem + #loaded.chain_pem + 40) + 3 * store.cost(24, #name)
    end
    bytes = bytes + store.cost(#files.chain + 2, 144)
  end
  return bytes
end

--- Loads the directory, in init_by_lua: as root, when nginx is started by it, so that keys stay readable by root alone.
--- What did not change since it was last loaded is left, so that a reload does not undo what was installed since.
---@param opts {directory?: string}
---@return true|nil ok
---@return string|nil err when the dict cannot hold it all; a bad pair is a line in the log
function directory.load(opts)
  local path = opts.directory
  if not path then
    return true
  elseif not mark(path) then
    return nil, "directory: there is no " .. path
  end
  local list = pairs_in(path, at_start)
  local present = present_in(list)
  store.set_value("#" .. path, tostring(#list))
  for _, files in ipairs(list) do
    local now, young = mark_of(files)
    local known = remark_of(files)
    if known.mark ~= now or known.young or known.bad then -- what was bad is tried again at every start
      local loaded, err = load_pair(files)
      if loaded then
        local digest = digest_of(loaded)
        local ok = digest == known.digest
        if not ok then
          ok, err = put(files, loaded, present)
        end
        known.digest = digest
        if not ok then
          local need = math.ceil(whole_cost(list) * 1.25 / 2 ^ 20) + 1
          return nil, ("%s; the whole of %s needs about %dm"):format(err, path, need)
        end
      else
        ngx.log(ngx.ERR, "reseal: skipped: ", err)
      end
      set_remark(files, {mark = now, young = young, bad = not loaded, digest = known.digest})
    end
  end
  return true
end

-- What the log says once, since a look repeats it.
local ABOUT_RIGHTS = [[workers run without root's rights. "nginx -s reload" loads what changed (nginx reads it as ]]
  .. "root then), reseal.install hands a pair over without a file, or let the worker's group read it"

local settling = {} -- faults that may be the middle of a replacement: told when they are still there at the next look
local told_about_rights = false
local visible -- pairs, at the last look

--- Tells about a fault of a pair, once, whichever worker looks.
---@param known reseal.nginx.Remark
local function tell(files, known, now, young, err, forbidden)
  local seen = settling[files.chain]
  if (seen ~= now or young) and not forbidden then
    settling[files.chain] = now
    return
  end
  settling[files.chain] = nil
  -- What root has loaded is not bad because a worker can't read it once more.
  local good = forbidden and known.mark == now and not known.bad
  set_remark(files, {mark = now, young = young, bad = not good, digest = known.digest})
  if known.mark == now and (good or known.bad) then
    return
  elseif not forbidden then
    ngx.log(ngx.ERR, "reseal: skipped, what was served is served on: ", err)
  elseif not told_about_rights then
    told_about_rights = true
    ngx.log(ngx.ERR, "reseal: changed, but not readable by the worker: ", err, "; ", ABOUT_RIGHTS,
      ". Said once; other keys may be in the same state")
  end
end

--- Looks once for what changed.
local function look(path)
  local list = pairs_in(path, breathing())
  local loaded_once = tonumber(store.value("#" .. path)) or 0
  if #list < loaded_once and #list ~= visible then
    ngx.log(ngx.ERR, "reseal: of ", loaded_once, " pairs that were loaded from ", path, " the worker sees ", #list,
      "; they are served on; where folders are closed to it: ", ABOUT_RIGHTS)
  end
  visible = #list
  local present = present_in(list)
  local done = 0
  for _, files in ipairs(list) do
    done = done + 1
    if done >= SLICE then
      done = 0
      ngx.sleep(0.001)
    end
    local now, young = mark_of(files)
    local known = remark_of(files)
    if known.mark ~= now or known.young then
      done = done + LOADED
      local loaded, err, forbidden = load_pair(files)
      if loaded then
        local digest = digest_of(loaded)
        local same = digest == known.digest
        local ok = same
        if not same then
          ok, err = put(files, loaded, present)
        end
        if ok then
          settling[files.chain] = nil
          set_remark(files, {mark = now, young = young, bad = false, digest = digest})
        end
        if ok and not same then
          ngx.log(ngx.NOTICE, "reseal: loaded ", files.chain)
        end
      end
      if err then
        tell(files, known, now, young, err, forbidden)
      end
    end
  end
end

local looking = false

--- Watches the directory, in init_worker_by_lua: every worker asks, the elected one looks.
---@param opts {directory?: string, interval?: number} `interval`: seconds between looks, default 10
---@return true|nil ok
---@return string|nil err
function directory.watch(opts)
  local path, interval = opts.directory, opts.interval or INTERVAL
  if not path then
    return true
  end
  local ok, err = ngx.timer.every(interval, function(premature)
    if premature or looking or not store.elect("directory", interval * 3) then
      return
    end
    looking = true
    local done, failed = pcall(look, path)
    looking = false
    if not done then
      ngx.log(ngx.ERR, "reseal: the look at ", path, " failed: ", failed)
    end
  end)
  return ok and true or nil, err
end

return directory
