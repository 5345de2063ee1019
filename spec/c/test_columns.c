/* Columns of a description by themselves: each can be left out, and none stands for another. */
#include "support.h"

#include <stdio.h>

#include "codec/account.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One provider whose columns the tests set, and one with nothing but names; this file has the list, not the library. */
static reseal__provider seller;
static const reseal__method nameless_method = {.name = "get"};
static const reseal__method *const nameless_methods[] = {&nameless_method};
static const reseal__provider bare = {.name = "bare", .methods = {RESEAL__LIST(nameless_methods)}};
const reseal__provider *const reseal__providers[] = {&seller, &bare};
const size_t reseal__provider_count = 2;

static const reseal__endpoint endpoints[] = {{"production", "https://api.example.com"}, {NULL, NULL}};
static const reseal__setting settings[] = {
    {.name = "user", .wire = "User"}, {.name = "key", .wire = "Key", .secret = true}, {.name = "pin", .secret = true}};
static const reseal__param params[] = {
    {.name = "id", .type = RESEAL__INTEGER, .place = RESEAL__IN_PATH},
    {.name = "note", .type = RESEAL__STRING},
    {.name = "tags", .type = RESEAL__LIST_OF, .item = RESEAL__STRING},
    {.name = "who", .type = RESEAL__STRING, .setting = "user"},
    {.name = "in", .type = RESEAL__STRING, .place = RESEAL__IN_QUERY, .setting = "user"},
};
static const char *const filters[] = {"state"};
static const reseal__field inner[] = {{.name = "number", .type = RESEAL__WHOLE, .required = true}};
static const reseal__field result[] = {
    {.name = "order", .type = RESEAL__WHOLE, .made = RESEAL__MADE_ORDER},
    {.name = "charged", .type = RESEAL__DECIMAL, .made = RESEAL__MADE_PAYMENT},
    {.name = "list", .type = RESEAL__WHOLES, .wrapped = "one", .always = true},
    {.name = "certificate", .type = RESEAL__RECORD, .fields = {RESEAL__LIST(inner)}},
};
static reseal__method method;
static const reseal__method *const methods[] = {&method};
static const reseal__json_envelope no_json = {0};
static const reseal__json_envelope nested = {
    .error = "fault", .word = "number", .message = "text", .violations = "fields", .field = "name", .reason = "why"};
static const reseal__xml_envelope no_xml = {0};
static const reseal__xml_envelope some_xml = {.errors = "errors", .number = "number"};

static void reset(reseal__request_format request, reseal__answer_format answer) {
  method = (reseal__method){.name = "buy",
                            .command = "do.buy",
                            .verb = "POST",
                            .path = "/orders/{id}",
                            .effect = RESEAL_EFFECT_PURCHASE,
                            .filters = {RESEAL__LIST(filters)},
                            .params = {RESEAL__LIST(params)},
                            .result = {RESEAL__LIST(result)}};
  seller = (reseal__provider){.name = "seller",
                              .request = request,
                              .answer = answer,
                              .json = &no_json,
                              .xml = &no_xml,
                              .endpoints = endpoints,
                              .settings = {RESEAL__LIST(settings)},
                              .methods = {RESEAL__LIST(methods)}};
}

typedef struct opened {
  reseal_error *err;
  reseal_account *account;
  reseal_params *params;
  reseal_request *request;
  reseal_result *result;
} opened;

static opened open_seller(void) {
  opened a = {0};
  assert_int_equal(reseal_error_new(&a.err, NULL, NULL), RESEAL_OK);
  assert_int_equal(reseal_account_new(&a.account, TEXT("seller"), NULL, NULL, a.err), RESEAL_OK);
  assert_int_equal(reseal_params_new(&a.params, a.account, a.err), RESEAL_OK);
  return a;
}

static void close_seller(opened *a) {
  reseal_result_free(a->result);
  reseal_request_free(a->request);
  reseal_params_free(a->params);
  reseal_account_free(a->account);
  reseal_error_free(a->err);
}

static void encode(opened *a) {
  reseal_request_free(a->request);
  assert_int_equal(reseal_encode(a->account, TEXT("buy"), a->params, &a->request, a->err), RESEAL_OK);
}

static int decode(opened *a, int status, const char *body) {
  reseal_result_free(a->result);
  a->result = NULL;
  return decode_answer(a->account, TEXT("buy"), 0, status, NULL, 0, TEXT(body), &a->result, a->err);
}

static const char *header(const opened *a, const char *name) {
  for (size_t i = 0; i < reseal_request_header_count(a->request); i++)
    if (strcmp(reseal_request_header_name(a->request, i), name) == 0)
      return reseal_request_header_value(a->request, i, NULL);
  return NULL;
}

static void can_all_be_left_out(void **state) {
  (void)state;
  static const char *const bodies[] = {"",
                                       " ",
                                       "no answer",
                                       "<html>",
                                       "{}",
                                       "[]",
                                       "{\"fault\":{\"number\":7,\"text\":\"no\",\"fields\":[{\"name\":\"x\"}]}}",
                                       "{\"code\":\"x\",\"message\":\"y\"}",
                                       "{\"order\":7}",
                                       "<r/>",
                                       "<r><errors><e number='7'>no</e></errors></r>",
                                       "<r order='7'><certificate number='1'/></r>"};
  static const int statuses[] = {0, 200, 204, 302, 400, 429, 500};
  static const reseal__json_envelope *const jsons[] = {NULL, &no_json, &nested};
  static const reseal__xml_envelope *const xmls[] = {NULL, &no_xml, &some_xml};
  for (int request = 0; request <= RESEAL__JSON_BODY; request++)
    for (int answer = 0; answer <= RESEAL__JSON; answer++)
      for (int auth = 0; auth <= RESEAL__AUTH_BASIC; auth++)
        for (size_t e = 0; e < COUNT(jsons); e++) {
          reset((reseal__request_format)request, (reseal__answer_format)answer);
          seller.auth.kind = (reseal__auth_kind)auth;
          seller.json = jsons[e];
          seller.xml = xmls[e];
          static const reseal__endpoint nowhere[] = {{NULL, NULL}};
          if (e == 0) {
            seller.endpoints = auth ? NULL : nowhere;
            seller.settings.count = 0;
            method = (reseal__method){.name = "buy", .effect = RESEAL_EFFECT_PURCHASE};
          }
          opened a = open_seller();
          encode(&a);
          for (size_t b = 0; b < COUNT(bodies); b++)
            for (size_t s = 0; s < COUNT(statuses); s++) {
              int end = decode(&a, statuses[s], bodies[b]);
              /* Nothing here proves that a purchase was refused. */
              if (end != RESEAL_OK) assert_int_equal(reseal_error_outcome(a.err), RESEAL_OUTCOME_UNKNOWN);
            }
          close_seller(&a);
        }
}

static void are_shown_as_far_as_they_are_there(void **state) {
  (void)state;
  static const reseal__error_row rows[] = {{.number = 7}, {.word = "x"}, {.text = "neither"}};
  static const reseal__error_table tables[] = {{.rows = {RESEAL__LIST(rows)}}};
  reset(0, 0);
  seller.errors.items = tables;
  seller.errors.count = 1;
  static const char *const names[] = {"seller", "bare"};
  for (size_t i = 0; i < COUNT(names); i++) {
    reseal_error *err;
    reseal_result *told;
    assert_int_equal(reseal_error_new(&err, NULL, NULL), RESEAL_OK);
    const char *one = i ? "get" : "buy";
    assert_int_equal(reseal_describe(TEXT(names[i]), TEXT(one), NULL, 0, &told, err), RESEAL_OK);
    reseal_result_free(told);
    assert_int_equal(reseal_describe(TEXT(names[i]), TEXT(one), TEXT("old"), &told, err), RESEAL_EINVALID);
    assert_int_equal(reseal_settings(TEXT(names[i]), &told, err), RESEAL_OK);
    reseal_result_free(told);
    assert_int_equal(reseal_statuses(TEXT(names[i]), &told, err), RESEAL_OK);
    assert_int_equal(reseal_result_count(told), 1);
    reseal_result_free(told);
    static const char *const codes[] = {"", "x", "7", "neither"};
    for (size_t c = 0; c < COUNT(codes); c++) {
      assert_int_equal(reseal_errors(TEXT(names[i]), TEXT(codes[c]), &told, err), RESEAL_OK);
      reseal_result_free(told);
    }
    reseal_error_free(err);
  }
}

/* The example of RFC 7617, section 2. */
static void make_basic_authentication(void **state) {
  (void)state;
  reset(RESEAL__FORM, RESEAL__XML);
  seller.auth = (reseal__auth){.kind = RESEAL__AUTH_BASIC, .user = "user", .secret = "key"};
  seller.command = "Command";
  opened a = open_seller();
  assert_int_equal(set(a.account, "user", "Aladdin", a.err), RESEAL_OK);
  encode(&a);
  assert_null(header(&a, "Authorization"));
  assert_int_equal(set(a.account, "key", "open sesame", a.err), RESEAL_OK);
  encode(&a);
  assert_string_equal(header(&a, "Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  /* A form, and nothing of the account in it that is not a parameter's. */
  assert_string_equal(header(&a, "Content-Type"), "application/x-www-form-urlencoded");
  assert_string_equal(reseal_request_body(a.request, NULL), "Command=do.buy&who=Aladdin");
  /* Section 2.1: the pound sign is UTF-8, as it was given. */
  assert_int_equal(set(a.account, "user", "test", a.err), RESEAL_OK);
  assert_int_equal(set(a.account, "key", "123\xC2\xA3", a.err), RESEAL_OK);
  encode(&a);
  assert_string_equal(header(&a, "Authorization"), "Basic dGVzdDoxMjPCow==");
  assert_int_equal(set(a.account, "user", "a:b", a.err), RESEAL_EINVALID);
  assert_non_null(strstr(reseal_error_message(a.err, NULL), "must not contain a colon"));
  encode(&a);
  assert_string_equal(header(&a, "Authorization"), "Basic dGVzdDoxMjPCow==");
  close_seller(&a);
}

static void make_a_header_of_any_name(void **state) {
  (void)state;
  reset(RESEAL__JSON_BODY, RESEAL__JSON);
  seller.auth = (reseal__auth){.kind = RESEAL__AUTH_HEADER, .header = "X-Api-Key", .secret = "key"};
  opened a = open_seller();
  assert_int_equal(set(a.account, "key", "k1", a.err), RESEAL_OK);
  encode(&a);
  assert_string_equal(header(&a, "X-Api-Key"), "k1");
  assert_null(header(&a, "Authorization"));
  seller.auth.header = NULL;
  seller.auth.scheme = "Bearer";
  encode(&a);
  assert_string_equal(header(&a, "Authorization"), "Bearer k1");
  close_seller(&a);
}

static void fill_in_what_the_account_says_wherever_it_stands(void **state) {
  (void)state;
  for (int request = RESEAL__FORM; request <= RESEAL__JSON_BODY; request++) {
    reset((reseal__request_format)request, RESEAL__JSON);
    opened a = open_seller();
    assert_int_equal(set(a.account, "user", "me", a.err), RESEAL_OK);
    reseal_params_integer(a.params, TEXT("id"), 5, a.err);
    reseal_params_open(a.params, TEXT("tags"), RESEAL_ITEM_LIST, a.err);
    reseal_params_string(a.params, NULL, 0, TEXT("a b"), a.err);
    reseal_params_string(a.params, NULL, 0, TEXT("c"), a.err);
    reseal_params_close(a.params, a.err);
    encode(&a);
    assert_string_equal(reseal_request_url(a.request, NULL), "https://api.example.com/orders/5?in=me");
    assert_string_equal(reseal_request_body(a.request, NULL), request == RESEAL__FORM
                                                                  ? "tags=a%20b&tags=c&who=me"
                                                                  : "{\"tags\":[\"a b\",\"c\"],\"who\":\"me\"}");
    close_seller(&a);
  }
}

static void have_filters_only_with_a_grammar(void **state) {
  (void)state;
  reset(RESEAL__JSON_BODY, RESEAL__JSON);
  opened a = open_seller();
  reseal_params_string(a.params, TEXT("state:ne"), TEXT("new"), a.err);
  assert_int_equal(reseal_encode(a.account, TEXT("buy"), a.params, &a.request, a.err), RESEAL_EINVALID);
  assert_string_equal(reseal_error_code(a.err), "unknown_param");
  seller.filters = RESEAL__FIELD_OPERATOR;
  encode(&a);
  assert_string_equal(reseal_request_url(a.request, NULL), "https://api.example.com/orders/?state:ne=new");
  close_seller(&a);
}

static void mask_every_secret_in_every_form(void **state) {
  (void)state;
  reset(RESEAL__JSON_BODY, RESEAL__JSON);
  seller.json = &nested;
  seller.auth = (reseal__auth){.kind = RESEAL__AUTH_BASIC, .user = "user", .secret = "key"};
  opened a = open_seller();
  assert_int_equal(set(a.account, "user", "Aladdin", a.err), RESEAL_OK);
  assert_int_equal(set(a.account, "key", "open sesame", a.err), RESEAL_OK);
  assert_int_equal(set(a.account, "pin", "4711", a.err), RESEAL_OK);
  assert_int_equal(decode(&a, 400,
                          "{\"fault\":{\"number\":9,\"text\":\"open%20sesame, 4711, Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== "
                          "and QWxhZGRpbjpvcGVuIHNlc2FtZQ%3D%3D\"}}"),
                   RESEAL_EPROVIDER);
  assert_string_equal(reseal_error_message(a.err, NULL), "***, ***, Basic *** and ***");
  close_seller(&a);
}

static void read_errors_wherever_they_stand(void **state) {
  (void)state;
  reset(RESEAL__JSON_BODY, RESEAL__JSON);
  seller.json = &nested;
  static const reseal__error_row rows[] = {{.number = 40,
                                            .text = "balance too low",
                                            .category = RESEAL__FUNDS,
                                            .outcome = RESEAL__REFUSED,
                                            .outcome_known = true}};
  static const reseal__error_table tables[] = {{.rows = {RESEAL__LIST(rows)}}};
  seller.errors.items = tables;
  seller.errors.count = 1;
  opened a = open_seller();
  assert_int_equal(decode(&a, 402, "{\"fault\":{\"number\":40,\"text\":\"Balance too low\"}}"), RESEAL_EPROVIDER);
  assert_int_equal(reseal_error_code_number(a.err), 40);
  assert_int_equal(reseal_error_outcome(a.err), RESEAL_OUTCOME_REFUSED);
  assert_int_equal(reseal_error_category(a.err), RESEAL_CATEGORY_FUNDS);
  /* Of a number only a listed text is proof. */
  assert_int_equal(decode(&a, 402, "{\"fault\":{\"number\":40,\"text\":\"other\"}}"), RESEAL_EPROVIDER);
  assert_int_equal(reseal_error_outcome(a.err), RESEAL_OUTCOME_UNKNOWN);
  /* What stands elsewhere is no error of this provider. */
  assert_int_equal(decode(&a, 402, "{\"number\":40,\"text\":\"balance too low\"}"), RESEAL_EPROTOCOL);
  assert_int_equal(decode(&a, 402, "{\"fault\":\"balance too low\"}"), RESEAL_EPROTOCOL);
  assert_int_equal(decode(&a, 200, "{\"fault\":{\"number\":40,\"text\":\"balance too low\"}}"), RESEAL_EPROTOCOL);
  assert_int_equal(reseal_error_outcome(a.err), RESEAL_OUTCOME_UNKNOWN);
  /* Faults of their own, and what else it carries. */
  assert_int_equal(decode(&a, 400,
                          "{\"at\":\"noon\",\"fault\":{\"number\":41,\"text\":\"wrong\",\"hint\":\"h\",\"fields\":["
                          "{\"name\":\"csr\",\"why\":\"is no PEM\"},{\"name\":\"term\",\"why\":\"is 3\"}]}}"),
                   RESEAL_EPROVIDER);
  assert_int_equal(reseal_error_count(a.err), 2);
  assert_string_equal(reseal_fault_param(a.err, 1, NULL), "term");
  assert_string_equal(reseal_fault_message(a.err, 1, NULL), "term: is 3");
  const reseal_result *details = reseal_error_details(a.err);
  assert_int_equal(reseal_result_count(details), 3);
  /* An order that it names, inside or outside, may have been made; zeros are none. */
  assert_int_equal(decode(&a, 402, "{\"fault\":{\"number\":40,\"text\":\"balance too low\",\"order\":77}}"),
                   RESEAL_EPROVIDER);
  assert_int_equal(reseal_error_outcome(a.err), RESEAL_OUTCOME_UNKNOWN);
  assert_string_equal(reseal_error_handle(a.err, NULL), "77");
  assert_int_equal(decode(&a, 402, "{\"charged\":\"9.50\",\"fault\":{\"number\":40,\"text\":\"balance too low\"}}"),
                   RESEAL_EPROVIDER);
  assert_int_equal(reseal_error_outcome(a.err), RESEAL_OUTCOME_UNKNOWN);
  assert_int_equal(decode(&a, 402, "{\"charged\":\"0.00\",\"fault\":{\"number\":40,\"text\":\"balance too low\"}}"),
                   RESEAL_EPROVIDER);
  assert_int_equal(reseal_error_outcome(a.err), RESEAL_OUTCOME_REFUSED);
  close_seller(&a);
}

static void tell_throttling_by_status_or_by_error(void **state) {
  (void)state;
  reset(RESEAL__JSON_BODY, RESEAL__JSON);
  seller.json = &nested;
  seller.throttle = (reseal__throttle){.status = 420, .number = 900, .text = "slow down"};
  opened a = open_seller();
  static const struct {
    int status;
    const char *body;
    bool throttled;
  } cases[] = {
      {420, "", true},
      {420, "<html>calm</html>", true},
      {503, "{\"fault\":{\"number\":900,\"text\":\"Slow down\"}}", true},
      {503, "{\"fault\":{\"number\":900,\"text\":\"slower\"}}", false},
      {503, "", false},
      {420, "{\"order\":8}", false},
  };
  for (size_t i = 0; i < COUNT(cases); i++) {
    assert_int_not_equal(decode(&a, cases[i].status, cases[i].body), RESEAL_OK);
    bool throttled = cases[i].throttled;
    assert_int_equal(reseal_error_category(a.err) == RESEAL_CATEGORY_THROTTLE, throttled);
    assert_int_equal(reseal_error_outcome(a.err), throttled ? RESEAL_OUTCOME_REFUSED : RESEAL_OUTCOME_UNKNOWN);
    assert_int_equal(reseal_error_retry(a.err), throttled ? RESEAL_RETRY_LATER : RESEAL_RETRY_NEVER);
  }
  close_seller(&a);
}

static const char *text_at(const opened *a, const char *name) {
  const reseal__tree *tree = &a->result->tree;
  size_t at = reseal__tree_find(tree, 0, name, strlen(name));
  return at ? reseal__item_text(tree, at) : NULL;
}

static void keep_decimals_exact(void **state) {
  (void)state;
  reset(RESEAL__JSON_BODY, RESEAL__JSON);
  opened a = open_seller();
  assert_int_equal(decode(&a, 200, "{\"charged\":\"12.50\"}"), RESEAL_OK);
  assert_string_equal(text_at(&a, "charged"), "12.50");
  assert_int_equal(decode(&a, 200, "{\"charged\":12.50}"), RESEAL_OK);
  assert_string_equal(text_at(&a, "charged"), "12.50");
  assert_int_equal(decode(&a, 200, "{\"charged\":\" -3 \"}"), RESEAL_OK);
  assert_string_equal(text_at(&a, "charged"), "-3");
  static const char *const wrong[] = {"\"$12\"", "\"12.\"", "\".5\"", "\"1.2.3\"", "\"1,50\"", "1e3", "\"-\"", "true"};
  for (size_t i = 0; i < COUNT(wrong); i++) {
    char body[64];
    snprintf(body, sizeof body, "{\"order\":7,\"charged\":%s}", wrong[i]);
    assert_int_equal(decode(&a, 200, body), RESEAL_EPROTOCOL);
    assert_string_equal(reseal_error_message(a.err, NULL), "the answer's charged is not an amount at byte 21");
  }
  /* What an object in the result must have is asked for too. */
  assert_int_equal(decode(&a, 200, "{\"order\":7,\"certificate\":{}}"), RESEAL_EPROTOCOL);
  assert_string_equal(reseal_error_message(a.err, NULL), "the answer lacks number");
  close_seller(&a);
}

/* XML without any envelope: the root is the result. */
static void read_plain_documents(void **state) {
  (void)state;
  reset(RESEAL__FORM, RESEAL__XML);
  opened a = open_seller();
  assert_int_equal(
      decode(&a, 200, "<made order='7'><charged>5.00</charged><list><one>3</one><one>4</one></list></made>"),
      RESEAL_OK);
  assert_string_equal(text_at(&a, "order"), "7");
  assert_string_equal(text_at(&a, "charged"), "5.00");
  const reseal__tree *tree = &a.result->tree;
  size_t list = reseal__tree_find(tree, 0, "list", 4);
  assert_int_equal(tree->items[list].children, 2);
  assert_int_equal(tree->items[list + 2].integer, 4);
  assert_int_equal(decode(&a, 200, "<made order='7'/>"), RESEAL_OK);
  list = reseal__tree_find(&a.result->tree, 0, "list", 4);
  assert_int_equal(a.result->tree.items[list].type, RESEAL_ITEM_LIST);
  assert_int_equal(decode(&a, 200, "<made order='7'><list><one>x</one></list></made>"), RESEAL_EPROTOCOL);
  seller.xml = &some_xml;
  assert_int_equal(decode(&a, 200, "<made order='7'><errors><e number='9'>no</e></errors></made>"), RESEAL_EPROVIDER);
  assert_string_equal(reseal_error_handle(a.err, NULL), "7");
  assert_int_equal(reseal_error_outcome(a.err), RESEAL_OUTCOME_UNKNOWN);
  close_seller(&a);
}

/* A header names the order in any format of answers. */
static void take_the_handle_from_a_header(void **state) {
  (void)state;
  static const struct {
    reseal__answer_format answer;
    const char *plain, *same, *other;
  } cases[] = {{RESEAL__XML, "<r><charged>5.00</charged></r>", "<r order='77'/>", "<r order='78'/>"},
               {RESEAL__JSON, "{\"charged\":\"5.00\"}", "{\"order\":77}", "{\"order\":78}"}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    reset(RESEAL__FORM, cases[i].answer);
    seller.handle = (reseal__handle){.header = "X-Order", .name = "order"};
    opened a = open_seller();
    const char *const bodies[] = {cases[i].plain, cases[i].same, cases[i].other, cases[i].plain};
    static const char *const headers[] = {"X-Order: 77\r\n", "X-Order: 77\r\n", "X-Order: 77\r\n", "X-Order: soon\r\n"};
    for (size_t n = 0; n < COUNT(bodies); n++) {
      reseal_result_free(a.result);
      a.result = NULL;
      int end = decode_answer(a.account, TEXT("buy"), 0, 200, TEXT(headers[n]), TEXT(bodies[n]), &a.result, a.err);
      assert_int_equal(end, n < 2 ? RESEAL_OK : RESEAL_EPROTOCOL);
      if (n < 2) assert_string_equal(text_at(&a, "order"), "77");
      if (n >= 2) assert_string_equal(reseal_error_code(a.err), "mismatch");
      if (n >= 2) assert_int_equal(reseal_error_outcome(a.err), RESEAL_OUTCOME_UNKNOWN);
      if (n == 2) assert_string_equal(reseal_error_handle(a.err, NULL), "77");
    }
    close_seller(&a);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(can_all_be_left_out),
      cmocka_unit_test(are_shown_as_far_as_they_are_there),
      cmocka_unit_test(make_basic_authentication),
      cmocka_unit_test(make_a_header_of_any_name),
      cmocka_unit_test(fill_in_what_the_account_says_wherever_it_stands),
      cmocka_unit_test(have_filters_only_with_a_grammar),
      cmocka_unit_test(mask_every_secret_in_every_form),
      cmocka_unit_test(read_errors_wherever_they_stand),
      cmocka_unit_test(tell_throttling_by_status_or_by_error),
      cmocka_unit_test(keep_decimals_exact),
      cmocka_unit_test(read_plain_documents),
      cmocka_unit_test(take_the_handle_from_a_header),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
