/* Parameters to request bytes: a form or JSON, and whatever of them stands in the URL. */
#include <string.h>

#include "codec/check.h"
#include "codec/text.h"

enum { MOST_HEADERS = 2 };

struct reseal_request {
  reseal__memory memory;
  const char *method;
  reseal__buffer url, body;
  const char *header_names[MOST_HEADERS];
  reseal__buffer header_values[MOST_HEADERS];
  size_t headers;
  int effect;
};

typedef struct source {
  const reseal_account *account;
  const reseal__tree *tree;
  const reseal__method *method;
  bool any_case;
} source;

/* Forms. */

/* Unreserved characters (RFC 3986) stay. */
static const bool plain[256] = {
    ['-'] = 1, ['.'] = 1, ['_'] = 1, ['~'] = 1, ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1,
    ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1,
    ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1,
    ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1,
    ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1,
    ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1,
    ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
};

/* Writes three bytes for every byte and moves on by one or three: no branch to mispredict. */
static void put_escaped(reseal__buffer *out, const char *text, size_t len) {
  static const char hex[] = "0123456789ABCDEF";
  if (len > SIZE_MAX / 4) {
    out->failed = true;
    return;
  }
  char *at = reseal__buffer_reserve(out, len * 3 + 3);
  if (!at) return;
  char *start = at;
  for (size_t i = 0; i < len; i++) {
    unsigned char byte = (unsigned char)text[i];
    size_t escape = !plain[byte];
    const char pair[2] = {(char)byte, '%'};
    at[0] = pair[escape];
    at[1] = hex[byte >> 4];
    at[2] = hex[byte & 15];
    at += 1 + 2 * escape;
  }
  *at = '\0';
  out->len += (size_t)(at - start);
}

static void put_pair(reseal__buffer *out, const char *name, const char *value, size_t len) {
  if (out->len) reseal__put_byte(out, '&');
  reseal__put_text(out, name);
  reseal__put_byte(out, '=');
  put_escaped(out, value, len);
}

static void put_item(reseal__buffer *joined, const reseal__param *param, const char *text, size_t len) {
  if (joined->len) reseal__put_text(joined, param->separator);
  reseal__put(joined, text, len);
}

/* A list that travels as one string, given as a list or as that string: blanks around its items go either way. */
static void put_joined(reseal__buffer *out, const reseal__param *param, const reseal__tree *tree, size_t item) {
  reseal__buffer joined = reseal__buffer_of(&out->memory, true);
  const reseal__item *given = &tree->items[item];
  if (given->type == RESEAL_ITEM_LIST) {
    for (size_t at = item + 1; at < given->next; at = tree->items[at].next)
      put_item(&joined, param, reseal__item_text(tree, at), tree->items[at].text_len);
  } else {
    const char *text = reseal__item_text(tree, item), *end = text + given->text_len;
    while (text <= end) {
      const char *next = memchr(text, param->separator[0], (size_t)(end - text));
      reseal__span one = reseal__trim(text, (size_t)((next ? next : end) - text));
      put_item(&joined, param, one.text, one.len);
      text = (next ? next : end) + 1;
    }
  }
  put_pair(out, param->name, joined.data ? joined.data : "", joined.len);
  if (joined.failed) out->failed = true;
  reseal__buffer_free(&joined);
}

/* Booleans are lower case on the wire, however they were given. */
static bool is_true(const reseal__tree *tree, size_t item) {
  const reseal__item *given = &tree->items[item];
  if (given->type == RESEAL_ITEM_BOOLEAN) return given->integer != 0;
  return reseal__same_any_case(reseal__item_text(tree, item), given->text_len, "true");
}

/* Digits as one would write them: 7 also where 007 was given. */
static void put_whole(reseal__buffer *out, const reseal__tree *tree, size_t item) {
  int64_t value = 0; /* checked: it is one */
  reseal__to_integer(reseal__item_text(tree, item), tree->items[item].text_len, &value);
  reseal__put_integer(out, value);
}

static void put_form_value(reseal__buffer *out, const reseal__param *param, const reseal__tree *tree, size_t item) {
  switch (param->type) {
    case RESEAL__LIST_OF:
      if (param->separator) {
        put_joined(out, param, tree, item);
        return;
      }
      /* The name comes again with every item; a string is the only one. */
      if (tree->items[item].type != RESEAL_ITEM_LIST) break;
      for (size_t at = item + 1; at < tree->items[item].next; at = tree->items[at].next)
        put_pair(out, param->name, reseal__item_text(tree, at), tree->items[at].text_len);
      return;
    case RESEAL__BOOLEAN:
      put_pair(out, param->name, is_true(tree, item) ? "true" : "false", is_true(tree, item) ? 4 : 5);
      return;
    case RESEAL__INTEGER:
      put_pair(out, param->name, "", 0);
      put_whole(out, tree, item);
      return;
    case RESEAL__STRING:
    case RESEAL__OBJECT_OF: /* forms have none */
      break;
  }
  put_pair(out, param->name, reseal__item_text(tree, item), tree->items[item].text_len);
}

/* The command, once; a provider without any has none. */
static void put_command(reseal__buffer *out, const reseal_account *account, const reseal__method *method, bool *put) {
  if (*put || !account->provider->command || !method->command) return;
  put_pair(out, account->provider->command, method->command, strlen(method->command));
  *put = true;
}

static void write_form(const reseal_account *account, const source *from, const reseal__given *given,
                       reseal__buffer *out) {
  const reseal__setting *settings = account->provider->settings.items;
  bool put = false;
  for (size_t i = 0; account->provider->auth.kind == RESEAL__AUTH_FORM && i < account->provider->settings.count; i++) {
    if (!settings[i].wire) continue;
    const reseal__buffer *value = reseal__setting_value(account, &settings[i]);
    if (value->len) put_pair(out, settings[i].wire, value->data, value->len);
    if (settings[i].command_next) put_command(out, account, from->method, &put);
  }
  put_command(out, account, from->method, &put);
  for (size_t i = 0; i < from->method->params.count; i++) {
    const reseal__param *param = &from->method->params.items[i];
    const reseal__buffer *standing = given->items[i] ? NULL : reseal__param_setting(account, param);
    if (param->place != RESEAL__IN_BODY) continue;
    if (standing) put_pair(out, param->name, standing->data, standing->len);
    if (given->items[i]) put_form_value(out, param, from->tree, given->items[i]);
  }
}

/* JSON. */

static void put_json_string(reseal__buffer *out, const char *text, size_t len) {
  static const char hex[] = "0123456789abcdef";
  reseal__put_byte(out, '"');
  size_t start = 0;
  for (size_t i = 0; i < len; i++) {
    unsigned char byte = (unsigned char)text[i];
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    reseal__put(out, text + start, i - start);
    start = i + 1;
    char escape[6] = {'\\', (char)byte, '0', '0', hex[byte >> 4], hex[byte & 15]};
    const char *letter = byte == '\n' ? "n" : byte == '\r' ? "r" : byte == '\t' ? "t" : NULL;
    if (letter) escape[1] = letter[0];
    bool two = letter || byte == '"' || byte == '\\';
    if (!two) escape[1] = 'u';
    reseal__put(out, escape, two ? 2 : 6);
  }
  reseal__put(out, text + start, len - start);
  reseal__put_byte(out, '"');
}

static void put_json_record(reseal__buffer *out, const source *from, size_t parent, const reseal__param *params,
                            size_t count);

static void put_json_value(reseal__buffer *out, const source *from, const reseal__param *param, reseal__type type,
                           size_t item) {
  const reseal__tree *tree = from->tree;
  switch (type) {
    case RESEAL__STRING:
      put_json_string(out, reseal__item_text(tree, item), tree->items[item].text_len);
      break;
    case RESEAL__INTEGER:
      put_whole(out, tree, item);
      break;
    case RESEAL__BOOLEAN:
      reseal__put_text(out, is_true(tree, item) ? "true" : "false");
      break;
    case RESEAL__LIST_OF:
      reseal__put_byte(out, '[');
      for (size_t at = item + 1; at < tree->items[item].next; at = tree->items[at].next) {
        if (at != item + 1) reseal__put_byte(out, ',');
        put_json_value(out, from, param, param->item, at);
      }
      reseal__put_byte(out, ']');
      break;
    case RESEAL__OBJECT_OF:
      put_json_record(out, from, item, param->fields.items, param->fields.count);
      break;
  }
}

static void put_json_record(reseal__buffer *out, const source *from, size_t parent, const reseal__param *params,
                            size_t count) {
  reseal__given given;
  bool first = true;
  if (!reseal__find_given(&out->memory, from->tree, parent, params, count, from->any_case, &given)) {
    out->failed = true;
    return;
  }
  reseal__put_byte(out, '{');
  for (size_t i = 0; i < count; i++) {
    const reseal__buffer *standing = given.items[i] ? NULL : reseal__param_setting(from->account, &params[i]);
    if ((!given.items[i] && !standing) || params[i].place != RESEAL__IN_BODY) continue;
    if (!first) reseal__put_byte(out, ',');
    first = false;
    put_json_string(out, params[i].name, strlen(params[i].name));
    reseal__put_byte(out, ':');
    if (standing)
      put_json_string(out, standing->data, standing->len);
    else
      put_json_value(out, from, &params[i], params[i].type, given.items[i]);
  }
  reseal__put_byte(out, '}');
  reseal__given_free(&given);
}

/* The URL. */

static void put_query(reseal__buffer *out, char *mark, const char *name, size_t name_len, const char *text,
                      size_t len) {
  reseal__put_byte(out, *mark);
  *mark = '&';
  reseal__put(out, name, name_len);
  reseal__put_byte(out, '=');
  put_escaped(out, text, len);
}

/* A parameter of the query, as a form has it; an empty list is nothing. */
static void put_query_param(reseal__buffer *out, char *mark, const reseal__param *param, const reseal__tree *tree,
                            size_t item) {
  reseal__buffer pairs = reseal__buffer_of(&out->memory, false);
  put_form_value(&pairs, param, tree, item);
  if (pairs.len) {
    reseal__put_byte(out, *mark);
    *mark = '&';
    reseal__put(out, pairs.data, pairs.len);
  }
  if (pairs.failed) out->failed = true;
  reseal__buffer_free(&pairs);
}

/* `field:operator=value`: a list is one value with commas where the operator takes one, else one filter an item. */
static void put_filter(reseal__buffer *out, char *mark, const reseal__tree *tree, size_t item, bool joined) {
  const char *name = reseal__item_name(tree, item);
  size_t name_len = tree->items[item].name_len;
  if (tree->items[item].type != RESEAL_ITEM_LIST) {
    put_query(out, mark, name, name_len, reseal__item_text(tree, item), tree->items[item].text_len);
    return;
  }
  reseal__buffer list = reseal__buffer_of(&out->memory, false);
  for (size_t at = item + 1; at < tree->items[item].next; at = tree->items[at].next) {
    if (!joined) {
      put_query(out, mark, name, name_len, reseal__item_text(tree, at), tree->items[at].text_len);
      continue;
    }
    if (list.len) reseal__put_byte(&list, ',');
    reseal__put(&list, reseal__item_text(tree, at), tree->items[at].text_len);
  }
  if (joined) put_query(out, mark, name, name_len, list.data ? list.data : "", list.len);
  if (list.failed) out->failed = true;
  reseal__buffer_free(&list);
}

/* A parameter of its own comes before a filter of the same name. */
static bool is_described(const source *from, size_t item) {
  const char *name = reseal__item_name(from->tree, item);
  size_t len = from->tree->items[item].name_len;
  for (size_t i = 0; i < from->method->params.count; i++) {
    const char *own = from->method->params.items[i].name;
    if (from->any_case ? reseal__same_any_case(name, len, own) : reseal__same(name, len, own)) return true;
  }
  return false;
}

static void write_url(const reseal_account *account, const source *from, const reseal__given *given,
                      reseal__buffer *out) {
  const reseal__method *method = from->method;
  reseal__put(out, account->endpoint.data, account->endpoint.len);
  for (const char *at = method->path ? method->path : ""; *at;) {
    const char *brace = strchr(at, '{'), *end = brace ? strchr(brace, '}') : NULL;
    size_t len = end ? (size_t)(brace - at) : strlen(at);
    reseal__put(out, at, len);
    at += len;
    if (!end) break;
    for (size_t i = 0; i < method->params.count; i++) {
      const reseal__param *param = &method->params.items[i];
      size_t item = given->items[i];
      if (!reseal__same(brace + 1, (size_t)(end - brace) - 1, param->name)) continue;
      const reseal__buffer *standing = item ? NULL : reseal__param_setting(account, param);
      if (standing) put_escaped(out, standing->data, standing->len);
      if (!item) continue;
      if (param->type == RESEAL__INTEGER)
        put_whole(out, from->tree, item);
      else
        put_escaped(out, reseal__item_text(from->tree, item), from->tree->items[item].text_len);
    }
    at = end + 1;
  }
  char mark = '?';
  for (size_t i = 0; i < method->params.count; i++) {
    const reseal__param *param = &method->params.items[i];
    const reseal__buffer *standing = given->items[i] ? NULL : reseal__param_setting(account, param);
    if (param->place != RESEAL__IN_QUERY) continue;
    if (standing) put_query(out, &mark, param->name, strlen(param->name), standing->data, standing->len);
    if (given->items[i]) put_query_param(out, &mark, param, from->tree, given->items[i]);
  }
  bool joined;
  for (size_t at = 1; method->filters.count && at < from->tree->items[0].next; at = from->tree->items[at].next)
    if (from->tree->items[at].type != RESEAL__ITEM_NULL && !is_described(from, at) &&
        reseal__is_filter(account->provider, method, reseal__item_name(from->tree, at), from->tree->items[at].name_len,
                          &joined))
      put_filter(out, &mark, from->tree, at, joined);
}

/* The request. */

/* A buffer for its value; NULL (and the request fails) past MOST_HEADERS. */
static reseal__buffer *add_header(reseal_request *request, const char *name) {
  if (request->headers == MOST_HEADERS) {
    request->url.failed = true;
    return NULL;
  }
  request->header_names[request->headers] = name;
  return &request->header_values[request->headers++];
}

static const char *verb_of(const reseal__method *method) {
  return method->verb ? method->verb : "POST";
}

/* A POST that can have members has a body, be it `{}`; another call only when one is given. */
static bool has_body(const reseal_account *account, const reseal__method *method, const reseal__given *given) {
  bool post = strcmp(verb_of(method), "POST") == 0;
  for (size_t i = 0; i < method->params.count; i++) {
    const reseal__param *param = &method->params.items[i];
    if (param->place != RESEAL__IN_BODY) continue;
    if (post || given->items[i] || reseal__param_setting(account, param)) return true;
  }
  return false;
}

/* Settings that are required and were never given. */
static bool check_settings(const reseal_account *account, reseal_error *err) {
  bool fine = true;
  for (size_t i = 0; i < account->provider->settings.count; i++) {
    const reseal__setting *setting = &account->provider->settings.items[i];
    if (!setting->required || reseal__setting_value(account, setting)->len) continue;
    reseal__say(reseal__fault(err, "missing", 0, setting->name, strlen(setting->name), 0), setting->name,
                " is required when the client is made", NULL);
    fine = false;
  }
  return fine;
}

static bool failed(const reseal_request *request) {
  bool any = request->url.failed || request->body.failed;
  for (size_t i = 0; i < request->headers; i++) any = any || request->header_values[i].failed;
  return any;
}

static reseal_request *request_new(const reseal__memory *memory) {
  reseal_request *request = reseal__resize(memory, NULL, 0, sizeof *request);
  if (!request) return NULL;
  *request = (reseal_request){.memory = *memory};
  request->url = reseal__buffer_of(memory, false);
  request->body = reseal__buffer_of(memory, true);
  for (size_t i = 0; i < MOST_HEADERS; i++) request->header_values[i] = reseal__buffer_of(memory, true);
  return request;
}

/* Who calls, in a header; nothing where the account is told otherwise, or by nothing. */
static void write_auth(const reseal_account *account, reseal_request *request) {
  const reseal__auth *auth = &account->provider->auth;
  if (auth->kind == RESEAL__AUTH_BASIC && account->credentials.len) {
    reseal__buffer *value = add_header(request, "Authorization");
    reseal__put_text(value, "Basic ");
    reseal__put(value, account->credentials.data, account->credentials.len);
  }
  const reseal__buffer *secret =
      auth->kind == RESEAL__AUTH_HEADER ? reseal__named_setting(account, auth->secret) : NULL;
  if (!secret || !secret->len) return;
  reseal__buffer *value = add_header(request, auth->header ? auth->header : "Authorization");
  if (auth->scheme) reseal__say(value, auth->scheme, " ", NULL);
  reseal__put(value, secret->data, secret->len);
}

static void write_given(const reseal_account *account, const source *from, const reseal__given *given,
                        reseal_request *request) {
  const reseal__method *method = from->method;
  request->method = verb_of(method);
  request->effect = method->effect;
  for (size_t i = 0; i < method->params.count; i++)
    if (method->params.items[i].makes_read && given->items[i] && is_true(from->tree, given->items[i]))
      request->effect = RESEAL_EFFECT_READ;

  write_url(account, from, given, &request->url);
  write_auth(account, request);
  switch (account->provider->request) {
    case RESEAL__FORM:
      write_form(account, from, given, &request->body);
      if (request->body.len || has_body(account, method, given))
        reseal__put_text(add_header(request, "Content-Type"), "application/x-www-form-urlencoded");
      break;
    case RESEAL__JSON_BODY:
      if (!has_body(account, method, given)) break;
      reseal__put_text(add_header(request, "Content-Type"), "application/json");
      put_json_record(&request->body, from, 0, method->params.items, method->params.count);
      break;
  }
}

static void write_request(const reseal_account *account, const source *from, reseal_request *request) {
  const reseal__method *method = from->method;
  reseal__given given;
  if (reseal__find_given(&account->memory, from->tree, 0, method->params.items, method->params.count, from->any_case,
                         &given)) {
    write_given(account, from, &given, request);
    reseal__given_free(&given);
  } else {
    request->url.failed = true;
  }
}

int reseal_encode(reseal_account *account, const char *method_name, size_t method_len, const reseal_params *params,
                  reseal_request **out, reseal_error *err) {
  *out = NULL;
  reseal_error_clear(err);
  if (!account) return reseal__no_handle(err, "account");
  const reseal__method *method =
      reseal__find_method(account->provider, method_name, method_len, reseal__account_edition(account), account, err);
  if (!method) return reseal__refused(err);

  reseal_params *none = NULL;
  if (!params) {
    if (reseal_params_new(&none, account, err) != RESEAL_OK) return RESEAL_ENOMEM;
    params = none;
  }
  int status = RESEAL_OK;
  reseal_request *request = NULL;
  if (params->tree.failure == RESEAL__TREE_NO_MEMORY) {
    status = reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
    goto done;
  }
  bool settings_fine = check_settings(account, err);
  status = reseal__check(account, method, &params->tree, err);
  if (status != RESEAL_OK || !settings_fine) {
    status = status == RESEAL_ENOMEM ? reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT) : reseal__refuse(err);
    goto done;
  }
  request = request_new(&account->memory);
  if (request) {
    source from = {
        .account = account, .tree = &params->tree, .method = method, .any_case = account->provider->any_case};
    write_request(account, &from, request);
  }
  if (!request || failed(request)) {
    reseal_request_free(request);
    status = reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
    goto done;
  }
  *out = request;
done:
  reseal_params_free(none);
  return status;
}

void reseal_request_free(reseal_request *request) {
  if (!request) return;
  reseal__memory memory = request->memory;
  reseal__buffer_free(&request->url);
  reseal__buffer_free(&request->body);
  for (size_t i = 0; i < MOST_HEADERS; i++) reseal__buffer_free(&request->header_values[i]);
  reseal__resize(&memory, request, sizeof *request, 0);
}

const char *reseal_request_method(const reseal_request *request) {
  return request ? request->method : NULL;
}

const char *reseal_request_url(const reseal_request *request, size_t *len) {
  if (len) *len = request ? request->url.len : 0;
  return request ? request->url.data : NULL;
}

const char *reseal_request_body(const reseal_request *request, size_t *len) {
  if (len) *len = request ? request->body.len : 0;
  if (!request) return NULL;
  return request->body.data ? request->body.data : "";
}

size_t reseal_request_header_count(const reseal_request *request) {
  return request ? request->headers : 0;
}

const char *reseal_request_header_name(const reseal_request *request, size_t index) {
  return request && index < request->headers ? request->header_names[index] : NULL;
}

const char *reseal_request_header_value(const reseal_request *request, size_t index, size_t *len) {
  bool there = request && index < request->headers;
  if (len) *len = there ? request->header_values[index].len : 0;
  return there ? request->header_values[index].data : NULL;
}

int reseal_request_effect(const reseal_request *request) {
  return request ? request->effect : 0;
}
