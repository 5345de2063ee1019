--- Private keys as files: written and synced before a request for them leaves, each beside the others and never in the
--- place of one.
---
--- `<folder>/<name>/<reference>.key`: the folders are this user's alone (0700), the files too (0600). A reference is
--- `name/word`, such as "example.com/17" for order 17; the journal knows the reference, and never the key.

local lfs = require "lfs"
local system = require "reseal.system"
local x509 = require "reseal.x509"

local keys = {}

local function fault(code, message, ...)
  return {class = "order", code = code, outcome = "refused", message = message:format(...)}
end

--- A part of a path for any text: what is special in one is %XX, and so is a dot at the beginning.
local function encoded(part)
  return (part:gsub("[^%w._-]", function(c) return ("%%%02X"):format(c:byte()) end):gsub("^%.", "%%2E"))
end

local function decoded(part)
  return (part:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

--- The keys of a folder, which is made when the first is written.
---@param folder string
---@return table keys functions, called without it: make, write, read, exists, path, list, remove
function keys.open(folder)
  local store = {}

  --- Where the key of a reference is, or would be.
  ---@param ref string
  ---@return string|nil path
  ---@return table|nil err
  function store.path(ref)
    local name, word
    if type(ref) == "string" then
      name, word = ref:match "^(.+)/([^/]+)$"
    end
    if not name or #name > 255 or #word > 100 or ref:find "%z" then
      return nil, fault("reference", "a key's reference is name/word, such as example.com/17")
    end
    return ("%s/%s/%s.key"):format(folder, encoded(name), encoded(word))
  end

  --- Whether there is something under the reference, readable or not.
  ---@param ref string
  ---@return boolean|nil
  ---@return table|nil err
  function store.exists(ref)
    local path, err = store.path(ref)
    if not path then
      return nil, err
    end
    return lfs.symlinkattributes(path, "mode") ~= nil
  end

  --- Reads a key. One that others may read, or that is another user's, is refused: somebody else may know it.
  ---@param ref string
  ---@return string|nil pem a secret
  ---@return table|nil err code no_key: there is none
  function store.read(ref)
    local path, err = store.path(ref)
    if not path then
      return nil, err
    elseif not store.exists(ref) then
      return nil, fault("no_key", "there is no key %s", path)
    elseif lfs.symlinkattributes(path, "uid") ~= system.uid() then
      return nil, fault("owner", "%s: it belongs to another user", path)
    end
    local pem, message = system.read_private(path)
    if not pem then
      return nil, fault("file", "%s", message)
    end
    return pem
  end

  --- Writes a new key; it is durable when this returns.
  ---@param ref string
  ---@param pem string a secret
  ---@return boolean|nil
  ---@return table|nil err code exists: there is one, which stays as it is
  function store.write(ref, pem)
    local path, err = store.path(ref)
    if not path then
      return nil, err
    end
    local known
    known, err = x509.key(pem)
    if not known then
      return nil, fault("key", "%s", err)
    end
    local ok, message = system.make_folder(folder)
    if ok then
      ok, message = system.make_folder((path:match "^(.*)/"))
    end
    if not ok then
      return nil, fault("folder", "%s", message)
    end
    ok, message = system.write_new(path, pem)
    if not ok then
      return nil, fault(store.exists(ref) and "exists" or "file", "%s", message)
    end
    return true
  end

  --- A key and the request to certify it. The key is durable before this returns. Where the reference has one already,
  --- as after a crash, that one is used: no key that a request may be out for is ever made anew.
  ---@param kind string see `reseal.x509`
  ---@param names string[]
  ---@param ref string
  ---@param subject? table
  ---@return string|nil csr PEM
  ---@return table|nil err
  function store.make(kind, names, ref, subject)
    local there, err = store.exists(ref)
    if err then
      return nil, err
    end
    local pem, message
    if there then
      pem, err = store.read(ref)
      if not pem then
        return nil, err
      end
    else
      pem, message = x509.new_key(kind)
      if not pem then
        return nil, fault("key", "%s", message)
      end
    end
    -- Before it is written, so that no key is left for a request that can't be.
    local csr
    csr, message = x509.new_request(pem, names, subject)
    if not csr then
      return nil, fault("request", "%s", message)
    end
    if not there then
      local written
      written, err = store.write(ref, pem)
      if not written then
        return nil, err
      end
    end
    return csr
  end

  --- Takes all keys of one certificate away.
  ---@param name string
  ---@return boolean|nil
  ---@return table|nil err
  function store.remove(name)
    local path = folder .. "/" .. encoded(name)
    if name ~= "" and lfs.symlinkattributes(path, "mode") == "directory" then
      system.remove_tree(path)
      if lfs.symlinkattributes(path, "mode") then
        return nil, fault("file", "%s could not be removed", path)
      end
    end
    return true
  end

  --- What keys there are, whether they can be read or not.
  ---@param name? string only those of one certificate
  ---@return {ref: string, path: string, modified: integer}[]|nil by name, the oldest first
  ---@return table|nil err
  function store.list(name)
    local list = {}
    local function each(path, f)
      if lfs.attributes(path, "mode") ~= "directory" then
        return
      end
      for entry in lfs.dir(path) do
        if entry ~= "." and entry ~= ".." then
          f(entry)
        end
      end
    end
    local ok, message = pcall(each, folder, function(part)
      if name and part ~= encoded(name) then
        return
      end
      each(folder .. "/" .. part, function(file)
        local word = file:match "^([^.].*)%.key$"
        if word then
          local path = ("%s/%s/%s"):format(folder, part, file)
          list[#list + 1] = {
            ref = decoded(part) .. "/" .. decoded(word), path = path,
            modified = math.floor(lfs.symlinkattributes(path, "modification") or 0),
          }
        end
      end)
    end)
    if not ok then
      return nil, fault("folder", "%s", tostring(message))
    end
    table.sort(list, function(a, b)
      local one, other = a.ref:match "^(.*)/", b.ref:match "^(.*)/"
      if one ~= other then
        return one < other
      elseif a.modified ~= b.modified then
        return a.modified < b.modified
      end
      return a.ref < b.ref
    end)
    return list
  end

  return store
end

return keys
