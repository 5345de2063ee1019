/*
 * Namecheap's error numbers. What a row does not say follows from the number's parts: layer, kind (three digits), topic
 * (three digits), a structure inferred from the published tables.
 */
#include "providers/namecheap.h"

/* Errors of the first two layers come before anything is executed. */
const reseal__code_part reseal__namecheap_layers[] = {
    {1, "authentication", RESEAL__AUTH, RESEAL__REFUSED},
    {2, "input", RESEAL__NO_CATEGORY, RESEAL__REFUSED},
    {3, "certificate authority", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {4, "provider's system", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {5, "unknown layer", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {0, NULL, RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
};

const reseal__code_part reseal__namecheap_kinds[] = {
    {10, "is missing", RESEAL__PARAMETER, RESEAL__REFUSED},
    {11, "is invalid", RESEAL__PARAMETER, RESEAL__REFUSED},
    {12, "does not match", RESEAL__PARAMETER, RESEAL__REFUSED},
    {13, "is too long or out of range", RESEAL__PARAMETER, RESEAL__REFUSED},
    {14, "is a duplicate", RESEAL__PARAMETER, RESEAL__REFUSED},
    {15, "is badly formed", RESEAL__PARAMETER, RESEAL__REFUSED},
    {16, "belongs to somebody else", RESEAL__AUTH, RESEAL__REFUSED},
    {17, "is disabled or locked", RESEAL__STATE, RESEAL__REFUSED},
    {19, "was not found", RESEAL__STATE, RESEAL__REFUSED},
    {20, "has expired", RESEAL__STATE, RESEAL__REFUSED},
    {22, "could not be made", RESEAL__UPSTREAM, RESEAL__UNKNOWN},
    {24, "could not be stored", RESEAL__INTERNAL, RESEAL__UNKNOWN},
    {27, "could not be sent", RESEAL__UPSTREAM, RESEAL__UNKNOWN},
    {28, "could not be ordered", RESEAL__UPSTREAM, RESEAL__UNKNOWN},
    {30, "is not supported", RESEAL__STATE, RESEAL__REFUSED},
    {33, "failed as an order", RESEAL__INTERNAL, RESEAL__UNKNOWN},
    {35, "could not be created", RESEAL__INTERNAL, RESEAL__UNKNOWN},
    {50, "failed by an unhandled exception", RESEAL__INTERNAL, RESEAL__UNKNOWN},
    {0, NULL, RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
};

const reseal__code_part reseal__namecheap_topics[] = {
    {101, "ApiUser", RESEAL__AUTH, RESEAL__UNKNOWN},
    {102, "ApiKey", RESEAL__AUTH, RESEAL__UNKNOWN},
    {103, "UserName", RESEAL__AUTH, RESEAL__UNKNOWN},
    {104, "Command", RESEAL__PARAMETER, RESEAL__UNKNOWN},
    {105, "ClientIp", RESEAL__AUTH, RESEAL__UNKNOWN},
    {150, "the calling address", RESEAL__AUTH, RESEAL__UNKNOWN},
    {166, "the domain", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {167, "Years", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {170, "PromotionCode", RESEAL__PROMOTION, RESEAL__UNKNOWN},
    {182, "the contact's telephone", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {272, "ListType", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {275, "PageSize", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {294, "CertificateID", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {295, "ApproverEmail", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {296, "CSR", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {297, "WebServerType", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {300, "the certificate type", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {301, "SSLType", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {326, "the administrative address", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {331, "the certificate's status", RESEAL__STATE, RESEAL__UNKNOWN},
    {767, "the further names (SAN)", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {784, "the validation method (DCV)", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {900, "the request", RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
    {0, NULL, RESEAL__NO_CATEGORY, RESEAL__UNKNOWN},
};

static const reseal__error_row global_documented[] = {
    {.number = 1010101, .text = "Parameter APIUser is missing"},
    {.number = 1030408, .text = "Unsupported authentication type"},
    {.number = 1010104, .text = "Parameter Command is missing"},
    {.number = 1010102, .text = "Parameter APIKey is missing"},
    {.number = 1011102,
     .advice = "One answer for four causes: a wrong key, API access not switched on, a key of the other environment "
               "(sandbox or production), or a calling address that the account does not allow.",
     .text = "Parameter APIKey is missing"},
    {.number = 1010105, .text = "Parameter ClientIP is missing"},
    {.number = 1011105, .text = "Parameter ClientIP is missing"},
    {.number = 1050900, .category = RESEAL__INTERNAL, .text = "Unknown error when validating APIUser"},
    {.number = 1011150,
     .advice = "Add the address that the message shows to the account's allowed addresses; client_ip must be that "
               "address too.",
     .text = "Parameter RequestIP is invalid"},
    {.number = 1017150, .text = "Parameter RequestIP is disabled or locked"},
    {.number = 1017105, .text = "Parameter ClientIP is disabled or locked"},
    {.number = 1017101, .text = "Parameter ApiUser is disabled or locked"},
    {.number = 1017410,
     .category = RESEAL__FUNDS,
     .advice = "Payments were declined too often: settle that with the provider's support.",
     .text = "Too many declined payments"},
    {.number = 1017411, .text = "Too many login attempts"},
    {.number = 1019103, .text = "Parameter UserName is not available"},
    {.number = 1016103, .text = "Parameter UserName is unauthorized"},
    {.number = 1017103, .text = "Parameter UserName is disabled or locked"},
};

static const reseal__error_row global_observed[] = {
    {.number = 405,
     .http_status = 405,
     .text = "Too many requests (HTTP status 405)",
     .category = RESEAL__THROTTLE,
     .retry = RESEAL__LATER,
     .outcome_known = true},
    {.number = 1011102,
     .advice = "One answer for four causes: a wrong key, API access not switched on, a key of the other environment "
               "(sandbox or production), or a calling address that the account does not allow.",
     .text = "API Key is invalid or API access has not been enabled"},
    {.number = 1011150,
     .advice = "Add the address that the message shows to the account's allowed addresses; client_ip must be that "
               "address too.",
     .text = "Invalid request IP: <caller address>"},
    {.number = 500000,
     .category = RESEAL__THROTTLE,
     .retry = RESEAL__LATER,
     .outcome_known = true,
     .text = "Too many requests"},
    {.number = 4, .category = RESEAL__PARAMETER, .outcome_known = true, .text = "Parameter Command is Invalid"},
    {.number = 3050750,
     .category = RESEAL__UPSTREAM,
     .retry = RESEAL__LATER,
     .outcome = RESEAL__UNKNOWN,
     .outcome_known = true,
     .text = "The agent is stopped or has been stopped, no additional provocateurs can be created."},
};

static const reseal__error_row renew_current[] = {
    {.number = 2010167, .text = "Parameter Years is Missing"},
    {.number = 2010294, .text = "Parameter CertificateID is Missing"},
    {.number = 2010301, .text = "Parameter SSLType is Missing"},
    {.number = 2011167, .text = "Parameter Years is Invalid"},
    {.number = 2011170, .text = "Promotion code is not available"},
    {.number = 2011170, .text = "Promotion code usage exceeded"},
    {.number = 2011170, .text = "Promotion code is not started yet."},
    {.number = 2011170, .text = "Promotion code is expired"},
    {.number = 2011170, .text = "Promotion code requires username."},
    {.number = 2011170, .text = "Access denied for the promotion code"},
    {.number = 2011170, .text = "Promotion code is not active"},
    {.number = 2011170, .text = "Error occured while validating promotion code"},
    {.number = 2011294, .text = "Parameter CertificateID is Invalid"},
    {.number = 2011301, .text = "Parameter SSLType is not valid"},
    {.number = 2011301, .text = "We're sorry, the requested SSL type has been discontinued"},
    {.number = 2012301,
     .advice = "SSLType must be the renewed certificate's own product: see Type of getInfo.",
     .text = "SSLType Mismatch"},
    {.number = 2013167, .text = "Parameter Years is TooLong"},
    {.number = 2013167, .text = "Parameter Years is OutOfRange. Max Years value for this Type is 2."},
    {.number = 2013167, .text = "Parameter Years is OutOfRange"},
    {.number = 2013170, .text = "Parameter PromotionCode is TooLong"},
    {.number = 2013294, .text = "Parameter CertificateID is TooLong"},
    {.number = 2013301, .text = "Parameter SSLType is TooLong"},
    {.number = 2528166,
     .category = RESEAL__INTERNAL,
     .outcome = RESEAL__UNKNOWN,
     .outcome_known = true,
     .text = "Order creation failed"},
    {.number = 2528166,
     .category = RESEAL__FUNDS,
     .outcome_known = true,
     .text = "ORDER CREATION FAILED; INSUFFICIENTFUNDS;Insufficient funds in account; Sorry! Your available balance is "
             "insufficient to cover the current billing amount;"},
    {.number = 4011294,
     .category = RESEAL__STATE,
     .advice = "Renewals are sold from 90 days before to 180 days after the certificate's end.",
     .text = "Certificate not meet the ExpireDate. So cannot Renew"},
    {.number = 4011294,
     .category = RESEAL__STATE,
     .advice = "Choose fewer years, or wait until 90 days before the certificate's end.",
     .text = "Cannot renew with Year=3 when certificate's days to expire > 90. Try again when certificate's days to "
             "expire <= 90"},
    {.number = 4011294, .text = "CertificateID is invalid"},
    {.number = 4011331, .text = "Certificate status is invalid"},
    {.number = 4028294,
     .category = RESEAL__STATE,
     .advice = "A renewal was already bought: find it by getList and activate it.",
     .outcome_known = true,
     .text = "This CertificateID is already queued for Renewal"},
    {.number = 4080167,
     .category = RESEAL__PARAMETER,
     .advice = "Choose fewer years: 3 and more are no longer sold.",
     .outcome_known = true,
     .text = "Due to recent CA/B Forum updates, it is no longer possible to purchase 4- and 5-year certificates after "
             "March 1, 2015. Please contact our support team."},
    {.number = 4080167,
     .category = RESEAL__PARAMETER,
     .advice = "Choose fewer years: 3 and more are no longer sold.",
     .outcome_known = true,
     .text = "Due to revised CA/B Forum regulations, it is no longer possible to activate 3-, 4-, and 5-year "
             "certificates after March 1, 2018. Please contact our support team."},
};

static const reseal__error_row renew_old[] = {
    {.number = 2033409,
     .category = RESEAL__AUTH,
     .text = "Possibly a logical error in authentication phase. Order chargeable for Username is not found"},
    {.number = 2015167, .text = "Number of years should be maximum 10"},
    {.number = 2011301,
     .advice = "SSLType must be the renewed certificate's own product: see Type of getInfo.",
     .text = "SSLType mismatch"},
    {.number = 2011170, .text = "Promotion code is invalid"},
    {.number = 4011294, .text = "Certificateid is invalid"},
    {.number = 5050900, .text = "Unhandled exceptions"},
};

static const reseal__error_row renew_legacy[] = {
    {.number = 2011301, .text = "SSLType is invalid"},
};

static const reseal__error_row reissue_old[] = {
    {.number = 2010326, .text = "Error while validating administrative address"},
    {.number = 2011294, .text = "CertificateID is invalid"},
    {.number = 4011294, .text = "CertificateID is invalid"},
    {.number = 2019331, .text = "Certificate status is not available"},
    {.number = 4011331, .text = "Certificate status is invalid"},
    {.number = 4011297, .text = "WebServerType is invalid"},
    {.number = 2011297, .text = "WebServerType is invalid"},
    {.number = 3011166, .text = "Invalid renewal order domain"},
    {.number = 3011296, .text = "The CSR provided is invalid"},
    {.number = 4024295, .text = "Unable to update ApproverEmail in database"},
    {.number = 4024331, .text = "Unable to update status in database"},
    {.number = 3028301, .text = "Failed to purchase certificate"},
    {.number = 3011295, .text = "ApproverEmail is not valid"},
    {.number = 2011300, .text = "Validation for True Business with EV"},
    {.number = 2030332, .text = "Config file value does not support for activation"},
    {.number = 2010297, .text = "WebServerType is missing"},
    {.number = 4011296, .text = "CSR invalid error from Provider"},
    {.number = 4024294, .text = "Failed to update CertificateID"},
    {.number = 4027295, .text = "Failed to send ApproverEmail"},
    {.number = 2011510, .category = RESEAL__INTERNAL, .text = "Partner name is invalid"},
    {.number = 5050900, .text = "Unhandled exceptions"},
    {.number = 2011333,
     .category = RESEAL__INTERNAL,
     .text = "xmlfile is missing error while getting xml form from filepath and xmlstring from config file"},
    {.number = 4050900, .text = "Unhandled exception from database error"},
};

static const reseal__error_row reissue_legacy[] = {
    {.number = 2015182, .text = "The contact phone is invalid. The phone number format is +NNN.NNNNNNNNNN"},
};

static const reseal__error_row reissue_current[] = {
    {.number = 4011331,
     .advice = "Look at the certificate by getInfo: only an active one without a reissue under way can be reissued.",
     .text = "Status is invalid or reissue already in progress"},
    {.number = 4035900, .text = "Cannot create certificate for reissue"},
};

static const reseal__error_row get_info_current[] = {
    {.number = 2011294, .text = "CertificateID is invalid"},
    {.number = 5050900, .text = "Unhandled exceptions"},
};

static const reseal__error_row get_list_current[] = {
    {.number = 5050900, .text = "Unhandled exceptions"},
    {.number = 2011272, .text = "ListType is invalid"},
};

static const reseal__error_row get_info_observed[] = {
    {.number = 2011294, .text = "CertificateId is not valid"},
};

static const reseal__error_row get_list_observed[] = {
    {.number = 2013275, .text = "Parameter PageSize is OutOfRange"},
};

const reseal__error_table reseal__namecheap_errors[RESEAL__NAMECHEAP_ERROR_TABLES] = {
    {.method = NULL,
     .source = "https://www.namecheap.com/support/api/global-parameters/ [current and old identical]",
     .rows = {RESEAL__LIST(global_documented)}},
    {.method = NULL,
     .source = "observed answers (several clients and captures)",
     .rows = {RESEAL__LIST(global_observed)}},
    {.method = "renew",
     .source = "https://www.namecheap.com/support/api/methods/ssl/renew/ [current]",
     .rows = {RESEAL__LIST(renew_current)}},
    {.method = "renew",
     .source = "https://www.namecheap.com/support/api/ssl/namecheap.ssl.renew.aspx [old page]",
     .rows = {RESEAL__LIST(renew_old)}},
    {.method = "renew",
     .source = "https://www.namecheap.com/support/api/error-codes/ [legacy combined list, still published]",
     .rows = {RESEAL__LIST(renew_legacy)}},
    {.method = "reissue",
     .source = "https://www.namecheap.com/support/api/ssl/namecheap.ssl.reissue.aspx [old]",
     .rows = {RESEAL__LIST(reissue_old)}},
    {.method = "reissue",
     .source = "https://www.namecheap.com/support/api/error-codes/ [legacy combined list, still published]",
     .rows = {RESEAL__LIST(reissue_legacy)}},
    {.method = "reissue",
     .source = "https://www.namecheap.com/support/api/methods/ssl/reissue/",
     .rows = {RESEAL__LIST(reissue_current)}},
    {.method = "getInfo",
     .source = "https://www.namecheap.com/support/api/methods/ssl/get-info/ [current; legacy combined list identical]",
     .rows = {RESEAL__LIST(get_info_current)}},
    {.method = "getList",
     .source = "https://www.namecheap.com/support/api/methods/ssl/get-list/ [current; legacy combined list identical]",
     .rows = {RESEAL__LIST(get_list_current)}},
    {.method = "getInfo",
     .source = "[observed, live sandbox Oct 2017] "
               "baptistelaget/namecheap-api-client:model-gen/samples/error_namecheap.ssl.getInfo.xml",
     .rows = {RESEAL__LIST(get_info_observed)}},
    {.method = "getList",
     .source = "[observed, sandbox] zamnuts/afo-namecheap-api:test/fixtures/domains/getList-error-ok.xml",
     .rows = {RESEAL__LIST(get_list_observed)}},
};
