/* Answers: what all providers have in common. What an answer means for money is decided here. */
#include "codec/decode.h"

#include <string.h>

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

/* Nothing is known to have been done by a read, so its failure is never in doubt. */
static void settle(reseal__answer *answer, const char *class, const reseal__verdict *verdict) {
  bool unknown = verdict->outcome == RESEAL__UNKNOWN && answer->effect != RESEAL_EFFECT_READ;
  const char *advice = verdict->advice;
  if (verdict->outcome == RESEAL__UNKNOWN && !unknown) advice = reseal__advice(verdict->category, RESEAL__REFUSED);
  reseal__error_class(answer->err, class);
  reseal__error_verdict(answer->err, verdict->category, unknown ? RESEAL__NEVER : verdict->retry,
                        reseal__outcome_name(unknown ? RESEAL__UNKNOWN : RESEAL__REFUSED), advice);
}

int reseal__answer_no_memory(reseal__answer *answer) {
  return reseal__no_memory(answer->err, answer->effect == RESEAL_EFFECT_READ ? "refused" : "unknown");
}

static int finish(reseal__answer *answer, int status) {
  /* Without memory for the message the verdict would be one without words. */
  if (answer->err && reseal_error_count(answer->err) == 0) return reseal__answer_no_memory(answer);
  return status;
}

int reseal__protocol(reseal__answer *answer, const char *code, const char *first, const char *second) {
  reseal__say(reseal__fault(answer->err, code, 0, NULL, 0, 0), first, second, NULL);
  reseal__verdict verdict = {.category = RESEAL__UPSTREAM, .retry = RESEAL__LATER, .outcome = RESEAL__UNKNOWN};
  verdict.advice = reseal__advice(verdict.category, verdict.outcome);
  settle(answer, "protocol", &verdict);
  return finish(answer, RESEAL_EPROTOCOL);
}

void reseal__provider_fault(reseal__answer *answer, const char *code, int64_t number, reseal__span param,
                            reseal__span text) {
  const reseal__buffer *secret = reseal__codec_secret(answer->codec);
  const char *key = secret ? secret->data : NULL;
  size_t key_len = secret ? secret->len : 0;
  reseal__buffer *message = reseal__fault(answer->err, code, number, param.text, param.len, 0);
  if (param.len) {
    reseal__put_foreign(message, param.text, param.len, key, key_len);
    reseal__put_text(message, ": ");
  }
  reseal__put_foreign(message, text.text, text.len, key, key_len);
}

int reseal__provider_refusal(reseal__answer *answer, const reseal__verdict *verdict) {
  settle(answer, "provider", verdict);
  return finish(answer, RESEAL_EPROVIDER);
}

int reseal__status_refusal(reseal__answer *answer, const reseal__error_row *row) {
  reseal__verdict verdict = reseal__judge(answer->codec->provider, row, row->number);
  reseal__buffer digits = reseal__buffer_of(&answer->codec->memory, false);
  reseal__put_integer(&digits, row->number);
  reseal__span none = {NULL, 0}, text = {row->text, strlen(row->text)};
  if (row->word)
    reseal__provider_fault(answer, row->word, 0, none, text);
  else if (!digits.failed)
    reseal__provider_fault(answer, digits.data, row->number, none, text);
  reseal__buffer_free(&digits);
  return reseal__provider_refusal(answer, &verdict);
}

void reseal__open_meta(reseal__answer *answer) {
  reseal__add_open(&answer->result->tree, "meta", RESEAL_ITEM_OBJECT);
  reseal__add_integer(&answer->result->tree, "http_status", answer->status);
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

static int64_t retry_after(const char *headers, size_t len) {
  int64_t seconds;
  reseal__span value = reseal__header(headers, len, "Retry-After");
  return value.text && reseal__to_integer(value.text, value.len, &seconds) && seconds >= 0 ? seconds : -1;
}

int reseal_decode(reseal_codec *codec, const char *method_name, size_t method_len, int effect, int status,
                  const char *headers, size_t headers_len, const char *body, size_t body_len, reseal_result **out,
                  reseal_error *err) {
  *out = NULL;
  reseal_error_clear(err);
  const reseal__provider *provider = codec->provider;
  const reseal__method *method =
      reseal__find_method(provider, method_name, method_len, reseal__codec_edition(codec), err);
  if (!method) return RESEAL_EINVALID;
  if (effect < RESEAL_EFFECT_READ || effect > RESEAL_EFFECT_PURCHASE) effect = method->effect;

  reseal__answer answer = {.codec = codec,
                           .method = method,
                           .effect = effect,
                           .status = status,
                           .headers = headers_len ? headers : "",
                           .headers_len = headers_len,
                           .body = body_len ? body : "",
                           .body_len = body_len,
                           .err = err};
  reseal__error_http(err, status, retry_after(answer.headers, headers_len));
  if (body_len > codec->limits[RESEAL_LIMIT_BYTES])
    return reseal__protocol(&answer, "too_large", "the answer is larger than the limit of this client", "");
  const reseal__error_row *throttled = NULL;
  if (status == provider->throttle_status) throttled = reseal__find_status_row(provider, status);
  if (throttled && provider->wire == RESEAL__XML) return reseal__status_refusal(&answer, throttled);

  answer.result =
      reseal__result_new(&codec->memory, codec->limits[RESEAL_LIMIT_DEPTH], codec->limits[RESEAL_LIMIT_ITEMS]);
  if (!answer.result) return reseal__answer_no_memory(&answer);
  int end = provider->wire == RESEAL__XML ? reseal__decode_xml(&answer) : reseal__decode_json(&answer);
  if (end == RESEAL_OK) {
    reseal_error_clear(err);
    *out = answer.result;
  } else {
    reseal_result_free(answer.result);
  }
  return end;
}
