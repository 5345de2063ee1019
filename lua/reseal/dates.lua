--- The providers' dates as seconds since 1970 in UTC.

local DAYS = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

local function days_in(year, month)
  local leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  return month == 2 and leap and 29 or DAYS[month]
end

--- Days from 1970-01-01 in the Gregorian calendar. Counted here: os.time would read the date in the machine's zone.
local function days_since_epoch(year, month, day)
  local before = year - 1
  local leaps = math.floor(before / 4) - math.floor(before / 100) + math.floor(before / 400)
  local days = before * 365 + leaps + day - 719163
  for earlier = 1, month - 1 do
    days = days + days_in(year, earlier)
  end
  return days
end

--- Seconds of an ISO zone: "Z", "+01:00"; nil when it is none. No zone is UTC: what the providers send is.
local function offset_of(zone)
  if zone == "" or zone == "Z" then
    return 0
  end
  local sign, hours, minutes = zone:match("^([+-])(%d%d):(%d%d)$")
  hours, minutes = tonumber(hours), tonumber(minutes)
  if not sign or hours > 23 or minutes > 59 then
    return nil
  end
  return (sign == "-" and -1 or 1) * (hours * 3600 + minutes * 60)
end

local MONTHS = {
  Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10, Nov = 11, Dec = 12,
}

local function parts_of(text)
  local month, day, year = text:match("^(%d%d?)/(%d%d?)/(%d%d%d%d)$")
  if year then
    return year, month, day, 0, 0, 0, ""
  end
  local rest, hour, minute, second
  day, month, year, hour, minute, second = text:match("^%a%a%a, (%d%d) (%a%a%a) (%d%d%d%d) (%d%d):(%d%d):(%d%d) GMT$")
  if second and MONTHS[month] then
    return year, MONTHS[month], day, hour, minute, second, "Z"
  end
  year, month, day, rest = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  if rest == "" then
    return year, month, day, 0, 0, 0, ""
  end
  local zone
  hour, minute, second, zone = (rest or ""):match("^[T ](%d%d):(%d%d):(%d%d)(.*)$")
  if zone then
    return year, month, day, hour, minute, second, (zone:gsub("^%.%d+", ""))
  end
end

local dates = {}

--- A provider's date as seconds since 1970-01-01T00:00:00Z.
---
--- Known are Namecheap's month/day/year (`01/20/2027`, also `1/20/2027`; midnight UTC), ISO 8601
--- (`2027-01-20T09:18:57Z`, with an offset `+01:00`, with a fraction, which is dropped) and `2027-01-20 09:18:57`, in
--- UTC; and HTTP's (`Wed, 20 Jan 2027 09:18:57 GMT`). A day alone (`2027-01-20`) is its midnight UTC.
---@param text string|nil
---@return integer|nil seconds nil without a message for nil and for the empty string: there is no date
---@return string|nil message what is wrong with the date
function dates.time(text)
  if text == nil or text == "" then
    return nil
  end
  local shown = type(text) == "string" and "'" .. text:sub(1, 40) .. "'" or "a " .. type(text)
  if type(text) ~= "string" then
    return nil, shown .. " is no date"
  end
  local year, month, day, hour, minute, second, zone = parts_of(text)
  local offset = zone and offset_of(zone)
  if not offset then
    return nil, shown .. " is not written as a date"
  end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second)
  if month < 1 or month > 12 or day < 1 or day > days_in(year, month) or hour > 23 or minute > 59 or second > 59 then
    return nil, shown .. " is a time that does not exist"
  end
  return days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset
end

return dates
