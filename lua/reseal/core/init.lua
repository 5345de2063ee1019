--- Chooses the binding of the codec: the C module, or the same functions through LuaJIT's FFI.
---
--- Inside nginx FFI comes first, whatever else is at hand: nginx then needs libreseal and nothing more, and a C module
--- that was built for another Lua, which 5.1's loads without a word, is not touched.

local choices = {"native"}
if package.loaded.jit then
  choices = type(rawget(_G, "ngx")) == "table" and {"ffi", "native"} or {"native", "ffi"}
end

local why = {}
for i, choice in ipairs(choices) do
  local ok, core = pcall(require, "reseal.core." .. choice)
  if ok then
    return core
  end
  why[i] = tostring(core)
end
error("reseal's compiled part can't be loaded (is it built for this Lua, and on package.cpath?):\n"
  .. table.concat(why, "\n"), 0)
