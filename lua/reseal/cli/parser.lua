--- What can be typed: commands and options.

local argparse = require "argparse"
local query = require "reseal.cli.query"
local reseal = require "reseal"

local parser = {}

parser.EPILOG = [[
Parameters have the provider's own names:
   CertificateID=501904        a value
   csr=@example.com.csr        the content of a file (@-: standard input; @@x: the text "@x")
   approver.firstName=Ann      a member of an object
   dcv[1].type=DNS             an item of a list
   san:='["example.com"]'      JSON
   status:in=ACTIVE,EXPIRED    a filter of a list call, with its operator

Credentials come from a Lua file that only you may read, as in
   namecheap = {api_user = "…", api_key = "…", client_ip = "192.0.2.1"}
(--config, else $RESEAL_CONFIG, else ${XDG_CONFIG_HOME:-~/.config}/reseal/config.lua), and from
the environment, which wins: RESEAL_NAMECHEAP_API_KEY and so on, for every setting. Never from the
command line. In place of api_key a program can be named that prints it:
   api_key_command = {"pass", "show", "namecheap"}
--profile shop takes another account, into which nothing of the environment is mixed, from
   profiles = {shop = {namecheap = {…}}}

Exit codes:
   0  done
   1  internal fault
   2  wrong usage, configuration or credentials
   3  invalid: refused here, nothing was sent
   4  refused by the provider
   5  refused for too many requests: later
   6  nothing was done: no proper answer to a read, not sent, or not confirmed
   7  unknown: it may have been carried out, and paid for. Look before you repeat it.
   8  done, but the output could not be written: the result is on standard error
  10  there is nothing to do
  11  something needs a person
   128+n  ended by signal n. What changes or buys something is awaited first, and its answer shown.]]

--- A converter of numbers that names its option.
local function number(option, expected, allowed)
  return function(shown)
    local value = tonumber(shown)
    if not value or not allowed(value) then
      return nil, ("%s must be %s, not '%s'"):format(option, expected, shown)
    end
    return value
  end
end

local seconds = number("--timeout", "a number of seconds, above 0 and at most 3600", function(value)
  return value > 0 and value <= 3600
end)

local repetitions = number("--retries", "a whole number from 0 to 10", function(value)
  return value >= 0 and value <= 10 and value % 1 == 0
end)

-- Options whose value may begin with a minus sign: it is refused as what it is, and not taken for an option.
local NUMBERS = {["--timeout"] = true, ["--retries"] = true, ["--expiring"] = true, ["--within"] = true}

local function add_output_options(command, suffix)
  command:mutex(
    command:flag("--json", "Print JSON, failures too."):target("json" .. suffix),
    command:flag("--csv", "Print CSV; lines end with LF."):target("csv" .. suffix)
  )
  command:option("--query", "Print one value, such as SSL[1].HostName, as it is; [*]: of every item.")
    :target("query" .. suffix):argname("<path>"):convert(query.parse)
  command:option("--output", "Write the result to a file of mode 600, whole or not at all.")
    :target("output" .. suffix):argname("<file>")
  command:flag("-q --quiet", "No warnings on standard error, only failures."):target("quiet" .. suffix)
end

local SHOWN = {"json", "csv", "query", "output", "quiet"}

local function add_account_options(command)
  command:option("--config", "The file of credentials."):argname("<file>")
  command:option("--profile", "The account of that name in the file."):argname("<name>")
  command:option("--timeout", "Seconds for a whole exchange."):convert(seconds):argname("<s>")
  command:option("--retries", "Repetitions of what is safe to repeat."):convert(repetitions):argname("<n>")
end

local function add_journal_option(command)
  command:option("--journal", "The file of the journal, or postgresql://… (default: $RESEAL_JOURNAL, else "
    .. "${XDG_STATE_HOME:-~/.local/state}/reseal/journal.db, as root /var/lib/reseal/journal.db)."):argname("<url>")
end

--- What commands about managed certificates take: they know all accounts of the file.
local function add_order_options(command)
  command:option("--config", "The file of credentials and certificates."):argname("<file>")
  command:option("--timeout", "Seconds for a whole exchange."):convert(seconds):argname("<s>")
  command:option("--retries", "Repetitions of what is safe to repeat."):convert(repetitions):argname("<n>")
  add_journal_option(command)
end

local function add_call_options(command)
  command:flag("--dry-run", "Show the request, without secrets, and send nothing.")
  command:flag("-y --yes", "Buy without asking, also on a terminal.")
  command:flag("-v --verbose --trace", "Tell on standard error what is sent when, and what comes back; no secrets.")
  command:option("--endpoint", "A name the provider has for its endpoints, or a URL."):argname("<url>")
  command:option("--edition", "The edition of the provider's rules."):argname("<name>")
  command:flag("--strict", "Refuse what is else warned of, and values that the provider's pages don't list.")
  command:flag("--any-names", "Take a signing request for other names than those of the certificate.")
  add_account_options(command)
  add_output_options(command, "_after")
end

--- Builds it.
---@param on_help fun(command: table) called with the command, or the parser, whose help is asked for; must not return
---@return table parser of argparse
---@return table<string, table> commands
function parser.build(on_help)
  local root = argparse("reseal", "Renews and reissues bought TLS certificates.", parser.EPILOG)
  root:command_target("command"):require_command(false):help_max_width(100):help_description_margin(28)
  local function add_help(one)
    one:add_help(false)
    one:flag("-h --help", "Show this help."):action(function()
      on_help(one)
    end)
  end
  add_help(root)
  add_output_options(root, "")
  root:flag("-V --version", "Print the version.")
  local commands = {}
  local function command(name, description)
    commands[name] = root:command(name, description)
    return commands[name]
  end
  --- A command that makes calls: its help knows the method as well.
  local function caller(name, description)
    local one = command(name, description)
    one:add_help(false)
    one:flag("-h --help", "Show this help, with the parameters."):target("wants_help")
    add_call_options(one)
    return one
  end
  local function shower(name, description)
    local one = command(name, description)
    add_help(one)
    return one
  end
  for _, method in ipairs {"renew", "reissue"} do
    local one = caller(method, "Carry out a " .. method .. ".")
    one:argument("provider"):args("?")
    one:argument("params", "name=value …"):args("*")
  end
  for _, provider in ipairs(reseal.describe()) do
    local one = caller(provider, "Carry out any method of " .. provider .. ".")
    one:argument("method"):args("?")
    one:argument("params", "name=value …"):args("*")
  end
  local one = caller("call", "Carry out any method.")
  one:argument("provider"):args("?")
  one:argument("method"):args("?")
  one:argument("params", "name=value …"):args("*")
  one = shower("list", "Show the certificates of all providers in one table.")
  one:option("--expiring", "Only issued ones that end within so many days (30d) or weeks (4w)."):argname("<time>")
    :convert(function(shown)
      return require("reseal.cli.list").days(shown)
    end)
  one:option("--provider", "Only this provider's."):argname("<name>")
  one:flag("--quick", "Only what the lists tell: no call for each certificate whose own end they leave out.")
  add_account_options(one)
  add_output_options(one, "_after")
  one = shower("describe", "Show providers, methods, or what a method takes and gives.")
  one:argument("provider"):args("?")
  one:argument("method"):args("?")
  one:option("--edition", "The edition of the provider's rules."):argname("<name>")
  add_output_options(one, "_after")
  one = shower("errors", "Show what a provider's error codes mean.")
  one:argument("provider"):args("?")
  one:argument("code"):args("?")
  add_output_options(one, "_after")
  one = shower("completion", "Print what completes these commands in bash, fish or zsh.")
  one:argument("shell"):choices {"bash", "fish", "zsh"}
  one = shower("journal", "Check, export or copy the journal of orders.")
  one:argument("action", "check, export (as JSON lines) or backup."):choices {"check", "export", "backup"}
  one:argument("file", "The new file of a backup."):args("?")
  add_journal_option(one)
  add_output_options(one, "_after")
  require("reseal.cli.order.options")(shower, {
    order = add_order_options,
    output = function(order_command)
      add_output_options(order_command, "_after")
    end,
  })
  one = shower("sandbox", "Serve both providers' APIs on this machine, for trying things out.")
  one:option("--listen", "Loopback address and port; port 0: any free one."):default("127.0.0.1:8089")
    :argname("<address>")
  one:option("--scenario", "The accounts, certificates and faults to start with, as JSON."):argname("<file>")
  one:option("--dcv-http", "Loopback address and port of the web server that stands for all names.")
    :argname("<address>")
  one:option("--dcv-dns", "Loopback address and port of the DNS server that is asked."):argname("<address>")
  one:option("--nginx", "The nginx to run (default: nginx, or openresty)."):argname("<program>")
  one = shower("help", "Show the help of a command, or of a method.")
  one:argument("words", "Such as: renew namecheap"):args("*")
  shower("manual", "Print the manual page: reseal manual | man -l -")
  shower("version", "Print the version.")
  return root, commands
end

--- The arguments as they are parsed: `help X` asks X for its help, and a number below 0 stays with its option.
local function prepared(argv)
  local words = {}
  for i, word in ipairs(argv) do
    words[i] = word
  end
  if words[1] == "help" then
    table.remove(words, 1)
    words[#words + 1] = "--help"
  end
  local i = 1
  while words[i] and words[i] ~= "--" do
    if NUMBERS[words[i]] and (words[i + 1] or ""):find("^%-[%d.]") then
      words[i] = words[i] .. "=" .. table.remove(words, i + 1)
    end
    i = i + 1
  end
  return words
end

--- Whether JSON is asked for, by arguments that perhaps can't be parsed.
---@param argv string[]
---@return boolean
function parser.wants_json(argv)
  for _, word in ipairs(argv) do
    if word == "--json" then
      return true
    elseif word == "--" then
      return false
    end
  end
  return false
end

--- Reads the arguments.
---@param argv string[]
---@return table|nil options nil: see the others
---@return string|nil message what is wrong
---@return table|nil asked the command, or the parser, whose help is asked for instead
function parser.parse(argv)
  local asked
  local root = parser.build(function(one)
    asked = one
    error("help")
  end)
  local ok, parsed, options = pcall(root.pparse, root, prepared(argv))
  if asked then
    return nil, nil, asked
  elseif not ok then
    error(parsed, 0)
  elseif not parsed then
    return nil, options
  end
  for _, name in ipairs(SHOWN) do
    options[name] = options[name] or options[name .. "_after"]
    options[name .. "_after"] = nil
  end
  if options.json and options.csv then
    return nil, "option '--csv' can not be used together with option '--json'"
  end
  return options
end

return parser
