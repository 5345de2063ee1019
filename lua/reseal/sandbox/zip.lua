--- Writes ZIP archives whose entries are stored, not compressed.

local zip = {}

--- A number in `size` bytes, the lowest first.
local function bytes(number, size)
  local list = {}
  for i = 1, size do
    list[i] = string.char(number % 256)
    number = math.floor(number / 256)
  end
  return table.concat(list)
end

--- Packs files.
---@param files {name: string, content: string}[] names with / between folders
---@param time integer seconds since the epoch; all files get it
---@return string archive
function zip.pack(files, time)
  local date = os.date("!*t", time)
  -- two seconds are the format's smallest step
  local stamp = bytes(date.hour * 2048 + date.min * 32 + math.floor(date.sec / 2), 2)
    .. bytes((date.year - 1980) * 512 + date.month * 32 + date.day, 2)
  local entries, directory, offset = {}, {}, 0
  for i, file in ipairs(files) do
    -- version 1.0, no flags, stored
    local facts = bytes(10, 2) .. bytes(0, 2) .. bytes(0, 2) .. stamp .. bytes(ngx.crc32_long(file.content), 4)
      .. bytes(#file.content, 4) .. bytes(#file.content, 4) .. bytes(#file.name, 2) .. bytes(0, 2)
    entries[i] = "PK\3\4" .. facts .. file.name .. file.content
    directory[i] = "PK\1\2" .. bytes(10, 2) .. facts .. bytes(0, 2 + 2 + 2 + 4) .. bytes(offset, 4) .. file.name
    offset = offset + #entries[i]
  end
  local contents, index = table.concat(entries), table.concat(directory)
  return contents .. index .. "PK\5\6" .. bytes(0, 4) .. bytes(#files, 2) .. bytes(#files, 2) .. bytes(#index, 4)
    .. bytes(offset, 4) .. bytes(0, 2)
end

return zip
