#include "codec/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void *standard_alloc(void *context, void *ptr, size_t old_size, size_t size) {
  (void)context;
  (void)old_size;
  if (size == 0) {
    free(ptr);
    return NULL;
  }
  return realloc(ptr, size);
}

reseal__memory reseal__memory_of(reseal_alloc alloc, void *context) {
  if (alloc) return (reseal__memory){.alloc = alloc, .context = context};
  return (reseal__memory){.alloc = standard_alloc};
}

void *reseal__resize(const reseal__memory *memory, void *ptr, size_t old_size, size_t size) {
  return memory->alloc(memory->context, ptr, old_size, size);
}

void *reseal__resize_array(const reseal__memory *memory, void *ptr, size_t old_count, size_t count, size_t item) {
  if (count > SIZE_MAX / item) return NULL;
  return reseal__resize(memory, ptr, old_count * item, count * item);
}

void reseal__wipe(void *ptr, size_t len) {
  volatile unsigned char *byte = ptr;
  while (len--) *byte++ = 0;
}

reseal__buffer reseal__buffer_of(const reseal__memory *memory, bool secret) {
  return (reseal__buffer){.memory = *memory, .secret = secret};
}

void reseal__buffer_free(reseal__buffer *buffer) {
  if (!buffer || !buffer->data) return;
  if (buffer->secret) reseal__wipe(buffer->data, buffer->capacity);
  reseal__resize(&buffer->memory, buffer->data, buffer->capacity, 0);
  buffer->data = NULL;
  buffer->len = buffer->capacity = 0;
}

void reseal__buffer_cut(reseal__buffer *buffer, size_t len) {
  if (!buffer || !buffer->data || len > buffer->len) return;
  if (buffer->secret) reseal__wipe(buffer->data + len, buffer->len - len);
  buffer->len = len;
  buffer->data[len] = '\0';
}

void reseal__buffer_clear(reseal__buffer *buffer) {
  reseal__buffer_cut(buffer, 0);
  buffer->failed = false;
}

char *reseal__buffer_reserve(reseal__buffer *buffer, size_t len) {
  if (!buffer || buffer->failed) return NULL;
  /* One byte more than asked for: the closing NUL. */
  if (len >= SIZE_MAX / 2 - buffer->len) {
    buffer->failed = true;
    return NULL;
  }
  size_t needed = buffer->len + len + 1;
  if (needed > buffer->capacity) {
    size_t capacity = buffer->capacity < 64 ? 64 : buffer->capacity;
    while (capacity < needed) capacity *= 2;
    char *data;
    if (buffer->secret) {
      /* realloc would leave the old bytes behind */
      data = reseal__resize(&buffer->memory, NULL, 0, capacity);
      if (data && buffer->data) {
        memcpy(data, buffer->data, buffer->len);
        reseal__wipe(buffer->data, buffer->capacity);
        reseal__resize(&buffer->memory, buffer->data, buffer->capacity, 0);
      }
    } else {
      data = reseal__resize(&buffer->memory, buffer->data, buffer->capacity, capacity);
    }
    if (!data) {
      buffer->failed = true;
      return NULL;
    }
    buffer->data = data;
    buffer->capacity = capacity;
  }
  return buffer->data + buffer->len;
}

void reseal__put(reseal__buffer *buffer, const char *text, size_t len) {
  char *at = reseal__buffer_reserve(buffer, len);
  if (!at) return;
  if (len) memcpy(at, text, len);
  at[len] = '\0';
  buffer->len += len;
}

void reseal__put_text(reseal__buffer *buffer, const char *text) {
  reseal__put(buffer, text, strlen(text));
}

void reseal__put_byte(reseal__buffer *buffer, char byte) {
  reseal__put(buffer, &byte, 1);
}

void reseal__put_integer(reseal__buffer *buffer, int64_t value) {
  char digits[24];
  size_t at = sizeof digits;
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do {
    digits[--at] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest);
  if (value < 0) digits[--at] = '-';
  reseal__put(buffer, digits + at, sizeof digits - at);
}

void reseal__say(reseal__buffer *buffer, const char *first, ...) {
  va_list texts;
  va_start(texts, first);
  for (const char *text = first; text; text = va_arg(texts, const char *)) reseal__put_text(buffer, text);
  va_end(texts);
}
