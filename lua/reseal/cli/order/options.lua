--- What can be typed about managed certificates.

local PROVE = "How control of the names is proved"

--- The options that say how control is proved and where certificates go.
local function add_ways(command)
  command:option("--webroot", PROVE .. ": by a file in this web server's folder."):argname("<folder>")
  command:option("--dns-hook", PROVE .. ": by a record that this program sets."):argname("<program>")
  command:option("--email", PROVE .. ": by mail to this address (until 2028-03-15)."):argname("<address>")
  command:option("--hook", "What is run after a new certificate, such as 'systemctl reload nginx'; no shell reads it.")
    :argname("<command>")
  command:option("--check", "Where it is served, to see it there: host:port."):argname("<address>")
end

--- The options of commands that carry orders out.
local function add_shown(command)
  command:flag("--json", "Print JSON lines: what happens, then how all stands; failures too."):target("json_after")
  command:flag("-q --quiet", "Say nothing of what happens, only failures."):target("quiet_after")
end

--- A number of seconds.
local function seconds(shown)
  local value = tonumber(shown)
  if not value or value < 0 or value > 31 * 86400 then
    return nil, ("--within must be a number of seconds, from 0 to %d, not '%s'"):format(31 * 86400, shown)
  end
  return value
end

local function within(command)
  return command:option("--within", "Wait so many seconds at most until it is done."):argname("<s>"):convert(seconds)
end

local function add_money(command)
  command:flag("-y --yes", "Buy without asking, also on a terminal.")
  command:mutex(
    within(command),
    command:flag("--no-wait", "Do what can be done at once, and leave the rest to `run`.")
  )
end

--- Adds the commands.
---@param shower fun(name: string, description: string): table makes a command
---@param add {order: fun(command: table), output: fun(command: table)} options that several have
return function(shower, add)
  local one = shower("init", "Write a first configuration: asks on a terminal what the options leave open.")
  one:option("--config", "The file to be written; never one that is there."):argname("<file>")
  one:option("--provider", "Whose account it is."):argname("<name>")
  one:option("--set", "A setting of the account, such as client_ip=192.0.2.1; none that is secret."):count("*")
    :argname("<name=value>")
  one:option("--key-command", "The program that prints the account's key, such as 'pass show namecheap'.")
    :argname("<command>")
  one:flag("--key-stdin", "Read the account's key from standard input."):target("key_stdin")
  one:option("--name", "A name of the certificate; again for each further one."):count("*"):target("names")
    :argname("<host>")
  one:option("--certificate", "The seller's id of the certificate that is to be renewed."):argname("<id>")
  one:option("--key", "The kind of key: P-256, P-384, RSA-2048, RSA-3072, RSA-4096."):argname("<kind>")
  one:option("--folder", "Where key and certificate are put."):argname("<folder>")
  add_ways(one)
  one:option("--product", "The seller's name of the product."):argname("<name>")
  one:option("--max-price", "Allows purchases up to this price, such as '12.00 USD'."):argname("<price>")
  one:flag("--json", "Print failures as JSON."):target("json_after")

  one = shower("plan", "Show what is to be done for the managed certificates, when, and for how much.")
  one:argument("names", "Only these."):args("*")
  one:option("--out", "Write the plan to a file, for `apply`."):argname("<file>")
  one:flag("--prices", "Ask for quotes too, where a seller's prices are those of each order.")
  add.order(one)
  add.output(one)

  one = shower("order", "Get a configured certificate: the whole way, from key to hook.")
  one:argument("names", "Which ones."):args("+")
  add_money(one)
  add.order(one)
  add_shown(one)

  one = shower("apply", "Carry out a plan, exactly that: nothing where the world has moved.")
  one:argument("file", "What `plan --out` wrote.")
  add_money(one)
  add.order(one)
  add_shown(one)

  one = shower("wait", "Go on with what is under way, until it is done or a person is needed.")
  one:argument("names", "Only these."):args("*")
  within(one)
  add.order(one)
  add_shown(one)

  one = shower("run", "Carry out what is due now, for cron and timers.")
  one:argument("names", "Only these."):args("*")
  one:mutex(
    one:flag("--watch", "Go on until a signal comes."),
    one:option("--within", "Go on with what is under way, for so many seconds at most."):argname("<s>"):convert(seconds)
  )
  add.order(one)
  add_shown(one)

  one = shower("import", "Write entries of certificates that are there already.")
  one:argument("kind", "certbot (a tree such as /etc/letsencrypt), pairs (a folder with a folder for each), account.")
    :choices {"certbot", "pairs", "account"}
  one:argument("source", "The folder, or the name of the account."):args("?")
  one:option("--out", "A folder (a file for each), or a new .jsonl file; default: standard output."):argname("<path>")
  one:option("--account", "Look for the certificates' ids in this account alone."):argname("<name>")
  one:flag("--offline", "Ask no seller: the entries then have no ids.")
  add_ways(one)
  add.order(one)
  one:flag("--json", "Print JSON, failures too."):target("json_after")

  one = shower("doctor", "Look whether everything that orders need is as it should be.")
  one:argument("names", "Only these certificates, and all accounts."):args("*")
  one:flag("--offline", "Ask no seller and no DNS.")
  add.order(one)
  add.output(one)

  one = shower("reconcile", "Say what became of an order that stopped, or let an account buy again.")
  one:argument("name", "The certificate."):args("?")
  one:option("--found", "It was carried out: the id of what was bought."):argname("<id>")
  one:flag("--order", "The id is that of the seller's order.")
  one:flag("--unseen", "The seller is not asked whether the id can be it.")
  one:flag("--absent", "It was looked for at the seller, and not carried out: it may be sent again.")
  one:flag("--again", "What it stopped for is mended: it is tried again.")
  one:flag("--give-up", "The order ends here; what is served stays as it is.")
  one:option("--account", "The account that is meant by --resume."):argname("<name>")
  one:flag("--resume", "An account that was charged more than it may be is to buy again.")
  one:flag("-y --yes", "Don't ask, also on a terminal.")
  add.order(one)
  add.output(one)

  one = shower("remove", "Manage a certificate no more. The seller's certificate stays what it is.")
  one:argument("name", "The certificate.")
  one:flag("--force", "End its order here, unless what became of a request is not known.")
  one:flag("--files", "Delete its keys and what is installed, too.")
  one:flag("-y --yes", "Don't ask, also on a terminal.")
  add.order(one)
  add.output(one)

  one = shower("show", "Show all that is known of one certificate.")
  one:argument("name", "The certificate.")
  add.order(one)
  add.output(one)

  one = shower("status", "Show how the certificates stand, what needs a person first; asks no seller.")
  one:argument("names", "Only these."):args("*")
  add.order(one)
  add.output(one)
end
