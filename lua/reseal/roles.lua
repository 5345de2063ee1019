--- Reads results by what their fields mean, whatever their provider calls them.
---
---     local told = assert(roles.of("namecheap", "getInfo"))
---     told(r, "order_ends")   --> "1/20/2027"     told(r, "chain") --> {"-----BEGIN …", …}
---     told(r).status          --> "active"        told(r, "validations") --> {{file_name = "…", …}, …}
---
--- The words are those of `reseal.roles()`; which field has which is a column of the descriptions (`reseal.describe`).
--- What a role's value is depends on its fields, not on the answer:
---
---   a field                  its value; nil when the answer doesn't have it or has the empty text. Of several fields
---                            the first that has one.
---   a list of values, or     a list, empty when there is nothing; of several fields all, in their order
---   fields inside a list
---   a list of records        a list of rows, each a table from roles to values, made as the whole is. The roles inside
---                            are those of a row alone.
---   no field has it          nil

local core = require "reseal.core"
local failure = require "reseal.failure"

local roles = {}

--- Adds where the roles stand: {role = {is_list, {steps, field}, …}}; steps: {{name, is_list}, …} down to the field.
local function find(fields, steps, in_list, found)
  for _, field in ipairs(fields or {}) do
    local own = {}
    for i, step in ipairs(steps) do
      own[i] = step
    end
    local is_list = field.type == "list"
    own[#own + 1] = {field.name, is_list}
    if field.role then
      found[field.role] = found[field.role] or {}
      local places = found[field.role]
      places.is_list = places.is_list or is_list or in_list
      places[#places + 1] = {steps = own, row = is_list and field.fields and find(field.fields, {}, false, {}) or nil}
    end
    if field.fields and not (is_list and field.role) then
      find(field.fields, own, in_list or is_list, found)
    end
  end
  return found
end

local read

--- Calls `add` with every value at the end of the steps.
local function walk(value, steps, at, add)
  if value == nil or value == "" then
    return
  elseif at > #steps then
    return add(value)
  elseif type(value) ~= "table" then
    return
  end
  local name, is_list = steps[at][1], steps[at][2]
  local inner = value[name]
  if not is_list then
    return walk(inner, steps, at + 1, add)
  end
  for _, one in ipairs(type(inner) == "table" and inner or {}) do
    walk(one, steps, at + 1, add)
  end
end

local function values(result, places)
  local list = {}
  for _, place in ipairs(places) do
    walk(result, place.steps, 1, function(value)
      list[#list + 1] = place.row and read(value, place.row) or value
    end)
  end
  if places.is_list then
    return list
  end
  return list[1]
end

function read(result, found)
  local row = {}
  for role, places in pairs(found) do
    row[role] = values(result, places)
  end
  return row
end

local function reader(found)
  return function(result, role)
    if role == nil then
      return read(result, found)
    end
    return found[role] and values(result, found[role])
  end
end

local methods, anywhere = {}, {}

--- A described method, and where its result's roles stand; kept.
local function method_of(provider, name, edition)
  local key = table.concat({provider, name, edition or ""}, "\0")
  if not methods[key] then
    local described, err = core.describe(provider, name, edition)
    if not described then
      return nil, failure.wrap(err, provider, name)
    end
    methods[key] = {described = described, found = find(described.result, {}, false, {})}
  end
  return methods[key]
end

--- The reader of a method's results; see the head of this file.
---@param provider string
---@param name string the method's
---@param edition string|nil default: the provider's current one
---@param list string|nil the role of a list of records: the reader is then one for a single record of it, as
---  `client:each` gives them
---@return (fun(result: table, role: string|nil): any)|nil reader without a role it gives all, by role
---@return reseal.Failure|nil err when there is no such provider, method or edition, or no such list
function roles.of(provider, name, edition, list)
  local method, err = method_of(provider, name, edition)
  if not method then
    return nil, err
  elseif not list then
    return reader(method.found)
  end
  local place = method.found[list] and method.found[list][1]
  if not (place and place.row) then
    local message = ("The results of %s have no list of %s."):format(name, list)
    return nil, failure.invalid({{code = "unsupported", message = message}}, provider, name)
  end
  return reader(place.row)
end

--- A method's parameters by their roles, as described; of two with one role the first. Those inside objects are left
--- out.
---@param provider string
---@param name string the method's
---@param edition string|nil
---@return table<string, table>|nil
---@return reseal.Failure|nil err
function roles.params(provider, name, edition)
  local method, err = method_of(provider, name, edition)
  if not method then
    return nil, err
  end
  local found = {}
  for _, param in ipairs(method.described.params) do
    if param.role and not found[param.role] then
      found[param.role] = param
    end
  end
  return found
end

--- The methods whose results have a role at their top, in the order of the description.
---@param provider string
---@param role string
---@param edition string|nil
---@return table[] methods as described; not to be changed
function roles.methods(provider, role, edition)
  local found = {}
  for _, name in ipairs(core.describe(provider, nil, edition) or {}) do
    local method = method_of(provider, name, edition)
    found[#found + 1] = method.found[role] and method.described or nil
  end
  return found
end

--- Reads a result, or a row of a list, of which is not known what method gave it: a field counts wherever the provider
--- has one of that name. Only for roles that no field of the same name contradicts, as those of `reseal.status`.
---@param provider string
---@return fun(result: table, role: string): any
function roles.anywhere(provider)
  if not anywhere[provider] then
    local found, seen = {}, {}
    local function add(more)
      for role, places in pairs(more) do
        found[role] = found[role] or {}
        for _, place in ipairs(places) do
          local key = {role}
          for i, step in ipairs(place.steps) do
            key[i + 1] = step[1]
          end
          key = table.concat(key, "\0")
          if not places.is_list and not seen[key] then
            seen[key] = true
            table.insert(found[role], place)
          elseif place.row then
            add(place.row)
          end
        end
      end
    end
    for _, name in ipairs(core.describe(provider) or {}) do
      add(method_of(provider, name).found)
    end
    anywhere[provider] = reader(found)
  end
  return anywhere[provider]
end

return roles
