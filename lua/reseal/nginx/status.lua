--- What is served, until when, what is pending, what failed last: JSON, or a page for people.

local cjson = require "cjson.safe"
local store = require "reseal.nginx.store"

local status = {}

-- Fields of a name's state that are shown, in this order; others may hold what is nobody's business.
local SHOWN = {"state", "since", "pending", "provider", "certificate", "last_error", "advice", "last_success", "next"}
local TIMES = {since = true, last_success = true, next = true}
local AHEAD = 14 * 86400 -- when an end is near enough to be shown as a warning

local function time_text(seconds)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", seconds)
end

--- Every name with its certificates and its state: an iterator.
local function rows()
  local names = store.names()
  return function()
    local name = names()
    if not name then
      return nil
    end
    local row, noted = {name = name}, store.state(name)
    for _, kind in ipairs(store.kinds()) do
      row[kind] = store.not_after(name, kind)
    end
    for _, field in ipairs(SHOWN) do
      local value = noted[field]
      if type(value) == "string" or type(value) == "number" or type(value) == "boolean" then
        row[field] = value
      end
    end
    return row
  end
end

local function quoted(value)
  return assert(cjson.encode(value))
end

local function as_json(header)
  header["Content-Type"] = "application/json"
  local spaces = {}
  for i, space in ipairs(store.space()) do
    spaces[i] = ('{"name":%s,"capacity":%d,"free":%d}'):format(quoted(space.name), space.capacity, space.free)
  end
  ngx.print(('{"time":%d,"dicts":[%s],"names":['):format(ngx.time(), table.concat(spaces, ",")))
  local first = true
  for row in rows() do
    local parts = {('"name":%s'):format(quoted(row.name))}
    local certificates = {}
    for _, kind in ipairs(store.kinds()) do
      if row[kind] then
        certificates[#certificates + 1] = ('{"type":"%s","not_after":%d}'):format(kind, row[kind])
      end
    end
    parts[2] = ('"certificates":[%s]'):format(table.concat(certificates, ","))
    for _, field in ipairs(SHOWN) do
      if row[field] ~= nil then
        parts[#parts + 1] = ('"%s":%s'):format(field, quoted(row[field]))
      end
    end
    ngx.print(first and "" or ",", "\n{", table.concat(parts, ","), "}")
    first = false
  end
  ngx.print("\n]}\n")
end

local ESCAPES = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;"}

local function escaped(value)
  return (tostring(value):gsub("[&<>\"']", ESCAPES))
end

local HEAD = [[<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Certificates</title>
<style>body{font:1em sans-serif;margin:2em}table{border-collapse:collapse}th,td{text-align:left;padding:.3em .8em;
border-bottom:1px solid #bbb;vertical-align:top}.bad{color:#a00;font-weight:bold}</style></head><body>
<h1>Certificates</h1>
<table><thead><tr><th scope="col">Name</th><th scope="col">Valid until</th><th scope="col">State</th>
<th scope="col">Last error</th><th scope="col">Last success</th><th scope="col">Next</th></tr></thead><tbody>
]]

local function until_cell(row)
  local lines = {}
  for _, kind in ipairs(store.kinds()) do
    local ends = row[kind]
    if ends then
      local left = ends - ngx.time()
      local days = left < 0 and "ended" or ("%d days"):format(math.floor(left / 86400))
      lines[#lines + 1] = ("%s%s %s (%s)%s"):format(left < AHEAD and '<span class="bad">' or "", kind:upper(),
        time_text(ends), days, left < AHEAD and "</span>" or "")
    end
  end
  return lines[1] and table.concat(lines, "<br>") or "nothing served"
end

local function cell(row, ...)
  local lines = {}
  for _, field in ipairs {...} do
    local value = row[field]
    if value ~= nil then
      lines[#lines + 1] = escaped(TIMES[field] and type(value) == "number" and time_text(value) or value)
    end
  end
  return table.concat(lines, "<br>")
end

local function as_page(header)
  header["Content-Type"] = "text/html; charset=utf-8"
  header["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
  ngx.print(HEAD)
  for row in rows() do
    ngx.print("<tr><th scope=\"row\">", escaped(row.name), "</th><td>", until_cell(row), "</td><td>",
      cell(row, "state", "since", "pending", "provider", "certificate"), "</td><td>", cell(row, "last_error", "advice"),
      "</td><td>", cell(row, "last_success"), "</td><td>", cell(row, "next"), "</td></tr>\n")
  end
  ngx.print("</tbody></table>\n")
  for _, space in ipairs(store.space()) do
    ngx.print(("<p>lua_shared_dict %s: %d of %d KiB free</p>\n"):format(escaped(space.name), space.free / 1024,
      space.capacity / 1024))
  end
  ngx.print("</body></html>\n")
end

--- How much a client wants a type of answer, 0 to 1.
local function preference(accept, wanted)
  local best = 0
  for part in accept:gmatch("[^,]+") do
    if part:match("^%s*([^;%s]+)") == wanted then
      best = math.max(best, tonumber(part:match(";%s*q=([%d.]+)")) or 1)
    end
  end
  return best
end

local told = false

--- Ends the request unless its peer may see what is here (403) and only looks (405). Who wrote no `allow` and `deny`
--- into nginx.conf must not show his names to everybody, and Lua can't see whether he did: so `remote` says it.
function status.guard()
  local peer = ngx.var.remote_addr
  local here = peer == "unix:" or peer == "::1" or peer:find("^127%.") or peer:find("^::ffff:127%.")
  if not here and not store.options().remote then
    if not told then
      told = true
      ngx.log(ngx.ERR, "reseal: ", ngx.var.uri, " answers to this machine alone; to let others see it, say who in ",
        "its location (allow 192.0.2.0/24; deny all;), and init {remote = true}. Said once")
    end
    return ngx.exit(403)
  end
  local method = ngx.req.get_method()
  if method ~= "GET" and method ~= "HEAD" then
    local header = ngx.header
    header["Allow"] = "GET, HEAD"
    return ngx.exit(405)
  end
end

--- content_by_lua: JSON, or a page when the client prefers text/html. For this machine, unless `remote` is set.
function status.handle()
  status.guard()
  local header = ngx.header
  header["Cache-Control"] = "no-store"
  local accept = (ngx.var.http_accept or ""):lower()
  header["Vary"] = "Accept"
  if preference(accept, "text/html") > preference(accept, "application/json") then
    return as_page(header)
  end
  return as_json(header)
end

return status
