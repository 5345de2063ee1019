/*
 * Namecheap, edition "classic": activate and reissue by the pages of 2011 to 2017, with their many contacts and four
 * certificate authorities. Where those pages are lost, clients of their time say what they took.
 */
#include "codec/formats.h"
#include "providers/namecheap/provider.h"

static const reseal__field classic_issue_result[] = {
    {.name = "ID",
     .type = RESEAL__WHOLE,
     .role = RESEAL__ROLE_CERTIFICATE_ID,
     .required = true,
     .doc = "The certificate."},
    {.name = "IsSuccess", .type = RESEAL__TRUTH, .doc = "Always true here: false is an error."},
    RESEAL__NAMECHEAP_DCV_FIELDS,
};
static const char *const classic_reissue_elements[] = {"SSLReissueResult", "SSLActivateResult", NULL};

/*
 * The page of 2011 knows mail alone, so it has ApproverEmail required. The file came in 2014, the CNAME in 2017; the
 * vendor's own WHMCS module (2013 to 2020), Salt's module and ncssl send either in its place, all contacts beside it.
 */
#define OTHER_PROOFS \
  {.name = "HTTPDCValidation", .type = RESEAL__BOOLEAN, .doc = "DCV of all names by a file (from May 2014)."}, \
      {.name = "DNSDCValidation", .type = RESEAL__BOOLEAN, .doc = "DCV of all names by a CNAME (from June 2017)."}, \
      {.name = "DNSNames", \
       .type = RESEAL__LIST_OF, \
       .item = RESEAL__STRING, \
       .separator = ",", \
       .format = &reseal__format_name, \
       .role = RESEAL__ROLE_FURTHER_NAMES, \
       .doc = "Further names (from May 2014): a list, or one string with commas."}, \
  { \
    .name = "DNSApproverEmails", .type = RESEAL__LIST_OF, .item = RESEAL__STRING, .separator = ",", \
    .format = &reseal__format_approver, \
    .doc = "Approver of each of DNSNames, in the same order (from May 2014); none when a flag says how." \
  }
static const reseal__rule classic_issue_rules[] = {
    {.kind = RESEAL__SOME_OF,
     .names = {"ApproverEmail", "HTTPDCValidation", "DNSDCValidation"},
     .codes = {.missing = 3011295},
     .doc =
         "Domain control is proved by e-mail, by file, or by CNAME. With an address beside a flag, the flag decides; "
         "strict clients choose one."},
    {.kind = RESEAL__NOT_WITH,
     .names = {"HTTPDCValidation", "DNSDCValidation"},
     .codes = {.conflict = 2011784},
     .doc = "A file for all names, or a CNAME for all of them."},
    {.kind = RESEAL__SAME_COUNT,
     .names = {"DNSNames", "DNSApproverEmails"},
     .codes = {.conflict = 2010767},
     .doc = "As many approvers as further names, in the same order."},
};

/* reissue, edition "classic" */

#define CLASSIC_TEXT(field, most, is_required, text) \
  { .name = field, .type = RESEAL__STRING, .max = most, .required = is_required, .doc = text }

static const reseal__param classic_reissue_params[] = {
    RESEAL__NAMECHEAP_ID(0, 0, "The certificate to be reissued."),
    {.name = "ApproverEmail",
     .type = RESEAL__STRING,
     .max = 255,
     .format = &reseal__format_address,
     .codes = {.invalid = 3011295},
     .doc = "An address of the approver e-mail list; required, unless a file or a CNAME is the proof."},
    {.name = "csr",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_CSR,
     .required = true,
     .max = 2000,
     .format = &reseal__format_csr,
     .codes = {.invalid = 3011296},
     .doc = "Certificate signing request, PEM."},
    {.name = "WebServerType",
     .type = RESEAL__STRING,
     .required = true,
     .max = 50,
     .values = &reseal__namecheap_classic_server_types,
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
    OTHER_PROOFS,
};
const reseal__method reseal__namecheap_classic_reissue = {
    .name = "reissue",
    .command = "namecheap.ssl.reissue",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_CHANGE,
    .edition = "classic",
    .doc = "Makes a new version of a certificate, by the rules of the older page (2011 to 2017).",
    .source =
        "https://www.namecheap.com/support/api/ssl/namecheap.ssl.reissue.aspx (file, CNAME and further names from "
        "clients of later years)",
    .checked = "2026-11-25",
    .quirks = RESEAL__QUIRK_UNWRAPPED_DCV,
    .elements = classic_reissue_elements,
    .params = {RESEAL__LIST(classic_reissue_params)},
    .rules = {RESEAL__LIST(classic_issue_rules)},
    .result = {RESEAL__LIST(classic_issue_result)},
};

/* activate */

#define PLAIN(field, text) \
  { .name = field, .type = RESEAL__STRING, .max = 100, .doc = text }
#define NEEDED(field, is_required, text) \
  { .name = field, .type = RESEAL__STRING, .max = 100, .required = is_required, .doc = text }
/* One of the three contacts. The administrator's fields are required as they are in reissue. */
#define CONTACT(who, is_required) \
  PLAIN(who "OrganizationName", who ": organization."), \
      PLAIN(who "JobTitle", who ": job title (required for OV and EV types)."), \
      NEEDED(who "FirstName", is_required, who ": first name."), \
      NEEDED(who "LastName", is_required, who ": second name."), \
      NEEDED(who "Address1", is_required, who ": address, first line."), \
      PLAIN(who "Address2", who ": address, second line."), NEEDED(who "City", is_required, who ": city."), \
      NEEDED(who "StateProvince", is_required, who ": state or province."), \
      PLAIN(who "StateProvinceChoice", who ": choice of state or province."), \
      NEEDED(who "PostalCode", is_required, who ": postal code."), \
      NEEDED(who "Country", is_required, who ": country."), \
      {.name = who "Phone", \
       .type = RESEAL__STRING, \
       .max = 100, \
       .required = is_required, \
       .format = &reseal__format_phone, \
       .doc = who ": telephone, +NNN.NNNNNNNNNN."}, \
      {.name = who "PhoneExt", .type = RESEAL__STRING, .max = 10, .doc = who ": telephone extension."}, \
      {.name = who "Fax", \
       .type = RESEAL__STRING, \
       .max = 100, \
       .format = &reseal__format_phone, \
       .doc = who ": fax, +NNN.NNNNNNNNNN."}, \
  { \
    .name = who "EmailAddress", .type = RESEAL__STRING, .max = 100, .required = is_required, \
    .format = &reseal__format_address, .doc = who ": e-mail address." \
  }

static const reseal__param classic_activate_params[] = {
    RESEAL__NAMECHEAP_ID(0, 0, "The certificate to be activated."),
    {.name = "ApproverEmail",
     .type = RESEAL__STRING,
     .max = 255,
     .format = &reseal__format_address,
     .codes = {.invalid = 3011295},
     .doc = "An address of the approver e-mail list; required, unless a file or a CNAME is the proof."},
    {.name = "csr",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_CSR,
     .required = true,
     .max = 2000,
     .format = &reseal__format_csr,
     .codes = {.invalid = 3011296},
     .doc = "Certificate signing request, PEM."},
    {.name = "WebServerType",
     .type = RESEAL__STRING,
     .required = true,
     .max = 50,
     .values = &reseal__namecheap_classic_server_types,
     .codes = {.missing = 2010297, .invalid = 2011297},
     .doc = "Server software of the CSR."},
    CONTACT("Admin", true),
    CONTACT("Tech", false),
    CONTACT("Billing", false),
    PLAIN("OrganizationLegalName", "OV, EV: legal name."),
    PLAIN("OrganizationDUNS", "OV, EV: D-U-N-S number."),
    PLAIN("OrganizationAddress1", "OV, EV: address, first line."),
    PLAIN("OrganizationAddress2", "OV, EV: address, second line."),
    PLAIN("OrganizationCity", "OV, EV: city."),
    PLAIN("OrganizationStateProvince", "OV, EV: state or province."),
    PLAIN("OrganizationPostalCode", "OV, EV: postal code."),
    PLAIN("OrganizationCountry", "OV, EV: country."),
    PLAIN("OrganizationPhone", "OV, EV: telephone."),
    PLAIN("OrganizationFax", "OV, EV: fax."),
    PLAIN("CompanyIncorporationCountry", "EV: country of incorporation."),
    PLAIN("CompanyIncorporationStateProvince", "EV: state or province of incorporation."),
    PLAIN("CompanyIncorporationLocality", "EV: place of incorporation."),
    PLAIN("CompanyIncorporationDate", "EV: date of incorporation."),
    PLAIN("CompanyDBA", "EV: name the company does business as."),
    PLAIN("CompanyRegistrationNumber", "EV: registration number."),
    PLAIN("OrganizationRepFirstName", "OV: representative's first name."),
    PLAIN("OrganizationRepLastName", "OV: representative's last name."),
    PLAIN("OrganizationRepTitle", "OV: representative's title."),
    PLAIN("OrganizationRepEmailAddress", "OV: representative's e-mail address."),
    PLAIN("OrganizationRepPhone", "OV: representative's telephone."),
    PLAIN("OrganizationRepFax", "OV: representative's fax."),
    PLAIN("OrganizationRepCallbackMethod", "OV: phone or letter."),
    PLAIN("OrganizationRepCallbackDestinationSame", "OV: yes or no."),
    PLAIN("OrganizationRepLegalName", "OV, other destination: legal name."),
    PLAIN("OrganizationRepDUNS", "OV, other destination: D-U-N-S number."),
    PLAIN("OrganizationRepAddress1", "OV, other destination: address, first line."),
    PLAIN("OrganizationRepAddress2", "OV, other destination: address, second line."),
    PLAIN("OrganizationRepCity", "OV, other destination: city."),
    PLAIN("OrganizationRepStateProvince", "OV, other destination: state or province."),
    PLAIN("OrganizationRepPostalCode", "OV, other destination: postal code."),
    PLAIN("OrganizationRepCountry", "OV, other destination: country."),
    PLAIN("OrganizationRepPostOfficeBox", "OV, other destination: post office box."),
    OTHER_PROOFS,
};
static const char *const classic_activate_elements[] = {"SSLActivateResult", NULL};
const reseal__method reseal__namecheap_classic_activate = {
    .name = "activate",
    .command = "namecheap.ssl.activate",
    .verb = "POST",
    .path = "/xml.response",
    .effect = RESEAL_EFFECT_CHANGE,
    .edition = "classic",
    .doc = "Submits a bought certificate to the authority, by the rules of the older page.",
    .source = "https://www.namecheap.com/support/api/ssl/namecheap.ssl.activate.aspx (fields from clients of its time)",
    .checked = "2026-11-23",
    .quirks = RESEAL__QUIRK_UNWRAPPED_DCV,
    .elements = classic_activate_elements,
    .params = {RESEAL__LIST(classic_activate_params)},
    .rules = {RESEAL__LIST(classic_issue_rules)},
    .result = {RESEAL__LIST(classic_issue_result)},
};
