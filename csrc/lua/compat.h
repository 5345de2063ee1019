/*
 * compat.h - what differs between Lua 5.1, LuaJIT and 5.2 to 5.5, for the C modules here.
 *
 * The modules are written against the 5.4 names, all of which 5.5 has. LuaJIT (LUA_VERSION_NUM 501) has some of them as functions; the
 * macros below cover these, so that 5.1 and LuaJIT run the same code.
 *
 * Still different, and to be kept in mind: lua_getfield, lua_rawgeti and lua_gettable give the type from 5.3 on only
 * (use lua_type), and before 5.3 every number is a float, exact up to 2^53.
 */
#ifndef RESEAL_LUA_COMPAT_H
#define RESEAL_LUA_COMPAT_H

/* dladdr is no part of POSIX. This header comes before all others. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _DARWIN_C_SOURCE
#define _DARWIN_C_SOURCE
#endif

#include <dlfcn.h>

#include <lua.h>

#include <lauxlib.h>
#include <lualib.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The one symbol that a module shows; everything else is built with -fvisibility=hidden. */
#if defined(__GNUC__)
#define RESEAL_LUA_EXPORT __attribute__((visibility("default")))
#else
#define RESEAL_LUA_EXPORT
#endif

#if LUA_VERSION_NUM == 501

#define lua_rawlen(L, i) lua_objlen((L), (i))

#define luaL_checkversion(L) ((void)(L))

/* Upvalues are not supported: no module here needs them. */
#undef luaL_setfuncs
#define luaL_setfuncs(L, list, upvalues) ((void)(upvalues), luaL_register((L), NULL, (list)))

#undef luaL_newlib
#define luaL_newlib(L, list) \
  (lua_createtable((L), 0, (int)(sizeof(list) / sizeof((list)[0]) - 1)), luaL_setfuncs((L), (list), 0))

#undef luaL_setmetatable
#define luaL_setmetatable(L, name) (luaL_getmetatable((L), (name)), (void)lua_setmetatable((L), -2))

#define luaL_testudata(L, i, name) reseal__lua_testudata((L), (i), (name))

static inline void *reseal__lua_testudata(lua_State *L, int i, const char *name) {
  void *data = lua_touserdata(L, i);
  if (!data || !lua_getmetatable(L, i)) return NULL;
  luaL_getmetatable(L, name);
  if (!lua_rawequal(L, -1, -2)) data = NULL;
  lua_pop(L, 2);
  return data;
}

#endif

#if LUA_VERSION_NUM < 503

/* True for a number with an integral value that a lua_Integer holds; its type cannot be asked for. */
static inline bool reseal__lua_isinteger(lua_State *L, int i) {
  if (lua_type(L, i) != LUA_TNUMBER) return false;
  lua_Number n = lua_tonumber(L, i);
  return n >= -9007199254740992.0 && n <= 9007199254740992.0 && n == (lua_Number)(lua_Integer)n;
}
#define lua_isinteger(L, i) reseal__lua_isinteger((L), (i))

#endif

/*
 * Keeps this module, and with it the libraries that it is linked with, in the process until that ends. Closing the last Lua
 * state would take them out of memory while threads live that used them, and at the end of each of these libxml2 (libcurl, too,
 * through its TLS library) has code to run. Called by luaopen_*; for builds whose linker was not told -z nodelete.
 */
static inline void reseal__lua_stay(void) {
  static const char here = 0;
  Dl_info module;
  /* Opened once more and never closed. */
  if (dladdr((void *)(uintptr_t)&here, &module) && module.dli_fname) dlopen(module.dli_fname, RTLD_NOW);
}

/*
 * Makes the class `name`: a metatable with `methods`, and `close` as __gc and (used by 5.4) __close. `close` must be
 * idempotent. Leaves the stack as it was. Call it in luaopen_*, before the first object is made.
 */
static inline void reseal__lua_class(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction close) {
  luaL_newmetatable(L, name);
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, close);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, close);
  lua_setfield(L, -2, "__close");
  lua_pushstring(L, name); /* hides the metatable: no caller can reach __gc and run it on something else */
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

/*
 * A new zeroed userdata of `size` bytes and class `name`, on top of the stack. From here on a Lua error, also one of
 * memory, ends in the class' close, which must bear a zeroed object.
 */
static inline void *reseal__lua_object(lua_State *L, const char *name, size_t size) {
  void *object = lua_newuserdata(L, size);
  memset(object, 0, size);
  luaL_setmetatable(L, name);
  return object;
}

#endif
