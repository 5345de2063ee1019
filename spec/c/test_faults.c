/* Errors of the sellers: what is kept of them without memory, and how much of it they take. */
#include "support.h"

static const char acknowledgment[] =
    "{\"type\":\"BillableAcknowledgmentNeededException\",\"message\":\"Please acknowledge\",\"quote\":{\"total\":1530,"
    "\"currency\":\"EUR\",\"billables\":[{\"product\":\"p\",\"refundable\":false,\"total\":1530}]},\"x\":[1.5,null]}";

static const char contradiction[] =
    "<ApiResponse Status=\"ERROR\"><Errors><Error Number=\"2011170\">Promotion code is expired</Error><Error "
    "Number=\"2010167\"/></Errors><CommandResponse><SSLRenewResult CertificateID=\"77\" ChargedAmount=\"9.0000\"/>"
    "</CommandResponse></ApiResponse>";

static void keeps_the_handle_at_every_allocation(void **state) {
  (void)state;
  static const struct {
    const char *provider, *headers, *body, *handle;
    int status;
  } cases[] = {
      {"realtimeregister", "X-Process-Id: 4711\r\n", acknowledgment, "4711", 400},
      {"realtimeregister", "X-Process-Id: 4711\r\n", "{\"commonName\":", "4711", 202},
      {"realtimeregister", "", acknowledgment, NULL, 400},
      {"namecheap", "", contradiction, "77", 200},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    int status = RESEAL_ENOMEM;
    for (size_t n = 1; status == RESEAL_ENOMEM; n++) {
      heap h = {.fail_at = n};
      reseal_error *err = NULL;
      reseal_account *account = NULL;
      reseal_response *response = NULL;
      reseal_result *result = NULL;
      status = reseal_error_new(&err, heap_alloc, &h);
      if (status == RESEAL_OK) status = open_account(&account, cases[c].provider, &h, err);
      if (status == RESEAL_OK) {
        status = make_response(&response, account, cases[c].status, TEXT(cases[c].headers), TEXT(cases[c].body), err);
        assert_true(status == RESEAL_OK || !response);
      }
      if (status == RESEAL_OK) {
        status = reseal_decode(account, TEXT("renew"), 0, response, &result, err);
        assert_true(status == RESEAL_ENOMEM || status == RESEAL_EPROVIDER || status == RESEAL_EPROTOCOL);
        assert_null(result);
        int in_doubt = status == RESEAL_ENOMEM || cases[c].handle;
        assert_int_equal(reseal_error_outcome(err), in_doubt ? RESEAL_OUTCOME_UNKNOWN : RESEAL_OUTCOME_REFUSED);
        const char *handle = reseal_error_handle(err, NULL);
        /* Of a document the handle is known once it was read; of a header always. */
        if (cases[c].handle && (status != RESEAL_ENOMEM || cases[c].headers[0])) {
          assert_non_null(handle);
          assert_string_equal(handle, cases[c].handle);
        }
        if (status == RESEAL_EPROVIDER && cases[c].body == acknowledgment) {
          /* quote {total, currency, billables [{product, refundable, total}]}, x [1.5, null]: all of it, or no memory. */
          const reseal_result *details = reseal_error_details(err);
          assert_non_null(details);
          assert_int_equal(reseal_result_count(details), 12);
        }
      }
      reseal_response_free(response);
      reseal_account_free(account);
      reseal_error_free(err);
      assert_int_equal(h.live, 0);
      assert_true(n < 10000);
    }
  }
}

static void gives_details_as_results_are_given(void **state) {
  (void)state;
  reseal_error *err = NULL;
  reseal_account *account = NULL;
  reseal_result *result = NULL;
  size_t len;
  assert_int_equal(reseal_error_new(&err, NULL, NULL), RESEAL_OK);
  assert_int_equal(open_account(&account, "realtimeregister", NULL, err), RESEAL_OK);
  assert_null(reseal_error_details(err));
  assert_null(reseal_error_handle(err, &len));
  assert_int_equal(len, 0);
  assert_int_equal(reseal_error_handle_number(err), 0);
  assert_int_equal(
      decode_answer(account, TEXT("renew"), 0, 400, TEXT("X-Process-Id: 4711\n"), TEXT(acknowledgment), &result, err),
      RESEAL_EPROVIDER);
  const reseal_result *details = reseal_error_details(err);
  size_t quote = reseal_result_find(details, 0, TEXT("quote"));
  assert_int_equal(reseal_result_integer(details, reseal_result_find(details, quote, TEXT("total"))), 1530);
  size_t list = reseal_result_find(details, 0, TEXT("x"));
  assert_int_equal(reseal_result_type(details, list + 1), RESEAL_ITEM_NUMBER);
  assert_int_equal(reseal_result_type(details, list + 2), RESEAL_ITEM_NULL);
  assert_null(reseal_result_text(details, list + 2, &len));
  assert_int_equal(reseal_result_find(details, 0, TEXT("message")), 0);
  assert_string_equal(reseal_error_handle(err, &len), "4711");
  assert_int_equal(len, 4);
  assert_int_equal(reseal_error_handle_number(err), 4711);
  reseal_error_clear(err);
  assert_null(reseal_error_details(err));
  assert_null(reseal_error_handle(err, NULL));
  assert_int_equal(decode_head(account, TEXT("renew"), 0, 202, TEXT("X-Process-Id: 9007199254740993"), -1, err),
                   RESEAL_EPROTOCOL);
  assert_string_equal(reseal_error_handle(err, NULL), "9007199254740993");
  assert_int_equal(reseal_error_handle_number(err), 0);
  assert_int_equal(decode_head(account, TEXT("renew"), 0, 202, NULL, 0, -1, NULL), RESEAL_EPROTOCOL);
  assert_int_equal(
      decode_answer(account, TEXT("renew"), 0, 400, TEXT("X-Process-Id: 4711\n"), TEXT(acknowledgment), &result, NULL),
      RESEAL_EPROVIDER);
  reseal_account_free(account);
  reseal_error_free(err);
}

/* The most bytes held at once while an error of that many faults is decoded. */
typedef struct meter {
  size_t live, peak;
} meter;

static void *meter_alloc(void *context, void *ptr, size_t old_size, size_t size) {
  meter *m = context;
  m->live += size - old_size;
  if (m->live > m->peak) m->peak = m->live;
  if (size) return realloc(ptr, size);
  free(ptr);
  return NULL;
}

static void append(char *body, size_t *at, const char *text) {
  size_t len = strlen(text);
  memcpy(body + *at, text, len);
  *at += len;
}

static size_t bytes_for(const char *provider, const char *head, const char *filler, const char *between,
                        const char *fault, const char *tail, size_t count) {
  meter m = {0};
  reseal_error *err = NULL;
  reseal_account *account = NULL;
  reseal_result *result = NULL;
  size_t at = 0;
  char *body = malloc(count * (strlen(filler) + strlen(fault)) + 1000);
  append(body, &at, head);
  for (size_t i = 0; i < count; i++) append(body, &at, filler);
  append(body, &at, between);
  for (size_t i = 0; i < count; i++) append(body, &at, fault);
  append(body, &at, tail);
  assert_int_equal(reseal_error_new(&err, meter_alloc, &m), RESEAL_OK);
  assert_int_equal(reseal_account_new(&account, TEXT(provider), meter_alloc, &m, err), RESEAL_OK);
  int status = decode_answer(account, TEXT("renew"), 0, 400, NULL, 0, body, at, &result, err);
  if (status != RESEAL_EPROVIDER) fail_msg("%d %s", status, reseal_error_message(err, NULL));
  assert_in_range(reseal_error_count(err), 1, 101);
  reseal_account_free(account);
  reseal_error_free(err);
  free(body);
  return m.peak;
}

static void takes_memory_in_proportion_to_the_answer(void **state) {
  (void)state;
  static const struct {
    const char *provider, *head, *filler, *between, *fault, *tail;
  } shapes[] = {
      {"realtimeregister", "{\"type\":\"ConstraintViolationException\",\"message\":\"", "mmm", "\",\"violations\":[{}",
       ",{}", "]}"},
      {"realtimeregister", "{\"type\":\"ConstraintViolationException\",\"message\":\"", "m", "\",\"violations\":[{}",
       ",{\"field\":\"f\",\"message\":\"x\"}", "]}"},
      {"realtimeregister", "{\"type\":\"X\",\"message\":\"", "m", "\",\"a\":[0", ",{\"b\":\"c\"}", "]}"},
      {"namecheap", "<ApiResponse Status=\"ERROR\"><Errors><Error>", "mmm", "</Error>", "<Error Number=\"2011170\"/>",
       "</Errors></ApiResponse>"},
  };
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
    size_t before = 0;
    for (size_t count = 1000; count <= 64000; count *= 4) {
      size_t now = bytes_for(shapes[s].provider, shapes[s].head, shapes[s].filler, shapes[s].between, shapes[s].fault,
                             shapes[s].tail, count);
      /* Buffers double, so four times as much may take eight times the memory once; the square would take sixteen. */
      if (before && now > before * 9) fail_msg("shape %zu, %zu faults: %zu after %zu", s, count, now, before);
      before = now;
    }
    assert_true(before < 64000 * 600);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_the_handle_at_every_allocation),
      cmocka_unit_test(gives_details_as_results_are_given),
      cmocka_unit_test(takes_memory_in_proportion_to_the_answer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
