#include "sql.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *reseal__sql_class_name(int kind) {
  static const char *const names[] = {
      [RESEAL__SQL_OTHER] = "other",
      [RESEAL__SQL_BUSY] = "busy",
      [RESEAL__SQL_SERIALIZATION] = "serialization",
      [RESEAL__SQL_CONSTRAINT] = "constraint",
      [RESEAL__SQL_CONNECTION] = "connection",
      [RESEAL__SQL_MISUSE] = "misuse",
      [RESEAL__SQL_FULL] = "full",
      [RESEAL__SQL_CORRUPT] = "corrupt",
      [RESEAL__SQL_TIMEOUT] = "timeout",
      [RESEAL__SQL_MEMORY] = "memory",
  };
  return kind >= 0 && kind <= RESEAL__SQL_MEMORY ? names[kind] : names[RESEAL__SQL_OTHER];
}

void reseal__sql_copy(char *to, size_t size, const char *from, size_t len) {
  if (len >= size) {
    len = size - 1;
    while (len > 0 && ((unsigned char)from[len] & 0xC0) == 0x80) len--; /* not within a character */
  }
  memcpy(to, from, len);
  to[len] = 0;
}

int reseal__sql_fail(reseal__sql_fault *fault, int kind, const char *code, const char *format, ...) {
  char message[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  size_t len = strlen(message);
  while (len > 0 && (message[len - 1] == '\n' || message[len - 1] == ' ')) len--;
  for (size_t i = 0; i < len; i++)
    if ((unsigned char)message[i] < ' ' || message[i] == 127) message[i] = ' ';
  memset(fault, 0, sizeof *fault);
  fault->kind = kind;
  reseal__sql_copy(fault->code, sizeof fault->code, code, strlen(code));
  reseal__sql_copy(fault->message, sizeof fault->message, message, len);
  return -1;
}

int64_t reseal__sql_clock(void) {
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int reseal__sql_milliseconds(double seconds) {
  if (!(seconds > 0.001)) return 1;
  return seconds > 86400 ? 86400000 : (int)(seconds * 1000);
}

unsigned reseal__sql_placeholder(const char *text) {
  unsigned number = 0;
  if (!text || text[0] != '$' || text[1] < '1' || text[1] > '9') return 0;
  for (text++; *text; text++) {
    if (*text < '0' || *text > '9') return 0;
    number = number * 10 + (unsigned)(*text - '0');
    if (number > 65535) return 0;
  }
  return number;
}

int reseal__sql_integer(const char *text, size_t len, int64_t *integer) {
  char digits[24];
  if (len == 0 || len >= sizeof digits || (text[0] != '-' && (text[0] < '0' || text[0] > '9'))) return -1;
  memcpy(digits, text, len);
  digits[len] = 0;
  errno = 0;
  char *end;
  long long value = strtoll(digits, &end, 10);
  if (errno || end != digits + len || end == digits) return -1;
  *integer = value;
  return 0;
}

/* The process's locale may write another decimal point, of more than one byte even. */

void reseal__sql_number_text(double number, char *text) {
  char *from = text, *to = text;
  snprintf(text, 32, "%.17g", number);
  for (; *from; from++) {
    if (strchr("0123456789+-einfa", *from))
      *to++ = *from;
    else if (to == text || to[-1] != '.')
      *to++ = '.';
  }
  *to = 0;
}

double reseal__sql_number(const char *text) {
  char local[400], *end;
  double number = strtod(text, &end);
  if (*end != '.') return number;
  int len = snprintf(local, sizeof local, "%.*s%s%s", (int)(end - text), text, localeconv()->decimal_point, end + 1);
  return len > 0 && (size_t)len < sizeof local ? strtod(local, NULL) : number;
}

int reseal__sql_own(long opener, reseal__sql_fault *fault) {
  if (opener == (long)getpid()) return 0;
  return reseal__sql_fail(fault, RESEAL__SQL_MISUSE, "forked",
                          "this connection belongs to process %ld, which forked this one: open another", opener);
}
