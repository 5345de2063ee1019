#define _DEFAULT_SOURCE /* syscall */

#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#define SLICE 50 /* milliseconds between looks at a child that may have ended while others hold its pipes */
#define GRACE 2  /* seconds between SIGTERM and SIGKILL */

static const int forwarded[] = {SIGTERM, SIGINT, SIGHUP};
#define FORWARDED (sizeof forwarded / sizeof *forwarded)

/* What signals go to, for the handler: a process or, negative, a group. It changes only while they are blocked. */
static volatile sig_atomic_t child;

static void forward(int number) {
  int saved = errno;
  if (!reseal__hold_signal(number) && child) kill((pid_t)child, number);
  errno = saved;
}

typedef struct {
  bool forward;
  sigset_t mask;
  struct sigaction actions[FORWARDED], chld, pipe;
} dispositions;

static void signals_block(sigset_t *before) {
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < FORWARDED; i++) sigaddset(&set, forwarded[i]);
  sigprocmask(SIG_BLOCK, &set, before);
}

/* Leaves the forwarded signals blocked. */
static void signals_take(dispositions *old) {
  struct sigaction action;
  signals_block(&old->mask);
  action.sa_flags = 0;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; old->forward && i < FORWARDED; i++) {
    action.sa_handler = forward;
    sigaction(forwarded[i], NULL, &old->actions[i]);
    if (old->actions[i].sa_handler != SIG_IGN) /* as under nohup: it stays ignored, here and in the child */
      sigaction(forwarded[i], &action, NULL);
  }
  action.sa_handler = SIG_DFL; /* an ignored SIGCHLD would lose the exit code */
  sigaction(SIGCHLD, &action, &old->chld);
  action.sa_handler = SIG_IGN; /* a child need not read what it is given */
  sigaction(SIGPIPE, &action, &old->pipe);
}

static void signals_restore(const dispositions *old) {
  for (size_t i = 0; old->forward && i < FORWARDED; i++) sigaction(forwarded[i], &old->actions[i], NULL);
  sigaction(SIGCHLD, &old->chld, NULL);
  sigaction(SIGPIPE, &old->pipe, NULL);
  sigprocmask(SIG_SETMASK, &old->mask, NULL);
}

/* Pipes. */

static void drop(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

/* A pipe whose ends are above 2, also where standard descriptors are closed, and close with exec. */
static int make_pipe(int ends[2]) {
  int made[2];
  if (pipe(made) != 0) return errno;
  int error = 0;
  for (int i = 0; i < 2; i++) {
    ends[i] = fcntl(made[i], F_DUPFD_CLOEXEC, 3);
    if (ends[i] < 0) error = errno;
  }
  close(made[0]);
  close(made[1]);
  if (error) {
    drop(&ends[0]);
    drop(&ends[1]);
  }
  return error;
}

/* In the child. */

static void close_from(int first) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0) return;
#endif
  long most = sysconf(_SC_OPEN_MAX);
  if (most < 0 || most > 65536) most = 65536;
  for (int fd = first; fd < most; fd++) close(fd);
}

/* Reports why it could not become the program through `report`, which closes by itself when it could. */
static void become(const reseal__program *program, const dispositions *old, pid_t parent, int in, int out, int report) {
  extern char **environ;
#ifdef __linux__
  if (program->forward) prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
  if (program->timeout > 0) setpgid(0, 0);
  signals_restore(old);
  signal(SIGPIPE, SIG_DFL); /* that we ignore them is no affair of the child's */
  signal(SIGXFSZ, SIG_DFL);
  if (program->forward && getppid() != parent) /* it died before we could ask to be told */
    _exit(126);
  if (in >= 0) dup2(in, STDIN_FILENO);
  if (out >= 0) dup2(out, STDOUT_FILENO);
  dup2(report, 3);
  fcntl(3, F_SETFD, FD_CLOEXEC);
  close_from(4);
  if (program->environment) environ = (char **)program->environment;
  execvp(program->argv[0], program->argv);
  int error = errno;
  ssize_t ignored = write(3, &error, sizeof error);
  (void)ignored;
  _exit(127);
}

/* In the parent. */

typedef struct {
  const reseal__program *program;
  pid_t pid;
  int in, out;     /* our ends; -1: closed */
  size_t written;  /* of the program's input */
  size_t len;      /* of its output */
  double deadline; /* on the clock of reseal__now; 0: none */
  int error;
} attended;

static bool has_ended(const attended *one) {
  siginfo_t info;
  info.si_pid = 0;
  /* WNOWAIT: the pid stays the child's until the handler can no longer use it. */
  int failed = waitid(P_PID, (id_t)one->pid, &info, WEXITED | WNOWAIT | WNOHANG);
  return failed ? errno == ECHILD : info.si_pid == one->pid;
}

static void feed(attended *one) {
  const reseal__program *program = one->program;
  ssize_t put = write(one->in, program->input + one->written, program->input_len - one->written);
  if (put > 0) one->written += (size_t)put;
  if (one->written == program->input_len || (put < 0 && errno != EINTR && errno != EAGAIN)) drop(&one->in);
}

/* Takes what is there; false when there is no more of it now. */
static bool take(attended *one) {
  const reseal__program *program = one->program;
  char more;
  bool full = one->len == program->size;
  ssize_t got = full ? read(one->out, &more, 1) : read(one->out, program->output + one->len, program->size - one->len);
  if (got > 0 && !full) {
    one->len += (size_t)got;
    return true;
  }
  if (got < 0 && errno == EINTR) return true;
  if (got < 0 && errno == EAGAIN) return false;
  if (got > 0) one->error = EFBIG;
  if (got < 0) one->error = errno;
  drop(&one->out);
  return false;
}

/* Until the child has ended; false when that takes too long. */
static bool attend(attended *one) {
  int pause = 1;
  for (;;) {
    struct pollfd fds[2];
    nfds_t count = 0;
    int in = -1, out = -1, most = SLICE;
    if (one->in >= 0) fds[in = (int)count++] = (struct pollfd){.fd = one->in, .events = POLLOUT};
    if (one->out >= 0) fds[out = (int)count++] = (struct pollfd){.fd = one->out, .events = POLLIN};
    if (count == 0 && one->deadline == 0) return true; /* the caller waits */
    if (count == 0) {
      most = pause;
      pause = pause < SLICE / 2 ? pause * 2 : SLICE;
    }
    poll(fds, count, most);
    if (in >= 0 && fds[in].revents) feed(one);
    if (out >= 0 && fds[out].revents) take(one);
    if (has_ended(one)) {
      while (one->out >= 0 && take(one)) /* what it wrote at last; others may hold the pipe on */
        ;
      return true;
    }
    if (one->deadline > 0 && reseal__now() >= one->deadline) return false;
  }
}

static void end_group(attended *one) {
  double stop = reseal__now() + GRACE;
  kill(-one->pid, SIGTERM);
  while (!has_ended(one) && reseal__now() < stop) reseal__sleep(0.02);
  kill(-one->pid, SIGKILL);
}

static int reap(pid_t pid, int *exit_code, sigset_t *mask) {
  siginfo_t info;
  int status = 0, error = 0;
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

int reseal__run(const reseal__program *program, size_t *len, int *exit_code) {
  dispositions old = {.forward = program->forward};
  attended one = {.program = program, .in = -1, .out = -1};
  sigset_t ignored;
  int report[2] = {-1, -1}, in[2] = {-1, -1}, out[2] = {-1, -1};
  int failed = 0;
  bool late = false;
  pid_t parent = getpid();
  *len = 0;
  if (program->forward && child) return EBUSY;
  int error = make_pipe(report);
  if (!error && (program->input || program->timeout > 0)) error = make_pipe(in);
  if (!error && program->output) error = make_pipe(out);
  if (error) goto done;
  signals_take(&old);
  one.pid = fork();
  if (one.pid == 0) become(program, &old, parent, in[0], out[1], report[1]);
  if (one.pid < 0) {
    error = errno;
    signals_restore(&old);
    goto done;
  }
  if (program->timeout > 0) {
    setpgid(one.pid, one.pid); /* the child does so too: whoever is first */
    one.deadline = reseal__now() + program->timeout;
  }
  if (program->forward) child = (sig_atomic_t)(program->timeout > 0 ? -one.pid : one.pid);
  sigprocmask(SIG_SETMASK, &old.mask, NULL);
  drop(&report[1]);
  drop(&in[0]);
  drop(&out[1]);
  one.in = in[1];
  one.out = out[0];
  if (one.in >= 0) fcntl(one.in, F_SETFL, O_NONBLOCK);
  if (one.out >= 0) fcntl(one.out, F_SETFL, O_NONBLOCK);
  if (one.in >= 0 && program->input_len == 0) drop(&one.in);
  late = !attend(&one);
  if (late) end_group(&one);
  error = reap(one.pid, exit_code, &ignored);
  if (!error && read(report[0], &failed, sizeof failed) == (ssize_t)sizeof failed) error = failed;
  if (!error && late) error = ETIMEDOUT;
  if (!error) error = one.error;
  *len = one.len;
  in[1] = one.in;
  out[0] = one.out;
  signals_restore(&old);
done:
  drop(&report[0]);
  drop(&report[1]);
  drop(&in[0]);
  drop(&in[1]);
  drop(&out[0]);
  drop(&out[1]);
  return error;
}
