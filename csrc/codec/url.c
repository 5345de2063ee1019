#include "codec/url.h"

#include <string.h>

#include "codec/text.h"
#include "reseal.h"

enum { MOST_HOST = 255 };

/* Decimal digits, no more than `most` of them and none before its time; -1 where there is no such number. */
static int small_number(const char *text, size_t len, size_t most) {
  int value = 0;
  if (len == 0 || len > most || (len > 1 && text[0] == '0')) return -1;
  for (size_t i = 0; i < len; i++) {
    if (!reseal__is_digit(text[i])) return -1;
    value = value * 10 + text[i] - '0';
  }
  return value;
}

static bool is_loopback_ipv4(const char *host, size_t len) {
  for (int part = 0; part < 4; part++) {
    const char *dot = memchr(host, '.', len);
    if (!dot == (part < 3)) return false;
    size_t digits = dot ? (size_t)(dot - host) : len;
    int value = small_number(host, digits, 3);
    if (value < 0 || value > 255 || (part == 0 && value != 127)) return false;
    if (dot) {
      host += digits + 1;
      len -= digits + 1;
    }
  }
  return true;
}

bool reseal__url_is_loopback(const char *host, size_t len) {
  if (len && host[0] == '[') return len >= 5 && memcmp(host, "[::1]", 5) == 0 && (len == 5 || host[5] == ':');
  const char *colon = memchr(host, ':', len);
  if (colon) len = (size_t)(colon - host);
  return reseal__same_any_case(host, len, "localhost") || is_loopback_ipv4(host, len);
}

static bool is_port(const char *text, size_t len) {
  int port = small_number(text, len, 5);
  return port >= 1 && port <= 65535;
}

/* `host`, `host:port`, `[address]:port`. */
static bool is_authority(const char *text, size_t len) {
  size_t host = 0;
  if (len && text[0] == '[') {
    const char *end = memchr(text, ']', len);
    if (!end) return false;
    host = (size_t)(end - text) + 1;
    for (size_t i = 1; i + 1 < host; i++)
      if (!text[i] || !strchr("0123456789abcdefABCDEF:.", text[i])) return false;
    if (host < 4) return false;
  } else {
    while (host < len && text[host] != ':') {
      char c = reseal__lower(text[host]);
      if (!reseal__is_digit(c) && (c < 'a' || c > 'z') && c != '-' && c != '.' && c != '_') return false;
      host++;
    }
    if (host == 0) return false;
  }
  return host <= MOST_HOST && (host == len || (text[host] == ':' && is_port(text + host + 1, len - host - 1)));
}

bool reseal__url_split(reseal__url *url, const char *text, size_t len) {
  size_t scheme = len > 8 && reseal__same_any_case(text, 8, "https://")  ? 8
                  : len > 7 && reseal__same_any_case(text, 7, "http://") ? 7
                                                                         : 0;
  if (!scheme) return false;
  size_t at = scheme;
  while (at < len && text[at] != '/' && text[at] != '?' && text[at] != '#') at++;
  *url = (reseal__url){
      .https = scheme == 8,
      .host = text + scheme,
      .host_len = at - scheme,
      .path = text + at,
      .path_len = len - at,
  };
  return is_authority(url->host, url->host_len);
}

/* What stands in a URL as it is, and breaks no line of a request. */
static bool is_plain(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (text[i] < '!' || text[i] > '~' || strchr("\"<>\\^`{|}", text[i])) return false;
  return true;
}

int reseal__url_check(const char *text, size_t len) {
  reseal__url url;
  if (!reseal__url_split(&url, text, len) || !is_plain(url.path, url.path_len)) return RESEAL_URL_REFUSED;
  if (reseal__url_is_loopback(url.host, url.host_len)) return RESEAL_URL_LOOPBACK;
  return url.https ? RESEAL_URL_HTTPS : RESEAL_URL_REFUSED;
}
