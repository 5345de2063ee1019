--- `reseal plan`: what is to be done for the managed certificates, when, for how much, and why.

local output = require "reseal.cli.output"
local plan = require "reseal.order.plan"
local setup = require "reseal.cli.order.setup"
local system = require "reseal.system"
local text = require "reseal.cli.text"

local EXIT = output.EXIT
local MOST_LOOKED_AT = 10 -- of an account; where more are due, its list is read

local FIELDS = {
  {name = "name"}, {name = "account"}, {name = "what"}, {name = "now"}, {name = "when"}, {name = "amount"},
  {name = "currency"}, {name = "purchase"}, {name = "person"}, {name = "why"}, {name = "advice"}, {name = "calls"},
  {name = "day"}, {name = "certificate"}, {name = "product"}, {name = "ends"}, {name = "order_ends"}, {name = "late"},
}

local function stamp(time)
  return time and os.date("!%Y-%m-%dT%H:%M:%SZ", time) or nil
end

local function fail_all(state, needs, err, errors)
  for _, need in ipairs(needs) do
    state.failures[need.name] = tostring(err.message or err)
  end
  errors[#errors + 1] = err
end

--- Asks one seller how things stand: by its list where many are due, and one by one where few are, or where the list
--- says that a certificate has a successor.
local function ask(made, account, needs, state, errors)
  local client, err = made:client(account)
  if not client then
    return fail_all(state, needs, err, errors)
  end
  local seller, listed = made:seller(account), {}
  if #needs > MOST_LOOKED_AT then
    local rows
    rows, err = seller.sweep(client)
    if not rows then
      return fail_all(state, needs, err, errors)
    end
    for _, row in ipairs(rows) do
      listed[row.id] = row
    end
  end
  for i, need in ipairs(needs) do
    local info = listed[need.certificate]
    if not info and #needs > MOST_LOOKED_AT then
      state.infos[need.name] = {id = need.certificate, status = "failed", word = "nothing of such a certificate"}
    elseif info and info.status ~= "replaced" then
      state.infos[need.name] = info
    else
      info, err = seller.look(client, made.configuration.by_name[need.name], need.certificate)
      state.infos[need.name] = info or nil
      if not info and err.class == "provider" and err.retry == "never" and err.category ~= "auth" then
        state.infos[need.name] = {id = need.certificate, status = "failed", word = err.message}
      elseif not info then
        local rest = {}
        for j = i, #needs do
          rest[#rest + 1] = needs[j]
        end
        return fail_all(state, rest, err, errors)
      end
    end
  end
end

--- The prices of what is to be bought: those of a list once for each product, those of a quote for each certificate.
local function ask_prices(made, first, state, errors)
  local known = {}
  for _, item in ipairs(first.items) do
    local managed = made.configuration.by_name[item.name]
    local seller = made:seller(item.account)
    if item.now and item.purchase and (not seller.QUOTES or made.options.prices) then
      local order = {action = item.what, data = {
        product = item.product, years = managed.years, for_certificate = item.certificate,
      }}
      local key = table.concat({item.account, item.what, tostring(item.product), tostring(managed.years),
        seller.QUOTES and item.name or ""}, "\0")
      if known[key] == nil then
        local client, err = made:client(item.account)
        local price
        if client and seller.QUOTES then
          local x509 = require "reseal.x509"
          local unpack = table.unpack or unpack -- 5.1
          local _, csr = x509.new(managed.key or "P-256", unpack(managed.names))
          order.data.csr = csr
        end
        if client then
          price, err = seller.price(client, managed, item.what, order)
        end
        known[key] = price or {failure = tostring(err.message or err)}
        errors[#errors + 1] = not price and err or nil
      end
      state.prices[item.name] = not known[key].failure and known[key] or nil
      state.price_failures[item.name] = known[key].failure
    end
  end
end

--- Makes a plan of what is configured, asking the sellers as little as that takes.
---@param made reseal.cli.Setup
---@param only table<string, boolean>|nil
---@return reseal.order.Plan|nil
---@return reseal.Failure[]|string errors of sellers that could not be asked; without a plan a message
local function make(made, only)
  local now = os.time()
  local state, message = made:state(only)
  if not state then
    return nil, message
  end
  local by_account, accounts, errors = {}, {}, {}
  for _, need in ipairs(plan.needs(made.configuration, state, now)) do
    if not only or only[need.name] then
      if not by_account[need.account] then
        by_account[need.account] = {}
        accounts[#accounts + 1] = need.account
      end
      table.insert(by_account[need.account], need)
    end
  end
  table.sort(accounts)
  for _, account in ipairs(accounts) do
    ask(made, account, by_account[account], state, errors)
  end
  ask_prices(made, plan.make(made.configuration, state, now, only), state, errors)
  return plan.make(made.configuration, state, now, only), errors
end

local function shown_rows(p)
  local rows = {}
  for i, item in ipairs(p.items) do
    rows[i] = {
      name = item.name, account = item.account, what = item.what, now = item.now, when = stamp(item.when),
      amount = item.amount, currency = item.currency, purchase = item.purchase, person = item.person, why = item.why,
      advice = item.advice, calls = item.calls, day = item.day, certificate = item.certificate, product = item.product,
      ends = stamp(item.served_ends), order_ends = stamp(item.order_ends), late = stamp(item.late),
    }
  end
  return rows
end

local function price_words(item)
  if item.amount then
    return item.amount .. " " .. item.currency
  elseif item.purchase and item.now then
    return "not known"
  end
  return item.now and "0" or ""
end

local function plural(count, word)
  return ("%d %s%s"):format(count, word, count == 1 and "" or "s")
end

--- The totals in words.
local function summary(p)
  local totals, sums = p.totals, {}
  for currency, amount in pairs(totals.money) do
    sums[#sums + 1] = amount .. " " .. currency
  end
  table.sort(sums)
  local parts = {("%s: %d to be done now"):format(plural(totals.certificates, "certificate"), totals.now)}
  if totals.now > 0 then
    parts[#parts + 1] = plural(totals.calls, "call")
    parts[#parts + 1] = plural(totals.days, "day")
    parts[#parts + 1] = totals.purchases == 0 and "nothing to pay"
      or plural(totals.purchases, "purchase") .. (#sums > 0 and " for " .. table.concat(sums, " and ") or "")
        .. (totals.unpriced > 0 and (" (%d of unknown price)"):format(totals.unpriced) or "")
  end
  if totals.person > 0 then
    parts[#parts + 1] = ("%d %s a person"):format(totals.person, totals.person == 1 and "needs" or "need")
  end
  return table.concat(parts, ", ")
end

local function shown_table(p)
  local cells = {{"NAME", "WHAT", "WHEN", "PRICE", "WHY"}}
  for _, item in ipairs(p.items) do
    local when = item.now and (item.day == 0 and "now" or ("in %s"):format(plural(item.day, "day")))
      or os.date("!%Y-%m-%d", item.when)
    cells[#cells + 1] = {
      item.name, item.what, (item.what == "blocked" or item.what == "off") and "" or when, price_words(item),
      item.why .. (item.advice and ". " .. item.advice or ""),
    }
  end
  return text.columns(cells) .. "\n\n" .. summary(p)
end

local command = {make = make, summary = summary}

--- Runs it.
---@param options table the command line's: names, out, prices, config, journal, timeout, retries, json, csv, …
---@return integer exit code
function command.run(options)
  local made, code = setup.load(options)
  if not made then
    return code
  end
  local only
  only, code = made:only(options.names)
  if code then
    return code
  end
  local ready, message = output.prepare(options)
  if ready and options.out then
    ready, message = system.write_file(options.out)
  end
  if not ready then
    return output.fault("output", message, EXIT.usage)
  end
  ready, message = made:open_journal()
  if not ready then
    return output.fault("journal", message, EXIT.nothing_done)
  end
  local p, errors = make(made, only)
  if not p then
    return output.fault("journal", errors, EXIT.nothing_done)
  end
  code = output.show(options, {certificates = shown_rows(p), totals = p.totals}, {
    field = {type = "object", fields = {{name = "certificates", type = "list", fields = FIELDS}}},
    items = shown_rows(p), fields = FIELDS,
  }, function()
    return shown_table(p)
  end)
  if code ~= EXIT.done then
    return code
  end
  for _, err in ipairs(errors) do
    io.stderr:write("reseal: not all could be asked:\n", err.errors and text.failure(err) or tostring(err), "\n")
    code = code == EXIT.done and (err.class and output.exit_code(err) or EXIT.nothing_done) or code
  end
  if code ~= EXIT.done then
    return code
  elseif options.out then
    ready, message = system.write_file(options.out, plan.write(p), "0600")
    if not ready then
      return output.fault("output", message, EXIT.unwritten)
    end
  end
  return p.totals.person > 0 and EXIT.person or p.totals.now == 0 and EXIT.nothing_to_do or EXIT.done
end

return command
