/*
 * reseal.core.native: the C API as a Lua module. lua/reseal/core/ffi.lua is the same for LuaJIT's FFI; both have the same functions.
 *
 * Everything that the C side gives is owned by a userdata before any Lua call that can raise, so that an error of Lua's (of
 * memory, say) loses nothing. Almost any call of Lua's may also run Lua code, a finaliser or a hook, which may want the same
 * handle: so a call reads its arguments first, then looks at the handle, and holds it until all is done (see `run`).
 */
#include "compat.h"

#include <stdio.h>

#include "reseal.h"

#define ACCOUNT_CLASS "reseal.core.account"
#define SCRATCH_CLASS "reseal.core.scratch"
#define MOST_WHOLE 9007199254740992.0 /* 2^53: every Lua holds whole numbers up to it exactly */

typedef struct account_object {
  reseal_account *account;
  reseal_params *params;
  reseal_response *response;
  reseal_error *err;
  reseal_request *request;
  reseal_result *result;
  bool busy;    /* a call is under way */
  bool closing; /* it was closed meanwhile */
} account_object;

static void drop(account_object *object) {
  reseal_request_free(object->request);
  reseal_result_free(object->result);
  object->request = NULL;
  object->result = NULL;
}

static void release(account_object *object) {
  drop(object);
  reseal_params_free(object->params);
  reseal_response_free(object->response);
  reseal_account_free(object->account);
  reseal_error_free(object->err);
  memset(object, 0, sizeof *object);
}

/* Also the finaliser, which anybody with the debug library can call, on anything. */
static int account_close(lua_State *L) {
  account_object *object = luaL_checkudata(L, 1, ACCOUNT_CLASS);
  if (object->busy)
    object->closing = true;
  else
    release(object);
  return 0;
}

static int scratch_close(lua_State *L) {
  release(luaL_checkudata(L, 1, SCRATCH_CLASS));
  return 0;
}

/* One call of a handle: its arguments, which stay on the stack of the method while it runs. */
typedef struct call {
  account_object *object;
  const char *name, *value; /* the method's or setting's name; a setting's value, an answer's body */
  size_t name_len, value_len;
  int effect, status, limit;
  bool is_cut;
  int64_t received;
  size_t size;
} call;

/*
 * Runs `body` with `c` and the value at `extra` (0: none) as its arguments, and gives what it returns. The handle is looked at
 * last, and is nobody else's meanwhile. Whatever happens, no parameter or result of the call stays behind.
 */
static int run(lua_State *L, call *c, lua_CFunction body, int extra) {
  int top = lua_gettop(L);
  lua_pushcfunction(L, body);
  lua_pushlightuserdata(L, c);
  if (extra) lua_pushvalue(L, extra);
  c->object = luaL_checkudata(L, 1, ACCOUNT_CLASS);
  if (!c->object->account) luaL_argerror(L, 1, "the handle is closed");
  if (c->object->busy) luaL_argerror(L, 1, "the handle is in use");
  c->object->busy = true;
  int failed = lua_pcall(L, extra ? 2 : 1, LUA_MULTRET, 0);
  c->object->busy = false;
  /* Wiped at once: it may hold what the caller should not have given. */
  reseal_params_clear(c->object->params);
  reseal_response_start(c->object->response, 0);
  drop(c->object);
  if (c->object->closing) release(c->object);
  if (failed) return lua_error(L);
  return lua_gettop(L) - top;
}

static call *call_of(lua_State *L) {
  return lua_touserdata(L, 1);
}

static void need_error(lua_State *L, account_object *object) {
  if (reseal_error_new(&object->err, NULL, NULL) != RESEAL_OK) luaL_error(L, "out of memory");
}

/* Errors. */

static void set_text(lua_State *L, const char *key, const char *text, size_t len) {
  if (!text) return;
  lua_pushlstring(L, text, len);
  lua_setfield(L, -2, key);
}

static void set_word(lua_State *L, const char *key, const char *text) {
  if (text) set_text(L, key, text, strlen(text));
}

static void set_number(lua_State *L, const char *key, int64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, key);
}

static void set_fault(lua_State *L, const reseal_error *err, size_t index) {
  size_t len;
  int64_t number = reseal_fault_code_number(err, index);
  if (number)
    set_number(L, "code", number);
  else
    set_word(L, "code", reseal_fault_code(err, index));
  const char *text = reseal_fault_message(err, index, &len);
  set_text(L, "message", text, len);
  text = reseal_fault_param(err, index, &len);
  set_text(L, "param", text, len);
  number = reseal_fault_provider_code(err, index);
  if (number) set_number(L, "provider_code", number);
}

static void push_item(lua_State *L, const reseal_result *result, size_t item);

static void push_error(lua_State *L, const reseal_error *err) {
  size_t len, count = reseal_error_count(err);
  luaL_checkstack(L, 8, NULL);
  lua_createtable(L, 0, 15);
  set_word(L, "class", reseal_class_name(reseal_error_class(err)));
  set_fault(L, err, 0);
  set_word(L, "category", reseal_category_name(reseal_error_category(err)));
  set_word(L, "retry", reseal_retry_name(reseal_error_retry(err)));
  set_word(L, "outcome", reseal_outcome_name(reseal_error_outcome(err)));
  set_word(L, "advice", reseal_error_advice(err));
  if (reseal_error_http_status(err)) set_number(L, "http_status", reseal_error_http_status(err));
  if (reseal_error_retry_after(err) >= 0) set_number(L, "retry_after", reseal_error_retry_after(err));
  if (reseal_error_offset(err) >= 0) set_number(L, "offset", reseal_error_offset(err));
  const char *handle = reseal_error_handle(err, &len);
  if (reseal_error_handle_number(err))
    set_number(L, "handle", reseal_error_handle_number(err));
  else
    set_text(L, "handle", handle, len);
  if (reseal_error_details(err)) {
    push_item(L, reseal_error_details(err), 0);
    lua_setfield(L, -2, "details");
  }
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_createtable(L, 0, 4);
    set_fault(L, err, i);
    lua_rawseti(L, -2, (int)i + 1);
  }
  lua_setfield(L, -2, "errors");
}

/* Pushes nil and the error. */
static int push_failure(lua_State *L, const reseal_error *err) {
  lua_pushnil(L);
  push_error(L, err);
  return 2;
}

/* Results. */

static void push_item(lua_State *L, const reseal_result *result, size_t item) {
  size_t len;
  const char *text = reseal_result_text(result, item, &len);
  int type = reseal_result_type(result, item);
  switch (type) {
    case RESEAL_ITEM_STRING:
      lua_pushlstring(L, text, len);
      return;
    case RESEAL_ITEM_INTEGER:
      lua_pushinteger(L, (lua_Integer)reseal_result_integer(result, item));
      return;
    case RESEAL_ITEM_BOOLEAN:
      lua_pushboolean(L, reseal_result_integer(result, item) != 0);
      return;
    case RESEAL_ITEM_NULL:
      lua_pushboolean(L, 0); /* nil would end the list */
      return;
    case RESEAL_ITEM_NUMBER:
      lua_pushnumber(L, (lua_Number)reseal_result_number(result, item));
      return;
    default:
      break;
  }
  bool list = type == RESEAL_ITEM_LIST;
  int children = (int)reseal_result_children(result, item);
  luaL_checkstack(L, 4, "the answer is nested too deeply");
  lua_createtable(L, list ? children : 0, list ? 0 : children);
  int number = 0;
  for (size_t at = reseal_result_first(result, item); at; at = reseal_result_next(result, at)) {
    if (list) {
      push_item(L, result, at);
      lua_rawseti(L, -2, ++number);
    } else {
      const char *name = reseal_result_name(result, at, &len);
      lua_pushlstring(L, name, len);
      push_item(L, result, at);
      lua_rawset(L, -3);
    }
  }
}

/* Parameters. */

/*
 * These stop at the first value that the codec does not take (too deep, too many, no memory): encode says so. Tables that hold
 * each other many times over are endless for any other walk.
 */
static int add_value(lua_State *L, reseal_params *params, int index, const char *name, size_t name_len);

/* A list when its keys are 1 to n; an object when they are all strings; 0 otherwise. */
static int table_type(lua_State *L, int index) {
  size_t numbers = 0, strings = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING)
      strings++;
    else if (lua_type(L, -1) == LUA_TNUMBER)
      numbers++;
    else
      strings = numbers = 1;
  }
  if (strings && numbers) return 0;
  if (strings) return RESEAL_ITEM_OBJECT;
  return numbers == lua_rawlen(L, index) ? RESEAL_ITEM_LIST : 0;
}

static int add_members(lua_State *L, reseal_params *params, int index) {
  int status = RESEAL_OK;
  luaL_checkstack(L, 6, "the parameters are nested too deeply");
  lua_pushnil(L);
  while (lua_next(L, index)) {
    size_t len;
    if (lua_type(L, -2) == LUA_TSTRING) {
      const char *name = lua_tolstring(L, -2, &len);
      status = add_value(L, params, lua_gettop(L), name, len);
    } else {
      /* A positional value: it becomes a parameter that nobody knows. */
      const char *name = lua_type(L, -2) == LUA_TNUMBER ? "[number]" : "[value]";
      status = reseal_params_other(params, name, strlen(name), name, strlen(name), NULL);
    }
    lua_pop(L, 1);
    if (status != RESEAL_OK) {
      lua_pop(L, 1);
      return status;
    }
  }
  return status;
}

static int add_items(lua_State *L, reseal_params *params, int index) {
  size_t count = lua_rawlen(L, index);
  luaL_checkstack(L, 6, "the parameters are nested too deeply");
  for (size_t i = 1; i <= count; i++) {
    lua_rawgeti(L, index, (int)i);
    int status = add_value(L, params, lua_gettop(L), NULL, 0);
    lua_pop(L, 1);
    if (status != RESEAL_OK) return status;
  }
  return RESEAL_OK;
}

static int add_table(lua_State *L, reseal_params *params, int index, const char *name, size_t name_len) {
  static const char mixed[] = "a table with gaps or mixed keys";
  int type = table_type(L, index);
  if (!type) return reseal_params_other(params, name, name_len, mixed, sizeof mixed - 1, NULL);
  int status = reseal_params_open(params, name, name_len, type, NULL);
  if (status == RESEAL_OK)
    status = type == RESEAL_ITEM_OBJECT ? add_members(L, params, index) : add_items(L, params, index);
  return status == RESEAL_OK ? reseal_params_close(params, NULL) : status;
}

static int add_value(lua_State *L, reseal_params *params, int index, const char *name, size_t name_len) {
  size_t len;
  switch (lua_type(L, index)) {
    case LUA_TSTRING: {
      const char *text = lua_tolstring(L, index, &len);
      return reseal_params_string(params, name, name_len, text, len, NULL);
    }
    case LUA_TNUMBER:
      if (lua_isinteger(L, index))
        return reseal_params_integer(params, name, name_len, (int64_t)lua_tointeger(L, index), NULL);
      return reseal_params_number(params, name, name_len, lua_tonumber(L, index), NULL);
    case LUA_TBOOLEAN:
      return reseal_params_boolean(params, name, name_len, lua_toboolean(L, index), NULL);
    case LUA_TTABLE:
      return add_table(L, params, index, name, name_len);
    case LUA_TLIGHTUSERDATA:
      /* cjson.null and its like */
      if (!lua_touserdata(L, index)) return reseal_params_null(params, name, name_len, NULL);
      break;
    default:
      break;
  }
  const char *what = lua_typename(L, lua_type(L, index));
  return reseal_params_other(params, name, name_len, what, strlen(what), NULL);
}

/* Methods of a handle. */

static int done(lua_State *L, const call *c, int status) {
  if (status != RESEAL_OK) return push_failure(L, c->object->err);
  lua_pushboolean(L, 1);
  return 1;
}

static int do_set(lua_State *L) {
  call *c = call_of(L);
  return done(L, c,
              reseal_account_set(c->object->account, c->name, c->name_len, c->value, c->value_len, c->object->err));
}

static int account_set(lua_State *L) {
  call c = {0};
  luaL_checkudata(L, 1, ACCOUNT_CLASS);
  c.name = luaL_checklstring(L, 2, &c.name_len);
  if (lua_isboolean(L, 3)) {
    lua_pushstring(L, lua_toboolean(L, 3) ? "true" : "false");
    lua_replace(L, 3);
  }
  c.value = luaL_checklstring(L, 3, &c.value_len);
  return run(L, &c, do_set, 0);
}

static int do_limit(lua_State *L) {
  call *c = call_of(L);
  return done(L, c, reseal_account_limit(c->object->account, c->limit, c->size, c->object->err));
}

static int account_limit(lua_State *L) {
  static const char *const names[] = {
      [RESEAL_LIMIT_BYTES] = "bytes", [RESEAL_LIMIT_DEPTH] = "depth", [RESEAL_LIMIT_ITEMS] = "items", NULL};
  call c = {0};
  luaL_checkudata(L, 1, ACCOUNT_CLASS);
  c.limit = luaL_checkoption(L, 2, NULL, names);
  luaL_checktype(L, 3, LUA_TNUMBER);
  lua_Number value = lua_tonumber(L, 3);
  luaL_argcheck(L, value >= 0 && value <= MOST_WHOLE && value == (lua_Number)(int64_t)value, 3,
                "must be a whole number, 0 for the default");
  c.size = (uint64_t)value > SIZE_MAX ? SIZE_MAX : (size_t)value;
  return run(L, &c, do_limit, 0);
}

static int do_endpoint(lua_State *L) {
  lua_pushstring(L, reseal_account_endpoint(call_of(L)->object->account));
  return 1;
}

static int account_endpoint(lua_State *L) {
  call c = {0};
  luaL_checkudata(L, 1, ACCOUNT_CLASS);
  return run(L, &c, do_endpoint, 0);
}

static void push_request(lua_State *L, const reseal_request *request) {
  size_t len;
  lua_createtable(L, 0, 5);
  set_word(L, "method", reseal_request_method(request));
  const char *text = reseal_request_url(request, &len);
  set_text(L, "url", text, len);
  text = reseal_request_body(request, &len);
  if (len) set_text(L, "body", text, len);
  set_word(L, "effect", reseal_effect_name(reseal_request_effect(request)));
  size_t headers = reseal_request_header_count(request);
  lua_createtable(L, 0, (int)headers);
  for (size_t i = 0; i < headers; i++) {
    text = reseal_request_header_value(request, i, &len);
    set_text(L, reseal_request_header_name(request, i), text, len);
  }
  lua_setfield(L, -2, "headers");
}

static int do_encode(lua_State *L) {
  call *c = call_of(L);
  account_object *object = c->object;
  reseal_params_clear(object->params);
  if (lua_istable(L, 2)) add_members(L, object->params, 2);
  int status = reseal_encode(object->account, c->name, c->name_len, object->params, &object->request, object->err);
  if (status != RESEAL_OK) return push_failure(L, object->err);
  push_request(L, object->request);
  return 1;
}

static int account_encode(lua_State *L) {
  call c = {0};
  luaL_checkudata(L, 1, ACCOUNT_CLASS);
  c.name = luaL_checklstring(L, 2, &c.name_len);
  if (!lua_isnoneornil(L, 3)) luaL_checktype(L, 3, LUA_TTABLE);
  lua_settop(L, 3);
  return run(L, &c, do_encode, 3);
}

/* The header `name` with the value on top of the stack. What is no text is no header. */
static void add_header(lua_State *L, reseal_response *response, const char *name, size_t name_len) {
  size_t len;
  if (lua_type(L, -1) != LUA_TSTRING && lua_type(L, -1) != LUA_TNUMBER) return;
  lua_pushvalue(L, -1); /* lua_tolstring changes what it converts */
  const char *value = lua_tolstring(L, -1, &len);
  reseal_response_header(response, name, name_len, value, len);
  lua_pop(L, 1);
}

/* The headers at `table`, name to value or list of values. */
static void add_headers(lua_State *L, reseal_response *response, int table) {
  if (!lua_istable(L, table)) return;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    if (lua_type(L, -2) == LUA_TSTRING) {
      size_t name_len;
      const char *name = lua_tolstring(L, -2, &name_len);
      if (lua_istable(L, -1)) {
        for (int i = 1, count = (int)lua_rawlen(L, -1); i <= count; i++) {
          lua_rawgeti(L, -1, i);
          add_header(L, response, name, name_len);
          lua_pop(L, 1);
        }
      } else {
        add_header(L, response, name, name_len);
      }
    }
    lua_pop(L, 1);
  }
}

/* An HTTP status, also as its digits. */
static int check_status(lua_State *L, int index) {
  lua_Number status = -1;
  if (lua_type(L, index) == LUA_TNUMBER) {
    status = lua_tonumber(L, index);
  } else if (lua_type(L, index) == LUA_TSTRING) {
    const char *text = lua_tostring(L, index);
    size_t len = strspn(text, "0123456789");
    if (len == lua_rawlen(L, index) && len >= 1 && len <= 3)
      for (status = 0; *text; text++) status = status * 10 + (*text - '0');
  }
  luaL_argcheck(L, status >= 0 && status <= 999 && status == (lua_Number)(int)status, 3,
                "response.status must be a whole number from 0 to 999");
  return (int)status;
}

static int check_effect(lua_State *L, int index) {
  static const char *const names[] = {[RESEAL_EFFECT_OWN] = "",
                                      [RESEAL_EFFECT_READ] = "read",
                                      [RESEAL_EFFECT_CHANGE] = "change",
                                      [RESEAL_EFFECT_PURCHASE] = "purchase",
                                      NULL};
  return lua_isnoneornil(L, index) ? RESEAL_EFFECT_OWN : luaL_checkoption(L, index, NULL, names);
}

/* What both ways to decode take: the method, the answer and the effect. Leaves the headers at 5. */
static void check_answer(lua_State *L, call *c) {
  luaL_checkudata(L, 1, ACCOUNT_CLASS);
  c->name = luaL_checklstring(L, 2, &c->name_len);
  luaL_checktype(L, 3, LUA_TTABLE);
  c->effect = check_effect(L, 4);
  lua_settop(L, 4);
  lua_getfield(L, 3, "headers");
  lua_getfield(L, 3, "status");
  c->status = check_status(L, 6);
}

static int do_decode(lua_State *L) {
  call *c = call_of(L);
  account_object *object = c->object;
  reseal_response_start(object->response, c->status);
  add_headers(L, object->response, 2);
  if (c->is_cut)
    reseal_response_cut(object->response, c->received);
  else
    reseal_response_body(object->response, c->value, c->value_len);
  int status =
      reseal_decode(object->account, c->name, c->name_len, c->effect, object->response, &object->result, object->err);
  if (c->is_cut) {
    push_error(L, object->err);
    return 1;
  }
  if (status != RESEAL_OK) return push_failure(L, object->err);
  push_item(L, object->result, 0);
  return 1;
}

static int account_decode(lua_State *L) {
  call c = {0};
  check_answer(L, &c);
  lua_getfield(L, 3, "body");
  if (!lua_isnil(L, -1)) {
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 3, "response.body must be a string");
    c.value = lua_tolstring(L, -1, &c.value_len);
  }
  return run(L, &c, do_decode, 5);
}

/* An answer of which only the head came, and perhaps `received` bytes of the body: the error that it is, in any case. */
static int account_decode_cut(lua_State *L) {
  call c = {.is_cut = 1, .received = -1};
  check_answer(L, &c);
  lua_getfield(L, 3, "received");
  lua_Number received = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumber(L, -1) : -1;
  if (received >= 0 && received <= MOST_WHOLE) c.received = (int64_t)received;
  return run(L, &c, do_decode, 5);
}

static int account_tostring(lua_State *L) {
  account_object *object = luaL_checkudata(L, 1, ACCOUNT_CLASS);
  lua_settop(L, 1);
  if (!object->account || object->busy) {
    lua_pushstring(L, object->account ? ACCOUNT_CLASS " (in use)" : ACCOUNT_CLASS " (closed)");
    return 1;
  }
  account_endpoint(L);
  lua_pushfstring(L, ACCOUNT_CLASS " (%s)", lua_tostring(L, -1));
  return 1;
}

/* Functions of the module. */

static int core_new(lua_State *L) {
  size_t len;
  const char *provider = luaL_checklstring(L, 1, &len);
  account_object *object = reseal__lua_object(L, ACCOUNT_CLASS, sizeof *object);
  need_error(L, object);
  if (reseal_account_new(&object->account, provider, len, NULL, NULL, object->err) != RESEAL_OK ||
      reseal_params_new(&object->params, object->account, object->err) != RESEAL_OK ||
      reseal_response_new(&object->response, object->account, object->err) != RESEAL_OK)
    return push_failure(L, object->err);
  return 1;
}

/* What introspection gives, as a table. */
static int push_introspection(lua_State *L, account_object *scratch, int status) {
  if (status != RESEAL_OK) return push_failure(L, scratch->err);
  push_item(L, scratch->result, 0);
  drop(scratch);
  return 1;
}

static account_object *new_scratch(lua_State *L) {
  account_object *scratch = reseal__lua_object(L, SCRATCH_CLASS, sizeof *scratch);
  need_error(L, scratch);
  return scratch;
}

static int core_describe(lua_State *L) {
  size_t provider_len, method_len, edition_len;
  const char *provider = luaL_optlstring(L, 1, "", &provider_len);
  const char *method = luaL_optlstring(L, 2, "", &method_len);
  const char *edition = luaL_optlstring(L, 3, "", &edition_len);
  account_object *scratch = new_scratch(L);
  return push_introspection(L, scratch,
                            reseal_describe(provider, provider_len, method, method_len, edition, edition_len,
                                            &scratch->result, scratch->err));
}

static int core_settings(lua_State *L) {
  size_t len;
  const char *provider = luaL_checklstring(L, 1, &len);
  account_object *scratch = new_scratch(L);
  return push_introspection(L, scratch, reseal_settings(provider, len, &scratch->result, scratch->err));
}

static int core_statuses(lua_State *L) {
  size_t len;
  const char *provider = luaL_checklstring(L, 1, &len);
  account_object *scratch = new_scratch(L);
  return push_introspection(L, scratch, reseal_statuses(provider, len, &scratch->result, scratch->err));
}

static int core_roles(lua_State *L) {
  account_object *scratch = new_scratch(L);
  return push_introspection(L, scratch, reseal_roles(&scratch->result, scratch->err));
}

static int core_limits(lua_State *L) {
  account_object *scratch = new_scratch(L);
  return push_introspection(L, scratch, reseal_limits(&scratch->result, scratch->err));
}

/* core.url(text) -> "https" | "loopback" | nil: where a request to it may go. */
static int core_url(lua_State *L) {
  static const char *const leads[] = {
      [RESEAL_URL_REFUSED] = NULL, [RESEAL_URL_HTTPS] = "https", [RESEAL_URL_LOOPBACK] = "loopback"};
  size_t len;
  const char *url = luaL_checklstring(L, 1, &len);
  lua_pushstring(L, leads[reseal_url_check(url, len)]);
  return 1;
}

/* core.distance(name, candidate) -> integer | nil: too far to have been meant. */
static int core_distance(lua_State *L) {
  size_t name_len, candidate_len;
  const char *name = luaL_checklstring(L, 1, &name_len), *candidate = luaL_checklstring(L, 2, &candidate_len);
  int distance = reseal_name_distance(name, name_len, candidate, candidate_len);
  if (distance < 0)
    lua_pushnil(L);
  else
    lua_pushinteger(L, distance);
  return 1;
}

static int core_errors(lua_State *L) {
  size_t provider_len, code_len;
  const char *provider = luaL_checklstring(L, 1, &provider_len);
  /* A code may be a number, which 5.3 and later would write with .0 were it a float. No row has any but a whole one. */
  lua_Number number = lua_type(L, 2) == LUA_TNUMBER ? lua_tonumber(L, 2) : -1;
  if (number >= 0 && number <= MOST_WHOLE && number == (lua_Number)(int64_t)number) {
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)number);
    lua_pushstring(L, digits);
    lua_replace(L, 2);
  }
  const char *code = luaL_optlstring(L, 2, "", &code_len);
  account_object *scratch = new_scratch(L);
  return push_introspection(L, scratch,
                            reseal_errors(provider, provider_len, code, code_len, &scratch->result, scratch->err));
}

static const luaL_Reg methods[] = {
    {"set", account_set},
    {"limit", account_limit},
    {"encode", account_encode},
    {"decode", account_decode},
    {"decode_cut", account_decode_cut},
    {"close", account_close},
    {"endpoint", account_endpoint},
    {NULL, NULL},
};

static const luaL_Reg no_methods[] = {{NULL, NULL}};

static const luaL_Reg functions[] = {
    {"new", core_new},           {"describe", core_describe},
    {"settings", core_settings}, {"statuses", core_statuses},
    {"roles", core_roles},       {"errors", core_errors},
    {"limits", core_limits},     {"url", core_url},
    {"distance", core_distance}, {NULL, NULL},
};

RESEAL_LUA_EXPORT int luaopen_reseal_core_native(lua_State *L);

RESEAL_LUA_EXPORT int luaopen_reseal_core_native(lua_State *L) {
  luaL_checkversion(L);
  reseal__lua_stay();
  reseal__lua_class(L, ACCOUNT_CLASS, methods, account_close);
  luaL_getmetatable(L, ACCOUNT_CLASS);
  lua_pushcfunction(L, account_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pop(L, 1);
  reseal__lua_class(L, SCRATCH_CLASS, no_methods, scratch_close);
  luaL_newlib(L, functions);
  lua_pushstring(L, reseal_version());
  lua_setfield(L, -2, "_VERSION");
  lua_pushliteral(L, "c");
  lua_setfield(L, -2, "binding");
  return 1;
}
