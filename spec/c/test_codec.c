/* The C API as a C program uses it. */
#include "support.h"

#include <limits.h>

static reseal_error *new_error(void) {
  reseal_error *err = NULL;
  assert_int_equal(reseal_error_new(&err, NULL, NULL), RESEAL_OK);
  return err;
}

static reseal_account *new_account(const char *provider, reseal_error *err) {
  reseal_account *account = NULL;
  assert_int_equal(open_account(&account, provider, NULL, err), RESEAL_OK);
  return account;
}

static reseal_params *renew_params(reseal_account *account, reseal_error *err) {
  reseal_params *params = NULL;
  assert_int_equal(reseal_params_new(&params, account, err), RESEAL_OK);
  assert_int_equal(reseal_params_integer(params, TEXT("certificateid"), 501904, err), RESEAL_OK);
  assert_int_equal(reseal_params_string(params, TEXT("ssltype"), TEXT("positivessl"), err), RESEAL_OK);
  assert_int_equal(reseal_params_number(params, TEXT("years"), 1.0, err), RESEAL_OK);
  return params;
}

static void encodes_the_printed_request(void **state) {
  (void)state;
  reseal_error *err = new_error();
  reseal_account *account = new_account("namecheap", err);
  reseal_params *params = renew_params(account, err);
  reseal_request *request = NULL;
  size_t len;
  assert_int_equal(reseal_encode(account, TEXT("renew"), params, &request, err), RESEAL_OK);
  assert_string_equal(reseal_request_method(request), "POST");
  assert_string_equal(reseal_request_url(request, NULL), "https://api.namecheap.com/xml.response");
  assert_string_equal(reseal_request_body(request, &len),
                      "ApiUser=apiexample&ApiKey=" KEY "&UserName=apiexample&Command=namecheap.ssl.renew"
                      "&ClientIp=1.2.3.4&CertificateID=501904&Years=1&SSLType=positivessl");
  assert_int_equal(len, strlen(reseal_request_body(request, NULL)));
  assert_int_equal(reseal_request_effect(request), RESEAL_EFFECT_PURCHASE);
  assert_int_equal(reseal_request_header_count(request), 1);
  assert_string_equal(reseal_request_header_name(request, 0), "Content-Type");
  assert_string_equal(reseal_request_header_value(request, 0, NULL), "application/x-www-form-urlencoded");
  assert_null(reseal_request_header_name(request, 1));
  assert_null(reseal_request_header_value(request, 1, &len));
  assert_int_equal(len, 0);
  reseal_request_free(request);
  reseal_params_free(params);
  reseal_account_free(account);
  reseal_error_free(err);
}

static void decodes_the_printed_answer(void **state) {
  (void)state;
  reseal_error *err = new_error();
  reseal_account *account = new_account("namecheap", err);
  reseal_result *result = NULL;
  size_t len;
  assert_int_equal(
      decode_answer(account, TEXT("renew"), RESEAL_EFFECT_OWN, 200, NULL, 0, TEXT(renew_answer), &result, err),
      RESEAL_OK);
  assert_int_equal(reseal_error_count(err), 0);
  size_t id = reseal_result_find(result, 0, TEXT("CertificateID"));
  assert_int_equal(reseal_result_type(result, id), RESEAL_ITEM_INTEGER);
  assert_int_equal(reseal_result_integer(result, id), 123456);
  assert_string_equal(reseal_result_text(result, id, &len), "123456");
  assert_int_equal(len, 6);
  size_t charged = reseal_result_find(result, 0, TEXT("ChargedAmount"));
  assert_int_equal(reseal_result_type(result, charged), RESEAL_ITEM_STRING);
  assert_string_equal(reseal_result_text(result, charged, NULL), "9.0000");
  size_t meta = reseal_result_find(result, 0, TEXT("meta"));
  assert_int_equal(reseal_result_type(result, meta), RESEAL_ITEM_OBJECT);
  assert_null(reseal_result_text(result, meta, &len));
  assert_int_equal(len, 0);
  assert_string_equal(reseal_result_text(result, reseal_result_find(result, meta, TEXT("server")), NULL),
                      "59f31428be24");
  size_t warnings = reseal_result_find(result, meta, TEXT("warnings"));
  assert_int_equal(reseal_result_type(result, warnings), RESEAL_ITEM_LIST);
  assert_int_equal(reseal_result_children(result, warnings), 0);
  assert_int_equal(reseal_result_first(result, warnings), 0);
  assert_null(reseal_result_name(result, 0, &len));
  assert_int_equal(reseal_result_next(result, 0), 0);
  /* Past the end and beside the point. */
  assert_int_equal(reseal_result_type(result, 1000), 0);
  assert_null(reseal_result_text(result, 1000, NULL));
  assert_int_equal(reseal_result_first(result, 1000), 0);
  assert_int_equal(reseal_result_next(result, 1000), 0);
  assert_int_equal(reseal_result_first(result, charged), 0);
  assert_int_equal(reseal_result_find(result, charged, TEXT("x")), 0);
  reseal_result_free(result);
  reseal_account_free(account);
  reseal_error_free(err);
}

/* How many items there are from `item` down, met by walking alone. */
static size_t walk(const reseal_result *result, size_t item) {
  size_t met = 1, members = 0;
  for (size_t at = reseal_result_first(result, item); at; at = reseal_result_next(result, at)) {
    met += walk(result, at);
    members++;
  }
  assert_int_equal(members, reseal_result_children(result, item));
  return met;
}

static void walks_a_result_by_its_items(void **state) {
  (void)state;
  static const char headers[] = "Content-Type: application/json\r\nx-process-id:  42 \r\n";
  reseal_error *err = new_error();
  reseal_account *account = new_account("realtimeregister", err);
  reseal_result *result = NULL;
  assert_int_equal(decode_answer(account, TEXT("reissue"), 0, 202, TEXT(headers), TEXT(info_answer), &result, err),
                   RESEAL_OK);
  assert_int_equal(reseal_result_integer(result, reseal_result_find(result, 0, TEXT("processId"))), 42);
  size_t validations = reseal_result_find(result, 0, TEXT("validations"));
  size_t dcv = reseal_result_find(result, validations, TEXT("dcv"));
  assert_int_equal(reseal_result_type(result, dcv), RESEAL_ITEM_LIST);
  assert_int_equal(reseal_result_children(result, dcv), 1);
  size_t only = reseal_result_first(result, dcv);
  assert_null(reseal_result_name(result, only, NULL));
  assert_string_equal(reseal_result_text(result, reseal_result_find(result, only, TEXT("dnsType")), NULL), "CNAME");
  /* The last of what is inside is the last of its own, whatever follows outside. */
  assert_int_equal(reseal_result_next(result, only), 0);
  assert_int_equal(reseal_result_next(result, dcv), 0);
  assert_int_equal(walk(result, 0), reseal_result_count(result));
  reseal_result_free(result);
  reseal_account_free(account);
  reseal_error_free(err);
}

static void tells_all_faults_at_once(void **state) {
  (void)state;
  reseal_error *err = new_error();
  reseal_account *account = new_account("namecheap", err);
  reseal_params *params = NULL;
  reseal_request *request = NULL;
  assert_int_equal(reseal_params_new(&params, account, err), RESEAL_OK);
  reseal_params_integer(params, TEXT("CertificateID"), 1234567890, err);
  reseal_params_number(params, TEXT("Years"), 1.5, err);
  reseal_params_string(params, TEXT("SSLTyp"), TEXT("PositiveSSL"), err);
  assert_int_equal(reseal_encode(account, TEXT("renew"), params, &request, err), RESEAL_EINVALID);
  assert_null(request);
  assert_int_equal(reseal_error_class(err), RESEAL_CLASS_INVALID);
  assert_int_equal(reseal_error_outcome(err), RESEAL_OUTCOME_NOT_SENT);
  assert_int_equal(reseal_error_retry(err), RESEAL_RETRY_NEVER);
  assert_string_equal(reseal_error_code(err), "too_long");
  assert_string_equal(reseal_error_param(err, NULL), "CertificateID");
  assert_int_equal(reseal_error_count(err), 4);
  assert_int_equal(reseal_fault_provider_code(err, 0), 2013294);
  assert_string_equal(reseal_fault_code(err, 1), "bad_type");
  assert_string_equal(reseal_fault_code(err, 2), "missing");
  assert_string_equal(reseal_fault_param(err, 2, NULL), "SSLType");
  assert_string_equal(reseal_fault_code(err, 3), "unknown_param");
  assert_non_null(strstr(reseal_fault_message(err, 3, NULL), "did you mean SSLType?"));
  assert_null(reseal_fault_code(err, 4));
  /* The same handles again, now right: the error is cleared. */
  reseal_params_clear(params);
  reseal_params_string(params, TEXT("CertificateID"), TEXT("501904"), err);
  reseal_params_string(params, TEXT("Years"), TEXT("1"), err);
  reseal_params_string(params, TEXT("SSLType"), TEXT("PositiveSSL"), err);
  assert_int_equal(reseal_encode(account, TEXT("renew"), params, &request, err), RESEAL_OK);
  assert_int_equal(reseal_error_count(err), 0);
  assert_int_equal(reseal_error_class(err), 0);
  reseal_request_free(request);
  reseal_params_free(params);
  reseal_account_free(account);
  reseal_error_free(err);
}

static void refuses_what_no_handle_can_do(void **state) {
  (void)state;
  reseal_error *err = new_error();
  reseal_account *account = NULL;
  assert_int_equal(reseal_account_new(&account, TEXT("namecheep"), NULL, NULL, err), RESEAL_EINVALID);
  assert_null(account);
  assert_non_null(strstr(reseal_error_message(err, NULL), "namecheap"));
  account = new_account("namecheap", err);
  reseal_params *params = NULL;
  reseal_request *request = NULL;
  reseal_result *result = NULL;
  assert_int_equal(reseal_params_new(&params, account, err), RESEAL_OK);
  assert_int_equal(reseal_params_close(params, err), RESEAL_EINVALID);
  assert_int_equal(reseal_params_open(params, TEXT("x"), 99, err), RESEAL_EINVALID);
  assert_int_equal(reseal_params_open(params, TEXT("x"), RESEAL_ITEM_LIST, err), RESEAL_OK);
  assert_int_equal(reseal_encode(account, TEXT("renew"), params, &request, err), RESEAL_EINVALID);
  assert_non_null(strstr(reseal_error_message(err, NULL), "not closed"));
  assert_int_equal(reseal_encode(account, TEXT("renev"), NULL, &request, err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_code(err), "unknown_method");
  assert_int_equal(reseal_encode(account, TEXT("renew"), NULL, &request, err), RESEAL_EINVALID);
  assert_int_equal(reseal_error_count(err), 3);
  assert_int_equal(decode_answer(account, TEXT("renev"), 0, 200, NULL, 0, NULL, 0, &result, err), RESEAL_EINVALID);
  assert_int_equal(reseal_account_limit(account, 7, 1, err), RESEAL_EINVALID);
  assert_int_equal(reseal_account_limit(account, RESEAL_LIMIT_DEPTH, 100000, err), RESEAL_EINVALID);
  /* Without an error object it is refused all the same. */
  assert_int_equal(reseal_encode(account, TEXT("renew"), NULL, &request, NULL), RESEAL_EINVALID);
  assert_int_equal(decode_answer(account, TEXT("renew"), 0, 200, NULL, 0, TEXT("<"), &result, NULL), RESEAL_EPROTOCOL);
  reseal_params_free(params);
  reseal_account_free(account);
  reseal_error_free(err);
  reseal_account_free(NULL);
  reseal_params_free(NULL);
  reseal_request_free(NULL);
  reseal_result_free(NULL);
  reseal_error_free(NULL);
  reseal_error_clear(NULL);
}

static void keeps_its_limits(void **state) {
  (void)state;
  reseal_error *err = new_error();
  reseal_account *account = new_account("realtimeregister", err);
  reseal_result *result = NULL;
  const struct {
    int limit;
    size_t tight, wide;
    const char *code;
  } cases[] = {
      {RESEAL_LIMIT_BYTES, sizeof info_answer - 2, sizeof info_answer - 1, "too_large"},
      {RESEAL_LIMIT_DEPTH, 3, 4, "too_deep"},
      {RESEAL_LIMIT_ITEMS, 10, 20, "too_large"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(reseal_account_limit(account, cases[i].limit, cases[i].tight, err), RESEAL_OK);
    assert_int_equal(decode_answer(account, TEXT("renew"), 0, 202, NULL, 0, TEXT(info_answer), &result, err),
                     RESEAL_EPROTOCOL);
    assert_string_equal(reseal_error_code(err), cases[i].code);
    assert_int_equal(reseal_error_outcome(err), RESEAL_OUTCOME_UNKNOWN);
    assert_int_equal(reseal_account_limit(account, cases[i].limit, cases[i].wide, err), RESEAL_OK);
    assert_int_equal(decode_answer(account, TEXT("renew"), 0, 202, NULL, 0, TEXT(info_answer), &result, err),
                     RESEAL_OK);
    reseal_result_free(result);
    assert_int_equal(reseal_account_limit(account, cases[i].limit, 0, err), RESEAL_OK);
  }
  reseal_account_free(account);
  account = new_account("namecheap", err);
  assert_int_equal(reseal_account_limit(account, RESEAL_LIMIT_DEPTH, 2, err), RESEAL_OK);
  assert_int_equal(decode_answer(account, TEXT("renew"), 0, 200, NULL, 0, TEXT(renew_answer), &result, err),
                   RESEAL_EPROTOCOL);
  assert_string_equal(reseal_error_code(err), "too_deep");
  /* The parser is as good as new afterwards. */
  assert_int_equal(reseal_account_limit(account, RESEAL_LIMIT_DEPTH, 0, err), RESEAL_OK);
  assert_int_equal(decode_answer(account, TEXT("renew"), 0, 200, NULL, 0, TEXT(renew_answer), &result, err), RESEAL_OK);
  reseal_result_free(result);
  reseal_account_free(account);
  reseal_error_free(err);
}

static void a_read_is_never_in_doubt(void **state) {
  (void)state;
  reseal_error *err = new_error();
  reseal_account *account = new_account("realtimeregister", err);
  reseal_result *result = NULL;
  static const char failure[] = "{\"type\":\"InternalSRSError\",\"message\":\"internal error\"}";
  assert_int_equal(decode_answer(account, TEXT("renew"), 0, 500, NULL, 0, TEXT(failure), &result, err),
                   RESEAL_EPROVIDER);
  assert_int_equal(reseal_error_outcome(err), RESEAL_OUTCOME_UNKNOWN);
  assert_int_equal(reseal_error_retry(err), RESEAL_RETRY_NEVER);
  assert_int_equal(reseal_error_http_status(err), 500);
  assert_int_equal(decode_answer(account, TEXT("renew"), RESEAL_EFFECT_READ, 500, TEXT("retry-after: 7\n"),
                                 TEXT(failure), &result, err),
                   RESEAL_EPROVIDER);
  assert_int_equal(reseal_error_outcome(err), RESEAL_OUTCOME_REFUSED);
  assert_int_equal(reseal_error_retry(err), RESEAL_RETRY_LATER);
  assert_int_equal(reseal_error_retry_after(err), 7);
  reseal_account_free(account);
  reseal_error_free(err);
}

/* reseal.h: what asks a NULL handle gets NULL, 0 or -1; what acts on it is refused. */
static void bears_that_there_is_no_handle(void **state) {
  (void)state;
  reseal_error *err = new_error();
  reseal_result *result = NULL;
  reseal_request *request = NULL;
  reseal_params *params = NULL;
  reseal_response *response = NULL;
  size_t len = 7;
#define ASSERT_NOTHING(call) \
  do { \
    len = 7; \
    assert_null(call); \
    assert_int_equal(len, 0); \
  } while (0)
  assert_int_equal(reseal_error_class(NULL), 0);
  assert_null(reseal_error_code(NULL));
  assert_int_equal(reseal_error_code_number(NULL), 0);
  ASSERT_NOTHING(reseal_error_message(NULL, &len));
  ASSERT_NOTHING(reseal_error_param(NULL, &len));
  assert_int_equal(reseal_error_category(NULL), 0);
  assert_int_equal(reseal_error_retry(NULL), 0);
  assert_int_equal(reseal_error_outcome(NULL), 0);
  assert_null(reseal_error_advice(NULL));
  assert_int_equal(reseal_error_http_status(NULL), 0);
  assert_int_equal(reseal_error_retry_after(NULL), -1);
  assert_int_equal(reseal_error_offset(NULL), -1);
  ASSERT_NOTHING(reseal_error_handle(NULL, &len));
  assert_int_equal(reseal_error_handle_number(NULL), 0);
  assert_null(reseal_error_details(NULL));
  assert_int_equal(reseal_error_count(NULL), 0);
  assert_null(reseal_fault_code(NULL, 0));
  assert_int_equal(reseal_fault_code_number(NULL, 0), 0);
  ASSERT_NOTHING(reseal_fault_message(NULL, 0, &len));
  ASSERT_NOTHING(reseal_fault_param(NULL, 0, &len));
  assert_int_equal(reseal_fault_provider_code(NULL, 0), 0);
  assert_null(reseal_request_method(NULL));
  ASSERT_NOTHING(reseal_request_url(NULL, &len));
  ASSERT_NOTHING(reseal_request_body(NULL, &len));
  assert_int_equal(reseal_request_header_count(NULL), 0);
  assert_null(reseal_request_header_name(NULL, 0));
  ASSERT_NOTHING(reseal_request_header_value(NULL, 0, &len));
  assert_int_equal(reseal_request_effect(NULL), 0);
  assert_int_equal(reseal_result_count(NULL), 0);
  assert_int_equal(reseal_result_type(NULL, 0), 0);
  ASSERT_NOTHING(reseal_result_name(NULL, 0, &len));
  ASSERT_NOTHING(reseal_result_text(NULL, 0, &len));
  assert_int_equal(reseal_result_integer(NULL, 0), 0);
  assert_true(reseal_result_number(NULL, 0) == 0);
  assert_int_equal(reseal_result_children(NULL, 0), 0);
  assert_int_equal(reseal_result_first(NULL, 0), 0);
  assert_int_equal(reseal_result_next(NULL, 0), 0);
  assert_int_equal(reseal_result_find(NULL, 0, TEXT("x")), 0);
  assert_null(reseal_account_endpoint(NULL));
  reseal_params_clear(NULL);
  assert_int_equal(reseal_params_string(NULL, TEXT("x"), TEXT("y"), err), RESEAL_EINVALID);
  assert_int_equal(reseal_params_integer(NULL, TEXT("x"), 1, err), RESEAL_EINVALID);
  assert_int_equal(reseal_params_number(NULL, TEXT("x"), 1.5, err), RESEAL_EINVALID);
  assert_int_equal(reseal_params_boolean(NULL, TEXT("x"), 1, err), RESEAL_EINVALID);
  assert_int_equal(reseal_params_null(NULL, TEXT("x"), err), RESEAL_EINVALID);
  assert_int_equal(reseal_params_other(NULL, TEXT("x"), TEXT("y"), err), RESEAL_EINVALID);
  assert_int_equal(reseal_params_open(NULL, TEXT("x"), RESEAL_ITEM_LIST, err), RESEAL_EINVALID);
  assert_int_equal(reseal_params_close(NULL, err), RESEAL_EINVALID);

  assert_int_equal(reseal_account_set(NULL, TEXT("api_key"), TEXT("x"), err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_param(err, NULL), "account");
  assert_int_equal(reseal_account_limit(NULL, RESEAL_LIMIT_BYTES, 1, err), RESEAL_EINVALID);
  assert_int_equal(reseal_params_new(&params, NULL, err), RESEAL_EINVALID);
  assert_null(params);
  assert_int_equal(reseal_encode(NULL, TEXT("renew"), NULL, &request, err), RESEAL_EINVALID);
  assert_null(request);
  assert_int_equal(reseal_response_new(&response, NULL, err), RESEAL_EINVALID);
  assert_null(response);
  reseal_response_start(NULL, 200);
  reseal_response_header(NULL, TEXT("Date"), TEXT("x"));
  reseal_response_body(NULL, TEXT("x"));
  reseal_response_cut(NULL, 7);
  assert_int_equal(reseal_decode(NULL, TEXT("renew"), 0, NULL, &result, err), RESEAL_EINVALID);
  assert_null(result);
  assert_string_equal(reseal_error_code(err), "missing");
  assert_int_equal(reseal_params_close(NULL, NULL), RESEAL_EINVALID);
  /* The empty string, as reseal.h has it. */
  reseal_account *account = new_account("namecheap", err);
  assert_int_equal(reseal_decode(account, TEXT("renew"), 0, NULL, &result, err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_param(err, NULL), "response");
  assert_int_equal(reseal_account_set(account, NULL, 0, NULL, 0, err), RESEAL_EINVALID);
  assert_int_equal(reseal_account_set(account, TEXT("api_user"), NULL, 0, err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_code(err), "too_short");
  assert_int_equal(decode_answer(account, NULL, 0, 0, 200, NULL, 0, NULL, 0, &result, err), RESEAL_EINVALID);
  assert_int_equal(reseal_describe(TEXT("namecheap"), NULL, 0, NULL, 0, &result, err), RESEAL_OK);
  assert_int_equal(reseal_result_find(result, 0, NULL, 0), 0);
  reseal_result_free(result);
  reseal_account_free(account);
  reseal_error_free(err);
}

/* A parameter without a name is one that nobody knows. */
static void takes_a_first_parameter_without_a_name(void **state) {
  (void)state;
  reseal_error *err = new_error();
  reseal_account *account = new_account("realtimeregister", err);
  reseal_params *params = NULL;
  reseal_request *request = NULL;
  assert_int_equal(reseal_params_new(&params, account, err), RESEAL_OK);
  for (int form = 0; form < 5; form++) {
    reseal_params_clear(params);
    if (form == 0) assert_int_equal(reseal_params_open(params, NULL, 0, RESEAL_ITEM_OBJECT, err), RESEAL_OK);
    if (form == 0) assert_int_equal(reseal_params_close(params, err), RESEAL_OK);
    if (form == 1) assert_int_equal(reseal_params_open(params, NULL, 0, RESEAL_ITEM_LIST, err), RESEAL_OK);
    if (form == 1) assert_int_equal(reseal_params_close(params, err), RESEAL_OK);
    if (form == 2) assert_int_equal(reseal_params_integer(params, NULL, 0, 1, err), RESEAL_OK);
    if (form == 3) assert_int_equal(reseal_params_null(params, NULL, 0, err), RESEAL_OK);
    if (form == 4) assert_int_equal(reseal_params_string(params, NULL, 0, NULL, 0, err), RESEAL_OK);
    assert_int_equal(reseal_encode(account, TEXT("list"), params, &request, err), RESEAL_EINVALID);
    assert_string_equal(reseal_error_code(err), "unknown_param");
  }
  reseal_params_free(params);
  reseal_account_free(account);
  reseal_error_free(err);
}

static void header(reseal_response *response, const char *name, const char *value) {
  reseal_response_header(response, TEXT(name), TEXT(value));
}

/* One object for all answers of an account: nothing of one is left in the next. */
static void takes_one_answer_after_the_other(void **state) {
  (void)state;
  reseal_error *err = new_error();
  reseal_account *account = new_account("realtimeregister", err), *other = new_account("namecheap", err);
  reseal_response *response = NULL;
  reseal_result *result = NULL;
  assert_int_equal(reseal_response_new(&response, account, err), RESEAL_OK);
  reseal_response_start(response, 202);
  header(response, "x-process-ID", " 42\t");
  header(response, "X-Other", "7");
  reseal_response_body(response, TEXT(info_answer));
  assert_int_equal(reseal_decode(account, TEXT("renew"), 0, response, &result, err), RESEAL_OK);
  assert_int_equal(reseal_result_integer(result, reseal_result_find(result, 0, TEXT("processId"))), 42);
  reseal_result_free(result);
  /* It says no more the second time than the first. */
  assert_int_equal(reseal_decode(account, TEXT("renew"), 0, response, &result, err), RESEAL_OK);
  reseal_result_free(result);
  reseal_response_start(response, 202);
  reseal_response_body(response, TEXT(info_answer));
  assert_int_equal(reseal_decode(account, TEXT("renew"), 0, response, &result, err), RESEAL_OK);
  assert_int_equal(reseal_result_find(result, 0, TEXT("processId")), 0);
  reseal_result_free(result);
  /* What is not one id is no handle, and no proof of anything either: a value with a line end in it, two, one too long. */
  static const char breaking[] = "43\r\nX-Process-Id: 44";
  char endless[4000];
  memset(endless, '1', sizeof endless - 1);
  endless[sizeof endless - 1] = '\0';
  for (int form = 0; form < 3; form++) {
    reseal_response_start(response, 400);
    header(response, "X-Process-Id", form == 0 ? breaking : form == 1 ? "43" : endless);
    if (form == 1) header(response, "X-Process-Id", "44");
    reseal_response_body(response, TEXT("{\"type\":\"ValidationError\",\"message\":\"no\"}"));
    assert_int_equal(reseal_decode(account, TEXT("renew"), 0, response, &result, err), RESEAL_EPROVIDER);
    assert_int_equal(reseal_error_outcome(err), RESEAL_OUTCOME_UNKNOWN);
    assert_null(reseal_error_handle(err, NULL));
  }
  /* An answer without a body; then one whose body broke off, whatever was given of it. */
  reseal_response_start(response, 202);
  assert_int_equal(reseal_decode(account, TEXT("renew"), 0, response, &result, err), RESEAL_EPROTOCOL);
  assert_string_equal(reseal_error_code(err), "empty");
  header(response, "X-Process-Id", "45");
  reseal_response_body(response, TEXT(info_answer));
  reseal_response_cut(response, 100);
  assert_int_equal(reseal_decode(account, TEXT("renew"), 0, response, &result, err), RESEAL_EPROTOCOL);
  assert_string_equal(reseal_error_code(err), "cut");
  assert_int_equal(reseal_error_handle_number(err), 45);
  assert_null(result);
  /* It keeps what one provider's answers are asked for, so it is no other's. */
  assert_int_equal(reseal_decode(other, TEXT("renew"), 0, response, &result, err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_param(err, NULL), "response");
  reseal_account_free(account);
  reseal_response_start(response, 200);
  reseal_response_free(response);
  reseal_response_free(NULL);
  reseal_account_free(other);
  reseal_error_free(err);
}

/* What a parameter could not be added for is said at once, and again by whoever encodes. */
static void says_why_a_parameter_was_not_added(void **state) {
  (void)state;
  reseal_error *err = new_error();
  reseal_account *account = new_account("realtimeregister", err);
  reseal_params *params = NULL;
  reseal_request *request = NULL;
  assert_int_equal(reseal_account_limit(account, RESEAL_LIMIT_DEPTH, 3, err), RESEAL_OK);
  assert_int_equal(reseal_account_limit(account, RESEAL_LIMIT_ITEMS, 5, err), RESEAL_OK);
  assert_int_equal(reseal_params_new(&params, account, err), RESEAL_OK);
  assert_int_equal(reseal_params_close(params, err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_code(err), "conflict");
  assert_int_equal(reseal_error_outcome(err), RESEAL_OUTCOME_NOT_SENT);
  assert_int_equal(reseal_params_open(params, TEXT("san"), RESEAL_ITEM_STRING, err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_code(err), "not_allowed");
  assert_string_equal(reseal_error_param(err, NULL), "type");
  assert_int_equal(reseal_params_open(params, TEXT("san"), RESEAL_ITEM_LIST, err), RESEAL_OK);
  assert_int_equal(reseal_error_count(err), 0);
  assert_int_equal(reseal_params_open(params, NULL, 0, RESEAL_ITEM_LIST, err), RESEAL_OK);
  assert_int_equal(reseal_params_open(params, NULL, 0, RESEAL_ITEM_LIST, err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_code(err), "too_deep");
  assert_int_equal(reseal_params_close(params, err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_code(err), "too_deep");
  assert_int_equal(reseal_encode(account, TEXT("list"), params, &request, err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_code(err), "too_deep");
  assert_int_equal(reseal_error_count(err), 1);
  reseal_params_clear(params);
  for (int i = 0; i < 4; i++) assert_int_equal(reseal_params_integer(params, TEXT("limit"), i, err), RESEAL_OK);
  assert_int_equal(reseal_params_boolean(params, TEXT("limit"), 1, err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_code(err), "too_large");
  assert_non_null(strstr(reseal_error_message(err, NULL), "too many parameters"));
  reseal_params_free(params);
  reseal_account_free(account);
  reseal_error_free(err);
}

/* Each number has its word, and nothing else has one. */
static void has_a_word_for_each_number(void **state) {
  (void)state;
  const struct {
    const char *(*name)(int number);
    const char *words[9];
  } sets[] = {
      {reseal_class_name, {NULL, "invalid", "protocol", "provider"}},
      {reseal_outcome_name, {NULL, "not_sent", "refused", "unknown"}},
      {reseal_retry_name, {NULL, "never", "later", "now"}},
      {reseal_category_name,
       {NULL, "auth", "funds", "promotion", "parameter", "state", "throttle", "upstream", "internal"}},
      {reseal_effect_name, {NULL, "read", "change", "purchase"}},
      {reseal_item_name, {NULL, "string", "integer", "boolean", "number", "list", "object", "null"}},
  };
  assert_string_equal(reseal_outcome_name(RESEAL_OUTCOME_UNKNOWN), "unknown");
  assert_string_equal(reseal_retry_name(RESEAL_RETRY_NOW), "now");
  assert_string_equal(reseal_class_name(RESEAL_CLASS_PROVIDER), "provider");
  assert_string_equal(reseal_category_name(RESEAL_CATEGORY_THROTTLE), "throttle");
  assert_string_equal(reseal_effect_name(RESEAL_EFFECT_CHANGE), "change");
  assert_string_equal(reseal_item_name(RESEAL_ITEM_NUMBER), "number");
  for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
    for (int number = 0; number < 9; number++) {
      const char *word = sets[s].name(number);
      if (sets[s].words[number])
        assert_string_equal(word, sets[s].words[number]);
      else
        assert_null(word);
    }
    const int strange[] = {-1, 9, 20, 1000000, INT_MAX, INT_MIN};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) assert_null(sets[s].name(strange[i]));
  }
}

static void decodes_numbers_as_they_are(void **state) {
  (void)state;
  reseal_error *err = new_error();
  reseal_account *account = new_account("realtimeregister", err);
  reseal_result *result = NULL;
  assert_int_equal(
      decode_answer(account, TEXT("renew"), 0, 202, NULL, 0,
                    TEXT("{\"commonName\":\"a.bc\",\"half\":-2.50,\"whole\":7,\"much\":1e999,\"yes\":true}"), &result,
                    err),
      RESEAL_OK);
  size_t half = reseal_result_find(result, 0, TEXT("half")), much = reseal_result_find(result, 0, TEXT("much"));
  assert_int_equal(reseal_result_type(result, half), RESEAL_ITEM_NUMBER);
  assert_string_equal(reseal_result_text(result, half, NULL), "-2.50");
  assert_true(reseal_result_number(result, half) == -2.5);
  assert_true(reseal_result_number(result, reseal_result_find(result, 0, TEXT("whole"))) == 7);
  assert_true(reseal_result_number(result, reseal_result_find(result, 0, TEXT("yes"))) == 1);
  assert_int_equal(reseal_result_type(result, much), RESEAL_ITEM_STRING);
  assert_true(reseal_result_number(result, much) == 0);
  reseal_result_free(result);
  reseal_account_free(account);
  reseal_error_free(err);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(encodes_the_printed_request),
      cmocka_unit_test(decodes_the_printed_answer),
      cmocka_unit_test(walks_a_result_by_its_items),
      cmocka_unit_test(tells_all_faults_at_once),
      cmocka_unit_test(refuses_what_no_handle_can_do),
      cmocka_unit_test(keeps_its_limits),
      cmocka_unit_test(a_read_is_never_in_doubt),
      cmocka_unit_test(bears_that_there_is_no_handle),
      cmocka_unit_test(takes_a_first_parameter_without_a_name),
      cmocka_unit_test(takes_one_answer_after_the_other),
      cmocka_unit_test(says_why_a_parameter_was_not_added),
      cmocka_unit_test(has_a_word_for_each_number),
      cmocka_unit_test(decodes_numbers_as_they_are),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
