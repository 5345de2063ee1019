#include "codec/response.h"

#include <string.h>

#include "codec/account.h"

int reseal_response_new(reseal_response **out, reseal_account *account, reseal_error *err) {
  *out = NULL;
  reseal_error_clear(err);
  if (!account) return reseal__no_handle(err, "account");
  reseal_response *response = reseal__resize(&account->memory, NULL, 0, sizeof *response);
  if (!response) return reseal__no_memory(err, RESEAL_OUTCOME_UNKNOWN);
  *response = (reseal_response){.memory = account->memory, .provider = account->provider};
  reseal_response_start(response, 0);
  *out = response;
  return RESEAL_OK;
}

void reseal_response_free(reseal_response *response) {
  if (!response) return;
  reseal__memory memory = response->memory;
  reseal__resize(&memory, response, sizeof *response, 0);
}

void reseal_response_start(reseal_response *response, int status) {
  if (!response) return;
  for (int kind = 0; kind < RESEAL__HEADERS; kind++) response->headers[kind].count = 0;
  response->status = status;
  response->body = "";
  response->body_len = 0;
  response->is_cut = false;
  response->received = -1;
}

void reseal_response_header(reseal_response *response, const char *name, size_t name_len, const char *value,
                            size_t value_len) {
  if (!response) return;
  const char *const names[] = {[RESEAL__DATE] = "Date",
                               [RESEAL__RETRY_AFTER] = "Retry-After",
                               [RESEAL__HANDLE] = response->provider->handle.header};
  /* What is too long for any of them is there all the same: an answer that names something is in doubt. */
  static const char too_long[] = "(a value that is too long)";
  reseal__span key = reseal__trim(name, name_len), text = reseal__trim(value, value_len);
  for (int kind = 0; kind < RESEAL__HEADERS; kind++) {
    if (!key.len || !names[kind] || !reseal__same_any_case(key.text, key.len, names[kind])) continue;
    reseal__header_value *header = &response->headers[kind];
    if (header->count++) continue;
    if (text.len > sizeof header->text) text = (reseal__span){too_long, sizeof too_long - 1};
    if (text.len) memcpy(header->text, text.text, text.len);
    header->len = text.len;
  }
}

void reseal_response_body(reseal_response *response, const char *body, size_t len) {
  if (!response) return;
  response->body = len ? body : "";
  response->body_len = len;
}

void reseal_response_cut(reseal_response *response, int64_t received) {
  if (!response) return;
  response->is_cut = true;
  response->received = received < 0 ? -1 : received;
}

reseal__span reseal__header(const reseal_response *response, reseal__header_kind kind) {
  const reseal__header_value *header = &response->headers[kind];
  return header->count ? (reseal__span){header->text, header->len} : (reseal__span){NULL, 0};
}
