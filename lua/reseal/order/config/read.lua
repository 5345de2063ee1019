--- Gets the entries of managed certificates from where the configuration says that they are: a list, a folder with one
--- file for each, or a file of JSON lines.

local data = require "reseal.order.data"
local lfs = require "lfs"

local MOST_BYTES = 64 * 1024 * 1024

local read = {}

local function content_of(path)
  local file, message = io.open(path, "rb")
  if not file then
    return nil, message
  end
  local text, why = file:read(MOST_BYTES + 1)
  file:close()
  if not text and why then
    return nil, path .. ": " .. why
  elseif text and #text > MOST_BYTES then
    return nil, path .. ": is larger than 64 MiB"
  end
  return text or ""
end

--- What is written there names programs that are run: who may write it, may run them.
local function is_open(path)
  local rights = lfs.attributes(path, "permissions") or ""
  return rights:sub(5, 5) == "w" or rights:sub(8, 8) == "w"
end

local function guarded(path, report)
  if is_open(path) then
    report:fault({file = path}, {}, "writable", "others may write it, and it can name programs to be run: chmod go-w")
  end
end

local function add_text(list, text, source, dialect, report)
  local value, places = data[dialect](text)
  if value == nil and places.message then
    source.line = (source.line or 1) + places.line - 1
    report:fault(source, {}, "syntax", places.message)
    return
  end
  source.places, source.root = places.of and places or nil, value
  list[#list + 1] = {value = value, source = source}
end

local DIALECTS = {lua = "lua", json = "json"}

local function folder(path, report)
  local list, names = {}, {}
  guarded(path, report)
  for name in lfs.dir(path) do
    local ending = name:match "^[^.].*%.(%a+)$"
    names[#names + 1] = DIALECTS[ending] and name or nil
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local file = path .. "/" .. name
    local text, message = content_of(file)
    if text then
      guarded(file, report)
      add_text(list, text, {file = file}, DIALECTS[name:match "%a+$"], report)
    else
      report:fault({file = file}, {}, "unreadable", message)
    end
  end
  return list
end

local function lines(path, report)
  local list = {}
  local text, message = content_of(path)
  if not text then
    report:fault({file = path}, {}, "unreadable", message)
    return list
  end
  guarded(path, report)
  local number = 0
  for line in (text:gsub("^\239\187\191", "") .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    if line:find "%S" then
      add_text(list, line, {file = path, line = number}, "json", report)
    end
  end
  return list
end

--- The entries, each with its source.
---@param given any a list of tables; or the path of a folder, or of a file whose name ends in .jsonl
---@param source reseal.order.Source of the list
---@param report reseal.order.Report
---@param base string|nil the folder from which a relative path leads on
---@return {value: any, source: reseal.order.Source}[]
function read.entries(given, source, report, base)
  local list = {}
  if type(given) == "string" then
    local path = given:sub(1, 1) == "/" and given or (base or ".") .. "/" .. given
    local mode, why = lfs.attributes(path, "mode")
    if mode == "directory" then
      return folder((path:gsub("(.)/+$", "%1")), report)
    elseif mode == "file" and path:find "%.jsonl$" then
      return lines(path, report)
    end
    report:fault(source, {"certificates"}, "certificates", mode and ("certificates: %s is neither a folder nor a file "
      .. "of JSON lines (.jsonl)"):format(path) or "certificates: " .. tostring(why))
  elseif type(given) ~= "table" then
    report:fault(source, {"certificates"}, given == nil and "missing" or "bad_type",
      "certificates must be a list of tables, or the path of a folder or of a .jsonl file")
  else
    for key in pairs(given) do
      if type(key) ~= "number" or key % 1 ~= 0 or key < 1 or key > #given then
        report:fault(source, {"certificates"}, "bad_type", ("certificates must be a list, but has %s: each certificate "
          .. "is a table of its own, {names = {…}, …}"):format(tostring(key)))
        break
      end
    end
    for i, value in ipairs(given) do
      list[i] = {value = value, source = {
        file = source.file, places = source.places, root = source.root, base = {"certificates", i}, number = i,
        list = "certificates",
      }}
    end
  end
  return list
end

return read
