/*
 * Namecheap, `namecheap.ssl.*`: https://www.namecheap.com/support/api/methods/ssl/
 * One URL; the parameter Command names the method. Requests are forms, answers XML. Errors: namecheap_errors.c.
 */
#include "providers/namecheap.h"

#include "codec/formats.h"

/* Catalogue. Names are matched by the service in any letter case; it adds new ones, so all lists but one are open. */

static const char *const ssl_types[] = {
    /* https://www.namecheap.com/support/api/methods/ssl/renew/ */
    "PositiveSSL", "EssentialSSL", "InstantSSL", "InstantSSL Pro", "PremiumSSL", "EV SSL", "PositiveSSL Wildcard",
    "EssentialSSL Wildcard", "PremiumSSL Wildcard", "PositiveSSL Multi Domain", "Multi Domain SSL",
    "Unified Communications", "EV Multi Domain SSL",
    /* from 11 July 2026 */
    "Standard SSL", "High Assurance SSL", "Standard Wildcard SSL", "OV Wildcard SSL", "SAN Certificate",
    "OV Multi-domain SSL", "EV Multi-Domain SSL",
    /* of the older pages; most are discontinued (2011301) */
    "QuickSSL", "QuickSSL Premium", "RapidSSL", "RapidSSL Wildcard", "True BusinessID", "True BusinessID Wildcard",
    "True BusinessID with EV", "True BusinessID Multi Domain", "True BusinessID with EV Multi Domain", "Secure Site",
    "Secure Site Pro", "Secure Site with EV", "Secure Site Pro with EV", "EV SSL SGC", "SSL123", "SSL Web Server",
    "SGC Supercert", "SGC Super Certs", "SSL Webserver EV", "PositiveSSL Free"};
static const reseal__values ssl_type_values = {RESEAL__LIST(ssl_types), .open = true, .any_case = true};

/* The first 28 are those of the older page, in its order. */
static const char *const server_types[] = {
    "apacheopenssl", "apachessl",       "apacheraven",  "apachessleay", "c2net",    "ibmhttp",
    "iplanet",       "domino",          "dominogo4625", "dominogo4626", "netscape", "zeusv3",
    "apache2",       "apacheapachessl", "cobaltseries", "cpanel",       "ensim",    "hsphere",
    "ipswitch",      "plesk",           "tomcat",       "weblogic",     "website",  "webstar",
    "iis",           "other",           "iis4",         "iis5",         "nginx"};
static const reseal__values server_type_values = {RESEAL__LIST(server_types), .open = true, .any_case = true};
static const reseal__values classic_server_type_values = {
    .items = server_types, .count = sizeof server_types / sizeof server_types[0] - 1, .any_case = true};

static const char *const list_types[] = {"ALL",        "Processing",  "EmailSent",   "TechnicalProblem",
                                         "InProgress", "Completed",   "Deactivated", "Active",
                                         "Cancelled",  "NewPurchase", "NewRenewal"};
static const reseal__values list_type_values = {RESEAL__LIST(list_types), .open = true, .any_case = true};

static const char *const sort_orders[] = {"PURCHASEDATE",   "PURCHASEDATE_DESC",   "SSLTYPE",   "SSLTYPE_DESC",
                                          "EXPIREDATETIME", "EXPIREDATETIME_DESC", "Host_Name", "Host_Name_DESC"};
static const reseal__values sort_order_values = {RESEAL__LIST(sort_orders), .open = true, .any_case = true};

static const char *const return_types[] = {"Individual", "PKCS7"};
static const reseal__values return_type_values = {RESEAL__LIST(return_types), .any_case = true};

/* Results that several methods share. */

static const reseal__field http_dcv_names[] = {
    {.name = "domain",
     .type = RESEAL__TEXT,
     .doc = "The name to be validated; absent in answers without a DNS element."},
    {.name = "FileName", .type = RESEAL__TEXT, .doc = "File under http://<name>/.well-known/pki-validation/."},
    {.name = "FileContent", .type = RESEAL__TEXT, .doc = "What the file must hold, exactly."},
};
static const reseal__field http_dcv[] = {
    {.name = "ValueAvailable", .type = RESEAL__TRUTH, .doc = "Whether any name is validated by file."},
    {.name = "DNS", .type = RESEAL__RECORDS, .fields = {RESEAL__LIST(http_dcv_names)}, .doc = "One entry per name."},
};
static const reseal__field dns_dcv_names[] = {
    {.name = "domain",
     .type = RESEAL__TEXT,
     .doc = "The name to be validated; absent in answers without a DNS element."},
    {.name = "HostName", .type = RESEAL__TEXT, .doc = "The CNAME's full name, zone included."},
    {.name = "Target", .type = RESEAL__TEXT, .doc = "What the CNAME points to."},
};
static const reseal__field dns_dcv[] = {
    {.name = "ValueAvailable", .type = RESEAL__TRUTH, .doc = "Whether any name is validated by CNAME."},
    {.name = "DNS", .type = RESEAL__RECORDS, .fields = {RESEAL__LIST(dns_dcv_names)}, .doc = "One entry per name."},
};

/* renew */

static const reseal__param renew_params[] = {
    {.name = "CertificateID",
     .type = RESEAL__INTEGER,
     .required = true,
     .max = 9,
     .low = 1,
     .high = 999999999,
     .codes = {.missing = 2010294, .invalid = 2011294, .too_long = 2013294},
     .doc = "The certificate to be renewed."},
    {.name = "Years",
     .type = RESEAL__INTEGER,
     .required = true,
     .max = 1,
     .low = 1,
     .high = 5,
     .codes = {.missing = 2010167, .invalid = 2011167, .too_long = 2013167},
     .doc = "Years that the renewal is bought for. Products allow fewer than 5 today."},
    {.name = "SSLType",
     .type = RESEAL__STRING,
     .required = true,
     .max = 50,
     .values = &ssl_type_values,
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
     .required = true,
     .doc = "The new certificate, still to be activated."},
    {.name = "SSLType", .type = RESEAL__TEXT, .doc = "The product that was bought."},
    {.name = "Years", .type = RESEAL__WHOLE, .doc = "Years that the renewal is valid for once issued."},
    {.name = "OrderId", .type = RESEAL__WHOLE, .doc = "The renewal order."},
    {.name = "TransactionId", .type = RESEAL__WHOLE, .doc = "The payment."},
    {.name = "ChargedAmount", .type = RESEAL__MONEY, .doc = "What was charged, as the exact decimal string, in USD."},
};
static const char *const renew_elements[] = {"SSLRenewResult", NULL};
static const reseal__method renew = {
    .name = "renew",
    .command = "namecheap.ssl.renew",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_PURCHASE,
    .doc = "Buys a renewal of an active certificate, from 90 days before to 180 days after its end. Charges at once.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/renew/",
    .checked = "2026-11-23",
    .elements = renew_elements,
    .params = {RESEAL__LIST(renew_params)},
    .result = {RESEAL__LIST(renew_result)},
};

/* reissue, edition "current" */

#define REISSUE_TEXT(field, most, long_code, text) \
  { .name = field, .type = RESEAL__STRING, .max = most, .codes = {.too_long = long_code}, .doc = text }

static const reseal__param reissue_params[] = {
    {.name = "CertificateID",
     .type = RESEAL__INTEGER,
     .required = true,
     .max = 10,
     .low = 1,
     .high = INT64_C(9999999999),
     .codes = {.missing = 2010294, .invalid = 2011294, .too_long = 2013294},
     .doc = "The active certificate to be reissued."},
    {.name = "CSR",
     .type = RESEAL__STRING,
     .required = true,
     .max = 32767,
     .format = &reseal__format_csr,
     .codes = {.missing = 2010296, .invalid = 2011296, .too_long = 2013296},
     .doc = "Certificate signing request, PEM."},
    {.name = "AdminEmailAddress",
     .type = RESEAL__STRING,
     .max = 255,
     .format = &reseal__format_address,
     .codes = {.missing = 2010214, .invalid = 2011214, .too_long = 2013214},
     .doc = "Where the issued file is mailed; without it the certificate comes by getInfo only."},
    {.name = "WebServerType",
     .type = RESEAL__STRING,
     .max = 50,
     .values = &server_type_values,
     .codes = {.missing = 2010297, .invalid = 2011297, .too_long = 2013297},
     .doc = "Server software; decides the form of the mailed file."},
    {.name = "UniqueValue",
     .type = RESEAL__STRING,
     .max = 20,
     .doc = "Unique value of this request, part of the DCV values; made by the provider if absent."},
    {.name = "ApproverEmail",
     .type = RESEAL__STRING,
     .max = 255,
     .format = &reseal__format_approver,
     .codes = {.missing = 2010295, .invalid = 2011295, .too_long = 2013295},
     .doc = "DCV of the CSR's name: an approver's address, or HTTPCSRHASH / CNAMECSRHASH (multi-domain products)."},
    {.name = "HTTPDCValidation",
     .type = RESEAL__BOOLEAN,
     .codes = {.invalid = 2013900},
     .doc = "DCV of all names by a file served over HTTP; not for wildcard names."},
    {.name = "DNSDCValidation",
     .type = RESEAL__BOOLEAN,
     .codes = {.invalid = 2013900},
     .doc = "DCV of all names by a CNAME record."},
    {.name = "DNSNames",
     .type = RESEAL__LIST_OF,
     .item = RESEAL__STRING,
     .separator = ",",
     .max = 32767,
     .doc = "Further names (multi-domain products): a list, or one string with commas."},
    {.name = "DNSApproverEmails",
     .type = RESEAL__LIST_OF,
     .item = RESEAL__STRING,
     .separator = ",",
     .max = 32767,
     .format = &reseal__format_approver,
     .codes = {.missing = 2010295, .invalid = 3011295},
     .doc = "DCV of each of DNSNames in the same order: an address, HTTPCSRHASH or CNAMECSRHASH."},
    REISSUE_TEXT("AdminOrganizationName", 255, 2013201, "OV, EV: organization, if not the CSR's."),
    REISSUE_TEXT("OrganizationDepartment", 255, 2013900, "OV, EV: department."),
    {.name = "AdminCountry",
     .type = RESEAL__STRING,
     .min = 2,
     .max = 2,
     .format = &reseal__format_country,
     .codes = {.missing = 2010326, .invalid = 4011297, .too_long = 2013211},
     .doc = "OV, EV (there required): country, ISO 3166-1 alpha-2."},
    REISSUE_TEXT("AdminStateProvince", 255, 2013208, "OV, EV (there required): state or province."),
    REISSUE_TEXT("AdminCity", 255, 2013207, "OV, EV (there required): city."),
    REISSUE_TEXT("AdminAddress1", 255, 2013900, "OV, EV (there required): street and number."),
    REISSUE_TEXT("AdminAddress2", 255, 2013900, "OV, EV: second line of the address."),
    REISSUE_TEXT("AdminPostalCode", 255, 2013210, "OV, EV (there required): postal code."),
    {.name = "AdminPhone",
     .type = RESEAL__STRING,
     .max = 32,
     .format = &reseal__format_phone,
     .codes = {.invalid = 2011212, .too_long = 2013212},
     .doc = "OV, EV: telephone, +NNN.NNNNNNNNNN."},
    {.name = "OrganizationDUNS",
     .type = RESEAL__STRING,
     .max = 20,
     .format = &reseal__format_digits,
     .codes = {.invalid = 4011900, .too_long = 2013900},
     .doc = "OV, EV: D-U-N-S number, digits as a string."},
    {.name = "CompanyIncorporationCountry",
     .type = RESEAL__STRING,
     .min = 2,
     .max = 2,
     .format = &reseal__format_country,
     .codes = {.missing = 2010667, .invalid = 4011297, .too_long = 2013667},
     .doc = "EV (there required): country of incorporation, ISO 3166-1 alpha-2."},
    REISSUE_TEXT("CompanyIncorporationStateProvince", 255, 2013900, "EV: state or province of incorporation."),
    REISSUE_TEXT("CompanyIncorporationLocality", 100, 2013900, "EV: place of incorporation."),
    {.name = "CompanyIncorporationDate",
     .type = RESEAL__STRING,
     .max = 100,
     .format = &reseal__format_date,
     .codes = {.invalid = 2011668, .too_long = 2013900},
     .doc = "EV: date of incorporation, YYYY-MM-DD."},
    REISSUE_TEXT("CompanyDBA", 100, 2013900, "EV: name the company does business as."),
    REISSUE_TEXT("CompanyRegistrationNumber", 100, 2013900, "EV: registration number."),
    REISSUE_TEXT("OrganizationRepFirstName", 60, 2013374, "OV: representative's first name."),
    REISSUE_TEXT("OrganizationRepLastName", 60, 2013375, "OV: representative's last name."),
    REISSUE_TEXT("OrganizationRepTitle", 60, 2013376, "OV: representative's title."),
    {.name = "OrganizationRepPhone",
     .type = RESEAL__STRING,
     .max = 255,
     .format = &reseal__format_phone,
     .codes = {.invalid = 2011388, .too_long = 2011388},
     .doc = "OV: representative's telephone, +NNN.NNNNNNNNNN."},
    {.name = "OrganizationRepEmailAddress",
     .type = RESEAL__STRING,
     .max = 128,
     .format = &reseal__format_address,
     .codes = {.invalid = 2013372, .too_long = 2013372},
     .doc = "OV: representative's e-mail address."},
};
static const reseal__rule reissue_rules[] = {
    {.kind = RESEAL__ONE_OF,
     .names = {"ApproverEmail", "HTTPDCValidation", "DNSDCValidation"},
     .codes = {.missing = 2010295, .conflict = 2011784},
     .doc = "Domain control is proved in one way: by e-mail (or per name), by file, or by CNAME."},
    {.kind = RESEAL__TOGETHER,
     .names = {"DNSNames", "DNSApproverEmails"},
     .codes = {.missing = 2010295},
     .doc = "Each further name needs its approver."},
    {.kind = RESEAL__TOGETHER,
     .names = {"DNSApproverEmails", "DNSNames"},
     .codes = {.missing = 2010767},
     .doc = "Approvers belong to further names."},
    {.kind = RESEAL__SAME_COUNT,
     .names = {"DNSNames", "DNSApproverEmails"},
     .codes = {.conflict = 2010767},
     .doc = "As many approvers as further names, in the same order."},
};
static const reseal__field reissue_result[] = {
    {.name = "ID",
     .type = RESEAL__WHOLE,
     .required = true,
     .doc = "The new certificate: it replaces the old one when issued."},
    {.name = "IsSuccess", .type = RESEAL__TRUTH, .doc = "Always true here: false is an error."},
    {.name = "HttpDCValidation", .type = RESEAL__RECORD, .fields = {RESEAL__LIST(http_dcv)}, .doc = "Files to serve."},
    {.name = "DNSDCValidation",
     .type = RESEAL__RECORD,
     .fields = {RESEAL__LIST(dns_dcv)},
     .doc = "CNAME records to set."},
};
/* The older page prints SSLActivateResult; the service sends SSLReissueResult. */
static const char *const reissue_elements[] = {"SSLReissueResult", "SSLActivateResult", NULL};
static const reseal__method reissue = {
    .name = "reissue",
    .command = "namecheap.ssl.reissue",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_CHANGE,
    .edition = "current",
    .doc = "Makes a new version of an active certificate, with a new id, from a new CSR.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/reissue/ (parameters as on .../ssl/activate/)",
    .checked = "2026-11-23",
    .quirks = RESEAL__QUIRK_UNWRAPPED_DCV,
    .elements = reissue_elements,
    .params = {RESEAL__LIST(reissue_params)},
    .rules = {RESEAL__LIST(reissue_rules)},
    .result = {RESEAL__LIST(reissue_result)},
};

/* reissue, edition "classic" */

#define CLASSIC_TEXT(field, most, is_required, text) \
  { .name = field, .type = RESEAL__STRING, .max = most, .required = is_required, .doc = text }

static const reseal__param classic_reissue_params[] = {
    {.name = "CertificateID",
     .type = RESEAL__INTEGER,
     .required = true,
     .max = 10,
     .low = 1,
     .high = INT64_C(9999999999),
     .codes = {.invalid = 2011294},
     .doc = "The certificate to be reissued."},
    {.name = "ApproverEmail",
     .type = RESEAL__STRING,
     .required = true,
     .max = 255,
     .format = &reseal__format_address,
     .codes = {.invalid = 3011295},
     .doc = "An address of the approver e-mail list."},
    {.name = "csr",
     .type = RESEAL__STRING,
     .required = true,
     .max = 2000,
     .format = &reseal__format_csr,
     .codes = {.invalid = 3011296},
     .doc = "Certificate signing request, PEM."},
    {.name = "WebServerType",
     .type = RESEAL__STRING,
     .required = true,
     .max = 50,
     .values = &classic_server_type_values,
     .codes = {.missing = 2010297, .invalid = 2011297},
     .doc = "Server software of the CSR."},
    CLASSIC_TEXT("AdminOrganizationName", 255, false, "Administrator's organization."),
    CLASSIC_TEXT("AdminJobTitle", 255, false, "Administrator's job title."),
    CLASSIC_TEXT("AdminFirstName", 70, true, "Administrator's first name."),
    CLASSIC_TEXT("AdminLastName", 70, true, "Administrator's second name."),
    CLASSIC_TEXT("AdminAddress1", 255, true, "Administrator's address, first line."),
    CLASSIC_TEXT("AdminAddress2", 255, false, "Administrator's address, second line."),
    CLASSIC_TEXT("AdminCity", 255, true, "Administrator's city."),
    CLASSIC_TEXT("AdminStateProvince", 255, true, "Administrator's state or province."),
    CLASSIC_TEXT("AdminStateProvinceChoice", 255, false, "Administrator's choice of state or province."),
    CLASSIC_TEXT("AdminPostalCode", 255, true, "Administrator's postal code."),
    CLASSIC_TEXT("AdminCountry", 255, true, "Administrator's country."),
    {.name = "AdminPhone",
     .type = RESEAL__STRING,
     .required = true,
     .max = 255,
     .format = &reseal__format_phone,
     .doc = "Administrator's telephone, +NNN.NNNNNNNNNN."},
    CLASSIC_TEXT("AdminPhoneExt", 10, false, "Administrator's telephone extension."),
    {.name = "AdminFax",
     .type = RESEAL__STRING,
     .max = 255,
     .format = &reseal__format_phone,
     .doc = "Administrator's fax, +NNN.NNNNNNNNNN."},
    {.name = "AdminEmailAddress",
     .type = RESEAL__STRING,
     .required = true,
     .max = 255,
     .format = &reseal__format_address,
     .doc = "Administrator's e-mail address."},
};
static const reseal__method classic_reissue = {
    .name = "reissue",
    .command = "namecheap.ssl.reissue",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_CHANGE,
    .edition = "classic",
    .doc = "Makes a new version of a certificate, by the rules of the older page (2011 to 2017).",
    .source = "https://www.namecheap.com/support/api/ssl/namecheap.ssl.reissue.aspx",
    .checked = "2026-11-23",
    .quirks = RESEAL__QUIRK_UNWRAPPED_DCV,
    .elements = reissue_elements,
    .params = {RESEAL__LIST(classic_reissue_params)},
    .result = {RESEAL__LIST(reissue_result)},
};

/* getInfo */

static const reseal__param get_info_params[] = {
    {.name = "CertificateID",
     .type = RESEAL__INTEGER,
     .required = true,
     .max = 10,
     .low = 1,
     .high = INT64_C(9999999999),
     .codes = {.invalid = 2011294},
     .doc = "The certificate."},
    {.name = "Returncertificate", .type = RESEAL__BOOLEAN, .doc = "true: the answer holds the certificate itself."},
    {.name = "Returntype",
     .type = RESEAL__STRING,
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
    {.name = "Certificate", .type = RESEAL__PEM, .doc = "PEM."},
};
static const reseal__field certificates[] = {
    {.name = "CertificateReturned", .type = RESEAL__TRUTH, .doc = "Whether the certificate is in the answer."},
    {.name = "ReturnType", .type = RESEAL__TEXT, .doc = "INDIVIDUAL or PKCS7."},
    {.name = "Certificate", .type = RESEAL__PEM, .doc = "The certificate, PEM; with PKCS7 the whole bundle."},
    {.name = "CaCertificates",
     .type = RESEAL__RECORDS,
     .wrapped = "Certificate",
     .fields = {RESEAL__LIST(ca_certificate)},
     .doc = "The chain."},
};
static const reseal__field certificate_details[] = {
    {.name = "CSR", .type = RESEAL__PEM, .doc = "The signing request."},
    {.name = "ApproverEmail", .type = RESEAL__TEXT, .doc = "How domain control is proved."},
    {.name = "CommonName", .type = RESEAL__TEXT, .doc = "The certificate's name."},
    {.name = "AdministratorName", .type = RESEAL__TEXT, .doc = "Administrator."},
    {.name = "AdministratorEmail", .type = RESEAL__TEXT, .doc = "Administrator's address."},
    {.name = "Certificates",
     .type = RESEAL__RECORD,
     .fields = {RESEAL__LIST(certificates)},
     .doc = "The certificates."},
};
static const reseal__field provider_details[] = {
    {.name = "OrderID", .type = RESEAL__TEXT, .doc = "The certificate authority's order, as text."},
    {.name = "Name", .type = RESEAL__TEXT, .doc = "The certificate authority, such as COMODO."},
};
static const reseal__field get_info_result[] = {
    {.name = "Status",
     .type = RESEAL__TEXT,
     .required = true,
     .doc = "Such as active, purchased, newrenewal, replaced; in any case."},
    {.name = "StatusDescription", .type = RESEAL__TEXT, .doc = "The status in words."},
    {.name = "Type", .type = RESEAL__TEXT, .doc = "Product name, often in lower case."},
    {.name = "IssuedOn", .type = RESEAL__TEXT, .doc = "MM/DD/YYYY, not always with leading zeros; may be empty."},
    {.name = "Years", .type = RESEAL__WHOLE, .doc = "Years bought."},
    {.name = "Expires", .type = RESEAL__TEXT, .doc = "MM/DD/YYYY, not always with leading zeros; may be empty."},
    {.name = "ActivationExpireDate", .type = RESEAL__TEXT, .doc = "Until when it must be activated."},
    {.name = "OrderId", .type = RESEAL__WHOLE, .doc = "Namecheap's order."},
    {.name = "ReplacedBy", .type = RESEAL__WHOLE, .doc = "The certificate that a reissue put in its place."},
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
static const reseal__method get_info = {
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
    {.name = "CertificateID", .type = RESEAL__WHOLE, .doc = "The certificate."},
    {.name = "HostName", .type = RESEAL__TEXT, .doc = "Its name; empty before activation."},
    {.name = "SSLType", .type = RESEAL__TEXT, .doc = "Product name, often in lower case."},
    {.name = "PurchaseDate", .type = RESEAL__TEXT, .doc = "MM/DD/YYYY."},
    {.name = "ExpireDate", .type = RESEAL__TEXT, .doc = "MM/DD/YYYY; may be empty."},
    {.name = "ActivationExpireDate", .type = RESEAL__TEXT, .doc = "MM/DD/YYYY; may be empty."},
    {.name = "IsExpiredYN", .type = RESEAL__TRUTH, .doc = "Whether it has ended."},
    {.name = "Status", .type = RESEAL__TEXT, .doc = "As in getInfo."},
    {.name = "ProviderOrderID",
     .type = RESEAL__TEXT,
     .doc = "The authority's order; a reissue shares its predecessor's."},
    {.name = "Years", .type = RESEAL__WHOLE, .doc = "Years bought."},
};
static const reseal__field paging[] = {
    {.name = "TotalItems", .type = RESEAL__WHOLE, .doc = "Certificates in all pages."},
    {.name = "CurrentPage", .type = RESEAL__WHOLE, .doc = "This page."},
    {.name = "PageSize", .type = RESEAL__WHOLE, .doc = "Certificates per page."},
};
static const reseal__field get_list_result[] = {
    {.name = "SSL",
     .type = RESEAL__RECORDS,
     .fields = {RESEAL__LIST(list_rows)},
     .doc = "The certificates of this page."},
    {.name = "Paging",
     .type = RESEAL__RECORD,
     .fields = {RESEAL__LIST(paging)},
     .doc = "Where in the list this page is."},
};
static const char *const get_list_elements[] = {"SSLListResult", NULL};
static const reseal__method get_list = {
    .name = "getList",
    .command = "namecheap.ssl.getList",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Lists the account's certificates, one page a call.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/get-list/",
    .checked = "2026-11-23",
    .elements = get_list_elements,
    .params = {RESEAL__LIST(get_list_params)},
    .result = {RESEAL__LIST(get_list_result)},
};

/* The provider. */

static const reseal__method *const methods[] = {&renew, &reissue, &classic_reissue, &get_info, &get_list};

static const char *const editions[] = {"current", "classic", NULL};
static const char *const booleans[] = {"true", "false", NULL};

/* In the order in which the printed examples send them. */
static const reseal__setting settings[] = {
    {.name = "api_user",
     .wire = "ApiUser",
     .required = true,
     .max = 20,
     .format = &reseal__format_printable,
     .doc = "Account that owns the API key."},
    {.name = "api_key",
     .wire = "ApiKey",
     .required = true,
     .secret = true,
     .max = 50,
     .format = &reseal__format_printable,
     .doc = "The API key."},
    {.name = "user_name",
     .wire = "UserName",
     .command_next = true,
     .required = true,
     .fallback = "api_user",
     .max = 20,
     .format = &reseal__format_printable,
     .doc = "Account that is acted on; default api_user."},
    {.name = "client_ip",
     .wire = "ClientIp",
     .required = true,
     .max = 15,
     .format = &reseal__format_ipv4,
     .doc = "IPv4 address of the machine that calls; it must be on the account's list of allowed addresses."},
    {.name = "endpoint", .initial = "production", .doc = "production, sandbox, or a URL (http to this machine only)."},
    {.name = "edition",
     .initial = "current",
     .values = editions,
     .doc = "current, or classic: the rules of the older reissue page."},
    {.name = "strict",
     .initial = "false",
     .values = booleans,
     .doc = "true: product names and server types that no page lists are refused."},
};

static const reseal__endpoint endpoints[] = {
    {"production", "https://api.namecheap.com"}, {"sandbox", "https://api.sandbox.namecheap.com"}, {NULL, NULL}};

static const reseal__meta meta[] = {{"Server", "server"},
                                    {"ExecutionTime", "execution_time"},
                                    {"GMTTimeDifference", "gmt_time_difference"},
                                    {"RequestedCommand", "command"},
                                    {NULL, NULL}};

static const reseal__xml_envelope envelope = {
    .root = "ApiResponse",
    .status = "Status",
    .ok = "OK",
    .errors = "Errors",
    .error = "Error",
    .number = "Number",
    .warnings = "Warnings",
    .response = "CommandResponse",
    .success = "IsSuccess",
    .meta = meta,
};

const reseal__provider reseal__namecheap = {
    .name = "namecheap",
    .wire = RESEAL__XML,
    .xml = &envelope,
    .any_case = true,
    .base_suffix = "/xml.response",
    .throttle_status = 405,
    .endpoints = endpoints,
    .settings = {RESEAL__LIST(settings)},
    .methods = {RESEAL__LIST(methods)},
    .errors = {.items = reseal__namecheap_errors, .count = RESEAL__NAMECHEAP_ERROR_TABLES},
    .layers = reseal__namecheap_layers,
    .kinds = reseal__namecheap_kinds,
    .topics = reseal__namecheap_topics,
};
