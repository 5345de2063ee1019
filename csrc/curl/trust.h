/*
 * trust.h - tells libcurl which certificates to trust, in the form that costs least per connection.
 */
#ifndef RESEAL_CURL_TRUST_H
#define RESEAL_CURL_TRUST_H

#include <curl/curl.h>

/* `file` (PEM) and `path` (hashed folder) replace libcurl's own certificates; both NULL keeps them. */
CURLcode reseal__curl_trust(CURL *easy, const char *file, const char *path);

#endif
