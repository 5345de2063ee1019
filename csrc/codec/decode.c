/* Answers: what all providers have in common. What an answer means for money is decided here. */
#include "codec/decode.h"

#include <string.h>

#include "codec/convert.h"
#include "codec/date.h"
#include "codec/mask.h"

enum { MOST_FAULTS = 100 };

enum { MOST_PAUSE = 86400 };

/* A time near the present, for dates whose year has two digits: the start of 2026. */
#define ABOUT_NOW INT64_C(1767225600)

bool reseal__is_success(int status) {
  return status >= 200 && status <= 299;
}

static bool starts_with(reseal__span span, const char *prefix) {
  size_t len = strlen(prefix);
  return span.len >= len && reseal__same_any_case(span.text, len, prefix);
}

bool reseal__is_html(const char *text, size_t len) {
  if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3, len -= 3;
  reseal__span body = reseal__trim(text, len);
  return starts_with(body, "<!doctype html") || starts_with(body, "<html") || starts_with(body, "<head");
}

bool reseal__is_quote(const reseal__answer *answer) {
  return answer->effect == RESEAL_EFFECT_READ && answer->method->effect != RESEAL_EFFECT_READ;
}

bool reseal__is_nothing(reseal__span text) {
  for (size_t i = 0; i < text.len; i++)
    if (text.text[i] != '0' && text.text[i] != '.') return false;
  return true;
}

bool reseal__is_id(reseal__span text) {
  if (text.len == 0 || text.len > RESEAL__MOST_HANDLE || text.text[0] == '0') return false;
  for (size_t i = 0; i < text.len; i++)
    if (!reseal__is_digit(text.text[i])) return false;
  return true;
}

void reseal__name_made(reseal__answer *answer, const char *name, reseal__span value, bool handle) {
  answer->in_doubt = true;
  reseal__say(&answer->named, answer->named.len ? ", " : "", name, ": ", NULL);
  reseal__put_name(&answer->named, answer->account, value.text, value.len);
  if (handle && reseal__is_id(value) && !reseal__tells_secret(answer->account, value.text, value.len) &&
      !reseal__error_has_handle(answer->err))
    reseal__error_handle(answer->err, value.text, value.len);
}

/* Nothing is known to have been done by a read, so its failure is not in doubt unless it names an order. */
static void settle(reseal__answer *answer, int class, reseal__verdict verdict) {
  int effect = answer->effect;
  if (answer->in_doubt) {
    effect = answer->method->effect;
    if (verdict.outcome != RESEAL__UNKNOWN) verdict.advice = reseal__advice(verdict.category, RESEAL__UNKNOWN);
    verdict.outcome = RESEAL__UNKNOWN;
  }
  reseal__settle(&verdict, effect);
  reseal__error_verdict(answer->err, class, verdict.category, verdict.retry, reseal__outcome_of(verdict.outcome),
                        verdict.advice);
}

int reseal__answer_no_memory(reseal__answer *answer) {
  bool is_read = answer->effect == RESEAL_EFFECT_READ && !answer->in_doubt;
  return reseal__no_memory(answer->err, is_read ? RESEAL_OUTCOME_REFUSED : RESEAL_OUTCOME_UNKNOWN);
}

static int finish(reseal__answer *answer, int status) {
  if (answer->left_out) {
    reseal__buffer *message = reseal__fault(answer->err, "more", 0, NULL, 0, 0);
    reseal__put_integer(message, (int64_t)answer->left_out);
    reseal__put_text(message, " more faults are left out");
  }
  /* Without memory for a message the verdict would be one without words. */
  if (answer->named.failed || reseal__error_failed(answer->err)) return reseal__answer_no_memory(answer);
  return status;
}

/* What the answer named belongs to the first message: no caller may miss it. */
static void put_named(reseal__answer *answer, reseal__buffer *message) {
  if (answer->named.len && answer->err && reseal_error_count(answer->err) == 1)
    reseal__say(message, " (", answer->named.data, ")", NULL);
}

int reseal__protocol_at(reseal__answer *answer, int64_t offset, const char *code, const char *first,
                        const char *second) {
  reseal__buffer *message = reseal__fault(answer->err, code, 0, NULL, 0, 0);
  reseal__say(message, first, second, NULL);
  if (offset != RESEAL__NO_OFFSET) {
    reseal__put_text(message, " at byte ");
    reseal__put_integer(message, offset);
  }
  put_named(answer, message);
  reseal__error_offset(answer->err, offset);
  reseal__verdict verdict = {.category = RESEAL__UPSTREAM, .retry = RESEAL__LATER, .outcome = RESEAL__UNKNOWN};
  verdict.advice = reseal__advice(verdict.category, verdict.outcome);
  settle(answer, RESEAL_CLASS_PROTOCOL, verdict);
  return finish(answer, RESEAL_EPROTOCOL);
}

int reseal__protocol(reseal__answer *answer, const char *code, const char *first, const char *second) {
  return reseal__protocol_at(answer, RESEAL__NO_OFFSET, code, first, second);
}

int reseal__misfit(reseal__answer *answer, int64_t offset, const char *path, reseal__result_type type) {
  reseal__buffer text = reseal__buffer_of(&answer->account->memory, false);
  reseal__say(&text, path, " is not ", reseal__type_words(type), NULL);
  int end = text.failed ? reseal__answer_no_memory(answer)
                        : reseal__protocol_at(answer, offset, "malformed", "the answer's ", text.data);
  reseal__buffer_free(&text);
  return end;
}

void reseal__provider_fault(reseal__answer *answer, const char *code, int64_t number, reseal__span param,
                            reseal__span text) {
  if (answer->err && reseal_error_count(answer->err) >= MOST_FAULTS) {
    answer->left_out++;
    return;
  }
  reseal__buffer shown = reseal__buffer_of(&answer->account->memory, false);
  if (param.len) reseal__put_foreign(&shown, answer->account, param.text, param.len, RESEAL__MOST_MESSAGE);
  reseal__buffer *message = reseal__fault(answer->err, code, number, param.len ? shown.data : NULL, shown.len, 0);
  if (param.len) reseal__say(message, shown.data ? shown.data : "", ": ", NULL);
  reseal__buffer_free(&shown);
  reseal__put_foreign(message, answer->account, text.text, text.len, RESEAL__MOST_MESSAGE);
  put_named(answer, message);
}

int reseal__provider_refusal(reseal__answer *answer, const reseal__verdict *verdict) {
  settle(answer, RESEAL_CLASS_PROVIDER, *verdict);
  return finish(answer, RESEAL_EPROVIDER);
}

int reseal__status_refusal(reseal__answer *answer, const reseal__error_row *row) {
  reseal__verdict verdict = reseal__judge_row(answer->account->provider, row);
  reseal__buffer digits = reseal__buffer_of(&answer->account->memory, false);
  reseal__put_integer(&digits, row->number);
  const char *words = row->text ? row->text : "the provider gives no reason";
  reseal__span none = {NULL, 0}, text = {words, strlen(words)};
  if (row->word)
    reseal__provider_fault(answer, row->word, 0, none, text);
  else if (!digits.failed)
    reseal__provider_fault(answer, digits.data, row->number, none, text);
  reseal__buffer_free(&digits);
  return reseal__provider_refusal(answer, &verdict);
}

void reseal__open_meta(reseal__answer *answer) {
  reseal__tree_set_aside(&answer->result->tree, "meta");
  reseal__add_open(&answer->result->tree, "meta", RESEAL_ITEM_OBJECT);
}

void reseal__close_meta(reseal__answer *answer) {
  reseal__tree_set_aside(&answer->result->tree, "http_status");
  reseal__add_integer(&answer->result->tree, "http_status", answer->status);
  reseal__tree_close(&answer->result->tree);
}

int reseal__deliver(reseal__answer *answer) {
  switch (answer->result->tree.failure) {
    case RESEAL__TREE_FINE:
      return RESEAL_OK;
    case RESEAL__TREE_TOO_DEEP:
      return reseal__protocol(answer, "too_deep", "the answer is nested too deeply", "");
    case RESEAL__TREE_TOO_MANY:
      return reseal__protocol(answer, "too_large", "the answer has too many values", "");
    case RESEAL__TREE_NO_MEMORY:
    case RESEAL__TREE_UNBALANCED:
      break;
  }
  return reseal__answer_no_memory(answer);
}

/* There is no clock here: a point in time is a pause only beside the answer's own Date. -1: it is none. */
static int64_t pause_until(const reseal__answer *answer, int64_t then) {
  int64_t now;
  reseal__span date = reseal__header(answer->response, RESEAL__DATE);
  if (!date.text || !reseal__http_date(date.text, date.len, ABOUT_NOW, &now) || then < now) return -1;
  return then - now < MOST_PAUSE ? then - now : MOST_PAUSE;
}

/* Retry-After: seconds, or a date (RFC 9110, 10.2.3). Nobody waits longer than a day because of an answer. */
static int64_t retry_after(const reseal__answer *answer) {
  reseal__span value = reseal__header(answer->response, RESEAL__RETRY_AFTER), date;
  if (!value.len) return -1;
  size_t digits = 0;
  int64_t seconds, now = ABOUT_NOW;
  while (digits < value.len && reseal__is_digit(value.text[digits])) digits++;
  if (digits == value.len)
    return reseal__to_integer(value.text, value.len, &seconds) && seconds < MOST_PAUSE ? seconds : MOST_PAUSE;
  date = reseal__header(answer->response, RESEAL__DATE);
  if (date.text && !reseal__http_date(date.text, date.len, ABOUT_NOW, &now)) return -1;
  return reseal__http_date(value.text, value.len, now, &seconds) ? pause_until(answer, seconds) : -1;
}

void reseal__retry_from(reseal__answer *answer, reseal__span timestamp) {
  int64_t then;
  if (!timestamp.len || !answer->err || reseal_error_retry_after(answer->err) >= 0) return;
  if (reseal__timestamp(timestamp.text, timestamp.len, &then))
    reseal__error_http(answer->err, answer->status, pause_until(answer, then));
}

/* The header that is the handle on an order. More than one, or none that is an id, is no handle; but no proof either. */
static void find_handle(reseal__answer *answer) {
  const char *name = answer->account->provider->handle.header;
  if (!name || answer->method->effect == RESEAL_EFFECT_READ) return;
  reseal__span value = reseal__header(answer->response, RESEAL__HANDLE);
  bool once = answer->response->headers[RESEAL__HANDLE].count == 1;
  if (value.len) reseal__name_made(answer, name, value, once);
}

reseal__span reseal__handle_value(const reseal__answer *answer) {
  return reseal__header(answer->response, RESEAL__HANDLE);
}

reseal__span reseal__handle_id(const reseal__answer *answer) {
  reseal__span value = reseal__handle_value(answer), none = {NULL, 0};
  if (!reseal__is_id(value)) return none;
  return answer->response->headers[RESEAL__HANDLE].count == 1 ? value : none;
}

bool reseal__add_handle(reseal__answer *answer) {
  const char *name = answer->account->provider->handle.name;
  reseal__tree *tree = &answer->result->tree;
  reseal__span value = reseal__handle_id(answer);
  if (!name || !value.len || tree->failure) return true;
  size_t own = reseal__tree_find(tree, 0, name, strlen(name));
  if (own) return reseal__same(value.text, value.len, reseal__item_text(tree, own));
  reseal__tree_digits(tree, name, strlen(name), value.text, value.len);
  return true;
}

/* A call is made as a read only where a parameter makes it one. */
static int effect_of(const reseal__method *method, int effect) {
  if (effect < RESEAL_EFFECT_READ || effect > RESEAL_EFFECT_PURCHASE) return method->effect;
  if (effect != RESEAL_EFFECT_READ) return effect;
  for (size_t i = 0; i < method->params.count; i++)
    if (method->params.items[i].makes_read) return effect;
  return method->effect;
}

static int decode(reseal__answer *answer) {
  reseal_account *account = answer->account;
  if (answer->response->is_cut)
    return answer->response->received < 0
               ? reseal__protocol(answer, "cut", "only the head of the answer came", "")
               : reseal__protocol_at(answer, answer->response->received, "cut", "the answer breaks off", "");
  if (answer->body_len > account->limits[RESEAL_LIMIT_BYTES])
    return reseal__protocol(answer, "too_large", "the answer is larger than the limit of this client", "");
  answer->result =
      reseal__result_new(&account->memory, account->limits[RESEAL_LIMIT_DEPTH], account->limits[RESEAL_LIMIT_ITEMS]);
  if (!answer->result) return reseal__answer_no_memory(answer);
  switch (answer->account->provider->answer) {
    case RESEAL__XML:
      return reseal__decode_xml(answer);
    case RESEAL__JSON:
      return reseal__decode_json(answer);
  }
  return reseal__protocol(answer, "malformed", "the provider's answers have no described format", "");
}

int reseal_decode(reseal_account *account, const char *method_name, size_t method_len, int effect,
                  const reseal_response *response, reseal_result **out, reseal_error *err) {
  *out = NULL;
  reseal_error_clear(err);
  if (!account) return reseal__no_handle(err, "account");
  if (!response) return reseal__no_handle(err, "response");
  const reseal__method *method =
      reseal__find_method(account->provider, method_name, method_len, reseal__account_edition(account), account, err);
  if (!method) return reseal__refused(err);
  if (response->provider != account->provider) {
    reseal__put_text(reseal__fault(err, "conflict", 0, "response", 8, 0), "the response is that of another provider");
    return reseal__refuse(err);
  }
  reseal__answer answer = {.account = account,
                           .method = method,
                           .effect = effect_of(method, effect),
                           .response = response,
                           .status = response->status,
                           .body = response->body,
                           .body_len = response->body_len,
                           .err = err,
                           .named = reseal__buffer_of(&account->memory, false)};
  reseal__error_http(err, answer.status, retry_after(&answer));
  find_handle(&answer);
  int end = decode(&answer);
  reseal__buffer_free(&answer.named);
  if (end == RESEAL_OK) {
    reseal_error_clear(err);
    *out = answer.result;
  } else {
    reseal_result_free(answer.result);
  }
  return end;
}
