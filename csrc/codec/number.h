/* Decimal text to a double, the nearest one, whatever the locale. */
#ifndef RESEAL_CODEC_NUMBER_H
#define RESEAL_CODEC_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * `text` is a number as JSON writes it. False when no double stands for it: it is larger than the largest, or it is not 0 and
 * the nearest double is.
 */
bool reseal__to_double(const char *text, size_t len, double *value);
/* Whether it would be true; as a rule without the work. */
bool reseal__is_double(const char *text, size_t len);

#endif
