#include "codec/error.h"

#include <string.h>

#include "codec/text.h"

typedef struct fault {
  size_t code, param, message; /* where they stand in `texts` */
  size_t param_len, message_len;
  int64_t number;
  uint32_t provider_code;
  bool has_param;
} fault;

struct reseal_error {
  reseal__memory memory;
  reseal__buffer texts;
  fault *faults;
  size_t count, capacity;
  int class, category, retry, outcome;
  const char *advice;
  int http_status;
  int64_t retry_after, offset;
  char handle[RESEAL__MOST_HANDLE + 1];
  size_t handle_len;
  reseal_result *details;
  bool no_memory;
};

static const char no_memory_text[] = "out of memory";

int reseal_error_new(reseal_error **out, reseal_alloc alloc, void *context) {
  reseal__memory memory = reseal__memory_of(alloc, context);
  reseal_error *err = reseal__resize(&memory, NULL, 0, sizeof *err);
  *out = err;
  if (!err) return RESEAL_ENOMEM;
  *err = (reseal_error){
      .memory = memory, .texts = reseal__buffer_of(&memory, false), .retry_after = -1, .offset = RESEAL__NO_OFFSET};
  return RESEAL_OK;
}

void reseal_error_free(reseal_error *err) {
  if (!err) return;
  reseal__memory memory = err->memory;
  reseal_result_free(err->details);
  reseal__buffer_free(&err->texts);
  reseal__resize(&memory, err->faults, err->capacity * sizeof *err->faults, 0);
  reseal__resize(&memory, err, sizeof *err, 0);
}

void reseal_error_clear(reseal_error *err) {
  if (!err) return;
  reseal__buffer_clear(&err->texts);
  err->count = 0;
  err->class = err->category = err->retry = err->outcome = 0;
  err->advice = NULL;
  err->http_status = 0;
  err->retry_after = -1;
  err->offset = RESEAL__NO_OFFSET;
  err->handle_len = 0;
  reseal_result_free(err->details);
  err->details = NULL;
  err->no_memory = false;
}

reseal__memory reseal__error_memory(const reseal_error *err) {
  return err ? err->memory : reseal__memory_of(NULL, NULL);
}

/* The message of the last fault ends where the buffer ends. */
static void end_message(reseal_error *err) {
  if (err->count == 0) return;
  fault *last = &err->faults[err->count - 1];
  if (last->message_len == SIZE_MAX) {
    last->message_len = err->texts.len - last->message;
    reseal__put_byte(&err->texts, '\0');
  }
}

reseal__buffer *reseal__fault(reseal_error *err, const char *code, int64_t number, const char *param, size_t param_len,
                              uint32_t provider_code) {
  if (!err || err->no_memory) return NULL;
  end_message(err);
  if (err->count == err->capacity) {
    size_t capacity = err->capacity ? err->capacity * 2 : 8;
    fault *faults = reseal__resize_array(&err->memory, err->faults, err->capacity, capacity, sizeof *faults);
    if (!faults) {
      err->texts.failed = true;
      return NULL;
    }
    err->faults = faults;
    err->capacity = capacity;
  }
  fault *now = &err->faults[err->count];
  *now = (fault){.number = number, .provider_code = provider_code, .message_len = SIZE_MAX};
  now->code = err->texts.len;
  reseal__put(&err->texts, code, strlen(code) + 1);
  now->has_param = param != NULL;
  now->param = err->texts.len;
  now->param_len = param ? param_len : 0;
  if (param) {
    reseal__put(&err->texts, param, param_len);
    reseal__put_byte(&err->texts, '\0');
  }
  now->message = err->texts.len;
  if (err->texts.failed) return NULL;
  err->count++;
  return &err->texts;
}

void reseal__error_verdict(reseal_error *err, int class, reseal__category category, reseal__retry retry, int outcome,
                           const char *advice) {
  if (!err) return;
  err->class = class;
  err->category = (int)category;
  err->retry = reseal__retry_of(retry);
  err->outcome = outcome;
  err->advice = advice;
}

void reseal__error_http(reseal_error *err, int status, int64_t retry_after) {
  if (!err) return;
  err->http_status = status;
  err->retry_after = retry_after;
}

void reseal__error_offset(reseal_error *err, int64_t offset) {
  if (err) err->offset = offset;
}

void reseal__error_handle(reseal_error *err, const char *id, size_t len) {
  if (!err || len > RESEAL__MOST_HANDLE) return;
  memcpy(err->handle, id, len);
  err->handle[len] = '\0';
  err->handle_len = len;
}

bool reseal__error_has_handle(const reseal_error *err) {
  return err && err->handle_len > 0;
}

void reseal__error_details(reseal_error *err, reseal_result *details) {
  if (err) {
    reseal_result_free(err->details);
    err->details = details;
  } else {
    reseal_result_free(details);
  }
}

bool reseal__error_failed(const reseal_error *err) {
  return err && (err->texts.failed || (!err->no_memory && err->count == 0));
}

int reseal__refuse(reseal_error *err) {
  if (!err) return RESEAL_EINVALID;
  /* A refusal without a fault is one for which there was no memory. */
  if (err->texts.failed || err->count == 0) return reseal__no_memory(err, RESEAL_OUTCOME_NOT_SENT);
  reseal__error_verdict(err, RESEAL_CLASS_INVALID, RESEAL__PARAMETER, RESEAL__NEVER, RESEAL_OUTCOME_NOT_SENT, NULL);
  return RESEAL_EINVALID;
}

int reseal__no_handle(reseal_error *err, const char *name) {
  reseal__say(reseal__fault(err, "missing", 0, name, strlen(name), 0), name, " is required, and is NULL", NULL);
  return reseal__refuse(err);
}

int reseal__refused(const reseal_error *err) {
  return err && err->no_memory ? RESEAL_ENOMEM : RESEAL_EINVALID;
}

int reseal__no_memory(reseal_error *err, int outcome) {
  if (!err) return RESEAL_ENOMEM;
  int status = err->http_status;
  int64_t retry_after = err->retry_after;
  size_t handle_len = err->handle_len;
  reseal_error_clear(err);
  err->no_memory = true;
  err->http_status = status;
  err->retry_after = retry_after;
  err->handle_len = handle_len;
  int class = outcome == RESEAL_OUTCOME_NOT_SENT ? RESEAL_CLASS_INVALID : RESEAL_CLASS_PROTOCOL;
  reseal__error_verdict(err, class, RESEAL__INTERNAL, RESEAL__NEVER, outcome, NULL);
  return RESEAL_ENOMEM;
}

int reseal__retry_of(reseal__retry retry) {
  static const int numbers[] = {
      [RESEAL__NEVER] = RESEAL_RETRY_NEVER,
      [RESEAL__LATER] = RESEAL_RETRY_LATER,
      [RESEAL__NOW] = RESEAL_RETRY_NOW,
  };
  return numbers[retry];
}

int reseal__outcome_of(reseal__outcome outcome) {
  return outcome == RESEAL__UNKNOWN ? RESEAL_OUTCOME_UNKNOWN : RESEAL_OUTCOME_REFUSED;
}

/* The public face. */

int reseal_error_class(const reseal_error *err) {
  return err ? err->class : 0;
}

int reseal_error_category(const reseal_error *err) {
  return err ? err->category : 0;
}

int reseal_error_retry(const reseal_error *err) {
  return err ? err->retry : 0;
}

int reseal_error_outcome(const reseal_error *err) {
  return err ? err->outcome : 0;
}

const char *reseal_error_advice(const reseal_error *err) {
  return err ? err->advice : NULL;
}

int reseal_error_http_status(const reseal_error *err) {
  return err ? err->http_status : 0;
}

int64_t reseal_error_retry_after(const reseal_error *err) {
  return err ? err->retry_after : -1;
}

int64_t reseal_error_offset(const reseal_error *err) {
  return err ? err->offset : RESEAL__NO_OFFSET;
}

const char *reseal_error_handle(const reseal_error *err, size_t *len) {
  bool there = err && err->handle_len;
  if (len) *len = there ? err->handle_len : 0;
  return there ? err->handle : NULL;
}

int64_t reseal_error_handle_number(const reseal_error *err) {
  int64_t number;
  if (!err || !reseal__to_integer(err->handle, err->handle_len, &number) || number > RESEAL__SAFE_INTEGER) return 0;
  return number;
}

const reseal_result *reseal_error_details(const reseal_error *err) {
  return err ? err->details : NULL;
}

size_t reseal_error_count(const reseal_error *err) {
  if (!err) return 0;
  return err->no_memory ? 1 : err->count;
}

static const fault *fault_at(const reseal_error *err, size_t index) {
  return err && !err->no_memory && index < err->count ? &err->faults[index] : NULL;
}

static bool is_no_memory(const reseal_error *err, size_t index) {
  return err && err->no_memory && index == 0;
}

static const char *give(const char *text, size_t text_len, size_t *len) {
  if (len) *len = text ? text_len : 0;
  return text;
}

const char *reseal_fault_code(const reseal_error *err, size_t index) {
  const fault *at = fault_at(err, index);
  if (at) return err->texts.data + at->code;
  return is_no_memory(err, index) ? "no_memory" : NULL;
}

int64_t reseal_fault_code_number(const reseal_error *err, size_t index) {
  const fault *at = fault_at(err, index);
  return at ? at->number : 0;
}

const char *reseal_fault_message(const reseal_error *err, size_t index, size_t *len) {
  const fault *at = fault_at(err, index);
  if (!at) return is_no_memory(err, index) ? give(no_memory_text, sizeof no_memory_text - 1, len) : give(NULL, 0, len);
  size_t message_len = at->message_len == SIZE_MAX ? err->texts.len - at->message : at->message_len;
  return give(err->texts.data + at->message, message_len, len);
}

const char *reseal_fault_param(const reseal_error *err, size_t index, size_t *len) {
  const fault *at = fault_at(err, index);
  return at && at->has_param ? give(err->texts.data + at->param, at->param_len, len) : give(NULL, 0, len);
}

int64_t reseal_fault_provider_code(const reseal_error *err, size_t index) {
  const fault *at = fault_at(err, index);
  return at ? at->provider_code : 0;
}

const char *reseal_error_code(const reseal_error *err) {
  return reseal_fault_code(err, 0);
}

int64_t reseal_error_code_number(const reseal_error *err) {
  return reseal_fault_code_number(err, 0);
}

const char *reseal_error_message(const reseal_error *err, size_t *len) {
  return reseal_fault_message(err, 0, len);
}

const char *reseal_error_param(const reseal_error *err, size_t *len) {
  return reseal_fault_param(err, 0, len);
}
