#include "codec/formats.h"

#include <string.h>

#include "codec/idn.h"
#include "codec/pem.h"
#include "codec/text.h"

#define DOMAIN_REGEX "(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+(?:[a-z][a-z0-9-]{0,61}[a-z0-9])"

static bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

static bool is_letter(char c) {
  return is_lower(reseal__lower(c));
}

static bool is_lower_alphanumeric(char c) {
  return is_lower(c) || reseal__is_digit(c);
}

/* One label of a host name: 1 to 63 of a-z, 0-9 and -, no - at its ends. */
static bool is_label(const char *text, size_t len) {
  if (len < 1 || len > 63 || text[0] == '-' || text[len - 1] == '-') return false;
  for (size_t i = 0; i < len; i++)
    if (!is_lower_alphanumeric(text[i]) && text[i] != '-') return false;
  return true;
}

/* At least two labels; the last has two characters or more and starts with a letter. */
static bool is_host(const char *text, size_t len) {
  size_t start = 0, labels = 0;
  for (size_t i = 0; i <= len; i++) {
    if (i < len && text[i] != '.') continue;
    if (!is_label(text + start, i - start)) return false;
    labels++;
    if (i < len) start = i + 1;
  }
  return labels >= 2 && len - start >= 2 && is_lower(text[start]);
}

static bool is_domain(const char *text, size_t len) {
  if (len > 2 && text[0] == '*' && text[1] == '.') return is_host(text + 2, len - 2);
  return is_host(text, len);
}

static bool is_email(const char *text, size_t len) {
  const char *at = memchr(text, '@', len);
  if (!at) return false;
  size_t local = (size_t)(at - text);
  if (local < 1 || local > 64) return false;
  for (size_t i = 0; i < local; i++) {
    char c = text[i];
    bool dot = c == '.';
    if (dot && (i == 0 || i == local - 1 || text[i - 1] == '.')) return false;
    if (!dot && !is_lower_alphanumeric(c) && c != '_' && c != '-' && c != '+') return false;
  }
  return is_host(at + 1, len - local - 1);
}

/* `+`, 1 to 3 digits, a dot, 1 to 14 digits. */
static bool is_voice(const char *text, size_t len) {
  const char *dot = len ? memchr(text, '.', len) : NULL;
  if (!dot || text[0] != '+') return false;
  size_t before = (size_t)(dot - text) - 1, after = len - before - 2;
  if (before < 1 || before > 3 || after < 1 || after > 14) return false;
  for (size_t i = 1; i < len; i++)
    if (text + i != dot && !reseal__is_digit(text[i])) return false;
  return true;
}

static bool is_alphanumeric(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (!is_letter(text[i]) && !reseal__is_digit(text[i])) return false;
  return len > 0;
}

static bool is_digits(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (!reseal__is_digit(text[i])) return false;
  return len > 0;
}

static bool is_country(const char *text, size_t len) {
  return len == 2 && is_letter(text[0]) && is_letter(text[1]);
}

static bool is_date(const char *text, size_t len) {
  if (len != 10 || text[4] != '-' || text[7] != '-') return false;
  if (!is_digits(text, 4) || !is_digits(text + 5, 2) || !is_digits(text + 8, 2)) return false;
  int month = (text[5] - '0') * 10 + text[6] - '0', day = (text[8] - '0') * 10 + text[9] - '0';
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool is_ipv4(const char *text, size_t len) {
  size_t at = 0;
  for (int part = 0; part < 4; part++) {
    size_t digits = 0;
    int value = 0;
    while (at < len && digits < 3 && reseal__is_digit(text[at])) {
      value = value * 10 + text[at++] - '0';
      digits++;
    }
    if (digits == 0 || value > 255) return false;
    if (part < 3 && (at >= len || text[at++] != '.')) return false;
  }
  return at == len;
}

static void tell_name(const char *text, size_t len, reseal__buffer *message) {
  if (!reseal__has_own_letters(text, len)) return;
  reseal__put_text(message, "; write it as ");
  if (!reseal__put_ascii_name(message, text, len))
    reseal__put_text(message, "ASCII: each label with other letters in its xn-- form (Punycode, IDNA 2008)");
}

static void tell_email(const char *text, size_t len, reseal__buffer *message) {
  const char *at = memchr(text, '@', len);
  if (!at || reseal__has_own_letters(text, (size_t)(at - text))) return;
  size_t local = (size_t)(at - text) + 1, before = message ? message->len : 0;
  if (!reseal__has_own_letters(text + local, len - local)) return;
  reseal__put_text(message, "; write it as ");
  reseal__put(message, text, local);
  if (reseal__put_ascii_name(message, text + local, len - local)) return;
  reseal__buffer_cut(message, before);
  reseal__put_text(message, "; its host name is written in ASCII, labels with other letters in their xn-- form");
}

static bool is_ascii_name(const char *text, size_t len) {
  return !reseal__has_own_letters(text, len);
}

static void tell_request(const char *text, size_t len, reseal__buffer *message) {
  reseal__put_text(message, "; ");
  reseal__tell_request(text, len, message);
}

static void tell_certificates(const char *text, size_t len, reseal__buffer *message) {
  reseal__put_text(message, "; ");
  reseal__tell_certificates(text, len, message);
}

static bool is_address(const char *text, size_t len) {
  const char *at = memchr(text, '@', len);
  if (!at || at == text || at == text + len - 1) return false;
  for (size_t i = 0; i < len; i++)
    if (reseal__is_space(text[i]) || text[i] == ',' || (text[i] == '@' && text + i != at)) return false;
  return true;
}

static bool is_approver(const char *text, size_t len) {
  return reseal__same_any_case(text, len, "HTTPCSRHASH") || reseal__same_any_case(text, len, "CNAMECSRHASH") ||
         is_address(text, len);
}

static bool is_dcv_method(const char *text, size_t len) {
  return reseal__same_any_case(text, len, "HTTP_CSR_HASH") || reseal__same_any_case(text, len, "CNAME_CSR_HASH") ||
         is_address(text, len);
}

/* `.` and `..` are steps in a path, however they are escaped. */
static bool is_dots(const char *text, size_t len) {
  return len > 0 && len <= 2 && text[0] == '.' && text[len - 1] == '.';
}

static bool is_identifier(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (!is_letter(text[i]) && !reseal__is_digit(text[i]) && !memchr("-_.@", text[i], 4)) return false;
  return len > 0 && !is_dots(text, len);
}

/* A fraction of the second is tolerated, as JavaScript writes one. */
static bool is_timestamp(const char *text, size_t len) {
  if (len < 20 || !is_date(text, 10) || text[10] != 'T' || text[13] != ':' || text[16] != ':') return false;
  if (!is_digits(text + 11, 2) || !is_digits(text + 14, 2) || !is_digits(text + 17, 2)) return false;
  if (memcmp(text + 11, "23", 2) > 0 || memcmp(text + 14, "59", 2) > 0 || memcmp(text + 17, "60", 2) > 0) return false;
  size_t at = 19;
  if (text[at] == '.') {
    size_t digits = 0;
    while (at + 1 + digits < len && reseal__is_digit(text[at + 1 + digits])) digits++;
    if (!digits) return false;
    at += 1 + digits;
  }
  if (at == len) return false;
  if (text[at] == 'Z') return at + 1 == len;
  return (text[at] == '+' || text[at] == '-') && len - at == 6 && is_digits(text + at + 1, 2) && text[at + 3] == ':' &&
         is_digits(text + at + 4, 2);
}

static bool is_printable(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if ((unsigned char)text[i] < ' ' || text[i] == '\x7F') return false;
  return len > 0 && reseal__is_utf8(text, len);
}

static bool is_segment(const char *text, size_t len) {
  return is_printable(text, len) && !is_dots(text, len);
}

const reseal__format reseal__format_domain = {
    .name = "domain",
    .expected = "a host name in lower case such as www.example.com, perhaps with `*.` before it",
    .regex = "(?:\\*\\.)?" DOMAIN_REGEX,
    .matches = is_domain,
    .tell = tell_name,
};
const reseal__format reseal__format_email = {
    .name = "email",
    .expected = "an e-mail address in lower case such as admin@example.com",
    .regex = "(?=.{1,64}@)[a-z0-9_\\-+]+(?:\\.[a-z0-9_\\-+]+)*@" DOMAIN_REGEX,
    .matches = is_email,
    .tell = tell_email,
};
const reseal__format reseal__format_voice = {
    .name = "voice",
    .expected = "a telephone number such as +31.384530759: +, 1 to 3 digits, a dot, 1 to 14 digits",
    .regex = "\\+[0-9]{1,3}\\.[0-9]{1,14}",
    .matches = is_voice,
};
const reseal__format reseal__format_alphanumeric = {
    .name = "alphanumeric",
    .expected = "letters (A-Z, a-z) and digits only",
    .regex = "[a-zA-Z0-9]+",
    .matches = is_alphanumeric,
};
const reseal__format reseal__format_csr = {
    .name = "csr",
    .expected =
        "a certificate signing request in PEM with real line breaks, from -----BEGIN CERTIFICATE REQUEST----- to "
        "-----END CERTIFICATE REQUEST-----",
    .matches = reseal__is_request,
    .any_bytes = true,
    .tell = tell_request,
};
const reseal__format reseal__format_certificate = {
    .name = "certificate",
    .expected = "a certificate in PEM with real line breaks, from -----BEGIN CERTIFICATE----- to "
                "-----END CERTIFICATE-----",
    .matches = reseal__is_certificates,
    .any_bytes = true,
    .tell = tell_certificates,
};
const reseal__format reseal__format_name = {
    .name = "name",
    .expected = "a host name in ASCII",
    .matches = is_ascii_name,
    .tell = tell_name,
};
const reseal__format reseal__format_ipv4 = {
    .name = "ipv4",
    .expected = "an IPv4 address such as 192.0.2.1",
    .matches = is_ipv4,
};
const reseal__format reseal__format_phone = {
    .name = "phone",
    .expected = "a telephone number in the form +NNN.NNNNNNNNNN",
    .matches = is_voice,
};
const reseal__format reseal__format_country = {
    .name = "country",
    .expected = "a country code of two letters such as NL",
    .matches = is_country,
};
const reseal__format reseal__format_date = {
    .name = "date",
    .expected = "a date in the form YYYY-MM-DD",
    .matches = is_date,
};
const reseal__format reseal__format_digits = {
    .name = "digits",
    .expected = "digits only",
    .matches = is_digits,
};
const reseal__format reseal__format_approver = {
    .name = "approver",
    .expected = "an e-mail address, HTTPCSRHASH or CNAMECSRHASH",
    .matches = is_approver,
};
const reseal__format reseal__format_dcv_method = {
    .name = "dcv_method",
    .expected = "an e-mail address, HTTP_CSR_HASH or CNAME_CSR_HASH (with underscores, unlike in activate and reissue)",
    .matches = is_dcv_method,
};
const reseal__format reseal__format_identifier = {
    .name = "identifier",
    .expected = "letters, digits, -, _, . and @ only",
    .regex = "[a-zA-Z0-9\\-_@\\.]+",
    .matches = is_identifier,
};
const reseal__format reseal__format_host = {
    .name = "host",
    .expected = "a host name in lower case such as www.example.com, without `*.`",
    .regex = DOMAIN_REGEX,
    .matches = is_host,
    .tell = tell_name,
};
const reseal__format reseal__format_timestamp = {
    .name = "timestamp",
    .expected = "a time such as 2026-11-23T09:00:00Z, or with an offset such as +01:00 in place of Z",
    .matches = is_timestamp,
};
const reseal__format reseal__format_address = {
    .name = "address",
    .expected = "an e-mail address",
    .matches = is_address,
};
const reseal__format reseal__format_printable = {
    .name = "printable",
    .expected = "text without control characters",
    .matches = is_printable,
};
const reseal__format reseal__format_segment = {
    .name = "segment",
    .expected = "text without control characters, and neither . nor ..",
    .matches = is_segment,
};
