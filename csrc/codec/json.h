/* Reads JSON strictly (RFC 8259) into a tree: valid UTF-8, no duplicate names, nothing after the end. */
#ifndef RESEAL_CODEC_JSON_H
#define RESEAL_CODEC_JSON_H

#include "codec/tree.h"
#include "description.h"

typedef struct reseal__json_fault {
  const char *code; /* malformed, too_deep, too_large; NULL with a failed tree: no memory */
  const char *text;
  size_t offset;
} reseal__json_fault;

/*
 * Adds the document to `tree` as its root, and leaves a root object open so that more members can follow. Members that are null are left out, as if
 * absent. `fields` describe the root's members (PEM is trimmed); NULL: nothing known.
 */
bool reseal__json_read(reseal__tree *tree, const char *text, size_t len, const reseal__field *fields, size_t count,
                       reseal__json_fault *fault);

#endif
