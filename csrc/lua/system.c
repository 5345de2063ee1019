/*
 * reseal.system - the few POSIX things that Lua lacks, for Lua.
 */
#include "compat.h"

#include "../system/system.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define PRIVATE "reseal.system.private"

/* The content of a private file, on its way into a Lua string. */
typedef struct {
  char *bytes;
  size_t len;
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
  size_t len;
  const char *name = luaL_checklstring(L, i, &len);
  luaL_argcheck(L, strlen(name) == len, i, "it has a NUL byte");
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

/* take_signal() -> number | nil */
static int l_take_signal(lua_State *L) {
  int number = reseal__take_signal();
  if (number)
    lua_pushinteger(L, number);
  else
    lua_pushnil(L);
  return 1;
}

/* notify(address, message) -> true | nil, message */
static int l_notify(lua_State *L) {
  size_t len;
  const char *address = check_name(L, 1), *message = luaL_checklstring(L, 2, &len);
  int error = reseal__notify(address, message, len);
  if (error) return failed(L, address, error);
  lua_pushboolean(L, 1);
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

/* write_file(path[, bytes[, mode[, like]]]) -> true | nil, message; mode: octal digits such as "0640"; see system.h */
static int l_write_file(lua_State *L) {
  const char *path = check_name(L, 1);
  size_t len = 0, digits = 0;
  const char *bytes = luaL_optlstring(L, 2, NULL, &len);
  const char *mode = luaL_optlstring(L, 3, "", &digits);
  luaL_argcheck(L, strspn(mode, "01234567") == digits && (digits == 0 || digits == 3 || (digits == 4 && *mode == '0')),
                3, "a mode is octal digits such as \"0640\"");
  int error = reseal__write_file(path, bytes, len, digits ? (int)strtol(mode, NULL, 8) : -1,
                                 lua_isnoneornil(L, 4) ? NULL : check_name(L, 4));
  if (error) return failed(L, path, error);
  lua_pushboolean(L, 1);
  return 1;
}

/* sync_folder(path) -> true | nil, message */
static int l_sync_folder(lua_State *L) {
  const char *path = check_name(L, 1);
  int error = reseal__sync_folder(path);
  if (error) return failed(L, path, error);
  lua_pushboolean(L, 1);
  return 1;
}

/* write_new(path, bytes) -> true | nil, message, errno */
static int l_write_new(lua_State *L) {
  const char *path = check_name(L, 1);
  size_t len;
  const char *bytes = luaL_checklstring(L, 2, &len);
  int error = reseal__write_new(path, bytes, len);
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
  if (bytes) reseal__private_free(bytes, c->len);
  return 0;
}

/* read_private(path) -> content | nil, message */
static int l_read_private(lua_State *L) {
  static const char *const refusals[] = {
      NULL, "not a regular file", "owned by neither this user nor root",
      "others than its owner have permissions on it (chmod 600 would take them away)", "larger than 1 MiB"};
  const char *path = check_name(L, 1);
  lua_settop(L, 1);
  content *c = reseal__lua_object(L, PRIVATE, sizeof *c);
  int refusal;
  int error = reseal__read_private(path, &c->bytes, &c->len, &refusal);
  if (refusal != RESEAL__PRIVATE_OK) {
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", path, refusals[refusal]);
    return 2;
  }
  if (error) return failed(L, path, error);
  lua_pushlstring(L, c->bytes, c->len);
  lua_replace(L, 1);
  reseal__private_free(c->bytes, c->len);
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
  int port;
  int error = reseal__free_port(address, &port);
  if (error) return failed(L, address, error);
  lua_pushinteger(L, port);
  return 1;
}

/* Run. */

/* No Lua runs until the child has ended, so strings that a table holds stay where they are. */

static const char *check_word(lua_State *L, int i, int argument, const char *what) {
  size_t len;
  luaL_argcheck(L, lua_type(L, i) == LUA_TSTRING, argument, what);
  const char *word = lua_tolstring(L, i, &len);
  luaL_argcheck(L, strlen(word) == len, argument, "a NUL byte is in it");
  return word;
}

/* The table at 1 as a list for the system; it and the userdata on top of the stack keep the list alive. */
static char *const *check_argv(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  size_t count = lua_rawlen(L, 1);
  luaL_argcheck(L, count > 0, 1, "no program is named");
  const char **argv = lua_newuserdata(L, (count + 1) * sizeof *argv);
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, 1, (int)i + 1);
    argv[i] = check_word(L, -1, 1, "every argument must be a string");
    lua_pop(L, 1);
  }
  argv[count] = NULL;
  return (char *const *)argv;
}

/* Whether the table at `changes` says something of the variable that an entry NAME=value is. */
static bool is_changed(lua_State *L, int changes, const char *entry) {
  const char *end = strchr(entry, '=');
  lua_pushlstring(L, entry, end ? (size_t)(end - entry) : strlen(entry));
  lua_rawget(L, changes);
  bool changed = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return changed;
}

/*
 * This process' environment with the changes in the table at `changes`: a string sets a variable, false takes one away.
 * Leaves two values on the stack, which keep the list alive.
 */
static char *const *check_environment(lua_State *L, int changes) {
  extern char **environ;
  size_t count = 0, most = 1;
  int made = 0;
  lua_newtable(L); /* the strings that are made */
  int strings = lua_gettop(L);
  for (char **each = environ; each && *each; each++) most++;
  for (lua_pushnil(L); lua_next(L, changes); lua_pop(L, 1)) {
    const char *name = check_word(L, -2, 2, "the environment's names must be strings");
    luaL_argcheck(L, *name && !strchr(name, '='), 2, "a name in the environment must not be empty, nor have a '='");
    most++;
    if (lua_isboolean(L, -1) && !lua_toboolean(L, -1)) continue;
    const char *value = check_word(L, -1, 2, "the environment's values must be strings, or false");
    lua_pushfstring(L, "%s=%s", name, value);
    lua_rawseti(L, strings, ++made);
  }
  const char **list = lua_newuserdata(L, most * sizeof *list);
  for (char **each = environ; each && *each; each++)
    if (!is_changed(L, changes, *each)) list[count++] = *each;
  for (int i = 1; i <= made; i++) {
    lua_rawgeti(L, strings, i);
    list[count++] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  list[count] = NULL;
  return (char *const *)list;
}

#define OUTPUT_MAX 1048576

/*
 * run(argv[, options]) -> exit_code, output | nil, message
 *
 * options: environment {NAME = "value" | false}: changes to this process' own; stdin: text; timeout: seconds; output: bytes
 * of standard output that are returned at most; forward = false: signals are not handed on (see reseal__program).
 */
static int l_run(lua_State *L) {
  reseal__program program = {.forward = true};
  content *kept = NULL;
  size_t len = 0;
  int code = 0;
  lua_settop(L, 2);
  program.argv = check_argv(L);
  if (!lua_isnil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_getfield(L, 2, "environment");
    if (!lua_isnil(L, -1)) {
      luaL_argcheck(L, lua_istable(L, -1), 2, "environment must be a table");
      program.environment = check_environment(L, lua_gettop(L));
    }
    lua_getfield(L, 2, "stdin");
    luaL_argcheck(L, lua_isnil(L, -1) || lua_type(L, -1) == LUA_TSTRING, 2, "stdin must be a string");
    program.input = lua_tolstring(L, -1, &program.input_len);
    lua_getfield(L, 2, "timeout");
    program.timeout = lua_isnil(L, -1) ? 0 : lua_tonumber(L, -1);
    luaL_argcheck(L, lua_isnil(L, -1) || (program.timeout > 0 && program.timeout <= 86400), 2,
                  "timeout must be a number of seconds, above 0 and at most 86400");
    lua_getfield(L, 2, "forward");
    program.forward = lua_isnil(L, -1) || lua_toboolean(L, -1);
    lua_getfield(L, 2, "output");
    lua_Number most = lua_tonumber(L, -1);
    luaL_argcheck(L, lua_isnil(L, -1) || (most >= 1 && most <= OUTPUT_MAX), 2, "output must be 1 to 1048576 bytes");
    if (most >= 1) {
      kept = reseal__lua_object(L, PRIVATE, sizeof *kept);
      kept->bytes = malloc((size_t)most);
      if (!kept->bytes) return luaL_error(L, "no memory for %d bytes of output", (int)most);
      kept->len = (size_t)most;
      program.output = kept->bytes;
      program.size = kept->len;
    }
  }
  int error = reseal__run(&program, &len, &code);
  if (error) return failed(L, program.argv[0], error);
  lua_pushinteger(L, code);
  if (!kept) return 1;
  lua_pushlstring(L, kept->bytes, len);
  reseal__private_free(kept->bytes, kept->len); /* it may be a key */
  kept->bytes = NULL;
  return 2;
}

static const luaL_Reg none[] = {{NULL, NULL}};
static const luaL_Reg functions[] = {{"sleep", l_sleep},
                                     {"now", l_now},
                                     {"begin", l_begin},
                                     {"hold_signals", l_hold_signals},
                                     {"held_signal", l_held_signal},
                                     {"take_signal", l_take_signal},
                                     {"notify", l_notify},
                                     {"release_signals", l_release_signals},
                                     {"is_terminal", l_is_terminal},
                                     {"flush_output", l_flush_output},
                                     {"write_file", l_write_file},
                                     {"sync_folder", l_sync_folder},
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
