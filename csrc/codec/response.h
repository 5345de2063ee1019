/* What a seller answered, as a transport hands it over. */
#ifndef RESEAL_CODEC_RESPONSE_H
#define RESEAL_CODEC_RESPONSE_H

#include "codec/memory.h"
#include "codec/text.h"
#include "description.h"

/* The headers that mean something here. Others are not kept. */
typedef enum { RESEAL__DATE, RESEAL__RETRY_AFTER, RESEAL__HANDLE, RESEAL__HEADERS } reseal__header_kind;

/* Kept in place: whatever memory there is, the handle on an order is never lost. */
typedef struct reseal__header_value {
  size_t count; /* how many came; the text is that of the first */
  size_t len;
  char text[128];
} reseal__header_value;

struct reseal_response {
  reseal__memory memory;
  const reseal__provider *provider;
  int status;
  reseal__header_value headers[RESEAL__HEADERS];
  const char *body; /* the caller's */
  size_t body_len;
  bool is_cut;
  int64_t received; /* of a body that was cut; -1: not known */
};

/* The value of the first such header; text NULL when there is none. */
reseal__span reseal__header(const reseal_response *response, reseal__header_kind kind);

#endif
