--- What an answer must be for anything to be made of it: a seller's page or a host's fault may give anything.

local money = require "reseal.order.money"
local names_something = require("reseal.order.machine.next").names_something

local function is_id(value)
  return type(value) == "string" and value ~= "" or type(value) == "number"
end

local function are_times(...)
  for i = 1, select("#", ...) do
    local time = select(i, ...)
    if time ~= nil and type(time) ~= "number" then
      return false
    end
  end
  return true
end

local function has_life(value)
  return type(value) == "table" and type(value.not_before) == "number" and type(value.not_after) == "number"
end

local function is_list(value)
  return type(value) == "table" and (next(value) == nil or value[1] ~= nil)
end

return {
  served = function(value)
    return value == false or has_life(value)
  end,
  admit = function(value)
    return type(value) == "table" and (value.admitted == true or type(value.at_once) == "number")
  end,
  look = function(value)
    return type(value) == "table" and is_id(value.id)
      and are_times(value.order_ends, value.renewable_from, value.renewable_till, value.renewal_days)
  end,
  successor = function(value)
    return value == false or is_id(value)
  end,
  make_key = function(value)
    return type(value) == "table" and type(value.csr) == "string"
  end,
  price = function(value)
    return type(value) == "table" and money.units(value.amount) ~= nil and type(value.currency) == "string"
  end,
  clock = function(value)
    return type(value) == "table" and type(value.offset) == "number"
  end,
  before = is_list,
  find = function(value, order)
    return type(value) == "table" and (value.found == nil and (value.absent == true or value.unclear ~= nil)
      or names_something(value.found, order.intent.purchase))
  end,
  challenge = is_list,
  probe = function(value)
    return type(value) == "table"
  end,
  collect = function(value)
    return type(value) == "table" and (value.pending or value.failed or value.doubt
      or type(value.issued) == "table" and is_id(value.issued.id) and type(value.issued.certificate) == "string")
  end,
  accept = has_life,
}
