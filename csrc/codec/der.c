#include "codec/der.h"

#include <string.h>

#include "codec/text.h"

enum { INTEGER = 0x02, BIT_STRING = 0x03, OCTET_STRING = 0x04, OID = 0x06, SEQUENCE = 0x30, SET = 0x31 };
enum { CONSTRUCTED = 0x20, ANY = -1, DEEPEST = 32, FIRST_TAGS = 12 };

/* Where reading stands; `end` is that of the innermost element which is open. */
typedef struct reader {
  const char *text, *stop;
  bool base64;
  unsigned bits, held;
  size_t at, end;
  int peeked; /* a byte that was looked at and not taken; -1: none */
} reader;

int reseal__base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static reader reader_of(const reseal__der *der) {
  return (reader){
      .text = der->text, .stop = der->text + der->len, .base64 = der->base64, .end = der->size, .peeked = -1};
}

/* The next byte of the text; the caller has seen that there is one. */
static int fetch(reader *r) {
  if (!r->base64) return r->text < r->stop ? (unsigned char)*r->text++ : 0;
  while (r->held < 8 && r->text < r->stop) {
    int value = reseal__base64_value(*r->text++);
    if (value < 0) continue;
    r->bits = (r->bits << 6 | (unsigned)value) & 0xFFFF;
    r->held += 6;
  }
  if (r->held < 8) return 0;
  r->held -= 8;
  return r->bits >> r->held & 0xFF;
}

static int peek(reader *r) {
  if (r->at >= r->end) return -1;
  if (r->peeked < 0) r->peeked = fetch(r);
  return r->peeked;
}

static int take(reader *r) {
  int byte = peek(r);
  if (byte >= 0) r->at++;
  r->peeked = -1;
  return byte;
}

/* Goes into the next element, which has this tag; `outer` keeps where the one around it ends. */
static bool enter(reader *r, int tag, size_t *outer) {
  int found = take(r), first = take(r);
  if (found < 0 || first < 0 || (tag != ANY && found != tag)) return false;
  size_t len = (size_t)first;
  if (first >= 0x80) {
    /* Definite, and in as few bytes as possible. */
    int bytes = first & 0x7F;
    if (bytes < 1 || bytes > 4) return false;
    len = 0;
    for (int i = 0; i < bytes; i++) {
      int byte = take(r);
      if (byte < 0 || (i == 0 && byte == 0)) return false;
      len = len << 8 | (size_t)byte;
    }
    if (len < 0x80) return false;
  }
  if (len > r->end - r->at) return false;
  *outer = r->end;
  r->end = r->at + len;
  return true;
}

/* Leaves an element, which has to be read whole. */
static bool leave(reader *r, size_t outer) {
  bool whole = r->at == r->end;
  r->end = outer;
  return whole;
}

/* One element with all that is in it. */
static bool element(reader *r, int tag, int depth) {
  int found = peek(r);
  size_t outer;
  if (depth > DEEPEST || (found & 0x1F) == 0x1F || !enter(r, tag, &outer)) return false;
  bool universal = found < 0x40, constructed = found & CONSTRUCTED;
  if (universal && constructed != ((found & 0x1F) == 0x10 || (found & 0x1F) == 0x11)) return false;
  if ((found == INTEGER || found == BIT_STRING || found == OID) && r->at == r->end) return false;
  if (found == BIT_STRING && peek(r) > 7) return false;
  if (constructed) {
    while (r->at < r->end)
      if (!element(r, ANY, depth + 1)) return false;
  } else {
    while (r->at < r->end) take(r);
  }
  return leave(r, outer);
}

/* SEQUENCE { OBJECT IDENTIFIER, … } */
static bool algorithm(reader *r) {
  size_t outer;
  if (!enter(r, SEQUENCE, &outer) || !element(r, OID, 0)) return false;
  while (r->at < r->end)
    if (!element(r, ANY, 0)) return false;
  return leave(r, outer);
}

/* SEQUENCE OF SET OF SEQUENCE { OBJECT IDENTIFIER, value } */
static bool distinguished_name(reader *r) {
  size_t name, set, part;
  if (!enter(r, SEQUENCE, &name)) return false;
  while (r->at < r->end) {
    if (!enter(r, SET, &set) || r->at == r->end) return false;
    while (r->at < r->end)
      if (!enter(r, SEQUENCE, &part) || !element(r, OID, 0) || !element(r, ANY, 0) || !leave(r, part)) return false;
    if (!leave(r, set)) return false;
  }
  return leave(r, name);
}

/* SEQUENCE { algorithm, BIT STRING } */
static bool public_key(reader *r) {
  size_t outer;
  return enter(r, SEQUENCE, &outer) && algorithm(r) && element(r, BIT_STRING, 0) && leave(r, outer);
}

static bool is_zero(reader *r) {
  size_t outer;
  return enter(r, INTEGER, &outer) && take(r) == 0 && leave(r, outer);
}

static bool request_information(reader *r) {
  size_t outer;
  return enter(r, SEQUENCE, &outer) && is_zero(r) && distinguished_name(r) && public_key(r) && element(r, 0xA0, 0) &&
         leave(r, outer);
}

static bool certificate_information(reader *r) {
  size_t outer;
  if (!enter(r, SEQUENCE, &outer)) return false;
  if (peek(r) == 0xA0 && !element(r, 0xA0, 0)) return false;
  if (!element(r, INTEGER, 0) || !algorithm(r) || !distinguished_name(r) || !element(r, SEQUENCE, 0) ||
      !distinguished_name(r) || !public_key(r))
    return false;
  while (r->at < r->end)
    if (!element(r, ANY, 0)) return false;
  return leave(r, outer);
}

/* SEQUENCE { information, algorithm, BIT STRING }, and nothing after it. */
static bool is_signed(const reseal__der *der, bool (*information)(reader *)) {
  reader r = reader_of(der);
  size_t outer;
  return enter(&r, SEQUENCE, &outer) && information(&r) && algorithm(&r) && element(&r, BIT_STRING, 0) &&
         leave(&r, outer) && r.at == r.end;
}

/* The tags of what stands in the outermost sequence, as far as they are asked for; false: it is no whole sequence. */
static bool outline(const reseal__der *der, unsigned char tags[FIRST_TAGS], size_t *count) {
  reader r = reader_of(der);
  size_t outer;
  *count = 0;
  if (!enter(&r, SEQUENCE, &outer)) return false;
  while (r.at < r.end) {
    int tag = peek(&r);
    if (!element(&r, ANY, 0)) return false;
    if (*count < FIRST_TAGS) tags[(*count)++] = (unsigned char)tag;
  }
  return leave(&r, outer) && r.at == r.end;
}

static bool begins(const unsigned char *tags, size_t count, const char *wanted) {
  size_t len = strlen(wanted);
  return count >= len && memcmp(tags, wanted, len) == 0;
}

reseal__der_kind reseal__der_kind_of(const reseal__der *der) {
  unsigned char tags[FIRST_TAGS];
  size_t count;
  if (is_signed(der, request_information)) return RESEAL__DER_REQUEST;
  if (is_signed(der, certificate_information)) return RESEAL__DER_CERTIFICATE;
  if (!outline(der, tags, &count)) return RESEAL__DER_BROKEN;
  /* PKCS#8; RSA and DSA: nine integers and six; EC: a version and the number. */
  if (begins(tags, count, "\x02\x30\x04") || begins(tags, count, "\x02\x02\x02\x02\x02\x02") ||
      begins(tags, count, "\x02\x04"))
    return RESEAL__DER_KEY;
  if (count == 2 && begins(tags, count, "\x30\x04")) return RESEAL__DER_ENCRYPTED_KEY;
  if (count == 2 && begins(tags, count, "\x30\x03")) return RESEAL__DER_PUBLIC_KEY;
  if (count == 2 && begins(tags, count, "\x06\xA0")) return RESEAL__DER_PKCS7;
  if (begins(tags, count, "\x02\x30\x30") || (count == 2 && begins(tags, count, "\x02\x30"))) return RESEAL__DER_PKCS12;
  return RESEAL__DER_OTHER;
}
