#include "sigpipe.h"

#include <stddef.h>

void reseal__sigpipe_block(reseal__sigpipe *guard) {
  sigset_t set;
  sigpending(&set);
  guard->was_pending = sigismember(&set, SIGPIPE) == 1;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, &guard->before);
}

void reseal__sigpipe_restore(const reseal__sigpipe *guard) {
  sigset_t set;
  sigpending(&set);
  if (!guard->was_pending && sigismember(&set, SIGPIPE)) {
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigwait(&set, &number);
  }
  pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}
