--- Installing a pair as files, so that no moment and no crash shows halves of two.
---
--- A certificate's folder has certbot's names:
---
---   privkey.pem cert.pem chain.pem fullchain.pem      links to current/<name>, which stay as they are
---   current                                           a link to .versions/<n>, which is replaced at once
---   previous                                          likewise, to what stood there before
---   .versions/0001 0002 …                             whole sets, written and synced before `current` leads to one
---
--- so that one rename changes all four. Plain files (or certbot's links) that stood there are kept as the first version
--- before they become links; the files' modes and owners go on with the new ones.
---
---   files:room(managed)              whether a pair could be written: tried, and taken away
---   files:served(managed)            -> pair that is installed | false
---   files:install(managed, pair)     pair: {key, certificate, chain} PEM; certificate may hold the chain
---   files:deploy(managed, pair)      the deploy hook: {"systemctl", "reload", "nginx"}; its status decides
---   files:verify(managed, pair)      by a TLS handshake: whether that is what is served
---   files:rollback(managed)          to what stood there before
---   files:remove(managed)            takes away what is ours in the folder, with all keys; the folder too where it is
---                                    empty then
---
--- `managed.install`: folder, hook (argv), timeout (of the hook, 120 s), check ("host:port", or false).

local lfs = require "lfs"
local system = require "reseal.system"
local x509 = require "reseal.x509"

local NAMES = {"privkey.pem", "cert.pem", "chain.pem", "fullchain.pem"}
local MODES = {["privkey.pem"] = "0600", ["cert.pem"] = "0644", ["chain.pem"] = "0644", ["fullchain.pem"] = "0644"}
local KEPT = 3 -- versions
local TIMEOUT = 120
local AGAIN = 0.25 -- seconds between two looks at what is served

---@class reseal.order.Files
local Files = {}
Files.__index = Files

local function exists(path)
  return lfs.symlinkattributes(path, "mode") ~= nil
end

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then
    file:close()
  end
  return text
end

local function ensure(path)
  if lfs.attributes(path, "mode") == "directory" then
    return true
  end
  local above = path:match "^(.+)/[^/]+$"
  if above and not exists(above) then
    local ok, err = ensure(above)
    if not ok then
      return nil, err
    end
  end
  local made, err = lfs.mkdir(path)
  if not made and lfs.attributes(path, "mode") ~= "directory" then
    return nil, ("%s can't be made: %s"):format(path, tostring(err))
  end
  return true
end

local function folder_of(managed)
  return (managed.install.folder:gsub("/+$", ""))
end

--- A link in the place of whatever has its name, by one rename; the folder is synced.
local function link(target, path)
  local draft = path .. ".new"
  os.remove(draft)
  local ok, err = lfs.link(target, draft, true)
  if ok then
    ok, err = os.rename(draft, path)
  end
  if not ok then
    os.remove(draft)
    return nil, ("%s: %s"):format(path, tostring(err))
  end
  return system.sync_folder(path:match "^(.*)/[^/]+$" or ".")
end

local function versions_of(folder)
  local list = {}
  if lfs.attributes(folder .. "/.versions", "mode") == "directory" then
    for name in lfs.dir(folder .. "/.versions") do
      list[#list + 1] = name:find "^%d+$" and tonumber(name) or nil
    end
  end
  table.sort(list)
  return list
end

local function current_of(folder, name)
  local target = lfs.symlinkattributes(folder .. "/" .. (name or "current"), "target")
  return target and target:match "^%.versions/(%d+)$"
end

--- Writes a set of files; whatever fails, what was begun is taken away.
local function write(folder, version, texts, like)
  local path = ("%s/.versions/%04d"):format(folder, version)
  local ok, err = ensure(folder .. "/.versions")
  if ok then
    ok, err = ensure(path)
  end
  for _, name in ipairs(NAMES) do
    if ok and texts[name] then
      local model = like and like(name)
      ok, err = system.write_file(path .. "/" .. name, texts[name], not model and MODES[name] or nil, model)
    end
  end
  ok, err = ok and system.sync_folder(path), err
  ok, err = ok and system.sync_folder(folder .. "/.versions"), err
  if not ok then
    system.remove_tree(path)
    return nil, err
  end
  return ("%04d"):format(version)
end

local function texts_of(pair)
  local list = x509.split(pair.certificate .. "\n" .. (pair.chain or ""))
  for i, pem in ipairs(list) do
    list[i] = pem:gsub("%s+$", "") .. "\n"
  end
  local leaf, chain = list[1], table.concat(list, "", 2)
  return {
    ["privkey.pem"] = pair.key:gsub("%s+$", "") .. "\n", ["cert.pem"] = leaf, ["chain.pem"] = chain,
    ["fullchain.pem"] = leaf .. chain,
  }
end

--- What stands in a folder, by name; nil where there is no pair.
local function found_in(folder)
  local texts = {}
  for _, name in ipairs(NAMES) do
    texts[name] = read(folder .. "/" .. name)
  end
  return texts["privkey.pem"] and texts["fullchain.pem"] and texts or nil
end

function Files.served(_, managed)
  local texts = found_in(folder_of(managed))
  if not texts then
    return false
  end
  local leaf, err = x509.certificate(texts["fullchain.pem"])
  if not leaf then
    return nil, ("%s/fullchain.pem: %s"):format(folder_of(managed), tostring(err))
  end
  return {
    not_before = leaf.not_before, not_after = leaf.not_after, fingerprint = leaf.fingerprint, names = leaf.names,
    kind = leaf.key.curve or leaf.key.type:upper() .. "-" .. tostring(leaf.key.bits),
    matches = x509.belongs(texts["privkey.pem"], texts["fullchain.pem"]),
  }
end

--- Whether a pair could be written there now: a file as large as one is written, synced and taken away.
function Files.room(_, managed)
  local folder = folder_of(managed)
  local ok, err = ensure(folder)
  if ok then
    ok, err = ensure(folder .. "/.versions")
  end
  if ok then
    local path = folder .. "/.versions/.room"
    ok, err = system.write_file(path, ("\n"):rep(32768), "0600")
    os.remove(path)
  end
  if not ok then
    return nil, ("no certificate could be installed: %s"):format(tostring(err))
  end
  return true
end

--- Makes links of the files that stand there, without a change of what they hold.
local function take_over(folder)
  local current = current_of(folder)
  if not current then
    local texts, version = found_in(folder), (versions_of(folder)[1] or 1) - 1
    local made, err = write(folder, math.max(version, 0), texts or {}, function(name)
      return texts and folder .. "/" .. name or nil
    end)
    if not made then
      return nil, err
    end
    made, err = link(".versions/" .. made, folder .. "/current")
    if not made then
      return nil, err
    end
    current = current_of(folder)
  end
  for _, name in ipairs(NAMES) do
    local path = folder .. "/" .. name
    if lfs.symlinkattributes(path, "target") ~= "current/" .. name then
      local ok, err = link("current/" .. name, path)
      if not ok then
        return nil, err
      end
    end
  end
  return current
end

--- Takes old versions away; they hold keys.
local function forget(folder, kept)
  local list = versions_of(folder)
  for i = 1, #list - KEPT do
    local name = ("%04d"):format(list[i])
    if not kept[name] then
      system.remove_tree(folder .. "/.versions/" .. name)
    end
  end
end

function Files.install(_, managed, pair)
  local folder = folder_of(managed)
  local ok, err = ensure(folder)
  if not ok then
    return nil, err
  elseif not x509.belongs(pair.key, pair.certificate) then
    return nil, "the key is not the certificate's"
  end
  local before = current_of(folder)
  local texts, there = texts_of(pair), before and found_in(folder)
  if there and there["fullchain.pem"] == texts["fullchain.pem"] and there["privkey.pem"] == texts["privkey.pem"] then
    return true -- a crash came after the swap
  end
  local versions = versions_of(folder)
  local version
  version, err = write(folder, (versions[#versions] or 0) + 1, texts, function(name)
    local path = folder .. "/" .. name
    return lfs.attributes(path, "mode") == "file" and path or nil
  end)
  if not version then
    return nil, err
  end
  before, err = take_over(folder)
  if not before then
    system.remove_tree(folder .. "/.versions/" .. version)
    return nil, err
  end
  ok, err = link(".versions/" .. before, folder .. "/previous")
  ok, err = ok and link(".versions/" .. version, folder .. "/current"), err
  if not ok then
    return nil, err
  end
  forget(folder, {[version] = true, [before] = true})
  return true
end

function Files.rollback(_, managed)
  local folder = folder_of(managed)
  local before = current_of(folder, "previous")
  if not before or lfs.attributes(folder .. "/.versions/" .. before .. "/privkey.pem", "mode") ~= "file" then
    return nil, "there is nothing to go back to"
  end
  return link(".versions/" .. before, folder .. "/current")
end

function Files.remove(_, managed)
  local folder = folder_of(managed)
  for _, list in ipairs {NAMES, {"current", "previous"}} do
    for _, name in ipairs(list) do
      local path = folder .. "/" .. name
      local ok, err = true, nil
      if exists(path) then
        ok, err = os.remove(path)
      end
      if not ok then
        return nil, tostring(err)
      end
    end
  end
  system.remove_tree(folder .. "/.versions")
  if exists(folder .. "/.versions") then
    return nil, folder .. "/.versions could not be removed"
  end
  lfs.rmdir(folder) -- stays where something else is in it
  return true
end

--- The words of the hook as they are, with the paths in the environment; and where it is one of dehydrated's kind
--- (`vocabulary = "dehydrated"`): HOOK deploy_cert DOMAIN KEYFILE CERTFILE FULLCHAINFILE CHAINFILE TIMESTAMP.
function Files:deploy(managed)
  local install = managed.install
  if not install.hook then
    return true
  end
  local folder, argv = folder_of(managed), {}
  for i, part in ipairs(type(install.hook) == "table" and install.hook or {install.hook}) do
    argv[i] = part
  end
  if install.vocabulary == "dehydrated" then
    for _, part in ipairs {"deploy_cert", managed.names[1], folder .. "/privkey.pem", folder .. "/cert.pem",
      folder .. "/fullchain.pem", folder .. "/chain.pem", ("%d"):format(self.options.now())} do
      argv[#argv + 1] = part
    end
  end
  local run = self.options.run or system.run
  local code, why = run(argv, {
    environment = {
      RESEAL_NAME = managed.name, RESEAL_NAMES = table.concat(managed.names, " "), RESEAL_FOLDER = folder,
      RENEWED_LINEAGE = folder, RENEWED_DOMAINS = table.concat(managed.names, " "), -- certbot's
    },
    stdin = "", timeout = install.timeout or TIMEOUT,
  })
  if not code then
    return nil, ("the deploy hook failed: %s"):format(tostring(why))
  elseif code ~= 0 then
    return nil, ("the deploy hook ended with status %d"):format(code)
  end
  return true
end

--- What is wrong with what is served for a name; nil when it is what was installed.
local function other_served(self, name, check, wanted)
  local pem, why = self.options.served(name, check, self.options.timeout or 10)
  if not pem then
    return ("what is served for %s can't be seen: %s"):format(name, tostring(why))
  end
  local leaf = x509.certificate(pem)
  if not leaf or leaf.fingerprint ~= wanted.fingerprint then
    return ("%s serves another certificate for %s: one that ends on %s"):format(check, name,
      leaf and os.date("!%Y-%m-%d", leaf.not_after) or "an unknown day")
  end
end

--- Whether the server serves what was installed: for each name that a server has, wildcards left out. A hook that
--- reloads a server mostly ends before the server has done so: it is given some seconds.
function Files:verify(managed, pair)
  local check = managed.install.check
  if not check then
    return true
  end
  local wanted, err = x509.certificate(pair.certificate)
  if not wanted then
    return nil, err
  elseif not self.options.served then
    return nil, "nothing here can see what is served (check = false does without)"
  end
  local till = system.now() + (self.options.patience or 0)
  for _, name in ipairs(managed.names) do
    local why = name:sub(1, 2) ~= "*." and other_served(self, name, check, wanted)
    while why do
      if system.now() >= till then
        return nil, why
      end
      system.sleep(AGAIN)
      why = other_served(self, name, check, wanted)
    end
  end
  return true
end

local files = {}

---@param options? {now?: fun(): integer, timeout?: number, run?: function, served?: function, patience?: number}
---  patience: seconds until what is served must be what was installed (default: at once); served: what sees the
---  certificates that are served, as reseal.curl's; run: what runs a program, default reseal.system's
---@return reseal.order.Files
function files.new(options)
  options = options or {}
  options.now = options.now or os.time
  return setmetatable({options = options}, Files)
end

return files
