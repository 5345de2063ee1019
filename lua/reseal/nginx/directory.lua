--- A directory of certificates: loaded at start, watched afterwards.
---
---   <directory>/<name>.pem and <name>.key        chain and key, or
---   <directory>/<name>/fullchain.pem and privkey.pem
---
--- A pair is served under all names of its certificate, or under <name> when it has none. Where two pairs are for the
--- same name, the one whose files bear it wins, else the one that ends later. What was served is served on when its
--- files go or turn bad.

local ffi = require "ffi"
local hosts = require "reseal.hosts"
local pair = require "reseal.nginx.pair"
local store = require "reseal.nginx.store"

local directory = {}

local INTERVAL = 10 -- seconds between looks, unless `interval` says otherwise
local SLICE = 50 -- files that a look takes before it lets requests run
local LARGEST = 2 ^ 20 -- bytes of a file

-- Linux: the C libraries agree about these.
if not pcall(ffi.typeof, "struct reseal_statx") then
  ffi.cdef [[
typedef struct { size_t count; char **paths; size_t offset; char rest[256]; } reseal_glob;
int reseal_glob_find(const char *, int, void *, reseal_glob *) __asm__("glob");
void reseal_glob_free(reseal_glob *) __asm__("globfree");
struct reseal_statx {
  uint32_t mask, block; uint64_t attributes; uint32_t links, uid, gid; uint16_t mode, spare;
  uint64_t inode, size, blocks, attributes_mask;
  struct { int64_t seconds; uint32_t nanoseconds; int32_t spare; } access, birth, change, modification;
  char rest[256];
};
int reseal_statx(int, const char *, int, unsigned, struct reseal_statx *) __asm__("statx");
]]
end

local AT_FDCWD, BASIC_STATS = -100, 0x7ff

--- Paths that match a pattern, sorted.
local function glob(pattern)
  local found, list = ffi.new("reseal_glob"), {}
  if ffi.C.reseal_glob_find(pattern, 0, nil, found) == 0 then
    for i = 0, tonumber(found.count) - 1 do
      list[i + 1] = ffi.string(found.paths[i])
    end
  end
  ffi.C.reseal_glob_free(found)
  return list
end

local information = ffi.new("struct reseal_statx")

--- What changes when a file is replaced or written; nil when there is none.
local function mark(path)
  if ffi.C.reseal_statx(AT_FDCWD, path, 0, BASIC_STATS, information) ~= 0 then
    return nil
  end
  local changed = information.modification
  return ("%.0f:%.0f:%.0f.%d"):format(tonumber(information.inode), tonumber(information.size),
    tonumber(changed.seconds), changed.nanoseconds)
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

--- The pairs of files in a directory.
---@return reseal.nginx.Files[]
local function pairs_in(path)
  local list, literal = {}, path:gsub("/+$", ""):gsub("[%[%]*?\\]", "\\%0")
  for _, chain in ipairs(glob(literal .. "/*.pem")) do
    list[#list + 1] = {name = chain:match("([^/]+)%.pem$"), chain = chain, key = chain:gsub("%.pem$", ".key")}
  end
  for _, chain in ipairs(glob(literal .. "/*/fullchain.pem")) do
    local folder = chain:match("^(.*)/fullchain%.pem$")
    list[#list + 1] = {name = folder:match("[^/]+$"), chain = chain, key = folder .. "/privkey.pem"}
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
  local owner = store.remember("o:" .. name .. ":" .. loaded.kind)
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
        ok, err = store.remember("o:" .. name .. ":" .. loaded.kind, files.name)
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
    bytes = bytes + store.cost(#files.chain + 2, 96)
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
  local list = pairs_in(path)
  local present = present_in(list)
  store.remember("#" .. path, tostring(#list))
  for _, files in ipairs(list) do
    local now = (mark(files.chain) or "-") .. " " .. (mark(files.key) or "-")
    if store.remember(files.chain) ~= now then
      local loaded, err = load_pair(files)
      local state = now
      if loaded then
        local ok
        ok, err = put(files, loaded, present)
        if not ok then
          local need = math.ceil(whole_cost(list) * 1.25 / 2 ^ 20) + 1
          return nil, ("%s; the whole of %s needs about %dm"):format(err, path, need)
        end
      else
        ngx.log(ngx.ERR, "reseal: skipped: ", err)
        state = "!" .. now -- to be tried again at the next start
      end
      store.remember(files.chain, state)
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

--- Tells about a fault of a pair.
local function tell(files, now, err, forbidden)
  local seen = settling[files.chain]
  if seen ~= now and not forbidden then
    settling[files.chain] = now
    return
  end
  settling[files.chain] = nil
  store.remember(files.chain, "!" .. now)
  if not forbidden then
    ngx.log(ngx.ERR, "reseal: skipped, what was served is served on: ", err)
  elseif not told_about_rights then
    told_about_rights = true
    ngx.log(ngx.ERR, "reseal: changed, but not readable by the worker: ", err, "; ", ABOUT_RIGHTS,
      ". Said once; other keys may be in the same state")
  end
end

--- Looks once for what changed.
local function look(path)
  local list = pairs_in(path)
  local loaded_once = tonumber(store.remember("#" .. path)) or 0
  if #list < loaded_once and #list ~= visible then
    ngx.log(ngx.ERR, "reseal: of ", loaded_once, " pairs that were loaded from ", path, " the worker sees ", #list,
      "; they are served on; where folders are closed to it: ", ABOUT_RIGHTS)
  end
  visible = #list
  local present = present_in(list)
  for i, files in ipairs(list) do
    if i % SLICE == 0 then
      ngx.sleep(0.001) -- 0 would let nothing else in, on nginx without OpenResty's patches
    end
    local now = (mark(files.chain) or "-") .. " " .. (mark(files.key) or "-")
    local remembered = store.remember(files.chain)
    if remembered ~= now and remembered ~= "!" .. now then
      local loaded, err, forbidden = load_pair(files)
      if loaded then
        local ok
        ok, err = put(files, loaded, present)
        if ok then
          settling[files.chain] = nil
          store.remember(files.chain, now)
          ngx.log(ngx.NOTICE, "reseal: loaded ", files.chain)
        end
      end
      if err then
        tell(files, now, err, forbidden)
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
