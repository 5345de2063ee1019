/* Names in one buffer, put in order so that equal ones stand together: no object of an answer is too wide for that. */
#ifndef RESEAL_CODEC_NAMES_H
#define RESEAL_CODEC_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct reseal__name {
  uint32_t at, len; /* in the buffer */
  uint32_t number;  /* whose it is; equal names are put in the order of their numbers */
} reseal__name;

bool reseal__same_name(const char *bytes, const reseal__name *a, const reseal__name *b);
/* In n log n comparisons whatever the names, and in place. */
void reseal__sort_names(const char *bytes, reseal__name *names, size_t count);

#endif
