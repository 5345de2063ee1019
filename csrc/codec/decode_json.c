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

/* An error's code: a word, or a number with its digits. */
typedef struct fault_code {
  reseal__span text; /* NULL: there is none */
  int64_t number;
} fault_code;

static fault_code code_of(const reseal__tree *tree, size_t object, const char *name) {
  size_t item = name ? reseal__tree_find(tree, object, name, strlen(name)) : 0;
  if (!item) return (fault_code){{NULL, 0}, 0};
  const reseal__item *at = &tree->items[item];
  reseal__span text = {reseal__item_text(tree, item), at->text_len};
  if (at->type == RESEAL_ITEM_INTEGER && at->integer > 0) return (fault_code){text, at->integer};
  /* Anything else in the place of a word is not taken for one. */
  if (at->type == RESEAL_ITEM_STRING && reseal__is_word(text.text, text.len)) return (fault_code){text, 0};
  return (fault_code){{NULL, 0}, 0};
}

/* Where the error stands: the answer itself, or a member of it. False: there is none. */
static bool find_error(const reseal__answer *answer, size_t *object) {
  const char *name = answer->account->provider->json->error;
  const reseal__tree *tree = &answer->result->tree;
  *object = 0;
  if (!tree->count) return false;
  if (name) *object = reseal__tree_find(tree, 0, name, strlen(name));
  return tree->items[*object].type == RESEAL_ITEM_OBJECT && (*object || !name);
}

/*
 * An error code that no table has. A status with a meaning of its own still says enough; 400 does not: the provider uses
 * it for refusals and for what failed half-way alike.
 */
static reseal__verdict judge_code(const reseal__answer *answer, const fault_code *code, reseal__span text,
                                  const reseal__error_row **row) {
  const reseal__provider *provider = answer->account->provider;
  reseal__span word = code->number ? (reseal__span){NULL, 0} : code->text;
  reseal__verdict verdict = reseal__judge(provider, answer->method->name, code->number, word, text, row);
  const reseal__error_row *status = *row ? NULL : reseal__find_status_row(provider, answer->status);
  return status ? reseal__judge_row(provider, status) : verdict;
}

/* A copy of an item without the account's secrets, under that name. */
static void copy_item(const reseal_account *account, reseal__tree *to, const reseal__tree *from, size_t item,
                      reseal__buffer *scratch) {
  const reseal__item *at = &from->items[item];
  reseal__buffer_clear(scratch);
  reseal__put_masked(scratch, account, reseal__item_name(from, item), at->name_len);
  size_t name_len = scratch->len;
  bool container = at->type == RESEAL_ITEM_OBJECT || at->type == RESEAL_ITEM_LIST;
  if (!container) reseal__put_masked(scratch, account, reseal__item_text(from, item), at->text_len);
  if (scratch->failed) to->failure = RESEAL__TREE_NO_MEMORY;
  if (to->failure) return;
  const char *name = at->name ? scratch->data ? scratch->data : "" : NULL;
  const char *text = scratch->data ? scratch->data + name_len : "";
  size_t text_len = scratch->len - name_len;
  if (container) {
    reseal__tree_open(to, name, name_len, (int)at->type);
    for (size_t child = item + 1; child < at->next; child = from->items[child].next)
      copy_item(account, to, from, child, scratch);
    reseal__tree_close(to);
  } else if (at->type == RESEAL_ITEM_INTEGER) {
    reseal__tree_integer(to, name, name_len, at->integer);
  } else if (at->type == RESEAL_ITEM_BOOLEAN) {
    reseal__tree_boolean(to, name, name_len, at->integer != 0);
  } else {
    reseal__tree_text(to, name, name_len, (int)at->type, text, text_len);
  }
}

/* Copies what an object has besides what the error's message and faults tell; `skip`: a member that they do tell. */
static bool copy_others(reseal__answer *answer, reseal_result **details, size_t object, size_t skip) {
  const reseal__json_envelope *envelope = answer->account->provider->json;
  const reseal__tree *from = &answer->result->tree;
  const char *const told[] = {envelope->word, envelope->message, envelope->property};
  reseal__memory memory = reseal__error_memory(answer->err);
  reseal__buffer scratch = reseal__buffer_of(&memory, false);
  for (size_t at = object + 1; at < from->items[object].next; at = from->items[at].next) {
    const char *name = reseal__item_name(from, at);
    size_t len = from->items[at].name_len;
    bool is_told = at == skip || (*details && reseal__tree_find(&(*details)->tree, 0, name, len));
    for (size_t i = 0; i < sizeof told / sizeof *told && !is_told; i++)
      is_told = told[i] && reseal__same(name, len, told[i]);
    if (is_told) continue;
    if (!*details) {
      *details = reseal__result_new(&memory, from->most_depth, from->most_items);
      if (!*details) return false;
      reseal__add_open(&(*details)->tree, NULL, RESEAL_ITEM_OBJECT);
    }
    copy_item(answer->account, &(*details)->tree, from, at, &scratch);
  }
  reseal__buffer_free(&scratch);
  return true;
}

/* What an error carries besides its code, its message and its faults. Returns whether there was memory for it. */
static bool keep_details(reseal__answer *answer, size_t object, size_t violations) {
  reseal_result *details = NULL;
  if (!answer->err) return true;
  if (!copy_others(answer, &details, object, violations) || (object && !copy_others(answer, &details, 0, object))) {
    reseal_result_free(details);
    return false;
  }
  if (!details) return true;
  reseal__tree_close(&details->tree);
  bool fine = !details->tree.failure;
  reseal__error_details(answer->err, details);
  return fine;
}

/* Names what `object` holds of the things that the call makes, and tells whether there is any. */
static bool find_made_in(reseal__answer *answer, size_t object, const reseal__field *fields, size_t count) {
  const reseal__tree *tree = &answer->result->tree;
  bool found = false;
  if (tree->items[object].type != RESEAL_ITEM_OBJECT) return false;
  for (size_t i = 0; i < count; i++) {
    const reseal__field *field = &fields[i];
    size_t at = reseal__tree_find(tree, object, field->name, strlen(field->name));
    if (!at) continue;
    uint32_t type = tree->items[at].type;
    if (type == RESEAL_ITEM_OBJECT && field->type == RESEAL__RECORD)
      found = find_made_in(answer, at, field->fields.items, field->fields.count) || found;
    bool has_text = type == RESEAL_ITEM_INTEGER || type == RESEAL_ITEM_STRING || type == RESEAL_ITEM_NUMBER;
    reseal__span value = {reseal__item_text(tree, at), tree->items[at].text_len};
    if (!field->made || !has_text || reseal__is_nothing(value)) continue;
    reseal__name_made(answer, field->name, value, field->made == RESEAL__MADE_ORDER);
    found = true;
  }
  return found;
}

/* The same of the whole answer, and of the error in it. */
static bool find_made(reseal__answer *answer) {
  const reseal__method *method = answer->method;
  size_t error;
  if (method->effect == RESEAL_EFFECT_READ || !answer->result->tree.count) return false;
  bool found = find_made_in(answer, 0, method->result.items, method->result.count);
  if (!find_error(answer, &error) || !error) return found;
  return find_made_in(answer, error, method->result.items, method->result.count) || found;
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
  const reseal__json_envelope *envelope = answer->account->provider->json;
  const reseal__field around = {
      .name = envelope->error, .type = RESEAL__RECORD, .fields = {envelope->details.items, envelope->details.count}};
  const reseal__json_shape plain = {envelope->details.items, envelope->details.count, .lenient = true};
  const reseal__json_shape nested = {&around, 1, .lenient = true};
  reseal__tree *tree = &answer->result->tree;
  reseal__json_fault fault;
  size_t error = 0;
  fault_code code = {{NULL, 0}, 0};
  bool readable = reseal__json_read(tree, answer->body, answer->body_len, envelope->error ? &nested : &plain, &fault);
  if (!readable && !fault.code) return reseal__answer_no_memory(answer);
  if (readable) find_made(answer);
  if (readable && find_error(answer, &error)) {
    reseal__retry_from(answer, text_of(tree, error, envelope->until));
    code = code_of(tree, error, envelope->word);
  }
  if (!code.text.text || reseal__tells_secret(answer->account, code.text.text, code.text.len)) {
    /* Some errors have no body that says more than the status; over a result it says nothing. */
    bool result = readable && answer->method->effect != RESEAL_EFFECT_READ && is_known(answer);
    const reseal__error_row *row = reseal__find_status_row(answer->account->provider, answer->status);
    if (result) answer->in_doubt = true;
    if (row && !result) return reseal__status_refusal(answer, row);
    reseal__buffer digits = reseal__buffer_of(&answer->account->memory, false);
    reseal__put_integer(&digits, answer->status);
    int end = reseal__protocol(answer, "http_status", "the answer has no error of the provider, only HTTP status ",
                               digits.data ? digits.data : "");
    reseal__buffer_free(&digits);
    return end;
  }
  static const char no_reason[] = "the provider gives no reason";
  const reseal__span unexplained = {no_reason, sizeof no_reason - 1};
  reseal__span message = text_of(tree, error, envelope->message);
  const reseal__error_row *row;
  reseal__verdict verdict = judge_code(answer, &code, message, &row);
  if (!message.len && row && row->text) message = (reseal__span){row->text, strlen(row->text)};
  if (!message.len) message = unexplained;
  const char *name = envelope->violations, *reason = envelope->reason ? envelope->reason : envelope->message;
  size_t list = name ? reseal__tree_find(tree, error, name, strlen(name)) : 0;
  size_t single = 0;
  if (list && tree->items[list].type != RESEAL_ITEM_LIST) list = 0;
  for (size_t at = list + 1; list && at < tree->items[list].next; at = tree->items[at].next) {
    if (tree->items[at].type != RESEAL_ITEM_OBJECT) continue;
    reseal__span text = text_of(tree, at, reason);
    /* The error's own words once: repeated for every fault they would grow with the square of the answer. */
    if (!text.len) text = single ? unexplained : message;
    reseal__provider_fault(answer, code.text.text, code.number, text_of(tree, at, envelope->field), text);
    single++;
  }
  if (!single)
    reseal__provider_fault(answer, code.text.text, code.number, text_of(tree, error, envelope->property), message);
  if (!keep_details(answer, error, list)) return reseal__answer_no_memory(answer);
  return reseal__provider_refusal(answer, &verdict);
}

static bool is_described(const reseal__method *method, reseal__span name) {
  for (size_t i = 0; i < method->result.count; i++)
    if (reseal__same(name.text, name.len, method->result.items[i].name)) return true;
  return false;
}

static bool is_named(reseal__span name, const char *wanted) {
  return wanted && reseal__same(name.text, name.len, wanted);
}

/* An error object in the place of a result: a code and a message, and nothing else that the method answers with. */
static bool is_error(const reseal__answer *answer, size_t *error) {
  const reseal__json_envelope *envelope = answer->account->provider->json;
  const reseal__tree *tree = &answer->result->tree;
  if (!find_error(answer, error)) return false;
  if (!code_of(tree, *error, envelope->word).text.text || !text_of(tree, *error, envelope->message).text) return false;
  for (size_t at = 1; at < tree->items[0].next; at = tree->items[at].next) {
    reseal__span name = {reseal__item_name(tree, at), tree->items[at].name_len};
    if (*error ? at == *error : is_named(name, envelope->word) || is_named(name, envelope->message)) continue;
    if (is_described(answer->method, name)) return false;
  }
  return true;
}

/* What it says is kept, but under a success it proves nothing. */
static int refuse_error(reseal__answer *answer, size_t error) {
  const reseal__json_envelope *envelope = answer->account->provider->json;
  const reseal__tree *tree = &answer->result->tree;
  reseal__span word = code_of(tree, error, envelope->word).text, message = text_of(tree, error, envelope->message);
  reseal__buffer text = reseal__buffer_of(&answer->account->memory, false);
  reseal__put_name(&text, answer->account, word.text, word.len);
  reseal__put_text(&text, ": ");
  reseal__put_foreign(&text, answer->account, message.text, message.len, RESEAL__MOST_MESSAGE);
  find_made(answer);
  int end = text.failed || !keep_details(answer, error, 0)
                ? reseal__answer_no_memory(answer)
                : reseal__protocol(answer, "incomplete", "the answer is an error where a result was due: ", text.data);
  reseal__buffer_free(&text);
  return end;
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
  const char *name = answer->account->provider->json->quote;
  return name && reseal__tree_find(&answer->result->tree, 0, name, strlen(name));
}

/* A required field that `object`, or an object in it, does not have; NULL: it has them all. A list's rows are as they come. */
static const char *find_missing(const reseal__tree *tree, size_t object, const reseal__field *fields, size_t count) {
  const char *missing = NULL;
  for (size_t i = 0; i < count && !missing; i++) {
    const reseal__field *field = &fields[i];
    size_t at = reseal__tree_find(tree, object, field->name, strlen(field->name));
    if (!at && field->required) return field->name;
    if (at && field->type == RESEAL__RECORD) missing = find_missing(tree, at, field->fields.items, field->fields.count);
  }
  return missing;
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
    if (fault.type) return reseal__misfit(answer, (int64_t)fault.offset, fault.path, fault.type);
    return fault.code ? reseal__protocol_at(answer, (int64_t)fault.offset, fault.code,
                                            "the answer is not the JSON it should be: ", fault.text)
                      : reseal__answer_no_memory(answer);
  }
  if (!tree->count || tree->items[0].type != (is_list ? RESEAL_ITEM_LIST : RESEAL_ITEM_OBJECT))
    return reseal__protocol(answer, "malformed",
                            is_list ? "the answer is not a JSON list" : "the answer is not a JSON object", "");
  if (is_list) return RESEAL_OK;
  size_t error;
  if (is_error(answer, &error)) return refuse_error(answer, error);
  /* Whatever else answers what asked for a price may be what an order is answered with. */
  if (reseal__is_quote(answer) && !has_quote(answer)) answer->in_doubt = true;
  if (method->answer == RESEAL__ANSWER_EMPTY) return RESEAL_OK;
  if (!is_known(answer) && !reseal__handle_id(answer).len)
    return reseal__protocol(answer, "incomplete", "the answer has nothing of what this call answers with", "");
  const char *missing = find_missing(tree, 0, method->result.items, method->result.count);
  return missing ? reseal__protocol(answer, "incomplete", "the answer lacks ", missing) : RESEAL_OK;
}

static bool is_item_id(const reseal__tree *tree, size_t item) {
  bool has_text = tree->items[item].type == RESEAL_ITEM_STRING || tree->items[item].type == RESEAL_ITEM_INTEGER;
  return has_text && reseal__is_id((reseal__span){reseal__item_text(tree, item), tree->items[item].text_len});
}

/* Whether what came answers what was asked: an order is answered by an order, a quote by a quote. NULL: it does. */
static const char *find_mismatch(reseal__answer *answer) {
  const char *name = answer->account->provider->handle.name;
  const reseal__tree *tree = &answer->result->tree;
  if (answer->method->effect == RESEAL_EFFECT_READ) return NULL;
  size_t own = name ? reseal__tree_find(tree, 0, name, strlen(name)) : 0;
  bool quoted = has_quote(answer);
  bool is_order = reseal__handle_id(answer).len != 0;
  if ((reseal__handle_value(answer).len && !is_order) || (own && !is_item_id(tree, own))) {
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
  if (!reseal__add_handle(answer)) {
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
  if (!answer->account->provider->json)
    return reseal__protocol(answer, "malformed", "the provider's answers have no described envelope", "");
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
    if (method->answer != RESEAL__ANSWER_EMPTY && !reseal__handle_id(answer).len) {
      answer->in_doubt = answer->in_doubt || reseal__is_quote(answer);
      return reseal__protocol(answer, "empty", "the answer has no body", "");
    }
    reseal__add_open(&answer->result->tree, NULL, RESEAL_ITEM_OBJECT);
  }
  return method->answer == RESEAL__ANSWER_LIST ? reseal__deliver(answer) : decode_object(answer);
}
