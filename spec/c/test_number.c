/* Decimal text to doubles: against strtod, which is right in the C locale that this program never leaves. */
#include "support.h"

#include <math.h>
#include <stdio.h>

#include "codec/number.h"

static uint32_t seed = 20261125;

static uint32_t random_below(uint32_t limit) {
  seed = seed * 1664525u + 1013904223u;
  return (uint32_t)((uint64_t)(seed >> 4) * limit >> 28);
}

static void assert_like_strtod(const char *text) {
  double value = 0, expected = strtod(text, NULL);
  bool is_zero = strspn(text, "-0.") == strcspn(text, "eE");
  int there = reseal__to_double(text, strlen(text), &value);
  if (there != (isfinite(expected) && (expected != 0 || is_zero)))
    fail_msg("%s: %s", text, there ? "read" : "not read");
  if (there != reseal__is_double(text, strlen(text))) fail_msg("%s: is_double says otherwise", text);
  if (there && memcmp(&value, &expected, sizeof value) != 0)
    fail_msg("%s: %.17g instead of %.17g", text, value, expected);
}

static void reads_any_decimal(void **state) {
  (void)state;
  char text[1400];
  for (int round = 0; round < 60000; round++) {
    char *at = text;
    if (random_below(2)) *at++ = '-';
    uint32_t digits = 1 + random_below(round % 50 == 0 ? 1000 : 25), point = random_below(digits + 3);
    for (uint32_t i = 0; i < digits; i++) {
      if (i == point && i) *at++ = '.';
      *at++ = (char)('0' + (random_below(4) ? random_below(10) : random_below(2) * 9));
    }
    *at = '\0';
    if (random_below(4)) {
      static const char *const forms[] = {"e%d", "E%d", "e%+d", "e-0%d"};
      int exponent = (int)random_below(700) - 350;
      uint32_t form = random_below(exponent < 0 ? 3 : 4);
      if (random_below(3) == 0) exponent /= 16;
      sprintf(at, forms[form], exponent);
    }
    assert_like_strtod(text);
  }
}

/* What lies on a double, half-way to the next, and a little to each side of that. */
static void reads_what_lies_between_two(void **state) {
  (void)state;
  char text[1400];
  for (int round = 0; round < 6000; round++) {
    uint64_t bits =
        ((uint64_t)random_below(1u << 28) << 36) ^ ((uint64_t)random_below(1u << 28) << 14) ^ random_below(1u << 14);
    if (round % 4 == 0) bits &= UINT64_C(0x800FFFFFFFFFFFFF); /* below the normal range */
    if (round % 16 == 1) bits |= UINT64_C(0x7FE) << 52;       /* at its end */
    double value;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value)) continue;
    sprintf(text, "%.17g", value);
    assert_like_strtod(text);
    sprintf(text, "%.800e", value);
    assert_like_strtod(text);
    /* 53 bits and one more: exact as a long double where that has them. */
    double next;
    bits++;
    memcpy(&next, &bits, sizeof next);
    if (!isfinite(next)) continue;
    long double half = (long double)value + ((long double)next - (long double)value) / 2;
    sprintf(text, "%.1200Le", half);
    assert_like_strtod(text);
    size_t len = strcspn(text, "e");
    text[len - 1] = text[len - 1] == '0' ? '1' : '0';
    assert_like_strtod(text);
  }
}

static void reads_the_ends_of_the_range(void **state) {
  (void)state;
  static const char *const texts[] = {"0",
                                      "-0",
                                      "0.0",
                                      "0e5",
                                      "0e-999999999999999999999",
                                      "-0.000e999",
                                      "1",
                                      "1e22",
                                      "1e23",
                                      "1e-22",
                                      "1e-23",
                                      "1.7976931348623157e308",
                                      "1.7976931348623158e308",
                                      "1.7976931348623159e308",
                                      "179769313486231580793728971405301e276",
                                      "1e308",
                                      "1e309",
                                      "1e310",
                                      "1e311",
                                      "5e-324",
                                      "2.4703282292062327e-324",
                                      "2.4703282292062328e-324",
                                      "2.5e-324",
                                      "2e-324",
                                      "1e-323",
                                      "2.2250738585072011e-308",
                                      "2.2250738585072012e-308",
                                      "2.2250738585072014e-308",
                                      "1e99999999999999999999999",
                                      "1e-99999999999999999999999",
                                      "9007199254740993",
                                      "9007199254740992.9999",
                                      "0.00000000000000000000000000000000000001e38"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) assert_like_strtod(texts[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_any_decimal),
      cmocka_unit_test(reads_what_lies_between_two),
      cmocka_unit_test(reads_the_ends_of_the_range),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
