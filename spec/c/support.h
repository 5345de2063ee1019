/* What the C tests share: an account, the documents of the printed examples, and an allocator that can fail. */
#ifndef RESEAL_SPEC_C_SUPPORT_H
#define RESEAL_SPEC_C_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reseal.h"

#define TEXT(s) (s), strlen(s)
#define KEY "56b4c87ef4fd49cb96d915c0db68194"

/* The printed example of https://www.namecheap.com/support/api/methods/ssl/renew/ */
static const char renew_answer[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<ApiResponse Status=\"OK\" xmlns=\"http://api.namecheap.com/xml.response\">\n"
    "    <Errors/>\n"
    "    <Warnings/>\n"
    "    <RequestedCommand>namecheap.ssl.renew</RequestedCommand>\n"
    "    <CommandResponse Type=\"namecheap.ssl.renew\">\n"
    "        <SSLRenewResult CertificateID=\"123456\" SSLType=\"PositiveSSL\" Years=\"1\" OrderId=\"1234567\" "
    "TransactionId=\"1234567\" ChargedAmount=\"9.0000\"/>\n"
    "    </CommandResponse>\n"
    "    <Server>59f31428be24</Server>\n"
    "    <GMTTimeDifference>--5:00</GMTTimeDifference>\n"
    "    <ExecutionTime>1.534</ExecutionTime>\n"
    "</ApiResponse>\n";

/* The fields of https://dm.realtimeregister.com/docs/api/processes/info */
static const char info_answer[] =
    "{\"commonName\":\"example.com\",\"requiresAttention\":false,\"validations\":{\"organization\":\"VALIDATED\","
    "\"dcv\":[{\"commonName\":\"example.com\",\"type\":\"DNS\",\"status\":\"WAITING\",\"dnsRecord\":"
    "\"_f1e2.example.com\",\"dnsType\":\"CNAME\",\"dnsContents\":\"a.b.sectigo.com\"}]}}";

/* Made by openssl req, for a P-256 key and the name www.example.com. */
static const char csr[] = "-----BEGIN CERTIFICATE REQUEST-----\n"
                          "MIHUMHwCAQAwGjEYMBYGA1UEAwwPd3d3LmV4YW1wbGUuY29tMFkwEwYHKoZIzj0C\n"
                          "AQYIKoZIzj0DAQcDQgAExDeZ4k9MJBPO5lCi1VZqDzh9GPu+WkhE2tjS1ukuTZfX\n"
                          "NOjGUa0gd7cTrd+zaPT9XY0/dt7lj1hzT3w15kynRKAAMAoGCCqGSM49BAMCA0gA\n"
                          "MEUCIQD3QB4e3jYKsc6efHa8R3PTaqL3bdXLq2Q1tlAeNBiRnAIgcVr4DbYz02iD\n"
                          "wB46M4wGZRW2A7IryY5fbs3aueLN9no=\n"
                          "-----END CERTIFICATE REQUEST-----\n";

/* Counts what is held, fails from the n-th request on (0: never), and looks for `secret` in what is given back. */
typedef struct heap {
  size_t live, requests, fail_at;
  const char *secret;
  size_t found;
} heap;

static inline void *heap_alloc(void *context, void *ptr, size_t old_size, size_t size) {
  heap *h = context;
  if (size == 0) {
    size_t len = h->secret ? strlen(h->secret) : 0;
    for (size_t i = 0; len && ptr && i + len <= old_size; i++) h->found += memcmp((char *)ptr + i, h->secret, len) == 0;
    h->live -= old_size;
    free(ptr);
    return NULL;
  }
  if (++h->requests >= h->fail_at && h->fail_at) return NULL;
  /* Always elsewhere, so that what realloc would leave behind is seen too. */
  void *block = malloc(size);
  if (!block) return NULL;
  memset(block, 0xA5, size);
  if (ptr) {
    memcpy(block, ptr, old_size < size ? old_size : size);
    heap_alloc(h, ptr, old_size, 0);
  }
  h->live += size;
  return block;
}

static inline int set(reseal_account *account, const char *name, const char *value, reseal_error *err) {
  return reseal_account_set(account, TEXT(name), TEXT(value), err);
}

/* An account with the printed example's values; RESEAL_ENOMEM when `h` fails. */
static inline int open_account(reseal_account **account, const char *provider, heap *h, reseal_error *err) {
  int status = reseal_account_new(account, TEXT(provider), h ? heap_alloc : NULL, h, err);
  if (status != RESEAL_OK) return status;
  bool is_namecheap = strcmp(provider, "namecheap") == 0;
  if (is_namecheap) {
    status = set(*account, "api_user", "apiexample", err);
    if (status == RESEAL_OK) status = set(*account, "client_ip", "1.2.3.4", err);
  }
  if (status == RESEAL_OK) status = set(*account, "api_key", KEY, err);
  if (status != RESEAL_OK) {
    reseal_account_free(*account);
    *account = NULL;
  }
  return status;
}

/* The answer of such header lines (`Name: value`, CRLF or LF between them) and such a body. */
static inline int make_response(reseal_response **response, reseal_account *account, int status, const char *headers,
                                size_t headers_len, const char *body, size_t body_len, reseal_error *err) {
  int made = reseal_response_new(response, account, err);
  if (made != RESEAL_OK) return made;
  reseal_response_start(*response, status);
  for (size_t at = 0; at < headers_len;) {
    const char *line = headers + at, *end = memchr(line, '\n', headers_len - at);
    size_t len = end ? (size_t)(end - line) : headers_len - at;
    const char *colon = memchr(line, ':', len);
    at += len + 1;
    if (!colon) continue;
    size_t name_len = (size_t)(colon - line);
    reseal_response_header(*response, line, name_len, colon + 1, len - name_len - 1);
  }
  reseal_response_body(*response, body, body_len);
  return RESEAL_OK;
}

/* Decodes an answer that is there in one piece. */
static inline int decode_answer(reseal_account *account, const char *method, size_t method_len, int effect, int status,
                                const char *headers, size_t headers_len, const char *body, size_t body_len,
                                reseal_result **out, reseal_error *err) {
  reseal_response *response = NULL;
  *out = NULL;
  int end = make_response(&response, account, status, headers, headers_len, body, body_len, err);
  if (end == RESEAL_OK) end = reseal_decode(account, method, method_len, effect, response, out, err);
  reseal_response_free(response);
  return end;
}

/* Of the same answer the head alone, and `received` bytes of the body. */
static inline int decode_head(reseal_account *account, const char *method, size_t method_len, int effect, int status,
                              const char *headers, size_t headers_len, int64_t received, reseal_error *err) {
  reseal_response *response = NULL;
  reseal_result *result = NULL;
  int end = make_response(&response, account, status, headers, headers_len, NULL, 0, err);
  reseal_response_cut(response, received);
  if (end == RESEAL_OK) end = reseal_decode(account, method, method_len, effect, response, &result, err);
  assert_null(result);
  reseal_response_free(response);
  return end;
}

#endif
