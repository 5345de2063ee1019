--- Walks a provider's list page by page: rows one by one, one page in memory, a call only when its rows are wanted.

local failure = require "reseal.failure"

--- Call it for the next row, or let `for` do so; nil is the end. A page that failed gives nil and the failure, which
--- `err` keeps for who let `for` call.
---
---     local list = client:each("getList", {PageSize = 100})
---     for row in list do … end
---     if list.err then … for row in list:resume() do … end … end
---@class reseal.List
---@field err reseal.Failure|nil why it ended before its end
---@field position integer where the next page begins: a value for the call's own parameter for that (page or offset)
---@field total integer|nil rows in all pages, as the last answer had it
---@field resume fun(self: reseal.List): reseal.List goes on with the page that failed; no row comes twice by that
---@overload fun(): table|nil, reseal.Failure|nil

local listing = {}

--- The name under which a parameter is given: some providers take any letter case.
local function given(params, name)
  for key in pairs(params) do
    if type(key) == "string" and key:lower() == name:lower() then
      return key
    end
  end
  return name
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b
  end
  for key, value in pairs(a) do
    if not same(value, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return true
end

--- Whether the call gives everything at once: a parameter is set that goes with no position.
local function is_whole(method, params, position)
  for _, rule in ipairs(method.rules or {}) do
    local value = rule.kind == "not_with" and params[rule.params[1]]
    if value and value ~= "false" then
      for i = 2, #rule.params do
        if rule.params[i] == position then
          return true
        end
      end
    end
  end
  return false
end

--- Whether no page follows: by the total where there is one, else because this one is not full.
local function is_last(rows, size, total, reached)
  if #rows == 0 then
    return true
  elseif total and reached then
    return reached >= total
  end
  return size ~= nil and #rows < size
end

--- Makes a walk of it; nothing is sent yet.
---
--- Rows that come or go meanwhile can be missed or come twice: no provider freezes a list. That can't make the walk
--- endless: it ends with `err` when the list grows as fast as it is read, or when the same page comes again.
---@param method table the described method, with its `paging`
---@param params table|nil of the first call
---@param fetch fun(params: table): table|nil, reseal.Failure|nil
---@return reseal.List
function listing.new(method, params, fetch)
  local paging = method.paging
  local asked = {}
  for name, value in pairs(params or {}) do
    asked[name] = value
  end
  local position_name, size_name = given(asked, paging.position), paging.size and given(asked, paging.size)
  local by_page = paging.style == "page"
  local whole = is_whole(method, asked, paging.position)
  local list = {position = tonumber(asked[position_name]) or (by_page and 1 or 0)}
  local rows, index, last = {}, 0, false
  local first_row, bound

  local function stop(message)
    list.err = failure.wrap({
      class = "protocol", code = "endless", message = message, outcome = "refused", retry = "later",
    }, method.provider, method.name)
  end

  local function next_page()
    rows, index = {}, 0
    local result, err = fetch(asked)
    if not result then
      list.err = err
      return
    end
    local found, about = result[paging.items] or {}, result
    if paging.totals then
      about = result[paging.totals] or {}
    end
    local size = about[paging.page_size or paging.size] or tonumber(asked[size_name])
    local total = about[paging.total]
    if size and size < 1 then
      size = nil
    end
    local reached = list.position + #found
    if by_page then
      reached = size and list.position * size
    end
    if #found > 0 and first_row and same(first_row, found[1]) then
      return stop("The provider sent the same page again where the next one was asked for.")
    end
    bound = bound or total and 2 * (total + (size or #found))
    last = whole or is_last(found, size, total, reached)
    if not last and bound and reached and reached > bound then
      return stop("The list grows as fast as it is read.")
    end
    rows, first_row, list.total = found, found[1], total
    list.position = by_page and list.position + 1 or reached
    asked[position_name] = list.position
  end

  local methods = {}

  function methods.resume()
    list.err, first_row, bound = nil, nil, nil
    return list
  end

  return setmetatable(list, {
    __index = methods,
    __call = function()
      if index >= #rows and not last and not list.err then
        next_page()
      end
      index = index + 1
      return rows[index], rows[index] == nil and list.err or nil
    end,
  })
end

return listing
