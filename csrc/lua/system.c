/*
 * reseal.system - the few POSIX things that Lua lacks, for Lua.
 */
#include "compat.h"

#include "../system/system.h"

#include <errno.h>
#include <unistd.h>

#define PRIVATE "reseal.system.private"

/* The content of a private file, on its way into a Lua string. */
typedef struct {
  char *bytes;
  size_t length;
} content;

static int failed(lua_State *L, const char *what, int error) {
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", what, strerror(error));
  return 2;
}

static int numbered(lua_State *L, const char *what, int error) {
  failed(L, what, error);
  lua_pushinteger(L, error);
  return 3;
}

/* Argument `i` as a string without a NUL byte, which the system would cut off. */
static const char *check_name(lua_State *L, int i) {
  size_t length;
  const char *name = luaL_checklstring(L, i, &length);
  luaL_argcheck(L, strlen(name) == length, i, "it has a NUL byte");
  return name;
}

/* sleep(seconds) */
static int l_sleep(lua_State *L) {
  double seconds = (double)luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0, 1, "seconds must be 0 or more");
  reseal__sleep(seconds);
  return 0;
}

/* now() -> seconds */
static int l_now(lua_State *L) {
  lua_pushnumber(L, reseal__now());
  return 1;
}

/* begin() */
static int l_begin(lua_State *L) {
  (void)L;
  reseal__begin();
  return 0;
}

/* hold_signals([notice]) */
static int l_hold_signals(lua_State *L) {
  reseal__hold_signals(lua_isnoneornil(L, 1) ? NULL : check_name(L, 1));
  return 0;
}

/* held_signal() -> number | nil */
static int l_held_signal(lua_State *L) {
  int number = reseal__held_signal();
  if (number)
    lua_pushinteger(L, number);
  else
    lua_pushnil(L);
  return 1;
}

/* release_signals() */
static int l_release_signals(lua_State *L) {
  (void)L;
  reseal__release_signals();
  return 0;
}

/* is_terminal(descriptor) -> boolean */
static int l_is_terminal(lua_State *L) {
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

/* flush_output() -> true | nil, message, errno */
static int l_flush_output(lua_State *L) {
  int error = reseal__flush_output();
  if (error) {
    lua_pushnil(L);
    lua_pushstring(L, strerror(error));
    lua_pushinteger(L, error);
    return 3;
  }
  lua_pushboolean(L, 1);
  return 1;
}

/* write_private(path[, bytes]) -> true | nil, message */
static int l_write_private(lua_State *L) {
  const char *path = check_name(L, 1);
  size_t length = 0;
  const char *bytes = luaL_optlstring(L, 2, NULL, &length);
  int error = reseal__write_private(path, bytes, length);
  if (error) return failed(L, path, error);
  lua_pushboolean(L, 1);
  return 1;
}

/* write_new(path, bytes) -> true | nil, message, errno */
static int l_write_new(lua_State *L) {
  const char *path = check_name(L, 1);
  size_t length;
  const char *bytes = luaL_checklstring(L, 2, &length);
  int error = reseal__write_new(path, bytes, length);
  if (error) return numbered(L, path, error);
  lua_pushboolean(L, 1);
  return 1;
}

/* new_draft(path) -> draft | nil, message, errno */
static int l_new_draft(lua_State *L) {
  char draft[4096];
  const char *path = check_name(L, 1);
  int error = reseal__new_draft(path, draft, sizeof draft);
  if (error) return numbered(L, path, error);
  lua_pushstring(L, draft);
  return 1;
}

/* publish(draft, path) -> true | nil, message, errno */
static int l_publish(lua_State *L) {
  const char *draft = check_name(L, 1), *path = check_name(L, 2);
  int error = reseal__publish(draft, path);
  if (error) return numbered(L, path, error);
  lua_pushboolean(L, 1);
  return 1;
}

/* make_folder(path) -> true | nil, message, errno */
static int l_make_folder(lua_State *L) {
  const char *path = check_name(L, 1);
  int error = reseal__make_folder(path);
  if (error == EPERM) {
    lua_pushnil(L);
    lua_pushfstring(L, "%s: it must belong to this user, and others have no permissions on it (chmod 700)", path);
    lua_pushinteger(L, error);
    return 3;
  }
  if (error) return numbered(L, path, error);
  lua_pushboolean(L, 1);
  return 1;
}

/* uid() -> the number of the user in whose name this runs */
static int l_uid(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)geteuid());
  return 1;
}

/* pid() -> the process' number */
static int l_pid(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)getpid());
  return 1;
}

static int l_private_close(lua_State *L) {
  content *c = luaL_checkudata(L, 1, PRIVATE);
  char *bytes = c->bytes;
  c->bytes = NULL;
  if (bytes) reseal__private_free(bytes, c->length);
  return 0;
}

/* read_private(path) -> content | nil, message */
static int l_read_private(lua_State *L) {
  static const char *const refusals[] = {
      NULL, "not a regular file", "owned by neither this user nor root",
      "others than its owner have permissions on it (chmod 600 would take them away)", "larger than 1 MiB"};
  const char *path = check_name(L, 1);
  content *c;
  int error, refusal;
  lua_settop(L, 1);
  c = reseal__lua_object(L, PRIVATE, sizeof *c);
  error = reseal__read_private(path, &c->bytes, &c->length, &refusal);
  if (refusal != RESEAL__PRIVATE_OK) {
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", path, refusals[refusal]);
    return 2;
  }
  if (error) return failed(L, path, error);
  lua_pushlstring(L, c->bytes, c->length);
  lua_replace(L, 1);
  reseal__private_free(c->bytes, c->length);
  c->bytes = NULL;
  lua_settop(L, 1);
  return 1;
}

/* mkdtemp(prefix) -> path | nil, message */
static int l_mkdtemp(lua_State *L) {
  char path[1024];
  const char *prefix = check_name(L, 1);
  int error = reseal__mkdtemp(prefix, path, sizeof path);
  if (error) return failed(L, prefix, error);
  lua_pushstring(L, path);
  return 1;
}

/* remove_tree(path) -> true | nil, message */
static int l_remove_tree(lua_State *L) {
  const char *path = check_name(L, 1);
  int error = reseal__remove_tree(path);
  if (error) return failed(L, path, error);
  lua_pushboolean(L, 1);
  return 1;
}

/* free_port([address]) -> port | nil, message */
static int l_free_port(lua_State *L) {
  const char *address = lua_isnoneornil(L, 1) ? "127.0.0.1" : check_name(L, 1);
  int port, error = reseal__free_port(address, &port);
  if (error) return failed(L, address, error);
  lua_pushinteger(L, port);
  return 1;
}

/* The table at 1 as a list for the system; it and the userdata on top of the stack keep the list alive. */
static char *const *check_argv(lua_State *L) {
  size_t count, i;
  const char **argv;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  count = lua_rawlen(L, 1);
  luaL_argcheck(L, count > 0, 1, "no program is named");
  argv = lua_newuserdata(L, (count + 1) * sizeof *argv);
  for (i = 0; i < count; i++) {
    size_t length;
    lua_rawgeti(L, 1, (int)i + 1);
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 1, "every argument must be a string");
    argv[i] = lua_tolstring(L, -1, &length); /* no Lua runs until the child ended: the table stays as it is */
    luaL_argcheck(L, strlen(argv[i]) == length, 1, "an argument has a NUL byte");
    lua_pop(L, 1);
  }
  argv[count] = NULL;
  return (char *const *)argv;
}

/* run(argv) -> exit_code | nil, message */
static int l_run(lua_State *L) {
  char *const *argv = check_argv(L);
  int code = 0, error = reseal__run(argv, &code);
  if (error) return failed(L, argv[0], error);
  lua_pushinteger(L, code);
  return 1;
}

/* output_of(argv) -> output, exit_code | nil, message */
static int l_output_of(lua_State *L) {
  char bytes[65536];
  volatile char *each = bytes;
  char *const *argv = check_argv(L);
  size_t length;
  int code = 0, error = reseal__output_of(argv, bytes, sizeof bytes, &length, &code);
  if (!error) lua_pushlstring(L, bytes, length);
  while (length--) *each++ = 0; /* it may be a key */
  if (error) return failed(L, argv[0], error);
  lua_pushinteger(L, code);
  return 2;
}

static const luaL_Reg none[] = {{NULL, NULL}};
static const luaL_Reg functions[] = {{"sleep", l_sleep},
                                     {"now", l_now},
                                     {"begin", l_begin},
                                     {"hold_signals", l_hold_signals},
                                     {"held_signal", l_held_signal},
                                     {"release_signals", l_release_signals},
                                     {"is_terminal", l_is_terminal},
                                     {"flush_output", l_flush_output},
                                     {"write_private", l_write_private},
                                     {"output_of", l_output_of},
                                     {"pid", l_pid},
                                     {"read_private", l_read_private},
                                     {"mkdtemp", l_mkdtemp},
                                     {"remove_tree", l_remove_tree},
                                     {"write_new", l_write_new},
                                     {"new_draft", l_new_draft},
                                     {"publish", l_publish},
                                     {"make_folder", l_make_folder},
                                     {"uid", l_uid},
                                     {"free_port", l_free_port},
                                     {"run", l_run},
                                     {NULL, NULL}};

RESEAL_LUA_EXPORT int luaopen_reseal_system(lua_State *L);

RESEAL_LUA_EXPORT int luaopen_reseal_system(lua_State *L) {
  luaL_checkversion(L);
  reseal__lua_stay();
  reseal__lua_class(L, PRIVATE, none, l_private_close);
  luaL_newlib(L, functions);
  return 1;
}
