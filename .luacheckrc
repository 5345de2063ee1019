-- What all of 5.1 to 5.5 and LuaJIT have, and what may be tried for.
std = "min"
read_globals = {
  "jit",
  "loadstring",
  "setfenv",
  "unpack",
  coroutine = {fields = {"close"}},
  math = {fields = {"type"}},
  package = {fields = {"searchpath"}},
  table = {fields = {"unpack"}},
}
max_line_length = 120
cache = false
files["lua/reseal/core/cdef.lua"] = {max_line_length = false}
files["lua/reseal/core/ffi.lua"] = {std = "luajit"}
for _, inside in ipairs {"lua/reseal/nginx", "lua/reseal/sandbox", "lua/reseal/transport/cosocket.lua", "lua/resty",
  "examples/nginx"} do
  files[inside] = {globals = {"ngx"}}
end
files["spec"] = {std = "min+busted"}
