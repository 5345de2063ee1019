/* What passes for a signing request, and that nothing of what is given is repeated. The bytes are those of openssl req. */
#include "support.h"

#include <stdio.h>

#include "codec/der.h"
#include "codec/pem.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* In memory of exactly that size, so that a look past it is seen. */
static char *exactly(const void *bytes, size_t len) {
  char *copy = malloc(len ? len : 1);
  assert_non_null(copy);
  memcpy(copy, bytes, len);
  return copy;
}

static bool is_request(const char *text, size_t len) {
  char *copy = exactly(text, len);
  bool found = reseal__is_request(copy, len);
  free(copy);
  return found;
}

/* What is told of it; it is freed by the next call. */
static const char *told(const char *text, size_t len) {
  static char message[512];
  reseal__memory memory = reseal__memory_of(NULL, NULL);
  reseal__buffer buffer = reseal__buffer_of(&memory, false);
  char *copy = exactly(text, len);
  reseal__tell_request(copy, len, &buffer);
  free(copy);
  assert_in_range(buffer.len, 0, sizeof message - 1);
  memcpy(message, buffer.data ? buffer.data : "", buffer.len + (buffer.data != NULL));
  if (!buffer.data) message[0] = '\0';
  reseal__buffer_free(&buffer);
  return message;
}

/* The DER of `csr`; its length. */
static size_t der_of_csr(unsigned char *der) {
  const char *at = strchr(csr, '\n') + 1, *end = strstr(csr, "\n-----END");
  unsigned bits = 0, held = 0;
  size_t len = 0;
  for (; at < end; at++) {
    const char *letter = strchr(letters, *at);
    if (!letter || !*at) continue;
    bits = bits << 6 | (unsigned)(letter - letters);
    held += 6;
    if (held >= 8) der[len++] = (unsigned char)(bits >> (held -= 8));
  }
  return len;
}

/* These bytes as a request in PEM. */
static size_t frame(char *out, const unsigned char *der, size_t len) {
  char *at = out + sprintf(out, "-----BEGIN CERTIFICATE REQUEST-----\n");
  for (size_t i = 0; i < len; i += 3) {
    unsigned three = (unsigned)der[i] << 16 | (i + 1 < len ? der[i + 1] : 0u) << 8 | (i + 2 < len ? der[i + 2] : 0u);
    *at++ = letters[three >> 18];
    *at++ = letters[three >> 12 & 63];
    *at++ = i + 1 < len ? letters[three >> 6 & 63] : '=';
    *at++ = i + 2 < len ? letters[three & 63] : '=';
    if (i % 48 == 45) *at++ = '\n';
  }
  if (at[-1] != '\n') *at++ = '\n';
  at += sprintf(at, "-----END CERTIFICATE REQUEST-----\n");
  return (size_t)(at - out);
}

static void takes_a_request_and_none_of_its_parts(void **state) {
  (void)state;
  size_t len = strlen(csr);
  assert_true(is_request(csr, len));
  assert_true(is_request(csr, len - 1));
  for (size_t part = 0; part < len - 1; part++) {
    assert_false(is_request(csr, part));
    assert_true(*told(csr, part));
    if (part) assert_false(is_request(csr + part, len - part));
  }
}

static void takes_no_request_with_a_byte_too_many_or_too_few(void **state) {
  (void)state;
  size_t len = strlen(csr);
  const char *body = strchr(csr, '\n') + 1, *end = strstr(csr, "\n-----END");
  char changed[2048];
  for (const char *at = csr; at < end; at++) {
    size_t place = (size_t)(at - csr);
    memcpy(changed, csr, len);
    changed[place] = '!';
    assert_false(is_request(changed, len));
    if (at >= body && *at != '\n') {
      memmove(changed + place, csr + place + 1, len - place - 1);
      assert_false(is_request(changed, len - 1));
    }
    memcpy(changed, csr, place);
    changed[place] = 'A';
    memcpy(changed + place + 1, at, len - place);
    assert_false(is_request(changed, len + 1));
  }
}

/* What changes a length, a tag of the frame or the version makes it another thing; a signature's bytes do not. */
static void reads_every_length(void **state) {
  (void)state;
  unsigned char der[1024];
  char pem[2048];
  size_t size = der_of_csr(der), refused = 0;
  assert_true(is_request(pem, frame(pem, der, size)));
  for (size_t i = 0; i < size; i++)
    for (int bit = 0; bit < 8; bit++) {
      der[i] ^= (unsigned char)(1 << bit);
      refused += !is_request(pem, frame(pem, der, size));
      der[i] ^= (unsigned char)(1 << bit);
    }
  assert_in_range(refused, 250, size * 8 / 2);
  for (size_t cut = 0; cut < size; cut++) {
    assert_false(is_request(pem, frame(pem, der, cut)));
    assert_string_equal(told(pem, frame(pem, der, cut)),
                        cut ? "what it holds is damaged or cut off"
                            : "there is nothing between its -----BEGIN and -----END lines");
  }
  der[size] = 0;
  assert_false(is_request(pem, frame(pem, der, size + 1)));
}

#define OID "\x06\x03\x55\x04\x03"
#define ALGORITHM "\x30\x05" OID
#define KEY_INFO "\x30\x0B" ALGORITHM "\x03\x02\x00\x61"
#define SIGNATURE "\x03\x02\x00\x62"
#define REQUEST_INFO "\x30\x14\x02\x01\x00\x30\x00" KEY_INFO "\xA0\x00"

static void holds_der_to_its_rules(void **state) {
  (void)state;
  static const struct {
    const char *what, *der;
    size_t len;
    bool taken;
  } cases[] = {
#define CASE(what, der, taken) {what, der, sizeof(der) - 1, taken}
      CASE("the least request", "\x30\x21" REQUEST_INFO ALGORITHM SIGNATURE, true),
      CASE("a length in more bytes than it needs", "\x30\x81\x21" REQUEST_INFO ALGORITHM SIGNATURE, false),
      CASE("an indefinite length", "\x30\x80" REQUEST_INFO ALGORITHM SIGNATURE "\0\0", false),
      CASE("a length of five bytes", "\x30\x85\0\0\0\0\x21" REQUEST_INFO ALGORITHM SIGNATURE, false),
      CASE("a length near the largest", "\x30\x84\xFF\xFF\xFF\xFF" REQUEST_INFO ALGORITHM SIGNATURE, false),
      CASE("version 1", "\x30\x21\x30\x14\x02\x01\x01\x30\x00" KEY_INFO "\xA0\x00" ALGORITHM SIGNATURE, false),
      CASE("no attributes", "\x30\x1F\x30\x12\x02\x01\x00\x30\x00" KEY_INFO ALGORITHM SIGNATURE, false),
      CASE("no signature", "\x30\x1D" REQUEST_INFO ALGORITHM, false),
      CASE("an octet string for the signature", "\x30\x21" REQUEST_INFO ALGORITHM "\x04\x02\x00\x62", false),
      CASE("a signature of no bytes", "\x30\x1F" REQUEST_INFO ALGORITHM "\x03\x00", false),
      CASE("nine unused bits", "\x30\x21" REQUEST_INFO ALGORITHM "\x03\x02\x09\x62", false),
      CASE("a subject that is a set", "\x30\x21\x30\x14\x02\x01\x00\x31\x00" KEY_INFO "\xA0\x00" ALGORITHM SIGNATURE,
           false),
      CASE("a constructed string among the attributes",
           "\x30\x23\x30\x16\x02\x01\x00\x30\x00" KEY_INFO "\xA0\x02\x24\x00" ALGORITHM SIGNATURE, false),
      CASE("something after the signature", "\x30\x23" REQUEST_INFO ALGORITHM SIGNATURE "\x05\x00", false),
      CASE("something after the whole", "\x30\x21" REQUEST_INFO ALGORITHM SIGNATURE "\x00", false),
  };
  char pem[256];
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    size_t len = frame(pem, (const unsigned char *)cases[i].der, cases[i].len);
    if (is_request(pem, len) != cases[i].taken) fail_msg("%s", cases[i].what);
  }
}

/* A nest that is deeper than any request is refused before the stack is. */
static void nests_are_bounded(void **state) {
  (void)state;
  unsigned char der[4096];
  size_t len = 0;
  for (size_t left = 1000; left-- > 0;) {
    size_t inside = left * 4;
    der[len++] = 0x30;
    der[len++] = 0x82;
    der[len++] = (unsigned char)(inside >> 8);
    der[len++] = (unsigned char)inside;
  }
  reseal__der whole = {.text = (char *)der, .len = len, .size = len};
  assert_int_equal(reseal__der_kind_of(&whole), RESEAL__DER_BROKEN);
}

/* Whatever comes: no look past its end, and no six bytes of it in the message. */
static void repeats_nothing_of_what_is_damaged(void **state) {
  (void)state;
  static const char *const pieces[] = {"-----BEGIN ", "-----END ", "CERTIFICATE REQUEST", "PRIVATE KEY", "-----",
                                       "\n",          "\r\n",      "CERTIFICATE",         "\\n",         "\x30\x82"};
  uint32_t random = 20261125;
#define RANDOM(n) ((random = random * 1664525u + 1013904223u) >> 8) % (uint32_t)(n)
  char text[4096];
  for (int round = 0; round < 60000; round++) {
    size_t len = strlen(csr);
    memcpy(text, csr, len);
    for (uint32_t changes = RANDOM(4); changes-- > 0;) {
      size_t at = RANDOM(len + 1);
      const char *piece = pieces[RANDOM(10)];
      size_t more = strlen(piece);
      switch (RANDOM(4)) {
        case 0:
          if (at < len) text[at] = (char)RANDOM(256);
          break;
        case 1:
          if (len > at) memmove(text + at, text + at + 1, --len - at);
          break;
        case 2:
          len = at;
          break;
        default:
          memmove(text + at + more, text + at, len - at);
          memcpy(text + at, piece, more);
          len += more;
      }
    }
    const char *message = told(text, len);
    assert_int_equal(*message == '\0', is_request(text, len));
    char *copy = exactly(text, len);
    assert_false(reseal__is_certificates(copy, len));
    reseal__tell_certificates(copy, len, NULL);
    free(copy);
    const char *body = strchr(csr, '\n') + 1;
    for (const char *at = body; at[6] != '-'; at++) {
      char six[7];
      memcpy(six, at, 6);
      six[6] = '\0';
      if (!strchr(six, '\n')) assert_null(strstr(message, six));
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_a_request_and_none_of_its_parts),
      cmocka_unit_test(takes_no_request_with_a_byte_too_many_or_too_few),
      cmocka_unit_test(reads_every_length),
      cmocka_unit_test(holds_der_to_its_rules),
      cmocka_unit_test(nests_are_bounded),
      cmocka_unit_test(repeats_nothing_of_what_is_damaged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
