/* Reads JSON strictly (RFC 8259) into a tree: valid UTF-8, no duplicate names, nothing after the end. */
#ifndef RESEAL_CODEC_JSON_H
#define RESEAL_CODEC_JSON_H

#include "codec/tree.h"
#include "description.h"

enum { RESEAL__MOST_PATH = 96 };

typedef struct reseal__json_fault {
  const char *code; /* malformed, too_deep, too_large; NULL with a failed tree: no memory */
  const char *text;
  size_t offset; /* where in the text it is seen */
  /* With a type: the value at `path`, such as quote.billables[2].total, is not of that type. */
  reseal__result_type type;
  char path[RESEAL__MOST_PATH];
} reseal__json_fault;

/* What is described of a document: the members of its object, or that it is a list of strings. Anything else is kept as it is. */
typedef struct reseal__json_shape {
  const reseal__field *fields;
  size_t count;
  bool texts;
  bool lenient; /* described values that are not of their type are left out; otherwise they are a fault */
} reseal__json_shape;

/*
 * Adds the document to `tree` as its root, and leaves a root object open so that more members can follow. Members that are null
 * are left out, as if absent; in a list that nobody describes null is a RESEAL_ITEM_NULL.
 */
bool reseal__json_read(reseal__tree *tree, const char *text, size_t len, const reseal__json_shape *described,
                       reseal__json_fault *fault);

#endif
