-- Loaded by busted before all specs. RESEAL_BINDING=ffi runs them on LuaJIT's FFI binding instead of the C module.
if os.getenv "RESEAL_BINDING" == "ffi" then
  package.preload["reseal.core.native"] = function() return require "reseal.core.ffi" end
end
