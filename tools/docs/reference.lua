-- A provider's reference page, in Markdown.

local content_of = require "tools.docs.content"
local core = require "reseal.core"
local editions = require "tools.docs.editions"
local parameters = require "reseal.cli.parameters"

local TITLES = {namecheap = "Namecheap", realtimeregister = "Realtime Register"}
local VARIABLES = {namecheap = "nc", realtimeregister = "rr"} -- what examples call the client
local EFFECTS = {read = "reads", change = "changes", purchase = "**buys**"}
local MEANT = {
  read = "A read: it changes nothing, and is repeated when it meets trouble.",
  change = "A change: it is sent once, whatever becomes of it.",
  purchase = "**A purchase**: it can charge the account, and is sent once, whatever becomes of it.",
}
local MOST_VALUES = 8 -- in a table; more have a place of their own
local KINDS = {
  cents = "integer, cents", money = "string, exact decimal", decimal = "string, exact decimal", pem = "string, PEM",
}
local MEANINGS = {
  {"to_activate", "bought, and waits for its CSR"},
  {"pending", "waits for checks or for the authority"},
  {"issued", "can be fetched and used"},
  {"expired", "was issued, and its time is over"},
  {"replaced", "a reissue or a renewal took its place"},
  {"cancelled", "ended before it was issued"},
  {"revoked", "withdrawn by the authority"},
  {"failed", "ended by a fault; nothing more will come"},
}

--- A cell's text: no line ends, and no bar or angle bracket that Markdown would take for its own.
local function cell(value)
  return (tostring(value):gsub("%s+", " "):gsub("[|<]", {["|"] = "\\|", ["<"] = "&lt;"}))
end

local function code(name)
  return "`" .. name .. "`"
end

local Page = {}
Page.__index = Page

function Page:add(...)
  for _, line in ipairs {...} do
    self[#self + 1] = line
  end
end

function Page:table(heading, rows)
  local rule = {}
  for i = 1, #heading do
    rule[i] = "---"
  end
  self:add("", "| " .. table.concat(heading, " | ") .. " |", "|" .. table.concat(rule, "|") .. "|")
  for _, row in ipairs(rows) do
    for i, value in ipairs(row) do
      row[i] = cell(value)
    end
    self:add("| " .. table.concat(row, " | ") .. " |")
  end
end

local function words(list)
  local shown = {}
  for i, word in ipairs(list) do
    shown[i] = code(word)
  end
  return table.concat(shown, ", ")
end

local function sentence(text)
  text = text or ""
  return text ~= "" and not text:find("[.:]$") and text .. "." or text
end

--- Where a list of values stands: once for all parameters that have it.
local function place_of(page, param)
  local key = table.concat(param.values, "\0")
  local place = page.places[key]
  if not place then
    local heading, n = "Values of " .. param.name, 1
    while page.places[heading] do
      n = n + 1
      heading = ("Values of %s, %d"):format(param.name, n)
    end
    place = {heading = heading, values = param.values}
    page.places[key], page.places[heading] = place, true
    table.insert(page.places, place)
  end
  return ("[%s](#%s)"):format(param.open and "known values" or "allowed values",
    place.heading:lower():gsub(",", ""):gsub(" ", "-"))
end

local function meaning(page, param)
  local parts = {param.deprecated and "Deprecated." or nil}
  parts[#parts + 1] = param.doc and param.doc ~= "" and sentence(param.doc) or nil
  if param.format then
    parts[#parts + 1] = "Format: " .. param.format .. "."
  end
  if param.separator then
    parts[#parts + 1] = "Also one string with `" .. param.separator .. "` between."
  end
  if param.values and #param.values > MOST_VALUES then
    parts[#parts + 1] = "See the " .. place_of(page, param) .. "."
  elseif param.values and #param.values > 0 then
    parts[#parts + 1] = (param.open and "Known values: " or "One of ") .. words(param.values) .. "."
  end
  local codes = {}
  for _, fault in ipairs {"missing", "invalid", "too_long"} do
    local number = param.codes and param.codes[fault]
    codes[#codes + 1] = number and ("%s %d"):format(fault:gsub("_", " "), number) or nil
  end
  parts[#parts + 1] = param.role and "Role: `" .. param.role .. "`." or nil
  parts[#parts + 1] = #codes > 0 and "Codes: " .. table.concat(codes, ", ") .. "." or nil
  return table.concat(parts, " ")
end

local function add_parameters(page, method)
  local rows = {}
  for _, one in ipairs(parameters.flat(method)) do
    local param = one.param
    local required = param.required and (param.setting and "unless set" or "yes") or ""
    rows[#rows + 1] = {
      code(one.path:gsub("%[1%]", "[]")), parameters.type(param), required, parameters.limits(param) or "",
      meaning(page, param),
    }
  end
  if #rows == 0 then
    page:add("", "No parameters.")
  else
    page:table({"parameter", "type", "required", "limits", "meaning"}, rows)
  end
  if method.filters then
    page:add("", "Filters, as further parameters `field` or `[\"field:operator\"]` with one of the operators "
      .. table.concat(method.operators, ", ") .. ": " .. words(method.filters) .. ".")
  end
  if #method.rules > 0 then
    page:add("")
  end
  for _, rule in ipairs(method.rules) do
    page:add("- " .. words(rule.params) .. ": " .. sentence(rule.doc))
  end
end

local function flat_fields(found, fields, prefix)
  for _, field in ipairs(fields or {}) do
    local path = prefix .. field.name
    local role = field.role and code(field.role) or ""
    found[#found + 1] = {code(path), KINDS[field.type] or field.type, field.doc or "", role}
    flat_fields(found, field.fields, path .. (field.type == "list" and "[]." or "."))
  end
  return found
end

local function add_result(page, method)
  if method.answer == "list" then
    page:add("", "**Result:** a list of strings.")
    return
  elseif #(method.result or {}) == 0 then
    page:add("", "**Result:** a table with nothing but `meta`.")
    return
  end
  local paging = method.paging
  page:add("", "**Result**" .. (method.answer == "empty" and " (the answer may also be empty)" or "")
    .. (paging and (", the rows under `%s`; `client:each` walks all pages"):format(paging.items) or "") .. ":")
  page:table({"field", "type", "meaning", "[role](roles.md)"}, flat_fields({}, method.result, ""))
end

--- The rows of one method, or of all (`(global)`), each code with each text once.
local function add_errors(page, method, of)
  local rows, seen = {}, {}
  for _, row in ipairs(method.errors) do
    local key = row.code .. "\0" .. row.text
    if row.method == of and not seen[key] then
      seen[key] = true
      local outcome, advice = row.outcome, row.advice or ""
      rows[#rows + 1] = {row.code, row.text, row.category or "", outcome, row.retry or "", advice}
    end
  end
  for i, row in ipairs(rows) do
    row.at = i
  end
  table.sort(rows, function(a, b)
    if a[1] ~= b[1] and type(a[1]) == "number" and type(b[1]) == "number" then
      return a[1] < b[1]
    end
    return a.at < b.at
  end)
  if #rows > 0 then
    page:add("", of == "(global)" and "Every method can be answered with these. They are told as for a change or a "
      .. "purchase; a read is never `unknown` but refused, and may be tried `later` where it met trouble."
      or "**Errors** (besides [those of every method](#errors-of-every-method)):")
    page:table({"code", "meaning", "category", "outcome", "retry", "advice"}, rows)
  end
end

--- A call with what is required, to be filled in.
local function example(method, variable)
  local given = {}
  for _, param in ipairs(method.params) do
    if param.required and not param.setting then
      given[#given + 1] = param.name .. " = " .. (param.type == "list" and "{…}" or "…")
    end
  end
  return ("local r, err = %s:%s {%s}"):format(variable, method.name, table.concat(given, ", "))
end

local function source(method)
  local url, note = method.source:match("^(%S+)(.*)$")
  return ("<%s>%s, read %s"):format(url, cell(note), method.checked)
end

local function add_method(page, method, variable)
  page:add("", "## " .. method.name, "", sentence(method.doc), "")
  local request = method.command and code(method.command) or code(method.verb .. " " .. method.path)
  page:add(MEANT[method.effect], "", ("Request: %s. Source: %s."):format(request, source(method)))
  page:add("", "```lua", example(method, variable), "```")
  add_parameters(page, method)
  add_result(page, method)
  add_errors(page, method, method.name)
end

--- What another edition of the rules makes different.
local function add_edition(page, method, default)
  page:add("", ("### %s, edition %s"):format(method.name, method.edition), "", sentence(method.doc), "",
    ("Set by `edition = \"%s\"`. Source: %s."):format(method.edition, source(method)))
  add_parameters(page, method)
  if content_of(method.result) ~= content_of(default.result) then
    add_result(page, method)
  end
end

local function add_settings(page, provider)
  local rows = {}
  for _, setting in ipairs(core.settings(provider)) do
    local meant = sentence(setting.doc)
    for _, endpoint in ipairs(setting.endpoints or {}) do
      meant = meant .. (" `%s` is <%s>."):format(endpoint.name, endpoint.url)
    end
    rows[#rows + 1] = {code(setting.name), setting.type, setting.required and "yes" or "",
      setting.default and code(setting.default) or "", (meant:gsub("<(https://[^>]+)>", "%1"))}
  end
  page:add("", "## Settings")
  page:table({"setting", "type", "required", "default", "meaning"}, rows)
end

local function add_statuses(page, provider)
  local of = {}
  for _, row in ipairs(core.statuses(provider)) do
    of[row.status] = of[row.status] or {}
    table.insert(of[row.status], row.word)
  end
  local rows = {}
  for _, one in ipairs(MEANINGS) do
    rows[#rows + 1] = {code(one[1]), one[2], of[one[1]] and words(of[one[1]]) or ""}
  end
  page:add("", "## Status words", "", "What `reseal.status(r)` makes of this provider's words, in any letter case. "
    .. "What is `issued` becomes `expired` once its end has passed.")
  page:table({"status", "meaning", "the provider's words"}, rows)
end

--- The whole page.
---@param provider string
---@return string
return function(provider)
  local page = setmetatable({places = {}}, Page)
  local title = TITLES[provider] or provider
  local variable = VARIABLES[provider] or "client"
  page:add("# " .. title, "", "<!-- Made by `make docs` from the descriptions in csrc/providers, not by hand. -->",
    "", ("Every call of a client that `reseal.%s {…}` makes, here `%s`. Names are the provider's own, in parameters and"
      .. " results."):format(provider, variable),
    "A call returns the result, or nil and an error; its `outcome` says whether it was refused or may have been carried"
      .. " out ([README](../../README.md#when-it-goes-wrong)).")
  local rows = {}
  for _, name in ipairs(core.describe(provider)) do
    local method = core.describe(provider, name)
    rows[#rows + 1] = {("[%s](#%s)"):format(name, name:lower()), EFFECTS[method.effect], method.doc}
  end
  page:table({"method", "effect", "what it does"}, rows)
  add_settings(page, provider)
  add_statuses(page, provider)
  for _, name in ipairs(core.describe(provider)) do
    for i, method in ipairs(editions(provider, name)) do
      if i == 1 then
        add_method(page, method, variable)
      else
        add_edition(page, method, core.describe(provider, name))
      end
    end
  end
  if #page.places > 0 then
    page:add("", "## Values")
  end
  for _, place in ipairs(page.places) do
    page:add("", "### " .. place.heading, "", words(place.values) .. ".")
  end
  page:add("", "## Errors of every method")
  add_errors(page, core.describe(provider, core.describe(provider)[1]), "(global)")
  return table.concat(page, "\n") .. "\n"
end
