-- What an answer has, each under a name of its own: what is described where it belongs, ours where it is ours, and
-- nothing of the rest lost or in the place of either.
local answer = require "spec.support.answer"

local assert_senseless, decoder, XML, JSON = answer.assert_senseless, answer.decoder, answer.XML, answer.JSON

local function around(result, more, meta)
  return '<ApiResponse Status="OK"><Errors/><Warnings/><CommandResponse Type="x">' .. result .. (more or "")
    .. "</CommandResponse><Server>s</Server>" .. (meta or "") .. "</ApiResponse>"
end

local renew = decoder("namecheap", "renew", 200, XML)
local reissue = decoder("realtimeregister", "reissue", 202, JSON)

local function renewed(attributes, inside, ...)
  return renew(around(('<SSLRenewResult CertificateID="1" OrderId="2" %s>%s</SSLRenewResult>')
    :format(attributes or "", inside or ""), ...))
end

describe("a described member", function()
  it("that is there twice leaves no result", function()
    for _, case in ipairs {
      {'ChargedAmount="9.00"', "<ChargedAmount>5</ChargedAmount>"},
      {'ChargedAmount="9.00"', "<ChargedAmount>9.00</ChargedAmount>"},
      {'ChargedAmount="9.00"', "<chargedamount>5</chargedamount>"},
      {'ChargedAmount="9.00" CHARGEDAMOUNT="5"', ""},
      {"", "<ChargedAmount>9.00</ChargedAmount><ChargedAmount>5</ChargedAmount>"},
      {"", "<CertificateID>99</CertificateID>"},
      {"", "<Years>1</Years><n/><n/><Years>1</Years><Years>1</Years>"},
      {'Years=""', "<Years>1</Years>"},
      {'a:ChargedAmount="1" ChargedAmount="2" xmlns:a="urn:a"', ""},
    } do
      local err = assert_senseless(renewed(case[1], case[2]))
      assert.equal("malformed", err.code, case[2])
      assert.truthy(err.message:find("two readings of ", 1, true), err.message)
    end
    -- Beside the result too, where a described member is read when the result has none.
    assert.equal("malformed", assert_senseless(renewed("", "", "<CertificateID>99</CertificateID>")).code)
    assert.equal("malformed", assert_senseless(renewed('Years="1"', "", "<Years>2</Years>")).code)
    assert.equal(2, assert(renewed("", "", "<Years>2</Years>")).Years)
  end)

  it("is looked at in every record", function()
    local list = decoder("namecheap", "getList", 200, XML)
    local row = '<SSL CertificateID="7" HostName="a.bc">%s</SSL>'
    assert.same({CertificateID = 7, HostName = "a.bc", New = "x"},
      assert(list(around("<SSLListResult>" .. row:format "<New>x</New>" .. "</SSLListResult>"))).SSL[1])
    local err = assert_senseless(nil, select(2, list(around("<SSLListResult>" .. row:format "<HostName/>"
      .. "</SSLListResult>"))), nil, "refused")
    assert.equal("the answer has two readings of HostName", err.message)
  end)

  it("is one of the envelope's as well", function()
    local result = '<SSLRenewResult CertificateID="1" OrderId="2"/>'
    for _, body in ipairs {
      around(result .. result),
      around(result, nil, "<CommandResponse/>"),
      around(result, nil, "<Errors><Error Number=\"1\">no</Error></Errors>"),
      around(result, nil, "<Status>ERROR</Status>"),
      (around(result):gsub("<Errors/>", "<errors/><Errors/>")),
      (around(result:gsub("/>", ' IsSuccess="true"><IsSuccess>false</IsSuccess></SSLRenewResult>'))),
    } do
      local none, err = renew(body)
      assert.is_nil(none, body)
      assert.same({"unknown", "never"}, {err.outcome, err.retry}, body)
    end
  end)

  it("of JSON is one of all names", function()
    assert_senseless(reissue '{"commonName":"a.bc","commonName":"a.bc"}')
    assert_senseless(reissue '{"commonName":"a.bc","new":{"a":1,"b":{"c":1,"c":1}}}')
  end)
end)

describe("the names that are ours", function()
  it("stay ours: meta", function()
    local result = assert(renewed('meta="theirs"'))
    assert.same({200, "s", "theirs"}, {result.meta.http_status, result.meta.server, result.meta_})
    result = assert(renewed('meta="1" meta_="2"', "<meta__>3</meta__><meta__>4</meta__>"))
    assert.same({"2", {"3", "4"}, "1"}, {result.meta_, result.meta__, result.meta___})
    result = assert(renewed("", "<meta><http_status>1</http_status></meta>"))
    assert.same({200, {http_status = "1"}}, {result.meta.http_status, result.meta_})
    result = assert(reissue '{"commonName":"a.bc","meta":{"http_status":1},"meta_":2}')
    assert.same({202, {http_status = 1}, 2}, {result.meta.http_status, result.meta__, result.meta_})
  end)

  it("stay ours: the text beside children and attributes", function()
    local result = assert(renewed("", 'one<New value="theirs" a="1">text</New> two'))
    assert.same({value = "text", value_ = "theirs", a = "1"}, result.New)
    assert.equal("one two", result.value)
    assert.same({{value = "1"}, "2"}, assert(renewed("", '<New value="1"/><New>2</New>')).New)
  end)

  it("stay ours: what meta has", function()
    local meta = assert(renewed("", "", "", "<server>theirs</server><http_status>1</http_status><warnings>2</warnings>"
      .. "<execution_time>3</execution_time>")).meta
    assert.same({
      http_status = 200, http_status_ = "1", server = "s", server_ = "theirs", execution_time = "3",
      warnings = {}, warnings_ = "2",
    }, meta)
  end)
end)

describe("what no description knows", function()
  it("is kept under its name, repeated or not, in the order of the answer", function()
    local many = {}
    for i = 1, 600 do
      many[i] = ("<n%d>%d</n%d>"):format(i % 300, i, i % 300)
    end
    local result = assert(renewed('b="0"', "<a>1</a><b>2</b><a>3</a>" .. table.concat(many) .. "<a>4</a>"))
    assert.same({{"1", "3", "4"}, {"0", "2"}}, {result.a, result.b})
    for i = 1, 300 do
      assert.same({tostring(i), tostring(i + 300)}, result["n" .. i % 300])
    end
  end)

  it("is kept in lists of strings and in what holds a list", function()
    local emails = decoder("namecheap", "getApproverEmailList", 200, XML)
    local result = assert(emails(around('<GetApproverEmailListResult Domain="a.bc" New="1"><Genericemails Total="3">'
      .. 'stray<email>a@b.cd</email><email kind="x">b@b.cd<note>y</note></email><New/></Genericemails>'
      .. "</GetApproverEmailListResult>")))
    assert.same({"a@b.cd", "b@b.cd"}, result.Genericemails)
    assert.same({Total = "3", New = "", value = "stray", email = {kind = "x", note = "y", value = "b@b.cd"}},
      result.Genericemails_)
    local info = decoder("namecheap", "getInfo", 200, XML)
    result = assert(info(around('<SSLGetInfoResult Status="active"><Years kind="x">1</Years><CertificateDetails>t'
      .. '<Certificates><CaCertificates New="2"><Certificate>u<Certificate>PEM</Certificate></Certificate>'
      .. "</CaCertificates></Certificates></CertificateDetails></SSLGetInfoResult>")))
    assert.same({1, {kind = "x"}}, {result.Years, result.Years_})
    assert.equal("t", result.CertificateDetails.value)
    local certificates = result.CertificateDetails.Certificates
    assert.same({{{Certificate = "PEM", value = "u"}}, {New = "2"}},
      {certificates.CaCertificates, certificates.CaCertificates_})
  end)

  it("is kept beside the result and around it", function()
    local result = assert(renewed("", "", "text<Paging><Total>1</Total></Paging><New/><New>2</New>",
      '<New a="1">3</New>stray'))
    assert.same({{Total = "1"}, {"", "2"}, "text"}, {result.Paging, result.New, result.value})
    assert.same({{a = "1", value = "3"}, "stray"}, {result.meta.New, result.meta.value})
    result = assert(renew((around('<SSLRenewResult CertificateID="1" OrderId="2"/>')
      :gsub("<Warnings/>", '<Warnings New="1"><Warning kind="x">w</Warning></Warnings>')
      :gsub('Type="x"', 'Type="x" Page="2"'):gsub("<Server>", '<Server zone="z">'))))
    assert.equal("2", result.Page)
    assert.same({"w"}, result.meta.warnings)
    assert.same({New = "1", Warning = {kind = "x", value = "w"}}, result.meta.warnings_)
    assert.same({"s", {zone = "z"}}, {result.meta.server, result.meta.server_})
  end)
end)

describe("XML as it may come", function()
  local function value(xml)
    return assert(renewed("", "<New>" .. xml .. "</New>")).New
  end

  it("has its text in one, whatever stands between", function()
    assert.equal("ab", value "a<!-- c -->b")
    assert.equal("a&b", value "a&amp;<?p i?>b")
    assert.same({value = "a\n b\nc", x = {"", ""}}, value "\n a<x/>\n b<x/>\nc\n")
    assert.same({value = "abc", x = {value = "123", y = {"", ""}}}, value "a<x>1<y/>2<y/>3</x>b<![CDATA[c]]>")
    assert.equal("a]]>b", value "<![CDATA[a]]]]><![CDATA[>b]]>")
  end)

  -- XML 1.0, 2.11: one LF for each CR LF and each CR alone; two sections are two places.
  it("has one LF for each line end, within a section and at its ends", function()
    assert.equal("a\n\nb", value "<![CDATA[a\r]]><![CDATA[\nb]]>")
    assert.equal("a\nb", value "<![CDATA[a\r\nb]]>")
    assert.equal("a\n\nb", value "<![CDATA[a\r]]>\n<![CDATA[b]]>")
    assert.equal("a\n\n\nb", value "<![CDATA[a\r\r\n\rb]]>")
    -- Wherever the parser may cut a long section.
    for length = 290, 310 do
      local text = ("x"):rep(length)
      assert.equal(text .. "\n" .. text .. "\n" .. text, value("<![CDATA[" .. text .. "\r\n" .. text .. "\r" .. text
        .. "]]>"))
    end
  end)

  it("may be odd where nothing hangs on it", function()
    for _, odd in ipairs {'xmlns="relative/uri"', 'xmlns="not a URI"', 'xmlns="urn:x" xmlns:b="b"', 'xml:space="odd"',
      'xml:lang="%%"', 'xmlns=""'} do
      assert.equal(1, assert(renewed(odd), odd).CertificateID)
    end
    assert.equal("1", assert(renewed("", '<New xmlns="../x">1</New>')).New)
    -- But not where it is none.
    assert_senseless(renewed("", "<New>&undefined;</New>"))
    assert_senseless(renewed('xmlns="relative/uri"', "<a:b/>"))
    assert_senseless(renewed('xmlns="relative/uri" x="1" x="2"'))
    assert_senseless(renewed("", '<New xmlns="relative/uri">'))
  end)

  it("may call itself UTF-8 or ASCII, as long as it keeps to that", function()
    local body = around('<SSLRenewResult CertificateID="1" OrderId="2" New="%s"/>')
    local function declared(encoding, text)
      return renew(('<?xml version="1.0" encoding="%s"?>'):format(encoding) .. body:format(text))
    end
    for _, encoding in ipairs {"UTF-8", "utf-8", "utf8", "UTF8"} do
      assert.equal("\195\169", assert(declared(encoding, "\195\169")).New)
    end
    for _, encoding in ipairs {"US-ASCII", "us-ascii", "ASCII"} do
      assert.equal("e\195\169", assert(declared(encoding, "e&#233;")).New)
      assert_senseless(declared(encoding, "\195\169"))
    end
    for _, encoding in ipairs {"ISO-8859-1", "UTF-7", "UTF-16", "UTF-80", "windows-1252", ""} do
      assert_senseless(declared(encoding, "e"))
    end
    assert_senseless(declared("UTF-8", "\233"))
  end)

  it("has up to 256 attributes in a tag, as many namespaces at a place, and any number in all", function()
    local function tag(count, form)
      local attributes = {}
      for i = 1, count do
        attributes[i] = form:format(i)
      end
      return table.concat(attributes, " ")
    end
    local result = assert(renewed("", ("<n " .. tag(256, "a%d='>\"'") .. "/>"):rep(8)))
    assert.same({8, '>"'}, {#result.n, result.n[8].a256})
    for _, many in ipairs {tag(257, 'a%d=""'), tag(3000, "a%d = '>'"), tag(257, 'xmlns:a%d="urn:x"')} do
      assert.equal("too_large", assert_senseless(renewed(many)).code)
      local inside = "<!-- > -->]]<![CDATA[<]]><?p <a?><n " .. many .. "/>"
      assert.equal("too_large", assert_senseless(renewed("", inside)).code)
    end
    local deep = "<n " .. tag(100, 'xmlns:a%d="urn:x"') .. ">"
    assert.is_truthy(renewed("", (deep .. deep .. "</n></n>"):rep(5)))
    assert.equal("too_large", assert_senseless(renewed("", deep .. deep .. deep .. "</n></n></n>")).code)
    -- What only looks like attributes is none.
    local text = ('"a"=\'b\' '):rep(400)
    for _, form in ipairs {"<!-- <a %s-->", "<![CDATA[<a %s]]>", "<?p <a %s?>", "%s"} do
      local xml = form:format(text)
      assert.is_truthy(renewed("", xml))
    end
  end)

  it("has 10,000,000 bytes at most, whatever the limit is", function()
    local decode = decoder("namecheap", "renew", 200, XML, {max_body = 64 * 2 ^ 20})
    local function of(size, opening, closing)
      local head, tail = '<ApiResponse Status="OK"><CommandResponse><SSLRenewResult CertificateID="1" OrderId="2">'
        .. opening, closing .. "</SSLRenewResult></CommandResponse></ApiResponse>"
      return head .. ("x"):rep(size - #head - #tail) .. tail
    end
    for _, around_it in ipairs {
      {"<n>", "</n>"}, {"<n><![CDATA[", "]]></n>"}, {'<n a="', '"/>'}, {"<!--", "-->"}, {"<?p ", "?>"},
    } do
      assert.is_truthy(decode(of(10000000, around_it[1], around_it[2])), around_it[1])
      local err = assert_senseless(decode(of(10000001, around_it[1], around_it[2])))
      assert.equal("too_large", err.code)
      assert.truthy(err.message:find("10000000", 1, true))
    end
    assert.equal("too_large", assert_senseless(decode(of(200000, "<", "/>"))).code)
    assert.equal("too_large", assert_senseless(decode(of(12000000, "<n>", "</n>"))).code)
  end)
end)

describe("a number of JSON", function()
  local function number(text)
    return assert(reissue('{"commonName":"a.bc","x":' .. text .. "}")).x
  end

  it("is the nearest double, as long as there is one", function()
    -- From RFC 8259's grammar and IEEE 754: ties, the ends of the range, digits far beyond what a double holds.
    for text, value in pairs {
      ["1e299"] = 1e299, ["1e300"] = 1e300, ["1.7976931348623157e308"] = 1.7976931348623157e308,
      ["1.7976931348623158e308"] = 1.7976931348623157e308, ["-2.5E-3"] = -1 / 400, ["0e999"] = 0, ["0.0"] = 0,
      ["4.9406564584124654e-324"] = 2 ^ -1074, ["2.4703282292062328e-324"] = 2 ^ -1074,
      ["2.2250738585072014e-308"] = 2 ^ -1022, ["2.2250738585072011e-308"] = 2 ^ -1022 - 2 ^ -1074,
      ["9007199254740993.0"] = 2 ^ 53, ["9007199254740995.0"] = 2 ^ 53 + 4,
      ["9007199254740993.00000000000000001"] = 2 ^ 53 + 2,
      ["0.000001e6"] = 1, ["100000000000000000000000000000000e-32"] = 1, ["1.5"] = 3 / 2, ["0.1"] = 1 / 10,
      ["123456789012345678901234567890.0"] = 123456789012345680000000000000,
    } do
      assert.equal(value, number(text), text)
    end
    assert.equal(1 / 3, number("0." .. ("3"):rep(2000)))
    assert.equal(10 ^ 15, number("1" .. ("0"):rep(15) .. "." .. ("0"):rep(2000) .. "1"))
  end)

  it("is its text where none stands for it", function()
    for _, text in ipairs {
      "1e400", "-1e400", "1.7976931348623159e308", "1e-400", "2.4703282292062327e-324", "1e99999999999999999999",
      "-1e-99999999999999999999", "9007199254740993", ("9"):rep(400) .. ".5",
    } do
      assert.equal(text, number(text))
    end
  end)
end)
