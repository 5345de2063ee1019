#include "transport.h"

#include "codec/limits.h"
#include "codec/url.h"
#include "reseal.h"
#include "sigpipe.h"
#include "trust.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#if LIBCURL_VERSION_NUM < 0x075000
#error "libcurl 7.80 or later is needed: only CURLOPT_PREREQFUNCTION tells whether a request was sent"
#endif

/* Idle connections older than this are not reused: the less often one dies under a request, the fewer doubts. */
#define IDLE_SECONDS 30L

#define MAX_SOCKETS 16 /* open at once: two kept ones, and what one connect tries side by side */

typedef struct {
  char *bytes;
  size_t len, size;
} buffer;

/* A line of the request, with its own memory, so that the API key in it is held once and can be wiped. */
typedef struct {
  struct curl_slist node;
  size_t len;
  char line[];
} header;

/* A socket that libcurl opened, with what tells it from another that got its number later. */
typedef struct {
  curl_socket_t number;
  dev_t device;
  ino_t inode;
} socket_entry;

struct reseal__curl {
  CURL *easy;
  pid_t owner; /* the process whose connections `easy` holds */
  socket_entry sockets[MAX_SOCKETS];
  int socket_count;
  bool sockets_lost;
  char *ca_file, *ca_path, *proxy;
  struct curl_slist *headers;
  buffer head, body;
  size_t max_body, head_bytes, received;
  long status;  /* of the head in `head`, once that is done */
  int attempts; /* how often libcurl was about to write this request */
  bool head_done, too_large, no_memory;
  char host[128];
  char detail[CURL_ERROR_SIZE];
};

static void wipe(void *memory, size_t len) {
  volatile unsigned char *bytes = memory;
  while (len--) *bytes++ = 0;
}

static int fail(reseal__curl_fault *fault, const char *code, bool sent, const char *format, const char *a,
                const char *b) {
  fault->code = code;
  fault->sent = sent;
  snprintf(fault->message, sizeof fault->message, format, a, b);
  return -1;
}

/* Buffers. */

static int buffer_add(buffer *to, const char *bytes, size_t len) {
  if (len > to->size - to->len) {
    size_t size = to->size ? to->size : 4096;
    while (size - to->len < len) {
      if (size > (size_t)-1 / 2) return -1;
      size *= 2;
    }
    char *grown = realloc(to->bytes, size);
    if (!grown) return -1;
    to->bytes = grown;
    to->size = size;
  }
  memcpy(to->bytes + to->len, bytes, len);
  to->len += len;
  return 0;
}

static void buffer_free(buffer *of) {
  free(of->bytes);
  memset(of, 0, sizeof *of);
}

/* What libcurl calls. */

/*
 * Runs on the connection that stands, right before the request is written. When a kept connection dies without an
 * answer, libcurl connects again and repeats the request, a POST too: the second time is refused here.
 */
static int on_ready(void *transport, char *remote, char *local, int remote_port, int local_port) {
  (void)remote, (void)local, (void)remote_port, (void)local_port;
  return ++((reseal__curl *)transport)->attempts == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static void forget_socket(reseal__curl *t, curl_socket_t number) {
  for (int i = 0; i < t->socket_count; i++)
    if (t->sockets[i].number == number) t->sockets[i--] = t->sockets[--t->socket_count];
}

/* Programs that the process starts later must not hold these connections; forked children must find them. */
static int on_socket(void *transport, curl_socket_t number, curlsocktype purpose) {
  reseal__curl *t = transport;
  struct stat about;
  (void)purpose;
  if (fcntl(number, F_SETFD, FD_CLOEXEC) < 0) return CURL_SOCKOPT_ERROR;
  forget_socket(t, number);
  if (t->socket_count < MAX_SOCKETS && fstat(number, &about) == 0) {
    socket_entry entry = {number, about.st_dev, about.st_ino};
    t->sockets[t->socket_count++] = entry;
  } else {
    t->sockets_lost = true;
  }
  return CURL_SOCKOPT_OK;
}

static int on_close(void *transport, curl_socket_t number) {
  forget_socket(transport, number);
  return close(number);
}

static size_t on_header(char *line, size_t one, size_t len, void *transport) {
  reseal__curl *t = transport;
  (void)one;
  t->head_bytes += len;
  if (t->head_bytes > RESEAL__HEAD_BYTES) {
    t->too_large = true;
    return 0;
  }
  if (t->head_done && t->status < 200) {
    t->head.len = 0; /* what came before was an interim answer (100, 103) */
    t->head_done = false;
  }
  if (t->head_done) /* a trailer: it stands behind the body, and must not pass for a header */
    return len;
  t->head_done = len <= 2 && line[0] != ' ' && line[0] != '\t';
  if (t->head_done) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->status);
  if (buffer_add(&t->head, line, len) != 0) {
    t->no_memory = true;
    return 0;
  }
  return len;
}

static size_t on_body(char *bytes, size_t one, size_t len, void *transport) {
  reseal__curl *t = transport;
  (void)one;
  t->received += len;
  if (len > t->max_body - t->body.len) {
    t->too_large = true;
    return 0;
  }
  if (buffer_add(&t->body, bytes, len) != 0) {
    t->no_memory = true;
    return 0;
  }
  return len;
}

/* Making one. */

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_code;

static void global_init(void) {
  global_code = curl_global_init(CURL_GLOBAL_DEFAULT); /* never undone: others in the process may use libcurl */
}

#define SET(option, value) \
  do { \
    if (!code) code = curl_easy_setopt(easy, (option), (value)); \
  } while (0)

static CURLcode set_up(reseal__curl *t) {
  CURL *easy = t->easy;
  CURLcode code = reseal__curl_trust(easy, t->ca_file, t->ca_path);
  SET(CURLOPT_ERRORBUFFER, t->detail);
  SET(CURLOPT_NOSIGNAL, 1L);
  SET(CURLOPT_SSL_VERIFYPEER, 1L);
  SET(CURLOPT_SSL_VERIFYHOST, 2L);
  SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  SET(CURLOPT_FOLLOWLOCATION, 0L);
  SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
  /* One request at a time gains nothing from HTTP/2, which has its own reasons to repeat a request. */
  SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  SET(CURLOPT_HTTP09_ALLOWED, 0L);
  SET(CURLOPT_MAXCONNECTS, 2L);
  SET(CURLOPT_MAXAGE_CONN, IDLE_SECONDS);
  SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  SET(CURLOPT_SOCKOPTFUNCTION, on_socket);
  SET(CURLOPT_SOCKOPTDATA, t);
  SET(CURLOPT_CLOSESOCKETFUNCTION, on_close);
  SET(CURLOPT_CLOSESOCKETDATA, t);
  SET(CURLOPT_PREREQFUNCTION, on_ready);
  SET(CURLOPT_PREREQDATA, t);
  SET(CURLOPT_HEADERFUNCTION, on_header);
  SET(CURLOPT_HEADERDATA, t);
  SET(CURLOPT_WRITEFUNCTION, on_body);
  SET(CURLOPT_WRITEDATA, t);
  return code;
}

/*
 * In a forked child: puts /dev/null in the place of the sockets that are shared with the parent, so that freeing the
 * handle neither ends TLS on them nor keeps them open. False when they aren't all there any more: their numbers may then be
 * somebody else's.
 */
static bool let_go(reseal__curl *t) {
  struct stat about;
  bool ok = !t->sockets_lost;
  for (int i = 0; ok && i < t->socket_count; i++)
    ok = fstat(t->sockets[i].number, &about) == 0 && about.st_dev == t->sockets[i].device &&
         about.st_ino == t->sockets[i].inode;
  if (!ok || !t->socket_count) return ok;
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing < 0) return false;
  for (int i = 0; ok && i < t->socket_count; i++)
    ok = dup2(nothing, t->sockets[i].number) >= 0 && fcntl(t->sockets[i].number, F_SETFD, FD_CLOEXEC) >= 0;
  close(nothing);
  return ok;
}

/* Frees the easy handle. One of the parent's that can't be let go of is left where it is, unused. */
static void drop_handle(reseal__curl *t) {
  if (t->easy && (t->owner == getpid() || let_go(t))) {
    reseal__sigpipe guard;
    reseal__sigpipe_block(&guard);
    curl_easy_cleanup(t->easy);
    reseal__sigpipe_restore(&guard);
  }
  t->easy = NULL;
  t->socket_count = 0;
  t->sockets_lost = false;
}

/* Makes the easy handle where there is none of this process. */
static CURLcode make_handle(reseal__curl *t) {
  if (t->easy && t->owner == getpid()) return CURLE_OK;
  drop_handle(t);
  t->owner = getpid();
  t->easy = curl_easy_init();
  CURLcode code = t->easy ? set_up(t) : CURLE_OUT_OF_MEMORY;
  if (code) drop_handle(t);
  return code;
}

/* 0, or -1: no memory. A NULL stays one. */
static int copy_text(char **to, const char *text) {
  if (!text) return 0;
  size_t size = strlen(text) + 1;
  *to = malloc(size);
  if (!*to) return -1;
  memcpy(*to, text, size);
  return 0;
}

int reseal__curl_new(reseal__curl **out, const reseal__curl_options *options, reseal__curl_fault *fault) {
  static const reseal__curl_options none;
  reseal__curl *t = calloc(1, sizeof *t);
  CURLcode code = CURLE_OUT_OF_MEMORY;
  *out = NULL;
  if (!options) options = &none;
  if (!t) goto failed;
  if (pthread_once(&global_once, global_init) != 0 || global_code) goto failed;
  if (copy_text(&t->ca_file, options->ca_file) != 0 || copy_text(&t->ca_path, options->ca_path) != 0 ||
      copy_text(&t->proxy, options->proxy) != 0)
    goto failed;
  code = make_handle(t);
  if (code) goto failed;
  *out = t;
  return 0;
failed:
  reseal__curl_free(t);
  return fail(fault, "no_memory", false, "libcurl cannot be set up: %s%s", curl_easy_strerror(code), "");
}

static void drop_headers(reseal__curl *t) {
  struct curl_slist *node = t->headers;
  while (node) {
    header *line = (header *)node;
    node = node->next;
    wipe(line->line, line->len);
    free(line);
  }
  t->headers = NULL;
}

void reseal__curl_release(reseal__curl *transport) {
  drop_headers(transport);
}

void reseal__curl_free(reseal__curl *transport) {
  if (!transport) return;
  drop_headers(transport);
  drop_handle(transport);
  buffer_free(&transport->head);
  buffer_free(&transport->body);
  if (transport->proxy) wipe(transport->proxy, strlen(transport->proxy)); /* may hold a password */
  free(transport->proxy);
  free(transport->ca_file);
  free(transport->ca_path);
  free(transport);
}

/* The request. */

/* Puts "a" + "b" + "c" in front of the request's lines. */
static int add_line(reseal__curl *t, const char *a, size_t a_len, const char *b, const char *c, size_t c_len) {
  size_t b_len = strlen(b), len = a_len + b_len + c_len;
  header *line = malloc(sizeof *line + len + 1);
  if (!line) return -1;
  memcpy(line->line, a, a_len);
  memcpy(line->line + a_len, b, b_len);
  memcpy(line->line + a_len + b_len, c, c_len);
  line->line[len] = '\0';
  line->len = len;
  line->node.data = line->line;
  line->node.next = t->headers;
  t->headers = &line->node;
  return 0;
}

static bool is_token(const char *bytes, size_t len) {
  static const char others[] = "!#$%&'*+-.^_`|~";
  for (size_t i = 0; i < len; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr(others, c))))
      return false;
  }
  return len > 0;
}

int reseal__curl_header(reseal__curl *transport, const char *name, size_t name_len, const char *value, size_t value_len,
                        reseal__curl_fault *fault) {
  if (!is_token(name, name_len)) return fail(fault, "bad_header", false, "a header's name is not a token%s%s", "", "");
  if (name_len > RESEAL__HEADER_BYTES || value_len > RESEAL__HEADER_BYTES)
    return fail(fault, "bad_header", false, "header %.60s is too long%s", name, "");
  for (size_t i = 0; i < value_len; i++) {
    unsigned char c = (unsigned char)value[i];
    if ((c < 0x20 && c != '\t') || c == 0x7f)
      return fail(fault, "bad_header", false, "the value of header %.60s has a control character%s", name, "");
  }
  /* libcurl's notation: "Name:" would drop the header, "Name;" sends it empty. */
  if (add_line(transport, name, name_len, value_len ? ": " : ";", value, value_len) != 0)
    return fail(fault, "no_memory", false, "out of memory for header %.60s%s", name, "");
  return 0;
}

static bool has_header(const reseal__curl *t, const char *name) {
  size_t len = strlen(name);
  for (const struct curl_slist *node = t->headers; node; node = node->next)
    if (strncasecmp(node->data, name, len) == 0 && (node->data[len] == ':' || node->data[len] == ';')) return true;
  return false;
}

/* The codec's rule judges the URL, and then once more what libcurl makes of it; that parsed URL is used. */
static bool check_url(reseal__curl *t, CURLU *url, const char *text, bool *loopback) {
  char *scheme = NULL, *host = NULL;
  int leads = reseal__url_check(text, strlen(text));
  bool ok = false;
  if (leads != RESEAL_URL_REFUSED && curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK &&
      curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
      curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
    snprintf(t->host, sizeof t->host, "%s", host);
    *loopback = reseal__url_is_loopback(host, strlen(host));
    ok = *loopback == (leads == RESEAL_URL_LOOPBACK) &&
         (strcmp(scheme, "https") == 0 || (strcmp(scheme, "http") == 0 && *loopback));
  }
  curl_free(scheme);
  curl_free(host);
  return ok;
}

static long milliseconds(double seconds, double otherwise, double most) {
  if (!(seconds > 0)) seconds = otherwise;
  if (seconds > most) seconds = most;
  return (long)(seconds * 1000 + 0.999); /* never 0: that would be libcurl's "no limit" */
}

static CURLcode set_request(reseal__curl *t, const reseal__curl_request *request, CURLU *url, bool loopback) {
  CURL *easy = t->easy;
  CURLcode code = CURLE_OK;
  /* An empty proxy also keeps libcurl from asking the environment for one. */
  SET(CURLOPT_PROXY, t->proxy && !loopback ? t->proxy : "");
#if LIBCURL_VERSION_NUM >= 0x075500
  SET(CURLOPT_PROTOCOLS_STR, loopback ? "https,http" : "https");
#else
  SET(CURLOPT_PROTOCOLS, loopback ? CURLPROTO_HTTPS | CURLPROTO_HTTP : CURLPROTO_HTTPS);
#endif
  SET(CURLOPT_CURLU, url);
  SET(CURLOPT_TIMEOUT_MS, milliseconds(request->timeout, RESEAL__TIMEOUT, RESEAL__MOST_TIMEOUT));
  SET(CURLOPT_CONNECTTIMEOUT_MS,
      milliseconds(request->connect_timeout, RESEAL__CONNECT_TIMEOUT, RESEAL__MOST_CONNECT_TIMEOUT));
  SET(CURLOPT_FRESH_CONNECT, request->fresh ? 1L : 0L);
  SET(CURLOPT_HTTPHEADER, t->headers);
  if (request->body || strcmp(request->method, "GET") != 0) {
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(request->body ? request->body_len : 0));
    SET(CURLOPT_POSTFIELDS, request->body ? request->body : ""); /* not copied */
  } else {
    SET(CURLOPT_HTTPGET, 1L);
  }
  SET(CURLOPT_CUSTOMREQUEST, request->method);
  return code;
}

/* Leaves nothing in the handle that points to the request. */
static void unset_request(reseal__curl *t) {
  CURL *easy = t->easy;
  curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
  curl_easy_setopt(easy, CURLOPT_CURLU, NULL);
}

/* What went wrong. */

/* libcurl's own words: only from before the request was written, so nothing of it or of the answer is in them. */
static const char *detail(reseal__curl *t, CURLcode code) {
  for (char *c = t->detail; *c; c++)
    if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e) *c = '?';
  return t->detail[0] ? t->detail : curl_easy_strerror(code);
}

static bool is_tls(CURLcode code) {
  switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_USE_SSL_FAILED:
      return true;
    default:
      return false;
  }
}

static int explain(reseal__curl *t, CURLcode code, reseal__curl_fault *fault) {
  bool sent = t->attempts > 0;
  if (t->no_memory || (code == CURLE_OUT_OF_MEMORY && !sent))
    return fail(fault, "no_memory", sent, "out of memory for the exchange with %s%s", t->host, "");
  if (!sent && is_tls(code))
    return fail(fault, "tls", false, "no trusted TLS connection to %s: %s", t->host, detail(t, code));
  if (!sent) return fail(fault, "connect", false, "no connection to %s: %s", t->host, detail(t, code));
  /* libcurl's name for a line beyond its own limit of 100 KB was CURLE_OUT_OF_MEMORY, and is CURLE_TOO_LARGE (100). */
  if (t->too_large || code == CURLE_OUT_OF_MEMORY || (int)code == 100)
    return fail(fault, "too_large", true, "the answer of %s is larger than allowed%s", t->host, "");
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return fail(fault, "timeout", true, "%s gave no whole answer in time%s", t->host, "");
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9 */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return fail(fault, "protocol", true, "the answer of %s is not HTTP%s", t->host, "");
    default: /* also what went wrong in libcurl's second attempt, after the first was written */
      return fail(fault, "closed", true, "%s closed the connection before the answer was complete%s", t->host, "");
  }
}

/* The exchange. */

static bool is_method(const char *method) {
  static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    if (strcmp(method, methods[i]) == 0) return true;
  return false;
}

static void start(reseal__curl *t, const reseal__curl_request *request) {
  t->max_body = request->max_body ? request->max_body : RESEAL__BYTES;
  t->head_bytes = t->received = 0;
  t->status = 0;
  t->attempts = 0;
  t->head_done = t->too_large = t->no_memory = false;
  t->host[0] = t->detail[0] = '\0';
}

/* Hands over what came: of an answer that was cut in its body, all but that. */
static void give(reseal__curl *t, bool whole, reseal__curl_answer *answer) {
  if (t->head_done && (whole || t->status >= 200)) {
    answer->status = (int)t->status;
    answer->received = t->received;
    answer->head = t->head.bytes;
    answer->head_len = t->head.len;
    memset(&t->head, 0, sizeof t->head);
  }
  if (whole) {
    answer->body = t->body.bytes;
    answer->body_len = t->body.len;
    memset(&t->body, 0, sizeof t->body);
  }
  buffer_free(&t->head);
  buffer_free(&t->body);
}

int reseal__curl_perform(reseal__curl *transport, const reseal__curl_request *request, reseal__curl_answer *answer,
                         reseal__curl_fault *fault) {
  reseal__curl *t = transport;
  CURLU *url = curl_url();
  CURLcode code = CURLE_OUT_OF_MEMORY;
  bool loopback = false;
  int result = -1;
  reseal__curl_answer_clear(answer);
  start(t, request);
  if (!url) {
    explain(t, code, fault);
    goto done;
  }
  if (!is_method(request->method)) {
    fail(fault, "bad_method", false, "the method must be GET, POST, PUT, PATCH or DELETE%s%s", "", "");
    goto done;
  }
  if (!check_url(t, url, request->url, &loopback)) {
    fail(fault, "bad_url", false,
         "the URL must be https (http for a loopback host only), without user and password%s%s", "", "");
    goto done;
  }
  code = make_handle(t);
  /* Waiting for "100 Continue" would add a second, and a 417 would repeat the request. */
  if (!code && (add_line(t, "Expect:", 7, "", "", 0) != 0 ||
                (!has_header(t, "Content-Type") && add_line(t, "Content-Type:", 13, "", "", 0) != 0)))
    code = CURLE_OUT_OF_MEMORY;
  if (!code) code = set_request(t, request, url, loopback);
  if (!code) {
    reseal__sigpipe guard;
    reseal__sigpipe_block(&guard);
    code = curl_easy_perform(t->easy);
    reseal__sigpipe_restore(&guard);
  }
  if (t->easy) unset_request(t);
  if (!code && !t->head_done) /* libcurl takes an answer that ends among its headers for a whole one */
    code = CURLE_GOT_NOTHING;
  if (code) explain(t, code, fault);
  result = code ? -1 : 0;
done:
  give(t, result == 0, answer);
  curl_url_cleanup(url);
  drop_headers(t);
  return result;
}

bool reseal__curl_answer_header(const reseal__curl_answer *answer, size_t *cursor, const char **name, size_t *name_len,
                                const char **value, size_t *value_len) {
  while (*cursor < answer->head_len) {
    const char *line = answer->head + *cursor;
    const char *end = memchr(line, '\n', answer->head_len - *cursor);
    if (!end) end = answer->head + answer->head_len;
    *cursor = (size_t)(end - answer->head) + 1;
    const char *colon = memchr(line, ':', (size_t)(end - line));
    if (!colon || !is_token(line, (size_t)(colon - line))) /* the status line, the empty one, a folded one */
      continue;
    *name = line;
    *name_len = (size_t)(colon - line);
    for (colon++; colon < end && (*colon == ' ' || *colon == '\t'); colon++)
      ;
    while (end > colon && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t')) end--;
    *value = colon;
    *value_len = (size_t)(end - colon);
    return true;
  }
  return false;
}

void reseal__curl_answer_clear(reseal__curl_answer *answer) {
  free(answer->head);
  free(answer->body);
  memset(answer, 0, sizeof *answer);
}
