--- Finds the name that a mistyped one was probably meant to be.

--- The number of letters to insert, drop or replace, letter case aside (Levenshtein's distance).
local function distance(a, b)
  a, b = a:lower(), b:lower()
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      diagonal, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
    end
  end
  return row[#b]
end

--- The candidate nearest to `name`; nil when none is near enough to be worth suggesting.
---@param name string
---@param candidates string[]
---@return string|nil
return function(name, candidates)
  local best
  local limit = math.max(2, math.floor(#name / 3))
  if #name > 64 then
    return nil
  end
  for _, candidate in ipairs(candidates) do
    local d = distance(name, candidate)
    if d <= limit then
      best, limit = candidate, d - 1
    end
  end
  return best
end
