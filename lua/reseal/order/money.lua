--- Amounts, exactly: decimal text outside, whole ten-thousandths of the currency's unit inside. No float is involved.

local money = {}

money.SCALE = 10000 -- Namecheap's amounts have four decimals
local DECIMALS, MOST_DIGITS = 4, 11

--- An amount as a whole number of ten-thousandths.
---@param amount string such as "9", "9.00", "9.0000"; no sign, no exponent, no grouping
---@return integer|nil
---@return string|nil err
function money.units(amount)
  if type(amount) ~= "string" then
    return nil, 'an amount is text such as "9.00", not a ' .. type(amount)
  end
  local whole, fraction = amount:match "^(%d+)%.?(%d*)$"
  if not whole or amount:sub(-1) == "." then
    return nil, ('"%s" is no amount such as "9.00"'):format(amount:sub(1, 40):gsub("%c", "?"))
  end
  whole, fraction = whole:gsub("^0+", ""), fraction:gsub("0+$", "")
  if #fraction > DECIMALS then
    return nil, amount .. " has more than four decimals"
  elseif #whole > MOST_DIGITS then
    return nil, amount .. " is too large for an amount"
  end
  return tonumber(whole .. fraction .. ("0"):rep(DECIMALS - #fraction)) or 0
end

--- The text of a whole number of ten-thousandths: two decimals, or as many as it takes.
---@param units integer 0 or more
---@return string
function money.text(units)
  local fraction = units % money.SCALE
  local shown = ("%04d"):format(fraction):gsub("00$", "")
  return ("%d.%s"):format((units - fraction) / money.SCALE, shown)
end

--- Whether a text names a currency.
---@param currency any
---@return boolean
function money.is_currency(currency)
  return type(currency) == "string" and currency:find "^%u%u%u$" ~= nil
end

return money
