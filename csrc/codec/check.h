/* Checks parameters against a description, reporting every fault. */
#ifndef RESEAL_CODEC_CHECK_H
#define RESEAL_CODEC_CHECK_H

#include "codec/account.h"

/* Where each described parameter stands among the given ones: items of the tree; 0: not given. */
typedef struct reseal__given {
  reseal__memory memory;
  uint32_t *items;
  size_t count;
  uint32_t few[64]; /* enough for most tables */
} reseal__given;

/*
 * Finds the members of object `parent` that `params` describe; says nothing about others. False without memory; else
 * `reseal__given_free` takes it back.
 */
bool reseal__find_given(const reseal__memory *memory, const reseal__tree *tree, size_t parent,
                        const reseal__param *params, size_t count, bool any_case, reseal__given *given);
void reseal__given_free(reseal__given *given);
/* The operators of RESEAL__FIELD_OPERATOR. */
enum { RESEAL__OPERATORS = 12 };
extern const char *const reseal__operators[RESEAL__OPERATORS];
/* Whether `name` is a filter of that list call, `field` or `field:operator`; `joined`: its operator takes one comma list. */
bool reseal__is_filter(const reseal__provider *provider, const reseal__method *method, const char *name, size_t len,
                       bool *joined);
/* Adds a fault to `err` for everything wrong in `tree`. RESEAL_OK: there is none; RESEAL_ENOMEM: that can't be told. */
int reseal__check(const reseal_account *account, const reseal__method *method, const reseal__tree *tree,
                  reseal_error *err);

#endif
