#include "lint/lint.h"

#include <string.h>

#include "codec/formats.h"
#include "codec/roles.h"
#include "codec/text.h"

/* A description of a method is read and written with this depth to spare. */
enum { MOST_NESTED = 12, MOST_NAMES = 4, MOST_NUMBER = 999999999 };

typedef struct lint {
  const reseal__provider *provider;
  const reseal__method *method; /* NULL: the provider's own columns */
  reseal__buffer where, *out;
  size_t count;
} lint;

static void finding(lint *l, const char *kind, const char *const words[]) {
  l->count++;
  reseal__say(l->out, l->provider->name ? l->provider->name : "?", NULL);
  if (l->where.len) reseal__say(l->out, " ", l->where.data, NULL);
  reseal__say(l->out, ": ", kind, ": ", NULL);
  for (; *words; words++) reseal__put_text(l->out, *words);
  reseal__put_byte(l->out, '\n');
}

/* Texts that make one sentence; what one of them names may be missing itself. */
#define FINDING(kind, ...) finding(l, kind, (const char *const[]){__VA_ARGS__, NULL})
#define MISSING(...) FINDING("missing", __VA_ARGS__)
#define CONTRADICTORY(...) FINDING("contradictory", __VA_ARGS__)
#define IGNORED(...) FINDING("ignored", __VA_ARGS__)

static size_t enter(lint *l, const char *name) {
  size_t before = l->where.len;
  reseal__say(&l->where, before ? " " : "", name ? name : "?", NULL);
  return before;
}

static void leave(lint *l, size_t before) {
  reseal__buffer_cut(&l->where, before);
}

static bool is(const char *a, const char *b) {
  return a && b && strcmp(a, b) == 0;
}

static bool is_empty(const char *text) {
  return !text || !*text;
}

/* Two names that an account or a call could not tell apart. */
static bool is_twice(const lint *l, const char *a, const char *b) {
  if (!a || !b) return false;
  return l->provider->any_case ? reseal__same_any_case(a, strlen(a), b) : strcmp(a, b) == 0;
}

static const reseal__setting *find_setting(const lint *l, const char *name) {
  for (size_t i = 0; i < l->provider->settings.count; i++)
    if (is(l->provider->settings.items[i].name, name)) return &l->provider->settings.items[i];
  return NULL;
}

/* A list of texts, by count or by its NULL at the end. */
static void check_words(lint *l, const char *column, const char *const *items, size_t count, bool any_case) {
  if (!count) MISSING(column, ": it has no items");
  for (size_t i = 0; i < count; i++) {
    if (is_empty(items[i])) {
      MISSING(column, ": an item is empty");
      continue;
    }
    for (size_t other = 0; other < i; other++)
      if (items[other] &&
          (any_case ? reseal__same_any_case(items[i], strlen(items[i]), items[other]) : is(items[i], items[other])))
        CONTRADICTORY(column, ": ", items[i], " stands there twice");
  }
}

static size_t words(const char *const *items) {
  size_t count = 0;
  while (items && items[count]) count++;
  return count;
}

static void check_format(lint *l, const reseal__format *format) {
  if (!format) return;
  if (is_empty(format->name)) MISSING("format: its name");
  if (is_empty(format->expected)) MISSING("format: expected, which ends the sentence \"must be …\"");
  if (!format->matches) MISSING("format: matches, by which it is checked");
}

/* Parameters. */

static bool is_text(const reseal__param *param) {
  return param->type == RESEAL__STRING || (param->type == RESEAL__LIST_OF && param->item == RESEAL__STRING);
}

static bool has_records(const reseal__param *param) {
  return param->type == RESEAL__OBJECT_OF || (param->type == RESEAL__LIST_OF && param->item == RESEAL__OBJECT_OF);
}

static void check_params(lint *l, const reseal__param *params, size_t count, size_t depth);

/* Columns that only some types have. */
static void check_param_type(lint *l, const reseal__param *param) {
  bool list = param->type == RESEAL__LIST_OF, integer = param->type == RESEAL__INTEGER;
  if (param->type < RESEAL__STRING || param->type > RESEAL__OBJECT_OF) MISSING("type");
  if (list && param->item != RESEAL__STRING && param->item != RESEAL__OBJECT_OF)
    MISSING("item: a list is of RESEAL__STRING or of RESEAL__OBJECT_OF");
  if (!list && param->item) IGNORED("item: only a list has items");
  if (!list && param->separator) IGNORED("separator: only a list has one");
  if (has_records(param) && !param->fields.count) MISSING("fields: of an object");
  if (!has_records(param) && param->fields.count) IGNORED("fields: only an object has some");
  if (!is_text(param) && param->format) IGNORED("format: only a string has one");
  if (!is_text(param) && param->values) IGNORED("values: only a string has some");
  if (!is_text(param) && param->min) IGNORED("min: only a string has one; an integer has low and high");
  if (!is_text(param) && !integer && param->max) IGNORED("max: only a string or an integer has one");
  if (!integer && (param->low || param->high)) IGNORED("low, high: only an integer has them");
  if (param->low > param->high) CONTRADICTORY("low is above high");
  if (param->max && param->min > param->max) CONTRADICTORY("min is above max");
  if (param->type != RESEAL__BOOLEAN && param->makes_read) CONTRADICTORY("makes_read: only true or false can say so");
  if (param->separator && strlen(param->separator) != 1) CONTRADICTORY("separator: it is one character");
  if (param->values) check_words(l, "values", param->values->items, param->values->count, param->values->any_case);
  check_format(l, param->format);
}

/* Whether what a request is made of can carry it. */
static void check_param_place(lint *l, const reseal__param *param, bool top) {
  bool form = l->provider->request == RESEAL__FORM, in_body = param->place == RESEAL__IN_BODY;
  if (param->place > RESEAL__IN_QUERY) MISSING("place");
  if (!top && !in_body) IGNORED("place: what is in an object stands where that does");
  if (top && has_records(param) && (form || !in_body)) CONTRADICTORY("type: only a JSON body can hold an object");
  if (param->separator && in_body && !form) IGNORED("separator: lists in a JSON body have none");
  if (in_body && top && is(l->method->verb, "GET")) CONTRADICTORY("place: a GET has no body");
  if (param->place == RESEAL__IN_PATH && param->type != RESEAL__STRING && param->type != RESEAL__INTEGER)
    CONTRADICTORY("place: only a string or an integer stands in a path");
  if (param->place == RESEAL__IN_PATH && !param->required) CONTRADICTORY("required: a path cannot leave it out");
}

static void check_param(lint *l, const reseal__param *param, bool top, size_t depth) {
  if (is_empty(param->doc)) MISSING("doc");
  check_param_type(l, param);
  check_param_place(l, param, top);
  const reseal__json_envelope *json = l->provider->json;
  if (param->makes_read && (!json || !json->quote))
    MISSING("makes_read: only json has a quote, by which its answer is told from an order's");
  if (param->makes_read && (!top || l->method->effect == RESEAL_EFFECT_READ))
    IGNORED("makes_read: only of a change or a purchase, and of its own parameters");
  if (param->deprecated && param->required) CONTRADICTORY("deprecated and required");
  if (param->setting && !find_setting(l, param->setting)) CONTRADICTORY("setting: there is no ", param->setting);
  if (param->setting && param->type != RESEAL__STRING) CONTRADICTORY("setting: only a string can stand for it");
  if (param->role >= RESEAL__ROLE_COUNT) CONTRADICTORY("role: there is none of that number");
  if (has_records(param)) check_params(l, param->fields.items, param->fields.count, depth + 1);
}

static void check_params(lint *l, const reseal__param *params, size_t count, size_t depth) {
  if (depth > MOST_NESTED) {
    CONTRADICTORY("fields: nested too deeply");
    return;
  }
  for (size_t i = 0; i < count; i++) {
    size_t before = enter(l, params[i].name);
    if (is_empty(params[i].name)) MISSING("name");
    for (size_t other = 0; other < i; other++)
      if (is_twice(l, params[i].name, params[other].name)) CONTRADICTORY("name: it stands there twice");
    if (depth == 0 && is_twice(l, params[i].name, l->provider->command))
      CONTRADICTORY("name: it is the provider's command");
    for (size_t s = 0; depth == 0 && l->provider->auth.kind == RESEAL__AUTH_FORM && s < l->provider->settings.count;
         s++)
      if (is_twice(l, params[i].name, l->provider->settings.items[s].wire)) CONTRADICTORY("name: it is a setting's");
    check_param(l, &params[i], depth == 0, depth);
    leave(l, before);
  }
}

static const reseal__param *find_param(const reseal__param *params, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (is(params[i].name, name)) return &params[i];
  return NULL;
}

static void check_rule(lint *l, const reseal__rule *rule) {
  const reseal__param *params = l->method->params.items, *inside;
  size_t count = l->method->params.count, names = 0;
  if (rule->within) {
    inside = find_param(params, count, rule->within);
    if (!inside || inside->type != RESEAL__LIST_OF || !has_records(inside)) {
      CONTRADICTORY("rule: ", rule->within, " is no list of objects");
      return;
    }
    params = inside->fields.items;
    count = inside->fields.count;
  }
  while (names < MOST_NAMES && rule->names[names]) {
    const char *name = rule->names[names++];
    if (!find_param(params, count, name)) CONTRADICTORY("rule: there is no parameter ", name);
    for (size_t i = 0; i + 1 < names; i++)
      if (is(rule->names[i], name)) CONTRADICTORY("rule: it names ", name, " twice");
  }
  for (size_t i = names; i < MOST_NAMES; i++)
    if (rule->names[i]) IGNORED("rule: ", rule->names[i], " stands behind an empty place");
  bool two = rule->kind == RESEAL__SAME_COUNT || rule->kind == RESEAL__WHEN_VALUE;
  if (rule->kind < RESEAL__ONE_OF || rule->kind > RESEAL__NOT_WITH) MISSING("rule: its kind");
  if (names < 2) MISSING("rule: it is about two parameters or more");
  if (two && names > 2) IGNORED("rule: ", rule->names[2], ", it is about two parameters");
  if (rule->kind == RESEAL__WHEN_VALUE && is_empty(rule->value)) MISSING("rule: its value");
  if (rule->kind != RESEAL__WHEN_VALUE && rule->value) IGNORED("rule: value, which only RESEAL__WHEN_VALUE has");
  if (is_empty(rule->doc)) MISSING("rule: its doc");
}

/* Every step in braces of a path, and every parameter that should be one. */
static void check_path(lint *l) {
  const char *path = l->method->path;
  if (is_empty(path)) {
    MISSING("path");
    return;
  }
  if (path[0] != '/') CONTRADICTORY("path: it begins with /");
  for (size_t i = 0; i < l->method->params.count; i++) {
    const reseal__param *param = &l->method->params.items[i];
    if (param->place != RESEAL__IN_PATH || !param->name) continue;
    const char *at = strstr(path, param->name);
    bool there = false;
    for (; at && !there; at = strstr(at + 1, param->name))
      there = at > path && at[-1] == '{' && at[strlen(param->name)] == '}';
    if (!there) CONTRADICTORY("path: it has no {", param->name, "}");
  }
  for (const char *at = strchr(path, '{'); at; at = strchr(at + 1, '{')) {
    const char *end = strchr(at, '}');
    bool there = false;
    for (size_t i = 0; end && i < l->method->params.count; i++) {
      const reseal__param *param = &l->method->params.items[i];
      there = there || (param->place == RESEAL__IN_PATH && param->name &&
                        reseal__same(at + 1, (size_t)(end - at) - 1, param->name));
    }
    if (!there) CONTRADICTORY("path: no parameter is what stands at ", at);
  }
}

/* Results. */

static bool is_record(const reseal__field *field) {
  return field->type == RESEAL__RECORD || field->type == RESEAL__RECORDS;
}

static bool is_list(const reseal__field *field) {
  return field->type == RESEAL__RECORDS || field->type == RESEAL__TEXTS || field->type == RESEAL__WHOLES;
}

static bool is_money(const reseal__field *field) {
  return field->type == RESEAL__MONEY || field->type == RESEAL__CENTS || field->type == RESEAL__DECIMAL;
}

static void check_field_role(lint *l, const reseal__field *field) {
  switch (field->role) {
    case RESEAL__ROLE_AMOUNT:
    case RESEAL__ROLE_PRICE:
    case RESEAL__ROLE_BALANCE:
      if (!is_money(field)) CONTRADICTORY("role: it is money, and the type is none");
      break;
    case RESEAL__ROLE_CERTIFICATES:
    case RESEAL__ROLE_PROCESSES:
    case RESEAL__ROLE_VALIDATIONS:
      if (field->type != RESEAL__RECORDS) CONTRADICTORY("role: it is a list of objects, and the type is not");
      break;
    case RESEAL__ROLE_CERTIFICATE:
    case RESEAL__ROLE_CHAIN:
    case RESEAL__ROLE_CSR:
      if (field->type != RESEAL__PEM && field->type != RESEAL__TEXTS)
        CONTRADICTORY("role: it is PEM, and the type is not");
      break;
    case RESEAL__ROLE_STATUS:
      if (!l->provider->statuses) MISSING("statuses: what the words of this field mean");
      break;
    case RESEAL__ROLE_EXPIRED:
      if (field->type != RESEAL__TRUTH) CONTRADICTORY("role: it is true or false, and the type is not");
      break;
    default:
      if (field->role >= RESEAL__ROLE_COUNT) CONTRADICTORY("role: there is none of that number");
  }
}

static void check_fields(lint *l, const reseal__field *fields, size_t count, size_t depth, bool in_list) {
  bool xml = l->provider->answer == RESEAL__XML, read = !l->method || l->method->effect == RESEAL_EFFECT_READ;
  if (depth > MOST_NESTED) {
    CONTRADICTORY("fields: nested too deeply");
    return;
  }
  for (size_t i = 0; i < count; i++) {
    const reseal__field *field = &fields[i];
    const char *name = field->name;
    size_t before = enter(l, name);
    if (is_empty(name)) MISSING("name");
    if (is(name, "value") || is(name, "meta") || (!is_empty(name) && name[strlen(name) - 1] == '_'))
      CONTRADICTORY("name: decoding makes such names of its own");
    for (size_t other = 0; name && other < i; other++)
      if (fields[other].name &&
          (xml ? reseal__same_any_case(name, strlen(name), fields[other].name) : is(name, fields[other].name)))
        CONTRADICTORY("name: it stands there twice");
    if (field->type < RESEAL__TEXT || field->type > RESEAL__WHOLES) MISSING("type");
    if (is_empty(field->doc)) MISSING("doc");
    if (!is_record(field) && field->fields.count) IGNORED("fields: only an object has some");
    if (field->wrapped && !xml) IGNORED("wrapped: only XML wraps lists");
    if (field->wrapped && !is_list(field)) IGNORED("wrapped: only a list is wrapped");
    if (field->always && !is_list(field)) IGNORED("always: only a list can be empty");
    if (field->always && !xml && depth > 0) IGNORED("always: only of the result's own lists, in JSON");
    if (field->made > RESEAL__MADE_PAYMENT) MISSING("made: there is none of that number");
    if (field->made && read) IGNORED("made: a read makes nothing");
    if (field->made && in_list) IGNORED("made: what a call makes stands in no list");
    check_field_role(l, field);
    if (is_record(field)) {
      check_fields(l, field->fields.items, field->fields.count, depth + 1, in_list || field->type == RESEAL__RECORDS);
    }
    leave(l, before);
  }
}

static const reseal__field *find_field(const reseal__field *fields, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (is(fields[i].name, name)) return &fields[i];
  return NULL;
}

static void check_paging(lint *l) {
  const reseal__paging *paging = l->method->paging;
  const reseal__method *method = l->method;
  const reseal__field *fields = method->result.items;
  size_t count = method->result.count;
  if (paging->style != RESEAL__PAGES && paging->style != RESEAL__OFFSETS) MISSING("paging: its style");
  const reseal__param *position = find_param(method->params.items, method->params.count, paging->position);
  if (!paging->position) MISSING("paging: position");
  if (paging->position && (!position || position->type != RESEAL__INTEGER))
    CONTRADICTORY("paging: no parameter is the integer ", paging->position);
  if (paging->style == RESEAL__PAGES && !paging->size && !paging->page_size)
    MISSING("paging: size, without which nobody knows how far a page reaches");
  if (paging->size && !find_param(method->params.items, method->params.count, paging->size))
    CONTRADICTORY("paging: there is no parameter ", paging->size);
  const reseal__field *items = find_field(fields, count, paging->items);
  if (!items || !is_list(items)) CONTRADICTORY("paging: the result has no list ", paging->items);
  if (paging->totals) {
    const reseal__field *totals = find_field(fields, count, paging->totals);
    if (!totals || totals->type != RESEAL__RECORD) {
      CONTRADICTORY("paging: the result has no object ", paging->totals);
      return;
    }
    fields = totals->fields.items;
    count = totals->fields.count;
  }
  const char *const told[] = {paging->total, paging->page_size};
  for (size_t i = 0; i < 2; i++) {
    const reseal__field *field = find_field(fields, count, told[i]);
    if (told[i] && (!field || field->type != RESEAL__WHOLE))
      CONTRADICTORY("paging: nothing tells the integer ", told[i]);
  }
  if (paging->totals && !paging->total && !paging->page_size) IGNORED("paging: totals, of which nothing is read");
}

/* Methods. */

static bool has_edition(const lint *l, const char *edition) {
  const reseal__setting *setting = find_setting(l, "edition");
  for (const char *const *one = setting ? setting->values : NULL; one && *one; one++)
    if (is(*one, edition)) return true;
  return false;
}

static bool is_date(const char *text) {
  return text && reseal__format_date.matches(text, strlen(text));
}

static void check_method(lint *l, const reseal__method *method) {
  static const char *const verbs[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
  bool xml = l->provider->answer == RESEAL__XML, known = false;
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) known = known || is(method->verb, verbs[i]);
  if (!method->verb) MISSING("verb");
  if (method->verb && !known) CONTRADICTORY("verb: there is no ", method->verb);
  if (l->provider->auth.kind == RESEAL__AUTH_FORM && is(method->verb, "GET"))
    CONTRADICTORY("verb: a GET has no body, where the account stands");
  if (method->effect < RESEAL_EFFECT_READ || method->effect > RESEAL_EFFECT_PURCHASE) MISSING("effect");
  if (is_empty(method->doc)) MISSING("doc");
  if (is_empty(method->source)) MISSING("source");
  if (!is_date(method->checked)) MISSING("checked: the date, YYYY-MM-DD, on which the source was read");
  if (l->provider->command && !method->command) MISSING("command");
  if (!l->provider->command && method->command) IGNORED("command: the provider has no name for it");
  if (method->edition && !has_edition(l, method->edition))
    CONTRADICTORY("edition: the setting has no value ", method->edition);
  if (method->quirks & ~(uint32_t)RESEAL__QUIRK_UNWRAPPED_DCV) CONTRADICTORY("quirks: one that nobody knows");
  if (method->quirks && !xml) IGNORED("quirks: of XML answers");
  if (method->elements && !xml) IGNORED("elements: of XML answers");
  if (method->elements) check_words(l, "elements", method->elements, words(method->elements), true);
  if (xml && method->answer) IGNORED("answer: XML answers with an object");
  if (method->answer > RESEAL__ANSWER_BYTES) MISSING("answer: there is none of that number");
  bool plain = method->answer == RESEAL__ANSWER_LIST;
  if (plain && method->result.count) IGNORED("result: the answer is a bare list");
  if (method->answer == RESEAL__ANSWER_OBJECT && !method->result.count) MISSING("result");
  check_path(l);
  check_params(l, method->params.items, method->params.count, 0);
  for (size_t i = 0; i < method->rules.count; i++) check_rule(l, &method->rules.items[i]);
  check_fields(l, method->result.items, method->result.count, 0, false);
  if (method->paging) check_paging(l);
  if (method->paging && method->effect != RESEAL_EFFECT_READ) CONTRADICTORY("paging: only of a read");
  if (method->filters.count) check_words(l, "filters", method->filters.items, method->filters.count, false);
  if (method->filters.count && !l->provider->filters) IGNORED("filters: the provider has no grammar for them");
  for (size_t i = 0; i < method->filters.count; i++)
    if (method->filters.items[i] && strchr(method->filters.items[i], ':'))
      CONTRADICTORY("filters: ", method->filters.items[i], " has the colon that begins an operator");
}

static void check_methods(lint *l) {
  const reseal__provider *provider = l->provider;
  if (!provider->methods.count) MISSING("methods");
  for (size_t i = 0; i < provider->methods.count; i++) {
    const reseal__method *method = provider->methods.items[i];
    size_t before = enter(l, method->name);
    l->method = method;
    if (is_empty(method->name)) MISSING("name");
    for (size_t other = 0; other < i; other++) {
      const reseal__method *than = provider->methods.items[other];
      bool apart = method->edition && than->edition && strcmp(method->edition, than->edition) != 0;
      if (is(method->name, than->name) && !apart) CONTRADICTORY("name: it stands there twice");
    }
    check_method(l, method);
    l->method = NULL;
    leave(l, before);
  }
}

/* Settings and endpoints. */

static bool is_read(const lint *l, const reseal__setting *setting) {
  static const char *const ours[] = {"endpoint", "edition", "strict"};
  const reseal__auth *auth = &l->provider->auth;
  for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
    if (is(setting->name, ours[i])) return true;
  if (auth->kind == RESEAL__AUTH_FORM && setting->wire) return true;
  if (is(setting->name, auth->user) || is(setting->name, auth->secret)) return true;
  for (size_t i = 0; i < l->provider->settings.count; i++)
    if (is(setting->name, l->provider->settings.items[i].fallback)) return true;
  for (size_t i = 0; i < l->provider->methods.count; i++) {
    const reseal__method *method = l->provider->methods.items[i];
    for (size_t n = 0; n < method->params.count; n++)
      if (is(setting->name, method->params.items[n].setting)) return true;
  }
  return false;
}

static void check_setting(lint *l, const reseal__setting *setting) {
  const reseal__setting *other = setting->fallback ? find_setting(l, setting->fallback) : NULL;
  const char *name = setting->name;
  if (is_empty(setting->doc)) MISSING("doc");
  if (setting->wire && l->provider->auth.kind != RESEAL__AUTH_FORM)
    IGNORED("wire: the account does not travel in forms");
  if (setting->command_next && (!l->provider->command || !setting->wire))
    IGNORED("command_next: no command follows it");
  if (setting->max && setting->min > setting->max) CONTRADICTORY("min is above max");
  if (setting->fallback && (!other || other == setting)) CONTRADICTORY("fallback: there is no ", setting->fallback);
  if (other && other->fallback) IGNORED("fallback: ", setting->fallback, " has one itself, which is not followed");
  if (setting->fallback && (is(name, l->provider->auth.user) || is(name, l->provider->auth.secret)))
    CONTRADICTORY("fallback: who calls is said by a setting of its own");
  if (setting->required && setting->initial) CONTRADICTORY("required, although it has a value of its own");
  if (setting->secret && setting->initial) CONTRADICTORY("secret, although its value is known");
  if (setting->initial && (is(name, "endpoint") ? !l->provider->endpoints : !setting->values))
    IGNORED("initial: only of a setting with values, or of the endpoint");
  if (setting->values) check_words(l, "values", setting->values, words(setting->values), false);
  bool listed = !setting->values || !setting->initial;
  for (const char *const *one = setting->values; one && *one; one++) listed = listed || is(*one, setting->initial);
  if (!listed) CONTRADICTORY("initial: it is none of the values");
  if (is(name, "edition") && (!setting->initial || !setting->values)) MISSING("values, initial: of the edition");
  if (setting->secret && !setting->max) MISSING("max: of a secret");
  check_format(l, setting->format);
  if (!is_read(l, setting)) IGNORED("nothing reads this setting");
}

static void check_settings(lint *l) {
  size_t next = 0;
  for (size_t i = 0; i < l->provider->settings.count; i++) {
    const reseal__setting *setting = &l->provider->settings.items[i];
    size_t before = enter(l, "setting");
    enter(l, setting->name);
    if (is_empty(setting->name)) MISSING("name");
    for (size_t other = 0; other < i; other++)
      if (is(setting->name, l->provider->settings.items[other].name)) CONTRADICTORY("name: it stands there twice");
    next += setting->command_next;
    if (next > 1 && setting->command_next) CONTRADICTORY("command_next: the command stands in one place");
    check_setting(l, setting);
    leave(l, before);
  }
  if (!find_setting(l, "endpoint")) MISSING("settings: endpoint, by which tests and proxies are reached");
}

static bool starts(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

static void check_endpoints(lint *l) {
  const char *suffix = l->provider->base_suffix;
  if (!l->provider->endpoints || !l->provider->endpoints->name) MISSING("endpoints");
  for (const reseal__endpoint *one = l->provider->endpoints; one && one->name; one++) {
    size_t before = enter(l, "endpoint");
    enter(l, one->name);
    size_t len = one->url ? strlen(one->url) : 0;
    if (!len) MISSING("url");
    if (len && !starts(one->url, "https://")) CONTRADICTORY("url: it is https");
    if (len && one->url[len - 1] == '/') CONTRADICTORY("url: paths begin with the slash that it ends in");
    if (len && suffix && len > strlen(suffix) && is(one->url + len - strlen(suffix), suffix))
      CONTRADICTORY("url: it ends in base_suffix");
    for (const reseal__endpoint *other = l->provider->endpoints; other != one; other++)
      if (is(other->name, one->name)) CONTRADICTORY("name: it stands there twice");
    leave(l, before);
  }
  if (suffix && suffix[0] != '/') CONTRADICTORY("base_suffix: it begins with /");
}

/* Errors and status words. */

static void check_row(lint *l, const reseal__error_table *table, size_t index) {
  const reseal__error_row *row = &table->rows.items[index];
  const reseal__provider *provider = l->provider;
  if (!row->number && !row->word) MISSING("number or word");
  if (row->number && row->word) IGNORED("word: the row has a number");
  if (is_empty(row->text)) MISSING("text");
  if (row->word && !reseal__is_word(row->word, strlen(row->word)))
    IGNORED("word: no answer's code is read in this form");
  if (row->word && provider->answer == RESEAL__XML) IGNORED("word: XML errors have numbers");
  if (row->number > MOST_NUMBER) CONTRADICTORY("number: larger than any");
  if (row->category > RESEAL__INTERNAL) MISSING("category: there is none of that number");
  if (row->outcome > RESEAL__UNKNOWN) MISSING("outcome: there is none of that number");
  if (row->retry > RESEAL__NOW) MISSING("retry: there is none of that number");
  if (!row->category && !provider->layers) MISSING("category");
  if (!row->outcome_known && (row->retry || row->outcome))
    IGNORED("retry, outcome: without outcome_known they are derived");
  if (!row->outcome_known && !provider->layers) MISSING("outcome_known: nothing else tells the outcome");
  for (size_t other = 0; other < index; other++) {
    const reseal__error_row *than = &table->rows.items[other];
    if ((row->number ? row->number == than->number : is(row->word, than->word)) && is(row->text, than->text))
      CONTRADICTORY("text: the table has this code with it twice");
  }
}

static void check_table(lint *l, const reseal__error_table *table) {
  bool known = !table->method;
  for (size_t i = 0; i < l->provider->methods.count; i++)
    known = known || is(l->provider->methods.items[i]->name, table->method);
  if (!known) IGNORED("errors: there is no such method");
  if (is_empty(table->source)) MISSING("errors: source");
  if (!table->rows.count) MISSING("errors: rows");
  for (size_t i = 0; i < table->rows.count; i++) {
    const reseal__error_row *row = &table->rows.items[i];
    char digits[12];
    size_t at = sizeof digits, before = l->where.len;
    digits[--at] = '\0';
    for (uint32_t rest = row->number; rest; rest /= 10) digits[--at] = (char)('0' + rest % 10);
    enter(l, "error");
    enter(l, row->number ? digits + at : row->word);
    check_row(l, table, i);
    leave(l, before);
  }
}

static void check_errors(lint *l) {
  const reseal__throttle *throttle = &l->provider->throttle;
  const reseal__error_row *status_row = NULL, *number_row = NULL;
  bool by_word = false; /* which needs no column: its row is proof */
  if (!l->provider->errors.count) MISSING("errors");
  for (size_t t = 0; t < l->provider->errors.count; t++) {
    const reseal__error_table *table = &l->provider->errors.items[t];
    size_t before = table->method ? enter(l, table->method) : l->where.len;
    check_table(l, table);
    leave(l, before);
    for (size_t i = 0; i < table->rows.count; i++) {
      const reseal__error_row *row = &table->rows.items[i];
      if (row->http_status && row->http_status == throttle->status && !status_row) status_row = row;
      by_word = by_word || (row->word && row->category == RESEAL__THROTTLE && !row->outcome && row->outcome_known);
      if (row->number && row->number == throttle->number && is(row->text, throttle->text) && !number_row)
        number_row = row;
      for (size_t t2 = 0; row->http_status && t2 <= t; t2++)
        for (size_t j = 0; j < (t2 == t ? i : l->provider->errors.items[t2].rows.count); j++)
          if (l->provider->errors.items[t2].rows.items[j].http_status == row->http_status)
            IGNORED("errors: a second row for one http_status: ", row->text);
    }
  }
  if (!throttle->status && !throttle->number && !by_word)
    MISSING("throttle: a status, or an error's number with its text");
  if (throttle->number && is_empty(throttle->text)) MISSING("throttle: text, without which a number is no proof");
  if (!throttle->number && throttle->text) IGNORED("throttle: text, of no number");
  if (throttle->status && !status_row) MISSING("errors: a row whose http_status is that of throttle");
  if (throttle->number && !number_row) MISSING("errors: a row with the number and text of throttle");
  if ((status_row && status_row->category != RESEAL__THROTTLE) ||
      (number_row && number_row->category != RESEAL__THROTTLE))
    CONTRADICTORY("throttle: the error's row has another category");
  if ((l->provider->kinds || l->provider->topics) && !l->provider->layers)
    IGNORED("kinds, topics: numbers without layers have no parts");
}

static void check_statuses(lint *l) {
  static const char *const meanings[] = {"to_activate", "pending", "issued",  "replaced",
                                         "cancelled",   "revoked", "expired", "failed"};
  for (const reseal__status *one = l->provider->statuses; one && one->word; one++) {
    size_t before = enter(l, "status");
    enter(l, one->word);
    bool known = false;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) known = known || is(one->status, meanings[i]);
    if (!known) CONTRADICTORY("status: not of the common vocabulary");
    for (const reseal__status *other = l->provider->statuses; other != one; other++)
      if (reseal__same_any_case(one->word, strlen(one->word), other->word))
        CONTRADICTORY("word: it stands there twice");
    leave(l, before);
  }
}

/* The seller's own columns. */

static void check_auth(lint *l) {
  const reseal__auth *auth = &l->provider->auth;
  bool header = auth->kind == RESEAL__AUTH_HEADER, basic = auth->kind == RESEAL__AUTH_BASIC;
  const char *const named[] = {auth->user, auth->secret};
  if (auth->kind > RESEAL__AUTH_BASIC) MISSING("auth: there is no kind of that number");
  if (auth->kind == RESEAL__AUTH_NONE) MISSING("auth: who calls is told by nothing");
  if (auth->kind == RESEAL__AUTH_FORM && l->provider->request != RESEAL__FORM)
    CONTRADICTORY("auth: form fields, where requests are no forms");
  if (!header && (auth->header || auth->scheme)) IGNORED("auth: header, scheme: only of RESEAL__AUTH_HEADER");
  if (!basic && auth->user) IGNORED("auth: user: only of RESEAL__AUTH_BASIC");
  if (!basic && !header && auth->secret) IGNORED("auth: secret: of a header only");
  if (basic && !auth->user) MISSING("auth: user");
  if ((basic || header) && !auth->secret) MISSING("auth: secret");
  for (size_t i = 0; i < 2; i++) {
    const reseal__setting *setting = named[i] ? find_setting(l, named[i]) : NULL;
    if (named[i] && !setting) CONTRADICTORY("auth: there is no setting ", named[i]);
    if (setting && !setting->required) MISSING("auth: the setting ", named[i], " must be required");
    if (setting && !setting->format)
      MISSING("auth: the setting ", named[i], " needs a format, for a header ends at its line");
  }
  const reseal__setting *secret = find_setting(l, auth->secret);
  if (secret && !secret->secret) CONTRADICTORY("auth: the setting ", auth->secret, " is not secret");
  bool wire = false;
  for (size_t i = 0; i < l->provider->settings.count; i++) wire = wire || l->provider->settings.items[i].wire;
  if (auth->kind == RESEAL__AUTH_FORM && !wire) MISSING("auth: a setting with a wire");
}

static void check_xml(lint *l, const reseal__xml_envelope *xml) {
  if (!xml->errors) MISSING("xml: errors, without which none is seen");
  if (xml->errors && !xml->number) MISSING("xml: number, without which errors have no code");
  if (xml->status && !xml->ok) MISSING("xml: ok, the good value of status");
  if (!xml->status && xml->ok) IGNORED("xml: ok, of no status");
  if (!xml->root) MISSING("xml: root, by which other documents are told apart");
  if (!xml->response && xml->repeats) IGNORED("xml: repeats, of no response");
  for (const reseal__meta *one = xml->meta; one && one->name; one++)
    if (is_empty(one->wire)) MISSING("xml: meta: the element of ", one->name);
}

static void check_json(lint *l, const reseal__json_envelope *json) {
  if (!json->word) MISSING("json: word, without which errors have no code");
  if (!json->message) MISSING("json: message");
  if (!json->violations && (json->field || json->reason)) IGNORED("json: field, reason: of no violations");
  if (json->violations && !json->field) MISSING("json: field, which says what a violation is about");
  if (json->until && !find_field(json->details.items, json->details.count, json->until))
    CONTRADICTORY("json: until: the details have no ", json->until);
  size_t before = enter(l, "details");
  check_fields(l, json->details.items, json->details.count, 0, false);
  leave(l, before);
  if (!json->quote) return;
  bool quoted = false;
  for (size_t i = 0; i < l->provider->methods.count; i++) {
    const reseal__method *method = l->provider->methods.items[i];
    bool asks = false;
    for (size_t n = 0; n < method->params.count; n++) asks = asks || method->params.items[n].makes_read;
    quoted = quoted || (asks && find_field(method->result.items, method->result.count, json->quote));
  }
  if (!quoted) IGNORED("json: quote: no call asks for one and answers with ", json->quote);
}

/* The handle is also a field of what makes an order: who reads the description would not look for it otherwise. */
static void check_handle(lint *l) {
  const reseal__handle *handle = &l->provider->handle;
  bool described = false;
  if (handle->header && !handle->name) MISSING("handle: its name in the result");
  if (!handle->header && handle->name) IGNORED("handle: a name without a header");
  for (size_t i = 0; handle->name && i < l->provider->methods.count; i++) {
    const reseal__method *method = l->provider->methods.items[i];
    const reseal__field *field = find_field(method->result.items, method->result.count, handle->name);
    described = described || (field && field->made == RESEAL__MADE_ORDER);
  }
  if (handle->header && handle->name && !described) MISSING("handle: no result has ", handle->name, " as what is made");
}

static void check_purchases(lint *l) {
  for (size_t i = 0; i < l->provider->methods.count; i++) {
    const reseal__method *method = l->provider->methods.items[i];
    bool made = l->provider->handle.header != NULL;
    for (size_t n = 0; n < method->result.count; n++) {
      const reseal__field *field = &method->result.items[n];
      made = made || field->made;
      for (size_t f = 0; f < field->fields.count; f++) made = made || field->fields.items[f].made;
    }
    size_t before = enter(l, method->name);
    if (method->effect == RESEAL_EFFECT_PURCHASE && !made) MISSING("made: what a purchase makes, by which it is found");
    leave(l, before);
  }
}

static void check_columns(lint *l) {
  const reseal__provider *provider = l->provider;
  bool xml = provider->answer == RESEAL__XML, json = provider->answer == RESEAL__JSON;
  if (is_empty(provider->name)) MISSING("name");
  if (provider->request != RESEAL__FORM && provider->request != RESEAL__JSON_BODY) MISSING("request: its format");
  if (!xml && !json) MISSING("answer: its format");
  if (xml && !provider->xml) MISSING("xml: the envelope");
  if (json && !provider->json) MISSING("json: the envelope");
  if (!xml && provider->xml) IGNORED("xml: answers are no XML");
  if (!json && provider->json) IGNORED("json: answers are no JSON");
  if (provider->command && provider->request != RESEAL__FORM) IGNORED("command: only forms have it");
  if (provider->filters > RESEAL__FIELD_OPERATOR) MISSING("filters: there is no grammar of that number");
  bool filtered = false;
  for (size_t i = 0; i < provider->methods.count; i++) filtered = filtered || provider->methods.items[i]->filters.count;
  if (provider->filters && !filtered) IGNORED("filters: no call has any");
  if (xml && provider->xml) check_xml(l, provider->xml);
  if (json && provider->json) check_json(l, provider->json);
  check_auth(l);
  check_handle(l);
}

size_t reseal__lint(const reseal__provider *provider, reseal__buffer *out) {
  reseal__memory memory = out->memory;
  lint all = {.provider = provider, .where = reseal__buffer_of(&memory, false), .out = out}, *l = &all;
  check_columns(l);
  check_endpoints(l);
  check_settings(l);
  check_methods(l);
  check_purchases(l);
  check_errors(l);
  check_statuses(l);
  reseal__buffer_free(&l->where);
  return l->count;
}
