-- Any description as text, the same for the same content: to compare them, and to find one that was written before.

local function text_of(value)
  if type(value) ~= "table" then
    return ("%q"):format(tostring(value)) .. type(value)
  end
  local names, parts = {}, {}
  for name in pairs(value) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b)
    if type(a) == type(b) then
      return a < b
    end
    return type(a) == "number"
  end)
  for i, name in ipairs(names) do
    parts[i] = text_of(name) .. "=" .. text_of(value[name])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

return text_of
