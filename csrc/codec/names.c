#include "codec/names.h"

#include <string.h>

bool reseal__same_name(const char *bytes, const reseal__name *a, const reseal__name *b) {
  return a->len == b->len && (a->len == 0 || memcmp(bytes + a->at, bytes + b->at, a->len) == 0);
}

static bool comes_before(const char *bytes, const reseal__name *a, const reseal__name *b) {
  if (a->len != b->len) return a->len < b->len;
  int order = a->len ? memcmp(bytes + a->at, bytes + b->at, a->len) : 0;
  return order ? order < 0 : a->number < b->number;
}

/* Heap sort: qsort knows nothing of `bytes`, and may need memory or the square of `count`. */
static void sift(const char *bytes, reseal__name *names, size_t root, size_t count) {
  for (size_t child; (child = 2 * root + 1) < count; root = child) {
    if (child + 1 < count && comes_before(bytes, &names[child], &names[child + 1])) child++;
    if (!comes_before(bytes, &names[root], &names[child])) return;
    reseal__name swap = names[root];
    names[root] = names[child];
    names[child] = swap;
  }
}

void reseal__sort_names(const char *bytes, reseal__name *names, size_t count) {
  for (size_t root = count / 2; root-- > 0;) sift(bytes, names, root, count);
  for (size_t last = count; last-- > 1;) {
    reseal__name swap = names[0];
    names[0] = names[last];
    names[last] = swap;
    sift(bytes, names, 0, last);
  }
}
