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
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifdef P_tmpdir
#define TEMPORARY P_tmpdir
#else
#define TEMPORARY "/tmp"
#endif

void reseal__sleep(double seconds) {
  if (!(seconds > 0)) return;
  if (seconds > 86400) seconds = 86400;
  struct timespec left;
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

int reseal__notify(const char *address, const char *message, size_t len) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  size_t size = strlen(address);
  if ((*address != '/' && *address != '@') || size < 2) return EINVAL;
  if (size >= sizeof to.sun_path) return ENAMETOOLONG;
  memcpy(to.sun_path, address, size);
  if (*address == '@') to.sun_path[0] = '\0'; /* an abstract name has a length, and no end of its own */
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd < 0) return errno;
  socklen_t used = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size + (*address == '/'));
  int error = 0;
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
      sendto(fd, message, len, 0, (const struct sockaddr *)&to, used) < 0)
    error = errno;
  close(fd);
  return error;
}

/* Folders. */

int reseal__mkdtemp(const char *prefix, char *path, size_t size) {
  if (strchr(prefix, '/')) return EINVAL;
  const char *under = getenv("TMPDIR");
  if (!under || !*under) under = TEMPORARY;
  int len = snprintf(path, size, "%s/%sXXXXXX", under, prefix);
  if (len < 0 || (size_t)len >= size) return ENAMETOOLONG;
  return mkdtemp(path) ? 0 : errno;
}

static void keep_first(int *error, int next) {
  if (!*error) *error = next;
}

static int remove_at(int parent, const char *name);

/* Empties the folder open as `fd`, and closes it. */
static int empty(int fd) {
  struct stat root, about;
  if (fstat(fd, &about) != 0 || stat("/", &root) != 0 || (about.st_dev == root.st_dev && about.st_ino == root.st_ino)) {
    close(fd);
    return EINVAL;
  }
  DIR *folder = fdopendir(fd);
  if (!folder) {
    int error = errno;
    close(fd);
    return error;
  }
  struct dirent *entry;
  int error = 0;
  while ((entry = readdir(folder)))
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      keep_first(&error, remove_at(fd, entry->d_name));
  closedir(folder);
  return error;
}

static int remove_at(int parent, const char *name) {
  struct stat about;
  if (fstatat(parent, name, &about, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT ? 0 : errno;
  int error = 0;
  if (S_ISDIR(about.st_mode)) {
    /* NOFOLLOW: what became a link since it was looked at is not entered. */
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    error = fd < 0 ? errno : empty(fd);
  }
  if (!error && unlinkat(parent, name, S_ISDIR(about.st_mode) ? AT_REMOVEDIR : 0) != 0 && errno != ENOENT)
    error = errno;
  return error;
}

int reseal__remove_tree(const char *path) {
  size_t len = strlen(path);
  while (len > 0 && path[len - 1] == '/') /* "link/" would name what the link points to */
    len--;
  if (len == 0) return EINVAL;
  char *name = malloc(len + 1);
  if (!name) return ENOMEM;
  memcpy(name, path, len);
  name[len] = '\0';
  const char *last = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
  int error = strcmp(last, ".") == 0 || strcmp(last, "..") == 0 ? EINVAL : remove_at(AT_FDCWD, name);
  free(name);
  return error;
}

/* Ports. */

int reseal__free_port(const char *address, int *port) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } at;
  socklen_t size = sizeof at.v4;
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
  int fd = socket(at.any.sa_family, SOCK_STREAM, 0);
  if (fd < 0) return errno;
  int error = 0;
  if (bind(fd, &at.any, size) != 0 || getsockname(fd, &at.any, &size) != 0)
    error = errno;
  else
    *port = ntohs(at.any.sa_family == AF_INET ? at.v4.sin_port : at.v6.sin6_port);
  close(fd);
  return error;
}
