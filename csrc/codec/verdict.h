/* What an error means: which row it is, and what the caller may do about it. */
#ifndef RESEAL_CODEC_VERDICT_H
#define RESEAL_CODEC_VERDICT_H

#include "codec/error.h"
#include "codec/text.h"

typedef struct reseal__verdict {
  reseal__category category;
  reseal__retry retry;
  reseal__outcome outcome;
  const char *advice;
} reseal__verdict;

/*
 * What an error means by its code (`number`, or `word` where that is 0) and its text. A number proves a refusal only with a text
 * that a page lists for it, or by its structure; a word needs no text. `row`, which may be NULL: the listed row, or NULL.
 */
reseal__verdict reseal__judge(const reseal__provider *provider, const char *method, int64_t number, reseal__span word,
                              reseal__span text, const reseal__error_row **row);
/* What a listed row says, completed from the structure of its number. */
reseal__verdict reseal__judge_row(const reseal__provider *provider, const reseal__error_row *row);
/* What the structure of a number says by itself. */
reseal__verdict reseal__judge_number(const reseal__provider *provider, int64_t number);
/* The row that stands for a bare HTTP status; NULL: none. */
const reseal__error_row *reseal__find_status_row(const reseal__provider *provider, int status);
/* What a verdict is for a call of that effect: nothing is done by a read; what may have been done is not to be repeated. */
void reseal__settle(reseal__verdict *verdict, int effect);
/* Explains a number by its parts: "input layer: CertificateID is missing"; false: it has no known structure. */
bool reseal__explain(const reseal__provider *provider, int64_t number, reseal__buffer *out);
/* The general advice for a category. */
const char *reseal__advice(reseal__category category, reseal__outcome outcome);

#endif
