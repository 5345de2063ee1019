/*
 * reseal.postgres - PostgreSQL for lua/reseal/sql.lua.
 */
#define SQL_CONNECTION "reseal.postgres"
#define SQL_RESULT "reseal.postgres.result"
#include "sql.h"

RESEAL_LUA_EXPORT int luaopen_reseal_postgres(lua_State *L);

RESEAL_LUA_EXPORT int luaopen_reseal_postgres(lua_State *L) {
  reseal__lua_stay();
  return open_module(L);
}
