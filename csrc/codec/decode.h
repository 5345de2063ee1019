/* One answer on its way from bytes to a result or an error. */
#ifndef RESEAL_CODEC_DECODE_H
#define RESEAL_CODEC_DECODE_H

#include "codec/account.h"
#include "codec/response.h"
#include "codec/text.h"
#include "codec/verdict.h"

/* Bytes of a text of the provider's that an error keeps: it stays small whatever came. */
enum { RESEAL__MOST_MESSAGE = 1000 };

typedef struct reseal__answer {
  reseal_account *account;
  const reseal__method *method;
  int effect;
  const reseal_response *response;
  int status; /* this and the body are the response's */
  const char *body;
  size_t body_len;
  reseal_result *result; /* its tree is empty at first */
  reseal_error *err;
  /* What the answer names that only a call that was carried out makes, for the message. */
  reseal__buffer named;
  bool
      in_doubt; /* it names something, or does not answer what was asked: it may have been carried out even as a read */
  size_t left_out; /* faults beyond those that an error keeps */
} reseal__answer;

int reseal__decode_xml(reseal__answer *answer);
int reseal__decode_json(reseal__answer *answer);

/* Remembers that the answer names something that the call made, such as the order; `handle`: its id, the first that comes. */
void reseal__name_made(reseal__answer *answer, const char *name, reseal__span value, bool handle);
/* What a call that failed leaves empty: nothing, or a zero of some length. */
bool reseal__is_nothing(reseal__span text);
/* Whether a text is an id: a positive number in digits. */
bool reseal__is_id(reseal__span text);

/* The value of the header that is the handle on an order; text NULL: there is none. */
reseal__span reseal__handle_value(const reseal__answer *answer);
/* The same when it is an id, and the only one; else text NULL. */
reseal__span reseal__handle_id(const reseal__answer *answer);
/* Adds it to the result, whose object is open. False: the body has another one. */
bool reseal__add_handle(reseal__answer *answer);

/* Ends as an error of class "protocol": `first` and `second` are the message. */
int reseal__protocol(reseal__answer *answer, const char *code, const char *first, const char *second);
/* The same of what is seen at one place of the body, which the message tells too. */
int reseal__protocol_at(reseal__answer *answer, int64_t offset, const char *code, const char *first,
                        const char *second);
/* Ends so because the value at `path` is not of its described type. */
int reseal__misfit(reseal__answer *answer, int64_t offset, const char *path, reseal__result_type type);
/* No memory for the answer of a call that may have been carried out. */
int reseal__answer_no_memory(reseal__answer *answer);
/* Takes a timestamp of the answer for the end of the pause that it asks for, where it asks for none otherwise. */
void reseal__retry_from(reseal__answer *answer, reseal__span timestamp);
/* Adds a fault that the provider reported; its secret never comes through. */
void reseal__provider_fault(reseal__answer *answer, const char *code, int64_t number, reseal__span param,
                            reseal__span text);
/* Ends as an error of class "provider". */
int reseal__provider_refusal(reseal__answer *answer, const reseal__verdict *verdict);
/* Ends as the error that the bare HTTP status stands for. */
int reseal__status_refusal(reseal__answer *answer, const reseal__error_row *row);
/* Ends as success, or as an error when the result's tree could not be built. */
int reseal__deliver(reseal__answer *answer);

bool reseal__is_success(int status);
bool reseal__is_html(const char *text, size_t len);
/* Whether the call was made as a read, such as a quote, by a method that otherwise changes or buys. */
bool reseal__is_quote(const reseal__answer *answer);
/* Opens `meta`, which is ours: a member of that name in the answer becomes `meta_`. */
void reseal__open_meta(reseal__answer *answer);
/* Adds `meta.http_status` and closes it. */
void reseal__close_meta(reseal__answer *answer);

#endif
