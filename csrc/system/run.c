#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

static const int forwarded[] = {SIGTERM, SIGINT, SIGHUP};
#define FORWARDED (sizeof forwarded / sizeof *forwarded)

/* The child that signals go to, for the handler. It changes only while the forwarded signals are blocked. */
static volatile sig_atomic_t child;

static void forward(int number) {
  int saved = errno;
  if (child > 0) kill((pid_t)child, number);
  errno = saved;
}

typedef struct {
  sigset_t mask;
  struct sigaction actions[FORWARDED], chld;
} dispositions;

static void signals_block(sigset_t *before) {
  sigset_t set;
  size_t i;
  sigemptyset(&set);
  for (i = 0; i < FORWARDED; i++) sigaddset(&set, forwarded[i]);
  sigprocmask(SIG_BLOCK, &set, before);
}

/* Leaves the forwarded signals blocked. */
static void signals_take(dispositions *old) {
  struct sigaction action;
  size_t i;
  signals_block(&old->mask);
  action.sa_flags = 0;
  sigemptyset(&action.sa_mask);
  for (i = 0; i < FORWARDED; i++) {
    action.sa_handler = forward;
    sigaction(forwarded[i], NULL, &old->actions[i]);
    if (old->actions[i].sa_handler != SIG_IGN) /* as under nohup: it stays ignored, here and in the child */
      sigaction(forwarded[i], &action, NULL);
  }
  action.sa_handler = SIG_DFL; /* an ignored SIGCHLD would lose the exit code */
  sigaction(SIGCHLD, &action, &old->chld);
}

static void signals_restore(const dispositions *old) {
  size_t i;
  for (i = 0; i < FORWARDED; i++) sigaction(forwarded[i], &old->actions[i], NULL);
  sigaction(SIGCHLD, &old->chld, NULL);
  sigprocmask(SIG_SETMASK, &old->mask, NULL);
}

/* In the child; reports why it could not become argv[0] through `report`, which closes by itself when it could. */
static void become(char *const argv[], const dispositions *old, pid_t parent, int report) {
  int error = 0;
  ssize_t ignored;
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
  signals_restore(old);
  signal(SIGPIPE, SIG_DFL); /* that we ignore them is no affair of the child's */
  signal(SIGXFSZ, SIG_DFL);
  if (getppid() != parent) /* it died before we could ask to be told */
    _exit(126);
  execvp(argv[0], argv);
  error = errno;
  ignored = write(report, &error, sizeof error);
  (void)ignored;
  _exit(127);
}

static int wait_for(pid_t pid, int *exit_code, sigset_t *mask) {
  siginfo_t info;
  int status = 0, error = 0;
  /* WNOWAIT: the pid stays the child's until the handler can no longer use it. */
  while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
    ;
  signals_block(mask);
  child = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) {
      error = errno;
      break;
    }
  *exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return error;
}

int reseal__run(char *const argv[], int *exit_code) {
  dispositions old;
  sigset_t ignored;
  pid_t parent = getpid(), pid;
  int report[2], error = 0, failed = 0;
  if (child) return EBUSY;
  if (pipe(report) != 0) return errno;
  fcntl(report[0], F_SETFD, FD_CLOEXEC);
  fcntl(report[1], F_SETFD, FD_CLOEXEC);
  signals_take(&old);
  pid = fork();
  if (pid == 0) become(argv, &old, parent, report[1]);
  error = pid < 0 ? errno : 0;
  close(report[1]);
  if (!error) {
    child = (sig_atomic_t)pid;
    sigprocmask(SIG_SETMASK, &old.mask, NULL);
    error = wait_for(pid, exit_code, &ignored);
    if (!error && read(report[0], &failed, sizeof failed) == (ssize_t)sizeof failed) error = failed;
  }
  close(report[0]);
  signals_restore(&old);
  return error;
}

static int spawn(char *const argv[], int output, pid_t *pid) {
  extern char **environ;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t defaults;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (error) {
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  sigaddset(&defaults, SIGXFSZ);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (!error) error = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

int reseal__output_of(char *const argv[], char *bytes, size_t size, size_t *length, int *exit_code) {
  char more;
  ssize_t got = 0;
  pid_t pid;
  int ends[2], status = 0, error;
  *length = 0;
  if (pipe(ends) != 0) return errno;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  error = spawn(argv, ends[1], &pid);
  close(ends[1]);
  if (error) {
    close(ends[0]);
    return error;
  }
  do {
    got = *length < size ? read(ends[0], bytes + *length, size - *length) : read(ends[0], &more, 1);
    if (got > 0 && *length == size)
      error = EFBIG;
    else if (got > 0)
      *length += (size_t)got;
    else if (got < 0 && errno != EINTR)
      error = errno;
  } while (got != 0 && !error);
  close(ends[0]);
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return errno;
  *exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return error;
}
