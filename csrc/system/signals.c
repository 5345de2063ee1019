#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* What asks a process to end. */
static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2};
#define ENDING (sizeof ending / sizeof *ending)

static struct sigaction before[ENDING];
static volatile sig_atomic_t holding;
static volatile sig_atomic_t held, following;
static char words[256];
static size_t words_len;

/* The first one is kept; whoever waits is told once. */
static void take_note(int number) {
  int saved = errno;
  if (held && held != number && !following) following = number;
  if (!held) {
    ssize_t ignored = words_len ? write(STDERR_FILENO, words, words_len) : 0;
    (void)ignored;
    held = number;
  }
  errno = saved;
}

void reseal__hold_signals(const char *notice) {
  if (holding) return;
  words_len = notice ? strlen(notice) : 0;
  if (words_len > sizeof words) words_len = sizeof words;
  if (words_len) memcpy(words, notice, words_len);
  held = following = 0;
  holding = true;
  struct sigaction action;
  action.sa_handler = take_note;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  for (size_t i = 0; i < ENDING; i++) {
    sigaction(ending[i], NULL, &before[i]);
    if (before[i].sa_handler != SIG_IGN) sigaction(ending[i], &action, NULL);
  }
}

int reseal__held_signal(void) {
  return held;
}

int reseal__take_signal(void) {
  sigset_t all, mask;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &mask);
  int number = held;
  held = following;
  following = 0;
  sigprocmask(SIG_SETMASK, &mask, NULL);
  return number;
}

bool reseal__hold_signal(int number) {
  if (!holding || held) return false;
  take_note(number);
  return true;
}

void reseal__release_signals(void) {
  if (!holding) return;
  for (size_t i = 0; i < ENDING; i++) sigaction(ending[i], &before[i], NULL);
  holding = false;
  int number = held;
  held = following = 0;
  if (number) raise(number);
}

void reseal__begin(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
      /* The lowest free number is this one. The wrong way round, so that reading and writing fail as when closed. */
      int opened = open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
      (void)opened;
    }
  struct sigaction action;
  action.sa_flags = 0;
  sigemptyset(&action.sa_mask);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, NULL);
  sigaction(SIGXFSZ, &action, NULL);
  action.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &action, NULL);
  sigaction(SIGINT, &action, NULL); /* the interpreter's own handler waits until C returns */
}
