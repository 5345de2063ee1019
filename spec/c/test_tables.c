/* The descriptions as they are, and a provider with more of everything than any of them. */
#include "support.h"

#include <stdio.h>

#include "codec/account.h"
#include "codec/text.h"

/* Names that decoding gives of its own, or makes from others: no description may have them. */
static void assert_plain_names(const char *method, const reseal__field *fields, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const char *name = fields[i].name;
    if (strcmp(name, "meta") == 0 || strcmp(name, "value") == 0 || name[strlen(name) - 1] == '_')
      fail_msg("%s describes a member %s", method, name);
    for (size_t other = 0; other < i; other++)
      if (reseal__same_any_case(name, strlen(name), fields[other].name))
        fail_msg("%s describes %s twice", method, name);
    assert_plain_names(method, fields[i].fields.items, fields[i].fields.count);
  }
}

static void describe_no_member_by_a_name_of_ours(void **state) {
  (void)state;
  for (size_t p = 0; p < reseal__provider_count; p++)
    for (size_t m = 0; m < reseal__providers[p]->methods.count; m++) {
      const reseal__method *method = reseal__providers[p]->methods.items[m];
      assert_plain_names(method->name, method->result.items, method->result.count);
    }
}

enum { SETTINGS = 40, PARAMS = 400 };
static char setting_names[SETTINGS][8], param_names[PARAMS][8];
static reseal__setting settings[SETTINGS];
static reseal__param params[PARAMS], inner[PARAMS];
static const char *const elements[] = {"Result", NULL};
static reseal__method method = {.name = "much",
                                .command = "much",
                                .verb = "POST",
                                .path = "/",
                                .elements = elements,
                                .effect = RESEAL_EFFECT_CHANGE,
                                .params = {RESEAL__LIST(params)}};
static const reseal__method *const methods[] = {&method};
static const reseal__endpoint endpoints[] = {{"production", "https://api.example.com"}, {NULL, NULL}};
static reseal__provider provider = {.name = "wide",
                                    .auth = {.secret = "s0"},
                                    .command = "Command",
                                    .endpoints = endpoints,
                                    .settings = {RESEAL__LIST(settings)},
                                    .methods = {RESEAL__LIST(methods)}};

static void fill(void) {
  for (size_t i = 0; i < SETTINGS; i++) {
    sprintf(setting_names[i], "s%zu", i);
    settings[i] =
        (reseal__setting){.name = setting_names[i], .wire = setting_names[i], .secret = i == 0, .required = true};
  }
  for (size_t i = 0; i < PARAMS; i++) {
    sprintf(param_names[i], "p%zu", i);
    params[i] = inner[i] = (reseal__param){.name = param_names[i], .type = RESEAL__STRING};
  }
  params[PARAMS - 1] = (reseal__param){.name = "inner", .type = RESEAL__OBJECT_OF, .fields = {RESEAL__LIST(inner)}};
}

/* Encodes everything that can be given; returns the status. */
static int encode_all(heap *h, reseal__request_format format, char *body, size_t size) {
  reseal__memory memory = reseal__memory_of(heap_alloc, h);
  reseal_error *err = NULL;
  reseal_account *account = NULL;
  reseal_params *given = NULL;
  reseal_request *request = NULL;
  char value[24];
  provider.request = format;
  provider.auth.kind = format == RESEAL__FORM ? RESEAL__AUTH_FORM : RESEAL__AUTH_HEADER;
  int status = reseal_error_new(&err, heap_alloc, h);
  if (status == RESEAL_OK) status = reseal__account_open(&account, &provider, &memory, err);
  for (size_t i = 0; status == RESEAL_OK && i < SETTINGS; i++) {
    sprintf(value, "v%zu", i);
    status = set(account, setting_names[i], value, err);
  }
  if (status == RESEAL_OK) assert_string_equal(reseal_account_endpoint(account), "https://api.example.com");
  if (status == RESEAL_OK) status = reseal_params_new(&given, account, err);
  for (size_t i = 0; status == RESEAL_OK && i + 1 < PARAMS; i++) {
    sprintf(value, "w%zu", i);
    status = reseal_params_string(given, TEXT(param_names[i]), TEXT(value), err);
  }
  if (status == RESEAL_OK && format == RESEAL__JSON_BODY) {
    reseal_params_open(given, TEXT("inner"), RESEAL_ITEM_OBJECT, err);
    for (size_t i = 0; i < PARAMS; i++) reseal_params_string(given, TEXT(param_names[i]), TEXT("x"), err);
    status = reseal_params_close(given, err);
  }
  if (status == RESEAL_OK) status = reseal_encode(account, TEXT("much"), given, &request, err);
  if (status == RESEAL_OK) {
    assert_true(reseal_request_header_count(request) >= 1);
    snprintf(body, size, "%s", reseal_request_body(request, NULL));
  } else {
    assert_int_equal(status, RESEAL_ENOMEM);
  }
  reseal_request_free(request);
  reseal_params_free(given);
  reseal_account_free(account);
  reseal_error_free(err);
  assert_int_equal(h->live, 0);
  return status;
}

static void have_room_for_all_that_a_provider_has(void **state) {
  (void)state;
  static char body[20000];
  fill();
  heap h = {0};
  assert_int_equal(encode_all(&h, RESEAL__FORM, body, sizeof body), RESEAL_OK);
  assert_non_null(strstr(body, "s0=v0&"));
  assert_non_null(strstr(body, "&s39=v39&"));
  assert_non_null(strstr(body, "&p398=w398"));
  assert_int_equal(encode_all(&h, RESEAL__JSON_BODY, body, sizeof body), RESEAL_OK);
  assert_non_null(strstr(body, "\"p398\":\"w398\",\"inner\":{\"p0\":\"x\""));
  assert_non_null(strstr(body, "\"p399\":\"x\"}}"));
}

static void fail_cleanly_where_there_is_no_room(void **state) {
  (void)state;
  static char body[20000];
  fill();
  for (int format = RESEAL__FORM; format <= RESEAL__JSON_BODY; format++)
    for (size_t n = 1;; n++) {
      heap h = {.fail_at = n};
      if (encode_all(&h, (reseal__request_format)format, body, sizeof body) == RESEAL_OK) break;
      assert_true(n < 10000);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(describe_no_member_by_a_name_of_ours),
      cmocka_unit_test(have_room_for_all_that_a_provider_has),
      cmocka_unit_test(fail_cleanly_where_there_is_no_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
