/* Memory: the allocator that everything goes through, and a byte buffer, the one place where sizes are added up. */
#ifndef RESEAL_CODEC_MEMORY_H
#define RESEAL_CODEC_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reseal.h"

typedef struct reseal__memory {
  reseal_alloc alloc;
  void *context;
} reseal__memory;

/* `alloc` NULL: malloc and free. */
reseal__memory reseal__memory_of(reseal_alloc alloc, void *context);
void *reseal__resize(const reseal__memory *memory, void *ptr, size_t old_size, size_t size);
/* As `reseal__resize`, for arrays; NULL also when the size would overflow. */
void *reseal__resize_array(const reseal__memory *memory, void *ptr, size_t old_count, size_t count, size_t item);
/* Overwrites in a way that no compiler drops. */
void reseal__wipe(void *ptr, size_t len);

/*
 * Bytes that grow. `data[len]` is always NUL once anything was put. A failed allocation is remembered in `failed`, and
 * everything after it does nothing: check once, at the end. Every function takes a NULL buffer and does nothing.
 */
typedef struct reseal__buffer {
  reseal__memory memory;
  char *data;
  size_t len, capacity;
  bool secret; /* wipe what is given back */
  bool failed;
} reseal__buffer;

reseal__buffer reseal__buffer_of(const reseal__memory *memory, bool secret);
void reseal__buffer_free(reseal__buffer *buffer);
void reseal__buffer_clear(reseal__buffer *buffer);
/* Shortens to `len`. */
void reseal__buffer_cut(reseal__buffer *buffer, size_t len);
/* Room for `len` more bytes; NULL when there is no memory. */
char *reseal__buffer_reserve(reseal__buffer *buffer, size_t len);
void reseal__put(reseal__buffer *buffer, const char *text, size_t len);
void reseal__put_text(reseal__buffer *buffer, const char *text);
void reseal__put_byte(reseal__buffer *buffer, char byte);
void reseal__put_integer(reseal__buffer *buffer, int64_t value);
/* Several texts in a row; the last argument is NULL. */
void reseal__say(reseal__buffer *buffer, const char *first, ...);

#endif
