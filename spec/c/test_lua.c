/* The C module under a Lua whose memory the test gives: counted, and failing. */
#include "support.h"

#include <lua.h>

#include <lauxlib.h>
#include <lualib.h>

#include "codec/account.h"

int luaopen_reseal_core_native(lua_State *L);

/* Counts what is asked for; from the n-th request on (0: never) a number of them fail. */
typedef struct lua_heap {
  uint64_t asked;
  size_t requests, fail_at, fail_until;
} lua_heap;

static void *give(void *context, void *ptr, size_t old_size, size_t size) {
  lua_heap *h = context;
  if (size == 0) {
    free(ptr);
    return NULL;
  }
  /* Shrinking never fails: Lua relies on that. */
  size_t have = ptr ? old_size : 0;
  if (size > have) {
    h->requests++;
    if (h->fail_at && h->requests >= h->fail_at && h->requests < h->fail_until) return NULL;
    h->asked += size;
  }
  return realloc(ptr, size);
}

static lua_State *open_state(lua_heap *h) {
  *h = (lua_heap){0};
  lua_State *L = lua_newstate(give, h);
  /* Not every LuaJIT takes memory from elsewhere. */
  if (!L) L = luaL_newstate();
  assert_non_null(L);
  luaL_openlibs(L);
  lua_pushcfunction(L, luaopen_reseal_core_native);
  lua_call(L, 0, 1);
  lua_setglobal(L, "core");
  return L;
}

static void run(lua_State *L, const char *code) {
  if (luaL_loadstring(L, code) || lua_pcall(L, 0, 0, 0)) fail_msg("%s", lua_tostring(L, -1));
}

static uint64_t cost_of_headers(int count, const char *form) {
  lua_heap h;
  lua_State *L = open_state(&h);
  lua_pushinteger(L, count);
  lua_setglobal(L, "count");
  lua_pushstring(L, form);
  lua_setglobal(L, "form");
  run(L, "c = core.new 'realtimeregister'; headers = {}\n"
         "for i = 1, count do\n"
         "  if form == 'lists' then headers.X = headers.X or {}; headers.X[i] = ('v%07d'):format(i)\n"
         "  else headers[('X-%07d'):format(i)] = 'v' end\n"
         "end\n"
         "headers['X-Process-Id'] = '42'\n"
         "answer = {status = 202, headers = headers, body = ''}\n"
         "collectgarbage(); collectgarbage 'stop'");
  uint64_t before = h.asked;
  run(L, "assert(c:decode('renew', answer).processId == 42)");
  uint64_t asked = h.asked - before;
  lua_close(L);
  return asked;
}

static void header_lines_cost_what_their_number_is(void **state) {
  (void)state;
  static const char *const forms[] = {"names", "lists"};
  for (int i = 0; i < 2; i++) {
    uint64_t once = cost_of_headers(2000, forms[i]), four_times = cost_of_headers(8000, forms[i]);
    assert_true(four_times <= once * 5 + 64 * 1024);
    assert_true(four_times <= 8000 * 200);
  }
}

/* The parameters that a handle of the module has collected; see account_object in core.c. */
static const reseal_params *params_of(lua_State *L, const char *handle) {
  lua_getglobal(L, handle);
  void **object = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return object[1];
}

/* A walk through parameters that Lua's memory ends leaves nothing to be sent by the next call, and nothing to be found. */
static void nothing_stays_of_a_call_that_ran_out_of_memory(void **state) {
  (void)state;
  lua_heap h;
  size_t failures = 0;
  for (size_t n = 1; n < 400; n++) {
    lua_State *L = open_state(&h);
    run(L, "c = core.new 'realtimeregister'; c:set('api_key', 'ZXhhbXBsZS8wMTIz')\n"
           "deep = {csr = 'SECRET IN A PARAMETER'}\n"
           "for i = 1, 50 do deep = {csr = 'SECRET IN A PARAMETER', san = {'SECRET', deep}} end\n"
           "deep.certificateId = 7\n"
           "function call() return c:encode('reissue', deep) end\n"
           "collectgarbage(); collectgarbage 'stop'");
    lua_getglobal(L, "call");
    h.requests = 0;
    h.fail_at = n;
    h.fail_until = n + 50;
    int status = lua_pcall(L, 0, 0, 0);
    size_t requests = h.requests;
    h.fail_at = 0;
    const reseal_params *params = params_of(L, "c");
    assert_int_equal(params->tree.count, 1);
    for (size_t i = 0; i + 6 <= params->tree.bytes.capacity; i++)
      assert_memory_not_equal(params->tree.bytes.data + i, "SECRET", 6);
    run(L, "local request = assert(c:encode('get', {certificateId = 7}))\n"
           "assert(request.url:find '/certificates/7$' and not request.body, request.url)");
    lua_close(L);
    failures += status != 0;
    if (requests < n) break;
  }
  assert_true(failures > 5);
}

/* A result that can't be handed over whole is freed, and the handle is as good as new. */
static void nothing_stays_of_an_answer_that_did_not_fit(void **state) {
  (void)state;
  lua_heap h;
  size_t failures = 0;
  for (size_t n = 1; n < 400; n++) {
    lua_State *L = open_state(&h);
    run(L, "c = core.new 'realtimeregister'\n"
           "good = {status = 202, headers = {['X-Process-Id'] = '42'}, body = "
           "'{\"commonName\":\"a.bc\",\"x\":[1,{\"y\":[2.5]}]}'}\n"
           "bad = {status = 400, headers = {['X-Process-Id'] = '42'}, body = "
           "'{\"type\":\"X\",\"message\":\"y\",\"z\":1}'}\n"
           "function call() c:decode('renew', good); c:decode('renew', bad); return c:decode_cut('renew', bad) end\n"
           "collectgarbage(); collectgarbage 'stop'");
    lua_getglobal(L, "call");
    h.requests = 0;
    h.fail_at = n;
    h.fail_until = n + 50;
    int status = lua_pcall(L, 0, 0, 0);
    size_t requests = h.requests;
    h.fail_at = 0;
    run(L, "assert(c:decode('renew', good).x[2].y[1] == 5 / 2)\n"
           "local _, err = c:decode('renew', bad); assert(err.handle == 42 and err.outcome == 'unknown')\n"
           "c:close()");
    lua_close(L);
    failures += status != 0;
    if (requests < n) break;
  }
  assert_true(failures > 5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(header_lines_cost_what_their_number_is),
      cmocka_unit_test(nothing_stays_of_a_call_that_ran_out_of_memory),
      cmocka_unit_test(nothing_stays_of_an_answer_that_did_not_fit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
