--- Checks of a page's table of parameters, run within busted: written once for every table.
local assert = require "luassert"
local it = require("busted").it
local faults = require("spec.support.fixture").faults

local page = {}

-- How a value of another type may be refused.
local WRONG = {bad_type = true, too_long = true, unknown_param = true, not_allowed = true}

-- A string of exactly `bytes` bytes, most of its characters two bytes long: lengths count bytes.
function page.two_byte(bytes)
  return ("é"):rep(math.floor(bytes / 2)) .. ("x"):rep(bytes % 2)
end

-- Signing requests, addresses and names of exactly `bytes` bytes.
-- A request is DER from its outermost length to its last byte, so its subject is padded to the size, and what four
-- letters of Base64 are too coarse for stands as empty lines behind it.
local function der(tag, content)
  local size, bytes = #content, ""
  if size < 128 then
    return string.char(tag, size) .. content
  end
  while size > 0 do
    bytes, size = string.char(size % 256) .. bytes, math.floor(size / 256)
  end
  return string.char(tag, 128 + #bytes) .. bytes .. content
end

local LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(text)
  local padding = -#text % 3
  text = text .. ("\0"):rep(padding)
  local out = text:gsub("...", function(three)
    local a, b, c = three:byte(1, 3)
    local n, letters = a * 65536 + b * 256 + c, ""
    for shift = 3, 0, -1 do
      local at = math.floor(n / 64 ^ shift) % 64 + 1
      letters = letters .. LETTERS:sub(at, at)
    end
    return letters
  end)
  return out:sub(1, #out - padding) .. ("="):rep(padding)
end

local function request(filling)
  local oid = der(0x06, "\85\4\3")
  local name = der(0x30, der(0x31, der(0x30, oid .. der(0x0C, ("a"):rep(filling)))))
  local key = der(0x30, der(0x30, oid) .. der(0x03, "\0a"))
  local information = der(0x30, der(0x02, "\0") .. name .. key .. der(0xA0, ""))
  local body = base64(der(0x30, information .. der(0x30, oid) .. der(0x03, "\0b"))):gsub(("."):rep(64), "%0\n")
  return "-----BEGIN CERTIFICATE REQUEST-----\n" .. body:gsub("\n$", "") .. "\n-----END CERTIFICATE REQUEST-----"
end

function page.pem(bytes)
  local filling, step = 1, 2 ^ 15
  while step >= 1 do
    if #request(filling + step) <= bytes then
      filling = filling + step
    end
    step = step / 2
  end
  local pem = request(filling)
  return pem .. ("\n"):rep(bytes - #pem)
end

function page.host(bytes)
  local labels, left = {}, bytes - #".example"
  while left > 63 do
    local size = left - 64 == 0 and 62 or 63
    labels[#labels + 1] = ("a"):rep(size)
    left = left - size - 1
  end
  labels[#labels + 1] = ("a"):rep(left)
  return table.concat(labels, ".") .. ".example"
end

function page.mail(bytes)
  return "a@" .. page.host(bytes - 2)
end

-- `count` names with commas, `bytes` in all.
function page.names(bytes)
  local items, left = {}, bytes
  while left > 200 do
    items[#items + 1] = page.host(99)
    left = left - 100
  end
  items[#items + 1] = page.host(left)
  return items
end

function page.digits(count)
  return ("9"):rep(count)
end

function page.with(params, changes)
  local changed = {}
  for name, value in pairs(params) do
    changed[name] = value
  end
  for name, value in pairs(changes) do
    changed[name] = value
  end
  return changed
end

function page.without(params, name)
  local changed = page.with(params, {})
  changed[name] = nil
  return changed
end

-- What every row of a page's table says: required, at most so long, of that type.
-- `exact(n)` makes a good value of n bytes (or digits).
function page.check_table(open, method, base, rows)
  for _, row in ipairs(rows) do
    local name = row.name

    if row.required then
      it("refuses a call without " .. name, function()
        local found, err = faults(open(), method, page.without(base, name))
        assert.equal("missing", found[name])
        if row.missing then
          assert.equal(row.missing, err.errors[1].provider_code)
        end
      end)
    else
      it(
        "takes a call without " .. name,
        function() assert.is_nil(faults(open(), method, page.without(base, name))[name]) end
      )
    end

    if row.max then
      local exact = row.exact or page.two_byte
      it(("takes %d bytes of %s and refuses %d"):format(row.max, name, row.max + 1), function()
        local client = open()
        assert.is_nil(faults(client, method, page.with(base, {[name] = exact(row.max)}))[name])
        local found, err = faults(client, method, page.with(base, {[name] = exact(row.max + 1)}))
        assert.equal("too_long", found[name])
        assert.is_truthy(err.message:find(tostring(row.max), 1, true), err.message)
        if row.too_long then
          assert.equal(row.too_long, err.errors[1].provider_code)
        end
      end)
    end

    if row.min then
      it(("refuses an empty %s"):format(name), function()
        assert.equal("too_short", faults(open(), method, page.with(base, {[name] = ""}))[name])
      end)
    end

    it("refuses values of another type for " .. name, function()
      local client = open()
      local wrong = {print, {a = 1}, {{1}}, coroutine.create(function() end)}
      if row.type == "string" or row.type == "integer" then
        wrong[#wrong + 1] = true
      end
      if row.type == "integer" then
        for _, value in ipairs {"", "x", "1.5", "1e1", "0x1", " 1", "1 ", "-", "+1", 1.5, 1 / 0, 0 / 0, 2 ^ 60} do
          wrong[#wrong + 1] = value
        end
      end
      if row.type == "boolean" then
        for _, value in ipairs {"yes", "", "1", 1, 0} do
          wrong[#wrong + 1] = value
        end
      end
      for _, value in ipairs(wrong) do
        local found, err = faults(client, method, page.with(base, {[name] = value}))
        local refused = false
        for path, code in pairs(found) do -- perhaps inside a list or an object
          if path:sub(1, #name) == name and WRONG[code] then
            refused = true
          end
        end
        assert.is_true(refused, ("%s = %s: %s"):format(name, tostring(value), tostring(err)))
      end
    end)

    if row.type == "string" then
      it("refuses NUL and broken UTF-8 in " .. name, function()
        local client = open()
        for _, value in ipairs {"a\0b", "\255", "a\192\128", "\237\160\128", "\244\144\128\128", "\226\130"} do
          assert.equal("bad_format", faults(client, method, page.with(base, {[name] = value}))[name])
        end
      end)
    end
  end
end

-- Values of a closed list: each one is taken, another one isn't.
function page.check_values(open, method, base, name, values, other)
  it(("takes each of the %d values of %s"):format(#values, name), function()
    local client = open()
    for _, value in ipairs(values) do
      assert.is_nil(faults(client, method, page.with(base, {[name] = value}))[name], value)
    end
  end)
  it(("refuses another value of %s when strict, and names the allowed ones"):format(name), function()
    local found, err = faults(open {strict = true}, method, page.with(base, {[name] = other}))
    assert.equal("not_allowed", found[name])
    assert.is_truthy(err.message:find(values[1], 1, true), err.message)
  end)
end

return page
