--- Writes XML the way Namecheap's two back ends do: the newer with one space per level and `<Empty/>`.

local xml = {}

local ESCAPES = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;"}

--- XML 1.0 has no way to write most control characters.
local function printable(text)
  return (tostring(text):gsub("[%z\1-\8\11\12\14-\31]", "?"))
end

local function escape(text)
  return (printable(text):gsub('[&<>"]', ESCAPES))
end

--- An element.
---@param name string
---@param attributes? table list of {name, value}, written in this order; a value `nil` leaves the attribute out
---@param content? string|table text, `xml.cdata`, or a list of elements
function xml.element(name, attributes, content)
  return {name = name, attributes = attributes or {}, content = content}
end

---@param text string
function xml.cdata(text)
  return {cdata = text}
end

--- How a document is laid out.
local STYLES = {
  newer = {indent = " ", empty = "/>", line = "\n", encoding = "UTF-8"},
  legacy = {indent = "  ", empty = " />", line = "\r\n", encoding = "utf-8"},
}

local function write(out, node, indent, style)
  out[#out + 1] = indent .. "<" .. node.name
  for _, attribute in ipairs(node.attributes) do
    if attribute[2] ~= nil then
      out[#out + 1] = (' %s="%s"'):format(attribute[1], escape(attribute[2]))
    end
  end
  local content = node.content
  if content == nil or content == "" or type(content) == "table" and not content.cdata and not content[1] then
    out[#out + 1] = style.empty
  elseif type(content) ~= "table" then
    out[#out + 1] = (">%s</%s>"):format(escape(content), node.name)
  elseif content.cdata then
    local text = printable(content.cdata):gsub("]]>", "]]]]><![CDATA[>")
    out[#out + 1] = ("><![CDATA[%s]]></%s>"):format(text, node.name)
  else
    out[#out + 1] = ">" .. style.line
    for _, child in ipairs(content) do
      write(out, child, indent .. style.indent, style)
    end
    out[#out + 1] = ("%s</%s>"):format(indent, node.name)
  end
  out[#out + 1] = style.line
end

--- A whole document.
---@param root table
---@param legacy? boolean as the older back end writes: two spaces per level, `<Empty />`, CRLF
function xml.document(root, legacy)
  local style = legacy and STYLES.legacy or STYLES.newer
  local out = {('<?xml version="1.0" encoding="%s"?>%s'):format(style.encoding, style.line)}
  write(out, root, "", style)
  return table.concat(out)
end

return xml
