/*
 * What a provider's API is, as data: the types of the tables in providers/. One encoder, one checker and one decoder read
 * them; no method has code of its own. A column that is left out (0, NULL, false) says that there is no such thing: it never
 * stops the code, and what a table lacks for being complete is named by reseal__lint (csrc/lint/). docs/provider.md shows how
 * a provider is added.
 */
#ifndef RESEAL_DESCRIPTION_H
#define RESEAL_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reseal.h"

/* An array literal and its length, for the `items, count` pairs below. */
#define RESEAL__LIST(array) .items = (array), .count = sizeof(array) / sizeof((array)[0])

typedef enum {
  RESEAL__STRING = 1,
  RESEAL__INTEGER,
  RESEAL__BOOLEAN,
  RESEAL__LIST_OF,  /* `item` says of what: RESEAL__STRING or RESEAL__OBJECT */
  RESEAL__OBJECT_OF /* with `fields` */
} reseal__type;

typedef enum { RESEAL__IN_BODY, RESEAL__IN_PATH, RESEAL__IN_QUERY } reseal__place;

struct reseal__buffer;

/* A named format of strings; `matches` sees the whole value. */
typedef struct reseal__format {
  const char *name;
  const char *expected; /* ends the sentence "must be …" */
  const char *regex;    /* as the provider prints it; NULL when it prints none */
  bool (*matches)(const char *text, size_t len);
  bool any_bytes; /* `matches` and `tell` see what is no UTF-8 too: such as DER where PEM is due */
  /* Of what does not match: what it is instead or what to write, begun by "; " or ": "; perhaps nothing. May be NULL. */
  void (*tell)(const char *text, size_t len, struct reseal__buffer *message);
} reseal__format;

typedef struct reseal__values {
  const char *const *items;
  size_t count;
  bool open;     /* the seller adds values: unknown ones pass unless the client is strict */
  bool any_case; /* matched without regard to letter case */
} reseal__values;

/*
 * What a parameter or a result's field means, whatever its seller calls it: code that works for all sellers asks for roles.
 * What each says, with its units, stands in codec/roles.c. In a list of records the roles are those of one record.
 */
typedef enum {
  RESEAL__ROLE_NONE = 0,
  /* what is spoken of */
  RESEAL__ROLE_CERTIFICATE_ID,
  RESEAL__ROLE_ORDER_ID,
  RESEAL__ROLE_PROCESS_ID,
  RESEAL__ROLE_PAYMENT_ID,
  RESEAL__ROLE_AUTHORITY_ORDER_ID,
  RESEAL__ROLE_REPLACED_BY,
  /* what it is */
  RESEAL__ROLE_COMMON_NAME,
  RESEAL__ROLE_NAMES,
  RESEAL__ROLE_FURTHER_NAMES,
  RESEAL__ROLE_PRODUCT,
  RESEAL__ROLE_YEARS,
  RESEAL__ROLE_MONTHS,
  RESEAL__ROLE_ACTION,
  RESEAL__ROLE_CSR,
  RESEAL__ROLE_CERTIFICATE,
  RESEAL__ROLE_CHAIN,
  /* how it stands */
  RESEAL__ROLE_STATUS,
  RESEAL__ROLE_STATUS_DETAIL,
  RESEAL__ROLE_EXPIRED,
  RESEAL__ROLE_CREATED,
  RESEAL__ROLE_ACTIVATE_BY,
  RESEAL__ROLE_CERTIFICATE_STARTS,
  RESEAL__ROLE_CERTIFICATE_ENDS,
  RESEAL__ROLE_ORDER_ENDS,
  /* money */
  RESEAL__ROLE_AMOUNT,
  RESEAL__ROLE_CHARGES,
  RESEAL__ROLE_PRICE,
  RESEAL__ROLE_CURRENCY,
  RESEAL__ROLE_BALANCE,
  /* lists of records */
  RESEAL__ROLE_CERTIFICATES,
  RESEAL__ROLE_PROCESSES,
  RESEAL__ROLE_VALIDATIONS,
  /* one of the validations */
  RESEAL__ROLE_VALIDATION_NAME,
  RESEAL__ROLE_VALIDATION_TYPE,
  RESEAL__ROLE_VALIDATION_STATUS,
  RESEAL__ROLE_VALIDATION_ADDRESS,
  RESEAL__ROLE_FILE_NAME,
  RESEAL__ROLE_FILE_URL,
  RESEAL__ROLE_FILE_CONTENT,
  RESEAL__ROLE_RECORD_NAME,
  RESEAL__ROLE_RECORD_TYPE,
  RESEAL__ROLE_RECORD_VALUE,
  /* parameters that say what an answer is to hold */
  RESEAL__ROLE_FIELDS,
  RESEAL__ROLE_WITH_CERTIFICATE,
  RESEAL__ROLE_CERTIFICATE_FORM,
  RESEAL__ROLE_COUNT
} reseal__role;

typedef struct reseal__param {
  const char *name; /* on the wire too */
  const char *doc;
  reseal__role role;
  reseal__type type;
  reseal__type item;
  reseal__place place;
  bool required;
  bool deprecated;
  bool makes_read;     /* true in this parameter: nothing is executed */
  const char *setting; /* the account's setting that stands in for it when it is not given; NULL: none */
  uint32_t min, max;   /* bytes of a string, digits of an integer, of each item in a list of strings; 0: no bound */
  int64_t low, high;   /* of an integer; both 0: no bound */
  const reseal__format *format;
  const reseal__values *values;
  const char *separator; /* a list that travels as one string: what stands between items; max then counts the whole */
  struct {
    const struct reseal__param *items;
    size_t count;
  } fields;
  struct {
    uint32_t missing, invalid, too_long;
  } codes; /* the provider's own numbers for these faults; 0: none known */
} reseal__param;

/* What holds between parameters. Names are those of parameters of the same table. */
typedef enum {
  RESEAL__ONE_OF = 1, /* exactly one of `names` is chosen (given, not false and not empty) */
  RESEAL__SAME_COUNT, /* both lists have as many items */
  RESEAL__SOME_OF,    /* at least one of `names` is chosen; with a strict client exactly one */
  RESEAL__TOGETHER,   /* names[1] is required when names[0] is given, unless one of the others is chosen */
  RESEAL__WHEN_VALUE, /* names[1] is required when names[0] equals `value` */
  RESEAL__NOT_WITH    /* names[0], if chosen, goes with none of the others that are */
} reseal__rule_kind;

typedef struct reseal__rule {
  reseal__rule_kind kind;
  const char *names[4];
  const char *value;
  const char *within; /* the list of objects whose items the rule is about; NULL: the call's own parameters */
  const char *doc;
  struct {
    uint32_t missing, conflict;
  } codes;
} reseal__rule;

/* Kinds of results. Money is never rounded; PEM is trimmed. */
typedef enum {
  RESEAL__TEXT = 1,
  RESEAL__WHOLE,   /* an integer */
  RESEAL__TRUTH,   /* a boolean */
  RESEAL__MONEY,   /* the exact text, whatever the provider writes */
  RESEAL__CENTS,   /* an integer in hundredths of the currency */
  RESEAL__DECIMAL, /* a decimal string such as 12.50 (in JSON also a number): nothing else is taken for an amount */
  RESEAL__PEM,
  RESEAL__RECORD,  /* an object with `fields` */
  RESEAL__RECORDS, /* a list of such objects */
  RESEAL__TEXTS,   /* a list of strings */
  RESEAL__WHOLES   /* a list of integers */
} reseal__result_type;

/* What a call makes, and an answer that refuses it therefore can't name. The first two are handles on it, in that order. */
typedef enum {
  RESEAL__MADE_NOTHING = 0, /* the field says nothing of the kind; an id may be the one that was asked */
  RESEAL__MADE_CERTIFICATE,
  RESEAL__MADE_ORDER,
  RESEAL__MADE_PAYMENT
} reseal__made;

typedef struct reseal__field {
  const char *name;
  const char *doc;
  reseal__role role;
  reseal__result_type type;
  /* XML: the list is an element that holds items of this name; NULL: the items repeat by themselves */
  const char *wrapped;
  bool required; /* an answer without it makes no sense; XML: nor one with the number 0; JSON: not of a list's rows */
  reseal__made made;
  bool always; /* a list that is empty when the answer leaves it out */
  struct {
    const struct reseal__field *items;
    size_t count;
  } fields;
} reseal__field;

typedef enum { RESEAL__REFUSED = 0, RESEAL__UNKNOWN } reseal__outcome;
typedef enum { RESEAL__NEVER = 0, RESEAL__LATER, RESEAL__NOW } reseal__retry;
typedef enum {
  RESEAL__NO_CATEGORY = 0,
  RESEAL__AUTH = RESEAL_CATEGORY_AUTH,
  RESEAL__FUNDS = RESEAL_CATEGORY_FUNDS,
  RESEAL__PROMOTION = RESEAL_CATEGORY_PROMOTION,
  RESEAL__PARAMETER = RESEAL_CATEGORY_PARAMETER,
  RESEAL__STATE = RESEAL_CATEGORY_STATE,
  RESEAL__THROTTLE = RESEAL_CATEGORY_THROTTLE,
  RESEAL__UPSTREAM = RESEAL_CATEGORY_UPSTREAM,
  RESEAL__INTERNAL = RESEAL_CATEGORY_INTERNAL
} reseal__category;

/* One documented or observed error. What a row leaves at 0 comes from its number's structure (reseal__code_part). */
typedef struct reseal__error_row {
  uint32_t number; /* 0: `word` is the code */
  const char *word;
  uint16_t http_status; /* the status that stands for it in an answer without a code; 0: none */
  const char *text;
  reseal__category category;
  reseal__retry retry;
  reseal__outcome outcome;
  bool outcome_known; /* `outcome` and `retry` are meant as they stand, not to be derived */
  const char *advice;
} reseal__error_row;

/* The rows that one page (or capture) gives for one method. */
typedef struct reseal__error_table {
  const char *method; /* NULL: any */
  const char *source;
  struct {
    const reseal__error_row *items;
    size_t count;
  } rows;
} reseal__error_table;

/* A part of a structured error number. */
typedef struct reseal__code_part {
  uint32_t number;
  const char *text;
  reseal__category category;
  reseal__outcome outcome;
  bool by_kind; /* a layer: the kind decides the outcome where it is known */
} reseal__code_part;

/* What the answer does that no table column says; see providers/quirks.c for each one's reason. */
#define RESEAL__QUIRK_UNWRAPPED_DCV 0x01

/* What a good answer is. */
typedef enum {
  RESEAL__ANSWER_OBJECT = 0,
  RESEAL__ANSWER_EMPTY, /* an object, or nothing at all */
  RESEAL__ANSWER_LIST,  /* JSON: a bare list of strings */
  RESEAL__ANSWER_BYTES  /* a file, which becomes `content` */
} reseal__answer_kind;

/* How a list call goes through its pages. */
typedef enum {
  RESEAL__PAGES = 1, /* `position` counts pages from 1 */
  RESEAL__OFFSETS    /* `position` counts items from 0 */
} reseal__paging_style;

typedef struct reseal__paging {
  reseal__paging_style style;
  const char *position, *size; /* the parameters; size NULL: pages are as large as the provider likes */
  const char *items;           /* the result's list */
  const char *totals;          /* the result's object that tells of the list; NULL: the result itself does */
  const char *total;           /* its member that says how many items there are; NULL: nothing does */
  const char *page_size; /* its member that says how many items a page has; NULL: one of the name `size`, if any */
} reseal__paging;

typedef struct reseal__method {
  const char *name;
  const char *command; /* the value of the provider's `command`, where it has one */
  const char *verb;
  const char *path;    /* {name} stands for a parameter in the path */
  int effect;          /* RESEAL_EFFECT_… */
  const char *edition; /* NULL: in every edition */
  const char *doc;
  const char *source;
  const char *checked; /* the date on which the source was read */
  uint32_t quirks;
  reseal__answer_kind answer;
  const reseal__paging *paging; /* NULL: not a list call */
  struct {
    const char *const *items;
    size_t count;
  } filters;                   /* fields that a list call can be filtered by, in the provider's grammar */
  const char *const *elements; /* XML: the result element's possible names, NULL-terminated; NULL: the response is it */
  struct {
    const reseal__param *items;
    size_t count;
  } params;
  struct {
    const reseal__rule *items;
    size_t count;
  } rules;
  struct {
    const reseal__field *items;
    size_t count;
  } result;
} reseal__method;

/* A setting of an account. */
typedef struct reseal__setting {
  const char *name;
  const char *wire;  /* with RESEAL__AUTH_FORM: the form field it travels as in every call; NULL: none */
  bool command_next; /* the command is sent after it, where the printed examples have it; else after all of them */
  const char *doc;
  bool required;
  bool secret;
  uint32_t min, max;    /* bytes; 0: no bound */
  const char *fallback; /* the setting whose value it takes when not given */
  const char *initial;  /* its value when not given */
  const reseal__format *format;
  const char *const *values; /* NULL-terminated; NULL: free text */
} reseal__setting;

/* A status word of the provider's, and what it means in one vocabulary for all. */
typedef struct reseal__status {
  const char *word;
  const char *status; /* to_activate, pending, issued, replaced, cancelled, revoked, expired, failed */
} reseal__status;

typedef struct reseal__endpoint {
  const char *name;
  const char *url;
} reseal__endpoint;

/* The columns in which sellers differ; they are independent of each other. */

typedef enum { RESEAL__FORM = 1, RESEAL__JSON_BODY } reseal__request_format;
typedef enum { RESEAL__XML = 1, RESEAL__JSON } reseal__answer_format;

typedef enum {
  RESEAL__AUTH_NONE = 0,
  RESEAL__AUTH_FORM,   /* the settings that have a `wire` are fields of every form */
  RESEAL__AUTH_HEADER, /* `header: scheme secret` */
  RESEAL__AUTH_BASIC   /* Authorization: Basic, of the settings `user` and `secret` (RFC 7617) */
} reseal__auth_kind;

typedef struct reseal__auth {
  reseal__auth_kind kind;
  const char *header;        /* NULL: Authorization */
  const char *scheme;        /* NULL: the secret stands alone */
  const char *user, *secret; /* names of settings */
} reseal__auth;

/*
 * What says that there were too many requests, and that nothing was executed: a status, an error's number, or either. Where a word
 * says it, the word's row is enough.
 */
typedef struct reseal__throttle {
  uint16_t status; /* of an answer that says no more */
  uint32_t number; /* the error's number, which says so with that text alone */
  const char *text;
} reseal__throttle;

/* The response header that is the handle on an order, and its name in the result. */
typedef struct reseal__handle {
  const char *header, *name;
} reseal__handle;

typedef enum {
  RESEAL__NO_FILTERS = 0,
  RESEAL__FIELD_OPERATOR /* parameters `field` and `field:operator`, in the query */
} reseal__filter_grammar;

/* A name on the wire and the name under `meta`. */
typedef struct reseal__meta {
  const char *wire;
  const char *name;
} reseal__meta;

/* What stands around every answer of an XML API. */
typedef struct reseal__xml_envelope {
  const char *root;            /* the root element; NULL: any */
  const char *status, *ok;     /* its attribute that says how it went, and that one's good value */
  const char *errors, *number; /* what holds the errors, and the number in each */
  const char *warnings;
  const char *response;     /* holds the result element and what goes with it; NULL: the root does */
  const char *repeats;      /* its attribute that only repeats the command */
  const char *success;      /* the result's attribute that may say no even so */
  const reseal__meta *meta; /* ends with a NULL name */
} reseal__xml_envelope;

/* What stands in every error of a JSON API, and beside every answer. */
typedef struct reseal__json_envelope {
  const char *error; /* the member that holds the error; NULL: the answer itself is it */
  const char *word;  /* its code: a word or a number */
  const char *message;
  const char *violations, *field; /* the list of single faults, and where each says what it is about */
  const char *reason;             /* a single fault's message; NULL: as the error's */
  const char *property;           /* the parameter, in errors about one */
  struct {
    const reseal__field *items;
    size_t count;
  } details;         /* what some errors carry besides, as far as it is known */
  const char *until; /* the one of these before which trying again is in vain; a timestamp */
  const char *quote; /* the member that makes an answer one to a quote */
} reseal__json_envelope;

typedef struct reseal__provider {
  const char *name;
  reseal__request_format request;
  reseal__answer_format answer;
  const reseal__xml_envelope *xml;   /* with RESEAL__XML */
  const reseal__json_envelope *json; /* with RESEAL__JSON */
  reseal__auth auth;
  reseal__throttle throttle;
  reseal__handle handle;
  reseal__filter_grammar filters;
  const char *command;               /* forms: the field that names the method */
  bool any_case;                     /* parameter names are matched without regard to letter case */
  const char *base_suffix;           /* dropped from an endpoint that already ends in it */
  const reseal__endpoint *endpoints; /* ends with a NULL name; the first is the default */
  struct {
    const reseal__setting *items;
    size_t count;
  } settings;
  struct {
    const reseal__method *const *items;
    size_t count;
  } methods;
  struct {
    const reseal__error_table *items;
    size_t count;
  } errors;
  const reseal__status *statuses;                   /* ends with a NULL word */
  const reseal__code_part *layers, *kinds, *topics; /* each ends with a NULL text; NULL: codes have no structure */
} reseal__provider;

/* All providers, in the order in which they are listed. */
extern const reseal__provider *const reseal__providers[];
extern const size_t reseal__provider_count;

#endif
