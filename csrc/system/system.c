#define _XOPEN_SOURCE 700 /* realpath */

#include "system.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef P_tmpdir
#define TEMPORARY P_tmpdir
#else
#define TEMPORARY "/tmp"
#endif

void reseal__sleep(double seconds) {
  struct timespec left;
  if (!(seconds > 0)) return;
  if (seconds > 86400) seconds = 86400;
  left.tv_sec = (time_t)seconds;
  left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
  while (nanosleep(&left, &left) != 0 && errno == EINTR)
    ;
}

double reseal__now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- private files ------------------------------------------------------------------------------------------- */

static int judge(const struct stat *about) {
  if (!S_ISREG(about->st_mode)) return RESEAL__PRIVATE_KIND;
  if (about->st_uid != geteuid() && about->st_uid != 0) return RESEAL__PRIVATE_OWNER;
  if (about->st_mode & (S_IRWXG | S_IRWXO)) return RESEAL__PRIVATE_MODE;
  if (about->st_size < 0 || (unsigned long long)about->st_size > RESEAL__PRIVATE_MAX) return RESEAL__PRIVATE_SIZE;
  return RESEAL__PRIVATE_OK;
}

/* Fills `bytes` to its end or the file's. */
static int read_all(int fd, char *bytes, size_t size, size_t *length) {
  *length = 0;
  while (*length < size) {
    ssize_t got = read(fd, bytes + *length, size - *length);
    if (got == 0) break;
    if (got > 0)
      *length += (size_t)got;
    else if (errno != EINTR)
      return errno;
  }
  return 0;
}

int reseal__read_private(const char *path, char **bytes, size_t *length, int *refusal) {
  struct stat about;
  size_t size;
  int error = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* NONBLOCK: a FIFO must not hold us up */
  *bytes = NULL;
  *length = 0;
  *refusal = RESEAL__PRIVATE_OK;
  if (fd < 0) return errno;
  if (fstat(fd, &about) != 0) {
    error = errno;
    goto done;
  }
  *refusal = judge(&about);
  if (*refusal != RESEAL__PRIVATE_OK) {
    error = EINVAL;
    goto done;
  }
  size = (size_t)about.st_size + 1; /* one more byte than there should be shows that the file grew */
  *bytes = malloc(size);
  error = *bytes ? read_all(fd, *bytes, size, length) : ENOMEM;
  if (!error && *length == size) error = EAGAIN;
  if (error) {
    reseal__private_free(*bytes, *length);
    *bytes = NULL;
    *length = 0;
  }
done:
  close(fd);
  return error;
}

void reseal__private_free(char *bytes, size_t length) {
  volatile char *each = bytes;
  while (length--) *each++ = 0;
  free(bytes);
}

/* ---- output -------------------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t put = write(fd, bytes, length);
    if (put >= 0) {
      bytes += put;
      length -= (size_t)put;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

/* What is open as `fd` gets the bytes; it is closed in any case. */
static int fill(int fd, const char *bytes, size_t length) {
  int error = write_all(fd, bytes, length);
  if (!error && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
    error = errno; /* these two: nothing to be synced */
  if (close(fd) != 0 && !error) error = errno;
  return error;
}

static int write_special(const char *path, mode_t mode, const char *bytes, size_t length) {
  int fd;
  if (S_ISDIR(mode)) return EISDIR;
  if (!bytes) return access(path, W_OK) == 0 ? 0 : errno;
  fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  return fd < 0 ? errno : fill(fd, bytes, length);
}

static int replace(const char *path, const char *bytes, size_t length) {
  static const char suffix[] = ".XXXXXX";
  size_t path_length = strlen(path);
  char *made = malloc(path_length + sizeof suffix);
  int error, fd;
  if (!made) return ENOMEM;
  memcpy(made, path, path_length);
  memcpy(made + path_length, suffix, sizeof suffix);
  fd = mkstemp(made);
  if (fd < 0) {
    error = errno;
  } else {
    error = fill(fd, bytes ? bytes : "", length);
    if (!error && bytes && rename(made, path) != 0) error = errno;
    if (error || !bytes) unlink(made);
  }
  free(made);
  return error;
}

int reseal__write_private(const char *path, const char *bytes, size_t length) {
  struct stat about;
  const char *target;
  char *behind;
  int error;
  if (!*path) return ENOENT;
  behind = realpath(path, NULL); /* NULL: nothing is there yet */
  target = behind ? behind : path;
  if (!bytes) length = 0;
  if (behind && stat(target, &about) == 0 && !S_ISREG(about.st_mode))
    error = write_special(target, about.st_mode, bytes, length);
  else
    error = replace(target, bytes, length);
  free(behind);
  return error;
}

int reseal__flush_output(void) {
  int fd, error = fflush(stdout) == 0 ? 0 : errno;
  if (error) return error;
  /* Some file systems (NFS) tell of a full disk only when a descriptor is closed. */
  fd = dup(STDOUT_FILENO);
  return fd < 0 || close(fd) == 0 ? 0 : errno;
}

/* ---- folders ------------------------------------------------------------------------------------------------- */

int reseal__mkdtemp(const char *prefix, char *path, size_t size) {
  const char *under = getenv("TMPDIR");
  int length;
  if (strchr(prefix, '/')) return EINVAL;
  if (!under || !*under) under = TEMPORARY;
  length = snprintf(path, size, "%s/%sXXXXXX", under, prefix);
  if (length < 0 || (size_t)length >= size) return ENAMETOOLONG;
  return mkdtemp(path) ? 0 : errno;
}

static void keep_first(int *error, int next) {
  if (!*error) *error = next;
}

static int remove_at(int parent, const char *name);

/* Empties the folder open as `fd`, and closes it. */
static int empty(int fd) {
  struct stat root, about;
  struct dirent *entry;
  int error = 0;
  DIR *folder;
  if (fstat(fd, &about) != 0 || stat("/", &root) != 0 || (about.st_dev == root.st_dev && about.st_ino == root.st_ino)) {
    close(fd);
    return EINVAL;
  }
  folder = fdopendir(fd);
  if (!folder) {
    error = errno;
    close(fd);
    return error;
  }
  while ((entry = readdir(folder)))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      keep_first(&error, remove_at(fd, entry->d_name));
  closedir(folder);
  return error;
}

static int remove_at(int parent, const char *name) {
  struct stat about;
  int error = 0, fd;
  if (fstatat(parent, name, &about, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT ? 0 : errno;
  if (S_ISDIR(about.st_mode)) {
    /* NOFOLLOW: what became a link since it was looked at is not entered. */
    fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    error = fd < 0 ? errno : empty(fd);
  }
  if (!error && unlinkat(parent, name, S_ISDIR(about.st_mode) ? AT_REMOVEDIR : 0) != 0 && errno != ENOENT)
    error = errno;
  return error;
}

int reseal__remove_tree(const char *path) {
  size_t length = strlen(path);
  const char *last;
  char *name;
  int error;
  while (length > 0 && path[length - 1] == '/') /* "link/" would name what the link points to */
    length--;
  if (length == 0) return EINVAL;
  name = malloc(length + 1);
  if (!name) return ENOMEM;
  memcpy(name, path, length);
  name[length] = '\0';
  last = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
  error = strcmp(last, ".") == 0 || strcmp(last, "..") == 0 ? EINVAL : remove_at(AT_FDCWD, name);
  free(name);
  return error;
}

/* ---- ports --------------------------------------------------------------------------------------------------- */

int reseal__free_port(const char *address, int *port) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } at;
  socklen_t size = sizeof at.v4;
  int error = 0, fd;
  memset(&at, 0, sizeof at);
  if (inet_pton(AF_INET, address ? address : "127.0.0.1", &at.v4.sin_addr) == 1) {
    if (ntohl(at.v4.sin_addr.s_addr) >> 24 != 127) return EINVAL;
    at.v4.sin_family = AF_INET;
  } else if (inet_pton(AF_INET6, address, &at.v6.sin6_addr) == 1 && IN6_IS_ADDR_LOOPBACK(&at.v6.sin6_addr)) {
    at.v6.sin6_family = AF_INET6;
    size = sizeof at.v6;
  } else {
    return EINVAL;
  }
  fd = socket(at.any.sa_family, SOCK_STREAM, 0);
  if (fd < 0) return errno;
  if (bind(fd, &at.any, size) != 0 || getsockname(fd, &at.any, &size) != 0)
    error = errno;
  else
    *port = ntohs(at.any.sa_family == AF_INET ? at.v4.sin_port : at.v6.sin6_port);
  close(fd);
  return error;
}
