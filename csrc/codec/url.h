/* URLs that requests may go to: one rule for the endpoint of an account and for every transport. No memory, no system. */
#ifndef RESEAL_CODEC_URL_H
#define RESEAL_CODEC_URL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct reseal__url {
  bool https;       /* else http */
  const char *host; /* with the port, where there is one */
  size_t host_len;
  const char *path; /* all that follows; perhaps nothing */
  size_t path_len;
} reseal__url;

/*
 * Takes an http or https URL apart. False when it is none, and when two readers could take its host or port for different ones:
 * with a user, a port that is none, anything but a name or an address.
 */
bool reseal__url_split(reseal__url *url, const char *text, size_t len);
/* Whether a host (its port may follow) is this machine: localhost, 127.0.0.0/8 as four decimal numbers, [::1]. */
bool reseal__url_is_loopback(const char *host, size_t len);
/* As `reseal_url_check`. */
int reseal__url_check(const char *text, size_t len);

#endif
