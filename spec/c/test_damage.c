/* Damaged answers: cut anywhere, or with bytes changed. None may read as success with less in it, or harm the process. */
#include "support.h"

typedef struct document {
  const char *provider, *method;
  int status;
  const char *text;
} document;

static const document documents[] = {
    {"namecheap", "renew", 200, renew_answer},
    {"realtimeregister", "renew", 202, info_answer},
    {"realtimeregister", "reissue", 400,
     "{\"type\":\"ConstraintViolationException\",\"message\":\"x\",\"violations\":[{\"field\":\"dcv[0].email\","
     "\"message\":\"\\u00e9\\ud83d\\ude00\",\"value\":1.5e3}]}"},
    {"namecheap", "getInfo", 200,
     "<ApiResponse Status=\"OK\"><CommandResponse><SSLGetInfoResult Status=\"active\" Years=\"1\"><CertificateDetails>"
     "<Certificates CertificateReturned=\"true\"><Certificate><![CDATA[\nx\n]]></Certificate><CaCertificates>"
     "<Certificate Type=\"INTERMEDIATE\"><Certificate>y</Certificate></Certificate></CaCertificates></Certificates>"
     "</CertificateDetails><New a=\"1\">t<b/><b/></New></SSLGetInfoResult></CommandResponse></ApiResponse>"},
    {"namecheap", "getApproverEmailList", 200,
     "<ApiResponse Status=\"OK\" New=\"1\">t<Warnings a=\"\"><Warning b=\"\">w</Warning></Warnings><CommandResponse "
     "Type=\"x\"><GetApproverEmailListResult Domain=\"a.bc\" meta=\"m\" value=\"v\">t<Domainemails "
     "c=\"1\">u<email>a@b.cd"
     "</email><email "
     "d=\"2\">b@b.cd<e/></email><f/></Domainemails><meta/><value/><meta_/></GetApproverEmailListResult><g/>"
     "</CommandResponse><Server h=\"3\">s</Server><server/><http_status/></ApiResponse>"},
    {"realtimeregister", "renew", 202,
     "{\"commonName\":\"a.bc\",\"meta\":1,\"meta_\":{\"value\":[1e5,-0.5,1e999,null]},\"validations\":{\"meta\":2}}"},
};
enum { DOCUMENTS = sizeof documents / sizeof documents[0] };

/* No object has two members of one name, and each is found where it stands. */
static void assert_own_names(const reseal_result *result, size_t object) {
  for (size_t at = reseal_result_first(result, object); at; at = reseal_result_next(result, at)) {
    size_t len;
    const char *name = reseal_result_name(result, at, &len);
    assert_non_null(name);
    assert_int_equal(reseal_result_find(result, object, name, len), at);
  }
}

static int decode(reseal_account *account, const document *d, const char *text, size_t len, reseal_error *err) {
  reseal_result *result = NULL;
  int status = decode_answer(account, TEXT(d->method), 0, d->status, NULL, 0, text, len, &result, err);
  /* Walked as a binding does: every name and text is where it is said to be. */
  for (size_t i = 0; result && i < reseal_result_count(result); i++) {
    size_t name_len, text_len;
    const char *name = reseal_result_name(result, i, &name_len), *value = reseal_result_text(result, i, &text_len);
    assert_true(!name || name[name_len] == '\0');
    assert_true(!value || value[text_len] == '\0');
    size_t first = reseal_result_first(result, i), next = reseal_result_next(result, i);
    assert_true((!first || first > i) && (!next || next > i));
    if (reseal_result_type(result, i) == RESEAL_ITEM_OBJECT) assert_own_names(result, i);
  }
  if (status != RESEAL_OK) {
    assert_non_null(reseal_outcome_name(reseal_error_outcome(err)));
    assert_non_null(reseal_error_message(err, NULL));
  }
  reseal_result_free(result);
  return status;
}

static void is_no_success_when_cut(void **state) {
  (void)state;
  reseal_error *err = NULL;
  assert_int_equal(reseal_error_new(&err, NULL, NULL), RESEAL_OK);
  for (size_t i = 0; i < DOCUMENTS; i++) {
    const document *d = &documents[i];
    reseal_account *account = NULL;
    assert_int_equal(open_account(&account, d->provider, NULL, err), RESEAL_OK);
    int whole = decode(account, d, TEXT(d->text), err);
    size_t len = strlen(d->text);
    while (d->text[len - 1] == '\n') len--;
    for (size_t cut = 0; cut < len; cut++) {
      /* In memory of just that size, so that reading on is seen. */
      char *part = malloc(cut ? cut : 1);
      assert_non_null(part);
      memcpy(part, d->text, cut);
      int status = decode(account, d, part, cut, err);
      assert_int_not_equal(status, RESEAL_OK);
      if (whole == RESEAL_OK && strcmp(d->method, "renew") == 0)
        assert_int_equal(reseal_error_outcome(err), RESEAL_OUTCOME_UNKNOWN);
      free(part);
    }
    reseal_account_free(account);
  }
  reseal_error_free(err);
}

static void does_no_harm_when_changed(void **state) {
  (void)state;
  static const char bytes[] = "\0\x01\"'<>&;/\\{}[]:,=!-09aA \n\t\x80\xC3\xED\xF4\xFF";
  uint32_t random = 20261123;
  reseal_error *err = NULL;
  assert_int_equal(reseal_error_new(&err, NULL, NULL), RESEAL_OK);
  for (size_t i = 0; i < DOCUMENTS; i++) {
    const document *d = &documents[i];
    reseal_account *account = NULL;
    size_t len = strlen(d->text);
    char *copy = malloc(len);
    assert_non_null(copy);
    assert_int_equal(open_account(&account, d->provider, NULL, err), RESEAL_OK);
    for (int round = 0; round < 4000; round++) {
      memcpy(copy, d->text, len);
      for (int change = 0; change <= round % 3; change++) {
        random = random * 1664525u + 1013904223u;
        size_t at = random / 7 % len;
        random = random * 1664525u + 1013904223u;
        copy[at] = bytes[random / 11 % (sizeof bytes - 1)];
      }
      decode(account, d, copy, len, err);
    }
    free(copy);
    reseal_account_free(account);
  }
  reseal_error_free(err);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_no_success_when_cut),
      cmocka_unit_test(does_no_harm_when_changed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
