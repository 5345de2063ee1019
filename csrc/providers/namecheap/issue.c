/* Namecheap: from a bought certificate to an issued one, and what follows. */
#include "codec/formats.h"
#include "providers/namecheap/provider.h"

/* How control of the names is to be proved. */

static const reseal__field http_dcv_names[] = {
    {.name = "domain",
     .type = RESEAL__TEXT,
     .doc = "The name to be validated; absent in answers without a DNS element."},
    {.name = "FileName", .type = RESEAL__TEXT, .doc = "File under http://<name>/.well-known/pki-validation/."},
    {.name = "FileContent", .type = RESEAL__TEXT, .doc = "What the file must hold, exactly."},
};
const reseal__field reseal__namecheap_http_dcv[2] = {
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
const reseal__field reseal__namecheap_dns_dcv[2] = {
    {.name = "ValueAvailable", .type = RESEAL__TRUTH, .doc = "Whether any name is validated by CNAME."},
    {.name = "DNS", .type = RESEAL__RECORDS, .fields = {RESEAL__LIST(dns_dcv_names)}, .doc = "One entry per name."},
};

/* activate and reissue take the same parameters. */

#define ISSUE_TEXT(field, most, long_code, text) \
  { .name = field, .type = RESEAL__STRING, .max = most, .codes = {.too_long = long_code}, .doc = text }

#define DEPRECATED_TEXT(field, most, long_code, text) \
  { \
    .name = field, .type = RESEAL__STRING, .deprecated = true, .max = most, .codes = {.too_long = long_code}, \
    .doc = text \
  }

static const reseal__param issue_params[] = {
    {.name = "CertificateID",
     .type = RESEAL__INTEGER,
     .required = true,
     .max = 10,
     .low = 1,
     .high = INT64_C(9999999999),
     .codes = {.missing = 2010294, .invalid = 2011294, .too_long = 2013294},
     .doc = "The certificate: bought and not activated yet, or active and to be reissued."},
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
     .values = &reseal__namecheap_server_types,
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
     .format = &reseal__format_name,
     .role = "further_names",
     .doc = "Further names (multi-domain products): a list, or one string with commas."},
    {.name = "DNSApproverEmails",
     .type = RESEAL__LIST_OF,
     .item = RESEAL__STRING,
     .separator = ",",
     .max = 32767,
     .format = &reseal__format_approver,
     .codes = {.missing = 2010295, .invalid = 3011295},
     .doc = "DCV of each of DNSNames in the same order: an address, HTTPCSRHASH or CNAMECSRHASH."},
    ISSUE_TEXT("AdminOrganizationName", 255, 2013201, "OV, EV: organization, if not the CSR's."),
    ISSUE_TEXT("OrganizationDepartment", 255, 2013900, "OV, EV: department."),
    {.name = "AdminCountry",
     .type = RESEAL__STRING,
     .min = 2,
     .max = 2,
     .format = &reseal__format_country,
     .codes = {.missing = 2010326, .invalid = 4011297, .too_long = 2013211},
     .doc = "OV, EV (there required): country, ISO 3166-1 alpha-2."},
    ISSUE_TEXT("AdminStateProvince", 255, 2013208, "OV, EV (there required): state or province."),
    ISSUE_TEXT("AdminCity", 255, 2013207, "OV, EV (there required): city."),
    ISSUE_TEXT("AdminAddress1", 255, 2013900, "OV, EV (there required): street and number."),
    ISSUE_TEXT("AdminAddress2", 255, 2013900, "OV, EV: second line of the address."),
    ISSUE_TEXT("AdminPostalCode", 255, 2013210, "OV, EV (there required): postal code."),
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
    ISSUE_TEXT("CompanyIncorporationStateProvince", 255, 2013900, "EV: state or province of incorporation."),
    ISSUE_TEXT("CompanyIncorporationLocality", 100, 2013900, "EV: place of incorporation."),
    {.name = "CompanyIncorporationDate",
     .type = RESEAL__STRING,
     .max = 100,
     .format = &reseal__format_date,
     .codes = {.invalid = 2011668, .too_long = 2013900},
     .doc = "EV: date of incorporation, YYYY-MM-DD."},
    ISSUE_TEXT("CompanyDBA", 100, 2013900, "EV: name the company does business as."),
    ISSUE_TEXT("CompanyRegistrationNumber", 100, 2013900, "EV: registration number."),
    ISSUE_TEXT("OrganizationRepFirstName", 60, 2013374, "OV: representative's first name."),
    ISSUE_TEXT("OrganizationRepLastName", 60, 2013375, "OV: representative's last name."),
    ISSUE_TEXT("OrganizationRepTitle", 60, 2013376, "OV: representative's title."),
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
    /* Of the contacts before 2017; the page has no rows for them but still numbers their faults, and clients send them. */
    DEPRECATED_TEXT("AdminJobTitle", 255, 2013202, "Administrator's job title."),
    DEPRECATED_TEXT("AdminFirstName", 100, 2013203, "Administrator's first name."),
    DEPRECATED_TEXT("AdminLastName", 100, 2013204, "Administrator's second name."),
    DEPRECATED_TEXT("AdminStateProvinceChoice", 255, 2013209, "Administrator's choice of state or province."),
    DEPRECATED_TEXT("AdminPhoneExt", 10, 2013215, "Administrator's telephone extension."),
    {.name = "AdminFax",
     .type = RESEAL__STRING,
     .deprecated = true,
     .max = 255,
     .format = &reseal__format_phone,
     .codes = {.invalid = 2011213, .too_long = 2013213},
     .doc = "Administrator's fax, +NNN.NNNNNNNNNN."},
};
static const reseal__rule issue_rules[] = {
    {.kind = RESEAL__SOME_OF,
     .names = {"ApproverEmail", "HTTPDCValidation", "DNSDCValidation"},
     .codes = {.missing = 2010295, .conflict = 2011784},
     .doc = "Domain control is proved by e-mail (or per name), by file, or by CNAME. Clients send an address beside a "
            "flag, which then decides; strict clients choose one."},
    {.kind = RESEAL__NOT_WITH,
     .names = {"HTTPDCValidation", "DNSDCValidation"},
     .codes = {.conflict = 2011784},
     .doc = "A file for all names, or a CNAME for all of them."},
    {.kind = RESEAL__TOGETHER,
     .names = {"DNSNames", "DNSApproverEmails", "HTTPDCValidation", "DNSDCValidation"},
     .codes = {.missing = 2010295},
     .doc = "Each further name needs its approver, unless all are proved by file or by CNAME."},
    {.kind = RESEAL__TOGETHER,
     .names = {"DNSApproverEmails", "DNSNames"},
     .codes = {.missing = 2010767},
     .doc = "Approvers belong to further names."},
    {.kind = RESEAL__SAME_COUNT,
     .names = {"DNSNames", "DNSApproverEmails"},
     .codes = {.conflict = 2010767},
     .doc = "As many approvers as further names, in the same order."},
};

static const reseal__field activate_result[] = {
    {.name = "ID", .type = RESEAL__WHOLE, .required = true, .doc = "The certificate."},
    {.name = "IsSuccess", .type = RESEAL__TRUTH, .doc = "Always true here: false is an error."},
    RESEAL__NAMECHEAP_DCV_FIELDS,
};
static const char *const activate_elements[] = {"SSLActivateResult", NULL};
const reseal__method reseal__namecheap_activate = {
    .name = "activate",
    .command = "namecheap.ssl.activate",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_CHANGE,
    .edition = "current",
    .doc = "Submits a bought or renewed certificate (status NEWPURCHASE or NEWRENEWAL) to the authority, with its CSR.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/activate/",
    .checked = "2026-11-23",
    .quirks = RESEAL__QUIRK_UNWRAPPED_DCV,
    .elements = activate_elements,
    .params = {RESEAL__LIST(issue_params)},
    .rules = {RESEAL__LIST(issue_rules)},
    .result = {RESEAL__LIST(activate_result)},
};

static const reseal__field reissue_result[] = {
    {.name = "ID",
     .type = RESEAL__WHOLE,
     .required = true,
     .made = RESEAL__MADE_CERTIFICATE,
     .doc = "The new certificate: it replaces the old one when issued."},
    {.name = "IsSuccess", .type = RESEAL__TRUTH, .doc = "Always true here: false is an error."},
    RESEAL__NAMECHEAP_DCV_FIELDS,
};
/* The older page prints SSLActivateResult; the service sends SSLReissueResult. */
static const char *const reissue_elements[] = {"SSLReissueResult", "SSLActivateResult", NULL};
const reseal__method reseal__namecheap_reissue = {
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
    .params = {RESEAL__LIST(issue_params)},
    .rules = {RESEAL__LIST(issue_rules)},
    .result = {RESEAL__LIST(reissue_result)},
};

/* editDCVMethod */

static const reseal__param edit_dcv_method_params[] = {
    RESEAL__NAMECHEAP_ID(2010294, 2013294, "A certificate in status PURCHASED."),
    {.name = "DCVMethod",
     .type = RESEAL__STRING,
     .max = 255,
     .format = &reseal__format_dcv_method,
     .codes = {.missing = 2010784, .invalid = 3011295, .too_long = 2013294},
     .doc = "Single-domain and wildcard: an approver's address, HTTP_CSR_HASH or CNAME_CSR_HASH."},
    {.name = "DNSNames",
     .type = RESEAL__LIST_OF,
     .item = RESEAL__STRING,
     .separator = ",",
     .max = 3500,
     .format = &reseal__format_name,
     .codes = {.too_long = 2013294},
     .doc = "Multi-domain: the names, as a list or one string with commas."},
    {.name = "DCVMethods",
     .type = RESEAL__LIST_OF,
     .item = RESEAL__STRING,
     .separator = ",",
     .max = 3500,
     .format = &reseal__format_dcv_method,
     .codes = {.invalid = 3011784, .too_long = 2013294},
     .doc = "Multi-domain: the method of each of DNSNames, in the same order."},
};
static const reseal__rule edit_dcv_method_rules[] = {
    {.kind = RESEAL__NOT_WITH,
     .names = {"DCVMethod", "DCVMethods"},
     .codes = {.conflict = 2011784},
     .doc = "One method goes with no list of them."},
    {.kind = RESEAL__ONE_OF,
     .names = {"DCVMethod", "DNSNames"},
     .codes = {.missing = 2010784, .conflict = 2011784},
     .doc = "One method for a single name, or lists for several."},
    {.kind = RESEAL__TOGETHER,
     .names = {"DNSNames", "DCVMethods"},
     .codes = {.missing = 2010784},
     .doc = "Each name needs its method."},
    {.kind = RESEAL__TOGETHER,
     .names = {"DCVMethods", "DNSNames"},
     .codes = {.missing = 2010784},
     .doc = "Methods belong to names."},
    {.kind = RESEAL__SAME_COUNT,
     .names = {"DNSNames", "DCVMethods"},
     .codes = {.conflict = 2010767},
     .doc = "As many methods as names, in the same order."},
};
static const reseal__field edited_domains[] = {
    {.name = "Name", .type = RESEAL__TEXT, .doc = "The name."},
    {.name = "IsSuccess", .type = RESEAL__TRUTH, .doc = "Whether its method was changed."},
    {.name = "DCVMethodSet", .type = RESEAL__TEXT, .doc = "The method that it has now."},
};
static const reseal__field edit_dcv_method_result[] = {
    {.name = "ID", .type = RESEAL__WHOLE, .required = true, .doc = "The certificate."},
    {.name = "IsSuccess", .type = RESEAL__TRUTH, .doc = "Always true here: false is an error."},
    RESEAL__NAMECHEAP_DCV_FIELDS,
    {.name = "Domains",
     .type = RESEAL__RECORDS,
     .wrapped = "Domains",
     .fields = {RESEAL__LIST(edited_domains)},
     .doc = "Multi-domain: what came of each name."},
};
static const char *const edit_dcv_method_elements[] = {"SSLEditDCVMethodResult", NULL};
const reseal__method reseal__namecheap_edit_dcv_method = {
    .name = "editDCVMethod",
    .command = "namecheap.ssl.editDCVMethod",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc =
        "Changes how control of the names is proved while a certificate waits for it; the same method again retries.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/edit-dcv-method/",
    .checked = "2026-11-23",
    .quirks = RESEAL__QUIRK_UNWRAPPED_DCV,
    .elements = edit_dcv_method_elements,
    .params = {RESEAL__LIST(edit_dcv_method_params)},
    .rules = {RESEAL__LIST(edit_dcv_method_rules)},
    .result = {RESEAL__LIST(edit_dcv_method_result)},
};

/* resendApproverEmail, resendfulfillmentemail, revokecertificate */

/* The page calls the id a string; it is the same number. */
static const reseal__param resend_params[] = {RESEAL__NAMECHEAP_ID(2010294, 0, "The certificate.")};
static const reseal__field done_result[] = {
    {.name = "ID", .type = RESEAL__WHOLE, .required = true, .doc = "The certificate."},
    {.name = "IsSuccess", .type = RESEAL__TRUTH, .doc = "Always true here: false is an error."},
    {.name = "Description", .type = RESEAL__TEXT, .doc = "What is done by hand; some certificate types only."},
};
static const char *const resend_approver_email_elements[] = {"SSLResendApproverEmailResult", NULL};
const reseal__method reseal__namecheap_resend_approver_email = {
    .name = "resendApproverEmail",
    .command = "namecheap.ssl.resendApproverEmail",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Sends the approval mail again; for file and CNAME validation it triggers another check.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/resend-approver-email/",
    .checked = "2026-11-23",
    .elements = resend_approver_email_elements,
    .params = {RESEAL__LIST(resend_params)},
    .result = {RESEAL__LIST(done_result)},
};
static const char *const resend_fulfillment_email_elements[] = {"SSLResendFulfillmentEmailResult", NULL};
const reseal__method reseal__namecheap_resend_fulfillment_email = {
    .name = "resendfulfillmentemail",
    .command = "namecheap.ssl.resendfulfillmentemail",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Sends the mail with the issued certificate again.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/resend-fulfillment-email/",
    .checked = "2026-11-23",
    .elements = resend_fulfillment_email_elements,
    .params = {RESEAL__LIST(resend_params)},
    .result = {RESEAL__LIST(done_result)},
};

static const reseal__param revoke_params[] = {
    RESEAL__NAMECHEAP_ID(0, 0, "A certificate that was reissued and replaced."),
    {.name = "CertificateType",
     .type = RESEAL__STRING,
     .required = true,
     .max = 50,
     .values = &reseal__namecheap_ssl_types,
     .codes = {.invalid = 2011300},
     .doc = "Product name."},
};
static const char *const revoke_elements[] = {"RevokeCertificateResult", NULL};
const reseal__method reseal__namecheap_revoke_certificate = {
    .name = "revokecertificate",
    .command = "namecheap.ssl.revokecertificate",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc =
        "Revokes a certificate that a reissue has replaced. A whole order is revoked by the provider's support only.",
    .source = "https://www.namecheap.com/support/api/methods/ssl/revoke-certificate/",
    .checked = "2026-11-23",
    .elements = revoke_elements,
    .params = {RESEAL__LIST(revoke_params)},
    .result = {RESEAL__LIST(done_result)},
};
