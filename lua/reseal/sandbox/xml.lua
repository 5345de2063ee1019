--- Writes XML the way the newer Namecheap back end does: one space per level, `<Empty/>`.

local xml = {}

local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

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
  return { name = name, attributes = attributes or {}, content = content }
end

---@param text string
function xml.cdata(text)
  return { cdata = text }
end

local function write(out, node, indent)
  out[#out + 1] = indent .. "<" .. node.name
  for _, attribute in ipairs(node.attributes) do
    if attribute[2] ~= nil then
      out[#out + 1] = (' %s="%s"'):format(attribute[1], escape(attribute[2]))
    end
  end
  local content = node.content
  if content == nil or content == "" or type(content) == "table" and not content.cdata and not content[1] then
    out[#out + 1] = "/>\n"
  elseif type(content) ~= "table" then
    out[#out + 1] = (">%s</%s>\n"):format(escape(content), node.name)
  elseif content.cdata then
    local text = printable(content.cdata):gsub("]]>", "]]]]><![CDATA[>")
    out[#out + 1] = ("><![CDATA[%s]]></%s>\n"):format(text, node.name)
  else
    out[#out + 1] = ">\n"
    for _, child in ipairs(content) do write(out, child, indent .. " ") end
    out[#out + 1] = ("%s</%s>\n"):format(indent, node.name)
  end
end

--- A whole document.
function xml.document(root)
  local out = { '<?xml version="1.0" encoding="UTF-8"?>\n' }
  write(out, root, "")
  return table.concat(out)
end

return xml
