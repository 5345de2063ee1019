--- Every seller, also the one that only the tests have: where its build stands, and what the tables do not say of each.

local fixture = require "spec.support.fixture"
local program = require "spec.support.program"

local sellers = {}

sellers.FIXTURES = "spec/providers/third/fixtures"

--- Accounts: secrets of several bytes that need escaping in a URL.
sellers.accounts = {
  namecheap = fixture.accounts.namecheap,
  realtimeregister = fixture.accounts.realtimeregister,
  third = {account = "shop-1", token = "s3cret/Token+1"},
}

--- The folder in which the loaded binding was built, and its Lua's name there; nil where it is not a tree's.
local function built()
  for _, name in ipairs {"reseal/core/native", "libreseal"} do
    for template in package.cpath:gmatch "[^;]+" do
      local path = template:gsub("%?", name)
      if program.read(path) then
        local folder, lua = path:match "^(.*)/([^/]+)/reseal/core/native%.%w+$"
        if folder then
          return folder, lua
        end
        return path:match "^(.*)/lib/[^/]+$", "lib"
      end
    end
  end
end

--- The files of the codec that people get: the library and the C module that is loaded.
---@return string[]
function sellers.libraries()
  local folder, lua = built()
  local found = {folder .. "/lib/libreseal.so"}
  found[2] = lua ~= "lib" and ("%s/%s/reseal/core/native.so"):format(folder, lua) or nil
  return found
end

--- package.cpath of a program that has all sellers.
---@return string
function sellers.cpath()
  local folder, lua = built()
  assert(folder, "the codec that is loaded stands in no build folder")
  local own = ("%s/sellers/%s/?.so;%s/sellers/lib/?.so;"):format(folder, lua, folder)
  assert(program.read(folder .. "/sellers/lib/libreseal.so"),
    folder .. "/sellers is not built: make sellers builds it")
  return own .. package.cpath
end

--- Words before a command of the shell, so that its Lua has all sellers.
---@return string
function sellers.environment()
  local words, cpath = {}, program.quote(sellers.cpath())
  for _, name in ipairs {"LUA_CPATH", "LUA_CPATH_5_2", "LUA_CPATH_5_3", "LUA_CPATH_5_4", "LUA_CPATH_5_5"} do
    words[#words + 1] = name .. "=" .. cpath
  end
  return "env " .. table.concat(words, " ")
end

-- An answer that is an error, as each seller writes one.
local errors = {}

function errors.namecheap(row, text)
  local answer = fixture.xml {command = "any", errors = {{code = row.code, text = text}}}
  return answer
end

function errors.realtimeregister(row, text)
  return fixture.json(row.http_status or 400, ('{"type":"%s","message":"%s"}'):format(row.code, text))
end

function errors.third(row, text)
  local body = ('{"fault":{"number":%d,"text":"%s"}}'):format(row.code, text)
  return fixture.json(row.http_status or 400, body)
end

---@param provider string
---@param row table of the described errors
---@param text? string its message; default: the listed one
function sellers.refuse(provider, row, text)
  return errors[provider](row, text or row.text)
end

-- A page of a list: these rows, each of which has just an id, out of `total`.
local pages = {}

function pages.namecheap(method, rows, total, position, size)
  local shown = {}
  for i, id in ipairs(rows) do
    shown[i] = ('<SSL CertificateID="%d" Status="active"/>'):format(id)
  end
  return fixture.xml {
    command = method.command,
    result = ("<SSLListResult>%s</SSLListResult><Paging><TotalItems>%d</TotalItems><CurrentPage>%d</CurrentPage>"
      .. "<PageSize>%d</PageSize></Paging>"):format(table.concat(shown), total, position, size),
  }
end

function pages.realtimeregister(_, rows, total, position, size)
  local shown = {}
  for i, id in ipairs(rows) do
    shown[i] = ('{"id":%d}'):format(id)
  end
  return fixture.json(200, ('{"entities":[%s],"pagination":{"limit":%d,"offset":%d,"total":%d}}')
    :format(table.concat(shown, ","), size, position, total))
end

function pages.third(_, rows, total)
  local shown = {}
  for i, id in ipairs(rows) do
    shown[i] = ('{"certificate":%d}'):format(id)
  end
  return fixture.json(200, ('{"certificates":[%s],"found":%d}'):format(table.concat(shown, ","), total))
end

function sellers.page(provider, ...)
  return pages[provider](...)
end

--- The id in a row that such a page has.
function sellers.id(row)
  return row.CertificateID or row.id or row.certificate
end

--- Every fixture of every seller.
function sellers.cases()
  local cases = fixture.cases()
  for _, case in ipairs(fixture.cases(sellers.FIXTURES, "third")) do
    cases[#cases + 1] = case
  end
  return cases
end

return sellers
