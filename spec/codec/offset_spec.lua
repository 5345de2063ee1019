-- Of an answer that makes no sense the place is told: as `offset`, the bytes of the body before it, and in the message.
local core = require "reseal.core"
local fixture = require "spec.support.fixture"

local function handle(provider)
  local codec = assert(core.new(provider))
  for name, value in pairs(fixture.accounts[provider]) do
    assert(codec:set(name, value))
  end
  return codec
end

local nc, rr = handle "namecheap", handle "realtimeregister"

local function refused(codec, status, body)
  local result, err = codec:decode("renew", {status = status, headers = {}, body = body})
  assert.is_nil(result)
  assert.equal("protocol", err.class, body:sub(1, 200))
  return err
end

--- Asserts that `body` is refused at the mark `@` in it, which is taken out.
local function assert_place(codec, status, body)
  local place = assert(body:find("@", 1, true)) - 1
  local err = refused(codec, status, (body:gsub("@", "")))
  assert.equal(place, err.offset, body .. "\n" .. err.message)
  assert.is_truthy(err.message:find(" at byte " .. place .. "%f[%D]"), err.message)
  assert.equal(err.message, err.errors[1].message)
end

local XML = table.concat({
  '<?xml version="1.0" encoding="UTF-8"?>',
  '<ApiResponse Status="OK" xmlns="http://api.namecheap.com/xml.response">',
  "  <Errors/>",
  '  <CommandResponse Type="namecheap.ssl.renew">',
  '    <SSLRenewResult CertificateID="123456" SSLType="PositiveSSL" Years="1" OrderId="1234567"',
  '      TransactionId="1234568" ChargedAmount="9.0000"/>',
  "  </CommandResponse>",
  "  <Server>SERVER</Server>",
  "</ApiResponse>\n",
}, "\n")

--- The document with `text` in the place of `what`.
local function with(what, text)
  local from, to = assert(XML:find(what, 1, true))
  return XML:sub(1, from - 1) .. text .. XML:sub(to + 1)
end

describe("the place of a fault", function()
  it("is told of JSON", function()
    for _, body in ipairs {
      '{"a":1,@}', '{"a" @1}', '{"a":[1 @2]}', '{"a":@tru}', '{"a":@01}', '{"a":-@01}', '{"a":1.@}',
      '{"a":1e+@}',
      '{"a":"\\@q"}', '{"a":"\\u00@zz"}', '{"a":"x@', '{"a":"x@\ny"}', '{"a":1@', '{"a":[@', "{@'a':1}", '{"a":1} @x',
      '{"a":@?}', '\239\187\191{"a":@?}', '\n\n  {"a":@+1}', '{"a":"x@\255"}', '{"a":"\195\169@\195"}',
      '{"a":1,"b":2,@"a":3}', '{"l":[{"id":1,"x":{"id":1},@"id":2}]}',
    } do
      assert_place(rr, 202, body)
    end
  end)

  it("is the later of two members of one name, however many there are", function()
    local members = {}
    for i = 1, 300 do
      members[i] = ('"n%d":%d'):format(i * 7 % 300, i)
    end
    assert_place(rr, 202, "{" .. table.concat(members, ",") .. ',@"n150":0,"m":1}')
  end)

  it("is told of what is too deep, and of what is too much", function()
    assert_place(rr, 202, '{"a":' .. ("["):rep(63) .. "@[" .. ("]"):rep(64) .. "}")
    assert_place(nc, 200, with("SERVER", ("<a>"):rep(62) .. "<a@>"))
    local attributes = {}
    for i = 1, 257 do
      attributes[i] = ("a%d='@'"):format(i):gsub("@", i)
    end
    assert_place(nc, 200, with("SERVER", "<c/>@<b " .. table.concat(attributes, " ") .. "/>"))
    local small = handle "realtimeregister"
    assert(small:limit("items", 5))
    assert_place(small, 202, '{"a":1,"b":[2,3,@4]}')
    assert_place(small, 202, '{"a":1,"b":[2,3,@{"c":5}]}')
  end)

  it("is told of a JSON value that is not of its type, with its path", function()
    for body, path in pairs {
      ['{"commonName":"a.bc","validations":@7}'] = "validations",
      ['{"validations":{"dcv":[{"type":"DNS"},{"commonName":"a.bc","type": @{"x":[]}}]}}'] = "validations.dcv[2].type",
      ['{"validations":{"dcv":[@null]}}'] = "validations.dcv[1]",
    } do
      local place = body:find("@", 1, true) - 1
      local err = refused(rr, 202, (body:gsub("@", "")))
      assert.equal(place, err.offset, err.message)
      local words = "^the answer's " .. path:gsub("%p", "%%%0") .. " is not .* at byte " .. place .. "$"
      assert.is_truthy(err.message:find(words), err.message)
    end
  end)

  it("is told of XML", function()
    for _, body in ipairs {
      with("</CommandResponse>", "</CommandResponze>@"),
      with('Years="1"', 'Years="1" Years="2"'):gsub("/>\n  </Command", "@/>\n  </Command"),
      with("SERVER", "&nope;@x"), with("SERVER", "x@\255"), with("SERVER", "<@ "), with("SERVER", "a@\1b"),
      with("</ApiResponse>\n", "</ApiResponse>\n@<more/>"),
      "\239\187\191\n \n" .. with("SERVER", "x@\255"), with('encoding="UTF-8"', "encoding='@latin1'"),
      "@\255\254<\0?\0",
    } do
      assert_place(nc, 200, body)
    end
    assert_place(nc, 200, '<!DOCTYPE a@><ApiResponse Status="OK"/>')
  end)

  it("is the tag of an XML value that is not of its type", function()
    for _, body in ipairs {
      with('Years="1"', 'Years="one"'),
      "\239\187\191\n\n" .. with('Years="1"', 'Years="&lt;1&gt;"'),
      with('Years="1"', "Years='>'"),
    } do
      local place = body:find("<SSLRenewResult", 1, true) - 1
      local err = refused(nc, 200, body)
      assert.equal(place, err.offset, err.message)
      local words = "the answer's Years is not an integer at byte " .. place .. " ("
      assert.is_truthy(err.message:find(words, 1, true), err.message)
      assert.same({"unknown", "never"}, {err.outcome, err.retry})
    end
    -- As an element, behind much else.
    local body = with('Years="1"', ""):gsub('/>\n  </Command', ">" .. ("<f>\195\169\r\n</f>"):rep(20000) ..
      "<Years >one</Years></SSLRenewResult></Command")
    local err = refused(nc, 200, body)
    assert.equal(body:find("<Years", 1, true) - 1, err.offset)
  end)

  it("is told far into a document, whatever bytes stand before", function()
    local many = ("<f a='&amp;\195\169'>\r\n<![CDATA[\r\n]]>\240\159\148\145</f>"):rep(20000)
    assert_place(nc, 200, with("SERVER", many .. "x@\255"))
    assert_place(rr, 202, '{"l":["' .. ("\195\169\\n"):rep(100000) .. '"@}')
  end)

  it("is within what came, wherever the answer ends", function()
    local json = '{"commonName":"a.bc","l":[1,-2.5e3,true,null,"\\u00e9"],"o":{"a":{}}}'
    for len = 1, #json - 1 do
      local err = refused(rr, 202, json:sub(1, len))
      assert.is_true(err.offset <= len and len - err.offset < 5, len .. " " .. err.message)
    end
    for len = 1, #XML - #"\n</ApiResponse>" do
      local part = XML:sub(1, len)
      local err = refused(nc, 200, part)
      local markup = #part:match("[^>]*$")
      assert.is_true(err.offset <= len and len - err.offset <= markup, len .. " " .. err.message)
    end
  end)

  it("is not told where there is none", function()
    for _, case in ipairs {
      {nc, 200, ""}, {nc, 200, "<html></html>"}, {nc, 200, "<Other/>"}, {nc, 500, "<"}, {rr, 202, "[1]"},
      {rr, 202, '{"other":1}'}, {rr, 500, "{"}, {nc, 200, with("SSLRenewResult", "Other")},
    } do
      local err = refused(case[1], case[2], case[3])
      assert.is_nil(err.offset, err.message)
      assert.is_nil(err.message:find("at byte", 1, true), err.message)
    end
    local body = '{"type":"ValidationError","message":"no"}'
    local _, err = rr:decode("renew", {status = 400, headers = {}, body = body})
    assert.equal("provider", err.class)
    assert.is_nil(err.offset)
    _, err = rr:encode("get", {})
    assert.is_nil(err.offset)
    -- Nor is that of another answer left.
    assert(rr:decode("renew", {status = 202, headers = {}, body = '{"commonName":"a.bc"}'}))
  end)

  it("of an answer that was cut is where it broke off, as far as the transport knows", function()
    local err = rr:decode_cut("renew", {status = 202, headers = {}, received = 1234})
    assert.equal(1234, err.offset)
    assert.is_truthy(err.message:find(" at byte 1234%f[%D]"), err.message)
    assert.equal(0, rr:decode_cut("renew", {status = 202, headers = {}, received = 0}).offset)
    for _, received in ipairs {-1, "7", 0 / 0, 1 / 0, true} do
      assert.is_nil(rr:decode_cut("renew", {status = 202, headers = {}, received = received}).offset)
    end
    assert.is_nil(rr:decode_cut("renew", {status = 202, headers = {}}).offset)
  end)
end)
