-- Keeps the certificates of a configuration valid: what `reseal plan`, `run` and `status` do, from a script.
--
--   lua5.4 examples/keep_valid.lua [/etc/reseal/config.lua]

local orders = assert(require("reseal").orders(arg[1])) -- a file, a table, or nothing: the shell's own
for _, item in ipairs(assert(orders:plan()).items) do print(item.name, item.what, item.why) end
assert(orders:run {wait = 300, on_event = function(event) print(event.name, event.kind, event.text) end})
for _, one in ipairs(assert(orders:status())) do print(one.name, one.state, one.why) end
orders:close()
