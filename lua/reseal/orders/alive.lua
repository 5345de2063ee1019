--- Tells whether a process lives that has claims in a journal of this machine: each holds a lock on a byte of its own
--- in a file beside the journal, and the system takes the lock away when the process ends, however it does.
---
--- A number of a process is no proof: another may have it by now, or live where it can't be seen from here (in a
--- container). What this says is no more than that a lease need not be waited for: who was taken for dead and is not
--- writes nothing, as its claim's epoch is an old one.

local lfs = require "lfs"
local system = require "reseal.system"

local MARK = "+" -- behind the names of owners that hold such a lock

local alive = {}

-- The open files, by path. They are never closed: closing one gives up all locks that the process has on it.
local files = {}

--- A file's place for an owner's lock.
local function place(nonce)
  return tonumber(nonce:sub(1, 7), 16)
end

local function opened(path)
  local one = files[path]
  local number = lfs.attributes(path, "ino")
  if not one or one.number ~= number then
    system.write_new(path, "") -- unless it is there
    local file = io.open(path, "r+b")
    if not file then
      return nil
    end
    -- Where somebody took the file away, this process has its places in the new one too.
    one = {file = file, number = lfs.attributes(path, "ino"), own = one and one.own or {}, before = one}
    for at in pairs(one.own) do
      lfs.lock(file, "w", at, 1)
    end
    files[path] = one
  end
  return one
end

--- Says that this process lives, until it ends.
---@param path string the journal's file
---@param pid integer
---@param nonce string hexadecimal digits, seven at least: what makes the name unique
---@return string owner a name for claims; without such a lock where none is to be had
function alive.owner(path, pid, nonce)
  local name = ("%d-%s"):format(pid, nonce)
  local one = path and opened(path .. "-alive")
  local at = one and place(nonce)
  if one and at and (one.own[at] or lfs.lock(one.file, "w", at, 1)) then
    one.own[at] = true
    return name .. MARK
  end
  return name
end

--- Whether the process is gone that claimed something by this name. One whose lock can't be looked at is not.
---@param path string the journal's file
---@param owner string
---@return boolean
function alive.is_gone(path, owner)
  local nonce = owner:match "^%d+%-(%x%x%x%x%x%x%x+)%+$"
  local at = nonce and place(nonce)
  local one = at and opened(path .. "-alive")
  if not one or one.own[at] or not lfs.lock(one.file, "w", at, 1) then
    return false
  end
  lfs.unlock(one.file, at, 1)
  return true
end

return alive
