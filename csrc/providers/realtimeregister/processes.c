/* Realtime Register: processes, which carry orders out, and notifications about them. */
#include "providers/realtimeregister/provider.h"

/* process, processInfo, listProcesses, cancelProcess */

static const reseal__param process_params[] = {RESEAL__RTR_PROCESS_ID("The process that an order answered with."),
                                               RESEAL__RTR_FIELDS};
static const reseal__field process_result[] = {
    {.name = "id", .type = RESEAL__WHOLE, .role = RESEAL__ROLE_PROCESS_ID, .required = true, .doc = "The process."},
    {.name = "user", .type = RESEAL__TEXT, .doc = "Who started it: customer handle, slash, login name."},
    {.name = "customer", .type = RESEAL__TEXT, .doc = "Customer handle."},
    {.name = "status",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_STATUS,
     .doc = "NEW, VALIDATED, RUNNING, COMPLETED, INVALID, CANCELLED, FAILED, IN_DOUBT, SCHEDULED or SUSPENDED."},
    {.name = "statusDetail", .type = RESEAL__TEXT, .role = RESEAL__ROLE_STATUS_DETAIL, .doc = "The status in words."},
    {.name = "createdDate", .type = RESEAL__TEXT, .role = RESEAL__ROLE_CREATED, .doc = "UTC timestamp."},
    {.name = "updatedDate", .type = RESEAL__TEXT, .doc = "UTC timestamp."},
    {.name = "startedDate", .type = RESEAL__TEXT, .doc = "UTC timestamp."},
    {.name = "type", .type = RESEAL__TEXT, .doc = "certificate, for orders of certificates."},
    {.name = "identifier",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_COMMON_NAME,
     .doc = "For certificates the domain name; missing for some types."},
    {.name = "action", .type = RESEAL__TEXT, .role = RESEAL__ROLE_ACTION, .doc = "What is done."},
    {.name = "reservation", .type = RESEAL__RECORD, .doc = "Cents reserved, by currency."},
    {.name = "transaction", .type = RESEAL__RECORD, .role = RESEAL__ROLE_CHARGES, .doc = "Cents charged, by currency."},
    {.name = "refund", .type = RESEAL__RECORD, .doc = "Cents given back, by currency."},
    {.name = "command", .type = RESEAL__RECORD, .doc = "What started it."},
    {.name = "resumeTypes",
     .type = RESEAL__TEXTS,
     .doc = "PROVIDER, TIMER, MANUAL, INTERNAL, RESEND, CANCEL: what it waits for, and what can be done."},
    {.name = "error", .type = RESEAL__RECORD, .doc = "Why it failed."},
    {.name = "billables", .type = RESEAL__RECORDS, .doc = "What was billed; sometimes there."},
};
const reseal__method reseal__realtimeregister_process = {
    .name = "process",
    .verb = "GET",
    .path = "/v2/processes/{processId}",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Tells how far an order is.",
    .source = "https://dm.realtimeregister.com/docs/api/processes/get",
    .checked = "2026-11-23",
    .params = {RESEAL__LIST(process_params)},
    .result = {RESEAL__LIST(process_result)},
};

static const reseal__param process_info_params[] = {RESEAL__RTR_PROCESS_ID("The process that an order answered with.")};
static const reseal__field process_info_result[] = {RESEAL__RTR_INFO(RESEAL__MADE_NOTHING)};
const reseal__method reseal__realtimeregister_process_info = {
    .name = "processInfo",
    .verb = "GET",
    .path = "/v2/processes/{processId}/info",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Tells what an order waits for, as the order's own answer did.",
    .source = "https://dm.realtimeregister.com/docs/api/processes/info",
    .checked = "2026-11-23",
    .params = {RESEAL__LIST(process_info_params)},
    .result = {RESEAL__LIST(process_info_result)},
};

static const char *const process_filters[] = {
    "id",         "status", "detailStatus",   "createdDate",     "updatedDate",      "startedDate",     "type",
    "identifier", "action", "billableAction", "billableProduct", "billableProvider", "billableQuantity"};
static const reseal__param list_processes_params[] = {RESEAL__RTR_LISTING};
static const reseal__rule list_processes_rules[] = {RESEAL__RTR_LISTING_RULE};
static const reseal__field list_processes_result[] = {
    RESEAL__RTR_LISTED(RESEAL__ROLE_PROCESSES, process_result, "Processes.")};
const reseal__method reseal__realtimeregister_list_processes = {
    .name = "listProcesses",
    .verb = "GET",
    .path = "/v2/processes",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Lists processes; detailStatus = SSL_REQUIRES_ATTENTION gives the orders that wait for somebody.",
    .source = "https://dm.realtimeregister.com/docs/api/processes/list",
    .checked = "2026-11-23",
    .paging = &reseal__realtimeregister_paging,
    .filters = {RESEAL__LIST(process_filters)},
    .params = {RESEAL__LIST(list_processes_params)},
    .rules = {RESEAL__LIST(list_processes_rules)},
    .result = {RESEAL__LIST(list_processes_result)},
};

static const reseal__param cancel_params[] = {RESEAL__RTR_PROCESS_ID("A process whose resumeTypes have CANCEL.")};
const reseal__method reseal__realtimeregister_cancel_process = {
    .name = "cancelProcess",
    .verb = "DELETE",
    .path = "/v2/processes/{processId}",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Cancels an order that is not issued yet.",
    .source = "https://dm.realtimeregister.com/docs/api/processes/cancel",
    .checked = "2026-11-23",
    .answer = RESEAL__ANSWER_EMPTY,
    .params = {RESEAL__LIST(cancel_params)},
};

/* What can be done to an order that waits. */

static const reseal__param resend_dcv_params[] = {RESEAL__RTR_PROCESS_ID("A process whose resumeTypes have RESEND."),
                                                  RESEAL__RTR_DCV(true)};
static const reseal__rule resend_dcv_rules[] = {RESEAL__RTR_DCV_RULE};
static const reseal__field resend_dcv_result[] = {
    {.name = "warning", .type = RESEAL__TEXT, .doc = "Why a check could not be completed just now."},
};
const reseal__method reseal__realtimeregister_resend_dcv = {
    .name = "resendDcv",
    .verb = "POST",
    .path = "/v2/processes/{processId}/resend",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Checks control of the names again, or by another method when the type is another.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/resenddcv",
    .checked = "2026-11-23",
    .answer = RESEAL__ANSWER_EMPTY,
    .params = {RESEAL__LIST(resend_dcv_params)},
    .rules = {RESEAL__LIST(resend_dcv_rules)},
    .result = {RESEAL__LIST(resend_dcv_result)},
};

static const reseal__param resend_process_params[] = {
    RESEAL__RTR_PROCESS_ID("A process whose resumeTypes have RESEND.")};
const reseal__method reseal__realtimeregister_resend_process = {
    .name = "resendProcess",
    .verb = "POST",
    .path = "/v2/processes/{processId}/resend",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc =
        "Sends again what a process waits for, or looks for it again, for all names and by the methods that they have.",
    .source =
        "https://dm.realtimeregister.com/docs/api/processes/resend (observed: the PHP SDK sends no body, the TS SDK "
        "an empty object)",
    .checked = "2026-11-25",
    .answer = RESEAL__ANSWER_EMPTY,
    .params = {RESEAL__LIST(resend_process_params)},
    .result = {RESEAL__LIST(resend_dcv_result)},
};

static const char *const agreement_languages[] = {"EN", "NL", "FR", "DE"};
static const reseal__values agreement_language_values = {RESEAL__LIST(agreement_languages)};
static const reseal__param agreement_params[] = {
    RESEAL__RTR_PROCESS_ID("The process of an order."),
    {.name = "email",
     .type = RESEAL__STRING,
     .required = true,
     .min = 6,
     .max = 255,
     .format = &reseal__format_email,
     .doc = "Who gets the subscriber agreement."},
    {.name = "language",
     .type = RESEAL__STRING,
     .values = &agreement_language_values,
     .doc = "Its language: four only, unlike in orders."},
};
const reseal__method reseal__realtimeregister_send_subscriber_agreement = {
    .name = "sendSubscriberAgreement",
    .verb = "POST",
    .path = "/v2/processes/{processId}/send-subscriber-agreement",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Sends the subscriber agreement.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/send-subscriber-agreement",
    .checked = "2026-11-23",
    .answer = RESEAL__ANSWER_EMPTY,
    .params = {RESEAL__LIST(agreement_params)},
};

static const reseal__param call_params[] = {
    RESEAL__RTR_PROCESS_ID("The process of an order (Sectigo only)."),
    {.name = "date",
     .type = RESEAL__STRING,
     .required = true,
     .format = &reseal__format_timestamp,
     .doc = "When to call, within Dutch office hours."},
};
const reseal__method reseal__realtimeregister_schedule_validation_call = {
    .name = "scheduleValidationCall",
    .verb = "POST",
    .path = "/v2/processes/{processId}/schedule-validation-call",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Says when the authority may call.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/schedule-validation-call",
    .checked = "2026-11-23",
    .answer = RESEAL__ANSWER_EMPTY,
    .params = {RESEAL__LIST(call_params)},
};

static const reseal__param note_params[] = {
    RESEAL__RTR_PROCESS_ID("The process of an order."),
    {.name = "message", .type = RESEAL__STRING, .required = true, .doc = "The note."},
};
const reseal__method reseal__realtimeregister_add_note = {
    .name = "addNote",
    .verb = "POST",
    .path = "/v2/processes/{processId}/add-note",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Adds a note for the authority. Deprecated since February 2024.",
    .source = "https://dm.realtimeregister.com/docs/api/ssl/add-note",
    .checked = "2026-11-23",
    .answer = RESEAL__ANSWER_EMPTY,
    .params = {RESEAL__LIST(note_params)},
};

/* pollNotifications, ackNotification, listNotifications, getNotification */

static const reseal__param poll_params[] = {RESEAL__RTR_CUSTOMER(RESEAL__IN_PATH)};
static const reseal__field notification[] = {
    {.name = "id", .type = RESEAL__WHOLE, .required = true, .doc = "The notification."},
    {.name = "fireDate", .type = RESEAL__TEXT, .doc = "UTC timestamp."},
    {.name = "readDate", .type = RESEAL__TEXT, .doc = "UTC timestamp."},
    {.name = "acknowledgeDate", .type = RESEAL__TEXT, .doc = "UTC timestamp."},
    {.name = "deliveryDate", .type = RESEAL__TEXT, .doc = "UTC timestamp; by webhook."},
    {.name = "message", .type = RESEAL__TEXT, .doc = "For people."},
    {.name = "reason", .type = RESEAL__TEXT, .doc = "Why."},
    {.name = "customer", .type = RESEAL__TEXT, .doc = "Customer handle."},
    {.name = "process", .type = RESEAL__WHOLE, .role = RESEAL__ROLE_PROCESS_ID, .doc = "The process."},
    {.name = "eventType", .type = RESEAL__TEXT, .doc = "What happened."},
    {.name = "notificationType", .type = RESEAL__TEXT, .doc = "What kind it is."},
    {.name = "payload", .type = RESEAL__RECORD, .doc = "More about it."},
    {.name = "isAsync", .type = RESEAL__TRUTH, .doc = "Whether it ends what went on in the background."},
    {.name = "processIdentifier",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_COMMON_NAME,
     .doc = "For certificates the domain name."},
    {.name = "processType", .type = RESEAL__TEXT, .doc = "certificate, for orders of certificates."},
    {.name = "subjectStatus",
     .type = RESEAL__TEXT,
     .doc = "NEW, OK, COMPLETED, PENDING, WARNING, FAILED, PREMIUM-CHANGE or empty."},
    {.name = "statusDetail", .type = RESEAL__TEXT, .role = RESEAL__ROLE_STATUS_DETAIL, .doc = "The status in words."},
    {.name = "provider", .type = RESEAL__TEXT, .doc = "Certificates: the authority."},
    {.name = "product", .type = RESEAL__TEXT, .role = RESEAL__ROLE_PRODUCT, .doc = "Certificates: product identifier."},
    {.name = "validationType", .type = RESEAL__TEXT, .doc = "Certificates: how they are validated."},
    {.name = "providerId",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_AUTHORITY_ORDER_ID,
     .doc = "The authority's order; a number here, a string on certificates."},
    {.name = "expiryDate",
     .type = RESEAL__TEXT,
     .role = RESEAL__ROLE_CERTIFICATE_ENDS,
     .doc = "Certificates: UTC timestamp of their end."},
    {.name = "certificateId", .type = RESEAL__WHOLE, .role = RESEAL__ROLE_CERTIFICATE_ID, .doc = "The certificate."},
};
static const reseal__field poll_result[] = {
    {.name = "count", .type = RESEAL__WHOLE, .required = true, .doc = "Notifications that wait."},
    {.name = "notification",
     .type = RESEAL__RECORD,
     .fields = {RESEAL__LIST(notification)},
     .doc = "The oldest of them; the same until it is acknowledged."},
};
const reseal__method reseal__realtimeregister_poll_notifications = {
    .name = "pollNotifications",
    .verb = "GET",
    .path = "/v2/customers/{customer}/notifications/poll",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Gives the oldest notification that is not acknowledged yet.",
    .source = "https://dm.realtimeregister.com/docs/api/notifications/poll",
    .checked = "2026-11-23",
    .params = {RESEAL__LIST(poll_params)},
    .result = {RESEAL__LIST(poll_result)},
};

static const reseal__param ack_params[] = {RESEAL__RTR_CUSTOMER(RESEAL__IN_PATH),
                                           RESEAL__RTR_ID("notificationId", "The notification.")};
const reseal__method reseal__realtimeregister_ack_notification = {
    .name = "ackNotification",
    .verb = "POST",
    .path = "/v2/customers/{customer}/notifications/{notificationId}/ack",
    .effect = RESEAL_EFFECT_CHANGE,
    .doc = "Acknowledges a notification, so that the next poll gives another.",
    .source = "https://dm.realtimeregister.com/docs/api/notifications/ack",
    .checked = "2026-11-23",
    .answer = RESEAL__ANSWER_EMPTY,
    .params = {RESEAL__LIST(ack_params)},
};

static const reseal__param list_notifications_params[] = {RESEAL__RTR_CUSTOMER(RESEAL__IN_PATH), RESEAL__RTR_LISTING};
static const reseal__rule list_notifications_rules[] = {RESEAL__RTR_LISTING_RULE};
static const char *const notification_filters[] = {
    "id",     "fireDate",  "readDate",         "acknowledgeDate", "deliveryDate",     "message",
    "reason", "eventType", "notificationType", "processType",     "processIdentifier"};
static const reseal__field list_notifications_result[] = {
    RESEAL__RTR_LISTED(RESEAL__ROLE_NONE, notification, "Notifications, acknowledged ones too.")};
const reseal__method reseal__realtimeregister_list_notifications = {
    .name = "listNotifications",
    .verb = "GET",
    .path = "/v2/customers/{customer}/notifications",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Lists notifications; [\"acknowledgeDate:null\"] = true gives those that wait.",
    .source = "https://dm.realtimeregister.com/docs/api/notifications/list (filters from the TS SDK)",
    .checked = "2026-11-25",
    .paging = &reseal__realtimeregister_paging,
    .filters = {RESEAL__LIST(notification_filters)},
    .params = {RESEAL__LIST(list_notifications_params)},
    .rules = {RESEAL__LIST(list_notifications_rules)},
    .result = {RESEAL__LIST(list_notifications_result)},
};

static const reseal__param get_notification_params[] = {
    RESEAL__RTR_CUSTOMER(RESEAL__IN_PATH), RESEAL__RTR_ID("notificationId", "The notification."), RESEAL__RTR_FIELDS};
const reseal__method reseal__realtimeregister_get_notification = {
    .name = "getNotification",
    .verb = "GET",
    .path = "/v2/customers/{customer}/notifications/{notificationId}",
    .effect = RESEAL_EFFECT_READ,
    .doc = "Gives one notification.",
    .source = "https://dm.realtimeregister.com/docs/api/notifications/get",
    .checked = "2026-11-25",
    .params = {RESEAL__LIST(get_notification_params)},
    .result = {RESEAL__LIST(notification)},
};
