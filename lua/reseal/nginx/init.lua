--- What the operator of nginx calls before anything is served: configuration and start.

local store = require "reseal.nginx.store"

local nginx = {}

---@class reseal.nginx.Options
---@field dict? string the lua_shared_dict that holds everything; default "reseal"
---@field dcv_dict? string another one for the files of domain control; default the same
---@field default? string name whose certificate is served where no other fits
---@field directory? string folder of certificates to load, and to watch
---@field interval? number seconds between looks at the folder; default 10
---@field cache? integer parsed certificates that each worker keeps; default as in reseal.nginx.certificate
---@field remote? boolean status and metrics answer other machines too; default: this one alone. Say who may ask by
---  `allow` and `deny` in their locations

local TYPES = {
  dict = "string", dcv_dict = "string", default = "string", directory = "string", interval = "number",
  remote = "boolean", cache = "number",
}

local options

local function check(opts)
  if type(opts) ~= "table" then
    return "it expects a table of options"
  end
  for name, value in pairs(opts) do
    if name == "allow" then
      return "allow is nginx's own: write allow and deny into the locations of status and metrics, and here "
        .. "remote = true"
    elseif not TYPES[name] then
      return "there is no option " .. tostring(name)
    elseif type(value) ~= TYPES[name] then
      return name .. " must be a " .. TYPES[name]
    end
  end
  if opts.interval and not (opts.interval >= 0.1 and opts.interval <= 86400) then
    return "interval must be a number of seconds, 0.1 to 86400"
  end
end

--- For init_by_lua, where root can still read the keys: checks the options, and loads the folder. It raises for options
--- that can't work, so that `nginx -t` shows them; a certificate that can't is logged, and left out.
---@param opts? reseal.nginx.Options
function nginx.init(opts)
  local all = {interval = 10}
  local wrong = check(opts or {})
  if not wrong then
    for name, value in pairs(opts or {}) do
      all[name] = value
    end
    local _
    _, wrong = store.configure(all)
  end
  if wrong then
    error("reseal.init: " .. wrong, 2)
  end
  options = all
  -- Once, for all workers; no request waits for a file.
  for _, module in ipairs {"certificate", "dcv", "status", "metrics"} do
    require("reseal.nginx." .. module)
  end
  if all.directory then
    local ok, err = require("reseal.nginx.directory").load(all)
    if ok == nil and err then
      ngx.log(ngx.ERR, "reseal: ", err)
    end
  end
end

--- For init_worker_by_lua: one elected worker watches the folder and does the rounds.
function nginx.start()
  if not options then
    error("reseal.start: reseal.init has to be called before, in init_by_lua", 2)
  end
  local ok, err = true, nil
  if options.directory then
    ok, err = require("reseal.nginx.directory").watch(options)
  end
  if not ok then
    ngx.log(ngx.ERR, "reseal: the directory is not watched: ", err)
  end
  if package.loaded["reseal.nginx.round"] then -- by reseal.round, in init_by_lua
    require("reseal.nginx.round").start()
  end
end

return nginx
