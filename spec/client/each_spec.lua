-- client:each walks a list page by page, and asks for no page more than it must.
local fixture = require "spec.support.fixture"

--- A Namecheap account of so many certificates, as a transport: `pages` has the page numbers that were asked for.
local function namecheap(total, options)
  options = options or {}
  local server = {pages = {}, total = total, fail = {}}
  local function transport(request)
    local page = tonumber(request.body:match("&Page=(%d+)") or 1)
    local size = tonumber(request.body:match("&PageSize=(%d+)") or 20)
    server.pages[#server.pages + 1] = page
    if server.fail[page] then
      server.fail[page] = nil
      return nil, {code = "closed", message = "The connection was closed.", sent = true}
    end
    local shown = {"<SSLListResult>"}
    for id = (page - 1) * size + 1, math.min(page * size, server.total) do
      shown[#shown + 1] = ('<SSL CertificateID="%d" HostName="" SSLType="positivessl" PurchaseDate="10/20/2017"'
        .. ' ExpireDate="" ActivationExpireDate="" IsExpiredYN="false" Status="newpurchase"/>'):format(id)
    end
    shown[#shown + 1] = "</SSLListResult>"
    if not options.no_paging then
      shown[#shown + 1] = ("<Paging><TotalItems>%d</TotalItems><CurrentPage>%d</CurrentPage><PageSize>%d</PageSize>"
        .. "</Paging>"):format(server.total, page, size)
    end
    if server.after then
      server.after(page, size)
    end
    return fixture.xml {command = "namecheap.ssl.getList", result = table.concat(shown)}
  end
  server.client = fixture.client("namecheap", {transport = transport, retries = 0})
  return server
end

--- The same for Realtime Register; `most` is the largest page it gives.
local function realtimeregister(total, options)
  options = options or {}
  local server = {offsets = {}, queries = {}}
  local function transport(request)
    local function number(name)
      return tonumber(request.url:match("[?&]" .. name .. "=(%d+)"))
    end
    local offset, limit = number("offset") or 0, number("limit") or 10
    limit = math.min(limit, options.most or limit)
    server.offsets[#server.offsets + 1] = offset
    server.queries[#server.queries + 1] = request.url:match("%?(.*)$") or ""
    if server.fail then
      server.fail = nil
      return {status = 503, headers = {}, body = ""}
    end
    local entities = {}
    if request.url:find("export=true", 1, true) then
      limit = total
    end
    for id = (options.stuck and 0 or offset) + 1, math.min(offset + limit, total) do
      entities[#entities + 1] = ('{"id":%d,"status":"ACTIVE"}'):format(id)
    end
    local shown = limit == 0 and "" or ('"entities":[%s],'):format(table.concat(entities, ","))
    local about = options.bare and "" or ('"limit":%d,"offset":%d'):format(limit, offset)
    if not (options.bare or request.url:find("total=false", 1, true)) then
      about = about .. ',"total":' .. total
    end
    return fixture.json(200, ('{%s"pagination":{%s}}'):format(shown, about))
  end
  server.client = fixture.client("realtimeregister", {transport = transport, retries = 0})
  return server
end

local function ids(list, into)
  into = into or {}
  for row in list do
    into[#into + 1] = row.CertificateID or row.id
  end
  return into
end

local function upto(last, first)
  local all = {}
  for i = first or 1, last do
    all[#all + 1] = i
  end
  return all
end

describe("each", function()
  it("walks pages that are counted, and stops at the total", function()
    for _, case in ipairs {{0, {1}}, {1, {1}}, {20, {1}}, {21, {1, 2}}, {45, {1, 2, 3}}, {60, {1, 2, 3}}} do
      local server = namecheap(case[1])
      local list = server.client:each("getList")
      assert.same(upto(case[1]), ids(list))
      assert.same(case[2], server.pages, case[1])
      assert.is_nil(list.err)
      assert.equal(case[1], list.total)
    end
  end)

  it("walks pages that begin at an offset", function()
    for _, case in ipairs {{0, {0}}, {10, {0}}, {11, {0, 10}}, {25, {0, 10, 20}}} do
      local server = realtimeregister(case[1])
      assert.same(upto(case[1]), ids(server.client:each "list"))
      assert.same(case[2], server.offsets)
    end
  end)

  it("sends nothing before a row is wanted, and then one page", function()
    local server = namecheap(50)
    local list = server.client:each("getList", {PageSize = 10})
    assert.same({}, server.pages)
    for row in list do
      if row.CertificateID == 11 then
        break
      end
    end
    assert.same({1, 2}, server.pages)
    assert.same(upto(50, 12), ids(list))
    assert.same({1, 2, 3, 4, 5}, server.pages)
    assert.is_nil(list())
    assert.same({1, 2, 3, 4, 5}, server.pages)
  end)

  it("keeps the other parameters, and the caller's table as it is", function()
    local server = realtimeregister(25)
    local params = {limit = 10, ["status:in"] = {"ACTIVE"}, order = "-expiryDate"}
    assert.equal(25, #ids(server.client:each("list", params)))
    assert.same({limit = 10, ["status:in"] = {"ACTIVE"}, order = "-expiryDate"}, params)
    for _, query in ipairs(server.queries) do
      assert.is_truthy(query:find("limit=10", 1, true))
      assert.is_truthy(query:find("order=-expiryDate", 1, true))
      assert.is_truthy(query:find("status", 1, true))
    end
  end)

  it("begins where it is told to, in any letter case that the provider takes", function()
    for _, params in ipairs {{Page = 3, PageSize = 10}, {page = "3", pagesize = "10"}} do
      local server = namecheap(35)
      assert.same(upto(35, 21), ids(server.client:each("getList", params)))
      assert.same({3, 4}, server.pages)
    end
    local server = realtimeregister(25)
    assert.same(upto(25, 8), ids(server.client:each("list", {offset = 7})))
    assert.same({7, 17}, server.offsets)
  end)

  it("goes by what the provider gives when that is less than asked for", function()
    local server = realtimeregister(25, {most = 10})
    assert.same(upto(25), ids(server.client:each("list", {limit = 1000})))
    assert.same({0, 10, 20}, server.offsets)
  end)

  it("ends at a page that is not full when there is no total", function()
    local server = realtimeregister(25)
    assert.same(upto(25), ids(server.client:each("list", {total = false})))
    assert.same({0, 10, 20}, server.offsets)
    server = realtimeregister(20)
    assert.same(upto(20), ids(server.client:each("list", {total = false})))
    assert.same({0, 10, 20}, server.offsets)
  end)

  it("ends at an empty page when it knows nothing", function()
    local server = namecheap(45, {no_paging = true})
    assert.same(upto(45), ids(server.client:each "getList"))
    assert.same({1, 2, 3, 4}, server.pages)
    server = realtimeregister(12, {bare = true})
    assert.same(upto(12), ids(server.client:each "list"))
    assert.same({0, 10, 12}, server.offsets)
  end)

  it("counts without rows, and exports in one page", function()
    local server = realtimeregister(25)
    local list = server.client:each("list", {limit = 0})
    assert.same({}, ids(list))
    assert.equal(25, list.total)
    assert.same({0}, server.offsets)
    server = realtimeregister(25, {bare = true})
    list = server.client:each("list", {export = true})
    assert.same(upto(25), ids(list))
    assert.is_nil(list.err)
    assert.same({0}, server.offsets)
  end)

  it("goes on after a page that failed, without repeating rows", function()
    local server = namecheap(45)
    server.fail[2] = true
    local list = server.client:each "getList"
    local found = ids(list)
    assert.same(upto(20), found)
    assert.equal("closed", list.err.code)
    assert.equal("refused", list.err.outcome)
    assert.equal(2, list.position)
    assert.is_nil(list())
    assert.same({1, 2}, server.pages)
    assert.same(upto(45), ids(list:resume(), found))
    assert.is_nil(list.err)
    assert.same({1, 2, 2, 3}, server.pages)

    server = realtimeregister(25)
    server.fail = true
    list = server.client:each "list"
    assert.same({}, ids(list))
    assert.equal(503, list.err.http_status)
    assert.equal(0, list.position)
    assert.same(upto(25), ids(list:resume()))
  end)

  it("can be taken up by another walk from its position", function()
    local server = realtimeregister(25)
    local list = server.client:each "list"
    for _ = 1, 11 do
      list()
    end
    assert.equal(20, list.position)
    assert.same(upto(25, 21), ids(server.client:each("list", {offset = list.position})))
  end)

  it("gives the first call's refusal as its failure", function()
    local server = namecheap(5)
    local list = server.client:each("getList", {PageSize = 5})
    assert.same({}, ids(list))
    assert.equal("invalid", list.err.class)
    assert.equal("PageSize", list.err.param)
    list = server.client:each("getList", {Page = "first"})
    assert.is_nil(list())
    assert.equal("Page", list.err.param)
    assert.same({}, server.pages)
  end)

  it("follows a list that grows or shrinks meanwhile", function()
    local server = namecheap(20, {})
    server.after = function(page)
      server.total = page == 1 and 25 or server.total
    end
    assert.same(upto(20), ids(server.client:each "getList"))
    server = namecheap(30)
    server.after = function(page)
      server.total = page == 1 and 45 or server.total
    end
    assert.same(upto(45), ids(server.client:each "getList"))
    server = namecheap(100)
    server.after = function()
      server.total = 30
    end
    assert.same(upto(30), ids(server.client:each "getList"))
    assert.same({1, 2}, server.pages)
  end)

  it("does not run after a list that grows as fast as it is read", function()
    local server = namecheap(40)
    server.after = function(page, size)
      server.total = (page + 2) * size
    end
    local list = server.client:each "getList"
    local count = #ids(list)
    assert.is_true(count >= 40 and count <= 200)
    assert.equal("endless", list.err.code)
    assert.equal("protocol", list.err.class)
    assert.equal("refused", list.err.outcome)
    assert.is_truthy(tostring(list.err):find("namecheap getList", 1, true))
  end)

  it("does not take the same page for the next one", function()
    local server = realtimeregister(1000, {stuck = true})
    local list = server.client:each("list", {total = false})
    assert.same(upto(10), ids(list))
    assert.equal("endless", list.err.code)
  end)

  it("raises where the program is wrong", function()
    local client = namecheap(0).client
    assert.has_error(function() client:each "getInfo" end, "getInfo is not a list call: it has no pages")
    assert.has_error(function() client:each "getLst" end)
    assert.has_error(function() client.each "getList" end)
    assert.has_error(function() client:each("getList", 5) end)
  end)
end)
