/*
 * A tree of named values as one flat list of items, parents before children. Results and parameters are both such trees.
 * Built front to back; what goes wrong on the way is remembered in `failure`, and everything after it does nothing.
 */
#ifndef RESEAL_CODEC_TREE_H
#define RESEAL_CODEC_TREE_H

#include "codec/memory.h"

/* Kinds that only parameters have, beside RESEAL_ITEM_…. */
#define RESEAL__ITEM_NULL 20
#define RESEAL__ITEM_OTHER 21

typedef enum {
  RESEAL__TREE_FINE = 0,
  RESEAL__TREE_NO_MEMORY,
  RESEAL__TREE_TOO_DEEP,
  RESEAL__TREE_TOO_MANY,
  RESEAL__TREE_UNBALANCED
} reseal__tree_failure;

typedef struct reseal__item {
  uint32_t type;
  uint32_t name, name_len; /* offsets into `bytes`; name 0: none */
  uint32_t text, text_len;
  uint32_t children;
  uint32_t next;   /* the item after this one and its children */
  uint32_t parent; /* the container around it; of item 0: itself */
  int64_t integer;
} reseal__item;

typedef struct reseal__tree {
  reseal__memory memory;
  reseal__item *items;
  size_t count, capacity;
  reseal__buffer bytes;
  uint32_t *open; /* the containers around the next item */
  size_t depth, open_capacity;
  size_t most_depth, most_items;
  reseal__tree_failure failure;
} reseal__tree;

void reseal__tree_init(reseal__tree *tree, const reseal__memory *memory, size_t most_depth, size_t most_items,
                       bool secret);
void reseal__tree_free(reseal__tree *tree);
void reseal__tree_clear(reseal__tree *tree);

void reseal__tree_open(reseal__tree *tree, const char *name, size_t name_len, int type);
void reseal__tree_close(reseal__tree *tree);
/* Takes back the last child of the innermost open container, which is `item`. */
void reseal__tree_drop(reseal__tree *tree, size_t item);
void reseal__tree_text(reseal__tree *tree, const char *name, size_t name_len, int type, const char *text, size_t len);
void reseal__tree_integer(reseal__tree *tree, const char *name, size_t name_len, int64_t value);
void reseal__tree_boolean(reseal__tree *tree, const char *name, size_t name_len, bool value);
/* Digits with an optional minus: an integer when every Lua holds it exactly, else a string. */
void reseal__tree_digits(reseal__tree *tree, const char *name, size_t name_len, const char *text, size_t len);

/* PEM without blanks at the ends of its lines, where answers indent it, and without empty lines around it. */
void reseal__tree_pem(reseal__tree *tree, const char *name, size_t name_len, const char *text, size_t len);

/* The same with literal names; nothing is added for a NULL text. */
void reseal__add_open(reseal__tree *tree, const char *name, int type);
void reseal__add_text(reseal__tree *tree, const char *name, const char *text);
void reseal__add_integer(reseal__tree *tree, const char *name, int64_t value);
void reseal__add_boolean(reseal__tree *tree, const char *name, bool value);

/*
 * No object has two members of one name. Of the innermost object that is open: `name` becomes one that no member of it has, by
 * as many underscores behind it as that takes.
 */
void reseal__tree_free_name(const reseal__tree *tree, reseal__buffer *name);
/* Its member `name`, if there is one, is given such a name: this one is needed. */
void reseal__tree_set_aside(reseal__tree *tree, const char *name);

/* Never NULL: "" where there is none. */
const char *reseal__item_name(const reseal__tree *tree, size_t item);
const char *reseal__item_text(const reseal__tree *tree, size_t item);
/* The member of that exact name; 0: none. */
size_t reseal__tree_find(const reseal__tree *tree, size_t item, const char *name, size_t name_len);

struct reseal_result {
  reseal__tree tree;
};

reseal_result *reseal__result_new(const reseal__memory *memory, size_t most_depth, size_t most_items);

#endif
