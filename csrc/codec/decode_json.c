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
static reseal__verdict judge_word(const reseal__answer *answer, const reseal__error_row *row) {
  if (!row) row = reseal__find_status_row(answer->codec->provider, answer->status);
  return reseal__judge(answer->codec->provider, row, 0);
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
      if (!details) break;
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

static int decode_error(reseal__answer *answer) {
  const reseal__json_envelope *envelope = answer->codec->provider->json;
  reseal__tree *tree = &answer->result->tree;
  reseal__json_fault fault;
  reseal__span word = {NULL, 0};
  bool readable =
      reseal__json_read(tree, answer->body, answer->body_len, envelope->details.items, envelope->details.count, &fault);
  if (!readable && !fault.code) return reseal__answer_no_memory(answer);
  if (readable) word = text_of(tree, 0, envelope->word);
  if (!is_word(word)) {
    /* Some errors have no body that says more than the status. */
    const reseal__error_row *row = reseal__find_status_row(answer->codec->provider, answer->status);
    if (row) return reseal__status_refusal(answer, row);
    reseal__buffer digits = reseal__buffer_of(&answer->codec->memory, false);
    reseal__put_integer(&digits, answer->status);
    int end = reseal__protocol(answer, "http_status", "the answer has no error of the provider, only HTTP status ",
                               digits.data ? digits.data : "");
    reseal__buffer_free(&digits);
    return end;
  }
  static const char unexplained[] = "the provider gives no reason";
  reseal__span message = text_of(tree, 0, envelope->message);
  const reseal__error_row *row = reseal__find_row(answer->codec->provider, answer->method->name, 0, word, message);
  if (!message.len && row) message = (reseal__span){row->text, strlen(row->text)};
  if (!message.len) message = (reseal__span){unexplained, sizeof unexplained - 1};
  size_t list = reseal__tree_find(tree, 0, envelope->violations, strlen(envelope->violations)), single = 0;
  if (list && tree->items[list].type == RESEAL_ITEM_LIST)
    for (size_t at = list + 1; at < tree->items[list].next; at = tree->items[at].next) {
      if (tree->items[at].type != RESEAL_ITEM_OBJECT) continue;
      reseal__span text = text_of(tree, at, envelope->message);
      reseal__provider_fault(answer, word.text, 0, text_of(tree, at, envelope->field), text.len ? text : message);
      single++;
    }
  if (!single) reseal__provider_fault(answer, word.text, 0, text_of(tree, 0, envelope->property), message);
  if (!keep_details(answer, list)) return reseal__answer_no_memory(answer);
  reseal__verdict verdict = judge_word(answer, row);
  return reseal__provider_refusal(answer, &verdict);
}

static reseal__span header_value(const reseal__answer *answer) {
  return reseal__header(answer->headers, answer->headers_len, answer->codec->provider->json->header);
}

/* What the header adds to the result. */
static void add_header(reseal__answer *answer) {
  const char *name = answer->codec->provider->json->header_name;
  reseal__span value = header_value(answer);
  if (!value.len) return;
  if (!reseal__tree_find(&answer->result->tree, 0, name, strlen(name)))
    reseal__tree_digits(&answer->result->tree, name, strlen(name), value.text, value.len);
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

/* A file: whatever bytes it has, as `content`. */
static int decode_bytes(reseal__answer *answer) {
  reseal__tree *tree = &answer->result->tree;
  if (!answer->body_len) return reseal__protocol(answer, "empty", "the answer has no body", "");
  if (reseal__is_html(answer->body, answer->body_len))
    return reseal__protocol(answer, "html", "the answer is an HTML page instead of a file", "");
  reseal__add_open(tree, NULL, RESEAL_ITEM_OBJECT);
  reseal__tree_text(tree, "content", 7, RESEAL_ITEM_STRING, answer->body, answer->body_len);
  reseal__open_meta(answer);
  reseal__tree_close(tree);
  reseal__tree_close(tree);
  return reseal__deliver(answer);
}

/* Reads the body into the tree; RESEAL_OK leaves a root object open. */
static int read_body(reseal__answer *answer) {
  const reseal__method *method = answer->method;
  reseal__tree *tree = &answer->result->tree;
  int wanted = method->answer == RESEAL__ANSWER_LIST ? RESEAL_ITEM_LIST : RESEAL_ITEM_OBJECT;
  if (reseal__is_html(answer->body, answer->body_len))
    return reseal__protocol(answer, "html", "the answer is an HTML page instead of JSON", "");
  reseal__json_fault fault;
  if (!reseal__json_read(tree, answer->body, answer->body_len, method->result.items, method->result.count, &fault))
    return fault.code ? reseal__protocol(answer, fault.code, "the answer is not the JSON it should be: ", fault.text)
                      : reseal__answer_no_memory(answer);
  if (!tree->count || (int)tree->items[0].type != wanted)
    return reseal__protocol(
        answer, "malformed",
        wanted == RESEAL_ITEM_LIST ? "the answer is not a JSON list" : "the answer is not a JSON object", "");
  if (wanted == RESEAL_ITEM_LIST || method->answer == RESEAL__ANSWER_EMPTY) return RESEAL_OK;
  if (!is_known(answer) && !header_value(answer).len)
    return reseal__protocol(answer, "incomplete", "the answer has nothing of what this call answers with", "");
  for (size_t i = 0; i < method->result.count; i++) {
    const reseal__field *field = &method->result.items[i];
    if (field->required && !reseal__tree_find(tree, 0, field->name, strlen(field->name)))
      return reseal__protocol(answer, "incomplete", "the answer lacks ", field->name);
  }
  return RESEAL_OK;
}

int reseal__decode_json(reseal__answer *answer) {
  const reseal__method *method = answer->method;
  reseal__tree *tree = &answer->result->tree;
  if (answer->status >= 400) return decode_error(answer);
  if (!reseal__is_success(answer->status))
    return reseal__protocol(answer, "http_status",
                            "the answer has an HTTP status that no call of this provider answers with", "");
  if (method->answer == RESEAL__ANSWER_BYTES) return decode_bytes(answer);
  if (reseal__trim(answer->body, answer->body_len).len) {
    int status = read_body(answer);
    if (status != RESEAL_OK) return status;
  } else {
    /* The header alone is enough where there is one: it is the handle on the order. */
    if (method->answer != RESEAL__ANSWER_EMPTY && !header_value(answer).len)
      return reseal__protocol(answer, "empty", "the answer has no body", "");
    reseal__add_open(tree, NULL, RESEAL_ITEM_OBJECT);
  }
  if (method->answer == RESEAL__ANSWER_LIST) return reseal__deliver(answer);
  for (size_t i = 0; i < method->result.count; i++) {
    const reseal__field *field = &method->result.items[i];
    if (!field->always || reseal__tree_find(tree, 0, field->name, strlen(field->name))) continue;
    reseal__add_open(tree, field->name, RESEAL_ITEM_LIST);
    reseal__tree_close(tree);
  }
  add_header(answer);
  reseal__open_meta(answer);
  reseal__tree_close(tree);
  reseal__tree_close(tree);
  return reseal__deliver(answer);
}
