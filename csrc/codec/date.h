/* Points in time as answers write them, in seconds since 1970. Strict: what is not exactly of a form is no date. */
#ifndef RESEAL_CODEC_DATE_H
#define RESEAL_CODEC_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A date of HTTP, RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT", or one of the two obsolete forms, "Sunday, 06-Nov-94 08:49:37
 * GMT" and "Sun Nov  6 08:49:37 1994". A year of two digits is the last one that is at most 50 years after `about`, a time near
 * the present.
 */
bool reseal__http_date(const char *text, size_t len, int64_t about, int64_t *seconds);
/* A timestamp of ISO 8601: "2026-03-01T06:00:00Z", with an offset "+02:00" in place of Z, and fractions of a second. */
bool reseal__timestamp(const char *text, size_t len, int64_t *seconds);

#endif
