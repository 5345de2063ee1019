/*
 * SQLite behind csrc/sql/sql.h, in C: every allocation fails once, ours and SQLite's; a fork; numbers in other locales.
 * The sources are included, so that their allocations come from here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

/* Counts down to the allocation that fails; below 0 none does. */
static long remaining = -1;
static int failures;

static bool fails(void) {
  if (remaining < 0) return false;
  if (remaining-- > 0) return false;
  failures++;
  return true;
}

static void *try_malloc(size_t size) {
  return fails() ? NULL : (malloc)(size);
}

static void *try_calloc(size_t count, size_t size) {
  return fails() ? NULL : (calloc)(count, size);
}

static void *try_realloc(void *at, size_t size) {
  return fails() ? NULL : (realloc)(at, size);
}

#define malloc(size) try_malloc(size)
#define calloc(count, size) try_calloc(count, size)
#define realloc(at, size) try_realloc(at, size)
#include "sql/sql.c"
#include "sql/sqlite.c"
#undef malloc
#undef calloc
#undef realloc

/* SQLite's allocations, each with its size in front. */
typedef union {
  size_t size;
  max_align_t aligned;
} header;

static void *lite_malloc(int size) {
  header *at = fails() ? NULL : malloc(sizeof *at + (size_t)size);
  if (!at) return NULL;
  at->size = (size_t)size;
  return at + 1;
}

static void lite_free(void *at) {
  if (at) free((header *)at - 1);
}

static void *lite_realloc(void *at, int size) {
  header *grown = fails() ? NULL : realloc((header *)at - 1, sizeof *grown + (size_t)size);
  if (!grown) return NULL;
  grown->size = (size_t)size;
  return grown + 1;
}

static int lite_size(void *at) {
  return at ? (int)((header *)at - 1)->size : 0;
}

static int lite_round(int size) {
  return (size + 7) & ~7;
}

static int lite_init(void *of) {
  (void)of;
  return SQLITE_OK;
}

static void lite_end(void *of) {
  (void)of;
}

/* In memory where there is such a place: hundreds of files are synced. */
static char places[][32] = {"/dev/shm/reseal-sqlite-XXXXXX", "/tmp/reseal-sqlite-XXXXXX"};
static char path[64];

static void sweep(void) {
  char name[80];
  static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
  for (size_t i = 0; i < 4; i++) {
    snprintf(name, sizeof name, "%s%s", path, ends[i]);
    unlink(name);
  }
}

static int open_at(reseal__sql **db, reseal__sql_fault *fault) {
  reseal__sql_options options = {path, "test", 1, 1, 5, 5, 5};
  return reseal__sql_open(db, &options, fault);
}

static int execute(reseal__sql *db, const char *statement, const reseal__sql_value *values, size_t count,
                   reseal__sql_result **result, reseal__sql_fault *fault) {
  return reseal__sql_execute(db, statement, strlen(statement), values, count, result, fault);
}

static int simply(reseal__sql *db, const char *statement, reseal__sql_fault *fault) {
  reseal__sql_result *result;
  int status = execute(db, statement, NULL, 0, &result, fault);
  reseal__sql_result_free(result);
  return status;
}

static int64_t number(reseal__sql *db, const char *statement) {
  reseal__sql_result *result;
  reseal__sql_value value;
  reseal__sql_fault fault;
  assert_int_equal(execute(db, statement, NULL, 0, &result, &fault), 0);
  assert_int_equal(reseal__sql_rows(result), 1);
  assert_int_equal(reseal__sql_cell(result, 0, 0, &value), 0);
  reseal__sql_result_free(result);
  return value.integer;
}

/* All that a connection does, once. -1: a fault, which is remaining in *fault; *committed whether the transaction was. */
static int everything(reseal__sql_fault *fault, bool *committed) {
  reseal__sql *db;
  reseal__sql_result *result = NULL;
  char bytes[300];
  reseal__sql_value values[2] = {{RESEAL__SQL_INTEGER, INT64_MAX, 0, NULL, 0},
                                 {RESEAL__SQL_BYTES, 0, 0, bytes, sizeof bytes}};
  int status = -1;
  memset(bytes, 7, sizeof bytes);
  *committed = false;
  if (open_at(&db, fault) != 0) return -1;
  if (simply(db, "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, data BLOB, flag BOOLEAN)", fault) != 0)
    goto done;
  if (reseal__sql_begin(db, true, fault) != 0) goto done;
  if (execute(db, "INSERT INTO t VALUES ($1, $2, 1)", values, 2, &result, fault) != 0) goto undo;
  reseal__sql_result_free(result);
  if (execute(db, "SELECT data, flag, 'text' AS text, 0.5 AS real FROM t", NULL, 0, &result, fault) != 0) goto undo;
  assert_int_equal(reseal__sql_rows(result), 1);
  assert_int_equal(reseal__sql_columns(result), 4);
  assert_int_equal(reseal__sql_cell(result, 0, 0, &values[0]), 0);
  assert_int_equal(values[0].len, sizeof bytes);
  assert_memory_equal(values[0].bytes, bytes, sizeof bytes);
  reseal__sql_result_free(result);
  status = reseal__sql_commit(db, fault);
  *committed = status == 0;
  goto done;
undo:
  reseal__sql_rollback(db);
done:
  reseal__sql_close(db);
  return status;
}

static void each_allocation_fails_once(void **state) {
  (void)state;
  long at;
  int refused = 0, unknown = 0;
  for (at = 0; at < 100000; at++) {
    reseal__sql_fault fault = {0};
    bool committed;
    sweep();
    remaining = at;
    failures = 0;
    int status = everything(&fault, &committed);
    remaining = -1;
    if (status != 0) {
      assert_true(fault.kind == RESEAL__SQL_MEMORY || fault.kind == RESEAL__SQL_OTHER ||
                  fault.kind == RESEAL__SQL_CONNECTION);
      assert_true(fault.message[0] != 0);
      if (fault.unknown)
        unknown++;
      else
        refused++;
    }
    /* What was said to be so is so. */
    reseal__sql *db;
    reseal__sql_fault ignored;
    assert_int_equal(open_at(&db, &ignored), 0);
    assert_int_equal(
        simply(db, "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, data BLOB, flag BOOLEAN)", &ignored), 0);
    int64_t there = number(db, "SELECT count(*) AS n FROM t");
    if (committed) assert_int_equal(there, 1);
    if (!committed && !fault.unknown) assert_int_equal(there, 0);
    assert_int_equal(number(db, "SELECT count(*) AS n FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
    reseal__sql_close(db);
    if (failures == 0) break;
  }
  print_message("%ld allocations; refused %d, unknown %d\n", at, refused, unknown);
  assert_true(at > 100 && at < 100000);
  assert_true(refused > 50);
}

/* A child has nothing of its parent's connection, and ends it for nobody. */
static void a_fork_has_no_connection(void **state) {
  (void)state;
  reseal__sql *db, *other;
  reseal__sql_fault fault;
  int status;
  sweep();
  assert_int_equal(open_at(&db, &fault), 0);
  assert_int_equal(simply(db, "CREATE TABLE t (id INTEGER PRIMARY KEY)", &fault), 0);
  assert_int_equal(reseal__sql_begin(db, true, &fault), 0);
  assert_int_equal(simply(db, "INSERT INTO t VALUES (1)", &fault), 0);
  pid_t child = fork();
  if (child == 0) {
    int good = simply(db, "INSERT INTO t VALUES (2)", &fault) != 0 && strcmp(fault.code, "forked") == 0;
    good = good && reseal__sql_commit(db, &fault) != 0 && strcmp(fault.code, "forked") == 0;
    reseal__sql_rollback(db);
    reseal__sql_close(db);
    good = good && open_at(&other, &fault) != 0 && strcmp(fault.code, "forked") == 0;
    _exit(good ? 0 : 1);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(reseal__sql_commit(db, &fault), 0);
  assert_int_equal(number(db, "SELECT sum(id) AS n FROM t"), 1);
  reseal__sql_close(db);
  /* With nothing open it may. */
  child = fork();
  if (child == 0) {
    int good = open_at(&other, &fault) == 0 && simply(other, "INSERT INTO t VALUES (2)", &fault) == 0;
    if (good) reseal__sql_close(other);
    _exit(good ? 0 : 1);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void reads_placeholders(void **state) {
  (void)state;
  static const struct {
    const char *text;
    unsigned number;
  } cases[] = {{"$1", 1}, {"$65535", 65535}, {"$65536", 0}, {"$0", 0}, {"$01", 0},        {"$", 0},
               {"?1", 0}, {"$1x", 0},        {"$x", 0},     {"", 0},   {"$1::bigint", 0}, {"$99999999999999999999", 0},
               {NULL, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    assert_int_equal(reseal__sql_placeholder(cases[i].text), cases[i].number);
}

static void reads_integers_or_none(void **state) {
  (void)state;
  static const char *const wrong[] = {
      "",     "-",  "9223372036854775808",       "-9223372036854775809", "1.5", "1e3", " 1", "1 ", "+1",
      "0x10", "1x", "99999999999999999999999999"};
  int64_t value = 0;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_int_equal(reseal__sql_integer(wrong[i], strlen(wrong[i]), &value), -1);
  assert_int_equal(reseal__sql_integer("-9223372036854775808", 20, &value), 0);
  assert_true(value == INT64_MIN);
  assert_int_equal(reseal__sql_integer("12345", 3, &value), 0);
  assert_int_equal(value, 123);
}

/* Not every machine has a locale with a decimal comma; where it has one, nothing changes. */
static void numbers_have_no_locale(void **state) {
  (void)state;
  static const char *const locales[] = {"C", "de_DE.UTF-8", "fr_FR.UTF-8", "ps_AF"};
  char text[32];
  for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
    if (!setlocale(LC_NUMERIC, locales[i])) continue;
    reseal__sql_number_text(-2.25e-300, text);
    assert_string_equal(text, "-2.25e-300");
    assert_true(reseal__sql_number("-2.25e-300") == -2.25e-300);
    assert_true(reseal__sql_number("17") == 17);
    assert_true(reseal__sql_number("0.1") == 0.1);
  }
  setlocale(LC_NUMERIC, "C");
}

static void cuts_between_characters(void **state) {
  (void)state;
  char text[6];
  reseal__sql_copy(text, sizeof text, "ab\xc3\xbc\xe6\xbc\xa2", 7);
  assert_string_equal(text, "ab\xc3\xbc");
  reseal__sql_copy(text, sizeof text, "abcde", 5);
  assert_string_equal(text, "abcde");
}

int main(void) {
  static const sqlite3_mem_methods methods = {lite_malloc, lite_free, lite_realloc, lite_size,
                                              lite_round,  lite_init, lite_end,     NULL};
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_allocation_fails_once), cmocka_unit_test(a_fork_has_no_connection),
      cmocka_unit_test(reads_placeholders),         cmocka_unit_test(reads_integers_or_none),
      cmocka_unit_test(numbers_have_no_locale),     cmocka_unit_test(cuts_between_characters),
  };
  const char *folder = mkdtemp(places[0]);
  if (!folder) folder = mkdtemp(places[1]);
  if (!folder || sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK) return 1;
  snprintf(path, sizeof path, "%s/a.db", folder);
  int failed_tests = cmocka_run_group_tests(tests, NULL, NULL);
  sweep();
  rmdir(folder);
  return failed_tests;
}
