/*
 * system.h - the few POSIX things that Lua lacks. Pure C, no Lua.
 *
 * Why not libraries: luaposix has no package for Lua 5.4. LuaFileSystem has no fsync, makes no folder of one's own, and what
 * removes a tree by it follows a link that appears meanwhile. No dependency has sockets, and none runs a program without a
 * shell, with its descriptors closed and a time-out. Two calls could come from lua-system (sleep, now); they are twenty
 * lines, and a module fewer that whoever pauses between two attempts has to find.
 *
 * Functions that can fail return 0, or an errno value above 0; EINVAL also for arguments that they refuse.
 */
#ifndef RESEAL_SYSTEM_SYSTEM_H
#define RESEAL_SYSTEM_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>

#define RESEAL__PRIVATE_MAX ((size_t)1 << 20) /* bytes of a private file */

/* Sleeps for `seconds` (fractions count, at most a day), through signals. */
void reseal__sleep(double seconds);

/* Seconds on a clock that nobody sets; only differences mean something. */
double reseal__now(void);

/*
 * For the start of a program: descriptors 0 to 2 that are closed are opened so that using them still fails, but nothing
 * else gets their numbers; a write that fails raises no signal (PIPE, XFSZ); INT and CHLD do what they do by default.
 */
void reseal__begin(void);

/*
 * From here on INT, TERM, HUP, QUIT, ALRM, USR1 and USR2 don't end the process (those that it ignores stay ignored): the
 * first that comes is kept, and `notice` (NULL: nothing; at most 256 bytes) is then written to standard error.
 */
void reseal__hold_signals(const char *notice);

/* The signal that was held back, or 0. */
int reseal__held_signal(void);

/* The same, and forgets it: one of another number that came after it is in its place now. */
int reseal__take_signal(void);

/* Holds back one that came to somebody else's handler; false: signals are not held, or one is already. */
bool reseal__hold_signal(int number);

/*
 * Sends one datagram to a socket of this machine, as systemd's sd_notify does: `address` is a path, or '@' and an abstract
 * name (Linux). Never waits: EAGAIN when whoever listens has no room.
 */
int reseal__notify(const char *address, const char *message, size_t len);

/* Ends the holding; what was held back is raised now, and usually ends the process. */
void reseal__release_signals(void);

/* Why a private file was refused although it could be opened. */
enum { RESEAL__PRIVATE_OK, RESEAL__PRIVATE_KIND, RESEAL__PRIVATE_OWNER, RESEAL__PRIVATE_MODE, RESEAL__PRIVATE_SIZE };

/*
 * Reads a file that nobody else may read: a regular one, owned by the effective user or root, without any permission
 * for group and others, of at most RESEAL__PRIVATE_MAX bytes; all judged on the file that is open, not on its name.
 * *bytes is the caller's on success (reseal__private_free). Otherwise it is NULL, and *refusal says why, or is
 * RESEAL__PRIVATE_OK when the errno returned does.
 */
int reseal__read_private(const char *path, char **bytes, size_t *len, int *refusal);

/*
 * Puts a file in the place of `path`, whole or not at all: written beside it under another name, synced, renamed, and the
 * folder synced (where it can be read). A link is followed; one that leads nowhere is ENOENT. `mode`: its permissions,
 * whatever the umask; -1: those of the file that is there, 0600 for a new one. Owner and group of the file that is there
 * are kept, or it is EPERM; a new file gets those of `like`, and its permissions (NULL: of none). Access lists and attributes
 * are not kept. What is there and is no regular file (a device, a FIFO) is written to as it is. `bytes` NULL: only finds out
 * whether that would begin well, and leaves all as it was.
 */
int reseal__write_file(const char *path, const char *bytes, size_t len, int mode, const char *like);

/* Makes the names in a folder durable: those that were made, renamed and removed. */
int reseal__sync_folder(const char *path);

/*
 * Writes a new file of mode 0600 that is whole and synced, its name too, when this returns 0. What is there already is
 * never replaced: EEXIST.
 */
int reseal__write_new(const char *path, const char *bytes, size_t len);

/*
 * The same in two steps, for a file that something else fills: an empty one of mode 0600 beside `path`, whose name goes
 * to `draft`; then it gets its name. EEXIST where something has that name, in the second step too: the draft then stays.
 */
int reseal__new_draft(const char *path, char *draft, size_t size);
int reseal__publish(const char *draft, const char *path);

/*
 * Makes a folder of mode 0700, those above it too, and syncs their names. EPERM when it is there and is another user's,
 * or others have permissions on it.
 */
int reseal__make_folder(const char *path);

/* Hands on what stdio holds back of standard output, to the file behind it too; an error that closing would show. */
int reseal__flush_output(void);

/* Wipes and frees. NULL is allowed. */
void reseal__private_free(char *bytes, size_t len);

/*
 * Makes an own folder (mode 0700) under $TMPDIR or the system's folder for temporary files; its name begins with
 * `prefix`, which has no '/'. Writes the path, with its NUL, to `path`; ENAMETOOLONG when it does not fit.
 */
int reseal__mkdtemp(const char *prefix, char *path, size_t size);

/*
 * Removes a file, a link or a folder with all that is in it; links are removed, not followed. It is a success when
 * nothing is there. Refuses "", the root, and names that end in "." or "..". Goes on after a failure, and returns the
 * first.
 */
int reseal__remove_tree(const char *path);

/* A TCP port that was free a moment ago on a loopback `address` (NULL: 127.0.0.1; IPv4 or "::1"). */
int reseal__free_port(const char *address, int *port);

/* A program to run. What is NULL or 0 is left out. */
typedef struct {
  char *const *argv;        /* argv[0] is found along PATH; NULL behind the last */
  char *const *environment; /* instead of this process' own; NULL behind the last */
  const char *input;        /* for its standard input; NULL: this process' own, or nothing where there is a time-out */
  size_t input_len;
  char *output; /* what it writes to standard output comes here; NULL: goes where this process' own goes */
  size_t size;
  double timeout; /* seconds; it then has a process group of its own, and no terminal to read from */
  bool
      forward; /* SIGTERM, SIGINT and SIGHUP go to it, unless this process ignores them, or holds them: then the first is
                     held and only further ones go; on Linux it gets SIGTERM if this process dies. One at a time: EBUSY
                     otherwise */
} reseal__program;

/*
 * Runs a program without a shell, and waits until it has ended. It inherits descriptors 0 to 2 and no other. *exit_code is its
 * own, or 128 + the signal that ended it. ETIMEDOUT: it took too long, and its group got SIGTERM, two seconds later SIGKILL.
 * EFBIG: it wrote more than `size` bytes.
 */
int reseal__run(const reseal__program *program, size_t *len, int *exit_code);

#endif
