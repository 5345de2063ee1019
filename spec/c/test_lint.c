/* The lint: it finds nothing in the tables that are there, and in broken ones exactly what was broken. */
#include "support.h"

#include "codec/formats.h"
#include "lint/lint.h"

static void check_real(const reseal__provider *provider) {
  reseal__memory memory = reseal__memory_of(NULL, NULL);
  reseal__buffer out = reseal__buffer_of(&memory, false);
  if (reseal__lint(provider, &out)) fail_msg("%s", out.data);
  reseal__buffer_free(&out);
}

static void finds_nothing_in_the_tables(void **state) {
  (void)state;
  for (size_t i = 0; i < reseal__provider_count; i++) check_real(reseal__providers[i]);
}

/* A small seller without a fault, made anew for every case, which then breaks one thing of it. */

static struct {
  reseal__format format;
  const char *words[3], *filters[2], *elements[3], *editions[3];
  reseal__values values;
  reseal__param inner[2], params[5];
  reseal__rule rules[1];
  reseal__field certificate[2], result[5], row[3], page[2], listed[3], details[1];
  reseal__paging paging;
  reseal__method buy, list;
  const reseal__method *methods[3];
  reseal__setting settings[4];
  reseal__endpoint endpoints[3];
  reseal__error_row rows[4];
  reseal__error_table tables[1];
  reseal__status statuses[3];
  reseal__code_part parts[2];
  reseal__json_envelope json;
  reseal__xml_envelope xml;
  reseal__meta meta[2];
  reseal__provider provider;
} t;

static void whole(void) {
  memset(&t, 0, sizeof t);
  t.format = (reseal__format){.name = "any", .expected = "anything", .matches = reseal__format_printable.matches};
  t.words[0] = "DNS", t.words[1] = "FILE";
  t.values = (reseal__values){.items = t.words, .count = 2};
  t.inner[0] = (reseal__param){.name = "type", .doc = "d", .type = RESEAL__STRING, .values = &t.values};
  t.inner[1] = (reseal__param){.name = "email", .doc = "d", .type = RESEAL__STRING, .format = &t.format};
  t.params[0] = (reseal__param){.name = "id",
                                .doc = "d",
                                .type = RESEAL__INTEGER,
                                .place = RESEAL__IN_PATH,
                                .required = true,
                                .low = 1,
                                .high = 9};
  t.params[1] = (reseal__param){
      .name = "quote", .doc = "d", .type = RESEAL__BOOLEAN, .place = RESEAL__IN_QUERY, .makes_read = true};
  t.params[2] =
      (reseal__param){.name = "csr", .doc = "d", .type = RESEAL__STRING, .min = 1, .max = 9, .format = &t.format};
  t.params[3] = (reseal__param){
      .name = "dcv", .doc = "d", .type = RESEAL__LIST_OF, .item = RESEAL__OBJECT_OF, .fields = {t.inner, 2}};
  t.params[4] = (reseal__param){.name = "who", .doc = "d", .type = RESEAL__STRING, .required = true, .setting = "user"};
  t.rules[0] = (reseal__rule){
      .kind = RESEAL__WHEN_VALUE, .names = {"type", "email"}, .value = "DNS", .within = "dcv", .doc = "d"};
  t.certificate[0] =
      (reseal__field){.name = "number", .doc = "d", .type = RESEAL__WHOLE, .made = RESEAL__MADE_CERTIFICATE};
  t.certificate[1] = (reseal__field){.name = "pem", .doc = "d", .type = RESEAL__PEM, .role = RESEAL__ROLE_CERTIFICATE};
  t.result[0] = (reseal__field){.name = "order", .doc = "d", .type = RESEAL__WHOLE, .made = RESEAL__MADE_ORDER};
  t.result[1] = (reseal__field){.name = "amount", .doc = "d", .type = RESEAL__DECIMAL, .role = RESEAL__ROLE_AMOUNT};
  t.result[2] =
      (reseal__field){.name = "certificate", .doc = "d", .type = RESEAL__RECORD, .fields = {t.certificate, 2}};
  t.result[3] = (reseal__field){.name = "notes", .doc = "d", .type = RESEAL__TEXTS, .always = true};
  t.result[4] = (reseal__field){.name = "price", .doc = "d", .type = RESEAL__CENTS};
  t.row[0] = (reseal__field){.name = "id", .doc = "d", .type = RESEAL__WHOLE};
  t.row[1] = (reseal__field){.name = "state", .doc = "d", .type = RESEAL__TEXT, .role = RESEAL__ROLE_STATUS};
  t.row[2] = (reseal__field){.name = "over", .doc = "d", .type = RESEAL__TRUTH, .role = RESEAL__ROLE_EXPIRED};
  t.page[0] = (reseal__field){.name = "total", .doc = "d", .type = RESEAL__WHOLE};
  t.page[1] = (reseal__field){.name = "limit", .doc = "d", .type = RESEAL__WHOLE};
  t.listed[0] = (reseal__field){
      .name = "items", .doc = "d", .type = RESEAL__RECORDS, .role = RESEAL__ROLE_CERTIFICATES, .fields = {t.row, 3}};
  t.listed[1] = (reseal__field){.name = "page", .doc = "d", .type = RESEAL__RECORD, .fields = {t.page, 2}};
  t.paging = (reseal__paging){.style = RESEAL__OFFSETS,
                              .position = "id",
                              .size = "quote",
                              .items = "items",
                              .totals = "page",
                              .total = "total",
                              .page_size = "limit"};
  t.filters[0] = "state";
  t.editions[0] = "current", t.editions[1] = "classic";
  t.buy = (reseal__method){.name = "buy",
                           .verb = "POST",
                           .path = "/orders/{id}",
                           .effect = RESEAL_EFFECT_PURCHASE,
                           .edition = "current",
                           .doc = "d",
                           .source = "s",
                           .checked = "2026-11-25",
                           .params = {t.params, 5},
                           .rules = {t.rules, 1},
                           .result = {t.result, 5}};
  static const reseal__param list_params[] = {
      {.name = "id", .doc = "d", .type = RESEAL__INTEGER, .place = RESEAL__IN_QUERY},
      {.name = "quote", .doc = "d", .type = RESEAL__INTEGER, .place = RESEAL__IN_QUERY}};
  t.list = (reseal__method){.name = "list",
                            .verb = "GET",
                            .path = "/orders",
                            .effect = RESEAL_EFFECT_READ,
                            .doc = "d",
                            .source = "s",
                            .checked = "2026-11-25",
                            .paging = &t.paging,
                            .filters = {t.filters, 1},
                            .params = {RESEAL__LIST(list_params)},
                            .result = {t.listed, 2}};
  t.methods[0] = &t.buy, t.methods[1] = &t.list;
  t.settings[0] = (reseal__setting){.name = "user", .doc = "d", .required = true, .max = 9, .format = &t.format};
  t.settings[1] =
      (reseal__setting){.name = "key", .doc = "d", .required = true, .secret = true, .max = 9, .format = &t.format};
  t.settings[2] = (reseal__setting){.name = "endpoint", .doc = "d", .initial = "production"};
  t.settings[3] = (reseal__setting){.name = "edition", .doc = "d", .initial = "current", .values = t.editions};
  t.endpoints[0] = (reseal__endpoint){"production", "https://api.example.com"};
  t.rows[0] = (reseal__error_row){.number = 5, .text = "no funds", .category = RESEAL__FUNDS, .outcome_known = true};
  t.rows[1] = (reseal__error_row){
      .word = "no-such", .text = "gone", .category = RESEAL__STATE, .http_status = 404, .outcome_known = true};
  t.rows[2] = (reseal__error_row){.word = "slow",
                                  .text = "slow down",
                                  .category = RESEAL__THROTTLE,
                                  .http_status = 429,
                                  .retry = RESEAL__LATER,
                                  .outcome_known = true};
  t.rows[3] = (reseal__error_row){
      .number = 9, .text = "wait", .category = RESEAL__THROTTLE, .retry = RESEAL__LATER, .outcome_known = true};
  t.tables[0] = (reseal__error_table){.method = "buy", .source = "s", .rows = {t.rows, 4}};
  t.statuses[0] = (reseal__status){"NEW", "pending"};
  t.statuses[1] = (reseal__status){"DONE", "issued"};
  t.details[0] = (reseal__field){.name = "until", .doc = "d", .type = RESEAL__TEXT};
  t.json = (reseal__json_envelope){.word = "code",
                                   .message = "text",
                                   .violations = "faults",
                                   .field = "name",
                                   .details = {t.details, 1},
                                   .until = "until",
                                   .quote = "price"};
  t.meta[0] = (reseal__meta){"Server", "server"};
  t.xml = (reseal__xml_envelope){.root = "Answer",
                                 .status = "Status",
                                 .ok = "OK",
                                 .errors = "Errors",
                                 .number = "Number",
                                 .response = "Response",
                                 .repeats = "Type",
                                 .meta = t.meta};
  t.provider = (reseal__provider){.name = "seller",
                                  .request = RESEAL__JSON_BODY,
                                  .answer = RESEAL__JSON,
                                  .json = &t.json,
                                  .auth = {.kind = RESEAL__AUTH_BASIC, .user = "user", .secret = "key"},
                                  .throttle = {.status = 429, .number = 9, .text = "wait"},
                                  .handle = {.header = "X-Order", .name = "order"},
                                  .filters = RESEAL__FIELD_OPERATOR,
                                  .base_suffix = "/v1",
                                  .endpoints = t.endpoints,
                                  .settings = {t.settings, 4},
                                  .methods = {t.methods, 2},
                                  .errors = {t.tables, 1},
                                  .statuses = t.statuses};
}

/* The same with forms for requests, and XML for answers. */
static void by_form(void) {
  t.provider.request = RESEAL__FORM;
  t.provider.command = "Command";
  t.provider.auth = (reseal__auth){.kind = RESEAL__AUTH_FORM};
  t.settings[0].wire = "User", t.settings[1].wire = "Key", t.settings[1].command_next = true;
  t.buy.command = "buy", t.list.command = "list";
  t.list.verb = "POST";
  t.buy.rules.count = 0;
  t.params[3] = (reseal__param){.name = "dcv", .doc = "d", .type = RESEAL__LIST_OF, .item = RESEAL__STRING};
}

static void by_xml(void) {
  by_form();
  t.provider.answer = RESEAL__XML;
  t.provider.json = NULL;
  t.provider.xml = &t.xml;
  t.params[1].makes_read = false;
  t.elements[0] = "BuyResult";
  t.buy.elements = t.elements;
  t.rows[1].word = t.rows[2].word = NULL;
  t.rows[1].number = 11, t.rows[2].number = 12;
}

/* Breaks the whole seller by `change`: these are parts of the findings, one each, and there are no others. */
#define BREAKS(change, ...) BREAKS_OF((void)0, change, __VA_ARGS__)
#define BREAKS_OF(kind, change, ...) \
  do { \
    whole(); \
    kind; \
    change; \
    expect(#change, (const char *const[]){__VA_ARGS__, NULL}); \
  } while (0)

static void expect(const char *change, const char *const *expected) {
  reseal__memory memory = reseal__memory_of(NULL, NULL);
  reseal__buffer out = reseal__buffer_of(&memory, false);
  size_t found = reseal__lint(&t.provider, &out), wanted = 0;
  for (; expected[wanted]; wanted++)
    if (!out.len || !strstr(out.data, expected[wanted]))
      fail_msg("%s: not found: %s\nfound:\n%s", change, expected[wanted], out.len ? out.data : "nothing");
  if (found != wanted) fail_msg("%s: %zu findings, not %zu:\n%s", change, found, wanted, out.len ? out.data : "none");
  reseal__buffer_free(&out);
}

static void finds_nothing_in_whole_ones(void **state) {
  (void)state;
  whole();
  check_real(&t.provider);
  by_form();
  check_real(&t.provider);
  whole();
  by_xml();
  check_real(&t.provider);
}

static void finds_what_a_seller_lacks(void **state) {
  (void)state;
  BREAKS(t.provider.name = NULL, "?: missing: name");
  BREAKS(t.provider.request = 0, "seller: missing: request");
  BREAKS(t.provider.answer = 0, "seller: missing: answer", "seller: ignored: json");
  BREAKS(t.provider.json = NULL, "seller: missing: json", "buy quote: missing: makes_read");
  BREAKS(t.provider.xml = &t.xml, "seller: ignored: xml");
  BREAKS_OF(by_xml(), t.provider.xml = NULL, "seller: missing: xml");
  BREAKS_OF(by_xml(), t.provider.json = &t.json, "seller: ignored: json");
  BREAKS(t.provider.command = "Command", "ignored: command: only forms", "buy: missing: command",
         "list: missing: command");
  BREAKS(t.provider.filters = 0, "seller list: ignored: filters");
  BREAKS(t.list.filters.count = 0, "seller: ignored: filters: no call has any");
  BREAKS(t.provider.filters = 7, "seller: missing: filters");
  BREAKS(t.provider.methods.count = 0, "missing: methods", "ignored: errors: there is no such method",
         "ignored: filters", "handle: no result has order", "ignored: json: quote");
  BREAKS(t.provider.endpoints = NULL, "missing: endpoints", "setting endpoint: ignored: initial");
  BREAKS(t.provider.base_suffix = "v1", "contradictory: base_suffix");
  BREAKS(t.endpoints[0].url = NULL, "endpoint production: missing: url");
  BREAKS(t.endpoints[0].url = "http://api.example.com", "endpoint production: contradictory: url: it is https");
  BREAKS(t.endpoints[0].url = "https://api.example.com/", "endpoint production: contradictory: url: paths begin");
  BREAKS(t.endpoints[0].url = "https://api.example.com/v1", "endpoint production: contradictory: url: it ends in base");
  BREAKS(t.endpoints[1] = t.endpoints[0], "endpoint production: contradictory: name: it stands there twice");
  BREAKS(t.provider.handle.name = NULL, "missing: handle: its name");
  BREAKS(t.provider.handle.header = NULL, "ignored: handle: a name without a header");
  BREAKS(t.result[0].made = 0, "missing: handle: no result has order");
}

static void finds_what_is_wrong_with_authentication(void **state) {
  (void)state;
  BREAKS(t.provider.auth = (reseal__auth){.kind = 0}, "missing: auth: who calls",
         "setting key: ignored: nothing reads");
  BREAKS(t.provider.auth.kind = 9, "missing: auth: there is no kind", "ignored: auth: user", "ignored: auth: secret");
  BREAKS(t.provider.auth.kind = RESEAL__AUTH_FORM, "contradictory: auth: form fields", "ignored: auth: user",
         "ignored: auth: secret", "missing: auth: a setting with a wire", "list: contradictory: verb: a GET");
  BREAKS(t.provider.auth.kind = RESEAL__AUTH_HEADER, "ignored: auth: user");
  BREAKS(t.provider.auth.scheme = "Bearer", "ignored: auth: header, scheme");
  BREAKS(t.provider.auth.user = NULL, "missing: auth: user");
  BREAKS(t.provider.auth.secret = NULL, "missing: auth: secret", "setting key: ignored: nothing reads");
  BREAKS(t.provider.auth.secret = "token", "contradictory: auth: there is no setting token", "key: ignored: nothing");
  BREAKS(t.settings[1].required = false, "missing: auth: the setting key must be required");
  BREAKS(t.settings[1].format = NULL, "missing: auth: the setting key needs a format");
  BREAKS(t.settings[1].secret = false, "contradictory: auth: the setting key is not secret");
  BREAKS_OF(by_form(), t.provider.auth.secret = "key", "ignored: auth: secret");
  BREAKS_OF(by_form(), t.settings[0].wire = t.settings[1].wire = NULL; t.settings[1].command_next = false,
                                                                       "missing: auth: a setting with a wire",
                                                                       "setting key: ignored: nothing reads");
}

static void finds_what_is_wrong_with_settings(void **state) {
  (void)state;
  BREAKS(t.settings[2].name = "place", "missing: settings: endpoint", "setting place: ignored: initial",
         "setting place: ignored: nothing reads");
  BREAKS(t.settings[0].doc = NULL, "setting user: missing: doc");
  BREAKS(t.settings[0].name = NULL, "setting ?: missing: name", "auth: there is no setting user",
         "buy who: contradictory: setting: there is no user", "setting ?: ignored: nothing reads");
  BREAKS(t.settings[0].fallback = "other", "setting user: contradictory: fallback: there is no other",
         "setting user: contradictory: fallback: who calls");
  BREAKS((t.settings[2].fallback = "edition", t.settings[3].fallback = "user"),
         "setting endpoint: ignored: fallback: edition has one itself");
  BREAKS(t.settings[0].min = 10, "setting user: contradictory: min is above max");
  BREAKS(t.settings[2].required = true, "setting endpoint: contradictory: required");
  BREAKS(t.settings[2].secret = true, "setting endpoint: contradictory: secret", "setting endpoint: missing: max");
  BREAKS(t.settings[3].initial = "old", "setting edition: contradictory: initial");
  BREAKS(t.settings[3].initial = NULL, "setting edition: missing: values, initial");
  BREAKS(t.editions[1] = "current", "setting edition: contradictory: values: current stands there twice");
  BREAKS(t.editions[1] = "", "setting edition: missing: values: an item is empty");
  BREAKS(t.editions[0] = NULL, "setting edition: missing: values: it has no items", "edition: contradictory: initial",
         "buy: contradictory: edition");
  BREAKS(t.settings[0].wire = "User", "setting user: ignored: wire");
  BREAKS(t.settings[0].command_next = true, "setting user: ignored: command_next");
  BREAKS_OF(by_form(), t.settings[0].command_next = true, "setting key: contradictory: command_next");
  BREAKS(t.settings[1].max = 0, "setting key: missing: max");
  BREAKS(t.format.name = NULL, "setting user: missing: format: its name", "setting key: missing: format: its name",
         "buy csr: missing: format: its name", "buy dcv email: missing: format: its name");
  BREAKS(t.params[4].setting = NULL; t.provider.auth.user = "key", "setting user: ignored: nothing reads");
  BREAKS(t.settings[3] = t.settings[0]; t.buy.edition = NULL, "setting user: contradictory: name");
}

static void finds_what_is_wrong_with_methods(void **state) {
  (void)state;
  BREAKS(t.buy.name = NULL, "?: missing: name", "ignored: errors: there is no such method");
  BREAKS(t.methods[2] = &t.list; t.provider.methods.count = 3, "list: contradictory: name: it stands there twice");
  BREAKS(t.buy.verb = NULL, "buy: missing: verb");
  BREAKS(t.buy.verb = "BUY", "buy: contradictory: verb: there is no BUY");
  BREAKS_OF(by_form(), t.list.verb = "GET", "list: contradictory: verb: a GET has no body");
  BREAKS(t.buy.effect = 9, "buy: missing: effect");
  BREAKS(t.buy.doc = "", "buy: missing: doc");
  BREAKS(t.buy.source = NULL, "buy: missing: source");
  BREAKS(t.buy.checked = "last week", "buy: missing: checked");
  BREAKS(t.buy.command = "buy", "buy: ignored: command");
  BREAKS_OF(by_form(), t.buy.command = NULL, "buy: missing: command");
  BREAKS(t.buy.edition = "newest", "buy: contradictory: edition: the setting has no value newest");
  BREAKS_OF(by_xml(), t.buy.quirks = 0x80, "buy: contradictory: quirks");
  BREAKS(t.buy.quirks = RESEAL__QUIRK_UNWRAPPED_DCV, "buy: ignored: quirks");
  BREAKS(t.elements[0] = "Result"; t.buy.elements = t.elements, "buy: ignored: elements");
  BREAKS_OF(by_xml(), t.elements[0] = NULL, "buy: missing: elements: it has no items");
  BREAKS_OF(by_xml(), t.elements[1] = "buyresult", "buy: contradictory: elements: buyresult stands there twice");
  BREAKS_OF(by_xml(), t.list.answer = RESEAL__ANSWER_EMPTY, "list: ignored: answer");
  BREAKS(t.list.answer = 9, "list: missing: answer");
  BREAKS(t.list.answer = RESEAL__ANSWER_LIST, "list: ignored: result");
  BREAKS(t.list.paging = NULL; t.list.result.count = 0, "list: missing: result");
  BREAKS(t.buy.path = NULL, "buy: missing: path");
  BREAKS(t.buy.path = "orders/{id}", "buy: contradictory: path: it begins with /");
  BREAKS(t.buy.path = "/orders/id", "buy: contradictory: path: it has no {id}");
  BREAKS(t.buy.path = "/orders/{id}/{csr}", "buy: contradictory: path: no parameter is what stands at {csr}");
  BREAKS(t.buy.path = "/orders/{id}/{", "buy: contradictory: path: no parameter is what stands at {");
  BREAKS(t.result[0].made = 0; t.certificate[0].made = 0;
         memset(&t.provider.handle, 0, sizeof t.provider.handle), "buy: missing: made");
  BREAKS(t.filters[0] = "a:b", "list: contradictory: filters: a:b has the colon");
  BREAKS(t.filters[0] = t.filters[1] = "a";
         t.list.filters.count = 2, "list: contradictory: filters: a stands there twice");
}

static void finds_what_is_wrong_with_parameters(void **state) {
  (void)state;
  BREAKS(t.params[2].name = NULL, "buy ?: missing: name");
  BREAKS(t.params[2].name = "who", "buy who: contradictory: name: it stands there twice");
  BREAKS(t.params[2].name = "WHO"; t.provider.any_case = true, "buy who: contradictory: name: it stands there twice");
  BREAKS_OF(by_form(), t.params[2].name = "Command", "buy Command: contradictory: name: it is the provider's command");
  BREAKS_OF(by_form(), t.params[2].name = "Key", "buy Key: contradictory: name: it is a setting's");
  BREAKS(t.params[2].doc = NULL, "buy csr: missing: doc");
  BREAKS(t.params[2].type = 0, "csr: missing: type", "csr: ignored: format", "csr: ignored: min", "csr: ignored: max");
  BREAKS(t.params[3].item = RESEAL__INTEGER, "dcv: missing: item", "dcv: ignored: fields", "rule: dcv is no list");
  BREAKS(t.params[2].item = RESEAL__STRING, "csr: ignored: item");
  BREAKS(t.params[2].separator = ",", "csr: ignored: separator: only a list",
         "csr: ignored: separator: lists in a JSON");
  BREAKS(t.params[3].separator = ",", "dcv: ignored: separator: lists in a JSON body");
  BREAKS_OF(by_form(), t.params[3].separator = ", ", "dcv: contradictory: separator: it is one character");
  BREAKS(t.params[3].fields.count = 0, "dcv: missing: fields", "there is no parameter type",
         "there is no parameter email");
  BREAKS(t.params[2].fields.items = t.inner; t.params[2].fields.count = 2, "csr: ignored: fields");
  BREAKS(t.params[0].format = &t.format, "id: ignored: format");
  BREAKS(t.params[0].values = &t.values, "id: ignored: values");
  BREAKS(t.params[0].min = 1, "id: ignored: min");
  BREAKS(t.params[1].max = 5, "quote: ignored: max");
  BREAKS(t.params[2].high = 5, "csr: ignored: low, high");
  BREAKS(t.params[0].low = 10, "id: contradictory: low is above high");
  BREAKS(t.params[2].min = 10, "csr: contradictory: min is above max");
  BREAKS(t.params[2].makes_read = true, "csr: contradictory: makes_read");
  BREAKS(t.buy.effect = RESEAL_EFFECT_READ, "quote: ignored: makes_read", "order: ignored: made",
         "number: ignored: made");
  BREAKS(t.inner[0].makes_read = true;
         t.inner[0].type = RESEAL__BOOLEAN, "dcv type: ignored: makes_read", "dcv type: ignored: values");
  BREAKS(t.values.count = 0, "dcv type: missing: values");
  BREAKS(t.words[1] = "DNS", "dcv type: contradictory: values: DNS stands there twice");
  BREAKS(t.params[2].place = 7, "csr: missing: place");
  BREAKS(t.inner[1].place = RESEAL__IN_QUERY, "dcv email: ignored: place");
  BREAKS(t.params[3].place = RESEAL__IN_QUERY, "dcv: contradictory: type: only a JSON body");
  BREAKS(t.buy.verb = "GET", "csr: contradictory: place: a GET", "dcv: contradictory: place",
         "who: contradictory: place");
  BREAKS(t.params[1].place = RESEAL__IN_PATH; t.params[1].required = true;
         t.buy.path = "/{id}/{quote}", "quote: contradictory: place: only a string or an integer");
  BREAKS(t.params[0].required = false, "id: contradictory: required");
  BREAKS(t.params[4].deprecated = true, "who: contradictory: deprecated and required");
  BREAKS(t.params[4].setting = "customer", "who: contradictory: setting: there is no customer");
  BREAKS(t.params[4].type = RESEAL__BOOLEAN, "who: contradictory: setting: only a string");
  BREAKS(t.params[4].role = RESEAL__ROLE_COUNT, "who: contradictory: role");
  BREAKS(t.inner[1].format = &t.format; t.format.expected = NULL, "setting user: missing: format: expected",
                                        "setting key: missing: format", "csr: missing: format",
                                        "email: missing: format");
  BREAKS(t.format.matches = NULL, "setting user: missing: format: matches", "setting key: missing: format: matches",
         "csr: missing: format: matches", "email: missing: format: matches");
  BREAKS(t.inner[1] = t.params[3]; t.buy.rules.count = 0, "contradictory: fields: nested too deeply");
}

static void finds_what_is_wrong_with_rules(void **state) {
  (void)state;
  BREAKS(t.rules[0].kind = 0, "missing: rule: its kind", "ignored: rule: value");
  BREAKS(t.rules[0].kind = RESEAL__ONE_OF, "ignored: rule: value");
  BREAKS(t.rules[0].value = NULL, "missing: rule: its value");
  BREAKS(t.rules[0].doc = NULL, "missing: rule: its doc");
  BREAKS(t.rules[0].within = "csr", "contradictory: rule: csr is no list of objects");
  BREAKS(t.rules[0].within = NULL, "rule: there is no parameter type", "rule: there is no parameter email");
  BREAKS(t.rules[0].names[1] = NULL, "missing: rule: it is about two");
  BREAKS(t.rules[0].names[1] = "type", "contradictory: rule: it names type twice");
  BREAKS(t.rules[0].names[3] = "email", "ignored: rule: email stands behind an empty place");
  BREAKS(t.rules[0].names[2] = "email"; t.rules[0].names[1] = "type";
         t.rules[0].names[0] = "email", "names email twice", "ignored: rule: email, it is about two");
}

static void finds_what_is_wrong_with_results(void **state) {
  (void)state;
  BREAKS(t.result[1].name = NULL, "buy ?: missing: name");
  BREAKS(t.result[1].name = "meta", "buy meta: contradictory: name");
  BREAKS(t.result[1].name = "amount_", "buy amount_: contradictory: name");
  BREAKS(t.result[1].name = "notes", "buy notes: contradictory: name: it stands there twice");
  BREAKS_OF(by_xml(), t.result[1].name = "Notes", "buy notes: contradictory: name: it stands there twice");
  BREAKS(t.result[4].type = 99, "buy price: missing: type");
  BREAKS(t.result[4].doc = NULL, "buy price: missing: doc");
  BREAKS(t.result[4].fields.count = 1, "buy price: ignored: fields");
  BREAKS(t.result[3].wrapped = "note", "buy notes: ignored: wrapped: only XML");
  BREAKS_OF(by_xml(), t.result[4].wrapped = "note", "buy price: ignored: wrapped: only a list");
  BREAKS(t.result[4].always = true, "buy price: ignored: always: only a list");
  BREAKS(t.certificate[1].type = RESEAL__TEXTS; t.certificate[1].always = true, "pem: ignored: always: only of");
  BREAKS(t.result[4].made = 9, "buy price: missing: made");
  BREAKS(t.row[0].made = RESEAL__MADE_ORDER, "list items id: ignored: made: a read", "id: ignored: made: what a call");
  BREAKS(t.result[1].type = RESEAL__TEXT, "buy amount: contradictory: role: it is money");
  BREAKS(t.result[3].role = RESEAL__ROLE_VALIDATIONS, "buy notes: contradictory: role: it is a list of objects");
  BREAKS(t.certificate[1].type = RESEAL__TEXT, "buy certificate pem: contradictory: role: it is PEM");
  BREAKS(t.row[2].type = RESEAL__TEXT, "list items over: contradictory: role: it is true or false");
  BREAKS(t.row[2].role = RESEAL__ROLE_COUNT, "list items over: contradictory: role: there is none");
  BREAKS(t.provider.statuses = NULL, "list items state: missing: statuses");
  BREAKS(t.certificate[1] = t.result[2], "fields: nested too deeply");
}

static void finds_what_is_wrong_with_paging(void **state) {
  (void)state;
  BREAKS(t.paging.style = 0, "list: missing: paging: its style");
  BREAKS(t.paging.position = NULL, "list: missing: paging: position");
  BREAKS(t.paging.position = "from", "list: contradictory: paging: no parameter is the integer from");
  BREAKS(t.paging.size = "many", "list: contradictory: paging: there is no parameter many");
  BREAKS(t.paging.style = RESEAL__PAGES; t.paging.size = t.paging.page_size = NULL, "list: missing: paging: size");
  BREAKS(t.paging.items = "page", "list: contradictory: paging: the result has no list page");
  BREAKS(t.paging.totals = "items", "list: contradictory: paging: the result has no object items");
  BREAKS(t.paging.total = "all", "list: contradictory: paging: nothing tells the integer all");
  BREAKS(t.paging.page_size = "per", "list: contradictory: paging: nothing tells the integer per");
  BREAKS(t.paging.total = t.paging.page_size = NULL, "list: ignored: paging: totals");
  BREAKS(t.list.effect = RESEAL_EFFECT_CHANGE, "list: contradictory: paging: only of a read");
}

static void finds_what_is_wrong_with_errors(void **state) {
  (void)state;
  BREAKS(t.provider.errors.count = 0, "missing: errors", "missing: errors: a row whose http_status",
         "missing: errors: a row with the number");
  BREAKS(t.tables[0].method = "sell", "sell: ignored: errors: there is no such method");
  BREAKS(t.tables[0].source = NULL, "buy: missing: errors: source");
  BREAKS(t.tables[0].rows.count = 0, "buy: missing: errors: rows", "a row whose http_status", "a row with the number");
  BREAKS(t.rows[1].word = NULL, "buy error ?: missing: number or word");
  BREAKS(t.rows[0].word = "funds", "buy error 5: ignored: word: the row has a number");
  BREAKS(t.rows[0].text = "", "buy error 5: missing: text");
  BREAKS(t.rows[1].word = "no such", "buy error no such: ignored: word: no answer's code");
  BREAKS_OF(by_xml(), t.rows[1].word = "x"; t.rows[1].number = 0, "buy error x: ignored: word: XML errors");
  BREAKS(t.rows[0].number = 4000000000u, "buy error 4000000000: contradictory: number");
  BREAKS(t.rows[0].category = 99, "buy error 5: missing: category");
  BREAKS(t.rows[0].outcome = 9, "buy error 5: missing: outcome");
  BREAKS(t.rows[0].retry = 9, "buy error 5: missing: retry");
  BREAKS(t.rows[0].category = 0, "buy error 5: missing: category");
  BREAKS(t.rows[0].outcome_known = false, "buy error 5: missing: outcome_known");
  BREAKS(t.provider.layers = t.parts; t.rows[0].outcome_known = false;
         t.rows[0].retry = RESEAL__LATER, "buy error 5: ignored: retry, outcome");
  BREAKS(t.rows[0].number = 9;
         t.rows[0].text = "wait", "buy error 9: contradictory: text", "throttle: the error's row");
  BREAKS(t.rows[1].http_status = 429, "ignored: errors: a second row for one http_status: slow down",
         "contradictory: throttle");
  BREAKS((t.provider.throttle = (reseal__throttle){0}, t.rows[2].outcome = RESEAL__UNKNOWN), "missing: throttle");
  BREAKS_OF(by_xml(), (t.provider.throttle = (reseal__throttle){0}), "missing: throttle: a status");
  BREAKS(t.provider.throttle.text = t.rows[3].text = NULL, "missing: throttle: text", "buy error 9: missing: text",
         "missing: errors: a row with the number");
  BREAKS(t.provider.throttle.number = 0, "ignored: throttle: text, of no number");
  BREAKS(t.provider.throttle.status = 420, "missing: errors: a row whose http_status");
  BREAKS(t.provider.throttle.number = 8, "missing: errors: a row with the number and text");
  BREAKS(t.rows[2].category = RESEAL__UPSTREAM, "contradictory: throttle: the error's row");
  BREAKS(t.provider.kinds = t.parts, "ignored: kinds, topics");
  BREAKS(t.statuses[1].status = "done", "status DONE: contradictory: status");
  BREAKS(t.statuses[1].word = "new", "status new: contradictory: word: it stands there twice");
}

static void finds_what_is_wrong_with_envelopes(void **state) {
  (void)state;
  BREAKS(t.json.word = NULL, "missing: json: word");
  BREAKS(t.json.message = NULL, "missing: json: message");
  BREAKS(t.json.violations = NULL, "ignored: json: field, reason");
  BREAKS(t.json.field = NULL, "missing: json: field");
  BREAKS(t.json.until = "end", "contradictory: json: until: the details have no end");
  BREAKS(t.details[0].doc = NULL, "details until: missing: doc");
  BREAKS(t.json.quote = NULL, "buy quote: missing: makes_read");
  BREAKS(t.json.quote = "costs", "ignored: json: quote: no call asks for one");
  BREAKS_OF(by_xml(), t.xml.errors = NULL, "missing: xml: errors");
  BREAKS_OF(by_xml(), t.xml.number = NULL, "missing: xml: number");
  BREAKS_OF(by_xml(), t.xml.ok = NULL, "missing: xml: ok");
  BREAKS_OF(by_xml(), t.xml.status = NULL, "ignored: xml: ok");
  BREAKS_OF(by_xml(), t.xml.root = NULL, "missing: xml: root");
  BREAKS_OF(by_xml(), t.xml.response = NULL, "ignored: xml: repeats");
  BREAKS_OF(by_xml(), t.meta[0].wire = NULL, "missing: xml: meta: the element of server");
}

/* An empty table is all findings, and no crash. */
static void survives_empty_tables(void **state) {
  (void)state;
  static const reseal__method nothing = {0};
  static const reseal__method *const none[] = {&nothing};
  static const reseal__setting setting[1];
  static const reseal__error_row row[1];
  static const reseal__error_table table[] = {{.rows = {row, 1}}};
  static const reseal__provider empty = {.methods = {none, 1}, .settings = {setting, 1}, .errors = {table, 1}};
  reseal__memory memory = reseal__memory_of(NULL, NULL);
  reseal__buffer out = reseal__buffer_of(&memory, false);
  assert_true(reseal__lint(&empty, &out) > 15);
  reseal__buffer_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_nothing_in_the_tables),
      cmocka_unit_test(finds_nothing_in_whole_ones),
      cmocka_unit_test(finds_what_a_seller_lacks),
      cmocka_unit_test(finds_what_is_wrong_with_authentication),
      cmocka_unit_test(finds_what_is_wrong_with_settings),
      cmocka_unit_test(finds_what_is_wrong_with_methods),
      cmocka_unit_test(finds_what_is_wrong_with_parameters),
      cmocka_unit_test(finds_what_is_wrong_with_rules),
      cmocka_unit_test(finds_what_is_wrong_with_results),
      cmocka_unit_test(finds_what_is_wrong_with_paging),
      cmocka_unit_test(finds_what_is_wrong_with_errors),
      cmocka_unit_test(finds_what_is_wrong_with_envelopes),
      cmocka_unit_test(survives_empty_tables),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
