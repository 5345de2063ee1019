/* What the files of Namecheap's tables share. */
#ifndef RESEAL_PROVIDERS_NAMECHEAP_H
#define RESEAL_PROVIDERS_NAMECHEAP_H

#include "description.h"

/* Catalogue (namecheap.c). */
extern const reseal__values reseal__namecheap_ssl_types;
extern const reseal__values reseal__namecheap_server_types;         /* 29, open */
extern const reseal__values reseal__namecheap_classic_server_types; /* the older page's 28, closed */

/* How control of the names is to be proved: in the results of activate, reissue, editDCVMethod (issue.c). */
extern const reseal__field reseal__namecheap_http_dcv[2], reseal__namecheap_dns_dcv[2];
#define RESEAL__NAMECHEAP_DCV_FIELDS \
  {.name = "HttpDCValidation", \
   .type = RESEAL__RECORD, \
   .fields = {RESEAL__LIST(reseal__namecheap_http_dcv)}, \
   .doc = "Files to serve."}, \
  { \
    .name = "DNSDCValidation", .type = RESEAL__RECORD, .fields = {RESEAL__LIST(reseal__namecheap_dns_dcv)}, \
    .doc = "CNAME records to set." \
  }

/* A certificate's id of at most ten digits, as every method but renew takes it. */
#define RESEAL__NAMECHEAP_ID(missing_code, long_code, text) \
  { \
    .name = "CertificateID", .type = RESEAL__INTEGER, .role = RESEAL__ROLE_CERTIFICATE_ID, .required = true, \
    .max = 10, .low = 1, .high = INT64_C(9999999999), \
    .codes = {.missing = missing_code, .invalid = 2011294, .too_long = long_code}, .doc = text \
  }

/* Methods: buy.c, issue.c, read.c, classic.c. */
extern const reseal__method reseal__namecheap_create, reseal__namecheap_renew, reseal__namecheap_purchasemoresans;
extern const reseal__method reseal__namecheap_activate, reseal__namecheap_reissue, reseal__namecheap_edit_dcv_method,
    reseal__namecheap_resend_approver_email, reseal__namecheap_resend_fulfillment_email,
    reseal__namecheap_revoke_certificate;
extern const reseal__method reseal__namecheap_get_list, reseal__namecheap_get_info, reseal__namecheap_parse_csr,
    reseal__namecheap_get_approver_email_list;
extern const reseal__method reseal__namecheap_classic_create, reseal__namecheap_classic_renew,
    reseal__namecheap_classic_activate, reseal__namecheap_classic_reissue, reseal__namecheap_classic_parse_csr;

extern const reseal__method reseal__namecheap_get_pricing, reseal__namecheap_get_balances; /* users.c */

/* Errors: errors.c. */
enum { RESEAL__NAMECHEAP_ERROR_TABLES = 29 };
extern const reseal__error_table reseal__namecheap_errors[RESEAL__NAMECHEAP_ERROR_TABLES];
extern const reseal__code_part reseal__namecheap_layers[], reseal__namecheap_kinds[], reseal__namecheap_topics[];

#endif
