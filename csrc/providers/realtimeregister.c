/*
 * Realtime Register, `/v2/ssl/certificates`: https://dm.realtimeregister.com/docs/api/ssl
 * Requests and answers are JSON; names are case-sensitive; lengths count bytes. Errors: realtimeregister_errors.c.
 */
#include "providers/realtimeregister.h"

#include "codec/formats.h"

/* Field lists that reissue and renew share, in the order of the printed page. */

static const char *const languages[] = {"EN", "NL", "FR", "CN", "DE", "IT", "JP",
                                        "KR", "PT", "RU", "ES", "DK", "SE", "TR"};
static const reseal__values language_values = {RESEAL__LIST(languages)};

static const char *const dcv_types[] = {"EMAIL", "FILE", "DNS"};
static const reseal__values dcv_type_values = {RESEAL__LIST(dcv_types)};

static const reseal__param approver[] = {
    {.name = "firstName",
     .type = RESEAL__STRING,
     .required = true,
     .min = 1,
     .max = 40,
     .doc = "First name of the approver."},
    {.name = "lastName",
     .type = RESEAL__STRING,
     .required = true,
     .min = 1,
     .max = 40,
     .doc = "Last name of the approver."},
    {.name = "jobTitle", .type = RESEAL__STRING, .min = 1, .max = 40, .doc = "Job title of the approver."},
    {.name = "email",
     .type = RESEAL__STRING,
     .required = true,
     .min = 6,
     .max = 255,
     .format = &reseal__format_email,
     .doc = "E-mail address of the approver."},
    {.name = "voice",
     .type = RESEAL__STRING,
     .required = true,
     .min = 4,
     .max = 17,
     .format = &reseal__format_voice,
     .doc = "Telephone number of the approver."},
};

static const reseal__param dcv[] = {
    {.name = "commonName",
     .type = RESEAL__STRING,
     .required = true,
     .min = 4,
     .max = 255,
     .format = &reseal__format_domain,
     .doc = "The name that this entry validates."},
    {.name = "type",
     .type = RESEAL__STRING,
     .required = true,
     .values = &dcv_type_values,
     .doc = "How it is validated."},
    {.name = "email",
     .type = RESEAL__STRING,
     .min = 6,
     .max = 255,
     .format = &reseal__format_email,
     .doc = "Address for this entry; required when type is EMAIL."},
};

static const reseal__rule order_rules[] = {
    {.kind = RESEAL__WHEN_VALUE,
     .within = "dcv",
     .names = {"type", "email"},
     .value = "EMAIL",
     .doc = "Validation by e-mail needs an address."},
};

#define CERTIFICATE_ID(text) \
  { \
    .name = "certificateId", .type = RESEAL__INTEGER, .place = RESEAL__IN_PATH, .required = true, .low = 1, \
    .high = INT64_C(9007199254740992), .doc = text \
  }
#define QUOTE \
  { \
    .name = "quote", .type = RESEAL__BOOLEAN, .place = RESEAL__IN_QUERY, .makes_read = true, \
    .doc = "true: everything is checked and priced, and nothing is ordered." \
  }
#define CSR \
  { \
    .name = "csr", .type = RESEAL__STRING, .required = true, .format = &reseal__format_csr, \
    .doc = "Certificate signing request, PEM." \
  }
#define TEXT(field, most, text) \
  { .name = field, .type = RESEAL__STRING, .min = 1, .max = most, .doc = text }
#define ORDER_FIELDS \
  {.name = "domainName", \
   .type = RESEAL__STRING, \
   .min = 4, \
   .max = 255, \
   .format = &reseal__format_domain, \
   .doc = "Overrides the CSR's common name."}, \
      {.name = "san", \
       .type = RESEAL__LIST_OF, \
       .item = RESEAL__STRING, \
       .min = 4, \
       .max = 255, \
       .format = &reseal__format_domain, \
       .doc = "Overrides the CSR's alternative names; an empty list leaves the free www name out."}, \
      TEXT("organization", 64, "Overrides the CSR's organization."), \
      {.name = "department", \
       .type = RESEAL__STRING, \
       .min = 1, \
       .max = 60, \
       .deprecated = true, \
       .doc = "Overrides the CSR's organizational unit."}, \
      TEXT("state", 60, "State; the CSR's if absent."), TEXT("address", 60, "Address."), \
      TEXT("postalCode", 10, "Postal code."), TEXT("city", 60, "Overrides the CSR's city."), \
      TEXT("coc", 32, "Chamber of commerce number."), \
      {.name = "language", \
       .type = RESEAL__STRING, \
       .values = &language_values, \
       .doc = "Language of validation mails; by the country if absent."}, \
      {.name = "uniqueValue", \
       .type = RESEAL__STRING, \
       .min = 1, \
       .max = 20, \
       .format = &reseal__format_alphanumeric, \
       .doc = "Part of the DCV values; random if absent."}, \
      {.name = "authKey", .type = RESEAL__BOOLEAN, .doc = "Issue at once by a published auth key."}, \
      {.name = "approver", \
       .type = RESEAL__OBJECT_OF, \
       .fields = {RESEAL__LIST(approver)}, \
       .doc = "Approver of the certificate."}, \
  { \
    .name = "dcv", .type = RESEAL__LIST_OF, .item = RESEAL__OBJECT_OF, .fields = {RESEAL__LIST(dcv)}, \
    .doc = "How control of each name is proved." \
  }

/* Results. */

static const reseal__field dcv_status[] = {
    {.name = "commonName", .type = RESEAL__TEXT, .doc = "The name to be validated."},
    {.name = "type", .type = RESEAL__TEXT, .doc = "EMAIL, FILE or DNS; sometimes missing."},
    {.name = "status", .type = RESEAL__TEXT, .doc = "WAITING, ATTENTION or VALIDATED."},
    {.name = "email", .type = RESEAL__TEXT, .doc = "Where the mail went."},
    {.name = "dnsRecord", .type = RESEAL__TEXT, .doc = "Full name of the record to set."},
    {.name = "dnsType", .type = RESEAL__TEXT, .doc = "CNAME or TXT; sometimes missing."},
    {.name = "dnsContents", .type = RESEAL__TEXT, .doc = "What the record holds."},
    {.name = "fileLocation", .type = RESEAL__TEXT, .doc = "URL of the file to serve; may lack the scheme."},
    {.name = "fileContents", .type = RESEAL__TEXT, .doc = "What the file must hold; may have several lines."},
    {.name = "caaRecordStatus", .type = RESEAL__TEXT, .doc = "What the CAA check found."},
    {.name = "riskStatus", .type = RESEAL__TEXT, .doc = "PASSED, WAITING or FAILED."},
};
static const reseal__field validations[] = {
    {.name = "organization", .type = RESEAL__TEXT, .doc = "WAITING, ATTENTION or VALIDATED, as for all of these."},
    {.name = "docs", .type = RESEAL__TEXT, .doc = "Documents."},
    {.name = "voice", .type = RESEAL__TEXT, .doc = "Telephone call."},
    {.name = "whois", .type = RESEAL__TEXT, .doc = "Whois."},
    {.name = "agreement", .type = RESEAL__TEXT, .doc = "Subscriber agreement."},
    {.name = "dcv", .type = RESEAL__RECORDS, .fields = {RESEAL__LIST(dcv_status)}, .doc = "Domain control, per name."},
};
static const reseal__field notes[] = {
    {.name = "createdDate", .type = RESEAL__TEXT, .doc = "UTC timestamp."},
    {.name = "type", .type = RESEAL__TEXT, .doc = "INCOMING or OUTGOING."},
    {.name = "message", .type = RESEAL__TEXT, .doc = "The note."},
};
#define INFO_FIELDS \
  {.name = "commonName", .type = RESEAL__TEXT, .doc = "The certificate's name."}, \
      {.name = "requiresAttention", .type = RESEAL__TRUTH, .doc = "Whether somebody must act; sometimes missing."}, \
      {.name = "certificateId", .type = RESEAL__WHOLE, .doc = "Only when issued at once by an auth key."}, \
      {.name = "oneTimeLink", .type = RESEAL__TEXT, .doc = "Where the approver continues (Sectigo)."}, \
      {.name = "validations", \
       .type = RESEAL__RECORD, \
       .fields = {RESEAL__LIST(validations)}, \
       .doc = "What is validated, and how far that is."}, \
  { \
    .name = "notes", .type = RESEAL__RECORDS, .fields = {RESEAL__LIST(notes)}, .doc = "Deprecated." \
  }
static const reseal__field billables[] = {
    {.name = "product", .type = RESEAL__TEXT, .doc = "What is billed."},
    {.name = "action", .type = RESEAL__TEXT, .doc = "Such as RENEW, EXTRA_DOMAIN, EXTRA_WILDCARD."},
    {.name = "quantity", .type = RESEAL__WHOLE, .doc = "How many."},
    {.name = "amount", .type = RESEAL__CENTS, .doc = "Of one, in cents."},
    {.name = "refundable", .type = RESEAL__TRUTH, .doc = "Whether it can be refunded."},
    {.name = "total", .type = RESEAL__CENTS, .doc = "quantity times amount, in cents."},
    {.name = "providerName", .type = RESEAL__TEXT, .doc = "Sometimes there."},
};
static const reseal__field quote[] = {
    {.name = "total", .type = RESEAL__CENTS, .doc = "What the call would cost, in cents."},
    {.name = "currency", .type = RESEAL__TEXT, .doc = "ISO 4217; absent when total is 0."},
    {.name = "billables",
     .type = RESEAL__RECORDS,
     .fields = {RESEAL__LIST(billables)},
     .doc = "Absent when total is 0."},
};
static const reseal__field order_result[] = {
    INFO_FIELDS,
    {.name = "processId",
     .type = RESEAL__WHOLE,
     .doc = "The process that carries the order out, from the header X-Process-Id: the only handle on it."},
    {.name = "command", .type = RESEAL__TEXT, .doc = "Quotes only: the action that was priced."},
    {.name = "quote", .type = RESEAL__RECORD, .fields = {RESEAL__LIST(quote)}, .doc = "Quotes only: the price."},
};
static const reseal__field info_result[] = {INFO_FIELDS};

/* reissue, renew */

static const reseal__param reissue_params[] = {CERTIFICATE_ID("The certificate to be reissued."), QUOTE, CSR,
                                               ORDER_FIELDS};
static const reseal__method reissue = {
    .name = "reissue",
    .verb = "POST",
    .path = "/v2/ssl/certificates/{certificateId}/reissue",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Orders a new certificate in place of an active one, from a new CSR.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/reissue",
    .checked = "2026-11-23",
    .params = {RESEAL__LIST(reissue_params)},
    .rules = {RESEAL__LIST(order_rules)},
    .result = {RESEAL__LIST(order_result)},
};

static const reseal__param renew_params[] = {
    CERTIFICATE_ID("The certificate to be renewed."),
    QUOTE,
    {.name = "period",
     .type = RESEAL__INTEGER,
     .required = true,
     .low = 1,
     .high = INT64_C(9007199254740992),
     .doc = "Months; one of the product's periods."},
    CSR,
    {.name = "product", .type = RESEAL__STRING, .min = 1, .doc = "Renew to another product; default the present one."},
    ORDER_FIELDS,
};
static const reseal__method renew = {
    .name = "renew",
    .verb = "POST",
    .path = "/v2/ssl/certificates/{certificateId}/renew",
    .effect = RESEAL_EFFECT_PURCHASE,
    .doc = "Buys a certificate to follow one that ends within the product's renewal window.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/renew (fields from the official SDKs and the published "
              "specification)",
    .checked = "2026-11-23",
    .params = {RESEAL__LIST(renew_params)},
    .rules = {RESEAL__LIST(order_rules)},
    .result = {RESEAL__LIST(order_result)},
};

/* get */

static const reseal__param get_params[] = {
    CERTIFICATE_ID("The certificate."),
    {.name = "fields",
     .type = RESEAL__LIST_OF,
     .item = RESEAL__STRING,
     .place = RESEAL__IN_QUERY,
     .separator = ",",
     .doc = "Names of the fields to return; all if absent."},
};
static const reseal__field get_result[] = {
    {.name = "id", .type = RESEAL__WHOLE, .required = true, .doc = "The certificate."},
    {.name = "process", .type = RESEAL__WHOLE, .doc = "The process that ordered it; missing in older answers."},
    {.name = "product", .type = RESEAL__TEXT, .doc = "Product identifier."},
    {.name = "validationType",
     .type = RESEAL__TEXT,
     .doc = "DOMAIN_VALIDATION, ORGANIZATION_VALIDATION or EXTENDED_VALIDATION."},
    {.name = "certificateType",
     .type = RESEAL__TEXT,
     .doc = "SINGLE_DOMAIN, MULTI_DOMAIN, WILDCARD or ACME_SUBSCRIPTION."},
    {.name = "domainName", .type = RESEAL__TEXT, .doc = "Common name."},
    {.name = "organization", .type = RESEAL__TEXT, .doc = "Organization."},
    {.name = "department", .type = RESEAL__TEXT, .doc = "Department."},
    {.name = "addressLine", .type = RESEAL__TEXTS, .doc = "Address (a list here, one string in orders)."},
    {.name = "city", .type = RESEAL__TEXT, .doc = "City."},
    {.name = "state", .type = RESEAL__TEXT, .doc = "State."},
    {.name = "postalCode", .type = RESEAL__TEXT, .doc = "Postal code."},
    {.name = "country", .type = RESEAL__TEXT, .doc = "Country, two letters."},
    {.name = "coc", .type = RESEAL__TEXT, .doc = "Chamber of commerce number."},
    {.name = "providerId", .type = RESEAL__TEXT, .doc = "The authority's order."},
    {.name = "startDate", .type = RESEAL__TEXT, .doc = "UTC timestamp."},
    {.name = "expiryDate", .type = RESEAL__TEXT, .doc = "UTC timestamp."},
    {.name = "subscriptionEndDate", .type = RESEAL__TEXT, .doc = "Until when it may be reissued without a new order."},
    {.name = "san", .type = RESEAL__TEXTS, .doc = "Alternative names."},
    {.name = "status", .type = RESEAL__TEXT, .doc = "ACTIVE, EXPIRED, REVOKED, REISSUED or RENEWED."},
    {.name = "publicKeyAlgorithm", .type = RESEAL__TEXT, .doc = "RSA or ECDSA."},
    {.name = "publicKeySize", .type = RESEAL__WHOLE, .doc = "Bits."},
    {.name = "csr", .type = RESEAL__PEM, .doc = "The signing request."},
    {.name = "certificate", .type = RESEAL__PEM, .doc = "The certificate."},
    {.name = "fingerprint", .type = RESEAL__TEXT, .doc = "SHA-256, hex digits."},
};
static const reseal__method get = {
    .name = "get",
    .verb = "GET",
    .path = "/v2/ssl/certificates/{certificateId}",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Gives an issued certificate. Before it is issued there is only the process.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/get",
    .checked = "2026-11-23",
    .params = {RESEAL__LIST(get_params)},
    .result = {RESEAL__LIST(get_result)},
};

/* processInfo */

static const reseal__param process_info_params[] = {
    {.name = "processId",
     .type = RESEAL__INTEGER,
     .place = RESEAL__IN_PATH,
     .required = true,
     .low = 1,
     .high = INT64_C(9007199254740992),
     .doc = "The process that an order answered with."},
};
static const reseal__method process_info = {
    .name = "processInfo",
    .verb = "GET",
    .path = "/v2/processes/{processId}/info",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Tells what an order waits for, as the order's own answer did.",
    .source = "https://dm.realtimeregister.com/docs/api/processes/info",
    .checked = "2026-11-23",
    .params = {RESEAL__LIST(process_info_params)},
    .result = {RESEAL__LIST(info_result)},
};

/* The provider. */

static const reseal__method *const methods[] = {&renew, &reissue, &get, &process_info};

static const char *const booleans[] = {"true", "false", NULL};

static const reseal__setting settings[] = {
    {.name = "api_key",
     .required = true,
     .secret = true,
     .max = 1024,
     .format = &reseal__format_printable,
     .doc = "The API key, as shown when it was made."},
    {.name = "endpoint", .initial = "production", .doc = "production, ote, or a URL (http to this machine only)."},
    {.name = "strict", .initial = "false", .values = booleans, .doc = "No open enumerations in this version."},
};

static const reseal__endpoint endpoints[] = {
    {"production", "https://api.yoursrs.com"}, {"ote", "https://api.yoursrs-ote.com"}, {NULL, NULL}};

static const reseal__json_envelope envelope = {
    .word = "type",
    .message = "message",
    .violations = "violations",
    .field = "field",
    .property = "property",
    .header = "X-Process-Id",
    .header_name = "processId",
};

const reseal__provider reseal__realtimeregister = {
    .name = "realtimeregister",
    .wire = RESEAL__JSON,
    .json = &envelope,
    .base_suffix = "/v2",
    .auth_scheme = "ApiKey",
    .throttle_status = 429,
    .endpoints = endpoints,
    .settings = {RESEAL__LIST(settings)},
    .methods = {RESEAL__LIST(methods)},
    .errors = {.items = reseal__realtimeregister_errors, .count = RESEAL__REALTIMEREGISTER_ERROR_TABLES},
};
