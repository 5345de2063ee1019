/* Namecheap: what is only looked at. */
#include "codec/formats.h"
#include "providers/namecheap/provider.h"

static const char *const list_types[] = {"ALL",        "Processing",  "EmailSent",   "TechnicalProblem",
                                         "InProgress", "Completed",   "Deactivated", "Active",
                                         "Cancelled",  "NewPurchase", "NewRenewal"};
static const reseal__values list_type_values = {RESEAL__LIST(list_types), .open = true, .any_case = true};

static const char *const sort_orders[] = {"PURCHASEDATE",   "PURCHASEDATE_DESC",   "SSLTYPE",   "SSLTYPE_DESC",
                                          "EXPIREDATETIME", "EXPIREDATETIME_DESC", "Host_Name", "Host_Name_DESC"};
static const reseal__values sort_order_values = {RESEAL__LIST(sort_orders), .open = true, .any_case = true};

static const char *const return_types[] = {"Individual", "PKCS7"};
static const reseal__values return_type_values = {RESEAL__LIST(return_types), .any_case = true};

/* getInfo */

static const reseal__param get_info_params[] = {
    RESEAL__NAMECHEAP_ID(0, 0, "The certificate."),
    {.name = "Returncertificate",
     .type = RESEAL__BOOLEAN,
     .role = RESEAL__ROLE_WITH_CERTIFICATE,
     .doc = "true: the answer holds the certificate itself."},
    {.name = "Returntype",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_CERTIFICATE_FORM,
     .max = 10,
     .values = &return_type_values,
     .doc = "Individual (PEM) or PKCS7; required with Returncertificate = true."},
};
static const reseal__rule get_info_rules[] = {
    {.kind = RESEAL__WHEN_VALUE,
     .names = {"Returncertificate", "Returntype"},
     .value = "true",
     .doc = "The form of a returned certificate must be named."},
};
static const reseal__field ca_certificate[] = {
    {.name = "Type", .type = RESEAL__TEXT, .doc = "Such as INTERMEDIATE."},
    {.name = "Certificate", .type = RESEAL__PEM, .role = RESEAL__ROLE_CHAIN, .doc = "PEM."},
};
static const reseal__field certificates[] = {
    {.name = "CertificateReturned", .type = RESEAL__TRUTH, .doc = "Whether the certificate is in the answer."},
    {.name = "ReturnType", .type = RESEAL__TEXT, .doc = "INDIVIDUAL or PKCS7."},
    {.name = "Certificate",
     .type = RESEAL__PEM,
     .role = RESEAL__ROLE_CERTIFICATE,
     .doc = "The certificate, PEM; with PKCS7 the whole bundle."},
    {.name = "CaCertificates",
     .type = RESEAL__RECORDS,
     .wrapped = "Certificate",
     .fields = {RESEAL__LIST(ca_certificate)},
     .doc = "The chain."},
};
static const reseal__field certificate_details[] = {
    {.name = "CSR", .type = RESEAL__PEM, .role = RESEAL__ROLE_CSR, .doc = "The signing request."},
    {.name = "ApproverEmail", .type = RESEAL__TEXT, .doc = "How domain control is proved."},
    {.name = "CommonName", .type = RESEAL__TEXT, .role = RESEAL__ROLE_COMMON_NAME, .doc = "The certificate's name."},
    {.name = "AdministratorName", .type = RESEAL__TEXT, .doc = "Administrator."},
    {.name = "AdministratorEmail", .type = RESEAL__TEXT, .doc = "Administrator's address."},
    {.name = "Certificates",
     .type = RESEAL__RECORD,
     .fields = {RESEAL__LIST(certificates)},
     .doc = "The certificates."},
};
static const reseal__field provider_details[] = {
    {.name = "OrderID",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_AUTHORITY_ORDER_ID,
     .doc = "The certificate authority's order, as text."},
    {.name = "Name", .type = RESEAL__TEXT, .doc = "The certificate authority, such as COMODO."},
};
static const reseal__field get_info_result[] = {
    {.name = "Status",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_STATUS,
     .required = true,
     .doc = "Such as active, purchased, newrenewal, replaced; in any case."},
    {.name = "StatusDescription",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_STATUS_DETAIL,
     .doc = "The status in words."},
    {.name = "Type", .type = RESEAL__TEXT, .role = RESEAL__ROLE_PRODUCT, .doc = "Product name, often in lower case."},
    {.name = "IssuedOn",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_CERTIFICATE_STARTS,
     .doc = "MM/DD/YYYY, not always with leading zeros; may be empty."},
    {.name = "Years", .type = RESEAL__WHOLE, .role = RESEAL__ROLE_YEARS, .doc = "Years bought."},
    {.name = "Expires",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_ORDER_ENDS,
     .doc = "The order's end: MM/DD/YYYY, not always with leading zeros; may be empty."},
    {.name = "ActivationExpireDate",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_ACTIVATE_BY,
     .doc = "Until when it must be activated."},
    {.name = "OrderId", .type = RESEAL__WHOLE, .role = RESEAL__ROLE_ORDER_ID, .doc = "Namecheap's order."},
    {.name = "ReplacedBy",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_REPLACED_BY,
     .doc = "The certificate that a reissue put in its place."},
    {.name = "SANSCount", .type = RESEAL__WHOLE, .doc = "Number of further names."},
    {.name = "CertificateDetails",
     .type = RESEAL__RECORD,
     .fields = {RESEAL__LIST(certificate_details)},
     .doc = "From activation on."},
    {.name = "Provider",
     .type = RESEAL__RECORD,
     .fields = {RESEAL__LIST(provider_details)},
     .doc = "The certificate authority."},
};
static const char *const get_info_elements[] = {"SSLGetInfoResult", NULL};
const reseal__method reseal__namecheap_get_info = {
    .name = "getInfo",
    .command = "namecheap.ssl.getInfo",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Tells a certificate's status, and gives the certificate itself once issued.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/get-info/",
    .checked = "2026-11-23",
    .elements = get_info_elements,
    .params = {RESEAL__LIST(get_info_params)},
    .rules = {RESEAL__LIST(get_info_rules)},
    .result = {RESEAL__LIST(get_info_result)},
};

/* getList */

static const reseal__param get_list_params[] = {
    {.name = "ListType",
     .type = RESEAL__STRING,
     .max = 50,
     .values = &list_type_values,
     .codes = {.invalid = 2011272},
     .doc = "Which certificates; default All."},
    {.name = "SearchTerm", .type = RESEAL__STRING, .max = 70, .doc = "Keyword to look for."},
    {.name = "Page",
     .type = RESEAL__INTEGER,
     .max = 10,
     .low = 1,
     .high = INT64_C(9999999999),
     .doc = "Page to return; default 1."},
    {.name = "PageSize",
     .type = RESEAL__INTEGER,
     .low = 10,
     .high = 100,
     .codes = {.invalid = 2013275},
     .doc = "Certificates per page; default 20."},
    {.name = "SortBy", .type = RESEAL__STRING, .max = 20, .values = &sort_order_values, .doc = "Order of the list."},
};
static const reseal__field list_rows[] = {
    {.name = "CertificateID", .type = RESEAL__WHOLE, .role = RESEAL__ROLE_CERTIFICATE_ID, .doc = "The certificate."},
    {.name = "HostName",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_COMMON_NAME,
     .doc = "Its name; empty before activation."},
    {.name = "SSLType",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_PRODUCT,
     .doc = "Product name, often in lower case."},
    {.name = "PurchaseDate", .type = RESEAL__TEXT, .role = RESEAL__ROLE_CREATED, .doc = "MM/DD/YYYY."},
    {.name = "ExpireDate",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_ORDER_ENDS,
     .doc = "The order's end: MM/DD/YYYY; may be empty."},
    {.name = "ActivationExpireDate",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_ACTIVATE_BY,
     .doc = "MM/DD/YYYY; may be empty."},
    {.name = "IsExpiredYN", .type = RESEAL__TRUTH, .role = RESEAL__ROLE_EXPIRED, .doc = "Whether it has ended."},
    {.name = "Status", .type = RESEAL__TEXT, .role = RESEAL__ROLE_STATUS, .doc = "As in getInfo."},
    {.name = "ProviderOrderID",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_AUTHORITY_ORDER_ID,
     .doc = "The authority's order; a reissue shares its predecessor's."},
    {.name = "Years", .type = RESEAL__WHOLE, .role = RESEAL__ROLE_YEARS, .doc = "Years bought."},
};
static const reseal__field paging[] = {
    {.name = "TotalItems", .type = RESEAL__WHOLE, .doc = "Certificates in all pages."},
    {.name = "CurrentPage", .type = RESEAL__WHOLE, .doc = "This page."},
    {.name = "PageSize", .type = RESEAL__WHOLE, .doc = "Certificates per page."},
};
static const reseal__field get_list_result[] = {
    {.name = "SSL",
     .type = RESEAL__RECORDS,
     .role = RESEAL__ROLE_CERTIFICATES,
     .fields = {RESEAL__LIST(list_rows)},
     .doc = "The certificates of this page."},
    {.name = "Paging",
     .type = RESEAL__RECORD,
     .fields = {RESEAL__LIST(paging)},
     .doc = "Where in the list this page is."},
};
static const reseal__paging get_list_paging = {.style = RESEAL__PAGES,
                                               .position = "Page",
                                               .size = "PageSize",
                                               .items = "SSL",
                                               .totals = "Paging",
                                               .total = "TotalItems"};
static const char *const get_list_elements[] = {"SSLListResult", NULL};
const reseal__method reseal__namecheap_get_list = {
    .name = "getList",
    .command = "namecheap.ssl.getList",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Lists the account's certificates, one page a call.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/get-list/",
    .checked = "2026-11-23",
    .paging = &get_list_paging,
    .elements = get_list_elements,
    .params = {RESEAL__LIST(get_list_params)},
    .result = {RESEAL__LIST(get_list_result)},
};

/* parseCSR */

static const reseal__param parse_csr_params[] = {
    {.name = "csr",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_CSR,
     .required = true,
     .max = 2000,
     .format = &reseal__format_csr,
     .doc = "Certificate signing request, PEM."},
    {.name = "CertificateType",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_PRODUCT,
     .max = 50,
     .values = &reseal__namecheap_ssl_types,
     .codes = {.invalid = 2011300},
     .doc = "Product name; recommended."},
};
static const reseal__field csr_details[] = {
    {.name = "CommonName", .type = RESEAL__TEXT, .doc = "CN."},
    {.name = "DomainName", .type = RESEAL__TEXT, .doc = "The domain."},
    {.name = "Country", .type = RESEAL__TEXT, .doc = "C."},
    {.name = "OrganisationUnit", .type = RESEAL__TEXT, .doc = "OU."},
    {.name = "Organisation", .type = RESEAL__TEXT, .doc = "O."},
    {.name = "ValidTrueDomain", .type = RESEAL__TRUTH, .doc = "Concerns GeoTrust only."},
    {.name = "State", .type = RESEAL__TEXT, .doc = "ST."},
    {.name = "Locality", .type = RESEAL__TEXT, .doc = "L."},
    {.name = "Email", .type = RESEAL__TEXT, .doc = "E-mail address."},
    {.name = "DNSNames", .type = RESEAL__TEXT, .doc = "Alternative names; what separates them is not documented."},
};
static const reseal__field parse_csr_result[] = {
    {.name = "CSRDetails",
     .type = RESEAL__RECORD,
     .required = true,
     .fields = {RESEAL__LIST(csr_details)},
     .doc = "What the request says."},
};
static const char *const parse_csr_elements[] = {"SSLParseCSRResult", NULL};
const reseal__method reseal__namecheap_parse_csr = {
    .name = "parseCSR",
    .command = "namecheap.ssl.parseCSR",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_READ,
    .edition = "current",
    .doc = "Reads a certificate signing request.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/parse-csr/",
    .checked = "2026-11-23",
    .elements = parse_csr_elements,
    .params = {RESEAL__LIST(parse_csr_params)},
    .result = {RESEAL__LIST(parse_csr_result)},
};

static const reseal__param classic_parse_csr_params[] = {
    {.name = "csr",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_CSR,
     .required = true,
     .max = 2000,
     .format = &reseal__format_csr,
     .doc = "Certificate signing request, PEM."},
    {.name = "CertificateType",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_PRODUCT,
     .max = 50,
     .values = &reseal__namecheap_ssl_types,
     .codes = {.invalid = 2011300},
     .doc = "Product name; recommended."},
    {.name = "HTTPDCValidation",
     .type = RESEAL__BOOLEAN,
     .doc = "true: the answer tells the file for DCV (2014 to 2017)."},
};
static const reseal__field classic_parse_csr_result[] = {
    {.name = "CSRDetails",
     .type = RESEAL__RECORD,
     .required = true,
     .fields = {RESEAL__LIST(csr_details)},
     .doc = "What the request says."},
    {.name = "HttpDCValidation",
     .type = RESEAL__RECORD,
     .fields = {RESEAL__LIST(reseal__namecheap_http_dcv)},
     .doc = "The file to serve."},
};
const reseal__method reseal__namecheap_classic_parse_csr = {
    .name = "parseCSR",
    .command = "namecheap.ssl.parseCSR",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_READ,
    .edition = "classic",
    .doc = "Reads a certificate signing request, by the rules of the older page.",
    .source = "https://www.namecheap.com/support/api/ssl/namecheap.ssl.parsecsr.aspx",
    .checked = "2026-11-23",
    .quirks = RESEAL__QUIRK_UNWRAPPED_DCV,
    .elements = parse_csr_elements,
    .params = {RESEAL__LIST(classic_parse_csr_params)},
    .result = {RESEAL__LIST(classic_parse_csr_result)},
};

/* getApproverEmailList */

static const reseal__param get_approver_email_list_params[] = {
    {.name = "DomainName",
     .type = RESEAL__STRING,
     .required = true,
     .max = 70,
     .format = &reseal__format_name,
     .codes = {.invalid = 2011166},
     .doc = "The domain."},
    {.name = "CertificateType",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_PRODUCT,
     .required = true,
     .max = 50,
     .values = &reseal__namecheap_ssl_types,
     .codes = {.invalid = 2011300},
     .doc = "Product name."},
};
static const reseal__field get_approver_email_list_result[] = {
    {.name = "Domain", .type = RESEAL__TEXT, .doc = "The domain."},
    {.name = "Domainemails", .type = RESEAL__TEXTS, .wrapped = "email", .doc = "Addresses from WHOIS; often none."},
    {.name = "Genericemails",
     .type = RESEAL__TEXTS,
     .wrapped = "email",
     .doc = "admin@, administrator@, hostmaster@, postmaster@, webmaster@."},
    {.name = "Manualemails", .type = RESEAL__TEXTS, .wrapped = "email", .doc = "Further ones; sometimes there."},
};
static const char *const get_approver_email_list_elements[] = {"GetApproverEmailListResult", NULL};
const reseal__method reseal__namecheap_get_approver_email_list = {
    .name = "getApproverEmailList",
    .command = "namecheap.ssl.getApproverEmailList",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Lists the addresses that may approve a certificate for a domain. Slow: more than 20 seconds were reported.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/get-approver-email-list/",
    .checked = "2026-11-23",
    .elements = get_approver_email_list_elements,
    .params = {RESEAL__LIST(get_approver_email_list_params)},
    .result = {RESEAL__LIST(get_approver_email_list_result)},
};
