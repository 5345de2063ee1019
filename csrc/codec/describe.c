/* Introspection: the descriptions and error tables as results. */
#include <string.h>

#include "codec/check.h"
#include "codec/account.h"
#include "codec/limits.h"
#include "codec/roles.h"
#include "codec/text.h"
#include "codec/verdict.h"

static int hand_over(reseal_result *result, reseal_result **out, reseal_error *err) {
  if (result && !result->tree.failure) {
    *out = result;
    return RESEAL_OK;
  }
  reseal_result_free(result);
  return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
}

static reseal_result *start(const reseal_error *err) {
  reseal__memory memory = reseal__error_memory(err);
  return reseal__result_new(&memory, RESEAL__DEPTH, RESEAL__ITEMS);
}

static void add_when(reseal__tree *tree, const char *name, int64_t value) {
  if (value) reseal__add_integer(tree, name, value);
}

static const char *type_name(reseal__type type) {
  static const char *const names[] = {[RESEAL__STRING] = "string",
                                      [RESEAL__INTEGER] = "integer",
                                      [RESEAL__BOOLEAN] = "boolean",
                                      [RESEAL__LIST_OF] = "list",
                                      [RESEAL__OBJECT_OF] = "object"};
  return names[type];
}

static void add_params(reseal__tree *tree, const char *name, const reseal__param *params, size_t count,
                       const reseal__provider *provider);

static void add_values(reseal__tree *tree, const reseal__values *values) {
  reseal__add_boolean(tree, "open", values->open);
  reseal__add_open(tree, "values", RESEAL_ITEM_LIST);
  for (size_t i = 0; i < values->count; i++) reseal__add_text(tree, NULL, values->items[i]);
  reseal__tree_close(tree);
}

static void add_param(reseal__tree *tree, const reseal__param *param, const reseal__provider *provider) {
  static const char *const places[] = {
      [RESEAL__IN_BODY] = "body", [RESEAL__IN_PATH] = "path", [RESEAL__IN_QUERY] = "query"};
  bool form = provider->request == RESEAL__FORM && param->place == RESEAL__IN_BODY;
  reseal__add_open(tree, NULL, RESEAL_ITEM_OBJECT);
  reseal__add_text(tree, "name", param->name);
  reseal__add_text(tree, "type", type_name(param->type));
  reseal__add_text(tree, "place", form ? "form" : places[param->place]);
  reseal__add_boolean(tree, "required", param->required);
  reseal__add_text(tree, "role", reseal__role_name(param->role));
  reseal__add_text(tree, "doc", param->doc);
  if (param->deprecated) reseal__add_boolean(tree, "deprecated", true);
  if (param->makes_read) reseal__add_boolean(tree, "makes_read", true);
  reseal__add_text(tree, "setting", param->setting);
  add_when(tree, "min", param->min);
  add_when(tree, "max", param->max);
  if (param->low || param->high) {
    reseal__add_integer(tree, "low", param->low);
    reseal__add_integer(tree, "high", param->high);
  }
  if (param->format) {
    reseal__add_text(tree, "format", param->format->name);
    reseal__add_text(tree, "expected", param->format->expected);
    reseal__add_text(tree, "regex", param->format->regex);
  }
  if (param->values) add_values(tree, param->values);
  if (param->item) reseal__add_text(tree, "item", type_name(param->item));
  reseal__add_text(tree, "separator", param->separator);
  if (param->fields.count) add_params(tree, "fields", param->fields.items, param->fields.count, provider);
  if (param->codes.missing || param->codes.invalid || param->codes.too_long) {
    reseal__add_open(tree, "codes", RESEAL_ITEM_OBJECT);
    add_when(tree, "missing", param->codes.missing);
    add_when(tree, "invalid", param->codes.invalid);
    add_when(tree, "too_long", param->codes.too_long);
    reseal__tree_close(tree);
  }
  reseal__tree_close(tree);
}

static void add_params(reseal__tree *tree, const char *name, const reseal__param *params, size_t count,
                       const reseal__provider *provider) {
  reseal__add_open(tree, name, RESEAL_ITEM_LIST);
  for (size_t i = 0; i < count; i++) add_param(tree, &params[i], provider);
  reseal__tree_close(tree);
}

static void add_rules(reseal__tree *tree, const reseal__method *method) {
  static const char *const kinds[] = {
      [RESEAL__ONE_OF] = "one_of",     [RESEAL__SAME_COUNT] = "same_count", [RESEAL__SOME_OF] = "some_of",
      [RESEAL__TOGETHER] = "together", [RESEAL__WHEN_VALUE] = "when_value", [RESEAL__NOT_WITH] = "not_with"};
  reseal__add_open(tree, "rules", RESEAL_ITEM_LIST);
  for (size_t i = 0; i < method->rules.count; i++) {
    const reseal__rule *rule = &method->rules.items[i];
    reseal__add_open(tree, NULL, RESEAL_ITEM_OBJECT);
    reseal__add_text(tree, "kind", kinds[rule->kind]);
    reseal__add_open(tree, "params", RESEAL_ITEM_LIST);
    for (size_t n = 0; n < 4 && rule->names[n]; n++) reseal__add_text(tree, NULL, rule->names[n]);
    reseal__tree_close(tree);
    reseal__add_text(tree, "value", rule->value);
    reseal__add_text(tree, "within", rule->within);
    reseal__add_text(tree, "doc", rule->doc);
    add_when(tree, "missing_code", rule->codes.missing);
    add_when(tree, "conflict_code", rule->codes.conflict);
    reseal__tree_close(tree);
  }
  reseal__tree_close(tree);
}

static void add_fields(reseal__tree *tree, const char *name, const reseal__field *fields, size_t count) {
  static const char *const types[] = {
      [RESEAL__TEXT] = "string", [RESEAL__WHOLE] = "integer", [RESEAL__TRUTH] = "boolean",
      [RESEAL__MONEY] = "money", [RESEAL__CENTS] = "cents",   [RESEAL__DECIMAL] = "decimal",
      [RESEAL__PEM] = "pem",     [RESEAL__RECORD] = "object", [RESEAL__RECORDS] = "list",
      [RESEAL__TEXTS] = "list",  [RESEAL__WHOLES] = "list"};
  reseal__add_open(tree, name, RESEAL_ITEM_LIST);
  for (size_t i = 0; i < count; i++) {
    reseal__add_open(tree, NULL, RESEAL_ITEM_OBJECT);
    reseal__add_text(tree, "name", fields[i].name);
    reseal__add_text(tree, "type", types[fields[i].type]);
    if (fields[i].type == RESEAL__TEXTS) reseal__add_text(tree, "item", "string");
    if (fields[i].type == RESEAL__WHOLES) reseal__add_text(tree, "item", "integer");
    reseal__add_text(tree, "role", reseal__role_name(fields[i].role));
    reseal__add_text(tree, "doc", fields[i].doc);
    if (fields[i].fields.count) add_fields(tree, "fields", fields[i].fields.items, fields[i].fields.count);
    reseal__tree_close(tree);
  }
  reseal__tree_close(tree);
}

/* As a call of that effect is told. */
static void add_verdict(reseal__tree *tree, reseal__verdict verdict, int effect) {
  reseal__settle(&verdict, effect);
  reseal__add_text(tree, "category", reseal_category_name((int)verdict.category));
  reseal__add_text(tree, "retry", reseal_retry_name(reseal__retry_of(verdict.retry)));
  reseal__add_text(tree, "outcome", reseal_outcome_name(reseal__outcome_of(verdict.outcome)));
  reseal__add_text(tree, "advice", verdict.advice);
}

static void add_row(reseal__tree *tree, const reseal__provider *provider, const reseal__error_table *table,
                    const reseal__error_row *row, int effect) {
  reseal__add_open(tree, NULL, RESEAL_ITEM_OBJECT);
  if (row->number)
    reseal__add_integer(tree, "code", row->number);
  else
    reseal__add_text(tree, "code", row->word);
  reseal__add_text(tree, "method", table->method ? table->method : "(global)");
  reseal__add_text(tree, "text", row->text);
  add_when(tree, "http_status", row->http_status);
  add_verdict(tree, reseal__judge_row(provider, row), effect);
  reseal__add_text(tree, "source", table->source);
  reseal__tree_close(tree);
}

/* A number that no page lists, explained by its parts. */
static void add_explained(reseal__tree *tree, const reseal__provider *provider, int64_t number) {
  reseal__memory memory = tree->memory;
  reseal__buffer text = reseal__buffer_of(&memory, false);
  if (reseal__explain(provider, number, &text) && !text.failed) {
    reseal__add_open(tree, NULL, RESEAL_ITEM_OBJECT);
    reseal__add_integer(tree, "code", number);
    reseal__add_text(tree, "method", "(global)");
    reseal__add_text(tree, "text", text.data);
    add_verdict(tree, reseal__judge_number(provider, number), RESEAL_EFFECT_PURCHASE);
    reseal__add_text(tree, "source", "the structure of the number; listed by no page");
    reseal__tree_close(tree);
  }
  if (text.failed) tree->failure = RESEAL__TREE_NO_MEMORY;
  reseal__buffer_free(&text);
}

static void add_method(reseal__tree *tree, const reseal__provider *provider, const reseal__method *method,
                       const char *edition) {
  reseal__add_open(tree, NULL, RESEAL_ITEM_OBJECT);
  reseal__add_text(tree, "provider", provider->name);
  reseal__add_text(tree, "name", method->name);
  reseal__add_text(tree, "command", method->command);
  reseal__add_text(tree, "verb", method->verb);
  reseal__add_text(tree, "path", method->path);
  reseal__add_text(tree, "effect", reseal_effect_name(method->effect));
  reseal__add_text(tree, "edition", edition);
  reseal__add_text(tree, "doc", method->doc);
  reseal__add_text(tree, "source", method->source);
  reseal__add_text(tree, "checked", method->checked);
  add_params(tree, "params", method->params.items, method->params.count, provider);
  add_rules(tree, method);
  add_fields(tree, "result", method->result.items, method->result.count);
  static const char *const answers[] = {[RESEAL__ANSWER_OBJECT] = "object",
                                        [RESEAL__ANSWER_EMPTY] = "empty",
                                        [RESEAL__ANSWER_LIST] = "list",
                                        [RESEAL__ANSWER_BYTES] = "bytes"};
  reseal__add_text(tree, "answer", answers[method->answer]);
  if (method->filters.count && provider->filters == RESEAL__FIELD_OPERATOR) {
    reseal__add_open(tree, "filters", RESEAL_ITEM_LIST);
    for (size_t i = 0; i < method->filters.count; i++) reseal__add_text(tree, NULL, method->filters.items[i]);
    reseal__tree_close(tree);
    reseal__add_open(tree, "operators", RESEAL_ITEM_LIST);
    for (size_t i = 0; i < RESEAL__OPERATORS; i++) reseal__add_text(tree, NULL, reseal__operators[i]);
    reseal__tree_close(tree);
  }
  if (method->paging) {
    reseal__add_open(tree, "paging", RESEAL_ITEM_OBJECT);
    static const char *const styles[] = {[RESEAL__PAGES] = "page", [RESEAL__OFFSETS] = "offset"};
    reseal__add_text(tree, "style", styles[method->paging->style]);
    reseal__add_text(tree, "position", method->paging->position);
    reseal__add_text(tree, "size", method->paging->size);
    reseal__add_text(tree, "items", method->paging->items);
    reseal__add_text(tree, "totals", method->paging->totals);
    reseal__add_text(tree, "total", method->paging->total);
    reseal__add_text(tree, "page_size", method->paging->page_size);
    reseal__tree_close(tree);
  }
  reseal__add_open(tree, "errors", RESEAL_ITEM_LIST);
  for (size_t t = 0; t < provider->errors.count; t++) {
    const reseal__error_table *table = &provider->errors.items[t];
    if (table->method && strcmp(table->method, method->name) != 0) continue;
    for (size_t i = 0; i < table->rows.count; i++)
      add_row(tree, provider, table, &table->rows.items[i], method->effect);
  }
  reseal__tree_close(tree);
  reseal__tree_close(tree);
}

/* The provider's own spelling of an edition; NULL: it has none of that name. */
static const char *find_edition(const reseal__provider *provider, const char *edition, size_t len) {
  for (size_t i = 0; i < provider->settings.count; i++) {
    const reseal__setting *setting = &provider->settings.items[i];
    if (strcmp(setting->name, "edition") != 0) continue;
    for (const char *const *value = setting->values; value && *value; value++)
      if (reseal__same(edition, len, *value)) return *value;
  }
  return NULL;
}

int reseal_describe(const char *provider_name, size_t provider_len, const char *method_name, size_t method_len,
                    const char *edition, size_t edition_len, reseal_result **out, reseal_error *err) {
  *out = NULL;
  reseal_error_clear(err);
  reseal_result *result = NULL;
  if (!provider_len) {
    result = start(err);
    if (!result) return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
    reseal__add_open(&result->tree, NULL, RESEAL_ITEM_LIST);
    for (size_t i = 0; i < reseal__provider_count; i++)
      reseal__add_text(&result->tree, NULL, reseal__providers[i]->name);
    reseal__tree_close(&result->tree);
    return hand_over(result, out, err);
  }
  const reseal__provider *provider = reseal__find_provider(provider_name, provider_len, err);
  if (!provider) return reseal__refused(err);
  const char *wanted = reseal__default_edition(provider);
  if (edition_len) {
    wanted = find_edition(provider, edition, edition_len);
    if (!wanted) {
      reseal__say(reseal__fault(err, "not_allowed", 0, "edition", 7, 0), provider->name, " has no such edition", NULL);
      return reseal__refuse(err);
    }
  }
  if (!method_len) {
    result = start(err);
    if (!result) return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
    reseal__add_open(&result->tree, NULL, RESEAL_ITEM_LIST);
    for (size_t i = 0; i < provider->methods.count; i++) {
      const reseal__method *method = provider->methods.items[i];
      if (!method->edition || (wanted && strcmp(method->edition, wanted) == 0))
        reseal__add_text(&result->tree, NULL, method->name);
    }
    reseal__tree_close(&result->tree);
    return hand_over(result, out, err);
  }
  const reseal__method *method = reseal__find_method(provider, method_name, method_len, wanted, NULL, err);
  if (!method) return reseal__refused(err);
  result = start(err);
  if (!result) return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
  add_method(&result->tree, provider, method, wanted);
  return hand_over(result, out, err);
}

int reseal_settings(const char *provider_name, size_t provider_len, reseal_result **out, reseal_error *err) {
  *out = NULL;
  reseal_error_clear(err);
  const reseal__provider *provider = reseal__find_provider(provider_name, provider_len, err);
  if (!provider) return reseal__refused(err);
  reseal_result *result = start(err);
  if (!result) return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
  reseal__tree *tree = &result->tree;
  reseal__add_open(tree, NULL, RESEAL_ITEM_LIST);
  for (size_t i = 0; i < provider->settings.count; i++) {
    const reseal__setting *setting = &provider->settings.items[i];
    reseal__add_open(tree, NULL, RESEAL_ITEM_OBJECT);
    reseal__add_text(tree, "name", setting->name);
    reseal__add_text(tree, "type", strcmp(setting->name, "strict") == 0 ? "boolean" : "string");
    reseal__add_boolean(tree, "required", setting->required && !setting->fallback);
    reseal__add_boolean(tree, "secret", setting->secret);
    add_when(tree, "min", setting->min);
    add_when(tree, "max", setting->max);
    reseal__add_text(tree, "wire", setting->wire);
    reseal__add_text(tree, "default", setting->initial);
    reseal__add_text(tree, "fallback", setting->fallback);
    reseal__add_text(tree, "doc", setting->doc);
    if (setting->values) {
      reseal__add_open(tree, "values", RESEAL_ITEM_LIST);
      for (const char *const *value = setting->values; *value; value++) reseal__add_text(tree, NULL, *value);
      reseal__tree_close(tree);
    }
    if (strcmp(setting->name, "endpoint") == 0) {
      reseal__add_open(tree, "endpoints", RESEAL_ITEM_LIST);
      for (const reseal__endpoint *one = provider->endpoints; one && one->name; one++) {
        reseal__add_open(tree, NULL, RESEAL_ITEM_OBJECT);
        reseal__add_text(tree, "name", one->name);
        reseal__add_text(tree, "url", one->url);
        reseal__tree_close(tree);
      }
      reseal__tree_close(tree);
    }
    reseal__tree_close(tree);
  }
  reseal__tree_close(tree);
  return hand_over(result, out, err);
}

int reseal_statuses(const char *provider_name, size_t provider_len, reseal_result **out, reseal_error *err) {
  *out = NULL;
  reseal_error_clear(err);
  const reseal__provider *provider = reseal__find_provider(provider_name, provider_len, err);
  if (!provider) return reseal__refused(err);
  reseal_result *result = start(err);
  if (!result) return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
  reseal__add_open(&result->tree, NULL, RESEAL_ITEM_LIST);
  for (const reseal__status *one = provider->statuses; one && one->word; one++) {
    reseal__add_open(&result->tree, NULL, RESEAL_ITEM_OBJECT);
    reseal__add_text(&result->tree, "word", one->word);
    reseal__add_text(&result->tree, "status", one->status);
    reseal__tree_close(&result->tree);
  }
  reseal__tree_close(&result->tree);
  return hand_over(result, out, err);
}

int reseal_roles(reseal_result **out, reseal_error *err) {
  *out = NULL;
  reseal_error_clear(err);
  reseal_result *result = start(err);
  if (!result) return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
  reseal__add_open(&result->tree, NULL, RESEAL_ITEM_LIST);
  for (int role = RESEAL__ROLE_NONE + 1; role < RESEAL__ROLE_COUNT; role++) {
    reseal__add_open(&result->tree, NULL, RESEAL_ITEM_OBJECT);
    reseal__add_text(&result->tree, "role", reseal__role_name((reseal__role)role));
    reseal__add_text(&result->tree, "doc", reseal__role_doc((reseal__role)role));
    reseal__tree_close(&result->tree);
  }
  reseal__tree_close(&result->tree);
  return hand_over(result, out, err);
}

int reseal_limits(reseal_result **out, reseal_error *err) {
  static const struct {
    const char *name, *doc;
    int64_t initial, most;
  } limits[] = {
      {"bytes", "bytes of an answer's body", RESEAL__BYTES, RESEAL__MOST_BYTES},
      {"depth", "nesting of an answer and of parameters", RESEAL__DEPTH, RESEAL__MOST_DEPTH},
      {"items", "items of a result and of parameters", RESEAL__ITEMS, RESEAL__MOST_ITEMS},
      {"timeout", "seconds for a whole exchange", RESEAL__TIMEOUT, RESEAL__MOST_TIMEOUT},
      {"connect_timeout", "seconds until the connection stands", RESEAL__CONNECT_TIMEOUT, RESEAL__MOST_CONNECT_TIMEOUT},
      {"head", "bytes of an answer's header lines", RESEAL__HEAD_BYTES, RESEAL__HEAD_BYTES},
      {"header", "bytes of a header's name or value that is sent", RESEAL__HEADER_BYTES, RESEAL__HEADER_BYTES},
  };
  *out = NULL;
  reseal_error_clear(err);
  reseal_result *result = start(err);
  if (!result) return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
  reseal__tree *tree = &result->tree;
  reseal__add_open(tree, NULL, RESEAL_ITEM_LIST);
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    reseal__add_open(tree, NULL, RESEAL_ITEM_OBJECT);
    reseal__add_text(tree, "name", limits[i].name);
    reseal__add_integer(tree, "default", limits[i].initial);
    reseal__add_integer(tree, "max", limits[i].most);
    reseal__add_text(tree, "doc", limits[i].doc);
    reseal__tree_close(tree);
  }
  reseal__tree_close(tree);
  return hand_over(result, out, err);
}

/* What a method does. Rows of all methods are told as the gravest call would be. */
static int effect_of(const reseal__provider *provider, const char *method) {
  for (size_t i = 0; method && i < provider->methods.count; i++)
    if (strcmp(provider->methods.items[i]->name, method) == 0) return provider->methods.items[i]->effect;
  return RESEAL_EFFECT_PURCHASE;
}

int reseal_errors(const char *provider_name, size_t provider_len, const char *code, size_t code_len,
                  reseal_result **out, reseal_error *err) {
  *out = NULL;
  reseal_error_clear(err);
  const reseal__provider *provider = reseal__find_provider(provider_name, provider_len, err);
  if (!provider) return reseal__refused(err);
  reseal_result *result = start(err);
  if (!result) return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
  int64_t number = 0;
  if (!reseal__to_integer(code_len ? code : "", code_len, &number)) number = 0;
  reseal__add_open(&result->tree, NULL, RESEAL_ITEM_LIST);
  size_t found = 0;
  for (size_t t = 0; t < provider->errors.count; t++) {
    const reseal__error_table *table = &provider->errors.items[t];
    int effect = effect_of(provider, table->method);
    for (size_t i = 0; i < table->rows.count; i++) {
      const reseal__error_row *row = &table->rows.items[i];
      bool wanted = code_len == 0 || (row->number ? (int64_t)row->number == number
                                                  : row->word && reseal__same(code, code_len, row->word));
      if (!wanted) continue;
      add_row(&result->tree, provider, table, row, effect);
      found++;
    }
  }
  if (!found && number) add_explained(&result->tree, provider, number);
  reseal__tree_close(&result->tree);
  return hand_over(result, out, err);
}
