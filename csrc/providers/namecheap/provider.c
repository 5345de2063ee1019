/*
 * Namecheap, `namecheap.ssl.*`: https://www.namecheap.com/support/api/methods/ssl/
 * and what is asked before a purchase, of `namecheap.users.*`.
 * One URL; the parameter Command names the method. Requests are forms, answers XML.
 */
#include "providers/namecheap/provider.h"

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
    /* the same as two clients of 2026 have them on the wire (one in lower case, from getList and getInfo); no page */
    "Standard SSL SSLcom", "High Assurance SSL SSLcom", "EV SSL SSLcom", "Standard Wildcard SSL SSLcom",
    "OV Wildcard SSL SSLcom", "SAN Certificate SSL SSLcom", "OV Multi-domain SSL SSLcom", "EV Multi Domain SSL SSLcom",
    /* of the older pages; most are discontinued (2011301) */
    "QuickSSL", "QuickSSL Premium", "RapidSSL", "RapidSSL Wildcard", "True BusinessID", "True BusinessID Wildcard",
    "True BusinessID with EV", "True BusinessID Multi Domain", "True BusinessID with EV Multi Domain", "Secure Site",
    "Secure Site Pro", "Secure Site with EV", "Secure Site Pro with EV", "EV SSL SGC", "SSL123", "SSL Web Server",
    "SGC Supercert", "SGC Super Certs", "SSL Webserver EV", "PositiveSSL Free"};
const reseal__values reseal__namecheap_ssl_types = {RESEAL__LIST(ssl_types), .open = true, .any_case = true};

/* The first 28 are those of the older page, in its order. */
static const char *const server_types[] = {
    "apacheopenssl", "apachessl",       "apacheraven",  "apachessleay", "c2net",    "ibmhttp",
    "iplanet",       "domino",          "dominogo4625", "dominogo4626", "netscape", "zeusv3",
    "apache2",       "apacheapachessl", "cobaltseries", "cpanel",       "ensim",    "hsphere",
    "ipswitch",      "plesk",           "tomcat",       "weblogic",     "website",  "webstar",
    "iis",           "other",           "iis4",         "iis5",         "nginx"};
const reseal__values reseal__namecheap_server_types = {RESEAL__LIST(server_types), .open = true, .any_case = true};
const reseal__values reseal__namecheap_classic_server_types = {
    .items = server_types, .count = sizeof server_types / sizeof server_types[0] - 1, .any_case = true};

/* The provider. */

static const reseal__method *const methods[] = {&reseal__namecheap_create,
                                                &reseal__namecheap_classic_create,
                                                &reseal__namecheap_renew,
                                                &reseal__namecheap_classic_renew,
                                                &reseal__namecheap_activate,
                                                &reseal__namecheap_classic_activate,
                                                &reseal__namecheap_reissue,
                                                &reseal__namecheap_classic_reissue,
                                                &reseal__namecheap_get_list,
                                                &reseal__namecheap_get_info,
                                                &reseal__namecheap_parse_csr,
                                                &reseal__namecheap_classic_parse_csr,
                                                &reseal__namecheap_get_approver_email_list,
                                                &reseal__namecheap_edit_dcv_method,
                                                &reseal__namecheap_resend_approver_email,
                                                &reseal__namecheap_resend_fulfillment_email,
                                                &reseal__namecheap_purchasemoresans,
                                                &reseal__namecheap_revoke_certificate,
                                                &reseal__namecheap_get_pricing,
                                                &reseal__namecheap_get_balances};

/* Spelt in any case. There is no word for "expired": see IsExpiredYN and the dates. */
static const reseal__status statuses[] = {{"newpurchase", "to_activate"}, {"newrenewal", "to_activate"},
                                          {"new", "to_activate"},         {"purchased", "pending"},
                                          {"inprogress", "pending"},      {"processing", "pending"},
                                          {"emailsent", "pending"},       {"purchaseerror", "failed"},
                                          {"technicalproblem", "failed"}, {"active", "issued"},
                                          {"completed", "issued"},        {"replaced", "replaced"},
                                          {"cancelled", "cancelled"},     {"deactivated", "cancelled"},
                                          {"revoked", "revoked"},         {NULL, NULL}};

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
     .doc = "current, or classic: the rules of the older pages (2011 to 2017), where they differ."},
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
    .number = "Number",
    .warnings = "Warnings",
    .response = "CommandResponse",
    .repeats = "Type",
    .success = "IsSuccess",
    .meta = meta,
};

const reseal__provider reseal__namecheap = {
    .name = "namecheap",
    .request = RESEAL__FORM,
    .answer = RESEAL__XML,
    .xml = &envelope,
    .auth = {.kind = RESEAL__AUTH_FORM},
    .command = "Command",
    .any_case = true,
    .base_suffix = "/xml.response",
    .throttle = {.status = 405},
    .endpoints = endpoints,
    .settings = {RESEAL__LIST(settings)},
    .methods = {RESEAL__LIST(methods)},
    .errors = {.items = reseal__namecheap_errors, .count = RESEAL__NAMECHEAP_ERROR_TABLES},
    .statuses = statuses,
    .layers = reseal__namecheap_layers,
    .kinds = reseal__namecheap_kinds,
    .topics = reseal__namecheap_topics,
};
