/*
 * reseal: renew and reissue bought TLS certificates through their sellers' APIs.
 *
 * The codec does no input or output. `reseal_encode` turns a method and its parameters into a request,
 * `reseal_decode` turns the answer into a result or an error. Moving the bytes is the caller's.
 *
 * Conventions
 *  - Functions that can fail return 0 (RESEAL_OK) or a negative RESEAL_E… number, and fill `err` when it is not NULL.
 *  - Strings go in as pointer and length (no NUL needed; NULL with length 0 is the empty string), and come out
 *    NUL-terminated with their length stored through `len` when that is not NULL.
 *  - A NULL handle does no harm. What asks it gets what there is to tell where there is nothing, as said at each: NULL, 0 or -1.
 *    What acts on it returns RESEAL_EINVALID, or does nothing when it returns nothing. `out` is never NULL.
 *  - `…_new` makes, `…_free` takes back. What a handle hands out lives as long as the handle
 *    and until its next change.
 *  - Handles share nothing: different threads may use different handles at the same time, never the same one.
 *  - Nothing here aborts, prints, reads the clock, the environment or the locale, or keeps global state.
 *  - Secrets are wiped before their memory is given back, and never stand in an error.
 */
#ifndef RESEAL_H
#define RESEAL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RESEAL_VERSION "0.1.0"

#if defined(__GNUC__)
#define RESEAL_API __attribute__((visibility("default")))
#else
#define RESEAL_API
#endif

/* What a function returns. */
#define RESEAL_OK 0
#define RESEAL_EINVALID (-1)  /* refused here: nothing was encoded, nothing is to be sent */
#define RESEAL_EPROTOCOL (-2) /* the answer makes no sense */
#define RESEAL_EPROVIDER (-3) /* the provider said no */
#define RESEAL_ENOMEM (-4)    /* no memory; in `reseal_decode` the outcome of a change is then unknown */

/* What an error says. 0 is none of them: there is no error, or it says nothing of the kind. More may come with later versions. */

/* Who refused. */
#define RESEAL_CLASS_INVALID 1  /* this library, before anything was sent */
#define RESEAL_CLASS_PROTOCOL 2 /* this library: the answer makes no sense */
#define RESEAL_CLASS_PROVIDER 3 /* the provider */

/* Whether the call was carried out, and paid for. */
#define RESEAL_OUTCOME_NOT_SENT 1
#define RESEAL_OUTCOME_REFUSED 2 /* nothing was done: proven */
#define RESEAL_OUTCOME_UNKNOWN 3 /* it may have been: look before it is sent again */

/* Whether the same call can succeed. */
#define RESEAL_RETRY_NEVER 1
#define RESEAL_RETRY_LATER 2
#define RESEAL_RETRY_NOW 3

/* What it is about. */
#define RESEAL_CATEGORY_AUTH 1
#define RESEAL_CATEGORY_FUNDS 2
#define RESEAL_CATEGORY_PROMOTION 3
#define RESEAL_CATEGORY_PARAMETER 4
#define RESEAL_CATEGORY_STATE 5
#define RESEAL_CATEGORY_THROTTLE 6
#define RESEAL_CATEGORY_UPSTREAM 7
#define RESEAL_CATEGORY_INTERNAL 8

/* What a call does at the provider. RESEAL_EFFECT_OWN: what the method's description says. */
#define RESEAL_EFFECT_OWN 0
#define RESEAL_EFFECT_READ 1
#define RESEAL_EFFECT_CHANGE 2
#define RESEAL_EFFECT_PURCHASE 3

/* Limits of one account: what they bound, and what they are unless set. A larger answer is an error, never cut. */
#define RESEAL_LIMIT_BYTES 0 /* bytes of an answer's body: 8 MiB; never more than 10,000,000 in XML */
#define RESEAL_LIMIT_DEPTH 1 /* nesting of an answer, and of parameters: 64 */
#define RESEAL_LIMIT_ITEMS 2 /* items of a result, and of parameters: 1,000,000 */

/* Where a URL leads. */
#define RESEAL_URL_REFUSED 0  /* nowhere: no request may go to it */
#define RESEAL_URL_HTTPS 1    /* to another machine, by https */
#define RESEAL_URL_LOOPBACK 2 /* to this machine (localhost, 127.0.0.0/8, [::1]), by https or http */

/* Kinds of items in a result. */
#define RESEAL_ITEM_STRING 1
#define RESEAL_ITEM_INTEGER 2 /* within +-2^53; larger whole numbers arrive as strings of digits */
#define RESEAL_ITEM_BOOLEAN 3
#define RESEAL_ITEM_NUMBER 4 /* with a fraction or an exponent, and within a double's range; else it is a string */
#define RESEAL_ITEM_LIST 5
#define RESEAL_ITEM_OBJECT 6
#define RESEAL_ITEM_NULL 7 /* null in a list that no page describes: the items after it keep their places */

typedef struct reseal_account reseal_account;
typedef struct reseal_params reseal_params;
typedef struct reseal_request reseal_request;
typedef struct reseal_response reseal_response;
typedef struct reseal_result reseal_result;
typedef struct reseal_error reseal_error;

/*
 * Allocator: `size` 0 frees `ptr` (of `old_size` bytes) and returns NULL; otherwise it resizes (`ptr` NULL: makes) and
 * returns NULL when it can't. It must not call back into the library. libxml2's own memory does not pass through it.
 */
typedef void *(*reseal_alloc)(void *context, void *ptr, size_t old_size, size_t size);

/* The library's version, equal to RESEAL_VERSION of the header it was built with. */
RESEAL_API const char *reseal_version(void);

/* The words for the numbers above, such as "not_sent" for RESEAL_OUTCOME_NOT_SENT. NULL for 0 and for what is none of them. */
RESEAL_API const char *reseal_class_name(int error_class);
RESEAL_API const char *reseal_outcome_name(int outcome);
RESEAL_API const char *reseal_retry_name(int retry);
RESEAL_API const char *reseal_category_name(int category);
RESEAL_API const char *reseal_effect_name(int effect);
RESEAL_API const char *reseal_item_name(int type);

/*
 * Errors: made once by the caller and reused; each call that gets one clears it first. `alloc` NULL: malloc and free.
 *
 * One that is clear or NULL says nothing: numbers are 0, texts NULL, `retry_after` and `offset` -1, and there are no faults.
 */
RESEAL_API int reseal_error_new(reseal_error **out, reseal_alloc alloc, void *context);
RESEAL_API void reseal_error_free(reseal_error *err);
RESEAL_API void reseal_error_clear(reseal_error *err);
/* Numbers of RESEAL_OUTCOME_…, RETRY, CLASS and CATEGORY. */
RESEAL_API int reseal_error_outcome(const reseal_error *err);
RESEAL_API int reseal_error_retry(const reseal_error *err);
RESEAL_API int reseal_error_class(const reseal_error *err);
RESEAL_API int reseal_error_category(const reseal_error *err);
/* The provider's own code or one of ours; `…_number`: the same where it is a number at the provider, 0 where it is a word. */
RESEAL_API const char *reseal_error_code(const reseal_error *err);
RESEAL_API int64_t reseal_error_code_number(const reseal_error *err);
/* One sentence; the path of the parameter that it is about, and what to do: NULL where there is none. */
RESEAL_API const char *reseal_error_message(const reseal_error *err, size_t *len);
RESEAL_API const char *reseal_error_param(const reseal_error *err, size_t *len);
RESEAL_API const char *reseal_error_advice(const reseal_error *err);
/* The answer's status (0: no answer is involved), and the pause in seconds that it asks for (-1: none). */
RESEAL_API int reseal_error_http_status(const reseal_error *err);
RESEAL_API int64_t reseal_error_retry_after(const reseal_error *err);
/*
 * Where the answer stops making sense: how many bytes of its body come before that place (that is, before the tag, of a value in
 * XML). Of an answer that was cut: how many came. -1: nowhere in particular.
 */
RESEAL_API int64_t reseal_error_offset(const reseal_error *err);
/*
 * What the answer named although it failed: the order or certificate that it speaks of (NULL: none; it stands in the message
 * too). `…_number` is the same as an integer; 0: there is none, or it is none that fits into 2^53.
 */
RESEAL_API const char *reseal_error_handle(const reseal_error *err, size_t *len);
RESEAL_API int64_t reseal_error_handle_number(const reseal_error *err);
/*
 * What else the provider's error carries besides code, message and faults, such as the `quote` to be acknowledged: an object, to
 * be walked as any result; NULL: nothing. It belongs to the error and lives until its next change; it is not to be freed.
 */
RESEAL_API const reseal_result *reseal_error_details(const reseal_error *err);
/* All faults, the first being the one that is described above. `index` counts from 0; past the last all is NULL or 0. */
RESEAL_API size_t reseal_error_count(const reseal_error *err);
RESEAL_API const char *reseal_fault_code(const reseal_error *err, size_t index);
RESEAL_API int64_t reseal_fault_code_number(const reseal_error *err, size_t index);
RESEAL_API const char *reseal_fault_message(const reseal_error *err, size_t index, size_t *len);
RESEAL_API const char *reseal_fault_param(const reseal_error *err, size_t index, size_t *len);
/* The number that the provider itself would have answered to this fault; 0 when none is known. */
RESEAL_API int64_t reseal_fault_provider_code(const reseal_error *err, size_t index);

/*
 * One account at one provider ("namecheap", "realtimeregister"): its settings, limits and parser. `alloc` NULL: malloc
 * and free. Parameters, requests and results made through it take their memory from the same allocator and may outlive it.
 */
RESEAL_API int reseal_account_new(reseal_account **out, const char *provider, size_t provider_len, reseal_alloc alloc,
                                  void *context, reseal_error *err);
RESEAL_API void reseal_account_free(reseal_account *account);
/*
 * Sets api_user, api_key, user_name, client_ip, endpoint, edition or strict, as far as the provider knows them (see
 * `reseal_settings`). The value is checked and copied; the one before is wiped. `strict` takes "true" or "false".
 */
RESEAL_API int reseal_account_set(reseal_account *account, const char *name, size_t name_len, const char *value,
                                  size_t value_len, reseal_error *err);
/*
 * Sets a RESEAL_LIMIT_…; 0 restores its default. The largest values are 1 GiB, 512 levels and 16,000,000 items. An answer beyond
 * a limit is `too_large` or `too_deep`; so is, whatever the limits, XML of more than 10,000,000 bytes, or with a tag of more than
 * 256 attributes. Decoding takes time in proportion to the body, and memory of at most 100 times the body.
 */
RESEAL_API int reseal_account_limit(reseal_account *account, int limit, size_t value, reseal_error *err);
/* The base URL that requests go to, without the path of a method; NULL of a NULL account. */
RESEAL_API const char *reseal_account_endpoint(const reseal_account *account);

/*
 * Parameters of one call, built front to back. `name` is the parameter's, or NULL inside a list. Values are copied; what
 * is wrong with them is found by `reseal_encode`, all of it at once. These functions fail only without memory, past a limit
 * or where nothing is open to be closed; past a limit nothing is added any more, and `reseal_encode` says so again.
 */
RESEAL_API int reseal_params_new(reseal_params **out, reseal_account *account, reseal_error *err);
RESEAL_API void reseal_params_free(reseal_params *params);
RESEAL_API void reseal_params_clear(reseal_params *params);
RESEAL_API int reseal_params_string(reseal_params *params, const char *name, size_t name_len, const char *value,
                                    size_t value_len, reseal_error *err);
RESEAL_API int reseal_params_integer(reseal_params *params, const char *name, size_t name_len, int64_t value,
                                     reseal_error *err);
/* Taken as an integer when it is one within +-2^53, and is otherwise a value of a wrong type. */
RESEAL_API int reseal_params_number(reseal_params *params, const char *name, size_t name_len, double value,
                                    reseal_error *err);
RESEAL_API int reseal_params_boolean(reseal_params *params, const char *name, size_t name_len, int value,
                                     reseal_error *err);
/* As if the parameter were not given. */
RESEAL_API int reseal_params_null(reseal_params *params, const char *name, size_t name_len, reseal_error *err);
/* A value that no parameter can take; `what` says what it is, for the error. */
RESEAL_API int reseal_params_other(reseal_params *params, const char *name, size_t name_len, const char *what,
                                   size_t what_len, reseal_error *err);
/* Opens RESEAL_ITEM_LIST or RESEAL_ITEM_OBJECT; an empty list also stands for an empty object. */
RESEAL_API int reseal_params_open(reseal_params *params, const char *name, size_t name_len, int type,
                                  reseal_error *err);
RESEAL_API int reseal_params_close(reseal_params *params, reseal_error *err);

/*
 * Encodes a call. `params` NULL: none. All faults are reported together; nothing is encoded then, and `*out` is NULL.
 * The request holds the API key (in its body or a header): it is wiped by `reseal_request_free`.
 * Of a NULL request, and of headers past the last, all is NULL or 0.
 */
RESEAL_API int reseal_encode(reseal_account *account, const char *method, size_t method_len,
                             const reseal_params *params, reseal_request **out, reseal_error *err);
RESEAL_API void reseal_request_free(reseal_request *request);
RESEAL_API const char *reseal_request_method(const reseal_request *request);
RESEAL_API const char *reseal_request_url(const reseal_request *request, size_t *len);
/* The body; its length is 0 when the request has none. */
RESEAL_API const char *reseal_request_body(const reseal_request *request, size_t *len);
RESEAL_API size_t reseal_request_header_count(const reseal_request *request);
RESEAL_API const char *reseal_request_header_name(const reseal_request *request, size_t index);
RESEAL_API const char *reseal_request_header_value(const reseal_request *request, size_t index, size_t *len);
/* RESEAL_EFFECT_…: a quote is a read even where its method is a purchase. */
RESEAL_API int reseal_request_effect(const reseal_request *request);

/*
 * An answer of an account's provider, as a transport has it. `…_start` begins it, also the next one in the same object, with its
 * HTTP status; then come its headers, one call each, in any order and letter case and as often as they stand there, and the body,
 * which is not copied: it must stay until it is decoded. None of this can fail.
 */
RESEAL_API int reseal_response_new(reseal_response **out, reseal_account *account, reseal_error *err);
RESEAL_API void reseal_response_free(reseal_response *response);
RESEAL_API void reseal_response_start(reseal_response *response, int status);
RESEAL_API void reseal_response_header(reseal_response *response, const char *name, size_t name_len, const char *value,
                                       size_t value_len);
RESEAL_API void reseal_response_body(reseal_response *response, const char *body, size_t len);
/*
 * The connection ended within the body, after `received` bytes of it (-1: not known). That is never a result: decoding tells what
 * status and headers say, an order's handle above all. A change or purchase, and whatever has a handle, is of unknown outcome.
 */
RESEAL_API void reseal_response_cut(reseal_response *response, int64_t received);

/*
 * Decodes an answer to `method`. `effect` is the request's, or RESEAL_EFFECT_OWN. On success `*out` is the result; else it is NULL,
 * and `err` says what happened, `outcome` above all.
 */
RESEAL_API int reseal_decode(reseal_account *account, const char *method, size_t method_len, int effect,
                             const reseal_response *response, reseal_result **out, reseal_error *err);

/*
 * Results: items with numbers, 0 being the whole, an object or a list. So 0 is never a member, and where a member is asked for
 * stands for none. What holds others is walked so:
 *
 *   for (size_t i = reseal_result_first(r, list); i; i = reseal_result_next(r, i)) …
 *
 * An item that is not there has type 0, no name, no text and no members, and its numbers are 0. None is there in a NULL result.
 *
 * What a description knows has its name there. Whatever else the answer has is kept under its own name, repeated XML elements as
 * a list. Names that are the library's own stay so: `meta`, and `value` for the text beside an XML element's attributes and
 * children; a member that the answer has of such a name gets an underscore behind it (`meta_`), and so does what an XML element
 * holds beside the text or list that its description reads (`Domains_`). An answer with two readings of a described name is
 * malformed.
 */
RESEAL_API void reseal_result_free(reseal_result *result);
/* How many items there are, at any depth. */
RESEAL_API size_t reseal_result_count(const reseal_result *result);
RESEAL_API int reseal_result_type(const reseal_result *result, size_t item);
/* Its name within its object; NULL for items of a list and for item 0. */
RESEAL_API const char *reseal_result_name(const reseal_result *result, size_t item, size_t *len);
/* The text of a string, number, integer or boolean; NULL for lists, objects and null. */
RESEAL_API const char *reseal_result_text(const reseal_result *result, size_t item, size_t *len);
/* An integer's value, 1 or 0 for a boolean, else 0. */
RESEAL_API int64_t reseal_result_integer(const reseal_result *result, size_t item);
/* A number's value, the nearest double, whatever the locale; of other items as `reseal_result_integer`. */
RESEAL_API double reseal_result_number(const reseal_result *result, size_t item);
/* How many items a list or object holds directly. */
RESEAL_API size_t reseal_result_children(const reseal_result *result, size_t item);
/* The first item that a list or object holds, and the one that follows an item in what holds it; 0: there is none. */
RESEAL_API size_t reseal_result_first(const reseal_result *result, size_t item);
RESEAL_API size_t reseal_result_next(const reseal_result *result, size_t item);
/* The member of object `item` with that name; 0: there is none. No object has two of one name. */
RESEAL_API size_t reseal_result_find(const reseal_result *result, size_t item, const char *name, size_t name_len);

/*
 * Introspection; each result is freed with `reseal_result_free`. They take their memory from `err`'s allocator (`err`
 * NULL: malloc).
 *
 * reseal_describe: no provider: the list of providers; no method: the list of its methods; else the method as an object.
 *   `edition` NULL or empty: the provider's default edition.
 * reseal_settings: what `reseal_account_set` takes for this provider.
 * reseal_statuses: the provider's status words, rows {word, status}; status is one of to_activate, pending, issued, replaced,
 *   cancelled, revoked, expired, failed.
 * reseal_roles: the words for what parameters and fields mean whatever their names, rows {role, doc}. In what `reseal_describe`
 *   gives a parameter or field has at most one as its `role`.
 * reseal_errors: rows {code, method, text, category, retry, outcome, advice, source}, each as a failure of that method is told, and
 *   those of all methods as one of a change or a purchase; with a code only its rows, and for a number that no page lists one row
 *   made from the number's structure, where the provider's numbers have one.
 */
RESEAL_API int reseal_describe(const char *provider, size_t provider_len, const char *method, size_t method_len,
                               const char *edition, size_t edition_len, reseal_result **out, reseal_error *err);
RESEAL_API int reseal_settings(const char *provider, size_t provider_len, reseal_result **out, reseal_error *err);
RESEAL_API int reseal_statuses(const char *provider, size_t provider_len, reseal_result **out, reseal_error *err);
RESEAL_API int reseal_roles(reseal_result **out, reseal_error *err);
RESEAL_API int reseal_errors(const char *provider, size_t provider_len, const char *code, size_t code_len,
                             reseal_result **out, reseal_error *err);
/*
 * What bounds an exchange: rows {name, default, max, doc}. bytes, depth and items are those of `reseal_account_limit`; timeout and
 * connect_timeout (seconds), head and header (bytes) are for transports, the library's own and others.
 */
RESEAL_API int reseal_limits(reseal_result **out, reseal_error *err);

/*
 * Whether a request may go to a URL, as a RESEAL_URL_…; it holds for the endpoint of an account and for the library's transports,
 * and is there for transports of one's own. Refused (so is NULL): what is neither https nor http to this machine, a user, a
 * password, a port that is none, a byte that has to be escaped, and a host that two readers could take for different ones.
 */
RESEAL_API int reseal_url_check(const char *url, size_t len);
/*
 * How far a mistyped name is from one that exists: letters more, less, other or swapped, letter case not counting. -1: too far to
 * have been meant, or more than 48 bytes long.
 */
RESEAL_API int reseal_name_distance(const char *name, size_t name_len, const char *candidate, size_t candidate_len);

#ifdef __cplusplus
}
#endif

#endif
