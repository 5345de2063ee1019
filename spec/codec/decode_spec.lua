-- Answers as they really come: cut, garbled, of the wrong kind. Never a success, never a crash, never a guess.
local answer = require "spec.support.answer"
local fixture = require "spec.support.fixture"

local decoder, assert_senseless, is_integer = answer.decoder, answer.assert_senseless, answer.is_integer
local XML, JSON = answer.XML, answer.JSON

local function with_body(given, body)
  return {status = given.status, headers = given.headers, body = body}
end

describe("an answer cut off", function()
  for _, case in ipairs {
    {"namecheap", "renew", "namecheap/renew/printed"}, {"namecheap", "renew", "namecheap/renew/error-live"},
    {"namecheap", "reissue", "namecheap/reissue/dcv-wrapped"},
    {"realtimeregister", "reissue", "realtimeregister/reissue/accepted"},
    {"realtimeregister", "renew", "realtimeregister/reissue/accepted-upper-case-header"},
  } do
    it(("anywhere is no answer (%s)"):format(case[3]), function()
      local whole = answer.of(case[3])
      local body = whole.body:gsub("%s+$", "")
      local decode = decoder(case[1], case[2], whole.status, whole.headers)
      -- With X-Process-Id an answer may do without a body, but not with half of one.
      for length = case[1] == "namecheap" and 0 or 1, #body - 1 do
        assert_senseless(decode(body:sub(1, length)))
      end
      local result, err = decode(body)
      assert.is_truthy(result or err.class == "provider", "the whole of it")
    end)
  end

  it("is refused for a read: nothing was done", function()
    local whole = answer.of "namecheap/getList/live"
    local decode = decoder("namecheap", "getList", 200, XML)
    for length = 0, #whole.body - 20, 7 do
      local result, err = decode(whole.body:sub(1, length))
      assert_senseless(result, err, nil, "refused")
    end
  end)

  it("loses no result to a changed byte that it can't explain", function()
    local whole = answer.of("namecheap/renew/printed").body
    local decode = decoder("namecheap", "renew", 200, XML)
    for at = 1, #whole do
      for _, byte in ipairs {"\0", "<", "\255"} do
        if whole:sub(at, at) ~= byte then
          local result, err = decode(whole:sub(1, at - 1) .. byte .. whole:sub(at + 1))
          assert.is_nil(result, at)
          assert.equal("unknown", err.outcome, at)
        end
      end
    end
  end)

  it("is none when bytes follow the end", function()
    for _, tail in ipairs {"x", "<a/>", "{}", "\0", ",", "]", '<?xml version="1.0"?>'} do
      assert_senseless(decoder("namecheap", "renew", 200, XML)(answer.of("namecheap/renew/printed").body .. tail))
      assert_senseless(
        decoder("realtimeregister", "reissue", 202, JSON)(answer.of("realtimeregister/reissue/accepted").body .. tail)
      )
    end
    assert.is_truthy(decoder("namecheap", "renew", 200, XML)(answer.of("namecheap/renew/printed").body .. " \r\n\t"))
    assert.is_truthy(
      decoder("realtimeregister", "reissue", 202, JSON)(
        " \r\n\t" .. answer.of("realtimeregister/reissue/accepted").body .. " \r\n\t"
      )
    )
  end)
end)

describe("namecheap's XML", function()
  local printed = answer.of("namecheap/renew/printed").body
  local decode = decoder("namecheap", "renew", 200, XML)

  local function swap(from, to)
    local at, last = printed:find(from, 1, true)
    return printed:sub(1, at - 1) .. to .. printed:sub(last + 1)
  end

  it("may not bring a document type, with or without entities", function()
    local HEAD, rest = printed:match("^(<%?xml.-%?>)(.*)$")
    for _, doctype in ipairs {
      "<!DOCTYPE ApiResponse>",
      '<!DOCTYPE ApiResponse SYSTEM "http://127.0.0.1:1/x.dtd">',
      '<!DOCTYPE ApiResponse SYSTEM "file:///etc/hostname">',
      '<!DOCTYPE ApiResponse PUBLIC "-//x//y" "x.dtd">',
      '<!DOCTYPE ApiResponse [<!ENTITY a "9.0000">]>',
      '<!DOCTYPE ApiResponse [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
      '<!DOCTYPE ApiResponse [<!ATTLIST SSLRenewResult Years CDATA "5">]>',
      '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;">]>',
    } do
      assert_senseless(decode(HEAD .. doctype .. rest))
      assert_senseless(decode(HEAD .. doctype .. (rest:gsub("9.0000", "&a;"))))
      assert_senseless(decode(HEAD .. doctype .. (rest:gsub("59f31428be24", "&d;"))))
    end
    assert_senseless(decode((printed:gsub("9.0000", "&a;"))))
    assert_senseless(decode((printed:gsub("59f31428be24", "&nbsp;"))))
  end)

  it("is UTF-8, and nothing else", function()
    for _, encoding in ipairs {"ISO-8859-1", "UTF-7", "UTF-16", "UTF-16LE", "windows-1252", "EBCDIC", "x-none"} do
      assert_senseless(decode((printed:gsub("UTF%-8", encoding, 1))))
    end
    local wide = "\255\254" .. printed:gsub("UTF%-8", "UTF-16"):gsub(".", "%0\0")
    assert_senseless(decode(wide))
    assert_senseless(decode("\254\255" .. printed:gsub("UTF%-8", "UTF-16"):gsub(".", "\0%0")))
    assert_senseless(decode((printed:gsub("59f31428be24", "caf\233"))))
    assert_senseless(decode((printed:gsub("59f31428be24", "\192\128"))))
    local result = assert(decode((printed:gsub("59f31428be24", "café €"))))
    assert.equal("café €", result.meta.server)
  end)

  it("has its root, its status and its result", function()
    for _, body in ipairs {
      "",
      " ",
      "text",
      "null",
      "{}",
      "<a/>",
      "<ApiResponse/>",
      '<ApiResponse Status="OK"/>',
      '<ApiResponse Status="MAYBE"/>',
      '<ApiResponse Status="OK"><CommandResponse/></ApiResponse>',
      swap(' Status="OK"', ""),
      swap('Status="OK"', 'Status="MAYBE"'),
      swap('Status="OK"', 'Status="ok "'),
      (printed:gsub("SSLRenewResult", "SSLCreateResult")),
      (printed:gsub("CommandResponse", "Response")),
      (printed:gsub("ApiResponse", "Response")),
      swap('CertificateID="123456"', ""),
      swap('CertificateID="123456"', 'CertificateID=""'),
      swap('CertificateID="123456"', 'CertificateID="0"'),
      swap('CertificateID="123456"', 'CertificateID="12x"'),
      swap('CertificateID="123456"', 'CertificateID="1.5"'),
    } do
      local result, err = decode(body)
      assert.is_nil(result, body)
      assert.equal("unknown", err.outcome, body)
      assert.is_true(err.class == "protocol" or err.class == "provider", body)
    end
  end)

  it("says ERROR without saying which: no success, and no guess", function()
    local result, err = decode((printed:gsub('Status="OK"', 'Status="ERROR"')))
    assert.is_nil(result)
    assert.equal("unknown", err.outcome)
  end)

  it("is no success while it lists an error", function()
    local result, err =
      decode(swap("<Errors/>", '<Errors><Error Number="2011170">Promotion code is expired</Error></Errors>'))
    assert.is_nil(result)
    assert.is_truthy(err)
  end)

  it("is never a page of HTML, whatever its type says", function()
    for _, headers in ipairs {XML, {["content-type"] = "text/html"}, {}} do
      for _, body in ipairs {
        "<html><body>Back soon</body></html>",
        "<!doctype html><p>x",
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN"><html>',
        "\n  <HTML></HTML>",
        "\239\187\191<html/>",
      } do
        local result, err = decoder("namecheap", "renew", 200, headers)(body)
        assert.equal("html", assert_senseless(result, err).code, body)
      end
    end
    assert.equal("refused", select(2, decoder("namecheap", "getInfo", 200, XML)("<html/>")).outcome)
  end)

  it("without any byte is empty", function()
    assert.equal("empty", assert_senseless(decode("")).code)
    assert.equal("empty", assert_senseless(decode(" \r\n")).code)
  end)

  it("is not read under another status", function()
    for _, status in ipairs {301, 302, 500, 502, 503, 504} do
      local result, err = decoder("namecheap", "renew", status, XML)("")
      assert.is_nil(result)
      assert.equal("unknown", err.outcome, tostring(status))
      assert.equal(status, err.http_status)
      assert.equal("never", err.retry)
    end
    local _, err = decoder("namecheap", "getInfo", 503, XML)("")
    assert.equal("refused", err.outcome)
    assert.not_equal("never", err.retry)
  end)

  it("is throttling under 405, whatever the body, unless that may be an answer", function()
    for _, method in ipairs {"renew", "reissue", "getInfo", "getList"} do
      for _, body in ipairs {"", " \r\n", "<html/>", "Too many requests", "<Message>slow</Message>", "{}"} do
        local result, err = decoder("namecheap", method, 405, XML)(body)
        assert.is_nil(result)
        assert.equal("throttle", err.category)
        assert.equal("refused", err.outcome)
        assert.equal("later", err.retry)
      end
    end
  end)

  it("keeps money as the very text", function()
    for _, amount in ipairs {"9.0000", "0", "908.1600", "9.98", "123456789012345678901234567890.1234"} do
      assert.equal(amount, assert(decode((printed:gsub("9%.0000", amount)))).ChargedAmount)
    end
  end)

  it("keeps integers that are too large as their digits", function()
    local result = assert(decode(swap('OrderId="1234567"', 'OrderId="9007199254740992"')))
    assert.equal("9007199254740992", ("%d"):format(result.OrderId))
    assert.is_true(is_integer(result.OrderId))
    assert.equal("9007199254740993", assert(decode(swap('OrderId="1234567"', 'OrderId="9007199254740993"'))).OrderId)
    assert.equal(
      ("9"):rep(40),
      assert(decode(swap('OrderId="1234567"', ('OrderId="%s"'):format(("9"):rep(40))))).OrderId
    )
  end)

  it("may come with references and CDATA in its text and attributes", function()
    local result = assert(decode(swap('SSLType="PositiveSSL"', 'SSLType="A &amp; B &lt;&#233;&#x20AC;&quot;&apos;"')))
    assert.equal("A & B <é€\"'", result.SSLType)
    assert.equal("a<b&c", assert(decode(swap("59f31428be24", "<![CDATA[a<b]]>&amp;<![CDATA[c]]>"))).meta.server)
    assert.equal("ab", assert(decode(swap("59f31428be24", "a<!-- x -->b"))).meta.server)
    assert.is_truthy(decode("<!-- no page, an answer -->" .. printed:gsub("^<%?xml.-%?>", "")))
    assert.equal("ab", assert(decode(swap("59f31428be24", "a<?x y?>b"))).meta.server)
  end)

  it("says that a call failed though its status is OK", function()
    local reissue = decoder("namecheap", "reissue", 200, XML)
    for _, word in ipairs {"false", "False", "FALSE"} do
      local body = fixture.xml {
        command = "namecheap.ssl.reissue",
        result = ('<SSLReissueResult ID="0" IsSuccess="%s"/>'):format(word),
      }.body
      local result, err = reissue(body)
      assert.is_nil(result)
      assert.equal("not_successful", err.code)
      assert.equal("provider", err.class)
    end
  end)

  it("has a largest size and a greatest depth", function()
    local small = decoder("namecheap", "renew", 200, XML, {max_body = #printed})
    assert.is_truthy(small(printed))
    assert.equal("too_large", assert_senseless(small(printed .. " ")).code)
    local deep = swap(
      'ChargedAmount="9.0000"/>',
      'ChargedAmount="9.0000">' .. ("<a>"):rep(100) .. ("</a>"):rep(100) .. "</SSLRenewResult>"
    )
    assert.equal("too_deep", assert_senseless(decode(deep)).code)
    local fine = swap(
      'ChargedAmount="9.0000"/>',
      'ChargedAmount="9.0000">' .. ("<a>"):rep(40) .. ("</a>"):rep(40) .. "</SSLRenewResult>"
    )
    assert.is_truthy(decode(fine))
  end)

  it("is read the same again after a broken answer", function()
    local client = fixture.client "namecheap"
    local whole = {status = 200, headers = XML, body = printed}
    local first = assert(client:decode("renew", whole))
    for _, body in ipairs {printed:sub(1, 300), "<html>", "<!DOCTYPE a [<!ENTITY a 'x'>]><a/>", "", "\255\254<\0"} do
      assert.is_nil((client:decode("renew", with_body(whole, body))))
      assert.same(first, assert(client:decode("renew", whole)))
    end
  end)

  it("lists what is listed, also once and never", function()
    local list = decoder("namecheap", "getList", 200, XML)
    local function rows(count)
      local body = fixture.xml {
        command = "namecheap.ssl.getList",
        result = "<SSLListResult>"
          .. ('<SSL CertificateID="1"/>'):rep(count)
          .. "</SSLListResult><Paging>"
          .. "<TotalItems>"
          .. count
          .. "</TotalItems><CurrentPage>1</CurrentPage><PageSize>20</PageSize></Paging>",
      }.body
      return assert(list(body))
    end
    for _, count in ipairs {0, 1, 2, 1000} do
      local result = rows(count)
      assert.equal(count, #result.SSL)
      assert.equal(count, result.Paging.TotalItems)
      for i = 1, count do
        assert.same({CertificateID = 1}, result.SSL[i])
      end
    end
  end)
end)

describe("the answer given to decode", function()
  it("may lack headers or a body", function()
    local client = fixture.client "namecheap"
    for _, response in ipairs {{status = 200}, {status = 200, body = ""}, {status = 200, headers = {}}} do
      local result, err = client:decode("renew", response)
      assert_senseless(result, err)
    end
  end)

  it("never brings the key into an error", function()
    for provider, account in pairs(fixture.accounts) do
      local client = fixture.client(provider)
      for _, status in ipairs {200, 400, 405, 500} do
        for _, body in ipairs {
          account.api_key,
          "<html>" .. account.api_key,
          '{"type":"X","message":"' .. account.api_key .. '"}',
        } do
          local result, err =
            client:decode("renew", {status = status, headers = {X = account.api_key}, body = body})
          assert.is_nil(result)
          assert.is_false(fixture.leaks(err, account.api_key))
        end
      end
    end
  end)

  it("is read by the effect of its request: a quote is a read", function()
    local client = fixture.client "realtimeregister"
    local quote = assert(client:encode("reissue", {certificateId = 7, csr = fixture.csr, quote = true}))
    local order = assert(client:encode("reissue", {certificateId = 7, csr = fixture.csr}))
    local cut = {status = 200, headers = JSON, body = "{"}
    assert.equal("refused", select(2, client:decode("reissue", cut, quote)).outcome)
    assert.equal("unknown", select(2, client:decode("reissue", cut, order)).outcome)
    assert.equal("unknown", select(2, client:decode("reissue", cut)).outcome)
  end)
end)
