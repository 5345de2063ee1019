--- Fixture folders, and what the codec's specs share.
--
-- A case is spec/fixtures/<provider>/<method>/<case>/ with plain files:
--   source        where its bytes come from (a page, a capture), and what it shows
--   client.lua    options of the client beyond the account (optional)
--   params.lua    parameters of the call
--   request       the exact request: "VERB URL", header lines, an empty line, the body
--   answer        the raw answer: "HTTP/1.1 200 OK", header lines, an empty line, the body, byte for byte
--   expected.lua  the result; or the name of another case of the method, whose result it is too; or
--   refused.lua   some fields of the error
-- Dropping in a folder adds a test.

local lfs = require "lfs"

local fixture = {}

local ROOT = "spec/fixtures"
local FILES = {
  source = true, ["client.lua"] = true, ["params.lua"] = true, request = true, answer = true, ["expected.lua"] = true,
  ["refused.lua"] = true,
}

-- The account of the providers' printed examples.
fixture.accounts = {
  namecheap = {
    api_user = "apiexample", api_key = "56b4c87ef4fd49cb96d915c0db68194", user_name = "apiexample",
    client_ip = "1.2.3.4",
  },
  realtimeregister = {api_key = "ZXhhbXBsZS8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OQ=="},
}

---@return string|nil content nil when there is no such file
function fixture.read(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local content = file:read("*a")
  file:close()
  return content
end

-- The signing request of https://www.namecheap.com/support/api/methods/ssl/reissue/, without its last line feed.
fixture.csr = fixture.read(ROOT .. "/example.csr"):gsub("\n$", "")
fixture.certificate = fixture.read(ROOT .. "/example.crt"):gsub("\n$", "")

local function copy(from, to)
  for name, value in pairs(from or {}) do
    to[name] = value
  end
  return to
end

---A client of the printed examples' account.
---@param provider string
---@param options? table more options, or others
---@return table|nil client
---@return table|nil err
function fixture.open(provider, options)
  return require("reseal")[provider](copy(options, copy(fixture.accounts[provider], {})))
end

function fixture.client(provider, options)
  return assert(fixture.open(provider, options))
end

local function folders(path)
  local names = {}
  for name in lfs.dir(path) do
    if name:sub(1, 1) ~= "." and lfs.attributes(path .. "/" .. name, "mode") == "directory" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

---@param root? string a folder of one provider's methods; default: those of all of them
---@param only? string that provider's name
---@return {provider: string, method: string, name: string, path: string}[]
function fixture.cases(root, only)
  local cases = {}
  for _, provider in ipairs(root and {only} or folders(ROOT)) do
    local place = root or ROOT .. "/" .. provider
    for _, method in ipairs(folders(place)) do
      local path = place .. "/" .. method
      for _, name in ipairs(folders(path)) do
        cases[#cases + 1] = {provider = provider, method = method, name = name, path = path .. "/" .. name}
      end
    end
  end
  return cases
end

-- First line, header table and body of a message; its head may end its lines with LF or CRLF.
local function split(message)
  local head, body = message:match("^(.-\r?\n)\r?\n(.*)$")
  local lines = {}
  for line in head:gmatch("([^\r\n]+)\r?\n") do
    lines[#lines + 1] = line
  end
  local headers = {}
  for i = 2, #lines do
    local name, value = lines[i]:match("^([^:]+): ?(.*)$")
    headers[name] = value
  end
  return lines[1], headers, body
end

---Reads a case's files.
---@return table case with source, options, params, request, answer, expected, refused: nil where the file is missing
function fixture.load(case)
  for name in lfs.dir(case.path) do
    assert(FILES[name] or name == "." or name == "..", case.path .. ": what is " .. name .. "?")
  end
  local function lua(name, folder)
    local path = (folder or case.path) .. "/" .. name
    return lfs.attributes(path, "mode") and assert(loadfile(path))() or nil
  end
  local expected = lua "expected.lua"
  if type(expected) == "string" then
    local other = case.path:gsub("[^/]*$", "") .. expected
    expected = lua("expected.lua", other)
    assert(type(expected) == "table", case.path .. ": there is no result in " .. other)
  end
  local loaded = {
    source = fixture.read(case.path .. "/source"),
    options = lua "client.lua",
    params = lua "params.lua",
    expected = expected,
    refused = lua "refused.lua",
  }
  local request, answer = fixture.read(case.path .. "/request"), fixture.read(case.path .. "/answer")
  if request then
    local first, headers, body = split(request)
    local verb, url = first:match("^(%u+) (%S+)$")
    loaded.request = {method = verb, url = url, headers = headers, body = body}
  end
  if answer then
    local first, headers, body = split(answer)
    loaded.answer = {status = tonumber(first:match("^HTTP/1%.%d (%d%d%d)")), headers = headers, body = body}
  end
  return loaded
end

---Whether `part` stands in `whole`: tables by their fields, everything else by value.
---@return string|nil difference nil when it does
function fixture.difference(part, whole, path)
  path = path or "it"
  if type(part) ~= "table" or type(whole) ~= "table" then
    if part == whole then
      return nil
    end
    return ("%s is %s, not %s"):format(path, tostring(whole), tostring(part))
  end
  for name, value in pairs(part) do
    local found = fixture.difference(value, whole[name], path .. "." .. tostring(name))
    if found then
      return found
    end
  end
end

---Calls `visit(value, path)` for every value inside `value` that is no table.
function fixture.walk(value, visit, path)
  path = path or "it"
  if type(value) ~= "table" then
    return visit(value, path)
  end
  for name, inner in pairs(value) do
    fixture.walk(inner, visit, path .. "." .. tostring(name))
  end
end

---Whether a secret of the account stands anywhere in an error.
function fixture.leaks(err, secret)
  local found = false
  local function look(value)
    if type(value) == "string" and value:find(secret, 1, true) then
      found = true
    end
  end
  fixture.walk(err, look)
  look(tostring(err))
  return found
end

---The faults of an encoding.
---@return table<string, string> by_param the fault's code by its parameter's path; empty when the call is fine
---@return table|nil err
function fixture.faults(client, method, params)
  local request, err = client:encode(method, params)
  local by_param = {}
  if request then
    return by_param
  end
  assert(err.class == "invalid" and err.outcome == "not_sent", "a refusal of another kind: " .. tostring(err.class))
  for _, fault in ipairs(err.errors) do
    by_param[fault.param or ""] = fault.code
  end
  return by_param, err
end

---An answer of Namecheap's newer back end.
---@param options {command: string, errors?: table[], result?: string}
---@return {status: integer, headers: table, body: string}
function fixture.xml(options)
  local errors = {}
  for _, one in ipairs(options.errors or {}) do
    local text = one.text:gsub("&", "&amp;"):gsub("<", "&lt;")
    errors[#errors + 1] = ('<Error Number="%d">%s</Error>'):format(one.code, text)
  end
  local body = ([[
<?xml version="1.0" encoding="UTF-8"?>
<ApiResponse Status="%s" xmlns="http://api.namecheap.com/xml.response">
 <Errors>%s</Errors>
 <Warnings/>
 <RequestedCommand>%s</RequestedCommand>
 <CommandResponse Type="%s">%s</CommandResponse>
 <Server>932312f00f0e</Server>
 <GMTTimeDifference>--5:00</GMTTimeDifference>
 <ExecutionTime>0.219</ExecutionTime>
</ApiResponse>
]]):format(
    options.errors and "ERROR" or "OK",
    table.concat(errors),
    options.command,
    options.command,
    options.result or ""
  )
  return {status = 200, headers = {["Content-Type"] = "text/xml; charset=utf-8"}, body = body}
end

---An answer of Realtime Register.
function fixture.json(status, body, headers)
  return {status = status, headers = copy(headers, {["Content-Type"] = "application/json"}), body = body}
end

---The lines of a table of tab-separated values, without its heading.
function fixture.rows(path)
  local rows = {}
  for line in fixture.read(path):gmatch("([^\r\n]+)") do
    local row = {}
    for field in (line .. "\t"):gmatch("(.-)\t") do
      row[#row + 1] = field
    end
    rows[#rows + 1] = row
  end
  table.remove(rows, 1)
  return rows
end

return fixture
