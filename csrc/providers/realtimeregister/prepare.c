/* Realtime Register: what is asked before an order. */
#include "providers/realtimeregister/provider.h"

/* dcvEmailAddressList */

static const reseal__param addresses_params[] = {
    {.name = "domainName",
     .type = RESEAL__STRING,
     .place = RESEAL__IN_PATH,
     .required = true,
     .min = 3,
     .max = 255,
     .format = &reseal__format_host,
     .doc = "The domain, without wildcard."},
    {.name = "product",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_PRODUCT,
     .place = RESEAL__IN_QUERY,
     .min = 1,
     .doc = "Product identifier."},
};
const reseal__method reseal__realtimeregister_dcv_email_address_list = {
    .name = "dcvEmailAddressList",
    .verb = "GET",
    .path = "/v2/ssl/dcvemailaddresslist/{domainName}",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Lists the addresses that may approve a certificate for a domain. The result is a list of strings.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/dcvemailaddresslist",
    .checked = "2026-11-23",
    .answer = RESEAL__ANSWER_LIST,
    .params = {RESEAL__LIST(addresses_params)},
};

/* products, product */

static const reseal__field product_result[] = {
    {.name = "product",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_PRODUCT,
     .required = true,
     .doc = "Product identifier."},
    {.name = "brand", .type = RESEAL__TEXT, .doc = "Such as Sectigo."},
    {.name = "name", .type = RESEAL__TEXT, .doc = "Name for people."},
    {.name = "validationType",
     .type = RESEAL__TEXT,
     .doc = "DOMAIN_VALIDATION, ORGANIZATION_VALIDATION or EXTENDED_VALIDATION."},
    {.name = "certificateType",
     .type = RESEAL__TEXT,
     .doc = "SINGLE_DOMAIN, MULTI_DOMAIN, WILDCARD or ACME_SUBSCRIPTION."},
    {.name = "features",
     .type = RESEAL__TEXTS,
     .doc = "REISSUE, WILDCARD, WWW_INCLUDED, NON_WWW_INCLUDED, OCSP_MUST_STAPLE."},
    {.name = "requiredFields", .type = RESEAL__TEXTS, .doc = "What an order must have on top of its syntax."},
    {.name = "optionalFields", .type = RESEAL__TEXTS, .doc = "What an order may have."},
    {.name = "periods", .type = RESEAL__WHOLES, .doc = "Months that can be ordered."},
    {.name = "warranty", .type = RESEAL__WHOLE, .doc = "Warranty."},
    {.name = "issueTime", .type = RESEAL__TEXT, .doc = "For people, such as 15-30 minutes."},
    {.name = "renewalWindow", .type = RESEAL__WHOLE, .doc = "Days before the end in which it can be renewed."},
    {.name = "includedDomains", .type = RESEAL__WHOLE, .doc = "Names in the price."},
    {.name = "maxDomains", .type = RESEAL__WHOLE, .doc = "Most names."},
    {.name = "renewFrom", .type = RESEAL__TEXTS, .doc = "Products that can be renewed to this one."},
};
static const char *const product_filters[] = {
    "product", "brand",    "name",      "validationType", "certificateType", "features",
    "periods", "warranty", "issueTime", "renewalWindow",  "includedDomains", "maxDomains"};
static const reseal__param products_params[] = {RESEAL__RTR_LISTING};
static const reseal__rule products_rules[] = {RESEAL__RTR_LISTING_RULE};
static const reseal__field products_result[] = {RESEAL__RTR_LISTED(RESEAL__ROLE_NONE, product_result, "Products.")};
const reseal__method reseal__realtimeregister_products = {
    .name = "products",
    .verb = "GET",
    .path = "/v2/ssl/products",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Lists the products that can be ordered.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/products/list",
    .checked = "2026-11-23",
    .paging = &reseal__realtimeregister_paging,
    .filters = {RESEAL__LIST(product_filters)},
    .params = {RESEAL__LIST(products_params)},
    .rules = {RESEAL__LIST(products_rules)},
    .result = {RESEAL__LIST(products_result)},
};

static const reseal__param product_params[] = {
    {.name = "product",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_PRODUCT,
     .place = RESEAL__IN_PATH,
     .required = true,
     .min = 1,
     .format = &reseal__format_segment,
     .doc = "Product identifier."},
    RESEAL__RTR_FIELDS,
};
const reseal__method reseal__realtimeregister_product = {
    .name = "product",
    .verb = "GET",
    .path = "/v2/ssl/products/{product}",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Tells what a product needs and offers.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/products/get",
    .checked = "2026-11-23",
    .params = {RESEAL__LIST(product_params)},
    .result = {RESEAL__LIST(product_result)},
};

/* decodeCsr, authKey */

static const reseal__param decode_csr_params[] = {RESEAL__RTR_CSR(true)};
static const reseal__field decode_csr_result[] = {
    {.name = "subject", .type = RESEAL__TEXT, .doc = "In encoding order, without blanks, such as C=NL,CN=example.com."},
    {.name = "country", .type = RESEAL__TEXT, .doc = "C."},
    {.name = "state", .type = RESEAL__TEXT, .doc = "ST."},
    {.name = "locality", .type = RESEAL__TEXT, .doc = "L."},
    {.name = "organization", .type = RESEAL__TEXT, .doc = "O."},
    {.name = "organizationalUnit", .type = RESEAL__TEXT, .doc = "OU."},
    {.name = "commonName", .type = RESEAL__TEXT, .doc = "CN."},
    {.name = "publicKeySize", .type = RESEAL__WHOLE, .doc = "Bits."},
    {.name = "publicKeyAlgorithm", .type = RESEAL__TEXT, .doc = "RSA or ECDSA."},
    {.name = "street", .type = RESEAL__TEXTS, .doc = "Address; may be empty."},
    {.name = "postalCode", .type = RESEAL__TEXT, .doc = "Postal code."},
    {.name = "postalOfficeBox", .type = RESEAL__TEXT, .doc = "Post office box; in the official TS SDK, on no page."},
    {.name = "emailAddress", .type = RESEAL__TEXT, .doc = "E-mail address."},
    {.name = "altNames", .type = RESEAL__TEXTS, .doc = "Alternative names; absent when there are none."},
    {.name = "md5", .type = RESEAL__TEXT, .doc = "Of the DER bytes, lower-case hex."},
    {.name = "sha256", .type = RESEAL__TEXT, .doc = "Of the DER bytes, lower-case hex."},
};
const reseal__method reseal__realtimeregister_decode_csr = {
    .name = "decodeCsr",
    .verb = "POST",
    .path = "/v2/ssl/decodecsr",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Reads a certificate signing request.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/decocdecsr",
    .checked = "2026-11-23",
    .params = {RESEAL__LIST(decode_csr_params)},
    .result = {RESEAL__LIST(decode_csr_result)},
};

static const reseal__param auth_key_params[] = {
    {.name = "product",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_PRODUCT,
     .required = true,
     .min = 1,
     .doc = "Product identifier."},
    RESEAL__RTR_CSR(true),
};
static const reseal__field auth_key_result[] = {
    {.name = "authKey",
     .type = RESEAL__TEXT,
     .required = true,
     .doc = "To be published as TXT of _dnsauth.<domain> (the vendor's WHMCS module: of the domain itself), or as the "
            "file fileauth.txt."},
    {.name = "validity", .type = RESEAL__TEXT, .doc = "UTC timestamp of its end."},
};
const reseal__method reseal__realtimeregister_auth_key = {
    .name = "authKey",
    .verb = "POST",
    .path = "/v2/ssl/authkey",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Makes a key that, once published, lets an order with authKey = true be issued at once.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/generate-authkey",
    .checked = "2026-11-23",
    .params = {RESEAL__LIST(auth_key_params)},
    .result = {RESEAL__LIST(auth_key_result)},
};
