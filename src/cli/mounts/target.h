/* SPDX-License-Identifier: MIT */
/*
 * target: what is mounted at a directory: an idemfs, alive or dead, or none.
 *
 * The kernel says whether a directory is the root of an idemfs mount, and of
 * which user (mount/mountpoint/mountinfo.h).  A mount that is believed
 * (trust.h) tells the rest in its .checkpoints/.control
 * (include/idemfs/control.h).  A dead mount answers ENOTCONN.  Nothing here
 * changes anything.
 */
#ifndef IDEMFS_CLI_MOUNTS_TARGET_H
#define IDEMFS_CLI_MOUNTS_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum target_kind {
	TARGET_NONE,  /* a directory, but no idemfs mount */
	TARGET_ALIVE, /* an idemfs mount that answers */
	TARGET_DEAD,  /* an idemfs mount whose daemon is gone */
	TARGET_CLOSED, /* one that does not let us in, or that we do not believe */
	TARGET_FAILED, /* an idemfs mount whose disk has failed */
};

struct target {
	enum target_kind kind;
	uint64_t mount_id; /* the kernel's number of what is mounted there */
	uid_t owner;	   /* of any mount of ours: the user who mounted it */
	/* of a living one: */
	pid_t pid;
	int end_fd;    /* of control.h, in that process; -1: not told */
	int runs;      /* that share it; -1: it is no mount of `idemfs run` */
	bool ending;   /* it is about to end */
	char *options; /* "KEY VALUE" lines */
	int root_fd;   /* a number in that process, not here */
	char *backing;
	char *run; /* with --run-id, else NULL */
};

/*
 * Looks at @dir.  Fails with a line in @err when it is not there, no
 * directory, or a dead mount of another filesystem.
 */
int target_look(const char *dir, struct target *ret, struct err *err);
/* Likewise; *ret_fd is an O_PATH descriptor of it, or -1 if it has none. */
int target_look_open(const char *dir, struct target *ret, int *ret_fd,
		     struct err *err);
void target_release(struct target *t);

/* target_look(), and -EINVAL with a line in @err unless it is TARGET_ALIVE. */
int target_find(const char *dir, struct target *ret, struct err *err);

/*
 * Opens the backing directory of a living mount by way of its daemon, below
 * the mount that may lie over it.  A descriptor or -errno: -ESRCH when that
 * process is not its daemon (one of another pid namespace).
 */
int target_open_root(const struct target *t);
/* Likewise the descriptor that tells how it ended. */
int target_open_end(const struct target *t);

/* Is @dir the root of an idemfs mount that is believed, dead or alive? */
bool target_is_mount(const char *dir);

/*
 * Opens .checkpoints/@name of the living mount at @dir: a descriptor, or -errno
 * with a line in @err.
 */
int target_open_virtual(const char *dir, const char *name, struct err *err);

/* The kernel's number of the mount at @dir, also of a dead one; 0: unknown. */
uint64_t target_mount_id(const char *dir);
uint64_t target_mount_id_at(int dirfd, const char *path, int flags);

/* Parses the text of .control: pure.  -EINVAL for any other text. */
int target_parse(const char *text, struct target *ret);

#endif
