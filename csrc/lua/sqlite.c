/*
 * reseal.sqlite - SQLite for lua/reseal/sql.lua.
 */
#define SQL_CONNECTION "reseal.sqlite"
#define SQL_RESULT "reseal.sqlite.result"
#include "sql.h"

RESEAL_LUA_EXPORT int luaopen_reseal_sqlite(lua_State *L);

RESEAL_LUA_EXPORT int luaopen_reseal_sqlite(lua_State *L) {
  reseal__lua_stay();
  return open_module(L);
}
