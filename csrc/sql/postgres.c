/*
 * PostgreSQL behind the face of sql.h.
 *
 * The server chooses the types of $1, $2, … from where they stand, and tells them once, when the statement is prepared; so
 * a value's text suffices, and bytea is sent as it is. Nothing waits longer than the statement's limit and GRACE: the
 * server ends a statement at its limit, and a server that is not heard of after GRACE is given up.
 */
#include "sql.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GRACE 2000 /* milliseconds */

/* Types whose values are no mere text, from PostgreSQL's catalogue (pg_type.dat); their numbers never change. */
enum { BOOL = 16, BYTEA = 17, INT8 = 20, INT2 = 21, INT4 = 23, OID = 26, FLOAT4 = 700, FLOAT8 = 701, NUMERIC = 1700 };

const char *const reseal__sql_kind = "postgresql";

typedef struct {
  char *text;
  size_t len;
  unsigned number; /* its name at the server is this one's */
  int count;       /* of placeholders */
  Oid *types;
  uint64_t used; /* when it was last, for the choice of the one that goes */
} prepared;

struct reseal__sql {
  PGconn *conn;
  long opener;
  int limit;
  bool lost;
  char *channel; /* that it listens to */
  uint64_t uses;
  unsigned numbers;
  prepared cache[RESEAL__SQL_CACHE];
  char farewell_code[16], farewell[256]; /* what the server said when it closed an idle connection */
};

struct reseal__sql_result {
  PGresult *answer;
  int64_t changes;
  char *bytes; /* a bytea's */
  size_t size;
};

/* Faults. */

static bool starts(const char *code, const char *with) {
  return strncmp(code, with, strlen(with)) == 0;
}

static int kind_of(const char *code) {
  static const struct {
    const char *code;
    int kind;
  } kinds[] = {
      {"55P03", RESEAL__SQL_BUSY},       /* lock_not_available */
      {"40", RESEAL__SQL_SERIALIZATION}, /* serialization_failure, deadlock_detected */
      {"0A000", RESEAL__SQL_MISUSE},     /* feature_not_supported */
      {"23", RESEAL__SQL_CONSTRAINT},    {"08", RESEAL__SQL_CONNECTION},
      {"57P", RESEAL__SQL_CONNECTION},   /* admin_shutdown, crash_shutdown, cannot_connect_now */
      {"25P03", RESEAL__SQL_CONNECTION}, /* idle_in_transaction_session_timeout */
      {"28", RESEAL__SQL_CONNECTION},    {"3D", RESEAL__SQL_CONNECTION},
      {"53300", RESEAL__SQL_CONNECTION},                                 /* too_many_connections */
      {"57014", RESEAL__SQL_TIMEOUT},                                    /* query_canceled */
      {"53100", RESEAL__SQL_FULL},       {"25006", RESEAL__SQL_FULL},    /* disk_full, read_only_sql_transaction */
      {"53200", RESEAL__SQL_MEMORY},     {"XX001", RESEAL__SQL_CORRUPT}, /* out_of_memory, data_corrupted */
      {"XX002", RESEAL__SQL_CORRUPT},    {"22", RESEAL__SQL_MISUSE},     /* index_corrupted, data exceptions */
      {"42", RESEAL__SQL_MISUSE},        {"21", RESEAL__SQL_MISUSE},     /* syntax, names, access; cardinality */
      {"25", RESEAL__SQL_MISUSE},        {"54", RESEAL__SQL_MISUSE},     /* transaction state; limits exceeded */
  };
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (starts(code, kinds[i].code)) return kinds[i].kind;
  return RESEAL__SQL_OTHER;
}

static int no_memory(reseal__sql_fault *fault) {
  return reseal__sql_fail(fault, RESEAL__SQL_MEMORY, "memory", "out of memory");
}

static void keep_field(char *to, size_t size, const PGresult *answer, int field) {
  const char *text = PQresultErrorField(answer, field);
  if (text) reseal__sql_copy(to, size, text, strlen(text));
}

/* What the server said. */
static int refused(const PGresult *answer, reseal__sql_fault *fault) {
  const char *code = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  const char *message = PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
  if (!message) message = PQresultErrorMessage(answer);
  reseal__sql_fail(fault, code ? kind_of(code) : RESEAL__SQL_OTHER, code ? code : "unexpected", "%s",
                   message && *message ? message : "the server gave an answer of a kind that nobody asked for");
  if (fault->kind == RESEAL__SQL_CONSTRAINT) {
    fault->unique = strcmp(fault->code, "23505") == 0;
    keep_field(fault->name, sizeof fault->name, answer, PG_DIAG_CONSTRAINT_NAME);
    keep_field(fault->table, sizeof fault->table, answer, PG_DIAG_TABLE_NAME);
    keep_field(fault->columns, sizeof fault->columns, answer, PG_DIAG_COLUMN_NAME);
  }
  return -1;
}

/*
 * The connection is gone, or given up: it is closed at once, so that the server holds nothing for it any longer. Its own
 * word about that, where one came, is better than libpq's.
 */
static int lose(reseal__sql *db, reseal__sql_fault *fault, const PGresult *last, const char *code,
                const char *message) {
  db->lost = true;
  if (last && PQresultErrorField(last, PG_DIAG_SQLSTATE))
    refused(last, fault);
  else if (db->farewell[0])
    reseal__sql_fail(fault, RESEAL__SQL_CONNECTION, db->farewell_code, "%s", db->farewell);
  else
    reseal__sql_fail(fault, RESEAL__SQL_CONNECTION, code, "%s", message);
  fault->kind = RESEAL__SQL_CONNECTION;
  PQfinish(db->conn);
  db->conn = NULL;
  return -1;
}

/* Notices are nobody's here; but the last word to an idle connection comes as one. */
static void notice(void *of, const PGresult *result) {
  reseal__sql *db = of;
  const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (!severity || (strcmp(severity, "FATAL") != 0 && strcmp(severity, "PANIC") != 0)) return;
  keep_field(db->farewell_code, sizeof db->farewell_code, result, PG_DIAG_SQLSTATE);
  keep_field(db->farewell, sizeof db->farewell, result, PG_DIAG_MESSAGE_PRIMARY);
}

/* Questions and answers. */

static bool is_lost(reseal__sql *db, reseal__sql_fault *fault) {
  if (reseal__sql_own(db->opener, fault) != 0) return true;
  if (!db->lost) return false;
  reseal__sql_fail(fault, RESEAL__SQL_CONNECTION, "closed", "the connection to the server was lost");
  return true;
}

/* Looks whether the server has closed the connection: then nothing is sent, and nothing can have been done. */
static int still_there(reseal__sql *db, reseal__sql_fault *fault) {
  struct pollfd socket = {PQsocket(db->conn), POLLIN, 0};
  if (is_lost(db, fault)) return -1;
  if (poll(&socket, 1, 0) == 0) return 0;
  int good = PQconsumeInput(db->conn);
  if (!db->channel)
    for (PGnotify *dropped; (dropped = PQnotifies(db->conn)) != NULL;) PQfreemem(dropped);
  else
    (void)PQisBusy(db->conn); /* reads what came: notices */
  if (good && PQstatus(db->conn) == CONNECTION_OK && !db->farewell[0]) return 0;
  return lose(db, fault, NULL, "closed", "the server has closed the connection");
}

/* Until an answer is there: 0, or -1 with the reason. */
static int await(reseal__sql *db, int64_t until, const char **code, const char **message) {
  for (;;) {
    int flushing = PQflush(db->conn);
    if (flushing == 0 && !PQisBusy(db->conn)) return 0;
    int64_t left = until - reseal__sql_clock();
    struct pollfd socket = {PQsocket(db->conn), (short)(POLLIN | (flushing ? POLLOUT : 0)), 0};
    *code = "closed";
    *message = "the server closed the connection before it had answered";
    if (flushing < 0 || socket.fd < 0) return -1;
    if (left <= 0) {
      *code = "silent";
      *message = "the server did not answer in time";
      return -1;
    }
    int ready = poll(&socket, 1, (int)(left < 60000 ? left : 60000));
    if (ready < 0 && errno != EINTR) return -1;
    if (ready > 0 && (socket.revents & ~POLLOUT) && !PQconsumeInput(db->conn)) return -1;
  }
}

/* The answer to what was sent (`sent`: what PQsend… gave), NULL when there is none. It need not be a good one. */
static PGresult *answer_of(reseal__sql *db, bool sent, reseal__sql_fault *fault) {
  int64_t until = reseal__sql_clock() + db->limit + GRACE;
  PGresult *answer = NULL;
  const char *code = "closed", *message = "the server could not be reached";
  while (sent) {
    sent = await(db, until, &code, &message) == 0;
    if (!sent) break;
    PGresult *next = PQgetResult(db->conn);
    if (!next) break;
    /* The first fault counts: what libpq adds when the connection ends says less. */
    if (answer && PQresultErrorField(answer, PG_DIAG_SQLSTATE)) {
      PQclear(next);
    } else {
      PQclear(answer);
      answer = next;
    }
    int status = PQresultStatus(next);
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
      code = "unexpected";
      message = "the server began to copy";
      sent = false;
    }
  }
  if (!sent || PQstatus(db->conn) != CONNECTION_OK || !answer) {
    if (PQstatus(db->conn) != CONNECTION_OK && strcmp(code, "silent") != 0)
      message = "the server closed the connection before it had answered";
    lose(db, fault, answer, code, message);
    PQclear(answer);
    return NULL;
  }
  return answer;
}

/* A statement of our own, as text. *answer may be NULL where it does not matter. */
static int simple(reseal__sql *db, const char *text, PGresult **keep, reseal__sql_fault *fault) {
  if (still_there(db, fault) != 0) return -1;
  PGresult *answer = answer_of(db, PQsendQuery(db->conn, text), fault);
  if (!answer) return -1;
  int status = PQresultStatus(answer), outcome = 0;
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) outcome = refused(answer, fault);
  if (keep && outcome == 0)
    *keep = answer;
  else
    PQclear(answer);
  return outcome;
}

/* Statements. */

static void forget(prepared *it) {
  free(it->text);
  free(it->types);
  memset(it, 0, sizeof *it);
}

static void name_of(unsigned number, char name[24]) {
  snprintf(name, 24, "reseal_%u", number);
}

/* Asks the server for the types of the placeholders, and sees to it that no two columns are one field. */
static int describe(reseal__sql *db, prepared *it, const char *name, reseal__sql_fault *fault) {
  PGresult *answer = answer_of(db, PQsendDescribePrepared(db->conn, name), fault);
  if (!answer) return -1;
  int status = -1, columns = PQnfields(answer);
  if (PQresultStatus(answer) != PGRES_COMMAND_OK) {
    refused(answer, fault);
    goto done;
  }
  for (int i = 0; i < columns; i++)
    for (int j = 0; j < i; j++)
      if (strcmp(PQfname(answer, i), PQfname(answer, j)) == 0) {
        reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "columns", "two columns are called %.100s: name one by AS",
                         PQfname(answer, i));
        goto done;
      }
  it->count = PQnparams(answer);
  it->types = calloc((size_t)it->count + 1, sizeof *it->types);
  if (!it->types) {
    no_memory(fault);
    goto done;
  }
  for (int i = 0; i < it->count; i++) it->types[i] = PQparamtype(answer, i);
  status = 0;
done:
  PQclear(answer);
  return status;
}

static int give_back(reseal__sql *db, prepared *it, reseal__sql_fault *fault) {
  char text[48];
  if (!it->number) return 0;
  snprintf(text, sizeof text, "DEALLOCATE reseal_%u", it->number);
  forget(it);
  return simple(db, text, NULL, fault);
}

/* The statement from the cache, or prepared into it. */
static prepared *prepare(reseal__sql *db, const char *text, size_t len, reseal__sql_fault *fault) {
  char name[24];
  prepared *place = db->cache;
  for (int i = 0; i < RESEAL__SQL_CACHE; i++) {
    prepared *it = &db->cache[i];
    if (it->text && it->len == len && memcmp(it->text, text, len) == 0) {
      it->used = ++db->uses;
      return it;
    }
    if (it->used < place->used) place = it;
  }
  if (give_back(db, place, fault) != 0) return NULL;
  prepared it = {NULL, len, ++db->numbers, 0, NULL, ++db->uses};
  it.text = malloc(len + 1);
  if (!it.text) {
    no_memory(fault);
    return NULL;
  }
  memcpy(it.text, text, len);
  it.text[len] = 0;
  name_of(it.number, name);
  PGresult *answer = answer_of(db, PQsendPrepare(db->conn, name, it.text, 0, NULL), fault);
  int status = answer ? 0 : -1;
  if (answer && PQresultStatus(answer) != PGRES_COMMAND_OK) status = refused(answer, fault);
  PQclear(answer);
  if (status != 0) {
    forget(&it);
    return NULL;
  }
  if (describe(db, &it, name, fault) != 0) {
    reseal__sql_fault ignored;
    forget(&it);
    it.number = db->numbers;
    if (!db->lost) give_back(db, &it, &ignored);
    return NULL;
  }
  *place = it;
  return place;
}

typedef struct {
  const char **texts;
  int *lens, *formats;
  char (*numbers)[32];
} bound;

static void bound_free(bound *values) {
  free(values->texts);
  free(values->lens);
  free(values->formats);
  free(values->numbers);
}

static int bind_value(bound *to, size_t i, Oid type, const reseal__sql_value *value, reseal__sql_fault *fault) {
  bool number = type == INT2 || type == INT4 || type == INT8;
  to->texts[i] = to->numbers[i];
  switch (value->type) {
    case RESEAL__SQL_NULL:
      to->texts[i] = NULL;
      return 0;
    case RESEAL__SQL_BOOLEAN:
      if (number)
        snprintf(to->numbers[i], sizeof *to->numbers, "%d", value->integer != 0);
      else
        snprintf(to->numbers[i], sizeof *to->numbers, "%s", value->integer ? "true" : "false");
      return 0;
    case RESEAL__SQL_INTEGER:
      snprintf(to->numbers[i], sizeof *to->numbers, "%lld", (long long)value->integer);
      return 0;
    case RESEAL__SQL_NUMBER:
      reseal__sql_number_text(value->number, to->numbers[i]);
      return 0;
    default:
      break;
  }
  to->texts[i] = value->bytes;
  if (value->len > 1000000000)
    return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "value", "value %zu has more than 1,000,000,000 bytes", i + 1);
  if (type == BYTEA) {
    to->formats[i] = 1;
    to->lens[i] = (int)value->len;
    return 0;
  }
  /* As text it ends at its first NUL byte, which would change it silently. */
  if (memchr(value->bytes, 0, value->len))
    return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "value", "value %zu has a NUL byte: only bytea holds one",
                            i + 1);
  return 0;
}

static int bind_all(bound *to, const prepared *it, const reseal__sql_value *values, size_t count,
                    reseal__sql_fault *fault) {
  to->texts = calloc(count + 1, sizeof *to->texts);
  to->lens = calloc(count + 1, sizeof *to->lens);
  to->formats = calloc(count + 1, sizeof *to->formats);
  to->numbers = calloc(count + 1, sizeof *to->numbers);
  if (!to->texts || !to->lens || !to->formats || !to->numbers) return no_memory(fault);
  for (size_t i = 0; i < count; i++)
    if (bind_value(to, i, it->types[i], &values[i], fault) != 0) return -1;
  return 0;
}

static reseal__sql_result *keep(PGresult *answer) {
  reseal__sql_result *result = calloc(1, sizeof *result);
  if (!result) return NULL;
  const char *tag = PQcmdStatus(answer);
  result->answer = answer;
  if (starts(tag, "INSERT") || starts(tag, "UPDATE") || starts(tag, "DELETE") || starts(tag, "MERGE"))
    result->changes = strtoll(PQcmdTuples(answer), NULL, 10);
  return result;
}

int reseal__sql_execute(reseal__sql *db, const char *text, size_t len, const reseal__sql_value *values, size_t count,
                        reseal__sql_result **out, reseal__sql_fault *fault) {
  char name[24];
  bound all = {0};
  int status = -1;
  *out = NULL;
  if (still_there(db, fault) != 0) return -1;
  prepared *it = prepare(db, text, len, fault);
  if (!it) return -1;
  if ((size_t)it->count != count)
    return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "values",
                            "the statement has %d placeholders, but %zu values came", it->count, count);
  if (bind_all(&all, it, values, count, fault) != 0) goto done;
  name_of(it->number, name);
  bool alone = PQtransactionStatus(db->conn) == PQTRANS_IDLE;
  PGresult *answer =
      answer_of(db, PQsendQueryPrepared(db->conn, name, (int)count, all.texts, all.lens, all.formats, 0), fault);
  if (!answer) {
    fault->unknown = alone; /* within a transaction nothing is kept that was not committed */
    goto done;
  }
  int kind = PQresultStatus(answer);
  if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK) {
    if (kind == PGRES_EMPTY_QUERY)
      reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "statement", "there is no statement");
    else
      refused(answer, fault);
    /* The columns of a cached statement have changed: prepared anew it is well, but not in a transaction that failed. */
    const char *routine = PQresultErrorField(answer, PG_DIAG_SOURCE_FUNCTION);
    bool stale = routine && strcmp(routine, "RevalidateCachedQuery") == 0;
    if (stale) {
      fault->kind = RESEAL__SQL_SERIALIZATION;
      it->used = 0;
      it->len = SIZE_MAX; /* found by none, and the next to go */
    }
    if (stale && alone) {
      PQclear(answer);
      bound_free(&all);
      return reseal__sql_execute(db, text, len, values, count, out, fault);
    }
    PQclear(answer);
    goto done;
  }
  *out = keep(answer);
  if (*out) {
    status = 0;
  } else {
    PQclear(answer);
    no_memory(fault);
    fault->unknown = alone;
  }
done:
  bound_free(&all);
  return status;
}

int reseal__sql_begin(reseal__sql *db, bool serializable, reseal__sql_fault *fault) {
  return simple(db, serializable ? "BEGIN ISOLATION LEVEL SERIALIZABLE" : "BEGIN ISOLATION LEVEL READ COMMITTED", NULL,
                fault);
}

int reseal__sql_commit(reseal__sql *db, reseal__sql_fault *fault) {
  if (still_there(db, fault) != 0) return -1;
  PGresult *answer = answer_of(db, PQsendQuery(db->conn, "COMMIT"), fault);
  if (!answer) {
    fault->unknown = true;
    return -1;
  }
  int status = 0;
  if (PQresultStatus(answer) != PGRES_COMMAND_OK)
    status = refused(answer, fault);
  else if (strcmp(PQcmdStatus(answer), "COMMIT") != 0) /* a transaction in which something failed ends like this */
    status = reseal__sql_fail(fault, RESEAL__SQL_OTHER, "rolled_back", "the database has rolled the transaction back");
  PQclear(answer);
  if (status != 0) reseal__sql_rollback(db);
  return status;
}

void reseal__sql_rollback(reseal__sql *db) {
  reseal__sql_fault ignored;
  if (db->opener != (long)getpid() || db->lost || PQtransactionStatus(db->conn) == PQTRANS_IDLE) return;
  if (simple(db, "ROLLBACK", NULL, &ignored) != 0) db->lost = true;
}

bool reseal__sql_lost(const reseal__sql *db) {
  return db->lost;
}

/* Results. */

size_t reseal__sql_columns(const reseal__sql_result *result) {
  return (size_t)PQnfields(result->answer);
}

size_t reseal__sql_rows(const reseal__sql_result *result) {
  return PQresultStatus(result->answer) == PGRES_TUPLES_OK ? (size_t)PQntuples(result->answer) : 0;
}

int64_t reseal__sql_changes(const reseal__sql_result *result) {
  return result->changes;
}

const char *reseal__sql_column(const reseal__sql_result *result, size_t column) {
  return PQfname(result->answer, (int)column);
}

static int digit(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "\x00ff" as bytes. */
static int read_bytea(reseal__sql_result *result, const char *text, size_t len, reseal__sql_value *value) {
  value->type = RESEAL__SQL_BYTES;
  value->len = len / 2 - 1;
  if (result->size < value->len + 1) {
    char *grown = realloc(result->bytes, value->len + 1);
    if (!grown) return -1;
    result->bytes = grown;
    result->size = value->len + 1;
  }
  for (size_t i = 0; i < value->len; i++)
    result->bytes[i] = (char)(digit(text[2 * i + 2]) << 4 | digit(text[2 * i + 3]));
  result->bytes[value->len] = 0;
  value->bytes = result->bytes;
  return 0;
}

int reseal__sql_cell(reseal__sql_result *result, size_t row, size_t column, reseal__sql_value *value) {
  int r = (int)row, c = (int)column;
  memset(value, 0, sizeof *value);
  if (PQgetisnull(result->answer, r, c)) return 0;
  const char *text = PQgetvalue(result->answer, r, c);
  size_t len = (size_t)PQgetlength(result->answer, r, c);
  value->type = RESEAL__SQL_TEXT;
  value->bytes = text;
  value->len = len;
  switch (PQftype(result->answer, c)) {
    case BOOL:
      value->type = RESEAL__SQL_BOOLEAN;
      value->integer = *text == 't';
      break;
    case INT2:
    case INT4:
    case INT8:
    case OID:
    case NUMERIC: /* sums of integers are; others are decimal text, as no number of ours is exact there */
      if (reseal__sql_integer(text, len, &value->integer) == 0) value->type = RESEAL__SQL_INTEGER;
      break;
    case FLOAT4:
    case FLOAT8:
      value->type = RESEAL__SQL_NUMBER;
      value->number = reseal__sql_number(text);
      break;
    case BYTEA:
      if (len >= 2 && text[0] == '\\' && text[1] == 'x') return read_bytea(result, text, len, value);
      break;
    default:
      break;
  }
  return 0;
}

void reseal__sql_result_free(reseal__sql_result *result) {
  if (!result) return;
  PQclear(result->answer);
  free(result->bytes);
  free(result);
}

/* Opening and closing. */

/*
 * What the URL's parser takes for the host or a parameter can be a piece of a password that was not percent-encoded, and
 * its messages repeat it. So an @ stands once, before the path, or not at all.
 */
static int check_url(const char *url, reseal__sql_fault *fault) {
  const char *scheme = strstr(url, "://"), *at = strrchr(url, '@');
  const char *rest = scheme ? scheme + 3 : url;
  if (at && (strchr(rest, '@') != at || rest + strcspn(rest, "/?#") < at))
    return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "url",
                            "user and password must be percent-encoded in the URL (@ is %%40, / is %%2F, ? is %%3F)");
  return 0;
}

/* Whether `message` repeats a secret of the URL. */
static bool tells(const PQconninfoOption *options, const char *message) {
  for (; options->keyword; options++)
    if (options->val && *options->val && options->dispchar && *options->dispchar == '*' &&
        strstr(message, options->val))
      return true;
  return false;
}

/* A port that is none may be a password whose @ is missing; libpq would repeat it. */
static int check_port(const PQconninfoOption *options, reseal__sql_fault *fault) {
  for (; options->keyword; options++)
    if (strcmp(options->keyword, "port") == 0 && options->val &&
        strspn(options->val, "0123456789,") != strlen(options->val))
      return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "url", "the URL's port must be a number");
  return 0;
}

static int start(reseal__sql *db, const reseal__sql_options *options, const PQconninfoOption *given,
                 reseal__sql_fault *fault) {
  char connecting[16], unheard[16];
  int limit = db->limit + GRACE;
  snprintf(connecting, sizeof connecting, "%d", (reseal__sql_milliseconds(options->connect) + 999) / 1000);
  snprintf(unheard, sizeof unheard, "%d", limit);
  /* What stands before dbname is a default that the URL may change. */
  const char *keywords[] = {
      "connect_timeout",      "tcp_user_timeout",          "keepalives_idle", "keepalives_interval", "keepalives_count",
      "target_session_attrs", "fallback_application_name", "dbname",          "client_encoding",     NULL};
  const char *values[] = {connecting,    unheard,         "30",   "5", "3", "read-write",
                          options->name, options->target, "UTF8", NULL};
  db->conn = PQconnectdbParams(keywords, values, 1);
  if (!db->conn) return no_memory(fault);
  if (PQstatus(db->conn) == CONNECTION_OK) return 0;
  const char *message = PQerrorMessage(db->conn);
  return reseal__sql_fail(fault, RESEAL__SQL_CONNECTION, "connect", "%s",
                          tells(given, message) ? "the connection failed (for a reason that repeats the password)"
                                                : message);
}

/* What must not depend on the server's, the database's or the role's settings. */
static int settings(reseal__sql *db, const reseal__sql_options *options, reseal__sql_fault *fault) {
  char text[1024];
  snprintf(text, sizeof text,
           "SELECT set_config('synchronous_commit',"
           " CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),"
           " set_config('standard_conforming_strings', 'on', false), set_config('bytea_output', 'hex', false),"
           " set_config('extra_float_digits', '1', false), set_config('DateStyle', 'ISO', false),"
           " set_config('statement_timeout', '%d', false), set_config('lock_timeout', '%d', false),"
           " set_config('idle_in_transaction_session_timeout', '%d', false)",
           db->limit, reseal__sql_milliseconds(options->busy), reseal__sql_milliseconds(options->idle));
  return simple(db, text, NULL, fault);
}

static int connect_to(reseal__sql *db, const reseal__sql_options *options, reseal__sql_fault *fault) {
  char *ignored = NULL;
  if (PQlibVersion() < 120000) /* tcp_user_timeout */
    return reseal__sql_fail(fault, RESEAL__SQL_OTHER, "version", "libpq 12 at least is needed");
  if (check_url(options->target, fault) != 0) return -1;
  PQconninfoOption *given = PQconninfoParse(options->target, &ignored);
  PQfreemem(ignored);
  if (!given)
    return reseal__sql_fail(
        fault, RESEAL__SQL_MISUSE, "url",
        "libpq can't read the URL (postgresql://user@host:port/database?name=value; what is special "
        "in it must be percent-encoded)");
  db->limit = reseal__sql_milliseconds(options->limit);
  int status = check_port(given, fault);
  if (status == 0) status = start(db, options, given, fault);
  PQconninfoFree(given);
  if (status != 0) return -1;
  PQsetNoticeReceiver(db->conn, notice, db);
  if (PQserverVersion(db->conn) < 120000)
    return reseal__sql_fail(fault, RESEAL__SQL_OTHER, "version", "PostgreSQL 12 at least is needed");
  if (PQsetnonblocking(db->conn, 1) != 0) return no_memory(fault);
  return settings(db, options, fault);
}

int reseal__sql_open(reseal__sql **out, const reseal__sql_options *options, reseal__sql_fault *fault) {
  *out = NULL;
  reseal__sql *db = calloc(1, sizeof *db);
  if (!db) return no_memory(fault);
  db->opener = (long)getpid();
  if (connect_to(db, options, fault) != 0) {
    fault->unknown = false;
    reseal__sql_close(db);
    return -1;
  }
  *out = db;
  return 0;
}

void reseal__sql_close(reseal__sql *db) {
  if (!db || db->opener != (long)getpid()) return; /* a goodbye from here would end the other process's session */
  for (int i = 0; i < RESEAL__SQL_CACHE; i++) forget(&db->cache[i]);
  PQfinish(db->conn);
  free(db->channel);
  free(db);
}

/* Waiting. */

static int listen_to(reseal__sql *db, const char *channel, reseal__sql_fault *fault) {
  char text[128];
  size_t len = strlen(channel);
  /* Such names need no quotes, which keeps this simple. */
  if (len < 1 || len > 63 || strspn(channel, "abcdefghijklmnopqrstuvwxyz_0123456789") != len ||
      strchr("0123456789", channel[0]))
    return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "channel",
                            "a channel's name has 1 to 63 of a-z, 0-9 and _, no digit first");
  if (db->channel && strcmp(db->channel, channel) != 0)
    return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "channel", "this connection waits on %s already", db->channel);
  snprintf(text, sizeof text, "LISTEN \"%s\"", channel);
  if (simple(db, text, NULL, fault) != 0) return -1;
  db->channel = strdup(channel);
  return db->channel ? 0 : no_memory(fault);
}

/* Takes what has come. Our own do not count. */
static bool notified(reseal__sql *db) {
  bool others = false;
  for (PGnotify *it; (it = PQnotifies(db->conn)) != NULL;) {
    if (it->be_pid != PQbackendPID(db->conn)) others = true;
    PQfreemem(it);
  }
  return others;
}

int reseal__sql_wait(reseal__sql *db, const char *channel, double seconds, bool *woken, reseal__sql_fault *fault) {
  int64_t until = reseal__sql_clock() + reseal__sql_milliseconds(seconds);
  *woken = false;
  if (is_lost(db, fault)) return -1;
  if (!db->channel || strcmp(db->channel, channel) != 0) {
    if (listen_to(db, channel, fault) != 0) return -1;
    *woken = true;
    return 0;
  }
  for (;;) {
    if (still_there(db, fault) != 0) return -1;
    if (notified(db)) {
      *woken = true;
      return 0;
    }
    int64_t left = until - reseal__sql_clock();
    if (left <= 0) return 0;
    struct pollfd socket = {PQsocket(db->conn), POLLIN, 0};
    if (poll(&socket, 1, (int)left) < 0) return 0;
  }
}
