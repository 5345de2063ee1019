/* Answers of JSON APIs. */
#include <string.h>

#include "codec/decode.h"
#include "codec/json.h"
#include "codec/mask.h"

static reseal__span text_of(const reseal__tree *tree, size_t object, const char *name) {
  size_t item = name ? reseal__tree_find(tree, object, name, strlen(name)) : 0;
  if (!item || tree->items[item].type != RESEAL_ITEM_STRING) return (reseal__span){NULL, 0};
  return (reseal__span){reseal__item_text(tree, item), tree->items[item].text_len};
}

/* An error's type is a word: anything else in its place is not taken for one. */
static bool is_word(reseal__span text) {
  for (size_t i = 0; i < text.len; i++) {
    char c = reseal__lower(text.text[i]);
    if (!reseal__is_digit(c) && (c < 'a' || c > 'z') && c != '_') return false;
  }
  return text.len > 0 && text.len <= 64;
}

/*
 * An error type that no table has. A status with a meaning of its own still says enough; 400 does not: the provider uses
 * it for refusals and for what failed half-way alike.
 */
static reseal__verdict judge_word(const reseal__answer *answer, reseal__span word, reseal__span text,
                                  const reseal__error_row **row) {
  const reseal__provider *provider = answer->codec->provider;
  reseal__verdict verdict = reseal__judge(provider, answer->method->name, 0, word, text, row);
  const reseal__error_row *status = *row ? NULL : reseal__find_status_row(provider, answer->status);
  return status ? reseal__judge_row(provider, status) : verdict;
}

/* A copy of an item without the account's secrets, under that name. */
static void copy_item(const reseal_codec *codec, reseal__tree *to, const reseal__tree *from, size_t item,
                      reseal__buffer *scratch) {
  const reseal__item *at = &from->items[item];
  reseal__buffer_clear(scratch);
  reseal__put_masked(scratch, codec, reseal__item_name(from, item), at->name_len);
  size_t name_len = scratch->len;
  bool container = at->type == RESEAL_ITEM_OBJECT || at->type == RESEAL_ITEM_LIST;
  if (!container) reseal__put_masked(scratch, codec, reseal__item_text(from, item), at->text_len);
  if (scratch->failed) to->failure = RESEAL__TREE_NO_MEMORY;
  if (to->failure) return;
  const char *name = at->name ? scratch->data ? scratch->data : "" : NULL;
  const char *text = scratch->data ? scratch->data + name_len : "";
  size_t text_len = scratch->len - name_len;
  if (container) {
    reseal__tree_open(to, name, name_len, (int)at->type);
    for (size_t child = item + 1; child < at->next; child = from->items[child].next)
      copy_item(codec, to, from, child, scratch);
    reseal__tree_close(to);
  } else if (at->type == RESEAL_ITEM_INTEGER) {
    reseal__tree_integer(to, name, name_len, at->integer);
  } else if (at->type == RESEAL_ITEM_BOOLEAN) {
    reseal__tree_boolean(to, name, name_len, at->integer != 0);
  } else {
    reseal__tree_text(to, name, name_len, (int)at->type, text, text_len);
  }
}

/* What an error carries besides its type, its message and its faults. Returns whether there was memory for it. */
static bool keep_details(reseal__answer *answer, size_t violations) {
  const reseal__json_envelope *envelope = answer->codec->provider->json;
  const reseal__tree *from = &answer->result->tree;
  const char *const told[] = {envelope->word, envelope->message, envelope->property};
  if (!answer->err) return true;
  reseal__memory memory = reseal__error_memory(answer->err);
  reseal_result *details = NULL;
  reseal__buffer scratch = reseal__buffer_of(&memory, false);
  for (size_t at = 1; at < from->items[0].next; at = from->items[at].next) {
    bool is_told = at == violations;
    for (size_t i = 0; i < sizeof told / sizeof *told && !is_told; i++)
      is_told = told[i] && reseal__same(reseal__item_name(from, at), from->items[at].name_len, told[i]);
    if (is_told) continue;
    if (!details) {
      details = reseal__result_new(&memory, from->most_depth, from->most_items);
      if (!details) return false;
      reseal__add_open(&details->tree, NULL, RESEAL_ITEM_OBJECT);
    }
    copy_item(answer->codec, &details->tree, from, at, &scratch);
  }
  reseal__buffer_free(&scratch);
  if (!details) return true;
  reseal__tree_close(&details->tree);
  bool fine = !details->tree.failure;
  reseal__error_details(answer->err, details);
  return fine;
}

/* Names what an object of the answer holds of the things that the call makes, and tells whether there is any. */
static bool find_made(reseal__answer *answer) {
  const reseal__tree *tree = &answer->result->tree;
  const reseal__method *method = answer->method;
  bool found = false;
  for (size_t i = 0; method->effect != RESEAL_EFFECT_READ && i < method->result.count; i++) {
    const reseal__field *field = &method->result.items[i];
    size_t at = field->made ? reseal__tree_find(tree, 0, field->name, strlen(field->name)) : 0;
    if (!at || (tree->items[at].type != RESEAL_ITEM_INTEGER && tree->items[at].type != RESEAL_ITEM_STRING)) continue;
    reseal__span value = {reseal__item_text(tree, at), tree->items[at].text_len};
    if (!value.len || reseal__same(value.text, value.len, "0")) continue;
    reseal__name_made(answer, field->name, value, field->made == RESEAL__MADE_ORDER);
    found = true;
  }
  return found;
}

/* An object in which there is nothing that the method answers with is some other answer. */
static bool is_known(const reseal__answer *answer) {
  const reseal__method *method = answer->method;
  for (size_t i = 0; i < method->result.count; i++) {
    const char *name = method->result.items[i].name;
    if (reseal__tree_find(&answer->result->tree, 0, name, strlen(name))) return true;
  }
  return false;
}

static int decode_error(reseal__answer *answer) {
  const reseal__json_envelope *envelope = answer->codec->provider->json;
  const reseal__json_shape shape = {envelope->details.items, envelope->details.count, .lenient = true};
  reseal__tree *tree = &answer->result->tree;
  reseal__json_fault fault;
  reseal__span word = {NULL, 0};
  bool readable = reseal__json_read(tree, answer->body, answer->body_len, &shape, &fault);
  if (!readable && !fault.code) return reseal__answer_no_memory(answer);
  if (readable) {
    find_made(answer);
    reseal__retry_from(answer, text_of(tree, 0, envelope->until));
  }
  if (readable) word = text_of(tree, 0, envelope->word);
  if (!is_word(word) || reseal__tells_secret(answer->codec, word.text, word.len)) {
    /* Some errors have no body that says more than the status; over a result it says nothing. */
    bool result = readable && answer->method->effect != RESEAL_EFFECT_READ && is_known(answer);
    const reseal__error_row *row = reseal__find_status_row(answer->codec->provider, answer->status);
    if (result) answer->in_doubt = true;
    if (row && !result) return reseal__status_refusal(answer, row);
    reseal__buffer digits = reseal__buffer_of(&answer->codec->memory, false);
    reseal__put_integer(&digits, answer->status);
    int end = reseal__protocol(answer, "http_status", "the answer has no error of the provider, only HTTP status ",
                               digits.data ? digits.data : "");
    reseal__buffer_free(&digits);
    return end;
  }
  static const char no_reason[] = "the provider gives no reason";
  const reseal__span unexplained = {no_reason, sizeof no_reason - 1};
  reseal__span message = text_of(tree, 0, envelope->message);
  const reseal__error_row *row;
  reseal__verdict verdict = judge_word(answer, word, message, &row);
  if (!message.len && row) message = (reseal__span){row->text, strlen(row->text)};
  if (!message.len) message = unexplained;
  size_t list =
      envelope->violations ? reseal__tree_find(tree, 0, envelope->violations, strlen(envelope->violations)) : 0;
  size_t single = 0;
  if (list && tree->items[list].type != RESEAL_ITEM_LIST) list = 0;
  for (size_t at = list + 1; list && at < tree->items[list].next; at = tree->items[at].next) {
    if (tree->items[at].type != RESEAL_ITEM_OBJECT) continue;
    reseal__span text = text_of(tree, at, envelope->message);
    /* The error's own words once: repeated for every fault they would grow with the square of the answer. */
    if (!text.len) text = single ? unexplained : message;
    reseal__provider_fault(answer, word.text, 0, text_of(tree, at, envelope->field), text);
    single++;
  }
  if (!single) reseal__provider_fault(answer, word.text, 0, text_of(tree, 0, envelope->property), message);
  if (!keep_details(answer, list)) return reseal__answer_no_memory(answer);
  return reseal__provider_refusal(answer, &verdict);
}

static reseal__span header_value(const reseal__answer *answer) {
  const char *name = answer->codec->provider->json->header;
  return name ? reseal__header(answer->headers, answer->headers_len, name) : (reseal__span){NULL, 0};
}

/* The header's value when it is an id; text NULL: there is none that is. */
static reseal__span order_id(const reseal__answer *answer) {
  reseal__span value = header_value(answer), none = {NULL, 0};
  if (!reseal__is_id(value)) return none;
  const char *name = answer->codec->provider->json->header;
  return reseal__header_count(answer->headers, answer->headers_len, name) == 1 ? value : none;
}

static bool is_described(const reseal__method *method, reseal__span name) {
  for (size_t i = 0; i < method->result.count; i++)
    if (reseal__same(name.text, name.len, method->result.items[i].name)) return true;
  return false;
}

/* An error object in the place of a result: a type and a message, and nothing else that the method answers with. */
static bool is_error(const reseal__answer *answer) {
  const reseal__json_envelope *envelope = answer->codec->provider->json;
  const reseal__tree *tree = &answer->result->tree;
  if (!is_word(text_of(tree, 0, envelope->word)) || !text_of(tree, 0, envelope->message).text) return false;
  for (size_t at = 1; at < tree->items[0].next; at = tree->items[at].next) {
    reseal__span name = {reseal__item_name(tree, at), tree->items[at].name_len};
    if (reseal__same(name.text, name.len, envelope->word) || reseal__same(name.text, name.len, envelope->message))
      continue;
    if (is_described(answer->method, name)) return false;
  }
  return true;
}

/* What it says is kept, but under a success it proves nothing. */
static int refuse_error(reseal__answer *answer) {
  const reseal__json_envelope *envelope = answer->codec->provider->json;
  const reseal__tree *tree = &answer->result->tree;
  reseal__span word = text_of(tree, 0, envelope->word), message = text_of(tree, 0, envelope->message);
  reseal__buffer text = reseal__buffer_of(&answer->codec->memory, false);
  reseal__put_name(&text, answer->codec, word.text, word.len);
  reseal__put_text(&text, ": ");
  reseal__put_foreign(&text, answer->codec, message.text, message.len, RESEAL__MOST_MESSAGE);
  find_made(answer);
  int end = text.failed || !keep_details(answer, 0)
                ? reseal__answer_no_memory(answer)
                : reseal__protocol(answer, "incomplete", "the answer is an error where a result was due: ", text.data);
  reseal__buffer_free(&text);
  return end;
}

/* What the header adds to the result. Where the body has the same, both say the same. */
static bool add_header(reseal__answer *answer) {
  const char *name = answer->codec->provider->json->header_name;
  reseal__tree *tree = &answer->result->tree;
  reseal__span value = order_id(answer);
  size_t own = name ? reseal__tree_find(tree, 0, name, strlen(name)) : 0;
  if (!name || !value.len) return true;
  if (own) return reseal__same(value.text, value.len, reseal__item_text(tree, own));
  reseal__tree_digits(tree, name, strlen(name), value.text, value.len);
  return true;
}

/* A file: whatever bytes it has, as `content`. */
static int decode_bytes(reseal__answer *answer) {
  reseal__tree *tree = &answer->result->tree;
  if (!answer->body_len) return reseal__protocol(answer, "empty", "the answer has no body", "");
  if (reseal__is_html(answer->body, answer->body_len))
    return reseal__protocol(answer, "html", "the answer is an HTML page instead of a file", "");
  reseal__add_open(tree, NULL, RESEAL_ITEM_OBJECT);
  reseal__tree_text(tree, "content", 7, RESEAL_ITEM_STRING, answer->body, answer->body_len);
  reseal__open_meta(answer);
  reseal__close_meta(answer);
  reseal__tree_close(tree);
  return reseal__deliver(answer);
}

static bool has_quote(const reseal__answer *answer) {
  const char *name = answer->codec->provider->json->quote;
  return name && reseal__tree_find(&answer->result->tree, 0, name, strlen(name));
}

/* Reads the body into the tree; RESEAL_OK leaves a root object open. */
static int read_body(reseal__answer *answer) {
  const reseal__method *method = answer->method;
  reseal__tree *tree = &answer->result->tree;
  bool is_list = method->answer == RESEAL__ANSWER_LIST;
  if (reseal__is_html(answer->body, answer->body_len))
    return reseal__protocol(answer, "html", "the answer is an HTML page instead of JSON", "");
  const reseal__json_shape shape = {method->result.items, method->result.count, .texts = is_list};
  reseal__json_fault fault;
  if (!reseal__json_read(tree, answer->body, answer->body_len, &shape, &fault)) {
    if (fault.type) return reseal__misfit(answer, fault.path, fault.type);
    return fault.code ? reseal__protocol(answer, fault.code, "the answer is not the JSON it should be: ", fault.text)
                      : reseal__answer_no_memory(answer);
  }
  if (!tree->count || tree->items[0].type != (is_list ? RESEAL_ITEM_LIST : RESEAL_ITEM_OBJECT))
    return reseal__protocol(answer, "malformed",
                            is_list ? "the answer is not a JSON list" : "the answer is not a JSON object", "");
  if (is_list) return RESEAL_OK;
  if (is_error(answer)) return refuse_error(answer);
  /* Whatever else answers what asked for a price may be what an order is answered with. */
  if (reseal__is_quote(answer) && !has_quote(answer)) answer->in_doubt = true;
  if (method->answer == RESEAL__ANSWER_EMPTY) return RESEAL_OK;
  if (!is_known(answer) && !order_id(answer).len)
    return reseal__protocol(answer, "incomplete", "the answer has nothing of what this call answers with", "");
  for (size_t i = 0; i < method->result.count; i++) {
    const reseal__field *field = &method->result.items[i];
    if (field->required && !reseal__tree_find(tree, 0, field->name, strlen(field->name)))
      return reseal__protocol(answer, "incomplete", "the answer lacks ", field->name);
  }
  return RESEAL_OK;
}

static bool is_item_id(const reseal__tree *tree, size_t item) {
  bool has_text = tree->items[item].type == RESEAL_ITEM_STRING || tree->items[item].type == RESEAL_ITEM_INTEGER;
  return has_text && reseal__is_id((reseal__span){reseal__item_text(tree, item), tree->items[item].text_len});
}

/* Whether what came answers what was asked: an order is answered by an order, a quote by a quote. NULL: it does. */
static const char *find_mismatch(reseal__answer *answer) {
  const reseal__json_envelope *envelope = answer->codec->provider->json;
  const reseal__tree *tree = &answer->result->tree;
  if (answer->method->effect == RESEAL_EFFECT_READ) return NULL;
  size_t own = 0;
  if (envelope->header_name) own = reseal__tree_find(tree, 0, envelope->header_name, strlen(envelope->header_name));
  bool quoted = has_quote(answer);
  bool is_order = order_id(answer).len != 0;
  if ((header_value(answer).len && !is_order) || (own && !is_item_id(tree, own))) {
    find_made(answer);
    return "the answer names an order by what is no id";
  }
  if (reseal__is_quote(answer)) {
    if (find_made(answer) || is_order) return "a price was asked, but the answer is that of an order";
    if (quoted) return NULL;
    answer->in_doubt = true;
    return "a price was asked, but the answer has none";
  }
  is_order = is_order || own;
  if (quoted && !is_order) return "the answer is a price, not that of an order";
  return NULL;
}

static int decode_object(reseal__answer *answer) {
  const reseal__method *method = answer->method;
  reseal__tree *tree = &answer->result->tree;
  const char *mismatch = find_mismatch(answer);
  if (mismatch) return reseal__protocol(answer, "mismatch", mismatch, "");
  for (size_t i = 0; i < method->result.count; i++) {
    const reseal__field *field = &method->result.items[i];
    if (!field->always || reseal__tree_find(tree, 0, field->name, strlen(field->name))) continue;
    reseal__add_open(tree, field->name, RESEAL_ITEM_LIST);
    reseal__tree_close(tree);
  }
  if (!add_header(answer)) {
    find_made(answer);
    return reseal__protocol(answer, "mismatch", "the answer names two orders", "");
  }
  reseal__open_meta(answer);
  reseal__close_meta(answer);
  reseal__tree_close(tree);
  return reseal__deliver(answer);
}

int reseal__decode_json(reseal__answer *answer) {
  const reseal__method *method = answer->method;
  if (answer->status >= 400) return decode_error(answer);
  if (!reseal__is_success(answer->status))
    return reseal__protocol(answer, "http_status",
                            "the answer has an HTTP status that no call of this provider answers with", "");
  /* A price is answered by 200; an order that was accepted, by another. */
  if (reseal__is_quote(answer) && answer->status != 200) answer->in_doubt = true;
  if (method->answer == RESEAL__ANSWER_BYTES) return decode_bytes(answer);
  if (reseal__trim(answer->body, answer->body_len).len) {
    int status = read_body(answer);
    if (status != RESEAL_OK) return status;
  } else {
    /* The header alone is enough where there is one: it is the handle on the order. */
    if (method->answer != RESEAL__ANSWER_EMPTY && !order_id(answer).len) {
      answer->in_doubt = answer->in_doubt || reseal__is_quote(answer);
      return reseal__protocol(answer, "empty", "the answer has no body", "");
    }
    reseal__add_open(&answer->result->tree, NULL, RESEAL_ITEM_OBJECT);
  }
  return method->answer == RESEAL__ANSWER_LIST ? reseal__deliver(answer) : decode_object(answer);
}
