/*
 * sql.h - the binding of csrc/sql/sql.h, which reseal.sqlite and reseal.postgres share: each defines SQL_CONNECTION and
 * SQL_RESULT, the names of its classes, and includes this. lua/reseal/sql.lua is what people use; it knows transactions and
 * names, this knows values.
 *
 * No Lua runs while a statement is open, not even a finaliser: values are taken from the stack first, rows are made into
 * tables when the statement has been finished. What the C side gives belongs to a userdata before anything can raise.
 */
#ifndef RESEAL_LUA_SQL_H
#define RESEAL_LUA_SQL_H

#include "compat.h"

#include "../sql/sql.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

#define MAX_EXACT INT64_C(9007199254740992) /* 2^53 */

typedef struct {
  reseal__sql *db;
} connection;

typedef struct {
  reseal__sql_result *result;
} outcome;

/* Faults. */

static void set_text(lua_State *L, const char *key, const char *text) {
  if (!*text) return;
  lua_pushstring(L, text);
  lua_setfield(L, -2, key);
}

/* Pushes nil and the fault. */
static int push_fault(lua_State *L, const reseal__sql_fault *fault) {
  lua_pushnil(L);
  lua_createtable(L, 0, 8);
  set_text(L, "class", reseal__sql_class_name(fault->kind));
  set_text(L, "message", fault->message);
  set_text(L, "outcome", fault->unknown ? "unknown" : "refused");
  set_text(L, "constraint", fault->name);
  set_text(L, "table", fault->table);
  set_text(L, "columns", fault->columns);
  int64_t number;
  /* SQLite's codes are numbers; an SQLSTATE is text, also where it looks like one. */
  if (strcmp(reseal__sql_kind, "sqlite") == 0 && reseal__sql_integer(fault->code, strlen(fault->code), &number) == 0) {
    lua_pushinteger(L, (lua_Integer)number);
    lua_setfield(L, -2, "code");
  } else {
    set_text(L, "code", fault->code);
  }
  if (fault->unique) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "unique");
  }
  return 2;
}

static int misuse(lua_State *L, const char *code, const char *message) {
  reseal__sql_fault fault;
  reseal__sql_fail(&fault, RESEAL__SQL_MISUSE, code, "%s", message);
  return push_fault(L, &fault);
}

/* Values. */

/* A number: an integer where it is whole, in every Lua, so that 3 and 3.0 are one. NULL, or why it is refused. */
static const char *take_number(lua_State *L, int i, reseal__sql_value *value) {
  value->type = RESEAL__SQL_INTEGER;
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(L, i)) {
    value->integer = (int64_t)lua_tointeger(L, i);
    return NULL;
  }
#endif
  double number = (double)lua_tonumber(L, i);
  if (isnan(number)) return "is not a number (NaN)";
  if (number == floor(number) && fabs(number) <= (double)MAX_EXACT) {
    value->integer = (int64_t)number;
  } else if (number == floor(number) && fabs(number) < 9223372036854775808.0) {
    return "is an integer beyond 2^53 and may have been rounded: give it as a decimal string";
  } else {
    value->type = RESEAL__SQL_NUMBER;
    value->number = number;
  }
  return NULL;
}

/* The value at `i`, whose bytes stay as long as it does. NULL, or why it is refused. */
static const char *take_value(lua_State *L, int i, reseal__sql_value *value) {
  memset(value, 0, sizeof *value);
  switch (lua_type(L, i)) {
    case LUA_TNIL:
      return NULL;
    case LUA_TBOOLEAN:
      value->type = RESEAL__SQL_BOOLEAN;
      value->integer = lua_toboolean(L, i);
      return NULL;
    case LUA_TNUMBER:
      return take_number(L, i, value);
    case LUA_TSTRING:
      value->type = RESEAL__SQL_TEXT;
      value->bytes = lua_tolstring(L, i, &value->len);
      return NULL;
    case LUA_TTABLE:
      lua_pushliteral(L, "bytes");
      lua_rawget(L, i);
      if (lua_type(L, -1) == LUA_TSTRING) {
        value->type = RESEAL__SQL_BYTES;
        value->bytes = lua_tolstring(L, -1, &value->len); /* the table keeps it */
      }
      lua_pop(L, 1);
      return value->bytes ? NULL : "is a table other than {bytes = string}";
    default:
      return "is neither nil, boolean, number, string nor {bytes = string}";
  }
}

static void push_integer(lua_State *L, int64_t integer) {
#if LUA_VERSION_NUM >= 503
  lua_pushinteger(L, (lua_Integer)integer);
#else
  char text[24];
  if (integer >= -MAX_EXACT && integer <= MAX_EXACT) {
    lua_pushnumber(L, (lua_Number)integer);
    return;
  }
  snprintf(text, sizeof text, "%lld", (long long)integer);
  lua_pushstring(L, text);
#endif
}

static void push_value(lua_State *L, const reseal__sql_value *value) {
  switch (value->type) {
    case RESEAL__SQL_INTEGER:
      push_integer(L, value->integer);
      break;
    case RESEAL__SQL_NUMBER:
      lua_pushnumber(L, (lua_Number)value->number);
      break;
    case RESEAL__SQL_BOOLEAN:
      lua_pushboolean(L, value->integer != 0);
      break;
    case RESEAL__SQL_TEXT:
    case RESEAL__SQL_BYTES:
      lua_pushlstring(L, value->bytes, value->len);
      break;
    default:
      lua_pushnil(L);
      break;
  }
}

static int push_rows(lua_State *L, reseal__sql_result *result) {
  size_t columns = reseal__sql_columns(result), rows = reseal__sql_rows(result);
  if (rows > INT_MAX || columns > INT_MAX / 2) return luaL_error(L, "too many rows");
  luaL_checkstack(L, (int)columns + 6, "too many columns");
  int names = lua_gettop(L) + 1;
  for (size_t c = 0; c < columns; c++) lua_pushstring(L, reseal__sql_column(result, c));
  lua_createtable(L, (int)rows, 0);
  for (size_t r = 0; r < rows; r++) {
    lua_createtable(L, 0, (int)columns);
    for (size_t c = 0; c < columns; c++) {
      reseal__sql_value value;
      if (reseal__sql_cell(result, r, c, &value) != 0) return luaL_error(L, "not enough memory");
      lua_pushvalue(L, names + (int)c);
      push_value(L, &value);
      lua_rawset(L, -3);
    }
    lua_rawseti(L, -2, (int)r + 1);
  }
  return 1;
}

/* Methods. */

static int outcome_close(lua_State *L) {
  outcome *it = luaL_checkudata(L, 1, SQL_RESULT);
  reseal__sql_result *result = it->result;
  it->result = NULL;
  reseal__sql_result_free(result);
  return 0;
}

/* connection:close(); also the finaliser. */
static int l_close(lua_State *L) {
  connection *it = luaL_checkudata(L, 1, SQL_CONNECTION);
  reseal__sql *db = it->db;
  it->db = NULL;
  reseal__sql_close(db);
  return 0;
}

/* The open connection; NULL when it is closed. */
static reseal__sql *check_connection(lua_State *L) {
  return ((connection *)luaL_checkudata(L, 1, SQL_CONNECTION))->db;
}

static int closed(lua_State *L) {
  return misuse(L, "closed", "the database is closed");
}

/* connection:execute(want_rows, statement, …) -> rows, or how many were changed | nil, fault */
static int l_execute(lua_State *L) {
  size_t len;
  bool want_rows = lua_toboolean(L, 2);
  int count = lua_gettop(L) - 3;
  const char *statement = luaL_checklstring(L, 3, &len);
  reseal__sql_fault fault;
  if (!check_connection(L)) return closed(L);
  if (strlen(statement) != len) return misuse(L, "statement", "the statement has a NUL byte");
  luaL_checkstack(L, 10, "too many values");
  outcome *it = reseal__lua_object(L, SQL_RESULT, sizeof *it);
  reseal__sql_value *values = lua_newuserdata(L, ((size_t)count + 1) * sizeof *values);
  for (int i = 0; i < count; i++) {
    const char *why = take_value(L, 4 + i, &values[i]);
    if (!why) continue;
    reseal__sql_fail(&fault, RESEAL__SQL_MISUSE, "value", "value %d %s", i + 1, why);
    return push_fault(L, &fault);
  }
  reseal__sql *db = check_connection(L); /* now: what was allocated since may have run a finaliser that closes it */
  if (!db) return closed(L);
  if (reseal__sql_execute(db, statement, len, values, (size_t)count, &it->result, &fault) != 0)
    return push_fault(L, &fault);
  if (want_rows)
    push_rows(L, it->result);
  else
    push_integer(L, reseal__sql_changes(it->result));
  reseal__sql_result_free(it->result);
  it->result = NULL;
  return 1;
}

static int done(lua_State *L, int status, const reseal__sql_fault *fault) {
  if (status != 0) return push_fault(L, fault);
  lua_pushboolean(L, 1);
  return 1;
}

/* connection:begin(serializable) -> true | nil, fault */
static int l_begin(lua_State *L) {
  reseal__sql *db = check_connection(L);
  if (!db) return closed(L);
  reseal__sql_fault fault;
  return done(L, reseal__sql_begin(db, lua_toboolean(L, 2), &fault), &fault);
}

/* connection:commit() -> true | nil, fault */
static int l_commit(lua_State *L) {
  reseal__sql *db = check_connection(L);
  if (!db) return closed(L);
  reseal__sql_fault fault;
  return done(L, reseal__sql_commit(db, &fault), &fault);
}

/* connection:rollback() */
static int l_rollback(lua_State *L) {
  reseal__sql *db = check_connection(L);
  if (db) reseal__sql_rollback(db);
  return 0;
}

/* connection:lost() -> boolean */
static int l_lost(lua_State *L) {
  reseal__sql *db = check_connection(L);
  lua_pushboolean(L, db && reseal__sql_lost(db));
  return 1;
}

/* connection:wait(channel, seconds) -> boolean | nil, fault */
static int l_wait(lua_State *L) {
  const char *channel = luaL_checkstring(L, 2);
  double seconds = (double)luaL_checknumber(L, 3);
  reseal__sql *db = check_connection(L);
  if (!db) return closed(L);
  reseal__sql_fault fault;
  bool woken;
  if (reseal__sql_wait(db, channel, seconds, &woken, &fault) != 0) return push_fault(L, &fault);
  lua_pushboolean(L, woken);
  return 1;
}

static double seconds_of(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  double seconds = (double)luaL_checknumber(L, -1);
  lua_pop(L, 1);
  return seconds;
}

/* open{target=, name=, create=, busy=, limit=, connect=, idle=} -> connection | nil, fault */
static int l_open(lua_State *L) {
  reseal__sql_options options = {0};
  reseal__sql_fault fault;
  size_t len;
  luaL_checktype(L, 1, LUA_TTABLE);
  options.busy = seconds_of(L, "busy");
  options.limit = seconds_of(L, "limit");
  options.connect = seconds_of(L, "connect");
  options.idle = seconds_of(L, "idle");
  lua_getfield(L, 1, "create");
  options.create = lua_toboolean(L, -1);
  lua_getfield(L, 1, "name");
  options.name = luaL_checkstring(L, -1);
  lua_getfield(L, 1, "target");
  options.target = luaL_checklstring(L, -1, &len);
  if (strlen(options.target) != len) return misuse(L, "url", "the URL has a NUL byte");
  connection *it = reseal__lua_object(L, SQL_CONNECTION, sizeof *it);
  if (reseal__sql_open(&it->db, &options, &fault) != 0) return push_fault(L, &fault);
  return 1;
}

static const luaL_Reg methods[] = {{"execute", l_execute},   {"begin", l_begin}, {"commit", l_commit}, {"lost", l_lost},
                                   {"rollback", l_rollback}, {"wait", l_wait},   {"close", l_close},   {NULL, NULL}};
static const luaL_Reg none[] = {{NULL, NULL}};
static const luaL_Reg functions[] = {{"open", l_open}, {NULL, NULL}};

static int open_module(lua_State *L) {
  luaL_checkversion(L);
  reseal__lua_class(L, SQL_CONNECTION, methods, l_close);
  reseal__lua_class(L, SQL_RESULT, none, outcome_close);
  luaL_newlib(L, functions);
  lua_pushstring(L, reseal__sql_kind);
  lua_setfield(L, -2, "kind");
  return 1;
}

#endif
