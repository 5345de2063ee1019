/*
 * transport.h - sends one HTTP request with libcurl, and says truthfully whether any of it may have left.
 *
 * Pure C, no Lua. A transport is one easy handle, kept: its connections, TLS sessions and trusted certificates serve
 * the next request. It is not thread-safe; different transports may be used in different threads. In a forked child it
 * makes a handle of its own: the connections stay its parent's, and nothing is sent or closed on them.
 *
 * Its limits and their defaults are those of codec/limits.h, and where it may go is the codec's rule (codec/url.h).
 *
 * What it never does: skip the check of a certificate or host name, follow a redirect, speak http to anything but a
 * loopback host, take a proxy, cookies or a password from the environment or from a file, send a request twice.
 */
#ifndef RESEAL_CURL_TRANSPORT_H
#define RESEAL_CURL_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct reseal__curl reseal__curl;

/* Where trust and the way out come from. NULL everywhere: libcurl's own certificates, no proxy. */
typedef struct {
  const char *ca_file; /* PEM certificates to trust, instead of libcurl's own */
  const char *ca_path; /* the same as a folder prepared by `openssl rehash` */
  const char *proxy;   /* URL of a proxy; never used for loopback hosts */
} reseal__curl_options;

/* What to send. The bytes stay the caller's, and must live until reseal__curl_perform returns. */
typedef struct {
  const char *method; /* "GET", "POST", "PUT", "PATCH" or "DELETE" */
  const char *url;    /* https; http for 127.0.0.0/8, [::1] and localhost only; without user and password */
  const char *body;   /* NULL: no body */
  size_t body_len;
  double timeout;         /* seconds, 0: the default; longer ones than the most are cut to it */
  double connect_timeout; /* seconds, 0: the default */
  size_t max_body;        /* bytes, 0: the default */
  bool fresh;             /* on a new connection, so that one that died while idle cannot leave doubt */
} reseal__curl_request;

/*
 * The answer, or what had come of it. It starts zeroed, its memory is its own, and reseal__curl_answer_clear frees it;
 * what happens to the transport meanwhile does not matter to it.
 */
typedef struct {
  int status; /* 0: no whole head came */
  char *body; /* NULL when body_len is 0 */
  size_t body_len;
  size_t received; /* bytes of the body that had come, of an answer that was cut in it too */
  char *head;      /* its lines, for reseal__curl_answer_header */
  size_t head_len;
} reseal__curl_answer;

/*
 * Why there is no answer. `code` is one of
 *   bad_url, bad_header, bad_method  refused here
 *   connect    no connection: name, refusal, proxy, or connect_timeout
 *   tls        no connection that can be trusted
 *   timeout    connected, but no whole answer in time
 *   closed     the connection ended before the answer did
 *   protocol   the answer is not HTTP
 *   too_large  more body than max_body, or too many headers
 *   no_memory  out of memory, or libcurl cannot be set up
 * `sent` is false only where it is certain that no byte of the request left. `message` is a sentence that names the host;
 * nothing of the request's or the answer's headers and body is in it.
 */
typedef struct {
  const char *code;
  bool sent;
  char message[512];
} reseal__curl_fault;

/* Makes a transport. `options` may be NULL. 0, or -1 with `fault` filled and *out NULL. */
int reseal__curl_new(reseal__curl **out, const reseal__curl_options *options, reseal__curl_fault *fault);

/* Closes the connections (not those of another process), wipes what is left of a request. NULL is allowed. */
void reseal__curl_free(reseal__curl *transport);

/*
 * Adds a header to the next request. Both strings are NUL-terminated as well; the name must be a token, the value
 * without control characters (tab excepted), each at most 64 KiB. 0, or -1 with `fault` filled; then call release.
 */
int reseal__curl_header(reseal__curl *transport, const char *name, size_t name_len, const char *value, size_t value_len,
                        reseal__curl_fault *fault);

/*
 * Sends, waits and fills `answer`, which is cleared before; the headers added before are wiped. 0, or -1 with `fault`
 * filled: `answer` then has the status and headers of one that was cut in its body, and no body.
 */
int reseal__curl_perform(reseal__curl *transport, const reseal__curl_request *request, reseal__curl_answer *answer,
                         reseal__curl_fault *fault);

/*
 * Walks the answer's headers: start with *cursor = 0. True while there is one. The bytes are not terminated, and are the
 * answer's.
 */
bool reseal__curl_answer_header(const reseal__curl_answer *answer, size_t *cursor, const char **name, size_t *name_len,
                                const char **value, size_t *value_len);

/* Frees what the answer holds, and zeroes it. */
void reseal__curl_answer_clear(reseal__curl_answer *answer);

/* Wipes headers that were added and not sent. */
void reseal__curl_release(reseal__curl *transport);

#endif
