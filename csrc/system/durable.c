/*
 * Files and folders that are still there after a crash, and never in the place of others.
 */
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Syncs what is at `path`; `flags` says what it must be. */
static int sync_path(const char *path, int flags) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
  if (fd < 0) return errno;
  int error = 0;
  if (fsync(fd) != 0 && errno != EINVAL) error = errno; /* EINVAL: a file system that has nothing to sync */
  if (close(fd) != 0 && !error) error = errno;
  return error;
}

/* Syncs the folder in which `path` is named. */
static int sync_folder_of(const char *path) {
  const char *slash = strrchr(path, '/');
  size_t len = !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);
  char *folder = malloc(len + 2);
  if (!folder) return ENOMEM;
  memcpy(folder, len ? path : ".", len ? len : 1);
  folder[len ? len : 1] = '\0';
  int error = sync_path(folder, O_DIRECTORY);
  free(folder);
  return error;
}

int reseal__new_draft(const char *path, char *draft, size_t size) {
  static const char suffix[] = ".XXXXXX";
  size_t len = strlen(path);
  if (!len) return ENOENT;
  if (len + sizeof suffix > size) return ENAMETOOLONG;
  struct stat about;
  if (lstat(path, &about) == 0) return EEXIST;
  if (errno != ENOENT) return errno;
  memcpy(draft, path, len);
  memcpy(draft + len, suffix, sizeof suffix);
  int fd = mkstemp(draft);
  if (fd < 0) return errno;
  return close(fd) == 0 ? 0 : errno;
}

int reseal__publish(const char *draft, const char *path) {
  int error = sync_path(draft, 0);
  if (error) return error;
  /* A rename would put it in the place of what has come meanwhile. */
  if (link(draft, path) != 0) return errno;
  if (unlink(draft) != 0) return errno;
  return sync_folder_of(path);
}

int reseal__write_new(const char *path, const char *bytes, size_t len) {
  char draft[4096];
  int error = reseal__new_draft(path, draft, sizeof draft);
  if (error) return error;
  int fd = open(draft, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) error = errno;
  while (!error && len > 0) {
    ssize_t put = write(fd, bytes, len);
    if (put >= 0) {
      bytes += put;
      len -= (size_t)put;
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  if (fd >= 0 && close(fd) != 0 && !error) error = errno;
  if (!error) error = reseal__publish(draft, path);
  if (error) unlink(draft);
  return error;
}

/* One folder, made if it is not there. */
static int make_one(const char *path) {
  if (mkdir(path, S_IRWXU) == 0) return sync_folder_of(path);
  return errno == EEXIST ? 0 : errno;
}

int reseal__make_folder(const char *path) {
  size_t len = strlen(path);
  while (len > 1 && path[len - 1] == '/') len--;
  if (!len) return ENOENT;
  char *part = malloc(len + 1);
  if (!part) return ENOMEM;
  struct stat about;
  int error = 0;
  for (size_t i = 1; i <= len && !error; i++) {
    if (i < len && path[i] != '/') continue;
    memcpy(part, path, i);
    part[i] = '\0';
    if (stat(part, &about) != 0) error = errno == ENOENT ? make_one(part) : errno;
  }
  free(part);
  if (error) return error;
  if (stat(path, &about) != 0) return errno;
  if (!S_ISDIR(about.st_mode)) return ENOTDIR;
  return about.st_uid == geteuid() && !(about.st_mode & (S_IRWXG | S_IRWXO)) ? 0 : EPERM;
}
