/*
 * What decoding and encoding cost, for every shape of document that could cost more than its size. Counted, not timed: the blocks
 * of our code that run (the codec is built with a call at each, see the Makefile), and the bytes that we and libxml2 hold.
 */
#include "support.h"

#include <stdio.h>

#include <libxml/xmlmemory.h>

/* Bytes held for each byte of the document, ours and libxml2's, and what any answer costs: reseal.h promises as much. */
enum { MOST_PER_BYTE = 100, MOST_BESIDE = 200000 };

static uint64_t blocks;

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void) {
  blocks++;
}

static size_t held, most_held;
static uint64_t asked;

static void hold(size_t more, size_t less) {
  held = held + more - less;
  asked += more;
  if (held > most_held) most_held = held;
}

static void *counting_alloc(void *context, void *ptr, size_t old_size, size_t size) {
  (void)context;
  if (size == 0) {
    hold(0, ptr ? old_size : 0);
    free(ptr);
    return NULL;
  }
  void *block = realloc(ptr, size);
  /* While a block moves it is there twice. */
  hold(size, 0);
  hold(0, ptr ? old_size : 0);
  return block;
}

/* libxml2's blocks, with their size before them. */
enum { HEAD = 16 };

static void xml_release(void *ptr) {
  if (!ptr) return;
  char *block = (char *)ptr - HEAD;
  hold(0, *(size_t *)(void *)block);
  free(block);
}

static void *xml_new(size_t size) {
  char *block = malloc(size + HEAD);
  if (!block) return NULL;
  *(size_t *)(void *)block = size;
  hold(size, 0);
  return block + HEAD;
}

static void *xml_resize(void *ptr, size_t size) {
  void *new = xml_new(size);
  if (new &&ptr) {
    size_t old = *(size_t *)(void *)((char *)ptr - HEAD);
    memcpy(new, ptr, old < size ? old : size);
    xml_release(ptr);
  }
  return new;
}

static char *xml_copy(const char *text) {
  char *copy = xml_new(strlen(text) + 1);
  if (copy) strcpy(copy, text);
  return copy;
}

/* A document, written piece by piece. */
typedef struct text {
  char *bytes;
  size_t len, capacity;
} text;

static void put(text *t, const char *piece) {
  size_t len = strlen(piece);
  if (t->len + len + 1 > t->capacity) {
    t->capacity = (t->len + len + 1) * 2;
    t->bytes = realloc(t->bytes, t->capacity);
    assert_non_null(t->bytes);
  }
  memcpy(t->bytes + t->len, piece, len + 1);
  t->len += len;
}

static void put_number(text *t, const char *before, size_t number, const char *after) {
  char digits[24];
  snprintf(digits, sizeof digits, "%zu", number);
  put(t, before);
  put(t, digits);
  put(t, after);
}

/*
 * A shape: `head`, n times `each`, `tail`. In `each`, ~ is the number of the turn, and what stands between { and } is written
 * `inner` times, with $ for its number.
 */
typedef struct shape {
  const char *name;
  const char *provider, *method;
  int status;
  const char *head, *each, *tail;
  size_t inner;
  const char *headers; /* the same for the header lines; NULL: none */
  bool is_refused;
} shape;

static void put_piece(text *t, const char *piece, size_t turn, size_t inner) {
  const char *open = strchr(piece, '{') && inner ? strchr(piece, '{') : NULL;
  for (const char *at = piece; *at; at++) {
    char one[2] = {*at, '\0'};
    if (at == open) {
      const char *close = strchr(at, '}');
      for (size_t i = 0; i < inner; i++)
        for (const char *in = at + 1; in < close; in++) {
          char c[2] = {*in, '\0'};
          if (*in == '$')
            put_number(t, "", i, "");
          else if (*in == '~')
            put_number(t, "", turn, "");
          else
            put(t, c);
        }
      at = close;
    } else if (*at == '~') {
      put_number(t, "", turn, "");
    } else {
      put(t, one);
    }
  }
}

#define XML_HEAD "<ApiResponse Status=\"OK\"><CommandResponse><SSLRenewResult CertificateID=\"1\" OrderId=\"2\" "
#define XML_OPEN XML_HEAD ">"
#define XML_TAIL "</SSLRenewResult></CommandResponse></ApiResponse>"
#define JSON_HEAD "{\"commonName\":\"a.bc\",\"x\":"

static const shape shapes[] = {
    {"text between children", "namecheap", "renew", 200, XML_OPEN, "t<b/>", XML_TAIL, 0, NULL, 0},
    {"text before children", "namecheap", "renew", 200, XML_OPEN "a long text that is kept", "x<b/>", XML_TAIL, 0, NULL,
     0},
    {"text between children of the envelope", "namecheap", "renew", 200,
     "<ApiResponse Status=\"OK\"><CommandResponse><SSLRenewResult CertificateID=\"1\" "
     "OrderId=\"2\"/></CommandResponse>",
     "t<b>u</b>", "</ApiResponse>", 0, NULL, 0},
    {"blanks between children", "namecheap", "renew", 200, XML_OPEN "t", "  \n  <b/>", XML_TAIL, 0, NULL, 0},
    {"character references", "namecheap", "renew", 200, XML_OPEN "<a>", "&#65;&amp;", "</a>" XML_TAIL, 0, NULL, 0},
    {"sections", "namecheap", "renew", 200, XML_OPEN "<a>", "<![CDATA[\r]]>", "</a>" XML_TAIL, 0, NULL, 0},
    {"sections between children", "namecheap", "renew", 200, XML_OPEN "<a>", "<![CDATA[x\r\ny]]><b/>", "</a>" XML_TAIL,
     0, NULL, 0},
    {"comments", "namecheap", "renew", 200, XML_OPEN "<a>", "x<!----><?p q?>", "</a>" XML_TAIL, 0, NULL, 0},
    {"dashes", "namecheap", "renew", 200, XML_OPEN "<!-- ", "- ", "-->" XML_TAIL, 0, NULL, 0},
    {"brackets", "namecheap", "renew", 200, XML_OPEN "<![CDATA[", "]]", "]]>" XML_TAIL, 0, NULL, 0},
    {"names nobody knows", "namecheap", "renew", 200, XML_OPEN, "<n~/>", XML_TAIL, 0, NULL, 0},
    {"names that differ at their ends", "namecheap", "renew", 200, XML_OPEN, "<the_same_long_name_but_for_its_end_~/>",
     XML_TAIL, 0, NULL, 0},
    {"one name nobody knows", "namecheap", "renew", 200, XML_OPEN, "<n>1</n>", XML_TAIL, 0, NULL, 0},
    {"two names by turns", "namecheap", "renew", 200, XML_OPEN, "<n/><m/>", XML_TAIL, 0, NULL, 0},
    {"names nobody knows in the envelope", "namecheap", "renew", 200,
     "<ApiResponse Status=\"OK\"><CommandResponse><SSLRenewResult CertificateID=\"1\" "
     "OrderId=\"2\"/></CommandResponse>",
     "<n~/>", "</ApiResponse>", 0, NULL, 0},
    {"names nobody knows beside the result", "namecheap", "renew", 200, XML_HEAD "/>", "<n~/>",
     "</CommandResponse></ApiResponse>", 0, NULL, 0},
    {"names of our own", "namecheap", "renew", 200, XML_OPEN "x", "<value/><meta/>", XML_TAIL, 0, NULL, 0},
    {"many attributes", "namecheap", "renew", 200, XML_OPEN, "<n {a$=\"\" }/>", XML_TAIL, 250, NULL, 0},
    {"attributes of their own", "namecheap", "renew", 200, XML_OPEN, "<n {a~_$=\"\" }/>", XML_TAIL, 20, NULL, 0},
    {"too many attributes", "namecheap", "renew", 200, XML_HEAD, "a~=\"\" ", ">" XML_TAIL, 0, NULL, true},
    {"too many namespaces", "namecheap", "renew", 200, XML_HEAD, "xmlns:a~=\"u:\" ", ">" XML_TAIL, 0, NULL, true},
    {"many namespaces", "namecheap", "renew", 200, XML_OPEN, "<n {xmlns:a$=\"u:\" }><a0:b/><a9:c/></n>", XML_TAIL, 60,
     NULL, 0},
    {"rows", "namecheap", "getList", 200, "<ApiResponse Status=\"OK\"><CommandResponse><SSLListResult>",
     "<SSL CertificateID=\"~\" HostName=\"a.bc\" Status=\"active\"/>",
     "</SSLListResult></CommandResponse></ApiResponse>", 0, NULL, 0},
    {"rows with more", "namecheap", "getList", 200, "<ApiResponse Status=\"OK\"><CommandResponse><SSLListResult>",
     "<SSL CertificateID=\"~\" New=\"1\">t<a/>u<value/></SSL>", "</SSLListResult></CommandResponse></ApiResponse>", 0,
     NULL, 0},
    {"strings with more", "namecheap", "getApproverEmailList", 200,
     "<ApiResponse Status=\"OK\"><CommandResponse><GetApproverEmailListResult Domain=\"a.bc\"><Genericemails>",
     "<email a=\"~\">a@b.cd</email>", "</Genericemails></GetApproverEmailListResult></CommandResponse></ApiResponse>",
     0, NULL, 0},
    {"warnings", "namecheap", "renew", 200,
     "<ApiResponse Status=\"OK\"><CommandResponse><SSLRenewResult CertificateID=\"1\" "
     "OrderId=\"2\"/></CommandResponse><Warnings>",
     "<Warning Number=\"1\" a=\"\">x</Warning>", "</Warnings></ApiResponse>", 0, NULL, 0},
    {"errors", "namecheap", "renew", 200, "<ApiResponse Status=\"ERROR\"><Errors>",
     "<Error Number=\"2011170\">x</Error>", "</Errors></ApiResponse>", 0, NULL, true},
    {"elements in elements", "namecheap", "renew", 200, XML_OPEN, "<a>t<b>t<c>t<d>t<e/>u</d>u</c>u</b>u</a>", XML_TAIL,
     0, NULL, 0},
    {"elements that never end", "namecheap", "renew", 200, XML_OPEN, "<a>", "", 0, NULL, true},
    {"a document type", "namecheap", "renew", 200, "<!DOCTYPE ApiResponse [", "<!ENTITY a~ \"x\">",
     "]>" XML_OPEN XML_TAIL, 0, NULL, true},

    {"members", "realtimeregister", "renew", 202, JSON_HEAD "{\"a\":1", ",\"n~\":1", "}}", 0, NULL, 0},
    {"members that differ at their ends", "realtimeregister", "renew", 202, JSON_HEAD "{\"a\":1",
     ",\"the_same_long_name_but_for_its_end_~\":1", "}}", 0, NULL, 0},
    {"members of the whole", "realtimeregister", "renew", 202, JSON_HEAD "1", ",\"n~\":1", "}", 0, NULL, 0},
    {"one name again and again", "realtimeregister", "renew", 202, JSON_HEAD "{\"a\":1", ",\"n\":1", "}}", 0, NULL,
     true},
    {"small objects", "realtimeregister", "renew", 202, JSON_HEAD "[0", ",{\"a\":1,\"b\":{}}", "]}", 0, NULL, 0},
    {"digits", "realtimeregister", "renew", 202, JSON_HEAD "[0", ",1", "]}", 0, NULL, 0},
    {"empty lists", "realtimeregister", "renew", 202, JSON_HEAD "[0", ",[]", "]}", 0, NULL, 0},
    {"fractions", "realtimeregister", "renew", 202, JSON_HEAD "[0", ",1e-310", "]}", 0, NULL, 0},
    {"one long fraction", "realtimeregister", "renew", 202, JSON_HEAD "0.", "12345", "}", 0, NULL, 0},
    {"one long exponent", "realtimeregister", "renew", 202, JSON_HEAD "0e", "12345", "}", 0, NULL, 0},
    {"escapes", "realtimeregister", "renew", 202, JSON_HEAD "\"", "\\u00e9\\n", "\"}", 0, NULL, 0},
    {"lists that never end", "realtimeregister", "renew", 202, JSON_HEAD, "[", "", 0, NULL, true},
    {"violations", "realtimeregister", "renew", 400,
     "{\"type\":\"ConstraintViolationException\",\"message\":\"a message that could be repeated\",\"violations\":[{}",
     ",{}", "]}", 0, NULL, true},
    {"header lines", "realtimeregister", "renew", 202, JSON_HEAD "1}", "", "", 0, "X-Header-~: text\r\n", 0},
    {"one header again and again", "realtimeregister", "renew", 202, JSON_HEAD "1}", "", "", 0, "X-Process-Id: 1\r\n",
     1},
};

typedef struct cost {
  uint64_t blocks, asked;
  size_t held, bytes;
} cost;

static cost cost_of(const shape *s, size_t turns) {
  text body = {0}, headers = {0};
  put(&body, s->head);
  for (size_t i = 0; i < turns; i++) put_piece(&body, s->each, i, s->inner);
  put(&body, s->tail);
  put(&headers, "");
  for (size_t i = 0; s->headers && i < turns; i++) put_piece(&headers, s->headers, i, 0);

  reseal_error *err = NULL;
  reseal_account *account = NULL;
  reseal_result *result = NULL;
  held = most_held = 0;
  asked = 0;
  assert_int_equal(reseal_error_new(&err, counting_alloc, NULL), RESEAL_OK);
  assert_int_equal(reseal_account_new(&account, TEXT(s->provider), counting_alloc, NULL, err), RESEAL_OK);
  assert_int_equal(set(account, "api_key", KEY, err), RESEAL_OK);
  blocks = 0;
  int status = decode_answer(account, TEXT(s->method), 0, s->status, headers.bytes, headers.len, body.bytes, body.len,
                             &result, err);
  cost c = {.blocks = blocks, .asked = asked, .held = most_held, .bytes = body.len + headers.len};
  if ((status != RESEAL_OK) != s->is_refused)
    fail_msg("%s: %s", s->name, status ? reseal_error_message(err, NULL) : "is no refusal");
  reseal_result_free(result);
  reseal_account_free(account);
  reseal_error_free(err);
  assert_int_equal(held, 0);
  free(body.bytes);
  free(headers.bytes);
  return c;
}

/* Four times the document is at most five times the work: n log n passes, anything worse does not. */
static void assert_growth(const char *name, const char *what, uint64_t once, uint64_t four_times, uint64_t beside) {
  if (four_times > once * 5 + beside)
    fail_msg("%s: %s grow from %llu to %llu where the document grows four times", name, what, (unsigned long long)once,
             (unsigned long long)four_times);
}

static void an_answer_costs_what_its_size_is(void **state) {
  (void)state;
  size_t worst = 0;
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
    const shape *s = &shapes[i];
    size_t turns = s->inner ? 8 : 1500;
    cost small = cost_of(s, turns), middle = cost_of(s, turns * 2), large = cost_of(s, turns * 4);
    assert_growth(s->name, "the blocks that run", small.blocks, large.blocks, 2000);
    assert_growth(s->name, "the bytes asked for", small.asked, large.asked, 64 * 1024);
    assert_true(middle.blocks <= large.blocks);
    if (large.held > large.bytes * MOST_PER_BYTE + MOST_BESIDE)
      fail_msg("%s: %zu bytes are held for %zu", s->name, large.held, large.bytes);
    size_t per_byte = large.held > MOST_BESIDE ? (large.held - MOST_BESIDE) / large.bytes : 0;
    if (per_byte > worst) worst = per_byte;
    if (getenv("RESEAL_COSTS"))
      printf("# %-45s %8zu bytes: held %5zu, asked %6llu, blocks %6llu a byte\n", s->name, large.bytes,
             large.held / large.bytes, (unsigned long long)(large.asked / large.bytes),
             (unsigned long long)(large.blocks / large.bytes));
  }
  /* The promise is no empty one. */
  assert_true(worst > MOST_PER_BYTE / 10);
}

/* What a parser keeps of one document does not grow with how many it has read. */
static void a_handle_does_not_grow_with_its_answers(void **state) {
  (void)state;
  reseal_error *err = NULL;
  reseal_account *account = NULL;
  size_t early = 0;
  assert_int_equal(reseal_error_new(&err, NULL, NULL), RESEAL_OK);
  assert_int_equal(reseal_account_new(&account, TEXT("namecheap"), counting_alloc, NULL, err), RESEAL_OK);
  held = most_held = 0;
  for (size_t round = 0; round < 60; round++) {
    text body = {0};
    reseal_result *result = NULL;
    put(&body, XML_OPEN);
    /* Names that no document had before. */
    for (size_t i = 0; i < 2000; i++) {
      put_number(&body, "<a_name_that_comes_once_only_", round * 2000 + i, "/>");
    }
    put(&body, XML_TAIL);
    assert_int_equal(decode_answer(account, TEXT("renew"), 0, 200, NULL, 0, body.bytes, body.len, &result, err),
                     RESEAL_OK);
    reseal_result_free(result);
    free(body.bytes);
    if (round == 29) early = most_held;
  }
  assert_true(most_held <= early + early / 4);
  reseal_account_free(account);
  reseal_error_free(err);
}

static cost cost_of_params(const char *name, int nested, size_t turns) {
  reseal_error *err = NULL;
  reseal_account *account = NULL;
  reseal_params *params = NULL;
  reseal_request *request = NULL;
  char number[40];
  assert_int_equal(reseal_error_new(&err, NULL, NULL), RESEAL_OK);
  assert_int_equal(open_account(&account, "realtimeregister", NULL, err), RESEAL_OK);
  assert_int_equal(reseal_params_new(&params, account, err), RESEAL_OK);
  blocks = 0;
  if (nested) reseal_params_open(params, TEXT(name), RESEAL_ITEM_LIST, err);
  for (size_t i = 0; i < turns; i++) {
    snprintf(number, sizeof number, "%s%zu", nested ? "" : name, i);
    if (nested)
      reseal_params_string(params, NULL, 0, TEXT("www.example.com"), err);
    else
      reseal_params_string(params, TEXT(nested < 0 ? name : number), TEXT("x"), err);
  }
  if (nested) reseal_params_close(params, err);
  reseal_encode(account, TEXT("renew"), params, &request, err);
  cost c = {.blocks = blocks};
  reseal_request_free(request);
  reseal_params_free(params);
  reseal_account_free(account);
  reseal_error_free(err);
  return c;
}

static void parameters_cost_what_their_number_is(void **state) {
  (void)state;
  static const char *const names[] = {"nobody_knows_", "san", "period"};
  for (size_t i = 0; i < 3; i++) {
    int nested = strcmp(names[i], "san") == 0;
    cost small = cost_of_params(names[i], nested, 250), large = cost_of_params(names[i], nested, 1000);
    assert_growth(names[i], "the blocks that run", small.blocks, large.blocks, 5000);
  }
}

int main(void) {
  xmlMemSetup(xml_release, xml_new, xml_resize, xml_copy);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_costs_what_its_size_is),
      cmocka_unit_test(a_handle_does_not_grow_with_its_answers),
      cmocka_unit_test(parameters_cost_what_their_number_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
