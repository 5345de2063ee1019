#include "codec/verdict.h"

#include <string.h>

static bool is_code(const reseal__error_row *row, int64_t number, reseal__span word) {
  if (row->number) return (int64_t)row->number == number;
  return word.text && row->word && reseal__same(word.text, word.len, row->word);
}

/* The documented text as far as its first placeholder, against the text that came. */
static bool is_text(const reseal__error_row *row, reseal__span text) {
  size_t len = strcspn(row->text, "%<");
  if (row->text[len] == '\0') return reseal__same_any_case(text.text, text.len, row->text);
  if (len == 0 || text.len < len) return false;
  for (size_t i = 0; i < len; i++)
    if (reseal__lower(text.text[i]) != reseal__lower(row->text[i])) return false;
  return true;
}

const reseal__error_row *reseal__find_row(const reseal__provider *provider, const char *method, int64_t number,
                                          reseal__span word, reseal__span text) {
  const reseal__error_row *best = NULL;
  int best_score = -1;
  for (size_t t = 0; t < provider->errors.count; t++) {
    const reseal__error_table *table = &provider->errors.items[t];
    bool own = table->method && strcmp(table->method, method) == 0;
    for (size_t i = 0; i < table->rows.count; i++) {
      const reseal__error_row *row = &table->rows.items[i];
      if (!is_code(row, number, word)) continue;
      int score = (own ? 2 : table->method ? 0 : 1) + (text.text && is_text(row, text) ? 4 : 0);
      if (score > best_score) {
        best = row;
        best_score = score;
      }
    }
  }
  return best;
}

const reseal__error_row *reseal__find_status_row(const reseal__provider *provider, int status) {
  for (size_t t = 0; t < provider->errors.count; t++)
    for (size_t i = 0; i < provider->errors.items[t].rows.count; i++) {
      const reseal__error_row *row = &provider->errors.items[t].rows.items[i];
      if (row->http_status && row->http_status == status) return row;
    }
  return NULL;
}

static const reseal__code_part *find_part(const reseal__code_part *parts, uint32_t number) {
  for (; parts && parts->text; parts++)
    if (parts->number == number) return parts;
  return NULL;
}

typedef struct parts {
  const reseal__code_part *layer, *kind, *topic;
} parts;

/* Numbers of seven digits: layer, kind (three), topic (three). */
static bool split(const reseal__provider *provider, int64_t number, parts *out) {
  if (!provider->layers || number < 1000000 || number > 9999999) return false;
  uint32_t code = (uint32_t)number;
  out->layer = find_part(provider->layers, code / 1000000);
  out->kind = find_part(provider->kinds, code / 1000 % 1000);
  out->topic = find_part(provider->topics, code % 1000);
  return out->layer != NULL;
}

const char *reseal__advice(reseal__category category, reseal__outcome outcome) {
  if (outcome == RESEAL__UNKNOWN)
    return "It may have been carried out and charged: look at the provider's list of certificates and at the balance "
           "before doing anything again.";
  switch (category) {
    case RESEAL__AUTH:
      return "Check the account's name, key, permissions and allowed addresses.";
    case RESEAL__FUNDS:
      return "Add funds to the account, then try again.";
    case RESEAL__PROMOTION:
      return "Leave the promotion code out, or use a valid one.";
    case RESEAL__PARAMETER:
      return "Correct the parameter and call again.";
    case RESEAL__STATE:
      return "Look at the certificate's present state: this call does not fit it.";
    case RESEAL__THROTTLE:
      return "Wait, and send fewer requests: the limit counts for the whole account.";
    case RESEAL__UPSTREAM:
      return "Try again later; if it persists ask the provider's support.";
    case RESEAL__INTERNAL:
    case RESEAL__NO_CATEGORY:
      return "Try again later; if it persists ask the provider's support.";
  }
  return NULL;
}

/*
 * An error of the authentication layer comes before anything is executed. Other layers check too, and say so by their
 * kind; whatever else they report may have been half done.
 */
reseal__verdict reseal__judge(const reseal__provider *provider, const reseal__error_row *row, int64_t number) {
  reseal__verdict verdict = {.category = RESEAL__NO_CATEGORY, .outcome = RESEAL__UNKNOWN};
  parts code = {0};
  bool structured = split(provider, number, &code);
  if (structured) {
    verdict.outcome = code.layer->outcome == RESEAL__REFUSED ? RESEAL__REFUSED
                      : code.kind                            ? code.kind->outcome
                                                             : RESEAL__UNKNOWN;
    verdict.category = code.layer->category;
    if (!verdict.category && code.topic) verdict.category = code.topic->category;
    if (!verdict.category && code.kind) verdict.category = code.kind->category;
  }
  if (row && row->category) verdict.category = row->category;
  if (!verdict.category) verdict.category = RESEAL__INTERNAL;
  bool passing = verdict.category == RESEAL__UPSTREAM || verdict.category == RESEAL__INTERNAL ||
                 verdict.category == RESEAL__THROTTLE;
  verdict.retry = passing ? RESEAL__LATER : RESEAL__NEVER;
  if (row && row->outcome_known) {
    verdict.outcome = row->outcome;
    verdict.retry = row->retry;
  }
  verdict.advice = row && row->advice ? row->advice : reseal__advice(verdict.category, verdict.outcome);
  return verdict;
}

void reseal__settle(reseal__verdict *verdict, int effect) {
  if (verdict->outcome != RESEAL__UNKNOWN) return;
  if (effect == RESEAL_EFFECT_READ) {
    verdict->outcome = RESEAL__REFUSED;
    verdict->advice = reseal__advice(verdict->category, verdict->outcome);
  } else {
    verdict->retry = RESEAL__NEVER;
  }
}

bool reseal__explain(const reseal__provider *provider, int64_t number, reseal__buffer *out) {
  parts code = {0};
  if (!split(provider, number, &code)) return false;
  reseal__say(out, code.layer->text, ": ", NULL);
  if (code.topic) {
    reseal__put_text(out, code.topic->text);
  } else {
    reseal__put_text(out, "field ");
    reseal__put_integer(out, number % 1000);
  }
  reseal__put_byte(out, ' ');
  if (code.kind) {
    reseal__put_text(out, code.kind->text);
  } else {
    reseal__put_text(out, "(kind ");
    reseal__put_integer(out, number / 1000 % 1000);
    reseal__put_byte(out, ')');
  }
  return true;
}
