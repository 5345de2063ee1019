/*
 * Lua states in threads that load the C module, use it and are closed. The last one that goes would take the module and libxml2
 * out of memory, whose code the end of each thread still calls: a process that did so died at the first thread's end.
 */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lua.h>

#include <lauxlib.h>
#include <lualib.h>

enum { THREADS = 8, ROUNDS = 3 };

static const char *cpath;
static pthread_barrier_t all_closed;

static const char script[] = "local core = require 'reseal.core.native'\n"
                             "for i = 1, 5 do\n"
                             "  local c = core.new 'namecheap'\n"
                             "  local body = '<ApiResponse Status=\"OK\"><CommandResponse><SSLRenewResult "
                             "CertificateID=\"' .. i .. '\" OrderId=\"2\"/>'\n"
                             "    .. '</CommandResponse></ApiResponse>'\n"
                             "  assert(c:decode('renew', {status = 200, body = body}).CertificateID == i)\n"
                             "  if i % 2 == 0 then c:close() end\n"
                             "end\n";

static void *use_module(void *failure) {
  for (int round = 0; round < ROUNDS; round++) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    lua_getglobal(L, "package");
    lua_pushstring(L, cpath);
    lua_setfield(L, -2, "cpath");
    lua_pop(L, 1);
    if (luaL_dostring(L, script)) {
      fprintf(stderr, "%s\n", lua_tostring(L, -1));
      *(int *)failure = 1;
    }
    lua_close(L);
  }
  pthread_barrier_wait(&all_closed);
  return NULL;
}

/* In a process of its own, which may die. */
static void use_in_threads(const char *path) {
  cpath = path;
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    pthread_t threads[THREADS];
    int failures[THREADS] = {0}, failed = 0;
    pthread_barrier_init(&all_closed, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) failed |= pthread_create(&threads[i], NULL, use_module, &failures[i]) != 0;
    for (int i = 0; i < THREADS; i++) {
      pthread_join(threads[i], NULL);
      failed |= failures[i];
    }
    _exit(failed);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static void end_with_their_threads(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) use_in_threads(BUILT);
}

/* As LuaRocks builds it, whose linker is told nothing. */
static void end_with_their_threads_whatever_the_linker_was_told(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) use_in_threads(LOOSE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(end_with_their_threads),
      cmocka_unit_test(end_with_their_threads_whatever_the_linker_was_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
