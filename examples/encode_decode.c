/*
 * reseal from C: make the request of a renewal, and read the answer. Sending is yours (any HTTP client).
 *
 *   cc -std=c11 -Icsrc/include examples/encode_decode.c -Lbuild/lib -lreseal -Wl,-rpath,build/lib -o encode_decode
 *   ./encode_decode
 */
#include <stdio.h>
#include <string.h>

#include "reseal.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

/* The answer that Namecheap's page for namecheap.ssl.renew prints. */
static const char answer[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<ApiResponse Status=\"OK\" xmlns=\"http://api.namecheap.com/xml.response\">\n"
    "  <Errors/>\n"
    "  <Warnings/>\n"
    "  <RequestedCommand>namecheap.ssl.renew</RequestedCommand>\n"
    "  <CommandResponse Type=\"namecheap.ssl.renew\">\n"
    "    <SSLRenewResult CertificateID=\"123456\" SSLType=\"PositiveSSL\" Years=\"1\" OrderId=\"1234567\"\n"
    "      TransactionId=\"1234567\" ChargedAmount=\"9.0000\"/>\n"
    "  </CommandResponse>\n"
    "  <Server>59f31428be24</Server>\n"
    "  <GMTTimeDifference>--5:00</GMTTimeDifference>\n"
    "  <ExecutionTime>1.534</ExecutionTime>\n"
    "</ApiResponse>\n";

static void show_faults(const reseal_error *err) {
  for (size_t i = 0; i < reseal_error_count(err); i++)
    printf("%s: %s (%s)\n", reseal_fault_code(err, i), reseal_fault_message(err, i, NULL),
           reseal_outcome_name(reseal_error_outcome(err)));
}

/* The request, up to its secret; then it would go to `url` by `method`, with its headers. */
static int encode(reseal_account *account, const reseal_params *params, reseal_error *err) {
  reseal_request *request = NULL;
  if (reseal_encode(account, TEXT("renew"), params, &request, err) != RESEAL_OK) return -1;
  size_t len;
  reseal_request_body(request, &len);
  printf("%s %s, %zu bytes, %s\n", reseal_request_method(request), reseal_request_url(request, NULL), len,
         reseal_request_effect(request) == RESEAL_EFFECT_PURCHASE ? "a purchase" : "no purchase");
  reseal_request_free(request);
  return 0;
}

/* All that an answer holds, as an outline. */
static void show_item(const reseal_result *result, size_t item, int depth) {
  const char *name = reseal_result_name(result, item, NULL), *text = reseal_result_text(result, item, NULL);
  printf("%*s%s %s\n", depth * 2, "", name ? name : "-",
         text ? text : reseal_item_name(reseal_result_type(result, item)));
  for (size_t i = reseal_result_first(result, item); i; i = reseal_result_next(result, i))
    show_item(result, i, depth + 1);
}

/* An answer of status 200, as it came from the network. */
static int decode(reseal_account *account, reseal_response *response, const char *body, size_t len, reseal_error *err) {
  reseal_result *result = NULL;
  reseal_response_start(response, 200);
  reseal_response_header(response, TEXT("Content-Type"), TEXT("text/xml; charset=utf-8"));
  reseal_response_body(response, body, len);
  if (reseal_decode(account, TEXT("renew"), RESEAL_EFFECT_OWN, response, &result, err) != RESEAL_OK) {
    show_faults(err);
    return -1;
  }
  size_t id = reseal_result_find(result, 0, TEXT("CertificateID"));
  size_t charged = reseal_result_find(result, 0, TEXT("ChargedAmount"));
  printf("certificate %lld, charged %s\n", (long long)reseal_result_integer(result, id),
         reseal_result_text(result, charged, NULL));
  show_item(result, 0, 0);
  reseal_result_free(result);
  return 0;
}

int main(void) {
  int status = 1;
  reseal_error *err = NULL;
  reseal_account *account = NULL;
  reseal_params *params = NULL;
  reseal_response *response = NULL;

  if (reseal_error_new(&err, NULL, NULL) != RESEAL_OK) goto done;
  if (reseal_account_new(&account, TEXT("namecheap"), NULL, NULL, err) != RESEAL_OK ||
      reseal_account_set(account, TEXT("api_user"), TEXT("apiexample"), err) != RESEAL_OK ||
      reseal_account_set(account, TEXT("api_key"), TEXT("56b4c87ef4fd49cb96d915c0db68194"), err) != RESEAL_OK ||
      reseal_account_set(account, TEXT("client_ip"), TEXT("1.2.3.4"), err) != RESEAL_OK ||
      reseal_params_new(&params, account, err) != RESEAL_OK ||
      reseal_response_new(&response, account, err) != RESEAL_OK ||
      reseal_params_integer(params, TEXT("CertificateID"), 501904, err) != RESEAL_OK) {
    show_faults(err);
    goto done;
  }

  /* Two parameters are missing: both are named, and nothing is encoded. */
  if (encode(account, params, err) == 0) goto done;
  show_faults(err);

  if (reseal_params_integer(params, TEXT("Years"), 1, err) != RESEAL_OK ||
      reseal_params_string(params, TEXT("SSLType"), TEXT("PositiveSSL"), err) != RESEAL_OK ||
      encode(account, params, err) != 0 || decode(account, response, TEXT(answer), err) != 0) {
    show_faults(err);
    goto done;
  }

  /* The same answer, cut in half: it may have been carried out, and paid for. */
  if (decode(account, response, answer, sizeof(answer) / 2, err) != 0 &&
      reseal_error_outcome(err) == RESEAL_OUTCOME_UNKNOWN)
    status = 0;

done:
  reseal_params_free(params);
  reseal_response_free(response);
  reseal_account_free(account);
  reseal_error_free(err);
  return status;
}
