--- Managed certificates with all that they need on this machine: the sandbox, a web server for the proof, a folder for
--- journal, keys and what is installed.
---
---   local world = orders_support.start()
---   local orders = world.open {certificates = {world.entry()}}
---   world.stop()

local fixture = require "spec.support.fixture"
local nginx = require "spec.support.nginx"
local reseal = require "reseal"
local sandboxes = require "spec.support.sandbox"
local system = require "reseal.system"

local support = {}

-- nginx shows the folder; @dir@/www is there since it has a file.
local WEB = "server { listen 127.0.0.1:@port@; root @dir@/www; }"

---@class spec.World
---@field dir string
---@field webroot string which the web server shows to the sandbox
---@field sandbox table see spec.support.sandbox
---@field accounts table what a configuration says of the sandbox's accounts
---@field journal string its path; another one for each test
---@field config fun(more: table): table a configuration: accounts, journal, keys, live, proof, and more
---@field entry fun(more?: table): table the sandbox's certificate 501904, not looked up from here
---@field purchase fun(more?: table): table one that is bought, for 9.00 USD
---@field open fun(more: table, options?: table): reseal.Orders closed after the test
---@field write fun(name: string, text: string, mode?: string): string path
---@field read fun(path: string): string|nil
---@field put fun(name: string, pair: {key: string, certificate: string}): string folder where it is installed
---@field hook fun(name: string, script: string): string path of a program
---@field due fun(orders: table, name: string) its next step is due now
---@field later fun(orders: table, seconds: integer) so long ago is what is not settled yet
---@field issue fun() the sandbox issues whatever waits
---@field kinds fun(orders: table, name?: string): string[] the kinds of the events so far
---@field clear fun() before each test: the sandbox as at its start, no files
---@field stop fun()

function support.start()
  local world = {dir = assert(system.mkdtemp "reseal-orders-spec-"), sandbox = sandboxes.start(), opened = {}}
  local sandbox, number = world.sandbox, 0
  local web = nginx.start(WEB, {files = {["www/index.html"] = "here\n"}})
  world.webroot = web.dir .. "/www"
  world.accounts = {
    namecheap = {
      api_user = "apiexample", api_key = fixture.accounts.namecheap.api_key, client_ip = "1.2.3.4",
      endpoint = sandbox.url,
    },
    realtimeregister = {api_key = fixture.accounts.realtimeregister.api_key, endpoint = sandbox.url},
  }

  function world.config(more)
    local made = {
      journal = world.journal, keys = world.folder .. "/keys", live = world.folder .. "/live",
      defaults = {prove = {method = "http", webroot = world.webroot, look = false}},
    }
    for _, from in ipairs {world.accounts, more} do
      for field, value in pairs(from) do
        made[field] = value
      end
    end
    return made
  end

  local function entry_of(base, more)
    for field, value in pairs(more or {}) do
      base[field] = value
    end
    return base
  end

  function world.entry(more)
    return entry_of({names = {"example.com", "www.example.com"}, account = "namecheap", certificate = "501904"}, more)
  end

  function world.purchase(more)
    return entry_of({
      names = {"new.example"}, account = "namecheap", product = "PositiveSSL", buy = true, max_price = "12.00 USD",
    }, more)
  end

  function world.open(more, options)
    local orders = assert(reseal.orders(world.config(more), options))
    world.opened[#world.opened + 1] = orders
    return orders
  end

  function world.write(name, text, mode)
    local path = world.folder .. "/" .. name
    assert(system.write_file(path, text, mode or "0600"))
    return path
  end

  world.read = fixture.read

  function world.put(name, pair)
    local folder = world.folder .. "/live/" .. name
    assert(system.make_folder(world.folder .. "/live"))
    assert(system.make_folder(folder))
    assert(system.write_file(folder .. "/privkey.pem", pair.key, "0600"))
    assert(system.write_file(folder .. "/fullchain.pem", pair.certificate, "0644"))
    return folder
  end

  function world.hook(name, script)
    return world.write(name, "#!/bin/sh\n" .. script, "0700")
  end

  function world.due(orders, name)
    local claim = assert(orders.journal:claim_name("spec", name, nil, 60))
    assert(orders.journal:release(claim, {next = os.time()}))
  end

  function world.later(orders, seconds)
    assert(orders.journal.db:run("UPDATE reseal_intents SET at = at - $1, deadline = deadline - $1 "
      .. "WHERE outcome IS NULL", seconds))
  end

  function world.issue()
    local state = sandbox.get("/_sandbox/state").json
    for _, one in ipairs(state.namecheap.certificates) do
      if one.waits_for and #one.waits_for > 0 then
        sandbox.post("/_sandbox/validate", {provider = "namecheap", certificate = one.id})
      end
    end
  end

  function world.kinds(orders, name)
    local list = {}
    for event in orders:events {name = name} do
      list[#list + 1] = event.kind
    end
    return list
  end

  function world.clear()
    for _, orders in ipairs(world.opened) do
      orders:close()
    end
    world.opened = {}
    number = number + 1
    world.folder = ("%s/%d"):format(world.dir, number)
    assert(system.make_folder(world.folder))
    world.journal = world.folder .. "/journal.db"
    sandbox.reset {dcv = {http = ("127.0.0.1:%d"):format(web.port), interval = 0.1}}
  end

  function world.stop()
    for _, orders in ipairs(world.opened) do
      orders:close()
    end
    web.stop()
    sandbox.stop()
    system.remove_tree(world.dir)
  end

  return world
end

return support
