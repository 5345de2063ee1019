#include "codec/check.h"

#include <string.h>

#include "codec/mask.h"
#include "codec/text.h"

typedef struct check {
  const reseal_account *account;
  const reseal__method *method;
  const reseal__tree *tree;
  reseal_error *err;
  reseal__buffer path; /* of the parameter at hand, such as dcv[2].email */
  size_t faults;
  bool no_memory;
} check;

static const char *type_name(const reseal__param *param, reseal__type type) {
  switch (type) {
    case RESEAL__STRING:
      return "a string";
    case RESEAL__INTEGER:
      return "an integer";
    case RESEAL__BOOLEAN:
      return "true or false";
    case RESEAL__OBJECT_OF:
      return "a table with named fields";
    case RESEAL__LIST_OF:
      if (param->item == RESEAL__OBJECT_OF) return "a list of tables";
      return param->separator ? "a list of strings, or one string with commas" : "a list of strings";
  }
  return "something else";
}

static reseal__buffer *fault(check *c, const char *code, uint32_t provider_code) {
  c->faults++;
  /* The path may be cut and grown again before the message is read, so it is copied into the fault. */
  reseal__buffer *message = reseal__fault(c->err, code, 0, c->path.data, c->path.len, provider_code);
  reseal__put(message, c->path.data, c->path.len);
  return message;
}

static size_t enter(check *c, const char *name, size_t len) {
  size_t before = c->path.len;
  if (before) reseal__put_byte(&c->path, '.');
  reseal__put(&c->path, name, len);
  return before;
}

/* The same with a name that nobody checked: a key in the place of a name is not repeated. */
static size_t enter_given(check *c, const char *name, size_t len) {
  size_t before = enter(c, "", 0);
  reseal__put_given(&c->path, c->account, name, len);
  return before;
}

static size_t enter_item(check *c, size_t number) {
  size_t before = c->path.len;
  reseal__put_byte(&c->path, '[');
  reseal__put_integer(&c->path, (int64_t)number);
  reseal__put_byte(&c->path, ']');
  return before;
}

static void leave(check *c, size_t before) {
  reseal__buffer_cut(&c->path, before);
}

bool reseal__find_given(const reseal__memory *memory, const reseal__tree *tree, size_t parent,
                        const reseal__param *params, size_t count, bool any_case, reseal__given *given) {
  given->memory = *memory;
  given->count = count;
  given->items = given->few;
  if (count > sizeof given->few / sizeof given->few[0])
    given->items = reseal__resize_array(memory, NULL, 0, count, sizeof *given->items);
  if (!given->items) return false;
  for (size_t i = 0; i < count; i++) given->items[i] = 0;
  if (tree->items[parent].type != RESEAL_ITEM_OBJECT) return true;
  for (size_t at = parent + 1; at < tree->items[parent].next; at = tree->items[at].next) {
    if (tree->items[at].type == RESEAL__ITEM_NULL) continue;
    const char *name = reseal__item_name(tree, at);
    size_t len = tree->items[at].name_len;
    for (size_t i = 0; i < count; i++)
      if (any_case ? reseal__same_any_case(name, len, params[i].name) : reseal__same(name, len, params[i].name)) {
        if (!given->items[i]) given->items[i] = (uint32_t)at;
        break;
      }
  }
  return true;
}

void reseal__given_free(reseal__given *given) {
  if (given->items != given->few)
    reseal__resize_array(&given->memory, given->items, given->count, 0, sizeof *given->items);
}

static bool find_given(check *c, size_t parent, const reseal__param *params, size_t count, reseal__given *given) {
  bool found =
      reseal__find_given(&c->account->memory, c->tree, parent, params, count, c->account->provider->any_case, given);
  if (!found) c->no_memory = true;
  return found;
}

static void check_record(check *c, size_t parent, const reseal__param *params, size_t count, const reseal__rule *rules,
                         size_t rule_count);

static void check_len(check *c, const reseal__param *param, size_t len, const char *unit) {
  if (param->max && len > param->max) {
    reseal__buffer *message = fault(c, "too_long", param->codes.too_long);
    reseal__put_text(message, " is ");
    reseal__put_integer(message, (int64_t)len);
    reseal__say(message, " ", unit, " long; at most ", NULL);
    reseal__put_integer(message, param->max);
    reseal__put_text(message, " are allowed");
  }
  if (len < param->min) {
    reseal__buffer *message = fault(c, "too_short", param->codes.invalid);
    if (len == 0) {
      reseal__put_text(message, " must not be empty; at least ");
    } else {
      reseal__put_text(message, " is ");
      reseal__put_integer(message, (int64_t)len);
      reseal__say(message, " ", unit, " long; at least ", NULL);
    }
    reseal__put_integer(message, param->min);
    reseal__put_text(message, param->min == 1 ? " is needed" : " are needed");
  }
}

static void check_value(check *c, const reseal__param *param, const char *text, size_t len) {
  const reseal__values *values = param->values;
  if (!values || (values->open && !c->account->strict)) return;
  for (size_t i = 0; i < values->count; i++)
    if (values->any_case ? reseal__same_any_case(text, len, values->items[i])
                         : reseal__same(text, len, values->items[i]))
      return;
  reseal__buffer *message = fault(c, "not_allowed", param->codes.invalid);
  reseal__put_text(message, " must be one of ");
  for (size_t i = 0; i < values->count; i++) reseal__say(message, i ? ", " : "", values->items[i], NULL);
}

/* One string: its bytes, its length (unless the list around it has one), its form, its value. */
static void check_text(check *c, const reseal__param *param, const char *text, size_t len, bool with_len) {
  const reseal__format *format = param->format;
  bool is_text = !memchr(text, '\0', len) && reseal__is_utf8(text, len);
  if (!is_text && !(format && format->any_bytes)) {
    reseal__put_text(fault(c, "bad_format", param->codes.invalid), " must be valid UTF-8 without NUL");
    return;
  }
  bool fits = !format || !format->matches || !len || format->matches(text, len);
  /* What is something else altogether is not told to be too long. */
  if (with_len && (fits || !format->any_bytes)) check_len(c, param, len, "bytes");
  if (!fits) {
    reseal__buffer *message = fault(c, "bad_format", param->codes.invalid);
    reseal__say(message, " must be ", format->expected ? format->expected : format->name, NULL);
    if (format->tell) format->tell(text, len, message);
  }
  check_value(c, param, text, len);
}

static void check_integer(check *c, const reseal__param *param, const char *text, size_t len) {
  int64_t value;
  if (!reseal__to_integer(text, len, &value)) {
    size_t digits = 0;
    while (digits < len && reseal__is_digit(text[digits])) digits++;
    if (digits == len && len && param->max)
      check_len(c, param, len, "digits");
    else
      reseal__put_text(fault(c, "bad_type", param->codes.invalid), " must be an integer");
    return;
  }
  size_t digits = len - (text[0] == '-');
  if (param->max && digits > param->max) {
    check_len(c, param, digits, "digits");
  } else if ((param->low || param->high) && (value < param->low || value > param->high)) {
    reseal__buffer *message = fault(c, "not_allowed", param->codes.invalid);
    reseal__put_text(message, " must be an integer from ");
    reseal__put_integer(message, param->low);
    reseal__put_text(message, " to ");
    reseal__put_integer(message, param->high);
  }
}

static void check_comma_list(check *c, const reseal__param *param, const char *text, size_t len) {
  if (memchr(text, '\0', len) || !reseal__is_utf8(text, len)) {
    reseal__put_text(fault(c, "bad_format", param->codes.invalid), " must be valid UTF-8 without NUL");
    return;
  }
  check_len(c, param, len, "bytes");
  for (size_t start = 0, number = 1; start <= len; number++) {
    const char *comma = start < len ? memchr(text + start, param->separator[0], len - start) : NULL;
    size_t end = comma ? (size_t)(comma - text) : len;
    reseal__span one = reseal__trim(text + start, end - start);
    size_t before = enter_item(c, number);
    if (one.len == 0)
      reseal__put_text(fault(c, "too_short", param->codes.invalid), " must not be empty");
    else
      check_text(c, param, one.text, one.len, false);
    leave(c, before);
    start = end + 1;
  }
}

static void check_list(check *c, const reseal__param *param, size_t item) {
  const reseal__item *list = &c->tree->items[item];
  size_t number = 0, total = 0;
  for (size_t at = item + 1; at < list->next; at = c->tree->items[at].next) {
    const reseal__item *one = &c->tree->items[at];
    size_t before = enter_item(c, ++number);
    const char *text = reseal__item_text(c->tree, at);
    bool table = one->type == RESEAL_ITEM_OBJECT || (one->type == RESEAL_ITEM_LIST && one->children == 0);
    if (param->item == RESEAL__OBJECT_OF && table) {
      check_record(c, at, param->fields.items, param->fields.count, NULL, 0);
    } else if (param->item == RESEAL__STRING && one->type == RESEAL_ITEM_STRING) {
      if (param->separator) {
        total += one->text_len + (number > 1);
        if (one->text_len == 0)
          reseal__put_text(fault(c, "too_short", param->codes.invalid), " must not be empty");
        else if (memchr(text, param->separator[0], one->text_len))
          reseal__say(fault(c, "bad_format", param->codes.invalid), " must not contain \"", param->separator,
                      "\", which separates the items", NULL);
        else
          check_text(c, param, text, one->text_len, false);
      } else {
        check_text(c, param, text, one->text_len, true);
      }
    } else {
      reseal__say(fault(c, "bad_type", param->codes.invalid), " must be ", type_name(param, param->item), NULL);
    }
    leave(c, before);
  }
  if (param->separator) {
    if (number == 0)
      reseal__put_text(fault(c, "too_short", param->codes.missing), " must name at least one; leave it out for none");
    else
      check_len(c, param, total, "bytes");
  }
}

static void wrong_type(check *c, const reseal__param *param, size_t item) {
  reseal__buffer *message = fault(c, "bad_type", param->codes.invalid);
  reseal__say(message, " must be ", type_name(param, param->type), NULL);
  if (c->tree->items[item].type == RESEAL__ITEM_OTHER)
    reseal__say(message, ", not ", reseal__item_text(c->tree, item), NULL);
}

/* A list that travels as its name, again with every item: one alone may be given as a string. */
static bool is_repeated(const check *c, const reseal__param *param) {
  if (param->item != RESEAL__STRING) return false;
  return param->place == RESEAL__IN_QUERY ||
         (param->place == RESEAL__IN_BODY && c->account->provider->request == RESEAL__FORM);
}

static void check_param(check *c, const reseal__param *param, size_t item) {
  const reseal__item *given = &c->tree->items[item];
  const char *text = reseal__item_text(c->tree, item);
  bool is_string = given->type == RESEAL_ITEM_STRING;
  switch (param->type) {
    case RESEAL__STRING:
      if (!is_string) break;
      /* A required string that is empty is as good as missing, and the provider says so. */
      if (param->required && given->text_len == 0 && param->min == 0)
        reseal__put_text(fault(c, "missing", param->codes.missing), " is required and must not be empty");
      else
        check_text(c, param, text, given->text_len, true);
      return;
    case RESEAL__INTEGER:
      if (!is_string && given->type != RESEAL_ITEM_INTEGER) break;
      check_integer(c, param, text, given->text_len);
      return;
    case RESEAL__BOOLEAN:
      if (given->type == RESEAL_ITEM_BOOLEAN) return;
      if (!is_string || !(reseal__same_any_case(text, given->text_len, "true") ||
                          reseal__same_any_case(text, given->text_len, "false")))
        break;
      return;
    case RESEAL__LIST_OF:
      if (given->type == RESEAL_ITEM_LIST) {
        check_list(c, param, item);
        return;
      }
      if (is_string && !param->separator && is_repeated(c, param)) {
        check_text(c, param, text, given->text_len, true);
        return;
      }
      if (!is_string || !param->separator) break;
      check_comma_list(c, param, text, given->text_len);
      return;
    case RESEAL__OBJECT_OF:
      if (given->type != RESEAL_ITEM_OBJECT && !(given->type == RESEAL_ITEM_LIST && given->children == 0)) break;
      check_record(c, item, param->fields.items, param->fields.count, NULL, 0);
      return;
  }
  wrong_type(c, param, item);
}

/* Rules between parameters. */

static size_t index_of(const reseal__param *params, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(params[i].name, name) == 0) return i;
  return count;
}

static bool is_false(const reseal__tree *tree, size_t item) {
  const reseal__item *given = &tree->items[item];
  if (given->type == RESEAL_ITEM_BOOLEAN) return !given->integer;
  return given->type == RESEAL_ITEM_STRING &&
         reseal__same_any_case(reseal__item_text(tree, item), given->text_len, "false");
}

/* How many items a list has, however it was given. */
static size_t item_count(const reseal__tree *tree, size_t item, const reseal__param *param) {
  const reseal__item *given = &tree->items[item];
  if (given->type == RESEAL_ITEM_LIST) return given->children;
  size_t count = 1;
  const char *text = reseal__item_text(tree, item);
  for (size_t i = 0; param->separator && i < given->text_len; i++) count += text[i] == param->separator[0];
  return count;
}

static bool is_chosen(const reseal__tree *tree, uint32_t item) {
  if (!item || is_false(tree, item)) return false;
  return tree->items[item].type != RESEAL_ITEM_STRING || tree->items[item].text_len > 0;
}

static void put_names(reseal__buffer *message, const reseal__rule *rule) {
  for (size_t i = 0; i < 4 && rule->names[i]; i++) reseal__say(message, i ? ", " : "", rule->names[i], NULL);
}

static void fault_at_name(check *c, const char *code, uint32_t number, const char *name, const char *a, const char *b,
                          const char *d) {
  size_t before = enter(c, name, strlen(name));
  reseal__say(fault(c, code, number), a, b, d, NULL);
  leave(c, before);
}

static void check_rule(check *c, const reseal__rule *rule, const reseal__param *params, size_t count,
                       const reseal__given *given) {
  uint32_t items[4] = {0};
  size_t indexes[4] = {0};
  for (size_t i = 0; i < 4 && rule->names[i]; i++) {
    indexes[i] = index_of(params, count, rule->names[i]);
    if (indexes[i] < count) items[i] = given->items[indexes[i]];
  }
  switch (rule->kind) {
    case RESEAL__ONE_OF:
    case RESEAL__SOME_OF: {
      size_t chosen = 0;
      for (size_t i = 0; i < 4; i++) chosen += is_chosen(c->tree, items[i]);
      if (chosen == 1 || (chosen && rule->kind == RESEAL__SOME_OF && !c->account->strict)) return;
      size_t before = enter(c, rule->names[0], strlen(rule->names[0]));
      c->faults++;
      reseal__buffer *message = reseal__fault(c->err, chosen ? "conflict" : "missing", 0, c->path.data, c->path.len,
                                              chosen ? rule->codes.conflict : rule->codes.missing);
      leave(c, before);
      reseal__put_text(message, chosen ? "only one may be chosen of " : "one is required of ");
      put_names(message, rule);
      return;
    }
    case RESEAL__SAME_COUNT:
      if (items[0] && items[1] &&
          item_count(c->tree, items[0], &params[indexes[0]]) != item_count(c->tree, items[1], &params[indexes[1]]))
        fault_at_name(c, "conflict", rule->codes.conflict, rule->names[1], " must have as many items as ",
                      rule->names[0], "");
      return;
    case RESEAL__TOGETHER:
      if (items[0] && !items[1] && !is_chosen(c->tree, items[2]) && !is_chosen(c->tree, items[3]))
        fault_at_name(c, "missing", rule->codes.missing, rule->names[1], " is required when ", rule->names[0],
                      " is given");
      return;
    case RESEAL__NOT_WITH:
      if (!is_chosen(c->tree, items[0])) return;
      for (size_t i = 1; i < 4; i++)
        if (is_chosen(c->tree, items[i]))
          fault_at_name(c, "conflict", rule->codes.conflict, rule->names[i], " cannot go with ", rule->names[0], "");
      return;
    case RESEAL__WHEN_VALUE:
      if (!items[0] || items[1] || !rule->value) return;
      if (!reseal__same(reseal__item_text(c->tree, items[0]), c->tree->items[items[0]].text_len, rule->value)) return;
      size_t before = enter(c, rule->names[1], strlen(rule->names[1]));
      reseal__say(fault(c, "missing", rule->codes.missing), " is required when ", rule->names[0], " is ", rule->value,
                  NULL);
      leave(c, before);
      return;
  }
}

/* Filters of list calls. */

const char *const reseal__operators[RESEAL__OPERATORS] = {"eq", "ne",  "like", "not_like", "gt",   "gte",
                                                          "lt", "lte", "in",   "not_in",   "null", "not_null"};

/* The part of a name before its colon. */
static size_t field_len(const char *name, size_t len) {
  const char *colon = len ? memchr(name, ':', len) : NULL;
  return colon ? (size_t)(colon - name) : len;
}

static bool is_filter_field(const reseal__method *method, const char *name, size_t len) {
  for (size_t i = 0; i < method->filters.count; i++)
    if (reseal__same(name, len, method->filters.items[i])) return true;
  return false;
}

bool reseal__is_filter(const reseal__provider *provider, const reseal__method *method, const char *name, size_t len,
                       bool *joined) {
  size_t field = field_len(name, len);
  *joined = false;
  if (provider->filters != RESEAL__FIELD_OPERATOR || !is_filter_field(method, name, field)) return false;
  if (field == len) return true;
  for (size_t i = 0; i < RESEAL__OPERATORS; i++)
    if (reseal__same(name + field + 1, len - field - 1, reseal__operators[i])) {
      *joined = strcmp(reseal__operators[i], "in") == 0 || strcmp(reseal__operators[i], "not_in") == 0;
      return true;
    }
  return false;
}

static void check_filter_value(check *c, size_t item, bool joined) {
  const reseal__item *value = &c->tree->items[item];
  const char *text = reseal__item_text(c->tree, item);
  if (value->type != RESEAL_ITEM_STRING && value->type != RESEAL_ITEM_INTEGER && value->type != RESEAL_ITEM_BOOLEAN)
    reseal__put_text(fault(c, "bad_type", 0), " must be a string, an integer, true or false, or a list of these");
  else if (memchr(text, '\0', value->text_len) || !reseal__is_utf8(text, value->text_len))
    reseal__put_text(fault(c, "bad_format", 0), " must be valid UTF-8 without NUL");
  else if (joined && memchr(text, ',', value->text_len))
    reseal__put_text(fault(c, "bad_format", 0), " must not contain \",\", which separates the items");
}

static void check_filter(check *c, size_t item, bool joined) {
  if (c->tree->items[item].type != RESEAL_ITEM_LIST) {
    check_filter_value(c, item, false);
    return;
  }
  size_t number = 0;
  for (size_t at = item + 1; at < c->tree->items[item].next; at = c->tree->items[at].next) {
    size_t before = enter_item(c, ++number);
    check_filter_value(c, at, joined);
    leave(c, before);
  }
  if (!number) reseal__put_text(fault(c, "too_short", 0), " must name at least one; leave it out for none");
}

static bool is_named(const check *c, const char *name, size_t len, const char *param) {
  return c->account->provider->any_case ? reseal__same_any_case(name, len, param) : reseal__same(name, len, param);
}

/* Whether a name is one of those that the account fills in. */
static bool is_global(const check *c, const char *name, size_t len) {
  const reseal__provider *provider = c->account->provider;
  if (provider->command && is_named(c, name, len, provider->command)) return true;
  for (size_t i = 0; provider->auth.kind == RESEAL__AUTH_FORM && i < provider->settings.count; i++) {
    const char *wire = provider->settings.items[i].wire;
    if (wire && is_named(c, name, len, wire)) return true;
  }
  return false;
}

/* A name that no parameter has: a filter, one of the account's, or a mistake. */
static void check_other_name(check *c, size_t item, bool top, const reseal__param *params, size_t count) {
  const char *name = reseal__item_name(c->tree, item);
  size_t len = c->tree->items[item].name_len;
  bool joined;
  const reseal__provider *provider = c->account->provider;
  bool filters = top && provider->filters == RESEAL__FIELD_OPERATOR;
  if (top && reseal__is_filter(provider, c->method, name, len, &joined)) {
    if (c->tree->items[item].type != RESEAL__ITEM_NULL) check_filter(c, item, joined);
    return;
  }
  if (filters && is_filter_field(c->method, name, field_len(name, len))) {
    reseal__buffer *message = fault(c, "not_allowed", 0);
    reseal__put_text(message, " has an unknown operator; known are ");
    for (size_t i = 0; i < RESEAL__OPERATORS; i++) reseal__say(message, i ? ", " : "", reseal__operators[i], NULL);
    return;
  }
  if (top && is_global(c, name, len)) {
    reseal__put_text(fault(c, "not_allowed", 0), " belongs to the client and is never taken from a call");
    return;
  }
  reseal__nearest nearest = {.name = name, .len = len};
  for (size_t i = 0; i < count; i++) reseal__nearest_try(&nearest, params[i].name);
  for (size_t i = 0; filters && i < c->method->filters.count; i++)
    reseal__nearest_try(&nearest, c->method->filters.items[i]);
  reseal__buffer *message = fault(c, "unknown_param", 0);
  reseal__put_text(message, " is not a parameter of this call");
  reseal__put_nearest(message, &nearest);
}

/* Names that no parameter has, or that stand twice. */
static void check_names(check *c, size_t parent, const reseal__param *params, size_t count,
                        const reseal__given *given) {
  for (size_t at = parent + 1; at < c->tree->items[parent].next; at = c->tree->items[at].next) {
    const char *name = reseal__item_name(c->tree, at);
    size_t len = c->tree->items[at].name_len, i = 0;
    while (i < count && !is_named(c, name, len, params[i].name)) i++;
    if (i < count && (given->items[i] == at || c->tree->items[at].type == RESEAL__ITEM_NULL)) continue;
    size_t before = enter_given(c, name, len);
    if (i == count)
      check_other_name(c, at, parent == 0, params, count);
    else
      reseal__say(fault(c, "conflict", 0), " is given twice, as ", reseal__item_name(c->tree, given->items[i]), " too",
                  NULL);
    leave(c, before);
  }
}

static void check_record(check *c, size_t parent, const reseal__param *params, size_t count, const reseal__rule *rules,
                         size_t rule_count) {
  reseal__given given;
  if (!find_given(c, parent, params, count, &given)) return;
  for (size_t i = 0; i < count; i++) {
    size_t before = enter(c, params[i].name, strlen(params[i].name));
    if (given.items[i])
      check_param(c, &params[i], given.items[i]);
    else if (params[i].required && !reseal__param_setting(c->account, &params[i]))
      reseal__put_text(fault(c, "missing", params[i].codes.missing), " is required");
    leave(c, before);
  }
  for (size_t i = 0; i < rule_count; i++) {
    const reseal__rule *rule = &rules[i];
    if (!rule->within) {
      check_rule(c, rule, params, count, &given);
      continue;
    }
    size_t list = index_of(params, count, rule->within);
    if (list == count || !given.items[list] || c->tree->items[given.items[list]].type != RESEAL_ITEM_LIST) continue;
    size_t number = 0, around = enter(c, rule->within, strlen(rule->within));
    for (size_t at = given.items[list] + 1; at < c->tree->items[given.items[list]].next; at = c->tree->items[at].next) {
      reseal__given inside;
      size_t before = enter_item(c, ++number);
      if (find_given(c, at, params[list].fields.items, params[list].fields.count, &inside)) {
        check_rule(c, rule, params[list].fields.items, params[list].fields.count, &inside);
        reseal__given_free(&inside);
      }
      leave(c, before);
    }
    leave(c, around);
  }
  check_names(c, parent, params, count, &given);
  reseal__given_free(&given);
}

int reseal__check(const reseal_account *account, const reseal__method *method, const reseal__tree *tree,
                  reseal_error *err) {
  check c = {.account = account,
             .method = method,
             .tree = tree,
             .err = err,
             .path = reseal__buffer_of(&account->memory, false)};
  if (tree->failure) {
    c.faults = 1;
    reseal__params_fault(tree, err);
  } else if (tree->depth > 1) {
    c.faults = 1;
    reseal__put_text(reseal__fault(err, "bad_type", 0, NULL, 0, 0), "a list or table of the parameters was not closed");
  } else {
    check_record(&c, 0, method->params.items, method->params.count, method->rules.items, method->rules.count);
  }
  /* Without memory for a path a fault could have been missed, or blamed on nothing. */
  bool no_memory = c.no_memory || c.path.failed;
  reseal__buffer_free(&c.path);
  if (no_memory) return RESEAL_ENOMEM;
  return c.faults ? RESEAL_EINVALID : RESEAL_OK;
}
