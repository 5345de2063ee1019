/* Realtime Register: ACME subscriptions, next door to bought certificates. https://dm.realtimeregister.com/docs/api/ssl/acme */
#include "providers/realtimeregister/provider.h"

#define SUBSCRIPTION_ID RESEAL__RTR_ID("acmeSubscriptionId", "The subscription.")
#define SUBSCRIPTION_FIELDS \
  {.name = "domainNames", \
   .type = RESEAL__LIST_OF, \
   .item = RESEAL__STRING, \
   .min = 4, \
   .max = 255, \
   .format = &reseal__format_domain, \
   .doc = "Names that may be ordered through it."}, \
      RESEAL__RTR_TEXT("organization", 64, "Organization."), RESEAL__RTR_COUNTRY("Country, two letters."), \
      RESEAL__RTR_TEXT("state", 60, "State."), RESEAL__RTR_TEXT("address", 60, "Address."), \
      RESEAL__RTR_TEXT("postalCode", 10, "Postal code."), RESEAL__RTR_TEXT("city", 60, "City."), \
      {.name = "autoRenew", .type = RESEAL__BOOLEAN, .doc = "Renew it by itself at its end."}, RESEAL__RTR_APPROVER

static const reseal__field subscription[] = {
    {.name = "id", .type = RESEAL__WHOLE, .required = true, .doc = "The subscription."},
    {.name = "product", .type = RESEAL__TEXT, .role = RESEAL__ROLE_PRODUCT, .doc = "Product identifier."},
    {.name = "status",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_STATUS,
     .doc = "ACTIVE, SUSPENDED, REVOKED or PENDING_ORGANIZATION_VALIDATION."},
    {.name = "domainNames",
     .type = RESEAL__TEXTS,
     .role = RESEAL__ROLE_NAMES,
     .doc = "Names that may be ordered through it."},
    {.name = "organization", .type = RESEAL__TEXT, .doc = "Organization."},
    {.name = "address", .type = RESEAL__TEXT, .doc = "Address."},
    {.name = "city", .type = RESEAL__TEXT, .doc = "City."},
    {.name = "state", .type = RESEAL__TEXT, .doc = "State."},
    {.name = "postalCode", .type = RESEAL__TEXT, .doc = "Postal code."},
    {.name = "country", .type = RESEAL__TEXT, .doc = "Country, two letters."},
    {.name = "createdDate", .type = RESEAL__TEXT, .role = RESEAL__ROLE_CREATED, .doc = "UTC timestamp."},
    {.name = "updatedDate", .type = RESEAL__TEXT, .doc = "UTC timestamp."},
    {.name = "expiryDate", .type = RESEAL__TEXT, .role = RESEAL__ROLE_ORDER_ENDS, .doc = "UTC timestamp."},
    {.name = "period", .type = RESEAL__WHOLE, .role = RESEAL__ROLE_MONTHS, .doc = "Months."},
    {.name = "directoryUrl", .type = RESEAL__TEXT, .doc = "ACME directory."},
    {.name = "autoRenew", .type = RESEAL__TRUTH, .doc = "Whether it renews itself."},
    {.name = "certValidity", .type = RESEAL__WHOLE, .doc = "Days that a certificate lives; DigiCert products."},
    {.name = "approver", .type = RESEAL__RECORD, .doc = "Who approves, as given."},
    {.name = "orgValidUntil", .type = RESEAL__TEXT, .doc = "Until when the organization counts as validated."},
};
static const reseal__field created[] = {
    {.name = "id", .type = RESEAL__WHOLE, .made = RESEAL__MADE_CERTIFICATE, .doc = "The subscription."},
    {.name = "directoryUrl", .type = RESEAL__TEXT, .doc = "ACME directory."},
    {.name = "accountKey", .type = RESEAL__TEXT, .doc = "Key id for the external account binding. A secret."},
    {.name = "hmacKey", .type = RESEAL__TEXT, .doc = "Key for the external account binding. A secret."},
    {.name = "processId",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_PROCESS_ID,
     .made = RESEAL__MADE_ORDER,
     .doc = "From the header X-Process-Id, when there is one."},
    RESEAL__RTR_QUOTED,
};
static const reseal__field changed[] = {
    {.name = "processId",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_PROCESS_ID,
     .made = RESEAL__MADE_ORDER,
     .doc = "From the header X-Process-Id, when there is one."},
    RESEAL__RTR_QUOTED,
};

static const reseal__param list_params[] = {RESEAL__RTR_LISTING};
static const reseal__rule list_rules[] = {RESEAL__RTR_LISTING_RULE};
static const reseal__field list_result[] = {RESEAL__RTR_LISTED(RESEAL__ROLE_NONE, subscription, "Subscriptions.")};
static const char *const list_filters[] = {"id",          "domainNames", "product", "organization", "postalCode",
                                           "address",     "city",        "state",   "country",      "createdDate",
                                           "updatedDate", "expiryDate",  "status"};
const reseal__method reseal__realtimeregister_list_acme = {
    .name = "listAcmeSubscriptions",
    .verb = "GET",
    .path = "/v2/ssl/acme",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Lists ACME subscriptions.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/acme",
    .checked = "2026-11-23",
    .paging = &reseal__realtimeregister_paging,
    .filters = {RESEAL__LIST(list_filters)},
    .params = {RESEAL__LIST(list_params)},
    .rules = {RESEAL__LIST(list_rules)},
    .result = {RESEAL__LIST(list_result)},
};

static const reseal__param get_params[] = {SUBSCRIPTION_ID, RESEAL__RTR_FIELDS};
const reseal__method reseal__realtimeregister_get_acme = {
    .name = "getAcmeSubscription",
    .verb = "GET",
    .path = "/v2/ssl/acme/{acmeSubscriptionId}",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Gives an ACME subscription.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/acme/get",
    .checked = "2026-11-25",
    .params = {RESEAL__LIST(get_params)},
    .result = {RESEAL__LIST(subscription)},
};

static const reseal__param create_params[] = {
    RESEAL__RTR_QUOTE,
    RESEAL__RTR_CUSTOMER(RESEAL__IN_BODY),
    {.name = "product",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_PRODUCT,
     .required = true,
     .min = 1,
     .doc = "Product identifier."},
    RESEAL__RTR_PERIOD("Months."),
    SUBSCRIPTION_FIELDS,
    {.name = "certValidity",
     .type = RESEAL__INTEGER,
     .low = 47,
     .high = 200,
     .doc = "Days that a certificate lives; DigiCert products. Disputed: see the source."},
};
const reseal__method reseal__realtimeregister_create_acme = {
    .name = "createAcmeSubscription",
    .verb = "POST",
    .path = "/v2/ssl/acme",
    .effect = RESEAL_EFFECT_PURCHASE,
    .doc = "Buys an ACME subscription.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/acme/create (certValidity: there, in the TS SDK and in the "
              "specification; the PHP SDK removed it in July 2026)",
    .checked = "2026-11-25",
    .params = {RESEAL__LIST(create_params)},
    .result = {RESEAL__LIST(created)},
};

static const reseal__param update_params[] = {
    SUBSCRIPTION_ID,
    RESEAL__RTR_QUOTE,
    {.name = "period",
     .type = RESEAL__INTEGER,
     .role = RESEAL__ROLE_MONTHS,
     .low = 1,
     .high = INT64_C(9007199254740992),
     .doc = "Months."},
    SUBSCRIPTION_FIELDS,
};
const reseal__method reseal__realtimeregister_update_acme = {
    .name = "updateAcmeSubscription",
    .verb = "POST",
    .path = "/v2/ssl/acme/{acmeSubscriptionId}/update",
    .effect = RESEAL_EFFECT_PURCHASE,
    .doc = "Changes an ACME subscription; more names may cost.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/acme",
    .checked = "2026-11-23",
    .answer = RESEAL__ANSWER_EMPTY,
    .params = {RESEAL__LIST(update_params)},
    .result = {RESEAL__LIST(changed)},
};

static const reseal__param renew_params[] = {SUBSCRIPTION_ID, RESEAL__RTR_QUOTE, RESEAL__RTR_PERIOD("Months.")};
const reseal__method reseal__realtimeregister_renew_acme = {
    .name = "renewAcmeSubscription",
    .verb = "POST",
    .path = "/v2/ssl/acme/{acmeSubscriptionId}/renew",
    .effect = RESEAL_EFFECT_PURCHASE,
    .doc = "Renews an ACME subscription.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/acme",
    .checked = "2026-11-23",
    .answer = RESEAL__ANSWER_EMPTY,
    .params = {RESEAL__LIST(renew_params)},
    .result = {RESEAL__LIST(changed)},
};

static const reseal__param id_params[] = {SUBSCRIPTION_ID};
static const reseal__field credentials[] = {
    {.name = "directoryUrl", .type = RESEAL__TEXT, .doc = "ACME directory."},
    {.name = "accountKey",
     .type = RESEAL__TEXT,
     .required = true,
     .doc = "Key id for the external account binding. A secret."},
    {.name = "hmacKey",
     .type = RESEAL__TEXT,
     .required = true,
     .doc = "Key for the external account binding. A secret."},
};
const reseal__method reseal__realtimeregister_acme_credentials = {
    .name = "acmeCredentials",
    .verb = "POST",
    .path = "/v2/ssl/acme/{acmeSubscriptionId}/credentials",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Gives the credentials; brands other than Sectigo make new ones in place of the old.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/acme",
    .checked = "2026-11-23",
    .params = {RESEAL__LIST(id_params)},
    .result = {RESEAL__LIST(credentials)},
};

static const reseal__field ended[] = {
    {.name = "processId",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_PROCESS_ID,
     .doc = "From the header X-Process-Id, when there is one."},
};
const reseal__method reseal__realtimeregister_delete_acme = {
    .name = "deleteAcmeSubscription",
    .verb = "DELETE",
    .path = "/v2/ssl/acme/{acmeSubscriptionId}",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Ends an ACME subscription.",
    .source =
        "https://dm.realtimeregister.com/docs/api/ssl/acme/delete (204; the SDKs read a process id, which 202 brings)",
    .checked = "2026-11-25",
    .answer = RESEAL__ANSWER_EMPTY,
    .params = {RESEAL__LIST(id_params)},
    .result = {RESEAL__LIST(ended)},
};
