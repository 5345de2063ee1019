--- Files of domain control in the folder of a web server that runs already.

local lfs = require "lfs"
local system = require "reseal.system"

local BELOW = {".well-known", "pki-validation"} -- the authorities' place since 2017

local webroot = {}

local function folder_of(way)
  return (way.webroot:gsub("/+$", "")) .. "/" .. table.concat(BELOW, "/")
end

--- Makes the folders below the root; that one must be there: a misspelt one is an error, not a new folder.
local function make(way)
  local path = way.webroot:gsub("/+$", "")
  if lfs.attributes(path == "" and "/" or path, "mode") ~= "directory" then
    return nil, ("webroot %s is no folder"):format(way.webroot)
  end
  for _, part in ipairs(BELOW) do
    path = path .. "/" .. part
    if lfs.attributes(path, "mode") ~= "directory" then
      local made, why = lfs.mkdir(path)
      if not made and lfs.attributes(path, "mode") ~= "directory" then
        return nil, ("%s can't be made: %s"):format(path, tostring(why))
      end
    end
  end
  return path
end

--- Whether files can be put there; tried with one.
function webroot.ready(way)
  local folder, err = make(way)
  if not folder then
    return nil, err
  end
  local path = folder .. "/.reseal"
  local ok
  ok, err = system.write_file(path, "", "0644")
  os.remove(path)
  return ok, err
end

function webroot.publish(way, challenge)
  -- The name comes from the seller, and is to be one in this folder.
  local file = challenge.file or ""
  if not file:find "^[%w][%w._-]*$" then
    return nil, ("the seller names a file of domain control that can't be one: %q"):format(file:sub(1, 80))
  end
  local folder, err = make(way)
  if not folder then
    return nil, err
  end
  return system.write_file(folder .. "/" .. file, challenge.content or "", "0644")
end

function webroot.tidy(way, challenge)
  local path = folder_of(way) .. "/" .. (challenge.file or "")
  if not (challenge.file or ""):find "^[%w][%w._-]*$" or not lfs.attributes(path) then
    return true
  end
  local ok, err = os.remove(path)
  return ok, err
end

return webroot
