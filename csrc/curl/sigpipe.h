/*
 * sigpipe.h - keeps SIGPIPE from the process while libcurl writes.
 *
 * With CURLOPT_NOSIGNAL libcurl leaves SIGPIPE alone, and some TLS backends write without MSG_NOSIGNAL.
 */
#ifndef RESEAL_CURL_SIGPIPE_H
#define RESEAL_CURL_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

typedef struct {
  sigset_t before;
  bool was_pending;
} reseal__sigpipe;

/* Blocks SIGPIPE in this thread. Every block is followed by a restore in the same thread. */
void reseal__sigpipe_block(reseal__sigpipe *guard);

/* Swallows the SIGPIPE that came meanwhile, and restores the thread's mask. */
void reseal__sigpipe_restore(const reseal__sigpipe *guard);

#endif
