--- Reads tables that people write down: values in Lua's notation, or JSON. Nothing of it is run: a file with a call, an
--- operator or a loop in it is refused. Where each value stands is kept, so that what is wrong with it can be shown.
---
--- In Lua's notation a text is one table (`return {…}`, or just `{…}`), or assignments (`name = "example.com"`), whose
--- table is the value. A name that was assigned before, with `local` or without, may stand for its value again.

local data = {}

local MOST_NESTED = 50

--- Places of values in a text: of the table itself and of what it holds.
---@class reseal.order.Places
---@field text string
---@field of table<table, table<any, integer>>

local ESCAPES = {
  n = "\n", t = "\t", r = "\r", a = "\a", b = "\b", f = "\f", v = "\v", ["\\"] = "\\", ['"'] = '"', ["'"] = "'",
  ["\n"] = "\n", ["/"] = "/",
}
local IN_JSON = {n = true, t = true, r = true, b = true, f = true, ["\\"] = true, ['"'] = true, ["/"] = true}
local CONSTANTS = {["true"] = true, ["false"] = false}

local function utf8_of(code)
  if code < 0x80 then
    return string.char(code)
  elseif code < 0x800 then
    return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64)
  elseif code < 0x10000 then
    return string.char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
  end
  return string.char(0xF0 + math.floor(code / 262144), 0x80 + math.floor(code / 4096) % 64,
    0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

---@class reseal.order.Reader
local Reader = {}
Reader.__index = Reader

function Reader:fail(message, at)
  error({at = at or self.at, message = message}, 0)
end

--- Goes to the next byte that counts, and returns it; nil at the end.
function Reader:peek()
  local text, at = self.text, self.at
  local byte = text:byte(at)
  if byte and byte > 32 and byte ~= 45 then -- most often
    return byte
  end
  while true do
    at = text:find("[^ \t\r\n]", at)
    if not at then
      self.at = #text + 1
      return nil
    end
    if self.json or text:byte(at) ~= 45 or text:byte(at + 1) ~= 45 then
      self.at = at
      return text:byte(at)
    end
    local level = text:match("^%[(=*)%[", at + 2)
    local _, last = text:find(level and "]" .. level .. "]" or "\n", at + 2, true)
    if level and not last then
      self:fail("a comment does not end", at)
    end
    at = (last or #text) + 1
  end
end

--- The code unit of \uXXXX.
function Reader:unit()
  local digits = self.text:match("^u(%x%x%x%x)", self.at)
  if not digits then
    self:fail "\\u takes four hexadecimal digits"
  end
  self.at = self.at + 5
  return tonumber(digits, 16)
end

function Reader:escape()
  local text, at = self.text, self.at
  local letter = text:sub(at, at)
  if self.json then
    if letter == "u" then
      local code = self:unit()
      if code >= 0xD800 and code < 0xDC00 and text:find("^\\u[dD][c-fC-F]", self.at) then
        self.at = self.at + 1
        code = 0x10000 + (code - 0xD800) * 1024 + (self:unit() - 0xDC00)
      end
      if code >= 0xD800 and code < 0xE000 then
        self:fail("half of a surrogate pair", at)
      end
      return utf8_of(code)
    elseif not IN_JSON[letter] then
      self:fail "JSON has no such escape"
    end
  elseif letter:find "%d" then
    local digits = text:match("^%d%d?%d?", at)
    if tonumber(digits) > 255 then
      self:fail "\\ddd is at most \\255"
    end
    self.at = at + #digits
    return string.char(tonumber(digits))
  elseif letter == "x" then
    local digits = text:match("^x(%x%x)", at)
    if not digits then
      self:fail "\\x takes two hexadecimal digits"
    end
    self.at = at + 3
    return string.char(tonumber(digits, 16))
  end
  if not ESCAPES[letter] then
    self:fail "there is no such escape"
  end
  self.at = at + 1
  return ESCAPES[letter]
end

--- The text between quotes, whose first one has been read.
function Reader:string(quote)
  local text, first = self.text, self.at
  local plain = quote == '"' and '["\\%c]' or "['\\%c]"
  local parts
  while true do
    local at = text:find(plain, self.at)
    local byte = at and text:sub(at, at)
    if not at or byte == "\n" then
      self:fail("a text does not end on its line", first - 1)
    elseif self.json and byte < " " then
      self:fail("a control character in a text: write it as an escape", at)
    elseif byte == quote then
      self.at = at + 1
      local rest = text:sub(parts and parts.from or first, at - 1)
      if parts then
        parts[#parts + 1] = rest
        return table.concat(parts)
      end
      return rest
    elseif byte == "\\" then
      parts = parts or {from = first}
      parts[#parts + 1] = text:sub(parts.from, at - 1)
      self.at = at + 1
      parts[#parts + 1] = self:escape()
      parts.from = self.at
    else
      self.at = at + 1
    end
  end
end

function Reader:long_string()
  local level, first = self.text:match("^%[(=*)%[\r?\n?()", self.at)
  local last, behind = self.text:find("]" .. level .. "]", first, true)
  if not last then
    self:fail "a text does not end"
  end
  self.at = behind + 1
  return self.text:sub(first, last - 1)
end

function Reader:number()
  local shown = self.text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", self.at) or ""
  local value = tonumber(shown)
  local odd = self.json and (shown:find "^-?0%d" or shown:find "%.$" or shown:find "%.[eE]")
  if not value or odd or self.text:find("^[%w_.]", self.at + #shown) then
    self:fail "no number, nor anything else that can stand here"
  elseif value >= 2 ^ 53 or value <= -2 ^ 53 then
    self:fail "a number too large to be exact: write it as text, between quotes"
  end
  self.at = self.at + #shown
  return value
end

--- A name: a constant, or what was assigned before.
function Reader:name()
  local at = self.at
  local name = self.text:match("^[%a_][%w_]*", at)
  self.at = at + #name
  if CONSTANTS[name] ~= nil then
    return CONSTANTS[name]
  elseif name == (self.json and "null" or "nil") then
    return nil
  elseif self.json then
    self:fail("JSON has no word " .. name, at)
  end
  local value = self.names[name]
  if value == nil then
    self:fail(("%s is neither a value nor a name that was assigned before (nothing is run here)"):format(name), at)
  end
  return value
end

local function is_name(byte)
  return byte and (byte >= 97 and byte <= 122 or byte >= 65 and byte <= 90 or byte == 95)
end

function Reader:value()
  local byte = self:peek()
  if byte == 34 or byte == 39 and not self.json then
    self.at = self.at + 1
    return self:string(byte == 34 and '"' or "'")
  elseif byte == 123 then
    return self:table(125, not self.json)
  elseif byte == 91 then
    if self.json then
      return self:table(93, true)
    elseif self.text:find("^%[=*%[", self.at) then
      return self:long_string()
    end
  elseif is_name(byte) then
    return self:name()
  elseif not byte then
    self:fail "the text ends where a value should stand"
  end
  return self:number()
end

--- The key of a field, with its "=" or ":" read; nil where an item without one stands.
function Reader:key(byte)
  local key
  if self.json then
    if byte ~= 34 then
      self:fail "a name between quotes should stand here"
    end
    self.at = self.at + 1
    key = self:string '"'
    if self:peek() ~= 58 then
      self:fail "a colon should stand here"
    end
    self.at = self.at + 1
  elseif byte == 91 and not self.text:find("^%[=*%[", self.at) then
    self.at = self.at + 1
    key = self:value()
    if self:peek() ~= 93 or type(key) ~= "string" and type(key) ~= "number" then
      self:fail 'a name such as ["www.example.com"] should stand here'
    end
    self.at = self.at + 1
    if self:peek() ~= 61 then
      self:fail "= should stand here"
    end
    self.at = self.at + 1
  elseif is_name(byte) then
    local name, behind = self.text:match("^([%w_]+)%s*=()", self.at)
    if name and self.text:byte(behind) ~= 61 then
      key, self.at = name, behind
    end
  end
  return key
end

--- Reads up to the closing byte. `items`: values without keys may stand there.
function Reader:table(close, items)
  local found, places, count = {}, {}, 0
  self.depth = self.depth + 1
  if self.depth > MOST_NESTED then
    self:fail "tables are nested too deeply"
  end
  self.places.of[found] = places
  self.at = self.at + 1
  local keyed = not self.json or close == 125
  local byte = self:peek()
  while byte ~= close do
    local at = self.at
    local key = keyed and self:key(byte) or nil
    local value = self:value()
    if key ~= nil then
      if found[key] ~= nil then
        self:fail(("%s is there twice"):format(tostring(key)), at)
      end
    elseif items then
      if value == nil then
        self:fail("there is an item without a value", at)
      end
      count = count + 1
      key = count
    end
    found[key], places[key] = value, at
    byte = self:peek()
    if byte == 44 or byte == 59 and not self.json then
      self.at = self.at + 1
      byte = self:peek()
      if self.json and byte == close then
        self:fail "a value should stand behind the comma"
      end
    elseif byte ~= close then
      self:fail(byte and "a comma, or the table's end, should stand here (nothing is run here)"
        or "the text ends within a table")
    end
  end
  self.at = self.at + 1
  self.depth = self.depth - 1
  return found
end

function Reader:finish(value)
  if self:peek() then
    self:fail "nothing should follow here"
  end
  return value
end

function Reader:assignments()
  local found, places = {}, {}
  self.places.of[found] = places
  local byte = self:peek()
  while byte do
    local at = self.at
    local word = self.text:match("^[%a_][%w_]*", at)
    if word == "return" then
      self.at = at + 6
      if next(found) ~= nil then
        self:fail("either values are assigned, or a table is returned", at)
      end
      local value = self:value()
      if self:peek() == 59 then
        self.at = self.at + 1
      end
      return self:finish(value)
    end
    if word == "local" then
      self.at = self.text:find("[^%s]", at + 5) or #self.text + 1
    end
    local name, behind = self.text:match("^([%a_][%w_]*)%s*=()", self.at)
    if not name or self.text:byte(behind) == 61 then
      self:fail "name = value should stand here (nothing is run here)"
    end
    self.at = behind
    local value = self:value()
    self.names[name] = value
    if word ~= "local" then
      if found[name] ~= nil then
        self:fail(name .. " is assigned twice", at)
      end
      found[name], places[name] = value, at
    end
    byte = self:peek()
    if byte == 59 then
      self.at = self.at + 1
      byte = self:peek()
    end
  end
  return found
end

local function line_at(text, at)
  local _, count = text:sub(1, at - 1):gsub("\n", "")
  return count + 1
end

--- The same for a text of which many lines are asked for: where lines begin is looked up once.
local function line_of(places, at)
  local begins = places.begins
  if not begins then
    begins = {1}
    for behind in places.text:gmatch "\n()" do
      begins[#begins + 1] = behind
    end
    places.begins = begins
  end
  local low, high = 1, #begins
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if begins[middle] <= at then
      low = middle
    else
      high = middle - 1
    end
  end
  return low
end

local function read(text, json)
  local reader = setmetatable({
    text = text, at = 1, depth = 0, json = json, names = {}, places = {text = text, of = {}},
  }, Reader)
  local ok, value = pcall(function()
    if text:sub(1, 3) == "\239\187\191" then
      reader.at = 4
    end
    local first = reader:peek()
    if json or first == 123 then
      return reader:finish(reader:value())
    end
    return reader:assignments()
  end)
  if ok then
    return value, reader.places
  elseif type(value) ~= "table" then
    error(value, 0)
  end
  return nil, {line = line_at(text, value.at), message = value.message}
end

--- Reads a table in Lua's notation.
---@param text string
---@return any value
---@return reseal.order.Places|{line: integer, message: string} places without a value: what is wrong, and where
function data.lua(text)
  return read(text, false)
end

--- Reads JSON, strictly: no name twice, no number that would be rounded.
---@param text string
---@return any value
---@return reseal.order.Places|{line: integer, message: string}
function data.json(text)
  return read(text, true)
end

--- The line on which what a path leads to stands, or else the innermost of its tables that is known.
---@param places reseal.order.Places
---@param root table the value
---@param path any[] keys
---@return integer|nil
function data.line(places, root, path)
  local at, value = nil, root
  for _, key in ipairs(path) do
    local of = type(value) == "table" and places.of[value]
    at = of and of[key] or at
    value = type(value) == "table" and value[key] or nil
  end
  return at and line_of(places, at) or nil
end

return data
