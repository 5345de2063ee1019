#include "codec/text.h"

#include <string.h>

reseal__span reseal__trim(const char *text, size_t len) {
  while (len && reseal__is_space(text[len - 1])) len--;
  while (len && reseal__is_space(text[0])) text++, len--;
  return (reseal__span){text, len};
}

size_t reseal__utf8_len(const char *text, size_t len) {
  const unsigned char *byte = (const unsigned char *)text, *end = byte + len;
  while (byte < end) {
    if (*byte < 0x80) {
      byte++;
      continue;
    }
    size_t more;
    unsigned low = 0x80, high = 0xBF; /* of the second byte: no overlong forms, no surrogates, nothing past U+10FFFF */
    if (*byte >= 0xC2 && *byte <= 0xDF) {
      more = 1;
    } else if (*byte >= 0xE0 && *byte <= 0xEF) {
      more = 2;
      if (*byte == 0xE0) low = 0xA0;
      if (*byte == 0xED) high = 0x9F;
    } else if (*byte >= 0xF0 && *byte <= 0xF4) {
      more = 3;
      if (*byte == 0xF0) low = 0x90;
      if (*byte == 0xF4) high = 0x8F;
    } else {
      break;
    }
    if ((size_t)(end - byte) <= more || byte[1] < low || byte[1] > high) break;
    size_t good = 2;
    while (good <= more && (byte[good] & 0xC0) == 0x80) good++;
    if (good <= more) break;
    byte += more + 1;
  }
  return (size_t)(byte - (const unsigned char *)text);
}

bool reseal__contains(const char *text, size_t len, const char *needle) {
  size_t n = strlen(needle);
  for (size_t i = 0; i + n <= len; i++)
    if (memcmp(text + i, needle, n) == 0) return true;
  return false;
}

bool reseal__is_word(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++) {
    char c = reseal__lower(text[i]);
    if (!reseal__is_digit(c) && (c < 'a' || c > 'z') && !memchr("-_.", c, 3)) return false;
  }
  return len > 0 && len <= 64;
}

bool reseal__to_integer(const char *text, size_t len, int64_t *value) {
  bool minus = len > 0 && text[0] == '-';
  if (len == (size_t)minus) return false;
  uint64_t sum = 0;
  for (size_t i = minus; i < len; i++) {
    if (!reseal__is_digit(text[i])) return false;
    uint64_t digit = (uint64_t)(text[i] - '0');
    if (sum > ((uint64_t)INT64_MAX - digit) / 10) return false;
    sum = sum * 10 + digit;
  }
  *value = minus ? -(int64_t)sum : (int64_t)sum;
  return true;
}

size_t reseal__distance(const char *a, size_t a_len, const char *b, size_t b_len) {
  enum { MOST = 48 };
  if (a_len > MOST || b_len > MOST) return SIZE_MAX;
  uint8_t rows[3][MOST + 1];
  uint8_t *before = rows[0], *last = rows[1], *now = rows[2];
  for (size_t j = 0; j <= b_len; j++) last[j] = (uint8_t)j;
  for (size_t i = 1; i <= a_len; i++) {
    now[0] = (uint8_t)i;
    for (size_t j = 1; j <= b_len; j++) {
      char x = reseal__lower(a[i - 1]), y = reseal__lower(b[j - 1]);
      unsigned best = last[j - 1] + (x != y);
      if (last[j] + 1u < best) best = last[j] + 1u;
      if (now[j - 1] + 1u < best) best = now[j - 1] + 1u;
      if (i > 1 && j > 1 && x == reseal__lower(b[j - 2]) && reseal__lower(a[i - 2]) == y && before[j - 2] + 1u < best)
        best = before[j - 2] + 1u;
      now[j] = (uint8_t)best;
    }
    uint8_t *spare = before;
    before = last;
    last = now;
    now = spare;
  }
  return last[b_len];
}
