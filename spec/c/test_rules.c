/* What the library's rules say to a C caller: where a URL leads, how far names are apart, what the limits are. */
#include "support.h"

static void a_url_leads_somewhere_or_nowhere(void **state) {
  (void)state;
  assert_int_equal(reseal_url_check(TEXT("https://api.example.com/xml.response?a=b")), RESEAL_URL_HTTPS);
  assert_int_equal(reseal_url_check(TEXT("http://127.8.9.10:8089")), RESEAL_URL_LOOPBACK);
  assert_int_equal(reseal_url_check(TEXT("https://[::1]/")), RESEAL_URL_LOOPBACK);
  assert_int_equal(reseal_url_check(TEXT("http://api.example.com/")), RESEAL_URL_REFUSED);
  assert_int_equal(reseal_url_check(NULL, 0), RESEAL_URL_REFUSED);
  assert_int_equal(reseal_url_check("", 0), RESEAL_URL_REFUSED);
  /* The length counts, not what stands behind it; each prefix is read within its own memory. */
  static const char url[] = "http://127.0.0.1:8089/path";
  for (size_t len = 0; len < sizeof url; len++) {
    char *exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, url, len);
    int whole_host = len == 16 || (len >= 18 && len < sizeof url); /* …0.1 and …0.1:8, but not …0.1: */
    assert_int_equal(reseal_url_check(exact, len), whole_host ? RESEAL_URL_LOOPBACK : RESEAL_URL_REFUSED);
    free(exact);
  }
}

static void names_are_near_or_far(void **state) {
  (void)state;
  assert_int_equal(reseal_name_distance(TEXT("reisue"), TEXT("reissue")), 1);
  assert_int_equal(reseal_name_distance(TEXT("RENEW"), TEXT("renew")), 0);
  assert_int_equal(reseal_name_distance(TEXT("revoke"), TEXT("getList")), -1);
  assert_int_equal(reseal_name_distance(NULL, 0, NULL, 0), 0);
  assert_int_equal(reseal_name_distance(NULL, 0, TEXT("renew")), -1);
  assert_int_equal(reseal_name_distance("renew and more", 5, "renewal", 5), 0);
  char many[49];
  memset(many, 'a', sizeof many);
  assert_int_equal(reseal_name_distance(many, 48, many, 48), 0);
  assert_int_equal(reseal_name_distance(many, 49, many, 49), -1);
}

static void limits_are_told_or_there_is_no_memory(void **state) {
  (void)state;
  for (size_t n = 1;; n++) {
    heap h = {.fail_at = n};
    reseal_error *err = NULL;
    reseal_result *result = NULL;
    int status = reseal_error_new(&err, heap_alloc, &h);
    if (status == RESEAL_OK) status = reseal_limits(&result, err);
    if (status == RESEAL_OK)
      assert_int_equal(reseal_result_children(result, 0), 7);
    else
      assert_null(result);
    reseal_result_free(result);
    reseal_error_free(err);
    assert_int_equal(h.live, 0);
    if (status == RESEAL_OK) break;
    assert_int_equal(status, RESEAL_ENOMEM);
    assert_true(n < 1000);
  }
  reseal_result *result = NULL;
  assert_int_equal(reseal_limits(&result, NULL), RESEAL_OK);
  reseal_result_free(result);
}

static void an_endpoint_has_no_nul_byte(void **state) {
  (void)state;
  reseal_error *err = NULL;
  reseal_account *account = NULL;
  assert_int_equal(reseal_error_new(&err, NULL, NULL), RESEAL_OK);
  assert_int_equal(reseal_account_new(&account, TEXT("namecheap"), NULL, NULL, err), RESEAL_OK);
  assert_int_equal(reseal_account_set(account, TEXT("endpoint"), "https://example.com/a\0b", 23, err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_param(err, NULL), "endpoint");
  assert_int_equal(reseal_account_set(account, TEXT("endpoint"), "https://[::\0001]/", 15, err), RESEAL_EINVALID);
  assert_int_equal(reseal_account_set(account, TEXT("endpoint"), TEXT("https://example.com/a"), err), RESEAL_OK);
  reseal_account_free(account);
  reseal_error_free(err);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_url_leads_somewhere_or_nowhere),
      cmocka_unit_test(names_are_near_or_far),
      cmocka_unit_test(limits_are_told_or_there_is_no_memory),
      cmocka_unit_test(an_endpoint_has_no_nul_byte),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
