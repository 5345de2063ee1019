/*
 * SQLite behind the face of sql.h.
 */
#include "sql.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const char *const reseal__sql_kind = "sqlite";

typedef struct {
  char *text;
  size_t len;
  sqlite3_stmt *handle;
  uint64_t used; /* when it was last, for the choice of the one that goes */
} prepared;

struct reseal__sql {
  sqlite3 *handle;
  long opener;
  int limit;
  bool lost;
  int64_t deadline; /* of the statement that runs; 0: none runs */
  int64_t version;  /* the data_version that the last wait saw */
  uint64_t uses;
  prepared cache[RESEAL__SQL_CACHE];
};

/* A cell's bytes are at `offset` of the result's, since those move while they grow. */
typedef struct {
  int type;
  int64_t integer;
  double number;
  size_t offset, len;
} cell;

struct reseal__sql_result {
  size_t columns, rows, cells_used, cells_size, bytes_used, bytes_size;
  int64_t changes;
  cell *cells;
  char *bytes;
  size_t *names;  /* where in `bytes` */
  bool *booleans; /* columns that are declared to be */
};

/* Faults. */

static int kind_of(int code) {
  if (code == SQLITE_BUSY_SNAPSHOT) return RESEAL__SQL_SERIALIZATION; /* waiting would not help */
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: /* many processes begin at once */
      return RESEAL__SQL_BUSY;
    case SQLITE_CONSTRAINT:
      return RESEAL__SQL_CONSTRAINT;
    case SQLITE_CANTOPEN:
      return RESEAL__SQL_CONNECTION;
    case SQLITE_FULL:
    case SQLITE_READONLY:
      return RESEAL__SQL_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return RESEAL__SQL_CORRUPT;
    case SQLITE_INTERRUPT:
      return RESEAL__SQL_TIMEOUT;
    case SQLITE_NOMEM:
      return RESEAL__SQL_MEMORY;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG:
    case SQLITE_AUTH:
      return RESEAL__SQL_MISUSE;
    default:
      return RESEAL__SQL_OTHER;
  }
}

/*
 * Whether a write that failed so may stand nevertheless. The record that commits goes to the write-ahead log, and is
 * synced, before the last steps that can fail: whoever recovers the log after a crash then finds it whole.
 */
static bool may_stand(int code) {
  switch (kind_of(code)) {
    case RESEAL__SQL_OTHER:
    case RESEAL__SQL_CORRUPT:
    case RESEAL__SQL_MEMORY:
      return true;
    default:
      return false;
  }
}

/* "UNIQUE constraint failed: t.a, t.b": table and columns; "… failed: index 'i'" and "CHECK constraint failed: c": a name. */
static void read_constraint(reseal__sql_fault *fault, int code) {
  const char *about = strstr(fault->message, "constraint failed: ");
  fault->unique =
      code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID;
  if (!about) return;
  const char *dot;
  about += strlen("constraint failed: ");
  if (strncmp(about, "index '", 7) == 0) {
    reseal__sql_copy(fault->name, sizeof fault->name, about + 7, strcspn(about + 7, "'"));
  } else if (code == SQLITE_CONSTRAINT_CHECK) {
    reseal__sql_copy(fault->name, sizeof fault->name, about, strlen(about));
  } else if ((dot = strchr(about, '.')) != NULL) {
    reseal__sql_copy(fault->table, sizeof fault->table, about, (size_t)(dot - about));
    size_t used = 0;
    for (const char *at = about; (dot = strchr(at, '.')) != NULL;) {
      size_t len = strcspn(dot + 1, ",");
      if (used + len + 2 > sizeof fault->columns) break;
      if (used) fault->columns[used++] = ',';
      memcpy(fault->columns + used, dot + 1, len);
      used += len;
      at = dot + 1 + len;
    }
    fault->columns[used] = 0;
  }
}

static int failed(sqlite3 *handle, int code, reseal__sql_fault *fault) {
  char number[16];
  if (handle && sqlite3_extended_errcode(handle) != SQLITE_OK && (sqlite3_errcode(handle) & 0xFF) == (code & 0xFF))
    code = sqlite3_extended_errcode(handle);
  snprintf(number, sizeof number, "%d", code);
  const char *message =
      handle && (sqlite3_errcode(handle) & 0xFF) == (code & 0xFF) ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  int kind = kind_of(code);
  if (kind == RESEAL__SQL_TIMEOUT) message = "the statement took longer than it may";
  int error =
      handle && ((code & 0xFF) == SQLITE_IOERR || (code & 0xFF) == SQLITE_CANTOPEN) ? sqlite3_system_errno(handle) : 0;
  if (error == ENOSPC || error == EDQUOT) kind = RESEAL__SQL_FULL;
  if (error)
    reseal__sql_fail(fault, kind, number, "%s: %s", message, strerror(error));
  else
    reseal__sql_fail(fault, kind, number, "%s", message);
  if (kind == RESEAL__SQL_CONSTRAINT) read_constraint(fault, code);
  return -1;
}

static int no_memory(reseal__sql_fault *fault) {
  return reseal__sql_fail(fault, RESEAL__SQL_MEMORY, "memory", "out of memory");
}

/* Results. */

/* Room for `more` items of `each` bytes beside the `used` ones. The only place where sizes are computed. */
static void *grow(void *items, size_t *size, size_t used, size_t more, size_t each) {
  if (more <= *size - used) return items;
  size_t wanted = *size < 32 ? 64 : *size;
  if (more > SIZE_MAX / 4 / each - used) return NULL;
  while (wanted - used < more || wanted == *size) wanted *= 2;
  if (wanted > SIZE_MAX / each) return NULL;
  void *grown = realloc(items, wanted * each);
  if (grown) *size = wanted;
  return grown;
}

/* -1: out of memory. Always one byte more than `len`, so that nothing is at NULL, and a NUL after all. */
static int keep_bytes(reseal__sql_result *result, const void *bytes, size_t len, size_t *offset) {
  char *grown = len < SIZE_MAX ? grow(result->bytes, &result->bytes_size, result->bytes_used, len + 1, 1) : NULL;
  if (!grown) return -1;
  result->bytes = grown;
  *offset = result->bytes_used;
  if (len) memcpy(grown + *offset, bytes, len);
  grown[*offset + len] = 0;
  result->bytes_used += len + 1;
  return 0;
}

static int keep_cell(reseal__sql_result *result, sqlite3_stmt *statement, int column) {
  cell *grown = grow(result->cells, &result->cells_size, result->cells_used, 1, sizeof *grown);
  if (!grown) return -1;
  result->cells = grown;
  cell *it = grown + result->cells_used++;
  memset(it, 0, sizeof *it);
  int type = sqlite3_column_type(statement, column);
  const void *bytes = NULL;
  switch (type) {
    case SQLITE_INTEGER:
      it->integer = sqlite3_column_int64(statement, column);
      it->type = result->booleans[column] && (it->integer == 0 || it->integer == 1) ? RESEAL__SQL_BOOLEAN
                                                                                    : RESEAL__SQL_INTEGER;
      return 0;
    case SQLITE_FLOAT:
      it->type = RESEAL__SQL_NUMBER;
      it->number = sqlite3_column_double(statement, column);
      return 0;
    case SQLITE_TEXT:
      it->type = RESEAL__SQL_TEXT;
      bytes = sqlite3_column_text(statement, column);
      if (!bytes) return -1;
      break;
    case SQLITE_BLOB:
      it->type = RESEAL__SQL_BYTES;
      bytes = sqlite3_column_blob(statement, column); /* NULL when it is empty, or when there is no memory */
      break;
    default:
      it->type = RESEAL__SQL_NULL;
      return 0;
  }
  it->len = (size_t)sqlite3_column_bytes(statement, column);
  if (!bytes && it->len) return -1;
  return keep_bytes(result, bytes, it->len, &it->offset);
}

static bool is_boolean(const char *type) {
  return type && (sqlite3_stricmp(type, "boolean") == 0 || sqlite3_stricmp(type, "bool") == 0);
}

/* The names of the columns; two of one name would be one field. */
static int keep_columns(reseal__sql_result *result, sqlite3_stmt *statement, reseal__sql_fault *fault) {
  int count = sqlite3_column_count(statement);
  free(result->names);
  free(result->booleans);
  result->bytes_used = 0;
  result->columns = (size_t)count;
  result->names = calloc((size_t)count + 1, sizeof *result->names);
  result->booleans = calloc((size_t)count + 1, sizeof *result->booleans);
  if (!result->names || !result->booleans) return no_memory(fault);
  for (int i = 0; i < count; i++) {
    const char *name = sqlite3_column_name(statement, i);
    if (!name || keep_bytes(result, name, strlen(name), &result->names[i]) != 0) return no_memory(fault);
    result->booleans[i] = is_boolean(sqlite3_column_decltype(statement, i));
    for (int j = 0; j < i; j++)
      if (strcmp(result->bytes + result->names[j], result->bytes + result->names[i]) == 0)
        return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "columns", "two columns are called %.100s: name one by AS",
                                result->bytes + result->names[i]);
  }
  return 0;
}

size_t reseal__sql_columns(const reseal__sql_result *result) {
  return result->columns;
}

size_t reseal__sql_rows(const reseal__sql_result *result) {
  return result->rows;
}

int64_t reseal__sql_changes(const reseal__sql_result *result) {
  return result->changes;
}

const char *reseal__sql_column(const reseal__sql_result *result, size_t column) {
  return result->bytes + result->names[column];
}

int reseal__sql_cell(reseal__sql_result *result, size_t row, size_t column, reseal__sql_value *value) {
  const cell *it = &result->cells[row * result->columns + column];
  value->type = it->type;
  value->integer = it->integer;
  value->number = it->number;
  value->bytes = it->type == RESEAL__SQL_TEXT || it->type == RESEAL__SQL_BYTES ? result->bytes + it->offset : NULL;
  value->len = it->len;
  return 0;
}

void reseal__sql_result_free(reseal__sql_result *result) {
  if (!result) return;
  free(result->cells);
  free(result->bytes);
  free(result->names);
  free(result->booleans);
  free(result);
}

/* Statements. */

/* What follows a statement must be nothing: blanks, comments, semicolons. */
static int check_tail(reseal__sql *db, const char *tail, const char *end, reseal__sql_fault *fault) {
  while (tail < end) {
    sqlite3_stmt *more = NULL;
    const char *next = end;
    int code = sqlite3_prepare_v2(db->handle, tail, (int)(end - tail), &more, &next);
    if (code == SQLITE_NOMEM) return no_memory(fault);
    sqlite3_finalize(more);
    if (more || code != SQLITE_OK)
      return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "statements",
                              "only one statement can be carried out at a time");
    if (next <= tail) break;
    tail = next;
  }
  return 0;
}

/* $1 to $n, each used. SQLite takes other names too, and $1::bigint for one. */
static int check_placeholders(sqlite3_stmt *statement, size_t count, reseal__sql_fault *fault) {
  int wanted = sqlite3_bind_parameter_count(statement);
  unsigned highest = 0;
  for (int i = 1; i <= wanted; i++) {
    const char *name = sqlite3_bind_parameter_name(statement, i);
    unsigned number = reseal__sql_placeholder(name);
    if (!number)
      return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "placeholder",
                              "%.50s is no placeholder: they are $1, $2, … (and a type is given by CAST)",
                              name ? name : "?");
    if (number > highest) highest = number;
  }
  if (highest != (unsigned)wanted)
    return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "placeholder", "not every one of $1 to $%u is used", highest);
  if ((size_t)wanted != count)
    return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "values",
                            "the statement has %d placeholders, but %zu values came", wanted, count);
  return 0;
}

static void forget(prepared *it) {
  sqlite3_finalize(it->handle);
  free(it->text);
  memset(it, 0, sizeof *it);
}

/* The statement from the cache, or prepared into it. */
static prepared *prepare(reseal__sql *db, const char *text, size_t len, reseal__sql_fault *fault) {
  prepared *place = db->cache;
  for (int i = 0; i < RESEAL__SQL_CACHE; i++) {
    prepared *it = &db->cache[i];
    if (it->handle && it->len == len && memcmp(it->text, text, len) == 0) {
      it->used = ++db->uses;
      return it;
    }
    if (it->used < place->used) place = it;
  }
  sqlite3_stmt *statement = NULL;
  const char *tail = text + len;
  if (len > 1000000) {
    reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "statement", "a statement has 1,000,000 bytes at most");
    return NULL;
  }
  int code = sqlite3_prepare_v3(db->handle, text, (int)len, SQLITE_PREPARE_PERSISTENT, &statement, &tail);
  if (code != SQLITE_OK) {
    failed(db->handle, code, fault);
    return NULL;
  }
  char *copy = NULL;
  if (!statement)
    reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "statement", "there is no statement");
  else if (check_tail(db, tail, text + len, fault) == 0 && !(copy = malloc(len + 1)))
    no_memory(fault);
  if (!copy) {
    sqlite3_finalize(statement);
    return NULL;
  }
  forget(place);
  memcpy(copy, text, len);
  copy[len] = 0;
  *place = (prepared){copy, len, statement, ++db->uses};
  return place;
}

static int bind_value(sqlite3_stmt *statement, int at, const reseal__sql_value *value) {
  switch (value->type) {
    case RESEAL__SQL_INTEGER:
    case RESEAL__SQL_BOOLEAN:
      return sqlite3_bind_int64(statement, at, value->integer);
    case RESEAL__SQL_NUMBER:
      return sqlite3_bind_double(statement, at, value->number);
    case RESEAL__SQL_TEXT:
      return sqlite3_bind_text64(statement, at, value->bytes, value->len, SQLITE_STATIC, SQLITE_UTF8);
    case RESEAL__SQL_BYTES:
      return value->len ? sqlite3_bind_blob64(statement, at, value->bytes, value->len, SQLITE_STATIC)
                        : sqlite3_bind_zeroblob(statement, at, 0);
    default:
      return sqlite3_bind_null(statement, at);
  }
}

static int bind_all(reseal__sql *db, sqlite3_stmt *statement, const reseal__sql_value *values,
                    reseal__sql_fault *fault) {
  int count = sqlite3_bind_parameter_count(statement);
  for (int i = 1; i <= count; i++) {
    unsigned number = reseal__sql_placeholder(sqlite3_bind_parameter_name(statement, i));
    int code = bind_value(statement, i, &values[number - 1]);
    if (code != SQLITE_OK) return failed(db->handle, code, fault);
  }
  return 0;
}

/* Runs a bound statement to its end, and its rows into the result. */
static int run(reseal__sql *db, sqlite3_stmt *statement, reseal__sql_result *result, reseal__sql_fault *fault) {
  sqlite3_int64 before = sqlite3_total_changes64(db->handle);
  bool alone = sqlite3_get_autocommit(db->handle);
  int code, status = 0;
  if (keep_columns(result, statement, fault) != 0) return -1;
  db->deadline = reseal__sql_clock() + db->limit;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    int columns = sqlite3_column_count(statement);
    /* A changed schema prepares it anew at the first step. */
    if (result->rows == 0 && (size_t)columns != result->columns &&
        (status = keep_columns(result, statement, fault)) != 0)
      break;
    for (int i = 0; i < columns && status == 0; i++)
      if (keep_cell(result, statement, i) != 0) status = no_memory(fault);
    if (status != 0) break;
    result->rows++;
  }
  db->deadline = 0;
  if (status == 0 && code != SQLITE_DONE) {
    status = failed(db->handle, code, fault);
    fault->unknown = alone && !sqlite3_stmt_readonly(statement) && may_stand(code);
  } else if (status != 0) {
    /* It is ended by being reset, and what it wrote by itself then stands. */
    fault->unknown = alone && !sqlite3_stmt_readonly(statement);
  }
  if (sqlite3_total_changes64(db->handle) != before) result->changes = sqlite3_changes64(db->handle);
  return status;
}

int reseal__sql_execute(reseal__sql *db, const char *text, size_t len, const reseal__sql_value *values, size_t count,
                        reseal__sql_result **out, reseal__sql_fault *fault) {
  *out = NULL;
  if (reseal__sql_own(db->opener, fault) != 0) return -1;
  prepared *it = prepare(db, text, len, fault);
  if (!it) return -1;
  if (check_placeholders(it->handle, count, fault) != 0) return -1;
  reseal__sql_result *result = calloc(1, sizeof *result);
  int status = result ? bind_all(db, it->handle, values, fault) : no_memory(fault);
  if (status == 0) status = run(db, it->handle, result, fault);
  sqlite3_reset(it->handle);
  sqlite3_clear_bindings(it->handle);
  if (status == 0)
    *out = result;
  else
    reseal__sql_result_free(result);
  return status;
}

/* A statement of our own, without values and rows. */
static int simple(reseal__sql *db, const char *text, reseal__sql_fault *fault) {
  reseal__sql_result *result;
  if (reseal__sql_execute(db, text, strlen(text), NULL, 0, &result, fault) != 0) return -1;
  reseal__sql_result_free(result);
  return 0;
}

int reseal__sql_begin(reseal__sql *db, bool serializable, reseal__sql_fault *fault) {
  (void)serializable;
  return simple(db, "BEGIN IMMEDIATE", fault);
}

int reseal__sql_commit(reseal__sql *db, reseal__sql_fault *fault) {
  if (reseal__sql_own(db->opener, fault) != 0) return -1;
  /* SQLite ends a transaction by itself after some errors. */
  if (sqlite3_get_autocommit(db->handle))
    return reseal__sql_fail(fault, RESEAL__SQL_OTHER, "rolled_back", "the database has rolled the transaction back");
  if (simple(db, "COMMIT", fault) == 0) return 0;
  fault->unknown = may_stand(atoi(fault->code));
  reseal__sql_rollback(db);
  return -1;
}

void reseal__sql_rollback(reseal__sql *db) {
  reseal__sql_fault ignored;
  if (db->opener != (long)getpid() || sqlite3_get_autocommit(db->handle)) return;
  simple(db, "ROLLBACK", &ignored);
  if (!sqlite3_get_autocommit(db->handle)) db->lost = true;
}

bool reseal__sql_lost(const reseal__sql *db) {
  return db->lost;
}

/* Opening and closing. */

/*
 * SQLite keeps in the process which locks it holds, per file. A forked child inherits those notes but not the locks: were
 * it to open the file again, it would write without any. So a child of a process with open connections opens none.
 */
static atomic_int connections;
static atomic_long process;

static int check_process(reseal__sql_fault *fault) {
  if (atomic_load(&connections) > 0 && atomic_load(&process) != (long)getpid())
    return reseal__sql_fail(
        fault, RESEAL__SQL_MISUSE, "forked",
        "process %ld forked this one while it had an SQLite database open: close it before forking, "
        "or start another program",
        (long)atomic_load(&process));
  return 0;
}

static int sync_folder(const char *path) {
  char folder[4096];
  const char *slash = strrchr(path, '/');
  size_t len = slash == path ? 1 : (size_t)(slash - path);
  if (len >= sizeof folder) return ENAMETOOLONG;
  memcpy(folder, path, len);
  folder[len] = 0;
  int fd = open(folder, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  int error = 0;
  if (fsync(fd) != 0 && errno != EINVAL) error = errno;
  close(fd);
  return error;
}

static int refuse_file(reseal__sql_fault *fault, const char *path, int error) {
  int kind = error == ENOSPC || error == EROFS || error == EDQUOT ? RESEAL__SQL_FULL : RESEAL__SQL_CONNECTION;
  return reseal__sql_fail(fault, kind, "file", "%.300s: %s", path, strerror(error));
}

/*
 * Sees to it that the file is there and nobody else's. An existing one is never opened for that: closing it again would
 * end this process's own locks on it.
 */
static int check_file(const char *path, bool create, struct stat *about, reseal__sql_fault *fault) {
  if (stat(path, about) != 0) {
    if (errno != ENOENT || !create) return refuse_file(fault, path, errno);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST) return refuse_file(fault, path, errno);
    if (fd >= 0) {
      close(fd);
      int error = sync_folder(path);
      if (error) return refuse_file(fault, path, error);
    }
    if (stat(path, about) != 0) return refuse_file(fault, path, errno);
  }
  if (!S_ISREG(about->st_mode))
    return reseal__sql_fail(fault, RESEAL__SQL_CONNECTION, "file", "%.300s: not a regular file", path);
  if (about->st_uid != geteuid())
    return reseal__sql_fail(fault, RESEAL__SQL_CONNECTION, "file", "%.300s: it belongs to user %lu, not to %lu", path,
                            (unsigned long)about->st_uid, (unsigned long)geteuid());
  if (about->st_mode & (S_IRWXG | S_IRWXO))
    return reseal__sql_fail(fault, RESEAL__SQL_CONNECTION, "file",
                            "%.300s: others than its owner have permissions on it (chmod 600 would take them away)",
                            path);
  return 0;
}

static int overdue(void *of) {
  const reseal__sql *db = of;
  return db->deadline && reseal__sql_clock() > db->deadline;
}

static void nap(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&time, NULL);
}

/* The one value that a PRAGMA answers with, as text; "" for none. */
static int ask(reseal__sql *db, const char *text, char *answer, size_t size, reseal__sql_fault *fault) {
  reseal__sql_result *result;
  reseal__sql_value value = {0};
  *answer = 0;
  if (reseal__sql_execute(db, text, strlen(text), NULL, 0, &result, fault) != 0) return -1;
  if (result->rows == 1 && result->columns == 1) reseal__sql_cell(result, 0, 0, &value);
  if (value.type == RESEAL__SQL_TEXT)
    reseal__sql_copy(answer, size, value.bytes, value.len);
  else if (value.type == RESEAL__SQL_INTEGER)
    snprintf(answer, size, "%lld", (long long)value.integer);
  reseal__sql_result_free(result);
  return 0;
}

static int set(reseal__sql *db, const char *text, const char *expected, reseal__sql_fault *fault) {
  char answer[32];
  if (ask(db, text, answer, sizeof answer, fault) != 0) return -1;
  if (!expected || strcmp(answer, expected) == 0) return 0;
  return reseal__sql_fail(fault, RESEAL__SQL_OTHER, "setting", "%s gave \"%s\", but must be %s", text, answer,
                          expected);
}

static int settings(reseal__sql *db, int busy, reseal__sql_fault *fault) {
  int64_t until = reseal__sql_clock() + busy;
  /* Processes that make a new file at once meet here, and SQLite does not wait in every such case. */
  while (set(db, "PRAGMA journal_mode=WAL", "wal", fault) != 0) {
    if (fault->kind != RESEAL__SQL_BUSY || reseal__sql_clock() >= until) return -1;
    nap(10);
  }
  /* fullfsync: on macOS fsync alone leaves it in the drive's memory. */
  static const char *const words[] = {"PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON", "PRAGMA trusted_schema=OFF",
                                      "PRAGMA fullfsync=ON", "PRAGMA checkpoint_fullfsync=ON"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (simple(db, words[i], fault) != 0) return -1;
  if (set(db, "PRAGMA synchronous", "2", fault) != 0) return -1;
  return set(db, "PRAGMA foreign_keys", "1", fault);
}

static int connect(reseal__sql *db, const reseal__sql_options *options, reseal__sql_fault *fault) {
  struct stat before, after;
  const char *path = options->target;
  int busy = reseal__sql_milliseconds(options->busy);
  if (sqlite3_threadsafe() == 0 || sqlite3_libversion_number() < 3037000)
    return reseal__sql_fail(fault, RESEAL__SQL_OTHER, "version",
                            "SQLite %s: 3.37 at least is needed, built for threads", sqlite3_libversion());
  if (check_process(fault) != 0 || check_file(path, options->create, &before, fault) != 0) return -1;
  int code =
      sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
  if (code != SQLITE_OK) return failed(db->handle, code, fault);
  sqlite3_extended_result_codes(db->handle, 1);
  if (stat(path, &after) != 0 || before.st_dev != after.st_dev || before.st_ino != after.st_ino)
    return reseal__sql_fail(fault, RESEAL__SQL_CONNECTION, "file", "%.300s: it was replaced meanwhile", path);
  if (sqlite3_db_readonly(db->handle, "main"))
    return reseal__sql_fail(fault, RESEAL__SQL_FULL, "read_only", "%.300s: it can't be written", path);
  sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  /* "name" that is no column is an error, as in every other SQL, and not a string. */
  sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
  sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
  db->limit = reseal__sql_milliseconds(options->limit);
  sqlite3_busy_timeout(db->handle, busy < db->limit ? busy : db->limit);
  sqlite3_progress_handler(db->handle, 1000, overdue, db);
  return settings(db, busy, fault);
}

int reseal__sql_open(reseal__sql **out, const reseal__sql_options *options, reseal__sql_fault *fault) {
  char path[4096];
  reseal__sql_options own = *options;
  *out = NULL;
  /* SQLite has names that are no files (":memory:", "file:…"); with a folder in front they are. */
  int len = snprintf(path, sizeof path, "%s%s", options->target[0] == '/' ? "" : "./", options->target);
  if (len < 0 || (size_t)len >= sizeof path || !options->target[0])
    return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "path", "the path has 1 to %d bytes", (int)sizeof path - 3);
  own.target = path;
  reseal__sql *db = calloc(1, sizeof *db);
  if (!db) return no_memory(fault);
  db->opener = (long)getpid();
  db->version = -1;
  if (connect(db, &own, fault) != 0) {
    fault->unknown = false;
    if (db->handle) {
      for (int i = 0; i < RESEAL__SQL_CACHE; i++) forget(&db->cache[i]);
      sqlite3_close(db->handle);
    }
    free(db);
    return -1;
  }
  atomic_store(&process, db->opener);
  atomic_fetch_add(&connections, 1);
  *out = db;
  return 0;
}

void reseal__sql_close(reseal__sql *db) {
  if (!db || db->opener != (long)getpid()) return; /* another process's: not even its memory is safe to touch */
  for (int i = 0; i < RESEAL__SQL_CACHE; i++) forget(&db->cache[i]);
  sqlite3_close_v2(db->handle);
  atomic_fetch_sub(&connections, 1);
  free(db);
}

/* Waiting. */

/* PRAGMA data_version changes when another connection has committed. */
int reseal__sql_wait(reseal__sql *db, const char *channel, double seconds, bool *woken, reseal__sql_fault *fault) {
  int64_t until = reseal__sql_clock() + reseal__sql_milliseconds(seconds);
  (void)channel;
  *woken = false;
  for (;;) {
    char answer[32];
    if (ask(db, "PRAGMA data_version", answer, sizeof answer, fault) != 0) return -1;
    int64_t version = strtoll(answer, NULL, 10);
    if (version != db->version) {
      db->version = version;
      *woken = true;
      return 0;
    }
    int64_t left = until - reseal__sql_clock();
    if (left <= 0) return 0;
    struct timespec time = {0, (left < 50 ? (long)left : 50) * 1000000};
    if (nanosleep(&time, NULL) != 0) return 0;
  }
}
