/* Small questions about strings. ASCII only: the locale plays no part. */
#ifndef RESEAL_CODEC_TEXT_H
#define RESEAL_CODEC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESEAL__SAFE_INTEGER INT64_C(9007199254740992) /* 2^53: every Lua holds integers up to it exactly */

typedef struct reseal__span {
  const char *text;
  size_t len;
} reseal__span;

static inline bool reseal__is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool reseal__is_digit(char c) {
  return c >= '0' && c <= '9';
}

static inline char reseal__lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* These stop at the first difference: most names that are compared differ early. */
static inline bool reseal__same(const char *a, size_t a_len, const char *b) {
  for (size_t i = 0; i < a_len; i++)
    if (b[i] == '\0' || a[i] != b[i]) return false;
  return b[a_len] == '\0';
}

static inline bool reseal__same_any_case(const char *a, size_t a_len, const char *b) {
  for (size_t i = 0; i < a_len; i++)
    if (b[i] == '\0' || reseal__lower(a[i]) != reseal__lower(b[i])) return false;
  return b[a_len] == '\0';
}

/* Without white space at both ends. */
reseal__span reseal__trim(const char *text, size_t len);
/* How many bytes at the start of a text are valid UTF-8. */
size_t reseal__utf8_len(const char *text, size_t len);
static inline bool reseal__is_utf8(const char *text, size_t len) {
  return reseal__utf8_len(text, len) == len;
}
bool reseal__contains(const char *text, size_t len, const char *needle);
/* Whether it can be an error's code: up to 64 letters, digits, and - _ . */
bool reseal__is_word(const char *text, size_t len);
/* Decimal digits with an optional minus, nothing else; false also when it does not fit. */
bool reseal__to_integer(const char *text, size_t len, int64_t *value);
/* How many single edits (a letter more, less, other, or two swapped) turn `a` into `b`, letter case not counting; SIZE_MAX for
 * strings too long to compare. */
size_t reseal__distance(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
