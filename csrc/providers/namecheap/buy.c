/* Namecheap: what is paid for at once. */
#include "providers/namecheap/provider.h"

/* What every purchase tells of its payment. */
#define PAYMENT \
  {.name = "TransactionId", \
   .type = RESEAL__WHOLE, \
   .role = RESEAL__ROLE_PAYMENT_ID, \
   .made = RESEAL__MADE_PAYMENT, \
   .doc = "The payment."}, \
  { \
    .name = "ChargedAmount", .type = RESEAL__MONEY, .role = RESEAL__ROLE_AMOUNT, .made = RESEAL__MADE_PAYMENT, \
    .doc = "What was charged, as the exact decimal string, in USD." \
  }

/* create */

static const reseal__param create_params[] = {
    {.name = "Years",
     .type = RESEAL__INTEGER,
     .role = RESEAL__ROLE_YEARS,
     .required = true,
     .max = 1,
     .low = 1,
     .high = 5,
     .codes = {.missing = 2010167, .invalid = 2011167, .too_long = 2013167},
     .doc = "Years that the certificate is bought for. Products allow fewer than 5 today."},
    {.name = "Type",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_PRODUCT,
     .required = true,
     .max = 50,
     .values = &reseal__namecheap_ssl_types,
     .codes = {.missing = 2010298, .invalid = 2011301},
     .doc = "Product name."},
    {.name = "SANStoADD",
     .type = RESEAL__INTEGER,
     .max = 2,
     .low = 0,
     .high = 97,
     .codes = {.invalid = 2011900, .too_long = 2013900},
     .doc = "Names beyond the 3 that a multi-domain product includes; 100 in all."},
    {.name = "PromotionCode",
     .type = RESEAL__STRING,
     .max = 20,
     .codes = {.invalid = 2011170, .too_long = 2013170},
     .doc = "Promotional (coupon) code."},
};
static const reseal__field created[] = {
    {.name = "CertificateID",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_CERTIFICATE_ID,
     .required = true,
     .made = RESEAL__MADE_CERTIFICATE,
     .doc = "The new certificate, still to be activated."},
    {.name = "Created", .type = RESEAL__TEXT, .role = RESEAL__ROLE_CREATED, .doc = "MM/DD/YYYY."},
    {.name = "SSLType", .type = RESEAL__TEXT, .role = RESEAL__ROLE_PRODUCT, .doc = "The product that was bought."},
    {.name = "Years", .type = RESEAL__WHOLE, .role = RESEAL__ROLE_YEARS, .doc = "Years bought."},
    {.name = "Status", .type = RESEAL__TEXT, .role = RESEAL__ROLE_STATUS, .doc = "NewPurchase."},
};
static const reseal__field create_result[] = {
    {.name = "IsSuccess", .type = RESEAL__TRUTH, .doc = "Always true here: false is an error."},
    {.name = "OrderId",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_ORDER_ID,
     .made = RESEAL__MADE_ORDER,
     .doc = "The order."},
    PAYMENT,
    {.name = "SSLCertificate",
     .type = RESEAL__RECORD,
     .required = true,
     .fields = {RESEAL__LIST(created)},
     .doc = "What was bought."},
};
static const char *const create_elements[] = {"SSLCreateResult", NULL};
const reseal__method reseal__namecheap_create = {
    .name = "create",
    .command = "namecheap.ssl.create",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_PURCHASE,
    .edition = "current",
    .doc = "Buys a certificate, which is then to be activated. Charges at once.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/create/",
    .checked = "2026-11-23",
    .elements = create_elements,
    .params = {RESEAL__LIST(create_params)},
    .result = {RESEAL__LIST(create_result)},
};

static const reseal__param classic_create_params[] = {
    {.name = "Years",
     .type = RESEAL__INTEGER,
     .role = RESEAL__ROLE_YEARS,
     .required = true,
     .max = 2,
     .low = 1,
     .high = 10,
     .codes = {.invalid = 2015167},
     .doc = "Years that the certificate is bought for."},
    {.name = "Type",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_PRODUCT,
     .required = true,
     .max = 50,
     .values = &reseal__namecheap_ssl_types,
     .codes = {.invalid = 2011301},
     .doc = "Product name."},
    {.name = "Quantity",
     .type = RESEAL__INTEGER,
     .low = 1,
     .high = 99,
     .doc = "How many; removed from the page in November 2011."},
    {.name = "SANStoADD",
     .type = RESEAL__INTEGER,
     .max = 2,
     .low = 0,
     .high = 99,
     .doc = "Names beyond the included ones."},
    {.name = "PromotionCode",
     .type = RESEAL__STRING,
     .max = 20,
     .codes = {.invalid = 2011170},
     .doc = "Promotional (coupon) code."},
};
const reseal__method reseal__namecheap_classic_create = {
    .name = "create",
    .command = "namecheap.ssl.create",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_PURCHASE,
    .edition = "classic",
    .doc = "Buys a certificate, by the rules of the older page.",
    .source = "https://www.namecheap.com/support/api/ssl/namecheap.ssl.create.aspx (from the legacy error list and "
              "clients of its time)",
    .checked = "2026-11-23",
    .elements = create_elements,
    .params = {RESEAL__LIST(classic_create_params)},
    .result = {RESEAL__LIST(create_result)},
};

/* renew */

static const reseal__param renew_params[] = {
    {.name = "CertificateID",
     .type = RESEAL__INTEGER,
     .role = RESEAL__ROLE_CERTIFICATE_ID,
     .required = true,
     .max = 9,
     .low = 1,
     .high = 999999999,
     .codes = {.missing = 2010294, .invalid = 2011294, .too_long = 2013294},
     .doc = "The certificate to be renewed."},
    {.name = "Years",
     .type = RESEAL__INTEGER,
     .role = RESEAL__ROLE_YEARS,
     .required = true,
     .max = 1,
     .low = 1,
     .high = 5,
     .codes = {.missing = 2010167, .invalid = 2011167, .too_long = 2013167},
     .doc = "Years that the renewal is bought for. Products allow fewer than 5 today."},
    {.name = "SSLType",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_PRODUCT,
     .required = true,
     .max = 50,
     .values = &reseal__namecheap_ssl_types,
     .codes = {.missing = 2010301, .invalid = 2011301, .too_long = 2013301},
     .doc = "Product name; must be the renewed certificate's."},
    {.name = "PromotionCode",
     .type = RESEAL__STRING,
     .max = 20,
     .codes = {.invalid = 2011170, .too_long = 2013170},
     .doc = "Promotional (coupon) code."},
};
static const reseal__field renew_result[] = {
    {.name = "CertificateID",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_CERTIFICATE_ID,
     .required = true,
     .made = RESEAL__MADE_CERTIFICATE,
     .doc = "The new certificate, still to be activated."},
    {.name = "SSLType", .type = RESEAL__TEXT, .role = RESEAL__ROLE_PRODUCT, .doc = "The product that was bought."},
    {.name = "Years",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_YEARS,
     .doc = "Years that the renewal is valid for once issued."},
    {.name = "OrderId",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_ORDER_ID,
     .made = RESEAL__MADE_ORDER,
     .doc = "The renewal order."},
    PAYMENT,
};
static const char *const renew_elements[] = {"SSLRenewResult", NULL};
const reseal__method reseal__namecheap_renew = {
    .name = "renew",
    .command = "namecheap.ssl.renew",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_PURCHASE,
    .edition = "current",
    .doc = "Buys a renewal of an active certificate, from 90 days before to 180 days after its end. Charges at once.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/renew/",
    .checked = "2026-11-23",
    .elements = renew_elements,
    .params = {RESEAL__LIST(renew_params)},
    .result = {RESEAL__LIST(renew_result)},
};

static const reseal__param classic_renew_params[] = {
    RESEAL__NAMECHEAP_ID(0, 0, "The certificate to be renewed."),
    {.name = "Years",
     .type = RESEAL__INTEGER,
     .role = RESEAL__ROLE_YEARS,
     .max = 2,
     .low = 1,
     .high = 10,
     .codes = {.invalid = 2015167},
     .doc = "Years that the renewal is bought for; default 1."},
    {.name = "SSLType",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_PRODUCT,
     .required = true,
     .max = 50,
     .values = &reseal__namecheap_ssl_types,
     .codes = {.invalid = 2011301},
     .doc = "Product name; must be the renewed certificate's."},
    {.name = "PromotionCode",
     .type = RESEAL__STRING,
     .max = 20,
     .codes = {.invalid = 2011170},
     .doc = "Promotional (coupon) code."},
};
const reseal__method reseal__namecheap_classic_renew = {
    .name = "renew",
    .command = "namecheap.ssl.renew",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_PURCHASE,
    .edition = "classic",
    .doc = "Buys a renewal by the rules of the older page: of an active certificate, 30 days before its end at most.",
    .source = "https://www.namecheap.com/support/api/ssl/namecheap.ssl.renew.aspx",
    .checked = "2026-11-23",
    .elements = renew_elements,
    .params = {RESEAL__LIST(classic_renew_params)},
    .result = {RESEAL__LIST(renew_result)},
};

/* purchasemoresans */

static const reseal__param purchasemoresans_params[] = {
    RESEAL__NAMECHEAP_ID(0, 0, "A multi-domain certificate."),
    {.name = "NumberOfSANSToAdd",
     .type = RESEAL__INTEGER,
     .required = true,
     .max = 2,
     .low = 1,
     .high = 99,
     .doc = "How many further names to buy."},
};
static const reseal__field extended[] = {
    {.name = "CertificateID", .type = RESEAL__WHOLE, .role = RESEAL__ROLE_CERTIFICATE_ID, .doc = "The certificate."},
    {.name = "SSLType", .type = RESEAL__TEXT, .role = RESEAL__ROLE_PRODUCT, .doc = "Product name."},
    {.name = "Years", .type = RESEAL__WHOLE, .role = RESEAL__ROLE_YEARS, .doc = "Years bought."},
    {.name = "Status", .type = RESEAL__TEXT, .role = RESEAL__ROLE_STATUS, .doc = "Such as NEWPURCHASE."},
    {.name = "SANSCount",
     .type = RESEAL__WHOLE,
     .doc = "Further names now; whether the included ones count is not documented."},
};
static const reseal__field purchasemoresans_result[] = {
    {.name = "IsSuccess", .type = RESEAL__TRUTH, .doc = "Always true here: false is an error."},
    {.name = "OrderId",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_ORDER_ID,
     .made = RESEAL__MADE_ORDER,
     .required = true,
     .doc = "The order."},
    PAYMENT,
    {.name = "SSLCertificate",
     .type = RESEAL__RECORD,
     .fields = {RESEAL__LIST(extended)},
     .doc = "The certificate as it is now."},
};
static const char *const purchasemoresans_elements[] = {"SSLPurchaseMoreSANSResult", NULL};
const reseal__method reseal__namecheap_purchasemoresans = {
    .name = "purchasemoresans",
    .command = "namecheap.ssl.purchasemoresans",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_PURCHASE,
    .doc = "Buys further names for a multi-domain certificate. Charges at once.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/purchase-more-sans/",
    .checked = "2026-11-23",
    .elements = purchasemoresans_elements,
    .params = {RESEAL__LIST(purchasemoresans_params)},
    .result = {RESEAL__LIST(purchasemoresans_result)},
};
