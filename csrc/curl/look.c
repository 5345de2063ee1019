#include "look.h"

#include "sigpipe.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHAIN_MAX ((size_t)1 << 20)

typedef struct {
  reseal__curl_seen *seen;
  size_t most;
  bool too_large, no_memory;
} taking;

static size_t take(char *bytes, size_t size, size_t count, void *user) {
  taking *t = user;
  size_t len = size * count;
  if (len > t->most - t->seen->len) {
    t->too_large = true;
    return 0;
  }
  char *grown = realloc(t->seen->bytes, t->seen->len + len + 1);
  if (!grown) {
    t->no_memory = true;
    return 0;
  }
  memcpy(grown + t->seen->len, bytes, len);
  t->seen->bytes = grown;
  t->seen->len += len;
  grown[t->seen->len] = 0;
  return len;
}

static size_t drop(char *bytes, size_t size, size_t count, void *user) {
  (void)bytes, (void)user;
  return size * count;
}

static CURLcode set_schemes(CURL *easy, bool tls_alone) {
#if LIBCURL_VERSION_NUM >= 0x075500
  const char *schemes = tls_alone ? "https" : "http,https";
  CURLcode code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, schemes);
  return code ? code : curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, schemes);
#else
  long schemes = tls_alone ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS;
  CURLcode code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS, schemes);
  return code ? code : curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS, schemes);
#endif
}

/* What both have in common; the caller's list of where to connect lives as long as the handle. */
static CURL *prepare(double timeout, char *error, bool tls_alone) {
  CURL *easy = curl_easy_init();
  if (!easy) return NULL;
  long milliseconds = timeout > 0 && timeout < 3600 ? (long)(timeout * 1000) + 1 : 10000;
  *error = 0;
  if (curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) || curl_easy_setopt(easy, CURLOPT_PROXY, "") ||
      curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) || set_schemes(easy, tls_alone) ||
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L) || curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L) ||
      curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds) ||
      curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds) ||
      curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error) || curl_easy_setopt(easy, CURLOPT_USERAGENT, "reseal")) {
    curl_easy_cleanup(easy);
    return NULL;
  }
  return easy;
}

/* Every host at one place: "::host:port" in libcurl's words. */
static struct curl_slist *everything_at(const char *at) {
  char text[300];
  int len = snprintf(text, sizeof text, "::%s", at);
  return len > 0 && (size_t)len < sizeof text ? curl_slist_append(NULL, text) : NULL;
}

static int fail(reseal__curl_seen *seen, const char *what, const char *why) {
  snprintf(seen->message, sizeof seen->message, "%.200s: %.250s", what, why);
  return -1;
}

static CURLcode perform(CURL *easy) {
  reseal__sigpipe guard;
  reseal__sigpipe_block(&guard);
  CURLcode code = curl_easy_perform(easy);
  reseal__sigpipe_restore(&guard);
  return code;
}

int reseal__curl_page(const char *url, const char *at, int redirects, double timeout, size_t most,
                      reseal__curl_seen *seen) {
  char error[CURL_ERROR_SIZE];
  taking t = {seen, most, false, false};
  struct curl_slist *places = NULL;
  reseal__curl_seen_clear(seen);
  CURL *easy = prepare(timeout, error, false);
  if (!easy) return fail(seen, url, "libcurl can't be set up");
  CURLcode code = CURLE_OUT_OF_MEMORY;
  if (!at || (places = everything_at(at))) {
    code = curl_easy_setopt(easy, CURLOPT_URL, url);
    if (!code && places) code = curl_easy_setopt(easy, CURLOPT_CONNECT_TO, places);
    if (!code) code = curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, redirects > 0 ? 1L : 0L);
    if (!code) code = curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)redirects);
    if (!code) code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    if (!code) code = curl_easy_setopt(easy, CURLOPT_WRITEDATA, &t);
    if (!code) code = perform(easy);
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_cleanup(easy);
  curl_slist_free_all(places);
  if (code) {
    free(seen->bytes);
    seen->bytes = NULL;
    seen->len = 0;
    return fail(seen, url,
                t.too_large   ? "the page is too large"
                : t.no_memory ? "out of memory"
                : *error      ? error
                              : curl_easy_strerror(code));
  }
  seen->status = (int)status;
  return 0;
}

/* The PEM texts that libcurl tells of the chain, one behind the other. */
static int take_chain(CURL *easy, reseal__curl_seen *seen) {
  static const char label[] = "Cert:";
  struct curl_certinfo *chain = NULL;
  taking t = {seen, CHAIN_MAX, false, false};
  if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) || !chain) return -1;
  for (int i = 0; i < chain->num_of_certs; i++)
    for (struct curl_slist *row = chain->certinfo[i]; row; row = row->next)
      if (strncmp(row->data, label, sizeof label - 1) == 0) {
        char *pem = row->data + sizeof label - 1;
        size_t len = strlen(pem);
        if (take(pem, 1, len, &t) != len || take("\n", 1, 1, &t) != 1) return -1;
      }
  return seen->len ? 0 : -1;
}

int reseal__curl_served(const char *name, const char *at, double timeout, reseal__curl_seen *seen) {
  char error[CURL_ERROR_SIZE], url[300];
  reseal__curl_seen_clear(seen);
  int len = snprintf(url, sizeof url, "https://%s/", name);
  if (len < 0 || (size_t)len >= sizeof url) return fail(seen, at, "the name is too long");
  CURL *easy = prepare(timeout, error, true);
  if (!easy) return fail(seen, at, "libcurl can't be set up");
  struct curl_slist *places = everything_at(at);
  CURLcode code = CURLE_OUT_OF_MEMORY;
  if (places) {
    code = curl_easy_setopt(easy, CURLOPT_URL, url);
    if (!code) code = curl_easy_setopt(easy, CURLOPT_CONNECT_TO, places);
    if (!code) code = curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
    if (!code) code = curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L); /* shaking hands is enough */
    if (!code) code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    if (!code) code = perform(easy);
  }
  int result = code ? fail(seen, at, *error ? error : curl_easy_strerror(code)) : take_chain(easy, seen);
  curl_easy_cleanup(easy);
  curl_slist_free_all(places);
  if (!code && result) fail(seen, at, "the server's certificates can't be read");
  return result;
}

void reseal__curl_seen_clear(reseal__curl_seen *seen) {
  free(seen->bytes);
  *seen = (reseal__curl_seen){0};
}
