/* Dates of HTTP and of ISO 8601; the expected seconds are those of `date -u -d … +%s`. */
#include "support.h"

#include <stdbool.h>

#include "codec/date.h"

#define ABOUT INT64_C(1767225600) /* 2026-01-01 */

static void http(const char *text, int64_t expected) {
  int64_t seconds = 0;
  if (!reseal__http_date(text, strlen(text), ABOUT, &seconds)) fail_msg("refused: %s", text);
  if (seconds != expected) fail_msg("%s is %lld", text, (long long)seconds);
}

static void no_http(const char *text) {
  int64_t seconds;
  if (reseal__http_date(text, strlen(text), ABOUT, &seconds)) fail_msg("taken: %s", text);
}

static void iso(const char *text, int64_t expected) {
  int64_t seconds = 0;
  if (!reseal__timestamp(text, strlen(text), &seconds)) fail_msg("refused: %s", text);
  if (seconds != expected) fail_msg("%s is %lld", text, (long long)seconds);
}

static void no_iso(const char *text) {
  int64_t seconds;
  if (reseal__timestamp(text, strlen(text), &seconds)) fail_msg("taken: %s", text);
}

static void reads_the_three_forms_of_http(void **state) {
  (void)state;
  /* The examples of RFC 9110, 5.6.7: one moment. */
  http("Sun, 06 Nov 1994 08:49:37 GMT", 784111777);
  http("Sunday, 06-Nov-94 08:49:37 GMT", 784111777);
  http("Sun Nov  6 08:49:37 1994", 784111777);
  http("Thu, 01 Jan 1970 00:00:00 GMT", 0);
  http("Wed, 31 Dec 1969 23:59:59 GMT", -1);
  http("Tue, 29 Feb 2028 23:59:59 GMT", 1835481599);
  http("Tue Feb 29 23:59:59 2028", 1835481599);
  http("Fri, 31 Dec 9999 23:59:59 GMT", 253402300799);
  http("Sat, 31 Dec 2016 23:59:60 GMT", 1483228800); /* a leap second */
  http("Wednesday, 25-Nov-26 12:00:00 GMT", 1795608000);
  http("Wed Nov 25 12:00:00 2026", 1795608000);
}

static void takes_a_short_year_for_one_at_most_50_years_ahead(void **state) {
  (void)state;
  int64_t seconds;
  http("Wednesday, 01-Jan-76 00:00:00 GMT", 3345062400); /* 2076 */
  no_http("Thursday, 01-Jan-76 00:00:00 GMT");           /* the weekday of 1976 */
  http("Saturday, 01-Jan-77 00:00:00 GMT", 220924800);   /* 1977 */
  const char *text = "Saturday, 01-Jan-77 00:00:00 GMT";
  assert_true(reseal__http_date(text, strlen(text), 0, &seconds));
  text = "Friday, 01-Jan-77 00:00:00 GMT";
  assert_true(reseal__http_date(text, strlen(text), INT64_C(1830297600), &seconds)); /* 2028: 2077 */
  assert_int_equal(seconds, INT64_C(3376684800));
}

static void takes_nothing_else_for_a_date_of_http(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      "Sun",
      "Mon, 06 Nov 1994 08:49:37 GMT", /* it was a Sunday */
      "Sun, 6 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 8:49:37 GMT",
      "Sun, 06 Nov 94 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37",
      "Sun, 06 Nov 1994 08:49:37 UTC",
      "Sun, 06 Nov 1994 08:49:37 +0000",
      "Sun, 06 Nov 1994 08:49:37 GMT ",
      " Sun, 06 Nov 1994 08:49:37 GMT",
      "Sun,  06 Nov 1994 08:49:37 GMT",
      "sun, 06 nov 1994 08:49:37 gmt",
      "Sun, 06-Nov-1994 08:49:37 GMT",
      "Sunday, 06 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:00:00 GMT",
      "Sun, 06 Nov 1994 23:60:00 GMT",
      "Sun, 06 Nov 1994 23:59:61 GMT",
      "Sun, 31 Nov 1994 08:49:37 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT",
      "Wed, 29 Feb 2023 08:49:37 GMT",
      "Mon, 29 Feb 2100 08:49:37 GMT",
      "Sat, 01 Jan 0000 00:00:00 GMT",
      "Sun Nov 6 08:49:37 1994",
      "Sun Nov 06 08:49:37 94",
      "Sun Nov  6 08:49:37 1994 GMT",
      "Sunday Nov  6 08:49:37 1994",
      "1994-11-06T08:49:37Z",
      "784111777",
      "Sun, 06 Nov -994 08:49:37 GMT",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) no_http(texts[i]);
  /* Nothing is read past the end. */
  const char *whole = "Sun, 06 Nov 1994 08:49:37 GMT";
  int64_t seconds;
  for (size_t len = 0; len < strlen(whole); len++) {
    char *part = malloc(len + 1);
    memcpy(part, whole, len);
    assert_false(reseal__http_date(part, len, ABOUT, &seconds));
    assert_false(reseal__timestamp(part, len, &seconds));
    free(part);
  }
}

static void reads_timestamps(void **state) {
  (void)state;
  iso("2026-03-01T06:00:00Z", 1772344800);
  iso("2026-03-01T08:00:00+02:00", 1772344800);
  iso("2026-02-28T22:30:00-07:30", 1772344800);
  iso("2026-03-01T06:00:00.999Z", 1772344800);
  iso("1970-01-01T00:00:00Z", 0);
  static const char *const texts[] = {"",
                                      "2026-03-01",
                                      "2026-03-01T06:00:00",
                                      "2026-03-01 06:00:00Z",
                                      "2026-02-29T06:00:00Z",
                                      "2026-13-01T06:00:00Z",
                                      "2026-03-01T06:00:00.Z",
                                      "2026-03-01T06:00:00+0200",
                                      "2026-03-01T06:00:00+24:00",
                                      "2026-03-01T06:00:00ZZ",
                                      "2026-03-01T25:00:00Z",
                                      "026-03-01T06:00:00Z",
                                      "tomorrow"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) no_iso(texts[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_the_three_forms_of_http),
      cmocka_unit_test(takes_a_short_year_for_one_at_most_50_years_ahead),
      cmocka_unit_test(takes_nothing_else_for_a_date_of_http),
      cmocka_unit_test(reads_timestamps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
