#define _XOPEN_SOURCE 700 /* realpath */

#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Private files. */

static int judge(const struct stat *about) {
  if (!S_ISREG(about->st_mode)) return RESEAL__PRIVATE_KIND;
  if (about->st_uid != geteuid() && about->st_uid != 0) return RESEAL__PRIVATE_OWNER;
  if (about->st_mode & (S_IRWXG | S_IRWXO)) return RESEAL__PRIVATE_MODE;
  if (about->st_size < 0 || (unsigned long long)about->st_size > RESEAL__PRIVATE_MAX) return RESEAL__PRIVATE_SIZE;
  return RESEAL__PRIVATE_OK;
}

/* Fills `bytes` to its end or the file's. */
static int read_all(int fd, char *bytes, size_t size, size_t *len) {
  *len = 0;
  while (*len < size) {
    ssize_t got = read(fd, bytes + *len, size - *len);
    if (got == 0) break;
    if (got > 0)
      *len += (size_t)got;
    else if (errno != EINTR)
      return errno;
  }
  return 0;
}

int reseal__read_private(const char *path, char **bytes, size_t *len, int *refusal) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* NONBLOCK: a FIFO must not hold us up */
  *bytes = NULL;
  *len = 0;
  *refusal = RESEAL__PRIVATE_OK;
  if (fd < 0) return errno;
  int error = 0;
  struct stat about;
  if (fstat(fd, &about) != 0) {
    error = errno;
    goto done;
  }
  *refusal = judge(&about);
  if (*refusal != RESEAL__PRIVATE_OK) {
    error = EINVAL;
    goto done;
  }
  size_t size = (size_t)about.st_size + 1; /* one more byte than there should be shows that the file grew */
  *bytes = malloc(size);
  error = *bytes ? read_all(fd, *bytes, size, len) : ENOMEM;
  if (!error && *len == size) error = EAGAIN;
  if (error) {
    reseal__private_free(*bytes, *len);
    *bytes = NULL;
    *len = 0;
  }
done:
  close(fd);
  return error;
}

void reseal__private_free(char *bytes, size_t len) {
  volatile char *each = bytes;
  while (len--) *each++ = 0;
  free(bytes);
}

/* Output. */

static int write_all(int fd, const char *bytes, size_t len) {
  while (len > 0) {
    ssize_t put = write(fd, bytes, len);
    if (put >= 0) {
      bytes += put;
      len -= (size_t)put;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

/* What is open as `fd` gets the bytes; it is closed in any case. */
static int fill(int fd, const char *bytes, size_t len) {
  int error = write_all(fd, bytes, len);
  if (!error && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
    error = errno; /* these two: nothing to be synced */
  if (close(fd) != 0 && !error) error = errno;
  return error;
}

static int write_special(const char *path, mode_t mode, const char *bytes, size_t len) {
  if (S_ISDIR(mode)) return EISDIR;
  if (!bytes) return access(path, W_OK) == 0 ? 0 : errno;
  int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  return fd < 0 ? errno : fill(fd, bytes, len);
}

/* Gives the new file what the old one had, or what it is to have. */
static int adopt(int fd, const struct stat *old, int mode) {
  struct stat about;
  if (fstat(fd, &about) != 0) return errno;
  if (old && (old->st_uid != about.st_uid || old->st_gid != about.st_gid) && fchown(fd, old->st_uid, old->st_gid) != 0)
    return errno;
  if (mode < 0) mode = old ? (int)(old->st_mode & 07777) : S_IRUSR | S_IWUSR;
  return fchmod(fd, (mode_t)mode) == 0 ? 0 : errno;
}

static int replace(const char *path, const char *bytes, size_t len, int mode, const struct stat *old) {
  static const char name[] = ".reseal-XXXXXX"; /* short: the file's own may be as long as names can be */
  const char *last = strrchr(path, '/');
  size_t folder_len = last ? (size_t)(last - path) + 1 : 0;
  char *made = malloc(folder_len + sizeof name);
  if (!made) return ENOMEM;
  memcpy(made, path, folder_len);
  made[folder_len] = '\0';
  int folder = open(folder_len ? made : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  memcpy(made + folder_len, name, sizeof name);
  int error = 0, fd = mkstemp(made);
  if (fd < 0) {
    error = errno;
    goto done;
  }
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  error = adopt(fd, old, mode);
  if (error)
    close(fd);
  else
    error = fill(fd, bytes ? bytes : "", len);
  if (!error && bytes && rename(made, path) != 0) error = errno;
  if (error || !bytes)
    unlink(made);
  else if (folder >= 0 && fsync(folder) != 0 && errno != EINVAL && errno != EROFS)
    error = errno;
done:
  if (folder >= 0) close(folder);
  free(made);
  return error;
}

int reseal__write_file(const char *path, const char *bytes, size_t len, int mode, const char *like) {
  struct stat about;
  if (!*path) return ENOENT;
  char *behind = realpath(path, NULL);
  if (!behind && errno != ENOENT) return errno;
  if (!behind && lstat(path, &about) == 0) return ENOENT; /* a link that leads nowhere */
  const char *target = behind ? behind : path;            /* nothing is there yet */
  bool there = behind && stat(target, &about) == 0;
  int error = 0;
  if (!bytes) len = 0;
  if (there && !S_ISREG(about.st_mode))
    error = write_special(target, about.st_mode, bytes, len);
  else if (!there && like && stat(like, &about) != 0)
    error = errno;
  else
    error = replace(target, bytes, len, mode, there || like ? &about : NULL);
  free(behind);
  return error;
}

int reseal__sync_folder(const char *path) {
  int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return errno;
  int error = 0;
  if (fsync(folder) != 0 && errno != EINVAL && errno != EROFS) error = errno;
  close(folder);
  return error;
}

int reseal__flush_output(void) {
  if (fflush(stdout) != 0) return errno;
  /* Some file systems (NFS) tell of a full disk only when a descriptor is closed. */
  int fd = dup(STDOUT_FILENO);
  return fd < 0 || close(fd) == 0 ? 0 : errno;
}
