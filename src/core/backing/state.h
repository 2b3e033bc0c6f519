/* SPDX-License-Identifier: MIT */
/*
 * state: the directory `.idemfs` at the root of the backing directory.
 *
 *	.idemfs/format    "idemfs 1"
 *	.idemfs/lock      flock held by the living mount; who it is inside
 *	.idemfs/log       what happened, a line an event; log.1: before that
 *	.idemfs/tmp/      pending versions
 *	.idemfs/partial/  quarantine
 *	.idemfs/marks/    one file a mark
 *
 * state_open() for a mount: creates what is missing, checks the format, takes
 * the lock.  state_open_fixed() for a mount of what cannot be written to.
 * state_open_readonly() for commands that look without a mount.
 * Everything is reached by descriptor, never by a path from '/', and no symlink
 * is followed.
 *
 * The format file is written last, and durably: a directory without one is what
 * a crash left of its creation, and is completed by the next state_open().
 *
 * The directory must be private: one that others can write to, or that belongs
 * to someone else, is refused, by root too, and by commands that only look: in
 * such a one a link, a FIFO or a file of another user may stand for anything.
 * What is in it is opened with sys_open_file() and sys_open_dir() all the same.
 */
#ifndef IDEMFS_CORE_BACKING_STATE_H
#define IDEMFS_CORE_BACKING_STATE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define STATE_DIR ".idemfs"
#define STATE_FORMAT 1
/* Names that begin so are idemfs' own in every directory: never listed. */
#define STATE_TEMP_PREFIX ".idemfs-tmp."

struct state {
	int dir;     /* .idemfs */
	int tmp;     /* .idemfs/tmp */
	int partial; /* .idemfs/partial */
	int marks;   /* .idemfs/marks */
	int log;     /* .idemfs/log, O_APPEND; -1 when read only */
	int lock;    /* .idemfs/lock, locked; -1 when read only */
	bool fresh;  /* this call created or completed the directory */
	bool fixed;  /* nothing can be written: there is no log and no lock */
};

/* What state_release() may be given before an open, and leaves behind. */
#define STATE_CLOSED                                                         \
	{                                                                    \
		.dir = -1, .tmp = -1, .partial = -1, .marks = -1, .log = -1, \
		.lock = -1                                                   \
	}

/*
 * @root: the backing directory, the caller's.  @path: its name, for messages.
 * Errors, each with one line in @err: -EBUSY (a living mount holds it: says
 * which pid on which host), -EPROTO (a newer format), and whatever the calls
 * give.  Nothing on disk is changed when it fails with these two.
 */
int state_open(int root, const char *path, struct state *ret, struct err *err);

/*
 * Of a backing directory on a filesystem that is read-only: the marks that are
 * there, and what is missing stands for itself in an empty directory that is
 * nowhere.  Nothing is written, and it takes no lock.
 */
int state_open_fixed(int root, const char *path, struct state *ret,
		     struct err *err);

/* -ENOENT when there is no state directory. */
int state_open_readonly(int root, const char *path, struct state *ret,
			struct err *err);

/*
 * Writes into the lock who holds it, for the messages of others: this process.
 * state_open() does so; again after a fork, by the process that stays.
 */
int state_sign(const struct state *s);

/*
 * The log becomes log.1, in place of an older one, and s->log is a new file from
 * here on: the descriptor keeps its number, so threads may be writing to it.
 */
int state_rotate_log(const struct state *s);

void state_release(struct state *s); /* closes, and so unlocks */

#endif
