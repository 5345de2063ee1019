/*
 * look.h - looks from here at what the world sees: a file of domain control, and the certificate that is served.
 *
 * Nothing of a seller's is sent, and nothing that comes is believed more than the sight of it: no certificate is checked,
 * and http is plain. No proxy, cookie or password of the environment or of a file has a part in it.
 */
#ifndef RESEAL_CURL_LOOK_H
#define RESEAL_CURL_LOOK_H

#include <stddef.h>

/* What was seen. It starts zeroed; reseal__curl_seen_clear frees it. */
typedef struct {
  int status;  /* of the page; 0: none came */
  char *bytes; /* its body, or the PEM of the certificates, the leaf first; NULL when `len` is 0 */
  size_t len;
  char message[512]; /* why nothing was seen, a sentence that names the host */
} reseal__curl_seen;

/*
 * GETs an http or https page of at most `most` bytes, following up to `redirects` redirects between these schemes.
 * `at` ("host:port") is where every host is looked for instead of where its name leads; NULL: where it leads.
 * 0, or -1 with `message`. A page of another status than 200 is 0.
 */
int reseal__curl_page(const char *url, const char *at, int redirects, double timeout, size_t most,
                      reseal__curl_seen *seen);

/* Shakes hands by TLS with the server at `at` ("host:port") as with `name`, and takes its certificates. 0 or -1. */
int reseal__curl_served(const char *name, const char *at, double timeout, reseal__curl_seen *seen);

/* Frees what was seen, and zeroes it. */
void reseal__curl_seen_clear(reseal__curl_seen *seen);

#endif
