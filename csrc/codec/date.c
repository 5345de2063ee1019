#include "codec/date.h"

#include <string.h>

#include "codec/text.h"

enum { DAY = 86400 };

static const char *const months[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const weekdays[7] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

typedef struct moment {
  int year, month, day, hour, minute, second;
} moment;

/* What is left of a text; `fine` falls at the first thing that is not as it should be. */
typedef struct cursor {
  const char *at, *end;
  bool fine;
} cursor;

static void expect(cursor *c, const char *text) {
  size_t len = strlen(text);
  if (!c->fine || (size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
    c->fine = false;
  else
    c->at += len;
}

static int digits(cursor *c, int count) {
  int value = 0;
  for (int i = 0; i < count; i++) {
    if (!c->fine || c->at == c->end || !reseal__is_digit(*c->at)) {
      c->fine = false;
      return 0;
    }
    value = value * 10 + (*c->at++ - '0');
  }
  return value;
}

/* The name that comes, of which only the first `letters` count (0: all of them). */
static int name(cursor *c, const char *const *names, int count, size_t letters) {
  for (int i = 0; c->fine && i < count; i++) {
    size_t len = letters ? letters : strlen(names[i]);
    if ((size_t)(c->end - c->at) < len || memcmp(c->at, names[i], len) != 0) continue;
    c->at += len;
    return i;
  }
  c->fine = false;
  return 0;
}

static void clock_time(cursor *c, moment *m) {
  m->hour = digits(c, 2);
  expect(c, ":");
  m->minute = digits(c, 2);
  expect(c, ":");
  m->second = digits(c, 2);
}

static bool is_leap(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of(int year, int month) {
  static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 to the first day of a year. */
static int64_t days_before(int year) {
  int64_t before = year - 1;
  return (before - 1969) * 365 + before / 4 - before / 100 + before / 400 - 477;
}

/* A second of 60 is a leap second, which no count of seconds has. */
static bool to_seconds(const moment *m, int64_t *seconds) {
  if (m->year < 1 || m->month < 1 || m->month > 12 || m->day < 1 || m->day > days_of(m->year, m->month)) return false;
  if (m->hour > 23 || m->minute > 59 || m->second > 60) return false;
  int64_t days = days_before(m->year) + m->day - 1;
  for (int month = 1; month < m->month; month++) days += days_of(m->year, month);
  *seconds = days * DAY + m->hour * 3600 + m->minute * 60 + m->second;
  return true;
}

static bool is_weekday(int64_t seconds, int weekday) {
  int64_t days = seconds / DAY - (seconds % DAY < 0); /* 1970-01-01 was a Thursday */
  return ((days + 4) % 7 + 7) % 7 == weekday;
}

bool reseal__http_date(const char *text, size_t len, int64_t about, int64_t *seconds) {
  const char *comma = len ? memchr(text, ',', len) : NULL;
  cursor c = {text, text + len, len > 0};
  moment m = {0};
  bool short_year = false;
  int weekday = name(&c, weekdays, 7, comma && comma - text > 3 ? 0 : 3);
  if (!comma) {
    expect(&c, " ");
    m.month = name(&c, months, 12, 3) + 1;
    expect(&c, " ");
    bool padded = c.fine && c.at < c.end && *c.at == ' ';
    if (padded) c.at++;
    m.day = digits(&c, padded ? 1 : 2);
    expect(&c, " ");
    clock_time(&c, &m);
    expect(&c, " ");
    m.year = digits(&c, 4);
  } else {
    short_year = comma - text > 3;
    const char *between = short_year ? "-" : " ";
    expect(&c, ", ");
    m.day = digits(&c, 2);
    expect(&c, between);
    m.month = name(&c, months, 12, 3) + 1;
    expect(&c, between);
    m.year = digits(&c, short_year ? 2 : 4);
    expect(&c, " ");
    clock_time(&c, &m);
    expect(&c, " GMT");
  }
  if (!c.fine || c.at != c.end) return false;
  if (short_year) {
    /* The last such year within 50 years from then on. */
    int64_t latest = 1970 + about / (36525 * (int64_t)864) + 50;
    m.year += (int)(latest - latest % 100);
    if (m.year > latest) m.year -= 100;
  }
  return to_seconds(&m, seconds) && is_weekday(*seconds - m.second, weekday);
}

bool reseal__timestamp(const char *text, size_t len, int64_t *seconds) {
  cursor c = {text, text + len, len > 0};
  moment m = {0};
  m.year = digits(&c, 4);
  expect(&c, "-");
  m.month = digits(&c, 2);
  expect(&c, "-");
  m.day = digits(&c, 2);
  expect(&c, "T");
  clock_time(&c, &m);
  if (c.fine && c.at < c.end && *c.at == '.') {
    c.at++;
    digits(&c, 1);
    while (c.at < c.end && reseal__is_digit(*c.at)) c.at++;
  }
  int sign = 0, hours = 0, minutes = 0;
  if (c.fine && c.at < c.end && (*c.at == '+' || *c.at == '-')) {
    sign = *c.at++ == '+' ? 1 : -1;
    hours = digits(&c, 2);
    expect(&c, ":");
    minutes = digits(&c, 2);
  } else {
    expect(&c, "Z");
  }
  if (!c.fine || c.at != c.end || hours > 23 || minutes > 59 || !to_seconds(&m, seconds)) return false;
  *seconds -= sign * (hours * 3600 + minutes * 60);
  return true;
}
