/* Realtime Register: certificates. */
#include "providers/realtimeregister/provider.h"

/* The fields of an order, in the order of the printed page; request has more between them. */
#define ORDER_NAMES \
  {.name = "domainName", \
   .type = RESEAL__STRING, \
   .min = 4, \
   .max = 255, \
   .format = &reseal__format_domain, \
   .role = RESEAL__ROLE_COMMON_NAME, \
   .doc = "Overrides the CSR's common name."}, \
      {.name = "san", \
       .type = RESEAL__LIST_OF, \
       .item = RESEAL__STRING, \
       .min = 4, \
       .max = 255, \
       .format = &reseal__format_domain, \
       .role = RESEAL__ROLE_NAMES, \
       .doc = "Overrides the CSR's alternative names; an empty list leaves the free www name out."}, \
      RESEAL__RTR_TEXT("organization", 64, "Overrides the CSR's organization."), { \
    .name = "department", .type = RESEAL__STRING, .min = 1, .max = 60, .deprecated = true, \
    .doc = "Overrides the CSR's organizational unit." \
  }
#define ORDER_ADDRESS \
  RESEAL__RTR_TEXT("state", 60, "State; the CSR's if absent."), RESEAL__RTR_TEXT("address", 60, "Address."), \
      RESEAL__RTR_TEXT("postalCode", 10, "Postal code."), RESEAL__RTR_TEXT("city", 60, "Overrides the CSR's city."), \
      RESEAL__RTR_TEXT("coc", 32, "Chamber of commerce number.")
#define ORDER_VALIDATION \
  {.name = "language", \
   .type = RESEAL__STRING, \
   .values = &reseal__realtimeregister_languages, \
   .doc = "Language of validation mails; by the country if absent."}, \
      {.name = "uniqueValue", \
       .type = RESEAL__STRING, \
       .min = 1, \
       .max = 20, \
       .format = &reseal__format_alphanumeric, \
       .doc = "Part of the DCV values; random if absent."}, \
      {.name = "authKey", .type = RESEAL__BOOLEAN, .doc = "Issue at once by a published auth key."}, \
      RESEAL__RTR_APPROVER, RESEAL__RTR_DCV(false)
#define AGREEMENT_EMAIL \
  { \
    .name = "saEmail", .type = RESEAL__STRING, .min = 6, .max = 255, .format = &reseal__format_email, \
    .doc = "Who gets the subscriber agreement." \
  }
#define BILLABLES \
  { \
    .name = "billables", .type = RESEAL__LIST_OF, .item = RESEAL__OBJECT_OF, .fields = {RESEAL__LIST(billable)}, \
    .doc = "Charges that are acknowledged; whether today's calls want them is not confirmed." \
  }

static const reseal__param billable[] = {
    {.name = "product", .type = RESEAL__STRING, .required = true, .min = 1, .doc = "What is billed."},
    {.name = "action", .type = RESEAL__STRING, .required = true, .min = 1, .doc = "Such as RENEW or EXTRA_DOMAIN."},
    {.name = "quantity", .type = RESEAL__INTEGER, .low = 1, .high = INT64_C(9007199254740992), .doc = "How many."},
};
static const reseal__rule order_rules[] = {RESEAL__RTR_DCV_RULE};
static const reseal__field order_result[] = {
    RESEAL__RTR_INFO(RESEAL__MADE_CERTIFICATE),
    {.name = "processId",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_PROCESS_ID,
     .made = RESEAL__MADE_ORDER,
     .doc = "The process that carries the order out, from the header X-Process-Id: the only handle on it."},
    RESEAL__RTR_QUOTED,
};

/* request, renew, reissue */

static const reseal__param request_params[] = {
    RESEAL__RTR_QUOTE,
    RESEAL__RTR_CUSTOMER(RESEAL__IN_BODY),
    {.name = "product",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_PRODUCT,
     .required = true,
     .min = 1,
     .doc = "Product identifier."},
    RESEAL__RTR_PERIOD("Months; one of the product's periods. More than a certificate's life is a subscription."),
    RESEAL__RTR_CSR(true),
    ORDER_NAMES,
    RESEAL__RTR_COUNTRY("Country, two letters; the CSR's if absent."),
    ORDER_ADDRESS,
    AGREEMENT_EMAIL,
    {.name = "saLanguage",
     .type = RESEAL__STRING,
     .deprecated = true,
     .values = &reseal__realtimeregister_languages,
     .doc = "Used only when language is absent."},
    ORDER_VALIDATION,
    BILLABLES,
};
const reseal__method reseal__realtimeregister_request = {
    .name = "request",
    .verb = "POST",
    .path = "/v2/ssl/certificates",
    .effect = RESEAL_EFFECT_PURCHASE,
    .doc = "Buys a certificate.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/request (the rest of its fields from the published "
              "specification)",
    .checked = "2026-11-23",
    .params = {RESEAL__LIST(request_params)},
    .rules = {RESEAL__LIST(order_rules)},
    .result = {RESEAL__LIST(order_result)},
};

static const reseal__param renew_params[] = {
    RESEAL__RTR_CERTIFICATE_ID("The certificate to be renewed."),
    RESEAL__RTR_QUOTE,
    RESEAL__RTR_PERIOD("Months; one of the product's periods."),
    RESEAL__RTR_CSR(true),
    {.name = "product",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_PRODUCT,
     .min = 1,
     .doc = "Renew to another product; default the present one."},
    ORDER_NAMES,
    ORDER_ADDRESS,
    AGREEMENT_EMAIL,
    ORDER_VALIDATION,
    BILLABLES,
};
const reseal__method reseal__realtimeregister_renew = {
    .name = "renew",
    .verb = "POST",
    .path = "/v2/ssl/certificates/{certificateId}/renew",
    .effect = RESEAL_EFFECT_PURCHASE,
    .doc = "Buys a certificate to follow one that ends within the product's renewal window.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/renew (fields from the official SDKs and the published "
              "specification; saEmail is sent by both SDKs and stands in neither)",
    .checked = "2026-11-25",
    .params = {RESEAL__LIST(renew_params)},
    .rules = {RESEAL__LIST(order_rules)},
    .result = {RESEAL__LIST(order_result)},
};

static const reseal__param reissue_params[] = {
    RESEAL__RTR_CERTIFICATE_ID("The certificate to be reissued."),
    RESEAL__RTR_QUOTE,
    RESEAL__RTR_CSR(true),
    ORDER_NAMES,
    ORDER_ADDRESS,
    ORDER_VALIDATION,
};
const reseal__method reseal__realtimeregister_reissue = {
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

/* get, list */

static const reseal__param get_params[] = {RESEAL__RTR_CERTIFICATE_ID("The certificate."), RESEAL__RTR_FIELDS};
static const reseal__field get_result[] = {
    {.name = "id",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_CERTIFICATE_ID,
     .required = true,
     .doc = "The certificate."},
    {.name = "process",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_PROCESS_ID,
     .doc = "The process that ordered it; missing in older answers."},
    {.name = "product", .type = RESEAL__TEXT, .role = RESEAL__ROLE_PRODUCT, .doc = "Product identifier."},
    {.name = "validationType",
     .type = RESEAL__TEXT,
     .doc = "DOMAIN_VALIDATION, ORGANIZATION_VALIDATION or EXTENDED_VALIDATION."},
    {.name = "certificateType",
     .type = RESEAL__TEXT,
     .doc = "SINGLE_DOMAIN, MULTI_DOMAIN, WILDCARD or ACME_SUBSCRIPTION."},
    {.name = "domainName", .type = RESEAL__TEXT, .role = RESEAL__ROLE_COMMON_NAME, .doc = "Common name."},
    {.name = "organization", .type = RESEAL__TEXT, .doc = "Organization."},
    {.name = "department", .type = RESEAL__TEXT, .doc = "Department."},
    {.name = "addressLine", .type = RESEAL__TEXTS, .doc = "Address (a list here, one string in orders)."},
    {.name = "city", .type = RESEAL__TEXT, .doc = "City."},
    {.name = "state", .type = RESEAL__TEXT, .doc = "State."},
    {.name = "postalCode", .type = RESEAL__TEXT, .doc = "Postal code."},
    {.name = "country", .type = RESEAL__TEXT, .doc = "Country, two letters."},
    {.name = "coc", .type = RESEAL__TEXT, .doc = "Chamber of commerce number."},
    {.name = "providerId",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_AUTHORITY_ORDER_ID,
     .doc = "The authority's order."},
    {.name = "startDate", .type = RESEAL__TEXT, .role = RESEAL__ROLE_CERTIFICATE_STARTS, .doc = "UTC timestamp."},
    {.name = "expiryDate",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_CERTIFICATE_ENDS,
     .doc = "The certificate's own end; UTC timestamp."},
    {.name = "subscriptionEndDate",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_ORDER_ENDS,
     .doc = "Until when it may be reissued without a new order."},
    {.name = "san", .type = RESEAL__TEXTS, .role = RESEAL__ROLE_NAMES, .doc = "Alternative names."},
    {.name = "status",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_STATUS,
     .doc = "ACTIVE, EXPIRED, REVOKED, REISSUED or RENEWED."},
    {.name = "publicKeyAlgorithm", .type = RESEAL__TEXT, .doc = "RSA or ECDSA."},
    {.name = "publicKeySize", .type = RESEAL__WHOLE, .doc = "Bits."},
    {.name = "csr", .type = RESEAL__PEM, .role = RESEAL__ROLE_CSR, .doc = "The signing request."},
    {.name = "certificate", .type = RESEAL__PEM, .role = RESEAL__ROLE_CERTIFICATE, .doc = "The certificate."},
    {.name = "contact", .type = RESEAL__TEXT, .doc = "Legacy."},
    {.name = "fingerprint", .type = RESEAL__TEXT, .doc = "SHA-256, hex digits."},
};
const reseal__method reseal__realtimeregister_get = {
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

static const char *const list_filters[] = {
    "id",           "process",    "domainName", "validationType",     "certificateType",     "product",
    "organization", "department", "providerId", "postalCode",         "addressLine",         "city",
    "state",        "country",    "startDate",  "expiryDate",         "subscriptionEndDate", "contact",
    "coc",          "san",        "status",     "publicKeyAlgorithm", "publicKeySize",       "fingerprint"};
static const reseal__param list_params[] = {RESEAL__RTR_LISTING};
static const reseal__rule list_rules[] = {RESEAL__RTR_LISTING_RULE};
static const reseal__field list_result[] = {
    RESEAL__RTR_LISTED(RESEAL__ROLE_CERTIFICATES, get_result, "Certificates, each as get gives it.")};
const reseal__method reseal__realtimeregister_list = {
    .name = "list",
    .verb = "GET",
    .path = "/v2/ssl/certificates",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Lists issued certificates.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/list",
    .checked = "2026-11-23",
    .paging = &reseal__realtimeregister_paging,
    .filters = {RESEAL__LIST(list_filters)},
    .params = {RESEAL__LIST(list_params)},
    .rules = {RESEAL__LIST(list_rules)},
    .result = {RESEAL__LIST(list_result)},
};

/* revoke, download, import */

static const reseal__field process_result[] = {
    {.name = "processId",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_PROCESS_ID,
     .made = RESEAL__MADE_ORDER,
     .doc = "From the header X-Process-Id, when there is one."},
};
static const reseal__param revoke_params[] = {
    RESEAL__RTR_CERTIFICATE_ID("The certificate to be revoked."),
    {.name = "reason",
     .type = RESEAL__STRING,
     .max = 255,
     .doc =
         "Why; free text. The specification knows five words only: UNSPECIFIED, KEY_COMPROMISE, AFFILIATION_CHANGED, "
         "SUPERSEDED, CESSATION_OF_OPERATION."},
};
const reseal__method reseal__realtimeregister_revoke = {
    .name = "revoke",
    .verb = "DELETE",
    .path = "/v2/ssl/certificates/{certificateId}",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Revokes an issued certificate.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/revoke",
    .checked = "2026-11-23",
    .answer = RESEAL__ANSWER_EMPTY,
    .params = {RESEAL__LIST(revoke_params)},
    .result = {RESEAL__LIST(process_result)},
};

static const char *const formats[] = {"CSR", "CRT", "ZIP", "PKCS7", "CA", "CA_BUNDLE"};
static const reseal__values format_values = {RESEAL__LIST(formats)};
static const reseal__param download_params[] = {
    RESEAL__RTR_CERTIFICATE_ID("The certificate."),
    {.name = "format",
     .type = RESEAL__STRING,
     .place = RESEAL__IN_QUERY,
     .values = &format_values,
     .doc = "Form of the file; default ZIP."},
};
static const reseal__field download_result[] = {
    {.name = "content", .type = RESEAL__TEXT, .doc = "The file as sent; a ZIP arrives as Base64 text."},
};
const reseal__method reseal__realtimeregister_download = {
    .name = "download",
    .verb = "GET",
    .path = "/v2/ssl/certificates/{certificateId}/download",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Gives the files of an issued certificate.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/download",
    .checked = "2026-11-23",
    .answer = RESEAL__ANSWER_BYTES,
    .params = {RESEAL__LIST(download_params)},
    .result = {RESEAL__LIST(download_result)},
};

static const reseal__param import_params[] = {
    RESEAL__RTR_CUSTOMER(RESEAL__IN_BODY),
    {.name = "certificate",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_CERTIFICATE,
     .required = true,
     .format = &reseal__format_certificate,
     .doc = "The certificate, PEM."},
    RESEAL__RTR_CSR(false),
    RESEAL__RTR_TEXT("coc", 30, "Chamber of commerce number."),
    {.name = "domainName",
     .type = RESEAL__STRING,
     .min = 4,
     .max = 255,
     .format = &reseal__format_domain,
     .doc = "Which of its names is the common name."},
};
const reseal__method reseal__realtimeregister_import = {
    .name = "import",
    .verb = "POST",
    .path = "/v2/ssl/import",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Takes in a certificate bought elsewhere, to be reminded of its end and to renew it.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/import",
    .checked = "2026-11-23",
    .answer = RESEAL__ANSWER_EMPTY,
    .params = {RESEAL__LIST(import_params)},
    .result = {RESEAL__LIST(process_result)},
};
