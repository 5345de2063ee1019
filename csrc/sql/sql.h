/*
 * sql.h - one face over SQLite (sqlite.c) and PostgreSQL (postgres.c).
 *
 * Both files define the same functions; a module or program links one of them, with sql.c. A statement is carried out
 * whole: prepared (or taken from the connection's cache), bound, run to its end, its rows copied to a result of the
 * caller's, and finished before the call returns. So nothing that happens afterwards leaves a statement open, and with it
 * a transaction.
 *
 * A connection serves one thread at a time, and only the process that opened it.
 */
#ifndef RESEAL_SQL_H
#define RESEAL_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESEAL__SQL_CACHE 64 /* prepared statements that a connection keeps */

typedef struct reseal__sql reseal__sql;
typedef struct reseal__sql_result reseal__sql_result;

/* What to do about a fault. Its name is what Lua sees: see reseal__sql_class_name. */
enum {
  RESEAL__SQL_OTHER,         /* none of the following: the database's own fault, an I/O error */
  RESEAL__SQL_BUSY,          /* somebody else holds what is wanted, and did so for as long as one would wait */
  RESEAL__SQL_SERIALIZATION, /* the transaction must be repeated: others were faster, or it was a deadlock */
  RESEAL__SQL_CONSTRAINT,    /* a constraint forbids it */
  RESEAL__SQL_CONNECTION,    /* there is no connection (any more) */
  RESEAL__SQL_MISUSE,        /* the statement or its values are wrong, however often they are tried */
  RESEAL__SQL_FULL,          /* nothing can be written: no room, or read-only */
  RESEAL__SQL_CORRUPT,       /* the database is damaged, or is none */
  RESEAL__SQL_TIMEOUT,       /* the statement took longer than it may */
  RESEAL__SQL_MEMORY         /* out of memory, here or there */
};

typedef struct {
  int kind;          /* one of the above */
  bool unknown;      /* it may have been carried out nevertheless; else nothing of it was */
  bool unique;       /* a CONSTRAINT that wants something once */
  char code[16];     /* SQLite's extended code in decimal, PostgreSQL's SQLSTATE, or a word of ours */
  char name[128];    /* the constraint or index; "" where not known */
  char table[128];   /* the table of the constraint; "" where not known */
  char columns[256]; /* its columns, separated by commas; "" where not known */
  char message[512]; /* no password in it */
} reseal__sql_fault;

typedef struct {
  const char *target; /* SQLite: the file's path; PostgreSQL: a URL that libpq reads */
  const char *name;   /* what the server calls this program; SQLite: nothing */
  bool create;        /* SQLite: a file that is not there is made */
  double busy;        /* seconds to wait for what others hold */
  double limit;       /* seconds that one statement may take */
  double connect;     /* seconds to wait for a server; libpq counts whole ones, two at least */
  double idle;        /* seconds after which a server ends a transaction that nobody goes on with */
} reseal__sql_options;

enum {
  RESEAL__SQL_NULL,
  RESEAL__SQL_INTEGER,
  RESEAL__SQL_NUMBER,
  RESEAL__SQL_BOOLEAN,
  RESEAL__SQL_TEXT, /* any bytes; PostgreSQL: where its type is bytea, else UTF-8 without NUL */
  RESEAL__SQL_BYTES /* SQLite: a BLOB; PostgreSQL: the same as TEXT */
};

typedef struct {
  int type;
  int64_t integer; /* of INTEGER; of BOOLEAN 0 or 1 */
  double number;
  const char *bytes;
  size_t len;
} reseal__sql_value;

/* All of these that return int give 0, or -1 with `fault` filled in. */

/* "sqlite" or "postgresql" */
extern const char *const reseal__sql_kind;

int reseal__sql_open(reseal__sql **db, const reseal__sql_options *options, reseal__sql_fault *fault);

/* NULL is allowed. In another process than the one that opened it, the connection is only forgotten: it is not ours. */
void reseal__sql_close(reseal__sql *db);

/*
 * Carries out one statement with `count` values for $1, $2, … Each of them must be used, and no other. The values' bytes
 * must stay until it returns. On success *result is the caller's.
 */
int reseal__sql_execute(reseal__sql *db, const char *statement, size_t len, const reseal__sql_value *values,
                        size_t count, reseal__sql_result **result, reseal__sql_fault *fault);

/* Not `serializable`: PostgreSQL's read committed. SQLite takes its one write lock now, and is always serializable. */
int reseal__sql_begin(reseal__sql *db, bool serializable, reseal__sql_fault *fault);

/* After a failure nothing is open any more; fault->unknown says whether it may stand nevertheless. */
int reseal__sql_commit(reseal__sql *db, reseal__sql_fault *fault);

/* Where even this fails the connection counts as lost, and nothing was kept. */
void reseal__sql_rollback(reseal__sql *db);

/* Whether the connection is gone: only closing is left. */
bool reseal__sql_lost(const reseal__sql *db);

/*
 * Waits until somebody else did reseal_notify on `channel` (SQLite: changed the database), or for `seconds`, or until a
 * signal arrives. *woken says whether something may have happened: at the first call at once, as nobody knows what came
 * before. A connection waits on one channel only.
 */
int reseal__sql_wait(reseal__sql *db, const char *channel, double seconds, bool *woken, reseal__sql_fault *fault);

/* Results. Rows and columns count from 0; names and bytes live as long as the result. NULL may be freed. */
size_t reseal__sql_columns(const reseal__sql_result *result);
size_t reseal__sql_rows(const reseal__sql_result *result);
int64_t reseal__sql_changes(const reseal__sql_result *result); /* rows that were inserted, changed or deleted */
const char *reseal__sql_column(const reseal__sql_result *result, size_t column);
/* *value's bytes live until the next call. -1: out of memory. */
int reseal__sql_cell(reseal__sql_result *result, size_t row, size_t column, reseal__sql_value *value);
void reseal__sql_result_free(reseal__sql_result *result);

/* What both files use: sql.c. */

const char *reseal__sql_class_name(int kind);

/* Fills in a fault of no constraint that was certainly not carried out. Returns -1. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
int reseal__sql_fail(reseal__sql_fault *fault, int kind, const char *code, const char *format, ...);

/* Copies a piece of text and cuts it where it is too long. */
void reseal__sql_copy(char *to, size_t size, const char *from, size_t len);

/* Milliseconds of a clock that is never set. */
int64_t reseal__sql_clock(void);

/* Seconds as milliseconds, from 1 to a day. */
int reseal__sql_milliseconds(double seconds);

/* The number of a placeholder, $1 to $65535; 0 where the text is none. */
unsigned reseal__sql_placeholder(const char *text);

/* An integer of at most 64 bits, all of `len` bytes. */
int reseal__sql_integer(const char *text, size_t len, int64_t *integer);

/* Numbers as text, in no other than the C locale. The text has room for 32 bytes. */
void reseal__sql_number_text(double number, char *text);
double reseal__sql_number(const char *text);

/* Whether this process is the one that opened a connection. */
int reseal__sql_own(long opener, reseal__sql_fault *fault);

#endif
