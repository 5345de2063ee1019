/*
 * reseal.curl - the libcurl transport for Lua.
 *
 * libcurl calls no Lua, and while the transport is in use no metamethod or finaliser runs: fields are read before, and
 * the answer is converted from a userdata of its own afterwards. Everything that must be freed belongs to a userdata, so
 * a Lua error on the way leaks nothing.
 */
#include "compat.h"

#include "../curl/look.h"
#include "../curl/transport.h"
#include "codec/limits.h"

#define CLASS "reseal.curl"
#define ANSWER "reseal.curl.answer"
#define SEEN "reseal.curl.seen"

typedef struct {
  reseal__curl *curl;
} transport;

/* Field `name` of the table at `i` as a string that stays on the stack, or NULL. With `len` NULL: no NUL in it. */
static const char *field_string(lua_State *L, int i, const char *name, size_t *len) {
  lua_getfield(L, i, name);
  if (lua_isnil(L, -1)) return NULL;
  if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "%s must be a string, not %s", name, luaL_typename(L, -1));
  size_t own = 0;
  const char *string = lua_tolstring(L, -1, &own);
  if (len)
    *len = own;
  else if (strlen(string) != own)
    luaL_error(L, "%s has a NUL byte", name);
  return string;
}

/* Field `name` as a positive number, or 0 where it is absent. */
static double field_number(lua_State *L, int i, const char *name) {
  double number = 0;
  lua_getfield(L, i, name);
  if (!lua_isnil(L, -1)) {
    number = lua_type(L, -1) == LUA_TNUMBER ? (double)lua_tonumber(L, -1) : 0;
    if (!(number > 0)) luaL_error(L, "%s must be a number above 0", name);
  }
  lua_pop(L, 1);
  return number;
}

/* The bytes of max_body: whole ones, at least 1, and no more than anybody may wish for. */
static size_t field_size(lua_State *L, int i, const char *name) {
  double number = field_number(L, i, name);
  if (number == 0) return 0;
  return number < 1 ? 1 : number > RESEAL__MOST_BYTES ? RESEAL__MOST_BYTES : (size_t)number;
}

static reseal__curl *check_open(lua_State *L) {
  transport *t = luaL_checkudata(L, 1, CLASS);
  if (!t->curl) luaL_argerror(L, 1, "the transport is closed");
  return t->curl;
}

/* Hands the headers of the request (a table at the top, or nil) to the transport. */
static int add_headers(lua_State *L, reseal__curl *curl, reseal__curl_fault *fault) {
  if (lua_isnil(L, -1)) return 0;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
      return luaL_error(L, "headers must be strings with string names");
    size_t name_len, value_len;
    const char *name = lua_tolstring(L, -2, &name_len);
    const char *value = lua_tolstring(L, -1, &value_len);
    if (reseal__curl_header(curl, name, name_len, value, value_len, fault) != 0) return -1;
  }
  return 0;
}

/* The value at the top becomes headers[name], or joins what is there: then headers[name] is an array. */
static void add_answer_header(lua_State *L, const char *name, size_t name_len) {
  lua_pushlstring(L, name, name_len); /* headers, value, name */
  lua_pushvalue(L, -1);
  lua_rawget(L, -4);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_insert(L, -2);
    lua_rawset(L, -3);
    return;
  }
  if (lua_type(L, -1) != LUA_TTABLE) {
    lua_createtable(L, 2, 0);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 1); /* headers, value, name, array */
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -6);
  }
  lua_pushvalue(L, -3);
  lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  lua_pop(L, 3);
}

static void set_headers(lua_State *L, const reseal__curl_answer *answer) {
  const char *name, *value;
  size_t cursor = 0, name_len, value_len;
  lua_newtable(L);
  while (reseal__curl_answer_header(answer, &cursor, &name, &name_len, &value, &value_len)) {
    lua_pushlstring(L, value, value_len);
    add_answer_header(L, name, name_len);
  }
  lua_setfield(L, -2, "headers");
}

static void push_answer(lua_State *L, const reseal__curl_answer *answer) {
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, answer->status);
  lua_setfield(L, -2, "status");
  set_headers(L, answer);
  lua_pushlstring(L, answer->body_len ? answer->body : "", answer->body_len);
  lua_setfield(L, -2, "body");
}

/* Pushes nil and the failure, with what had come of the answer (NULL: nothing). */
static int push_fault(lua_State *L, const reseal__curl_fault *fault, const reseal__curl_answer *answer) {
  lua_pushnil(L);
  lua_createtable(L, 0, 6);
  lua_pushstring(L, fault->code);
  lua_setfield(L, -2, "code");
  lua_pushstring(L, fault->message);
  lua_setfield(L, -2, "message");
  lua_pushboolean(L, fault->sent);
  lua_setfield(L, -2, "sent");
  if (answer && answer->status) {
    lua_pushinteger(L, answer->status);
    lua_setfield(L, -2, "status");
    set_headers(L, answer);
    lua_pushinteger(L, (lua_Integer)answer->received);
    lua_setfield(L, -2, "received");
  }
  return 2;
}

static int refuse(lua_State *L, const char *code, const char *message) {
  reseal__curl_fault fault = {code, false, ""};
  strncat(fault.message, message, sizeof fault.message - 1);
  return push_fault(L, &fault, NULL);
}

/* curl.new{ca_file=, ca_path=, proxy=} -> transport | nil, {code=, message=, sent=false} */
static int l_new(lua_State *L) {
  reseal__curl_options options = {NULL, NULL, NULL};
  lua_settop(L, 1);
  if (!lua_isnil(L, 1)) {
    luaL_checktype(L, 1, LUA_TTABLE);
    options.ca_file = field_string(L, 1, "ca_file", NULL);
    options.ca_path = field_string(L, 1, "ca_path", NULL);
    options.proxy = field_string(L, 1, "proxy", NULL);
  }
  reseal__curl_fault fault;
  transport *t = reseal__lua_object(L, CLASS, sizeof *t);
  if (reseal__curl_new(&t->curl, &options, &fault) != 0) return push_fault(L, &fault, NULL);
  return 1;
}

/*
 * transport:perform(request, options) -> {status=, headers=, body=} | nil, {code=, message=, sent=}; of an answer that
 * was cut in its body, the failure also has status, headers and received (bytes).
 */
static int l_perform(lua_State *L) {
  reseal__curl_request request = {0};
  check_open(L);
  lua_settop(L, 3);
  luaL_checktype(L, 2, LUA_TTABLE);
  if (!lua_isnil(L, 3)) {
    luaL_checktype(L, 3, LUA_TTABLE);
    request.timeout = field_number(L, 3, "timeout");
    request.connect_timeout = field_number(L, 3, "connect_timeout");
    request.max_body = field_size(L, 3, "max_body");
    lua_getfield(L, 3, "fresh");
    request.fresh = lua_toboolean(L, -1);
  }
  size_t url_len = 0, method_len = 0;
  request.method = field_string(L, 2, "method", &method_len);
  request.url = field_string(L, 2, "url", &url_len);
  request.body = field_string(L, 2, "body", &request.body_len);
  if (!request.method || !request.url) return luaL_error(L, "a request has a method and a url");
  if (strlen(request.method) != method_len) return refuse(L, "bad_method", "the method has a NUL byte");
  if (strlen(request.url) != url_len) return refuse(L, "bad_url", "the URL has a NUL byte");
  reseal__curl_answer *answer = reseal__lua_object(L, ANSWER, sizeof *answer);
  lua_getfield(L, 2, "headers");
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TTABLE) return luaL_error(L, "headers must be a table");
  reseal__curl *curl = check_open(L); /* again: a metamethod of the request may have closed it */
  reseal__curl_release(curl);         /* what an error left half-way */
  reseal__curl_fault fault;
  int status = add_headers(L, curl, &fault);
  if (status == 0)
    status = reseal__curl_perform(curl, &request, answer, &fault);
  else
    reseal__curl_release(curl);
  if (status != 0)
    push_fault(L, &fault, answer);
  else
    push_answer(L, answer);
  reseal__curl_answer_clear(answer);
  return status != 0 ? 2 : 1;
}

static int l_answer_clear(lua_State *L) {
  reseal__curl_answer_clear(luaL_checkudata(L, 1, ANSWER));
  return 0;
}

/* transport:close(); also the finaliser. */
static int l_close(lua_State *L) {
  transport *t = luaL_checkudata(L, 1, CLASS);
  reseal__curl *curl = t->curl;
  t->curl = NULL;
  reseal__curl_free(curl);
  return 0;
}

static int l_seen_clear(lua_State *L) {
  reseal__curl_seen_clear(luaL_checkudata(L, 1, SEEN));
  return 0;
}

/* Argument `i`: a string without a NUL byte. */
static const char *check_text(lua_State *L, int i) {
  size_t len;
  const char *text = luaL_checklstring(L, i, &len);
  luaL_argcheck(L, strlen(text) == len, i, "it has a NUL byte");
  return text;
}

/* curl.page(url, {at=, redirects=, timeout=, max_body=}) -> status, body | nil, message; see csrc/curl/look.h */
static int l_page(lua_State *L) {
  const char *url = check_text(L, 1), *at = NULL;
  double timeout = 0;
  size_t most = 0;
  int redirects = 0;
  lua_settop(L, 2);
  if (!lua_isnil(L, 2)) {
    luaL_checktype(L, 2, LUA_TTABLE);
    timeout = field_number(L, 2, "timeout");
    most = field_size(L, 2, "max_body");
    redirects = (int)field_size(L, 2, "redirects");
    at = field_string(L, 2, "at", NULL);
  }
  reseal__curl_seen *seen = reseal__lua_object(L, SEEN, sizeof *seen);
  int result = reseal__curl_page(url, at, redirects, timeout, most ? most : 65536, seen);
  if (result == 0) {
    lua_pushinteger(L, seen->status);
    lua_pushlstring(L, seen->len ? seen->bytes : "", seen->len);
  } else {
    lua_pushnil(L);
    lua_pushstring(L, seen->message);
  }
  reseal__curl_seen_clear(seen);
  return 2;
}

/* curl.served(name, at, timeout) -> PEM of the certificates that are served, the leaf first | nil, message */
static int l_served(lua_State *L) {
  const char *name = check_text(L, 1), *at = check_text(L, 2);
  double timeout = (double)luaL_optnumber(L, 3, 0);
  reseal__curl_seen *seen = reseal__lua_object(L, SEEN, sizeof *seen);
  int result = reseal__curl_served(name, at, timeout, seen);
  if (result == 0) {
    lua_pushlstring(L, seen->bytes, seen->len);
    reseal__curl_seen_clear(seen);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, seen->message);
  return 2;
}

static const luaL_Reg none[] = {{NULL, NULL}};
static const luaL_Reg methods[] = {{"perform", l_perform}, {"close", l_close}, {NULL, NULL}};
static const luaL_Reg functions[] = {{"new", l_new}, {"page", l_page}, {"served", l_served}, {NULL, NULL}};

RESEAL_LUA_EXPORT int luaopen_reseal_curl(lua_State *L);

RESEAL_LUA_EXPORT int luaopen_reseal_curl(lua_State *L) {
  luaL_checkversion(L);
  reseal__lua_stay();
  reseal__lua_class(L, CLASS, methods, l_close);
  reseal__lua_class(L, ANSWER, none, l_answer_clear);
  reseal__lua_class(L, SEEN, none, l_seen_clear);
  luaL_newlib(L, functions);
  return 1;
}
