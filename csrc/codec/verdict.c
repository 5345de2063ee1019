#include "codec/verdict.h"

#include <string.h>

/* A row whose number is the HTTP status that it stands for has none in a body. */
static bool is_code(const reseal__error_row *row, int64_t number, reseal__span word) {
  if (row->number) return row->number != row->http_status && (int64_t)row->number == number;
  return number == 0 && word.text && row->word && reseal__same(word.text, word.len, row->word);
}

/* Where a row's text leaves something open: %1$d for digits, %1$s and <words> for a word, %1$s at the end for a remark. */
typedef struct gap {
  size_t len; /* of the mark; 0: there is none */
  bool digits, remark;
} gap;

static gap gap_at(const char *mark) {
  if (mark[0] == '%' && mark[1] == '1' && mark[2] == '$' && (mark[3] == 's' || mark[3] == 'd'))
    return (gap){.len = 4, .digits = mark[3] == 'd', .remark = mark[3] == 's' && mark[4] == '\0'};
  if (mark[0] != '<' || mark[1] < 'a' || mark[1] > 'z') return (gap){0};
  size_t len = strcspn(mark, ">");
  return (gap){.len = mark[len] ? len + 1 : 0};
}

/*
 * Whether that is a listed text: in any letter case and with any white space where the page has some, for the service is not
 * consistent in either. Anything else, a full stop too, makes it another text.
 */
static bool is_text(const char *listed, reseal__span text) {
  enum { MOST_OPEN = 255 };
  if (!listed) return false;
  for (;;) {
    gap open = gap_at(listed);
    if (open.len) {
      if (open.remark) return text.len > 0 && text.len <= MOST_OPEN;
      for (size_t len = 1; len <= text.len && len <= MOST_OPEN; len++) {
        char c = text.text[len - 1];
        if (open.digits ? !reseal__is_digit(c) : reseal__is_space(c)) return false;
        if (is_text(listed + open.len, (reseal__span){text.text + len, text.len - len})) return true;
      }
      return false;
    }
    if (*listed == '\0') return text.len == 0;
    if (text.len == 0) return false;
    if (reseal__is_space(*listed)) {
      if (!reseal__is_space(*text.text)) return false;
      while (reseal__is_space(*listed)) listed++;
      while (text.len && reseal__is_space(*text.text)) text.text++, text.len--;
      continue;
    }
    if (reseal__lower(*listed++) != reseal__lower(*text.text)) return false;
    text.text++, text.len--;
  }
}

/* Rows of the method itself count before those of all methods, and these before other methods'. */
static int nearness(const reseal__error_table *table, const char *method) {
  if (!table->method) return 1;
  return strcmp(table->method, method) == 0 ? 2 : 0;
}

static bool same_advice(const char *a, const char *b) {
  return a == b || (a && b && strcmp(a, b) == 0);
}

const reseal__error_row *reseal__find_status_row(const reseal__provider *provider, int status) {
  for (size_t t = 0; t < provider->errors.count; t++)
    for (size_t i = 0; i < provider->errors.items[t].rows.count; i++) {
      const reseal__error_row *row = &provider->errors.items[t].rows.items[i];
      if (row->http_status && row->http_status == status) return row;
    }
  /* What throttles needs no row of its own. */
  static const reseal__error_row throttled = {.word = "throttled",
                                              .text = "too many requests",
                                              .category = RESEAL__THROTTLE,
                                              .retry = RESEAL__LATER,
                                              .outcome = RESEAL__REFUSED,
                                              .outcome_known = true};
  return status && provider->throttle.status == status ? &throttled : NULL;
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

/* Categories that pass by themselves. */
static reseal__retry retry_of(reseal__category category) {
  bool passing = category == RESEAL__UPSTREAM || category == RESEAL__INTERNAL || category == RESEAL__THROTTLE;
  return passing ? RESEAL__LATER : RESEAL__NEVER;
}

/*
 * An error of the authentication layer comes before anything is executed, and so does one of the input layer whose kind is a
 * check's. Deeper layers check too, but also report what failed half-way, such as a record that is already there.
 */
reseal__verdict reseal__judge_number(const reseal__provider *provider, int64_t number) {
  reseal__verdict verdict = {.category = RESEAL__NO_CATEGORY, .outcome = RESEAL__UNKNOWN};
  parts code = {0};
  if (split(provider, number, &code)) {
    bool by_kind = code.layer->by_kind && code.kind;
    verdict.outcome = by_kind ? code.kind->outcome : code.layer->outcome;
    verdict.category = code.layer->category;
    /* What could not be done is no state of the thing that it could not be done to. */
    bool failed = code.kind && code.kind->outcome == RESEAL__UNKNOWN;
    if (!verdict.category && failed) verdict.category = code.kind->category;
    if (!verdict.category && code.topic) verdict.category = code.topic->category;
    if (!verdict.category && code.kind) verdict.category = code.kind->category;
  }
  if (!verdict.category) verdict.category = RESEAL__INTERNAL;
  verdict.retry = retry_of(verdict.category);
  verdict.advice = reseal__advice(verdict.category, verdict.outcome);
  return verdict;
}

reseal__verdict reseal__judge_row(const reseal__provider *provider, const reseal__error_row *row) {
  reseal__verdict verdict = reseal__judge_number(provider, row->number);
  if (row->category) verdict.category = row->category;
  verdict.retry = retry_of(verdict.category);
  if (row->outcome_known) {
    verdict.outcome = row->outcome;
    verdict.retry = row->retry;
  }
  verdict.advice = row->advice ? row->advice : reseal__advice(verdict.category, verdict.outcome);
  return verdict;
}

/* Rows of one code, gathered: the nearest ones' verdict, and in what they agree. */
typedef struct gathered {
  const reseal__error_row *row;
  reseal__verdict verdict;
  int nearness; /* -1: there is no row */
  bool one_category, one_advice, doubtful;
} gathered;

static void gather(gathered *all, const reseal__error_row *row, const reseal__verdict *verdict, int near) {
  if (near > all->nearness) {
    bool doubtful = all->doubtful;
    *all = (gathered){.row = row,
                      .verdict = *verdict,
                      .nearness = near,
                      .one_category = true,
                      .one_advice = true,
                      .doubtful = doubtful};
  } else if (near == all->nearness) {
    all->one_category = all->one_category && verdict->category == all->verdict.category;
    all->one_advice = all->one_advice && same_advice(verdict->advice, all->verdict.advice);
    if (verdict->outcome == RESEAL__UNKNOWN && all->verdict.outcome != RESEAL__UNKNOWN) {
      all->row = row;
      all->verdict = *verdict;
    }
  }
  all->doubtful = all->doubtful || verdict->outcome == RESEAL__UNKNOWN;
}

reseal__verdict reseal__judge(const reseal__provider *provider, const char *method, int64_t number, reseal__span word,
                              reseal__span text, const reseal__error_row **row) {
  gathered listed = {.nearness = -1}, others = {.nearness = -1};
  for (size_t t = 0; t < provider->errors.count; t++) {
    const reseal__error_table *table = &provider->errors.items[t];
    for (size_t i = 0; i < table->rows.count; i++) {
      const reseal__error_row *at = &table->rows.items[i];
      if (!is_code(at, number, word)) continue;
      reseal__verdict verdict = reseal__judge_row(provider, at);
      bool is_listed = at->word || is_text(at->text, text);
      gather(is_listed ? &listed : &others, at, &verdict, nearness(table, method));
    }
  }
  if (row) *row = listed.row;
  if (number && number == provider->throttle.number && is_text(provider->throttle.text, text)) {
    bool advised = listed.row && listed.row->advice;
    return (reseal__verdict){.category = RESEAL__THROTTLE,
                             .retry = RESEAL__LATER,
                             .outcome = RESEAL__REFUSED,
                             .advice =
                                 advised ? listed.row->advice : reseal__advice(RESEAL__THROTTLE, RESEAL__REFUSED)};
  }
  if (listed.row) return listed.verdict;
  /* The number is known, or not even that; the text is not. */
  reseal__verdict verdict = reseal__judge_number(provider, number);
  if (!others.row) return verdict;
  if (others.doubtful) verdict.outcome = RESEAL__UNKNOWN;
  /* What a page says of the number holds as far as the outcome is the page's. */
  bool fits = others.verdict.outcome == verdict.outcome;
  if (fits && others.one_category) verdict.category = others.verdict.category;
  verdict.retry = retry_of(verdict.category);
  verdict.advice = reseal__advice(verdict.category, verdict.outcome);
  if (fits && others.one_advice) verdict.advice = others.verdict.advice;
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
