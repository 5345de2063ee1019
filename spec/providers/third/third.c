#include "providers/third/third.h"

#include "codec/formats.h"

/* What several calls have. */

#define CERTIFICATE_ID \
  { \
    .name = "certificate", .type = RESEAL__INTEGER, .place = RESEAL__IN_PATH, .required = true, .low = 1, \
    .high = INT64_C(9007199254740992), .role = RESEAL__ROLE_CERTIFICATE_ID, .doc = "The certificate." \
  }
#define ORDER_ID \
  { \
    .name = "order", .type = RESEAL__INTEGER, .place = RESEAL__IN_PATH, .required = true, .low = 1, \
    .high = INT64_C(9007199254740992), .role = RESEAL__ROLE_ORDER_ID, .doc = "The order." \
  }
#define MONTHS \
  { \
    .name = "months", .type = RESEAL__INTEGER, .required = true, .low = 1, .high = 39, .role = RESEAL__ROLE_MONTHS, \
    .doc = "For how many months it is bought." \
  }
#define CSR \
  { \
    .name = "csr", .type = RESEAL__STRING, .required = true, .max = 8192, .format = &reseal__format_csr, \
    .role = RESEAL__ROLE_CSR, .doc = "Certificate signing request, PEM." \
  }

/* What an order makes stands in its answer; a refused order that names one may have made it. */
static const reseal__field ordered[] = {
    {.name = "order",
     .type = RESEAL__WHOLE,
     .required = true,
     .made = RESEAL__MADE_ORDER,
     .role = RESEAL__ROLE_ORDER_ID,
     .doc = "The order."},
    {.name = "state", .type = RESEAL__TEXT, .role = RESEAL__ROLE_STATUS, .doc = "How far it is."},
    {.name = "charged",
     .type = RESEAL__DECIMAL,
     .made = RESEAL__MADE_PAYMENT,
     .role = RESEAL__ROLE_AMOUNT,
     .doc = "What was charged."},
    {.name = "currency", .type = RESEAL__TEXT, .role = RESEAL__ROLE_CURRENCY, .doc = "ISO 4217."},
};

/* buy */

static const char *const ways[] = {"dns", "file", "mail"};
static const reseal__values way_values = {RESEAL__LIST(ways)};

static const reseal__param proof_params[] = {
    {.name = "name",
     .type = RESEAL__STRING,
     .required = true,
     .max = 253,
     .format = &reseal__format_domain,
     .doc = "The name to be proved."},
    {.name = "by", .type = RESEAL__STRING, .required = true, .values = &way_values, .doc = "How it is proved."},
    {.name = "mail",
     .type = RESEAL__STRING,
     .max = 254,
     .format = &reseal__format_email,
     .doc = "Who is asked; required by mail."},
};
static const reseal__param buy_params[] = {
    {.name = "product",
     .type = RESEAL__STRING,
     .required = true,
     .min = 1,
     .max = 40,
     .role = RESEAL__ROLE_PRODUCT,
     .doc = "Product, as in the price list."},
    MONTHS,
    CSR,
    {.name = "contact",
     .type = RESEAL__STRING,
     .required = true,
     .setting = "contact",
     .max = 254,
     .format = &reseal__format_email,
     .doc = "Who is told of the order; the client's `contact` if absent."},
    {.name = "names",
     .type = RESEAL__LIST_OF,
     .item = RESEAL__STRING,
     .max = 253,
     .format = &reseal__format_domain,
     .role = RESEAL__ROLE_FURTHER_NAMES,
     .doc = "Names beside the CSR's."},
    {.name = "proofs",
     .type = RESEAL__LIST_OF,
     .item = RESEAL__OBJECT_OF,
     .fields = {RESEAL__LIST(proof_params)},
     .doc = "How control of each name is proved."},
};
static const reseal__rule buy_rules[] = {
    {.kind = RESEAL__WHEN_VALUE,
     .within = "proofs",
     .names = {"by", "mail"},
     .value = "mail",
     .doc = "A proof by mail needs an address."},
};
static const reseal__method buy = {
    .name = "buy",
    .verb = "POST",
    .path = "/v1/orders",
    .effect = RESEAL_EFFECT_PURCHASE,
    .doc = "Buys a certificate.",
    .source = "spec/providers/third/api.md",
    .checked = "2026-11-25",
    .params = {RESEAL__LIST(buy_params)},
    .rules = {RESEAL__LIST(buy_rules)},
    .result = {RESEAL__LIST(ordered)},
};

/* renew, reissue */

static const reseal__param renew_params[] = {CERTIFICATE_ID, MONTHS, CSR};
static const reseal__method renew = {
    .name = "renew",
    .verb = "POST",
    .path = "/v1/certificates/{certificate}/renewal",
    .effect = RESEAL_EFFECT_PURCHASE,
    .doc = "Buys a certificate to follow another.",
    .source = "spec/providers/third/api.md",
    .checked = "2026-11-25",
    .params = {RESEAL__LIST(renew_params)},
    .result = {RESEAL__LIST(ordered)},
};

static const reseal__param reissue_params[] = {CERTIFICATE_ID, CSR};
static const reseal__method reissue = {
    .name = "reissue",
    .verb = "POST",
    .path = "/v1/certificates/{certificate}/reissue",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Issues a certificate anew, free of charge.",
    .source = "spec/providers/third/api.md",
    .checked = "2026-11-25",
    .params = {RESEAL__LIST(reissue_params)},
    .result = {RESEAL__LIST(ordered)},
};

/* order, cancel */

static const reseal__field proofs[] = {
    {.name = "name", .type = RESEAL__TEXT, .role = RESEAL__ROLE_VALIDATION_NAME, .doc = "The name to be proved."},
    {.name = "by", .type = RESEAL__TEXT, .role = RESEAL__ROLE_VALIDATION_TYPE, .doc = "dns, file or mail."},
    {.name = "record", .type = RESEAL__TEXT, .role = RESEAL__ROLE_RECORD_NAME, .doc = "Name of the record to set."},
    {.name = "target", .type = RESEAL__TEXT, .role = RESEAL__ROLE_RECORD_VALUE, .doc = "What the record holds."},
};
static const reseal__param order_params[] = {ORDER_ID};
static const reseal__field order_result[] = {
    {.name = "order", .type = RESEAL__WHOLE, .required = true, .role = RESEAL__ROLE_ORDER_ID, .doc = "The order."},
    {.name = "state", .type = RESEAL__TEXT, .required = true, .role = RESEAL__ROLE_STATUS, .doc = "How far it is."},
    {.name = "certificate",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_CERTIFICATE_ID,
     .doc = "The certificate, once it is done."},
    {.name = "proofs",
     .type = RESEAL__RECORDS,
     .always = true,
     .role = RESEAL__ROLE_VALIDATIONS,
     .fields = {RESEAL__LIST(proofs)},
     .doc = "What proves control of the names."},
};
static const reseal__method order = {
    .name = "order",
    .verb = "GET",
    .path = "/v1/orders/{order}",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Tells how far an order is.",
    .source = "spec/providers/third/api.md",
    .checked = "2026-11-25",
    .params = {RESEAL__LIST(order_params)},
    .result = {RESEAL__LIST(order_result)},
};
static const reseal__method cancel = {
    .name = "cancel",
    .verb = "DELETE",
    .path = "/v1/orders/{order}",
    .effect = RESEAL_EFFECT_CHANGE,
    .answer = RESEAL__ANSWER_EMPTY,
    .doc = "Gives up an order.",
    .source = "spec/providers/third/api.md",
    .checked = "2026-11-25",
    .params = {RESEAL__LIST(order_params)},
};

/* certificate, certificates */

#define CERTIFICATE_FIELDS \
  {.name = "certificate", \
   .type = RESEAL__WHOLE, \
   .required = true, \
   .role = RESEAL__ROLE_CERTIFICATE_ID, \
   .doc = "The certificate."}, \
      {.name = "product", .type = RESEAL__TEXT, .role = RESEAL__ROLE_PRODUCT, .doc = "Product."}, \
      {.name = "names", .type = RESEAL__TEXTS, .role = RESEAL__ROLE_NAMES, .doc = "Its names."}, \
      {.name = "state", .type = RESEAL__TEXT, .role = RESEAL__ROLE_STATUS, .doc = "How it stands."}, \
      {.name = "until", \
       .type = RESEAL__TEXT, \
       .role = RESEAL__ROLE_CERTIFICATE_ENDS, \
       .doc = "Its end; UTC timestamp."}, \
  { \
    .name = "paid_until", .type = RESEAL__TEXT, .role = RESEAL__ROLE_ORDER_ENDS, \
    .doc = "Until when it is paid for; UTC timestamp." \
  }

static const reseal__param certificate_params[] = {CERTIFICATE_ID};
static const reseal__field certificate_result[] = {
    CERTIFICATE_FIELDS,
    {.name = "pem", .type = RESEAL__PEM, .role = RESEAL__ROLE_CERTIFICATE, .doc = "The certificate, PEM."},
    {.name = "issuers", .type = RESEAL__TEXTS, .role = RESEAL__ROLE_CHAIN, .doc = "Its chain, PEM."},
};
static const reseal__method certificate = {
    .name = "certificate",
    .verb = "GET",
    .path = "/v1/certificates/{certificate}",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Gives a certificate.",
    .source = "spec/providers/third/api.md",
    .checked = "2026-11-25",
    .params = {RESEAL__LIST(certificate_params)},
    .result = {RESEAL__LIST(certificate_result)},
};

static const reseal__param certificates_params[] = {
    {.name = "start",
     .type = RESEAL__INTEGER,
     .place = RESEAL__IN_QUERY,
     .high = INT64_C(9007199254740992),
     .doc = "How many to leave out at the start."},
    {.name = "count",
     .type = RESEAL__INTEGER,
     .place = RESEAL__IN_QUERY,
     .low = 1,
     .high = 100,
     .doc = "How many to give; default 20."},
    {.name = "state", .type = RESEAL__STRING, .place = RESEAL__IN_QUERY, .max = 20, .doc = "Only those in this state."},
};
static const reseal__field rows[] = {CERTIFICATE_FIELDS};
static const reseal__field certificates_result[] = {
    {.name = "certificates",
     .type = RESEAL__RECORDS,
     .required = true,
     .role = RESEAL__ROLE_CERTIFICATES,
     .fields = {RESEAL__LIST(rows)},
     .doc = "The certificates from `start` on."},
    {.name = "found", .type = RESEAL__WHOLE, .doc = "How many there are in all."},
};
/* The total stands beside the list, and nothing says how large a page is: two columns are left out. */
static const reseal__paging certificates_paging = {
    .style = RESEAL__OFFSETS, .position = "start", .size = "count", .items = "certificates", .total = "found"};
static const reseal__method certificates = {
    .name = "certificates",
    .verb = "GET",
    .path = "/v1/certificates",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Lists the account's certificates.",
    .source = "spec/providers/third/api.md",
    .checked = "2026-11-25",
    .paging = &certificates_paging,
    .params = {RESEAL__LIST(certificates_params)},
    .result = {RESEAL__LIST(certificates_result)},
};

/* Errors. Nothing was done where the number is below 90. */

#define REFUSED .outcome = RESEAL__REFUSED, .outcome_known = true
static const reseal__error_row errors[] = {
    {.number = 1, .http_status = 401, .text = "account or token is wrong", .category = RESEAL__AUTH, REFUSED},
    {.number = 7, .text = "too many calls", .category = RESEAL__THROTTLE, .retry = RESEAL__LATER, REFUSED},
    {.number = 20, .text = "some fields are wrong", .category = RESEAL__PARAMETER, REFUSED},
    {.number = 21, .text = "the balance is too low", .category = RESEAL__FUNDS, REFUSED},
    {.number = 30, .text = "there is no such object", .category = RESEAL__STATE, REFUSED},
    {.number = 31, .text = "the state does not allow it", .category = RESEAL__STATE, REFUSED},
    {.number = 90,
     .text = "something went wrong",
     .category = RESEAL__INTERNAL,
     .outcome = RESEAL__UNKNOWN,
     .retry = RESEAL__LATER,
     .outcome_known = true},
};
static const reseal__error_table error_tables[] = {
    {.source = "spec/providers/third/api.md", .rows = {RESEAL__LIST(errors)}},
};

/* The seller. */

static const reseal__method *const methods[] = {&buy, &renew, &reissue, &order, &cancel, &certificate, &certificates};

static const reseal__setting settings[] = {
    {.name = "account", .required = true, .max = 64, .format = &reseal__format_printable, .doc = "The account's name."},
    {.name = "token",
     .required = true,
     .secret = true,
     .max = 200,
     .format = &reseal__format_printable,
     .doc = "Its token."},
    {.name = "contact",
     .max = 254,
     .format = &reseal__format_email,
     .doc = "Who is told of orders; a call may name another."},
    {.name = "endpoint", .initial = "production", .doc = "production, test, or a URL (http to this machine only)."},
};

static const reseal__endpoint endpoints[] = {
    {"production", "https://api.third.example"}, {"test", "https://test.third.example"}, {NULL, NULL}};

static const reseal__status statuses[] = {{"open", "pending"},      {"checking", "pending"},
                                          {"done", "issued"},       {"stopped", "cancelled"},
                                          {"failed", "failed"},     {"valid", "issued"},
                                          {"ended", "expired"},     {"withdrawn", "revoked"},
                                          {"replaced", "replaced"}, {NULL, NULL}};

static const reseal__field details[] = {
    {.name = "again", .type = RESEAL__TEXT, .doc = "When a call may succeed; UTC timestamp."},
};

static const reseal__json_envelope envelope = {
    .error = "fault",
    .word = "number",
    .message = "text",
    .violations = "parts",
    .field = "name",
    .reason = "why",
    .property = "about",
    .details = {RESEAL__LIST(details)},
    .until = "again",
};

const reseal__provider reseal__third = {
    .name = "third",
    .request = RESEAL__JSON_BODY,
    .answer = RESEAL__JSON,
    .json = &envelope,
    .auth = {.kind = RESEAL__AUTH_BASIC, .user = "account", .secret = "token"},
    .throttle = {.number = 7, .text = "too many calls"},
    .endpoints = endpoints,
    .settings = {RESEAL__LIST(settings)},
    .methods = {RESEAL__LIST(methods)},
    .errors = {RESEAL__LIST(error_tables)},
    .statuses = statuses,
};
