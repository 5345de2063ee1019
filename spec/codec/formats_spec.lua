-- The regular expressions that Realtime Register prints, against perl: what it matches we take, and nothing else.
-- https://dm.realtimeregister.com/docs/api/ssl/reissue (where none else is named)
local fixture = require "spec.support.fixture"

local HOST = [[(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z][a-z0-9-]{0,61}[a-z0-9])]]
local FORMATS = {
  domain = {
    regex = [[(?:\*\.)?]] .. HOST,
    alphabet = "abz019-.*_@A \n\té\0",
    strings = {
      "example.com", "www.example.com", "*.example.com", "a.bc", "a.b", "a.b1", "a.1b", "a.-b", "a.b-", "a-.bc",
      "-a.bc", "a--b.cd", "xn--80ak6aa92e.com", "example", ".example.com", "example.com.", "example..com",
      "EXAMPLE.com", "example.COM", "*", "*.", "*.com", "**.example.com", "*.*.example.com", "a.*.example.com",
      "*example.com", "w*w.example.com", "exa_mple.com", "exa mple.com", " example.com", "example.com ",
      "example.com\n", "\nexample.com", "1.2.3.4", "1.2.3.4a", "example.c0m", "example.0om", "0.co", "00.co",
      "a.co-m", "a.c-", "a.c", "a.co.", "bücher.example", "example.com:443", "http://example.com", "example.com/",
      "admin@example.com", "a.bc\0", ("a"):rep(63) .. ".com", ("a"):rep(64) .. ".com", "com." .. ("a"):rep(63),
      "com." .. ("a"):rep(64), "com.a" .. ("-"):rep(61) .. "z", "com.a" .. ("-"):rep(62) .. "z",
      ("a."):rep(100) .. "bc", "*." .. ("a."):rep(100) .. "bc", ("a"):rep(62) .. "-.com",
      "a" .. ("-"):rep(61) .. "a.com", "*.a.bc", "*..bc", "*-.bc", "*a.bc", "0-0.a0", "a.a0", "a.0a",
    },
    call = function(value) return {certificateId = 7, csr = fixture.csr, domainName = value} end,
    param = "domainName",
  },
  email = {
    regex = [[(?=.{1,64}@)[a-z0-9_\-+]+(?:\.[a-z0-9_\-+]+)*@]] .. HOST,
    alphabet = 'abz019-._+@A*% \n"é\0',
    strings = {
      "a@b.cd",
      "admin@example.com",
      "Admin@example.com",
      "admin@Example.com",
      "admin@example",
      "admin@",
      "@example.com",
      "@",
      "admin",
      "a.b@example.com",
      ".a@example.com",
      "a.@example.com",
      "a..b@example.com",
      "a.b.c.d@example.com",
      "a+b@example.com",
      "+@example.com",
      "_@example.com",
      "-@example.com",
      "-_+@example.com",
      "a b@example.com",
      "a@b@example.com",
      "a@@example.com",
      "a%b@example.com",
      "a'b@example.com",
      '"a"@example.com',
      "a@*.example.com",
      "a@-b.cd",
      "a@b-.cd",
      "a@b.c",
      "a@b.1d",
      "a@b.c1",
      "a@b..cd",
      "a@.b.cd",
      "a@b.cd.",
      "a@[1.2.3.4]",
      "a@1.2.3.4",
      "é@example.com",
      "a@exämple.com",
      "a@b.cd\n",
      "\na@b.cd",
      " a@b.cd",
      "a@b.cd ",
      "a\0@b.cd",
      "a\n@b.cd",
      ("a"):rep(64) .. "@b.cd",
      ("a"):rep(65) .. "@b.cd",
      ("a"):rep(63) .. ".@b.cd",
      ("a."):rep(31) .. "ab@b.cd",
      ("a."):rep(32) .. "a@b.cd",
      ("a"):rep(64) .. "@b@c.de",
      "a@" .. ("b"):rep(63) .. ".cd",
      "a@" .. ("b"):rep(64) .. ".cd",
      "0@0.a0",
      "a_b-c+d.e_f@x-y.z-0",
      "a,b@example.com",
      "a@example.com,b@example.com",
      "mailto:a@example.com",
    },
    call = function(value)
      return {
        certificateId = 7,
        csr = fixture.csr,
        approver = {firstName = "A", lastName = "B", email = value, voice = "+1.1"},
      }
    end,
    param = "approver.email",
  },
  voice = {
    regex = [[\+[0-9]{1,3}\.[0-9]{1,14}]],
    alphabet = "+.0123456789 -a\n٣\0",
    strings = {
      "+31.384530759", "+1.1", "+12.1", "+123.1", "+1234.1", "+.1", "+1.", "+1", "1.1", "+1.1.1", "++1.1", "+1..1",
      "+ 1.1", "+1 .1", "+1.1 ", " +1.1", "+1.1\n", "\n+1.1", "+1.12345678901234", "+1.123456789012345",
      "+123.12345678901234", "+1.a", "+a.1", "+1,1", "+1-1", "+1.1-1", "00.1", "+٣.1", "+1.٣", "+1.1\0", "+0.0",
      "+000.00000000000000", ".", "+", "+.", "+1.1x5", "+1.(1)", "+7.7", "+44.20", "+358.9", "+1.5551234567", "+999.9",
      "+0.12345678901234", "+49.0", "+61.400", "+86.10",
      "+972.3", "+1.00", "+12.34", "+31384530759", "+31.38 453 0759", "0384530759",
    },
    call = function(value)
      return {
        certificateId = 7,
        csr = fixture.csr,
        approver = {firstName = "A", lastName = "B", email = "a@b.cd", voice = value},
      }
    end,
    param = "approver.voice",
  },
  uniqueValue = {
    regex = "[a-zA-Z0-9]+",
    alphabet = "aAzZ09-_. é\n\0{[`@:/",
    strings = {
      "a", "Z", "0", "9", "azAZ09", "a-b", "a_b", "a b", " a", "a ", "a\n", "\na", "é", "a\0", "@", "[", "`", "{",
      "/", ":", ("a"):rep(20), "a.b", "a+b", "a,b", "ａ", "a\194\160", "a\127", "\1", "Ab0", "aB\r",
    },
    call = function(value) return {certificateId = 7, csr = fixture.csr, uniqueValue = value} end,
    param = "uniqueValue",
  },
  -- https://dm.realtimeregister.com/docs/api/ssl/dcvemailaddresslist: the same without a wildcard
  host = {
    regex = HOST,
    alphabet = "abz019-.*_@A \n\té\0/?#%",
    strings = {
      "example.com", "www.example.com", "*.example.com", "a.bc", "a.b", "a.b1", "a.1b", "a.-b", "a.b-", "a-.bc",
      "-a.bc", "a--b.cd", "xn--80ak6aa92e.com", "example", ".example.com", "example.com.", "example..com",
      "Example.com", "*", "*.", "*.bc", "exa_mple.com", "exa mple.com", " a.bc", "a.bc ", "a.bc\n", "\na.bc",
      "1.2.3.4", "1.2.3.4a", "a.c0m", "a.0om", "0.co", "00.co", "a.co-m", "a.co.", "bücher.example", "a.bc:443",
      "http://a.bc", "a.bc/", "a.bc/..", "../a.bc", "a.bc?x", "a.bc#x", "a.bc%2f", "a@a.bc", "a.bc\0",
      ("a"):rep(63) .. ".com", ("a"):rep(64) .. ".com", "com." .. ("a"):rep(63), "com." .. ("a"):rep(64),
      ("a."):rep(100) .. "bc", ("a"):rep(62) .. "-.com", "a" .. ("-"):rep(61) .. "a.com", "0-0.a0", "a.a0",
      "mail.a.bc", "1.ab", "x-y.z-0", "b9.co", "z.zz", "a.b.c.de", "n1.n2.n3.net", "q.io", "9.9a.org", "k8s.dev",
      "a.aa", "b.bb", "c-d.ee", "0.00.zz", "w.x.yz", "ab.cd", "ef.gh", "i1.j2", "k-l.mn", "o.pq",
    },
    method = "dcvEmailAddressList",
    call = function(value) return {domainName = value} end,
    param = "domainName",
  },
  -- https://dm.realtimeregister.com/docs/api/notifications/poll. The steps . and .. of a path are left out: the regular
  -- expression takes them, the length of 3 at least does not.
  customer = {
    regex = [[[a-zA-Z0-9\-_@\.]+]],
    alphabet = "aAzZ09-_@. é\n\0/?#%+&=",
    strings = {
      "johndoe", "John.Doe", "a-b", "a_b", "a@b", "a.b", "...", "---", "@@@", "___", "0", "A", "a b", " abc", "abc ",
      "abc\n", "\nabc", "é", "a/b", "../a", "a/..", "a?b", "a#b", "a%b", "a+b", "a&b", "a=b", "a\0b", "a\127", "a,b",
      "a:b", "a;b", "a*b", "a\\b", "a'b", 'a"b', "a<b", "(a)", "[a]", "{a}", "a`b", "a^b", "a|b", "a~b", "$a", "!a",
      ("a"):rep(40), "x@y.z", "A-B_C.D@E", "admin", "a1b2c3", "99", "a..b", ".a", "a.", "-a", "a-", "_", "@", "-",
      "Zz9", "u@v-w_x.y", "ABC", "abc", "123", "a1", "b2@c", "d-e-f", "g_h_i", "j.k.l", "m@n@o", "p-.q", "r_@s",
    },
    method = "pollNotifications",
    call = function(value) return {customer = value} end,
    param = "customer",
  },
}
local ORDER = {"domain", "email", "voice", "uniqueValue", "host", "customer"}
local SKIPPED = {["."] = true, [".."] = true}

-- Always the same sequence, on every Lua: Lehmer's generator.
local state = 20261123
local function random(n)
  state = state * 16807 % 2147483647
  return state % n + 1
end

-- The strings written down, and as many again changed in one to three places.
local function grow(format, count)
  local seen, all = {}, {}
  local function add(text)
    if text ~= "" and not SKIPPED[text] and not seen[text] then
      seen[text] = true
      all[#all + 1] = text
    end
  end
  for _, text in ipairs(format.strings) do
    add(text)
  end
  local written = #all
  while #all < count do
    local text = all[random(written)]
    for _ = 1, random(3) do
      local at, with = random(#text + 1), random(#format.alphabet)
      local char = format.alphabet:sub(with, with)
      local kind = random(3)
      local rest = kind == 1 and at or at + 1 -- put in, put in place of, take out
      text = text:sub(1, at - 1) .. (kind == 3 and "" or char) .. text:sub(rest)
    end
    add(text)
  end
  return all
end

-- Perl's verdicts, in one run over all strings.
local function ask_perl(strings)
  local script, input = os.tmpname(), os.tmpname()
  local file = assert(io.open(script, "w"))
  file:write [[
    my %regex;
    while (<>) {
      chomp;
      my ($kind, $name, $hex) = split / /;
      my $text = pack "H*", $hex;
      if ($kind eq "regex") { $regex{$name} = qr/\A(?:$text)\z/ } else { print $text =~ $regex{$name} ? 1 : 0, "\n" }
    }
  ]]
  file:close()
  file = assert(io.open(input, "w"))
  local function hex(text)
    return (text:gsub(".", function(char) return ("%02x"):format(char:byte()) end))
  end
  for _, name in ipairs(ORDER) do
    file:write("regex ", name, " ", hex(FORMATS[name].regex), "\n")
    for _, text in ipairs(strings[name]) do
      file:write("string ", name, " ", hex(text), "\n")
    end
  end
  file:close()
  local pipe = assert(io.popen(("perl '%s' '%s'"):format(script, input)))
  local verdicts = {}
  for line in pipe:lines() do
    verdicts[#verdicts + 1] = line == "1"
  end
  pipe:close()
  os.remove(script)
  os.remove(input)
  return verdicts
end

describe("format", function()
  local strings, verdicts = {}, {}

  setup(function()
    for _, name in ipairs(ORDER) do
      strings[name] = grow(FORMATS[name], 300)
    end
    local answers, at = ask_perl(strings), 0
    for _, name in ipairs(ORDER) do
      verdicts[name] = {}
      for i = 1, #strings[name] do
        verdicts[name][i] = answers[at + i]
      end
      at = at + #strings[name]
    end
    assert(#answers == at, "perl didn't answer for every string")
  end)

  for _, name in ipairs(ORDER) do
    it(name .. " is the page's regular expression", function()
      local format, client = FORMATS[name], fixture.client("realtimeregister")
      local good, bad = 0, 0
      for i, text in ipairs(strings[name]) do
        local _, err = client:encode(format.method or "reissue", format.call(text))
        local refused = false
        for _, fault in ipairs(err and err.errors or {}) do
          if fault.param == format.param and fault.code == "bad_format" then
            refused = true
          end
        end
        assert.equal(verdicts[name][i], not refused, ("%q"):format(text))
        if refused then
          bad = bad + 1
        else
          good = good + 1
        end
      end
      -- Strings of one kind only would prove nothing.
      assert.is_true(good >= 30 and bad >= 100, good .. " good, " .. bad .. " bad")
      assert.equal(300, good + bad)
    end)

    it(name .. " is told by describe as it is printed", function()
      local reseal = require "reseal"
      local function find(params, path)
        local first, rest = path:match("^([^.]+)%.?(.*)$")
        for _, param in ipairs(params) do
          if param.name == first then
            return rest == "" and param or find(param.fields, rest)
          end
        end
      end
      local told = reseal.describe("realtimeregister", FORMATS[name].method or "reissue")
      local param = find(told.params, FORMATS[name].param)
      assert.is_string(param.format)
      if param.regex then
        assert.equal(FORMATS[name].regex, param.regex)
      end
    end)
  end
end)
