/* What came over the wire, as the value of the type that the description promises; for every kind of wire alike. */
#ifndef RESEAL_CODEC_CONVERT_H
#define RESEAL_CODEC_CONVERT_H

#include "codec/tree.h"
#include "description.h"

/*
 * Adds one value to the tree. `kind` is what the wire takes it for: RESEAL_ITEM_STRING, RESEAL_ITEM_NUMBER (with the text of a
 * JSON number) or RESEAL_ITEM_BOOLEAN ("true" or "false"). Tolerant where the meaning is beyond doubt: digits in a string are an
 * integer, 900.0 is 900, a number is the text that it was written as; an empty string is no number and no boolean, as if absent.
 * False, and nothing added: it is no value of that type, which is never a list or an object here.
 */
bool reseal__convert(reseal__tree *tree, const char *name, size_t name_len, reseal__result_type type, int kind,
                     const char *text, size_t len);
/* Ends the sentence "… is not …". */
const char *reseal__type_words(reseal__result_type type);

#endif
