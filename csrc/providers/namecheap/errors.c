/*
 * Namecheap's error numbers. What a row does not say follows from the number's parts: layer, kind (three digits), topic
 * (three digits), a structure inferred from the published tables.
 */
#include "providers/namecheap/provider.h"

/*
 * Errors of the first layer come before anything is executed, and so do those of the second whose kind is a check's. Deeper
 * layers check too; but a duplicate or a missing record there may be what a half-done order left behind, so a row says of itself
 * that it is a refusal.
 */
#define REFUSED .outcome = RESEAL__REFUSED, .outcome_known = true
#define IN_DOUBT .outcome = RESEAL__UNKNOWN, .retry = RESEAL__LATER, .outcome_known = true

/* Advices of several rows. */
#define KEY_ADVICE \
  .advice = "One answer for four causes: a wrong key, API access not switched on, a key of the other environment " \
            "(sandbox or production), or a calling address that the account does not allow."
#define ADDRESS_ADVICE \
  .advice = \
      "Add the address that the message shows to the account's allowed addresses; client_ip must be that address " \
      "too."
#define YEARS_ADVICE .advice = "Choose fewer years: 3 and more are no longer sold."
#define STATUS_ADVICE .advice = "Look at the certificate by getInfo: this call needs another status."

const reseal__code_part reseal__namecheap_layers[] = {
    {.number = 1, .text = "authentication", .category = RESEAL__AUTH, .outcome = RESEAL__REFUSED},
    {.number = 2, .text = "input", .outcome = RESEAL__UNKNOWN, .by_kind = true},
    {.number = 3, .text = "certificate authority", .outcome = RESEAL__UNKNOWN},
    {.number = 4, .text = "provider's system", .outcome = RESEAL__UNKNOWN},
    {.number = 5, .text = "unknown layer", .outcome = RESEAL__UNKNOWN},
    {.text = NULL},
};

const reseal__code_part reseal__namecheap_kinds[] = {
    {.number = 10, .text = "is missing", .category = RESEAL__PARAMETER, .outcome = RESEAL__REFUSED},
    {.number = 11, .text = "is invalid", .category = RESEAL__PARAMETER, .outcome = RESEAL__REFUSED},
    {.number = 12, .text = "does not match", .category = RESEAL__PARAMETER, .outcome = RESEAL__REFUSED},
    {.number = 13, .text = "is too long or out of range", .category = RESEAL__PARAMETER, .outcome = RESEAL__REFUSED},
    {.number = 14, .text = "is a duplicate", .category = RESEAL__PARAMETER, .outcome = RESEAL__REFUSED},
    {.number = 15, .text = "is badly formed", .category = RESEAL__PARAMETER, .outcome = RESEAL__REFUSED},
    {.number = 16, .text = "belongs to somebody else", .category = RESEAL__AUTH, .outcome = RESEAL__REFUSED},
    {.number = 17, .text = "is disabled or locked", .category = RESEAL__STATE, .outcome = RESEAL__REFUSED},
    {.number = 19, .text = "was not found", .category = RESEAL__STATE, .outcome = RESEAL__REFUSED},
    {.number = 20, .text = "has expired", .category = RESEAL__STATE, .outcome = RESEAL__REFUSED},
    {.number = 22, .text = "could not be made", .category = RESEAL__UPSTREAM, .outcome = RESEAL__UNKNOWN},
    {.number = 24, .text = "could not be stored", .category = RESEAL__INTERNAL, .outcome = RESEAL__UNKNOWN},
    {.number = 27, .text = "could not be sent", .category = RESEAL__UPSTREAM, .outcome = RESEAL__UNKNOWN},
    {.number = 28, .text = "could not be ordered", .category = RESEAL__UPSTREAM, .outcome = RESEAL__UNKNOWN},
    {.number = 30, .text = "is not supported", .category = RESEAL__STATE, .outcome = RESEAL__REFUSED},
    {.number = 33, .text = "failed as an order", .category = RESEAL__INTERNAL, .outcome = RESEAL__UNKNOWN},
    {.number = 35, .text = "could not be created", .category = RESEAL__INTERNAL, .outcome = RESEAL__UNKNOWN},
    {.number = 50,
     .text = "failed by an unhandled exception",
     .category = RESEAL__INTERNAL,
     .outcome = RESEAL__UNKNOWN},
    {.text = NULL},
};

const reseal__code_part reseal__namecheap_topics[] = {
    {.number = 101, .text = "ApiUser", .category = RESEAL__AUTH},
    {.number = 102, .text = "ApiKey", .category = RESEAL__AUTH},
    {.number = 103, .text = "UserName", .category = RESEAL__AUTH},
    {.number = 104, .text = "Command", .category = RESEAL__PARAMETER},
    {.number = 105, .text = "ClientIp", .category = RESEAL__AUTH},
    {.number = 150, .text = "the calling address", .category = RESEAL__AUTH},
    {.number = 166, .text = "the domain"},
    {.number = 167, .text = "Years"},
    {.number = 170, .text = "PromotionCode", .category = RESEAL__PROMOTION},
    {.number = 182, .text = "the contact's telephone"},
    {.number = 272, .text = "ListType"},
    {.number = 275, .text = "PageSize"},
    {.number = 294, .text = "CertificateID"},
    {.number = 295, .text = "ApproverEmail"},
    {.number = 296, .text = "CSR"},
    {.number = 297, .text = "WebServerType"},
    {.number = 300, .text = "the certificate type"},
    {.number = 301, .text = "SSLType"},
    {.number = 326, .text = "the administrative address"},
    {.number = 331, .text = "the certificate's status", .category = RESEAL__STATE},
    {.number = 767, .text = "the further names (SAN)"},
    {.number = 784, .text = "the validation method (DCV)"},
    {.number = 900, .text = "the request"},
    {.text = NULL},
};

static const reseal__error_row global_documented[] = {
    {.number = 1010101, .text = "Parameter APIUser is missing"},
    {.number = 1030408, .text = "Unsupported authentication type"},
    {.number = 1010104, .text = "Parameter Command is missing"},
    {.number = 1010102, .text = "Parameter APIKey is missing"},
    {.number = 1011102, KEY_ADVICE, .text = "Parameter APIKey is missing"},
    {.number = 1010105, .text = "Parameter ClientIP is missing"},
    {.number = 1011105, .text = "Parameter ClientIP is missing"},
    {.number = 1050900, .category = RESEAL__INTERNAL, .text = "Unknown error when validating APIUser"},
    {.number = 1011150, ADDRESS_ADVICE, .text = "Parameter RequestIP is invalid"},
    {.number = 1017150, .text = "Parameter RequestIP is disabled or locked"},
    {.number = 1017105, .text = "Parameter ClientIP is disabled or locked"},
    {.number = 1017101, .text = "Parameter ApiUser is disabled or locked"},
    {.number = 1017410,
     .category = RESEAL__FUNDS,
     .advice = "Payments were declined too often: settle that with the provider's support.",
     .text = "Too many declined payments"},
    {.number = 1017411,
     .retry = RESEAL__LATER,
     REFUSED,
     .advice = "Correct the account's name and key first: more attempts with wrong ones prolong the block.",
     .text = "Too many login attempts"},
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
     REFUSED},
    {.number = 1011102, KEY_ADVICE, .text = "API Key is invalid or API access has not been enabled"},
    {.number = 1011150, ADDRESS_ADVICE, .text = "Invalid request IP: <caller address>"},
    {.number = 500000, .category = RESEAL__THROTTLE, .retry = RESEAL__LATER, REFUSED, .text = "Too many requests"},
    {.number = 4, .category = RESEAL__PARAMETER, REFUSED, .text = "Parameter Command is Invalid"},
    {.number = 3050750,
     .category = RESEAL__UPSTREAM,
     IN_DOUBT,
     .text = "The agent is stopped or has been stopped, no additional provocateurs can be created."},
};

static const reseal__error_row activate_current[] = {
    {.number = 2010214, .text = "Parameter AdminEmailAddress is Missing"},
    {.number = 2010294, .text = "Parameter CertificateID is Missing"},
    {.number = 2010295, .text = "Approver email is required"},
    {.number = 2010295, .text = "DNSApproverEmails is required"},
    {.number = 2010296, .text = "Parameter CSR is Missing"},
    {.number = 2010326, .text = "Parameter AdminAddress1 is missing"},
    {.number = 2010326, .text = "Parameter AdminCity is missing"},
    {.number = 2010326, .text = "Parameter AdminStateProvince is missing"},
    {.number = 2010326, .text = "Parameter AdminCountry is missing"},
    {.number = 2010326, .text = "Parameter AdminPostalCode is missing"},
    {.number = 2010396, .text = "Either CSR Organization or AdminOrganizationName must be specified"},
    {.number = 2010667, .text = "CompanyIncorporationCountry is Required for EV SSL certificates"},
    {.number = 2010767,
     .text = "The additional domain names provided in DNSNames exceeded the purchased SANS.Only %1$d SANS can be "
             "activated for this certificate."},
    {.number = 2010767, .text = "The additional DNSNames and their corresponding approver emails are not equal"},
    {.number = 2011166,
     .advice = "A renewal is for the name of the first activation: use a CSR with that common name.",
     .text = "Invalid Renewal Order Domain"},
    {.number = 2011212, .text = "Parameter AdminPhone is Invalid"},
    {.number = 2011213, .text = "Parameter AdminFax is Invalid"},
    {.number = 2011214, .text = "Parameter AdminEmailAddress is Invalid"},
    {.number = 2011215, .text = "Parameter AdminPhoneExt is Invalid"},
    {.number = 2011294, .text = "Parameter CertificateID is Invalid"},
    {.number = 2011294, .text = "CertificateID is invalid"},
    {.number = 2011295, .text = "Approver email is invalid"},
    {.number = 2011296,
     .text = "The CSR provided is invalid to generate a wildcard certificate. Please make sure that you generate a CSR "
             "with a Common Name (CN) that starts with '*.' (ex: *.yourdomain.com)"},
    {.number = 2011300, .text = "Invalid SSL Certificate Selection"},
    {.number = 2011301, .text = "We're sorry, the requested SSL type has been discontinued"},
    {.number = 2011388, .text = "Parameter OrganizationRepPhone is TooLong"},
    {.number = 2011388, .text = "Parameter OrganizationRepPhone is Invalid"},
    {.number = 2011389, .text = "Parameter OrganizationRepFax is TooLong"},
    {.number = 2011389, .text = "Parameter OrganizationRepFax is Invalid"},
    {.number = 2011668, .text = "Parameter CompanyIncorporationDate is Invalid. Valid format is YYYY-MM-DD"},
    {.number = 2011767,
     .text = "We have detected that either a common name or one of the additional domain fields contain one of the "
             "following unsupported elements: an Internet-accessible IP Address, Internal Domain Name or a TLD we do "
             "not yet support. If you believe this is a mistake - please contact support. Thank you."},
    {.number = 2011784,
     .advice = "Choose one way to prove control of the names.",
     .text = "Both File-Based and DNS-Based authentication can't be enabled"},
    {.number = 2013201, .text = "Parameter AdminOrganizationName is TooLong"},
    {.number = 2013202, .text = "Parameter AdminJobTitle is TooLong"},
    {.number = 2013203, .text = "Parameter AdminFirstName is TooLong"},
    {.number = 2013204, .text = "Parameter AdminLastName is TooLong"},
    {.number = 2013207, .text = "Parameter AdminCity is TooLong"},
    {.number = 2013208, .text = "Parameter AdminStateProvince is TooLong"},
    {.number = 2013209, .text = "Parameter AdminStateProvinceChoice is TooLong"},
    {.number = 2013210, .text = "Parameter AdminPostalCode is TooLong"},
    {.number = 2013211, .text = "Parameter AdminCountry is TooLong"},
    {.number = 2013212, .text = "Parameter AdminPhone is TooLong"},
    {.number = 2013213, .text = "Parameter AdminFax is TooLong"},
    {.number = 2013214, .text = "Parameter AdminEmailAddress is TooLong"},
    {.number = 2013215, .text = "Parameter AdminPhoneExt is TooLong"},
    {.number = 2013294, .text = "Parameter CertificateID is TooLong"},
    {.number = 2013295, .text = "Parameter ApproverEmail is TooLong"},
    {.number = 2013296, .text = "Parameter CSR is TooLong"},
    {.number = 2013297, .text = "Parameter WebServerType is TooLong"},
    {.number = 2013372, .text = "Parameter OrganizationRepEmailAddress is TooLong"},
    {.number = 2013372, .text = "Parameter OrganizationRepEmailAddress is Invalid"},
    {.number = 2013374, .text = "Parameter OrganizationRepFirstName is TooLong"},
    {.number = 2013375, .text = "Parameter OrganizationRepLastName is TooLong"},
    {.number = 2013376, .text = "Parameter OrganizationRepTitle is TooLong"},
    {.number = 2013380, .text = "Parameter OrganizationRepLegalName is TooLong"},
    {.number = 2013380, .text = "Parameter OrganizationRepDUNS is TooLong"},
    {.number = 2013380, .text = "Parameter OrganizationDepartment is TooLong"},
    {.number = 2013384, .text = "Parameter OrganizationRepCity is TooLong"},
    {.number = 2013385, .text = "Parameter OrganizationRepStateProvince is TooLong"},
    {.number = 2013386, .text = "Parameter OrganizationRepPostalCode is TooLong"},
    {.number = 2013387, .text = "Parameter OrganizationRepCountry is TooLong"},
    {.number = 2013388, .text = "Parameter OrganizationPhone is TooLong"},
    {.number = 2013388, .text = "Parameter OrganizationPhone is Invalid"},
    {.number = 2013389, .text = "Parameter OrganizationFax is TooLong"},
    {.number = 2013389, .text = "Parameter OrganizationFax is Invalid"},
    {.number = 2013667, .text = "Parameter CompanyIncorporationCountry is TooLong"},
    {.number = 2013900, .text = "Parameter AdminAddress1 is TooLong"},
    {.number = 2013900, .text = "Parameter AdminAddress2 is TooLong"},
    {.number = 2013900, .text = "Parameter OrganizationRepAddress1 is TooLong"},
    {.number = 2013900, .text = "Parameter OrganizationRepAddress2 is TooLong"},
    {.number = 2013900, .text = "Parameter OrganizationLegalName is TooLong"},
    {.number = 2013900, .text = "Parameter OrganizationRepPostOfficeBox is TooLong"},
    {.number = 2013900, .text = "Parameter OrganizationDepartment is TooLong"},
    {.number = 2013900, .text = "Parameter OrganizationAddress1 is TooLong"},
    {.number = 2013900, .text = "Parameter OrganizationAddress2 is TooLong"},
    {.number = 2013900, .text = "Parameter OrganizationPOBox is TooLong"},
    {.number = 2013900, .text = "Parameter OrganizationDUNS is TooLong"},
    {.number = 2013900, .text = "Parameter OrganizationCity is TooLong"},
    {.number = 2013900, .text = "Parameter OrganizationStateProvince is TooLong"},
    {.number = 2013900, .text = "Parameter OrganizationCountry is TooLong"},
    {.number = 2013900, .text = "Parameter OrganizationPostalCode is TooLong"},
    {.number = 2013900, .text = "Parameter HTTPDCValidation is Invalid"},
    {.number = 2013900, .text = "Parameter DNSDCValidation is Invalid"},
    {.number = 2013900, .text = "Parameter CompanyRegistrationNumber is TooLong"},
    {.number = 2013900, .text = "Parameter CompanyIncorporationStateProvince is TooLong"},
    {.number = 2013900, .text = "Parameter CompanyIncorporationLocality is TooLong"},
    {.number = 2013900, .text = "Parameter CompanyIncorporationDate is TooLong"},
    {.number = 2013900, .text = "Parameter CompanyDBA is TooLong"},
    {.number = 2014296,
     .text = "Duplicate Values in Common Names detected.Each Common Name should have a unique value."},
    {.number = 2030296, .text = "Invalid CSR - Wildcard not supported with this type of certificate."},
    {.number = 3011295, .category = RESEAL__UPSTREAM, IN_DOUBT, .text = "Error From Certificate Provider"},
    {.number = 3011295, REFUSED, .text = "Approver email is not valid"},
    {.number = 3011295,
     REFUSED,
     .text = "Approver email for the DomainName %1$s is not valid.Please provide the dnsapprover emails in the same "
             "order of dnsnames."},
    {.number = 3011296, REFUSED, .text = "Invalid CSR. %1$s"},
    {.number = 3022296, .text = "Error occures while creating Http DCV based file"},
    {.number = 3022296, .text = "Error occured while retrieving details for DNS based DCValidation."},
    {.number = 3027295,
     .text = "We are unable to process your order. Error Details: Internal error occurred;Invalid Status code: %1$s"},
    {.number = 4011294, REFUSED, .text = "CertificateId is not valid"},
    {.number = 4011296, REFUSED, .text = "CSR invalid error from provider"},
    {.number = 4011297, REFUSED, .text = "Parameter AdminCountry %1$s is not a valid ISO 3166-1 alpha-2 country"},
    {.number = 4011297,
     REFUSED,
     .text = "Parameter OrganizationRepCountry %1$s is not a valid ISO 3166-1 alpha-2 country"},
    {.number = 4011297,
     REFUSED,
     .text = "Parameter OrganizationCountry %1$s is not a valid ISO 3166-1 alpha-2 country"},
    {.number = 4011297,
     REFUSED,
     .text = "Parameter CompanyIncorporationCountry %1$s is not a valid ISO 3166-1 alpha-2 country"},
    {.number = 4011331, REFUSED, .text = "Status is InValid."},
    {.number = 4011331,
     .category = RESEAL__INTERNAL,
     IN_DOUBT,
     .text = "Unable to update DCV filerecords in database. Please try again."},
    {.number = 4011380, REFUSED, .text = "OrganizationRepDUNS must be integer"},
    {.number = 4011900, REFUSED, .text = "OrganizationDUNS must be integer"},
    {.number = 4020294,
     REFUSED,
     .advice = "The time for activation is over: ask the provider's support.",
     .text = "Activation period for this certificate has expired."},
    {.number = 4024296, .text = "Unable to update records in the database"},
    {.number = 4024510, .text = "Unable to update records."},
    {.number = 4050900, .text = "Error occured from database"},
    {.number = 4080167,
     .category = RESEAL__PARAMETER,
     YEARS_ADVICE,
     REFUSED,
     .text = "Due to recent CA/B Forum updates, it is no longer possible to activate 4- and 5-year certificates after "
             "March 1, 2015. Please contact support."},
    {.number = 4080167,
     .category = RESEAL__PARAMETER,
     YEARS_ADVICE,
     REFUSED,
     .text = "Due to revised CA/B Forum regulations, it is no longer possible to activate 3-, 4-, and 5-year "
             "certificates after March 1, 2018. Please contact our support team."},
};

static const reseal__error_row activate_legacy[] = {
    {.number = 2010326, .text = "Error while validating administrative address"},
    {.number = 4011294, REFUSED, .text = "CertificateID is invalid"},
    {.number = 2019331, .text = "Certificate status is not available"},
    {.number = 4020294,
     REFUSED,
     .advice = "The time for activation is over: ask the provider's support.",
     .text = "Activation period for this certificate is over"},
    {.number = 4011331, REFUSED, .text = "Certificate status is invalid"},
    {.number = 4011297, REFUSED, .text = "WebServerType is invalid"},
    {.number = 2011297, .text = "WebServerType is invalid"},
    {.number = 3011166, REFUSED, .text = "Invalid renewal order domain"},
    {.number = 3011296, REFUSED, .text = "The CSR provided is invalid"},
    {.number = 4024295, .text = "Unable to update ApproverEmail in database"},
    {.number = 4024331, .text = "Unable to update status in database"},
    {.number = 3028301, .text = "Failed to purchase certificate"},
    {.number = 3011295, REFUSED, .text = "ApproverEmail is not valid"},
    {.number = 2015182, .text = "The contact phone is invalid. The phone number format is +NNN.NNNNNNNNNN"},
    {.number = 2011300, .text = "Validation for True Business with EV"},
    {.number = 2030332, .text = "Config file value does not support for activation"},
    {.number = 2010297, .text = "WebServerType is missing"},
    {.number = 4011296, REFUSED, .text = "CSR invalid error from Provider"},
    {.number = 4024294, .text = "Failed to update CertificateID"},
    {.number = 4027295, .text = "Failed to send ApproverEmail"},
    {.number = 2011510, .category = RESEAL__INTERNAL, .text = "Partner name is invalid"},
    {.number = 5050900, .text = "Unhandled exceptions"},
    {.number = 2011333,
     .category = RESEAL__INTERNAL,
     IN_DOUBT,
     .text = "xmlfile is missing error while getting xml form from filepath and xmlstring from config file"},
    {.number = 4050900, .text = "Unhandled exception from database error"},
};

static const reseal__error_row create_current[] = {
    {.number = 2010167, .text = "Parameter Years is Missing"},
    {.number = 2010298, .text = "Parameter Type is Missing"},
    {.number = 2011167, .text = "Parameter Years is Invalid"},
    {.number = 2011170, .text = "using const PROMOTION_CODE_ERRORS as custom text for this error"},
    {.number = 2011301, .text = "Parameter Type is not valid"},
    {.number = 2011301, .text = "We're sorry, the requested SSL type has been discontinued"},
    {.number = 2011767, .text = "Addon details is not available for the SSLType"},
    {.number = 2011767, .text = "Number of SANS To add is not within the limit."},
    {.number = 2011900, .text = "Parameter SANSToAdd is Invalid"},
    {.number = 2013167, .text = "Parameter Years is OutOfRange"},
    {.number = 2013170, .text = "Parameter PromotionCode is TooLong"},
    {.number = 2013900, .text = "Parameter SANSToAdd is OutOfRange"},
    {.number = 2015167, .text = "Number of years should be maximum 3"},
    {.number = 2032409, .category = RESEAL__AUTH, IN_DOUBT, .text = "Some error occurred during authentication phase"},
    {.number = 2528166, .category = RESEAL__INTERNAL, IN_DOUBT, .text = "Order creation failed"},
    {.number = 2528166,
     .category = RESEAL__INTERNAL,
     IN_DOUBT,
     .text = "ORDER CREATION FAILED; Failed to Create Order;;Oops! Internal error occurred while creating order. "
             "Please try again. If problem persist, please contact support. Error Details:-CALCULATIONERROR"},
    {.number = 2528166,
     .category = RESEAL__FUNDS,
     REFUSED,
     .text = "ORDER CREATION FAILED; INSUFFICIENTFUNDS;Insufficient funds in account; Sorry! Your available balance is "
             "insufficient to cover the current billing amount;"},
    {.number = 4080167,
     .category = RESEAL__PARAMETER,
     YEARS_ADVICE,
     REFUSED,
     .text = "Due to recent CA/B Forum updates, it is no longer possible to purchase 4- and 5-year certificates after "
             "March 1, 2015. Please contact our support team."},
    {.number = 4080167,
     .category = RESEAL__PARAMETER,
     YEARS_ADVICE,
     REFUSED,
     .text = "Due to revised CA/B Forum regulations, it is no longer possible to purchase 3-, 4- and 5-year "
             "certificates after March 1, 2018. Please contact our support team."},
};

static const reseal__error_row create_legacy[] = {
    {.number = 2033409,
     .category = RESEAL__AUTH,
     IN_DOUBT,
     .text = "Possibly a logical error in authentication phase. Order chargeable for Username is not found"},
    {.number = 2015167, .text = "Number of years should be maximum 10"},
    {.number = 2011301, .text = "SSLType is invalid"},
    {.number = 2011170, .text = "Promotion code is invalid"},
    {.number = 4011299,
     .category = RESEAL__STATE,
     IN_DOUBT,
     .text = "The Purchasevalidationid already exists.The certificate cannot be created"},
    {.number = 5050900, .text = "Unhandled exceptions"},
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
    {.number = 2528166, .category = RESEAL__INTERNAL, IN_DOUBT, .text = "Order creation failed"},
    {.number = 2528166,
     .category = RESEAL__FUNDS,
     REFUSED,
     .text = "ORDER CREATION FAILED; INSUFFICIENTFUNDS;Insufficient funds in account; Sorry! Your available balance is "
             "insufficient to cover the current billing amount;"},
    {.number = 4011294,
     REFUSED,
     .category = RESEAL__STATE,
     .advice = "Renewals are sold from 90 days before to 180 days after the certificate's end.",
     .text = "Certificate not meet the ExpireDate. So cannot Renew"},
    {.number = 4011294,
     REFUSED,
     .category = RESEAL__STATE,
     .advice = "Choose fewer years, or wait until 90 days before the certificate's end.",
     .text = "Cannot renew with Year=3 when certificate's days to expire > 90. Try again when certificate's days to "
             "expire <= 90"},
    {.number = 4011294, REFUSED, .text = "CertificateID is invalid"},
    {.number = 4011331, REFUSED, .text = "Certificate status is invalid"},
    {.number = 4028294,
     .category = RESEAL__STATE,
     .advice = "A renewal was already bought: find it by getList and activate it.",
     REFUSED,
     .text = "This CertificateID is already queued for Renewal"},
    {.number = 4080167,
     .category = RESEAL__PARAMETER,
     YEARS_ADVICE,
     REFUSED,
     .text = "Due to recent CA/B Forum updates, it is no longer possible to purchase 4- and 5-year certificates after "
             "March 1, 2015. Please contact our support team."},
    {.number = 4080167,
     .category = RESEAL__PARAMETER,
     YEARS_ADVICE,
     REFUSED,
     .text = "Due to revised CA/B Forum regulations, it is no longer possible to activate 3-, 4-, and 5-year "
             "certificates after March 1, 2018. Please contact our support team."},
};

static const reseal__error_row renew_old[] = {
    {.number = 2033409,
     .category = RESEAL__AUTH,
     IN_DOUBT,
     .text = "Possibly a logical error in authentication phase. Order chargeable for Username is not found"},
    {.number = 2015167, .text = "Number of years should be maximum 10"},
    {.number = 2011301,
     .advice = "SSLType must be the renewed certificate's own product: see Type of getInfo.",
     .text = "SSLType mismatch"},
    {.number = 2011170, .text = "Promotion code is invalid"},
    {.number = 4011294, REFUSED, .text = "Certificateid is invalid"},
    {.number = 5050900, .text = "Unhandled exceptions"},
};

static const reseal__error_row renew_legacy[] = {
    {.number = 2011301, .text = "SSLType is invalid"},
};

static const reseal__error_row reissue_old[] = {
    {.number = 2010326, .text = "Error while validating administrative address"},
    {.number = 2011294, .text = "CertificateID is invalid"},
    {.number = 4011294, REFUSED, .text = "CertificateID is invalid"},
    {.number = 2019331, .text = "Certificate status is not available"},
    {.number = 4011331, REFUSED, .text = "Certificate status is invalid"},
    {.number = 4011297, REFUSED, .text = "WebServerType is invalid"},
    {.number = 2011297, .text = "WebServerType is invalid"},
    {.number = 3011166, REFUSED, .text = "Invalid renewal order domain"},
    {.number = 3011296, REFUSED, .text = "The CSR provided is invalid"},
    {.number = 4024295, .text = "Unable to update ApproverEmail in database"},
    {.number = 4024331, .text = "Unable to update status in database"},
    {.number = 3028301, .text = "Failed to purchase certificate"},
    {.number = 3011295, REFUSED, .text = "ApproverEmail is not valid"},
    {.number = 2011300, .text = "Validation for True Business with EV"},
    {.number = 2030332, .text = "Config file value does not support for activation"},
    {.number = 2010297, .text = "WebServerType is missing"},
    {.number = 4011296, REFUSED, .text = "CSR invalid error from Provider"},
    {.number = 4024294, .text = "Failed to update CertificateID"},
    {.number = 4027295, .text = "Failed to send ApproverEmail"},
    {.number = 2011510, .category = RESEAL__INTERNAL, .text = "Partner name is invalid"},
    {.number = 5050900, .text = "Unhandled exceptions"},
    {.number = 2011333,
     .category = RESEAL__INTERNAL,
     IN_DOUBT,
     .text = "xmlfile is missing error while getting xml form from filepath and xmlstring from config file"},
    {.number = 4050900, .text = "Unhandled exception from database error"},
};

static const reseal__error_row reissue_legacy[] = {
    {.number = 2015182, .text = "The contact phone is invalid. The phone number format is +NNN.NNNNNNNNNN"},
};

static const reseal__error_row reissue_current[] = {
    {.number = 4011331,
     REFUSED,
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

static const reseal__error_row parse_csr_current[] = {
    {.number = 2011300, .text = "CertificateType is invalid"},
    {.number = 3022296, .text = "Failed to retrive CSR details from provider"},
    {.number = 5050900, .text = "Unhandled exceptions"},
};

static const reseal__error_row get_approver_email_list_current[] = {
    {.number = 2011296, .text = "CSR is invalid"},
    {.number = 2011300, .text = "CertificateType is invalid"},
    {.number = 4011300, REFUSED, .text = "CertificateType is invalid"},
    {.number = 2011166, .text = "DomainName is invalid"},
    {.number = 3022295, .text = "Failed to retrive ApproverEmail"},
    {.number = 5050900, .text = "Unhandled exceptions"},
};

static const reseal__error_row resend_approver_email_current[] = {
    {.number = 2011294, .text = "CertificateID is invalid"},
    {.number = 2011331, STATUS_ADVICE, .text = "Status is invalid"},
    {.number = 3011295, REFUSED, .text = "ApproverEmail is invalid"},
    {.number = 5050900, .text = "Unhandled exceptions"},
};

static const reseal__error_row resendfulfillmentemail_current[] = {
    {.number = 2011294, .text = "CertificateID is invalid"},
    {.number = 2011331, STATUS_ADVICE, .text = "Status is invalid"},
    {.number = 3022334, .text = "Failed to resend fulfillment email"},
    {.number = 5050900, .text = "Unhandled exceptions"},
    {.number = 3011299,
     REFUSED,
     .category = RESEAL__STATE,
     .advice = "The certificate has no administrator address: fetch it by getInfo with Returncertificate instead.",
     .text = "No administrator email is on file for this certificate"},
    {.number = 2010294, .text = "Parameter CertificateID is Missing"},
};

static const reseal__error_row purchasemoresans_current[] = {
    {.number = 2033409,
     .category = RESEAL__AUTH,
     IN_DOUBT,
     .text = "Possibly a logical error in authentication phase. Order chargeable for Username is not found."},
    {.number = 2015167, .text = "Number of years should be maximum 10"},
    {.number = 2011301, .text = "SSLType is invalid"},
    {.number = 2011170, .text = "Promotion code is invalid"},
    {.number = 4011299,
     .category = RESEAL__STATE,
     IN_DOUBT,
     .text = "The Purchasevalidationid already exists.The certificate cannot be created."},
    {.number = 2528166, .category = RESEAL__INTERNAL, IN_DOUBT, .text = "Order creation failed"},
    {.number = 5050900, .text = "Unhandled exceptions"},
};

static const reseal__error_row revokecertificate_current[] = {
    {.number = 4011331, REFUSED, .text = "Status is invalid"},
    {.number = 2011300, .text = "Wrong SSL certificate selection. The type provided is not supported by command."},
};

static const reseal__error_row edit_dcvmethod_current[] = {
    {.number = 2010294, .text = "Parameter CertificateID is Missing"},
    {.number = 2013294, .text = "Parameter CertificateID is TooLong"},
    {.number = 2011294, .text = "Parameter CertificateID is Invalid"},
    {.number = 2013294, .text = "Parameter DNSNames is TooLong"},
    {.number = 2013294, .text = "Parameter DCVMethod is TooLong"},
    {.number = 2013294, .text = "Parameter DCVMethods is TooLong"},
    {.number = 2010784, .text = "Insufficient data to edit dcvalidation method"},
    {.number = 2011784,
     .advice = "Choose one way to prove control of the names.",
     .text = "DNSNames or DCVMethods cannot be sent along with DCVMethod"},
    {.number = 2010784,
     .text = "DNSNames or DCVMethods is missing to edit dcv method for this multi domain certificate"},
    {.number = 2011767,
     .text = "There is no dnsnames or mismatch in the dnsnames provided during previous activation.Please check "
             "dnsnames and try again."},
    {.number = 2010784, .text = "DCVMethod is missing to edit dcv method for this single domain certificate"},
    {.number = 2011331, STATUS_ADVICE, .text = "Status is Invalid"},
    {.number = 2010767, .text = "The DNSNames and their corresponding DCVMethods are not equal"},
    {.number = 3011295, REFUSED, .text = "DCVMethod is invalid"},
    {.number = 3011784,
     REFUSED,
     .text = "DCVMethod for the DomainName %1$s is not valid.Please provide valid DCVMethod in DCVMethods parameter "
             "for this DomainName"},
    {.number = 2011301, .text = "We're sorry, the requested SSL type has been discontinued"},
    {.number = 3011295, .category = RESEAL__UPSTREAM, IN_DOUBT, .text = "Error From Certificate Provider"},
    {.number = 3011784,
     REFUSED,
     .advice = "Prove control of a wildcard name by CNAME or e-mail.",
     .text = "Due to CA/B Forum regulations, HTTP DCV method is not allowed for Wildcard certificates"},
    {.number = 4011331,
     .category = RESEAL__INTERNAL,
     IN_DOUBT,
     .text = "Unable to update DCV filerecords in database. Please try again."},
};

static const reseal__error_row edit_dcvmethod_observed[] = {
    {.number = 2011294, .text = "CertificateID is not Valid"},
};

static const reseal__error_row get_approver_email_list_observed[] = {
    {.number = 2011301, .text = "We're sorry, the requested SSL type has been discontinued"},
};

static const reseal__error_row get_info_observed[] = {
    {.number = 2011294, .text = "CertificateId is not valid"},
};

static const reseal__error_row purchasemoresans_observed[] = {
    {.number = 2011294, .text = "CertificateId is not valid"},
};

static const reseal__error_row resend_approver_email_observed[] = {
    {.number = 2011294, .text = "CertificateID is not Valid"},
};

static const reseal__error_row resendfulfillmentemail_observed[] = {
    {.number = 2011294, .text = "CertificateID is not Valid"},
};

static const reseal__error_row revokecertificate_observed[] = {
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
    {.method = "activate",
     .source = "https://www.namecheap.com/support/api/methods/ssl/activate/ [current]",
     .rows = {RESEAL__LIST(activate_current)}},
    {.method = "activate",
     .source = "https://www.namecheap.com/support/api/error-codes/ [legacy combined list, still published]",
     .rows = {RESEAL__LIST(activate_legacy)}},
    {.method = "create",
     .source = "https://www.namecheap.com/support/api/methods/ssl/create/ [current]",
     .rows = {RESEAL__LIST(create_current)}},
    {.method = "create",
     .source = "https://www.namecheap.com/support/api/error-codes/ [legacy combined list, still published]",
     .rows = {RESEAL__LIST(create_legacy)}},
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
    {.method = "parseCSR",
     .source = "https://www.namecheap.com/support/api/methods/ssl/parse-csr/ [current; legacy combined list identical]",
     .rows = {RESEAL__LIST(parse_csr_current)}},
    {.method = "getApproverEmailList",
     .source = "https://www.namecheap.com/support/api/methods/ssl/get-approver-email-list/ [current; legacy combined "
               "list identical]",
     .rows = {RESEAL__LIST(get_approver_email_list_current)}},
    {.method = "resendApproverEmail",
     .source = "https://www.namecheap.com/support/api/methods/ssl/resend-approver-email/ [current; legacy combined "
               "list identical]",
     .rows = {RESEAL__LIST(resend_approver_email_current)}},
    {.method = "resendfulfillmentemail",
     .source = "https://www.namecheap.com/support/api/methods/ssl/resend-fulfillment-email/ [current]",
     .rows = {RESEAL__LIST(resendfulfillmentemail_current)}},
    {.method = "purchasemoresans",
     .source =
         "https://www.namecheap.com/support/api/methods/ssl/purchase-more-sans/ [current; combined list identical]",
     .rows = {RESEAL__LIST(purchasemoresans_current)}},
    {.method = "revokecertificate",
     .source =
         "https://www.namecheap.com/support/api/methods/ssl/revoke-certificate/ [current; combined list identical]",
     .rows = {RESEAL__LIST(revokecertificate_current)}},
    {.method = "editDCVMethod",
     .source = "https://www.namecheap.com/support/api/methods/ssl/edit-dcv-method/ [current; no old version, command "
               "dates from 20-July-2017]",
     .rows = {RESEAL__LIST(edit_dcvmethod_current)}},
    {.method = "editDCVMethod",
     .source = "[observed, live sandbox Oct 2017] "
               "baptistelaget/namecheap-api-client:model-gen/samples/error_namecheap.ssl.editDCVMethod.xml",
     .rows = {RESEAL__LIST(edit_dcvmethod_observed)}},
    {.method = "getApproverEmailList",
     .source = "[observed, live sandbox Oct 2017] "
               "baptistelaget/namecheap-api-client:model-gen/samples/error_namecheap.ssl.getApproverEmailList.xml "
               "(CertificateType=rapidssl)",
     .rows = {RESEAL__LIST(get_approver_email_list_observed)}},
    {.method = "getInfo",
     .source = "[observed, live sandbox Oct 2017] "
               "baptistelaget/namecheap-api-client:model-gen/samples/error_namecheap.ssl.getInfo.xml",
     .rows = {RESEAL__LIST(get_info_observed)}},
    {.method = "purchasemoresans",
     .source = "[observed, live sandbox Oct 2017] "
               "baptistelaget/namecheap-api-client:model-gen/samples/error_namecheap.ssl.purchaseMoreSANs.xml",
     .rows = {RESEAL__LIST(purchasemoresans_observed)}},
    {.method = "resendApproverEmail",
     .source = "[observed, live sandbox Oct 2017] "
               "baptistelaget/namecheap-api-client:model-gen/samples/error_namecheap.ssl.resendApproverEmail.xml",
     .rows = {RESEAL__LIST(resend_approver_email_observed)}},
    {.method = "resendfulfillmentemail",
     .source = "[observed, live sandbox Oct 2017] "
               "baptistelaget/namecheap-api-client:model-gen/samples/error_namecheap.ssl.resendfulfillmentemail.xml",
     .rows = {RESEAL__LIST(resendfulfillmentemail_observed)}},
    {.method = "revokecertificate",
     .source = "[observed, live sandbox Oct 2017] "
               "baptistelaget/namecheap-api-client:model-gen/samples/error_namecheap.ssl.revokeCertificate.xml",
     .rows = {RESEAL__LIST(revokecertificate_observed)}},
    {.method = "getList",
     .source = "[observed, sandbox] zamnuts/afo-namecheap-api:test/fixtures/domains/getList-error-ok.xml",
     .rows = {RESEAL__LIST(get_list_observed)}},
};
