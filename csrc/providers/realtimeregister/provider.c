/*
 * Realtime Register, `/v2/ssl`: https://dm.realtimeregister.com/docs/api/ssl
 * Requests and answers are JSON; names are case-sensitive; lengths count bytes.
 */
#include "providers/realtimeregister/provider.h"

/* Parameters and results that several methods have. */

static const char *const languages[] = {"EN", "NL", "FR", "CN", "DE", "IT", "JP",
                                        "KR", "PT", "RU", "ES", "DK", "SE", "TR"};
const reseal__values reseal__realtimeregister_languages = {RESEAL__LIST(languages)};

static const char *const dcv_types[] = {"EMAIL", "FILE", "DNS"};
static const reseal__values dcv_type_values = {RESEAL__LIST(dcv_types)};

const reseal__param reseal__realtimeregister_approver[5] = {
    {.name = "firstName",
     .type = RESEAL__STRING,
     .required = true,
     .min = 1,
     .max = 40,
     .doc = "First name of the approver."},
    {.name = "lastName",
     .type = RESEAL__STRING,
     .required = true,
     .min = 1,
     .max = 40,
     .doc = "Last name of the approver."},
    {.name = "jobTitle", .type = RESEAL__STRING, .min = 1, .max = 40, .doc = "Job title of the approver."},
    {.name = "email",
     .type = RESEAL__STRING,
     .required = true,
     .min = 6,
     .max = 255,
     .format = &reseal__format_email,
     .doc = "E-mail address of the approver."},
    {.name = "voice",
     .type = RESEAL__STRING,
     .required = true,
     .min = 4,
     .max = 17,
     .format = &reseal__format_voice,
     .doc = "Telephone number of the approver."},
};

const reseal__param reseal__realtimeregister_dcv[3] = {
    {.name = "commonName",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_VALIDATION_NAME,
     .required = true,
     .min = 4,
     .max = 255,
     .format = &reseal__format_domain,
     .doc = "The name that this entry validates."},
    {.name = "type",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_VALIDATION_TYPE,
     .required = true,
     .values = &dcv_type_values,
     .doc = "How it is validated."},
    {.name = "email",
     .type = RESEAL__STRING,
     .role = RESEAL__ROLE_VALIDATION_ADDRESS,
     .min = 6,
     .max = 255,
     .format = &reseal__format_email,
     .doc = "Address for this entry; required when type is EMAIL."},
};

static const reseal__field dcv_status[] = {
    {.name = "commonName",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_VALIDATION_NAME,
     .doc = "The name to be validated."},
    {.name = "type",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_VALIDATION_TYPE,
     .doc = "EMAIL, FILE or DNS; sometimes missing."},
    {.name = "status",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_VALIDATION_STATUS,
     .doc = "WAITING, ATTENTION or VALIDATED."},
    {.name = "email", .type = RESEAL__TEXT, .role = RESEAL__ROLE_VALIDATION_ADDRESS, .doc = "Where the mail went."},
    {.name = "dnsRecord",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_RECORD_NAME,
     .doc = "Full name of the record to set."},
    {.name = "dnsType",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_RECORD_TYPE,
     .doc = "CNAME or TXT; sometimes missing."},
    {.name = "dnsContents", .type = RESEAL__TEXT, .role = RESEAL__ROLE_RECORD_VALUE, .doc = "What the record holds."},
    {.name = "fileLocation",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_FILE_URL,
     .doc = "URL of the file to serve; may lack the scheme."},
    {.name = "fileContents",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_FILE_CONTENT,
     .doc = "What the file must hold; may have several lines."},
    {.name = "caaRecordStatus", .type = RESEAL__TEXT, .doc = "What the CAA check found."},
    {.name = "riskStatus", .type = RESEAL__TEXT, .doc = "PASSED, WAITING or FAILED."},
};
const reseal__field reseal__realtimeregister_validations[6] = {
    {.name = "organization", .type = RESEAL__TEXT, .doc = "WAITING, ATTENTION or VALIDATED, as for all of these."},
    {.name = "docs", .type = RESEAL__TEXT, .doc = "Documents."},
    {.name = "voice", .type = RESEAL__TEXT, .doc = "Telephone call."},
    {.name = "whois", .type = RESEAL__TEXT, .doc = "Whois."},
    {.name = "agreement", .type = RESEAL__TEXT, .doc = "Subscriber agreement."},
    {.name = "dcv",
     .type = RESEAL__RECORDS,
     .role = RESEAL__ROLE_VALIDATIONS,
     .fields = {RESEAL__LIST(dcv_status)},
     .doc = "Domain control, per name."},
};
const reseal__field reseal__realtimeregister_notes[3] = {
    {.name = "createdDate", .type = RESEAL__TEXT, .doc = "UTC timestamp."},
    {.name = "type", .type = RESEAL__TEXT, .doc = "INCOMING or OUTGOING."},
    {.name = "message", .type = RESEAL__TEXT, .doc = "The note."},
};
static const reseal__field billables[] = {
    {.name = "product", .type = RESEAL__TEXT, .doc = "What is billed."},
    {.name = "action", .type = RESEAL__TEXT, .doc = "Such as RENEW, EXTRA_DOMAIN, EXTRA_WILDCARD."},
    {.name = "quantity", .type = RESEAL__WHOLE, .doc = "How many."},
    {.name = "amount", .type = RESEAL__CENTS, .doc = "Of one, in cents."},
    {.name = "refundable", .type = RESEAL__TRUTH, .doc = "Whether it can be refunded."},
    {.name = "total", .type = RESEAL__CENTS, .doc = "quantity times amount, in cents."},
    {.name = "providerName", .type = RESEAL__TEXT, .doc = "Sometimes there."},
};
const reseal__field reseal__realtimeregister_quote[3] = {
    {.name = "total", .type = RESEAL__CENTS, .role = RESEAL__ROLE_PRICE, .doc = "What the call would cost, in cents."},
    {.name = "currency",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_CURRENCY,
     .doc = "ISO 4217; absent when total is 0."},
    {.name = "billables",
     .type = RESEAL__RECORDS,
     .fields = {RESEAL__LIST(billables)},
     .doc = "Absent when total is 0."},
};
const reseal__field reseal__realtimeregister_pagination[3] = {
    {.name = "limit", .type = RESEAL__WHOLE, .doc = "Most entities of a page."},
    {.name = "offset", .type = RESEAL__WHOLE, .doc = "Entities before this page."},
    {.name = "total", .type = RESEAL__WHOLE, .doc = "Entities in all; absent with total = false."},
};
const reseal__paging reseal__realtimeregister_paging = {.style = RESEAL__OFFSETS,
                                                        .position = "offset",
                                                        .size = "limit",
                                                        .items = "entities",
                                                        .totals = "pagination",
                                                        .total = "total"};

/* The provider. */

static const reseal__method *const methods[] = {
    &reseal__realtimeregister_request,
    &reseal__realtimeregister_renew,
    &reseal__realtimeregister_reissue,
    &reseal__realtimeregister_get,
    &reseal__realtimeregister_list,
    &reseal__realtimeregister_revoke,
    &reseal__realtimeregister_download,
    &reseal__realtimeregister_import,
    &reseal__realtimeregister_dcv_email_address_list,
    &reseal__realtimeregister_products,
    &reseal__realtimeregister_product,
    &reseal__realtimeregister_decode_csr,
    &reseal__realtimeregister_auth_key,
    &reseal__realtimeregister_resend_dcv,
    &reseal__realtimeregister_resend_process,
    &reseal__realtimeregister_send_subscriber_agreement,
    &reseal__realtimeregister_schedule_validation_call,
    &reseal__realtimeregister_add_note,
    &reseal__realtimeregister_process,
    &reseal__realtimeregister_process_info,
    &reseal__realtimeregister_list_processes,
    &reseal__realtimeregister_cancel_process,
    &reseal__realtimeregister_poll_notifications,
    &reseal__realtimeregister_ack_notification,
    &reseal__realtimeregister_list_notifications,
    &reseal__realtimeregister_get_notification,
    &reseal__realtimeregister_list_acme,
    &reseal__realtimeregister_get_acme,
    &reseal__realtimeregister_create_acme,
    &reseal__realtimeregister_update_acme,
    &reseal__realtimeregister_renew_acme,
    &reseal__realtimeregister_acme_credentials,
    &reseal__realtimeregister_delete_acme,
};

/* Of certificates, of processes, of ACME subscriptions: no word means two things. */
static const reseal__status statuses[] = {{"ACTIVE", "issued"},
                                          {"EXPIRED", "expired"},
                                          {"REVOKED", "revoked"},
                                          {"REISSUED", "replaced"},
                                          {"RENEWED", "replaced"},
                                          {"NEW", "pending"},
                                          {"VALIDATED", "pending"},
                                          {"RUNNING", "pending"},
                                          {"SCHEDULED", "pending"},
                                          {"SUSPENDED", "pending"},
                                          {"COMPLETED", "issued"},
                                          {"INVALID", "failed"},
                                          {"FAILED", "failed"},
                                          {"IN_DOUBT", "failed"},
                                          {"CANCELLED", "cancelled"},
                                          {"PENDING_ORGANIZATION_VALIDATION", "pending"},
                                          {NULL, NULL}};

static const char *const booleans[] = {"true", "false", NULL};

static const reseal__setting settings[] = {
    {.name = "api_key",
     .required = true,
     .secret = true,
     .max = 1024,
     .format = &reseal__format_printable,
     .doc = "The API key, as shown when it was made."},
    {.name = "customer",
     .min = 3,
     .max = 40,
     .format = &reseal__format_identifier,
     .doc = "Customer handle, for the calls that ask for one; a call may name another."},
    {.name = "endpoint", .initial = "production", .doc = "production, ote, or a URL (http to this machine only)."},
    {.name = "strict", .initial = "false", .values = booleans, .doc = "No open enumerations in this version."},
};

static const reseal__endpoint endpoints[] = {
    {"production", "https://api.yoursrs.com"}, {"ote", "https://api.yoursrs-ote.com"}, {NULL, NULL}};

/* https://dm.realtimeregister.com/docs/api/errors; the quote is that of https://dm.realtimeregister.com/docs/api/quotes */
static const reseal__field error_details[] = {
    {.name = "quote",
     .type = RESEAL__RECORD,
     .fields = {RESEAL__LIST(reseal__realtimeregister_quote)},
     .doc = "BillableAcknowledgmentNeededException: what must be acknowledged."},
    {.name = "startDate", .type = RESEAL__TEXT, .doc = "ProviderUnavailable: since when; UTC timestamp."},
    {.name = "endDate", .type = RESEAL__TEXT, .doc = "ProviderUnavailable: until when; UTC timestamp."},
};

static const reseal__json_envelope envelope = {
    .word = "type",
    .message = "message",
    .violations = "violations",
    .field = "field",
    .property = "property",
    .details = {RESEAL__LIST(error_details)},
    .until = "endDate",
    .quote = "quote",
};

const reseal__provider reseal__realtimeregister = {
    .name = "realtimeregister",
    .request = RESEAL__JSON_BODY,
    .answer = RESEAL__JSON,
    .json = &envelope,
    .auth = {.kind = RESEAL__AUTH_HEADER, .scheme = "ApiKey", .secret = "api_key"},
    .throttle = {.status = 429},
    .handle = {.header = "X-Process-Id", .name = "processId"},
    .filters = RESEAL__FIELD_OPERATOR,
    .base_suffix = "/v2",
    .endpoints = endpoints,
    .settings = {RESEAL__LIST(settings)},
    .methods = {RESEAL__LIST(methods)},
    .statuses = statuses,
    .errors = {.items = reseal__realtimeregister_errors, .count = RESEAL__REALTIMEREGISTER_ERROR_TABLES},
};
