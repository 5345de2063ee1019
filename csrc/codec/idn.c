#include "codec/idn.h"

#include <string.h>

#include "codec/text.h"

/* Of a label and of a whole name, in ASCII. */
enum { LONGEST_LABEL = 63, LONGEST_NAME = 253 };

/* The next code point of valid UTF-8; 0 for what is none. */
static uint32_t next_point(const char **text, const char *stop) {
  const unsigned char *byte = (const unsigned char *)*text;
  size_t len = byte[0] < 0x80 ? 1 : byte[0] < 0xE0 ? 2 : byte[0] < 0xF0 ? 3 : 4;
  if ((size_t)(stop - *text) < len || (byte[0] >= 0x80 && byte[0] < 0xC2)) return 0;
  uint32_t point = len == 1 ? byte[0] : byte[0] & (0x7Fu >> len);
  for (size_t i = 1; i < len; i++) point = point << 6 | (byte[i] & 0x3F);
  *text += len;
  return point;
}

/* The letter as it stands in a name; 0: not known to stand for itself there. */
static uint32_t letter(uint32_t c) {
  if (c < 0x80) {
    char low = reseal__lower((char)c);
    return (low >= 'a' && low <= 'z') || reseal__is_digit(low) || low == '-' || low == '_' ? (unsigned char)low : 0;
  }
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 0x20;
  if (c >= 0xDF && c <= 0xFF && c != 0xF7) return c;
  /* Latin Extended-A: capitals and small letters in turn, but for those that Unicode makes others of. */
  if (c == 0x130 || c == 0x132 || c == 0x133 || c == 0x13F || c == 0x140 || c == 0x149 || c == 0x17F) return 0;
  if (c == 0x178) return 0xFF;
  if (c >= 0x100 && c <= 0x137) return c | 1;
  if (c == 0x138) return c;
  if (c >= 0x139 && c <= 0x148) return c % 2 ? c + 1 : c;
  if (c >= 0x14A && c <= 0x177) return c | 1;
  if (c >= 0x179 && c <= 0x17E) return c % 2 ? c + 1 : c;
  /* Greek */
  if (c == 0x386) return 0x3AC;
  if (c >= 0x388 && c <= 0x38A) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (c == 0x38E || c == 0x38F) return c + 63;
  if (c >= 0x391 && c <= 0x3AB && c != 0x3A2) return c + 0x20;
  if (c == 0x390 || (c >= 0x3AC && c <= 0x3CE)) return c;
  /* Cyrillic */
  if (c >= 0x400 && c <= 0x40F) return c + 0x50;
  if (c >= 0x410 && c <= 0x42F) return c + 0x20;
  if (c >= 0x430 && c <= 0x45F) return c;
  if (c >= 0x490 && c <= 0x4BF) return c | 1;
  /* Letters without capitals: Hebrew, Arabic, kana, Han, Hangul */
  if ((c >= 0x5D0 && c <= 0x5EA) || (c >= 0x620 && c <= 0x63F) || (c >= 0x641 && c <= 0x64A)) return c;
  if ((c >= 0x3041 && c <= 0x3096) || (c >= 0x30A1 && c <= 0x30FA) || c == 0x30FC) return c;
  if ((c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3)) return c;
  return 0;
}

/* RFC 3492, 6.1 */
static uint32_t adapt(uint32_t delta, uint32_t points, bool first) {
  uint32_t k = 0;
  delta = first ? delta / 700 : delta / 2;
  delta += delta / points;
  for (; delta > 455; k += 36) delta /= 35;
  return k + 36 * delta / (delta + 38);
}

static char digit(uint32_t value) {
  return (char)(value < 26 ? 'a' + value : '0' + value - 26);
}

/* RFC 3492, 6.3. `count` is at most LONGEST_LABEL, so nothing overflows. */
static void put_punycode(reseal__buffer *out, const uint32_t *points, size_t count) {
  uint32_t n = 128, delta = 0, bias = 72, handled = 0, basic;
  for (size_t i = 0; i < count; i++)
    if (points[i] < 128) {
      reseal__put_byte(out, (char)points[i]);
      handled++;
    }
  basic = handled;
  if (basic) reseal__put_byte(out, '-');
  for (; handled < count; delta++, n++) {
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < count; i++)
      if (points[i] >= n && points[i] < least) least = points[i];
    delta += (least - n) * (handled + 1);
    n = least;
    for (size_t i = 0; i < count; i++) {
      if (points[i] < n) delta++;
      if (points[i] != n) continue;
      uint32_t q = delta;
      for (uint32_t k = 36;; k += 36) {
        uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        if (q < t) break;
        reseal__put_byte(out, digit(t + (q - t) % (36 - t)));
        q = (q - t) / (36 - t);
      }
      reseal__put_byte(out, digit(q));
      bias = adapt(delta, handled + 1, handled == basic);
      delta = 0;
      handled++;
    }
  }
}

static bool put_label(reseal__buffer *out, const char *text, const char *stop) {
  uint32_t points[LONGEST_LABEL];
  size_t count = 0, before = out->len;
  bool own = false;
  if (text == stop || *text == '-' || stop[-1] == '-') return false;
  while (text < stop) {
    uint32_t point = letter(next_point(&text, stop));
    if (!point || count == LONGEST_LABEL) return false;
    own = own || point >= 128;
    points[count++] = point;
  }
  if (own) {
    reseal__put_text(out, "xn--");
    put_punycode(out, points, count);
  } else {
    for (size_t i = 0; i < count; i++) reseal__put_byte(out, (char)points[i]);
  }
  return out->len - before <= LONGEST_LABEL;
}

bool reseal__has_own_letters(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if ((unsigned char)text[i] >= 0x80) return true;
  return false;
}

bool reseal__put_ascii_name(reseal__buffer *out, const char *text, size_t len) {
  if (!out || !len) return false;
  size_t before = out->len;
  bool fine = reseal__is_utf8(text, len);
  for (const char *label = text, *stop = text + len; fine && label <= stop;) {
    const char *dot = label < stop ? memchr(label, '.', (size_t)(stop - label)) : NULL;
    const char *end = dot ? dot : stop;
    if (label > text) reseal__put_byte(out, '.');
    if (label == text && end == text + 1 && *text == '*')
      reseal__put_byte(out, '*');
    else
      fine = put_label(out, label, end);
    label = end + 1;
  }
  fine = fine && !out->failed && out->len - before <= LONGEST_NAME;
  if (!fine) reseal__buffer_cut(out, before);
  return fine;
}
