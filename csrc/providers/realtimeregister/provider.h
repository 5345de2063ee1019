/* What the files of Realtime Register's tables share. */
#ifndef RESEAL_PROVIDERS_REALTIMEREGISTER_H
#define RESEAL_PROVIDERS_REALTIMEREGISTER_H

#include "codec/formats.h"
#include "description.h"

/* Parameters and results that several methods have (realtimeregister.c). */
extern const reseal__values reseal__realtimeregister_languages;
extern const reseal__param reseal__realtimeregister_approver[5], reseal__realtimeregister_dcv[3];
extern const reseal__field reseal__realtimeregister_validations[6], reseal__realtimeregister_notes[3];
extern const reseal__field reseal__realtimeregister_quote[3], reseal__realtimeregister_pagination[3];
extern const reseal__paging reseal__realtimeregister_paging;

#define RESEAL__RTR_CERTIFICATE_ID(text) \
  { \
    .name = "certificateId", .type = RESEAL__INTEGER, .role = RESEAL__ROLE_CERTIFICATE_ID, .place = RESEAL__IN_PATH, \
    .required = true, .low = 1, .high = INT64_C(9007199254740992), .doc = text \
  }
#define RESEAL__RTR_PROCESS_ID(text) \
  { \
    .name = "processId", .type = RESEAL__INTEGER, .role = RESEAL__ROLE_PROCESS_ID, .place = RESEAL__IN_PATH, \
    .required = true, .low = 1, .high = INT64_C(9007199254740992), .doc = text \
  }
#define RESEAL__RTR_ID(field, text) \
  { \
    .name = field, .type = RESEAL__INTEGER, .place = RESEAL__IN_PATH, .required = true, .low = 1, \
    .high = INT64_C(9007199254740992), .doc = text \
  }
#define RESEAL__RTR_QUOTE \
  { \
    .name = "quote", .type = RESEAL__BOOLEAN, .place = RESEAL__IN_QUERY, .makes_read = true, \
    .doc = "true: everything is checked and priced, and nothing is ordered." \
  }
#define RESEAL__RTR_CUSTOMER(where) \
  { \
    .name = "customer", .type = RESEAL__STRING, .place = where, .required = true, .setting = "customer", .min = 3, \
    .max = 40, .format = &reseal__format_identifier, .doc = "Customer handle; the client's `customer` if absent." \
  }
#define RESEAL__RTR_PERIOD(text) \
  { \
    .name = "period", .type = RESEAL__INTEGER, .role = RESEAL__ROLE_MONTHS, .required = true, .low = 1, \
    .high = INT64_C(9007199254740992), .doc = text \
  }
#define RESEAL__RTR_CSR(is_required) \
  { \
    .name = "csr", .type = RESEAL__STRING, .role = RESEAL__ROLE_CSR, .required = is_required, \
    .format = &reseal__format_csr, .doc = "Certificate signing request, PEM." \
  }
#define RESEAL__RTR_TEXT(field, most, text) \
  { .name = field, .type = RESEAL__STRING, .min = 1, .max = most, .doc = text }
#define RESEAL__RTR_COUNTRY(text) \
  { .name = "country", .type = RESEAL__STRING, .min = 2, .max = 2, .format = &reseal__format_country, .doc = text }
#define RESEAL__RTR_APPROVER \
  { \
    .name = "approver", .type = RESEAL__OBJECT_OF, .fields = {RESEAL__LIST(reseal__realtimeregister_approver)}, \
    .doc = "Approver of the certificate." \
  }
#define RESEAL__RTR_DCV(is_required) \
  { \
    .name = "dcv", .type = RESEAL__LIST_OF, .role = RESEAL__ROLE_VALIDATIONS, .item = RESEAL__OBJECT_OF, \
    .required = is_required, .fields = {RESEAL__LIST(reseal__realtimeregister_dcv)}, \
    .doc = "How control of each name is proved." \
  }
#define RESEAL__RTR_DCV_RULE \
  { \
    .kind = RESEAL__WHEN_VALUE, .within = "dcv", .names = {"type", "email"}, .value = "EMAIL", \
    .doc = "Validation by e-mail needs an address." \
  }
#define RESEAL__RTR_FIELDS \
  { \
    .name = "fields", .type = RESEAL__LIST_OF, .role = RESEAL__ROLE_FIELDS, .item = RESEAL__STRING, \
    .place = RESEAL__IN_QUERY, .separator = ",", .doc = "Names of the fields to return; all if absent." \
  }

/* What every list call takes and gives. https://dm.realtimeregister.com/docs/api/listings */
#define RESEAL__RTR_LISTING \
  {.name = "limit", \
   .type = RESEAL__INTEGER, \
   .place = RESEAL__IN_QUERY, \
   .low = 0, \
   .high = INT64_C(9007199254740992), \
   .doc = "Most entities to return; default 10; 0 only counts."}, \
      {.name = "offset", \
       .type = RESEAL__INTEGER, \
       .place = RESEAL__IN_QUERY, \
       .low = 0, \
       .high = INT64_C(9007199254740992), \
       .doc = "How many entities to leave out at the start."}, \
      {.name = "order", \
       .type = RESEAL__LIST_OF, \
       .item = RESEAL__STRING, \
       .place = RESEAL__IN_QUERY, \
       .doc = "Field to sort by, with - before it for descending; or a list of such."}, \
      {.name = "total", \
       .type = RESEAL__BOOLEAN, \
       .place = RESEAL__IN_QUERY, \
       .doc = "false: leave the total out, which is faster."}, \
      {.name = "q", .type = RESEAL__STRING, .place = RESEAL__IN_QUERY, .doc = "Text to look for in all fields."}, \
      RESEAL__RTR_FIELDS, { \
    .name = "export", .type = RESEAL__BOOLEAN, .place = RESEAL__IN_QUERY, \
    .doc = "true: all entities at once, identifying fields only unless `fields` says more." \
  }
#define RESEAL__RTR_LISTING_RULE \
  { .kind = RESEAL__NOT_WITH, .names = {"export", "limit", "offset"}, .doc = "An export is of all entities." }
#define RESEAL__RTR_LISTED(meant, items, text) \
  {.name = "entities", \
   .type = RESEAL__RECORDS, \
   .role = meant, \
   .always = true, \
   .fields = {RESEAL__LIST(items)}, \
   .doc = text}, \
  { \
    .name = "pagination", .type = RESEAL__RECORD, .fields = {RESEAL__LIST(reseal__realtimeregister_pagination)}, \
    .doc = "Where in the list this page is." \
  }

/* The info process, which is also the answer to an order. https://dm.realtimeregister.com/docs/api/processes/info */
#define RESEAL__RTR_INFO(makes_certificate) \
  {.name = "commonName", .type = RESEAL__TEXT, .role = RESEAL__ROLE_COMMON_NAME, .doc = "The certificate's name."}, \
      {.name = "requiresAttention", .type = RESEAL__TRUTH, .doc = "Whether somebody must act; sometimes missing."}, \
      {.name = "certificateId", \
       .type = RESEAL__WHOLE, \
       .role = RESEAL__ROLE_CERTIFICATE_ID, \
       .made = makes_certificate, \
       .doc = "Only when issued at once by an auth key."}, \
      {.name = "oneTimeLink", .type = RESEAL__TEXT, .doc = "Where the approver continues (Sectigo)."}, \
      {.name = "validations", \
       .type = RESEAL__RECORD, \
       .fields = {RESEAL__LIST(reseal__realtimeregister_validations)}, \
       .doc = "What is validated, and how far that is."}, \
  { \
    .name = "notes", .type = RESEAL__RECORDS, .fields = {RESEAL__LIST(reseal__realtimeregister_notes)}, \
    .doc = "Deprecated." \
  }
#define RESEAL__RTR_QUOTED \
  {.name = "command", .type = RESEAL__TEXT, .doc = "Quotes only: the action that was priced."}, { \
    .name = "quote", .type = RESEAL__RECORD, .fields = {RESEAL__LIST(reseal__realtimeregister_quote)}, \
    .doc = "Quotes only: the price." \
  }

/* Methods: certificates.c, prepare.c, processes.c, acme.c. */
extern const reseal__method reseal__realtimeregister_request, reseal__realtimeregister_renew,
    reseal__realtimeregister_reissue, reseal__realtimeregister_get, reseal__realtimeregister_list,
    reseal__realtimeregister_revoke, reseal__realtimeregister_download, reseal__realtimeregister_import;
extern const reseal__method reseal__realtimeregister_dcv_email_address_list, reseal__realtimeregister_products,
    reseal__realtimeregister_product, reseal__realtimeregister_decode_csr, reseal__realtimeregister_auth_key;
extern const reseal__method reseal__realtimeregister_process, reseal__realtimeregister_process_info,
    reseal__realtimeregister_list_processes, reseal__realtimeregister_cancel_process,
    reseal__realtimeregister_resend_dcv, reseal__realtimeregister_send_subscriber_agreement,
    reseal__realtimeregister_schedule_validation_call, reseal__realtimeregister_add_note,
    reseal__realtimeregister_resend_process, reseal__realtimeregister_poll_notifications,
    reseal__realtimeregister_ack_notification, reseal__realtimeregister_list_notifications,
    reseal__realtimeregister_get_notification;
extern const reseal__method reseal__realtimeregister_list_acme, reseal__realtimeregister_get_acme,
    reseal__realtimeregister_create_acme, reseal__realtimeregister_update_acme, reseal__realtimeregister_renew_acme,
    reseal__realtimeregister_acme_credentials, reseal__realtimeregister_delete_acme;

/* Errors: errors.c. */
enum { RESEAL__REALTIMEREGISTER_ERROR_TABLES = 2 };
extern const reseal__error_table reseal__realtimeregister_errors[RESEAL__REALTIMEREGISTER_ERROR_TABLES];

#endif
