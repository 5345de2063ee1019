/*
 * The nearest double to a decimal number, ties to even. strtod would ask the locale what a decimal point is. Numbers of few
 * digits and a small exponent take one exact multiplication or division; all others go through whole numbers of many words.
 */
#include "codec/number.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

#include "codec/text.h"

_Static_assert(sizeof(double) == 8 && DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024, "a double is IEEE 754's binary64");

/*
 * No double needs more digits than MOST_DIGITS to be told from its neighbours; what follows them only says whether there is
 * more. WORDS hold so many digits, or one digit shifted until it can be divided by the largest power of five.
 */
enum { MOST_DIGITS = 800, WORDS = 128 };

typedef struct decimal {
  char digits[MOST_DIGITS]; /* without leading zeros */
  size_t count;
  bool more;        /* digits other than 0 follow */
  int64_t exponent; /* the value is `digits` times ten to this power */
  bool minus;
} decimal;

typedef struct whole {
  uint32_t words[WORDS]; /* the lowest first */
  size_t count;          /* none of them: 0 */
  bool more;             /* a remainder was dropped */
} whole;

static void read_decimal(const char *text, size_t len, decimal *out) {
  size_t i = 0;
  bool point = false;
  out->count = 0;
  out->more = false;
  out->exponent = 0;
  out->minus = len && text[0] == '-';
  for (i = out->minus; i < len && (reseal__is_digit(text[i]) || text[i] == '.'); i++) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    if (out->count == MOST_DIGITS) {
      out->more = out->more || text[i] != '0';
      out->exponent += !point;
    } else {
      if (out->count || text[i] != '0') out->digits[out->count++] = (char)(text[i] - '0');
      out->exponent -= point;
    }
  }
  if (i == len) return;
  bool down = ++i < len && text[i] == '-';
  if (i < len && (text[i] == '-' || text[i] == '+')) i++;
  int64_t power = 0;
  for (; i < len; i++)
    if (power < INT64_C(1) << 40) power = power * 10 + (text[i] - '0');
  out->exponent += down ? -power : power;
}

/* Times `factor`, plus `add`. */
static void multiply(whole *n, uint32_t factor, uint32_t add) {
  uint64_t carry = add;
  for (size_t i = 0; i < n->count; i++) {
    carry += (uint64_t)n->words[i] * factor;
    n->words[i] = (uint32_t)carry;
    carry >>= 32;
  }
  if (carry) n->words[n->count++] = (uint32_t)carry;
}

static void divide(whole *n, uint32_t by) {
  uint64_t rest = 0;
  for (size_t i = n->count; i-- > 0;) {
    rest = rest << 32 | n->words[i];
    n->words[i] = (uint32_t)(rest / by);
    rest %= by;
  }
  while (n->count && !n->words[n->count - 1]) n->count--;
  n->more = n->more || rest;
}

static void shift_up(whole *n, size_t words) {
  memmove(n->words + words, n->words, n->count * sizeof n->words[0]);
  memset(n->words, 0, words * sizeof n->words[0]);
  n->count += words;
}

static const uint32_t fives[] = {1,     5,      25,      125,     625,      3125,      15625,
                                 78125, 390625, 1953125, 9765625, 48828125, 244140625, 1220703125};
enum { MOST_FIVES = 13 };

/* The nearest double to n times two to `exponent`, given as its bits; false past the largest. */
static bool round_to_bits(const whole *n, int64_t exponent, uint64_t *bits) {
  /* The highest 64 bits; `more`: there are others below them. */
  uint64_t top = 0;
  bool more = n->more;
  size_t high = 0; /* bits of the highest word */
  for (uint32_t word = n->words[n->count - 1]; word; word >>= 1) high++;
  int64_t len = (int64_t)(n->count - 1) * 32 + (int64_t)high;
  for (size_t taken = 0, i = n->count; i-- > 0;) {
    uint32_t word = n->words[i];
    size_t width = i == n->count - 1 ? high : 32;
    if (taken + width <= 64) {
      top = width == 64 ? word : top << width | word;
      taken += width;
    } else {
      size_t room = 64 - taken;
      if (room) top = top << room | word >> (32 - room);
      more = more || (word & (uint32_t)((UINT64_C(1) << (32 - room)) - 1));
      taken = 64;
    }
  }
  if (len < 64) top <<= 64 - len;
  exponent += len - 1; /* of the highest bit */
  if (exponent > 1023) return false;
  /* 53 bits are kept, fewer where the exponent can go no lower. */
  int64_t dropped = exponent < -1022 ? 11 + (-1022 - exponent) : 11;
  if (dropped > 64) {
    *bits = 0;
    return true;
  }
  uint64_t kept = dropped == 64 ? 0 : top >> dropped;
  uint64_t half = UINT64_C(1) << (dropped - 1), below = top & (half - 1);
  if ((top & half) && (below || more || (kept & 1))) kept++;
  /* A carry out of the 53 bits makes the next exponent of itself; the hidden bit adds one to the biased exponent. */
  uint64_t biased = exponent < -1022 ? 0 : (uint64_t)(exponent + 1022);
  *bits = (biased << 52) + kept;
  return *bits < UINT64_C(0x7FF) << 52;
}

static bool convert(const decimal *d, double *value) {
  int64_t magnitude =
      (int64_t)d->count + d->exponent; /* the value is below ten to this power, and not below a tenth of it */
  if (magnitude > 310 || magnitude < -330) return false;
  whole n = {.count = 0, .more = d->more};
  for (size_t i = 0; i < d->count; i++) multiply(&n, 10, (uint32_t)d->digits[i]);
  /* Ten to a power is five to it and two to it; the latter is only counted. */
  int64_t twos = d->exponent;
  if (d->exponent >= 0) {
    for (int64_t left = d->exponent; left; left -= left < MOST_FIVES ? left : MOST_FIVES)
      multiply(&n, fives[left < MOST_FIVES ? left : MOST_FIVES], 0);
  } else {
    /* Room for the quotient to keep 64 bits and more: five to a power has less than 7/3 bits a power. */
    int64_t fives_bits = (-d->exponent * 7 + 2) / 3, have = (int64_t)(n.count - 1) * 32;
    size_t words = fives_bits + 66 > have ? (size_t)(fives_bits + 66 - have + 31) / 32 : 0;
    shift_up(&n, words);
    twos -= (int64_t)words * 32;
    for (int64_t left = -d->exponent; left; left -= left < MOST_FIVES ? left : MOST_FIVES)
      divide(&n, fives[left < MOST_FIVES ? left : MOST_FIVES]);
  }
  uint64_t bits;
  if (!round_to_bits(&n, twos, &bits) || bits == 0) return false;
  if (d->minus) bits |= UINT64_C(1) << 63;
  memcpy(value, &bits, sizeof *value);
  return true;
}

bool reseal__to_double(const char *text, size_t len, double *value) {
  decimal d;
  read_decimal(text, len, &d);
  if (!d.count) {
    *value = d.minus ? -0.0 : 0.0;
    return true;
  }
#if FLT_EVAL_METHOD == 0
  static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  if (d.count <= 15 && d.exponent >= -22 && d.exponent <= 22) {
    int64_t digits = 0;
    for (size_t i = 0; i < d.count; i++) digits = digits * 10 + d.digits[i];
    /* Both are exact, so that the one operation rounds rightly. */
    double exact = (double)(d.minus ? -digits : digits);
    *value = d.exponent < 0 ? exact / tens[-d.exponent] : exact * tens[d.exponent];
    return true;
  }
#endif
  return convert(&d, value);
}

bool reseal__is_double(const char *text, size_t len) {
  decimal d;
  read_decimal(text, len, &d);
  if (!d.count) return true;
  int64_t magnitude = (int64_t)d.count + d.exponent;
  if (magnitude > -300 && magnitude < 300) return true;
  double value;
  return convert(&d, &value);
}
