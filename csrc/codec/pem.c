#include "codec/pem.h"

#include <string.h>

#include "codec/der.h"
#include "codec/text.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

enum { LONGEST_LABEL = 80 };

typedef enum problem {
  FINE,
  EMPTY,
  UTF_16,
  BINARY,      /* `holds` says what */
  PRIVATE_KEY, /* somewhere in it, whatever else there is */
  ESCAPED,     /* line breaks as two characters */
  NO_FRAME,    /* no BEGIN line */
  BARE,        /* Base64 without its frame */
  NO_BEGIN,    /* an END line alone */
  OTHER_BLOCK, /* `holds`, by its label */
  SEVERAL,     /* blocks; `count` */
  BYTE_MARK,   /* UTF-8's byte order mark */
  TEXT_BEFORE,
  TEXT_AFTER,
  ONE_LINE,
  BAD_BEGIN,  /* a BEGIN line without its end */
  FRAME_LINE, /* something else on the BEGIN or END line */
  NO_END,
  WRONG_END,
  EMPTY_LINE,
  HEADER,
  BAD_LETTER,
  BAD_PADDING,
  NOTHING_INSIDE,
  BAD_LENGTH,
  WRONG_INSIDE /* the frame is right; `holds` is not */
} problem;

typedef struct verdict {
  problem problem;
  reseal__der_kind holds;
  const char *kind;  /* of a private key */
  const char *where; /* in the line at fault */
  size_t count;      /* of the blocks */
} verdict;

/* What a block may be called. */
typedef struct block {
  const char *labels[3];
  reseal__der_kind holds;
  bool many;
} block;

static const block request = {{"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", NULL}, RESEAL__DER_REQUEST, false};
static const block certificates = {{"CERTIFICATE", NULL, NULL}, RESEAL__DER_CERTIFICATE, true};

static const char *find(const char *text, const char *stop, const char *needle) {
  size_t len = strlen(needle);
  for (; (size_t)(stop - text) >= len; text++) {
    text = memchr(text, needle[0], (size_t)(stop - text) - len + 1);
    if (!text) return NULL;
    if (memcmp(text, needle, len) == 0) return text;
  }
  return NULL;
}

static bool starts(const char *text, const char *stop, const char *prefix) {
  size_t len = strlen(prefix);
  return (size_t)(stop - text) >= len && memcmp(text, prefix, len) == 0;
}

static const char *skip_space(const char *text, const char *stop) {
  while (text < stop && reseal__is_space(*text)) text++;
  return text;
}

/* Where the line ends: at its line feed, or where the text does. */
static const char *line_end(const char *text, const char *stop) {
  const char *end = text < stop ? memchr(text, '\n', (size_t)(stop - text)) : NULL;
  return end ? end : stop;
}

/* The label behind BEGIN or END; its length, or 0 when no dashes close it on that line. Labels are short, and no search is long. */
static size_t label_len(const char *label, const char *stop) {
  if (stop - label > LONGEST_LABEL) stop = label + LONGEST_LABEL;
  const char *end = find(label, line_end(label, stop), DASHES);
  return end ? (size_t)(end - label) : 0;
}

static bool has_label(const block *wanted, const char *label, size_t len) {
  for (size_t i = 0; wanted->labels[i]; i++)
    if (reseal__same(label, len, wanted->labels[i])) return true;
  return false;
}

static reseal__der_kind kind_of_label(const char *label, size_t len) {
  static const struct {
    const char *label;
    reseal__der_kind kind;
  } known[] = {
      {"CERTIFICATE REQUEST", RESEAL__DER_REQUEST},     {"NEW CERTIFICATE REQUEST", RESEAL__DER_REQUEST},
      {"CERTIFICATE", RESEAL__DER_CERTIFICATE},         {"X509 CERTIFICATE", RESEAL__DER_CERTIFICATE},
      {"TRUSTED CERTIFICATE", RESEAL__DER_CERTIFICATE}, {"PUBLIC KEY", RESEAL__DER_PUBLIC_KEY},
      {"RSA PUBLIC KEY", RESEAL__DER_PUBLIC_KEY},       {"PKCS7", RESEAL__DER_PKCS7},
      {"PKCS #7 SIGNED DATA", RESEAL__DER_PKCS7},       {"CMS", RESEAL__DER_PKCS7},
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (reseal__same(label, len, known[i].label)) return known[i].kind;
  return RESEAL__DER_OTHER;
}

/* What sort of private key the text shows. */
static const char *kind_of_key(const char *text, const char *stop) {
  if (find(text, stop, "ENCRYPTED")) return "encrypted";
  if (find(text, stop, "RSA PRIVATE KEY")) return "RSA";
  if (find(text, stop, "EC PRIVATE KEY")) return "EC";
  if (find(text, stop, "DSA PRIVATE KEY")) return "DSA";
  if (find(text, stop, "OPENSSH PRIVATE KEY")) return "OpenSSH";
  return "PKCS#8";
}

static bool is_bare_base64(const char *text, const char *stop) {
  size_t letters = 0;
  for (; text < stop; text++) {
    if (reseal__is_space(*text) || *text == '=') continue;
    if (reseal__base64_value(*text) < 0) return false;
    letters++;
  }
  return letters >= 64;
}

/* Bytes that are no text: DER of some kind, or what else. */
static bool is_binary(const char *text, size_t len, verdict *v) {
  reseal__der der = {.text = text, .len = len, .size = len};
  v->holds = reseal__der_kind_of(&der);
  v->problem = BINARY;
  return v->holds != RESEAL__DER_BROKEN || memchr(text, '\0', len) || !reseal__is_utf8(text, len);
}

/* The lines between BEGIN and END, and what their Base64 holds. */
static void judge_body(const char *body, const char *stop, const block *wanted, verdict *v) {
  size_t letters = 0, padding = 0;
  int last = 0;
  const char *padded = NULL; /* the line with the first = */
  for (const char *line = body; line < stop;) {
    const char *end = line_end(line, stop), *content = end;
    while (content > line && (content[-1] == ' ' || content[-1] == '\t' || content[-1] == '\r')) content--;
    v->where = line;
    if (content == line) {
      v->problem = EMPTY_LINE;
      return;
    }
    for (const char *at = line; at < content; at++) {
      int value = reseal__base64_value(*at);
      if (value < 0 && *at != '=') {
        v->problem = memchr(line, ':', (size_t)(content - line)) ? HEADER : BAD_LETTER;
        return;
      }
      if (*at == '=') {
        if (!padding++) padded = line;
      } else if (padding) {
        v->where = padded;
        v->problem = BAD_PADDING;
        return;
      } else {
        last = value;
        letters++;
      }
    }
    line = end + 1;
  }
  v->problem = letters ? BAD_LENGTH : NOTHING_INSIDE;
  if (!letters || (letters + padding) % 4 || padding > 2) return;
  v->problem = BAD_PADDING;
  /* The bits that stand for nothing are zero. */
  if ((padding == 1 && last & 3) || (padding == 2 && last & 15)) return;
  reseal__der der = {
      .text = body, .len = (size_t)(stop - body), .base64 = true, .size = (letters + padding) / 4 * 3 - padding};
  v->holds = reseal__der_kind_of(&der);
  v->problem = v->holds == wanted->holds ? FINE : WRONG_INSIDE;
}

/* The block whose BEGIN stands at `at`; `after` is where it ends. */
static void judge_block(const char *at, const char *stop, const block *wanted, const char **after, verdict *v) {
  const char *label = at + strlen(BEGIN), *begin_end = line_end(at, stop);
  size_t len = label_len(label, stop);
  const char *end = find(at, stop, END);
  *after = stop;
  v->where = at;
  v->problem = NO_END;
  if (!end) return;
  v->problem = ONE_LINE;
  if (begin_end > end) return;
  v->problem = FRAME_LINE;
  if (skip_space(label + len + strlen(DASHES), begin_end) != begin_end) return;
  v->where = end;
  if (end[-1] != '\n') return;
  const char *closing = end + strlen(END);
  size_t closing_len = label_len(closing, stop);
  v->problem = closing_len ? WRONG_END : NO_END;
  if (closing_len != len || memcmp(closing, label, len) != 0) return;
  *after = closing + closing_len + strlen(DASHES);
  v->problem = FRAME_LINE;
  const char *rest = line_end(*after, stop);
  if (skip_space(*after, rest) != rest) return;
  judge_body(begin_end + 1, end, wanted, v);
}

static void judge_frame(const char *text, const char *stop, const block *wanted, verdict *v) {
  const char *first = find(text, stop, BEGIN), *known = NULL;
  size_t blocks = 0;
  if (!first) {
    v->problem = find(text, stop, END) ? NO_BEGIN : is_bare_base64(text, stop) ? BARE : NO_FRAME;
    return;
  }
  v->holds = RESEAL__DER_BROKEN;
  for (const char *at = first; at; at = find(at + 1, stop, BEGIN)) {
    const char *label = at + strlen(BEGIN);
    size_t len = label_len(label, stop);
    blocks++;
    if (!len) {
      v->problem = BAD_BEGIN;
      v->where = at;
      return;
    }
    if (has_label(wanted, label, len))
      known = known ? known : at;
    else if (v->holds == RESEAL__DER_BROKEN)
      v->holds = kind_of_label(label, len);
  }
  v->count = blocks;
  v->problem = OTHER_BLOCK;
  if (!known) return;
  v->problem = SEVERAL;
  if (blocks > 1 && (!wanted->many || v->holds != RESEAL__DER_BROKEN)) return;
  v->problem = starts(text, stop, "\xEF\xBB\xBF") ? BYTE_MARK : TEXT_BEFORE;
  if (skip_space(text, stop) != first) return;
  for (const char *at = first; at < stop; at = skip_space(at, stop)) {
    v->where = at;
    v->problem = !starts(at, stop, BEGIN) ? TEXT_AFTER : at > text && at[-1] != '\n' ? FRAME_LINE : FINE;
    if (v->problem == FINE) judge_block(at, stop, wanted, &at, v);
    if (v->problem != FINE) return;
  }
}

static verdict judge(const char *text, size_t len, const block *wanted) {
  const char *stop = text + len;
  verdict v = {.problem = EMPTY};
  if (skip_space(text, stop) == stop) return v;
  v.problem = UTF_16;
  if (len >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0 ||
                   memcmp(text, "-\0", 2) == 0 || memcmp(text, "\0-", 2) == 0))
    return v;
  v.problem = PRIVATE_KEY;
  v.kind = kind_of_key(text, stop);
  if (find(text, stop, "PRIVATE KEY")) return v;
  if (is_binary(text, len, &v)) return v;
  v.problem = ESCAPED;
  if (find(text, stop, "\\n") || find(text, stop, "\\r")) return v;
  judge_frame(text, stop, wanted, &v);
  return v;
}

static const char *name_of(reseal__der_kind kind) {
  switch (kind) {
    case RESEAL__DER_REQUEST:
      return "a certificate signing request";
    case RESEAL__DER_CERTIFICATE:
      return "a certificate";
    case RESEAL__DER_KEY:
      return "a private key";
    case RESEAL__DER_ENCRYPTED_KEY:
      return "an encrypted private key";
    case RESEAL__DER_PUBLIC_KEY:
      return "a public key";
    case RESEAL__DER_PKCS7:
      return "PKCS#7";
    case RESEAL__DER_PKCS12:
      return "PKCS#12";
    case RESEAL__DER_OTHER:
    case RESEAL__DER_BROKEN:
      break;
  }
  return "something else";
}

/* `-inform DER` for what stands in DER. */
static void tell_binary(const block *wanted, const verdict *v, reseal__buffer *message) {
  if (v->holds == RESEAL__DER_BROKEN) {
    reseal__put_text(message, "this is no text (binary data, or DER that is cut off)");
    return;
  }
  reseal__say(message, "this is DER, not PEM", NULL);
  if (v->holds != wanted->holds)
    reseal__say(message, ", and holds ", name_of(v->holds), NULL);
  else
    reseal__say(message, ": convert it by openssl ", wanted->many ? "x509" : "req",
                " -inform DER -in FILE -out FILE.pem", NULL);
}

static void tell(const char *text, size_t len, const block *wanted, reseal__buffer *message) {
  verdict v = judge(text, len, wanted);
  const char *what = wanted->many ? "certificate" : "request", *line = NULL;
  switch (v.problem) {
    case FINE:
      break;
    case EMPTY:
      reseal__put_text(message, "this is empty");
      break;
    case UTF_16:
      reseal__put_text(message, "this is UTF-16, as PowerShell's > writes it: save it as ASCII");
      break;
    case BINARY:
      tell_binary(wanted, &v, message);
      break;
    case PRIVATE_KEY:
      reseal__say(message, "there is a private key (", v.kind, ") in it, which nobody but its owner may have",
                  wanted->many ? NULL : ": the request is made from it by openssl req -new -key FILE", NULL);
      break;
    case ESCAPED:
      reseal__put_text(message, "its line breaks are not real, but a backslash and a letter");
      break;
    case NO_FRAME:
      reseal__put_text(message, "there is no -----BEGIN line in it");
      break;
    case BARE:
      reseal__put_text(message, "this is Base64 without its -----BEGIN and -----END lines");
      break;
    case NO_BEGIN:
      reseal__put_text(message, "its -----BEGIN line is missing");
      break;
    case OTHER_BLOCK:
      reseal__say(message, "this is ",
                  v.holds == RESEAL__DER_OTHER || v.holds == RESEAL__DER_BROKEN ? "PEM of another kind"
                                                                                : name_of(v.holds),
                  NULL);
      break;
    case SEVERAL:
      reseal__put_text(message, "there are ");
      reseal__put_integer(message, (int64_t)v.count);
      reseal__say(message, " PEM blocks in it", v.holds == RESEAL__DER_BROKEN ? NULL : ", among them ",
                  name_of(v.holds), NULL);
      break;
    case BYTE_MARK:
      reseal__put_text(message, "a byte order mark stands before its -----BEGIN line");
      break;
    case TEXT_BEFORE:
      reseal__put_text(message, "other text stands before its -----BEGIN line, as openssl prints it with -text");
      break;
    case TEXT_AFTER:
      reseal__put_text(message, "other text stands after its -----END line");
      break;
    case ONE_LINE:
      reseal__put_text(message, "its line breaks are lost: all is one line");
      break;
    case BAD_BEGIN:
      line = " is no whole -----BEGIN line";
      break;
    case FRAME_LINE:
      line = " has more on it than the frame of the block";
      break;
    case NO_END:
      reseal__put_text(message, "it is cut off: its -----END line is missing or not whole");
      break;
    case WRONG_END:
      line = " does not end what the -----BEGIN line begins";
      break;
    case EMPTY_LINE:
      line = " is empty";
      break;
    case HEADER:
      line = " is a header, which a block of this kind does not have";
      break;
    case BAD_LETTER:
      line = " has a character that is not Base64";
      break;
    case BAD_PADDING:
      line = " has = where Base64 does not end, or bits after its end";
      break;
    case NOTHING_INSIDE:
      reseal__put_text(message, "there is nothing between its -----BEGIN and -----END lines");
      break;
    case BAD_LENGTH:
      reseal__put_text(message, "its Base64 has a wrong length: letters are missing or too many");
      break;
    case WRONG_INSIDE:
      if (v.holds == RESEAL__DER_BROKEN)
        reseal__say(message, "what it holds is damaged or cut off", NULL);
      else if (v.holds == RESEAL__DER_OTHER)
        reseal__say(message, "what it holds is no ", what, NULL);
      else
        reseal__say(message, "it is called a ", what, ", but holds ", name_of(v.holds), NULL);
      break;
  }
  if (line) {
    reseal__put_text(message, "line ");
    int64_t number = 1;
    for (const char *at = text; at < v.where; at++) number += *at == '\n';
    reseal__put_integer(message, number);
    reseal__put_text(message, line);
  }
}

bool reseal__is_request(const char *text, size_t len) {
  return judge(text, len, &request).problem == FINE;
}

bool reseal__is_certificates(const char *text, size_t len) {
  return judge(text, len, &certificates).problem == FINE;
}

void reseal__tell_request(const char *text, size_t len, reseal__buffer *message) {
  tell(text, len, &request, message);
}

void reseal__tell_certificates(const char *text, size_t len, reseal__buffer *message) {
  tell(text, len, &certificates, message);
}
