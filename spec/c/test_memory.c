/* What happens without memory, and what is left in it. */
#include "support.h"

#include <stdio.h>

#include <libxml/xmlmemory.h>

#include "codec/memory.h"

/* A whole call, encode and decode; returns the first status that is not RESEAL_OK. */
static int round_trip(const char *provider, heap *h, reseal_error *err, bool *decoding) {
  reseal_account *account = NULL;
  reseal_params *params = NULL;
  reseal_request *request = NULL;
  reseal_result *result = NULL;
  bool is_namecheap = strcmp(provider, "namecheap") == 0;
  *decoding = false;
  int status = open_account(&account, provider, h, err);
  if (status == RESEAL_OK) status = reseal_params_new(&params, account, err);
  if (status == RESEAL_OK) {
    if (is_namecheap) {
      reseal_params_integer(params, TEXT("CertificateID"), 501904, err);
      reseal_params_string(params, TEXT("SSLType"), TEXT("PositiveSSL"), err);
      reseal_params_integer(params, TEXT("Years"), 1, err);
    } else {
      reseal_params_integer(params, TEXT("certificateId"), 7, err);
      reseal_params_integer(params, TEXT("period"), 12, err);
      reseal_params_string(params, TEXT("csr"), TEXT(csr), err);
      reseal_params_open(params, TEXT("san"), RESEAL_ITEM_LIST, err);
      reseal_params_string(params, NULL, 0, TEXT("www.example.com"), err);
      reseal_params_close(params, err);
    }
    status = reseal_encode(account, TEXT("renew"), params, &request, err);
  }
  if (status == RESEAL_OK) {
    *decoding = true;
    status = decode_answer(account, TEXT("renew"), 0, is_namecheap ? 200 : 202, TEXT("X-Process-Id: 42\r\n"),
                           TEXT(is_namecheap ? renew_answer : info_answer), &result, err);
  }
  if (status == RESEAL_OK) {
    /* Success is the whole answer, or it is none. */
    assert_int_equal(reseal_result_count(result), is_namecheap ? 14 : 16);
  }
  reseal_result_free(result);
  reseal_request_free(request);
  reseal_params_free(params);
  reseal_account_free(account);
  return status;
}

static void fails_cleanly_at_every_allocation(void **state) {
  (void)state;
  static const char *const providers[] = {"namecheap", "realtimeregister"};
  for (size_t p = 0; p < 2; p++) {
    size_t n = 1, failures = 0;
    for (;; n++) {
      heap h = {.fail_at = n};
      reseal_error *err = NULL;
      bool decoding = false;
      int status = reseal_error_new(&err, heap_alloc, &h);
      if (status == RESEAL_OK) {
        status = round_trip(providers[p], &h, err, &decoding);
        if (status != RESEAL_OK) {
          assert_int_equal(status, RESEAL_ENOMEM);
          assert_string_equal(reseal_error_code(err), "no_memory");
          assert_int_equal(reseal_error_count(err), 1);
          assert_int_equal(reseal_error_outcome(err), decoding ? RESEAL_OUTCOME_UNKNOWN : RESEAL_OUTCOME_NOT_SENT);
        }
      }
      reseal_error_free(err);
      assert_int_equal(h.live, 0);
      if (status == RESEAL_OK) break;
      failures++;
      assert_true(n < 10000);
    }
    assert_true(failures > 20);
  }
}

static void introspection_fails_cleanly(void **state) {
  (void)state;
  for (size_t n = 1;; n++) {
    heap h = {.fail_at = n};
    reseal_error *err = NULL;
    reseal_result *result = NULL;
    int status = reseal_error_new(&err, heap_alloc, &h);
    if (status == RESEAL_OK) status = reseal_describe(TEXT("namecheap"), TEXT("renew"), TEXT("classic"), &result, err);
    reseal_result_free(result);
    if (status == RESEAL_OK) {
      status = reseal_errors(TEXT("namecheap"), TEXT("2011999"), &result, err);
      reseal_result_free(result);
    }
    if (status == RESEAL_OK) {
      status = reseal_roles(&result, err);
      reseal_result_free(result);
    }
    reseal_error_free(err);
    assert_int_equal(h.live, 0);
    if (status == RESEAL_OK) break;
    assert_int_equal(status, RESEAL_ENOMEM);
    assert_true(n < 10000);
  }
}

/* All that an error says, as one text. */
static void write_error(const reseal_error *err, char *out, size_t size) {
  size_t at = 0;
  out[0] = '\0';
  for (size_t i = 0; i < reseal_error_count(err) && at < size; i++)
    at += (size_t)snprintf(out + at, size - at, "%s|%s|%s\n", reseal_fault_code(err, i),
                           reseal_fault_param(err, i, NULL) ? reseal_fault_param(err, i, NULL) : "",
                           reseal_fault_message(err, i, NULL));
}

static int mistake(int which, reseal_account *account, reseal_params *params, heap *h, reseal_error *err) {
  reseal_request *request = NULL;
  reseal_result *result = NULL;
  reseal_account *other = NULL;
  switch (which) {
    case 0: /* every kind of fault, in paths of several steps */
      reseal_params_string(params, TEXT("certificateId"), TEXT("x"), err);
      reseal_params_string(params, TEXT("customer_with_a_long_name_that_is_no_parameter"), TEXT("x"), err);
      reseal_params_string(params, TEXT("csr"), TEXT("no request"), err);
      reseal_params_open(params, TEXT("dcv"), RESEAL_ITEM_LIST, err);
      for (int i = 0; i < 12; i++) {
        reseal_params_open(params, NULL, 0, RESEAL_ITEM_OBJECT, err);
        reseal_params_string(params, TEXT("commonName"), TEXT("a b"), err);
        reseal_params_string(params, TEXT("another_name_that_is_none_of_the_fields"), TEXT("x"), err);
        reseal_params_close(params, err);
      }
      reseal_params_close(params, err);
      return reseal_encode(account, TEXT("reissue"), params, &request, err);
    case 1: /* nothing is given */
      return reseal_encode(account, TEXT("request"), NULL, &request, err);
    case 2:
      return reseal_encode(account, TEXT("a_method_that_nobody_has_described"), NULL, &request, err);
    case 3:
      return set(account, "endpoint", "http://api.example.com/plain", err);
    case 4:
      return set(account, "a_setting_that_nobody_has_described", "x", err);
    case 5:
      return set(account, "api_key", "", err);
    case 6:
      return reseal_account_limit(account, RESEAL_LIMIT_DEPTH, 100000, err);
    case 7:
      return reseal_describe(TEXT("namecheap"), TEXT("renew"), TEXT("modern"), &result, err);
    case 8:
      return reseal_describe(TEXT("namecheap"), TEXT("renewal"), NULL, 0, &result, err);
    case 9:
      return reseal_settings(TEXT("a provider that nobody has described"), &result, err);
    case 10:
      return reseal_account_new(&other, TEXT("namecheep"), heap_alloc, h, err);
    case 11:
      return decode_answer(account, TEXT("renewal"), 0, 200, NULL, 0, TEXT("{}"), &result, err);
    default:
      reseal_params_open(params, TEXT("san"), RESEAL_ITEM_LIST, err);
      return reseal_encode(account, TEXT("reissue"), params, &request, err);
  }
}
enum { MISTAKES = 13 };

/* A mistake is told in full, or there was no memory to tell it: never less, and never another one. */
static void no_lack_of_memory_is_taken_for_a_mistake(void **state) {
  (void)state;
  static char expected[8000], told[8000];
  for (int which = 0; which < MISTAKES; which++) {
    for (size_t n = 0;; n++) {
      heap h = {0};
      reseal_error *err = NULL;
      reseal_account *account = NULL;
      reseal_params *params = NULL;
      assert_int_equal(reseal_error_new(&err, heap_alloc, &h), RESEAL_OK);
      assert_int_equal(open_account(&account, "realtimeregister", &h, err), RESEAL_OK);
      assert_int_equal(reseal_params_new(&params, account, err), RESEAL_OK);
      h.requests = 0;
      h.fail_at = n;
      int status = mistake(which, account, params, &h, err);
      size_t requests = h.requests;
      write_error(err, told, sizeof told);
      if (status == RESEAL_ENOMEM) {
        assert_true(n > 0);
        assert_string_equal(told, "no_memory||out of memory\n");
      } else {
        assert_int_equal(status, RESEAL_EINVALID);
        if (n == 0)
          strcpy(expected, told);
        else
          assert_string_equal(told, expected);
      }
      h.fail_at = 0;
      reseal_params_free(params);
      reseal_account_free(account);
      reseal_error_free(err);
      assert_int_equal(h.live, 0);
      if (n && requests < n) break;
      assert_true(n < 10000);
    }
  }
}

/* What could not be set is as it was. */
static void a_setting_that_cannot_be_kept_changes_nothing(void **state) {
  (void)state;
  static const char *const longer[][2] = {
      {"endpoint",
       "https://another.example.com/with/a/path/that/is/long/enough/to/need/more/memory/than/the/first/one"},
      {"api_user", "another_user_that_is_long_enough_to_need_more_memory_than_the_first_one_did"},
  };
  for (size_t i = 0; i < 2; i++)
    for (size_t n = 1;; n++) {
      heap h = {0};
      reseal_error *err = NULL;
      reseal_account *account = NULL;
      reseal_params *params = NULL;
      reseal_request *request = NULL;
      assert_int_equal(reseal_error_new(&err, heap_alloc, &h), RESEAL_OK);
      assert_int_equal(open_account(&account, "namecheap", &h, err), RESEAL_OK);
      h.requests = 0;
      h.fail_at = n;
      int status = set(account, longer[i][0], longer[i][1], err);
      h.fail_at = 0;
      if (status != RESEAL_OK && status != RESEAL_EINVALID) {
        assert_int_equal(status, RESEAL_ENOMEM);
        assert_string_equal(reseal_account_endpoint(account), "https://api.namecheap.com");
        assert_int_equal(reseal_params_new(&params, account, err), RESEAL_OK);
        reseal_params_integer(params, TEXT("CertificateID"), 501904, err);
        assert_int_equal(reseal_encode(account, TEXT("getInfo"), params, &request, err), RESEAL_OK);
        assert_non_null(strstr(reseal_request_body(request, NULL), "ApiUser=apiexample&"));
      }
      reseal_request_free(request);
      reseal_params_free(params);
      reseal_account_free(account);
      reseal_error_free(err);
      assert_int_equal(h.live, 0);
      if (status != RESEAL_ENOMEM) break;
      assert_true(n < 100);
    }
}

/* libxml2's own memory, which no allocator of ours reaches. */
static size_t xml_requests, xml_fail_at;

static bool xml_fails(void) {
  return xml_fail_at && ++xml_requests >= xml_fail_at;
}

static void *xml_malloc(size_t size) {
  return xml_fails() ? NULL : malloc(size);
}

static void *xml_realloc(void *ptr, size_t size) {
  return xml_fails() ? NULL : realloc(ptr, size);
}

static char *xml_strdup(const char *text) {
  if (xml_fails()) return NULL;
  char *copy = malloc(strlen(text) + 1);
  if (copy) memcpy(copy, text, strlen(text) + 1);
  return copy;
}

static void an_answer_is_whole_or_none_when_libxml2_has_no_memory(void **state) {
  (void)state;
  for (xml_fail_at = 1;; xml_fail_at++) {
    xml_requests = 0;
    reseal_error *err = NULL;
    bool decoding = false;
    assert_int_equal(reseal_error_new(&err, NULL, NULL), RESEAL_OK);
    int status = round_trip("namecheap", NULL, err, &decoding);
    if (status != RESEAL_OK) {
      assert_true(decoding);
      assert_int_equal(reseal_error_outcome(err), RESEAL_OUTCOME_UNKNOWN);
    }
    reseal_error_free(err);
    if (xml_requests < xml_fail_at) {
      assert_int_equal(status, RESEAL_OK);
      break;
    }
    assert_true(xml_fail_at < 10000);
  }
  xml_fail_at = 0;
}

static void wipes_the_key(void **state) {
  (void)state;
  static const char *const providers[] = {"namecheap", "realtimeregister"};
  for (size_t p = 0; p < 2; p++) {
    heap h = {.secret = KEY};
    reseal_error *err = NULL;
    bool decoding;
    assert_int_equal(reseal_error_new(&err, heap_alloc, &h), RESEAL_OK);
    assert_int_equal(round_trip(providers[p], &h, err, &decoding), RESEAL_OK);
    reseal_error_free(err);
    assert_int_equal(h.live, 0);
    assert_int_equal(h.found, 0);
  }
}

/* Somebody gives the private key for the CSR: it is refused, not repeated in the error, and not left in memory. */
static void wipes_what_should_not_have_been_given(void **state) {
  (void)state;
  static const char key[] =
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIFakeFakeFake\n-----END PRIVATE KEY-----\n";
  heap h = {.secret = "MC4CAQAwBQYDK2VwBCIEIFakeFakeFake"};
  reseal_error *err = NULL;
  reseal_account *account = NULL;
  reseal_params *params = NULL;
  reseal_request *request = NULL;
  assert_int_equal(reseal_error_new(&err, heap_alloc, &h), RESEAL_OK);
  assert_int_equal(open_account(&account, "realtimeregister", &h, err), RESEAL_OK);
  assert_int_equal(reseal_params_new(&params, account, err), RESEAL_OK);
  reseal_params_integer(params, TEXT("certificateId"), 7, err);
  reseal_params_string(params, TEXT("csr"), TEXT(key), err);
  /* Enough more that the memory moves. */
  for (int i = 0; i < 200; i++) reseal_params_string(params, TEXT("organization"), TEXT("Example"), err);
  assert_int_equal(reseal_encode(account, TEXT("reissue"), params, &request, err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_code(err), "bad_format");
  assert_null(strstr(reseal_error_message(err, NULL), "MC4C"));
  reseal_params_free(params);
  reseal_account_free(account);
  reseal_error_free(err);
  assert_int_equal(h.live, 0);
  assert_int_equal(h.found, 0);
}

static void sizes_do_not_wrap(void **state) {
  (void)state;
  heap h = {0};
  reseal__memory memory = reseal__memory_of(heap_alloc, &h);
  reseal__buffer buffer = reseal__buffer_of(&memory, false);
  reseal__put(&buffer, "abc", 3);
  assert_null(reseal__buffer_reserve(&buffer, SIZE_MAX - 2));
  assert_true(buffer.failed);
  /* Failed once, nothing more is put; what stood there stays. */
  reseal__put(&buffer, "def", 3);
  assert_int_equal(buffer.len, 3);
  assert_string_equal(buffer.data, "abc");
  reseal__buffer_free(&buffer);
  assert_null(reseal__resize_array(&memory, NULL, 0, SIZE_MAX / 4, 8));
  assert_int_equal(h.live, 0);
}

int main(void) {
  xmlMemSetup(free, xml_malloc, xml_realloc, xml_strdup);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fails_cleanly_at_every_allocation),
      cmocka_unit_test(introspection_fails_cleanly),
      cmocka_unit_test(no_lack_of_memory_is_taken_for_a_mistake),
      cmocka_unit_test(a_setting_that_cannot_be_kept_changes_nothing),
      cmocka_unit_test(an_answer_is_whole_or_none_when_libxml2_has_no_memory),
      cmocka_unit_test(wipes_the_key),
      cmocka_unit_test(wipes_what_should_not_have_been_given),
      cmocka_unit_test(sizes_do_not_wrap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
