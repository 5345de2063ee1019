--- Chooses the binding of the codec: the C module, or under LuaJIT the same functions through its FFI.

local ok, core = pcall(require, "reseal.core.native")
if ok then
  return core
end
local why = core
if package.loaded.jit then
  ok, core = pcall(require, "reseal.core.ffi")
  if ok then
    return core
  end
  why = why .. "\n" .. tostring(core)
end
error("reseal's compiled part can't be loaded (is it built for this Lua, and on package.cpath?):\n" .. why, 0)
