#include "codec/tree.h"

#include <string.h>

#include "codec/number.h"
#include "codec/text.h"

void reseal__tree_init(reseal__tree *tree, const reseal__memory *memory, size_t most_depth, size_t most_items,
                       bool secret) {
  *tree = (reseal__tree){.memory = *memory, .most_depth = most_depth, .most_items = most_items};
  tree->bytes = reseal__buffer_of(memory, secret);
}

void reseal__tree_free(reseal__tree *tree) {
  reseal__resize(&tree->memory, tree->items, tree->capacity * sizeof *tree->items, 0);
  reseal__resize(&tree->memory, tree->open, tree->open_capacity * sizeof *tree->open, 0);
  reseal__buffer_free(&tree->bytes);
  tree->items = NULL;
  tree->open = NULL;
  tree->count = tree->capacity = tree->depth = tree->open_capacity = 0;
}

void reseal__tree_clear(reseal__tree *tree) {
  reseal__buffer_clear(&tree->bytes);
  tree->count = tree->depth = 0;
  tree->failure = RESEAL__TREE_FINE;
}

static void fail(reseal__tree *tree, reseal__tree_failure failure) {
  if (!tree->failure) tree->failure = failure;
}

/* Copies a string behind the others and returns where it stands. Offset 0 is the empty string, and "none". */
static uint32_t store(reseal__tree *tree, const char *text, size_t len) {
  if (tree->bytes.len == 0) reseal__put_byte(&tree->bytes, '\0');
  if (len >= UINT32_MAX - tree->bytes.len) {
    fail(tree, RESEAL__TREE_NO_MEMORY);
    return 0;
  }
  uint32_t at = (uint32_t)tree->bytes.len;
  reseal__put(&tree->bytes, text, len);
  reseal__put_byte(&tree->bytes, '\0');
  if (tree->bytes.failed) fail(tree, RESEAL__TREE_NO_MEMORY);
  return at;
}

static reseal__item *add(reseal__tree *tree, const char *name, size_t name_len, int type) {
  if (tree->failure) return NULL;
  if (tree->count >= tree->most_items || tree->count >= UINT32_MAX - 1) {
    fail(tree, RESEAL__TREE_TOO_MANY);
    return NULL;
  }
  if (tree->count == tree->capacity) {
    size_t capacity = tree->capacity ? tree->capacity * 2 : 32;
    reseal__item *items =
        reseal__resize_array(&tree->memory, tree->items, tree->capacity, capacity, sizeof *tree->items);
    if (!items) {
      fail(tree, RESEAL__TREE_NO_MEMORY);
      return NULL;
    }
    tree->items = items;
    tree->capacity = capacity;
  }
  reseal__item *item = &tree->items[tree->count];
  uint32_t parent = tree->depth ? tree->open[tree->depth - 1] : 0;
  *item = (reseal__item){.type = (uint32_t)type, .next = (uint32_t)tree->count + 1, .parent = parent};
  if (name) {
    item->name = store(tree, name, name_len);
    item->name_len = (uint32_t)name_len;
  }
  if (tree->failure) return NULL;
  if (tree->depth) tree->items[parent].children++;
  tree->count++;
  /* The root spans everything from the start: parameters are read while it is still open. */
  tree->items[0].next = (uint32_t)tree->count;
  return item;
}

void reseal__tree_open(reseal__tree *tree, const char *name, size_t name_len, int type) {
  if (tree->failure) return;
  if (tree->depth >= tree->most_depth) {
    fail(tree, RESEAL__TREE_TOO_DEEP);
    return;
  }
  if (tree->depth == tree->open_capacity) {
    size_t capacity = tree->open_capacity ? tree->open_capacity * 2 : 16;
    uint32_t *open = reseal__resize_array(&tree->memory, tree->open, tree->open_capacity, capacity, sizeof *tree->open);
    if (!open) {
      fail(tree, RESEAL__TREE_NO_MEMORY);
      return;
    }
    tree->open = open;
    tree->open_capacity = capacity;
  }
  if (add(tree, name, name_len, type)) tree->open[tree->depth++] = (uint32_t)tree->count - 1;
}

void reseal__tree_close(reseal__tree *tree) {
  if (tree->failure) return;
  if (tree->depth == 0) {
    fail(tree, RESEAL__TREE_UNBALANCED);
    return;
  }
  tree->items[tree->open[--tree->depth]].next = (uint32_t)tree->count;
}

void reseal__tree_drop(reseal__tree *tree, size_t item) {
  if (tree->failure || item >= tree->count || tree->depth == 0) return;
  tree->items[tree->open[tree->depth - 1]].children--;
  tree->count = item;
  tree->items[0].next = (uint32_t)tree->count;
}

void reseal__tree_text(reseal__tree *tree, const char *name, size_t name_len, int type, const char *text, size_t len) {
  reseal__item *item = add(tree, name, name_len, type);
  if (!item) return;
  item->text = store(tree, text, len);
  item->text_len = (uint32_t)len;
}

void reseal__tree_integer(reseal__tree *tree, const char *name, size_t name_len, int64_t value) {
  reseal__item *item = add(tree, name, name_len, RESEAL_ITEM_INTEGER);
  if (!item) return;
  item->integer = value;
  item->text = (uint32_t)tree->bytes.len;
  reseal__put_integer(&tree->bytes, value);
  item->text_len = (uint32_t)tree->bytes.len - item->text;
  reseal__put_byte(&tree->bytes, '\0');
  if (tree->bytes.failed) fail(tree, RESEAL__TREE_NO_MEMORY);
}

void reseal__tree_boolean(reseal__tree *tree, const char *name, size_t name_len, bool value) {
  reseal__item *item = add(tree, name, name_len, RESEAL_ITEM_BOOLEAN);
  if (!item) return;
  item->integer = value;
  item->text = store(tree, value ? "true" : "false", value ? 4 : 5);
  item->text_len = value ? 4 : 5;
}

void reseal__tree_digits(reseal__tree *tree, const char *name, size_t name_len, const char *text, size_t len) {
  int64_t value;
  if (reseal__to_integer(text, len, &value) && value <= RESEAL__SAFE_INTEGER && value >= -RESEAL__SAFE_INTEGER)
    reseal__tree_integer(tree, name, name_len, value);
  else
    reseal__tree_text(tree, name, name_len, RESEAL_ITEM_STRING, text, len);
}

void reseal__tree_pem(reseal__tree *tree, const char *name, size_t name_len, const char *text, size_t len) {
  reseal__buffer lines = reseal__buffer_of(&tree->memory, false);
  reseal__span rest = reseal__trim(text, len);
  while (rest.len) {
    const char *end = memchr(rest.text, '\n', rest.len);
    size_t line_len = end ? (size_t)(end - rest.text) : rest.len;
    reseal__span line = reseal__trim(rest.text, line_len);
    if (lines.len) reseal__put_byte(&lines, '\n');
    reseal__put(&lines, line.text, line.len);
    rest.text += line_len + (end != NULL);
    rest.len -= line_len + (end != NULL);
  }
  if (lines.failed) fail(tree, RESEAL__TREE_NO_MEMORY);
  reseal__tree_text(tree, name, name_len, RESEAL_ITEM_STRING, lines.len ? lines.data : "", lines.len);
  reseal__buffer_free(&lines);
}

void reseal__add_open(reseal__tree *tree, const char *name, int type) {
  reseal__tree_open(tree, name, name ? strlen(name) : 0, type);
}

void reseal__add_text(reseal__tree *tree, const char *name, const char *text) {
  if (text) reseal__tree_text(tree, name, name ? strlen(name) : 0, RESEAL_ITEM_STRING, text, strlen(text));
}

void reseal__add_integer(reseal__tree *tree, const char *name, int64_t value) {
  reseal__tree_integer(tree, name, name ? strlen(name) : 0, value);
}

void reseal__add_boolean(reseal__tree *tree, const char *name, bool value) {
  reseal__tree_boolean(tree, name, name ? strlen(name) : 0, value);
}

const char *reseal__item_name(const reseal__tree *tree, size_t item) {
  return tree->bytes.data ? tree->bytes.data + tree->items[item].name : "";
}

const char *reseal__item_text(const reseal__tree *tree, size_t item) {
  return tree->bytes.data ? tree->bytes.data + tree->items[item].text : "";
}

/* Among the items from `at` to `end`, which are the members of one object. */
static size_t find_member(const reseal__tree *tree, size_t at, size_t end, const char *name, size_t name_len) {
  for (; at < end; at = tree->items[at].next) {
    if (tree->items[at].name_len != name_len) continue;
    if (name_len == 0 || memcmp(reseal__item_name(tree, at), name, name_len) == 0) return at;
  }
  return 0;
}

size_t reseal__tree_find(const reseal__tree *tree, size_t item, const char *name, size_t name_len) {
  if (item >= tree->count || tree->items[item].type != RESEAL_ITEM_OBJECT) return 0;
  return find_member(tree, item + 1, tree->items[item].next, name, name_len);
}

/* The member of the innermost object that is open. */
static size_t find_open_member(const reseal__tree *tree, const char *name, size_t name_len) {
  if (tree->failure || !tree->depth) return 0;
  return find_member(tree, tree->open[tree->depth - 1] + 1, tree->count, name, name_len);
}

void reseal__tree_free_name(const reseal__tree *tree, reseal__buffer *name) {
  while (!name->failed && find_open_member(tree, name->data, name->len)) reseal__put_byte(name, '_');
}

void reseal__tree_set_aside(reseal__tree *tree, const char *name) {
  size_t item = find_open_member(tree, name, strlen(name));
  if (!item) return;
  reseal__buffer other = reseal__buffer_of(&tree->memory, false);
  reseal__put_text(&other, name);
  reseal__tree_free_name(tree, &other);
  if (other.failed)
    fail(tree, RESEAL__TREE_NO_MEMORY);
  else
    tree->items[item].name = store(tree, other.data, other.len);
  tree->items[item].name_len = (uint32_t)other.len;
  reseal__buffer_free(&other);
}

/* The public face of results. */

reseal_result *reseal__result_new(const reseal__memory *memory, size_t most_depth, size_t most_items) {
  reseal_result *result = reseal__resize(memory, NULL, 0, sizeof *result);
  if (result) reseal__tree_init(&result->tree, memory, most_depth, most_items, false);
  return result;
}

void reseal_result_free(reseal_result *result) {
  if (!result) return;
  reseal__memory memory = result->tree.memory;
  reseal__tree_free(&result->tree);
  reseal__resize(&memory, result, sizeof *result, 0);
}

size_t reseal_result_count(const reseal_result *result) {
  return result ? result->tree.count : 0;
}

static const reseal__item *item_at(const reseal_result *result, size_t item) {
  return result && item < result->tree.count ? &result->tree.items[item] : NULL;
}

int reseal_result_type(const reseal_result *result, size_t item) {
  const reseal__item *at = item_at(result, item);
  return at ? (int)at->type : 0;
}

const char *reseal_result_name(const reseal_result *result, size_t item, size_t *len) {
  const reseal__item *at = item_at(result, item);
  bool named = at && at->name;
  if (len) *len = named ? at->name_len : 0;
  return named ? reseal__item_name(&result->tree, item) : NULL;
}

const char *reseal_result_text(const reseal_result *result, size_t item, size_t *len) {
  const reseal__item *at = item_at(result, item);
  bool texted = at && at->type != RESEAL_ITEM_LIST && at->type != RESEAL_ITEM_OBJECT && at->type != RESEAL_ITEM_NULL;
  if (len) *len = texted ? at->text_len : 0;
  return texted ? reseal__item_text(&result->tree, item) : NULL;
}

int64_t reseal_result_integer(const reseal_result *result, size_t item) {
  const reseal__item *at = item_at(result, item);
  return at ? at->integer : 0;
}

double reseal_result_number(const reseal_result *result, size_t item) {
  const reseal__item *at = item_at(result, item);
  double value = 0;
  if (!at || at->type != RESEAL_ITEM_NUMBER) return at ? (double)at->integer : 0;
  return reseal__to_double(reseal__item_text(&result->tree, item), at->text_len, &value) ? value : 0;
}

size_t reseal_result_children(const reseal_result *result, size_t item) {
  const reseal__item *at = item_at(result, item);
  return at ? at->children : 0;
}

size_t reseal_result_first(const reseal_result *result, size_t item) {
  const reseal__item *at = item_at(result, item);
  return at && at->children ? item + 1 : 0;
}

size_t reseal_result_next(const reseal_result *result, size_t item) {
  const reseal__item *at = item_at(result, item);
  return at && item && at->next < result->tree.items[at->parent].next ? at->next : 0;
}

size_t reseal_result_find(const reseal_result *result, size_t item, const char *name, size_t name_len) {
  return result ? reseal__tree_find(&result->tree, item, name, name_len) : 0;
}
