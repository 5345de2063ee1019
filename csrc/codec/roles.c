#include "codec/roles.h"

static const struct {
  const char *name, *doc;
} roles[RESEAL__ROLE_COUNT] = {
    [RESEAL__ROLE_CERTIFICATE_ID] = {"certificate_id", "The seller's id of the certificate that is spoken of."},
    [RESEAL__ROLE_ORDER_ID] = {"order_id", "The seller's id of the order."},
    [RESEAL__ROLE_PROCESS_ID] = {"process_id", "The seller's id of the work on an order: the handle by which its "
                                               "progress is asked."},
    [RESEAL__ROLE_PAYMENT_ID] = {"payment_id", "The seller's id of the payment."},
    [RESEAL__ROLE_AUTHORITY_ORDER_ID] = {"authority_order_id",
                                         "The certificate authority's own id of the order, text."},
    [RESEAL__ROLE_REPLACED_BY] = {"replaced_by", "The id of the certificate that took this one's place."},
    [RESEAL__ROLE_COMMON_NAME] = {"common_name", "The certificate's first name; as a parameter in place of the signing "
                                                 "request's."},
    [RESEAL__ROLE_NAMES] = {"names", "The certificate's names beside the common name, which may be among them; as a "
                                     "parameter in place of the signing request's alternative names."},
    [RESEAL__ROLE_FURTHER_NAMES] = {"further_names", "Names beside those of the signing request."},
    [RESEAL__ROLE_PRODUCT] = {"product", "What is sold, in the seller's word; letter case may differ between calls."},
    [RESEAL__ROLE_YEARS] = {"years", "For how many years it is bought."},
    [RESEAL__ROLE_MONTHS] = {"months", "For how many months it is bought."},
    [RESEAL__ROLE_ACTION] = {"action", "What an order does, in the seller's word."},
    [RESEAL__ROLE_CSR] = {"csr", "The signing request, PEM."},
    [RESEAL__ROLE_CERTIFICATE] = {"certificate", "The certificate itself, PEM."},
    [RESEAL__ROLE_CHAIN] = {"chain", "A certificate of its issuers, PEM."},
    [RESEAL__ROLE_STATUS] = {"status", "The seller's word for how a certificate or an order stands; `reseal.status` "
                                       "translates it."},
    [RESEAL__ROLE_STATUS_DETAIL] = {"status_detail", "The status in a sentence."},
    [RESEAL__ROLE_EXPIRED] = {"expired", "Whether the seller says that it has ended."},
    [RESEAL__ROLE_CREATED] = {"created", "When it was bought or begun; a date for `reseal.time`."},
    [RESEAL__ROLE_ACTIVATE_BY] = {"activate_by", "Until when what was bought must be activated; a date."},
    [RESEAL__ROLE_CERTIFICATE_STARTS] = {"certificate_starts", "From when the certificate is valid; a date."},
    [RESEAL__ROLE_CERTIFICATE_ENDS] = {"certificate_ends", "Until when the certificate itself is valid; a date."},
    [RESEAL__ROLE_ORDER_ENDS] = {"order_ends", "Until when the order is paid for; a date. A certificate of it may end "
                                               "long before, and is then to be reissued."},
    [RESEAL__ROLE_AMOUNT] = {"amount", "What was charged: a decimal string, or an integer in hundredths."},
    [RESEAL__ROLE_CHARGES] = {"charges", "What was charged: an object of hundredths by currency."},
    [RESEAL__ROLE_PRICE] = {"price", "What the call would cost: a decimal string, or an integer in hundredths."},
    [RESEAL__ROLE_CURRENCY] = {"currency", "The amounts' currency, ISO 4217."},
    [RESEAL__ROLE_BALANCE] = {"balance", "What the account can spend: a decimal string, or an integer in hundredths."},
    [RESEAL__ROLE_CERTIFICATES] = {"certificates", "The account's certificates; the roles inside are one's."},
    [RESEAL__ROLE_PROCESSES] = {"processes", "The account's orders under way or done; the roles inside are one's."},
    [RESEAL__ROLE_VALIDATIONS] = {"validations", "What proves control of the names; the roles inside are one proof's."},
    [RESEAL__ROLE_VALIDATION_NAME] = {"validation_name", "The name that the proof is for."},
    [RESEAL__ROLE_VALIDATION_TYPE] = {"validation_type", "How it is proved, in the seller's word."},
    [RESEAL__ROLE_VALIDATION_STATUS] = {"validation_status", "How far the proof is, in the seller's word."},
    [RESEAL__ROLE_VALIDATION_ADDRESS] = {"validation_address", "Where the mail goes that asks for approval."},
    [RESEAL__ROLE_FILE_NAME] = {"file_name", "The file to serve, under http://<name>/.well-known/pki-validation/."},
    [RESEAL__ROLE_FILE_URL] = {"file_url", "The URL of the file to serve; may lack the scheme."},
    [RESEAL__ROLE_FILE_CONTENT] = {"file_content", "What the file must hold, to the byte."},
    [RESEAL__ROLE_RECORD_NAME] = {"record_name", "The full name of the DNS record to set."},
    [RESEAL__ROLE_RECORD_TYPE] = {"record_type", "The record's type; CNAME where none is told."},
    [RESEAL__ROLE_RECORD_VALUE] = {"record_value", "What the record holds."},
    [RESEAL__ROLE_FIELDS] = {"fields", "Which fields the answer is to have; all when it is not given."},
    [RESEAL__ROLE_WITH_CERTIFICATE] = {"with_certificate", "true: the answer is to hold the certificate itself."},
    [RESEAL__ROLE_CERTIFICATE_FORM] = {"certificate_form", "The form of a certificate in the answer; the first of its "
                                                           "values is PEM."},
};

const char *reseal__role_name(reseal__role role) {
  return roles[role].name;
}

const char *reseal__role_doc(reseal__role role) {
  return roles[role].doc;
}
